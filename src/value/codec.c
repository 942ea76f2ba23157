#include "value/codec.h"

#include "base/limits.h"
#include "value/map.h"

#define NIL_COUNT 0xFFFFFFFFu

static bk_status encode(bk_buf *out, bk_value v, unsigned budget, bk_err *err);

static bk_status encode_map(bk_buf *out, bk_map *map, unsigned budget, bk_err *err) {
    bk_buf_u32(out, map ? map->len : NIL_COUNT);
    for (size_t i = 0; i < bk_map_len(map); i++) {
        const bk_map_entry *e = bk_map_at(map, i);
        bk_buf_u32(out, (uint32_t)e->key.n);
        bk_buf_str(out, e->key);
        BK_TRY(encode(out, e->value, budget, err));
    }
    return BK_OK;
}

static bk_status encode(bk_buf *out, bk_value v, unsigned budget, bk_err *err) {
    if (budget == 0) return bk_err_limit(err, "nesting of a value", BK_LIMIT_DEPTH);
    bk_buf_byte(out, (char)v.type);
    switch ((bk_kind)v.kind) {
    case BK_NIL: return BK_OK;
    case BK_BOOL: bk_buf_byte(out, v.b ? 1 : 0); return BK_OK;
    case BK_INT:
    case BK_UINT:
    case BK_FLOAT: bk_buf_u64(out, v.u); return BK_OK;
    case BK_STRING:
        bk_buf_u32(out, v.len);
        bk_buf_str(out, bk_value_str(v));
        return BK_OK;
    case BK_LIST:
        bk_buf_u32(out, v.items ? v.len : NIL_COUNT);
        for (uint32_t i = 0; i < v.len; i++) BK_TRY(encode(out, v.items[i], budget - 1, err));
        return BK_OK;
    case BK_MAP: return encode_map(out, v.map, budget - 1, err);
    case BK_OBJECT: break;
    }
    return bk_err_internal(err, "an object cannot cross the boundary");
}

bk_status bk_codec_encode(bk_buf *out, bk_value v, bk_err *err) {
    BK_TRY(encode(out, v, BK_LIMIT_DEPTH, err));
    return bk_buf_check(out, err);
}

typedef struct reader {
    bk_arena *arena;
    bk_str rest;
    uint32_t keys; /* most in one map */
    bk_err *err;
} reader;

static bk_status broken(reader *r, const char *what) { return bk_err_set(r->err, BK_ERR, "malformed value frame: %s", what); }

static bk_status read_bytes(reader *r, size_t n, bk_str *ret) {
    if (n > r->rest.n) return broken(r, "cut short");
    *ret = bk_str_sub(r->rest, 0, n);
    r->rest = bk_str_from(r->rest, n);
    return BK_OK;
}

static bk_status read_uint(reader *r, size_t width, uint64_t *ret) {
    bk_str b;
    BK_TRY(read_bytes(r, width, &b));
    *ret = 0;
    for (size_t i = width; i > 0; i--) *ret = *ret << 8 | (unsigned char)b.p[i - 1];
    return BK_OK;
}

static const uint8_t shapes[BK_TYPE_COUNT] = {
#define BK_TYPE(id, name, kind, shape) BK_##shape,
#include "value/types.def"
#undef BK_TYPE
};

static bk_status decode(reader *r, unsigned budget, bk_value *ret);

static bk_status read_count(reader *r, size_t least, uint32_t *ret) {
    uint64_t n;
    BK_TRY(read_uint(r, 4, &n));
    *ret = (uint32_t)n;
    if (*ret != NIL_COUNT && n > r->rest.n / least) return broken(r, "a count beyond the end");
    return BK_OK;
}

static bk_status decode_list(reader *r, unsigned budget, bk_value *ret) {
    uint32_t n;
    BK_TRY(read_count(r, 1, &n));
    if (n == NIL_COUNT) {
        *ret = bk_list_typed(ret->type, NULL, 0);
        return BK_OK;
    }
    bk_value *items = n ? BK_NEW_ARRAY(r->arena, bk_value, n) : NULL;
    if (n && !items) return bk_arena_fail(r->arena, r->err);
    for (uint32_t i = 0; i < n; i++) BK_TRY(decode(r, budget, &items[i]));
    *ret = bk_list_typed(ret->type, n ? items : bk_no_items, n);
    return BK_OK;
}

static bk_status decode_map(reader *r, unsigned budget, bk_value *ret) {
    uint32_t n;
    BK_TRY(read_count(r, 5, &n));
    ret->map = NULL;
    if (n == NIL_COUNT) return BK_OK;
    if (n > r->keys) return broken(r, "a map with too many keys");
    bk_map *m = bk_map_new(r->arena, n);
    if (!m) return bk_arena_fail(r->arena, r->err);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t len;
        bk_str key;
        bk_value v;
        BK_TRY(read_uint(r, 4, &len));
        BK_TRY(read_bytes(r, (size_t)len, &key));
        BK_TRY(decode(r, budget, &v));
        if (!bk_map_set(m, key, v)) return bk_arena_fail(r->arena, r->err);
        if (m->len != i + 1) return broken(r, "a key stands twice");
    }
    ret->map = m;
    return BK_OK;
}

static bk_status decode(reader *r, unsigned budget, bk_value *ret) {
    uint64_t n;
    bk_str s;
    if (budget == 0) return broken(r, "nested too deeply");
    BK_TRY(read_uint(r, 1, &n));
    if (n >= BK_TYPE_COUNT) return broken(r, "unknown type");
    *ret = (bk_value){.type = (uint8_t)n, .kind = shapes[n]};
    switch ((bk_kind)ret->kind) {
    case BK_NIL: return BK_OK;
    case BK_BOOL:
        BK_TRY(read_uint(r, 1, &n));
        if (n > 1) return broken(r, "a truth that is neither 0 nor 1");
        ret->b = n == 1;
        return BK_OK;
    case BK_INT:
    case BK_UINT:
    case BK_FLOAT: return read_uint(r, 8, &ret->u);
    case BK_STRING:
        BK_TRY(read_uint(r, 4, &n));
        BK_TRY(read_bytes(r, (size_t)n, &s));
        ret->s = s.p ? s.p : "";
        ret->len = (uint32_t)n;
        return BK_OK;
    case BK_LIST: return decode_list(r, budget - 1, ret);
    case BK_MAP: return decode_map(r, budget - 1, ret);
    case BK_OBJECT: break;
    }
    return broken(r, "unknown type");
}

bk_status bk_codec_decode_small(bk_arena *arena, bk_str bytes, unsigned depth, uint32_t keys, bk_value *ret, bk_err *err) {
    reader r = {arena, bytes, keys, err};
    bk_value v;
    BK_TRY(decode(&r, depth, &v));
    if (r.rest.n) return broken(&r, "bytes after the end");
    *ret = v;
    return BK_OK;
}

bk_status bk_codec_decode(bk_arena *arena, bk_str bytes, bk_value *ret, bk_err *err) {
    return bk_codec_decode_small(arena, bytes, BK_LIMIT_DEPTH, NIL_COUNT, ret, err);
}
