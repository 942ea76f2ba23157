/* boundary.h: the line between the host and a compartment. Both sides include this file, and nothing else is shared.
 *
 * The module exports its memory and
 *
 *     bk_guest_run(call, request_length) -> status      call: bk_call_op; status: bk_status as a number
 *
 * and imports, from module "bulkhead", these three functions only (a test reads the import section):
 *
 *     effect(op, ptr, len) -> answer length             op: bk_effect; the request is a frame
 *     take(ptr, len)                                    copies the pending bytes (exactly len) into the guest
 *     emit(ptr, len)                                    appends to the output, under the host's cap
 *
 * When bk_guest_run starts, the request of the call is pending and is fetched with take. Every effect leaves its answer pending; taking it, or the next
 * effect, clears it. An answer's first byte is a bk_status: 0 and the payload follows, else the text of an error. The host copies
 * header and frame once, validates the copy, and never reads guest memory again for that request. A guest that breaks a rule (a length beyond its
 * memory, a take without pending bytes, an unknown op) is trapped and destroyed.
 *
 * A frame is
 *
 *     u32 BK_FRAME_MAGIC   "BKF" and the version in the last byte
 *     u32 length of all sections
 *     sections: u32 tag, u32 length, bytes
 *
 * all little-endian, unpadded. Section tags are below; what is in a section is either text, a number, or a value (value/codec.h). The
 * output of a call is such sections too, one after the other, without the frame header, closed by BK_TAG_DONE. */
#ifndef BK_BASE_BOUNDARY_H
#define BK_BASE_BOUNDARY_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define BK_BOUNDARY_VERSION 1u
#define BK_FRAME_MAGIC (0x00464B42u | BK_BOUNDARY_VERSION << 24) /* "BKF" 01 */
#define BK_GUEST_RUN "bk_guest_run"
#define BK_GUEST_MODULE "bulkhead"

/* What a compartment can be called for. Values are those of the operator: an instance that is called for VALUES or YAML never sees a
 * chart. */
typedef enum bk_call_op {
    BK_CALL_RENDER = 1, /* a chart and its values to manifests, hooks, notes */
    BK_CALL_VALUES = 2, /* -f files and --set arguments to one values map */
    BK_CALL_CHART = 3,  /* what a chart is: metadata, values, readme, CRDs (show, dependency list) */
    BK_CALL_LINT = 4,
    BK_CALL_YAML = 5,        /* the operator's own YAML to a value */
    BK_CALL_TEMPLATE = 6,    /* a template of the operator's (--name-template) to text */
    BK_CALL_PLUGIN = 7,      /* a plugin.yaml to what it says */
    BK_CALL_POSTRENDER = 8,  /* what a post-renderer answered to manifests and hooks */
    BK_CALL_REFERENCES = 9,  /* manifests to what they use: images and kinds of hooks, objects of others */
    BK_CALL_PACKAGE = 10,    /* a chart's folder to an archive */
    BK_CALL_DEPENDENCY = 11, /* what a chart depends on, and what is there of it */
    BK_CALL_LOCK = 12,       /* the text and the digest of a lock file */
    BK_CALL_INDEX = 13,      /* what a repository's index says of one chart */
    BK_CALL_UNPACK = 14,     /* a plugin's archive to its files */
    BK_CALL_OBJECTS = 15,    /* a manifest to the JSON of its objects */
    BK_CALL_PACK = 20,       /* files to an archive: a plugin's */
    BK_CALL_RECORDS = 21,    /* release records to releases */
    BK_CALL_RECORD = 22,     /* the JSON of a release to its record */
    BK_CALL_METADATA = 24,   /* what a packed chart says of itself, as a registry keeps it */
    BK_CALL_VERSIONS = 25,   /* tags of a registry to versions, and which of them a range means */
    BK_CALL_AUDIT = 30,      /* a chart to the places where it asks for effects */
    BK_CALL_VECTOR = 99      /* tests only: one oracle request; not in the shipped module */
} bk_call_op;

typedef enum bk_effect {
#define BK_EFFECT(id, name, count, request, answer) BK_FX_##id,
#include "base/effects.def"
#undef BK_EFFECT
    BK_EFFECT_COUNT
} bk_effect;

typedef enum bk_tag {
    /* requests of calls */
    BK_TAG_OPTIONS = 1, /* value: a map of the call's options (docs/architecture.md lists them) */
    BK_TAG_VALUES = 2,  /* value: the operator's values */
    BK_TAG_INPUT = 3,   /* value: {name, size, dir}: an input that the effect INPUT reads by its number, 0 first */
    /* requests of effects */
    BK_TAG_ORIGIN = 16, /* u32 indices into the table of charts: the rendered file's chart first, then each include's */
    BK_TAG_WHERE = 17,  /* text: file:line:col of the call */
    BK_TAG_ARGS = 18,   /* value: the effect's arguments */
    BK_TAG_CHART = 19,  /* value: {path, name, version, appVersion}: CHARTS sends one for each chart, parents first */
    /* output */
    BK_TAG_LOG = 32,      /* value: {level, text}: what the log would get */
    BK_TAG_MANIFEST = 33, /* value: {name, kind, hook, …}: head of a manifest; its text follows as BODY */
    BK_TAG_BODY = 34,     /* bytes */
    BK_TAG_NOTES = 35,    /* bytes */
    BK_TAG_RESULT = 36,   /* value: what the call answers */
    BK_TAG_ERROR = 37,    /* u32 bk_status, then the message */
    BK_TAG_DONE = 38,     /* empty; the last one */
    BK_TAG_BYTES = 39,    /* bytes: what a call answers beside its RESULT, where a copy would cost */
} bk_tag;

/* ---- writing ---- */

/* Starts a frame / closes it by filling in the length; begin's return value goes to end. */
size_t bk_frame_begin(bk_buf *out);
void bk_frame_end(bk_buf *out, size_t begin);
/* One section. */
void bk_section(bk_buf *out, bk_tag tag, bk_str bytes);
/* A section whose bytes are appended in between. */
size_t bk_section_begin(bk_buf *out, bk_tag tag);
void bk_section_end(bk_buf *out, size_t begin);

/* ---- reading: every length is checked against what is left ---- */

typedef struct bk_sections {
    bk_str rest;
} bk_sections;

/* Checks magic, version and length; the frame must fill `bytes`. */
bk_status bk_frame_open(bk_str bytes, bk_sections *ret, bk_err *err);
/* The next section. At the end *ret_tag is 0. The bytes are a view. */
bk_status bk_sections_next(bk_sections *sections, uint32_t *ret_tag, bk_str *ret_bytes, bk_err *err);
/* A little-endian number at the start of s, which has at least 4 bytes. */
uint32_t bk_read_u32(bk_str s);

/* Name of an effect ("lookup"), NULL beyond the table; its caps. */
const char *bk_effect_name(uint32_t op);
typedef struct bk_effect_caps {
    uint32_t count;
    size_t request, answer;
} bk_effect_caps;
bk_effect_caps bk_effect_caps_of(bk_effect op);

#endif
