/* Rules for Chart.yaml, dependencies and CRDs. */
#include "data/yaml.h"
#include "engine/lint.h"
#include "text/semver.h"
#include "value/gofmt.h"

static const bk_str CHART_YAML = {"Chart.yaml", 10};

#define SAY(...) BK_TRY(bk_lint_sayf(lint, BK_LINT_ERROR, CHART_YAML, __VA_ARGS__))

static bool is_v2(const bk_metadata *m) { return bk_str_eq(m->api_version, BK_S("v2")); }

static bk_status quoted(bk_lint *lint, bk_lint_severity severity, bk_str path, const char *format, bk_str s) {
    bk_err e = BK_ERR_INIT;
    bk_fmt_fail(&e, format, s);
    bk_status status = bk_lint_say(lint, severity, path, bk_err_message(&e));
    bk_err_release(&e);
    return status;
}

/* ---- Chart.yaml ---- */

static bk_status name(bk_lint *lint, const bk_metadata *m) {
    if (m->name.n == 0) SAY("name is required");
    else if (bk_str_find_byte(m->name, '/') != BK_NPOS && !bk_str_eq(m->name, BK_S("/")))
        return quoted(lint, BK_LINT_ERROR, CHART_YAML, "chart name %q is invalid", m->name);
    return BK_OK;
}

static bk_status api_version(bk_lint *lint, const bk_metadata *m) {
    if (m->api_version.n == 0) SAY("apiVersion is required. The value must be either \"v1\" or \"v2\"");
    else if (!is_v2(m) && !bk_str_eq(m->api_version, BK_S("v1")))
        SAY("apiVersion '%.*s' is not valid. The value must be either \"v1\" or \"v2\"", BK_FMT(m->api_version));
    return BK_OK;
}

/* Texts that YAML may have taken for numbers. */
static bk_status is_text(bk_lint *lint, bk_map *raw, const char *key) {
    const bk_value *v = bk_map_get(raw, bk_str_c(key));
    if (v && !bk_is_string(*v)) SAY("%s should be of type string but it's of type %s", key, bk_type_name(*v));
    return BK_OK;
}

static bk_status version(bk_lint *lint, const bk_metadata *m) {
    bk_arena *arena = lint->call->arena;
    bk_err *err = lint->call->err;
    bk_semver v;
    bk_constraints above;
    bk_value why = bk_nil();
    bool ok;
    if (m->version.n == 0) {
        SAY("version is required");
        return BK_OK;
    }
    bk_status s = bk_semver_parse(m->version, &v, err);
    if (s != BK_OK) {
        bk_err_release(err);
        SAY("version '%.*s' is not a valid SemVer", BK_FMT(m->version));
        return BK_OK;
    }
    BK_TRY(bk_constraints_parse(arena, BK_S(">0.0.0-0"), &above, err));
    BK_TRY(bk_constraints_validate(&above, &v, arena, &ok, &why, err));
    if (!ok && why.kind == BK_LIST && why.len) SAY("version %.*s", BK_FMT(bk_value_str(why.items[0])));
    return BK_OK;
}

static bk_status maintainers(bk_lint *lint, const bk_metadata *m) {
    for (size_t i = 0; i < m->maintainers.n; i++) {
        const bk_maintainer *who = bk_list_ptr(&m->maintainers, i);
        if (!who) return bk_lint_sayf(lint, BK_LINT_ERROR, CHART_YAML, "a maintainer entry is empty");
        if (who->name.n == 0) return bk_lint_sayf(lint, BK_LINT_ERROR, CHART_YAML, "each maintainer requires a name");
        if (who->email.n && !bk_lint_is_email(who->email))
            return bk_lint_sayf(lint, BK_LINT_ERROR, CHART_YAML, "invalid email '%.*s' for maintainer '%.*s'", BK_FMT(who->email),
                                BK_FMT(who->name));
        bool good = true;
        if (who->url.n) BK_TRY(bk_lint_is_url(lint->call->arena, who->url, &good, lint->call->err));
        if (!good)
            return bk_lint_sayf(lint, BK_LINT_ERROR, CHART_YAML, "invalid url '%.*s' for maintainer '%.*s'", BK_FMT(who->url),
                                BK_FMT(who->name));
    }
    return BK_OK;
}

static bk_status links(bk_lint *lint, const bk_metadata *m) {
    bool good = true;
    for (size_t i = 0; good && i < m->sources.n; i++) {
        bk_str url = bk_list_str(&m->sources, i);
        BK_TRY(bk_lint_is_request_url(lint->call->arena, url, &good, lint->call->err));
        if (!good) SAY("invalid source URL '%.*s'", BK_FMT(url));
    }
    if (m->icon.n == 0) return bk_lint_sayf(lint, BK_LINT_INFO, CHART_YAML, "icon is recommended");
    BK_TRY(bk_lint_is_request_url(lint->call->arena, m->icon, &good, lint->call->err));
    if (!good) SAY("invalid icon URL '%.*s'", BK_FMT(m->icon));
    return BK_OK;
}

static bk_status only_in_v2(bk_lint *lint, const bk_metadata *m) {
    if (is_v2(m)) return BK_OK;
    if (m->type.n) SAY("chart type is not valid in apiVersion '%.*s'. It is valid in apiVersion 'v2'", BK_FMT(m->api_version));
    if (m->dependencies.n)
        SAY("dependencies are not valid in the Chart file with apiVersion '%.*s'. They are valid in apiVersion 'v2'",
            BK_FMT(m->api_version));
    return BK_OK;
}

static bk_status strict_version(bk_lint *lint, const bk_metadata *m) {
    bk_semver v;
    if (bk_semver_parse_strict(m->version, &v, lint->call->err) == BK_OK) return BK_OK;
    bk_err_release(lint->call->err);
    return bk_lint_sayf(lint, BK_LINT_WARNING, CHART_YAML, "version '%.*s' is not a valid SemVerV2", BK_FMT(m->version));
}

static bk_status check_fields(bk_lint *lint, const bk_metadata *m, bk_map *raw) {
    BK_TRY(name(lint, m));
    BK_TRY(api_version(lint, m));
    BK_TRY(is_text(lint, raw, "version"));
    BK_TRY(version(lint, m));
    BK_TRY(is_text(lint, raw, "appVersion"));
    BK_TRY(maintainers(lint, m));
    BK_TRY(links(lint, m));
    BK_TRY(only_in_v2(lint, m));
    return strict_version(lint, m);
}

bk_status bk_lint_chart_yaml(bk_lint *lint) {
    bk_call_state *call = lint->call;
    bk_typed t = {.arena = call->arena, .package = "v2"};
    bk_metadata *m = BK_NEW(call->arena, bk_metadata), *strict = BK_NEW(call->arena, bk_metadata);
    bk_value raw = bk_nil();
    bool ignored;
    if (!m || !strict) return bk_arena_fail(call->arena, call->err);
    if (lint->chart_yaml.dir) {
        SAY("should be a file, not a directory");
        SAY("unable to parse YAML\n\tread %.*s/Chart.yaml: is a directory", BK_FMT(lint->dir));
        return BK_OK;
    }
    if (lint->chart_yaml.why.n) {
        SAY("unable to parse YAML\n\t%.*s", BK_FMT(lint->chart_yaml.why));
        return BK_OK;
    }
    if (bk_typed_decode(&t, lint->chart_yaml.data, &bk_metadata_shape, m, &ignored, call->err) != BK_OK)
        return bk_lint_say_error(lint, BK_LINT_ERROR, CHART_YAML, "unable to parse YAML\n\t");
    t.strict = true;
    if (bk_typed_decode(&t, lint->chart_yaml.data, &bk_metadata_shape, strict, &ignored, call->err) != BK_OK)
        BK_TRY(bk_lint_say_error(lint, BK_LINT_WARNING, CHART_YAML, "failed to strictly parse chart metadata file\n\t"));
    if (bk_yaml_decode(call->arena, lint->chart_yaml.data, 0, BK_T_MAP, &raw, call->err) != BK_OK) bk_err_release(call->err);
    return check_fields(lint, m, raw.kind == BK_MAP ? raw.map : NULL);
}

/* ---- dependencies ---- */

/* Each with a comma in front: a name may be empty. */
static void add_name(bk_buf *list, bk_str item) {
    bk_buf_byte(list, ',');
    bk_buf_str(list, item);
}

static bk_status say_list(bk_lint *lint, bk_lint_severity severity, const char *what, bk_buf *list) {
    BK_TRY(bk_buf_check(list, lint->call->err));
    if (list->n) BK_TRY(bk_lint_sayf(lint, severity, lint->dir, "%s: %.*s", what, BK_FMT(bk_str_from(bk_buf_view(list), 1))));
    bk_buf_init(list, lint->call->arena, 0);
    return BK_OK;
}

static bk_status names_of(bk_lint *lint, const bk_chart *chart, bk_map **ret_named, bk_map **ret_there) {
    bk_map *named = bk_map_new(lint->call->arena, chart->meta->dependencies.n), *there = bk_map_new(lint->call->arena, chart->deps.n);
    bool ok = named && there;
    for (size_t i = 0; ok && i < chart->meta->dependencies.n; i++) {
        const bk_dependency *d = bk_metadata_dependency(chart->meta, i);
        if (d) ok = bk_map_set(named, d->name, bk_bool(true));
    }
    for (size_t i = 0; ok && i < chart->deps.n; i++) ok = bk_map_set(there, bk_chart_name(chart->deps.p[i]), bk_bool(true));
    *ret_named = named;
    *ret_there = there;
    return ok ? BK_OK : bk_arena_fail(lint->call->arena, lint->call->err);
}

bk_status bk_lint_dependencies(bk_lint *lint) {
    const bk_chart *chart = lint->chart;
    bk_map *named, *there, *seen = bk_map_new(lint->call->arena, 0);
    bk_buf list;
    if (!chart) return bk_lint_sayf(lint, BK_LINT_ERROR, BK_S(""), "unable to load chart\n\t%.*s", BK_FMT(lint->load_error));
    bk_buf_init(&list, lint->call->arena, 0);
    if (!seen) return bk_arena_fail(lint->call->arena, lint->call->err);
    BK_TRY(names_of(lint, chart, &named, &there));
    for (size_t i = 0; i < chart->deps.n; i++)
        if (!bk_map_get(named, bk_chart_name(chart->deps.p[i]))) add_name(&list, bk_chart_name(chart->deps.p[i]));
    BK_TRY(say_list(lint, BK_LINT_ERROR, "chart metadata is missing these dependencies", &list));
    for (size_t i = 0; i < chart->meta->dependencies.n; i++) {
        const bk_dependency *d = bk_metadata_dependency(chart->meta, i);
        if (!d) continue;
        bk_str key = d->alias.n ? d->alias : d->name;
        if (bk_map_get(seen, key)) add_name(&list, key);
        if (!bk_map_set(seen, key, bk_bool(true))) return bk_arena_fail(lint->call->arena, lint->call->err);
    }
    BK_TRY(say_list(lint, BK_LINT_ERROR, "multiple dependencies with name or alias", &list));
    for (size_t i = 0; i < chart->meta->dependencies.n; i++) {
        const bk_dependency *d = bk_metadata_dependency(chart->meta, i);
        if (d && !bk_map_get(there, d->name)) add_name(&list, d->name);
    }
    return say_list(lint, BK_LINT_WARNING, "chart directory is missing these dependencies", &list);
}

/* ---- CRDs ---- */

/* *ret_stop: a file that is no YAML ends the rule. */
static bk_status check_crd(bk_lint *lint, const bk_file *file, bool *ret_stop) {
    bk_lint_stream stream;
    bk_lint_object object;
    bool more, null;
    bk_lint_stream_open(&stream, lint->call, file->data);
    for (;;) {
        if (bk_lint_stream_next(&stream, &object, &more, &null) != BK_OK) {
            *ret_stop = true;
            return bk_lint_say_error(lint, BK_LINT_ERROR, file->name, "unable to parse YAML: ");
        }
        if (!more) return BK_OK;
        if (null) continue;
        if (!bk_str_starts(object.api_version, BK_S("apiextensions.k8s.io")))
            BK_TRY(bk_lint_sayf(lint, BK_LINT_ERROR, file->name, "apiVersion is not in 'apiextensions.k8s.io'"));
        if (!bk_str_eq(object.kind, BK_S("CustomResourceDefinition")))
            BK_TRY(bk_lint_sayf(lint, BK_LINT_ERROR, file->name, "object kind is not 'CustomResourceDefinition'"));
    }
}

static bk_status check_crds(bk_lint *lint, const bk_chart *chart, unsigned depth, bool *ret_stop) {
    if (depth == 0) return bk_err_limit(lint->call->err, "nesting of sub-charts", 100);
    for (size_t i = 0; i < chart->files.n && !*ret_stop; i++) {
        const bk_file *f = &chart->files.p[i];
        if (bk_str_starts(f->name, BK_S("crds/")) && bk_chart_is_crd(f->name)) BK_TRY(check_crd(lint, f, ret_stop));
    }
    for (size_t i = 0; i < chart->deps.n && !*ret_stop; i++) BK_TRY(check_crds(lint, chart->deps.p[i], depth - 1, ret_stop));
    return BK_OK;
}

bk_status bk_lint_crds(bk_lint *lint) {
    const bk_str path = BK_S("crds/");
    bool stop = false;
    if (!lint->crds.exists) return BK_OK;
    if (!lint->crds.dir) return bk_lint_sayf(lint, BK_LINT_ERROR, path, "not a directory");
    if (!lint->chart) return bk_lint_say(lint, BK_LINT_ERROR, path, lint->load_error);
    return check_crds(lint, lint->chart, 100, &stop);
}
