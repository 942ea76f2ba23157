/* repo index: what an index says of the archives in a folder. Each is read in a compartment of its own, and the text is made in another. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/inputs.h"
#include "action/now.h"
#include "action/repository.h"
#include "base/sort.h"
#include "registry/fetch.h"
#include "registry/engine.h"
#include "registry/files.h"
#include "value/map.h"

enum { ARCHIVES = 200000 };

typedef struct archive {
    bk_str folder, file; /* folder: empty, or a folder within */
} archive;

typedef struct making {
    bk_arena *arena;
    const bk_registry_world *world;
    const bk_repository_index *options;
    bk_str path, now;
    archive *items;
    size_t n, cap;
    bk_items entries;
    bk_err *err;
} making;

/* ---- which archives ---- */

static bk_status add(making *m, bk_str folder, bk_str file) {
    if (m->n >= ARCHIVES) return bk_err_limit(m->err, "archives of a repository", ARCHIVES);
    if (m->n == m->cap) {
        size_t cap = m->cap ? m->cap * 2 : 64;
        void *p = bk_arena_grow(m->arena, m->items, m->cap * sizeof *m->items, cap * sizeof *m->items);
        if (!p) return bk_arena_fail(m->arena, m->err);
        m->items = p;
        m->cap = cap;
    }
    archive *a = &m->items[m->n++];
    return bk_arena_dup(m->arena, folder, &a->folder) && bk_arena_dup(m->arena, file, &a->file) ? BK_OK : bk_arena_fail(m->arena, m->err);
}

/* Archives of a folder, and with `within` the folders in it. */
static bk_status list(making *m, bk_str path, bk_str folder, bool within, bk_items *folders) {
    bk_str copy, name;
    struct stat st;
    if (!bk_arena_dup(m->arena, path, &copy)) return bk_arena_fail(m->arena, m->err);
    DIR *dir = opendir(copy.p);
    if (!dir) return BK_OK; /* as a pattern that matches nothing */
    bk_status s = BK_OK;
    for (const struct dirent *e; s == BK_OK && (e = readdir(dir));) {
        name = bk_str_c(e->d_name);
        if (fstatat(dirfd(dir), e->d_name, &st, 0) != 0 || bk_str_eq(name, BK_S(".")) || bk_str_eq(name, BK_S(".."))) continue;
        if (bk_str_ends(name, BK_S(".tgz")) && S_ISREG(st.st_mode)) s = add(m, folder, name);
        if (!within || !S_ISDIR(st.st_mode)) continue;
        if (bk_arena_dup(m->arena, name, &name)) bk_items_add(folders, bk_string(name));
    }
    closedir(dir);
    return s;
}

static int in_order(const void *a, const void *b, void *arg) {
    (void)arg;
    const archive *x = a, *y = b;
    int order = bk_str_cmp(x->folder, y->folder);
    return order ? order : bk_str_cmp(x->file, y->file);
}

static bk_status find(making *m) {
    bk_items folders;
    bk_value all;
    bk_items_init(&folders, m->arena);
    BK_TRY(list(m, m->path, BK_S(""), true, &folders));
    BK_TRY(bk_items_list(&folders, BK_T_LIST, &all, m->err));
    for (uint32_t i = 0; i < all.len; i++) {
        bk_str within;
        BK_TRY(bk_path_joined(m->arena, m->path, bk_value_str(all.items[i]), &within, m->err));
        BK_TRY(list(m, within, bk_value_str(all.items[i]), false, NULL));
    }
    return bk_sort(m->arena, m->items, m->n, sizeof *m->items, in_order, NULL) ? BK_OK : bk_arena_fail(m->arena, m->err);
}

/* ---- what they are ---- */

static bk_status digest_of(making *m, bk_str path, bk_str *ret) {
    char hex[BK_CONTENT_HEX];
    uint64_t bytes;
    int fd = open(path.p, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return bk_path_error("open", path, errno, m->err);
    bk_status s = bk_file_digest(fd, hex, &bytes);
    close(fd);
    if (s != BK_OK) return bk_path_error("read", path, errno, m->err);
    return bk_arena_dup(m->arena, bk_str_of(hex, sizeof hex), ret) ? BK_OK : bk_arena_fail(m->arena, m->err);
}

/* What is no chart is left out. */
static bk_status add_entry(making *m, const archive *a) {
    bk_str folder, path, bytes, digest;
    bk_sandbox_answer answer;
    bk_arena scratch;
    bk_arena_init(&scratch, 0);
    BK_TRY(bk_path_joined(m->arena, m->path, a->folder, &folder, m->err));
    BK_TRY(bk_path_joined(m->arena, folder, a->file, &path, m->err));
    BK_TRY(digest_of(m, path, &digest));
    bk_map *o = bk_map_new(m->arena, 8);
    bool ok = o && bk_map_set(o, BK_S("url"), bk_string(m->options->url)) && bk_map_set(o, BK_S("folder"), bk_string(a->folder)) &&
              bk_map_set(o, BK_S("file"), bk_string(a->file)) && bk_map_set(o, BK_S("digest"), bk_string(digest)) &&
              bk_map_set(o, BK_S("created"), bk_string(m->now));
    if (!ok) return bk_arena_fail(m->arena, m->err);
    bk_status s = bk_file_load(&scratch, path, BK_INPUT_FILE_MAX, &bytes, m->err);
    if (s == BK_OK) s = bk_registry_index_call(m->arena, "entry", o, &bytes, 1, &answer, m->err);
    bk_arena_release(&scratch);
    if (s == BK_ERR) {
        bk_err_release(m->err);
        return BK_OK;
    }
    BK_TRY(s);
    bk_value *entry = answer.result.kind == BK_MAP ? bk_map_get(answer.result.map, BK_S("entry")) : NULL;
    if (entry) bk_items_add(&m->entries, *entry);
    return BK_OK;
}

/* ---- the text ---- */

static bk_status write_to(making *m, bk_str path, bk_str text) {
    bk_str base;
    int dir;
    if (!bk_arena_dup(m->arena, bk_path_base(path), &base)) return bk_arena_fail(m->arena, m->err);
    BK_TRY(bk_dir_open_for(m->arena, path, &dir, m->err));
    bk_status s = bk_file_replace(dir, base.p, path, text, 0644, m->err);
    close(dir);
    return s;
}

static bk_status text_of(making *m, bk_value entries, const bk_str *merged, bk_str *ret) {
    bk_sandbox_answer answer;
    bk_map *o = bk_map_new(m->arena, 8);
    bool ok = o && bk_map_set(o, BK_S("entries"), entries) && bk_map_set(o, BK_S("generated"), bk_string(m->now)) &&
              bk_map_set(o, BK_S("json"), bk_bool(m->options->json)) && bk_map_set(o, BK_S("source"), bk_string(m->options->merge));
    if (!ok) return bk_arena_fail(m->arena, m->err);
    BK_TRY(bk_registry_index_call(m->arena, "write", o, merged, merged ? 1 : 0, &answer, m->err));
    bk_registry_tell(m->world, answer.logs);
    *ret = bk_is_string(answer.result) ? bk_value_str(answer.result) : BK_S("");
    return BK_OK;
}

/* The other index; one that is not there is made, an empty one. */
static bk_status load_merged(making *m, bk_str *ret) {
    struct stat st;
    bk_str path = m->options->merge, copy;
    if (!bk_arena_dup(m->arena, path, &copy)) return bk_arena_fail(m->arena, m->err);
    if (stat(copy.p, &st) != 0 && errno == ENOENT) {
        BK_TRY(text_of(m, bk_list(NULL, 0), NULL, ret));
        return write_to(m, copy, *ret);
    }
    bk_status s = bk_file_load(m->arena, path, BK_FETCH_INDEX_MAX, ret, m->err);
    return s == BK_OK ? s : bk_err_wrap(m->err, "merge failed");
}

bk_status bk_action_repository_index(bk_arena *arena, const bk_registry_world *world, const bk_repository_index *o, bk_err *err) {
    making m = {.arena = arena, .world = world, .options = o, .err = err};
    bk_str merged, text, path;
    bk_value entries;
    bk_items_init(&m.entries, arena);
    BK_TRY(bk_path_absolute(arena, o->folder, &m.path, err));
    BK_TRY(bk_now_text(arena, &m.now, err));
    BK_TRY(find(&m));
    for (size_t i = 0; i < m.n; i++) BK_TRY(add_entry(&m, &m.items[i]));
    BK_TRY(bk_items_list(&m.entries, BK_T_LIST, &entries, err));
    if (o->merge.n) BK_TRY(load_merged(&m, &merged));
    if (text_of(&m, entries, o->merge.n ? &merged : NULL, &text) != BK_OK)
        return o->merge.n ? bk_err_wrap(err, "merge failed: error loading %.*s", BK_FMT(o->merge)) : err->code;
    BK_TRY(bk_path_joined(arena, m.path, BK_S("index.yaml"), &path, err));
    return write_to(&m, path, text);
}
