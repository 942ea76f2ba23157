/* rows.h: what lists show of records, kept between runs. Internal to src/release.
 *
 * A record never changes under one uid and resourceVersion. So a list needs the records themselves only once: afterwards the server is asked for their metadata, which says
 * which records there are and in which version, and what else the table shows is here. Kept are name, status, time, and the chart's name, version and appVersion; nothing of
 * values, manifests, notes or descriptions is written to disk.
 *
 * One file for each server (address, certificates, tunnel), driver and namespace, in a folder of ours, authenticated (sandbox/cache.h), written anew as a whole when something has changed. What
 * cannot be read counts as not there, what cannot be written is not written: then a list takes longer, no more. Of two processes the last one's file stays.
 *
 *     bk_rows_open(&rows, store);                       nothing kept: rows.n == 0
 *     row = bk_rows_find(&rows, entry);                 nil: not known
 *     bk_rows_add(&rows, entry, &release, err);
 *     bk_rows_save(&rows);                              those that were found or added
 *     bk_rows_close(&rows); */
#ifndef BK_RELEASE_ROWS_H
#define BK_RELEASE_ROWS_H

#include "release/store_state.h"
#include "sandbox/cache.h"

typedef enum bk_row_column {
    BK_ROW_NAME,
    BK_ROW_STATUS,
    BK_ROW_TIME,
    BK_ROW_CHART, /* nil: the record has no metadata */
    BK_ROW_VERSION,
    BK_ROW_APP_VERSION,
    BK_ROW_ASKED, /* so many columns go to BK_CALL_RECORDS */
    BK_ROW_SHOWN = BK_ROW_ASKED,
    BK_ROW_SEC,
    BK_ROW_NSEC,
    BK_ROW_COLUMNS,
} bk_row_column;

typedef struct bk_row {
    bk_str key;
    bk_value columns; /* a list */
    bool used;        /* it is there now */
} bk_row;

typedef struct bk_rows {
    bk_store *store;
    bk_arena arena; /* of the rows */
    bk_sandbox_blob blob;
    bk_row *p;
    size_t n, cap;
    bk_map *by_key; /* to numbers */
    bool added;
} bk_rows;

/* Whether the store keeps rows at all. */
bool bk_rows_wanted(const bk_store *store);
void bk_rows_open(bk_rows *rows, bk_store *store);
void bk_rows_close(bk_rows *rows);

bk_value bk_rows_find(bk_rows *rows, const bk_entry *entry);
/* Whether a row tells by itself what a list shows, with these options: no name to be matched, and a time that reads the same in every zone. */
bool bk_row_tells(bk_value row, const bk_record_options *options);
/* What it tells, copied into the arena. */
bk_status bk_row_read(bk_arena *arena, bk_value row, bk_release *ret, bk_err *err);
/* An entry that tells no version, or a record with columns of absurd length, is not kept. */
bk_status bk_rows_add(bk_rows *rows, const bk_entry *entry, const bk_release *release, bk_err *err);
void bk_rows_save(bk_rows *rows);

#endif
