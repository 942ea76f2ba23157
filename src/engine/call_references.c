/* What manifests use: images and kinds of hooks, and what they refer to without bringing it along. For the host's policy: nothing of the chart runs here. */
#include "base/limits.h"
#include "data/yaml.h"
#include "engine/calls.h"

#define FOUND_MAX 10000u
/* Lists of objects within lists. */
#define LIST_DEPTH 8u

typedef struct finder {
    bk_call_state *call;
    bk_str release_namespace;
    bk_map *owned; /* Kind/namespace/name of the release's own objects */
    bk_map *seen;  /* what was found: each thing once for a file */
    bk_items found;
    bool all; /* images of all pods too, and the objects themselves: for an audit */
    bk_items objects;
    /* The object at hand. */
    bk_str path, namespace_, kind, name;
    bool hook, unsorted; /* not told apart yet: the annotation says what is a hook */
    bk_status status;
} finder;

typedef void (*each_object)(finder *f, bk_map *object);

/* ---- reading objects ---- */

static bk_map *map_at(bk_map *m, const char *key) {
    bk_value *v = m ? bk_map_get(m, bk_str_c(key)) : NULL;
    return v && v->kind == BK_MAP ? v->map : NULL;
}

static bk_value list_at(bk_map *m, const char *key) {
    bk_value *v = m ? bk_map_get(m, bk_str_c(key)) : NULL;
    return v && v->kind == BK_LIST ? *v : bk_list(NULL, 0);
}

static bk_map *item(bk_value list, uint32_t i) { return list.items[i].kind == BK_MAP ? list.items[i].map : NULL; }

static bk_str text_at(bk_map *m, const char *key) { return bk_map_str(m, key, BK_S("")); }

static bool true_at(bk_map *m, const char *key) { return bk_map_bool(m, key, false); }

static void fail(finder *f) {
    if (f->status == BK_OK) f->status = bk_arena_fail(f->call->arena, f->call->err);
}

/* Objects that lie in no namespace, of those that are referred to. */
static bool is_global(bk_str kind) {
    return bk_str_eq(kind, BK_S("ClusterRole")) || bk_str_eq(kind, BK_S("PriorityClass")) || bk_str_eq(kind, BK_S("RuntimeClass"));
}

static bool owner_key(finder *f, bk_str kind, bk_str space, bk_str name, bk_str *ret) {
    if (is_global(kind)) space = BK_S("");
    bool ok = bk_arena_printf(f->call->arena, ret, "%.*s/%.*s/%.*s", BK_FMT(kind), BK_FMT(space), BK_FMT(name));
    if (!ok) fail(f);
    return ok;
}

/* ---- findings ---- */

static void add(finder *f, const char *effect, bk_str target) {
    bk_str key;
    bk_map *m;
    if (f->status != BK_OK || !target.n) return;
    if (!bk_arena_printf(f->call->arena, &key, "%s %.*s %.*s/%.*s %.*s", effect, BK_FMT(f->path), BK_FMT(f->kind), BK_FMT(f->name),
                         BK_FMT(target))) {
        fail(f);
        return;
    }
    if (bk_map_get(f->seen, key)) return;
    if (f->found.n == FOUND_MAX) {
        f->status = bk_err_limit(f->call->err, "references of manifests", FOUND_MAX);
        return;
    }
    m = bk_map_new(f->call->arena, 5);
    bool ok = m && bk_map_set(f->seen, key, bk_bool(true)) && bk_map_set(m, BK_S("effect"), bk_string(bk_str_c(effect))) &&
              bk_map_set(m, BK_S("target"), bk_string(target)) && bk_map_set(m, BK_S("path"), bk_string(f->path)) &&
              bk_map_set(m, BK_S("kind"), bk_string(f->kind)) && bk_map_set(m, BK_S("name"), bk_string(f->name));
    if (ok) bk_items_add(&f->found, bk_map_value(m));
    else fail(f);
}

static void refer(finder *f, const char *kind, bk_str name) {
    bk_str key, target;
    if (!name.n || f->status != BK_OK || !owner_key(f, bk_str_c(kind), f->namespace_, name, &key) || bk_map_get(f->owned, key)) return;
    if (bk_arena_printf(f->call->arena, &target, "%s/%.*s", kind, BK_FMT(name))) add(f, "reference", target);
    else fail(f);
}

static void privilege(finder *f, const char *what, bk_str more) {
    bk_str target;
    if (bk_arena_printf(f->call->arena, &target, "privilege/%s%.*s", what, BK_FMT(more))) add(f, "reference", target);
    else fail(f);
}

/* As container runtimes read a name: without a registry it is Docker Hub's, without a folder there it lies in library. */
static void add_image(finder *f, bk_str image) {
    bk_str target;
    size_t slash = bk_str_find_byte(image, '/');
    bk_str first = slash == BK_NPOS ? BK_S("") : bk_str_sub(image, 0, slash);
    bool registry =
        bk_str_find_byte(first, '.') != BK_NPOS || bk_str_find_byte(first, ':') != BK_NPOS || bk_str_eq(first, BK_S("localhost"));
    const char *before = registry ? "" : slash == BK_NPOS ? "docker.io/library/" : "docker.io/";
    if (registry && bk_str_eq(first, BK_S("index.docker.io"))) {
        before = "docker.io/";
        image = bk_str_from(image, slash + 1);
    }
    if (!image.n) return;
    if (bk_arena_printf(f->call->arena, &target, "%s%.*s", before, BK_FMT(image))) add(f, f->hook ? "hook-image" : "image", target);
    else fail(f);
}

/* ---- pods ---- */

static void environment(finder *f, bk_map *container) {
    bk_value env = list_at(container, "env"), from = list_at(container, "envFrom");
    for (uint32_t i = 0; i < env.len; i++) {
        bk_map *source = map_at(item(env, i), "valueFrom");
        refer(f, "Secret", text_at(map_at(source, "secretKeyRef"), "name"));
        refer(f, "ConfigMap", text_at(map_at(source, "configMapKeyRef"), "name"));
    }
    for (uint32_t i = 0; i < from.len; i++) {
        refer(f, "Secret", text_at(map_at(item(from, i), "secretRef"), "name"));
        refer(f, "ConfigMap", text_at(map_at(item(from, i), "configMapRef"), "name"));
    }
}

static void container(finder *f, bk_map *c) {
    bk_map *security = map_at(c, "securityContext");
    bk_value added = list_at(map_at(security, "capabilities"), "add"), ports = list_at(c, "ports");
    environment(f, c);
    if (f->hook || f->all) add_image(f, text_at(c, "image"));
    if (true_at(security, "privileged")) privilege(f, "privileged", BK_S(""));
    for (uint32_t i = 0; i < added.len; i++)
        if (added.items[i].kind == BK_STRING) privilege(f, "capability/", bk_value_str(added.items[i]));
    for (uint32_t i = 0; i < ports.len; i++)
        if (item(ports, i) && bk_map_get(item(ports, i), BK_S("hostPort"))) privilege(f, "hostPort", BK_S(""));
}

static void volume(finder *f, bk_map *v) {
    bk_value sources = list_at(map_at(v, "projected"), "sources");
    bk_str host = text_at(map_at(v, "hostPath"), "path"), target;
    refer(f, "Secret", text_at(map_at(v, "secret"), "secretName"));
    refer(f, "ConfigMap", text_at(map_at(v, "configMap"), "name"));
    refer(f, "PersistentVolumeClaim", text_at(map_at(v, "persistentVolumeClaim"), "claimName"));
    refer(f, "Secret", text_at(map_at(map_at(v, "csi"), "nodePublishSecretRef"), "name"));
    for (uint32_t i = 0; i < sources.len; i++) {
        refer(f, "Secret", text_at(map_at(item(sources, i), "secret"), "name"));
        refer(f, "ConfigMap", text_at(map_at(item(sources, i), "configMap"), "name"));
    }
    if (!host.n) return;
    if (bk_arena_printf(f->call->arena, &target, "hostPath%s%.*s", host.p[0] == '/' ? "" : "/", BK_FMT(host))) add(f, "reference", target);
    else fail(f);
}

static void pull_secrets(finder *f, bk_map *m) {
    bk_value secrets = list_at(m, "imagePullSecrets");
    for (uint32_t i = 0; i < secrets.len; i++) refer(f, "Secret", text_at(item(secrets, i), "name"));
}

static void pod(finder *f, bk_map *spec) {
    static const char *const lists[] = {"containers", "initContainers", "ephemeralContainers"};
    static const char *const host[] = {"hostNetwork", "hostPID", "hostIPC"};
    bk_value volumes = list_at(spec, "volumes");
    for (size_t k = 0; k < BK_COUNT(lists); k++) {
        bk_value containers = list_at(spec, lists[k]);
        for (uint32_t i = 0; i < containers.len; i++) container(f, item(containers, i));
    }
    for (uint32_t i = 0; i < volumes.len; i++) volume(f, item(volumes, i));
    for (size_t k = 0; k < BK_COUNT(host); k++)
        if (true_at(spec, host[k])) privilege(f, host[k], BK_S(""));
    pull_secrets(f, spec);
    bk_str account = text_at(spec, "serviceAccountName");
    refer(f, "ServiceAccount", account.n ? account : text_at(spec, "serviceAccount"));
    refer(f, "PriorityClass", text_at(spec, "priorityClassName"));
    refer(f, "RuntimeClass", text_at(spec, "runtimeClassName"));
}

/* ---- objects ---- */

/* Pods stand in a few places, whatever the kind: so custom resources that hold them are seen as well. */
static void pods_of(finder *f, bk_map *object) {
    bk_map *spec = map_at(object, "spec");
    bk_map *job = map_at(map_at(spec, "jobTemplate"), "spec");
    bk_map *const places[] = {spec, map_at(map_at(spec, "template"), "spec"), map_at(map_at(job, "template"), "spec"),
                              map_at(map_at(object, "template"), "spec")};
    for (size_t i = 0; i < BK_COUNT(places); i++)
        if (places[i] && (list_at(places[i], "containers").len || list_at(places[i], "initContainers").len)) pod(f, places[i]);
}

/* Copies what there is of these keys. */
static bool keep(bk_map *to, bk_map *from, const char *const *keys) {
    for (; *keys; keys++) {
        const bk_value *v = from ? bk_map_get(from, bk_str_c(*keys)) : NULL;
        if (v && !bk_map_set(to, bk_str_c(*keys), *v)) return false;
    }
    return true;
}

/* What an audit tells of an object: which it is, and what its roles or its new kinds are. */
static void tell_object(finder *f, bk_map *object) {
    static const char *const roles[] = {"rules", "roleRef", "apiVersion", NULL};
    static const char *const kinds[] = {"group", "names", "scope", NULL};
    bk_map *m = bk_map_new(f->call->arena, 10), *crd = bk_map_new(f->call->arena, 4);
    bk_map *metadata = map_at(object, "metadata");
    bool ok = m && crd && keep(m, object, roles) && bk_map_set(m, BK_S("kind"), bk_string(f->kind)) &&
              bk_map_set(m, BK_S("name"), bk_string(f->name)) && bk_map_set(m, BK_S("path"), bk_string(f->path)) &&
              bk_map_set(m, BK_S("namespace"), bk_string(text_at(metadata, "namespace")));
    if (ok && f->hook) ok = bk_map_set(m, BK_S("events"), bk_string(text_at(map_at(metadata, "annotations"), "helm.sh/hook")));
    if (ok && bk_str_eq(f->kind, BK_S("CustomResourceDefinition")))
        ok = keep(crd, map_at(object, "spec"), kinds) && bk_map_set(m, BK_S("crd"), bk_map_value(crd));
    if (ok) bk_items_add(&f->objects, bk_map_value(m));
    else fail(f);
}

static void find(finder *f, bk_map *object) {
    bk_map *role = map_at(object, "roleRef"), *spec = map_at(object, "spec");
    bk_value tls = list_at(spec, "tls"), secrets = list_at(object, "secrets");
    if (f->hook) add(f, "hook-kind", f->kind);
    if (f->all) tell_object(f, object);
    pods_of(f, object);
    if (bk_str_eq(text_at(role, "kind"), BK_S("ClusterRole"))) refer(f, "ClusterRole", text_at(role, "name"));
    else refer(f, "Role", text_at(role, "name"));
    if (bk_str_eq(f->kind, BK_S("Ingress")))
        for (uint32_t i = 0; i < tls.len; i++) refer(f, "Secret", text_at(item(tls, i), "secretName"));
    if (!bk_str_eq(f->kind, BK_S("ServiceAccount"))) return;
    pull_secrets(f, object);
    for (uint32_t i = 0; i < secrets.len; i++) refer(f, "Secret", text_at(item(secrets, i), "name"));
}

static void own(finder *f, bk_map *object) {
    bk_str key;
    (void)object;
    if (owner_key(f, f->kind, f->namespace_, f->name, &key) && !bk_map_set(f->owned, key, bk_bool(true))) fail(f);
}

static void walk_object(finder *f, bk_map *object, unsigned budget, each_object each) {
    bk_map *metadata = map_at(object, "metadata");
    bk_value items = list_at(object, "items");
    bk_str kind = text_at(object, "kind"), space = text_at(metadata, "namespace");
    if (!object || f->status != BK_OK || budget == 0) return;
    if (f->unsorted && budget == LIST_DEPTH) {
        bk_map *annotations = map_at(metadata, "annotations");
        bk_value *annotation = annotations ? bk_map_get(annotations, BK_S("helm.sh/hook")) : NULL;
        f->hook = annotation && annotation->kind == BK_STRING && annotation->len;
    }
    if (bk_str_ends(kind, BK_S("List")) && items.len) {
        for (uint32_t i = 0; i < items.len; i++) walk_object(f, item(items, i), budget - 1, each);
    } else if (kind.n) {
        f->kind = kind;
        f->name = text_at(metadata, "name");
        f->namespace_ = space.n ? space : f->release_namespace;
        each(f, object);
    }
}

static bk_status walk_text(finder *f, bk_str text, each_object each) {
    bk_value v;
    bk_err why = BK_ERR_INIT;
    bk_arena_point here = bk_arena_here(f->call->arena);
    bk_status s = bk_yaml_decode(f->call->arena, text, 0, BK_T_MAP, &v, &why);
    if (s == BK_ERR_NOMEM || s == BK_ERR_LIMIT) {
        bk_err_move(f->call->err, &why);
        return s;
    }
    bk_err_release(&why);
    if (s == BK_OK && v.kind == BK_MAP) walk_object(f, v.map, LIST_DEPTH, each);
    else bk_arena_back(f->call->arena, here); /* no YAML: nobody will apply it */
    return f->status;
}

/* A file of crds/ holds several documents. */
static bk_status walk_documents(finder *f, bk_str text, each_object each) {
    bk_str line, rest = text;
    size_t from = 0;
    while (bk_str_line(&rest, &line)) {
        size_t at = (size_t)(line.p - text.p);
        if (!bk_str_starts(line, BK_S("---"))) continue;
        BK_TRY(walk_text(f, bk_str_sub(text, from, at), each));
        from = at + line.n;
    }
    return walk_text(f, bk_str_from(text, from), each);
}

static bk_status walk(finder *f, bk_value manifests, each_object each) {
    for (uint32_t i = 0; i < manifests.len && f->status == BK_OK; i++) {
        bk_map *m = item(manifests, i);
        f->path = text_at(m, "path");
        f->hook = true_at(m, "hook");
        f->unsorted = m && !bk_map_get(m, BK_S("hook"));
        if (f->all) BK_TRY(walk_documents(f, text_at(m, "body"), each));
        else BK_TRY(walk_text(f, text_at(m, "body"), each));
    }
    return f->status;
}

/* With `all` the objects stand beside the findings. */
static bk_status answer(finder *f) {
    bk_call_state *call = f->call;
    bk_value found, objects;
    BK_TRY(bk_items_list(&f->found, BK_T_LIST, &found, call->err));
    if (!f->all) return bk_call_emit_value(call, BK_TAG_RESULT, found);
    bk_map *m = bk_map_new(call->arena, 2);
    BK_TRY(bk_items_list(&f->objects, BK_T_LIST, &objects, call->err));
    if (!m || !bk_map_set(m, BK_S("found"), found) || !bk_map_set(m, BK_S("objects"), objects))
        return bk_arena_fail(call->arena, call->err);
    return bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(m));
}

bk_status bk_call_references(bk_call_state *call) {
    bk_arena *arena = call->arena;
    bk_value *manifests = bk_map_get(call->options, BK_S("manifests"));
    finder f = {.call = call,
                .all = bk_map_bool(call->options, "all", false),
                .release_namespace = bk_map_str(call->options, "namespace", BK_S("")),
                .owned = bk_map_new(arena, 64),
                .seen = bk_map_new(arena, 64)};
    bk_items_init(&f.found, arena);
    bk_items_init(&f.objects, arena);
    if (!manifests || manifests->kind != BK_LIST) return bk_err_set(call->err, BK_ERR, "malformed request: no manifests");
    if (!f.owned || !f.seen) return bk_arena_fail(arena, call->err);
    BK_TRY(walk(&f, *manifests, own));
    BK_TRY(walk(&f, *manifests, find));
    return answer(&f);
}
