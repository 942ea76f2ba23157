/* The shortest texts of floating-point numbers: sums over those of many, taken from Go's strconv. */
#include <math.h>

#include "base/num.h"
#include "test.h"

/* Bit patterns; whole numbers of every size; those with halves of halves; thousandths. */
static double number_of(unsigned shape, int bits, uint64_t r) {
    double v;
    float narrow;
    uint32_t half = (uint32_t)(r >> 32);
    switch (shape) {
    case 0:
        memcpy(&v, &r, sizeof v);
        memcpy(&narrow, &half, sizeof narrow);
        return bits == 32 ? narrow : v;
    case 1: return (double)(r >> (r & 63));
    case 2: return (double)(r >> 40) / (double)(UINT64_C(1) << (r & 31));
    default: return (double)(r >> 44) / 1000;
    }
}

static uint64_t sum_of(unsigned shape, int bits) {
    uint64_t state = shape, sum = 14695981039346656037u;
    for (unsigned i = 0; i < 20000; i++) {
        char text[BK_FLOAT_TEXT];
        state = state * 6364136223846793005u + 1442695040888963407u;
        double v = number_of(shape, bits, state ^ state >> 29);
        if (isnan(v) || isinf(v)) continue;
        size_t n = bk_format_float(v, 'e', -1, bits, text);
        for (size_t k = 0; k < n; k++) sum = (sum ^ (unsigned char)text[k]) * 1099511628211u;
    }
    return sum;
}

TEST(many_are_as_go_has_them) {
    static const uint64_t sums[2][4] = {{0xec2c95dbd761975f, 0x0eefb84d465cf3c8, 0xe65c05e2627e872b, 0x02b87b8dae59c861},
                                        {0x1b29656fa88aa020, 0xe8be5db2c3c1f3d7, 0xa458357c6a3a80a6, 0x02b87b8dae59c861}};
    for (unsigned shape = 0; shape < 4; shape++) {
        CHECK(sum_of(shape, 64) == sums[0][shape]);
        CHECK(sum_of(shape, 32) == sums[1][shape]);
    }
}

TEST(ends_of_the_range) {
    static const struct {
        double v;
        const char *wide, *narrow;
    } cases[] = {
        {0, "0e+00", "0e+00"},
        {5e-324, "5e-324", "0e+00"},
        {-5e-324, "-5e-324", "-0e+00"},
        {2.2250738585072014e-308, "2.2250738585072014e-308", "0e+00"},
        {1.7976931348623157e+308, "1.7976931348623157e+308", "+Inf"},
        {-1.5e300, "-1.5e+300", "-Inf"},
        {1e23, "1e+23", "1e+23"},
        {9007199254740992, "9.007199254740992e+15", "9.007199e+15"},
        {0.1, "1e-01", "1e-01"},
    };
    char text[BK_FLOAT_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_STR(bk_str_of(text, bk_format_float(cases[i].v, 'e', -1, 64, text)), cases[i].wide);
        CHECK_STR(bk_str_of(text, bk_format_float(cases[i].v, 'e', -1, 32, text)), cases[i].narrow);
    }
}

TEST_MAIN()
