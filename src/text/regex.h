/* regex.h: Go's package regexp, on top of RE2.
 *
 * RE2 and Go's regexp are siblings: the same syntax, leftmost-first matches, linear time. What differs is settled here: the syntax is
 * checked, and refused in Go's words, by a parser of our own (regex_parse.h), which hands RE2 a normalised pattern; and since an invalid byte
 * of the text is a U+FFFD of width 1 for Go and nothing at all for RE2, texts with such bytes are matched in a copy, whose positions
 * are then translated back.
 *
 * Limits: the program of an expression has at most 96 MiB (RE2 drops and rebuilds its tables beyond it), its pattern
 * BK_REGEX_PATTERN bytes, repetitions nest to at most 1000 copies as in Go: more is "expression too large" or "invalid repeat count".
 *
 *     const bk_regex *regex;
 *     BK_TRY(bk_regex_cache_get(cache, BK_S("^v([0-9]+)"), &regex, err));
 *     BK_TRY(bk_regex_replace(regex, arena, text, BK_S("$1"), false, &result, err)); */
#ifndef BK_TEXT_REGEX_H
#define BK_TEXT_REGEX_H

#include "base/arena.h"
#include "base/buf.h"
#include "value/value.h"

#define BK_REGEX_PATTERN (1u << 20) /* longest pattern */

typedef struct bk_re2 bk_re2;

/* A compiled expression. It lives on the heap, outside arenas. Zeroed memory is an expression that was released. */
typedef struct bk_regex {
    bk_buf pattern;  /* as it was given */
    bk_buf names;    /* of groups, see regex_parse.h */
    uint32_t groups; /* parenthesised groups, the whole match not counted */
    bool inner;      /* has a \\B, which RE2 finds inside of runes, too */
    bool large;      /* needed more memory than usual: a cache keeps one such */
    bk_re2 *program;
} bk_regex;

/* regexp.Compile. Errors are Go's: "error parsing regexp: missing closing ): `(`". */
bk_status bk_regex_compile(bk_regex *regex, bk_str pattern, bk_err *err) BK_MUST;
/* The same without an expression, and without the error that it is too large. */
bk_status bk_regex_check(bk_str pattern, bk_err *err) BK_MUST;
void bk_regex_release(bk_regex *regex);

/* Bytes [from, to) of a text; from is BK_NPOS for a group that took no part. */
typedef struct bk_span {
    size_t from, to;
} bk_span;

/* Matches in order, `width` spans each: the whole match, then its groups. */
typedef struct bk_matches {
    bk_span *spans;
    size_t count, width;
} bk_matches;

/* The arena serves results and scratch. */

/* MatchString */
bk_status bk_regex_match(const bk_regex *regex, bk_arena *arena, bk_str text, bool *ret, bk_err *err) BK_MUST;
/* FindAllStringIndex, or with `groups` FindAllStringSubmatchIndex: at most n matches, all for n < 0; a lone FindStringIndex is n = 1.
 * An empty match right behind another match does not count. */
bk_status bk_regex_find(const bk_regex *regex, bk_arena *arena, bk_str text, int64_t n, bool groups, bk_matches *ret, bk_err *err) BK_MUST;
/* ReplaceAllString, where $1, ${1} and ${name} in `with` stand for groups; with `literal` ReplaceAllLiteralString. */
bk_status bk_regex_replace(const bk_regex *regex, bk_arena *arena, bk_str text, bk_str with, bool literal, bk_str *ret,
                           bk_err *err) BK_MUST;
/* Split: a []string; at most n pieces, all for n < 0, the nil slice for 0. */
bk_status bk_regex_split(const bk_regex *regex, bk_arena *arena, bk_str text, int64_t n, bk_value *ret, bk_err *err) BK_MUST;
/* QuoteMeta */
void bk_regex_quote(bk_buf *out, bk_str text);

/* ---- a cache ---- */

enum { BK_REGEX_CACHE = 64 };

/* The expressions used last; charts call few of them often. One owner, one thread. */
typedef struct bk_regex_cache {
    bk_regex items[BK_REGEX_CACHE];
    uint32_t hashes[BK_REGEX_CACHE];
    uint64_t used[BK_REGEX_CACHE]; /* tick of the last use */
    uint64_t tick;
    size_t n;
} bk_regex_cache;

/* Zeroed memory is an empty cache, too. */
void bk_regex_cache_init(bk_regex_cache *cache);
void bk_regex_cache_release(bk_regex_cache *cache);
/* Compiles unless it is there. The expression is valid until the next call on the cache. */
bk_status bk_regex_cache_get(bk_regex_cache *cache, bk_str pattern, const bk_regex **ret, bk_err *err) BK_MUST;

#endif
