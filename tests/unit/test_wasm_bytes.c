/* The C library's work on bytes, which in a module is ours (base/wasm_bytes.c): every size and position around the pieces that it goes by, against a byte at a
 * time. */
#include "test.h"

#include <string.h>

enum { ROOM = 400, SIZES = 150 };

typedef struct room {
    unsigned char b[ROOM];
} room;

/* No two neighbours alike, and no zero. */
static void fill(room *r) {
    for (size_t i = 0; i < ROOM; i++) r->b[i] = (unsigned char)(i * 7 % 251 + 1);
}

/* What the compiler must not see through. */
static void *volatile hide;
static void *opaque(void *p) {
    hide = p;
    return hide;
}

static bool moved_right(size_t to, size_t from, size_t n, bool overlapping) {
    room got, want;
    fill(&got);
    fill(&want);
    unsigned char piece[ROOM];
    for (size_t i = 0; i < n; i++) piece[i] = want.b[from + i];
    for (size_t i = 0; i < n; i++) want.b[to + i] = piece[i];
    unsigned char *d = opaque(got.b + to), *s = opaque(got.b + from);
    void *back = overlapping ? memmove(d, s, n) : memcpy(d, s, n);
    if (back != got.b + to) return false;
    for (size_t i = 0; i < ROOM; i++)
        if (got.b[i] != want.b[i]) return false;
    return true;
}

TEST(copies_of_every_size) {
    for (size_t n = 0; n < SIZES; n++) {
        CHECK(moved_right(3, 200, n, false));
        CHECK(moved_right(200, 5, n, false));
        static const size_t apart[] = {0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 63, 64, 65, 130};
        for (size_t i = 0; i < BK_COUNT(apart); i++) {
            CHECK(moved_right(9, 9 + apart[i], n, true));
            CHECK(moved_right(9 + apart[i], 9, n, true));
        }
    }
}

TEST(fills_of_every_size) {
    for (size_t n = 0; n < SIZES; n++) {
        room got;
        fill(&got);
        CHECK(memset(opaque(got.b + 5), 0xA5, n) == got.b + 5);
        bool good = true;
        for (size_t i = 0; i < ROOM; i++) good &= got.b[i] == (i >= 5 && i < 5 + n ? 0xA5 : (unsigned char)(i * 7 % 251 + 1));
        CHECK(good);
    }
}

TEST(lengths_and_searches) {
    for (size_t at = 0; at < 40; at++) {
        for (size_t n = 0; n < SIZES; n++) {
            room r;
            fill(&r);
            if (at) r.b[at - 1] = 0; /* in front of it, where an aligned load looks */
            r.b[at + n] = 0;
            char *s = opaque(r.b + at);
            CHECK(strlen(s) == n);
            CHECK(memchr(s, 0, n + 1) == s + n);
            CHECK(memchr(s, 0, n) == NULL);
        }
    }
}

TEST(order_of_every_size) {
    room left, right;
    for (size_t n = 0; n < SIZES; n++) {
        fill(&left);
        fill(&right);
        unsigned char *a = opaque(left.b + 3), *b = opaque(right.b + 3);
        CHECK(memcmp(a, b, n) == 0);
        for (size_t i = 0; i < n; i++) {
            right.b[3 + i] = (unsigned char)(left.b[3 + i] + 1);
            CHECK(memcmp(a, b, n) < 0);
            CHECK(memcmp(b, a, n) > 0);
            right.b[3 + i] = left.b[3 + i];
        }
    }
}

TEST_MAIN()
