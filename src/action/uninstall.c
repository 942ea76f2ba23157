#include "action/uninstall.h"

#include "action/hooks.h"
#include "action/objects.h"

/* ---- what is to go ---- */

typedef struct plan {
    bk_kube_objects objects; /* to be deleted */
    bk_buf info;             /* what people are told */
    bk_kube_sorted sorted;
} plan;

/* Those that say helm.sh/resource-policy: keep are named, the rest is built. */
static bk_status read_manifest(bk_deploy *d, const bk_release *r, plan *p, bk_err *err) {
    bk_value read;
    bool any = false;
    if (bk_objects_read(d->arena, r->manifest, BK_OBJECTS_UNINSTALL, &d->limits, &read, err) != BK_OK)
        return bk_err_wrap(err, "corrupted release record. You must manually delete the resources");
    for (uint32_t i = 0; read.kind == BK_LIST && i < read.len; i++) {
        bk_map *m = read.items[i].kind == BK_MAP ? read.items[i].map : NULL;
        if (!m || !bk_map_bool(m, "keep", false)) continue;
        if (!any) bk_buf_c(&p->info, "These resources were kept due to the resource policy:\n");
        any = true;
        bk_buf_printf(&p->info, "[%.*s] %.*s\n", BK_FMT(bk_map_str(m, "kind", BK_S(""))), BK_FMT(bk_map_str(m, "name", BK_S(""))));
    }
    if (bk_deploy_build_read(d, read, false, &p->objects, err) == BK_OK) return BK_OK;
    return bk_err_wrap(err, "unable to build kubernetes objects for delete");
}

static void tell_left(bk_deploy *d, const bk_release *r, const bk_kube_object *o, const char *message, bk_str why) {
    bk_str kind, name, space, release, reason;
    bool ok = bk_arena_dup(d->arena, o->resource->kind, &kind) && bk_arena_dup(d->arena, o->name, &name) &&
              bk_arena_dup(d->arena, o->namespace_, &space) && bk_arena_dup(d->arena, r->name, &release) &&
              bk_arena_dup(d->arena, why, &reason);
    if (!ok) return;
    if (why.n)
        bk_deploy_log(d, "WARN", message, "kind", kind.p, "name", name.p, "namespace", space.p, "release", release.p, "error", reason.p,
                      NULL);
    else bk_deploy_log(d, "WARN", message, "kind", kind.p, "name", name.p, "namespace", space.p, "release", release.p, NULL);
}

static bk_str reason_of(const plan *p, size_t i) {
    bk_value v = p->sorted.reasons;
    return v.kind == BK_LIST && i < v.len && v.items[i].kind == BK_STRING ? bk_value_str(v.items[i]) : BK_S("");
}

/* What the release does not own stays, and is named. */
static bk_status keep_foreign(bk_deploy *d, const bk_release *r, plan *p, bool dry, bk_err *err) {
    if (p->objects.count == 0) return BK_OK;
    if (bk_kube_sort_owned(d->cluster.kube, d->arena, &p->objects, r->name, r->namespace_, &p->sorted, err) != BK_OK)
        return bk_err_wrap(err, "unable to verify resource ownership");
    const bk_kube_objects *foreign = &p->sorted.foreign, *unknown = &p->sorted.failed;
    for (size_t i = 0; i < foreign->count; i++)
        tell_left(d, r, &foreign->items[i], dry ? "dry-run: would skip resource" : "skipping delete of resource not owned by this release",
                  BK_S(""));
    for (size_t i = 0; i < unknown->count; i++)
        tell_left(d, r, &unknown->items[i],
                  dry ? "dry-run: would skip resource (ownership could not be verified)"
                      : "skipping delete of resource because ownership could not be verified",
                  reason_of(p, i));
    if (dry) return BK_OK;
    if (foreign->count) {
        bk_buf_printf(&p->info, "%s%zu resource(s) were not deleted because they are not owned by this release:\n", p->info.n ? "\n" : "",
                      foreign->count);
        for (size_t i = 0; i < foreign->count; i++)
            bk_buf_printf(&p->info, "[%.*s] %.*s\n", BK_FMT(foreign->items[i].resource->kind), BK_FMT(foreign->items[i].name));
    }
    if (unknown->count) {
        bk_buf_printf(&p->info, "%s%zu resource(s) were not deleted because their ownership could not be verified:\n",
                      p->info.n ? "\n" : "", unknown->count);
        for (size_t i = 0; i < unknown->count; i++) {
            bk_str why = reason_of(p, i);
            bk_buf_printf(&p->info, "[%.*s] %.*s: %.*s\n", BK_FMT(unknown->items[i].resource->kind), BK_FMT(unknown->items[i].name),
                          BK_FMT(why));
        }
    }
    return bk_buf_check(&p->info, err);
}

static bk_str propagation(bk_str cascade) {
    if (bk_str_eq(cascade, BK_S("orphan"))) return BK_S("Orphan");
    return bk_str_eq(cascade, BK_S("foreground")) ? BK_S("Foreground") : BK_S("Background");
}

static bk_status delete_all(bk_deploy *d, const bk_uninstall_options *o, const bk_release *r, plan *p, bk_err *err) {
    bk_value errors = bk_nil();
    BK_TRY(read_manifest(d, r, p, err));
    BK_TRY(keep_foreign(d, r, p, false, err));
    if (p->sorted.owned.count == 0) return BK_OK;
    BK_TRY(bk_kube_remove(d->cluster.kube, d->arena, &p->sorted.owned, propagation(o->cascade), false, &errors, err));
    if (errors.kind != BK_LIST || errors.len == 0) return BK_OK;
    bk_err_set_str(err, BK_ERR, bk_value_str(errors.items[0]));
    return BK_ERR;
}

/* ---- errors that do not stop it ---- */

typedef struct errors {
    bk_buf text;
    size_t count;
} errors;

static void gather(errors *all, bk_err *err) {
    if (all->count++) bk_buf_c(&all->text, "; ");
    bk_buf_str(&all->text, bk_err_message(err));
    bk_err_release(err);
}

static bk_status outcome(const errors *all, bk_err *err) {
    if (all->count == 0) return BK_OK;
    return bk_err_set(err, BK_ERR, "uninstallation completed with %zu error(s): %.*s", all->count, BK_FMT(bk_buf_view(&all->text)));
}

/* ---- the records ---- */

static bk_status purge(bk_deploy *d, const bk_history *history, bk_err *err) {
    if (bk_store_remove_all(d->store, history->p, history->n, err) == BK_OK) return BK_OK;
    return bk_err_wrap(err, "uninstall: Failed to purge the release");
}

/* --keep-history: nothing stays "deployed". */
static bk_status supersede(bk_deploy *d, const bk_history *history, const bk_release *except, bk_err *err) {
    for (size_t i = 0; i < history->n; i++) {
        bk_release old = {0};
        if (history->p[i].version == except->version || !bk_str_eq(history->p[i].status, BK_STATUS_DEPLOYED)) continue;
        BK_TRY(bk_history_load(history, &history->p[i], &old, err));
        old.status = BK_STATUS_SUPERSEDED;
        bk_deploy_record(d, &old, false);
    }
    return BK_OK;
}

/* ---- the whole ---- */

static bk_status hooks(bk_deploy *d, const bk_uninstall_options *o, bk_release *r, const char *event, bk_err *err) {
    bk_hook_run run = {.deploy = d, .release = r, .event = event, .options = &o->deploy, .server_side = true};
    return o->deploy.no_hooks ? BK_OK : bk_hooks_run(&run, err);
}

/* Somebody of ours who is alive and at work on it keeps it. */
static bk_status check_lease(bk_deploy *d, const bk_uninstall_options *o, const bk_release *r, bk_err *err) {
    int64_t age;
    bk_hold hold = o->ours ? BK_HOLD_NONE : bk_store_hold(d->store, &r->lease, r->created, &age);
    return hold == BK_HOLD_OTHER ? bk_deploy_refuse(d, r, true, age, err) : BK_OK;
}

static bk_status begin(bk_deploy *d, const bk_uninstall_options *o, bk_release *r, bk_err *err) {
    BK_TRY(check_lease(d, o, r, err));
    r->status = BK_STATUS_UNINSTALLING;
    r->description = BK_S("Deletion in progress (or silently failed)");
    BK_TRY(bk_release_now(d->arena, &r->deleted, err));
    BK_TRY(hooks(d, o, r, "pre-delete", err));
    bk_deploy_record(d, r, false);
    return BK_OK;
}

static bk_status finish(bk_deploy *d, const bk_uninstall_options *o, const bk_history *history, bk_release *r, errors *all, bk_err *err) {
    bk_err one = BK_ERR_INIT;
    if (hooks(d, o, r, "post-delete", &one) != BK_OK) gather(all, &one);
    r->status = BK_STATUS_UNINSTALLED;
    r->description = o->deploy.description.n ? o->deploy.description : BK_S("Uninstallation complete");
    if (!o->keep_history) {
        if (purge(d, history, &one) != BK_OK) gather(all, &one);
        return outcome(all, err);
    }
    bk_deploy_record(d, r, false);
    BK_TRY(supersede(d, history, r, err));
    return outcome(all, err);
}

static bk_status remove_release(bk_deploy *d, const bk_uninstall_options *o, const bk_history *history, bk_release *r, bk_str *ret_info,
                                bk_err *err) {
    plan p = {.sorted = {.reasons = bk_nil()}};
    errors all = {.count = 0};
    bk_err one = BK_ERR_INIT;
    bk_str why;
    bk_buf_init(&p.info, d->arena, 0);
    bk_buf_init(&all.text, d->arena, 0);
    BK_TRY(begin(d, o, r, err));
    if (delete_all(d, o, r, &p, err) != BK_OK) {
        if (bk_arena_dup(d->arena, bk_err_message(err), &why))
            bk_deploy_log(d, "WARN", "uninstall: Failed to delete release", "error", why.p, NULL);
        bk_err_release(err);
        return bk_err_set(err, BK_ERR, "failed to delete release: %.*s", BK_FMT(r->name));
    }
    *ret_info = bk_buf_view(&p.info);
    if (bk_deploy_wait_with(d, bk_kube_wait_gone, o->deploy.wait, false, o->deploy.timeout_ms, &p.sorted.owned, &one) != BK_OK)
        gather(&all, &one);
    return finish(d, o, history, r, &all, err);
}

/* What would go. */
static bk_status rehearse(bk_deploy *d, const bk_release *r, bk_str *ret_info, bk_err *err) {
    plan p = {.sorted = {.reasons = bk_nil()}};
    bk_err ignored = BK_ERR_INIT;
    bk_buf_init(&p.info, d->arena, 0);
    if (read_manifest(d, r, &p, &ignored) == BK_OK && keep_foreign(d, r, &p, true, &ignored) == BK_OK) *ret_info = bk_buf_view(&p.info);
    bk_err_release(&ignored);
    (void)err;
    return BK_OK;
}

static bool not_found(const bk_err *err) { return bk_str_eq(bk_err_message(err), BK_S(BK_STORE_NOT_FOUND)); }

bk_status bk_action_uninstall(bk_deploy *d, bk_str name, const bk_uninstall_options *o, bk_release *r, bk_str *ret_info, bk_err *err) {
    bool dry = o->deploy.dry_run != BK_DRY_RUN_NONE;
    bk_history history;
    *r = (bk_release){0};
    *ret_info = BK_S("");
    BK_TRY(bk_deploy_reach(d, true, err));
    if (!bk_release_name_valid(name))
        return bk_err_set(err, BK_ERR, "%s: Release name is invalid: %.*s", dry ? "releaseContent" : "uninstall", BK_FMT(name));
    if (bk_store_history(d->store, name, &history, err) != BK_OK) {
        if (!not_found(err) && bk_deploy_lost(d, err)) return err->code;
        if (o->ignore_not_found && not_found(err)) {
            bk_err_release(err);
            return BK_OK;
        }
        return dry ? err->code : bk_err_wrap(err, "uninstall: Release not loaded: %.*s", BK_FMT(name));
    }
    BK_TRY(bk_history_load(&history, bk_history_last(&history), r, err));
    if (dry) return rehearse(d, r, ret_info, err);
    if (!bk_str_eq(r->status, BK_STATUS_UNINSTALLED)) return remove_release(d, o, &history, r, ret_info, err);
    if (o->keep_history) return bk_err_set(err, BK_ERR, "the release named \"%.*s\" is already deleted", BK_FMT(name));
    return purge(d, &history, err);
}
