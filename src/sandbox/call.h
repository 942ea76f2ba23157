/* call.h: one call into a compartment.
 *
 * A call makes a store and an instance, runs bk_guest_run, and destroys both; nothing of the compartment survives but its output. On the program's first thread it
 * runs there, on a stack that may grow for it, with a timer for its deadline; elsewhere, and inside another call, on a thread of its own, while the calling thread
 * waits and is the watchdog. At the deadline a signal stops it (deadline.h). Effects are performed on the compartment's thread; one of its own
 * blocks all signals but that one.
 *
 * Whatever a guest does ends in a status and one line in err that begins with "<who> compartment stopped: ":
 *
 *     BK_ERR_TRAP      it trapped (out-of-bounds access, stack overflow, unreachable code …) or broke a rule of base/boundary.h
 *     BK_ERR_TIMEOUT   its time is over
 *     BK_ERR_LIMIT     it emitted more than the cap
 *
 * Too little memory is not a trap: the guest's malloc fails and the engine reports it. An error that the engine reports by itself (an ERROR section)
 * comes with its own status and text, and output is then still valid (log lines).
 *
 * Time is that of the processor, so that a machine with too much to do stops no honest chart, with a longer limit by the wall. Calls nest (a host function may call
 * another compartment): the inner one inherits the earlier limit by the wall. */
#ifndef BK_SANDBOX_CALL_H
#define BK_SANDBOX_CALL_H

#include "base/buf.h"
#include "sandbox/module.h"

#define BK_SANDBOX_MEMORY ((size_t)512 << 20)
#define BK_SANDBOX_OUTPUT ((size_t)256 << 20)
#define BK_SANDBOX_TIME_MS 60000u
#define BK_SANDBOX_WALL_MS 300000u

/* 0 in a number means the default above. */
typedef struct bk_sandbox_limits {
    const char *who;  /* "chart": whose compartment it is, in messages */
    size_t memory;    /* bytes of linear memory */
    size_t output;    /* bytes emitted */
    uint32_t time_ms; /* of a processor, the effects' included, until it is stopped */
    uint32_t wall_ms; /* by the wall; 0 beside a time that was given: as much as that */
} bk_sandbox_limits;

/* Performs an effect: appends the payload of the answer, or fails and the guest gets the status and err's text. `op` is within the table of effects and
 * the request within that effect's cap; all else about the request is unchecked bytes. The answer's own cap is set on the buffer. */
typedef struct bk_sandbox_host {
    void *self;
    bk_status (*effect)(void *self, uint32_t op, bk_str request, bk_buf *answer, bk_err *err);
} bk_sandbox_host;

/* `output` is a heap buffer; what the call emits is appended, and its cap is raised to the limit. */
bk_status bk_sandbox_call(bk_sandbox_module *module, uint32_t op, bk_str request, const bk_sandbox_limits *limits,
                          const bk_sandbox_host *host, bk_buf *output, bk_err *err);

/* Milliseconds by the wall that the compartment on whose thread this runs has left (0: none), UINT32_MAX elsewhere: the timeout for what a handler waits for. */
uint32_t bk_sandbox_time_left(void);

#endif
