/* What may stand behind each command and each flag. */
#include <dirent.h>

#include "action/namespace.h"
#include "cli/chart_args.h"
#include "cli/chart_source.h"
#include "cli/cmd_plugin_run.h"
#include "cli/complete.h"
#include "registry/engine.h"
#include "value/map.h"

enum { MOST = 10000 }; /* candidates of one kind */

static bk_str item(bk_value list, uint32_t i, const char *key) {
    bk_value v = list.items[i];
    return v.kind == BK_MAP ? bk_map_str(v.map, key, BK_S("")) : BK_S("");
}

/* A list in a YAML file of the operator's; false when there is none. */
static bool list_of(bk_complete *c, bk_str path, const char *key, bk_value *ret) {
    bk_map *config = path.n ? bk_config_read(c->cli->arena, path) : NULL;
    bk_value *v = config ? bk_map_get(config, bk_str_c(key)) : NULL;
    if (!v || v->kind != BK_LIST) return false;
    *ret = *v;
    if (ret->len > MOST) ret->len = MOST;
    return true;
}

/* ---- charts ---- */

/* A list that the cached index of a repository answers with; false when there is none. */
static bool ask_index(bk_complete *c, bk_str repository, const char *task, bk_map *options, bk_value *ret) {
    bk_registry_world *world;
    bk_index index;
    bk_sandbox_answer answer;
    bk_err err = BK_ERR_INIT;
    bool ok = bk_cli_registry_world(c->cli, NULL, &world, &err) == BK_OK;
    if (ok) world->teller.log = NULL;
    ok = ok && bk_index_of(c->cli->arena, world, repository, &index, &err) == BK_OK &&
         bk_registry_index_call(c->cli->arena, task, options, &index.form, 1, &answer, &err) == BK_OK && answer.result.kind == BK_LIST;
    bk_err_release(&err);
    if (ok) *ret = answer.result;
    return ok;
}

static void add_chart(bk_complete *c, bk_str repository, bk_str chart) {
    bk_str full;
    if (bk_arena_printf(c->cli->arena, &full, "%.*s/%.*s", BK_FMT(repository), BK_FMT(chart))) bk_complete_add(c, full, BK_S(""));
}

/* By the list that lies beside the index, or by the index itself. */
static void charts_of_repository(bk_complete *c, bk_str name) {
    bk_arena *arena = c->cli->arena;
    bk_err err = BK_ERR_INIT;
    bk_str path, text, line;
    bk_value list;
    if (bk_repository_charts_path(arena, bk_flags_str(&c->cli->flags, "repository-cache"), name, &path, &err) == BK_OK &&
        bk_file_load(arena, path, BK_FETCH_INDEX_MAX, &text, &err) == BK_OK) {
        for (size_t i = 0; i < MOST && bk_str_line(&text, &line); i++) add_chart(c, name, line);
    } else if (ask_index(c, name, "names", NULL, &list)) {
        for (uint32_t i = 0; i < list.len && i < MOST; i++)
            if (bk_is_string(list.items[i])) add_chart(c, name, bk_value_str(list.items[i]));
    }
    bk_err_release(&err);
}

/* "repo/" for repositories that match, their charts when one is complete. Returns whether more is to be typed. */
static bool repositories(bk_complete *c) {
    bool more = false;
    bk_value repos;
    if (!list_of(c, bk_flags_str(&c->cli->flags, "repository-config"), "repositories", &repos)) return false;
    for (uint32_t i = 0; i < repos.len; i++) {
        bk_str name = item(repos, i, "name"), slash;
        if (!name.n || !bk_arena_printf(c->cli->arena, &slash, "%.*s/", BK_FMT(name))) continue;
        if (bk_str_starts(c->word, slash)) {
            charts_of_repository(c, name);
            return false;
        }
        if (!bk_str_starts(name, c->word)) continue;
        bk_complete_add(c, slash, item(repos, i, "url"));
        more = true;
    }
    return more;
}

static void local_files(bk_complete *c) {
    DIR *dir = opendir(".");
    if (!dir) return;
    for (size_t i = 0; i < MOST; i++) {
        const struct dirent *e = readdir(dir);
        if (!e) break;
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) bk_complete_match(c, bk_str_c(e->d_name), BK_S(""));
    }
    closedir(dir);
}

static void charts(bk_complete *c, bool files) {
    static const struct {
        const char *prefix, *what;
    } urls[] = {
        {"oci://", "Chart OCI prefix"},
        {"https://", "Chart URL prefix"},
        {"http://", "Chart URL prefix"},
        {"file://", "Chart local URL prefix"},
    };
    bool no_space = repositories(c);
    for (size_t i = 0; i < BK_COUNT(urls); i++) {
        bk_str prefix = bk_str_c(urls[i].prefix);
        if (!bk_str_starts(prefix, c->word)) continue;
        bk_complete_add(c, prefix, bk_str_c(urls[i].what));
        no_space = true;
    }
    if (files && c->count && c->word.n) local_files(c); /* without a candidate the shell offers files itself */
    if (files && !c->word.n) {
        bk_complete_add(c, BK_S("./"), BK_S("Relative path prefix to local chart"));
        bk_complete_add(c, BK_S("/"), BK_S("Absolute path prefix to local chart"));
    }
    c->directive = (no_space ? BK_COMPLETE_NO_SPACE : 0u) | (files ? 0u : BK_COMPLETE_NO_FILES);
}

/* ---- arguments ---- */

typedef enum what {
    FILES,
    NOTHING,    /* not known here: the name of something new, of a release */
    CHART,      /* from anywhere */
    REPO_CHART, /* from a repository or a registry */
    REGISTRY,
    REPO,
    PLUGIN,  /* an installed one */
    COMMAND, /* an installed cli/v1 plugin: what Helm offers where plugins are managed */
    VARIABLE,
    RELEASE,
    REVISION, /* of the release before it */
    END,      /* there is no such argument */
} what;

/* Arguments by place; the last one stands for all that follow. Commands that are not here get files. */
static const struct rule {
    const char *path;
    what args[3];
} rules[] = {
    {"completion bash", {END, END, END}},
    {"completion fish", {END, END, END}},
    {"completion powershell", {END, END, END}},
    {"completion zsh", {END, END, END}},
    {"create", {FILES, END, END}},
    {"docs", {END, END, END}},
    {"env", {VARIABLE, END, END}},
    {"get all", {RELEASE, END, END}},
    {"get hooks", {RELEASE, END, END}},
    {"get manifest", {RELEASE, END, END}},
    {"get metadata", {RELEASE, END, END}},
    {"get notes", {RELEASE, END, END}},
    {"get values", {RELEASE, END, END}},
    {"history", {RELEASE, END, END}},
    {"install", {NOTHING, CHART, NOTHING}},
    {"list", {END, END, END}},
    {"plugin grant", {PLUGIN, NOTHING, NOTHING}},
    {"plugin inspect", {PLUGIN, END, END}},
    {"plugin install", {FILES, END, END}},
    {"plugin list", {END, END, END}},
    {"plugin revoke", {PLUGIN, NOTHING, NOTHING}},
    {"plugin uninstall", {COMMAND, COMMAND, COMMAND}},
    {"plugin update", {COMMAND, COMMAND, COMMAND}},
    {"policy check", {FILES, END, END}},
    {"policy show", {END, END, END}},
    {"policy suggest", {FILES, END, END}},
    {"pull", {REPO_CHART, NOTHING, NOTHING}},
    {"push", {FILES, REGISTRY, END}},
    {"registry login", {NOTHING, NOTHING, NOTHING}},
    {"registry logout", {NOTHING, NOTHING, NOTHING}},
    {"repo add", {NOTHING, NOTHING, END}},
    {"repo index", {FILES, END, END}},
    {"repo list", {END, END, END}},
    {"repo remove", {REPO, REPO, REPO}},
    {"repo update", {REPO, REPO, REPO}},
    {"rollback", {RELEASE, REVISION, END}},
    {"show all", {CHART, END, END}},
    {"show chart", {CHART, END, END}},
    {"show crds", {CHART, END, END}},
    {"show readme", {CHART, END, END}},
    {"show values", {CHART, END, END}},
    {"status", {RELEASE, END, END}},
    {"template", {NOTHING, CHART, NOTHING}},
    {"test", {RELEASE, END, END}},
    {"uninstall", {RELEASE, RELEASE, RELEASE}},
    {"upgrade", {RELEASE, CHART, END}},
    {"verify", {FILES, END, END}},
    {"version", {END, END, END}},
};

static bk_status variables(bk_complete *c, bk_err *err) {
    bk_env_pair pairs[BK_ENV_PAIRS];
    size_t count;
    BK_TRY(bk_cli_environment(c->cli, pairs, &count, err));
    for (size_t i = 0; i < count; i++) bk_complete_add(c, bk_str_c(pairs[i].name), BK_S(""));
    return BK_OK;
}

/* Repositories that are not among the arguments yet. */
static void repository_names(bk_complete *c, const bk_str *args, size_t argc) {
    bk_value repos;
    if (!list_of(c, bk_flags_str(&c->cli->flags, "repository-config"), "repositories", &repos)) return;
    for (uint32_t i = 0; i < repos.len; i++) {
        bk_str name = item(repos, i, "name");
        size_t k = 0;
        while (k < argc && !bk_str_eq(args[k], name)) k++;
        if (k == argc) bk_complete_match(c, name, item(repos, i, "url"));
    }
}

static const struct rule *rule_of(bk_str path) {
    for (size_t i = 0; i < BK_COUNT(rules); i++)
        if (bk_str_eq(bk_str_c(rules[i].path), path)) return &rules[i];
    return NULL;
}

/* Whether the release's name is made up, so that arguments begin one place later. */
static size_t places_taken(const bk_complete *c) {
    const bk_flag_value *generate = bk_flags_find(&c->cli->flags, BK_S("generate-name"));
    return generate && generate->b && bk_flags_find(&c->cli->flags, BK_S("name-template"));
}

/* Plugins that are not among the arguments yet; commands only, and then all of them whatever is typed, as by Helm. */
static bk_status plugin_names(bk_complete *c, bool commands, const bk_str *args, size_t argc, bk_err *err) {
    bk_plugins *plugins;
    BK_TRY(bk_cli_plugins(c->cli, &plugins, err));
    for (size_t i = 0; i < plugins->count; i++) {
        const bk_plugin_about *p = &plugins->items[i].about;
        size_t k = 0;
        while (k < argc && !bk_str_eq(args[k], p->name)) k++;
        if (k < argc || (commands && p->type != BK_PLUGIN_CLI)) continue;
        if (commands) bk_complete_add(c, p->name, p->short_help);
        else bk_complete_match(c, p->name, p->short_help);
    }
    return BK_OK;
}

bk_status bk_complete_argument(bk_complete *c, bk_str path, const bk_str *args, size_t argc, bk_err *err) {
    const struct rule *r = rule_of(path);
    if (!r) return BK_OK;
    size_t place = argc + places_taken(c);
    switch (r->args[place < 2 ? place : 2]) {
    case FILES: c->directive = BK_COMPLETE_DEFAULT; return BK_OK;
    case CHART: charts(c, true); return BK_OK;
    case REPO_CHART: charts(c, false); return BK_OK;
    case END: bk_complete_end(c); return BK_OK;
    case REGISTRY:
        bk_complete_add(c, BK_S("oci://"), BK_S(""));
        c->directive = BK_COMPLETE_NO_FILES | BK_COMPLETE_NO_SPACE;
        return BK_OK;
    case VARIABLE: c->directive = BK_COMPLETE_NO_FILES; return variables(c, err);
    case REPO: repository_names(c, args, argc); break;
    case PLUGIN:
    case COMMAND: c->directive = BK_COMPLETE_NO_FILES; return plugin_names(c, r->args[place < 2 ? place : 2] == COMMAND, args, argc, err);
    case RELEASE: bk_complete_releases(c, args, argc); return BK_OK;
    case REVISION: bk_complete_revisions(c, args[0]); return BK_OK;
    case NOTHING: break;
    }
    c->directive = BK_COMPLETE_NO_FILES;
    return BK_OK;
}

/* ---- values of flags ---- */

/* Values that are words; a command's own flag comes before the same name elsewhere (path NULL). */
static const struct {
    const char *path, *flag, *value, *help;
} words[] = {
    {"docs", "type", "bash", ""},
    {"docs", "type", "man", ""},
    {"docs", "type", "markdown", ""},
    {"policy suggest", "output", "grants", "grants for the command line"},
    {"policy suggest", "output", "yaml", "a policy file"},
    {NULL, "policy", "default", "what charts need for computing; the rest by grant"},
    {NULL, "policy", "helm", "all that Helm allows"},
    {NULL, "policy", "strict", "nothing but what is granted"},
    {NULL, "policy-mode", "enforce", "deny what the policy denies"},
    {NULL, "policy-mode", "warn", "allow it, and tell"},
    {NULL, "color", "never", ""},
    {NULL, "color", "auto", ""},
    {NULL, "color", "always", ""},
    {NULL, "colour", "never", ""},
    {NULL, "colour", "auto", ""},
    {NULL, "colour", "always", ""},
    {NULL, "output", "json", "Output result in JSON format"},
    {NULL, "output", "table", "Output result in human-readable format"},
    {NULL, "output", "yaml", "Output result in YAML format"},
};

static void contexts(bk_complete *c) {
    const bk_settings *s = &c->cli->settings;
    bk_str paths = bk_flags_str(&c->cli->flags, "kubeconfig"), path, rest;
    bk_value list;
    if (!paths.n) paths = s->kubeconfig;
    if (!paths.n && !bk_arena_printf(c->cli->arena, &paths, "%.*s/.kube/config", BK_FMT(bk_env("HOME")))) return;
    for (rest = paths; rest.n;) {
        bk_str_cut(rest, BK_S(":"), &path, &rest);
        if (!list_of(c, path, "contexts", &list)) continue;
        for (uint32_t i = 0; i < list.len; i++) {
            bk_value *inner = list.items[i].kind == BK_MAP ? bk_map_get(list.items[i].map, BK_S("context")) : NULL;
            bk_str name = item(list, i, "name");
            if (name.n) bk_complete_add(c, name, inner && inner->kind == BK_MAP ? bk_map_str(inner->map, "cluster", BK_S("")) : BK_S(""));
        }
    }
}

static void version(bk_complete *c, bk_map *m) {
    bk_str text, app = bk_map_str(m, "appVersion", BK_S(""));
    if (bk_arena_printf(c->cli->arena, &text, "%s%.*s%sCreated: %.*s%s", app.n ? "App: " : "", BK_FMT(app), app.n ? ", " : "",
                        BK_FMT(bk_map_str(m, "created", BK_S(""))), bk_map_bool(m, "deprecated", false) ? " (deprecated)" : ""))
        bk_complete_add(c, bk_map_str(m, "version", BK_S("")), text);
}

/* Versions of the chart "repo/name" that the command is given, from the repository's cached index; none for a chart from elsewhere. */
static void versions(bk_complete *c, bk_str path) {
    const struct rule *r = rule_of(path);
    size_t place = 0;
    bk_str repository, chart;
    bk_value list;
    while (r && place < 2 && r->args[place] != CHART && r->args[place] != REPO_CHART) place++;
    if (!r || place == 2 || c->cli->argc + places_taken(c) != place + 1) return;
    if (!bk_str_cut(c->cli->args[c->cli->argc - 1], BK_S("/"), &repository, &chart) || bk_str_find_byte(chart, '/') != BK_NPOS) return;
    bk_map *options = bk_map_new(c->cli->arena, 2);
    if (!options || !bk_map_set(options, BK_S("chart"), bk_string(chart)) || !ask_index(c, repository, "versions", options, &list)) return;
    for (uint32_t i = 0; i < list.len && i < MOST; i++)
        if (list.items[i].kind == BK_MAP) version(c, list.items[i].map);
}

/* Where --version is that of a chart to be fetched. */
static bool fetches(bk_str path) {
    static const char *const commands[] = {"install", "pull", "show", "template", "upgrade"};
    bk_str first, rest;
    bk_str_cut(path, BK_S(" "), &first, &rest);
    for (size_t i = 0; i < BK_COUNT(commands); i++)
        if (bk_str_eq(first, bk_str_c(commands[i]))) return true;
    return false;
}

bk_status bk_complete_value(bk_complete *c, bk_str path, bk_str flag, bk_err *err) {
    (void)err;
    /* Versions and revisions are no files. */
    bool is_version = bk_str_eq(flag, BK_S("version")) && fetches(path);
    if (is_version || bk_str_eq(flag, BK_S("revision"))) c->directive = BK_COMPLETE_NO_FILES;
    if (is_version) versions(c, path);
    /* The release is the only argument. */
    if (bk_str_eq(flag, BK_S("revision")) && c->cli->argc == 1) bk_complete_revisions(c, c->cli->args[0]);
    if (bk_str_eq(flag, BK_S("namespace"))) bk_complete_namespaces(c);
    if (bk_str_eq(flag, BK_S("kube-context"))) {
        contexts(c);
        c->directive = BK_COMPLETE_NO_FILES;
    }
    bool own = false;
    /* Not filtered by what was typed: shells that match loosely get all of them. */
    for (size_t i = 0; i < BK_COUNT(words); i++) {
        if (!bk_str_eq(bk_str_c(words[i].flag), flag) || (words[i].path && !bk_str_eq(bk_str_c(words[i].path), path))) continue;
        if (!words[i].path && own) continue;
        own = own || words[i].path;
        bk_complete_add(c, bk_str_c(words[i].value), bk_str_c(words[i].help));
        /* A policy may be a file as well. */
        c->directive = bk_str_eq(flag, BK_S("policy")) ? BK_COMPLETE_DEFAULT : BK_COMPLETE_NO_FILES;
    }
    return BK_OK;
}
