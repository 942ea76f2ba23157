/* late.c: OpenSSL's tables, three quarters of all that is full of pointers in the static program, are relocated when one of OpenSSL's functions is called for the first time. Most
 * commands call none, and the 360 KiB cost them a tenth of their time.
 *
 * The tables lie in pages of their own (late.ld), which nobody can touch until then. All calls into OpenSSL from outside come by bk_late_call (scripts/late-calls),
 * or they would fault at the first table. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "start.h"

/* For the ways in. Written once, when all is in place. */
extern char bk_late_done __attribute__((visibility("hidden")));
char bk_late_done;
void bk_late_enter(void);

static void relocate(void) {
    bk_range late = {(size_t)bk_late_begin, (size_t)bk_late_end};
    size_t size = late.to - late.from;
    if (mprotect(bk_late_begin, size, PROT_READ | PROT_WRITE) != 0) abort();
    madvise(bk_late_begin, size, MADV_POPULATE_WRITE);
    bk_relocate(late, 1);
    if (mprotect(bk_late_begin, (size_t)bk_late_writable - (size_t)bk_late_begin, PROT_READ) != 0) abort();
    __atomic_store_n(&bk_late_done, 1, __ATOMIC_RELEASE);
}

__attribute__((used, visibility("hidden"))) void bk_late_enter(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, relocate);
}

/* From a way in, with the function that was called in r11: all that can hold an argument is kept. */
__asm__(".text\n"
        ".globl bk_late_call\n"
        ".hidden bk_late_call\n"
        ".type bk_late_call, @function\n"
        "bk_late_call:\n"
        "  push %rbp\n"
        "  mov %rsp, %rbp\n"
        "  push %rax\n"
        "  push %rdi\n"
        "  push %rsi\n"
        "  push %rdx\n"
        "  push %rcx\n"
        "  push %r8\n"
        "  push %r9\n"
        "  push %r11\n"
        "  sub $128, %rsp\n"
        "  movups %xmm0, (%rsp)\n"
        "  movups %xmm1, 16(%rsp)\n"
        "  movups %xmm2, 32(%rsp)\n"
        "  movups %xmm3, 48(%rsp)\n"
        "  movups %xmm4, 64(%rsp)\n"
        "  movups %xmm5, 80(%rsp)\n"
        "  movups %xmm6, 96(%rsp)\n"
        "  movups %xmm7, 112(%rsp)\n"
        "  call bk_late_enter\n"
        "  movups (%rsp), %xmm0\n"
        "  movups 16(%rsp), %xmm1\n"
        "  movups 32(%rsp), %xmm2\n"
        "  movups 48(%rsp), %xmm3\n"
        "  movups 64(%rsp), %xmm4\n"
        "  movups 80(%rsp), %xmm5\n"
        "  movups 96(%rsp), %xmm6\n"
        "  movups 112(%rsp), %xmm7\n"
        "  add $128, %rsp\n"
        "  pop %r11\n"
        "  pop %r9\n"
        "  pop %r8\n"
        "  pop %rcx\n"
        "  pop %rdx\n"
        "  pop %rsi\n"
        "  pop %rdi\n"
        "  pop %rax\n"
        "  pop %rbp\n"
        "  jmp *%r11\n"
        ".size bk_late_call, .-bk_late_call\n");
