// native only
/* The relocation of the static program in two parts (deps/musl/start.h), by tables of the test's own. */
#include "test.h"

#include "../../deps/musl/start.h"

enum { WORDS = 4096 };

static size_t data[WORDS], table[WORDS];
static bool named[WORDS];

static uint32_t draw(uint32_t below) {
    static uint32_t state = 12345;
    state = state * 1664525 + 1013904223;
    return (state >> 8) % below;
}

/* Packs what `named` says as the linker does: an address where the bits of the last one do not reach. */
static size_t pack(void) {
    size_t n = 0, i = 0;
    while (i < WORDS) {
        if (!named[i]) {
            i++;
            continue;
        }
        table[n++] = i++ * sizeof(size_t);
        for (;;) {
            size_t bits = 0;
            for (size_t k = 0; k < 63 && i + k < WORDS; k++)
                if (named[i + k]) bits |= (size_t)1 << k;
            if (!bits) break;
            table[n++] = bits << 1 | 1;
            i += 63;
        }
    }
    return n;
}

TEST(each_pointer_is_relocated_once_and_on_its_side) {
    size_t base = (size_t)data;
    for (int round = 0; round < 200; round++) {
        uint32_t density = 1 + draw(100);
        for (size_t i = 0; i < WORDS; i++) {
            named[i] = draw(100) < density;
            data[i] = i;
        }
        /* Whole pages, as the linker makes them; in some rounds none. */
        size_t from = draw(WORDS / 512) * 512, to = from + draw((uint32_t)(WORDS - from) / 512 + 1) * 512, n = pack();
        bk_range late = {(size_t)(data + from), (size_t)(data + to)};
        bool good = true;
        bk_relocate_table(table, n, base, late, 0);
        for (size_t i = 0; i < WORDS; i++) good = good && data[i] == i + (named[i] && (i < from || i >= to) ? base : 0);
        bk_relocate_table(table, n, base, late, 1);
        for (size_t i = 0; i < WORDS; i++) good = good && data[i] == i + (named[i] ? base : 0);
        CHECK(good);
    }
}

TEST(without_a_range_all_is_relocated) {
    size_t base = (size_t)data;
    for (size_t i = 0; i < WORDS; i++) named[i] = i % 3 == 0, data[i] = i;
    bk_relocate_table(table, pack(), base, (bk_range){0, 0}, 0);
    bool good = true;
    for (size_t i = 0; i < WORDS; i++) good = good && data[i] == i + (named[i] ? base : 0);
    CHECK(good);
}

TEST_MAIN()
