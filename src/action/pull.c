#define _GNU_SOURCE
#include "action/pull.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/archive.h"
#include "plugin/archive.h"
#include "registry/check.h"
#include "registry/engine.h"
#include "registry/files.h"
#include "value/map.h"

/* ---- packed ---- */

static bk_status put_file(bk_arena *arena, bk_str from, bk_str folder, bk_str name, bk_err *err) {
    bk_str shown, base;
    int dir;
    if (!bk_arena_dup(arena, name, &base)) return bk_arena_fail(arena, err);
    BK_TRY(bk_path_joined(arena, folder, name, &shown, err));
    BK_TRY(bk_dir_open_for(arena, shown, &dir, err));
    bk_status s = bk_file_copy(arena, from, dir, base.p, shown, err);
    close(dir);
    return s;
}

/* ---- unpacked ---- */

static bk_status there_already(bk_str path, bk_err *err) {
    return bk_err_set(err, BK_ERR, "failed to untar: a file or directory with the name %.*s already exists", BK_FMT(path));
}

/* Everything goes into a folder of its own beside the place, which it takes at the end. */
static bk_status write_folder(bk_arena *arena, bk_str folder, bk_str name, const bk_plugin_entry *entries, size_t count, bk_err *err) {
    char temporary[64];
    bk_str shown, base;
    int dir, fresh = -1;
    snprintf(temporary, sizeof temporary, ".bulkhead-untar-%ld", (long)getpid());
    BK_TRY(bk_path_joined(arena, folder, name, &shown, err));
    if (!bk_arena_dup(arena, name, &base)) return bk_arena_fail(arena, err);
    if (bk_dirs_make(arena, folder, err) != BK_OK) return bk_err_wrap(err, "failed to untar (mkdir)");
    BK_TRY(bk_dir_open(arena, folder, &dir, err));
    bk_plugin_remove_tree(dir, temporary);
    bk_status s = BK_OK;
    if (mkdirat(dir, temporary, 0755) != 0 || (fresh = openat(dir, temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
        s = bk_path_error("mkdir", shown, errno, err);
    if (s == BK_OK) s = bk_plugin_write_entries(fresh, entries, count, err);
    if (fresh >= 0) close(fresh);
    if (s == BK_OK && renameat2(dir, temporary, dir, base.p, RENAME_NOREPLACE) != 0)
        s = errno == EEXIST ? there_already(shown, err) : bk_path_error("rename", shown, errno, err);
    if (s != BK_OK) bk_plugin_remove_tree(dir, temporary);
    close(dir);
    return s;
}

static bk_status unpack(bk_arena *arena, const bk_pull_options *o, bk_str asked, bk_str path, bk_err *err) {
    bk_str folder = o->untar_dir, name = {NULL, 0}, check;
    bk_plugin_entry *entries = NULL;
    size_t count = 0;
    struct stat st;
    if (!bk_str_starts(folder, BK_S("/"))) BK_TRY(bk_path_joined(arena, o->destination, folder, &folder, err));
    size_t slash = bk_str_rfind_byte(asked, '/');
    asked = slash == BK_NPOS ? asked : bk_str_from(asked, slash + 1);
    if (bk_str_eq(folder, BK_S("."))) check = asked;
    else BK_TRY(bk_path_joined(arena, folder, asked, &check, err));
    if (check.n && bk_arena_dup(arena, check, &check) && stat(check.p, &st) == 0) return there_already(check, err);
    BK_TRY(bk_archive_entries(arena, path, &name, &entries, &count, err));
    return write_folder(arena, folder, name, entries, count, err);
}

/* `copy`: made while the archive came, when it came. */
static bk_status put_packed(bk_arena *arena, const bk_pull_options *o, const bk_chart_source *found, bk_content_copy *copy, bk_err *err) {
    bk_str prov, name;
    if (!bk_arena_dup(arena, found->chart.file, &name)) return bk_arena_fail(arena, err);
    if (!bk_content_copy_place(copy, name.p)) BK_TRY(put_file(arena, found->path, o->destination, name, err));
    if (!found->chart.prov_path.n) return BK_OK;
    if (!bk_arena_printf(arena, &prov, "%.*s.prov", BK_FMT(name))) return bk_arena_fail(arena, err);
    return put_file(arena, found->chart.prov_path, o->destination, prov, err);
}

/* A URL alone says nothing of what is there: a page to log in at is no chart. */
static bk_status check_any(bk_arena *arena, const bk_chart_source *found, bk_err *err) {
    const bk_registry_chart *c = &found->chart;
    if (c->version.n || bk_archive_check_one(arena, c->path, BK_S(""), BK_S(""), err) == BK_OK) return BK_OK;
    unlink(c->path.p);
    return bk_err_wrap(err, "%.*s", BK_FMT(c->url));
}

static bk_status pull(bk_arena *arena, const bk_registry_world *world, bk_str chart, const bk_pull_options *o, bk_content_copy *copy,
                      bk_buf *out, bk_err *err) {
    bk_chart_source_options options = o->source;
    bk_chart_source found;
    options.copy = copy;
    BK_TRY(bk_chart_source_fetch(arena, world, chart, &options, &found, err));
    BK_TRY(check_any(arena, &found, err));
    bk_buf_str(out, found.messages);
    bk_buf_str(out, found.report);
    BK_TRY(o->untar ? unpack(arena, o, chart, found.path, err) : put_packed(arena, o, &found, copy, err));
    return bk_buf_check(out, err);
}

bk_status bk_action_pull(bk_arena *arena, const bk_registry_world *world, bk_str chart, const bk_pull_options *o, bk_buf *out,
                         bk_err *err) {
    bk_content_copy copy = {.folder = -1, .file = -1};
    bk_err ignored = BK_ERR_INIT;
    int folder = -1;
    if (!o->untar && bk_dir_open(arena, o->destination, &folder, &ignored) == BK_OK) bk_content_copy_begin(&copy, folder);
    bk_err_release(&ignored);
    bk_status s = pull(arena, world, chart, o, &copy, out, err);
    bk_content_copy_drop(&copy);
    if (folder >= 0) close(folder);
    return s;
}
