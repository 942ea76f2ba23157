/* help: the page of another command. */
#include "cli/cmd_plugin_words.h"
#include "cli/commands.h"

/* As Helm: on standard error, and no failure. */
static bk_status unknown_topic(bk_cli *cli, bk_err *err) {
    BK_TRY(bk_cli_set_flags(cli, &bk_root_command, err));
    bk_buf text;
    bk_buf_init(&text, cli->arena, 0);
    bk_buf_c(&text, "Unknown help topic [");
    for (size_t i = 0; i < cli->argc; i++) bk_buf_printf(&text, "%s`%.*s`", i ? " " : "", BK_FMT(cli->args[i]));
    bk_buf_c(&text, "]\n");
    bk_cli_usage(cli, &bk_root_command, &text);
    BK_TRY(bk_buf_check(&text, err));
    bk_cli_warn((bk_str){text.p, text.n - 1});
    return BK_OK;
}

static bk_status run(bk_cli *cli, bk_err *err) {
    const bk_command *c = &bk_root_command;
    for (size_t i = 0; i < cli->argc; i++) {
        const bk_command *child = c == &bk_root_command ? bk_cli_top(cli, cli->args[i]) : bk_command_child(c, cli->args[i]);
        if (!child && c == &bk_root_command) return unknown_topic(cli, err);
        if (!child) break;
        c = child;
        if (!i) bk_plugin_words_attach(cli, c);
    }
    BK_TRY(bk_cli_set_flags(cli, c, err));
    bk_cli_help(cli, c, &cli->out);
    return BK_OK;
}

const bk_command bk_cmd_help = {
    .name = "help",
    .usage = "[command]",
    .summary = "help about any command",
    .help = "Shows the help page of a command: help template, help show chart.",
    .max_args = BK_ARGS_ANY,
    .run = run,
};
