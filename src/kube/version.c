#include "kube/version.h"

static bk_status ask(bk_kube *kube, bk_arena *arena, bk_kube_version *ret, bk_err *err) {
    bk_kube_answer answer;
    bk_value v;
    BK_TRY(bk_kube_do(kube, arena, &(bk_kube_request){.path = BK_S("/version"), .cap = 64 << 10, .time_ms = 32000}, &answer, err));
    BK_TRY(bk_kube_json(arena, &answer, &v, err));
    *ret = (bk_kube_version){bk_map_str(v.map, "gitVersion", BK_S("")), bk_map_str(v.map, "major", BK_S("")),
                             bk_map_str(v.map, "minor", BK_S(""))};
    return ret->git_version.n ? BK_OK : bk_err_set(err, BK_ERR, "the server does not say its version");
}

bk_status bk_kube_version_get(bk_kube *kube, bk_arena *arena, bk_kube_version *ret, bk_err *err) {
    bk_kube_version found = {0};
    if (ask(kube, arena, &found, err) != BK_OK) return bk_err_wrap(err, "kubernetes cluster unreachable");
    *ret = found;
    return BK_OK;
}
