/* Schemas that are sound at a glance.
 *
 * A schema is checked against the meta-schema of its draft, which costs five times what the values' own check does, nearly always to find nothing. The keywords that
 * charts use have simple values; where all are plainly what every draft wants, there is nothing to find. Whatever is in doubt (other identifiers, formats,
 * dependencies, numbers with a fraction as counts, …), and every mistake, is left to the meta-schema. So the rules here may be stricter than a draft's, never
 * more lenient. */
#include "chart/schema_internal.h"
#include "data/json.h"

enum { DEEPEST = 100, MOST_NAMES = 64 };

typedef struct glance {
    bk_schema_compiler *c;
    int version;
    bk_status status; /* BK_ERR_NOMEM: ended by a lack of memory */
} glance;

typedef enum rule {
    ANY,
    DOUBT,
    TEXT,
    TRUTH,
    NUMBER,
    COUNT,
    MULTIPLE, /* a number above zero */
    PATTERN,
    DIALECT,
    REFERENCE,
    IDENTIFIER, /* a reference without a fragment */
    TYPE,
    NAMES,
    ENUM,
    LIST,
    SCHEMA,
    SCHEMA_OR_TRUTH, /* in draft 4 truth is no schema, but may stand here */
    SCHEMAS,
    ITEMS,
    SCHEMA_MAP,
    PATTERN_MAP,
} rule;

/* Every keyword of which some meta-schema says something, sorted. */
static const struct {
    bk_str name;
    uint8_t rule;
} keywords[] = {
#define K(name, rule) {{name, sizeof name - 1}, rule}
    K("$anchor", DOUBT),
    K("$comment", TEXT),
    K("$defs", SCHEMA_MAP),
    K("$dynamicAnchor", DOUBT),
    K("$dynamicRef", DOUBT),
    K("$id", IDENTIFIER),
    K("$recursiveAnchor", DOUBT),
    K("$recursiveRef", DOUBT),
    K("$ref", REFERENCE),
    K("$schema", DIALECT),
    K("$vocabulary", DOUBT),
    K("additionalItems", SCHEMA_OR_TRUTH),
    K("additionalProperties", SCHEMA_OR_TRUTH),
    K("allOf", SCHEMAS),
    K("anyOf", SCHEMAS),
    K("contains", SCHEMA),
    K("contentEncoding", TEXT),
    K("contentMediaType", TEXT),
    K("contentSchema", SCHEMA),
    K("definitions", SCHEMA_MAP),
    K("dependencies", DOUBT),
    K("dependentRequired", DOUBT),
    K("dependentSchemas", SCHEMA_MAP),
    K("deprecated", TRUTH),
    K("description", TEXT),
    K("else", SCHEMA),
    K("enum", ENUM),
    K("examples", LIST),
    K("exclusiveMaximum", NUMBER),
    K("exclusiveMinimum", NUMBER),
    K("format", TEXT),
    K("id", DOUBT),
    K("if", SCHEMA),
    K("items", ITEMS),
    K("maxContains", COUNT),
    K("maxItems", COUNT),
    K("maxLength", COUNT),
    K("maxProperties", COUNT),
    K("maximum", NUMBER),
    K("minContains", COUNT),
    K("minItems", COUNT),
    K("minLength", COUNT),
    K("minProperties", COUNT),
    K("minimum", NUMBER),
    K("multipleOf", MULTIPLE),
    K("not", SCHEMA),
    K("oneOf", SCHEMAS),
    K("pattern", PATTERN),
    K("patternProperties", PATTERN_MAP),
    K("prefixItems", SCHEMAS),
    K("properties", SCHEMA_MAP),
    K("propertyNames", SCHEMA),
    K("readOnly", TRUTH),
    K("required", NAMES),
    K("then", SCHEMA),
    K("title", TEXT),
    K("type", TYPE),
    K("unevaluatedItems", SCHEMA),
    K("unevaluatedProperties", SCHEMA),
    K("uniqueItems", TRUTH),
    K("writeOnly", TRUTH),
#undef K
};

static rule rule_of(bk_str name) {
    size_t low = 0, high = BK_COUNT(keywords);
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = bk_str_cmp(name, keywords[mid].name);
        if (order == 0) return (rule)keywords[mid].rule;
        if (order < 0) high = mid;
        else low = mid + 1;
    }
    return ANY;
}

/* ---- values of keywords ---- */

static bool is_text(const bk_value *v) { return v->type == BK_T_STRING && !bk_json_is_number(*v); }

static bool is_count(const bk_value *v) {
    bk_str s = bk_value_str(*v);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9') return false;
    return s.n > 0;
}

/* Letters and digits, and what stands between them in a URL. */
static bool is_reference(bk_str s) {
    bool fragment = false;
    if (bk_str_starts(s, BK_S("https://"))) s = bk_str_from(s, strlen("https://"));
    if (s.n == 0 || s.p[0] == '/') return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i], letter = (char)(c | 0x20);
        bool plain = (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '-' || c == '_' || c == '$';
        if (!plain && (c != '#' || fragment)) return false;
        fragment = fragment || c == '#';
    }
    return true;
}

static bool is_regex(glance *g, bk_str s) {
    const bk_regex *ignored;
    bk_err err = BK_ERR_INIT;
    if (bk_pattern_cost(s) > BK_SCHEMA_PATTERN) return false;
    bk_status status = bk_pattern_compile(g->c, s, &ignored, &err); /* kept for its use */
    if (status == BK_ERR_NOMEM) {
        g->status = status;
        bk_err_move(g->c->err, &err);
    }
    bk_err_release(&err);
    return status == BK_OK;
}

static bool is_type(const bk_value *v) {
    static const char *const names[] = {"array", "boolean", "integer", "null", "number", "object", "string"};
    for (size_t i = 0; is_text(v) && i < BK_COUNT(names); i++)
        if (bk_str_eq(bk_value_str(*v), bk_str_c(names[i]))) return true;
    return false;
}

/* A list of different texts, one at least. */
static bool is_name_list(const bk_value *v) {
    if (v->type != BK_T_LIST || v->len == 0 || v->len > MOST_NAMES) return false;
    for (size_t i = 0; i < v->len; i++) {
        if (!is_text(&v->items[i])) return false;
        for (size_t k = 0; k < i; k++)
            if (bk_str_eq(bk_value_str(v->items[i]), bk_value_str(v->items[k]))) return false;
    }
    return true;
}

static bool is_type_or_list(const bk_value *v) {
    if (v->type != BK_T_LIST) return is_type(v);
    for (size_t i = 0; i < v->len; i++)
        if (!is_type(&v->items[i])) return false;
    return is_name_list(v);
}

/* ---- schemas ---- */

static bool is_sound(glance *g, const bk_value *v, unsigned depth);

static bool are_sound(glance *g, const bk_value *v, unsigned depth) {
    if (v->type != BK_T_LIST || v->len == 0) return false;
    for (size_t i = 0; i < v->len; i++)
        if (!is_sound(g, &v->items[i], depth)) return false;
    return true;
}

static bool is_sound_map(glance *g, const bk_value *v, bool patterns, unsigned depth) {
    if (v->type != BK_T_MAP) return false;
    for (size_t i = 0; i < bk_map_len(v->map); i++) {
        const bk_map_entry *e = bk_map_at(v->map, i);
        if ((patterns && !is_regex(g, e->key)) || !is_sound(g, &e->value, depth)) return false;
    }
    return true;
}

static bool suits(glance *g, rule r, const bk_value *v, unsigned depth) {
    bool number = bk_json_is_number(*v);
    switch (r) {
    case ANY: return true;
    case DOUBT: return false;
    case TEXT: return is_text(v);
    case TRUTH: return v->kind == BK_BOOL;
    case NUMBER: return number;
    case COUNT: return number && is_count(v);
    case MULTIPLE: return number && is_count(v) && v->s[0] != '0';
    case PATTERN: return is_text(v) && is_regex(g, bk_value_str(*v));
    case DIALECT: return is_text(v) && bk_draft_of(bk_value_str(*v)) && bk_str_starts(bk_value_str(*v), BK_S("http"));
    case REFERENCE: return is_text(v) && is_reference(bk_value_str(*v));
    case IDENTIFIER: return is_text(v) && is_reference(bk_value_str(*v)) && bk_str_find_byte(bk_value_str(*v), '#') == BK_NPOS;
    case TYPE: return is_type_or_list(v);
    case NAMES: return (g->version > 4 && v->type == BK_T_LIST && v->len == 0) || is_name_list(v);
    case ENUM: return is_name_list(v);
    case LIST: return v->type == BK_T_LIST;
    case SCHEMA: return is_sound(g, v, depth);
    case SCHEMA_OR_TRUTH: return v->kind == BK_BOOL || is_sound(g, v, depth);
    case SCHEMAS: return are_sound(g, v, depth);
    case ITEMS: return (g->version < 2020 && v->type == BK_T_LIST) ? are_sound(g, v, depth) : is_sound(g, v, depth);
    case SCHEMA_MAP: return is_sound_map(g, v, false, depth);
    case PATTERN_MAP: return is_sound_map(g, v, true, depth);
    }
    return false;
}

static bool is_sound(glance *g, const bk_value *v, unsigned depth) {
    if (v->kind == BK_BOOL) return g->version > 4;
    if (v->type != BK_T_MAP || depth == 0) return false;
    for (size_t i = 0; i < bk_map_len(v->map); i++) {
        const bk_map_entry *e = bk_map_at(v->map, i);
        rule r = rule_of(e->key);
        if (g->version == 4 && (bk_str_starts(e->key, BK_S("exclusive")))) return false;
        if (!suits(g, r, &e->value, depth - 1)) return false;
    }
    return true;
}

bk_status bk_schema_glance(bk_schema_compiler *c, const bk_dialect *dialect, const bk_value *v, bool *ret_sound) {
    glance g = {c, dialect->draft->version, BK_OK};
    *ret_sound = dialect->vocabs == 0 && is_sound(&g, v, DEEPEST);
    return g.status;
}
