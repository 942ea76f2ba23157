/* marks.h: where a thread that runs a compiled module can be stopped (sandbox/deadline.h).
 *
 * Bodies of functions come first in a module's code; behind them are the entries from outside and the ways to the host. Inside a body everything that a trap
 * needs is in place. So whoever interrupts a thread there may send it to an instruction that traps, any one, and the runtime ends the call. */
#ifndef BK_TOOLS_MARKS_H
#define BK_TOOLS_MARKS_H

#include <stdbool.h>
#include <stddef.h>

#include "sandbox/config.h"

/* Reads a serialized module, an ELF file of 64 bits. False: it is not what was expected. */
bool bk_marks_find(const unsigned char *bytes, size_t n, bk_sandbox_marks *ret);

#endif
