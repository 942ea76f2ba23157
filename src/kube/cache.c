#include "kube/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "kube/client.h"

#define MAGIC "bulkhead discovery 1\n"

/* <folder>/bulkhead/<server>: the server's name in letters that any file system takes. Made where it is missing. -1: there is none. */
static int open_folder(bk_arena *arena, bk_str folder, bk_str server, bool make) {
    bk_str path;
    bk_buf name;
    bk_buf_init(&name, arena, 4096);
    for (size_t i = 0; i < server.n && i < 200; i++) {
        char c = server.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || (c == '.' && i);
        bk_buf_byte(&name, plain ? c : '_');
    }
    if (!folder.n || folder.p[0] != '/' || bk_str_find_byte(folder, 0) != BK_NPOS || !bk_buf_ok(&name)) return -1;
    if (!bk_arena_printf(arena, &path, "%.*s/bulkhead/%.*s", BK_FMT(folder), BK_FMT(bk_buf_view(&name)))) return -1;
    char *p = (char *)(uintptr_t)path.p; /* ours */
    for (size_t i = 1; make && i <= path.n; i++) {
        if (p[i] != '/' && p[i] != 0) continue;
        p[i] = 0;
        mkdir(p, 0700);
        if (i < path.n) p[i] = '/';
    }
    int fd = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    /* Somebody else's folder is not ours to believe. */
    if (fd >= 0 && (fstat(fd, &st) != 0 || st.st_uid != geteuid() || (st.st_mode & 022))) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool read_whole(bk_arena *arena, int fd, bk_str *ret) {
    bk_buf b;
    bk_buf_init(&b, arena, BK_KUBE_BODY + 4096);
    for (;;) {
        char *at = bk_buf_reserve(&b, 64 << 10);
        if (!at) return false;
        ssize_t n = read(fd, at, 64 << 10);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        if (n == 0) break;
        b.n += (size_t)n;
    }
    *ret = bk_buf_take(&b);
    return true;
}

/* Magic, etag, type, length, each a line, and the body. */
static bool take_apart(bk_arena *arena, bk_str text, bk_kube_cached *ret) {
    bk_str length, expected;
    bk_kube_cached c;
    if (!bk_str_starts(text, BK_S(MAGIC))) return false;
    text = bk_str_from(text, strlen(MAGIC));
    if (!bk_str_line(&text, &c.etag) || !bk_str_line(&text, &c.type) || !bk_str_line(&text, &length)) return false;
    if (!bk_arena_printf(arena, &expected, "%zu", text.n) || !bk_str_eq(length, expected)) return false;
    c.body = text;
    *ret = c;
    return true;
}

void bk_kube_cache_get(bk_arena *arena, bk_str folder, bk_str server, const char *what, bk_kube_cached *ret) {
    bk_str text;
    struct stat st;
    *ret = (bk_kube_cached){0};
    int dir = open_folder(arena, folder, server, false);
    if (dir < 0) return;
    int fd = openat(dir, what, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    close(dir);
    if (fd < 0) return;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !read_whole(arena, fd, &text) || !take_apart(arena, text, ret))
        *ret = (bk_kube_cached){0};
    int64_t now = (int64_t)time(NULL);
    ret->age = (int64_t)st.st_mtime > now ? -1 : now - (int64_t)st.st_mtime;
    close(fd);
}

void bk_kube_cache_touch(bk_arena *arena, bk_str folder, bk_str server, const char *what) {
    int dir = open_folder(arena, folder, server, false);
    if (dir < 0) return;
    utimensat(dir, what, NULL, AT_SYMLINK_NOFOLLOW);
    close(dir);
}

static bool write_all(int fd, bk_str s) {
    while (s.n) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        s = bk_str_from(s, (size_t)n);
    }
    return true;
}

static bool has_line_end(bk_str s) { return bk_str_find_byte(s, '\n') != BK_NPOS; }

void bk_kube_cache_put(bk_arena *arena, bk_str folder, bk_str server, const char *what, const bk_kube_cached *entry) {
    bk_str head, temporary;
    if (!entry->etag.n || has_line_end(entry->etag) || has_line_end(entry->type)) return;
    bool ok = bk_arena_printf(arena, &head, MAGIC "%.*s\n%.*s\n%zu\n", BK_FMT(entry->etag), BK_FMT(entry->type), entry->body.n) &&
              bk_arena_printf(arena, &temporary, ".%s.%ld", what, (long)getpid());
    int dir = ok ? open_folder(arena, folder, server, true) : -1;
    if (dir < 0) return;
    int fd = openat(dir, temporary.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    ok = fd >= 0 && write_all(fd, head) && write_all(fd, entry->body);
    if (fd >= 0 && close(fd) != 0) ok = false;
    if (fd >= 0 && (!ok || renameat(dir, temporary.p, dir, what) != 0)) unlinkat(dir, temporary.p, 0);
    close(dir);
}
