/* The first instructions of the static program, and what becomes of the data that is relocated at its start: tables full of pointers.
 * A page of it costs a fault when its first pointer is written; asking for all of them together costs half. When all are written they become
 * read-only, which is a dynamic linker's task where there is one.
 *
 * With BK_LATE (the program itself) OpenSSL's are left out until they are needed: late.c. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "start.h"

#ifdef BK_LATE
#define LATE ((bk_range){(size_t)bk_late_begin, (size_t)bk_late_end})
#else
#define LATE ((bk_range){0, 0})
#endif

int main(int argc, char **argv, char **environment);
/* musl's. What it takes behind the arguments it does not look at. */
_Noreturn void __libc_start_main(int (*)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
                                 void (*end)(void));

/* Called before anything is relocated, too. */
static bk_range relocated(size_t page) {
    size_t base = (size_t)&__ehdr_start;
    const Elf64_Phdr *at = (const Elf64_Phdr *)(base + __ehdr_start.e_phoff);
    for (int i = 0; i < __ehdr_start.e_phnum; i++)
        if (at[i].p_type == PT_GNU_RELRO)
            return (bk_range){(base + at[i].p_vaddr) & ~(page - 1), (base + at[i].p_vaddr + at[i].p_memsz) & ~(page - 1)};
    return (bk_range){0, 0};
}

/* The linker packs all relocations (cmake/flags.cmake) but those at odd places, of which there may be none: nobody would do them. */
static void refuse_others(void) {
    for (const Elf64_Dyn *d = _DYNAMIC; d->d_tag; d++)
        if ((d->d_tag == DT_RELASZ || d->d_tag == DT_RELSZ) && d->d_un.d_val) __builtin_trap();
}

/* No C library yet: a system call by hand, and no stack protector (cmake/static.cmake). */
__attribute__((used, visibility("hidden"))) _Noreturn void bk_start_here(long *stack) {
    bk_range r = relocated(4096);
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(SYS_madvise), "D"(r.from), "S"(r.to - r.from), "d"(MADV_POPULATE_WRITE)
                     : "rcx", "r11", "memory");
    refuse_others();
    bk_relocate(LATE, 0);
    __libc_start_main(main, (int)*stack, (char **)(stack + 1), NULL, NULL, NULL);
}

/* The entry, as the kernel jumps to it: arguments, environment and more lie on the stack. */
__asm__(".text\n"
        ".globl bk_start\n"
        ".hidden bk_start\n"
        ".type bk_start, @function\n"
        "bk_start:\n"
        "  endbr64\n"
        "  xor %ebp, %ebp\n"
        "  mov %rsp, %rdi\n"
        "  and $-16, %rsp\n"
        "  call bk_start_here\n"
        "  hlt\n"
        ".size bk_start, .-bk_start\n");

/* Before all other constructors. */
__attribute__((constructor(101))) static void protect(void) {
    bk_range r = relocated((size_t)sysconf(_SC_PAGESIZE)), late = LATE;
    if (r.to > r.from && mprotect((void *)r.from, r.to - r.from, PROT_READ) != 0) abort();
    if (late.to > late.from && mprotect((void *)late.from, late.to - late.from, PROT_NONE) != 0) abort();
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
