/* migrate.h: an object's fields from client-side to server-side apply. Internal to src/kube. */
#ifndef BK_KUBE_MIGRATE_H
#define BK_KUBE_MIGRATE_H

#include "base/buf.h"
#include "value/map.h"

/* The JSON patch after which what `manager` held by updates is its by apply: its entry by update becomes one by apply, or falls into the one that is there. It holds for
 * this version of the object only (the server answers with a conflict else). *ret is empty when there is nothing to do. */
bk_status bk_kube_migration(bk_arena *arena, bk_map *live, bk_str manager, bk_str *ret, bk_err *err);

#endif
