/* yaml_resolve.h: what a scalar of YAML 1.1 means to go-yaml, inside src/data only (users include yaml.h).
 *
 * Reading asks for the value, writing whether a text would be read as something else than a string. */
#ifndef BK_DATA_YAML_RESOLVE_H
#define BK_DATA_YAML_RESOLVE_H

#include "base/err.h"
#include "value/value.h"

typedef enum bk_yaml_tag {
    BK_YAML_TAG_NONE,
    BK_YAML_TAG_STR,
    BK_YAML_TAG_NULL,
    BK_YAML_TAG_BOOL,
    BK_YAML_TAG_INT,
    BK_YAML_TAG_FLOAT,
    BK_YAML_TAG_TIMESTAMP,
    BK_YAML_TAG_BINARY,
    BK_YAML_TAG_OTHER,
} bk_yaml_tag;

/* Not 0 for first bytes of texts that may be something else than a string. */
extern const uint8_t bk_yaml_hints[256];

/* The type of an untagged plain scalar, and its value: nil, bool, int, uint64 (when int64 is too small), float64; a string for the rest, timestamps
 * included. */
bk_yaml_tag bk_yaml_guess_slow(bk_str text, bk_value *ret);
static inline bk_yaml_tag bk_yaml_guess(bk_str text, bk_value *ret) {
    *ret = bk_string(text);
    if (text.n && !bk_yaml_hints[(unsigned char)text.p[0]]) return BK_YAML_TAG_STR;
    return bk_yaml_guess_slow(text, ret);
}
/* The same with go-yaml v3's types: of the truths of YAML 1.1 it takes all but true and false for strings. */
static inline bk_yaml_tag bk_yaml_guess_v3(bk_str text) {
    bk_value ignored;
    bk_yaml_tag tag = bk_yaml_guess(text, &ignored);
    bool old = tag == BK_YAML_TAG_BOOL && (text.p[0] | 0x20) != 't' && (text.p[0] | 0x20) != 'f';
    return old ? BK_YAML_TAG_STR : tag;
}
/* The value of a scalar with a tag (in full). Binary data is decoded: the string then may be no UTF-8. */
bk_status bk_yaml_resolve(bk_arena *arena, bk_str tag, bk_str text, bk_value *ret, bk_err *err) BK_MUST;

#endif
