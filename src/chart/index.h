/* index.h: the index of a chart repository (index.yaml).
 *
 * An index is read as Helm reads it: JSON as it comes, YAML strictly (unknown fields and keys that stand twice are errors), entries that are no charts left
 * out with a warning, the versions of a chart sorted, the newest first. Reading 20 MB of YAML takes a while, so what is needed of it is kept in a flat form,
 * which is looked at in place: a chart is found by bisection, and nothing is allocated for the others.
 *
 * The form holds u32 numbers, little-endian: a head of magic, number of charts, versions and URLs, and bytes of the pool; then these tables
 *
 *     charts    name (offset and length in the pool), first version, number of versions; sorted by name
 *     versions  name, version, appVersion, description, keywords, digest, created (offset and length each), first URL, number of URLs, flags
 *     urls      offset and length
 *     pool      bytes
 *
 * Whoever opens one trusts none of its numbers. */
#ifndef BK_CHART_INDEX_H
#define BK_CHART_INDEX_H

#include "chart/log.h"
#include "chart/metadata.h"
#include "text/semver.h"

/* A version of a chart as an index has it. */
typedef struct bk_index_version {
    bk_metadata meta; /* first: its fields stand at the same places */
    bk_list_of urls;
    bk_str created;
    bool removed;
    bk_str digest, checksum, engine, tiller_version, url;
} bk_index_version;

extern const bk_shape bk_index_version_shape;

/* What a walk over an index is told of: the charts in the order of their names, `versions` pointers, the newest first. They live until it returns, with `keep` as
 * long as the arena. */
typedef struct bk_index_visitor {
    void *self;
    bk_status (*chart)(void *self, bk_str name, bk_index_version *const *versions, size_t count, bk_err *err);
    bool keep;
} bk_index_visitor;

typedef struct bk_index_head {
    bk_str api_version, generated;
    bk_list_of public_keys;
    bk_map *annotations;
} bk_index_head;

/* Reads an index. `source` (its path or URL) stands in warnings. Errors: "empty index.yaml file", "no API version specified", and those of YAML and JSON. */
bk_status bk_index_read(bk_arena *arena, bk_str text, bk_str source, const bk_log *log, const bk_index_visitor *visitor,
                        bk_index_head *ret_head, bk_err *err);

/* Which of these versions a wish comes to, as `helm pull --version` takes it: the very one, else the first that the range allows; an empty wish: the first
 * release. *ret_exact: it is the very one, or none was named. BK_ERR when none is: "no chart version found for NAME-WISH". */
bk_status bk_index_pick(bk_arena *arena, bk_str name, const bk_str *versions, size_t count, bk_str wish, size_t *ret, bool *ret_exact,
                        bk_err *err);
/* The wish is a range, not a version. */
bool bk_index_is_range(bk_str wish);

/* ---- the flat form ---- */

#define BK_INDEX_FORM_MAX ((size_t)192 << 20)

/* A form under construction; its buffers are on the heap. */
typedef struct bk_index_writer {
    bk_buf charts, versions, urls, pool, names;
    uint32_t chart_count, version_count, url_count;
    uint32_t last[7][2]; /* the strings of the version before: most are the same again */
} bk_index_writer;

void bk_index_writer_init(bk_index_writer *writer);
void bk_index_writer_release(bk_index_writer *writer);
/* A visitor that writes all it sees; `writer->names` gets a line for each chart. */
bk_index_visitor bk_index_writer_visitor(bk_index_writer *writer);
/* The head that goes before charts, versions, urls and pool. */
enum { BK_INDEX_HEAD = 20 };
bk_status bk_index_writer_head(bk_index_writer *writer, char ret[BK_INDEX_HEAD], bk_err *err);

typedef struct bk_index_form {
    bk_str bytes;
    uint32_t charts, versions, urls, pool;
    size_t versions_at, urls_at, pool_at;
} bk_index_form;

typedef struct bk_index_row {
    bk_str name, version, app_version, description, keywords, digest, created;
    uint32_t first_url, url_count;
    bool deprecated;
} bk_index_row;

bk_status bk_index_form_open(bk_str bytes, bk_index_form *ret, bk_err *err);
/* Name and versions (numbers from *ret_first) of a chart by its number; numbers that lead out of the form are none. */
void bk_index_form_chart(const bk_index_form *form, uint32_t i, bk_str *ret_name, uint32_t *ret_first, uint32_t *ret_count);
/* False: there is no such chart. */
bool bk_index_form_find(const bk_index_form *form, bk_str name, uint32_t *ret_first, uint32_t *ret_count);
bk_index_row bk_index_form_version(const bk_index_form *form, uint32_t i);
bk_str bk_index_form_url(const bk_index_form *form, uint32_t i);

#endif
