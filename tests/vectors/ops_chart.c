/* The ops of src/chart: a chart from its files, its values, and ignore rules. */
#include "base/sort.h"
#include "chart/dependencies.h"
#include "chart/ignore.h"
#include "chart/load.h"
#include "chart/render_values.h"
#include "chart/values_file.h"
#include "data/yaml.h"
#include "vector.h"

static bk_status no_memory(bk_vector_call *call, bk_err *err) { return bk_arena_fail(call->arena, err); }

static bool put(bk_map *map, const char *key, bk_value v) { return bk_map_set(map, bk_str_c(key), v); }

/* ---- the log: lines as the oracle's handler writes them, sorted ---- */

static void log_line(void *self, const char *level, bk_str text) {
    bk_items *items = self;
    bk_str line;
    if (bk_arena_printf(items->arena, &line, "level=%s %.*s", level, BK_FMT(text))) bk_items_add(items, bk_string(line));
}

static int by_text(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_str_cmp(bk_value_str(*(const bk_value *)a), bk_value_str(*(const bk_value *)b));
}

bk_log bk_vector_log(bk_vector_call *call, bk_items *lines) {
    bk_items_init(lines, call->arena);
    return (bk_log){lines, log_line};
}

void bk_vector_take_log(bk_vector_call *call, bk_items *lines) {
    if (lines->n == 0 || !bk_sort(call->arena, lines->p, lines->n, sizeof(bk_value), by_text, NULL)) return;
    call->log = bk_list(lines->p, lines->n);
}

/* ---- files ---- */

static bool add_default(bk_map *files, const char *name, bk_str text) {
    return bk_map_get(files, bk_str_c(name)) || bk_map_set(files, bk_str_c(name), bk_string(text));
}

bk_status bk_vector_files(bk_vector_call *call, bool defaults, bk_files *ret, bk_err *err) {
    bk_value *given = bk_map_get(call->in, BK_S("files"));
    bk_map *map = given && given->kind == BK_MAP ? given->map : bk_map_new(call->arena, 4);
    bk_str values = bk_vector_str(call, "chartValues");
    if (!map) return no_memory(call, err);
    if (defaults && (!add_default(map, "Chart.yaml",
                                  BK_S("apiVersion: v2\nname: t\nversion: 0.1.0\nappVersion: \"1.2.3\"\ndescription: oracle chart\n")) ||
                     (values.n && !add_default(map, "values.yaml", values))))
        return no_memory(call, err);
    if (!bk_map_sort(map)) return no_memory(call, err);
    for (size_t i = 0; i < bk_map_len(map); i++) {
        const bk_map_entry *e = bk_map_at(map, i);
        BK_TRY(bk_files_add(ret, call->arena, (bk_file){.name = e->key, .data = bk_value_str(e->value)}, err));
    }
    return BK_OK;
}

static int by_name(const void *a, const void *b, void *arg) {
    (void)arg;
    const bk_value *x = a, *y = b;
    return bk_str_cmp(bk_map_str(x->map, "name", BK_S("")), bk_map_str(y->map, "name", BK_S("")));
}

static bk_status dep_tree(bk_vector_call *call, const bk_chart *chart, bk_value *ret, bk_err *err) {
    bk_items items;
    bk_items_init(&items, call->arena);
    for (size_t i = 0; i < chart->deps.n; i++) {
        bk_value deps;
        BK_TRY(dep_tree(call, chart->deps.p[i], &deps, err));
        bk_map *node = bk_map_new(call->arena, 2);
        if (!node || !put(node, "name", bk_string(bk_chart_name(chart->deps.p[i]))) || !put(node, "deps", deps))
            return no_memory(call, err);
        bk_items_add(&items, bk_map_value(node));
    }
    if (!items.failed && !bk_sort(call->arena, items.p, items.n, sizeof(bk_value), by_name, NULL)) return no_memory(call, err);
    return bk_items_list(&items, BK_T_LIST, ret, err);
}

/* ---- ops ---- */

static bk_status chart_answer(bk_vector_call *call, const bk_chart *chart, bk_err *err) {
    bk_value meta, deps;
    bk_buf text;
    bk_buf_init(&text, call->arena, 0);
    BK_TRY(bk_typed_json(call->arena, &bk_metadata_shape, chart->meta, &meta, err));
    BK_TRY(bk_yaml_encode(&text, call->arena, meta, err));
    BK_TRY(dep_tree(call, chart, &deps, err));
    bk_map *out = bk_map_new(call->arena, 5);
    if (!out || !put(out, "metadata", bk_string(bk_buf_view(&text))) ||
        !put(out, "values", chart->values ? bk_map_value(chart->values) : bk_nil()) || !put(out, "deps", deps) ||
        !put(out, "templates", bk_int64((int64_t)chart->templates.n)) || !put(out, "files", bk_int64((int64_t)chart->files.n)))
        return no_memory(call, err);
    call->out = bk_map_value(out);
    call->has_out = true;
    return BK_OK;
}

static bk_status op_chart(bk_vector_call *call, bk_err *err) {
    bk_items lines;
    const bk_log log = bk_vector_log(call, &lines);
    bk_files *files = BK_NEW(call->arena, bk_files);
    bk_chart *chart;
    if (!files) return no_memory(call, err);
    BK_TRY(bk_vector_files(call, false, files, err));
    bk_status status = bk_chart_load_files(call->arena, files, false, &log, &chart, err);
    bk_vector_take_log(call, &lines);
    return status == BK_OK ? chart_answer(call, chart, err) : status;
}

static bk_status coalesce(bk_vector_call *call, const bk_files *files, const bk_log *log, bk_err *err) {
    bk_chart *chart;
    bk_map *values, *all, *out;
    bk_value enabled;
    BK_TRY(bk_chart_load_files(call->arena, files, false, log, &chart, err));
    BK_TRY(bk_vector_values(call, &values, err));
    BK_TRY(bk_chart_process_dependencies(call->arena, chart, values, log, err));
    BK_TRY(bk_render_values(call->arena, chart, values, false, NULL, log, &all, err));
    BK_TRY(dep_tree(call, chart, &enabled, err));
    if (!(out = bk_map_new(call->arena, 2)) || !put(out, "values", bk_map_typed(BK_T_VALUES, all)) || !put(out, "enabled", enabled))
        return no_memory(call, err);
    call->out = bk_map_value(out);
    call->has_out = true;
    return BK_OK;
}

static bk_status op_coalesce(bk_vector_call *call, bk_err *err) {
    bk_items lines;
    const bk_log log = bk_vector_log(call, &lines);
    bk_files *files = BK_NEW(call->arena, bk_files);
    if (!files) return no_memory(call, err);
    BK_TRY(bk_vector_files(call, true, files, err));
    bk_status status = coalesce(call, files, &log, err);
    bk_vector_take_log(call, &lines);
    return status;
}

static bk_status op_ignore(bk_vector_call *call, bk_err *err) {
    bk_ignore ignore;
    bk_items out;
    bk_value *paths = bk_map_get(call->in, BK_S("paths"));
    bk_items lines;
    const bk_log log = bk_vector_log(call, &lines);
    bk_ignore_init(&ignore, call->arena, &log);
    bk_items_init(&out, call->arena);
    bk_status status = bk_ignore_parse(&ignore, bk_vector_str(call, "rules"), err);
    bk_vector_take_log(call, &lines);
    BK_TRY(status);
    for (size_t i = 0; paths && i < bk_value_len(*paths); i++) {
        bk_str path = bk_value_str(paths->items[i]);
        bool is_dir = bk_str_ends(path, BK_S("/"));
        if (is_dir) path.n--;
        bk_items_add(&out, bk_bool(bk_ignore_match(&ignore, path, is_dir)));
    }
    bk_vector_take_log(call, &lines);
    call->has_out = true;
    if (out.n == 0 && !out.failed) {
        call->out = bk_nil();
        return BK_OK;
    }
    return bk_items_list(&out, BK_T_LIST, &call->out, err);
}

const bk_vector_op bk_vector_ops_chart[] = {{"chart", op_chart}, {"coalesce", op_coalesce}, {"ignore", op_ignore}, {NULL, NULL}};
