#include "action/repository.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "registry/engine.h"
#include "registry/index.h"
#include "value/gofmt.h"

/* ---- add ---- */

/* Repositories that are gone for good, and where their charts went. */
static const struct {
    const char *old, *now;
} gone[] = {
    {"//kubernetes-charts.storage.googleapis.com", "https://charts.helm.sh/stable"},
    {"//kubernetes-charts-incubator.storage.googleapis.com", "https://charts.helm.sh/incubator"},
};

/* The message with a text quoted as Go does. */
static bk_status fail(bk_err *err, const char *before, bk_str quoted, const char *after) {
    bk_buf b;
    bk_buf_init(&b, NULL, BK_REPOSITORIES_BYTES);
    bk_buf_c(&b, before);
    bk_fmt_quote(&b, quoted);
    bk_buf_c(&b, after);
    bk_err_set_str(err, BK_ERR, bk_buf_view(&b));
    bk_buf_release(&b);
    return BK_ERR;
}

static bk_status check_name(bk_str name, bk_err *err) {
    if (bk_str_find_byte(name, '/') != BK_NPOS)
        return bk_err_set(err, BK_ERR, "repository name (%.*s) contains '/', please specify a different name without '/'", BK_FMT(name));
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7f) return fail(err, "repository name ", name, " holds a control character");
    return BK_OK;
}

static void say(bk_buf *out, bk_str name, const char *what) {
    bk_fmt_quote(out, name);
    bk_buf_c(out, what);
}

static bk_status check_scheme(bk_arena *arena, const bk_registry_world *world, bk_str url, bk_err *err) {
    bk_str scheme, rest;
    bk_registry_url read;
    BK_TRY(bk_registry_url_read(arena, url, &read, err));
    if (!bk_str_cut(url, BK_S(":"), &scheme, &rest)) scheme = BK_S("");
    if (bk_fetch_is_web(url) || (scheme.n && world->getter && world->getter->serves(world->getter->self, scheme))) return BK_OK;
    if (bk_str_eq(scheme, BK_S("oci")))
        return bk_err_set(err, BK_ERR, "an OCI registry has no index to be added: name the chart itself, oci://HOST/PATH/CHART");
    return bk_err_set(err, BK_ERR, "could not find protocol handler for: %.*s", BK_FMT(scheme));
}

static bk_status add_locked(bk_arena *arena, const bk_registry_world *world, const bk_repository_add *o, bk_buf *out, bk_err *err) {
    bk_repositories list;
    bk_index_update update = {.repository = &o->repository};
    BK_TRY(bk_repositories_load(arena, world->repository_config, &list, err));
    BK_TRY(check_name(o->repository.name, err));
    const bk_repository *old = bk_repositories_find(&list, o->repository.name);
    if (old && !o->force_update) {
        if (!bk_repository_equal(old, &o->repository))
            return bk_err_set(err, BK_ERR, "repository name (%.*s) already exists, please specify a different name",
                              BK_FMT(o->repository.name));
        say(out, o->repository.name, " already exists with the same configuration, skipping\n");
        return BK_OK;
    }
    BK_TRY(check_scheme(arena, world, o->repository.url, err));
    BK_TRY(bk_index_update_all(arena, world, &update, 1, err));
    if (bk_index_update_done(&update, err) != BK_OK) return bk_index_update_blame(arena, o->repository.url, err);
    BK_TRY(bk_repositories_put(&list, &o->repository, err));
    BK_TRY(bk_repositories_save(&list, world->repository_config, err));
    say(out, o->repository.name, " has been added to your repositories\n");
    return BK_OK;
}

bk_status bk_action_repository_add(bk_arena *arena, const bk_registry_world *world, const bk_repository_add *o, bk_buf *out, bk_err *err) {
    int lock;
    for (size_t i = 0; i < BK_COUNT(gone) && !o->allow_deprecated; i++)
        if (bk_str_contains(o->repository.url, bk_str_c(gone[i].old)))
            return bk_err_set(err, BK_ERR, "repo \"%.*s\" is no longer available; try \"%s\" instead", BK_FMT(o->repository.url),
                              gone[i].now);
    BK_TRY(bk_repositories_lock(arena, world->repository_config, &lock, err));
    bk_status s = add_locked(arena, world, o, out, err);
    bk_repositories_unlock(lock);
    return s == BK_OK ? bk_buf_check(out, err) : s;
}

/* ---- remove ---- */

static bk_status forget(bk_arena *arena, const bk_registry_world *world, bk_str name, bk_err *err) {
    bk_str path;
    BK_TRY(bk_repository_charts_path(arena, world->repository_cache, name, &path, err));
    (void)unlink(path.p);
    BK_TRY(bk_repository_index_path(arena, world->repository_cache, name, &path, err));
    if (unlink(path.p) == 0 || errno == ENOENT) return BK_OK;
    return bk_err_set(err, BK_ERR_IO, "remove %.*s: %s", BK_FMT(path), strerror(errno));
}

static bk_status remove_locked(bk_arena *arena, const bk_registry_world *world, const bk_str *names, size_t count, bk_buf *out,
                               bk_err *err) {
    bk_repositories list;
    BK_TRY(bk_repositories_load(arena, world->repository_config, &list, err));
    if (!list.count) return bk_err_set(err, BK_ERR, "no repositories configured");
    for (size_t i = 0; i < count; i++) {
        if (!bk_repositories_remove(&list, names[i])) return fail(err, "no repo named ", names[i], " found");
        BK_TRY(bk_repositories_save(&list, world->repository_config, err));
        BK_TRY(forget(arena, world, names[i], err));
        say(out, names[i], " has been removed from your repositories\n");
    }
    return BK_OK;
}

bk_status bk_action_repository_remove(bk_arena *arena, const bk_registry_world *world, const bk_str *names, size_t count, bk_buf *out,
                                      bk_err *err) {
    int lock;
    bk_repositories list;
    BK_TRY(bk_repositories_load(arena, world->repository_config, &list, err));
    if (!list.count) return bk_err_set(err, BK_ERR, "no repositories configured");
    BK_TRY(bk_repositories_lock(arena, world->repository_config, &lock, err));
    bk_status s = remove_locked(arena, world, names, count, out, err);
    bk_repositories_unlock(lock);
    return s;
}

/* ---- update ---- */

static bool is_wanted(bk_str name, const bk_str *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (bk_str_eq(names[i], name)) return true;
    return count == 0;
}

bk_status bk_action_repository_update(bk_arena *arena, const bk_registry_world *world, const bk_str *names, size_t count, bk_buf *out,
                                      bk_err *err) {
    bk_repositories list;
    size_t n = 0, failed = 0;
    bk_buf urls;
    if (BK_OK != bk_repositories_load(arena, world->repository_config, &list, err))
        return bk_err_wrap(err, "failed loading file: %.*s", BK_FMT(world->repository_config));
    if (!list.count) return bk_err_set(err, BK_ERR, "no repositories found. You must add one before updating");
    for (size_t i = 0; i < count; i++)
        if (!bk_repositories_find(&list, names[i]))
            return bk_err_set(err, BK_ERR, "no repositories found matching '%.*s'.  Nothing will be updated", BK_FMT(names[i]));
    bk_index_update *updates = BK_NEW_ARRAY(arena, bk_index_update, list.count);
    if (!updates) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < list.count; i++) {
        if (!is_wanted(list.items[i].name, names, count)) continue;
        BK_TRY(check_scheme(arena, world, list.items[i].url, err));
        updates[n++].repository = &list.items[i];
    }
    bk_buf_c(out, "Hang tight while we grab the latest from your chart repositories...\n");
    BK_TRY(bk_index_update_all(arena, world, updates, n, err));
    bk_buf_init(&urls, arena, 0);
    for (size_t i = 0; i < n; i++) {
        if (bk_index_update_tell(&updates[i], false, out)) continue;
        bk_buf_c(&urls, failed++ ? " " : "");
        bk_buf_str(&urls, updates[i].repository->url);
    }
    if (failed) return bk_err_set(err, BK_ERR, "failed to update the following repositories: [%.*s]", BK_FMT(bk_buf_view(&urls)));
    bk_buf_c(out, "Update Complete. \xe2\x8e\x88Happy Helming!\xe2\x8e\x88\n");
    return bk_buf_check(out, err);
}
