/* state.h: the inside of a guard; for the files of this folder only. */
#ifndef BK_GUARD_STATE_H
#define BK_GUARD_STATE_H

#include "guard/charts.h"
#include "sandbox/digest.h"
#include "guard/grants.h"
#include "guard/handlers.h"
#include "guard/ledger.h"
#include "guard/plugin.h"
#include "guard/policy.h"
#include "guard/record.h"

/* What belongs to one call into a compartment. */
typedef struct bk_call_part {
    bk_arena arena;
    bool has_chart; /* a chart's code runs, as opposed to the operator's */
    bk_charts charts;
    bk_str digest;      /* of the chart's archive, when it is one and was read; else empty */
    bool digest_taken;  /* the first reading counts */
    bool archive;       /* input 0 is a file */
    bk_chart operator_; /* tally of the operator's own calls */
    uint32_t counts[BK_EFFECT_COUNT];
    bk_err failure; /* what ends the call whatever the compartment says: a denial, a quota, a ledger that cannot be written */
} bk_call_part;

/* What a plugin was called for: its tally outlives its calls. */
typedef struct bk_plugin_tally {
    bk_str name; /* "plugin/s3" */
    bk_tally of[BK_RIGHT_COUNT];
    struct bk_plugin_tally *next;
} bk_plugin_tally;

struct bk_guard {
    bk_arena arena; /* of the run */
    bk_str release, namespace_;
    bk_str signers;         /* of the chart: a line each */
    bk_str signed_digest;   /* of the archive whose signature was checked; empty: none was */
    bk_value statement;     /* of what that chart asks for; nil: none */
    bk_str manifest_digest; /* of the archive that was rendered last, for its manifests */
    bool enable_dns, cluster, warn;
    const bk_policy *policy;
    bk_rules rules;          /* the policy's, then grants */
    bool wants_digests;      /* some rule, or the ledger, does */
    const char *grants_path; /* of the plugins' store; NULL: there is none */
    bool grants_loaded;
    bk_grants grants;
    void (*tell)(void *self, bk_str line);
    void *tell_self;
    bk_map *told;           /* what warn mode has told */
    bk_plugin_call *plugin; /* the innermost call of a plugin */
    bk_plugin_tally *plugins;
    bk_handler handlers[BK_EFFECT_COUNT];
    bk_builtins builtins;
    bk_ledger *ledger; /* or NULL */
    bk_record *record; /* or NULL */
    bk_digest_key key; /* of this run's HMACs; of the recorded run when replaying */
    bool closed;

    unsigned depth;    /* calls within calls */
    bk_call_part call; /* the innermost */
};

/* A plugin at work. */
struct bk_plugin_call {
    bk_guard *guard;
    bk_plugin_call *outer;
    bk_arena arena;
    bk_plugin_subject subject;
    bk_subject who;
    bk_rules stored; /* what the store grants this content */
    bool stale;      /* the store knows the name under another digest */
    uint64_t line;   /* of the call, in the ledger */
    uint32_t counts[BK_RIGHT_COUNT];
    bk_plugin_tally *tally;
    bk_record *paused; /* the record, while nothing is to be recorded */
    bool differs;      /* from the record */
    bk_err failure;
};

/* What was decided, and by which rule. */
typedef struct bk_decision {
    bk_verdict verdict;
    bk_str rule; /* in words */
} bk_decision;

/* decide.c: judges the request; on a denial err says who, what, which rule, and the grant. */
bk_status bk_guard_decide(const bk_ask *ask, bk_decision *ret, bk_err *err);
/* Tells a line of warn mode, unless it was told before. */
void bk_guard_tell(bk_guard *guard, bk_str line);
/* The subject behind a chart of the table; the operator for BK_NPOS. */
bk_subject bk_guard_who(const bk_guard *guard, size_t chart);

/* plugin.c: the rule for the innermost plugin's call, its stored grants included; NULL: none. And the plugin as messages and suggestions name it. */
const bk_rule *bk_plugin_rule(const bk_plugin_call *call, bk_right right, bk_str target);
const bk_subject *bk_plugin_who(const bk_plugin_call *call);
/* guard.c: the refusal `failure` (or none) takes the place of what the guest reported, unless that tells it already: the guest may have gone on, or say something
 * else. */
bk_status bk_guard_refuse(bk_err *failure, bk_status status, bk_err *err);
/* guard.c: "ok", "denied", … */
const char *bk_outcome_name(bk_status status);
/* plugin.c: the decision in the ledger; and a refusal that stays: what comes after it is refused in the same words. */
bk_status bk_plugin_write_decision(const bk_plugin_call *call, const bk_plugin_ask *ask, const bk_decision *decision, uint64_t *ret_line,
                                   bk_err *err);
bk_status bk_plugin_fail(bk_plugin_call *call, bk_err *err);
/* plugin_record.c: the call's beginning and end. */
bk_status bk_plugin_record_begin(bk_plugin_call *call, bk_str entry, bk_str input, bk_err *err);
bk_status bk_plugin_record_end(bk_plugin_call *call, bk_status status, bk_str output, bk_err *err);
/* plugin.c: frees a call that nobody ended. */
void bk_plugin_drop(bk_plugin_call *call);

/* summary.c. What is kept of the target lies in the arena. */
bk_status bk_tally_add(bk_tally *tally, bk_arena *arena, bk_verdict verdict, bk_str target, bk_err *err);
bk_status bk_guard_tally(const bk_ask *ask, bk_verdict verdict, bk_err *err);
const char *bk_verdict_name(bk_verdict verdict);

#endif
