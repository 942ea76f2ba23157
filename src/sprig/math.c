/* math.c: numbers. Whole numbers are int64 and wrap around, as Go's do; the *f functions compute in decimals and answer in float64. */
#include <math.h>

#include "sprig/decimal.h"
#include "sprig/fn.h"
#include "value/gofmt.h"

/* ---- casts ---- */

/* Go on amd64: what does not fit becomes the smallest int64. */
static int64_t float_to_int64(double f) { return f >= -0x1p63 && f < 0x1p63 ? (int64_t)f : INT64_MIN; }

/* "1.00" without its ".00"; other texts stay. */
static bk_str without_zero_decimals(bk_str s) {
    bool zero = false;
    for (size_t i = s.n; i > 0; i--) {
        if (s.p[i - 1] == '.' && zero) return bk_str_sub(s, 0, i - 1);
        if (s.p[i - 1] == '0') zero = true;
        else if (s.p[i - 1] != '.') break;
    }
    return s;
}

int64_t fn_to_int64(bk_value v) {
    int64_t i;
    switch ((bk_kind)v.kind) {
    case BK_BOOL: return v.b;
    case BK_INT: return v.type == BK_T_DURATION ? 0 : v.i;
    case BK_UINT: return v.type == BK_T_UINTPTR ? 0 : (int64_t)v.u;
    case BK_FLOAT: return float_to_int64(v.f);
    case BK_STRING:
        if (v.type != BK_T_STRING) return 0;
        return bk_parse_int(without_zero_decimals(bk_value_str(v)), 0, &i) == BK_NUM_OK ? i : 0;
    case BK_NIL:
    case BK_LIST:
    case BK_MAP:
    case BK_OBJECT: break;
    }
    return 0;
}

double fn_to_float(bk_value v) {
    double f;
    switch ((bk_kind)v.kind) {
    case BK_BOOL: return v.b;
    case BK_INT: return v.type == BK_T_DURATION ? 0 : (double)v.i;
    case BK_UINT: return v.type == BK_T_UINTPTR ? 0 : (double)v.u;
    case BK_FLOAT: return v.f;
    case BK_STRING:
        if (v.type != BK_T_STRING) return 0;
        return bk_parse_float(bk_value_str(v), &f) == BK_NUM_OK ? f : 0;
    case BK_NIL:
    case BK_LIST:
    case BK_MAP:
    case BK_OBJECT: break;
    }
    return 0;
}

BK_FN(int64) { return fn_ret_int64(ret, fn_to_int64(args[0])); }
BK_FN(float64) { return fn_ret_float(ret, fn_to_float(args[0])); }

BK_FN(int) {
    *ret = bk_int(fn_to_int64(args[0]));
    return BK_OK;
}

BK_FN(atoi) {
    int64_t i = 0;
    if (bk_parse_int(fn_str(args, 0), 10, &i) == BK_NUM_SYNTAX) i = 0;
    *ret = bk_int(i);
    return BK_OK;
}

BK_FN(toDecimal) {
    bk_buf text;
    bk_buf_init(&text, call->arena, 0);
    BK_TRY(bk_fmt_sprint(&text, args, 1, call->err));
    BK_TRY(bk_buf_check(&text, call->err));
    int64_t i;
    if (bk_parse_int(bk_buf_view(&text), 8, &i) != BK_NUM_OK) i = 0;
    return fn_ret_int64(ret, i);
}

/* ---- whole numbers ---- */

static int64_t wrap_add(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }

BK_FN(add1) { return fn_ret_int64(ret, wrap_add(fn_to_int64(args[0]), 1)); }

BK_FN(add) {
    int64_t sum = 0;
    for (size_t i = 0; i < argc; i++) sum = wrap_add(sum, fn_to_int64(args[i]));
    return fn_ret_int64(ret, sum);
}

BK_FN(sub) { return fn_ret_int64(ret, (int64_t)((uint64_t)fn_to_int64(args[0]) - (uint64_t)fn_to_int64(args[1]))); }

BK_FN(mul) {
    uint64_t product = 1;
    for (size_t i = 0; i < argc; i++) product *= (uint64_t)fn_to_int64(args[i]);
    return fn_ret_int64(ret, (int64_t)product);
}

#define DIVIDE_BY_ZERO "runtime error: integer divide by zero"

BK_FN(div) {
    int64_t a = fn_to_int64(args[0]), b = fn_to_int64(args[1]);
    if (b == 0) return bk_call_fail(call, DIVIDE_BY_ZERO);
    return fn_ret_int64(ret, b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b);
}

BK_FN(mod) {
    int64_t a = fn_to_int64(args[0]), b = fn_to_int64(args[1]);
    if (b == 0) return bk_call_fail(call, DIVIDE_BY_ZERO);
    return fn_ret_int64(ret, b == -1 ? 0 : a % b);
}

BK_FN(max) {
    int64_t most = fn_to_int64(args[0]);
    for (size_t i = 1; i < argc; i++) {
        int64_t b = fn_to_int64(args[i]);
        if (b > most) most = b;
    }
    return fn_ret_int64(ret, most);
}

BK_FN(min) {
    int64_t least = fn_to_int64(args[0]);
    for (size_t i = 1; i < argc; i++) {
        int64_t b = fn_to_int64(args[i]);
        if (b < least) least = b;
    }
    return fn_ret_int64(ret, least);
}

/* ---- floating point ---- */

/* math.Max: an infinity beats NaN, NaN beats the rest, 0 beats -0. */
static double float_max(double a, double b) {
    if (a == INFINITY || b == INFINITY) return INFINITY;
    if (isnan(a) || isnan(b)) return NAN;
    if (a == 0 && b == 0) return signbit(a) ? b : a;
    return a > b ? a : b;
}

static double float_min(double a, double b) { return -float_max(-a, -b); }

BK_FN(maxf) {
    double most = fn_to_float(args[0]);
    for (size_t i = 1; i < argc; i++) most = float_max(most, fn_to_float(args[i]));
    return fn_ret_float(ret, most);
}

BK_FN(minf) {
    double least = fn_to_float(args[0]);
    for (size_t i = 1; i < argc; i++) least = float_min(least, fn_to_float(args[i]));
    return fn_ret_float(ret, least);
}

BK_FN(floor) { return fn_ret_float(ret, floor(fn_to_float(args[0]))); }
BK_FN(ceil) { return fn_ret_float(ret, ceil(fn_to_float(args[0]))); }

/* 10^y for a whole y, step by step as math.Pow does it: its last digits are part of what round answers. */
static double power_of_ten(double y) {
    if (y == 0) return 1;
    if (y == 1) return 10;
    double whole = fabs(y);
    if (whole >= 0x1p63) return y > 0 ? INFINITY : 0;
    double mantissa = 1;
    int64_t exp = 0;
    int step_exp;
    double step = frexp(10, &step_exp);
    for (int64_t i = (int64_t)whole; i != 0; i >>= 1) {
        if (step_exp > 1 << 12) {
            exp += step_exp;
            break;
        }
        if (i & 1) {
            mantissa *= step;
            exp += step_exp;
        }
        step *= step;
        step_exp *= 2;
        if (step < .5) {
            step += step;
            step_exp--;
        }
    }
    if (y < 0) {
        mantissa = 1 / mantissa;
        exp = -exp;
    }
    return ldexp(mantissa, exp > 100000 ? 100000 : exp < -100000 ? -100000 : (int)exp);
}

BK_FN(round) {
    double at = argc > 2 ? args[2].f : .5, value = fn_to_float(args[0]), power = power_of_ten((double)args[1].i), whole;
    double digit = power * value, part = modf(digit, &whole);
    if (isinf(digit)) part = NAN; /* Go's Modf; C's is 0 */
    double rounded = part >= at ? ceil(digit) : floor(digit);
    return fn_ret_float(ret, rounded / power);
}

typedef bk_status (*decimal_op)(bk_arena *arena, bk_decimal a, bk_decimal b, bk_decimal *ret, bk_err *err);

static bk_status to_decimal(bk_call *call, double f, bk_decimal *ret) {
    if (isnan(f)) return bk_call_fail(call, "Cannot create a Decimal from NaN");
    if (isinf(f)) return bk_call_fail(call, "Cannot create a Decimal from %sInf", f < 0 ? "-" : "+");
    return bk_decimal_of(call->arena, f, ret, call->err);
}

/* first op args[0] op args[1] … */
static bk_status fold(bk_call *call, decimal_op op, double first, const bk_value *args, size_t argc, bk_value *ret) {
    bk_decimal sum = {0}, next = {0};
    BK_TRY(to_decimal(call, first, &sum));
    for (size_t i = 0; i < argc; i++) {
        BK_TRY(to_decimal(call, fn_to_float(args[i]), &next));
        BK_TRY(op(call->arena, sum, next, &sum, call->err));
    }
    double f;
    BK_TRY(bk_decimal_float(call->arena, sum, &f, call->err));
    return fn_ret_float(ret, f);
}

BK_FN(add1f) {
    bk_value one = bk_int(1);
    return fold(call, bk_decimal_add, fn_to_float(args[0]), &one, 1, ret);
}

BK_FN(addf) { return fold(call, bk_decimal_add, 0, args, argc, ret); }
BK_FN(subf) { return fold(call, bk_decimal_sub, fn_to_float(args[0]), args + 1, argc - 1, ret); }
BK_FN(mulf) { return fold(call, bk_decimal_mul, fn_to_float(args[0]), args + 1, argc - 1, ret); }
BK_FN(divf) { return fold(call, bk_decimal_div, fn_to_float(args[0]), args + 1, argc - 1, ret); }

/* ---- ranges ---- */

/* How many numbers start, start + step, … lie before stop, as Sprig counts them. */
static uint64_t range_count(int64_t start, int64_t stop, int64_t step) {
    if (stop < start) {
        if (step >= 0) return 0;
        uint64_t distance = (uint64_t)start - (uint64_t)stop, width = 0 - (uint64_t)step;
        return (distance - 1) / width + 1;
    }
    if (step <= 0 || start == stop) return 0;
    return ((uint64_t)stop - (uint64_t)start - 1) / (uint64_t)step + 1;
}

static bk_status range(bk_call *call, int64_t start, int64_t stop, int64_t step, bk_value *ret) {
    uint64_t count = range_count(start, stop, step);
    if (count > BK_LIMIT_LIST) return bk_err_limit(call->err, "items of a list", BK_LIMIT_LIST);
    bk_value *items;
    BK_TRY(fn_items(call, (size_t)count, &items));
    for (size_t i = 0; i < count; i++) items[i] = bk_int((int64_t)((uint64_t)start + i * (uint64_t)step));
    *ret = bk_list_typed(BK_T_INTS, count ? items : bk_no_items, (size_t)count);
    return BK_OK;
}

BK_FN(until) { return range(call, 0, args[0].i, args[0].i < 0 ? -1 : 1, ret); }
BK_FN(untilStep) { return range(call, args[0].i, args[1].i, args[2].i, ret); }

BK_FN(seq) {
    int64_t start = 1, end, step, sign;
    if (argc == 0 || argc > 3) return fn_ret_str(ret, BK_S(""));
    if (argc > 1) start = args[0].i;
    end = args[argc - 1].i;
    sign = end < start ? -1 : 1;
    step = argc == 3 ? args[1].i : sign;
    if (sign < 0 && step > 0) return fn_ret_str(ret, BK_S(""));
    uint64_t count = range_count(start, wrap_add(end, sign), step);
    if (count > BK_LIMIT_LIST) return bk_err_limit(call->err, "items of a list", BK_LIMIT_LIST);
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    for (uint64_t i = 0; i < count && bk_buf_ok(&out); i++) {
        if (i) bk_buf_byte(&out, ' ');
        bk_buf_int(&out, (int64_t)((uint64_t)start + i * (uint64_t)step));
    }
    return fn_ret_buf(call, &out, ret);
}
