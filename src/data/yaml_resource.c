#include "data/yaml_resource.h"

#include "base/limits.h"
#include "base/unicode.h"
#include "base/utf8.h"

#define METADATA BK_S("metadata")
#define ANNOTATIONS BK_S("annotations")
#define INTERNAL "internal.config.kubernetes.io/"
#define INDEX INTERNAL "index"
#define OLD_INDEX "config.kubernetes.io/index"
#define SEQ_INDENT INTERNAL "seqindent"

/* ---- fields ---- */

static const char *kind_name(const bk_ynode *node) {
    static const char *const names[] = {
        [BK_YNODE_SCALAR] = "ScalarNode", [BK_YNODE_SEQ] = "SequenceNode", [BK_YNODE_MAP] = "MappingNode", [BK_YNODE_ALIAS] = "AliasNode"};
    return names[node->kind];
}

/* A map, or null, which goes for anything. */
static bk_status expect_map(bk_arena *arena, bk_ynode *node, bk_err *err) {
    bk_buf text;
    bk_err ignored = BK_ERR_INIT;
    if (node->kind == BK_YNODE_MAP || bk_ynode_is_null(node)) return BK_OK;
    bk_buf_init(&text, arena, BK_LIMIT_ERR);
    bk_ywriter *w = bk_ywriter_new(arena, &text);
    if (!w) return bk_arena_fail(arena, err);
    const bk_ydoc doc = {.root = node};
    bk_buf_printf(&text, "wrong node kind: expected MappingNode but got %s: node contents:\n", kind_name(node));
    if (bk_ywriter_put(w, &doc, false, &ignored) != BK_OK) bk_err_release(&ignored);
    return bk_err_set(err, BK_ERR, "%.*s", BK_FMT(bk_buf_view(&text)));
}

/* The field of a map, NULL when there is none; a null has no fields. */
static bk_status lookup(bk_arena *arena, bk_ynode *map, bk_str name, bk_ynode **ret, bk_err *err) {
    *ret = NULL;
    if (bk_ynode_is_null(map)) return BK_OK;
    BK_TRY(expect_map(arena, map, err));
    *ret = bk_ynode_get(map, name);
    return BK_OK;
}

/* Takes the first field of that name out; with if_empty the first that has no children. A null may have got fields: see annotate. */
static bk_status clear(bk_arena *arena, bk_ynode *map, bk_str name, bool if_empty, bk_err *err) {
    BK_TRY(expect_map(arena, map, err));
    for (size_t i = 0; i + 1 < map->n; i += 2) {
        if (!bk_str_eq(map->items[i]->value, name) || (if_empty && map->items[i + 1]->n)) continue;
        bk_ynode_cut(map, i, 2);
        break;
    }
    return BK_OK;
}

static bk_ynode *new_scalar(bk_arena *arena, bk_str value) {
    bk_ynode *node = BK_NEW(arena, bk_ynode);
    if (node) *node = (bk_ynode){.kind = BK_YNODE_SCALAR, .value = value};
    return node;
}

static bk_status add_field(bk_arena *arena, bk_ynode *map, bk_str name, bk_ynode *value, bk_err *err) {
    bk_ynode *pair[2] = {new_scalar(arena, name), value};
    return pair[0] && bk_ynode_append(arena, map, pair, 2) ? BK_OK : bk_arena_fail(arena, err);
}

/* The map in that field, made where it is missing; NULL in a null. */
static bk_status lookup_or_add(bk_arena *arena, bk_ynode *map, bk_str name, bk_ynode **ret, bk_err *err) {
    BK_TRY(lookup(arena, map, name, ret, err));
    if (*ret || bk_ynode_is_null(map)) return BK_OK;
    bk_ynode *made = BK_NEW(arena, bk_ynode);
    if (!made) return bk_arena_fail(arena, err);
    made->kind = BK_YNODE_MAP;
    *ret = made;
    return add_field(arena, map, name, made, err);
}

/* ---- annotations ---- */

/* Annotations without content, then metadata without content. */
static bk_status clear_empty(bk_arena *arena, bk_ynode *root, bk_err *err) {
    bk_ynode *metadata;
    BK_TRY(lookup(arena, root, METADATA, &metadata, err));
    if (metadata) BK_TRY(clear(arena, metadata, ANNOTATIONS, true, err));
    return clear(arena, root, METADATA, true, err);
}

static bk_status annotate(bk_arena *arena, bk_ynode *root, bk_str key, bk_str value, bk_err *err) {
    bk_ynode *metadata, *annotations, *old;
    BK_TRY(clear_empty(arena, root, err));
    BK_TRY(lookup_or_add(arena, root, METADATA, &metadata, err));
    if (!metadata) return BK_OK;
    BK_TRY(lookup_or_add(arena, metadata, ANNOTATIONS, &annotations, err));
    if (!annotations) return BK_OK;
    BK_TRY(lookup(arena, annotations, key, &old, err));
    bk_ynode *made = old ? old : new_scalar(arena, value);
    if (!made) return bk_arena_fail(arena, err);
    *made = (bk_ynode){.kind = BK_YNODE_SCALAR,
                       .style = old ? old->style : BK_YSTYLE_SINGLE, /* how it was written stays, all else is new */
                       .tagged = old && old->tagged,
                       .tag = BK_S("!!str"),
                       .value = value};
    return old ? BK_OK : add_field(arena, annotations, key, made, err);
}

static bk_status unannotate(bk_arena *arena, bk_ynode *root, bk_str key, bk_err *err) {
    bk_ynode *metadata, *annotations = NULL;
    BK_TRY(lookup(arena, root, METADATA, &metadata, err));
    if (metadata) BK_TRY(lookup(arena, metadata, ANNOTATIONS, &annotations, err));
    return annotations ? clear(arena, annotations, key, false, err) : BK_OK;
}

/* Whether kyaml sees anything there. */
static bool has_content(const bk_ynode *node) {
    if (!node || bk_ynode_is_null(node)) return false;
    return node->kind == BK_YNODE_SCALAR || node->kind == BK_YNODE_ALIAS || node->n > 0;
}

/* The text of a scalar or alias; a null has none. */
static bk_str text_of(const bk_ynode *node) { return node && !bk_ynode_is_null(node) ? node->value : (bk_str){0}; }

static bk_str annotation(const bk_ynode *root, bk_str key) {
    const bk_ynode *metadata = bk_ynode_get(root, METADATA),
                   *annotations = has_content(metadata) ? bk_ynode_get(metadata, ANNOTATIONS) : NULL;
    return has_content(annotations) ? text_of(bk_ynode_get(annotations, key)) : (bk_str){0};
}

bk_status bk_resource_annotate(bk_arena *arena, bk_ydoc *doc, bk_str key, bk_str value, bk_err *err) {
    return annotate(arena, doc->root, key, value, err);
}

bk_status bk_resource_unannotate(bk_arena *arena, bk_ydoc *doc, bk_str key, bk_err *err) { return unannotate(arena, doc->root, key, err); }

bool bk_resource_annotation(const bk_ydoc *doc, bk_str key, bk_str *ret) {
    static const char *const parts[] = {"name", "namespace", "labels", "annotations"};
    const bk_ynode *root = doc->root, *metadata = bk_ynode_get(root, METADATA);
    bool any =
        bk_ynode_is_null(root) || has_content(bk_ynode_get(root, BK_S("apiVersion"))) || has_content(bk_ynode_get(root, BK_S("kind")));
    for (size_t i = 0; i < BK_COUNT(parts) && !any && has_content(metadata); i++)
        any = has_content(bk_ynode_get(metadata, bk_str_c(parts[i])));
    *ret = annotation(root, key);
    return any;
}

/* ---- reading ---- */

/* "\r\n" as "\n". */
static bk_status without_returns(bk_arena *arena, bk_str text, bk_str *ret, bk_err *err) {
    bk_buf out;
    *ret = text;
    if (!bk_str_contains(text, BK_S("\r\n"))) return BK_OK;
    bk_buf_init(&out, arena, 0);
    for (bk_str line, rest = text; rest.n;) {
        bool more = bk_str_cut(rest, BK_S("\r\n"), &line, &rest);
        bk_buf_str(&out, line);
        if (more) bk_buf_byte(&out, '\n');
    }
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

/* The next line that starts with "---", from `from` on: *ret_at is the line break before it, *ret_end what is behind the line. */
static bool find_separator(bk_str text, size_t from, size_t *ret_at, size_t *ret_end) {
    size_t at = bk_str_find(bk_str_from(text, from), BK_S("\n---"));
    if (at == BK_NPOS) return false;
    size_t end = bk_str_find_byte(bk_str_from(text, from + at + 1), '\n');
    if (end == BK_NPOS) return false;
    *ret_at = from + at;
    *ret_end = from + at + 1 + end + 1;
    return true;
}

/* Nothing but a comment may stand behind "---". */
static bk_status check_separator(bk_str separator, bk_err *err) {
    bk_str rest = bk_str_trim_space(bk_str_from(separator, 4));
    if (rest.n == 0 || rest.p[0] == '#') return BK_OK;
    return bk_err_set(err, BK_ERR, "invalid document separator: %.*s", BK_FMT(bk_str_trim_space(separator)));
}

bk_status bk_resources_add(bk_arena *arena, bk_resources *list, bk_ydoc doc, bk_err *err) {
    if (list->n == list->cap) {
        size_t more = list->cap ? list->cap * 2 : 8;
        void *grown = bk_arena_grow(arena, list->items, list->cap * sizeof doc, more * sizeof doc);
        if (!grown) return bk_arena_fail(arena, err);
        list->items = grown;
        list->cap = more;
    }
    list->items[list->n++] = doc;
    return BK_OK;
}

/* kyaml's annotations for where an object is from have an old and a new name: what has one gets the other. */
static bk_status pair_names(bk_arena *arena, bk_ynode *root, bk_err *err) {
    static const struct {
        bk_str old, now;
    } names[] = {{BK_S("config.kubernetes.io/path"), BK_S(INTERNAL "path")},
                 {BK_S(OLD_INDEX), BK_S(INDEX)},
                 {BK_S("config.k8s.io/id"), BK_S(INTERNAL "id")}};
    bk_str old[BK_COUNT(names)], now[BK_COUNT(names)];
    for (size_t i = 0; i < BK_COUNT(names); i++) {
        old[i] = annotation(root, names[i].old);
        now[i] = annotation(root, names[i].now);
    }
    for (size_t i = 0; i < BK_COUNT(names); i++) {
        if (now[i].n && !old[i].n) BK_TRY(annotate(arena, root, names[i].old, now[i], err));
        if (old[i].n && !now[i].n) BK_TRY(annotate(arena, root, names[i].now, old[i], err));
    }
    return BK_OK;
}

/* The items of a list, or nothing where there are none; false: the object is no list to be taken apart. */
static bk_status take_apart(bk_arena *arena, const bk_ynode *root, bk_resources *list, bool *ret_list, bk_err *err) {
    bk_str kind = text_of(bk_ynode_get(root, BK_S("kind")));
    const bk_ynode *items = bk_ynode_get(root, BK_S("items"));
    *ret_list =
        (bk_str_eq(kind, BK_S("List")) || bk_str_eq(kind, BK_S("ResourceList"))) && (items || bk_ynode_get(root, BK_S("functionConfig")));
    for (size_t i = 0; *ret_list && items && i < items->n; i++)
        BK_TRY(bk_resources_add(arena, list, (bk_ydoc){.root = items->items[i]}, err));
    return BK_OK;
}

/* One document; `alone`: the text has no other. */
static bk_status read_one(bk_arena *arena, bk_str text, bool alone, size_t *index, bk_resources *list, bk_err *err) {
    bk_ydoc doc;
    bk_str number;
    bool any, is_list = false;
    if (bk_ydoc_read(arena, text, &doc, &any, err) != BK_OK) return bk_err_wrap(err, "MalformedYAMLError");
    if (!any || bk_ynode_is_null(doc.root)) return BK_OK;
    BK_TRY(pair_names(arena, doc.root, err));
    if (!bk_arena_printf(arena, &number, "%zu", *index)) return bk_arena_fail(arena, err);
    BK_TRY(annotate(arena, doc.root, BK_S(OLD_INDEX), number, err));
    BK_TRY(annotate(arena, doc.root, BK_S(INDEX), number, err));
    if (alone) BK_TRY(take_apart(arena, doc.root, list, &is_list, err));
    if (is_list) return BK_OK;
    ++*index;
    return bk_resources_add(arena, list, doc, err);
}

bk_status bk_resources_read(bk_arena *arena, bk_str text, bk_resources *list, bk_err *err) {
    size_t start = 0, at = 0, end = 0, index = 0;
    BK_TRY(without_returns(arena, text, &text, err));
    /* A bad separator is told before any document is read. */
    while (find_separator(text, end, &at, &end)) BK_TRY(check_separator(bk_str_sub(text, at, end), err));
    bool alone = end == 0;
    end = 0;
    for (bool more = text.n > 0; more; start = end) {
        more = find_separator(text, end, &at, &end);
        bk_str doc = bk_str_sub(text, start, more ? at + 1 : text.n); /* with its last line feed */
        BK_TRY(read_one(arena, doc, alone, &index, list, err));
    }
    return BK_OK;
}

/* ---- writing ---- */

/* Whether sequences are to be indented: here the last of equal keys counts. */
static bool is_wide(const bk_ynode *root) {
    const bk_ynode *metadata = bk_ynode_get(root, METADATA),
                   *annotations = has_content(metadata) ? bk_ynode_get(metadata, ANNOTATIONS) : NULL;
    for (size_t i = annotations ? annotations->n : 0; i >= 2; i -= 2)
        if (bk_str_eq(annotations->items[i - 2]->value, BK_S(SEQ_INDENT))) return bk_str_eq(annotations->items[i - 1]->value, BK_S("wide"));
    return false;
}

/* kyaml wraps a bare sequence in a map with this key, and so takes every such map for a wrap. */
static bk_ydoc unwrapped(bk_ydoc doc) {
    bk_ynode *inner = bk_ynode_get(doc.root, BK_S("bareSeqNodeWrappingKey"));
    return has_content(inner) ? (bk_ydoc){.root = inner} : doc;
}

bk_status bk_resources_write(bk_arena *arena, const bk_resources *list, bk_buf *out, bk_err *err) {
    static const bk_str own[] = {BK_S(INDEX), BK_S(OLD_INDEX), BK_S(SEQ_INDENT)};
    bk_ywriter *w = bk_ywriter_new(arena, out);
    if (!w) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < list->n; i++) {
        bk_ydoc doc = list->items[i];
        bool wide = is_wide(doc.root);
        for (size_t k = 0; k < BK_COUNT(own); k++) BK_TRY(unannotate(arena, doc.root, own[k], err));
        BK_TRY(clear_empty(arena, doc.root, err));
        doc = unwrapped(doc);
        BK_TRY(bk_ywriter_put(w, &doc, wide, err));
    }
    return BK_OK;
}
