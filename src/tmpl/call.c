/* Calls: counting, evaluating and converting arguments as Go's reflection would. */
#include "tmpl/run.h"

#include "value/gofmt.h"

/* ---- types of parameters ---- */

const char *bk_letter_type(char letter) {
    switch (letter) {
    case 'a': return "interface {}";
    case 's': return "string";
    case 'i': return "int";
    case 'l': return "int64";
    case 'd': return "float64";
    case 'f': return "float32";
    case 'b': return "bool";
    case 'u': return "uint";
    case 'U': return "uint32";
    case 'm': return "map[string]interface {}";
    case 'M': return "map[string]string";
    case 'L': return "[]interface {}";
    case 'S': return "[]string";
    case 'B': return "[]uint8";
    case 't': return "time.Time";
    case 'D': return "time.Duration";
    case 'C': return "sprig.certificate";
    case 'V': return "*semver.Version";
    case 'e': return "error";
    case 'w': return "io.Writer";
    default: return "reflect.Value";
    }
}

bool bk_letter_takes_nil(char letter) { return strchr("amMLSBVerw", letter) != NULL; }

bk_value bk_letter_nil(char letter) {
    switch (letter) {
    case 'm': return bk_map_value(NULL);
    case 'M': return bk_map_typed(BK_T_STRING_MAP, NULL);
    case 'L': return bk_list_typed(BK_T_LIST, NULL, 0);
    case 'S': return bk_list_typed(BK_T_STRINGS, NULL, 0);
    case 'B': return bk_bytes(BK_S(""));
    default: return bk_nil();
    }
}

/* What assigning to the parameter makes of a value's type; BK_T_NIL: it cannot be assigned. */
static bk_type assigned(char letter, bk_value v) {
    bk_type type = (bk_type)v.type, want = BK_T_NIL;
    switch (letter) {
    case 's': want = BK_T_STRING; break;
    case 'i': want = BK_T_INT; break;
    case 'l': want = BK_T_INT64; break;
    case 'd': want = BK_T_FLOAT64; break;
    case 'f': want = BK_T_FLOAT32; break;
    case 'b': want = BK_T_BOOL; break;
    case 'u': want = BK_T_UINT; break;
    case 'U': want = BK_T_UINT32; break;
    case 'm': return type == BK_T_MAP || type == BK_T_VALUES ? BK_T_MAP : BK_T_NIL;
    case 'M': want = BK_T_STRING_MAP; break;
    case 'L': want = BK_T_LIST; break;
    case 'S': return type == BK_T_STRINGS || type == BK_T_VERSION_SET ? BK_T_STRINGS : BK_T_NIL;
    case 'B': want = BK_T_BYTES; break;
    case 'D': want = BK_T_DURATION; break;
    case 't':
    case 'C':
    case 'V': return v.kind == BK_OBJECT && v.object && strcmp(v.object->class->name, bk_letter_type(letter)) == 0 ? type : BK_T_NIL;
    default: break;
    }
    return type == want ? want : BK_T_NIL;
}

bk_status bk_exec_convert(bk_exec *ex, char letter, bk_value *v) {
    if (letter == 'r') return BK_OK;
    if (letter == 'a') {
        *v = bk_bare(*v);
        if (v->kind == BK_OBJECT) v->object = bk_object_copied(v->object);
        return BK_OK;
    }
    if (bk_no_value(*v)) {
        if (!bk_letter_takes_nil(letter)) return bk_exec_failf(ex, "invalid value; expected %s", bk_letter_type(letter));
        *v = bk_letter_nil(letter);
        return BK_OK;
    }
    bk_type type = assigned(letter, *v);
    if (type == BK_T_NIL) {
        const char *got = v->kind == BK_NIL ? "interface {}" : bk_type_name(*v);
        return bk_exec_failf(ex, "wrong type for value; expected %s; got %s", bk_letter_type(letter), got);
    }
    *v = bk_bare(*v);
    v->type = (uint8_t)type;
    return BK_OK;
}

/* ---- counting ---- */

BK_COLD BK_APART static bk_status fail_count(bk_exec *ex, const bk_node_function *fn, const bk_args *args) {
    uint32_t want = fn->sig.n - fn->sig.variadic, got = args->n + (args->final != NULL);
    if (fn->sig.variadic)
        return bk_exec_failf(ex, "wrong number of args for %.*s: want at least %u got %u", BK_FMT(fn->name), want, args->n);
    return bk_exec_failf(ex, "wrong number of args for %.*s: want %u got %u", BK_FMT(fn->name), want, got);
}

static inline bool count_fits(const bk_signature *sig, uint32_t got) { return sig->variadic ? got + 1 >= sig->n : got == sig->n; }

/* The letter of argument i. */
static inline char letter_of(const bk_signature *sig, uint32_t i) { return sig->params[i < sig->n ? i : sig->n - 1]; }

/* ---- and, or, call ---- */

BK_APART static bk_status and_or(bk_exec *ex, const bk_node_function *fn, const bk_args *args, bk_value *ret) {
    bool stop = fn->head.flag == BK_SPECIAL_OR;
    for (uint32_t i = 0; i < args->n; i++) {
        BK_TRY(bk_eval_arg(ex, args->items[i], 'r', ret));
        if (bk_truth(*ret) == stop) return BK_OK;
    }
    if (args->final) *ret = *args->final;
    return BK_OK;
}

/* What reflect.Value's String gives, which is how Go names a callee that came through a pipe. */
static void print_callee(bk_buf *out, const bk_args *args) {
    if (args->n) {
        bk_node_print(out, args->items[0]);
        return;
    }
    const bk_value *v = args->final;
    if (v->type == BK_T_STRING) {
        bk_buf_str(out, bk_value_str(*v));
        return;
    }
    bk_buf_byte(out, '<');
    bk_buf_c(out, v->kind == BK_NIL ? "invalid" : bk_type_name(*v));
    bk_buf_c(out, " Value>");
}

/* No value of a template is a function, so call always fails. */
BK_APART static bk_status call_value(bk_exec *ex, const bk_args *args, bk_value callee) {
    bk_err *err = ex->call.err;
    if (callee.kind == BK_NIL) return bk_err_set(err, BK_ERR, "call of nil");
    bk_buf b;
    bk_buf_init(&b, ex->call.arena, 0);
    bk_buf_c(&b, "non-function ");
    print_callee(&b, args);
    bk_buf_c(&b, " of type ");
    bk_buf_c(&b, bk_type_name(callee));
    BK_TRY(bk_buf_check(&b, err));
    return bk_err_set_str(err, BK_ERR, bk_buf_view(&b));
}

/* ---- calls ---- */

bk_status bk_exec_call(bk_exec *ex, const bk_node_function *fn, const bk_node *at, const bk_args *args, const bk_value *self,
                       bk_value *ret) {
    if (BK_UNLIKELY(!count_fits(&fn->sig, args->n + (args->final != NULL)))) return fail_count(ex, fn, args);
    if (fn->head.flag == BK_SPECIAL_AND || fn->head.flag == BK_SPECIAL_OR) return and_or(ex, fn, args, ret);
    bk_stack_mark mark = bk_stack_marked(ex);
    bk_value *argv = bk_stack_take(ex, (size_t)args->n + 2), *next = argv;
    if (!argv) return ex->call.err->code;
    if (self) *next++ = *self;
    for (uint32_t i = 0; i < args->n; i++) BK_TRY(bk_eval_arg(ex, args->items[i], letter_of(&fn->sig, i), next++));
    if (args->final) {
        *next = *args->final;
        BK_TRY(bk_exec_convert(ex, letter_of(&fn->sig, args->n), next++));
    }
    uint32_t failures = ex->failures;
    ex->call_at = at;
    *ret = bk_nil();
    bk_status status = fn->head.flag == BK_SPECIAL_CALL ? call_value(ex, args, argv[self != NULL])
                                                        : fn->func->fn(&ex->call, argv, (size_t)(next - argv), ret);
    bk_stack_release(ex, mark);
    if (BK_UNLIKELY(status != BK_OK)) {
        ex->at = at;
        return bk_exec_fail_call(ex, fn->name, failures, status);
    }
    if (fn->sig.result == 'a') ret->spare |= BK_IFACE;
    else if (fn->sig.result != 'r') ret->spare &= (uint16_t)~BK_IFACE;
    return BK_OK;
}
