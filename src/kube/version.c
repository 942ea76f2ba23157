#include "kube/version.h"

#include "data/json.h"
#include "kube/cache.h"

bk_kube_request bk_kube_version_request(void) {
    return (bk_kube_request){.path = BK_S("/version"), .cap = 64 << 10, .time_ms = BK_KUBE_REACH_MS};
}

/* What came instead, behind the client library's words. */
static bk_status add_type(bk_arena *arena, const bk_kube_answer *answer, bk_err *err) {
    bk_str text;
    if (bk_str_starts(answer->type, BK_S("application/json")) || !answer->type.n) return err->code;
    bool ok = bk_arena_printf(arena, &text, "%.*s (the server answered %.*s, not JSON)", BK_FMT(bk_err_message(err)),
                              BK_FMT(bk_str_sub(answer->type, 0, 80)));
    return ok ? bk_err_replace(err, text) : err->code;
}

static bk_status read_version(bk_arena *arena, const bk_kube_answer *answer, bk_kube_version *ret, bk_err *err) {
    bk_value v = bk_nil();
    if (bk_json_decode(arena, answer->body, BK_JSON_INT64, BK_T_MAP, &v, err) != BK_OK || v.kind != BK_MAP || !v.map) {
        if (err->code == BK_OK) bk_err_set(err, BK_ERR, "it is no object");
        bk_err_wrap(err, "unable to parse the server version");
        return add_type(arena, answer, err);
    }
    bk_kube_version found = {bk_map_str(v.map, "gitVersion", BK_S("")), bk_map_str(v.map, "major", BK_S("")),
                             bk_map_str(v.map, "minor", BK_S(""))};
    if (!found.git_version.n) return bk_err_set(err, BK_ERR, "the server does not say its version");
    *ret = found;
    return BK_OK;
}

bk_status bk_kube_version_read(bk_arena *arena, bk_kube_item *item, bk_kube_version *ret, bk_err *err) {
    bk_status s = item->err.code;
    if (s != BK_OK && item->answer.status == 401) /* here the client library does not read what the server says */
        bk_err_set(err, s, "the server has asked for the client to provide credentials");
    else if (s != BK_OK) bk_err_move(err, &item->err);
    else s = read_version(arena, &item->answer, ret, err);
    return s == BK_OK ? BK_OK : bk_err_wrap(err, "kubernetes cluster unreachable");
}

bk_status bk_kube_version_get(bk_kube *kube, bk_arena *arena, bk_kube_version *ret, bk_err *err) {
    bk_kube_item item = {.request = bk_kube_version_request(), .err = BK_ERR_INIT};
    if (bk_kube_all(kube, arena, &item, 1, err) != BK_OK) return bk_err_wrap(err, "kubernetes cluster unreachable");
    return bk_kube_version_read(arena, &item, ret, err);
}

/* ---- between runs ---- */

void bk_kube_version_keep(bk_kube *kube, bk_arena *arena, bk_str cache, const bk_kube_version *v) {
    bk_str text;
    bool ok = bk_arena_printf(arena, &text, "%.*s\n%.*s\n%.*s\n", BK_FMT(v->git_version), BK_FMT(v->major), BK_FMT(v->minor));
    if (ok) bk_kube_cache_put(arena, cache, bk_kube_config_of(kube)->server, "version", &(bk_kube_cached){.etag = BK_S("-"), .body = text});
}

bool bk_kube_version_kept(bk_kube *kube, bk_arena *arena, bk_str cache, int64_t age, bk_kube_version *ret) {
    bk_kube_cached kept;
    bk_kube_version v;
    bk_kube_cache_get(arena, cache, bk_kube_config_of(kube)->server, "version", &kept);
    if (!kept.etag.n || kept.age < 0 || kept.age > age) return false;
    bk_str rest = kept.body;
    if (!bk_str_line(&rest, &v.git_version) || !bk_str_line(&rest, &v.major) || !bk_str_line(&rest, &v.minor)) return false;
    if (!v.git_version.n) return false;
    *ret = v;
    return true;
}
