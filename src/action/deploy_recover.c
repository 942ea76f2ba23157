/* What a command that was killed left behind: a record that is pending, and nobody at work on it. */
#include "action/deploy.h"
#include "base/duration.h"

static bk_str age_text(bk_arena *arena, int64_t seconds) {
    char text[BK_DURATION_TEXT];
    bk_str ret;
    size_t n = bk_duration_format((seconds < 0 ? 0 : seconds > 1000000000 ? 1000000000 : seconds) * 1000000000, text);
    return bk_arena_dup(arena, bk_str_of(text, n), &ret) ? ret : BK_S("");
}

static bk_status in_progress(bk_err *err) { return bk_err_set(err, BK_ERR, "another operation (install/upgrade/rollback) is in progress"); }

bk_status bk_deploy_refuse(bk_deploy *d, const bk_release *last, bool ours, int64_t age, bk_err *err) {
    bk_str line;
    bk_str old = age_text(d->arena, age);
    bool ok =
        ours
            ? bk_arena_printf(d->arena, &line,
                              "revision %lld is %.*s: %.*s is at work on it, and said so %.*s ago; if it was killed, it is taken over from "
                              "%us after that",
                              (long long)last->version, BK_FMT(last->status), BK_FMT(last->lease.holder), BK_FMT(old), BK_STORE_LEASE_S)
            : bk_arena_printf(d->arena, &line,
                              "revision %lld has been %.*s for %.*s, and nothing tells whether somebody is at work on it; if nobody is, "
                              "--recover goes on from there",
                              (long long)last->version, BK_FMT(last->status), BK_FMT(old));
    if (ok) bk_deploy_log(d, "WARN", line.p, NULL);
    return in_progress(err);
}

bk_status bk_deploy_recover(bk_deploy *d, const bk_deploy_options *o, bk_release *last, bool *ret_recovered, bk_err *err) {
    int64_t age = 0;
    bk_str line;
    *ret_recovered = false;
    if (!bk_status_is_pending(last->status)) return BK_OK;
    bk_hold hold = bk_store_hold(d->store, &last->lease, last->created, &age);
    if (hold == BK_HOLD_OTHER || hold == BK_HOLD_OURS) return bk_deploy_refuse(d, last, true, age, err);
    if (hold == BK_HOLD_NONE && !o->recover) return bk_deploy_refuse(d, last, false, age, err);
    bk_str old = age_text(d->arena, age), was = last->status;
    if (!bk_arena_printf(d->arena, &line, "%s revision %lld, which was left %.*s %.*s ago%s%.*s",
                         o->dry_run == BK_DRY_RUN_NONE ? "recovering" : "would recover", (long long)last->version, BK_FMT(was), BK_FMT(old),
                         last->lease.holder.n ? " by " : "", BK_FMT(last->lease.holder)) ||
        !bk_arena_printf(d->arena, &last->description, "Interrupted while %.*s; found and closed %.*s later", BK_FMT(was), BK_FMT(old)))
        return bk_arena_fail(d->arena, err);
    bk_deploy_log(d, "WARN", line.p, NULL);
    last->status = BK_STATUS_FAILED;
    *ret_recovered = true;
    return o->dry_run == BK_DRY_RUN_NONE ? bk_store_update(d->store, last, false, err) : BK_OK;
}

bk_status bk_deploy_add_deployed(bk_deploy *d, const bk_history *history, const bk_release *current, bk_kube_objects *objects,
                                 bk_err *err) {
    const bk_entry *deployed = bk_history_deployed(history);
    bk_release old = {0};
    bk_kube_objects more;
    if (!deployed || deployed->version == current->version) return BK_OK;
    BK_TRY(bk_history_load(history, deployed, &old, err));
    if (bk_deploy_build(d, old.manifest, false, &more, err) != BK_OK)
        return bk_err_wrap(err, "unable to build kubernetes objects from current release manifest");
    for (size_t i = 0; i < more.count; i++)
        if (!bk_kube_objects_find(objects, &more.items[i])) BK_TRY(bk_kube_objects_add(d->arena, objects, &more.items[i], err));
    return BK_OK;
}

bk_status bk_deploy_clean_up(bk_deploy *d, bk_kube_objects *created, const char *words, bool keep_first, bk_err *err) {
    bk_value errors = bk_nil();
    bk_err one = BK_ERR_INIT;
    bk_buf text;
    if (d->nowhere || created->count == 0) return err->code;
    bk_status s = bk_kube_remove(d->cluster.kube, d->arena, created, BK_S("Background"), false, &errors, &one);
    uint32_t count = errors.kind == BK_LIST ? errors.len : 0;
    if (s == BK_OK && count == 0) return err->code;
    bk_buf_init(&text, NULL, 0);
    bk_buf_printf(&text, "%s: ", words);
    if (keep_first) bk_buf_printf(&text, "%.*s: ", BK_FMT(bk_err_message(err)));
    bk_buf_c(&text, "unable to cleanup resources: ");
    for (uint32_t i = 0; i < count; i++) {
        if (i) bk_buf_c(&text, ", ");
        bk_buf_str(&text, bk_value_str(errors.items[i]));
    }
    if (s != BK_OK) bk_buf_str(&text, bk_err_message(&one));
    bk_err_replace(err, bk_buf_view(&text));
    bk_buf_release(&text);
    bk_err_release(&one);
    return err->code;
}
