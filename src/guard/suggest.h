/* suggest.h: the smallest grants that a recorded run needs.
 *
 * Reads a ledger, whose chain must be whole, and collects every request that was denied, that warn mode let pass, or that a grant allowed: what the profile allows by
 * itself needs nothing. A run that a denial has ended asked for nothing behind it, so a run in warn mode gives the whole picture. */
#ifndef BK_GUARD_SUGGEST_H
#define BK_GUARD_SUGGEST_H

#include "guard/policy.h"

#define BK_SUGGEST_LEDGER_MAX ((size_t)256 << 20)
#define BK_SUGGEST_MAX 10000u

typedef struct bk_need {
    bk_right right;
    bk_subject subject; /* kind, chart or plugin, digest of a pinned plugin */
    bk_str target;
    bk_str blocked; /* the rule that denies it whatever is granted; else empty */
} bk_need;

typedef struct bk_needs {
    bk_str release, namespace_, profile;
    bk_need *items; /* by subject, then effect, then target */
    size_t count;
} bk_needs;

/* All lies in the arena; texts may be views into `ledger`. */
bk_status bk_needs_read(bk_arena *arena, bk_str ledger, bk_needs *ret, bk_err *err);
/* One grant a line, quoted for a shell; what cannot be written as a grant as a comment. */
void bk_needs_put_grants(const bk_needs *needs, bk_buf *out);
/* As a policy file. */
bk_status bk_needs_put_policy(bk_arena *arena, const bk_needs *needs, bk_buf *out, bk_err *err);

#endif
