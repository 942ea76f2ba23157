/* schema_frame.h: the state of a check, shared by schema_check.c and schema_check_type.c. */
#ifndef BK_CHART_SCHEMA_FRAME_H
#define BK_CHART_SCHEMA_FRAME_H

#include "chart/schema_internal.h"

/* One validation. */
typedef struct bk_check {
    bk_schema_compiler *c;
    bk_arena *arena; /* c->scratch. What a (sub)schema without flaws left there is given back when it is done */
    bk_str *tokens;  /* texts of the indices 0, 1, …: path tokens outlive the scratch memory; in c->arena */
    size_t n_tokens;
    bk_schema_root *root; /* the document that is checked against its meta-schema; NULL: values are checked */
    bk_status status;     /* sticky: not BK_OK ends the validation, whatever flaws there are */
    unsigned depth;
    uint32_t work;
    bk_flaw quiet; /* stands for every flaw where only their number counts */
} bk_check;

/* The way to a schema: it serves cycles and dynamic references. */
typedef struct bk_scope {
    const bk_schema *schema;
    const char *ref; /* the keyword of the reference that led here, or NULL */
    uint32_t value;  /* same number, same value, among neighbours */
    const struct bk_scope *parent;
} bk_scope;

/* One value against one schema. */
typedef struct bk_frame {
    bk_check *k;
    bk_value v;
    bk_value_path path;
    const bk_schema *schema;
    const bk_schema *meta; /* the meta-schema in whose recursion this is; NULL: none */
    bk_scope scope;
    bk_flaws flaws;
    bool quiet;
    uint64_t *open; /* properties or items not evaluated yet, a bit each; NULL: nobody asks */
    uint32_t left;  /* bits that are set */
} bk_frame;

/* Takes n units from the budget; false when it is used up or the validation is over. */
bool bk_check_spend(bk_check *k, size_t n);
/* Ends the validation with the error in c->err. */
void bk_check_fail(bk_check *k, bk_status status);
void bk_check_no_memory(bk_check *k);
/* A new flaw of the frame's schema and place. Never NULL; frame->quiet gets the stand-in. */
bk_flaw *bk_flaw_new(bk_frame *f, bk_flaw_kind kind);
/* Appends; NULL appends nothing. */
void bk_flaws_add(bk_check *k, bk_flaws *flaws, bk_flaw *flaw);
static inline void bk_frame_add(bk_frame *f, bk_flaw *flaw) { bk_flaws_add(f->k, &f->flaws, flaw); }
bk_flaw *bk_frame_flaw(bk_frame *f, bk_flaw_kind kind); /* new and added */
/* The same value against another schema, an item or property against a schema. NULL: all is well. */
bk_flaw *bk_frame_self(bk_frame *f, const bk_schema *schema, const char *ref, bool quiet);
bk_flaw *bk_frame_value(bk_frame *f, const bk_schema *schema, bk_value v, bk_str token);
bk_flaw *bk_frame_item(bk_frame *f, const bk_schema *schema, size_t i);
/* A value of its own, whose flaws come under one of the given kind; NULL: all is well. */
bk_flaw *bk_frame_name(bk_frame *f, const bk_schema *schema, bk_str name);
/* The item or property i is evaluated. */
void bk_frame_close(bk_frame *f, size_t i);

/* Checks that depend on the type (schema_check_type.c). */
void bk_check_object(bk_frame *f);
void bk_check_array(bk_frame *f);
void bk_check_string(bk_frame *f);
void bk_check_number(bk_frame *f);
/* Whether a number is a whole one. */
bool bk_check_is_integer(bk_check *k, bk_value v);

/* Equality of JSON values (schema_equal.c). */
bool bk_json_equal(bk_check *k, bk_value a, bk_value b);
/* The first pair of equal items, the later one first found; false when there is none. */
bool bk_json_duplicates(bk_check *k, bk_value list, size_t *ret_i, size_t *ret_j);

#endif
