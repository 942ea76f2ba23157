/* Documents to compiled schemas. A queue instead of recursion: a schema's subschemas and the targets of its references wait until
 * their turn comes, so that cycles need no care. */
#include "base/num.h"
#include "chart/schema_internal.h"
#include "data/json.h"
#include "value/gofmt.h"

typedef struct object {
    bk_schema_compiler *c;
    bk_schema *s;
    bk_resource *res;
    bk_keywords kw;
} object;

static bk_status no_memory(bk_schema_compiler *c) { return bk_arena_fail(c->arena, c->err); }

/* ---- patterns ---- */

size_t bk_pattern_cost(bk_str text) {
    enum { COPIES = 1000 }; /* more are refused, also nested */
    size_t copies = 1;
    for (size_t i = 0; i < text.n && copies < COPIES; i++) {
        size_t most = 0;
        if (text.p[i] != '{') continue;
        for (size_t n = 0; i + 1 < text.n && (text.p[i + 1] == ',' || (unsigned char)(text.p[i + 1] - '0') < 10); i++) {
            n = text.p[i + 1] == ',' ? 0 : n * 10 + (size_t)(text.p[i + 1] - '0');
            if (n > COPIES) n = COPIES;
            if (n > most) most = n;
        }
        if (most > 1) copies *= most;
    }
    if (text.n > BK_REGEX_PATTERN) return SIZE_MAX;
    return text.n * (64 + (copies < COPIES ? copies : COPIES));
}

bk_status bk_pattern_compile(bk_schema_compiler *c, bk_str text, const bk_regex **ret, bk_err *err) {
    bk_regex *regex = bk_table_get(c->patterns, text);
    if (!regex) {
        size_t cost = bk_pattern_cost(text);
        if (cost > BK_SCHEMA_PATTERNS - c->pattern_cost) return bk_err_limit(err, "patterns of a schema", BK_SCHEMA_PATTERNS);
        regex = BK_NEW(c->arena, bk_regex);
        if (!regex) return bk_arena_fail(c->arena, err);
        BK_TRY(bk_regex_compile(regex, text, err));
        if (!bk_table_set(c->patterns, text, regex)) {
            bk_regex_release(regex);
            return bk_arena_fail(c->arena, err);
        }
        c->pattern_cost += cost;
    }
    *ret = regex;
    return BK_OK;
}

void bk_patterns_release(bk_schema_compiler *c) {
    for (size_t i = 0; i < bk_map_len(c->patterns); i++) bk_regex_release((bk_regex *)(uintptr_t)bk_map_at(c->patterns, i)->value.u);
    c->patterns = NULL;
}

/* Fills *ret, which has its text. */
static bk_status compile_pattern(object *o, bk_keyword keyword, bk_schema_pattern *ret) {
    bk_schema_compiler *c = o->c;
    if (!c->meta) return BK_OK; /* our own patterns are sound */
    bk_status status = bk_pattern_compile(c, ret->text, &ret->regex, c->err);
    if (status != BK_ERR) return status;
    bk_buf b;
    bk_buf_init(&b, c->arena, 0);
    bk_location_print(&b, o->s->root->url, o->s->ptr);
    bk_buf_byte(&b, '/');
    bk_buf_str(&b, bk_keyword_names[keyword]);
    bk_str place = bk_buf_take(&b);
    bk_buf_c(&b, "invalid regex ");
    bk_fmt_quote(&b, ret->text);
    bk_buf_c(&b, " at ");
    bk_fmt_quote(&b, place);
    return bk_err_wrap(c->err, "%.*s", BK_FMT(bk_buf_view(&b)));
}

/* ---- the queue ---- */

/* The schema at a place, which will be compiled. node may be NULL: not known yet. */
static bk_schema *enqueue(bk_schema_compiler *c, bk_schema_root *root, bk_str ptr, const bk_value *node) {
    bk_place *place = bk_root_place(c, root, ptr);
    if (!place) return NULL;
    if (place->schema) return place->schema;
    bk_schema *s = BK_NEW(c->arena, bk_schema);
    if (!s) return NULL;
    s->root = root;
    s->ptr = ptr;
    s->node = node;
    *c->last = s;
    c->last = &s->next;
    place->schema = s;
    return s;
}

static bk_status enqueue_ref(object *o, bk_keyword keyword, bk_schema **ret) {
    bk_str ref, ptr;
    bk_schema_root *root;
    if (!bk_keyword_str(&o->kw, keyword, &ref)) return BK_OK;
    BK_TRY(bk_ref_resolve(o->c, o->s->root, o->res, ref, &root, &ptr));
    *ret = enqueue(o->c, root, ptr, NULL);
    return *ret ? BK_OK : no_memory(o->c);
}

static bk_status enqueue_one(object *o, bk_keyword keyword, bk_schema **ret) {
    bk_str ptr;
    if (!o->kw.at[keyword]) return BK_OK;
    if (!bk_ptr_append(o->c->arena, o->s->ptr, bk_keyword_names[keyword], &ptr)) return no_memory(o->c);
    *ret = enqueue(o->c, o->s->root, ptr, o->kw.at[keyword]);
    return *ret ? BK_OK : no_memory(o->c);
}

static bk_status enqueue_list(object *o, bk_keyword keyword, bk_schemas *ret) {
    const bk_value *v = o->kw.at[keyword];
    bk_str base, ptr;
    if (!v || v->type != BK_T_LIST || v->len == 0) return BK_OK;
    ret->p = BK_NEW_ARRAY(o->c->arena, bk_schema *, v->len);
    if (!ret->p || !bk_ptr_append(o->c->arena, o->s->ptr, bk_keyword_names[keyword], &base)) return no_memory(o->c);
    for (; ret->n < v->len; ret->n++) {
        if (!bk_ptr_append_index(o->c->arena, base, ret->n, &ptr)) return no_memory(o->c);
        ret->p[ret->n] = enqueue(o->c, o->s->root, ptr, &v->items[ret->n]);
        if (!ret->p[ret->n]) return no_memory(o->c);
    }
    return BK_OK;
}

/* With `names`, lists in the map are names, not schemas. */
static bk_status enqueue_map(object *o, bk_keyword keyword, bool names, bk_schema_map *ret) {
    const bk_value *v = o->kw.at[keyword];
    bk_str base, ptr;
    if (!v || v->type != BK_T_MAP || bk_map_len(v->map) == 0) return BK_OK;
    ret->keys = v->map;
    ret->p = BK_NEW_ARRAY(o->c->arena, bk_schema *, bk_map_len(v->map));
    if (!ret->p || !bk_ptr_append(o->c->arena, o->s->ptr, bk_keyword_names[keyword], &base)) return no_memory(o->c);
    for (size_t i = 0; i < bk_map_len(v->map); i++) {
        const bk_map_entry *e = bk_map_at(v->map, i);
        if (names && e->value.type == BK_T_LIST) continue;
        if (!bk_ptr_append(o->c->arena, base, e->key, &ptr)) return no_memory(o->c);
        ret->p[i] = enqueue(o->c, o->s->root, ptr, &e->value);
        if (!ret->p[i]) return no_memory(o->c);
    }
    return BK_OK;
}

static bk_status enqueue_additional(object *o, bk_keyword keyword, bk_additional *ret, bk_schema **ret_schema) {
    const bk_value *v = o->kw.at[keyword];
    if (!v) return BK_OK;
    *ret = v->kind != BK_BOOL ? BK_ADDITIONAL_SCHEMA : v->b ? BK_ADDITIONAL_TRUE : BK_ADDITIONAL_FALSE;
    return v->kind == BK_BOOL ? BK_OK : enqueue_one(o, keyword, ret_schema);
}

/* ---- values of keywords ---- */

static bool has_any(const object *o, const uint8_t *keywords, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (o->kw.at[keywords[i]]) return true;
    return false;
}

static bool is_true(const object *o, bk_keyword keyword) {
    const bk_value *v = o->kw.at[keyword];
    return v && v->kind == BK_BOOL && v->b;
}

static const bk_value *typed(const object *o, bk_keyword keyword, bk_type type) {
    const bk_value *v = o->kw.at[keyword];
    return v && v->type == type ? v : NULL;
}

/* The number of a keyword, if it is one. */
static bk_status read_number(object *o, bk_keyword keyword, bk_number *ret, bool *ret_is) {
    const bk_value *v = o->kw.at[keyword];
    bool nomem = false;
    *ret_is = v && bk_json_is_number(*v) && bk_number_of(o->c->arena, *v, ret, &nomem);
    return nomem ? no_memory(o->c) : BK_OK;
}

static bk_status read_bound(object *o, bk_keyword keyword, bk_bound *ret) {
    bk_number d;
    BK_TRY(read_number(o, keyword, &d, &ret->is));
    ret->is = ret->is && bk_number_is_int(&d);
    if (ret->is) ret->v = bk_decimal_low64(&d);
    return BK_OK;
}

unsigned bk_json_type_of(bk_value v) {
    if (bk_json_is_number(v)) return BK_JT_NUMBER;
    switch ((bk_kind)v.kind) {
    case BK_NIL: return BK_JT_NULL;
    case BK_BOOL: return BK_JT_BOOLEAN;
    case BK_INT:
    case BK_UINT: return BK_JT_NUMBER;
    case BK_FLOAT: return v.f - v.f == 0 ? BK_JT_NUMBER : 0;
    case BK_STRING: return v.type == BK_T_STRING ? BK_JT_STRING : 0;
    case BK_LIST: return v.type == BK_T_LIST ? BK_JT_ARRAY : 0;
    case BK_MAP: return v.type == BK_T_MAP ? BK_JT_OBJECT : 0;
    case BK_OBJECT: return 0;
    }
    return 0;
}

unsigned bk_json_type_named(bk_value v) {
    static const bk_str names[] = {{"null", 4}, {"boolean", 7}, {"number", 6}, {"integer", 7}, {"string", 6}, {"array", 5}, {"object", 6}};
    bk_str name = bk_is_string(v) && !bk_json_is_number(v) ? bk_value_str(v) : (bk_str){0};
    for (size_t i = 0; name.n && i < BK_COUNT(names); i++)
        if (names[i].p[0] == name.p[0] && bk_str_eq(names[i], name)) return 1u << i;
    return 0;
}

/* ---- by group of keywords ---- */

#define NEED(field, type) \
    do { \
        if (!o->s->field) o->s->field = BK_NEW(o->c->arena, type); \
        if (!o->s->field) return no_memory(o->c); \
    } while (0)

static bk_status compile_logic(object *o) {
    static const uint8_t keywords[] = {BK_KW_ALL_OF, BK_KW_ANY_OF, BK_KW_ONE_OF, BK_KW_NOT};
    if (!has_any(o, keywords, sizeof keywords)) return BK_OK;
    NEED(logic, bk_schema_logic);
    bk_schema_logic *l = o->s->logic;
    BK_TRY(enqueue_list(o, BK_KW_ALL_OF, &l->all));
    BK_TRY(enqueue_list(o, BK_KW_ANY_OF, &l->any));
    BK_TRY(enqueue_list(o, BK_KW_ONE_OF, &l->one));
    return enqueue_one(o, BK_KW_NOT, &l->not);
}

static bk_status compile_if(object *o) {
    const bk_value *iff = o->kw.at[BK_KW_IF];
    if (o->s->version < 7 || !iff) return BK_OK;
    NEED(logic, bk_schema_logic);
    bk_schema_logic *l = o->s->logic;
    BK_TRY(enqueue_one(o, BK_KW_IF, &l->iff));
    if (iff->kind != BK_BOOL || iff->b) BK_TRY(enqueue_one(o, BK_KW_THEN, &l->then));
    if (iff->kind != BK_BOOL || !iff->b) BK_TRY(enqueue_one(o, BK_KW_ELSE, &l->otherwise));
    return BK_OK;
}

/* items as it was before 2020-12. */
static bk_status compile_items(object *o) {
    if (o->s->version >= 2020 || !o->kw.at[BK_KW_ITEMS]) return BK_OK;
    NEED(array, bk_schema_array);
    bk_schema_array *a = o->s->array;
    if (!typed(o, BK_KW_ITEMS, BK_T_LIST)) return enqueue_one(o, BK_KW_ITEMS, &a->items);
    BK_TRY(enqueue_list(o, BK_KW_ITEMS, &a->prefix));
    return enqueue_additional(o, BK_KW_ADDITIONAL_ITEMS, &a->additional, &a->additional_schema);
}

static bk_status compile_items_2020(object *o) {
    static const uint8_t keywords[] = {BK_KW_ITEMS, BK_KW_PREFIX_ITEMS};
    if (o->s->version < 2020 || !has_any(o, keywords, sizeof keywords)) return BK_OK;
    NEED(array, bk_schema_array);
    BK_TRY(enqueue_list(o, BK_KW_PREFIX_ITEMS, &o->s->array->prefix));
    return enqueue_one(o, BK_KW_ITEMS, &o->s->array->items);
}

static bk_status compile_patterns(object *o, bk_schema_object *p) {
    bk_schema_map map = {0};
    BK_TRY(enqueue_map(o, BK_KW_PATTERN_PROPERTIES, false, &map));
    if (!map.keys) return BK_OK;
    p->patterns = BK_NEW_ARRAY(o->c->arena, bk_schema_pattern, bk_map_len(map.keys));
    if (!p->patterns) return no_memory(o->c);
    for (; p->n_patterns < bk_map_len(map.keys); p->n_patterns++) {
        bk_schema_pattern *pattern = &p->patterns[p->n_patterns];
        *pattern = (bk_schema_pattern){.text = bk_map_at(map.keys, p->n_patterns)->key, .schema = map.p[p->n_patterns]};
        BK_TRY(compile_pattern(o, BK_KW_PATTERN_PROPERTIES, pattern));
    }
    return BK_OK;
}

static bk_status compile_properties(object *o) {
    static const uint8_t keywords[] = {BK_KW_PROPERTIES, BK_KW_PATTERN_PROPERTIES, BK_KW_ADDITIONAL_PROPERTIES, BK_KW_DEPENDENCIES};
    if (!has_any(o, keywords, sizeof keywords)) return BK_OK;
    NEED(object, bk_schema_object);
    bk_schema_object *p = o->s->object;
    BK_TRY(enqueue_map(o, BK_KW_PROPERTIES, false, &p->properties));
    BK_TRY(compile_patterns(o, p));
    BK_TRY(enqueue_additional(o, BK_KW_ADDITIONAL_PROPERTIES, &p->additional, &p->additional_schema));
    return enqueue_map(o, BK_KW_DEPENDENCIES, true, &p->dependencies);
}

/* contains and propertyNames, since draft 6. */
static bk_status compile_contains(object *o) {
    if (o->s->version < 6) return BK_OK;
    if (o->kw.at[BK_KW_CONTAINS]) {
        NEED(array, bk_schema_array);
        bk_schema_array *a = o->s->array;
        BK_TRY(enqueue_one(o, BK_KW_CONTAINS, &a->contains));
        if (o->s->version >= 2019 && bk_dialect_has(&o->res->dialect, BK_VOCAB_VALIDATION)) {
            BK_TRY(read_bound(o, BK_KW_MIN_CONTAINS, &a->min_contains));
            BK_TRY(read_bound(o, BK_KW_MAX_CONTAINS, &a->max_contains));
        }
    }
    if (!o->kw.at[BK_KW_PROPERTY_NAMES]) return BK_OK;
    NEED(object, bk_schema_object);
    return enqueue_one(o, BK_KW_PROPERTY_NAMES, &o->s->object->names);
}

static bk_status compile_dependent(object *o) {
    if (o->s->version < 2019 || !o->kw.at[BK_KW_DEPENDENT_SCHEMAS]) return BK_OK;
    NEED(object, bk_schema_object);
    return enqueue_map(o, BK_KW_DEPENDENT_SCHEMAS, false, &o->s->object->dependent_schemas);
}

static bk_status compile_unevaluated(object *o) {
    if (o->s->version < 2019 || !bk_dialect_has(&o->res->dialect, o->s->version == 2019 ? BK_VOCAB_APPLICATOR : BK_VOCAB_UNEVALUATED))
        return BK_OK;
    if (o->kw.at[BK_KW_UNEVALUATED_ITEMS]) {
        NEED(array, bk_schema_array);
        BK_TRY(enqueue_one(o, BK_KW_UNEVALUATED_ITEMS, &o->s->array->unevaluated));
    }
    if (o->kw.at[BK_KW_UNEVALUATED_PROPERTIES]) {
        NEED(object, bk_schema_object);
        BK_TRY(enqueue_one(o, BK_KW_UNEVALUATED_PROPERTIES, &o->s->object->unevaluated));
    }
    return BK_OK;
}

static bk_status compile_object_bounds(object *o) {
    static const uint8_t keywords[] = {BK_KW_MIN_PROPERTIES, BK_KW_MAX_PROPERTIES, BK_KW_REQUIRED, BK_KW_DEPENDENT_REQUIRED};
    if (!has_any(o, keywords, sizeof keywords)) return BK_OK;
    NEED(object, bk_schema_object);
    bk_schema_object *p = o->s->object;
    BK_TRY(read_bound(o, BK_KW_MIN_PROPERTIES, &p->min));
    BK_TRY(read_bound(o, BK_KW_MAX_PROPERTIES, &p->max));
    p->required = typed(o, BK_KW_REQUIRED, BK_T_LIST);
    const bk_value *dependent = typed(o, BK_KW_DEPENDENT_REQUIRED, BK_T_MAP);
    if (dependent && o->s->version >= 2019) p->dependent_required = dependent->map;
    return BK_OK;
}

static bk_status compile_array_bounds(object *o) {
    static const uint8_t keywords[] = {BK_KW_MIN_ITEMS, BK_KW_MAX_ITEMS, BK_KW_UNIQUE_ITEMS};
    if (!has_any(o, keywords, sizeof keywords)) return BK_OK;
    NEED(array, bk_schema_array);
    bk_schema_array *a = o->s->array;
    BK_TRY(read_bound(o, BK_KW_MIN_ITEMS, &a->min));
    BK_TRY(read_bound(o, BK_KW_MAX_ITEMS, &a->max));
    a->unique = is_true(o, BK_KW_UNIQUE_ITEMS);
    return BK_OK;
}

static bk_status compile_string_bounds(object *o) {
    static const uint8_t keywords[] = {BK_KW_MIN_LENGTH, BK_KW_MAX_LENGTH, BK_KW_PATTERN};
    if (!has_any(o, keywords, sizeof keywords)) return BK_OK;
    NEED(string, bk_schema_string);
    bk_schema_string *s = o->s->string;
    BK_TRY(read_bound(o, BK_KW_MIN_LENGTH, &s->min));
    BK_TRY(read_bound(o, BK_KW_MAX_LENGTH, &s->max));
    s->has_pattern = bk_keyword_str(&o->kw, BK_KW_PATTERN, &s->pattern.text);
    return s->has_pattern ? compile_pattern(o, BK_KW_PATTERN, &s->pattern) : BK_OK;
}

static bk_status compile_number(object *o, bk_keyword keyword, int bound) {
    bool is;
    bk_schema_numeric *n = o->s->number;
    BK_TRY(read_number(o, keyword, &n->decimal[bound], &is));
    n->value[bound] = is ? o->kw.at[keyword] : NULL;
    if (!is || bound != BK_MULTIPLE_OF) return BK_OK;
    return bk_divisor_of(&n->decimal[bound], &n->divisor) ? BK_OK : bk_err_limit(o->c->err, "digits of a multipleOf", BK_DIVISOR_DIGITS);
}

static bk_status compile_number_bounds(object *o) {
    static const uint8_t keywords[] = {BK_KW_MINIMUM, BK_KW_MAXIMUM, BK_KW_EXCLUSIVE_MINIMUM, BK_KW_EXCLUSIVE_MAXIMUM, BK_KW_MULTIPLE_OF};
    if (!has_any(o, keywords, sizeof keywords)) return BK_OK;
    NEED(number, bk_schema_numeric);
    BK_TRY(compile_number(o, BK_KW_MULTIPLE_OF, BK_MULTIPLE_OF));
    if (is_true(o, BK_KW_EXCLUSIVE_MAXIMUM)) { /* draft 4 */
        BK_TRY(compile_number(o, BK_KW_MAXIMUM, BK_EXCLUSIVE_MAXIMUM));
    } else {
        BK_TRY(compile_number(o, BK_KW_MAXIMUM, BK_MAXIMUM));
        BK_TRY(compile_number(o, BK_KW_EXCLUSIVE_MAXIMUM, BK_EXCLUSIVE_MAXIMUM));
    }
    if (is_true(o, BK_KW_EXCLUSIVE_MINIMUM)) return compile_number(o, BK_KW_MINIMUM, BK_EXCLUSIVE_MINIMUM);
    BK_TRY(compile_number(o, BK_KW_MINIMUM, BK_MINIMUM));
    return compile_number(o, BK_KW_EXCLUSIVE_MINIMUM, BK_EXCLUSIVE_MINIMUM);
}

static bk_status compile_validation(object *o) {
    bk_schema *s = o->s;
    const bk_value *v = o->kw.at[BK_KW_TYPE];
    if (v && v->type == BK_T_LIST) {
        for (size_t i = 0; i < v->len; i++) s->types |= (uint8_t)bk_json_type_named(v->items[i]);
    } else if (v) {
        s->types = (uint8_t)bk_json_type_named(*v);
    }
    s->enumeration = typed(o, BK_KW_ENUM, BK_T_LIST);
    for (size_t i = 0; s->enumeration && i < s->enumeration->len; i++) s->enum_types |= (uint8_t)bk_json_type_of(s->enumeration->items[i]);
    BK_TRY(compile_object_bounds(o));
    BK_TRY(compile_array_bounds(o));
    BK_TRY(compile_string_bounds(o));
    return compile_number_bounds(o);
}

static void compile_format(object *o) {
    bk_str name;
    unsigned vocab = o->s->version == 2019 ? BK_VOCAB_FORMAT : BK_VOCAB_FORMAT_ASSERTION;
    if (o->c->meta && !bk_dialect_has(&o->res->dialect, vocab)) return;
    if (!bk_keyword_str(&o->kw, BK_KW_FORMAT, &name)) return;
    const bk_format *format = bk_format_find(name);
    if (!format && !bk_str_eq(name, BK_S("regex"))) return;
    o->s->format_name = name;
    o->s->format = format ? format->check : NULL;
}

static bk_status compile_recursive(object *o) {
    if (o->s->version < 2019) return BK_OK;
    BK_TRY(enqueue_ref(o, BK_KW_RECURSIVE_REF, &o->s->recursive_ref));
    o->s->recursive_anchor = is_true(o, BK_KW_RECURSIVE_ANCHOR);
    return BK_OK;
}

static bk_status compile_dynamic(object *o) {
    bk_schema *s = o->s;
    bk_str ref = {0};
    if (s->version < 2020) return BK_OK;
    BK_TRY(enqueue_ref(o, BK_KW_DYNAMIC_REF, &s->dynamic_ref));
    if (s->dynamic_ref && bk_keyword_str(&o->kw, BK_KW_DYNAMIC_REF, &ref)) {
        BK_TRY(bk_ref_fragment(o->c, ref, &s->dynamic_ref_anchor));
        if (bk_str_starts(s->dynamic_ref_anchor, BK_S("/"))) s->dynamic_ref_anchor.n = 0;
    }
    (void)bk_keyword_str(&o->kw, BK_KW_DYNAMIC_ANCHOR, &s->dynamic_anchor);
    return BK_OK;
}

/* What a reference hides before 2019-09: all that draft 4 had. What came later is compiled, though only const shows in the end. */
static bk_status compile_hidden(object *o) {
    bool applicator = bk_dialect_has(&o->res->dialect, BK_VOCAB_APPLICATOR),
         validation = bk_dialect_has(&o->res->dialect, BK_VOCAB_VALIDATION);
    if (applicator) {
        BK_TRY(compile_logic(o));
        BK_TRY(compile_items(o));
        BK_TRY(compile_properties(o));
    }
    if (validation) BK_TRY(compile_validation(o));
    compile_format(o);
    return BK_OK;
}

/* In the order in which references and patterns are to be found faulty. */
static bk_status compile_object(object *o, const bk_value *v) {
    bk_keywords_read(v->map, &o->kw);
    bool applicator = bk_dialect_has(&o->res->dialect, BK_VOCAB_APPLICATOR);
    BK_TRY(enqueue_ref(o, BK_KW_REF, &o->s->ref));
    if (!o->s->ref || o->s->version >= 2019) BK_TRY(compile_hidden(o));
    if (applicator) BK_TRY(compile_contains(o));
    if (o->s->version >= 6 && bk_dialect_has(&o->res->dialect, BK_VOCAB_VALIDATION)) o->s->constant = o->kw.at[BK_KW_CONST];
    if (applicator) BK_TRY(compile_if(o));
    BK_TRY(compile_recursive(o));
    if (applicator) BK_TRY(compile_dependent(o));
    BK_TRY(compile_unevaluated(o));
    BK_TRY(compile_dynamic(o));
    return applicator ? compile_items_2020(o) : BK_OK;
}

/* ---- all of it ---- */

/* The dynamic anchors of a resource, at its beginning. */
static bk_status compile_anchors(bk_schema_compiler *c, bk_schema *s, const bk_resource *res) {
    for (size_t i = 0; i < bk_map_len(res->anchors); i++) {
        const bk_map_entry *e = bk_map_at(res->anchors, i);
        const bk_anchor *anchor = bk_table_get(res->anchors, e->key);
        if (!anchor->dynamic) continue;
        bk_schema *target = enqueue(c, s->root, anchor->ptr, NULL);
        if (!s->dynamic) s->dynamic = bk_map_new(c->arena, 0);
        if (!target || !s->dynamic || !bk_table_set(s->dynamic, e->key, target)) return no_memory(c);
    }
    return BK_OK;
}

static bk_status compile_one(bk_schema_compiler *c, bk_schema *s) {
    BK_TRY(bk_root_ensure(c, s->root, s->ptr));
    if (!s->node) BK_TRY(bk_root_lookup(c, s->root, s->ptr, &s->node));
    object o = {.c = c, .s = s, .res = bk_root_resource(s->root, s->ptr)};
    s->version = o.res->dialect.draft->version;
    s->resource = enqueue(c, s->root, o.res->ptr, NULL);
    if (!s->resource) return no_memory(c);
    if (s->version >= 2020 && s->resource == s) BK_TRY(compile_anchors(c, s, o.res));
    if (s->node->kind == BK_BOOL) {
        s->always = s->node->b;
        s->never = !s->node->b;
    } else if (s->node->type == BK_T_MAP) {
        s->always = bk_map_len(s->node->map) == 0;
        if (!s->always) BK_TRY(compile_object(&o, s->node));
    }
    s->all_props = s->object && s->object->additional != BK_ADDITIONAL_NONE;
    if (s->array) {
        s->all_items = s->array->items || s->array->additional != BK_ADDITIONAL_NONE;
        s->items_evaluated = (uint32_t)s->array->prefix.n;
    }
    return BK_OK;
}

static bk_status compile_queue(bk_schema_compiler *c) {
    while (c->first) {
        BK_TRY(compile_one(c, c->first));
        c->first = c->first->next;
        if (!c->first) c->last = &c->first;
    }
    return BK_OK;
}

bk_status bk_schema_compile(bk_schema_compiler *c, bk_str url, bk_schema **ret) {
    bk_schema_root *root;
    BK_TRY(bk_root_load(c, url, &root));
    *ret = enqueue(c, root, BK_S(""), NULL);
    return *ret ? compile_queue(c) : no_memory(c);
}

/* ---- dialects ---- */

/* All schemas of the vocabularies, under one. */
static bk_status vocabulary_schema(bk_schema_compiler *c, const bk_dialect *d, bk_schema **ret) {
    bk_schema *s = BK_NEW(c->arena, bk_schema);
    bk_schema_logic *logic = BK_NEW(c->arena, bk_schema_logic);
    bk_schema **all = BK_NEW_ARRAY(c->arena, bk_schema *, BK_VOCABS);
    if (!s || !logic || !all) return no_memory(c);
    *s = (bk_schema){.resource = s, .version = d->draft->version, .logic = logic};
    logic->all.p = all;
    for (size_t bit = 0; bit < BK_VOCABS; bit++) {
        bk_str url;
        if (!(d->vocabs >> bit & 1)) continue;
        if (!bk_arena_printf(c->arena, &url, "%s%s", d->draft->meta_prefix, bk_vocab_names[bit])) return no_memory(c);
        BK_TRY(bk_schema_compile(c, url, &all[logic->all.n++]));
    }
    if (s->version >= 2020) {
        s->dynamic_anchor = BK_S("meta");
        s->dynamic = bk_map_new(c->arena, 1);
        if (!s->dynamic || !bk_table_set(s->dynamic, s->dynamic_anchor, s)) return no_memory(c);
    }
    *ret = s;
    return BK_OK;
}

bk_status bk_dialect_schema(bk_schema_compiler *c, const bk_dialect *d, bk_schema **ret) {
    bk_str name;
    if (d->vocabs == 0) return bk_schema_compile(c, bk_str_c(d->draft->url), ret);
    if (!bk_arena_printf(c->arena, &name, "%d %u", d->draft->version, d->vocabs)) return no_memory(c);
    *ret = bk_table_get(c->dialects, name);
    if (*ret) return BK_OK;
    BK_TRY(vocabulary_schema(c, d, ret));
    return bk_table_set(c->dialects, name, *ret) ? BK_OK : no_memory(c);
}
