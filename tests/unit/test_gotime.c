/* What the vectors cannot say: arithmetic at the ends, values, damaged zone files, failing memory. */
#include "text/gotime.h"

#include "test.h"
#include "value/gofmt.h"

static bk_arena arena;

static bk_str text_of(bk_time t) {
    bk_buf out;
    bk_buf_init(&out, &arena, 0);
    bk_time_print(&out, t);
    return bk_buf_view(&out);
}

/* Expectations are Go's. */
TEST(arithmetic) {
    const struct {
        int64_t sec, nsec, other, duration;
        int64_t add, add_nsec, sub, round, truncate;
    } cases[] = {
        {1700000000, 5, 0, 90000000001, 1700000090, 6, 1700000000000000005, 1700000010, 1699999920},
        {-62135596801, 999999999, 4611686018427387904, 3600000000000, -62135593201, 999999999, INT64_MIN, -62135596800, -62135600400},
        {1709164800, 0, 1677628800, 7, 1709164800, 7, 31536000000000000, 1709164799, 1709164799},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_time t = bk_time_unix(cases[i].sec, cases[i].nsec, NULL), u = bk_time_unix(cases[i].other, 0, NULL);
        bk_time sum = bk_time_add(t, cases[i].duration);
        CHECK(bk_time_to_unix(sum) == cases[i].add && sum.nsec == cases[i].add_nsec);
        CHECK(bk_time_sub(t, u) == cases[i].sub);
        CHECK(bk_time_to_unix(bk_time_round(t, cases[i].duration)) == cases[i].round);
        CHECK(bk_time_to_unix(bk_time_truncate(t, cases[i].duration)) == cases[i].truncate);
    }
    bk_time leap = bk_time_unix(1709164800, 0, NULL); /* February 29 */
    CHECK(bk_time_date(bk_time_add_date(leap, 1, 0, 0)).month == 3);
    CHECK(bk_time_cmp(bk_time_unix(0, -1, NULL), bk_time_unix(-1, 999999999, NULL)) == 0);
}

TEST(values) {
    bk_arena_init(&arena, 0);
    bk_value v, json;
    bk_time t;
    bk_err err = BK_ERR_INIT;
    bk_buf out;
    CHECK(bk_time_value(&arena, &bk_time_class, bk_time_unix(1700000000, 500000000, bk_zone_fixed(&arena, BK_S(""), -5400)), &v));
    bk_buf_init(&out, &arena, 0);
    CHECK_OK(bk_fmt_value(&out, v, &err), &err);
    CHECK_STR(bk_buf_view(&out), "2023-11-14 20:43:20.5 -0130 -0130");
    CHECK_OK(bk_time_object_json(v.object, &arena, &json, &err), &err);
    CHECK_STR(bk_value_str(json), "2023-11-14T20:43:20.5-01:30");
    CHECK_STR(bk_str_c(bk_type_name(v)), "time.Time");
    CHECK(bk_value_time(v, &t) && bk_time_to_unix(t) == 1700000000);
    CHECK(!bk_value_time(bk_int(1), &t) && !bk_value_time(bk_object_value(BK_T_POINTER, NULL), &t));
    CHECK(bk_time_value(&arena, &bk_time_class, bk_time_unix(400000000000, 0, NULL), &v));
    CHECK(bk_time_object_json(v.object, &arena, &json, &err) == BK_ERR);
    CHECK(bk_str_ends(bk_err_message(&err), BK_S("Time.MarshalJSON: year outside of range [0,9999]")));
    bk_err_release(&err);
    CHECK_STR(text_of((bk_time){0}), "0001-01-01 00:00:00 +0000 UTC");
    bk_arena_release(&arena);
}

/* Version 1, one transition at 1000 from LMT +1:00 to XST +2:00. */
static const char tzif[] = "TZif\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                           "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\2\0\0\0\10"
                           "\0\0\3\350"
                           "\1"
                           "\0\0\16\20\0\0"
                           "\0\0\34\40\0\4"
                           "LMT\0XST\0";

TEST(zone_files) {
    const bk_zone *zone;
    bk_err err = BK_ERR_INIT;
    for (size_t n = 0; n < sizeof tzif; n++) {
        bk_arena_init(&arena, 0);
        arena.debug = true;
        char *copy = bk_arena_alloc(&arena, n); /* so that a read beyond it is seen */
        memcpy(copy, tzif, n);
        bk_status status = bk_zone_parse(&arena, BK_S("X"), bk_str_of(copy, n), &zone, &err);
        CHECK((status == BK_OK) == (n == sizeof tzif - 1));
        bk_err_release(&err);
        if (status == BK_OK) {
            CHECK(bk_zone_lookup(zone, 999).offset == 3600 && bk_zone_lookup(zone, 1000).offset == 7200);
            CHECK_STR(text_of(bk_time_unix(1000, 0, zone)), "1970-01-01 02:16:40 +0200 XST");
        }
        bk_arena_release(&arena);
    }
    CHECK(bk_zone_name_valid(BK_S("Europe/Berlin")) && !bk_zone_name_valid(BK_S("a/../b")) && !bk_zone_name_valid(BK_S("/etc")));
}

TEST(allocation_failures_are_errors) {
    for (size_t n = 1; n < 20; n++) {
        bk_time t;
        bk_err err = BK_ERR_INIT;
        const bk_zone *zone;
        bk_arena_init(&arena, 0);
        arena.fail_at = n;
        bk_status status = bk_zone_parse(&arena, BK_S("X"), bk_str_of(tzif, sizeof tzif - 1), &zone, &err);
        if (status == BK_OK) status = bk_time_parse(&arena, BK_S("2006 MST"), BK_S("2020 ABC"), zone, &t, &err);
        bk_err_release(&err);
        bk_arena_release(&arena);
        if (status == BK_OK) {
            CHECK(n == 5);
            return;
        }
        CHECK(status == BK_ERR_NOMEM);
    }
    CHECK(false);
}

TEST_MAIN()
