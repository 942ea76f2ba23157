#include "chart/lock.h"

#include "data/json.h"
#include "data/yaml.h"
#include "sprig/sha256.h"

/* Fields in the struct's order, where a map would sort them. */
static bk_status put_dependency(bk_arena *arena, bk_buf *out, const bk_dependency *d, bk_err *err) {
    const bk_shape *shape = &bk_dependency_shape;
    bk_value v;
    bool any = false;
    BK_TRY(bk_typed_json(arena, shape, d, &v, err));
    bk_buf_byte(out, '{');
    for (size_t i = 0; i < shape->n; i++) {
        const bk_value *field = bk_map_get(v.map, bk_str_c(shape->fields[i].json));
        if (!field) continue;
        if (any) bk_buf_byte(out, ',');
        any = true;
        bk_json_encode_string(out, bk_str_c(shape->fields[i].json), BK_JSON_HTML);
        bk_buf_byte(out, ':');
        BK_TRY(bk_json_encode(out, arena, *field, BK_JSON_HTML, err));
    }
    bk_buf_byte(out, '}');
    return BK_OK;
}

bk_status bk_dependencies_json(bk_arena *arena, const bk_list_of *dependencies, bk_str *ret, bk_err *err) {
    bk_buf out;
    *ret = BK_S("null");
    if (!dependencies->p) return BK_OK;
    bk_buf_init(&out, arena, 0);
    bk_buf_byte(&out, '[');
    for (size_t i = 0; i < dependencies->n; i++) {
        const bk_dependency *d = bk_list_ptr(dependencies, i);
        if (i) bk_buf_byte(&out, ',');
        if (d) BK_TRY(put_dependency(arena, &out, d, err));
        else bk_buf_c(&out, "null");
    }
    bk_buf_byte(&out, ']');
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

/* The digest of three texts, one behind the other. */
static bk_status digest(bk_arena *arena, const char *before, bk_str text, const char *after, bk_str *ret, bk_err *err) {
    bk_str head;
    bk_buf out;
    uint8_t sum[32];
    if (!bk_arena_printf(arena, &head, "%s%.*s", before, BK_FMT(text))) return bk_arena_fail(arena, err);
    bk_sha256(head, bk_str_c(after), sum);
    bk_buf_init(&out, arena, 0);
    bk_buf_c(&out, "sha256:");
    for (size_t i = 0; i < sizeof sum; i++) bk_buf_printf(&out, "%02x", sum[i]);
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

bk_status bk_lock_digest(bk_arena *arena, bk_str asked, bk_str locked, bk_str *ret, bk_err *err) {
    bk_str both;
    if (!bk_arena_printf(arena, &both, "%.*s,%.*s", BK_FMT(asked), BK_FMT(locked))) return bk_arena_fail(arena, err);
    return digest(arena, "[", both, "]", ret, err);
}

bk_status bk_lock_digest_old(bk_arena *arena, bk_str asked, bk_str *ret, bk_err *err) {
    return digest(arena, "{\"dependencies\":", asked, "}", ret, err);
}

bk_status bk_lock_text(bk_arena *arena, const bk_lock *lock, bk_str *ret, bk_err *err) {
    bk_value v;
    bk_buf out;
    BK_TRY(bk_typed_json(arena, &bk_lock_shape, lock, &v, err));
    bk_buf_init(&out, arena, 0);
    BK_TRY(bk_yaml_encode(&out, arena, v, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}
