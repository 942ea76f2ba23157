/* Listing: page by page, so that what a page held is gone before the next one comes. Or, where rows are kept, by metadata: all of it in one answer, and the records that
 * are new in a second one, which shows the collection as it was when the first was made. */
#include "base/num.h"
#include "base/sort.h"
#include "release/rows.h"
#include "release/store_state.h"

enum { PAGE = 1000, SMALL_PAGE = 32, RESTARTS = 3, FEW = 40 };

typedef struct listing {
    bk_store *store;
    const bk_record_options *options;
    bool newest_only;
    bk_rows *rows;   /* NULL: none are kept */
    bool incomplete; /* a record was wanted whose text nobody has asked for */
    bool stays;      /* what was read lies in the store's arena already */
    bk_releases out;
    bk_err *err;
} listing;

/* Names in order, the newest revision of each first. */
static int newest_first(const void *a, const void *b, void *arg) {
    const bk_entry *x = a, *y = b;
    (void)arg;
    int c = bk_str_cmp(x->namespace_, y->namespace_);
    if (!c) c = bk_str_cmp(x->name, y->name);
    return c ? c : x->version > y->version ? -1 : x->version < y->version;
}

static bk_status sort_newest_first(bk_arena *scratch, bk_entry *entries, size_t count, bk_err *err) {
    return bk_sort(scratch, entries, count, sizeof *entries, newest_first, NULL) ? BK_OK : bk_arena_fail(scratch, err);
}

static bool same_release(const bk_entry *a, const bk_entry *b) {
    return bk_str_eq(a->name, b->name) && bk_str_eq(a->namespace_, b->namespace_);
}

static bk_status keep(listing *l, bk_entry *e, bk_release *r) {
    if (!l->stays) BK_TRY(bk_store_entry_keep(l->store->arena, e, l->err));
    bk_store_entry_fill(e, r);
    return bk_releases_add(l->store->arena, &l->out, r, l->err);
}

/* Rows for those of the chosen that have none. Names are filtered afterwards: a row serves the next filter as well. */
static bk_status make_rows(listing *l, bk_arena *scratch, bk_entry *entries, const size_t *chosen, size_t n) {
    const bk_record_options plain = {.flags = BK_RECORD_SUMMARY | BK_RECORD_NO_NOTES};
    size_t *wanted = BK_NEW_ARRAY(scratch, size_t, n + 1), count = 0;
    if (!wanted) return bk_arena_fail(scratch, l->err);
    for (size_t k = 0; k < n; k++) {
        bk_entry *e = &entries[chosen[k]];
        if (bk_is_nil(e->record.row)) e->record.row = bk_rows_find(l->rows, e);
        if (!bk_is_nil(e->record.row)) continue;
        if (!e->record.asked) l->incomplete = true;
        wanted[count++] = chosen[k];
    }
    if (!count || l->incomplete) return BK_OK;
    bk_record *records = BK_NEW_ARRAY(scratch, bk_record, count);
    bk_release *releases = BK_NEW_ARRAY(scratch, bk_release, count);
    if (!records || !releases) return bk_arena_fail(scratch, l->err);
    for (size_t k = 0; k < count; k++) records[k] = entries[wanted[k]].record;
    BK_TRY(bk_records_read(scratch, &plain, records, releases, count, l->err));
    for (size_t k = 0; k < count; k++) {
        bk_entry *e = &entries[wanted[k]];
        if (records[k].unread) continue;
        BK_TRY(bk_rows_add(l->rows, e, &releases[k], l->err));
        e->record.row = bk_rows_find(l->rows, e);
    }
    return BK_OK;
}

/* Reads entries chosen by their numbers; failed[k] tells which could not be read. What is read first is read to where it stays. */
static bk_status read_chosen(listing *l, bk_arena *scratch, bk_entry *entries, const size_t *chosen, size_t n, bool *failed) {
    if (l->rows) BK_TRY(make_rows(l, scratch, entries, chosen, n));
    if (l->incomplete) return BK_OK;
    bool first = !l->out.p;
    bk_record *records = BK_NEW_ARRAY(scratch, bk_record, n + 1);
    bk_release *releases = BK_NEW_ARRAY(first ? l->store->arena : scratch, bk_release, n + 1);
    if (!records || !releases) return bk_arena_fail(releases ? scratch : l->store->arena, l->err);
    if (first) l->out = (bk_releases){.p = releases, .cap = n + 1};
    for (size_t k = 0; k < n; k++) records[k] = entries[chosen[k]].record;
    BK_TRY(bk_records_read(l->store->arena, l->options, records, releases, n, l->err));
    for (size_t k = 0; k < n; k++) {
        bk_entry *e = &entries[chosen[k]];
        failed[k] = records[k].unread;
        if (records[k].unread)
            bk_store_log(l->store, "WARN", "release record %.*s cannot be read: %.*s", BK_FMT(e->key), BK_FMT(records[k].why));
        else if (!records[k].filtered) BK_TRY(keep(l, e, &releases[k]));
    }
    return BK_OK;
}

/* Where the newest revision cannot be read, the next one counts: as long as there are such, once more. */
static bk_status read_newest(listing *l, bk_arena *scratch, bk_entry *entries, size_t count) {
    size_t *chosen = BK_NEW_ARRAY(scratch, size_t, count + 1), n = 0;
    bool *failed = BK_NEW_ARRAY(scratch, bool, count + 1);
    if (!chosen || !failed) return bk_arena_fail(scratch, l->err);
    BK_TRY(sort_newest_first(scratch, entries, count, l->err));
    for (size_t i = 0; i < count; i++)
        if (!l->newest_only || i == 0 || !same_release(&entries[i], &entries[i - 1])) chosen[n++] = i;
    while (n) {
        size_t left = 0;
        BK_TRY(read_chosen(l, scratch, entries, chosen, n, failed));
        if (l->incomplete) return BK_OK;
        for (size_t k = 0; k < n; k++) {
            size_t next = chosen[k] + 1;
            if (failed[k] && l->newest_only && next < count && same_release(&entries[next], &entries[next - 1])) chosen[left++] = next;
        }
        n = left;
    }
    return BK_OK;
}

static bk_status entries_of(listing *l, bk_arena *scratch, bk_value items, bk_entry **ret, size_t *ret_count) {
    bk_entry *entries = BK_NEW_ARRAY(scratch, bk_entry, items.len + 1);
    size_t n = 0;
    if (!entries) return bk_arena_fail(scratch, l->err);
    for (uint32_t i = 0; i < items.len; i++)
        if (bk_store_entry(l->store, items.items[i], &entries[n])) n++;
    *ret = entries;
    *ret_count = n;
    return BK_OK;
}

static bk_status read_page(listing *l, bk_arena *scratch, bk_value items) {
    bk_entry *entries;
    size_t n;
    BK_TRY(entries_of(l, scratch, items, &entries, &n));
    for (size_t i = 0; i < n; i++) entries[i].record.asked = true;
    return read_newest(l, scratch, entries, n);
}

/* Revisions of a release may stand on two pages. */
static bk_status drop_older(listing *l) {
    bk_arena *arena = l->store->arena;
    bk_map *newest = bk_map_new(arena, l->out.n);
    size_t n = 0;
    if (!newest) return bk_arena_fail(arena, l->err);
    for (size_t i = 0; i < l->out.n; i++) {
        bk_release *r = &l->out.p[i];
        bk_str key;
        if (!bk_arena_printf(arena, &key, "%.*s/%.*s", BK_FMT(r->namespace_), BK_FMT(r->name))) return bk_arena_fail(arena, l->err);
        const bk_value *at = bk_map_get(newest, key);
        if (at && l->out.p[at->i].version > r->version) continue;
        size_t to = at ? (size_t)at->i : n++;
        l->out.p[to] = *r;
        if (!at && !bk_map_set(newest, key, bk_int64((int64_t)to))) return bk_arena_fail(arena, l->err);
    }
    l->out.n = n;
    return BK_OK;
}

/* BK_OK: the page was read; the same page is asked for again, smaller or from the start, where that may help. */
static bk_status list_page(listing *l, bk_store_page *page, unsigned *restarts, bool *ret_again) {
    bk_arena scratch;
    bk_value items;
    bk_arena_init(&scratch, 0);
    bk_status s = bk_store_next_page(l->store, &scratch, page, &items, l->err);
    bool smaller = s == BK_ERR_LIMIT && page->limit == PAGE, again = s != BK_OK && page->restart && (*restarts)++ < RESTARTS;
    if (s == BK_OK) s = read_page(l, &scratch, items);
    bk_arena_release(&scratch);
    *ret_again = smaller || again;
    if (!*ret_again) return s;
    bk_err_release(l->err);
    if (smaller) page->limit = SMALL_PAGE;
    if (again) page->next = BK_S("");
    if (again) l->out.n = 0;
    return BK_OK;
}

static bk_status list_pages(listing *l) {
    bk_store_page page = {.selector = BK_S("owner=helm"), .limit = PAGE};
    unsigned restarts = 0, pages = 0;
    bool again;
    do {
        BK_TRY(list_page(l, &page, &restarts, &again));
        pages++;
    } while (again || page.next.n);
    return pages > 1 && l->newest_only ? drop_older(l) : BK_OK;
}

/* ---- by metadata ---- */

/* The selector's values: "name in (a,b),version in (1,3)". False: these cannot be told by their labels. */
static bool select_missing(bk_arena *arena, bk_entry *const *missing, size_t n, bk_str *ret) {
    bk_buf names, versions;
    bk_buf_init(&names, arena, 16 << 10);
    bk_buf_init(&versions, arena, 16 << 10);
    for (size_t i = 0; i < n; i++) {
        bk_str version = bk_map_str(missing[i]->labels, "version", BK_S(""));
        if (!bk_store_is_label(missing[i]->name) || !bk_store_is_label(version)) return false;
        bk_buf_printf(&names, "%s%.*s", i ? "," : "", BK_FMT(missing[i]->name));
        bk_buf_printf(&versions, "%s%.*s", i ? "," : "", BK_FMT(version));
    }
    return bk_buf_ok(&names) && bk_buf_ok(&versions) &&
           bk_arena_printf(arena, ret, "owner=helm,name in (%.*s),version in (%.*s)", BK_FMT(bk_buf_view(&names)),
                           BK_FMT(bk_buf_view(&versions)));
}

/* Puts the records of a second answer into the entries of the first. False: not all of them are in it, in that very version. */
static bool take_missing(listing *l, bk_value items, bk_entry *const *missing, size_t n) {
    size_t found = 0;
    for (uint32_t i = 0; i < items.len; i++) {
        bk_entry e;
        if (!bk_store_entry(l->store, items.items[i], &e)) continue;
        for (size_t k = 0; k < n; k++) {
            if (missing[k]->record.asked || !bk_str_eq(missing[k]->uid, e.uid) ||
                !bk_str_eq(missing[k]->resource_version, e.resource_version))
                continue;
            missing[k]->record = e.record;
            missing[k]->record.asked = true;
            found++;
        }
    }
    return found == n;
}

/* Asks for the records that no row is kept of. l->incomplete: there is more to ask for than is worth it, or the server does not tell. */
static bk_status fetch_missing(listing *l, bk_arena *scratch, const bk_store_page *first, bk_entry *entries, size_t count) {
    bk_entry *missing[FEW];
    bk_store_page page = {.at = first->version};
    bk_value items;
    size_t n = 0;
    BK_TRY(sort_newest_first(scratch, entries, count, l->err));
    for (size_t i = 0; i < count; i++) {
        if (l->newest_only && i > 0 && same_release(&entries[i], &entries[i - 1])) continue;
        entries[i].record.row = bk_rows_find(l->rows, &entries[i]);
        if (!bk_is_nil(entries[i].record.row)) continue;
        if (entries[i].record.text.n) entries[i].record.asked = true; /* a server that sent all of it */
        else if (n == FEW) l->incomplete = true;
        else missing[n++] = &entries[i];
    }
    if (!n || l->incomplete) return BK_OK;
    l->incomplete = true;
    if (!page.at.n || !select_missing(scratch, missing, n, &page.selector)) return BK_OK;
    if (bk_store_next_page(l->store, scratch, &page, &items, l->err) != BK_OK) bk_err_release(l->err);
    else if (!page.next.n && take_missing(l, items, missing, n)) l->incomplete = false;
    return BK_OK;
}

/* *ret_done false: it has to be done the other way. What the server says is little here, and most of it is shown: it stays where it is. */
static bk_status list_metadata(listing *l, bool *ret_done) {
    bk_store_page page = {.selector = BK_S("owner=helm"), .metadata = true};
    bk_arena *arena = l->store->arena;
    bk_value items;
    bk_entry *entries;
    size_t n;
    bk_status s = bk_store_next_page(l->store, arena, &page, &items, l->err);
    bool large = s == BK_ERR_LIMIT || (s == BK_OK && page.next.n);
    if (large) bk_err_release(l->err);
    else if (s == BK_OK) s = entries_of(l, arena, items, &entries, &n);
    l->stays = true;
    if (!large && s == BK_OK) s = fetch_missing(l, arena, &page, entries, n);
    if (!large && s == BK_OK && !l->incomplete) s = read_newest(l, arena, entries, n);
    *ret_done = !large && !l->incomplete;
    if (!*ret_done) l->out.n = 0;
    l->incomplete = l->stays = false;
    return large ? BK_OK : s;
}

static bk_status list_rows(listing *l) {
    bool done = false;
    bk_rows rows;
    bk_rows_open(&rows, l->store);
    l->rows = &rows;
    bk_status s = rows.n ? list_metadata(l, &done) : BK_OK;
    if (s == BK_OK && !done) s = list_pages(l);
    if (s == BK_OK) bk_rows_save(&rows);
    bk_rows_close(&rows);
    l->rows = NULL;
    return s;
}

bk_status bk_store_list(bk_store *store, bool newest_only, const bk_record_options *options, bk_releases *ret, bk_err *err) {
    bk_record_options o = options ? *options : (bk_record_options){0};
    listing l = {.store = store, .options = &o, .newest_only = newest_only, .err = err};
    o.flags |= BK_RECORD_SUMMARY;
    /* A filter that is none is an error also where there is nothing to filter. */
    if (o.filter.n) BK_TRY(bk_records_read(store->arena, &o, NULL, NULL, 0, err));
    BK_TRY(store->driver == BK_DRIVER_MEMORY ? bk_store_memory_list(store, &o, &l.out, err)
           : bk_rows_wanted(store)           ? list_rows(&l)
                                             : list_pages(&l));
    if (store->driver == BK_DRIVER_MEMORY && newest_only) BK_TRY(drop_older(&l));
    *ret = l.out;
    return BK_OK;
}
