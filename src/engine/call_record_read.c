/* The call RECORDS: release records to what they say. Whoever wrote a record, it is taken apart here: base64, gzip, JSON, and the kinds of its members. */
#include "base/base64.h"
#include "chart/coalesce.h"
#include "chart/deflate.h"
#include "chart/gunzip.h"
#include "data/json.h"
#include "data/yaml.h"
#include "engine/calls.h"
#include "engine/record_scan.h"
#include "text/regex.h"

enum {
    INFLATED_MAX = 128 << 20,
    FIRST = 3 << 10, /* bytes of JSON that are looked at before more is inflated */
    DEPTH = 900,     /* of what is handed out */
    MADE_UP = 260,   /* one symbol's worth */
};
#define ANSIC BK_S("Mon Jan _2 15:04:05 2006")

typedef struct reading {
    bk_call_state *call;
    bk_arena *arena;
    bool summary, computed, wrapped;
    bool cut;      /* texts are beginnings of longer ones: of what is not in them the host has more */
    bk_str layout; /* of times that are shown; empty: as Go prints them */
    bk_regex *filter;
    const bk_zone *zone;
    bool have_zone;
    bk_deflate *inflate;
    bk_err *err; /* why the record at hand cannot be read */
} reading;

/* ---- members ---- */

static bk_status wrong(reading *r, const char *name) { return bk_err_set(r->err, BK_ERR, "%s is not what a release has there", name); }

static bk_status set(reading *r, bk_map *to, const char *name, bk_value v) {
    return bk_map_set(to, bk_str_c(name), v) ? BK_OK : bk_arena_fail(r->arena, r->err);
}

static bk_status put_text(reading *r, bk_map *from, const char *key, bk_map *to, const char *name) {
    const bk_value *v = bk_map_get(from, bk_str_c(key));
    if (!v || v->kind == BK_NIL) return BK_OK;
    return bk_is_string(*v) ? set(r, to, name, *v) : wrong(r, key);
}

static bk_status put_number(reading *r, bk_map *from, const char *key, bk_map *to, const char *name) {
    const bk_value *v = bk_map_get(from, bk_str_c(key));
    if (!v || v->kind == BK_NIL) return BK_OK;
    if (v->kind == BK_INT) return set(r, to, name, bk_int64(v->i));
    if (v->kind != BK_FLOAT || v->f < -9e15 || v->f > 9e15 || v->f != (double)(int64_t)v->f) return wrong(r, key);
    return set(r, to, name, bk_int64((int64_t)v->f));
}

static bk_status put_words(reading *r, bk_map *from, const char *key, bk_map *to, const char *name) {
    const bk_value *v = bk_map_get(from, bk_str_c(key));
    if (!v || v->kind == BK_NIL) return BK_OK;
    if (v->kind != BK_LIST) return wrong(r, key);
    for (uint32_t i = 0; i < v->len; i++)
        if (!bk_is_string(v->items[i])) return wrong(r, key);
    return set(r, to, name, *v);
}

static bk_status format(reading *r, bk_time t, bk_str layout, bk_map *to, const char *name) {
    bk_buf b;
    bk_buf_init(&b, r->arena, 1 << 20);
    if (layout.n) bk_time_format(&b, t, layout);
    else bk_time_print(&b, t);
    BK_TRY(bk_buf_check(&b, r->err));
    return set(r, to, name, bk_string(bk_buf_take(&b)));
}

/* Go takes an offset that is the local zone's for the local zone; "Z" is UTC without asking. */
static bk_status local_zone(reading *r, bk_str text) {
    if (r->have_zone || bk_str_ends(text, BK_S("Z"))) return BK_OK;
    r->have_zone = true;
    bk_err *err = r->call->err;
    r->call->err = r->err;
    bk_status s = bk_call_local_zone(r->call, &r->zone);
    r->call->err = err;
    return s;
}

static bk_status put_moment(reading *r, bk_str text, bk_map *to, const char *name) {
    bk_map *m;
    bk_time t;
    if (text.n == 0) return BK_OK;
    BK_TRY(local_zone(r, text));
    BK_TRY(bk_time_parse(r->arena, BK_TIME_RFC3339, text, r->zone, &t, r->err));
    if (t.sec == 0 && t.nsec == 0) return BK_OK;
    if (!(m = bk_map_new(r->arena, 5))) return bk_arena_fail(r->arena, r->err);
    BK_TRY(format(r, t, BK_TIME_RFC3339_NANO, m, "text"));
    if (!r->summary) BK_TRY(format(r, t, ANSIC, m, "ansic"));
    BK_TRY(format(r, t, r->layout, m, "shown"));
    BK_TRY(set(r, m, "sec", bk_int64(bk_time_to_unix(t))));
    BK_TRY(set(r, m, "nsec", bk_int64(t.nsec)));
    return set(r, to, name, bk_map_value(m));
}

static bk_status put_time(reading *r, bk_map *from, const char *key, bk_map *to, const char *name) {
    const bk_value *v = bk_map_get(from, bk_str_c(key));
    if (!v || v->kind == BK_NIL) return BK_OK;
    return bk_is_string(*v) ? put_moment(r, bk_value_str(*v), to, name) : wrong(r, key);
}

/* ---- parts of a release ---- */

static bk_status put_info(reading *r, bk_value *info, bk_map *to) {
    if (!info || info->kind != BK_MAP) return bk_err_set(r->err, BK_ERR, "it has no info");
    BK_TRY(put_time(r, info->map, "first_deployed", to, "first"));
    BK_TRY(put_time(r, info->map, "last_deployed", to, "last"));
    BK_TRY(put_time(r, info->map, "deleted", to, "deleted"));
    BK_TRY(put_text(r, info->map, "description", to, "description"));
    BK_TRY(put_text(r, info->map, "status", to, "status"));
    if (!r->summary) BK_TRY(put_text(r, info->map, "notes", to, "notes"));
    return put_number(r, info->map, "rollback_revision", to, "rollback");
}

/* Lists show texts of it; the whole may be anything. */
static bk_status put_metadata(reading *r, bk_value *metadata, bk_map *to) {
    static const char *const shown[] = {"name", "version", "appVersion", "description"};
    if (!metadata || metadata->kind == BK_NIL) return BK_OK;
    if (metadata->kind != BK_MAP) return wrong(r, "metadata");
    bk_map *m = bk_map_new(r->arena, BK_COUNT(shown));
    if (!m) return bk_arena_fail(r->arena, r->err);
    for (size_t i = 0; i < BK_COUNT(shown); i++) BK_TRY(put_text(r, metadata->map, shown[i], m, shown[i]));
    return set(r, to, "metadata", r->summary ? bk_map_value(m) : *metadata);
}

static bk_status put_hook(reading *r, bk_value v, bk_items *to) {
    bk_map *m = bk_map_new(r->arena, 12), *from = v.kind == BK_MAP ? v.map : NULL;
    if (!m) return bk_arena_fail(r->arena, r->err);
    if (!from) return wrong(r, "hooks");
    BK_TRY(put_text(r, from, "name", m, "name"));
    BK_TRY(put_text(r, from, "kind", m, "kind"));
    BK_TRY(put_text(r, from, "path", m, "path"));
    BK_TRY(put_text(r, from, "manifest", m, "manifest"));
    BK_TRY(put_words(r, from, "events", m, "events"));
    BK_TRY(put_number(r, from, "weight", m, "weight"));
    BK_TRY(put_words(r, from, "delete_policies", m, "deletePolicies"));
    BK_TRY(put_words(r, from, "output_log_policies", m, "outputLogPolicies"));
    const bk_value *run = bk_map_get(from, BK_S("last_run"));
    if (run && run->kind == BK_MAP) {
        BK_TRY(put_time(r, run->map, "started_at", m, "started"));
        BK_TRY(put_time(r, run->map, "completed_at", m, "completed"));
        BK_TRY(put_text(r, run->map, "phase", m, "phase"));
    }
    bk_items_add(to, bk_map_value(m));
    return BK_OK;
}

static bk_status put_hooks(reading *r, bk_map *release, bk_map *to) {
    const bk_value *hooks = bk_map_get(release, BK_S("hooks"));
    bk_items list;
    bk_value v;
    if (!hooks || hooks->kind == BK_NIL) return BK_OK;
    if (hooks->kind != BK_LIST) return wrong(r, "hooks");
    bk_items_init(&list, r->arena);
    for (uint32_t i = 0; i < hooks->len; i++) BK_TRY(put_hook(r, hooks->items[i], &list));
    BK_TRY(bk_items_list(&list, BK_T_LIST, &v, r->err));
    return set(r, to, "hooks", v);
}

static bk_map *map_in(bk_map *m, const char *key) {
    const bk_value *v = bk_map_get(m, bk_str_c(key));
    return v && v->kind == BK_MAP ? v->map : NULL;
}

/* The values that were given over those of the chart. */
static bk_status put_computed(reading *r, bk_map *release, bk_map *to) {
    bk_map *chart = map_in(release, "chart"), *values;
    bk_metadata meta = {.name = bk_map_str(map_in(chart, "metadata"), "name", BK_S(""))};
    const bk_chart c = {.meta = &meta, .values = map_in(chart, "values")};
    const bk_log log = bk_call_log_of(r->call);
    bk_coalescer pass = {.arena = r->arena, .log = &log};
    BK_TRY(bk_coalesce_begin(&pass, &c, map_in(release, "config"), BK_COALESCE, &values, r->err));
    BK_TRY(bk_coalesce_detach(&pass, values, r->err));
    return set(r, to, "computed", bk_map_value(values));
}

/* Nesting that the codec would refuse must not spoil the answer for the other records. */
static bool is_flat(bk_value v, unsigned budget) {
    if (budget == 0) return false;
    for (uint32_t i = 0; v.kind == BK_LIST && i < v.len; i++)
        if (!is_flat(v.items[i], budget - 1)) return false;
    for (size_t i = 0; v.kind == BK_MAP && i < bk_map_len(v.map); i++)
        if (!is_flat(bk_map_at(v.map, i)->value, budget - 1)) return false;
    return true;
}

/* ---- a whole release ---- */

static bk_status put_chart(reading *r, bk_map *release, bk_str text, bk_map *to) {
    bk_value *chart = bk_map_get(release, BK_S("chart"));
    bk_buf b;
    if (!chart || chart->kind == BK_NIL) return BK_OK;
    if (chart->kind != BK_MAP) return wrong(r, "chart");
    BK_TRY(put_metadata(r, bk_map_get(chart->map, BK_S("metadata")), to));
    if (!text.n) {
        bk_buf_init(&b, r->arena, 0);
        BK_TRY(bk_json_encode(&b, r->arena, *chart, BK_JSON_HTML, r->err));
        BK_TRY(bk_buf_check(&b, r->err));
        text = bk_buf_take(&b);
    }
    return set(r, to, "chart", bk_string(text));
}

/* `chart`: its text, where the release comes from text. */
static bk_status whole(reading *r, bk_value v, bk_str chart, bk_value *ret) {
    bk_map *m = bk_map_new(r->arena, 20), *from = v.kind == BK_MAP ? v.map : NULL;
    if (!m) return bk_arena_fail(r->arena, r->err);
    if (!from) return bk_err_set(r->err, BK_ERR, "it is no release");
    BK_TRY(put_text(r, from, "name", m, "name"));
    BK_TRY(put_info(r, bk_map_get(from, BK_S("info")), m));
    BK_TRY(put_chart(r, from, chart, m));
    const bk_value *config = bk_map_get(from, BK_S("config"));
    if (config && config->kind != BK_MAP && config->kind != BK_NIL) return wrong(r, "config");
    if (config && config->kind == BK_MAP) BK_TRY(set(r, m, "config", *config));
    if (r->computed) BK_TRY(put_computed(r, from, m));
    BK_TRY(put_text(r, from, "manifest", m, "manifest"));
    BK_TRY(put_hooks(r, from, m));
    BK_TRY(put_number(r, from, "version", m, "version"));
    BK_TRY(put_text(r, from, "namespace", m, "namespace"));
    BK_TRY(put_text(r, from, "apply_method", m, "applyMethod"));
    *ret = bk_map_value(m);
    return is_flat(*ret, DEPTH) ? BK_OK : bk_err_set(r->err, BK_ERR, "it nests deeper than %d levels", DEPTH);
}

/* ---- from text ---- */

static bool is_gzip(bk_str s) { return s.n > 3 && memcmp(s.p, "\x1f\x8b\x08", 3) == 0; }

/* Takes the base64 off. */
static bk_status unwrap(reading *r, bk_str text, bk_str *ret) {
    if (r->wrapped) BK_TRY(bk_base64_decode(r->arena, text, &text, r->err));
    return bk_base64_decode(r->arena, text, ret, r->err);
}

static bk_status inflate(reading *r, bk_str gz, bk_str *ret) {
    bk_stream stream;
    BK_TRY(bk_gunzip(r->arena, gz, INFLATED_MAX, &stream, r->err));
    *ret = stream.data;
    return stream.fail.n ? bk_err_set_str(r->err, BK_ERR, stream.fail) : BK_OK;
}

static bk_status read_whole(reading *r, bk_str text, bk_value *ret) {
    bk_record_parts parts;
    bk_value v;
    bk_str json;
    BK_TRY(unwrap(r, text, &json));
    if (is_gzip(json)) BK_TRY(inflate(r, json, &json));
    BK_TRY(bk_json_decode(r->arena, json, 0, BK_T_MAP, &v, r->err));
    if (bk_record_scan(json, true, &parts) != BK_SCAN_DONE) parts.chart = BK_S("");
    return whole(r, v, parts.chart, ret);
}

/* ---- summaries ---- */

static bk_status decode_part(reading *r, bk_str text, bk_type type, bk_value *ret) {
    *ret = bk_nil();
    return text.n ? bk_json_decode(r->arena, text, 0, type, ret, r->err) : BK_OK;
}

static bk_status summary(reading *r, const bk_record_parts *parts, bk_value *ret) {
    bk_map *m = bk_map_new(r->arena, 10);
    bk_value name, info, metadata;
    if (!m) return bk_arena_fail(r->arena, r->err);
    BK_TRY(decode_part(r, parts->name, BK_T_NIL, &name));
    BK_TRY(decode_part(r, parts->info, BK_T_MAP, &info));
    BK_TRY(decode_part(r, parts->metadata, BK_T_MAP, &metadata));
    if (!bk_is_string(name)) return wrong(r, "name");
    BK_TRY(set(r, m, "name", name));
    BK_TRY(put_info(r, &info, m));
    BK_TRY(put_metadata(r, &metadata, m));
    *ret = bk_map_value(m);
    return BK_OK;
}

/* Inflates as much as it takes. False: this way does not lead anywhere, and the record is read whole to find out why. */
static bool find_parts(reading *r, bk_str gz, bk_record_parts *ret) {
    size_t at = 0;
    bk_str piece;
    if (bk_gzip_header(gz, &at)) return false;
    bk_deflate *d = r->inflate;
    bk_deflate_init(d, bk_str_from(gz, at));
    for (size_t want = FIRST; want <= BK_DEFLATE_WINDOW; want = want < 16384 ? want * 2 : want + 16384) {
        d->limit = want;
        bool more = bk_deflate_next(d, &piece);
        /* Where the text was cut, or is damaged, the last bytes may be made up. */
        size_t n = !d->odd ? d->n : d->n < MADE_UP ? 0 : d->n - MADE_UP;
        const bk_str json = bk_str_of((const char *)d->out, n);
        if (bk_record_scan(json, false, ret) == BK_SCAN_DONE) /* The window is used again. */
            return bk_arena_dup(r->arena, ret->name, &ret->name) && bk_arena_dup(r->arena, ret->info, &ret->info) &&
                   bk_arena_dup(r->arena, ret->metadata, &ret->metadata);
        if (!more) return false;
    }
    return false;
}

static bk_status read_summary(reading *r, bk_str text, bk_value *ret) {
    bk_record_parts parts;
    bk_str bytes;
    if (unwrap(r, text, &bytes) == BK_OK && is_gzip(bytes) && find_parts(r, bytes, &parts) && summary(r, &parts, ret) == BK_OK)
        return BK_OK;
    bk_err_release(r->err);
    /* The whole tells what is wrong, or what comes behind makes it right. */
    return r->cut ? bk_err_set(r->err, BK_ERR, "there is more of it") : read_whole(r, text, ret);
}

/* What the host kept of a record that it has seen before: name, status, time; and of the chart name (nil: the record has no metadata), version and appVersion. */
static bk_status read_row(reading *r, bk_value row, bk_value *ret) {
    static const char *const shown[] = {"name", "version", "appVersion"};
    enum { NAME, STATUS, TIME, CHART, COLUMNS = CHART + BK_COUNT(shown) };
    bk_map *m = bk_map_new(r->arena, 4), *chart = bk_map_new(r->arena, BK_COUNT(shown));
    if (!m || !chart) return bk_arena_fail(r->arena, r->err);
    bool good = row.len == COLUMNS;
    for (uint32_t i = 0; good && i < COLUMNS; i++) good = bk_is_string(row.items[i]) || (i >= CHART && bk_is_nil(row.items[CHART]));
    if (!good) return bk_err_set(r->err, BK_ERR, "it is no row");
    BK_TRY(set(r, m, "name", row.items[NAME]));
    BK_TRY(set(r, m, "status", row.items[STATUS]));
    BK_TRY(put_moment(r, bk_value_str(row.items[TIME]), m, "last"));
    for (uint32_t i = 0; i < BK_COUNT(shown) && !bk_is_nil(row.items[CHART]); i++) BK_TRY(set(r, chart, shown[i], row.items[CHART + i]));
    if (!bk_is_nil(row.items[CHART])) BK_TRY(set(r, m, "metadata", bk_map_value(chart)));
    *ret = bk_map_value(m);
    return BK_OK;
}

/* ---- the call ---- */

static bk_status keep(reading *r, bk_value v, bool *ret) {
    *ret = true;
    if (!r->filter) return BK_OK;
    return bk_regex_match(r->filter, r->arena, bk_map_str(v.map, "name", BK_S("")), ret, r->err);
}

/* A record's answer: a map, nil when the filter leaves it out, a text when it cannot be read. */
static bk_status add(reading *r, bk_value text, bk_items *to) {
    bk_err err = BK_ERR_INIT;
    bk_value v;
    bk_str why;
    bool kept = false;
    r->err = &err;
    bk_status s = text.kind == BK_LIST     ? read_row(r, text, &v)
                  : text.kind != BK_STRING ? bk_err_set(&err, BK_ERR, "there is no text")
                  : r->summary             ? read_summary(r, bk_value_str(text), &v)
                                           : read_whole(r, bk_value_str(text), &v);
    if (s == BK_OK) s = keep(r, v, &kept);
    if (s == BK_OK) {
        bk_items_add(to, kept ? v : bk_nil());
    } else if (s == BK_ERR || s == BK_ERR_LIMIT) {
        if (!bk_arena_dup(r->arena, bk_err_message(&err), &why)) why = BK_S("it is too large");
        bk_items_add(to, bk_string(why));
        s = BK_OK;
    } else {
        bk_err_move(r->call->err, &err);
    }
    bk_err_release(&err);
    return s;
}

static bk_status read_list(reading *r, const bk_value *records, bk_items *to) {
    for (uint32_t i = 0; i < records->len; i++) BK_TRY(add(r, records->items[i], to));
    return BK_OK;
}

/* A file of releases in YAML. One that is no release spoils it. */
static bk_status read_yaml(reading *r, bk_str text, bk_items *to) {
    bk_value list, v;
    r->err = r->call->err;
    BK_TRY(bk_yaml_decode(r->arena, text, 0, BK_T_LIST, &list, r->err));
    for (uint32_t i = 0; i < list.len; i++) {
        BK_TRY(whole(r, list.items[i], BK_S(""), &v));
        bk_items_add(to, v);
    }
    return BK_OK;
}

static bk_status read_all(reading *r) {
    bk_map *options = r->call->options;
    const bk_value *records = bk_map_get(options, BK_S("records")), *yaml = bk_map_get(options, BK_S("yaml"));
    bk_items list;
    bk_value v;
    bk_items_init(&list, r->arena);
    if (yaml && yaml->kind == BK_STRING) BK_TRY(read_yaml(r, bk_value_str(*yaml), &list));
    else if (records && records->kind == BK_LIST) BK_TRY(read_list(r, records, &list));
    else return bk_err_set(r->call->err, BK_ERR, "malformed request: no records");
    BK_TRY(bk_items_list(&list, BK_T_LIST, &v, r->call->err));
    return bk_call_emit_value(r->call, BK_TAG_RESULT, v);
}

bk_status bk_call_record_read(bk_call_state *call) {
    bk_str filter = bk_map_str(call->options, "filter", BK_S(""));
    bk_regex regex = {0};
    reading r = {.call = call,
                 .arena = call->arena,
                 .summary = bk_map_bool(call->options, "summary", false),
                 .computed = bk_map_bool(call->options, "computed", false),
                 .wrapped = bk_map_bool(call->options, "wrapped", false),
                 .cut = bk_map_bool(call->options, "cut", false),
                 .layout = bk_map_str(call->options, "timeFormat", BK_S("")),
                 .inflate = BK_NEW(call->arena, bk_deflate)};
    if (!r.inflate) return bk_arena_fail(call->arena, call->err);
    if (filter.n) {
        BK_TRY(bk_regex_compile(&regex, filter, call->err));
        r.filter = &regex;
    }
    bk_status s = read_all(&r);
    bk_regex_release(&regex);
    return s;
}
