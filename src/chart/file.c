#include "chart/file.h"

#include "base/limits.h"

bk_status bk_files_add(bk_files *files, bk_arena *arena, bk_file file, bk_err *err) {
    if (files->n >= BK_LIMIT_FILES) return bk_err_limit(err, "files of a chart", BK_LIMIT_FILES);
    if (files->n == files->cap) {
        size_t cap = files->cap ? files->cap * 2 : 16;
        bk_file *p = bk_arena_grow(arena, files->p, files->cap * sizeof *p, cap * sizeof *p);
        if (!p) return bk_arena_fail(arena, err);
        files->p = p;
        files->cap = cap;
    }
    files->p[files->n++] = file;
    return BK_OK;
}

bk_str bk_file_trim_bom(bk_str data) { return bk_str_starts(data, BK_S("\xEF\xBB\xBF")) ? bk_str_from(data, 3) : data; }
