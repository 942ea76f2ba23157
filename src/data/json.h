/* json.h: JSON in and out, as Go's encoding/json does it.
 *
 * Reading accepts what encoding/json accepts and words every refusal as it does ("invalid character 'x' looking for beginning of value"). Objects
 * become maps (the last of equal keys wins), numbers float64 unless a flag says otherwise. Invalid UTF-8 and lone surrogates become U+FFFD.
 * Strings without escapes are views into the text, which must therefore live as long as the values.
 * Nesting beyond BK_JSON_DEPTH is refused, as in Go. No function here recurses on reading; writing recurses up to the same depth.
 *
 * Writing sorts the keys of maps by bytes (bk_map_sort: the map's own order changes, nobody can tell), and formats numbers, strings, nil
 * slices and byte slices as json.Marshal does. Objects are asked through their class. A map that contains itself is an error. */
#ifndef BK_DATA_JSON_H
#define BK_DATA_JSON_H

#include "base/buf.h"
#include "value/value.h"

#define BK_JSON_DEPTH 10000u

/* How to read. */
enum {
    BK_JSON_INT64 = 1,  /* integral literals that fit become int64 (else float64) */
    BK_JSON_NUMBER = 2, /* json.Number: every number stays text: see bk_json_is_number */
};

/* json.Unmarshal into `target`: BK_T_NIL takes any value, BK_T_MAP an object or null (the nil map), BK_T_LIST an array or null (the nil slice).
 *
 * Text that is not JSON leaves *ret as it was. As in Go, a number beyond float64 or a value that does not suit the target is an
 * error too ("json: cannot unmarshal array into Go value of type map[string]interface {}"), but *ret then holds the rest: such a number is
 * nil, a target that does not suit is an empty map or list. */
bk_status bk_json_decode(bk_arena *arena, bk_str text, unsigned flags, bk_type target, bk_value *ret, bk_err *err);

/* json.Decoder.Decode: reads the first value and leaves the rest: *ret_used is how many bytes were read. Without any value the error is "EOF", within
 * one "unexpected EOF". */
bk_status bk_json_decode_first(bk_arena *arena, bk_str text, unsigned flags, bk_type target, bk_value *ret, size_t *ret_used, bk_err *err);

/* A json.Number that BK_JSON_NUMBER made: a string value whose text is the literal. bk_json_encode writes it as it is. Copying a
 * value keeps the mark; crossing the boundary (value/codec.h) loses it. */
enum { BK_JSON_NUMBER_MARK = 1 };
static inline bool bk_json_is_number(bk_value v) { return v.kind == BK_STRING && v.spare == BK_JSON_NUMBER_MARK; }
static inline bk_value bk_json_number(bk_str literal) {
    bk_value v = bk_string(literal);
    v.spare = BK_JSON_NUMBER_MARK;
    return v;
}

/* What JSON calls a value that is not null, as encoding/json's errors have it: "number", "object" … */
const char *bk_json_kind(bk_value v);

/* How to write. */
enum {
    BK_JSON_HTML = 1, /* < > & as \u003c \u003e \u0026: json.Marshal does, an Encoder with SetEscapeHTML(false) does not */
};

/* Appends json.Marshal's text. `arena` serves what objects make of themselves and scratch. Errors: "json: unsupported value: NaN", "json: unsupported
 * type: func…", "json: unsupported value: encountered a cycle via map[string]interface {}". What was appended before an error stays. */
bk_status bk_json_encode(bk_buf *out, bk_arena *arena, bk_value v, unsigned flags, bk_err *err);
/* json.MarshalIndent(v, prefix, indent). */
bk_status bk_json_encode_indent(bk_buf *out, bk_arena *arena, bk_value v, bk_str prefix, bk_str indent, unsigned flags, bk_err *err);
/* Appends s as a JSON string, with its quotes. */
void bk_json_encode_string(bk_buf *out, bk_str s, unsigned flags);
/* Appends v as encoding/json does a float of 32 or 64 bits; v is finite. */
void bk_json_encode_float(bk_buf *out, double v, int bits);

#endif
