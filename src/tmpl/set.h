/* set.h: what a template set is made of (internal to src/tmpl). */
#ifndef BK_TMPL_SET_H
#define BK_TMPL_SET_H

#include "tmpl/ast.h"
#include "tmpl/tmpl.h"

/* One definition of a name. */
typedef struct bk_def {
    const bk_tree *tree;
    uint32_t chart;
    struct bk_def *older; /* earlier definitions of the name in this set, the replaced ones too */
} bk_def;

/* A name and its template. */
typedef struct bk_tmpl {
    bk_str name;
    uint32_t hash;
    uint32_t chart; /* of `tree` */
    bool is_text;   /* text given to tpl, or defined in it */
    const bk_tree *tree;
    bk_def *defs; /* newest first */
} bk_tmpl;

/* A function that was looked up by name. */
typedef struct bk_found_func {
    bk_str name;
    const bk_func *func; /* NULL: none */
    bk_signature sig;
    uint8_t special; /* bk_special */
} bk_found_func;

/* What all sets of one run share. */
typedef struct bk_tmpl_env {
    bk_missing missing;
    struct {
        const bk_func *funcs;
        size_t count;
    } tables[BK_TMPL_TABLES];
    size_t table_count;
    bk_found_func recent[128]; /* see bk_tmpl_recent: a chart uses few functions, and each often */
    struct {
        const bk_func *funcs;
        size_t count;
        uint32_t letters; /* that their names begin with, A lowest */
    } methods[BK_TYPE_COUNT];
    const bk_tmpl_chart *charts;
    uint32_t chart_count;
} bk_tmpl_env;

struct bk_tmpl_set {
    bk_arena *arena;
    bk_tmpl_env *env;
    const bk_tmpl_set *parent; /* an overlay's: the set that it adds to */
    bk_str name;
    bk_tmpl **slots; /* open addressing by hash */
    uint32_t mask, count;
};

/* A set that sees all of parent's templates and keeps its own additions to itself: Go's Clone. NULL without memory. */
bk_tmpl_set *bk_tmpl_set_overlay(bk_arena *arena, const bk_tmpl_set *parent);
/* By name, in the set and its parents; NULL: none. */
const bk_tmpl *bk_tmpl_find(const bk_tmpl_set *set, bk_str name, uint32_t hash);
/* Adds one parsed tree by Go's rule for empty ones. False without memory. `is_text`: it comes from a text given to tpl. */
bool bk_tmpl_add(bk_tmpl_set *set, const bk_tree *tree, uint32_t chart, bool is_text) BK_MUST;
/* A function by name; NULL: none. What is returned is good until the next call. */
const bk_found_func *bk_tmpl_resolve(const bk_tmpl_set *set, bk_str name);
/* Where it would be if it was looked up lately. The name is not empty. Its ends and its length keep those apart that charts use. */
static inline bk_found_func *bk_tmpl_recent(const bk_tmpl_set *set, bk_str name) {
    size_t at = (unsigned char)name.p[0] * 19u + (unsigned char)name.p[name.n - 1] * 28u + name.n * 17u;
    return &set->env->recent[at % BK_COUNT(set->env->recent)];
}

/* ---- parse.c ---- */

typedef struct bk_trees {
    bk_tree **items;
    size_t n;
} bk_trees;

/* Parses a text to its trees: no name twice. Functions are looked up in `set`, which does not change. */
bk_status bk_tmpl_parse_text(const bk_tmpl_set *set, bk_str name, bk_str text, bk_trees *ret, bk_err *err);

#endif
