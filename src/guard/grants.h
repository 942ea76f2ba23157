/* grants.h: the store of plugins' grants: what `plugin grant` keeps.
 *
 * One JSON file of the user's own, bulkhead/plugin-grants.json in the configuration folder:
 *
 *     {"version": 1, "plugins": [
 *       {"name": "s3", "digest": "sha256:…", "pluginVersion": "1.2.0", "granted": "2026-01-31T12:00:00Z", "grants": ["http=s3.example.com", "tempdir"]},
 *       {"name": "dev", "path": "/home/me/dev", "grants": ["exec"]}]}
 *
 * An entry is bound to a plugin's name and either to its digest (bk_plugin_digest; of the whole tree for subprocess plugins) or, for a development link, to
 * its real path, which pins nothing. Another content has another digest and none of the grants.
 *
 * The file is 0600, a regular file of the user's own with one name, in a folder that only the user can write; anything else is refused. Changes are made under a
 * lock, into a new file that takes the old one's place when it is whole. A missing file is an empty store. */
#ifndef BK_GUARD_GRANTS_H
#define BK_GUARD_GRANTS_H

#include "guard/plugin.h"

#define BK_GRANTS_FILE_MAX ((size_t)1 << 20)
#define BK_GRANTS_PLUGINS_MAX 1000u
#define BK_GRANTS_MAX 1000u /* of one plugin */

typedef struct bk_grant_entry {
    bk_str name, digest, path, version, granted;
    bk_str *grants; /* EFFECT[=PATTERN] */
    size_t count;
} bk_grant_entry;

typedef struct bk_grants {
    bk_grant_entry *items;
    size_t count;
} bk_grants;

/* Reads the store; all lies in the arena. Grants that this version does not know are an error. */
bk_status bk_grants_load(bk_arena *arena, const char *path, bk_grants *ret, bk_err *err);
/* The entry for exactly this content; NULL: nothing is granted. A subject with a path is found by its path, any other by its digest. */
const bk_grant_entry *bk_grants_find(const bk_grants *grants, const bk_plugin_subject *subject);
/* An entry's grants as rules about its content, added to `rules`. */
bk_status bk_grants_rules(const bk_grant_entry *entry, bk_rules *rules, bk_err *err);
/* Whether the plugin of that name has grants under another digest: it was exchanged since. */
bool bk_grants_stale(const bk_grants *grants, const bk_plugin_subject *subject);

/* Adds grants to the subject's entry; those it has already do not count in *ret_added (may be NULL). Fails, and changes nothing, when one is not a grant that a
 * plugin can use, or the subject has neither digest nor path. Makes the folder (0700) where it is missing. */
bk_status bk_grants_add(const char *path, const bk_plugin_subject *subject, const bk_str *grants, size_t count, size_t *ret_added,
                        bk_err *err);
/* Takes grants from every entry of that name, whatever its digest; count 0: all of them. An effect without a pattern takes all of that effect. *ret_removed (may
 * be NULL) is how many there were. */
bk_status bk_grants_remove(const char *path, bk_str name, const bk_str *grants, size_t count, size_t *ret_removed, bk_err *err);

#endif
