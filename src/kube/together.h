/* together.h: one request for each of a number of objects, in flight at once. Internal to src/kube.
 *
 *     BK_TRY(bk_kube_together_open(&t, kube, arena, &objects, err));
 *     s = bk_kube_together_read(&t, BK_KUBE_READ_WHOLE, err);
 *     … each job's err tells what went wrong with its object …
 *     bk_kube_together_close(&t);
 *
 * A status other than BK_OK is of the machinery (memory, a cap), never of one object. */
#ifndef BK_KUBE_TOGETHER_H
#define BK_KUBE_TOGETHER_H

#include "kube/build.h"
#include "kube/objects.h"

typedef struct bk_kube_job {
    bk_kube_object *object;
    bool wanted; /* has a request */
    bk_kube_request request;
    bk_kube_answer answer;
    bk_err err;
} bk_kube_job;

typedef struct bk_kube_together {
    bk_kube *kube;
    bk_arena *arena;
    bk_arena answers; /* what came last, as it came: until the next sending */
    bk_kube_job *jobs;
    size_t count;
} bk_kube_together;

bk_status bk_kube_together_open(bk_kube_together *t, bk_kube *kube, bk_arena *arena, bk_kube_objects *objects, bk_err *err);
/* A part of the objects, by their numbers. */
bk_status bk_kube_together_pick(bk_kube_together *t, bk_kube *kube, bk_arena *arena, bk_kube_objects *objects, const size_t *picked,
                                size_t count, bk_err *err);
void bk_kube_together_close(bk_kube_together *t);

/* Sends the requests of the jobs that want one, and forgets that they did. An answer that was good and holds an object becomes the object's `live`, without
 * its managed fields where nobody has to move them. */
bk_status bk_kube_together_send(bk_kube_together *t, bk_err *err);

typedef enum bk_kube_reading {
    BK_KUBE_READ_MARKS, /* the metadata will do */
    BK_KUBE_READ_WHOLE,
} bk_kube_reading;

/* Reads the objects that have not been read yet, or not whole. That one is not there is no error. */
bk_status bk_kube_together_read(bk_kube_together *t, bk_kube_reading what, bk_err *err);

bk_kube_ref bk_kube_ref_of(const bk_kube_object *object);

#endif
