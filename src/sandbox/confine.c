#define _GNU_SOURCE
#include "sandbox/confine.h"

#include "sandbox/filter.h"

#ifdef BK_SECCOMP

#include <linux/landlock.h>
#include <stdint.h>
#include <unistd.h>

#define DENY(call) {SYS_##call, BK_FILTER_EPERM}

static bool deny_calls(bool network) {
    /* In the order of their numbers on x86-64, which is what the filter wants. */
    bk_filter_rule rules[] = {
        {network ? UINT32_MAX : SYS_socket, BK_FILTER_EACCES},
        /* Threads of this process, no processes. The flags of clone3 lie in memory, where a filter cannot look; the C library takes clone then. */
        {SYS_clone, BK_FILTER_THREADS},
#ifdef __x86_64__
        DENY(fork),
        DENY(vfork),
#endif
        DENY(execve),
        DENY(ptrace),
        DENY(personality),
        DENY(pivot_root),
        DENY(chroot),
        DENY(mount),
        DENY(umount2),
        DENY(init_module),
        DENY(kexec_load),
        DENY(add_key),
        DENY(request_key),
        DENY(keyctl),
        DENY(unshare),
        DENY(perf_event_open),
        DENY(setns),
        DENY(process_vm_readv),
        DENY(process_vm_writev),
        DENY(finit_module),
        DENY(bpf),
        DENY(execveat),
        DENY(userfaultfd),
        DENY(io_uring_setup),
        {SYS_clone3, BK_FILTER_ENOSYS},
        DENY(pidfd_getfd),
    };
    struct sock_filter code[BK_FILTER_MAX];
    size_t n = bk_filter_build(rules, sizeof rules / sizeof *rules, code);
    return n && bk_seccomp_install(code, n);
}

/* Headers may be older than the kernel. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ull << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ull << 14)
#endif

/* Rights that a ruleset without rules handles are gone everywhere. */
static bool deny_files(bool writing) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return false;
    struct landlock_ruleset_attr attr = {.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE};
    if (!writing) {
        attr.handled_access_fs |= LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                  LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                  LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                                  LANDLOCK_ACCESS_FS_MAKE_SYM;
        if (version >= 2) attr.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
        if (version >= 3) attr.handled_access_fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
    }
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr.handled_access_fs, 0);
    if (rules < 0) return false;
    bool good = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    close(rules);
    return good;
}

static const char *confine(unsigned keep) {
    static const char *const seccomp[] = {"no programs, no network (seccomp)", "no programs (seccomp)"};
    static const char *const both[] = {"no programs, no network, no writing (seccomp, Landlock)",
                                       "no programs, no writing (seccomp, Landlock)", "no programs, no network (seccomp, Landlock)",
                                       "no programs (seccomp, Landlock)"};
    /* The first sets PR_SET_NO_NEW_PRIVS, which the second needs as well. */
    bool calls = deny_calls((keep & BK_CONFINE_NETWORK) != 0);
    bool files = deny_files((keep & BK_CONFINE_WRITING) != 0);
    if (!calls) return files ? "no programs from files (Landlock)" : "nothing: the kernel offers no way";
    return files ? both[keep & 3] : seccomp[keep & BK_CONFINE_NETWORK];
}

const char *bk_confine(unsigned keep) {
    static const char *came_of_it;
    if (!came_of_it) came_of_it = confine(keep);
    return came_of_it;
}

#else

const char *bk_confine(unsigned keep) {
    (void)keep;
    return "nothing: not on this system";
}

#endif
