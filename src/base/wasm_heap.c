/* wasm_heap.c: for wasm only: where the C library's allocator gets its memory from.
 *
 * wasi-libc grows the memory for every 64 KiB: a call out of the compartment and a system call. Here it grows to the next multiple of a huge page, which the system can
 * use only when all of it is there (sandbox/memory.h); nothing is touched before it is used. What is given out is the same, and so is the limit: where a
 * step is too much, what is needed is asked for. */
#ifdef __wasm__
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

enum { PAGE = 64 << 10, STEP = 2 << 20 };

static bool grow(size_t pages) { return __builtin_wasm_memory_grow(0, pages) != SIZE_MAX; }

void *sbrk(intptr_t n); /* as the C library's allocator knows it */

void *sbrk(intptr_t n) {
    static size_t used; /* all that was given out ends here */
    size_t size = __builtin_wasm_memory_size(0) * PAGE, wanted = (size_t)n;
    if (!used) used = size; /* the allocator begins with what the module starts with */
    if (n > 0 && wanted > size - used) {
        size_t missing = (wanted - (size - used) - 1) / PAGE + 1, behind = (size + missing * PAGE) % STEP;
        if (!grow(missing + (STEP - behind) % STEP / PAGE) && !grow(missing)) n = -1;
    }
    if (n < 0) {
        errno = ENOMEM;
        return (void *)-1;
    }
    void *at = (char *)used;
    used += wanted;
    return at;
}
#else
typedef int bk_wasm_heap_unused; /* a file may not be empty */
#endif
