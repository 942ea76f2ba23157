/* foreign.h: modules that others wrote, compiled here and run under limits.
 *
 * bk_foreign_load takes the bytes of a WebAssembly module and returns it compiled: from the cache when there is an authentic entry (cache.h), else
 * through a limited child process (compile.h). The bytes that were hashed are the bytes that are compiled.
 *
 * bk_foreign_run makes a compartment (store, instance, thread) for one run and destroys it. Within it the caller's `body` starts the instance and
 * calls exports in the order it wants; imports are callbacks of the caller. Everything in the run stands under one clock:
 *
 *     guest time   from the start of the run, without what the host waited for (bk_foreign_wait_begin)
 *     wall time    from the start of the run, without waits for a terminal
 *
 * A run whose time is over ends at its next loop or function entry, or when its current import returns. Whoever waits in an import asks
 * bk_foreign_time_left first and does not wait longer.
 *
 * Addresses that a guest passes are numbers in its memory: bk_foreign_range checks them anew each time, because growth moves the memory.
 *
 * No function of Wasmtime is visible from here, and no guest can reach the host but through the imports it was given. */
#ifndef BK_SANDBOX_FOREIGN_H
#define BK_SANDBOX_FOREIGN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "sandbox/cache.h"

/* Largest module, in bytes. */
#define BK_FOREIGN_MODULE ((size_t)256 << 20)
#define BK_FOREIGN_PARAMS 16u

typedef struct bk_foreign bk_foreign;
typedef struct bk_foreign_run bk_foreign_run;

/* ---- modules ---- */

typedef struct bk_foreign_load_options {
    const bk_sandbox_cache *cache; /* NULL: none */
    uint32_t compile_ms;           /* until the compiler is killed; 0: 60 s */
    size_t compile_memory;         /* its address space; 0: 4 GiB */
    bool *ret_cached;              /* NULL, or told whether the cache served */
    /* A cryptographic digest over these very bytes, and other things perhaps, that the caller has at hand; the cache knows the module by it. Empty: it is
     * computed. */
    bk_str identity;
} bk_foreign_load_options;

/* `wasm` is borrowed for the call. BK_ERR: not a module ("invalid magic number"), with the compiler's words; BK_ERR_LIMIT, BK_ERR_TIMEOUT: the
 * compiler's limits. */
bk_status bk_foreign_load(bk_str wasm, const bk_foreign_load_options *options, bk_foreign **ret, bk_err *err);
/* The module of options->identity out of the cache, for a caller who does not have its bytes; `pages` is what they declare. False: it is not there. */
bool bk_foreign_load_cached(const bk_foreign_load_options *options, uint32_t pages, bk_foreign **ret);
/* No run may be going on. NULL is fine. */
void bk_foreign_free(bk_foreign *module);

/* "func", "memory", "table", "global". `type` is the signature of a function: its parameters, "_", its results ("i64i32_i64", "v_v"), as Helm's
 * runtime writes it. Views live as long as the module. */
typedef struct bk_foreign_extern {
    bk_str module, name; /* module: imports only */
    bk_str kind, type;
    uint64_t min_pages; /* memories */
} bk_foreign_extern;

size_t bk_foreign_import_count(const bk_foreign *module);
const bk_foreign_extern *bk_foreign_import(const bk_foreign *module, size_t i);
size_t bk_foreign_export_count(const bk_foreign *module);
const bk_foreign_extern *bk_foreign_export(const bk_foreign *module, size_t i);
/* The export of that name, or NULL. */
const bk_foreign_extern *bk_foreign_find_export(const bk_foreign *module, bk_str name);

/* The pages that the bytes of a module declare for its memory (0: none, or not a module). */
uint32_t bk_foreign_declared_pages(bk_str wasm);

/* The same of a loaded module. */
uint32_t bk_foreign_pages(const bk_foreign *module);

/* ---- runs ---- */

/* An import at work. args holds the parameters (i32 in the low half, zero-extended), and takes the result in args[0]. False ends the run: the import
 * has said why by one of the bk_foreign_stop functions. */
typedef bool (*bk_foreign_fn)(bk_foreign_run *run, void *self, uint64_t *args);

typedef struct bk_foreign_import_def {
    bk_foreign_fn fn;
    void *self;
    const char *type; /* what it must be, as in bk_foreign_extern */
} bk_foreign_import_def;

typedef struct bk_foreign_limits {
    uint64_t memory;   /* bytes of the memory (there is one); 0: 4 GiB */
    uint64_t guest_ms; /* 0: no limit */
    uint64_t wall_ms;  /* 0: no limit */
} bk_foreign_limits;

typedef struct bk_foreign_plan {
    bk_foreign_limits limits;
    void *self;
    /* Finds the definition of an import; false: there is none, and err (set) says so. */
    bool (*resolve)(void *self, const bk_foreign_extern *import, bk_foreign_import_def *ret, bk_err *err);
    /* On the compartment's thread: starts and calls. */
    bk_status (*body)(void *self, bk_foreign_run *run, bk_err *err);
} bk_foreign_plan;

/* Whether every import has a definition of its type, without running anything. */
bk_status bk_foreign_check_imports(const bk_foreign *module, const bk_foreign_plan *plan, bk_err *err);
bk_status bk_foreign_run_plan(bk_foreign *module, const bk_foreign_plan *plan, bk_err *err);

/* How a call ended. */
typedef enum bk_foreign_end {
    BK_FOREIGN_RETURNED,
    BK_FOREIGN_EXITED,  /* bk_foreign_stop_exit */
    BK_FOREIGN_TRAPPED, /* err holds "wasm error: unreachable" and the like */
    BK_FOREIGN_STOPPED, /* bk_foreign_stop: err holds its words */
    BK_FOREIGN_TIMEOUT,
    BK_FOREIGN_FAILED, /* the runtime could not do it (memory, limits): err says what */
} bk_foreign_end;

/* Makes the instance, which runs the start section. Once, first. Every function below ends with *ret_code (of EXITED, or the function's first result cut
 * to 32 bits) and err set for TRAPPED, STOPPED, TIMEOUT, FAILED. After any other end than RETURNED nothing more may be called. */
bk_foreign_end bk_foreign_start(bk_foreign_run *run, uint32_t *ret_code, bk_err *err);
/* Calls an exported function; missing parameters are zero. */
bk_foreign_end bk_foreign_call(bk_foreign_run *run, bk_str name, uint32_t *ret_code, bk_err *err);

/* Ends the run from within an import: each returns false, so that the import can return it. */
bool bk_foreign_stop(bk_foreign_run *run, const char *fmt, ...) BK_PRINTF(2, 3);
bool bk_foreign_stop_err(bk_foreign_run *run, bk_err *err); /* takes what err holds */
bool bk_foreign_stop_exit(bk_foreign_run *run, uint32_t code);

/* [at, at + n) of the guest's memory, valid until the guest runs again or memory grows; NULL: beyond it, or no memory. */
uint8_t *bk_foreign_range(bk_foreign_run *run, uint64_t at, uint64_t n);

/* Milliseconds until the earlier limit (0: over, UINT32_MAX: none). `waiting`: only the wall counts. */
uint32_t bk_foreign_time_left(const bk_foreign_run *run, bool waiting);
/* Nanoseconds since the run began. */
uint64_t bk_foreign_elapsed(const bk_foreign_run *run);
/* Before what the host computes on the guest's behalf: guest time goes on, and what is called in turn ends with it. */
void bk_foreign_work_begin(const bk_foreign_run *run);
/* Around what the host waits for on the guest's behalf: it is no guest time; with `terminal` it is no wall time either. Not nested. */
void bk_foreign_wait_begin(bk_foreign_run *run, bool terminal);
void bk_foreign_wait_end(bk_foreign_run *run);

#endif
