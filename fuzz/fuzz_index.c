/* The index of a repository: its text, and the flat form that is made of it. */
#include "chart/index.h"
#include "fuzz.h"

/* Everything that a form can be asked; it need not make sense, but it must end within its bytes. */
static void walk(const bk_index_form *f, bk_arena *arena) {
    for (uint32_t c = 0; c < f->charts && c < 1000; c++) {
        bk_str name;
        uint32_t first, count, again, n;
        bk_index_form_chart(f, c, &name, &first, &count);
        bk_index_form_find(f, name, &again, &n);
        for (uint32_t i = first; i < first + count && i < first + 1000; i++) {
            const bk_index_row row = bk_index_form_version(f, i);
            bk_str copy;
            if (!bk_arena_dup(arena, row.keywords, &copy)) return;
            for (uint32_t k = 0; k < row.url_count && k < 100; k++)
                if (!bk_arena_dup(arena, bk_index_form_url(f, row.first_url + k), &copy)) return;
        }
    }
}

static void walk_made(bk_index_writer *w, bk_arena *arena, bk_err *err) {
    char head[BK_INDEX_HEAD];
    bk_index_form form;
    bk_buf all;
    if (bk_index_writer_head(w, head, err) != BK_OK) return;
    bk_buf_init(&all, arena, 0);
    bk_buf_bytes(&all, head, sizeof head);
    const bk_buf *const parts[] = {&w->charts, &w->versions, &w->urls, &w->pool};
    for (size_t i = 0; i < BK_COUNT(parts); i++) bk_buf_str(&all, bk_buf_view(parts[i]));
    if (!bk_buf_ok(&all)) return;
    FUZZ_CHECK(bk_index_form_open(bk_buf_view(&all), &form, err) == BK_OK);
    walk(&form, arena);
}

FUZZ(text) {
    const bk_log quiet = {0};
    bk_index_form form;
    bk_index_head head;
    bk_index_writer writer;
    if (bk_index_form_open(text, &form, err) == BK_OK) {
        walk(&form, arena);
        return;
    }
    bk_err_release(err);
    bk_index_writer_init(&writer);
    const bk_index_visitor visitor = bk_index_writer_visitor(&writer);
    if (bk_index_read(arena, text, BK_S("index.yaml"), &quiet, &visitor, &head, err) == BK_OK) walk_made(&writer, arena, err);
    bk_index_writer_release(&writer);
}
