/* repo: the list of chart repositories. */
#include <errno.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "action/repository.h"
#include "cli/chart_args.h"
#include "cli/chart_source.h"
#include "cli/commands.h"
#include "cli/flags_tables.h"
#include "cli/printer.h"
#include "value/map.h"

enum { PASSWORD = 64 << 10 };

/* ---- a password ---- */

static bk_status read_input(bk_cli *cli, bool line, bk_str *ret, bk_err *err) {
    bk_buf b;
    char c;
    bk_buf_init(&b, cli->arena, PASSWORD);
    for (;;) {
        ssize_t n = read(STDIN_FILENO, &c, 1);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return bk_err_set(err, BK_ERR_IO, "cannot read the password: %s", strerror(errno));
        if (n == 0 || (line && c == '\n')) break;
        bk_buf_byte(&b, c);
    }
    BK_TRY(bk_buf_check(&b, err));
    *ret = bk_buf_take(&b);
    if (bk_str_ends(*ret, BK_S("\n"))) ret->n--;
    if (bk_str_ends(*ret, BK_S("\r"))) ret->n--;
    return BK_OK;
}

static bk_status ask_password(bk_cli *cli, bk_str *ret, bk_err *err) {
    struct termios shown, hidden;
    fputs("Password: ", stdout);
    fflush(stdout);
    int failed = tcgetattr(STDIN_FILENO, &shown) == 0 ? 0 : errno;
    if (!failed) {
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
    bk_status s = failed ? bk_err_set(err, BK_ERR_IO, "inappropriate ioctl for device") : read_input(cli, true, ret, err);
    if (!failed) tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    fputc('\n', stdout);
    fflush(stdout);
    return s;
}

/* ---- what all of them do ---- */

typedef bk_status (*action)(bk_cli *cli, bk_registry_world *world, bk_err *err);

/* With a guard, which a getter plugin needs. */
static bk_status guarded(bk_cli *cli, action run, bk_err *err) {
    const bk_render_options none = {0};
    bk_guard *guard;
    bk_registry_world *world;
    BK_TRY(bk_cli_guard(cli, &none, &guard, err));
    bk_status s = bk_cli_registry_world(cli, &guard, &world, err);
    const bk_flag_value *timeout = bk_flags_find(&cli->flags, BK_S("timeout"));
    if (s == BK_OK && timeout) {
        int64_t ms = timeout->i / 1000000;
        world->timeout_ms = ms < 1 ? 1 : ms > INT32_MAX ? INT32_MAX : (uint32_t)ms;
    }
    if (s == BK_OK) s = run(cli, world, err);
    s = bk_guard_close(guard, s, err);
    bk_guard_free(guard);
    bk_err ignored = BK_ERR_INIT; /* what was done is told even where something failed */
    bk_status flushed = bk_cli_flush(cli, s == BK_OK ? err : &ignored);
    bk_err_release(&ignored);
    return s == BK_OK ? flushed : s;
}

/* ---- add ---- */

static bk_status add(bk_cli *cli, bk_registry_world *world, bk_err *err) {
    const bk_flags *f = &cli->flags;
    bk_repository_add o = {.repository = {.name = cli->args[0], .url = cli->args[1]},
                           .force_update = bk_flags_bool(f, "force-update"),
                           .allow_deprecated = bk_flags_bool(f, "allow-deprecated-repos")};
    bk_registry_access *a = &o.repository.access;
    bk_cli_registry_access(cli, a);
    if (a->username.n && !a->password.n) {
        if (bk_flags_bool(f, "password-stdin")) BK_TRY(read_input(cli, false, &a->password, err));
        else BK_TRY(ask_password(cli, &a->password, err));
    }
    return bk_action_repository_add(cli->arena, world, &o, &cli->out, err);
}

static bk_status run_add(bk_cli *cli, bk_err *err) { return guarded(cli, add, err); }

static const bk_flag timeout_flags[] = {
    {.name = "timeout", .type = BK_FLAG_DURATION, .fallback = "2m0s", .help = "most time that fetching an index may take"},
    {0},
};
static const bk_flag add_flags[] = {
    {.name = "username", .type = BK_FLAG_STRING, .help = "user name for the repository"},
    {.name = "password", .type = BK_FLAG_STRING, .help = "password for the repository"},
    {.name = "password-stdin", .type = BK_FLAG_BOOL, .help = "read the password from standard input"},
    {.name = "force-update", .type = BK_FLAG_BOOL, .help = "replace a repository of that name"},
    {.name = "cert-file", .type = BK_FLAG_STRING, .help = "client certificate for HTTPS"},
    {.name = "key-file", .type = BK_FLAG_STRING, .help = "key of the client certificate"},
    {.name = "ca-file", .type = BK_FLAG_STRING, .help = "certificate authorities to check the server with"},
    {.name = "insecure-skip-tls-verify", .type = BK_FLAG_BOOL, .help = "accept any certificate of the repository (insecure)"},
    {.name = "allow-deprecated-repos", .type = BK_FLAG_BOOL, .help = "take repositories that are known to be gone"},
    {.name = "pass-credentials", .type = BK_FLAG_BOOL, .help = "send credentials to every domain"},
    {0},
};
static const bk_flag *const add_tables[] = {add_flags, timeout_flags, bk_flags_guard, NULL};

static const bk_command add_command = {
    .name = "add",
    .usage = "[NAME] [URL]",
    .summary = "add a chart repository",
    .help =
        "Fetches the index of the repository at URL and keeps its address under NAME. Credentials are kept in the file of repositories, and\n"
        "sent to that repository alone.",
    .flags = add_tables,
    .min_args = 2,
    .max_args = 2,
    .run = run_add,
};

/* ---- list ---- */

static bk_status run_list(bk_cli *cli, bk_err *err) {
    static const char *const members[] = {"name", "url", NULL};
    const bk_printing printing = {
        .columns = {2, {"NAME", "URL"}, {"name", "url"}}, .members = members, .no_headers = bk_flags_bool(&cli->flags, "no-headers")};
    bk_repositories list;
    bk_items items;
    bk_value all;
    bk_err ignored = BK_ERR_INIT;
    bk_items_init(&items, cli->arena);
    /* A file that cannot be read holds none, as for Helm. */
    if (bk_repositories_load(cli->arena, bk_flags_str(&cli->flags, "repository-config"), &list, &ignored) != BK_OK) list.count = 0;
    bk_err_release(&ignored);
    if (!list.count && bk_cli_wants_table(cli)) {
        bk_cli_warn(BK_S("no repositories to show"));
        return BK_OK;
    }
    for (size_t i = 0; i < list.count; i++) {
        bk_map *m = bk_map_new(cli->arena, 2);
        if (!m || !bk_map_set(m, BK_S("name"), bk_string(list.items[i].name)) || !bk_map_set(m, BK_S("url"), bk_string(list.items[i].url)))
            return bk_arena_fail(cli->arena, err);
        bk_items_add(&items, bk_map_value(m));
    }
    BK_TRY(bk_items_list(&items, BK_T_LIST, &all, err));
    BK_TRY(bk_cli_print_list(cli, &printing, all, err));
    return bk_cli_flush(cli, err);
}

static const bk_flag list_flags[] = {
    {.name = "no-headers", .type = BK_FLAG_BOOL, .help = "leave the table's head out"},
    {0},
};
static const bk_flag *const list_tables[] = {list_flags, bk_flags_format, NULL};

static const bk_command list_command = {
    .name = "list",
    .usage = "",
    .aliases = "ls",
    .summary = "list chart repositories",
    .help = "Lists the repositories that were added.",
    .flags = list_tables,
    .max_args = 0,
    .run = run_list,
};

/* ---- remove, update ---- */

static bk_status run_remove(bk_cli *cli, bk_err *err) {
    bk_registry_world *world;
    BK_TRY(bk_cli_registry_world(cli, NULL, &world, err));
    bk_status s = bk_action_repository_remove(cli->arena, world, cli->args, cli->argc, &cli->out, err);
    bk_err ignored = BK_ERR_INIT;
    bk_status flushed = bk_cli_flush(cli, s == BK_OK ? err : &ignored);
    bk_err_release(&ignored);
    return s == BK_OK ? flushed : s;
}

static const bk_command remove_command = {
    .name = "remove",
    .usage = "[REPO1 [REPO2 ...]]",
    .aliases = "rm",
    .summary = "remove one or more chart repositories",
    .help = "Takes repositories off the list, and what is cached of them away.",
    .min_args = 1,
    .max_args = BK_ARGS_ANY,
    .run = run_remove,
};

static bk_status update(bk_cli *cli, bk_registry_world *world, bk_err *err) {
    return bk_action_repository_update(cli->arena, world, cli->args, cli->argc, &cli->out, err);
}

static bk_status run_update(bk_cli *cli, bk_err *err) { return guarded(cli, update, err); }

static const bk_flag *const update_tables[] = {timeout_flags, bk_flags_guard, NULL};

static const bk_command update_command = {
    .name = "update",
    .usage = "[REPO1 [REPO2 ...]]",
    .aliases = "up",
    .summary = "update information of available charts locally from chart repositories",
    .help =
        "Fetches the indexes of all repositories, or of those named, at the same time. Each is checked before it takes the place of the one\n"
        "that is cached.",
    .flags = update_tables,
    .max_args = BK_ARGS_ANY,
    .run = run_update,
};

/* ---- index ---- */

static bk_status run_index(bk_cli *cli, bk_err *err) {
    const bk_flags *f = &cli->flags;
    const bk_repository_index o = {
        .folder = cli->args[0], .url = bk_flags_str(f, "url"), .merge = bk_flags_str(f, "merge"), .json = bk_flags_bool(f, "json")};
    bk_registry_world *world;
    BK_TRY(bk_cli_registry_world(cli, NULL, &world, err));
    return bk_action_repository_index(cli->arena, world, &o, err);
}

static const bk_flag index_flags[] = {
    {.name = "url", .type = BK_FLAG_STRING, .help = "URL that the charts will be found at"},
    {.name = "merge", .type = BK_FLAG_STRING, .help = "index that the new entries are merged into"},
    {.name = "json", .type = BK_FLAG_BOOL, .help = "write JSON"},
    {0},
};
static const bk_flag *const index_tables[] = {index_flags, NULL};

static const bk_command index_command = {
    .name = "index",
    .usage = "[DIR]",
    .summary = "generate an index file given a directory containing packaged charts",
    .help =
        "Writes index.yaml for the packed charts in DIR and in the folders within, which makes DIR a chart repository once a web server\n"
        "serves it. Archives that are no charts are left out. With --merge, entries of another index are taken over where DIR has\n"
        "no such version.",
    .flags = index_tables,
    .min_args = 1,
    .max_args = 1,
    .run = run_index,
};

static const bk_command *const children[] = {&add_command, &index_command, &list_command, &remove_command, &update_command, NULL};

const bk_command bk_cmd_repo = {
    .name = "repo",
    .usage = "add|remove|list|index|update [ARGS]",
    .summary = "add, list, remove, update, and index chart repositories",
    .help = "Looks after the list of chart repositories, and makes indexes for new ones.",
    .children = children,
    .max_args = 0,
};
