/* Rules for values and templates. */
#include "base/limits.h"
#include "base/unicode.h"
#include "chart/render_values.h"
#include "chart/values_file.h"
#include "data/yaml.h"
#include "engine/lint.h"
#include "engine/templates.h"
#include "value/gofmt.h"

/* ---- schemas ---- */

/* Who asks when a schema refers to something outside. */
typedef struct reference {
    bk_lint *lint;
    const bk_chart *chart;
} reference;

static bk_status load_reference(void *self, bk_str url, bk_str *ret, bk_err *err) {
    reference *r = self;
    bk_call_state *call = r->lint->call;
    bk_str path;
    (void)err; /* the call's own */
    BK_TRY(bk_chart_full_path(call->arena, r->chart, &path, call->err));
    return bk_call_effect_text(call, bk_subjects_number(&r->lint->subjects, path), BK_FX_SCHEMA_REF, "url", url, ret);
}

static void unresolved(void *self, bk_str urn) {
    const reference *r = self;
    bk_call_log_urn(r->lint->call, r->lint->log, urn);
}

static bool skips_schemas(const bk_lint *lint) { return bk_map_bool(lint->call->options, "skipSchemaValidation", false); }

/* ---- values.yaml ---- */

/* One of Helm's warnings: %s is the key with its prefix. */
static void warn(const bk_lint *lint, const char *format, bk_str name, bk_value v) {
    bk_arena *arena = lint->call->arena;
    bk_buf out;
    bk_err err = BK_ERR_INIT;
    const bk_value args[] = {bk_string(name), v};
    bk_buf_init(&out, arena, BK_LIMIT_ERR);
    bk_fmt_sprintf(&out, bk_str_c(format), args, BK_COUNT(args), &err);
    bk_err_release(&err);
    bk_log_write(lint->log, arena, "INFO", bk_buf_view(&out), NULL, 0);
}

/* Helm's CoalesceTables: what is in `to` wins, and a null there takes the key away. Tables of `to` change in place, as there. */
static bk_status fill(const bk_lint *lint, bk_map *to, bk_map *from, bk_str prefix, unsigned depth, bk_err *err) {
    bk_str name;
    if (depth == 0) return bk_err_limit(err, "nesting of values", BK_LIMIT_DEPTH);
    if (!bk_map_sort(from)) return bk_arena_fail(to->arena, err);
    for (size_t i = 0; i < bk_map_len(from); i++) {
        const bk_map_entry *e = bk_map_at(from, i);
        bk_value *own = bk_map_get_hashed(to, e->key, e->hash);
        if (!bk_arena_printf(to->arena, &name, "%.*s%s%.*s", BK_FMT(prefix), prefix.n ? "." : "", BK_FMT(e->key)))
            return bk_arena_fail(to->arena, err);
        if (!own) {
            if (!bk_map_set(to, e->key, e->value)) return bk_arena_fail(to->arena, err);
        } else if (own->kind == BK_NIL) {
            if (e->value.kind != BK_NIL) bk_map_delete(to, e->key);
        } else if (own->type == BK_T_MAP && own->map && e->value.type == BK_T_MAP) {
            BK_TRY(fill(lint, own->map, e->value.map, name, depth - 1, err));
        } else if (e->value.type == BK_T_MAP) {
            warn(lint, "warning: cannot overwrite table with non table for %s (%v)", name, e->value);
        } else if (own->type == BK_T_MAP && e->value.kind != BK_NIL) {
            warn(lint, "warning: destination for %s is a table. Ignoring non-table value (%v)", name, e->value);
        }
    }
    return BK_OK;
}

bk_status bk_lint_read_values(bk_lint *lint) {
    bk_call_state *call = lint->call;
    bk_map *values;
    if (!lint->values.exists || lint->values.dir) return BK_OK;
    lint->values_error = lint->values.why;
    if (lint->values.why.n) return BK_OK;
    if (bk_values_read(call->arena, lint->values.data, &values, call->err) != BK_OK) {
        if (call->err->code != BK_ERR) return call->err->code;
        bool ok = bk_arena_dup(call->arena, bk_err_message(call->err), &lint->values_error);
        bk_err_release(call->err);
        return ok ? BK_OK : bk_arena_fail(call->arena, call->err);
    }
    lint->all = bk_map_copy(call->arena, call->values.map);
    if (!lint->all) return bk_arena_fail(call->arena, call->err);
    return fill(lint, lint->all, values, BK_S(""), BK_LIMIT_DEPTH, call->err);
}

bk_status bk_lint_values(bk_lint *lint) {
    const bk_str path = BK_S("values.yaml");
    bk_call_state *call = lint->call;
    reference about = {.lint = lint, .chart = lint->rendered ? lint->rendered : lint->chart};
    /* Without a chart there is nobody in whose name to ask. */
    const bk_schema_loader loader = {.self = &about, .load = about.chart ? load_reference : NULL, .unresolved = unresolved};
    const bk_schema_options options = {.loader = &loader, .chart = &about.chart};
    bk_str report;
    if (!lint->values.exists) return bk_lint_sayf(lint, BK_LINT_INFO, path, "file does not exist");
    if (lint->values.dir)
        return bk_lint_sayf(lint, BK_LINT_ERROR, path, "unable to parse YAML: read %.*s/values.yaml: is a directory", BK_FMT(lint->dir));
    if (!lint->all) return bk_lint_sayf(lint, BK_LINT_ERROR, path, "unable to parse YAML: %.*s", BK_FMT(lint->values_error));
    if (lint->schema.data.n == 0 || skips_schemas(lint)) return BK_OK;
    bk_status s = bk_schema_validate(call->arena, bk_map_value(lint->all), lint->schema.data, &options, &report, call->err);
    if (s == BK_ERR_DENIED && !about.chart) { /* the guard was not asked: a finding like others */
        if (!bk_arena_dup(call->arena, bk_err_message(call->err), &report)) return s;
        bk_err_release(call->err);
        s = BK_OK;
    }
    BK_TRY(s);
    return report.n ? bk_lint_say(lint, BK_LINT_ERROR, path, report) : BK_OK;
}

/* ---- rendering ---- */

static const bk_str TEMPLATES = {"templates/", 10};

/* Values are coalesced twice, as in Helm: what a null took away comes back. *ret_quiet: it failed, and lint says nothing about that. */
static bk_status make_scopes(bk_lint *lint, bk_capabilities *caps, bk_scopes *ret, bool *ret_quiet) {
    bk_call_state *call = lint->call;
    const bk_chart *chart = lint->rendered;
    reference about = {.lint = lint, .chart = chart};
    const bk_schema_loader loader = {.self = &about, .load = load_reference, .unresolved = unresolved};
    bk_schema_cache cache = {0};
    const bk_schema_options schema = {.loader = &loader, .cache = &cache, .chart = &about.chart};
    const bk_release_info release = {.name = BK_S("test-release"), .namespace_ = bk_map_str(call->options, "namespace", BK_S(""))};
    bk_map *once, *values;
    bk_value capabilities;
    if (bk_render_values(call->arena, chart, call->values.map, true, NULL, lint->log, &once, call->err) != BK_OK) {
        *ret_quiet = call->err->code == BK_ERR;
        return call->err->code;
    }
    BK_TRY(bk_render_values(call->arena, chart, once, skips_schemas(lint), &schema, lint->log, &values, call->err));
    BK_TRY(bk_capabilities_value(call->arena, caps, &capabilities, call->err));
    *ret = (bk_scopes){0};
    return bk_render_scopes(call->arena, chart, values, &release, capabilities, ret, call->err);
}

static bk_status render(bk_lint *lint, bk_capabilities *caps, bk_rendered_file **ret, size_t *ret_count, bool *ret_quiet) {
    const bk_templates_options options = {.lint = true, .dns = true, .cluster = true, .log = lint->log};
    bk_scopes scopes;
    *ret_quiet = false;
    BK_TRY(make_scopes(lint, caps, &scopes, ret_quiet));
    return bk_templates_render(lint->call, &scopes, &lint->subjects, &options, ret, ret_count);
}

/* ---- rendered files ---- */

static bk_str extension(bk_str path) {
    bk_str base = bk_path_base(path);
    size_t dot = bk_str_rfind_byte(base, '.');
    return dot == BK_NPOS ? BK_S("") : bk_str_from(base, dot);
}

static bk_status check_extension(bk_lint *lint, bk_str path) {
    static const char *const good[] = {".yaml", ".yml", ".tpl", ".txt"};
    bk_str ext = extension(path);
    for (size_t i = 0; i < BK_COUNT(good); i++)
        if (bk_str_eq(ext, bk_str_c(good[i]))) return BK_OK;
    return bk_lint_sayf(lint, BK_LINT_ERROR, path, "file extension '%.*s' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt",
                        BK_FMT(ext));
}

/* The first line that is not blank must not be indented. */
static bk_status check_indent(bk_lint *lint, bk_str path, bk_str text) {
    enum { LINE_MAX_BYTES = 64 << 10 };
    bk_str line = {"", 0};
    bk_buf b;
    while (bk_str_line(&text, &line)) {
        if (line.n >= LINE_MAX_BYTES) return bk_lint_sayf(lint, BK_LINT_WARNING, path, "bufio.Scanner: token too long");
        if (bk_str_ends(line, BK_S("\r"))) line.n--;
        if (bk_str_trim_space(line).n) break;
    }
    if (bk_str_trim_space(line).n == 0 || (line.p[0] != ' ' && line.p[0] != '\t')) return BK_OK;
    bk_buf_init(&b, lint->call->arena, 0);
    bk_buf_c(&b, "document starts with an illegal indent: ");
    bk_fmt_quote(&b, line);
    bk_buf_c(&b, ", which may cause parsing problems");
    BK_TRY(bk_buf_check(&b, lint->call->err));
    return bk_lint_say(lint, BK_LINT_WARNING, path, bk_buf_take(&b));
}

static bk_status check_selector(bk_lint *lint, bk_str path, bk_str text, const bk_lint_object *o) {
    static const char *const kinds[] = {"Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"};
    size_t k = 0;
    bk_buf b;
    while (k < BK_COUNT(kinds) && !bk_str_eq(o->kind, bk_str_c(kinds[k]))) k++;
    if (k == BK_COUNT(kinds) || bk_str_contains(text, BK_S("matchLabels")) || bk_str_contains(text, BK_S("matchExpressions"))) return BK_OK;
    bk_buf_init(&b, lint->call->arena, 0);
    bk_buf_printf(&b, "a %s must contain matchLabels or matchExpressions, and ", kinds[k]);
    bk_fmt_quote(&b, o->name);
    bk_buf_c(&b, " does not");
    BK_TRY(bk_buf_check(&b, lint->call->err));
    return bk_lint_say(lint, BK_LINT_ERROR, path, bk_buf_take(&b));
}

/* The value that encoding/json finds for a field: the key itself, else the last that is the same but for case. */
static const bk_value *field_of(const bk_value *v, const char *name) {
    const bk_value *found = v->kind == BK_MAP ? bk_map_get(v->map, bk_str_c(name)) : NULL;
    for (size_t i = 0; !found && v->kind == BK_MAP && i < bk_map_len(v->map); i++)
        if (bk_str_eq_fold(bk_map_at(v->map, i)->key, bk_str_c(name))) found = &bk_map_at(v->map, i)->value;
    return found;
}

static bool is_kept(const bk_value *item) {
    const bk_value *metadata = field_of(item, "Metadata"), *annotations = metadata ? field_of(metadata, "Annotations") : NULL;
    return annotations && annotations->kind == BK_MAP && bk_map_get(annotations->map, BK_S("helm.sh/resource-policy"));
}

/* The items of a List are applied with it, so what they say of themselves is not heard. */
static bk_status check_list(bk_lint *lint, bk_str path, bk_str text, const bk_lint_object *o) {
    bk_call_state *call = lint->call;
    bk_value v = bk_nil();
    if (!bk_str_eq(o->kind, BK_S("List"))) return BK_OK;
    if (bk_yaml_decode(call->arena, text, 0, BK_T_NIL, &v, call->err) != BK_OK)
        return bk_lint_say_error(lint, BK_LINT_ERROR, path, "unable to parse YAML: ");
    const bk_value *items = field_of(&v, "Items");
    for (uint32_t i = 0; items && items->kind == BK_LIST && i < items->len; i++)
        if (is_kept(&items->items[i]))
            return bk_lint_sayf(lint, BK_LINT_ERROR, path, "annotation 'helm.sh/resource-policy' within List objects are ignored");
    return BK_OK;
}

static bk_status check_object(bk_lint *lint, const bk_capabilities *caps, bk_str path, bk_str text, const bk_lint_object *o) {
    bk_call_state *call = lint->call;
    bk_str why;
    bool ok;
    BK_TRY(bk_lint_name(call->arena, o, &ok, &why, call->err));
    if (!ok) BK_TRY(bk_lint_say(lint, BK_LINT_WARNING, path, why));
    BK_TRY(bk_lint_deprecated(call->arena, o, caps->kube.major, caps->kube.minor, &why, call->err));
    if (why.n) BK_TRY(bk_lint_say(lint, BK_LINT_WARNING, path, why));
    BK_TRY(check_selector(lint, path, text, o));
    return check_list(lint, path, text, o);
}

/* *ret_stop: text that is no YAML ends the rule. */
static bk_status check_file(bk_lint *lint, const bk_capabilities *caps, bk_str path, bk_str text, bool *ret_stop) {
    bk_lint_stream stream;
    bk_lint_object object;
    bool more, null;
    if (bk_str_trim_space(text).n == 0) return BK_OK;
    BK_TRY(check_indent(lint, path, text));
    bk_lint_stream_open(&stream, lint->call, text);
    for (;;) {
        if (bk_lint_stream_next(&stream, &object, &more, &null) != BK_OK) {
            *ret_stop = true;
            return bk_lint_say_error(lint, BK_LINT_ERROR, path, "unable to parse YAML: ");
        }
        if (!more) return BK_OK;
        if (!null) BK_TRY(check_object(lint, caps, path, text, &object));
    }
}

static bk_status check_files(bk_lint *lint, const bk_capabilities *caps, const bk_rendered_file *files, size_t count) {
    const bk_chart *chart = lint->rendered;
    bk_arena *arena = lint->call->arena;
    bk_map *texts = bk_map_new(arena, count);
    bool stop = false;
    if (!texts) return bk_arena_fail(arena, lint->call->err);
    for (size_t i = 0; i < count; i++)
        if (!bk_map_set(texts, files[i].path, bk_string(files[i].text))) return bk_arena_fail(arena, lint->call->err);
    for (size_t i = 0; i < chart->templates.n && !stop; i++) {
        bk_str path = chart->templates.p[i].name, full;
        BK_TRY(check_extension(lint, path));
        bk_str ext = extension(path);
        if (!bk_str_eq_fold(ext, BK_S(".yaml")) && !bk_str_eq_fold(ext, BK_S(".yml"))) continue;
        if (!bk_arena_printf(arena, &full, "%.*s/%.*s", BK_FMT(bk_chart_name(chart)), BK_FMT(path)))
            return bk_arena_fail(arena, lint->call->err);
        const bk_value *text = bk_map_get(texts, full);
        if (text) BK_TRY(check_file(lint, caps, path, bk_value_str(*text), &stop));
    }
    return BK_OK;
}

bk_status bk_lint_templates(bk_lint *lint) {
    bk_call_state *call = lint->call;
    bk_str kube = bk_map_str(call->options, "kubeVersion", BK_S(""));
    bk_capabilities caps;
    bk_rendered_file *files;
    size_t count;
    bool quiet;
    if (!lint->templates.exists) return bk_lint_sayf(lint, BK_LINT_WARNING, TEMPLATES, "directory does not exist");
    if (!lint->templates.dir) return bk_lint_sayf(lint, BK_LINT_ERROR, TEMPLATES, "not a directory");
    if (!lint->chart) return bk_lint_say(lint, BK_LINT_ERROR, TEMPLATES, lint->load_error);
    if (!lint->rendered) return BK_OK;
    BK_TRY(bk_capabilities_default(call->arena, &caps, call->err));
    if (kube.n) BK_TRY(bk_capabilities_set_kube(call->arena, &caps, kube, call->err));
    if (render(lint, &caps, &files, &count, &quiet) == BK_OK) return check_files(lint, &caps, files, count);
    if (!quiet) return bk_lint_say_error(lint, BK_LINT_ERROR, TEMPLATES, "");
    bk_err_release(call->err);
    return BK_OK;
}
