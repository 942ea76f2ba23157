/* guest.c: the module's one export and its three imports; base/boundary.h is the contract.
 *
 * Here and nowhere else the engine meets the host. Memory comes from the C library's malloc, which only ever grows: the compartment
 * lives for one call, and the host drops it whole. */
#include <stdlib.h>

#include "engine/engine.h"

#define IMPORT(id) __attribute__((import_module(BK_GUEST_MODULE), import_name(id)))
IMPORT("effect") uint32_t bk_host_effect(uint32_t op, const char *request, uint32_t len);
IMPORT("take") void bk_host_take(char *to, uint32_t len);
IMPORT("emit") void bk_host_emit(const char *bytes, uint32_t len);

uint32_t bk_guest_run(uint32_t op, uint32_t len);

/* The statuses that an answer may carry; another one is the host's mistake. */
static bk_status status_of(char byte) {
    unsigned char status = (unsigned char)byte;
    return status <= BK_ERR_INTERNAL ? (bk_status)status : BK_ERR_INTERNAL;
}

static bk_status ask(void *self, bk_effect op, bk_str request, bk_arena *arena, bk_str *ret, bk_err *err) {
    (void)self;
    uint32_t n = bk_host_effect(op, request.p, (uint32_t)request.n);
    if (n == 0) return bk_err_internal(err, "the host gave an answer without a status");
    char *answer = bk_arena_alloc(arena, n);
    if (!answer) return bk_arena_fail(arena, err);
    bk_host_take(answer, n);
    bk_str payload = {answer + 1, n - 1};
    bk_status status = status_of(answer[0]);
    if (status != BK_OK) return bk_err_set_str(err, status, payload);
    *ret = payload;
    return BK_OK;
}

static bk_status emit(void *self, bk_str sections, bk_err *err) {
    (void)self;
    (void)err; /* the host stops a compartment that emits too much */
    bk_host_emit(sections.p, (uint32_t)sections.n);
    return BK_OK;
}

/* The failure as a section. Its head and its text go out one after the other, because after a failed allocation there may be no room to put
 * them together. */
static void emit_error(bk_status status, bk_str message) {
    uint32_t head[3] = {BK_TAG_ERROR, (uint32_t)(4 + message.n), status};
    bk_host_emit((const char *)head, sizeof head);
    bk_host_emit(message.p, (uint32_t)message.n);
}

static bk_status run(uint32_t op, uint32_t len, bk_err *err) {
    char *request = malloc(len ? len : 1);
    if (!request) return bk_err_nomem(err);
    bk_host_take(request, len);
    bk_effects effects = {.self = NULL, .ask = ask, .emit = emit};
    return bk_engine_call(&effects, op, bk_str_of(request, len), err);
}

uint32_t bk_guest_run(uint32_t op, uint32_t len) {
    static const uint32_t done[2] = {BK_TAG_DONE, 0};
    bk_err err = BK_ERR_INIT;
    bk_status status = run(op, len, &err);
    if (status != BK_OK) emit_error(status, bk_err_message(&err));
    bk_host_emit((const char *)done, sizeof done);
    return status;
}
