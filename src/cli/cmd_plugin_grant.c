/* plugin grant, plugin revoke: what a plugin may have from now on. */
#include "cli/cmd_plugin_grant.h"

#include "cli/cmd_plugin_run.h"
#include "cli/policy_args.h"
#include "guard/grants.h"

static bk_status find(bk_cli *cli, bk_str name, bk_plugin **ret, bk_err *err) {
    bk_plugins *plugins;
    BK_TRY(bk_cli_plugins(cli, &plugins, err));
    *ret = bk_plugins_find(plugins, name, -1);
    return *ret ? BK_OK : bk_err_set(err, BK_ERR, "plugin: %.*s not found", BK_FMT(name));
}

/* ---- what it asks for ---- */

typedef struct wishes {
    bk_arena *arena;
    bk_str *items;
    size_t count;
    bool failed;
} wishes;

static void wish(wishes *w, const char *effect, bk_str target) {
    bk_str *to = &w->items[w->count++];
    bool ok = target.n ? bk_arena_printf(w->arena, to, "%s=%.*s", effect, BK_FMT(target)) : bk_arena_dup(w->arena, bk_str_c(effect), to);
    if (!ok) w->failed = true;
}

bk_status bk_cli_plugin_requests(bk_arena *arena, const bk_plugin *plugin, bk_texts *ret, bk_err *err) {
    const bk_plugin_wasm *asked = &plugin->about.wasm;
    wishes w = {.arena = arena, .items = BK_NEW_ARRAY(arena, bk_str, asked->hosts.count + asked->functions.count + 2)};
    if (!w.items) return bk_arena_fail(arena, err);
    if (plugin->about.runtime == BK_PLUGIN_SUBPROCESS) wish(&w, "exec", BK_S(""));
    if (asked->temp_dir) wish(&w, "tempdir", BK_S(""));
    for (size_t i = 0; i < asked->hosts.count; i++) wish(&w, "http", asked->hosts.items[i]);
    for (size_t i = 0; i < asked->functions.count; i++) wish(&w, "host-function", asked->functions.items[i]);
    *ret = (bk_texts){w.items, w.count};
    return w.failed ? bk_arena_fail(arena, err) : BK_OK;
}

/* ---- grant ---- */

static void tell(bk_cli *cli, const bk_plugin_subject *who, const bk_texts *grants, size_t added) {
    for (size_t i = 0; i < grants->count; i++)
        bk_buf_printf(&cli->out, "%s %.*s to the plugin %.*s %.*s\n", added ? "Granted" : "Granted before:", BK_FMT(grants->items[i]),
                      BK_FMT(who->name), BK_FMT(who->version));
    if (who->path.n)
        bk_buf_printf(&cli->out, "It is a development link: whatever lies in %.*s has these grants (unpinned).\n", BK_FMT(who->path));
    else bk_buf_printf(&cli->out, "The grants hold for this content: %.*s\n", BK_FMT(who->digest));
}

static bk_status run_grant(bk_cli *cli, bk_err *err) {
    bk_plugin *plugin;
    bk_plugin_subject who;
    bk_texts grants = {cli->args + 1, cli->argc - 1};
    bk_str store;
    size_t added = 0;
    BK_TRY(find(cli, cli->args[0], &plugin, err));
    if (bk_flags_bool(&cli->flags, "requested")) {
        if (grants.count) return bk_err_set(err, BK_ERR, "--requested takes no grants beside it");
        BK_TRY(bk_cli_plugin_requests(cli->arena, plugin, &grants, err));
        if (!grants.count) {
            bk_buf_printf(&cli->out, "The plugin %.*s asks for nothing but computing.\n", BK_FMT(plugin->about.name));
            return BK_OK;
        }
    }
    if (!grants.count)
        return bk_err_set(err, BK_ERR, "name what to grant: EFFECT[=PATTERN], or --requested for all that the plugin asks for");
    BK_TRY(bk_plugin_subject_of(cli->arena, plugin, &who, err));
    BK_TRY(bk_cli_plugin_grants(cli, &store, err));
    BK_TRY(bk_grants_add(store.p, &who, grants.items, grants.count, &added, err));
    tell(cli, &who, &grants, added);
    return BK_OK;
}

static const bk_flag grant_flags[] = {
    {.name = "requested", .type = BK_FLAG_BOOL, .help = "grant all that the plugin asks for"},
    {0},
};
static const bk_flag *const grant_tables[] = {grant_flags, NULL};

const bk_command bk_cmd_plugin_grant = {
    .name = "grant",
    .usage = "NAME [GRANT...]",
    .summary = "let a plugin have what it asks for",
    .help =
        "Keeps grants for a plugin. A grant is EFFECT or EFFECT=PATTERN: exec, tempdir, http=HOST, host-function=NAME, env=NAME, token=NAME.\n"
        "\n"
        "It holds for the plugin's very content: for plugin.yaml and plugin.wasm, for a subprocess plugin for all files of its folder. When\n"
        "these change, it has to be granted anew. A folder that is a symbolic link is granted by its path, whatever it contains.",
    .flags = grant_tables,
    .min_args = 1,
    .max_args = BK_ARGS_ANY,
    .run = run_grant,
};

/* ---- revoke ---- */

static bk_status run_revoke(bk_cli *cli, bk_err *err) {
    bk_str store;
    size_t removed = 0;
    BK_TRY(bk_cli_plugin_grants(cli, &store, err));
    BK_TRY(bk_grants_remove(store.p, cli->args[0], cli->args + 1, cli->argc - 1, &removed, err));
    if (!removed) return bk_err_set(err, BK_ERR, "the plugin %.*s has no such grant", BK_FMT(cli->args[0]));
    bk_buf_printf(&cli->out, "Revoked %zu grant%s of the plugin %.*s\n", removed, removed == 1 ? "" : "s", BK_FMT(cli->args[0]));
    return BK_OK;
}

const bk_command bk_cmd_plugin_revoke = {
    .name = "revoke",
    .usage = "NAME [GRANT...]",
    .summary = "take grants of a plugin back",
    .help = "Takes grants back that `plugin grant` keeps, for every content that the plugin had. Without GRANT: all of them.",
    .min_args = 1,
    .max_args = BK_ARGS_ANY,
    .run = run_revoke,
};
