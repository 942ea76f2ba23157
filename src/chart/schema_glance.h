/* schema_glance.h: schemas and values of which a glance tells that all is well, shared by schema_sound.c and schema_suits.c.
 *
 * Checking a schema against its meta-schema, compiling it and holding values against it costs much, nearly always to find nothing. A glance says "sound" or "suits" where that
 * is plain from the document alone, and nothing otherwise: whatever is in doubt, and every mistake, is for the machinery, whose texts count. So the rules of a glance may be
 * stricter than a draft's, never more lenient. */
#ifndef BK_CHART_SCHEMA_GLANCE_H
#define BK_CHART_SCHEMA_GLANCE_H

#include "chart/schema_internal.h"

enum { BK_GLANCE_TARGETS = 32 };

typedef struct bk_glance {
    bk_schema_compiler *c;
    int version;
    bk_status status;    /* not BK_OK: ended by a lack of memory */
    const bk_value *doc; /* where every (sub)schema is to be one that bk_schema_suits can read; NULL: that is not asked */
    const bk_value *targets[BK_GLANCE_TARGETS]; /* of references, where the drafts know no subschema: found sound, or being looked at */
    size_t targets_n;
    size_t patterns;       /* what all regular expressions of the document cost */
    uint8_t keywords[256]; /* by hash: the keyword, plus one */
} bk_glance;

void bk_glance_init(bk_glance *g, bk_schema_compiler *c, int version);
/* Whether a (sub)schema suits the meta-schema of its draft. With `doc` also: the document is one resource, all its references lead to (sub)schemas in it, and nothing in it can
 * fail when it is compiled. */
bool bk_glance_sound(bk_glance *g, const bk_value *v);
/* The keyword of an entry of a (sub)schema; BK_KW_COUNT when it is none. */
bk_keyword bk_glance_keyword(const bk_glance *g, const bk_map_entry *e);
/* What "#", "#/$defs/x" and so on stand for; NULL for another reference. *ret_known: a draft knows that there is a subschema. */
const bk_value *bk_glance_target(const bk_glance *g, bk_str ref, bool *ret_known);

#endif
