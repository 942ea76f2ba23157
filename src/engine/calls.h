/* calls.h: what each call does; docs/architecture.md lists their options and answers. Internal to src/engine. */
#ifndef BK_ENGINE_CALLS_H
#define BK_ENGINE_CALLS_H

#include "engine/call.h"

/* A chart and values to manifests. */
bk_status bk_call_render(bk_call_state *call);
/* What a post-renderer answered to manifests. */
bk_status bk_call_postrender(bk_call_state *call);
/* The operator's -f files and --set arguments to one map. */
bk_status bk_call_values(bk_call_state *call);
/* The operator's YAML to a value. */
bk_status bk_call_yaml(bk_call_state *call);
/* A template of the operator's to text. */
bk_status bk_call_template(bk_call_state *call);
/* What a chart is: the texts that `show` prints. */
bk_status bk_call_chart(bk_call_state *call);
/* What there is to say against a chart. */
bk_status bk_call_lint(bk_call_state *call);
/* Where a chart's files ask for effects. */
bk_status bk_call_audit(bk_call_state *call);
/* What manifests use. */
bk_status bk_call_references(bk_call_state *call);
/* A manifest to its objects. */
bk_status bk_call_objects(bk_call_state *call);
/* A plugin's archive to its files. */
bk_status bk_call_unpack(bk_call_state *call);
/* Files to a plugin's archive. */
bk_status bk_call_pack(bk_call_state *call);
/* What a plugin.yaml says. */
bk_status bk_call_plugin(bk_call_state *call);
/* A chart's folder to an archive. */
bk_status bk_call_package(bk_call_state *call);
/* What a chart depends on (dependency list, build, update), and what a chart that one depends on is. */
bk_status bk_call_dependency(bk_call_state *call);
/* A chart's versions in a repository's index. */
bk_status bk_call_index(bk_call_state *call);
/* What a packed chart says of itself. */
bk_status bk_call_metadata(bk_call_state *call);
/* Tags of a registry. */
bk_status bk_call_versions(bk_call_state *call);
/* A lock file. */
bk_status bk_call_lock(bk_call_state *call);
/* Release records to releases. */
bk_status bk_call_record_read(bk_call_state *call);
/* The JSON of a release to its record. */
bk_status bk_call_record_write(bk_call_state *call);

#endif
