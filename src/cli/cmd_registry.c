/* registry login, registry logout. */
#include <errno.h>
#include <termios.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/flags_tables.h"
#include "cli/registry_args.h"
#include "guard/escape.h"
#include "registry/credentials.h"
#include "registry/files.h"
#include "value/gofmt.h"

enum { SECRET_MAX = 1 << 20 };

/* ---- asking ---- */

/* Byte by byte, since what comes behind the line may be meant for somebody else. *ret_end: there was nothing. */
static bk_status read_line(bk_cli *cli, bk_str *ret, bool whole, bool *ret_end, bk_err *err) {
    bk_buf b;
    char c;
    ssize_t n;
    bk_buf_init(&b, cli->arena, SECRET_MAX);
    while ((n = read(STDIN_FILENO, &c, 1)) != 0) {
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return bk_path_error("read", BK_S("/dev/stdin"), errno, err);
        if (c == '\n' && !whole) break;
        bk_buf_byte(&b, c);
    }
    BK_TRY(bk_buf_check(&b, err));
    *ret_end = n == 0 && b.n == 0;
    *ret = bk_buf_take(&b);
    if (!whole && bk_str_ends(*ret, BK_S("\r"))) ret->n--;
    return BK_OK;
}

static bk_status ask(bk_cli *cli, const char *prompt, bool silent, bk_str *ret, bk_err *err) {
    struct termios kept, quiet;
    bool end;
    bk_buf_c(&cli->out, prompt);
    BK_TRY(bk_cli_flush(cli, err));
    if (silent) {
        if (tcgetattr(STDIN_FILENO, &kept) != 0) return bk_err_set(err, BK_ERR, "inappropriate ioctl for device");
        quiet = kept;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    bk_status s = read_line(cli, ret, false, &end, err);
    if (silent) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &kept);
        bk_buf_byte(&cli->out, '\n');
        bk_status flushed = s == BK_OK ? bk_cli_flush(cli, err) : s;
        if (flushed != BK_OK) return flushed;
    }
    BK_TRY(s);
    return end ? bk_err_set(err, BK_ERR, "EOF") : BK_OK;
}

static bk_status ask_for_both(bk_cli *cli, bk_str *username, bk_str *password, bk_err *err) {
    if (!username->n) {
        BK_TRY(ask(cli, "Username: ", false, username, err));
        *username = bk_str_trim(*username);
    }
    BK_TRY(ask(cli, username->n ? "Password: " : "Token: ", true, password, err));
    if (password->n) return BK_OK;
    return bk_err_set(err, BK_ERR, username->n ? "password required" : "token required");
}

static bk_status from_input(bk_cli *cli, bk_str *password, bk_err *err) {
    bool end;
    BK_TRY(read_line(cli, password, true, &end, err));
    if (bk_str_ends(*password, BK_S("\n"))) password->n--;
    if (bk_str_ends(*password, BK_S("\r"))) password->n--;
    return BK_OK;
}

static bk_status who(bk_cli *cli, bk_str *username, bk_str *password, bk_err *err) {
    if (bk_flags_bool(&cli->flags, "password-stdin")) return from_input(cli, password, err);
    if (!password->n) return ask_for_both(cli, username, password, err);
    bk_cli_warn(BK_S("level=WARN msg=\"using --password via the CLI is insecure. Use --password-stdin\""));
    return BK_OK;
}

/* ---- login ---- */

static bk_status warn_of_path(bk_cli *cli, bk_str host, bk_err *err) {
    bk_buf line;
    size_t slash = bk_str_find_byte(host, '/');
    if (slash == BK_NPOS) return BK_OK;
    bk_buf_init(&line, cli->arena, 0);
    bk_buf_printf(
        &line,
        "level=WARN msg=\"registry login currently only supports registry hostname, not a repository path\" host=%.*s suggested=%.*s",
        BK_FMT(host), BK_FMT(bk_str_sub(host, 0, slash)));
    BK_TRY(bk_buf_check(&line, err));
    bk_cli_warn(bk_buf_view(&line));
    return BK_OK;
}

static bk_status login(bk_cli *cli, bk_err *err) {
    bk_oci_options options;
    bk_oci *oci;
    bk_cli_registry_options(cli, &options);
    BK_TRY(who(cli, &options.username, &options.password, err));
    BK_TRY(warn_of_path(cli, cli->args[0], err));
    BK_TRY(bk_oci_new(&options, &oci, err));
    bk_status s = bk_oci_login(oci, cli->arena, cli->args[0], err);
    bk_oci_free(oci);
    BK_TRY(s);
    bk_buf_c(&cli->out, "Login Succeeded\n");
    return bk_cli_flush(cli, err);
}

static const bk_flag login_flags[] = {
    {.name = "username", .letter = 'u', .type = BK_FLAG_STRING, .help = "user name at the registry"},
    {.name = "password", .letter = 'p', .type = BK_FLAG_STRING, .help = "password or identity token (other programs can see it)"},
    {.name = "password-stdin", .type = BK_FLAG_BOOL, .help = "read the password or identity token from standard input"},
    {.name = "insecure", .type = BK_FLAG_BOOL, .help = "accept any certificate of the registry (insecure)"},
    {.name = "cert-file", .type = BK_FLAG_STRING, .help = "client certificate for HTTPS"},
    {.name = "key-file", .type = BK_FLAG_STRING, .help = "key of the client certificate"},
    {.name = "ca-file", .type = BK_FLAG_STRING, .help = "certificate authorities to check the registry with"},
    {.name = "plain-http", .type = BK_FLAG_BOOL, .help = "talk HTTP without TLS"},
    {0},
};
static const bk_flag *const login_tables[] = {login_flags, NULL};

static const bk_command cmd_login = {
    .name = "login",
    .usage = "[host]",
    .summary = "log in to a registry",
    .help = "Tries a user name and password, or an identity token, at a registry, and keeps them for later commands: in the file of\n"
            "--registry-config, which Helm reads too, or in the credential helper that this file names. Without flags it asks for both.\n"
            "\n"
            "    echo \"$TOKEN\" | helm registry login ghcr.io -u USER --password-stdin",
    .flags = login_tables,
    .min_args = 1,
    .max_args = BK_ARGS_ANY,
    .run = login,
};

/* ---- logout ---- */

static bk_status logout(bk_cli *cli, bk_err *err) {
    bk_oci_options options;
    bk_credentials *credentials;
    bk_cli_registry_options(cli, &options);
    const bk_credentials_options files = {.path = options.registry_config, .environment = options.environment};
    bk_str server = bk_credentials_server(cli->args[0]);
    BK_TRY(bk_credentials_open(cli->arena, &files, &credentials, err));
    if (bk_credentials_delete(credentials, server, err) != BK_OK)
        return bk_err_wrap(err, "failed to delete the credential for %.*s", BK_FMT(server));
    bk_buf_printf(&cli->out, "Removing login credentials for %.*s\n", BK_FMT(cli->args[0]));
    return bk_cli_flush(cli, err);
}

static const bk_command cmd_logout = {
    .name = "logout",
    .usage = "[host]",
    .summary = "forget the credentials of a registry",
    .help = "Takes what `registry login` kept for a registry out of the file, or has the credential helper forget it.",
    .min_args = 1,
    .max_args = BK_ARGS_ANY,
    .run = logout,
};

/* ---- tags ---- */

static bk_status list_tags(bk_cli *cli, bk_oci *oci, bk_err *err) {
    bk_oci_reference ref;
    bk_str *list;
    size_t n;
    BK_TRY(bk_oci_reference_parse(cli->arena, cli->args[0], &ref, err));
    BK_TRY(bk_flags_bool(&cli->flags, "all") ? bk_oci_tags(oci, cli->arena, &ref, &list, &n, err)
                                             : bk_oci_versions(oci, cli->arena, &ref, &list, &n, err));
    for (size_t i = 0; i < n; i++) {
        bk_escape_line(&cli->out, list[i]);
        bk_buf_byte(&cli->out, '\n');
    }
    return BK_OK;
}

static bk_status tags(bk_cli *cli, bk_err *err) {
    bk_oci_options options;
    bk_oci *oci;
    bk_cli_registry_options(cli, &options);
    BK_TRY(bk_oci_new(&options, &oci, err));
    bk_status s = list_tags(cli, oci, err);
    bk_oci_free(oci);
    return s == BK_OK ? bk_cli_flush(cli, err) : s;
}

static const bk_flag tags_flags[] = {
    {.name = "all", .letter = 'a', .type = BK_FLAG_BOOL, .help = "all tags, in the registry's order, not versions alone"},
    {0},
};
static const bk_flag *const tags_tables[] = {bk_flags_source, tags_flags, NULL};

static const bk_command cmd_tags = {
    .name = "tags",
    .usage = "oci://HOST/PATH/NAME",
    .summary = "list the versions of a chart in a registry",
    .help =
        "Lists the versions that a registry has of a chart (or of anything else), one a line, the highest first. Tags that are no versions are left out.",
    .flags = tags_tables,
    .min_args = 1,
    .max_args = 1,
    .run = tags,
};

static const bk_command *const children[] = {&cmd_login, &cmd_logout, &cmd_tags, NULL};

const bk_command bk_cmd_registry = {
    .name = "registry",
    .usage = "",
    .summary = "log in to a registry, or out of it; list what it has",
    .help = "Credentials for registries of charts, and the versions that they have of one.",
    .children = children,
    .max_args = BK_ARGS_ANY,
};
