/* Instants from text. */
#include "base/duration.h"
#include "base/num.h"
#include "text/gotime.h"
#include "text/gotime_layout.h"
#include "value/gofmt.h"

/* What has been read so far; -1 where nothing was. */
typedef struct parser {
    bk_arena *arena;
    bk_str layout, text; /* as given */
    bk_str rest;         /* of the text */
    int64_t year;
    int month, day, yday, hour, minute, second, nsec;
    bool am, pm, utc, has_offset;
    int64_t offset;
    bk_str zone_name;
    const char *out_of_range; /* what is too big */
} parser;

/* ---- small readers: false when the text is no good ---- */

static bool is_digit(bk_str s, size_t at) { return at < s.n && s.p[at] >= '0' && s.p[at] <= '9'; }

/* One or two digits; with `fixed` two. */
static bool read_two(bk_str *s, bool fixed, int *ret) {
    *ret = 0;
    if (!is_digit(*s, 0) || (fixed && !is_digit(*s, 1))) return false;
    size_t n = is_digit(*s, 1) ? 2 : 1;
    for (size_t i = 0; i < n; i++) *ret = *ret * 10 + (s->p[i] - '0');
    *s = bk_str_from(*s, n);
    return true;
}

/* One to three digits; with `fixed` three. */
static bool read_three(bk_str *s, bool fixed, int *ret) {
    size_t n = 0;
    for (*ret = 0; n < 3 && is_digit(*s, n); n++) *ret = *ret * 10 + (s->p[n] - '0');
    if (n == 0 || (fixed && n != 3)) return false;
    *s = bk_str_from(*s, n);
    return true;
}

/* All of s: a sign perhaps, then digits, perhaps none. */
static bool whole_number(bk_str s, int64_t *ret) {
    bool negative = bk_str_starts(s, BK_S("-"));
    if (negative || bk_str_starts(s, BK_S("+"))) s = bk_str_from(s, 1);
    *ret = 0;
    while (s.n > 1 && s.p[0] == '0') s = bk_str_from(s, 1);
    for (size_t i = 0; i < s.n; i++) {
        if (!is_digit(s, i) || i >= 18) return false;
        *ret = *ret * 10 + (s.p[i] - '0');
    }
    if (negative) *ret = -*ret;
    return true;
}

/* The letters of a name, in any case, or its first three. */
static bool read_name(bk_str *s, const char *(*name_of)(int64_t), int first, int last, bool whole, int *ret) {
    for (int i = first; i <= last; i++) {
        bk_str name = bk_str_c(name_of(i));
        if (!whole) name.n = 3;
        if (s->n < name.n || !bk_str_eq_fold(bk_str_sub(*s, 0, name.n), name)) continue;
        *s = bk_str_from(*s, name.n);
        *ret = i;
        return true;
    }
    return false;
}

static bk_str cut_spaces(bk_str s) {
    while (s.n && s.p[0] == ' ') s = bk_str_from(s, 1);
    return s;
}

/* The text between elements; a run of spaces stands for any run, none included at the end. */
static bool skip(bk_str *s, bk_str prefix) {
    while (prefix.n) {
        if (prefix.p[0] == ' ') {
            if (s->n && s->p[0] != ' ') return false;
            prefix = cut_spaces(prefix);
            *s = cut_spaces(*s);
            continue;
        }
        if (s->n == 0 || s->p[0] != prefix.p[0]) return false;
        prefix = bk_str_from(prefix, 1);
        *s = bk_str_from(*s, 1);
    }
    return true;
}

/* ---- elements ---- */

static bool range(parser *p, bool good, const char *what) {
    if (!good) p->out_of_range = what;
    return true;
}

/* A point or comma and digits: n bytes of the rest. */
static bool read_fraction(parser *p, size_t n) {
    bk_str text = bk_str_sub(p->rest, 0, n > 10 ? 10 : n);
    int64_t v;
    if (p->rest.n == 0 || (p->rest.p[0] != '.' && p->rest.p[0] != ',') || !whole_number(bk_str_from(text, 1), &v)) return false;
    p->rest = bk_str_from(p->rest, n);
    if (v < 0) return range(p, false, "fractional second");
    for (size_t i = text.n; i < 10; i++) v *= 10;
    p->nsec = (int)v;
    return true;
}

/* Length of a fraction that stands at the start of s; 0 when there is none. */
static size_t fraction_length(bk_str s) {
    if (s.n < 2 || (s.p[0] != '.' && s.p[0] != ',') || !is_digit(s, 1)) return 0;
    size_t n = 2;
    while (is_digit(s, n)) n++;
    return n;
}

static bool read_second(parser *p, const bk_layout_item *item) {
    if (!read_two(&p->rest, item->kind == BK_LAYOUT_ZERO_SECOND, &p->second)) return false;
    if (p->second >= 60) return range(p, false, "second");
    /* A fraction may follow that the layout does not mention. */
    size_t n = fraction_length(p->rest);
    if (n == 0) return true;
    bk_layout_kind next = bk_layout_next(item->rest).kind;
    if (next == BK_LAYOUT_FRACTION_0 || next == BK_LAYOUT_FRACTION_9) return true;
    return read_fraction(p, n);
}

static bool read_pm(parser *p, const char *am, const char *pm) {
    bk_str word = bk_str_sub(p->rest, 0, 2);
    if (bk_str_eq(word, bk_str_c(pm))) p->pm = true;
    else if (bk_str_eq(word, bk_str_c(am))) p->am = true;
    else return false;
    p->rest = bk_str_from(p->rest, 2);
    return true;
}

static bool two_at(bk_str s, size_t at, int *ret) {
    bk_str digits = bk_str_sub(s, at, at + 2);
    return read_two(&digits, true, ret);
}

/* Z, or sign, hours, minutes, seconds as the element has them. */
static bool read_offset(parser *p, bk_layout_kind kind) {
    bk_str s = p->rest;
    if (bk_layout_is_iso(kind) && bk_str_starts(s, BK_S("Z"))) {
        p->rest = bk_str_from(s, 1);
        p->utc = true;
        return true;
    }
    size_t colon = bk_layout_has_colon(kind), length = 3;
    if (bk_layout_has_minutes(kind)) length += 2 + colon;
    if (bk_layout_has_seconds(kind)) length += 2 + colon;
    if (s.n < length || (colon && s.p[3] != ':') || (colon && length == 9 && s.p[6] != ':')) return false;
    int hours = 0, minutes = 0, seconds = 0;
    bool ok = two_at(s, 1, &hours);
    if (bk_layout_has_minutes(kind)) ok = ok && two_at(s, 3 + colon, &minutes);
    if (bk_layout_has_seconds(kind)) ok = ok && two_at(s, 5 + 2 * colon, &seconds);
    p->rest = bk_str_from(s, length);
    if (hours > 24) range(p, false, "time zone offset hour");
    if (minutes > 60) range(p, false, "time zone offset minute");
    if (seconds > 60) range(p, false, "time zone offset second");
    p->offset = (hours * 60 + minutes) * 60 + seconds;
    if (s.p[0] == '-') p->offset = -p->offset;
    p->has_offset = p->offset != -1; /* what Go takes for "none" */
    return ok && (s.p[0] == '+' || s.p[0] == '-');
}

/* Length of "+03" and the like, up to 23; 0 when it is none. */
static size_t signed_hours(bk_str s) {
    size_t n = 1;
    int64_t v;
    if (s.n < 2 || (s.p[0] != '+' && s.p[0] != '-')) return 0;
    while (is_digit(s, n)) n++;
    if (n == 1) return 0;
    return whole_number(bk_str_sub(s, 1, n), &v) && v <= 23 ? n : 0;
}

/* Length of something that looks like the abbreviation of a zone. */
static size_t abbreviation(bk_str s) {
    size_t upper = 0;
    if (s.n < 3) return 0;
    if (bk_str_starts(s, BK_S("ChST")) || bk_str_starts(s, BK_S("MeST"))) return 4;
    if (bk_str_starts(s, BK_S("GMT"))) return 3 + signed_hours(bk_str_from(s, 3));
    if (s.p[0] == '+' || s.p[0] == '-') return signed_hours(s);
    while (upper < 6 && upper < s.n && s.p[upper] >= 'A' && s.p[upper] <= 'Z') upper++;
    if (upper == 5) return s.p[4] == 'T' ? 5 : 0;
    if (upper == 4) return s.p[3] == 'T' || bk_str_starts(s, BK_S("WITA")) ? 4 : 0;
    return upper == 3 ? 3 : 0;
}

static bool read_zone(parser *p) {
    if (bk_str_starts(p->rest, BK_S("UTC"))) {
        p->rest = bk_str_from(p->rest, 3);
        p->utc = true;
        return true;
    }
    size_t n = abbreviation(p->rest);
    p->zone_name = bk_str_sub(p->rest, 0, n);
    p->rest = bk_str_from(p->rest, n);
    return n > 0;
}

static bool read_year(parser *p, size_t digits) {
    if (p->rest.n < digits || (digits == 4 && !is_digit(p->rest, 0))) return false;
    bk_str text = bk_str_sub(p->rest, 0, digits);
    p->rest = bk_str_from(p->rest, digits);
    if (!whole_number(text, &p->year)) return false;
    if (digits == 2) p->year += p->year >= 69 ? 1900 : 2000;
    return true;
}

static bool read_date_item(parser *p, bk_layout_kind kind) {
    int ignored;
    switch (kind) {
    case BK_LAYOUT_YEAR: return read_year(p, 2);
    case BK_LAYOUT_LONG_YEAR: return read_year(p, 4);
    case BK_LAYOUT_MONTH:
    case BK_LAYOUT_LONG_MONTH: return read_name(&p->rest, bk_fmt_month, 1, 12, kind == BK_LAYOUT_LONG_MONTH, &p->month);
    case BK_LAYOUT_NUM_MONTH:
    case BK_LAYOUT_ZERO_MONTH:
        return read_two(&p->rest, kind == BK_LAYOUT_ZERO_MONTH, &p->month) && range(p, p->month >= 1 && p->month <= 12, "month");
    case BK_LAYOUT_WEEKDAY:
    case BK_LAYOUT_LONG_WEEKDAY: return read_name(&p->rest, bk_fmt_weekday, 0, 6, kind == BK_LAYOUT_LONG_WEEKDAY, &ignored);
    case BK_LAYOUT_UNDER_DAY:
        if (bk_str_starts(p->rest, BK_S(" "))) p->rest = bk_str_from(p->rest, 1);
        return read_two(&p->rest, false, &p->day);
    case BK_LAYOUT_DAY:
    case BK_LAYOUT_ZERO_DAY: return read_two(&p->rest, kind == BK_LAYOUT_ZERO_DAY, &p->day);
    case BK_LAYOUT_UNDER_YEAR_DAY:
        for (int i = 0; i < 2 && bk_str_starts(p->rest, BK_S(" ")); i++) p->rest = bk_str_from(p->rest, 1);
        return read_three(&p->rest, false, &p->yday);
    case BK_LAYOUT_ZERO_YEAR_DAY: return read_three(&p->rest, true, &p->yday);
    default: return false;
    }
}

static bool read_item(parser *p, const bk_layout_item *item) {
    size_t n;
    bk_layout_kind kind = item->kind;
    if (bk_layout_is_offset(kind)) return read_offset(p, kind);
    switch (kind) {
    case BK_LAYOUT_HOUR: return read_two(&p->rest, false, &p->hour) && range(p, p->hour < 24, "hour");
    case BK_LAYOUT_HOUR_12:
    case BK_LAYOUT_ZERO_HOUR_12: return read_two(&p->rest, kind == BK_LAYOUT_ZERO_HOUR_12, &p->hour) && range(p, p->hour <= 12, "hour");
    case BK_LAYOUT_MINUTE:
    case BK_LAYOUT_ZERO_MINUTE: return read_two(&p->rest, kind == BK_LAYOUT_ZERO_MINUTE, &p->minute) && range(p, p->minute < 60, "minute");
    case BK_LAYOUT_SECOND:
    case BK_LAYOUT_ZERO_SECOND: return read_second(p, item);
    case BK_LAYOUT_PM: return read_pm(p, "AM", "PM");
    case BK_LAYOUT_pm: return read_pm(p, "am", "pm");
    case BK_LAYOUT_ZONE: return read_zone(p);
    case BK_LAYOUT_FRACTION_0: return p->rest.n >= 1 + item->digits && read_fraction(p, 1 + item->digits);
    case BK_LAYOUT_FRACTION_9: n = fraction_length(p->rest); return n == 0 || read_fraction(p, n);
    default: return read_date_item(p, kind);
    }
}

/* ---- the whole ---- */

/* `parsing time "<text>" as "<layout>": cannot parse "<found>" as "<element>"` */
static bk_status cannot_parse(const parser *p, bk_str element, bk_str found, bk_err *err) {
    const bk_str parts[] = {p->text, p->layout, found, element};
    static const char *const between[] = {"parsing time ", " as ", ": cannot parse ", " as "};
    bk_buf out;
    bk_buf_init(&out, NULL, 0);
    for (size_t i = 0; i < 4; i++) {
        bk_buf_c(&out, between[i]);
        bk_duration_quote(&out, parts[i]);
    }
    bk_status status = bk_err_set_str(err, BK_ERR, bk_buf_view(&out));
    bk_buf_release(&out);
    return status;
}

/* `parsing time "<text>": <what><why>`; without a reason the rest of the text stands there. */
static bk_status refuse(const parser *p, const char *what, const char *why, bk_err *err) {
    bk_buf out;
    bk_buf_init(&out, NULL, 0);
    bk_buf_c(&out, "parsing time ");
    bk_duration_quote(&out, p->text);
    bk_buf_c(&out, ": ");
    bk_buf_c(&out, what);
    if (why) bk_buf_c(&out, why);
    else bk_duration_quote(&out, p->rest);
    bk_status status = bk_err_set_str(err, BK_ERR, bk_buf_view(&out));
    bk_buf_release(&out);
    return status;
}

static bk_status read_all(parser *p, bk_err *err) {
    bk_str layout = p->layout;
    for (;;) {
        bk_layout_item item = bk_layout_next(layout);
        if (!skip(&p->rest, item.prefix)) return cannot_parse(p, item.prefix, p->rest, err);
        if (item.kind == BK_LAYOUT_END) return p->rest.n ? refuse(p, "extra text: ", NULL, err) : BK_OK;
        layout = item.rest;
        bk_str found = p->rest;
        bool ok = read_item(p, &item);
        if (p->out_of_range) return refuse(p, p->out_of_range, " out of range", err);
        if (!ok) return cannot_parse(p, item.text, found, err);
    }
}

static bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

/* Month and day of the day of the year, which must not contradict those that were read. */
static bk_status settle_yday(parser *p, bk_err *err) {
    int yday = p->yday, month = 0, day = 29;
    bool leap_day = is_leap(p->year) && yday == 31 + 29;
    if (is_leap(p->year) && yday > 31 + 29) yday--;
    if (yday < 1 || yday > 365) return refuse(p, "day-of-year", " out of range", err);
    if (leap_day) {
        month = 2;
    } else {
        while (before[month] < yday) month++;
        day = yday - before[month - 1];
    }
    if (p->month >= 0 && p->month != month) return refuse(p, "day-of-year", " does not match month", err);
    if (p->day >= 0 && p->day != day) return refuse(p, "day-of-year", " does not match day", err);
    p->month = month;
    p->day = day;
    return BK_OK;
}

static bk_status settle_date(parser *p, bk_err *err) {
    if (p->pm && p->hour < 12) p->hour += 12;
    else if (p->am && p->hour == 12) p->hour = 0;
    if (p->yday >= 0) {
        BK_TRY(settle_yday(p, err));
    } else {
        if (p->month < 0) p->month = 1;
        if (p->day < 0) p->day = 1;
    }
    int days = p->month == 2 ? 28 + is_leap(p->year) : before[p->month] - before[p->month - 1];
    return p->day < 1 || p->day > days ? refuse(p, "day", " out of range", err) : BK_OK;
}

/* An offset or an abbreviation of the zone itself keeps the zone; any other makes one of its own. */
static bool settle_zone(const parser *p, const bk_date *date, const bk_zone *zone, bk_time *ret) {
    bk_time t = bk_time_make(date, NULL);
    int64_t offset = p->offset, hours;
    if (p->has_offset) {
        t = bk_time_add(t, -offset * 1000000000);
        bk_zone_period period = bk_zone_lookup(zone, bk_time_to_unix(t));
        if (period.offset == offset && (p->zone_name.n == 0 || bk_str_eq(period.name, p->zone_name))) {
            *ret = bk_time_in(t, zone);
            return true;
        }
    } else if (bk_zone_offset_of(zone, p->zone_name, bk_time_to_unix(t), &offset)) {
        *ret = bk_time_in(bk_time_add(t, -offset * 1000000000), zone);
        return true;
    } else {
        offset = 0;
        if (bk_str_starts(p->zone_name, BK_S("GMT")) && whole_number(bk_str_from(p->zone_name, 3), &hours)) offset = hours * 3600;
    }
    const bk_zone *fixed = bk_zone_fixed(p->arena, p->zone_name, offset);
    *ret = bk_time_in(t, fixed);
    return fixed != NULL;
}

bk_status bk_time_parse(bk_arena *arena, bk_str layout, bk_str text, const bk_zone *zone, bk_time *ret, bk_err *err) {
    parser p = {.arena = arena, .layout = layout, .text = text, .rest = text, .month = -1, .day = -1, .yday = -1};
    BK_TRY(read_all(&p, err));
    BK_TRY(settle_date(&p, err));
    const bk_date date = {
        .year = p.year, .month = p.month, .day = p.day, .hour = p.hour, .minute = p.minute, .second = p.second, .nsec = p.nsec};
    if (p.utc) *ret = bk_time_make(&date, NULL);
    else if (!p.has_offset && p.zone_name.n == 0) *ret = bk_time_make(&date, zone);
    else if (!settle_zone(&p, &date, zone, ret)) return bk_arena_fail(arena, err);
    return BK_OK;
}
