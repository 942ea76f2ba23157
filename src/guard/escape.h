/* escape.h: the one escaper. Text that a guest had a hand in passes it before a person sees it or a file keeps it.
 *
 * A terminal obeys control characters, and bidirectional or invisible ones make text read as something else. Those, and bytes that are not UTF-8,
 * come out as \x1b, \xff, \u202e, \U000e0041; everything else stays as it is. Text beyond a cap is cut, with "…" in its place. */
#ifndef BK_GUARD_ESCAPE_H
#define BK_GUARD_ESCAPE_H

#include "base/buf.h"

#define BK_ESCAPE_LINE ((size_t)4 << 10)
#define BK_ESCAPE_TEXT ((size_t)1 << 20)

/* One line: new lines and tabs are escaped as well ("\n", "\t"); at most BK_ESCAPE_LINE bytes of text. */
void bk_escape_line(bk_buf *out, bk_str text);
/* Several lines: new lines and tabs stay; at most BK_ESCAPE_TEXT bytes. */
void bk_escape_text(bk_buf *out, bk_str text);
/* As a JSON string with its quotes: the same characters as \u001b, \u202e (a reader gets them back); bytes that are not UTF-8
 * as U+FFFD. Not cut: the ledger caps what it takes. */
void bk_escape_json(bk_buf *out, bk_str text);
/* As one word of a POSIX shell: as it is, or in single quotes. False, with nothing appended, when the text holds a character that the
 * escaper would change: such a name is not put into a command that a person might paste. */
bool bk_escape_shell(bk_buf *out, bk_str text);

#endif
