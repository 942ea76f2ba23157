/* gotime_layout.h: the language of layouts. Not for others: include text/gotime.h. */
#ifndef BK_TEXT_GOTIME_LAYOUT_H
#define BK_TEXT_GOTIME_LAYOUT_H

#include "base/str.h"

typedef enum bk_layout_kind {
    BK_LAYOUT_END, /* nothing but text is left */
#define BK_LAYOUT(id, text) BK_LAYOUT_##id,
#include "text/gotime_layout.def"
#undef BK_LAYOUT
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
