/* YAML kept with its comments: joined for a post-renderer, taken apart as its answer. */
#include "engine/postrender.h"
#include "fuzz.h"

FUZZ(text) {
    bk_rendered_file file = {.path = BK_S("c/templates/x.yaml"), .text = text}, *files;
    bk_err second = BK_ERR_INIT;
    bk_str joined;
    size_t n;
    if (bk_postrender_split(arena, text, &files, &n, &second) != BK_OK) bk_err_release(&second);
    if (bk_postrender_join(arena, &file, 1, &joined, err) != BK_OK) return;
    if (bk_postrender_split(arena, joined, &files, &n, &second) != BK_OK) bk_err_release(&second);
}
