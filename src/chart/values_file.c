#include "chart/values_file.h"

#include "base/limits.h"
#include "base/unicode.h"
#include "data/json.h"
#include "data/yaml.h"

/* ---- merging ---- */

static bk_status put(bk_map *into, bk_map *from, unsigned depth, bk_err *err) {
    if (depth == 0) return bk_err_limit(err, "nesting of values", BK_LIMIT_DEPTH);
    for (size_t i = 0; i < bk_map_len(from); i++) {
        const bk_map_entry *e = bk_map_at(from, i);
        bk_value *old = bk_map_get_hashed(into, e->key, e->hash);
        if (old && old->type == BK_T_MAP && old->map && e->value.type == BK_T_MAP) {
            BK_TRY(put(old->map, e->value.map, depth - 1, err));
        } else if (!bk_map_set_hashed(into, e->key, e->hash, e->value)) {
            return bk_arena_fail(into->arena, err);
        }
    }
    return BK_OK;
}

bk_status bk_values_put(bk_map *into, bk_map *from, bk_err *err) { return put(into, from, BK_LIMIT_DEPTH, err); }

/* ---- files ---- */

/* A whole text as one document: nothing in it has to change. */
static bool is_one_document(bk_str text) {
    return bk_str_ends(text, BK_S("\n")) && bk_str_find_byte(text, '\r') == BK_NPOS && !bk_str_starts(text, BK_S("---")) &&
           !bk_str_contains(text, BK_S("\n---"));
}

static bk_status decode(bk_arena *arena, bk_str text, bk_map **ret, bk_err *err) {
    bk_value v = bk_nil();
    bk_status s = bk_yaml_decode(arena, text, 0, BK_T_MAP, &v, err);
    if (s == BK_OK && (v.type != BK_T_MAP || !v.map)) v = bk_map_value(bk_map_new(arena, 0));
    *ret = v.map;
    return s == BK_OK && !*ret ? bk_arena_fail(arena, err) : s;
}

bk_status bk_values_load(bk_arena *arena, bk_str text, bk_map **ret, bk_err *err) {
    bk_map *all = NULL, *one;
    bool more = text.n > 0;
    while (more) {
        bk_str document = text;
        if (!all && is_one_document(text)) {
            text.n = 0;
            more = false;
        } else {
            if (bk_yaml_next_document(arena, &text, &document, &more, err) != BK_OK)
                return err->code == BK_ERR ? bk_err_wrap(err, "error reading yaml document") : err->code;
            if (!more) break;
        }
        bk_status s = decode(arena, document, &one, err);
        if (s == BK_ERR) return bk_err_wrap(err, "cannot unmarshal yaml document");
        BK_TRY(s);
        if (all) {
            BK_TRY(bk_values_put(all, one, err));
        } else {
            all = one;
        }
    }
    if (!all) all = bk_map_new(arena, 0);
    *ret = all;
    return all ? BK_OK : bk_arena_fail(arena, err);
}

bk_status bk_values_read(bk_arena *arena, bk_str text, bk_map **ret, bk_err *err) {
    const bk_str type = BK_S("map[string]interface {}");
    bk_status s = decode(arena, text, ret, err);
    if (s != BK_ERR || !bk_str_ends(bk_err_message(err), type)) return s;
    bk_str message = bk_err_message(err), named;
    if (!bk_arena_printf(arena, &named, "%.*scommon.Values", BK_FMT(bk_str_sub(message, 0, message.n - type.n)))) return s;
    return bk_err_replace(err, named);
}

/* ---- arguments ---- */

/* {"a": 1} as a whole, or assignments. The reason of a failure is not told. */
static bk_status set_json(bk_arena *arena, bk_str text, bk_map *base, bk_err *err) {
    bk_str trimmed = bk_str_trim_space(text);
    if (!bk_str_starts(trimmed, BK_S("{"))) {
        bk_status s = bk_strvals_parse(arena, BK_STRVALS_JSON, text, base, NULL, err);
        if (s != BK_ERR) return s;
        bk_err_release(err);
        return bk_err_set(err, BK_ERR, "failed parsing --set-json data %.*s", BK_FMT(text));
    }
    bk_value v;
    bk_status s = bk_json_decode(arena, trimmed, 0, BK_T_MAP, &v, err);
    if (s == BK_OK) return bk_values_put(base, v.map, err);
    if (s != BK_ERR) return s;
    bk_err_release(err);
    return bk_err_set(err, BK_ERR, "failed parsing --set-json data JSON: %.*s", BK_FMT(text));
}

static bk_status apply(bk_arena *arena, const bk_values_source *source, const bk_strvals_reader *reader, bk_map *base, bk_err *err) {
    static const struct {
        bk_strvals_mode mode;
        const char *flag;
    } flags[] = {
        [BK_VALUES_SET] = {BK_STRVALS_SET, "--set"},
        [BK_VALUES_SET_STRING] = {BK_STRVALS_STRING, "--set-string"},
        [BK_VALUES_SET_FILE] = {BK_STRVALS_FILE, "--set-file"},
        [BK_VALUES_SET_LITERAL] = {BK_STRVALS_LITERAL, "--set-literal"},
    };
    if (source->kind == BK_VALUES_FILE) {
        bk_map *map;
        if (bk_values_load(arena, source->text, &map, err) != BK_OK) return bk_err_wrap(err, "failed to parse %.*s", BK_FMT(source->name));
        return bk_values_put(base, map, err);
    }
    if (source->kind == BK_VALUES_SET_JSON) return set_json(arena, source->text, base, err);
    bk_status s = bk_strvals_parse(arena, flags[source->kind].mode, source->text, base, reader, err);
    return s == BK_OK ? s : bk_err_wrap(err, "failed parsing %s data", flags[source->kind].flag);
}

bk_status bk_values_merge(bk_arena *arena, const bk_values_source *sources, size_t n, const bk_strvals_reader *reader, bk_map **ret,
                          bk_err *err) {
    bk_map *base = bk_map_new(arena, 0);
    if (!base) return bk_arena_fail(arena, err);
    for (bk_values_kind kind = BK_VALUES_FILE; kind <= BK_VALUES_SET_LITERAL; kind++)
        for (size_t i = 0; i < n; i++)
            if (sources[i].kind == kind) BK_TRY(apply(arena, &sources[i], reader, base, err));
    *ret = base;
    return BK_OK;
}
