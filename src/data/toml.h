/* toml.h: TOML in and out, as BurntSushi/toml does it, which Helm's toToml and fromToml use.
 *
 * Reading gives int64, float64, bool, string, maps, []interface {} for arrays, []map[string]interface {} for arrays of tables, and time.Time objects
 * (bk_toml_time). Every refusal is worded as there: `toml: line 3 (last key "a.b"): …`. Nesting beyond BK_LIMIT_DEPTH is refused.
 * Times without a zone are taken as UTC, where Go takes the zone of the machine.
 *
 * Writing takes any map; keys in order of bytes, tables behind plain values, nil left out. */
#ifndef BK_DATA_TOML_H
#define BK_DATA_TOML_H

#include "base/buf.h"
#include "value/value.h"

/* toml.Unmarshal into a map. Strings without escapes are views into the text. *ret is unchanged on failure. */
bk_status bk_toml_decode(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err);

/* toml.Encoder.Encode, appended. Objects that make a string of themselves in JSON are strings here as well, others are tables. Errors: "toml:
 * cannot encode array with nil element", …; what was appended before stays.
 * For nil Go panics instead, with this text; a caller that shows errors as text has to tell that case apart. */
#define BK_TOML_NIL_PANIC "reflect: call of reflect.Value.Type on zero Value"
bk_status bk_toml_encode(bk_buf *out, bk_arena *arena, bk_value v, bk_err *err);

#endif
