// links: host
/* What the host reads of a compartment: outputs, requests, keys and certificates; and the ledger's own reader. The first byte says which. */
#include "fuzz.h"
#include "guard/escape.h"
#include "guard/guard.h"
#include "guard/ledger.h"
#include "guard/rules.h"
#include "guard/x509.h"
#include "sandbox/output.h"
#include "value/codec.h"

static bk_status nothing(void *self, const bk_ask *ask, bk_buf *answer, bk_err *err) {
    (void)self;
    (void)ask;
    (void)answer;
    (void)err;
    return BK_OK;
}

/* One for all inputs. What is slow, or leaves the process, is not performed. */
static bk_guard *the_guard(void) {
    static bk_guard *guard;
    static const bk_effect slow[] = {BK_FX_KEYGEN, BK_FX_CIPHER, BK_FX_BCRYPT, BK_FX_DNS, BK_FX_SCHEMA_REF, BK_FX_INPUT, BK_FX_LOOKUP};
    bk_err err = BK_ERR_INIT;
    if (guard) return guard;
    FUZZ_CHECK(bk_guard_new(&(bk_guard_options){.enable_dns = true, .cluster = true}, &guard, &err) == BK_OK);
    for (size_t i = 0; i < BK_COUNT(slow); i++) bk_guard_register(guard, slow[i], &(bk_handler){.perform = nothing});
    return guard;
}

/* A table of charts, sent as a request, then another request for the effect that the second byte names. */
static void ask(bk_str text, bk_arena *arena, bk_err *err) {
    bk_guard *guard = the_guard();
    bk_str charts, request;
    bk_buf answer;
    if (text.n < 1) return;
    uint32_t op = (unsigned char)text.p[0];
    if (!bk_str_cut(bk_str_from(text, 1), BK_S("\n===\n"), &charts, &request)) request = BK_S("");
    bk_buf_init(&answer, arena, 0);
    FUZZ_CHECK(bk_guard_begin(guard, BK_CALL_RENDER, BK_S(""), err) == BK_OK);
    if (bk_guard_effect(guard, BK_FX_CHARTS, charts, &answer, err) != BK_OK) bk_err_release(err);
    if (bk_guard_effect(guard, op, request, &answer, err) != BK_OK) bk_err_release(err);
    bk_buf summary;
    bk_buf_init(&summary, arena, 0);
    bk_guard_summary(guard, &summary);
}

static void read_key(bk_str text, bk_arena *arena, bk_err *err) {
    bk_key key = {0};
    bk_issuer issuer = {0};
    if (bk_key_parse(arena, text, &key, err) != BK_OK) bk_err_release(err);
    if (bk_issuer_parse(arena, text, "x", &issuer, err) != BK_OK) bk_err_release(err);
    bk_key_release(&key);
    bk_issuer_release(&issuer);
}

/* What the escaper lets through holds no control characters; and a pattern that is the text itself matches it. */
static void texts(bk_str text, bk_arena *arena, bk_err *err) {
    bk_buf line;
    bk_str pattern, subject;
    uint64_t lines;
    bk_buf_init(&line, arena, 0);
    bk_escape_line(&line, text);
    for (size_t i = 0; i < line.n; i++) FUZZ_CHECK((unsigned char)line.p[i] >= 0x20 && line.p[i] != 0x7F);
    (void)bk_escape_shell(&line, text);
    bk_escape_json(&line, text);
    if (bk_str_cut(text, BK_S("\n"), &pattern, &subject) && pattern.n < 4096 && subject.n < 4096)
        (void)bk_pattern_match(pattern, subject, '/');
    if (bk_str_find_byte(text, '*') == BK_NPOS) FUZZ_CHECK(bk_pattern_match(text, text, '.'));
    (void)bk_ledger_verify(text, &lines, err);
}

FUZZ(text) {
    if (text.n < 1) return;
    bk_str rest = bk_str_from(text, 1);
    switch (text.p[0]) {
    case 'o': (void)bk_sandbox_output_check(rest, err); return;
    case 'a': ask(rest, arena, err); return;
    case 'k': read_key(rest, arena, err); return;
    case 't': texts(rest, arena, err); return;
    default: return;
    }
}
