/* regex_parse.h: the syntax of Go's regexp, checked in Go's words and rewritten for RE2. Not for others: include text/regex.h.
 *
 * What is rewritten: groups lose their names (Go allows (?<n>x) and the same name twice), literals and classes are spelled out with
 * escapes, \Q…\E with them; names of Unicode classes become RE2's (Go matches them loosely, knows aliases, and C, Cn and LC). */
#ifndef BK_TEXT_REGEX_PARSE_H
#define BK_TEXT_REGEX_PARSE_H

#include "base/buf.h"
#include "base/err.h"
#include "text/regex.h"

/* One name in bk_regex.names: bytes [from, to) of the pattern name a group. */
typedef struct bk_regex_name {
    uint32_t group, from, to;
} bk_regex_name;

/* Appends RE2's pattern to `out`; fills the names, groups and inner of `regex`. */
bk_status bk_regex_translate(bk_str pattern, bk_buf *out, bk_regex *regex, bk_err *err) BK_MUST;

/* ---- between regex_parse.c and regex_class.c ---- */

typedef struct bk_regex_parser {
    bk_str pattern;
    size_t at; /* how far it has been read */
    bk_buf *out;
    bk_err *err;
    bool fold; /* (?i) is on */
} bk_regex_parser;

/* "error parsing regexp: <what>: `<the pattern's bytes [from, to)>`" */
bk_status bk_regex_refuse(bk_regex_parser *p, const char *what, size_t from, size_t to);
/* The rune at p->at, which moves behind it; at the end U+FFFD and nothing moves. */
bk_status bk_regex_rune(bk_regex_parser *p, uint32_t *ret) BK_MUST;
/* An escape of one rune: \n, \x41, \123, \. … at the backslash. */
bk_status bk_regex_escape(bk_regex_parser *p, uint32_t *ret) BK_MUST;
/* Appends a literal so that RE2 takes it as one, in a class or outside. */
void bk_regex_put_rune(bk_regex_parser *p, uint32_t rune, bool in_class);
/* \d and its kind at the backslash: reads and copies; false (nothing read) when it is something else. */
bool bk_regex_perl_class(bk_regex_parser *p);
/* \pL, \p{Greek} … at the backslash. */
bk_status bk_regex_unicode_class(bk_regex_parser *p, bool in_class) BK_MUST;
/* [a-z] at the bracket. */
bk_status bk_regex_class(bk_regex_parser *p) BK_MUST;

#endif
