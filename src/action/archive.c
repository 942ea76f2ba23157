#include "action/archive.h"

#include <time.h>

#include "action/inputs.h"
#include "registry/engine.h"
#include "registry/files.h"
#include "value/map.h"

enum { ENTRIES = 100000 };

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

/* ---- taken apart ---- */

static bool is_clean(bk_str name) {
    bk_str part, rest = name;
    if (!name.n || name.n > 4096 || bk_str_find_byte(name, 0) != BK_NPOS || name.p[name.n - 1] == '/') return false;
    while (rest.n) {
        bk_str_cut(rest, BK_S("/"), &part, &rest);
        if (!bk_path_is_name(part)) return false;
    }
    return true;
}

bk_status bk_archive_entries(bk_arena *arena, bk_str path, bk_str *ret_name, bk_plugin_entry **ret, size_t *ret_count, bk_err *err) {
    bk_sandbox_answer answer;
    bk_str bytes;
    BK_TRY(bk_file_load(arena, path, BK_INPUT_FILE_MAX, &bytes, err));
    BK_TRY(bk_registry_index_call(arena, "files", NULL, &bytes, 1, &answer, err));
    bk_map *m = answer.result.kind == BK_MAP ? answer.result.map : NULL;
    const bk_value *files = m ? bk_map_get(m, BK_S("files")) : NULL;
    if (!files || files->kind != BK_LIST || files->len > ENTRIES)
        return bk_err_set(err, BK_ERR_TRAP, "chart compartment stopped: it gave no answer");
    if (!bk_arena_dup(arena, bk_map_str(m, "name", BK_S("")), ret_name)) return bk_arena_fail(arena, err);
    if (!bk_path_is_name(*ret_name)) return bk_err_set(err, BK_ERR_TRAP, "chart compartment stopped: a chart without a usable name");
    bk_plugin_entry *list = BK_NEW_ARRAY(arena, bk_plugin_entry, files->len + 1);
    if (!list) return bk_arena_fail(arena, err);
    for (uint32_t i = 0; i < files->len; i++) {
        bk_map *f = files->items[i].kind == BK_MAP ? files->items[i].map : NULL;
        bk_str name = f ? bk_map_str(f, "name", BK_S("")) : BK_S("");
        if (!is_clean(name))
            return bk_err_set(err, BK_ERR, "the archive holds a file with the name \"%.*s\", which is illegal", BK_FMT(name));
        if (!bk_arena_dup(arena, name, &list[i].name)) return bk_arena_fail(arena, err);
        list[i].data = bk_map_str(f, "data", BK_S(""));
    }
    *ret = list;
    *ret_count = files->len;
    return BK_OK;
}
