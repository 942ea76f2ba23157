/* templates.h: all templates of a chart tree, each with what it sees, rendered.
 *
 * What a template sees is its chart's scope (chart/render_values.h). All files share one set of named templates. Files are parsed and rendered from the deepest path up, partials (names that begin with
 * "_") and library charts' files are only parsed. */
#ifndef BK_ENGINE_TEMPLATES_H
#define BK_ENGINE_TEMPLATES_H

#include "chart/log.h"
#include "chart/render_values.h"
#include "engine/call.h"
#include "engine/manifest.h"
#include "engine/subjects.h"

typedef struct bk_templates_options {
    bool strict, lint, dns, cluster;
    const bk_log *log; /* may be NULL */
} bk_templates_options;

/* *ret: the rendered files, in the order of rendering. */
bk_status bk_templates_render(bk_call_state *call, const bk_scopes *scopes, const bk_subjects *subjects,
                              const bk_templates_options *options, bk_rendered_file **ret, size_t *ret_count);

#endif
