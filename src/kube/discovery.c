#include "kube/discovery.h"

#include "data/json.h"
#include "kube/cache.h"

#define AGGREGATED \
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList," \
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

/* ---- growing lists ---- */

static bool grow(bk_arena *arena, void **list, size_t count, size_t *cap, size_t size) {
    if (count < *cap) return true;
    size_t more = *cap ? *cap * 2 : 32;
    void *p = bk_arena_grow(arena, *list, *cap * size, more * size);
    if (!p) return false;
    *list = p;
    *cap = more;
    return true;
}

static bk_status add_text(bk_arena *arena, bk_str **list, size_t *count, size_t *cap, bk_str s, bk_err *err) {
    for (size_t i = 0; i < *count; i++)
        if (bk_str_eq((*list)[i], s)) return BK_OK;
    if (*count >= BK_KUBE_RESOURCES_MAX) return bk_err_limit(err, "API groups", BK_KUBE_RESOURCES_MAX);
    if (!grow(arena, (void **)list, *count, cap, sizeof **list)) return bk_arena_fail(arena, err);
    (*list)[(*count)++] = s;
    return BK_OK;
}

static bk_status add_version(bk_arena *arena, bk_kube_discovery *d, bk_str group, bk_str version, bk_err *err) {
    bk_str both = version;
    if (group.n && !bk_arena_printf(arena, &both, "%.*s/%.*s", BK_FMT(group), BK_FMT(version))) return bk_arena_fail(arena, err);
    return add_text(arena, &d->versions, &d->version_count, &d->version_cap, both, err);
}

static bk_status add_failed(bk_arena *arena, bk_kube_discovery *d, bk_str what, bk_err *err) {
    return add_text(arena, &d->failed, &d->failed_count, &d->failed_cap, what, err);
}

static bk_status add(bk_arena *arena, bk_kube_discovery *d, bk_kube_resource r, bk_err *err) {
    if (d->count >= BK_KUBE_RESOURCES_MAX) return bk_err_limit(err, "resources of the API server", BK_KUBE_RESOURCES_MAX);
    if (!grow(arena, (void **)&d->items, d->count, &d->cap, sizeof r)) return bk_arena_fail(arena, err);
    d->items[d->count++] = r;
    return BK_OK;
}

/* ---- JSON of a stranger ---- */

static bk_str text(bk_map *m, const char *key) { return bk_map_str(m, key, BK_S("")); }

static bk_value list_of(bk_map *m, const char *key) {
    bk_value *v = m ? bk_map_get(m, bk_str_c(key)) : NULL;
    return v && v->kind == BK_LIST ? *v : bk_list(NULL, 0);
}

static bk_map *map_of(bk_value v) { return v.kind == BK_MAP ? v.map : NULL; }

static bk_map *member_of(bk_map *m, const char *key) {
    bk_value *v = m ? bk_map_get(m, bk_str_c(key)) : NULL;
    return v ? map_of(*v) : NULL;
}

static bk_status texts(bk_arena *arena, bk_map *m, const char *key, const bk_str **ret, size_t *ret_count, bk_err *err) {
    bk_value v = list_of(m, key);
    size_t n = v.len < BK_KUBE_LIST_MAX ? v.len : BK_KUBE_LIST_MAX, count = 0;
    bk_str *list = BK_NEW_ARRAY(arena, bk_str, n + 1);
    if (!list) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < n; i++)
        if (bk_is_string(v.items[i])) list[count++] = bk_value_str(v.items[i]);
    *ret = list;
    *ret_count = count;
    return BK_OK;
}

/* Names that become segments of paths and parts of messages. */
static bool plain(bk_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
        if (!ok) return false;
    }
    return s.n <= 253;
}

static bool usable(const bk_kube_resource *r) {
    return plain(r->group) && r->version.n && plain(r->version) && r->kind.n && plain(r->kind) && r->plural.n && plain(r->plural) &&
           !bk_str_eq(r->version, BK_S("..")) && !bk_str_eq(r->group, BK_S("..")) && !bk_str_eq(r->plural, BK_S(".."));
}

static bool has_kind(const bk_kube_discovery *d, bk_str group, bk_str kind) {
    for (size_t i = 0; i < d->count; i++)
        if (bk_str_eq(d->items[i].kind, kind) && bk_str_eq(d->items[i].group, group)) return true;
    return false;
}

static bk_status add_part(bk_arena *arena, bk_kube_discovery *d, bk_str group, bk_str version, bk_str kind, bk_err *err) {
    bk_str *to;
    if (!kind.n || !plain(kind) || d->part_count >= BK_KUBE_RESOURCES_MAX) return BK_OK;
    if (!grow(arena, (void **)&d->parts, d->part_count, &d->part_cap, sizeof *d->parts)) return bk_arena_fail(arena, err);
    to = &d->parts[d->part_count];
    if (!bk_arena_printf(arena, to, "%.*s%s%.*s/%.*s", BK_FMT(group), group.n ? "/" : "", BK_FMT(version), BK_FMT(kind)))
        return bk_arena_fail(arena, err);
    d->part_count++;
    return BK_OK;
}

/* ---- the aggregated form ---- */

static bk_status read_resource(bk_arena *arena, bk_map *m, bk_str group, bk_str version, bk_kube_discovery *d, bk_err *err) {
    bk_map *kind = member_of(m, "responseKind");
    bk_kube_resource r = {.group = group, .version = version, .plural = text(m, "resource"), .singular = text(m, "singularResource")};
    r.kind = text(kind, "kind");
    r.namespaced = bk_str_eq(text(m, "scope"), BK_S("Namespaced"));
    bk_value parts = list_of(m, "subresources");
    for (uint32_t i = 0; i < parts.len; i++)
        BK_TRY(add_part(arena, d, group, version, text(member_of(map_of(parts.items[i]), "responseKind"), "kind"), err));
    if (!usable(&r)) return BK_OK;
    BK_TRY(texts(arena, m, "verbs", &r.verbs, &r.verb_count, err));
    BK_TRY(texts(arena, m, "shortNames", &r.short_names, &r.short_name_count, err));
    r.preferred = !has_kind(d, group, r.kind);
    return add(arena, d, r, err);
}

static bk_status read_group(bk_arena *arena, bk_map *m, bk_kube_discovery *d, bk_err *err) {
    bk_str group = text(member_of(m, "metadata"), "name");
    bk_value versions = list_of(m, "versions");
    if (!plain(group)) return BK_OK;
    for (uint32_t i = 0; i < versions.len; i++) {
        bk_map *v = map_of(versions.items[i]);
        bk_str version = text(v, "version");
        bk_value resources = list_of(v, "resources");
        if (!version.n || !plain(version)) continue;
        if (bk_str_eq(text(v, "freshness"), BK_S("Stale"))) BK_TRY(add_failed(arena, d, group, err));
        BK_TRY(add_version(arena, d, group, version, err));
        for (uint32_t k = 0; k < resources.len; k++) BK_TRY(read_resource(arena, map_of(resources.items[k]), group, version, d, err));
    }
    return BK_OK;
}

static bk_status read_aggregated(bk_arena *arena, bk_map *m, bk_kube_discovery *d, bk_err *err) {
    bk_value items = list_of(m, "items");
    for (uint32_t i = 0; i < items.len; i++) BK_TRY(read_group(arena, map_of(items.items[i]), d, err));
    return BK_OK;
}

bk_status bk_kube_discovery_read(bk_arena *arena, bk_str json, bk_kube_discovery *to, bk_err *err) {
    bk_value v = bk_nil();
    BK_TRY(bk_json_decode(arena, json, 0, BK_T_MAP, &v, err));
    return v.kind == BK_MAP && v.map ? read_aggregated(arena, v.map, to, err) : BK_OK;
}

/* ---- group by group ---- */

typedef struct one_by_one {
    bk_kube_item *items;
    bk_str *groups, *versions;
    size_t count, cap;
} one_by_one;

static bk_status want(bk_arena *arena, one_by_one *w, bk_str group, bk_str version, bk_err *err) {
    size_t cap = w->cap;
    bk_buf path;
    if (!plain(group) || !version.n || !plain(version)) return BK_OK;
    if (w->count >= BK_KUBE_LIST_MAX) return bk_err_limit(err, "API groups", BK_KUBE_LIST_MAX);
    if (!grow(arena, (void **)&w->items, w->count, &w->cap, sizeof *w->items)) return bk_arena_fail(arena, err);
    size_t again = cap;
    if (!grow(arena, (void **)&w->groups, w->count, &again, sizeof *w->groups)) return bk_arena_fail(arena, err);
    again = cap;
    if (!grow(arena, (void **)&w->versions, w->count, &again, sizeof *w->versions)) return bk_arena_fail(arena, err);
    bk_buf_init(&path, arena, 0);
    bk_buf_c(&path, group.n ? "/apis" : "/api");
    if (group.n) BK_TRY(bk_kube_path(&path, group, err));
    BK_TRY(bk_kube_path(&path, version, err));
    BK_TRY(bk_buf_check(&path, err));
    w->items[w->count] = (bk_kube_item){.request = {.path = bk_buf_view(&path), .time_ms = BK_KUBE_REACH_MS}, .err = BK_ERR_INIT};
    w->groups[w->count] = group;
    w->versions[w->count++] = version;
    return BK_OK;
}

static bk_status want_all(bk_arena *arena, one_by_one *w, bk_map *core, bk_map *groups, bk_err *err) {
    bk_value versions = list_of(core, "versions"), list = list_of(groups, "groups");
    for (uint32_t i = 0; i < versions.len; i++)
        if (bk_is_string(versions.items[i])) BK_TRY(want(arena, w, BK_S(""), bk_value_str(versions.items[i]), err));
    for (uint32_t i = 0; i < list.len; i++) {
        bk_map *g = map_of(list.items[i]);
        bk_str preferred = text(member_of(g, "preferredVersion"), "version");
        bk_value own = list_of(g, "versions");
        if (preferred.n) BK_TRY(want(arena, w, text(g, "name"), preferred, err));
        for (uint32_t k = 0; k < own.len; k++) {
            bk_str version = text(map_of(own.items[k]), "version");
            if (!bk_str_eq(version, preferred)) BK_TRY(want(arena, w, text(g, "name"), version, err));
        }
    }
    return BK_OK;
}

static bk_status read_list(bk_arena *arena, bk_map *m, bk_str group, bk_str version, bk_kube_discovery *d, bk_err *err) {
    bk_value resources = list_of(m, "resources");
    BK_TRY(add_version(arena, d, group, version, err));
    for (uint32_t i = 0; i < resources.len; i++) {
        bk_map *one = map_of(resources.items[i]);
        bk_kube_resource r = {.group = group, .version = version, .kind = text(one, "kind"), .plural = text(one, "name")};
        r.singular = text(one, "singularName");
        r.namespaced = one && bk_map_bool(one, "namespaced", false);
        if (bk_str_find_byte(r.plural, '/') != BK_NPOS) BK_TRY(add_part(arena, d, group, version, r.kind, err));
        if (!usable(&r)) continue; /* subresources have a slash */
        BK_TRY(texts(arena, one, "verbs", &r.verbs, &r.verb_count, err));
        BK_TRY(texts(arena, one, "shortNames", &r.short_names, &r.short_name_count, err));
        r.preferred = !has_kind(d, group, r.kind);
        BK_TRY(add(arena, d, r, err));
    }
    return BK_OK;
}

static bk_status ask_each(bk_kube *kube, bk_arena *arena, bk_map *core, bk_map *groups, bk_kube_discovery *d, bk_err *err) {
    one_by_one w = {0};
    BK_TRY(want_all(arena, &w, core, groups, err));
    bk_status s = bk_kube_all(kube, arena, w.items, w.count, err);
    for (size_t i = 0; i < w.count; i++) {
        bk_kube_item *item = &w.items[i];
        bk_value v = bk_nil();
        if (s == BK_OK && item->err.code == BK_OK && bk_kube_json(arena, &item->answer, &v, &item->err) == BK_OK)
            s = read_list(arena, v.map, w.groups[i], w.versions[i], d, err);
        else if (s == BK_OK) s = add_failed(arena, d, w.groups[i].n ? w.groups[i] : w.versions[i], err);
        bk_err_release(&item->err);
    }
    return s;
}

/* ---- all of it ---- */

static const struct {
    const char *path, *file;
} roots[] = {{"/api", "api"}, {"/apis", "apis"}};

struct bk_kube_discovering {
    bk_kube *kube;
    bk_arena *arena;
    bk_str cache;
    bk_kube_cached kept[2];
};

static void want_roots(bk_kube_discovering *d, bool fresh, bk_kube_item items[2]) {
    bk_str server = bk_kube_config_of(d->kube)->server;
    for (size_t i = 0; i < 2; i++) {
        bk_kube_cache_get(d->arena, fresh ? BK_S("") : d->cache, server, roots[i].file, &d->kept[i]);
        const bk_kube_request r = {
            .path = bk_str_c(roots[i].path), .accept = BK_S(AGGREGATED), .etag = d->kept[i].etag, .time_ms = BK_KUBE_REACH_MS};
        items[i] = (bk_kube_item){.request = r, .err = BK_ERR_INIT};
    }
}

/* The answers to both roots, from the server or, when it says that nothing has changed, from the cache. */
static bk_status take_roots(bk_kube_discovering *d, bk_kube_item items[2], bk_kube_answer answers[2], bk_err *err) {
    bk_str server = bk_kube_config_of(d->kube)->server;
    bk_status s = BK_OK;
    for (size_t i = 0; i < 2; i++) {
        if (s == BK_OK && items[i].err.code != BK_OK) {
            s = items[i].err.code;
            bk_err_move(err, &items[i].err);
        }
        bk_err_release(&items[i].err);
        answers[i] = items[i].answer;
        if (answers[i].status == 304) {
            answers[i].body = d->kept[i].body;
            answers[i].type = d->kept[i].type;
            bk_kube_cache_touch(d->arena, d->cache, server, roots[i].file);
        } else if (s == BK_OK && answers[i].status == 200) {
            bk_kube_cache_put(d->arena, d->cache, server, roots[i].file,
                              &(bk_kube_cached){.etag = answers[i].etag, .type = answers[i].type, .body = answers[i].body});
        }
    }
    return s;
}

static bk_status read_roots(bk_arena *arena, const bk_kube_answer answers[2], bk_map *maps[2], bool *ret_aggregated, bk_err *err) {
    *ret_aggregated = true;
    for (size_t i = 0; i < 2; i++) {
        bk_value v = bk_nil();
        bk_status s = bk_kube_json(arena, &answers[i], &v, err);
        if (s != BK_OK) return bk_err_wrap(err, "discovery: %s", roots[i].path);
        maps[i] = v.map;
        *ret_aggregated = *ret_aggregated && bk_str_contains(answers[i].type, BK_S("g=apidiscovery.k8s.io"));
    }
    return BK_OK;
}

bk_status bk_kube_discover_begin(bk_kube *kube, bk_arena *arena, bk_str cache, bk_kube_item items[2], bk_kube_discovering **ret,
                                 bk_err *err) {
    bk_kube_discovering *d = BK_NEW(arena, bk_kube_discovering);
    if (!d) return bk_arena_fail(arena, err);
    *d = (bk_kube_discovering){.kube = kube, .arena = arena, .cache = cache};
    want_roots(d, false, items);
    *ret = d;
    return BK_OK;
}

static bk_status read_all(bk_kube_discovering *d, bk_map *maps[2], bool aggregated, bk_kube_discovery *ret, bk_err *err) {
    bk_kube_discovery found = {0};
    for (size_t i = 0; i < 2 && aggregated; i++) BK_TRY(read_aggregated(d->arena, maps[i], &found, err));
    if (!aggregated) BK_TRY(ask_each(d->kube, d->arena, maps[0], maps[1], &found, err));
    *ret = found;
    return BK_OK;
}

bk_status bk_kube_discover_end(bk_kube_discovering *d, bk_kube_item items[2], bk_kube_discovery *ret, bk_err *err) {
    bk_kube_answer answers[2];
    bk_map *maps[2] = {NULL, NULL};
    bool aggregated = false;
    BK_TRY(take_roots(d, items, answers, err));
    bk_status s = read_roots(d->arena, answers, maps, &aggregated, err);
    if (s != BK_OK && (answers[0].status == 304 || answers[1].status == 304)) { /* the cache is damaged */
        bk_err_release(err);
        want_roots(d, true, items);
        BK_TRY(bk_kube_all(d->kube, d->arena, items, 2, err));
        BK_TRY(take_roots(d, items, answers, err));
        s = read_roots(d->arena, answers, maps, &aggregated, err);
    }
    return s == BK_OK ? read_all(d, maps, aggregated, ret, err) : s;
}

bk_status bk_kube_discover(bk_kube *kube, bk_arena *arena, bk_str cache, bk_kube_discovery *ret, bk_err *err) {
    bk_kube_item items[2];
    bk_kube_discovering *d;
    BK_TRY(bk_kube_discover_begin(kube, arena, cache, items, &d, err));
    BK_TRY(bk_kube_all(kube, arena, items, 2, err));
    return bk_kube_discover_end(d, items, ret, err);
}

bool bk_kube_discover_kept(bk_kube *kube, bk_arena *arena, bk_str cache, int64_t age, bk_kube_discovery *ret) {
    bk_kube_answer answers[2] = {{0}, {0}};
    bk_map *maps[2] = {NULL, NULL};
    bool aggregated = false;
    bk_err ignored = BK_ERR_INIT;
    bk_kube_discovery found = {0};
    for (size_t i = 0; i < 2; i++) {
        bk_kube_cached kept;
        bk_kube_cache_get(arena, cache, bk_kube_config_of(kube)->server, roots[i].file, &kept);
        if (!kept.etag.n || kept.age < 0 || kept.age > age) return false;
        answers[i].body = kept.body;
        answers[i].type = kept.type;
    }
    bool ok = read_roots(arena, answers, maps, &aggregated, &ignored) == BK_OK && aggregated;
    for (size_t i = 0; i < 2 && ok; i++) ok = read_aggregated(arena, maps[i], &found, &ignored) == BK_OK;
    bk_err_release(&ignored);
    if (ok) *ret = found;
    return ok;
}

/* ---- without a server ---- */

static const struct stable {
    const char *group, *version, *kind, *plural;
    bool namespaced;
} stable[] = {
#define BK_STABLE(group, version, kind, plural, namespaced) {group, version, kind, plural, namespaced},
#include "kube/stable.def"
#undef BK_STABLE
};

bk_status bk_kube_discover_stable(bk_arena *arena, bk_kube_discovery *ret, bk_err *err) {
    static const bk_str verbs[] = {{"create", 6}, {"delete", 6}, {"get", 3}, {"list", 4}, {"patch", 5}, {"update", 6}, {"watch", 5}};
    bk_kube_discovery found = {0};
    for (size_t i = 0; i < BK_COUNT(stable); i++) {
        const struct stable *s = &stable[i];
        const bk_kube_resource r = {.group = bk_str_c(s->group),
                                    .version = bk_str_c(s->version),
                                    .kind = bk_str_c(s->kind),
                                    .plural = bk_str_c(s->plural),
                                    .namespaced = s->namespaced,
                                    .preferred = true,
                                    .assumed = true,
                                    .verbs = verbs,
                                    .verb_count = BK_COUNT(verbs)};
        BK_TRY(add(arena, &found, r, err));
    }
    *ret = found;
    return BK_OK;
}

/* ---- questions ---- */

const bk_kube_resource *bk_kube_find_kind(const bk_kube_discovery *d, bk_str group, bk_str version, bk_str kind) {
    for (size_t i = 0; i < d->count; i++) {
        const bk_kube_resource *r = &d->items[i];
        bool fits = version.n ? bk_str_eq(r->version, version) : r->preferred;
        if (fits && bk_str_eq(r->group, group) && bk_str_eq(r->kind, kind)) return r;
    }
    return NULL;
}

const bk_kube_resource *bk_kube_find_object(const bk_kube_discovery *d, bk_str api_version, bk_str kind) {
    bk_str group, version;
    if (!bk_str_cut(api_version, BK_S("/"), &group, &version)) {
        version = group;
        group = BK_S("");
    }
    return version.n ? bk_kube_find_kind(d, group, version, kind) : NULL;
}

bool bk_kube_resource_can(const bk_kube_resource *r, const char *verb) {
    for (size_t i = 0; i < r->verb_count; i++)
        if (bk_str_eq(r->verbs[i], bk_str_c(verb))) return true;
    return false;
}

bk_status bk_kube_resource_path(bk_buf *out, const bk_kube_resource *r, bk_str namespace_, bk_str name, bk_err *err) {
    bk_buf_c(out, r->group.n ? "/apis" : "/api");
    if (r->group.n) BK_TRY(bk_kube_path(out, r->group, err));
    BK_TRY(bk_kube_path(out, r->version, err));
    if (r->namespaced && namespace_.n) {
        bk_buf_c(out, "/namespaces");
        BK_TRY(bk_kube_path(out, namespace_, err));
    }
    BK_TRY(bk_kube_path(out, r->plural, err));
    if (name.n) BK_TRY(bk_kube_path(out, name, err));
    return bk_buf_check(out, err);
}
