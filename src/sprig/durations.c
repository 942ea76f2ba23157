/* durations.c: lengths of time: Helm's duration* functions and Sprig's duration. A bare number counts seconds. */
#include <math.h>

#include "base/duration.h"
#include "base/unicode.h"
#include "sprig/durations.h"
#include "sprig/fn.h"
#include "value/gofmt.h"

#define SECOND 1000000000ll
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

static bk_value duration_value(int64_t ns) { return bk_int_typed(BK_T_DURATION, ns); }

bk_status fn_ret_duration_text(bk_call *call, int64_t ns, bk_value *ret) {
    char *p;
    BK_TRY(fn_bytes(call, BK_DURATION_TEXT, &p));
    return fn_ret_str(ret, bk_str_of(p, bk_duration_format(ns, p)));
}

static bk_status fail_float(bk_call *call, const char *what, double seconds) {
    bk_buf text;
    bk_buf_init(&text, call->arena, 0);
    bk_buf_c(&text, what);
    BK_TRY(bk_fmt_value(&text, bk_float(seconds), call->err));
    BK_TRY(bk_buf_check(&text, call->err));
    return bk_err_set_str(call->err, BK_ERR, bk_buf_view(&text));
}

static bk_status from_float(bk_call *call, double seconds, int64_t *ret) {
    if (isnan(seconds) || isinf(seconds)) return fail_float(call, "invalid duration seconds: ", seconds);
    if (fabs(seconds) > 0x1p63 / 1e9) return fail_float(call, "duration seconds overflow: ", seconds);
    double ns = seconds * 1e9;
    *ret = ns < 0x1p63 ? (int64_t)ns : INT64_MIN; /* Go's conversion at the very edge */
    return BK_OK;
}

static bk_status from_text(bk_call *call, bk_str s, int64_t *ret) {
    bk_str text = bk_str_trim_space(s);
    if (text.n == 0) return bk_call_fail(call, "empty duration");
    bk_err err = BK_ERR_INIT;
    bk_status status = bk_duration_parse(text, ret, &err);
    bk_err_release(&err);
    if (status == BK_OK) return BK_OK;
    double seconds;
    if (bk_parse_float(text, &seconds) == BK_NUM_OK) return from_float(call, seconds, ret);
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    bk_buf_c(&out, "could not parse duration ");
    bk_fmt_quote(&out, s);
    BK_TRY(bk_buf_check(&out, call->err));
    return bk_err_set_str(call->err, BK_ERR, bk_buf_view(&out));
}

/* What Helm takes for a duration. */
static bk_status as_duration(bk_call *call, bk_value v, int64_t *ret) {
    if (v.type == BK_T_DURATION) {
        *ret = v.i;
        return BK_OK;
    }
    if (v.type == BK_T_STRING) return from_text(call, bk_value_str(v), ret);
    if (v.kind == BK_NIL) return bk_call_fail(call, "invalid duration");
    if (v.kind == BK_FLOAT) return from_float(call, v.f, ret);
    if (v.kind == BK_UINT && v.u > INT64_MAX / SECOND)
        return bk_call_fail(call, "duration seconds overflow: %llu", (unsigned long long)v.u);
    if (v.kind != BK_INT && v.kind != BK_UINT) return bk_call_fail(call, "unsupported duration type %s", bk_type_name(v));
    if (v.i > INT64_MAX / SECOND || v.i < INT64_MIN / SECOND) return bk_call_fail(call, "duration seconds overflow: %lld", (long long)v.i);
    *ret = v.i * SECOND;
    return BK_OK;
}

/* The same, and 0 for what is none. *ret_ok tells. */
static bk_status forgiving(bk_call *call, bk_value v, int64_t *ret, bool *ret_ok) {
    bk_status status = as_duration(call, v, ret);
    *ret_ok = status == BK_OK;
    if (*ret_ok) return BK_OK;
    *ret = 0;
    return fn_forgive(call, status) ? BK_OK : status;
}

BK_FN(mustToDuration) {
    int64_t ns;
    BK_TRY(as_duration(call, args[0], &ns));
    *ret = duration_value(ns);
    return BK_OK;
}

/* Whole units and the rest apart, as Go adds them up. */
static bk_status in_units(bk_call *call, bk_value v, int64_t unit, double divisor, bk_value *ret) {
    int64_t ns = 0;
    bool ok;
    BK_TRY(forgiving(call, v, &ns, &ok));
    int64_t whole = ns / unit, part = ns % unit;
    double units = (double)whole + (double)part / (double)unit;
    return fn_ret_float(ret, units / divisor);
}

BK_FN(durationSeconds) { return in_units(call, args[0], SECOND, 1, ret); }
BK_FN(durationMinutes) { return in_units(call, args[0], MINUTE, 1, ret); }
BK_FN(durationHours) { return in_units(call, args[0], HOUR, 1, ret); }
BK_FN(durationDays) { return in_units(call, args[0], HOUR, 24, ret); }

BK_FN(durationWeeks) {
    BK_TRY(in_units(call, args[0], HOUR, 24, ret));
    ret->f /= 7; /* two divisions, as in Helm: one by 168 rounds differently */
    return BK_OK;
}

static bk_status whole_units(bk_call *call, bk_value v, int64_t unit, bk_value *ret) {
    int64_t ns;
    bool ok;
    BK_TRY(forgiving(call, v, &ns, &ok));
    return fn_ret_int64(ret, ns / unit);
}

BK_FN(durationMilliseconds) { return whole_units(call, args[0], 1000000, ret); }
BK_FN(durationMicroseconds) { return whole_units(call, args[0], 1000, ret); }
BK_FN(durationNanoseconds) { return whole_units(call, args[0], 1, ret); }

int64_t fn_duration_round(int64_t d, int64_t m) {
    if (m <= 0) return d;
    uint64_t size = d < 0 ? 0 - (uint64_t)d : (uint64_t)d, rest = size % (uint64_t)m;
    bool down = rest * 2 < (uint64_t)m;
    uint64_t rounded = down ? size - rest : size - rest + (uint64_t)m;
    if (d < 0) return rounded > (uint64_t)INT64_MAX + 1 ? INT64_MIN : (int64_t)(0 - rounded);
    return rounded > INT64_MAX ? INT64_MAX : (int64_t)rounded;
}

static int64_t truncate_to(int64_t d, int64_t m) { return m <= 0 ? d : d - d % m; }

static bk_status snap(bk_call *call, const bk_value *args, int64_t (*to)(int64_t d, int64_t m), bk_value *ret) {
    int64_t ns = 0, unit = 0;
    bool ok = false;
    BK_TRY(forgiving(call, args[0], &ns, &ok));
    if (ok) {
        BK_TRY(forgiving(call, args[1], &unit, &ok));
        if (ok) ns = to(ns, unit);
    }
    *ret = duration_value(ns);
    return BK_OK;
}

BK_FN(durationRoundTo) { return snap(call, args, fn_duration_round, ret); }
BK_FN(durationTruncateTo) { return snap(call, args, truncate_to, ret); }

/* Sprig's: seconds as text or int64; anything else is 0. */
BK_FN(duration) {
    int64_t seconds = 0;
    if (args[0].type == BK_T_INT64) seconds = args[0].i;
    else if (args[0].type == BK_T_STRING && bk_parse_int(bk_value_str(args[0]), 10, &seconds) == BK_NUM_SYNTAX) seconds = 0;
    return fn_ret_duration_text(call, (int64_t)((uint64_t)seconds * SECOND), ret);
}
