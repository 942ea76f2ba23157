/* metadata.h: Chart.yaml and Chart.lock.
 *
 * The structs have one member for each field of Helm's (metadata.def); texts are views into the file or lie in the arena. */
#ifndef BK_CHART_METADATA_H
#define BK_CHART_METADATA_H

#include "chart/typed.h"

#define BK_MEMBER_STRING bk_str
#define BK_MEMBER_BOOL bool
#define BK_MEMBER_STRINGS bk_list_of
#define BK_MEMBER_STRING_MAP bk_map *
#define BK_MEMBER_STRUCTS bk_list_of
#define BK_MEMBER_ANYS bk_value
#define BK_MEMBER_TIME bk_str

typedef struct bk_metadata {
#define BK_METADATA(member, kind, go, json, type) BK_MEMBER_##kind member;
#include "chart/metadata.def"
#undef BK_METADATA
} bk_metadata;

typedef struct bk_dependency {
#define BK_DEPENDENCY(member, kind, go, json, type, always) BK_MEMBER_##kind member;
#include "chart/metadata.def"
#undef BK_DEPENDENCY
} bk_dependency;

typedef struct bk_maintainer {
#define BK_MAINTAINER(member, kind, go, json, type) BK_MEMBER_##kind member;
#include "chart/metadata.def"
#undef BK_MAINTAINER
} bk_maintainer;

typedef struct bk_lock {
#define BK_LOCK(member, kind, go, json, type) BK_MEMBER_##kind member;
#include "chart/metadata.def"
#undef BK_LOCK
} bk_lock;

extern const bk_shape bk_metadata_shape, bk_dependency_shape, bk_maintainer_shape, bk_lock_shape;

static inline bk_dependency *bk_metadata_dependency(const bk_metadata *meta, size_t i) { return bk_list_ptr(&meta->dependencies, i); }

/* Takes characters out of the texts that do not print, then checks: "validation: chart.metadata.name is required" … */
bk_status bk_metadata_validate(bk_arena *arena, bk_metadata *meta, bk_err *err);

/* A copy with dependencies of its own, as Helm makes for an alias. NULL without memory. */
bk_metadata *bk_metadata_copy(bk_arena *arena, const bk_metadata *meta);

#endif
