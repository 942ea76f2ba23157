#define _GNU_SOURCE
#include "sandbox/filter.h"

#ifdef BK_SECCOMP_KNOWN

#include <string.h>

/* By number of the call. They come in that order but for a few, or on another machine. */
static void sort(bk_filter_rule *rules, size_t n) {
    for (size_t i = 1; i < n; i++) {
        bk_filter_rule rule = rules[i];
        size_t to = i;
        for (; to && rules[to - 1].call > rule.call; to--) rules[to] = rules[to - 1];
        rules[to] = rule;
    }
}

static struct sock_filter jump(uint16_t test, uint32_t value, size_t yes, size_t no) {
    return (struct sock_filter){(uint16_t)(BPF_JMP | test | BPF_K), (uint8_t)yes, (uint8_t)no, value};
}

/* Where the answers lie: behind the tree, the allowing one first. */
typedef struct tree {
    const bk_filter_rule *rules;
    struct sock_filter *code;
    size_t allow, verdicts[BK_FILTER_VERDICTS];
} tree;

/* A tree of n rules is 2 n - 1 instructions: one for each rule, and one for each choice between two halves. */
static void emit(const tree *t, size_t at, const bk_filter_rule *rules, size_t n) {
    if (n == 1) {
        t->code[at] = jump(BPF_JEQ, rules->call, t->verdicts[rules->verdict] - at - 1, t->allow - at - 1);
        return;
    }
    size_t half = n / 2, left = 2 * half - 1;
    t->code[at] = jump(BPF_JGE, rules[half].call, left, 0);
    emit(t, at + 1, rules, half);
    emit(t, at + 1 + left, rules + half, n - half);
}

size_t bk_filter_build(bk_filter_rule *rules, size_t n, struct sock_filter ret[BK_FILTER_MAX]) {
    static const struct sock_filter begin[] = {BK_SECCOMP_BEGIN};
    const struct sock_filter answers[] = {
        BK_SECCOMP_END(SECCOMP_RET_ALLOW),
        BK_SECCOMP_END(SECCOMP_RET_ERRNO | EPERM),
        BK_SECCOMP_END(SECCOMP_RET_ERRNO | EACCES),
        BK_SECCOMP_END(SECCOMP_RET_ERRNO | ENOSYS),
        BK_SECCOMP_LOAD(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
        BK_SECCOMP_END(SECCOMP_RET_ALLOW),
        BK_SECCOMP_END(SECCOMP_RET_ERRNO | EPERM),
    };
    const size_t begins = sizeof begin / sizeof *begin, count = sizeof answers / sizeof *answers;
    sort(rules, n);
    while (n && rules[n - 1].call == UINT32_MAX) n--;
    if (n == 0 || n > BK_FILTER_RULES) return 0;
    const size_t behind = begins + 2 * n - 1;
    const tree t = {rules, ret, behind, {behind + 1, behind + 2, behind + 3, behind + 4}};
    memcpy(ret, begin, sizeof begin);
    emit(&t, begins, rules, n);
    memcpy(ret + behind, answers, sizeof answers);
    return behind + count;
}

#endif
