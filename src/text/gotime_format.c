/* Layouts, and instants as text. */
#include "base/num.h"
#include "text/gotime.h"
#include "text/gotime_layout.h"
#include "value/gofmt.h"

/* ---- layouts ---- */

static const struct {
    bk_str text;
    bk_layout_kind kind;
} elements[] = {
#define BK_LAYOUT(id, text) {{text, sizeof text - 1}, BK_LAYOUT_##id},
#include "text/gotime_layout.def"
#undef BK_LAYOUT
};

static bool is_digit(bk_str s, size_t at) { return at < s.n && s.p[at] >= '0' && s.p[at] <= '9'; }

static bk_layout_item item_at(bk_str layout, size_t at, size_t n, bk_layout_kind kind) {
    return (bk_layout_item){
        .prefix = bk_str_sub(layout, 0, at), .text = bk_str_sub(layout, at, at + n), .rest = bk_str_from(layout, at + n), .kind = kind};
}

/* A point or comma, then zeros or nines, and no digit behind them. */
static bool fraction_at(bk_str layout, size_t at, bk_layout_item *ret) {
    size_t end = at + 1;
    if (!is_digit(layout, end) || (layout.p[end] != '0' && layout.p[end] != '9')) return false;
    char digit = layout.p[end];
    while (end < layout.n && layout.p[end] == digit) end++;
    if (is_digit(layout, end)) return false;
    *ret = item_at(layout, at, end - at, digit == '0' ? BK_LAYOUT_FRACTION_0 : BK_LAYOUT_FRACTION_9);
    ret->digits = (unsigned)(end - at - 1) & 0xFFF; /* Go packs it into 12 bits */
    return true;
}

static bool element_at(bk_str layout, size_t at, bk_layout_item *ret) {
    bk_str rest = bk_str_from(layout, at);
    for (size_t i = 0; i < BK_COUNT(elements); i++) {
        bk_layout_kind kind = elements[i].kind;
        size_t n = elements[i].text.n;
        if (elements[i].text.p[0] != rest.p[0] || !bk_str_starts(rest, elements[i].text)) continue;
        /* "Month" is not "Mon" and a rest. */
        bool word = kind == BK_LAYOUT_MONTH || kind == BK_LAYOUT_WEEKDAY;
        if (word && n < rest.n && rest.p[n] >= 'a' && rest.p[n] <= 'z') continue;
        /* "_2006" is a "_" and a year. */
        if (kind == BK_LAYOUT_UNDER_DAY && bk_str_starts(rest, BK_S("_2006"))) *ret = item_at(layout, at + 1, 4, BK_LAYOUT_LONG_YEAR);
        else *ret = item_at(layout, at, n, kind);
        return true;
    }
    return false;
}

bk_layout_item bk_layout_next(bk_str layout) {
    bk_layout_item item;
    for (size_t at = 0; at < layout.n; at++) {
        char c = layout.p[at];
        if (c == '.' || c == ',') {
            if (fraction_at(layout, at, &item)) return item;
        } else if (c && strchr("JM012_345Pp-Z", c) && element_at(layout, at, &item)) {
            return item;
        }
    }
    return item_at(layout, layout.n, 0, BK_LAYOUT_END);
}

/* ---- formatting ---- */

/* Decimal digits, with zeros in front up to the width, which the sign is not part of. */
static void put_int(bk_buf *out, int64_t v, size_t width) {
    char text[BK_INT_TEXT];
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    size_t n = bk_format_uint(u, text);
    if (v < 0) bk_buf_byte(out, '-');
    if (n < width) bk_buf_fill(out, '0', width - n);
    bk_buf_bytes(out, text, n);
}

static void put_fraction(bk_buf *out, const bk_layout_item *item, int nsec) {
    bool trim = item->kind == BK_LAYOUT_FRACTION_9;
    if (trim && (item->digits == 0 || nsec == 0)) return;
    size_t start = out->n;
    bk_buf_byte(out, item->text.p[0]);
    put_int(out, nsec, 9);
    if (!bk_buf_ok(out)) return;
    if (item->digits < 9) bk_buf_cut(out, start + 1 + item->digits);
    if (!trim) return;
    while (out->n > start && out->p[out->n - 1] == '0') bk_buf_cut(out, out->n - 1);
    if (out->n == start + 1) bk_buf_cut(out, start);
}

static void put_offset(bk_buf *out, int64_t offset, bk_layout_kind kind) {
    int64_t zone = offset / 60, seconds = offset;
    if (offset == 0 && bk_layout_is_iso(kind)) {
        bk_buf_byte(out, 'Z');
        return;
    }
    bk_buf_byte(out, zone < 0 ? '-' : '+');
    if (zone < 0) {
        zone = -zone;
        seconds = -seconds;
    }
    put_int(out, zone / 60, 2);
    if (bk_layout_has_colon(kind)) bk_buf_byte(out, ':');
    if (bk_layout_has_minutes(kind)) put_int(out, zone % 60, 2);
    if (!bk_layout_has_seconds(kind)) return;
    if (bk_layout_has_colon(kind)) bk_buf_byte(out, ':');
    put_int(out, seconds % 60, 2);
}

static void put_name(bk_buf *out, const char *name, bool whole) { bk_buf_bytes(out, name, whole ? strlen(name) : 3); }

static void put_date_item(bk_buf *out, const bk_date *d, bk_layout_kind kind) {
    switch (kind) {
    case BK_LAYOUT_YEAR: put_int(out, (d->year < 0 ? -d->year : d->year) % 100, 2); break;
    case BK_LAYOUT_LONG_YEAR: put_int(out, d->year, 4); break;
    case BK_LAYOUT_MONTH:
    case BK_LAYOUT_LONG_MONTH: put_name(out, bk_fmt_month(d->month), kind == BK_LAYOUT_LONG_MONTH); break;
    case BK_LAYOUT_NUM_MONTH: put_int(out, d->month, 0); break;
    case BK_LAYOUT_ZERO_MONTH: put_int(out, d->month, 2); break;
    case BK_LAYOUT_WEEKDAY:
    case BK_LAYOUT_LONG_WEEKDAY: put_name(out, bk_fmt_weekday(d->weekday), kind == BK_LAYOUT_LONG_WEEKDAY); break;
    case BK_LAYOUT_UNDER_DAY:
        if (d->day < 10) bk_buf_byte(out, ' ');
        put_int(out, d->day, 0);
        break;
    case BK_LAYOUT_DAY: put_int(out, d->day, 0); break;
    case BK_LAYOUT_ZERO_DAY: put_int(out, d->day, 2); break;
    case BK_LAYOUT_UNDER_YEAR_DAY:
        bk_buf_fill(out, ' ', d->yday < 10 ? 2 : d->yday < 100);
        put_int(out, d->yday, 0);
        break;
    case BK_LAYOUT_ZERO_YEAR_DAY: put_int(out, d->yday, 3); break;
    default: break;
    }
}

static void put_clock_item(bk_buf *out, const bk_date *d, bk_layout_kind kind) {
    int twelve = d->hour % 12 ? d->hour % 12 : 12;
    switch (kind) {
    case BK_LAYOUT_HOUR: put_int(out, d->hour, 2); break;
    case BK_LAYOUT_HOUR_12: put_int(out, twelve, 0); break;
    case BK_LAYOUT_ZERO_HOUR_12: put_int(out, twelve, 2); break;
    case BK_LAYOUT_MINUTE: put_int(out, d->minute, 0); break;
    case BK_LAYOUT_ZERO_MINUTE: put_int(out, d->minute, 2); break;
    case BK_LAYOUT_SECOND: put_int(out, d->second, 0); break;
    case BK_LAYOUT_ZERO_SECOND: put_int(out, d->second, 2); break;
    case BK_LAYOUT_PM: bk_buf_c(out, d->hour >= 12 ? "PM" : "AM"); break;
    case BK_LAYOUT_pm: bk_buf_c(out, d->hour >= 12 ? "pm" : "am"); break;
    default: put_date_item(out, d, kind);
    }
}

void bk_time_format(bk_buf *out, bk_time t, bk_str layout) {
    bk_zone_period zone = bk_zone_lookup(t.zone, bk_time_to_unix(t));
    bk_date date = bk_time_date(t);
    while (layout.n && bk_buf_ok(out)) {
        bk_layout_item item = bk_layout_next(layout);
        bk_buf_str(out, item.prefix);
        layout = item.rest;
        if (item.kind == BK_LAYOUT_END) break;
        if (item.kind == BK_LAYOUT_FRACTION_0 || item.kind == BK_LAYOUT_FRACTION_9) put_fraction(out, &item, t.nsec);
        else if (bk_layout_is_offset(item.kind)) put_offset(out, zone.offset, item.kind);
        else if (item.kind == BK_LAYOUT_ZONE && zone.name.n) bk_buf_str(out, zone.name);
        else if (item.kind == BK_LAYOUT_ZONE) put_offset(out, zone.offset, BK_LAYOUT_NUM);
        else put_clock_item(out, &date, item.kind);
    }
}
