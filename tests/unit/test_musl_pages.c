// native only
/* Where the static program's allocator gets its pages from (deps/musl/pages.c), with the system's calls in place of the C library's own. */
#define _GNU_SOURCE
#include "test.h"

#include "../../deps/musl/pages.c"

static int mapped, unmapped;

void *__real___mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset) {
    mapped++;
    return mmap(at, n, protection, flags, fd, offset);
}

int __real_munmap(void *at, size_t n) {
    unmapped++;
    return munmap(at, n);
}

static char *pages(size_t n) { return __wrap___mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0); }

static bool zero(const char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (p[i]) return false;
    return true;
}

TEST(what_is_freed_is_not_given_out_again) {
    CHECK(mapped == 1); /* by the constructor */
    char *a = pages(100), *b = pages(SMALL_MAX), *c = pages(SMALL_MAX + 1), *d = pages(LARGE_MAX);
    CHECK(b - a == 4096);
    CHECK(d - c == SMALL_MAX + 4096);
    CHECK((uintptr_t)a % PAGE == 0 && zero(a, 4096) && zero(b, SMALL_MAX) && zero(c, SMALL_MAX + 4096) && zero(d, LARGE_MAX));
    memset(b, 1, SMALL_MAX);
    CHECK(__wrap_munmap(b, SMALL_MAX) == 0 && __wrap_munmap(d, LARGE_MAX) == 0);
    CHECK(pages(SMALL_MAX) == b + SMALL_MAX);
    CHECK(mapped == 1 && unmapped == 0);
}

TEST(other_mappings_are_the_kernels) {
    int before = mapped, gone = unmapped;
    char *p = pages(LARGE_MAX + 1);
    CHECK(mapped == before + 1 && p != MAP_FAILED);
    CHECK(__wrap_munmap(p, LARGE_MAX + 1) == 0 && unmapped == gone + 1);
    p = __wrap___mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
    CHECK(mapped == before + 2 && __wrap_munmap(p, 4096) == 0);
    CHECK(__wrap___mmap(NULL, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0) == MAP_FAILED);
}

TEST(a_process_that_lives_on_goes_to_the_kernel) {
    int before = mapped;
    char *last = NULL;
    for (size_t sum = 0; sum < SMALL_SPACE + SMALL_MAX; sum += SMALL_MAX) {
        char *p = pages(SMALL_MAX);
        CHECK(p != MAP_FAILED && zero(p, SMALL_MAX));
        CHECK(mapped > before || p > last);
        last = p;
        if (mapped > before) CHECK(__wrap_munmap(p, SMALL_MAX) == 0);
    }
    CHECK(mapped > before && unmapped > 0);
    CHECK(atomic_load(&small.used) <= SMALL_SPACE && atomic_load(&populated) <= SMALL_SPACE);
    /* what is smaller still fits, perhaps, but never beyond the end */
    for (size_t i = 0; i < SMALL_SPACE / PAGE; i++) {
        size_t used = atomic_load(&small.used);
        char *p = pages(1);
        bool ours = atomic_load(&small.used) > used;
        if (ours) CHECK(p == small.base + used && used + PAGE <= SMALL_SPACE);
        if (!ours) CHECK(__wrap_munmap(p, 1) == 0);
    }
}

TEST_MAIN()
