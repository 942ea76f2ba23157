#include "guard/plugin.h"

#include <stdlib.h>

#include "guard/escape.h"
#include "guard/state.h"

/* ---- digests ---- */

static void add_part(bk_digest *d, bk_str bytes) {
    char size[8];
    for (size_t i = 0; i < sizeof size; i++) size[i] = (char)((uint64_t)bytes.n >> (8 * i) & 0xFF);
    bk_digest_add(d, bk_str_of(size, sizeof size));
    bk_digest_add(d, bytes);
}

void bk_plugin_digest(bk_buf *out, bk_str plugin_yaml, bk_str wasm) {
    unsigned char sum[BK_DIGEST_SIZE];
    bk_digest d;
    bk_digest_init(&d);
    bk_digest_add(&d, BK_S("bulkhead plugin 1\n"));
    add_part(&d, plugin_yaml);
    add_part(&d, wasm);
    bk_digest_final(&d, sum);
    bk_buf_c(out, "sha256:");
    bk_digest_hex(out, sum);
}

/* ---- who ---- */

static bool copy_subject(bk_arena *arena, const bk_plugin_subject *from, bk_plugin_subject *to) {
    to->pinned = from->pinned;
    return bk_arena_dup(arena, from->name, &to->name) && bk_arena_dup(arena, from->version, &to->version) &&
           bk_arena_dup(arena, from->type, &to->type) && bk_arena_dup(arena, from->runtime, &to->runtime) &&
           bk_arena_dup(arena, from->digest, &to->digest) && bk_arena_dup(arena, from->path, &to->path);
}

static bk_subject who_of(const bk_guard *g, const bk_plugin_subject *s) {
    return (bk_subject){.kind = BK_SUBJECT_PLUGIN,
                        .release = g->release,
                        .namespace_ = g->namespace_,
                        .plugin = s->name,
                        .digest = s->digest,
                        .path = s->path};
}

/* What the store grants exactly this content, as rules. */
static bk_status stored_rules(bk_guard *g, bk_arena *arena, const bk_plugin_subject *subject, bk_rules *ret, bk_err *err) {
    bk_rules_init(ret, arena);
    if (g->grants_path && !g->grants_loaded) {
        BK_TRY(bk_grants_load(&g->arena, g->grants_path, &g->grants, err));
        g->grants_loaded = true;
    }
    const bk_grant_entry *entry = bk_grants_find(&g->grants, subject);
    return entry ? bk_grants_rules(entry, ret, err) : BK_OK;
}

void bk_guard_plugin_grants_changed(bk_guard *guard) { guard->grants_loaded = false; }

const bk_subject *bk_plugin_who(const bk_plugin_call *call) { return &call->who; }

static const bk_rule *find_rule(const bk_guard *g, const bk_rules *stored, const bk_subject *who, bk_right right, bk_str target) {
    const bk_rule *rule = bk_rules_find(&g->rules, right, who, target);
    return rule ? rule : bk_rules_find(stored, right, who, target);
}

const bk_rule *bk_plugin_rule(const bk_plugin_call *call, bk_right right, bk_str target) {
    return find_rule(call->guard, &call->stored, &call->who, right, target);
}

bool bk_plugin_env_is_plain(bk_str name) {
    static const char *const plain[] = {
        "HELM_BIN",
        "HELM_BURST_LIMIT",
        "HELM_CACHE_HOME",
        "HELM_CONFIG_HOME",
        "HELM_CONTENT_CACHE",
        "HELM_DATA_HOME",
        "HELM_DEBUG",
        "HELM_KUBEAPISERVER",
        "HELM_KUBEASGROUPS",
        "HELM_KUBEASUSER",
        "HELM_KUBECAFILE",
        "HELM_KUBECONTEXT",
        "HELM_MAX_HISTORY",
        "HELM_NAMESPACE",
        "HELM_PLUGINS",
        "HELM_PLUGIN_DIR",
        "HELM_PLUGIN_NAME",
        "HELM_QPS",
        "HELM_REGISTRY_CONFIG",
        "HELM_REPOSITORY_CACHE",
        "HELM_KUBETLS_SERVER_NAME",
        "HELM_REPOSITORY_CONFIG",
        "HELM_KUBEINSECURE_SKIP_TLS_VERIFY",
    };
    for (size_t i = 0; i < BK_COUNT(plain); i++)
        if (bk_str_eq(name, bk_str_c(plain[i]))) return true;
    return false;
}

/* ---- deciding ---- */

/* `decision` and the rule behind it, if it is one that somebody wrote. What plugin.yaml does not ask for is no matter of policy. */
static const bk_rule *judge(const bk_guard *g, const bk_rules *stored, const bk_subject *who, const bk_plugin_ask *ask, bk_decision *ret) {
    const char *words;
    if (!ask->requested) {
        *ret = (bk_decision){BK_DENY, BK_S("built-in: its plugin.yaml does not ask for it, so no grant can allow it")};
        return NULL;
    }
    const bk_rule *rule = find_rule(g, stored, who, ask->right, ask->target);
    if (rule) {
        *ret = (bk_decision){rule->verdict, rule->words};
        return rule;
    }
    if (ask->right == BK_RIGHT_ENV && g->policy->profile == BK_PROFILE_DEFAULT && bk_plugin_env_is_plain(ask->target)) {
        *ret = (bk_decision){BK_ALLOW, BK_S("built-in: Helm's own variables are allowed, but for secrets")};
        return NULL;
    }
    bk_verdict verdict = bk_profile_judge(g->policy->profile, ask->right, bk_rules_mention(&g->rules, ask->right), &words);
    *ret = (bk_decision){verdict, bk_str_c(words)};
    return NULL;
}

/* ---- the denial ---- */

static void put_how(bk_buf *text, const bk_plugin_call *call, const bk_plugin_ask *ask) {
    static const bk_subject any;
    size_t before = text->n;
    bk_buf_c(text, "; to allow it: bulkhead plugin grant ");
    bool ok = bk_escape_shell(text, call->subject.name) && bk_rules_suggest(text, " ", ask->right, &any, ask->target);
    if (ok) {
        bk_buf_c(text, ", or for one run ");
        ok = bk_rules_suggest(text, "--grant ", ask->right, &call->who, ask->target);
    }
    if (ok) return;
    bk_buf_cut(text, before);
    bk_buf_c(text, "; no grant is suggested, for a name in it does not belong into a command");
}

static void put_denial(bk_buf *text, const bk_plugin_call *call, const bk_plugin_ask *ask, bk_str rule, bool grantable) {
    const bk_plugin_subject *s = &call->subject;
    bk_buf_printf(text, "the guard %s %s", call->guard->warn && grantable ? "would deny" : "denies", bk_right_get(ask->right)->name);
    if (ask->target.n) {
        bk_buf_c(text, " of ");
        bk_escape_line(text, ask->target);
    }
    if (ask->detail.n) {
        bk_buf_c(text, " (");
        bk_escape_line(text, ask->detail);
        bk_buf_byte(text, ')');
    }
    bk_buf_c(text, ", asked for by the plugin ");
    bk_escape_line(text, s->name);
    if (s->version.n) {
        bk_buf_byte(text, ' ');
        bk_escape_line(text, s->version);
    }
    bk_buf_c(text, ": ");
    bk_escape_line(text, rule);
    if (!grantable) return;
    if (call->stale) bk_buf_c(text, "; it is not what it was when it was granted something");
    put_how(text, call, ask);
}

/* ---- the ledger ---- */

bk_status bk_plugin_write_decision(const bk_plugin_call *call, const bk_plugin_ask *ask, const bk_decision *decision, uint64_t *ret_line,
                                   bk_err *err) {
    bk_guard *g = call->guard;
    if (!g->ledger) return BK_OK;
    unsigned char hmac[BK_DIGEST_SIZE];
    bk_buf *line = bk_ledger_begin(g->ledger, "decision");
    bk_ledger_text(line, "effect", bk_str_c(bk_right_get(ask->right)->name));
    bk_ledger_text(line, "plugin", call->subject.name);
    bk_ledger_number(line, "call", call->line);
    bk_ledger_text(line, "target", ask->target);
    if (ask->detail.n) bk_ledger_text(line, "detail", ask->detail);
    bk_ledger_text(line, "decision", bk_str_c(bk_verdict_name(decision->verdict)));
    bk_ledger_text(line, "rule", decision->rule);
    if (ask->request.n) {
        bk_digest_hmac(&g->key, ask->request, hmac);
        bk_ledger_number(line, "bytes", ask->request.n);
        bk_ledger_digest(line, "hmac", hmac);
    }
    return bk_ledger_end(g->ledger, true, ret_line, err);
}

static void put_hashed(bk_guard *g, bk_buf *line, bk_str bytes) {
    unsigned char hmac[BK_DIGEST_SIZE];
    bk_digest_hmac(&g->key, bytes, hmac);
    bk_ledger_number(line, "bytes", bytes.n);
    bk_ledger_digest(line, "hmac", hmac);
}

static bk_status write_begin(bk_plugin_call *call, bk_str entry, bk_str input, bk_err *err) {
    bk_guard *g = call->guard;
    const bk_plugin_subject *s = &call->subject;
    if (!g->ledger) return BK_OK;
    bk_buf *line = bk_ledger_begin(g->ledger, "plugin");
    bk_ledger_text(line, "plugin", s->name);
    bk_ledger_text(line, "version", s->version);
    bk_ledger_text(line, "kind", s->type);
    bk_ledger_text(line, "runtime", s->runtime);
    if (s->digest.n) bk_ledger_text(line, "digest", s->digest);
    if (s->path.n) bk_ledger_text(line, "path", s->path);
    bk_buf_c(line, s->pinned ? ",\"pinned\":true" : ",\"pinned\":false");
    bk_ledger_text(line, "entry", entry);
    put_hashed(g, line, input);
    return bk_ledger_end(g->ledger, true, &call->line, err);
}

/* ---- calls ---- */

static bk_status find_tally(bk_plugin_call *call, bk_err *err) {
    bk_guard *g = call->guard;
    bk_str name;
    if (!bk_arena_cat(&call->arena, BK_S("plugin/"), call->subject.name, &name)) return bk_arena_fail(&call->arena, err);
    bk_plugin_tally **at = &g->plugins;
    while (*at && !bk_str_eq((*at)->name, name)) at = &(*at)->next;
    if (!*at) {
        bk_plugin_tally *fresh = BK_NEW(&g->arena, bk_plugin_tally);
        if (!fresh || !bk_arena_dup(&g->arena, name, &fresh->name)) return bk_arena_fail(&g->arena, err);
        *at = fresh;
    }
    call->tally = *at;
    return BK_OK;
}

static bk_status set_up(bk_plugin_call *call, const bk_plugin_subject *subject, bk_str entry, bk_str input, bk_err *err) {
    bk_guard *g = call->guard;
    if (!copy_subject(&call->arena, subject, &call->subject)) return bk_arena_fail(&call->arena, err);
    call->who = who_of(g, &call->subject);
    BK_TRY(stored_rules(g, &call->arena, &call->subject, &call->stored, err));
    call->stale = bk_grants_stale(&g->grants, &call->subject);
    BK_TRY(find_tally(call, err));
    BK_TRY(write_begin(call, entry, input, err));
    return g->record ? bk_plugin_record_begin(call, entry, input, err) : BK_OK;
}

void bk_plugin_drop(bk_plugin_call *call) {
    bk_guard_plugin_resume(call);
    if (call->guard->plugin == call) call->guard->plugin = call->outer;
    bk_err_release(&call->failure);
    bk_arena_release(&call->arena);
    free(call);
}

bk_status bk_guard_plugin_begin(bk_guard *g, const bk_plugin_subject *subject, bk_str entry, bk_str input, bk_plugin_call **ret,
                                bk_err *err) {
    bk_plugin_call *call = calloc(1, sizeof *call);
    if (!call) return bk_err_nomem(err);
    call->guard = g;
    call->outer = g->plugin;
    bk_arena_init(&call->arena, 0);
    bk_status status = set_up(call, subject, entry, input, err);
    if (status != BK_OK) {
        bk_plugin_drop(call);
        return status;
    }
    g->plugin = call;
    *ret = call;
    return BK_OK;
}

bk_status bk_guard_plugin_end(bk_plugin_call *call, bk_status status, bk_str output, bk_err *err) {
    if (!call) return status;
    bk_guard *g = call->guard;
    bk_err own = BK_ERR_INIT;
    bk_status written = BK_OK;
    bk_guard_plugin_resume(call);
    status = bk_guard_refuse(&call->failure, status, err);
    if (g->record) status = bk_plugin_record_end(call, status, output, err);
    if (g->ledger) {
        bk_buf *line = bk_ledger_begin(g->ledger, "plugin-end");
        bk_ledger_number(line, "to", call->line);
        bk_ledger_text(line, "outcome", bk_str_c(bk_outcome_name(status)));
        if (status == BK_OK) put_hashed(g, line, output);
        written = bk_ledger_end(g->ledger, true, NULL, &own);
    }
    if (status == BK_OK && written != BK_OK) {
        bk_err_move(err, &own);
        status = written;
    }
    bk_err_release(&own);
    bk_plugin_drop(call);
    return status;
}

/* ---- asking ---- */

static bk_status check_ask(bk_plugin_call *call, const bk_plugin_ask *ask, bk_err *err) {
    const bk_guard *g = call->guard;
    const bk_right_info *info = bk_right_get(ask->right);
    if (!info->quota) return bk_err_internal(err, "a right that plugins do not ask for themselves");
    if (call->counts[ask->right] >= info->quota)
        return bk_err_set(err, BK_ERR_LIMIT, "quota of the effect %s: more than %u requests in one call of the plugin %.*s", info->name,
                          info->quota, BK_FMT(call->subject.name));
    if (g->record && bk_record_reading(g->record))
        return bk_err_set(err, BK_ERR, "the plugin %.*s asks for %s, and the record has no answer to that", BK_FMT(call->subject.name),
                          info->name);
    call->counts[ask->right]++;
    return BK_OK;
}

/* Turns a denial into the error, or in warn mode into an allowance that is told. */
static bk_status refuse(bk_plugin_call *call, const bk_plugin_ask *ask, const bk_rule *rule, bk_decision *decision, bk_err *err) {
    bk_buf text;
    bk_status status = BK_OK;
    bool policy = ask->requested;
    bk_buf_init(&text, NULL, 0);
    put_denial(&text, call, ask, decision->rule, policy && !rule);
    if (policy && call->guard->warn) {
        decision->verdict = BK_WARN;
        bk_guard_tell(call->guard, bk_buf_view(&text));
    } else {
        status = bk_err_set_str(err, BK_ERR_DENIED, bk_buf_view(&text));
    }
    bk_buf_release(&text);
    return status;
}

bk_status bk_plugin_fail(bk_plugin_call *call, bk_err *err) {
    bk_err_set_str(&call->failure, err->code, bk_err_message(err));
    return err->code;
}

bk_status bk_guard_plugin_ask(bk_plugin_call *call, const bk_plugin_ask *ask, bk_plugin_answer *ret, bk_err *err) {
    bk_guard *g = call->guard;
    bk_decision decision;
    bk_err outcome = BK_ERR_INIT;
    uint64_t line = 0;
    if (call->failure.code != BK_OK) return bk_err_set_str(err, call->failure.code, bk_err_message(&call->failure));
    if (check_ask(call, ask, err) != BK_OK) return bk_plugin_fail(call, err);
    const bk_rule *rule = judge(g, &call->stored, &call->who, ask, &decision);
    bk_status status = decision.verdict == BK_DENY ? refuse(call, ask, rule, &decision, &outcome) : BK_OK;
    bk_status written = bk_plugin_write_decision(call, ask, &decision, &line, err);
    if (written == BK_OK) written = bk_tally_add(&call->tally->of[ask->right], &g->arena, decision.verdict, ask->target, err);
    if (written == BK_OK && status != BK_OK) bk_err_move(err, &outcome);
    bk_err_release(&outcome);
    if (written != BK_OK || status != BK_OK) return bk_plugin_fail(call, err);
    if (ret) *ret = (bk_plugin_answer){.line = line, .granted = rule != NULL, .exact = rule && rule->pattern.n && rule->literal};
    return BK_OK;
}

bk_status bk_guard_plugin_filter(bk_plugin_call *call, const bk_plugin_ask *ask, bool *ret_allowed, bk_err *err) {
    bk_guard *g = call->guard;
    bk_decision decision;
    if (call->failure.code != BK_OK) return bk_err_set_str(err, call->failure.code, bk_err_message(&call->failure));
    if (check_ask(call, ask, err) != BK_OK) return bk_plugin_fail(call, err);
    (void)judge(g, &call->stored, &call->who, ask, &decision);
    if (decision.verdict == BK_DENY) decision.verdict = BK_EMPTY;
    bk_status written = bk_plugin_write_decision(call, ask, &decision, NULL, err);
    if (written == BK_OK) written = bk_tally_add(&call->tally->of[ask->right], &g->arena, decision.verdict, ask->target, err);
    if (written != BK_OK) return bk_plugin_fail(call, err);
    *ret_allowed = decision.verdict == BK_ALLOW;
    return BK_OK;
}

bk_status bk_guard_plugin_answered(bk_plugin_call *call, const bk_plugin_answer *answer, bk_status status, bk_str bytes, bk_err *err) {
    bk_guard *g = call->guard;
    if (!g->ledger) return BK_OK;
    bk_buf *line = bk_ledger_begin(g->ledger, "answer");
    bk_ledger_number(line, "to", answer->line);
    if (status != BK_OK) bk_ledger_text(line, "error", bytes);
    else put_hashed(g, line, bytes);
    return bk_ledger_end(g->ledger, false, NULL, err) == BK_OK ? BK_OK : bk_plugin_fail(call, err);
}

/* ---- without a call ---- */

void bk_guard_plugin_limits(const bk_guard *g, const bk_plugin_subject *subject, const bk_plugin_limits *asked, uint64_t minimum_pages,
                            bk_plugin_limits *ret) {
    const bk_subject who = who_of(g, subject);
    bk_policy_limits(g->policy, &who, asked, minimum_pages, ret, NULL);
}

bk_status bk_guard_plugin_judge(bk_guard *g, const bk_plugin_subject *subject, bk_right right, bk_str target, bool *ret_allowed,
                                bk_str *ret_rule, bk_err *err) {
    bk_rules stored;
    bk_decision decision;
    const bk_subject who = who_of(g, subject);
    const bk_plugin_ask ask = {.right = right, .target = target, .requested = true};
    BK_TRY(stored_rules(g, &g->arena, subject, &stored, err));
    (void)judge(g, &stored, &who, &ask, &decision);
    *ret_allowed = decision.verdict == BK_ALLOW;
    *ret_rule = decision.rule;
    return BK_OK;
}
