/* yaml_emit.h: the writer's scalars, inside src/data only (users include yaml.h). */
#ifndef BK_DATA_YAML_EMIT_H
#define BK_DATA_YAML_EMIT_H

#include "base/buf.h"
#include "value/value.h"

/* A text in progress. The flags are those of go-yaml's emitter: they decide about spaces and line breaks. */
typedef struct bk_yaml_emitter {
    bk_buf *out;
    bk_arena *arena;
    int indent; /* of the innermost collection, -1 outside */
    size_t column, width;
    bool whitespace; /* the last character was white space */
    bool indention;  /* nothing but indentation and indicators on this line so far */
    bool pretty;     /* go-yaml v3 */
    bool by_json;    /* the value has not gone through JSON yet */
    bool bail;       /* by_json: something came up that only the way through JSON shows; what was written is void */
    unsigned depth;
    bool as_is; /* the next map keeps the order of its entries */
    bk_err *err;
} bk_yaml_emitter;

/* Starts a new line unless at the start of one, and indents. */
void bk_yaml_put_indent(bk_yaml_emitter *e);
/* One of the indicators "-", "?", ":", "[", …. */
void bk_yaml_put_indicator(bk_yaml_emitter *e, bk_str indicator, bool need_space, bool is_space, bool is_indention);
/* A text that is no string: a number, true, null. */
void bk_yaml_put_word(bk_yaml_emitter *e, bk_str text);
/* A string in the style that go-yaml gives it. A simple key stands on one line. */
void bk_yaml_put_string(bk_yaml_emitter *e, bk_str s, bool simple_key);
/* The same for a key: *ret_simple tells whether it can be a simple one; nothing is written if not. */
void bk_yaml_put_simple_key(bk_yaml_emitter *e, bk_str s, bool *ret_simple);
/* A string in double quotes. */
void bk_yaml_put_double_quoted(bk_yaml_emitter *e, bk_str s, bool fold);

#endif
