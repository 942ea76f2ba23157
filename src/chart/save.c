#include "chart/save.h"

#include "base/limits.h"
#include "chart/gzip.h"
#include "chart/lock.h"
#include "chart/tar_write.h"
#include "data/json.h"
#include "data/yaml.h"
#include "text/gotime.h"

/* The field that Helm leaves in the header of every archive, and the comment. */
#define EXTRA \
    BK_S("rr\x28\x00" \
         "aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo=")
#define COMMENT BK_S("Helm")

typedef struct saver {
    bk_arena *arena;
    const bk_save_options *options;
    bk_buf tar;
    bk_err *err;
} saver;

static bk_status put(saver *s, bk_str base, bk_str name, bk_str data, int64_t mtime) {
    bk_str path;
    if (!bk_arena_printf(s->arena, &path, "%.*s/%.*s", BK_FMT(base), BK_FMT(name))) return bk_arena_fail(s->arena, s->err);
    return bk_tar_put(&s->tar, path, data, s->options->stamped ? s->options->stamp : mtime, s->err);
}

static bk_status put_files(saver *s, bk_str base, const bk_files *files) {
    for (size_t i = 0; i < files->n; i++) BK_TRY(put(s, base, files->p[i].name, files->p[i].data, files->p[i].mtime));
    return BK_OK;
}

static bk_status put_metadata(saver *s, bk_str base, const bk_chart *chart) {
    bk_metadata meta = *chart->meta;
    bk_value v;
    bk_buf text;
    if (bk_str_eq(meta.api_version, BK_S("v1"))) meta.dependencies = (bk_list_of){0};
    BK_TRY(bk_typed_json(s->arena, &bk_metadata_shape, &meta, &v, s->err));
    bk_buf_init(&text, s->arena, 0);
    BK_TRY(bk_yaml_encode(&text, s->arena, v, s->err));
    return put(s, base, BK_S("Chart.yaml"), bk_buf_take(&text), chart->mtime);
}

/* The date of a lock as the time of its file: to the second, the nearest one; now where it has none. */
static bk_status lock_time(saver *s, const bk_lock *lock, int64_t *ret) {
    bk_time t;
    BK_TRY(bk_time_parse(s->arena, BK_TIME_RFC3339, lock->generated, NULL, &t, s->err));
    bool none = t.sec == 0 && t.nsec == 0;
    *ret = none ? s->options->now : bk_time_to_unix(bk_time_round(t, 1000000000));
    return BK_OK;
}

static bk_status put_lock(saver *s, bk_str base, const bk_chart *chart) {
    bk_str text;
    int64_t mtime;
    if (!chart->lock || !bk_str_eq(chart->meta->api_version, BK_S("v2"))) return BK_OK;
    bk_lock lock = *chart->lock;
    if (s->options->stamped) {
        bk_buf b;
        bk_buf_init(&b, s->arena, 0);
        bk_time_format(&b, bk_time_unix(s->options->stamp, 0, NULL), BK_TIME_RFC3339_NANO);
        BK_TRY(bk_buf_check(&b, s->err));
        lock.generated = bk_buf_take(&b);
    }
    BK_TRY(lock_time(s, &lock, &mtime));
    BK_TRY(bk_lock_text(s->arena, &lock, &text, s->err));
    return put(s, base, BK_S("Chart.lock"), text, mtime);
}

static bool is_json(bk_arena *arena, bk_str text) {
    bk_value ignored;
    bk_err err = BK_ERR_INIT;
    bool ok = bk_json_decode(arena, text, BK_JSON_NUMBER, BK_T_NIL, &ignored, &err) == BK_OK;
    bk_err_release(&err);
    return ok;
}

/* values.yaml and the schema, with the times of their files. */
static bk_status put_values(saver *s, bk_str base, const bk_chart *chart) {
    int64_t mtime = chart->mtime;
    for (size_t i = 0; i < chart->raw.n; i++) {
        const bk_file *f = &chart->raw.p[i];
        if (bk_str_eq(f->name, BK_S("values.yaml"))) BK_TRY(put(s, base, f->name, f->data, f->mtime));
        if (bk_str_eq(f->name, BK_S("values.schema.json"))) mtime = f->mtime;
    }
    if (!chart->has_schema) return BK_OK;
    if (!is_json(s->arena, chart->schema)) return bk_err_set(s->err, BK_ERR, "invalid JSON in values.schema.json");
    return put(s, base, BK_S("values.schema.json"), chart->schema, mtime);
}

static bk_status put_chart(saver *s, bk_str prefix, const bk_chart *chart, unsigned budget) {
    bk_str base, below;
    bk_str name = bk_chart_name(chart);
    if (budget == 0) return bk_err_limit(s->err, "nesting of charts", BK_LIMIT_CHART_DEPTH);
    if (!bk_arena_cat(s->arena, prefix, name, &base) || !bk_arena_cat(s->arena, base, BK_S("/charts/"), &below))
        return bk_arena_fail(s->arena, s->err);
    BK_TRY(put_metadata(s, base, chart));
    BK_TRY(put_lock(s, base, chart));
    BK_TRY(put_values(s, base, chart));
    BK_TRY(put_files(s, base, &chart->templates));
    BK_TRY(put_files(s, base, &chart->files));
    bk_map *names = bk_map_new(s->arena, chart->deps.n);
    if (!names) return bk_arena_fail(s->arena, s->err);
    for (size_t i = 0; i < chart->deps.n; i++) {
        bk_str sub = bk_chart_name(chart->deps.p[i]);
        if (bk_map_get(names, sub))
            return bk_err_set(s->err, BK_ERR, "%.*s/charts holds the chart %.*s twice: take one of them away", BK_FMT(base), BK_FMT(sub));
        if (!bk_map_set(names, sub, bk_nil())) return bk_arena_fail(s->arena, s->err);
        BK_TRY(put_chart(s, below, chart->deps.p[i], budget - 1));
    }
    return BK_OK;
}

/* About what the archive will need, so that it grows in one piece. */
static size_t estimate(const bk_chart *chart, unsigned budget) {
    size_t n = 4096;
    for (size_t i = 0; i < chart->templates.n; i++) n += chart->templates.p[i].data.n + 1024;
    for (size_t i = 0; i < chart->files.n; i++) n += chart->files.p[i].data.n + 1024;
    n += chart->schema.n;
    for (size_t i = 0; budget && i < chart->deps.n; i++) n += estimate(chart->deps.p[i], budget - 1);
    return n;
}

bk_status bk_chart_save(bk_arena *arena, const bk_chart *chart, const bk_save_options *options, bk_str *ret, bk_err *err) {
    saver s = {.arena = arena, .options = options, .err = err};
    if (bk_metadata_validate(arena, chart->meta, err) != BK_OK) return bk_err_wrap(err, "chart validation");
    bk_buf_init(&s.tar, NULL, 0); /* not in the arena: it is gone when it is packed */
    bk_buf_reserve(&s.tar, estimate(chart, BK_LIMIT_CHART_DEPTH));
    bk_status status = put_chart(&s, BK_S(""), chart, BK_LIMIT_CHART_DEPTH);
    bk_tar_end(&s.tar);
    if (status == BK_OK) status = bk_buf_check(&s.tar, err);
    if (status == BK_OK) status = bk_gzip(arena, bk_buf_view(&s.tar), EXTRA, COMMENT, ret, err);
    bk_buf_release(&s.tar);
    return status;
}
