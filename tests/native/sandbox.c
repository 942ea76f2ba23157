/* The interface of src/sandbox without a sandbox: the engine runs natively, in the caller's thread. Linked into bulkhead-native, the yardstick of
 * what the compartment costs. Never shipped. */
#include <stdlib.h>

#include "engine/engine.h"
#include "sandbox/call.h"
#include "sandbox/module.h"
#include "sandbox/output.h"

typedef struct native {
    const bk_sandbox_host *host;
    bk_buf *output;
} native;

static bk_status ask(void *self, bk_effect op, bk_str request, bk_arena *arena, bk_str *ret, bk_err *err) {
    native *n = self;
    bk_buf answer;
    bk_buf_init(&answer, NULL, bk_effect_caps_of(op).answer);
    bk_status s = n->host->effect(n->host->self, op, request, &answer, err);
    if (s == BK_OK && !bk_arena_dup(arena, bk_buf_view(&answer), ret)) s = bk_arena_fail(arena, err);
    bk_buf_release(&answer);
    return s;
}

static bk_status emit(void *self, bk_str sections, bk_err *err) {
    native *n = self;
    bk_buf_str(n->output, sections);
    return bk_buf_check(n->output, err);
}

bk_status bk_sandbox_call(bk_sandbox_module *module, uint32_t op, bk_str request, const bk_sandbox_limits *limits,
                          const bk_sandbox_host *host, bk_buf *output, bk_err *err) {
    (void)module;
    native n = {host, output};
    bk_effects effects = {&n, ask, emit};
    output->max = limits->output ? limits->output : BK_SANDBOX_OUTPUT;
    bk_err engine = BK_ERR_INIT;
    bk_status s = bk_engine_call(&effects, op, request, &engine);
    if (s != BK_OK) {
        bk_str text = bk_err_message(&engine);
        bk_buf_u32(output, BK_TAG_ERROR);
        bk_buf_u32(output, (uint32_t)(4 + text.n));
        bk_buf_u32(output, s);
        bk_buf_str(output, text);
    }
    bk_err_release(&engine);
    bk_section(output, BK_TAG_DONE, (bk_str){NULL, 0});
    return bk_buf_check(output, err);
}

uint32_t bk_sandbox_time_left(void) { return UINT32_MAX; }

/* What is kept of its answers is kept apart from the compartment's. */
bk_str bk_sandbox_engine_digest(void) { return BK_S("native"); }

bk_status bk_sandbox_engine(bk_sandbox_module **ret, bk_err *err) {
    (void)err;
    *ret = NULL;
    return BK_OK;
}
