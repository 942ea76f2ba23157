/* fn.h: what the families of functions share. Internal to src/sprig.
 *
 * A function is defined with BK_FN(id) { … } and listed in table.def. By then the executor has checked number and types of the
 * arguments against the signature there. Text in results is borrowed wherever possible: arguments live as long as the arena.
 *
 * Go's functions fail in two ways, by an error and by a panic, which text/template turns into an error as well. So a mustX and
 * its X are mostly one function here, and the helpers below word the panics of Go's run time. */
#ifndef BK_SPRIG_FN_H
#define BK_SPRIG_FN_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "sprig/env.h"
#include "tmpl/func.h"
#include "value/map.h"
#include "value/value.h"

#define BK_FN(id) \
    bk_status bk_sprig_##id(BK_UNUSED bk_call *call, BK_UNUSED const bk_value *args, BK_UNUSED size_t argc, BK_UNUSED bk_value *ret)

#define BK_SPRIG(name, signature, id) BK_FN(id);
#include "sprig/table.def"
#undef BK_SPRIG

/* ---- arguments ---- */

static inline bk_str fn_str(const bk_value *args, size_t i) { return bk_value_str(args[i]); }

/* ---- results ---- */

static inline bk_status fn_ret_str(bk_value *ret, bk_str s) {
    *ret = bk_string(s);
    return BK_OK;
}
static inline bk_status fn_ret_int64(bk_value *ret, int64_t i) {
    *ret = bk_int64(i);
    return BK_OK;
}
static inline bk_status fn_ret_float(bk_value *ret, double f) {
    *ret = bk_float(f);
    return BK_OK;
}
static inline bk_status fn_ret_bool(bk_value *ret, bool b) {
    *ret = bk_bool(b);
    return BK_OK;
}
/* What was written into an arena's buffer becomes the result. */
bk_status fn_ret_buf(bk_call *call, bk_buf *buf, bk_value *ret);

/* n uninitialised bytes for a string of known length (and a NUL after it). */
bk_status fn_bytes(bk_call *call, size_t n, char **ret);
/* n uninitialised items for a list of known length. */
bk_status fn_items(bk_call *call, size_t n, bk_value **ret);

/* ---- values ---- */

/* Sprig's strval: strings and bytes as they are, everything else as %v. */
bk_status fn_text(bk_call *call, bk_value v, bk_str *ret);
/* The same, appended. */
bk_status fn_put_text(bk_call *call, bk_buf *out, bk_value v);
/* Sprig's strslice: the texts of a list without its nils; anything else alone; nothing for nil. A list of strings is returned itself. */
bk_status fn_texts(bk_call *call, bk_value v, bk_value *ret);
/* Sprig's empty. */
bool fn_empty(bk_value v);
/* cast.ToInt64 and ToFloat64: 0 for what cannot be cast. */
int64_t fn_to_int64(bk_value v);
double fn_to_float(bk_value v);

/* A list or []byte, read as items. */
typedef struct fn_seq {
    bk_value v;
    size_t n;
} fn_seq;

static inline bool fn_is_seq(bk_value v) { return v.kind == BK_LIST || v.type == BK_T_BYTES; }
/* The sequence, or the error "<refusal><kind>"; nil is Go's nil dereference. */
bk_status fn_seq_of(bk_call *call, bk_value v, const char *refusal, fn_seq *ret);
static inline bk_value fn_seq_at(const fn_seq *s, size_t i) {
    if (s->v.kind == BK_LIST) return s->v.items[i];
    return bk_uint_typed(BK_T_UINT8, (unsigned char)s->v.s[i]);
}
/* Copies n items from position `from` on. */
void fn_seq_copy(const fn_seq *s, size_t from, size_t n, bk_value *to);

/* ---- Go's panics ---- */

#define FN_SLICE_BOUNDS "runtime error: slice bounds out of range "
#define FN_NEGATIVE_REPEAT "strings: negative Repeat count"
bk_status fn_panic_nil(bk_call *call);
bk_status fn_panic_makeslice(bk_call *call);
/* A type assertion to `want` that failed. */
bk_status fn_panic_conversion(bk_call *call, bk_value v, const char *want);

/* The same call, whose results live as long as what the environment remembers. */
static inline bk_call fn_keeping(const bk_call *call) {
    bk_call keeping = *call;
    if (call->keep) keeping.arena = call->keep;
    return keeping;
}

/* Whether a failure is the function's own, so that a function that hides failures in Helm may hide it; then clears it. Refusals of the
 * guard, caps and lack of memory stay. */
bool fn_forgive(bk_call *call, bk_status status);

#endif
