#include "action/deploy_render.h"

#include "action/cluster_lookup.h"
#include "action/dependency.h"
#include "action/references.h"
#include "action/template.h"
#include "value/map.h"

/* ---- loading ---- */

/* Lines of the log, but for those that `told` begins with: loading says what it says again when the chart is rendered. */
static void pass_logs(bk_deploy *d, const bk_rendered *r, const bk_rendered *told) {
    bool again = told != NULL;
    for (size_t i = 0; i < r->log_count; i++) {
        bk_str level;
        again = again && i < told->log_count && bk_str_eq(told->logs[i].text, r->logs[i].text);
        if (again) continue;
        if (d->ears.log && bk_arena_dup(d->arena, r->logs[i].level, &level)) d->ears.log(d->ears.self, level.p, r->logs[i].text);
    }
}

static bk_status load_chart(bk_deploy *d, bk_deploy_chart *c, bool upgrade, bool crds, bk_buf *out, bk_err *err) {
    bk_template_options o = {.render = c->render, .dependency_update = c->dependency_update, .dependency = c->dependency};
    o.render.values = c->values;
    o.render.load_only = true;
    o.render.cluster = false; /* nothing is rendered; and a replay knows of none */
    o.render.upgrade = upgrade;
    o.render.include_crds = crds;
    bk_status s = bk_template_render(d->arena, &o, out, &c->crds, err);
    pass_logs(d, &c->crds, NULL);
    return s;
}

bk_status bk_deploy_load(bk_deploy *d, bk_deploy_chart *c, bool upgrade, bool crds, bk_buf *out, bk_err *err) {
    BK_TRY(bk_operator_values(d->arena, d->guard, c->sources, c->source_count, &d->limits, &c->values, err));
    c->render.upgrade = upgrade;
    c->render.is_upgrade = upgrade;
    return load_chart(d, c, upgrade, crds, out, err);
}

/* ---- rendering ---- */

static void put_manifest(bk_buf *out, const bk_manifest *m, bool hide_secret) {
    bool hidden = hide_secret && bk_str_eq(m->object_kind, BK_S("Secret")) && bk_str_eq(m->api_version, BK_S("v1"));
    bk_buf_c(out, "---\n# Source: ");
    bk_buf_str(out, m->path);
    bk_buf_byte(out, '\n');
    bk_buf_str(out, hidden ? BK_S("# HIDDEN: The Secret output has been suppressed") : m->body);
    bk_buf_byte(out, '\n');
}

static bk_status manifest_of(bk_arena *arena, const bk_rendered *r, bool hide_secret, bk_str *ret, bk_err *err) {
    bk_buf text;
    bk_buf_init(&text, arena, (size_t)256 << 20);
    for (size_t i = 0; i < r->count; i++)
        if (r->manifests[i].kind == BK_MANIFEST_RESOURCE) put_manifest(&text, &r->manifests[i], hide_secret);
    BK_TRY(bk_buf_check(&text, err));
    *ret = bk_buf_take(&text);
    return BK_OK;
}

static bk_status hooks_of(bk_arena *arena, const bk_rendered *r, bk_release *release, bk_err *err) {
    size_t n = 0;
    for (size_t i = 0; i < r->count; i++) n += r->manifests[i].hook != NULL;
    release->hooks = BK_NEW_ARRAY(arena, bk_hook, n + 1);
    if (!release->hooks) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < r->count; i++)
        if (r->manifests[i].hook) release->hooks[release->hook_count++] = *r->manifests[i].hook;
    return BK_OK;
}

/* ---- the release ---- */

static bk_status allow_lookups(bk_deploy *d, const bk_deploy_chart *c, const bk_render_options *o, bk_err *err) {
    const bk_cluster_lookup_options options = {.guard = d->guard,
                                               .kube = d->cluster.kube,
                                               .discovery = d->cluster.assumed ? NULL : &d->cluster.discovery,
                                               .cache = d->cluster.cache,
                                               .release = o->release,
                                               .namespace_ = o->namespace_,
                                               .values = o->values,
                                               .last = c->last,
                                               .history = c->history,
                                               .limits = d->limits};
    return bk_cluster_lookup(d->arena, &options, NULL, err);
}

static bk_status render(bk_deploy *d, bk_deploy_chart *c, bk_dry_run dry_run, const bk_release *release, bk_render_options *o,
                        bk_rendered *ret, bk_err *err) {
    *o = c->render;
    *ret = (bk_rendered){0};
    o->release = release->name;
    o->namespace_ = release->namespace_;
    o->values = release->config;
    o->revision = release->version;
    o->record = true;
    if (d->cluster.known) BK_TRY(bk_cluster_capabilities(&d->cluster, d->arena, o, err));
    if (d->cluster.known && dry_run != BK_DRY_RUN_CLIENT) BK_TRY(allow_lookups(d, c, o, err));
    return bk_render(d->arena, o, ret, err);
}

bk_status bk_deploy_render(bk_deploy *d, bk_deploy_chart *c, bk_dry_run dry_run, bk_release *release, bk_err *err) {
    bk_render_options o;
    bk_rendered r;
    bk_status s = render(d, c, dry_run, release, &o, &r, err);
    if (d->cluster.assumed && (s != BK_OK || r.asks_capabilities)) { /* looked at without being named: `{{ toYaml . }}` */
        bk_err_release(err);
        BK_TRY(bk_cluster_know(&d->cluster, d->arena, err));
        s = render(d, c, dry_run, release, &o, &r, err);
    }
    pass_logs(d, &r, &c->crds);
    c->unrendered = s != BK_OK && !r.rendering;
    BK_TRY(s);
    BK_TRY(bk_references_check(d->arena, &o, &r, err));
    BK_TRY(manifest_of(d->arena, &r, c->hide_secret, &release->manifest, err));
    release->chart = r.chart;
    release->metadata = r.metadata;
    release->notes = r.notes;
    return hooks_of(d->arena, &r, release, err);
}

/* ---- values ---- */

enum { DEPTH = 200 };

static bk_status fill(bk_arena *arena, bk_map *over, bk_map *under, unsigned budget, bk_err *err) {
    if (budget == 0) return bk_err_limit(err, "nesting of values", DEPTH);
    for (size_t i = 0; i < bk_map_len(under); i++) {
        const bk_map_entry *e = bk_map_at(under, i);
        bk_value *mine = bk_map_get(over, e->key);
        if (!mine) {
            if (!bk_map_set(over, e->key, e->value)) return bk_arena_fail(arena, err);
        } else if (mine->kind == BK_NIL && e->value.kind != BK_NIL) {
            bk_map_delete(over, e->key);
        } else if (mine->kind == BK_MAP && e->value.kind == BK_MAP && mine->map && e->value.map) {
            BK_TRY(fill(arena, mine->map, e->value.map, budget - 1, err));
        }
    }
    return BK_OK;
}

bk_status bk_values_over(bk_arena *arena, bk_value over, bk_value under, bk_value *ret, bk_err *err) {
    if (under.kind != BK_MAP || !under.map) {
        *ret = over;
        return BK_OK;
    }
    if (over.kind != BK_MAP || !over.map) {
        *ret = under;
        return BK_OK;
    }
    BK_TRY(bk_deep_copy(arena, over, ret, err));
    return fill(arena, ret->map, under.map, DEPTH, err);
}
