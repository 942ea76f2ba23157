/* The calls that the host can make. */
#include "engine/engine.h"

#include "engine/calls.h"

static const struct {
    uint32_t op;
    bk_status (*run)(bk_call_state *call);
} calls[] = {
    {BK_CALL_RENDER, bk_call_render},
    {BK_CALL_VALUES, bk_call_values},
    {BK_CALL_CHART, bk_call_chart},
    {BK_CALL_LINT, bk_call_lint},
    {BK_CALL_YAML, bk_call_yaml},
    {BK_CALL_TEMPLATE, bk_call_template},
    {BK_CALL_PLUGIN, bk_call_plugin},
    {BK_CALL_UNPACK, bk_call_unpack},
    {BK_CALL_PACK, bk_call_pack},
    {BK_CALL_POSTRENDER, bk_call_postrender},
    {BK_CALL_REFERENCES, bk_call_references},
    {BK_CALL_OBJECTS, bk_call_objects},
    {BK_CALL_AUDIT, bk_call_audit},
    {BK_CALL_PACKAGE, bk_call_package},
    {BK_CALL_DEPENDENCY, bk_call_dependency},
    {BK_CALL_LOCK, bk_call_lock},
    {BK_CALL_INDEX, bk_call_index},
    {BK_CALL_RECORDS, bk_call_record_read},
    {BK_CALL_RECORD, bk_call_record_write},
    {BK_CALL_METADATA, bk_call_metadata},
    {BK_CALL_VERSIONS, bk_call_versions},
};

bk_status bk_engine_call(bk_effects *effects, uint32_t op, bk_str request, bk_err *err) {
    for (size_t i = 0; i < BK_COUNT(calls); i++) {
        if (calls[i].op != op) continue;
        bk_arena arena;
        bk_call_state call = {.effects = effects, .arena = &arena, .err = err};
        bk_arena_init(&arena, 0);
        bk_status s = bk_call_open(&call, request);
        if (s == BK_OK) s = calls[i].run(&call);
        bk_arena_release(&arena);
        return s;
    }
    return bk_err_set(err, BK_ERR, "malformed request: unknown call %u", op);
}
