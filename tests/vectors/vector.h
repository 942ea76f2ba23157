/* vector.h: the vector server: one oracle request in, one answer out.
 *
 * A request is a JSON object with `op` and the fields that op needs; the answer is {"out": …} and/or {"error": "…"}. Each file ops_*.c
 * serves the ops of one engine folder through a table of its own, and vector.c knows the tables. The server runs in the compartment (a second wasm
 * module: the engine and these files) and natively. */
#ifndef BK_TESTS_VECTOR_H
#define BK_TESTS_VECTOR_H

#include "base/effects.h"
#include "chart/file.h"
#include "chart/log.h"
#include "value/map.h"

typedef struct bk_vector_call {
    bk_arena *arena;
    bk_effects *effects;
    bk_map *in;  /* the request's fields, as JSON gives them (numbers are float64) */
    bk_str line; /* the request's text, for ops that need numbers as they were written */
    bk_value
        out; /* the answer's "out"; nil means none, as does an empty string, list or map or a zero or false (Go's omitempty) is up to the op */
    bool has_out;
    bk_value log; /* the answer's "log": a list of lines, sorted; nil: none */
} bk_vector_call;

/* On failure err holds the text of the answer's "error"; out may be set as well. */
typedef bk_status (*bk_vector_fn)(bk_vector_call *call, bk_err *err);

typedef struct bk_vector_op {
    const char *name;
    bk_vector_fn fn;
} bk_vector_op;

/* Ended by a NULL name. */
extern const bk_vector_op bk_vector_ops_data[];   /* yaml2json, yaml2jsonStrict, json2yaml, yamlfmt, toToml, fromToml */
extern const bk_vector_op bk_vector_ops_text[];   /* semver.*, printf, regex, date, dateparse, duration, kubeversion, releasename */
extern const bk_vector_op bk_vector_ops_values[]; /* strvals, values, loadvalues, schema */
extern const bk_vector_op bk_vector_ops_chart[];  /* chart, coalesce, ignore */
extern const bk_vector_op bk_vector_ops_engine[]; /* render, renderall, gotmpl, manifests, splitmanifests, functions */
extern const bk_vector_op bk_vector_ops_calls[];  /* template, lint */

/* Text of a string field; empty when absent. */
bk_str bk_vector_str(bk_vector_call *call, const char *field);

/* The request's files, sorted by name; with `defaults` a Chart.yaml and the values of `chartValues` are there at least. */
bk_status bk_vector_files(bk_vector_call *call, bool defaults, bk_files *ret, bk_err *err);
/* The request's values: the YAML text `values`, then each of `set` as --set would. */
bk_status bk_vector_values(bk_vector_call *call, bk_map **ret, bk_err *err);
/* A log whose lines become the answer's "log", sorted, by bk_vector_take_log. */
bk_log bk_vector_log(bk_vector_call *call, bk_items *lines);
void bk_vector_take_log(bk_vector_call *call, bk_items *lines);

/* Answers one line. The answer (JSON, no newline) lies in the arena. */
bk_status bk_vector_answer(bk_arena *arena, bk_effects *effects, bk_str line, bk_str *ret, bk_err *err);

#endif
