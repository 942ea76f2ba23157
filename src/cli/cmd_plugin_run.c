/* Plugins as commands. */
#include "cli/cmd_plugin_run.h"

#include "action/host_functions.h"
#include "base/sort.h"
#include "cli/chart_args.h"
#include "cli/commands.h"
#include "cli/flags_tables.h"
#include "cli/kube_args.h"

/* ---- what there is ---- */

typedef struct plugin_command {
    bk_command command; /* first, so that one leads to the other */
    bk_plugin *plugin;
} plugin_command;

static void log_line(void *self, bk_str text) {
    (void)self;
    bk_cli_warn(text);
}

bk_plugin_log bk_cli_plugin_log(void) { return (bk_plugin_log){NULL, log_line}; }

bk_status bk_cli_plugins(bk_cli *cli, bk_plugins **ret, bk_err *err) {
    const bk_plugin_log log = bk_cli_plugin_log();
    if (!cli->plugin_list) {
        const bk_plugin_scan scan = {.folders = cli->settings.no_plugins ? BK_S("") : cli->settings.plugins,
                                     .answers = bk_settings_answers(&cli->settings, cli->arena)};
        bk_plugins *found = BK_NEW(cli->arena, bk_plugins);
        if (!found) return bk_arena_fail(cli->arena, err);
        BK_TRY(bk_plugins_scan(cli->arena, &scan, &log, found, err));
        cli->plugin_list = found;
    }
    *ret = cli->plugin_list;
    return BK_OK;
}

static bk_status run(bk_cli *cli, bk_err *err);

static bool make_command(bk_cli *cli, bk_plugin *plugin, plugin_command *ret) {
    bk_str word = bk_plugin_word(plugin), summary = plugin->about.short_help, usage = BK_S(""), help;
    if (plugin->about.usage.n > word.n) usage = bk_str_from(plugin->about.usage, word.n + 1);
    if (!bk_arena_dup(cli->arena, word, &word) || !bk_arena_dup(cli->arena, usage, &usage)) return false;
    if (!summary.n && !bk_arena_printf(cli->arena, &summary, "the \"%.*s\" plugin", BK_FMT(plugin->about.name))) return false;
    if (!bk_arena_dup(cli->arena, bk_str_trim_right(plugin->about.long_help), &help)) return false;
    ret->plugin = plugin;
    ret->command = (bk_command){.name = word.p,
                                .usage = usage.p,
                                .summary = summary.p,
                                .help = help.n ? help.p : NULL,
                                .max_args = BK_ARGS_ANY,
                                .run = run,
                                .raw_args = true};
    return true;
}

static int by_name(const void *a, const void *b, void *arg) {
    (void)arg;
    return strcmp((*(const bk_command *const *)a)->name, (*(const bk_command *const *)b)->name);
}

/* A word that is taken already; the others stay. */
static bool conflicts(const bk_command *const *list, size_t n, bk_str word) {
    for (const bk_command *const *c = bk_root_command.children; *c; c++)
        if (bk_str_eq(bk_str_c((*c)->name), word)) return true;
    for (size_t i = 0; i < n; i++)
        if (bk_str_eq(bk_str_c(list[i]->name), word)) return true;
    return false;
}

static bool make_commands(bk_cli *cli, const bk_plugins *plugins, const bk_command **list) {
    const bk_plugin_log log = bk_cli_plugin_log();
    size_t n = 0;
    for (size_t i = 0; i < plugins->count; i++) {
        bk_plugin *p = &plugins->items[i];
        bk_str word = bk_plugin_word(p);
        if (p->about.type != BK_PLUGIN_CLI || !word.n) continue;
        if (conflicts(list, n, word)) {
            const bk_plugin_attr attr = {"name", word};
            bk_plugin_log_line(&log, "ERROR", "failed to load plugins: name conflicts", &attr, 1);
            continue;
        }
        plugin_command *c = BK_NEW(cli->arena, plugin_command);
        if (!c || !make_command(cli, p, c)) return false;
        list[n++] = &c->command;
    }
    return bk_sort(cli->arena, (void *)list, n, sizeof *list, by_name, NULL);
}

const bk_command *const *bk_cli_plugin_commands(bk_cli *cli) {
    static const bk_command *const none[] = {NULL};
    bk_plugins *plugins;
    bk_err ignored = BK_ERR_INIT;
    if (cli->plugins) return cli->plugins;
    cli->plugins = none;
    if (bk_cli_plugins(cli, &plugins, &ignored) == BK_OK) {
        const bk_command **list = BK_NEW_ARRAY(cli->arena, const bk_command *, plugins->count + 1);
        if (list && make_commands(cli, plugins, list)) cli->plugins = list;
    }
    bk_err_release(&ignored);
    return cli->plugins;
}

const bk_command *bk_cli_plugin_command(bk_cli *cli, bk_str word) {
    for (const bk_command *const *c = bk_cli_plugin_commands(cli); *c; c++)
        if (bk_str_eq(bk_str_c((*c)->name), word)) return *c;
    return NULL;
}

bk_plugin *bk_cli_plugin_of(const bk_cli *cli, const bk_command *command) {
    for (const bk_command *const *c = cli->plugins; c && *c; c++)
        if (*c == command) return ((const plugin_command *)(const void *)command)->plugin;
    return NULL;
}

/* ---- arguments ---- */

static const char *const takes_value[] = {"--kube-context",
                                          "--namespace",
                                          "-n",
                                          "--kubeconfig",
                                          "--kube-apiserver",
                                          "--kube-token",
                                          "--kube-as-user",
                                          "--kube-as-group",
                                          "--kube-ca-file",
                                          "--registry-config",
                                          "--repository-cache",
                                          "--repository-config",
                                          "--kube-insecure-skip-tls-verify",
                                          "--kube-tls-server-name"};

/* 0: not one of them; 1: with its value behind "="; 2: the value is the next word. */
static int is_global(bk_str word) {
    for (size_t i = 0; i < BK_COUNT(takes_value); i++) {
        bk_str name = bk_str_c(takes_value[i]);
        if (bk_str_eq(word, name)) return 2;
        if (bk_str_starts(word, name) && word.n > name.n && word.p[name.n] == '=') return 1;
    }
    return 0;
}

void bk_cli_plugin_walk(const bk_str *words, size_t count, bk_str *ours, size_t *our_count, bk_str *theirs, size_t *their_count) {
    *our_count = *their_count = 0;
    for (size_t i = 0; i < count; i++) {
        int kind = is_global(words[i]);
        if (kind || bk_str_eq(words[i], BK_S("--debug"))) ours[(*our_count)++] = words[i];
        else theirs[(*their_count)++] = words[i];
        if (kind == 2 && i + 1 < count) ours[(*our_count)++] = words[++i];
    }
}

/* The name of a flag's word without dashes and value; empty when it is none. */
static bk_str flag_name(bk_str word) {
    bk_str name, value;
    if (word.n < 2 || word.p[0] != '-' || bk_str_eq(word, BK_S("--"))) return BK_S("");
    bk_str_cut(bk_str_from(word, word.p[1] == '-' ? 2 : 1), BK_S("="), &name, &value);
    return name;
}

static bool in_table(const bk_flag *table, bk_str name) {
    for (; table->name; table++)
        if (bk_str_eq(bk_str_c(table->name), name)) return true;
    return false;
}

/* Takes the guard's flags, which are ours alone, out of the words before the plugin's. */
static void split_head(bk_cli *cli, const bk_str *words, size_t count, bk_str *guards, size_t *guard_count, bk_str *rest,
                       size_t *rest_count) {
    for (size_t i = 0; i < count; i++) {
        bool guard = in_table(bk_flags_guard, flag_name(words[i])),
             next = guard && i + 1 < count && bk_flags_takes_next(&cli->flags, words[i]);
        if (guard) guards[(*guard_count)++] = words[i];
        else rest[(*rest_count)++] = words[i];
        if (next) guards[(*guard_count)++] = words[++i];
    }
}

static bk_status parse(bk_cli *cli, const bk_str *words, size_t count, bk_err *err) {
    bk_buf notices;
    bk_str *args;
    size_t n;
    bk_buf_init(&notices, cli->arena, 0);
    return bk_flags_parse(&cli->flags, words, count, &args, &n, &notices, err);
}

/* Helm reads its global flags from all words once, plugins' arguments among them, and lets everything else pass: the plugin gets them too. */
static void parse_loosely(bk_cli *cli, const bk_str *words, size_t count) {
    for (size_t i = 0; i < count && !bk_str_eq(words[i], BK_S("--")); i++) {
        bk_err ignored = BK_ERR_INIT;
        bool letters = words[i].n > 2 && words[i].p[0] == '-' && words[i].p[1] == 'n',
             known = in_table(bk_flags_global, flag_name(words[i]));
        if (!letters && (!known || is_global(words[i]))) continue;
        bool next = !letters && i + 1 < count && bk_flags_takes_next(&cli->flags, words[i]);
        parse(cli, words + i, next ? 2 : 1, &ignored);
        bk_err_release(&ignored);
        i += next;
    }
}

bk_status bk_cli_plugin_choose(bk_cli *cli, const bk_command *command, bk_str *argv, size_t *argc, bk_str *ret_word, bk_err *err) {
    size_t at = 0, guards_n = 0, rest_n = 0, ours_n, theirs_n;
    bk_str *guards = BK_NEW_ARRAY(cli->arena, bk_str, *argc + 1), *rest = BK_NEW_ARRAY(cli->arena, bk_str, *argc + 1),
           *ours = BK_NEW_ARRAY(cli->arena, bk_str, *argc + 1);
    if (!guards || !rest || !ours) return bk_arena_fail(cli->arena, err);
    while (at < *argc && argv[at].p != ret_word->p) at++;
    cli->command = command;
    BK_TRY(bk_cli_set_flags(cli, command, err)); /* it has none of its own */
    BK_TRY(bk_flags_add(&cli->flags, bk_flags_guard, err));
    bk_cli_flag_defaults(cli);
    split_head(cli, argv, at, guards, &guards_n, rest, &rest_n);
    for (size_t i = at + 1; i < *argc; i++) rest[rest_n++] = argv[i];
    bk_cli_plugin_walk(rest, rest_n, ours, &ours_n, argv, &theirs_n);
    *argc = theirs_n;
    *ret_word = (bk_str){NULL, 0};
    parse_loosely(cli, rest, rest_n);
    BK_TRY(parse(cli, guards, guards_n, err));
    BK_TRY(parse(cli, ours, ours_n, err));
    cli->debug = bk_flags_bool(&cli->flags, "debug");
    return BK_OK;
}

/* ---- running ---- */

static bk_str namespace_of(const bk_env_pair *pairs, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(pairs[i].name, "HELM_NAMESPACE") == 0) return pairs[i].value;
    return BK_S("default");
}

/* The cluster for host functions, opened when one is first asked for; the program's end closes it. */
static bk_status open_cluster(void *self, bk_kube **ret, bk_str *ret_cache, bk_err *err) {
    bk_cli *cli = self;
    bk_cli_cluster *at = cli->lent ? cli->lent : BK_NEW(cli->arena, bk_cli_cluster);
    if (!at) return bk_arena_fail(cli->arena, err);
    if (!cli->lent) BK_TRY(bk_cli_cluster_open(cli, at, err));
    cli->lent = at;
    *ret = at->kube;
    *ret_cache = at->cache;
    return BK_OK;
}

static bk_status run(bk_cli *cli, bk_err *err);

/* Commands that are about a cluster, and plugins that are commands. */
static bool contacts_cluster(const bk_cli *cli, const bk_render_options *release) {
    static const char *const names[] = {"install", "upgrade", "rollback", "uninstall", "test"};
    const bk_flag_value *dry = bk_flags_find(&cli->flags, BK_S("dry-run"));
    if (release && release->cluster) return true;
    if (cli->command->run == run) return true;
    if (dry && (bk_str_eq(dry->text, BK_S("client")) || bk_str_eq(dry->text, BK_S("true")) || dry->b)) return false;
    for (size_t i = 0; i < BK_COUNT(names); i++)
        if (strcmp(cli->command->name, names[i]) == 0) return true;
    return false;
}

static bk_status offer_cluster(bk_cli *cli, const bk_render_options *release, const bk_host_cluster **ret, bk_err *err) {
    *ret = NULL;
    if (!contacts_cluster(cli, release)) return BK_OK;
    bk_host_cluster *c = BK_NEW(cli->arena, bk_host_cluster);
    if (!c) return bk_arena_fail(cli->arena, err);
    *c = (bk_host_cluster){
        .self = cli, .open = open_cluster, .driver = bk_env("HELM_DRIVER"), .memory_data = bk_env("HELM_MEMORY_DRIVER_DATA")};
    *ret = c;
    return BK_OK;
}

bk_status bk_cli_plugin_world(bk_cli *cli, bk_guard *guard, const bk_render_options *release, bk_plugin_world *ret, bk_err *err) {
    bk_env_pair pairs[BK_ENV_PAIRS];
    size_t count;
    BK_TRY(bk_cli_environment(cli, pairs, &count, err));
    bk_plugin_pair *settings = BK_NEW_ARRAY(cli->arena, bk_plugin_pair, count + 1);
    if (!settings) return bk_arena_fail(cli->arena, err);
    for (size_t i = 0; i < count; i++) settings[i] = (bk_plugin_pair){bk_str_c(pairs[i].name), pairs[i].value};
    bk_host_functions *functions = BK_NEW(cli->arena, bk_host_functions);
    if (!functions) return bk_arena_fail(cli->arena, err);
    *functions = (bk_host_functions){.guard = guard, .namespace_ = namespace_of(pairs, count), .release = release};
    BK_TRY(offer_cluster(cli, release, &functions->cluster, err));
    if (bk_flags_find(&cli->flags, BK_S("time-limit"))) BK_TRY(bk_cli_limits(cli, &functions->limits, err));
    *ret = (bk_plugin_world){.arena = cli->arena,
                             .guard = guard,
                             .environment = cli->environment,
                             .settings = settings,
                             .setting_count = count,
                             .cache_home = cli->settings.cache_home,
                             .data_home = cli->settings.data_home,
                             .log = bk_cli_plugin_log(),
                             .debug = cli->debug,
                             .services = bk_host_functions_services(functions)};
    return BK_OK;
}

static bk_status run(bk_cli *cli, bk_err *err) {
    bk_render_options none = {0};
    bk_plugin_world world;
    bk_guard *guard;
    BK_TRY(bk_cli_flush(cli, err)); /* the plugin writes to the same streams */
    BK_TRY(bk_cli_namespace(cli, &none.namespace_, err));
    BK_TRY(bk_cli_guard(cli, &none, &guard, err));
    bk_status s = bk_cli_plugin_world(cli, guard, NULL, &world, err);
    if (s == BK_OK) s = bk_plugin_run(&world, bk_cli_plugin_of(cli, cli->command), (bk_texts){cli->args, cli->argc}, &cli->exit_code, err);
    s = bk_guard_close(guard, s, err);
    bk_guard_free(guard);
    return s;
}
