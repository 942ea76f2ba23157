/* The call PLUGIN: plugin.yaml, foreign, to what it says. */
#include "engine/call_plugin.h"

#include "base/unicode.h"
#include "base/utf8.h"
#include "data/yaml.h"
#include "engine/calls.h"
#include "text/semver.h"
#include "value/gofmt.h"

/* ---- what stands where ---- */

static const bk_pf_field platform_fields[] = {
    {.name = "os", .kind = BK_PF_STRING},
    {.name = "arch", .kind = BK_PF_STRING},
    {.name = "command", .kind = BK_PF_STRING},
    {.name = "args", .kind = BK_PF_STRINGS},
    {0},
};
static const bk_pf_shape platform = {"plugin.PlatformCommand", platform_fields};
#define PLATFORM_LIST "[]plugin.PlatformCommand"

static const bk_pf_field peek_fields[] = {{.name = "apiVersion", .kind = BK_PF_STRING}, {0}};
static const bk_pf_shape peek = {"plugin.apiVersion", peek_fields};

static const bk_pf_field downloader_fields[] = {
    {.name = "protocols", .kind = BK_PF_STRINGS}, {.name = "command", .kind = BK_PF_STRING}, {0}};
static const bk_pf_shape downloader = {"plugin.Downloaders", downloader_fields};

static const bk_pf_field legacy_fields[] = {
    {.name = "name", .kind = BK_PF_STRING},
    {.name = "version", .kind = BK_PF_STRING},
    {.name = "usage", .kind = BK_PF_STRING},
    {.name = "description", .kind = BK_PF_STRING},
    {.name = "platformCommand", .kind = BK_PF_STRUCTS, .go_type = PLATFORM_LIST, .shape = &platform},
    {.name = "command", .kind = BK_PF_STRING},
    {.name = "ignoreFlags", .kind = BK_PF_BOOL},
    {.name = "platformHooks", .kind = BK_PF_STRUCTS_MAP, .go_type = "plugin.PlatformHooks", .shape = &platform},
    {.name = "hooks", .kind = BK_PF_STRING_MAP, .go_type = "plugin.Hooks"},
    {.name = "downloaders", .kind = BK_PF_STRUCTS, .go_type = "[]plugin.Downloaders", .shape = &downloader},
    {0},
};
static const bk_pf_shape legacy = {"plugin.MetadataLegacy", legacy_fields};

static const bk_pf_field v1_fields[] = {
    {.name = "apiVersion", .kind = BK_PF_STRING},
    {.name = "name", .kind = BK_PF_STRING},
    {.name = "type", .kind = BK_PF_STRING},
    {.name = "runtime", .kind = BK_PF_STRING},
    {.name = "version", .kind = BK_PF_STRING},
    {.name = "sourceURL", .kind = BK_PF_STRING},
    {.name = "config", .kind = BK_PF_ANY_MAP},
    {.name = "runtimeConfig", .kind = BK_PF_ANY_MAP},
    {0},
};
static const bk_pf_shape v1 = {"plugin.MetadataV1", v1_fields};

static const bk_pf_field cli_fields[] = {
    {.name = "usage", .kind = BK_PF_STRING},
    {.name = "shortHelp", .kind = BK_PF_STRING},
    {.name = "longHelp", .kind = BK_PF_STRING},
    {.name = "ignoreFlags", .kind = BK_PF_BOOL},
    {0},
};
static const bk_pf_field getter_fields[] = {{.name = "protocols", .kind = BK_PF_STRINGS}, {0}};
static const bk_pf_field no_fields[] = {{0}};
static const struct {
    const char *type;
    bk_pf_shape config;
} types[] = {{"cli/v1", {"schema.ConfigCLIV1", cli_fields}},
             {"getter/v1", {"schema.ConfigGetterV1", getter_fields}},
             {"postrenderer/v1", {"schema.ConfigPostRendererV1", no_fields}},
             {"test/v1", {"schema.ConfigTestV1", no_fields}}};

static const bk_pf_field protocol_fields[] = {
    {.name = "protocols", .kind = BK_PF_STRINGS},
    {.name = "platformCommand", .kind = BK_PF_STRUCTS, .go_type = PLATFORM_LIST, .shape = &platform},
    {0},
};
static const bk_pf_shape protocol = {"plugin.SubprocessProtocolCommand", protocol_fields};

static const bk_pf_field subprocess_fields[] = {
    {.name = "platformCommand", .kind = BK_PF_STRUCTS, .go_type = PLATFORM_LIST, .shape = &platform},
    {.name = "platformHooks", .kind = BK_PF_STRUCTS_MAP, .go_type = "plugin.PlatformHooks", .shape = &platform},
    {.name = "protocolCommands", .kind = BK_PF_STRUCTS, .go_type = "[]plugin.SubprocessProtocolCommand", .shape = &protocol},
    {0},
};
static const bk_pf_shape subprocess = {"plugin.RuntimeConfigSubprocess", subprocess_fields};

#define MEMORY_FIELDS \
    {.name = "maxPages", .kind = BK_PF_UINT32}, {.name = "maxHttpResponseBytes", .kind = BK_PF_INT64}, { \
        .name = "maxVarBytes", .kind = BK_PF_INT64 \
    }
static const bk_pf_field memory_fields[] = {MEMORY_FIELDS, {0}};
static const bk_pf_shape memory = {"plugin.RuntimeConfigExtismV1Memory", memory_fields};
static const bk_pf_field file_system_fields[] = {{.name = "createTempDir", .kind = BK_PF_BOOL}, {0}};
static const bk_pf_shape file_system = {"plugin.RuntimeConfigExtismV1FileSystem", file_system_fields};

/* Helm's documentation shows the memory's fields directly below runtimeConfig; its code has them below "memory". Both are taken. */
static const bk_pf_field extism_fields[] = {
    {.name = "memory", .kind = BK_PF_STRUCT, .shape = &memory},
    {.name = "config", .kind = BK_PF_STRING_MAP},
    {.name = "allowedHosts", .kind = BK_PF_STRINGS},
    {.name = "fileSystem", .kind = BK_PF_STRUCT, .shape = &file_system},
    {.name = "timeout", .kind = BK_PF_UINT64},
    {.name = "hostFunctions", .kind = BK_PF_STRINGS},
    {.name = "entryFuncName", .kind = BK_PF_STRING},
    MEMORY_FIELDS,
    {0},
};
static const bk_pf_shape extism = {"plugin.RuntimeConfigExtismV1", extism_fields};

/* ---- one reading ---- */

typedef struct reading {
    bk_arena *arena;
    bool lenient;
    bk_map *answer;
    bk_items warnings;
    bk_err *err;
} reading;

static bk_status put(reading *r, const char *key, bk_value v) {
    return bk_map_set(r->answer, bk_str_c(key), v) ? BK_OK : bk_arena_fail(r->arena, r->err);
}

/* Copies a field, under another name if need be, when it is there. */
static bk_status carry(reading *r, bk_map *from, const char *key, const char *to) {
    bk_value *v = bk_map_get(from, bk_str_c(key));
    return v ? put(r, to, *v) : BK_OK;
}

/* A fault that Helm lets pass: an error, or a warning. */
static bk_status stricter(reading *r, bk_str text) {
    if (!r->lenient) return bk_err_set_str(r->err, BK_ERR, text);
    bk_items_add(&r->warnings, bk_string(text));
    return BK_OK;
}

static bool valid_name(bk_str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (!((c | 0x20) - 'a' < 26u || c - '0' < 10u || c == '_' || c == '-')) return false;
    }
    return s.n > 0;
}

static bool valid_version(bk_str s) {
    bk_semver v;
    bk_err ignored = BK_ERR_INIT;
    bool ok = bk_semver_parse_strict(s, &v, &ignored) == BK_OK;
    bk_err_release(&ignored);
    return ok;
}

static size_t length(bk_map *m, const char *key) {
    bk_value *v = bk_map_get(m, bk_str_c(key));
    return v ? bk_value_len(*v) : 0;
}

static bk_value items_of(bk_map *m, const char *key) {
    bk_value *v = bk_map_get(m, bk_str_c(key));
    return v && v->kind == BK_LIST ? *v : bk_list(NULL, 0);
}

/* ---- legacy ---- */

static bk_status check_downloaders(reading *r, bk_value list) {
    for (uint32_t i = 0; i < list.len; i++) {
        bk_map *m = list.items[i].map;
        bk_value protocols = items_of(m, "protocols");
        if (!bk_map_str(m, "command", BK_S("")).n) return bk_err_set(r->err, BK_ERR, "downloader %u has empty command", i);
        if (!protocols.len) return bk_err_set(r->err, BK_ERR, "downloader %u has no protocols", i);
        for (uint32_t k = 0; k < protocols.len; k++)
            if (!protocols.items[k].len) return bk_err_set(r->err, BK_ERR, "downloader %u has empty protocol at index %u", i, k);
    }
    return BK_OK;
}

static bk_status check_legacy(reading *r, bk_map *m) {
    bk_str name = bk_map_str(m, "name", BK_S("")), version = bk_map_str(m, "version", BK_S(""));
    if (!valid_name(name)) return bk_fmt_fail(r->err, "invalid plugin name %q: must contain only a-z, A-Z, 0-9, _ and -", name);
    if (version.n && !valid_version(version)) return bk_fmt_fail(r->err, "invalid plugin version %q: must be valid semver", version);
    if (length(m, "platformCommand") && length(m, "command")) return bk_err_set(r->err, BK_ERR, "both platformCommand and command are set");
    if (length(m, "platformHooks") && length(m, "hooks")) return bk_err_set(r->err, BK_ERR, "both platformHooks and hooks are set");
    return check_downloaders(r, items_of(m, "downloaders"));
}

/* White space as blanks, without what does not print. */
static bk_status one_line(reading *r, bk_str s, bk_str *ret) {
    bk_buf out;
    bk_buf_init(&out, r->arena, 0);
    for (size_t i = 0, width; i < s.n; i += width) {
        uint32_t rune = bk_utf8_decode(bk_str_from(s, i), &width);
        if (bk_rune_is_space(rune)) bk_buf_byte(&out, ' ');
        else if (bk_rune_is_print(rune)) bk_buf_rune(&out, rune);
    }
    BK_TRY(bk_buf_check(&out, r->err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

/* [{command: text, args: […]}] */
static bk_status lone_command(reading *r, bk_str command, const bk_value *args, size_t count, bk_value *ret) {
    bk_map *m = bk_map_new(r->arena, 2);
    bk_value *list = BK_NEW(r->arena, bk_value), *copy = BK_NEW_ARRAY(r->arena, bk_value, count + 1);
    if (!m || !list || !copy) return bk_arena_fail(r->arena, r->err);
    if (count) memcpy(copy, args, count * sizeof *copy);
    if (!bk_map_set(m, BK_S("command"), bk_string(command)) || !bk_map_set(m, BK_S("args"), bk_list(copy, count)))
        return bk_arena_fail(r->arena, r->err);
    list[0] = bk_map_value(m);
    *ret = bk_list(list, 1);
    return BK_OK;
}

static bk_status legacy_hooks(reading *r, bk_map *m) {
    bk_value *hooks = bk_map_get(m, BK_S("hooks"));
    if (length(m, "platformHooks") || !hooks || !bk_map_len(hooks->map)) {
        BK_TRY(put(r, "expandHookArgs", bk_bool(true)));
        return carry(r, m, "platformHooks", "platformHooks");
    }
    bk_map *made = bk_map_new(r->arena, bk_map_len(hooks->map));
    if (!made) return bk_arena_fail(r->arena, r->err);
    for (size_t i = 0; i < bk_map_len(hooks->map); i++) {
        const bk_map_entry *e = bk_map_at(hooks->map, i);
        const bk_value args[] = {bk_string(BK_S("-c")), e->value};
        bk_value command = bk_nil();
        BK_TRY(lone_command(r, BK_S("sh"), args, BK_COUNT(args), &command));
        if (!bk_map_set(made, e->key, command)) return bk_arena_fail(r->arena, r->err);
    }
    BK_TRY(put(r, "expandHookArgs", bk_bool(false)));
    return put(r, "platformHooks", bk_map_value(made));
}

static bk_status legacy_getter(reading *r, bk_value downloaders) {
    bk_items all, commands;
    bk_value v = bk_nil();
    bk_items_init(&all, r->arena);
    bk_items_init(&commands, r->arena);
    for (uint32_t i = 0; i < downloaders.len; i++) {
        bk_map *from = downloaders.items[i].map, *to = bk_map_new(r->arena, 2);
        bk_value protocols = items_of(from, "protocols");
        BK_TRY(lone_command(r, bk_map_str(from, "command", BK_S("")), NULL, 0, &v));
        if (!to || !bk_map_set(to, BK_S("protocols"), protocols) || !bk_map_set(to, BK_S("platformCommand"), v))
            return bk_arena_fail(r->arena, r->err);
        bk_items_add(&commands, bk_map_value(to));
        for (uint32_t k = 0; k < protocols.len; k++) bk_items_add(&all, protocols.items[k]);
    }
    BK_TRY(bk_items_list(&commands, BK_T_LIST, &v, r->err));
    BK_TRY(put(r, "protocolCommands", v));
    BK_TRY(bk_items_list(&all, BK_T_LIST, &v, r->err));
    return put(r, "protocols", v);
}

static bk_status legacy_command(reading *r, bk_map *m) {
    bk_str command = bk_map_str(m, "command", BK_S(""));
    bk_value v = bk_nil();
    if (!command.n || length(m, "platformCommand")) return carry(r, m, "platformCommand", "platformCommand");
    BK_TRY(lone_command(r, command, NULL, 0, &v));
    return put(r, "platformCommand", v);
}

static bk_status legacy_texts(reading *r, bk_map *m, bool getter) {
    bk_str usage;
    BK_TRY(put(r, "apiVersion", bk_string(BK_S("legacy"))));
    BK_TRY(put(r, "type", bk_string(getter ? BK_S("getter/v1") : BK_S("cli/v1"))));
    BK_TRY(put(r, "runtime", bk_string(BK_S("subprocess"))));
    BK_TRY(carry(r, m, "name", "name"));
    BK_TRY(carry(r, m, "version", "version"));
    BK_TRY(one_line(r, bk_map_str(m, "usage", BK_S("")), &usage));
    BK_TRY(put(r, "shortHelp", bk_string(usage)));
    BK_TRY(carry(r, m, "description", "longHelp"));
    return carry(r, m, "ignoreFlags", "ignoreFlags");
}

static bk_status read_legacy(reading *r, bk_value tree) {
    bk_map *m;
    BK_TRY(bk_pf_decode(r->arena, tree, &legacy, BK_PF_IGNORE, &m, NULL, r->err));
    BK_TRY(check_legacy(r, m));
    bk_value downloaders = items_of(m, "downloaders");
    BK_TRY(legacy_texts(r, m, downloaders.len != 0));
    if (downloaders.len) BK_TRY(legacy_getter(r, downloaders));
    BK_TRY(legacy_command(r, m));
    return legacy_hooks(r, m);
}

/* ---- v1 ---- */

static bk_status check_v1(reading *r, bk_map *m) {
    bk_str version = bk_map_str(m, "version", BK_S(""));
    if (!valid_name(bk_map_str(m, "name", BK_S("")))) return bk_err_set(r->err, BK_ERR, "invalid plugin `name`");
    if (!version.n) return bk_err_set(r->err, BK_ERR, "plugin `version` is required");
    if (!valid_version(version)) return bk_fmt_fail(r->err, "invalid plugin `version` %q: must be valid semver", version);
    if (!length(m, "type")) return bk_err_set(r->err, BK_ERR, "`type` missing");
    if (!length(m, "runtime")) return bk_err_set(r->err, BK_ERR, "`runtime` missing");
    return BK_OK;
}

static bk_map *map_of(bk_map *m, const char *key) {
    bk_value *v = bk_map_get(m, bk_str_c(key));
    return v && v->kind == BK_MAP ? v->map : NULL;
}

/* The config by the plugin's type. */
static bk_status read_config(reading *r, bk_map *m, bk_map **ret) {
    bk_str type = bk_map_str(m, "type", BK_S(""));
    for (size_t i = 0; i < BK_COUNT(types); i++)
        if (bk_str_eq(type, bk_str_c(types[i].type)))
            return bk_pf_decode_again(r->arena, map_of(m, "config"), &types[i].config, BK_PF_REFUSE, ret, NULL, r->err);
    return bk_fmt_fail(r->err, "unknown plugin type %q", type);
}

static bk_status read_runtime_config(reading *r, bk_map *m, bk_map **ret, bk_items *unknown) {
    bk_str runtime = bk_map_str(m, "runtime", BK_S(""));
    const bk_pf_shape *shape = bk_str_eq(runtime, BK_S("subprocess"))  ? &subprocess
                               : bk_str_eq(runtime, BK_S("extism/v1")) ? &extism
                                                                       : NULL;
    if (!shape) return bk_fmt_fail(r->err, "unsupported plugin runtime type: %q", runtime);
    if (bk_pf_decode_again(r->arena, map_of(m, "runtimeConfig"), shape, BK_PF_COLLECT, ret, unknown, r->err) == BK_OK) return BK_OK;
    return bk_err_wrap(r->err, "failed to unmarshal runtimeConfig for %.*s runtime", BK_FMT(runtime));
}

static bk_status check_config(reading *r, bk_str type, bk_map *config) {
    bk_value protocols = items_of(config, "protocols");
    if (!bk_str_eq(type, BK_S("getter/v1"))) return BK_OK;
    if (!protocols.len) return bk_err_set(r->err, BK_ERR, "config validation failed: getter has no protocols");
    for (uint32_t i = 0; i < protocols.len; i++)
        if (!protocols.items[i].len)
            return bk_err_set(r->err, BK_ERR, "config validation failed: getter has empty protocol at index %u", i);
    return BK_OK;
}

static bk_status check_unknown(reading *r, const bk_items *unknown) {
    for (size_t i = 0; i < unknown->n; i++) {
        bk_buf text;
        bk_buf_init(&text, r->arena, 0);
        bk_buf_c(&text, "runtimeConfig has an unknown field ");
        bk_fmt_quote(&text, bk_value_str(unknown->p[i]));
        BK_TRY(bk_buf_check(&text, r->err));
        BK_TRY(stricter(r, bk_buf_take(&text)));
    }
    return BK_OK;
}

enum { PAGES_MAX = 65536 };

/* A limit of the memory, nested or flat. Zero counts as not given, as in Helm. */
static bk_status carry_limit(reading *r, bk_map *config, const char *key) {
    bk_map *nested = map_of(config, "memory");
    bk_value *in = nested ? bk_map_get(nested, bk_str_c(key)) : NULL, *flat = bk_map_get(config, bk_str_c(key));
    if (in && flat && !bk_deep_equal(*in, *flat))
        return bk_err_set(r->err, BK_ERR, "runtimeConfig has two values for %s: in memory and beside it", key);
    bk_value *v = in ? in : flat;
    if (!v || (v->kind == BK_UINT ? v->u == 0 : v->i == 0)) return BK_OK;
    if (v->kind == BK_UINT && v->u > PAGES_MAX)
        return bk_err_set(r->err, BK_ERR, "runtimeConfig: maxPages %llu is out of range: a memory has 1 to %d pages of 64 KiB",
                          (unsigned long long)v->u, PAGES_MAX);
    return put(r, key, *v);
}

static bk_status carry_extism(reading *r, bk_map *config) {
    bk_map *fs = map_of(config, "fileSystem");
    static const char *const keys[] = {"config", "allowedHosts", "timeout", "hostFunctions", "entryFuncName"};
    static const char *const limits[] = {"maxPages", "maxHttpResponseBytes", "maxVarBytes"};
    for (size_t i = 0; i < BK_COUNT(keys); i++) BK_TRY(carry(r, config, keys[i], keys[i]));
    for (size_t i = 0; i < BK_COUNT(limits); i++) BK_TRY(carry_limit(r, config, limits[i]));
    return fs ? carry(r, fs, "createTempDir", "createTempDir") : BK_OK;
}

static bk_status convert(reading *r, bk_map *m, bk_map **ret_config, bk_map **ret_runtime, bk_items *unknown) {
    bk_status s = read_config(r, m, ret_config);
    if (s == BK_OK) s = read_runtime_config(r, m, ret_runtime, unknown);
    return s == BK_OK ? s : bk_err_wrap(r->err, "failed to convert MetadataV1 to Metadata");
}

static bk_status read_v1(reading *r, bk_value tree) {
    static const char *const keys[] = {"apiVersion", "name", "version", "type", "runtime", "sourceURL"};
    static const char *const config_keys[] = {"usage", "shortHelp", "longHelp", "ignoreFlags", "protocols"};
    static const char *const process_keys[] = {"platformCommand", "platformHooks", "protocolCommands"};
    bk_map *m, *config, *runtime;
    bk_items unknown;
    bk_items_init(&unknown, r->arena);
    BK_TRY(bk_pf_decode(r->arena, tree, &v1, BK_PF_REFUSE, &m, NULL, r->err));
    BK_TRY(check_v1(r, m));
    BK_TRY(convert(r, m, &config, &runtime, &unknown));
    BK_TRY(check_config(r, bk_map_str(m, "type", BK_S("")), config));
    if (unknown.failed) return bk_arena_fail(r->arena, r->err);
    BK_TRY(check_unknown(r, &unknown));
    for (size_t i = 0; i < BK_COUNT(keys); i++) BK_TRY(carry(r, m, keys[i], keys[i]));
    for (size_t i = 0; i < BK_COUNT(config_keys); i++) BK_TRY(carry(r, config, config_keys[i], config_keys[i]));
    BK_TRY(put(r, "expandHookArgs", bk_bool(true)));
    if (!bk_str_eq(bk_map_str(m, "runtime", BK_S("")), BK_S("subprocess"))) return carry_extism(r, runtime);
    for (size_t i = 0; i < BK_COUNT(process_keys); i++) BK_TRY(carry(r, runtime, process_keys[i], process_keys[i]));
    return BK_OK;
}

/* ---- all ---- */

/* The tree, and the value of apiVersion in it; all that goes wrong here has Helm's one prefix. */
static bk_status look(reading *r, bk_str text, bk_value *ret_tree, bk_str *ret_version) {
    bk_map *m;
    BK_TRY(bk_yaml_tree(r->arena, text, ret_tree, r->err));
    if (bk_is_nil(*ret_tree)) return bk_err_set(r->err, BK_ERR, "EOF");
    BK_TRY(bk_pf_decode(r->arena, *ret_tree, &peek, BK_PF_IGNORE, &m, NULL, r->err));
    *ret_version = bk_map_str(m, "apiVersion", BK_S(""));
    return BK_OK;
}

static bk_status check_alone(reading *r, bk_str text) {
    bool more;
    BK_TRY(bk_yaml_tree_more(r->arena, text, &more, r->err));
    return more ? stricter(r, BK_S("plugin.yaml has more than one document")) : BK_OK;
}

bk_status bk_plugin_yaml_read(bk_arena *arena, bk_str text, bool lenient, bk_map **ret, bk_err *err) {
    reading r = {.arena = arena, .lenient = lenient, .answer = bk_map_new(arena, 24), .err = err};
    bk_value tree = bk_nil(), warnings = bk_nil();
    bk_str version = BK_S("");
    bk_items_init(&r.warnings, arena);
    if (!r.answer) return bk_arena_fail(arena, err);
    if (look(&r, text, &tree, &version) != BK_OK) {
        /* A loop is first met when everything is read. */
        if (bk_str_ends(bk_err_message(err), BK_S("' value contains itself"))) return err->code;
        return bk_err_wrap(err, "failed to peek plugin.yaml API version");
    }
    if (version.n == 0) BK_TRY(read_legacy(&r, tree));
    else if (bk_str_eq(version, BK_S("v1"))) BK_TRY(read_v1(&r, tree));
    else return bk_fmt_fail(err, "invalid plugin apiVersion: %q", version);
    BK_TRY(check_alone(&r, text));
    BK_TRY(bk_items_list(&r.warnings, BK_T_LIST, &warnings, err));
    BK_TRY(put(&r, "warnings", warnings));
    *ret = r.answer;
    return BK_OK;
}

bk_status bk_call_plugin(bk_call_state *call) {
    bk_str text;
    bk_map *answer = NULL;
    BK_TRY(bk_call_input(call, 0, &text));
    if (text.n > BK_PLUGIN_YAML_MAX) return bk_err_limit(call->err, "bytes of plugin.yaml", BK_PLUGIN_YAML_MAX);
    BK_TRY(bk_plugin_yaml_read(call->arena, text, bk_map_bool(call->options, "lenient", false), &answer, call->err));
    return bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(answer));
}
