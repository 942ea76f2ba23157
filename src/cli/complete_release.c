/* What completion asks of the cluster: names of releases, revisions and namespaces. Anything that goes wrong means that there is nothing to offer. */
#include "action/release_list.h"
#include "cli/complete.h"
#include "cli/release_args.h"
#include "kube/objects.h"

enum { MOST = 10000, TIME_MS = 3000 };

static bool list_releases(bk_cli *cli, bk_releases *ret) {
    const bk_list_options all = {0};
    bk_cli_releases releases;
    bk_err err = BK_ERR_INIT;
    bool ok = bk_cli_releases_open(cli, false, 0, &releases, &err) == BK_OK;
    if (ok) {
        ok = bk_action_list(cli->arena, releases.store, &all, ret, &err) == BK_OK;
        bk_cli_releases_close(&releases);
    }
    bk_err_release(&err);
    return ok;
}

void bk_complete_releases(bk_complete *c, const bk_str *args, size_t argc) {
    bk_releases list;
    c->directive = BK_COMPLETE_DEFAULT;
    if (!list_releases(c->cli, &list)) return;
    c->directive = BK_COMPLETE_NO_FILES;
    for (size_t i = 0; i < list.n && i < MOST; i++) {
        const bk_release *r = &list.p[i];
        bk_str text;
        size_t k = 0;
        while (k < argc && !bk_str_eq(args[k], r->name)) k++;
        if (k == argc && bk_arena_printf(c->cli->arena, &text, "%.*s-%.*s -> %.*s", BK_FMT(bk_release_metadata(r, "name")),
                                         BK_FMT(bk_release_metadata(r, "version")), BK_FMT(r->status)))
            bk_complete_add(c, r->name, text);
    }
}

static bool list_revisions(bk_cli *cli, bk_str name, bk_releases *ret) {
    bk_cli_releases releases;
    bk_err err = BK_ERR_INIT;
    bool ok = bk_release_name_valid(name) && bk_cli_releases_open(cli, false, 0, &releases, &err) == BK_OK;
    if (ok) {
        ok = bk_store_revisions(releases.store, name, ret, &err) == BK_OK;
        bk_cli_releases_close(&releases);
    }
    bk_err_release(&err);
    return ok;
}

void bk_complete_revisions(bk_complete *c, bk_str release) {
    bk_releases list;
    c->directive = BK_COMPLETE_ERROR;
    if (!list_revisions(c->cli, release, &list)) return;
    c->directive = BK_COMPLETE_NO_FILES;
    for (size_t i = 0; i < list.n && i < MOST; i++) {
        const bk_release *r = &list.p[i];
        bk_str number, text;
        if (bk_arena_printf(c->cli->arena, &number, "%lld", (long long)r->version) &&
            bk_arena_printf(c->cli->arena, &text, "App: %.*s, Chart: %.*s-%.*s", BK_FMT(bk_release_metadata(r, "appVersion")),
                            BK_FMT(bk_release_metadata(r, "name")), BK_FMT(bk_release_metadata(r, "version"))))
            bk_complete_add(c, number, text);
    }
}

static bool list_namespaces(bk_cli *cli, bk_value *ret) {
    bk_cli_cluster cluster;
    bk_kube_answer answer = {0};
    bk_value v;
    bk_err err = BK_ERR_INIT;
    const bk_kube_request request = {.path = BK_S("/api/v1/namespaces"), .query = BK_S("timeoutSeconds=3"), .time_ms = TIME_MS};
    if (bk_cli_cluster_open(cli, &cluster, &err) != BK_OK) {
        bk_err_release(&err);
        return false;
    }
    bool ok =
        bk_kube_do(cluster.kube, cli->arena, &request, &answer, &err) == BK_OK && bk_kube_json(cli->arena, &answer, &v, &err) == BK_OK;
    bk_cli_cluster_close(&cluster);
    bk_err_release(&err);
    const bk_value *items = ok ? bk_map_get(v.map, BK_S("items")) : NULL;
    if (items && items->kind == BK_LIST) *ret = *items;
    return items && items->kind == BK_LIST;
}

void bk_complete_namespaces(bk_complete *c) {
    bk_value list;
    if (!list_namespaces(c->cli, &list)) return;
    c->directive = BK_COMPLETE_NO_FILES;
    for (uint32_t i = 0; i < list.len && i < MOST; i++) {
        const bk_value *meta = list.items[i].kind == BK_MAP ? bk_map_get(list.items[i].map, BK_S("metadata")) : NULL;
        if (meta && meta->kind == BK_MAP) bk_complete_add(c, bk_map_str(meta->map, "name", BK_S("")), BK_S(""));
    }
}
