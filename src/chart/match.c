#include "base/utf8.h"
#include "chart/ignore.h"

/* A pattern is a row of chunks, each led by a star or not. A chunk has no star in it, so it matches at a place or it does not. */

typedef struct chunk {
    bool star;
    bk_str text, rest;
} chunk;

static chunk next_chunk(bk_str pattern) {
    chunk c = {0};
    while (pattern.n && pattern.p[0] == '*') {
        c.star = true;
        pattern = bk_str_from(pattern, 1);
    }
    bool in_class = false;
    size_t i = 0;
    for (; i < pattern.n; i++) {
        char ch = pattern.p[i];
        if (ch == '\\' && i + 1 < pattern.n) i++;
        else if (ch == '[') in_class = true;
        else if (ch == ']') in_class = false;
        else if (ch == '*' && !in_class) break;
    }
    c.text = bk_str_sub(pattern, 0, i);
    c.rest = bk_str_from(pattern, i);
    return c;
}

/* One character of a class, perhaps escaped; false when it is malformed. */
static bool class_char(bk_str *pattern, uint32_t *ret) {
    size_t width;
    if (pattern->n == 0 || pattern->p[0] == '-' || pattern->p[0] == ']') return false;
    if (pattern->p[0] == '\\') *pattern = bk_str_from(*pattern, 1);
    if (pattern->n == 0) return false;
    *ret = bk_utf8_decode(*pattern, &width);
    bool ok = *ret != BK_RUNE_ERROR || width != 1;
    *pattern = bk_str_from(*pattern, width);
    return ok && pattern->n != 0;
}

/* A class behind its "[": moves behind its "]"; false when it is malformed. */
static bool class_match(bk_str *pattern, uint32_t rune, bool *ret) {
    bool negated = bk_str_starts(*pattern, BK_S("^")), hit = false;
    if (negated) *pattern = bk_str_from(*pattern, 1);
    for (bool first = true; first || pattern->n == 0 || pattern->p[0] != ']'; first = false) {
        uint32_t low, high;
        if (!class_char(pattern, &low)) return false;
        high = low;
        if (pattern->p[0] == '-') {
            *pattern = bk_str_from(*pattern, 1);
            if (!class_char(pattern, &high)) return false;
        }
        hit = hit || (low <= rune && rune <= high);
    }
    *pattern = bk_str_from(*pattern, 1);
    *ret = hit != negated;
    return true;
}

/* Matches a chunk at the start of *name and moves behind it. After a failure the chunk is still read to the end, to find it malformed. */
static bool chunk_match(bk_str text, bk_str *name, bool *ret_ok) {
    bk_str s = *name;
    bool failed = false;
    *ret_ok = true;
    while (text.n) {
        size_t width = 1;
        failed = failed || s.n == 0;
        char ch = text.p[0];
        text = bk_str_from(text, 1);
        if (ch == '[') {
            uint32_t rune = failed ? 0 : bk_utf8_decode(s, &width);
            bool hit;
            if (!class_match(&text, rune, &hit)) return *ret_ok = false;
            failed = failed || !hit;
        } else if (ch == '?') {
            failed = failed || s.p[0] == '/';
            if (!failed) bk_utf8_decode(s, &width);
        } else {
            if (ch == '\\') {
                if (text.n == 0) return *ret_ok = false;
                ch = text.p[0];
                text = bk_str_from(text, 1);
            }
            failed = failed || s.p[0] != ch;
        }
        if (!failed) s = bk_str_from(s, width);
    }
    if (!failed) *name = s;
    return !failed;
}

/* Matches a chunk led by a star somewhere in the rest of the path's part. */
static bool star_match(const chunk *c, bk_str *name, bool *ret_ok) {
    for (size_t i = 0; i < name->n && name->p[i] != '/'; i++) {
        bk_str rest = bk_str_from(*name, i + 1);
        bool hit = chunk_match(c->text, &rest, ret_ok);
        if (!*ret_ok) return false;
        if (!hit || (c->rest.n == 0 && rest.n)) continue;
        *name = rest;
        return true;
    }
    return false;
}

bool bk_path_match(bk_str pattern, bk_str name, bool *ret_ok) {
    *ret_ok = true;
    while (pattern.n) {
        chunk c = next_chunk(pattern);
        pattern = c.rest;
        if (c.star && c.text.n == 0) return bk_str_find_byte(name, '/') == BK_NPOS;
        bk_str rest = name;
        bool hit = chunk_match(c.text, &rest, ret_ok);
        if (hit && (rest.n == 0 || pattern.n)) {
            name = rest;
            continue;
        }
        if (!*ret_ok || !c.star || !star_match(&c, &name, ret_ok)) return false;
    }
    return name.n == 0;
}
