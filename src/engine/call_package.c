/* The call PACKAGE: a chart's folder to an archive, for `package` and for dependencies that lie in folders. */
#include "chart/dependencies.h"
#include "chart/load.h"
#include "chart/save.h"
#include "data/yaml.h"
#include "engine/calls.h"
#include "engine/source.h"
#include "text/semver.h"

static bk_str option(const bk_call_state *call, const char *name) { return bk_map_str(call->options, name, BK_S("")); }

static int64_t number(const bk_call_state *call, const char *name) {
    const bk_value *v = bk_map_get(call->options, bk_str_c(name));
    return v && v->kind == BK_INT ? v->i : 0;
}

/* What `package` changes and checks before it writes. */
static bk_status prepare(bk_call_state *call, bk_chart *chart) {
    bk_str version = option(call, "version"), app = option(call, "appVersion"), missing;
    size_t count;
    bk_semver ignored;
    if (chart->v3) return bk_err_set(call->err, BK_ERR, "invalid chart apiVersion");
    if (version.n) chart->meta->version = version;
    BK_TRY(bk_semver_parse(chart->meta->version, &ignored, call->err));
    if (app.n) chart->meta->app_version = app;
    BK_TRY(bk_chart_missing(call->arena, chart, &missing, &count, call->err));
    if (count == 0) return BK_OK;
    return bk_err_set(call->err, BK_ERR, "found in Chart.yaml, but missing in charts/ directory: %.*s", BK_FMT(missing));
}

/* What a dependency's folder has to be: of a version in the range that was asked for. */
static bk_status check_range(bk_call_state *call, const bk_chart *chart, bk_str name, bk_str range) {
    bk_constraints constraints;
    bk_semver version;
    if (bk_constraints_parse(call->arena, range, &constraints, call->err) != BK_OK)
        return bk_err_wrap(call->err, "dependency %.*s has an invalid version/constraint format", BK_FMT(name));
    BK_TRY(bk_semver_parse(chart->meta->version, &version, call->err));
    if (bk_constraints_check(&constraints, &version)) return BK_OK;
    return bk_err_set(call->err, BK_ERR, "can't get a valid version for dependency %.*s", BK_FMT(name));
}

/* The metadata as a provenance file has them: with the dependencies of requirements.yaml, unlike the archive of a chart v1. */
static bk_status metadata_text(bk_call_state *call, const bk_chart *chart, bk_str *ret) {
    bk_value v;
    bk_buf text;
    BK_TRY(bk_typed_json(call->arena, &bk_metadata_shape, chart->meta, &v, call->err));
    bk_buf_init(&text, call->arena, 0);
    BK_TRY(bk_yaml_encode(&text, call->arena, v, call->err));
    *ret = bk_buf_take(&text);
    return BK_OK;
}

static bk_status answer(bk_call_state *call, const bk_chart *chart, bk_str archive) {
    bk_map *m = bk_map_new(call->arena, 4);
    bk_str metadata;
    BK_TRY(metadata_text(call, chart, &metadata));
    bool ok = m && bk_map_set(m, BK_S("name"), bk_string(chart->meta->name)) &&
              bk_map_set(m, BK_S("version"), bk_string(chart->meta->version)) && bk_map_set(m, BK_S("metadata"), bk_string(metadata)) &&
              bk_map_set(m, BK_S("archive"), bk_string(archive));
    return ok ? bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(m)) : bk_arena_fail(call->arena, call->err);
}

bk_status bk_call_package(bk_call_state *call) {
    const bk_log log = bk_call_log_of(call);
    const bk_value *epoch = bk_map_get(call->options, BK_S("epoch"));
    const bk_save_options save = {.stamped = epoch && epoch->kind == BK_INT, .stamp = number(call, "epoch"), .now = number(call, "now")};
    bk_str dependency = option(call, "dependency"), archive;
    bk_files files;
    bk_chart *chart;
    if (dependency.n) {
        BK_TRY(bk_source_files_v2(call, 0, &log, &files));
        BK_TRY(bk_chart_load_files(call->arena, &files, false, &log, &chart, call->err));
        BK_TRY(check_range(call, chart, dependency, option(call, "range")));
    } else {
        BK_TRY(bk_source_files(call, 0, &log, &files));
        BK_TRY(bk_source_is_hidden(call, &files) ? bk_chart_load_files(call->arena, &files, false, &log, &chart, call->err)
                                                 : bk_chart_load_any(call->arena, &files, &log, &chart, call->err));
        BK_TRY(prepare(call, chart));
    }
    bk_status s = bk_chart_save(call->arena, chart, &save, &archive, call->err);
    if (s != BK_OK) return dependency.n ? s : bk_err_wrap(call->err, "failed to save");
    return answer(call, chart, archive);
}
