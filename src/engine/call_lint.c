/* The call LINT: the rules in Helm's order, and their findings as the answer. */
#include "base/sort.h"
#include "chart/archive.h"
#include "chart/dependencies.h"
#include "chart/ignore.h"
#include "chart/load.h"
#include "engine/calls.h"
#include "engine/lint.h"
#include "engine/source.h"
#include "text/kube.h"
#include "value/gofmt.h"

/* ---- messages ---- */

bk_status bk_lint_say(bk_lint *lint, bk_lint_severity severity, bk_str path, bk_str text) {
    bk_arena *arena = lint->call->arena;
    bk_map *m = bk_map_new(arena, 3);
    bool ok = m && bk_arena_dup(arena, text, &text) && bk_map_set(m, BK_S("severity"), bk_int64(severity)) &&
              bk_map_set(m, BK_S("path"), bk_string(path)) && bk_map_set(m, BK_S("text"), bk_string(text));
    if (!ok) return bk_arena_fail(arena, lint->call->err);
    bk_items_add(&lint->messages, bk_map_value(m));
    return BK_OK;
}

bk_status bk_lint_sayf(bk_lint *lint, bk_lint_severity severity, bk_str path, const char *fmt, ...) {
    bk_err text = BK_ERR_INIT;
    va_list args;
    va_start(args, fmt);
    bk_err_setv(&text, BK_ERR, fmt, args);
    va_end(args);
    bk_status s = bk_lint_say(lint, severity, path, bk_err_message(&text));
    bk_err_release(&text);
    return s;
}

/* What is wrong with the chart, as against what stops us. */
static bool is_findings(const bk_err *err) { return err->code == BK_ERR || err->code == BK_ERR_IO; }

bk_status bk_lint_say_error(bk_lint *lint, bk_lint_severity severity, bk_str path, const char *before) {
    bk_err *err = lint->call->err;
    bk_str text;
    if (!is_findings(err)) return err->code;
    if (!bk_arena_cat(lint->call->arena, bk_str_c(before), bk_err_message(err), &text)) return err->code;
    bk_err_release(err);
    return bk_lint_say(lint, severity, path, text);
}

/* ---- what is where ---- */

static const struct {
    const char *name;
    size_t offset;
} places[] = {
    {"Chart.yaml", offsetof(bk_lint, chart_yaml)},
    {"values.yaml", offsetof(bk_lint, values)},
    {"values.schema.json", offsetof(bk_lint, schema)},
    {"templates", offsetof(bk_lint, templates)},
    {"crds", offsetof(bk_lint, crds)},
};

static bk_lint_entry *place(bk_lint *lint, bk_str name) {
    for (size_t i = 0; i < BK_COUNT(places); i++)
        if (bk_str_eq(name, bk_str_c(places[i].name))) return (bk_lint_entry *)(void *)((char *)lint + places[i].offset);
    return NULL;
}

/* What cannot be read is a finding of the rule that looks at it. */
static bk_status read_entry(bk_lint *lint, uint32_t number, bk_lint_entry *e) {
    bk_call_state *call = lint->call;
    if (bk_call_input(call, number, &e->data) == BK_OK) return BK_OK;
    if (!is_findings(call->err)) return call->err->code;
    if (!bk_arena_dup(call->arena, bk_err_message(call->err), &e->why)) return bk_arena_fail(call->arena, call->err);
    bk_err_release(call->err);
    return BK_OK;
}

static bk_status look_in_folder(bk_lint *lint) {
    bk_engine_input *entries;
    size_t count;
    BK_TRY(bk_call_input_list(lint->call, 0, &entries, &count));
    for (size_t i = 0; i < count; i++) {
        bk_lint_entry *e = place(lint, entries[i].name);
        if (!e || entries[i].broken) continue;
        *e = (bk_lint_entry){.exists = true, .dir = entries[i].dir};
        bool read = !e->dir && e != &lint->templates && e != &lint->crds;
        if (read) BK_TRY(read_entry(lint, entries[i].number, e));
    }
    return BK_OK;
}

/* As a walk through folders comes by: names in byte order, part by part. */
static int by_path(const void *a, const void *b, void *arg) {
    bk_str x = ((const bk_file *)a)->name, y = ((const bk_file *)b)->name;
    (void)arg;
    for (size_t i = 0; i < x.n && i < y.n; i++) {
        if (x.p[i] == y.p[i]) continue;
        unsigned char c = x.p[i] == '/' ? 0 : (unsigned char)x.p[i], d = y.p[i] == '/' ? 0 : (unsigned char)y.p[i];
        return c < d ? -1 : 1;
    }
    return x.n < y.n ? -1 : x.n > y.n;
}

/* Helm unpacks an archive and lints the folder: its ignore rules apply, and files come in the order of folders. */
static bk_status keep_wanted(bk_lint *lint, const bk_files *all) {
    bk_call_state *call = lint->call;
    bk_ignore ignore;
    bk_str rules;
    bool keep;
    bk_ignore_init(&ignore, call->arena, lint->log);
    for (size_t i = 0; i < all->n; i++) {
        if (!bk_str_eq(all->p[i].name, BK_S(BK_HELMIGNORE))) continue;
        rules = all->p[i].data;
        BK_TRY(bk_ignore_parse(&ignore, rules, call->err));
    }
    BK_TRY(bk_ignore_defaults(&ignore, call->err));
    for (size_t i = 0; i < all->n; i++) {
        BK_TRY(bk_ignore_keeps(&ignore, all->p[i].name, &keep, call->err));
        if (keep) BK_TRY(bk_files_add(&lint->files, call->arena, all->p[i], call->err));
    }
    if (!bk_sort(call->arena, lint->files.p, lint->files.n, sizeof *lint->files.p, by_path, NULL))
        return bk_arena_fail(call->arena, call->err);
    return BK_OK;
}

/* The name that gives the unpacked folder its name. */
static bk_status unpacked_name(bk_lint *lint, bk_str *ret) {
    bk_call_state *call = lint->call;
    bk_typed t = {.arena = call->arena, .package = "v2"};
    bk_metadata *m = BK_NEW(call->arena, bk_metadata);
    bool ignored;
    if (!m) return bk_arena_fail(call->arena, call->err);
    if (lint->chart_yaml.exists && bk_typed_decode(&t, lint->chart_yaml.data, &bk_metadata_shape, m, &ignored, call->err) != BK_OK)
        return bk_err_wrap(call->err, "cannot load Chart.yaml");
    if (m->name.n == 0) return bk_err_set(call->err, BK_ERR, "chart name not specified");
    if (bk_str_eq(m->name, BK_S(".")) || bk_str_eq(m->name, BK_S("..")))
        return bk_fmt_fail(call->err, "chart name %q is not allowed", m->name);
    if (bk_str_find_byte(m->name, '/') != BK_NPOS) return bk_fmt_fail(call->err, "chart name %q must not contain path separators", m->name);
    *ret = m->name;
    return BK_OK;
}

static bk_status unpack(bk_lint *lint) {
    bk_call_state *call = lint->call;
    bk_files all = {0};
    bk_str bytes, name;
    BK_TRY(bk_call_input(call, 0, &bytes));
    BK_TRY(bk_archive_read(call->arena, bytes, &all, call->err));
    for (size_t i = 0; i < all.n; i++) {
        bk_str head, tail;
        bool inside = bk_str_cut(all.p[i].name, BK_S("/"), &head, &tail);
        bk_lint_entry *e = place(lint, head);
        if (!e) continue;
        *e = (bk_lint_entry){.exists = true, .dir = inside, .data = inside ? (bk_str){NULL, 0} : all.p[i].data};
    }
    BK_TRY(unpacked_name(lint, &name));
    if (!bk_arena_printf(call->arena, &lint->dir, "%.*s/%.*s", BK_FMT(lint->dir), BK_FMT(name)))
        return bk_arena_fail(call->arena, call->err);
    return keep_wanted(lint, &all);
}

/* ---- loading ---- */

static bk_status load_once(bk_lint *lint, const bk_log *log, bk_chart **ret) {
    bk_call_state *call = lint->call;
    if (call->inputs[0].dir && lint->files.n == 0) BK_TRY(bk_source_files_v2(call, 0, log, &lint->files));
    return bk_chart_load_files(call->arena, &lint->files, false, log, ret, call->err);
}

/* A chart that cannot be loaded is tried for the templates and for the CRDs as well, if there are any, and has its log lines each time. */
static bk_status load_in_vain(bk_lint *lint, const bk_lint_entry *folder) {
    bk_call_state *call = lint->call;
    bk_chart *chart;
    if (!folder->exists || !folder->dir) return BK_OK;
    if (load_once(lint, lint->log, &chart) == BK_OK) return BK_OK;
    if (!is_findings(call->err)) return call->err->code;
    bk_err_release(call->err);
    return BK_OK;
}

/* One chart is for the rules that look at what is there, one for rendering, whose dependencies are processed. */
static bk_status load(bk_lint *lint) {
    bk_call_state *call = lint->call;
    BK_TRY(bk_lint_read_values(lint));
    if (load_once(lint, lint->log, &lint->chart) != BK_OK) {
        lint->chart = NULL;
        if (!is_findings(call->err)) return call->err->code;
        if (!bk_arena_dup(call->arena, bk_err_message(call->err), &lint->load_error)) return bk_arena_fail(call->arena, call->err);
        bk_err_release(call->err);
        BK_TRY(load_in_vain(lint, &lint->templates));
        return load_in_vain(lint, &lint->crds);
    }
    /* Helm loads the chart for the templates, if there are any, for the dependencies, and for the CRDs, and each time says what there is to say. */
    const bk_log *log = lint->templates.exists && lint->templates.dir ? lint->log : NULL;
    bk_chart *again;
    BK_TRY(load_once(lint, log, &lint->rendered));
    if (lint->crds.exists && lint->crds.dir) BK_TRY(load_once(lint, lint->log, &again));
    if (bk_chart_process_dependencies(call->arena, lint->rendered, call->values.map, log, call->err) != BK_OK) {
        if (!is_findings(call->err)) return call->err->code;
        bk_err_release(call->err);
        lint->rendered = NULL;
    }
    return bk_subjects_seal(call, lint->rendered ? lint->rendered : lint->chart, &lint->subjects);
}

/* ---- the call ---- */

/* A version that is none is a mistake of the operator's, not of the chart's, and the answer tells it apart. */
static bk_status check_kube_version(bk_call_state *call, bk_map *answer, bool *ret_good) {
    bk_str text = bk_map_str(call->options, "kubeVersion", BK_S("")), why;
    bk_kube_version version;
    *ret_good = text.n == 0 || bk_kube_version_parse(call->arena, text, &version, call->err) == BK_OK;
    if (*ret_good) return BK_OK;
    if (!is_findings(call->err)) return call->err->code;
    bool ok = bk_arena_dup(call->arena, bk_err_message(call->err), &why) && bk_map_set(answer, BK_S("badKubeVersion"), bk_string(why));
    if (!ok) return call->err->code;
    bk_err_release(call->err);
    return BK_OK;
}

bk_status bk_call_lint(bk_call_state *call) {
    static bk_status (*const rules[])(bk_lint *lint) = {bk_lint_chart_yaml, bk_lint_values, bk_lint_templates, bk_lint_dependencies,
                                                        bk_lint_crds};
    const bk_log log = bk_call_log_of(call);
    bk_lint lint = {.call = call, .log = &log, .dir = bk_map_str(call->options, "dir", BK_S(""))};
    bk_map *answer = bk_map_new(call->arena, 1);
    bk_value messages;
    bool good;
    if (call->input_count == 0) return bk_err_set(call->err, BK_ERR, "malformed request: no chart");
    if (!answer) return bk_arena_fail(call->arena, call->err);
    bk_items_init(&lint.messages, call->arena);
    BK_TRY(check_kube_version(call, answer, &good));
    if (!good) return bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(answer));
    if (!call->inputs[0].dir && unpack(&lint) != BK_OK) return bk_err_wrap(call->err, "unable to extract tarball");
    if (call->inputs[0].dir) BK_TRY(look_in_folder(&lint));
    BK_TRY(load(&lint));
    for (size_t i = 0; i < BK_COUNT(rules); i++) BK_TRY(rules[i](&lint));
    BK_TRY(bk_items_list(&lint.messages, BK_T_LIST, &messages, call->err));
    if (!bk_map_set(answer, BK_S("messages"), messages)) return bk_arena_fail(call->arena, call->err);
    return bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(answer));
}
