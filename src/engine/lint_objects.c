/* Objects in rendered files and CRDs: documents of a stream, names, deprecated APIs. */
#include "base/unicode.h"
#include "base/utf8.h"
#include "data/json.h"
#include "data/yaml.h"
#include "engine/lint.h"
#include "text/kube.h"
#include "value/gofmt.h"

/* ---- documents ---- */

void bk_lint_stream_open(bk_lint_stream *stream, bk_call_state *call, bk_str text) {
    *stream =
        (bk_lint_stream){.call = call, .rest = text, .json = bk_str_starts(bk_str_trim_left_space(bk_str_sub(text, 0, 4096)), BK_S("{"))};
}

/* ---- objects ---- */

typedef struct reader {
    bk_arena *arena;
    bk_err *err;
    bk_lint_object *object;
    bool coerce; /* numbers become texts, as YAML has it */
    bool failed; /* the first misfit is the error, but the rest is read on */
    const char *prefix;
} reader;

static void misfit(reader *r, bk_value v, const char *what, const char *type) {
    if (!r->failed) bk_err_set(r->err, BK_ERR, "%sjson: cannot unmarshal %s into Go %s of type %s", r->prefix, bk_json_kind(v), what, type);
    r->failed = true;
}

static bk_status read_text(reader *r, bk_value v, const char *field, bk_str *ret) {
    bk_value text = v;
    if (v.kind == BK_NIL) return BK_OK;
    if (r->coerce && !bk_yaml_coerce_string(r->arena, v, &text)) return bk_arena_fail(r->arena, r->err);
    if (text.kind == BK_STRING) *ret = bk_value_str(text);
    else misfit(r, v, field, "string");
    return BK_OK;
}

static bk_status read_metadata(reader *r, bk_value v) {
    bk_str ignored;
    if (v.kind != BK_MAP) {
        if (v.kind != BK_NIL) misfit(r, v, "struct field k8sYamlStruct.Metadata", "rules.k8sYamlMetadata");
        return BK_OK;
    }
    if (!bk_map_sort(v.map)) return bk_arena_fail(r->arena, r->err);
    for (size_t i = 0; i < bk_map_len(v.map); i++) {
        const bk_map_entry *e = bk_map_at(v.map, i);
        if (bk_str_eq_fold(e->key, BK_S("name")))
            BK_TRY(read_text(r, e->value, "struct field k8sYamlMetadata.Metadata.Name", &r->object->name));
        else if (bk_str_eq_fold(e->key, BK_S("namespace")))
            BK_TRY(read_text(r, e->value, "struct field k8sYamlMetadata.Metadata.Namespace", &ignored));
    }
    return BK_OK;
}

static bk_status read_object(reader *r, bk_value v) {
    if (v.kind != BK_MAP) {
        misfit(r, v, "value", "rules.k8sYamlStruct");
        return BK_ERR;
    }
    if (!bk_map_sort(v.map)) return bk_arena_fail(r->arena, r->err);
    for (size_t i = 0; i < bk_map_len(v.map); i++) {
        const bk_map_entry *e = bk_map_at(v.map, i);
        if (bk_str_eq_fold(e->key, BK_S("apiVersion")))
            BK_TRY(read_text(r, e->value, "struct field k8sYamlStruct.apiVersion", &r->object->api_version));
        else if (bk_str_eq_fold(e->key, BK_S("kind"))) BK_TRY(read_text(r, e->value, "struct field k8sYamlStruct.Kind", &r->object->kind));
        else if (bk_str_eq_fold(e->key, BK_S("metadata"))) BK_TRY(read_metadata(r, e->value));
    }
    return r->failed ? BK_ERR : BK_OK;
}

static bk_status next_yaml(bk_lint_stream *stream, bk_lint_object *ret, bool *ret_more, bool *ret_null) {
    reader r = {.arena = stream->call->arena,
                .err = stream->call->err,
                .object = ret,
                .coerce = true,
                .prefix = "error unmarshaling JSON: while decoding JSON: "};
    bk_value v = bk_nil();
    bk_str text;
    BK_TRY(bk_yaml_next_document(stream->call->arena, &stream->rest, &text, ret_more, stream->call->err));
    if (!*ret_more) return BK_OK;
    BK_TRY(bk_yaml_decode(r.arena, text, BK_YAML_NUMBERS, BK_T_NIL, &v, r.err));
    *ret_null = v.kind == BK_NIL;
    return *ret_null ? BK_OK : read_object(&r, v);
}

/* White space up to and with the first newline goes before YAML is tried. */
static void to_yaml(bk_lint_stream *stream) {
    size_t width;
    stream->json = false;
    while (stream->rest.n) {
        uint32_t c = bk_utf8_decode(stream->rest, &width);
        if (!bk_rune_is_space(c)) return;
        stream->rest = bk_str_from(stream->rest, width);
        if (c == '\n') return;
    }
}

/* JSON objects one behind the other; what is none may still be YAML, unless two were read. */
static bk_status next_json(bk_lint_stream *stream, bk_lint_object *ret, bool *ret_more, bool *ret_null) {
    reader r = {.arena = stream->call->arena, .err = stream->call->err, .object = ret, .prefix = ""};
    bk_value v = bk_nil();
    size_t used = 0;
    *ret_more = bk_str_trim(stream->rest).n > 0;
    if (!*ret_more) return BK_OK;
    bk_status s = bk_json_decode_first(r.arena, stream->rest, 0, BK_T_NIL, &v, &used, r.err);
    *ret_null = s == BK_OK && v.kind == BK_NIL;
    if (s == BK_OK && !*ret_null) s = read_object(&r, v);
    if (s == BK_OK) {
        stream->rest = bk_str_from(stream->rest, used);
        stream->consumed += used;
        stream->count++;
        return BK_OK;
    }
    if (s != BK_ERR || stream->count > 1) return s;
    bk_err first = BK_ERR_INIT; /* told if it is no YAML either */
    if (bk_str_starts(bk_err_message(r.err), BK_S("invalid character")))
        bk_err_wrap(r.err, "json: offset %zu", stream->consumed + used + 1);
    bk_err_move(&first, r.err);
    to_yaml(stream);
    s = next_yaml(stream, ret, ret_more, ret_null);
    if (s == BK_ERR) bk_err_replace(r.err, bk_err_message(&first));
    bk_err_release(&first);
    return s;
}

bk_status bk_lint_stream_next(bk_lint_stream *stream, bk_lint_object *ret, bool *ret_more, bool *ret_null) {
    *ret = (bk_lint_object){0};
    *ret_null = false;
    return stream->json ? next_json(stream, ret, ret_more, ret_null) : next_yaml(stream, ret, ret_more, ret_null);
}

/* ---- names ---- */

#define LABEL "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define NOT_SUBDOMAIN \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an " \
    "alphanumeric " \
    "character (e.g. 'example.com', regex used for validation is '" LABEL "(\\." LABEL ")*')"
#define NOT_LABEL \
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric " \
    "character " \
    "(e.g. 'my-name',  or '123-abc', regex used for validation is '" LABEL "')"
#define NOT_OLD_LABEL \
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an " \
    "alphanumeric " \
    "character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"

typedef struct reasons {
    const char *p[2];
    size_t n;
} reasons;

static void add(reasons *r, const char *why) { r->p[r->n++] = why; }

static bool is_label(bk_str s) { return bk_name_valid(s) && bk_str_find_byte(s, '.') == BK_NPOS; }

static void subdomain(bk_str s, reasons *r) {
    if (s.n > 253) add(r, "must be no more than 253 characters");
    if (!bk_name_valid(s)) add(r, NOT_SUBDOMAIN);
}

static void label(bk_str s, reasons *r) {
    if (s.n > 63) add(r, "must be no more than 63 characters");
    if (!is_label(s)) add(r, bk_name_valid(s) ? "must not contain dots" : NOT_LABEL);
}

static void old_label(bk_str s, reasons *r) {
    if (s.n > 63) add(r, "must be no more than 63 characters");
    if (!is_label(s) || s.p[0] < 'a') add(r, NOT_OLD_LABEL);
}

static void path_segment(bk_str s, reasons *r) {
    if (bk_str_eq(s, BK_S("."))) add(r, "may not be '.'");
    else if (bk_str_eq(s, BK_S(".."))) add(r, "may not be '..'");
    if (r->n) return;
    if (bk_str_find_byte(s, '/') != BK_NPOS) add(r, "may not contain '/'");
    if (bk_str_find_byte(s, '%') != BK_NPOS) add(r, "may not contain '%'");
}

static void anything(bk_str s, reasons *r) {
    (void)s;
    (void)r;
}

/* Kinds whose names are not the usual sub-domains. */
static const struct {
    const char *kind;
    void (*check)(bk_str name, reasons *r);
} name_rules[] = {
    {"service", old_label},        {"namespace", label},          {"certificatesigningrequest", anything}, {"role", path_segment},
    {"clusterrole", path_segment}, {"rolebinding", path_segment}, {"clusterrolebinding", path_segment},
};

bk_status bk_lint_name(bk_arena *arena, const bk_lint_object *object, bool *ret_ok, bk_str *ret_why, bk_err *err) {
    reasons r = {.n = 0};
    size_t k = 0;
    bk_buf b;
    while (k < BK_COUNT(name_rules) && !bk_str_eq_fold(object->kind, bk_str_c(name_rules[k].kind))) k++;
    if (k < BK_COUNT(name_rules)) name_rules[k].check(object->name, &r);
    else subdomain(object->name, &r);
    *ret_ok = r.n == 0;
    if (*ret_ok) return BK_OK;
    bk_buf_init(&b, arena, 0);
    bk_buf_c(&b, "object name does not conform to Kubernetes naming requirements: ");
    bk_fmt_quote(&b, object->name);
    bk_buf_c(&b, r.n > 1 ? ": [" : ": ");
    for (size_t i = 0; i < r.n; i++) {
        bk_buf_c(&b, i ? ", metadata.name: Invalid value: " : "metadata.name: Invalid value: ");
        bk_fmt_quote(&b, object->name);
        bk_buf_c(&b, ": ");
        bk_buf_c(&b, r.p[i]);
    }
    if (r.n > 1) bk_buf_byte(&b, ']');
    BK_TRY(bk_buf_check(&b, err));
    *ret_why = bk_buf_take(&b);
    return BK_OK;
}

/* ---- deprecated APIs ---- */

static const struct {
    const char *api_version, *kind;
    uint8_t major, minor, gone_major, gone_minor;
    const char *instead;
} deprecated[] = {
#define BK_DEPRECATED(api_version, kind, major, minor, gone_major, gone_minor, instead) \
    {api_version, kind, major, minor, gone_major, gone_minor, instead},
#include "engine/deprecated.def"
#undef BK_DEPRECATED
};

/* A part of a version of Kubernetes; beyond our numbers is far in the future. */
static unsigned number(bk_str s) {
    unsigned n = 0;
    for (size_t i = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && n < 100000; i++) n = n * 10 + (unsigned)(s.p[i] - '0');
    return n;
}

bk_status bk_lint_deprecated(bk_arena *arena, const bk_lint_object *object, bk_str major, bk_str minor, bk_str *ret_warning, bk_err *err) {
    unsigned now_major = number(major), now_minor = number(minor);
    bk_buf b;
    size_t i = 0;
    *ret_warning = (bk_str){NULL, 0};
    while (i < BK_COUNT(deprecated) &&
           !(bk_str_eq(object->kind, bk_str_c(deprecated[i].kind)) && bk_str_eq(object->api_version, bk_str_c(deprecated[i].api_version))))
        i++;
    if (i == BK_COUNT(deprecated)) return BK_OK;
    bool known = now_major || now_minor;
    if (known && (deprecated[i].major > now_major || (deprecated[i].major == now_major && deprecated[i].minor > now_minor))) return BK_OK;
    bk_buf_init(&b, arena, 0);
    bk_buf_printf(&b, "%s %s is deprecated in v%d.%d+", deprecated[i].api_version, deprecated[i].kind, deprecated[i].major,
                  deprecated[i].minor);
    if (deprecated[i].gone_major) bk_buf_printf(&b, ", unavailable in v%d.%d+", deprecated[i].gone_major, deprecated[i].gone_minor);
    if (*deprecated[i].instead) bk_buf_printf(&b, "; use %s", deprecated[i].instead);
    BK_TRY(bk_buf_check(&b, err));
    *ret_warning = bk_buf_take(&b);
    return BK_OK;
}
