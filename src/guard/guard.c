#include "guard/guard.h"

#include <stdlib.h>
#include <time.h>

#include "guard/escape.h"
#include "guard/state.h"
#include "sandbox/confine.h"
#include "value/codec.h"

static bool copy_texts(bk_guard *g, const bk_guard_options *o) {
    bk_str grants_path = {NULL, 0};
    bool ok = bk_arena_dup(&g->arena, o->release, &g->release) && bk_arena_dup(&g->arena, o->namespace_, &g->namespace_) &&
              bk_arena_dup(&g->arena, bk_str_c(o->plugin_grants), &grants_path);
    g->grants_path = o->plugin_grants ? grants_path.p : NULL;
    return ok;
}

/* The policy's rules before the grants: a message names the first that fits. */
static bk_status set_rules(bk_guard *g, const bk_guard_options *o, bk_err *err) {
    g->policy = o->policy ? o->policy : bk_policy_builtin(BK_PROFILE_DEFAULT);
    g->warn = o->warn;
    for (size_t i = 0; i < g->policy->rules.count; i++) BK_TRY(bk_rules_add(&g->rules, g->policy->rules.items[i], err));
    for (size_t i = 0; i < o->grant_count; i++) BK_TRY(bk_rules_grant(&g->rules, "--grant ", o->grants[i], err));
    BK_TRY(bk_rules_grants(&g->rules, "BULKHEAD_GRANTS ", o->env_grants, err));
    g->wants_digests = o->ledger != NULL;
    for (size_t i = 0; i < g->rules.count; i++)
        if (g->rules.items[i].subject.kind == BK_SUBJECT_CHART && g->rules.items[i].subject.digest.n) g->wants_digests = true;
    return BK_OK;
}

/* The record is opened first: when replaying, the key of the recorded run is this run's. */
static bk_status open_record(bk_guard *g, const bk_guard_options *o, bk_err *err) {
    bk_record_head head = {.release = g->release, .namespace_ = g->namespace_};
    if (o->record && o->replay) return bk_err_set(err, BK_ERR, "--record and --replay exclude each other");
    if (o->replay) {
        BK_TRY(bk_record_open(o->replay, &head, &g->record, err));
    } else if (o->record || o->ledger) {
        BK_TRY(bk_entropy(head.key, sizeof head.key, err));
    }
    bk_digest_key_init(&g->key, head.key);
    return o->record ? bk_record_create(o->record, &head, &g->record, err) : BK_OK;
}

static void put_time(bk_buf *line) {
    struct timespec now;
    struct tm utc;
    char text[32];
    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &utc) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc))
        bk_ledger_text(line, "time", bk_str_c(text));
}

static bk_status open_ledger(bk_guard *g, const bk_guard_options *o, bk_err *err) {
    if (!o->ledger) return BK_OK;
    BK_TRY(bk_ledger_open(o->ledger, &g->ledger, err));
    bk_buf *line = bk_ledger_begin(g->ledger, "open");
    bk_ledger_number(line, "format", 1);
    bk_ledger_text(line, "program", o->program);
    put_time(line);
    bk_ledger_text(line, "release", g->release);
    bk_ledger_text(line, "namespace", g->namespace_);
    bk_ledger_text(line, "policy", g->policy->source);
    bk_ledger_text(line, "profile", bk_str_c(bk_profile_name(g->policy->profile)));
    bk_ledger_text(line, "mode", g->warn ? BK_S("warn") : BK_S("enforce"));
    if (o->replay) bk_ledger_text(line, "replay", bk_str_c(o->replay));
    BK_TRY(bk_ledger_end(g->ledger, false, NULL, err));
    for (size_t i = 0; i < g->rules.count; i++) {
        const bk_rule *r = &g->rules.items[i];
        line = bk_ledger_begin(g->ledger, "rule");
        bk_ledger_text(line, "rule", r->words);
        bk_ledger_text(line, "decision", bk_str_c(bk_verdict_name(r->verdict)));
        bk_ledger_text(line, "effect", bk_str_c(bk_right_get(r->right)->name));
        if (r->pattern.n) bk_ledger_text(line, "pattern", r->pattern);
        BK_TRY(bk_ledger_end(g->ledger, false, NULL, err));
    }
    return BK_OK;
}

static bk_status set_up(bk_guard *g, const bk_guard_options *o, bk_err *err) {
    if (!copy_texts(g, o)) return bk_arena_fail(&g->arena, err);
    g->enable_dns = o->enable_dns;
    g->cluster = o->cluster;
    g->tell = o->tell;
    g->tell_self = o->tell_self;
    BK_TRY(set_rules(g, o, err));
    if (o->clock.n) BK_TRY(bk_handlers_set_clock(&g->builtins, o->clock, err));
    BK_TRY(open_record(g, o, err));
    return open_ledger(g, o, err);
}

bk_status bk_guard_new(const bk_guard_options *options, bk_guard **ret, bk_err *err) {
    bk_guard *g = calloc(1, sizeof *g);
    if (!g) return bk_err_nomem(err);
    bk_arena_init(&g->arena, 0);
    bk_arena_init(&g->call.arena, 0);
    bk_rules_init(&g->rules, &g->arena);
    bk_handlers_add(g, &g->builtins);
    bk_status status = set_up(g, options, err);
    if (status == BK_OK) *ret = g;
    else bk_guard_free(g);
    return status;
}

void bk_guard_free(bk_guard *g) {
    if (!g) return;
    while (g->plugin) bk_plugin_drop(g->plugin);
    bk_ledger_free(g->ledger);
    bk_record_free(g->record);
    bk_err_release(&g->call.failure);
    bk_arena_release(&g->call.arena);
    bk_arena_release(&g->arena);
    free(g);
}

void bk_guard_register(bk_guard *g, bk_effect op, const bk_handler *handler) { g->handlers[op] = *handler; }

void bk_guard_set_fetch(bk_guard *g, bk_guard_fetch fetch, void *self) {
    g->builtins.fetch = fetch;
    g->builtins.fetch_self = self;
}

/* Signers are kept as lines: none has a newline in it. */
static bk_status add_signers(bk_guard *g, const bk_guard_signed *what, bk_err *err) {
    bk_buf lines;
    bk_buf_init(&lines, &g->arena, 1 << 20);
    bk_buf_str(&lines, g->signers);
    for (size_t i = 0; i < what->count; i++) {
        if (!what->signers[i].n || bk_str_find_byte(what->signers[i], '\n') != BK_NPOS) continue;
        bk_buf_str(&lines, what->signers[i]);
        bk_buf_byte(&lines, '\n');
    }
    BK_TRY(bk_buf_check(&lines, err));
    g->signers = bk_buf_take(&lines);
    return BK_OK;
}

static bk_status write_signed(bk_guard *g, const bk_guard_signed *what, bk_err *err) {
    if (!g->ledger) return BK_OK;
    bk_buf *line = bk_ledger_begin(g->ledger, "signature");
    bk_ledger_text(line, "how", bk_str_c(what->how));
    bk_ledger_text(line, "file", what->file);
    bk_ledger_text(line, "digest", what->digest);
    bk_buf_c(line, ",\"signers\":[");
    for (size_t i = 0; i < what->count; i++) {
        if (i) bk_buf_byte(line, ',');
        bk_escape_json(line, what->signers[i]);
    }
    bk_buf_byte(line, ']');
    if (what->issuer.n) bk_ledger_text(line, "issuer", what->issuer);
    if (what->log.n) bk_ledger_text(line, "log", what->log);
    if (what->time > 0) bk_ledger_number(line, "signed", (uint64_t)what->time);
    if (what->predicate_type.n) bk_ledger_text(line, "predicateType", what->predicate_type);
    if (what->predicate.n) bk_ledger_text(line, "predicate", what->predicate);
    return bk_ledger_end(g->ledger, true, NULL, err);
}

bk_value bk_guard_statement(const bk_guard *g) { return g->statement; }

bk_status bk_guard_set_signed(bk_guard *g, const bk_guard_signed *what, bk_err *err) {
    if (g->signed_digest.n && !bk_str_eq(g->signed_digest, what->digest))
        return bk_err_set(err, BK_ERR, "%.*s: two signatures are not of the same bytes", BK_FMT(what->file));
    if (!bk_arena_dup(&g->arena, what->digest, &g->signed_digest)) return bk_arena_fail(&g->arena, err);
    g->wants_digests = true;
    if (what->statement.kind == BK_MAP) g->statement = what->statement;
    BK_TRY(add_signers(g, what, err));
    return write_signed(g, what, err);
}

bk_str bk_guard_chart(const bk_guard *g, uint32_t index) {
    return index < g->call.charts.count ? g->call.charts.items[index].path : BK_S("");
}

size_t bk_guard_chart_count(const bk_guard *g) { return g->call.charts.count; }

bk_profile bk_guard_profile(const bk_guard *g) { return g->policy->profile; }

/* ---- calls ---- */

static const struct {
    uint32_t op;
    const char *name;
    bool has_chart;
} calls[] = {
    {BK_CALL_RENDER, "render", true},
    {BK_CALL_VALUES, "values", false},
    {BK_CALL_CHART, "chart", true},
    {BK_CALL_LINT, "lint", true},
    {BK_CALL_YAML, "yaml", false},
    {BK_CALL_TEMPLATE, "template", false},
    {BK_CALL_POSTRENDER, "postrender", true},
    {BK_CALL_PACKAGE, "package", true},
    {BK_CALL_DEPENDENCY, "dependency", true},
    {BK_CALL_LOCK, "lock", true},
    {BK_CALL_INDEX, "index", true},
    {BK_CALL_RECORDS, "record-read", false},
    {BK_CALL_RECORD, "record-write", false},
};

/* Whether input 0 is one file: then its bytes are the chart, and have a digest. The request is the host's own. */
static bool is_archive(bk_arena *arena, bk_str request) {
    bk_sections sections;
    bk_err ignored = BK_ERR_INIT;
    bk_value v = bk_nil();
    uint32_t tag = 1;
    bk_str bytes;
    bk_status status = bk_frame_open(request, &sections, &ignored);
    while (status == BK_OK && tag && tag != BK_TAG_INPUT) status = bk_sections_next(&sections, &tag, &bytes, &ignored);
    if (status == BK_OK && tag == BK_TAG_INPUT) status = bk_codec_decode_small(arena, bytes, 4, 16, &v, &ignored);
    bk_err_release(&ignored);
    return status == BK_OK && v.kind == BK_MAP && !bk_map_bool(v.map, "dir", true);
}

bk_status bk_guard_begin(bk_guard *g, uint32_t op, bk_str request, bk_err *err) {
    bk_call_part *c = &g->call;
    bk_arena_release(&c->arena);
    bk_err_release(&c->failure);
    *c = (bk_call_part){.arena = c->arena, .has_chart = true, .failure = BK_ERR_INIT};
    const char *name = "unknown";
    /* An op that is not listed counts as having a chart: the stricter rules. */
    for (size_t i = 0; i < BK_COUNT(calls); i++) {
        if (calls[i].op != op) continue;
        name = calls[i].name;
        c->has_chart = calls[i].has_chart;
    }
    if (op == BK_CALL_RENDER && g->depth <= 1) g->manifest_digest = BK_S("");
    c->archive = c->has_chart && g->wants_digests && is_archive(&c->arena, request);
    if (!g->ledger && !g->record) return BK_OK;
    unsigned char hmac[BK_DIGEST_SIZE];
    bk_digest_hmac(&g->key, request, hmac);
    if (g->record) BK_TRY(bk_record_call(g->record, op, hmac, err));
    if (!g->ledger) return BK_OK;
    bk_buf *line = bk_ledger_begin(g->ledger, "call");
    bk_ledger_text(line, "call", bk_str_c(name));
    bk_ledger_number(line, "bytes", request.n);
    bk_ledger_digest(line, "hmac", hmac);
    return bk_ledger_end(g->ledger, true, NULL, err);
}

bk_status bk_guard_refuse(bk_err *failure, bk_status status, bk_err *err) {
    if (failure->code == BK_OK) return status;
    bk_str refusal = bk_err_message(failure);
    bool told = status != BK_OK && bk_str_contains(bk_err_message(err), refusal);
    if (told && err->code == failure->code) return status;
    bk_err fresh = BK_ERR_INIT;
    bk_err_set_str(&fresh, failure->code, told ? bk_err_message(err) : refusal);
    bk_err_release(err);
    bk_err_move(err, &fresh);
    return err->code;
}

bk_status bk_guard_end(bk_guard *g, bk_status status, bk_err *err) { return bk_guard_refuse(&g->call.failure, status, err); }

static bk_status one_call(bk_guard *g, bk_sandbox_module *module, uint32_t op, bk_str request, const bk_sandbox_limits *limits,
                          bk_buf *output, bk_err *err) {
    BK_TRY(bk_guard_begin(g, op, request, err));
    bk_sandbox_host host = {.self = g, .effect = bk_guard_effect};
    return bk_guard_end(g, bk_sandbox_call(module, op, request, limits, &host, output, err), err);
}

bk_status bk_guard_call(bk_guard *g, bk_sandbox_module *module, uint32_t op, bk_str request, const bk_sandbox_limits *limits,
                        bk_buf *output, bk_err *err) {
    if (g->depth == 0) {
        g->depth = 1;
        bk_status status = one_call(g, module, op, request, limits, output, err);
        g->depth = 0;
        return status;
    }
    /* Within another one: that one's part is put aside, and its inputs, which the caller has replaced already by its own, are the caller's to restore. */
    bk_call_part outer = g->call;
    g->call = (bk_call_part){.failure = BK_ERR_INIT};
    bk_arena_init(&g->call.arena, 0);
    g->depth++;
    bk_status status = one_call(g, module, op, request, limits, output, err);
    g->depth--;
    bk_arena_release(&g->call.arena);
    bk_err_release(&g->call.failure);
    g->call = outer;
    return status;
}

/* ---- the end ---- */

const char *bk_outcome_name(bk_status status) {
    static const char *const names[] = {"ok",   "failed",  "limit",         "no memory", "denied", "input or output error",
                                        "trap", "timeout", "internal error"};
    return (size_t)status < BK_COUNT(names) ? names[status] : "failed";
}

const char *bk_guard_confine(const bk_guard *g, bool writing) {
    bool network =
        g->enable_dns || g->cluster || g->warn || g->policy->profile == BK_PROFILE_HELM || bk_rules_mention(&g->rules, BK_RIGHT_SCHEMA_REF);
    return bk_confine((network ? BK_CONFINE_NETWORK : 0) | (writing ? BK_CONFINE_WRITING : 0));
}

bool bk_guard_replays(const bk_guard *g) { return g->record && bk_record_reading(g->record); }

bk_status bk_guard_note(bk_guard *g, const char *name, bk_str bytes, bk_err *err) {
    return g->record && !bk_record_reading(g->record) ? bk_record_fact(g->record, name, bytes, err) : BK_OK;
}

bk_status bk_guard_recall(bk_guard *g, const char *name, bool *ret_found, bk_str *ret, bk_err *err) {
    *ret_found = false;
    return bk_guard_replays(g) ? bk_record_recall(g->record, name, ret_found, ret, err) : BK_OK;
}

bk_status bk_guard_close(bk_guard *g, bk_status outcome, bk_err *err) {
    if (g->closed) return outcome;
    g->closed = true;
    bk_err own = BK_ERR_INIT;
    bk_status status = BK_OK;
    /* A failed run is recorded as well: its replay fails in the same way. A failed replay may have stopped early. */
    if (g->record && !(bk_record_reading(g->record) && outcome != BK_OK)) status = bk_record_close(g->record, &own);
    if (g->ledger) {
        bk_err second = BK_ERR_INIT;
        bk_status s = bk_ledger_close(g->ledger, bk_outcome_name(outcome != BK_OK ? outcome : status), &second);
        if (status == BK_OK && s != BK_OK) {
            bk_err_move(&own, &second);
            status = s;
        }
        bk_err_release(&second);
    }
    if (outcome == BK_OK && status != BK_OK) {
        bk_err_move(err, &own);
        outcome = status;
    }
    bk_err_release(&own);
    return outcome;
}
