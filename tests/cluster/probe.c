/* cluster-probe: objects on a real API server, one operation a run, for run.py.
 *
 *     cluster-probe kubeconfig=F [namespace=N] [release=R] [cache=D] [ssa] [force] [replace] [migrate] [custom] [dry] [take] [novalidate] [uninstall] OPERATION FILE [FILE]
 *
 * OPERATION: build, judge, create, update (old and new), remove. Answers with a line of JSON: {error, objects: [[kind, namespace, name, change]], created, updated,
 * deleted, errors}. */
#include <stdio.h>
#include <stdlib.h>

#include "action/objects.h"
#include "action/render.h"
#include "data/json.h"
#include "kube/apply.h"

extern char **environ;

typedef struct probe {
    bk_arena arena;
    bk_err err;
    bk_kube_options options;
    bk_str cache, release, propagation;
    bk_kube_apply how;
    bool take, uninstall;
    bk_kube_config config;
    bk_kube *kube;
    bk_kube_discovery discovery;
    bk_map *out;
} probe;

static bk_status yaml(void *self, bk_arena *to, bk_str text, bk_value *ret, bk_err *err) {
    (void)self;
    return bk_engine_yaml(to, text, ret, err);
}

static void put(probe *p, const char *key, bk_value v) {
    if (!bk_map_set(p->out, bk_str_c(key), v)) abort();
}

static bk_value strings(probe *p, const bk_str *items, size_t n) {
    bk_value *v = BK_NEW_ARRAY(&p->arena, bk_value, n + 1);
    for (size_t i = 0; i < n; i++) v[i] = bk_string(items[i]);
    return bk_list(v, n);
}

static bk_value names(probe *p, const bk_kube_objects *list) {
    static const char *const changes[] = {"untouched", "created", "updated", "unchanged", "deleted", "absent", "kept", "failed"};
    bk_value *v = BK_NEW_ARRAY(&p->arena, bk_value, list->count + 1);
    for (size_t i = 0; i < list->count; i++) {
        const bk_kube_object *o = &list->items[i];
        const bk_str row[] = {o->resource->kind, o->namespace_, o->name, bk_str_c(changes[o->change]), o->source};
        v[i] = strings(p, row, BK_COUNT(row));
    }
    return bk_list(v, list->count);
}

static bk_str file(probe *p, const char *path) {
    bk_buf b;
    FILE *f = fopen(path, "rb");
    if (!f) abort();
    bk_buf_init(&b, &p->arena, 0);
    for (size_t n = 1; n;) {
        char *at = bk_buf_reserve(&b, 65536);
        if (!at) abort();
        n = fread(at, 1, 65536, f);
        b.n += n;
    }
    fclose(f);
    return bk_buf_view(&b);
}

static bk_status build(probe *p, const char *path, bool own, bk_kube_objects *ret) {
    const bk_sandbox_limits limits = {.who = "chart"};
    bk_value read;
    bk_str ns = p->config.namespace_;
    BK_TRY(bk_objects_read(&p->arena, file(p, path), p->uninstall ? BK_OBJECTS_UNINSTALL : BK_OBJECTS_INSTALL, &limits, &read, &p->err));
    bk_status s = bk_kube_build(&p->arena, &p->discovery, ns, read, own && !p->how.skip_validation, ret, &p->err);
    return s == BK_OK && own && p->release.n ? bk_kube_own(&p->arena, ret, p->release, ns, &p->err) : s;
}

static bk_status judge(probe *p, bk_kube_objects *list, bk_kube_objects *ret) {
    BK_TRY(bk_kube_read(p->kube, &p->arena, list, &p->err));
    return bk_kube_judge(&p->arena, list, p->release, p->config.namespace_, p->take ? BK_KUBE_TAKE : BK_KUBE_MUST_OWN, ret, &p->err);
}

/* As an upgrade does it: what is new is read and judged, and what is there already is adopted. */
static bk_status update(probe *p, bk_kube_objects *old, bk_kube_objects *list) {
    bk_kube_objects fresh = {0}, adopted = {0};
    bk_kube_result r = {0};
    bk_status s = bk_kube_objects_without(&p->arena, list, old, &fresh, &p->err);
    if (s == BK_OK && p->release.n) s = judge(p, &fresh, &adopted);
    for (size_t i = 0; s == BK_OK && i < adopted.count; i++) s = bk_kube_objects_add(&p->arena, old, &adopted.items[i], &p->err);
    for (size_t i = 0; s == BK_OK && p->release.n && i < fresh.count; i++) {
        bk_kube_object *o = bk_kube_objects_find(list, &fresh.items[i]);
        o->live = fresh.items[i].live;
        o->read = fresh.items[i].read;
        o->metadata_only = fresh.items[i].metadata_only;
    }
    if (s == BK_OK) s = bk_kube_update(p->kube, &p->arena, old, list, &p->how, &r, &p->err);
    put(p, "created", names(p, &r.created));
    put(p, "updated", names(p, &r.updated));
    put(p, "deleted", names(p, &r.deleted));
    return s;
}

static bk_status run(probe *p, bk_str op, char **files) {
    bk_kube_objects list = {0}, old = {0};
    bk_value errors = bk_nil();
    bool exists = false;
    bk_status s = BK_OK;
    BK_TRY(bk_kube_discover(p->kube, &p->arena, p->cache, &p->discovery, &p->err));
    if (bk_str_eq(op, BK_S("update"))) {
        s = build(p, files[0], false, &old);
        if (s == BK_OK) s = build(p, files[1], true, &list);
        if (s == BK_OK) s = update(p, &old, &list);
    } else {
        s = build(p, files[0], true, &list);
        if (s == BK_OK && bk_str_eq(op, BK_S("judge"))) s = judge(p, &list, &old);
        if (s == BK_OK && bk_str_eq(op, BK_S("create"))) s = bk_kube_create(p->kube, &p->arena, &list, &p->how, &exists, &p->err);
        if (s == BK_OK && bk_str_eq(op, BK_S("remove")))
            s = bk_kube_remove(p->kube, &p->arena, &list, p->propagation, p->how.dry_run, &errors, &p->err);
    }
    put(p, "objects", names(p, &list));
    put(p, "adopted", names(p, &old));
    put(p, "errors", errors);
    put(p, "exists", bk_bool(exists));
    return s;
}

static bool set(probe *p, bk_str arg) {
    bk_str key, v;
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"ssa", &p->how.server_side}, {"force", &p->how.force_conflicts},      {"replace", &p->how.force_replace},
                 {"migrate", &p->how.migrate}, {"custom", &p->how.merge_custom},        {"dry", &p->how.dry_run},
                 {"take", &p->take},           {"novalidate", &p->how.skip_validation}, {"uninstall", &p->uninstall}};
    const struct {
        const char *name;
        bk_str *text;
    } texts[] = {
        {"kubeconfig", &p->options.kubeconfig}, {"namespace", &p->options.namespace_}, {"release", &p->release}, {"cache", &p->cache},
        {"propagation", &p->propagation},       {"server", &p->options.apiserver}};
    for (size_t i = 0; i < BK_COUNT(flags); i++)
        if (bk_str_eq(arg, bk_str_c(flags[i].name))) return *flags[i].flag = true;
    if (!bk_str_cut(arg, BK_S("="), &key, &v)) return false;
    for (size_t i = 0; i < BK_COUNT(texts); i++) {
        if (!bk_str_eq(key, bk_str_c(texts[i].name))) continue;
        *texts[i].text = v;
        return true;
    }
    return false;
}

int main(int argc, char **argv) {
    probe p = {.err = BK_ERR_INIT, .options = {.yaml = yaml}, .propagation = BK_S("Background")};
    const bk_kube_client_options client = {.qps = -1, .environment = environ};
    bk_buf text;
    bk_err ignored = BK_ERR_INIT;
    int i = 1;
    bk_arena_init(&p.arena, 0);
    p.out = bk_map_new(&p.arena, 8);
    while (i < argc && set(&p, bk_str_c(argv[i]))) i++;
    if (argc - i < 2 || !p.out) return 2;
    bk_status s = bk_kube_config_load(&p.arena, &p.options, &p.config, &p.err);
    if (s == BK_OK) s = bk_kube_new(&p.config, &client, &p.kube, &p.err);
    if (s == BK_OK) s = run(&p, bk_str_c(argv[i]), argv + i + 1);
    put(&p, "error", bk_string(bk_err_message(&p.err)));
    put(&p, "status", bk_int64(s));
    bk_buf_init(&text, &p.arena, 0);
    if (bk_json_encode(&text, &p.arena, bk_map_value(p.out), 0, &ignored) != BK_OK) abort();
    printf("%.*s\n", BK_FMT(bk_buf_view(&text)));
    bk_kube_free(p.kube);
    bk_err_release(&p.err);
    bk_arena_release(&p.arena);
    return 0;
}
