/* postrender.h: rendered files to one text for a post-renderer, and its answer back to files.
 *
 * Every document carries the name of its file as an annotation; comments and styles are kept as Helm's library keeps them (data/yaml_resource.h). */
#ifndef BK_ENGINE_POSTRENDER_H
#define BK_ENGINE_POSTRENDER_H

#include "engine/manifest.h"

#define BK_POSTRENDER_ANNOTATION "postrenderer.helm.sh/postrender-filename"

/* Hooks included; partials and empty documents are left out. Sorts the files by name. Errors: "parsing chart/templates/x.yaml: MalformedYAMLError: …". */
bk_status bk_postrender_join(bk_arena *arena, bk_rendered_file *files, size_t count, bk_str *ret, bk_err *err);
/* Documents without a name get "generated-by-postrender-N.yaml", N being their place in the answer. Errors: "error parsing YAML: …",
 * "getting metadata: missing Resource metadata". */
bk_status bk_postrender_split(bk_arena *arena, bk_str text, bk_rendered_file **ret, size_t *ret_count, bk_err *err);

#endif
