/* calendar.h: days and dates of the proleptic Gregorian calendar, for any year of five digits.
 *
 * Years begin in March here, so that the leap day comes last; 400 of them have 146,097 days, and day 0 is 1970-01-01. Nothing is checked: callers
 * have bounded what they parsed, months to 1–12 and days to 1–31 (a day beyond the month's last counts on into the next). */
#ifndef BK_BASE_CALENDAR_H
#define BK_BASE_CALENDAR_H

#include <stdint.h>

typedef struct bk_date {
    int64_t year;
    unsigned month, day;
} bk_date;

static inline int64_t bk_days_of_date(bk_date date) {
    int64_t y = date.month <= 2 ? date.year - 1 : date.year, era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static inline bk_date bk_date_of_days(int64_t days) {
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned of_era = (unsigned)(z - era * 146097);
    unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    bk_date date = {
        .year = (int64_t)year + era * 400, .month = month < 10 ? month + 3 : month - 9, .day = of_year - (153 * month + 2) / 5 + 1};
    if (date.month <= 2) date.year++;
    return date;
}

#endif
