#ifdef __linux__
#define _DEFAULT_SOURCE /* MADV_HUGEPAGE */
#endif
#include "sandbox/memory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wasmtime.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

#define HUGE ((size_t)2 << 20)
/* A guest whose memory grows over a multiple of it is a large one, in which nobody notices some faults. */
#define LARGE_STEP ((size_t)8 << 20)
/* In it lie the top of the guest's stack, which grows downwards, its data and the beginning of its heap (cmake/wasm.cmake). */
#define HUGE_BEGIN ((size_t)8 << 20)

/* What charts whose archives are at least LARGE_ARCHIVE come to in memory, for each byte of theirs: half of them use more. A huge page costs as much as eighty faults,
 * so smaller charts are better off without a second one; what is beyond LARGEST_ARCHIVE is hardly a chart. */
#define LARGE_ARCHIVE ((size_t)96 << 10)
#define LARGEST_ARCHIVE ((size_t)8 << 20)
#define LARGE_GROWS 16

typedef struct memory {
    uint8_t *mapped, *base;
    size_t mapped_size, size, initial, reserved, guard;
} memory;

/* Of a compartment that has ended, for the next one. It is cleared then, so that the last one's costs nothing. */
static _Atomic(memory *) kept;

static uint8_t *memory_get(void *env, size_t *size, size_t *capacity) {
    memory *self = env;
    *size = self->size;
    *capacity = self->reserved;
    return self->base;
}

#ifdef __linux__
extern const char __ehdr_start[], etext[];

/* What the program's start read of its code and constants, some megabytes, counts as its memory as long as it stays mapped. It is clean: what is used again comes back
 * from the page cache. */
static void forget_the_start(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)__ehdr_start & ~(page - 1), to = (uintptr_t)etext & ~(page - 1);
    if (from < to) madvise((void *)from, to - from, MADV_DONTNEED);
}
#else
static void forget_the_start(void) {}
#endif

static wasmtime_error_t *memory_grow(void *env, size_t size) {
    memory *self = env;
    if (size > self->reserved || size < self->size) return wasmtime_error_new("no such size of memory");
    if (self->size && self->size / LARGE_STEP < size / LARGE_STEP) forget_the_start();
    if (size > self->size && mprotect(self->base + self->size, size - self->size, PROT_READ | PROT_WRITE) != 0)
        return wasmtime_error_new(strerror(errno));
    self->size = size;
    return NULL;
}

static void release(memory *self) {
    munmap(self->mapped, self->mapped_size);
    free(self);
}

static void memory_free(void *env) {
    memory *self = env, *none = NULL;
    if (self->size != self->initial || !atomic_compare_exchange_strong(&kept, &none, self)) release(self);
}

#ifdef __linux__
/* Whether all of the huge page is there. One that was not to be had is small pages, few of them touched: those are given back instead of cleared. */
static bool has_huge(const memory *self) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char there[HUGE / 4096];
    if (self->size < HUGE_BEGIN + HUGE || page < 4096 || mincore(self->base + HUGE_BEGIN, HUGE, there) != 0) return false;
    for (size_t i = 0; i < HUGE / page; i++)
        if (!(there[i] & 1)) return false;
    return true;
}

static bool give_back(memory *self, size_t from, size_t to) {
    return from == to || madvise(self->base + from, to - from, MADV_DONTNEED) == 0; /* zeros from now on */
}

/* All of it zero, as new memory is, whatever the last guest left there. */
static bool clear(memory *self) {
    if (!has_huge(self)) return give_back(self, 0, self->size);
    memset(self->base + HUGE_BEGIN, 0, HUGE);
    return give_back(self, 0, HUGE_BEGIN) && give_back(self, HUGE_BEGIN + HUGE, self->size);
}
#else
static bool clear(memory *self) {
    (void)self;
    return false;
}
#endif

/* The one that was kept, if it is one of these sizes and could be cleared. */
static memory *take_kept(size_t minimum, size_t reserved, size_t guard) {
    memory *self = atomic_exchange(&kept, NULL);
    if (self && self->initial == minimum && self->reserved == reserved && self->guard == guard && clear(self)) return self;
    if (self) release(self);
    return NULL;
}

static wasmtime_error_t *memory_new(void *env, const wasm_memorytype_t *type, size_t minimum, size_t maximum, size_t reserved, size_t guard,
                                    wasmtime_linear_memory_t *ret) {
    (void)env;
    (void)type;
    (void)maximum;
    if (reserved < minimum) reserved = minimum;
    memory *self = take_kept(minimum, reserved, guard);
    if (self) {
        *ret = (wasmtime_linear_memory_t){self, memory_get, memory_grow, memory_free};
        return NULL;
    }
    self = calloc(1, sizeof *self);
    if (!self) return wasmtime_error_new("out of memory");
    self->initial = minimum;
    self->reserved = reserved;
    self->guard = guard;
    self->mapped_size = guard + HUGE + reserved + guard; /* HUGE is room to begin at a multiple of it */
    self->mapped = mmap(NULL, self->mapped_size, PROT_NONE, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0);
    if (self->mapped == MAP_FAILED) {
        free(self);
        return wasmtime_error_new("no address space for a memory");
    }
    self->base = self->mapped + guard;
    self->base += (HUGE - (uintptr_t)self->base % HUGE) % HUGE;
    wasmtime_error_t *error = memory_grow(self, minimum);
    if (error) {
        release(self);
        return error;
    }
#ifdef MADV_HUGEPAGE
    if (minimum >= HUGE_BEGIN + HUGE) madvise(self->base + HUGE_BEGIN, HUGE, MADV_HUGEPAGE); /* a wish */
#endif
    *ret = (wasmtime_linear_memory_t){self, memory_get, memory_grow, memory_free};
    return NULL;
}

void bk_sandbox_memory_expect(void *base, size_t n) {
    if (n < LARGE_ARCHIVE || n > LARGEST_ARCHIVE) return;
#ifdef MADV_HUGEPAGE
    size_t pages = (n * LARGE_GROWS + HUGE - 1) / HUGE;
    madvise((char *)base + HUGE_BEGIN + HUGE, pages * HUGE, MADV_HUGEPAGE);
#else
    (void)base;
#endif
}

void bk_sandbox_memory_use(wasm_config_t *config) {
    wasmtime_config_memory_init_cow_set(config, false);
    wasmtime_memory_creator_t creator = {.new_memory = memory_new};
    wasmtime_config_host_memory_creator_set(config, &creator);
}
