/* yaml_tag.c: directives, anchors and tags. */
#include "base/buf.h"
#include "base/num.h"
#include "data/yaml_scan.h"

static bk_str view(const unsigned char *from, const unsigned char *to) { return bk_str_of((const char *)from, (size_t)(to - from)); }

static void skip_alpha(bk_yaml_scanner *s) {
    while (bk_yaml_alpha(*s->p)) s->p++;
}

/* One number of the version: at most two digits. */
static bk_status version_number(bk_yaml_scanner *s, uint32_t line, uint8_t *ret) {
    unsigned value = 0, length = 0;
    for (; *s->p >= '0' && *s->p <= '9'; s->p++) {
        if (++length > 2) return bk_yaml_fail_scan(s, line, "found extremely long version number");
        value = value * 10 + (*s->p - '0');
    }
    if (!length) return bk_yaml_fail_scan(s, line, "did not find expected version number");
    *ret = (uint8_t)value;
    return BK_OK;
}

static bk_status version(bk_yaml_scanner *s, bk_yaml_token *token) {
    token->type = BK_YT_VERSION;
    bk_yaml_skip_blanks(s);
    BK_TRY(version_number(s, token->line, &token->major));
    if (*s->p != '.') return bk_yaml_fail_scan(s, token->line, "did not find expected digit or '.' character");
    s->p++;
    return version_number(s, token->line, &token->minor);
}

/* "!", "!word!" or (not in a directive) the start of "!suffix". */
static bk_status tag_handle(bk_yaml_scanner *s, bool directive, uint32_t line, bk_str *ret) {
    const unsigned char *from = s->p;
    if (*s->p != '!') return bk_yaml_fail_scan(s, line, "did not find expected '!'");
    s->p++;
    skip_alpha(s);
    if (*s->p == '!') s->p++;
    else if (directive && s->p - from != 1) return bk_yaml_fail_scan(s, line, "did not find expected '!'");
    *ret = view(from, s->p);
    return BK_OK;
}

/* One character as %XX of each of its bytes. */
static bk_status uri_escape(bk_yaml_scanner *s, bk_buf *out, uint32_t line) {
    for (unsigned i = 0, width = 1; i < width; i++) {
        int high = *s->p == '%' ? bk_hex_digit(s->p[1]) : -1, low = high < 0 ? -1 : bk_hex_digit(s->p[2]);
        if (low < 0) return bk_yaml_fail_scan(s, line, "did not find URI escaped octet");
        unsigned octet = (unsigned)high << 4 | (unsigned)low;
        if (i == 0) {
            width = octet < 0x80 ? 1 : (octet & 0xE0) == 0xC0 ? 2 : (octet & 0xF0) == 0xE0 ? 3 : (octet & 0xF8) == 0xF0 ? 4 : 0;
            if (!width) return bk_yaml_fail_scan(s, line, "found an incorrect leading UTF-8 octet");
        } else if ((octet & 0xC0) != 0x80) {
            return bk_yaml_fail_scan(s, line, "found an incorrect trailing UTF-8 octet");
        }
        bk_buf_byte(out, (char)octet);
        s->p += 3;
    }
    return BK_OK;
}

/* The URI characters that follow `head`, which is already read. */
static bk_status tag_uri(bk_yaml_scanner *s, bool found, bk_str head, uint32_t line, bk_str *ret) {
    bk_buf out;
    bk_buf_init(&out, s->scratch, 0);
    bk_buf_str(&out, head);
    while (bk_yaml_alpha(*s->p) || (*s->p && strchr(";/?:@&=+$,.!~*'()[]%", *s->p))) {
        found = true;
        if (*s->p == '%') BK_TRY(uri_escape(s, &out, line));
        else bk_buf_byte(&out, (char)*s->p++);
    }
    if (!found) return bk_yaml_fail_scan(s, line, "did not find expected tag URI");
    if (out.status != BK_OK) return bk_buf_check(&out, s->err);
    *ret = bk_buf_take(&out);
    return BK_OK;
}

static bk_status tag_directive(bk_yaml_scanner *s, bk_yaml_token *token) {
    token->type = BK_YT_TAG_DIRECTIVE;
    bk_yaml_skip_blanks(s);
    BK_TRY(tag_handle(s, true, token->line, &token->value));
    if (!bk_yaml_blank(*s->p)) return bk_yaml_fail_scan(s, token->line, "did not find expected whitespace");
    bk_yaml_skip_blanks(s);
    BK_TRY(tag_uri(s, false, (bk_str){0}, token->line, &token->suffix));
    if (!bk_yaml_blankz(s->p)) return bk_yaml_fail_scan(s, token->line, "did not find expected whitespace or line break");
    return BK_OK;
}

bk_status bk_yaml_scan_directive(bk_yaml_scanner *s, bk_yaml_token *token) {
    const unsigned char *from = ++s->p;
    skip_alpha(s);
    bk_str name = view(from, s->p);
    if (!name.n) return bk_yaml_fail_scan(s, token->line, "could not find expected directive name");
    if (!bk_yaml_blankz(s->p)) return bk_yaml_fail_scan(s, token->line, "found unexpected non-alphabetical character");
    if (bk_str_eq(name, BK_S("YAML"))) BK_TRY(version(s, token));
    else if (bk_str_eq(name, BK_S("TAG"))) BK_TRY(tag_directive(s, token));
    else return bk_yaml_fail_scan(s, token->line, "found unknown directive name");
    bk_yaml_skip_blanks(s);
    if (*s->p == '#') bk_yaml_skip_comment(s);
    unsigned width = bk_yaml_break(s->p);
    if (!width && s->p != s->end) return bk_yaml_fail_scan(s, token->line, "did not find expected comment or line break");
    if (width) bk_yaml_newline(s, width);
    return BK_OK;
}

bk_status bk_yaml_scan_anchor(bk_yaml_scanner *s, bk_yaml_token_type type, bk_yaml_token *token) {
    const unsigned char *from = ++s->p;
    token->type = (uint8_t)type;
    skip_alpha(s);
    token->value = view(from, s->p);
    if (!token->value.n || !(bk_yaml_blankz(s->p) || strchr("?:,]}%@`", *s->p)))
        return bk_yaml_fail_scan(s, token->line, "did not find expected alphabetic or numeric character");
    return BK_OK;
}

bk_status bk_yaml_scan_tag(bk_yaml_scanner *s, bk_yaml_token *token) {
    token->type = BK_YT_TAG;
    if (s->p[1] == '<') {
        s->p += 2;
        BK_TRY(tag_uri(s, false, (bk_str){0}, token->line, &token->suffix));
        if (*s->p != '>') return bk_yaml_fail_scan(s, token->line, "did not find the expected '>'");
        s->p++;
    } else {
        bk_str handle;
        BK_TRY(tag_handle(s, false, token->line, &handle));
        if (handle.n > 1 && handle.p[handle.n - 1] == '!') {
            BK_TRY(tag_uri(s, false, (bk_str){0}, token->line, &token->suffix));
            token->value = handle;
        } else {
            BK_TRY(tag_uri(s, true, bk_str_from(handle, 1), token->line, &token->suffix));
            /* "!" alone is a whole tag. */
            if (token->suffix.n) token->value = BK_S("!");
            else token->suffix = BK_S("!");
        }
    }
    if (!bk_yaml_blankz(s->p)) return bk_yaml_fail_scan(s, token->line, "did not find expected whitespace or line break");
    return BK_OK;
}
