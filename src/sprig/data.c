/* data.c: JSON, YAML and TOML. Helm's from* functions never fail: the message of a failure becomes part of the result. */
#include "data/json.h"
#include "data/toml.h"
#include "data/yaml.h"
#include "sprig/fn.h"

/* The message of the failure in call->err, kept; call->err is cleared. */
static bk_status take_message(bk_call *call, bk_status status, bk_str *ret) {
    if (status != BK_ERR) return status;
    if (!bk_arena_dup(call->arena, bk_err_message(call->err), ret)) return BK_ERR;
    bk_err_release(call->err);
    return BK_OK;
}

/* {…, "Error": message}, keeping what could be read. */
static bk_status map_with_error(bk_call *call, bk_status status, bk_value *ret) {
    bk_str message;
    if (status == BK_OK) return BK_OK;
    BK_TRY(take_message(call, status, &message));
    if (!ret->map) ret->map = bk_map_new(call->arena, 1);
    if (!ret->map || !bk_map_set(ret->map, BK_S("Error"), bk_string(message))) return bk_call_nomem(call);
    return BK_OK;
}

/* [message] */
static bk_status list_with_error(bk_call *call, bk_status status, bk_value *ret) {
    bk_str message;
    bk_value *item;
    if (status == BK_OK) return BK_OK;
    BK_TRY(take_message(call, status, &message));
    BK_TRY(fn_items(call, 1, &item));
    *item = bk_string(message);
    *ret = bk_list(item, 1);
    return BK_OK;
}

static bk_status empty_map(bk_call *call, bk_value *ret) {
    bk_map *map = bk_map_new(call->arena, 0);
    if (!map) return bk_call_nomem(call);
    *ret = bk_map_value(map);
    return BK_OK;
}

/* The text, or "" where failures are hidden. */
static bk_status text_or_nothing(bk_call *call, bk_status status, bk_value *ret) {
    return fn_forgive(call, status) ? fn_ret_str(ret, BK_S("")) : status;
}

/* What an encoder wrote, or its failure. Encoders write to the heap: they use the arena meanwhile, so a buffer there would leave itself behind each time it grows. */
static bk_status encoded(bk_call *call, bk_status status, bk_buf *out, bk_value *ret) {
    bk_str text = bk_buf_view(out);
    if (status == BK_OK) status = bk_buf_check(out, call->err);
    if (status == BK_OK) status = bk_arena_dup(call->arena, text, &text) ? fn_ret_str(ret, text) : bk_call_nomem(call);
    bk_buf_release(out);
    return status;
}

/* ---- JSON ---- */

static bk_status json_text(bk_call *call, bk_value v, unsigned flags, bk_value *ret) {
    bk_buf out;
    bk_buf_init(&out, NULL, 0);
    return encoded(call, bk_json_encode(&out, call->arena, v, flags, call->err), &out, ret);
}

BK_FN(mustToJson) { return json_text(call, args[0], BK_JSON_HTML, ret); }
BK_FN(toJson) { return text_or_nothing(call, bk_sprig_mustToJson(call, args, argc, ret), ret); }
BK_FN(toRawJson) { return json_text(call, args[0], 0, ret); }

BK_FN(mustToPrettyJson) {
    bk_buf out;
    bk_buf_init(&out, NULL, 0);
    return encoded(call, bk_json_encode_indent(&out, call->arena, args[0], BK_S(""), BK_S("  "), BK_JSON_HTML, call->err), &out, ret);
}

BK_FN(toPrettyJson) { return text_or_nothing(call, bk_sprig_mustToPrettyJson(call, args, argc, ret), ret); }

BK_FN(fromJson) {
    BK_TRY(empty_map(call, ret));
    return map_with_error(call, bk_json_decode(call->arena, fn_str(args, 0), 0, BK_T_MAP, ret, call->err), ret);
}

BK_FN(fromJsonArray) {
    *ret = bk_list(NULL, 0);
    return list_with_error(call, bk_json_decode(call->arena, fn_str(args, 0), 0, BK_T_LIST, ret, call->err), ret);
}

BK_FN(mustFromJson) {
    *ret = bk_nil();
    return bk_json_decode(call->arena, fn_str(args, 0), 0, BK_T_NIL, ret, call->err);
}

/* ---- YAML ---- */

BK_FN(fromYaml) {
    BK_TRY(empty_map(call, ret));
    return map_with_error(call, bk_yaml_decode(call->arena, fn_str(args, 0), 0, BK_T_MAP, ret, call->err), ret);
}

BK_FN(fromYamlArray) {
    *ret = bk_list(NULL, 0);
    return list_with_error(call, bk_yaml_decode(call->arena, fn_str(args, 0), 0, BK_T_LIST, ret, call->err), ret);
}

/* Helm takes off the newline at the end. */
static bk_status yaml_text(bk_call *call, bk_status status, bk_buf *out, bk_value *ret) {
    if (status == BK_OK && bk_str_ends(bk_buf_view(out), BK_S("\n"))) bk_buf_cut(out, out->n - 1);
    return encoded(call, status, out, ret);
}

BK_FN(mustToYaml) {
    bk_buf out;
    bk_buf_init(&out, NULL, 0);
    return yaml_text(call, bk_yaml_encode(&out, call->arena, args[0], call->err), &out, ret);
}

BK_FN(toYaml) { return text_or_nothing(call, bk_sprig_mustToYaml(call, args, argc, ret), ret); }

BK_FN(toYamlPretty) {
    bk_buf out;
    bk_buf_init(&out, NULL, 0);
    bk_status status = yaml_text(call, bk_yaml_encode_pretty(&out, call->arena, args[0], call->err), &out, ret);
    return text_or_nothing(call, status, ret);
}

/* ---- TOML ---- */

BK_FN(mustToToml) {
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    BK_TRY(bk_toml_encode(&out, call->arena, args[0], call->err));
    return fn_ret_buf(call, &out, ret);
}

BK_FN(toToml) {
    bk_str message;
    bk_status status = bk_sprig_mustToToml(call, args, argc, ret);
    if (status == BK_OK || bk_str_eq(bk_err_message(call->err), BK_S(BK_TOML_NIL_PANIC))) return status;
    BK_TRY(take_message(call, status, &message));
    return fn_ret_str(ret, message);
}

BK_FN(fromToml) {
    BK_TRY(empty_map(call, ret));
    return map_with_error(call, bk_toml_decode(call->arena, fn_str(args, 0), ret, call->err), ret);
}
