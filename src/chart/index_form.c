/* The flat form of an index. */
#include "chart/index.h"

static const char magic[4] = {'B', 'K', 'X', 1};

enum { CHART = 16, STRINGS = 7, VERSION = 4 * (2 * STRINGS + 3), URL = 8, DEPRECATED = 1 };

/* ---- writing ---- */

void bk_index_writer_init(bk_index_writer *w) {
    memset(w, 0, sizeof *w);
    bk_buf *const all[] = {&w->charts, &w->versions, &w->urls, &w->pool, &w->names};
    for (size_t i = 0; i < BK_COUNT(all); i++) bk_buf_init(all[i], NULL, BK_INDEX_FORM_MAX);
}

void bk_index_writer_release(bk_index_writer *w) {
    bk_buf *const all[] = {&w->charts, &w->versions, &w->urls, &w->pool, &w->names};
    for (size_t i = 0; i < BK_COUNT(all); i++) bk_buf_release(all[i]);
}

static void put_string(bk_index_writer *w, bk_buf *to, bk_str s) {
    bk_buf_u32(to, (uint32_t)w->pool.n);
    bk_buf_u32(to, (uint32_t)s.n);
    bk_buf_str(&w->pool, s);
}

/* One of a version's strings: most versions have those of the one before. */
static void put_again(bk_index_writer *w, size_t which, bk_str s) {
    uint32_t *last = w->last[which];
    bk_str before = bk_str_sub(bk_buf_view(&w->pool), last[0], last[0] + last[1]);
    if (!bk_str_eq(before, s) || !bk_buf_ok(&w->pool)) {
        last[0] = (uint32_t)w->pool.n;
        last[1] = (uint32_t)s.n;
        bk_buf_str(&w->pool, s);
    }
    bk_buf_u32(&w->versions, last[0]);
    bk_buf_u32(&w->versions, last[1]);
}

/* Keywords as one text with blanks between them: that is how they are searched. */
static void put_keywords(bk_index_writer *w, size_t which, const bk_list_of *list) {
    bk_buf all;
    bk_buf_init(&all, NULL, 0);
    for (size_t i = 0; i < list->n; i++) {
        if (i) bk_buf_byte(&all, ' ');
        bk_buf_str(&all, bk_list_str(list, i));
    }
    put_again(w, which, bk_buf_view(&all));
    if (!bk_buf_ok(&all)) w->pool.status = all.status;
    bk_buf_release(&all);
}

static void put_version(bk_index_writer *w, const bk_index_version *v) {
    put_again(w, 0, v->meta.name);
    put_again(w, 1, v->meta.version);
    put_again(w, 2, v->meta.app_version);
    put_again(w, 3, v->meta.description);
    put_keywords(w, 4, &v->meta.keywords);
    put_again(w, 5, v->digest);
    put_again(w, 6, v->created);
    bk_buf_u32(&w->versions, w->url_count);
    bk_buf_u32(&w->versions, (uint32_t)v->urls.n);
    bk_buf_u32(&w->versions, v->meta.deprecated ? DEPRECATED : 0);
    for (size_t i = 0; i < v->urls.n; i++) put_string(w, &w->urls, bk_list_str(&v->urls, i));
    w->url_count += (uint32_t)v->urls.n;
    w->version_count++;
}

static bk_status visit(void *self, bk_str name, bk_index_version *const *versions, size_t count, bk_err *err) {
    bk_index_writer *w = self;
    put_string(w, &w->charts, name);
    bk_buf_u32(&w->charts, w->version_count);
    bk_buf_u32(&w->charts, (uint32_t)count);
    for (size_t i = 0; i < count; i++) put_version(w, versions[i]);
    w->chart_count++;
    if (bk_str_find_byte(name, '\n') == BK_NPOS) {
        bk_buf_str(&w->names, name);
        bk_buf_byte(&w->names, '\n');
    }
    BK_TRY(bk_buf_check(&w->pool, err));
    return bk_buf_check(&w->versions, err);
}

bk_index_visitor bk_index_writer_visitor(bk_index_writer *w) { return (bk_index_visitor){w, visit, false}; }

bk_status bk_index_writer_head(bk_index_writer *w, char ret[BK_INDEX_HEAD], bk_err *err) {
    bk_buf head = {.p = ret, .cap = BK_INDEX_HEAD, .max = BK_INDEX_HEAD};
    bk_buf *const all[] = {&w->charts, &w->versions, &w->urls, &w->pool, &w->names};
    size_t sum = 0;
    for (size_t i = 0; i < BK_COUNT(all); i++) {
        BK_TRY(bk_buf_check(all[i], err));
        sum += all[i]->n;
    }
    if (sum > BK_INDEX_FORM_MAX) return bk_err_limit(err, "bytes of an index", BK_INDEX_FORM_MAX);
    bk_buf_bytes(&head, magic, sizeof magic);
    bk_buf_u32(&head, w->chart_count);
    bk_buf_u32(&head, w->version_count);
    bk_buf_u32(&head, w->url_count);
    bk_buf_u32(&head, (uint32_t)w->pool.n);
    return bk_buf_check(&head, err);
}

/* ---- reading ---- */

static uint32_t number(const bk_index_form *f, size_t at) {
    const unsigned char *p = (const unsigned char *)f->bytes.p + at;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bk_str string_at(const bk_index_form *f, size_t at) {
    uint32_t from = number(f, at), n = number(f, at + 4);
    if (from > f->pool || n > f->pool - from) return BK_S("");
    return bk_str_sub(f->bytes, f->pool_at + from, f->pool_at + from + n);
}

bk_status bk_index_form_open(bk_str bytes, bk_index_form *ret, bk_err *err) {
    bk_index_form f = {.bytes = bytes};
    bool ok = bytes.n >= BK_INDEX_HEAD && bytes.n <= BK_INDEX_FORM_MAX + BK_INDEX_HEAD && memcmp(bytes.p, magic, sizeof magic) == 0;
    if (ok) {
        f.charts = number(&f, 4);
        f.versions = number(&f, 8);
        f.urls = number(&f, 12);
        f.pool = number(&f, 16);
        uint64_t sum = BK_INDEX_HEAD + (uint64_t)f.charts * CHART + (uint64_t)f.versions * VERSION + (uint64_t)f.urls * URL + f.pool;
        ok = sum == bytes.n;
    }
    if (!ok) return bk_err_set(err, BK_ERR, "the kept form of the index is damaged");
    f.versions_at = BK_INDEX_HEAD + (size_t)f.charts * CHART;
    f.urls_at = f.versions_at + (size_t)f.versions * VERSION;
    f.pool_at = f.urls_at + (size_t)f.urls * URL;
    *ret = f;
    return BK_OK;
}

void bk_index_form_chart(const bk_index_form *f, uint32_t i, bk_str *ret_name, uint32_t *ret_first, uint32_t *ret_count) {
    size_t at = BK_INDEX_HEAD + (size_t)i * CHART;
    *ret_name = string_at(f, at);
    *ret_first = number(f, at + 8);
    *ret_count = number(f, at + 12);
    if (*ret_first > f->versions || *ret_count > f->versions - *ret_first) *ret_count = 0;
}

bool bk_index_form_find(const bk_index_form *f, bk_str name, uint32_t *ret_first, uint32_t *ret_count) {
    for (uint32_t low = 0, high = f->charts; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        bk_str here;
        bk_index_form_chart(f, middle, &here, ret_first, ret_count);
        int order = bk_str_cmp(name, here);
        if (order == 0) return true;
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return false;
}

bk_index_row bk_index_form_version(const bk_index_form *f, uint32_t i) {
    bk_index_row row = {0};
    size_t at = f->versions_at + (size_t)i * VERSION;
    bk_str *const strings[STRINGS] = {&row.name,     &row.version, &row.app_version, &row.description,
                                      &row.keywords, &row.digest,  &row.created};
    for (size_t k = 0; k < STRINGS; k++) *strings[k] = string_at(f, at + 8 * k);
    row.first_url = number(f, at + 8 * STRINGS);
    row.url_count = number(f, at + 8 * STRINGS + 4);
    row.deprecated = number(f, at + 8 * STRINGS + 8) & DEPRECATED;
    if (row.first_url > f->urls || row.url_count > f->urls - row.first_url) row.url_count = 0;
    return row;
}

bk_str bk_index_form_url(const bk_index_form *f, uint32_t i) { return string_at(f, f->urls_at + (size_t)i * URL); }
