/* What plugins are told, kept and given again. */
#include "guard/escape.h"
#include "guard/state.h"

bool bk_guard_plugin_replays(const bk_plugin_call *call) { return call->guard->record && bk_record_reading(call->guard->record); }

bool bk_guard_plugin_records(const bk_plugin_call *call) { return call->guard->record && !bk_record_reading(call->guard->record); }

/* The call as messages name it, and as it is compared: another content is another plugin. */
static bk_status about_call(bk_plugin_call *call, bk_str entry, bk_str *ret, bk_err *err) {
    const bk_plugin_subject *s = &call->subject;
    bk_buf text;
    bk_buf_init(&text, &call->arena, 0);
    bk_buf_printf(&text, "the plugin %.*s %.*s (%.*s, %.*s; %.*s)", BK_FMT(s->name), BK_FMT(s->version), BK_FMT(s->type), BK_FMT(entry),
                  BK_FMT(s->digest));
    BK_TRY(bk_buf_check(&text, err));
    *ret = bk_buf_take(&text);
    return BK_OK;
}

bk_status bk_plugin_record_begin(bk_plugin_call *call, bk_str entry, bk_str input, bk_err *err) {
    unsigned char hmac[BK_DIGEST_SIZE];
    bk_str about;
    BK_TRY(about_call(call, entry, &about, err));
    bk_digest_hmac(&call->guard->key, input, hmac);
    return bk_record_plugin(call->guard->record, about, hmac, err);
}

/* A call that a difference has ended says so, and nothing else is compared. */
bk_status bk_plugin_record_end(bk_plugin_call *call, bk_status status, bk_str output, bk_err *err) {
    unsigned char hmac[BK_DIGEST_SIZE];
    bk_err own = BK_ERR_INIT;
    if (call->differs) return status;
    bk_digest_hmac(&call->guard->key, status == BK_OK ? output : BK_S(""), hmac);
    bk_status written = bk_record_plugin_end(call->guard->record, status, hmac, &own);
    if (written == BK_OK) return status;
    if (status != BK_OK && bk_guard_plugin_replays(call)) {
        bk_err_release(&own);
        return bk_err_wrap(err, "replay: another end than the recorded one");
    }
    bk_err_release(err);
    bk_err_move(err, &own);
    return written;
}

/* "http of GET https://… by the plugin s3" */
static bk_status about_exchange(const bk_plugin_call *call, const bk_plugin_exchange *x, bk_buf *text, bk_err *err) {
    bk_buf_init(text, NULL, 64 << 10);
    bk_buf_str(text, bk_str_sub(x->about, 0, 4096));
    bk_buf_c(text, " by the plugin ");
    bk_buf_str(text, call->subject.name);
    return bk_buf_check(text, err);
}

static bk_status ask_record(bk_plugin_call *call, const bk_plugin_exchange *x, bk_err *err) {
    bk_buf text;
    bk_status s = about_exchange(call, x, &text, err);
    if (s == BK_OK) s = bk_record_plugin_ask(call->guard->record, bk_buf_view(&text), x->request, err);
    bk_buf_release(&text);
    return s;
}

static bk_status write_ledger(bk_plugin_call *call, const bk_plugin_ask *ask, bk_status status, bk_str bytes, bk_err *err) {
    bk_plugin_answer answer = {0};
    const bk_decision decision = {status == BK_ERR_DENIED ? BK_DENY : BK_ALLOW, BK_S("the record of an earlier run")};
    BK_TRY(bk_plugin_write_decision(call, ask, &decision, &answer.line, err));
    BK_TRY(bk_tally_add(&call->tally->of[ask->right], &call->guard->arena, decision.verdict, ask->target, err));
    return bk_guard_plugin_answered(call, &answer, status, bytes, err);
}

bk_status bk_guard_plugin_replay(bk_plugin_call *call, const bk_plugin_exchange *x, bk_str *ret, bk_err *err) {
    bk_status status;
    bk_str bytes;
    if (call->failure.code != BK_OK) return bk_err_set_str(err, call->failure.code, bk_err_message(&call->failure));
    bk_status s = ask_record(call, x, err);
    if (s == BK_OK) s = bk_record_answered(call->guard->record, &status, &bytes, err);
    if (s == BK_OK && x->ask) s = write_ledger(call, x->ask, status, bytes, err);
    if (s != BK_OK) {
        call->differs = true;
        return bk_plugin_fail(call, err);
    }
    if (status == BK_OK) {
        *ret = bytes;
        return BK_OK;
    }
    bk_err_set_str(err, status, bytes);
    return status == BK_ERR_DENIED ? bk_plugin_fail(call, err) : status;
}

bk_status bk_guard_plugin_keep(bk_plugin_call *call, const bk_plugin_exchange *x, bk_status status, bk_str bytes, bk_err *err) {
    bk_err own = BK_ERR_INIT;
    if (!bk_guard_plugin_records(call)) return status;
    bk_status s = ask_record(call, x, &own);
    if (s == BK_OK) s = bk_record_answer(call->guard->record, status, status == BK_OK ? bytes : bk_err_message(err), &own);
    if (s == BK_OK) return status;
    bk_err_release(err);
    bk_err_move(err, &own);
    return bk_plugin_fail(call, err);
}

void bk_guard_plugin_pause(bk_plugin_call *call) {
    if (!bk_guard_plugin_records(call)) return;
    call->paused = call->guard->record;
    call->guard->record = NULL;
}

void bk_guard_plugin_resume(bk_plugin_call *call) {
    if (!call->paused) return;
    call->guard->record = call->paused;
    call->paused = NULL;
}
