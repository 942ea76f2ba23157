#include "engine/manifest.h"

#include "base/limits.h"
#include "base/num.h"
#include "base/sort.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "value/map.h"

/* ---- cutting ---- */

/* The next separator behind another one, which ends at `from`, or the first: "---" at the start of a line, and the blanks and tabs behind it. */
static bool find_cut(bk_str s, size_t from, size_t *ret_at, size_t *ret_end) {
    size_t at = 0;
    if (from > 0 || !bk_str_starts(s, BK_S("---"))) {
        size_t feed = bk_str_find(bk_str_from(s, from), BK_S("\n---"));
        if (feed == BK_NPOS) return false;
        at = from + feed + 1;
    }
    size_t end = at + 3;
    while (end < s.n && (s.p[end] == ' ' || s.p[end] == '\t')) end++;
    *ret_at = at;
    *ret_end = end;
    return true;
}

bk_status bk_manifest_split(bk_arena *arena, bk_str text, bk_str **ret, size_t *ret_count, bk_err *err) {
    bk_str s = bk_str_trim_left_space(text), *docs = NULL;
    size_t n = 0, cap = 0, start = 0, at = 0, end = 0;
    for (bool more = true; more; start = end) {
        more = find_cut(s, end, &at, &end);
        bk_str doc = bk_str_trim_left_space(bk_str_sub(s, start, more ? at : s.n));
        if (doc.n == 0) continue;
        if (n == cap) {
            size_t grown = cap ? cap * 2 : 4;
            docs = bk_arena_grow(arena, docs, cap * sizeof *docs, grown * sizeof *docs);
            if (!docs) return bk_arena_fail(arena, err);
            cap = grown;
        }
        docs[n++] = doc;
    }
    *ret = docs;
    *ret_count = n;
    return BK_OK;
}

/* ---- hooks ---- */

static bk_str annotation(const bk_manifest_head *head, const char *name, bool *ret_found) {
    bk_value *v = bk_map_get(head->annotations, bk_str_c(name));
    *ret_found = v != NULL;
    return v ? bk_value_str(*v) : (bk_str){NULL, 0};
}

static bool is_lower(bk_str s) {
    size_t i = 0;
    while (i < s.n && (unsigned char)s.p[i] < 0x80 && !(s.p[i] >= 'A' && s.p[i] <= 'Z')) i++;
    return i == s.n;
}

/* In lower case: the text itself where it is. */
static bool lower(bk_arena *arena, bk_str s, bk_str *ret) {
    bk_buf b;
    if (is_lower(s)) {
        *ret = s;
        return true;
    }
    bk_buf_init(&b, arena, 0);
    while (s.n) {
        size_t w;
        bk_buf_rune(&b, bk_rune_to_lower(bk_utf8_decode(s, &w)));
        s = bk_str_from(s, w);
    }
    *ret = bk_buf_take(&b);
    return bk_buf_ok(&b);
}

/* The comma-separated words of an annotation, trimmed, in lower case. */
static bk_status words(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err) {
    bk_items list;
    bk_items_init(&list, arena);
    for (bool more = true; more;) {
        bk_str head, word;
        more = bk_str_cut(text, BK_S(","), &head, &text);
        if (!lower(arena, bk_str_trim_space(head), &word)) return bk_arena_fail(arena, err);
        bk_items_add(&list, bk_string(word));
    }
    return bk_items_list(&list, BK_T_STRINGS, ret, err);
}

/* Replaces the old name of the test event; false when a word is no event. */
static bool known_events(bk_value *events) {
    static const char *const known[] = {"pre-install",  "post-install", "pre-delete",    "post-delete", "pre-upgrade",
                                        "post-upgrade", "pre-rollback", "post-rollback", "test",        "test-success"};
    bk_value *items = (bk_value *)events->items; /* ours: made by words() */
    for (uint32_t i = 0; i < events->len; i++) {
        size_t k = 0;
        while (k < BK_COUNT(known) && !bk_str_eq(bk_value_str(items[i]), bk_str_c(known[k]))) k++;
        if (k == BK_COUNT(known)) return false;
        if (k == BK_COUNT(known) - 1) items[i] = bk_string(BK_S("test"));
    }
    return true;
}

static bk_status optional_words(bk_arena *arena, const bk_manifest_head *head, const char *name, bk_value *ret, bk_err *err) {
    bool found;
    bk_str text = annotation(head, name, &found);
    *ret = bk_list_typed(BK_T_STRINGS, bk_no_items, 0);
    return found ? words(arena, text, ret, err) : BK_OK;
}

static bk_status make_hook(bk_arena *arena, const bk_manifest *m, bk_str events, const bk_log *log, bk_hook *ret, bool *ret_known,
                           bk_err *err) {
    bool found;
    *ret = (bk_hook){.manifest = *m};
    BK_TRY(words(arena, events, &ret->events, err));
    *ret_known = known_events(&ret->events);
    if (!*ret_known) {
        const bk_log_attr attr = {"hookTypes", events};
        bk_log_write(log, arena, "INFO", BK_S("skipping unknown hooks"), &attr, 1);
        return BK_OK;
    }
    bk_str weight = annotation(&m->head, "helm.sh/hook-weight", &found);
    if (bk_parse_int(weight, 10, &ret->weight) != BK_NUM_OK) ret->weight = 0;
    BK_TRY(optional_words(arena, &m->head, "helm.sh/hook-delete-policy", &ret->delete_policies, err));
    return optional_words(arena, &m->head, "helm.sh/hook-output-log-policy", &ret->output_log_policies, err);
}

/* ---- order ---- */

static const bk_str kinds[] = {
#define BK_KIND(name) {#name, sizeof #name - 1},
#include "engine/kinds.def"
#undef BK_KIND
};

/* Lower comes first; the same for all kinds that are not in the table. */
static size_t kind_rank(bk_str kind, bk_manifest_order order) {
    size_t i = 0, ingress_class = 0;
    while (i < BK_COUNT(kinds) && !bk_str_eq(kinds[i], kind)) i++;
    if (i == BK_COUNT(kinds)) return SIZE_MAX;
    if (order == BK_ORDER_INSTALL) return 2 * i;
    if (!bk_str_eq(kind, BK_S("Service"))) return 2 * (BK_COUNT(kinds) - i);
    while (!bk_str_eq(kinds[ingress_class], BK_S("IngressClass"))) ingress_class++;
    return 2 * (BK_COUNT(kinds) - ingress_class) + 1;
}

typedef struct ranked {
    size_t rank;
    bk_str kind;
    size_t at;
} ranked;

static int by_rank(const void *a, const void *b, void *arg) {
    (void)arg;
    const ranked *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    return x->rank == SIZE_MAX ? bk_str_cmp(x->kind, y->kind) : 0;
}

/* Sorts items of any type whose kind lies at `offset`. */
static bk_status sort_by_kind(bk_arena *arena, void *items, size_t count, size_t size, size_t offset, bk_manifest_order order,
                              bk_err *err) {
    if (count < 2) return BK_OK;
    ranked *ranks = BK_NEW_ARRAY(arena, ranked, count);
    char *copy = bk_arena_alloc(arena, count * size);
    if (!ranks || !copy) return bk_arena_fail(arena, err);
    memcpy(copy, items, count * size);
    for (size_t i = 0; i < count; i++) {
        const bk_str *kind = (const bk_str *)(const void *)(copy + i * size + offset);
        ranks[i] = (ranked){kind_rank(*kind, order), *kind, i};
    }
    if (!bk_sort(arena, ranks, count, sizeof *ranks, by_rank, NULL)) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < count; i++) memcpy((char *)items + i * size, copy + ranks[i].at * size, size);
    return BK_OK;
}

static int by_path(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_str_cmp(((const bk_rendered_file *)a)->path, ((const bk_rendered_file *)b)->path);
}

/* ---- all together ---- */

typedef struct sorter {
    bk_arena *arena;
    const bk_log *log;
    bk_manifests *out;
    size_t cap, hook_cap;
    bk_err *err;
} sorter;

static void *grow(sorter *s, void *p, size_t count, size_t *cap, size_t size) {
    if (count < *cap) return p;
    size_t more = *cap ? *cap * 2 : 16;
    p = bk_arena_grow(s->arena, p, *cap * size, more * size);
    if (p) *cap = more;
    return p;
}

static bk_status add_doc(sorter *s, bk_str path, bk_str doc) {
    bk_manifest m = {.path = path, .text = doc};
    if (bk_manifest_head_read(s->arena, doc, &m.head, s->err) != BK_OK)
        return bk_err_wrap(s->err, "YAML parse error on %.*s", BK_FMT(path));
    bool is_hook, known;
    bk_str events = annotation(&m.head, "helm.sh/hook", &is_hook);
    if (!is_hook) {
        s->out->items = grow(s, s->out->items, s->out->count, &s->cap, sizeof m);
        if (!s->out->items) return bk_arena_fail(s->arena, s->err);
        s->out->items[s->out->count++] = m;
        return BK_OK;
    }
    bk_hook hook;
    BK_TRY(make_hook(s->arena, &m, events, s->log, &hook, &known, s->err));
    if (!known) return BK_OK;
    s->out->hooks = grow(s, s->out->hooks, s->out->hook_count, &s->hook_cap, sizeof hook);
    if (!s->out->hooks) return bk_arena_fail(s->arena, s->err);
    s->out->hooks[s->out->hook_count++] = hook;
    return BK_OK;
}

bk_status bk_manifests_sort(bk_arena *arena, bk_rendered_file *files, size_t count, bk_manifest_order order, const bk_log *log,
                            bk_manifests *ret, bk_err *err) {
    *ret = (bk_manifests){0};
    sorter s = {.arena = arena, .log = log, .out = ret, .err = err};
    if (!bk_sort(arena, files, count, sizeof *files, by_path, NULL)) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < count; i++) {
        bk_str *docs;
        size_t n;
        if (bk_str_starts(bk_path_base(files[i].path), BK_S("_"))) continue;
        BK_TRY(bk_manifest_split(arena, files[i].text, &docs, &n, err));
        for (size_t k = 0; k < n; k++) BK_TRY(add_doc(&s, files[i].path, docs[k]));
    }
    BK_TRY(sort_by_kind(arena, ret->items, ret->count, sizeof *ret->items, offsetof(bk_manifest, head.kind), order, err));
    return sort_by_kind(arena, ret->hooks, ret->hook_count, sizeof *ret->hooks, offsetof(bk_hook, manifest.head.kind), order, err);
}
