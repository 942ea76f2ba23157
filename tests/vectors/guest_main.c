/* The vector server's side in the compartment: it stands in for the engine's entry, and every call is one oracle request.
 *
 * The guard wants to know which chart asks. Operations that render no chart name none, so theirs is a chart "vector", told here before the first
 * such effect. */
#include "engine/engine.h"
#include "value/codec.h"
#include "value/map.h"
#include "vector.h"

typedef struct relay {
    bk_effects *out;
    bk_arena *arena;
    bool rendering; /* the operation tells the charts itself */
    bool told;      /* ours has been told */
} relay;

static bk_status tell_chart(relay *self, bk_err *err) {
    bk_buf frame;
    bk_str answer;
    bk_map *chart = bk_map_new(self->arena, 4);
    if (!chart || !bk_map_set(chart, BK_S("path"), bk_string(BK_S("vector"))) ||
        !bk_map_set(chart, BK_S("name"), bk_string(BK_S("vector"))) || !bk_map_set(chart, BK_S("version"), bk_string(BK_S("0.1.0"))) ||
        !bk_map_set(chart, BK_S("appVersion"), bk_string(BK_S(""))))
        return bk_arena_fail(self->arena, err);
    bk_buf_init(&frame, self->arena, 0);
    size_t begin = bk_frame_begin(&frame), section = bk_section_begin(&frame, BK_TAG_CHART);
    BK_TRY(bk_codec_encode(&frame, bk_map_value(chart), err));
    bk_section_end(&frame, section);
    bk_frame_end(&frame, begin);
    BK_TRY(bk_buf_check(&frame, err));
    self->told = true;
    return self->out->ask(self->out->self, BK_FX_CHARTS, bk_buf_view(&frame), self->arena, &answer, err);
}

/* The request, asked by the first chart of the table. */
static bk_status ask_as_chart(relay *self, bk_effect op, bk_str request, bk_arena *arena, bk_str *ret, bk_err *err) {
    bk_buf frame;
    bk_sections sections;
    BK_TRY(bk_frame_open(request, &sections, err));
    bk_buf_init(&frame, arena, 0);
    size_t begin = bk_frame_begin(&frame);
    bk_section(&frame, BK_TAG_ORIGIN, bk_str_of("\0\0\0\0", 4));
    bk_buf_str(&frame, sections.rest);
    bk_frame_end(&frame, begin);
    BK_TRY(bk_buf_check(&frame, err));
    return self->out->ask(self->out->self, op, bk_buf_view(&frame), arena, ret, err);
}

static bk_status ask(void *self_, bk_effect op, bk_str request, bk_arena *arena, bk_str *ret, bk_err *err) {
    relay *self = self_;
    if (op == BK_FX_CHARTS) self->rendering = true;
    if (self->rendering) return self->out->ask(self->out->self, op, request, arena, ret, err);
    if (!self->told) BK_TRY(tell_chart(self, err));
    return ask_as_chart(self, op, request, arena, ret, err);
}

static bk_status emit(void *self_, bk_str sections, bk_err *err) {
    relay *self = self_;
    return self->out->emit(self->out->self, sections, err);
}

bk_status bk_engine_call(bk_effects *effects, uint32_t op, bk_str request, bk_err *err) {
    bk_arena arena;
    bk_buf out;
    bk_str answer;
    if (op != BK_CALL_VECTOR) return bk_err_set(err, BK_ERR, "the vector server has no call %u", (unsigned)op);
    bk_arena_init(&arena, 0);
    relay self = {.out = effects, .arena = &arena};
    bk_effects relayed = {.self = &self, .ask = ask, .emit = emit};
    BK_TRY(bk_vector_answer(&arena, &relayed, request, &answer, err));
    bk_buf_init(&out, &arena, 0);
    bk_section(&out, BK_TAG_RESULT, answer);
    BK_TRY(bk_buf_check(&out, err));
    return effects->emit(effects->self, bk_buf_view(&out), err);
}
