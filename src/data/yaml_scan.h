/* yaml_scan.h: YAML text to tokens, inside src/data only (users include yaml.h).
 *
 * A scanner of our own instead of libyaml's. go-yaml, whose decisions and error texts count, has drifted from libyaml in dozens of
 * details, and this reader works in place: scalars are views of the text where nothing has to be changed.
 *
 * The text is copied once into the arena, as checked UTF-8 behind which PADDING zero bytes stand; NUL cannot occur within, so
 * the scanner looks ahead without asking for the end. go-yaml reads its input in pieces of 512 bytes and notices bad bytes piece
 * by piece; so a text with a bad byte ends for us where the piece with that byte begins ("broken"), and running into that end
 * gives the reader's error. Tokens are made on demand: what stands behind the first document is never looked at, also as there.
 *
 * Lines and columns count from 0, columns and indices in characters. */
#ifndef BK_DATA_YAML_SCAN_H
#define BK_DATA_YAML_SCAN_H

#include "base/arena.h"
#include "base/err.h"

enum {
    BK_YAML_PADDING = 16,
    BK_YAML_DEPTH = 10000,   /* nesting of flow collections, and of indentation */
    BK_YAML_KEY_SPAN = 1024, /* a simple key lies on one line and within so many characters */
};

typedef enum bk_yaml_token_type {
    BK_YT_NONE,
    BK_YT_STREAM_END,
    BK_YT_VERSION, /* %YAML */
    BK_YT_TAG_DIRECTIVE,
    BK_YT_DOC_START,
    BK_YT_DOC_END,
    BK_YT_BLOCK_SEQ,
    BK_YT_BLOCK_MAP,
    BK_YT_BLOCK_END,
    BK_YT_FLOW_SEQ,
    BK_YT_FLOW_SEQ_END,
    BK_YT_FLOW_MAP,
    BK_YT_FLOW_MAP_END,
    BK_YT_ENTRY, /* "-" */
    BK_YT_FLOW_ENTRY,
    BK_YT_KEY,
    BK_YT_VALUE,
    BK_YT_ALIAS,
    BK_YT_ANCHOR,
    BK_YT_TAG,
    BK_YT_SCALAR,
} bk_yaml_token_type;

typedef struct bk_yaml_token {
    uint8_t type;
    bool plain;           /* SCALAR without quotes */
    uint8_t major, minor; /* VERSION */
    uint32_t line;        /* where it starts */
    uint32_t key;         /* it may turn out to be a simple key: its place among the keys, plus one */
    int32_t index;        /* where it starts, in bytes; a block may end at -1 */
    bk_str value;         /* SCALAR, ALIAS, ANCHOR: the text; TAG, TAG_DIRECTIVE: the handle */
    bk_str suffix;        /* TAG: the rest; TAG_DIRECTIVE: the prefix */
} bk_yaml_token;

/* Where a simple key may have begun, one for each level of flow. */
typedef struct bk_yaml_key {
    bool possible, required;
    uint32_t line, column;
    size_t token, index;
} bk_yaml_key;

struct bk_yaml_comments; /* yaml_comment.h */

typedef struct bk_yaml_scanner {
    const unsigned char *p, *base, *end; /* end: the first zero byte */
    size_t extra;                        /* bytes before p that continue a character: the index is p - base - extra */
    size_t line_index;                   /* index of the first character of the line */
    uint32_t line;
    int indent; /* column of the innermost block collection, -1 outside */
    int flow;   /* level of flow collections */
    bool key_allowed, started, ended;
    bool bom;                          /* a second byte order mark opens the text */
    bool breaks;                       /* there may be ends of lines other than line feed, or byte order marks */
    const char *broken;                /* the reader's error at `end`, or NULL */
    bool v3;                           /* as go-yaml v3: two tokens ahead, other lines in errors */
    struct bk_yaml_comments *comments; /* NULL: they are passed over; else v3 is set */

    bk_yaml_token *tokens; /* from head to tokens_n: not taken yet */
    size_t head, tokens_n, tokens_cap;
    size_t taken; /* tokens taken so far: numbers tokens */
    bk_yaml_key *keys;
    size_t keys_n, keys_cap;
    int *indents;
    size_t indents_n, indents_cap;

    bk_arena *arena;   /* texts */
    bk_arena *scratch; /* everything else: dies with the reader */
    bk_err *err;
} bk_yaml_scanner;

/* Copies and checks the text; a byte order mark and UTF-16 are understood. */
bk_status bk_yaml_scanner_init(bk_yaml_scanner *s, bk_arena *arena, bk_arena *scratch, bk_str text, bk_err *err) BK_MUST;
/* The next token, or NULL on failure; it stays the next until bk_yaml_take, and moves when another is scanned. */
bk_yaml_token *bk_yaml_peek(bk_yaml_scanner *s) BK_MUST;
void bk_yaml_take(bk_yaml_scanner *s);

/* "yaml: line N: problem", as go-yaml words an error of the scanner / of the parser at a line, or else at the line of its context. */
BK_COLD bk_status bk_yaml_fail_scan(bk_yaml_scanner *s, uint32_t context, const char *problem);
BK_COLD bk_status bk_yaml_fail_parse(bk_yaml_scanner *s, uint32_t line, uint32_t context, const char *problem);
BK_COLD bk_status bk_yaml_fail_nomem(bk_yaml_scanner *s);

/* ---- what the scanner's files share ---- */

static inline size_t bk_yaml_index(const bk_yaml_scanner *s) { return (size_t)(s->p - s->base) - s->extra; }
static inline uint32_t bk_yaml_column(const bk_yaml_scanner *s) { return (uint32_t)(bk_yaml_index(s) - s->line_index); }

/* Bytes of the line break at p: CR LF, CR, LF, NEL, LS, PS; 0 if there is none. */
static inline unsigned bk_yaml_break(const unsigned char *p) {
    switch (*p) {
    case '\n': return 1;
    case '\r': return p[1] == '\n' ? 2 : 1;
    case 0xC2: return p[1] == 0x85 ? 2 : 0;
    case 0xE2: return p[1] == 0x80 && (p[2] == 0xA8 || p[2] == 0xA9) ? 3 : 0;
    default: return 0;
    }
}
static inline bool bk_yaml_blank(unsigned char c) { return c == ' ' || c == '\t'; }
static inline bool bk_yaml_breakz(const unsigned char *p) { return *p == 0 || bk_yaml_break(p); }
static inline bool bk_yaml_blankz(const unsigned char *p) { return bk_yaml_blank(*p) || bk_yaml_breakz(p); }
static inline bool bk_yaml_alpha(unsigned char c) {
    return (unsigned)(c | 0x20) - 'a' < 26u || (unsigned)c - '0' < 10u || c == '_' || c == '-';
}
/* "---" or "..." at the start of a line, followed by white space. */
static inline bool bk_yaml_document_mark(const unsigned char *p) {
    return ((p[0] == '-' && p[1] == '-' && p[2] == '-') || (p[0] == '.' && p[1] == '.' && p[2] == '.')) && bk_yaml_blankz(p + 3);
}
/* Eight bytes without line feed, carriage return, zero and non-ASCII. */
static inline bool bk_yaml_in_line(const unsigned char *p) {
    const uint64_t ones = 0x0101010101010101u, tops = ones * 0x80;
    uint64_t w, stop;
    memcpy(&w, p, 8);
    uint64_t feed = w ^ ones * '\n', ret = w ^ ones * '\r';
    stop = (w - ones) | (feed - ones) | (ret - ones) | w; /* may also mark a byte above a hit */
    return (stop & tops) == 0;
}
/* Steps over the line break of `width` bytes at p. */
static inline void bk_yaml_newline(bk_yaml_scanner *s, unsigned width) {
    if (*s->p >= 0x80) s->extra += width - 1;
    s->p += width;
    s->line++;
    s->line_index = bk_yaml_index(s);
}
/* Steps over one character. */
static inline void bk_yaml_step(bk_yaml_scanner *s) {
    if (*s->p++ < 0x80) return;
    while ((*s->p & 0xC0) == 0x80) {
        s->p++;
        s->extra++;
    }
}
void bk_yaml_skip_blanks(bk_yaml_scanner *s);
/* From "#" to the end of the line. */
void bk_yaml_skip_comment(bk_yaml_scanner *s);

/* Whether all characters of a UTF-8 text are allowed in YAML, and what is among them. */
enum {
    BK_YAML_HAS_TABS = 1,
    BK_YAML_HAS_BREAKS = 2, /* ends of lines other than line feed, byte order marks */
};
bool bk_yaml_characters(bk_str text, unsigned *ret_seen);

/* Each scans one token from s->p and fills *token, but for its key. */
bk_status bk_yaml_scan_directive(bk_yaml_scanner *s, bk_yaml_token *token);
bk_status bk_yaml_scan_anchor(bk_yaml_scanner *s, bk_yaml_token_type type, bk_yaml_token *token);
bk_status bk_yaml_scan_tag(bk_yaml_scanner *s, bk_yaml_token *token);
bk_status bk_yaml_scan_plain(bk_yaml_scanner *s, bk_yaml_token *token);
bk_status bk_yaml_scan_quoted(bk_yaml_scanner *s, bk_yaml_token *token);
bk_status bk_yaml_scan_block(bk_yaml_scanner *s, bk_yaml_token *token);

#endif
