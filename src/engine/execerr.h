/* execerr.h: errors of templates in Helm's words.
 *
 * Go's text/template words a failure as one line, with the whole chain of includes in it. Helm makes of it
 *   - "execution error at (FILE:LINE:COL): MESSAGE" when a chart called fail or required;
 *   - a block for each level (place, what was executing, message) when every link of the chain is the template engine's own;
 *   - Go's line unchanged otherwise, e.g. when a function of Sprig failed at the bottom.
 * Parse errors become "parse error at (FILE:LINE): MESSAGE". */
#ifndef BK_ENGINE_EXECERR_H
#define BK_ENGINE_EXECERR_H

#include "tmpl/exec.h"

/* Rewords the error of a failed bk_tmpl_parse of `file`. Returns its status. */
bk_status bk_execerr_parse(bk_arena *arena, bk_str file, bk_err *err);
/* Rewords the error of a failed bk_exec_run of `file`. */
bk_status bk_execerr_run(bk_arena *arena, const bk_exec *exec, bk_str file, bk_err *err);

#endif
