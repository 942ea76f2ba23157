/* The flags that every command has. */
#include "cli/flags_tables.h"

const bk_flag bk_flags_global[] = {
    {.name = "namespace", .letter = 'n', .type = BK_FLAG_STRING, .help = "namespace to work in"},
    {.name = "kubeconfig", .type = BK_FLAG_STRING, .help = "kubeconfig file to use"},
    {.name = "kube-context", .type = BK_FLAG_STRING, .help = "context of the kubeconfig to use"},
    {.name = "kube-token", .type = BK_FLAG_STRING, .help = "bearer token for the API server"},
    {.name = "kube-as-user", .type = BK_FLAG_STRING, .help = "user to impersonate"},
    {.name = "kube-as-group", .type = BK_FLAG_ARRAY, .help = "group to impersonate (may be repeated)"},
    {.name = "kube-apiserver", .type = BK_FLAG_STRING, .help = "address and port of the API server"},
    {.name = "kube-ca-file", .type = BK_FLAG_STRING, .help = "certificate authority file for the API server"},
    {.name = "kube-tls-server-name",
     .type = BK_FLAG_STRING,
     .help = "name that the API server's certificate must carry (default: the host contacted)"},
    {.name = "kube-insecure-skip-tls-verify", .type = BK_FLAG_BOOL, .help = "accept any certificate of the API server (insecure)"},
    {.name = "debug", .type = BK_FLAG_BOOL, .help = "say more"},
    {.name = "registry-config", .type = BK_FLAG_STRING, .help = "registry login file"},
    {.name = "repository-config", .type = BK_FLAG_STRING, .help = "file with the names and URLs of chart repositories"},
    {.name = "repository-cache", .type = BK_FLAG_STRING, .help = "folder of cached repository indexes"},
    {.name = "content-cache", .type = BK_FLAG_STRING, .help = "folder of cached charts"},
    {.name = "burst-limit", .type = BK_FLAG_INT, .fallback = "100", .help = "most requests to the API server in a burst"},
    {.name = "qps", .type = BK_FLAG_FLOAT32, .fallback = "0", .help = "requests a second to the API server, bursts apart"},
    {.name = "color", .type = BK_FLAG_STRING, .fallback = "auto", .help = "colours: never, auto, always"},
    {.name = "colour", .type = BK_FLAG_STRING, .fallback = "auto", .help = "colours: never, auto, always"},
    /* Switches of the logging library that Helm links; accepted, so that scripts that carry them go on working. */
    {.name = "add-dir-header", .type = BK_FLAG_BOOL, .terse = true, .hidden = true, .help = ""},
    {.name = "alsologtostderr", .type = BK_FLAG_BOOL, .terse = true, .hidden = true, .help = ""},
    {.name = "alsologtostderrthreshold", .type = BK_FLAG_STRING, .hidden = true, .help = ""},
    {.name = "legacy-stderr-threshold-behavior", .type = BK_FLAG_BOOL, .fallback = "true", .terse = true, .hidden = true, .help = ""},
    {.name = "log-backtrace-at", .type = BK_FLAG_STRING, .hidden = true, .help = ""},
    {.name = "log-dir", .type = BK_FLAG_STRING, .hidden = true, .help = ""},
    {.name = "log-file", .type = BK_FLAG_STRING, .hidden = true, .help = ""},
    {.name = "log-file-max-size", .type = BK_FLAG_UINT64, .fallback = "1800", .terse = true, .hidden = true, .help = ""},
    {.name = "logtostderr", .type = BK_FLAG_BOOL, .fallback = "true", .terse = true, .hidden = true, .help = ""},
    {.name = "one-output", .type = BK_FLAG_BOOL, .terse = true, .hidden = true, .help = ""},
    {.name = "skip-headers", .type = BK_FLAG_BOOL, .terse = true, .hidden = true, .help = ""},
    {.name = "skip-log-headers", .type = BK_FLAG_BOOL, .terse = true, .hidden = true, .help = ""},
    {.name = "stderrthreshold", .type = BK_FLAG_STRING, .hidden = true, .help = ""},
    {.name = "v", .letter = 'v', .type = BK_FLAG_INT, .hidden = true, .help = ""},
    {.name = "vmodule", .type = BK_FLAG_STRING, .hidden = true, .help = ""},
    {0},
};

const bk_flag bk_flags_help[] = {
    {.name = "help", .letter = 'h', .type = BK_FLAG_BOOL, .help = "help for this command"},
    {0},
};
