/* cli/v1: a plugin as a command. */
#include "plugin/types_inside.h"

static int exit_code(int code) { return code < 0 || code > 255 ? 255 : code; }

static bk_status run_process(const bk_plugin_world *world, bk_plugin *plugin, bk_texts args, int *ret_code, bk_err *err) {
    bk_process process = {.input = BK_STDIN_OURS};
    bk_process_env env;
    int code = 0;
    BK_TRY(bk_plugin_process_env(world, plugin, &env, err));
    if (bk_process_prepare(world->arena, &plugin->about.process.commands, true, args, &env, &process.words, err) != BK_OK)
        return bk_err_wrap(err, "failed to prepare plugin command");
    process.env = &env;
    BK_TRY(bk_plugin_run_process(world, plugin, BK_S(""), BK_S("command"), &process, &code, err));
    if (code == 0) return BK_OK;
    *ret_code = exit_code(code);
    return bk_plugin_exited(plugin, err);
}

static bk_status run_module(const bk_plugin_world *world, bk_plugin *plugin, bk_texts args, int *ret_code, bk_err *err) {
    bk_map *input = bk_map_new(world->arena, 1);
    bk_value list, answer;
    int code = 1;
    const bk_plugin_invocation in = {.input = input, .own_streams = true, .ret_code = &code};
    BK_TRY(bk_plugin_texts_value(world->arena, args, &list, err));
    if (!input || !bk_map_set(input, BK_S("extraArgs"), list)) return bk_arena_fail(world->arena, err);
    bk_status s = bk_plugin_invoke(world, plugin, &in, &answer, err);
    bk_value *data = s == BK_OK ? bk_plugin_member(answer, "data") : NULL;
    if (data && data->kind != BK_MAP)
        s = bk_err_set(err, BK_ERR,
                       "failed to json marshal plugin output message: reflect.Value: json: cannot unmarshal %s into Go struct field "
                       "OutputMessageCLIV1.data of type bytes.Buffer",
                       data->kind == BK_STRING ? "string"
                       : data->kind == BK_BOOL ? "bool"
                       : data->kind == BK_LIST ? "array"
                                               : "number");
    if (s == BK_OK) return BK_OK;
    *ret_code = code ? exit_code(code) : 1;
    return bk_err_wrap(err, "plugin \"%.*s\"", BK_FMT(plugin->about.name));
}

bk_status bk_plugin_run(const bk_plugin_world *world, bk_plugin *plugin, bk_texts args, int *ret_code, bk_err *err) {
    *ret_code = 1;
    if (plugin->about.ignore_flags) args = (bk_texts){0};
    BK_TRY(bk_plugin_accept(world, plugin, err));
    bool process = plugin->about.runtime == BK_PLUGIN_SUBPROCESS;
    bk_status s = process ? run_process(world, plugin, args, ret_code, err) : run_module(world, plugin, args, ret_code, err);
    if (s == BK_OK) *ret_code = 0;
    return s;
}

bk_status bk_plugin_complete(const bk_plugin_world *world, bk_plugin *plugin, bk_texts args, bk_str *ret, bool *ret_ran, bk_err *err) {
    bk_str *words = BK_NEW_ARRAY(world->arena, bk_str, args.count + 1);
    bk_process process = {.input = BK_STDIN_NONE, .max = 1 << 20};
    bk_process_env env;
    bk_buf out;
    int code = 0;
    *ret_ran = false;
    if (plugin->about.runtime != BK_PLUGIN_SUBPROCESS) return BK_OK;
    if (!words || !bk_arena_printf(world->arena, &words[0], "%.*s/plugin.complete", BK_FMT(plugin->dir)))
        return bk_arena_fail(world->arena, err);
    for (size_t i = 0; i < args.count; i++) words[i + 1] = args.items[i];
    BK_TRY(bk_plugin_process_env(world, plugin, &env, err));
    bk_buf_init(&out, NULL, 2 << 20);
    process.words = (bk_texts){words, args.count + 1};
    process.env = &env;
    process.out = process.error = &out;
    bk_err why = BK_ERR_INIT; /* completion is a courtesy: what goes wrong with it is nobody's business */
    bk_status s = bk_plugin_run_process(world, plugin, BK_S(""), BK_S("completion"), &process, &code, &why);
    bk_err_release(&why);
    *ret_ran = s == BK_OK && code == 0;
    bool kept = !*ret_ran || bk_arena_dup(world->arena, bk_buf_view(&out), ret);
    bk_buf_release(&out);
    return kept ? BK_OK : bk_arena_fail(world->arena, err);
}
