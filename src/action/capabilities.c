#include "action/capabilities.h"

#include "data/json.h"
#include "guard/escape.h"
#include "value/map.h"

#define RELEASE BK_S("release-name")
#define NAMESPACE BK_S("default")

enum { FORMAT = 1, SHOWN = 5, FIELDS_MAX = 200000 };

static const char *const lists[] = {"asks", "hooks", "images", "clusterScoped", "privileges", "references"};

static bk_value list_at(bk_value report, const char *name) {
    const bk_value *v = report.kind == BK_MAP ? bk_map_get(report.map, bk_str_c(name)) : NULL;
    return v && v->kind == BK_LIST ? *v : bk_list(NULL, 0);
}

/* The audit of a chart for a release of that name. */
static bk_status audit(bk_arena *arena, const bk_render_options *render, bk_str release, bk_str namespace_, const bk_value *values,
                       bk_value *ret, bk_rendered *logs, bk_err *err) {
    bk_audit_options o = {.render = *render};
    bk_audited audited = {0};
    bk_rendered own = {0};
    bk_map *none = bk_map_new(arena, 1);
    if (!none) return bk_arena_fail(arena, err);
    o.render.release = release;
    o.render.namespace_ = namespace_;
    o.render.values = values ? *values : bk_map_value(none);
    o.render.include_crds = true;
    o.render.post_renderer = NULL;
    o.render.auditing = true;
    o.render.load_only = false;
    o.render.show_only_count = 0;
    bk_status s = bk_action_audit(arena, &o, &audited, &own, err);
    *ret = audited.report;
    return logs ? bk_logs_add(arena, logs, &own, s, err) : s;
}

static bk_str not_rendered(bk_value report) { return report.kind == BK_MAP ? bk_map_str(report.map, "notRendered", BK_S("")) : BK_S(""); }

bk_status bk_capabilities_make(bk_arena *arena, const bk_render_options *render, bk_str *ret, bk_rendered *logs, bk_err *err) {
    bk_value report;
    bk_map *inner = bk_map_new(arena, 4), *outer = bk_map_new(arena, 1);
    bk_buf text;
    BK_TRY(audit(arena, render, RELEASE, NAMESPACE, NULL, &report, logs, err));
    bk_str why = not_rendered(report);
    if (why.n)
        return bk_err_set(err, BK_ERR, "the chart does not render with its default values, so nobody can state what it asks for: %.*s",
                          BK_FMT(why));
    bool ok = inner && outer && bk_map_set(inner, BK_S("format"), bk_int64(FORMAT)) &&
              bk_map_set(inner, BK_S("release"), bk_string(RELEASE)) && bk_map_set(inner, BK_S("namespace"), bk_string(NAMESPACE)) &&
              bk_map_set(inner, BK_S("report"), report) && bk_map_set(outer, BK_S("capabilities"), bk_map_value(inner));
    if (!ok) return bk_arena_fail(arena, err);
    bk_buf_init(&text, arena, BK_CAPABILITIES_MAX);
    BK_TRY(bk_json_encode_indent(&text, arena, bk_map_value(outer), BK_S(""), BK_S("  "), 0, err));
    bk_buf_byte(&text, '\n');
    BK_TRY(bk_buf_check(&text, err));
    *ret = bk_buf_take(&text);
    return BK_OK;
}

bk_status bk_capabilities_find(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err) {
    static const bk_str mark = {"\n...\n", 5};
    size_t colons = 0, at;
    bk_value v;
    *ret = bk_nil();
    for (unsigned i = 0; i < 2; i++) {
        if ((at = bk_str_find(text, mark)) == BK_NPOS) return BK_OK;
        text = bk_str_from(text, at + mark.n);
    }
    if (!bk_str_starts(text, BK_S("{"))) return BK_OK;
    if (text.n > BK_CAPABILITIES_MAX) return bk_err_limit(err, "bytes of a statement of capabilities", BK_CAPABILITIES_MAX);
    for (size_t i = 0; i < text.n; i++) colons += text.p[i] == ':';
    if (colons > FIELDS_MAX) return bk_err_limit(err, "fields of a statement of capabilities", FIELDS_MAX);
    if (bk_json_decode(arena, text, BK_JSON_INT64, BK_T_MAP, &v, err) != BK_OK) return bk_err_wrap(err, "statement of capabilities");
    const bk_value *inner = v.kind == BK_MAP && v.map ? bk_map_get(v.map, BK_S("capabilities")) : NULL;
    if (!inner) return BK_OK;
    const bk_value *format = inner->kind == BK_MAP ? bk_map_get(inner->map, BK_S("format")) : NULL;
    if (!format || format->kind != BK_INT || format->i != FORMAT)
        return bk_err_set(err, BK_ERR, "statement of capabilities: of a form that this version does not know");
    *ret = *inner;
    return BK_OK;
}

/* ---- checking ---- */

/* One thing, in its most telling words. */
static void put_item(bk_buf *out, const char *list, bk_value item) {
    static const char *const words[] = {"effect", "function", "privilege", "image", "target", "events", "kind", "name", "where", "path"};
    bool first = true;
    bk_buf_printf(out, "%s ", list);
    for (size_t i = 0; i < BK_COUNT(words); i++) {
        bk_str text = item.kind == BK_MAP ? bk_map_str(item.map, words[i], BK_S("")) : BK_S("");
        if (!text.n) continue;
        if (!first) bk_buf_byte(out, ' ');
        bk_escape_line(out, text);
        first = false;
    }
}

static bk_status refuse(bk_arena *arena, bk_value beyond, bool images, const char *whose, bk_err *err) {
    bk_buf b;
    size_t total = 0;
    bk_buf_init(&b, arena, 1 << 20);
    bk_buf_printf(&b, "the chart, with %s values, asks for more than its signed statement: ", whose);
    for (size_t i = 0; i < BK_COUNT(lists); i++) {
        bk_value list = list_at(beyond, lists[i]);
        if (!images && strcmp(lists[i], "images") == 0) continue;
        for (uint32_t k = 0; k < bk_value_len(list); k++) {
            if (total++ >= SHOWN) continue;
            if (total > 1) bk_buf_c(&b, "; ");
            put_item(&b, lists[i], list.items[k]);
        }
    }
    if (total > SHOWN) bk_buf_printf(&b, "; and %zu more", total - SHOWN);
    BK_TRY(bk_buf_check(&b, err));
    return total ? bk_err_set_str(err, BK_ERR_DENIED, bk_buf_view(&b)) : BK_OK;
}

static bk_status keeps_to(bk_arena *arena, bk_value statement, const bk_render_options *render, const bk_value *values, bk_rendered *logs,
                          bk_err *err) {
    bk_map *m = statement.map;
    const bk_value *report = bk_map_get(m, BK_S("report"));
    bk_value now, beyond;
    if (!report || report->kind != BK_MAP) return bk_err_set(err, BK_ERR, "statement of capabilities: it holds no report");
    BK_TRY(audit(arena, render, bk_map_str(m, "release", RELEASE), bk_map_str(m, "namespace", NAMESPACE), values, &now, logs, err));
    BK_TRY(bk_audit_beyond(arena, *report, now, &beyond, err));
    BK_TRY(refuse(arena, beyond, !values, values ? "these" : "its default", err));
    bk_str why = not_rendered(now);
    if (why.n && !values)
        return bk_err_set(err, BK_ERR_DENIED,
                          "the chart has a signed statement of what it asks for, and does not render with its default values: %.*s",
                          BK_FMT(why));
    return BK_OK;
}

bk_status bk_capabilities_check(bk_arena *arena, bk_value statement, const bk_render_options *render, bk_rendered *logs, bk_err *err) {
    if (statement.kind != BK_MAP || !statement.map) return BK_OK;
    BK_TRY(keeps_to(arena, statement, render, NULL, logs, err));
    if (render->values.kind != BK_MAP || bk_map_len(render->values.map) == 0) return BK_OK;
    return keeps_to(arena, statement, render, &render->values, logs, err);
}
