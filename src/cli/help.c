/* Help pages, laid out as Helm's users know them. */
#include "cli/cmd_plugin_run.h"
#include "cli/flags_tables.h"

static size_t widest(const bk_command *const *commands, size_t width) {
    for (const bk_command *const *c = commands; *c; c++)
        if (!(*c)->hidden && strlen((*c)->name) > width) width = strlen((*c)->name);
    return width;
}

/* Both lists are in the order of names; the root's page has the plugins among its own commands. */
static void put_children(bk_cli *cli, const bk_command *command, bk_buf *out) {
    static const bk_command *const none[] = {NULL};
    const bk_command *const *a = command->children, *const *b = command == &bk_root_command ? bk_cli_plugin_commands(cli) : none;
    size_t width = widest(b, widest(a, 11)); /* cobra's smallest column */
    bk_buf_c(out, "\nAvailable Commands:\n");
    while (*a || *b) {
        const bk_command *c = *b && (!*a || strcmp((*b)->name, (*a)->name) < 0) ? *b++ : *a++;
        if (!c->hidden) bk_buf_printf(out, "  %-*s %s\n", (int)width, c->name, c->summary);
    }
}

void bk_cli_help(bk_cli *cli, const bk_command *command, bk_buf *out) {
    const char *text = command->help ? command->help : command->summary;
    bk_buf_printf(out, "%s%s%s", command->raw_args ? "" : "\n", text, text[0] ? "\n\n" : "");
    bk_cli_usage(cli, command, out);
}

void bk_cli_usage(bk_cli *cli, const bk_command *command, bk_buf *out) {
    bk_str path = bk_cli_path(cli, command), program = cli->program;
    const char *blank = path.n ? " " : "", *usage = command->usage ? command->usage : "";
    bool root = command == &bk_root_command;
    bk_buf_c(out, "Usage:\n");
    if (command->run)
        bk_buf_printf(out, "  %.*s%s%.*s%s%s%s\n", BK_FMT(program), blank, BK_FMT(path), usage[0] ? " " : "", usage,
                      strstr(usage, "[flags]") ? "" : " [flags]");
    if (command->children) bk_buf_printf(out, "  %.*s%s%.*s [command]\n", BK_FMT(program), blank, BK_FMT(path));
    if (command->aliases) {
        bk_buf_printf(out, "\nAliases:\n  %s", command->name);
        for (bk_str rest = bk_str_c(command->aliases), head; rest.n;) {
            bk_str_cut(rest, BK_S(" "), &head, &rest);
            bk_buf_printf(out, ", %.*s", BK_FMT(head));
        }
        bk_buf_byte(out, '\n');
    }
    if (command->children) put_children(cli, command, out);
    size_t global = bk_flags_count(bk_flags_global);
    if (root) {
        bk_buf_c(out, "\nFlags:\n");
        bk_flags_usage(&cli->flags, 0, cli->flags.count, out);
    } else {
        bk_buf_c(out, "\nFlags:\n");
        bk_flags_usage(&cli->flags, global, cli->flags.count, out);
        bk_buf_c(out, "\nGlobal Flags:\n");
        bk_flags_usage(&cli->flags, 0, global, out);
    }
    if (command->children)
        bk_buf_printf(out, "\nUse \"%.*s%s%.*s [command] --help\" for more information about a command.\n", BK_FMT(program), blank,
                      BK_FMT(path));
}
