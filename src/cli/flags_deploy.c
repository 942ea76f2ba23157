/* Flags of the commands that change releases. */
#include "cli/flags_tables.h"

static bk_status check_wait(bk_str text, bk_err *err) {
    static const char *const known[] = {"true", "watcher", "legacy", "false", "hookOnly"};
    for (size_t i = 0; i < BK_COUNT(known); i++)
        if (bk_str_eq(text, bk_str_c(known[i]))) return BK_OK;
    return bk_err_set(err, BK_ERR, "invalid wait input \"%.*s\". Valid inputs are watcher, hookOnly, and legacy", BK_FMT(text));
}

/* clang-format off */
#define TIMEOUT \
    {.name = "timeout", .type = BK_FLAG_DURATION, .fallback = "5m0s", .help = "how long to wait for any single operation of Kubernetes"}
#define WAIT \
    {.name = "wait", .type = BK_FLAG_STRING, .type_name = "WaitStrategy", .fallback = "hookOnly", .bare = "watcher", .check = check_wait, \
     .help = "how to wait until objects are ready: watcher, hookOnly, legacy"}
/* clang-format on */

const bk_flag bk_flags_wait[] = {TIMEOUT, WAIT, {0}};

const bk_flag bk_flags_apply[] = {
    TIMEOUT,
    WAIT,
    {.name = "wait-for-jobs", .type = BK_FLAG_BOOL, .help = "with --wait, also wait until all jobs have completed"},
    {.name = "force-replace", .type = BK_FLAG_BOOL, .help = "update objects by replacing them"},
    {.name = "force", .type = BK_FLAG_BOOL, .deprecated = "use --force-replace instead", .help = ""},
    {.name = "force-conflicts", .type = BK_FLAG_BOOL, .help = "with server-side apply, take fields over from other managers"},
    {.name = "no-hooks", .type = BK_FLAG_BOOL, .help = "leave hooks out"},
    {.name = "description", .type = BK_FLAG_STRING, .help = "description of the release"},
    {0},
};

const bk_flag bk_flags_deploy[] = {
    {.name = "create-namespace", .type = BK_FLAG_BOOL, .help = "create the release's namespace if it is missing"},
    {.name = "devel",
     .type = BK_FLAG_BOOL,
     .help = "consider development versions too; the same as version '>0.0.0-0'; --version overrides it"},
    {.name = "dependency-update", .type = BK_FLAG_BOOL, .help = "fetch missing dependencies first"},
    {.name = "disable-openapi-validation", .type = BK_FLAG_BOOL, .help = "do not check manifests against the cluster's OpenAPI schema"},
    {.name = "rollback-on-failure", .type = BK_FLAG_BOOL, .help = "undo everything when the operation fails; implies --wait=watcher"},
    {.name = "atomic", .type = BK_FLAG_BOOL, .deprecated = "use --rollback-on-failure instead", .help = ""},
    {.name = "skip-crds", .type = BK_FLAG_BOOL, .help = "do not install the chart's CRDs"},
    {.name = "skip-schema-validation", .type = BK_FLAG_BOOL, .help = "do not check values against the charts' schemas"},
    {.name = "labels", .letter = 'l', .type = BK_FLAG_MAP, .help = "labels of the release's record: name=value, comma-separated"},
    {.name = "enable-dns", .type = BK_FLAG_BOOL, .help = "let templates resolve host names"},
    {.name = "take-ownership", .type = BK_FLAG_BOOL, .help = "adopt objects that belong to nobody or to another release"},
    {.name = "post-renderer", .type = BK_FLAG_ARRAY, .type_name = "postRendererString", .help = "name of a post-renderer plugin"},
    {.name = "post-renderer-args",
     .type = BK_FLAG_ARRAY,
     .type_name = "postRendererArgsSlice",
     .help = "argument for the post-renderer (may be repeated)"},
    {0},
};

const bk_flag bk_flags_install[] = {
    {.name = "server-side", .type = BK_FLAG_BOOL, .fallback = "true", .help = "let the API server merge updates"},
    {.name = "replace",
     .type = BK_FLAG_BOOL,
     .help = "reuse the name of a deleted release that is still in the history (unsafe in production)"},
    {.name = "generate-name", .letter = 'g', .type = BK_FLAG_BOOL, .help = "make up the release's name (and omit NAME)"},
    {.name = "name-template", .type = BK_FLAG_STRING, .help = "template that makes the release's name"},
    {0},
};

const bk_flag bk_flags_revise[] = {
    {.name = "server-side",
     .type = BK_FLAG_STRING,
     .fallback = "auto",
     .help = "let the API server merge updates: true, false, or auto (as the revision before did)"},
    {.name = "cleanup-on-fail", .type = BK_FLAG_BOOL, .help = "delete what was newly created when the operation fails"},
    {.name = "history-max", .type = BK_FLAG_INT, .fallback = "10", .help = "most revisions to keep records of; 0: no limit"},
    {.name = "recover",
     .type = BK_FLAG_BOOL,
     .help = "take over a release that another program left pending, when nobody is at work on it"},
    {0},
};

const bk_flag bk_flags_dry_run[] = {
    {.name = "dry-run",
     .type = BK_FLAG_STRING,
     .fallback = "none",
     .bare = "unset",
     .help = "only simulate: client (asks no cluster), server (asks, changes nothing), or none"},
    {0},
};

const bk_flag bk_flags_notes[] = {
    {.name = "hide-notes", .type = BK_FLAG_BOOL, .help = "do not show the notes; they are recorded all the same"},
    {.name = "render-subchart-notes", .type = BK_FLAG_BOOL, .help = "render the notes of sub-charts along with the chart's"},
    {.name = "hide-secret", .type = BK_FLAG_BOOL, .help = "with --dry-run, leave out what Secrets hold"},
    {0},
};
