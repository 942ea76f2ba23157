#include "chart/archive.h"

#include "base/buf.h"
#include "base/limits.h"
#include "chart/tar.h"
#include "chart/unread.h"
#include "text/path.h"
#include "value/gofmt.h"
#include "value/map.h"

/* Helm's limit for the data of all files; headers and padding come on top, for which it has none. */
enum { MAX_DATA = 100 << 20, MAX_INFLATED = MAX_DATA + (32 << 20) };

static bk_status too_large(bk_err *err) {
    return bk_err_set(err, BK_ERR, "decompressed chart is larger than the maximum size %d", MAX_DATA);
}

static bk_status outside(bk_arena *arena, bk_str name, bk_err *err) {
    bk_buf text;
    bk_buf_init(&text, arena, 0);
    bk_buf_c(&text, "chart illegally contains content outside the base directory: ");
    bk_fmt_quote(&text, name);
    return bk_err_set_str(err, BK_ERR, bk_buf_view(&text));
}

static bool is_drive(bk_str s) { return s.n >= 3 && (unsigned)((s.p[0] | 0x20) - 'a') < 26 && s.p[1] == ':' && s.p[2] == '/'; }

/* The name within the chart. Archives made on Windows may have "\" between the parts. */
static bk_status file_name(bk_arena *arena, bk_str name, bk_str *ret, bk_err *err) {
    bool windows = bk_str_find_byte(name, '\\') != BK_NPOS;
    bk_str base, rest;
    bk_str_cut(name, windows ? BK_S("\\") : BK_S("/"), &base, &rest);
    if (windows && bk_str_find_byte(rest, '\\') != BK_NPOS) {
        if (!bk_arena_dup(arena, rest, &rest)) return bk_arena_fail(arena, err);
        for (char *p = (char *)rest.p; p < rest.p + rest.n; p++)
            if (*p == '\\') *p = '/';
    }
    if (bk_str_starts(rest, BK_S("/"))) return bk_err_set(err, BK_ERR, "chart illegally contains absolute paths");
    if (!bk_path_clean(arena, rest, &rest)) return bk_arena_fail(arena, err);
    if (bk_str_eq(rest, BK_S("."))) return outside(arena, name, err);
    if (bk_str_starts(rest, BK_S(".."))) return bk_err_set(err, BK_ERR, "chart illegally references parent directory");
    if (is_drive(rest)) return bk_err_set(err, BK_ERR, "chart contains illegally named files");
    if (bk_str_eq(base, BK_S("Chart.yaml"))) return bk_err_set(err, BK_ERR, "chart yaml not in base directory");
    *ret = rest;
    return BK_OK;
}

/* Stricter than Helm, which makes empty files of links and devices, strips a leading slash and lets the last of two entries win: what an
 * archive holds must be what a reader of its listing thinks it holds. */
static bool goes_up(bk_str name) {
    if (!bk_str_contains(name, BK_S(".."))) return false;
    for (size_t i = 0, part = 0; i <= name.n; i++) {
        if (i < name.n && name.p[i] != '/' && name.p[i] != '\\') continue;
        if (bk_str_eq(bk_str_sub(name, part, i), BK_S(".."))) return true;
        part = i + 1;
    }
    return false;
}

static bk_status check_entry(bk_map *seen, const bk_tar_entry *e, bk_str name, bk_err *err) {
    if (bk_str_starts(e->name, BK_S("/"))) return bk_err_set(err, BK_ERR, "%.*s: chart illegally contains absolute paths", BK_FMT(e->name));
    if (goes_up(e->name)) return bk_err_set(err, BK_ERR, "%.*s: chart illegally references parent directory", BK_FMT(e->name));
    if (e->type == BK_TAR_LINK || e->type == BK_TAR_SYMLINK)
        return bk_err_set(err, BK_ERR, "%.*s: links are not allowed in a chart archive", BK_FMT(e->name));
    if (e->type != BK_TAR_FILE && e->type != BK_TAR_OLD_FILE && e->type != BK_TAR_CONTIGUOUS)
        return bk_err_set(err, BK_ERR, "%.*s: only plain files are allowed in a chart archive", BK_FMT(e->name));
    size_t before = bk_map_len(seen);
    if (!bk_map_set(seen, name, bk_bool(true))) return bk_arena_fail(seen->arena, err);
    return bk_map_len(seen) > before ? BK_OK : bk_err_set(err, BK_ERR, "%.*s: stands twice in the chart archive", BK_FMT(name));
}

/* Damage behind the end mark of the tar archive: a file that is cut short or whose checksum is wrong is not the file that somebody packed. Bytes
 * behind a whole gzip file do no harm. */
static bk_status check_end(const bk_tar *tar, bk_err *err) {
    bk_str fail = tar->stream.fail;
    if (fail.n == 0 || bk_str_eq(fail, BK_S(BK_TEXT_GZIP_HEADER))) return BK_OK;
    return bk_err_set_str(err, BK_ERR, fail);
}

/* The data of an entry; with `unread`, perhaps only room for it. */
static bk_status read_data(bk_tar *tar, bk_unread *unread, const bk_tar_entry *e, bk_file *f, bk_err *err) {
    enum { SMALL = 4096, MARK = 3 };
    bk_unread_part part;
    if (!unread || e->size < SMALL || !bk_unread_expected(f->name)) {
        BK_TRY(bk_tar_data(tar, &f->data, err));
        f->data = bk_file_trim_bom(f->data);
        return BK_OK;
    }
    BK_TRY(bk_tar_room(tar, MARK, &f->data, &part.at, err));
    part.to = (char *)f->data.p + MARK;
    part.n = f->data.n - MARK;
    f->data = bk_file_trim_bom(f->data);
    f->unread = unread;
    return bk_unread_add(unread, tar->arena, part) ? BK_OK : bk_arena_fail(tar->arena, err);
}

static bk_status read_entries(bk_tar *tar, bk_unread *unread, bk_files *files, bk_err *err) {
    int64_t room = MAX_DATA;
    bk_map *seen = bk_map_new(tar->arena, 0);
    if (!seen) return bk_arena_fail(tar->arena, err);
    for (;;) {
        bk_tar_entry e = {0};
        bk_file f = {0};
        bool more;
        BK_TRY(bk_tar_next(tar, &e, &more, err));
        if (!more) return check_end(tar, err);
        if (e.is_dir || e.type == BK_TAR_GLOBAL) continue;
        BK_TRY(file_name(tar->arena, e.name, &f.name, err));
        BK_TRY(check_entry(seen, &e, f.name, err));
        if (e.size > room) return too_large(err);
        int64_t left = tar->left;
        BK_TRY(read_data(tar, unread, &e, &f, err));
        room -= left;
        if (left < e.size || room <= 0) return too_large(err);
        f.mtime = e.mtime;
        BK_TRY(bk_files_add(files, tar->arena, f, err));
    }
}

/* The ordinary way: inflated piece by piece. False when anything is odd, with nothing said about it. */
static bool read_good(bk_arena *arena, bk_deflate *inflate, bk_str bytes, bk_unread *unread, bk_files *ret) {
    bk_arena_point start = bk_arena_here(arena);
    bk_unpack unpack;
    bk_tar tar;
    bk_files files = {0};
    bk_err ignored = BK_ERR_INIT;
    if (!bk_unpack_begin(&unpack, inflate, bytes, MAX_INFLATED)) return false;
    bk_tar_unpack(&tar, arena, &unpack);
    bool good = read_entries(&tar, unread, &files, &ignored) == BK_OK && bk_unpack_finish(&unpack) && files.n > 0;
    bk_err_release(&ignored);
    if (good) *ret = files;
    else bk_arena_back(arena, start);
    return good;
}

/* With the whole archive in memory: what is wrong is told as Go tells it. */
static bk_status read_any(bk_arena *arena, bk_str bytes, bk_files *ret, bk_err *err) {
    bk_stream stream;
    bk_status status = bk_gunzip(arena, bytes, MAX_INFLATED, &stream, err);
    if (status == BK_ERR_LIMIT && !arena->hit_cap) {
        bk_err_release(err);
        return too_large(err);
    }
    BK_TRY(status);
    bk_tar tar;
    bk_tar_init(&tar, arena, stream);
    bk_files files = {0};
    BK_TRY(read_entries(&tar, NULL, &files, err));
    if (files.n == 0) return bk_err_set(err, BK_ERR, "no files in chart archive");
    *ret = files;
    return BK_OK;
}

bk_status bk_archive_read(bk_arena *arena, bk_str bytes, bk_files *ret, bk_err *err) {
    bk_arena scratch;
    bk_arena_init(&scratch, 0);
    bk_deflate *inflate = bk_arena_alloc(&scratch, sizeof *inflate);
    bool good = inflate && read_good(arena, inflate, bytes, NULL, ret);
    bk_arena_release(&scratch);
    return good ? BK_OK : read_any(arena, bytes, ret, err);
}

bk_status bk_archive_read_some(bk_arena *arena, bk_str bytes, bk_files *ret, bk_err *err) {
    bk_unread *unread = BK_NEW(arena, bk_unread);
    bk_deflate *inflate = bk_arena_alloc(arena, sizeof *inflate);
    if (!unread || !inflate) return bk_arena_fail(arena, err);
    bk_unread_init(unread, bytes, inflate);
    return read_good(arena, inflate, bytes, unread, ret) ? BK_OK : read_any(arena, bytes, ret, err);
}

/* Everything before it is checked as in a whole archive. */
static bool find_entry(bk_tar *tar, bk_str name, bk_str *ret) {
    bk_map *seen = bk_map_new(tar->arena, 0);
    bk_err ignored = BK_ERR_INIT;
    bool found = false, more = seen != NULL;
    while (more && !found) {
        bk_tar_entry e = {0};
        bk_str path;
        if (bk_tar_next(tar, &e, &more, &ignored) != BK_OK || !more) break;
        if (e.is_dir || e.type == BK_TAR_GLOBAL) continue;
        if (file_name(tar->arena, e.name, &path, &ignored) != BK_OK || check_entry(seen, &e, path, &ignored) != BK_OK) break;
        if (!bk_str_eq(path, name)) continue;
        found = bk_tar_data(tar, ret, &ignored) == BK_OK && ret->n == (uint64_t)e.size;
        break;
    }
    bk_err_release(&ignored);
    return found;
}

bk_status bk_archive_find(bk_arena *arena, bk_str front, bk_str name, bk_str *ret, bool *ret_found, bk_err *err) {
    bk_deflate *inflate = bk_arena_alloc(arena, sizeof *inflate);
    bk_unpack unpack;
    bk_tar tar;
    *ret_found = false;
    if (!inflate) return bk_arena_fail(arena, err);
    if (!bk_unpack_begin(&unpack, inflate, front, MAX_INFLATED)) return BK_OK;
    bk_tar_unpack(&tar, arena, &unpack);
    *ret_found = find_entry(&tar, name, ret);
    if (*ret_found) *ret = bk_file_trim_bom(*ret);
    return BK_OK;
}

bool bk_archive_is_not_gzip(const bk_err *err) { return bk_str_ends(bk_err_message(err), BK_S(BK_TEXT_GZIP_HEADER)); }
