/* wait_explain.c: why objects are not ready, for people. What cannot be learnt is left out; nothing here fails. */
#include <time.h>

#include "guard/escape.h"
#include "kube/client_state.h"
#include "kube/wait_state.h"

#define CONDITIONS 8u
#define EVENTS 3u
#define PODS 3u
#define CONTAINERS 3u
#define LOG_LINES 8
#define LOG_BYTES ((size_t)64 << 10)
#define MEMORY ((size_t)256 << 20)

typedef struct explainer {
    bk_kube *kube;
    bk_arena *arena; /* of one object */
    bk_buf *out;
    uint64_t until; /* monotonic, ms */
    int64_t now;    /* seconds since 1970 */
} explainer;

static bool is(bk_str text, const char *word) { return bk_str_eq(text, bk_str_c(word)); }

/* ---- asking ---- */

/* Milliseconds that are left for a request; 0: none. */
static uint32_t room(const explainer *x) {
    uint64_t now = bk_kube_now();
    return now >= x->until ? 0 : (uint32_t)(x->until - now);
}

static bool ask(const explainer *x, bk_kube_request *request, bk_kube_answer *ret) {
    bk_err ignored = BK_ERR_INIT;
    request->time_ms = room(x);
    request->idle_ms = request->time_ms;
    bool ok = request->time_ms && bk_kube_do(x->kube, x->arena, request, ret, &ignored) == BK_OK;
    bk_err_release(&ignored);
    return ok;
}

static bk_value ask_json(const explainer *x, bk_kube_request *request) {
    bk_err ignored = BK_ERR_INIT;
    bk_kube_answer answer;
    bk_value v = bk_nil();
    if (!ask(x, request, &answer) || bk_kube_json(x->arena, &answer, &v, &ignored) != BK_OK) v = bk_nil();
    bk_err_release(&ignored);
    return v;
}

static bk_value ask_object(const explainer *x, const bk_kube_ref *ref) {
    bk_err ignored = BK_ERR_INIT;
    bk_kube_request request;
    bk_value v = bk_kube_get_request(x->arena, ref, &request, &ignored) == BK_OK ? ask_json(x, &request) : bk_nil();
    bk_err_release(&ignored);
    return v;
}

/* A collection of the namespace's core API: "pods", "events". */
static bk_value ask_list(const explainer *x, bk_str space, const char *plural, const char *selector, bk_str what) {
    bk_err ignored = BK_ERR_INIT;
    bk_buf path, query;
    bk_value v = bk_nil();
    bk_buf_init(&path, x->arena, 16 << 10);
    bk_buf_init(&query, x->arena, 64 << 10);
    bk_buf_c(&path, "/api/v1/namespaces");
    bk_status s = bk_kube_path(&path, space, &ignored);
    bk_buf_byte(&path, '/');
    bk_buf_c(&path, plural);
    bk_kube_query(&query, selector, what);
    bk_kube_query(&query, "limit", BK_S("500"));
    bk_kube_request request = {.path = bk_buf_view(&path), .query = bk_buf_view(&query)};
    if (s == BK_OK && bk_buf_ok(&path) && bk_buf_ok(&query)) v = BK_KUBE_FIELD(ask_json(x, &request), "items");
    bk_err_release(&ignored);
    return v.kind == BK_LIST ? v : bk_list(NULL, 0);
}

/* ---- saying ---- */

static void text(const explainer *x, bk_str s) { bk_escape_line(x->out, s); }

static void indent(const explainer *x, unsigned n) { bk_buf_fill(x->out, ' ', n); }

static void reason_and_message(const explainer *x, bk_value v) {
    bk_str reason = BK_KUBE_TEXT(v, "reason"), message = BK_KUBE_TEXT(v, "message");
    text(x, reason);
    if (reason.n && message.n) bk_buf_c(x->out, ": ");
    text(x, message);
}

static void ago(const explainer *x, int64_t then) {
    int64_t s = x->now - then;
    if (s < 0) s = 0;
    if (s < 120) bk_buf_printf(x->out, "%llds ago", (long long)s);
    else if (s < 7200) bk_buf_printf(x->out, "%lldm ago", (long long)(s / 60));
    else bk_buf_printf(x->out, "%lldh ago", (long long)(s / 3600));
}

static void conditions(const explainer *x, bk_value object, unsigned depth) {
    bk_value list = BK_KUBE_FIELD(object, "status", "conditions");
    for (uint32_t i = 0; list.kind == BK_LIST && i < list.len && i < CONDITIONS; i++) {
        bk_value c = list.items[i];
        indent(x, depth);
        bk_buf_c(x->out, "condition ");
        text(x, BK_KUBE_TEXT(c, "type"));
        bk_buf_byte(x->out, '=');
        text(x, BK_KUBE_TEXT(c, "status"));
        bk_buf_c(x->out, BK_KUBE_TEXT(c, "reason").n || BK_KUBE_TEXT(c, "message").n ? ", " : "");
        reason_and_message(x, c);
        bk_buf_byte(x->out, '\n');
    }
}

/* ---- events ---- */

static void event(const explainer *x, bk_value e, unsigned depth) {
    int64_t n = BK_KUBE_INT(e, 1, "count");
    indent(x, depth);
    bk_buf_c(x->out, "event ");
    ago(x, bk_kube_event_time(e));
    bk_buf_c(x->out, is(BK_KUBE_TEXT(e, "type"), "Warning") ? ", warning " : ", ");
    reason_and_message(x, e);
    if (n > 1) bk_buf_printf(x->out, " (%lld times)", (long long)n);
    bk_buf_byte(x->out, '\n');
}

/* An earlier object may have had the name. */
static bool is_about(bk_value event, bk_str uid) {
    bk_str about = BK_KUBE_TEXT(event, "involvedObject", "uid");
    return !uid.n || !about.n || bk_str_eq(uid, about);
}

static void events(const explainer *x, bk_value object, bk_str space, bk_str kind, bk_str name, unsigned depth) {
    bk_str uid = BK_KUBE_TEXT(object, "metadata", "uid");
    bk_str selector;
    bk_value list, last[EVENTS];
    size_t n = 0;
    if (!bk_arena_printf(x->arena, &selector, "involvedObject.kind=%.*s,involvedObject.name=%.*s", BK_FMT(kind), BK_FMT(name))) return;
    list = ask_list(x, space.n ? space : BK_S("default"), "events", "fieldSelector", selector);
    /* The newest ones, by insertion: the oldest of them goes first. */
    for (uint32_t i = 0; i < list.len; i++) {
        size_t at = n;
        if (!is_about(list.items[i], uid)) continue;
        while (at > 0 && bk_kube_event_time(last[at - 1]) > bk_kube_event_time(list.items[i])) at--;
        if (n == EVENTS) {
            if (at == 0) continue;
            for (size_t k = 1; k < at; k++) last[k - 1] = last[k];
            last[at - 1] = list.items[i];
        } else {
            for (size_t k = n; k > at; k--) last[k] = last[k - 1];
            last[at] = list.items[i];
            n++;
        }
    }
    for (size_t i = 0; i < n; i++) event(x, last[i], depth);
}

/* ---- pods ---- */

static void log_of(const explainer *x, bk_str space, bk_str pod, bk_str container, bool previous, unsigned depth) {
    const bk_kube_log how = {.container = container, .tail = LOG_LINES, .previous = previous};
    bk_err ignored = BK_ERR_INIT;
    bk_kube_request request;
    bk_kube_answer answer;
    bk_str line;
    bk_status s = bk_kube_log_request(x->arena, space, pod, &how, &request, &ignored);
    bk_err_release(&ignored);
    request.cap = LOG_BYTES;
    if (s != BK_OK || !ask(x, &request, &answer) || !bk_str_trim(answer.body).n) return;
    indent(x, depth);
    bk_buf_c(x->out, previous ? "last lines of its log before that:\n" : "last lines of its log:\n");
    for (bk_str rest = answer.body; bk_str_line(&rest, &line);) {
        indent(x, depth + 2);
        text(x, line);
        bk_buf_byte(x->out, '\n');
    }
}

/* The state of a container that is not well; false when it is. */
static bool container_state(const explainer *x, bk_value c, unsigned depth) {
    bk_value waiting = BK_KUBE_FIELD(c, "state", "waiting"), ended = BK_KUBE_FIELD(c, "state", "terminated");
    bk_value ready = BK_KUBE_FIELD(c, "ready"), exit_code = BK_KUBE_FIELD(ended, "exitCode");
    if ((ready.kind == BK_BOOL && ready.b) || (exit_code.kind == BK_INT && exit_code.i == 0)) return false;
    indent(x, depth);
    bk_buf_c(x->out, "container ");
    text(x, BK_KUBE_TEXT(c, "name"));
    if (waiting.kind == BK_MAP) bk_buf_c(x->out, " waits");
    else if (ended.kind == BK_MAP) bk_buf_printf(x->out, " ended with exit code %lld", (long long)bk_kube_int(exit_code, -1));
    else bk_buf_c(x->out, " runs and is not ready");
    bk_value why = waiting.kind == BK_MAP ? waiting : ended;
    if (BK_KUBE_TEXT(why, "reason").n || BK_KUBE_TEXT(why, "message").n) bk_buf_c(x->out, ", ");
    reason_and_message(x, why);
    int64_t restarts = BK_KUBE_INT(c, 0, "restartCount");
    if (restarts > 0) bk_buf_printf(x->out, " (restarted %lld times)", (long long)restarts);
    bk_buf_byte(x->out, '\n');
    return true;
}

static void containers(const explainer *x, bk_value pod, unsigned depth) {
    static const char *const lists[] = {"initContainerStatuses", "containerStatuses"};
    bk_str space = BK_KUBE_TEXT(pod, "metadata", "namespace"), name = BK_KUBE_TEXT(pod, "metadata", "name");
    size_t shown = 0;
    for (size_t l = 0; l < BK_COUNT(lists); l++) {
        bk_value list = BK_KUBE_FIELD(pod, "status", lists[l]);
        for (uint32_t i = 0; list.kind == BK_LIST && i < list.len && shown < CONTAINERS; i++) {
            bk_value c = list.items[i];
            if (!container_state(x, c, depth)) continue;
            shown++;
            bool waits = BK_KUBE_FIELD(c, "state", "waiting").kind == BK_MAP, again = BK_KUBE_INT(c, 0, "restartCount") > 0;
            if (!waits || again) log_of(x, space, name, BK_KUBE_TEXT(c, "name"), waits, depth + 2);
        }
    }
}

static bool is_well(bk_value pod) {
    bk_value list = BK_KUBE_FIELD(pod, "status", "conditions");
    if (is(BK_KUBE_TEXT(pod, "status", "phase"), "Succeeded")) return true;
    for (uint32_t i = 0; list.kind == BK_LIST && i < list.len; i++)
        if (is(BK_KUBE_TEXT(list.items[i], "type"), "Ready")) return is(BK_KUBE_TEXT(list.items[i], "status"), "True");
    return false;
}

static void pod(const explainer *x, bk_value p) {
    bk_str name = BK_KUBE_TEXT(p, "metadata", "name"), phase = BK_KUBE_TEXT(p, "status", "phase");
    bk_value list = BK_KUBE_FIELD(p, "status", "conditions");
    bk_buf_c(x->out, "  Pod ");
    text(x, name);
    bk_buf_c(x->out, ": ");
    text(x, phase.n ? phase : BK_S("no phase yet"));
    bk_value status = BK_KUBE_FIELD(p, "status");
    if (BK_KUBE_TEXT(status, "reason").n || BK_KUBE_TEXT(status, "message").n) bk_buf_c(x->out, ", "); /* evicted, say */
    reason_and_message(x, status);
    for (uint32_t i = 0; list.kind == BK_LIST && i < list.len; i++) {
        if (!is(BK_KUBE_TEXT(list.items[i], "type"), "PodScheduled") || !is(BK_KUBE_TEXT(list.items[i], "status"), "False")) continue;
        bk_buf_c(x->out, ", ");
        reason_and_message(x, list.items[i]);
    }
    bk_buf_byte(x->out, '\n');
    containers(x, p, 4);
    events(x, p, BK_KUBE_TEXT(p, "metadata", "namespace"), BK_S("Pod"), name, 4);
}

/* Selectors may pick the pods of others as well. A Deployment's pods belong to its ReplicaSets, which are named after it. */
static bool is_of(bk_value pod, bk_value object, bk_str kind) {
    bk_value owners = BK_KUBE_FIELD(pod, "metadata", "ownerReferences");
    bk_str name = BK_KUBE_TEXT(object, "metadata", "name"), uid = BK_KUBE_TEXT(object, "metadata", "uid");
    for (uint32_t i = 0; owners.kind == BK_LIST && i < owners.len; i++) {
        bk_value controller = BK_KUBE_FIELD(owners.items[i], "controller");
        bk_str by = BK_KUBE_TEXT(owners.items[i], "name");
        if (controller.kind != BK_BOOL || !controller.b) continue;
        if (!is(kind, "Deployment")) return bk_str_eq(BK_KUBE_TEXT(owners.items[i], "uid"), uid);
        return bk_str_starts(by, name) && bk_str_starts(bk_str_from(by, name.n), BK_S("-")) &&
               bk_str_find_byte(bk_str_from(by, name.n + 1), '-') == BK_NPOS;
    }
    return true; /* nobody's */
}

static void pods(const explainer *x, bk_value object, bk_str kind, bk_str space) {
    bk_err ignored = BK_ERR_INIT;
    bk_str selector;
    size_t shown = 0;
    bool has = bk_kube_selector(x->arena, object, &selector, &ignored) == BK_OK && selector.n;
    bk_err_release(&ignored);
    if (!has) return;
    bk_value list = ask_list(x, space, "pods", "labelSelector", selector);
    for (uint32_t i = 0; i < list.len && shown < PODS; i++) {
        if (is_well(list.items[i]) || !is_of(list.items[i], object, kind)) continue;
        pod(x, list.items[i]);
        shown++;
    }
}

/* ---- objects ---- */

/* Who has still to agree that an object goes. */
static void finalizers(const explainer *x, bk_value object) {
    bk_value list = BK_KUBE_FIELD(object, "metadata", "finalizers");
    if (!BK_KUBE_TEXT(object, "metadata", "deletionTimestamp").n || list.kind != BK_LIST || !list.len) return;
    bk_buf_c(x->out, "  waits for finalizers: ");
    for (uint32_t i = 0; i < list.len && i < CONDITIONS; i++) {
        if (i) bk_buf_c(x->out, ", ");
        text(x, bk_kube_text(list.items[i]));
    }
    bk_buf_byte(x->out, '\n');
}

static bool has_template(bk_value object) { return BK_KUBE_FIELD(object, "spec", "template").kind == BK_MAP; }

static void explain(const explainer *x, const bk_kube_awaited *a) {
    bk_str kind = a->ref.resource->kind;
    bk_value object = bk_nil();
    text(x, kind);
    bk_buf_byte(x->out, ' ');
    if (a->ref.namespace_.n) {
        text(x, a->ref.namespace_);
        bk_buf_byte(x->out, '/');
    }
    text(x, a->ref.name);
    bk_buf_printf(x->out, ": %s", bk_kube_state_name(a->verdict.state));
    if (a->verdict.message.n) bk_buf_c(x->out, ", ");
    text(x, a->verdict.message);
    bk_buf_byte(x->out, '\n');
    if (room(x)) object = ask_object(x, &a->ref);
    if (bk_is_nil(object)) return;
    finalizers(x, object);
    conditions(x, object, 2);
    events(x, object, a->ref.namespace_, kind, a->ref.name, 2);
    if (is(kind, "Pod") && !a->ref.resource->group.n) containers(x, object, 2);
    else if (has_template(object)) pods(x, object, kind, a->ref.namespace_);
}

void bk_kube_wait_explain(bk_kube *kube, const bk_kube_awaited *objects, size_t count, bk_buf *out) {
    size_t shown = 0, left = 0;
    explainer x = {.kube = kube, .out = out, .until = bk_kube_now() + BK_KUBE_EXPLAIN_MS, .now = (int64_t)time(NULL)};
    for (size_t i = 0; i < count; i++) {
        bk_kube_state s = objects[i].verdict.state;
        bk_arena own;
        if (objects[i].skipped || s == BK_KUBE_CURRENT || s == BK_KUBE_NOT_FOUND) continue;
        if (shown == BK_KUBE_EXPLAIN_OBJECTS) {
            left++;
            continue;
        }
        shown++;
        bk_arena_init(&own, MEMORY);
        x.arena = &own;
        explain(&x, &objects[i]);
        bk_arena_release(&own);
    }
    if (left) bk_buf_printf(out, "and %zu more\n", left);
}
