/* gotime_layout.h: the language of layouts. Not for others: include text/gotime.h. */
#ifndef BK_TEXT_GOTIME_LAYOUT_H
#define BK_TEXT_GOTIME_LAYOUT_H

#include "base/str.h"

/* BK_LAYOUT(id, how the reference time writes it). Of two that fit the one listed first is meant. */
#define BK_LAYOUTS(X)                                                                                             \
    X(LONG_MONTH, "January") X(MONTH, "Jan") X(LONG_WEEKDAY, "Monday") X(WEEKDAY, "Mon") X(ZONE, "MST")            \
    X(ZERO_MONTH, "01") X(ZERO_DAY, "02") X(ZERO_HOUR_12, "03") X(ZERO_MINUTE, "04") X(ZERO_SECOND, "05")          \
    X(YEAR, "06") X(ZERO_YEAR_DAY, "002") X(HOUR, "15") X(NUM_MONTH, "1") X(LONG_YEAR, "2006") X(DAY, "2")         \
    X(UNDER_DAY, "_2") X(UNDER_YEAR_DAY, "__2") X(HOUR_12, "3") X(MINUTE, "4") X(SECOND, "5") X(PM, "PM") X(pm, "pm") \
    X(NUM_SECONDS, "-070000") X(NUM_COLON_SECONDS, "-07:00:00") X(NUM, "-0700") X(NUM_COLON, "-07:00") X(NUM_SHORT, "-07") \
    X(ISO_SECONDS, "Z070000") X(ISO_COLON_SECONDS, "Z07:00:00") X(ISO, "Z0700") X(ISO_COLON, "Z07:00") X(ISO_SHORT, "Z07")

typedef enum bk_layout_kind {
    BK_LAYOUT_END, /* nothing but text is left */
#define X(id, text) BK_LAYOUT_##id,
    BK_LAYOUTS(X)
#undef X
    BK_LAYOUT_FRACTION_0, /* .000 */
    BK_LAYOUT_FRACTION_9, /* .999: trailing zeros omitted */
} bk_layout_kind;

/* One element of a layout. */
typedef struct bk_layout_item {
    bk_str prefix; /* text before it */
    bk_str text;   /* the element as it is written */
    bk_str rest;   /* of the layout */
    bk_layout_kind kind;
    unsigned digits; /* of a fraction */
} bk_layout_item;

bk_layout_item bk_layout_next(bk_str layout);

/* An offset element is made of hours, perhaps minutes, perhaps seconds, perhaps with colons; Z stands for zero in the ISO ones. */
static inline bool bk_layout_is_iso(bk_layout_kind k) { return k >= BK_LAYOUT_ISO_SECONDS && k <= BK_LAYOUT_ISO_SHORT; }
static inline bool bk_layout_is_offset(bk_layout_kind k) { return k >= BK_LAYOUT_NUM_SECONDS && k <= BK_LAYOUT_ISO_SHORT; }
static inline bool bk_layout_has_colon(bk_layout_kind k) {
    return k == BK_LAYOUT_NUM_COLON || k == BK_LAYOUT_ISO_COLON || k == BK_LAYOUT_NUM_COLON_SECONDS || k == BK_LAYOUT_ISO_COLON_SECONDS;
}
static inline bool bk_layout_has_minutes(bk_layout_kind k) { return k != BK_LAYOUT_NUM_SHORT && k != BK_LAYOUT_ISO_SHORT; }
static inline bool bk_layout_has_seconds(bk_layout_kind k) {
    return k == BK_LAYOUT_NUM_SECONDS || k == BK_LAYOUT_ISO_SECONDS || k == BK_LAYOUT_NUM_COLON_SECONDS || k == BK_LAYOUT_ISO_COLON_SECONDS;
}

#endif
