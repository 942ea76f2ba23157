/* policy: what the guard decides by. */
#include <fcntl.h>

#include "cli/commands.h"
#include "cli/flags_tables.h"
#include "cli/policy_args.h"
#include "data/json.h"
#include "data/yaml.h"
#include "guard/grants.h"
#include "guard/own_file.h"
#include "guard/suggest.h"

/* ---- show ---- */

static bk_status read_grants(bk_cli *cli, bk_rules *ret, bk_err *err) {
    const bk_flag_value *grants = bk_flags_get(&cli->flags, "grant");
    bk_rules_init(ret, cli->arena);
    for (size_t i = 0; i < grants->count; i++) BK_TRY(bk_rules_grant(ret, "--grant ", grants->items[i], err));
    return bk_rules_grants(ret, "BULKHEAD_GRANTS ", bk_env("BULKHEAD_GRANTS"), err);
}

static bk_status read_store(bk_cli *cli, bk_rules *ret, bk_err *err) {
    bk_str path;
    bk_grants store;
    bk_rules_init(ret, cli->arena);
    BK_TRY(bk_cli_plugin_grants(cli, &path, err));
    BK_TRY(bk_grants_load(cli->arena, path.p, &store, err));
    for (size_t i = 0; i < store.count; i++) BK_TRY(bk_grants_rules(&store.items[i], ret, err));
    return BK_OK;
}

static bk_status run_show(bk_cli *cli, bk_err *err) {
    bk_str form = bk_flags_str(&cli->flags, "output");
    bk_rules grants, stored;
    bk_policy_view view = {.grants = &grants, .stored = &stored};
    bk_value v;
    BK_TRY(read_store(cli, &stored, err));
    BK_TRY(read_grants(cli, &grants, err));
    BK_TRY(bk_cli_policy(cli, &view.policy, &view.warn, err));
    if (bk_str_eq(form, BK_S("table"))) return bk_policy_show_text(cli->arena, &view, &cli->out, err);
    BK_TRY(bk_policy_show(cli->arena, &view, &v, err));
    if (bk_str_eq(form, BK_S("yaml"))) return bk_yaml_encode(&cli->out, cli->arena, v, err);
    BK_TRY(bk_json_encode(&cli->out, cli->arena, v, 0, err));
    bk_buf_byte(&cli->out, '\n');
    return BK_OK;
}

static bk_status check_show(bk_str text, bk_err *err) {
    if (bk_str_eq(text, BK_S("table")) || bk_str_eq(text, BK_S("json")) || bk_str_eq(text, BK_S("yaml"))) return BK_OK;
    return bk_err_set(err, BK_ERR, "invalid format type");
}

static const bk_flag show_flags[] = {
    {.name = "output",
     .letter = 'o',
     .type = BK_FLAG_STRING,
     .type_name = "format",
     .fallback = "table",
     .check = check_show,
     .help = "table, json or yaml"},
    {0},
};
static const bk_flag *const show_tables[] = {bk_flags_policy, show_flags, NULL};

static const bk_command show = {
    .name = "show",
    .usage = "",
    .summary = "show the policy in force, and where each rule is from",
    .help =
        "Shows what the guard decides by: the rules of the policy and the grants of the command line, of BULKHEAD_GRANTS and of plugins\n"
        "with where they are from, what is decided where no rule speaks, and the limits of plugins.",
    .flags = show_tables,
    .run = run_show,
};

/* ---- check ---- */

static bk_status run_check(bk_cli *cli, bk_err *err) {
    bk_policy policy;
    bk_policy_errors *errors = BK_NEW(cli->arena, bk_policy_errors);
    if (!errors) return bk_arena_fail(cli->arena, err);
    bk_status status = bk_cli_policy_file(cli, cli->args[0], false, &policy, errors, err);
    if (status != BK_OK && !errors->count) return status;
    for (size_t i = 0; i < errors->count; i++) bk_cli_warn(errors->lines[i]);
    if (errors->count) {
        bk_err_release(err);
        return bk_err_set(err, BK_ERR, "%.*s: %zu error%s", BK_FMT(cli->args[0]), errors->count, errors->count == 1 ? "" : "s");
    }
    for (size_t i = 0; i < policy.warning_count; i++) {
        bk_str line;
        if (bk_arena_cat(cli->arena, BK_S("WARNING: "), policy.warnings[i], &line)) bk_cli_warn(line);
    }
    bk_buf_printf(&cli->out, "%.*s: profile %s, %zu rule%s, %zu warning%s\n", BK_FMT(cli->args[0]), bk_profile_name(policy.profile),
                  policy.rules.count + policy.limit_count, policy.rules.count + policy.limit_count == 1 ? "" : "s", policy.warning_count,
                  policy.warning_count == 1 ? "" : "s");
    return BK_OK;
}

static const bk_command check = {
    .name = "check",
    .usage = "FILE",
    .summary = "look for mistakes in a policy file",
    .help = "Reads a policy file and tells every mistake with its line; the exit code is 1 then. Warnings are about rules that hold\n"
            "for more than they seem to.",
    .min_args = 1,
    .max_args = 1,
    .run = run_check,
};

/* ---- suggest ---- */

static bk_status run_suggest(bk_cli *cli, bk_err *err) {
    bk_str path, text;
    bk_needs needs;
    if (!bk_arena_dup(cli->arena, cli->args[0], &path)) return bk_arena_fail(cli->arena, err);
    BK_TRY(bk_own_file_read(cli->arena, AT_FDCWD, path.p, "ledger", 0, BK_SUGGEST_LEDGER_MAX, &text, NULL, err));
    BK_TRY(bk_needs_read(cli->arena, text, &needs, err));
    if (!needs.count) bk_cli_warn(BK_S("The run needs no grant."));
    if (bk_str_eq(bk_flags_str(&cli->flags, "output"), BK_S("yaml"))) return bk_needs_put_policy(cli->arena, &needs, &cli->out, err);
    bk_needs_put_grants(&needs, &cli->out);
    return BK_OK;
}

static bk_status check_suggest(bk_str text, bk_err *err) {
    if (bk_str_eq(text, BK_S("grants")) || bk_str_eq(text, BK_S("yaml"))) return BK_OK;
    return bk_err_set(err, BK_ERR, "invalid format type");
}

static const bk_flag suggest_flags[] = {
    {.name = "output",
     .letter = 'o',
     .type = BK_FLAG_STRING,
     .type_name = "format",
     .fallback = "grants",
     .check = check_suggest,
     .help = "grants for the command line, or yaml: a policy file"},
    {0},
};
static const bk_flag *const suggest_tables[] = {suggest_flags, NULL};

static const bk_command suggest = {
    .name = "suggest",
    .usage = "LEDGER",
    .summary = "print the smallest grants that a recorded run needs",
    .help =
        "Reads the ledger of a run, whose chain of hashes must be whole, and prints a grant for each request that was denied, that\n"
        "warn mode let pass, or that a grant allowed. A denial ends a run, so record one with --policy-mode warn to see all that it asks\n"
        "for:\n"
        "\n"
        "  bulkhead template web ./chart --policy-mode warn --ledger run.jsonl > /dev/null\n"
        "  bulkhead policy suggest run.jsonl",
    .flags = suggest_tables,
    .min_args = 1,
    .max_args = 1,
    .run = run_suggest,
};

/* ---- policy ---- */

static const bk_command *const children[] = {&check, &show, &suggest, NULL};

const bk_command bk_cmd_policy = {
    .name = "policy",
    .summary = "show, check and make policies",
    .help =
        "A policy says what charts and plugins may ask the host for. It is one of the profiles default, strict and helm, or a YAML file of\n"
        "yours: --policy, else BULKHEAD_POLICY, else bulkhead/policy.yaml in the configuration folder, else the profile default.",
    .children = children,
    .max_args = 0,
};
