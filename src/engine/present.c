#include "engine/present.h"

#include "base/unicode.h"
#include "chart/ignore.h"

/* What a release record keeps of a hook. */
static bool put_hook(bk_map *head, const bk_hook *hook) {
    return bk_map_set(head, BK_S("name"), bk_string(hook->manifest.head.name)) && bk_map_set(head, BK_S("events"), hook->events) &&
           bk_map_set(head, BK_S("weight"), bk_int64(hook->weight)) && bk_map_set(head, BK_S("deletePolicies"), hook->delete_policies) &&
           bk_map_set(head, BK_S("outputLogPolicies"), hook->output_log_policies);
}

/* `hook`: NULL when it is none. */
static bk_status emit(bk_call_state *call, const char *class, const bk_manifest *m, const bk_hook *hook, bool test) {
    bk_map *head = bk_map_new(call->arena, 10);
    bool ok = head && bk_map_set(head, BK_S("class"), bk_string(bk_str_c(class))) && bk_map_set(head, BK_S("path"), bk_string(m->path)) &&
              bk_map_set(head, BK_S("kind"), bk_string(m->head.kind)) &&
              bk_map_set(head, BK_S("apiVersion"), bk_string(m->head.api_version)) && bk_map_set(head, BK_S("test"), bk_bool(test));
    if (hook && bk_map_bool(call->options, "record", false)) ok = ok && put_hook(head, hook);
    if (!ok) return bk_arena_fail(call->arena, call->err);
    BK_TRY(bk_call_emit_value(call, BK_TAG_MANIFEST, bk_map_value(head)));
    return bk_call_emit_bytes(call, BK_TAG_BODY, m->text);
}

static bool is_test(const bk_hook *hook) {
    for (uint32_t i = 0; i < hook->events.len; i++)
        if (bk_str_eq(bk_value_str(hook->events.items[i]), BK_S("test"))) return true;
    return false;
}

/* ---- CRDs ---- */

typedef struct crds {
    bk_call_state *call;
    bk_manifest *items;
    size_t count, cap;
} crds;

/* The CRD files of a chart in the order of its files, then those of its sub-charts. */
static bk_status collect_crds(crds *c, const bk_chart *chart, unsigned depth) {
    bk_str path;
    if (depth == 0) return bk_err_limit(c->call->err, "nesting of sub-charts", 100);
    BK_TRY(bk_chart_full_path(c->call->arena, chart, &path, c->call->err));
    for (size_t i = 0; i < chart->files.n; i++) {
        const bk_file *f = &chart->files.p[i];
        if (!bk_str_starts(f->name, BK_S("crds/")) || !bk_chart_is_crd(f->name)) continue;
        if (c->count == c->cap) {
            size_t cap = c->cap ? c->cap * 2 : 8;
            c->items = bk_arena_grow(c->call->arena, c->items, c->cap * sizeof *c->items, cap * sizeof *c->items);
            if (!c->items) return bk_arena_fail(c->call->arena, c->call->err);
            c->cap = cap;
        }
        bk_manifest *m = &c->items[c->count++];
        *m = (bk_manifest){.text = f->data};
        if (!bk_arena_printf(c->call->arena, &m->path, "%.*s/%.*s", BK_FMT(path), BK_FMT(f->name)))
            return bk_arena_fail(c->call->arena, c->call->err);
    }
    for (size_t i = 0; i < chart->deps.n; i++) BK_TRY(collect_crds(c, chart->deps.p[i], depth - 1));
    return BK_OK;
}

/* ---- --show-only ---- */

static void put(bk_buf *out, const bk_manifest *m) {
    bk_buf_c(out, "---\n# Source: ");
    bk_buf_str(out, m->path);
    bk_buf_byte(out, '\n');
    bk_buf_str(out, m->text);
    bk_buf_byte(out, '\n');
}

/* The path behind "# Source: chart/" on the first line that has one. */
static bool source_of(bk_str piece, bk_str *ret) {
    const bk_str mark = BK_S("# Source: ");
    for (size_t at = 0;;) {
        size_t found = bk_str_find(bk_str_from(piece, at), mark);
        if (found == BK_NPOS) return false;
        at += found + mark.n;
        bk_str line = bk_str_from(piece, at), chart, rest;
        /* The chart's name may be anything but a slash, a line's end included. */
        if (bk_str_cut(line, BK_S("/"), &chart, &rest) && chart.n) {
            size_t end = bk_str_find_byte(rest, '\n');
            *ret = bk_str_sub(rest, 0, end == BK_NPOS ? rest.n : end);
            if (ret->n) return true;
        }
    }
}

typedef struct pieces {
    bk_str *items;
    size_t count;
} pieces;

/* Counts, or emits, the pieces that a pattern names. */
static bk_status each_match(bk_call_state *call, const pieces *p, bk_str pattern, bool hand_out, size_t *ret_count) {
    bool ok;
    *ret_count = 0;
    for (size_t i = 0; i < p->count; i++) {
        bk_str path;
        if (!source_of(p->items[i], &path) || !bk_path_match(pattern, path, &ok)) continue;
        const bk_manifest shown = {.path = path, .text = p->items[i]};
        if (hand_out) BK_TRY(emit(call, "shown", &shown, NULL, false));
        ++*ret_count;
    }
    return BK_OK;
}

static bk_status show_only(bk_call_state *call, bk_value patterns, bk_str text) {
    pieces p;
    size_t n;
    BK_TRY(bk_manifest_split(call->arena, text, &p.items, &p.count, call->err));
    for (uint32_t i = 0; i < patterns.len; i++) {
        BK_TRY(each_match(call, &p, bk_value_str(patterns.items[i]), false, &n));
        if (n == 0) return bk_err_set(call->err, BK_ERR, "could not find template %.*s in chart", BK_FMT(bk_value_str(patterns.items[i])));
    }
    for (uint32_t i = 0; i < patterns.len; i++) BK_TRY(each_match(call, &p, bk_value_str(patterns.items[i]), true, &n));
    return BK_OK;
}

/* The manifests' text without white space at its end, and a newline: hooks follow. */
static void close_manifests(bk_buf *text) {
    bk_buf_cut(text, bk_str_trim_right_space(bk_buf_view(text)).n);
    bk_buf_byte(text, '\n');
}

static bk_value patterns_of(bk_call_state *call) {
    bk_value *v = bk_map_get(call->options, BK_S("showOnly"));
    return v && v->type == BK_T_STRINGS ? *v : bk_list_typed(BK_T_STRINGS, NULL, 0);
}

bk_status bk_present_crds(bk_call_state *call, const bk_chart *chart, bk_manifest **ret, size_t *ret_count) {
    crds c = {.call = call};
    if (bk_map_bool(call->options, "includeCRDs", false)) BK_TRY(collect_crds(&c, chart, 100));
    *ret = c.items;
    *ret_count = c.count;
    return BK_OK;
}

bk_status bk_present_only_crds(bk_call_state *call, const bk_manifest *crds, size_t crd_count) {
    for (size_t i = 0; i < crd_count; i++) BK_TRY(emit(call, "crd", &crds[i], NULL, false));
    return BK_OK;
}

/* Emits the hooks, or appends them to a text. */
static bk_status present_hooks(bk_call_state *call, const bk_manifests *manifests, bk_buf *text) {
    bool skip_hooks = bk_map_bool(call->options, "skipHooks", false), skip_tests = bk_map_bool(call->options, "skipTests", false);
    for (size_t i = 0; i < manifests->hook_count && !skip_hooks; i++) {
        bool test = is_test(&manifests->hooks[i]);
        if (test && skip_tests) continue;
        if (text) put(text, &manifests->hooks[i].manifest);
        else BK_TRY(emit(call, "hook", &manifests->hooks[i].manifest, &manifests->hooks[i], test));
    }
    return BK_OK;
}

bk_status bk_present(bk_call_state *call, const bk_manifest *crds, size_t crd_count, const bk_manifests *manifests) {
    bk_value patterns = patterns_of(call);
    bk_buf text;
    bk_buf_init(&text, call->arena, 0);
    for (size_t i = 0; i < crd_count; i++) {
        if (patterns.len) put(&text, &crds[i]);
        else BK_TRY(emit(call, "crd", &crds[i], NULL, false));
    }
    for (size_t i = 0; i < manifests->count; i++) {
        if (patterns.len) put(&text, &manifests->items[i]);
        else BK_TRY(emit(call, "manifest", &manifests->items[i], NULL, false));
    }
    close_manifests(&text);
    BK_TRY(present_hooks(call, manifests, patterns.len ? &text : NULL));
    if (!patterns.len) return BK_OK;
    BK_TRY(bk_buf_check(&text, call->err));
    return show_only(call, patterns, bk_buf_take(&text));
}

/* ---- failures ---- */

/* Emits rendered files as they are, and the hooks that were found before the mistake. */
static bk_status present_raw(bk_call_state *call, const bk_rendered_file *files, size_t count, const bk_manifests *found) {
    bk_value patterns = patterns_of(call);
    bk_buf text;
    bk_buf_init(&text, call->arena, 0);
    for (size_t i = 0; i < count; i++) {
        const bk_manifest m = {.path = files[i].path, .text = files[i].text};
        if (bk_str_trim_space(m.text).n == 0) continue;
        if (patterns.len) put(&text, &m);
        else BK_TRY(emit(call, "raw", &m, NULL, false));
    }
    close_manifests(&text);
    BK_TRY(present_hooks(call, found, patterns.len ? &text : NULL));
    if (!patterns.len) return BK_OK;
    BK_TRY(bk_buf_check(&text, call->err));
    bk_err ignored = BK_ERR_INIT; /* a piece that is missing is no news beside the YAML error */
    bk_err *err = call->err;
    call->err = &ignored;
    bk_status s = show_only(call, patterns, bk_buf_take(&text));
    call->err = err;
    bk_err_release(&ignored);
    return s == BK_ERR ? BK_OK : s;
}

void bk_present_failure(bk_call_state *call) {
    bk_err *err = call->err, ignored = BK_ERR_INIT;
    bk_map *m = bk_map_new(call->arena, 1);
    call->err = &ignored;
    if (m && bk_map_set(m, BK_S("rendering"), bk_bool(true)) && bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(m)) != BK_OK)
        bk_err_release(&ignored);
    call->err = err;
}

bk_status bk_present_sort(bk_call_state *call, bk_rendered_file *files, size_t count, const bk_log *log, bk_manifests *ret) {
    bk_err failure = BK_ERR_INIT;
    if (bk_manifests_sort(call->arena, files, count, BK_ORDER_INSTALL, log, ret, call->err) == BK_OK) return BK_OK;
    if (call->err->code != BK_ERR || !bk_map_bool(call->options, "debug", false)) return call->err->code;
    bk_err_move(&failure, call->err);
    if (present_raw(call, files, count, ret) != BK_OK) bk_err_release(call->err);
    bk_err_move(call->err, &failure);
    return call->err->code;
}
