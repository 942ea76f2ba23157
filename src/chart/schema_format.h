/* schema_format.h: the formats that schemas assert, with the refusals' words as Helm shows them. */
#ifndef BK_CHART_SCHEMA_FORMAT_H
#define BK_CHART_SCHEMA_FORMAT_H

#include "base/arena.h"

/* BK_OK, BK_ERR with the reason, or a status that ends everything. */
typedef bk_status (*bk_format_fn)(bk_arena *arena, bk_str s, bk_err *err);

typedef struct bk_format {
    const char *name;
    bk_format_fn check;
} bk_format;

/* NULL for a name that asserts nothing. "regex" is not here: it is the compiler's. */
const bk_format *bk_format_find(bk_str name);

/* Those that others are made of. */
bk_status bk_format_ipv6(bk_arena *arena, bk_str s, bk_err *err);
bk_status bk_format_date_time(bk_arena *arena, bk_str s, bk_err *err);
bk_status bk_format_duration(bk_arena *arena, bk_str s, bk_err *err);
bk_status bk_format_date(bk_arena *arena, bk_str s, bk_err *err);
bk_status bk_format_time(bk_arena *arena, bk_str s, bk_err *err);
bk_status bk_format_period(bk_arena *arena, bk_str s, bk_err *err);
/* A rune in single quotes, in the arena. */
bk_str bk_format_rune(bk_arena *arena, uint32_t rune);

#endif
