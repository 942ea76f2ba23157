/* docs: manual pages from the tables that also make the help, so that both say the same. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/flags_tables.h"

typedef struct docs {
    bk_cli *cli;
    int dir;
    bool man;
} docs;

/* Text that roff takes to the letter. */
static void put_roff(bk_buf *out, bk_str text) {
    bool start = true;
    for (size_t i = 0; i < text.n; i++) {
        char b = text.p[i];
        if (start && (b == '.' || b == '\'')) bk_buf_c(out, "\\&");
        if (b == '\\') bk_buf_c(out, "\\e");
        else if (b == '-') bk_buf_c(out, "\\-");
        else bk_buf_byte(out, b);
        start = b == '\n';
    }
}

/* A section of preformatted text; nothing when it is empty. */
static void put_section(const docs *d, bk_buf *out, const char *title, bk_str text) {
    text = bk_str_trim_right(text);
    if (!text.n) return;
    if (d->man) {
        bk_buf_printf(out, ".SH %s\n.nf\n", title);
        put_roff(out, text);
        bk_buf_c(out, "\n.fi\n");
    } else {
        bk_buf_printf(out, "### %s\n\n```\n", title);
        bk_buf_str(out, text);
        bk_buf_c(out, "\n```\n\n");
    }
}

/* "bulkhead-show-chart": the words of a command with `separator` between. */
static bk_status joined(bk_cli *cli, const bk_command *command, char separator, bk_str *ret, bk_err *err) {
    bk_buf b;
    bk_str path = bk_cli_path(cli, command);
    bk_buf_init(&b, cli->arena, 0);
    bk_buf_str(&b, cli->program);
    if (path.n) bk_buf_byte(&b, separator);
    for (size_t i = 0; i < path.n; i++) bk_buf_byte(&b, path.p[i] == ' ' ? separator : path.p[i]);
    BK_TRY(bk_buf_check(&b, err));
    *ret = bk_buf_take(&b);
    return BK_OK;
}

static bk_status write_page(const docs *d, bk_str name, bk_str text, bk_err *err) {
    int fd = openat(d->dir, name.p, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0) return bk_err_set(err, BK_ERR_IO, "open %.*s: %s", BK_FMT(name), strerror(errno));
    while (text.n) {
        ssize_t n = write(fd, text.p, text.n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) break;
        text = bk_str_from(text, (size_t)n);
    }
    bool ok = close(fd) == 0 && text.n == 0;
    return ok ? BK_OK : bk_err_set(err, BK_ERR_IO, "write %.*s: %s", BK_FMT(name), strerror(errno));
}

/* The sections that both forms have. */
static bk_status put_body(const docs *d, const bk_command *c, bk_buf *out, bk_err *err) {
    bk_cli *cli = d->cli;
    bk_buf text;
    bk_str spoken;
    const char *usage = c->usage ? c->usage : "";
    size_t global = bk_flags_count(bk_flags_global);
    bk_buf_init(&text, cli->arena, 0);
    BK_TRY(joined(cli, c, ' ', &spoken, err));
    bk_buf_printf(&text, "%.*s%s%s %s", BK_FMT(spoken), usage[0] ? " " : "", usage, c->run ? "[flags]" : "[command]");
    put_section(d, out, "SYNOPSIS", bk_buf_view(&text));
    put_section(d, out, "DESCRIPTION", bk_str_c(c->help ? c->help : c->summary));
    bk_buf_reset(&text);
    for (const bk_command *const *k = c->children; k && *k; k++)
        if (!(*k)->hidden) bk_buf_printf(&text, "%-11s %s\n", (*k)->name, (*k)->summary);
    put_section(d, out, "COMMANDS", bk_buf_view(&text));
    BK_TRY(bk_cli_set_flags(cli, c, err));
    bk_buf_reset(&text);
    bk_flags_usage(&cli->flags, global, cli->flags.count, &text);
    put_section(d, out, "OPTIONS", bk_buf_view(&text));
    bk_buf_reset(&text);
    bk_flags_usage(&cli->flags, 0, global, &text);
    put_section(d, out, "GLOBAL OPTIONS", bk_buf_view(&text));
    return bk_buf_check(out, err);
}

static bk_status put_page(const docs *d, const bk_command *c, bk_err *err) {
    bk_arena *arena = d->cli->arena;
    bk_buf out;
    bk_str name, file;
    bk_buf_init(&out, arena, 0);
    BK_TRY(joined(d->cli, c, d->man ? '-' : '_', &name, err));
    if (!bk_arena_printf(arena, &file, "%.*s.%s", BK_FMT(name), d->man ? "1" : "md")) return bk_arena_fail(arena, err);
    if (d->man) {
        bk_buf_printf(&out, ".TH \"%.*s\" \"1\" \"\" \"bulkhead %s\"\n.SH NAME\n", BK_FMT(name), BK_VERSION);
        put_roff(&out, name);
        bk_buf_c(&out, " \\- ");
        put_roff(&out, bk_str_c(c->summary));
        bk_buf_byte(&out, '\n');
    } else {
        bk_str spoken;
        BK_TRY(joined(d->cli, c, ' ', &spoken, err));
        bk_buf_printf(&out, "## %.*s\n\n%s\n\n", BK_FMT(spoken), c->summary);
    }
    BK_TRY(put_body(d, c, &out, err));
    BK_TRY(write_page(d, file, bk_buf_view(&out), err));
    /* The tree is our own table, a few levels deep. */
    for (const bk_command *const *k = c->children; k && *k; k++)
        if (!(*k)->hidden) BK_TRY(put_page(d, *k, err));
    return BK_OK;
}

static bk_status run(bk_cli *cli, bk_err *err) {
    bk_str type = bk_flags_str(&cli->flags, "type"), dir;
    bool man = bk_str_eq(type, BK_S("man"));
    bool markdown = bk_str_eq(type, BK_S("markdown")) || bk_str_eq(type, BK_S("md")) || bk_str_eq(type, BK_S("mdown"));
    if (!man && !markdown) return bk_err_set(err, BK_ERR, "unknown doc type \"%.*s\". Try 'markdown' or 'man'", BK_FMT(type));
    if (!bk_arena_dup(cli->arena, bk_flags_str(&cli->flags, "dir"), &dir)) return bk_arena_fail(cli->arena, err);
    docs d = {.cli = cli, .man = man, .dir = open(dir.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (d.dir < 0) return bk_err_set(err, BK_ERR_IO, "open %.*s: %s", BK_FMT(dir), strerror(errno));
    bk_status s = put_page(&d, &bk_root_command, err);
    close(d.dir);
    return s;
}

static const bk_flag flags[] = {
    {.name = "dir", .type = BK_FLAG_STRING, .fallback = "./", .help = "folder to write to"},
    {.name = "type", .type = BK_FLAG_STRING, .fallback = "markdown", .help = "what to write: markdown, man"},
    {0},
};
static const bk_flag *const tables[] = {flags, NULL};

const bk_command bk_cmd_docs = {
    .name = "docs",
    .usage = "",
    .summary = "write manual pages",
    .help = "Writes a page for every command, as manual pages or as markdown.",
    .flags = tables,
    .run = run,
    .hidden = true,
};
