/* pem.h: PEM and DER, as much as keys and certificates of charts need. */
#ifndef BK_GUARD_PEM_H
#define BK_GUARD_PEM_H

#include "base/buf.h"

/* Largest key or certificate that is read. */
#define BK_PEM_MAX ((size_t)64 << 10)

/* The first PEM block of a text, found as Go's pem.Decode does: other text around it and header lines are skipped, a broken block too.
 * *ret_der lies in the arena. False when there is none. */
bool bk_pem_find(bk_arena *arena, bk_str text, bk_str *ret_type, bk_str *ret_der);
/* Appends a block: lines of 64 characters. */
void bk_pem_put(bk_buf *out, const char *type, bk_str der);

/* DER, writing: what is appended between begin and end is the content; end's `begin` is begin's result. */
size_t bk_der_begin(bk_buf *out, unsigned tag);
void bk_der_end(bk_buf *out, size_t begin);
void bk_der_put(bk_buf *out, unsigned tag, bk_str content);
/* Reading: the next element of *rest; false at the end or on nonsense. */
bool bk_der_next(bk_str *rest, unsigned *ret_tag, bk_str *ret_content);

enum {
    BK_DER_BOOLEAN = 0x01,
    BK_DER_INTEGER = 0x02,
    BK_DER_BITS = 0x03,
    BK_DER_OCTETS = 0x04,
    BK_DER_OID = 0x06,
    BK_DER_UTF8 = 0x0C,
    BK_DER_PRINTABLE = 0x13,
    BK_DER_UTC_TIME = 0x17,
    BK_DER_TIME = 0x18,
    BK_DER_SEQUENCE = 0x30,
    BK_DER_SET = 0x31,
};

#endif
