/* The first instructions of the static program, and what becomes of the data that is relocated at its start: half a megabyte of tables full of pointers.
 * A page of it costs a fault when its first pointer is written; asking for all of them together costs half. When all are written they become
 * read-only, which is a dynamic linker's task where there is one. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; older ones say no, and each page has its fault */
#endif

extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));

typedef struct {
    size_t from, to; /* whole pages */
} range;

/* Called before anything is relocated, too: it takes no address but through the program counter. */
static range relocated(size_t page) {
    size_t base = (size_t)&__ehdr_start;
    const Elf64_Phdr *at = (const Elf64_Phdr *)(base + __ehdr_start.e_phoff);
    for (int i = 0; i < __ehdr_start.e_phnum; i++)
        if (at[i].p_type == PT_GNU_RELRO)
            return (range){(base + at[i].p_vaddr) & ~(page - 1), (base + at[i].p_vaddr + at[i].p_memsz) & ~(page - 1)};
    return (range){0, 0};
}

/* No C library yet: a system call by hand, and no stack protector (cmake/static.cmake). */
__attribute__((used, visibility("hidden"))) void bk_start_populate(void) {
    range r = relocated(4096);
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(SYS_madvise), "D"(r.from), "S"(r.to - r.from), "d"(MADV_POPULATE_WRITE)
                     : "rcx", "r11", "memory");
}

/* The entry: the stack is as the kernel left it when musl's own entry gets it. */
__asm__(".text\n"
        ".globl bk_start\n"
        ".hidden bk_start\n"
        ".type bk_start, @function\n"
        "bk_start:\n"
        "  endbr64\n"
        "  xor %ebp, %ebp\n"
        "  mov %rsp, %rbx\n"
        "  and $-16, %rsp\n"
        "  call bk_start_populate\n"
        "  mov %rbx, %rsp\n"
        "  jmp _start\n"
        ".size bk_start, .-bk_start\n");

/* Before all other constructors. */
__attribute__((constructor(101))) static void protect(void) {
    range r = relocated((size_t)sysconf(_SC_PAGESIZE));
    if (r.to > r.from && mprotect((void *)r.from, r.to - r.from, PROT_READ) != 0) abort();
}

/* TZ names a file, as for Go: musl would take EST5EDT for a rule, and without a date for it summer time all year. A colon says that it is a name. What main is
 * given of the environment, and so what other programs are given, stays as it was. */
__attribute__((constructor(102))) static void name_zone(void) {
    const char *zone = getenv("TZ");
    char name[4096];
    if (!zone || !*zone || *zone == ':') return;
    int n = snprintf(name, sizeof name, ":%s", zone);
    if (n > 0 && (size_t)n < sizeof name) setenv("TZ", name, 1);
}
