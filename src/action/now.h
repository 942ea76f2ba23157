/* now.h: the time, as Go writes it in JSON. */
#ifndef BK_ACTION_NOW_H
#define BK_ACTION_NOW_H

#include "base/arena.h"

/* Local time, to the nanosecond without trailing zeros: "2026-01-02T03:04:05.6+01:00". */
bk_status bk_now_text(bk_arena *arena, bk_str *ret, bk_err *err);

#endif
