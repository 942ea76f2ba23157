/* The call RENDER: from a chart's files to manifests, in Helm's order of steps, since the order decides which error comes first. */
#include "chart/dependencies.h"
#include "chart/json.h"
#include "chart/load.h"
#include "chart/render_values.h"
#include "engine/calls.h"
#include "engine/mentions.h"
#include "engine/postrender.h"
#include "engine/present.h"
#include "engine/source.h"
#include "engine/templates.h"
#include "text/kube.h"
#include "value/gofmt.h"

static bool option(const bk_call_state *call, const char *name) { return bk_map_bool(call->options, name, false); }

/* An error that Helm also logs before it returns it. */
static bk_status logged(bk_call_state *call, const bk_log *log, const char *what) {
    const bk_log_attr attr = {"error", bk_err_message(call->err)};
    bk_str text;
    if (bk_arena_dup(call->arena, attr.value, &text)) {
        const bk_log_attr copy = {"error", text};
        bk_log_write(log, call->arena, "ERROR", bk_str_c(what), &copy, 1);
    }
    return bk_err_wrap(call->err, "%s", what);
}

/* ---- before rendering ---- */

static bk_status capabilities(bk_call_state *call, bk_capabilities *ret) {
    bk_str kube = bk_map_str(call->options, "kubeVersion", BK_S(""));
    bk_value *more = bk_map_get(call->options, BK_S("apiVersions"));
    BK_TRY(bk_capabilities_default(call->arena, ret, call->err));
    if (kube.n && !option(call, "cluster") && bk_capabilities_set_kube(call->arena, ret, kube, call->err) != BK_OK)
        return bk_err_wrap(call->err, "invalid kube version '%.*s'", BK_FMT(kube));
    if (option(call, "cluster"))
        bk_capabilities_of_cluster(ret, kube, bk_map_str(call->options, "kubeMajor", BK_S("")),
                                   bk_map_str(call->options, "kubeMinor", BK_S("")));
    for (uint32_t i = 0; more && more->type == BK_T_STRINGS && i < more->len; i++) {
        bk_str version = bk_value_str(more->items[i]);
        BK_TRY(bk_capabilities_add(call->arena, ret, &version, 1, call->err));
    }
    return BK_OK;
}

static bk_status check_installable(bk_call_state *call, const bk_chart *chart) {
    bk_str type = chart->meta->type;
    if (type.n == 0 || bk_str_eq(type, BK_S("application"))) return BK_OK;
    return bk_err_set(call->err, BK_ERR, "%.*s charts are not installable", BK_FMT(type));
}

static bk_status check_dependencies(bk_call_state *call, const bk_chart *chart) {
    bk_str missing;
    size_t count; /* a name may be empty */
    BK_TRY(bk_chart_missing(call->arena, chart, &missing, &count, call->err));
    if (count == 0) return BK_OK;
    return bk_err_set(
        call->err, BK_ERR,
        "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing "
        "dependencies: found in Chart.yaml, but missing in charts/ directory: %.*s",
        BK_FMT(missing));
}

static bk_status check_name(bk_call_state *call, const bk_log *log) {
    bk_str name = bk_map_str(call->options, "release", BK_S(""));
    if (bk_release_name_check(name, call->err) == BK_OK) return BK_OK;
    bk_buf quoted;
    bk_buf_init(&quoted, call->arena, 0);
    bk_fmt_quote(&quoted, name);
    bk_err_wrap(call->err, "release name %.*s", BK_FMT(bk_buf_view(&quoted)));
    return logged(call, log, "release name check failed");
}

static bk_status load(bk_call_state *call, const bk_log *log, bk_chart **ret) {
    bk_files *files = BK_NEW(call->arena, bk_files); /* lives as long as the chart */
    if (!files) return bk_arena_fail(call->arena, call->err);
    BK_TRY(bk_source_files_some(call, 0, option(call, "includeCRDs") || option(call, "record"), log, files));
    BK_TRY(bk_source_is_hidden(call, files) ? bk_chart_load_files(call->arena, files, false, log, ret, call->err)
                                            : bk_chart_load_any(call->arena, files, log, ret, call->err));
    bool upgrade = option(call, "upgrade"); /* Helm looks at fewer things then */
    if (!upgrade) BK_TRY(check_installable(call, *ret));
    if ((*ret)->meta->deprecated) bk_log_write(log, call->arena, "WARN", BK_S("this chart is deprecated"), NULL, 0);
    BK_TRY(check_dependencies(call, *ret));
    /* Charts of version 3 can be made and looked at, but no version of Helm installs them yet. An upgrade tells so later, when it has reached the cluster. */
    bool refused = (*ret)->v3 && !(upgrade && option(call, "loadOnly"));
    if (refused) return bk_err_set(call->err, BK_ERR, "invalid chart apiVersion");
    if (option(call, "loadOnly")) return BK_OK;
    if (!upgrade) BK_TRY(check_name(call, log));
    bk_value *values = bk_map_get(call->options, BK_S("chartValues"));
    if (values && values->kind == BK_MAP) (*ret)->values = values->map;
    if (bk_chart_process_dependencies(call->arena, *ret, call->values.map, log, call->err) != BK_OK)
        return upgrade ? call->err->code : logged(call, log, "chart dependencies processing failed");
    return BK_OK;
}

/* Who asks when a schema refers to something outside. */
typedef struct reference {
    bk_call_state *call;
    const bk_subjects *subjects;
    const bk_chart *chart; /* whose schema is being checked */
    const bk_log *log;
} reference;

/* The host decides. */
static bk_status load_reference(void *self, bk_str url, bk_str *ret, bk_err *err) {
    reference *r = self;
    bk_str path;
    (void)err; /* the call's own */
    BK_TRY(bk_chart_full_path(r->call->arena, r->chart, &path, r->call->err));
    return bk_call_effect_text(r->call, bk_subjects_number(r->subjects, path), BK_FX_SCHEMA_REF, "url", url, ret);
}

static void unresolved(void *self, bk_str urn) {
    const reference *r = self;
    bk_call_log_urn(r->call, r->log, urn);
}

static int64_t revision(const bk_call_state *call) {
    const bk_value *v = bk_map_get(call->options, BK_S("revision"));
    return v && v->kind == BK_INT ? v->i : 1;
}

static bk_status make_scopes(bk_call_state *call, const bk_chart *chart, const bk_subjects *subjects, bk_capabilities *caps,
                             const bk_log *log, bk_scopes *ret) {
    reference about = {.call = call, .subjects = subjects, .chart = chart, .log = log};
    const bk_schema_loader loader = {.self = &about, .load = load_reference, .unresolved = unresolved};
    bk_schema_cache cache = {0};
    const bk_schema_options schema = {.loader = &loader, .cache = &cache, .chart = &about.chart};
    bool upgrade = option(call, "isUpgrade");
    const bk_release_info release = {.name = bk_map_str(call->options, "release", BK_S("")),
                                     .namespace_ = bk_map_str(call->options, "namespace", BK_S("")),
                                     .revision = revision(call),
                                     .is_upgrade = upgrade,
                                     .is_install = !upgrade};
    bk_map *values;
    bk_value capabilities;
    BK_TRY(bk_render_values(call->arena, chart, call->values.map, option(call, "skipSchemaValidation"), &schema, log, &values, call->err));
    BK_TRY(bk_capabilities_value(call->arena, caps, &capabilities, call->err));
    *ret = (bk_scopes){0};
    return bk_render_scopes(call->arena, chart, values, &release, capabilities, ret, call->err);
}

/* ---- rendering ---- */

static bk_status check_kube_version(bk_call_state *call, const bk_chart *chart, const bk_capabilities *caps) {
    bk_str range = chart->meta->kube_version;
    bool fits = true;
    if (range.n) BK_TRY(bk_version_in_range(call->arena, range, bk_capabilities_compared(&caps->kube), &fits, call->err));
    if (fits) return BK_OK;
    return bk_err_set(call->err, BK_ERR, "chart requires kubeVersion: %.*s which is incompatible with Kubernetes %.*s", BK_FMT(range),
                      BK_FMT(caps->kube.version));
}

static bool is_notes(bk_str path) { return bk_str_ends(path, BK_S("NOTES.txt")); }

/* Takes the notes out of the files: those of the chart itself, of its sub-charts only when asked for. */
static bk_status take_notes(bk_call_state *call, const bk_chart *chart, bk_rendered_file *files, size_t *count) {
    bk_buf notes;
    bk_str own;
    size_t n = 0;
    bk_buf_init(&notes, call->arena, 0);
    if (!bk_arena_printf(call->arena, &own, "%.*s/templates/NOTES.txt", BK_FMT(bk_chart_name(chart))))
        return bk_arena_fail(call->arena, call->err);
    for (size_t i = 0; i < *count; i++) {
        if (!is_notes(files[i].path)) {
            files[n++] = files[i];
            continue;
        }
        if (!option(call, "subNotes") && !bk_str_eq(files[i].path, own)) continue;
        if (notes.n) bk_buf_byte(&notes, '\n');
        bk_buf_str(&notes, files[i].text);
    }
    *count = n;
    BK_TRY(bk_buf_check(&notes, call->err));
    return notes.n ? bk_call_emit_bytes(call, BK_TAG_NOTES, bk_buf_take(&notes)) : BK_OK;
}

/* What the templates make: sorted, or for a post-renderer merged. */
typedef struct outcome {
    bk_manifests manifests;
    bk_str merged;
} outcome;

static bk_status render(bk_call_state *call, const bk_chart *chart, const bk_capabilities *caps, const bk_scopes *scopes,
                        const bk_subjects *subjects, const bk_log *log, outcome *ret) {
    /* Name service and cluster are always asked: the guard knows whether there is any. */
    const bk_templates_options options = {.dns = true, .cluster = true, .log = log};
    bk_rendered_file *files;
    size_t count;
    BK_TRY(check_kube_version(call, chart, caps));
    BK_TRY(bk_templates_render(call, scopes, subjects, &options, &files, &count));
    BK_TRY(take_notes(call, chart, files, &count));
    if (!option(call, "postRender")) return bk_present_sort(call, files, count, log, &ret->manifests);
    if (bk_postrender_join(call->arena, files, count, &ret->merged, call->err) != BK_OK)
        return bk_err_wrap(call->err, "error merging manifests");
    return BK_OK;
}

/* What a release record keeps of the chart. */
static bk_status put_record(bk_call_state *call, const bk_chart *chart, bk_map *to) {
    bk_value metadata;
    bk_buf json;
    bk_buf_init(&json, call->arena, 0);
    BK_TRY(bk_chart_json(call->arena, chart, &json, call->err));
    BK_TRY(bk_typed_json(call->arena, &bk_metadata_shape, chart->meta, &metadata, call->err));
    bool ok = bk_map_set(to, BK_S("chart"), bk_string(bk_buf_take(&json))) && bk_map_set(to, BK_S("metadata"), metadata);
    return ok ? BK_OK : bk_arena_fail(call->arena, call->err);
}

/* CRDs are not for post-renderers: they go out at once, whatever else is to be shown. */
static bk_status hand_out(bk_call_state *call, const bk_chart *chart, const bk_capabilities *caps, const outcome *o) {
    bk_manifest *crds;
    size_t count;
    bk_map *m = bk_map_new(call->arena, 3);
    bool merged = option(call, "postRender");
    if (!m) return bk_arena_fail(call->arena, call->err);
    BK_TRY(bk_present_crds(call, chart, &crds, &count));
    BK_TRY(merged ? bk_present_only_crds(call, crds, count) : bk_present(call, crds, count, &o->manifests));
    if (merged && !bk_map_set(m, BK_S("merged"), bk_string(o->merged))) return bk_arena_fail(call->arena, call->err);
    if (option(call, "record")) BK_TRY(put_record(call, chart, m));
    if (caps->seen && !bk_map_set(m, BK_S("capabilities"), bk_bool(true))) return bk_arena_fail(call->arena, call->err);
    return bk_map_len(m) ? bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(m)) : BK_OK;
}

/* The chart's own CRDs, which are installed before anything is rendered. */
static bk_status hand_out_loaded(bk_call_state *call, const bk_chart *chart) {
    bk_manifest *crds;
    size_t count;
    bk_map *m = bk_map_new(call->arena, 2);
    bool mentions = bk_mentions_capabilities(chart, call->values);
    BK_TRY(bk_present_crds(call, chart, &crds, &count));
    BK_TRY(bk_present_only_crds(call, crds, count));
    bool ok = m && bk_map_set(m, BK_S("capabilities"), bk_bool(mentions)) && bk_map_set(m, BK_S("v3"), bk_bool(chart->v3));
    return ok ? bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(m)) : bk_arena_fail(call->arena, call->err);
}

bk_status bk_call_render(bk_call_state *call) {
    const bk_log log = bk_call_log_of(call);
    bk_chart *chart;
    bk_capabilities caps;
    bk_subjects subjects;
    bk_scopes scopes;
    outcome o;
    BK_TRY(capabilities(call, &caps));
    BK_TRY(load(call, &log, &chart));
    if (option(call, "loadOnly")) return hand_out_loaded(call, chart);
    BK_TRY(bk_subjects_seal(call, chart, &subjects));
    BK_TRY(make_scopes(call, chart, &subjects, &caps, &log, &scopes));
    bk_status s = render(call, chart, &caps, &scopes, &subjects, &log, &o);
    if (s == BK_OK) return hand_out(call, chart, &caps, &o);
    bk_present_failure(call);
    return s;
}
