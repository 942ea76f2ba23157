/* get: what is known of a release. */
#include "base/sort.h"
#include "cli/commands.h"
#include "cli/get_template.h"
#include "cli/release_print.h"
#include "data/json.h"
#include "data/yaml.h"

static void log_line(void *self, bk_str level, bk_str text) {
    bk_buf line;
    (void)self;
    bk_buf_init(&line, NULL, 64 << 10);
    bk_buf_c(&line, "level=");
    bk_buf_str(&line, level);
    bk_buf_byte(&line, ' ');
    bk_buf_str(&line, text);
    if (bk_buf_ok(&line)) bk_cli_warn(bk_buf_view(&line));
    bk_buf_release(&line);
}

static bk_status read_release(bk_cli *cli, bool computed, bk_release *ret, bk_err *err) {
    const bk_record_options options = {.flags = computed ? BK_RECORD_COMPUTED : 0, .log = log_line};
    bk_cli_releases releases;
    bk_str name = cli->args[0];
    BK_TRY(bk_cli_releases_open(cli, false, 0, &releases, err));
    bk_status s = bk_release_name_valid(name)
                      ? bk_store_get(releases.store, name, bk_flags_get(&cli->flags, "revision")->i, &options, ret, err)
                      : bk_err_set(err, BK_ERR, "releaseContent: Release name is invalid: %.*s", BK_FMT(name));
    bk_cli_releases_close(&releases);
    return s;
}

static bk_status get_all(bk_cli *cli, bk_err *err) {
    const bk_release_print how = {.debug = true, .show_metadata = true};
    bk_str template = bk_flags_str(&cli->flags, "template");
    bk_release r;
    BK_TRY(read_release(cli, true, &r, err));
    BK_TRY(template.n ? bk_cli_get_template(cli, &r, template, err) : bk_cli_print_release(cli, &r, &how, err));
    return bk_cli_flush(cli, err);
}

static bk_status get_hooks(bk_cli *cli, bk_err *err) {
    bk_release r;
    BK_TRY(read_release(cli, false, &r, err));
    bk_cli_print_hooks(cli, &r);
    return bk_cli_flush(cli, err);
}

static bk_status get_manifest(bk_cli *cli, bk_err *err) {
    bk_release r;
    BK_TRY(read_release(cli, false, &r, err));
    bk_buf_str(&cli->out, r.manifest);
    bk_buf_byte(&cli->out, '\n');
    return bk_cli_flush(cli, err);
}

static bk_status get_notes(bk_cli *cli, bk_err *err) {
    bk_release r;
    BK_TRY(read_release(cli, false, &r, err));
    if (r.notes.n) {
        bk_buf_c(&cli->out, "NOTES:\n");
        bk_buf_str(&cli->out, r.notes);
        bk_buf_byte(&cli->out, '\n');
    }
    return bk_cli_flush(cli, err);
}

static bk_status get_values(bk_cli *cli, bk_err *err) {
    bool all = bk_flags_bool(&cli->flags, "all");
    bk_format format = bk_cli_format(cli);
    bk_release r;
    BK_TRY(read_release(cli, all, &r, err));
    bk_value values = all ? r.computed : r.config;
    if (format == BK_FORMAT_TABLE) bk_buf_c(&cli->out, all ? "COMPUTED VALUES:\n" : "USER-SUPPLIED VALUES:\n");
    if (format != BK_FORMAT_JSON) {
        BK_TRY(bk_yaml_encode(&cli->out, cli->arena, values, err));
    } else {
        BK_TRY(bk_json_encode(&cli->out, cli->arena, values, BK_JSON_HTML, err));
        bk_buf_byte(&cli->out, '\n');
    }
    return bk_cli_flush(cli, err);
}

/* ---- metadata ---- */

/* "a=1,b=2" */
static bk_status put_set(bk_cli *cli, const char *name, bk_map *m, bk_err *err) {
    bk_buf_c(&cli->out, name);
    if (m && !bk_map_sort(m)) return bk_arena_fail(cli->arena, err);
    for (size_t i = 0; i < bk_map_len(m); i++) {
        const bk_map_entry *e = bk_map_at(m, i);
        if (i) bk_buf_byte(&cli->out, ',');
        bk_buf_str(&cli->out, e->key);
        bk_buf_byte(&cli->out, '=');
        if (bk_is_string(e->value)) bk_buf_str(&cli->out, bk_value_str(e->value));
    }
    bk_buf_byte(&cli->out, '\n');
    return BK_OK;
}

static bk_map *map_of(const bk_release *r, const char *key) {
    const bk_value *v = r->metadata.kind == BK_MAP ? bk_map_get(r->metadata.map, bk_str_c(key)) : NULL;
    return v && v->kind == BK_MAP ? v->map : NULL;
}

static bk_value dependencies_of(const bk_release *r) {
    const bk_value *v = r->metadata.kind == BK_MAP ? bk_map_get(r->metadata.map, BK_S("dependencies")) : NULL;
    return v && v->kind == BK_LIST ? *v : bk_list(NULL, 0);
}

static bk_str dependency_name(bk_value v) { return v.kind == BK_MAP ? bk_map_str(v.map, "name", BK_S("")) : BK_S(""); }

static int by_text(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_str_cmp(*(const bk_str *)a, *(const bk_str *)b);
}

static bk_status put_dependencies(bk_cli *cli, const bk_release *r, bk_err *err) {
    bk_value list = dependencies_of(r);
    bk_str *names = BK_NEW_ARRAY(cli->arena, bk_str, (size_t)list.len + 1);
    if (!names) return bk_arena_fail(cli->arena, err);
    for (uint32_t i = 0; i < list.len; i++) names[i] = dependency_name(list.items[i]);
    if (!bk_sort(cli->arena, names, list.len, sizeof *names, by_text, NULL)) return bk_arena_fail(cli->arena, err);
    bk_buf_c(&cli->out, "DEPENDENCIES: ");
    for (uint32_t i = 0; i < list.len; i++) {
        if (i) bk_buf_byte(&cli->out, ',');
        bk_buf_str(&cli->out, names[i]);
    }
    bk_buf_byte(&cli->out, '\n');
    return BK_OK;
}

/* Without the part of a second. */
static bk_status deployed_at(bk_cli *cli, const bk_release *r, bk_str *ret, bk_err *err) {
    bk_str text = r->last_deployed.text, head, tail;
    *ret = text.n ? text : BK_S("0001-01-01T00:00:00Z");
    if (!bk_str_cut(text, BK_S("."), &head, &tail)) return BK_OK;
    while (tail.n && tail.p[0] >= '0' && tail.p[0] <= '9') tail = bk_str_from(tail, 1);
    return bk_arena_cat(cli->arena, head, tail, ret) ? BK_OK : bk_arena_fail(cli->arena, err);
}

static void line(bk_cli *cli, const char *name, bk_str text) {
    bk_buf_c(&cli->out, name);
    bk_buf_str(&cli->out, text);
    bk_buf_byte(&cli->out, '\n');
}

static void put_apply_method(bk_cli *cli, bk_str method) {
    if (!method.n) line(cli, "APPLY_METHOD: ", BK_S("client-side apply (defaulted)"));
    else if (bk_str_eq(method, BK_S("csa"))) line(cli, "APPLY_METHOD: ", BK_S("client-side apply"));
    else if (bk_str_eq(method, BK_S("ssa"))) line(cli, "APPLY_METHOD: ", BK_S("server-side apply"));
    else bk_buf_printf(&cli->out, "APPLY_METHOD: unknown (\"%.*s\")\n", BK_FMT(method));
}

static bk_status metadata_text(bk_cli *cli, const bk_release *r, bk_err *err) {
    bk_str at;
    line(cli, "NAME: ", r->name);
    line(cli, "CHART: ", bk_release_metadata(r, "name"));
    line(cli, "VERSION: ", bk_release_metadata(r, "version"));
    line(cli, "APP_VERSION: ", bk_release_metadata(r, "appVersion"));
    BK_TRY(put_set(cli, "ANNOTATIONS: ", map_of(r, "annotations"), err));
    BK_TRY(put_set(cli, "LABELS: ", r->labels, err));
    BK_TRY(put_dependencies(cli, r, err));
    line(cli, "NAMESPACE: ", r->namespace_);
    bk_buf_printf(&cli->out, "REVISION: %lld\n", (long long)r->version);
    line(cli, "STATUS: ", r->status);
    BK_TRY(deployed_at(cli, r, &at, err));
    line(cli, "DEPLOYED_AT: ", at);
    put_apply_method(cli, r->apply_method);
    return BK_OK;
}

static void member(bk_buf *json, const char *name) { bk_buf_printf(json, "%s\"%s\":", bk_buf_view(json).n ? "," : "{", name); }

static void text_member(bk_buf *json, const char *name, bk_str text) {
    member(json, name);
    bk_json_encode_string(json, text, BK_JSON_HTML);
}

static bk_status map_member(bk_cli *cli, bk_buf *json, const char *name, bk_map *m, bk_err *err) {
    if (!bk_map_len(m)) return BK_OK;
    member(json, name);
    return bk_json_encode(json, cli->arena, bk_map_value(m), BK_JSON_HTML, err);
}

/* In the order of the struct's fields. */
static bk_status put_dependency(bk_cli *cli, bk_buf *json, bk_value v, bk_err *err) {
    static const char *const keys[] = {"name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"};
    bool any = false;
    if (v.kind != BK_MAP) {
        bk_buf_c(json, "null");
        return BK_OK;
    }
    for (size_t i = 0; i < BK_COUNT(keys); i++) {
        const bk_value *field = bk_map_get(v.map, bk_str_c(keys[i]));
        if (!field) continue;
        bk_buf_printf(json, "%s\"%s\":", any ? "," : "{", keys[i]);
        any = true;
        BK_TRY(bk_json_encode(json, cli->arena, *field, BK_JSON_HTML, err));
    }
    bk_buf_c(json, any ? "}" : "{}");
    return BK_OK;
}

static bk_status metadata_json(bk_cli *cli, bk_format format, const bk_release *r, bk_err *err) {
    bk_value dependencies = dependencies_of(r);
    bk_buf json;
    bk_str at;
    bk_buf_init(&json, cli->arena, 0);
    text_member(&json, "name", r->name);
    text_member(&json, "chart", bk_release_metadata(r, "name"));
    text_member(&json, "version", bk_release_metadata(r, "version"));
    text_member(&json, "appVersion", bk_release_metadata(r, "appVersion"));
    BK_TRY(map_member(cli, &json, "annotations", map_of(r, "annotations"), err));
    BK_TRY(map_member(cli, &json, "labels", r->labels, err));
    if (dependencies.len) member(&json, "dependencies");
    for (uint32_t i = 0; i < dependencies.len; i++) {
        bk_buf_byte(&json, i ? ',' : '[');
        BK_TRY(put_dependency(cli, &json, dependencies.items[i], err));
    }
    if (dependencies.len) bk_buf_byte(&json, ']');
    text_member(&json, "namespace", r->namespace_);
    member(&json, "revision");
    bk_buf_int(&json, r->version);
    text_member(&json, "status", r->status);
    BK_TRY(deployed_at(cli, r, &at, err));
    text_member(&json, "deployedAt", at);
    if (r->apply_method.n) text_member(&json, "applyMethod", r->apply_method);
    bk_buf_byte(&json, '}');
    BK_TRY(bk_buf_check(&json, err));
    return bk_cli_put_json(cli, format, bk_buf_take(&json), err);
}

static bk_status get_metadata(bk_cli *cli, bk_err *err) {
    bk_format format = bk_cli_format(cli);
    bk_release r;
    BK_TRY(read_release(cli, false, &r, err));
    BK_TRY(format == BK_FORMAT_TABLE ? metadata_text(cli, &r, err) : metadata_json(cli, format, &r, err));
    return bk_cli_flush(cli, err);
}

/* ---- the commands ---- */

static const bk_flag revision[] = {
    {.name = "revision", .type = BK_FLAG_INT, .help = "of this revision, not the newest"},
    {0},
};
static const bk_flag all_flags[] = {
    {.name = "template", .type = BK_FLAG_STRING, .help = "print what this Go template makes of it: {{.Release.Name}}"},
    {0},
};
static const bk_flag values_flags[] = {
    {.name = "all", .letter = 'a', .type = BK_FLAG_BOOL, .help = "with the chart's own values filled in"},
    {0},
};
static const bk_flag *const plain_tables[] = {revision, NULL};
static const bk_flag *const all_tables[] = {revision, all_flags, NULL};
static const bk_flag *const metadata_tables[] = {revision, bk_flags_output, NULL};
static const bk_flag *const values_tables[] = {revision, values_flags, bk_flags_output, NULL};

/* The one-line summaries are what shells offer, and scripts compare: Helm's. */
#define GET(id, one_line, text, table) \
    static const bk_command id = {.name = #id, \
                                  .usage = "RELEASE_NAME", \
                                  .summary = one_line, \
                                  .help = text, \
                                  .flags = table, \
                                  .min_args = 1, \
                                  .max_args = 1, \
                                  .run = get_##id}
GET(all, "download all information for a named release", "Shows a release with its values, hooks, manifest and notes.", all_tables);
GET(hooks, "download all hooks for a named release", "Shows the hooks of a release, a YAML document each.", plain_tables);
GET(manifest, "download the manifest for a named release", "Shows the objects of a release as they were rendered, hooks left out.",
    plain_tables);
GET(metadata, "This command fetches metadata for a given release", "Shows which chart a release is of, its labels, state and revision.",
    metadata_tables);
GET(notes, "download the notes for a named release", "Shows the notes that the chart has for the release.", plain_tables);
GET(values, "download the values file for a named release", "Shows the values that were given for a release.", values_tables);
#undef GET

static const bk_command *const children[] = {&all, &hooks, &manifest, &metadata, &notes, &values, NULL};

const bk_command bk_cmd_get = {
    .name = "get",
    .summary = "download extended information of a named release",
    .help = "Shows what the record of a release holds: values, manifest, hooks, notes, metadata.",
    .children = children,
    .max_args = 0,
};
