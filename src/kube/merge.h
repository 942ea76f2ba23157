/* merge.h: what to send so that an object becomes what the chart wants, without server-side apply.
 *
 * Three objects: what the last revision asked for (original), what this one asks for (modified), what is there (live). Fields that were asked for and no longer are
 * go away, those that differ from what is there are set, and what others added stays: a strategic merge patch for kinds that are built into Kubernetes, whose
 * lists are known to be merged by a key (merge_keys.def), a JSON merge patch for all others.
 *
 * The patches are those of Kubernetes' own library: the same directives ($patch, $deleteFromPrimitiveList, $setElementOrder, $retainKeys) in the same places. */
#ifndef BK_KUBE_MERGE_H
#define BK_KUBE_MERGE_H

#include "kube/objects.h"

/* True: the client library of Helm 4.3.1 knows the kind's lists. */
bool bk_kube_is_built_in(bk_str group, bk_str version, bk_str kind);

/* The maps are only read. `live` may be NULL for kinds that are not built in when `three_way` is false. An empty patch: nothing to do. Errors begin where Helm's do behind
 * "failed to create patch: ". */
bk_status bk_kube_merge(bk_arena *arena, const bk_kube_resource *resource, bk_map *original, bk_map *modified, bk_map *live, bool three_way,
                        bk_kube_patch *ret_kind, bk_map **ret, bk_err *err);

/* Its two halves, for tests: `path` of a kind in the table. */
bk_status bk_kube_merge_strategic(bk_arena *arena, bk_str group, bk_str version, bk_str kind, bk_map *original, bk_map *modified,
                                  bk_map *live, bk_map **ret, bk_err *err);
/* live NULL: two-way. */
bk_status bk_kube_merge_json(bk_arena *arena, bk_map *original, bk_map *modified, bk_map *live, bk_map **ret, bk_err *err);

#endif
