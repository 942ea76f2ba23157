/* handlers_time.c: the effects clock and zoneinfo. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/calendar.h"
#include "base/num.h"
#include "guard/handlers.h"
#include "value/codec.h"

/* The largest zone of the database has some 3 KiB. */
#define TZIF_MAX ((size_t)256 << 10)

/* ---- time zone files ---- */

/* Segments of [A-Za-z0-9_+-] between single slashes: no dots, so no way up. */
static bool is_zone_name(bk_str name) {
    if (!name.n || name.n > 255) return false;
    bool start = true;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool word = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '-';
        if (!word && (c != '/' || start)) return false;
        start = c == '/';
    }
    return !start;
}

/* Reads a regular file of the system's; anything else is no zone. */
static bool read_file(const char *path, bk_buf *out) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return false;
    bool ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && (uint64_t)st.st_size <= TZIF_MAX;
    char *at = ok ? bk_buf_reserve(out, TZIF_MAX) : NULL;
    size_t n = 0;
    while (at && n < TZIF_MAX) {
        ssize_t got = read(fd, at + n, TZIF_MAX - n);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        n += (size_t)got;
    }
    close(fd);
    if (at) out->n += n;
    return at && bk_str_starts(bk_buf_view(out), BK_S("TZif"));
}

/* A zone of the database. Links within it are usual ("US/Eastern"); one that leads out of it is not followed. */
static bool read_zone(const bk_builtins *b, bk_str name, bk_buf *out) {
    char path[PATH_MAX], real[PATH_MAX], top[PATH_MAX];
    if (!is_zone_name(name)) return false;
    size_t n = strlen(b->zone_dir);
    if (n + 1 + name.n + 1 > sizeof path) return false;
    memcpy(path, b->zone_dir, n);
    path[n] = '/';
    memcpy(path + n + 1, name.p, name.n);
    path[n + 1 + name.n] = 0;
    if (!realpath(b->zone_dir, top) || !realpath(path, real)) return false;
    bk_str root = bk_str_c(top), file = bk_str_c(real);
    if (!bk_str_starts(file, root) || file.n <= root.n || file.p[root.n] != '/') return false;
    return read_file(real, out);
}

static bk_status zoneinfo(void *self, const bk_ask *ask, bk_buf *answer, bk_err *err) {
    bk_str name;
    bk_buf bytes;
    if (!bk_arg_text(ask, "name", &name)) return bk_arg_fail(ask, err);
    bk_buf_init(&bytes, ask->arena, 0);
    if (!read_zone(self, name, &bytes)) return bk_err_set(err, BK_ERR, "unknown time zone");
    return bk_codec_encode(answer, bk_bytes(bk_buf_view(&bytes)), err);
}

static bk_status zone_target(void *self, const bk_ask *ask, bk_str *ret, bk_err *err) {
    (void)self;
    return bk_arg_text(ask, "name", ret) ? BK_OK : bk_arg_fail(ask, err);
}

const bk_handler bk_handler_zoneinfo = {.target = zone_target, .perform = zoneinfo};

/* ---- clock ---- */

/* The local zone as Go finds it: TZ when it is set (empty: UTC; ":" in front is dropped; a path or a name), else /etc/localtime. */
static const char *local_zone(const bk_builtins *b, bk_buf *tzif) {
    const char *tz = getenv("TZ");
    if (!tz) return read_file("/etc/localtime", tzif) ? "Local" : "UTC";
    if (*tz == ':') tz++;
    if (!*tz || !strcmp(tz, "UTC")) return "UTC";
    bool found = *tz == '/' ? read_file(tz, tzif) : read_zone(b, bk_str_c(tz), tzif);
    return found ? (strcmp(tz, "/etc/localtime") ? tz : "Local") : "UTC";
}

static bk_status clock_sample(void *self, const bk_ask *ask, bk_buf *answer, bk_err *err) {
    const bk_builtins *b = self;
    struct timespec now = {.tv_sec = (time_t)b->clock_unix, .tv_nsec = b->clock_nsec};
    if (!b->clock_fixed && clock_gettime(CLOCK_REALTIME, &now) != 0)
        return bk_err_set(err, BK_ERR_IO, "the system has no clock: %s", strerror(errno));
    bk_buf tzif;
    bk_buf_init(&tzif, ask->arena, 0);
    const char *zone = local_zone(b, &tzif);
    bk_map *m = bk_map_new(ask->arena, 4);
    bool ok = m && bk_map_set(m, BK_S("unix"), bk_int64(now.tv_sec)) && bk_map_set(m, BK_S("nsec"), bk_int64(now.tv_nsec)) &&
              bk_map_set(m, BK_S("zone"), bk_string(bk_str_c(zone)));
    if (ok && strcmp(zone, "UTC")) ok = bk_map_set(m, BK_S("tzif"), bk_bytes(bk_buf_view(&tzif)));
    return ok ? bk_codec_encode(answer, bk_map_value(m), err) : bk_arena_fail(ask->arena, err);
}

const bk_handler bk_handler_clock = {.perform = clock_sample};

/* ---- --clock ---- */

/* A number of exactly `width` digits at the front of *s, between min and max. */
static bool cut_number(bk_str *s, size_t width, int min, int max, int *ret) {
    uint64_t n;
    if (s->n < width || bk_parse_uint(bk_str_sub(*s, 0, width), 10, &n) != BK_NUM_OK || n < (uint64_t)min || n > (uint64_t)max)
        return false;
    *ret = (int)n;
    *s = bk_str_from(*s, width);
    return true;
}

static bool cut_byte(bk_str *s, const char *any) {
    if (!s->n || !strchr(any, s->p[0]) || !s->p[0]) return false;
    *s = bk_str_from(*s, 1);
    return true;
}

static bool cut_fraction(bk_str *s, uint32_t *ret_nsec) {
    uint32_t scale = 100000000;
    *ret_nsec = 0;
    if (!cut_byte(s, ".")) return true;
    size_t digits = 0;
    for (; s->n && s->p[0] >= '0' && s->p[0] <= '9'; *s = bk_str_from(*s, 1), digits++) {
        *ret_nsec += (uint32_t)(s->p[0] - '0') * scale;
        scale /= 10;
    }
    return digits > 0 && digits <= 9;
}

static bool cut_offset(bk_str *s, int *ret_seconds) {
    int h, m;
    *ret_seconds = 0;
    if (cut_byte(s, "Zz")) return true;
    if (!s->n) return false;
    int sign = s->p[0] == '-' ? -1 : 1;
    if (!cut_byte(s, "+-") || !cut_number(s, 2, 0, 23, &h) || !cut_byte(s, ":") || !cut_number(s, 2, 0, 59, &m)) return false;
    *ret_seconds = sign * (h * 3600 + m * 60);
    return true;
}

static bool parse_rfc3339(bk_str s, int64_t *ret_unix, uint32_t *ret_nsec) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day, hour, minute, second, offset;
    bool ok = cut_number(&s, 4, 0, 9999, &year) && cut_byte(&s, "-") && cut_number(&s, 2, 1, 12, &month) && cut_byte(&s, "-") &&
              cut_number(&s, 2, 1, 31, &day) && cut_byte(&s, "Tt ") && cut_number(&s, 2, 0, 23, &hour) && cut_byte(&s, ":") &&
              cut_number(&s, 2, 0, 59, &minute) && cut_byte(&s, ":") && cut_number(&s, 2, 0, 59, &second) && cut_fraction(&s, ret_nsec) &&
              cut_offset(&s, &offset) && s.n == 0;
    if (!ok) return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > days[month - 1] + (month == 2 && leap)) return false;
    *ret_unix = bk_days_of_date((bk_date){year, (unsigned)month, (unsigned)day}) * 86400 + hour * 3600 + minute * 60 + second - offset;
    return true;
}

bk_status bk_handlers_set_clock(bk_builtins *b, bk_str text, bk_err *err) {
    int64_t seconds;
    b->clock_nsec = 0;
    if (bk_parse_int(text, 10, &seconds) == BK_NUM_OK && seconds >= -62135596800 && seconds <= 253402300799) {
        b->clock_unix = seconds;
    } else if (!parse_rfc3339(text, &b->clock_unix, &b->clock_nsec)) {
        return bk_err_set(err, BK_ERR, "invalid --clock \"%.*s\": a time is 2006-01-02T15:04:05Z or seconds since 1970", BK_FMT(text));
    }
    b->clock_fixed = true;
    return BK_OK;
}
