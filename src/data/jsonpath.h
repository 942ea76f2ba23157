/* jsonpath.h: JSONPath templates as kubectl and `helm show values --jsonpath` have them (client-go's dialect).
 *
 * A template is text with actions in braces: "{.a.b}", "{.list[0]['key']}", "{.list[1:-1:2]}", "{..name}", "{.list[*]}", "{.a['x','y']}",
 * "{.list[?(@.n > 1.5)].name}", "{range .list[*]}{.name}{"\n"}{end}". Quirks are kept: a dictionary key in brackets stands in
 * single quotes, a filter compares numbers of one kind only (YAML's are floats, so 1 is never equal to one and 1.0 is), text fields
 * take their wildcard as bytes.
 *
 * Maps are walked in the order of their keys, where Go's order is random. */
#ifndef BK_DATA_JSONPATH_H
#define BK_DATA_JSONPATH_H

#include "base/buf.h"
#include "value/value.h"

/* Longest template, and how deep filters stand within filters. */
#define BK_JSONPATH_MAX ((size_t)1 << 20)
#define BK_JSONPATH_DEPTH 64u

typedef struct bk_jsonpath_list bk_jsonpath_list;

typedef struct bk_jsonpath {
    bk_jsonpath_list *root;
} bk_jsonpath;

/* Errors are client-go's: "unclosed action", "unrecognized character in action: U+0026 '&'", "invalid array index x" … The text must live as long as
 * the template. */
bk_status bk_jsonpath_parse(bk_arena *arena, bk_str text, bk_jsonpath *ret, bk_err *err) BK_MUST;
/* Appends what the template makes of `data`. Nothing is appended when something is not found ("x is not found") or cannot be compared. */
bk_status bk_jsonpath_print(bk_buf *out, bk_arena *arena, const bk_jsonpath *path, bk_value data, bk_err *err) BK_MUST;

#endif
