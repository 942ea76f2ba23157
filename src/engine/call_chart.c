/* The call CHART: what a chart is, in the texts that `show` prints. */
#include "chart/load.h"
#include "data/jsonpath.h"
#include "data/yaml.h"
#include "engine/calls.h"
#include "engine/source.h"

static bk_status put(bk_call_state *call, bk_map *m, const char *key, bk_value v) {
    return bk_map_set(m, bk_str_c(key), v) ? BK_OK : bk_arena_fail(call->arena, call->err);
}

static bk_status metadata(bk_call_state *call, const bk_chart *chart, bk_map *to) {
    bk_value v;
    bk_buf text;
    BK_TRY(bk_typed_json(call->arena, &bk_metadata_shape, chart->meta, &v, call->err));
    bk_buf_init(&text, call->arena, 0);
    BK_TRY(bk_yaml_encode(&text, call->arena, v, call->err));
    return put(call, to, "metadata", bk_string(bk_buf_take(&text)));
}

/* Without a values.yaml there is neither key. */
static bk_status values(bk_call_state *call, const bk_chart *chart, bk_map *to) {
    bk_str text;
    if (!chart->values) return BK_OK;
    if (bk_chart_raw(chart, BK_S("values.yaml"), &text)) BK_TRY(put(call, to, "values", bk_string(text)));
    return put(call, to, "hasValues", bk_bool(true));
}

/* What a JSONPath template makes of the values. As in Helm, what it does not find is no failure; here the log says so. */
static bk_status found(bk_call_state *call, const bk_chart *chart, const bk_log *log, bk_map *to) {
    bk_str text = bk_map_str(call->options, "jsonpath", BK_S(""));
    bk_jsonpath path;
    bk_buf out;
    if (!chart->values || text.n == 0) return BK_OK;
    if (bk_jsonpath_parse(call->arena, text, &path, call->err) != BK_OK)
        return bk_err_wrap(call->err, "error parsing jsonpath %.*s", BK_FMT(text));
    bk_buf_init(&out, call->arena, 0);
    bk_status s = bk_jsonpath_print(&out, call->arena, &path, bk_map_value(chart->values), call->err);
    if (s == BK_ERR) {
        const bk_log_attr attrs[] = {{"jsonpath", text}, {"error", bk_err_message(call->err)}};
        bk_log_write(log, call->arena, "WARN", BK_S("nothing found in the values"), attrs, BK_COUNT(attrs));
        bk_err_release(call->err);
    } else {
        BK_TRY(s);
    }
    BK_TRY(bk_buf_check(&out, call->err));
    return put(call, to, "found", bk_string(bk_buf_take(&out)));
}

static bk_status readme(bk_call_state *call, const bk_chart *chart, bk_map *to) {
    static const char *const names[] = {"readme.md", "readme.txt", "readme"};
    for (size_t i = 0; i < chart->files.n; i++)
        for (size_t k = 0; k < BK_COUNT(names); k++)
            if (bk_str_eq_fold(chart->files.p[i].name, bk_str_c(names[k])))
                return put(call, to, "readme", bk_string(chart->files.p[i].data));
    return BK_OK;
}

/* The CRD files of a chart, then those of its sub-charts. */
static bk_status crds(bk_call_state *call, const bk_chart *chart, bk_items *to, unsigned depth) {
    if (depth == 0) return bk_err_limit(call->err, "nesting of sub-charts", 100);
    for (size_t i = 0; i < chart->files.n; i++) {
        const bk_file *f = &chart->files.p[i];
        if (bk_str_starts(f->name, BK_S("crds/")) && bk_chart_is_crd(f->name)) bk_items_add(to, bk_string(f->data));
    }
    for (size_t i = 0; i < chart->deps.n; i++) BK_TRY(crds(call, chart->deps.p[i], to, depth - 1));
    return BK_OK;
}

bk_status bk_call_chart(bk_call_state *call) {
    const bk_log log = bk_call_log_of(call);
    bk_files files;
    bk_chart *chart;
    bk_items list;
    bk_value all;
    bk_map *answer = bk_map_new(call->arena, 8);
    if (!answer) return bk_arena_fail(call->arena, call->err);
    BK_TRY(bk_source_files_v2(call, 0, &log, &files));
    BK_TRY(bk_chart_load_files(call->arena, &files, false, &log, &chart, call->err));
    bk_items_init(&list, call->arena);
    BK_TRY(metadata(call, chart, answer));
    BK_TRY(values(call, chart, answer));
    BK_TRY(found(call, chart, &log, answer));
    BK_TRY(readme(call, chart, answer));
    BK_TRY(crds(call, chart, &list, 100));
    BK_TRY(bk_items_list(&list, BK_T_LIST, &all, call->err));
    BK_TRY(put(call, answer, "crds", all));
    return bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(answer));
}
