/* One run of the program: finds the command, reads the flags, runs it, prints the error if there is one. */
#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cmd_plugin_run.h"
#include "cli/flags_tables.h"
#include "cli/kube_args.h"
#include "cli/release_args.h"
#include "guard/escape.h"
#include "value/gofmt.h"

static bool has_word(const char *words, bk_str word) {
    bk_str rest = bk_str_c(words), head;
    while (rest.n) {
        bk_str_cut(rest, BK_S(" "), &head, &rest);
        if (bk_str_eq(head, word)) return true;
    }
    return false;
}

const bk_command *bk_command_child(const bk_command *command, bk_str name) {
    for (const bk_command *const *c = command->children; c && *c; c++)
        if (bk_str_eq(bk_str_c((*c)->name), name) || ((*c)->aliases && has_word((*c)->aliases, name))) return *c;
    return NULL;
}

static bool find_path(const bk_command *at, const bk_command *wanted, bk_buf *out) {
    if (at == wanted) return true;
    for (const bk_command *const *c = at->children; c && *c; c++) {
        size_t before = out->n;
        if (before) bk_buf_byte(out, ' ');
        bk_buf_c(out, (*c)->name);
        if (find_path(*c, wanted, out)) return true;
        bk_buf_cut(out, before);
    }
    return false;
}

bk_str bk_cli_path(bk_cli *cli, const bk_command *command) {
    bk_buf b;
    bk_buf_init(&b, cli->arena, 0);
    bool found = find_path(&bk_root_command, command, &b);
    for (const bk_command *const *c = cli->plugins; !found && c && *c; c++) {
        bk_buf_cut(&b, 0);
        bk_buf_c(&b, (*c)->name);
        found = find_path(*c, command, &b);
    }
    return bk_buf_take(&b);
}

const bk_command *bk_cli_top(bk_cli *cli, bk_str name) {
    const bk_command *child = bk_command_child(&bk_root_command, name);
    return child ? child : bk_cli_plugin_command(cli, name);
}

void bk_cli_warn(bk_str line) {
    bk_buf b;
    bk_buf_init(&b, NULL, 0);
    bk_escape_text(&b, line);
    bk_buf_byte(&b, '\n');
    fwrite(b.p, 1, b.n, stderr);
    bk_buf_release(&b);
}

bk_status bk_cli_write(bk_str text, bk_err *err) {
    while (text.n) {
        ssize_t n = write(STDOUT_FILENO, text.p, text.n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return bk_err_set(err, BK_ERR_IO, "cannot write to standard output: %s", strerror(errno));
        text = bk_str_from(text, (size_t)n);
    }
    return BK_OK;
}

bk_status bk_cli_flush(bk_cli *cli, bk_err *err) {
    BK_TRY(bk_buf_check(&cli->out, err));
    BK_TRY(bk_cli_write(bk_buf_view(&cli->out), err));
    cli->out.n = 0;
    return BK_OK;
}

/* ---- which command ---- */

/* Whether the word behind this one is its value. A flag that nobody knows here, because it is a command's that is yet to come, takes one, as cobra has
 * it; --help is the root's own. */
static bool takes_next(const bk_cli *cli, const bk_command *at, bk_str word) {
    bool is_long = word.p[1] == '-';
    if ((!is_long && word.n != 2) || bk_str_find_byte(word, '=') != BK_NPOS) return false;
    if (at == &bk_root_command && (bk_str_eq(word, BK_S("--help")) || bk_str_eq(word, BK_S("-h")))) return false;
    bool known = is_long ? bk_flags_find(&cli->flags, bk_str_from(word, 2)) != NULL : bk_flags_find_letter(&cli->flags, word.p[1]) != NULL;
    return !known || bk_flags_takes_next(&cli->flags, word);
}

/* Takes the command words out of argv: flags in between stay, and so do an empty word and a lone dash, as cobra has it. Returns the command; *ret_unknown is
 * the first word that is no child of a command that has children. */
static const bk_command *find_command(bk_cli *cli, bk_str *argv, size_t *argc, bk_str *ret_unknown) {
    const bk_command *at = &bk_root_command;
    *ret_unknown = (bk_str){NULL, 0};
    for (size_t i = 0; i < *argc && at->children;) {
        if (bk_str_eq(argv[i], BK_S("--"))) break;
        if (argv[i].n == 0 || argv[i].p[0] == '-') {
            i += argv[i].n > 1 && takes_next(cli, at, argv[i]) ? 2 : 1;
            continue;
        }
        const bk_command *child = bk_command_child(at, argv[i]);
        if (!child) {
            *ret_unknown = argv[i];
            break;
        }
        memmove(&argv[i], &argv[i + 1], (*argc - i - 1) * sizeof *argv);
        (*argc)--;
        at = child;
    }
    return at;
}

/* Levenshtein's distance of two short words, ASCII case ignored; long ones count as far. */
static size_t distance(bk_str a, bk_str b) {
    enum { MOST = 32 };
    size_t row[MOST + 1];
    if (a.n > MOST || b.n > MOST) return MOST;
    for (size_t j = 0; j <= b.n; j++) row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t above = row[j], best = diagonal + ((a.p[i - 1] | 0x20) != (b.p[j - 1] | 0x20));
            if (above + 1 < best) best = above + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[b.n];
}

static void suggest(const bk_command *c, bk_str word, bool *any, bk_buf *out) {
    bk_str name = bk_str_c(c->name);
    if (c->hidden || bk_str_eq(name, BK_S("help")) || (distance(word, name) > 2 && !bk_str_starts(name, word))) return;
    bk_buf_c(out, *any ? "" : "\nDid you mean this?\n");
    bk_buf_printf(out, "\t%s\n", c->name);
    *any = true;
}

/* Helm's commands in the order it suggests them in, then ours. */
static void suggest_all(bk_str word, bool *any, bk_buf *out) {
    static const char *const order[] = {"create",   "dependency", "pull",     "show",      "lint",    "package",    "repo",
                                        "search",   "verify",     "get",      "history",   "install", "list",       "test",
                                        "rollback", "status",     "template", "uninstall", "upgrade", "completion", "env",
                                        "plugin",   "version",    "registry", "push"};
    for (size_t i = 0; i < BK_COUNT(order); i++) {
        const bk_command *c = bk_command_child(&bk_root_command, bk_str_c(order[i]));
        if (c) suggest(c, word, any, out);
    }
    for (const bk_command *const *c = bk_root_command.children; *c; c++) {
        size_t i = 0;
        while (i < BK_COUNT(order) && !bk_str_eq(bk_str_c(order[i]), bk_str_c((*c)->name))) i++;
        if (i == BK_COUNT(order)) suggest(*c, word, any, out);
    }
}

static bk_status unknown_command(bk_cli *cli, bk_str word, bk_err *err) {
    bk_buf b;
    bk_buf_init(&b, NULL, 0);
    bk_buf_printf(&b, "unknown command \"%.*s\" for \"helm\"\n", BK_FMT(word));
    bool any = false;
    suggest_all(word, &any, &b);
    for (const bk_command *const *c = bk_cli_plugin_commands(cli); *c; c++) suggest(*c, word, &any, &b);
    bk_buf_c(&b, any ? "\nRun 'helm --help' for usage." : "Run 'helm --help' for usage.");
    bk_err_set_str(err, BK_ERR, bk_buf_view(&b));
    bk_buf_release(&b);
    return err->code;
}

static bk_status wrong_count(bk_cli *cli, const bk_command *c, bk_err *err) {
    bk_str path = bk_cli_path(cli, c);
    const char *usage = c->usage ? c->usage : "", *blank = usage[0] ? " " : "";
    if (c->max_args == 0)
        return bk_err_set(err, BK_ERR, "\"helm %.*s\" accepts no arguments\n\nUsage:  helm %.*s%s%s [flags]", BK_FMT(path), BK_FMT(path),
                          blank, usage);
    bool exact = c->min_args == c->max_args, few = cli->argc < c->min_args;
    unsigned bound = few || exact ? c->min_args : c->max_args;
    return bk_err_set(err, BK_ERR, "\"helm %.*s\" %s %u argument%s\n\nUsage:  helm %.*s%s%s [flags]", BK_FMT(path),
                      exact ? "requires"
                      : few ? "requires at least"
                            : "accepts at most",
                      bound, bound == 1 ? "" : "s", BK_FMT(path), blank, usage);
}

/* ---- defaults from the environment ---- */

void bk_cli_flag_defaults(bk_cli *cli) {
    const bk_settings *s = &cli->settings;
    const struct {
        const char *flag;
        bk_str text;
    } defaults[] = {
        {"namespace", s->namespace_},
        {"kube-context", s->kube_context},
        {"kube-token", s->kube_token},
        {"kube-as-user", s->kube_as_user},
        {"kube-apiserver", s->kube_apiserver},
        {"kube-ca-file", s->kube_ca_file},
        {"kube-tls-server-name", s->kube_tls_server_name},
        {"kube-insecure-skip-tls-verify", s->kube_insecure ? BK_S("true") : BK_S("false")},
        {"debug", s->debug ? BK_S("true") : BK_S("false")},
        {"registry-config", s->registry_config},
        {"repository-config", s->repository_config},
        {"repository-cache", s->repository_cache},
        {"content-cache", s->content_cache},
        {"burst-limit", s->burst_limit},
        {"qps", s->qps},
        {"color", s->color},
        {"colour", s->color},
    };
    for (size_t i = 0; i < BK_COUNT(defaults); i++) bk_flags_default(&cli->flags, defaults[i].flag, defaults[i].text);
    if (bk_flags_find(&cli->flags, BK_S("history-max"))) bk_flags_default(&cli->flags, "history-max", s->max_history);
    if (bk_flags_find(&cli->flags, BK_S("keyring"))) bk_flags_default(&cli->flags, "keyring", s->keyring);
    static const struct {
        const char *flag, *variable;
    } limits[] = {{"memory-limit", "BULKHEAD_MEMORY_LIMIT"},
                  {"time-limit", "BULKHEAD_TIME_LIMIT"},
                  {"output-limit", "BULKHEAD_OUTPUT_LIMIT"},
                  {"policy", "BULKHEAD_POLICY"},
                  {"policy-mode", "BULKHEAD_POLICY_MODE"}};
    for (size_t i = 0; i < BK_COUNT(limits); i++) {
        bk_str v = bk_env(limits[i].variable);
        if (v.n && bk_flags_find(&cli->flags, bk_str_c(limits[i].flag))) bk_flags_default(&cli->flags, limits[i].flag, v);
    }
}

/* ---- the run ---- */

bk_status bk_cli_set_flags(bk_cli *cli, const bk_command *command, bk_err *err) {
    cli->flags.count = 0;
    BK_TRY(bk_flags_add(&cli->flags, bk_flags_global, err));
    BK_TRY(bk_flags_add(&cli->flags, bk_flags_help, err));
    for (const bk_flag *const *t = command->flags; t && *t; t++) BK_TRY(bk_flags_add(&cli->flags, *t, err));
    return BK_OK;
}

bk_status bk_cli_choose(bk_cli *cli, bk_str *argv, size_t *argc, bk_str *ret_unknown, bk_err *err) {
    cli->flags.count = 0;
    BK_TRY(bk_flags_add(&cli->flags, bk_flags_global, err));
    BK_TRY(bk_flags_add(&cli->flags, bk_flags_guard, err)); /* these may stand before a plugin's word: to know which take a value */
    cli->command = find_command(cli, argv, argc, ret_unknown);
    if (cli->command == &bk_root_command && ret_unknown->n) {
        const bk_command *plugin = bk_cli_plugin_command(cli, *ret_unknown);
        if (plugin) return bk_cli_plugin_choose(cli, plugin, argv, argc, ret_unknown, err);
    }
    BK_TRY(bk_cli_set_flags(cli, cli->command, err));
    bk_cli_flag_defaults(cli);
    return BK_OK;
}

/* Tells what stops Helm before it has a command: a line of the log in place of an error. */
static bk_status stopped(bk_cli *cli, const char *level, const char *before, bk_str why, bk_err *err) {
    bk_buf b;
    bk_buf_init(&b, cli->arena, 0);
    bk_buf_printf(&b, "level=%s msg=%s", level, before);
    bk_fmt_quote(&b, why);
    bk_cli_warn(bk_buf_view(&b));
    cli->told = true;
    return bk_err_set_str(err, BK_ERR, why);
}

/* The colours come before everything else: Helm reads the line for them before it knows the command. They count as far as that reading gets, and what
 * stops it is told when the line is read for the command. */
static bk_status check_color(bk_cli *cli, const bk_str *argv, size_t argc, bk_err *err) {
    bk_err ignored = BK_ERR_INIT;
    bk_buf notices;
    bk_buf_init(&notices, cli->arena, 0);
    bk_str *args, why;
    size_t count;
    cli->flags.count = 0;
    BK_TRY(bk_flags_add(&cli->flags, bk_flags_global, err));
    cli->flags.lenient = true;
    if (bk_flags_parse(&cli->flags, argv, argc, &args, &count, &notices, &ignored) != BK_OK) bk_err_release(&ignored);
    cli->flags.lenient = false;
    bk_str mode = bk_cli_color_mode(cli);
    if (bk_str_eq(mode, BK_S("never")) || bk_str_eq(mode, BK_S("auto")) || bk_str_eq(mode, BK_S("always"))) return BK_OK;
    bk_buf b;
    bk_buf_init(&b, cli->arena, 0);
    bk_buf_c(&b, "invalid color mode ");
    bk_fmt_quote(&b, mode);
    bk_buf_c(&b, ": must be one of: never, auto, always");
    why = bk_buf_view(&b);
    return stopped(cli, "WARN", "\"command failed\" error=", why, err);
}

/* Where records are kept is settled before any command runs, be it one that keeps none. */
static bk_status check_driver(bk_cli *cli, bk_err *err) {
    bk_str driver = bk_env("HELM_DRIVER");
    if (bk_store_knows_driver(driver)) return BK_OK;
    bk_buf b;
    bk_buf_init(&b, cli->arena, 0);
    bk_buf_c(&b, "unknown driver ");
    bk_fmt_quote(&b, driver);
    return stopped(cli, "INFO", "", bk_buf_view(&b), err);
}

static bk_status run(bk_cli *cli, bk_str *argv, size_t argc, bk_err *err) {
    bk_str unknown;
    BK_TRY(bk_settings_load(&cli->settings, cli->arena, err));
    BK_TRY(check_color(cli, argv, argc, err));
    BK_TRY(bk_cli_choose(cli, argv, &argc, &unknown, err));
    if (cli->command == &bk_root_command && unknown.n) return unknown_command(cli, unknown, err);
    if (cli->command->raw_args) {
        BK_TRY(check_driver(cli, err));
        cli->args = argv;
        cli->argc = argc;
        BK_TRY(cli->command->run(cli, err));
        return bk_cli_flush(cli, err);
    }
    bk_buf notices;
    bk_buf_init(&notices, cli->arena, 0);
    bk_status s = bk_flags_parse(&cli->flags, argv, argc, &cli->args, &cli->argc, &notices, err);
    if (s == BK_OK) fwrite(notices.p ? notices.p : "", 1, notices.n, stderr);
    BK_TRY(s);
    cli->debug = bk_flags_bool(&cli->flags, "debug");
    if (bk_flags_bool(&cli->flags, "help") || !cli->command->run) {
        bk_cli_help(cli, cli->command, &cli->out);
        return bk_cli_flush(cli, err);
    }
    BK_TRY(check_driver(cli, err));
    if (cli->argc < cli->command->min_args || cli->argc > cli->command->max_args) return wrong_count(cli, cli->command, err);
    BK_TRY(cli->command->run(cli, err));
    return bk_cli_flush(cli, err);
}

/* The name the program was called by: "helm" when it stands in for Helm. */
static bk_str program_name(bk_str binary) {
    bk_str base = bk_path_base(binary);
    return bk_str_eq(base, BK_S("helm")) ? base : BK_S("bulkhead");
}

int bk_cli_main(int argc, char **argv, char **environment) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_cli cli = {.arena = &arena, .environment = environment, .binary = bk_str_c(argc > 0 ? argv[0] : "bulkhead")};
    bk_arena_init(&arena, (size_t)4 << 30);
    cli.program = program_name(cli.binary);
    bk_flags_init(&cli.flags, &arena);
    bk_buf_init(&cli.out, NULL, (size_t)1 << 31);
    size_t n = argc > 1 ? (size_t)argc - 1 : 0;
    bk_str *words = BK_NEW_ARRAY(&arena, bk_str, n + 1);
    bk_status status = words ? BK_OK : bk_err_nomem(&err);
    for (size_t i = 0; status == BK_OK && i < n; i++) words[i] = bk_str_c(argv[i + 1]);
    if (status == BK_OK) status = run(&cli, words, n, &err);
    if (status != BK_OK) {
        bk_err ignored = BK_ERR_INIT;
        if (bk_cli_flush(&cli, &ignored) != BK_OK) bk_err_release(&ignored); /* the first error is the one to tell */
        bk_str text;
        if (cli.told) text = BK_S("");
        else if (bk_arena_cat(&arena, BK_S("Error: "), bk_err_message(&err), &text)) bk_cli_warn(text);
        else fputs("Error: out of memory\n", stderr);
    }
    bk_err_release(&err);
    bk_buf_release(&cli.out);
    if (cli.lent) bk_cli_cluster_close(cli.lent);
    bk_arena_release(&arena);
    return status == BK_OK ? 0 : cli.exit_code ? cli.exit_code : 1;
}
