/* bk_format against the C library, and where it is meant to differ: texts with NUL bytes. */
#include "base/format.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "test.h"

static size_t format(char *out, size_t cap, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    size_t n = bk_format(out, cap, fmt, args);
    va_end(args);
    return n;
}

#define SAME(fmt, ...) \
    do { \
        char ours[256], theirs[256]; \
        size_t n = format(ours, sizeof ours, fmt, __VA_ARGS__); \
        int m = snprintf(theirs, sizeof theirs, fmt, __VA_ARGS__); \
        CHECK(m >= 0 && n == (size_t)m && memcmp(ours, theirs, n + 1) == 0); \
    } while (0)

TEST(format_like_the_library) {
    SAME("%s", "text");
    SAME("a%sb%sc", "1", "");
    SAME("%.*s|%.2s|%5s|%-5s|%-5.1s|", 3, "abcdef", "xyz", "ab", "ab", "ab");
    SAME("%-*s|%*s|", 6, "ab", 6, "ab");
    SAME("%d %i %u %5d|%-5d|%05d|%+d|% d", -1, 2, 3u, 4, 5, 6, 7, 8);
    SAME("%ld %lld %lu %llu %zu %jd", -1L, -2LL, 3ul, 4ull, (size_t)5, (intmax_t)-6);
    SAME("%x %X %#x %08x %o", 255u, 255u, 255u, 255u, 8u);
    SAME("%c%c%3c", 'a', 'b', 'c');
    SAME("%g %.3f %e %.17g", 1.5, 2.0, 1e10, 0.1);
    SAME("%d%%", 5);
    SAME("%.3d|%8.3d|", 5, 5);
}

TEST(format_counts_bytes) {
    char out[32];
    CHECK(format(out, sizeof out, "<%.*s>", 3, "a\0b") == 5);
    CHECK(memcmp(out, "<a\0b>", 6) == 0);
}

TEST(format_cuts) {
    char out[4] = "???";
    CHECK(format(NULL, 0, "%s-%d", "abc", 12) == 6);
    CHECK(format(out, sizeof out, "%s-%d", "abc", 12) == 6);
    CHECK(strcmp(out, "abc") == 0);
    CHECK(format(out, 1, "%d", 12345) == 5 && out[0] == 0);
}

TEST_MAIN()
