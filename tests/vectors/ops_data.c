#include "data/json.h"
#include "data/yaml.h"
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

const bk_vector_op bk_vector_ops_data[] = {
    {"yaml2json", yaml2json}, {"yaml2jsonStrict", yaml2json_strict}, {"json2yaml", json2yaml}, {"yamlfmt", yamlfmt}, {NULL, NULL},
};
