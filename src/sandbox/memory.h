/* memory.h: where the memory of our own modules comes from.
 *
 * Like the runtime's own: address space for all that 32 bits can name, with guards on both sides, of which the guest's pages become accessible as it
 * grows. It differs in three things, two of which a render's start is short enough to notice:
 *
 * - The module's data are copied into it. Copy-on-write needs a file, which the runtime makes anew in every process, in memory.
 * - The first pages of data and heap are one huge page where the system gives them: a render touches hundreds of them, and each would be a fault. It is one only,
 *   so that small charts stay small; all others use it up anyway. A chart that is large gets more of them.
 * - When it becomes large, the pages of the program's own code and constants are given back, most of which only the start had read. */
#ifndef BK_SANDBOX_MEMORY_H
#define BK_SANDBOX_MEMORY_H

#include <stddef.h>

#include <wasm.h>

void bk_sandbox_memory_use(wasm_config_t *config);

/* The guest is about to take `n` bytes at once. When that is a large archive, the memory from `base` on that it is likely to use asks for huge pages: a wish, and
 * for nothing if it stays untouched. */
void bk_sandbox_memory_expect(void *base, size_t n);
/* `n` bytes from `p` on, of any memory, are about to be written for the first time: when they are many, their pages are asked for in one call. */
void bk_sandbox_memory_fill(void *p, size_t n);

#endif
