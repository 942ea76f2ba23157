#include "action/upgrade.h"

#include "action/hooks.h"
#include "action/rollback.h"
#include "value/codec.h"

typedef struct work {
    bk_deploy *d;
    bk_upgrade_options *o;
    bk_history history;
    bk_release last;    /* the newest record */
    bk_release *before; /* what is upgraded: the newest that is deployed, else the newest */
    bk_release deployed;
    bk_release *next;
    bool server_side, recovered;
} work;

static bool is_dry(const work *w) { return w->o->deploy.dry_run != BK_DRY_RUN_NONE; }

/* ---- what there is ---- */

static bk_status none_deployed(bk_str name, bk_err *err) {
    return bk_err_set(err, BK_ERR, "\"%.*s\" " BK_STORE_NONE_DEPLOYED, BK_FMT(name));
}

static bk_status find(work *w, const bk_history *known, bk_err *err) {
    bk_str name = w->o->chart.render.release;
    if (known) {
        w->history = *known;
    } else if (bk_store_history(w->d->store, name, &w->history, err) != BK_OK) {
        if (!bk_str_eq(bk_err_message(err), BK_S(BK_STORE_NOT_FOUND))) return err->code;
        bk_err_release(err);
        return none_deployed(name, err);
    }
    BK_TRY(bk_history_load(&w->history, bk_history_last(&w->history), &w->last, err));
    BK_TRY(bk_deploy_recover(w->d, &w->o->deploy, &w->last, &w->recovered, err));
    w->before = &w->last;
    if (bk_str_eq(w->last.status, BK_STATUS_DEPLOYED)) return BK_OK;
    const bk_entry *deployed = bk_history_deployed(&w->history);
    if (deployed) {
        w->before = &w->deployed;
        return bk_history_load(&w->history, deployed, &w->deployed, err);
    }
    bool goes_on = bk_str_eq(w->last.status, BK_STATUS_FAILED) || bk_str_eq(w->last.status, BK_STATUS_SUPERSEDED);
    return goes_on ? BK_OK : none_deployed(name, err);
}

/* ---- values ---- */

static bk_status computed_values(work *w, bk_value *ret, bk_err *err) {
    bk_release full = {0};
    const bk_record_options options = {.flags = BK_RECORD_COMPUTED};
    if (bk_store_get(w->d->store, w->before->name, w->before->version, &options, &full, err) != BK_OK)
        return bk_err_wrap(err, "failed to rebuild old values");
    *ret = full.computed;
    return BK_OK;
}

static bk_status reuse_values(work *w, bk_err *err) {
    bk_upgrade_options *o = w->o;
    bk_value given = o->chart.values, old = w->before->config;
    if (o->reset_values) return BK_OK;
    if (o->reuse_values) {
        BK_TRY(computed_values(w, &o->chart.render.chart_values, err));
        return bk_values_over(w->d->arena, given, old, &o->chart.values, err);
    }
    if (o->reset_then_reuse_values) return bk_values_over(w->d->arena, given, old, &o->chart.values, err);
    if (bk_value_len(given) == 0 && bk_value_len(old) > 0) o->chart.values = old;
    return BK_OK;
}

/* ---- the new release ---- */

/* Values of the record may be templates: whatever names .Capabilities, or looks something up, gets to know the cluster. */
static bool mentions_capabilities(const work *w, bk_value values) {
    bk_buf bytes;
    bk_err ignored = BK_ERR_INIT;
    bk_buf_init(&bytes, w->d->arena, 0);
    bool may = bk_codec_encode(&bytes, values, &ignored) != BK_OK || bk_str_contains(bk_buf_view(&bytes), BK_S("Capabilities")) ||
               bk_str_contains(bk_buf_view(&bytes), BK_S("lookup"));
    bk_err_release(&ignored);
    return may;
}

static bk_status merge_labels(work *w, bk_map **ret, bk_err *err) {
    bk_map *all = bk_map_new(w->d->arena, 8);
    const bk_map *parts[] = {w->last.labels, w->o->labels};
    if (!all) return bk_arena_fail(w->d->arena, err);
    for (size_t k = 0; k < BK_COUNT(parts); k++)
        for (size_t i = 0; i < bk_map_len(parts[k]); i++) {
            const bk_map_entry *e = bk_map_at(parts[k], i);
            if (k == 0 && bk_release_label_is_own(e->key)) continue;
            if (!bk_map_set(all, e->key, e->value)) return bk_arena_fail(w->d->arena, err);
        }
    for (size_t i = bk_map_len(all); i-- > 0;) {
        const bk_map_entry *e = bk_map_at(all, i);
        if (e->value.kind == BK_STRING && bk_str_eq(bk_value_str(e->value), BK_S("null"))) {
            bk_map_delete(all, e->key);
            i = bk_map_len(all);
        }
    }
    *ret = all;
    return BK_OK;
}

static bk_status prepare(work *w, const bk_history *known, bk_err *err) {
    bk_upgrade_options *o = w->o;
    bk_release *r = w->next;
    if (!is_dry(w) && o->chart.hide_secret) return bk_err_set(err, BK_ERR, "hiding Kubernetes secrets requires a dry-run mode");
    BK_TRY(find(w, known, err));
    BK_TRY(reuse_values(w, err));
    *r = (bk_release){.name = o->chart.render.release,
                      .namespace_ = w->before->namespace_.n ? w->before->namespace_ : w->d->namespace_,
                      .version = w->last.version + 1,
                      .status = BK_STATUS_PENDING_UPGRADE,
                      .description = BK_S("Preparing upgrade"),
                      .first_deployed = w->before->first_deployed,
                      .config = o->chart.values};
    o->chart.last = &w->last;
    o->chart.history = &w->history;
    if (!w->d->cluster.known || o->chart.crds.asks_capabilities || mentions_capabilities(w, r->config))
        BK_TRY(bk_cluster_know(&w->d->cluster, w->d->arena, err));
    BK_TRY(bk_deploy_render(w->d, &o->chart, o->deploy.dry_run, r, err));
    BK_TRY(bk_deploy_check_labels(o->labels, err));
    BK_TRY(bk_deploy_apply_method(o->server_side, w->last.apply_method, &w->server_side, err));
    r->apply_method = w->server_side ? BK_S("ssa") : BK_S("csa");
    BK_TRY(merge_labels(w, &r->labels, err));
    return bk_release_now(w->d->arena, &r->last_deployed, err);
}

/* ---- objects ---- */

typedef struct objects {
    bk_kube_objects current, target;
} objects;

static bk_status build_current(work *w, bk_kube_objects *ret, bk_err *err) {
    if (bk_deploy_build(w->d, w->before->manifest, false, ret, err) != BK_OK) {
        bool removed = bk_str_contains(bk_err_message(err), BK_S("unable to recognize \"\": no matches for kind"));
        return bk_err_wrap(err, removed
                                    ? "current release manifest contains removed kubernetes api(s) for this kubernetes version and it is "
                                      "therefore unable to build the kubernetes objects for performing the diff. error from kubernetes"
                                    : "unable to build kubernetes objects from current release manifest");
    }
    if (!w->recovered || w->before == &w->last) return BK_OK;
    /* What the interrupted revision made already is the release's as well. */
    bk_kube_objects more;
    BK_TRY(bk_deploy_build(w->d, w->last.manifest, false, &more, err));
    for (size_t i = 0; i < more.count; i++)
        if (!bk_kube_objects_find(ret, &more.items[i])) BK_TRY(bk_kube_objects_add(w->d->arena, ret, &more.items[i], err));
    return BK_OK;
}

/* New objects must not be there already, unless they are the release's. */
static bk_status adopt(work *w, objects *all, const bk_kube_objects *old, bk_err *err) {
    bk_deploy *d = w->d;
    bk_kube_objects fresh, adopted;
    BK_TRY(bk_kube_objects_without(d->arena, &all->target, old, &fresh, err));
    if (fresh.count == 0) return BK_OK;
    bk_status s = bk_kube_read(d->cluster.kube, d->arena, &fresh, err);
    if (s == BK_OK)
        s = bk_kube_judge(d->arena, &fresh, w->next->name, w->next->namespace_,
                          w->o->deploy.take_ownership ? BK_KUBE_TAKE : BK_KUBE_MUST_OWN, &adopted, err);
    if (s != BK_OK) return bk_err_wrap(err, "unable to continue with update");
    for (size_t i = 0; i < adopted.count; i++) BK_TRY(bk_kube_objects_add(d->arena, &all->current, &adopted.items[i], err));
    return BK_OK;
}

static bk_status objects_of(work *w, objects *all, bk_err *err) {
    bk_deploy *d = w->d;
    *all = (objects){0};
    bool validate = !w->o->deploy.skip_validation;
    BK_TRY(bk_deploy_build(d, w->next->manifest, validate, &all->target, err));
    BK_TRY(build_current(w, &all->current, err));
    if (d->nowhere) return BK_OK;
    BK_TRY(bk_kube_own(d->arena, &all->target, w->next->name, w->next->namespace_, err));
    const bk_kube_objects old = all->current;
    return adopt(w, all, &old, err);
}

/* ---- what can go wrong ---- */

static bk_status put_together(const char *words, const bk_err *first, const bk_err *second, bk_err *ret) {
    bk_buf text;
    bk_buf_init(&text, NULL, 0);
    bk_buf_printf(&text, "%s: %.*s", words, BK_FMT(bk_err_message(first)));
    if (second) bk_buf_printf(&text, ": %.*s", BK_FMT(bk_err_message(second)));
    bk_err_replace(ret, bk_buf_view(&text));
    bk_buf_release(&text);
    return ret->code;
}

/* The newest revision that was good once. */
static int64_t good_version(const bk_history *history) {
    for (size_t i = history->n; i-- > 0;) {
        bk_str status = history->p[i].status;
        if (bk_str_eq(status, BK_STATUS_DEPLOYED) || bk_str_eq(status, BK_STATUS_SUPERSEDED)) return history->p[i].version;
    }
    return 0;
}

static bk_status roll_back(work *w, bk_err *err) {
    bk_rollback_options back = {.deploy = w->o->deploy, .version = good_version(&w->history), .server_side = w->o->server_side};
    bk_err again = BK_ERR_INIT;
    if (!back.version)
        return put_together("unable to find a previously successful release when attempting to rollback. original upgrade error", err, NULL,
                            err);
    back.deploy.description = BK_S("");
    back.deploy.cleanup_on_fail = false;
    w->d->ears.interrupted = NULL;          /* it is why we are here, perhaps */
    bk_store_limit_history(w->d->store, 0); /* the record of what failed stays */
    bk_status s = bk_action_rollback(w->d, w->next->name, &back, &again);
    if (s != BK_OK) {
        put_together("an error occurred while rolling back the release. original upgrade error", err, &again, err);
    } else {
        bk_err_wrap(err, "release %.*s failed, and has been rolled back due to rollback-on-failure being set", BK_FMT(w->next->name));
    }
    bk_err_release(&again);
    return err->code;
}

static bk_status failed(work *w, bk_kube_objects *created, bk_err *err) {
    bk_release *r = w->next;
    bk_str name, why;
    if (bk_arena_dup(w->d->arena, r->name, &name) && bk_arena_dup(w->d->arena, bk_err_message(err), &why))
        bk_deploy_log(w->d, "WARN", "upgrade failed", "name", name.p, "error", why.p, NULL);
    r->status = BK_STATUS_FAILED;
    if (!bk_arena_printf(w->d->arena, &r->description, "Upgrade \"%.*s\" failed: %.*s", BK_FMT(r->name), BK_FMT(bk_err_message(err))))
        return err->code;
    w->d->working = NULL;
    bk_deploy_record(w->d, r, false);
    if (w->o->deploy.cleanup_on_fail && created->count) {
        size_t before = bk_err_message(err).n;
        bk_deploy_clean_up(w->d, created, "an error occurred while cleaning up resources. original upgrade error", true, err);
        if (bk_err_message(err).n != before) return err->code;
    }
    return w->o->deploy.rollback_on_failure ? roll_back(w, err) : err->code;
}

/* ---- doing it ---- */

static bk_status hooks(work *w, const char *event, bk_err *err) {
    bk_hook_run run = {.deploy = w->d, .release = w->next, .event = event, .options = &w->o->deploy, .server_side = w->server_side};
    if (w->o->deploy.no_hooks || bk_hooks_run(&run, err) == BK_OK) return BK_OK;
    return bk_err_wrap(err, "%s hooks failed", event);
}

static bk_status apply(work *w, objects *all, bk_kube_result *result, bk_err *err) {
    const bk_deploy_options *o = &w->o->deploy;
    bool was_client = !w->before->apply_method.n || bk_str_eq(w->before->apply_method, BK_S("csa"));
    const bk_kube_apply how = {
        .server_side = w->server_side,
        .force_conflicts = o->force_conflicts,
        .force_replace = o->force_replace,
        .migrate = was_client && w->server_side,
        .skip_validation = o->skip_validation,
    };
    BK_TRY(bk_deploy_step(w->d, err));
    return w->d->nowhere ? BK_OK : bk_kube_update(w->d->cluster.kube, w->d->arena, &all->current, &all->target, &how, result, err);
}

static bk_status perform(work *w, objects *all, bk_kube_result *result, bk_err *err) {
    BK_TRY(hooks(w, "pre-upgrade", err));
    BK_TRY(apply(w, all, result, err));
    BK_TRY(bk_deploy_step(w->d, err));
    BK_TRY(bk_deploy_wait(w->d, &w->o->deploy, &all->target, err));
    BK_TRY(hooks(w, "post-upgrade", err));
    return bk_deploy_step(w->d, err);
}

/* A command that was killed between the last two records that it wrote may have left an earlier one "deployed". */
static void supersede_others(work *w) {
    bk_err ignored = BK_ERR_INIT; /* a record that cannot be read stays as it is */
    for (size_t i = 0; i < w->history.n; i++) {
        bk_release old = {0};
        const bk_entry *e = &w->history.p[i];
        if (!bk_str_eq(e->status, BK_STATUS_DEPLOYED) || e->version == w->before->version || e->version == w->last.version) continue;
        if (bk_history_load(&w->history, e, &old, &ignored) == BK_OK) {
            old.status = BK_STATUS_SUPERSEDED;
            bk_deploy_record(w->d, &old, false);
        }
        bk_err_release(&ignored);
    }
}

static bk_status finish(work *w, bk_err *err) {
    bk_release *r = w->next;
    supersede_others(w);
    w->before->status = BK_STATUS_SUPERSEDED;
    w->d->working = NULL;
    r->status = BK_STATUS_DEPLOYED;
    r->description = w->o->deploy.description.n ? w->o->deploy.description : BK_S("Upgrade complete");
    return bk_deploy_record_both(w->d, w->before, r, err);
}

bk_status bk_action_upgrade_load(bk_deploy *d, bk_upgrade_options *o, bk_buf *out, bk_err *err) {
    return bk_deploy_load(d, &o->chart, true, false, out, err);
}

bk_status bk_action_upgrade_replay(bk_deploy *d, bk_upgrade_options *o, bk_release *ret, bk_err *err) {
    *ret = (bk_release){.name = o->chart.render.release,
                        .namespace_ = d->namespace_,
                        .status = BK_STATUS_PENDING_UPGRADE,
                        .description = BK_S("Dry run complete")};
    BK_TRY(bk_release_now(d->arena, &ret->first_deployed, err));
    ret->last_deployed = ret->first_deployed;
    return bk_deploy_render(d, &o->chart, BK_DRY_RUN_CLIENT, ret, err);
}

bk_status bk_action_upgrade(bk_deploy *d, bk_upgrade_options *o, const bk_history *history, bk_release *ret, bk_err *err) {
    work w = {.d = d, .o = o, .next = ret};
    objects all;
    bk_kube_result result = {0};
    *ret = (bk_release){0};
    bool refused = o->chart.crds.v3; /* when there is a cluster */
    BK_TRY(bk_deploy_reach(d, !is_dry(&w) && !refused, err));
    if (refused) return bk_err_set(err, BK_ERR, "invalid chart apiVersion");
    if (!bk_release_name_valid(o->chart.render.release))
        return bk_err_set(err, BK_ERR, "release name is invalid: %.*s", BK_FMT(o->chart.render.release));
    if (o->deploy.rollback_on_failure && o->deploy.wait == BK_KUBE_HOOK_ONLY) o->deploy.wait = BK_KUBE_WATCHER;
    if (prepare(&w, history, err) != BK_OK) {
        (void)bk_deploy_lost(d, err);
        return err->code;
    }
    BK_TRY(objects_of(&w, &all, err));
    if (is_dry(&w)) {
        ret->description = o->deploy.description.n ? o->deploy.description : BK_S("Dry run complete");
        return BK_OK;
    }
    BK_TRY(bk_store_create(d->store, &w.history, ret, err));
    d->working = ret;
    bk_status s = perform(&w, &all, &result, err);
    d->working = NULL;
    return s == BK_OK ? finish(&w, err) : failed(&w, &result.created, err);
}
