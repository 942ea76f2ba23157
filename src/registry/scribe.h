/* scribe.h: a thread that hashes what another receives, and writes it into one file or two at the same time.
 *
 * Receiving goes on meanwhile; memory is four blocks, however much comes. A download starts one when it turns out to be large.
 * The second file is a convenience of the caller's: when it cannot be written it is given up, and bk_scribe_flush says so. */
#ifndef BK_REGISTRY_SCRIBE_H
#define BK_REGISTRY_SCRIBE_H

#include <stdbool.h>

#include "sandbox/digest.h"

typedef struct bk_scribe bk_scribe;

/* `second`: -1: none. `digest` is the thread's until bk_scribe_flush has returned, and again from the next bytes on. NULL: there is no memory or no thread for it. */
bk_scribe *bk_scribe_new(int first, int second, bk_digest *digest);
/* Copies the bytes, and waits only when it is four blocks ahead. 0, or the errno of an earlier write. */
int bk_scribe_add(bk_scribe *scribe, bk_str bytes);
/* Waits until everything is hashed and written. *ret_second: the second file has all of it, too. */
int bk_scribe_flush(bk_scribe *scribe, bool *ret_second);
/* What is not yet written is forgotten. NULL is fine. */
void bk_scribe_free(bk_scribe *scribe);

#endif
