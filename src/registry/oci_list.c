/* oci_list.c: what a registry holds: tags of a repository, what refers to a manifest. */
#include "data/json.h"
#include "registry/oci_state.h"
#include "value/gofmt.h"

enum { LIST_MS = 120000, PAGES = 2000 };

/* ---- pages ---- */

/* The address behind `<…>` of a Link header, on the same origin; empty: there is none. */
static bk_status next_page(bk_arena *arena, const bk_net_answer *answer, bk_str *ret, bk_err *err) {
    bk_str link = bk_net_answer_header(answer, "link");
    bk_net_url base, to;
    *ret = BK_S("");
    if (!link.n) return BK_OK;
    size_t end = bk_str_find_byte(link, '>');
    if (link.p[0] != '<') return bk_fmt_fail(err, "invalid next link %q: missing '<'", link);
    if (end == BK_NPOS) return bk_fmt_fail(err, "invalid next link %q: missing '>'", link);
    BK_TRY(bk_net_url_parse(arena, answer->url, NULL, &base, err));
    BK_TRY(bk_net_url_parse(arena, bk_str_sub(link, 1, end), &base, &to, err));
    if (!bk_net_same_origin(&base, &to))
        return bk_fmt_fail(err, "invalid next link %q: not the same origin as %q", bk_str_sub(link, 1, end), base.text);
    *ret = to.text;
    return BK_OK;
}

static bk_status get_page(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, bk_str url, bk_net_answer *ret, bk_err *err) {
    bk_oci_exchange x = {
        .method = "GET", .registry = bk_oci_host_of(ref->registry), .url = url, .cap = BK_OCI_MANIFEST_MAX, .total_ms = LIST_MS};
    BK_TRY(bk_oci_scope(arena, ref, "pull", &x.scope, err));
    return bk_oci_do(oci, arena, &x, ret, err);
}

/* ---- tags ---- */

static bk_status add_tags(bk_arena *arena, const bk_net_answer *answer, bk_items *to, bk_err *err) {
    bk_value v = bk_nil();
    size_t used;
    if (bk_json_decode_first(arena, answer->body, BK_JSON_NUMBER, BK_T_MAP, &v, &used, err) != BK_OK)
        return bk_err_wrap(err, "GET \"%.*s\": failed to decode response", BK_FMT(answer->url));
    const bk_value *tags = bk_map_get(v.map, BK_S("tags"));
    if (!tags || bk_is_nil(*tags)) return BK_OK;
    if (tags->kind != BK_LIST)
        return bk_err_set(err, BK_ERR, "GET \"%.*s\": failed to decode response: tags is no list", BK_FMT(answer->url));
    for (uint32_t i = 0; i < tags->len; i++) {
        if (to->n >= BK_OCI_TAGS_MAX) return bk_err_limit(err, "tags of a repository", BK_OCI_TAGS_MAX);
        if (bk_is_string(tags->items[i]) && !bk_json_is_number(tags->items[i]) && tags->items[i].len <= 128)
            bk_items_add(to, tags->items[i]);
    }
    return BK_OK;
}

bk_status bk_oci_tags(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, bk_str **ret, size_t *ret_count, bk_err *err) {
    bk_items items;
    bk_value list;
    bk_str url;
    bk_items_init(&items, arena);
    BK_TRY(bk_oci_url(oci, arena, ref, "tags", BK_S("list"), &url, err));
    for (unsigned page = 0; url.n; page++) {
        bk_net_answer answer;
        if (page >= PAGES) return bk_err_limit(err, "pages of tags", PAGES);
        BK_TRY(get_page(oci, arena, ref, url, &answer, err));
        if (answer.status != 200) return bk_oci_refused("GET", answer.url, &answer, err);
        BK_TRY(add_tags(arena, &answer, &items, err));
        BK_TRY(next_page(arena, &answer, &url, err));
    }
    BK_TRY(bk_items_list(&items, BK_T_LIST, &list, err));
    bk_str *out = BK_NEW_ARRAY(arena, bk_str, (size_t)list.len + 1);
    if (!out) return bk_arena_fail(arena, err);
    for (uint32_t i = 0; i < list.len; i++) out[i] = bk_value_str(list.items[i]);
    *ret = out;
    *ret_count = list.len;
    return BK_OK;
}

/* ---- referrers ---- */

typedef struct referrers {
    bk_oci_descriptor *list;
    size_t n;
    bk_str type;
} referrers;

static bk_status add_index(bk_arena *arena, bk_str body, referrers *r, bk_err *err) {
    bk_value v = bk_nil();
    bk_oci_descriptor *more;
    size_t n;
    if (bk_json_decode(arena, body, BK_JSON_INT64, BK_T_MAP, &v, err) != BK_OK)
        return bk_err_wrap(err, "failed to decode the list of referrers");
    const bk_value *manifests = bk_map_get(v.map, BK_S("manifests"));
    BK_TRY(bk_oci_descriptors_parse(arena, manifests ? *manifests : bk_nil(), 1000, &more, &n, err));
    if (r->n + n > 1000) return bk_err_limit(err, "referrers", 1000);
    bk_oci_descriptor *all = BK_NEW_ARRAY(arena, bk_oci_descriptor, r->n + n + 1);
    if (!all) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < r->n; i++) all[i] = r->list[i];
    r->list = all;
    for (size_t i = 0; i < n; i++)
        if (!r->type.n || bk_str_eq(more[i].artifact_type, r->type)) r->list[r->n++] = more[i];
    return BK_OK;
}

/* A registry without such a list: an index under a tag that is made of the digest. */
static bk_status by_tag(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, bk_str digest, referrers *r, bk_err *err) {
    bk_str tag, url;
    bk_net_answer answer;
    if (!bk_arena_printf(arena, &tag, "sha256-%.*s", BK_FMT(bk_str_from(digest, 7)))) return bk_arena_fail(arena, err);
    BK_TRY(bk_oci_url(oci, arena, ref, "manifests", tag, &url, err));
    bk_oci_exchange x = {.method = "GET",
                         .registry = bk_oci_host_of(ref->registry),
                         .url = url,
                         .cap = BK_OCI_MANIFEST_MAX,
                         .total_ms = LIST_MS,
                         .headers = {{.name = BK_S("Accept"), .value = BK_S(BK_OCI_INDEX), .everywhere = true}},
                         .header_count = 1};
    BK_TRY(bk_oci_scope(arena, ref, "pull", &x.scope, err));
    BK_TRY(bk_oci_do(oci, arena, &x, &answer, err));
    if (answer.status == 404) return BK_OK;
    if (answer.status != 200) return bk_oci_refused("GET", answer.url, &answer, err);
    return add_index(arena, answer.body, r, err);
}

bk_status bk_oci_referrers(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, bk_str digest, bk_str artifact_type,
                           bk_oci_descriptor **ret, size_t *ret_count, bk_err *err) {
    referrers r = {.type = artifact_type};
    bk_str url;
    if (!bk_oci_digest_valid(digest) || !bk_str_starts(digest, BK_S("sha256:")))
        return bk_err_set(err, BK_ERR, "\"%.*s\" is no sha256 digest", BK_FMT(digest));
    BK_TRY(bk_oci_url(oci, arena, ref, "referrers", digest, &url, err));
    for (unsigned page = 0; url.n; page++) {
        bk_net_answer answer;
        if (page >= 100) return bk_err_limit(err, "pages of referrers", 100);
        BK_TRY(get_page(oci, arena, ref, url, &answer, err));
        if (page == 0 && (answer.status == 404 || answer.status == 405)) {
            BK_TRY(by_tag(oci, arena, ref, digest, &r, err));
            break;
        }
        if (answer.status != 200) return bk_oci_refused("GET", answer.url, &answer, err);
        BK_TRY(add_index(arena, answer.body, &r, err));
        BK_TRY(next_page(arena, &answer, &url, err));
    }
    *ret = r.list;
    *ret_count = r.n;
    return BK_OK;
}
