/* present.h: what a render hands out: manifests, hooks, CRDs, or the pieces that --show-only asks for. */
#ifndef BK_ENGINE_PRESENT_H
#define BK_ENGINE_PRESENT_H

#include "chart/chart.h"
#include "engine/call.h"
#include "engine/manifest.h"

/* The CRD files of a chart and its sub-charts: path and text. None without the option includeCRDs. */
bk_status bk_present_crds(bk_call_state *call, const bk_chart *chart, bk_manifest **ret, size_t *ret_count);
/* Emits CRDs, manifests and hooks in Helm's order, by the call's options. */
bk_status bk_present(bk_call_state *call, const bk_manifest *crds, size_t crd_count, const bk_manifests *manifests);
/* Emits the CRDs alone, whatever the options: the rest comes from another call. */
bk_status bk_present_only_crds(bk_call_state *call, const bk_manifest *crds, size_t crd_count);

/* Cuts and sorts rendered files. When something in them is no YAML, and --debug wants to see it, they are emitted as they are. */
bk_status bk_present_sort(bk_call_state *call, bk_rendered_file *files, size_t count, const bk_log *log, bk_manifests *ret);
/* Tells the host that the failure is the templates' doing, which Helm answers with an advice. */
void bk_present_failure(bk_call_state *call);

#endif
