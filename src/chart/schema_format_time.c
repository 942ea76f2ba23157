/* Formats of time: RFC 3339 as the validator reads it, which is not everywhere as the RFC has it. */
#include "base/num.h"
#include "chart/schema_format.h"
#include "text/gotime.h"

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

bk_status bk_format_date(bk_arena *arena, bk_str s, bk_err *err) {
    bk_time t;
    return bk_time_parse(arena, BK_S("2006-01-02"), s, NULL, &t, err);
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
