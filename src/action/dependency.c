/* dependency build and update: brings charts/ in line with Chart.yaml or Chart.lock. */
#include "action/dependency.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "action/dependency_remote.h"
#include "registry/files.h"
#include "action/now.h"
#include "value/gofmt.h"
#include "value/map.h"

#define FILE_SCHEME BK_S("file://")
#define ANY ((bk_str){NULL, 0}) /* no range */

typedef struct manager {
    bk_arena *arena;
    const bk_dependency_options *options;
    bk_str chart; /* cleaned */
    bk_buf *out;
    bk_rendered *logs;
    bk_map *plan;
    bk_remote remote;
    bk_err *err;
} manager;

static bk_str text(bk_value item, const char *key) { return item.kind == BK_MAP ? bk_map_str(item.map, key, BK_S("")) : BK_S(""); }

/* A list of the plan's; false: there is none. */
static bool list_of(const manager *m, const char *key, bk_value *ret) {
    const bk_value *v = bk_map_get(m->plan, bk_str_c(key));
    if (!v || v->kind != BK_LIST) return false;
    *ret = *v;
    return true;
}

/* A chart within the one that this is about may have links to anything in that. */
static bk_status call(manager *m, bk_call_op op, bk_str chart, bk_map *request, bk_map **ret) {
    bk_rendered own;
    bk_value answer;
    const bk_dependency_options *o = m->options;
    bk_status s = bk_chart_call_in(m->arena, op, m->chart, chart, request, bk_nil(), o->guard, &o->limits, &own, &answer, m->err);
    BK_TRY(bk_logs_add(m->arena, m->logs, &own, s, m->err));
    if (answer.kind != BK_MAP || !answer.map) return bk_err_set(m->err, BK_ERR_TRAP, "chart compartment stopped: it gave no answer");
    *ret = answer.map;
    return BK_OK;
}

static bk_status dependency_call(manager *m, const char *task, bk_str chart, bk_str range, bk_map **ret) {
    bk_map *request = bk_map_new(m->arena, 2);
    bool ok = request && bk_map_set(request, BK_S("task"), bk_string(bk_str_c(task))) &&
              (!range.p || bk_map_set(request, BK_S("range"), bk_string(range)));
    return ok ? call(m, BK_CALL_DEPENDENCY, chart, request, ret) : bk_arena_fail(m->arena, m->err);
}

static bk_status check_chart(manager *m, bk_str chart) {
    struct stat st;
    BK_TRY(bk_path_cleaned(m->arena, chart, &m->chart, m->err));
    if (stat(m->chart.p, &st) != 0) {
        bk_path_error("stat", m->chart, errno, m->err);
        return bk_err_wrap(m->err, "could not find %.*s", BK_FMT(m->chart));
    }
    return S_ISDIR(st.st_mode) ? BK_OK : bk_err_set(m->err, BK_ERR, "only unpacked charts can be updated");
}

/* Aliases of repositories in Chart.yaml, with the URLs that the operator gave them; *ret is NULL when there is none. */
static bk_status aliases_of(manager *m, bk_map **ret) {
    bk_value list;
    *ret = NULL;
    if (!list_of(m, "dependencies", &list)) return BK_OK;
    for (uint32_t i = 0; i < list.len; i++) {
        bk_str repository = text(list.items[i], "repository");
        const bk_repository *found;
        BK_TRY(bk_remote_alias(&m->remote, repository, &found));
        if (!found) continue;
        if (!*ret) *ret = bk_map_new(m->arena, 4);
        if (!*ret || !bk_map_set(*ret, repository, bk_string(found->url))) return bk_arena_fail(m->arena, m->err);
    }
    return BK_OK;
}

/* The digests in a lock are those of the URLs, so an alias is put right before they are taken. */
static bk_status open_plan(manager *m, bk_str chart) {
    bk_map *aliases, *request;
    BK_TRY(check_chart(m, chart));
    BK_TRY(dependency_call(m, "plan", m->chart, ANY, &m->plan));
    BK_TRY(aliases_of(m, &aliases));
    if (!aliases) return BK_OK;
    request = bk_map_new(m->arena, 2);
    if (!request || !bk_map_set(request, BK_S("task"), bk_string(BK_S("plan"))) ||
        !bk_map_set(request, BK_S("aliases"), bk_map_value(aliases)))
        return bk_arena_fail(m->arena, m->err);
    return call(m, BK_CALL_DEPENDENCY, m->chart, request, &m->plan);
}

/* ---- where they are ---- */

static bool is_file(bk_str repository) { return bk_str_starts(repository, FILE_SCHEME); }

/* The folder that a repository names: relative to the chart unless it is absolute. */
static bk_status local_path(manager *m, bk_str repository, bk_str *ret) {
    struct stat st;
    if (is_file(repository)) repository = bk_str_from(repository, FILE_SCHEME.n);
    if (bk_str_starts(repository, BK_S("/"))) BK_TRY(bk_path_cleaned(m->arena, repository, ret, m->err));
    else BK_TRY(bk_path_joined(m->arena, m->chart, repository, ret, m->err));
    if (bk_str_find_byte(*ret, 0) != BK_NPOS) return bk_err_set(m->err, BK_ERR, "stat %.*s: invalid argument", BK_FMT(*ret));
    if (stat(ret->p, &st) == 0) return S_ISDIR(st.st_mode) ? BK_OK : bk_path_error("lstat", *ret, ENOTDIR, m->err);
    if (errno == ENOENT) return bk_err_set(m->err, BK_ERR, "directory %.*s not found", BK_FMT(*ret));
    return bk_path_error("stat", *ret, errno, m->err);
}

static bk_status no_definition(manager *m, const bk_buf *missing, bool hint) {
    bk_buf b;
    bk_buf_init(&b, m->arena, 0);
    bk_buf_c(&b, "no repository definition for ");
    bk_buf_str(&b, bk_buf_view(missing));
    bk_buf_c(&b, ". Please add them via 'helm repo add'");
    if (hint)
        bk_buf_c(&b, "\nNote that repositories must be URLs or aliases. For example, to refer to the \"example\"\n"
                     "repository, use \"https://charts.example.com/\" or \"@example\" instead of\n"
                     "\"example\". Don't forget to add the repo, too ('helm repo add').");
    return bk_err_set_str(m->err, BK_ERR, bk_buf_view(&b));
}

/* Every repository is a folder that is there, charts/ itself, or one that can be asked. */
static bk_status check_repositories(manager *m, bk_value list) {
    bk_buf missing;
    bk_str path;
    bool hint = false;
    bk_buf_init(&missing, m->arena, 0);
    for (uint32_t i = 0; i < list.len; i++) {
        bk_str repository = text(list.items[i], "repository");
        bk_remote_kind kind;
        BK_TRY(bk_remote_kind_of(&m->remote, repository, &kind));
        if (kind == BK_REMOTE_FOLDER) {
            BK_TRY(local_path(m, repository, &path));
            if (m->options->debug) bk_buf_printf(m->out, "Repository from local path: %.*s\n", BK_FMT(repository));
        }
        if (kind != BK_REMOTE_UNKNOWN) continue;
        bk_buf_c(&missing, missing.n ? ", " : "");
        bk_buf_str(&missing, repository);
        bool alias = bk_str_starts(repository, BK_S("@")) || bk_str_starts(repository, BK_S("alias:"));
        hint = hint || (!alias && !bk_str_contains(repository, BK_S("//")));
    }
    return missing.n ? no_definition(m, &missing, hint) : BK_OK;
}

/* What a lock names has to be in the operator's list. */
static bk_status check_added(manager *m, bk_value list) {
    bk_buf missing;
    bk_buf_init(&missing, m->arena, 0);
    for (uint32_t i = 0; i < list.len; i++) {
        bk_str repository = text(list.items[i], "repository");
        bk_remote_kind kind;
        const bk_repository *added;
        BK_TRY(bk_remote_kind_of(&m->remote, repository, &kind));
        if (kind != BK_REMOTE_REPOSITORY && kind != BK_REMOTE_UNKNOWN) continue;
        BK_TRY(bk_remote_added(&m->remote, repository, &added));
        if (added) continue;
        bk_buf_c(&missing, missing.n ? ", " : "");
        bk_buf_str(&missing, repository);
    }
    if (!missing.n) return BK_OK;
    return bk_err_set(m->err, BK_ERR, "no repository definition for %.*s. Please add the missing repos via 'helm repo add'",
                      BK_FMT(bk_buf_view(&missing)));
}

/* Those that come over the network, as wishes; the repositories are noted. */
static bk_status wishes_for(manager *m, bk_value list, const char *how, bk_remote_wish **ret, size_t *ret_count) {
    bk_remote_wish *wishes = BK_NEW_ARRAY(m->arena, bk_remote_wish, list.len + 1);
    size_t n = 0;
    if (!wishes) return bk_arena_fail(m->arena, m->err);
    for (uint32_t i = 0; i < list.len; i++) {
        bk_value d = list.items[i];
        bk_remote_kind kind;
        BK_TRY(bk_remote_kind_of(&m->remote, text(d, "repository"), &kind));
        if (kind != BK_REMOTE_REGISTRY && kind != BK_REMOTE_REPOSITORY) continue;
        if (!m->options->world) return bk_err_internal(m->err, "nobody is there to fetch charts");
        bk_remote_wish *w = &wishes[n++];
        *w = (bk_remote_wish){.repository = SIZE_MAX,
                              .url = text(d, "repository"),
                              .content = text(d, "content"),
                              .wish = {.how = how, .chart = text(d, "name"), .version = text(d, "version")}};
        if (kind == BK_REMOTE_REPOSITORY) BK_TRY(bk_remote_use(&m->remote, w->url, &w->repository));
    }
    *ret = wishes;
    *ret_count = n;
    return BK_OK;
}

/* ---- which versions ---- */

static bk_status lock_one(manager *m, bk_items *to, bk_value dependency, bk_str version) {
    bk_map *one = bk_map_new(m->arena, 3);
    bool ok = one && bk_map_set(one, BK_S("name"), bk_string(text(dependency, "name"))) &&
              bk_map_set(one, BK_S("version"), bk_string(version)) &&
              bk_map_set(one, BK_S("repository"), bk_string(text(dependency, "repository")));
    if (!ok) return bk_arena_fail(m->arena, m->err);
    bk_items_add(to, bk_map_value(one));
    return BK_OK;
}

static void put_quoted(bk_buf *out, const char *before, bk_str what) {
    bk_buf_c(out, before);
    bk_fmt_quote(out, what);
}

static bk_status check_range(manager *m, bk_value d) {
    bk_str why = text(d, "badRange");
    bk_buf b;
    if (!why.n) return BK_OK;
    bk_buf_init(&b, m->arena, 0);
    put_quoted(&b, "dependency ", text(d, "name"));
    bk_buf_c(&b, " has an invalid version/constraint format: ");
    bk_buf_str(&b, why);
    return bk_err_set_str(m->err, BK_ERR, bk_buf_view(&b));
}

/* The version that a dependency comes to; *ret empty and a line in `missing`: there is none such. `remote`: what its repository has; NULL: it is none. */
static bk_status resolve_one(manager *m, bk_value d, const bk_remote_wish *remote, bk_buf *missing, size_t *missing_count, bk_str *ret) {
    bk_str repository = text(d, "repository"), range = text(d, "version"), path;
    bk_map *about = NULL;
    *ret = range;
    if (repository.n == 0) {
        BK_TRY(bk_path_joined(m->arena, BK_S("charts"), text(d, "name"), &path, m->err));
        return local_path(m, path, &path);
    }
    if (remote) {
        *ret = remote->wish.chosen;
        if (remote->wish.found) return BK_OK;
    } else {
        BK_TRY(local_path(m, repository, &path));
        BK_TRY(dependency_call(m, "chart", path, range, &about));
        *ret = bk_map_str(about, "version", BK_S(""));
        if (bk_str_eq(bk_map_str(about, "fits", BK_S("")), BK_S("yes"))) return BK_OK;
    }
    *ret = BK_S("");
    (*missing_count)++;
    put_quoted(missing, missing->n ? ", " : "", text(d, "name"));
    put_quoted(missing, " (repository ", repository);
    put_quoted(missing, ", version ", range);
    bk_buf_byte(missing, ')');
    return BK_OK;
}

static bk_status resolve(manager *m, bk_value list, bk_remote_wish *wishes, size_t wish_count, bk_value *ret) {
    bk_buf missing;
    bk_items locked;
    size_t count = 0, next = 0;
    for (uint32_t i = 0; i < list.len; i++) BK_TRY(check_range(m, list.items[i]));
    BK_TRY(bk_remote_pick(&m->remote, wishes, wish_count));
    bk_buf_init(&missing, m->arena, 0);
    bk_items_init(&locked, m->arena);
    for (uint32_t i = 0; i < list.len; i++) {
        bk_str version;
        bk_remote_kind kind;
        BK_TRY(bk_remote_kind_of(&m->remote, text(list.items[i], "repository"), &kind));
        bool remote = kind == BK_REMOTE_REGISTRY || kind == BK_REMOTE_REPOSITORY;
        BK_TRY(resolve_one(m, list.items[i], remote ? &wishes[next++] : NULL, &missing, &count, &version));
        BK_TRY(lock_one(m, &locked, list.items[i], version));
    }
    if (count) {
        bk_buf b;
        bk_buf_init(&b, m->arena, 0);
        bk_buf_printf(&b, "can't get a valid version for %zu subchart(s): ", count);
        bk_buf_str(&b, bk_buf_view(&missing));
        bk_buf_c(&b, ". Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml");
        return bk_err_set_str(m->err, BK_ERR, bk_buf_view(&b));
    }
    return bk_items_list(&locked, BK_T_LIST, ret, m->err);
}

/* ---- into charts/ ---- */

/* A chart that lies in charts/ already: its version has to be in the range. */
static bk_status check_there(manager *m, bk_value d, bool *ret_reported) {
    bk_str name = text(d, "name"), range = text(d, "version"), path;
    bk_map *about;
    bk_buf_printf(m->out, "Dependency %.*s did not declare a repository. Assuming it exists in the charts directory\n", BK_FMT(name));
    BK_TRY(bk_path_joined(m->arena, m->chart, BK_S("charts"), &path, m->err));
    BK_TRY(bk_path_joined(m->arena, path, name, &path, m->err));
    struct stat st;
    if (stat(path.p, &st) != 0) {
        bk_path_error("stat", path, errno, m->err);
        return bk_err_wrap(m->err, "unable to load chart '%.*s'", BK_FMT(path));
    }
    if (dependency_call(m, "chart", path, range, &about) != BK_OK) return bk_err_wrap(m->err, "unable to load chart '%.*s'", BK_FMT(path));
    bk_str fits = bk_map_str(about, "fits", BK_S("")), why = bk_map_str(about, "why", BK_S(""));
    if (bk_str_eq(fits, BK_S("yes"))) return BK_OK;
    if (bk_str_eq(fits, BK_S("bad range")))
        return bk_err_set(m->err, BK_ERR, "dependency %.*s has an invalid version/constraint format: %.*s", BK_FMT(name), BK_FMT(why));
    if (bk_str_eq(fits, BK_S("bad version")))
        return bk_err_set(m->err, BK_ERR, "invalid version %.*s for dependency %.*s: %.*s", BK_FMT(range), BK_FMT(name), BK_FMT(why));
    *ret_reported = true;
    return bk_err_set(m->err, BK_ERR, "dependency %.*s at version %.*s does not satisfy the constraint %.*s", BK_FMT(name),
                      BK_FMT(bk_map_str(about, "version", BK_S(""))), BK_FMT(range));
}

/* A chart in a folder, packed; its version goes into the lock. */
static bk_status pack_folder(manager *m, bk_dependency_store *store, bk_value d) {
    const bk_pack_options o = {
        .dependency = text(d, "name"), .range = text(d, "version"), .stamped = m->options->stamped, .stamp = m->options->stamp};
    bk_packed packed;
    bk_str path, repository = text(d, "repository");
    if (m->options->debug) bk_buf_printf(m->out, "Archiving %.*s from repo %.*s\n", BK_FMT(o.dependency), BK_FMT(repository));
    BK_TRY(local_path(m, repository, &path));
    BK_TRY(bk_pack(m->arena, path, &o, m->options->guard, &m->options->limits, &packed, m->logs, m->err));
    BK_TRY(bk_dependency_store_put(store, packed.file, packed.archive, m->err));
    return bk_map_set(d.map, BK_S("version"), bk_string(packed.version)) ? BK_OK : bk_arena_fail(m->arena, m->err);
}

/* Helm prints what went wrong with a chart on the way, too. */
static bk_status report(manager *m, bk_status s, bool reported) {
    if (s != BK_OK && reported) bk_buf_printf(m->out, "Save error occurred:  %.*s\n", BK_FMT(bk_err_message(m->err)));
    return s;
}

/* Notes what came, for the lock. */
static bk_status keep_digests(manager *m, bk_value locked, const bk_remote_wish *wishes) {
    size_t next = 0;
    if (!m->options->lock_digests && !bk_map_bool(m->plan, "digests", false)) return BK_OK;
    for (uint32_t i = 0; i < locked.len; i++) {
        bk_remote_kind kind;
        BK_TRY(bk_remote_kind_of(&m->remote, text(locked.items[i], "repository"), &kind));
        if (kind != BK_REMOTE_REGISTRY && kind != BK_REMOTE_REPOSITORY) continue;
        bk_str content = wishes[next++].content;
        if (content.n && !bk_map_set(locked.items[i].map, BK_S("content"), bk_string(content))) return bk_arena_fail(m->arena, m->err);
    }
    return BK_OK;
}

static bk_status fetch_all(manager *m, bk_dependency_store *store, bk_value locked) {
    bk_remote_wish *wishes;
    size_t count;
    bool reported = false;
    bk_buf_printf(m->out, "Saving %u charts\n", (unsigned)locked.len);
    BK_TRY(wishes_for(m, locked, "locked", &wishes, &count));
    for (uint32_t i = 0; i < locked.len; i++) {
        bk_remote_kind kind;
        BK_TRY(bk_remote_kind_of(&m->remote, text(locked.items[i], "repository"), &kind));
        if (kind == BK_REMOTE_REGISTRY || kind == BK_REMOTE_REPOSITORY) continue;
        reported = kind != BK_REMOTE_CHARTS;
        bk_status s = reported ? pack_folder(m, store, locked.items[i]) : check_there(m, locked.items[i], &reported);
        if (s != BK_OK) return report(m, s, reported);
    }
    if (!count) return BK_OK;
    BK_TRY(bk_remote_pick(&m->remote, wishes, count));
    bk_status s = bk_remote_fetch(&m->remote, wishes, count, store, &reported);
    return s == BK_OK ? keep_digests(m, locked, wishes) : report(m, s, reported);
}

/* Whether an archive in charts/ is of a chart that no repository is known for, and that stays therefore. */
static bool is_local(bk_value locked, bk_str name) {
    for (uint32_t i = 0; i < locked.len; i++)
        if (text(locked.items[i], "repository").n == 0 && bk_str_eq(text(locked.items[i], "name"), name)) return true;
    return false;
}

/* Takes away archives in charts/ that were there before and are none of those just made. */
static bk_status delete_outdated(manager *m, bk_dependency_store *store, bk_value locked) {
    bk_buf_c(m->out, "Deleting outdated charts\n");
    for (size_t i = 0; i < store->old_count; i++) {
        bk_str name = store->old[i], path, why;
        bk_map *about;
        if (bk_dependency_store_has(store, name)) continue;
        BK_TRY(bk_path_joined(m->arena, store->charts_path, name, &path, m->err));
        bk_status s =
            store->old_links[i] ? bk_err_set(m->err, BK_ERR, "it is a symbolic link") : dependency_call(m, "chart", path, ANY, &about);
        if (s == BK_OK && is_local(locked, bk_map_str(about, "name", BK_S("")))) continue;
        if (s == BK_OK) s = bk_dependency_store_delete(store, name, m->err);
        if (s == BK_OK) continue;
        if (s != BK_ERR && s != BK_ERR_IO) return s;
        why = bk_err_message(m->err);
        bk_buf_printf(m->out, "Could not verify %.*s for deletion: %.*s (Skipping)\n", BK_FMT(path), BK_FMT(why));
        bk_err_release(m->err);
    }
    return BK_OK;
}

static bk_status bring_in(manager *m, bk_value locked) {
    bk_dependency_store store;
    BK_TRY(bk_dependency_store_open(&store, m->arena, m->chart, m->err));
    bk_status s = fetch_all(m, &store, locked);
    if (s == BK_OK) s = bk_dependency_store_move(&store, m->err);
    if (s == BK_OK) s = delete_outdated(m, &store, locked);
    bk_dependency_store_close(&store);
    return s;
}

/* ---- the lock ---- */

static const char *lock_name(const manager *m) { return bk_map_bool(m->plan, "legacy", false) ? "requirements.lock" : "Chart.lock"; }

/* Writes the lock unless the one that is there is for the same dependencies. */
static bk_status write_lock(manager *m, bk_value locked) {
    bk_map *request = bk_map_new(m->arena, 3), *lock;
    bk_str now, digest;
    BK_TRY(bk_now_text(m->arena, &now, m->err));
    bool ok = request && bk_map_set(request, BK_S("asked"), bk_string(bk_map_str(m->plan, "asked", BK_S("null")))) &&
              bk_map_set(request, BK_S("locked"), locked) && bk_map_set(request, BK_S("generated"), bk_string(now));
    if (!ok) return bk_arena_fail(m->arena, m->err);
    BK_TRY(call(m, BK_CALL_LOCK, BK_S(""), request, &lock));
    digest = bk_map_str(lock, "digest", BK_S(""));
    const bk_value *old = bk_map_get(m->plan, BK_S("digest"));
    bool wanting = m->options->lock_digests && !bk_map_bool(m->plan, "digests", false);
    if (old && bk_is_string(*old) && bk_str_eq(bk_value_str(*old), digest) && !wanting) return BK_OK;
    return bk_dependency_write_lock(m->arena, m->chart, lock_name(m), bk_map_str(lock, "text", BK_S("")), m->err);
}

/* ---- the actions ---- */

static bk_status update(manager *m) {
    bk_value list, locked;
    bk_remote_wish *wishes;
    size_t count;
    if (!list_of(m, "dependencies", &list)) return BK_OK;
    BK_TRY(check_repositories(m, list));
    BK_TRY(bk_dependency_check_lock(m->arena, m->chart, lock_name(m), m->err)); /* before charts/ is touched */
    BK_TRY(wishes_for(m, list, "range", &wishes, &count));
    BK_TRY(bk_remote_refresh(&m->remote));
    BK_TRY(resolve(m, list, wishes, count, &locked));
    BK_TRY(bring_in(m, locked));
    return write_lock(m, locked);
}

static bk_status check_lock(manager *m) {
    bool legacy = bk_map_bool(m->plan, "legacy", false);
    bk_str in_sync = bk_map_str(m->plan, "inSync", BK_S("no"));
    if (bk_str_eq(in_sync, BK_S("yes"))) return BK_OK;
    if (!legacy)
        return bk_err_set(m->err, BK_ERR,
                          "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the "
                          "dependencies with 'helm dependency update'");
    bk_log_line line = {.level = BK_S("INFO"),
                        .text = BK_S("msg=\"warning: a valid Helm v3 hash was not found. Checking against Helm v2 hash...\"")};
    const bk_rendered warning = {.logs = &line, .log_count = 1};
    BK_TRY(bk_logs_add(m->arena, m->logs, &warning, BK_OK, m->err));
    if (bk_str_eq(in_sync, BK_S("old"))) return BK_OK;
    return bk_err_set(m->err, BK_ERR,
                      "the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). Please update the "
                      "dependencies");
}

static bk_status build(manager *m) {
    bk_value list = bk_list(NULL, 0), locked;
    bk_remote_wish *wishes;
    size_t count;
    if (!list_of(m, "locked", &locked)) return update(m);
    list_of(m, "dependencies", &list);
    BK_TRY(check_repositories(m, list));
    BK_TRY(check_lock(m));
    BK_TRY(check_added(m, locked));
    BK_TRY(wishes_for(m, locked, "locked", &wishes, &count));
    BK_TRY(bk_remote_refresh(&m->remote));
    return bring_in(m, locked);
}

static bk_status run(bk_arena *arena, const bk_dependency_options *o, bk_buf *out, bk_rendered *logs, bk_status (*action)(manager *m),
                     bk_err *err) {
    manager m = {.arena = arena, .options = o, .out = out, .logs = logs, .err = err};
    m.remote = (bk_remote){.arena = arena, .options = o, .out = out, .err = err};
    BK_TRY(open_plan(&m, o->chart));
    BK_TRY(action(&m));
    return bk_buf_check(out, err);
}

bk_status bk_action_dependency_build(bk_arena *arena, const bk_dependency_options *o, bk_buf *out, bk_rendered *logs, bk_err *err) {
    return run(arena, o, out, logs, build, err);
}

bk_status bk_action_dependency_update(bk_arena *arena, const bk_dependency_options *o, bk_buf *out, bk_rendered *logs, bk_err *err) {
    return run(arena, o, out, logs, update, err);
}
