/* Whether an archive is the chart that an index says it is. The beginning of the file will do where Chart.yaml stands there, as it does in what Helm packs: the
 * host has not to read the rest. */
#include "chart/archive.h"
#include "chart/gunzip.h"
#include "chart/tar.h"
#include "engine/index_tasks.h"
#include "value/gofmt.h"

#define INFLATED ((size_t)128 << 20)

static bool is_flaw(const bk_err *err) { return err->code == BK_ERR || err->code == BK_ERR_LIMIT; }

/* Chart.yaml of the archive's own folder; *ret.p NULL: there is none as far as the bytes go. */
static bk_status find(bk_call_state *call, bk_str bytes, bk_str *ret) {
    bk_stream stream;
    bk_tar tar;
    bool more;
    *ret = (bk_str){NULL, 0};
    BK_TRY(bk_gunzip(call->arena, bytes, INFLATED, &stream, call->err));
    bk_tar_init(&tar, call->arena, stream);
    for (;;) {
        bk_tar_entry e = {0};
        bk_str folder, name;
        BK_TRY(bk_tar_next(&tar, &e, &more, call->err));
        if (!more) return BK_OK;
        if (e.is_dir || !bk_str_cut(e.name, BK_S("/"), &folder, &name) || !bk_str_eq(name, BK_S("Chart.yaml"))) continue;
        BK_TRY(bk_tar_data(&tar, ret, call->err));
        return (int64_t)ret->n == e.size ? BK_OK : bk_err_set(call->err, BK_ERR, "unexpected EOF");
    }
}

static bool same_version(bk_str a, bk_str b) {
    bk_semver x, y;
    bk_err ignored = BK_ERR_INIT;
    bool same = bk_str_eq(a, b) ||
                (bk_semver_parse(a, &x, &ignored) == BK_OK && bk_semver_parse(b, &y, &ignored) == BK_OK && bk_semver_cmp(&x, &y) == 0);
    bk_err_release(&ignored);
    return same;
}

static bk_status compare(bk_call_state *call, bk_str yaml, bk_map *answer) {
    const bk_typed typed = {.arena = call->arena, .package = "v2"};
    bk_metadata meta = {0};
    bool null;
    bk_str name = bk_map_str(call->options, "name", BK_S("")), version = bk_map_str(call->options, "version", BK_S(""));
    if (bk_typed_decode(&typed, yaml, &bk_metadata_shape, &meta, &null, call->err) != BK_OK)
        return bk_err_wrap(call->err, "cannot load Chart.yaml");
    bool same = bk_str_eq(meta.name, name) && (!version.n || same_version(meta.version, version));
    bool ok = bk_map_set(answer, BK_S("same"), bk_bool(same)) && bk_map_set(answer, BK_S("name"), bk_string(meta.name)) &&
              bk_map_set(answer, BK_S("version"), bk_string(meta.version));
    return ok ? BK_OK : bk_arena_fail(call->arena, call->err);
}

bk_status bk_index_archive(bk_call_state *call) {
    bk_str bytes, yaml;
    bool whole = bk_map_bool(call->options, "whole", false);
    bk_map *answer = bk_map_new(call->arena, 3);
    if (!answer) return bk_arena_fail(call->arena, call->err);
    BK_TRY(bk_call_input(call, 0, &bytes));
    bk_status s = find(call, bytes, &yaml);
    if (s != BK_OK && (whole || !is_flaw(call->err))) return s;
    bool more = s != BK_OK || !yaml.p;
    bk_err_release(call->err);
    if (more && whole) return bk_err_set(call->err, BK_ERR, "Chart.yaml file is missing");
    if (more && !bk_map_set(answer, BK_S("more"), bk_bool(true))) return bk_arena_fail(call->arena, call->err);
    if (!more) BK_TRY(compare(call, yaml, answer));
    return bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(answer));
}

/* ---- unpacking ---- */

static bk_status put_files(bk_call_state *call, const bk_files *files, bk_str name, bk_map *answer) {
    bk_items list;
    bk_value all;
    bk_items_init(&list, call->arena);
    for (size_t i = 0; i < files->n; i++) {
        bk_map *m = bk_map_new(call->arena, 2);
        bool ok = m && bk_map_set(m, BK_S("name"), bk_string(files->p[i].name)) && bk_map_set(m, BK_S("data"), bk_string(files->p[i].data));
        if (!ok) return bk_arena_fail(call->arena, call->err);
        bk_items_add(&list, bk_map_value(m));
    }
    BK_TRY(bk_items_list(&list, BK_T_LIST, &all, call->err));
    bool ok = bk_map_set(answer, BK_S("name"), bk_string(name)) && bk_map_set(answer, BK_S("files"), all);
    return ok ? BK_OK : bk_arena_fail(call->arena, call->err);
}

static bk_status refuse_name(bk_call_state *call, bk_str name, const char *why) {
    bk_buf b;
    bk_buf_init(&b, call->arena, 0);
    bk_buf_c(&b, "chart name ");
    bk_fmt_quote(&b, name);
    bk_buf_c(&b, why);
    return bk_err_set_str(call->err, BK_ERR, bk_buf_view(&b));
}

bk_status bk_index_files(bk_call_state *call) {
    const bk_typed typed = {.arena = call->arena, .package = "v2"};
    bk_metadata meta = {0};
    bk_files files;
    bk_str bytes;
    bool null;
    bk_map *answer = bk_map_new(call->arena, 2);
    if (!answer) return bk_arena_fail(call->arena, call->err);
    BK_TRY(bk_call_input(call, 0, &bytes));
    BK_TRY(bk_archive_read(call->arena, bytes, &files, call->err));
    for (size_t i = 0; i < files.n; i++)
        if (bk_str_eq(files.p[i].name, BK_S("Chart.yaml")) &&
            bk_typed_decode(&typed, files.p[i].data, &bk_metadata_shape, &meta, &null, call->err) != BK_OK)
            return bk_err_wrap(call->err, "cannot load Chart.yaml");
    if (!meta.name.n) return bk_err_set(call->err, BK_ERR, "chart name not specified");
    if (bk_str_eq(meta.name, BK_S(".")) || bk_str_eq(meta.name, BK_S(".."))) return refuse_name(call, meta.name, " is not allowed");
    if (bk_str_find_byte(meta.name, '/') != BK_NPOS) return refuse_name(call, meta.name, " must not contain path separators");
    BK_TRY(put_files(call, &files, meta.name, answer));
    return bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(answer));
}
