#include "chart/capabilities.h"

#include "value/gofmt.h"
#include "value/map.h"

/* What a chart learns of the program: Helm's version, since it is Helm whose behaviour it gets. */
static const char HELM_VERSION[] = "v4.3.1", GO_VERSION[] = "go1.26.8", CLIENT_VERSION[] = "v1.37";

static const char *const API_VERSIONS[] = {
#define BK_API_VERSION(name) name,
#include "chart/api_versions.def"
#undef BK_API_VERSION
};

static bk_value text(const char *c) { return bk_string(bk_str_c(c)); }

/* ---- making ---- */

bk_status bk_capabilities_default(bk_arena *arena, bk_capabilities *ret, bk_err *err) {
    *ret = (bk_capabilities){.kube = {BK_S("v1.37.0"), BK_S("v1.37.0"), BK_S("1"), BK_S("37")},
                             .api_versions = bk_list_typed(BK_T_VERSION_SET, bk_no_items, 0)};
    bk_str names[BK_COUNT(API_VERSIONS)];
    for (size_t i = 0; i < BK_COUNT(API_VERSIONS); i++) names[i] = bk_str_c(API_VERSIONS[i]);
    return bk_capabilities_add(arena, ret, names, BK_COUNT(API_VERSIONS), err);
}

bk_status bk_capabilities_add(bk_arena *arena, bk_capabilities *caps, const bk_str *versions, size_t n, bk_err *err) {
    bk_items items;
    bk_items_init(&items, arena);
    for (size_t i = 0; i < caps->api_versions.len; i++) bk_items_add(&items, caps->api_versions.items[i]);
    for (size_t i = 0; i < n; i++) bk_items_add(&items, bk_string(versions[i]));
    return bk_items_list(&items, BK_T_VERSION_SET, &caps->api_versions, err);
}

bk_status bk_capabilities_set_kube(bk_arena *arena, bk_capabilities *caps, bk_str version, bk_err *err) {
    return bk_kube_version_parse(arena, version, &caps->kube, err);
}

void bk_capabilities_of_cluster(bk_capabilities *caps, bk_str version, bk_str major, bk_str minor) {
    caps->kube = (bk_kube_version){.version = version, .major = major, .minor = minor};
    caps->api_versions = bk_list_typed(BK_T_VERSION_SET, bk_no_items, 0);
}

/* ---- KubeVersion ---- */

static const bk_kube_version *kube_of(const bk_object *self) { return self->data; }

static bk_status kube_string(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)call, (void)argc;
    *ret = bk_string(bk_capabilities_compared(kube_of(args[0].object)));
    return BK_OK;
}

static bk_status kube_git_version(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)call, (void)argc;
    *ret = bk_string(kube_of(args[0].object)->version);
    return BK_OK;
}

static bool kube_copy_field(const bk_object *self, bk_arena *arena, bk_str name, bk_value *ret) {
    const bk_kube_version *k = kube_of(self);
    (void)arena;
    if (bk_str_eq(name, BK_S("Version"))) *ret = bk_string(k->version);
    else if (bk_str_eq(name, BK_S("Major"))) *ret = bk_string(k->major);
    else if (bk_str_eq(name, BK_S("Minor"))) *ret = bk_string(k->minor);
    else if (bk_str_eq(name, BK_S("normalizedVersion"))) *ret = bk_object_value(BK_T_FUNC, NULL);
    else return false;
    return true;
}

/* The methods are the pointer's. */
static bool kube_field(const bk_object *self, bk_arena *arena, bk_str name, bk_value *ret) {
    static const bk_func methods[] = {{"GitVersion", ":s", kube_git_version}, {"String", ":s", kube_string}};
    return kube_copy_field(self, arena, name, ret) || bk_method_field(methods, BK_COUNT(methods), arena, name, ret);
}

static const char *const kube_names[] = {"Version", "normalizedVersion", "Major", "Minor"};

static size_t kube_fields(const bk_object *self, bk_value *ret) {
    const bk_kube_version *k = kube_of(self);
    ret[0] = bk_string(k->version);
    ret[1] = bk_string(k->normalized);
    ret[2] = bk_string(k->major);
    ret[3] = bk_string(k->minor);
    return 4;
}

/* In place, where Go can take its address, the struct has a String method. */
static bk_status kube_show(const bk_object *self, bk_buf *out, bk_err *err) {
    (void)err;
    bk_buf_str(out, bk_capabilities_compared(kube_of(self)));
    return BK_OK;
}

static bool put(bk_map *map, const char *key, bk_value v) { return bk_map_set(map, bk_str_c(key), v); }

static bk_status kube_json(const bk_object *self, bk_arena *arena, bk_value *ret, bk_err *err) {
    const bk_kube_version *k = kube_of(self);
    bk_map *map = bk_map_new(arena, 3);
    if (!map || !put(map, "Version", bk_string(k->version)) || !put(map, "Major", bk_string(k->major)) ||
        !put(map, "Minor", bk_string(k->minor)))
        return bk_arena_fail(arena, err);
    *ret = bk_map_value(map);
    return BK_OK;
}

static bk_status kube_syntax(const bk_object *self, bk_buf *out, bk_err *err) {
    const bk_kube_version *k = self->data;
    const bk_value fields[] = {bk_string(k->version), bk_string(k->normalized), bk_string(k->major), bk_string(k->minor)};
    return bk_fmt_sprintf(out, BK_S("common.KubeVersion{Version:%#v, normalizedVersion:%#v, Major:%#v, Minor:%#v}"), fields,
                          BK_COUNT(fields), err);
}

/* The copy stands behind the original (caps_data). */
static const bk_object *kube_copy(const bk_object *self) { return self + 1; }

#define KUBE .syntax = kube_syntax, .name = "common.KubeVersion", .fields = kube_fields, .names = kube_names, .json = kube_json
static const bk_class KUBE_CLASS = {KUBE, .show = kube_show, .field = kube_field, .copy = kube_copy};
static const bk_class KUBE_COPY_CLASS = {KUBE, .field = kube_copy_field};

/* ---- HelmVersion ---- */

static bool helm_field(const bk_object *self, bk_arena *arena, bk_str name, bk_value *ret) {
    (void)self, (void)arena;
    if (bk_str_eq(name, BK_S("Version"))) *ret = text(HELM_VERSION);
    else if (bk_str_eq(name, BK_S("GitCommit")) || bk_str_eq(name, BK_S("GitTreeState"))) *ret = text("");
    else if (bk_str_eq(name, BK_S("GoVersion"))) *ret = text(GO_VERSION);
    else if (bk_str_eq(name, BK_S("KubeClientVersion"))) *ret = text(CLIENT_VERSION);
    else return false;
    return true;
}

static size_t helm_fields(const bk_object *self, bk_value *ret) {
    (void)self;
    ret[0] = text(HELM_VERSION);
    ret[1] = ret[2] = text("");
    ret[3] = text(GO_VERSION);
    ret[4] = text(CLIENT_VERSION);
    return 5;
}

static bk_status helm_json(const bk_object *self, bk_arena *arena, bk_value *ret, bk_err *err) {
    (void)self;
    bk_map *map = bk_map_new(arena, 3);
    if (!map || !put(map, "version", text(HELM_VERSION)) || !put(map, "go_version", text(GO_VERSION)) ||
        !put(map, "kube_client_version", text(CLIENT_VERSION)))
        return bk_arena_fail(arena, err);
    *ret = bk_map_value(map);
    return BK_OK;
}

static bk_status helm_syntax(const bk_object *self, bk_buf *out, bk_err *err) {
    (void)self;
    const bk_value fields[] = {text(HELM_VERSION), text(GO_VERSION), text(CLIENT_VERSION)};
    return bk_fmt_sprintf(out,
                          BK_S("version.BuildInfo{Version:%#v, GitCommit:\"\", GitTreeState:\"\", GoVersion:%#v, KubeClientVersion:%#v}"),
                          fields, BK_COUNT(fields), err);
}

static const char *const helm_names[] = {"Version", "GitCommit", "GitTreeState", "GoVersion", "KubeClientVersion"};

static const bk_class HELM_CLASS = {
    .syntax = helm_syntax, .name = "version.BuildInfo", .fields = helm_fields, .names = helm_names, .field = helm_field, .json = helm_json};
static const bk_object HELM = {&HELM_CLASS, NULL};

/* ---- Capabilities ---- */

typedef struct caps_data {
    bk_capabilities *caps;
    bk_object self, kube[2]; /* kube: in place, and as a copy */
} caps_data;

static const caps_data *caps_of(const bk_object *self) { return self->data; }

static bk_status caps_copy(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)call, (void)argc;
    *ret = args[0];
    return BK_OK;
}

static bool caps_field(const bk_object *self, bk_arena *arena, bk_str name, bk_value *ret) {
    static const bk_func methods[] = {{"Copy", ":a", caps_copy}};
    const caps_data *d = caps_of(self);
    d->caps->seen = true;
    if (bk_str_eq(name, BK_S("KubeVersion"))) *ret = bk_object_value(BK_T_STRUCT, d->kube);
    else if (bk_str_eq(name, BK_S("APIVersions"))) *ret = d->caps->api_versions;
    else if (bk_str_eq(name, BK_S("HelmVersion"))) *ret = bk_object_value(BK_T_STRUCT, &HELM);
    else return bk_method_field(methods, BK_COUNT(methods), arena, name, ret);
    return true;
}

static size_t caps_fields(const bk_object *self, bk_value *ret) {
    const caps_data *d = caps_of(self);
    d->caps->seen = true;
    ret[0] = bk_object_value(BK_T_STRUCT, d->kube);
    ret[1] = d->caps->api_versions;
    ret[2] = bk_object_value(BK_T_STRUCT, &HELM);
    return 3;
}

static bk_status caps_show(const bk_object *self, bk_buf *out, bk_err *err) {
    return bk_fmt_value(out, bk_object_value(BK_T_STRUCT, self), err);
}

static bk_status caps_json(const bk_object *self, bk_arena *arena, bk_value *ret, bk_err *err) {
    const caps_data *d = caps_of(self);
    bk_map *map = bk_map_new(arena, 3);
    d->caps->seen = true;
    if (!map || !put(map, "KubeVersion", bk_object_value(BK_T_STRUCT, d->kube)) || !put(map, "APIVersions", d->caps->api_versions) ||
        !put(map, "HelmVersion", bk_object_value(BK_T_STRUCT, &HELM)))
        return bk_arena_fail(arena, err);
    *ret = bk_map_value(map);
    return BK_OK;
}

static bk_status caps_syntax(const bk_object *self, bk_buf *out, bk_err *err) {
    const caps_data *d = caps_of(self);
    const bk_value fields[] = {bk_object_value(BK_T_STRUCT, d->kube), d->caps->api_versions, bk_object_value(BK_T_STRUCT, &HELM)};
    d->caps->seen = true;
    return bk_fmt_sprintf(out, BK_S("common.Capabilities{KubeVersion:%#v, APIVersions:%#v, HelmVersion:%#v}"), fields, BK_COUNT(fields),
                          err);
}

static const char *const caps_names[] = {"KubeVersion", "APIVersions", "HelmVersion"};

static const bk_class CAPS_CLASS = {.syntax = caps_syntax,
                                    .name = "*common.Capabilities",
                                    .fields = caps_fields,
                                    .names = caps_names,
                                    .show = caps_show,
                                    .field = caps_field,
                                    .json = caps_json};

bk_status bk_capabilities_value(bk_arena *arena, bk_capabilities *caps, bk_value *ret, bk_err *err) {
    caps_data *d = BK_NEW(arena, caps_data);
    if (!d) return bk_arena_fail(arena, err);
    *d = (caps_data){.caps = caps, .self = {&CAPS_CLASS, d}, .kube = {{&KUBE_CLASS, &caps->kube}, {&KUBE_COPY_CLASS, &caps->kube}}};
    *ret = bk_object_value(BK_T_POINTER, &d->self);
    return BK_OK;
}

/* ---- APIVersions ---- */

static bk_status versions_has(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)call, (void)argc;
    bool found = false;
    for (size_t i = 0; i < args[0].len && !found; i++) found = bk_str_eq(bk_value_str(args[0].items[i]), bk_value_str(args[1]));
    *ret = bk_bool(found);
    return BK_OK;
}

const bk_func bk_version_set_methods[] = {{"Has", "s:b", versions_has}};
const size_t bk_version_set_method_count = BK_COUNT(bk_version_set_methods);
