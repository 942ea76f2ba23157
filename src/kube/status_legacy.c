/* status_legacy.c: the rules of the strategy `legacy`. */
#include "base/num.h"
#include "kube/status.h"

#define TEMPLATE_DEPTH 100u

static bool is(bk_str text, const char *word) { return bk_str_eq(text, bk_str_c(word)); }

/* Go's subtraction, whatever a server says. */
static int64_t minus(int64_t a, int64_t b) { return (int64_t)((uint64_t)a - (uint64_t)b); }

static bool is_observed(bk_value object) {
    return BK_KUBE_INT(object, 0, "status", "observedGeneration") == BK_KUBE_INT(object, 0, "metadata", "generation");
}

/* ---- numbers that may be shares ---- */

/* A number, or "25%" of `of`; false for anything else. */
static bool share_of(bk_value v, int64_t of, bool up, int64_t *ret) {
    int64_t percent;
    if (v.kind == BK_INT) {
        *ret = v.i;
        return true;
    }
    bk_str text = bk_kube_text(v);
    if (!bk_str_ends(text, BK_S("%")) || bk_parse_int(bk_str_sub(text, 0, text.n - 1), 10, &percent) != BK_NUM_OK) return false;
    if (percent < -10000 || percent > 10000 || of < 0 || of > INT32_MAX) return false;
    int64_t product = percent * of;
    *ret = product / 100 + (up && product % 100 > 0 ? 1 : 0);
    return true;
}

/* How many pods of a Deployment may be missing. */
static int64_t may_miss(bk_value deployment) {
    int64_t wanted = BK_KUBE_INT(deployment, 1, "spec", "replicas"), surge = 0, missing = 0;
    bk_value rolling = BK_KUBE_FIELD(deployment, "spec", "strategy", "rollingUpdate");
    bk_value max_surge = BK_KUBE_FIELD(rolling, "maxSurge"), max_missing = BK_KUBE_FIELD(rolling, "maxUnavailable");
    if (!is(BK_KUBE_TEXT(deployment, "spec", "strategy", "type"), "RollingUpdate") || wanted == 0) return 0;
    if (!bk_is_nil(max_surge) && !share_of(max_surge, wanted, true, &surge)) return 0;
    if (!bk_is_nil(max_missing) && !share_of(max_missing, wanted, false, &missing)) return 0;
    if (surge == 0 && missing == 0) missing = 1;
    return missing > wanted ? wanted : missing;
}

/* ---- the ReplicaSet of a Deployment ---- */

static bool is_empty(bk_value v) { return bk_is_nil(v) || ((v.kind == BK_LIST || v.kind == BK_MAP) && bk_value_len(v) == 0); }

static bool same(bk_value a, bk_value b, unsigned budget);

/* The label that ReplicaSets add does not count. */
static bool is_added(bk_str key) { return is(key, "pod-template-hash"); }

/* Every field of `a` is the same in `b`, and what only `b` has is empty. */
static bool same_maps(bk_value a, bk_value b, unsigned budget) {
    for (size_t i = 0, n = bk_map_len(a.map); i < n; i++) {
        const bk_map_entry *e = bk_map_at(a.map, i);
        const bk_value *other = b.kind == BK_MAP ? bk_map_get(b.map, e->key) : NULL;
        if (!is_added(e->key) && !same(e->value, other ? *other : bk_nil(), budget)) return false;
    }
    for (size_t i = 0, n = b.kind == BK_MAP ? bk_map_len(b.map) : 0; i < n; i++) {
        const bk_map_entry *e = bk_map_at(b.map, i);
        if (!is_added(e->key) && !bk_map_get(a.map, e->key) && !same(e->value, bk_nil(), budget)) return false;
    }
    return true;
}

/* Equal, with absent and empty the same. */
static bool same(bk_value a, bk_value b, unsigned budget) {
    if (budget == 0) return false;
    if (is_empty(a) && is_empty(b)) return true;
    if (a.kind == BK_MAP) return same_maps(a, b, budget - 1);
    if (b.kind == BK_MAP) return same_maps(b, a, budget - 1);
    if (a.kind != BK_LIST || b.kind != BK_LIST) return bk_deep_equal(a, b);
    if (a.len != b.len) return false;
    for (uint32_t i = 0; i < a.len; i++)
        if (!same(a.items[i], b.items[i], budget - 1)) return false;
    return true;
}

static bool is_controlled_by(bk_value object, bk_str uid) {
    bk_value owners = BK_KUBE_FIELD(object, "metadata", "ownerReferences");
    for (uint32_t i = 0; owners.kind == BK_LIST && i < owners.len; i++) {
        bk_value controller = BK_KUBE_FIELD(owners.items[i], "controller");
        if (controller.kind == BK_BOOL && controller.b) return bk_str_eq(BK_KUBE_TEXT(owners.items[i], "uid"), uid);
    }
    return false;
}

/* The older one, by time and name: both are texts that sort. */
static bool is_before(bk_value a, bk_value b) {
    int order = bk_str_cmp(BK_KUBE_TEXT(a, "metadata", "creationTimestamp"), BK_KUBE_TEXT(b, "metadata", "creationTimestamp"));
    if (order == 0) order = bk_str_cmp(BK_KUBE_TEXT(a, "metadata", "name"), BK_KUBE_TEXT(b, "metadata", "name"));
    return order < 0;
}

/* The one that has the Deployment's present template; nil when it is not there yet. */
static bk_value newest_set(bk_value deployment, bk_value sets) {
    bk_value template = BK_KUBE_FIELD(deployment, "spec", "template"), found = bk_nil();
    bk_str uid = BK_KUBE_TEXT(deployment, "metadata", "uid");
    for (uint32_t i = 0; sets.kind == BK_LIST && i < sets.len; i++) {
        bk_value set = sets.items[i];
        if (!is_controlled_by(set, uid) || !same(BK_KUBE_FIELD(set, "spec", "template"), template, TEMPLATE_DEPTH)) continue;
        if (bk_is_nil(found) || is_before(set, found)) found = set;
    }
    return found;
}

/* ---- kinds ---- */

static bool deployment_ready(bk_value object, bk_value sets) {
    bk_value paused = BK_KUBE_FIELD(object, "spec", "paused"), set;
    if (paused.kind == BK_BOOL && paused.b) return true;
    set = newest_set(object, sets);
    if (bk_is_nil(set) || !is_observed(set) || !is_observed(object)) return false;
    return BK_KUBE_INT(set, 0, "status", "readyReplicas") >= minus(BK_KUBE_INT(object, 1, "spec", "replicas"), may_miss(object));
}

static bool daemon_set_ready(bk_value object) {
    int64_t wanted = BK_KUBE_INT(object, 0, "status", "desiredNumberScheduled"), missing;
    if (!is_observed(object)) return false;
    if (!is(BK_KUBE_TEXT(object, "spec", "updateStrategy", "type"), "RollingUpdate")) return true;
    if (BK_KUBE_INT(object, 0, "status", "updatedNumberScheduled") != wanted) return false;
    if (!share_of(BK_KUBE_FIELD(object, "spec", "updateStrategy", "rollingUpdate", "maxUnavailable"), wanted, true, &missing))
        missing = wanted;
    return BK_KUBE_INT(object, 0, "status", "numberReady") >= minus(wanted, missing);
}

static bool stateful_set_ready(bk_value object) {
    int64_t wanted = BK_KUBE_INT(object, 1, "spec", "replicas");
    int64_t partition = BK_KUBE_INT(object, 0, "spec", "updateStrategy", "rollingUpdate", "partition");
    if (!is_observed(object)) return false;
    if (!is(BK_KUBE_TEXT(object, "spec", "updateStrategy", "type"), "RollingUpdate")) return true;
    if (BK_KUBE_INT(object, 0, "status", "updatedReplicas") < minus(wanted, partition)) return false;
    if (BK_KUBE_INT(object, 0, "status", "readyReplicas") != wanted) return false;
    return partition != 0 || bk_str_eq(BK_KUBE_TEXT(object, "status", "currentRevision"), BK_KUBE_TEXT(object, "status", "updateRevision"));
}

/* A condition of that type and status. */
static bool has_condition(bk_value object, const char *type, const char *status) {
    bk_value list = BK_KUBE_FIELD(object, "status", "conditions");
    for (uint32_t i = 0; list.kind == BK_LIST && i < list.len; i++)
        if (is(BK_KUBE_TEXT(list.items[i], "type"), type) && is(BK_KUBE_TEXT(list.items[i], "status"), status)) return true;
    return false;
}

static bool pod_ready(bk_value object) { return has_condition(object, "Ready", "True"); }

static bool pods_ready(bk_value pods) {
    for (uint32_t i = 0; pods.kind == BK_LIST && i < pods.len; i++)
        if (!pod_ready(pods.items[i])) return false;
    return true;
}

static bool service_ready(bk_value object) {
    bk_str type = BK_KUBE_TEXT(object, "spec", "type");
    if (is(type, "ExternalName")) return true;
    if (!BK_KUBE_TEXT(object, "spec", "clusterIP").n) return false;
    if (!is(type, "LoadBalancer") || bk_value_len(BK_KUBE_FIELD(object, "spec", "externalIPs"))) return true;
    return !bk_is_nil(BK_KUBE_FIELD(object, "status", "loadBalancer", "ingress"));
}

static bk_status job_ready(bk_value object, bool *ret, bk_err *err) {
    bk_value wanted = BK_KUBE_FIELD(object, "spec", "completions");
    if (BK_KUBE_INT(object, 0, "status", "failed") > BK_KUBE_INT(object, 6, "spec", "backoffLimit"))
        return bk_err_set(err, BK_ERR, "job is failed: %.*s/%.*s", BK_FMT(BK_KUBE_TEXT(object, "metadata", "namespace")),
                          BK_FMT(BK_KUBE_TEXT(object, "metadata", "name")));
    *ret = wanted.kind != BK_INT || BK_KUBE_INT(object, 0, "status", "succeeded") >= wanted.i;
    return BK_OK;
}

/* ---- which kinds ---- */

static const struct legacy_kind {
    const char *version, *kind;
    bk_kube_need need;
    bool job;
} kinds[] = {
    {"v1", "Pod", BK_KUBE_NEED_OBJECT, false},
    {"v1", "PersistentVolumeClaim", BK_KUBE_NEED_OBJECT, false},
    {"v1", "Service", BK_KUBE_NEED_OBJECT, false},
    {"v1", "ReplicationController", BK_KUBE_NEED_PODS, false},
    {"apps/v1", "Deployment", BK_KUBE_NEED_REPLICA_SETS, false},
    {"apps/v1", "DaemonSet", BK_KUBE_NEED_OBJECT, false},
    {"apps/v1", "StatefulSet", BK_KUBE_NEED_OBJECT, false},
    {"apps/v1", "ReplicaSet", BK_KUBE_NEED_PODS, false},
    {"batch/v1", "Job", BK_KUBE_NEED_OBJECT, true},
    {"apiextensions.k8s.io/v1", "CustomResourceDefinition", BK_KUBE_NEED_OBJECT, false},
    {"apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", BK_KUBE_NEED_OBJECT, false},
};

bk_kube_need bk_kube_legacy_need(bk_str api_version, bk_str kind, bool jobs) {
    for (size_t i = 0; i < BK_COUNT(kinds); i++)
        if (is(api_version, kinds[i].version) && is(kind, kinds[i].kind) && (jobs || !kinds[i].job)) return kinds[i].need;
    return BK_KUBE_NEED_NOTHING;
}

bk_status bk_kube_legacy_ready(bk_arena *arena, bk_value object, bk_value others, bool *ret, bk_err *err) {
    bk_str kind = BK_KUBE_TEXT(object, "kind");
    (void)arena;
    if (is(kind, "Job")) return job_ready(object, ret, err);
    if (is(kind, "Pod")) *ret = pod_ready(object);
    else if (is(kind, "PersistentVolumeClaim")) *ret = is(BK_KUBE_TEXT(object, "status", "phase"), "Bound");
    else if (is(kind, "Service")) *ret = service_ready(object);
    else if (is(kind, "Deployment")) *ret = deployment_ready(object, others);
    else if (is(kind, "DaemonSet")) *ret = daemon_set_ready(object);
    else if (is(kind, "StatefulSet")) *ret = stateful_set_ready(object);
    else if (is(kind, "CustomResourceDefinition"))
        *ret = has_condition(object, "Established", "True") || has_condition(object, "NamesAccepted", "False");
    else *ret = is_observed(object) && pods_ready(others); /* ReplicaSet, ReplicationController */
    return BK_OK;
}

/* ---- selectors ---- */

static void comma(bk_buf *out) {
    if (out->n) bk_buf_byte(out, ',');
}

static void put_labels(bk_buf *out, bk_value labels) {
    if (labels.kind != BK_MAP) return;
    for (size_t i = 0, n = bk_map_len(labels.map); i < n; i++) {
        const bk_map_entry *e = bk_map_at(labels.map, i);
        comma(out);
        bk_buf_str(out, e->key);
        bk_buf_byte(out, '=');
        bk_buf_str(out, bk_kube_text(e->value));
    }
}

static bool put_expression(bk_buf *out, bk_value e) {
    bk_str operator_ = BK_KUBE_TEXT(e, "operator"), key = BK_KUBE_TEXT(e, "key");
    bk_value values = BK_KUBE_FIELD(e, "values");
    comma(out);
    if (is(operator_, "DoesNotExist")) bk_buf_byte(out, '!');
    bk_buf_str(out, key);
    if (is(operator_, "Exists") || is(operator_, "DoesNotExist")) return true;
    if (!is(operator_, "In") && !is(operator_, "NotIn")) return false;
    bk_buf_c(out, is(operator_, "In") ? " in (" : " notin (");
    for (uint32_t i = 0; values.kind == BK_LIST && i < values.len; i++) {
        if (i) bk_buf_byte(out, ',');
        bk_buf_str(out, bk_kube_text(values.items[i]));
    }
    bk_buf_byte(out, ')');
    return true;
}

bk_status bk_kube_selector(bk_arena *arena, bk_value object, bk_str *ret, bk_err *err) {
    bk_value selector = BK_KUBE_FIELD(object, "spec", "selector");
    bk_value labels = BK_KUBE_FIELD(selector, "matchLabels"), expressions = BK_KUBE_FIELD(selector, "matchExpressions");
    bk_buf out;
    if (selector.kind != BK_MAP) return bk_err_set(err, BK_ERR, "no selector found");
    bk_buf_init(&out, arena, 64 << 10);
    if (labels.kind == BK_MAP || expressions.kind == BK_LIST) {
        put_labels(&out, labels);
        for (uint32_t i = 0; expressions.kind == BK_LIST && i < expressions.len; i++)
            if (!put_expression(&out, expressions.items[i])) return bk_err_set(err, BK_ERR, "the selector is malformed");
    } else {
        put_labels(&out, selector);
    }
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_view(&out);
    return BK_OK;
}
