/* The flags that every command has. */
#include "base/num.h"
#include "cli/flags_tables.h"
#include "value/gofmt.h"

/* ---- switches of the logging library that Helm links ---- */

/* strconv.ParseInt(text, 10, 32) */
static bk_status parse_level(bk_str text, int64_t *ret, bk_err *err) {
    bk_num_result r = bk_parse_int(text, 10, ret);
    if (r == BK_NUM_OK && *ret >= INT32_MIN && *ret <= INT32_MAX) return BK_OK;
    return bk_fmt_fail(err, "strconv.ParseInt: parsing %q: %s", text,
                       r == BK_NUM_SYNTAX ? BK_S("invalid syntax") : BK_S("value out of range"));
}

static bk_status check_level(bk_str text, bk_err *err) {
    int64_t level;
    return parse_level(text, &level, err);
}

static bool is_word(bk_str text, const char *upper) {
    size_t i = 0;
    for (; i < text.n && upper[i]; i++)
        if (text.p[i] != upper[i] && text.p[i] != (upper[i] | 0x20)) return false;
    return i == text.n && !upper[i];
}

/* A severity by name or number. */
static bk_status check_threshold(bk_str text, bk_err *err) {
    static const char *const names[] = {"INFO", "WARNING", "ERROR", "FATAL"};
    for (size_t i = 0; i < BK_COUNT(names); i++)
        if (is_word(text, names[i])) return BK_OK;
    return check_level(text, err);
}

/* file=N[,file=N…] */
static bk_status check_modules(bk_str text, bk_err *err) {
    while (text.n) {
        bk_str one, file, number, rest;
        int64_t level;
        bk_err ignored = BK_ERR_INIT;
        bk_str_cut(text, BK_S(","), &one, &rest);
        text = rest;
        if (one.n == 0) continue;
        bool pair = bk_str_cut(one, BK_S("="), &file, &number) && file.n;
        bool good = pair && parse_level(number, &level, &ignored) == BK_OK;
        bk_err_release(&ignored);
        if (!good) return bk_err_set(err, BK_ERR, "syntax error: expect comma-separated list of filename=N");
        if (level < 0) return bk_err_set(err, BK_ERR, "negative value for vmodule level");
    }
    return BK_OK;
}

/* file.go:N */
static bk_status check_place(bk_str text, bk_err *err) {
    bk_str file, line;
    int64_t number;
    if (text.n == 0) return BK_OK;
    bool good =
        bk_str_cut(text, BK_S(":"), &file, &line) && bk_str_find_byte(file, '.') != BK_NPOS && bk_parse_int(line, 10, &number) == BK_NUM_OK;
    if (!good) return bk_err_set(err, BK_ERR, "syntax error: expect file.go:234");
    return number > 0 ? BK_OK : bk_err_set(err, BK_ERR, "negative or zero value for level");
}

/* ---- the table ---- */

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
    /* Switches of a logging library: accepted, and refused where Helm refuses them, so that scripts that carry them go on working. */
    {.name = "add-dir-header", .type = BK_FLAG_BOOL, .terse = true, .hidden = true, .help = ""},
    {.name = "alsologtostderr", .type = BK_FLAG_BOOL, .terse = true, .hidden = true, .help = ""},
    {.name = "alsologtostderrthreshold", .type = BK_FLAG_STRING, .check = check_threshold, .hidden = true, .help = ""},
    {.name = "legacy-stderr-threshold-behavior", .type = BK_FLAG_BOOL, .fallback = "true", .terse = true, .hidden = true, .help = ""},
    {.name = "log-backtrace-at", .type = BK_FLAG_STRING, .check = check_place, .hidden = true, .help = ""},
    {.name = "log-dir", .type = BK_FLAG_STRING, .hidden = true, .help = ""},
    {.name = "log-file", .type = BK_FLAG_STRING, .hidden = true, .help = ""},
    {.name = "log-file-max-size", .type = BK_FLAG_UINT64, .fallback = "1800", .terse = true, .hidden = true, .help = ""},
    {.name = "logtostderr", .type = BK_FLAG_BOOL, .fallback = "true", .terse = true, .hidden = true, .help = ""},
    {.name = "one-output", .type = BK_FLAG_BOOL, .terse = true, .hidden = true, .help = ""},
    {.name = "skip-headers", .type = BK_FLAG_BOOL, .terse = true, .hidden = true, .help = ""},
    {.name = "skip-log-headers", .type = BK_FLAG_BOOL, .terse = true, .hidden = true, .help = ""},
    {.name = "stderrthreshold", .type = BK_FLAG_STRING, .check = check_threshold, .hidden = true, .help = ""},
    {.name = "v", .letter = 'v', .type = BK_FLAG_STRING, .check = check_level, .hidden = true, .help = ""},
    {.name = "vmodule", .type = BK_FLAG_STRING, .check = check_modules, .hidden = true, .help = ""},
    {0},
};

const bk_flag bk_flags_help[] = {
    {.name = "help", .letter = 'h', .type = BK_FLAG_BOOL, .help = "help for this command"},
    {0},
};
