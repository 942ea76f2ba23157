/* Documents of schemas: loading, drafts, resources, anchors and references. */
#include "chart/schema_internal.h"
#include "base/num.h"
#include "data/json.h"
#include "text/url.h"
#include "value/gofmt.h"

/* ---- text ---- */

static bk_status no_memory(bk_schema_compiler *c) { return bk_arena_fail(c->arena, c->err); }

/* s in double quotes. */
static bk_str quoted(bk_schema_compiler *c, bk_str s) {
    bk_buf b;
    bk_buf_init(&b, c->arena, 0);
    bk_fmt_quote(&b, s);
    return bk_buf_view(&b);
}

/* A place in double quotes. */
static bk_str quoted_place(bk_schema_compiler *c, bk_str url, bk_str ptr) {
    bk_buf b;
    bk_buf_init(&b, c->arena, 0);
    bk_location_print(&b, url, ptr);
    return quoted(c, bk_buf_view(&b));
}

void bk_ptr_print(bk_buf *out, bk_str token) {
    size_t from = 0;
    bk_buf_byte(out, '/');
    for (size_t i = 0; i < token.n; i++) {
        if (token.p[i] != '~' && token.p[i] != '/') continue;
        bk_buf_str(out, bk_str_sub(token, from, i));
        bk_buf_c(out, token.p[i] == '~' ? "~0" : "~1");
        from = i + 1;
    }
    bk_buf_str(out, bk_str_from(token, from));
}

bool bk_ptr_append(bk_arena *arena, bk_str ptr, bk_str token, bk_str *ret) {
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    if (!bk_buf_reserve(&b, ptr.n + token.n + 1)) return false;
    bk_buf_str(&b, ptr);
    bk_ptr_print(&b, token);
    *ret = bk_buf_take(&b);
    return bk_buf_ok(&b);
}

bool bk_ptr_append_index(bk_arena *arena, bk_str ptr, size_t index, bk_str *ret) {
    char text[BK_INT_TEXT];
    return bk_ptr_append(arena, ptr, bk_str_of(text, bk_format_uint(index, text)), ret);
}

void bk_location_print(bk_buf *out, bk_str url, bk_str ptr) {
    bk_buf_str(out, url);
    bk_buf_byte(out, '#');
    for (bool more = true, first = true; more; first = false) {
        bk_str item;
        more = bk_str_cut(ptr, BK_S("/"), &item, &ptr);
        if (!first) bk_buf_byte(out, '/');
        bk_url_escape(out, item, BK_URL_SEGMENT);
    }
}

/* A token without its escapes; false for a stray ~. */
static bool unescape(bk_arena *arena, bk_str token, bk_str *ret) {
    if (bk_str_find_byte(token, '~') == BK_NPOS) {
        *ret = token;
        return true;
    }
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    for (size_t i = 0; i < token.n; i++) {
        char c = token.p[i];
        if (c == '~') {
            if (++i == token.n || (token.p[i] != '0' && token.p[i] != '1')) return false;
            c = token.p[i] == '0' ? '~' : '/';
        }
        bk_buf_byte(&b, c);
    }
    *ret = bk_buf_view(&b);
    return true;
}

/* ---- keywords ---- */

const bk_str bk_keyword_names[BK_KW_COUNT] = {
#define BK_KEYWORD(id, name, rule) {name, sizeof name - 1},
#include "chart/schema_keywords.def"
#undef BK_KEYWORD
};

static int keyword_find(bk_str name) {
    int low = 0, high = BK_KW_COUNT;
    while (low < high) {
        int mid = (low + high) / 2, order = bk_str_cmp(name, bk_keyword_names[mid]);
        if (order == 0) return mid;
        if (order < 0) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return -1;
}

void bk_keywords_read(const bk_map *object, bk_keywords *ret) {
    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i < bk_map_len(object); i++) {
        const bk_map_entry *e = bk_map_at(object, i);
        int k = keyword_find(e->key);
        if (k >= 0) ret->at[k] = &e->value;
    }
}

static bool is_text(const bk_value *v) { return v && v->type == BK_T_STRING && !bk_json_is_number(*v); }

bool bk_keyword_str(const bk_keywords *kw, bk_keyword id, bk_str *ret) {
    if (!is_text(kw->at[id])) return false;
    *ret = bk_value_str(*kw->at[id]);
    return true;
}

/* ---- places and resources ---- */

bk_place *bk_root_place(bk_schema_compiler *c, bk_schema_root *root, bk_str ptr) {
    bk_place *place = bk_table_get(root->places, ptr);
    if (place) return place;
    place = BK_NEW(c->arena, bk_place);
    return place && bk_table_set(root->places, ptr, place) ? place : NULL;
}

bk_resource *bk_root_resource(bk_schema_root *root, bk_str ptr) {
    if (root->resources <= 1) ptr.n = 0;
    for (;;) {
        bk_place *place = bk_table_get(root->places, ptr);
        if (place && place->resource) return place->resource;
        size_t slash = bk_str_rfind_byte(ptr, '/');
        ptr.n = slash == BK_NPOS ? 0 : slash;
    }
}

/* ---- loading ---- */

static bk_status load_failed(bk_schema_compiler *c, bk_str url) {
    bk_str shown = quoted(c, url);
    return bk_err_wrap(c->err, "failing loading %.*s", BK_FMT(shown));
}

bk_status bk_schema_read(bk_schema_compiler *c, bk_str text, bk_value *ret) {
    size_t used;
    BK_TRY(bk_json_decode_first(c->arena, text, BK_JSON_NUMBER, BK_T_NIL, ret, &used, c->err));
    for (; used < text.n; used++)
        if (!strchr(" \t\r\n", text.p[used]) || text.p[used] == 0)
            return bk_err_set(c->err, BK_ERR, "invalid character after top-level value");
    return BK_OK;
}

/* What lies behind a URL that is not built in. */
static bk_status load_foreign(bk_schema_compiler *c, bk_str url, bk_value *ret) {
    bk_url parsed;
    bk_str text;
    if (bk_url_parse(c->arena, url, &parsed, c->err) != BK_OK) return load_failed(c, url);
    if (bk_str_eq(parsed.scheme, BK_S("urn"))) {
        if (c->loader && c->loader->unresolved) c->loader->unresolved(c->loader->self, url);
        *ret = bk_bool(true);
        return BK_OK;
    }
    if (!bk_str_eq(parsed.scheme, BK_S("file")) && !bk_str_eq(parsed.scheme, BK_S("http")) && !bk_str_eq(parsed.scheme, BK_S("https"))) {
        bk_buf b;
        bk_buf_init(&b, c->arena, 0);
        bk_url_print(&b, &parsed);
        bk_str shown = quoted(c, bk_buf_view(&b));
        bk_err_set(c->err, BK_ERR, "no URLLoader registered for %.*s", BK_FMT(shown));
        return load_failed(c, url);
    }
    if (!c->loader || !c->loader->load) {
        bk_err_set(c->err, BK_ERR_DENIED, "references to other documents are not allowed");
        return load_failed(c, url);
    }
    if (c->loader->load(c->loader->self, url, &text, c->err) != BK_OK || bk_schema_read(c, text, ret) != BK_OK) return load_failed(c, url);
    return BK_OK;
}

/* Sorts all maps of a document, once: what is compiled points at their entries. */
static bk_status sort_all(bk_schema_compiler *c, const bk_value *v, unsigned depth) {
    if (v->type != BK_T_MAP && v->type != BK_T_LIST) return BK_OK;
    if (depth == 0) return bk_err_limit(c->err, "nesting of a schema", BK_LIMIT_DEPTH);
    if (v->type == BK_T_MAP && !bk_map_sort(v->map)) return no_memory(c);
    for (size_t i = 0; v->type == BK_T_MAP && i < bk_map_len(v->map); i++) BK_TRY(sort_all(c, &bk_map_at(v->map, i)->value, depth - 1));
    for (size_t i = 0; v->type == BK_T_LIST && i < v->len; i++) BK_TRY(sort_all(c, &v->items[i], depth - 1));
    return BK_OK;
}

bk_status bk_schema_add(bk_schema_compiler *c, bk_str url, bk_value doc) {
    BK_TRY(sort_all(c, &doc, BK_LIMIT_DEPTH));
    return bk_map_set(c->docs, url, doc) ? BK_OK : no_memory(c);
}

/* *ret lives until the next document is loaded. */
static bk_status load(bk_schema_compiler *c, bk_str url, const bk_value **ret) {
    bool found;
    bk_value doc;
    *ret = bk_map_get(c->docs, url);
    if (*ret) return BK_OK;
    if (bk_map_len(c->docs) >= BK_SCHEMA_DOCS) return bk_err_limit(c->err, "documents of one schema", BK_SCHEMA_DOCS);
    BK_TRY(bk_meta_document(c->arena, url, &doc, &found, c->err));
    if (!found) BK_TRY(load_foreign(c, url, &doc));
    BK_TRY(bk_schema_add(c, url, doc));
    *ret = bk_map_get(c->docs, url);
    return BK_OK;
}

/* ---- drafts ---- */

static bk_str without_fragment(bk_str url) {
    bk_str head, fragment;
    bk_str_cut(url, BK_S("#"), &head, &fragment);
    return head;
}

/* The $schema of a value, when it is a text. */
static bool schema_of(const bk_value *doc, bk_str *ret) {
    bk_value *v = doc->type == BK_T_MAP ? bk_map_get(doc->map, BK_S("$schema")) : NULL;
    if (!is_text(v)) return false;
    *ret = bk_value_str(*v);
    return true;
}

/* The draft that a value follows, through the $schema of its $schema and so on; without any the fallback. */
static bk_status find_draft(bk_schema_compiler *c, bk_str url, bk_str ptr, const bk_value *doc, const bk_draft *fallback,
                            const bk_draft **ret) {
    bk_map *seen = NULL;
    bk_str schema;
    *ret = fallback;
    while (schema_of(doc, &schema)) {
        const bk_draft *draft = bk_draft_of(schema);
        if (draft) {
            *ret = draft;
            return BK_OK;
        }
        bk_url parsed;
        schema = without_fragment(schema);
        bk_status s = bk_url_parse(c->arena, schema, &parsed, c->err);
        if (s == BK_ERR) {
            bk_str shown = quoted_place(c, url, ptr);
            return bk_err_wrap(c->err, "invalid $schema in %.*s", BK_FMT(shown));
        }
        BK_TRY(s);
        if (ptr.n == 0 && bk_str_eq(schema, url)) {
            bk_str shown = quoted(c, schema);
            return bk_err_set(c->err, BK_ERR, "draft %.*s is not supported", BK_FMT(shown));
        }
        if (!seen) seen = bk_map_new(c->arena, 0);
        if (!seen) return no_memory(c);
        if (bk_map_get(seen, schema)) {
            bk_str shown = quoted(c, schema);
            return bk_err_set(c->err, BK_ERR, "cycle in resolving $schema in %.*s", BK_FMT(shown));
        }
        if (!bk_map_set(seen, schema, bk_nil())) return no_memory(c);
        BK_TRY(load(c, schema, &doc));
        url = schema;
        ptr.n = 0;
    }
    return BK_OK;
}

/* The vocabularies that the meta-schema at `url` asks for; 0 when it says nothing of them. */
static bk_status read_vocabs(bk_schema_compiler *c, const bk_draft *draft, bk_str url, const bk_value *doc, unsigned *ret) {
    if (draft->version < 2019 || doc->type != BK_T_MAP) return BK_OK;
    bk_value *v = bk_map_get(doc->map, BK_S("$vocabulary"));
    if (!v || v->type != BK_T_MAP) return BK_OK;
    *ret = BK_VOCAB_CORE;
    for (size_t i = 0; i < bk_map_len(v->map); i++) {
        const bk_map_entry *e = bk_map_at(v->map, i);
        if (e->value.kind != BK_BOOL || !e->value.b) continue;
        bk_str prefix = bk_str_c(draft->vocab_prefix);
        size_t bit = 0;
        if (bk_str_starts(e->key, prefix)) {
            bk_str name = bk_str_from(e->key, prefix.n);
            while (bit < BK_VOCABS && !((draft->vocabs >> bit & 1) && bk_str_eq(name, bk_str_c(bk_vocab_names[bit])))) bit++;
        } else {
            bit = BK_VOCABS;
        }
        if (bit == BK_VOCABS) {
            bk_str word = quoted(c, e->key), place = quoted(c, url);
            return bk_err_set(c->err, BK_ERR, "unsupported vocabulary %.*s in %.*s", BK_FMT(word), BK_FMT(place));
        }
        *ret |= 1u << bit;
    }
    return BK_OK;
}

/* The dialect of an object that has a $schema. */
static bk_status find_dialect(bk_schema_compiler *c, const bk_value *doc, const bk_draft *draft, bk_dialect *ret) {
    bk_str schema;
    const bk_value *meta;
    *ret = (bk_dialect){draft, 0};
    if (!schema_of(doc, &schema) || bk_draft_of(schema)) return BK_OK;
    schema = without_fragment(schema);
    BK_TRY(load(c, schema, &meta));
    return read_vocabs(c, draft, schema, meta, &ret->vocabs);
}

/* ---- collecting ---- */

/* base with ref resolved against it, without the fragment, which goes to *ret_fragment, decoded. */
static bk_status join(bk_schema_compiler *c, bk_str base, bk_str ref, bk_str *ret, bk_str *ret_fragment) {
    bk_url from, to, url;
    bk_str head = without_fragment(ref), whole = ref;
    bk_status s = bk_url_parse(c->arena, base, &from, c->err);
    whole = base;
    if (s == BK_OK) {
        whole = ref;
        s = bk_url_unescape(c->arena, bk_str_from(ref, head.n < ref.n ? head.n + 1 : ref.n), BK_URL_SEGMENT, ret_fragment, c->err);
    }
    if (s == BK_OK) {
        whole = head;
        s = bk_url_parse(c->arena, head, &to, c->err);
    }
    if (s == BK_ERR) {
        bk_str shown = quoted(c, whole);
        return bk_err_wrap(c->err, "error in parsing %.*s", BK_FMT(shown));
    }
    BK_TRY(s);
    BK_TRY(bk_url_resolve(c->arena, &from, &to, &url, c->err));
    if (to.scheme.n == 0 && from.opaque.n) url.opaque = from.opaque;
    bk_buf b;
    bk_buf_init(&b, c->arena, 0);
    bk_url_print(&b, &url);
    *ret = bk_buf_take(&b);
    return bk_buf_check(&b, c->err);
}

/* The identifier of an object in a draft, without fragment; empty when it has none. */
static bk_str identifier(const bk_draft *draft, const bk_keywords *kw) {
    bk_str id = {0};
    if (draft->version < 2019 && kw->at[BK_KW_REF]) return id;
    (void)bk_keyword_str(kw, draft->id, &id);
    return without_fragment(id);
}

static bk_status add_anchor(bk_schema_compiler *c, bk_schema_root *root, bk_resource *res, bk_str name, bk_str ptr, bool dynamic) {
    bk_anchor *anchor = bk_table_get(res->anchors, name);
    if (anchor && !bk_str_eq(anchor->ptr, ptr)) {
        bk_str word = quoted(c, name), place = quoted(c, root->url), here = quoted(c, anchor->ptr), there = quoted(c, ptr);
        return bk_err_set(c->err, BK_ERR, "duplicate anchor %.*s in %.*s at %.*s and %.*s", BK_FMT(word), BK_FMT(place), BK_FMT(here),
                          BK_FMT(there));
    }
    if (!anchor) {
        if (!res->anchors) res->anchors = bk_map_new(c->arena, 0);
        anchor = BK_NEW(c->arena, bk_anchor);
        if (!anchor || !res->anchors || !bk_table_set(res->anchors, name, anchor)) return no_memory(c);
        anchor->ptr = ptr;
    }
    anchor->dynamic |= dynamic;
    return BK_OK;
}

/* True for a fragment that is a JSON pointer; else it is an anchor. */
static bool is_pointer(bk_str fragment) { return fragment.n == 0 || fragment.p[0] == '/'; }

static bk_status collect_anchors(bk_schema_compiler *c, bk_schema_root *root, const bk_keywords *kw, bk_str ptr, bk_resource *res) {
    bk_str s;
    const bk_draft *draft = res->dialect.draft;
    if (draft->version >= 2019) {
        if (bk_keyword_str(kw, BK_KW_ANCHOR, &s)) BK_TRY(add_anchor(c, root, res, s, ptr, false));
        if (draft->version >= 2020 && bk_keyword_str(kw, BK_KW_DYNAMIC_ANCHOR, &s)) BK_TRY(add_anchor(c, root, res, s, ptr, true));
        return BK_OK;
    }
    if (kw->at[BK_KW_REF] || !bk_keyword_str(kw, draft->id, &s)) return BK_OK;
    bk_str head = without_fragment(s);
    if (head.n == s.n) return BK_OK;
    bk_status status = bk_url_unescape(c->arena, bk_str_from(s, head.n + 1), BK_URL_SEGMENT, &s, c->err);
    if (status == BK_ERR) {
        bk_err_release(c->err);
        bk_str shown = quoted_place(c, root->url, ptr);
        return bk_err_set(c->err, BK_ERR, "error in parsing anchor at %.*s", BK_FMT(shown));
    }
    BK_TRY(status);
    return is_pointer(s) ? BK_OK : add_anchor(c, root, res, s, ptr, false);
}

/* Where subschemas are, and since which draft: in the value itself, in all its properties, in all its items. */
typedef enum subschemas { ITSELF, PROPERTIES, ITEMS, ITSELF_OR_ITEMS } subschemas;
static const struct {
    uint8_t keyword, where;
    int since;
} positions[] = {
    {BK_KW_DEFINITIONS, PROPERTIES, 4},
    {BK_KW_NOT, ITSELF, 4},
    {BK_KW_ALL_OF, ITEMS, 4},
    {BK_KW_ANY_OF, ITEMS, 4},
    {BK_KW_ONE_OF, ITEMS, 4},
    {BK_KW_PROPERTIES, PROPERTIES, 4},
    {BK_KW_ADDITIONAL_PROPERTIES, ITSELF, 4},
    {BK_KW_PATTERN_PROPERTIES, PROPERTIES, 4},
    {BK_KW_ITEMS, ITSELF_OR_ITEMS, 4},
    {BK_KW_ADDITIONAL_ITEMS, ITSELF, 4},
    {BK_KW_DEPENDENCIES, PROPERTIES, 4},
    {BK_KW_PROPERTY_NAMES, ITSELF, 6},
    {BK_KW_CONTAINS, ITSELF, 6},
    {BK_KW_IF, ITSELF, 7},
    {BK_KW_THEN, ITSELF, 7},
    {BK_KW_ELSE, ITSELF, 7},
    {BK_KW_DEFS, PROPERTIES, 2019},
    {BK_KW_DEPENDENT_SCHEMAS, PROPERTIES, 2019},
    {BK_KW_UNEVALUATED_PROPERTIES, ITSELF, 2019},
    {BK_KW_UNEVALUATED_ITEMS, ITSELF, 2019},
    {BK_KW_CONTENT_SCHEMA, ITSELF, 2019},
    {BK_KW_PREFIX_ITEMS, ITEMS, 2020},
};

typedef struct collector {
    bk_schema_compiler *c;
    bk_schema_root *root;
    unsigned depth;
} collector;

static bk_status collect(collector *k, const bk_value *v, bk_str base, bk_str ptr, bk_dialect fallback);

static bk_status collect_under(collector *k, const bk_value *v, subschemas where, bk_str base, bk_str ptr, bk_dialect dialect) {
    bk_str at;
    if (where == ITSELF || where == ITSELF_OR_ITEMS) BK_TRY(collect(k, v, base, ptr, dialect));
    if (where == PROPERTIES && v->type == BK_T_MAP) {
        for (size_t i = 0; i < bk_map_len(v->map); i++) {
            const bk_map_entry *e = bk_map_at(v->map, i);
            if (!bk_ptr_append(k->c->arena, ptr, e->key, &at)) return no_memory(k->c);
            BK_TRY(collect(k, &e->value, base, at, dialect));
        }
    }
    if ((where == ITEMS || where == ITSELF_OR_ITEMS) && v->type == BK_T_LIST) {
        for (size_t i = 0; i < v->len; i++) {
            if (!bk_ptr_append_index(k->c->arena, ptr, i, &at)) return no_memory(k->c);
            BK_TRY(collect(k, &v->items[i], base, at, dialect));
        }
    }
    return BK_OK;
}

/* Makes ptr the beginning of the resource `id`. */
static bk_status begin_resource(collector *k, bk_str id, bk_str ptr, bk_place *place, bk_dialect dialect) {
    bk_resource *old = bk_table_get(k->root->ids, id);
    if (old && !bk_str_eq(old->ptr, ptr)) {
        bk_str word = quoted(k->c, id), root = quoted(k->c, k->root->url), here = quoted(k->c, ptr), there = quoted(k->c, old->ptr);
        return bk_err_set(k->c->err, BK_ERR, "duplicate id %.*s in %.*s at %.*s and %.*s", BK_FMT(word), BK_FMT(root), BK_FMT(here),
                          BK_FMT(there));
    }
    if (old) return BK_OK;
    bk_resource *res = BK_NEW(k->c->arena, bk_resource);
    if (!res) return no_memory(k->c);
    *res = (bk_resource){.ptr = ptr, .id = id, .dialect = dialect};
    place->resource = res;
    k->root->resources++;
    return bk_table_set(k->root->ids, id, res) ? BK_OK : no_memory(k->c);
}

/* Finds out which resource an object belongs to: *base becomes its identifier, *ret_draft the draft that says where subschemas are. */
static bk_status enter(collector *k, const bk_value *v, const bk_keywords *kw, bk_str ptr, bk_place *place, bk_dialect fallback,
                       bk_str *base, const bk_draft **ret_draft) {
    bk_schema_compiler *c = k->c;
    bool own = is_text(kw->at[BK_KW_SCHEMA]);
    const bk_draft *draft;
    BK_TRY(find_draft(c, k->root->url, ptr, v, fallback.draft, &draft));
    bk_str id = identifier(draft, kw);
    if (id.n == 0 && ptr.n) { /* $schema counts only where a resource begins */
        draft = fallback.draft;
        own = false;
        id = identifier(draft, kw);
    }
    *ret_draft = draft;
    if (id.n) {
        bk_str fragment;
        bk_status s = join(c, *base, id, base, &fragment);
        if (s == BK_ERR) {
            bk_err_release(c->err);
            bk_str shown = quoted_place(c, k->root->url, ptr);
            return bk_err_set(c->err, BK_ERR, "error in parsing id at %.*s", BK_FMT(shown));
        }
        BK_TRY(s);
    }
    if (id.n == 0 && ptr.n) return BK_OK;
    bk_dialect dialect = fallback;
    if (own) BK_TRY(find_dialect(c, v, draft, &dialect));
    return begin_resource(k, *base, ptr, place, dialect);
}

static bk_status collect_object(collector *k, const bk_value *v, bk_str base, bk_str ptr, bk_place *place, bk_dialect fallback) {
    bk_keywords kw;
    const bk_draft *draft;
    bk_str at;
    bk_keywords_read(v->map, &kw);
    BK_TRY(enter(k, v, &kw, ptr, place, fallback, &base, &draft));
    bk_resource *res = bk_table_get(k->root->ids, base);
    if (!res) return bk_err_internal(k->c->err, "a schema without a resource");
    BK_TRY(collect_anchors(k->c, k->root, &kw, ptr, res));
    for (size_t i = 0; i < BK_COUNT(positions); i++) {
        const bk_value *sub = kw.at[positions[i].keyword];
        if (!sub || positions[i].since > draft->version) continue;
        if (!bk_ptr_append(k->c->arena, ptr, bk_keyword_names[positions[i].keyword], &at)) return no_memory(k->c);
        BK_TRY(collect_under(k, sub, (subschemas)positions[i].where, base, at, res->dialect));
    }
    return BK_OK;
}

/* Notes resources and anchors of the (sub)schema v and all below. */
static bk_status collect(collector *k, const bk_value *v, bk_str base, bk_str ptr, bk_dialect fallback) {
    bk_place *place = bk_root_place(k->c, k->root, ptr);
    if (!place) return no_memory(k->c);
    if (place->collected) return BK_OK;
    if (k->depth >= BK_LIMIT_DEPTH) return bk_err_limit(k->c->err, "nesting of a schema", BK_LIMIT_DEPTH);
    k->depth++;
    if (v->type == BK_T_MAP) {
        BK_TRY(collect_object(k, v, base, ptr, place, fallback));
    } else if (ptr.n == 0) {
        BK_TRY(begin_resource(k, base, ptr, place, fallback));
    }
    k->depth--;
    place->collected = true;
    return BK_OK;
}

/* ---- roots ---- */

/* Checks what lies at ptr against its meta-schema. */
static bk_status check_meta(bk_schema_compiler *c, bk_schema_root *root, bk_str ptr, const bk_value *v) {
    bk_schema *meta;
    bk_flaw *flaw;
    bk_str report;
    bk_buf b;
    const bk_dialect *dialect = &bk_root_resource(root, ptr)->dialect;
    bool sound = false;
    if (root->resources < 2) BK_TRY(bk_schema_glance(c, dialect, v, &sound));
    if (sound) return BK_OK;
    BK_TRY(bk_dialect_schema(c->meta, dialect, &meta));
    BK_TRY(bk_schema_check(c, meta, *v, root, &flaw));
    if (!flaw) return BK_OK;
    BK_TRY(bk_flaw_report(c->arena, meta, flaw, &report, c->err));
    bk_buf_init(&b, c->arena, 0);
    bk_buf_str(&b, quoted_place(c, root->url, ptr));
    bk_buf_c(&b, " is not valid against metaschema: ");
    bk_buf_str(&b, report);
    BK_TRY(bk_buf_check(&b, c->err));
    return bk_err_set_str(c->err, BK_ERR, bk_buf_view(&b));
}

bk_status bk_root_load(bk_schema_compiler *c, bk_str url, bk_schema_root **ret) {
    const bk_value *doc;
    *ret = bk_table_get(c->roots, url);
    if (*ret) return BK_OK;
    BK_TRY(load(c, url, &doc));
    bk_schema_root *root = BK_NEW(c->arena, bk_schema_root);
    if (!root) return no_memory(c);
    *root = (bk_schema_root){.url = url, .doc = *doc, .places = bk_map_new(c->arena, 0), .ids = bk_map_new(c->arena, 0)};
    if (!root->places || !root->ids) return no_memory(c);
    collector k = {.c = c, .root = root};
    BK_TRY(collect(&k, &root->doc, url, BK_S(""), (bk_dialect){&bk_drafts[BK_DRAFTS - 1], 0}));
    if (!bk_str_starts(url, BK_S("http://json-schema.org/")) && !bk_str_starts(url, BK_S("https://json-schema.org/"))) {
        BK_TRY(check_meta(c, root, BK_S(""), &root->doc));
    }
    if (!bk_table_set(c->roots, url, root)) return no_memory(c);
    *ret = root;
    return BK_OK;
}

bk_status bk_root_lookup(bk_schema_compiler *c, const bk_schema_root *root, bk_str ptr, const bk_value **ret) {
    const bk_value *v = &root->doc;
    bk_str rest, token;
    bool more = bk_str_cut(ptr, BK_S("/"), &token, &rest);
    while (more) {
        const bk_value *next = NULL;
        int64_t index;
        more = bk_str_cut(rest, BK_S("/"), &token, &rest);
        if (!unescape(c->arena, token, &token)) {
            bk_str shown = quoted_place(c, root->url, ptr);
            return bk_err_set(c->err, BK_ERR, "invalid json-pointer %.*s", BK_FMT(shown));
        }
        if (v->type == BK_T_MAP) {
            next = bk_map_get(v->map, token);
        } else if (v->type == BK_T_LIST && bk_parse_int(token, 10, &index) == BK_NUM_OK && index >= 0 && index < (int64_t)v->len) {
            next = &v->items[index];
        }
        if (!next) {
            bk_str shown = quoted_place(c, root->url, ptr);
            return bk_err_set(c->err, BK_ERR, "json-pointer in %.*s not found", BK_FMT(shown));
        }
        v = next;
    }
    *ret = v;
    return BK_OK;
}

bk_status bk_root_ensure(bk_schema_compiler *c, bk_schema_root *root, bk_str ptr) {
    const bk_value *v;
    bk_place *place = bk_table_get(root->places, ptr);
    if (place && place->collected) return BK_OK;
    BK_TRY(bk_root_lookup(c, root, ptr, &v));
    bk_resource *res = bk_root_resource(root, ptr);
    collector k = {.c = c, .root = root};
    BK_TRY(collect(&k, v, res->id, ptr, res->dialect));
    place = bk_root_place(c, root, ptr);
    if (!place) return no_memory(c);
    if (v->type == BK_T_MAP && !place->resource) {
        bk_keywords kw;
        bk_keywords_read(v->map, &kw);
        BK_TRY(collect_anchors(c, root, &kw, ptr, bk_root_resource(root, ptr)));
    }
    return check_meta(c, root, ptr, v);
}

/* ---- references ---- */

bk_status bk_ref_fragment(bk_schema_compiler *c, bk_str ref, bk_str *ret) {
    bk_str head = without_fragment(ref);
    bk_status s = bk_url_unescape(c->arena, bk_str_from(ref, head.n < ref.n ? head.n + 1 : ref.n), BK_URL_SEGMENT, ret, c->err);
    if (s != BK_ERR) return s;
    bk_str shown = quoted(c, ref);
    return bk_err_wrap(c->err, "error in parsing %.*s", BK_FMT(shown));
}

/* The pointer that a fragment means in a resource. */
static bk_status resolve_fragment(bk_schema_compiler *c, const bk_schema_root *root, const bk_resource *res, bk_str fragment, bk_str *ret) {
    if (is_pointer(fragment)) {
        return bk_arena_cat(c->arena, res->ptr, fragment, ret) ? BK_OK : no_memory(c);
    }
    const bk_anchor *anchor = bk_table_get(res->anchors, fragment);
    if (anchor) {
        *ret = anchor->ptr;
        return BK_OK;
    }
    bk_str place = quoted_place(c, res->id, fragment), schema = quoted(c, root->url);
    return bk_err_set(c->err, BK_ERR, "anchor in %.*s not found in schema %.*s", BK_FMT(place), BK_FMT(schema));
}

bk_status bk_ref_resolve(bk_schema_compiler *c, bk_schema_root *root, bk_resource *in, bk_str ref, bk_schema_root **ret, bk_str *ret_ptr) {
    bk_str url = in->url, fragment;
    bool own = bk_str_starts(ref, BK_S("#"));
    if (own && url.n) BK_TRY(bk_ref_fragment(c, ref, &fragment));
    else BK_TRY(join(c, in->id, ref, &url, &fragment));
    if (own) in->url = url; /* nearly all references of a schema are of this kind */
    const bk_resource *res = bk_str_eq(url, root->url) ? bk_root_resource(root, BK_S("")) : bk_table_get(root->ids, url);
    if (!res) {
        BK_TRY(bk_root_load(c, url, &root));
        res = bk_root_resource(root, BK_S(""));
    }
    *ret = root;
    return resolve_fragment(c, root, res, fragment, ret_ptr);
}
