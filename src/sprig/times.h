/* times.h: the clock and the zones of a render, and times as values. Internal to src/sprig. */
#ifndef BK_SPRIG_TIMES_H
#define BK_SPRIG_TIMES_H

#include "text/gotime.h"
#include "tmpl/func.h"

/* The render's time, in the operator's zone; asked for once. */
bk_status fn_now(bk_call *call, bk_time *ret);
/* time.LoadLocation; UTC for names that do not exist. */
bk_status fn_zone(bk_call *call, bk_str name, const bk_zone **ret);
/* The time that a value is, whoever made it; false when it is none. */
bool fn_value_time(bk_call *call, bk_value v, bk_time *ret);
/* A time.Time with its methods. */
bk_status fn_ret_time(bk_call *call, bk_time t, bk_value *ret);

#endif
