#include "action/show.h"

#include "value/map.h"

static void put_line(bk_buf *out, bk_str text) {
    bk_buf_str(out, text);
    bk_buf_byte(out, '\n');
}

/* Whether the answer has a text under that key. */
static bool text_of(bk_map *answer, const char *key, bk_str *ret) {
    bk_value *v = bk_map_get(answer, bk_str_c(key));
    if (!v || !bk_is_string(*v)) return false;
    *ret = bk_value_str(*v);
    return true;
}

static void put_crds(bk_buf *out, bk_map *answer) {
    bk_value *list = bk_map_get(answer, BK_S("crds"));
    for (uint32_t i = 0; list && list->kind == BK_LIST && i < list->len; i++) {
        bk_str text = bk_is_string(list->items[i]) ? bk_value_str(list->items[i]) : BK_S("");
        if (!bk_str_starts(text, BK_S("---"))) put_line(out, BK_S("---"));
        put_line(out, text);
    }
}

/* `found`: the text of a JSONPath template is shown instead of the values. */
static void print(bk_buf *out, bk_show_part part, bool found, bk_map *answer) {
    bool all = part == BK_SHOW_ALL;
    bk_str text;
    if ((all || part == BK_SHOW_CHART) && text_of(answer, "metadata", &text)) put_line(out, text);
    if ((all || part == BK_SHOW_VALUES) && bk_map_bool(answer, "hasValues", false)) {
        if (all) put_line(out, BK_S("---"));
        if (found && text_of(answer, "found", &text)) bk_buf_str(out, text);
        else if (text_of(answer, "values", &text)) put_line(out, text);
    }
    if ((all || part == BK_SHOW_README) && text_of(answer, "readme", &text)) {
        if (all) put_line(out, BK_S("---"));
        put_line(out, text);
    }
    if (all || part == BK_SHOW_CRDS) put_crds(out, answer);
}

bk_status bk_action_show(bk_arena *arena, const bk_show_options *o, bk_buf *out, bk_rendered *ret_logs, bk_err *err) {
    bk_chart_source found;
    bk_value answer;
    *ret_logs = (bk_rendered){0};
    BK_TRY(bk_chart_source_resolve(arena, o->world, o->chart, &o->source, &found, err));
    bk_map *options = bk_map_new(arena, 1);
    if (!options || !bk_map_set(options, BK_S("jsonpath"), bk_string(o->jsonpath))) return bk_arena_fail(arena, err);
    if (o->confine) bk_guard_confine(o->guard, false);
    BK_TRY(bk_chart_call(arena, BK_CALL_CHART, found.path, options, bk_nil(), o->guard, &o->limits, ret_logs, &answer, err));
    if (answer.kind != BK_MAP) return bk_err_set(err, BK_ERR_TRAP, "chart compartment stopped: it gave no answer");
    print(out, o->part, o->jsonpath.n != 0, answer.map);
    return bk_buf_check(out, err);
}
