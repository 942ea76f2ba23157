#include "registry/index.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "guard/escape.h"
#include "registry/engine.h"
#include "registry/files.h"
#include "registry/forms.h"
#include "value/gofmt.h"

/* ---- reading ---- */

/* *ret_names: a line for each chart. */
static bk_status parse(bk_arena *arena, const bk_registry_world *world, bk_str text, bk_str source, const char digest[BK_CONTENT_HEX],
                       bk_str *ret_form, bk_str *ret_names, bk_err *err) {
    bk_sandbox_answer answer;
    bk_map *options = bk_map_new(arena, 2);
    if (!options || !bk_map_set(options, BK_S("source"), bk_string(source))) return bk_arena_fail(arena, err);
    BK_TRY(bk_registry_index_call(arena, "parse", options, &text, 1, &answer, err));
    bk_registry_tell(world, answer.logs);
    bk_map *m = answer.result.kind == BK_MAP ? answer.result.map : NULL;
    if (!m || !answer.bytes.p) return bk_err_set(err, BK_ERR_TRAP, "repository compartment stopped: it gave no answer");
    *ret_form = answer.bytes;
    *ret_names = bk_map_str(m, "names", BK_S(""));
    bk_form_keep(arena, world, digest, answer.bytes);
    return BK_OK;
}

static bk_status load(bk_arena *arena, const bk_registry_world *world, int fd, bk_str path, bk_index *ret, bk_err *err) {
    char digest[BK_CONTENT_HEX];
    uint64_t bytes;
    bk_str text, names;
    if (bk_file_digest(fd, digest, &bytes) != BK_OK) return bk_path_error("read", path, errno, err);
    ret->form = bk_form_find(arena, world, digest);
    if (ret->form.p && bytes) return BK_OK;
    if (lseek(fd, 0, SEEK_SET) != 0) return bk_path_error("read", path, errno, err);
    BK_TRY(bk_fd_read(arena, fd, path, BK_FETCH_INDEX_MAX, &text, err));
    return parse(arena, world, text, path, digest, &ret->form, &names, err);
}

bk_status bk_index_load(bk_arena *arena, const bk_registry_world *world, bk_str path, bk_index *ret, bk_err *err) {
    bk_str copy;
    *ret = (bk_index){.source = path};
    if (!bk_arena_dup(arena, path, &copy)) return bk_arena_fail(arena, err);
    int fd = open(copy.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return bk_path_error("open", path, errno, err);
    bk_status s = load(arena, world, fd, path, ret, err);
    close(fd);
    return s == BK_OK ? s : bk_err_wrap(err, "error loading %.*s", BK_FMT(path));
}

bk_status bk_index_of(bk_arena *arena, const bk_registry_world *world, bk_str name, bk_index *ret, bk_err *err) {
    bk_str path;
    BK_TRY(bk_repository_index_path(arena, world->repository_cache, name, &path, err));
    return bk_index_load(arena, world, path, ret, err);
}

/* ---- asking ---- */

static bk_status put_wishes(bk_arena *arena, const bk_index_wish *wishes, size_t count, bk_map *options, bk_err *err) {
    bk_items list;
    bk_value all;
    bk_items_init(&list, arena);
    for (size_t i = 0; i < count; i++) {
        bk_map *m = bk_map_new(arena, 3);
        bool ok = m && bk_map_set(m, BK_S("how"), bk_string(bk_str_c(wishes[i].how))) &&
                  bk_map_set(m, BK_S("chart"), bk_string(wishes[i].chart)) && bk_map_set(m, BK_S("version"), bk_string(wishes[i].version));
        if (!ok) return bk_arena_fail(arena, err);
        bk_items_add(&list, bk_map_value(m));
    }
    BK_TRY(bk_items_list(&list, BK_T_LIST, &all, err));
    return bk_map_set(options, BK_S("wishes"), all) ? BK_OK : bk_arena_fail(arena, err);
}

/* Some indexes write the algorithm in front. */
static bk_str plain_digest(bk_str digest) {
    size_t colon = bk_str_find_byte(digest, ':');
    return colon == BK_NPOS ? digest : bk_str_from(digest, colon + 1);
}

static void take_answer(bk_index_wish *w, bk_value answer) {
    bk_map *m = answer.kind == BK_MAP ? answer.map : NULL;
    w->error = bk_map_str(m, "error", BK_S(""));
    w->unknown = bk_map_bool(m, "unknown", false);
    w->found = m && !w->error.n && !bk_map_bool(m, "missing", false);
    w->exact = bk_map_bool(m, "exact", true);
    w->chosen = bk_map_str(m, "version", BK_S(""));
    w->url = bk_map_str(m, "url", BK_S(""));
    w->digest = plain_digest(bk_map_str(m, "digest", BK_S("")));
}

bk_status bk_index_pick_all(bk_arena *arena, const bk_index *index, bk_str base, bk_index_wish *wishes, size_t count, bk_err *err) {
    bk_sandbox_answer answer;
    bk_map *options = bk_map_new(arena, 3);
    if (!options || !bk_map_set(options, BK_S("base"), bk_string(base))) return bk_arena_fail(arena, err);
    BK_TRY(put_wishes(arena, wishes, count, options, err));
    BK_TRY(bk_registry_index_call(arena, "pick", options, &index->form, 1, &answer, err));
    if (answer.result.kind != BK_LIST || answer.result.len != count)
        return bk_err_set(err, BK_ERR_TRAP, "repository compartment stopped: it gave no answer");
    for (size_t i = 0; i < count; i++) take_answer(&wishes[i], answer.result.items[i]);
    return BK_OK;
}

/* ---- downloading ---- */

/* URL of the index: below the repository's path, its query behind it. */
static bk_status index_url(bk_arena *arena, bk_str url, bk_str *ret, bk_err *err) {
    bk_str path, query, fragment;
    bk_str_cut(url, BK_S("#"), &url, &fragment);
    bool has_query = bk_str_cut(url, BK_S("?"), &path, &query);
    if (bk_str_ends(path, BK_S("/"))) path.n--;
    bool ok = bk_arena_printf(arena, ret, "%.*s/index.yaml%s%.*s", BK_FMT(path), has_query ? "?" : "", BK_FMT(query));
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status put_names(bk_arena *arena, const bk_registry_world *world, bk_str name, bk_str names, bk_err *err) {
    bk_str path = {NULL, 0}, base;
    int dir;
    BK_TRY(bk_repository_charts_path(arena, world->repository_cache, name, &path, err));
    if (!bk_arena_dup(arena, bk_path_base(path), &base)) return bk_arena_fail(arena, err);
    BK_TRY(bk_dir_open(arena, world->repository_cache, &dir, err));
    bk_status s = bk_file_put(dir, base.p, path, names, 0644, err);
    close(dir);
    return s;
}

/* What was fetched is read, and then becomes the repository's index. */
static bk_status take_in(bk_arena *arena, const bk_registry_world *world, bk_index_update *u, const bk_fetch *fetched) {
    char digest[BK_CONTENT_HEX];
    bk_str text = fetched->body, names, path, base;
    bk_content_writer *w = fetched->to;
    bk_err *err = &u->err;
    u->index.source = u->repository->url;
    if (w) {
        BK_TRY(bk_content_flush(w, err));
        bk_content_digest(w, digest);
        if (lseek(w->file, 0, SEEK_SET) != 0) return bk_path_error("read", world->repository_cache, errno, err);
        BK_TRY(bk_fd_read(arena, w->file, world->repository_cache, BK_FETCH_INDEX_MAX, &text, err));
    } else {
        bk_digest d;
        unsigned char raw[BK_DIGEST_SIZE];
        bk_buf hex = {.p = digest, .cap = sizeof digest, .max = sizeof digest};
        bk_digest_init(&d);
        bk_digest_add(&d, text);
        bk_digest_final(&d, raw);
        bk_digest_hex(&hex, raw);
    }
    BK_TRY(parse(arena, world, text, u->repository->url, digest, &u->index.form, &names, err));
    if (!w) return BK_OK;
    BK_TRY(put_names(arena, world, u->repository->name, names, err));
    BK_TRY(bk_repository_index_path(arena, world->repository_cache, u->repository->name, &path, err));
    if (!bk_arena_dup(arena, bk_path_base(path), &base)) return bk_arena_fail(arena, err);
    return bk_content_end_as(w, base.p, err);
}

static bk_status prepare(bk_arena *arena, const bk_registry_world *world, bk_index_update *u, bk_fetch *fetch, bk_content_writer *writer) {
    const bk_repository *r = u->repository;
    *fetch = (bk_fetch){.owner = r->url, .access = &r->access, .cap = BK_FETCH_INDEX_MAX, .what = r->name};
    BK_TRY(index_url(arena, r->url, &fetch->url, &u->err));
    if (u->forget) return BK_OK;
    bk_str path;
    BK_TRY(bk_repository_index_path(arena, world->repository_cache, r->name, &path, &u->err)); /* the name is one */
    BK_TRY(bk_content_begin(writer, arena, world->repository_cache, &u->err));
    fetch->to = writer;
    return BK_OK;
}

bk_status bk_index_update_all(bk_arena *arena, const bk_registry_world *world, bk_index_update *items, size_t count, bk_err *err) {
    bk_fetch *fetches = BK_NEW_ARRAY(arena, bk_fetch, count + 1);
    bk_content_writer *writers = BK_NEW_ARRAY(arena, bk_content_writer, count + 1);
    size_t *which = BK_NEW_ARRAY(arena, size_t, count + 1), n = 0;
    if (!fetches || !writers || !which) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < count; i++) {
        items[i].err = BK_ERR_INIT;
        writers[i] = (bk_content_writer){.folder = -1, .file = -1};
        items[i].status = prepare(arena, world, &items[i], &fetches[n], &writers[i]);
        if (items[i].status == BK_OK) which[n++] = i;
    }
    bk_content_sweep(arena, world->repository_cache);
    bk_status s = bk_fetch_all(arena, world, fetches, n, err);
    for (size_t k = 0; k < n; k++) {
        bk_index_update *u = &items[which[k]];
        u->status = s == BK_OK ? bk_fetch_done(&fetches[k], &u->err) : s;
        if (u->status == BK_OK) u->status = take_in(arena, world, u, &fetches[k]);
    }
    for (size_t i = 0; i < count; i++) bk_content_drop(&writers[i]);
    return s;
}

bk_status bk_index_update_done(bk_index_update *item, bk_err *err) {
    bk_status s = item->status;
    if (s != BK_OK) bk_err_move(err, &item->err);
    return s;
}

bk_status bk_index_update_blame(bk_arena *arena, bk_str url, bk_err *err) {
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    bk_buf_c(&b, "looks like ");
    bk_fmt_quote(&b, url);
    bk_buf_c(&b, " is not a valid chart repository or cannot be reached");
    return bk_err_wrap(err, "%.*s", BK_FMT(bk_buf_view(&b)));
}

bool bk_index_update_tell(bk_index_update *u, bool by_url, bk_buf *out) {
    bk_err why = BK_ERR_INIT;
    bool good = bk_index_update_done(u, &why) == BK_OK;
    bk_buf_c(out, good ? "...Successfully got an update from the " : "...Unable to get an update from the ");
    bk_fmt_quote(out, by_url ? u->repository->url : u->repository->name);
    bk_buf_c(out, " chart repository");
    if (!good) {
        if (!by_url) bk_buf_printf(out, " (%.*s)", BK_FMT(u->repository->url));
        bk_buf_c(out, ":\n\t");
        bk_escape_text(out, bk_err_message(&why));
    }
    bk_buf_byte(out, '\n');
    bk_err_release(&why);
    return good;
}
