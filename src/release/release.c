#include "release/release.h"

#include <time.h>

bool bk_words_have(bk_words words, const char *word) {
    for (size_t i = 0; i < words.n; i++)
        if (bk_str_eq(words.p[i], bk_str_c(word))) return true;
    return false;
}

bk_status bk_words_of(bk_arena *arena, bk_map *map, const char *key, bk_words *ret, bk_err *err) {
    const bk_value *v = bk_map_get(map, bk_str_c(key));
    uint32_t n = v && v->kind == BK_LIST ? v->len : 0;
    bk_str *words = BK_NEW_ARRAY(arena, bk_str, n + 1);
    if (!words) return bk_arena_fail(arena, err);
    for (uint32_t i = 0; i < n; i++) words[i] = bk_is_string(v->items[i]) ? bk_value_str(v->items[i]) : BK_S("");
    *ret = (bk_words){words, n};
    return BK_OK;
}

bool bk_hook_has_event(const bk_hook *hook, const char *event) { return bk_words_have(hook->events, event); }

bk_str bk_release_metadata(const bk_release *release, const char *key) {
    return release->metadata.kind == BK_MAP ? bk_map_str(release->metadata.map, key, BK_S("")) : BK_S("");
}

bk_status bk_release_chart_name(bk_arena *arena, const bk_release *release, bk_str *ret, bk_err *err) {
    *ret = BK_S("MISSING");
    if (release->metadata.kind != BK_MAP) return BK_OK;
    bk_str name = bk_release_metadata(release, "name"), version = bk_release_metadata(release, "version");
    return bk_arena_printf(arena, ret, "%.*s-%.*s", BK_FMT(name), BK_FMT(version)) ? BK_OK : bk_arena_fail(arena, err);
}

bk_str bk_release_app_version(const bk_release *release) {
    return release->metadata.kind == BK_MAP ? bk_release_metadata(release, "appVersion") : BK_S("MISSING");
}

bool bk_status_is_pending(bk_str status) {
    return bk_str_eq(status, BK_STATUS_PENDING_INSTALL) || bk_str_eq(status, BK_STATUS_PENDING_UPGRADE) ||
           bk_str_eq(status, BK_STATUS_PENDING_ROLLBACK);
}

static bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool bk_release_name_valid(bk_str name) {
    bool before = false; /* a letter or a digit */
    if (name.n == 0 || name.n > 53) return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool word = is_word(c);
        if (!word && c != '-' && c != '.') return false;
        /* The words between dots begin and end with one of these. */
        if (!word && !before && (c == '.' || i == 0 || name.p[i - 1] == '.')) return false;
        before = word;
    }
    return before;
}

bool bk_release_label_is_own(bk_str key) {
    static const char *const own[] = {"name", "owner", "status", "version", "createdAt", "modifiedAt"};
    for (size_t i = 0; i < BK_COUNT(own); i++)
        if (bk_str_eq(key, bk_str_c(own[i]))) return true;
    return false;
}

/* ---- now ---- */

static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static void put_fraction(bk_buf *out, int32_t nsec) {
    if (!nsec) return;
    bk_buf_printf(out, ".%09d", (int)nsec);
    while (out->n && out->p[out->n - 1] == '0') out->n--;
}

static void put_zone(bk_buf *out, const struct tm *tm, bool colon) {
    long minutes = tm->tm_gmtoff / 60;
    char sign = minutes < 0 ? '-' : '+';
    if (minutes < 0) minutes = -minutes;
    bk_buf_printf(out, "%c%02ld%s%02ld", sign, minutes / 60, colon ? ":" : "", minutes % 60);
}

bk_status bk_release_now(bk_arena *arena, bk_release_time *ret, bk_err *err) {
    struct timespec now;
    struct tm tm;
    bk_buf text, ansic, shown;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || !localtime_r(&now.tv_sec, &tm))
        return bk_err_set(err, BK_ERR_IO, "the system has no clock");
    *ret = (bk_release_time){.sec = now.tv_sec, .nsec = (int32_t)now.tv_nsec};
    bk_buf_init(&text, arena, 64);
    bk_buf_printf(&text, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    put_fraction(&text, ret->nsec);
    if (tm.tm_gmtoff) put_zone(&text, &tm, true);
    else bk_buf_byte(&text, 'Z');
    BK_TRY(bk_buf_check(&text, err));
    ret->text = bk_buf_take(&text);
    bk_buf_init(&ansic, arena, 64);
    bk_buf_printf(&ansic, "%s %s %2d %02d:%02d:%02d %04d", days[tm.tm_wday % 7], months[tm.tm_mon % 12], tm.tm_mday, tm.tm_hour, tm.tm_min,
                  tm.tm_sec, tm.tm_year + 1900);
    BK_TRY(bk_buf_check(&ansic, err));
    ret->ansic = bk_buf_take(&ansic);
    bk_buf_init(&shown, arena, 96);
    bk_buf_printf(&shown, "%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    put_fraction(&shown, ret->nsec);
    bk_buf_byte(&shown, ' ');
    put_zone(&shown, &tm, false);
    bk_buf_byte(&shown, ' ');
    bk_buf_c(&shown, tm.tm_zone && *tm.tm_zone ? tm.tm_zone : "UTC");
    BK_TRY(bk_buf_check(&shown, err));
    ret->shown = bk_buf_take(&shown);
    return BK_OK;
}
