/* toml_decode.c: keys, tables, arrays.
 *
 * What TOML allows to be said twice is intricate, and the library has rules of its own: a key may have been made in passing
 * ("implicit": a in [a.b]) and may then be defined once. So the tree is built the way it builds it, with the same bookkeeping. */
#include "base/limits.h"
#include "data/toml.h"
#include "data/toml_lex.h"
#include "value/gofmt.h"
#include "value/map.h"

enum { MOST_PARTS = 200 }; /* of one key: each has a price in all tables above it */

/* A dotted key. */
typedef struct key {
    const bk_str *parts;
    size_t n;
} key;

typedef struct parser {
    bk_toml_lexer lx;
    bk_arena *arena;
    bk_map *root;
    bk_map *implicit; /* keys made in passing */
    bk_map *arrays;   /* keys that hold arrays: true */
    key context;      /* the table that is being filled */
    bk_str current;   /* the key whose value is being read */
    uint32_t line;    /* of the last key: for errors about keys */
    unsigned depth;
    bk_buf probe; /* scratch of find_mark */
} parser;

static bk_status nomem(parser *p) { return bk_arena_fail(p->arena, p->lx.err); }

/* ---- keys ---- */

/* The key as text: names it in errors and in the bookkeeping. */
static bk_str key_text(parser *p, key k) {
    bk_buf out;
    bk_buf_init(&out, p->arena, 0);
    bk_toml_put_key(&out, k.parts, k.n);
    if (bk_buf_ok(&out)) return bk_buf_take(&out);
    p->lx.starved = true;
    return BK_S("");
}

static bk_str last_key(void *self) {
    parser *p = self;
    bk_str text, context = key_text(p, p->context);
    if (p->current.n == 0) return context;
    if (p->context.n == 0) return p->current;
    p->lx.starved |= !bk_arena_cat(p->arena, context, BK_S("."), &text) || !bk_arena_cat(p->arena, text, p->current, &text);
    return p->lx.starved ? context : text;
}

/* The key with one more part. */
static bk_status key_add(parser *p, key k, bk_str part, key *ret) {
    bk_str *parts = BK_NEW_ARRAY(p->arena, bk_str, k.n + 1);
    if (!parts) return nomem(p);
    if (k.n) memcpy(parts, k.parts, k.n * sizeof *parts);
    parts[k.n] = part;
    *ret = (key){parts, k.n + 1};
    return BK_OK;
}

static bk_status fail_key(parser *p, key k, const char *problem) {
    bk_str text = key_text(p, k);
    return bk_toml_fail(&p->lx, p->line, "Key '%.*s' %s", BK_FMT(text), problem);
}

/* What the bookkeeping has about a key; NULL: nothing. Leaves the key as text in p->probe. */
static bk_status find_mark(parser *p, bk_map *map, key k, bk_value **ret) {
    bk_buf_reset(&p->probe);
    bk_toml_put_key(&p->probe, k.parts, k.n);
    if (!bk_buf_ok(&p->probe)) return nomem(p);
    *ret = bk_map_get(map, bk_buf_view(&p->probe));
    return BK_OK;
}

static bk_status mark(parser *p, bk_map *map, key k, bool yes) {
    bk_value *v;
    bk_str name;
    BK_TRY(find_mark(p, map, k, &v));
    if (v) return *v = bk_bool(yes), BK_OK;
    if (!yes) return BK_OK;
    if (!bk_arena_dup(p->arena, bk_buf_view(&p->probe), &name)) return nomem(p);
    return bk_map_set(map, name, bk_bool(true)) ? BK_OK : nomem(p);
}

static bk_status is_marked(parser *p, bk_map *map, key k, bool *ret) {
    bk_value *v;
    BK_TRY(find_mark(p, map, k, &v));
    *ret = v && v->b;
    return BK_OK;
}

/* ---- the tree ---- */

/* The table that a value stands for: itself, or the last of an array of tables. NULL: it is none. */
static bk_map *table_of(bk_value v) {
    if (v.type == BK_T_MAP) return v.map;
    if (v.type == BK_T_MAPS && v.len) return v.items[v.len - 1].map;
    return NULL;
}

/* Appends a table to an array of tables. Its capacity is the next power of two, four at least. */
static bk_status add_table(parser *p, bk_value *array) {
    bk_map *table = bk_map_new(p->arena, 0);
    bk_value *items = (bk_value *)(uintptr_t)array->items;
    if (!table) return nomem(p);
    if (array->len == 0 || (array->len >= 4 && (array->len & (array->len - 1)) == 0)) {
        bk_value *more = BK_NEW_ARRAY(p->arena, bk_value, array->len ? (size_t)array->len * 2 : 4);
        if (!more) return nomem(p);
        if (array->len) memcpy(more, items, array->len * sizeof *more);
        items = more;
    }
    items[array->len] = bk_map_value(table);
    *array = bk_list_typed(BK_T_MAPS, items, array->len + 1);
    return BK_OK;
}

/* Sets a key of the current table. */
static bk_status set_value(parser *p, bk_str name, bk_value value) {
    bk_map *table = p->root;
    key full;
    BK_TRY(key_add(p, p->context, name, &full));
    for (size_t i = 0; i < p->context.n; i++) {
        bk_value *v = bk_map_get(table, p->context.parts[i]);
        table = v ? table_of(*v) : NULL;
        if (!table) return fail_key(p, (key){p->context.parts, i + 1}, "has already been defined.");
    }
    if (bk_map_get(table, name)) {
        bool array, implicit;
        BK_TRY(is_marked(p, p->arrays, full, &array));
        BK_TRY(is_marked(p, p->implicit, full, &implicit));
        if (!implicit) return fail_key(p, full, "has already been defined.");
        BK_TRY(mark(p, p->implicit, full, false));
        if (!array) return BK_OK;
    }
    return bk_map_set(table, name, value) ? BK_OK : nomem(p);
}

/* Makes k the current table, and the tables on the way. `array`: a new table of an array of tables. */
static bk_status enter(parser *p, key k, bool array) {
    bk_map *table = p->root;
    bk_str name = k.parts[k.n - 1];
    for (size_t i = 0; i + 1 < k.n; i++) {
        bk_value *v = bk_map_get(table, k.parts[i]);
        if (!v) {
            bk_map *made = bk_map_new(p->arena, 0);
            BK_TRY(mark(p, p->implicit, (key){k.parts, i + 1}, true));
            if (!made || !bk_map_set(table, k.parts[i], bk_map_value(made))) return nomem(p);
            table = made;
            continue;
        }
        table = table_of(*v);
        if (!table) return fail_key(p, (key){k.parts, i + 1}, "was already created as a hash.");
    }
    p->context = (key){k.parts, k.n - 1};
    if (array) {
        if (!bk_map_get(table, name) && !bk_map_set(table, name, bk_list_typed(BK_T_MAPS, NULL, 0))) return nomem(p);
        bk_value *v = bk_map_get(table, name);
        if (v->type != BK_T_MAPS) return fail_key(p, k, "was already created and cannot be used as an array.");
        BK_TRY(add_table(p, v));
    } else {
        bk_map *made = bk_map_new(p->arena, 0);
        if (!made) return nomem(p);
        BK_TRY(set_value(p, name, bk_map_value(made)));
    }
    p->context = k;
    return BK_OK;
}

/* Enters the tables of a dotted key, one after the other; the last part becomes the current key. */
static bk_status enter_dotted(parser *p, key k) {
    p->current = k.parts[k.n - 1];
    for (size_t i = 0; i + 1 < k.n; i++) {
        key step;
        BK_TRY(key_add(p, p->context, k.parts[i], &step));
        BK_TRY(mark(p, p->implicit, step, true));
        BK_TRY(enter(p, step, false));
    }
    return BK_OK;
}

/* ---- reading keys ---- */

typedef struct parts {
    bk_str *p;
    size_t n, cap;
} parts;

static bk_status add_part(parser *p, parts *k, bk_str part) {
    if (k->n >= MOST_PARTS) return bk_err_limit(p->lx.err, "parts of a TOML key", MOST_PARTS);
    if (k->n == k->cap) {
        size_t cap = k->cap ? k->cap * 2 : 4;
        bk_str *more = bk_arena_grow(p->arena, k->p, k->cap * sizeof *more, cap * sizeof *more);
        if (!more) return nomem(p);
        k->p = more;
        k->cap = cap;
    }
    k->p[k->n++] = part;
    return BK_OK;
}

/* A part of a key: bare, or between quotes. `line` gets its line. */
static bk_status read_part(parser *p, bk_str *ret) {
    uint32_t rune;
    bk_toml_lexer *lx = &p->lx;
    BK_TRY(bk_toml_peek(lx, &rune));
    if (rune == '"' || rune == '\'') {
        BK_TRY(bk_toml_next(lx, &rune));
        return bk_toml_string(lx, (char)rune, ret);
    }
    do {
        BK_TRY(bk_toml_next(lx, &rune));
    } while (bk_toml_bare(rune));
    bk_toml_back(lx);
    *ret = bk_toml_current(lx);
    bk_toml_ignore(lx);
    return BK_OK;
}

/* One part, which is at the current place; *ret is the first character behind it that is no blank, read. */
static bk_status read_part_and_next(parser *p, parts *k, uint32_t *ret) {
    bk_str part;
    BK_TRY(read_part(p, &part));
    if (k->n == 0) p->line = p->lx.line;
    BK_TRY(add_part(p, k, part));
    BK_TRY(bk_toml_skip_blanks(&p->lx));
    return bk_toml_next(&p->lx, ret);
}

/* Blanks, and the character behind them, which stays. */
static bk_status peek_solid(parser *p, uint32_t *ret) {
    BK_TRY(bk_toml_skip_blanks(&p->lx));
    return bk_toml_peek(&p->lx, ret);
}

/* What stands where "=" or "." should. */
static bk_status fail_key_end(parser *p, uint32_t rune) {
    if (rune == BK_TOML_EOF) return bk_toml_fail_here(&p->lx, "unexpected EOF; expected key separator '='");
    if (rune == '\n') p->lx.line--;
    return bk_toml_fail_rune(&p->lx, "expected '.' or '=', but got ", rune, " instead");
}

/* The parts of a key up to "=". */
static bk_status read_key(parser *p, key *ret) {
    parts k = {0};
    uint32_t rune;
    BK_TRY(peek_solid(p, &rune));
    if (rune == '=' || rune == BK_TOML_EOF) return bk_toml_fail_here(&p->lx, "unexpected '=': key name appears blank");
    if (rune == '.') return bk_toml_fail_here(&p->lx, "unexpected '.': keys cannot start with a '.'");
    for (;;) {
        BK_TRY(peek_solid(p, &rune));
        if (rune == '=' || rune == BK_TOML_EOF) return bk_toml_fail_here(&p->lx, "unexpected '='");
        if (rune == '.') return bk_toml_fail_here(&p->lx, "unexpected '.'");
        BK_TRY(read_part_and_next(p, &k, &rune));
        bk_toml_ignore(&p->lx);
        if (rune == '=') break;
        if (rune != '.') return fail_key_end(p, rune);
    }
    *ret = (key){k.p, k.n};
    return BK_OK;
}

/* The name of a table up to "]". */
static bk_status read_table_name(parser *p, key *ret) {
    parts k = {0};
    uint32_t rune;
    do {
        BK_TRY(peek_solid(p, &rune));
        if (rune == ']' || rune == BK_TOML_EOF)
            return bk_toml_fail_here(&p->lx, "unexpected end of table name (table names cannot be empty)");
        if (rune == '.') return bk_toml_fail_here(&p->lx, "unexpected table separator (table names cannot be empty)");
        BK_TRY(read_part_and_next(p, &k, &rune));
        bk_toml_ignore(&p->lx);
    } while (rune == '.');
    if (rune != ']') return bk_toml_fail_rune(&p->lx, "expected '.' or ']' to end table name, but got ", rune, " instead");
    *ret = (key){k.p, k.n};
    return BK_OK;
}

/* ---- values ---- */

static bk_status read_value(parser *p, bool in_array, bk_value *ret);

/* White space, line breaks and comments; *ret is what comes behind, read. */
static bk_status next_solid(parser *p, uint32_t *ret) {
    for (;;) {
        BK_TRY(bk_toml_next(&p->lx, ret));
        if (*ret == '#') BK_TRY(bk_toml_skip_comment(&p->lx));
        else if (!bk_toml_blank(*ret) && !bk_toml_newline(*ret)) return BK_OK;
        else bk_toml_ignore(&p->lx);
    }
}

/* "but got X": the rune between quotes, or "end of file". */
static bk_status fail_got(parser *p, const char *before, uint32_t rune, const char *after) {
    char text[8] = {0};
    if (rune == BK_TOML_EOF) return bk_toml_fail_here(&p->lx, "%send of file%s", before, after);
    bk_buf buf = {.p = text, .cap = sizeof text, .max = sizeof text};
    bk_buf_rune(&buf, rune);
    return bk_toml_fail_here(&p->lx, "%s'%.*s'%s", before, (int)buf.n, text, after);
}

static bk_status read_array(parser *p, bk_value *ret) {
    bk_items items;
    uint32_t rune;
    key full;
    bk_items_init(&items, p->arena);
    BK_TRY(key_add(p, p->context, p->current, &full));
    if (p->current.n == 0 && p->context.n) full.n--;
    BK_TRY(mark(p, p->arrays, full, true));
    for (;;) {
        bk_value v;
        BK_TRY(next_solid(p, &rune));
        if (rune == ',') return bk_toml_fail_here(&p->lx, "unexpected comma");
        if (rune == ']') break;
        bk_toml_back(&p->lx);
        BK_TRY(read_value(p, true, &v));
        bk_items_add(&items, v);
        BK_TRY(next_solid(p, &rune));
        if (rune == ']') break;
        if (rune != ',') return fail_got(p, "expected a comma (',') or array terminator (']'), but got ", rune, "");
        bk_toml_ignore(&p->lx);
    }
    bk_toml_ignore(&p->lx);
    return bk_items_list(&items, BK_T_LIST, ret, p->lx.err);
}

/* Puts v into the nested maps of an inline table. */
static bk_status put_dotted(parser *p, bk_map *table, key k, bk_value v) {
    for (size_t i = 0; i + 1 < k.n; i++) {
        bk_value *there = bk_map_get(table, k.parts[i]);
        if (!there) {
            bk_map *made = bk_map_new(p->arena, 0);
            if (!made || !bk_map_set(table, k.parts[i], bk_map_value(made))) return nomem(p);
            table = made;
        } else if (there->type == BK_T_MAP) {
            table = there->map;
        } else {
            bk_buf quoted;
            bk_buf_init(&quoted, p->arena, 0);
            bk_fmt_quote(&quoted, key_text(p, p->context));
            bk_str s = bk_buf_view(&quoted);
            return bk_toml_fail(&p->lx, p->line, "%.*s is not a table", BK_FMT(s));
        }
    }
    return bk_map_set(table, k.parts[k.n - 1], v) ? BK_OK : nomem(p);
}

/* Sets the value's key in the tree and notes whether it is an array. */
static bk_status define(parser *p, bk_value v) {
    key full;
    BK_TRY(set_value(p, p->current, v));
    BK_TRY(key_add(p, p->context, p->current, &full));
    if (p->current.n == 0 && p->context.n) full.n--;
    return mark(p, p->arrays, full, v.type == BK_T_LIST);
}

/* One "key = value" of an inline table, whose key is `outer`. */
static bk_status read_inline_pair(parser *p, key outer, bk_map *table) {
    key k;
    bk_value v;
    BK_TRY(read_key(p, &k));
    BK_TRY(enter_dotted(p, k));
    BK_TRY(read_value(p, false, &v));
    BK_TRY(define(p, v));
    BK_TRY(put_dotted(p, table, k, v));
    p->context = outer; /* the current key stays, for errors */
    return BK_OK;
}

/* What follows a pair: a comma, with or without another pair, or the end. */
static bk_status after_inline_pair(parser *p, bool *ret_end) {
    uint32_t rune;
    for (;;) {
        BK_TRY(next_solid(p, &rune));
        *ret_end = rune == '}';
        if (*ret_end) return BK_OK;
        if (rune != ',') return fail_got(p, "expected a comma or an inline table terminator '}', but got ", rune, " instead");
        BK_TRY(peek_solid(p, &rune));
        if (rune != '}') return BK_OK;
    }
}

static bk_status read_inline_pairs(parser *p, key outer, bk_map *table) {
    uint32_t rune;
    for (bool end = false; !end;) {
        BK_TRY(next_solid(p, &rune));
        if (rune == ',') return bk_toml_fail_here(&p->lx, "unexpected comma");
        if (rune == '}') break;
        bk_toml_back(&p->lx);
        BK_TRY(read_inline_pair(p, outer, table));
        BK_TRY(after_inline_pair(p, &end));
    }
    return BK_OK;
}

static bk_status read_inline_table(parser *p, bool in_array, bk_value *ret) {
    key before = p->context, outer;
    bk_str current = p->current;
    bk_map *table = bk_map_new(p->arena, 0);
    if (!table) return nomem(p);
    BK_TRY(key_add(p, p->context, p->current, &outer));
    p->context = outer;
    p->current = (bk_str){0};
    BK_TRY(mark(p, p->implicit, outer, true));
    BK_TRY(enter(p, outer, in_array));
    BK_TRY(read_inline_pairs(p, outer, table));
    bk_toml_ignore(&p->lx);
    p->context = before;
    p->current = current;
    *ret = bk_map_value(table);
    return BK_OK;
}

static bk_status read_value(parser *p, bool in_array, bk_value *ret) {
    uint32_t rune;
    BK_TRY(bk_toml_skip_blanks(&p->lx));
    BK_TRY(bk_toml_next(&p->lx, &rune));
    if (rune != '[' && rune != '{') return bk_toml_scalar(&p->lx, rune, ret);
    if (++p->depth > BK_LIMIT_DEPTH) return bk_err_limit(p->lx.err, "nesting of a TOML value", BK_LIMIT_DEPTH);
    bk_toml_ignore(&p->lx);
    BK_TRY(rune == '[' ? read_array(p, ret) : read_inline_table(p, in_array, ret));
    p->depth--;
    return BK_OK;
}

/* ---- the text ---- */

static bk_status read_table(parser *p) {
    uint32_t rune;
    key k;
    BK_TRY(bk_toml_peek(&p->lx, &rune));
    bool array = rune == '[';
    if (array) BK_TRY(bk_toml_next(&p->lx, &rune));
    bk_toml_ignore(&p->lx);
    BK_TRY(read_table_name(p, &k));
    if (array) {
        BK_TRY(bk_toml_next(&p->lx, &rune));
        if (rune != ']') return bk_toml_fail_rune(&p->lx, "expected end of table array name delimiter ']', but got ", rune, " instead");
    }
    BK_TRY(enter(p, k, array));
    return mark(p, p->arrays, k, false);
}

static bk_status read_pair(parser *p) {
    key k, outer = p->context;
    bk_value v;
    BK_TRY(read_key(p, &k));
    BK_TRY(enter_dotted(p, k));
    BK_TRY(read_value(p, false, &v));
    BK_TRY(define(p, v));
    p->context = outer;
    p->current = (bk_str){0};
    return BK_OK;
}

/* Nothing else stands on the line of a table or a pair. *ret_end: the text ends. */
static bk_status end_line(parser *p, bool *ret_end) {
    uint32_t rune;
    do {
        BK_TRY(bk_toml_next(&p->lx, &rune));
    } while (bk_toml_blank(rune));
    *ret_end = rune == BK_TOML_EOF;
    if (rune == '#') return bk_toml_skip_comment(&p->lx);
    if (rune != BK_TOML_EOF && !bk_toml_newline(rune))
        return bk_toml_fail_rune(&p->lx, "expected a top-level item to end with a newline, comment, or EOF, but got ", rune, " instead");
    bk_toml_ignore(&p->lx);
    return BK_OK;
}

static bk_status read_text(parser *p) {
    uint32_t rune;
    for (bool end = false; !end;) {
        BK_TRY(next_solid(p, &rune));
        if (rune == BK_TOML_EOF) return BK_OK;
        if (rune == '[') {
            BK_TRY(read_table(p));
        } else {
            bk_toml_back(&p->lx);
            BK_TRY(read_pair(p));
        }
        BK_TRY(end_line(p, &end));
    }
    return BK_OK;
}

bk_status bk_toml_decode(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err) {
    parser p = {.arena = arena, .lx = {.arena = arena, .err = err, .line = 1, .last_key = last_key}};
    p.lx.self = &p;
    if (bk_str_starts(text, BK_S("\xFF\xFE")) || bk_str_starts(text, BK_S("\xFE\xFF"))) text = bk_str_from(text, 2);
    else if (bk_str_starts(text, BK_S("\xEF\xBB\xBF"))) text = bk_str_from(text, 3);
    if (bk_str_find_byte(bk_str_sub(text, 0, 6), 0) != BK_NPOS)
        return bk_err_set(err, BK_ERR, "toml: line 1: files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8");
    p.lx.in = text;
    bk_buf_init(&p.probe, arena, 0);
    p.root = bk_map_new(arena, 0);
    p.implicit = bk_map_new(arena, 0);
    p.arrays = bk_map_new(arena, 0);
    if (!p.root || !p.implicit || !p.arrays) return bk_arena_fail(arena, err);
    BK_TRY(read_text(&p));
    *ret = bk_map_value(p.root);
    return BK_OK;
}
