/* .Files: the chart's files that are no templates, as Helm's engine.files lets templates use them. */
#include "chart/render_values.h"

#include "base/buf.h"
#include "chart/unread.h"
#include "data/yaml.h"
#include "sprig/env.h"
#include "text/glob.h"

/* Whether the file's data are yet to come. */
static bool is_unread(const bk_map *files, const bk_value *v) {
    return files->fill && bk_unread_holds((const bk_unread *)(const void *)files->fill, v->s);
}

/* A file by its name. Others may stay unread. */
static const bk_value *find(bk_map *files, bk_str name) {
    bk_map_fill *fill = files ? files->fill : NULL;
    if (!fill) return bk_map_get(files, name);
    files->fill = NULL;
    const bk_value *v = bk_map_get(files, name);
    files->fill = fill;
    if (v && is_unread(files, v)) bk_map_filled(files);
    return v;
}

static bk_status get_bytes(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)call, (void)argc;
    const bk_value *v = find(args[0].map, bk_value_str(args[1]));
    *ret = v ? *v : bk_bytes(BK_S(""));
    return BK_OK;
}

static bk_status get(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    BK_TRY(get_bytes(call, args, argc, ret));
    *ret = bk_string(bk_value_str(*ret));
    return BK_OK;
}

/* The files whose names match. A malformed pattern counts as "**". */
static bk_status glob(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)argc;
    bk_glob pattern;
    bk_err bad = BK_ERR_INIT;
    bk_status status = bk_glob_compile(call->arena, bk_value_str(args[1]), &pattern, &bad);
    if (status == BK_ERR) {
        bk_err_release(&bad);
        status = bk_glob_compile(call->arena, BK_S("**"), &pattern, &bad);
    }
    if (status != BK_OK) {
        bk_err_move(call->err, &bad);
        return status;
    }
    bk_map *found = bk_map_new(call->arena, 0), *files = args[0].map;
    bk_map_fill *fill = NULL;
    if (!found) return bk_call_nomem(call);
    for (size_t i = 0; files && i < files->len; i++) { /* the names are there, whatever is unread */
        const bk_map_entry *e = bk_map_at(files, i);
        if (!bk_glob_match(&pattern, e->key)) continue;
        if (!bk_map_set(found, e->key, e->value)) return bk_call_nomem(call);
        if (is_unread(files, &e->value)) fill = files->fill;
    }
    found->fill = fill;
    *ret = bk_map_typed(BK_T_FILES, found);
    return BK_OK;
}

static void put_base64(bk_buf *out, bk_str s) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *p = (const uint8_t *)s.p;
    for (size_t i = 0; i < s.n; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < s.n ? (uint32_t)p[i + 1] << 8 : 0) | (i + 2 < s.n ? p[i + 2] : 0);
        const char four[] = {digits[v >> 18], digits[v >> 12 & 63], i + 1 < s.n ? digits[v >> 6 & 63] : '=',
                             i + 2 < s.n ? digits[v & 63] : '='};
        bk_buf_bytes(out, four, sizeof four);
    }
}

/* The files as a map of texts, by the last part of their names (of several of a name, the last one), contents as text or in base64. */
static bk_status texts_of(bk_call *call, bk_value files, bool base64, bk_map **ret) {
    bk_map *map = bk_map_new(call->arena, bk_map_len(files.map));
    if (!map || !bk_map_sort(files.map)) return bk_call_nomem(call);
    for (size_t i = 0; i < bk_map_len(files.map); i++) {
        const bk_map_entry *e = bk_map_at(files.map, i);
        bk_str data = bk_value_str(e->value);
        if (base64) {
            bk_buf out;
            bk_buf_init(&out, call->arena, 0);
            put_base64(&out, data);
            BK_TRY(bk_buf_check(&out, call->err));
            data = bk_buf_take(&out);
        }
        if (!bk_map_set(map, bk_path_base(e->key), bk_string(data))) return bk_call_nomem(call);
    }
    *ret = map;
    return BK_OK;
}

static bk_status put_yaml(bk_call *call, bk_value files, bool base64, bk_buf *out) {
    bk_map *map = NULL;
    bk_err bad = BK_ERR_INIT;
    BK_TRY(texts_of(call, files, base64, &map));
    bk_status status = bk_yaml_encode(out, call->arena, bk_map_typed(BK_T_STRING_MAP, map), &bad);
    if (status == BK_ERR) { /* what YAML cannot hold becomes nothing */
        bk_err_release(&bad);
        bk_buf_reset(out);
        return BK_OK;
    }
    if (status != BK_OK) {
        bk_err_move(call->err, &bad);
        return status;
    }
    if (bk_str_ends(bk_buf_view(out), BK_S("\n"))) out->n--;
    return BK_OK;
}

/* Which files they are: where their names and contents lie, which is for as long as the chart does. */
static bk_status identity(bk_call *call, const bk_map *files, bk_buf *ret) {
    for (size_t i = 0; files && i < files->len; i++) {
        const bk_map_entry *e = bk_map_at(files, i);
        const void *const where[] = {e->key.p, e->value.s};
        bk_buf_bytes(ret, (const char *)where, sizeof where);
        bk_buf_u32(ret, (uint32_t)e->key.n);
        bk_buf_u32(ret, e->value.len);
    }
    return bk_buf_check(ret, call->err);
}

/* The text becomes the result, and is remembered where there is room. */
static bk_status keep_yaml(bk_call *call, bk_memory_kind kind, bk_str key, bk_buf *text, bk_value *ret) {
    bk_memory *memory = call->env ? &bk_sprig_env_of(call)->memory : NULL;
    bool remembered = memory && call->keep && bk_memory_fits(memory, key.n + text->n);
    bk_arena *arena = remembered ? call->keep : call->arena;
    bk_str s;
    if (!bk_buf_keep(text, arena, &s) || (remembered && !bk_arena_dup(arena, key, &key))) return bk_arena_fail(arena, call->err);
    if (remembered) bk_memory_add(memory, kind, key, s);
    *ret = bk_string(s);
    return BK_OK;
}

/* The files as YAML. */
static bk_status as_yaml(bk_call *call, bk_value files, bk_memory_kind kind, bk_value *ret) {
    bk_buf key, text;
    bk_str known;
    bk_buf_init(&key, call->arena, 0);
    BK_TRY(identity(call, files.map, &key));
    if (call->env && bk_memory_find(&bk_sprig_env_of(call)->memory, kind, bk_buf_view(&key), &known)) {
        *ret = bk_string(known);
        return BK_OK;
    }
    bk_buf_init(&text, NULL, 0); /* of the heap, since in the arena each growth would leave the old text behind */
    bk_status status = put_yaml(call, files, kind == BK_MEMORY_SECRETS, &text);
    if (status == BK_OK) status = keep_yaml(call, kind, bk_buf_view(&key), &text, ret);
    bk_buf_release(&text);
    return status;
}

static bk_status as_config(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)argc;
    return as_yaml(call, args[0], BK_MEMORY_CONFIG, ret);
}

static bk_status as_secrets(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)argc;
    return as_yaml(call, args[0], BK_MEMORY_SECRETS, ret);
}

/* The lines of a file; a newline at its end begins no other line. */
static bk_status lines(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    bk_items items;
    bk_value file;
    BK_TRY(get_bytes(call, args, argc, &file));
    bk_str line, rest = bk_value_str(file);
    bk_items_init(&items, call->arena);
    bool more = rest.n != 0;
    if (more && rest.p[rest.n - 1] == '\n') rest.n--;
    while (more) {
        more = bk_str_cut(rest, BK_S("\n"), &line, &rest);
        bk_items_add(&items, bk_string(line));
    }
    return bk_items_list(&items, BK_T_STRINGS, ret, call->err);
}

const bk_func bk_files_methods[] = {
    {"AsConfig", ":s", as_config},  {"AsSecrets", ":s", as_secrets}, {"Get", "s:s", get},
    {"GetBytes", "s:B", get_bytes}, {"Glob", "s:a", glob},           {"Lines", "s:S", lines},
};
const size_t bk_files_method_count = BK_COUNT(bk_files_methods);
