/* template_server.h: what `template --dry-run=server` does beyond rendering. Internal to src/action. */
#ifndef BK_ACTION_TEMPLATE_SERVER_H
#define BK_ACTION_TEMPLATE_SERVER_H

#include "action/template.h"

/* Before the render: the cluster answers, the chart sees its version and kinds, and lookups are asked of it. A log line when the chart has CRDs. Nothing without a cluster,
 * nor in a replay. */
bk_status bk_template_meet(bk_arena *arena, bk_template_options *o, bk_rendered *logs, bk_err *err);
/* After it: the cluster knows the kinds, and the objects that are there already are the release's. */
bk_status bk_template_check(bk_arena *arena, const bk_template_options *o, const bk_rendered *rendered, bk_err *err);

#endif
