/* value.h: the dynamic values of templates, as Go's templates see them.
 *
 * A bk_value is 16 bytes, copied freely, and refers into the arena of the call. Lists are immutable slices: a function that
 * changes one makes another, as Sprig does. Maps are references: `set $d "k" 1` is seen through every alias, so a map can contain
 * itself; whoever walks values carries a depth budget (BK_LIMIT_DEPTH).
 *
 * `type` is the Go type (types.def), `kind` the shape of the payload, which the type determines. Numbers keep Go's distinctions: what
 * YAML reads is float64, what --set reads is int64, what Sprig computes is int64 or int, and printf "%d" tells them apart.
 *
 * nil: kind BK_NIL. A typed nil (Go: var l []string; a nil map) is a LIST with items == NULL, a MAP with map == NULL; len is 0. An
 * empty list that is not nil has items == bk_no_items. The difference shows in JSON (null against []). */
#ifndef BK_VALUE_VALUE_H
#define BK_VALUE_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

typedef enum bk_kind {
    BK_NIL,
    BK_BOOL,
    BK_INT,
    BK_UINT,
    BK_FLOAT,
    BK_STRING, /* string and []byte */
    BK_LIST,
    BK_MAP,
    BK_OBJECT, /* a struct, a pointer or a func: see bk_object */
} bk_kind;

typedef enum bk_type {
#define BK_TYPE(id, name, kind, shape) BK_T_##id,
#include "value/types.def"
#undef BK_TYPE
    BK_TYPE_COUNT
} bk_type;

typedef struct bk_map bk_map;
typedef struct bk_object bk_object;

typedef struct bk_value {
    uint8_t kind; /* bk_kind */
    uint8_t type; /* bk_type */
    uint16_t spare;
    uint32_t len; /* STRING: bytes; LIST: items */
    union {
        bool b;
        int64_t i;
        uint64_t u;
        double f;
        const char *s;
        const struct bk_value *items;
        bk_map *map;
        const bk_object *object;
    };
} bk_value;

/* ---- objects: structs, pointers to structs, functions ---- */

/* What an object's fields and methods are. `self` is the bk_object. Fields that do not exist: false.
 * Methods are values of kind OBJECT, type FUNC, whose meaning the owner of the class and the caller agree on (src/tmpl/func.h). */
#define BK_CLASS_FIELDS 6u

typedef struct bk_class {
    const char *name; /* Go's %T: "time.Time", "*semver.Version" */
    /* Its String or Error method; NULL: it has none. */
    bk_status (*print)(const bk_object *self, bk_buf *out, bk_err *err);
    /* What {{ }} prints, if that differs: there Go follows a pointer, and can call a String method that a copy has not. NULL: as print. */
    bk_status (*show)(const bk_object *self, bk_buf *out, bk_err *err);
    /* The exported field of that name; NULL: none. */
    bool (*field)(const bk_object *self, bk_arena *arena, bk_str name, bk_value *ret);
    /* What encoding/json makes of it, as a value; NULL: an empty object. */
    bk_status (*json)(const bk_object *self, bk_arena *arena, bk_value *ret, bk_err *err);
    /* reflect.DeepEqual of two objects of this class; NULL: an object equals itself only. */
    bool (*equal)(const bk_object *a, const bk_object *b);
    /* What %#v prints: what the GoString method returns, or "T{…}" with all fields; without the "&" of a pointer. NULL: an empty struct. */
    bk_status (*syntax)(const bk_object *self, bk_buf *out, bk_err *err);
    /* What printing goes through where no method speaks: the fields of the struct, at most BK_CLASS_FIELDS, in their order. NULL: nobody may look inside,
     * and the type's name is printed. */
    size_t (*fields)(const bk_object *self, bk_value *ret);
    /* The names of those, as the Go struct has them: for %+v, and for encoders that go by them. NULL: nobody needs them. */
    const char *const *names;
    /* The struct behind an interface, where Go cannot take its address, and methods of the pointer are gone. NULL: that makes no difference. */
    const bk_object *(*copy)(const bk_object *self);
    /* `data` is one block of the arena, and refers to nothing but what `fields` gives. */
    bool plain;
} bk_class;

struct bk_object {
    const bk_class *class;
    void *data; /* meaning by class; may be NULL */
};

static inline const bk_object *bk_object_copied(const bk_object *object) {
    return object && object->class->copy ? object->class->copy(object) : object;
}

/* ---- makers ---- */

extern const bk_value bk_no_items[1]; /* items of an empty list that is not nil */

static inline bk_value bk_nil(void) { return (bk_value){.kind = BK_NIL, .type = BK_T_NIL}; }
static inline bk_value bk_bool(bool b) { return (bk_value){.kind = BK_BOOL, .type = BK_T_BOOL, .b = b}; }
static inline bk_value bk_int_typed(bk_type type, int64_t i) { return (bk_value){.kind = BK_INT, .type = (uint8_t)type, .i = i}; }
static inline bk_value bk_uint_typed(bk_type type, uint64_t u) { return (bk_value){.kind = BK_UINT, .type = (uint8_t)type, .u = u}; }
static inline bk_value bk_int(int64_t i) { return bk_int_typed(BK_T_INT, i); }
static inline bk_value bk_int64(int64_t i) { return bk_int_typed(BK_T_INT64, i); }
static inline bk_value bk_float(double f) { return (bk_value){.kind = BK_FLOAT, .type = BK_T_FLOAT64, .f = f}; }
/* s must be shorter than 4 GiB, which every buffer's cap guarantees; the bytes are borrowed. */
static inline bk_value bk_string(bk_str s) {
    return (bk_value){.kind = BK_STRING, .type = BK_T_STRING, .len = (uint32_t)s.n, .s = s.p ? s.p : ""};
}
static inline bk_value bk_bytes(bk_str s) {
    return (bk_value){.kind = BK_STRING, .type = BK_T_BYTES, .len = (uint32_t)s.n, .s = s.p ? s.p : ""};
}
/* n items, borrowed and never changed afterwards. items NULL with n 0 makes the nil slice; use bk_no_items for an empty one. */
static inline bk_value bk_list_typed(bk_type type, const bk_value *items, size_t n) {
    return (bk_value){.kind = BK_LIST, .type = (uint8_t)type, .len = (uint32_t)n, .items = items};
}
static inline bk_value bk_list(const bk_value *items, size_t n) { return bk_list_typed(BK_T_LIST, n ? items : bk_no_items, n); }
static inline bk_value bk_map_typed(bk_type type, bk_map *map) { return (bk_value){.kind = BK_MAP, .type = (uint8_t)type, .map = map}; }
static inline bk_value bk_map_value(bk_map *map) { return bk_map_typed(BK_T_MAP, map); }
static inline bk_value bk_object_value(bk_type type, const bk_object *object) {
    return (bk_value){.kind = BK_OBJECT, .type = (uint8_t)type, .object = object};
}

/* ---- questions ---- */

static inline bool bk_is_nil(bk_value v) { return v.kind == BK_NIL; }
static inline bool bk_is_string(bk_value v) { return v.type == BK_T_STRING; }
static inline bk_str bk_value_str(bk_value v) { return (bk_str){v.s, v.len}; }
/* Go's %T and reflect.Kind's name. */
const char *bk_type_name(bk_value v);
const char *bk_kind_name(bk_value v);
/* A value of a typed container's element, as Go's static element type has it ("interface {}" for LIST and MAP). */
const char *bk_elem_type_name(bk_type type);
/* text/template's truth: false, 0, "", nil, empty list and map are false; a struct is true. */
bool bk_truth(bk_value v);
/* Items of a list, entries of a map, bytes of a string; 0 for the rest. */
size_t bk_value_len(bk_value v);
/* reflect.DeepEqual: types count (int 1 differs from int64 1, a nil list from an empty one). Beyond the depth budget: false. */
bool bk_deep_equal(bk_value a, bk_value b);
/* A copy that shares no map with the original: Sprig's deepCopy. Lists are copied only when a map is inside. */
bk_status bk_deep_copy(bk_arena *arena, bk_value v, bk_value *ret, bk_err *err);

/* ---- lists under construction ---- */

/* A growing list in an arena; sticky like bk_buf. */
typedef struct bk_items {
    bk_value *p;
    size_t n, cap;
    bk_arena *arena;
    bool failed;
} bk_items;

void bk_items_init(bk_items *items, bk_arena *arena);
void bk_items_add(bk_items *items, bk_value v);
/* The finished list of that type (never the nil slice); fails if an append did. */
bk_status bk_items_list(bk_items *items, bk_type type, bk_value *ret, bk_err *err) BK_MUST;

#endif
