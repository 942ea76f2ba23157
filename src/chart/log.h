/* log.h: lines for the log, as Helm's own log writes them.
 *
 * Helm logs through slog: a level, a message and attributes ("level=WARN msg=\"…\" path=a.b"). The text given on here is that line without its
 * level; whoever collects it decides what to show. */
#ifndef BK_CHART_LOG_H
#define BK_CHART_LOG_H

#include "base/arena.h"

typedef struct bk_log {
    void *self;
    /* level: "INFO", "WARN", "ERROR". The text lives in the arena of the call. */
    void (*line)(void *self, const char *level, bk_str text);
} bk_log;

typedef struct bk_log_attr {
    const char *key;
    bk_str value;
} bk_log_attr;

/* Writes `msg=… key=value …`, quoted as slog's text handler quotes. A NULL log, or one without a function, takes nothing; a line that
 * hits a cap is cut short. */
void bk_log_write(const bk_log *log, bk_arena *arena, const char *level, bk_str message, const bk_log_attr *attrs, size_t n);

#endif
