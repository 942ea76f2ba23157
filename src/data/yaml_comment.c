/* yaml_comment.c: whose comment is it? */
#include "data/yaml_comment.h"

#include "base/limits.h"

/* go-yaml looks so many bytes ahead, no farther. */
enum { AHEAD = 512 };

static ptrdiff_t here(const bk_yaml_scanner *s) { return s->p - s->base; }

/* The last token scanned; none: the start of the text. */
static const bk_yaml_token *last_token(const bk_yaml_scanner *s, size_t back) {
    static const bk_yaml_token start = {.type = BK_YT_NONE};
    return s->tokens_n > back ? &s->tokens[s->tokens_n - 1 - back] : &start;
}

/* Line breaks since the last character that is neither blank nor break. */
static uint32_t newlines(const bk_yaml_scanner *s) {
    uint32_t count = 0;
    for (const unsigned char *p = s->p; p > s->base;) {
        if (bk_yaml_blank(p[-1])) {
            p--;
        } else if (p[-1] == '\n' || p[-1] == '\r') {
            p -= p[-1] == '\n' && p - 1 > s->base && p[-2] == '\r' ? 2 : 1;
            count++;
        } else if (p - s->base >= 2 && bk_yaml_break(p - 2) == 2) {
            p -= 2;
            count++;
        } else if (p - s->base >= 3 && bk_yaml_break(p - 3) == 3) {
            p -= 3;
            count++;
        } else {
            break;
        }
    }
    return count;
}

bk_status bk_yaml_comments_keep(bk_yaml_scanner *s) {
    bk_yaml_comments *c = BK_NEW(s->scratch, bk_yaml_comments);
    if (!c) return bk_yaml_fail_nomem(s);
    bk_buf_init(&c->head, s->arena, 0);
    bk_buf_init(&c->beside, s->arena, 0);
    bk_buf_init(&c->foot, s->arena, 0);
    s->comments = c;
    return BK_OK;
}

static bk_status add(bk_yaml_scanner *s, bk_yaml_comment comment) {
    bk_yaml_comments *c = s->comments;
    if (c->n == c->cap) {
        size_t more = c->cap ? c->cap * 2 : 16;
        void *grown = more > BK_LIMIT_LIST ? NULL : bk_arena_grow(s->scratch, c->items, c->cap * sizeof comment, more * sizeof comment);
        if (!grown) return bk_yaml_fail_nomem(s);
        c->items = grown;
        c->cap = more;
    }
    c->items[c->n++] = comment;
    return BK_OK;
}

/* Appends the text up to the end of the line, which begins at `from`; blanks and breaks before are skipped. */
static void read_line(bk_yaml_scanner *s, const unsigned char *from, bk_buf *out) {
    while (s->p < from) {
        unsigned width = bk_yaml_break(s->p);
        if (width) bk_yaml_newline(s, width);
        else s->p++;
    }
    bk_yaml_skip_comment(s);
    for (const unsigned char *p = from; p < s->p; p++) /* at the end of the text the column still counts */
        if ((*p & 0xC0) == 0x80) s->extra++;
    bk_buf_bytes(out, (const char *)from, (size_t)(s->p - from));
}

bk_status bk_yaml_comment_beside(bk_yaml_scanner *s, ptrdiff_t token) {
    const unsigned char *p = s->p;
    bk_buf text;
    while (bk_yaml_blank(*p) && p - s->p < AHEAD) p++;
    if (*p != '#' || p - s->p >= AHEAD || newlines(s)) return BK_OK;
    bk_yaml_comment comment = {.token = token, .start = p - s->base, .line = s->line};
    comment.column = bk_yaml_column(s) + (uint32_t)(p - s->p);
    bk_buf_init(&text, s->arena, 0);
    read_line(s, p, &text);
    BK_TRY(bk_buf_check(&text, s->err));
    comment.beside = bk_buf_take(&text);
    return add(s, comment);
}

/* Comments on lines of their own, under way. */
typedef struct gatherer {
    bk_yaml_scanner *s;
    bk_yaml_comment now; /* token, scan and start of the text gathered so far */
    bk_buf text;
    int64_t foot_line;     /* a comment that starts there may still be a foot of what is before */
    uint32_t indent;       /* of the block around */
    uint32_t line, column; /* of the character looked at; the column counts from 1 */
    bool after_value;      /* the token before is ":" */
    bool no_gap;           /* no empty line yet, and none before */
    bool empty;            /* the line before was empty */
} gatherer;

static bool outside(const gatherer *g) { return (int64_t)g->now.column - 1 < (int64_t)g->indent; }

/* What was gathered is a foot; it ends at `end`, where the next one's white space begins. */
static bk_status put_foot(gatherer *g, ptrdiff_t end) {
    bk_yaml_comment comment = g->now;
    BK_TRY(bk_buf_check(&g->text, g->s->err));
    comment.foot = bk_buf_take(&g->text);
    comment.end = end;
    g->now.scan = g->now.token = end;
    bk_buf_init(&g->text, g->s->arena, 0);
    return add(g->s, comment);
}

/* An empty line, the end of the text, or the bracket that closes a collection, at p. */
static bk_status at_gap(gatherer *g, const unsigned char *p, bool closes) {
    if (g->empty && !closes) return BK_OK;
    bool foot = closes || (g->no_gap && ((g->now.line == g->foot_line && !g->after_value) || outside(g)));
    if (g->text.n == 0) return BK_OK;
    if (!foot) {
        if (*p) bk_buf_byte(&g->text, '\n');
        return BK_OK;
    }
    if (outside(g)) g->now.token = g->now.start; /* not of that token's block */
    return put_foot(g, p - g->s->base);
}

/* The comment line that begins at p. */
static void take_line(gatherer *g, const unsigned char *p) {
    bk_yaml_scanner *s = g->s;
    if (g->text.n == 0) {
        g->now.start = p - s->base;
        g->now.line = g->line;
        g->now.column = g->column;
    } else {
        bk_buf_byte(&g->text, '\n');
    }
    g->empty = false;
    read_line(s, p, &g->text);
    g->line = s->line;
    g->column = 0;
}

/* From p, a blank or behind: true when the walk is over. */
static bk_status look(gatherer *g, const unsigned char *p, bool *ret_done, bool *ret_taken) {
    bool closes = g->s->flow > 0 && (*p == ']' || *p == '}'), gap = closes || bk_yaml_breakz(p);
    *ret_done = *ret_taken = false;
    g->column++;
    if (bk_yaml_blank(*p)) return BK_OK;
    if (gap) {
        BK_TRY(at_gap(g, p, closes));
        *ret_done = !bk_yaml_break(p);
        g->no_gap = false;
        g->empty = true;
        g->column = 0;
        g->line++;
        return BK_OK;
    }
    /* One at another indentation is a foot of what is before, not a head of what comes. */
    if (g->text.n && (int64_t)g->column - 1 < (int64_t)g->indent && g->column != g->now.column) BK_TRY(put_foot(g, p - g->s->base));
    *ret_taken = *p == '#';
    *ret_done = !*ret_taken;
    if (*ret_taken) take_line(g, p);
    return BK_OK;
}

bk_status bk_yaml_comment_block(bk_yaml_scanner *s, ptrdiff_t from, uint32_t from_line) {
    const bk_yaml_token *token = last_token(s, 0);
    uint32_t breaks = newlines(s);
    if (token->type == BK_YT_FLOW_ENTRY) token = last_token(s, 1);
    gatherer g = {.s = s,
                  .now = {.token = token->index, .scan = from},
                  .foot_line = -1,
                  .indent = s->indent < 0 ? 0 : (uint32_t)s->indent,
                  .line = s->line,
                  .column = bk_yaml_column(s),
                  .after_value = token->type == BK_YT_VALUE,
                  .no_gap = breaks <= 1};
    if (from_line > 0) g.foot_line = (int64_t)s->line - breaks + 1 + (breaks == 0 && g.column > 1 ? 1 : 0);
    bk_buf_init(&g.text, s->arena, 0);
    ptrdiff_t ahead = 0;
    for (bool done = false, taken; ahead < AHEAD;
         ahead = taken ? 1 : ahead + 1) { /* behind a line that was taken: the break is passed over */
        BK_TRY(look(&g, s->p + ahead, &done, &taken));
        if (done) break;
    }
    BK_TRY(bk_buf_check(&g.text, s->err));
    if (g.text.n == 0) return BK_OK;
    g.now.head = bk_buf_take(&g.text);
    g.now.token = g.now.start;
    g.now.end = here(s) + ahead - 1;
    return add(s, g.now);
}

void bk_yaml_comment_turn(bk_yaml_scanner *s) {
    bk_yaml_comments *c = s->comments;
    if (c->n == 0 || last_token(s, 0)->type != BK_YT_ENTRY || last_token(s, 1)->type != BK_YT_BLOCK_SEQ) return;
    bk_yaml_comment *comment = &c->items[c->n - 1];
    if (comment->beside.n == 0 || bk_yaml_break(s->p)) return;
    comment->head = comment->beside;
    comment->beside = (bk_str){0};
    if (comment->line + 1 == s->line) comment->token = here(s);
}

void bk_yaml_comment_end_block(const bk_yaml_scanner *s, ptrdiff_t *at, uint32_t *line) {
    const bk_yaml_comments *c = s->comments;
    ptrdiff_t stop = *at;
    for (size_t i = c->n; i-- > 0;) {
        const bk_yaml_comment *comment = &c->items[i];
        if (comment->end < stop) break;
        if ((int64_t)comment->column == (int64_t)s->indent + 1) {
            *at = comment->start;
            *line = comment->line;
        }
        stop = comment->scan; /* nothing lies between this one and the one before */
    }
}

static void join(bk_buf *to, bk_str text) {
    if (text.n == 0) return;
    if (to->n) bk_buf_byte(to, '\n');
    bk_buf_str(to, text);
}

bk_status bk_yaml_comment_give(bk_yaml_scanner *s, const bk_yaml_token *token) {
    bk_yaml_comments *c = s->comments;
    for (; c->given < c->n; c->given++) {
        bk_yaml_comment *comment = &c->items[c->given];
        if (token->index < comment->token) break;
        if (comment->head.n && token->type == BK_YT_BLOCK_END) break; /* a head waits for content */
        join(&c->head, comment->head);
        join(&c->foot, comment->foot);
        join(&c->beside, comment->beside);
        *comment = (bk_yaml_comment){0};
    }
    BK_TRY(bk_buf_check(&c->head, s->err));
    BK_TRY(bk_buf_check(&c->beside, s->err));
    return bk_buf_check(&c->foot, s->err);
}
