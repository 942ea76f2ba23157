#include "base/err.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/format.h"
#include "base/limits.h"

/* Room for n bytes and a NUL; *ret_cap says how much there really is. */
static char *room(bk_err *err, size_t n, size_t *ret_cap) {
    free(err->heap);
    err->heap = NULL;
    if (n >= sizeof err->small) {
        if (n > BK_LIMIT_ERR) n = BK_LIMIT_ERR;
        err->heap = malloc(n + 1);
        if (err->heap) {
            *ret_cap = n;
            return err->heap;
        }
    }
    *ret_cap = sizeof err->small - 1;
    return err->small;
}

bk_status bk_err_set_str(bk_err *err, bk_status code, bk_str message) {
    assert(err->code == BK_OK && code != BK_OK);
    size_t cap;
    char *to = room(err, message.n, &cap);
    err->code = code;
    err->n = message.n < cap ? message.n : cap;
    if (err->n) memcpy(to, message.p, err->n);
    to[err->n] = 0;
    return code;
}

bk_status bk_err_setv(bk_err *err, bk_status code, const char *fmt, va_list args) {
    assert(err->code == BK_OK && code != BK_OK);
    va_list again;
    va_copy(again, args);
    size_t n = bk_format(err->small, sizeof err->small, fmt, args);
    err->code = code;
    err->n = n;
    if (n >= sizeof err->small) {
        size_t cap;
        char *to = room(err, n, &cap);
        bk_format(to, cap + 1, fmt, again);
        err->n = n < cap ? n : cap;
    }
    va_end(again);
    return code;
}

bk_status bk_err_set(bk_err *err, bk_status code, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    bk_err_setv(err, code, fmt, args);
    va_end(args);
    return code;
}

bk_status bk_err_wrap(bk_err *err, const char *fmt, ...) {
    assert(err->code != BK_OK);
    bk_err old = *err;
    err->heap = NULL;
    err->code = BK_OK;
    err->n = 0;
    bk_str cause = bk_err_message(&old);
    bk_err head = BK_ERR_INIT;
    va_list args;
    va_start(args, fmt);
    bk_err_setv(&head, old.code, fmt, args);
    va_end(args);
    bk_str front = bk_err_message(&head);
    size_t cap;
    char *to = room(err, front.n + 2 + cause.n, &cap);
    size_t at = 0;
    const bk_str parts[] = {front, BK_S(": "), cause};
    for (size_t i = 0; i < BK_COUNT(parts); i++) {
        size_t n = parts[i].n < cap - at ? parts[i].n : cap - at;
        if (n) memcpy(to + at, parts[i].p, n);
        at += n;
    }
    to[at] = 0;
    err->n = at;
    err->code = old.code;
    bk_err_release(&head);
    free(old.heap);
    return err->code;
}

bk_status bk_err_replace(bk_err *err, bk_str message) {
    assert(err->code != BK_OK);
    bk_err fresh = BK_ERR_INIT;
    bk_err_set_str(&fresh, err->code, message);
    bk_err_release(err);
    *err = fresh;
    return err->code;
}

bk_status bk_err_nomem(bk_err *err) { return bk_err_set(err, BK_ERR_NOMEM, "out of memory"); }

bk_status bk_err_limit(bk_err *err, const char *what, size_t max) {
    return bk_err_set(err, BK_ERR_LIMIT, "%s: more than the limit of %zu", what, max);
}

bk_status bk_err_internal(bk_err *err, const char *what) { return bk_err_set(err, BK_ERR_INTERNAL, "internal error: %s", what); }

bk_str bk_err_message(const bk_err *err) {
    if (err->code == BK_OK) return (bk_str){"", 0};
    return (bk_str){err->heap ? err->heap : err->small, err->n};
}

void bk_err_release(bk_err *err) {
    free(err->heap);
    *err = BK_ERR_INIT;
}

void bk_err_move(bk_err *to, bk_err *from) {
    assert(to->code == BK_OK);
    bk_err_release(to);
    *to = *from;
    *from = BK_ERR_INIT;
}
