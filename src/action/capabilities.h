/* capabilities.h: what a chart asks for, as its packer has stated and signed it.
 *
 * `package --sign --capabilities` audits the chart (audit.h) with its default values and puts the report into the provenance file, as a third document behind the sums:
 *
 *     {"capabilities": {"format": 1, "release": …, "namespace": …, "report": {…}}}
 *
 * It is JSON, so the host reads it without a compartment; it is covered by the signature and goes wherever the provenance file goes; Helm looks at the first two
 * documents only. Whoever verifies the chart audits it again, and refuses one that asks for more: with its own default values nothing may come on top, with the
 * operator's values nothing but images. Names are compared as they come out for the release and namespace of the statement, so it does not matter what the release is
 * called. */
#ifndef BK_ACTION_CAPABILITIES_H
#define BK_ACTION_CAPABILITIES_H

#include "action/audit.h"

/* Largest statement. */
#define BK_CAPABILITIES_MAX ((size_t)4 << 20)

/* The document for a chart. `render` says where the chart is, by which guard and limits it is read; its values do not count. A chart that does not render with its
 * default values is refused. */
bk_status bk_capabilities_make(bk_arena *arena, const bk_render_options *render, bk_str *ret, bk_rendered *logs, bk_err *err);

/* The statement in a signed text; *ret is nil when there is none. */
bk_status bk_capabilities_find(bk_arena *arena, bk_str signed_text, bk_value *ret, bk_err *err);

/* Whether the chart keeps to its statement. BK_ERR_DENIED, with what it asks for beyond. */
bk_status bk_capabilities_check(bk_arena *arena, bk_value statement, const bk_render_options *render, bk_rendered *logs, bk_err *err);

#endif
