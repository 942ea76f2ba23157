/* Leases count on the server's clock: those of two clients may differ by anything. */
#include <time.h>

#include "base/calendar.h"
#include "base/num.h"
#include "kube/exec.h"
#include "release/store_state.h"

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

int64_t bk_store_ticks(void) {
    struct timespec t;
    return clock_gettime(CLOCK_MONOTONIC, &t) == 0 ? (int64_t)t.tv_sec : 0;
}

/* Two digits or four. */
static bool digits(bk_str s, size_t at, size_t n, int64_t *ret) {
    uint64_t v;
    bk_str part = bk_str_sub(s, at, at + n);
    if (part.n != n || part.p[0] < '0' || part.p[0] > '9' || bk_parse_uint(part, 10, &v) != BK_NUM_OK) return false;
    *ret = (int64_t)v;
    return true;
}

static bool unix_of(int64_t year, int64_t month, int64_t day, bk_str clock, int64_t *ret) {
    int64_t h, m, s;
    bool ok = clock.n >= 8 && clock.p[2] == ':' && clock.p[5] == ':' && digits(clock, 0, 2, &h) && digits(clock, 3, 2, &m) &&
              digits(clock, 6, 2, &s) && month >= 1 && month <= 12 && day >= 1 && day <= 31 && h < 24 && m < 60 && s < 61;
    if (ok) *ret = bk_days_of_date((bk_date){year, (unsigned)month, (unsigned)day}) * 86400 + h * 3600 + m * 60 + s;
    return ok;
}

/* "Sat, 21 Nov 2026 19:10:38 GMT" */
static bool http_date(bk_str s, int64_t *ret) {
    int64_t year, day;
    size_t month;
    if (s.n != 29 || !bk_str_ends(s, BK_S(" GMT")) || !digits(s, 5, 2, &day) || !digits(s, 12, 4, &year)) return false;
    month = bk_str_find(bk_str_c(months), bk_str_sub(s, 8, 11));
    return month != BK_NPOS && month % 3 == 0 && unix_of(year, (int64_t)month / 3 + 1, day, bk_str_from(s, 17), ret);
}

bool bk_store_time_text(bk_arena *arena, int64_t unix_s, bk_str *ret) {
    time_t t = (time_t)unix_s;
    struct tm tm;
    if (!gmtime_r(&t, &tm)) return false;
    return bk_arena_printf(arena, ret, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                           tm.tm_min, tm.tm_sec);
}

void bk_store_heard(bk_store *store, const bk_kube_answer *answer) {
    int64_t t;
    if (!http_date(answer->date, &t)) return;
    store->server_s = t;
    store->server_at = bk_store_ticks();
}

int64_t bk_store_server_now(const bk_store *store) {
    struct timespec now;
    if (store->server_s) return store->server_s + bk_store_ticks() - store->server_at;
    return clock_gettime(CLOCK_REALTIME, &now) == 0 ? (int64_t)now.tv_sec : 0;
}

bk_hold bk_store_hold(const bk_store *store, const bk_lease *lease, bk_str created, int64_t *ret_age) {
    int64_t until = 0, since = 0, now = bk_store_server_now(store);
    bool leased = lease->holder.n > 0;
    bool known = leased ? bk_kube_time(lease->until, &until) : bk_kube_time(created, &since);
    if (leased && known) since = until - BK_STORE_LEASE_S;
    *ret_age = known && since && now > since ? now - since : 0;
    if (!leased) return BK_HOLD_NONE;
    if (bk_str_eq(lease->holder, store->holder)) return BK_HOLD_OURS;
    /* A lease that cannot be read is nobody's. */
    return known && now <= until ? BK_HOLD_OTHER : BK_HOLD_EXPIRED;
}
