#include "action/hooks.h"

#include <stdlib.h>

#include "action/objects.h"
#include "action/pod_logs.h"

/* ---- which, and in what order ---- */

static bool before(const bk_hook *a, const bk_hook *b) {
    return a->weight != b->weight ? a->weight < b->weight : bk_str_cmp(a->name, b->name) < 0;
}

/* They are few, and mostly in order. */
void bk_hooks_sort(bk_hook **hooks, size_t count) {
    for (size_t i = 1; i < count; i++) {
        bk_hook *h = hooks[i];
        size_t k = i;
        for (; k > 0 && before(h, hooks[k - 1]); k--) hooks[k] = hooks[k - 1];
        hooks[k] = h;
    }
}

static bk_status choose(bk_hook_run *run, bk_err *err) {
    bk_release *r = run->release;
    run->hooks = BK_NEW_ARRAY(run->deploy->arena, bk_hook *, r->hook_count + 1);
    if (!run->hooks) return bk_arena_fail(run->deploy->arena, err);
    for (size_t i = run->first; i < r->hook_count; i++)
        if (bk_hook_has_event(&r->hooks[i], run->event)) run->hooks[run->count++] = &r->hooks[i];
    bk_hooks_sort(run->hooks, run->count);
    return BK_OK;
}

/* ---- deletion ---- */

/* Texts of a list with "; " between them. */
static bk_status join(bk_value texts, bk_err *err) {
    bk_buf all;
    bk_buf_init(&all, NULL, 0);
    for (uint32_t i = 0; i < texts.len; i++) {
        if (i) bk_buf_c(&all, "; ");
        bk_buf_str(&all, bk_value_str(texts.items[i]));
    }
    bk_err_set_str(err, BK_ERR, bk_buf_view(&all));
    bk_buf_release(&all);
    return err->code;
}

static bk_status delete_by(bk_hook_run *run, const bk_hook *hook, const char *policy, bk_err *err) {
    bk_deploy *d = run->deploy;
    bk_kube_objects objects;
    bk_value errors = bk_nil();
    /* A definition takes all objects of its kind along. */
    if (bk_str_eq(hook->kind, BK_S("CustomResourceDefinition")) || !bk_words_have(hook->delete_policies, policy)) return BK_OK;
    if (bk_deploy_build(d, hook->manifest, false, &objects, err) != BK_OK)
        return bk_err_wrap(err, "unable to build kubernetes object for deleting hook %.*s", BK_FMT(hook->path));
    if (d->nowhere || objects.count == 0) return BK_OK;
    BK_TRY(bk_kube_remove(d->cluster.kube, d->arena, &objects, BK_S("Background"), false, &errors, err));
    if (errors.kind == BK_LIST && errors.len) return join(errors, err);
    return bk_deploy_wait_with(d, bk_kube_wait_gone, run->options->wait, false, run->options->timeout_ms, &objects, err);
}

/* ---- logs ---- */

static void tell_logs(bk_hook_run *run, const bk_hook *hook, const char *policy) {
    bk_err err = BK_ERR_INIT;
    bk_str line;
    if (!bk_words_have(hook->output_log_policies, policy) || run->deploy->nowhere) return;
    if (bk_pod_logs_of_hook(run->deploy, hook, &err) == BK_OK) return;
    if (bk_arena_printf(run->deploy->arena, &line, "error outputting logs for hook failure: %.*s\n", BK_FMT(bk_err_message(&err))))
        bk_deploy_say(run->deploy, line);
    bk_err_release(&err);
}

/* ---- running ---- */

static bk_status make(bk_hook_run *run, bk_hook *hook, bk_kube_objects *ret, bk_err *err) {
    static const bk_str fallback[] = {{"before-hook-creation", sizeof "before-hook-creation" - 1}};
    bk_deploy *d = run->deploy;
    if (hook->delete_policies.n == 0) hook->delete_policies = (bk_words){fallback, 1};
    BK_TRY(delete_by(run, hook, "before-hook-creation", err));
    if (bk_deploy_build(d, hook->manifest, true, ret, err) != BK_OK)
        return bk_err_wrap(err, "unable to build kubernetes object for %s hook %.*s", run->event, BK_FMT(hook->path));
    BK_TRY(bk_release_now(d->arena, &hook->started, err));
    hook->completed = (bk_release_time){0};
    hook->phase = BK_S("Running");
    bk_deploy_record(d, run->release, d->working != NULL);
    hook->phase = BK_S("Unknown");
    bk_status s = bk_deploy_create(d, ret, run->server_side, false, NULL, err);
    if (s == BK_OK) return BK_OK;
    hook->phase = BK_S("Failed");
    bk_err ignored = BK_ERR_INIT;
    if (bk_release_now(d->arena, &hook->completed, &ignored) != BK_OK) bk_err_release(&ignored);
    return bk_err_wrap(err, "warning: Hook %s %.*s failed", run->event, BK_FMT(hook->path));
}

static bk_status run_one(bk_hook_run *run, bk_hook *hook, bk_err *err) {
    bk_deploy *d = run->deploy;
    bk_kube_objects objects;
    bk_err ignored = BK_ERR_INIT;
    BK_TRY(bk_deploy_step(d, err));
    BK_TRY(make(run, hook, &objects, err));
    bk_status s = bk_deploy_wait_with(d, bk_kube_wait_hooks, run->options->wait, false, run->options->timeout_ms, &objects, err);
    if (bk_release_now(d->arena, &hook->completed, &ignored) != BK_OK) bk_err_release(&ignored);
    hook->phase = s == BK_OK ? BK_S("Succeeded") : BK_S("Failed");
    if (s == BK_OK) return BK_OK;
    run->failed = true;
    tell_logs(run, hook, "hook-failed");
    return s;
}

bk_status bk_hooks_begin(bk_hook_run *run, bk_err *err) {
    BK_TRY(choose(run, err));
    for (; run->succeeded < run->count; run->succeeded++) BK_TRY(run_one(run, run->hooks[run->succeeded], err));
    return BK_OK;
}

/* The deletion of the one that failed; its own failure is only told. */
static void delete_failed(bk_hook_run *run) {
    bk_err err = BK_ERR_INIT;
    bk_str line;
    if (delete_by(run, run->hooks[run->succeeded], "hook-failed", &err) == BK_OK) return;
    if (bk_arena_printf(run->deploy->arena, &line, "error deleting the hook resource on hook failure: %.*s\n",
                        BK_FMT(bk_err_message(&err))))
        bk_deploy_say(run->deploy, line);
    bk_err_release(&err);
}

static bk_status delete_succeeded(bk_hook_run *run, bk_err *err) {
    if (run->failed) {
        delete_failed(run);
        for (size_t i = 0; i < run->succeeded; i++) BK_TRY(delete_by(run, run->hooks[i], "hook-succeeded", err));
        return BK_OK;
    }
    for (size_t i = run->count; i-- > 0;) {
        tell_logs(run, run->hooks[i], "hook-succeeded");
        BK_TRY(delete_by(run, run->hooks[i], "hook-succeeded", err));
    }
    return BK_OK;
}

bk_status bk_hooks_end(bk_hook_run *run, bk_status status, bk_err *err) {
    bk_err deleting = BK_ERR_INIT;
    if (status != BK_OK && !run->failed) return status; /* it never came to run */
    bk_status s = delete_succeeded(run, &deleting);
    if (s == BK_OK) return status;
    bk_err_release(err);
    bk_err_move(err, &deleting);
    return s;
}

bk_status bk_hooks_run(bk_hook_run *run, bk_err *err) {
    bk_status s = bk_hooks_begin(run, err);
    return bk_hooks_end(run, s, err);
}
