/* Schemas that are sound at a glance: see schema_glance.h.
 *
 * A schema is checked against the meta-schema of its draft, which costs five times what the values' own check does. The keywords that charts use have simple values; where all are
 * plainly what every draft wants, there is nothing to find. Other identifiers, formats, dependencies, numbers with a fraction as counts and so on are in doubt. */
#include "chart/schema_glance.h"
#include "data/json.h"

enum { DEEPEST = 100, MOST_NAMES = 64, SHORT_PATTERN = 1u << 16, SHORT_DIVISOR = 9 };

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

static const uint8_t rules[BK_KW_COUNT + 1] = {
#define BK_KEYWORD(id, name, rule) rule,
#include "chart/schema_keywords.def"
#undef BK_KEYWORD
    ANY,
};

/* ---- keywords ---- */

void bk_glance_init(bk_glance *g, bk_schema_compiler *c, int version) {
    *g = (bk_glance){.c = c, .version = version};
    for (unsigned k = 0; k < BK_KW_COUNT; k++) {
        uint8_t slot = (uint8_t)bk_str_hash(bk_keyword_names[k]);
        while (g->keywords[slot]) slot++;
        g->keywords[slot] = (uint8_t)(k + 1);
    }
}

bk_keyword bk_glance_keyword(const bk_glance *g, const bk_map_entry *e) {
    for (uint8_t slot = (uint8_t)e->hash; g->keywords[slot]; slot++)
        if (bk_str_eq(bk_keyword_names[g->keywords[slot] - 1], e->key)) return (bk_keyword)(g->keywords[slot] - 1);
    return BK_KW_COUNT;
}

const bk_value *bk_glance_target(const bk_glance *g, bk_str ref, bool *ret_known) {
    const bk_value *v = g->doc;
    bk_str token, rest;
    bool in_map = false; /* of schemas */
    *ret_known = true;
    if (!bk_str_starts(ref, BK_S("#"))) return NULL;
    ref = bk_str_from(ref, 1);
    if (ref.n && ref.p[0] != '/') return NULL;
    while (ref.n) {
        bk_str_cut(bk_str_from(ref, 1), BK_S("/"), &token, &rest);
        ref = bk_str_from(ref, 1 + token.n);
        bk_value *next = v->type == BK_T_MAP ? bk_map_get(v->map, token) : NULL;
        if (!next) return NULL;
        const bk_map_entry *e = (const bk_map_entry *)((const char *)next - offsetof(bk_map_entry, value));
        rule r = in_map ? SCHEMA : (rule)rules[bk_glance_keyword(g, e)];
        in_map = r == SCHEMA_MAP || r == PATTERN_MAP;
        if (!in_map && r != SCHEMA && r != SCHEMA_OR_TRUTH && r != ITEMS) *ret_known = false;
        v = next;
    }
    if (in_map) *ret_known = false;
    return v->type == BK_T_MAP ? v : NULL;
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
    else if (bk_str_starts(s, BK_S("http://"))) s = bk_str_from(s, strlen("http://"));
    if (s.n == 0 || s.p[0] == '/') return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i], letter = (char)(c | 0x20);
        bool plain = (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '-' || c == '_' || c == '$';
        if (!plain && (c != '#' || fragment)) return false;
        fragment = fragment || c == '#';
    }
    return true;
}

/* Whether an expression may be too large for RE2, though it is well formed: with many copies, or classes of Unicode, which are large. */
static bool may_be_large(bk_str s, size_t cost) {
    for (size_t i = 0; i + 1 < s.n; i++)
        if (s.p[i] == '\\' && (s.p[i + 1] | 0x20) == 'p') return true;
    return cost > SHORT_PATTERN;
}

static bool is_regex(bk_glance *g, bk_str s) {
    const bk_regex *ignored;
    bk_err err = BK_ERR_INIT;
    size_t cost = bk_pattern_cost(s);
    if (cost > BK_SCHEMA_PATTERN) return false;
    g->patterns += cost;
    bk_status status = may_be_large(s, cost) ? bk_pattern_compile(g->c, s, &ignored, &err) : bk_regex_check(s, &err);
    if (status == BK_ERR_NOMEM) {
        g->status = status;
        bk_err_move(g->c->err, &err);
    }
    bk_err_release(&err);
    return status == BK_OK;
}

static bool is_type(const bk_value *v) { return is_text(v) && bk_json_type_named(*v); }

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

/* The same with truth and null among them. */
static bool is_enum(const bk_value *v) {
    if (v->type != BK_T_LIST || v->len == 0 || v->len > MOST_NAMES) return false;
    for (size_t i = 0; i < v->len; i++) {
        const bk_value *item = &v->items[i];
        if (!is_text(item) && item->kind != BK_BOOL && item->kind != BK_NIL) return false;
        for (size_t k = 0; k < i; k++)
            if (item->kind == v->items[k].kind && bk_deep_equal(*item, v->items[k])) return false;
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

static bool is_sound(bk_glance *g, const bk_value *v, unsigned depth);

/* Whether a reference leads to a sound schema of this document. */
static bool is_good_target(bk_glance *g, bk_str ref) {
    bool known;
    const bk_value *v = bk_glance_target(g, ref, &known);
    if (!v || known) return v != NULL;
    for (size_t i = 0; i < g->targets_n; i++)
        if (g->targets[i] == v) return true;
    if (g->targets_n == BK_GLANCE_TARGETS) return false;
    g->targets[g->targets_n++] = v;
    return is_sound(g, v, DEEPEST / 2);
}

static bool are_sound(bk_glance *g, const bk_value *v, unsigned depth) {
    if (v->type != BK_T_LIST || v->len == 0) return false;
    for (size_t i = 0; i < v->len; i++)
        if (!is_sound(g, &v->items[i], depth)) return false;
    return true;
}

static bool is_sound_map(bk_glance *g, const bk_value *v, bool patterns, unsigned depth) {
    if (v->type != BK_T_MAP) return false;
    for (size_t i = 0; i < bk_map_len(v->map); i++) {
        const bk_map_entry *e = bk_map_at(v->map, i);
        if ((patterns && !is_regex(g, e->key)) || !is_sound(g, &e->value, depth)) return false;
    }
    return true;
}

static bool suits(bk_glance *g, rule r, const bk_value *v, unsigned depth) {
    bool number = bk_json_is_number(*v);
    switch (r) {
    case ANY: return true;
    case DOUBT: return false;
    case TEXT: return is_text(v);
    case TRUTH: return v->kind == BK_BOOL;
    case NUMBER: return number;
    case COUNT: return number && is_count(v);
    case MULTIPLE: return number && is_count(v) && v->s[0] != '0' && (!g->doc || v->len <= SHORT_DIVISOR);
    case PATTERN: return is_text(v) && is_regex(g, bk_value_str(*v));
    case DIALECT: return is_text(v) && bk_draft_of(bk_value_str(*v)) && bk_str_starts(bk_value_str(*v), BK_S("http"));
    case REFERENCE: return is_text(v) && is_reference(bk_value_str(*v)) && (!g->doc || is_good_target(g, bk_value_str(*v)));
    case IDENTIFIER:
        return is_text(v) && is_reference(bk_value_str(*v)) && bk_str_find_byte(bk_value_str(*v), '#') == BK_NPOS &&
               (!g->doc || depth == DEEPEST - 1);
    case TYPE: return is_type_or_list(v);
    case NAMES: return (g->version > 4 && v->type == BK_T_LIST && v->len == 0) || is_name_list(v);
    case ENUM: return is_enum(v);
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

static bool is_sound(bk_glance *g, const bk_value *v, unsigned depth) {
    if (v->kind == BK_BOOL) return g->version > 4;
    if (v->type != BK_T_MAP || depth == 0) return false;
    for (size_t i = 0; i < bk_map_len(v->map); i++) {
        const bk_map_entry *e = bk_map_at(v->map, i);
        rule r = (rule)rules[bk_glance_keyword(g, e)];
        if (g->version == 4 && (bk_str_starts(e->key, BK_S("exclusive")))) return false;
        if (!suits(g, r, &e->value, depth - 1)) return false;
    }
    return true;
}

bool bk_glance_sound(bk_glance *g, const bk_value *v) { return is_sound(g, v, DEEPEST); }

bk_status bk_schema_glance(bk_schema_compiler *c, const bk_dialect *dialect, const bk_value *v, bool *ret_sound) {
    bk_glance g;
    bk_glance_init(&g, c, dialect->draft->version);
    *ret_sound = dialect->vocabs == 0 && bk_glance_sound(&g, v);
    return g.status;
}
