#include "data/toml_time.h"

#include "base/calendar.h"

/* ---- the calendar ---- */

typedef struct civil {
    int64_t year;
    unsigned month, day, hour, minute, second;
} civil;

static civil civil_of(int64_t seconds) {
    int64_t days = seconds / 86400, rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    bk_date date = bk_date_of_days(days);
    civil c = {.year = date.year, .month = date.month, .day = date.day};
    c.hour = (unsigned)(rest / 3600);
    c.minute = (unsigned)(rest / 60 % 60);
    c.second = (unsigned)(rest % 60);
    return c;
}

/* ---- reading ---- */

/* Exactly `digits` digits, a number up to most. */
static bool take(bk_str *s, unsigned digits, unsigned least, unsigned most, unsigned *ret) {
    if (s->n < digits) return false;
    *ret = 0;
    for (unsigned i = 0; i < digits; i++) {
        if (s->p[i] < '0' || s->p[i] > '9') return false;
        *ret = *ret * 10 + (unsigned)(s->p[i] - '0');
    }
    *s = bk_str_from(*s, digits);
    return *ret >= least && *ret <= most;
}

static bool take_byte(bk_str *s, char c) {
    if (s->n == 0 || s->p[0] != c) return false;
    *s = bk_str_from(*s, 1);
    return true;
}

static bool take_date(bk_str *s, int64_t *ret_days) {
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year, month, day;
    if (!take(s, 4, 0, 9999, &year) || !take_byte(s, '-') || !take(s, 2, 1, 12, &month) || !take_byte(s, '-') || !take(s, 2, 1, 31, &day))
        return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    *ret_days = bk_days_of_date((bk_date){year, month, day});
    return day <= lengths[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* hh:mm, :ss, a fraction. */
static bool take_clock(bk_str *s, bk_toml_time *t) {
    unsigned hour, minute, second = 0;
    if (!take(s, 2, 0, 23, &hour) || !take_byte(s, ':') || !take(s, 2, 0, 59, &minute)) return false;
    if (take_byte(s, ':')) {
        if (!take(s, 2, 0, 59, &second)) return false;
        if (s->n >= 2 && s->p[0] == '.' && s->p[1] >= '0' && s->p[1] <= '9') {
            uint32_t unit = 100000000;
            size_t i = 1;
            for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++, unit /= 10) t->nsec += unit * (uint32_t)(s->p[i] - '0');
            *s = bk_str_from(*s, i);
        }
    }
    t->seconds += (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
    return true;
}

static bool take_zone(bk_str *s, int32_t *ret) {
    unsigned hour, minute;
    *ret = 0;
    if (take_byte(s, 'Z')) return true;
    bool west = s->n && s->p[0] == '-';
    if (!west && (s->n == 0 || s->p[0] != '+')) return false;
    *s = bk_str_from(*s, 1);
    if (!take(s, 2, 0, 24, &hour) || !take_byte(s, ':') || !take(s, 2, 0, 60, &minute)) return false;
    *ret = (int32_t)(hour * 3600 + minute * 60);
    if (west) *ret = -*ret;
    return true;
}

bool bk_toml_time_parse(bk_str s, bk_toml_time *ret) {
    bk_toml_time t = {.kind = BK_TOML_LOCAL_TIME};
    int64_t days = bk_days_of_date((bk_date){0, 1, 1});
    if (s.n > 4 && s.p[4] == '-') {
        t.kind = BK_TOML_LOCAL_DATE;
        if (!take_date(&s, &days)) return false;
        if (s.n && !take_byte(&s, 'T')) return false;
        if (s.n) t.kind = BK_TOML_LOCAL_DATETIME;
        else if (s.p[-1] == 'T') return false;
    }
    t.seconds = days * 86400;
    if (t.kind != BK_TOML_LOCAL_DATE && !take_clock(&s, &t)) return false;
    if (t.kind == BK_TOML_LOCAL_DATETIME && s.n) {
        if (!take_zone(&s, &t.offset)) return false;
        t.kind = BK_TOML_ZONED;
        t.seconds -= t.offset;
    }
    *ret = t;
    return s.n == 0;
}

/* ---- writing ---- */

static void put_date(bk_buf *out, const civil *c) { bk_buf_printf(out, "%04d-%02u-%02u", (int)c->year, c->month, c->day); }

static void put_clock(bk_buf *out, const civil *c, uint32_t nsec) {
    bk_buf_printf(out, "%02u:%02u:%02u", c->hour, c->minute, c->second);
    if (!nsec) return;
    char digits[16];
    size_t n = 9;
    for (size_t i = 9; i > 0; i--, nsec /= 10) digits[i - 1] = (char)('0' + nsec % 10);
    while (digits[n - 1] == '0') n--;
    bk_buf_byte(out, '.');
    bk_buf_bytes(out, digits, n);
}

static void put_offset(bk_buf *out, int32_t offset, const char *between) {
    unsigned minutes = (unsigned)(offset < 0 ? -offset : offset) / 60;
    bk_buf_printf(out, "%c%02u%s%02u", offset < 0 ? '-' : '+', minutes / 60, between, minutes % 60);
}

/* RFC 3339 with nanoseconds. */
static void put_rfc3339(bk_buf *out, const bk_toml_time *t) {
    civil c = civil_of(t->seconds + t->offset);
    put_date(out, &c);
    bk_buf_byte(out, 'T');
    put_clock(out, &c, t->nsec);
    if (t->offset == 0) bk_buf_byte(out, 'Z');
    else put_offset(out, t->offset, ":");
}

void bk_toml_time_format(bk_buf *out, const bk_toml_time *t) {
    civil c = civil_of(t->seconds);
    if (t->kind == BK_TOML_ZONED) {
        put_rfc3339(out, t);
        return;
    }
    if (t->kind != BK_TOML_LOCAL_TIME) put_date(out, &c);
    if (t->kind == BK_TOML_LOCAL_DATETIME) bk_buf_byte(out, 'T');
    if (t->kind != BK_TOML_LOCAL_DATE) put_clock(out, &c, t->nsec);
}

/* ---- the class ---- */

static bk_status print(const bk_object *self, bk_buf *out, bk_err *err) {
    static const char *const names[] = {NULL, "datetime-local", "date-local", "time-local"};
    const bk_toml_time *t = self->data;
    civil c = civil_of(t->seconds + t->offset);
    put_date(out, &c);
    bk_buf_byte(out, ' ');
    put_clock(out, &c, t->nsec);
    bk_buf_byte(out, ' ');
    put_offset(out, t->offset, "");
    bk_buf_byte(out, ' ');
    if (t->kind != BK_TOML_ZONED) bk_buf_c(out, names[t->kind]);
    else if (t->offset == 0) bk_buf_c(out, "UTC");
    else put_offset(out, t->offset, "");
    return bk_buf_check(out, err);
}

static bk_status json(const bk_object *self, bk_arena *arena, bk_value *ret, bk_err *err) {
    const bk_toml_time *t = self->data;
    bk_buf out;
    if (t->offset <= -86400 || t->offset >= 86400)
        return bk_err_set(err, BK_ERR,
                          "json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: timezone hour outside of range [0,23]");
    bk_buf_init(&out, arena, 0);
    put_rfc3339(&out, t);
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_string(bk_buf_take(&out));
    return BK_OK;
}

static bk_status syntax(const bk_object *self, bk_buf *out, bk_err *err) {
    static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
    static const char *const zones[] = {"time.Location(\"\")", "time.Location(\"datetime-local\")", "time.Location(\"date-local\")",
                                        "time.Location(\"time-local\")"};
    const bk_toml_time *t = self->data;
    civil c = civil_of(t->seconds + t->offset);
    bk_buf_printf(out, "time.Date(%lld, time.%s, %d, %d, %d, %d, %lld, %s)", (long long)c.year, months[c.month - 1], (int)c.day,
                  (int)c.hour, (int)c.minute, (int)c.second, (long long)t->nsec,
                  t->kind == BK_TOML_ZONED && t->offset == 0 ? "time.UTC" : zones[t->kind]);
    return bk_buf_check(out, err);
}

const bk_class bk_toml_time_class = {.name = "time.Time", .print = print, .json = json, .syntax = syntax};

bk_value bk_toml_time_value(bk_arena *arena, bk_toml_time time) {
    bk_object *object = BK_NEW(arena, bk_object);
    bk_toml_time *data = BK_NEW(arena, bk_toml_time);
    if (object && data) {
        *data = time;
        *object = (bk_object){&bk_toml_time_class, data};
    }
    return bk_object_value(BK_T_STRUCT, data ? object : NULL);
}
