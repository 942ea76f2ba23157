/* watch.h: being told of changes.
 *
 *     BK_TRY(bk_kube_watch_new(kube, &options, &watch, err));
 *     while (!satisfied) {
 *         BK_TRY(bk_kube_pump(kube, 1000, err));
 *         BK_TRY(bk_kube_watch_move(watch, err));       calls `event` for what has come
 *     }
 *     bk_kube_watch_free(watch);
 *
 * A watch tells the present state first (ADDED for each object, then SYNCED), then every change. The server ends watches after some minutes and connections
 * break; the watch goes on by itself from the last version that it saw, with pauses that grow. When the server no longer knows that version, everything
 * is told anew: RESTART says that what was told before no longer counts. Only a refusal (403, 404, 401 …) is an error, in the server's words. A server that
 * does not tell the present state in a watch (before Kubernetes 1.32, or for some kinds) is asked for a list of it.
 *
 * Any number of watches run on one bk_kube, pumped by one thread. An event's object lives until the callback returns. */
#ifndef BK_KUBE_WATCH_H
#define BK_KUBE_WATCH_H

#include "kube/client.h"

#define BK_KUBE_EVENT_MAX ((size_t)16 << 20) /* bytes of one event */
#define BK_KUBE_WATCH_SECONDS "300"          /* after which the server is asked to end, and is asked again */

typedef enum bk_kube_event {
    BK_KUBE_ADDED,
    BK_KUBE_MODIFIED,
    BK_KUBE_DELETED,
    BK_KUBE_SYNCED,  /* the present state has been told; no object */
    BK_KUBE_RESTART, /* what was told before no longer counts; no object */
} bk_kube_event;

typedef struct bk_kube_watch_options {
    bk_str path;  /* of the collection */
    bk_str query; /* labelSelector, fieldSelector; escaped; may be empty */
    void *self;
    /* Anything but BK_OK ends the watch with that error. `object` is a map; its fields are a stranger's. */
    bk_status (*event)(void *self, bk_kube_event event, bk_value object, bk_err *err);
} bk_kube_watch_options;

typedef struct bk_kube_watch bk_kube_watch;

/* Texts are copied. The request goes out with the next pump. */
bk_status bk_kube_watch_new(bk_kube *kube, const bk_kube_watch_options *options, bk_kube_watch **ret, bk_err *err);
/* Goes on where a stream has ended. After an error the watch is over. */
bk_status bk_kube_watch_move(bk_kube_watch *watch, bk_err *err);
/* The status of the refusal that ended it; 0: none. */
unsigned bk_kube_watch_refused(const bk_kube_watch *watch);
/* NULL is fine; before the bk_kube. */
void bk_kube_watch_free(bk_kube_watch *watch);

/* The bytes of a stream without a server, in pieces of that length, for tests and fuzzing: what the events' receiver would get. */
bk_status bk_kube_watch_feed(const bk_kube_watch_options *options, bk_str bytes, size_t piece, bk_err *err);

#endif
