/* gofmt.h: values as text, the way Go's fmt and strconv print them.
 *
 * Everything that a template shows goes through here: {{ .Values.x }} is bk_fmt_value, printf is bk_fmt_sprintf, print and println their
 * namesakes. Mistakes of a format never fail, they show in the text, as in Go: "%!d(string=x)", "%!v(BADINDEX)", "%!(EXTRA int=1)".
 * What fails is a cap: the buffer's, or nesting beyond BK_LIMIT_DEPTH (a map can contain itself). Text written before the failure stays
 * in the buffer.
 *
 * Differences from Go, all where Go's answer is of no use to a chart: addresses (%p, functions) print as 0xc000000000; the fields of an
 * object are known to its class alone, so verbs that ignore String methods show its name only. */
#ifndef BK_VALUE_GOFMT_H
#define BK_VALUE_GOFMT_H

#include "base/buf.h"
#include "value/value.h"

/* %v */
bk_status bk_fmt_value(bk_buf *out, bk_value v, bk_err *err);
/* fmt.Sprintf: all verbs, flags, widths, precisions and argument indexes. Width and precision beyond 1e6 are BADWIDTH and BADPREC. */
bk_status bk_fmt_sprintf(bk_buf *out, bk_str format, const bk_value *args, size_t n, bk_err *err);
/* fmt.Sprint: a space between two operands when neither is a string. */
bk_status bk_fmt_sprint(bk_buf *out, const bk_value *args, size_t n, bk_err *err);
/* fmt.Sprintln: a space between all operands, a newline at the end. */
bk_status bk_fmt_sprintln(bk_buf *out, const bk_value *args, size_t n, bk_err *err);

/* strconv.Quote; with `ascii` QuoteToASCII. */
void bk_fmt_quote(bk_buf *out, bk_str s);
void bk_fmt_quote_ascii(bk_buf *out, bk_str s);
/* strconv.QuoteRune; a rune that is none prints as U+FFFD. */
void bk_fmt_quote_rune(bk_buf *out, uint32_t rune);
/* strconv.CanBackquote */
bool bk_fmt_can_backquote(bk_str s);

/* Fails with the text of a format whose arguments are all strings: bk_fmt_fail(err, "no %q in %q", name, place). Returns BK_ERR. */
#define bk_fmt_fail(err, format, ...) \
    bk_fmt_fail_args((err), (format), (const bk_str[]){__VA_ARGS__}, sizeof((const bk_str[]){__VA_ARGS__}) / sizeof(bk_str))
bk_status bk_fmt_fail_args(bk_err *err, const char *format, const bk_str *args, size_t n);

/* strconv.FormatFloat(v, fmt, prec, bits): fmt is one of b e E f g G x X, prec -1 asks for the shortest text, any precision is served
 * in full; bits is 32 or 64. */
void bk_fmt_float(bk_buf *out, double v, char fmt, int prec, int bits);
/* time.Duration's String: "1h2m3.5s". */
void bk_fmt_duration(bk_buf *out, int64_t nanoseconds);
/* English names; NULL unless 1 <= month <= 12, 0 <= weekday <= 6 (Sunday is 0). */
const char *bk_fmt_month(int64_t month);
const char *bk_fmt_weekday(int64_t weekday);

#endif
