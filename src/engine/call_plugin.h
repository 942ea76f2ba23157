/* call_plugin.h: plugin.yaml, read and judged. Internal to src/engine, and public for tests and fuzzing.
 *
 * The reader does what Helm's does with go-yaml v3: the same texts are taken, and refused with the same words, line numbers included. Beyond Helm it
 * refuses unknown keys of runtimeConfig, page counts out of range and a second document; `lenient` turns these into warnings. */
#ifndef BK_ENGINE_CALL_PLUGIN_H
#define BK_ENGINE_CALL_PLUGIN_H

#include "value/map.h"

/* Longest plugin.yaml that is looked at. */
#define BK_PLUGIN_YAML_MAX ((size_t)1 << 20)

/* *ret is the answer of the call PLUGIN (docs/architecture.md): every field that has a value, names as in the file. */
bk_status bk_plugin_yaml_read(bk_arena *arena, bk_str text, bool lenient, bk_map **ret, bk_err *err);

/* ---- call_plugin_decode.c: nodes into typed fields, as go-yaml v3 fills Go structs ---- */

typedef enum bk_pf_kind {
    BK_PF_STRING,
    BK_PF_BOOL,
    BK_PF_INT64,
    BK_PF_UINT32,
    BK_PF_UINT64,
    BK_PF_STRINGS,     /* []string */
    BK_PF_STRING_MAP,  /* map[string]string */
    BK_PF_STRUCT,      /* a map, by `shape` */
    BK_PF_STRUCTS,     /* a list of these */
    BK_PF_STRUCTS_MAP, /* a map of such lists */
    BK_PF_ANY_MAP,     /* map[string]any */
} bk_pf_kind;

typedef struct bk_pf_shape bk_pf_shape;

typedef struct bk_pf_field {
    const char *name; /* NULL ends the table */
    bk_pf_kind kind;
    const char *go_type;      /* as messages name it, where the kind does not say */
    const bk_pf_shape *shape; /* STRUCT and its kin */
} bk_pf_field;

struct bk_pf_shape {
    const char *go_type; /* "plugin.MetadataV1" */
    const bk_pf_field *fields;
};

/* What becomes of keys that a struct does not have. */
typedef enum bk_pf_unknown {
    BK_PF_IGNORE,
    BK_PF_REFUSE, /* "field x not found in type t", as go-yaml with KnownFields */
    BK_PF_COLLECT /* noted in *ret_unknown, by their path */
} bk_pf_unknown;

/* Reads a tree of bk_yaml_tree by a shape: *ret gets the fields that the text has, with values of the field's kind. `ret_unknown` may be NULL but for
 * COLLECT. All mistakes of one text are told in one error, as go-yaml does. */
bk_status bk_pf_decode(bk_arena *arena, bk_value tree, const bk_pf_shape *shape, bk_pf_unknown unknown, bk_map **ret, bk_items *ret_unknown,
                       bk_err *err);
/* The way of Helm's: a map of any content is written as YAML and read again by a shape, so that lines in errors count in that text. */
bk_status bk_pf_decode_again(bk_arena *arena, bk_map *map, const bk_pf_shape *shape, bk_pf_unknown unknown, bk_map **ret,
                             bk_items *ret_unknown, bk_err *err);

#endif
