/* record_scan.h: where things stand in the JSON of a release record, of which perhaps only the beginning is there.
 *
 * A record is most of the time megabytes of a chart's files behind a few lines that tell what a list shows. Those lines come first in what Helm writes, so they are
 * looked for before the rest is inflated. The scanner finds the ends of values and checks nothing else: what it finds is then parsed. */
#ifndef BK_ENGINE_RECORD_SCAN_H
#define BK_ENGINE_RECORD_SCAN_H

#include "base/str.h"

typedef enum bk_scan {
    BK_SCAN_DONE, /* everything is found, or it is not there */
    BK_SCAN_MORE, /* the text ends too early to tell */
    BK_SCAN_BAD,  /* not JSON */
} bk_scan;

/* Members of the release as they stand in the text; empty: not there. */
typedef struct bk_record_parts {
    bk_str name, info, metadata; /* of the chart */
    bk_str chart;                /* whole; only with `whole` */
} bk_record_parts;

/* `whole`: goes on until the chart's end is found, instead of stopping at its metadata. */
bk_scan bk_record_scan(bk_str json, bool whole, bk_record_parts *ret);

#endif
