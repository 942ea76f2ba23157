/* err.h: errors as values.
 *
 * A fallible function returns a bk_status, and on anything but BK_OK fills the bk_err of its caller. The first to notice sets it (bk_err_set),
 * callers on the way up may put context in front (bk_err_wrap: "chart x: cause"). Only src/cli prints one.
 * Setting a bk_err that is already set is our own mistake and asserts.
 *
 *     bk_err err = BK_ERR_INIT;
 *     if (bk_chart_load(..., &err) != BK_OK) { ... bk_err_message(&err) ... }
 *     bk_err_release(&err);
 *
 * A message is bytes: it may hold text from a chart. Whoever shows it to a person passes it through the escaper of src/cli. */
#ifndef BK_BASE_ERR_H
#define BK_BASE_ERR_H

#include <stdarg.h>

#include "base/compiler.h"
#include "base/str.h"

typedef enum bk_status {
    BK_OK = 0,
    BK_ERR,          /* the input is wrong: the ordinary case */
    BK_ERR_LIMIT,    /* a cap was hit */
    BK_ERR_NOMEM,    /* the system gave no memory */
    BK_ERR_DENIED,   /* the guard refused an effect */
    BK_ERR_IO,       /* the operating system refused (host) */
    BK_ERR_TRAP,     /* a compartment broke its rules and was destroyed (host) */
    BK_ERR_TIMEOUT,  /* a compartment ran out of time (host) */
    BK_ERR_INTERNAL, /* cannot happen, and did */
} bk_status;

typedef struct bk_err {
    bk_status code;
    size_t n;   /* bytes of the message */
    char *heap; /* the message, when it does not fit below */
    char small[240];
} bk_err;

#define BK_ERR_INIT ((bk_err){.code = BK_OK})

/* Sets the message by format and returns `code`, so that callers can `return bk_err_set(...)`. Without memory for a long
 * message it is cut short. */
BK_COLD bk_status bk_err_set(bk_err *err, bk_status code, const char *fmt, ...) BK_PRINTF(3, 4);
BK_COLD bk_status bk_err_setv(bk_err *err, bk_status code, const char *fmt, va_list args);
/* The same with a ready message (any bytes, any length up to BK_LIMIT_ERR). */
BK_COLD bk_status bk_err_set_str(bk_err *err, bk_status code, bk_str message);
/* Puts "<formatted>: " in front of the message; returns the code of the error. */
BK_COLD bk_status bk_err_wrap(bk_err *err, const char *fmt, ...) BK_PRINTF(2, 3);
/* Replaces the message and keeps the code. `message` may be a view of the old one. */
BK_COLD bk_status bk_err_replace(bk_err *err, bk_str message);
/* The usual three. */
BK_COLD bk_status bk_err_nomem(bk_err *err);
BK_COLD bk_status bk_err_limit(bk_err *err, const char *what, size_t max);
BK_COLD bk_status bk_err_internal(bk_err *err, const char *what);

/* The message; lives until the next call on err. Empty when nothing is set. */
bk_str bk_err_message(const bk_err *err);
/* Frees what the error holds and makes it reusable. */
void bk_err_release(bk_err *err);
/* Moves `from` into the empty `to`. */
void bk_err_move(bk_err *to, bk_err *from);

/* return on failure */
#define BK_TRY(expr) \
    do { \
        bk_status bk_try_status_ = (expr); \
        if (BK_UNLIKELY(bk_try_status_ != BK_OK)) return bk_try_status_; \
    } while (0)

#endif
