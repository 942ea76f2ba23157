/* toml_time.h: the dates and times of TOML as values.
 *
 * An object of class "time.Time" whose data is a bk_toml_time. */
#ifndef BK_DATA_TOML_TIME_H
#define BK_DATA_TOML_TIME_H

#include "base/buf.h"
#include "value/value.h"

typedef enum bk_toml_time_kind { BK_TOML_ZONED, BK_TOML_LOCAL_DATETIME, BK_TOML_LOCAL_DATE, BK_TOML_LOCAL_TIME } bk_toml_time_kind;

typedef struct bk_toml_time {
    int64_t seconds; /* since 1970, UTC */
    uint32_t nsec;
    int32_t offset; /* seconds east of UTC */
    bk_toml_time_kind kind;
} bk_toml_time;

extern const bk_class bk_toml_time_class;

/* Reads a date or time as TOML writes it (with "T" and "Z" as capitals). False: it is none. */
bool bk_toml_time_parse(bk_str text, bk_toml_time *ret);
/* Appends it as TOML writes it. */
void bk_toml_time_format(bk_buf *out, const bk_toml_time *time);
/* The value. NULL object without memory. */
bk_value bk_toml_time_value(bk_arena *arena, bk_toml_time time);

#endif
