/* Whether archives are the charts that an index says they are. The beginning of a file will do where Chart.yaml stands there, as it does in what Helm packs: the
 * host has not to read the rest. Several come in one call; each has an answer and an arena of its own. */
#include "chart/archive.h"
#include "chart/gunzip.h"
#include "chart/tar.h"
#include "engine/index_tasks.h"
#include "value/gofmt.h"

#define INFLATED ((size_t)128 << 20)

static bool is_flaw(const bk_err *err) { return err->code == BK_ERR || err->code == BK_ERR_LIMIT; }

/* Chart.yaml of the archive's own folder; *ret.p NULL: there is none as far as the bytes go. */
static bk_status find(bk_arena *arena, bk_str bytes, bk_str *ret, bk_err *err) {
    bk_stream stream;
    bk_tar tar;
    bool more;
    *ret = (bk_str){NULL, 0};
    BK_TRY(bk_gunzip(arena, bytes, INFLATED, &stream, err));
    bk_tar_init(&tar, arena, stream);
    for (;;) {
        bk_tar_entry e = {0};
        bk_str folder, name;
        BK_TRY(bk_tar_next(&tar, &e, &more, err));
        if (!more) return BK_OK;
        if (e.is_dir || !bk_str_cut(e.name, BK_S("/"), &folder, &name) || !bk_str_eq(name, BK_S("Chart.yaml"))) continue;
        BK_TRY(bk_tar_data(&tar, ret, err));
        return (int64_t)ret->n == e.size ? BK_OK : bk_err_set(err, BK_ERR, "unexpected EOF");
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

typedef struct check {
    bk_call_state *call;
    bk_arena arena; /* of this archive */
    bk_map *wish, *answer;
    bk_err err; /* what is wrong with the archive */
} check;

/* A copy of it outlives the archive. */
static bk_status put_text(check *c, const char *key, bk_str text) {
    bk_str copy;
    bool ok = bk_arena_dup(c->call->arena, text, &copy) && bk_map_set(c->answer, bk_str_c(key), bk_string(copy));
    return ok ? BK_OK : bk_arena_fail(c->call->arena, &c->err);
}

static bk_status put_true(check *c, const char *key) {
    return bk_map_set(c->answer, bk_str_c(key), bk_bool(true)) ? BK_OK : bk_arena_fail(c->call->arena, &c->err);
}

static bk_status compare(check *c, bk_str yaml) {
    const bk_typed typed = {.arena = &c->arena, .package = "v2"};
    bk_metadata meta = {0};
    bool null;
    bk_str name = bk_map_str(c->wish, "name", BK_S("")), version = bk_map_str(c->wish, "version", BK_S(""));
    if (bk_typed_decode(&typed, yaml, &bk_metadata_shape, &meta, &null, &c->err) != BK_OK)
        return bk_err_wrap(&c->err, "cannot load Chart.yaml");
    if ((!name.n || bk_str_eq(meta.name, name)) && (!version.n || same_version(meta.version, version))) return put_true(c, "same");
    BK_TRY(put_text(c, "name", meta.name));
    return put_text(c, "version", meta.version);
}

static bk_status look(check *c, bk_str bytes) {
    bool whole = bk_map_bool(c->wish, "whole", false);
    bk_str yaml;
    bk_status s = find(&c->arena, bytes, &yaml, &c->err);
    if (s != BK_OK && (whole || !is_flaw(&c->err))) return s;
    bool more = s != BK_OK || !yaml.p;
    bk_err_release(&c->err);
    if (more && whole) return bk_err_set(&c->err, BK_ERR, "Chart.yaml file is missing");
    return more ? put_true(c, "more") : compare(c, yaml);
}

/* Only what stops us is an error of the call's. */
static bk_status check_one(bk_call_state *call, uint32_t number, bk_map *wish, bk_items *answers) {
    check c = {.call = call, .wish = wish, .answer = bk_map_new(call->arena, 3), .err = BK_ERR_INIT};
    bk_str bytes;
    if (!c.answer) return bk_arena_fail(call->arena, call->err);
    BK_TRY(bk_call_input(call, number, &bytes));
    bk_arena_init(&c.arena, 0);
    bk_status s = look(&c, bytes);
    if (s != BK_OK && is_flaw(&c.err)) {
        bk_err flaw = c.err;
        c.err = BK_ERR_INIT;
        s = put_text(&c, "error", bk_err_message(&flaw));
        bk_err_release(&flaw);
    }
    bk_arena_release(&c.arena);
    if (s != BK_OK) bk_err_move(call->err, &c.err);
    bk_items_add(answers, bk_map_value(c.answer));
    return s;
}

bk_status bk_index_archive(bk_call_state *call) {
    const bk_value *wishes = bk_map_get(call->options, BK_S("wishes"));
    bk_items answers;
    bk_value all;
    bk_items_init(&answers, call->arena);
    for (uint32_t i = 0; wishes && wishes->kind == BK_LIST && i < wishes->len; i++) {
        if (wishes->items[i].kind != BK_MAP || i >= call->input_count)
            return bk_err_set(call->err, BK_ERR, "malformed request: no archive");
        BK_TRY(check_one(call, i, wishes->items[i].map, &answers));
    }
    BK_TRY(bk_items_list(&answers, BK_T_LIST, &all, call->err));
    return bk_call_emit_value(call, BK_TAG_RESULT, all);
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
