#include "chart/json.h"

#include "base/base64.h"
#include "chart/lock.h"
#include "chart/unread.h"
#include "data/json.h"
#include "text/gotime.h"

typedef struct writer {
    bk_arena *arena;
    bk_buf *out;
    bk_err *err;
} writer;

static void key(writer *w, const char *name, bool first) {
    bk_buf_c(w->out, first ? "{\"" : ",\"");
    bk_buf_c(w->out, name);
    bk_buf_c(w->out, "\":");
}

static bk_status put_struct(writer *w, const bk_shape *shape, const void *source, unsigned depth);

static bk_status put_structs(writer *w, const bk_shape *shape, const bk_list_of *list, unsigned depth) {
    for (size_t i = 0; i < list->n; i++) {
        const void *item = bk_list_ptr(list, i);
        bk_buf_byte(w->out, i ? ',' : '[');
        if (item) BK_TRY(put_struct(w, shape, item, depth - 1));
        else bk_buf_c(w->out, "null");
    }
    bk_buf_byte(w->out, ']');
    return BK_OK;
}

/* Shapes nest two deep; `depth` says so. */
static bk_status put_struct(writer *w, const bk_shape *shape, const void *source, unsigned depth) {
    bk_value v;
    bool any = false;
    if (depth == 0) return bk_err_internal(w->err, "a shape within itself");
    BK_TRY(bk_typed_json(w->arena, shape, source, &v, w->err));
    for (size_t i = 0; i < shape->n; i++) {
        const bk_field *f = &shape->fields[i];
        const bk_value *field = bk_map_get(v.map, bk_str_c(f->json));
        if (!field) continue;
        key(w, f->json, !any);
        any = true;
        if (f->kind == BK_FIELD_STRUCTS && field->kind == BK_LIST && field->len)
            BK_TRY(put_structs(w, f->shape, (const void *)((const char *)source + f->offset), depth));
        else BK_TRY(bk_json_encode(w->out, w->arena, *field, BK_JSON_HTML, w->err));
    }
    bk_buf_c(w->out, any ? "}" : "{}");
    return BK_OK;
}

static void put_time(writer *w, bk_time t) {
    bk_buf_byte(w->out, '"');
    bk_time_format(w->out, t, BK_TIME_RFC3339_NANO);
    bk_buf_byte(w->out, '"');
}

static void put_bytes(writer *w, bk_str bytes) {
    bk_buf_byte(w->out, '"');
    bk_base64_encode(w->out, bytes);
    bk_buf_byte(w->out, '"');
}

static void put_files(writer *w, const bk_files *files) {
    if (!files->n) bk_buf_c(w->out, "null");
    for (size_t i = 0; i < files->n; i++) {
        const bk_file *f = &files->p[i];
        if (f->unread) bk_unread_fill(f->unread);
        bk_buf_byte(w->out, i ? ',' : '[');
        key(w, "name", true);
        bk_json_encode_string(w->out, f->name, BK_JSON_HTML);
        key(w, "data", false);
        put_bytes(w, f->data);
        key(w, "modtime", false);
        put_time(w, bk_time_unix(f->mtime, 0, NULL));
        bk_buf_byte(w->out, '}');
    }
    if (files->n) bk_buf_byte(w->out, ']');
}

static bk_status put_lock(writer *w, const bk_lock *lock) {
    bk_time t = {0};
    bk_str dependencies;
    if (!lock) {
        bk_buf_c(w->out, "null");
        return BK_OK;
    }
    if (lock->generated.n) BK_TRY(bk_time_parse(w->arena, BK_TIME_RFC3339, lock->generated, NULL, &t, w->err));
    BK_TRY(bk_dependencies_json(w->arena, &lock->dependencies, &dependencies, w->err));
    key(w, "generated", true);
    put_time(w, t);
    key(w, "digest", false);
    bk_json_encode_string(w->out, lock->digest, BK_JSON_HTML);
    key(w, "dependencies", false);
    bk_buf_str(w->out, dependencies);
    bk_buf_byte(w->out, '}');
    return BK_OK;
}

static void put_schema(writer *w, const bk_chart *chart) {
    bk_time t = {0};
    for (size_t i = 0; chart->has_schema && i < chart->raw.n; i++)
        if (bk_str_eq(chart->raw.p[i].name, BK_S("values.schema.json"))) t = bk_time_unix(chart->raw.p[i].mtime, 0, NULL);
    key(w, "schema", false);
    if (chart->has_schema) put_bytes(w, chart->schema);
    else bk_buf_c(w->out, "null");
    key(w, "schemamodtime", false);
    put_time(w, t);
}

bk_status bk_chart_json(bk_arena *arena, const bk_chart *chart, bk_buf *out, bk_err *err) {
    writer w = {.arena = arena, .out = out, .err = err};
    key(&w, "metadata", true);
    BK_TRY(put_struct(&w, &bk_metadata_shape, chart->meta, 3));
    key(&w, "lock", false);
    BK_TRY(put_lock(&w, chart->lock));
    key(&w, "templates", false);
    put_files(&w, &chart->templates);
    key(&w, "values", false);
    BK_TRY(bk_json_encode(out, arena, chart->values ? bk_map_value(chart->values) : bk_nil(), BK_JSON_HTML, err));
    put_schema(&w, chart);
    key(&w, "files", false);
    put_files(&w, &chart->files);
    key(&w, "modtime", false);
    put_time(&w, bk_time_unix(chart->mtime, 0, NULL));
    bk_buf_byte(out, '}');
    return bk_buf_check(out, err);
}
