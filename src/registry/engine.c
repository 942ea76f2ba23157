#include "registry/engine.h"

#include "value/map.h"

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

/* A relative path, or an address without a port: nothing in it is encoded, and nothing can be wrong with it. */
static bool is_plain(bk_str text, size_t *ret_path) {
    static const char *const schemes[] = {"https://", "http://", "oci://"};
    size_t at = 0, i;
    for (size_t k = 0; k < BK_COUNT(schemes) && !at; k++)
        if (bk_str_starts(text, bk_str_c(schemes[k]))) at = strlen(schemes[k]);
    for (i = at; i < text.n; i++) {
        char c = text.p[i];
        bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '/';
        if (!plain) return false;
    }
    if (!at && bk_str_starts(text, BK_S("//"))) return false;
    for (i = at; at && i < text.n && text.p[i] != '/';) i++;
    *ret_path = at ? i : 0;
    return true;
}

bk_status bk_registry_url_read(bk_arena *arena, bk_str text, bk_registry_url *ret, bk_err *err) {
    size_t path;
    bk_sandbox_answer answer;
    *ret = (bk_registry_url){.text = text};
    if (is_plain(text, &path)) {
        ret->path = bk_str_from(text, path);
        return BK_OK;
    }
    bk_map *options = bk_map_new(arena, 2);
    if (!options || !bk_map_set(options, BK_S("url"), bk_string(text))) return bk_arena_fail(arena, err);
    BK_TRY(bk_registry_index_call(arena, "url", options, NULL, 0, &answer, err));
    bk_map *m = answer.result.kind == BK_MAP ? answer.result.map : NULL;
    ret->text = bk_map_str(m, "text", BK_S(""));
    ret->path = bk_map_str(m, "path", BK_S(""));
    bool good = bk_map_str(m, "error", BK_S("")).n == 0;
    return good ? BK_OK : bk_err_set(err, BK_ERR, "invalid chart URL format: %.*s", BK_FMT(text));
}
