/* progress.h: what people see while objects are waited for.
 *
 *     bk_progress progress;
 *     bk_progress_open(&progress, format_is_table);
 *     bk_progress_attach(&progress, &wait_options);        self of `progress`; tick is the caller's
 *     status = bk_kube_wait(…);
 *     bk_progress_close(&progress);
 *
 * On a terminal a table that is drawn again as things change, with a row for each object: what it is, its state, its age, the last event about it; it goes away in the
 * end. Elsewhere a line for each change of state, and every five seconds for what else is new, once a second has passed. All on standard error; nothing where the output is for programs. */
#ifndef BK_CLI_PROGRESS_H
#define BK_CLI_PROGRESS_H

#include "base/buf.h"
#include "kube/wait.h"

#define BK_PROGRESS_ROWS 200u /* objects in a table */

typedef struct bk_progress {
    bool terminal, quiet;
    unsigned drawn; /* rows on the terminal */
    struct bk_progress_told {
        uint32_t hash; /* of what a line said of an object last; 0: nothing yet */
        unsigned state;
        uint64_t at; /* ms of the wait */
    } *told;
    size_t told_count;
    void *tick_self; /* the caller's callback, which shares `self` */
    bk_status (*tick)(void *self, bk_err *err);
} bk_progress;

/* `people`: the output is for people, as opposed to -o json and yaml. */
void bk_progress_open(bk_progress *p, bool people);
/* Takes the place of self and progress in the options; a tick that is there is called with the self it came with. */
void bk_progress_attach(bk_progress *p, bk_kube_wait_options *options);
/* Takes the table off the terminal; frees. It can be attached again. */
void bk_progress_close(bk_progress *p);

/* The table of these objects, at most `rows` rows of `columns` characters, unready ones first. Public for tests. Returns the number of rows. */
unsigned bk_progress_table(bk_buf *out, const bk_kube_awaited *objects, size_t count, uint64_t waited_ms, int64_t now, unsigned rows,
                           unsigned columns);

#endif
