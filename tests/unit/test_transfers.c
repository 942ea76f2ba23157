// links: host
/* Lines about charts that come or go. */
#include "cli/transfers.h"
#include "test.h"

static bk_str line_of(const char *name, uint64_t bytes, int64_t total, unsigned columns) {
    static char text[512];
    bk_buf out;
    struct bk_transfer row = {.bytes = bytes, .total = total};
    snprintf(row.name, sizeof row.name, "%s", name);
    bk_buf_init(&out, NULL, sizeof text);
    bk_transfers_row(&out, &row, columns);
    size_t n = out.n < sizeof text ? out.n : 0;
    memcpy(text, out.p, n);
    bk_buf_release(&out);
    return bk_str_of(text, n);
}

TEST(lines_fit_the_terminal) {
    CHECK_STR(line_of("web-1.0.0.tgz", 25 << 20, 50 << 20, 120),
              "web-1.0.0.tgz                             [===============>              ]  25.0 of 50.0 MiB");
    CHECK_STR(line_of("web-1.0.0.tgz", 3 << 20, -1, 120), "web-1.0.0.tgz                             3.0 MiB");
    for (unsigned columns = 21; columns < 200; columns++) {
        CHECK(line_of("a-chart-with-a-name-that-is-longer-than-39", 1023u << 20, (int64_t)1023 << 20, columns).n <=
              (columns < 33 ? 33 : columns));
        CHECK(line_of("x", 0, 1, columns).n <= (columns < 33 ? 33 : columns));
    }
}

TEST_MAIN()
