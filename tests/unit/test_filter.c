// links: host
#define _GNU_SOURCE
/* The filter of system calls, run as the kernel runs it: every number must get what the list says, however the list is turned into a tree. */
#include "sandbox/filter.h"

#include "test.h"

#ifdef BK_SECCOMP_KNOWN

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#else
#define OWN_ARCH AUDIT_ARCH_AARCH64
#endif

/* Of the instructions that the filters use. 1: it did something else. */
static uint32_t run(const struct sock_filter *code, size_t n, const struct seccomp_data *data) {
    uint32_t a = 0;
    for (size_t at = 0; at < n; at++) {
        const struct sock_filter *i = &code[at];
        switch (i->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            if (i->k > sizeof *data - sizeof a) return 1;
            memcpy(&a, (const char *)data + i->k, sizeof a);
            break;
        case BPF_JMP | BPF_JEQ | BPF_K: at += a == i->k ? i->jt : i->jf; break;
        case BPF_JMP | BPF_JGE | BPF_K: at += a >= i->k ? i->jt : i->jf; break;
        case BPF_JMP | BPF_JSET | BPF_K: at += a & i->k ? i->jt : i->jf; break;
        case BPF_RET | BPF_K: return i->k;
        default: return 1;
        }
    }
    return 1;
}

static uint32_t expected(const bk_filter_rule *rules, size_t n, uint32_t call, uint64_t first) {
    for (size_t i = 0; i < n; i++) {
        if (rules[i].call != call) continue;
        switch (rules[i].verdict) {
        case BK_FILTER_EPERM: return SECCOMP_RET_ERRNO | EPERM;
        case BK_FILTER_EACCES: return SECCOMP_RET_ERRNO | EACCES;
        case BK_FILTER_ENOSYS: return SECCOMP_RET_ERRNO | ENOSYS;
        case BK_FILTER_THREADS: return first & CLONE_THREAD ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EPERM;
        case BK_FILTER_VERDICTS: return 1;
        }
    }
    return SECCOMP_RET_ALLOW;
}

TEST(every_call_gets_its_verdict) {
    struct sock_filter code[BK_FILTER_MAX];
    uint32_t state = 7;
    for (size_t n = 1; n <= BK_FILTER_RULES; n++) {
        bk_filter_rule rules[BK_FILTER_RULES], kept[BK_FILTER_RULES];
        for (size_t i = 0, call = 0; i < n; i++) {
            state = state * 1664525u + 1013904223u;
            call += 1 + (state >> 24) % 20;
            size_t other = i ? (state >> 8) % (i + 1) : 0; /* in any order */
            rules[i] = rules[other];
            rules[other] = (bk_filter_rule){(uint32_t)call, (bk_filter_verdict)((state >> 16) % BK_FILTER_VERDICTS)};
        }
        memcpy(kept, rules, sizeof kept);
        size_t length = bk_filter_build(rules, n, code);
        CHECK(length > 0 && length <= BK_FILTER_MAX);
        for (uint32_t call = 0; call < 1100; call++) {
            struct seccomp_data data = {.nr = (int)call, .arch = OWN_ARCH};
            CHECK(run(code, length, &data) == expected(kept, n, call, 0));
            data.args[0] = CLONE_THREAD | CLONE_VM;
            CHECK(run(code, length, &data) == expected(kept, n, call, data.args[0]));
        }
        struct seccomp_data foreign = {.nr = 1, .arch = AUDIT_ARCH_I386};
        CHECK(run(code, length, &foreign) == SECCOMP_RET_KILL_PROCESS);
#ifdef __x86_64__
        struct seccomp_data x32 = {.nr = 0x40000001, .arch = OWN_ARCH};
        CHECK(run(code, length, &x32) == SECCOMP_RET_KILL_PROCESS);
#endif
    }
}

TEST(rules_without_a_call_count_for_nothing) {
    struct sock_filter code[BK_FILTER_MAX];
    bk_filter_rule rules[BK_FILTER_RULES + 1] = {{UINT32_MAX, BK_FILTER_EACCES}, {5, BK_FILTER_EPERM}};
    size_t length = bk_filter_build(rules, 2, code);
    CHECK(length > 0);
    CHECK(run(code, length, &(struct seccomp_data){.nr = 5, .arch = OWN_ARCH}) == (SECCOMP_RET_ERRNO | EPERM));
    CHECK(run(code, length, &(struct seccomp_data){.nr = 6, .arch = OWN_ARCH}) == SECCOMP_RET_ALLOW);
    CHECK(bk_filter_build(&(bk_filter_rule){UINT32_MAX, BK_FILTER_EPERM}, 1, code) == 0);
    for (uint32_t i = 0; i <= BK_FILTER_RULES; i++) rules[i] = (bk_filter_rule){i, BK_FILTER_EPERM};
    CHECK(bk_filter_build(rules, BK_FILTER_RULES + 1, code) == 0);
}

#else

TEST(no_filters_here) { CHECK(true); }

#endif

TEST_MAIN()
