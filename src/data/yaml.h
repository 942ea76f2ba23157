/* yaml.h: YAML in and out, as Helm's libraries do it.
 *
 * Helm reads with sigs.k8s.io/yaml: go-yaml v2 makes a tree (YAML 1.1: yes and on are true, 0777 is octal), keys become strings, the tree becomes
 * JSON and the JSON values. So numbers are float64, NaN is refused, and errors have two layers: "error converting YAML to JSON: yaml: line
 * 3: …" and "error unmarshaling JSON: while decoding JSON: json: …". Only the first document of a text is read, as there; what follows is not even
 * looked at. It writes by the same way back (bk_yaml_encode).
 *
 * Hostile texts: nesting beyond 10,000 and aliases that multiply ("document contains excessive aliasing") are refused like in go-yaml, the
 * rest is bounded by the arena's cap. Time is linear in the text and in what its aliases stand for.
 *
 * Texts are copied; the values do not refer to them. Aliased maps are copies: a change to one does not show in the other. */
#ifndef BK_DATA_YAML_H
#define BK_DATA_YAML_H

#include "base/buf.h"
#include "value/value.h"

/* How to read. */
enum {
    BK_YAML_STRICT = 1,  /* keys that are set twice are an error (UnmarshalStrict) */
    BK_YAML_NUMBERS = 2, /* numbers keep the type that go-yaml gives them: int, uint64 beyond it, float64 (else all are float64) */
    BK_YAML_TOKENS = 4,  /* by way of tokens, also where there is a straight way (yaml_straight.h): tests hold the two against each other */
};

/* yaml.Unmarshal into `target`: BK_T_NIL takes any value, BK_T_MAP a map, BK_T_LIST a list. An empty text and null leave a target
 * as it was in Go; here an empty map, an empty list. A value that does not suit the target is an error, and *ret then
 * is such an empty one; every other error leaves *ret as it was. */
bk_status bk_yaml_decode(bk_arena *arena, bk_str text, unsigned flags, bk_type target, bk_value *ret, bk_err *err);

/* Takes the next document off `*rest`, cut as Kubernetes' YAMLReader cuts: at lines that begin with "---", whatever they are a part of, with nothing but white space or a
 * comment behind it ("invalid Yaml document separator: x"). Lines end in a bare newline in *ret. *ret_more is false at the end. */
bk_status bk_yaml_next_document(bk_arena *arena, bk_str *rest, bk_str *ret, bool *ret_more, bk_err *err);

/* yaml.YAMLToJSON, as a value instead of text: errors come without the prefixes above ("yaml: line 3: …"). */
bk_status bk_yaml_read(bk_arena *arena, bk_str text, unsigned flags, bk_value *ret, bk_err *err);

/* The first document as go-yaml v3 sees it, for what Helm reads into structs of its own (plugin.yaml): the reader then knows the type that it wants
 * and the line to complain about. A node is a list of three:
 *
 *     [tag, line, text]                     a scalar: "!!str", "!!int", "!!bool" (true and false only), "!!null", "!!float", "!!timestamp", "!!merge"
 *     ["!!seq", line, [node, …]]
 *     ["!!map", line, [key, value, key, value, …]]
 *
 * with other tags where the text has them. Lines are int64 and count from 1. Aliases are replaced by what they stand for, "<<" is not. An empty text gives
 * nil. Errors: "yaml: line 3: …", with v3's lines. */
bk_status bk_yaml_tree(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err);
/* The same for files where what stands behind the first document must not be overlooked: it is an error, unless it is empty. */
bk_status bk_yaml_tree_one(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err);
/* What a scalar of such a tree means: nil, bool, int, uint64, float64; else its text (timestamps too; binary data decoded). A tag that the text does not suit is
 * an error: "yaml: cannot decode !!str `x` as a !!int". */
bk_status bk_yaml_tree_scalar(bk_arena *arena, bk_str tag, bk_str text, bk_value *ret, bk_err *err);
/* Whether anything stands behind the first document: another that is not empty, or text that is no YAML. */
bk_status bk_yaml_tree_more(bk_arena *arena, bk_str text, bool *ret, bk_err *err);

/* What sigs.k8s.io/yaml makes of a number or a truth where the target is a string field (version: 1.10 is "1.1"): the text, for values read with
 * BK_YAML_NUMBERS. Others are returned as they are. */
bool bk_yaml_coerce_string(bk_arena *arena, bk_value v, bk_value *ret) BK_MUST;

/* Appends yaml.Marshal's text (with its last newline): v goes by way of JSON, so numbers are written as JSON and go-yaml between them make them (1e6
 * is 1000000), keys are in go-yaml's natural order, lines fold at column 80. Errors: "error marshaling into JSON: json: …", and "yaml: …" where go-yaml
 * cannot read that JSON again (a control character in a string, a key of more than 1,000 characters). What was appended before
 * an error is taken back. `arena` serves scratch. */
bk_status bk_yaml_encode(bk_buf *out, bk_arena *arena, bk_value v, bk_err *err);
/* yaml.JSONToYAML. */
bk_status bk_yaml_from_json(bk_buf *out, bk_arena *arena, bk_str json, bk_err *err);
/* go-yaml v3's Encoder with SetIndent(2), which toYamlPretty uses: no JSON in between (1e6 is 1e+06, NaN is .nan), lists in maps are indented, lines
 * do not fold. Beyond BK_LIMIT_DEPTH an error, where go-yaml runs out of stack. Keys of structs are those that their class
 * gives for JSON, in lower case. */
bk_status bk_yaml_encode_pretty(bk_buf *out, bk_arena *arena, bk_value v, bk_err *err);

#endif
