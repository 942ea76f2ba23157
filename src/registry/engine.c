#include "registry/engine.h"

/* An index of 100 MB becomes a tree of some 600. */
#define INDEX_MEMORY ((size_t)1 << 30)
#define INDEX_OUTPUT ((size_t)208 << 20)

enum { YAML_MEMORY = 256 << 20, YAML_OUTPUT = 64 << 20, YAML_MS = 20000, INDEX_MS = 60000 };

bk_status bk_registry_yaml(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err) {
    const bk_sandbox_question question = {
        .op = BK_CALL_YAML,
        .inputs = &text,
        .input_count = 1,
        .limits = {.who = "configuration", .memory = YAML_MEMORY, .output = YAML_OUTPUT, .time_ms = YAML_MS, .wall_ms = BK_SANDBOX_WALL_MS},
    };
    bk_sandbox_answer answer;
    BK_TRY(bk_sandbox_ask(arena, &question, &answer, err));
    *ret = answer.result;
    return BK_OK;
}

bk_status bk_registry_index_call(bk_arena *arena, const char *task, bk_map *options, const bk_str *inputs, size_t count,
                                 bk_sandbox_answer *ret, bk_err *err) {
    if (!options) options = bk_map_new(arena, 1);
    if (!options || !bk_map_set(options, BK_S("task"), bk_string(bk_str_c(task)))) return bk_arena_fail(arena, err);
    const bk_sandbox_question question = {
        .op = BK_CALL_INDEX,
        .options = options,
        .inputs = inputs,
        .input_count = count,
        .limits = {.who = "repository", .memory = INDEX_MEMORY, .output = INDEX_OUTPUT, .time_ms = INDEX_MS, .wall_ms = BK_SANDBOX_WALL_MS},
    };
    return bk_sandbox_ask(arena, &question, ret, err);
}
