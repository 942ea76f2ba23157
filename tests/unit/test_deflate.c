#include <libdeflate.h>
#include <stdlib.h>

#include "chart/unpack.h"
#include "test.h"

static bk_deflate inflate;
static char text[400000], packed[500000], back[400000];

/* Words that repeat, and in between noise. */
static void make_text(uint32_t seed) {
    size_t n = 0;
    while (n < sizeof text) {
        seed = seed * 1664525u + 1013904223u;
        size_t len = 1 + (seed >> 24) % 60, from = n ? (seed >> 4) % n : 0;
        for (size_t i = 0; i < len && n < sizeof text; i++) {
            seed = seed * 1664525u + 1013904223u;
            text[n] = (len & 3) && n > 100 ? text[from + i] : (char)(seed >> 24);
            n++;
        }
    }
}

static size_t pack(size_t n, int level) {
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(level);
    size_t made = libdeflate_gzip_compress(c, text, n, packed, sizeof packed);
    libdeflate_free_compressor(c);
    return made;
}

TEST(gives_back_what_was_packed) {
    static const size_t lengths[] = {0, 1, 2, 300, 32768, 98304, 131072, 131073, 400000};
    for (int level = 0; level <= 12; level += 3)
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            bk_unpack u;
            make_text((uint32_t)level + 7);
            size_t n = pack(lengths[i], level);
            CHECK(bk_unpack_begin(&u, &inflate, bk_str_of(packed, n), sizeof text));
            size_t half = lengths[i] / 2;
            CHECK(bk_unpack_take(&u, back, half) == half);
            CHECK(bk_unpack_take(&u, back + half, sizeof back - half) == lengths[i] - half);
            CHECK(memcmp(text, back, lengths[i]) == 0);
            CHECK(bk_unpack_finish(&u));
        }
}

TEST(skips_and_stops_at_the_limit) {
    bk_unpack u;
    make_text(1);
    size_t n = pack(sizeof text, 6);
    CHECK(bk_unpack_begin(&u, &inflate, bk_str_of(packed, n), sizeof text));
    CHECK(bk_unpack_take(&u, NULL, 250000) == 250000);
    CHECK(bk_unpack_take(&u, back, 1000) == 1000 && memcmp(back, text + 250000, 1000) == 0);
    CHECK(bk_unpack_finish(&u));
    CHECK(bk_unpack_begin(&u, &inflate, bk_str_of(packed, n), sizeof text - 1));
    CHECK(!bk_unpack_finish(&u));
}

TEST(refuses_what_is_damaged) {
    bk_unpack u;
    make_text(2);
    size_t n = pack(60000, 6);
    for (size_t i = 10; i < n; i += 1 + n / 300) {
        packed[i] ^= 0x20;
        if (bk_unpack_begin(&u, &inflate, bk_str_of(packed, n), sizeof text)) CHECK(!bk_unpack_finish(&u));
        packed[i] ^= 0x20;
        if (bk_unpack_begin(&u, &inflate, bk_str_of(packed, i), sizeof text)) CHECK(!bk_unpack_finish(&u));
    }
    packed[n] = 0; /* something behind the end */
    CHECK(bk_unpack_begin(&u, &inflate, bk_str_of(packed, n + 1), sizeof text));
    CHECK(!bk_unpack_finish(&u));
}

TEST_MAIN()
