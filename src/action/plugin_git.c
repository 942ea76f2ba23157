/* Plugins from git repositories: the `git` program, started without a shell, without prompts, and with no transport but those that fetch. */
#include <ctype.h>
#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "action/plugin_manager.h"
#include "action/render.h"
#include "guard/escape.h"
#include "plugin/subprocess.h"

enum { OUTPUT = 1 << 20, TAGS = 10000, WORDS = 24, TIME_MS = 600000 };

/* git ARGS…: *ret_out gets what it wrote. *ret_code other than 0 is no error here. */
static bk_status git(bk_plugin_manager *m, const char *const *words, bk_str *ret_out, int *ret_code, bk_err *err) {
    bk_process_env env;
    bk_buf out;
    bk_str args[WORDS];
    size_t n = 0;
    args[n++] = BK_S("git");
    for (; words[n - 1] && n < WORDS; n++) args[n] = bk_str_c(words[n - 1]);
    bk_buf_init(&out, m->arena, OUTPUT);
    BK_TRY(bk_process_env_init(&env, m->arena, m->world.environment, err));
    BK_TRY(bk_process_env_set(&env, BK_S("GIT_TERMINAL_PROMPT"), BK_S("0"), err));
    /* A URL such as "ext::…" runs a program: not here. */
    BK_TRY(bk_process_env_set(&env, BK_S("GIT_ALLOW_PROTOCOL"), BK_S("file:git:http:https:ssh"), err));
    BK_TRY(bk_process_env_set(&env, BK_S("LC_ALL"), BK_S("C"), err));
    const bk_process process = {
        .words = {args, n}, .env = &env, .input = BK_STDIN_NONE, .out = &out, .error = &out, .max = OUTPUT, .time_ms = TIME_MS};
    BK_TRY(bk_process_run(m->arena, &process, ret_code, err));
    *ret_out = bk_str_trim(bk_buf_take(&out));
    return BK_OK;
}

/* The same, where failing is an error: the first line that tells of something fatal says why, or the last. */
static bk_status git_must(bk_plugin_manager *m, const char *const *words, bk_str *ret_out, bk_err *err) {
    int code;
    bk_str out, line, last = BK_S("");
    BK_TRY(git(m, words, &out, &code, err));
    *ret_out = out;
    if (code == 0) return BK_OK;
    while (bk_str_line(&out, &line) && !bk_str_starts(last, BK_S("fatal: ")))
        if (bk_str_trim(line).n) last = bk_str_trim(line);
    return bk_err_set(err, BK_ERR, "git %s failed: %.*s", words[0][0] == '-' ? words[2] : words[0], BK_FMT(bk_str_sub(last, 0, 500)));
}

/* As Helm says it when a folder is no clone. */
static bk_status no_source(bk_plugin_manager *m, bk_str path, bk_err *err) {
    char *real = realpath(path.p, NULL);
    const bk_plugin_attr attrs[] = {{"location", real ? bk_str_c(real) : path}, {"error", BK_S("Cannot detect VCS")}};
    bk_plugin_log_line(&m->world.log, "WARN", "cannot get information about plugin source", attrs, BK_COUNT(attrs));
    free(real);
    return bk_err_set(err, BK_ERR, "cannot get information about plugin source");
}

/* Of letters, digits and these. */
static bool consists_of(bk_str s, const char *more) {
    for (size_t i = 0; i < s.n; i++)
        if (!isalnum((unsigned char)s.p[i]) && !(s.p[i] && strchr(more, s.p[i]))) return false;
    return s.n != 0;
}

bool bk_plugin_is_scp_source(bk_str source) {
    bk_str user, host, path;
    if (!bk_str_cut(source, BK_S("@"), &user, &host) || !bk_str_cut(host, BK_S(":"), &host, &path)) return false;
    return consists_of(user, "_") && consists_of(host, "._-");
}

bool bk_plugin_is_git_source(bk_str source) {
    static const char *const schemes[] = {"http://", "https://", "git://", "ssh://", "file://", "git+ssh://"};
    if (bk_str_starts(source, BK_S("-"))) return false;
    struct stat st;
    if (bk_str_starts(source, BK_S("file://")) && stat(source.p + 7, &st) != 0) return false;
    bk_str path = source, query;
    bk_str_cut(source, BK_S("?"), &path, &query);
    for (size_t i = 0; i < BK_COUNT(schemes); i++)
        if (bk_str_starts(source, bk_str_c(schemes[i]))) return true;
    return bk_plugin_is_scp_source(source);
}

/* The newest tag that satisfies the constraint, found where templates are: only the engine knows versions. */
static bk_status best_tag(bk_plugin_manager *m, bk_str tags, bk_str constraint, bk_str *ret, bk_err *err) {
    static const char text[] =
        "{{- $best := \"\" }}{{- range .tags }}{{- if semverCompare $.constraint . }}"
        "{{- if or (not $best) (gt ((semver .).Compare (semver $best)) 0) }}{{- $best = . }}{{- end }}{{- end }}{{- end }}{{- $best }}";
    bk_items list;
    bk_value tag_list;
    bk_str line;
    bk_items_init(&list, m->arena);
    while (bk_str_line(&tags, &line) && list.n < TAGS) {
        line = bk_str_trim(line);
        bk_str digits = bk_str_starts(line, BK_S("v")) ? bk_str_from(line, 1) : line;
        bool version = digits.n && digits.p[0] >= '0' && digits.p[0] <= '9';
        for (size_t i = 0; i < digits.n && version; i++)
            version = digits.p[i] && strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-+", digits.p[i]);
        bk_str probe;
        bk_err ignored = BK_ERR_INIT;
        /* What is no version is no candidate. */
        if (version &&
            bk_engine_template(m->arena, BK_S("tag"), BK_S("{{ semver . }}"), bk_string(line), BK_S(""), true, &probe, &ignored) == BK_OK)
            bk_items_add(&list, bk_string(line));
        bk_err_release(&ignored);
    }
    BK_TRY(bk_items_list(&list, BK_T_LIST, &tag_list, err));
    bk_map *data = bk_map_new(m->arena, 2);
    if (!data || !bk_map_set(data, BK_S("tags"), tag_list) || !bk_map_set(data, BK_S("constraint"), bk_string(constraint)))
        return bk_arena_fail(m->arena, err);
    return bk_engine_template(m->arena, BK_S("version"), bk_str_c(text), bk_map_value(data), BK_S(""), true, ret, err);
}

/* What --version means: a reference that is there, else the newest tag within the constraint. */
static bk_status solve(bk_plugin_manager *m, bk_str tree, bk_str version, bk_str source, bk_str *ret, bk_err *err) {
    bk_str out, commit;
    int code;
    if (!bk_arena_printf(m->arena, &commit, "%.*s^{commit}", BK_FMT(version))) return bk_arena_fail(m->arena, err);
    *ret = version;
    const char *const is_reference[] = {"-C", tree.p, "rev-parse", "--verify", "--quiet", "--end-of-options", commit.p, NULL};
    BK_TRY(git(m, is_reference, &out, &code, err));
    if (code == 0) return BK_OK;
    const char *const tags[] = {"-C", tree.p, "tag", "--list", NULL};
    BK_TRY(git_must(m, tags, &out, err));
    BK_TRY(best_tag(m, out, version, ret, err));
    if (ret->n) return BK_OK;
    return bk_err_set(err, BK_ERR, "requested version \"%.*s\" does not exist for plugin \"%.*s\"", BK_FMT(version), BK_FMT(source));
}

bk_status bk_plugin_clone(bk_plugin_manager *m, bk_str source, bk_str version, bk_err *err) {
    bk_str tree, out, reference;
    BK_TRY(bk_plugin_staged(m, "tree", &tree, err));
    const char *const clone[] = {"clone", "--quiet", "--recurse-submodules", "--", source.p, tree.p, NULL};
    BK_TRY(git_must(m, clone, &out, err));
    if (!version.n) return BK_OK;
    BK_TRY(solve(m, tree, version, source, &reference, err));
    if (!bk_arena_dup(m->arena, reference, &reference)) return bk_arena_fail(m->arena, err);
    if (bk_str_starts(reference, BK_S("-"))) return bk_err_set(err, BK_ERR, "\"%.*s\" is no version", BK_FMT(reference));
    const char *const checkout[] = {"-C", tree.p, "checkout", "--quiet", reference.p, NULL};
    return git_must(m, checkout, &out, err);
}

bk_status bk_plugin_git_state(bk_plugin_manager *m, bk_str path, bk_str *ret_remote, bk_str *ret_branch, bool *ret_dirty, bk_err *err) {
    bk_str out, dot_git;
    struct stat st;
    int code;
    if (!bk_arena_printf(m->arena, &dot_git, "%.*s/.git", BK_FMT(path))) return bk_arena_fail(m->arena, err);
    if (stat(dot_git.p, &st) != 0) return no_source(m, path, err);
    const char *const remote[] = {"-C", path.p, "config", "--get", "remote.origin.url", NULL};
    BK_TRY(git(m, remote, ret_remote, &code, err));
    if (code != 0 || !ret_remote->n) return no_source(m, path, err);
    const char *const branch[] = {"-C", path.p, "symbolic-ref", "--quiet", "--short", "HEAD", NULL};
    BK_TRY(git(m, branch, ret_branch, &code, err));
    if (code != 0) *ret_branch = BK_S("");
    const char *const status[] = {"-C", path.p, "status", "--porcelain", "--untracked-files=no", NULL};
    BK_TRY(git_must(m, status, &out, err));
    *ret_dirty = out.n > 0;
    return BK_OK;
}
