#include "sandbox/ask.h"

#include "sandbox/digest.h"
#include "value/codec.h"

enum { LOGS = 1000, KEPT_MAX = 4 << 20 };

/* The arguments are a frame with a map {input: number}. */
static bk_status number_of(bk_arena *arena, bk_str request, uint64_t *ret, bk_err *err) {
    bk_sections sections;
    uint32_t tag = 1;
    bk_str bytes;
    bk_value v;
    BK_TRY(bk_frame_open(request, &sections, err));
    while (tag) {
        BK_TRY(bk_sections_next(&sections, &tag, &bytes, err));
        if (tag != BK_TAG_ARGS) continue;
        BK_TRY(bk_codec_decode_small(arena, bytes, 2, 4, &v, err));
        bk_value *input = v.kind == BK_MAP ? bk_map_get(v.map, BK_S("input")) : NULL;
        if (!input || input->kind != BK_INT || input->i < 0) break;
        *ret = (uint64_t)input->i;
        return BK_OK;
    }
    return bk_err_set(err, BK_ERR, "an input without its number");
}

static bk_status serve(void *self, uint32_t op, bk_str request, bk_buf *answer, bk_err *err) {
    const bk_sandbox_question *q = self;
    bk_arena arena;
    uint64_t number = 0;
    if (op != BK_FX_INPUT)
        return bk_err_set(err, BK_ERR_DENIED, "the guard denies %s to the reader of a %s", bk_effect_name(op), q->limits.who);
    bk_arena_init(&arena, 64 << 10);
    bk_status s = number_of(&arena, request, &number, err);
    bk_arena_release(&arena);
    BK_TRY(s);
    if (number >= q->input_count) return bk_err_set(err, BK_ERR, "there is no such input");
    bk_buf_str(answer, q->inputs[number]);
    return bk_buf_check(answer, err);
}

static bk_status put_section(bk_buf *frame, bk_tag tag, bk_map *map, bk_err *err) {
    size_t section = bk_section_begin(frame, tag);
    BK_TRY(bk_codec_encode(frame, bk_map_value(map), err));
    bk_section_end(frame, section);
    return BK_OK;
}

static bk_status request(bk_arena *arena, const bk_sandbox_question *q, bk_buf *frame, bk_err *err) {
    bk_map *options = q->options ? q->options : bk_map_new(arena, 0);
    if (!options) return bk_arena_fail(arena, err);
    size_t begin = bk_frame_begin(frame);
    BK_TRY(put_section(frame, BK_TAG_OPTIONS, options, err));
    for (size_t i = 0; i < q->input_count; i++) {
        bk_map *about = bk_map_new(arena, 3);
        bool ok = about && bk_map_set(about, BK_S("name"), bk_string(bk_str_c(q->limits.who))) &&
                  bk_map_set(about, BK_S("dir"), bk_bool(false)) && bk_map_set(about, BK_S("size"), bk_int64((int64_t)q->inputs[i].n));
        if (!ok) return bk_arena_fail(arena, err);
        BK_TRY(put_section(frame, BK_TAG_INPUT, about, err));
    }
    bk_frame_end(frame, begin);
    return bk_buf_check(frame, err);
}

static bk_status read_answer(bk_arena *arena, bk_str output, bk_sandbox_answer *ret, bk_err *err) {
    bk_sections sections = {output};
    uint32_t tag = 1;
    bk_str bytes;
    bk_value v;
    bk_items logs;
    *ret = (bk_sandbox_answer){.result = bk_nil()};
    bk_items_init(&logs, arena);
    while (tag) {
        BK_TRY(bk_sections_next(&sections, &tag, &bytes, err));
        if (tag == BK_TAG_RESULT) {
            BK_TRY(bk_codec_decode(arena, bytes, &ret->result, err));
            ret->has_result = true;
        }
        if (tag == BK_TAG_BYTES) ret->bytes = bytes;
        if (tag != BK_TAG_LOG || logs.n >= LOGS) continue;
        BK_TRY(bk_codec_decode_small(arena, bytes, 2, 4, &v, err));
        bk_items_add(&logs, v);
    }
    return bk_items_list(&logs, BK_T_LIST, &ret->logs, err);
}

/* ---- answers that are kept ---- */

/* What the answer depends on. The request names the inputs' sizes, so that their bytes cannot be cut another way. */
static bool name_of(const bk_sandbox_question *q, bk_str request, unsigned char ret[32]) {
    bk_buf about;
    bk_buf_init(&about, NULL, 0);
    bk_buf_c(&about, "bulkhead answer 1\n");
    bk_buf_str(&about, bk_sandbox_engine_digest());
    bk_buf_printf(&about, " %u %zu\n", (unsigned)q->op, request.n);
    bk_buf_str(&about, request);
    for (size_t i = 0; i < q->input_count; i++) bk_buf_str(&about, q->inputs[i]);
    bool good = bk_buf_ok(&about);
    if (good) bk_digest_of(bk_buf_view(&about), ret);
    bk_buf_release(&about);
    return good;
}

static bool recall(bk_arena *arena, const bk_sandbox_question *q, const unsigned char name[32], bk_sandbox_answer *ret) {
    bk_sandbox_blob blob;
    bk_err ignored = BK_ERR_INIT;
    bk_str bytes;
    *ret = (bk_sandbox_answer){.has_result = true, .result = bk_nil(), .logs = bk_list(NULL, 0)};
    if (!bk_sandbox_cache_get(q->cache, name, &blob)) return false;
    bool good = bk_arena_dup(arena, bk_str_of((const char *)blob.p, blob.n), &bytes) &&
                bk_codec_decode(arena, bytes, &ret->result, &ignored) == BK_OK;
    bk_sandbox_blob_release(&blob);
    bk_err_release(&ignored);
    return good;
}

static void keep(const bk_sandbox_question *q, const unsigned char name[32], const bk_sandbox_answer *answer) {
    bk_buf bytes;
    bk_err ignored = BK_ERR_INIT;
    if (!answer->has_result || answer->bytes.p || answer->logs.len) return;
    bk_buf_init(&bytes, NULL, KEPT_MAX);
    if (bk_codec_encode(&bytes, answer->result, &ignored) == BK_OK && bk_buf_ok(&bytes))
        bk_sandbox_cache_put(q->cache, name, bk_buf_view(&bytes));
    bk_buf_release(&bytes);
    bk_err_release(&ignored);
}

/* ---- asking ---- */

static bk_status ask(bk_arena *arena, const bk_sandbox_question *q, bk_str frame, bk_sandbox_answer *ret, bk_err *err) {
    const bk_sandbox_host host = {(void *)(uintptr_t)q, serve};
    bk_sandbox_module *module;
    bk_buf output;
    bk_str kept = {NULL, 0};
    BK_TRY(bk_sandbox_engine(&module, err));
    bk_buf_init(&output, NULL, q->limits.output ? q->limits.output : BK_SANDBOX_OUTPUT);
    bk_status s = bk_sandbox_call(module, q->op, frame, &q->limits, &host, &output, err);
    /* It may be large, and is not copied: from here on it belongs to the arena. */
    if (s == BK_OK && output.p && bk_arena_adopt(arena, output.p)) {
        kept = bk_buf_view(&output);
        output.p = NULL;
    } else if (s == BK_OK) {
        s = output.p ? bk_err_nomem(err) : bk_err_set(err, BK_ERR_TRAP, "%s compartment stopped: it gave no answer", q->limits.who);
    }
    bk_buf_release(&output);
    return s == BK_OK ? read_answer(arena, kept, ret, err) : s;
}

bk_status bk_sandbox_ask(bk_arena *arena, const bk_sandbox_question *q, bk_sandbox_answer *ret, bk_err *err) {
    unsigned char name[32];
    bk_buf frame;
    bk_buf_init(&frame, NULL, 0);
    bk_status s = request(arena, q, &frame, err);
    bool named = s == BK_OK && q->cache && name_of(q, bk_buf_view(&frame), name);
    if (s == BK_OK && !(named && recall(arena, q, name, ret))) {
        s = ask(arena, q, bk_buf_view(&frame), ret, err);
        if (s == BK_OK && named) keep(q, name, ret);
    }
    bk_buf_release(&frame);
    return s;
}
