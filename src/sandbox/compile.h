/* compile.h: the compiler, in a child process.
 *
 * Compiling cannot be interrupted and its input is hostile, so the program runs itself again with a hidden first argument: no environment, no
 * descriptors but one socket to its parent, signals reset, no core dumps, limits on processor time, address space and output, killed at the deadline and
 * with its parent. Before it reads the module it gives up all system calls but those that compute (Linux).
 * The module goes in through the socket, the code (or one line that says why not) comes back. What the parent gets back is native
 * code: the child is as trusted as the compiler.
 *
 * The program's main asks first of all:
 *
 *     if (bk_sandbox_compile_asked(argc, argv)) return bk_sandbox_compile_child(argv); */
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

bool bk_sandbox_compile_asked(int argc, char **argv);
/* The child's whole life: does not return. */
int bk_sandbox_compile_child(char **argv);

#endif
