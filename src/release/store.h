/* store.h: where release records are kept.
 *
 *     BK_TRY(bk_store_open(arena, &(bk_store_options){.driver = BK_S("secret"), .kube = kube, .namespace_ = ns}, &store, err));
 *     BK_TRY(bk_store_history(store, name, &history, err));          one request
 *     BK_TRY(bk_history_load(&history, bk_history_last(&history), &release, err));
 *
 * Drivers are Helm's: secret (the default), configmap, memory (for tests: from the files of HELM_MEMORY_DRIVER_DATA; gone with the process). sql
 * is refused with one clear error.
 *
 * Record N of release X is the object `sh.helm.release.v1.X.vN` with the labels name, owner=helm, status, version, createdAt or modifiedAt, and those that the user
 * gave. What can be told from labels is told from labels: only the records that somebody wants are inflated.
 *
 * Two clients never both win: a record is created (an existing one is "release: already exists"), and an update carries the resourceVersion that was read, so that
 * it fails with BK_STORE_CONFLICT's text when somebody else was faster. Leases: while we are at work on a release, annotations of its newest record name us and
 * tell until when we are to be believed, by the server's clock; bk_store_renew moves that on, the final update leaves both out. A record without
 * them is Helm's. */
#ifndef BK_RELEASE_STORE_H
#define BK_RELEASE_STORE_H

#include "kube/client.h"
#include "release/record.h"

/* Texts of Helm's, which callers compare with (bk_err_is). */
#define BK_STORE_NOT_FOUND "release: not found"
#define BK_STORE_EXISTS "release: already exists"
#define BK_STORE_NONE_DEPLOYED "has no deployed releases"
/* Ours. */
#define BK_STORE_CONFLICT "another client changed the record of this release meanwhile"

#define BK_STORE_LEASE_S 30u /* how long a lease holds */
#define BK_STORE_RENEW_S 10u /* how often it is renewed */

typedef struct bk_store bk_store;

typedef struct bk_store_options {
    bk_str driver;      /* HELM_DRIVER: "", "secret", "secrets", "configmap", "configmaps", "memory", "sql" */
    bk_kube *kube;      /* NULL for memory */
    bk_str namespace_;  /* empty: all of them, for listing */
    bk_str memory_data; /* HELM_MEMORY_DRIVER_DATA: paths with ":" between them */
    bk_str rows,
        rows_key;        /* a folder and a file outside of it, absolute: where bk_store_list keeps what it shows (rows.h); empty: nowhere */
    bk_str holder;       /* who we are, for leases; empty: made of host name, process and chance */
    int64_t max_history; /* --history-max: records of a release to keep, the new one included; 0: all */
    void (*log)(void *self, bk_str level, bk_str text); /* damaged records, pruned ones; may be NULL */
    void *log_self;
} bk_store_options;

/* Whether that is a driver's name: one of those above. */
bool bk_store_knows_driver(bk_str name);
bk_status bk_store_open(bk_arena *arena, const bk_store_options *options, bk_store **ret, bk_err *err);
/* The driver's name as Helm's accessors have it: "Secret", "ConfigMap", "Memory". */
bk_str bk_store_driver(const bk_store *store);
bool bk_store_is_memory(const bk_store *store);

/* Another number of records to keep, from now on. */
void bk_store_limit_history(bk_store *store, int64_t max_history);

/* ---- reading ---- */

/* What an object tells of a record without looking inside. */
typedef struct bk_entry {
    bk_str key; /* the object's name */
    bk_str name, namespace_, status;
    int64_t version;
    bk_map *labels;
    bk_lease lease;
    bk_str uid, resource_version, created, type;
    bk_record record;          /* not memory */
    const bk_release *release; /* memory */
} bk_entry;

typedef struct bk_history {
    bk_store *store;
    bk_entry *p; /* oldest revision first */
    size_t n, cap;
} bk_history;

/* All records of a release, by one request. None: BK_STORE_NOT_FOUND. Damaged ones are in here; loading them fails. */
bk_status bk_store_history(bk_store *store, bk_str name, bk_history *ret, bk_err *err);
/* The same in two halves, so that other requests go out at the same time: the request, sent by bk_kube_do or bk_kube_all with `status` as its outcome, and what came of
 * it (of many records it may ask for more). Not for the driver memory. */
bk_status bk_store_history_request(bk_store *store, bk_str name, bk_kube_request *ret, bk_err *err);
bk_status bk_store_history_read(bk_store *store, bk_str name, bk_status status, const bk_kube_answer *answer, bk_history *ret, bk_err *err);
/* The newest, the newest that is deployed (by its label), that version; NULL. */
const bk_entry *bk_history_last(const bk_history *history);
const bk_entry *bk_history_deployed(const bk_history *history);
const bk_entry *bk_history_version(const bk_history *history, int64_t version);
/* Reads a record whole. Errors name the object: "release record sh.helm.release.v1.web.v3 cannot be read: …". A type of a later version than v1 is
 * refused: "… was written by a newer version (helm.sh/release.v2)". */
bk_status bk_history_load(const bk_history *history, const bk_entry *entry, bk_release *ret, bk_err *err);

/* The release of that version, 0: the newest one that can be read. Labels of the store's own are left out for a version, as Helm does. `options` may be NULL (computed
 * values). Helm's errors: BK_STORE_NOT_FOUND. */
bk_status bk_store_get(bk_store *store, bk_str name, int64_t version, const bk_record_options *options, bk_release *ret, bk_err *err);

/* Summaries of many. Records that cannot be read are left out, and logged.
 * newest_only: for each name only the newest revision that can be read. The order is that of the server.
 * Where rows are kept, a summary has name, namespace, version, labels, status, last_deployed, and of the metadata name, version and appVersion. */
bk_status bk_store_list(bk_store *store, bool newest_only, const bk_record_options *options, bk_releases *ret, bk_err *err);
/* Summaries of a release's records, oldest first. */
bk_status bk_store_revisions(bk_store *store, bk_str name, bk_releases *ret, bk_err *err);

/* ---- writing ---- */

/* Stores a new record, after the oldest ones over the history limit were removed (the newest deployed one stays; `history` is what was read before, or NULL). A pending
 * status carries a lease of ours. BK_STORE_EXISTS: somebody has that version. A record that is too large is refused before anything is sent.
 * Fills uid, resource_version, created and lease. */
bk_status bk_store_create(bk_store *store, const bk_history *history, bk_release *release, bk_err *err);
/* Replaces it, with the resourceVersion as a precondition when the release has one. `keep_lease`: we are not done with it. Fills the same. */
bk_status bk_store_update(bk_store *store, bk_release *release, bool keep_lease, bk_err *err);
/* After a write whose outcome nobody knows (no answer, a 5xx), sent by bk_store_write_request: looks whether the record is there, and writes it if not. */
bk_status bk_store_update_again(bk_store *store, bk_release *release, bool keep_lease, bk_err *err);
bk_status bk_store_remove(bk_store *store, bk_str name, int64_t version, bk_err *err);
/* Removes several; as many as can be. */
bk_status bk_store_remove_all(bk_store *store, const bk_entry *entries, size_t count, bk_err *err);

/* Requests for a create, an update or a removal, to be sent together with others (bk_kube_all) by those who count round trips; bk_store_written then judges the
 * answer and fills the release. */
bk_status bk_store_write_request(bk_store *store, const bk_release *release, bool create, bool keep_lease, bk_kube_request *ret,
                                 bk_err *err);
bk_status bk_store_written(bk_store *store, bk_release *release, bool create, bk_status status, const bk_kube_answer *answer, bk_err *err);

/* ---- leases ---- */

typedef enum bk_hold {
    BK_HOLD_NONE,    /* no lease: done, or Helm's */
    BK_HOLD_OURS,    /* this process's */
    BK_HOLD_OTHER,   /* somebody is at work */
    BK_HOLD_EXPIRED, /* somebody was, and died */
} bk_hold;

/* By the server's clock as of the last answer. *ret_age: seconds since the record was written or its lease renewed last (0: not known). */
bk_hold bk_store_hold(const bk_store *store, const bk_lease *lease, bk_str created, int64_t *ret_age);
/* Renews the lease of a release of ours when BK_STORE_RENEW_S have passed since it was last written; else does nothing. For callbacks of waits. A conflict is an error:
 * somebody took over. */
bk_status bk_store_renew(bk_store *store, bk_release *release, bk_err *err);

#endif
