#include "chart/strvals.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "data/json.h"
#include "value/gofmt.h"

enum {
    MAX_INDEX = 65536,
    MAX_DOTS = 30,
    OWNED = 0x100, /* bk_value.spare of a list that this file made; the low bits are the logarithm of its capacity */
};

typedef enum outcome {
    GOOD,
    END, /* the text ended: no error by itself */
    BAD, /* err is set */
} outcome;

typedef struct parser {
    bk_arena *arena;
    bk_str text;
    size_t at;
    bk_strvals_mode mode;
    const bk_strvals_reader *reader;
    bk_err *err;
} parser;

/* Where in a name the parser is: dots as Helm counts them, depth for our own stack. */
typedef struct place {
    unsigned dots, depth;
} place;

static outcome key(parser *p, bk_map *data, place at);

static outcome no_memory(parser *p) {
    (void)!bk_arena_fail(p->arena, p->err);
    return BAD;
}

/* before + Go's %q of the text + after */
static outcome bad_text(parser *p, const char *before, bk_str text, const char *after) {
    bk_buf b;
    bk_buf_init(&b, p->arena, 0);
    bk_fmt_quote(&b, text);
    bk_str quoted = bk_buf_take(&b);
    bk_err_set(p->err, BK_ERR, "%s%.*s%s", before, BK_FMT(quoted), after);
    return BAD;
}

/* ---- reading ---- */

/* s without its escapes (a backslash and the rune it protects) and with U+FFFD for invalid bytes. */
static bool clean(parser *p, bk_str s, bool escapes, bk_str *ret) {
    bk_buf b;
    bk_buf_init(&b, p->arena, 0);
    for (size_t i = 0, width; i < s.n; i += width) {
        if (escapes && s.p[i] == '\\' && ++i == s.n) break;
        bk_buf_rune(&b, bk_utf8_decode(bk_str_from(s, i), &width));
    }
    if (!bk_buf_ok(&b)) return false;
    *ret = bk_buf_take(&b);
    return true;
}

/* The text before the first unescaped stop byte, which is read too; *ret_stop is 0 at the END. */
static outcome until(parser *p, const char *stops, bk_str *ret, char *ret_stop) {
    const bool escapes = p->mode != BK_STRVALS_LITERAL;
    bk_str rest = bk_str_from(p->text, p->at);
    bool escaped = false;
    size_t i = 0, next;
    *ret_stop = 0;
    for (; i < rest.n; i++) {
        char c = rest.p[i];
        if (escapes && c == '\\') {
            escaped = true;
            if (++i == rest.n) break;
        } else if (c && strchr(stops, c)) {
            *ret_stop = c;
            break;
        }
    }
    next = p->at + i + (*ret_stop ? 1 : 0);
    *ret = bk_str_sub(rest, 0, i);
    if ((escaped || !bk_utf8_valid(*ret)) && !clean(p, *ret, escapes, ret)) return no_memory(p);
    p->at = next;
    return *ret_stop ? GOOD : END;
}

/* With --set-json: true when no value follows up to the next comma, which is read, or to the end; spaces are skipped. */
static bool no_value(parser *p) {
    while (p->at < p->text.n) {
        size_t width;
        uint32_t r = bk_utf8_decode(bk_str_from(p->text, p->at), &width);
        if (r != ',' && !bk_rune_is_space(r)) return false;
        p->at += width;
        if (r == ',') return true;
    }
    return true;
}

/* strings.EqualFold with an ASCII word: the only letters that fold to ASCII from outside are U+017F (s) and U+212A (k). */
static bool is_word(bk_str s, const char *word) {
    size_t i = 0;
    for (; *word; word++) {
        if (i >= s.n) return false;
        if (*word == 's' && bk_str_starts(bk_str_from(s, i), BK_S("\xC5\xBF"))) {
            i += 2;
        } else if ((s.p[i] | 0x20) == *word) {
            i++;
        } else {
            return false;
        }
    }
    return i == s.n;
}

static bk_value typed(bk_str s) {
    int64_t n;
    if (is_word(s, "true")) return bk_bool(true);
    if (is_word(s, "false")) return bk_bool(false);
    if (is_word(s, "null")) return bk_nil();
    if (bk_str_eq(s, BK_S("0"))) return bk_int64(0);
    if (s.n && s.p[0] != '0' && bk_parse_int(s, 10, &n) == BK_NUM_OK) return bk_int64(n);
    return bk_string(s);
}

/* What the text of a value means; *ret is nil when a file cannot be read. */
static outcome convert(parser *p, bk_str s, bk_value *ret) {
    if (p->mode == BK_STRVALS_SET) {
        *ret = typed(s);
    } else if (p->mode == BK_STRVALS_FILE) {
        bk_str text = {0};
        *ret = bk_nil();
        if (p->reader->read(p->reader->self, s, &text, p->err) != BK_OK) return BAD;
        *ret = bk_string(text);
    } else {
        *ret = bk_string(s);
    }
    return GOOD;
}

/* The rest of {a,b}, with the comma that may follow. */
static outcome list_value(parser *p, bk_value *ret) {
    bk_items items;
    bk_items_init(&items, p->arena);
    for (;;) {
        bk_str s;
        char stop;
        bk_value v;
        outcome o = until(p, ",}", &s, &stop);
        if (o == END) {
            bk_err_set(p->err, BK_ERR, "list must terminate with '}'");
            return BAD;
        }
        if (o == BAD) return BAD;
        if (stop == '}' && p->at < p->text.n && p->text.p[p->at] == ',') p->at++;
        if (convert(p, s, &v) != GOOD) return BAD;
        bk_items_add(&items, v);
        if (stop == '}') return bk_items_list(&items, BK_T_LIST, ret, p->err) == BK_OK ? GOOD : BAD;
    }
}

/* The value behind "=". *ret_set tells whether there is something to assign, also when this fails; END: the text ended, with "" to assign. */
static outcome value(parser *p, bk_value *ret, bool *ret_set) {
    bk_str s;
    char stop;
    *ret_set = true;
    *ret = bk_string(BK_S(""));
    if (p->mode == BK_STRVALS_LITERAL) {
        if (until(p, "", &s, &stop) == BAD) return BAD;
        *ret = bk_string(s);
        return GOOD;
    }
    if (p->mode == BK_STRVALS_JSON) {
        size_t used;
        *ret = bk_nil();
        if (no_value(p)) return GOOD;
        *ret_set = false;
        if (bk_json_decode_first(p->arena, bk_str_from(p->text, p->at), 0, BK_T_NIL, ret, &used, p->err) != BK_OK) return BAD;
        *ret_set = true;
        p->at += used;
        (void)no_value(p);
        return GOOD;
    }
    if (p->at == p->text.n) return END;
    if (p->text.p[p->at] == '{') {
        p->at++;
        outcome o = list_value(p, ret);
        *ret_set = o == GOOD;
        return o;
    }
    if (until(p, ",", &s, &stop) == BAD) {
        *ret_set = false;
        return BAD;
    }
    return convert(p, s, ret);
}

/* The number in "[…]"; END when the text ends first. */
static outcome key_index(parser *p, int64_t *ret) {
    bk_str s;
    char stop;
    outcome o = until(p, "]", &s, &stop);
    if (o != GOOD) return o;
    bk_num_result r = bk_parse_int(s, 10, ret);
    if (r == BK_NUM_OK) return GOOD;
    return bad_text(p, "error parsing index: strconv.Atoi: parsing ", s, r == BK_NUM_RANGE ? ": value out of range" : ": invalid syntax");
}

/* ---- assigning ---- */

static outcome not_a(parser *p, bk_value v, const char *want) {
    bk_err_set(p->err, BK_ERR, "unable to parse key: interface conversion: interface {} is %s, not %s",
               bk_is_nil(v) ? "nil" : bk_type_name(v), want);
    return BAD;
}

static outcome too_deep(parser *p) {
    bk_err_limit(p->err, "nesting of a name", BK_LIMIT_DEPTH);
    return BAD;
}

static bool set(bk_map *data, bk_str name, bk_value v) { return name.n == 0 || bk_map_set(data, name, v); }

/* Items of a list that may be written, with room for n of them; the length stays. NULL without memory. */
static bk_value *own(parser *p, bk_value *list, size_t n) {
    size_t cap = list->spare & OWNED ? (size_t)1 << (list->spare & 0xFF) : 0;
    if (n < list->len) n = list->len;
    if (n > cap) {
        unsigned log = 2;
        while (((size_t)1 << log) < n) log++;
        bk_value *items = BK_NEW_ARRAY(p->arena, bk_value, (size_t)1 << log);
        if (!items) return NULL;
        if (list->len) memcpy(items, list->items, list->len * sizeof *items);
        list->items = items;
        list->spare = (uint16_t)(OWNED | log);
    }
    return (bk_value *)list->items; /* this file made them: see the mark */
}

static outcome set_index(parser *p, bk_value *list, int64_t i, bk_value v) {
    if (i > MAX_INDEX) {
        bk_err_set(p->err, BK_ERR, "index of %lld is greater than maximum supported index of %d", (long long)i, MAX_INDEX);
        return BAD;
    }
    bk_value *items = own(p, list, (size_t)i + 1);
    if (!items) return no_memory(p);
    while (list->len <= (uint32_t)i) items[list->len++] = bk_nil();
    items[i] = v;
    return GOOD;
}

static outcome list_item(parser *p, bk_value *list, int64_t i, place at);

/* "[i][j]…": the item i is itself a list. */
static outcome list_in_list(parser *p, bk_value *list, int64_t i, place at) {
    int64_t j;
    outcome o = key_index(p, &j);
    if (o != GOOD) return o;
    bool exists = i < list->len && !bk_is_nil(list->items[i]);
    bk_value inner = exists ? list->items[i] : bk_list(NULL, 0);
    if (inner.type != BK_T_LIST) return not_a(p, inner, "[]interface {}");
    o = list_item(p, &inner, j, at);
    if (o == GOOD) return set_index(p, list, i, inner);
    if (exists) { /* parts of it may have changed */
        bk_value *items = own(p, list, 0);
        if (!items) return o == BAD ? BAD : no_memory(p);
        items[i] = inner;
    }
    return o;
}

/* "[i].name…": the item i is a map; anything else there gives way to a new one. */
static outcome map_in_list(parser *p, bk_value *list, int64_t i, place at) {
    bk_value inner = i < list->len ? list->items[i] : bk_nil();
    if (inner.type != BK_T_MAP || !inner.map) {
        bk_map *map = bk_map_new(p->arena, 0);
        if (!map) return no_memory(p);
        inner = bk_map_value(map);
        if (i < list->len) {
            bk_value *items = own(p, list, 0);
            if (!items) return no_memory(p);
            items[i] = inner;
        }
    }
    outcome o = key(p, inner.map, at);
    return o == GOOD ? set_index(p, list, i, inner) : o;
}

/* What follows "name[i]". *list is what the name then holds, whatever the outcome. */
static outcome list_item(parser *p, bk_value *list, int64_t i, place at) {
    bk_str s;
    char stop;
    if (i < 0) {
        bk_err_set(p->err, BK_ERR, "negative %lld index not allowed", (long long)i);
        return BAD;
    }
    if (++at.depth > BK_LIMIT_DEPTH) return too_deep(p);
    outcome o = until(p, "[.=", &s, &stop);
    if (o == BAD) return BAD;
    if (s.n > 0) {
        bk_buf b;
        bk_buf_init(&b, p->arena, 0);
        for (size_t k = 0, width; k < s.n; k += width) {
            if (k) bk_buf_byte(&b, ' ');
            bk_fmt_quote_rune(&b, bk_utf8_decode(bk_str_from(s, k), &width));
        }
        bk_err_set(p->err, BK_ERR, "unexpected data at end of array index: [%.*s]", BK_FMT(bk_buf_view(&b)));
        return BAD;
    }
    if (o == END) return END;
    if (stop == '[') return list_in_list(p, list, i, at);
    if (stop == '.') return map_in_list(p, list, i, at);
    bk_value v;
    bool assign;
    o = value(p, &v, &assign);
    return o == BAD ? BAD : set_index(p, list, i, v);
}

/* "name[…": the name holds a list. */
static outcome key_list(parser *p, bk_map *data, bk_str name, place at) {
    int64_t i;
    outcome o = key_index(p, &i);
    if (o != GOOD) return o;
    bk_value *old = bk_map_get(data, name);
    bk_value list = old ? *old : bk_list(NULL, 0);
    if (list.type != BK_T_LIST) return not_a(p, list, "[]interface {}");
    o = list_item(p, &list, i, at);
    return set(data, name, list) || o == BAD ? o : no_memory(p);
}

/* "name.…": the name holds a map. */
static outcome key_map(parser *p, bk_map *data, bk_str name, place at) {
    if (++at.dots > MAX_DOTS) {
        bk_err_set(p->err, BK_ERR, "value name nested level is greater than maximum supported nested level of %d", MAX_DOTS);
        return BAD;
    }
    bk_value *old = bk_map_get(data, name);
    if (old && old->type != BK_T_MAP) return not_a(p, *old, "map[string]interface {}");
    bk_map *inner = old && old->map ? old->map : bk_map_new(p->arena, 0);
    if (!inner) return no_memory(p);
    outcome o = key(p, inner, at);
    if (bk_map_len(inner)) return set(data, name, bk_map_value(inner)) || o == BAD ? o : no_memory(p);
    if (o != GOOD) return o;
    return bad_text(p, "key map ", name, " has no value");
}

/* One assignment, from its name on. */
static outcome key(parser *p, bk_map *data, place at) {
    bk_str name;
    char stop;
    if (++at.depth > BK_LIMIT_DEPTH) return too_deep(p);
    outcome o = until(p, p->mode == BK_STRVALS_LITERAL ? "=[." : "=[,.", &name, &stop);
    if (o == BAD) return BAD;
    if (stop == '[') return key_list(p, data, name, at);
    if (stop == '.') return key_map(p, data, name, at);
    if (stop == '=') {
        bk_value v;
        bool assign;
        o = value(p, &v, &assign);
        if (assign && !set(data, name, v) && o != BAD) return no_memory(p);
        return o;
    }
    if (stop == 0 && name.n == 0) return END;
    if (stop == ',' && !set(data, name, bk_string(BK_S("")))) return no_memory(p);
    return bad_text(p, "key ", name, stop == ',' ? " has no value (cannot end with ,)" : " has no value");
}

bk_status bk_strvals_parse(bk_arena *arena, bk_strvals_mode mode, bk_str text, bk_map *dest, const bk_strvals_reader *reader, bk_err *err) {
    parser p = {.arena = arena, .text = text, .mode = mode, .reader = reader, .err = err};
    outcome o;
    do {
        o = key(&p, dest, (place){0, 0});
    } while (o == GOOD);
    return o == END ? BK_OK : err->code;
}
