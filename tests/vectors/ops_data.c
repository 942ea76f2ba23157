#include "data/json.h"
#include "data/toml.h"
#include "data/yaml.h"
#include "value/gofmt.h"
#include "vector.h"

static bk_status answer(bk_vector_call *call, bk_buf *out, bk_err *err) {
    BK_TRY(bk_buf_check(out, err));
    call->out = bk_string(bk_buf_take(out));
    call->has_out = true;
    return BK_OK;
}

static bk_status to_json(bk_vector_call *call, unsigned flags, bk_err *err) {
    bk_value v;
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    BK_TRY(bk_yaml_read(call->arena, bk_vector_str(call, "text"), flags | BK_YAML_NUMBERS, &v, err));
    BK_TRY(bk_json_encode(&out, call->arena, v, BK_JSON_HTML, err));
    return answer(call, &out, err);
}

static bk_status yaml2json(bk_vector_call *call, bk_err *err) { return to_json(call, 0, err); }
static bk_status yaml2json_strict(bk_vector_call *call, bk_err *err) { return to_json(call, BK_YAML_STRICT, err); }

static bk_status json2yaml(bk_vector_call *call, bk_err *err) {
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    BK_TRY(bk_yaml_from_json(&out, call->arena, bk_vector_str(call, "text"), err));
    return answer(call, &out, err);
}

static bk_status yamlfmt(bk_vector_call *call, bk_err *err) {
    bk_value v;
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    BK_TRY(bk_yaml_decode(call->arena, bk_vector_str(call, "text"), 0, BK_T_NIL, &v, err));
    BK_TRY(bk_yaml_encode(&out, call->arena, v, err));
    return answer(call, &out, err);
}

static bk_status to_toml(bk_vector_call *call, bk_err *err) {
    bk_value v;
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    BK_TRY(bk_yaml_decode(call->arena, bk_vector_str(call, "text"), 0, BK_T_NIL, &v, err));
    bk_status status = bk_toml_encode(&out, call->arena, v, err);
    if (status == BK_ERR && bk_is_nil(v)) return bk_err_wrap(err, "panic");
    BK_TRY(status);
    return answer(call, &out, err);
}

/* A value with its Go type: maps and lists of any keep their shape, all else is "type:text". */
static bk_status kinds(bk_vector_call *call, bk_value v, bk_value *ret, bk_err *err) {
    bk_buf out;
    bk_items items;
    if (v.type == BK_T_LIST) {
        bk_items_init(&items, call->arena);
        for (uint32_t i = 0; i < v.len; i++) {
            bk_value item;
            BK_TRY(kinds(call, v.items[i], &item, err));
            bk_items_add(&items, item);
        }
        return bk_items_list(&items, BK_T_LIST, ret, err);
    }
    if (v.type == BK_T_MAP) {
        bk_map *m = bk_map_copy(call->arena, v.map);
        if (!m) return bk_arena_fail(call->arena, err);
        for (size_t i = 0; i < m->len; i++) BK_TRY(kinds(call, v.map->entries[i].value, &m->entries[i].value, err));
        *ret = bk_map_value(m);
        return BK_OK;
    }
    bk_buf_init(&out, call->arena, 0);
    BK_TRY(bk_fmt_sprintf(&out, bk_is_nil(v) ? BK_S("nil") : BK_S("%T:%v"), (bk_value[]){v, v}, bk_is_nil(v) ? 0 : 2, err));
    *ret = bk_string(bk_buf_take(&out));
    return BK_OK;
}

static bk_status from_toml(bk_vector_call *call, bk_err *err) {
    bk_value v, typed;
    bk_map *m = bk_map_new(call->arena, 2);
    BK_TRY(bk_toml_decode(call->arena, bk_vector_str(call, "text"), &v, err));
    BK_TRY(kinds(call, v, &typed, err));
    if (!m || !bk_map_set(m, BK_S("json"), v) || !bk_map_set(m, BK_S("values"), typed)) return bk_arena_fail(call->arena, err);
    call->out = bk_map_value(m);
    call->has_out = true;
    return BK_OK;
}

const bk_vector_op bk_vector_ops_data[] = {
    {"yaml2json", yaml2json},
    {"yaml2jsonStrict", yaml2json_strict},
    {"json2yaml", json2yaml},
    {"yamlfmt", yamlfmt},
    {"toToml", to_toml},
    {"fromToml", from_toml},
    {NULL, NULL},
};
