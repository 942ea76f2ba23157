/* index, slice, len, not, and the table. */
#include "tmpl/builtin.h"

#include "tmpl/print.h"
#include "tmpl/run.h"

/* What Go's reflect panics with when it is asked about no value; safeCall makes it an error. */
#define NO_TYPE "reflect: call of reflect.Value.Type on zero Value"

/* The type of what a pointer points to, as its name shows it. */
static const char *pointed_type(bk_value v) {
    const char *name = bk_type_name(v);
    return v.type == BK_T_POINTER && name[0] == '*' ? name + 1 : name;
}

static bool has_items(bk_value v) { return v.kind == BK_LIST || v.kind == BK_STRING; }

/* ---- index, slice ---- */

/* A position, 0 to cap inclusive. */
static bk_status position(bk_call *call, bk_value index, size_t cap, size_t *ret) {
    if (index.kind == BK_NIL) return bk_call_fail(call, "cannot index slice/array with nil");
    if (index.kind != BK_INT && index.kind != BK_UINT)
        return bk_call_fail(call, "cannot index slice/array with type %s", bk_type_name(index));
    if (index.i < 0 || (uint64_t)index.i > cap) return bk_call_fail(call, "index out of range: %lld", (long long)index.i);
    *ret = (size_t)index.i;
    return BK_OK;
}

static bk_status index_items(bk_call *call, bk_value index, bk_value *item) {
    size_t at = 0;
    BK_TRY(position(call, index, item->len, &at));
    if (at == item->len) return bk_call_fail(call, "reflect: %s index out of range", bk_is_string(*item) ? "string" : "slice");
    if (item->kind == BK_STRING) *item = bk_uint_typed(BK_T_UINT8, (unsigned char)item->s[at]);
    else *item = bk_item_of(item->type, item->items[at]);
    return BK_OK;
}

static bk_status index_map(bk_call *call, bk_value index, bk_value *item) {
    bool any_key = item->type == BK_T_YAML_MAP;
    if (index.kind == BK_NIL && !any_key) return bk_call_fail(call, "value is nil; should be of type string");
    if (!bk_is_string(index) && !any_key) return bk_call_fail(call, "value has type %s; should be string", bk_type_name(index));
    const bk_value *found = bk_is_string(index) ? bk_map_get(item->map, bk_value_str(index)) : NULL;
    *item = found ? bk_item_of(item->type, *found) : bk_zero_item(item->type);
    return BK_OK;
}

static bk_status fn_index(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    bk_value item = bk_bare(args[0]);
    if (item.kind == BK_NIL) return bk_call_fail(call, "index of untyped nil");
    for (size_t i = 1; i < argc; i++) {
        if (item.kind == BK_NIL || (item.kind == BK_OBJECT && !item.object)) return bk_call_fail(call, "index of nil pointer");
        if (has_items(item)) BK_TRY(index_items(call, args[i], &item));
        else if (item.kind == BK_MAP) BK_TRY(index_map(call, args[i], &item));
        else return bk_call_fail(call, "can't index item of type %s", pointed_type(item));
    }
    *ret = item;
    return BK_OK;
}

static bk_status fn_slice(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    bk_value item = bk_bare(args[0]);
    size_t at[3] = {0, item.len, 0};
    if (item.kind == BK_NIL) return bk_call_fail(call, "slice of untyped nil");
    if (item.kind == BK_OBJECT && !item.object) return bk_call_fail(call, "slice of nil pointer");
    if (argc - 1 > 3) return bk_call_fail(call, "too many slice indexes: %zu", argc - 1);
    if (bk_is_string(item) && argc == 4) return bk_call_fail(call, "cannot 3-index slice a string");
    if (!has_items(item)) return bk_call_fail(call, "can't slice item of type %s", pointed_type(item));
    for (size_t i = 1; i < argc; i++) {
        /* Unlike index, slice does not look into an interface. */
        if (bk_is_iface(args[i])) return bk_call_fail(call, "cannot index slice/array with type interface {}");
        BK_TRY(position(call, args[i], item.len, &at[i - 1]));
    }
    if (at[0] > at[1]) return bk_call_fail(call, "invalid slice index: %zu > %zu", at[0], at[1]);
    if (argc == 4 && at[1] > at[2]) return bk_call_fail(call, "invalid slice index: %zu > %zu", at[1], at[2]);
    item.len = (uint32_t)(at[1] - at[0]);
    if (item.kind == BK_STRING) item.s += at[0];
    else if (item.items) item.items += at[0];
    *ret = item;
    return BK_OK;
}

/* ---- len, not ---- */

static bk_status fn_len(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)argc;
    bk_value v = args[0];
    if (v.kind == BK_NIL && !bk_is_iface(v)) return bk_call_fail(call, NO_TYPE);
    if (v.kind == BK_NIL || (v.kind == BK_OBJECT && !v.object)) return bk_call_fail(call, "len of nil pointer");
    if (!has_items(v) && v.kind != BK_MAP) return bk_call_fail(call, "len of type %s", pointed_type(v));
    *ret = bk_int((int64_t)bk_value_len(v));
    return BK_OK;
}

static bk_status fn_not(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)call;
    (void)argc;
    *ret = bk_bool(!bk_truth(args[0]));
    return BK_OK;
}

/* and, or and call are the executor's own (call.c). */
static bk_status fn_special(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)args;
    (void)argc;
    (void)ret;
    return bk_err_internal(call->err, "a function of the executor was called as any other");
}

const bk_func bk_tmpl_builtins[] = {
    {"and", "rr*:r", fn_special},
    {"call", "rr*:r", fn_special},
    {"eq", "rr*:b", bk_tmpl_fn_eq},
    {"ge", "rr:b", bk_tmpl_fn_ge},
    {"gt", "rr:b", bk_tmpl_fn_gt},
    {"html", "a*:s", bk_tmpl_fn_html},
    {"index", "rr*:r", fn_index},
    {"js", "a*:s", bk_tmpl_fn_js},
    {"le", "rr:b", bk_tmpl_fn_le},
    {"len", "r:i", fn_len},
    {"lt", "rr:b", bk_tmpl_fn_lt},
    {"ne", "rr:b", bk_tmpl_fn_ne},
    {"not", "r:b", fn_not},
    {"or", "rr*:r", fn_special},
    {"print", "a*:s", bk_tmpl_fn_print},
    {"printf", "sa*:s", bk_tmpl_fn_printf},
    {"println", "a*:s", bk_tmpl_fn_println},
    {"slice", "rr*:r", fn_slice},
    {"urlquery", "a*:s", bk_tmpl_fn_urlquery},
};
const size_t bk_tmpl_builtin_count = BK_COUNT(bk_tmpl_builtins);
