/* plugin: what is installed, and what it may do. */
#include <sys/stat.h>

#include "action/inputs.h"
#include "action/provenance.h"
#include "cli/cmd_plugin_grant.h"
#include "cli/cmd_plugin_install.h"
#include "cli/cmd_plugin_run.h"
#include "cli/commands.h"
#include "guard/escape.h"

enum { COLUMNS = 6 };

typedef struct row {
    bk_str cells[COLUMNS];
} row;

/* NAME-VERSION<suffix> beside the plugins, where the archive and its provenance are kept. */
static bool kept(bk_cli *cli, const bk_plugin *p, const char *suffix, size_t max, bk_str *ret) {
    bk_str path;
    bk_err err = BK_ERR_INIT;
    bool ok = bk_arena_printf(cli->arena, &path, "%.*s/plugins/%.*s-%.*s%s", BK_FMT(cli->settings.data_home), BK_FMT(p->about.name),
                              BK_FMT(p->about.version), suffix) &&
              bk_file_load(cli->arena, path, max, ret, &err) == BK_OK;
    bk_err_release(&err);
    return ok;
}

/* Checked now, against the operator's keys; in Helm's words, with the signer's name behind them. */
static bk_str signature(bk_cli *cli, const bk_plugin *p, bk_str archive, bk_str text) {
    bk_str keyring, name, word = BK_S("invalid provenance");
    bk_provenance found = {0};
    bk_err err = BK_ERR_INIT;
    bool ok = bk_arena_printf(cli->arena, &name, "%.*s-%.*s.tgz", BK_FMT(p->about.name), BK_FMT(p->about.version)) &&
              bk_keyring_default(cli->arena, &keyring, &err) == BK_OK &&
              bk_provenance_check(cli->arena, name, archive, text, keyring, &found, &err) == BK_OK;
    bk_str why = bk_err_message(&err);
    if (ok && bk_arena_printf(cli->arena, &word, "signed by %.*s",
                              BK_FMT(found.signer.identity_count ? found.signer.identities[0] : BK_S("?")))) {
    } else if (bk_str_find(why, BK_S("sha256 sum does not match")) != BK_NPOS) {
        word = BK_S("mismatched provenance");
    } else if (bk_str_find(why, BK_S("unknown entity")) != BK_NPOS || bk_str_find(why, BK_S("keyring")) != BK_NPOS) {
        word = BK_S("unknown signer");
    }
    bk_err_release(&err);
    return word;
}

/* What is kept beside plugins in the data folder, the only place where Helm looks for it. */
static bk_str provenance(bk_cli *cli, const bk_plugin *p) {
    bk_str dir, archive, text;
    struct stat st;
    if (!bk_arena_printf(cli->arena, &dir, "%.*s/plugins/%.*s", BK_FMT(cli->settings.data_home), BK_FMT(p->about.name)) ||
        lstat(dir.p, &st) != 0)
        return BK_S("unknown");
    if (S_ISLNK(st.st_mode)) return BK_S("local dev");
    if (!kept(cli, p, ".tgz", (size_t)128 << 20, &archive) || !kept(cli, p, ".tgz.prov", BK_TRUST_TEXT_MAX, &text)) return BK_S("unsigned");
    return signature(cli, p, archive, text);
}

/* Columns as wide as their widest cell, with tabs between them. */
static void print(bk_buf *out, const row *rows, size_t count) {
    size_t width[COLUMNS] = {0};
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < COLUMNS; k++)
            if (rows[i].cells[k].n > width[k]) width[k] = rows[i].cells[k].n;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < COLUMNS; k++) {
            if (k) bk_buf_byte(out, '\t');
            bk_escape_line(out, rows[i].cells[k]);
            bk_buf_fill(out, ' ', width[k] - rows[i].cells[k].n);
        }
        bk_buf_byte(out, '\n');
    }
}

static bk_status run_list(bk_cli *cli, bk_err *err) {
    bk_str type = bk_flags_str(&cli->flags, "type");
    bk_plugins *plugins;
    BK_TRY(bk_cli_plugins(cli, &plugins, err));
    row *rows = BK_NEW_ARRAY(cli->arena, row, plugins->count + 1);
    size_t n = 1;
    if (!rows) return bk_arena_fail(cli->arena, err);
    rows[0] = (row){{BK_S("NAME"), BK_S("VERSION"), BK_S("TYPE"), BK_S("APIVERSION"), BK_S("PROVENANCE"), BK_S("SOURCE")}};
    for (size_t i = 0; i < plugins->count; i++) {
        const bk_plugin *p = &plugins->items[i];
        bk_str its = bk_str_c(bk_plugin_type_name(p->about.type)), source = p->about.source_url;
        if (type.n && !bk_str_eq(type, its)) continue;
        rows[n++] =
            (row){{p->about.name, p->about.version, its, p->about.api_version, provenance(cli, p), source.n ? source : BK_S("unknown")}};
    }
    print(&cli->out, rows, n);
    return bk_buf_check(&cli->out, err);
}

static const bk_flag list_flags[] = {
    {.name = "type", .type = BK_FLAG_STRING, .help = "only plugins of this type: cli/v1, getter/v1, postrenderer/v1"},
    {0},
};
static const bk_flag *const list_tables[] = {list_flags, NULL};

static const bk_command list = {
    .name = "list",
    .usage = "",
    .aliases = "ls",
    .summary = "list the plugins that are installed",
    .help =
        "Lists the plugins below the folders of HELM_PLUGINS. One that does not load is left out, with a line on standard error that says why.",
    .flags = list_tables,
    .max_args = BK_ARGS_ANY,
    .run = run_list,
};

static const bk_command *const children[] = {
    &bk_cmd_plugin_grant,     &bk_cmd_plugin_inspect, &bk_cmd_plugin_install, &list, &bk_cmd_plugin_package, &bk_cmd_plugin_revoke,
    &bk_cmd_plugin_uninstall, &bk_cmd_plugin_update,  &bk_cmd_plugin_verify,  NULL,
};

const bk_command bk_cmd_plugin = {
    .name = "plugin",
    .usage = "",
    .summary = "manage plugins",
    .help = "Plugins add commands, ways to get charts and values, and post-renderers. docs/plugin-api.md says what they are given.",
    .children = children,
    .max_args = BK_ARGS_ANY,
};
