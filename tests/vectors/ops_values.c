/* ops_values.c: the vector server's ops of values: strvals, values, loadvalues, schema. */
#include "base/limits.h"
#include "chart/schema.h"
#include "chart/values_file.h"
#include "text/url.h"
#include "value/gofmt.h"
#include "vector.h"

/* Every leaf as "type:value", so that int64 1, float64 1 and "1" differ. */
static bk_status kinds(bk_arena *arena, bk_value v, unsigned depth, bk_value *ret, bk_err *err) {
    if (depth == 0) return bk_err_limit(err, "nesting", BK_LIMIT_DEPTH);
    if (v.kind == BK_NIL) {
        *ret = bk_string(BK_S("nil"));
    } else if (v.kind == BK_MAP) {
        bk_map *map = bk_map_new(arena, bk_map_len(v.map));
        if (!map) return bk_arena_fail(arena, err);
        for (size_t i = 0; i < bk_map_len(v.map); i++) {
            bk_value e;
            BK_TRY(kinds(arena, bk_map_at(v.map, i)->value, depth - 1, &e, err));
            if (!bk_map_set(map, bk_map_at(v.map, i)->key, e)) return bk_arena_fail(arena, err);
        }
        *ret = bk_map_value(map);
    } else if (v.kind == BK_LIST) {
        bk_items items;
        bk_items_init(&items, arena);
        for (size_t i = 0; i < v.len; i++) {
            bk_value e;
            BK_TRY(kinds(arena, v.items[i], depth - 1, &e, err));
            bk_items_add(&items, e);
        }
        return bk_items_list(&items, BK_T_LIST, ret, err);
    } else {
        bk_buf b;
        bk_buf_init(&b, arena, 0);
        bk_buf_c(&b, bk_type_name(v));
        bk_buf_byte(&b, ':');
        BK_TRY(bk_fmt_value(&b, v, err));
        *ret = bk_string(bk_buf_take(&b));
    }
    return BK_OK;
}

/* {"values": the typed map, "json": the map}; json only if wanted. */
static bk_status answer(bk_vector_call *call, bk_map *map, bool json, bk_err *err) {
    bk_value typed;
    bk_map *out = bk_map_new(call->arena, 2);
    BK_TRY(kinds(call->arena, bk_map_value(map), BK_LIMIT_DEPTH, &typed, err));
    if (!out || !bk_map_set(out, BK_S("values"), typed)) return bk_arena_fail(call->arena, err);
    if (json && !bk_map_set(out, BK_S("json"), bk_map_value(map))) return bk_arena_fail(call->arena, err);
    call->out = bk_map_value(out);
    call->has_out = true;
    return BK_OK;
}

/* The files of a request stand for the machine's. */
static bk_status read_file(void *self, bk_str path, bk_str *ret, bk_err *err) {
    bk_value *files = bk_map_get(((bk_vector_call *)self)->in, BK_S("files"));
    bk_value *v = files && files->kind == BK_MAP ? bk_map_get(files->map, path) : NULL;
    if (!v) return bk_err_set(err, BK_ERR, "open %.*s: no such file or directory", BK_FMT(path));
    *ret = bk_value_str(*v);
    return BK_OK;
}

static size_t args(bk_vector_call *call, const bk_value **ret) {
    bk_value *v = bk_map_get(call->in, BK_S("args"));
    *ret = v && v->kind == BK_LIST ? v->items : NULL;
    return *ret ? v->len : 0;
}

bk_status bk_vector_values(bk_vector_call *call, bk_map **ret, bk_err *err) {
    bk_strvals_reader reader = {call, read_file};
    bk_value *set = bk_map_get(call->in, BK_S("set"));
    BK_TRY(bk_values_load(call->arena, bk_vector_str(call, "values"), ret, err));
    for (uint32_t i = 0; set && set->kind == BK_LIST && i < set->len; i++)
        BK_TRY(bk_strvals_parse(call->arena, BK_STRVALS_SET, bk_value_str(set->items[i]), *ret, &reader, err));
    return BK_OK;
}

static bk_status op_strvals(bk_vector_call *call, bk_err *err) {
    static const char *const modes[] = {"set", "string", "json", "literal", "file"};
    bk_strvals_reader reader = {call, read_file};
    bk_str mode = bk_vector_str(call, "mode");
    const bk_value *list;
    bk_map *base;
    size_t m = 0, n = args(call, &list);
    while (m < BK_COUNT(modes) && !bk_str_eq(mode, bk_str_c(modes[m]))) m++;
    BK_TRY(bk_values_load(call->arena, bk_vector_str(call, "values"), &base, err));
    bk_status status = BK_OK;
    for (size_t i = 0; i < n && status == BK_OK; i++)
        status = bk_strvals_parse(call->arena, (bk_strvals_mode)m, bk_value_str(list[i]), base, &reader, err);
    if (status == BK_OK) return answer(call, base, true, err);
    bk_err inner = BK_ERR_INIT; /* the failure at hand tells more */
    (void)answer(call, base, false, &inner);
    bk_err_release(&inner);
    return status;
}

static bk_status op_values(bk_vector_call *call, bk_err *err) {
    const bk_value *list;
    size_t n = args(call, &list);
    bk_map *base = bk_map_new(call->arena, 0), *one;
    if (!base) return bk_arena_fail(call->arena, err);
    for (size_t i = 0; i < n; i++) {
        BK_TRY(bk_values_load(call->arena, bk_value_str(list[i]), &one, err));
        BK_TRY(bk_values_put(base, one, err));
    }
    call->out = bk_map_value(base);
    call->has_out = true;
    return BK_OK;
}

static bk_status op_loadvalues(bk_vector_call *call, bk_err *err) {
    bk_map *map;
    BK_TRY(bk_values_load(call->arena, bk_vector_str(call, "text"), &map, err));
    return answer(call, map, true, err);
}

/* A machine without any file and network. */
static bk_status load_schema(void *self, bk_str url, bk_str *ret, bk_err *err) {
    bk_vector_call *call = self;
    bk_url parsed;
    (void)ret;
    BK_TRY(bk_url_parse(call->arena, url, &parsed, err));
    if (!bk_str_eq(parsed.scheme, BK_S("file"))) return bk_err_set(err, BK_ERR, "the vector server has no network");
    return bk_err_set(err, BK_ERR, "open %.*s: no such file or directory", BK_FMT(parsed.path));
}

static bk_status op_schema(bk_vector_call *call, bk_err *err) {
    bk_schema_loader loader = {.self = call, .load = load_schema};
    bk_schema_options options = {.loader = &loader};
    bk_map *values;
    bk_str report;
    BK_TRY(bk_values_read(call->arena, bk_vector_str(call, "values"), &values, err));
    BK_TRY(bk_schema_validate(call->arena, bk_map_value(values), bk_vector_str(call, "schema"), &options, &report, err));
    if (report.n) return bk_err_set_str(err, BK_ERR, report);
    call->out = bk_string(BK_S("valid"));
    call->has_out = true;
    return BK_OK;
}

const bk_vector_op bk_vector_ops_values[] = {
    {"strvals", op_strvals}, {"values", op_values}, {"loadvalues", op_loadvalues}, {"schema", op_schema}, {NULL, NULL},
};
