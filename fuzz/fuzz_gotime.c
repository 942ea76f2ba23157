/* Layouts, times and zone files: layout, a line feed, text, a line feed, a TZif file. */
#include "fuzz.h"
#include "text/gotime.h"

FUZZ(input) {
    bk_str layout, text, tzif;
    bk_time t = bk_time_unix(1700000000, 123456789, NULL), again;
    bk_buf out;
    bk_str_cut(input, BK_S("\n"), &layout, &text);
    bk_str_cut(text, BK_S("\n"), &text, &tzif);
    if (bk_zone_parse(arena, BK_S("X"), tzif, &t.zone, err) != BK_OK) t.zone = NULL;
    bk_err_release(err);
    bk_buf_init(&out, arena, 1u << 20);
    bk_time_format(&out, t, layout);
    if (bk_time_parse(arena, layout, text, t.zone, &t, err) != BK_OK) return;
    bk_date date = bk_time_date(t);
    FUZZ_CHECK(date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31 && date.hour < 24 && date.yday >= 1 &&
               date.yday <= 366);
    bk_buf_init(&out, arena, 1u << 20);
    bk_time_format(&out, bk_time_in(t, NULL), BK_TIME_RFC3339_NANO);
    if (date.year > 0 && date.year < 9999) {
        FUZZ_CHECK(bk_time_parse(arena, BK_TIME_RFC3339, bk_buf_view(&out), NULL, &again, err) == BK_OK);
        FUZZ_CHECK(bk_time_cmp(t, again) == 0);
    }
}
