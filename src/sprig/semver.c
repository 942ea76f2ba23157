/* semver.c: versions as objects with the methods of *semver.Version, and comparison with constraints.
 *
 * There are two classes, because Go has two types: semver gives a pointer, IncPatch and its kin give a struct, which has only those methods
 * that do not need a pointer. */
#include "text/semver.h"

#include "sprig/fn.h"
#include "value/gofmt.h"

typedef struct version {
    bk_object object;
    bk_semver v;
} version;

static const bk_class pointer_class, struct_class;

static const bk_semver *receiver(const bk_value *args) { return &((const version *)args[0].object->data)->v; }

static bk_status version_new(bk_call *call, const bk_semver *v, bool pointer, bk_value *ret) {
    version *made = BK_NEW(call->arena, version);
    if (!made) return bk_call_nomem(call);
    *made = (version){.object = {.class = pointer ? &pointer_class : &struct_class, .data = made}, .v = *v};
    *ret = bk_object_value(pointer ? BK_T_POINTER : BK_T_STRUCT, &made->object);
    return BK_OK;
}

static bk_status version_text(bk_arena *arena, const bk_semver *v, bk_str *ret, bk_err *err) {
    bk_buf out;
    bk_buf_init(&out, arena, 0);
    bk_semver_print(&out, v);
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

/* ---- methods ---- */

#define METHOD(id) static bk_status id(BK_UNUSED bk_call *call, const bk_value *args, BK_UNUSED size_t argc, bk_value *ret)

static bk_status number(uint64_t n, bk_value *ret) {
    *ret = bk_uint_typed(BK_T_UINT64, n);
    return BK_OK;
}

METHOD(major) { return number(receiver(args)->major, ret); }
METHOD(minor) { return number(receiver(args)->minor, ret); }
METHOD(patch) { return number(receiver(args)->patch, ret); }
METHOD(prerelease) { return fn_ret_str(ret, receiver(args)->pre); }
METHOD(metadata) { return fn_ret_str(ret, receiver(args)->meta); }
METHOD(original) { return fn_ret_str(ret, receiver(args)->original); }

METHOD(string) {
    bk_str text;
    BK_TRY(version_text(call->arena, receiver(args), &text, call->err));
    return fn_ret_str(ret, text);
}

METHOD(marshal_text) {
    bk_str text;
    BK_TRY(version_text(call->arena, receiver(args), &text, call->err));
    *ret = bk_bytes(text);
    return BK_OK;
}

/* The order of the receiver and the argument. */
static bk_status compare(bk_call *call, const bk_value *args, int *ret) {
    if (bk_is_nil(args[1])) return fn_panic_nil(call);
    *ret = bk_semver_cmp(receiver(args), receiver(args + 1));
    return BK_OK;
}

METHOD(compare_to) {
    int order = 0;
    BK_TRY(compare(call, args, &order));
    *ret = bk_int(order < 0 ? -1 : order > 0);
    return BK_OK;
}

METHOD(equal) {
    int order = 1;
    if (!bk_is_nil(args[1])) BK_TRY(compare(call, args, &order));
    return fn_ret_bool(ret, order == 0);
}

METHOD(less) {
    int order = 0;
    BK_TRY(compare(call, args, &order));
    return fn_ret_bool(ret, order < 0);
}

METHOD(less_equal) {
    int order = 0;
    BK_TRY(compare(call, args, &order));
    return fn_ret_bool(ret, order <= 0);
}

METHOD(greater) {
    int order = 0;
    BK_TRY(compare(call, args, &order));
    return fn_ret_bool(ret, order > 0);
}

METHOD(greater_equal) {
    int order = 0;
    BK_TRY(compare(call, args, &order));
    return fn_ret_bool(ret, order >= 0);
}

/* The changed version, whose original text keeps the old one's "v". */
static bk_status changed(bk_call *call, const bk_value *args, bk_semver next, bk_value *ret) {
    bk_str text;
    bool v = bk_str_starts(next.original, BK_S("v"));
    BK_TRY(version_text(call->arena, &next, &text, call->err));
    if (v && !bk_arena_cat(call->arena, BK_S("v"), text, &text)) return bk_call_nomem(call);
    next.original = text;
    (void)args;
    return version_new(call, &next, false, ret);
}

static bk_status increment(bk_call *call, uint64_t *part, const char *name) {
    if (*part == UINT64_MAX) return bk_call_fail(call, "%s version increment would overflow uint64", name);
    ++*part;
    return BK_OK;
}

static bk_semver without_labels(const bk_semver *v) {
    bk_semver next = *v;
    next.pre = next.meta = BK_S("");
    return next;
}

METHOD(inc_patch) {
    bk_semver next = without_labels(receiver(args));
    if (receiver(args)->pre.n == 0) BK_TRY(increment(call, &next.patch, "patch"));
    return changed(call, args, next, ret);
}

METHOD(inc_minor) {
    bk_semver next = without_labels(receiver(args));
    next.patch = 0;
    BK_TRY(increment(call, &next.minor, "minor"));
    return changed(call, args, next, ret);
}

METHOD(inc_major) {
    bk_semver next = without_labels(receiver(args));
    next.patch = next.minor = 0;
    BK_TRY(increment(call, &next.major, "major"));
    return changed(call, args, next, ret);
}

static bool only(bk_str s, bool digits) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool digit = c >= '0' && c <= '9', letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
        if (!digit && (digits || !letter)) return false;
    }
    return true;
}

/* The dotted parts of a label; `what` names it in the error. */
static bk_status check_label(bk_call *call, bk_str label, bool numbers, const char *what) {
    for (bool more = label.n > 0; more;) {
        bk_str part, rest;
        more = bk_str_cut(label, BK_S("."), &part, &rest);
        label = rest;
        if (numbers && only(part, true)) {
            if (part.n > 1 && part.p[0] == '0') return bk_call_fail(call, "version segment starts with 0");
        } else if (!only(part, false)) {
            return bk_call_fail(call, "invalid %s string", what);
        }
    }
    return BK_OK;
}

METHOD(set_prerelease) {
    bk_semver next = *receiver(args);
    next.pre = fn_str(args, 1);
    BK_TRY(check_label(call, next.pre, true, "prerelease"));
    return changed(call, args, next, ret);
}

METHOD(set_metadata) {
    bk_semver next = *receiver(args);
    next.meta = fn_str(args, 1);
    BK_TRY(check_label(call, next.meta, false, "metadata"));
    return changed(call, args, next, ret);
}

/* First those that a struct has as well. */
static const bk_func methods[] = {
    {"Major", ":u", major},
    {"Minor", ":u", minor},
    {"Patch", ":u", patch},
    {"Prerelease", ":s", prerelease},
    {"Metadata", ":s", metadata},
    {"String", ":s", string},
    {"IncPatch", ":V", inc_patch},
    {"IncMinor", ":V", inc_minor},
    {"IncMajor", ":V", inc_major},
    {"SetPrerelease", "s:V", set_prerelease},
    {"SetMetadata", "s:V", set_metadata},
    {"MarshalText", ":B", marshal_text},
    {"Value", ":a", string},
    /* from here on a pointer only */
    {"Original", ":s", original},
    {"Compare", "V:i", compare_to},
    {"Equal", "V:b", equal},
    {"LessThan", "V:b", less},
    {"LessThanEqual", "V:b", less_equal},
    {"GreaterThan", "V:b", greater},
    {"GreaterThanEqual", "V:b", greater_equal},
};
enum { STRUCT_METHODS = 13 };

/* ---- the classes ---- */

static bk_status print_version(const bk_object *self, bk_buf *out, bk_err *err) {
    bk_semver_print(out, &((const version *)self->data)->v);
    return bk_buf_check(out, err);
}

static bk_status version_json(const bk_object *self, bk_arena *arena, bk_value *ret, bk_err *err) {
    bk_str text;
    BK_TRY(version_text(arena, &((const version *)self->data)->v, &text, err));
    return fn_ret_str(ret, text);
}

static bool version_field(const bk_object *self, bk_arena *arena, bk_str name, bk_value *ret) {
    static const char *const hidden[] = {"major", "minor", "patch", "pre", "metadata", "original"};
    size_t count = self->class == &pointer_class ? BK_COUNT(methods) : STRUCT_METHODS;
    for (size_t i = 0; i < BK_COUNT(hidden); i++) {
        if (!bk_str_eq(name, bk_str_c(hidden[i]))) continue;
        *ret = bk_object_value(BK_T_FUNC, NULL);
        return true;
    }
    return bk_method_field(methods, count, arena, name, ret);
}

static bool same_version(const bk_object *a, const bk_object *b) {
    const bk_semver *x = &((const version *)a->data)->v, *y = &((const version *)b->data)->v;
    return bk_semver_cmp(x, y) == 0 && bk_str_eq(x->meta, y->meta) && bk_str_eq(x->original, y->original);
}

static bk_status version_syntax(const bk_object *self, bk_buf *out, bk_err *err) {
    const bk_semver *v = &((const version *)self->data)->v;
    bk_buf_printf(out, "semver.Version{major:0x%llx, minor:0x%llx, patch:0x%llx, pre:", (unsigned long long)v->major,
                  (unsigned long long)v->minor, (unsigned long long)v->patch);
    bk_fmt_quote(out, v->pre);
    bk_buf_c(out, ", metadata:");
    bk_fmt_quote(out, v->meta);
    bk_buf_c(out, ", original:");
    bk_fmt_quote(out, v->original);
    bk_buf_byte(out, '}');
    return bk_buf_check(out, err);
}

static size_t version_fields(const bk_object *self, bk_value *ret) {
    const bk_semver *v = &((const version *)self->data)->v;
    ret[0] = bk_uint_typed(BK_T_UINT64, v->major);
    ret[1] = bk_uint_typed(BK_T_UINT64, v->minor);
    ret[2] = bk_uint_typed(BK_T_UINT64, v->patch);
    ret[3] = bk_string(v->pre);
    ret[4] = bk_string(v->meta);
    ret[5] = bk_string(v->original);
    return 6;
}

static const bk_class pointer_class = {
    .syntax = version_syntax,
    .name = "*semver.Version",
    .print = print_version,
    .fields = version_fields,
    .field = version_field,
    .json = version_json,
    .equal = same_version,
};
static const bk_class struct_class = {
    .syntax = version_syntax,
    .name = "semver.Version",
    .print = print_version,
    .fields = version_fields,
    .field = version_field,
    .json = version_json,
    .equal = same_version,
};

/* ---- functions ---- */

BK_FN(semver) {
    bk_semver v;
    BK_TRY(bk_semver_parse(fn_str(args, 0), &v, call->err));
    return version_new(call, &v, true, ret);
}

BK_FN(semverCompare) {
    bk_constraints constraints;
    bk_semver v;
    BK_TRY(bk_constraints_parse(call->arena, fn_str(args, 0), &constraints, call->err));
    BK_TRY(bk_semver_parse(fn_str(args, 1), &v, call->err));
    return fn_ret_bool(ret, bk_constraints_check(&constraints, &v));
}
