/* func.h: what a template function is.
 *
 * A function is an entry of one table (src/sprig/table.def for Sprig's and Helm's, src/tmpl/builtin.c for the 19 built in): name, signature,
 * code. The executor checks the number and the types of the arguments against the signature, converts what Go's reflection
 * would convert, words the errors as text/template does, and only then calls the code; so the code may rely on the kinds.
 *
 * A signature is a letter a parameter, a "*" after the last one when it may repeat (0 times or more), then ":" and the letter of the result:
 *
 *     a interface {}      s string           i int            l int64          d float64        b bool
 *     u uint              f float32          m map[string]interface {}         M map[string]string
 *     L []interface {}    S []string         B []uint8        t time.Time      D time.Duration
 *     C sprig.certificate U uint32           I []int          K [][]interface {}   V *semver.Version
 *     e error             w io.Writer (no value is one)
 *     r reflect.Value (built-in functions: any value, nil and "no value" apart)
 *
 * "s a*:s" is written "sa*:s" (printf). The result's letter documents Go's static type; the code returns the value with its dynamic one.
 *
 * The code fails by filling call->err with the text of Go's error; the executor adds "error calling NAME: ". */
#ifndef BK_TMPL_FUNC_H
#define BK_TMPL_FUNC_H

#include "base/effects.h"
#include "value/value.h"

typedef struct bk_exec bk_exec; /* the running template: src/tmpl/exec.h */

/* Lists that append or concat made last, with room behind them: who appends to one of them again need not copy it. Those that nobody can reach any more are forgotten when
 * memory is taken back. */
enum { BK_GROWING = 4 };
typedef struct bk_growing_list {
    const bk_value *items;
    size_t n, cap;
} bk_growing_list;
typedef struct bk_growing {
    bk_growing_list lists[BK_GROWING];
    uint32_t next; /* the one to be forgotten next */
} bk_growing;

/* What a function sees of the call it serves. */
typedef struct bk_call {
    bk_arena *arena;     /* results live here, as long as a template can reach them */
    bk_arena *keep;      /* what the environment is to remember lives here; NULL: in `arena` */
    bk_err *err;         /* to fill on failure */
    bk_exec *exec;       /* who calls: for include, tpl and effects; NULL in unit tests of pure functions */
    void *env;           /* the engine's: src/engine; NULL likewise */
    bk_growing *growing; /* NULL likewise */
} bk_call;

typedef bk_status (*bk_fn)(bk_call *call, const bk_value *args, size_t argc, bk_value *ret);

typedef struct bk_func {
    const char *name;
    const char *signature;
    bk_fn fn;
} bk_func;

/* ---- methods ----
 *
 * A method is a bk_func as well. Its signature leaves the receiver out, but the code gets it: args[0] is the receiver, args[1] the first argument,
 * and argc counts both.
 *
 * A class (value.h) answers for its fields and methods in one function:
 *
 *     static bool time_field(const bk_object *self, bk_arena *arena, bk_str name, bk_value *ret) {
 *         return bk_method_field(time_methods, BK_COUNT(time_methods), arena, name, ret);
 *     }
 *
 * Types that are no objects (common.Values, engine.files, time.Duration …) get theirs by bk_tmpl_set_methods (src/tmpl/tmpl.h). A field that
 * exists and is not exported is answered with bk_object_value(BK_T_FUNC, NULL): the executor words the error. */
extern const bk_class bk_method_class;
/* Finds the method by name (the table is searched in order) and makes the value that stands for it. */
bool bk_method_field(const bk_func *methods, size_t count, bk_arena *arena, bk_str name, bk_value *ret);

/* ---- effects ---- */

/* Asks for an effect in the name of the running template: puts the origins and the place in front, `args` behind. */
bk_status bk_call_effect(bk_call *call, bk_effect op, bk_value args, bk_str *ret_answer);

/* Failing in one line. */
#define bk_call_fail(call, ...) bk_err_set((call)->err, BK_ERR, __VA_ARGS__)
static inline bk_status bk_call_nomem(bk_call *call) { return bk_arena_fail(call->arena, call->err); }

#endif
