/* limits.h: every cap of the engine and of the boundary, in one place.
 *
 * A cap that is hit is an ordinary error (BK_ERR_LIMIT) that names the cap. Sizes are bytes unless a name says otherwise.
 * All of them fit in 32 bits: the compartment's size_t has no more. */
#ifndef BK_BASE_LIMITS_H
#define BK_BASE_LIMITS_H

/* Memory. */
#define BK_LIMIT_ARENA (448u << 20)  /* one arena, when the caller sets nothing: stays below the compartment's 512 MiB */
#define BK_LIMIT_STRING (256u << 20) /* one string, and one growing buffer */
#define BK_LIMIT_OUTPUT (256u << 20) /* what one call may emit */

/* Depth: every parser refuses beyond it, every recursive walker carries a budget. */
#define BK_LIMIT_DEPTH 1000u       /* nesting of parsed or printed data */
#define BK_LIMIT_INCLUDE 1000u     /* nested include calls of one template name, as Helm counts them */
#define BK_LIMIT_TMPL_DEPTH 10000u /* nested template executions, Go's limit is 100000 */

/* Counts. */
#define BK_LIMIT_LIST 50000000u   /* items in one list */
#define BK_LIMIT_FILES 100000u    /* entries of one chart, its sub-charts included */
#define BK_LIMIT_CHARTS 10000u    /* charts in one release */
#define BK_LIMIT_CHART_DEPTH 100u /* charts within charts */

/* Messages. */
#define BK_LIMIT_ERR (1u << 20) /* one error message; longer ones are cut short */

#endif
