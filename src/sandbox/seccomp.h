/* seccomp.h: the pieces of which the project's filters of system calls are made. For src/sandbox and for programs that lock themselves.
 *
 * A filter is an array of BK_SECCOMP_… macros: BK_SECCOMP_BEGIN first, then calls, BK_SECCOMP_THREADS where threads may start, and an end that answers
 * for everything else. A call of another instruction set (32 bits, x32) ends the process. BK_SECCOMP is defined where filters are in force: on Linux,
 * and not under the address sanitizer, which looks into /proc and attaches to the process at its end. */
#ifndef BK_SANDBOX_SECCOMP_H
#define BK_SANDBOX_SECCOMP_H

#include "base/compiler.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#define BK_SECCOMP_KNOWN 1 /* filters can be written */
#ifndef BK_SANITIZED
#define BK_SECCOMP 1
#endif

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define BK_SECCOMP_LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define BK_SECCOMP_END(verdict) BPF_STMT(BPF_RET | BPF_K, verdict)
#define BK_SECCOMP_ON(call, verdict) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BK_SECCOMP_END(verdict)
#define BK_SECCOMP_ALLOW(call) BK_SECCOMP_ON(call, SECCOMP_RET_ALLOW)
#define BK_SECCOMP_DENY(call, error) BK_SECCOMP_ON(call, SECCOMP_RET_ERRNO | (error))

#if defined(__x86_64__)
/* The x32 numbers are another way to the same calls. */
#define BK_SECCOMP_BEGIN \
    BK_SECCOMP_LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0), BK_SECCOMP_END(SECCOMP_RET_KILL_PROCESS), \
        BK_SECCOMP_LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), BK_SECCOMP_END(SECCOMP_RET_KILL_PROCESS)
#else
#define BK_SECCOMP_BEGIN \
    BK_SECCOMP_LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_AARCH64, 1, 0), BK_SECCOMP_END(SECCOMP_RET_KILL_PROCESS), \
        BK_SECCOMP_LOAD(nr)
#endif

/* Threads of this process, no processes. The flags of clone3 lie in memory, where a filter cannot look; the C library takes clone then. */
#define BK_SECCOMP_THREADS \
    BK_SECCOMP_DENY(clone3, ENOSYS), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4), BK_SECCOMP_LOAD(args[0]), \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1), BK_SECCOMP_END(SECCOMP_RET_ALLOW), \
        BK_SECCOMP_END(SECCOMP_RET_ERRNO | EPERM)

/* From now on and for all that comes of this thread. PR_SET_NO_NEW_PRIVS is set with it. */
static inline bool bk_seccomp_install(struct sock_filter *code, size_t n) {
    struct sock_fprog program = {.len = (unsigned short)n, .filter = code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#endif
#endif
