#include "registry/forms.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "registry/files.h"
#include "sandbox/call.h"

enum { KEPT = 64 };

#define SUFFIX ".index"
#define SUM_BYTES sizeof(uint64_t)

static int open_cache(bk_arena *arena, const bk_registry_world *world, bool make) {
    bk_err ignored = BK_ERR_INIT;
    int dir = -1;
    if (!world->index_cache.n) return -1;
    if (!make || bk_dirs_make(arena, world->index_cache, &ignored) == BK_OK) bk_dir_open(arena, world->index_cache, &dir, &ignored);
    bk_err_release(&ignored);
    return dir;
}

static void form_name(const char digest[BK_CONTENT_HEX], char out[BK_CONTENT_HEX + sizeof SUFFIX]) {
    memcpy(out, digest, BK_CONTENT_HEX);
    memcpy(out + BK_CONTENT_HEX, SUFFIX, sizeof SUFFIX);
}

/* Against torn writes, not against anybody: eight bytes at a time, as fast as they are read. */
static uint64_t sum_of(bk_str form) {
    uint64_t sum = form.n, word;
    size_t i = 0;
    for (; form.n - i >= sizeof word; i += sizeof word) {
        memcpy(&word, form.p + i, sizeof word);
        sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 29;
    }
    for (; i < form.n; i++) sum = (sum ^ (unsigned char)form.p[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return sum;
}

static bool take_sum_off(bk_str *form) {
    uint64_t said;
    if (form->n < sizeof said) return false;
    form->n -= sizeof said;
    memcpy(&said, form->p + form->n, sizeof said);
    return said == sum_of(*form);
}

bk_str bk_form_find(bk_arena *arena, const bk_registry_world *world, const char digest[BK_CONTENT_HEX]) {
    char name[BK_CONTENT_HEX + sizeof SUFFIX];
    bk_str form = {NULL, 0};
    bk_err ignored = BK_ERR_INIT;
    int dir = open_cache(arena, world, false);
    if (dir < 0) return form;
    form_name(digest, name);
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    close(dir);
    if (fd < 0) return form;
    bool good = bk_fd_read(arena, fd, BK_S("index"), BK_SANDBOX_OUTPUT + SUM_BYTES, &form, &ignored) == BK_OK && take_sum_off(&form);
    if (good) futimens(fd, NULL); /* used today */
    bk_err_release(&ignored);
    close(fd);
    return good ? form : (bk_str){NULL, 0};
}

/* Takes the one away that was not used for the longest time, when there are many. */
static void sweep(int cache) {
    char oldest[256] = "";
    struct stat st;
    time_t when = 0;
    size_t count = 0;
    int fd = openat(cache, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0) close(fd);
        return;
    }
    for (const struct dirent *e; (e = readdir(dir));) {
        if (e->d_name[0] == '.' || fstatat(cache, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (count++ && st.st_mtime >= when) continue;
        when = st.st_mtime;
        snprintf(oldest, sizeof oldest, "%s", e->d_name);
    }
    closedir(dir);
    if (count > KEPT && oldest[0]) unlinkat(cache, oldest, 0);
}

void bk_form_keep(bk_arena *arena, const bk_registry_world *world, const char digest[BK_CONTENT_HEX], bk_str form) {
    char name[BK_CONTENT_HEX + sizeof SUFFIX];
    uint64_t sum = sum_of(form);
    bk_err ignored = BK_ERR_INIT;
    int dir = open_cache(arena, world, true);
    if (dir < 0) return;
    form_name(digest, name);
    bk_content_sweep(arena, world->index_cache);
    bk_str behind = bk_str_of((const char *)&sum, sizeof sum);
    if (bk_file_put_two(dir, name, world->index_cache, form, behind, 0644, &ignored) == BK_OK) sweep(dir);
    bk_err_release(&ignored);
    close(dir);
}
