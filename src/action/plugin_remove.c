/* Plugins that change and go. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/plugin_manager.h"
#include "guard/grants.h"
#include "plugin/archive.h"

static bk_status find(bk_plugin_manager *m, bk_str name, bk_plugin **ret, bk_err *err) {
    bk_plugins *plugins = BK_NEW(m->arena, bk_plugins);
    const bk_plugin_scan scan = {.folders = m->folders};
    if (!plugins) return bk_arena_fail(m->arena, err);
    BK_TRY(bk_plugins_scan(m->arena, &scan, &m->world.log, plugins, err));
    *ret = bk_plugins_find(plugins, name, -1);
    return *ret ? BK_OK : bk_err_set(err, BK_ERR, "plugin: %.*s not found", BK_FMT(name));
}

/* ---- uninstall ---- */

/* The folder that the plugin's lies in. */
static int open_parent(bk_arena *arena, bk_str dir) {
    bk_str base = bk_path_base(dir), parent = bk_str_sub(dir, 0, dir.n - base.n), path;
    if (!bk_arena_printf(arena, &path, "%.*s", BK_FMT(parent.n ? parent : BK_S("./")))) return -1;
    return open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void remove_kept(bk_plugin_manager *m, const bk_plugin *plugin) {
    static const char *const suffixes[] = {".tgz", ".tgz.prov"};
    for (size_t i = 0; i < BK_COUNT(suffixes); i++) {
        bk_str path;
        if (bk_arena_printf(m->arena, &path, "%.*s/plugins/%.*s-%.*s%s", BK_FMT(m->data_home), BK_FMT(plugin->about.name),
                            BK_FMT(plugin->about.version), suffixes[i]))
            unlink(path.p);
    }
}

static bk_status uninstall(bk_plugin_manager *m, bk_str name, bk_err *err) {
    bk_plugin *plugin;
    BK_TRY(find(m, name, &plugin, err));
    /* Its hook runs when the folder is gone; what the grant is bound to has to be known before. */
    bk_plugin_subject who;
    BK_TRY(bk_plugin_subject_of(m->arena, plugin, &who, err));
    bk_str digest;
    if (!bk_arena_dup(m->arena, who.digest, &digest)) return bk_arena_fail(m->arena, err);
    /* A link's grant is for where it leads, which has to be there still. */
    bool hook = bk_plugin_has_hook(plugin, "delete");
    m->flush(m->self);
    if (hook && plugin->linked) BK_TRY(bk_plugin_run_hook(&m->world, plugin, "delete", BK_S(""), err));
    int parent = open_parent(m->arena, plugin->dir);
    bk_str base;
    if (!bk_arena_dup(m->arena, bk_path_base(plugin->dir), &base)) return bk_arena_fail(m->arena, err);
    /* Out of sight by one rename, then removed: a run that is killed leaves no half plugin. */
    bk_str hidden;
    if (!bk_arena_printf(m->arena, &hidden, ".bulkhead-gone-%ld", (long)getpid())) return bk_arena_fail(m->arena, err);
    bool gone = parent >= 0 && base.n && renameat(parent, base.p, parent, hidden.p) == 0;
    int error = errno;
    if (gone && !bk_plugin_remove_tree(parent, hidden.p)) error = errno, gone = false;
    if (parent >= 0) close(parent);
    if (!gone) return bk_err_set(err, BK_ERR_IO, "cannot remove %.*s: %s", BK_FMT(plugin->dir), strerror(error));
    remove_kept(m, plugin);
    bk_status s = hook && !plugin->linked ? bk_plugin_run_hook(&m->world, plugin, "delete", digest, err) : BK_OK;
    bk_err later = BK_ERR_INIT;
    if (bk_grants_remove(m->grants.p, plugin->about.name, NULL, 0, NULL, &later) != BK_OK && s == BK_OK) {
        bk_err_move(err, &later);
        s = err->code;
    }
    bk_err_release(&later);
    return s;
}

/* One after the other; the failures together. */
static bk_status each(bk_plugin_manager *m, const bk_str *names, size_t count, bk_status (*one)(bk_plugin_manager *, bk_str, bk_err *),
                      const char *failing, const char *done, bk_err *err) {
    bk_buf failures;
    bk_buf_init(&failures, m->arena, 0);
    for (size_t i = 0; i < count; i++) {
        bk_err failure = BK_ERR_INIT;
        if (one(m, names[i], &failure) == BK_OK) {
            bk_buf_printf(m->out, "%s plugin: %.*s\n", done, BK_FMT(names[i]));
            continue;
        }
        if (failures.n) bk_buf_byte(&failures, '\n');
        bk_str text = bk_err_message(&failure);
        if (bk_str_ends(text, BK_S(" not found")) && bk_str_starts(text, BK_S("plugin: "))) {
            bk_buf_printf(&failures, "plugin: %.*s not found", BK_FMT(names[i]));
        } else {
            bk_buf_printf(&failures, "failed to %s plugin %.*s, got error (%.*s)", failing, BK_FMT(names[i]), BK_FMT(text));
        }
        bk_err_release(&failure);
    }
    BK_TRY(bk_buf_check(&failures, err));
    return failures.n ? bk_err_set_str(err, BK_ERR, bk_buf_view(&failures)) : BK_OK;
}

bk_status bk_plugin_uninstall(bk_plugin_manager *m, const bk_str *names, size_t count, bk_err *err) {
    return each(m, names, count, uninstall, "uninstall", "Uninstalled", err);
}

/* ---- update ---- */

/* The new clone takes the place of the installed folder, which may be in any folder of the list: two renames there. */
static bk_status swap(bk_plugin_manager *m, const bk_plugin *old, bk_err *err) {
    bk_str base;
    int parent = open_parent(m->arena, old->dir);
    if (!bk_arena_dup(m->arena, bk_path_base(old->dir), &base)) return bk_arena_fail(m->arena, err);
    bool ok = parent >= 0 && renameat(parent, base.p, m->staging, "old") == 0;
    if (ok && renameat(m->staging, "tree", parent, base.p) != 0) {
        int error = errno;
        if (renameat(m->staging, "old", parent, base.p) != 0) error = errno;
        errno = error;
        ok = false;
    }
    int error = errno;
    if (parent >= 0) close(parent);
    return ok ? BK_OK : bk_err_set(err, BK_ERR_IO, "cannot replace %.*s: %s", BK_FMT(old->dir), strerror(error));
}

static bk_status update_staged(bk_plugin_manager *m, bk_str name, bk_err *err) {
    bk_plugin *old, plugin;
    bk_texts granted;
    bk_str remote, branch, path, dir;
    bool dirty;
    struct stat st;
    BK_TRY(find(m, name, &old, err));
    if (!bk_arena_dup(m->arena, old->dir, &dir)) return bk_arena_fail(m->arena, err);
    BK_TRY(bk_plugin_git_state(m, dir, &remote, &branch, &dirty, err));
    if (dirty) return bk_err_set(err, BK_ERR, "plugin repo was modified");
    if (old->linked) return bk_err_set(err, BK_ERR, "it is a development link: update its own folder");
    if (!branch.n) return BK_OK; /* installed at a version: there it stays, as in Helm */
    if (!bk_arena_dup(m->arena, remote, &remote) || !bk_arena_dup(m->arena, branch, &branch)) return bk_arena_fail(m->arena, err);
    BK_TRY(bk_plugin_clone(m, remote, branch, err));
    if (fstatat(m->staging, "tree/" BK_PLUGIN_FILE, &st, 0) != 0) return bk_err_set(err, BK_ERR, "plugin metadata (plugin.yaml) missing");
    BK_TRY(bk_plugin_staged(m, "tree", &path, err));
    BK_TRY(bk_plugin_load(m->arena, path, true, &plugin, err));
    m->old = old;
    BK_TRY(bk_plugin_agree(m, &plugin, &granted, err));
    BK_TRY(swap(m, old, err));
    return bk_plugin_settle(m, dir, granted, "update", err);
}

static bk_status update(bk_plugin_manager *m, bk_str name, bk_err *err) {
    bk_status s = bk_plugin_stage(m, err);
    if (s == BK_OK) s = update_staged(m, name, err);
    bk_plugin_unstage(m);
    m->old = NULL;
    return s;
}

bk_status bk_plugin_update(bk_plugin_manager *m, const bk_str *names, size_t count, bk_err *err) {
    return each(m, names, count, update, "update", "Updated", err);
}
