#include "plugin/engine.h"

#include "sandbox/ask.h"

enum { MEMORY = 256 << 20, OUTPUT = 16 << 20, TIME_MS = 10000, ARCHIVE_MEMORY = 1 << 30, ARCHIVE_OUTPUT = 208 << 20 };

bk_status bk_plugin_engine(bk_arena *arena, bk_call_op op, bk_map *options, bk_str input, const bk_sandbox_cache *cache, bk_value *ret,
                           bk_err *err) {
    const bool archive = op == BK_CALL_UNPACK || op == BK_CALL_PACK;
    const bk_sandbox_question question = {
        .op = op,
        .options = options,
        .inputs = &input,
        .input_count = 1,
        .limits = {.who = "plugin",
                   .memory = archive ? ARCHIVE_MEMORY : MEMORY,
                   .output = archive ? ARCHIVE_OUTPUT : OUTPUT,
                   .time_ms = TIME_MS,
                   .wall_ms = BK_SANDBOX_WALL_MS},
        .cache = cache,
    };
    bk_sandbox_answer answer;
    BK_TRY(bk_sandbox_ask(arena, &question, &answer, err));
    if (!answer.has_result) return bk_err_set(err, BK_ERR_TRAP, "plugin compartment stopped: it gave no answer");
    *ret = answer.result;
    return BK_OK;
}
