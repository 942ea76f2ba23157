/* schema_internal.h: what the files of the schema validator share.
 *
 * schema_load.c    documents: where they come from, which resources and anchors they hold, which draft each follows
 * schema_compile.c a document's subschemas to bk_schema, as far as references reach
 * schema_check.c   a value against a bk_schema
 * schema_report.c  what is wrong, as text
 * schema_sound.c   schemas that are sound at a glance
 * schema_suits.c   values that suit at a glance: where that is so, nothing of the above is needed
 * schema_meta.c    the drafts and their meta-schemas
 *
 * Within these files BK_ERR stands for a mistake that Helm reports to the user (err has its text); any other failure ends the validation.
 *
 * Names of the machinery are the specification's: a *resource* is a (sub)schema with an identifier of its own; an *anchor* a name within
 * a resource; a *dialect* a draft with the vocabularies in use. A *place* is what is known of one JSON pointer into a document. */
#ifndef BK_CHART_SCHEMA_INTERNAL_H
#define BK_CHART_SCHEMA_INTERNAL_H

#include "base/limits.h"
#include "chart/schema.h"
#include "chart/schema_format.h"
#include "chart/schema_number.h"
#include "text/regex.h"
#include "value/map.h"

#define BK_SCHEMA_FRAMES 4000u         /* nested (sub)schema checks: a value 1,000 deep takes 3 a level against a meta-schema */
#define BK_SCHEMA_WORK 10000000u       /* units of work of one validation: about a second */
#define BK_SCHEMA_DOCS 100u            /* documents of one validation */
#define BK_SCHEMA_PATTERNS (16u << 20) /* cost of all different patterns (bk_pattern_cost): about a second and 64 MiB */
#define BK_SCHEMA_PATTERN (1u << 20)   /* cost up to which the format "regex" keeps an expression */

/* ---- keywords ---- */

typedef enum bk_keyword {
#define BK_KEYWORD(id, name, rule) BK_KW_##id,
#include "chart/schema_keywords.def"
#undef BK_KEYWORD
    BK_KW_COUNT
} bk_keyword;

extern const bk_str bk_keyword_names[BK_KW_COUNT];

/* The values of the keywords of an object, NULL for those it does not have. */
typedef struct bk_keywords {
    const bk_value *at[BK_KW_COUNT];
} bk_keywords;
void bk_keywords_read(const bk_map *object, bk_keywords *ret);
/* The text of a keyword that is a string. */
bool bk_keyword_str(const bk_keywords *kw, bk_keyword id, bk_str *ret);

/* ---- drafts (schema_meta.c) ---- */

enum { /* vocabularies */
       BK_VOCAB_CORE = 1,
       BK_VOCAB_APPLICATOR = 2,
       BK_VOCAB_UNEVALUATED = 4,
       BK_VOCAB_VALIDATION = 8,
       BK_VOCAB_META_DATA = 16,
       BK_VOCAB_FORMAT = 32,
       BK_VOCAB_FORMAT_ANNOTATION = 64,
       BK_VOCAB_FORMAT_ASSERTION = 128,
       BK_VOCAB_CONTENT = 256,
       BK_VOCABS = 9,
};

typedef struct bk_draft {
    int version;
    const char *url;
    const char *vocab_prefix;      /* of vocabulary names; NULL before 2019-09 */
    const char *meta_prefix;       /* of the vocabularies' meta-schemas */
    unsigned vocabs, usual_vocabs; /* all; those without a $vocabulary */
    bk_keyword id;
} bk_draft;

typedef struct bk_dialect {
    const bk_draft *draft;
    unsigned vocabs; /* 0: the usual ones of the draft */
} bk_dialect;

enum { BK_DRAFTS = 5 };
extern const bk_draft bk_drafts[BK_DRAFTS]; /* the last is the latest */
extern const char *const bk_vocab_names[BK_VOCABS];
/* The draft of a $schema, whose fragment is empty; NULL for another. */
const bk_draft *bk_draft_of(bk_str url);
bool bk_dialect_has(const bk_dialect *d, unsigned vocab);
/* The document of a built-in meta-schema; *ret_found tells whether there is one. */
bk_status bk_meta_document(bk_arena *arena, bk_str url, bk_value *ret, bool *ret_found, bk_err *err);

/* ---- documents (schema_load.c) ---- */

typedef struct bk_schema bk_schema;
typedef struct bk_schema_compiler bk_schema_compiler;

typedef struct bk_anchor {
    bk_str ptr;
    bool dynamic;
} bk_anchor;

typedef struct bk_resource {
    bk_str ptr, id;
    bk_str url; /* what a reference of a fragment alone resolves to; empty: not known yet */
    bk_dialect dialect;
    bk_map *anchors; /* name to bk_anchor; NULL: none */
} bk_resource;

typedef struct bk_place {
    bk_resource *resource; /* that begins here */
    bk_schema *schema;     /* compiled, or waiting to be */
    bool collected;        /* its resources are known */
} bk_place;

typedef struct bk_schema_root {
    bk_str url;
    bk_value doc;
    bk_map *places; /* JSON pointer to bk_place */
    bk_map *ids;    /* identifier to bk_resource */
    size_t resources;
} bk_schema_root;

struct bk_schema_compiler {
    bk_arena *arena;
    bk_arena *scratch; /* of checks: flaws and what leads to them, until the next check */
    bk_err *err;       /* of the validation under way */
    const bk_schema_loader *loader;
    bk_schema_compiler *meta; /* who compiles meta-schemas; NULL when this is it */
    bk_map *docs, *roots;     /* by URL */
    bk_map *patterns;         /* regular expressions by text: they hold heap memory, which bk_patterns_release frees */
    size_t pattern_cost;
    bk_schema *first, **last; /* waiting for compilation */
    bk_map *dialects;         /* meta only: schemas of dialects */
};

/* Pointers as values of a map. */
static inline void *bk_table_get(bk_map *map, bk_str key) {
    bk_value *v = bk_map_get(map, key);
    return v ? (void *)(uintptr_t)v->u : NULL;
}
static inline bool bk_table_set(bk_map *map, bk_str key, const void *p) {
    return bk_map_set(map, key, bk_uint_typed(BK_T_UINT64, (uintptr_t)p));
}

/* The value of a document's text; numbers stay text. */
bk_status bk_schema_read(bk_schema_compiler *c, bk_str text, bk_value *ret);
/* Makes a document known under a URL; it is sorted. */
bk_status bk_schema_add(bk_schema_compiler *c, bk_str url, bk_value doc);
bk_place *bk_root_place(bk_schema_compiler *c, bk_schema_root *root, bk_str ptr); /* made when missing; NULL without memory */
/* The resource that a pointer belongs to. */
bk_resource *bk_root_resource(bk_schema_root *root, bk_str ptr);
/* The root of a document, loaded and checked against its meta-schema at first. */
bk_status bk_root_load(bk_schema_compiler *c, bk_str url, bk_schema_root **ret);
/* Makes sure that what lies at ptr, where the drafts know no subschema, is one. */
bk_status bk_root_ensure(bk_schema_compiler *c, bk_schema_root *root, bk_str ptr);
/* The value at ptr. */
bk_status bk_root_lookup(bk_schema_compiler *c, const bk_schema_root *root, bk_str ptr, const bk_value **ret);
/* What `ref` means in a resource: a root and a pointer. */
bk_status bk_ref_resolve(bk_schema_compiler *c, bk_schema_root *root, bk_resource *in, bk_str ref, bk_schema_root **ret, bk_str *ret_ptr);
/* The decoded fragment of a reference. */
bk_status bk_ref_fragment(bk_schema_compiler *c, bk_str ref, bk_str *ret);

/* ptr with "/token" appended, the token escaped. False without memory. */
bool bk_ptr_append(bk_arena *arena, bk_str ptr, bk_str token, bk_str *ret);
bool bk_ptr_append_index(bk_arena *arena, bk_str ptr, size_t index, bk_str *ret);
/* Appends "/token", the token escaped. */
void bk_ptr_print(bk_buf *out, bk_str token);
/* Appends the URL of a place: url#pointer, percent-encoded. */
void bk_location_print(bk_buf *out, bk_str url, bk_str ptr);

/* ---- compiled schemas (schema_compile.c) ---- */

typedef struct bk_schemas {
    bk_schema **p;
    size_t n;
} bk_schemas;

/* Schemas for the keys of a map of the document, in its order. */
typedef struct bk_schema_map {
    bk_map *keys;  /* NULL: none */
    bk_schema **p; /* in `dependencies` NULL where the map has a list of names */
} bk_schema_map;

typedef struct bk_schema_pattern {
    bk_str text;
    const bk_regex *regex; /* NULL in meta-schemas, which outlive the validation that compiled it: ask bk_pattern_compile */
    bk_schema *schema;
} bk_schema_pattern;

/* A bound that may be missing. */
typedef struct bk_bound {
    bool is;
    int64_t v;
} bk_bound;

enum bk_json_type { /* a set of types */
                    BK_JT_NULL = 1,
                    BK_JT_BOOLEAN = 2,
                    BK_JT_NUMBER = 4,
                    BK_JT_INTEGER = 8,
                    BK_JT_STRING = 16,
                    BK_JT_ARRAY = 32,
                    BK_JT_OBJECT = 64,
};

/* additionalProperties and additionalItems */
typedef enum bk_additional { BK_ADDITIONAL_NONE, BK_ADDITIONAL_TRUE, BK_ADDITIONAL_FALSE, BK_ADDITIONAL_SCHEMA } bk_additional;

typedef struct bk_schema_object {
    bk_bound min, max;
    const bk_value *required; /* an array, its strings count */
    bk_schema_map properties, dependencies, dependent_schemas;
    bk_map *dependent_required;
    bk_schema_pattern *patterns;
    size_t n_patterns;
    bk_additional additional;
    bk_schema *additional_schema, *names, *unevaluated;
} bk_schema_object;

typedef struct bk_schema_array {
    bk_bound min, max, min_contains, max_contains;
    bool unique;
    bk_schemas prefix; /* prefixItems, and items as an array */
    bk_schema *items, *contains, *unevaluated, *additional_schema;
    bk_additional additional;
} bk_schema_array;

typedef struct bk_schema_string {
    bk_bound min, max;
    bool has_pattern;
    bk_schema_pattern pattern;
} bk_schema_string;

enum { BK_MINIMUM, BK_MAXIMUM, BK_EXCLUSIVE_MINIMUM, BK_EXCLUSIVE_MAXIMUM, BK_MULTIPLE_OF, BK_NUMBER_BOUNDS };

typedef struct bk_schema_numeric {
    const bk_value *value[BK_NUMBER_BOUNDS]; /* NULL: none */
    bk_number decimal[BK_NUMBER_BOUNDS];
    bk_divisor divisor;
} bk_schema_numeric;

typedef struct bk_schema_logic {
    bk_schema * not, *iff, *then, *otherwise;
    bk_schemas all, any, one;
} bk_schema_logic;

struct bk_schema {
    bk_schema_root *root; /* NULL for the schema of a dialect */
    bk_str ptr;
    const bk_value *node; /* NULL: to be looked up */
    bk_schema *next;      /* in the compiler's queue */
    bk_schema *resource;  /* that this belongs to */
    int version;          /* of the draft */
    uint32_t items_evaluated;
    uint8_t types, enum_types; /* 0: any */
    bool always, never;        /* true, false */
    bool recursive_anchor, all_props, all_items;
    bk_str dynamic_anchor;
    bk_schema *ref, *recursive_ref, *dynamic_ref;
    bk_str dynamic_ref_anchor; /* empty: none */
    bk_map *dynamic;           /* of a resource: its dynamic anchors, a table of schemas; NULL: none */
    const bk_value *enumeration, *constant;
    bk_str format_name;  /* empty: nothing to assert */
    bk_format_fn format; /* NULL: "regex" */
    bk_schema_logic *logic;
    bk_schema_object *object;
    bk_schema_array *array;
    bk_schema_string *string;
    bk_schema_numeric *number;
};

bk_status bk_schema_compile(bk_schema_compiler *c, bk_str url, bk_schema **ret);
/* The meta-schema of a dialect; c is the compiler of meta-schemas. */
bk_status bk_dialect_schema(bk_schema_compiler *c, const bk_dialect *d, bk_schema **ret);
/* A regular expression, compiled once for each text. BK_ERR with Go's words when it is none. */
bk_status bk_pattern_compile(bk_schema_compiler *c, bk_str text, const bk_regex **ret, bk_err *err);
/* An estimate of what compiling costs: length, and repetitions like x{1000}, which multiply. */
size_t bk_pattern_cost(bk_str text);
void bk_patterns_release(bk_schema_compiler *c);
/* The set of the types of a value: one bit; 0 for what JSON does not have. */
unsigned bk_json_type_of(bk_value v);
unsigned bk_json_type_named(bk_value v); /* what a text in `type` means; 0 for any other value */

/* ---- checking (schema_check.c) and reporting (schema_report.c) ---- */

typedef struct bk_flaw bk_flaw;

typedef enum bk_flaw_kind {
    BK_FLAW_GROUP,
    BK_FLAW_NOT_JSON,
    BK_FLAW_FALSE,
    BK_FLAW_CYCLE,
    BK_FLAW_TYPE,
    BK_FLAW_CONST,
    BK_FLAW_ENUM,
    BK_FLAW_FORMAT,
    BK_FLAW_REF,
    BK_FLAW_MIN_PROPERTIES,
    BK_FLAW_MAX_PROPERTIES,
    BK_FLAW_REQUIRED,
    BK_FLAW_DEPENDENCY,
    BK_FLAW_ADDITIONAL_PROPERTIES,
    BK_FLAW_PROPERTY_NAME,
    BK_FLAW_MIN_ITEMS,
    BK_FLAW_MAX_ITEMS,
    BK_FLAW_UNIQUE,
    BK_FLAW_ADDITIONAL_ITEMS,
    BK_FLAW_CONTAINS,
    BK_FLAW_MIN_CONTAINS,
    BK_FLAW_MAX_CONTAINS,
    BK_FLAW_MIN_LENGTH,
    BK_FLAW_MAX_LENGTH,
    BK_FLAW_PATTERN,
    BK_FLAW_NUMBER, /* a bound */
    BK_FLAW_NOT,
    BK_FLAW_ALL_OF,
    BK_FLAW_ANY_OF,
    BK_FLAW_ONE_OF,
} bk_flaw_kind;

/* Tokens of a path into the value. Paths share their memory the way Go's slices do, see path_append in schema_check.c. */
typedef struct bk_value_path {
    bk_str *p;
    uint32_t n, cap;
} bk_value_path;

typedef struct bk_flaws {
    bk_flaw *first, **last;
    uint32_t n;
} bk_flaws;

struct bk_flaw {
    bk_flaw *next; /* among its siblings */
    bk_flaws causes;
    bk_flaw_kind kind;
    const bk_schema *schema;
    bk_value_path path;
    bk_value got;
    bk_str text, more; /* by kind, as are the rest */
    const bk_str *names;
    const int64_t *numbers;
    size_t n; /* names or numbers */
    int64_t a, b;
};

/* Whether a (sub)schema of a document that is one resource obviously suits the meta-schema of its dialect (schema_sound.c); false says nothing. Fails for a
 * lack of memory only. */
bk_status bk_schema_glance(bk_schema_compiler *c, const bk_dialect *dialect, const bk_value *v, bool *ret_sound) BK_MUST;
/* Whether a document obviously is a good schema, and the values suit it (schema_suits.c); false says nothing. Fails as above. */
bk_status bk_schema_suits(bk_schema_compiler *c, const bk_value *doc, bk_value values, bool *ret) BK_MUST;

/* Holds v against a schema. With `root` it is a schema's document that is checked, against its meta-schema. *ret is NULL when all is well;
 * else it lives, with the causes under it, until the next check. */
bk_status bk_schema_check(bk_schema_compiler *c, bk_schema *schema, bk_value v, bk_schema_root *root, bk_flaw **ret);
/* The text of a whole verdict: "jsonschema validation failed with '…'" and the flaws below. */
bk_status bk_flaw_report(bk_arena *arena, const bk_schema *schema, const bk_flaw *flaw, bk_str *ret, bk_err *err);
/* The URL of a schema. */
void bk_schema_location(bk_buf *out, const bk_schema *schema);

#endif
