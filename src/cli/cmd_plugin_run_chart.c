/* Plugins in the service of other commands: post-renderers and getters. */
#include "action/fetch.h"
#include "cli/chart_args.h"
#include "cli/cmd_plugin_run.h"

/* ---- post-renderers ---- */

typedef struct renderer {
    bk_post_renderer face;
    bk_cli *cli;
    bk_plugin *plugin;
    const bk_render_options *render;
    bk_texts args;
} renderer;

static bk_status post_render(void *self, bk_arena *arena, bk_str manifests, bk_str *ret, bk_err *err) {
    const renderer *r = self;
    bk_plugin_world world;
    (void)arena; /* the program's own, which lives longer */
    BK_TRY(bk_cli_plugin_world(r->cli, r->render->guard, r->render, &world, err));
    return bk_plugin_post_render(&world, r->plugin, r->args, manifests, ret, err);
}

static bk_status wrong_flag(bk_str name, bk_str why, bk_err *err) {
    return bk_err_set(err, BK_ERR, "invalid argument \"%.*s\" for \"--post-renderer\" flag: %.*s", BK_FMT(name), BK_FMT(why));
}

bk_status bk_cli_post_renderer(bk_cli *cli, bk_render_options *render, bk_err *err) {
    const bk_flag_value *flag = bk_flags_get(&cli->flags, "post-renderer"), *args = bk_flags_get(&cli->flags, "post-renderer-args");
    bk_str name = BK_S(""), why;
    bk_plugins *plugins;
    for (size_t i = 0; i < flag->count; i++) {
        if (!flag->items[i].n) continue;
        if (name.n) return wrong_flag(flag->items[i], BK_S("cannot specify --post-renderer flag more than once"), err);
        name = flag->items[i];
    }
    if (!name.n) return BK_OK;
    BK_TRY(bk_cli_plugins(cli, &plugins, err));
    bk_plugin *plugin = bk_plugins_find(plugins, name, BK_PLUGIN_POSTRENDERER);
    if (!plugin) {
        if (!bk_arena_printf(cli->arena, &why, "plugin: {Name:%.*s Type:postrenderer/v1} not found", BK_FMT(name)))
            return bk_arena_fail(cli->arena, err);
        return wrong_flag(name, why, err);
    }
    renderer *r = BK_NEW(cli->arena, renderer);
    if (!r) return bk_arena_fail(cli->arena, err);
    *r = (renderer){
        .face = {.self = r, .run = post_render}, .cli = cli, .plugin = plugin, .render = render, .args = {args->items, args->count}};
    render->post_renderer = &r->face;
    return BK_OK;
}

/* ---- getters ---- */

typedef struct fetcher {
    bk_input_fetcher face;
    bk_cli *cli;
    bk_guard *const *guard;
} fetcher;

/* Schemes that no plugin can take over. */
static bool is_built_in(bk_str scheme) { return bk_str_eq(scheme, BK_S("oci")); }

static bk_status fetch(void *self, bk_str name, bool *ret_served, bk_str *ret, bk_err *err) {
    const fetcher *f = self;
    bk_plugin_world world;
    bk_plugins *plugins;
    bk_str scheme;
    *ret_served = bk_is_web_url(name);
    if (*ret_served) return bk_fetch_url(f->cli->arena, name, BK_INPUT_FILE_MAX, ret, err);
    BK_TRY(bk_plugin_scheme(f->cli->arena, name, &scheme, err));
    if (!scheme.n || is_built_in(scheme)) return BK_OK;
    BK_TRY(bk_cli_plugins(f->cli, &plugins, err));
    bk_plugin *plugin = bk_plugins_getter(plugins, scheme);
    if (!plugin) return BK_OK;
    *ret_served = true;
    BK_TRY(bk_cli_plugin_world(f->cli, *f->guard, NULL, &world, err));
    return bk_plugin_fetch(&world, plugin, name, NULL, ret, err);
}

bk_status bk_cli_value_fetcher(bk_cli *cli, bk_value_source *sources, size_t count, bk_guard *const *guard, bk_err *err) {
    fetcher *f = BK_NEW(cli->arena, fetcher);
    if (!f) return bk_arena_fail(cli->arena, err);
    *f = (fetcher){.face = {.self = f, .fetch = fetch}, .cli = cli, .guard = guard};
    for (size_t i = 0; i < count; i++) sources[i].fetcher = &f->face;
    return BK_OK;
}
