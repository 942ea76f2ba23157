#include "cli/chart_source.h"

#include <stdio.h>

#include "action/signatures.h"
#include "cli/chart_args.h"
#include "cli/cmd_plugin_run.h"
#include "cli/signature_args.h"
#include "cli/transfers.h"

/* What callbacks get at. */
typedef struct lent {
    bk_registry_world world; /* first */
    bk_registry_verifier verifier;
    bk_signature_policy policy;
    bk_registry_getter getter;
    bk_cli *cli;
    bk_guard *const *guard;
    bk_transfers transfers;
} lent;

/* ---- signatures ---- */

static bk_status check_fetched(lent *l, bk_arena *arena, const bk_registry_chart *c, bk_guard *guard, bk_signatures *ret, bk_err *err) {
    bk_signed_chart chart = {.file_name = c->file, .bundles = c->bundles, .bundle_count = c->bundle_count, .manifest = c->manifest};
    BK_TRY(bk_file_load(arena, c->path, BK_INPUT_FILE_MAX, &chart.bytes, err));
    if (c->prov_path.n) BK_TRY(bk_file_load(arena, c->prov_path, BK_INPUT_FILE_MAX, &chart.provenance, err));
    if (!bk_arena_printf(arena, &chart.provenance_from, "%.*s.prov", BK_FMT(c->url))) return bk_arena_fail(arena, err);
    return bk_signatures_check(arena, &l->policy, &chart, guard, ret, err);
}

/* The guard is told who signed the chart that the command is about. */
static bk_status verify(void *self, bk_arena *arena, const bk_registry_chart *c, bool local, bool used, bk_buf *report, bk_err *err) {
    lent *l = self;
    bk_signatures found = {0};
    bk_rendered logs = {0};
    bk_guard *guard = used && l->guard ? *l->guard : NULL;
    BK_TRY(local ? bk_signatures_check_file(arena, &l->policy, c->path, guard, &found, err)
                 : check_fetched(l, arena, c, guard, &found, err));
    bk_signatures_print(&found, report);
    if (!used) return BK_OK;
    BK_TRY(bk_signatures_log(arena, &found, &logs, err));
    bk_cli_logs(&logs);
    return BK_OK;
}

/* ---- getter plugins ---- */

static bk_plugin *plugin_for(lent *l, bk_str scheme) {
    bk_plugins *plugins;
    bk_err ignored = BK_ERR_INIT;
    if (bk_cli_plugins(l->cli, &plugins, &ignored) != BK_OK) {
        bk_err_release(&ignored);
        return NULL;
    }
    return bk_plugins_getter(plugins, scheme);
}

static bool serves(void *self, bk_str scheme) { return plugin_for(self, scheme) != NULL; }

static bk_status fetch(void *self, bk_arena *arena, bk_str url, const bk_getter_options *options, bool *ret_served, bk_str *ret,
                       bk_err *err) {
    lent *l = self;
    bk_plugin_world world;
    bk_str scheme;
    BK_TRY(bk_plugin_scheme(arena, url, &scheme, err));
    bk_plugin *plugin = scheme.n ? plugin_for(l, scheme) : NULL;
    *ret_served = plugin != NULL;
    if (!plugin) return BK_OK;
    if (!l->guard || !*l->guard) return bk_err_internal(err, "a plugin is asked without a guard");
    BK_TRY(bk_cli_plugin_world(l->cli, *l->guard, NULL, &world, err));
    return bk_plugin_fetch(&world, plugin, url, options, ret, err);
}

/* ---- who is told ---- */

static void log_line(void *self, const char *level, bk_str text) {
    lent *l = self;
    char line[4096];
    if (strcmp(level, "DEBUG") == 0 && !l->cli->debug) return;
    bk_transfers_clear(&l->transfers);
    if (!level[0]) {
        bk_cli_warn(text);
        return;
    }
    int n = snprintf(line, sizeof line, "level=%s %.*s", level, BK_FMT(text));
    if (n > 0) bk_cli_warn(bk_str_of(line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1));
}

static void progress(void *self, bk_str what, uint64_t bytes, int64_t total, bool done) {
    lent *l = self;
    bk_transfers_progress(&l->transfers, what, bytes, total, done);
}

/* ---- the world ---- */

bk_status bk_cli_registry_world(bk_cli *cli, bk_guard *const *guard, bk_registry_world **ret, bk_err *err) {
    const bk_flags *f = &cli->flags;
    lent *l = BK_NEW(cli->arena, lent);
    if (!l) return bk_arena_fail(cli->arena, err);
    l->cli = cli;
    l->guard = guard;
    bk_transfers_open(&l->transfers);
    BK_TRY(bk_cli_signatures(cli, &l->policy, err));
    l->verifier = (bk_registry_verifier){l, l->policy.sigstore, l->policy.sigstore && !l->policy.bundle.n, verify};
    l->getter = (bk_registry_getter){l, serves, fetch};
    l->world = (bk_registry_world){.repository_config = bk_flags_str(f, "repository-config"),
                                   .repository_cache = bk_flags_str(f, "repository-cache"),
                                   .content_cache = bk_flags_str(f, "content-cache"),
                                   .registry_config = bk_flags_str(f, "registry-config"),
                                   .environment = cli->environment,
                                   .verifier = &l->verifier,
                                   .getter = &l->getter,
                                   .teller = {l, log_line, progress}};
    if (cli->settings.cache_home.n &&
        !bk_arena_printf(cli->arena, &l->world.index_cache, "%.*s/bulkhead/indexes", BK_FMT(cli->settings.cache_home)))
        return bk_arena_fail(cli->arena, err);
    *ret = &l->world;
    return BK_OK;
}

static bk_str text_of(const bk_cli *cli, const char *name) {
    const bk_flag_value *v = bk_flags_find(&cli->flags, bk_str_c(name));
    return v ? v->text : BK_S("");
}

static bool is_set(const bk_cli *cli, const char *name) {
    const bk_flag_value *v = bk_flags_find(&cli->flags, bk_str_c(name));
    return v && v->b;
}

void bk_cli_registry_access(bk_cli *cli, bk_registry_access *ret) {
    *ret = (bk_registry_access){.username = text_of(cli, "username"),
                                .password = text_of(cli, "password"),
                                .cert_file = text_of(cli, "cert-file"),
                                .key_file = text_of(cli, "key-file"),
                                .ca_file = text_of(cli, "ca-file"),
                                .insecure = is_set(cli, "insecure-skip-tls-verify"),
                                .plain_http = is_set(cli, "plain-http"),
                                .pass_credentials = is_set(cli, "pass-credentials")};
}

void bk_cli_chart_source(bk_cli *cli, bk_chart_source_options *ret) {
    *ret = (bk_chart_source_options){.version = text_of(cli, "version"),
                                     .repo_url = text_of(cli, "repo"),
                                     .devel = is_set(cli, "devel"),
                                     .verify = is_set(cli, "verify"),
                                     .later = is_set(cli, "prov")};
    bk_cli_registry_access(cli, &ret->access);
}

void bk_cli_dependency(bk_cli *cli, const bk_registry_world *world, bk_dependency_options *ret) {
    ret->world = world;
    ret->debug = cli->debug;
    ret->verify = is_set(cli, "verify");
    ret->skip_refresh = is_set(cli, "skip-refresh");
    ret->lock_digests = is_set(cli, "lock-digests");
    bk_cli_registry_access(cli, &ret->access);
}
