#include "registry/oci.h"

#include <stdlib.h>

#include "plugin/engine.h"
#include "registry/files.h"
#include "registry/oci_state.h"
#include "value/gofmt.h"

#define USER_AGENT "Helm/4.3.1" /* what registries tell Helm's requests by */
#define ARENA_MAX ((size_t)64 << 20)

/* ---- a subject ---- */

/* Where the operator sent us we go. Where a registry sends us (tokens, redirects), we go to public places, and to near ones only as near as the
 * registry is itself: a name on the net is nobody's way to ask this machine or its network. */
static bool judge_peer(void *self, const bk_net_peer *peer, const char **ret_rule) {
    bk_oci *oci = self;
    bool named = false;
    for (const bk_oci_host *h = oci->hosts; h; h = h->next) named = named || bk_str_eq(h->name, peer->host);
    if (named) {
        if (peer->zone == BK_ZONE_LOOPBACK) oci->near[0] = oci->near[1] = true;
        if (peer->zone == BK_ZONE_PRIVATE) oci->near[1] = true;
        return true;
    }
    if (peer->zone == BK_ZONE_PUBLIC || (peer->zone == BK_ZONE_LOOPBACK && oci->near[0]) || (peer->zone == BK_ZONE_PRIVATE && oci->near[1]))
        return true;
    *ret_rule = "a registry elsewhere may not lead to it";
    return false;
}

static bk_status copy_options(bk_oci *oci, const bk_oci_options *options, bk_err *err) {
    bk_oci_options *o = &oci->options;
    *o = *options;
    bk_str *const texts[] = {&o->registry_config, &o->username, &o->password, &o->cert_file, &o->key_file, &o->ca_file};
    for (size_t i = 0; i < BK_COUNT(texts); i++)
        if (!bk_arena_dup(&oci->arena, *texts[i], texts[i])) return bk_arena_fail(&oci->arena, err);
    oci->realms = bk_environment_get(o->environment, "BULKHEAD_REGISTRY_REALMS");
    const bk_net_options net = {
        .user_agent = BK_S(USER_AGENT),
        .proxy = o->environment ? BK_NET_PROXY_ENV : BK_NET_PROXY_OFF,
        .ca_file = o->ca_file,
        .cert_file = o->cert_file.n && o->key_file.n ? o->cert_file : BK_S(""),
        .key_file = o->cert_file.n && o->key_file.n ? o->key_file : BK_S(""),
        .insecure = o->insecure,
        .peer = judge_peer,
        .self = oci,
    };
    return bk_net_new(&net, &oci->net, err);
}

bk_status bk_oci_new(const bk_oci_options *options, bk_oci **ret, bk_err *err) {
    bk_oci *oci = calloc(1, sizeof *oci);
    if (!oci) return bk_err_nomem(err);
    bk_arena_init(&oci->arena, ARENA_MAX);
    bk_status s = copy_options(oci, options, err);
    if (s == BK_OK) *ret = oci;
    else bk_oci_free(oci);
    return s;
}

void bk_oci_free(bk_oci *oci) {
    if (!oci) return;
    bk_net_free(oci->net);
    bk_arena_release(&oci->arena);
    free(oci);
}

/* ---- addresses ---- */

bk_str bk_oci_host_of(bk_str registry) { return bk_str_eq(registry, BK_S("docker.io")) ? BK_S("registry-1.docker.io") : registry; }

bk_status bk_oci_name_host(bk_oci *oci, bk_str registry, bk_err *err) {
    bk_str text;
    bk_net_url url;
    bk_oci_host *h = BK_NEW(&oci->arena, bk_oci_host);
    if (!h || !bk_arena_printf(&oci->arena, &text, "https://%.*s/", BK_FMT(bk_oci_host_of(registry))))
        return bk_arena_fail(&oci->arena, err);
    BK_TRY(bk_net_url_parse(&oci->arena, text, NULL, &url, err));
    for (const bk_oci_host *other = oci->hosts; other; other = other->next)
        if (bk_str_eq(other->name, url.host)) return BK_OK;
    h->name = url.host;
    h->next = oci->hosts;
    oci->hosts = h;
    return BK_OK;
}

bk_status bk_oci_url(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, const char *what, bk_str which, bk_str *ret, bk_err *err) {
    const char *scheme = oci->options.plain_http ? "http" : "https";
    BK_TRY(bk_oci_name_host(oci, ref->registry, err));
    bool ok = bk_arena_printf(arena, ret, "%s://%.*s/v2/%.*s/%s/%.*s", scheme, BK_FMT(bk_oci_host_of(ref->registry)),
                              BK_FMT(ref->repository), what, BK_FMT(which));
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

bk_status bk_oci_scope(bk_arena *arena, const bk_oci_reference *ref, const char *actions, bk_str *ret, bk_err *err) {
    bool ok = bk_arena_printf(arena, ret, "repository:%.*s:%s", BK_FMT(ref->repository), actions);
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

void bk_oci_tell_underscore(bk_buf *out, bk_str text) {
    if (bk_str_find_byte(text, '_') == BK_NPOS) return;
    bk_buf_str(out, text);
    bk_buf_c(out, " contains an underscore.\n"
                  "\n"
                  "OCI artifact references (e.g. tags) do not support the plus sign (+). To support\n"
                  "storing semantic versions, Helm adopts the convention of changing plus (+) to\n"
                  "an underscore (_) in chart version tags when pushing to a registry and back to\n"
                  "a plus (+) when pulling from a registry.\n");
}

/* ---- versions ---- */

static bk_status ask_engine(bk_arena *arena, bk_str range, const bk_value *tags, bk_map **ret, bk_err *err) {
    bk_map *options = bk_map_new(arena, 2);
    bk_value answer;
    bool ok = options && bk_map_set(options, BK_S("range"), bk_string(range)) && (!tags || bk_map_set(options, BK_S("tags"), *tags));
    if (!ok) return bk_arena_fail(arena, err);
    BK_TRY(bk_plugin_engine(arena, BK_CALL_VERSIONS, options, BK_S(""), NULL, &answer, err));
    if (answer.kind != BK_MAP || !answer.map) return bk_err_internal(err, "versions without an answer");
    *ret = answer.map;
    return BK_OK;
}

static bk_status tags_value(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, bk_value *ret, bk_err *err) {
    bk_items items;
    bk_str *tags;
    size_t n;
    BK_TRY(bk_oci_tags(oci, arena, ref, &tags, &n, err));
    bk_items_init(&items, arena);
    for (size_t i = 0; i < n; i++) bk_items_add(&items, bk_string(tags[i]));
    return bk_items_list(&items, BK_T_LIST, ret, err);
}

bk_status bk_oci_versions(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, bk_str **ret, size_t *ret_count, bk_err *err) {
    bk_value tags;
    bk_map *answer;
    BK_TRY(tags_value(oci, arena, ref, &tags, err));
    BK_TRY(ask_engine(arena, BK_S(""), &tags, &answer, err));
    const bk_value *list = bk_map_get(answer, BK_S("versions"));
    size_t n = list && list->kind == BK_LIST ? list->len : 0;
    bk_str *out = BK_NEW_ARRAY(arena, bk_str, n + 1);
    if (!out) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < n; i++) out[i] = bk_is_string(list->items[i]) ? bk_value_str(list->items[i]) : BK_S("");
    *ret = out;
    *ret_count = n;
    return BK_OK;
}

/* ---- which one ---- */

static bk_status as_version(bk_arena *arena, bk_str tag, bk_str *ret, bk_err *err) {
    if (!bk_arena_dup(arena, tag, ret)) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < ret->n; i++)
        if (ret->p[i] == '_') ((char *)(uintptr_t)ret->p)[i] = '+';
    return BK_OK;
}

/* A reference with a digest: the version may stand beside it, and is then the same thing wherever the registry has that tag. */
static bk_status choose_digest(bk_oci *oci, bk_arena *arena, bk_oci_reference ref, bk_str version, bk_oci_choice *c, bk_err *err) {
    bk_str found;
    c->reference = ref;
    c->reference.tag = BK_S("");
    c->digest = ref.digest;
    if (!version.n) return BK_OK;
    bk_oci_reference tagged = {.registry = ref.registry, .repository = ref.repository, .tag = ref.tag};
    if (bk_oci_tag_digest(oci, arena, &tagged, &found) && !bk_str_eq(found, ref.digest))
        return bk_err_set(err, BK_ERR, "chart reference digest mismatch: %.*s is not %.*s", BK_FMT(found), BK_FMT(ref.digest));
    return BK_OK;
}

static bk_status set_tag(bk_arena *arena, bk_oci_reference *ref, bk_str version, bk_err *err) {
    bk_str text;
    bk_oci_reference parsed;
    bool ok = bk_arena_printf(arena, &text, "%.*s/%.*s:%.*s", BK_FMT(ref->registry), BK_FMT(ref->repository), BK_FMT(version));
    if (!ok) return bk_arena_fail(arena, err);
    BK_TRY(bk_oci_reference_parse(arena, text, &parsed, err));
    ref->tag = parsed.tag;
    return BK_OK;
}

static bk_status choose_range(bk_oci *oci, bk_arena *arena, bk_str text, bk_oci_reference *ref, bk_str range, bk_err *err) {
    bk_value tags;
    bk_map *answer;
    BK_TRY(tags_value(oci, arena, ref, &tags, err));
    BK_TRY(ask_engine(arena, range, &tags, &answer, err));
    const bk_value *all = bk_map_get(answer, BK_S("versions"));
    if (!all || bk_value_len(*all) == 0)
        return bk_err_set(err, BK_ERR, "unable to locate any tags in provided repository: %.*s", BK_FMT(text));
    bk_str found = bk_map_str(answer, "match", BK_S(""));
    if (!found.n) return bk_err_set(err, BK_ERR, "could not locate a version matching provided version string %.*s", BK_FMT(range));
    return set_tag(arena, ref, found, err);
}

/* What Helm calls the file: the last part of the address, its last ":" a dash. */
static bk_status name_file(bk_arena *arena, bk_oci_choice *c, bk_err *err) {
    const bk_oci_reference *r = &c->reference;
    bool ok;
    c->name = bk_path_base(r->repository);
    if (r->tag.n) {
        BK_TRY(as_version(arena, r->tag, &c->version, err));
        ok = bk_arena_printf(arena, &c->file, "%.*s-%.*s.tgz", BK_FMT(c->name), BK_FMT(c->version));
    } else {
        ok = bk_arena_printf(arena, &c->file, "%.*s@sha256-%.*s.tgz", BK_FMT(c->name), BK_FMT(bk_str_from(r->digest, 7)));
    }
    if (!ok) return bk_arena_fail(arena, err);
    return bk_oci_reference_text(arena, r, &c->text, err);
}

/* A tag in the reference and --version are one thing said twice, or a mistake. */
static bk_status join_version(bk_arena *arena, const bk_oci_reference *ref, bk_str *version, bk_err *err) {
    bk_str tag = {0};
    if (!ref->tag.n) return BK_OK;
    BK_TRY(as_version(arena, ref->tag, &tag, err));
    if (!version->n) *version = tag;
    if (bk_str_eq(tag, *version) || bk_str_eq(ref->tag, *version)) return BK_OK;
    return bk_err_set(err, BK_ERR, "chart reference and version mismatch: %.*s is not %.*s", BK_FMT(*version), BK_FMT(ref->tag));
}

static bk_status choose_tag(bk_oci *oci, bk_arena *arena, bk_str text, bk_oci_reference *ref, bk_str version, bk_err *err) {
    bk_map *answer = NULL;
    BK_TRY(ask_engine(arena, version, NULL, &answer, err));
    if (bk_map_bool(answer, "exact", false)) return set_tag(arena, ref, version, err);
    return choose_range(oci, arena, text, ref, version, err);
}

bk_status bk_oci_choose(bk_oci *oci, bk_arena *arena, bk_str text, bk_str version, bk_oci_choice *ret, bk_err *err) {
    bk_oci_choice c = {0};
    bk_oci_reference ref;
    BK_TRY(bk_oci_reference_parse(arena, text, &ref, err));
    if (ref.digest.n && !bk_str_starts(ref.digest, BK_S("sha256:")))
        return bk_err_set(err, BK_ERR, "%.*s: only sha256 digests are checked, and so taken", BK_FMT(ref.digest));
    BK_TRY(join_version(arena, &ref, &version, err));
    BK_TRY(bk_oci_name_host(oci, ref.registry, err));
    if (ref.digest.n) {
        if (version.n && !ref.tag.n) BK_TRY(set_tag(arena, &ref, version, err));
        BK_TRY(choose_digest(oci, arena, ref, version, &c, err));
    } else {
        BK_TRY(choose_tag(oci, arena, text, &ref, version, err));
        c.reference = ref;
    }
    BK_TRY(name_file(arena, &c, err));
    *ret = c;
    return BK_OK;
}
