#define _GNU_SOURCE
#include "trust/program/contain.h"

#include <sys/resource.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "sandbox/seccomp.h"

static bool limit_to(int resource, rlim_t value) {
    struct rlimit limit = {value, value};
    return setrlimit(resource, &limit) == 0;
}

#if defined(__linux__) && !defined(BK_SECCOMP) && !defined(BK_SANITIZED)
#error "which architecture is this for seccomp?"
#endif

#ifdef BK_SECCOMP

#define ALLOW(call) BK_SECCOMP_ALLOW(call)

/* Everything else answers EPERM: a library that asks in vain goes on or fails, both are fine. */
static bool filter_calls(void) {
    struct sock_filter code[] = {
        BK_SECCOMP_BEGIN,
        ALLOW(read),
        ALLOW(write),
        ALLOW(exit),
        ALLOW(exit_group),
        ALLOW(brk),
        ALLOW(mmap),
        ALLOW(munmap),
        ALLOW(mremap),
        ALLOW(madvise),
        ALLOW(futex),
        ALLOW(getrandom),
        ALLOW(clock_gettime),
        ALLOW(gettimeofday),
        ALLOW(rt_sigreturn),
        ALLOW(rt_sigprocmask),
        ALLOW(getpid),
        ALLOW(gettid),
        ALLOW(sched_yield),
        ALLOW(sigaltstack),
        ALLOW(mprotect),
        ALLOW(rt_sigaction),
        ALLOW(set_robust_list),
        ALLOW(rseq),
        BK_SECCOMP_THREADS, /* the library makes one for its RSA arithmetic */
        BK_SECCOMP_END(SECCOMP_RET_ERRNO | EPERM),
    };
    return bk_seccomp_install(code, sizeof code / sizeof *code);
}

#endif

bool bk_trust_contain(void) {
    bool ok = limit_to(RLIMIT_CORE, 0) && limit_to(RLIMIT_CPU, 60) && limit_to(RLIMIT_NOFILE, 3);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, 9);
    ok = ok && prctl(PR_SET_DUMPABLE, 0) == 0;
#endif
#ifndef BK_SANITIZED /* it reserves more memory than there is */
    ok = ok && limit_to(RLIMIT_AS, (rlim_t)1 << 30);
#endif
#ifdef BK_SECCOMP
    ok = ok && filter_calls();
#endif
    return ok;
}
