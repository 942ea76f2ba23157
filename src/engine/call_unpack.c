/* The call UNPACK: a plugin's archive, foreign, to the files that an installation writes.
 *
 * Checks and texts are those of Helm's extraction, and stricter where it is lax: an entry stands once, nothing is a link, and sizes are bounded. */
#include "chart/tar.h"
#include "engine/calls.h"

enum { ENTRIES = 20000, NAME_MAX_BYTES = 1024 };
#define INFLATED ((size_t)200 << 20)

typedef struct unpacking {
    bk_call_state *call;
    bk_map *seen; /* name → true for a file, false for a folder */
    bk_items list;
} unpacking;

static bk_status fail(unpacking *u, const char *text) { return bk_err_set(u->call->err, BK_ERR, "%s", text); }

/* The name with plain slashes and nothing that moves in it; empty for the archive's own top. */
static bk_status clean(unpacking *u, bk_str name, bk_str *ret) {
    bk_buf out;
    bk_str part, rest = name;
    char *copy;
    if (bk_str_find_byte(name, ':') != BK_NPOS) return fail(u, "path contains ':', which is illegal");
    if (bk_str_find_byte(name, 0) != BK_NPOS || name.n > NAME_MAX_BYTES)
        return fail(u, "path is too long or contains NUL, which is illegal");
    if (!bk_arena_dup(u->call->arena, name, &rest)) return bk_arena_fail(u->call->arena, u->call->err);
    copy = (char *)rest.p;
    for (size_t i = 0; i < rest.n; i++)
        if (copy[i] == '\\') copy[i] = '/';
    bool absolute = bk_str_starts(rest, BK_S("/"));
    bk_buf_init(&out, u->call->arena, 0);
    while (rest.n) {
        bk_str_cut(rest, BK_S("/"), &part, &rest);
        if (bk_str_eq(part, BK_S(".."))) return fail(u, "path contains '..', which is illegal");
        if (!part.n || bk_str_eq(part, BK_S("."))) continue;
        if (out.n) bk_buf_byte(&out, '/');
        bk_buf_str(&out, part);
    }
    if (absolute) return fail(u, "path is absolute, which is illegal");
    BK_TRY(bk_buf_check(&out, u->call->err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

/* A file must not stand where a folder is needed, nor twice. */
static bk_status claim(unpacking *u, bk_str name, bool is_file) {
    bk_err *err = u->call->err;
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] != '/') continue;
        bk_value *above = bk_map_get(u->seen, bk_str_sub(name, 0, i));
        if (above && above->b) return bk_err_set(err, BK_ERR, "%.*s: a file stands where a folder is needed", BK_FMT(name));
        if (!above && !bk_map_set(u->seen, bk_str_sub(name, 0, i), bk_bool(false))) return bk_arena_fail(u->call->arena, err);
    }
    const bk_value *known = bk_map_get(u->seen, name);
    if (known && (known->b || is_file)) return bk_err_set(err, BK_ERR, "%.*s: stands twice in the archive", BK_FMT(name));
    return bk_map_set(u->seen, name, bk_bool(is_file)) ? BK_OK : bk_arena_fail(u->call->arena, err);
}

static bk_status add(unpacking *u, bk_str name, const bk_tar_entry *e, bk_str data) {
    bk_map *m = bk_map_new(u->call->arena, 4);
    bool ok = m && bk_map_set(m, BK_S("name"), bk_string(name)) && bk_map_set(m, BK_S("dir"), bk_bool(e->type == BK_TAR_DIR)) &&
              bk_map_set(m, BK_S("executable"), bk_bool(e->is_executable)) && bk_map_set(m, BK_S("data"), bk_string(data));
    if (!ok) return bk_arena_fail(u->call->arena, u->call->err);
    bk_items_add(&u->list, bk_map_value(m));
    return BK_OK;
}

static bk_status entry(unpacking *u, bk_tar *tar, const bk_tar_entry *e) {
    bk_str name, data = BK_S("");
    bool is_file = e->type == BK_TAR_FILE || e->type == BK_TAR_OLD_FILE;
    BK_TRY(clean(u, e->name, &name));
    if (e->type == BK_TAR_GLOBAL || e->type == BK_TAR_EXTENDED) return BK_OK;
    if (!is_file && e->type != BK_TAR_DIR) {
        char bits[9] = {0};
        unsigned type = (unsigned char)e->type, n = 0;
        for (int bit = 7; bit >= 0; bit--)
            if ((type >> bit & 1u) || n) bits[n++] = (char)('0' + (type >> bit & 1u));
        return bk_err_set(u->call->err, BK_ERR, "unknown type: %s in %.*s", bits, BK_FMT(e->name));
    }
    if (!name.n) return is_file ? fail(u, "a file without a name") : BK_OK;
    BK_TRY(claim(u, name, is_file));
    if (is_file) {
        BK_TRY(bk_tar_data(tar, &data, u->call->err));
        if ((int64_t)data.n < e->size) return fail(u, "unexpected EOF");
    }
    return add(u, name, e, data);
}

bk_status bk_call_unpack(bk_call_state *call) {
    bk_str bytes;
    bk_stream stream;
    bk_tar tar;
    bk_value list;
    unpacking u = {.call = call, .seen = bk_map_new(call->arena, 64)};
    if (!u.seen) return bk_arena_fail(call->arena, call->err);
    bk_items_init(&u.list, call->arena);
    BK_TRY(bk_call_input(call, 0, &bytes));
    BK_TRY(bk_gunzip(call->arena, bytes, INFLATED, &stream, call->err));
    bk_tar_init(&tar, call->arena, stream);
    for (bool more = true;;) {
        bk_tar_entry e = {0};
        BK_TRY(bk_tar_next(&tar, &e, &more, call->err));
        if (!more) break;
        if (u.list.n >= ENTRIES) return bk_err_limit(call->err, "files of a plugin's archive", ENTRIES);
        BK_TRY(entry(&u, &tar, &e));
    }
    if (tar.stream.fail.n && !bk_str_eq(tar.stream.fail, BK_S(BK_TEXT_GZIP_HEADER)))
        return bk_err_set_str(call->err, BK_ERR, tar.stream.fail);
    BK_TRY(bk_items_list(&u.list, BK_T_LIST, &list, call->err));
    return bk_call_emit_value(call, BK_TAG_RESULT, list);
}
