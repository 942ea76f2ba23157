#include "guard/charts.h"

#include "base/limits.h"
#include "value/codec.h"

#define PATH_MAX_BYTES ((size_t)4 << 10)

static bk_status broken(bk_err *err, const char *what) { return bk_err_set(err, BK_ERR, "malformed table of charts: %s", what); }

static size_t count_sections(bk_sections sections, bk_err *err) {
    size_t n = 0;
    uint32_t tag;
    bk_str bytes;
    while (bk_sections_next(&sections, &tag, &bytes, err) == BK_OK && tag) n++;
    return n;
}

static bk_status check_path(bk_map *known, bk_str path, bool root, bk_err *err) {
    if (!path.n || path.n > PATH_MAX_BYTES) return broken(err, "a path that is empty or too long");
    if (bk_map_get(known, path)) return broken(err, "a path stands twice");
    if (root) return BK_OK;
    size_t at = bk_str_rfind(path, BK_S("/charts/"));
    if (at == BK_NPOS || at + strlen("/charts/") == path.n) return broken(err, "a path without a parent");
    if (!bk_map_get(known, bk_str_sub(path, 0, at))) return broken(err, "a path before its parent's");
    return BK_OK;
}

bk_status bk_charts_seal(bk_charts *charts, bk_arena *arena, bk_str request, bk_err *err) {
    bk_sections sections;
    BK_TRY(bk_frame_open(request, &sections, err));
    size_t count = count_sections(sections, err);
    if (err->code != BK_OK) return err->code;
    if (count == 0) return broken(err, "no chart");
    if (count > BK_LIMIT_CHARTS) return bk_err_limit(err, "charts in one release", BK_LIMIT_CHARTS);
    bk_chart *items = BK_NEW_ARRAY(arena, bk_chart, count);
    bk_map *known = bk_map_new(arena, count);
    bk_str kept;
    if (!items || !known || !bk_arena_dup(arena, request, &kept)) return bk_arena_fail(arena, err);
    BK_TRY(bk_frame_open(kept, &sections, err));
    for (size_t i = 0; i < count; i++) {
        uint32_t tag;
        bk_str bytes;
        bk_value v;
        BK_TRY(bk_sections_next(&sections, &tag, &bytes, err));
        if (tag != BK_TAG_CHART) return broken(err, "a section that is no chart");
        BK_TRY(bk_codec_decode_small(arena, bytes, 4, 16, &v, err));
        if (v.kind != BK_MAP) return broken(err, "a chart that is no map");
        items[i].path = bk_map_str(v.map, "path", BK_S(""));
        items[i].name = bk_map_str(v.map, "name", BK_S(""));
        items[i].version = bk_map_str(v.map, "version", BK_S(""));
        BK_TRY(check_path(known, items[i].path, i == 0, err));
        if (!bk_map_set(known, items[i].path, bk_bool(true))) return bk_arena_fail(arena, err);
    }
    *charts = (bk_charts){items, count, true};
    return BK_OK;
}
