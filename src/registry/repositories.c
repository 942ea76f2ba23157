#include "registry/repositories.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "data/yaml.h"
#include "guard/own_file.h"
#include "registry/engine.h"
#include "registry/files.h"
#include "value/map.h"

enum { LOCK_TRIES = 300, LOCK_PAUSE_MS = 100 };
#define ZERO_TIME "0001-01-01T00:00:00Z"

/* Names as they stand in the file. */
static const struct {
    const char *key;
    size_t offset;
} texts[] =
    {
        {"name", offsetof(bk_repository, name)},
        {"url", offsetof(bk_repository, url)},
        {"username", offsetof(bk_repository, access.username)},
        {"password", offsetof(bk_repository, access.password)},
        {"certFile", offsetof(bk_repository, access.cert_file)},
        {"keyFile", offsetof(bk_repository, access.key_file)},
        {"caFile", offsetof(bk_repository, access.ca_file)},
},
  switches[] = {
      {"insecure_skip_tls_verify", offsetof(bk_repository, access.insecure)},
      {"pass_credentials_all", offsetof(bk_repository, access.pass_credentials)},
};

static bk_str *text_of(const bk_repository *r, size_t i) { return (bk_str *)(uintptr_t)((const char *)r + texts[i].offset); }
static bool *switch_of(const bk_repository *r, size_t i) { return (bool *)(uintptr_t)((const char *)r + switches[i].offset); }

/* ---- reading ---- */

/* A text, or what YAML took for a number or a truth. */
static bk_status read_text(bk_arena *arena, const bk_value *v, bk_str *ret, bk_err *err) {
    *ret = BK_S("");
    bool ok = true;
    if (!v || bk_is_nil(*v)) return BK_OK;
    if (bk_is_string(*v)) *ret = bk_value_str(*v);
    else if (v->kind == BK_BOOL) *ret = v->b ? BK_S("true") : BK_S("false");
    else if (v->kind == BK_FLOAT) ok = bk_arena_printf(arena, ret, "%.17g", v->f);
    else
        return bk_err_set(
            err, BK_ERR,
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into Go struct field Entry.repositories of type string",
            v->kind == BK_LIST ? "array" : "object");
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status read_one(bk_repositories *list, bk_map *m, bk_err *err) {
    bk_repository r = {0};
    for (size_t i = 0; i < BK_COUNT(texts); i++) BK_TRY(read_text(list->arena, bk_map_get(m, bk_str_c(texts[i].key)), text_of(&r, i), err));
    for (size_t i = 0; i < BK_COUNT(switches); i++) *switch_of(&r, i) = bk_map_bool(m, switches[i].key, false);
    if (list->count >= BK_REPOSITORIES_MAX) return bk_err_limit(err, "repositories", BK_REPOSITORIES_MAX);
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 16;
        void *p = bk_arena_grow(list->arena, list->items, list->cap * sizeof r, cap * sizeof r);
        if (!p) return bk_arena_fail(list->arena, err);
        list->items = p;
        list->cap = cap;
    }
    list->items[list->count++] = r;
    return BK_OK;
}

static bk_status read_all(bk_repositories *list, bk_str text, bk_err *err) {
    bk_value v;
    BK_TRY(bk_registry_yaml(list->arena, text, &v, err));
    if (bk_is_nil(v)) return BK_OK;
    if (v.kind != BK_MAP)
        return bk_err_set(err, BK_ERR,
                          "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into Go value of type repo.File",
                          v.kind == BK_LIST     ? "array"
                          : v.kind == BK_STRING ? "string"
                          : v.kind == BK_BOOL   ? "bool"
                                                : "number");
    BK_TRY(read_text(list->arena, bk_map_get(v.map, BK_S("apiVersion")), &list->api_version, err));
    bk_str generated = bk_map_str(v.map, "generated", BK_S(""));
    if (generated.n) list->generated = generated;
    const bk_value *all = bk_map_get(v.map, BK_S("repositories"));
    for (uint32_t i = 0; all && all->kind == BK_LIST && i < all->len; i++)
        if (all->items[i].kind == BK_MAP) BK_TRY(read_one(list, all->items[i].map, err));
    return BK_OK;
}

bk_status bk_repositories_lacking(bk_str path, bk_err *err) {
    return bk_err_set(err, BK_ERR_IO, "couldn't load repositories file (%.*s): open %.*s: no such file or directory", BK_FMT(path),
                      BK_FMT(path));
}

bk_status bk_repositories_load(bk_arena *arena, bk_str path, bk_repositories *ret, bk_err *err) {
    bk_str copy, text;
    *ret = (bk_repositories){.arena = arena, .generated = BK_S(ZERO_TIME)};
    if (!bk_arena_dup(arena, path, &copy)) return bk_arena_fail(arena, err);
    int fd = open(copy.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || !path.n)) return BK_OK;
    if (fd < 0) {
        bk_path_error("open", path, errno, err);
        return bk_err_wrap(err, "couldn't load repositories file (%.*s)", BK_FMT(path));
    }
    struct stat st;
    bool nothing = fstat(fd, &st) == 0 && S_ISCHR(st.st_mode); /* /dev/null */
    close(fd);
    ret->there = true;
    if (nothing) return BK_OK;
    BK_TRY(bk_own_file_read(arena, AT_FDCWD, copy.p, "repositories", BK_OWN_MAY_LACK, BK_REPOSITORIES_BYTES, &text, &ret->there, err));
    return read_all(ret, text, err);
}

/* ---- the list ---- */

const bk_repository *bk_repositories_find(const bk_repositories *list, bk_str name) {
    for (size_t i = 0; i < list->count; i++)
        if (bk_str_eq(list->items[i].name, name)) return &list->items[i];
    return NULL;
}

bk_status bk_repositories_put(bk_repositories *list, const bk_repository *r, bk_err *err) {
    bk_map *none = bk_map_new(list->arena, 0);
    const bk_repository *old = bk_repositories_find(list, r->name);
    size_t at = old ? (size_t)(old - list->items) : list->count;
    if (!none) return bk_arena_fail(list->arena, err);
    if (!old) BK_TRY(read_one(list, none, err)); /* room for one more */
    list->items[at] = *r;
    return BK_OK;
}

bool bk_repositories_remove(bk_repositories *list, bk_str name) {
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (!bk_str_eq(list->items[i].name, name)) list->items[kept++] = list->items[i];
    bool found = kept != list->count;
    list->count = kept;
    return found;
}

bool bk_repository_equal(const bk_repository *a, const bk_repository *b) {
    for (size_t i = 0; i < BK_COUNT(texts); i++)
        if (!bk_str_eq(*text_of(a, i), *text_of(b, i))) return false;
    for (size_t i = 0; i < BK_COUNT(switches); i++)
        if (*switch_of(a, i) != *switch_of(b, i)) return false;
    return true;
}

/* ---- writing ---- */

static bool put_one(bk_map *m, const bk_repository *r) {
    for (size_t i = 0; i < BK_COUNT(texts); i++)
        if (!bk_map_set(m, bk_str_c(texts[i].key), bk_string(*text_of(r, i)))) return false;
    for (size_t i = 0; i < BK_COUNT(switches); i++)
        if (!bk_map_set(m, bk_str_c(switches[i].key), bk_bool(*switch_of(r, i)))) return false;
    return true;
}

static bk_status text_for(const bk_repositories *list, bk_str *ret, bk_err *err) {
    bk_arena *arena = list->arena;
    bk_map *top = bk_map_new(arena, 3);
    bk_items all;
    bk_value v;
    bk_items_init(&all, arena);
    for (size_t i = 0; i < list->count; i++) {
        bk_map *m = bk_map_new(arena, 10);
        if (!m || !put_one(m, &list->items[i])) return bk_arena_fail(arena, err);
        bk_items_add(&all, bk_map_value(m));
    }
    BK_TRY(bk_items_list(&all, BK_T_LIST, &v, err));
    bool ok = top && bk_map_set(top, BK_S("apiVersion"), bk_string(list->api_version)) &&
              bk_map_set(top, BK_S("generated"), bk_string(list->generated)) && bk_map_set(top, BK_S("repositories"), v);
    if (!ok) return bk_arena_fail(arena, err);
    bk_buf text;
    bk_buf_init(&text, arena, BK_REPOSITORIES_BYTES);
    BK_TRY(bk_yaml_encode(&text, arena, bk_map_value(top), err));
    *ret = bk_buf_take(&text);
    return BK_OK;
}

bk_status bk_repositories_save(const bk_repositories *list, bk_str path, bk_err *err) {
    bk_arena *arena = list->arena;
    bk_str text, copy, base;
    char real[PATH_MAX];
    int dir;
    BK_TRY(text_for(list, &text, err));
    BK_TRY(bk_dirs_make(arena, bk_path_dir(path).n ? bk_path_dir(path) : BK_S("."), err));
    if (!bk_arena_dup(arena, path, &copy)) return bk_arena_fail(arena, err);
    /* It is the operator's: where he made it a link to elsewhere, it stays one. */
    if (realpath(copy.p, real) && !bk_arena_dup(arena, bk_str_c(real), &copy)) return bk_arena_fail(arena, err);
    if (!bk_arena_dup(arena, bk_path_base(copy), &base)) return bk_arena_fail(arena, err);
    BK_TRY(bk_dir_open_for(arena, copy, &dir, err));
    bk_status s = bk_file_replace(dir, base.p, path, text, 0600, err);
    close(dir);
    return s;
}

/* ---- the lock ---- */

bk_status bk_repositories_lock(bk_arena *arena, bk_str path, int *ret, bk_err *err) {
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
    bk_str name = bk_path_base(path), stem = path, lock, folder = bk_path_dir(path);
    size_t dot = bk_str_rfind_byte(name, '.');
    if (dot != BK_NPOS && name.n - dot < path.n) stem.n -= name.n - dot;
    BK_TRY(bk_dirs_make(arena, folder.n ? folder : BK_S("."), err));
    if (!bk_arena_printf(arena, &lock, "%.*s.lock", BK_FMT(stem))) return bk_arena_fail(arena, err);
    int fd = open(lock.p, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return bk_path_error("open", lock, errno, err);
    int why = 0;
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            *ret = fd;
            return BK_OK;
        }
        why = errno;
        if (why != EWOULDBLOCK && why != EINTR) break;
        nanosleep(&pause, NULL);
    }
    close(fd);
    if (why == EWOULDBLOCK) return bk_err_set(err, BK_ERR_TIMEOUT, "another program holds %.*s: context deadline exceeded", BK_FMT(lock));
    return bk_path_error("flock", lock, why, err);
}

void bk_repositories_unlock(int lock) { close(lock); }

/* ---- the cache ---- */

static bk_status cache_path(bk_arena *arena, bk_str cache, bk_str name, const char *what, bk_str *ret, bk_err *err) {
    bk_str file;
    if (!bk_arena_printf(arena, &file, "%.*s%s", BK_FMT(name), what)) return bk_arena_fail(arena, err);
    if (!bk_path_is_name(file))
        return bk_err_set(err, BK_ERR, "repository name (%.*s) contains '/', please specify a different name without '/'", BK_FMT(name));
    return bk_path_joined(arena, cache, file, ret, err);
}

bk_status bk_repository_index_path(bk_arena *arena, bk_str cache, bk_str name, bk_str *ret, bk_err *err) {
    return cache_path(arena, cache, name, name.n ? "-index.yaml" : "index.yaml", ret, err);
}

bk_status bk_repository_charts_path(bk_arena *arena, bk_str cache, bk_str name, bk_str *ret, bk_err *err) {
    return cache_path(arena, cache, name, name.n ? "-charts.txt" : "charts.txt", ret, err);
}
