/* Time zones: TZif files, and the rule for the future at their end. */
#include <limits.h>

#include "text/gotime.h"

#define HOUR 3600
#define DAY 86400

typedef struct local_type {
    bk_str name;
    int32_t offset;
    bool dst;
} local_type;

typedef struct transition {
    int64_t when;
    uint8_t type;
} transition;

struct bk_zone {
    bk_str name;
    const local_type *types; /* at least one */
    const transition *transitions;
    size_t type_count, transition_count;
    bk_str rule; /* for times behind the last transition: "CET-1CEST,M3.5.0,M10.5.0/3"; may be empty */
};

/* ---- TZif ---- */

typedef struct reader {
    bk_str rest;
    bool failed;
} reader;

static bk_str take(reader *r, uint64_t n) {
    if (r->failed || n > r->rest.n) {
        r->failed = true;
        return (bk_str){NULL, 0};
    }
    bk_str taken = bk_str_sub(r->rest, 0, (size_t)n);
    r->rest = bk_str_from(r->rest, (size_t)n);
    return taken;
}

static uint64_t big_endian(const char *p, int n) {
    uint64_t v = 0;
    for (int i = 0; i < n; i++) v = v << 8 | (unsigned char)p[i];
    return v;
}

enum { UT_COUNT, STD_COUNT, LEAP_COUNT, TIME_COUNT, TYPE_COUNT, CHAR_COUNT, COUNTS };

static void take_counts(reader *r, uint64_t counts[COUNTS]) {
    bk_str bytes = take(r, 4 * COUNTS);
    for (int i = 0; i < COUNTS; i++) counts[i] = r->failed ? 0 : big_endian(bytes.p + 4 * i, 4);
}

/* Sections of the file that matter. */
typedef struct sections {
    bk_str times, indexes, types, names, rule;
    int time_size;
} sections;

static bool take_sections(bk_str tzif, sections *ret) {
    reader r = {.rest = tzif};
    uint64_t n[COUNTS];
    bk_str head = take(&r, 20);
    if (r.failed || !bk_str_starts(head, BK_S("TZif")) || (head.p[4] != 0 && head.p[4] != '2' && head.p[4] != '3')) return false;
    take_counts(&r, n);
    ret->time_size = 4;
    if (head.p[4] != 0) { /* the same again with 64-bit times, which is the one to read */
        take(&r, n[TIME_COUNT] * 5 + n[TYPE_COUNT] * 6 + n[CHAR_COUNT] + n[LEAP_COUNT] * 8 + n[STD_COUNT] + n[UT_COUNT] + 20);
        take_counts(&r, n);
        ret->time_size = 8;
    }
    ret->times = take(&r, n[TIME_COUNT] * (uint64_t)ret->time_size);
    ret->indexes = take(&r, n[TIME_COUNT]);
    ret->types = take(&r, n[TYPE_COUNT] * 6);
    ret->names = take(&r, n[CHAR_COUNT]);
    take(&r, n[LEAP_COUNT] * (uint64_t)(ret->time_size + 4));
    take(&r, n[STD_COUNT]);
    take(&r, n[UT_COUNT]);
    ret->rule = r.rest;
    return !r.failed && n[TYPE_COUNT] > 0;
}

static bool read_types(const sections *s, local_type *types) {
    for (size_t i = 0; i < s->types.n / 6; i++) {
        const char *p = s->types.p + 6 * i;
        size_t at = (unsigned char)p[5];
        if (at >= s->names.n) return false;
        bk_str name = bk_str_from(s->names, at);
        size_t end = bk_str_find_byte(name, 0);
        types[i].name = bk_str_sub(name, 0, end);
        types[i].offset = (int32_t)(uint32_t)big_endian(p, 4);
        types[i].dst = p[4] != 0;
    }
    return true;
}

static bool read_transitions(const sections *s, transition *transitions) {
    for (size_t i = 0; i < s->indexes.n; i++) {
        const char *p = s->times.p + i * (size_t)s->time_size;
        transitions[i].when = s->time_size == 8 ? (int64_t)big_endian(p, 8) : (int32_t)(uint32_t)big_endian(p, 4);
        transitions[i].type = (uint8_t)s->indexes.p[i];
        if (transitions[i].type >= s->types.n / 6) return false;
    }
    return true;
}

bk_status bk_zone_parse(bk_arena *arena, bk_str name, bk_str tzif, const bk_zone **ret, bk_err *err) {
    sections s;
    if (!take_sections(tzif, &s)) return bk_err_set(err, BK_ERR, "malformed time zone information");
    size_t types = s.types.n / 6, times = s.indexes.n;
    bk_zone *zone = BK_NEW(arena, bk_zone);
    local_type *type = BK_NEW_ARRAY(arena, local_type, types);
    transition *transitions = BK_NEW_ARRAY(arena, transition, times + 1);
    if (!zone || !type || !transitions) return bk_arena_fail(arena, err);
    if (!read_types(&s, type) || !read_transitions(&s, transitions)) return bk_err_set(err, BK_ERR, "malformed time zone information");
    if (times == 0) transitions[times++] = (transition){.when = INT64_MIN};
    *zone = (bk_zone){.name = name, .types = type, .transitions = transitions, .type_count = types, .transition_count = times};
    if (s.rule.n > 2 && s.rule.p[0] == '\n' && s.rule.p[s.rule.n - 1] == '\n') zone->rule = bk_str_sub(s.rule, 1, s.rule.n - 1);
    *ret = zone;
    return BK_OK;
}

const bk_zone *bk_zone_fixed(bk_arena *arena, bk_str name, int64_t offset) {
    struct {
        bk_zone zone;
        local_type type;
        transition always;
    } *made = bk_arena_alloc(arena, sizeof *made);
    if (!made) return NULL;
    made->type = (local_type){.name = name, .offset = (int32_t)offset};
    made->always = (transition){.when = INT64_MIN};
    made->zone = (bk_zone){.name = name, .types = &made->type, .transitions = &made->always, .type_count = 1, .transition_count = 1};
    return &made->zone;
}

bk_str bk_zone_name(const bk_zone *zone) { return zone ? zone->name : BK_S("UTC"); }

bool bk_zone_name_valid(bk_str name) {
    return !bk_str_contains(name, BK_S("..")) && !bk_str_starts(name, BK_S("/")) && !bk_str_starts(name, BK_S("\\"));
}

/* ---- the rule for the future: a POSIX TZ string. Each reader moves *s on, and says false when it cannot ---- */

typedef struct change {
    enum { JULIAN, DAY_OF_YEAR, MONTH_WEEK_DAY } kind;
    int day, week, month;
    int64_t time; /* seconds into the day */
} change;

static bool read_number(bk_str *s, int min, int max, int *ret) {
    int n = 0;
    size_t i = 0;
    for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
        n = n * 10 + (s->p[i] - '0');
        if (n > max) return false;
    }
    *s = bk_str_from(*s, i);
    *ret = n;
    return i > 0 && n >= min;
}

static bool read_char(bk_str *s, char c) {
    if (s->n == 0 || s->p[0] != c) return false;
    *s = bk_str_from(*s, 1);
    return true;
}

static bool read_name(bk_str *s, bk_str *ret) {
    if (read_char(s, '<')) return bk_str_cut(*s, BK_S(">"), ret, s);
    size_t i = 0;
    while (i < s->n && !(s->p[i] >= '0' && s->p[i] <= '9') && !strchr(",-+", s->p[i] ? s->p[i] : 'x')) i++;
    *ret = bk_str_sub(*s, 0, i);
    *s = bk_str_from(*s, i);
    return i >= 3;
}

/* [+-]hours[:minutes[:seconds]] */
static bool read_offset(bk_str *s, int64_t *ret) {
    int hours, minutes = 0, seconds = 0;
    bool negative = read_char(s, '-');
    if (!negative) read_char(s, '+');
    if (!read_number(s, 0, 24 * 7, &hours)) return false;
    if (read_char(s, ':')) {
        if (!read_number(s, 0, 59, &minutes)) return false;
        if (read_char(s, ':') && !read_number(s, 0, 59, &seconds)) return false;
    }
    int64_t offset = hours * HOUR + minutes * 60 + seconds;
    *ret = negative ? -offset : offset;
    return true;
}

static bool read_change(bk_str *s, change *c) {
    bool ok;
    *c = (change){.kind = DAY_OF_YEAR, .time = 2 * HOUR};
    if (read_char(s, 'J')) {
        c->kind = JULIAN;
        ok = read_number(s, 1, 365, &c->day);
    } else if (read_char(s, 'M')) {
        c->kind = MONTH_WEEK_DAY;
        ok = read_number(s, 1, 12, &c->month) && read_char(s, '.') && read_number(s, 1, 5, &c->week) && read_char(s, '.') &&
             read_number(s, 0, 6, &c->day);
    } else {
        ok = read_number(s, 0, 365, &c->day);
    }
    if (ok && read_char(s, '/')) ok = read_offset(s, &c->time);
    return ok;
}

typedef struct rule {
    bk_str std_name, dst_name;
    int64_t std_offset, dst_offset;
    bool has_dst;
    change start, end;
} rule;

static bool read_rule(bk_str s, rule *r) {
    *r = (rule){.has_dst = false};
    if (!read_name(&s, &r->std_name) || !read_offset(&s, &r->std_offset)) return false;
    r->std_offset = -r->std_offset; /* the text counts west of Greenwich */
    if (s.n == 0 || s.p[0] == ',') return true;
    r->has_dst = true;
    if (!read_name(&s, &r->dst_name)) return false;
    if (s.n == 0 || s.p[0] == ',') {
        r->dst_offset = r->std_offset + HOUR;
    } else {
        if (!read_offset(&s, &r->dst_offset)) return false;
        r->dst_offset = -r->dst_offset;
    }
    if (s.n == 0) s = BK_S(",M3.2.0,M11.1.0");
    if (!read_char(&s, ',') && !read_char(&s, ';')) return false;
    return read_change(&s, &r->start) && read_char(&s, ',') && read_change(&s, &r->end) && s.n == 0;
}

static bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

/* Day of the year, from 0, of a change "Mm.w.d": the w-th (5: last) weekday d of a month. */
static int64_t day_of_change(int64_t year, const change *c) {
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    int64_t m = (c->month + 9) % 12 + 1, y = c->month <= 2 ? year - 1 : year, century = y / 100, in_century = y % 100;
    int64_t first =
        ((26 * m - 2) / 10 + 1 + in_century + in_century / 4 + century / 4 - 2 * century) % 7; /* weekday of the month's first day */
    if (first < 0) first += 7;
    int64_t d = c->day - first;
    if (d < 0) d += 7;
    int length = c->month == 2 ? 28 + is_leap(year) : before[c->month] - before[c->month - 1];
    for (int i = 1; i < c->week && d + 7 < length; i++) d += 7;
    return d + before[c->month - 1] + (is_leap(year) && c->month > 2);
}

/* Seconds from the start of the year (UTC) to a change; `offset` is what holds before it. */
static int64_t time_of_change(int64_t year, const change *c, int64_t offset) {
    int64_t day = c->kind == MONTH_WEEK_DAY ? day_of_change(year, c)
                  : c->kind == JULIAN       ? c->day - 1 + (is_leap(year) && c->day >= 60)
                                            : c->day;
    return day * DAY + c->time - offset;
}

/* What the rule says for an instant behind the last transition; false when there is no sense in it. */
static bool apply_rule(bk_str text, int64_t last, int64_t sec, bk_zone_period *ret) {
    rule r;
    if (!read_rule(text, &r)) return false;
    *ret = (bk_zone_period){.name = r.std_name, .offset = r.std_offset, .start = last, .end = INT64_MAX};
    if (!r.has_dst) return true;
    bk_date date = bk_time_date(bk_time_unix(sec, 0, NULL));
    int64_t in_year = (int64_t)(date.yday - 1) * DAY + sec % DAY, year_start = (int64_t)((uint64_t)sec - (uint64_t)in_year);
    int64_t start = time_of_change(date.year, &r.start, r.std_offset), end = time_of_change(date.year, &r.end, r.dst_offset);
    bool south = end < start; /* summer spans the turn of the year */
    int64_t first = south ? end : start, second = south ? start : end;
    bool dst = (in_year >= first && in_year < second) != south;
    if (dst) {
        ret->name = r.dst_name;
        ret->offset = r.dst_offset;
        ret->dst = true;
    }
    /* Good enough next to a change, which is where it matters. */
    ret->start = (int64_t)((uint64_t)year_start + (uint64_t)(in_year < first ? 0 : in_year < second ? first : second));
    ret->end = (int64_t)((uint64_t)year_start + (uint64_t)(in_year < first ? first : in_year < second ? second : (int64_t)365 * DAY));
    return true;
}

/* ---- look-ups ---- */

/* What held before the first transition: the first type if no transition leads to it, else standard time. */
static const local_type *first_type(const bk_zone *zone) {
    bool used = false;
    for (size_t i = 0; i < zone->transition_count; i++) used = used || zone->transitions[i].type == 0;
    if (!used) return &zone->types[0];
    size_t next = zone->transitions[0].type;
    if (zone->types[next].dst)
        for (size_t i = next; i-- > 0;)
            if (!zone->types[i].dst) return &zone->types[i];
    for (size_t i = 0; i < zone->type_count; i++)
        if (!zone->types[i].dst) return &zone->types[i];
    return &zone->types[0];
}

static bk_zone_period period_of(const local_type *type, int64_t start, int64_t end) {
    return (bk_zone_period){.name = type->name, .offset = type->offset, .start = start, .end = end, .dst = type->dst};
}

bk_zone_period bk_zone_lookup(const bk_zone *zone, int64_t sec) {
    if (!zone) return (bk_zone_period){.name = BK_S("UTC"), .start = INT64_MIN, .end = INT64_MAX};
    const transition *t = zone->transitions;
    if (sec < t[0].when) return period_of(first_type(zone), INT64_MIN, t[0].when);
    size_t low = 0, high = zone->transition_count;
    int64_t end = INT64_MAX;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (sec < t[middle].when) {
            end = t[middle].when;
            high = middle;
        } else {
            low = middle;
        }
    }
    bk_zone_period by_rule;
    if (low + 1 == zone->transition_count && zone->rule.n && apply_rule(zone->rule, t[low].when, sec, &by_rule)) return by_rule;
    return period_of(&zone->types[t[low].type], t[low].when, end);
}

bool bk_zone_offset_of(const bk_zone *zone, bk_str abbreviation, int64_t sec, int64_t *ret) {
    const local_type *found = NULL;
    for (size_t i = 0; zone && i < zone->type_count; i++) {
        const local_type *type = &zone->types[i];
        if (!bk_str_eq(type->name, abbreviation)) continue;
        if (!found) found = type;
        bk_zone_period period = bk_zone_lookup(zone, (int64_t)((uint64_t)sec - (uint64_t)(int64_t)type->offset));
        if (!bk_str_eq(period.name, abbreviation)) continue;
        *ret = period.offset;
        return true;
    }
    if (found) *ret = found->offset;
    return found != NULL;
}
