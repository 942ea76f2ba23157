/* strvals.h: the arguments of --set, --set-string, --set-json, --set-literal and --set-file.
 *
 * An argument is a list of assignments to names ("a.b[2].c=1,d={x,y}") that change a map in place. What comes out is Helm's to the byte, the
 * mistakes included:
 *   - an assignment that fails leaves those before it done, and its own may be done in part ("a[0]x=1" leaves a: []);
 *   - a name that ends where it should go on is no error at the end of the text ("a.", "a[0"), it just assigns nothing;
 *   - text is read rune by rune: invalid UTF-8 becomes U+FFFD.
 *
 * Values: SET reads true, false, null (in any case), int64 numbers without a leading zero, and strings; STRING and LITERAL strings, JSON
 * float64 numbers as JSON has them; FILE the text of the named file. {a,b} makes a list, except with JSON and LITERAL.
 *
 * Caps: a list index of 65536 and 30 dots in a name, as in Helm; BK_LIMIT_DEPTH for names in all, indices included. */
#ifndef BK_CHART_STRVALS_H
#define BK_CHART_STRVALS_H

#include "value/map.h"

typedef enum bk_strvals_mode {
    BK_STRVALS_SET,
    BK_STRVALS_STRING,
    BK_STRVALS_JSON,
    BK_STRVALS_LITERAL,
    BK_STRVALS_FILE,
} bk_strvals_mode;

/* Who reads the files of --set-file. The text must live as long as the arena; the path lives only during the call. */
typedef struct bk_strvals_reader {
    void *self;
    bk_status (*read)(void *self, bk_str path, bk_str *ret, bk_err *err);
} bk_strvals_reader;

/* Applies `text`, which must live as long as the values, to `dest`. reader is needed for FILE alone.
 *
 * Maps and lists in dest change in place: no other value may share them. Lists that this made carry a mark in bk_value.spare, by which
 * the next call knows that there is room at their end. */
bk_status bk_strvals_parse(bk_arena *arena, bk_strvals_mode mode, bk_str text, bk_map *dest, const bk_strvals_reader *reader, bk_err *err);

#endif
