#include "chart/load.h"

#include "base/buf.h"
#include "base/limits.h"
#include "chart/archive.h"
#include "chart/values_file.h"
#include "data/yaml_skim.h"

typedef struct loader {
    bk_arena *arena;
    const bk_log *log;
    bool v3;
    size_t charts; /* so far */
} loader;

/* What lies under one name in charts/. */
typedef struct group {
    bk_str name;
    bk_files files; /* named from charts/ on */
} group;

typedef struct groups {
    group *p;
    size_t n, cap;
    bk_map *by_name;
} groups;

static bk_typed typed(const loader *l) { return (bk_typed){.arena = l->arena, .package = l->v3 ? "v3" : "v2"}; }

static bk_status decode(const loader *l, bk_str text, const bk_shape *shape, void *target, const char *what, bool *ret_null, bk_err *err) {
    bk_typed t = typed(l);
    return bk_typed_decode(&t, text, shape, target, ret_null, err) == BK_OK ? BK_OK : bk_err_wrap(err, "cannot load %s", what);
}

static bk_status need_metadata(const loader *l, bk_chart *c, bk_err *err) {
    if (!c->meta) c->meta = BK_NEW(l->arena, bk_metadata);
    return c->meta ? BK_OK : bk_arena_fail(l->arena, err);
}

static bool is_v1(const bk_chart *c) { return bk_str_eq(c->meta->api_version, BK_S("v1")); }

/* ---- the files with a meaning ---- */

static bk_status load_metadata(const loader *l, bk_chart *c, const bk_files *files, bk_err *err) {
    for (size_t i = 0; i < files->n; i++) {
        const bk_file *f = &files->p[i];
        bool ignored;
        if (!bk_str_eq(f->name, BK_S("Chart.yaml"))) continue;
        BK_TRY(need_metadata(l, c, err));
        BK_TRY(decode(l, f->data, &bk_metadata_shape, c->meta, "Chart.yaml", &ignored, err));
        /* The first charts had no apiVersion. */
        if (c->meta->api_version.n == 0) c->meta->api_version = l->v3 ? BK_S("v3") : BK_S("v1");
        c->mtime = f->mtime;
    }
    return BK_OK;
}

static bk_status load_lock(const loader *l, bk_chart *c, const bk_file *f, const char *what, bk_err *err) {
    bool is_null;
    c->lock = BK_NEW(l->arena, bk_lock);
    if (!c->lock) return bk_arena_fail(l->arena, err);
    c->lock->generated = BK_S("0001-01-01T00:00:00Z");
    BK_TRY(decode(l, f->data, &bk_lock_shape, c->lock, what, &is_null, err));
    if (is_null) c->lock = NULL;
    return BK_OK;
}

static void warn_old(const loader *l, bk_str message) { bk_log_write(l->log, l->arena, "INFO", message, NULL, 0); }

/* requirements.yaml of Helm 2's charts: more fields for the metadata. */
static bk_status load_requirements(const loader *l, bk_chart *c, const bk_file *f, bk_err *err) {
    bool ignored;
    BK_TRY(need_metadata(l, c, err));
    if (!is_v1(c))
        warn_old(l, BK_S("Warning: Dependencies are handled in Chart.yaml since apiVersion \"v2\". We recommend migrating dependencies to "
                         "Chart.yaml."));
    BK_TRY(decode(l, f->data, &bk_metadata_shape, c->meta, "requirements.yaml", &ignored, err));
    return is_v1(c) ? bk_files_add(&c->files, l->arena, *f, err) : BK_OK;
}

static bk_status load_requirements_lock(const loader *l, bk_chart *c, const bk_file *f, bk_err *err) {
    BK_TRY(load_lock(l, c, f, "requirements.lock", err));
    BK_TRY(need_metadata(l, c, err));
    if (!is_v1(c))
        warn_old(
            l, BK_S("Warning: Dependency locking is handled in Chart.lock since apiVersion \"v2\". We recommend migrating to Chart.lock."));
    return is_v1(c) ? bk_files_add(&c->files, l->arena, *f, err) : BK_OK;
}

static bk_status load_values(const loader *l, bk_chart *c, const bk_file *f, bk_err *err) {
    return bk_values_load(l->arena, f->data, &c->values, err) == BK_OK ? BK_OK : bk_err_wrap(err, "cannot load values.yaml");
}

/* ---- sub-charts ---- */

static bk_status group_of(const loader *l, groups *g, bk_str name, group **ret, bk_err *err) {
    if (!g->by_name) g->by_name = bk_map_new(l->arena, 8);
    if (!g->by_name) return bk_arena_fail(l->arena, err);
    bk_value *known = bk_map_get(g->by_name, name);
    if (known) {
        *ret = &g->p[known->u];
        return BK_OK;
    }
    if (g->n == g->cap) {
        size_t cap = g->cap ? g->cap * 2 : 8;
        void *p = bk_arena_grow(l->arena, g->p, g->cap * sizeof *g->p, cap * sizeof *g->p);
        if (!p) return bk_arena_fail(l->arena, err);
        g->p = p;
        g->cap = cap;
    }
    if (!bk_map_set(g->by_name, name, bk_uint_typed(BK_T_UINT64, g->n))) return bk_arena_fail(l->arena, err);
    g->p[g->n] = (group){.name = name};
    *ret = &g->p[g->n++];
    return BK_OK;
}

/* A file in charts/. */
static bk_status load_nested(const loader *l, bk_chart *c, groups *g, const bk_file *f, bk_err *err) {
    if (bk_str_ends(bk_path_base(f->name), BK_S(".prov"))) return bk_files_add(&c->files, l->arena, *f, err);
    bk_file inner = *f;
    bk_str name, rest;
    group *to = NULL;
    inner.name = bk_str_from(f->name, strlen("charts/"));
    bk_str_cut(inner.name, BK_S("/"), &name, &rest);
    BK_TRY(group_of(l, g, name, &to, err));
    return bk_files_add(&to->files, l->arena, inner, err);
}

static bk_status load_files(loader *l, const bk_files *files, unsigned budget, bk_chart **ret, bk_err *err);

static bk_status load_packed(loader *l, const group *g, unsigned budget, bk_chart **ret, bk_err *err) {
    bk_files *files = BK_NEW(l->arena, bk_files);
    if (!files) return bk_arena_fail(l->arena, err);
    BK_TRY(bk_archive_read(l->arena, g->files.p[0].data, files, err));
    return load_files(l, files, budget, ret, err);
}

static bk_status load_folder(loader *l, const group *g, unsigned budget, bk_chart **ret, bk_err *err) {
    bk_files *files = BK_NEW(l->arena, bk_files);
    if (!files) return bk_arena_fail(l->arena, err);
    for (size_t i = 0; i < g->files.n; i++) {
        bk_file f = g->files.p[i];
        bk_str first, rest;
        if (!bk_str_cut(f.name, BK_S("/"), &first, &rest)) continue; /* a file in charts/ itself */
        f.name = rest;
        BK_TRY(bk_files_add(files, l->arena, f, err));
    }
    return load_files(l, files, budget, ret, err);
}

static bk_status load_sub(loader *l, bk_chart *c, const group *g, unsigned budget, bk_err *err) {
    bk_chart *sub = NULL;
    bk_status status;
    bk_str name = bk_chart_name(c);
    if (bk_str_starts(g->name, BK_S("_")) || bk_str_starts(g->name, BK_S("."))) return BK_OK;
    if (bk_str_ends(g->name, BK_S(".tgz"))) {
        bk_str first = g->files.p[0].name;
        if (!bk_str_eq(first, g->name))
            return bk_err_set(err, BK_ERR, "error unpacking subchart tar in %.*s: expected %.*s, got %.*s", BK_FMT(name), BK_FMT(g->name),
                              BK_FMT(first));
        status = load_packed(l, g, budget, &sub, err);
    } else {
        status = load_folder(l, g, budget, &sub, err);
    }
    if (status != BK_OK) return bk_err_wrap(err, "error unpacking subchart %.*s in %.*s", BK_FMT(g->name), BK_FMT(name));
    return bk_chart_add(l->arena, c, sub, err);
}

/* ---- charts ---- */

static bk_status load_file(loader *l, bk_chart *c, groups *g, const bk_file *f, bk_err *err) {
    bk_str name = f->name;
    if (bk_str_eq(name, BK_S("Chart.yaml"))) return BK_OK;
    if (bk_str_eq(name, BK_S("Chart.lock"))) return load_lock(l, c, f, "Chart.lock", err);
    if (bk_str_eq(name, BK_S("values.yaml"))) return load_values(l, c, f, err);
    if (bk_str_eq(name, BK_S("values.schema.json"))) {
        c->schema = f->data;
        c->has_schema = true;
        return BK_OK;
    }
    if (!l->v3 && bk_str_eq(name, BK_S("requirements.yaml"))) return load_requirements(l, c, f, err);
    if (!l->v3 && bk_str_eq(name, BK_S("requirements.lock"))) return load_requirements_lock(l, c, f, err);
    if (bk_str_starts(name, BK_S("templates/"))) return bk_files_add(&c->templates, l->arena, *f, err);
    if (bk_str_starts(name, BK_S("charts/"))) return load_nested(l, c, g, f, err);
    return bk_files_add(&c->files, l->arena, *f, err);
}

static bk_status load_files(loader *l, const bk_files *files, unsigned budget, bk_chart **ret, bk_err *err) {
    groups subs = {0};
    if (budget == 0) return bk_err_limit(err, "nesting of charts", BK_LIMIT_CHART_DEPTH);
    if (++l->charts > BK_LIMIT_CHARTS) return bk_err_limit(err, "charts", BK_LIMIT_CHARTS);
    bk_chart *c = BK_NEW(l->arena, bk_chart);
    if (!c) return bk_arena_fail(l->arena, err);
    c->raw = *files;
    c->v3 = l->v3;
    BK_TRY(load_metadata(l, c, files, err));
    for (size_t i = 0; i < files->n; i++) BK_TRY(load_file(l, c, &subs, &files->p[i], err));
    if (!c->meta) return bk_err_set(err, BK_ERR, "Chart.yaml file is missing");
    BK_TRY(bk_metadata_validate(l->arena, c->meta, err));
    for (size_t i = 0; i < subs.n; i++) BK_TRY(load_sub(l, c, &subs.p[i], budget - 1, err));
    *ret = c;
    return BK_OK;
}

bk_status bk_chart_load_files(bk_arena *arena, const bk_files *files, bool v3, const bk_log *log, bk_chart **ret, bk_err *err) {
    loader l = {.arena = arena, .log = log, .v3 = v3};
    return load_files(&l, files, BK_LIMIT_CHART_DEPTH, ret, err);
}

/* ---- which kind of chart ---- */

typedef struct chart_base {
    bk_str api_version;
} chart_base;

static const bk_field BASE_FIELDS[] = {
    {"APIVersion", "apiVersion", "string", BK_FIELD_STRING, false, offsetof(chart_base, api_version), NULL, NULL}};
static const bk_shape BASE_SHAPE = {"chartBase", sizeof(chart_base), BASE_FIELDS, BK_COUNT(BASE_FIELDS)};

bk_status bk_chart_detect(bk_arena *arena, const bk_files *files, bool *ret_v3, bk_err *err) {
    static const bk_yaml_wanted wanted = {{"apiVersion", 10}, NULL, 0};
    bk_typed t = {.arena = arena, .package = "loader"};
    for (size_t i = 0; i < files->n; i++) {
        chart_base base = {{"", 0}};
        bool ignored;
        if (!bk_str_eq(files->p[i].name, BK_S("Chart.yaml"))) continue;
        /* The rest is read when the chart is loaded. */
        bk_str text = files->p[i].data;
        bk_buf skimmed;
        bk_buf_init(&skimmed, arena, 0);
        if (bk_yaml_skim(text, &wanted, 1, &skimmed)) text = bk_buf_view(&skimmed);
        else BK_TRY(bk_buf_check(&skimmed, err));
        if (bk_typed_decode(&t, text, &BASE_SHAPE, &base, &ignored, err) != BK_OK) return bk_err_wrap(err, "cannot load Chart.yaml");
        *ret_v3 = bk_str_eq(base.api_version, BK_S("v3"));
        bool known =
            *ret_v3 || base.api_version.n == 0 || bk_str_eq(base.api_version, BK_S("v1")) || bk_str_eq(base.api_version, BK_S("v2"));
        return known ? BK_OK : bk_err_set(err, BK_ERR, "unsupported chart version");
    }
    return bk_err_set(err, BK_ERR, "unable to detect chart version, no Chart.yaml found");
}

bk_status bk_chart_load_any(bk_arena *arena, const bk_files *files, const bk_log *log, bk_chart **ret, bk_err *err) {
    bool v3 = false;
    BK_TRY(bk_chart_detect(arena, files, &v3, err));
    return bk_chart_load_files(arena, files, v3, log, ret, err);
}

static bk_status not_gzip(bk_str name, bk_err *err) {
    bk_err cause = BK_ERR_INIT;
    bk_err_move(&cause, err);
    bk_err_set(err, BK_ERR, "file '%.*s' does not appear to be a valid chart file (details: %.*s)", BK_FMT(name),
               BK_FMT(bk_err_message(&cause)));
    bk_err_release(&cause);
    return BK_ERR;
}

bk_status bk_chart_load_archive(bk_arena *arena, bk_str name, bk_str bytes, const bk_log *log, bk_chart **ret, bk_err *err) {
    BK_TRY(bk_archive_check_type(name, bytes, err));
    bk_files *files = BK_NEW(arena, bk_files);
    if (!files) return bk_arena_fail(arena, err);
    bk_status status = bk_archive_read(arena, bytes, files, err);
    if (status == BK_ERR) {
        /* Helm tells no more than this, but a limit or a lack of memory is ours to tell. */
        return bk_archive_is_not_gzip(err) ? not_gzip(name, err) : bk_err_replace(err, BK_S("unable to load chart archive"));
    }
    BK_TRY(status);
    status = bk_chart_load_any(arena, files, log, ret, err);
    return status == BK_ERR && bk_archive_is_not_gzip(err) ? not_gzip(name, err) : status;
}
