/* record.h: the text of a release record, to and from a release, by calls into a compartment.
 *
 * A record is base64 of gzip of JSON (records from before compression: of JSON); inside a Secret it is base64 once more. Reading what somebody else may have
 * written, inflating it and taking it apart are the compartment's business; so is checking that a chart's JSON is one JSON value before it
 * becomes part of another. */
#ifndef BK_RELEASE_RECORD_H
#define BK_RELEASE_RECORD_H

#include "release/release.h"

/* Most bytes of a record's text: what the API server takes as the data of a Secret or a ConfigMap. */
#define BK_RECORD_MAX ((size_t)1 << 20)
/* The last thing written about a release must fit as well: the first leaves this much room. */
#define BK_RECORD_ROOM ((size_t)8 << 10)

/* How to read. */
enum {
    BK_RECORD_SUMMARY = 1,  /* name, status, description, times, rollback, metadata: the record's first part. Much faster */
    BK_RECORD_COMPUTED = 2, /* fill `computed` */
    BK_RECORD_NO_NOTES = 4, /* summary: leave the notes out */
};

typedef struct bk_record {
    bk_str text;  /* as it is in the object's data */
    bool wrapped; /* base64 around it: a Secret's, from JSON */
    bool asked;   /* the store's own: the server was asked for the text */
    bk_value row; /* instead of a text: what was kept of it (rows.h); nil: the text counts */
    bool unread;  /* out: it is no record; `why` tells */
    bk_str why;
    bool filtered; /* out: the filter leaves it out */
} bk_record;

typedef struct bk_record_options {
    unsigned flags;
    bk_str filter;                                      /* a regular expression on names; empty: all */
    bk_str time_format;                                 /* a layout of Go's for `shown`; empty: as Go prints a time */
    void (*log)(void *self, bk_str level, bk_str text); /* what the compartment has to say (computed values); may be NULL */
    void *log_self;
} bk_record_options;

/* Reads `count` records. What is no record is marked so, and no error; releases[i] is then untouched. Of a release, those members are set that the JSON has; a
 * summary has neither version nor namespace, which the caller knows from the object around it. Errors: a bad filter, in Go's words; memory. */
bk_status bk_records_read(bk_arena *arena, const bk_record_options *options, bk_record *records, bk_release *releases, size_t count,
                          bk_err *err);

/* A file of HELM_MEMORY_DRIVER_DATA: a YAML (or JSON) list of releases. */
bk_status bk_records_read_yaml(bk_arena *arena, const bk_record_options *options, bk_str text, bk_releases *ret, bk_err *err);

/* The text of a record. More than `max` bytes (0: BK_RECORD_MAX) are an error that says how many there are and what fills them. */
bk_status bk_record_write(bk_arena *arena, const bk_release *release, size_t max, bk_str *ret, bk_err *err);

#endif
