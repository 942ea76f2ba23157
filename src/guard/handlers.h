/* handlers.h: the effects whose resource is the machine itself: entropy, clock, time zones, cryptography, name service, schema references.
 *
 * Formats of arguments and answers: src/sprig/effects.h, which host code does not include; the two are kept in step by the tests that render. */
#ifndef BK_GUARD_HANDLERS_H
#define BK_GUARD_HANDLERS_H

#include "guard/guard.h"

typedef struct bk_builtins {
    bool clock_fixed; /* --clock */
    int64_t clock_unix;
    uint32_t clock_nsec;
    const char *zone_dir; /* /usr/share/zoneinfo; tests choose another */
    bk_guard_fetch fetch;
    void *fetch_self;
} bk_builtins;

/* Registers them all; `builtins` is borrowed. */
void bk_handlers_add(bk_guard *guard, bk_builtins *builtins);
/* --clock. */
bk_status bk_handlers_set_clock(bk_builtins *builtins, bk_str text, bk_err *err);

/* One file each. */
extern const bk_handler bk_handler_seed, bk_handler_clock, bk_handler_zoneinfo, bk_handler_keygen, bk_handler_cipher, bk_handler_bcrypt,
    bk_handler_dns, bk_handler_schema_ref, bk_handler_lookup;

/* ---- what they share ---- */

/* An argument: its text (string or bytes), or false. */
bool bk_arg_text(const bk_ask *ask, const char *key, bk_str *ret);
bool bk_arg_int(const bk_ask *ask, const char *key, int64_t *ret);
/* The value of a key; nil when absent. */
bk_value bk_arg(const bk_ask *ask, const char *key);
/* The error for arguments of the wrong kind. */
bk_status bk_arg_fail(const bk_ask *ask, bk_err *err);

/* Fills with bytes of the system's generator. */
bk_status bk_entropy(void *to, size_t n, bk_err *err);

#endif
