/* guard.h: who may ask for what, and what became of it.
 *
 * One guard per run of the program. It makes the calls into compartments, takes every request for an effect, and for each: checks the frame,
 * the quota and who asks; decides; writes the decision to the ledger; performs the effect or takes the recorded answer; writes down the answer.
 *
 *     bk_guard_options options = {.release = …, .ledger = path};
 *     BK_TRY(bk_guard_new(&options, &guard, err));
 *     bk_guard_register(guard, BK_FX_INPUT, &(bk_handler){.self = inputs, .perform = …});
 *     status = bk_guard_call(guard, module, BK_CALL_RENDER, request, &limits, &output, err);
 *     status = bk_guard_close(guard, status, err);
 *     bk_guard_free(guard);
 *
 * The subject of a request is every chart whose code is running: the rendered file's chart, then that of each include (ORIGIN). Charts
 * are indices into a table that the compartment sends once (CHARTS) and that is sealed then. Default rules are judged for the rendered
 * file's chart; a grant must hold for all of them, and for the plugin that had the chart rendered, if one did. In calls without a chart (the operator's
 * own values and templates) the subject is the operator. Plugins are subjects of their own: guard/plugin.h.
 *
 * A denial is loud: the compartment gets the refusal as its answer, later requests are refused as well, and the call fails with
 * BK_ERR_DENIED even when the compartment claims success. The same goes for a ledger that cannot be written.
 *
 * Policies: guard/policy.h. Rules and grants: guard/rules.h. Ledger and record: docs/ledger.md. */
#ifndef BK_GUARD_GUARD_H
#define BK_GUARD_GUARD_H

#include "base/boundary.h"
#include "sandbox/call.h"
#include "value/map.h"

typedef struct bk_guard bk_guard;

typedef enum bk_verdict {
    BK_UNDECIDED, /* nothing is said: the next rule, in the end the built-in one */
    BK_ALLOW,
    BK_EMPTY, /* answered with nothing, as Helm does: DNS without --enable-dns, lookup without a cluster */
    BK_DENY,
    BK_WARN, /* would be denied, and is allowed and told: warn mode */
} bk_verdict;

/* A request, parsed and checked. Lives until the handler returns. */
typedef struct bk_ask {
    bk_guard *guard;
    bk_arena *arena; /* for what the handler makes on the way */
    bk_effect op;
    const uint32_t *origins; /* indices of charts, each below the count of the table */
    size_t origin_count;     /* 0 in the operator's own calls */
    bk_str where;            /* file:line:col; the guest's text, unescaped */
    bk_value args;           /* a map with few keys; kinds unchecked */
    bk_str target;           /* what `target` below said */
} bk_ask;

/* How an effect is performed. Every function may be NULL but perform. They run on the compartment's thread; what they wait for ends at
 * bk_sandbox_time_left. */
typedef struct bk_handler {
    void *self;
    /* Says what is asked for: the text that patterns of rules match, that the ledger shows and that a suggested grant names. Resolved by the host
     * (a real path, a lower-case host name), without secrets. Fails on arguments that make no sense. */
    bk_status (*target)(void *self, const bk_ask *ask, bk_str *ret, bk_err *err);
    /* The built-in rule of this effect, when no grant speaks; *ret_rule says it in words (a literal). BK_UNDECIDED: the table's default. */
    bk_verdict (*judge)(void *self, const bk_ask *ask, const char **ret_rule);
    /* Appends the payload of the answer. */
    bk_status (*perform)(void *self, const bk_ask *ask, bk_buf *answer, bk_err *err);
    /* Appends the answer that says "nothing". NULL: an empty map for lookup, one empty text for dns. */
    bk_status (*nothing)(void *self, const bk_ask *ask, bk_buf *answer, bk_err *err);
} bk_handler;

typedef struct bk_guard_options {
    bk_str release, namespace_;
    bk_str program;                 /* "bulkhead 0.1.0", for the ledger's head */
    const char *ledger;             /* path, or NULL */
    const char *record;             /* path, or NULL */
    const char *replay;             /* path, or NULL; excludes record */
    const struct bk_policy *policy; /* policy.h; borrowed; NULL: the built-in one */
    bool warn;                      /* warn mode */
    const bk_str *grants;           /* texts of --grant */
    size_t grant_count;
    bk_str env_grants;         /* BULKHEAD_GRANTS: grants with blanks between them */
    const char *plugin_grants; /* path of the store of plugins' grants (grants.h), or NULL */
    /* Told what warn mode let pass, each thing once: a line, unescaped names already escaped. NULL: only the ledger knows. */
    void (*tell)(void *self, bk_str line);
    void *tell_self;
    bool enable_dns;
    bool cluster; /* this command contacts a cluster, so lookup may */
    bk_str clock; /* --clock: RFC 3339, or seconds since 1970; empty: the system's */
} bk_guard_options;

/* Opens the files and registers the handlers that need nothing from outside (seed, clock, zoneinfo, keygen, cipher, bcrypt, dns, schema-ref). Texts in
 * options are copied. */
bk_status bk_guard_new(const bk_guard_options *options, bk_guard **ret, bk_err *err);
/* Closes what bk_guard_close has not closed, without a final line. NULL is fine. */
void bk_guard_free(bk_guard *guard);

/* Sets the handler of an effect (not CHARTS, which is the guard's own). The handler is copied; self is borrowed. */
void bk_guard_register(bk_guard *guard, bk_effect op, const bk_handler *handler);
/* Fetches the bytes of an https or http URL for schema-ref; without one such references fail after the decision. Before each connection, the first included, it
 * asks bk_guard_follow. */
typedef bk_status (*bk_guard_fetch)(void *self, const bk_ask *ask, bk_str url, size_t cap, bk_buf *out, bk_err *err);
/* Whether what was asked for may lead to this URL: BK_ERR_DENIED, with the grant to type, unless the rules allow it as they would allow a request for it.
 * *ret_named: they name its host letter by letter, for everyone who asks. */
bk_status bk_guard_follow(const bk_ask *ask, bk_str url, bool *ret_named, bk_err *err);
void bk_guard_set_fetch(bk_guard *guard, bk_guard_fetch fetch, void *self);

/* A signature of the chart, as it was verified. */
typedef struct bk_guard_signed {
    const char *how;       /* "openpgp", "sigstore" */
    bk_str file;           /* the archive's name */
    bk_str digest;         /* of the archive: "sha256:…" */
    const bk_str *signers; /* what a rule's `signer` may be: fingerprints, identities */
    size_t count;
    bk_str issuer, log, predicate_type, predicate; /* of Sigstore, for the ledger; empty: none */
    int64_t time;                                  /* 0: not known */
    bk_value statement; /* a signed one of what the chart asks for (action/capabilities.h); nil: none. Borrowed as long as the guard */
} bk_guard_signed;
/* Writes it to the ledger. From then on a chart's archive with another digest is refused: what was verified is what is read. A second signature of the same
 * archive adds its signers. */
bk_status bk_guard_set_signed(bk_guard *guard, const bk_guard_signed *what, bk_err *err);
/* The statement of the chart whose signature was checked; nil: none. */
bk_value bk_guard_statement(const bk_guard *guard);

/* A call into a compartment (sandbox/call.h) with this guard behind it. `op` is a bk_call_op. Quotas and the table of charts begin anew; a
 * call within a call (a plugin that renders) has its own. */
bk_status bk_guard_call(bk_guard *guard, bk_sandbox_module *module, uint32_t op, bk_str request, const bk_sandbox_limits *limits,
                        bk_buf *output, bk_err *err);

/* What finished manifests use: images and kinds of hooks, and objects that the release does not bring along. */
typedef struct bk_manifest_ask {
    const char *effect; /* "hook-image", "hook-kind", "reference" */
    bk_str target;
    bk_str path;       /* of the template, which tells the chart */
    bk_str kind, name; /* of the object */
} bk_manifest_ask;
/* Whether anybody wants to know: the ledger, a rule, or profile strict; not in a replay. */
bool bk_guard_wants_manifests(const bk_guard *guard);
/* Decides, and writes it down; BK_ERR_DENIED with the loud text. */
bk_status bk_guard_manifest(bk_guard *guard, const bk_manifest_ask *ask, bk_err *err);

/* A fact of the run that no compartment asks for, such as what a cluster is like: kept in the record. In a replay it is what was recorded; *ret_found false: there is none. */
bk_status bk_guard_note(bk_guard *guard, const char *name, bk_str bytes, bk_err *err);
bk_status bk_guard_recall(bk_guard *guard, const char *name, bool *ret_found, bk_str *ret, bk_err *err);
bool bk_guard_replays(const bk_guard *guard);
/* Gives up, for the rest of the process (sandbox/confine.h): starting programs; the network, unless a chart may get at it by flags, policy or grants; and without
 * `writing` all writing but to files that are open. May be called again. What came of it, for people. */
const char *bk_guard_confine(const bk_guard *guard, bool writing);

/* Ends the run: writes the final lines. `outcome` is the run's status so far; when it is BK_OK and the files cannot be completed, or a recorded run had gone on
 * longer, that is the error. Returns the status of the whole. Call it once, whatever happened. */
bk_status bk_guard_close(bk_guard *guard, bk_status outcome, bk_err *err);

/* The path of a chart of the table; empty beyond it. */
bk_str bk_guard_chart(const bk_guard *guard, uint32_t index);
size_t bk_guard_chart_count(const bk_guard *guard);

/* Requests of the last call, for people: a table of effect, decision, chart, number and first target; nothing when nothing was asked for. */
void bk_guard_summary(const bk_guard *guard, bk_buf *out);

/* What the sandbox calls; public for tests that bring no compartment. */
bk_status bk_guard_effect(void *guard, uint32_t op, bk_str request, bk_buf *answer, bk_err *err);
/* The part of bk_guard_call before and after the sandbox, likewise. `end` returns the status of the call with denials counted in. */
bk_status bk_guard_begin(bk_guard *guard, uint32_t op, bk_str request, bk_err *err);
bk_status bk_guard_end(bk_guard *guard, bk_status status, bk_err *err);

#endif
