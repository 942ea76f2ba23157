/* store_state.h: the inside of a store. Internal to src/release. */
#ifndef BK_RELEASE_STORE_STATE_H
#define BK_RELEASE_STORE_STATE_H

#include "kube/objects.h"
#include "release/store.h"

#define BK_STORE_HOLDER "bulkhead/holder"
#define BK_STORE_LEASE "bulkhead/lease"
#define BK_STORE_MARK "meta.helm.sh/release-name" /* on the objects of charts */

typedef enum bk_driver {
    BK_DRIVER_SECRET,
    BK_DRIVER_CONFIGMAP,
    BK_DRIVER_MEMORY,
} bk_driver;

struct bk_store {
    bk_arena *arena;
    bk_store_options options;
    bk_driver driver;
    bk_str holder;
    bk_releases memory; /* all of them */
    int64_t server_s;   /* the server's clock, as an answer had it (Unix seconds; 0: none yet) */
    int64_t server_at;  /* on our own clock, which only goes on */
    int64_t written_at; /* the last write with a lease, on that clock */
};

/* ---- clocks (store_clock.c) ---- */

/* A clock that only goes on, in seconds. */
int64_t bk_store_ticks(void);
/* Takes note of the date in an answer. */
void bk_store_heard(bk_store *store, const bk_kube_answer *answer);
/* The server's time; ours when it has not told. */
int64_t bk_store_server_now(const bk_store *store);
/* "2026-11-21T19:10:38Z"; bk_kube_time reads it. */
bool bk_store_time_text(bk_arena *arena, int64_t unix_s, bk_str *ret) BK_MUST;

/* ---- drivers ---- */

bk_status bk_store_memory_load(bk_store *store, bk_err *err);
bk_status bk_store_memory_history(bk_store *store, bk_str name, bk_history *ret, bk_err *err);
bk_status bk_store_memory_list(bk_store *store, const bk_record_options *options, bk_releases *ret, bk_err *err);
bk_status bk_store_memory_write(bk_store *store, bk_release *release, bool create, bk_err *err);
bk_status bk_store_memory_remove(bk_store *store, bk_str name, int64_t version, bk_err *err);

/* The collection of records, and a record's name in it. */
const bk_kube_resource *bk_store_resource(const bk_store *store);
bk_status bk_store_key(bk_arena *arena, bk_str name, int64_t version, bk_str *ret, bk_err *err);
/* Label values that the API server would take: others name no release. */
bool bk_store_is_label(bk_str s);
/* What an object says without being looked into. False: it is no record. */
bool bk_store_entry(const bk_store *store, bk_value object, bk_entry *ret);
/* Order of entries, for bk_sort: the oldest revision first. */
int bk_store_by_version(const void *a, const void *b, void *arg);
/* Moves an entry's texts into another arena, but for its record. */
bk_status bk_store_entry_keep(bk_arena *arena, bk_entry *entry, bk_err *err);
/* What the entry knows of a release, into it. */
void bk_store_entry_fill(const bk_entry *entry, bk_release *ret);

/* One page of objects that a label selector finds: *ret_items lies in `arena`, `next` says where to go on (empty: the end). */
typedef struct bk_store_page {
    bk_str selector, next;
    unsigned limit; /* 0: all at once */
    bool metadata;  /* no more than that; a server that does not know the form sends all */
    bk_str at;      /* as it was at this version of the collection; empty: now */
    bool restart;   /* out: the server forgot where we were */
    bk_str version; /* out: of the collection */
} bk_store_page;
/* After a read that went wrong: whether nobody is there, nobody is let in, or who is there is no API server. Helm finds that out by asking for the version first, and its words are then in
 * err; here that is asked for only now. */
bool bk_store_unreachable(bk_store *store, const bk_kube_answer *answer, bk_err *err);
bk_status bk_store_page_request(bk_store *store, bk_arena *arena, const bk_store_page *page, bk_kube_request *ret, bk_err *err);
/* What came of it; answer->body lies in the arena. */
bk_status bk_store_page_read(bk_store *store, bk_arena *arena, bk_store_page *page, bk_status status, const bk_kube_answer *answer,
                             bk_value *ret_items, bk_err *err);
/* Both, and the request between them. */
bk_status bk_store_next_page(bk_store *store, bk_arena *arena, bk_store_page *page, bk_value *ret_items, bk_err *err);

bk_status bk_releases_add(bk_arena *arena, bk_releases *list, const bk_release *release, bk_err *err);
void bk_store_log(const bk_store *store, const char *level, const char *fmt, ...) BK_PRINTF(3, 4);

#endif
