/* status.c: the verdicts of the strategy `watcher`. */
#include "kube/status.h"

#include "kube/exec.h"

const char *bk_kube_state_name(bk_kube_state state) {
    static const char *const names[] = {
        [BK_KUBE_UNKNOWN] = "Unknown", [BK_KUBE_IN_PROGRESS] = "InProgress",  [BK_KUBE_FAILED] = "Failed",
        [BK_KUBE_CURRENT] = "Current", [BK_KUBE_TERMINATING] = "Terminating", [BK_KUBE_NOT_FOUND] = "NotFound",
    };
    return names[state];
}

/* ---- reading objects ---- */

bk_value bk_kube_field(bk_value object, const char *const *path) {
    for (; *path; path++) {
        bk_value *v = object.kind == BK_MAP ? bk_map_get(object.map, bk_str_c(*path)) : NULL;
        if (!v) return bk_nil();
        object = *v;
    }
    return object;
}

typedef struct condition {
    bk_str type, status, reason, message;
} condition;

/* An object under judgement. */
typedef struct subject {
    bk_arena *arena;
    bk_value object;
    int64_t now;
    const condition *conditions;
    size_t condition_count;
    bk_kube_verdict *verdict;
    bk_err *err;
} subject;

static bk_status misshapen(bk_err *err, const char *what) { return bk_err_set(err, BK_ERR, "the object is malformed: %s", what); }

/* A text of a condition: absent and null are empty. */
static bool text_of(bk_map *m, const char *key, bk_str *ret) {
    bk_value *v = bk_map_get(m, bk_str_c(key));
    *ret = v && bk_is_string(*v) ? bk_value_str(*v) : BK_S("");
    return !v || bk_is_nil(*v) || bk_is_string(*v);
}

static bk_status read_conditions(subject *s) {
    bk_value status = BK_KUBE_FIELD(s->object, "status"), list = BK_KUBE_FIELD(status, "conditions");
    if (!bk_is_nil(status) && status.kind != BK_MAP) return misshapen(s->err, "status is no object");
    if (bk_is_nil(list)) return BK_OK;
    if (list.kind != BK_LIST) return misshapen(s->err, "status.conditions is no list");
    condition *c = BK_NEW_ARRAY(s->arena, condition, (size_t)list.len + 1);
    if (!c) return bk_arena_fail(s->arena, s->err);
    for (uint32_t i = 0; i < list.len; i++) {
        if (bk_is_nil(list.items[i])) continue;
        bk_map *m = list.items[i].kind == BK_MAP ? list.items[i].map : NULL;
        if (!m || !text_of(m, "type", &c[i].type) || !text_of(m, "status", &c[i].status) || !text_of(m, "reason", &c[i].reason) ||
            !text_of(m, "message", &c[i].message))
            return misshapen(s->err, "a condition is none");
    }
    s->conditions = c;
    s->condition_count = list.len;
    return BK_OK;
}

static bool is(bk_str text, const char *word) { return bk_str_eq(text, bk_str_c(word)); }

static const condition *condition_of(const subject *s, const char *type, const char *status) {
    for (size_t i = 0; i < s->condition_count; i++)
        if (is(s->conditions[i].type, type) && is(s->conditions[i].status, status)) return &s->conditions[i];
    return NULL;
}

/* A whole number, where anything else is an error: *ret_found false when it is absent. */
static bk_status number_of(const subject *s, const char *above, const char *key, bool *ret_found, int64_t *ret) {
    bk_value m = BK_KUBE_FIELD(s->object, above);
    *ret_found = false;
    if (bk_is_nil(m)) return BK_OK;
    if (m.kind != BK_MAP) return misshapen(s->err, "metadata or status is no object");
    const bk_value *v = bk_map_get(m.map, bk_str_c(key));
    if (!v) return BK_OK;
    if (v->kind != BK_INT) return misshapen(s->err, "a generation is no number");
    *ret_found = true;
    *ret = v->i;
    return BK_OK;
}

static int64_t count_of(const subject *s, const char *key, int64_t fallback) { return BK_KUBE_INT(s->object, fallback, "status", key); }
static int64_t wanted_of(const subject *s, const char *key, int64_t fallback) { return BK_KUBE_INT(s->object, fallback, "spec", key); }

/* Go's subtraction, whatever a server says. */
static int64_t minus(int64_t a, int64_t b) { return (int64_t)((uint64_t)a - (uint64_t)b); }

/* ---- saying it ---- */

static bk_status say_text(const subject *s, bk_kube_state state, bk_str message) {
    *s->verdict = (bk_kube_verdict){state, message};
    return BK_OK;
}

static bk_status say(const subject *s, bk_kube_state state, const char *message) { return say_text(s, state, bk_str_c(message)); }

static bk_status say_number(const subject *s, bk_kube_state state, const char *what, int64_t n) {
    bk_str message;
    if (!bk_arena_printf(s->arena, &message, "%s%lld", what, (long long)n)) return bk_arena_fail(s->arena, s->err);
    return say_text(s, state, message);
}

static bk_status say_share(const subject *s, bk_kube_state state, const char *what, int64_t n, int64_t of) {
    bk_str message;
    if (!bk_arena_printf(s->arena, &message, "%s%lld/%lld", what, (long long)n, (long long)of)) return bk_arena_fail(s->arena, s->err);
    return say_text(s, state, message);
}

/* In progress as long as there are fewer than wanted; *ret_less says so. */
static bk_status fewer(const subject *s, const char *what, int64_t n, int64_t of, bool *ret_less) {
    *ret_less = n < of;
    return *ret_less ? say_share(s, BK_KUBE_IN_PROGRESS, what, n, of) : BK_OK;
}

/* The first of these shortages that there is, as the verdict. */
typedef struct shortage {
    const char *what;
    int64_t n, of;
} shortage;

static bk_status shortages(const subject *s, const shortage *list, size_t count, bool *ret_less) {
    *ret_less = false;
    for (size_t i = 0; i < count && !*ret_less; i++) BK_TRY(fewer(s, list[i].what, list[i].n, list[i].of, ret_less));
    return BK_OK;
}

static bk_status surplus(const subject *s, int64_t n) { return say_number(s, BK_KUBE_IN_PROGRESS, "Pending termination: ", n); }

/* ---- kinds ---- */

static bk_status always(const subject *s) { return say(s, BK_KUBE_CURRENT, "Resource is always ready"); }

static bk_status stateful_set(const subject *s) {
    int64_t wanted = wanted_of(s, "replicas", 1), there = count_of(s, "replicas", 0), updated = count_of(s, "updatedReplicas", 0);
    int64_t partition = BK_KUBE_INT(s->object, -1, "spec", "updateStrategy", "rollingUpdate", "partition");
    const shortage before[] = {{"Replicas: ", there, wanted}, {"Ready: ", count_of(s, "readyReplicas", 0), wanted}};
    bool less;
    if (is(BK_KUBE_TEXT(s->object, "spec", "updateStrategy", "type"), "OnDelete"))
        return say(s, BK_KUBE_CURRENT, "StatefulSet is using the ondelete update strategy");
    BK_TRY(shortages(s, before, BK_COUNT(before), &less));
    if (less) return BK_OK;
    if (there > wanted) return surplus(s, minus(there, wanted));
    if (partition != -1) {
        BK_TRY(fewer(s, "updated: ", updated, minus(wanted, partition), &less));
        return less ? BK_OK : say_number(s, BK_KUBE_CURRENT, "Partition rollout complete. updated: ", updated);
    }
    BK_TRY(fewer(s, "current: ", count_of(s, "currentReplicas", 0), wanted, &less));
    if (less) return BK_OK;
    if (!bk_str_eq(BK_KUBE_TEXT(s->object, "status", "currentRevision"), BK_KUBE_TEXT(s->object, "status", "updateRevision")))
        return say(s, BK_KUBE_IN_PROGRESS, "Waiting for updated revision to match current");
    return say_number(s, BK_KUBE_CURRENT, "All replicas scheduled as expected. Replicas: ", there);
}

static bk_status deployment(const subject *s) {
    /* The controller reports progress only under a deadline. */
    bool progressing = wanted_of(s, "progressDeadlineSeconds", INT32_MAX) == INT32_MAX, less;
    int64_t wanted = wanted_of(s, "replicas", 1), there = count_of(s, "replicas", 0), updated = count_of(s, "updatedReplicas", 0);
    for (size_t i = 0; i < s->condition_count; i++) {
        const condition *c = &s->conditions[i];
        if (!is(c->type, "Progressing")) continue;
        if (is(c->reason, "ProgressDeadlineExceeded")) return say(s, BK_KUBE_FAILED, "Progress deadline exceeded");
        if (is(c->status, "True") && is(c->reason, "NewReplicaSetAvailable")) progressing = true;
    }
    const shortage before[] = {{"Replicas: ", there, wanted}, {"Updated: ", updated, wanted}};
    const shortage after[] = {{"Available: ", count_of(s, "availableReplicas", 0), updated},
                              {"Ready: ", count_of(s, "readyReplicas", 0), wanted}};
    BK_TRY(shortages(s, before, BK_COUNT(before), &less));
    if (less) return BK_OK;
    if (there > wanted) return surplus(s, minus(there, wanted));
    BK_TRY(shortages(s, after, BK_COUNT(after), &less));
    if (less) return BK_OK;
    if (!progressing) return say(s, BK_KUBE_IN_PROGRESS, "ReplicaSet not Available");
    if (!condition_of(s, "Available", "True")) return say(s, BK_KUBE_IN_PROGRESS, "Deployment not Available");
    return say_number(s, BK_KUBE_CURRENT, "Deployment is available. Replicas: ", there);
}

static bk_status replica_set(const subject *s) {
    int64_t wanted = wanted_of(s, "replicas", 1), there = count_of(s, "replicas", 0);
    const shortage all[] = {{"Labelled: ", count_of(s, "fullyLabeledReplicas", 0), wanted},
                            {"Available: ", count_of(s, "availableReplicas", 0), wanted},
                            {"Ready: ", count_of(s, "readyReplicas", 0), wanted}};
    bool less;
    if (condition_of(s, "ReplicaFailure", "True")) return say(s, BK_KUBE_IN_PROGRESS, "Replica Failure condition. Check Pods");
    BK_TRY(shortages(s, all, BK_COUNT(all), &less));
    if (less) return BK_OK;
    if (there > wanted) return surplus(s, minus(there, wanted));
    return say_number(s, BK_KUBE_CURRENT, "ReplicaSet is available. Replicas: ", there);
}

/* Before the controller has seen it there is no status at all, and that must not look like a wish for no pods. */
static bk_status unobserved(const subject *s, const char *above, const char *key, bool *ret_missing) {
    int64_t number;
    bool found;
    bk_str message;
    BK_TRY(number_of(s, above, key, &found, &number));
    *ret_missing = !found;
    if (found) return BK_OK;
    if (!bk_arena_printf(s->arena, &message, "%.*s %s.%s not found", BK_FMT(BK_KUBE_TEXT(s->object, "kind")), above, key))
        return bk_arena_fail(s->arena, s->err);
    return say_text(s, BK_KUBE_IN_PROGRESS, message);
}

static bk_status daemon_set(const subject *s) {
    int64_t wanted = count_of(s, "desiredNumberScheduled", -1);
    const shortage all[] = {{"Current: ", count_of(s, "currentNumberScheduled", 0), wanted},
                            {"Updated: ", count_of(s, "updatedNumberScheduled", 0), wanted},
                            {"Available: ", count_of(s, "numberAvailable", 0), wanted},
                            {"Ready: ", count_of(s, "numberReady", 0), wanted}};
    bool less;
    BK_TRY(unobserved(s, "metadata", "generation", &less));
    if (!less) BK_TRY(unobserved(s, "status", "observedGeneration", &less));
    if (less) return BK_OK;
    if (wanted == -1) return say(s, BK_KUBE_IN_PROGRESS, "Missing .status.desiredNumberScheduled");
    BK_TRY(shortages(s, all, BK_COUNT(all), &less));
    return less ? BK_OK : say_number(s, BK_KUBE_CURRENT, "All replicas scheduled as expected. Replicas: ", wanted);
}

static bk_status claim(const subject *s) {
    bk_value phase = BK_KUBE_FIELD(s->object, "status", "phase");
    bk_str text = bk_is_string(phase) ? bk_value_str(phase) : BK_S("unknown"), message;
    if (is(text, "Bound")) return say(s, BK_KUBE_CURRENT, "PVC is Bound");
    if (!bk_arena_printf(s->arena, &message, "PVC is not Bound. phase: %.*s", BK_FMT(text))) return bk_arena_fail(s->arena, s->err);
    return say_text(s, BK_KUBE_IN_PROGRESS, message);
}

/* Appends the names of containers that crash again and again. */
static bk_status crashing(const subject *s, bk_buf *names) {
    bk_value list = BK_KUBE_FIELD(s->object, "status", "containerStatuses");
    if (bk_is_nil(list)) return BK_OK;
    if (list.kind != BK_LIST) return misshapen(s->err, "status.containerStatuses is no list");
    for (uint32_t i = 0; i < list.len; i++) {
        bk_str name = BK_KUBE_TEXT(list.items[i], "name");
        if (!is(BK_KUBE_TEXT(list.items[i], "state", "waiting", "reason"), "CrashLoopBackOff")) continue;
        if (names->n) bk_buf_byte(names, ',');
        bk_buf_str(names, name);
    }
    return BK_OK;
}

static bk_status running_pod(const subject *s) {
    bk_buf names;
    bk_str message;
    if (condition_of(s, "Ready", "True")) return say(s, BK_KUBE_CURRENT, "Pod is Ready");
    bk_buf_init(&names, s->arena, 64 << 10);
    BK_TRY(crashing(s, &names));
    BK_TRY(bk_buf_check(&names, s->err));
    if (!names.n) return say(s, BK_KUBE_IN_PROGRESS, "Pod is running but is not Ready");
    if (!bk_arena_printf(s->arena, &message, "Containers in CrashLoop state: %.*s", BK_FMT(bk_buf_view(&names))))
        return bk_arena_fail(s->arena, s->err);
    return say_text(s, BK_KUBE_FAILED, message);
}

static bk_status pending_pod(const subject *s) {
    const condition *c = condition_of(s, "PodScheduled", "False");
    int64_t created = 0;
    if (!c || !is(c->reason, "Unschedulable")) return say(s, BK_KUBE_IN_PROGRESS, "Pod is in the Pending phase");
    if (bk_kube_time(BK_KUBE_TEXT(s->object, "metadata", "creationTimestamp"), &created) && s->now - BK_KUBE_SCHEDULE_S < created)
        return say(s, BK_KUBE_IN_PROGRESS, "Pod has not been scheduled");
    return say(s, BK_KUBE_FAILED, "Pod could not be scheduled");
}

static bk_status pod(const subject *s) {
    bk_str phase = BK_KUBE_TEXT(s->object, "status", "phase");
    if (is(phase, "Succeeded")) return say(s, BK_KUBE_CURRENT, "Pod has completed successfully");
    if (is(phase, "Failed")) return say(s, BK_KUBE_CURRENT, "Pod has completed, but not successfully");
    if (is(phase, "Running")) return running_pod(s);
    if (is(phase, "Pending")) return pending_pod(s);
    if (!phase.n) return say(s, BK_KUBE_IN_PROGRESS, "Pod phase not available");
    return bk_err_set(s->err, BK_ERR, "unknown phase %.*s", BK_FMT(phase));
}

static bk_status budget(const subject *s) { return say(s, BK_KUBE_CURRENT, "AllowedDisruptions has been computed."); }

/* The end of a Job, if it has come: *ret_ended. */
static bk_status job_end(const subject *s, bool *ret_ended) {
    int64_t wanted = wanted_of(s, "completions", wanted_of(s, "parallelism", 1));
    *ret_ended = true;
    for (size_t i = 0; i < s->condition_count; i++) {
        const condition *c = &s->conditions[i];
        if (!is(c->status, "True")) continue;
        if (is(c->type, "Complete"))
            return say_share(s, BK_KUBE_CURRENT, "Job Completed. succeeded: ", count_of(s, "succeeded", 0), wanted);
        if (is(c->type, "Failed")) return say_share(s, BK_KUBE_FAILED, "Job Failed. failed: ", count_of(s, "failed", 0), wanted);
    }
    *ret_ended = false;
    return BK_OK;
}

static bk_status job(const subject *s) {
    bool ended;
    bk_str message;
    BK_TRY(job_end(s, &ended));
    if (ended) return BK_OK;
    if (!BK_KUBE_TEXT(s->object, "status", "startTime").n) return say(s, BK_KUBE_IN_PROGRESS, "Job not started");
    if (!bk_arena_printf(s->arena, &message, "Job in progress. success:%lld, active: %lld, failed: %lld",
                         (long long)count_of(s, "succeeded", 0), (long long)count_of(s, "active", 0), (long long)count_of(s, "failed", 0)))
        return bk_arena_fail(s->arena, s->err);
    return say_text(s, BK_KUBE_CURRENT, message);
}

static bk_status service(const subject *s) {
    if (is(BK_KUBE_TEXT(s->object, "spec", "type"), "LoadBalancer") && !BK_KUBE_TEXT(s->object, "spec", "clusterIP").n)
        return say(s, BK_KUBE_IN_PROGRESS, "ClusterIP not set. Service type: LoadBalancer");
    return say(s, BK_KUBE_CURRENT, "Service is ready");
}

static bk_status definition(const subject *s) {
    for (size_t i = 0; i < s->condition_count; i++) {
        const condition *c = &s->conditions[i];
        bool no = is(c->status, "False");
        if (is(c->type, "NamesAccepted") && no) return say_text(s, BK_KUBE_FAILED, c->message);
        if (!is(c->type, "Established")) continue;
        if (no && !is(c->reason, "Installing")) return say_text(s, BK_KUBE_FAILED, c->message);
        if (is(c->status, "True")) return say(s, BK_KUBE_CURRENT, "CRD is established");
    }
    return say(s, BK_KUBE_IN_PROGRESS, "Install in progress");
}

/* ---- all kinds ---- */

static const struct {
    const char *group, *kind;
    bk_status (*judge)(const subject *s);
} kinds[] = {
    {"", "Service", service},
    {"", "Pod", pod},
    {"", "Secret", always},
    {"", "ConfigMap", always},
    {"", "PersistentVolumeClaim", claim},
    {"apps", "StatefulSet", stateful_set},
    {"apps", "DaemonSet", daemon_set},
    {"apps", "Deployment", deployment},
    {"apps", "ReplicaSet", replica_set},
    {"extensions", "DaemonSet", daemon_set},
    {"extensions", "Deployment", deployment},
    {"extensions", "ReplicaSet", replica_set},
    {"policy", "PodDisruptionBudget", budget},
    {"batch", "CronJob", always},
    {"batch", "Job", job},
    {"apiextensions.k8s.io", "CustomResourceDefinition", definition},
};

static bk_status other(const subject *s) {
    for (size_t i = 0; i < s->condition_count; i++) {
        const condition *c = &s->conditions[i];
        if (!is(c->type, "Ready")) continue;
        if (is(c->status, "True")) return say(s, BK_KUBE_CURRENT, "Resource is Ready");
        if (is(c->status, "False") || is(c->status, "Unknown")) return say_text(s, BK_KUBE_IN_PROGRESS, c->message);
    }
    return say(s, BK_KUBE_CURRENT, "Resource is current");
}

/* What any object can say: that it is going, that its controller has yet to look, how its controller sees it. */
static bk_status generic(subject *s, bool *ret_said) {
    bk_value gone = BK_KUBE_FIELD(s->object, "metadata", "deletionTimestamp");
    int64_t generation = 0, observed = 0;
    bool has, has_observed = false;
    bk_str message;
    *ret_said = true;
    if (gone.kind == BK_STRING && gone.len) return say(s, BK_KUBE_TERMINATING, "Resource scheduled for deletion");
    if (!bk_is_nil(gone) && gone.kind != BK_STRING) return misshapen(s->err, "metadata.deletionTimestamp is no text");
    BK_TRY(number_of(s, "metadata", "generation", &has, &generation));
    if (has) BK_TRY(number_of(s, "status", "observedGeneration", &has_observed, &observed));
    if (has_observed && observed != generation) {
        if (!bk_arena_printf(s->arena, &message, "%.*s generation is %lld, but latest observed generation is %lld",
                             BK_FMT(BK_KUBE_TEXT(s->object, "kind")), (long long)generation, (long long)observed))
            return bk_arena_fail(s->arena, s->err);
        return say_text(s, BK_KUBE_IN_PROGRESS, message);
    }
    BK_TRY(read_conditions(s));
    for (size_t i = 0; i < s->condition_count; i++) {
        const condition *c = &s->conditions[i];
        if (!is(c->status, "True")) continue;
        if (is(c->type, "Reconciling")) return say_text(s, BK_KUBE_IN_PROGRESS, c->message);
        if (is(c->type, "Stalled")) return say_text(s, BK_KUBE_FAILED, c->message);
    }
    *ret_said = false;
    return BK_OK;
}

static bk_str group_of(bk_value object) {
    bk_str version = BK_KUBE_TEXT(object, "apiVersion"), group, rest;
    return bk_str_cut(version, BK_S("/"), &group, &rest) && !bk_str_contains(rest, BK_S("/")) ? group : BK_S("");
}

bk_status bk_kube_status(bk_arena *arena, bk_value object, int64_t now, bk_kube_verdict *ret, bk_err *err) {
    bk_kube_verdict verdict = {0};
    subject s = {.arena = arena, .object = object, .now = now, .verdict = &verdict, .err = err};
    bk_str group = group_of(object), kind = BK_KUBE_TEXT(object, "kind");
    bk_status (*judge)(const subject *) = other;
    bool said;
    for (size_t i = 0; i < BK_COUNT(kinds); i++)
        if (is(group, kinds[i].group) && is(kind, kinds[i].kind)) judge = kinds[i].judge;
    BK_TRY(generic(&s, &said));
    if (!said) BK_TRY(judge(&s));
    *ret = verdict;
    return BK_OK;
}

/* ---- what has to be done, not only begun ---- */

bk_status bk_kube_status_job(bk_arena *arena, bk_value object, bk_kube_verdict *ret, bk_err *err) {
    bk_kube_verdict verdict = {0};
    subject s = {.arena = arena, .object = object, .verdict = &verdict, .err = err};
    bool ended;
    BK_TRY(read_conditions(&s));
    BK_TRY(job_end(&s, &ended));
    if (!ended) BK_TRY(say(&s, BK_KUBE_IN_PROGRESS, "Job in progress"));
    *ret = verdict;
    return BK_OK;
}

bk_status bk_kube_status_pod(bk_arena *arena, bk_value object, bk_kube_verdict *ret, bk_err *err) {
    bk_str phase = BK_KUBE_TEXT(object, "status", "phase"), name = BK_KUBE_TEXT(object, "metadata", "name"), message;
    bool good = is(phase, "Succeeded");
    if (!good && !is(phase, "Failed")) {
        *ret = (bk_kube_verdict){BK_KUBE_IN_PROGRESS, BK_S("Pod in progress")};
        return BK_OK;
    }
    if (!bk_arena_printf(arena, &message, "pod %.*s %s", BK_FMT(name), good ? "succeeded" : "failed")) return bk_arena_fail(arena, err);
    *ret = (bk_kube_verdict){good ? BK_KUBE_CURRENT : BK_KUBE_FAILED, message};
    return BK_OK;
}

/* ---- controllers and their pods ---- */

bool bk_kube_is_unschedulable(bk_value pod) {
    bk_value list = BK_KUBE_FIELD(pod, "status", "conditions");
    for (uint32_t i = 0; list.kind == BK_LIST && i < list.len; i++)
        if (is(BK_KUBE_TEXT(list.items[i], "type"), "PodScheduled") && is(BK_KUBE_TEXT(list.items[i], "status"), "False") &&
            is(BK_KUBE_TEXT(list.items[i], "reason"), "Unschedulable"))
            return true;
    return false;
}

bk_status bk_kube_status_pods(bk_arena *arena, bk_value pods, int64_t now, bk_kube_verdict *io, bk_err *err) {
    long long failed = 0;
    bk_str message;
    if (io->state != BK_KUBE_IN_PROGRESS || pods.kind != BK_LIST) return BK_OK;
    for (uint32_t i = 0; i < pods.len; i++) {
        bk_kube_verdict one;
        bk_err ignored = BK_ERR_INIT;
        /* Items of a list do not say their kind. */
        const subject s = {.arena = arena, .object = pods.items[i], .now = now, .verdict = &one, .err = &ignored};
        subject read = s;
        bool said = true;
        bk_status status = generic(&read, &said);
        if (status == BK_OK && !said) status = pod(&read);
        bk_err_release(&ignored);
        if (status == BK_OK && one.state == BK_KUBE_FAILED && !bk_kube_is_unschedulable(pods.items[i])) failed++;
    }
    if (!failed) return BK_OK;
    if (!bk_arena_printf(arena, &message, "%lld pods have failed", failed)) return bk_arena_fail(arena, err);
    *io = (bk_kube_verdict){BK_KUBE_FAILED, message};
    return BK_OK;
}
