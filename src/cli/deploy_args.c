#include "cli/deploy_args.h"

#include <stdio.h>

#include "cli/chart_args.h"
#include "cli/chart_source.h"
#include "cli/interrupt.h"
#include "cli/release_print.h"

/* ---- flags ---- */

static bk_status exclusive(bk_cli *cli, const char *a, const char *b, bk_err *err) {
    if (!bk_flags_get(&cli->flags, a)->changed || !bk_flags_get(&cli->flags, b)->changed) return BK_OK;
    bool in_order = strcmp(a, b) < 0;
    return bk_err_set(err, BK_ERR, "if any flags in the group [%s %s] are set none of the others can be; [%s %s] were all set", a, b,
                      in_order ? a : b, in_order ? b : a);
}

bk_status bk_cli_check_force(bk_cli *cli, bk_err *err) {
    BK_TRY(exclusive(cli, "force-replace", "force-conflicts", err));
    return exclusive(cli, "force", "force-conflicts", err);
}

static void warn(const char *format, bk_str a, const char *b) {
    char line[512];
    int n = snprintf(line, sizeof line, format, BK_FMT(a), b);
    if (n > 0) bk_cli_warn(bk_str_of(line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1));
}

bk_status bk_cli_dry_run(bk_cli *cli, bk_dry_run *ret, bk_err *err) {
    static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"}, *const no[] = {"0", "f", "F", "FALSE", "false", "False"};
    bk_str v = bk_flags_str(&cli->flags, "dry-run");
    *ret = BK_DRY_RUN_CLIENT;
    if (bk_str_eq(v, BK_S("unset"))) {
        bk_cli_warn(BK_S("level=WARN msg=\"--dry-run is deprecated and should be replaced with '--dry-run=client'\""));
        return BK_OK;
    }
    if (bk_str_eq(v, BK_S("client"))) return BK_OK;
    *ret = BK_DRY_RUN_SERVER;
    if (bk_str_eq(v, BK_S("server"))) return BK_OK;
    *ret = BK_DRY_RUN_NONE;
    if (bk_str_eq(v, BK_S("none"))) return BK_OK;
    bool known = false;
    for (size_t i = 0; i < BK_COUNT(yes); i++) {
        if (bk_str_eq(v, bk_str_c(yes[i]))) *ret = BK_DRY_RUN_CLIENT;
        known = known || bk_str_eq(v, bk_str_c(yes[i])) || bk_str_eq(v, bk_str_c(no[i]));
    }
    if (!known) return bk_err_set(err, BK_ERR, "invalid dry-run value (\"%.*s\"). Must be \"none\", \"server\", or \"client\"", BK_FMT(v));
    warn("level=WARN msg=\"boolean '--dry-run=%.*s' flag is deprecated and must be replaced with '--dry-run=%s'\"", v,
         *ret == BK_DRY_RUN_CLIENT ? "client" : "none");
    return BK_OK;
}

static bool switched_on(bk_cli *cli, const char *name) {
    const bk_flag_value *v = bk_flags_find(&cli->flags, bk_str_c(name));
    return v && v->b;
}

static bk_str text_of(bk_cli *cli, const char *name) {
    const bk_flag_value *v = bk_flags_find(&cli->flags, bk_str_c(name));
    return v ? v->text : BK_S("");
}

/* The output is for people to read. */
static bool for_people(bk_cli *cli) {
    bk_str format = text_of(cli, "output");
    return !format.n || bk_str_eq(format, BK_S("table"));
}

static void read_wait(bk_cli *cli, bk_kube_strategy *ret) {
    bk_str text = text_of(cli, "wait");
    *ret = BK_KUBE_HOOK_ONLY;
    if (!bk_kube_strategy_find(text, ret)) return;
    if (bk_str_eq(text, BK_S("true")))
        bk_cli_warn(BK_S("level=WARN msg=\"--wait=true is deprecated (boolean value) and can be replaced with --wait=watcher\""));
    if (bk_str_eq(text, BK_S("false")))
        bk_cli_warn(BK_S("level=WARN msg=\"--wait=false is deprecated (boolean value) and can be replaced with --wait=hookOnly\""));
}

bk_status bk_cli_deploy_options(bk_cli *cli, bk_deploy_options *ret, bk_err *err) {
    *ret = (bk_deploy_options){
        .no_hooks = switched_on(cli, "no-hooks"),
        .wait_for_jobs = switched_on(cli, "wait-for-jobs"),
        .timeout_ms = bk_flags_get(&cli->flags, "timeout")->i / 1000000,
        .force_replace = switched_on(cli, "force-replace") || switched_on(cli, "force"),
        .force_conflicts = switched_on(cli, "force-conflicts"),
        .take_ownership = switched_on(cli, "take-ownership"),
        .skip_validation = switched_on(cli, "disable-openapi-validation"),
        .rollback_on_failure = switched_on(cli, "rollback-on-failure") || switched_on(cli, "atomic"),
        .cleanup_on_fail = switched_on(cli, "cleanup-on-fail"),
        .recover = switched_on(cli, "recover"),
        .description = text_of(cli, "description"),
    };
    if (bk_flags_find(&cli->flags, BK_S("wait"))) read_wait(cli, &ret->wait);
    const bk_flag_value *dry = bk_flags_find(&cli->flags, BK_S("dry-run"));
    return dry && dry->flag->type == BK_FLAG_STRING ? bk_cli_dry_run(cli, &ret->dry_run, err) : BK_OK;
}

bk_status bk_cli_deploy_chart(bk_cli *cli, bk_str release, bk_str chart, bk_deploy_chart *ret, bk_err *err) {
    *ret = (bk_deploy_chart){
        .render = {.release = release,
                   .chart = chart,
                   .skip_schema_validation = switched_on(cli, "skip-schema-validation"),
                   .enable_dns = switched_on(cli, "enable-dns"),
                   .sub_notes = switched_on(cli, "render-subchart-notes"),
                   .debug = cli->debug},
        .dependency_update = switched_on(cli, "dependency-update"),
        .hide_secret = switched_on(cli, "hide-secret"),
    };
    if (ret->dependency_update) BK_TRY(bk_cli_epoch(&ret->dependency.stamp, &ret->dependency.stamped, err));
    BK_TRY(bk_cli_values(cli, &ret->sources, &ret->source_count, err));
    BK_TRY(bk_cli_limits(cli, &ret->render.limits, err));
    return bk_cli_namespace(cli, &ret->render.namespace_, err);
}

bk_status bk_cli_deploy_locate(bk_cli *cli, bk_guard *const *guard, bk_deploy_chart *chart, bk_err *err) {
    bk_chart_source_options source;
    bk_chart_source found;
    bk_registry_world *world;
    BK_TRY(bk_cli_registry_world(cli, guard, &world, err));
    bk_cli_dependency(cli, world, &chart->dependency);
    bk_cli_chart_source(cli, &source);
    BK_TRY(bk_chart_source_resolve(cli->arena, world, chart->render.chart, &source, &found, err));
    chart->render.chart = found.path;
    return BK_OK;
}

bk_status bk_cli_labels(bk_cli *cli, bk_map **ret, bk_err *err) {
    const bk_flag_value *v = bk_flags_get(&cli->flags, "labels");
    *ret = NULL;
    if (v->count == 0) return BK_OK;
    bk_map *map = bk_map_new(cli->arena, v->count);
    for (size_t i = 0; map && i < v->count; i++) {
        bk_str name, value;
        bk_str_cut(v->items[i], BK_S("="), &name, &value);
        if (!bk_map_set(map, name, bk_string(value))) map = NULL;
    }
    *ret = map;
    return map ? BK_OK : bk_arena_fail(cli->arena, err);
}

/* ---- ears ---- */

static bool interrupted(void *self) {
    (void)self;
    if (bk_interrupted()) bk_interrupt_tell();
    return bk_interrupted();
}

static void hear_log(void *self, const char *level, bk_str text) {
    const bk_cli_deploy *x = self;
    char line[4096];
    if (strcmp(level, "DEBUG") == 0 && !x->cli->debug) return;
    int n = snprintf(line, sizeof line, "level=%s %.*s", level, BK_FMT(text));
    if (n > 0) bk_cli_warn(bk_str_of(line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1));
}

static void hear_text(void *self, bk_str text) {
    bk_str line;
    (void)self;
    while (bk_str_line(&text, &line)) bk_cli_warn(line);
}

static void wait_begins(void *self, bk_kube_wait_options *options) {
    bk_cli_deploy *x = self;
    bk_progress_open(&x->progress, for_people(x->cli));
    bk_progress_attach(&x->progress, options);
}

static void wait_ends(void *self) {
    bk_cli_deploy *x = self;
    bk_progress_close(&x->progress);
}

/* ---- the world ---- */

/* Why there is no cluster is told when one is needed: other mistakes come first, as in Helm. */
static bk_status excuse(bk_cli *cli, bk_deploy *d, bk_err *err) {
    const bk_str prefix = BK_S("kubernetes cluster unreachable: "); /* which comes then */
    bk_str why = bk_err_message(err);
    if (bk_str_starts(why, prefix)) why = bk_str_from(why, prefix.n);
    bk_status s = bk_arena_dup(cli->arena, why, &d->cluster.why) ? BK_OK : BK_ERR_NOMEM;
    bk_err_release(err);
    return s == BK_OK ? s : bk_err_nomem(err);
}

/* The driver `memory` has a cluster for what the chart sees, if there is one. */
static bk_status open_beside(bk_cli *cli, bk_cli_deploy *x, bk_err *err) {
    bk_deploy *d = &x->deploy;
    d->nowhere = true;
    if (bk_cli_cluster_open(cli, &x->cluster, err) != BK_OK) return excuse(cli, d, err);
    d->cluster = (bk_cluster){.kube = x->cluster.kube, .cache = x->cluster.cache};
    return BK_OK;
}

static bool is_memory(void) { return bk_str_eq(bk_env("HELM_DRIVER"), BK_S("memory")); }

/* Drivers that keep records in the cluster. */
static bool wants_cluster(void) {
    static const char *const names[] = {"", "secret", "secrets", "configmap", "configmaps"};
    for (size_t i = 0; i < BK_COUNT(names); i++)
        if (bk_str_eq(bk_env("HELM_DRIVER"), bk_str_c(names[i]))) return true;
    return false;
}

static bk_status open_store(bk_cli *cli, bk_cli_deploy *x, bk_err *err) {
    bk_deploy *d = &x->deploy;
    const bk_flag_value *most = bk_flags_find(&cli->flags, BK_S("history-max"));
    bk_status s = bk_cli_releases_open(cli, false, most ? most->i : 0, &x->releases, err);
    if (s != BK_OK) return wants_cluster() ? excuse(cli, d, err) : s;
    d->store = x->releases.store;
    if (is_memory()) return open_beside(cli, x, err);
    const bk_flag_value *record = bk_flags_find(&cli->flags, BK_S("record"));
    d->cluster = (bk_cluster){.kube = x->releases.cluster.kube, .cache = x->releases.cluster.cache, .exact = record && record->text.n > 0};
    return BK_OK;
}

bk_status bk_cli_deploy_open(bk_cli *cli, bool client, const bk_render_options *render, bk_cli_deploy *x, bk_err *err) {
    bk_deploy *d = &x->deploy;
    *x = (bk_cli_deploy){.cli = cli};
    *d = (bk_deploy){
        .arena = cli->arena,
        .ears = {
            .self = x, .log = hear_log, .say = hear_text, .wait_begins = wait_begins, .wait_ends = wait_ends, .interrupted = interrupted}};
    BK_TRY(bk_cli_namespace(cli, &d->namespace_, err));
    if (render) {
        d->limits = render->limits;
        BK_TRY(bk_cli_guard(cli, render, &d->guard, err));
    }
    d->nowhere = client; /* nothing is asked then, nothing is kept: there is no store either */
    if (!client) BK_TRY(open_store(cli, x, err));
    if (cli->argc) bk_interrupt_listen(cli->args[0]);
    return BK_OK;
}

bk_status bk_cli_deploy_close(bk_cli_deploy *x, bk_status status, bk_err *err) {
    if (status != BK_OK && bk_interrupted()) bk_interrupt_tell();
    if (x->deploy.guard) {
        status = bk_guard_close(x->deploy.guard, status, err);
        if (bk_flags_bool(&x->cli->flags, "summary")) bk_cli_summary(x->deploy.guard);
        bk_guard_free(x->deploy.guard);
    }
    bk_cli_releases_close(&x->releases);
    bk_cli_cluster_close(&x->cluster);
    return status;
}

/* ---- the outcome ---- */

/* The values with the chart's defaults, as they come out of a record. */
static bk_status computed_of(bk_cli *cli, const bk_release *release, bk_value *ret, bk_err *err) {
    const bk_record_options options = {.flags = BK_RECORD_COMPUTED};
    bk_record record = {0};
    bk_release read = {0};
    BK_TRY(bk_record_write(cli->arena, release, SIZE_MAX, &record.text, err));
    BK_TRY(bk_records_read(cli->arena, &options, &record, &read, 1, err));
    *ret = read.computed;
    return BK_OK;
}

bk_status bk_cli_print_deployed(bk_cli *cli, const bk_release *release, bool hide_notes, bk_err *err) {
    bk_release shown = *release;
    const bk_release_print how = {.debug = cli->debug, .hide_notes = hide_notes, .chart = true};
    if (cli->debug && bk_cli_format(cli) == BK_FORMAT_TABLE) BK_TRY(computed_of(cli, release, &shown.computed, err));
    BK_TRY(bk_cli_print_release(cli, &shown, &how, err));
    if (bk_cli_flush(cli, err) == BK_OK) return BK_OK;
    /* Nobody is to do it again because it could not be shown. */
    if (!bk_str_eq(release->status, BK_STATUS_DEPLOYED)) return err->code;
    return bk_err_wrap(err, "release %.*s is deployed, revision %lld, but", BK_FMT(release->name), (long long)release->version);
}
