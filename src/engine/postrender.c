#include "engine/postrender.h"

#include "base/sort.h"
#include "base/unicode.h"
#include "data/yaml_resource.h"
#include "value/map.h"

static int by_path(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_str_cmp(((const bk_rendered_file *)a)->path, ((const bk_rendered_file *)b)->path);
}

/* One piece of a file, which may hold several documents, or a list that falls apart. */
static bk_status add_piece(bk_arena *arena, bk_str path, bk_str piece, bk_resources *all, bk_err *err) {
    size_t before = all->n;
    if (bk_resources_read(arena, piece, all, err) != BK_OK) return bk_err_wrap(err, "parsing %.*s", BK_FMT(path));
    for (size_t i = before; i < all->n; i++) {
        if (bk_resource_annotate(arena, &all->items[i], BK_S(BK_POSTRENDER_ANNOTATION), path, err) != BK_OK)
            return bk_err_wrap(err, "annotating %.*s", BK_FMT(path));
    }
    return BK_OK;
}

bk_status bk_postrender_join(bk_arena *arena, bk_rendered_file *files, size_t count, bk_str *ret, bk_err *err) {
    bk_resources all = {0};
    bk_buf out;
    if (!bk_sort(arena, files, count, sizeof *files, by_path, NULL)) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < count; i++) {
        bk_str *pieces;
        size_t n;
        if (bk_str_starts(bk_path_base(files[i].path), BK_S("_")) || bk_str_trim_left_space(files[i].text).n == 0) continue;
        BK_TRY(bk_manifest_split(arena, files[i].text, &pieces, &n, err));
        for (size_t k = 0; k < n; k++) BK_TRY(add_piece(arena, files[i].path, pieces[k], &all, err));
    }
    bk_buf_init(&out, arena, 0);
    if (bk_resources_write(arena, &all, &out, err) != BK_OK) return bk_err_wrap(err, "writing merged docs");
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

/* ---- back ---- */

typedef struct group {
    bk_str path;
    bk_resources docs;
} group;

typedef struct groups {
    bk_arena *arena;
    group *items;
    size_t n, cap;
    bk_map *places; /* path to place */
    bk_err *err;
} groups;

static bk_status group_of(groups *g, bk_str path, group **ret) {
    bk_value *place = bk_map_get(g->places, path);
    if (place) return *ret = &g->items[place->i], BK_OK;
    if (g->n == g->cap) {
        size_t more = g->cap ? g->cap * 2 : 16;
        void *grown = bk_arena_grow(g->arena, g->items, g->cap * sizeof **ret, more * sizeof **ret);
        if (!grown) return bk_arena_fail(g->arena, g->err);
        g->items = grown;
        g->cap = more;
    }
    if (!bk_map_set(g->places, path, bk_int64((int64_t)g->n))) return bk_arena_fail(g->arena, g->err);
    g->items[g->n] = (group){.path = path};
    *ret = &g->items[g->n++];
    return BK_OK;
}

static bk_status put_into_group(groups *g, bk_ydoc *doc, size_t number) {
    bk_str path = {NULL, 0};
    group *to = NULL;
    if (!bk_resource_annotation(doc, BK_S(BK_POSTRENDER_ANNOTATION), &path))
        return bk_err_set(g->err, BK_ERR, "getting metadata: missing Resource metadata");
    if (path.n == 0 && !bk_arena_printf(g->arena, &path, "generated-by-postrender-%zu.yaml", number))
        return bk_arena_fail(g->arena, g->err);
    if (bk_resource_unannotate(g->arena, doc, BK_S(BK_POSTRENDER_ANNOTATION), g->err) != BK_OK)
        return bk_err_wrap(g->err, "clearing filename annotation");
    BK_TRY(group_of(g, path, &to));
    return bk_resources_add(g->arena, &to->docs, *doc, g->err);
}

static bk_status write_group(groups *g, group *from, bk_rendered_file *ret) {
    bk_buf out;
    bk_buf_init(&out, g->arena, 0);
    if (bk_resources_write(g->arena, &from->docs, &out, g->err) != BK_OK) return bk_err_wrap(g->err, "re-writing %.*s", BK_FMT(from->path));
    BK_TRY(bk_buf_check(&out, g->err));
    *ret = (bk_rendered_file){.path = from->path, .text = bk_buf_take(&out)};
    return BK_OK;
}

bk_status bk_postrender_split(bk_arena *arena, bk_str text, bk_rendered_file **ret, size_t *ret_count, bk_err *err) {
    bk_resources all = {0};
    groups g = {.arena = arena, .places = bk_map_new(arena, 0), .err = err};
    if (!g.places) return bk_arena_fail(arena, err);
    if (bk_resources_read(arena, text, &all, err) != BK_OK) return bk_err_wrap(err, "error parsing YAML");
    for (size_t i = 0; i < all.n; i++) BK_TRY(put_into_group(&g, &all.items[i], i));
    bk_rendered_file *files = BK_NEW_ARRAY(arena, bk_rendered_file, g.n + 1);
    if (!files) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < g.n; i++) BK_TRY(write_group(&g, &g.items[i], &files[i]));
    *ret = files;
    *ret_count = g.n;
    return BK_OK;
}
