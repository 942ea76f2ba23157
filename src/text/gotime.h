/* gotime.h: instants, time zones and layouts, as Go's package time has them. Durations: base/duration.h.
 *
 * A bk_time is copied freely; its zone lives in an arena, or is NULL for UTC. There is no clock here and no zone database: the time
 * and the bytes of zone files come from the host by effects.
 *
 *     const bk_zone *berlin;
 *     BK_TRY(bk_zone_parse(arena, BK_S("Europe/Berlin"), bytes, &berlin, err));
 *     bk_time_format(&out, bk_time_unix(1700000000, 0, berlin), BK_S("2006-01-02 15:04 MST")); */
#ifndef BK_TEXT_GOTIME_H
#define BK_TEXT_GOTIME_H

#include "base/arena.h"
#include "base/buf.h"
#include "value/value.h"

/* ---- zones ---- */

typedef struct bk_zone bk_zone;

/* time.LoadLocationFromTZData: a TZif file, version 1 to 3. The name is that of the location. "malformed time zone information" */
bk_status bk_zone_parse(bk_arena *arena, bk_str name, bk_str tzif, const bk_zone **ret, bk_err *err) BK_MUST;
/* time.FixedZone; NULL without memory. */
const bk_zone *bk_zone_fixed(bk_arena *arena, bk_str name, int64_t offset);
/* Location.String(): "UTC" for NULL. */
bk_str bk_zone_name(const bk_zone *zone);
/* What time.LoadLocation lets through to the database: no "..", no slash or backslash in front. ("", "UTC" and "Local" never get there.) */
bool bk_zone_name_valid(bk_str name);

/* What holds in a zone at an instant. */
typedef struct bk_zone_period {
    bk_str name;        /* abbreviation: CET */
    int64_t offset;     /* seconds east of UTC */
    int64_t start, end; /* Unix seconds between which it holds */
    bool dst;
} bk_zone_period;

bk_zone_period bk_zone_lookup(const bk_zone *zone, int64_t unix_seconds);
/* The offset that an abbreviation stands for, if possible at that time (Unix seconds as if UTC). False when the zone does not have it. */
bool bk_zone_offset_of(const bk_zone *zone, bk_str abbreviation, int64_t unix_seconds, int64_t *ret);

/* ---- instants ---- */

typedef struct bk_time {
    int64_t sec;  /* since January 1 of the year 1, UTC: zero is Go's zero Time */
    int32_t nsec; /* 0 … 999999999 */
    const bk_zone *zone;
} bk_time;

/* time.Unix; nsec may be anything. */
bk_time bk_time_unix(int64_t sec, int64_t nsec, const bk_zone *zone);
int64_t bk_time_to_unix(bk_time t);
/* t.In(zone) */
static inline bk_time bk_time_in(bk_time t, const bk_zone *zone) {
    t.zone = zone;
    return t;
}
/* Add, Sub (which saturates), Before/Equal (<0, 0, >0), Round, Truncate; durations are nanoseconds. */
bk_time bk_time_add(bk_time t, int64_t duration);
int64_t bk_time_sub(bk_time t, bk_time u);
int bk_time_cmp(bk_time t, bk_time u);
bk_time bk_time_round(bk_time t, int64_t duration);
bk_time bk_time_truncate(bk_time t, int64_t duration);

/* An instant in the words of a calendar and a clock. */
typedef struct bk_date {
    int64_t year;
    int month, day; /* from 1 */
    int hour, minute, second;
    int nsec;
    int weekday; /* 0 is Sunday */
    int yday;    /* from 1 */
} bk_date;

bk_date bk_time_date(bk_time t);
/* time.Date: fields out of range are carried over; weekday and yday are not looked at. */
bk_time bk_time_make(const bk_date *date, const bk_zone *zone);
/* AddDate */
bk_time bk_time_add_date(bk_time t, int64_t years, int64_t months, int64_t days);

/* ---- text ---- */

#define BK_TIME_RFC3339 BK_S("2006-01-02T15:04:05Z07:00")
#define BK_TIME_RFC3339_NANO BK_S("2006-01-02T15:04:05.999999999Z07:00")

/* t.Format(layout) */
void bk_time_format(bk_buf *out, bk_time t, bk_str layout);
/* t.String(), as it is without a monotonic clock. */
void bk_time_print(bk_buf *out, bk_time t);
/* time.ParseInLocation(layout, text, zone). Errors are Go's: `parsing time "x" as "2006": cannot parse "x" as "2006"`. */
bk_status bk_time_parse(bk_arena *arena, bk_str layout, bk_str text, const bk_zone *zone, bk_time *ret, bk_err *err) BK_MUST;

/* ---- values ---- */

/* time.Time as an object: `data` is a bk_time. Prints String(), is RFC 3339 in JSON, has no fields: a class with methods takes print and json
 * from here, and its values are times, too. */
extern const bk_class bk_time_class;
bk_status bk_time_object_print(const bk_object *self, bk_buf *out, bk_err *err);
/* t.GoString(): what %#v prints. */
void bk_time_syntax(bk_buf *out, bk_time t);
bk_status bk_time_object_syntax(const bk_object *self, bk_buf *out, bk_err *err);
bk_status bk_time_object_json(const bk_object *self, bk_arena *arena, bk_value *ret, bk_err *err);
/* A value of that class; false without memory. */
bool bk_time_value(bk_arena *arena, const bk_class *class, bk_time t, bk_value *ret) BK_MUST;
/* The time that a value is; false when it is none. */
bool bk_value_time(bk_value v, bk_time *ret);

#endif
