/* memory.h: where the memory of our own modules comes from.
 *
 * Like the runtime's own: address space for all that 32 bits can name, with guards on both sides, of which the guest's pages become accessible as it
 * grows. It differs in four things, three of which a render's start is short enough to notice:
 *
 * - The module's data are copied into it. Copy-on-write needs a file, which the runtime makes anew in every process, in memory.
 * - The top of the stack, the data and the first pages of the heap are one huge page where the system gives them: a render touches hundreds of them, and each would be a fault. It is one only,
 *   so that small charts stay small; all others use it up anyway. A chart that is large gets more of them.
 * - The memory of a compartment that has ended is kept, and cleared when the next one begins: a new huge page costs several times as much. The next guest finds
 *   zeros, as in new memory. One that has grown is not kept.
 * - When it becomes large, the pages of the program's own code and constants are given back, most of which only the start had read. */
#ifndef BK_SANDBOX_MEMORY_H
#define BK_SANDBOX_MEMORY_H

#include <stddef.h>

#include <wasm.h>

void bk_sandbox_memory_use(wasm_config_t *config);

/* The guest is about to take `n` bytes at once. When that is a large archive, the memory from `base` on that it is likely to use asks for huge pages: a wish, and
 * for nothing if it stays untouched. */
void bk_sandbox_memory_expect(void *base, size_t n);

#endif
