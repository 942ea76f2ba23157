#include "plugin/descriptor.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/unicode.h"
#include "base/utf8.h"
#include "plugin/engine.h"
#include "plugin/files.h"
#include "plugin/http.h"
#include "value/gofmt.h"

/* Caps of what an answer may hold: far beyond any plugin, and small for us. */
enum { ITEMS_MAX = 1000, TEXT_MAX = 64 << 10, VERSION_MAX = 256 };

static const char *const type_names[] = {"cli/v1", "getter/v1", "postrenderer/v1", "test/v1"};
static const char *const runtime_names[] = {"subprocess", "extism/v1"};

const char *bk_plugin_type_name(bk_plugin_type type) { return type_names[type]; }
const char *bk_plugin_runtime_name(bk_plugin_runtime runtime) { return runtime_names[runtime]; }

/* ---- the answer of the compartment, checked ---- */

typedef struct reader {
    bk_arena *arena;
    bk_err *err;
} reader;

static bk_status bad(reader *r, const char *what) {
    return bk_err_set(r->err, BK_ERR_TRAP, "plugin compartment stopped: its answer has no proper %s", what);
}

/* A copy with a NUL behind it. */
static bk_status text_of(reader *r, bk_value v, const char *what, bk_str *ret) {
    if (!bk_is_string(v)) return bad(r, what);
    bk_str s = bk_value_str(v);
    if (s.n > TEXT_MAX) return bk_err_set(r->err, BK_ERR_LIMIT, "%s is longer than %d bytes", what, TEXT_MAX);
    if (bk_str_find_byte(s, 0) != BK_NPOS) return bk_err_set(r->err, BK_ERR, "%s holds a NUL", what);
    return bk_arena_dup(r->arena, s, ret) ? BK_OK : bk_arena_fail(r->arena, r->err);
}

static bk_status field(reader *r, bk_map *m, const char *key, bk_str *ret) {
    bk_value *v = bk_map_get(m, bk_str_c(key));
    *ret = BK_S("");
    return v ? text_of(r, *v, key, ret) : BK_OK;
}

/* A text for people: control characters and what hides or turns text are taken out; new lines and tabs stay where `lines` says so. */
static bk_status shown(reader *r, bk_map *m, const char *key, bool lines, bk_str *ret) {
    bk_str raw;
    bk_buf out;
    BK_TRY(field(r, m, key, &raw));
    bk_buf_init(&out, r->arena, 0);
    for (size_t i = 0, width; i < raw.n; i += width) {
        uint32_t rune = bk_utf8_decode(bk_str_from(raw, i), &width);
        if (lines && (rune == '\n' || rune == '\t')) bk_buf_byte(&out, (char)rune);
        else if (bk_rune_is_space(rune)) bk_buf_byte(&out, ' ');
        else if (bk_rune_is_print(rune)) bk_buf_rune(&out, rune);
    }
    BK_TRY(bk_buf_check(&out, r->err));
    return bk_arena_dup(r->arena, bk_buf_view(&out), ret) ? BK_OK : bk_arena_fail(r->arena, r->err);
}

static bk_status list_of(reader *r, bk_map *m, const char *key, bk_value *ret) {
    bk_value *v = bk_map_get(m, bk_str_c(key));
    *ret = bk_list(NULL, 0);
    if (!v) return BK_OK;
    if (v->kind != BK_LIST) return bad(r, key);
    if (v->len > ITEMS_MAX) return bk_err_set(r->err, BK_ERR_LIMIT, "%s has more than %d items", key, ITEMS_MAX);
    *ret = *v;
    return BK_OK;
}

static bk_status map_of(reader *r, bk_map *m, const char *key, bk_map **ret) {
    bk_value *v = bk_map_get(m, bk_str_c(key));
    *ret = NULL;
    if (!v) return BK_OK;
    if (v->kind != BK_MAP) return bad(r, key);
    if (bk_map_len(v->map) > ITEMS_MAX) return bk_err_set(r->err, BK_ERR_LIMIT, "%s has more than %d items", key, ITEMS_MAX);
    *ret = v->map;
    return BK_OK;
}

static bk_status texts(reader *r, bk_map *m, const char *key, bk_texts *ret) {
    bk_value list;
    BK_TRY(list_of(r, m, key, &list));
    bk_str *items = BK_NEW_ARRAY(r->arena, bk_str, (size_t)list.len + 1);
    if (!items) return bk_arena_fail(r->arena, r->err);
    for (uint32_t i = 0; i < list.len; i++) BK_TRY(text_of(r, list.items[i], key, &items[i]));
    *ret = (bk_texts){items, list.len};
    return BK_OK;
}

static bk_status commands_of(reader *r, bk_map *m, const char *key, bk_plugin_commands *ret) {
    bk_value list;
    BK_TRY(list_of(r, m, key, &list));
    bk_plugin_command *items = BK_NEW_ARRAY(r->arena, bk_plugin_command, (size_t)list.len + 1);
    if (!items) return bk_arena_fail(r->arena, r->err);
    for (uint32_t i = 0; i < list.len; i++) {
        if (list.items[i].kind != BK_MAP) return bad(r, key);
        bk_map *c = list.items[i].map;
        BK_TRY(field(r, c, "os", &items[i].os));
        BK_TRY(field(r, c, "arch", &items[i].arch));
        BK_TRY(field(r, c, "command", &items[i].command));
        BK_TRY(texts(r, c, "args", &items[i].args));
    }
    *ret = (bk_plugin_commands){items, list.len};
    return BK_OK;
}

static bk_status hooks_of(reader *r, bk_map *m, bk_plugin_process *ret) {
    bk_map *map;
    BK_TRY(map_of(r, m, "platformHooks", &map));
    size_t n = bk_map_len(map);
    bk_plugin_hook *hooks = BK_NEW_ARRAY(r->arena, bk_plugin_hook, n + 1);
    if (!hooks) return bk_arena_fail(r->arena, r->err);
    for (size_t i = 0; i < n; i++) {
        bk_str key = bk_map_at(map, i)->key;
        BK_TRY(text_of(r, bk_string(key), "platformHooks", &hooks[i].event));
        bk_map *one = bk_map_new(r->arena, 1);
        if (!one || !bk_map_set(one, BK_S("platformHooks"), bk_map_at(map, i)->value)) return bk_arena_fail(r->arena, r->err);
        BK_TRY(commands_of(r, one, "platformHooks", &hooks[i].commands));
    }
    ret->hooks = hooks;
    ret->hook_count = n;
    return BK_OK;
}

static bk_status process_of(reader *r, bk_map *m, bk_plugin_process *ret) {
    bk_value list;
    BK_TRY(commands_of(r, m, "platformCommand", &ret->commands));
    BK_TRY(hooks_of(r, m, ret));
    ret->expand_hooks = bk_map_bool(m, "expandHookArgs", true);
    BK_TRY(list_of(r, m, "protocolCommands", &list));
    bk_plugin_protocol *items = BK_NEW_ARRAY(r->arena, bk_plugin_protocol, (size_t)list.len + 1);
    if (!items) return bk_arena_fail(r->arena, r->err);
    for (uint32_t i = 0; i < list.len; i++) {
        if (list.items[i].kind != BK_MAP) return bad(r, "protocolCommands");
        BK_TRY(texts(r, list.items[i].map, "protocols", &items[i].schemes));
        BK_TRY(commands_of(r, list.items[i].map, "platformCommand", &items[i].commands));
    }
    ret->protocols = items;
    ret->protocol_count = list.len;
    return BK_OK;
}

static bk_status number(reader *r, bk_map *m, const char *key, uint64_t max, uint64_t *ret) {
    bk_value *v = bk_map_get(m, bk_str_c(key));
    *ret = 0;
    if (!v) return BK_OK;
    if (v->kind != BK_UINT || v->u > max) return bad(r, key);
    *ret = v->u;
    return BK_OK;
}

static bk_status signed_number(reader *r, bk_map *m, const char *key, int64_t *ret) {
    bk_value *v = bk_map_get(m, bk_str_c(key));
    *ret = 0;
    if (!v) return BK_OK;
    if (v->kind != BK_INT) return bad(r, key);
    *ret = v->i;
    return BK_OK;
}

static bk_status pairs_of(reader *r, bk_map *m, bk_plugin_wasm *ret) {
    bk_map *map;
    BK_TRY(map_of(r, m, "config", &map));
    size_t n = bk_map_len(map);
    bk_plugin_pair *pairs = BK_NEW_ARRAY(r->arena, bk_plugin_pair, n + 1);
    if (!pairs) return bk_arena_fail(r->arena, r->err);
    for (size_t i = 0; i < n; i++) {
        BK_TRY(text_of(r, bk_string(bk_map_at(map, i)->key), "config", &pairs[i].key));
        BK_TRY(text_of(r, bk_map_at(map, i)->value, "config", &pairs[i].value));
    }
    ret->config = pairs;
    ret->config_count = n;
    return BK_OK;
}

static bk_status wasm_of(reader *r, bk_map *m, bk_plugin_wasm *ret) {
    uint64_t pages;
    BK_TRY(number(r, m, "maxPages", 65536, &pages));
    ret->max_pages = (uint32_t)pages;
    BK_TRY(signed_number(r, m, "maxHttpResponseBytes", &ret->max_http_bytes));
    BK_TRY(signed_number(r, m, "maxVarBytes", &ret->max_var_bytes));
    BK_TRY(number(r, m, "timeout", UINT64_MAX, &ret->timeout_ms));
    BK_TRY(pairs_of(r, m, ret));
    BK_TRY(texts(r, m, "allowedHosts", &ret->hosts));
    BK_TRY(bk_plugin_hosts_check(ret->hosts.items, ret->hosts.count, r->err));
    ret->temp_dir = bk_map_bool(m, "createTempDir", false);
    BK_TRY(texts(r, m, "hostFunctions", &ret->functions));
    BK_TRY(field(r, m, "entryFuncName", &ret->entry));
    if (!ret->entry.n) ret->entry = BK_S("helm_plugin_main");
    return BK_OK;
}

static bool valid_name(bk_str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (!((c | 0x20) - 'a' < 26u || c - '0' < 10u || c == '_' || c == '-')) return false;
    }
    return s.n > 0 && s.n <= VERSION_MAX;
}

static bool valid_version(bk_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~') return false;
    return s.n <= VERSION_MAX;
}

static bool choose(bk_str name, const char *const *names, size_t count, unsigned *ret) {
    for (unsigned i = 0; i < count; i++) {
        if (!bk_str_eq(name, bk_str_c(names[i]))) continue;
        *ret = i;
        return true;
    }
    return false;
}

static bk_status kinds_of(reader *r, bk_map *m, bk_plugin_about *ret) {
    bk_str type, runtime;
    unsigned t, k;
    BK_TRY(field(r, m, "type", &type));
    BK_TRY(field(r, m, "runtime", &runtime));
    if (!choose(type, type_names, BK_COUNT(type_names), &t)) return bad(r, "type");
    if (!choose(runtime, runtime_names, BK_COUNT(runtime_names), &k)) return bad(r, "runtime");
    ret->type = (bk_plugin_type)t;
    ret->runtime = (bk_plugin_runtime)k;
    return BK_OK;
}

static bk_status about_of(reader *r, bk_map *m, bk_plugin_about *ret) {
    BK_TRY(field(r, m, "apiVersion", &ret->api_version));
    BK_TRY(field(r, m, "name", &ret->name));
    BK_TRY(field(r, m, "version", &ret->version));
    bool legacy = bk_str_eq(ret->api_version, BK_S("legacy"));
    if (!legacy && !bk_str_eq(ret->api_version, BK_S("v1"))) return bad(r, "apiVersion");
    if (!valid_name(ret->name)) return bad(r, "name");
    if (!valid_version(ret->version) || (!legacy && !ret->version.n)) return bad(r, "version");
    BK_TRY(kinds_of(r, m, ret));
    BK_TRY(shown(r, m, "sourceURL", false, &ret->source_url));
    BK_TRY(shown(r, m, "usage", false, &ret->usage));
    BK_TRY(shown(r, m, "shortHelp", false, &ret->short_help));
    BK_TRY(shown(r, m, "longHelp", true, &ret->long_help));
    ret->ignore_flags = bk_map_bool(m, "ignoreFlags", false);
    BK_TRY(texts(r, m, "protocols", &ret->schemes));
    if (ret->type == BK_PLUGIN_GETTER && !ret->schemes.count) return bad(r, "protocols");
    BK_TRY(texts(r, m, "warnings", &ret->warnings));
    return ret->runtime == BK_PLUGIN_SUBPROCESS ? process_of(r, m, &ret->process) : wasm_of(r, m, &ret->wasm);
}

static bk_status parse(bk_arena *arena, bk_str yaml, bool lenient, const bk_sandbox_cache *cache, bk_plugin_about *ret, bk_err *err) {
    bk_map *options = bk_map_new(arena, 1);
    bk_plugin_about about = {0};
    bk_value answer = bk_nil();
    reader r = {arena, err};
    if (!options || !bk_map_set(options, BK_S("lenient"), bk_bool(lenient))) return bk_arena_fail(arena, err);
    BK_TRY(bk_plugin_engine(arena, BK_CALL_PLUGIN, options, yaml, cache, &answer, err));
    if (answer.kind != BK_MAP || !answer.map) return bad(&r, "fields");
    BK_TRY(about_of(&r, answer.map, &about));
    *ret = about;
    return BK_OK;
}

bk_status bk_plugin_parse(bk_arena *arena, bk_str yaml, bool lenient, bk_plugin_about *ret, bk_err *err) {
    return parse(arena, yaml, lenient, NULL, ret, err);
}

/* `<format with one %q>: <the error so far>` */
static bk_status wrap_quoted(bk_err *err, const char *what, bk_str path) {
    bk_buf b;
    bk_buf_init(&b, NULL, 0);
    bk_buf_c(&b, what);
    bk_fmt_quote(&b, path);
    bk_status s = bk_err_wrap(err, "%.*s", BK_FMT(bk_buf_view(&b)));
    bk_buf_release(&b);
    return s;
}

static bk_status check_code(bk_arena *arena, bk_str dir, bk_err *err) {
    struct stat st;
    bk_str path;
    if (!bk_arena_printf(arena, &path, "%.*s/" BK_PLUGIN_CODE, BK_FMT(dir))) return bk_arena_fail(arena, err);
    if (stat(path.p, &st) == 0) return BK_OK;
    if (errno == ENOENT) return bk_fmt_fail(err, "wasm binary missing for extism/v1 plugin: %q", path);
    bk_plugin_path_error("stat", path, errno, err);
    return wrap_quoted(err, "failed to stat extism/v1 plugin wasm binary ", path);
}

bk_status bk_plugin_load(bk_arena *arena, bk_str dir, bool lenient, bk_plugin *ret, bk_err *err) {
    return bk_plugin_load_known(arena, dir, lenient, NULL, ret, err);
}

bk_status bk_plugin_load_known(bk_arena *arena, bk_str dir, bool lenient, const bk_sandbox_cache *answers, bk_plugin *ret, bk_err *err) {
    bk_plugin p = {0};
    bk_str path;
    struct stat st;
    if (bk_str_find_byte(dir, 0) != BK_NPOS) return bk_err_set(err, BK_ERR, "a folder's name holds a NUL");
    if (!bk_arena_dup(arena, dir, &p.dir) || !bk_arena_printf(arena, &path, "%.*s/" BK_PLUGIN_FILE, BK_FMT(dir)))
        return bk_arena_fail(arena, err);
    p.linked = lstat(p.dir.p, &st) == 0 && S_ISLNK(st.st_mode);
    if (bk_plugin_read_file(arena, p.dir, BK_PLUGIN_FILE, BK_PLUGIN_FILE_MAX, &p.file, err) != BK_OK)
        return wrap_quoted(err, "failed to read plugin at ", path);
    if (parse(arena, p.file, lenient, answers, &p.about, err) != BK_OK) return wrap_quoted(err, "failed to load plugin ", p.dir);
    if (p.about.runtime == BK_PLUGIN_EXTISM) BK_TRY(check_code(arena, p.dir, err));
    *ret = p;
    return BK_OK;
}
