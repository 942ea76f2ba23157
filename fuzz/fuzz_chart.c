/* Chart.yaml and values.yaml of a chart; the text is both, cut at a line "===". */
#include "chart/dependencies.h"
#include "chart/load.h"
#include "fuzz.h"

FUZZ(text) {
    bk_files files = {0};
    bk_chart *chart;
    bk_str meta, values;
    bk_str_cut(text, BK_S("\n===\n"), &meta, &values);
    const bk_file list[] = {
        {.name = BK_S("Chart.yaml"), .data = meta},
        {.name = BK_S("values.yaml"), .data = values},
        {.name = BK_S("charts/sub/Chart.yaml"), .data = BK_S("apiVersion: v2\nname: sub\nversion: 0.1.0\n")},
        {.name = BK_S("charts/sub/values.yaml"), .data = BK_S("exports: {a: {b: 1}}\nglobal: {c: 1}\n")},
    };
    for (size_t i = 0; i < BK_COUNT(list); i++)
        if (bk_files_add(&files, arena, list[i], err) != BK_OK) return;
    if (bk_chart_load_any(arena, &files, NULL, &chart, err) != BK_OK) return;
    bk_map *none = bk_map_new(arena, 0);
    if (none && bk_chart_process_dependencies(arena, chart, none, NULL, err) != BK_OK) return;
}
