/* Reads what a compartment sent: every section is checked again here. */
#include "action/output.h"

#include "base/boundary.h"
#include "base/limits.h"
#include "sandbox/output.h"
#include "value/codec.h"
#include "value/map.h"

static bk_status decode_map(bk_arena *arena, bk_str bytes, bk_map **ret, bk_err *err) {
    bk_value v;
    BK_TRY(bk_codec_decode_small(arena, bytes, 3, 16, &v, err)); /* heads are small, and so they stay */
    if (v.kind != BK_MAP || !v.map) return bk_err_set(err, BK_ERR_TRAP, "chart compartment stopped: a section of its output is no map");
    *ret = v.map;
    return BK_OK;
}

static bool known_level(bk_str s) {
    static const char *const levels[] = {"DEBUG", "INFO", "WARN", "ERROR"};
    for (size_t i = 0; i < BK_COUNT(levels); i++)
        if (bk_str_eq(s, bk_str_c(levels[i]))) return true;
    return false;
}

static bk_status add_log(bk_arena *arena, bk_str bytes, bk_rendered *out, bk_err *err) {
    bk_map *m;
    BK_TRY(decode_map(arena, bytes, &m, err));
    bk_log_line line = {.level = bk_map_str(m, "level", BK_S("")), .text = bk_map_str(m, "text", BK_S(""))};
    if (!known_level(line.level)) return bk_err_set(err, BK_ERR_TRAP, "chart compartment stopped: a log line of no known level");
    if ((out->log_count & (out->log_count - 1)) == 0) {
        size_t cap = out->log_count ? out->log_count * 2 : 1;
        void *p = bk_arena_grow(arena, out->logs, out->log_count * sizeof line, cap * sizeof line);
        if (!p) return bk_arena_fail(arena, err);
        out->logs = p;
    }
    out->logs[out->log_count++] = line;
    return BK_OK;
}

static const struct {
    const char *name;
    bk_manifest_kind kind;
} kinds[] = {{"crd", BK_MANIFEST_CRD},
             {"manifest", BK_MANIFEST_RESOURCE},
             {"hook", BK_MANIFEST_HOOK},
             {"raw", BK_MANIFEST_RAW},
             {"shown", BK_MANIFEST_SHOWN}};

/* A path that a manifest claims: relative, without "..", without control characters; it becomes part of a file name with --output-dir. */
static bool safe_path(bk_str path) {
    if (path.n == 0 || path.n > 4096 || path.p[0] == '/') return false;
    for (size_t i = 0; i < path.n; i++)
        if ((unsigned char)path.p[i] < ' ' || path.p[i] == 0x7F) return false;
    for (bk_str rest = path, part; rest.n;) {
        bk_str_cut(rest, BK_S("/"), &part, &rest);
        if (bk_str_eq(part, BK_S(".."))) return false;
    }
    return true;
}

/* A hook as a release record keeps it. */
static bk_status hook_of(bk_arena *arena, bk_map *m, bk_manifest *item, bk_err *err) {
    bk_hook *hook = BK_NEW(arena, bk_hook);
    const bk_value *weight = bk_map_get(m, BK_S("weight"));
    if (!bk_map_get(m, BK_S("events"))) return BK_OK;
    if (!hook) return bk_arena_fail(arena, err);
    *hook = (bk_hook){.name = bk_map_str(m, "name", BK_S("")), .kind = item->object_kind, .path = item->path, .manifest = item->body};
    if (weight && weight->kind == BK_INT) hook->weight = weight->i;
    item->hook = hook;
    BK_TRY(bk_words_of(arena, m, "events", &hook->events, err));
    BK_TRY(bk_words_of(arena, m, "deletePolicies", &hook->delete_policies, err));
    return bk_words_of(arena, m, "outputLogPolicies", &hook->output_log_policies, err);
}

static bk_status add_manifest(bk_arena *arena, bk_str head, bk_str body, bk_rendered *out, bk_err *err) {
    bk_map *m;
    size_t k = 0;
    BK_TRY(decode_map(arena, head, &m, err));
    bk_str class = bk_map_str(m, "class", BK_S(""));
    while (k < BK_COUNT(kinds) && !bk_str_eq(class, bk_str_c(kinds[k].name))) k++;
    bk_manifest item = {.path = bk_map_str(m, "path", BK_S("")),
                        .body = body,
                        .object_kind = bk_map_str(m, "kind", BK_S("")),
                        .api_version = bk_map_str(m, "apiVersion", BK_S("")),
                        .test = bk_map_bool(m, "test", false)};
    if (k == BK_COUNT(kinds)) return bk_err_set(err, BK_ERR_TRAP, "chart compartment stopped: a manifest of no known class");
    if (!safe_path(item.path))
        return bk_err_set(err, BK_ERR_TRAP, "chart compartment stopped: a manifest with the path \"%.*s\"", BK_FMT(item.path));
    item.kind = kinds[k].kind;
    if (item.kind == BK_MANIFEST_HOOK) BK_TRY(hook_of(arena, m, &item, err));
    if ((out->count & (out->count - 1)) == 0) {
        size_t cap = out->count ? out->count * 2 : 1;
        void *p = bk_arena_grow(arena, out->manifests, out->count * sizeof item, cap * sizeof item);
        if (!p) return bk_arena_fail(arena, err);
        out->manifests = p;
    }
    out->manifests[out->count++] = item;
    if (item.kind == BK_MANIFEST_RAW || item.kind == BK_MANIFEST_SHOWN) out->partial = true;
    return BK_OK;
}

bk_status bk_output_read(bk_arena *arena, bk_str output, bk_rendered *ret, bk_value *ret_result, bk_err *err) {
    bk_sections sections = {output};
    uint32_t tag;
    bk_str bytes, head = {NULL, 0};
    bk_err engine = BK_ERR_INIT;
    bk_status status = bk_sandbox_output_check(output, &engine);
    if (status == BK_ERR_TRAP) {
        bk_err_move(err, &engine);
        return status;
    }
    bk_status s = BK_OK;
    while (s == BK_OK) {
        s = bk_sections_next(&sections, &tag, &bytes, err);
        if (s != BK_OK || tag == 0) break;
        if (tag == BK_TAG_LOG && ret) s = add_log(arena, bytes, ret, err);
        else if (tag == BK_TAG_MANIFEST) head = bytes;
        else if (tag == BK_TAG_BODY && ret) s = add_manifest(arena, head, bytes, ret, err);
        else if (tag == BK_TAG_NOTES && ret) ret->notes = bytes;
        else if (tag == BK_TAG_RESULT && ret_result) s = bk_codec_decode(arena, bytes, ret_result, err);
    }
    if (s != BK_OK || status == BK_OK) {
        bk_err_release(&engine);
        return s;
    }
    bk_err_move(err, &engine);
    return status;
}
