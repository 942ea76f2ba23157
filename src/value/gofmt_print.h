/* gofmt_print.h: what the files of gofmt share. Not for others: include value/gofmt.h. */
#ifndef BK_VALUE_GOFMT_PRINT_H
#define BK_VALUE_GOFMT_PRINT_H

#include "value/gofmt.h"

/* One format in progress. */
typedef struct bk_fmt_printer {
    bk_buf *out;
    bk_err *err;
    bk_status status;       /* first failure that is not the buffer's */
    bool has_wid, has_prec; /* a width, a precision was given */
    bool minus, plus, sharp, space, zero;
    bool plus_v, sharp_v; /* %+v and %#v: the flags then mean something else */
    bool erroring;        /* inside "%!d(…)": no String methods */
    int wid, prec;
} bk_fmt_printer;

/* Forgets flags, width and precision. */
void bk_fmt_clear(bk_fmt_printer *p);
/* True once there is no point in going on. */
static inline bool bk_fmt_dead(const bk_fmt_printer *p) { return p->status != BK_OK || !bk_buf_ok(p->out); }

/* Pads what was written since `start` to the width, counted in runes. */
void bk_fmt_pad(bk_fmt_printer *p, size_t start);
/* n times the padding byte. */
void bk_fmt_padding(bk_fmt_printer *p, int n);
/* Pieces of text under the current flags: s (cut to the precision), a number in a base, a rune, a quoted rune, U+0078. */
void bk_fmt_put_text(bk_fmt_printer *p, bk_str s);
void bk_fmt_put_string(bk_fmt_printer *p, bk_str s);
void bk_fmt_put_quoted(bk_fmt_printer *p, bk_str s);
void bk_fmt_put_hex(bk_fmt_printer *p, bk_str s, bool upper);
/* u is the bit pattern when is_signed; verb 'O' adds 0o. */
void bk_fmt_put_int(bk_fmt_printer *p, uint64_t u, unsigned base, bool is_signed, uint32_t verb, bool upper);
void bk_fmt_put_rune(bk_fmt_printer *p, uint64_t u);
void bk_fmt_put_quoted_rune(bk_fmt_printer *p, uint64_t u);
void bk_fmt_put_unicode(bk_fmt_printer *p, uint64_t u);
/* fmt as in bk_fmt_float; prec is the default where the format gives none. */
void bk_fmt_put_float(bk_fmt_printer *p, double v, int bits, char fmt, int prec);

#endif
