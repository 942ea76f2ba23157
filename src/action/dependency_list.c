/* dependency list: a table of what a chart depends on and what is there of it. */
#include <errno.h>
#include <sys/stat.h>

#include "action/dependency.h"
#include "action/grid.h"
#include "registry/files.h"
#include "value/gofmt.h"
#include "value/map.h"

enum { COLUMNS = 4 };

static const char *const keys[COLUMNS] = {"name", "version", "repository", "status"};
static const char *const titles[COLUMNS] = {"NAME", "VERSION", "REPOSITORY", "STATUS"};

static bk_str cell(const bk_value *row, size_t column) {
    return row && row->kind == BK_MAP ? bk_map_str(row->map, keys[column], BK_S("")) : bk_str_c(titles[column]);
}

static bk_status put_table(bk_arena *arena, bk_buf *out, bk_value rows, uint64_t most, bk_err *err) {
    bk_grid table;
    bk_grid_init(&table, arena, COLUMNS, most);
    for (uint32_t i = 0; i <= rows.len; i++)
        for (size_t c = 0; c < COLUMNS; c++) bk_grid_add(&table, cell(i ? &rows.items[i - 1] : NULL, c));
    BK_TRY(bk_grid_print(&table, out, err));
    bk_buf_byte(out, '\n');
    return BK_OK;
}

static bk_status put_strays(bk_arena *arena, bk_buf *out, bk_str chart, bk_map *answer, bk_err *err) {
    const bk_value *list = bk_map_get(answer, BK_S("strays"));
    for (uint32_t i = 0; list && list->kind == BK_LIST && i < list->len; i++) {
        bk_map *m = list->items[i].kind == BK_MAP ? list->items[i].map : NULL;
        bk_str folder, path;
        BK_TRY(bk_path_joined(arena, chart, BK_S("charts"), &folder, err));
        BK_TRY(bk_path_joined(arena, folder, bk_map_str(m, "name", BK_S("")), &path, err));
        bk_buf_c(out, "WARNING: ");
        bk_fmt_quote(out, path);
        bk_buf_c(out, bk_map_bool(m, "chart", false) ? " is not in Chart.yaml.\n" : " is not a chart.\n");
    }
    return BK_OK;
}

bk_status bk_action_dependency_list(bk_arena *arena, const bk_dependency_options *o, bk_buf *out, bk_rendered *logs, bk_err *err) {
    bk_str path, folder;
    struct stat st;
    bk_rendered own;
    bk_value answer;
    bk_map *request = bk_map_new(arena, 1);
    if (!request || !bk_map_set(request, BK_S("task"), bk_string(BK_S("list")))) return bk_arena_fail(arena, err);
    BK_TRY(bk_path_cleaned(arena, o->chart, &path, err));
    if (stat(path.p, &st) != 0) return bk_path_error("stat", path, errno, err);
    bk_status s = bk_chart_call(arena, BK_CALL_DEPENDENCY, path, request, bk_nil(), o->guard, &o->limits, &own, &answer, err);
    BK_TRY(bk_logs_add(arena, logs, &own, s, err));
    const bk_value *rows = answer.kind == BK_MAP ? bk_map_get(answer.map, BK_S("rows")) : NULL;
    if (!rows || rows->kind != BK_LIST) {
        BK_TRY(bk_path_joined(arena, path, BK_S("charts"), &folder, err));
        bk_buf_printf(out, "WARNING: no dependencies at %.*s\n", BK_FMT(folder));
        return bk_buf_check(out, err);
    }
    BK_TRY(put_table(arena, out, *rows, o->max_column, err));
    BK_TRY(put_strays(arena, out, path, answer.map, err));
    return bk_buf_check(out, err);
}
