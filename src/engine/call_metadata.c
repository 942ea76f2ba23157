/* The call METADATA: what a packed chart says of itself, in the JSON that registries keep beside it.
 *
 * A large archive is not handed in whole: Chart.yaml stands at the front of what Helm packs. What else a chart of apiVersion v1 says stands in another
 * file, so for those, and where the front is not enough, the answer asks for all of it. */
#include "chart/archive.h"
#include "chart/load.h"
#include "engine/calls.h"
#include "engine/source.h"

static bk_status emit_partial(bk_call_state *call) {
    bk_map *m = bk_map_new(call->arena, 1);
    if (!m || !bk_map_set(m, BK_S("partial"), bk_bool(true))) return bk_arena_fail(call->arena, call->err);
    return bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(m));
}

static bk_status emit_metadata(bk_call_state *call, const bk_metadata *meta) {
    bk_map *m = bk_map_new(call->arena, 3);
    bk_buf config;
    if (!m) return bk_arena_fail(call->arena, call->err);
    bk_buf_init(&config, call->arena, 0);
    BK_TRY(bk_typed_text(&config, call->arena, &bk_metadata_shape, meta, call->err));
    bool ok = bk_map_set(m, BK_S("name"), bk_string(meta->name)) && bk_map_set(m, BK_S("version"), bk_string(meta->version)) &&
              bk_map_set(m, BK_S("config"), bk_string(bk_buf_take(&config)));
    return ok ? bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(m)) : bk_arena_fail(call->arena, call->err);
}

/* Chart.yaml alone, out of the archive's front. */
static bk_status front_files(bk_call_state *call, bk_files *files, bool *ret_found) {
    bk_file f = {.name = BK_S("Chart.yaml")};
    bk_str bytes;
    *files = (bk_files){0};
    if (call->input_count == 0) return bk_err_set(call->err, BK_ERR, "malformed request: no chart");
    BK_TRY(bk_call_input(call, 0, &bytes));
    BK_TRY(bk_archive_find(call->arena, bytes, f.name, &f.data, ret_found, call->err));
    return *ret_found ? bk_files_add(files, call->arena, f, call->err) : BK_OK;
}

bk_status bk_call_metadata(bk_call_state *call) {
    const bk_log log = bk_call_log_of(call);
    const bool front = bk_map_bool(call->options, "front", false);
    bk_files files;
    bk_chart *chart;
    bool found = true;
    BK_TRY(front ? front_files(call, &files, &found) : bk_source_files_v2(call, 0, &log, &files));
    if (!found) return emit_partial(call);
    BK_TRY(bk_chart_load_files(call->arena, &files, false, &log, &chart, call->err));
    if (front && bk_str_eq(chart->meta->api_version, BK_S("v1"))) return emit_partial(call);
    return emit_metadata(call, chart->meta);
}
