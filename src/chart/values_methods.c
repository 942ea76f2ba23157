/* .Values: methods of Helm's common.Values. A value of such a name is out of reach for templates, as in Helm. */
#include "base/buf.h"
#include "chart/render_values.h"
#include "chart/values.h"
#include "data/yaml.h"
#include "value/gofmt.h"

static bk_status fail_quoted(bk_call *call, bk_str name, const char *why) {
    bk_buf text;
    bk_buf_init(&text, call->arena, 0);
    bk_fmt_quote(&text, name);
    bk_buf_c(&text, why);
    return bk_err_set_str(call->err, BK_ERR, bk_buf_view(&text));
}

static bk_status as_map(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)argc;
    bk_map *map = bk_map_len(args[0].map) ? args[0].map : bk_map_new(call->arena, 0);
    if (!map) return bk_call_nomem(call);
    *ret = bk_map_value(map);
    return BK_OK;
}

static bk_status path_value(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)argc;
    bk_str missing, path = bk_value_str(args[1]);
    if (path.n == 0) return bk_call_fail(call, "YAML path cannot be empty");
    return bk_values_path(args[0].map, path, ret, &missing) ? BK_OK : fail_quoted(call, missing, " is not a value");
}

static bk_status table(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)argc;
    bk_str missing;
    bk_map *map;
    if (!bk_values_table(args[0].map, bk_value_str(args[1]), &map, &missing)) return fail_quoted(call, missing, " is not a table");
    *ret = bk_map_typed(BK_T_VALUES, map);
    return BK_OK;
}

static bk_status yaml(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)argc;
    bk_buf text;
    bk_buf_init(&text, call->arena, 0);
    BK_TRY(bk_yaml_encode(&text, call->arena, args[0], call->err));
    BK_TRY(bk_buf_check(&text, call->err));
    *ret = bk_string(bk_buf_take(&text));
    return BK_OK;
}

/* Templates have no io.Writer but nil, and writing to that is Go's panic. */
static bk_status encode(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)args, (void)argc, (void)ret;
    return bk_call_fail(call, "runtime error: invalid memory address or nil pointer dereference");
}

const bk_func bk_values_methods[] = {
    {"AsMap", ":m", as_map}, {"Encode", "w:e", encode}, {"PathValue", "s:a", path_value}, {"Table", "s:a", table}, {"YAML", ":s", yaml}};
const size_t bk_values_method_count = BK_COUNT(bk_values_methods);
