// links: host
/* The blocks of the ABI, against a model: bytes that were written to a block are there, and nothing else is. */
#include "plugin/kernel.h"

#include <stdlib.h>

#include "test.h"

TEST(blocks) {
    bk_kernel k;
    bk_kernel_init(&k, 1000);
    uint64_t a = bk_kernel_alloc(&k, 10), b = bk_kernel_alloc(&k, 3), v = 0;
    CHECK(a == 77 && b == 99); /* as elsewhere */
    CHECK(bk_kernel_alloc(&k, 0) == 0 && bk_kernel_alloc(&k, 988) == 0 && bk_kernel_alloc(&k, UINT64_MAX) == 0);
    CHECK(bk_kernel_length(&k, a) == 10 && bk_kernel_length(&k, a + 1) == 0 && bk_kernel_length(&k, 0) == 0);
    CHECK(bk_kernel_store_u64(&k, a, 0x0102030405060708u) && bk_kernel_load_u8(&k, a) == 8 && bk_kernel_load_u8(&k, a + 7) == 1);
    /* Over the end of a block: what lies beyond is not there. */
    CHECK(bk_kernel_store_u64(&k, a + 8, UINT64_MAX) && bk_kernel_load_u64(&k, a + 8, &v) && v == 0xFFFF);
    CHECK(bk_kernel_load_u64(&k, b, &v) && v == 0);
    CHECK(bk_kernel_load_u64(&k, (uint64_t)1 << 40, &v) && v == 0 && !bk_kernel_load_u64(&k, 4000000000u, &v) &&
          !bk_kernel_store_u64(&k, UINT64_MAX - 3, 1));
    bk_kernel_free(&k, a);
    bk_kernel_free(&k, a);
    bk_kernel_free(&k, b + 1);
    CHECK(bk_kernel_length(&k, a) == 0 && bk_kernel_length(&k, b) == 3 && k.live == 3);
    CHECK(bk_kernel_load_u8(&k, a) == 0);
    bk_kernel_reset(&k);
    CHECK(k.live == 0 && bk_kernel_length(&k, b) == 0);
    bk_kernel_release(&k);
}

TEST(output_over_several_blocks) {
    bk_kernel k;
    bk_buf out;
    bool failed;
    bk_kernel_init(&k, 1000);
    bk_buf_init(&out, NULL, 0);
    uint64_t a = bk_kernel_put(&k, BK_S("one"), &failed);
    bk_kernel_put(&k, BK_S("two"), &failed);
    bk_kernel_read(&k, a + 1, 20, &out);
    CHECK_VIEW(bk_buf_view(&out), bk_str_of("ne\0\0\0\0\0\0\0\0\0\0\0\0two\0\0\0", 20));
    bk_buf_release(&out);
    bk_kernel_release(&k);
}

/* Millions of blocks come and go; the table does not grow with them. */
TEST(churn) {
    bk_kernel k;
    bk_kernel_init(&k, 100000);
    uint64_t kept[50] = {0};
    for (unsigned i = 0; i < 200000; i++) {
        unsigned slot = (i * 7919u) % 50u;
        if (kept[slot]) CHECK(bk_kernel_load_u8(&k, kept[slot] + slot) == (uint8_t)slot);
        bk_kernel_free(&k, kept[slot]);
        kept[slot] = bk_kernel_alloc(&k, slot + 1);
        bk_kernel_store_u8(&k, kept[slot] + slot, (uint8_t)slot);
    }
    CHECK(k.count < 500 && k.live <= 50 * 51 / 2);
    bk_kernel_release(&k);
}

TEST_MAIN()
