#include "action/package.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/archive.h"
#include "action/capabilities.h"
#include "registry/files.h"

/* The folder that the archive goes to; "." is the working directory in full. */
static bk_status destination(bk_arena *arena, bk_str given, bk_str *ret, bk_err *err) {
    if (bk_str_eq(given, BK_S("."))) return bk_path_absolute(arena, given, ret, err);
    return bk_path_cleaned(arena, given, ret, err);
}

static bk_status make_folder(bk_arena *arena, bk_str path, bk_err *err) {
    bk_str copy;
    struct stat st;
    if (!bk_arena_dup(arena, path, &copy)) return bk_arena_fail(arena, err);
    if (stat(copy.p, &st) == 0) return S_ISDIR(st.st_mode) ? BK_OK : bk_err_set(err, BK_ERR, "is not a directory: %.*s", BK_FMT(path));
    if (errno == ENOENT) return bk_dirs_make(arena, path, err);
    bk_path_error("stat", path, errno, err);
    return bk_err_wrap(err, "stat %.*s", BK_FMT(path));
}

/* The archive and, when there is one, its provenance: that first, so that no archive stands there as if it were unsigned. */
static bk_status save(bk_arena *arena, const bk_packed *packed, bk_str provenance, bk_str dir, bk_err *err) {
    bk_str path, beside;
    int fd;
    BK_TRY(make_folder(arena, dir, err));
    BK_TRY(bk_path_joined(arena, dir, packed->file, &path, err));
    if (!bk_arena_printf(arena, &beside, "%.*s.prov", BK_FMT(packed->file))) return bk_arena_fail(arena, err);
    BK_TRY(bk_dir_open(arena, dir, &fd, err));
    bk_status s = provenance.n ? bk_file_replace(fd, beside.p, beside, provenance, 0644, err) : BK_OK;
    if (s == BK_OK) s = bk_file_replace(fd, packed->file.p, path, packed->archive, 0666, err);
    close(fd);
    return s;
}

/* What Helm's loader says of something that is no folder. */
static bk_status check_folder(bk_arena *arena, bk_str given, bk_str path, bk_err *err) {
    bk_str copy;
    struct stat st;
    if (!bk_arena_dup(arena, given, &copy)) return bk_arena_fail(arena, err);
    if (stat(copy.p, &st) != 0) return bk_path_error("stat", given, errno, err);
    if (S_ISDIR(st.st_mode)) return BK_OK;
    return bk_err_set(err, BK_ERR, "unable to detect chart at %.*s/Chart.yaml: open %.*s/Chart.yaml: not a directory", BK_FMT(path),
                      BK_FMT(path));
}

static bk_status sign(bk_arena *arena, const bk_package_options *o, bk_str folder, const bk_packed *packed, bk_str *ret, bk_rendered *logs,
                      bk_err *err) {
    const bk_render_options render = {.chart = folder, .guard = o->dependency.guard, .limits = o->dependency.limits};
    bk_str statement = BK_S("");
    if (o->capabilities) BK_TRY(bk_capabilities_make(arena, &render, &statement, logs, err));
    return bk_provenance_make(arena, o->signing, packed->file, packed->archive, packed->metadata, statement, ret, err);
}

bk_status bk_action_package(bk_arena *arena, const bk_package_options *o, bk_str *ret, bk_rendered *logs, bk_err *err) {
    bk_str path, dir, provenance = {NULL, 0};
    bk_packed packed;
    BK_TRY(bk_path_absolute(arena, o->chart, &path, err));
    BK_TRY(check_folder(arena, o->chart, path, err));
    if (o->dependency_update) {
        bk_dependency_options update = o->dependency;
        bk_buf unheard;
        update.chart = path;
        bk_buf_init(&unheard, arena, 0);
        BK_TRY(bk_action_dependency_update(arena, &update, &unheard, logs, err));
    }
    const bk_pack_options pack = {
        .version = o->version, .app_version = o->app_version, .stamped = o->dependency.stamped, .stamp = o->dependency.stamp};
    BK_TRY(bk_pack(arena, path, &pack, o->dependency.guard, &o->dependency.limits, &packed, logs, err));
    BK_TRY(destination(arena, o->destination, &dir, err));
    if (o->signing) BK_TRY(sign(arena, o, path, &packed, &provenance, logs, err));
    if (save(arena, &packed, provenance, dir, err) != BK_OK) return bk_err_wrap(err, "failed to save");
    return bk_path_joined(arena, bk_str_eq(dir, BK_S(".")) ? BK_S("") : dir, packed.file, ret, err);
}
