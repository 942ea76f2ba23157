#define _GNU_SOURCE
#include "action/dependency_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "registry/files.h"
#include "base/limits.h"
#include "base/sort.h"
#include "value/gofmt.h"

enum { FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, TRIES = 100 };

static bk_status not_a_folder(bk_str path, bk_err *err) {
    bk_buf b;
    bk_buf_init(&b, NULL, BK_LIMIT_ERR);
    bk_fmt_quote(&b, path);
    bk_buf_c(&b, " is not a directory");
    bk_err_set_str(err, BK_ERR, bk_buf_view(&b));
    bk_buf_release(&b);
    return BK_ERR;
}

static bk_status open_charts(bk_dependency_store *s, bk_err *err) {
    struct stat st;
    if (mkdirat(s->chart, "charts", 0755) != 0 && errno != EEXIST) return bk_path_error("mkdir", s->charts_path, errno, err);
    if (fstatat(s->chart, "charts", &st, AT_SYMLINK_NOFOLLOW) != 0) return bk_path_error("stat", s->charts_path, errno, err);
    if (S_ISLNK(st.st_mode)) return bk_err_set(err, BK_ERR, "%.*s is a symbolic link, and is not followed", BK_FMT(s->charts_path));
    if (!S_ISDIR(st.st_mode)) return not_a_folder(s->charts_path, err);
    s->charts = openat(s->chart, "charts", FOLDER);
    return s->charts < 0 ? bk_path_error("open", s->charts_path, errno, err) : BK_OK;
}

/* A folder that nobody else has: a chart may have brought one of the name that Helm would take. */
static bk_status open_fresh(bk_dependency_store *s, bk_str chart, bk_err *err) {
    for (int i = 0; i < TRIES; i++) {
        if (i == 0) snprintf(s->fresh_name, sizeof s->fresh_name, "tmpcharts-%ld", (long)getpid());
        else snprintf(s->fresh_name, sizeof s->fresh_name, "tmpcharts-%ld-%d", (long)getpid(), i);
        if (mkdirat(s->chart, s->fresh_name, 0755) != 0) {
            if (errno == EEXIST) continue;
            break;
        }
        s->fresh = openat(s->chart, s->fresh_name, FOLDER);
        if (s->fresh >= 0) return BK_OK;
        break;
    }
    int why = errno;
    bk_str path;
    BK_TRY(bk_path_joined(s->arena, chart, bk_str_c(s->fresh_name), &path, err));
    return bk_path_error("mkdir", path, why, err);
}

static int by_name(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_str_cmp(*(const bk_str *)a, *(const bk_str *)b);
}

static bk_status add_name(bk_arena *arena, bk_str **list, size_t *n, size_t *cap, bk_str name, bk_err *err) {
    if (*n >= BK_LIMIT_FILES) return bk_err_limit(err, "files of a chart", BK_LIMIT_FILES);
    if (*n == *cap) {
        size_t more = *cap ? *cap * 2 : 16;
        void *p = bk_arena_grow(arena, *list, *cap * sizeof name, more * sizeof name);
        if (!p) return bk_arena_fail(arena, err);
        *list = p;
        *cap = more;
    }
    return bk_arena_dup(arena, name, &(*list)[(*n)++]) ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status list_old(bk_dependency_store *s, bk_err *err) {
    int fd = openat(s->charts, ".", FOLDER);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    size_t cap = 0;
    struct stat st;
    bk_status status = BK_OK;
    if (!dir) {
        int why = errno;
        if (fd >= 0) close(fd);
        return bk_path_error("open", s->charts_path, why, err);
    }
    for (const struct dirent *e; status == BK_OK && (e = readdir(dir));) {
        if (fstatat(s->charts, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(st.st_mode)) continue;
        status = add_name(s->arena, &s->old, &s->old_count, &cap, bk_str_c(e->d_name), err);
    }
    closedir(dir);
    BK_TRY(status);
    s->old_links = BK_NEW_ARRAY(s->arena, bool, s->old_count + 1);
    if (!s->old_links || !bk_sort(s->arena, s->old, s->old_count, sizeof *s->old, by_name, NULL)) return bk_arena_fail(s->arena, err);
    for (size_t i = 0; i < s->old_count; i++)
        s->old_links[i] = fstatat(s->charts, s->old[i].p, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
    return BK_OK;
}

bk_status bk_dependency_store_open(bk_dependency_store *s, bk_arena *arena, bk_str chart, bk_err *err) {
    *s = (bk_dependency_store){.arena = arena, .chart = -1, .charts = -1, .fresh = -1};
    BK_TRY(bk_path_joined(arena, chart, BK_S("charts"), &s->charts_path, err));
    BK_TRY(bk_dir_open(arena, chart, &s->chart, err));
    bk_status status = open_charts(s, err);
    if (status == BK_OK) status = list_old(s, err);
    if (status == BK_OK) status = open_fresh(s, chart, err);
    if (status != BK_OK) bk_dependency_store_close(s);
    return status;
}

void bk_dependency_store_close(bk_dependency_store *s) {
    for (size_t i = 0; s->fresh >= 0 && i < s->put_count; i++) unlinkat(s->fresh, s->put[i].p, 0);
    if (s->fresh >= 0) {
        close(s->fresh);
        unlinkat(s->chart, s->fresh_name, AT_REMOVEDIR);
    }
    if (s->charts >= 0) close(s->charts);
    if (s->chart >= 0) close(s->chart);
    s->fresh = s->charts = s->chart = -1;
}

bool bk_dependency_store_has(const bk_dependency_store *s, bk_str name) {
    for (size_t i = 0; i < s->put_count; i++)
        if (bk_str_eq(s->put[i], name)) return true;
    return false;
}

bk_status bk_dependency_store_put(bk_dependency_store *s, bk_str name, bk_str archive, bk_err *err) {
    bk_str path;
    BK_TRY(bk_path_joined(s->arena, s->charts_path, name, &path, err));
    if (!bk_dependency_store_has(s, name)) BK_TRY(add_name(s->arena, &s->put, &s->put_count, &s->put_cap, name, err));
    return bk_file_replace(s->fresh, name.p, path, archive, 0666, err);
}

bk_status bk_dependency_store_put_file(bk_dependency_store *s, bk_str name, bk_str path, bk_err *err) {
    bk_str shown;
    if (!bk_path_is_name(name) || !bk_arena_dup(s->arena, name, &name)) return bk_err_set(err, BK_ERR, "an archive without a usable name");
    BK_TRY(bk_path_joined(s->arena, s->charts_path, name, &shown, err));
    if (!bk_dependency_store_has(s, name)) BK_TRY(add_name(s->arena, &s->put, &s->put_count, &s->put_cap, name, err));
    return bk_file_copy(s->arena, path, s->fresh, name.p, shown, err);
}

static bool was_there(const bk_dependency_store *s, bk_str name) {
    for (size_t i = 0; i < s->old_count; i++)
        if (bk_str_eq(s->old[i], name)) return true;
    return false;
}

/* A file that has the name already changes places with the new one, where the file system can do that, so that it can come back. */
static bool bring(const bk_dependency_store *s, bk_str name, bool *ret_swapped) {
    *ret_swapped = was_there(s, name) && renameat2(s->fresh, name.p, s->charts, name.p, RENAME_EXCHANGE) == 0;
    return *ret_swapped || renameat(s->fresh, name.p, s->charts, name.p) == 0;
}

static void take_back(const bk_dependency_store *s, size_t count, const bool *swapped) {
    for (size_t i = count; i-- > 0;) {
        const char *name = s->put[i].p;
        if (swapped[i]) (void)renameat2(s->charts, name, s->fresh, name, RENAME_EXCHANGE);
        else if (!was_there(s, s->put[i])) (void)unlinkat(s->charts, name, 0);
    }
}

bk_status bk_dependency_store_move(bk_dependency_store *s, bk_err *err) {
    bk_str path;
    bool *swapped = BK_NEW_ARRAY(s->arena, bool, s->put_count + 1);
    if (!swapped) return bk_arena_fail(s->arena, err);
    for (size_t i = 0; i < s->put_count; i++) {
        if (bring(s, s->put[i], &swapped[i])) continue;
        int why = errno;
        take_back(s, i, swapped);
        BK_TRY(bk_path_joined(s->arena, s->charts_path, s->put[i], &path, err));
        return bk_path_error("rename", path, why, err);
    }
    return BK_OK;
}

bk_status bk_dependency_store_delete(bk_dependency_store *s, bk_str name, bk_err *err) {
    return unlinkat(s->charts, name.p, 0) == 0 ? BK_OK : bk_path_error("remove", name, errno, err);
}

static bk_status refuse_link(int dir, const char *name, bk_err *err) {
    char target[PATH_MAX];
    bk_buf b;
    ssize_t n = readlinkat(dir, name, target, sizeof target);
    bk_buf_init(&b, NULL, BK_LIMIT_ERR);
    bk_buf_printf(&b, "the %s file is a symlink to ", name);
    bk_fmt_quote(&b, bk_str_of(target, n < 0 ? 0 : (size_t)n));
    bk_err_set_str(err, BK_ERR, bk_buf_view(&b));
    bk_buf_release(&b);
    return BK_ERR;
}

/* The chart's folder, open; *ret_mode: the mode that the lock has, or gets. */
static bk_status open_for_lock(bk_arena *arena, bk_str chart, const char *name, int *ret, mode_t *ret_mode, bk_err *err) {
    struct stat st;
    BK_TRY(bk_dir_open(arena, chart, ret, err));
    bool there = fstatat(*ret, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    *ret_mode = there && S_ISREG(st.st_mode) ? st.st_mode & 0777 : 0644;
    if (!there || !S_ISLNK(st.st_mode)) return BK_OK;
    refuse_link(*ret, name, err);
    close(*ret);
    return BK_ERR;
}

bk_status bk_dependency_check_lock(bk_arena *arena, bk_str chart, const char *name, bk_err *err) {
    int dir;
    mode_t mode;
    BK_TRY(open_for_lock(arena, chart, name, &dir, &mode, err));
    close(dir);
    return BK_OK;
}

bk_status bk_dependency_write_lock(bk_arena *arena, bk_str chart, const char *name, bk_str text, bk_err *err) {
    bk_str path;
    int dir;
    mode_t mode;
    BK_TRY(bk_path_joined(arena, chart, bk_str_c(name), &path, err));
    BK_TRY(open_for_lock(arena, chart, name, &dir, &mode, err));
    bk_status s = bk_file_replace(dir, name, path, text, mode, err);
    close(dir);
    return s;
}
