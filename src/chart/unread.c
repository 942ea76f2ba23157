#include "chart/unread.h"

#include "base/num.h"

static void fill(bk_map_fill *self) { bk_unread_fill((bk_unread *)(void *)self); }

void bk_unread_init(bk_unread *unread, bk_str gz, bk_deflate *inflate) {
    *unread = (bk_unread){.fill = {fill}, .gz = gz, .inflate = inflate};
}

bool bk_unread_expected(bk_str name) {
    bk_str rest = name, sub;
    while (bk_str_starts(rest, BK_S("charts/")) && bk_str_cut(bk_str_from(rest, strlen("charts/")), BK_S("/"), &sub, &rest)) {}
    return bk_str_starts(rest, BK_S("crds/")) || (bk_str_ends(rest, BK_S(".md")) && bk_str_find_byte(rest, '/') == BK_NPOS);
}

bool bk_unread_add(bk_unread *unread, bk_arena *arena, bk_unread_part part) {
    if (unread->n == unread->cap) {
        size_t cap = unread->cap ? unread->cap * 2 : 16;
        void *p = bk_arena_grow(arena, unread->p, unread->cap * sizeof part, cap * sizeof part);
        if (!p) return false;
        unread->p = p;
        unread->cap = cap;
    }
    unread->p[unread->n++] = part;
    return true;
}

bool bk_unread_holds(const bk_unread *unread, const char *p) {
    for (size_t i = 0; i < unread->n; i++)
        if (p <= unread->p[i].to && (size_t)(unread->p[i].to - p) < 8) return true; /* the part begins a few bytes into the file */
    return false;
}

void bk_unread_fill(bk_unread *unread) {
    bk_unpack u;
    if (unread->filled) return;
    unread->filled = true;
    if (!bk_unpack_begin(&u, unread->inflate, unread->gz, SIZE_MAX)) return;
    for (size_t i = 0; i < unread->n; i++) {
        const bk_unread_part *part = &unread->p[i];
        bk_unpack_take(&u, NULL, part->at - u.at);
        bk_unpack_take(&u, part->to, part->n);
    }
}
