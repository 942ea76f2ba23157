/* The call INDEX: what a repository's index says of one chart: its versions, the newest first. */
#include "base/sort.h"
#include "data/yaml.h"
#include "engine/calls.h"
#include "text/gotime.h"
#include "text/semver.h"

typedef struct entry {
    bk_semver version;
    bk_map *fields;
} entry;

static bk_str text_of(bk_call_state *call, bk_map *m, const char *key) {
    bk_value *v = bk_map_get(m, bk_str_c(key)), text = bk_nil();
    if (v && !bk_yaml_coerce_string(call->arena, *v, &text)) text = bk_nil();
    return bk_is_string(text) ? bk_value_str(text) : BK_S("");
}

/* What is no version, or has no name, is left out, as Helm does when it loads an index. */
static bk_status collect(bk_call_state *call, const bk_value *list, entry **ret, size_t *ret_count) {
    uint32_t n = list && list->kind == BK_LIST ? list->len : 0;
    entry *entries = BK_NEW_ARRAY(call->arena, entry, n ? n : 1);
    bk_err ignored = BK_ERR_INIT;
    *ret_count = 0;
    if (!entries) return bk_arena_fail(call->arena, call->err);
    for (uint32_t i = 0; i < n; i++) {
        bk_map *m = list->items[i].kind == BK_MAP ? list->items[i].map : NULL;
        entry *e = &entries[*ret_count];
        if (m && text_of(call, m, "name").n && bk_semver_parse(text_of(call, m, "version"), &e->version, &ignored) == BK_OK) {
            e->fields = m;
            (*ret_count)++;
        }
        bk_err_release(&ignored);
    }
    *ret = entries;
    return BK_OK;
}

static int newest_first(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_semver_cmp(&((const entry *)b)->version, &((const entry *)a)->version);
}

/* The day, in words; that of Go's zero time where there is none. */
static bk_status day_of(bk_call_state *call, bk_str text, bk_str *ret) {
    bk_time t = {0};
    bk_err ignored = BK_ERR_INIT;
    bk_buf b;
    if (text.n && bk_time_parse(call->arena, BK_TIME_RFC3339, text, NULL, &t, &ignored) != BK_OK) t = (bk_time){0};
    bk_err_release(&ignored);
    bk_buf_init(&b, call->arena, 0);
    bk_time_format(&b, t, BK_S("January 2, 2006"));
    BK_TRY(bk_buf_check(&b, call->err));
    *ret = bk_buf_take(&b);
    return BK_OK;
}

static bk_status put_version(bk_call_state *call, const entry *e, bk_items *to) {
    bk_map *m = bk_map_new(call->arena, 4);
    bk_str day;
    BK_TRY(day_of(call, text_of(call, e->fields, "created"), &day));
    bool ok = m && bk_map_set(m, BK_S("version"), bk_string(e->version.original)) &&
              bk_map_set(m, BK_S("appVersion"), bk_string(text_of(call, e->fields, "appVersion"))) &&
              bk_map_set(m, BK_S("created"), bk_string(day)) &&
              bk_map_set(m, BK_S("deprecated"), bk_bool(bk_map_bool(e->fields, "deprecated", false)));
    if (!ok) return bk_arena_fail(call->arena, call->err);
    bk_items_add(to, bk_map_value(m));
    return BK_OK;
}

bk_status bk_call_index(bk_call_state *call) {
    bk_str text;
    bk_value index, versions;
    bk_items list;
    entry *entries;
    size_t count;
    if (call->input_count == 0) return bk_err_set(call->err, BK_ERR, "malformed request: no index");
    BK_TRY(bk_call_input(call, 0, &text));
    BK_TRY(bk_yaml_read(call->arena, text, BK_YAML_NUMBERS, &index, call->err));
    if (index.kind != BK_MAP || text_of(call, index.map, "apiVersion").n == 0)
        return bk_err_set(call->err, BK_ERR, "no API version specified");
    bk_value *all = bk_map_get(index.map, BK_S("entries"));
    bk_map *charts = all && all->kind == BK_MAP ? all->map : NULL;
    BK_TRY(collect(call, bk_map_get(charts, bk_map_str(call->options, "chart", BK_S(""))), &entries, &count));
    if (!bk_sort(call->arena, entries, count, sizeof *entries, newest_first, NULL)) return bk_arena_fail(call->arena, call->err);
    bk_items_init(&list, call->arena);
    for (size_t i = 0; i < count; i++) BK_TRY(put_version(call, &entries[i], &list));
    BK_TRY(bk_items_list(&list, BK_T_LIST, &versions, call->err));
    return bk_call_emit_value(call, BK_TAG_RESULT, versions);
}
