/* extism_state.h: what the extism_*.c files share; of no concern to others. */
#ifndef BK_PLUGIN_EXTISM_STATE_H
#define BK_PLUGIN_EXTISM_STATE_H

#include "plugin/extism.h"
#include "plugin/kernel.h"

typedef struct bk_extism_var {
    struct bk_extism_var *next;
    char *key, *value;
    size_t key_n, value_n;
} bk_extism_var;

struct bk_extism_call;

/* A granted host function, as an import sees it. */
typedef struct bk_extism_bound {
    struct bk_extism_call *call;
    const bk_extism_function *function;
} bk_extism_bound;

/* One call. */
typedef struct bk_extism_call {
    const bk_extism_options *options;
    bk_extism_limits limits; /* defaults filled in; NONE of sizes is 0, of times is 0 */
    bk_foreign *module;
    bk_str entry;
    bk_extism_result *result;

    bk_kernel kernel;
    bk_wasi *wasi;
    bk_extism_bound *bound; /* one per function */

    bk_extism_var *vars;
    uint64_t var_bytes;

    uint32_t http_status;
    bk_buf http_headers; /* JSON */
    uint64_t http_count;
} bk_extism_call_;

/* The definition of a function of extism:host/env; false: there is none. */
bool bk_extism_env_import(bk_extism_call_ *call, bk_str name, bk_foreign_import_def *ret);
/* The import that calls a host function. */
bool bk_extism_user_import(bk_foreign_run *run, void *self, uint64_t *args);
/* http_request (extism_http.c). */
bool bk_extism_http_request_import(bk_foreign_run *run, void *self, uint64_t *args);

void bk_extism_vars_free(bk_extism_call_ *call);

/* The text of a block that the guest names. Offsets that are no block read as empty while they are within the memory; others end the run with "failed to
 * read <what> from memory: invalid memory block". */
bool bk_extism_text(bk_extism_call_ *call, bk_foreign_run *run, uint64_t at, const char *what, bk_str *ret);
/* A new block into args[0], or the end of the run. */
bool bk_extism_give(bk_extism_call_ *call, bk_foreign_run *run, bk_str bytes, const char *what, uint64_t *args);

#endif
