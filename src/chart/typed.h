/* typed.h: YAML into a C struct, as sigs.k8s.io/yaml and encoding/json fill a Go struct.
 *
 * A shape describes a struct: its Go name and its fields with their JSON names. Decoding keeps the rules that show in errors and results:
 *   - keys match a field exactly, else ignoring case; the keys of a map are taken in byte order, so the last of several wins; unknown keys are
 *     ignored (or refused, strictly);
 *   - a number or a boolean where text is wanted becomes text (1.10 becomes "1.1"); null leaves text and booleans as they were;
 *   - a value of the wrong kind does not stop the decoding, and the first such is the error;
 *   - what the struct held before stays where nothing comes in, even in the items of a list.
 *
 * The reverse direction makes the map that json.Marshal would write. */
#ifndef BK_CHART_TYPED_H
#define BK_CHART_TYPED_H

#include "value/map.h"

typedef enum bk_field_kind {
    BK_FIELD_STRING,     /* bk_str */
    BK_FIELD_BOOL,       /* bool */
    BK_FIELD_STRINGS,    /* bk_list_of of bk_str */
    BK_FIELD_STRING_MAP, /* bk_map *, values are strings; NULL: nil */
    BK_FIELD_STRUCTS,    /* bk_list_of of pointers to structs; NULL items: null */
    BK_FIELD_ANYS,       /* bk_value: a LIST, nil slice at first */
    BK_FIELD_TIME,       /* bk_str: the text, checked to be RFC 3339 */
} bk_field_kind;

/* A Go slice: p NULL is the nil slice. `seen` counts the items that were ever there: a list that shrank and grows again finds the old ones. */
typedef struct bk_list_of {
    void *p;
    size_t n, seen, cap;
} bk_list_of;

typedef struct bk_shape bk_shape;

typedef struct bk_field {
    const char *go, *json;
    const char *type; /* Go's type, for errors; STRUCTS: the item's type without its package, "Maintainer" */
    uint8_t kind;
    bool always; /* written even when empty */
    uint16_t offset;
    const bk_shape *shape; /* STRUCTS */
    const char *
        embedded; /* the struct it came with in Go, "Metadata": errors name it, and YAML's scalars are no texts in it; NULL: a field of its own */
} bk_field;

struct bk_shape {
    const char *name; /* "Metadata" */
    size_t size;
    const bk_field *fields;
    size_t n;
};

static inline bk_str bk_list_str(const bk_list_of *list, size_t i) { return ((const bk_str *)list->p)[i]; }
static inline void *bk_list_ptr(const bk_list_of *list, size_t i) { return ((void *const *)list->p)[i]; }

typedef struct bk_typed {
    bk_arena *arena;
    const char *package; /* Go's package in type names: "v2" */
    bool strict;         /* unknown fields and repeated keys are errors */
    bool json;           /* the text is JSON: a number is no text */
} bk_typed;

/* yaml.Unmarshal(text, target): target is a struct of that shape, zeroed or filled. *ret_null: the text was null or nothing, which changes nothing. */
bk_status bk_typed_decode(const bk_typed *t, bk_str text, const bk_shape *shape, void *target, bool *ret_null, bk_err *err);
/* The same for a value that was read before (BK_YAML_NUMBERS, or JSON), a member of a struct: `path` is where it stands there ("entries"), NULL for the whole.
 * The first value of a wrong kind is kept in *first, which may hold one already. Changes the value's maps. */
bk_status bk_typed_decode_value(const bk_typed *t, bk_value v, const bk_shape *shape, const char *path, void *target, bk_err *first,
                                bk_err *err);
/* What json.Marshal writes for the struct: a map, empty fields left out. */
bk_status bk_typed_json(bk_arena *arena, const bk_shape *shape, const void *source, bk_value *ret, bk_err *err);
/* Appends json.Marshal's text for the struct: as above, with the fields in their order. */
bk_status bk_typed_text(bk_buf *out, bk_arena *arena, const bk_shape *shape, const void *source, bk_err *err);
/* What Helm's accessor makes of the struct for templates: a map by Go's field names, nothing left out. */
bk_status bk_typed_fields(bk_arena *arena, const bk_shape *shape, const void *source, bk_value *ret, bk_err *err);

/* Room for one more item of that size at the end of a list; the item is zeroed unless an old one is found there. NULL without memory. */
void *bk_list_grow(bk_arena *arena, bk_list_of *list, size_t item);

#endif
