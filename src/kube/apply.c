#include "kube/apply.h"

#include <time.h>

#include "data/json.h"
#include "kube/merge.h"
#include "kube/migrate.h"
#include "kube/together.h"
#include "value/gofmt.h"

#define TRIES 5u /* of a change that met another one */
#define PAUSE_NS 10000000

typedef struct work {
    bk_kube *kube;
    bk_arena *arena;
    const bk_kube_apply *how;
    bk_kube_objects *originals; /* NULL: creating */
    bk_kube_objects *objects;
    bk_buf errors;
    const char *between; /* errors */
    size_t error_count;
    bool all_exist; /* every error so far was that the object is there already */
    bool stop;      /* an object could not be created in an update */
    bk_err *err;    /* of the machinery */
} work;

/* ---- steps ---- */

enum { STEP_FIRST, STEP_SETTINGS, STEP_BINDINGS, STEP_WORKLOADS, STEP_WEBHOOKS, STEP_REST, STEPS };

static const struct {
    const char *kind;
    unsigned char step;
} kind_steps[] = {
    {"Namespace", STEP_FIRST},
    {"PriorityClass", STEP_FIRST},
    {"StorageClass", STEP_FIRST},
    {"NetworkPolicy", STEP_SETTINGS},
    {"ResourceQuota", STEP_SETTINGS},
    {"LimitRange", STEP_SETTINGS},
    {"PodSecurityPolicy", STEP_SETTINGS},
    {"PodDisruptionBudget", STEP_SETTINGS},
    {"ServiceAccount", STEP_SETTINGS},
    {"Secret", STEP_SETTINGS},
    {"ConfigMap", STEP_SETTINGS},
    {"PersistentVolume", STEP_SETTINGS},
    {"PersistentVolumeClaim", STEP_SETTINGS},
    {"CustomResourceDefinition", STEP_SETTINGS},
    {"ClusterRole", STEP_SETTINGS},
    {"Role", STEP_SETTINGS},
    {"ClusterRoleBinding", STEP_BINDINGS},
    {"RoleBinding", STEP_BINDINGS},
    {"Service", STEP_SETTINGS},
    {"DaemonSet", STEP_WORKLOADS},
    {"Pod", STEP_WORKLOADS},
    {"ReplicationController", STEP_WORKLOADS},
    {"ReplicaSet", STEP_WORKLOADS},
    {"Deployment", STEP_WORKLOADS},
    {"HorizontalPodAutoscaler", STEP_WORKLOADS},
    {"StatefulSet", STEP_WORKLOADS},
    {"Job", STEP_WORKLOADS},
    {"CronJob", STEP_WORKLOADS},
    {"IngressClass", STEP_WORKLOADS},
    {"Ingress", STEP_WORKLOADS},
    {"APIService", STEP_WORKLOADS},
    {"MutatingWebhookConfiguration", STEP_WEBHOOKS},
    {"ValidatingWebhookConfiguration", STEP_WEBHOOKS},
};

static unsigned step_of(const bk_kube_object *o) {
    for (size_t i = 0; i < BK_COUNT(kind_steps); i++)
        if (bk_str_eq(o->resource->kind, bk_str_c(kind_steps[i].kind))) return kind_steps[i].step;
    return STEP_REST;
}

/* The objects of a step, as jobs, in their order. */
static bk_status open_step(work *w, unsigned step, bk_kube_together *t) {
    size_t *picked = BK_NEW_ARRAY(w->arena, size_t, w->objects->count + 1), n = 0;
    if (!picked) return bk_arena_fail(w->arena, w->err);
    for (size_t i = 0; i < w->objects->count; i++)
        if (step_of(&w->objects->items[i]) == step) picked[n++] = i;
    return bk_kube_together_pick(t, w->kube, w->arena, w->objects, picked, n, w->err);
}

/* ---- errors ---- */

/* What is said of an object before the server's words. */
static bk_status wrap(work *w, bk_kube_job *j, const char *words) {
    bk_str gvk;
    const bk_kube_object *o = j->object;
    BK_TRY(bk_kube_gvk(w->arena, o->resource, &gvk, w->err));
    bk_err_wrap(&j->err, "%s %.*s/%.*s %.*s", words, BK_FMT(o->namespace_), BK_FMT(o->name), BK_FMT(gvk));
    return BK_OK;
}

/* What a refusal leaves unsaid when it did not come from the API server itself. */
static void say_what(bk_buf *out, const bk_kube_job *j) {
    static const char *const verbs[][2] = {{"PATCH", "patch"}, {"POST", "create"}, {"PUT", "update"}, {"DELETE", "delete"}};
    const char *verb = "get";
    const bk_kube_object *o = j->object;
    if (j->answer.status != 403 || bk_str_contains(bk_err_message(&j->err), BK_S(" cannot "))) return;
    for (size_t i = 0; i < BK_COUNT(verbs); i++)
        if (bk_str_eq(j->request.method, bk_str_c(verbs[i][0]))) verb = verbs[i][1];
    bk_buf_printf(out, ": cannot %s %.*s", verb, BK_FMT(o->resource->plural));
    if (o->resource->group.n) bk_buf_printf(out, ".%.*s", BK_FMT(o->resource->group));
    if (o->namespace_.n) bk_buf_printf(out, " in the namespace \"%.*s\"", BK_FMT(o->namespace_));
}

/* The job's error joins the others. */
static void keep_error(work *w, bk_kube_job *j) {
    bool exists = bk_str_eq(j->answer.reason, BK_S("AlreadyExists"));
    bool conflict = w->how->server_side && j->answer.status == 409 && !w->how->force_conflicts;
    bool fields = conflict && bk_str_contains(bk_err_message(&j->err), BK_S("conflict with "));
    if (j->object->change != BK_KUBE_ABSENT) j->object->change = BK_KUBE_CHANGE_FAILED;
    if (w->error_count++) bk_buf_c(&w->errors, w->between);
    bk_buf_str(&w->errors, bk_err_message(&j->err));
    say_what(&w->errors, j);
    if (j->object->source.n) bk_buf_printf(&w->errors, " (%.*s)", BK_FMT(j->object->source));
    if (fields || (conflict && bk_str_contains(bk_err_message(&j->err), BK_S("conflicts with "))))
        bk_buf_c(&w->errors, "; --force-conflicts takes the fields over from their managers");
    w->all_exist = w->all_exist && exists;
    bk_err_release(&j->err);
}

static void done(work *w, bk_kube_job *j, bk_kube_change change) {
    if (j->err.code != BK_OK) keep_error(w, j);
    else j->object->change = change;
    if (w->how->done) w->how->done(w->how->self, j->object);
}

/* ---- one request for an object ---- */

static bk_kube_write write_of(const work *w) {
    return (bk_kube_write){.manager = BK_S(BK_KUBE_MANAGER),
                           .validation = w->how->skip_validation ? "Ignore" : "Strict",
                           .force = w->how->force_conflicts,
                           .says_force = true,
                           .dry_run = w->how->dry_run};
}

static bk_status json_of(work *w, bk_map *m, bk_str *ret) {
    bk_buf out;
    bk_buf_init(&out, w->arena, 0);
    BK_TRY(bk_json_encode(&out, w->arena, bk_map_value(m), 0, w->err));
    BK_TRY(bk_buf_check(&out, w->err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

static bk_status want_apply(work *w, bk_kube_job *j) {
    bk_str body;
    const bk_kube_write how = write_of(w);
    const bk_kube_ref ref = bk_kube_ref_of(j->object);
    BK_TRY(json_of(w, j->object->json, &body));
    j->wanted = bk_kube_patch_request(w->arena, &ref, BK_KUBE_APPLY, body, &how, &j->request, &j->err) == BK_OK;
    return BK_OK;
}

/* Without server-side apply nothing is said about validation, as in Helm. */
static bk_status want_create(work *w, bk_kube_job *j) {
    bk_str body;
    bk_kube_write how = {.manager = BK_S(BK_KUBE_MANAGER), .dry_run = w->how->dry_run};
    const bk_kube_ref ref = bk_kube_ref_of(j->object);
    BK_TRY(json_of(w, j->object->json, &body));
    j->wanted = bk_kube_create_request(w->arena, &ref, body, &how, &j->request, &j->err) == BK_OK;
    return BK_OK;
}

static bk_str version_of(bk_map *object) {
    bk_value *m = object ? bk_map_get(object, BK_S("metadata")) : NULL;
    return m && m->kind == BK_MAP ? bk_map_str(m->map, "resourceVersion", BK_S("")) : BK_S("");
}

/* In place of what was read, and of nothing newer. */
static bk_status want_replace(work *w, bk_kube_job *j) {
    bk_str body, version = version_of(j->object->json);
    bk_map *copy = bk_map_copy(w->arena, j->object->json);
    bk_value *m = copy ? bk_map_get(copy, BK_S("metadata")) : NULL;
    bk_kube_write how = write_of(w);
    const bk_kube_ref ref = bk_kube_ref_of(j->object);
    if (!copy) return bk_arena_fail(w->arena, w->err);
    if (!version.n && m && m->kind == BK_MAP) {
        bk_map *metadata = bk_map_copy(w->arena, m->map);
        bool ok = metadata && bk_map_set(metadata, BK_S("resourceVersion"), bk_string(version_of(j->object->live))) &&
                  bk_map_set(copy, BK_S("metadata"), bk_map_value(metadata));
        if (!ok) return bk_arena_fail(w->arena, w->err);
    }
    BK_TRY(json_of(w, copy, &body));
    j->wanted = bk_kube_replace_request(w->arena, &ref, body, &how, &j->request, &j->err) == BK_OK;
    return BK_OK;
}

static bk_status want_merge(work *w, bk_kube_job *j) {
    bk_str body;
    bk_map *patch;
    bk_kube_patch kind;
    bk_kube_object *o = j->object, *original = bk_kube_objects_find(w->originals, o);
    bk_kube_write how = {.manager = BK_S(BK_KUBE_MANAGER), .dry_run = w->how->dry_run};
    const bk_kube_ref ref = bk_kube_ref_of(o);
    bk_status s = bk_kube_merge(w->arena, o->resource, original ? original->json : o->live, o->json, o->live, w->how->merge_custom, &kind,
                                &patch, &j->err);
    if (s != BK_OK) {
        bk_err_wrap(&j->err, "failed to create patch");
        return BK_OK;
    }
    if (bk_map_len(patch) == 0) {
        o->change = BK_KUBE_UNCHANGED;
        return BK_OK;
    }
    BK_TRY(json_of(w, patch, &body));
    j->wanted = bk_kube_patch_request(w->arena, &ref, kind, body, &how, &j->request, &j->err) == BK_OK;
    return BK_OK;
}

/* ---- again ---- */

static void pause_a_moment(void) {
    struct timespec t = {.tv_nsec = PAUSE_NS};
    nanosleep(&t, NULL);
}

static bool says(const bk_kube_job *j, const char *words) { return bk_str_contains(bk_err_message(&j->err), bk_str_c(words)); }

/* Two changes met on the server: this one had no effect, and may be made again. */
static bool met_another(const bk_kube_job *j, bool any_conflict) {
    bool conflict = j->err.code != BK_OK && j->answer.status == 409 && !bk_str_eq(j->answer.reason, BK_S("AlreadyExists"));
    if (!conflict || any_conflict) return conflict;
    return says(j, "Operation cannot be fulfilled on resourcequotas") && says(j, "the object has been modified");
}

/* Sends, and sends again what met another change: any, or only that of a quota. */
static bk_status send(work *w, bk_kube_together *t, bool any_conflict) {
    for (unsigned tries = 1;; tries++) {
        bool again = false;
        BK_TRY(bk_kube_together_send(t, w->err));
        if (tries == TRIES) return BK_OK;
        for (size_t i = 0; i < t->count; i++) {
            bk_kube_job *j = &t->jobs[i];
            if (!met_another(j, any_conflict) || !j->request.path.n) continue;
            bk_err_release(&j->err);
            j->wanted = again = true;
        }
        if (!again) return BK_OK;
        pause_a_moment();
    }
}

/* Ways that exclude each other, in Helm's words. */
static bk_status check_ways(const bk_kube_apply *how, bool update, bk_err *err) {
    if (how->force_conflicts && !how->server_side)
        return bk_err_set(err, BK_ERR, "invalid client %s option(s): forceConflicts enabled when serverSideApply disabled",
                          update ? "update" : "create");
    if (!how->force_replace || !update) return BK_OK;
    if (how->force_conflicts) return bk_err_set(err, BK_ERR, "invalid operation: cannot use force conflicts and force replace together");
    if (how->server_side) return bk_err_set(err, BK_ERR, "invalid operation: cannot use server-side apply and force replace together");
    return BK_OK;
}

/* ---- creating ---- */

static bk_status explain_apply(work *w, bk_kube_job *j) {
    if (j->err.code == BK_OK) return BK_OK;
    if (j->answer.status == 415) {
        bk_err_wrap(&j->err, "server-side apply not available on the server");
        return BK_OK;
    }
    return wrap(w, j, j->answer.status == 409 ? "conflict occurred while applying object" : "server-side apply failed for object");
}

static bk_status create_step(work *w, unsigned step) {
    bk_kube_together t;
    bool server_side = w->how->server_side;
    BK_TRY(open_step(w, step, &t));
    bk_status s = BK_OK;
    for (size_t i = 0; i < t.count && s == BK_OK; i++) s = server_side ? want_apply(w, &t.jobs[i]) : want_create(w, &t.jobs[i]);
    if (s == BK_OK) s = send(w, &t, !server_side);
    for (size_t i = 0; i < t.count && s == BK_OK; i++) {
        if (server_side) s = explain_apply(w, &t.jobs[i]);
        done(w, &t.jobs[i], BK_KUBE_CREATED);
    }
    bk_kube_together_close(&t);
    return s;
}

static bk_status tell(work *w) {
    if (w->error_count == 0) return BK_OK;
    BK_TRY(bk_buf_check(&w->errors, w->err));
    return bk_err_set_str(w->err, BK_ERR, bk_buf_view(&w->errors));
}

bk_status bk_kube_create(bk_kube *kube, bk_arena *arena, bk_kube_objects *objects, const bk_kube_apply *how, bool *ret_exists,
                         bk_err *err) {
    work w = {.kube = kube, .arena = arena, .how = how, .objects = objects, .between = "\n", .all_exist = true, .err = err};
    if (ret_exists) *ret_exists = false;
    if (objects->count == 0) return bk_err_set(err, BK_ERR, "no objects visited");
    BK_TRY(check_ways(how, false, err));
    bk_buf_init(&w.errors, arena, 0);
    for (unsigned step = 0; step < STEPS; step++) BK_TRY(create_step(&w, step));
    if (ret_exists) *ret_exists = w.error_count && w.all_exist;
    return tell(&w);
}

/* ---- changing ---- */

/* Where everything is read before anything is written. */
static bk_status read_targets(work *w) {
    bk_kube_together t;
    const bk_kube_apply *how = w->how;
    if (how->server_side && !how->migrate) return BK_OK; /* applying tells whether an object was there */
    BK_TRY(bk_kube_together_open(&t, w->kube, w->arena, w->objects, w->err));
    bk_status s = bk_kube_together_read(&t, how->server_side || how->force_replace ? BK_KUBE_READ_MARKS : BK_KUBE_READ_WHOLE, w->err);
    for (size_t i = 0; i < t.count && s == BK_OK; i++) {
        if (t.jobs[i].err.code == BK_OK) continue;
        s = bk_err_wrap(&t.jobs[i].err, "could not get information about the resource");
        bk_err_move(w->err, &t.jobs[i].err);
    }
    bk_kube_together_close(&t);
    return s;
}

static bool is_absent(const bk_kube_object *o) { return o->read && !o->live; }

static bk_status want_migration(work *w, bk_kube_job *j) {
    bk_str patch = BK_S("");
    bk_kube_write how = write_of(w);
    const bk_kube_ref ref = bk_kube_ref_of(j->object);
    if (!j->object->live) return BK_OK;
    BK_TRY(bk_kube_migration(w->arena, j->object->live, BK_S(BK_KUBE_MANAGER), &patch, w->err));
    if (patch.n) j->wanted = bk_kube_patch_request(w->arena, &ref, BK_KUBE_JSON, patch, &how, &j->request, &j->err) == BK_OK;
    return BK_OK;
}

/* An object that changed meanwhile is read again, and its patch made anew. */
static bk_status migrate_step(work *w, bk_kube_together *t) {
    for (unsigned tries = 1;; tries++) {
        bool again = false;
        for (size_t i = 0; i < t->count; i++)
            if (t->jobs[i].err.code == BK_OK) BK_TRY(want_migration(w, &t->jobs[i]));
        BK_TRY(bk_kube_together_send(t, w->err));
        for (size_t i = 0; i < t->count; i++) {
            bk_kube_job *j = &t->jobs[i];
            if (tries == TRIES || !met_another(j, true)) continue;
            bk_err_release(&j->err);
            j->object->read = false;
            again = true;
        }
        if (!again) break;
        pause_a_moment();
        BK_TRY(bk_kube_together_read(t, BK_KUBE_READ_MARKS, w->err));
    }
    for (size_t i = 0; i < t->count; i++)
        if (t->jobs[i].err.code != BK_OK) BK_TRY(wrap(w, &t->jobs[i], "failed to patch object to upgrade CSA field manager"));
    return BK_OK;
}

static bk_status want_update(work *w, bk_kube_job *j) {
    if (j->err.code != BK_OK) return BK_OK;
    if (!j->object->name.n) { /* generateName: nobody can tell whether it is there */
        w->stop = true;
        bk_err_set(&j->err, BK_ERR, "could not get information about the resource: resource name may not be empty");
        return BK_OK;
    }
    if (w->how->server_side) return want_apply(w, j);
    if (is_absent(j->object)) return want_create(w, j);
    return w->how->force_replace ? want_replace(w, j) : want_merge(w, j);
}

static bk_status explain_update(work *w, bk_kube_job *j, bool created) {
    const bk_kube_object *o = j->object;
    bk_buf name;
    bool asked = j->request.path.n > 0;
    if (j->err.code == BK_OK || !o->name.n) return BK_OK;
    if (w->how->server_side && asked && bk_str_eq(j->request.content_type, BK_S("application/apply-patch+yaml")))
        BK_TRY(explain_apply(w, j));
    if (created) {
        bk_err_wrap(&j->err, "failed to create resource");
        w->stop = true;
    } else if (w->how->force_replace) {
        bk_err_wrap(&j->err, "failed to replace object");
    } else if (!w->how->server_side && asked) {
        bk_buf_init(&name, w->arena, 0);
        bk_fmt_quote(&name, o->name);
        BK_TRY(bk_buf_check(&name, w->err));
        bk_err_wrap(&j->err, "cannot patch %.*s with kind %.*s", BK_FMT(bk_buf_view(&name)), BK_FMT(o->resource->kind));
    }
    return BK_OK;
}

/* Of objects that nobody read and whose change failed: were they there? Helm's words differ, and a clean-up. */
static bk_status find_absent(work *w, bk_kube_together *t, bool *absent) {
    bk_kube_together r;
    size_t *picked = BK_NEW_ARRAY(w->arena, size_t, t->count + 1), *places = BK_NEW_ARRAY(w->arena, size_t, t->count + 1), n = 0;
    if (!picked || !places) return bk_arena_fail(w->arena, w->err);
    for (size_t i = 0; i < t->count; i++) {
        if (t->jobs[i].err.code == BK_OK || t->jobs[i].object->read) continue;
        places[n] = i;
        picked[n++] = (size_t)(t->jobs[i].object - w->objects->items);
    }
    if (n == 0) return BK_OK;
    BK_TRY(bk_kube_together_pick(&r, w->kube, w->arena, w->objects, picked, n, w->err));
    bk_status s = bk_kube_together_read(&r, BK_KUBE_READ_MARKS, w->err);
    for (size_t i = 0; i < n && s == BK_OK; i++) absent[places[i]] = r.jobs[i].err.code == BK_OK && is_absent(r.jobs[i].object);
    bk_kube_together_close(&r);
    return s;
}

static bk_status finish_update(work *w, bk_kube_job *j, bool absent, bk_kube_result *ret) {
    bool created = absent || (w->how->server_side && j->answer.status == 201);
    bk_kube_change change = created ? BK_KUBE_CREATED : j->object->change == BK_KUBE_UNCHANGED ? BK_KUBE_UNCHANGED : BK_KUBE_UPDATED;
    BK_TRY(explain_update(w, j, absent));
    done(w, j, change);
    return bk_kube_objects_add(w->arena, created ? &ret->created : &ret->updated, j->object, w->err);
}

static bk_status run_update_step(work *w, bk_kube_together *t, bk_kube_result *ret) {
    bool *absent = BK_NEW_ARRAY(w->arena, bool, t->count + 1);
    if (!absent) return bk_arena_fail(w->arena, w->err);
    for (size_t i = 0; i < t->count; i++) absent[i] = is_absent(t->jobs[i].object);
    if (w->how->server_side && w->how->migrate) BK_TRY(migrate_step(w, t));
    for (size_t i = 0; i < t->count; i++) BK_TRY(want_update(w, &t->jobs[i]));
    BK_TRY(send(w, t, false));
    if (w->how->server_side) BK_TRY(find_absent(w, t, absent));
    for (size_t i = 0; i < t->count; i++) BK_TRY(finish_update(w, &t->jobs[i], absent[i], ret));
    return BK_OK;
}

static bk_status update_step(work *w, unsigned step, bk_kube_result *ret) {
    bk_kube_together t;
    BK_TRY(open_step(w, step, &t));
    bk_status s = run_update_step(w, &t, ret);
    bk_kube_together_close(&t);
    return s;
}

/* ---- taking away ---- */

static bk_status want_delete(bk_arena *arena, bk_kube_job *j, bk_str propagation, bool dry_run) {
    const bk_kube_ref ref = bk_kube_ref_of(j->object);
    const bk_kube_delete how = {.propagation = propagation, .dry_run = dry_run};
    j->wanted = bk_kube_delete_request(arena, &ref, &how, &j->request, &j->err) == BK_OK;
    return BK_OK;
}

/* True: it is gone, or was. */
static bool is_gone(bk_kube_job *j) {
    if (j->err.code == BK_OK) {
        j->object->change = BK_KUBE_DELETED;
        return true;
    }
    if (j->answer.status != 404) return false;
    bk_err_release(&j->err);
    j->object->change = BK_KUBE_ABSENT;
    return true;
}

static bk_status delete_rest(work *w, bk_kube_together *t, bk_kube_result *ret) {
    BK_TRY(bk_kube_together_read(t, BK_KUBE_READ_MARKS, w->err));
    for (size_t i = 0; i < t->count; i++) {
        bk_kube_job *j = &t->jobs[i];
        bool unread = j->err.code != BK_OK || !j->object->live; /* Helm leaves what it cannot read, too */
        bool kept = !unread && bk_str_eq(bk_kube_annotation(j->object->live, BK_KUBE_RESOURCE_POLICY), BK_S("keep"));
        bk_err_release(&j->err);
        j->object->change = kept ? BK_KUBE_KEPT : unread ? BK_KUBE_ABSENT : BK_KUBE_UNTOUCHED;
        if (!kept && !unread) BK_TRY(want_delete(w->arena, j, BK_S("Background"), w->how->dry_run));
    }
    BK_TRY(send(w, t, true));
    for (size_t i = 0; i < t->count; i++) {
        bk_kube_job *j = &t->jobs[i];
        const bk_kube_object *o = j->object;
        if (o->change != BK_KUBE_UNTOUCHED) continue;
        if (!is_gone(j)) {
            bk_err_wrap(&j->err, "failed to delete resource namespace=%.*s, name=%.*s, kind=%.*s", BK_FMT(o->namespace_), BK_FMT(o->name),
                        BK_FMT(o->resource->kind));
            keep_error(w, j);
        } else if (o->change == BK_KUBE_DELETED) {
            BK_TRY(bk_kube_objects_add(w->arena, &ret->deleted, o, w->err));
        }
        if (w->how->done) w->how->done(w->how->self, o);
    }
    return BK_OK;
}

static bk_status delete_unwanted(work *w, bk_kube_result *ret) {
    bk_kube_objects rest;
    bk_kube_together t;
    BK_TRY(bk_kube_objects_without(w->arena, w->originals, w->objects, &rest, w->err));
    if (rest.count == 0) return BK_OK;
    for (size_t i = 0; i < rest.count; i++) rest.items[i].read = false;
    BK_TRY(bk_kube_together_open(&t, w->kube, w->arena, &rest, w->err));
    bk_status s = delete_rest(w, &t, ret);
    bk_kube_together_close(&t);
    return s;
}

bk_status bk_kube_update(bk_kube *kube, bk_arena *arena, bk_kube_objects *originals, bk_kube_objects *targets, const bk_kube_apply *how,
                         bk_kube_result *ret, bk_err *err) {
    work w = {.kube = kube, .arena = arena, .how = how, .originals = originals, .objects = targets, .between = " && ", .err = err};
    *ret = (bk_kube_result){0};
    BK_TRY(check_ways(how, true, err));
    bk_buf_init(&w.errors, arena, 0);
    BK_TRY(read_targets(&w));
    for (unsigned step = 0; step < STEPS && !w.stop; step++) BK_TRY(update_step(&w, step, ret));
    if (w.error_count == 0) BK_TRY(delete_unwanted(&w, ret));
    return tell(&w);
}

static bk_status remove_step(work *w, unsigned step, bk_str propagation, bk_items *errors) {
    bk_kube_together t;
    bk_str text;
    BK_TRY(open_step(w, step, &t));
    bk_status s = BK_OK;
    for (size_t i = 0; i < t.count && s == BK_OK; i++) s = want_delete(w->arena, &t.jobs[i], propagation, w->how->dry_run);
    if (s == BK_OK) s = send(w, &t, true);
    for (size_t i = 0; i < t.count && s == BK_OK; i++) {
        if (is_gone(&t.jobs[i])) continue;
        w->error_count = 0;
        bk_buf_init(&w->errors, w->arena, 0);
        keep_error(w, &t.jobs[i]);
        s = bk_buf_check(&w->errors, w->err);
        text = bk_buf_view(&w->errors);
        if (s == BK_OK) bk_items_add(errors, bk_string(text));
    }
    bk_kube_together_close(&t);
    return s;
}

bk_status bk_kube_remove(bk_kube *kube, bk_arena *arena, bk_kube_objects *objects, bk_str propagation, bool dry_run, bk_value *ret_errors,
                         bk_err *err) {
    const bk_kube_apply how = {.dry_run = dry_run};
    work w = {.kube = kube, .arena = arena, .how = &how, .objects = objects, .between = "", .err = err};
    bk_items errors;
    bk_items_init(&errors, arena);
    *ret_errors = bk_nil();
    for (unsigned step = STEPS; step-- > 0;) BK_TRY(remove_step(&w, step, propagation, &errors));
    return bk_items_list(&errors, BK_T_LIST, ret_errors, err);
}
