/* Formats of time: RFC 3339 as the validator reads it, which is not everywhere as the RFC has it. */
#include "base/num.h"
#include "chart/schema_format.h"
#include "value/gofmt.h"

#define FAIL(...) return bk_err_set(err, BK_ERR, __VA_ARGS__)

static bool is_digit(char c) { return (unsigned char)(c - '0') < 10; }

static size_t count_digits(bk_str s) {
    size_t n = 0;
    while (n < s.n && is_digit(s.p[n])) n++;
    return n;
}

static bk_status week(bk_str s, bk_err *err) {
    if (s.n == 0) FAIL("no number in week");
    if (count_digits(s) < s.n) FAIL("invalid week");
    return BK_OK;
}

/* Numbers with units, in the order of `units`. */
static bk_status elements(bk_arena *arena, bk_str s, const char *all_units, bk_err *err) {
    const char *units = all_units;
    while (s.n) {
        size_t n = count_digits(s);
        if (n == 0) FAIL("missing number");
        if (n == s.n) FAIL("missing unit");
        char unit = s.p[n];
        const char *at = unit ? strchr(units, unit) : NULL;
        if (!at) {
            bk_str shown = bk_format_rune(arena, (unsigned char)unit);
            if (unit && strchr(all_units, unit)) FAIL("unit %.*s out of order", BK_FMT(shown));
            FAIL("invalid unit %.*s", BK_FMT(shown));
        }
        units = at + 1;
        s = bk_str_from(s, n + 1);
    }
    return BK_OK;
}

bk_status bk_format_duration(bk_arena *arena, bk_str s, bk_err *err) {
    static const char *const units[] = {"YMD", "HMS"};
    if (!bk_str_starts(s, BK_S("P"))) FAIL("must start with P");
    s = bk_str_from(s, 1);
    if (s.n == 0) FAIL("nothing after P");
    if (bk_str_ends(s, BK_S("W"))) return week(bk_str_sub(s, 0, s.n - 1), err);
    bool more = true;
    for (size_t i = 0; more; i++) {
        bk_str part;
        more = bk_str_cut(s, BK_S("T"), &part, &s);
        if (i > 0 && part.n == 0) FAIL("no time elements");
        if (i >= BK_COUNT(units)) FAIL("more than one T");
        BK_TRY(elements(arena, part, units[i], err));
    }
    return BK_OK;
}

/* Numbers of two characters with a colon between. strconv.Atoi takes a sign. */
static bool read_pairs(bk_str s, size_t count, int64_t *ret, bool *ret_negative) {
    *ret_negative = false;
    for (size_t i = 0; i < count; i++) {
        if (bk_parse_int(bk_str_sub(s, 3 * i, 3 * i + 2), 10, &ret[i]) != BK_NUM_OK) return false;
        if (ret[i] < 0) {
            *ret_negative = true;
            return true;
        }
    }
    return true;
}

/* The offset's minutes to add to the local time. */
static bk_status read_offset(bk_str s, int64_t *ret, bk_err *err) {
    int64_t hm[2];
    bool negative;
    *ret = 0;
    if (bk_str_eq_fold(s, BK_S("z"))) return BK_OK;
    if (s.n != 6) FAIL("offset must be 6 characters long");
    if (s.p[0] != '+' && s.p[0] != '-') FAIL("offset must begin with plus/minus");
    int sign = s.p[0] == '+' ? -1 : 1;
    s = bk_str_from(s, 1);
    if (s.p[2] != ':') FAIL("missing colon in offset in correct place");
    if (!read_pairs(s, 2, hm, &negative)) FAIL("invalid hour/min in offset");
    if (negative) FAIL("non-positive hour/min in offset");
    if (hm[0] > 23 || hm[1] > 59) FAIL("hour/min in offset out of range");
    *ret = sign * (hm[0] * 60 + hm[1]);
    return BK_OK;
}

bk_status bk_format_time(bk_arena *arena, bk_str s, bk_err *err) {
    int64_t hms[3], offset;
    bool negative;
    (void)arena;
    if (s.n < 9) FAIL("less than 9 characters long");
    if (s.p[2] != ':' || s.p[5] != ':') FAIL("missing colon in correct place");
    if (!read_pairs(s, 3, hms, &negative)) FAIL("invalid hour/min/sec");
    if (negative) FAIL("non-positive hour/min/sec");
    if (hms[0] > 23 || hms[1] > 59 || hms[2] > 60) FAIL("hour/min/sec out of range");
    s = bk_str_from(s, 8);
    if (bk_str_starts(s, BK_S("."))) {
        size_t n = count_digits(bk_str_from(s, 1));
        if (n == 0) FAIL("no digits in second fraction");
        s = bk_str_from(s, n + 1);
    }
    BK_TRY(read_offset(s, &offset, err));
    int64_t minutes = hms[0] * 60 + hms[1] + offset;
    if (minutes < 0) minutes += 24 * 60;
    if (hms[2] >= 60 && minutes != 23 * 60 + 59) FAIL("invalid leap second");
    return BK_OK;
}

/* ---- date: Go's time.Parse with "2006-01-02" ---- */

/* Package time's own quoting: what is not ASCII or not printable goes byte by byte. */
static bk_str quoted(bk_arena *arena, bk_str s) {
    static const char hex[] = "0123456789abcdef";
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    bk_buf_byte(&b, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x80 || c < ' ') {
            bk_buf_bytes(&b, (char[]){'\\', 'x', hex[c >> 4], hex[c & 15]}, 4);
        } else {
            if (c == '"' || c == '\\') bk_buf_byte(&b, '\\');
            bk_buf_byte(&b, (char)c);
        }
    }
    bk_buf_byte(&b, '"');
    return bk_buf_view(&b);
}

/* `at` is where in s the part of the layout should be. */
static bk_status not_a_date(bk_arena *arena, bk_str s, size_t at, const char *part, bk_err *err) {
    FAIL("parsing time %.*s as \"2006-01-02\": cannot parse %.*s as \"%s\"", BK_FMT(quoted(arena, s)), BK_FMT(quoted(arena, bk_str_from(s, at))), part);
}

static int64_t days_in(int64_t month, int64_t year) {
    if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bk_status bk_format_date(bk_arena *arena, bk_str s, bk_err *err) {
    int64_t year, month, day;
    if (s.n < 4 || count_digits(s) < 4) return not_a_date(arena, s, 0, "2006", err);
    if (s.n < 5 || s.p[4] != '-') return not_a_date(arena, s, 4, "-", err);
    if (count_digits(bk_str_sub(s, 5, 7)) < 2) return not_a_date(arena, s, 5, "01", err);
    (void)bk_parse_int(bk_str_sub(s, 0, 4), 10, &year);
    (void)bk_parse_int(bk_str_sub(s, 5, 7), 10, &month);
    if (month < 1 || month > 12) FAIL("parsing time %.*s: month out of range", BK_FMT(quoted(arena, s)));
    if (s.n < 8 || s.p[7] != '-') return not_a_date(arena, s, 7, "-", err);
    if (count_digits(bk_str_sub(s, 8, 10)) < 2) return not_a_date(arena, s, 8, "02", err);
    (void)bk_parse_int(bk_str_sub(s, 8, 10), 10, &day);
    if (s.n > 10) FAIL("parsing time %.*s: extra text: %.*s", BK_FMT(quoted(arena, s)), BK_FMT(quoted(arena, bk_str_from(s, 10))));
    if (day < 1 || day > days_in(month, year)) FAIL("parsing time %.*s: day out of range", BK_FMT(quoted(arena, s)));
    return BK_OK;
}

static bk_status within(bk_status s, const char *what, bk_err *err) { return s == BK_ERR ? bk_err_wrap(err, "%s", what) : s; }

bk_status bk_format_date_time(bk_arena *arena, bk_str s, bk_err *err) {
    if (s.n < 20) FAIL("less than 20 characters long");
    if (s.p[10] != 't' && s.p[10] != 'T') FAIL("11th character must be t or T");
    BK_TRY(within(bk_format_date(arena, bk_str_sub(s, 0, 10), err), "invalid date element", err));
    return within(bk_format_time(arena, bk_str_from(s, 11), err), "invalid time element", err);
}

bk_status bk_format_period(bk_arena *arena, bk_str s, bk_err *err) {
    bk_str start, end;
    if (!bk_str_cut(s, BK_S("/"), &start, &end)) FAIL("missing slash");
    if (bk_str_starts(start, BK_S("P"))) {
        BK_TRY(within(bk_format_duration(arena, start, err), "invalid start duration", err));
        return within(bk_format_date_time(arena, end, err), "invalid end date-time", err);
    }
    BK_TRY(within(bk_format_date_time(arena, start, err), "invalid start date-time", err));
    if (bk_str_starts(end, BK_S("P"))) return within(bk_format_duration(arena, end, err), "invalid end duration", err);
    return within(bk_format_date_time(arena, end, err), "invalid end date-time", err);
}
