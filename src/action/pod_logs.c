#include "action/pod_logs.h"

#include "action/objects.h"
#include "base/limits.h"

enum { LOG_BYTES = 16 << 20 };

static const bk_kube_resource pods = {.version = {"v1", 2}, .kind = {"Pod", 3}, .plural = {"pods", 4}, .namespaced = true};

static bk_value at(bk_value v, const char *key) {
    bk_value *found = v.kind == BK_MAP ? bk_map_get(v.map, bk_str_c(key)) : NULL;
    return found ? *found : bk_nil();
}

static bk_status read_log(bk_deploy *d, bk_str namespace_, bk_str pod, bk_str container, bk_kube_answer *ret, bk_err *err) {
    bk_kube_request request;
    const bk_kube_log how = {.container = container};
    BK_TRY(bk_kube_log_request(d->arena, namespace_, pod, &how, &request, err));
    request.cap = LOG_BYTES;
    return bk_kube_do(d->cluster.kube, d->arena, &request, ret, err);
}

/* ---- of hooks ---- */

/* Each line is one of the log's. */
static void say_lines(bk_deploy *d, bk_str text) {
    bk_str line, copy;
    while (bk_str_line(&text, &line))
        if (bk_arena_dup(d->arena, line, &copy)) bk_deploy_log(d, "INFO", copy.p, NULL);
}

static bk_status say_pod(bk_deploy *d, bk_str namespace_, bk_value pod, bk_err *err) {
    bk_value name = at(at(pod, "metadata"), "name"), containers = at(at(pod, "spec"), "containers");
    for (uint32_t i = 0; containers.kind == BK_LIST && i < containers.len; i++) {
        bk_value container = at(containers.items[i], "name");
        bk_kube_answer answer;
        bk_err ignored = BK_ERR_INIT;
        if (name.kind != BK_STRING || container.kind != BK_STRING) continue;
        bk_status s = read_log(d, namespace_, bk_value_str(name), bk_value_str(container), &answer, &ignored);
        bk_err_release(&ignored);
        if (s != BK_OK)
            return bk_err_set(err, BK_ERR, "failed to stream pod logs for pod: %.*s, container: %.*s", BK_FMT(bk_value_str(name)),
                              BK_FMT(bk_value_str(container)));
        say_lines(d, answer.body);
    }
    return BK_OK;
}

/* Where a hook's object lies: it may say so itself. */
static bk_status namespace_of(bk_deploy *d, const bk_hook *hook, bk_str *ret, bk_err *err) {
    bk_value read;
    *ret = d->namespace_;
    if (bk_objects_read(d->arena, hook->manifest, BK_OBJECTS_INSTALL, &d->limits, &read, err) != BK_OK)
        return bk_err_wrap(err, "unable to parse metadata.namespace from kubernetes manifest for output logs hook %.*s",
                           BK_FMT(hook->path));
    if (read.kind != BK_LIST || read.len == 0) return BK_OK;
    bk_value space = at(at(at(read.items[0], "object"), "metadata"), "namespace");
    if (space.kind == BK_STRING && space.len) *ret = bk_value_str(space);
    return BK_OK;
}

bk_status bk_pod_logs_of_hook(bk_deploy *d, const bk_hook *hook, bk_err *err) {
    bk_kube_selection which = {0};
    bk_value list;
    bk_str space;
    BK_TRY(namespace_of(d, hook, &space, err));
    bool ok = true;
    if (bk_str_eq(hook->kind, BK_S("Job"))) ok = bk_arena_printf(d->arena, &which.labels, "job-name=%.*s", BK_FMT(hook->name));
    else if (bk_str_eq(hook->kind, BK_S("Pod"))) ok = bk_arena_printf(d->arena, &which.fields, "metadata.name=%.*s", BK_FMT(hook->name));
    else return BK_OK;
    if (!ok) return bk_arena_fail(d->arena, err);
    const bk_kube_ref ref = {.resource = &pods, .namespace_ = space};
    BK_TRY(bk_kube_list(d->cluster.kube, d->arena, &ref, &which, &list, err));
    for (uint32_t i = 0; i < list.len; i++) BK_TRY(say_pod(d, space, list.items[i], err));
    return BK_OK;
}

/* ---- of tests ---- */

static void add_error(bk_buf *errors, bk_str pod, bk_str container, const bk_err *err) {
    if (errors->n) bk_buf_byte(errors, '\n');
    bk_buf_printf(errors, "unable to get logs for pod %.*s, container %.*s: %.*s", BK_FMT(pod), BK_FMT(container),
                  BK_FMT(bk_err_message(err)));
}

static void put_containers(bk_deploy *d, bk_str pod, bk_value containers, bk_buf *out, bk_buf *errors) {
    for (uint32_t i = 0; containers.kind == BK_LIST && i < containers.len; i++) {
        bk_value name = at(containers.items[i], "name");
        bk_kube_answer answer;
        bk_err err = BK_ERR_INIT;
        if (name.kind != BK_STRING) continue;
        if (read_log(d, d->namespace_, pod, bk_value_str(name), &answer, &err) == BK_OK) {
            bk_buf_printf(out, "POD LOGS: %.*s (%.*s)\n", BK_FMT(pod), BK_FMT(bk_value_str(name)));
            bk_buf_str(out, answer.body);
            bk_buf_byte(out, '\n');
        } else {
            add_error(errors, pod, bk_value_str(name), &err);
        }
        bk_err_release(&err);
    }
}

bk_status bk_pod_logs_of_test(bk_deploy *d, bk_str pod, bk_buf *out, bk_err *err) {
    const bk_kube_ref ref = {.resource = &pods, .namespace_ = d->namespace_, .name = pod};
    bk_kube_request request;
    bk_kube_answer answer;
    bk_value object = bk_nil();
    bk_buf errors;
    bk_status s = bk_kube_get_request(d->arena, &ref, &request, err);
    if (s == BK_OK) s = bk_kube_do(d->cluster.kube, d->arena, &request, &answer, err);
    if (s == BK_OK) s = bk_kube_json(d->arena, &answer, &object, err);
    if (s != BK_OK) return bk_err_wrap(err, "unable to get pod %.*s", BK_FMT(pod));
    bk_buf_init(&errors, d->arena, 0);
    put_containers(d, pod, at(at(object, "spec"), "initContainers"), out, &errors);
    put_containers(d, pod, at(at(object, "spec"), "containers"), out, &errors);
    return errors.n ? bk_err_set_str(err, BK_ERR, bk_buf_view(&errors)) : bk_buf_check(out, err);
}
