#include "chart/log.h"

#include "base/limits.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "value/gofmt.h"

/* slog quotes what is empty, what holds spaces, quotes or "=", and what does not print. */
static bool needs_quotes(bk_str s) {
    if (s.n == 0) return true;
    for (size_t i = 0, width = 1; i < s.n; i += width) {
        width = 1;
        uint32_t rune = (uint8_t)s.p[i];
        if (rune >= 0x80) {
            rune = bk_utf8_decode(bk_str_from(s, i), &width);
            if (rune == BK_RUNE_ERROR || bk_rune_is_space(rune) || !bk_rune_is_print(rune)) return true;
        } else if (rune <= ' ' || rune == '"' || rune == '=') {
            return true;
        }
    }
    return false;
}

static void put(bk_buf *out, const char *key, bk_str value) {
    if (out->n) bk_buf_byte(out, ' ');
    bk_buf_c(out, key);
    bk_buf_byte(out, '=');
    if (needs_quotes(value)) bk_fmt_quote(out, value);
    else bk_buf_str(out, value);
}

void bk_log_write(const bk_log *log, bk_arena *arena, const char *level, bk_str message, const bk_log_attr *attrs, size_t n) {
    if (!log || !log->line) return;
    bk_buf text;
    bk_buf_init(&text, arena, BK_LIMIT_ERR);
    put(&text, "msg", message);
    for (size_t i = 0; i < n; i++) put(&text, attrs[i].key, attrs[i].value);
    log->line(log->self, level, bk_buf_view(&text));
}
