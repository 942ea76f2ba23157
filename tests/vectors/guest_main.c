/* The vector server's side in the compartment: it stands in for the engine's entry, and every call is one oracle request. */
#include "engine/engine.h"
#include "vector.h"

bk_status bk_engine_call(bk_effects *effects, uint32_t op, bk_str request, bk_err *err) {
    bk_arena arena;
    bk_buf out;
    bk_str answer;
    if (op != BK_CALL_VECTOR) return bk_err_set(err, BK_ERR, "the vector server has no call %u", (unsigned)op);
    bk_arena_init(&arena, 0);
    BK_TRY(bk_vector_answer(&arena, effects, request, &answer, err));
    bk_buf_init(&out, &arena, 0);
    bk_section(&out, BK_TAG_RESULT, answer);
    BK_TRY(bk_buf_check(&out, err));
    return effects->emit(effects->self, bk_buf_view(&out), err);
}
