/* The text of a record. */
#include "data/json.h"
#include "release/record_call.h"

/* The release's JSON as it is before and behind the chart's. */
static bk_status around(bk_arena *arena, const bk_release *release, bk_str *ret_head, bk_str *ret_tail, bk_err *err) {
    /* A place that cannot stand anywhere else: in strings a quote has a backslash before it. */
    static const char mark[] = "\"chart\":\"\"";
    bk_release r = *release;
    bk_buf json;
    bk_buf_init(&json, arena, 0);
    if (r.chart.n) r.chart = BK_S("\"\"");
    BK_TRY(bk_release_json(&json, arena, &r, true, BK_S(""), err));
    bk_str text = bk_buf_take(&json);
    *ret_head = text;
    *ret_tail = BK_S("");
    if (!r.chart.n) return BK_OK;
    /* Name and info stand before it: texts, in which the mark cannot be. */
    size_t at = bk_str_find(text, bk_str_c(mark));
    if (at == BK_NPOS) return bk_err_internal(err, "a release without its chart");
    at += sizeof mark - 1 - 2;
    *ret_head = bk_str_sub(text, 0, at);
    *ret_tail = bk_str_from(text, at + 2);
    return BK_OK;
}

static int64_t number(bk_map *m, const char *key) {
    const bk_value *v = bk_map_get(m, bk_str_c(key));
    return v && v->kind == BK_INT ? v->i : 0;
}

static void part(bk_buf *out, const char *what, size_t n) {
    if (n) bk_buf_printf(out, "%s %s %zu", bk_str_ends(bk_buf_view(out), BK_S(":")) ? "" : ",", what, n);
}

/* How large it is, and what fills it. */
static bk_status too_large(bk_arena *arena, const bk_release *r, bk_map *m, size_t max, bk_err *err) {
    bk_buf text;
    size_t hooks = 0;
    const bk_value *files = bk_map_get(m, BK_S("largest"));
    bk_buf_init(&text, arena, 64 << 10);
    bk_buf_printf(
        &text,
        "release record of \"%.*s\" is too large: %lld bytes when compressed, the API server takes %zu; what fills it, in bytes before "
        "compression:",
        BK_FMT(r->name), (long long)number(m, "size"), max);
    for (size_t i = 0; i < r->hook_count; i++) hooks += r->hooks[i].manifest.n;
    part(&text, "templates", (size_t)number(m, "templates"));
    part(&text, "other files", (size_t)number(m, "files"));
    part(&text, "manifest", r->manifest.n);
    part(&text, "hooks", hooks);
    part(&text, "notes", r->notes.n);
    for (uint32_t i = 0; files && files->kind == BK_LIST && i < files->len; i++) {
        bk_map *f = files->items[i].kind == BK_MAP ? files->items[i].map : NULL;
        bk_buf_printf(&text, "%s %.*s (%lld)", i ? "," : "; largest files:", BK_FMT(bk_map_str(f, "name", BK_S(""))),
                      (long long)number(f, "size"));
    }
    bk_buf_c(&text, "; a .helmignore keeps files out of the chart");
    return bk_err_set_str(err, BK_ERR_LIMIT, bk_buf_view(&text));
}

bk_status bk_record_write(bk_arena *arena, const bk_release *release, size_t max, bk_str *ret, bk_err *err) {
    bk_map *m = bk_map_new(arena, 4);
    bk_str head, tail;
    bk_value v;
    if (!max) max = BK_RECORD_MAX;
    BK_TRY(around(arena, release, &head, &tail, err));
    bool ok = m && bk_map_set(m, BK_S("head"), bk_string(head)) && bk_map_set(m, BK_S("chart"), bk_string(release->chart)) &&
              bk_map_set(m, BK_S("tail"), bk_string(tail)) && bk_map_set(m, BK_S("max"), bk_int64((int64_t)max));
    if (!ok) return bk_arena_fail(arena, err);
    BK_TRY(bk_release_call(arena, BK_CALL_RECORD, m, NULL, &v, err));
    if (v.kind == BK_MAP) return too_large(arena, release, v.map, max, err);
    if (v.kind != BK_STRING || v.len == 0 || v.len > max)
        return bk_err_set(err, BK_ERR_TRAP, "release record compartment stopped: it made no record");
    /* It becomes part of JSON as it is. */
    for (uint32_t i = 0; i < v.len; i++) {
        char c = v.s[i];
        bool ok64 = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
        if (!ok64) return bk_err_set(err, BK_ERR_TRAP, "release record compartment stopped: its record is no base64");
    }
    *ret = bk_value_str(v);
    return BK_OK;
}
