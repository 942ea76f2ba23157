#include "cli/policy_args.h"

#include <fcntl.h>
#include <unistd.h>

#include "action/fetch.h"
#include "guard/own_file.h"

/* A flag's text where the command has it; empty else. Texts of the command line and of the environment end in NUL. */
static bk_str flag(bk_cli *cli, const char *name) {
    const bk_flag_value *v = bk_flags_find(&cli->flags, bk_str_c(name));
    return v ? v->text : (bk_str){NULL, 0};
}

static bk_str flag_or(bk_cli *cli, const char *name, const char *variable) {
    bk_str s = flag(cli, name);
    return s.n ? s : bk_env(variable);
}

/* ---- the policy ---- */

static void warn(const char *what, bk_str line) {
    bk_buf b;
    bk_buf_init(&b, NULL, 0);
    bk_buf_c(&b, what);
    bk_buf_str(&b, line);
    bk_cli_warn(bk_buf_view(&b));
    bk_buf_release(&b);
}

/* Lines of YAML's own errors point into the text: "policy.yaml:3: did not find expected key". */
static bk_status name_file(bk_str path, bk_err *err) {
    bk_str text = bk_err_message(err), line, rest;
    bk_buf b;
    bk_buf_init(&b, NULL, 0);
    if (bk_str_starts(text, BK_S("yaml: "))) text = bk_str_from(text, strlen("yaml: "));
    if (bk_str_starts(text, BK_S("line ")) && bk_str_cut(bk_str_from(text, strlen("line ")), BK_S(": "), &line, &rest))
        bk_buf_printf(&b, "%.*s:%.*s: %.*s", BK_FMT(path), BK_FMT(line), BK_FMT(rest));
    else bk_buf_printf(&b, "%.*s: %.*s", BK_FMT(path), BK_FMT(text));
    bk_err_replace(err, bk_buf_view(&b));
    bk_buf_release(&b);
    return err->code;
}

static bk_status parse_policy(bk_cli *cli, bk_str path, bk_str text, bk_policy *ret, bk_policy_errors *errors, bk_err *err) {
    bk_value tree;
    const bk_sandbox_cache *answers = bk_settings_answers(&cli->settings, cli->arena);
    if (bk_engine_yaml_tree(cli->arena, text, answers, &tree, err) != BK_OK) {
        bk_status status = name_file(path, err);
        if (bk_arena_dup(cli->arena, bk_err_message(err), &errors->lines[0])) errors->count = 1;
        return status;
    }
    return bk_policy_read(cli->arena, path, tree, ret, errors, err);
}

bk_status bk_cli_policy_file(bk_cli *cli, bk_str path, bool found, bk_policy *ret, bk_policy_errors *errors, bk_err *err) {
    bk_str text, copy;
    errors->count = 0;
    if (!bk_arena_dup(cli->arena, path, &copy)) return bk_arena_fail(cli->arena, err);
    BK_TRY(bk_own_file_read(cli->arena, AT_FDCWD, copy.p, "policy", found ? BK_OWN_FOUND : 0, BK_POLICY_FILE_MAX, &text, NULL, err));
    return parse_policy(cli, copy, text, ret, errors, err);
}

/* bulkhead/policy.yaml; *ret is NULL when there is none. */
static bk_status users_policy(bk_cli *cli, bk_policy **ret, bk_err *err) {
    bk_str path, text;
    int dir;
    const char *base;
    bool there;
    bk_policy_errors *errors = BK_NEW(cli->arena, bk_policy_errors);
    bk_policy *policy = BK_NEW(cli->arena, bk_policy);
    *ret = NULL;
    if (!errors || !policy || !bk_arena_printf(cli->arena, &path, "%.*s/bulkhead/policy.yaml", BK_FMT(cli->settings.config_home)))
        return bk_arena_fail(cli->arena, err);
    BK_TRY(bk_own_folder_open(path.p, "policy", false, &dir, &base, err));
    if (dir < 0) return BK_OK;
    bk_status status =
        bk_own_file_read(cli->arena, dir, base, "policy", BK_OWN_FOUND | BK_OWN_MAY_LACK, BK_POLICY_FILE_MAX, &text, &there, err);
    close(dir);
    if (status != BK_OK) return bk_err_wrap(err, "%.*s", BK_FMT(cli->settings.config_home));
    if (!there) return BK_OK;
    BK_TRY(parse_policy(cli, path, text, policy, errors, err));
    *ret = policy;
    return BK_OK;
}

static bk_status named_policy(bk_cli *cli, bk_str name, const bk_policy **ret, bk_err *err) {
    bk_profile profile;
    if (bk_profile_find(name, &profile)) {
        *ret = bk_policy_builtin(profile);
        return BK_OK;
    }
    bk_policy_errors *errors = BK_NEW(cli->arena, bk_policy_errors);
    bk_policy *policy = BK_NEW(cli->arena, bk_policy);
    bk_buf doubts;
    if (!errors || !policy) return bk_arena_fail(cli->arena, err);
    BK_TRY(bk_cli_policy_file(cli, name, false, policy, errors, err));
    bk_buf_init(&doubts, cli->arena, 0);
    bk_own_file_doubts(name.p, &doubts);
    if (doubts.n) warn("WARNING: the policy ", bk_buf_view(&doubts));
    *ret = policy;
    return BK_OK;
}

static bk_status find_mode(bk_cli *cli, const bk_policy *policy, bool *ret, bk_err *err) {
    bk_policy_mode mode = policy->mode;
    bk_str text = flag_or(cli, "policy-mode", "BULKHEAD_POLICY_MODE");
    if (text.n && !bk_mode_find(text, &mode))
        return bk_err_set(err, BK_ERR, "invalid policy mode \"%.*s\": must be enforce or warn", BK_FMT(text));
    *ret = mode == BK_MODE_WARN;
    return BK_OK;
}

bk_status bk_cli_policy(bk_cli *cli, const bk_policy **ret, bool *ret_warn, bk_err *err) {
    bk_str name = flag_or(cli, "policy", "BULKHEAD_POLICY");
    if (name.n) {
        BK_TRY(named_policy(cli, name, ret, err));
    } else {
        bk_policy *own;
        BK_TRY(users_policy(cli, &own, err));
        *ret = own ? own : bk_policy_builtin(BK_PROFILE_DEFAULT);
    }
    for (size_t i = 0; i < (*ret)->warning_count; i++) warn("WARNING: ", (*ret)->warnings[i]);
    return find_mode(cli, *ret, ret_warn, err);
}

/* ---- the guard ---- */

bk_status bk_cli_plugin_grants(bk_cli *cli, bk_str *ret, bk_err *err) {
    bool ok = bk_arena_printf(cli->arena, ret, "%.*s/bulkhead/plugin-grants.json", BK_FMT(cli->settings.config_home));
    return ok ? BK_OK : bk_arena_fail(cli->arena, err);
}

static const char *file_flag(bk_cli *cli, const char *name) {
    bk_str path = flag(cli, name);
    return path.n ? path.p : NULL;
}

static void tell(void *self, bk_str line) {
    (void)self;
    warn("WARNING: ", line);
}

bk_status bk_cli_guard(bk_cli *cli, const bk_render_options *render, bk_guard **ret, bk_err *err) {
    const bk_flag_value *grants = bk_flags_find(&cli->flags, BK_S("grant"));
    bk_str store;
    bk_guard_options options = {
        .release = render->release,
        .namespace_ = render->namespace_,
        .program = BK_S("bulkhead " BK_VERSION),
        .ledger = file_flag(cli, "ledger"),
        .record = file_flag(cli, "record"),
        .replay = file_flag(cli, "replay"),
        .grants = grants ? grants->items : NULL,
        .grant_count = grants ? grants->count : 0,
        .env_grants = bk_env("BULKHEAD_GRANTS"),
        .enable_dns = render->enable_dns,
        .cluster = render->cluster,
        .clock = flag(cli, "clock"),
        .tell = tell,
    };
    BK_TRY(bk_cli_policy(cli, &options.policy, &options.warn, err));
    BK_TRY(bk_cli_plugin_grants(cli, &store, err));
    options.plugin_grants = store.p;
    BK_TRY(bk_guard_new(&options, ret, err));
    bk_guard_set_fetch(*ret, bk_fetch_for_schema, NULL);
    return BK_OK;
}
