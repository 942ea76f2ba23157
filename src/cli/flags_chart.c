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
    {.name = "time-limit",
     .type = BK_FLAG_DURATION,
     .fallback = "1m0s",
     .help = "most time of a compartment (the default: of a processor, and five times that by the wall)"},
    {.name = "output-limit", .type = BK_FLAG_SIZE, .fallback = "256MiB", .help = "most output of a compartment"},
    {0},
};
