/* The calls DEPENDENCY and LOCK: what `dependency list`, `build` and `update` need to know of charts. What to fetch, and writing it, is the host's. */
#include "chart/archive.h"
#include "chart/ignore.h"
#include "chart/load.h"
#include "chart/lock.h"
#include "data/yaml.h"
#include "engine/calls.h"
#include "engine/source.h"
#include "text/semver.h"

/* An answer under construction: sticky, like a buffer. */
typedef struct answer {
    bk_arena *arena;
    bk_map *m;
    bool failed;
} answer;

static answer answer_new(bk_arena *arena) {
    answer a = {.arena = arena, .m = bk_map_new(arena, 8)};
    a.failed = !a.m;
    return a;
}

static void set(answer *a, const char *key, bk_value v) { a->failed = a->failed || !bk_map_set(a->m, bk_str_c(key), v); }

static bk_status add_to(answer *a, bk_items *list, bk_err *err) {
    if (a->failed) return bk_arena_fail(a->arena, err);
    bk_items_add(list, bk_map_value(a->m));
    return BK_OK;
}

static bk_status set_list(answer *a, const char *key, bk_items *list, bk_err *err) {
    bk_value v;
    BK_TRY(bk_items_list(list, BK_T_LIST, &v, err));
    set(a, key, v);
    return BK_OK;
}

static bk_status send(bk_call_state *call, const answer *a) {
    return a->failed ? bk_arena_fail(call->arena, call->err) : bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(a->m));
}

/* What is wrong with a chart, as against what stops us. */
static bool is_flaw(const bk_err *err) { return err->code == BK_ERR || err->code == BK_ERR_IO; }

static bk_status load(bk_call_state *call, uint32_t number, const bk_log *log, bk_chart **ret) {
    bk_files *files = BK_NEW(call->arena, bk_files); /* lives as long as the chart */
    if (!files) return bk_arena_fail(call->arena, call->err);
    BK_TRY(bk_source_files_v2(call, number, log, files));
    return bk_chart_load_files(call->arena, files, false, log, ret, call->err);
}

/* ---- versions ---- */

typedef enum fit { FITS, WRONG_VERSION, BAD_RANGE, BAD_VERSION } fit;

/* Whether a version lies in a range; *ret_why: why the range or the version is none. */
static bk_status fit_of(bk_call_state *call, bk_str range, bk_str version, fit *ret, bk_str *ret_why) {
    bk_err err = BK_ERR_INIT;
    bk_constraints constraints;
    bk_semver v;
    *ret_why = BK_S("");
    bk_status s = bk_constraints_parse(call->arena, range, &constraints, &err);
    *ret = s == BK_OK ? FITS : BAD_RANGE;
    if (s == BK_OK && bk_semver_parse(version, &v, &err) != BK_OK) *ret = BAD_VERSION;
    if (*ret == FITS && !bk_constraints_check(&constraints, &v)) *ret = WRONG_VERSION;
    if (err.code != BK_OK && err.code != BK_ERR) {
        bk_err_move(call->err, &err);
        return call->err->code;
    }
    bool ok = bk_arena_dup(call->arena, bk_err_message(&err), ret_why);
    bk_err_release(&err);
    return ok ? BK_OK : bk_arena_fail(call->arena, call->err);
}

/* The word that `list` has for a version that is there. */
static bk_status status_of_version(bk_call_state *call, const bk_dependency *d, bk_str version, const char *good, bk_str *ret) {
    fit how = FITS;
    bk_str why;
    if (!bk_str_eq(version, d->version)) BK_TRY(fit_of(call, d->version, version, &how, &why));
    *ret = bk_str_c(how == FITS ? good : how == WRONG_VERSION ? "wrong version" : "invalid version");
    return BK_OK;
}

/* ---- task "list" ---- */

typedef struct folder {
    bk_engine_input *entries;
    size_t n;
} folder;

/* What lies in the folder charts/ of a chart in a folder; nothing for one in an archive. */
static bk_status look_in_charts(bk_call_state *call, folder *ret) {
    folder root = {0};
    *ret = (folder){0};
    if (!call->inputs[0].dir) return BK_OK;
    BK_TRY(bk_call_input_list(call, 0, &root.entries, &root.n));
    for (size_t i = 0; i < root.n; i++)
        if (root.entries[i].dir && bk_str_eq(root.entries[i].name, BK_S("charts")))
            return bk_call_input_list(call, root.entries[i].number, &ret->entries, &ret->n);
    return BK_OK;
}

/* Loads an entry of charts/ as a chart of its own; *ret NULL: it is none. */
static bk_status load_entry(bk_call_state *call, const bk_engine_input *entry, bk_chart **ret) {
    static const bk_log quiet;
    bk_engine_input *kept = call->inputs, own = *entry;
    size_t count = call->input_count;
    *ret = NULL;
    call->inputs = &own;
    call->input_count = 1;
    bk_status s = load(call, 0, &quiet, ret);
    call->inputs = kept;
    call->input_count = count;
    if (s == BK_OK || !is_flaw(call->err)) return s;
    *ret = NULL;
    bk_err_release(call->err);
    return BK_OK;
}

static bk_status status_of_archive(bk_call_state *call, const bk_dependency *d, const bk_engine_input *entry, bk_str *ret) {
    bk_chart *chart;
    BK_TRY(load_entry(call, entry, &chart));
    *ret = chart ? BK_S("misnamed") : BK_S("corrupt");
    if (!chart || !bk_str_eq(bk_chart_name(chart), d->name)) return BK_OK;
    return status_of_version(call, d, chart->meta->version, "ok", ret);
}

/* Whether what stands between "name-" and ".tgz" is a version. */
static bool has_version(const bk_dependency *d, bk_str file) {
    bk_semver v;
    bk_err err = BK_ERR_INIT;
    file.n -= strlen(".tgz");
    if (bk_str_starts(file, d->name) && bk_str_starts(bk_str_from(file, d->name.n), BK_S("-"))) file = bk_str_from(file, d->name.n + 1);
    bool ok = bk_semver_parse_strict(file, &v, &err) == BK_OK;
    bk_err_release(&err);
    return ok;
}

/* By the archives of that name, as Helm 2 did it; *ret empty: they tell nothing. */
static bk_status status_by_archives(bk_call_state *call, const bk_dependency *d, const folder *charts, bk_str *ret) {
    const bk_engine_input *any = NULL, *versioned = NULL;
    size_t found = 0, with_version = 0;
    bk_str pattern;
    bool good = true;
    *ret = BK_S("");
    if (!bk_arena_printf(call->arena, &pattern, "%.*s-*.tgz", BK_FMT(d->name))) return bk_arena_fail(call->arena, call->err);
    (void)bk_path_match(pattern, BK_S(""), &good);
    if (!good) *ret = BK_S("bad pattern");
    for (size_t i = 0; good && i < charts->n; i++) {
        if (!bk_path_match(pattern, charts->entries[i].name, &good)) continue;
        any = &charts->entries[i];
        found++;
        if (!has_version(d, any->name)) continue;
        versioned = any;
        with_version++;
    }
    if (found == 1) return status_of_archive(call, d, any, ret);
    if (with_version == 1) return status_of_archive(call, d, versioned, ret);
    if (with_version > 1) *ret = BK_S("too many matches");
    return BK_OK;
}

static bk_status status_of(bk_call_state *call, const bk_chart *chart, const bk_dependency *d, const folder *charts, bk_str *ret) {
    const bk_chart *there = NULL;
    BK_TRY(status_by_archives(call, d, charts, ret));
    if (ret->n) return BK_OK;
    for (size_t i = 0; i < chart->deps.n; i++)
        if (bk_str_eq(bk_chart_name(chart->deps.p[i]), d->name)) there = chart->deps.p[i];
    *ret = BK_S("missing");
    return there ? status_of_version(call, d, there->meta->version, "unpacked", ret) : BK_OK;
}

static bool is_asked_for(const bk_chart *chart, bk_str name) {
    for (size_t i = 0; i < chart->meta->dependencies.n; i++)
        if (bk_str_eq(bk_metadata_dependency(chart->meta, i)->name, name)) return true;
    return false;
}

/* What lies in charts/ and is no dependency. */
static bk_status find_strays(bk_call_state *call, const bk_chart *chart, const folder *charts, answer *to) {
    bk_items list;
    bk_items_init(&list, call->arena);
    for (size_t i = 0; i < charts->n; i++) {
        const bk_engine_input *e = &charts->entries[i];
        bk_chart *there;
        if (!e->dir && !bk_str_ends(e->name, BK_S(".tgz"))) continue;
        BK_TRY(load_entry(call, e, &there));
        if (there && is_asked_for(chart, bk_chart_name(there))) continue;
        answer stray = answer_new(call->arena);
        set(&stray, "name", bk_string(e->name));
        set(&stray, "chart", bk_bool(there != NULL));
        BK_TRY(add_to(&stray, &list, call->err));
    }
    return set_list(to, "strays", &list, call->err);
}

static bk_status list(bk_call_state *call, const bk_chart *chart, answer *a) {
    folder charts;
    bk_items rows;
    if (!chart->meta->dependencies.p) return BK_OK;
    bk_items_init(&rows, call->arena);
    BK_TRY(look_in_charts(call, &charts));
    for (size_t i = 0; i < chart->meta->dependencies.n; i++) {
        const bk_dependency *d = bk_metadata_dependency(chart->meta, i);
        bk_str status;
        BK_TRY(status_of(call, chart, d, &charts, &status));
        answer row = answer_new(call->arena);
        set(&row, "name", bk_string(d->name));
        set(&row, "version", bk_string(d->version));
        set(&row, "repository", bk_string(d->repository));
        set(&row, "status", bk_string(status));
        BK_TRY(add_to(&row, &rows, call->err));
    }
    BK_TRY(set_list(a, "rows", &rows, call->err));
    return find_strays(call, chart, &charts, a);
}

/* ---- task "plan" ---- */

/* Digests of archives in a lock file: "digest" of its dependencies, which Helm does not know and passes over. */
static bk_str content_of(const bk_value *raw, size_t i) {
    const bk_value *list = raw && raw->kind == BK_MAP ? bk_map_get(raw->map, BK_S("dependencies")) : NULL;
    bk_map *m = list && list->kind == BK_LIST && i < list->len && list->items[i].kind == BK_MAP ? list->items[i].map : NULL;
    bk_str text = m ? bk_map_str(m, "digest", BK_S("")) : BK_S("");
    return bk_str_starts(text, BK_S("sha256:")) ? bk_str_from(text, strlen("sha256:")) : BK_S("");
}

/* `raw`: the lock file as it stands; NULL: these are not those of a lock. */
static bk_status put_dependencies(bk_call_state *call, const bk_list_of *dependencies, const bk_value *raw, const char *key, answer *a) {
    bk_items items;
    bk_items_init(&items, call->arena);
    for (size_t i = 0; i < dependencies->n; i++) {
        const bk_dependency *d = bk_list_ptr(dependencies, i);
        fit how;
        bk_str why;
        if (!d) return bk_err_set(call->err, BK_ERR, "validation: dependencies must not contain empty or null nodes");
        BK_TRY(fit_of(call, d->version, BK_S("0.0.0"), &how, &why));
        answer one = answer_new(call->arena);
        set(&one, "name", bk_string(d->name));
        set(&one, "version", bk_string(d->version));
        set(&one, "repository", bk_string(d->repository));
        if (how == BAD_RANGE) set(&one, "badRange", bk_string(why));
        if (content_of(raw, i).n) {
            set(&one, "content", bk_string(content_of(raw, i)));
            set(a, "digests", bk_bool(true));
        }
        BK_TRY(add_to(&one, &items, call->err));
    }
    return set_list(a, key, &items, call->err);
}

/* Whether the lock was made for these dependencies: "yes", "old" (its digest is Helm 2's) or "no". */
static bk_status put_lock(bk_call_state *call, const bk_chart *chart, bk_str asked, bk_str original, bool legacy, answer *a) {
    bk_str locked, digest, old, text;
    BK_TRY(bk_dependencies_json(call->arena, &chart->lock->dependencies, &locked, call->err));
    BK_TRY(bk_lock_digest(call->arena, asked, locked, &digest, call->err));
    BK_TRY(bk_lock_digest_old(call->arena, original, &old, call->err));
    bool same = bk_str_eq(digest, chart->lock->digest), as_old = legacy && bk_str_eq(old, chart->lock->digest);
    set(a, "digest", bk_string(chart->lock->digest));
    set(a, "inSync", bk_string(bk_str_c(same ? "yes" : as_old ? "old" : "no")));
    bk_value raw = bk_nil();
    if (bk_chart_raw(chart, legacy ? BK_S("requirements.lock") : BK_S("Chart.lock"), &text))
        BK_TRY(bk_yaml_read(call->arena, text, 0, &raw, call->err));
    return put_dependencies(call, &chart->lock->dependencies, &raw, "locked", a);
}

/* Names of repositories that the operator gave them, replaced by their URLs. */
static void put_aliases_right(bk_call_state *call, const bk_chart *chart) {
    const bk_value *aliases = bk_map_get(call->options, BK_S("aliases"));
    for (size_t i = 0; aliases && aliases->kind == BK_MAP && i < chart->meta->dependencies.n; i++) {
        bk_dependency *d = bk_metadata_dependency(chart->meta, i);
        const bk_value *url = d ? bk_map_get(aliases->map, d->repository) : NULL;
        if (url && bk_is_string(*url)) d->repository = bk_value_str(*url);
    }
}

static bk_status plan(bk_call_state *call, const bk_chart *chart, answer *a) {
    bool legacy = bk_str_eq(chart->meta->api_version, BK_S("v1"));
    bk_str asked, original;
    BK_TRY(bk_dependencies_json(call->arena, &chart->meta->dependencies, &original, call->err)); /* as Helm 2 hashed them */
    put_aliases_right(call, chart);
    BK_TRY(bk_dependencies_json(call->arena, &chart->meta->dependencies, &asked, call->err));
    set(a, "legacy", bk_bool(legacy));
    set(a, "asked", bk_string(asked));
    if (chart->meta->dependencies.p) BK_TRY(put_dependencies(call, &chart->meta->dependencies, NULL, "dependencies", a));
    return chart->lock ? put_lock(call, chart, asked, original, legacy, a) : BK_OK;
}

/* ---- task "chart" ---- */

static bk_status about(bk_call_state *call, const bk_chart *chart, answer *a) {
    static const char *const words[] = {"yes", "no", "bad range", "bad version"};
    fit how;
    bk_str why;
    BK_TRY(fit_of(call, bk_map_str(call->options, "range", BK_S("*")), chart->meta->version, &how, &why));
    set(a, "name", bk_string(bk_chart_name(chart)));
    set(a, "version", bk_string(chart->meta->version));
    set(a, "fits", bk_string(bk_str_c(words[how])));
    set(a, "why", bk_string(why));
    return BK_OK;
}

/* ---- the calls ---- */

static const struct {
    const char *name;
    bk_status (*run)(bk_call_state *call, const bk_chart *chart, answer *a);
} tasks[] = {{"list", list}, {"plan", plan}, {"chart", about}};

bk_status bk_call_dependency(bk_call_state *call) {
    const bk_log log = bk_call_log_of(call);
    bk_str task = bk_map_str(call->options, "task", BK_S(""));
    answer a = answer_new(call->arena);
    bk_chart *chart;
    if (call->input_count == 0) return bk_err_set(call->err, BK_ERR, "malformed request: no chart");
    BK_TRY(load(call, 0, &log, &chart));
    for (size_t i = 0; i < BK_COUNT(tasks); i++) {
        if (!bk_str_eq(task, bk_str_c(tasks[i].name))) continue;
        BK_TRY(tasks[i].run(call, chart, &a));
        return send(call, &a);
    }
    return bk_err_set(call->err, BK_ERR, "malformed request: no task");
}

static bk_status locked_of(bk_call_state *call, bk_list_of *ret) {
    const bk_value *v = bk_map_get(call->options, BK_S("locked"));
    uint32_t n = v && v->kind == BK_LIST ? v->len : 0;
    bk_dependency *items = BK_NEW_ARRAY(call->arena, bk_dependency, n ? n : 1);
    if (!items) return bk_arena_fail(call->arena, call->err);
    *ret = (bk_list_of){.p = bk_arena_alloc(call->arena, sizeof(void *)), .cap = 1};
    if (!ret->p) return bk_arena_fail(call->arena, call->err);
    for (uint32_t i = 0; i < n; i++) {
        bk_map *m = v->items[i].kind == BK_MAP ? v->items[i].map : NULL;
        bk_dependency **slot = (bk_dependency **)bk_list_grow(call->arena, ret, sizeof(void *));
        if (!slot) return bk_arena_fail(call->arena, call->err);
        items[i] = (bk_dependency){.name = bk_map_str(m, "name", BK_S("")),
                                   .version = bk_map_str(m, "version", BK_S("")),
                                   .repository = bk_map_str(m, "repository", BK_S(""))};
        *slot = &items[i];
    }
    return BK_OK;
}

/* With the digests that are known. */
static bk_status lock_text(bk_call_state *call, const bk_lock *lock, bk_str *ret) {
    const bk_value *locked = bk_map_get(call->options, BK_S("locked"));
    bk_value v;
    bk_buf out;
    BK_TRY(bk_typed_json(call->arena, &bk_lock_shape, lock, &v, call->err));
    const bk_value *list = bk_map_get(v.map, BK_S("dependencies"));
    for (uint32_t i = 0; list && list->kind == BK_LIST && i < list->len && locked && i < locked->len; i++) {
        bk_str content = bk_map_str(locked->items[i].map, "content", BK_S("")), digest;
        if (!content.n) continue;
        if (!bk_arena_printf(call->arena, &digest, "sha256:%.*s", BK_FMT(content)) ||
            !bk_map_set(list->items[i].map, BK_S("digest"), bk_string(digest)))
            return bk_arena_fail(call->arena, call->err);
    }
    bk_buf_init(&out, call->arena, 0);
    BK_TRY(bk_yaml_encode(&out, call->arena, v, call->err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

bk_status bk_call_lock(bk_call_state *call) {
    bk_lock lock = {.generated = bk_map_str(call->options, "generated", BK_S(""))};
    bk_str locked, text;
    answer a = answer_new(call->arena);
    BK_TRY(locked_of(call, &lock.dependencies));
    BK_TRY(bk_dependencies_json(call->arena, &lock.dependencies, &locked, call->err));
    BK_TRY(bk_lock_digest(call->arena, bk_map_str(call->options, "asked", BK_S("null")), locked, &lock.digest, call->err));
    BK_TRY(lock_text(call, &lock, &text));
    set(&a, "digest", bk_string(lock.digest));
    set(&a, "text", bk_string(text));
    return send(call, &a);
}
