/* download.h: charts into the content cache, several at a time.
 *
 * A chart whose digest is known and that lies in the cache is not fetched. What is fetched has the digest that was named, and where a chart and a version were
 * asked for, the archive's Chart.yaml has to be theirs (check.h): else it is refused. */
#ifndef BK_REGISTRY_DOWNLOAD_H
#define BK_REGISTRY_DOWNLOAD_H

#include "registry/fetch.h"

typedef struct bk_download {
    /* What is asked for. */
    bk_str url, owner;
    const bk_registry_access *access;
    bk_str digest;        /* 64 digits, or empty */
    bk_str name, version; /* what it has to be; empty: anything */
    bk_prov_wish prov;
    bool bundle;           /* a Sigstore bundle beside the archive is wanted, URL.sigstore.json; none is no error here */
    bk_str ref;            /* what the operator called it, for warnings; empty: the URL */
    bk_content_copy *copy; /* gets the archive's bytes too when they are fetched; NULL: none */
    /* What came of it. */
    bk_registry_chart chart;
    bk_str notice; /* a line for the operator, with its end; empty: none */
    bk_status status;
    bk_err err; /* moved away by bk_download_done */
} bk_download;

bk_status bk_download_all(bk_arena *arena, const bk_registry_world *world, bk_download *items, size_t count, bk_err *err);
bk_status bk_download_done(bk_download *item, bk_err *err);

/* The name that a URL's file goes by. */
bk_status bk_download_file(bk_arena *arena, bk_str url, bk_str *ret, bk_err *err);
#endif
