/* schema.h: JSON Schema as Helm validates values.schema.json: drafts 4, 6, 7, 2019-09 and 2020-12 (the one assumed).
 *
 * A schema is first checked against the meta-schema of its draft, which is built in, then compiled, then the values are held against it. Formats
 * are asserted up to draft 7, and later only where a meta-schema's vocabulary says so; content keywords never. Patterns are Go's regular
 * expressions. Where Go leaves an order to chance (properties of an object), ours is by name.
 *
 * References: within the document, to the built-in meta-schemas, and to urn: names (which accept everything, with a warning) they always
 * resolve. file, http and https references need the loader; without one they are an error.
 *
 * Hostile schemas: nesting, steps of work, digits of a divisor and memory are capped; hitting a cap is BK_ERR_LIMIT, not a verdict. */
#ifndef BK_CHART_SCHEMA_H
#define BK_CHART_SCHEMA_H

#include "value/value.h"

typedef struct bk_schema_loader {
    void *self;
    /* The text behind an absolute file, http or https URL. A failure is shown as: failing loading "<url>": <message>. NULL: refused. */
    bk_status (*load)(void *self, bk_str url, bk_str *ret, bk_err *err);
    /* An urn: reference was met that names nothing; may be NULL. */
    void (*unresolved)(void *self, bk_str urn);
} bk_schema_loader;

/* Meta-schemas compiled so far: one for all validations of an arena saves making them again. Zeroed is empty. */
typedef struct bk_schema_cache {
    struct bk_schema_compiler *meta;
} bk_schema_cache;

typedef struct bk_schema_options {
    const bk_schema_loader *loader; /* may be NULL */
    bk_schema_cache *cache;         /* may be NULL */
    const struct bk_chart **chart;  /* may be NULL: told whose schema is looked at (bk_render_values) */
    bool thorough;                  /* also where a glance would do: tests hold the two against each other */
} bk_schema_options;

/* Holds `values` (a map; it may be sorted in place) against the schema's text. *ret_report is Helm's text for what is wrong, with the values or with the
 * schema itself, and empty when nothing is. The status is BK_OK either way; it tells of caps, memory and refused references only.
 * options may be NULL. */
bk_status bk_schema_validate(bk_arena *arena, bk_value values, bk_str schema, const bk_schema_options *options, bk_str *ret_report,
                             bk_err *err);

/* A URL of the specification that stands for one of its drafts: those are built in. */
bool bk_schema_is_own(bk_str url);

#endif
