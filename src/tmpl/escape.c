/* html, js, urlquery. */
#include "base/unicode.h"
#include "base/utf8.h"
#include "tmpl/builtin.h"
#include "tmpl/print.h"

/* Appends what stands for the character at s[at]; returns how many bytes of s that was. */
typedef size_t (*escaper)(bk_buf *out, bk_str s, size_t at);

static size_t html(bk_buf *out, bk_str s, size_t at) {
    switch (s.p[at]) {
    case 0: bk_buf_c(out, "\xEF\xBF\xBD"); break;
    case '"': bk_buf_c(out, "&#34;"); break;
    case '\'': bk_buf_c(out, "&#39;"); break;
    case '&': bk_buf_c(out, "&amp;"); break;
    case '<': bk_buf_c(out, "&lt;"); break;
    case '>': bk_buf_c(out, "&gt;"); break;
    default: bk_buf_byte(out, s.p[at]); break;
    }
    return 1;
}

static size_t js_wide(bk_buf *out, bk_str rest) {
    size_t width;
    uint32_t rune = bk_utf8_decode(rest, &width);
    if (bk_rune_is_print(rune)) bk_buf_bytes(out, rest.p, width);
    else bk_buf_printf(out, "\\u%04X", (unsigned)rune);
    return width;
}

static size_t js(bk_buf *out, bk_str s, size_t at) {
    unsigned char c = (unsigned char)s.p[at];
    if (c >= 0x80) return js_wide(out, bk_str_from(s, at));
    if (c == '\\' || c == '\'' || c == '"') {
        bk_buf_byte(out, '\\');
        bk_buf_byte(out, (char)c);
    } else if (c < ' ' || c == '<' || c == '>' || c == '&' || c == '=') {
        bk_buf_printf(out, "\\u%04X", c);
    } else {
        bk_buf_byte(out, (char)c);
    }
    return 1;
}

static size_t url(bk_buf *out, bk_str s, size_t at) {
    static const char hex[] = "0123456789ABCDEF";
    unsigned char c = (unsigned char)s.p[at];
    bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c && strchr("-_.~", c));
    if (plain) {
        bk_buf_byte(out, (char)c);
    } else if (c == ' ') {
        bk_buf_byte(out, '+');
    } else {
        const char code[3] = {'%', hex[c >> 4], hex[c & 15]};
        bk_buf_bytes(out, code, sizeof code);
    }
    return 1;
}

static bk_status escape(bk_call *call, escaper one, const bk_value *args, size_t argc, bk_value *ret) {
    bk_str text;
    bk_buf out;
    BK_TRY(bk_tmpl_args_text(call, args, argc, &text));
    bk_buf_init(&out, call->arena, 0);
    for (size_t at = 0; at < text.n;) at += one(&out, text, at);
    BK_TRY(bk_buf_check(&out, call->err));
    *ret = bk_string(bk_buf_take(&out));
    return BK_OK;
}

bk_status bk_tmpl_fn_html(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) { return escape(call, html, args, argc, ret); }

bk_status bk_tmpl_fn_js(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) { return escape(call, js, args, argc, ret); }

bk_status bk_tmpl_fn_urlquery(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    return escape(call, url, args, argc, ret);
}
