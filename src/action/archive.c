#include "action/archive.h"

#include <time.h>

#include "registry/files.h"
#include "value/map.h"

static bool put(bk_map *m, const char *key, bk_str text) { return bk_map_set(m, bk_str_c(key), bk_string(text)); }

static bk_map *request(bk_arena *arena, const bk_pack_options *o) {
    bk_map *m = bk_map_new(arena, 8);
    bool ok = m && put(m, "version", o->version) && put(m, "appVersion", o->app_version) && put(m, "dependency", o->dependency) &&
              put(m, "range", o->range) && bk_map_set(m, BK_S("now"), bk_int64((int64_t)time(NULL)));
    if (ok && o->stamped) ok = bk_map_set(m, BK_S("epoch"), bk_int64(o->stamp));
    return ok ? m : NULL;
}

/* What comes from the compartment becomes the name of a file. */
static bk_status read_answer(bk_arena *arena, bk_value answer, bk_packed *ret, bk_err *err) {
    bk_map *m = answer.kind == BK_MAP ? answer.map : NULL;
    bk_str name = bk_map_str(m, "name", BK_S(""));
    ret->version = bk_map_str(m, "version", BK_S(""));
    ret->metadata = bk_map_str(m, "metadata", BK_S(""));
    ret->archive = bk_map_str(m, "archive", BK_S(""));
    if (!bk_arena_printf(arena, &ret->file, "%.*s-%.*s.tgz", BK_FMT(name), BK_FMT(ret->version))) return bk_arena_fail(arena, err);
    if (name.n == 0 || ret->archive.n == 0 || !bk_path_is_name(ret->file))
        return bk_err_set(err, BK_ERR_TRAP, "chart compartment stopped: an archive without a usable name");
    return BK_OK;
}

bk_status bk_pack(bk_arena *arena, bk_str folder, const bk_pack_options *o, bk_guard *guard, const bk_sandbox_limits *limits,
                  bk_packed *ret, bk_rendered *logs, bk_err *err) {
    bk_rendered own;
    bk_value answer;
    bk_map *m = request(arena, o);
    if (!m) return bk_arena_fail(arena, err);
    bk_status s = bk_chart_call(arena, BK_CALL_PACKAGE, folder, m, bk_nil(), guard, limits, &own, &answer, err);
    BK_TRY(bk_logs_add(arena, logs, &own, s, err));
    return read_answer(arena, answer, ret, err);
}
