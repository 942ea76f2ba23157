/* logtext.h: lines of the log as Go's slog writes them: msg="two words" key=value.
 *
 * Warnings about charts are read by people and by scripts, so they keep Helm's form. Whoever prints one puts "level=WARN " in front. */
#ifndef BK_VALUE_LOGTEXT_H
#define BK_VALUE_LOGTEXT_H

#include "base/buf.h"

/* Appends key=value, after a blank when out is not empty; the value is quoted as slog's text handler quotes. */
void bk_log_attr(bk_buf *out, const char *key, bk_str value);

#endif
