#include "action/lint.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "registry/files.h"
#include "base/limits.h"
#include "base/sort.h"
#include "value/map.h"

typedef struct chart_path {
    bk_str path;
    bk_str folder; /* the chart it lies in, which its links may lead anywhere in; itself when the operator named it */
} chart_path;

typedef struct paths {
    bk_arena *arena;
    chart_path *p;
    size_t n, cap;
} paths;

typedef struct report {
    const bk_lint_options *options;
    bk_arena *arena;
    bk_buf *out;
    bk_value values;
    bk_rendered *logs;
    size_t failed, flawed;
    bool operator_error; /* the error is the command line's, not the chart's */
} report;

static bk_status add(paths *list, bk_str path, bk_str folder, bk_err *err) {
    if (list->n >= BK_LIMIT_FILES) return bk_err_limit(err, "charts to lint", BK_LIMIT_FILES);
    if (list->n == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 8;
        void *p = bk_arena_grow(list->arena, list->p, list->cap * sizeof *list->p, cap * sizeof *list->p);
        if (!p) return bk_arena_fail(list->arena, err);
        list->p = p;
        list->cap = cap;
    }
    list->p[list->n++] = (chart_path){path, folder};
    return BK_OK;
}

/* filepath.Join of a folder and a name: what stands doubled, "." and a trailing slash go. */
static bool join(bk_arena *arena, bk_str dir, const char *name, bk_str *ret) {
    bk_buf b;
    bk_str part, rest = dir;
    bk_buf_init(&b, arena, 0);
    if (bk_str_starts(dir, BK_S("/"))) bk_buf_byte(&b, '/');
    while (rest.n) {
        bk_str_cut(rest, BK_S("/"), &part, &rest);
        if (part.n == 0 || bk_str_eq(part, BK_S("."))) continue;
        bk_buf_str(&b, part);
        bk_buf_byte(&b, '/');
    }
    bk_buf_c(&b, name);
    bk_buf_byte(&b, 0);
    if (!bk_buf_ok(&b)) return false;
    *ret = bk_buf_take(&b);
    ret->n--;
    return true;
}

/* ---- sub-charts ---- */

enum { DIR_DEPTH = 32 };

static int by_name(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_str_cmp(((const chart_path *)a)->path, ((const chart_path *)b)->path);
}

static bool is_archive(bk_str path) { return bk_str_ends(path, BK_S(".tgz")) || bk_str_ends(path, BK_S(".tar.gz")); }

static bk_status names_of(bk_arena *arena, bk_str dir, paths *ret, bk_err *err) {
    *ret = (paths){.arena = arena};
    DIR *d = opendir(dir.p);
    if (!d) return BK_OK; /* nothing there to lint */
    bk_status s = BK_OK;
    for (struct dirent *e; s == BK_OK && (e = readdir(d));) {
        bk_str name;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        s = bk_arena_dup(arena, bk_str_c(e->d_name), &name) ? add(ret, name, dir, err) : bk_arena_fail(arena, err);
    }
    closedir(d);
    BK_TRY(s);
    return bk_sort(arena, ret->p, ret->n, sizeof *ret->p, by_name, NULL) ? BK_OK : bk_arena_fail(arena, err);
}

/* Charts below charts/: archives, and folders with a Chart.yaml. Symbolic links are not followed. */
static bk_status find_charts(paths *list, bk_str folder, bk_str dir, unsigned depth, bk_err *err) {
    paths names;
    if (depth == 0) return bk_err_limit(err, "nesting of a chart's directories", DIR_DEPTH);
    BK_TRY(names_of(list->arena, dir, &names, err));
    for (size_t i = 0; i < names.n; i++) {
        struct stat st;
        bk_str path, name = names.p[i].path;
        if (!join(list->arena, dir, name.p, &path)) return bk_arena_fail(list->arena, err);
        if (lstat(path.p, &st) != 0) continue;
        if (bk_str_eq(name, BK_S("Chart.yaml"))) BK_TRY(add(list, dir, folder, err));
        else if (is_archive(path)) BK_TRY(add(list, path, folder, err));
        if (S_ISDIR(st.st_mode)) BK_TRY(find_charts(list, folder, path, depth - 1, err));
    }
    return BK_OK;
}

static bk_status all_paths(bk_arena *arena, const bk_lint_options *o, paths *ret, bk_err *err) {
    *ret = (paths){.arena = arena};
    for (size_t i = 0; i < o->count; i++) BK_TRY(add(ret, o->paths[i], o->paths[i], err));
    for (size_t i = 0; i < o->count && o->with_subcharts; i++) {
        struct stat st;
        bk_str charts;
        if (!join(arena, o->paths[i], "charts", &charts)) return bk_arena_fail(arena, err);
        if (lstat(charts.p, &st) == 0 && S_ISDIR(st.st_mode)) BK_TRY(find_charts(ret, o->paths[i], charts, DIR_DEPTH, err));
    }
    return BK_OK;
}

/* ---- one chart ---- */

static const char *const severities[] = {"UNKNOWN", "INFO", "WARNING", "ERROR"};
enum { INFO = 1, WARNING, ERROR };

static size_t severity_of(bk_value message) {
    const bk_value *v = message.kind == BK_MAP ? bk_map_get(message.map, BK_S("severity")) : NULL;
    return v && v->kind == BK_INT && v->i > 0 && v->i < (int64_t)BK_COUNT(severities) ? (size_t)v->i : 0;
}

static void put_heading(report *r, bk_str path) {
    bk_buf_c(r->out, "==> Linting ");
    bk_buf_str(r->out, path);
    bk_buf_byte(r->out, '\n');
}

static void put_message(report *r, bk_value message) {
    size_t severity = severity_of(message);
    if (message.kind != BK_MAP || (r->options->quiet && severity <= INFO)) return;
    bk_buf_byte(r->out, '[');
    bk_buf_c(r->out, severities[severity]);
    bk_buf_c(r->out, "] ");
    bk_buf_str(r->out, bk_map_str(message.map, "path", BK_S("")));
    bk_buf_c(r->out, ": ");
    bk_buf_str(r->out, bk_map_str(message.map, "text", BK_S("")));
    bk_buf_byte(r->out, '\n');
}

static void put_messages(report *r, bk_str path, bk_value messages) {
    size_t worst = 0;
    for (uint32_t i = 0; i < messages.len; i++)
        if (severity_of(messages.items[i]) > worst) worst = severity_of(messages.items[i]);
    bool flawed = worst > INFO;
    r->flawed += flawed;
    r->failed += worst >= (r->options->strict ? WARNING : ERROR);
    if (r->options->quiet && !flawed) return;
    put_heading(r, path);
    for (uint32_t i = 0; i < messages.len; i++) put_message(r, messages.items[i]);
    bk_buf_byte(r->out, '\n');
}

/* A chart that could not be linted at all. */
static void put_failure(report *r, bk_str path, bk_str why) {
    r->flawed++;
    r->failed++;
    put_heading(r, path);
    bk_buf_c(r->out, "Error ");
    bk_buf_str(r->out, why);
    bk_buf_c(r->out, "\n\n");
}

/* Helm looks for a Chart.yaml before anything else. */
static bk_status check_folder(bk_arena *arena, bk_str path, bk_err *err) {
    bk_str file;
    struct stat st;
    if (!join(arena, path, "Chart.yaml", &file)) return bk_arena_fail(arena, err);
    if (stat(file.p, &st) == 0) return BK_OK;
    return bk_err_set(err, BK_ERR, "unable to check Chart.yaml file in chart: stat %.*s: %s", BK_FMT(file),
                      errno == ENOENT    ? "no such file or directory"
                      : errno == ENOTDIR ? "not a directory"
                                         : strerror(errno));
}

static bk_status lint_one(report *r, bk_str folder, bk_str path, bk_value *ret, bk_err *err) {
    const bk_lint_options *o = r->options;
    bk_map *options = bk_map_new(r->arena, 4);
    bk_str dir = path;
    bk_value answer;
    struct stat st;
    if (!is_archive(path)) BK_TRY(check_folder(r->arena, path, err));
    else if (stat(path.p, &st) != 0)
        return bk_err_set(err, BK_ERR, "unable to open tarball: open %.*s: no such file or directory", BK_FMT(path));
    if (!is_archive(path)) BK_TRY(bk_path_absolute(r->arena, path, &dir, err));
    bool ok = options && bk_map_set(options, BK_S("dir"), bk_string(dir)) &&
              bk_map_set(options, BK_S("namespace"), bk_string(o->namespace_)) &&
              bk_map_set(options, BK_S("kubeVersion"), bk_string(o->kube_version)) &&
              bk_map_set(options, BK_S("skipSchemaValidation"), bk_bool(o->skip_schema_validation));
    if (!ok) return bk_arena_fail(r->arena, err);
    if (o->confine) bk_guard_confine(o->guard, false);
    bk_rendered logs;
    bk_status s = bk_chart_call_in(r->arena, BK_CALL_LINT, folder, dir, options, r->values, o->guard, &o->limits, &logs, &answer, err);
    BK_TRY(bk_logs_add(r->arena, r->logs, &logs, s, err));
    bk_str bad = answer.kind == BK_MAP ? bk_map_str(answer.map, "badKubeVersion", BK_S("")) : BK_S("");
    if (bad.n) {
        r->operator_error = true;
        return bk_err_set(err, BK_ERR, "invalid kube version '%.*s': %.*s", BK_FMT(o->kube_version), BK_FMT(bad));
    }
    const bk_value *messages = answer.kind == BK_MAP ? bk_map_get(answer.map, BK_S("messages")) : NULL;
    if (!messages || messages->kind != BK_LIST) return bk_err_set(err, BK_ERR_TRAP, "chart compartment stopped: it gave no answer");
    *ret = *messages;
    return BK_OK;
}

static bk_status lint_all(report *r, const paths *list, bk_err *err) {
    for (size_t i = 0; i < list->n; i++) {
        bk_value messages;
        bk_str path = list->p[i].path;
        bk_err why = BK_ERR_INIT;
        if (lint_one(r, list->p[i].folder, path, &messages, &why) == BK_OK) {
            put_messages(r, path, messages);
            continue;
        }
        if (r->operator_error || (why.code != BK_ERR && why.code != BK_ERR_IO)) { /* not the chart's flaw, but our end */
            bk_err_move(err, &why);
            return err->code;
        }
        put_failure(r, path, bk_err_message(&why));
        bk_err_release(&why);
    }
    return BK_OK;
}

bk_status bk_action_lint(bk_arena *arena, const bk_lint_options *o, bk_buf *out, bool *ret_reported, bk_rendered *ret_logs, bk_err *err) {
    report r = {.options = o, .arena = arena, .out = out, .logs = ret_logs};
    paths list;
    bk_str summary;
    *ret_reported = false;
    BK_TRY(all_paths(arena, o, &list, err));
    BK_TRY(bk_operator_values(arena, o->guard, o->sources, o->source_count, &o->limits, &r.values, err));
    BK_TRY(lint_all(&r, &list, err));
    BK_TRY(bk_buf_check(out, err));
    *ret_reported = true;
    if (!bk_arena_printf(arena, &summary, "%zu chart(s) linted, %zu chart(s) failed", list.n, r.failed)) return bk_arena_fail(arena, err);
    if (r.failed) return bk_err_set_str(err, BK_ERR, summary);
    if (o->quiet && r.flawed == 0) return BK_OK;
    bk_buf_str(out, summary);
    bk_buf_byte(out, '\n');
    return bk_buf_check(out, err);
}
