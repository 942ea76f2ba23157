#include "engine/mentions.h"

#include "base/limits.h"

static bool in_text(bk_str s) { return bk_str_contains(s, BK_S("Capabilities")) || bk_str_contains(s, BK_S("lookup")); }

static bool in_value(bk_value v, unsigned budget) {
    if (budget == 0) return true;
    if (v.kind == BK_STRING) return in_text(bk_value_str(v));
    for (uint32_t i = 0; v.kind == BK_LIST && i < v.len; i++)
        if (in_value(v.items[i], budget - 1)) return true;
    for (size_t i = 0; v.kind == BK_MAP && i < bk_map_len(v.map); i++)
        if (in_value(bk_map_at(v.map, i)->value, budget - 1)) return true;
    return false;
}

static bool in_chart(const bk_chart *c, unsigned budget) {
    if (budget == 0) return true;
    if (c->meta && c->meta->kube_version.n) return true;
    for (size_t i = 0; i < c->templates.n; i++)
        if (in_text(c->templates.p[i].data)) return true;
    for (size_t i = 0; i < c->files.n; i++) /* for tpl; those that are unread are CRDs */
        if (!c->files.p[i].unread && in_text(c->files.p[i].data)) return true;
    if (c->values && in_value(bk_map_value(c->values), BK_LIMIT_DEPTH)) return true;
    for (size_t i = 0; i < c->deps.n; i++)
        if (in_chart(c->deps.p[i], budget - 1)) return true;
    return false;
}

bool bk_mentions_capabilities(const bk_chart *chart, bk_value values) {
    return in_value(values, BK_LIMIT_DEPTH) || in_chart(chart, BK_LIMIT_CHART_DEPTH);
}
