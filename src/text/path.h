/* path.h: slash paths as Go's package path has them. */
#ifndef BK_TEXT_PATH_H
#define BK_TEXT_PATH_H

#include "base/arena.h"

/* path.Clean: no "." and no empty parts, ".." taken back where that is possible; "." for the empty path. *ret is `path` itself when nothing
 * changes, else lies in the arena. False without memory. */
bool bk_path_clean(bk_arena *arena, bk_str path, bk_str *ret) BK_MUST;

/* path.Base: the last part, slashes at the end not counted; "/" for slashes alone, "." for the empty path. A view of `path`, or constant. (bk_path_base: what is
 * behind the last slash, whatever that is.) */
bk_str bk_path_last(bk_str path);

#endif
