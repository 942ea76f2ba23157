#include "action/audit.h"

#include "action/output.h"
#include "action/request.h"
#include "kube/discovery.h"

static bk_status broken(bk_err *err) { return bk_err_set(err, BK_ERR_TRAP, "chart compartment stopped: it gave no answer"); }

static bk_str text_at(bk_value v, const char *key) { return v.kind == BK_MAP ? bk_map_str(v.map, key, BK_S("")) : BK_S(""); }

static bk_value list_at(bk_value v, const char *key) {
    const bk_value *list = v.kind == BK_MAP ? bk_map_get(v.map, bk_str_c(key)) : NULL;
    return list && list->kind == BK_LIST ? *list : bk_list(NULL, 0);
}

/* ---- kinds ---- */

static const struct builtin {
    const char *group, *kind, *plural;
    bool namespaced;
} builtins[] = {
#define BK_BUILTIN_KIND(group, kind, plural, namespaced) {group, kind, plural, namespaced},
#include "action/kinds.def"
#undef BK_BUILTIN_KIND
};

/* As the generators of CRDs make it: Policy, policies; Proxy, proxies; Mesh, meshes. */
static bk_status guess_plural(bk_arena *arena, bk_str kind, bk_str *ret, bk_err *err) {
    bk_buf out;
    bk_buf_init(&out, arena, 4096);
    for (size_t i = 0; i < kind.n; i++) bk_buf_byte(&out, (char)(kind.p[i] >= 'A' && kind.p[i] <= 'Z' ? kind.p[i] + 32 : kind.p[i]));
    bk_str word = bk_buf_view(&out);
    char before = word.n > 1 ? word.p[word.n - 2] : 0;
    bool y = bk_str_ends(word, BK_S("y")) && !strchr("aeiou", before);
    bool es =
        bk_str_ends(word, BK_S("s")) || bk_str_ends(word, BK_S("x")) || bk_str_ends(word, BK_S("ch")) || bk_str_ends(word, BK_S("sh"));
    if (y) bk_buf_cut(&out, out.n - 1);
    bk_buf_c(&out, y ? "ies" : es ? "es" : "s");
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_view(&out);
    return BK_OK;
}

/* A CRD among the objects that defines the kind. */
static bool defined(bk_value objects, bk_str group, bk_str kind, bk_audit_kind *ret) {
    for (uint32_t i = 0; objects.kind == BK_LIST && i < objects.len; i++) {
        const bk_value *crd = objects.items[i].kind == BK_MAP ? bk_map_get(objects.items[i].map, BK_S("crd")) : NULL;
        const bk_value *names = crd && crd->kind == BK_MAP ? bk_map_get(crd->map, BK_S("names")) : NULL;
        if (!names || !bk_str_eq(text_at(*crd, "group"), group) || !bk_str_eq(text_at(*names, "kind"), kind)) continue;
        *ret = (bk_audit_kind){group, text_at(*names, "plural"), !bk_str_eq(text_at(*crd, "scope"), BK_S("Cluster")), false};
        return ret->plural.n != 0;
    }
    return false;
}

bk_status bk_audit_kind_of(bk_arena *arena, bk_value objects, bk_str api_version, bk_str kind, bk_audit_kind *ret, bk_err *err) {
    bk_str group, version;
    if (!bk_str_cut(api_version, BK_S("/"), &group, &version)) group = BK_S("");
    for (size_t i = 0; i < BK_COUNT(builtins); i++) {
        const struct builtin *b = &builtins[i];
        if (!bk_str_eq(group, bk_str_c(b->group)) || !bk_str_eq(kind, bk_str_c(b->kind))) continue;
        *ret = (bk_audit_kind){group, bk_str_c(b->plural), b->namespaced, false};
        return BK_OK;
    }
    if (defined(objects, group, kind, ret)) return BK_OK;
    *ret = (bk_audit_kind){.group = group, .namespaced = true, .guessed = true};
    return guess_plural(arena, kind, &ret->plural, err);
}

/* ---- what the templates say ---- */

static bk_status copy_texts(bk_arena *arena, bk_value from, const char *const *keys, bk_items *to, bk_err *err) {
    bk_map *m = bk_map_new(arena, 6);
    bool ok = m != NULL;
    for (; ok && *keys; keys++) ok = bk_map_set(m, bk_str_c(*keys), bk_string(text_at(from, *keys)));
    if (!ok) return bk_arena_fail(arena, err);
    bk_items_add(to, bk_map_value(m));
    return BK_OK;
}

/* The texts of these keys of each item, and nothing else: the answer is a stranger's. */
static bk_status take_list(bk_arena *arena, bk_value answer, const char *key, const char *const *keys, bk_map *report, const char *as,
                           bk_err *err) {
    bk_value list = list_at(answer, key), made;
    bk_items items;
    bk_items_init(&items, arena);
    for (uint32_t i = 0; i < list.len; i++) BK_TRY(copy_texts(arena, list.items[i], keys, &items, err));
    BK_TRY(bk_items_list(&items, BK_T_LIST, &made, err));
    return bk_map_set(report, bk_str_c(as), made) ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status read_templates(bk_arena *arena, const bk_render_options *o, bk_map *report, bk_rendered *logs, bk_err *err) {
    static const char *const charts[] = {"path", "name", "version", NULL};
    static const char *const asks[] = {"effect", "function", "text", "chart", "where", NULL};
    static const char *const files[] = {"file", "error", NULL};
    bk_value answer = bk_nil();
    BK_TRY(bk_chart_call(arena, BK_CALL_AUDIT, o->chart, bk_map_new(arena, 0), bk_nil(), o->guard, &o->limits, logs, &answer, err));
    if (answer.kind != BK_MAP) return broken(err);
    bk_value list = list_at(answer, "charts"), root = list.len ? list.items[0] : bk_nil();
    bool ok = bk_map_set(report, BK_S("name"), bk_string(text_at(root, "name"))) &&
              bk_map_set(report, BK_S("version"), bk_string(text_at(root, "version")));
    if (!ok) return bk_arena_fail(arena, err);
    BK_TRY(take_list(arena, answer, "charts", charts, report, "charts", err));
    BK_TRY(take_list(arena, answer, "sites", asks, report, "asks", err));
    return take_list(arena, answer, "broken", files, report, "unreadable", err);
}

/* ---- what came out of them ---- */

static bk_status read_manifests(bk_arena *arena, const bk_render_options *o, const bk_rendered *rendered, bk_value *ret, bk_err *err) {
    static const bk_guard_options none;
    bk_request r;
    bk_guard *guard;
    bk_str output;
    bk_items items;
    bk_value list;
    BK_TRY(bk_request_open(&r, arena, err));
    bk_items_init(&items, arena);
    for (size_t i = 0; i < rendered->count; i++) {
        const bk_manifest *m = &rendered->manifests[i];
        bk_map *v = bk_map_new(arena, 3);
        bool ok = v && bk_map_set(v, BK_S("path"), bk_string(m->path)) && bk_map_set(v, BK_S("body"), bk_string(m->body)) &&
                  bk_map_set(v, BK_S("hook"), bk_bool(m->kind == BK_MANIFEST_HOOK));
        if (!ok) return bk_arena_fail(arena, err);
        bk_items_add(&items, bk_map_value(v));
    }
    BK_TRY(bk_items_list(&items, BK_T_LIST, &list, err));
    bk_request_put(&r, "manifests", list);
    bk_request_put(&r, "namespace", bk_string(o->namespace_));
    bk_request_put(&r, "all", bk_bool(true));
    BK_TRY(bk_guard_new(&none, &guard, err));
    bk_status s = bk_guard_close(guard, bk_request_send(&r, BK_CALL_REFERENCES, guard, &o->limits, &output, err), err);
    bk_guard_free(guard);
    if (s == BK_OK) s = bk_output_read(arena, output, NULL, ret, err);
    return s == BK_OK && ret->kind != BK_MAP ? broken(err) : s;
}

typedef struct sorter {
    bk_arena *arena;
    bk_items images, privileges, references, hooks, cluster;
    bk_err *err;
} sorter;

static bk_status add(sorter *s, bk_items *to, const char *key, bk_str what, bk_value from, bool is_hook) {
    bk_map *m = bk_map_new(s->arena, 6);
    bool ok = m && bk_map_set(m, bk_str_c(key), bk_string(what)) && bk_map_set(m, BK_S("kind"), bk_string(text_at(from, "kind"))) &&
              bk_map_set(m, BK_S("name"), bk_string(text_at(from, "name"))) &&
              bk_map_set(m, BK_S("path"), bk_string(text_at(from, "path")));
    if (ok && to == &s->images) ok = bk_map_set(m, BK_S("hook"), bk_bool(is_hook));
    if (ok && (to == &s->hooks || to == &s->cluster)) ok = bk_map_set(m, BK_S("apiVersion"), bk_string(text_at(from, "apiVersion")));
    if (!ok) return bk_arena_fail(s->arena, s->err);
    bk_items_add(to, bk_map_value(m));
    return BK_OK;
}

static bk_status sort_finding(sorter *s, bk_value found) {
    bk_str effect = text_at(found, "effect"), target = text_at(found, "target");
    bool hook = bk_str_eq(effect, BK_S("hook-image"));
    if (hook || bk_str_eq(effect, BK_S("image"))) return add(s, &s->images, "image", target, found, hook);
    if (!bk_str_eq(effect, BK_S("reference"))) return BK_OK;
    if (bk_str_starts(target, BK_S("privilege/")))
        return add(s, &s->privileges, "privilege", bk_str_from(target, sizeof "privilege/" - 1), found, false);
    if (bk_str_starts(target, BK_S("hostPath/"))) return add(s, &s->privileges, "privilege", target, found, false);
    return add(s, &s->references, "target", target, found, false);
}

static bk_status sort_object(sorter *s, bk_value objects, bk_value object) {
    bk_audit_kind kind;
    bk_str events = text_at(object, "events");
    if (events.n) BK_TRY(add(s, &s->hooks, "events", events, object, false));
    BK_TRY(bk_audit_kind_of(s->arena, objects, text_at(object, "apiVersion"), text_at(object, "kind"), &kind, s->err));
    if (kind.namespaced) return BK_OK;
    return add(s, &s->cluster, "plural", kind.plural, object, false);
}

static bk_status put_list(sorter *s, bk_items *items, bk_map *report, const char *key) {
    bk_value list;
    BK_TRY(bk_items_list(items, BK_T_LIST, &list, s->err));
    return bk_map_set(report, bk_str_c(key), list) ? BK_OK : bk_arena_fail(s->arena, s->err);
}

static bk_status sort_all(bk_arena *arena, bk_value answer, bk_map *report, bk_err *err) {
    sorter s = {.arena = arena, .err = err};
    bk_value found = list_at(answer, "found"), objects = list_at(answer, "objects");
    bk_items *const all[] = {&s.images, &s.privileges, &s.references, &s.hooks, &s.cluster};
    for (size_t i = 0; i < BK_COUNT(all); i++) bk_items_init(all[i], arena);
    for (uint32_t i = 0; i < found.len; i++) BK_TRY(sort_finding(&s, found.items[i]));
    for (uint32_t i = 0; i < objects.len; i++) BK_TRY(sort_object(&s, objects, objects.items[i]));
    BK_TRY(put_list(&s, &s.hooks, report, "hooks"));
    BK_TRY(put_list(&s, &s.images, report, "images"));
    BK_TRY(put_list(&s, &s.cluster, report, "clusterScoped"));
    BK_TRY(put_list(&s, &s.privileges, report, "privileges"));
    return put_list(&s, &s.references, report, "references");
}

/* A chart that does not render with these values is still worth the first part. */
static bk_status render(bk_arena *arena, const bk_render_options *o, bk_map *report, bk_rendered *rendered, bk_err *err) {
    bk_str why;
    bk_status s = bk_render(arena, o, rendered, err);
    if (s != BK_ERR && s != BK_ERR_DENIED) return s;
    bool ok = bk_arena_dup(arena, bk_err_message(err), &why) && bk_map_set(report, BK_S("notRendered"), bk_string(why));
    bk_err_release(err);
    rendered->count = 0;
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

/* No cluster is near, and many a template asks whether it has a kind: those that every cluster has are there. */
static bk_status add_kinds(bk_arena *arena, bk_render_options *o, bk_err *err) {
    bk_kube_discovery d = {0};
    BK_TRY(bk_kube_discover_stable(arena, &d, err));
    bk_str *all = BK_NEW_ARRAY(arena, bk_str, o->api_version_count + d.count);
    if (!all) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < o->api_version_count; i++) all[i] = o->api_versions[i];
    for (size_t i = 0; i < d.count; i++) {
        const bk_kube_resource *r = &d.items[i];
        bk_str *to = &all[o->api_version_count + i];
        if (!bk_arena_printf(arena, to, "%.*s%s%.*s/%.*s", BK_FMT(r->group), r->group.n ? "/" : "", BK_FMT(r->version), BK_FMT(r->kind)))
            return bk_arena_fail(arena, err);
    }
    o->api_versions = all;
    o->api_version_count += d.count;
    return BK_OK;
}

bk_status bk_action_audit(bk_arena *arena, const bk_audit_options *options, bk_audited *ret, bk_rendered *ret_logs, bk_err *err) {
    bk_rendered logs = {0}, rendered = {0};
    bk_render_options how = options->render;
    bk_map *report = bk_map_new(arena, 12);
    bk_value answer = bk_nil();
    if (!report) return bk_arena_fail(arena, err);
    BK_TRY(add_kinds(arena, &how, err));
    bk_status s = read_templates(arena, &how, report, &logs, err);
    if (s == BK_OK) s = render(arena, &how, report, &rendered, err);
    *ret_logs = rendered;
    BK_TRY(s);
    BK_TRY(read_manifests(arena, &how, &rendered, &answer, err));
    BK_TRY(sort_all(arena, answer, report, err));
    *ret = (bk_audited){.report = bk_map_value(report), .objects = list_at(answer, "objects")};
    return BK_OK;
}

/* ---- two charts ---- */

/* What makes two entries the same, list by list. */
static const struct {
    const char *list;
    const char *keys[4];
} sames[] = {{"asks", {"effect", "text"}},
             {"hooks", {"events", "kind", "name"}},
             {"images", {"image"}},
             {"clusterScoped", {"kind", "name"}},
             {"privileges", {"privilege", "kind", "name"}},
             {"references", {"target"}},
             {"charts", {"path", "version"}},
             {"unreadable", {"file"}}};

static bool key_of(bk_arena *arena, bk_value v, const char *const *keys, bk_str *ret) {
    *ret = BK_S("");
    for (size_t i = 0; i < 4 && keys[i]; i++) {
        bk_str part = text_at(v, keys[i]);
        if (!bk_arena_printf(arena, ret, "%.*s\n%.*s", BK_FMT(*ret), BK_FMT(part))) return false;
    }
    return true;
}

static bk_status beyond(bk_arena *arena, bk_value before, bk_value now, const char *list, const char *const *keys, bk_map *to,
                        bk_err *err) {
    bk_value old = list_at(before, list), fresh = list_at(now, list), made;
    bk_map *seen = bk_map_new(arena, old.len);
    bk_items items;
    bk_str key;
    if (!seen) return bk_arena_fail(arena, err);
    bk_items_init(&items, arena);
    for (uint32_t i = 0; i < old.len; i++)
        if (!key_of(arena, old.items[i], keys, &key) || !bk_map_set(seen, key, bk_bool(true))) return bk_arena_fail(arena, err);
    for (uint32_t i = 0; i < fresh.len; i++) {
        if (!key_of(arena, fresh.items[i], keys, &key)) return bk_arena_fail(arena, err);
        if (!bk_map_get(seen, key)) bk_items_add(&items, fresh.items[i]);
    }
    BK_TRY(bk_items_list(&items, BK_T_LIST, &made, err));
    return bk_map_set(to, bk_str_c(list), made) ? BK_OK : bk_arena_fail(arena, err);
}

bk_status bk_audit_beyond(bk_arena *arena, bk_value before, bk_value now, bk_value *ret, bk_err *err) {
    static const char *const heads[] = {"name", "version", "notRendered"};
    bk_map *m = bk_map_new(arena, 12);
    bool ok = m && bk_map_set(m, BK_S("from"), bk_string(text_at(before, "version")));
    for (size_t i = 0; ok && i < BK_COUNT(heads); i++) {
        const bk_value *v = bk_map_get(now.map, bk_str_c(heads[i]));
        if (v) ok = bk_map_set(m, bk_str_c(heads[i]), *v);
    }
    if (!ok) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < BK_COUNT(sames); i++) BK_TRY(beyond(arena, before, now, sames[i].list, sames[i].keys, m, err));
    *ret = bk_map_value(m);
    return BK_OK;
}
