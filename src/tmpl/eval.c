/* Pipelines, commands, operands and fields: from nodes to values. */
#include <stdio.h>

#include "tmpl/run.h"

/* ---- variables ---- */

static bk_value *slot_of(bk_exec *ex, const bk_slot *where) {
    for (; where && where->slot != BK_NO_SLOT; where = where->next) {
        bk_value *v = &ex->vars[where->slot];
        if (BK_LIKELY(v->type != BK_T_UNSET)) return v;
    }
    return NULL;
}

static bk_status undefined(bk_exec *ex, bk_str name) { return bk_exec_failf(ex, "undefined variable: %.*s", BK_FMT(name)); }

bk_status bk_eval_set_var(bk_exec *ex, const bk_decl *decl, bk_value v) {
    bk_value *slot = slot_of(ex, &decl->where);
    if (!slot) return undefined(ex, decl->name);
    *slot = v;
    return BK_OK;
}

static bk_status eval_variable(bk_exec *ex, const bk_node_variable *node, const bk_args *args, bk_value *ret) {
    ex->at = &node->head;
    const bk_value *slot = slot_of(ex, &node->where);
    if (BK_UNLIKELY(!slot)) return undefined(ex, node->name);
    *ret = *slot;
    if (node->names.n) return bk_eval_fields(ex, &node->head, node->names, args, ret);
    if (args && (args->n || args->final)) return bk_exec_fail_node(ex, "can't give argument to non-function ", &node->head, "");
    return BK_OK;
}

/* ---- fields ---- */

bk_value bk_zero_item(uint8_t container) {
    switch (container) {
    case BK_T_STRING_MAP:
    case BK_T_STRINGS:
    case BK_T_VERSION_SET: return bk_string(BK_S(""));
    case BK_T_BOOL_MAP: return bk_bool(false);
    case BK_T_FILES: return (bk_value){.kind = BK_STRING, .type = BK_T_BYTES}; /* []byte(nil) */
    default: return bk_nil_iface();
    }
}

static bk_status no_such_key(bk_exec *ex, const bk_name *name, bk_value *v) {
    switch (ex->missing) {
    case BK_MISSING_INVALID: *v = bk_nil(); return BK_OK;
    case BK_MISSING_ZERO: *v = bk_zero_item(v->type); return BK_OK;
    case BK_MISSING_ERROR: break;
    }
    return bk_exec_fail_quoted(ex, "map has no entry for key ", name->text, "");
}

static bk_status call_method(bk_exec *ex, const bk_func *method, const bk_node *node, bk_str name, const bk_args *args, bk_value *v) {
    static const bk_args none = {NULL, 0, NULL};
    bk_node_function fn = {.func = method, .name = name, .sig = bk_signature_of(method->signature)};
    bk_value self = bk_bare(*v);
    return bk_exec_call(ex, &fn, node, args ? args : &none, &self, v);
}

static const bk_func *method_of(const bk_exec *ex, uint8_t type, bk_str name) {
    const bk_func *methods = ex->set->env->methods[type].funcs;
    for (size_t i = 0; i < ex->set->env->methods[type].count; i++)
        if (methods[i].name[0] == name.p[0] && bk_str_eq(name, bk_str_c(methods[i].name))) return &methods[i];
    return NULL;
}

static bk_status object_field(bk_exec *ex, const bk_node *node, const bk_name *name, const bk_args *args, bk_value *v) {
    const bk_object *object = v->object;
    bk_value found;
    if (!object || !object->class->field || !object->class->field(object, ex->call.arena, name->text, &found))
        return bk_exec_failf(ex, "can't evaluate field %.*s in type %s", BK_FMT(name->text), bk_static_type(*v));
    if (found.type == BK_T_FUNC && !found.object)
        return bk_exec_failf(ex, "%.*s is an unexported field of struct type %s", BK_FMT(name->text), bk_static_type(*v));
    if (found.type == BK_T_FUNC && found.object->class == &bk_method_class)
        return call_method(ex, found.object->data, node, name->text, args, v);
    if (args && (args->n || args->final))
        return bk_exec_failf(ex, "%.*s has arguments but cannot be invoked as function", BK_FMT(name->text));
    *v = found;
    return BK_OK;
}

/* A field of something that is no map without methods, or one with arguments. */
BK_APART static bk_status field_slow(bk_exec *ex, const bk_node *node, const bk_name *name, const bk_args *args, bk_value *v) {
    if (v->kind == BK_NIL) {
        if (bk_is_iface(*v)) return bk_exec_failf(ex, "nil pointer evaluating interface {}.%.*s", BK_FMT(name->text));
        if (ex->missing == BK_MISSING_ERROR) return bk_exec_fail_quoted(ex, "nil data; no entry for key ", name->text, "");
        return BK_OK;
    }
    if (v->kind == BK_OBJECT) return object_field(ex, node, name, args, v);
    const bk_func *method = name->exported ? method_of(ex, v->type, name->text) : NULL;
    if (method) return call_method(ex, method, node, name->text, args, v);
    if (v->kind != BK_MAP) return bk_exec_failf(ex, "can't evaluate field %.*s in type %s", BK_FMT(name->text), bk_static_type(*v));
    if (args && (args->n || args->final)) return bk_exec_failf(ex, "%.*s is not a method but has arguments", BK_FMT(name->text));
    const bk_value *item = bk_map_get_hashed(v->map, name->text, name->hash);
    if (!item) return no_such_key(ex, name, v);
    *v = bk_item_of(v->type, *item);
    return BK_OK;
}

/* Whether the name, a capital first, may be one of the type's methods. A map[string]interface {} has none. */
static inline bool may_be_method(const bk_exec *ex, uint8_t type, const bk_name *name) {
    return type != BK_T_MAP && name->exported && ex->set->env->methods[type].letters >> (name->text.p[0] - 'A') & 1;
}

/* Follows the names for as long as they are entries of maps; returns the one that is not, or `end`. */
static inline const bk_name *follow_entries(const bk_exec *ex, const bk_name *name, const bk_name *end, bk_value *v) {
    const bk_value *at = v, *container = v;
    for (; name < end; name++) {
        if (at->kind != BK_MAP || may_be_method(ex, at->type, name)) break;
        const bk_value *item = bk_map_get_hashed(at->map, name->text, name->hash);
        if (!item) break;
        container = at;
        at = item;
    }
    if (at != v) *v = bk_item_of(container->type, *at);
    return name;
}

BK_APART static bk_status fields_from(bk_exec *ex, const bk_node *node, bk_names names, const bk_name *name, const bk_args *args,
                                      bk_value *v) {
    for (const bk_name *end = names.items + names.n; name < end; name = follow_entries(ex, name + 1, end - (args != NULL), v))
        BK_TRY(field_slow(ex, node, name, name + 1 == end ? args : NULL, v));
    return BK_OK;
}

bk_status bk_eval_fields(bk_exec *ex, const bk_node *node, bk_names names, const bk_args *args, bk_value *v) {
    const bk_name *end = names.items + names.n, *name = follow_entries(ex, names.items, args ? end - 1 : end, v);
    return BK_LIKELY(name == end) ? BK_OK : fields_from(ex, node, names, name, args, v);
}

static bk_status eval_field(bk_exec *ex, const bk_node_field *node, const bk_args *args, bk_value *ret) {
    ex->at = &node->head;
    *ret = ex->dot;
    return bk_eval_fields(ex, &node->head, node->names, args, ret);
}

BK_APART static bk_status eval_chain(bk_exec *ex, const bk_node_chain *node, const bk_args *args, bk_value *ret) {
    ex->at = &node->head;
    BK_TRY(bk_eval_arg(ex, node->base, 0, ret));
    return bk_eval_fields(ex, &node->head, node->names, args, ret);
}

/* ---- constants ---- */

/* A number where nothing says which type is wanted. */
static bk_status open_number(bk_exec *ex, const bk_node_number *node, bk_value *ret) {
    ex->at = &node->head;
    *ret = node->value;
    if (node->head.flag & BK_NUM_COMPLEX) return bk_exec_failf(ex, "complex numbers are not supported");
    if (node->head.flag & BK_NUM_OVERFLOW) return bk_exec_failf(ex, "%.*s overflows int", BK_FMT(node->text));
    return BK_OK;
}

/* A constant for an interface {} parameter. */
static bk_status open_constant(bk_exec *ex, const bk_node *node, bk_value *ret) {
    ex->at = node;
    switch ((bk_node_kind)node->kind) {
    case BK_NODE_BOOL: *ret = bk_bool(node->flag); return BK_OK;
    case BK_NODE_STRING: *ret = ((const bk_node_string *)node)->value; return BK_OK;
    case BK_NODE_NUMBER: return open_number(ex, (const bk_node_number *)node, ret);
    default: return bk_exec_fail_node(ex, "can't handle assignment of ", node, " to empty interface argument");
    }
}

/* A number for a parameter of a number type; *ret_expected names what it should be when it does not fit. */
static bool typed_number(const bk_node_number *node, char letter, bk_value *ret, const char **ret_expected) {
    switch (letter) {
    case 'i':
    case 'l':
    case 'D':
        *ret_expected = "expected integer; found ";
        *ret = bk_int_typed(letter == 'i' ? BK_T_INT : letter == 'l' ? BK_T_INT64 : BK_T_DURATION, node->i);
        return node->head.flag & BK_NUM_INT;
    case 'u':
    case 'U':
        *ret_expected = "expected unsigned integer; found ";
        *ret = letter == 'u' ? bk_uint_typed(BK_T_UINT, node->u) : bk_uint_typed(BK_T_UINT32, (uint32_t)node->u);
        return node->head.flag & BK_NUM_UINT;
    default:
        *ret_expected = "expected float; found ";
        *ret = bk_float(letter == 'f' ? (double)(float)node->f : node->f);
        if (letter == 'f') ret->type = BK_T_FLOAT32;
        return node->head.flag & BK_NUM_FLOAT;
    }
}

BK_APART static bk_status constant(bk_exec *ex, const bk_node *node, char letter, bk_value *ret) {
    static const bk_node_number no_number;
    const char *expected = NULL;
    bool fits = false;
    switch (letter) {
    case 'a':
    case 'r': return open_constant(ex, node, ret);
    case 's':
        expected = "expected string; found ";
        fits = node->kind == BK_NODE_STRING;
        if (fits) *ret = ((const bk_node_string *)node)->value;
        break;
    case 'b':
        expected = "expected bool; found ";
        fits = node->kind == BK_NODE_BOOL;
        if (fits) *ret = bk_bool(node->flag);
        break;
    case 'i':
    case 'l':
    case 'D':
    case 'u':
    case 'U':
    case 'd':
    case 'f': fits = typed_number(node->kind == BK_NODE_NUMBER ? (const bk_node_number *)node : &no_number, letter, ret, &expected); break;
    default: break;
    }
    ex->at = node;
    if (fits) return BK_OK;
    if (expected) return bk_exec_fail_node(ex, expected, node, "");
    char after[64];
    snprintf(after, sizeof after, " for arg of type %s", bk_letter_type(letter));
    return bk_exec_fail_node(ex, "can't handle ", node, after);
}

/* ---- operands ---- */

/* Makes v fit: what most parameters take, a text or anything, at once. */
static inline bk_status fit(bk_exec *ex, char letter, bk_value *v) {
    if (letter == 's' ? v->type != BK_T_STRING : letter != 'a' || v->kind == BK_OBJECT) return bk_exec_convert(ex, letter, v);
    v->spare &= (uint16_t)~BK_IFACE;
    return BK_OK;
}

/* The rarer operands. */
BK_APART static bk_status eval_other(bk_exec *ex, const bk_node *node, char letter, bk_value *ret) {
    static const bk_args none = {NULL, 0, NULL};
    switch ((bk_node_kind)node->kind) {
    case BK_NODE_CHAIN: BK_TRY(eval_chain(ex, (const bk_node_chain *)node, NULL, ret)); break;
    case BK_NODE_FUNCTION: BK_TRY(bk_eval_function(ex, (const bk_node_function *)node, node, &none, ret)); break;
    case BK_NODE_NIL:
        if (!bk_letter_takes_nil(letter)) return bk_exec_failf(ex, "cannot assign nil to %s", bk_letter_type(letter));
        *ret = bk_letter_nil(letter);
        return BK_OK;
    default: return constant(ex, node, letter, ret);
    }
    return letter ? bk_exec_convert(ex, letter, ret) : BK_OK;
}

bk_status bk_eval_arg(bk_exec *ex, const bk_node *node, char letter, bk_value *ret) {
    ex->at = node;
    switch ((bk_node_kind)node->kind) {
    case BK_NODE_DOT: *ret = ex->dot; break;
    case BK_NODE_FIELD: BK_TRY(eval_field(ex, (const bk_node_field *)node, NULL, ret)); break;
    case BK_NODE_VARIABLE: BK_TRY(eval_variable(ex, (const bk_node_variable *)node, NULL, ret)); break;
    case BK_NODE_PIPE: BK_TRY(bk_eval_pipe(ex, (const bk_node_pipe *)node, ret)); break;
    case BK_NODE_STRING:
        if (letter != 's' && letter != 'a') return constant(ex, node, letter, ret);
        *ret = ((const bk_node_string *)node)->value;
        return BK_OK;
    default: return eval_other(ex, node, letter, ret);
    }
    return letter ? fit(ex, letter, ret) : BK_OK;
}

bk_status bk_eval_function(bk_exec *ex, const bk_node_function *fn, const bk_node *at, const bk_args *args, bk_value *ret) {
    ex->at = &fn->head;
    return bk_exec_call(ex, fn, at, args, NULL, ret);
}

/* ---- commands ---- */

/* First words that are no functions and take no arguments. */
BK_APART static bk_status eval_word(bk_exec *ex, const bk_node *word, const bk_args *args, bk_value *ret) {
    if (word->kind != BK_NODE_PIPE) ex->at = word;
    if (args->n || args->final) return bk_exec_fail_node(ex, "can't give argument to non-function ", word, "");
    switch ((bk_node_kind)word->kind) {
    case BK_NODE_PIPE: return bk_eval_pipe(ex, (const bk_node_pipe *)word, ret);
    case BK_NODE_DOT: *ret = ex->dot; return BK_OK;
    case BK_NODE_NIL: return bk_exec_failf(ex, "nil is not a command");
    default: return open_constant(ex, word, ret);
    }
}

/* A command that begins with no function. */
BK_APART static bk_status eval_no_function(bk_exec *ex, const bk_node *word, const bk_args *args, bk_value *ret) {
    const bk_args *given = args->n || args->final ? args : NULL;
    switch ((bk_node_kind)word->kind) {
    case BK_NODE_FIELD: return eval_field(ex, (const bk_node_field *)word, given, ret);
    case BK_NODE_VARIABLE: return eval_variable(ex, (const bk_node_variable *)word, given, ret);
    case BK_NODE_CHAIN: return eval_chain(ex, (const bk_node_chain *)word, given, ret);
    default: return eval_word(ex, word, args, ret);
    }
}

static inline bk_status eval_command(bk_exec *ex, const bk_node_command *cmd, const bk_value *final, bk_value *ret) {
    const bk_node *word = cmd->args[0];
    bk_args args = {cmd->args + 1, cmd->n - 1, final};
    if (word->kind != BK_NODE_FUNCTION) return eval_no_function(ex, word, &args, ret);
    for (uint32_t i = cmd->reset_from; i < cmd->reset_to; i++) ex->vars[i].type = BK_T_UNSET;
    return bk_eval_function(ex, (const bk_node_function *)word, &cmd->head, &args, ret);
}

static inline bk_status eval_one_word(bk_exec *ex, const bk_node *word, bk_value *ret) {
    if (word->kind == BK_NODE_FIELD) BK_TRY(eval_field(ex, (const bk_node_field *)word, NULL, ret));
    else BK_TRY(eval_variable(ex, (const bk_node_variable *)word, NULL, ret));
    ret->spare &= (uint16_t)~BK_IFACE;
    return BK_OK;
}

bk_status bk_eval_pipe(bk_exec *ex, const bk_node_pipe *pipe, bk_value *ret) {
    if (pipe->word) return eval_one_word(ex, pipe->word, ret);
    ex->at = &pipe->head;
    if (BK_UNLIKELY(ex->nest >= BK_EXEC_NEST)) return bk_exec_failf(ex, "exceeded maximum depth of nested calls (%u)", BK_EXEC_NEST);
    ex->nest++;
    bk_value before;
    for (uint32_t i = 0; i < pipe->n; i++) {
        if (i) before = *ret;
        BK_TRY(eval_command(ex, pipe->cmds[i], i ? &before : NULL, ret));
        ret->spare &= (uint16_t)~BK_IFACE;
    }
    for (uint32_t i = 0; i < pipe->decls; i++) {
        if (pipe->assign) BK_TRY(bk_eval_set_var(ex, &pipe->decl[i], *ret));
        else ex->vars[pipe->decl[i].where.slot] = *ret;
    }
    ex->nest--;
    return BK_OK;
}
