#include "release/rows.h"

#include "value/codec.h"

/* In a file, a row is its key and its columns. */
enum { FORM = 1, COLUMNS = 6, FIELDS = 1 + COLUMNS, CHART = 3, ROWS_MAX = 200000, COLUMN_MAX = 1024, DEPTH = 3, FILE_MAX = 64 << 20 };

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
    bk_sandbox_cache_name(bk_buf_view(&about), ret);
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
        add_row(rows, bk_value_str(row->items[0]), bk_list(row->items + 1, COLUMNS), false);
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

/* ---- writing ---- */

bk_status bk_rows_add(bk_rows *rows, const bk_entry *entry, const bk_release *r, bk_err *err) {
    const bk_str texts[COLUMNS] = {r->name,
                                   r->status,
                                   r->last_deployed.text,
                                   bk_release_metadata(r, "name"),
                                   bk_release_metadata(r, "version"),
                                   bk_release_metadata(r, "appVersion")};
    bk_str key, kept;
    bk_value *columns = BK_NEW_ARRAY(&rows->arena, bk_value, COLUMNS);
    if (!columns) return bk_arena_fail(&rows->arena, err);
    if (!rows->by_key || !key_of(rows, entry, &key)) return BK_OK;
    for (size_t i = 0; i < COLUMNS; i++) {
        if (texts[i].n > COLUMN_MAX) return BK_OK;
        if (!bk_arena_dup(&rows->arena, texts[i], &kept)) return bk_arena_fail(&rows->arena, err);
        columns[i] = bk_string(kept);
    }
    if (r->metadata.kind != BK_MAP) columns[CHART] = bk_nil();
    if (add_row(rows, key, bk_list(columns, COLUMNS), true)) rows->added = true;
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
        for (size_t k = 0; k < COLUMNS; k++) fields[1 + k] = rows->p[i].columns.items[k];
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
