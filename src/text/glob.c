/* A pattern becomes a small program, which is run for all its possible paths at once. */
#include "text/glob.h"

#include "base/utf8.h"

typedef enum op_code {
    OP_RUNE,  /* this character */
    OP_ONE,   /* any but "/" */
    OP_ANY,   /* any number of any but "/" */
    OP_SUPER, /* any number of any */
    OP_LIST,  /* one of the characters of `text` */
    OP_RANGE, /* one of low … high */
    OP_FORK,  /* the next op, and `target` as well */
    OP_JUMP,
    OP_END,
} op_code;

#define NOWHERE UINT32_MAX

struct bk_glob_op {
    op_code code;
    bool negated;
    uint32_t low, high;
    uint32_t target;
    bk_str text; /* escapes and all */
};

/* ---- parsing ---- */

typedef struct terms {
    uint32_t fork;  /* of the alternative being read */
    uint32_t jumps; /* those at the ends of the alternatives, chained by their targets */
} terms;

typedef struct parser {
    bk_arena *arena;
    bk_str rest;
    bk_glob *glob;
    terms *open;
    size_t depth;
    bk_err *err;
} parser;

static bk_status malformed(parser *p, const char *why) { return bk_err_set(p->err, BK_ERR, "%s", why); }

static void emit(parser *p, bk_glob_op op) { p->glob->ops[p->glob->count++] = op; }

/* The next character; 0 at the end, for which Go's library also takes a NUL. U+FFFD counts as damage. */
static bk_status next_rune(parser *p, uint32_t *ret) {
    size_t width;
    *ret = 0;
    if (p->rest.n == 0) return BK_OK;
    *ret = bk_utf8_decode(p->rest, &width);
    if (*ret == BK_RUNE_ERROR) return malformed(p, "could not read rune");
    p->rest = bk_str_from(p->rest, width);
    return BK_OK;
}

static char peek(const parser *p) { return p->rest.n ? p->rest.p[0] : 0; }

/* The characters of a list, up to its bracket, which is read as well. */
static bk_status list_class(parser *p, bk_str text, bk_glob_op *op) {
    size_t n = 0;
    p->rest = text;
    for (;;) {
        size_t at = text.n - p->rest.n;
        uint32_t c;
        BK_TRY(next_rune(p, &c));
        if (c == 0) { /* a NUL ends the text as the bracket does, and the bracket follows */
            BK_TRY(next_rune(p, &c));
            if (c != ']') return malformed(p, "unexpected end of input");
        }
        if (c == ']') {
            op->code = OP_LIST;
            op->text = bk_str_sub(text, 0, at);
            return n ? BK_OK : malformed(p, "could not parse range");
        }
        if (c == '\\') BK_TRY(next_rune(p, &c));
        if (c == 0) {
            BK_TRY(next_rune(p, &c));
            if (c != ']') return malformed(p, "unexpected end of input");
            op->code = OP_LIST;
            op->text = bk_str_sub(text, 0, at);
            return n ? BK_OK : malformed(p, "could not parse range");
        }
        n++;
    }
}

/* Behind the bracket. */
static bk_status parse_class(parser *p) {
    bk_glob_op op = {.code = OP_RANGE};
    uint32_t close;
    if (peek(p) == '!') {
        op.negated = true;
        p->rest = bk_str_from(p->rest, 1);
    }
    bk_str text = p->rest;
    BK_TRY(next_rune(p, &op.low));
    if (op.low == 0) return malformed(p, "unexpected end of input");
    if (peek(p) != '-') {
        BK_TRY(list_class(p, text, &op));
    } else {
        p->rest = bk_str_from(p->rest, 1);
        BK_TRY(next_rune(p, &op.high));
        if (op.high == 0) return malformed(p, "unexpected end of input");
        BK_TRY(next_rune(p, &close));
        if (close != ']') return malformed(p, "expected close range character");
        if (op.high < op.low) return malformed(p, "hi character should be greater than lo");
    }
    emit(p, op);
    return BK_OK;
}

static void open_terms(parser *p) {
    p->open[p->depth++] = (terms){.fork = p->glob->count, .jumps = NOWHERE};
    emit(p, (bk_glob_op){.code = OP_FORK, .target = NOWHERE});
}

static void next_term(parser *p) {
    terms *t = &p->open[p->depth - 1];
    uint32_t jump = p->glob->count;
    emit(p, (bk_glob_op){.code = OP_JUMP, .target = t->jumps});
    t->jumps = jump;
    p->glob->ops[t->fork].target = p->glob->count;
    t->fork = p->glob->count;
    emit(p, (bk_glob_op){.code = OP_FORK, .target = NOWHERE});
}

static void close_terms(parser *p) {
    uint32_t at = p->open[--p->depth].jumps;
    while (at != NOWHERE) {
        uint32_t next = p->glob->ops[at].target;
        p->glob->ops[at].target = p->glob->count;
        at = next;
    }
}

/* A run of plain characters, whose first is c. A NUL in it ends it and is nothing else; where something begins it ends the pattern. */
static bk_status parse_text(parser *p, uint32_t c) {
    for (;;) {
        if (c == '\\') BK_TRY(next_rune(p, &c));
        if (c == 0) return BK_OK;
        emit(p, (bk_glob_op){.code = OP_RUNE, .low = c});
        char next = peek(p);
        if (!p->rest.n || next == '?' || next == '*' || next == '[' || next == '{' || (p->depth && (next == '}' || next == ',')))
            return BK_OK;
        BK_TRY(next_rune(p, &c));
    }
}

static bk_status parse(parser *p) {
    while (p->rest.n) {
        uint32_t c;
        BK_TRY(next_rune(p, &c));
        if (c == 0) break;
        if (c == '{') {
            open_terms(p);
        } else if (c == ',' && p->depth) {
            next_term(p);
        } else if (c == '}' && p->depth) {
            close_terms(p);
        } else if (c == '[') {
            BK_TRY(parse_class(p));
        } else if (c == '?') {
            emit(p, (bk_glob_op){.code = OP_ONE});
        } else if (c == '*') {
            bool super = peek(p) == '*';
            if (super) p->rest = bk_str_from(p->rest, 1);
            emit(p, (bk_glob_op){.code = super ? OP_SUPER : OP_ANY});
        } else {
            BK_TRY(parse_text(p, c));
        }
    }
    while (p->depth) close_terms(p); /* what is not closed ends with the pattern */
    emit(p, (bk_glob_op){.code = OP_END});
    return BK_OK;
}

/* Whether the program is characters, one "**", characters. */
static bool is_text_super_text(const bk_glob *glob) {
    uint32_t supers = 0, n = glob->count - 1;
    for (uint32_t i = 0; i < n; i++) {
        if (glob->ops[i].code == OP_SUPER) supers++;
        else if (glob->ops[i].code != OP_RUNE) return false;
    }
    return supers == 1 && glob->ops[0].code == OP_RUNE && glob->ops[n - 1].code == OP_RUNE;
}

bk_status bk_glob_compile(bk_arena *arena, bk_str pattern, bk_glob *ret, bk_err *err) {
    bk_glob glob = {.count = 0};
    size_t most = 2 * pattern.n + 1; /* a comma makes two ops, the end one */
    parser p = {.arena = arena, .rest = pattern, .glob = &glob, .err = err};
    glob.ops = BK_NEW_ARRAY(arena, bk_glob_op, most);
    p.open = BK_NEW_ARRAY(arena, terms, pattern.n);
    if (!glob.ops || !p.open) return bk_arena_fail(arena, err);
    BK_TRY(parse(&p));
    glob.scratch = BK_NEW_ARRAY(arena, uint32_t, (size_t)glob.count * 4);
    if (!glob.scratch) return bk_arena_fail(arena, err);
    glob.ends = is_text_super_text(&glob);
    *ret = glob;
    return BK_OK;
}

/* ---- matching ---- */

/* The ops that some path has come to, each once: at[0 … count); place[i] says where op i would be in it. */
typedef struct state {
    uint32_t *at, *place;
    uint32_t count;
} state;

static void push(state *s, uint32_t op) {
    if (op == NOWHERE || (s->place[op] < s->count && s->at[s->place[op]] == op)) return;
    s->place[op] = s->count;
    s->at[s->count++] = op;
}

/* Adds an op and all that is reached from it without reading a character. */
static void reach(const bk_glob *glob, state *s, uint32_t op) {
    uint32_t todo = s->count;
    push(s, op);
    for (; todo < s->count; todo++) {
        uint32_t at = s->at[todo];
        op_code code = glob->ops[at].code;
        if (code == OP_FORK || code == OP_JUMP) push(s, glob->ops[at].target);
        if (code == OP_FORK || code == OP_ANY || code == OP_SUPER) push(s, at + 1);
    }
}

static bool in_list(bk_str text, uint32_t c) {
    size_t width;
    while (text.n) {
        uint32_t member = bk_utf8_decode(text, &width);
        text = bk_str_from(text, width);
        if (member == '\\') {
            member = bk_utf8_decode(text, &width);
            text = bk_str_from(text, width);
        }
        if (member == c) return true;
    }
    return false;
}

/* Takes every path over the character c. */
static void step(const bk_glob *glob, const state *now, state *next, uint32_t c) {
    next->count = 0;
    for (uint32_t i = 0; i < now->count; i++) {
        uint32_t at = now->at[i];
        const bk_glob_op *op = &glob->ops[at];
        bool takes = false;
        switch (op->code) {
        case OP_RUNE: takes = op->low == c; break;
        case OP_ONE:
        case OP_ANY: takes = c != '/'; break;
        case OP_SUPER: takes = true; break;
        case OP_LIST: takes = in_list(op->text, c) != op->negated; break;
        case OP_RANGE: takes = (op->low <= c && c <= op->high) != op->negated; break;
        case OP_FORK:
        case OP_JUMP:
        case OP_END: break;
        }
        if (takes) reach(glob, next, op->code == OP_ANY || op->code == OP_SUPER ? at : at + 1);
    }
}

/* The text before the "**" at the start, that behind it at the end. */
static bool match_ends(const bk_glob *glob, bk_str name) {
    uint32_t front = 0, back = glob->count - 1;
    bk_str start = name, end = name;
    size_t width;
    for (; glob->ops[front].code == OP_RUNE; front++) {
        if (start.n == 0 || bk_utf8_decode(start, &width) != glob->ops[front].low) return false;
        start = bk_str_from(start, width);
    }
    while (--back > front) {
        if (end.n == 0 || bk_utf8_decode_last(end, &width) != glob->ops[back].low) return false;
        end.n -= width;
    }
    return true;
}

bool bk_glob_match(const bk_glob *glob, bk_str name) {
    if (glob->ends) return match_ends(glob, name);
    uint32_t n = glob->count, end = n - 1;
    state now = {.at = glob->scratch, .place = glob->scratch + n}, next = {.at = glob->scratch + 2 * n, .place = glob->scratch + 3 * n};
    reach(glob, &now, 0);
    while (name.n && now.count) {
        size_t width;
        uint32_t c = bk_utf8_decode(name, &width);
        step(glob, &now, &next, c);
        name = bk_str_from(name, width);
        state last = now;
        now = next;
        next = last;
    }
    return now.place[end] < now.count && now.at[now.place[end]] == end;
}
