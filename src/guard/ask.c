/* ask.c: one request, from the frame to the answer. */
#include "guard/escape.h"
#include "guard/state.h"
#include "value/codec.h"

#define WHERE_MAX ((size_t)4 << 10)
/* Arguments are flat maps: {op, ca: {cert, key}, …}. */
#define ARGS_DEPTH 6u
#define ARGS_KEYS 32u

static bk_status broken(bk_err *err, const char *what) { return bk_err_set(err, BK_ERR_TRAP, "malformed request: %s", what); }

/* ---- parsing ---- */

static bk_status read_origins(bk_ask *ask, bk_str bytes, bk_err *err) {
    const bk_guard *g = ask->guard;
    size_t n = bytes.n / 4;
    if (bytes.n % 4) return broken(err, "origins that are no numbers");
    uint32_t *items = BK_NEW_ARRAY(ask->arena, uint32_t, n);
    if (!items) return bk_arena_fail(ask->arena, err);
    for (size_t i = 0; i < n; i++) {
        items[i] = bk_read_u32(bk_str_from(bytes, 4 * i));
        if (items[i] >= g->call.charts.count) return broken(err, "an origin beyond the table of charts");
    }
    ask->origins = items;
    ask->origin_count = n;
    return BK_OK;
}

static bk_status read_args(bk_ask *ask, bk_str bytes, bk_err *err) {
    BK_TRY(bk_codec_decode_small(ask->arena, bytes, ARGS_DEPTH, ARGS_KEYS, &ask->args, err));
    return ask->args.kind == BK_MAP ? BK_OK : broken(err, "arguments that are no map");
}

static bk_status parse(bk_ask *ask, bk_str request, bk_err *err) {
    bk_sections sections;
    uint32_t tag, seen = 0;
    bk_str bytes;
    BK_TRY(bk_frame_open(request, &sections, err));
    for (;;) {
        BK_TRY(bk_sections_next(&sections, &tag, &bytes, err));
        if (tag == 0) return BK_OK;
        if (tag != BK_TAG_ORIGIN && tag != BK_TAG_WHERE && tag != BK_TAG_ARGS) return broken(err, "an unknown section");
        uint32_t bit = 1u << (tag - BK_TAG_ORIGIN);
        if (seen & bit) return broken(err, "a section stands twice");
        seen |= bit;
        if (tag == BK_TAG_ORIGIN) BK_TRY(read_origins(ask, bytes, err));
        if (tag == BK_TAG_ARGS) BK_TRY(read_args(ask, bytes, err));
        if (tag == BK_TAG_WHERE) ask->where = bk_str_sub(bytes, 0, WHERE_MAX);
    }
}

/* Who asks must be known where a chart's code runs, and nobody's chart may be named where none does. */
static bk_status check_subject(const bk_ask *ask, bk_err *err) {
    const bk_guard *g = ask->guard;
    if (!g->call.has_chart) return ask->origin_count ? broken(err, "a chart asks where there is none") : BK_OK;
    if (!g->call.charts.sealed) return broken(err, "an effect before the table of charts");
    return ask->origin_count ? BK_OK : broken(err, "nobody asks");
}

/* ---- writing it down ---- */

static void put_origins(bk_buf *line, const bk_ask *ask) {
    enum { MOST = 64 };
    uint32_t shown[MOST];
    size_t n = 0;
    bk_buf_c(line, ",\"charts\":[");
    for (size_t i = 0; i < ask->origin_count && n < MOST; i++) {
        size_t k = 0;
        while (k < n && shown[k] != ask->origins[i]) k++;
        if (k < n) continue;
        shown[n++] = ask->origins[i];
        if (n > 1) bk_buf_byte(line, ',');
        bk_escape_json(line, bk_guard_chart(ask->guard, ask->origins[i]));
    }
    bk_buf_byte(line, ']');
}

static bk_status write_decision(const bk_ask *ask, const bk_decision *decision, bk_str request, uint64_t *ret_line, bk_err *err) {
    bk_guard *g = ask->guard;
    if (!g->ledger) return BK_OK;
    unsigned char hmac[BK_DIGEST_SIZE];
    bk_digest_hmac(&g->key, request, hmac);
    bk_buf *line = bk_ledger_begin(g->ledger, "decision");
    bk_ledger_text(line, "effect", bk_str_c(bk_right_get(bk_right_of(ask))->name));
    put_origins(line, ask);
    bk_ledger_text(line, "where", ask->where);
    bk_ledger_text(line, "target", ask->target);
    bk_ledger_text(line, "decision", bk_str_c(bk_verdict_name(decision->verdict)));
    bk_ledger_text(line, "rule", decision->rule);
    bk_ledger_number(line, "bytes", request.n);
    bk_ledger_digest(line, "hmac", hmac);
    return bk_ledger_end(g->ledger, true, ret_line, err);
}

/* Not flushed: it goes out with the next decision. */
static bk_status write_answer(const bk_ask *ask, uint64_t line_number, bk_status status, bk_str bytes, bk_err *err) {
    bk_guard *g = ask->guard;
    if (!g->ledger) return BK_OK;
    bk_buf *line = bk_ledger_begin(g->ledger, "answer");
    bk_ledger_number(line, "to", line_number);
    if (status != BK_OK) {
        bk_ledger_text(line, "error", bytes);
    } else {
        unsigned char hmac[BK_DIGEST_SIZE];
        bk_digest_hmac(&g->key, bytes, hmac);
        bk_ledger_number(line, "bytes", bytes.n);
        bk_ledger_digest(line, "hmac", hmac);
    }
    return bk_ledger_end(g->ledger, false, NULL, err);
}

/* ---- performing ---- */

/* What lookup and dns answer when Helm would answer nothing. One empty text for dns: no address at all is a failure of getHostByName, which Helm has
 * only where it resolves names. */
static bk_status default_nothing(const bk_ask *ask, bk_buf *answer, bk_err *err) {
    bk_value no_address = bk_string(BK_S(""));
    bk_map *map = bk_map_new(ask->arena, 0);
    if (!map) return bk_arena_fail(ask->arena, err);
    return bk_codec_encode(answer, ask->op == BK_FX_DNS ? bk_list(&no_address, 1) : bk_map_value(map), err);
}

static bk_status perform(const bk_ask *ask, bk_verdict verdict, bk_buf *answer, bk_err *err) {
    const bk_handler *h = &ask->guard->handlers[ask->op];
    if (verdict == BK_EMPTY) return h->nothing ? h->nothing(h->self, ask, answer, err) : default_nothing(ask, answer, err);
    if (!h->perform) return bk_err_set(err, BK_ERR, "%s: this command has no handler for the effect", bk_effect_name(ask->op));
    return h->perform(h->self, ask, answer, err);
}

/* The answer itself, or the recorded one. */
static bk_status answer_it(const bk_ask *ask, bk_verdict verdict, bk_buf *answer, bk_err *err) {
    bk_guard *g = ask->guard;
    size_t begin = answer->n, cap = bk_effect_caps_of(ask->op).answer;
    if (g->record && bk_record_reading(g->record)) {
        bk_status status;
        bk_str bytes;
        BK_TRY(bk_record_answered(g->record, &status, &bytes, err));
        if (status != BK_OK) return bk_err_set_str(err, status, bytes);
        bk_buf_str(answer, bytes);
    } else {
        BK_TRY(perform(ask, verdict, answer, err));
    }
    if (answer->status == BK_ERR_LIMIT || answer->n - begin > cap)
        return bk_err_set(err, BK_ERR_LIMIT, "quota of the effect %s: an answer of more than %zu bytes", bk_effect_name(ask->op), cap);
    return bk_buf_check(answer, err);
}

/* From the decision on. A failure of the function itself (BK_ERR and the like from the handler) is an answer; a failure to write anything down is
 * not, and ends the call: *ret_fatal. */
static bk_status decide_and_perform(bk_ask *ask, bk_str request, bk_buf *answer, bool *ret_fatal, bk_err *err) {
    bk_guard *g = ask->guard;
    const bk_handler *h = &g->handlers[ask->op];
    bool replaying = g->record && bk_record_reading(g->record);
    bk_decision decision = {BK_ALLOW, BK_S("the record of an earlier run")};
    bk_err outcome = BK_ERR_INIT;
    bk_status status = BK_OK;
    uint64_t line = 0;
    *ret_fatal = true;
    if (h->target && !replaying) status = h->target(h->self, ask, &ask->target, &outcome);
    if (status == BK_OK && !replaying) status = bk_guard_decide(ask, &decision, &outcome);
    if (status != BK_OK && status != BK_ERR_DENIED) decision = (bk_decision){BK_DENY, BK_S("built-in: the request makes no sense")};
    bk_status written = write_decision(ask, &decision, request, &line, err);
    if (written == BK_OK) written = bk_guard_tally(ask, decision.verdict, err);
    if (written == BK_OK && g->record) written = bk_record_ask(g->record, ask->op, request, ask->where, err);
    size_t begin = answer->n;
    if (written == BK_OK && status == BK_OK) status = answer_it(ask, decision.verdict, answer, &outcome);
    if (written == BK_OK) {
        bk_str bytes = status == BK_OK ? bk_str_from(bk_buf_view(answer), begin) : bk_err_message(&outcome);
        written = write_answer(ask, line, status, bytes, err);
        if (written == BK_OK && g->record && !replaying) written = bk_record_answer(g->record, status, bytes, err);
    }
    if (written == BK_OK && status != BK_OK) {
        *ret_fatal = status == BK_ERR_DENIED;
        bk_err_move(err, &outcome);
    }
    bk_err_release(&outcome);
    return written != BK_OK ? written : status;
}

/* ---- what belongs to the call ---- */

static bk_status seal_charts(bk_guard *g, bk_str request, bk_err *err) {
    if (!g->call.has_chart) return broken(err, "a table of charts where there is none");
    BK_TRY(bk_charts_seal(&g->call.charts, &g->call.arena, request, err));
    if (g->record) {
        BK_TRY(bk_record_ask(g->record, BK_FX_CHARTS, request, BK_S("its start"), err));
        bk_status status;
        bk_str bytes;
        if (bk_record_reading(g->record)) BK_TRY(bk_record_answered(g->record, &status, &bytes, err));
        else BK_TRY(bk_record_answer(g->record, BK_OK, BK_S(""), err));
    }
    for (size_t i = 0; g->ledger && i < g->call.charts.count; i++) {
        bk_buf *line = bk_ledger_begin(g->ledger, "chart");
        bk_ledger_text(line, "path", g->call.charts.items[i].path);
        bk_ledger_text(line, "name", g->call.charts.items[i].name);
        bk_ledger_text(line, "version", g->call.charts.items[i].version);
        if (i == 0 && g->call.digest.n) bk_ledger_text(line, "digest", g->call.digest);
        BK_TRY(bk_ledger_end(g->ledger, false, NULL, err));
    }
    return BK_OK;
}

/* The chart's archive is what was read, not what lies there later: a second reading that differs leaves no digest. */
static bk_status take_digest(const bk_ask *ask, bk_str bytes, bk_err *err) {
    bk_call_part *c = &ask->guard->call;
    int64_t number;
    if (!c->archive || !bk_arg_int(ask, "input", &number) || number != 0) return BK_OK;
    unsigned char sum[BK_DIGEST_SIZE];
    bk_digest d;
    bk_buf text;
    bk_digest_init(&d);
    bk_digest_add(&d, bytes);
    bk_digest_final(&d, sum);
    bk_buf_init(&text, &c->arena, 128);
    bk_buf_c(&text, "sha256:");
    bk_digest_hex(&text, sum);
    BK_TRY(bk_buf_check(&text, err));
    bool same = !c->digest_taken || bk_str_eq(c->digest, bk_buf_view(&text));
    c->digest = same ? bk_buf_view(&text) : BK_S("");
    c->digest_taken = true;
    if (ask->guard->depth > 1) return BK_OK;
    if (ask->guard->signed_digest.n && !bk_str_eq(ask->guard->signed_digest, bk_buf_view(&text)))
        return bk_err_set(err, BK_ERR_DENIED,
                          "the chart's archive is not the one whose signature was checked: it was exchanged in between");
    return bk_arena_dup(&ask->guard->arena, c->digest, &ask->guard->manifest_digest) ? BK_OK : bk_arena_fail(&ask->guard->arena, err);
}

/* What the operator named: no decision, but the record and the ledger say which bytes it was. */
static bk_status read_input(bk_ask *ask, bk_buf *answer, bk_err *err) {
    bk_guard *g = ask->guard;
    const bk_handler *h = &g->handlers[BK_FX_INPUT];
    size_t begin = answer->n;
    if (!h->perform) return bk_err_set(err, BK_ERR, "this command has no inputs");
    BK_TRY(h->perform(h->self, ask, answer, err));
    BK_TRY(bk_buf_check(answer, err));
    BK_TRY(take_digest(ask, bk_str_from(bk_buf_view(answer), begin), err));
    if (!g->ledger && !g->record) return BK_OK;
    unsigned char hmac[BK_DIGEST_SIZE];
    bk_str bytes = bk_str_from(bk_buf_view(answer), begin);
    bk_digest_hmac(&g->key, bytes, hmac);
    if (g->record) BK_TRY(bk_record_input(g->record, hmac, err));
    if (!g->ledger) return BK_OK;
    bk_buf *line = bk_ledger_begin(g->ledger, "input");
    int64_t number;
    bk_str path;
    if (bk_arg_int(ask, "input", &number) && number >= 0) bk_ledger_number(line, "input", (uint64_t)number);
    if (bk_arg_text(ask, "path", &path)) bk_ledger_text(line, "path", path);
    bk_ledger_number(line, "bytes", bytes.n);
    bk_ledger_digest(line, "hmac", hmac);
    return bk_ledger_end(g->ledger, false, NULL, err);
}

/* ---- entry ---- */

static bk_status check_quota(bk_guard *g, uint32_t op, bk_str request, bk_err *err) {
    if (op >= BK_EFFECT_COUNT) return broken(err, "an unknown effect");
    bk_effect_caps caps = bk_effect_caps_of((bk_effect)op);
    if (g->call.counts[op] >= caps.count)
        return bk_err_set(err, BK_ERR_LIMIT, "quota of the effect %s: more than %u requests in one call", bk_effect_name(op), caps.count);
    g->call.counts[op]++;
    if (request.n > caps.request)
        return bk_err_set(err, BK_ERR_LIMIT, "quota of the effect %s: a request of more than %zu bytes", bk_effect_name(op), caps.request);
    return BK_OK;
}

static bk_status serve(bk_guard *g, uint32_t op, bk_str request, bk_arena *arena, bk_buf *answer, bool *ret_fatal, bk_err *err) {
    *ret_fatal = true;
    BK_TRY(check_quota(g, op, request, err));
    if (op == BK_FX_CHARTS) return seal_charts(g, request, err);
    bk_ask ask = {.guard = g, .arena = arena, .op = (bk_effect)op};
    BK_TRY(parse(&ask, request, err));
    if (op == BK_FX_INPUT) {
        *ret_fatal = false;
        return read_input(&ask, answer, err);
    }
    BK_TRY(check_subject(&ask, err));
    return decide_and_perform(&ask, request, answer, ret_fatal, err);
}

bk_status bk_guard_effect(void *guard, uint32_t op, bk_str request, bk_buf *answer, bk_err *err) {
    bk_guard *g = guard;
    if (g->call.failure.code != BK_OK) return bk_err_set_str(err, g->call.failure.code, bk_err_message(&g->call.failure));
    bk_arena arena;
    bk_arena_init(&arena, 0);
    bool fatal;
    bk_status status = serve(g, op, request, &arena, answer, &fatal, err);
    if (status != BK_OK && fatal) bk_err_set_str(&g->call.failure, status, bk_err_message(err));
    bk_arena_release(&arena);
    return status;
}
