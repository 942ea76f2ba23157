/* tmpl.h: sets of templates.
 *
 * A set holds templates by name, as the templates of one Go `*template.Template` do: in a chart tree all files share one. The set also
 * holds what templates may use: functions, methods, the rule for missing keys, and the table of charts that origins refer to.
 *
 *     bk_tmpl_set *set = bk_tmpl_set_new(arena, BK_S("gotpl"));
 *     bk_tmpl_set_funcs(set, funcs, n);              before anything is parsed: names are resolved by the parser
 *     bk_tmpl_parse(set, name, text, chart, &err);   each file
 *     ... then src/tmpl/exec.h
 *
 * Parse errors are worded as in Go: `template: NAME:LINE: unexpected "}" in operand`. Beyond Go's rules, blocks and conditions may nest
 * BK_TMPL_NESTING deep (Go has no limit), and parentheses as deep as Go allows in its own WebAssembly build (1000; natively 10000).
 *
 * Everything lies in the arena of the set. A set is not changed any more once it is executed. */
#ifndef BK_TMPL_TMPL_H
#define BK_TMPL_TMPL_H

#include "tmpl/func.h"

#define BK_TMPL_NESTING 1000u
#define BK_TMPL_PARENS 1000u

typedef struct bk_tmpl_set bk_tmpl_set;

/* What a field that a map does not have evaluates to (Go's option missingkey). */
typedef enum bk_missing {
    BK_MISSING_INVALID, /* "<no value>" */
    BK_MISSING_ZERO,    /* the zero value of the map's elements; Helm's choice */
    BK_MISSING_ERROR,   /* an error; Helm's --strict */
} bk_missing;

/* A chart, as origins see it. Feeders: sub-charts whose values reach this chart's by import-values. */
typedef struct bk_tmpl_chart {
    uint32_t parent; /* BK_NO_CHART for the root */
    const uint32_t *feeders;
    uint32_t feeder_count;
} bk_tmpl_chart;
#define BK_NO_CHART UINT32_MAX

/* An empty set; NULL without memory. The name is what text given to tpl is called in messages (Helm: "gotpl"). */
bk_tmpl_set *bk_tmpl_set_new(bk_arena *arena, bk_str name);
void bk_tmpl_set_missing(bk_tmpl_set *set, bk_missing rule);
/* Adds a table of functions, sorted by name (bytes); borrowed. Of several tables that have a name the one added last counts;
 * the 19 built-in functions come after all. Up to BK_TMPL_TABLES tables. */
#define BK_TMPL_TABLES 4
bk_status bk_tmpl_set_funcs(bk_tmpl_set *set, const bk_func *funcs, size_t count, bk_err *err);
/* The methods (func.h) of a type that is no object; borrowed. */
void bk_tmpl_set_methods(bk_tmpl_set *set, bk_type type, const bk_func *methods, size_t count);
/* The charts that `chart` numbers refer to; borrowed. Without it every template counts as chart 0's. */
void bk_tmpl_set_charts(bk_tmpl_set *set, const bk_tmpl_chart *charts, uint32_t count);

/* Parses a text and adds what it defines: the template `name` itself and those of its define and block actions. A template that
 * exists is replaced, unless the new one is empty (Go's rule). Name and text are borrowed for the life of the set; `chart` says whose file it
 * is. After a failure the set is as it was. */
bk_status bk_tmpl_parse(bk_tmpl_set *set, bk_str name, bk_str text, uint32_t chart, bk_err *err);

bool bk_tmpl_has(const bk_tmpl_set *set, bk_str name);

/* A function by name: what a template that uses it would get. NULL: none. */
const bk_func *bk_tmpl_find_func(const bk_tmpl_set *set, bk_str name);

/* The 19 functions that every template has, sorted by name. */
extern const bk_func bk_tmpl_builtins[];
extern const size_t bk_tmpl_builtin_count;

#endif
