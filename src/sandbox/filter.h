/* filter.h: a filter of system calls from a list of those that are refused.
 *
 * The kernel runs a new filter once for every call that there is, to remember which are always allowed. A list that is compared from its beginning to its end
 * takes half of the time that the whole lock costs; so the list is made a tree. */
#ifndef BK_SANDBOX_FILTER_H
#define BK_SANDBOX_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "sandbox/seccomp.h"

#ifdef BK_SECCOMP_KNOWN

/* At most so many rules. */
#define BK_FILTER_RULES 48u
/* Room for the filter of any list. */
#define BK_FILTER_MAX (2 * BK_FILTER_RULES + 16)

typedef enum bk_filter_verdict {
    BK_FILTER_EPERM,
    BK_FILTER_EACCES,
    BK_FILTER_ENOSYS,
    BK_FILTER_THREADS,
    BK_FILTER_VERDICTS
} bk_filter_verdict;

typedef struct bk_filter_rule {
    uint32_t call;             /* its number; UINT32_MAX: no call, the rule counts for nothing */
    bk_filter_verdict verdict; /* what it gets; THREADS: allowed where its first argument asks for a thread of this process, else EPERM */
} bk_filter_rule;

/* Writes the filter: calls of another instruction set end the process, those of the list get their verdicts, all others are allowed. The rules are sorted; no
 * call may be among them twice. Returns how many instructions; 0: too many rules. */
size_t bk_filter_build(bk_filter_rule *rules, size_t n, struct sock_filter ret[BK_FILTER_MAX]);

#endif
#endif
