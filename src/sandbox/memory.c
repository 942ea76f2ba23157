#ifdef __linux__
#define _DEFAULT_SOURCE /* MADV_HUGEPAGE */
#endif
#include "sandbox/memory.h"

#include <errno.h>
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
/* Data begin where the guest's stack ends, which grows downwards (cmake/wasm.cmake). */
#define DATA_BEGIN ((size_t)8 << 20)

/* What charts whose archives are at least LARGE_ARCHIVE come to in memory, for each byte of theirs: half of them use more. A huge page costs as much as eighty faults,
 * so smaller charts are better off without a second one. */
#define LARGE_ARCHIVE ((size_t)96 << 10)
#define LARGE_GROWS 16
#define MANY ((size_t)64 << 10)

typedef struct memory {
    uint8_t *mapped, *base;
    size_t mapped_size, size, reserved;
} memory;

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

static void memory_free(void *env) {
    memory *self = env;
    munmap(self->mapped, self->mapped_size);
    free(self);
}

static wasmtime_error_t *memory_new(void *env, const wasm_memorytype_t *type, size_t minimum, size_t maximum, size_t reserved, size_t guard,
                                    wasmtime_linear_memory_t *ret) {
    (void)env;
    (void)type;
    (void)maximum;
    memory *self = calloc(1, sizeof *self);
    if (!self) return wasmtime_error_new("out of memory");
    if (reserved < minimum) reserved = minimum;
    self->reserved = reserved;
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
        memory_free(self);
        return error;
    }
#ifdef MADV_HUGEPAGE
    if (minimum >= DATA_BEGIN + HUGE) madvise(self->base + DATA_BEGIN, HUGE, MADV_HUGEPAGE); /* a wish */
#endif
    *ret = (wasmtime_linear_memory_t){self, memory_get, memory_grow, memory_free};
    return NULL;
}

void bk_sandbox_memory_expect(void *base, size_t n) {
    if (n < LARGE_ARCHIVE || n > LARGE_STEP) return;
#ifdef MADV_HUGEPAGE
    size_t pages = (n * LARGE_GROWS + HUGE - 1) / HUGE;
    madvise((char *)base + DATA_BEGIN + HUGE, pages * HUGE, MADV_HUGEPAGE);
#else
    (void)base;
#endif
}

void bk_sandbox_memory_fill(void *p, size_t n) {
#ifdef MADV_POPULATE_WRITE
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), before = (uintptr_t)p % page;
    if (n >= MANY) madvise((char *)p - before, n + before, MADV_POPULATE_WRITE);
#else
    (void)p;
    (void)n;
#endif
}

void bk_sandbox_memory_use(wasm_config_t *config) {
    wasmtime_config_memory_init_cow_set(config, false);
    wasmtime_memory_creator_t creator = {.new_memory = memory_new};
    wasmtime_config_host_memory_creator_set(config, &creator);
}
