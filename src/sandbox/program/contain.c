#define _GNU_SOURCE
#include "sandbox/program/contain.h"

#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#ifdef __linux__
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

/* The address sanitizer reserves more memory than there is, and looks into /proc. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static void limit_to(int resource, rlim_t value) {
    struct rlimit limit = {value, value};
    setrlimit(resource, &limit);
}

void bk_compile_limit(uint64_t ms, unsigned threads, uint64_t memory, uint64_t output) {
    limit_to(RLIMIT_CORE, 0);
    limit_to(RLIMIT_FSIZE, (rlim_t)output); /* the runtime keeps a module's data in a file in memory */
    limit_to(RLIMIT_CPU, (rlim_t)((ms / 1000 + 1) * threads));
#ifndef SANITIZED
    limit_to(RLIMIT_AS, (rlim_t)memory);
#else
    (void)memory;
#endif
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0);
    mallopt(M_ARENA_MAX, 2);
#endif
}

#if defined(__linux__) && !defined(SANITIZED) && (defined(__x86_64__) || defined(__aarch64__))

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ALLOW(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define ANSWER(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))

void bk_compile_lock(void) {
    struct sock_filter code[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
#ifdef __x86_64__
        /* The x32 numbers are another way to the same calls. */
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
#endif
        ALLOW(read),
        ALLOW(write),
        ALLOW(futex),
        ALLOW(mmap),
        ALLOW(munmap),
        ALLOW(mremap),
        ALLOW(mprotect),
        ALLOW(madvise),
        ALLOW(brk),
        ALLOW(sched_yield),
        ALLOW(sched_getaffinity),
        ALLOW(clock_gettime),
        ALLOW(clock_nanosleep),
        ALLOW(getrandom),
        ALLOW(gettid),
        ALLOW(getpid),
        ALLOW(rt_sigaction),
        ALLOW(rt_sigprocmask),
        ALLOW(rt_sigreturn),
        ALLOW(sigaltstack),
        ALLOW(set_robust_list),
        ALLOW(rseq),
        ALLOW(membarrier),
        ALLOW(close),
        ALLOW(memfd_create),
        ALLOW(ftruncate),
        ALLOW(fcntl),
        ALLOW(exit),
        ALLOW(exit_group),
        /* Threads of this process, no processes. The flags of clone3 lie in memory, where a filter cannot look; the C library takes clone then. */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
        ANSWER(ENOSYS),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
        LOAD(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        ANSWER(EPERM),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#else

void bk_compile_lock(void) {}

#endif
