/* pages.c: where musl's allocator gets its pages from. It has a mapping made for every group of slots, most of them of a page or two: sixty system calls in a
 * run of two milliseconds, and a fault for every page. Here the first of them come from one mapping, in order, and its pages are asked for many
 * at once.
 *
 * Nothing is given out twice. What is freed stays as it is until the process ends, so a stale pointer into it finds nobody else's data, calloc may rely
 * on zeros, and a process that lives longer than a command has soon used it up and goes to the kernel as before. */
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

#include "start.h"

#define PAGE ((size_t)4096)
/* Up to SMALL_MAX bytes are used as a whole, mostly; what is larger is a buffer that may stay empty, so its pages come one by one. Blocks of 128 KiB and more,
 * which musl may move by mremap, are left to it. */
#define SMALL_MAX ((size_t)32 << 10)
#define LARGE_MAX ((size_t)124 << 10)
/* Together less than a huge page, which the kernel may otherwise make of them at the first touch. */
#define SMALL_SPACE ((size_t)1 << 20)
#define LARGE_SPACE ((size_t)768 << 10)
#define STEP ((size_t)64 << 10) /* so many bytes get their pages together */

/* The linker puts the two in place of musl's own (cmake/static.cmake). */
void *__real___mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t n);
void *__wrap___mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset);
int __wrap_munmap(void *at, size_t n);

typedef struct {
    _Atomic size_t used;
    size_t space;
    char *base;
} region;

static region small, large;
static _Atomic size_t populated; /* of `small` */

/* Before all other constructors, and before anything is allocated. */
__attribute__((constructor(101))) static void make(void) {
    char *base = __real___mmap(NULL, SMALL_SPACE + LARGE_SPACE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (base == MAP_FAILED) return;
    small.base = base, small.space = SMALL_SPACE;
    large.base = base + SMALL_SPACE, large.space = LARGE_SPACE;
}

static char *take(region *r, size_t n, size_t *end) {
    size_t used = atomic_load(&r->used);
    do {
        if (n > r->space - used) return NULL;
    } while (!atomic_compare_exchange_weak(&r->used, &used, used + n));
    *end = used + n;
    return r->base + used;
}

static void populate(size_t end) {
    size_t from = atomic_load(&populated);
    if (end <= from) return;
    size_t to = (end + STEP - 1) / STEP * STEP;
    if (!atomic_compare_exchange_strong(&populated, &from, to)) return; /* another thread does */
    int kept = errno;
    madvise(small.base + from, to - from, MADV_POPULATE_WRITE);
    errno = kept;
}

void *__wrap___mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset) {
    size_t end;
    if (!at && n && n <= LARGE_MAX && protection == (PROT_READ | PROT_WRITE) && flags == (MAP_PRIVATE | MAP_ANON)) {
        size_t pages = (n + PAGE - 1) & ~(PAGE - 1);
        char *got = take(pages <= SMALL_MAX ? &small : &large, pages, &end);
        if (got && pages <= SMALL_MAX) populate(end);
        if (got) return got;
    }
    return __real___mmap(at, n, protection, flags, fd, offset);
}

int __wrap_munmap(void *at, size_t n) {
    uintptr_t offset = (uintptr_t)at - (uintptr_t)small.base;
    if (small.base && offset < SMALL_SPACE + LARGE_SPACE) return 0;
    return __real_munmap(at, n);
}
