#include "guard/guard.h"

#include <stdlib.h>
#include <time.h>

#include "guard/escape.h"
#include "guard/state.h"

static bool copy_texts(bk_guard *g, const bk_guard_options *o) {
    return bk_arena_dup(&g->arena, o->release, &g->release) && bk_arena_dup(&g->arena, o->namespace_, &g->namespace_);
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
    if (o->replay) bk_ledger_text(line, "replay", bk_str_c(o->replay));
    BK_TRY(bk_ledger_end(g->ledger, false, NULL, err));
    for (size_t i = 0; i < g->rules.count; i++) {
        line = bk_ledger_begin(g->ledger, "rule");
        bk_ledger_text(line, "rule", g->rules.items[i].source);
        BK_TRY(bk_ledger_end(g->ledger, false, NULL, err));
    }
    return BK_OK;
}

static bk_status set_up(bk_guard *g, const bk_guard_options *o, bk_err *err) {
    if (!copy_texts(g, o)) return bk_arena_fail(&g->arena, err);
    g->enable_dns = o->enable_dns;
    g->cluster = o->cluster;
    for (size_t i = 0; i < o->grant_count; i++) BK_TRY(bk_rules_grant(&g->rules, o->grants[i], err));
    if (o->clock.n) BK_TRY(bk_handlers_set_clock(&g->builtins, o->clock, err));
    BK_TRY(open_record(g, o, err));
    return open_ledger(g, o, err);
}

bk_status bk_guard_new(const bk_guard_options *options, bk_guard **ret, bk_err *err) {
    bk_guard *g = calloc(1, sizeof *g);
    if (!g) return bk_err_nomem(err);
    bk_arena_init(&g->arena, 0);
    bk_arena_init(&g->call_arena, 0);
    bk_rules_init(&g->rules, &g->arena);
    bk_handlers_add(g, &g->builtins);
    bk_status status = set_up(g, options, err);
    if (status == BK_OK) *ret = g;
    else bk_guard_free(g);
    return status;
}

void bk_guard_free(bk_guard *g) {
    if (!g) return;
    bk_ledger_free(g->ledger);
    bk_record_free(g->record);
    bk_err_release(&g->failure);
    bk_arena_release(&g->call_arena);
    bk_arena_release(&g->arena);
    free(g);
}

void bk_guard_register(bk_guard *g, bk_effect op, const bk_handler *handler) { g->handlers[op] = *handler; }

void bk_guard_set_fetch(bk_guard *g, bk_guard_fetch fetch, void *self) {
    g->builtins.fetch = fetch;
    g->builtins.fetch_self = self;
}

bk_str bk_guard_chart(const bk_guard *g, uint32_t index) { return index < g->charts.count ? g->charts.items[index].path : BK_S(""); }

size_t bk_guard_chart_count(const bk_guard *g) { return g->charts.count; }

/* ---- calls ---- */

static const struct {
    uint32_t op;
    const char *name;
    bool has_chart;
} calls[] = {
    {BK_CALL_RENDER, "render", true}, {BK_CALL_VALUES, "values", false}, {BK_CALL_CHART, "chart", true},
    {BK_CALL_LINT, "lint", true},     {BK_CALL_YAML, "yaml", false},     {BK_CALL_TEMPLATE, "template", false},
};

bk_status bk_guard_begin(bk_guard *g, uint32_t op, bk_str request, bk_err *err) {
    bk_arena_release(&g->call_arena);
    memset(g->counts, 0, sizeof g->counts);
    g->charts = (bk_charts){0};
    g->operator_ = (bk_chart){0};
    bk_err_release(&g->failure);
    const char *name = "unknown";
    /* An op that is not listed counts as having a chart: the stricter rules. */
    g->has_chart = true;
    for (size_t i = 0; i < BK_COUNT(calls); i++) {
        if (calls[i].op != op) continue;
        name = calls[i].name;
        g->has_chart = calls[i].has_chart;
    }
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

/* The guest may have gone on after a refusal, or reported something else: then the refusal is what the caller hears. */
bk_status bk_guard_end(bk_guard *g, bk_status status, bk_err *err) {
    if (g->failure.code == BK_OK) return status;
    bk_str refusal = bk_err_message(&g->failure);
    bool told = status != BK_OK && bk_str_contains(bk_err_message(err), refusal);
    if (told && err->code == g->failure.code) return status;
    bk_err fresh = BK_ERR_INIT;
    bk_err_set_str(&fresh, g->failure.code, told ? bk_err_message(err) : refusal);
    bk_err_release(err);
    bk_err_move(err, &fresh);
    return err->code;
}

bk_status bk_guard_call(bk_guard *g, bk_sandbox_module *module, uint32_t op, bk_str request, const bk_sandbox_limits *limits,
                        bk_buf *output, bk_err *err) {
    BK_TRY(bk_guard_begin(g, op, request, err));
    bk_sandbox_host host = {.self = g, .effect = bk_guard_effect};
    return bk_guard_end(g, bk_sandbox_call(module, op, request, limits, &host, output, err), err);
}

/* ---- the end ---- */

static const char *outcome_name(bk_status status) {
    static const char *const names[] = {"ok",   "failed",  "limit",         "no memory", "denied", "input or output error",
                                        "trap", "timeout", "internal error"};
    return (size_t)status < BK_COUNT(names) ? names[status] : "failed";
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
        bk_status s = bk_ledger_close(g->ledger, outcome_name(outcome != BK_OK ? outcome : status), &second);
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
