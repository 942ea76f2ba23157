#include "action/install.h"

#include <time.h>

#include "action/hooks.h"
#include "action/objects.h"
#include "action/uninstall.h"
#include "kube/status.h"

#define LEARN_TRIES 50u
#define LEARN_PAUSE_NS 200000000L

static bool is_dry(const bk_install_options *o) { return o->deploy.dry_run != BK_DRY_RUN_NONE; }
static bool asks_server(const bk_install_options *o) { return o->deploy.dry_run != BK_DRY_RUN_CLIENT; }

/* Helm logs these before it returns them. */
static bk_status logged(bk_deploy *d, const char *what, bk_err *err) {
    bk_str why;
    if (bk_arena_dup(d->arena, bk_err_message(err), &why)) bk_deploy_log(d, "ERROR", what, "error", why.p, NULL);
    return bk_err_wrap(err, "%s", what);
}

static bk_status unreachable(bk_deploy *d, bk_err *err) {
    bk_str line;
    bk_status s = bk_err_wrap(err, "cluster reachability check failed");
    if (bk_arena_dup(d->arena, bk_err_message(err), &line)) bk_deploy_log(d, "ERROR", line.p, NULL);
    return s;
}

/* ---- the name ---- */

static bk_status name_in_use(const bk_install_options *o, const bk_history *history, bk_err *err) {
    const bk_entry *last = bk_history_last(history);
    bool gone = last && (bk_str_eq(last->status, BK_STATUS_UNINSTALLED) || bk_str_eq(last->status, BK_STATUS_FAILED));
    if (!last || (o->replace && gone)) return BK_OK;
    return bk_err_set(err, BK_ERR, "cannot reuse a name that is still in use");
}

/* Whether there is a cluster; where that has to be asked, what is known of the name is asked at the same time. */
static bk_status reach(bk_deploy *d, const bk_install_options *o, bk_kube_item *first, bk_err *err) {
    bk_str name = o->chart.render.release;
    bool recall = !is_dry(o) && !o->chart.crds.asks_capabilities;
    if (!asks_server(o) || d->nowhere || (recall && bk_cluster_recall(&d->cluster, d->arena))) return BK_OK;
    if (is_dry(o) || !d->cluster.kube || bk_store_is_memory(d->store) || !bk_release_name_valid(name))
        return bk_deploy_reach(d, false, err);
    BK_TRY(bk_store_history_request(d->store, name, &first->request, err));
    return bk_cluster_know_and(&d->cluster, d->arena, first, err);
}

static bk_status history_of(bk_deploy *d, bk_str name, bk_kube_item *first, bk_history *ret, bk_err *err) {
    bk_status s = first->err.code;
    if (!first->answer.tries) return bk_store_history(d->store, name, ret, err);
    if (s != BK_OK) bk_err_move(err, &first->err);
    return bk_store_history_read(d->store, name, s, &first->answer, ret, err);
}

static bk_status check_name(bk_deploy *d, const bk_install_options *o, bk_kube_item *first, bk_history *history, bk_err *err) {
    bk_str name = o->chart.render.release;
    *history = (bk_history){0};
    if (!bk_release_name_valid(name)) {
        bk_err_set(
            err, BK_ERR, "%s",
            name.n ? "invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the "
                     "length must not be longer than 53"
                   : "no name provided");
        return bk_err_wrap(err, "release name \"%.*s\"", BK_FMT(name));
    }
    if (is_dry(o)) return BK_OK;
    bk_status s = history_of(d, name, first, history, err);
    if (s == BK_ERR && bk_str_eq(bk_err_message(err), BK_S(BK_STORE_NOT_FOUND))) {
        bk_err_release(err);
        return BK_OK;
    }
    return s == BK_OK ? name_in_use(o, history, err) : s;
}

/* ---- CRDs ---- */

static bk_status install_crd(bk_deploy *d, const bk_install_options *o, const bk_manifest *crd, bk_kube_objects *all, bk_err *err) {
    bk_kube_objects objects;
    bool exists = false;
    bk_str name = bk_path_base(crd->path);
    BK_TRY(bk_deploy_build(d, crd->body, false, &objects, err));
    if (d->nowhere) return BK_OK;
    if (objects.count == 0) return bk_err_set(err, BK_ERR, "resources are empty");
    bk_status s = bk_deploy_create(d, &objects, o->server_side, o->deploy.force_conflicts, &exists, err);
    if (s != BK_OK && exists) {
        bk_err_release(err);
        bk_deploy_log(d, "DEBUG", "CRD is already present. Skipping", "crd", name.p, NULL);
        return BK_OK;
    }
    BK_TRY(s);
    for (size_t i = 0; i < objects.count; i++) BK_TRY(bk_kube_objects_add(d->arena, all, &objects.items[i], err));
    return BK_OK;
}

/* Whether discovery tells of every version that a definition says is served. */
static bool is_known(const bk_kube_discovery *discovery, bk_map *crd) {
    bk_value o = bk_map_value(crd), versions = BK_KUBE_FIELD(o, "spec", "versions");
    bk_str group = BK_KUBE_TEXT(o, "spec", "group"), kind = BK_KUBE_TEXT(o, "spec", "names", "kind");
    for (uint32_t i = 0; versions.kind == BK_LIST && i < versions.len; i++) {
        bk_value served = BK_KUBE_FIELD(versions.items[i], "served");
        bk_str version = BK_KUBE_TEXT(versions.items[i], "name");
        if (served.kind == BK_BOOL && served.b && !bk_kube_find_kind(discovery, group, version, kind)) return false;
    }
    return true;
}

/* A definition that is established is not told of at once by a server that is busy. Whatever is missing after a while is missed where it is needed. */
static bk_status learn_crds(bk_deploy *d, const bk_kube_objects *crds, bk_err *err) {
    for (unsigned tries = 0; tries < LEARN_TRIES; tries++) {
        bool all = true;
        if (tries) nanosleep(&(struct timespec){.tv_nsec = LEARN_PAUSE_NS}, NULL);
        BK_TRY(bk_deploy_step(d, err));
        BK_TRY(bk_cluster_renew(&d->cluster, d->arena, err));
        for (size_t i = 0; i < crds->count && all; i++) all = is_known(&d->cluster.discovery, crds->items[i].json);
        if (all) break;
    }
    return BK_OK;
}

static bk_status install_crds(bk_deploy *d, const bk_install_options *o, bk_err *err) {
    bk_kube_objects all = {0};
    for (size_t i = 0; i < o->chart.crds.count; i++) {
        const bk_manifest *crd = &o->chart.crds.manifests[i];
        if (crd->kind != BK_MANIFEST_CRD) continue;
        BK_TRY(bk_deploy_step(d, err));
        if (install_crd(d, o, crd, &all, err) != BK_OK) {
            /* The path below the chart: "crds/a.yaml". */
            size_t at = bk_str_find(crd->path, BK_S("crds/"));
            return bk_err_wrap(err, "failed to install CRD %.*s", BK_FMT(at == BK_NPOS ? crd->path : bk_str_from(crd->path, at)));
        }
    }
    if (all.count == 0) return BK_OK;
    BK_TRY(bk_deploy_wait_with(d, bk_kube_wait_established, o->deploy.wait == BK_KUBE_HOOK_ONLY ? BK_KUBE_WATCHER : o->deploy.wait, false,
                               BK_KUBE_ESTABLISH_MS, &all, err));
    return learn_crds(d, &all, err);
}

static bk_status bring_crds(bk_deploy *d, const bk_install_options *o, bk_err *err) {
    if (!asks_server(o) || o->skip_crds || o->chart.crds.count == 0) return BK_OK;
    if (!is_dry(o)) return install_crds(d, o, err);
    bk_deploy_log(d, "WARN", "This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.", NULL);
    return BK_OK;
}

/* ---- the release ---- */

static bk_status prepare(bk_deploy *d, bk_install_options *o, bk_release *r, bk_err *err) {
    *r = (bk_release){.name = o->chart.render.release,
                      .namespace_ = d->namespace_,
                      .version = 1,
                      .labels = o->labels,
                      .config = o->chart.values,
                      .apply_method = o->server_side ? BK_S("ssa") : BK_S("csa"),
                      .status = BK_STATUS_PENDING_INSTALL,
                      .description = BK_S("Initial install underway")};
    BK_TRY(bk_release_now(d->arena, &r->first_deployed, err));
    r->last_deployed = r->first_deployed;
    if (asks_server(o) && !o->chart.render.is_upgrade && o->chart.crds.asks_capabilities)
        BK_TRY(bk_cluster_know(&d->cluster, d->arena, err));
    bk_err labels = BK_ERR_INIT;
    bk_status s = bk_deploy_render(d, &o->chart, o->deploy.dry_run, r, err);
    if (!o->chart.unrendered && bk_deploy_check_labels(o->labels, &labels) != BK_OK) {
        bk_err_release(err);
        bk_err_move(err, &labels);
        s = err->code;
    }
    return s;
}

static bk_status objects_of(bk_deploy *d, const bk_install_options *o, const bk_release *r, bk_kube_objects *ret, bk_kube_objects *adopted,
                            bk_err *err) {
    *ret = *adopted = (bk_kube_objects){0};
    if (!asks_server(o)) return BK_OK;
    if (bk_deploy_build(d, r->manifest, !o->deploy.skip_validation, ret, err) != BK_OK)
        return bk_err_wrap(err, "unable to build kubernetes objects from release manifest");
    if (ret->count == 0) return BK_OK;
    BK_TRY(bk_kube_own(d->arena, ret, r->name, r->namespace_, err));
    bk_status s = bk_kube_read(d->cluster.kube, d->arena, ret, err);
    if (s == BK_OK)
        s = bk_kube_judge(d->arena, ret, r->name, r->namespace_, o->deploy.take_ownership ? BK_KUBE_TAKE : BK_KUBE_MUST_OWN, adopted, err);
    return s == BK_OK ? s : bk_err_wrap(err, "unable to continue with install");
}

static bk_status create_namespace(bk_deploy *d, const bk_install_options *o, bk_err *err) {
    bk_str text;
    bk_kube_objects objects;
    bool exists = false;
    if (!o->create_namespace || d->nowhere) return BK_OK;
    if (!bk_arena_printf(d->arena, &text, "apiVersion: v1\nkind: Namespace\nmetadata:\n  labels:\n    name: %.*s\n  name: %.*s\n",
                         BK_FMT(d->namespace_), BK_FMT(d->namespace_)))
        return bk_arena_fail(d->arena, err);
    BK_TRY(bk_deploy_build(d, text, true, &objects, err));
    bk_status s = bk_deploy_create(d, &objects, o->server_side, false, &exists, err);
    if (s != BK_OK && exists) {
        bk_err_release(err);
        return BK_OK;
    }
    return s;
}

/* --replace: the new record follows those of the release that was. */
static bk_status supersede(bk_deploy *d, const bk_install_options *o, const bk_history *history, bk_release *r, bk_err *err) {
    const bk_entry *last = o->replace ? bk_history_last(history) : NULL;
    bk_release old = {0};
    if (!last) return BK_OK;
    r->version = last->version + 1;
    if (bk_str_eq(last->status, BK_STATUS_FAILED)) return BK_OK;
    BK_TRY(bk_history_load(history, last, &old, err));
    old.status = BK_STATUS_SUPERSEDED;
    old.description = BK_S("superseded by new release");
    return bk_store_update(d->store, &old, false, err);
}

/* ---- doing it ---- */

static bk_status apply(bk_deploy *d, const bk_install_options *o, bk_kube_objects *objects, bk_kube_objects *adopted, bk_err *err) {
    bk_kube_result result;
    const bk_kube_apply how = {
        .server_side = o->server_side,
        .force_conflicts = o->deploy.force_conflicts && adopted->count,
        .force_replace = o->deploy.force_replace,
        .merge_custom = o->deploy.take_ownership && !o->server_side,
        .migrate = true,
        .skip_validation = o->deploy.skip_validation,
    };
    if (objects->count == 0) return BK_OK;
    if (adopted->count == 0) return bk_kube_create(d->cluster.kube, d->arena, objects, &how, NULL, err);
    return bk_kube_update(d->cluster.kube, d->arena, adopted, objects, &how, &result, err);
}

static bk_status hooks(bk_deploy *d, const bk_install_options *o, bk_release *r, const char *event, bk_err *err) {
    bk_hook_run run = {.deploy = d, .release = r, .event = event, .options = &o->deploy, .server_side = o->server_side};
    if (o->deploy.no_hooks || bk_hooks_run(&run, err) == BK_OK) return BK_OK;
    return bk_err_wrap(err, "failed %s", event);
}

static bk_status perform(bk_deploy *d, const bk_install_options *o, bk_release *r, bk_kube_objects *objects, bk_kube_objects *adopted,
                         bk_err *err) {
    BK_TRY(hooks(d, o, r, "pre-install", err));
    BK_TRY(bk_deploy_step(d, err));
    BK_TRY(apply(d, o, objects, adopted, err));
    BK_TRY(bk_deploy_step(d, err));
    BK_TRY(bk_deploy_wait(d, &o->deploy, objects, err));
    BK_TRY(hooks(d, o, r, "post-install", err));
    return bk_deploy_step(d, err);
}

/* --rollback-on-failure of an install takes it away. */
static bk_status take_back(bk_deploy *d, const bk_install_options *o, const bk_release *r, bk_err *err) {
    bk_err again = BK_ERR_INIT;
    bk_release gone;
    bk_str kept, why;
    bk_uninstall_options undo = {.deploy = o->deploy, .cascade = BK_S("background"), .ours = true};
    undo.deploy.description = BK_S("");
    if (!bk_arena_dup(d->arena, bk_err_message(err), &why)) return bk_arena_fail(d->arena, &again);
    d->ears.interrupted = NULL; /* it is why we are here, perhaps */
    bk_status s = bk_action_uninstall(d, r->name, &undo, &gone, &kept, &again);
    bk_buf text;
    bk_buf_init(&text, NULL, 0);
    if (s == BK_OK)
        bk_buf_printf(&text, "release %.*s failed, and has been uninstalled due to rollback-on-failure being set: %.*s", BK_FMT(r->name),
                      BK_FMT(why));
    else
        bk_buf_printf(&text, "an error occurred while uninstalling the release. original install error: %.*s: %.*s", BK_FMT(why),
                      BK_FMT(bk_err_message(&again)));
    bk_err_replace(err, bk_buf_view(&text));
    bk_buf_release(&text);
    bk_err_release(&again);
    return err->code;
}

static bk_status failed(bk_deploy *d, const bk_install_options *o, bk_release *r, bk_err *err) {
    bk_status s = err->code;
    r->status = BK_STATUS_FAILED;
    if (!bk_arena_printf(d->arena, &r->description, "Release \"%.*s\" failed: %.*s", BK_FMT(r->name), BK_FMT(bk_err_message(err))))
        return s;
    d->working = NULL;
    if (o->deploy.rollback_on_failure) {
        bk_deploy_record(d, r, true); /* the lease stays until it is gone */
        return take_back(d, o, r, err);
    }
    bk_deploy_record(d, r, false);
    return s;
}

static bk_status carry_out(bk_deploy *d, const bk_install_options *o, const bk_history *history, bk_release *r, bk_kube_objects *objects,
                           bk_kube_objects *adopted, bk_err *err) {
    BK_TRY(create_namespace(d, o, err));
    BK_TRY(supersede(d, o, history, r, err));
    BK_TRY(bk_store_create(d->store, history->n ? history : NULL, r, err));
    d->working = r;
    if (perform(d, o, r, objects, adopted, err) != BK_OK) return failed(d, o, r, err);
    d->working = NULL;
    r->status = BK_STATUS_DEPLOYED;
    r->description = o->deploy.description.n ? o->deploy.description : BK_S("Install complete");
    bk_deploy_record(d, r, false);
    return BK_OK;
}

bk_status bk_action_install(bk_deploy *d, bk_install_options *o, bk_buf *out, bk_release *r, bk_err *err) {
    bk_history history;
    bk_kube_objects objects, adopted;
    *r = (bk_release){0};
    BK_TRY(bk_deploy_load(d, &o->chart, false, !o->skip_crds, out, err));
    bk_kube_item first = {.err = BK_ERR_INIT};
    bk_status reached = reach(d, o, &first, err);
    if (reached != BK_OK) bk_err_release(&first.err);
    if (reached != BK_OK) return unreachable(d, err);
    if (!is_dry(o) && o->chart.hide_secret) {
        bk_deploy_log(d, "ERROR", "hiding Kubernetes secrets requires a dry-run mode", NULL);
        return bk_err_set(err, BK_ERR, "hiding Kubernetes secrets requires a dry-run mode");
    }
    bk_status named = check_name(d, o, &first, &history, err);
    bk_err_release(&first.err);
    if (named != BK_OK) return bk_deploy_lost(d, err) ? unreachable(d, err) : logged(d, "release name check failed", err);
    BK_TRY(bring_crds(d, o, err));
    if (o->deploy.rollback_on_failure && o->deploy.wait == BK_KUBE_HOOK_ONLY) o->deploy.wait = BK_KUBE_WATCHER;
    BK_TRY(prepare(d, o, r, err));
    BK_TRY(objects_of(d, o, r, &objects, &adopted, err));
    if (is_dry(o)) {
        r->description = BK_S("Dry run complete");
        return BK_OK;
    }
    return carry_out(d, o, &history, r, &objects, &adopted, err);
}
