/* Flags of the commands that take a chart and its values. */
#include "cli/flags_tables.h"
#include "guard/policy.h"

const bk_flag bk_flags_values[] = {
    {.name = "values",
     .letter = 'f',
     .type = BK_FLAG_SLICE,
     .help = "values from a YAML file, a URL or - for standard input (may be repeated; the last one wins)"},
    {.name = "set", .type = BK_FLAG_ARRAY, .help = "one value or several: key=val,key2=val2 (may be repeated)"},
    {.name = "set-string", .type = BK_FLAG_ARRAY, .help = "as --set, every value a string"},
    {.name = "set-file", .type = BK_FLAG_ARRAY, .help = "values that are the contents of files: key=path,key2=path2"},
    {.name = "set-json", .type = BK_FLAG_ARRAY, .help = "values as JSON: key=jsonval, or a whole JSON object"},
    {.name = "set-literal", .type = BK_FLAG_ARRAY, .help = "one value, taken to the letter"},
    {0},
};

const bk_flag bk_flags_chart[] = {
    {.name = "version", .type = BK_FLAG_STRING, .help = "version of the chart, or a range of versions (default: the latest)"},
    {.name = "verify", .type = BK_FLAG_BOOL, .help = "check the chart's signature before use"},
    {.name = "keyring", .type = BK_FLAG_STRING, .help = "public keys to check signatures with"},
    {.name = "repo", .type = BK_FLAG_STRING, .help = "URL of the chart repository that holds the chart"},
    {.name = "username", .type = BK_FLAG_STRING, .help = "user name for the chart repository"},
    {.name = "password", .type = BK_FLAG_STRING, .help = "password for the chart repository"},
    {.name = "cert-file", .type = BK_FLAG_STRING, .help = "client certificate for HTTPS"},
    {.name = "key-file", .type = BK_FLAG_STRING, .help = "key of the client certificate"},
    {.name = "insecure-skip-tls-verify", .type = BK_FLAG_BOOL, .help = "accept any certificate when fetching the chart (insecure)"},
    {.name = "plain-http", .type = BK_FLAG_BOOL, .help = "fetch the chart over HTTP without TLS"},
    {.name = "ca-file", .type = BK_FLAG_STRING, .help = "certificate authorities to check HTTPS servers with"},
    {.name = "pass-credentials", .type = BK_FLAG_BOOL, .help = "send credentials to every domain"},
    {0},
};

/* Where charts come from, for commands that name no chart to fetch. */
const bk_flag bk_flags_source[] = {
    {.name = "username", .type = BK_FLAG_STRING, .help = "user name for the chart repository"},
    {.name = "password", .type = BK_FLAG_STRING, .help = "password for the chart repository"},
    {.name = "cert-file", .type = BK_FLAG_STRING, .help = "client certificate for HTTPS"},
    {.name = "key-file", .type = BK_FLAG_STRING, .help = "key of the client certificate"},
    {.name = "insecure-skip-tls-verify", .type = BK_FLAG_BOOL, .help = "accept any certificate when fetching the chart (insecure)"},
    {.name = "plain-http", .type = BK_FLAG_BOOL, .help = "fetch the chart over HTTP without TLS"},
    {.name = "ca-file", .type = BK_FLAG_STRING, .help = "certificate authorities to check HTTPS servers with"},
    {0},
};

static bk_status check_wait(bk_str text, bk_err *err) {
    static const char *const known[] = {"true", "watcher", "legacy", "false", "hookOnly"};
    for (size_t i = 0; i < BK_COUNT(known); i++)
        if (bk_str_eq(text, bk_str_c(known[i]))) return BK_OK;
    return bk_err_set(err, BK_ERR, "invalid wait input \"%.*s\". Valid inputs are watcher, hookOnly, and legacy", BK_FMT(text));
}

const bk_flag bk_flags_install[] = {
    {.name = "create-namespace", .type = BK_FLAG_BOOL, .help = "create the release's namespace if it is missing"},
    {.name = "force-replace", .type = BK_FLAG_BOOL, .help = "update objects by replacing them"},
    {.name = "force", .type = BK_FLAG_BOOL, .deprecated = "use --force-replace instead", .help = ""},
    {.name = "force-conflicts", .type = BK_FLAG_BOOL, .help = "with server-side apply, take fields over from other managers"},
    {.name = "server-side", .type = BK_FLAG_BOOL, .fallback = "true", .help = "let the API server merge updates"},
    {.name = "no-hooks", .type = BK_FLAG_BOOL, .help = "leave hooks out"},
    {.name = "replace",
     .type = BK_FLAG_BOOL,
     .help = "reuse the name of a deleted release that is still in the history (unsafe in production)"},
    {.name = "timeout", .type = BK_FLAG_DURATION, .fallback = "5m0s", .help = "how long to wait for any single operation of Kubernetes"},
    {.name = "wait-for-jobs", .type = BK_FLAG_BOOL, .help = "with --wait, also wait until all jobs have completed"},
    {.name = "generate-name", .letter = 'g', .type = BK_FLAG_BOOL, .help = "make up the release's name (and omit NAME)"},
    {.name = "name-template", .type = BK_FLAG_STRING, .help = "template that makes the release's name"},
    {.name = "description", .type = BK_FLAG_STRING, .help = "description of the release"},
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
    {.name = "wait",
     .type = BK_FLAG_STRING,
     .type_name = "WaitStrategy",
     .fallback = "hookOnly",
     .bare = "watcher",
     .check = check_wait,
     .help = "how to wait until objects are ready: watcher, hookOnly, legacy"},
    {.name = "post-renderer", .type = BK_FLAG_ARRAY, .type_name = "postRendererString", .help = "name of a post-renderer plugin"},
    {.name = "post-renderer-args",
     .type = BK_FLAG_ARRAY,
     .type_name = "postRendererArgsSlice",
     .help = "argument for the post-renderer (may be repeated)"},
    {0},
};

static bk_status check_mode(bk_str text, bk_err *err) {
    bk_policy_mode mode;
    if (bk_mode_find(text, &mode)) return BK_OK;
    return bk_err_set(err, BK_ERR, "must be enforce or warn");
}

/* clang-format off */
#define BK_POLICY_FLAGS \
    {.name = "policy", .type = BK_FLAG_STRING, .type_name = "file", \
     .help = "policy: a file, or the profile default, strict or helm (default: bulkhead/policy.yaml in the configuration folder, else default)"}, \
    {.name = "policy-mode", .type = BK_FLAG_STRING, .type_name = "mode", .check = check_mode, \
     .help = "enforce, or warn: allow what the policy denies, and tell"}, \
    {.name = "grant", .type = BK_FLAG_ARRAY, .type_name = "grant", .help = "allow an effect that the policy denies (may be repeated)"}
/* clang-format on */

const bk_flag bk_flags_policy[] = {BK_POLICY_FLAGS, {0}};

const bk_flag bk_flags_guard[] = {
    {.name = "ledger",
     .type = BK_FLAG_STRING,
     .type_name = "file",
     .help = "write every request of the chart and every decision to this file"},
    {.name = "summary", .type = BK_FLAG_BOOL, .help = "tell at the end, on standard error, what the chart asked for"},
    {.name = "record", .type = BK_FLAG_STRING, .type_name = "file", .help = "keep the answers as well, so that the run can be replayed"},
    {.name = "replay", .type = BK_FLAG_STRING, .type_name = "file", .help = "answer from a recorded run: the same output, offline"},
    BK_POLICY_FLAGS,
    {.name = "clock", .type = BK_FLAG_STRING, .type_name = "time", .help = "what the chart sees as now (RFC 3339)"},
    {.name = "memory-limit", .type = BK_FLAG_SIZE, .fallback = "512MiB", .help = "most memory of a compartment"},
    {.name = "time-limit", .type = BK_FLAG_DURATION, .fallback = "1m0s", .help = "most time of a compartment"},
    {.name = "output-limit", .type = BK_FLAG_SIZE, .fallback = "256MiB", .help = "most output of a compartment"},
    {0},
};
