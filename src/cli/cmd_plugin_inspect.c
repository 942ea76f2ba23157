/* plugin inspect: everything that a plugin asks for, and what of it it would get. Runs nothing of it. */
#include <sys/stat.h>

#include "cli/cmd_plugin_grant.h"
#include "cli/cmd_plugin_inspect.h"
#include "cli/cmd_plugin_run.h"
#include "cli/flags_tables.h"
#include "cli/policy_args.h"
#include "guard/escape.h"

typedef bk_inspection inspection;

/* ---- lines: a name in a column of its own, texts escaped ---- */

static void put(inspection *in, const char *name, bk_str text) {
    bk_buf_printf(&in->cli->out, "%-12s", name);
    bk_escape_line(&in->cli->out, text);
    bk_buf_byte(&in->cli->out, '\n');
}

static void put_pair(inspection *in, const char *name, bk_str left, bk_str right) {
    bk_buf_printf(&in->cli->out, "%-12s", name);
    size_t before = in->cli->out.n;
    bk_escape_line(&in->cli->out, left);
    size_t width = in->cli->out.n - before;
    bk_buf_fill(&in->cli->out, ' ', width < 36 ? 36 - width : 1);
    bk_escape_line(&in->cli->out, right);
    bk_buf_byte(&in->cli->out, '\n');
}

/* ---- what it is ---- */

static void head(inspection *in) {
    const bk_plugin_about *a = &in->plugin->about;
    put(in, "Name", a->name);
    put(in, "Version", a->version.n ? a->version : BK_S("(none)"));
    put(in, "Type", bk_str_c(bk_plugin_type_name(a->type)));
    put(in, "Runtime", bk_str_c(bk_plugin_runtime_name(a->runtime)));
    if (a->type == BK_PLUGIN_CLI) put(in, "Command", bk_plugin_word(in->plugin));
    for (size_t i = 0; a->type == BK_PLUGIN_GETTER && i < a->schemes.count; i++) put(in, i ? "" : "Schemes", a->schemes.items[i]);
    put(in, "Folder", in->plugin->dir);
    if (in->who.path.n) put_pair(in, "", BK_S("a development link, unpinned:"), in->who.path);
    put(in, "Digest", in->who.digest);
    if (a->source_url.n) put(in, "Source", a->source_url);
    for (size_t i = 0; i < a->warnings.count; i++) put(in, i ? "" : "Doubts", a->warnings.items[i]);
}

/* ---- what it asks for ---- */

bk_status bk_inspection_judge(inspection *in, bk_str wish, bool *ret_allowed, bk_str *ret_rule) {
    static const struct {
        const char *name;
        bk_right right;
    } rights[] = {
        {"exec", BK_RIGHT_EXEC}, {"tempdir", BK_RIGHT_TEMPDIR}, {"http", BK_RIGHT_HTTP}, {"host-function", BK_RIGHT_HOST_FUNCTION}};
    bk_str effect, target;
    *ret_rule = BK_S("");
    *ret_allowed = false;
    bk_str_cut(wish, BK_S("="), &effect, &target);
    for (size_t i = 0; i < BK_COUNT(rights); i++)
        if (bk_str_eq(effect, bk_str_c(rights[i].name)))
            BK_TRY(bk_guard_plugin_judge(in->guard, &in->who, rights[i].right, target, ret_allowed, ret_rule, in->err));
    return BK_OK;
}

static bk_status judged(inspection *in, bk_str wish, bk_str *ret) {
    bk_str rule;
    bool allowed;
    BK_TRY(bk_inspection_judge(in, wish, &allowed, &rule));
    if (!bk_arena_printf(in->cli->arena, ret, "%s: %.*s", allowed ? "allowed" : "not granted", BK_FMT(rule)))
        return bk_arena_fail(in->cli->arena, in->err);
    return BK_OK;
}

static bk_status requests(inspection *in) {
    bk_texts list;
    bk_str words;
    BK_TRY(bk_cli_plugin_requests(in->cli->arena, in->plugin, &list, in->err));
    if (!list.count) put(in, "Asks for", BK_S("nothing but computing"));
    for (size_t i = 0; i < list.count; i++) {
        BK_TRY(judged(in, list.items[i], &words));
        put_pair(in, i ? "" : "Asks for", list.items[i], words);
    }
    return BK_OK;
}

/* ---- Extism: limits, module ---- */

static bk_status limits(inspection *in) {
    const bk_plugin_limits asked = bk_plugin_limits_asked(in->plugin);
    const bk_subject subject = {.kind = BK_SUBJECT_PLUGIN, .plugin = in->who.name, .digest = in->who.digest, .path = in->who.path};
    bk_str sources[BK_PLUGIN_LIMIT_COUNT];
    bk_plugin_limits got;
    bk_policy_limits(in->policy, &subject, &asked, in->plugin->code_pages, &got, sources);
    for (unsigned i = 0; i < BK_PLUGIN_LIMIT_COUNT; i++) {
        bk_buf text;
        bk_buf_init(&text, in->cli->arena, 0);
        bk_buf_printf(&text, "%s ", bk_limit_get((bk_limit_kind)i)->name);
        bk_limit_put(&text, (bk_limit_kind)i, got.of[i]);
        BK_TRY(bk_buf_check(&text, in->err));
        put_pair(in, i ? "" : "Limits", bk_buf_view(&text), sources[i]);
    }
    return BK_OK;
}

static bk_status externs(inspection *in, const bk_foreign *module, bool imports) {
    size_t n = imports ? bk_foreign_import_count(module) : bk_foreign_export_count(module);
    if (!n) put(in, imports ? "Imports" : "Exports", BK_S("nothing"));
    for (size_t i = 0; i < n; i++) {
        const bk_foreign_extern *e = imports ? bk_foreign_import(module, i) : bk_foreign_export(module, i);
        bk_str name = e->name;
        if (imports && !bk_arena_printf(in->cli->arena, &name, "%.*s %.*s", BK_FMT(e->module), BK_FMT(e->name)))
            return bk_arena_fail(in->cli->arena, in->err);
        put_pair(in, i ? "" : imports ? "Imports" : "Exports", name, e->type.n ? e->type : e->kind);
    }
    return BK_OK;
}

static bk_status module_of(inspection *in) {
    bk_foreign *module;
    bk_str text;
    if (!bk_arena_printf(in->cli->arena, &text, "%zu bytes, %u pages of memory to begin with", in->plugin->code.n, in->plugin->code_pages))
        return bk_arena_fail(in->cli->arena, in->err);
    put(in, "Module", text);
    put(in, "Entry", in->plugin->about.wasm.entry);
    BK_TRY(limits(in));
    BK_TRY(bk_plugin_compile(&in->world, in->plugin, &module, in->err));
    bk_status s = externs(in, module, true);
    if (s == BK_OK) s = externs(in, module, false);
    if (s == BK_OK) s = bk_plugin_check(&in->world, in->plugin, module, in->err);
    bk_foreign_free(module);
    return s == BK_OK ? s : bk_err_wrap(in->err, "plugin \"%.*s\"", BK_FMT(in->plugin->about.name));
}

static void programs(inspection *in) {
    const bk_plugin_process *p = &in->plugin->about.process;
    size_t n = 0;
    for (size_t i = 0; i < p->commands.count; i++) put(in, n++ ? "" : "Runs", p->commands.items[i].command);
    for (size_t i = 0; i < p->protocol_count; i++)
        for (size_t k = 0; k < p->protocols[i].commands.count; k++) put(in, n++ ? "" : "Runs", p->protocols[i].commands.items[k].command);
    for (size_t i = 0; i < p->hook_count; i++)
        for (size_t k = 0; k < p->hooks[i].commands.count; k++)
            put_pair(in, "Hook", p->hooks[i].event, p->hooks[i].commands.items[k].command);
}

/* ---- the command ---- */

static bool as_json(const inspection *in) { return bk_str_eq(bk_flags_str(&in->cli->flags, "output"), BK_S("json")); }

static bk_status open_archive(inspection *in, bk_str path) {
    bk_cli *cli = in->cli;
    bk_buf_init(&in->signer, cli->arena, 0);
    in->archive =
        (bk_plugin_manager){.arena = cli->arena, .data_home = cli->settings.data_home, .out = as_json(in) ? &in->signer : &cli->out};
    const bk_flag_value *keyring = bk_flags_get(&cli->flags, "keyring");
    if (keyring->changed) in->archive.keyring = keyring->text;
    else BK_TRY(bk_keyring_default(cli->arena, &in->archive.keyring, in->err));
    in->plugin = BK_NEW(cli->arena, bk_plugin);
    if (!in->plugin) return bk_arena_fail(cli->arena, in->err);
    return bk_plugin_open_archive(&in->archive, path, in->plugin, in->err);
}

/* An archive, a folder with a plugin.yaml, else the name of an installed plugin. */
static bk_status find(inspection *in, bk_str what) {
    bk_cli *cli = in->cli;
    bk_plugin **ret = &in->plugin;
    bk_err *err = in->err;
    bk_str path;
    struct stat st;
    bk_plugins *plugins;
    bool archive = bk_str_ends(what, BK_S(".tgz")) || bk_str_ends(what, BK_S(".tar.gz"));
    if (archive && stat(what.p, &st) == 0 && S_ISREG(st.st_mode)) return open_archive(in, what);
    if (!bk_arena_printf(cli->arena, &path, "%.*s/" BK_PLUGIN_FILE, BK_FMT(what))) return bk_arena_fail(cli->arena, err);
    if (what.n && stat(path.p, &st) == 0) {
        bk_plugin *p = BK_NEW(cli->arena, bk_plugin);
        if (!p) return bk_arena_fail(cli->arena, err);
        *ret = p;
        return bk_plugin_load(cli->arena, what, true, p, err);
    }
    BK_TRY(bk_cli_plugins(cli, &plugins, err));
    *ret = bk_plugins_find(plugins, what, -1);
    return *ret ? BK_OK : bk_err_set(err, BK_ERR, "plugin: %.*s not found", BK_FMT(what));
}

static bk_status inspect(inspection *in) {
    BK_TRY(bk_cli_plugin_world(in->cli, in->guard, NULL, &in->world, in->err));
    if (as_json(in)) return bk_inspection_json(in);
    head(in);
    BK_TRY(requests(in));
    if (in->plugin->about.runtime == BK_PLUGIN_EXTISM) return module_of(in);
    programs(in);
    put(in, "Limits", BK_S("none: it is a program with your full power"));
    return BK_OK;
}

static bk_status inspect_guarded(inspection *in) {
    const bk_render_options none = {0};
    bool warn;
    BK_TRY(bk_plugin_subject_of(in->cli->arena, in->plugin, &in->who, in->err));
    BK_TRY(bk_cli_policy(in->cli, &in->policy, &warn, in->err));
    BK_TRY(bk_cli_guard(in->cli, &none, &in->guard, in->err));
    bk_status s = bk_guard_close(in->guard, inspect(in), in->err);
    bk_guard_free(in->guard);
    return s;
}

static bk_status run(bk_cli *cli, bk_err *err) {
    inspection in = {.cli = cli, .err = err, .archive = {.folder = -1, .staging = -1}};
    bk_status s = find(&in, cli->args[0]);
    if (s == BK_OK) s = inspect_guarded(&in);
    bk_plugin_close_archive(&in.archive);
    return s;
}

static bk_status check_format(bk_str text, bk_err *err) {
    if (bk_str_eq(text, BK_S("text")) || bk_str_eq(text, BK_S("json"))) return BK_OK;
    return bk_err_set(err, BK_ERR, "must be text or json");
}

static const bk_flag flags[] = {
    {.name = "output",
     .letter = 'o',
     .type = BK_FLAG_STRING,
     .fallback = "text",
     .type_name = "format",
     .check = check_format,
     .help = "text or json"},
    {.name = "keyring",
     .type = BK_FLAG_STRING,
     .help = "of an archive: file with public keys (default: GnuPG's pubring.gpg, else pubring.kbx)"},
    {0},
};
static const bk_flag *const tables[] = {bk_flags_policy, flags, NULL};

const bk_command bk_cmd_plugin_inspect = {
    .name = "inspect",
    .usage = "NAME|FOLDER|ARCHIVE",
    .summary = "show everything that a plugin asks for",
    .help =
        "Shows what a plugin is, what it asks for and what of it your policy and grants give it, the limits that apply and where each is from,\n"
        "and what its module imports and exports. Nothing of the plugin is run.",
    .flags = tables,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
