/* times.c: time.Time as templates see it, with its methods; methods of durations, months and weekdays; the clock and the zones. */
#include "sprig/times.h"

#include "data/toml_time.h"
#include "sprig/durations.h"
#include "sprig/effects.h"
#include "sprig/fn.h"
#include "sprig/sprig.h"
#include "value/gofmt.h"

/* ---- clock and zones ---- */

bk_status fn_now(bk_call *call, bk_time *ret) {
    bk_sprig_env *env = bk_sprig_env_of(call);
    if (!env->have_clock) {
        bk_value answer;
        bk_call keeping = fn_keeping(call);
        bk_status status = bk_fx_ask(&keeping, BK_FX_CLOCK, NULL, 0, &answer);
        /* A clock that fails is not a date that fails: no function may hide it. */
        if (status == BK_ERR) status = call->err->code = BK_ERR_IO;
        BK_TRY(status);
        if (answer.kind != BK_MAP) return bk_err_internal(call->err, "the clock's answer is not a map");
        bk_value *sec = bk_map_get(answer.map, BK_S("unix")), *nsec = bk_map_get(answer.map, BK_S("nsec"));
        bk_value *tzif = bk_map_get(answer.map, BK_S("tzif"));
        if (!sec || sec->kind != BK_INT || !nsec || nsec->kind != BK_INT) return bk_err_internal(call->err, "the clock has no time");
        const bk_zone *zone = NULL;
        if (tzif && tzif->kind == BK_STRING) {
            bk_str name = bk_map_str(answer.map, "zone", BK_S("Local"));
            status = bk_zone_parse(keeping.arena, name, bk_value_str(*tzif), &zone, call->err);
            if (fn_forgive(call, status)) zone = NULL;
            else BK_TRY(status);
        }
        env->now = bk_time_unix(sec->i, nsec->i, zone);
        env->have_clock = true;
    }
    *ret = env->now;
    return BK_OK;
}

/* A zone of the database; NULL when there is none of that name. */
static bk_status load_zone(bk_call *call, bk_str name, const bk_zone **ret) {
    *ret = NULL;
    if (!bk_zone_name_valid(name)) return BK_OK;
    bk_fx_arg ask[] = {{"name", bk_string(name)}};
    bk_value answer;
    bk_status status = bk_fx_ask(call, BK_FX_ZONEINFO, ask, BK_COUNT(ask), &answer);
    if (status == BK_OK && answer.kind == BK_STRING) status = bk_zone_parse(call->arena, name, bk_value_str(answer), ret, call->err);
    if (!fn_forgive(call, status)) return status;
    *ret = NULL;
    return BK_OK;
}

bk_status fn_zone(bk_call *call, bk_str name, const bk_zone **ret) {
    bk_sprig_env *env = bk_sprig_env_of(call);
    *ret = NULL;
    if (name.n == 0 || bk_str_eq(name, BK_S("UTC"))) return BK_OK;
    if (bk_str_eq(name, BK_S("Local"))) {
        bk_time now;
        BK_TRY(fn_now(call, &now));
        *ret = now.zone;
        return BK_OK;
    }
    bk_value *known = bk_map_get(env->zones, name);
    if (known) {
        *ret = known->kind == BK_OBJECT ? known->object->data : NULL;
        return BK_OK;
    }
    bk_call keeping = fn_keeping(call);
    if (!bk_arena_dup(keeping.arena, name, &name)) return bk_call_nomem(&keeping);
    BK_TRY(load_zone(&keeping, name, ret));
    if (!env->zones) env->zones = bk_map_new(keeping.arena, 0);
    bk_object *object = BK_NEW(keeping.arena, bk_object);
    if (!env->zones || !object) return bk_call_nomem(&keeping);
    object->data = (void *)*ret;
    bk_value v = *ret ? bk_object_value(BK_T_POINTER, object) : bk_nil();
    return bk_map_set(env->zones, name, v) ? BK_OK : bk_call_nomem(&keeping);
}

bool fn_value_time(bk_call *call, bk_value v, bk_time *ret) {
    if (bk_value_time(v, ret)) return true;
    if (v.kind != BK_OBJECT || !v.object || v.type == BK_T_FUNC || v.object->class != &bk_toml_time_class) return false;
    static const char *const zones[] = {"", "datetime-local", "date-local", "time-local"}; /* by bk_toml_time_kind */
    const bk_toml_time *t = v.object->data;
    bool utc = t->kind == BK_TOML_ZONED && t->offset == 0;
    const bk_zone *zone = utc ? NULL : bk_zone_fixed(call->arena, bk_str_c(zones[t->kind]), t->offset);
    *ret = bk_time_unix(t->seconds, t->nsec, zone);
    return true;
}

/* ---- methods of time.Time ---- */

#define METHOD(id) static bk_status id(BK_UNUSED bk_call *call, const bk_value *args, BK_UNUSED size_t argc, bk_value *ret)

/* The executor has checked the types of receiver and arguments. */
static bk_time time_of(bk_call *call, const bk_value *v) {
    bk_time t = {0, 0, NULL};
    (void)fn_value_time(call, *v, &t);
    return t;
}

static bk_status ret_int(bk_value *ret, int64_t i) {
    *ret = bk_int(i);
    return BK_OK;
}

METHOD(time_year) { return ret_int(ret, bk_time_date(time_of(call, args)).year); }
METHOD(time_day) { return ret_int(ret, bk_time_date(time_of(call, args)).day); }
METHOD(time_hour) { return ret_int(ret, bk_time_date(time_of(call, args)).hour); }
METHOD(time_minute) { return ret_int(ret, bk_time_date(time_of(call, args)).minute); }
METHOD(time_second) { return ret_int(ret, bk_time_date(time_of(call, args)).second); }
METHOD(time_nanosecond) { return ret_int(ret, time_of(call, args).nsec); }
METHOD(time_year_day) { return ret_int(ret, bk_time_date(time_of(call, args)).yday); }

METHOD(time_month) {
    *ret = bk_int_typed(BK_T_MONTH, bk_time_date(time_of(call, args)).month);
    return BK_OK;
}

METHOD(time_weekday) {
    *ret = bk_int_typed(BK_T_WEEKDAY, bk_time_date(time_of(call, args)).weekday);
    return BK_OK;
}

/* Unix time in parts of a second; wraps around as Go's does. */
static bk_status unix_in(bk_call *call, const bk_value *args, int64_t per_second, bk_value *ret) {
    bk_time t = time_of(call, args);
    uint64_t part = (uint64_t)(t.nsec / (1000000000 / per_second));
    return fn_ret_int64(ret, (int64_t)((uint64_t)bk_time_to_unix(t) * (uint64_t)per_second + part));
}

METHOD(time_unix) { return fn_ret_int64(ret, bk_time_to_unix(time_of(call, args))); }
METHOD(time_unix_milli) { return unix_in(call, args, 1000, ret); }
METHOD(time_unix_micro) { return unix_in(call, args, 1000000, ret); }
METHOD(time_unix_nano) { return unix_in(call, args, 1000000000, ret); }

METHOD(time_is_zero) {
    bk_time t = time_of(call, args);
    return fn_ret_bool(ret, t.sec == 0 && t.nsec == 0);
}

METHOD(time_is_dst) {
    bk_time t = time_of(call, args);
    return fn_ret_bool(ret, bk_zone_lookup(t.zone, bk_time_to_unix(t)).dst);
}

METHOD(time_after) { return fn_ret_bool(ret, bk_time_cmp(time_of(call, args), time_of(call, args + 1)) > 0); }
METHOD(time_before) { return fn_ret_bool(ret, bk_time_cmp(time_of(call, args), time_of(call, args + 1)) < 0); }
METHOD(time_equal) { return fn_ret_bool(ret, bk_time_cmp(time_of(call, args), time_of(call, args + 1)) == 0); }

METHOD(time_compare) {
    int order = bk_time_cmp(time_of(call, args), time_of(call, args + 1));
    return ret_int(ret, order < 0 ? -1 : order > 0);
}

METHOD(time_sub) {
    *ret = bk_int_typed(BK_T_DURATION, bk_time_sub(time_of(call, args), time_of(call, args + 1)));
    return BK_OK;
}

METHOD(time_add) { return fn_ret_time(call, bk_time_add(time_of(call, args), args[1].i), ret); }
METHOD(time_round) { return fn_ret_time(call, bk_time_round(time_of(call, args), args[1].i), ret); }
METHOD(time_truncate) { return fn_ret_time(call, bk_time_truncate(time_of(call, args), args[1].i), ret); }
METHOD(time_utc) { return fn_ret_time(call, bk_time_in(time_of(call, args), NULL), ret); }
METHOD(time_add_date) { return fn_ret_time(call, bk_time_add_date(time_of(call, args), args[1].i, args[2].i, args[3].i), ret); }

METHOD(time_local) {
    bk_time now = {0};
    BK_TRY(fn_now(call, &now));
    return fn_ret_time(call, bk_time_in(time_of(call, args), now.zone), ret);
}

METHOD(time_location) { return fn_ret_str(ret, bk_zone_name(time_of(call, args).zone)); }

METHOD(time_string) {
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    bk_time_print(&out, time_of(call, args));
    return fn_ret_buf(call, &out, ret);
}

METHOD(time_format) {
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    bk_time_format(&out, time_of(call, args), fn_str(args, 1));
    return fn_ret_buf(call, &out, ret);
}

static const bk_func time_methods[] = {
    {"Format", "s:s", time_format},
    {"Unix", ":l", time_unix},
    {"UnixNano", ":l", time_unix_nano},
    {"UnixMilli", ":l", time_unix_milli},
    {"UnixMicro", ":l", time_unix_micro},
    {"Year", ":i", time_year},
    {"Month", ":i", time_month},
    {"Day", ":i", time_day},
    {"Hour", ":i", time_hour},
    {"Minute", ":i", time_minute},
    {"Second", ":i", time_second},
    {"Nanosecond", ":i", time_nanosecond},
    {"YearDay", ":i", time_year_day},
    {"Weekday", ":i", time_weekday},
    {"Add", "D:t", time_add},
    {"AddDate", "iii:t", time_add_date},
    {"Sub", "t:D", time_sub},
    {"After", "t:b", time_after},
    {"Before", "t:b", time_before},
    {"Equal", "t:b", time_equal},
    {"Compare", "t:i", time_compare},
    {"Round", "D:t", time_round},
    {"Truncate", "D:t", time_truncate},
    {"UTC", ":t", time_utc},
    {"Local", ":t", time_local},
    {"Location", ":s", time_location},
    {"IsZero", ":b", time_is_zero},
    {"IsDST", ":b", time_is_dst},
    {"String", ":s", time_string},
};

static bool time_field(BK_UNUSED const bk_object *self, bk_arena *arena, bk_str name, bk_value *ret) {
    if (!bk_str_eq(name, BK_S("wall")) && !bk_str_eq(name, BK_S("ext")) && !bk_str_eq(name, BK_S("loc")))
        return bk_method_field(time_methods, BK_COUNT(time_methods), arena, name, ret);
    *ret = bk_object_value(BK_T_FUNC, NULL);
    return true;
}

/* Zones are equal when they are the same object; of zones without a name Go keeps one for each whole hour. */
static bool same_zone(const bk_zone *a, const bk_zone *b) {
    if (a == b || !a || !b) return a == b;
    int64_t offset = bk_zone_lookup(a, 0).offset;
    bool kept = bk_zone_name(a).n == 0 && bk_zone_name(b).n == 0 && offset % 3600 == 0 && offset >= -12 * 3600 && offset <= 14 * 3600;
    return kept && offset == bk_zone_lookup(b, 0).offset;
}

static bool same_time(const bk_object *a, const bk_object *b) {
    const bk_time *x = a->data, *y = b->data;
    return bk_time_cmp(*x, *y) == 0 && same_zone(x->zone, y->zone);
}

static const bk_class time_class = {
    .name = "time.Time",
    .print = bk_time_object_print,
    .field = time_field,
    .json = bk_time_object_json,
    .equal = same_time,
    .syntax = bk_time_object_syntax,
};

bk_status fn_ret_time(bk_call *call, bk_time t, bk_value *ret) {
    return bk_time_value(call->arena, &time_class, t, ret) ? BK_OK : bk_call_nomem(call);
}

/* ---- methods of durations, months and weekdays ---- */

METHOD(duration_abs) {
    int64_t ns = args[0].i;
    *ret = bk_int_typed(BK_T_DURATION, ns == INT64_MIN ? INT64_MAX : ns < 0 ? -ns : ns);
    return BK_OK;
}

METHOD(duration_round) {
    *ret = bk_int_typed(BK_T_DURATION, fn_duration_round(args[0].i, args[1].i));
    return BK_OK;
}

METHOD(duration_string) { return fn_ret_duration_text(call, args[0].i, ret); }

static const bk_func duration_methods[] = {
    {"Seconds", ":d", bk_sprig_durationSeconds},
    {"Minutes", ":d", bk_sprig_durationMinutes},
    {"Hours", ":d", bk_sprig_durationHours},
    {"Milliseconds", ":l", bk_sprig_durationMilliseconds},
    {"Microseconds", ":l", bk_sprig_durationMicroseconds},
    {"Nanoseconds", ":l", bk_sprig_durationNanoseconds},
    {"Round", "D:D", duration_round},
    {"Truncate", "D:D", bk_sprig_durationTruncateTo},
    {"Abs", ":D", duration_abs},
    {"String", ":s", duration_string},
};

METHOD(named_string) {
    bk_str text;
    BK_TRY(fn_text(call, args[0], &text));
    return fn_ret_str(ret, text);
}

static const bk_func named_methods[] = {{"String", ":s", named_string}};

void bk_sprig_set_methods(bk_tmpl_set *set) {
    bk_tmpl_set_methods(set, BK_T_DURATION, duration_methods, BK_COUNT(duration_methods));
    bk_tmpl_set_methods(set, BK_T_MONTH, named_methods, BK_COUNT(named_methods));
    bk_tmpl_set_methods(set, BK_T_WEEKDAY, named_methods, BK_COUNT(named_methods));
}
