/* glob.h: the patterns of .Files.Glob.
 *
 *     *      any run of characters but "/"        ?      one character but "/"
 *     **     any run of characters                [abc] [!abc] [a-z] [!a-z]
 *     {a,b}  either pattern; may be nested        \c     the character c
 *
 * As in Helm's library, where a pattern is nothing but text, two stars and text, the two texts may overlap in the name: a-**-b matches a-b.
 * (That library also misses some matches, when stars in alternatives are followed by more; here they are found.)
 * Matching takes time in proportion to pattern times name, whatever the pattern. */
#ifndef BK_TEXT_GLOB_H
#define BK_TEXT_GLOB_H

#include "base/arena.h"

typedef struct bk_glob_op bk_glob_op;

typedef struct bk_glob {
    bk_glob_op *ops;
    uint32_t count;
    uint32_t *scratch; /* for matching: so one match at a time */
    bool ends;         /* text, "**" and text */
} bk_glob;

/* Fails on a malformed pattern (Helm then takes "**" instead). The pattern must live as long as the glob. */
bk_status bk_glob_compile(bk_arena *arena, bk_str pattern, bk_glob *ret, bk_err *err) BK_MUST;
/* Whether the whole name matches. */
bool bk_glob_match(const bk_glob *glob, bk_str name);

#endif
