/* format.h: printf for messages and buffers.
 *
 * Texts of charts may hold a NUL byte, at which the C library's "%.*s" stops: here it counts bytes, and nothing is lost behind it. Conversions are
 * d i u x X o c s p g f e and %%, with the usual flags, widths, precisions and lengths (hh h l ll z j t). */
#ifndef BK_BASE_FORMAT_H
#define BK_BASE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Writes what fits into out (cap bytes, one of them for the NUL that ends it; cap may be 0). Returns the whole text's length. */
size_t bk_format(char *out, size_t cap, const char *fmt, va_list args);

#endif
