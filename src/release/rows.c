#include "release/rows.h"

#include "sandbox/digest.h"
#include "value/codec.h"

/* In a file, a row is its key and its columns. */
enum { FORM = 2, FIELDS = 1 + BK_ROW_COLUMNS, ROWS_MAX = 200000, COLUMN_MAX = 1024, DEPTH = 3, FILE_MAX = 64 << 20 };

bool bk_rows_wanted(const bk_store *store) {
    return store->options.rows.n > 0 && store->options.rows_key.n > 0 && store->options.kube && store->driver != BK_DRIVER_MEMORY;
}

/* ---- names ---- */

/* Whom the server is taken to be counts: another one must not answer for it. */
static bool file_name(bk_rows *rows, unsigned char ret[32]) {
    const bk_kube_config *c = bk_kube_config_of(rows->store->options.kube);
    const bk_str parts[] = {c->server, c->ca_file, c->ca_pem, c->proxy_url, c->server_name, rows->store->options.namespace_};
    bk_buf about;
    bk_buf_init(&about, &rows->arena, 0);
    bk_buf_printf(&about, "rows %d %d %d", FORM, c->insecure, (int)rows->store->driver);
    for (size_t i = 0; i < BK_COUNT(parts); i++) {
        bk_buf_printf(&about, " %zu:", parts[i].n);
        bk_buf_str(&about, parts[i]);
    }
    if (!bk_buf_ok(&about)) return false;
    bk_digest_of(bk_buf_view(&about), ret);
    return true;
}

static bk_sandbox_cache cache_of(const bk_rows *rows) {
    return (bk_sandbox_cache){.dir = rows->store->options.rows, .key_file = rows->store->options.rows_key};
}

/* uid and resourceVersion say it all, as long as nobody puts an old copy of the server's store into its place; the labels are for that. */
static bool key_of(bk_rows *rows, const bk_entry *e, bk_str *ret) {
    const bk_str parts[] = {e->uid, e->resource_version, e->status, bk_map_str(e->labels, "modifiedAt", BK_S(""))};
    bk_buf key;
    bk_buf_init(&key, &rows->arena, 0);
    for (size_t i = 0; i < BK_COUNT(parts); i++) {
        bk_buf_str(&key, parts[i]);
        bk_buf_byte(&key, ' ');
    }
    *ret = bk_buf_view(&key);
    return e->uid.n && e->resource_version.n && bk_buf_ok(&key);
}

/* ---- reading ---- */

static bool add_row(bk_rows *rows, bk_str key, bk_value columns, bool used) {
    if (rows->n >= ROWS_MAX || bk_map_get(rows->by_key, key)) return false;
    if (rows->n == rows->cap) {
        size_t cap = rows->cap ? rows->cap * 2 : 256;
        bk_row *p = bk_arena_grow(&rows->arena, rows->p, rows->cap * sizeof *p, cap * sizeof *p);
        if (!p) return false;
        rows->p = p;
        rows->cap = cap;
    }
    if (!bk_map_set(rows->by_key, key, bk_int64((int64_t)rows->n))) return false;
    rows->p[rows->n++] = (bk_row){key, columns, used};
    return true;
}

/* What the file holds was written by us; that is no reason to read it carelessly. */
static void take_file(bk_rows *rows) {
    bk_err ignored = BK_ERR_INIT;
    bk_value list = bk_nil();
    const bk_str bytes = bk_str_of((const char *)rows->blob.p, rows->blob.n);
    bool good = bytes.n <= FILE_MAX && bk_codec_decode_small(&rows->arena, bytes, DEPTH, 1, &list, &ignored) == BK_OK;
    bk_err_release(&ignored);
    for (uint32_t i = 0; good && list.kind == BK_LIST && i < list.len; i++) {
        const bk_value *row = &list.items[i];
        if (row->kind != BK_LIST || row->len != FIELDS || !bk_is_string(row->items[0])) continue;
        add_row(rows, bk_value_str(row->items[0]), bk_list(row->items + 1, BK_ROW_COLUMNS), false);
    }
}

void bk_rows_open(bk_rows *rows, bk_store *store) {
    unsigned char name[32];
    *rows = (bk_rows){.store = store};
    bk_arena_init(&rows->arena, 0);
    const bk_sandbox_cache cache = cache_of(rows);
    rows->by_key = bk_map_new(&rows->arena, 64);
    if (rows->by_key && file_name(rows, name) && bk_sandbox_cache_get(&cache, name, &rows->blob)) take_file(rows);
}

void bk_rows_close(bk_rows *rows) {
    bk_sandbox_blob_release(&rows->blob);
    bk_arena_release(&rows->arena);
    *rows = (bk_rows){0};
}

bk_value bk_rows_find(bk_rows *rows, const bk_entry *entry) {
    bk_str key;
    const bk_value *at = rows->n && key_of(rows, entry, &key) ? bk_map_get(rows->by_key, key) : NULL;
    if (!at) return bk_nil();
    rows->p[at->i].used = true;
    return rows->p[at->i].columns;
}

bool bk_row_tells(bk_value row, const bk_record_options *options) {
    bool plain = !options || (!options->filter.n && !options->time_format.n && !(options->flags & BK_RECORD_COMPUTED));
    if (!plain || row.kind != BK_LIST || row.len != BK_ROW_COLUMNS) return false;
    for (size_t i = 0; i < BK_ROW_SEC; i++)
        if (!bk_is_string(row.items[i]) && !(i == BK_ROW_CHART && bk_is_nil(row.items[i]))) return false;
    bool timed = row.items[BK_ROW_SEC].kind == BK_INT && row.items[BK_ROW_NSEC].kind == BK_INT;
    return timed && bk_str_ends(bk_value_str(row.items[BK_ROW_TIME]), BK_S("Z")) &&
           bk_str_ends(bk_value_str(row.items[BK_ROW_SHOWN]), BK_S(" UTC"));
}

bk_status bk_row_read(bk_arena *arena, bk_value row, bk_release *ret, bk_err *err) {
    static const struct {
        const char *name;
        bk_row_column at;
    } members[] = {{"name", BK_ROW_CHART}, {"version", BK_ROW_VERSION}, {"appVersion", BK_ROW_APP_VERSION}};
    bk_str texts[BK_ROW_SEC];
    bool charted = !bk_is_nil(row.items[BK_ROW_CHART]);
    for (size_t i = 0; i < BK_ROW_SEC; i++)
        if (!bk_arena_dup(arena, bk_is_nil(row.items[i]) ? BK_S("") : bk_value_str(row.items[i]), &texts[i]))
            return bk_arena_fail(arena, err);
    bk_map *metadata = charted ? bk_map_new(arena, BK_COUNT(members)) : NULL;
    if (charted && !metadata) return bk_arena_fail(arena, err);
    for (size_t i = 0; charted && i < BK_COUNT(members); i++)
        if (!bk_map_set(metadata, bk_str_c(members[i].name), bk_string(texts[members[i].at]))) return bk_arena_fail(arena, err);
    ret->name = texts[BK_ROW_NAME];
    ret->status = texts[BK_ROW_STATUS];
    ret->last_deployed = (bk_release_time){.text = texts[BK_ROW_TIME],
                                           .shown = texts[BK_ROW_SHOWN],
                                           .sec = row.items[BK_ROW_SEC].i,
                                           .nsec = (int32_t)row.items[BK_ROW_NSEC].i};
    ret->metadata = charted ? bk_map_value(metadata) : bk_nil();
    return BK_OK;
}

/* ---- writing ---- */

bk_status bk_rows_add(bk_rows *rows, const bk_entry *entry, const bk_release *r, bk_err *err) {
    const bk_str texts[BK_ROW_SEC] = {
        [BK_ROW_NAME] = r->name,
        [BK_ROW_STATUS] = r->status,
        [BK_ROW_TIME] = r->last_deployed.text,
        [BK_ROW_CHART] = bk_release_metadata(r, "name"),
        [BK_ROW_VERSION] = bk_release_metadata(r, "version"),
        [BK_ROW_APP_VERSION] = bk_release_metadata(r, "appVersion"),
        [BK_ROW_SHOWN] = r->last_deployed.shown,
    };
    bk_str key, kept;
    bk_value *columns = BK_NEW_ARRAY(&rows->arena, bk_value, BK_ROW_COLUMNS);
    if (!columns) return bk_arena_fail(&rows->arena, err);
    if (!rows->by_key || !key_of(rows, entry, &key)) return BK_OK;
    for (size_t i = 0; i < BK_ROW_SEC; i++) {
        if (texts[i].n > COLUMN_MAX) return BK_OK;
        if (!bk_arena_dup(&rows->arena, texts[i], &kept)) return bk_arena_fail(&rows->arena, err);
        columns[i] = bk_string(kept);
    }
    columns[BK_ROW_SEC] = bk_int64(r->last_deployed.sec);
    columns[BK_ROW_NSEC] = bk_int64(r->last_deployed.nsec);
    if (r->metadata.kind != BK_MAP) columns[BK_ROW_CHART] = bk_nil();
    if (add_row(rows, key, bk_list(columns, BK_ROW_COLUMNS), true)) rows->added = true;
    return BK_OK;
}

static bool encode(bk_rows *rows, bk_buf *out) {
    bk_items list;
    bk_value all;
    bk_err ignored = BK_ERR_INIT;
    bk_items_init(&list, &rows->arena);
    for (size_t i = 0; i < rows->n; i++) {
        bk_value *fields = rows->p[i].used ? BK_NEW_ARRAY(&rows->arena, bk_value, FIELDS) : NULL;
        if (!rows->p[i].used) continue;
        if (!fields) return false;
        fields[0] = bk_string(rows->p[i].key);
        for (size_t k = 0; k < BK_ROW_COLUMNS; k++) fields[1 + k] = rows->p[i].columns.items[k];
        bk_items_add(&list, bk_list(fields, FIELDS));
    }
    bool good = bk_items_list(&list, BK_T_LIST, &all, &ignored) == BK_OK && bk_codec_encode(out, all, &ignored) == BK_OK && bk_buf_ok(out);
    bk_err_release(&ignored);
    return good;
}

void bk_rows_save(bk_rows *rows) {
    unsigned char name[32];
    bk_buf out;
    const bk_sandbox_cache cache = cache_of(rows);
    bool changed = rows->added;
    for (size_t i = 0; i < rows->n && !changed; i++) changed = !rows->p[i].used;
    if (!changed) return;
    bk_buf_init(&out, NULL, FILE_MAX);
    if (encode(rows, &out) && file_name(rows, name)) bk_sandbox_cache_put(&cache, name, bk_buf_view(&out));
    bk_buf_release(&out);
}
