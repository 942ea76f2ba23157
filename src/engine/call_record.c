/* The call RECORD: the JSON of a release to its record: base64 of gzip. */
#include "base/base64.h"
#include "base/sort.h"
#include "chart/gzip.h"
#include "data/json.h"
#include "engine/calls.h"

enum { NAMED = 5 /* largest files that a refusal names */ };

/* The chart comes from where its templates ran: that it is one value, and cannot reach beyond its place in the record, is looked at here. */
static bk_status read_chart(bk_call_state *call, bk_str json, bk_map **ret) {
    bk_value v;
    *ret = NULL;
    if (!json.n) return BK_OK;
    if (bk_json_decode(call->arena, json, BK_JSON_NUMBER, BK_T_MAP, &v, call->err) != BK_OK)
        return bk_err_wrap(call->err, "the chart of a release record");
    *ret = v.kind == BK_MAP ? v.map : NULL;
    return BK_OK;
}

typedef struct named {
    bk_str name;
    size_t n;
} named;

static int larger(const void *a, const void *b, void *arg) {
    size_t x = ((const named *)a)->n, y = ((const named *)b)->n;
    (void)arg;
    return x > y ? -1 : x < y;
}

/* Sizes of the files in one list of the chart; the sum is returned. */
static size_t sizes(bk_map *chart, const char *list, named *files, size_t *count, size_t room) {
    const bk_value *v = bk_map_get(chart, bk_str_c(list));
    size_t sum = 0;
    for (uint32_t i = 0; v && v->kind == BK_LIST && i < v->len; i++) {
        bk_map *m = v->items[i].kind == BK_MAP ? v->items[i].map : NULL;
        size_t n = bk_map_str(m, "data", BK_S("")).n / 4 * 3;
        sum += n;
        if (*count < room) files[(*count)++] = (named){bk_map_str(m, "name", BK_S("")), n};
    }
    return sum;
}

static size_t list_len(bk_map *chart, const char *list) {
    const bk_value *v = bk_map_get(chart, bk_str_c(list));
    return v && v->kind == BK_LIST ? v->len : 0;
}

/* What fills a record that is too large. */
static bk_status refuse(bk_call_state *call, bk_map *chart, size_t size) {
    size_t room = list_len(chart, "templates") + list_len(chart, "files"), count = 0;
    named *files = BK_NEW_ARRAY(call->arena, named, room + 1);
    bk_map *m = bk_map_new(call->arena, 4);
    bk_items list;
    bk_value largest;
    if (!files || !m) return bk_arena_fail(call->arena, call->err);
    size_t templates = sizes(chart, "templates", files, &count, room), others = sizes(chart, "files", files, &count, room);
    if (!bk_sort(call->arena, files, count, sizeof *files, larger, NULL)) return bk_arena_fail(call->arena, call->err);
    bk_items_init(&list, call->arena);
    for (size_t i = 0; i < count && i < NAMED; i++) {
        bk_map *one = bk_map_new(call->arena, 2);
        if (!one || !bk_map_set(one, BK_S("name"), bk_string(files[i].name)) ||
            !bk_map_set(one, BK_S("size"), bk_int64((int64_t)files[i].n)))
            return bk_arena_fail(call->arena, call->err);
        bk_items_add(&list, bk_map_value(one));
    }
    BK_TRY(bk_items_list(&list, BK_T_LIST, &largest, call->err));
    bool ok = bk_map_set(m, BK_S("size"), bk_int64((int64_t)size)) && bk_map_set(m, BK_S("templates"), bk_int64((int64_t)templates)) &&
              bk_map_set(m, BK_S("files"), bk_int64((int64_t)others)) && bk_map_set(m, BK_S("largest"), largest);
    return ok ? bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(m)) : bk_arena_fail(call->arena, call->err);
}

bk_status bk_call_record_write(bk_call_state *call) {
    bk_str head = bk_map_str(call->options, "head", BK_S("")), chart = bk_map_str(call->options, "chart", BK_S(""));
    const bk_value *max = bk_map_get(call->options, BK_S("max"));
    bk_map *parsed;
    bk_buf json, text;
    bk_str gz;
    BK_TRY(read_chart(call, chart, &parsed));
    bk_buf_init(&json, call->arena, 0);
    bk_buf_str(&json, head);
    bk_buf_str(&json, chart);
    bk_buf_str(&json, bk_map_str(call->options, "tail", BK_S("")));
    BK_TRY(bk_buf_check(&json, call->err));
    BK_TRY(bk_gzip_dense(call->arena, bk_buf_view(&json), &gz, call->err));
    bk_buf_init(&text, call->arena, 0);
    bk_base64_encode(&text, gz);
    BK_TRY(bk_buf_check(&text, call->err));
    if (max && max->kind == BK_INT && max->i > 0 && text.n > (uint64_t)max->i) return refuse(call, parsed, text.n);
    return bk_call_emit_value(call, BK_TAG_RESULT, bk_string(bk_buf_take(&text)));
}
