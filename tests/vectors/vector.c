#include "vector.h"

#include "data/json.h"

/* While a folder is not there, neither is its table. */
#pragma weak bk_vector_ops_data
#pragma weak bk_vector_ops_text
#pragma weak bk_vector_ops_values
#pragma weak bk_vector_ops_chart
#pragma weak bk_vector_ops_engine
#pragma weak bk_vector_ops_calls

static bk_vector_fn find_op(bk_str name) {
    const bk_vector_op *const tables[] = {bk_vector_ops_data,  bk_vector_ops_text,   bk_vector_ops_values,
                                          bk_vector_ops_chart, bk_vector_ops_engine, bk_vector_ops_calls};
    for (size_t i = 0; i < BK_COUNT(tables); i++)
        for (const bk_vector_op *op = tables[i]; op && op->name; op++)
            if (bk_str_eq(name, bk_str_c(op->name))) return op->fn;
    return NULL;
}

bk_str bk_vector_str(bk_vector_call *call, const char *field) { return bk_map_str(call->in, field, BK_S("")); }

static bool put(bk_map *answer, const char *key, bk_value v) { return bk_map_set(answer, bk_str_c(key), v); }

/* Runs the op; what it made and how it failed go into the answer. An op that is not there skips. */
static bool run(bk_vector_call *call, bk_map *answer) {
    bk_err failure = BK_ERR_INIT;
    bk_str message;
    bk_vector_fn fn = find_op(bk_vector_str(call, "op"));
    if (!fn) return put(answer, "skip", bk_bool(true));
    bk_status status = fn(call, &failure);
    bool ok = (!call->has_out || bk_is_nil(call->out) || put(answer, "out", call->out)) &&
              (bk_is_nil(call->log) || put(answer, "log", call->log));
    if (status != BK_OK)
        ok = ok && bk_arena_dup(call->arena, bk_err_message(&failure), &message) && put(answer, "error", bk_string(message));
    bk_err_release(&failure);
    return ok;
}

bk_status bk_vector_answer(bk_arena *arena, bk_effects *effects, bk_str line, bk_str *ret, bk_err *err) {
    bk_value request;
    bk_buf out;
    BK_TRY(bk_json_decode(arena, line, 0, BK_T_MAP, &request, err));
    bk_map *answer = bk_map_new(arena, 2);
    bk_vector_call call = {.arena = arena, .effects = effects, .in = request.map, .line = line, .out = bk_nil()};
    bk_value *id = bk_map_get(request.map, BK_S("id"));
    if (!answer || !run(&call, answer) || (id && !put(answer, "id", *id))) return bk_arena_fail(arena, err);
    bk_buf_init(&out, arena, 0);
    bk_err odd = BK_ERR_INIT;
    if (bk_json_encode(&out, arena, bk_map_value(answer), 0, &odd) != BK_OK) {
        /* The oracle answers so when json cannot hold what came out. */
        bk_buf_reset(&out);
        bk_buf_c(&out, "{\"error\":");
        bk_str message;
        if (!bk_arena_cat(arena, BK_S("oracle: cannot encode answer: "), bk_err_message(&odd), &message))
            message = BK_S("oracle: cannot encode answer");
        bk_json_encode_string(&out, message, 0);
        bk_buf_byte(&out, '}');
        bk_err_release(&odd);
    }
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}
