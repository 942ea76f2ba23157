/* record_call.h: the calls RECORDS and RECORD. Internal to src/release. */
#ifndef BK_RELEASE_RECORD_CALL_H
#define BK_RELEASE_RECORD_CALL_H

#include "base/boundary.h"
#include "release/record.h"

/* Makes the call with these options; *ret is its result. */
bk_status bk_release_call(bk_arena *arena, bk_call_op op, bk_map *options, const bk_record_options *how, bk_value *ret, bk_err *err);

#endif
