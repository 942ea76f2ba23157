/* plugin.h: plugins as subjects of the guard: what one may do, and what became of it.
 *
 * Whoever runs a plugin makes a call of it, asks through the call before anything leaves the compartment, and ends it:
 *
 *     const bk_plugin_subject s3 = {.name = …, .version = …, .type = BK_S("getter/v1"), .runtime = BK_S("extism/v1"), .digest = …, .pinned = true};
 *     BK_TRY(bk_guard_plugin_begin(guard, &s3, BK_S("helm_plugin_main"), input, &call, err));
 *     ...
 *     const bk_plugin_ask ask = {.right = BK_RIGHT_HTTP, .target = host, .requested = listed, .detail = url};
 *     status = bk_guard_plugin_ask(call, &ask, &answer, err);      BK_ERR_DENIED: do not do it, and fail the call
 *     if (status == BK_OK) status = do_it(…, &bytes);
 *     BK_TRY(bk_guard_plugin_answered(call, &answer, status, bytes, err));
 *     ...
 *     status = bk_guard_plugin_end(call, status, output, err);     frees the call
 *
 * What decides: a thing that plugin.yaml has to request (hosts, temporary folder, host functions) and does not is denied, whatever is granted. Then the
 * rules of the policy, of --grant and BULKHEAD_GRANTS, and the grants that the store (grants.h) keeps for this very content; then the profile. Targets that
 * a rule has to fit are resolved by the host: a host name in lower case without port and final dot, the name of a function or variable.
 *
 * The decision is in the ledger before ask returns; when it cannot be written, ask fails and nothing may happen. A denial is loud: every later ask of
 * the call fails with the same words, and so does end, even when the plugin claims success. In warn mode a denial by policy becomes an allowance that is
 * told once on standard error.
 *
 * Calls nest: a plugin that renders a chart (helm_render) is asked for along with the chart, so a grant must hold for both. One thread at a time uses
 * a guard.
 *
 * What a plugin is told goes into the record: whoever answers it makes an exchange of it (below). In a replay the plugin runs again, nobody is asked for
 * anything, and the answers are the recorded ones; asking without an exchange is refused there. */
#ifndef BK_GUARD_PLUGIN_H
#define BK_GUARD_PLUGIN_H

#include "guard/policy.h"

typedef struct bk_plugin_call bk_plugin_call;

typedef struct bk_plugin_subject {
    bk_str name, version; /* of plugin.yaml */
    bk_str type, runtime; /* "cli/v1", "extism/v1" */
    bk_str digest;        /* bk_plugin_digest's "sha256:…"; of the tree for a subprocess plugin; empty: not known */
    bk_str path;          /* real path of a development link, whose content may change at any time; else empty */
    bool pinned;          /* what runs is what was hashed */
} bk_plugin_subject;

/* The digest that grants are bound to: SHA-256 over both files with their lengths, as "sha256:…". `wasm` is empty for a plugin without. `out` gets 71 bytes. */
void bk_plugin_digest(bk_buf *out, bk_str plugin_yaml, bk_str wasm);

typedef struct bk_plugin_ask {
    bk_right right;
    bk_str target;  /* what patterns match; empty where the right knows none (tempdir) */
    bk_str detail;  /* for the ledger and messages beyond the target: a URL without its query and user; may be empty */
    bk_str request; /* whose HMAC the ledger gets; may be empty */
    bool requested; /* plugin.yaml asks for it; true for what plugin.yaml has no word for (env, token, exec, seed, clock, lookup) */
} bk_plugin_ask;

typedef struct bk_plugin_answer {
    uint64_t line; /* of the decision, for bk_guard_plugin_answered */
    bool granted;  /* a rule allows it, as opposed to the profile or warn mode */
    bool exact;    /* by name: the rule's pattern has no "*" (a host that may resolve to a private range) */
} bk_plugin_answer;

/* Begins a call; `entry` says what is called (a function, "install hook"), `input` is hashed. Texts are copied. Loads the store of grants at the first call. */
bk_status bk_guard_plugin_begin(bk_guard *guard, const bk_plugin_subject *subject, bk_str entry, bk_str input, bk_plugin_call **ret,
                                bk_err *err);
/* One request. BK_OK: it may happen. BK_ERR_DENIED: it must not, and err says who, what, which rule and the grant to type. BK_ERR_LIMIT: quota. `ret` may be NULL. */
bk_status bk_guard_plugin_ask(bk_plugin_call *call, const bk_plugin_ask *ask, bk_plugin_answer *ret, bk_err *err);
/* What became of it: the HMAC of the answer, or the text of the error (`bytes` then), for the ledger. */
bk_status bk_guard_plugin_answered(bk_plugin_call *call, const bk_plugin_answer *answer, bk_status status, bk_str bytes, bk_err *err);
/* For what is left out quietly rather than refused (variables of the environment): decides and writes it down; *ret_allowed false is no failure. A thing left out
 * stands in the ledger as "empty". In warn mode what would be left out stays out. */
bk_status bk_guard_plugin_filter(bk_plugin_call *call, const bk_plugin_ask *ask, bool *ret_allowed, bk_err *err);
/* Ends and frees the call (NULL is fine). `status` is the call's so far; returns it with denials counted in: BK_ERR_DENIED, with the denial's words in err (which may
 * hold the error of `status`). `output` is hashed. */
bk_status bk_guard_plugin_end(bk_plugin_call *call, bk_status status, bk_str output, bk_err *err);

/* ---- the record ---- */

/* One thing that a plugin is told: */
typedef struct bk_plugin_exchange {
    bk_str about;             /* in words, for messages: "http of GET https://example.com/x" */
    bk_str request;           /* all that was asked, byte for byte */
    const bk_plugin_ask *ask; /* for the ledger's line in a replay; NULL: none */
} bk_plugin_exchange;

/* The answers come from a record. */
bool bk_guard_plugin_replays(const bk_plugin_call *call);
/* Answers are written to one, so they have to be brought into bytes. */
bool bk_guard_plugin_records(const bk_plugin_call *call);
/* The recorded answer: its status, with the text of a failure in err; *ret lives as long as the guard. A request that is not the recorded one fails the call, with both
 * sides named. */
bk_status bk_guard_plugin_replay(bk_plugin_call *call, const bk_plugin_exchange *exchange, bk_str *ret, bk_err *err);
/* Keeps the answer, when a record is written: `status` with its text in err, or the bytes. Returns `status`, or why it could not be kept, which fails the call. */
bk_status bk_guard_plugin_keep(bk_plugin_call *call, const bk_plugin_exchange *exchange, bk_status status, bk_str bytes, bk_err *err);
/* Between these nothing is recorded: what happens is part of one exchange. */
void bk_guard_plugin_pause(bk_plugin_call *call);
void bk_guard_plugin_resume(bk_plugin_call *call);

/* The call's limits (policy.h, bk_policy_limits), by the guard's policy. */
void bk_guard_plugin_limits(const bk_guard *guard, const bk_plugin_subject *subject, const bk_plugin_limits *asked, uint64_t minimum_pages,
                            bk_plugin_limits *ret);
/* What would be decided, without a call, a ledger line or a failure: for `plugin inspect` and `plugin list`. ret_rule says which rule, a view that lives as long
 * as the guard. */
bk_status bk_guard_plugin_judge(bk_guard *guard, const bk_plugin_subject *subject, bk_right right, bk_str target, bool *ret_allowed,
                                bk_str *ret_rule, bk_err *err);

/* The store of grants was written to: it is read again before the next call. */
void bk_guard_plugin_grants_changed(bk_guard *guard);

/* The profile of the guard's policy: some checks are warnings under `helm`. */
bk_profile bk_guard_profile(const bk_guard *guard);
/* A variable that every plugin may see under the default profile: Helm's own, without secrets. */
bool bk_plugin_env_is_plain(bk_str name);

#endif
