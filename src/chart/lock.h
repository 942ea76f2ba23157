/* lock.h: what Chart.lock says: the versions that dependencies were resolved to, and a digest of what was asked for.
 *
 * The digest is the SHA-256 of JSON that Go's encoding/json would write: [dependencies of Chart.yaml, dependencies of the lock], fields in the order of
 * Helm's structs. */
#ifndef BK_CHART_LOCK_H
#define BK_CHART_LOCK_H

#include "chart/metadata.h"

/* The dependencies as that JSON: a list, or null for the nil list. */
bk_status bk_dependencies_json(bk_arena *arena, const bk_list_of *dependencies, bk_str *ret, bk_err *err);
/* "sha256:…" of both lists. */
bk_status bk_lock_digest(bk_arena *arena, bk_str asked_json, bk_str locked_json, bk_str *ret, bk_err *err);
/* The digest as Helm 2 made it: of {"dependencies": …} alone. */
bk_status bk_lock_digest_old(bk_arena *arena, bk_str asked_json, bk_str *ret, bk_err *err);
/* The text of the file. */
bk_status bk_lock_text(bk_arena *arena, const bk_lock *lock, bk_str *ret, bk_err *err);

#endif
