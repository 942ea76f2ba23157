/* dates.c: Sprig's functions on dates. What is no date stands for the render's time. */
#include "base/duration.h"
#include "sprig/durations.h"
#include "sprig/fn.h"
#include "sprig/times.h"

BK_FN(now) {
    bk_time now;
    BK_TRY(fn_now(call, &now));
    return fn_ret_time(call, now, ret);
}

/* A time, Unix seconds in one of the types that the function takes, or the render's time. */
static bk_status to_time(bk_call *call, bk_value v, bool take_int32, bk_time *ret) {
    if (fn_value_time(call, v, ret)) return BK_OK;
    bool seconds = v.type == BK_T_INT || v.type == BK_T_INT64 || (take_int32 && v.type == BK_T_INT32);
    if (!seconds) return fn_now(call, ret);
    *ret = bk_time_unix(v.i, 0, NULL);
    return BK_OK;
}

static bk_status format_in(bk_call *call, bk_str layout, bk_value date, bk_str zone_name, bk_value *ret) {
    bk_time t;
    const bk_zone *zone;
    BK_TRY(to_time(call, date, true, &t));
    BK_TRY(fn_zone(call, zone_name, &zone));
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    bk_time_format(&out, bk_time_in(t, zone), layout);
    return fn_ret_buf(call, &out, ret);
}

#define HTML_LAYOUT BK_S("2006-01-02")

BK_FN(date) { return format_in(call, fn_str(args, 0), args[1], BK_S("Local"), ret); }
BK_FN(dateInZone) { return format_in(call, fn_str(args, 0), args[1], fn_str(args, 2), ret); }
BK_FN(htmlDate) { return format_in(call, HTML_LAYOUT, args[0], BK_S("Local"), ret); }
BK_FN(htmlDateInZone) { return format_in(call, HTML_LAYOUT, args[0], fn_str(args, 1), ret); }

BK_FN(mustDateModify) {
    bk_time t;
    int64_t ns;
    if (!fn_value_time(call, args[1], &t)) return bk_err_internal(call->err, "not a time");
    BK_TRY(bk_duration_parse(fn_str(args, 0), &ns, call->err));
    return fn_ret_time(call, bk_time_add(t, ns), ret);
}

BK_FN(dateModify) {
    bk_status status = bk_sprig_mustDateModify(call, args, argc, ret);
    if (!fn_forgive(call, status)) return status;
    *ret = args[1];
    return BK_OK;
}

BK_FN(mustToDate) {
    bk_time now, t;
    BK_TRY(fn_now(call, &now));
    BK_TRY(bk_time_parse(call->arena, fn_str(args, 0), fn_str(args, 1), now.zone, &t, call->err));
    return fn_ret_time(call, t, ret);
}

BK_FN(toDate) {
    bk_status status = bk_sprig_mustToDate(call, args, argc, ret);
    return fn_forgive(call, status) ? fn_ret_time(call, (bk_time){0, 0, NULL}, ret) : status;
}

BK_FN(unixEpoch) {
    bk_time t;
    char *p;
    if (!fn_value_time(call, args[0], &t)) return bk_err_internal(call->err, "not a time");
    BK_TRY(fn_bytes(call, BK_INT_TEXT, &p));
    return fn_ret_str(ret, bk_str_of(p, bk_format_int(bk_time_to_unix(t), p)));
}

/* How long ago the time was. */
static bk_status since(bk_call *call, bk_time t, int64_t *ret) {
    bk_time now;
    BK_TRY(fn_now(call, &now));
    *ret = bk_time_sub(now, t);
    return BK_OK;
}

BK_FN(ago) {
    bk_time t;
    int64_t ns;
    BK_TRY(to_time(call, args[0], false, &t));
    BK_TRY(since(call, t, &ns));
    return fn_ret_duration_text(call, fn_duration_round(ns, 1000000000), ret);
}

/* One number and its unit, the largest of which there is more than one. */
static bk_status round_text(bk_call *call, uint64_t ns, bk_value *ret) {
    static const struct {
        uint64_t seconds;
        const char *name;
    } units[] = {{31536000, "y"}, {2592000, "mo"}, {86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}};
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    for (size_t i = 0; i < BK_COUNT(units) && out.n == 0; i++) {
        uint64_t unit = units[i].seconds * 1000000000;
        if (ns <= unit) continue;
        bk_buf_uint(&out, ns / unit);
        bk_buf_c(&out, units[i].name);
    }
    if (out.n == 0) bk_buf_c(&out, "0s");
    return fn_ret_buf(call, &out, ret);
}

BK_FN(durationRound) {
    bk_time t;
    int64_t ns = 0;
    if (args[0].type == BK_T_STRING) {
        bk_status status = bk_duration_parse(fn_str(args, 0), &ns, call->err);
        if (fn_forgive(call, status)) ns = 0;
        else BK_TRY(status);
    } else if (args[0].type == BK_T_INT64) {
        ns = args[0].i;
    } else if (fn_value_time(call, args[0], &t)) {
        BK_TRY(since(call, t, &ns));
    }
    return round_text(call, ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns, ret);
}
