/* compile.h: the compiler of foreign modules, in a process of its own.
 *
 * Compiling cannot be interrupted and its input is hostile, so the compiler is another program, `bulkhead-compile` (program/), and nothing of it is in
 * this one. It gets no environment, no descriptors but one socket to its parent, signals reset, no core dumps, limits on processor time, address space and
 * output; it is killed at the deadline and with its parent. Before it reads the module it gives up all system calls but those that compute
 * (Linux). The module goes in through the socket, the code (or one line that says why not) comes back. What the parent gets back is native
 * code: the child is as trusted as the compiler. */
#ifndef BK_SANDBOX_COMPILE_H
#define BK_SANDBOX_COMPILE_H

#include "base/buf.h"
#include "base/err.h"

typedef struct bk_sandbox_compile_limits {
    uint32_t ms;   /* by the wall; the processor's time is this times the number of threads */
    size_t memory; /* address space */
    size_t output; /* code */
} bk_sandbox_compile_limits;

/* Appends the compiled module to `code` (a heap buffer). */
bk_status bk_sandbox_compile(bk_str wasm, const bk_sandbox_compile_limits *limits, bk_buf *code, bk_err *err);

/* ---- between the two programs ----
 *
 * bulkhead-compile MS MEMORY OUTPUT COMPILER: a module on standard input until its end; on standard output one byte and what it announces. */

enum { BK_COMPILE_CODE = 'C', BK_COMPILE_REFUSED = 'E' };
/* The fast compiler first, and the other one where it does not do; or the other one at once. */
enum { BK_COMPILE_FAST = 'f', BK_COMPILE_PLAIN = 'p' };

/* Of the compiler. Each costs address space, and more than a few bring little. */
#define BK_COMPILE_THREADS "4"
#define BK_COMPILE_THREADS_N 4u

#endif
