/* transfers.h: what people see while charts come or go: a line for each of them on a terminal, drawn again some times a second; they go away in the end. Nothing for
 * what is over in a moment, and nothing where standard error is no terminal. */
#ifndef BK_CLI_TRANSFERS_H
#define BK_CLI_TRANSFERS_H

#include "base/buf.h"

enum { BK_TRANSFERS_ROWS = 8, BK_TRANSFERS_NAME = 40 };

typedef struct bk_transfers {
    bool terminal;
    unsigned drawn; /* lines on the terminal */
    uint64_t begun, drawn_at;
    struct bk_transfer {
        char name[BK_TRANSFERS_NAME]; /* empty: free */
        uint64_t bytes;
        int64_t total; /* -1: not known */
    } rows[BK_TRANSFERS_ROWS];
} bk_transfers;

void bk_transfers_open(bk_transfers *transfers);
/* For bk_registry_teller.progress; `self` is the bk_transfers. */
void bk_transfers_progress(void *self, bk_str what, uint64_t bytes, int64_t total, bool done);
/* Takes the lines off the terminal: before anything else is written there. */
void bk_transfers_clear(bk_transfers *transfers);

/* One line, of at most `columns` characters, without its end. Public for tests. */
void bk_transfers_row(bk_buf *out, const struct bk_transfer *row, unsigned columns);

#endif
