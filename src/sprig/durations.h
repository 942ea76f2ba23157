/* durations.h: what dates need of durations. Internal to src/sprig. */
#ifndef BK_SPRIG_DURATIONS_H
#define BK_SPRIG_DURATIONS_H

#include "tmpl/func.h"

/* Duration.String() as a result. */
bk_status fn_ret_duration_text(bk_call *call, int64_t ns, bk_value *ret);
/* Duration.Round: to a multiple of m, half away from zero. */
int64_t fn_duration_round(int64_t d, int64_t m);

#endif
