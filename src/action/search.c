#include "action/search.h"

#include "data/json.h"
#include "registry/engine.h"
#include "registry/index.h"

#define HUB_MAX ((size_t)32 << 20)

/* ---- repositories ---- */

/* Indexes that can be read; a repository without one is told of and left out. */
static bk_status open_all(bk_arena *arena, const bk_registry_world *world, const bk_repositories *list, bk_str *forms, bk_items *names,
                          bk_err *err) {
    size_t n = 0;
    for (size_t i = 0; i < list->count; i++) {
        bk_index index;
        bk_str name = list->items[i].name;
        bk_status s = bk_index_of(arena, world, name, &index, err);
        if (s == BK_ERR_NOMEM) return s;
        if (s != BK_OK) {
            bk_registry_log(world, "WARN", "msg=\"repo is corrupt or missing\" repo=%.*s error=\"%.*s\"", BK_FMT(name),
                            BK_FMT(bk_err_message(err)));
            bk_err_release(err);
            continue;
        }
        forms[n++] = index.form;
        bk_items_add(names, bk_string(name));
    }
    return BK_OK;
}

bk_status bk_action_search_repositories(bk_arena *arena, const bk_registry_world *world, const bk_search_options *o, bk_value *ret,
                                        bk_err *err) {
    bk_repositories list;
    bk_items names;
    bk_value all;
    bk_sandbox_answer answer;
    bk_err ignored = BK_ERR_INIT;
    bk_str version = o->version.n ? o->version : o->devel ? BK_S(">0.0.0-0") : BK_S(">0.0.0");
    bk_status s = bk_repositories_load(arena, world->repository_config, &list, &ignored);
    bk_err_release(&ignored); /* as Helm: what cannot be read holds none */
    if (s != BK_OK || !list.count) return bk_err_set(err, BK_ERR, "no repositories configured");
    bk_str *forms = BK_NEW_ARRAY(arena, bk_str, list.count + 1);
    bk_map *options = bk_map_new(arena, 8);
    if (!forms || !options) return bk_arena_fail(arena, err);
    bk_items_init(&names, arena);
    BK_TRY(open_all(arena, world, &list, forms, &names, err));
    BK_TRY(bk_items_list(&names, BK_T_LIST, &all, err));
    bool ok = bk_map_set(options, BK_S("repositories"), all) && bk_map_set(options, BK_S("term"), bk_string(o->term)) &&
              bk_map_set(options, BK_S("all"), bk_bool(o->all)) && bk_map_set(options, BK_S("regexp"), bk_bool(o->regexp)) &&
              bk_map_set(options, BK_S("version"), bk_string(version)) && bk_map_set(options, BK_S("versions"), bk_bool(o->versions));
    if (!ok) return bk_arena_fail(arena, err);
    BK_TRY(bk_registry_index_call(arena, "search", options, forms, all.len, &answer, err));
    if (answer.result.kind != BK_LIST) return bk_err_set(err, BK_ERR_TRAP, "repository compartment stopped: it gave no answer");
    *ret = answer.result;
    return BK_OK;
}

/* ---- a hub ---- */

/* Appends a query's text, encoded as Go's url.QueryEscape does. */
static void put_query(bk_buf *out, bk_str text) {
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool plain = (c | 0x20u) - 'a' < 26u || c - '0' < 10u || c == '-' || c == '_' || c == '.' || c == '~';
        if (c == ' ') bk_buf_byte(out, '+');
        else if (plain) bk_buf_byte(out, (char)c);
        else bk_buf_printf(out, "%%%c%c", digits[c >> 4], digits[c & 15]);
    }
}

static bk_status hub_url(bk_arena *arena, bk_str endpoint, bk_str term, bk_str *ret, bk_err *err) {
    bk_str base, rest;
    bk_buf b;
    bk_str_cut(endpoint, BK_S("#"), &base, &rest);
    bk_str_cut(base, BK_S("?"), &base, &rest);
    while (bk_str_ends(base, BK_S("/"))) base.n--;
    bk_buf_init(&b, arena, 0);
    bk_buf_str(&b, base);
    bk_buf_c(&b, "/api/chartsvc/v1/charts/search?q=");
    put_query(&b, term);
    BK_TRY(bk_buf_check(&b, err));
    *ret = bk_buf_take(&b);
    return BK_OK;
}

/* A member of nested objects; an empty text for what is not there. */
static bk_str text_at(bk_value v, const char *const *path) {
    for (; *path; path++) {
        const bk_value *next = v.kind == BK_MAP ? bk_map_get(v.map, bk_str_c(*path)) : NULL;
        if (!next) return BK_S("");
        v = *next;
    }
    return bk_is_string(v) ? bk_value_str(v) : BK_S("");
}
#define AT(v, ...) text_at(v, (const char *const[]){__VA_ARGS__, NULL})

static bk_status put_element(bk_arena *arena, bk_value item, bk_str endpoint, bk_items *to, bk_err *err) {
    bk_map *m = bk_map_new(arena, 5), *repository = bk_map_new(arena, 2);
    bk_str url = AT(item, "artifactHub", "packageUrl"), id = AT(item, "id");
    if (!url.n && !bk_arena_printf(arena, &url, "%.*s/charts/%.*s", BK_FMT(endpoint), BK_FMT(id))) return bk_arena_fail(arena, err);
    bool ok = m && repository && bk_map_set(m, BK_S("url"), bk_string(url)) &&
              bk_map_set(m, BK_S("version"), bk_string(AT(item, "relationships", "latestChartVersion", "data", "version"))) &&
              bk_map_set(m, BK_S("app_version"), bk_string(AT(item, "relationships", "latestChartVersion", "data", "app_version"))) &&
              bk_map_set(m, BK_S("description"), bk_string(AT(item, "attributes", "description"))) &&
              bk_map_set(m, BK_S("repository"), bk_map_value(repository)) &&
              bk_map_set(repository, BK_S("url"), bk_string(AT(item, "attributes", "repo", "url"))) &&
              bk_map_set(repository, BK_S("name"), bk_string(AT(item, "attributes", "repo", "name")));
    if (!ok) return bk_arena_fail(arena, err);
    bk_items_add(to, bk_map_value(m));
    return BK_OK;
}

bk_status bk_action_search_hub(bk_arena *arena, const bk_registry_world *world, bk_str endpoint, bk_str term, bk_value *ret, bk_err *err) {
    bk_fetch fetch = {.cap = HUB_MAX};
    bk_value answer = bk_nil();
    bk_items list;
    bk_err why = BK_ERR_INIT;
    if (!bk_fetch_is_web(endpoint))
        return bk_err_set(err, BK_ERR, "unable to create connection to \"%.*s\": parse \"%.*s\": invalid URI for request", BK_FMT(endpoint),
                          BK_FMT(endpoint));
    BK_TRY(hub_url(arena, endpoint, term, &fetch.url, err));
    bk_status s = bk_fetch_one(arena, world, &fetch, &why);
    if (s != BK_OK) {
        bk_registry_log(world, "DEBUG", "msg=\"search failed\" error=\"%.*s\"", BK_FMT(bk_err_message(&why)));
        bk_err_release(&why);
        return bk_err_set(err, BK_ERR, "unable to perform search against \"%.*s\"", BK_FMT(endpoint));
    }
    /* What is no JSON has no results, as with Helm. */
    if (bk_json_decode(arena, fetch.body, 0, BK_T_MAP, &answer, &why) != BK_OK) answer = bk_nil();
    bk_err_release(&why);
    const bk_value *data = answer.kind == BK_MAP && answer.map ? bk_map_get(answer.map, BK_S("data")) : NULL;
    bk_items_init(&list, arena);
    for (uint32_t i = 0; data && data->kind == BK_LIST && i < data->len; i++)
        BK_TRY(put_element(arena, data->items[i], endpoint, &list, err));
    return bk_items_list(&list, BK_T_LIST, ret, err);
}
