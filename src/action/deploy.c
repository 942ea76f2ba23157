#include "action/deploy.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "action/objects.h"
#include "kube/status.h"

/* ---- telling ---- */

/* As Go's text handler has it: quoted only when it must be. */
static void put_quoted(bk_buf *out, const char *text) {
    bool plain = *text != 0;
    for (const char *p = text; *p && plain; p++) plain = *p > ' ' && *p != '"' && *p != '=' && (unsigned char)*p < 0x7f;
    if (plain) {
        bk_buf_c(out, text);
        return;
    }
    bk_buf_byte(out, '"');
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\') bk_buf_byte(out, '\\');
        if (*p == '\n') bk_buf_c(out, "\\n");
        else bk_buf_byte(out, *p);
    }
    bk_buf_byte(out, '"');
}

static void put_attribute(bk_buf *out, const char *key, const char *text) {
    bk_buf_printf(out, " %s=", key);
    put_quoted(out, text);
}

void bk_deploy_log(bk_deploy *d, const char *level, const char *message, ...) {
    bk_buf line;
    va_list args;
    if (!d->ears.log) return;
    bk_buf_init(&line, NULL, 64 << 10);
    bk_buf_c(&line, "msg=");
    put_quoted(&line, message);
    va_start(args, message);
    for (const char *key; (key = va_arg(args, const char *));) put_attribute(&line, key, va_arg(args, const char *));
    va_end(args);
    if (bk_buf_ok(&line)) d->ears.log(d->ears.self, level, bk_buf_view(&line));
    bk_buf_release(&line);
}

void bk_deploy_say(bk_deploy *d, bk_str text) {
    if (d->ears.say) d->ears.say(d->ears.self, text);
}

/* ---- the cluster ---- */

bk_status bk_deploy_reach(bk_deploy *d, bool recall, bk_err *err) {
    if (d->nowhere || (recall && bk_cluster_recall(&d->cluster, d->arena))) return BK_OK;
    return bk_cluster_know(&d->cluster, d->arena, err);
}

bool bk_deploy_lost(bk_deploy *d, bk_err *err) {
    bk_err why = BK_ERR_INIT;
    if (bk_str_starts(bk_err_message(err), BK_S("kubernetes cluster unreachable"))) return true;
    if (d->nowhere || d->cluster.fresh || bk_cluster_know(&d->cluster, d->arena, &why) == BK_OK) return false;
    bk_err_release(err);
    bk_err_move(err, &why);
    return true;
}

bk_status bk_deploy_build_read(bk_deploy *d, bk_value read, bool validate, bk_kube_objects *ret, bk_err *err) {
    *ret = (bk_kube_objects){0};
    if (d->nowhere || !d->cluster.kube) return BK_OK;
    bk_status s = bk_kube_build(d->arena, &d->cluster.discovery, d->namespace_, read, validate, ret, err);
    if (s == BK_OK || d->cluster.fresh || !bk_kube_build_missed(err)) return s;
    bk_err_release(err); /* a kind of the last minutes */
    BK_TRY(bk_cluster_know(&d->cluster, d->arena, err));
    return bk_kube_build(d->arena, &d->cluster.discovery, d->namespace_, read, validate, ret, err);
}

bk_status bk_deploy_build(bk_deploy *d, bk_str manifest, bool validate, bk_kube_objects *ret, bk_err *err) {
    bk_value read;
    *ret = (bk_kube_objects){0};
    if (d->nowhere || !d->cluster.kube) return BK_OK;
    BK_TRY(bk_objects_read(d->arena, manifest, BK_OBJECTS_INSTALL, &d->limits, &read, err));
    return bk_deploy_build_read(d, read, validate, ret, err);
}

/* Hooks carry no marks of their release: what looks like a record could be taken for one by the next command. */
static bk_status no_records(const bk_kube_objects *objects, bk_err *err) {
    for (size_t i = 0; i < objects->count; i++) {
        const bk_kube_object *o = &objects->items[i];
        bool kept = bk_str_eq(o->resource->kind, BK_S("Secret")) || bk_str_eq(o->resource->kind, BK_S("ConfigMap"));
        const bk_value object = bk_map_value(o->json);
        if (!kept || o->resource->group.n) continue;
        if (bk_str_starts(o->name, BK_S("sh.helm.release.")) ||
            bk_str_eq(BK_KUBE_TEXT(object, "metadata", "labels", "owner"), BK_S("helm")))
            return bk_err_set(err, BK_ERR_DENIED, "%.*s \"%.*s\" would be a record of a release, which charts do not make",
                              BK_FMT(o->resource->kind), BK_FMT(o->name));
    }
    return BK_OK;
}

bk_status bk_deploy_create(bk_deploy *d, bk_kube_objects *objects, bool server_side, bool force_conflicts, bool *ret_exists, bk_err *err) {
    const bk_kube_apply how = {.server_side = server_side, .force_conflicts = force_conflicts};
    if (ret_exists) *ret_exists = false;
    if (d->nowhere) return BK_OK;
    BK_TRY(no_records(objects, err));
    return bk_kube_create(d->cluster.kube, d->arena, objects, &how, ret_exists, err);
}

bk_status bk_deploy_step(bk_deploy *d, bk_err *err) {
    if (d->ears.interrupted && d->ears.interrupted(d->ears.self)) return bk_err_set(err, BK_ERR, "context canceled");
    return d->working ? bk_store_renew(d->store, d->working, err) : BK_OK;
}

/* ---- waiting ---- */

static bk_status tick(void *self, bk_err *err) { return bk_deploy_step(self, err); }

static time_t seconds_now(void) {
    struct timespec t;
    return clock_gettime(CLOCK_MONOTONIC, &t) == 0 ? t.tv_sec : 0;
}

static void explain(bk_deploy *d, bool gone, const bk_kube_awaited *objects, size_t count, time_t waited) {
    bk_buf text;
    bk_buf_init(&text, NULL, 1 << 20);
    bk_buf_printf(&text, "%s after %llds:\n", gone ? "Still there" : "Not ready", (long long)waited);
    size_t head = text.n;
    bk_kube_wait_explain(d->cluster.kube, objects, count, &text);
    if (text.n > head && bk_buf_ok(&text)) bk_deploy_say(d, bk_buf_view(&text));
    bk_buf_release(&text);
}

bk_status bk_deploy_wait_with(bk_deploy *d, bk_deploy_waiter waiter, bk_kube_strategy strategy, bool jobs, int64_t timeout_ms,
                              const bk_kube_objects *objects, bk_err *err) {
    if (d->nowhere || objects->count == 0) return BK_OK;
    bk_kube_awaited *list = BK_NEW_ARRAY(d->arena, bk_kube_awaited, objects->count);
    if (!list) return bk_arena_fail(d->arena, err);
    for (size_t i = 0; i < objects->count; i++) {
        const bk_kube_object *o = &objects->items[i];
        list[i].ref = (bk_kube_ref){.resource = o->resource, .namespace_ = o->namespace_, .name = o->name};
        list[i].object = bk_map_value(o->live ? o->live : o->json);
    }
    bk_kube_wait_options options = {.strategy = strategy, .timeout_ms = timeout_ms, .jobs = jobs, .self = d, .tick = tick};
    if (d->ears.wait_begins) d->ears.wait_begins(d->ears.self, &options);
    time_t began = seconds_now();
    bk_status s = waiter(d->cluster.kube, d->arena, &options, list, objects->count, err);
    if (d->ears.wait_ends) d->ears.wait_ends(d->ears.self);
    if (s != BK_OK) explain(d, waiter == bk_kube_wait_gone, list, objects->count, seconds_now() - began);
    return s;
}

bk_status bk_deploy_wait(bk_deploy *d, const bk_deploy_options *o, const bk_kube_objects *objects, bk_err *err) {
    return bk_deploy_wait_with(d, bk_kube_wait, o->wait, o->wait_for_jobs, o->timeout_ms, objects, err);
}

/* ---- records ---- */

bk_status bk_deploy_apply_method(bk_str option, bk_str recorded, bool *ret, bk_err *err) {
    if (bk_str_eq(option, BK_S("auto"))) *ret = bk_str_eq(recorded, BK_S("ssa"));
    else if (bk_str_eq(option, BK_S("true")) || bk_str_eq(option, BK_S("false"))) *ret = option.p[0] == 't';
    else return bk_err_set(err, BK_ERR, "invalid/unknown release server-side apply method: %.*s", BK_FMT(option));
    return BK_OK;
}

static void log_failure(bk_deploy *d, const bk_release *release, const bk_err *err) {
    bk_str name, why;
    char revision[24];
    snprintf(revision, sizeof revision, "%lld", (long long)release->version);
    if (bk_arena_dup(d->arena, release->name, &name) && bk_arena_dup(d->arena, bk_err_message(err), &why))
        bk_deploy_log(d, "WARN", "failed to update release", "name", name.p, "revision", revision, "error", why.p, NULL);
}

void bk_deploy_record(bk_deploy *d, bk_release *release, bool keep_lease) {
    bk_err err = BK_ERR_INIT;
    if (bk_store_update(d->store, release, keep_lease, &err) != BK_OK) log_failure(d, release, &err);
    bk_err_release(&err);
}

bk_status bk_deploy_record_both(bk_deploy *d, bk_release *old, bk_release *release, bk_err *err) {
    bk_release *both[] = {old, release};
    bk_kube_item items[2] = {{.err = BK_ERR_INIT}, {.err = BK_ERR_INIT}};
    bk_status s = BK_OK;
    if (bk_store_is_memory(d->store)) {
        bk_deploy_record(d, old, false);
        return bk_store_update(d->store, release, false, err);
    }
    for (size_t i = 0; i < 2; i++) BK_TRY(bk_store_write_request(d->store, both[i], false, false, &items[i].request, err));
    BK_TRY(bk_kube_all(d->cluster.kube, d->arena, items, 2, err));
    for (size_t i = 0; i < 2; i++) {
        bool unclear = items[i].err.code != BK_OK && (items[i].answer.status == 0 || items[i].answer.status >= 500);
        if (unclear) bk_err_release(&items[i].err);
        s = unclear ? bk_store_update_again(d->store, both[i], false, &items[i].err)
                    : bk_store_written(d->store, both[i], false, items[i].err.code, &items[i].answer, &items[i].err);
        if (s != BK_OK && i == 0) log_failure(d, old, &items[i].err);
        if (s != BK_OK && i == 1) bk_err_move(err, &items[i].err);
        bk_err_release(&items[i].err);
    }
    return s;
}

bk_status bk_deploy_check_labels(const bk_map *labels, bk_err *err) {
    for (size_t i = 0; i < bk_map_len(labels); i++)
        if (bk_release_label_is_own(bk_map_at(labels, i)->key))
            return bk_err_set(
                err, BK_ERR,
                "user supplied labels contains system reserved label name. System labels: [name owner status version createdAt "
                "modifiedAt]");
    return BK_OK;
}
