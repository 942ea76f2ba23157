/* postrenderer/v1: manifests in, manifests out. */
#include "plugin/types_inside.h"

static bk_status run_process(const bk_plugin_world *world, bk_plugin *plugin, bk_texts args, bk_str manifests, bk_str *ret, bk_err *err) {
    bk_process process = {.input = BK_STDIN_BYTES, .bytes = manifests};
    bk_process_env env;
    bk_buf out, told;
    int code = 0;
    BK_TRY(bk_plugin_process_env(world, plugin, &env, err));
    if (bk_process_prepare(world->arena, &plugin->about.process.commands, true, args, &env, &process.words, err) != BK_OK)
        return bk_err_wrap(err, "failed to prepare plugin command");
    bk_buf_init(&out, NULL, BK_PROCESS_OUTPUT + (1 << 20));
    bk_buf_init(&told, NULL, BK_PROCESS_OUTPUT + (1 << 20));
    process.env = &env;
    process.out = &out;
    process.error = &told;
    bk_status s = bk_plugin_run_process(world, plugin, BK_S(""), BK_S("post-render"), &process, &code, err);
    bk_plugin_tell(world, plugin, bk_str_sub(bk_buf_view(&told), 0, 256 << 10));
    if (s == BK_OK && code != 0) s = bk_plugin_exited(plugin, err);
    if (s == BK_OK && !bk_arena_dup(world->arena, bk_buf_view(&out), ret)) s = bk_arena_fail(world->arena, err);
    bk_buf_release(&out);
    bk_buf_release(&told);
    return s;
}

static bk_status run_module(const bk_plugin_world *world, bk_plugin *plugin, bk_texts args, bk_str manifests, bk_str *ret, bk_err *err) {
    bk_map *input = bk_map_new(world->arena, 2);
    bk_value list, answer;
    const bk_plugin_invocation in = {.input = input};
    BK_TRY(bk_plugin_texts_value(world->arena, args, &list, err));
    if (!input || !bk_map_set(input, BK_S("manifests"), bk_string(manifests)) || !bk_map_set(input, BK_S("extraArgs"), list))
        return bk_arena_fail(world->arena, err);
    BK_TRY(bk_plugin_invoke(world, plugin, &in, &answer, err));
    bk_value *text = bk_plugin_member(answer, "manifests");
    *ret = BK_S("");
    if (!text) return BK_OK; /* blank: refused below, in Helm's words */
    if (text->kind != BK_STRING) return bk_err_set(err, BK_ERR, "its answer is to hold manifests as a string of JSON");
    *ret = bk_value_str(*text);
    return BK_OK;
}

bk_status bk_plugin_post_render(const bk_plugin_world *world, bk_plugin *plugin, bk_texts args, bk_str manifests, bk_str *ret,
                                bk_err *err) {
    bk_str name = plugin->about.name;
    BK_TRY(bk_plugin_accept(world, plugin, err));
    bk_status s = plugin->about.runtime == BK_PLUGIN_SUBPROCESS ? run_process(world, plugin, args, manifests, ret, err)
                                                                : run_module(world, plugin, args, manifests, ret, err);
    if (s != BK_OK) return bk_err_wrap(err, "failed to invoke post-renderer plugin \"%.*s\"", BK_FMT(name));
    if (!bk_str_trim(*ret).n) return bk_err_set(err, BK_ERR, "post-renderer \"%.*s\" produced empty output", BK_FMT(name));
    return BK_OK;
}
