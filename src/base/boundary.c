#include "base/boundary.h"

size_t bk_frame_begin(bk_buf *out) {
    bk_buf_u32(out, BK_FRAME_MAGIC);
    bk_buf_u32(out, 0);
    return out->n;
}

/* Fills in the u32 that ends at `begin`: the bytes written since. */
static void put_length(bk_buf *out, size_t begin) {
    if (!bk_buf_ok(out)) return;
    size_t n = out->n - begin;
    for (size_t i = 0; i < 4; i++) out->p[begin - 4 + i] = (char)(n >> (8 * i));
}

void bk_frame_end(bk_buf *out, size_t begin) { put_length(out, begin); }

void bk_section(bk_buf *out, bk_tag tag, bk_str bytes) {
    bk_buf_u32(out, tag);
    bk_buf_u32(out, (uint32_t)bytes.n);
    bk_buf_str(out, bytes);
}

size_t bk_section_begin(bk_buf *out, bk_tag tag) {
    bk_buf_u32(out, tag);
    bk_buf_u32(out, 0);
    return out->n;
}

void bk_section_end(bk_buf *out, size_t begin) { put_length(out, begin); }

uint32_t bk_read_u32(bk_str s) {
    const unsigned char *p = (const unsigned char *)s.p;
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

bk_status bk_frame_open(bk_str bytes, bk_sections *ret, bk_err *err) {
    if (bytes.n < 8) return bk_err_set(err, BK_ERR, "malformed frame: %zu bytes", bytes.n);
    if (bk_read_u32(bytes) != BK_FRAME_MAGIC)
        return bk_err_set(err, BK_ERR, "malformed frame: not a frame of version %u", BK_BOUNDARY_VERSION);
    uint32_t n = bk_read_u32(bk_str_from(bytes, 4));
    if (n != bytes.n - 8) return bk_err_set(err, BK_ERR, "malformed frame: says %u bytes, has %zu", n, bytes.n - 8);
    ret->rest = bk_str_from(bytes, 8);
    return BK_OK;
}

bk_status bk_sections_next(bk_sections *sections, uint32_t *ret_tag, bk_str *ret_bytes, bk_err *err) {
    bk_str s = sections->rest;
    *ret_tag = 0;
    if (s.n == 0) return BK_OK;
    if (s.n < 8) return bk_err_set(err, BK_ERR, "malformed frame: a section cut short");
    uint32_t tag = bk_read_u32(s), n = bk_read_u32(bk_str_from(s, 4));
    if (tag == 0 || n > s.n - 8) return bk_err_set(err, BK_ERR, "malformed frame: section %u says %u bytes, %zu are left", tag, n, s.n - 8);
    *ret_tag = tag;
    *ret_bytes = bk_str_sub(s, 8, 8 + (size_t)n);
    sections->rest = bk_str_from(s, 8 + (size_t)n);
    return BK_OK;
}

static const struct {
    const char *name;
    bk_effect_caps caps;
} effects[BK_EFFECT_COUNT] = {
#define BK_EFFECT(id, name, count, request, answer) {name, {count, request, answer}},
#include "base/effects.def"
#undef BK_EFFECT
};

const char *bk_effect_name(uint32_t op) { return op < BK_EFFECT_COUNT ? effects[op].name : NULL; }

bk_effect_caps bk_effect_caps_of(bk_effect op) { return effects[op].caps; }
