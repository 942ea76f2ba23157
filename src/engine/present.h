/* present.h: what a render hands out: manifests, hooks, CRDs, or the pieces that --show-only asks for. */
#ifndef BK_ENGINE_PRESENT_H
#define BK_ENGINE_PRESENT_H

#include "chart/chart.h"
#include "engine/call.h"
#include "engine/manifest.h"

/* Emits CRDs (with includeCRDs), manifests and hooks in Helm's order, by the call's options. */
bk_status bk_present(bk_call_state *call, const bk_chart *chart, const bk_manifests *manifests);
/* Emits rendered files as they are: something in them is no YAML, and --debug wants to see them. */
bk_status bk_present_raw(bk_call_state *call, const bk_rendered_file *files, size_t count);

#endif
