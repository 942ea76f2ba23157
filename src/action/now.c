#include "action/now.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/buf.h"

bk_status bk_now_text(bk_arena *arena, bk_str *ret, bk_err *err) {
    struct timespec now;
    struct tm local;
    char digits[16] = "", date[32] = "";
    bk_buf b;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || !localtime_r(&now.tv_sec, &local))
        return bk_err_set(err, BK_ERR_IO, "cannot tell the time: %s", strerror(errno));
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &local);
    bk_buf_init(&b, arena, 0);
    bk_buf_c(&b, date);
    int n = snprintf(digits, sizeof digits, ".%09ld", now.tv_nsec);
    while (n > 0 && digits[n - 1] == '0') n--;
    if (n > 1) bk_buf_bytes(&b, digits, (size_t)n);
    long minutes = local.tm_gmtoff / 60, size = minutes < 0 ? -minutes : minutes;
    if (minutes == 0) bk_buf_byte(&b, 'Z');
    else bk_buf_printf(&b, "%c%02ld:%02ld", minutes < 0 ? '-' : '+', size / 60, size % 60);
    BK_TRY(bk_buf_check(&b, err));
    *ret = bk_buf_take(&b);
    return BK_OK;
}
