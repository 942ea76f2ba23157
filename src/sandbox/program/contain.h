/* contain.h: what the compiler's process gives up before it sees a module. */
#ifndef BK_SANDBOX_PROGRAM_CONTAIN_H
#define BK_SANDBOX_PROGRAM_CONTAIN_H

#include <stdbool.h>
#include <stdint.h>

/* Limits of the process: no core dumps, processor time, address space, size of what it writes; dies with its parent. */
void bk_compile_limit(uint64_t ms, unsigned threads, uint64_t memory, uint64_t output);
/* From here on it can compute, have memory and threads, and use the descriptors it has. Everything else answers EPERM. Where the system has no filter for
 * system calls this does nothing. */
void bk_compile_lock(void);

#endif
