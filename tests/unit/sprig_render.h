/* sprig_render.h: renders a template with the functions of src/sprig under a host that the test plays. */
#ifndef BK_TESTS_SPRIG_RENDER_H
#define BK_TESTS_SPRIG_RENDER_H

#include "sprig/effects.h"
#include "sprig/env.h"
#include "sprig/sprig.h"
#include "test.h"
#include "tmpl/exec.h"
#include "value/codec.h"
#include "value/map.h"

/* The host: what it answers, and what it was asked. */
typedef struct fake_host {
    bk_status (*answer)(struct fake_host *host, bk_effect op, bk_map *args, bk_arena *arena, bk_value *ret, bk_err *err);
    int asked[BK_EFFECT_COUNT];
    bk_str log; /* the last line */
    bk_status refuse;
    bk_str tzif; /* the local zone */
} fake_host;

BK_UNUSED static bk_status fake_answer(fake_host *host, bk_effect op, bk_map *args, bk_arena *arena, bk_value *ret, bk_err *err) {
    (void)args;
    if (host->refuse != BK_OK) return bk_err_set(err, host->refuse, "the guard says no");
    if (op == BK_FX_SEED) {
        *ret = bk_bytes(BK_S("0123456789abcdef0123456789abcdef"));
        return BK_OK;
    }
    if (op != BK_FX_CLOCK) return bk_err_set(err, BK_ERR, "nothing there");
    bk_map *clock = bk_map_new(arena, 4);
    bool ok = clock && bk_map_set(clock, BK_S("unix"), bk_int64(1700000000)) && bk_map_set(clock, BK_S("nsec"), bk_int64(5)) &&
              bk_map_set(clock, BK_S("zone"), bk_string(BK_S("Local")));
    if (ok && host->tzif.n) ok = bk_map_set(clock, BK_S("tzif"), bk_bytes(host->tzif));
    if (!ok) return bk_arena_fail(arena, err);
    *ret = bk_map_value(clock);
    return BK_OK;
}

BK_UNUSED static bk_status fake_ask(void *self, bk_effect op, bk_str request, bk_arena *arena, bk_str *ret, bk_err *err) {
    fake_host *host = self;
    bk_sections sections;
    bk_str bytes = {NULL, 0}, args = {NULL, 0};
    uint32_t tag = 1;
    BK_TRY(bk_frame_open(request, &sections, err));
    while (tag) {
        BK_TRY(bk_sections_next(&sections, &tag, &bytes, err));
        if (tag == BK_TAG_ARGS) args = bytes;
    }
    bk_value v, answer = bk_nil();
    BK_TRY(bk_codec_decode(arena, args, &v, err));
    host->asked[op]++;
    BK_TRY((host->answer ? host->answer : fake_answer)(host, op, v.map, arena, &answer, err));
    bk_buf out;
    bk_buf_init(&out, arena, 0);
    BK_TRY(bk_codec_encode(&out, answer, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

typedef struct fake_env {
    bk_sprig_env sprig; /* first */
    fake_host *host;
} fake_env;

BK_UNUSED static bk_status fake_log(bk_call *call, const char *level, bk_str text) {
    fake_env *env = call->env;
    if (!bk_arena_printf(call->keep ? call->keep : call->arena, &env->host->log, "%s %.*s", level, BK_FMT(text)))
        return bk_call_nomem(call);
    return BK_OK;
}

/* Renders text with `.` = {Values: values}. The output, or the message of the failure, lies in the arena. `with` may be NULL. */
BK_UNUSED static bk_status sprig_render(bk_arena *arena, fake_host *host, const bk_sprig_env *with, bk_str text, bk_value values,
                                        bk_str *ret) {
    bk_effects effects = {.self = host, .ask = fake_ask};
    fake_env env = {.host = host};
    bk_err err = BK_ERR_INIT;
    bk_buf out;
    bk_buf_init(&out, arena, 0);
    if (with) env.sprig = *with;
    env.sprig.log = fake_log;
    bk_tmpl_set *set = bk_tmpl_set_new(arena, BK_S("t"));
    bk_map *dot = bk_map_new(arena, 1);
    bool ok = set && dot && bk_map_set(dot, BK_S("Values"), values);
    bk_status status = ok ? bk_tmpl_set_funcs(set, bk_sprig_funcs, bk_sprig_func_count, &err) : bk_arena_fail(arena, &err);
    if (status == BK_OK) {
        bk_tmpl_set_missing(set, BK_MISSING_ZERO);
        bk_sprig_set_methods(set);
        status = bk_tmpl_parse(set, BK_S("t"), text, 0, &err);
    }
    bk_exec *exec = status == BK_OK ? bk_exec_new(arena, set, &effects, &env) : NULL;
    if (status == BK_OK) status = exec ? bk_exec_run(exec, BK_S("t"), bk_map_value(dot), &out, &err) : bk_arena_fail(arena, &err);
    bk_str message = bk_err_message(&err);
    if (!bk_arena_dup(arena, status == BK_OK ? bk_buf_view(&out) : message, ret)) *ret = BK_S("(no memory)");
    bk_err_release(&err);
    bk_sprig_env_release(&env.sprig);
    return status;
}

/* A template by itself: its output, or "! " and what the function said. */
BK_UNUSED static bk_str sprig_text(bk_arena *arena, fake_host *host, const char *text) {
    bk_str out, told;
    if (sprig_render(arena, host, NULL, bk_str_c(text), bk_nil(), &out) == BK_OK) return out;
    size_t at = bk_str_find(out, BK_S("error calling "));
    if (at != BK_NPOS) out = bk_str_from(out, at);
    return bk_arena_cat(arena, BK_S("! "), out, &told) ? told : BK_S("! (no memory)");
}

#endif
