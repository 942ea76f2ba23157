/* ledger.h: the ledger's file: JSON lines in a hash chain. docs/ledger.md describes what the lines say.
 *
 * The file is a regular one of the user's own, with mode 0600; a symbolic link, a second hard link, a device or somebody else's file is refused. An
 * older ledger of that name is replaced. A second run on the same file is refused while the first one runs.
 *
 * Lines are collected and written together: a line that must be in the file before something happens is ended with flush. A ledger of many lines is written through a
 * mapping of the file; a process that is killed then leaves zero bytes behind the last line. */
#ifndef BK_GUARD_LEDGER_H
#define BK_GUARD_LEDGER_H

#include "base/buf.h"

/* Most bytes of one ledger. */
#define BK_LEDGER_MAX ((size_t)1 << 30)

typedef struct bk_ledger bk_ledger;

bk_status bk_ledger_open(const char *path, bk_ledger **ret, bk_err *err);
/* Begins a line of that type; the caller appends members, each with a comma in front: ,"effect":"dns". */
bk_buf *bk_ledger_begin(bk_ledger *ledger, const char *type);
/* Ends the line: chains it, and with `flush` writes all that was collected. After a failure every further end fails. *ret_line (may be NULL) is the line's number. */
bk_status bk_ledger_end(bk_ledger *ledger, bool flush, uint64_t *ret_line, bk_err *err);
/* Writes the final line and closes the file. */
bk_status bk_ledger_close(bk_ledger *ledger, const char *outcome, bk_err *err);
/* Frees; without a close before, the file lacks its final line and shows that it is incomplete. NULL is fine. */
void bk_ledger_free(bk_ledger *ledger);

/* Members of a line. */
void bk_ledger_text(bk_buf *line, const char *key, bk_str text); /* guest text: escaped, cut at 4 KiB */
void bk_ledger_number(bk_buf *line, const char *key, uint64_t n);
void bk_ledger_digest(bk_buf *line, const char *key, const unsigned char digest[32]);

/* Checks numbers, chain and final line of a whole ledger; the error names the first line that does not fit. */
bk_status bk_ledger_verify(bk_str bytes, uint64_t *ret_lines, bk_err *err);

/* Opens a file to be written by the rules above; the record uses it too. `what` opens error messages. */
bk_status bk_ledger_open_file(const char *path, const char *what, int *ret_fd, bk_err *err);
/* Writes all of it. */
bk_status bk_ledger_write(int fd, bk_str bytes, const char *what, bk_err *err);

#endif
