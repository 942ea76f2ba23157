/* lookup_judge.c: which objects a chart may read where no rule speaks. */
#include "kube/lookup_state.h"

/* Values within values. */
#define VALUES_DEPTH 100u

static bool is(bk_str text, const char *word) { return bk_str_eq(text, bk_str_c(word)); }

/* ---- what the last revision rendered ---- */

static bk_str group_of(bk_str api_version) {
    bk_str group, rest;
    return bk_str_cut(api_version, BK_S("/"), &group, &rest) ? group : BK_S("");
}

/* The file lies in the chart's folder, or in that of one of its sub-charts. */
static bool is_within(bk_str file, bk_str chart) { return bk_str_starts(file, chart) && file.n > chart.n && file.p[chart.n] == '/'; }

static void recall(bk_kube_lookup *l) {
    bk_err ignored = BK_ERR_INIT;
    const bk_kube_owned *owned = NULL;
    size_t count = 0;
    bk_value defaults = bk_nil();
    if (l->recorded) return;
    l->recorded = true;
    bool ok = l->options.recorded && l->options.recorded(l->options.self, &owned, &count, &defaults, &ignored) == BK_OK;
    bk_err_release(&ignored);
    if (!ok || count > BK_KUBE_OWNED_MAX) return;
    l->defaults = defaults;
    l->owned = owned;
    l->owned_count = count;
}

static bool is_object(const bk_kube_lookup *l, const bk_kube_owned *o, const bk_kube_wanted *w) {
    bk_str space = o->namespace_.n ? o->namespace_ : l->options.namespace_;
    return bk_str_eq(o->name, w->name) && bk_str_eq(o->kind, w->kind) && bk_str_eq(group_of(o->api_version), w->group) &&
           (!w->resource->namespaced || bk_str_eq(space, w->namespace_));
}

/* Each place that rendered the object has to `fit` the asking chart: one that a stranger rendered as well is no proof. */
static bool every_place(bk_kube_lookup *l, bk_str chart, const bk_kube_wanted *w, bool (*fits)(bk_str file, bk_str chart)) {
    bool found = false;
    recall(l);
    for (size_t i = 0; i < l->owned_count; i++) {
        if (!is_object(l, &l->owned[i], w)) continue;
        if (!fits(l->owned[i].path, chart)) return false;
        found = true;
    }
    return found;
}

static bool was_rendered(bk_kube_lookup *l, bk_str chart, const bk_kube_wanted *w) { return every_place(l, chart, w, is_within); }

/* The chart whose template it is. */
static bk_str chart_of(bk_str file) {
    size_t at = bk_str_rfind(file, BK_S("/templates/"));
    return at == BK_NPOS ? BK_S("") : bk_str_sub(file, 0, at);
}

static bool is_of_ancestor(bk_str file, bk_str chart) {
    bk_str owner = chart_of(file);
    return owner.n && is_within(chart, owner);
}

static bool is_of_root(bk_str file, bk_str chart) {
    return is_of_ancestor(file, chart) && !bk_str_contains(chart_of(file), BK_S("/charts/"));
}

/* ---- what the operator named ---- */

typedef struct search {
    bk_kube_lookup *l;
    bk_arena *arena;
    bk_str name;
    bk_value data; /* of templates; nil: not made yet */
    bk_value values;
    unsigned strings, templates;
    bool found;
} search;

static bk_value data_of(search *s) {
    bk_map *release = bk_map_new(s->arena, 8), *m = bk_map_new(s->arena, 2);
    if (!bk_is_nil(s->data) || !release || !m) return s->data;
    const bk_kube_lookup_options *o = &s->l->options;
    bool ok = bk_map_set(release, BK_S("Name"), bk_string(o->release)) &&
              bk_map_set(release, BK_S("Namespace"), bk_string(o->namespace_)) &&
              bk_map_set(release, BK_S("Service"), bk_string(BK_S("Helm"))) && bk_map_set(m, BK_S("Release"), bk_map_value(release)) &&
              bk_map_set(m, BK_S("Values"), s->values);
    if (ok) s->data = bk_map_value(m);
    return s->data;
}

static void look_at_text(search *s, bk_str text) {
    bk_err ignored = BK_ERR_INIT;
    bk_str made = BK_S("");
    if (s->strings++ > BK_KUBE_NAMED_STRINGS) return;
    if (bk_str_eq(text, s->name)) s->found = true;
    if (s->found || !s->l->options.expand || !bk_str_contains(text, BK_S("{{")) || s->templates++ >= BK_KUBE_NAMED_TEMPLATES) return;
    bk_value data = data_of(s);
    if (!bk_is_nil(data) && s->l->options.expand(s->l->options.self, s->arena, text, data, &made, &ignored) == BK_OK)
        s->found = bk_str_eq(bk_str_trim(made), s->name);
    bk_err_release(&ignored);
}

static void look(search *s, bk_value v, unsigned budget) {
    if (s->found || budget == 0) return;
    if (v.kind == BK_STRING) look_at_text(s, bk_value_str(v));
    for (uint32_t i = 0; v.kind == BK_LIST && i < v.len && !s->found; i++) look(s, v.items[i], budget - 1);
    if (v.kind != BK_MAP) return;
    for (size_t i = 0, n = bk_map_len(v.map); i < n && !s->found; i++) look(s, bk_map_at(v.map, i)->value, budget - 1);
}

static bk_value below(bk_value v, bk_str key);

/* What stands in these values for a chart below the root. */
static bk_value part_for(bk_value values, bk_str chart) {
    bk_str head, rest;
    bool sub = bk_str_cut(chart, BK_S("/charts/"), &head, &rest);
    while (sub) {
        sub = bk_str_cut(rest, BK_S("/charts/"), &head, &rest);
        values = below(values, head);
    }
    return values;
}

static bk_value below(bk_value v, bk_str key) {
    const bk_value *sub = v.kind == BK_MAP ? bk_map_get(v.map, key) : NULL;
    return sub ? *sub : bk_nil();
}

/* The operator's values for a chart: "app/charts/db" gets what stands under db, and every `global` on the way; the root all. */
static bool was_named(bk_kube_lookup *l, const bk_ask *ask, bk_str chart, bk_str name) {
    search s = {.l = l, .arena = ask->arena, .name = name, .data = bk_nil(), .values = l->options.values};
    bk_str head, rest;
    bk_value part = l->options.values;
    bool sub = bk_str_cut(chart, BK_S("/charts/"), &head, &rest);
    while (sub) {
        look(&s, below(part, BK_S("global")), VALUES_DEPTH);
        sub = bk_str_cut(rest, BK_S("/charts/"), &head, &rest);
        part = below(part, head);
    }
    s.values = part;
    s.data = bk_nil();
    if (!s.found) look(&s, part, VALUES_DEPTH);
    return s.found;
}

/* What a chart above rendered, and hands on: a ConfigMap, which holds no secrets; or the root's object, whose own defaults name it to this chart. */
static bool was_handed_on(bk_kube_lookup *l, const bk_ask *ask, bk_str chart, const bk_kube_wanted *w) {
    search s = {.l = l, .arena = ask->arena, .name = w->name, .data = bk_nil(), .templates = BK_KUBE_NAMED_TEMPLATES};
    if (!w->group.n && is(w->kind, "ConfigMap") && every_place(l, chart, w, is_of_ancestor)) return true;
    if (!every_place(l, chart, w, is_of_root)) return false;
    look(&s, part_for(l->defaults, chart), VALUES_DEPTH);
    return s.found;
}

/* ---- the rules ---- */

/* Kinds of the cluster's own that say nothing of anybody. */
static bool is_public(const bk_kube_lookup *l, const bk_kube_wanted *w) {
    static const struct {
        const char *group, *kind;
    } kinds[] = {{"apiextensions.k8s.io", "CustomResourceDefinition"},
                 {"storage.k8s.io", "StorageClass"},
                 {"networking.k8s.io", "IngressClass"},
                 {"scheduling.k8s.io", "PriorityClass"},
                 {"node.k8s.io", "RuntimeClass"}};
    if (!w->resource || w->resource->namespaced) return false;
    if (!w->group.n && is(w->kind, "Namespace")) return bk_str_eq(w->name, l->options.namespace_);
    for (size_t i = 0; i < BK_COUNT(kinds); i++)
        if (is(w->group, kinds[i].group) && is(w->kind, kinds[i].kind)) return true;
    return false;
}

/* Nothing can be behind such a question, or the server has no answer to it. */
static bool is_void(const bk_kube_wanted *w) {
    return w->unknown || !w->resource || (w->name.n && w->resource->namespaced && !w->namespace_.n);
}

/* Asks now, and keeps the answer. False: that failed. */
static bool fetch(bk_kube_lookup *l, const bk_ask *ask, const bk_kube_wanted *w, uint32_t time_ms, bk_kube_found *ret) {
    bk_err err = BK_ERR_INIT;
    l->failed = bk_kube_wanted_fetch(l, ask->arena, w, time_ms, ret, &err);
    l->failure = BK_S("");
    l->value = ret->value;
    if (l->failed != BK_OK && !bk_arena_dup(ask->arena, bk_err_message(&err), &l->failure)) l->failed = BK_ERR_NOMEM;
    bk_err_release(&err);
    return l->failed == BK_OK;
}

/* Whether the object exists. When it does not, or the server will not say, that is the answer. */
static bool is_absent(bk_kube_lookup *l, const bk_ask *ask, const bk_kube_wanted *w, uint32_t time_ms, const char **ret_rule) {
    bk_kube_found found;
    bool answered = fetch(l, ask, w, time_ms, &found);
    l->fetched = !answered || found.absent;
    *ret_rule = !answered ? "built-in: the server gives no answer" : "built-in: the object does not exist";
    return l->fetched;
}

/* The namespace itself does not exist, so nothing does in it: a chart that makes one of its own asks for what lies there. */
static bool is_nowhere(bk_kube_lookup *l, const bk_ask *ask, const bk_kube_wanted *w, uint32_t time_ms) {
    bk_kube_wanted space = {.api_version = BK_S("v1"), .kind = BK_S("Namespace"), .name = w->namespace_};
    bk_kube_found found;
    bk_err ignored = BK_ERR_INIT;
    bk_status s = bk_kube_wanted_resolve(l, &space, &ignored);
    bk_err_release(&ignored);
    if (s != BK_OK || !space.resource || !fetch(l, ask, &space, time_ms, &found) || !found.absent) return false;
    l->fetched = true;
    return true;
}

/* A list of ConfigMaps in the release's namespace that holds nothing but what the chart may read by name: charts look for one of their own by its labels. Every namespace
 * has the certificate of its cluster. */
static bool is_own_list(bk_kube_lookup *l, const bk_ask *ask, bk_str chart, const bk_kube_wanted *w, uint32_t time_ms) {
    bk_kube_found found;
    if (w->group.n || !is(w->kind, "ConfigMap") || !bk_str_eq(w->namespace_, l->options.namespace_)) return false;
    if (!fetch(l, ask, w, time_ms, &found)) return false;
    const bk_value *items = bk_map_get(found.value.map, BK_S("items"));
    for (uint32_t i = 0; items && items->kind == BK_LIST && i < items->len; i++) {
        bk_kube_wanted one = *w;
        const bk_value *metadata = items->items[i].kind == BK_MAP ? bk_map_get(items->items[i].map, BK_S("metadata")) : NULL;
        one.name = metadata && metadata->kind == BK_MAP ? bk_map_str(metadata->map, "name", BK_S("")) : BK_S("");
        if (!is(one.name, "kube-root-ca.crt") && !was_rendered(l, chart, &one) && !was_named(l, ask, chart, one.name)) return false;
    }
    l->fetched = true;
    return true;
}

static bk_verdict judge_name(bk_kube_lookup *l, const bk_ask *ask, bk_str chart, const bk_kube_wanted *w, uint32_t time_ms,
                             const char **ret_rule) {
    bool own = w->resource->namespaced && bk_str_eq(w->namespace_, l->options.namespace_);
    *ret_rule = "built-in: objects of this kind may be read by name";
    if (is_public(l, w)) return BK_ALLOW;
    *ret_rule = "built-in: the last revision rendered it from this chart";
    if (was_rendered(l, chart, w)) return BK_ALLOW;
    *ret_rule = "built-in: the operator's values name it";
    if (own && was_named(l, ask, chart, w->name)) return BK_ALLOW;
    *ret_rule = "built-in: the chart above rendered it, and hands it on";
    if (own && was_handed_on(l, ask, chart, w)) return BK_ALLOW;
    if (own || !w->resource->namespaced) return is_absent(l, ask, w, time_ms, ret_rule) ? BK_ALLOW : BK_UNDECIDED;
    *ret_rule = "built-in: there is no such namespace";
    return is_nowhere(l, ask, w, time_ms) ? BK_ALLOW : BK_UNDECIDED;
}

bk_verdict bk_kube_lookup_judge(bk_kube_lookup *l, const bk_ask *ask, const bk_kube_wanted *w, uint32_t time_ms, const char **ret_rule) {
    bk_str chart = ask->origin_count ? bk_guard_chart(ask->guard, ask->origins[0]) : BK_S("");
    if (!chart.n) return BK_UNDECIDED;
    *ret_rule = "built-in: there is no such kind of object";
    if (is_void(w)) return BK_ALLOW;
    if (w->name.n) return judge_name(l, ask, chart, w, time_ms, ret_rule);
    *ret_rule = "built-in: all in this list is the chart's own";
    return is_own_list(l, ask, chart, w, time_ms) ? BK_ALLOW : BK_UNDECIDED;
}
