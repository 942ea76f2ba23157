/* yaml_scan.c: the queue of tokens, simple keys and indentation. */
#include "data/yaml_scan.h"

#include "base/limits.h"
#include "data/yaml_comment.h"

bk_status bk_yaml_fail_nomem(bk_yaml_scanner *s) { return bk_arena_fail(s->scratch->hit_cap ? s->scratch : s->arena, s->err); }

static bk_status fail_at(bk_yaml_scanner *s, uint32_t line, const char *problem) {
    if (line) return bk_err_set(s->err, BK_ERR, "yaml: line %u: %s", (unsigned)line, problem);
    return bk_err_set(s->err, BK_ERR, "yaml: %s", problem);
}

bk_status bk_yaml_fail_scan(bk_yaml_scanner *s, uint32_t context, const char *problem) {
    if (s->v3 && context) return fail_at(s, context + 1, problem);
    if (s->v3) context = 0;
    return fail_at(s, s->line ? s->line + 1 : context, problem);
}

bk_status bk_yaml_fail_parse(bk_yaml_scanner *s, uint32_t line, uint32_t context, const char *problem) {
    if (s->v3 && context) line = context;
    return fail_at(s, line ? line : context, problem);
}

/* ---- stacks ---- */

/* The items with room for one more, perhaps elsewhere; NULL without memory. */
static void *room(bk_yaml_scanner *s, void *items, size_t n, size_t *cap, size_t size) {
    if (BK_LIKELY(n < *cap)) return items;
    size_t more = *cap ? *cap * 2 : 16;
    if (more > BK_LIMIT_LIST) return NULL;
    void *grown = bk_arena_grow(s->scratch, items, *cap * size, more * size);
    if (grown) *cap = more;
    return grown;
}

/* Where a token starts that starts here. */
static int32_t here(const bk_yaml_scanner *s) { return (int32_t)(s->p - s->base); }

/* Appends a token, or inserts it before the at-th one that is not taken yet. */
static bool put_token(bk_yaml_scanner *s, ptrdiff_t at, bk_yaml_token token) {
    if (s->head == s->tokens_n) s->head = s->tokens_n = 0;
    if (BK_UNLIKELY(s->tokens_n == s->tokens_cap && s->head > s->tokens_n / 2)) {
        memmove(s->tokens, s->tokens + s->head, (s->tokens_n - s->head) * sizeof token);
        s->tokens_n -= s->head;
        s->head = 0;
    }
    bk_yaml_token *tokens = room(s, s->tokens, s->tokens_n, &s->tokens_cap, sizeof token);
    if (!tokens) return false;
    s->tokens = tokens;
    size_t to = at < 0 ? s->tokens_n : s->head + (size_t)at;
    if (to > s->tokens_n) to = s->tokens_n;
    if (to < s->tokens_n) memmove(tokens + to + 1, tokens + to, (s->tokens_n - to) * sizeof token);
    tokens[to] = token;
    s->tokens_n++;
    return true;
}

static bk_status add_token(bk_yaml_scanner *s, bk_yaml_token token) { return put_token(s, -1, token) ? BK_OK : bk_yaml_fail_nomem(s); }

/* Number that the next token appended will have. */
static size_t next_number(const bk_yaml_scanner *s) { return s->taken + (s->tokens_n - s->head); }

/* ---- simple keys ---- */

static bk_yaml_key *top_key(bk_yaml_scanner *s) { return &s->keys[s->keys_n - 1]; }

/* The token of that number is no candidate for a key any more. */
static void forget_key(bk_yaml_scanner *s, size_t number) {
    if (number >= s->taken && number - s->taken < s->tokens_n - s->head) s->tokens[s->head + (number - s->taken)].key = 0;
}

/* A key that does not end on its line, or is too long, is none; where a key had to be, that is an error. */
static bk_status check_key(bk_yaml_scanner *s, bk_yaml_key *key, bool *ret_valid) {
    *ret_valid = false;
    if (!key->possible) return BK_OK;
    *ret_valid = key->line >= s->line && key->index + BK_YAML_KEY_SPAN >= bk_yaml_index(s);
    if (*ret_valid) return BK_OK;
    if (key->required) return bk_yaml_fail_scan(s, key->line, "could not find expected ':'");
    key->possible = false;
    return BK_OK;
}

static bk_status remove_key(bk_yaml_scanner *s) {
    bk_yaml_key *key = top_key(s);
    if (!key->possible) return BK_OK;
    if (key->required) return bk_yaml_fail_scan(s, key->line, "could not find expected ':'");
    key->possible = false;
    forget_key(s, key->token);
    return BK_OK;
}

/* A simple key may start here. *ret_key goes into the token that comes next. */
static bk_status save_key(bk_yaml_scanner *s, uint32_t *ret_key) {
    *ret_key = 0;
    if (!s->key_allowed) return BK_OK;
    BK_TRY(remove_key(s));
    uint32_t column = bk_yaml_column(s);
    *top_key(s) = (bk_yaml_key){.possible = true,
                                .required = s->flow == 0 && s->indent == (int)column,
                                .line = s->line,
                                .column = column,
                                .token = next_number(s),
                                .index = bk_yaml_index(s)};
    *ret_key = (uint32_t)s->keys_n;
    return BK_OK;
}

static bk_status push_key_level(bk_yaml_scanner *s) {
    bk_yaml_key *keys = room(s, s->keys, s->keys_n, &s->keys_cap, sizeof *keys);
    if (!keys) return bk_yaml_fail_nomem(s);
    s->keys = keys;
    keys[s->keys_n++] = (bk_yaml_key){.token = next_number(s), .line = s->line};
    return BK_OK;
}

/* ---- indentation ---- */

/* Opens a block collection if the column is deeper; its token goes before the token of that number, or to the end. */
static bk_status roll_indent(bk_yaml_scanner *s, uint32_t column, ptrdiff_t at, bk_yaml_token_type type, uint32_t line, int32_t index) {
    if (s->flow > 0 || s->indent >= (int)column) return BK_OK;
    int *indents = room(s, s->indents, s->indents_n, &s->indents_cap, sizeof *indents);
    if (!indents) return bk_yaml_fail_nomem(s);
    s->indents = indents;
    indents[s->indents_n++] = s->indent;
    s->indent = (int)column;
    if (s->indents_n > BK_YAML_DEPTH) return bk_yaml_fail_scan(s, top_key(s)->line, "exceeded max depth of 10000");
    return put_token(s, at, (bk_yaml_token){.type = (uint8_t)type, .line = line, .index = index}) ? BK_OK : bk_yaml_fail_nomem(s);
}

/* Closes block collections that are deeper than the column. They end where the white space at `from` begins. */
static bk_status unroll_indent(bk_yaml_scanner *s, int column, uint32_t line, ptrdiff_t from) {
    if (s->flow > 0) return BK_OK;
    ptrdiff_t at = from - 1;
    while (s->indent > column) {
        if (BK_UNLIKELY(s->comments != NULL)) bk_yaml_comment_end_block(s, &at, &line);
        BK_TRY(add_token(s, (bk_yaml_token){.type = BK_YT_BLOCK_END, .line = line, .index = (int32_t)at}));
        s->indent = s->indents[--s->indents_n];
    }
    return BK_OK;
}

/* ---- white space ---- */

void bk_yaml_skip_blanks(bk_yaml_scanner *s) {
    while (bk_yaml_blank(*s->p)) s->p++;
}

void bk_yaml_skip_comment(bk_yaml_scanner *s) {
    const unsigned char *p = s->p;
    for (;;) {
        while (bk_yaml_in_line(p)) p += 8;
        while (*p && *p != '\n' && *p != '\r' && *p < 0x80) p++;
        if (*p < 0x80 || bk_yaml_break(p)) break;
        p++; /* the index drifts: nothing looks back across a line break */
    }
    s->p = p;
}

static bk_status skip_to_token(bk_yaml_scanner *s) {
    ptrdiff_t from = here(s);
    uint32_t from_line = s->line;
    for (;;) {
        /* go-yaml looks for the mark at the start of its buffer, not where it is: so this mark hides the first character of every line. */
        if (BK_UNLIKELY(s->bom) && bk_yaml_column(s) == 0 && s->p < s->end) bk_yaml_step(s);
        if (s->flow > 0 || !s->key_allowed) bk_yaml_skip_blanks(s);
        else
            while (*s->p == ' ') s->p++;
        if (BK_UNLIKELY(s->comments != NULL)) bk_yaml_comment_turn(s);
        if (*s->p == '#') {
            if (BK_UNLIKELY(s->comments != NULL)) BK_TRY(bk_yaml_comment_block(s, from, from_line));
            else bk_yaml_skip_comment(s);
        }
        unsigned width = bk_yaml_break(s->p);
        if (!width) return BK_OK;
        bk_yaml_newline(s, width);
        if (s->flow == 0) s->key_allowed = true;
    }
}

/* ---- tokens ---- */

static bk_status fetch_end(bk_yaml_scanner *s) {
    if (bk_yaml_column(s) != 0) {
        s->line++;
        s->line_index = bk_yaml_index(s);
    }
    BK_TRY(unroll_indent(s, -1, s->line, here(s)));
    BK_TRY(remove_key(s));
    s->key_allowed = false;
    s->ended = true;
    return add_token(s, (bk_yaml_token){.type = BK_YT_STREAM_END, .line = s->line, .index = here(s)});
}

/* "---", "..." and directives end all that is open. */
static bk_status fetch_outer(bk_yaml_scanner *s, bk_yaml_token_type type) {
    bk_yaml_token token = {.type = (uint8_t)type, .line = s->line, .index = here(s)};
    BK_TRY(unroll_indent(s, -1, s->line, here(s)));
    BK_TRY(remove_key(s));
    s->key_allowed = false;
    if (type == BK_YT_NONE) BK_TRY(bk_yaml_scan_directive(s, &token));
    else s->p += 3;
    return add_token(s, token);
}

static bk_status fetch_flow_start(bk_yaml_scanner *s, bk_yaml_token_type type) {
    uint32_t key;
    BK_TRY(save_key(s, &key));
    BK_TRY(push_key_level(s));
    if (++s->flow > BK_YAML_DEPTH) return bk_yaml_fail_scan(s, s->line, "exceeded max depth of 10000");
    s->key_allowed = true;
    s->p++;
    return add_token(s, (bk_yaml_token){.type = (uint8_t)type, .line = s->line, .key = key, .index = here(s) - 1});
}

static bk_status fetch_flow_end(bk_yaml_scanner *s, bk_yaml_token_type type) {
    BK_TRY(remove_key(s));
    if (s->flow > 0) {
        s->flow--;
        /* Where no key was tried inside, this number is that of the opening token: go-yaml then forgets that "{}" itself may be a key. */
        forget_key(s, top_key(s)->token);
        s->keys_n--;
    }
    s->key_allowed = false;
    s->p++;
    return add_token(s, (bk_yaml_token){.type = (uint8_t)type, .line = s->line, .index = here(s) - 1});
}

static bk_status fetch_flow_entry(bk_yaml_scanner *s) {
    BK_TRY(remove_key(s));
    s->key_allowed = true;
    s->p++;
    return add_token(s, (bk_yaml_token){.type = BK_YT_FLOW_ENTRY, .line = s->line, .index = here(s) - 1});
}

/* "-", "?", and a ":" without a simple key. */
static bk_status fetch_indicator(bk_yaml_scanner *s, bk_yaml_token_type type, bk_yaml_token_type opens, const char *problem) {
    if (s->flow == 0) {
        if (!s->key_allowed) return bk_yaml_fail_scan(s, s->line, problem);
        BK_TRY(roll_indent(s, bk_yaml_column(s), -1, opens, s->line, here(s)));
    }
    if (type != BK_YT_VALUE) BK_TRY(remove_key(s));
    s->key_allowed = type == BK_YT_ENTRY || s->flow == 0;
    s->p++;
    return add_token(s, (bk_yaml_token){.type = (uint8_t)type, .line = s->line, .index = here(s) - 1});
}

static bk_status fetch_value(bk_yaml_scanner *s) {
    bk_yaml_key *key = top_key(s);
    bool valid;
    BK_TRY(check_key(s, key, &valid));
    if (!valid) return fetch_indicator(s, BK_YT_VALUE, BK_YT_BLOCK_MAP, "mapping values are not allowed in this context");
    ptrdiff_t at = (ptrdiff_t)(key->token - s->taken);
    int32_t index = (size_t)at < s->tokens_n - s->head ? s->tokens[s->head + (size_t)at].index : here(s);
    forget_key(s, key->token);
    if (!put_token(s, at, (bk_yaml_token){.type = BK_YT_KEY, .line = key->line, .index = index})) return bk_yaml_fail_nomem(s);
    BK_TRY(roll_indent(s, key->column, at, BK_YT_BLOCK_MAP, key->line, index));
    key->possible = false;
    s->key_allowed = false;
    s->p++;
    return add_token(s, (bk_yaml_token){.type = BK_YT_VALUE, .line = s->line, .index = here(s) - 1});
}

/* A token that may be a simple key, or be in front of one. */
static bk_status fetch_content(bk_yaml_scanner *s, bk_yaml_token_type type) {
    bk_yaml_token token = {.type = (uint8_t)type, .line = s->line, .index = here(s)};
    BK_TRY(save_key(s, &token.key));
    s->key_allowed = false;
    if (type == BK_YT_TAG) BK_TRY(bk_yaml_scan_tag(s, &token));
    else if (type == BK_YT_SCALAR) BK_TRY(bk_yaml_scan_quoted(s, &token));
    else BK_TRY(bk_yaml_scan_anchor(s, type, &token));
    return add_token(s, token);
}

static bk_status fetch_block_scalar(bk_yaml_scanner *s) {
    bk_yaml_token token = {.type = BK_YT_SCALAR, .line = s->line, .index = here(s)};
    BK_TRY(remove_key(s));
    s->key_allowed = true;
    BK_TRY(bk_yaml_scan_block(s, &token));
    return add_token(s, token);
}

/* "key:", as most lines begin: what the ':' would make of the queue is known here already. */
static bool is_plain_key(const bk_yaml_scanner *s, const bk_yaml_token *token) {
    return token->key && s->p[0] == ':' && bk_yaml_blankz(s->p + 1) && s->flow == 0 && s->line == token->line &&
           token->value.n < BK_YAML_KEY_SPAN / 4 && !s->broken && !s->v3;
}

static bk_status add_plain_key(bk_yaml_scanner *s, bk_yaml_token token) {
    bk_yaml_key *key = top_key(s);
    BK_TRY(roll_indent(s, key->column, -1, BK_YT_BLOCK_MAP, key->line, token.index));
    BK_TRY(add_token(s, (bk_yaml_token){.type = BK_YT_KEY, .line = key->line, .index = token.index}));
    key->possible = false;
    token.key = 0;
    BK_TRY(add_token(s, token));
    s->p++;
    return add_token(s, (bk_yaml_token){.type = BK_YT_VALUE, .line = s->line, .index = here(s) - 1});
}

static bk_status fetch_plain(bk_yaml_scanner *s) {
    bk_yaml_token token = {.type = BK_YT_SCALAR, .line = s->line, .plain = true, .index = here(s)};
    BK_TRY(save_key(s, &token.key));
    s->key_allowed = false;
    BK_TRY(bk_yaml_scan_plain(s, &token));
    return is_plain_key(s, &token) ? add_plain_key(s, token) : add_token(s, token);
}

static bk_status fetch_by_char(bk_yaml_scanner *s) {
    const unsigned char *p = s->p;
    switch (*p) {
    case '[': return fetch_flow_start(s, BK_YT_FLOW_SEQ);
    case '{': return fetch_flow_start(s, BK_YT_FLOW_MAP);
    case ']': return fetch_flow_end(s, BK_YT_FLOW_SEQ_END);
    case '}': return fetch_flow_end(s, BK_YT_FLOW_MAP_END);
    case ',': return fetch_flow_entry(s);
    case '-':
        if (!bk_yaml_blankz(p + 1)) return fetch_plain(s);
        return fetch_indicator(s, BK_YT_ENTRY, BK_YT_BLOCK_SEQ, "block sequence entries are not allowed in this context");
    case '?':
        if (s->flow == 0 && !bk_yaml_blankz(p + 1)) return fetch_plain(s);
        return fetch_indicator(s, BK_YT_KEY, BK_YT_BLOCK_MAP, "mapping keys are not allowed in this context");
    case ':':
        if (s->flow == 0 && !bk_yaml_blankz(p + 1)) return fetch_plain(s);
        return fetch_value(s);
    case '*': return fetch_content(s, BK_YT_ALIAS);
    case '&': return fetch_content(s, BK_YT_ANCHOR);
    case '!': return fetch_content(s, BK_YT_TAG);
    case '\'':
    case '"': return fetch_content(s, BK_YT_SCALAR);
    case '|':
    case '>':
        if (s->flow == 0) return fetch_block_scalar(s);
        break;
    case '\t':
    case '#':
    case '%':
    case '@':
    case '`': break;
    default: return fetch_plain(s);
    }
    return bk_yaml_fail_scan(s, s->line, "found character that cannot start any token");
}

/* Characters from p to the end of what can be read, at most n of them. */
static size_t chars_left(const bk_yaml_scanner *s, size_t n) {
    size_t count = 0;
    for (const unsigned char *p = s->p; p < s->end && count < n; p++)
        if ((*p & 0xC0) != 0x80) count++;
    return count;
}

static bk_status fail_broken(bk_yaml_scanner *s) {
    bk_err_release(s->err);
    return bk_err_set(s->err, BK_ERR, "yaml: %s", s->broken);
}

/* Characters behind the token from `start` to p that go-yaml has looked at when it has scanned that. */
static size_t looked_ahead(const bk_yaml_scanner *s, const unsigned char *start) {
    if (s->p == start + 1 || *start == '"' || *start == '\'') return 0;
    return *s->p == ':' ? 2 : 1;
}

/* A comment that follows on the same line belongs to the token; behind ":" of a block, and "," in brackets, to the one before. */
static bk_status fetch_commented(bk_yaml_scanner *s) {
    ptrdiff_t at = here(s);
    if (*s->p == (s->flow > 0 ? ',' : ':')) at = s->tokens_n > 0 ? s->tokens[s->tokens_n - 1].index : 0;
    BK_TRY(fetch_by_char(s));
    /* Behind "-" it is a head of what comes. */
    return s->tokens[s->tokens_n - 1].type == BK_YT_ENTRY ? BK_OK : bk_yaml_comment_beside(s, at);
}

static bk_status fetch_token(bk_yaml_scanner *s) {
    uint32_t before = s->line;
    ptrdiff_t from = here(s);
    BK_TRY(skip_to_token(s));
    BK_TRY(unroll_indent(s, (int)bk_yaml_column(s), s->v3 ? before : s->line, from));
    if (BK_UNLIKELY(s->broken != NULL) && chars_left(s, 4) < 4) return fail_broken(s);
    if (s->p == s->end) return fetch_end(s);
    if (s->p[0] == '%' || s->p[0] == '-' || s->p[0] == '.') {
        bool first = bk_yaml_column(s) == 0;
        if (first && s->p[0] == '%') return fetch_outer(s, BK_YT_NONE);
        if (first && bk_yaml_document_mark(s->p)) return fetch_outer(s, s->p[0] == '-' ? BK_YT_DOC_START : BK_YT_DOC_END);
    }
    const unsigned char *start = s->p;
    bk_status status = s->comments ? fetch_commented(s) : fetch_by_char(s);
    if (BK_LIKELY(!s->broken)) return status;
    size_t need = status == BK_OK ? looked_ahead(s, start) : 1;
    return chars_left(s, need) < need ? fail_broken(s) : status;
}

bk_yaml_token *bk_yaml_peek(bk_yaml_scanner *s) {
    if (!s->started) {
        s->started = true;
        if (push_key_level(s) != BK_OK) return NULL;
    }
    for (;;) {
        if (s->tokens_n - s->head > (s->v3 && !s->ended ? 2u : 0u)) {
            /* As long as the token may turn out to be a key, more has to be read. */
            uint32_t key = s->tokens[s->head].key;
            bool valid = false;
            if (!key || key > s->keys_n) break;
            if (check_key(s, &s->keys[key - 1], &valid) != BK_OK) return NULL;
            if (!valid) break;
        }
        if (fetch_token(s) != BK_OK) return NULL;
    }
    return &s->tokens[s->head];
}

void bk_yaml_take(bk_yaml_scanner *s) {
    s->head++;
    s->taken++;
}
