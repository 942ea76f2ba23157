/* The call PACK: files that the host read to a plugin's archive. The way back is UNPACK. */
#include "chart/gzip.h"
#include "chart/tar_write.h"
#include "data/yaml.h"
#include "engine/calls.h"

static bk_status put(bk_call_state *call, bk_buf *tar, bk_value v, int64_t mtime) {
    bk_map *m = v.kind == BK_MAP ? v.map : NULL;
    if (!m) return bk_err_set(call->err, BK_ERR, "malformed request: a file that is none");
    bool dir = bk_map_bool(m, "dir", false), executable = bk_map_bool(m, "executable", false);
    const bk_tar_item item = {.name = bk_map_str(m, "name", BK_S("")),
                              .data = bk_map_str(m, "data", BK_S("")),
                              .mtime = mtime,
                              .mode = dir || executable ? 0755 : 0644,
                              .dir = dir};
    return bk_tar_put_item(tar, &item, call->err);
}

/* The metadata of a provenance file. */
static bk_status text_of(bk_call_state *call, bk_str *ret) {
    const bk_value *v = bk_map_get(call->options, BK_S("metadata"));
    bk_buf text;
    bk_buf_init(&text, call->arena, 0);
    if (v) BK_TRY(bk_yaml_encode(&text, call->arena, *v, call->err));
    BK_TRY(bk_buf_check(&text, call->err));
    *ret = bk_buf_take(&text);
    return BK_OK;
}

bk_status bk_call_pack(bk_call_state *call) {
    const bk_value *files = bk_map_get(call->options, BK_S("files")), *time = bk_map_get(call->options, BK_S("mtime"));
    int64_t mtime = time && time->kind == BK_INT ? time->i : 0;
    bk_buf tar;
    bk_str archive, metadata;
    bk_status s = BK_OK;
    if (!files || files->kind != BK_LIST) return bk_err_set(call->err, BK_ERR, "malformed request: no files");
    BK_TRY(text_of(call, &metadata));
    bk_buf_init(&tar, NULL, 0); /* not in the arena: it is gone when it is packed */
    for (uint32_t i = 0; s == BK_OK && i < bk_value_len(*files); i++) s = put(call, &tar, files->items[i], mtime);
    bk_tar_end(&tar);
    if (s == BK_OK) s = bk_buf_check(&tar, call->err);
    if (s == BK_OK) s = bk_gzip(call->arena, bk_buf_view(&tar), BK_S(""), BK_S(""), &archive, call->err);
    bk_buf_release(&tar);
    if (s != BK_OK) return s;
    bk_map *m = bk_map_new(call->arena, 2);
    bool ok = m && bk_map_set(m, BK_S("archive"), bk_string(archive)) && bk_map_set(m, BK_S("metadata"), bk_string(metadata));
    return ok ? bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(m)) : bk_arena_fail(call->arena, call->err);
}
