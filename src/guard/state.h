/* state.h: the inside of a guard; for the files of this folder only. */
#ifndef BK_GUARD_STATE_H
#define BK_GUARD_STATE_H

#include "guard/charts.h"
#include "guard/digest.h"
#include "guard/guard.h"
#include "guard/handlers.h"
#include "guard/ledger.h"
#include "guard/record.h"
#include "guard/rules.h"

struct bk_guard {
    bk_arena arena; /* of the run */
    bk_str release, namespace_;
    bool enable_dns, cluster;
    bk_rules rules;
    bk_handler handlers[BK_EFFECT_COUNT];
    bk_builtins builtins;
    bk_ledger *ledger; /* or NULL */
    bk_record *record; /* or NULL */
    bk_digest_key key; /* of this run's HMACs; of the recorded run when replaying */
    bool closed;

    /* One call. */
    bk_arena call_arena;
    bool has_chart; /* a chart's code runs, as opposed to the operator's */
    bk_charts charts;
    bk_chart operator_; /* tally of the operator's own calls */
    uint32_t counts[BK_EFFECT_COUNT];
    bk_err failure; /* what ends the call whatever the compartment says: a denial, a quota, a ledger that cannot be written */
};

/* What was decided, and by which rule. */
typedef struct bk_decision {
    bk_verdict verdict;
    bk_str rule; /* in words */
} bk_decision;

/* decide.c: judges the request; on a denial err says who, what, which rule, and the grant. */
bk_status bk_guard_decide(const bk_ask *ask, bk_decision *ret, bk_err *err);
/* summary.c */
bk_status bk_guard_tally(const bk_ask *ask, bk_verdict verdict, bk_err *err);
const char *bk_verdict_name(bk_verdict verdict);

#endif
