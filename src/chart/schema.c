#include "chart/schema.h"

#include "chart/schema_internal.h"

#define URL "file:///values.schema.json"
#define SCRATCH (256u << 20) /* most bytes for the flaws of a check */
#define HEAD "jsonschema validation failed with '" URL "#'\n"

static bk_schema_compiler *compiler_new(bk_arena *arena, bk_schema_compiler *meta) {
    bk_schema_compiler *c = BK_NEW(arena, bk_schema_compiler);
    if (!c) return NULL;
    *c = (bk_schema_compiler){
        .arena = arena,
        .meta = meta,
        .docs = bk_map_new(arena, 0),
        .roots = bk_map_new(arena, 0),
        .patterns = bk_map_new(arena, 0),
        .dialects = bk_map_new(arena, 0),
    };
    c->last = &c->first;
    return c->docs && c->roots && c->patterns && c->dialects ? c : NULL;
}

/* The text of what is wrong; empty when nothing is. */
static bk_status validate(bk_schema_compiler *c, bk_value values, bk_str text, bool thorough, bk_str *ret) {
    bk_value doc;
    bk_schema *schema;
    bk_flaw *flaw;
    bool suits = false;
    BK_TRY(bk_schema_read(c, text, &doc));
    if (!thorough) BK_TRY(bk_schema_suits(c, &doc, values, &suits));
    if (suits) return BK_OK;
    BK_TRY(bk_schema_add(c, BK_S(URL), doc));
    BK_TRY(bk_schema_compile(c, BK_S(URL), &schema));
    BK_TRY(bk_schema_check(c, schema, values, NULL, &flaw));
    if (!flaw) return BK_OK;
    BK_TRY(bk_flaw_report(c->arena, schema, flaw, ret, c->err));
    if (bk_str_starts(*ret, BK_S(HEAD))) *ret = bk_str_from(*ret, sizeof HEAD - 1);
    return bk_arena_cat(c->arena, *ret, BK_S("\n"), ret) ? BK_OK : bk_arena_fail(c->arena, c->err);
}

/* nil and the nil map count as an empty map. */
static bk_status as_map(bk_arena *arena, bk_value *values, bk_err *err) {
    if (values->kind == BK_MAP && values->map) {
        values->type = BK_T_MAP;
        return BK_OK;
    }
    bk_map *map = bk_map_new(arena, 0);
    if (!map) return bk_arena_fail(arena, err);
    *values = bk_map_value(map);
    return BK_OK;
}

bk_status bk_schema_validate(bk_arena *arena, bk_value values, bk_str schema, const bk_schema_options *options, bk_str *ret_report,
                             bk_err *err) {
    bk_schema_cache own = {0}, *cache = options && options->cache ? options->cache : &own;
    bk_str report = {0};
    BK_TRY(as_map(arena, &values, err));
    if (!cache->meta) cache->meta = compiler_new(arena, NULL);
    bk_schema_compiler *c = cache->meta ? compiler_new(arena, cache->meta) : NULL;
    if (!c) return bk_arena_fail(arena, err);
    c->err = c->meta->err = err;
    c->loader = options ? options->loader : NULL;
    bk_arena scratch;
    bk_arena_init(&scratch, SCRATCH);
    scratch.debug = arena->debug;
    c->scratch = &scratch;
    bk_status status = validate(c, values, schema, options && options->thorough, &report);
    bk_arena_release(&scratch);
    bk_patterns_release(c);
    if (status == BK_ERR) {
        if (!bk_arena_dup(arena, bk_err_message(err), &report)) report = BK_S("out of memory");
        bk_err_release(err);
        status = BK_OK;
    }
    if (status == BK_OK) *ret_report = report;
    return status;
}
