#include "text/gotime.h"

#include "value/gofmt.h"

#define SECOND 1000000000
#define DAY 86400
/* The calendar counts from March 1 of a year so early that all counts are positive. It is a multiple of 400. */
#define FIRST_YEAR 292277022400ull
/* From there to January 1 of the year 1. March to December have 306 days. */
#define FIRST_TO_YEAR_1 ((FIRST_YEAR / 400 * 146097 + 306) * DAY)
#define YEAR_1_TO_1970 ((1969 * 365ull + 1969 / 4 - 1969 / 100 + 1969 / 400) * DAY)

/* ---- the calendar. Sums wrap around, as Go's do: the arithmetic is modulo 2^64 ---- */

static int64_t wrap_add(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }

/* Days from the first March 1 to a date; the day may be out of range. */
static uint64_t days_of(int64_t year, int month, int64_t day) {
    bool early = month < 3; /* January and February belong to the year before */
    uint64_t y = (uint64_t)year - early + FIRST_YEAR, m = (uint64_t)(early ? month + 12 : month);
    uint64_t yday = (153 * m - 457) / 5, cday = 1461 * (y % 100) / 4;
    return 146097 * (y / 100) / 4 + cday + yday + (uint64_t)day - 1;
}

static void set_day(bk_date *d, uint64_t days) {
    uint64_t n = 4 * days + 3, century = n / 146097;
    uint64_t in_century = n % 146097 | 3, cyear = in_century / 1461, yday = in_century % 1461 / 4; /* from March 1 */
    uint64_t k = 5 * yday + 461, month = k / 153;
    bool early = yday >= 306, leap = cyear % 4 == 0 && (cyear != 0 || century % 4 == 0);
    d->year = (int64_t)(century * 100 - FIRST_YEAR + cyear + early);
    d->month = (int)month - (early ? 12 : 0);
    d->day = (int)(k % 153 / 5) + 1;
    d->yday = early ? (int)yday - 305 : (int)yday + 60 + leap;
    d->weekday = (int)((days + 3) % 7); /* the first day was a Wednesday */
}

bk_date bk_time_date(bk_time t) {
    bk_date d;
    int64_t offset = t.zone ? bk_zone_lookup(t.zone, bk_time_to_unix(t)).offset : 0;
    uint64_t seconds = (uint64_t)t.sec + (uint64_t)offset + FIRST_TO_YEAR_1;
    set_day(&d, seconds / DAY);
    int clock = (int)(seconds % DAY);
    d.hour = clock / 3600;
    d.minute = clock / 60 % 60;
    d.second = clock % 60;
    d.nsec = t.nsec;
    return d;
}

/* Carries what is beyond `base` in *low over to *high. */
static void carry(int64_t *high, int64_t *low, int64_t base) {
    int64_t n = *low / base;
    *low %= base;
    if (*low < 0) {
        *low += base;
        n--;
    }
    *high = wrap_add(*high, n);
}

static bk_time make(int64_t year, int64_t month, int64_t day, const bk_date *clock, const bk_zone *zone) {
    int64_t hour = clock->hour, minute = clock->minute, second = clock->second, nsec = clock->nsec, m = month - 1;
    carry(&year, &m, 12);
    carry(&second, &nsec, SECOND);
    carry(&minute, &second, 60);
    carry(&hour, &minute, 60);
    carry(&day, &hour, 24);
    uint64_t seconds = days_of(year, (int)m + 1, day) * DAY + (uint64_t)(hour * 3600 + minute * 60 + second);
    int64_t unix_seconds = (int64_t)(seconds - FIRST_TO_YEAR_1 - YEAR_1_TO_1970);
    /* The zone is looked up as if this were UTC; near a change that may be the wrong side of it. */
    bk_zone_period period = bk_zone_lookup(zone, unix_seconds);
    if (period.offset != 0) {
        int64_t utc = wrap_add(unix_seconds, -period.offset);
        if (utc < period.start || utc >= period.end) period = bk_zone_lookup(zone, utc);
        unix_seconds = wrap_add(unix_seconds, -period.offset);
    }
    return bk_time_unix(unix_seconds, nsec, zone);
}

bk_time bk_time_make(const bk_date *date, const bk_zone *zone) { return make(date->year, date->month, date->day, date, zone); }

bk_time bk_time_add_date(bk_time t, int64_t years, int64_t months, int64_t days) {
    bk_date d = bk_time_date(t);
    return make(wrap_add(d.year, years), wrap_add(d.month, months), wrap_add(d.day, days), &d, t.zone);
}

/* ---- instants ---- */

bk_time bk_time_unix(int64_t sec, int64_t nsec, const bk_zone *zone) {
    carry(&sec, &nsec, SECOND);
    return (bk_time){.sec = (int64_t)((uint64_t)sec + YEAR_1_TO_1970), .nsec = (int32_t)nsec, .zone = zone};
}

int64_t bk_time_to_unix(bk_time t) { return (int64_t)((uint64_t)t.sec - YEAR_1_TO_1970); }

bk_time bk_time_add(bk_time t, int64_t duration) {
    int64_t sec = duration / SECOND, nsec = t.nsec + duration % SECOND;
    carry(&sec, &nsec, SECOND);
    t.nsec = (int32_t)nsec;
    if (__builtin_add_overflow(t.sec, sec, &t.sec)) t.sec = sec > 0 ? INT64_MAX : -INT64_MAX;
    return t;
}

int bk_time_cmp(bk_time t, bk_time u) {
    if (t.sec != u.sec) return t.sec < u.sec ? -1 : 1;
    return (t.nsec > u.nsec) - (t.nsec < u.nsec);
}

int64_t bk_time_sub(bk_time t, bk_time u) {
    int64_t sec, d;
    bool over = __builtin_sub_overflow(t.sec, u.sec, &sec);
    over = __builtin_mul_overflow(sec, (int64_t)SECOND, &d) || over;
    over = __builtin_add_overflow(d, (int64_t)t.nsec - u.nsec, &d) || over;
    if (!over || bk_time_cmp(bk_time_add(u, d), t) == 0) return d;
    return bk_time_cmp(t, u) < 0 ? INT64_MIN : INT64_MAX;
}

/* t modulo d, counted from the zero time; d > 0. */
static int64_t modulo(bk_time t, int64_t d) {
    bool negative = t.sec < 0;
    uint64_t sec = negative ? 0 - (uint64_t)t.sec : (uint64_t)t.sec;
    int64_t nsec = negative ? -t.nsec : t.nsec;
    if (nsec < 0) {
        nsec += SECOND;
        sec--;
    }
    unsigned __int128 whole = (unsigned __int128)sec * SECOND + (uint64_t)nsec;
    int64_t r = (int64_t)(whole % (uint64_t)d);
    return negative && r != 0 ? d - r : r;
}

bk_time bk_time_truncate(bk_time t, int64_t duration) { return duration <= 0 ? t : bk_time_add(t, -modulo(t, duration)); }

bk_time bk_time_round(bk_time t, int64_t duration) {
    if (duration <= 0) return t;
    int64_t r = modulo(t, duration);
    return bk_time_add(t, (uint64_t)r * 2 < (uint64_t)duration ? -r : duration - r);
}

/* ---- values ---- */

void bk_time_print(bk_buf *out, bk_time t) { bk_time_format(out, t, BK_S("2006-01-02 15:04:05.999999999 -0700 MST")); }

bk_status bk_time_object_print(const bk_object *self, bk_buf *out, bk_err *err) {
    (void)err;
    bk_time_print(out, *(const bk_time *)self->data);
    return BK_OK;
}

bk_status bk_time_object_json(const bk_object *self, bk_arena *arena, bk_value *ret, bk_err *err) {
    static const char failed[] = "json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: ";
    bk_time t = *(const bk_time *)self->data;
    bk_date d = bk_time_date(t);
    int64_t offset = bk_zone_lookup(t.zone, bk_time_to_unix(t)).offset;
    if (d.year < 0 || d.year > 9999) return bk_err_set(err, BK_ERR, "%syear outside of range [0,9999]", failed);
    if (offset <= -DAY || offset >= DAY) return bk_err_set(err, BK_ERR, "%stimezone hour outside of range [0,23]", failed);
    bk_buf out;
    bk_buf_init(&out, arena, 0);
    bk_time_format(&out, t, BK_TIME_RFC3339_NANO);
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_string(bk_buf_take(&out));
    return BK_OK;
}

void bk_time_syntax(bk_buf *out, bk_time t) {
    static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
    bk_date d = bk_time_date(t);
    bk_buf_printf(out, "time.Date(%lld, time.%s, %d, %d, %d, %d, %lld, ", (long long)d.year, months[d.month - 1], d.day, d.hour, d.minute,
                  d.second, (long long)t.nsec);
    if (!t.zone) {
        bk_buf_c(out, "time.UTC)");
    } else if (bk_str_eq(bk_zone_name(t.zone), BK_S("Local"))) {
        bk_buf_c(out, "time.Local)");
    } else {
        bk_buf_c(out, "time.Location(");
        bk_fmt_quote(out, bk_zone_name(t.zone));
        bk_buf_c(out, "))");
    }
}

bk_status bk_time_object_syntax(const bk_object *self, bk_buf *out, bk_err *err) {
    bk_time_syntax(out, *(const bk_time *)self->data);
    return bk_buf_check(out, err);
}

const bk_class bk_time_class = {
    .name = "time.Time", .print = bk_time_object_print, .json = bk_time_object_json, .syntax = bk_time_object_syntax};

bool bk_time_value(bk_arena *arena, const bk_class *class, bk_time t, bk_value *ret) {
    struct {
        bk_object object;
        bk_time time;
    } *made = bk_arena_alloc(arena, sizeof *made);
    if (!made) return false;
    made->time = t;
    made->object = (bk_object){.class = class, .data = &made->time};
    *ret = bk_object_value(BK_T_STRUCT, &made->object);
    return true;
}

bool bk_value_time(bk_value v, bk_time *ret) {
    if (v.kind != BK_OBJECT || !v.object || v.type == BK_T_FUNC || v.object->class->print != bk_time_object_print) return false;
    *ret = *(const bk_time *)v.object->data;
    return true;
}
