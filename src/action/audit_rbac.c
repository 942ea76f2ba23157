/* audit_rbac.c: the least roles that a chart's objects need.
 *
 * What installing, upgrading and uninstalling send, object by object; what hooks and --wait watch; the release's own records. Roles that the chart brings along need
 * their own rules, and bindings the verb `bind` on roles that it does not bring along, since the API server lets nobody hand out more than he has. */
#include "action/audit.h"
#include "data/json.h"
#include "guard/escape.h"

typedef struct rule {
    bk_str group, plural;
    uint32_t verbs; /* bits of `verbs` below */
    bk_str names;   /* resourceNames: one, or empty */
    bk_value text;  /* a rule to take over as it is; nil */
    const char *remark;
} rule;

typedef struct role {
    bk_str namespace_; /* empty: the ClusterRole */
    rule *rules;
    size_t count, cap;
} role;

typedef struct roles {
    bk_arena *arena;
    const bk_rbac_options *options;
    bk_value objects;
    role *items;
    size_t count, cap;
    bk_err *err;
} roles;

static const char *const verbs[] = {"get", "list", "watch", "create", "update", "patch", "delete", "bind"};
enum { GET = 1, LIST = 2, WATCH = 4, CREATE = 8, UPDATE = 16, PATCH = 32, DELETE = 64, BIND = 128 };

static bk_str text_at(bk_value v, const char *key) { return v.kind == BK_MAP ? bk_map_str(v.map, key, BK_S("")) : BK_S(""); }

static bk_value value_at(bk_value v, const char *key) {
    const bk_value *found = v.kind == BK_MAP ? bk_map_get(v.map, bk_str_c(key)) : NULL;
    return found ? *found : bk_nil();
}

static bk_status nomem(const roles *r) { return bk_arena_fail(r->arena, r->err); }

/* ---- collecting ---- */

static role *role_of(roles *r, bk_str namespace_) {
    for (size_t i = 0; i < r->count; i++)
        if (bk_str_eq(r->items[i].namespace_, namespace_)) return &r->items[i];
    if (r->count == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 8;
        r->items = bk_arena_grow(r->arena, r->items, r->cap * sizeof *r->items, cap * sizeof *r->items);
        if (!r->items) return NULL;
        r->cap = cap;
    }
    r->items[r->count] = (role){.namespace_ = namespace_};
    return &r->items[r->count++];
}

static bk_status add(roles *r, bk_str namespace_, rule what) {
    role *to = role_of(r, namespace_);
    if (!to) return nomem(r);
    for (size_t i = 0; bk_is_nil(what.text) && i < to->count; i++) {
        rule *old = &to->rules[i];
        if (!bk_is_nil(old->text) || !bk_str_eq(old->group, what.group) || !bk_str_eq(old->plural, what.plural) ||
            !bk_str_eq(old->names, what.names))
            continue;
        old->verbs |= what.verbs;
        return BK_OK;
    }
    if (to->count == to->cap) {
        size_t cap = to->cap ? to->cap * 2 : 16;
        to->rules = bk_arena_grow(r->arena, to->rules, to->cap * sizeof *to->rules, cap * sizeof *to->rules);
        if (!to->rules) return nomem(r);
        to->cap = cap;
    }
    to->rules[to->count++] = what;
    return BK_OK;
}

/* The chart brings the role along. */
static bool brings(const roles *r, bk_str kind, bk_str name) {
    for (uint32_t i = 0; i < r->objects.len; i++)
        if (bk_str_eq(text_at(r->objects.items[i], "kind"), kind) && bk_str_eq(text_at(r->objects.items[i], "name"), name)) return true;
    return false;
}

/* Rules that a role of the chart's hands out. */
static bk_status handed_out(roles *r, bk_value object, bk_str namespace_) {
    bk_value rules = value_at(object, "rules"), ref = value_at(object, "roleRef");
    for (uint32_t i = 0; rules.kind == BK_LIST && i < rules.len; i++)
        if (rules.items[i].kind == BK_MAP) BK_TRY(add(r, namespace_, (rule){.text = rules.items[i]}));
    bk_str kind = text_at(ref, "kind"), name = text_at(ref, "name");
    if (!name.n || brings(r, kind, name)) return BK_OK;
    bool cluster = bk_str_eq(kind, BK_S("ClusterRole"));
    return add(r, namespace_,
               (rule){.group = BK_S("rbac.authorization.k8s.io"),
                      .plural = cluster ? BK_S("clusterroles") : BK_S("roles"),
                      .names = name,
                      .verbs = BIND,
                      .text = bk_nil()});
}

static bool is_watched(const roles *r, bk_value object) {
    bk_str kind = text_at(object, "kind");
    bool hook = text_at(object, "events").n != 0, runs = bk_str_eq(kind, BK_S("Job")) || bk_str_eq(kind, BK_S("Pod"));
    return (hook && runs) || (!hook && r->options->wait) || bk_str_eq(kind, BK_S("CustomResourceDefinition"));
}

static bk_status object(roles *r, bk_value o) {
    bk_audit_kind kind;
    bk_str space = text_at(o, "namespace");
    BK_TRY(bk_audit_kind_of(r->arena, r->objects, text_at(o, "apiVersion"), text_at(o, "kind"), &kind, r->err));
    if (!kind.namespaced) space = BK_S("");
    else if (!space.n) space = r->options->namespace_;
    rule what = {.group = kind.group, .plural = kind.plural, .verbs = GET | CREATE | PATCH | DELETE, .text = bk_nil()};
    if (is_watched(r, o)) what.verbs |= LIST | WATCH;
    if (kind.guessed) what.remark = "the kind is defined elsewhere; its name in paths is a guess";
    BK_TRY(add(r, space, what));
    return handed_out(r, o, space);
}

/* Records, and the pods of what --wait waits for. */
static bk_status own(roles *r) {
    const rule records = {.plural = BK_S("secrets"),
                          .verbs = GET | LIST | CREATE | UPDATE | PATCH | DELETE,
                          .text = bk_nil(),
                          .remark = "the release's records too"};
    BK_TRY(add(r, r->options->namespace_, records));
    if (!r->options->wait) return BK_OK;
    return add(r, r->options->namespace_, (rule){.plural = BK_S("pods"), .verbs = LIST, .text = bk_nil()});
}

/* ---- YAML ---- */

/* JSON's strings are YAML's; its flow style is too. */
static bk_status put_json(roles *r, bk_buf *out, bk_value v) { return bk_json_encode(out, r->arena, v, 0, r->err); }

static bk_status put_list(roles *r, bk_buf *out, const char *key, bk_str text) {
    bk_buf_printf(out, "%s [", key);
    BK_TRY(put_json(r, out, bk_string(text)));
    bk_buf_c(out, "]\n");
    return BK_OK;
}

static bk_status put_rule(roles *r, bk_buf *out, const rule *what) {
    if (!bk_is_nil(what->text)) {
        bk_buf_c(out, "  # handed out by a role of the chart\n  - ");
        BK_TRY(put_json(r, out, what->text));
        bk_buf_byte(out, '\n');
        return BK_OK;
    }
    if (what->remark) bk_buf_printf(out, "  # %s\n", what->remark);
    BK_TRY(put_list(r, out, "  - apiGroups:", what->group));
    BK_TRY(put_list(r, out, "    resources:", what->plural));
    if (what->names.n) BK_TRY(put_list(r, out, "    resourceNames:", what->names));
    bk_buf_c(out, "    verbs: [");
    bool first = true;
    for (size_t i = 0; i < BK_COUNT(verbs); i++) {
        if (!(what->verbs >> i & 1)) continue;
        bk_buf_printf(out, "%s\"%s\"", first ? "" : ", ", verbs[i]);
        first = false;
    }
    bk_buf_c(out, "]\n");
    return BK_OK;
}

static bk_status put_role(roles *r, bk_buf *out, const role *what) {
    bool cluster = what->namespace_.n == 0;
    bk_str name;
    if (!bk_arena_printf(r->arena, &name, "%.*s-installer", BK_FMT(r->options->release))) return nomem(r);
    bk_buf_printf(out, "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: %s\nmetadata:\n  name: ", cluster ? "ClusterRole" : "Role");
    BK_TRY(put_json(r, out, bk_string(name)));
    if (!cluster) {
        bk_buf_c(out, "\n  namespace: ");
        BK_TRY(put_json(r, out, bk_string(what->namespace_)));
    }
    bk_buf_c(out, "\nrules:\n");
    for (size_t i = 0; i < what->count; i++) BK_TRY(put_rule(r, out, &what->rules[i]));
    return BK_OK;
}

bk_status bk_audit_rbac(bk_arena *arena, bk_value objects, const bk_rbac_options *options, bk_buf *out, bk_err *err) {
    roles r = {.arena = arena, .options = options, .objects = objects, .err = err};
    if (objects.kind != BK_LIST) r.objects = bk_list(NULL, 0);
    BK_TRY(own(&r));
    for (uint32_t i = 0; i < r.objects.len; i++) BK_TRY(object(&r, r.objects.items[i]));
    for (size_t i = 0; i < r.count; i++) BK_TRY(put_role(&r, out, &r.items[i]));
    return bk_buf_check(out, err);
}
