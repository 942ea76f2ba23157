#include "engine/source.h"

#include "base/limits.h"
#include "chart/archive.h"
#include "chart/ignore.h"
#include "chart/load.h"

/* As Helm has it for a chart in a folder, which it does not unpack but counts all the same. */
enum { TOTAL_MAX = 100 << 20 };

typedef struct walk {
    bk_call_state *call;
    bk_ignore ignore;
    bk_files *files;
    uint64_t total;
} walk;

static bk_status join(bk_arena *arena, bk_str dir, bk_str name, bk_str *ret, bk_err *err) {
    bool ok = dir.n ? bk_arena_printf(arena, ret, "%.*s/%.*s", BK_FMT(dir), BK_FMT(name)) : bk_arena_dup(arena, name, ret);
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status add_file(walk *w, bk_str path, const bk_engine_input *entry) {
    bk_err *err = w->call->err;
    bk_file file = {.name = path, .mtime = entry->mtime};
    BK_TRY(bk_call_input(w->call, entry->number, &file.data));
    w->total += file.data.n;
    if (w->total > TOTAL_MAX)
        return bk_err_set(err, BK_ERR, "error reading %.*s: chart exceeds maximum decompressed size of %d bytes", BK_FMT(path), TOTAL_MAX);
    file.data = bk_file_trim_bom(file.data);
    return bk_files_add(w->files, w->call->arena, file, err);
}

/* `dir` is the path below the chart; depth bounds the recursion whatever the host says of folders. */
static bk_status walk_dir(walk *w, bk_str dir, bk_engine_input *entries, size_t count, unsigned depth) {
    if (depth == 0) return bk_err_limit(w->call->err, "nesting of a chart's directories", 64);
    for (size_t i = 0; i < count; i++) {
        bk_str path;
        BK_TRY(join(w->call->arena, dir, entries[i].name, &path, w->call->err));
        /* A link is followed before rules are looked at. */
        if (!entries[i].broken && bk_ignore_match(&w->ignore, path, entries[i].dir)) continue;
        if (!entries[i].dir) {
            BK_TRY(add_file(w, path, &entries[i]));
            continue;
        }
        bk_engine_input *below;
        size_t n;
        BK_TRY(bk_call_input_list(w->call, entries[i].number, &below, &n));
        BK_TRY(walk_dir(w, path, below, n, depth - 1));
    }
    return BK_OK;
}

static const bk_engine_input *entry_named(const bk_engine_input *entries, size_t count, bk_str name, bool dir) {
    for (size_t i = 0; i < count; i++)
        if (!entries[i].broken && entries[i].dir == dir && bk_str_eq(entries[i].name, name)) return &entries[i];
    return NULL;
}

static bk_status look_into(bk_call_state *call, const bk_engine_input *entry) {
    bk_files alone = {0};
    bk_file file = {.name = BK_S("Chart.yaml")};
    bool v3;
    BK_TRY(bk_call_input(call, entry->number, &file.data));
    BK_TRY(bk_files_add(&alone, call->arena, file, call->err));
    return bk_chart_detect(call->arena, &alone, &v3, call->err);
}

/* An ignore rule may have taken Chart.yaml away: Helm looks into it before, and misses it when it loads the chart. */
static bk_status look_into_hidden(bk_call_state *call, const bk_engine_input *entry, const bk_files *files) {
    for (size_t i = 0; i < files->n; i++)
        if (bk_str_eq(files->p[i].name, BK_S("Chart.yaml"))) return BK_OK;
    return look_into(call, entry);
}

/* And what is wrong with it counts before what is wrong with anything else. */
static bk_status mistake_before(bk_call_state *call, const bk_engine_input *entry, bk_status status) {
    bk_err later = BK_ERR_INIT;
    bk_err_move(&later, call->err);
    bool chart = status == BK_ERR || status == BK_ERR_IO;
    if (!chart || look_into(call, entry) == BK_OK) bk_err_move(call->err, &later);
    bk_err_release(&later);
    return call->err->code;
}

static bk_status no_metadata(bk_call_state *call, bk_str folder, bool dir) {
    return bk_err_set(call->err, BK_ERR, "unable to detect chart at %.*s/Chart.yaml: %s %.*s/Chart.yaml: %s", BK_FMT(folder),
                      dir ? "read" : "open", BK_FMT(folder), dir ? "is a directory" : "no such file or directory");
}

static bk_status from_folder(bk_call_state *call, const bk_engine_input *root, bool detect, const bk_log *log, bk_files *files) {
    bk_engine_input *entries;
    size_t count;
    walk w = {.call = call, .files = files};
    bk_status s;
    BK_TRY(bk_call_input_list(call, root->number, &entries, &count));
    const bk_engine_input *about = entry_named(entries, count, BK_S("Chart.yaml"), false);
    if (detect && !about) return no_metadata(call, root->name, entry_named(entries, count, BK_S("Chart.yaml"), true) != NULL);
    bk_ignore_init(&w.ignore, call->arena, log);
    const bk_engine_input *rules = entry_named(entries, count, BK_S(BK_HELMIGNORE), false);
    if (rules) {
        bk_str text;
        BK_TRY(bk_call_input(call, rules->number, &text));
        s = bk_ignore_parse(&w.ignore, text, call->err);
        if (s != BK_OK) return detect ? mistake_before(call, about, s) : s;
    }
    BK_TRY(bk_ignore_defaults(&w.ignore, call->err));
    s = walk_dir(&w, (bk_str){NULL, 0}, entries, count, 64);
    if (s != BK_OK) return detect ? mistake_before(call, about, s) : s;
    return detect ? look_into_hidden(call, about, files) : BK_OK;
}

static bk_status from_archive(bk_call_state *call, const bk_engine_input *root, bool detect, bool whole, bk_files *files) {
    bk_str bytes;
    BK_TRY(bk_call_input(call, root->number, &bytes));
    BK_TRY(bk_archive_check_type(root->name, bytes, call->err));
    bk_status status =
        whole ? bk_archive_read(call->arena, bytes, files, call->err) : bk_archive_read_some(call->arena, bytes, files, call->err);
    if (status == BK_OK) return BK_OK;
    if (!bk_archive_is_not_gzip(call->err))
        return !detect ? call->err->code : bk_err_wrap(call->err, "unable to load chart archive: %.*s", BK_FMT(root->name));
    bk_buf b;
    bk_buf_init(&b, call->arena, 0);
    bk_buf_printf(&b, "file '%.*s' does not appear to be a valid chart file (details: %.*s)", BK_FMT(root->name),
                  BK_FMT(bk_err_message(call->err)));
    return bk_err_replace(call->err, bk_buf_view(&b));
}

static bk_status source_files(bk_call_state *call, uint32_t number, bool detect, bool whole, const bk_log *log, bk_files *ret) {
    if (number >= call->input_count) return bk_err_set(call->err, BK_ERR, "malformed request: no chart");
    const bk_engine_input *root = &call->inputs[number];
    *ret = (bk_files){0};
    return root->dir ? from_folder(call, root, detect, log, ret) : from_archive(call, root, detect, whole, ret);
}

bk_status bk_source_files(bk_call_state *call, uint32_t number, const bk_log *log, bk_files *ret) {
    return source_files(call, number, true, true, log, ret);
}

bk_status bk_source_files_some(bk_call_state *call, uint32_t number, bool whole, const bk_log *log, bk_files *ret) {
    return source_files(call, number, true, whole, log, ret);
}

bk_status bk_source_files_v2(bk_call_state *call, uint32_t number, const bk_log *log, bk_files *ret) {
    return source_files(call, number, false, true, log, ret);
}

bool bk_source_is_hidden(const bk_call_state *call, const bk_files *files) {
    for (size_t i = 0; i < files->n; i++)
        if (bk_str_eq(files->p[i].name, BK_S("Chart.yaml"))) return false;
    return call->inputs[0].dir;
}
