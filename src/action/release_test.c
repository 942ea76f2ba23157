#include "action/release_test.h"

#include "action/pod_logs.h"

static bool among(const bk_str *list, size_t count, bk_str name) {
    for (size_t i = 0; i < count; i++)
        if (bk_str_eq(list[i], name)) return true;
    return false;
}

static bool wanted(const bk_test_options *o, const bk_hook *hook) {
    if (among(o->others, o->other_count, hook->name)) return false;
    return o->name_count == 0 || among(o->names, o->name_count, hook->name);
}

/* Those left out come first, as in Helm's record. */
static bk_status choose(bk_deploy *d, const bk_test_options *o, bk_test_run *run, bk_err *err) {
    bk_release *r = &run->release;
    size_t at = 0;
    run->all = BK_NEW_ARRAY(d->arena, bk_hook, r->hook_count + 1);
    if (!run->all) return bk_arena_fail(d->arena, err);
    for (size_t i = 0; i < r->hook_count; i++)
        if (!wanted(o, &r->hooks[i])) run->all[at++] = r->hooks[i];
    size_t first = at;
    for (size_t i = 0; i < r->hook_count; i++)
        if (wanted(o, &r->hooks[i])) run->all[at++] = r->hooks[i];
    r->hooks = run->all;
    r->hook_count = at;
    run->hooks.first = first;
    return BK_OK;
}

bk_status bk_action_test(bk_deploy *d, bk_str name, const bk_test_options *o, bk_test_run *run, bk_err *err) {
    bk_history history;
    *run = (bk_test_run){0};
    BK_TRY(bk_deploy_reach(d, true, err));
    if (!bk_release_name_valid(name)) return bk_err_set(err, BK_ERR, "releaseTest: Release name is invalid: %.*s", BK_FMT(name));
    if (bk_store_history(d->store, name, &history, err) != BK_OK) {
        (void)bk_deploy_lost(d, err);
        return err->code;
    }
    bk_release *r = &run->release;
    BK_TRY(bk_history_load(&history, bk_history_last(&history), r, err));
    BK_TRY(choose(d, o, run, err));
    run->hooks = (bk_hook_run){.deploy = d,
                               .release = r,
                               .event = "test",
                               .options = &o->deploy,
                               .server_side = bk_str_eq(r->apply_method, BK_S("ssa")),
                               .first = run->hooks.first};
    bk_status s = bk_hooks_begin(&run->hooks, err);
    if (s == BK_OK) return bk_store_update(d->store, r, false, err);
    bk_deploy_record(d, r, false);
    return s;
}

bk_status bk_action_test_logs(bk_deploy *d, const bk_test_options *o, const bk_test_run *run, bk_buf *out, bk_err *err) {
    const bk_release *r = &run->release;
    bk_hook **hooks = BK_NEW_ARRAY(d->arena, bk_hook *, r->hook_count + 1);
    if (!hooks) return bk_arena_fail(d->arena, err);
    if (d->nowhere) return BK_OK;
    for (size_t i = 0; i < r->hook_count; i++) hooks[i] = &r->hooks[i];
    bk_hooks_sort(hooks, r->hook_count);
    for (size_t i = 0; i < r->hook_count; i++) {
        if (!bk_hook_has_event(hooks[i], "test") || !wanted(o, hooks[i]) || !bk_str_eq(hooks[i]->kind, BK_S("Pod"))) continue;
        BK_TRY(bk_pod_logs_of_test(d, hooks[i]->name, out, err));
    }
    return BK_OK;
}

bk_status bk_action_test_end(bk_test_run *run, bk_status status, bk_err *err) {
    return run->hooks.deploy ? bk_hooks_end(&run->hooks, status, err) : status;
}
