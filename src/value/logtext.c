#include "value/logtext.h"

#include "base/unicode.h"
#include "base/utf8.h"
#include "value/gofmt.h"

/* slog quotes what a reader could take apart wrongly: blanks, quotes, equal signs, what does not print, and nothing at all. */
static bool needs_quotes(bk_str s) {
    if (s.n == 0) return true;
    while (s.n) {
        unsigned char c = (unsigned char)s.p[0];
        size_t w = 1;
        if (c < 0x80) {
            if (c <= ' ' || c == '"' || c == '=') return true;
        } else {
            uint32_t r = bk_utf8_decode(s, &w);
            if (r == BK_RUNE_ERROR || bk_rune_is_space(r) || !bk_rune_is_print(r)) return true;
        }
        s = bk_str_from(s, w);
    }
    return false;
}

void bk_log_attr(bk_buf *out, const char *key, bk_str value) {
    if (out->n) bk_buf_byte(out, ' ');
    bk_buf_c(out, key);
    bk_buf_byte(out, '=');
    if (needs_quotes(value)) bk_fmt_quote(out, value);
    else bk_buf_str(out, value);
}
