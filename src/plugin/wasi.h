/* wasi.h: WASI preview 1, as plugins see it.
 *
 * All 46 functions exist with their right signatures. What they reach is what bk_wasi_world names and nothing else: arguments and
 * environment given by the caller, three streams through callbacks, the clocks, the system's random numbers, and, if allowed, a directory
 * /tmp (descriptor 3) that is a tree in memory (tree.h). There are no sockets, links, processes or signals: those calls answer ENOTSUP or EPERM. */
#ifndef BK_PLUGIN_WASI_H
#define BK_PLUGIN_WASI_H

#include "base/err.h"
#include "base/str.h"
#include "sandbox/foreign.h"

/* A stream of the caller's. Neither function waits longer than timeout_ms (UINT32_MAX: as long as it takes); BK_ERR_TIMEOUT says that the time was not
 * enough. Other failures end the plugin with err's words. */
typedef struct bk_wasi_stream {
    void *self;
    bool terminal; /* waiting for it is nobody's time */
    /* stdin: 1…n bytes into `to`, or 0 at the end. NULL: empty. */
    bk_status (*read)(void *self, char *to, size_t n, uint32_t timeout_ms, size_t *ret_n, bk_err *err);
    /* stdin: waits until read would not; *ret_ready tells. NULL: it is always ready. */
    bk_status (*wait)(void *self, uint32_t timeout_ms, bool *ret_ready, bk_err *err);
    /* stdout, stderr: all of it. NULL: discarded. */
    bk_status (*write)(void *self, bk_str bytes, uint32_t timeout_ms, bk_err *err);
} bk_wasi_stream;

/* What the machine tells the guest (the time, random numbers, input, what a wait brought), for a run that is recorded or replayed. */
typedef struct bk_wasi_tape {
    void *self;
    /* *ret_given: *ret is the kept answer (its status is returned), to be used in place of the machine's. */
    bk_status (*ask)(void *self, const char *what, bk_str request, bool *ret_given, bk_str *ret, bk_err *err);
    /* The machine's answer, or the failure in err. Returns `status`, or what else went wrong. */
    bk_status (*keep)(void *self, const char *what, bk_str request, bk_status status, bk_str bytes, bk_err *err);
} bk_wasi_tape;

typedef struct bk_wasi_world {
    const bk_str *args; /* argv; none: argc is 0, as in Helm */
    size_t arg_count;
    const bk_str *env; /* "NAME=value": all of the environment there is */
    size_t env_count;
    bk_wasi_stream in, out, err_; /* zeroed: empty, discarded */
    bool tempdir;                 /* /tmp, empty, in memory */
    bool clock_fixed;             /* CLOCK_REALTIME begins at clock_ns, else it is the system's */
    uint64_t clock_ns;
    /* Asked before a clock is read (`random` false) and before random numbers are given, the first time each; an error ends the run. NULL: both are allowed. */
    bk_status (*sense)(void *self, bool random, bk_err *err);
    void *sense_self;
    const bk_wasi_tape *tape; /* NULL: none. With one, files bear times that are counted on from the run's beginning */
} bk_wasi_world;

/* A stream on a descriptor of the program: its functions poll, so that they keep to the time. Borrows fd. */
bk_wasi_stream bk_wasi_stream_fd(int fd);

/* ---- for extism.c ---- */

typedef struct bk_wasi_limits {
    uint64_t stream, stdin_, tree_bytes, tree_nodes;
} bk_wasi_limits;

typedef struct bk_wasi bk_wasi;

bk_status bk_wasi_new(const bk_wasi_world *world, const bk_wasi_limits *limits, bk_wasi **ret, bk_err *err);
void bk_wasi_free(bk_wasi *wasi);
/* The definition of wasi_snapshot_preview1's function of that name; false: there is none. */
bool bk_wasi_import(bk_wasi *wasi, bk_str name, bk_foreign_import_def *ret);

#endif
