/* render_values.h: what templates see as ".": values, chart, files, release, capabilities.
 *
 * First bk_render_values puts the operator's values over the charts' defaults and holds them against the schemas; then bk_render_scopes makes
 * one "." for each chart of the tree, each with its own part of the values. */
#ifndef BK_CHART_RENDER_VALUES_H
#define BK_CHART_RENDER_VALUES_H

#include "chart/capabilities.h"
#include "chart/chart.h"
#include "chart/log.h"
#include "chart/schema.h"

/* .Release */
typedef struct bk_release_info {
    bk_str name, namespace_;
    int64_t revision;
    bool is_upgrade, is_install;
} bk_release_info;

/* The coalesced values of the chart tree, checked against the schemas unless `skip_schema`. They are the render's own: templates may
 * change them. Errors: "type mismatch on …", and "values don't meet the specifications of the schema(s) in the following chart(s): …". */
bk_status bk_render_values(bk_arena *arena, const bk_chart *chart, bk_map *values, bool skip_schema, const bk_schema_options *schema,
                           const bk_log *log, bk_map **ret, bk_err *err);

typedef struct bk_scope {
    const bk_chart *chart;
    bk_str path;   /* "root/charts/sub": templates are named from here on */
    bk_map *dot;   /* "." of all templates of this chart; "Template" is set for each file by who renders */
    size_t parent; /* place of the parent in the list; of the root: 0 */
} bk_scope;

typedef struct bk_scopes {
    bk_scope *p;
    size_t n, cap;
} bk_scopes;

/* One scope for each chart, parents before children. */
bk_status bk_render_scopes(bk_arena *arena, const bk_chart *chart, bk_map *values, const bk_release_info *release, bk_value capabilities,
                           bk_scopes *ret, bk_err *err);
/* Whether a file of `templates` is one at all: of a library chart only partials are. */
bool bk_render_is_template(const bk_chart *chart, bk_str name);

/* Methods of .Values (BK_T_VALUES) and .Files (BK_T_FILES), for bk_tmpl_set_methods. */
extern const bk_func bk_values_methods[], bk_files_methods[];
extern const size_t bk_values_method_count, bk_files_method_count;

#endif
