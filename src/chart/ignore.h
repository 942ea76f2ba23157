/* ignore.h: .helmignore: which files of a chart's directory belong to the chart.
 *
 * One rule a line; a file is ignored when one rule says so. As in Helm, the rules are not git's: "!" rules ignore everything that they
 * do not match, there is no "**", and a pattern without a slash is matched against the last part of the path. Only directories are
 * pruned: what lies in an ignored directory is never looked at. Charts in archives are not filtered. */
#ifndef BK_CHART_IGNORE_H
#define BK_CHART_IGNORE_H

#include "chart/log.h"
#include "value/map.h"

#define BK_HELMIGNORE ".helmignore"

typedef struct bk_ignore_rule {
    bk_str pattern;
    bool negate;   /* "!": everything but what matches */
    bool dir_only; /* a trailing "/" */
    bool whole;    /* there was a "/" elsewhere: the whole path is matched */
} bk_ignore_rule;

typedef struct bk_ignore {
    bk_arena *arena;
    const bk_log *log; /* NULL: no log */
    bk_ignore_rule *rules;
    size_t n, cap;
    bk_map *dirs; /* what was decided about directories */
} bk_ignore;

void bk_ignore_init(bk_ignore *ignore, bk_arena *arena, const bk_log *log);
/* Adds the rules of a .helmignore: "syntax error in pattern", "double-star (**) syntax is not supported", "bufio.Scanner: token too long". */
bk_status bk_ignore_parse(bk_ignore *ignore, bk_str text, bk_err *err);
/* Adds what Helm always ignores: hidden files among the templates. */
bk_status bk_ignore_defaults(bk_ignore *ignore, bk_err *err);

/* Whether the rules name this path (without a trailing slash) itself. */
bool bk_ignore_match(const bk_ignore *ignore, bk_str path, bool is_dir);
/* Whether a chart keeps this path: neither it nor a directory above is ignored. A trailing slash marks a directory. */
bk_status bk_ignore_keeps(bk_ignore *ignore, bk_str path, bool *ret, bk_err *err);

/* Go's filepath.Match: false in *ret_ok for a malformed pattern (as far as the match came to see it). */
bool bk_path_match(bk_str pattern, bk_str name, bool *ret_ok);

#endif
