#include "action/rollback.h"

#include "action/hooks.h"

typedef struct work {
    bk_deploy *d;
    bk_rollback_options *o;
    bk_history history;
    bk_release current, previous, target;
    bool server_side, recovered;
} work;

/* ---- preparation ---- */

static bk_status find(work *w, bk_str name, bk_err *err) {
    if (!bk_release_name_valid(name)) return bk_err_set(err, BK_ERR, "prepareRollback: Release name is invalid: %.*s", BK_FMT(name));
    if (w->o->version < 0) return bk_err_set(err, BK_ERR, "invalid release revision");
    BK_TRY(bk_store_history(w->d->store, name, &w->history, err));
    const bk_entry *last = bk_history_last(&w->history);
    int64_t version = w->o->version ? w->o->version : last->version - 1;
    const bk_entry *wanted = bk_history_version(&w->history, version);
    if (!wanted) return bk_err_set(err, BK_ERR, "release has no %lld version", (long long)version);
    BK_TRY(bk_history_load(&w->history, last, &w->current, err));
    BK_TRY(bk_deploy_recover(w->d, &w->o->deploy, &w->current, &w->recovered, err));
    return bk_history_load(&w->history, wanted, &w->previous, err);
}

static bk_status prepare(work *w, bk_str name, bk_err *err) {
    const bk_rollback_options *o = w->o;
    BK_TRY(find(w, name, err));
    BK_TRY(bk_deploy_apply_method(o->server_side, w->previous.apply_method, &w->server_side, err));
    const bk_release *p = &w->previous;
    w->target = (bk_release){
        .name = w->current.name,
        .namespace_ = w->current.namespace_,
        .version = w->current.version + 1,
        .status = BK_STATUS_PENDING_ROLLBACK,
        .description = o->deploy.description,
        .notes = p->notes,
        .first_deployed = w->current.first_deployed,
        .rollback_revision = p->version,
        .chart = p->chart,
        .metadata = p->metadata,
        .config = p->config,
        .manifest = p->manifest,
        .hooks = p->hooks,
        .hook_count = p->hook_count,
        .labels = p->labels,
        .apply_method = w->server_side ? BK_S("ssa") : BK_S("csa"),
    };
    if (!o->deploy.description.n && !bk_arena_printf(w->d->arena, &w->target.description, "Rollback to %lld", (long long)p->version))
        return bk_arena_fail(w->d->arena, err);
    return bk_release_now(w->d->arena, &w->target.last_deployed, err);
}

/* ---- what can go wrong ---- */

/* Both records are written; returns the code of err. */
static bk_status fail(work *w, const char *words, bool supersede, bk_err *err) {
    bk_status s = err->code;
    w->target.status = BK_STATUS_FAILED;
    if (!bk_arena_printf(w->d->arena, &w->target.description, words, BK_FMT(w->target.name), BK_FMT(bk_err_message(err)))) return s;
    w->d->working = NULL;
    if (supersede) {
        w->current.status = BK_STATUS_SUPERSEDED;
        bk_deploy_record(w->d, &w->current, false);
    }
    bk_deploy_record(w->d, &w->target, false);
    return s;
}

static bk_status update_failed(work *w, bk_kube_result *result, bk_err *err) {
    bk_str message;
    bk_status s = fail(w, "Rollback \"%.*s\" failed: %.*s", true, err);
    if (bk_arena_dup(w->d->arena, w->target.description, &message)) bk_deploy_log(w->d, "WARN", message.p, NULL);
    return w->o->deploy.cleanup_on_fail
               ? bk_deploy_clean_up(w->d, &result->created, "an error occurred while cleaning up resources. original rollback error", false,
                                    err)
               : s;
}

static bk_status wait_failed(work *w, bk_err *err) {
    fail(w, "Release \"%.*s\" failed: %.*s", false, err);
    return bk_err_wrap(err, "release %.*s failed", BK_FMT(w->target.name));
}

/* A hook that failed leaves the record pending in Helm; here it says so. */
static bk_status hooks(work *w, const char *event, bk_err *err) {
    bk_hook_run run = {.deploy = w->d, .release = &w->target, .event = event, .options = &w->o->deploy, .server_side = w->server_side};
    if (w->o->deploy.no_hooks || bk_hooks_run(&run, err) == BK_OK) return BK_OK;
    return fail(w, "Rollback \"%.*s\" failed: %.*s", false, err);
}

/* ---- doing it ---- */

static bk_status objects_of(work *w, bk_kube_objects *current, bk_kube_objects *target, bk_err *err) {
    bk_deploy *d = w->d;
    if (bk_deploy_build(d, w->current.manifest, false, current, err) != BK_OK)
        return bk_err_wrap(err, "unable to build kubernetes objects from current release manifest");
    if (w->recovered) BK_TRY(bk_deploy_add_deployed(d, &w->history, &w->current, current, err));
    if (bk_deploy_build(d, w->target.manifest, false, target, err) != BK_OK)
        return bk_err_wrap(err, "unable to build kubernetes objects from new release manifest");
    return bk_kube_own(d->arena, target, w->target.name, w->target.namespace_, err);
}

/* What is there and was not the release's: Helm says so, in the order of the manifest. */
static void tell_adopted(work *w, const bk_kube_objects *current, const bk_kube_objects *target, const bk_kube_objects *updated) {
    bk_str space, name, kind;
    for (size_t i = 0; i < target->count; i++) {
        const bk_kube_object *o = &target->items[i];
        if (!o->name.n || bk_kube_objects_find(current, o) || !bk_kube_objects_find(updated, o)) continue;
        if (bk_arena_dup(w->d->arena, o->namespace_, &space) && bk_arena_dup(w->d->arena, o->name, &name) &&
            bk_arena_dup(w->d->arena, o->resource->kind, &kind))
            bk_deploy_log(w->d, "WARN", "resource exists on cluster but not in original release, using cluster state as baseline",
                          "namespace", space.p, "name", name.p, "kind", kind.p, NULL);
    }
}

static bk_status apply(work *w, bk_kube_objects *current, bk_kube_objects *target, bk_err *err) {
    bk_kube_result result = {0};
    const bk_kube_apply how = {.server_side = w->server_side,
                               .force_conflicts = w->o->deploy.force_conflicts,
                               .force_replace = w->o->deploy.force_replace,
                               .migrate = true};
    bk_status s = bk_deploy_step(w->d, err);
    if (s == BK_OK && !w->d->nowhere) s = bk_kube_update(w->d->cluster.kube, w->d->arena, current, target, &how, &result, err);
    tell_adopted(w, current, target, &result.updated);
    return s == BK_OK ? s : update_failed(w, &result, err);
}

/* Every revision that still counts as deployed has been replaced. */
static bk_status supersede(work *w, bk_err *err) {
    for (size_t i = 0; i < w->history.n; i++) {
        const bk_entry *e = &w->history.p[i];
        bk_release other = {0}, *old = e->version == w->current.version ? &w->current : &other;
        if (!bk_str_eq(e->status, BK_STATUS_DEPLOYED)) continue;
        if (old == &other) BK_TRY(bk_history_load(&w->history, e, old, err));
        old->status = BK_STATUS_SUPERSEDED;
        bk_deploy_record(w->d, old, false);
    }
    return BK_OK;
}

static bk_status perform(work *w, bk_err *err) {
    bk_kube_objects current, target;
    if (objects_of(w, &current, &target, err) != BK_OK) return fail(w, "Rollback \"%.*s\" failed: %.*s", false, err);
    BK_TRY(hooks(w, "pre-rollback", err));
    BK_TRY(apply(w, &current, &target, err));
    if (bk_deploy_wait(w->d, &w->o->deploy, &target, err) != BK_OK) return wait_failed(w, err);
    BK_TRY(hooks(w, "post-rollback", err));
    BK_TRY(supersede(w, err));
    w->d->working = NULL;
    w->target.status = BK_STATUS_DEPLOYED;
    return bk_store_update(w->d->store, &w->target, false, err);
}

/* Characters; a byte that is none counts as one. */
static size_t characters(bk_str s) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

bk_status bk_action_rollback(bk_deploy *d, bk_str name, bk_rollback_options *o, bk_err *err) {
    work w = {.d = d, .o = o};
    size_t n = characters(o->deploy.description);
    if (n > BK_DESCRIPTION_MAX) return bk_err_set(err, BK_ERR, "description must be %d characters or less, got %zu", BK_DESCRIPTION_MAX, n);
    BK_TRY(bk_deploy_reach(d, true, err));
    if (prepare(&w, name, err) != BK_OK) {
        (void)bk_deploy_lost(d, err);
        return err->code;
    }
    if (o->deploy.dry_run != BK_DRY_RUN_NONE) return BK_OK;
    BK_TRY(bk_store_create(d->store, &w.history, &w.target, err));
    d->working = &w.target;
    bk_status s = perform(&w, err);
    d->working = NULL;
    return s;
}
