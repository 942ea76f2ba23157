/* eq, ne, lt, le, gt, ge: comparisons of basic values of one kind, of integers whatever their sign, and of nil. */
#include "tmpl/builtin.h"
#include "tmpl/run.h"
#include "value/gofmt.h"

/* Kinds that compare among themselves; the rest is OTHER. */
typedef enum basic { OTHER, BOOL, INT, UINT, FLOAT, STRING } basic;

static basic basic_of(bk_value v) {
    switch ((bk_kind)v.kind) {
    case BK_BOOL: return BOOL;
    case BK_INT: return INT;
    case BK_UINT: return UINT;
    case BK_FLOAT: return FLOAT;
    case BK_STRING: return v.type == BK_T_STRING ? STRING : OTHER;
    default: return OTHER;
    }
}

/* Order of an integer and an unsigned one. */
static int order_mixed(int64_t i, uint64_t u) { return i < 0 || (uint64_t)i < u ? -1 : (uint64_t)i > u; }

static bool equal_basic(basic kind, bk_value a, bk_value b) {
    switch (kind) {
    case BOOL: return a.b == b.b;
    case INT: return a.i == b.i;
    case UINT: return a.u == b.u;
    case FLOAT: return a.f == b.f;
    default: return bk_str_eq(bk_value_str(a), bk_value_str(b));
    }
}

static bool is_null(bk_value v) {
    switch ((bk_kind)v.kind) {
    case BK_NIL: return true;
    case BK_LIST: return v.items == NULL;
    case BK_MAP: return v.map == NULL;
    case BK_OBJECT: return v.object == NULL;
    case BK_STRING: return v.type == BK_T_BYTES && !v.s;
    default: return false;
    }
}

static bk_status fail_types(bk_call *call, bk_value a, bk_value b) {
    return bk_call_fail(call, "incompatible types for comparison: %s and %s", bk_type_name(a), bk_type_name(b));
}

static bk_status fail_formatted(bk_call *call, const char *format, const bk_value *args, size_t n) {
    bk_buf text;
    bk_buf_init(&text, call->arena, 0);
    BK_TRY(bk_fmt_sprintf(&text, bk_str_c(format), args, n, call->err));
    BK_TRY(bk_buf_check(&text, call->err));
    return bk_err_set_str(call->err, BK_ERR, bk_buf_view(&text));
}

static bk_value type_text(bk_value v) { return bk_string(bk_str_c(bk_type_name(v))); }

/* Pointers are equal when they are the same, structs when their fields are. */
static bool equal_objects(bk_value a, bk_value b) {
    a.object = bk_object_copied(a.object);
    b.object = bk_object_copied(b.object);
    if (a.type != b.type || a.object->class != b.object->class) return false;
    if (a.object == b.object) return true;
    return a.type == BK_T_STRUCT && a.object->class->equal && a.object->class->equal(a.object, b.object);
}

/* Neither is basic: equal when both are nil, or equal objects. Maps and slices have no equality in Go. */
static bk_status equal_other(bk_call *call, bk_value a, bk_value b, bool *ret) {
    bool one_nil = a.kind == BK_NIL || b.kind == BK_NIL;
    if (!one_nil && strcmp(bk_kind_name(a), bk_kind_name(b)) != 0) {
        const bk_value args[] = {a, type_text(a), type_text(b), b};
        return fail_formatted(call, "non-comparable types %s: %v, %s: %v", args, BK_COUNT(args));
    }
    if (is_null(a) || is_null(b)) {
        *ret = is_null(a) == is_null(b);
        return BK_OK;
    }
    if (b.kind != BK_OBJECT) {
        const bk_value args[] = {b, type_text(b)};
        return fail_formatted(call, "non-comparable type %s: %v", args, BK_COUNT(args));
    }
    *ret = equal_objects(a, b);
    return BK_OK;
}

static bk_status equal(bk_call *call, bk_value a, bk_value b, bool *ret) {
    basic ka = basic_of(a), kb = basic_of(b);
    *ret = false;
    if (ka == kb) {
        if (ka == OTHER) return equal_other(call, a, b, ret);
        *ret = equal_basic(ka, a, b);
    } else if (ka == INT && kb == UINT) {
        *ret = order_mixed(a.i, b.u) == 0;
    } else if (ka == UINT && kb == INT) {
        *ret = order_mixed(b.i, a.u) == 0;
    } else if (a.kind != BK_NIL && b.kind != BK_NIL) {
        return fail_types(call, a, b);
    }
    return BK_OK;
}

static bk_status less(bk_call *call, bk_value a, bk_value b, bool *ret) {
    basic ka = basic_of(a), kb = basic_of(b);
    if (ka == OTHER || kb == OTHER) return bk_call_fail(call, "invalid type for comparison");
    if (ka == INT && kb == UINT) {
        *ret = order_mixed(a.i, b.u) < 0;
        return BK_OK;
    }
    if (ka == UINT && kb == INT) {
        *ret = order_mixed(b.i, a.u) > 0;
        return BK_OK;
    }
    if (ka != kb) return fail_types(call, a, b);
    switch (ka) {
    case INT: *ret = a.i < b.i; return BK_OK;
    case UINT: *ret = a.u < b.u; return BK_OK;
    case FLOAT: *ret = a.f < b.f; return BK_OK;
    case STRING: *ret = bk_str_cmp(bk_value_str(a), bk_value_str(b)) < 0; return BK_OK;
    default: return bk_call_fail(call, "invalid type for comparison");
    }
}

static bk_status less_or_equal(bk_call *call, bk_value a, bk_value b, bool *ret) {
    BK_TRY(less(call, a, b, ret));
    return *ret ? BK_OK : equal(call, a, b, ret);
}

/* ---- functions ---- */

typedef bk_status (*relation)(bk_call *call, bk_value a, bk_value b, bool *ret);

static bk_status compare(bk_call *call, relation is, const bk_value *args, bool negate, bk_value *ret) {
    bool truth = false;
    BK_TRY(is(call, bk_bare(args[0]), bk_bare(args[1]), &truth));
    *ret = bk_bool(truth != negate);
    return BK_OK;
}

/* The first equals any of the rest. */
bk_status bk_tmpl_fn_eq(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    if (argc < 2) return bk_call_fail(call, "missing argument for comparison");
    bool truth = false;
    for (size_t i = 1; i < argc && !truth; i++) BK_TRY(equal(call, bk_bare(args[0]), bk_bare(args[i]), &truth));
    *ret = bk_bool(truth);
    return BK_OK;
}

bk_status bk_tmpl_fn_ne(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)argc;
    return compare(call, equal, args, true, ret);
}

bk_status bk_tmpl_fn_lt(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)argc;
    return compare(call, less, args, false, ret);
}

bk_status bk_tmpl_fn_le(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)argc;
    return compare(call, less_or_equal, args, false, ret);
}

bk_status bk_tmpl_fn_gt(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)argc;
    return compare(call, less_or_equal, args, true, ret);
}

bk_status bk_tmpl_fn_ge(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)argc;
    return compare(call, less, args, true, ret);
}
