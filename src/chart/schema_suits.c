/* Values that suit their schema at a glance: see schema_glance.h.
 *
 * The schema is read as it stands in the document. What is rare (formats of later drafts, contains, unevaluated properties, decimals as bounds, …) is not judged here. */
#include "base/num.h"
#include "base/utf8.h"
#include "chart/schema_glance.h"
#include "data/json.h"

enum {
    NESTING = 200,
    WORK = 100000, /* a small part of BK_SCHEMA_WORK, whose units are no larger */
    LIST_OF_TEXTS = 32,
    DIGITS = 15, /* of a whole number that float64 holds */
};

typedef struct suitor {
    bk_glance g;
    size_t work;
    unsigned depth;
    uint32_t ref_hash; /* of "$ref" */
    bool unknown;      /* nothing can be said: the verdict does not count */
} suitor;

static bool unknown(suitor *s) {
    s->unknown = true;
    return false;
}

static bool spend(suitor *s, size_t n) {
    if (n > s->work) return unknown(s);
    s->work -= n;
    return true;
}

/* Whether a value suits a (sub)schema, unless that is unknown. */
static bool suits(suitor *s, const bk_value *schema, bk_value v);

/* ---- numbers ---- */

static bool is_whole(bk_value v) {
    if (v.kind != BK_FLOAT) return true;
    return v.f > 9e15 || v.f < -9e15 || v.f == (double)(int64_t)v.f;
}

/* A keyword that is a count. */
static bool read_count(suitor *s, const bk_value *keyword, size_t *ret) {
    uint64_t n;
    if (keyword->len > 9 || bk_parse_uint(bk_value_str(*keyword), 10, &n) != BK_NUM_OK) return unknown(s);
    *ret = (size_t)n;
    return true;
}

/* The order of a number and a bound. */
static bool compare(suitor *s, bk_value v, const bk_value *bound, int *ret) {
    int64_t to;
    if (bound->len > DIGITS || bk_parse_int(bk_value_str(*bound), 10, &to) != BK_NUM_OK) return unknown(s);
    if (v.kind == BK_UINT) return unknown(s);
    if (v.kind == BK_INT) *ret = v.i < to ? -1 : v.i > to;
    else *ret = v.f<(double)to ? -1 : v.f>(double) to;
    return true;
}

/* ---- by type ---- */

/* What failed says nothing; a lack of memory ends the validation. */
static bool failed(suitor *s, bk_status status, bk_err *err) {
    if (status == BK_ERR_NOMEM && s->g.status == BK_OK) {
        s->g.status = status;
        bk_err_move(s->g.c->err, err);
    }
    bk_err_release(err);
    return unknown(s);
}

static bool matches(suitor *s, bk_str pattern, bk_str text) {
    const bk_regex *regex;
    bool found = false;
    bk_err err = BK_ERR_INIT;
    if (!spend(s, 1 + text.n / 16)) return false;
    bk_status status = bk_pattern_compile(s->g.c, pattern, &regex, &err);
    if (status == BK_OK) status = bk_regex_match(regex, s->g.c->scratch, text, &found, &err);
    return status == BK_OK ? found : failed(s, status, &err);
}

static bool check_format(suitor *s, const bk_value *name, bk_value v) {
    bk_err err = BK_ERR_INIT;
    if (s->g.version >= 2019) return true; /* not asserted */
    if (bk_str_eq(bk_value_str(*name), BK_S("regex"))) return unknown(s);
    const bk_format *format = bk_format_find(bk_value_str(*name));
    if (!format) return true;
    if (!spend(s, v.len / 16)) return false;
    bk_status status = format->check(s->g.c->scratch, bk_value_str(v), &err);
    if (status != BK_OK && status != BK_ERR) return failed(s, status, &err);
    bk_err_release(&err);
    return status == BK_OK;
}

static bool check_string(suitor *s, bk_keyword k, const bk_value *keyword, bk_value v) {
    size_t n;
    if (k == BK_KW_PATTERN) return matches(s, bk_value_str(*keyword), bk_value_str(v));
    if (k == BK_KW_FORMAT) return check_format(s, keyword, v);
    if (!spend(s, v.len / 64) || !read_count(s, keyword, &n)) return false;
    return k == BK_KW_MIN_LENGTH ? bk_utf8_count(bk_value_str(v)) >= n : bk_utf8_count(bk_value_str(v)) <= n;
}

static bool check_number(suitor *s, bk_keyword k, const bk_value *keyword, bk_value v) {
    int order;
    if (k == BK_KW_MULTIPLE_OF || !compare(s, v, keyword, &order)) return unknown(s);
    return k == BK_KW_MINIMUM ? order >= 0 : k == BK_KW_MAXIMUM ? order <= 0 : k == BK_KW_EXCLUSIVE_MINIMUM ? order > 0 : order < 0;
}

static bool check_unique(suitor *s, bk_value v) {
    if (v.len > LIST_OF_TEXTS) return unknown(s);
    for (size_t i = 0; i < v.len; i++) {
        if (v.len > 1 && v.items[i].type != BK_T_STRING) return unknown(s);
        for (size_t j = 0; j < i; j++)
            if (bk_str_eq(bk_value_str(v.items[i]), bk_value_str(v.items[j]))) return false;
    }
    return true;
}

static bool check_list(suitor *s, bk_keyword k, const bk_value *keyword, bk_value v) {
    size_t n;
    if (k == BK_KW_UNIQUE_ITEMS) return !keyword->b || check_unique(s, v);
    if (k == BK_KW_MIN_ITEMS || k == BK_KW_MAX_ITEMS) return read_count(s, keyword, &n) && (k == BK_KW_MIN_ITEMS ? v.len >= n : v.len <= n);
    if (k != BK_KW_ITEMS || keyword->type == BK_T_LIST) return unknown(s);
    for (size_t i = 0; i < v.len; i++)
        if (!suits(s, keyword, v.items[i])) return false;
    return true;
}

/* The keywords about properties, which depend on each other. */
typedef struct properties {
    bk_map *own, *patterns;
    const bk_value *additional;
} properties;

static bool check_property(suitor *s, const properties *p, const bk_map_entry *e) {
    const bk_value *own = bk_map_get_hashed(p->own, e->key, e->hash);
    bool evaluated = own != NULL;
    if (own && !suits(s, own, e->value)) return false;
    for (size_t i = 0; i < bk_map_len(p->patterns); i++) {
        const bk_map_entry *pattern = bk_map_at(p->patterns, i);
        if (!matches(s, pattern->key, e->key)) {
            if (s->unknown) return false;
            continue;
        }
        evaluated = true;
        if (!suits(s, &pattern->value, e->value)) return false;
    }
    return evaluated || !p->additional || suits(s, p->additional, e->value);
}

static bool check_properties(suitor *s, const properties *p, bk_map *map) {
    if (!p->own && !p->patterns && !p->additional) return true;
    for (size_t i = 0; i < bk_map_len(map); i++)
        if (!spend(s, 1) || !check_property(s, p, bk_map_at(map, i))) return false;
    return true;
}

static bool check_map(suitor *s, bk_keyword k, const bk_value *keyword, bk_value v, properties *p) {
    size_t n;
    switch (k) {
    case BK_KW_PROPERTIES: return p->own = keyword->map, true;
    case BK_KW_PATTERN_PROPERTIES: return p->patterns = keyword->map, true;
    case BK_KW_ADDITIONAL_PROPERTIES: return p->additional = keyword, true;
    case BK_KW_REQUIRED:
        for (size_t i = 0; i < keyword->len; i++)
            if (!bk_map_get(v.map, bk_value_str(keyword->items[i]))) return false;
        return true;
    case BK_KW_MIN_PROPERTIES: return read_count(s, keyword, &n) && bk_map_len(v.map) >= n;
    case BK_KW_MAX_PROPERTIES: return read_count(s, keyword, &n) && bk_map_len(v.map) <= n;
    default: return unknown(s);
    }
}

/* ---- of any type ---- */

static bool check_type(const bk_value *keyword, unsigned type, bk_value v) {
    unsigned types = 0;
    if (keyword->type != BK_T_LIST) types = bk_json_type_named(*keyword);
    else
        for (size_t i = 0; i < keyword->len; i++) types |= bk_json_type_named(keyword->items[i]);
    return (types & type) || ((types & BK_JT_INTEGER) && type == BK_JT_NUMBER && is_whole(v));
}

/* A list of texts, truths and null. */
static bool check_enum(const bk_value *keyword, bk_value v) {
    for (size_t i = 0; i < keyword->len; i++)
        if (keyword->items[i].kind == v.kind && bk_deep_equal(keyword->items[i], v)) return true;
    return false;
}

static bool check_const(suitor *s, const bk_value *keyword, bk_value v) {
    if (s->g.version < 6 || bk_json_is_number(*keyword) || keyword->kind == BK_MAP || keyword->kind == BK_LIST) return unknown(s);
    return keyword->kind == v.kind && bk_deep_equal(*keyword, v);
}

/* How many of a list of schemas the value suits, at most `most`. */
static size_t count_suited(suitor *s, const bk_value *schemas, bk_value v, size_t most) {
    size_t n = 0;
    for (size_t i = 0; i < schemas->len && n < most && !s->unknown; i++) n += suits(s, &schemas->items[i], v);
    return n;
}

static bool check_logic(suitor *s, bk_keyword k, const bk_value *keyword, bk_value v) {
    switch (k) {
    case BK_KW_NOT: return !suits(s, keyword, v);
    case BK_KW_ALL_OF: return count_suited(s, keyword, v, keyword->len) == keyword->len;
    case BK_KW_ANY_OF: return count_suited(s, keyword, v, 1) == 1;
    default: return count_suited(s, keyword, v, 2) == 1;
    }
}

static bool check_if(suitor *s, const bk_value *iff, const bk_value *then, const bk_value *otherwise, bk_value v) {
    if (s->g.version < 7) return unknown(s);
    const bk_value *next = suits(s, iff, v) ? then : otherwise;
    return !next || suits(s, next, v);
}

/* What a keyword is about: a value of another type suits it. ITSELF: any; NOTES: none. */
enum about { NOTES, ITSELF, TEXTS = BK_JT_STRING, NUMBERS = BK_JT_NUMBER, LISTS = BK_JT_ARRAY, MAPS = BK_JT_OBJECT };
static unsigned about(bk_keyword k) {
    switch (k) {
    case BK_KW_MIN_LENGTH:
    case BK_KW_MAX_LENGTH:
    case BK_KW_PATTERN:
    case BK_KW_FORMAT: return TEXTS;
    case BK_KW_MINIMUM:
    case BK_KW_MAXIMUM:
    case BK_KW_EXCLUSIVE_MINIMUM:
    case BK_KW_EXCLUSIVE_MAXIMUM:
    case BK_KW_MULTIPLE_OF: return NUMBERS;
    case BK_KW_ITEMS:
    case BK_KW_PREFIX_ITEMS:
    case BK_KW_UNIQUE_ITEMS:
    case BK_KW_MIN_ITEMS:
    case BK_KW_MAX_ITEMS:
    case BK_KW_CONTAINS:
    case BK_KW_UNEVALUATED_ITEMS: return LISTS;
    case BK_KW_PROPERTIES:
    case BK_KW_PATTERN_PROPERTIES:
    case BK_KW_ADDITIONAL_PROPERTIES:
    case BK_KW_REQUIRED:
    case BK_KW_MIN_PROPERTIES:
    case BK_KW_MAX_PROPERTIES:
    case BK_KW_PROPERTY_NAMES:
    case BK_KW_DEPENDENT_SCHEMAS:
    case BK_KW_UNEVALUATED_PROPERTIES: return MAPS;
    case BK_KW_REF:
    case BK_KW_TYPE:
    case BK_KW_ENUM:
    case BK_KW_CONST:
    case BK_KW_NOT:
    case BK_KW_ALL_OF:
    case BK_KW_ANY_OF:
    case BK_KW_ONE_OF:
    case BK_KW_IF:
    case BK_KW_THEN:
    case BK_KW_ELSE: return ITSELF;
    default: return NOTES; /* or refused by bk_glance_sound */
    }
}

/* if, then and else, which belong together. */
typedef struct choice {
    const bk_value *iff, *then, *otherwise;
} choice;

static bool check_any(suitor *s, bk_keyword k, const bk_value *keyword, unsigned type, bk_value v, choice *choice) {
    const bk_value *target;
    bool ignored;
    switch (k) {
    case BK_KW_TYPE: return check_type(keyword, type, v);
    case BK_KW_ENUM: return check_enum(keyword, v);
    case BK_KW_CONST: return check_const(s, keyword, v);
    case BK_KW_IF: return choice->iff = keyword, true;
    case BK_KW_THEN: return choice->then = keyword, true;
    case BK_KW_ELSE: return choice->otherwise = keyword, true;
    case BK_KW_REF: target = bk_glance_target(&s->g, bk_value_str(*keyword), &ignored); return target ? suits(s, target, v) : unknown(s);
    default: return check_logic(s, k, keyword, v);
    }
}

static bool check_keywords(suitor *s, bk_map *schema, bk_value v) {
    properties p = {0};
    choice choice = {0};
    const unsigned type = bk_json_type_of(v);
    const size_t n = bk_map_len(schema);
    if (type == 0 || bk_json_is_number(v)) return unknown(s);
    for (size_t i = 0; i < n; i++) {
        const bk_map_entry *e = bk_map_at(schema, i);
        const bk_keyword k = bk_glance_keyword(&s->g, e);
        const unsigned of = about(k);
        bool good = true;
        if (of == ITSELF) good = check_any(s, k, &e->value, type, v, &choice);
        else if (of != type) continue;
        else if (type == BK_JT_STRING) good = check_string(s, k, &e->value, v);
        else if (type == BK_JT_NUMBER) good = check_number(s, k, &e->value, v);
        else if (type == BK_JT_ARRAY) good = check_list(s, k, &e->value, v);
        else good = check_map(s, k, &e->value, v, &p);
        if (!good || s->unknown) return false;
    }
    if (type == BK_JT_OBJECT && !check_properties(s, &p, v.map)) return false;
    return !choice.iff || check_if(s, choice.iff, choice.then, choice.otherwise, v);
}

/* A reference that hides all keywords beside it but const, as up to draft 7; NULL: none. */
static const bk_value *hiding_ref(const suitor *s, bk_map *schema) {
    return s->g.version < 2019 ? bk_map_get_hashed(schema, BK_S("$ref"), s->ref_hash) : NULL;
}

static bool check_hidden(suitor *s, const bk_value *ref, bk_map *schema, bk_value v) {
    choice ignored = {0};
    if (bk_json_type_of(v) == 0 || bk_map_get(schema, BK_S("const"))) return unknown(s);
    return check_any(s, BK_KW_REF, ref, 0, v, &ignored);
}

static bool suits(suitor *s, const bk_value *schema, bk_value v) {
    if (schema->kind == BK_BOOL) return schema->b;
    if (bk_map_len(schema->map) == 0) return true;
    if (s->depth == 0 || !spend(s, 1)) return unknown(s);
    s->depth--;
    const bk_value *ref = hiding_ref(s, schema->map);
    bool good = ref ? check_hidden(s, ref, schema->map, v) : check_keywords(s, schema->map, v);
    s->depth++;
    return good && !s->unknown;
}

bk_status bk_schema_suits(bk_schema_compiler *c, const bk_value *doc, bk_value values, bool *ret) {
    suitor s = {.work = WORK, .depth = NESTING, .ref_hash = bk_str_hash(BK_S("$ref"))};
    const bk_value *dialect = doc->type == BK_T_MAP ? bk_map_get(doc->map, BK_S("$schema")) : NULL;
    const bk_draft *draft = &bk_drafts[BK_DRAFTS - 1];
    *ret = false;
    if (dialect && dialect->type == BK_T_STRING) draft = bk_draft_of(bk_value_str(*dialect));
    if (!draft) return BK_OK;
    bk_glance_init(&s.g, c, draft->version);
    s.g.doc = doc;
    if (bk_glance_sound(&s.g, doc) && s.g.patterns <= BK_SCHEMA_PATTERNS) *ret = suits(&s, doc, values) && !s.unknown;
    return s.g.status;
}
