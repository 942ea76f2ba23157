/* extism.h: one call of an Extism plugin in a compartment of its own.
 *
 *     bk_foreign *module;                               once per content: sandbox/foreign.h compiles, or takes from the cache
 *     bk_foreign_load(wasm, &load, &module, &err)
 *     bk_extism_result result = BK_EXTISM_RESULT_INIT;
 *     bk_extism_call(module, &options, &result, &err)   as often as one likes; nothing survives a call but its result
 *     bk_extism_result_release(&result);
 *     bk_foreign_free(module);
 *
 * What a plugin is offered: the imports of extism:host/env, WASI preview 1 of our own (wasi.h), and those functions of extism:host/user that the caller
 * names. Everything else is refused before the first instruction runs. Memory blocks of the ABI live in the host (kernel.h). No host file,
 * socket or process is reachable from here: what leaves the compartment goes through the callbacks below, and the caller's callbacks are
 * where the guard is asked.
 *
 * Every way of ending is a status, a line in err, and an exit code for the program:
 *
 *     BK_OK            the entry returned 0, or called proc_exit(0), and set no error; result->output is complete
 *     BK_ERR           the plugin failed by its own words: "plugin error: <text>" (error_set), "plugin error: module closed with exit_code(7)",
 *                      "plugin error: exit code 7" (the entry's result); result->exit_code is 1…255
 *     BK_ERR_TRAP      "plugin error: wasm error: unreachable" and the like, or the ABI was broken ("plugin error: Variable store is full")
 *     BK_ERR_TIMEOUT   "plugin error: module closed with context deadline exceeded (30 s of guest time)"
 *     BK_ERR_LIMIT     more output, stdout … than allowed; memory that the module declares above the limit, with the number to write
 *     BK_ERR_DENIED    a callback refused: its words
 *
 * Whatever fails before the entry runs begins with "failed to create existing plugin: " or "plugin error: failed to initialize runtime: ", as in Helm.
 * Callers put the plugin's name in front. Text from the guest is in err as it came, at most 4 KiB; who shows it escapes it. */
#ifndef BK_PLUGIN_EXTISM_H
#define BK_PLUGIN_EXTISM_H

#include "base/buf.h"
#include "base/err.h"
#include "plugin/wasi.h"
#include "sandbox/foreign.h"

/* Names and values; borrowed for the call. */
typedef struct bk_extism_pair {
    bk_str key, value;
} bk_extism_pair;

/* 0 means the default on the right, BK_EXTISM_NONE none at all. */
#define BK_EXTISM_NONE UINT64_MAX
typedef struct bk_extism_limits {
    uint64_t max_pages;  /* 64 KiB each: 65536 */
    uint64_t http_bytes; /* one response's body: 4 KiB; NONE: every response with a body fails */
    uint64_t var_bytes;  /* all vars: 4 KiB; NONE: vars are disabled */
    uint64_t abi_bytes;  /* live blocks of the ABI: 512 MiB */
    uint64_t output;     /* 128 MiB */
    uint64_t stream;     /* stdout and stderr, each: 64 MiB */
    uint64_t stdin_;     /* 256 MiB */
    uint64_t guest_ms;   /* 30 s; NONE: no limit */
    uint64_t wall_ms;    /* 5 min; NONE: no limit */
    uint64_t tree_bytes; /* /tmp: 64 MiB */
    uint64_t tree_nodes; /* files and folders in it: 10,000 */
    uint64_t http_count; /* requests: 1000 */
} bk_extism_limits;

/* ---- http_request ---- */

/* Headers as the plugin gave them, nothing checked but that they are strings without NUL, CR and LF. */
typedef struct bk_extism_http_request {
    bk_str method; /* upper case */
    bk_str url;
    const bk_extism_pair *headers;
    size_t header_count;
    bk_str body;
    bool has_body;
    uint64_t max_bytes;  /* of the response's body */
    uint32_t timeout_ms; /* all that is left; UINT32_MAX: no limit */
} bk_extism_http_request;

typedef struct bk_extism_http_response {
    uint32_t status;
    bk_buf body;                           /* heap; its cap is max_bytes */
    bk_arena *arena;                       /* for the headers */
    struct bk_extism_http_header *headers; /* bk_extism_http_header adds */
} bk_extism_http_response;

/* Adds a header of the response; the ABI hands them on with lower-case names, repeated values joined by ",". False without memory. */
bool bk_extism_http_header_add(bk_extism_http_response *response, bk_str name, bk_str value) BK_MUST;

/* The headers that were added, the last first; false beyond them. */
bool bk_extism_http_header_at(const bk_extism_http_response *response, size_t i, bk_str *ret_name, bk_str *ret_value);

/* Performs it, redirects included. A failure ends the plugin with err's words. Status 400 and above is no failure. */
typedef bk_status (*bk_extism_http_fn)(void *self, const bk_extism_http_request *request, bk_extism_http_response *response, bk_err *err);

/* ---- host functions ---- */

/* A function of extism:host/user that the plugin was granted: (i64) -> i64 or (i64) -> () on handles, JSON both ways. `answer` is empty on entry; left empty it becomes
 * the handle 0. `computes`: what it does costs the plugin's time, where others wait. A failure is not the end of the plugin but an answer {"error": {"message": …}}, unless its status is DENIED, TIMEOUT or NOMEM. */
typedef struct bk_extism_function {
    bk_str name;
    void *self;
    bk_status (*fn)(void *self, bk_str request, uint32_t timeout_ms, bk_buf *answer, bk_err *err);
    bool computes;
} bk_extism_function;

/* ---- logs ---- */

typedef enum bk_extism_log {
    BK_EXTISM_LOG_TRACE,
    BK_EXTISM_LOG_DEBUG,
    BK_EXTISM_LOG_INFO,
    BK_EXTISM_LOG_WARN,
    BK_EXTISM_LOG_ERROR,
    BK_EXTISM_LOG_OFF, /* what Helm always has */
} bk_extism_log;

/* ---- the call ---- */

typedef struct bk_extism_options {
    bk_str entry; /* empty: helm_plugin_main */
    bk_str input;
    const bk_extism_pair *config;
    size_t config_count;
    bk_extism_limits limits;
    bk_wasi_world wasi; /* arguments, environment, streams, clock, /tmp */

    bk_extism_http_fn http; /* NULL: every request is refused */
    void *http_self;
    const bk_extism_function *functions;
    size_t function_count;
    void (*log)(void *self, bk_extism_log level, bk_str message); /* NULL: dropped */
    void *log_self;
    bk_extism_log log_level; /* the least that is logged, and what get_log_level answers. Zero is TRACE: say OFF */
} bk_extism_options;

typedef struct bk_extism_result {
    bk_buf output;
    uint32_t exit_code; /* 0…255: what the program exits with; 1 for every failure that has no code of its own */
    bool exited;        /* the code is the plugin's own: proc_exit, or the entry's result */
} bk_extism_result;

#define BK_EXTISM_RESULT_INIT ((bk_extism_result){0})

bk_status bk_extism_call(bk_foreign *module, const bk_extism_options *options, bk_extism_result *result, bk_err *err);
void bk_extism_result_release(bk_extism_result *result);

/* What bk_extism_call checks before it runs anything, for `plugin inspect` and `install`: imports, entry, memory. `wasm` is the module's bytes. */
bk_status bk_extism_check(bk_foreign *module, const bk_extism_options *options, bk_err *err);

#endif
