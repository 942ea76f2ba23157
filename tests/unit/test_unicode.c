/* Every code point against Go's unicode package: how many are in each class, and one digest over all answers. Both come from
 * a Go program (1.26, Unicode 15.0.0) that walks the code points in the same way. */
#include "base/unicode.h"
#include "test.h"

static const struct {
    const char *name;
    bool (*is)(uint32_t);
    unsigned count;
} classes[] = {
    {"letter", bk_rune_is_letter, 136104}, {"digit", bk_rune_is_digit, 680},    {"number", bk_rune_is_number, 1831},
    {"upper", bk_rune_is_upper, 1831},     {"lower", bk_rune_is_lower, 2233},   {"title", bk_rune_is_title, 31},
    {"space", bk_rune_is_space, 25},       {"punct", bk_rune_is_punct, 842},    {"symbol", bk_rune_is_symbol, 7770},
    {"mark", bk_rune_is_mark, 2450},       {"control", bk_rune_is_control, 65}, {"print", bk_rune_is_print, 148998},
};

static const struct {
    const char *name;
    uint32_t (*to)(uint32_t);
    unsigned count; /* code points that change */
} mappings[] = {
    {"upper", bk_rune_to_upper, 1450},
    {"lower", bk_rune_to_lower, 1433},
    {"title", bk_rune_to_title, 1404},
};

TEST(classes_have_as_many_members_as_in_go) {
    for (size_t i = 0; i < BK_COUNT(classes); i++) {
        unsigned count = 0;
        for (uint32_t rune = 0; rune < 0x110000; rune++) count += classes[i].is(rune);
        if (count != classes[i].count) printf("%s: %u\n", classes[i].name, count);
        CHECK(count == classes[i].count);
    }
    for (size_t i = 0; i < BK_COUNT(mappings); i++) {
        unsigned count = 0;
        for (uint32_t rune = 0; rune < 0x110000; rune++) count += mappings[i].to(rune) != rune;
        if (count != mappings[i].count) printf("to %s: %u\n", mappings[i].name, count);
        CHECK(count == mappings[i].count);
    }
}

/* FNV-1a over little-endian words. */
static uint64_t add_word(uint64_t hash, uint32_t word) {
    for (int i = 0; i < 4; i++) hash = (hash ^ (word >> (8 * i) & 0xFF)) * 1099511628211u;
    return hash;
}

TEST(every_answer_is_as_in_go) {
    uint64_t hash = 14695981039346656037u;
    for (uint32_t rune = 0; rune < 0x110000; rune++) {
        uint32_t flags = 0;
        for (size_t i = 0; i < BK_COUNT(classes); i++) flags |= (uint32_t)classes[i].is(rune) << i;
        hash = add_word(hash, flags);
        for (size_t i = 0; i < BK_COUNT(mappings); i++) hash = add_word(hash, mappings[i].to(rune));
    }
    CHECK(hash == 0xecaaaafd8d87acf2u);
}

TEST(beyond_unicode_is_nothing) {
    static const uint32_t beyond[] = {0x110000, 0x7FFFFFFF, 0xFFFFFFFF};
    for (size_t i = 0; i < BK_COUNT(beyond); i++) {
        for (size_t c = 0; c < BK_COUNT(classes); c++) CHECK(!classes[c].is(beyond[i]));
        for (size_t m = 0; m < BK_COUNT(mappings); m++) CHECK(mappings[m].to(beyond[i]) == beyond[i]);
    }
}

TEST_MAIN()
