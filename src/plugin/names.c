#include "plugin/names.h"

#include <string.h>

#include "base/sort.h"

static int by_name(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_str_cmp(*(const bk_str *)a, *(const bk_str *)b);
}

bk_status bk_plugin_names_of(bk_arena *arena, DIR *dir, size_t most, bk_plugin_names *ret, bk_err *err) {
    bk_plugin_names names = {0};
    size_t cap = 0;
    for (const struct dirent *d; (d = readdir(dir));) {
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0) continue;
        names.more = names.count >= most;
        if (names.more) break;
        if (names.count == cap) {
            size_t grown = cap ? cap * 2 : 16;
            names.items = bk_arena_grow(arena, names.items, cap * sizeof *names.items, grown * sizeof *names.items);
            if (!names.items) return bk_arena_fail(arena, err);
            cap = grown;
        }
        if (!bk_arena_dup(arena, bk_str_c(d->d_name), &names.items[names.count++])) return bk_arena_fail(arena, err);
    }
    if (names.count && !bk_sort(arena, names.items, names.count, sizeof *names.items, by_name, NULL)) return bk_arena_fail(arena, err);
    *ret = names;
    return BK_OK;
}
