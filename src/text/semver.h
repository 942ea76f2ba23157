/* semver.h: versions and constraints as the library Masterminds/semver has them, which Helm uses for everything that has a version.
 *
 * A bk_semver is a view into the text it was read from. Constraints live in an arena.
 *
 *     bk_constraints c; bk_semver v;
 *     BK_TRY(bk_constraints_parse(arena, BK_S(">= 1.2, < 2 || ^3.1-0"), &c, err));
 *     BK_TRY(bk_semver_parse(BK_S("v1.4"), &v, err));
 *     bool ok = bk_constraints_check(&c, &v); */
#ifndef BK_TEXT_SEMVER_H
#define BK_TEXT_SEMVER_H

#include "base/arena.h"
#include "base/buf.h"
#include "value/value.h"

#define BK_SEMVER_MAX 256     /* bytes of a version */
#define BK_CONSTRAINT_MAX 512 /* bytes of a constraint */
#define BK_CONSTRAINT_GROUPS 32

typedef struct bk_semver {
    uint64_t major, minor, patch;
    bk_str pre, meta;
    bk_str original; /* as it was given */
} bk_semver;

/* NewVersion: takes "v1", "1.2", "01.2.3" as well. */
bk_status bk_semver_parse(bk_str text, bk_semver *ret, bk_err *err) BK_MUST;
/* StrictNewVersion */
bk_status bk_semver_parse_strict(bk_str text, bk_semver *ret, bk_err *err) BK_MUST;
/* String(): "1.2.3-pre+meta" */
void bk_semver_print(bk_buf *out, const bk_semver *version);
/* Compare: <0, 0, >0. Metadata do not count. */
int bk_semver_cmp(const bk_semver *a, const bk_semver *b);
/* Lowest first; equal ones keep their order. False without memory. */
bool bk_semver_sort(bk_arena *arena, bk_semver *versions, size_t n) BK_MUST;
/* Highest first; equal ones stand where Helm's sort.Sort(sort.Reverse(…)) leaves them. False without memory. */
bool bk_semver_sort_newest(bk_arena *arena, bk_semver *versions, size_t n) BK_MUST;

typedef struct bk_constraint bk_constraint;

/* Groups joined by "||". */
typedef struct bk_constraints {
    bk_constraint *items;                     /* all of them, group after group */
    uint16_t group_end[BK_CONSTRAINT_GROUPS]; /* where each group ends in items */
    bool group_pre[BK_CONSTRAINT_GROUPS];     /* one of the group names a pre-release, so pre-releases count */
    size_t groups;
} bk_constraints;

/* NewConstraint. Errors: `improper constraint: "x"`, "constraint parser error". */
bk_status bk_constraints_parse(bk_arena *arena, bk_str text, bk_constraints *ret, bk_err *err) BK_MUST;
/* Check */
bool bk_constraints_check(const bk_constraints *constraints, const bk_semver *version);
/* Validate: *ret_why becomes a []string of reasons, empty when *ret_ok. */
bk_status bk_constraints_validate(const bk_constraints *constraints, const bk_semver *version, bk_arena *arena, bool *ret_ok,
                                  bk_value *ret_why, bk_err *err) BK_MUST;
/* String() */
void bk_constraints_print(bk_buf *out, const bk_constraints *constraints);

#endif
