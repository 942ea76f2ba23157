#include "chart/crc32.h"

#include "test.h"

/* The definition, bit by bit. */
static uint32_t slow(uint32_t crc, bk_str s) {
    crc = ~crc;
    for (size_t i = 0; i < s.n; i++) {
        crc ^= (unsigned char)s.p[i];
        for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static char text[100000];

TEST(equals_the_definition) {
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof text; i++) {
        seed = seed * 1664525u + 1013904223u;
        text[i] = (char)(seed >> 24);
    }
    CHECK(bk_crc32(0, BK_S("123456789")) == 0xCBF43926u);
    static const size_t lengths[] = {0, 1, 7, 8, 2399, 4799, 4800, 4801, 4815, 4816, 4817, 16384, 18784, 18800, 20000, 32768, 65536, 99991};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (size_t from = 0; from < 9; from += 3) {
            bk_str s = bk_str_of(text + from, lengths[i]);
            CHECK(bk_crc32(0, s) == slow(0, s));
            CHECK(bk_crc32(0x12345678u, s) == slow(0x12345678u, s));
        }
}

TEST(goes_on_where_it_stopped) {
    bk_str all = bk_str_of(text, sizeof text);
    uint32_t whole = bk_crc32(0, all), parts = 0;
    for (size_t at = 0, n = 1; at < all.n; at += n, n = n * 3 + 1) parts = bk_crc32(parts, bk_str_sub(all, at, at + n));
    CHECK(whole == parts);
}

TEST_MAIN()
