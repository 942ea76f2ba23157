/* manifest.h: rendered files to manifests and hooks, cut and ordered as Helm does.
 *
 * A file is cut wherever a line starts with "---" (Helm's regular expression looks at nothing else, so a block scalar is cut as well); each piece is
 * read as YAML for its apiVersion, kind, name and annotations. Pieces with the annotation helm.sh/hook become hooks, the rest manifests;
 * both are sorted by kind, stably, files by name before. */
#ifndef BK_ENGINE_MANIFEST_H
#define BK_ENGINE_MANIFEST_H

#include "chart/log.h"
#include "value/value.h"

typedef enum bk_manifest_order {
    BK_ORDER_INSTALL,
    BK_ORDER_UNINSTALL,
} bk_manifest_order;

typedef struct bk_rendered_file {
    bk_str path;
    bk_str text;
} bk_rendered_file;

/* What a piece of YAML says of itself. */
typedef struct bk_manifest_head {
    bk_str api_version, kind, name;
    bk_map *annotations; /* strings; NULL when there are none */
} bk_manifest_head;

typedef struct bk_manifest {
    bk_str path; /* the file it came from */
    bk_str text;
    bk_manifest_head head;
} bk_manifest;

typedef struct bk_hook {
    bk_manifest manifest;
    bk_value events, delete_policies, output_log_policies; /* lists of strings */
    int64_t weight;
} bk_hook;

typedef struct bk_manifests {
    bk_manifest *items;
    size_t count;
    bk_hook *hooks;
    size_t hook_count;
} bk_manifests;

/* The pieces of a text, empty ones left out; views into it. */
bk_status bk_manifest_split(bk_arena *arena, bk_str text, bk_str **ret, size_t *ret_count, bk_err *err);

/* Reads the head of one piece: strict about types as Helm is ("json: cannot unmarshal array into Go struct field …"). */
bk_status bk_manifest_head_read(bk_arena *arena, bk_str text, bk_manifest_head *ret, bk_err *err);

/* Files in any order (they are sorted here). On a YAML error *ret holds, unsorted, what was read before it. */
bk_status bk_manifests_sort(bk_arena *arena, bk_rendered_file *files, size_t count, bk_manifest_order order, const bk_log *log,
                            bk_manifests *ret, bk_err *err);

#endif
