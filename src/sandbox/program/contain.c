#define _GNU_SOURCE
#include "sandbox/program/contain.h"

#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#ifdef __linux__
#include <malloc.h>
#include <sys/prctl.h>
#endif

#include "sandbox/seccomp.h"

static void limit_to(int resource, rlim_t value) {
    struct rlimit limit = {value, value};
    setrlimit(resource, &limit);
}

void bk_compile_limit(uint64_t ms, unsigned threads, uint64_t memory, uint64_t output) {
    limit_to(RLIMIT_CORE, 0);
    limit_to(RLIMIT_FSIZE, (rlim_t)output); /* the runtime keeps a module's data in a file in memory */
    limit_to(RLIMIT_CPU, (rlim_t)((ms / 1000 + 1) * threads));
#ifndef BK_SANITIZED /* it reserves more memory than there is */
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

#ifdef BK_SECCOMP

#define ALLOW(call) BK_SECCOMP_ALLOW(call)

void bk_compile_lock(void) {
    struct sock_filter code[] = {
        BK_SECCOMP_BEGIN,      ALLOW(read),
        ALLOW(write),          ALLOW(futex),
        ALLOW(mmap),           ALLOW(munmap),
        ALLOW(mremap),         ALLOW(mprotect),
        ALLOW(madvise),        ALLOW(brk),
        ALLOW(sched_yield),    ALLOW(sched_getaffinity),
        ALLOW(clock_gettime),  ALLOW(clock_nanosleep),
        ALLOW(getrandom),      ALLOW(gettid),
        ALLOW(getpid),         ALLOW(rt_sigaction),
        ALLOW(rt_sigprocmask), ALLOW(rt_sigreturn),
        ALLOW(sigaltstack),    ALLOW(set_robust_list),
        ALLOW(rseq),           ALLOW(membarrier),
        ALLOW(close),          ALLOW(memfd_create),
        ALLOW(ftruncate),      ALLOW(fcntl),
        ALLOW(exit),           ALLOW(exit_group),
        BK_SECCOMP_THREADS,    BK_SECCOMP_END(SECCOMP_RET_ERRNO | EPERM),
    };
    bk_seccomp_install(code, sizeof code / sizeof *code);
}

#else

void bk_compile_lock(void) {}

#endif
