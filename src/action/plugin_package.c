#include "action/plugin_package.h"

#include <sys/stat.h>
#include <unistd.h>

#include "registry/files.h"
#include "action/inputs.h"
#include "plugin/archive.h"
#include "plugin/types.h"
#include "value/map.h"

/* ---- the metadata, in the words and shapes of Helm's provenance files ---- */

/* A map under construction: without memory it is NULL, and stays it. */
typedef struct shape {
    bk_arena *arena;
    bk_map *map;
} shape;

static shape shape_new(bk_arena *arena) { return (shape){arena, bk_map_new(arena, 8)}; }

static void put(shape *s, const char *key, bk_value v) {
    if (s->map && !bk_map_set(s->map, bk_str_c(key), v)) s->map = NULL;
}

static void put_text(shape *s, const char *key, bk_str text) { put(s, key, bk_string(text)); }

static bk_value done(const shape *s) { return s->map ? bk_map_value(s->map) : bk_nil(); }

/* An absent list is null, as Go's nil slice. */
static bk_value texts(bk_arena *arena, bk_texts list) {
    bk_items items;
    bk_value v = bk_nil();
    bk_err ignored = BK_ERR_INIT;
    if (!list.count) return v;
    bk_items_init(&items, arena);
    for (size_t i = 0; i < list.count; i++) bk_items_add(&items, bk_string(list.items[i]));
    if (bk_items_list(&items, BK_T_LIST, &v, &ignored) != BK_OK) v = bk_nil();
    bk_err_release(&ignored);
    return v;
}

static bk_value list_of(bk_items *items) {
    bk_value v = bk_nil();
    bk_err ignored = BK_ERR_INIT;
    if (bk_items_list(items, BK_T_LIST, &v, &ignored) != BK_OK) v = bk_nil();
    bk_err_release(&ignored);
    return v;
}

static bk_value commands(bk_arena *arena, const bk_plugin_commands *list) {
    bk_items items;
    if (!list->count) return bk_nil();
    bk_items_init(&items, arena);
    for (size_t i = 0; i < list->count; i++) {
        const bk_plugin_command *c = &list->items[i];
        shape s = shape_new(arena);
        put_text(&s, "OperatingSystem", c->os);
        put_text(&s, "Architecture", c->arch);
        put_text(&s, "Command", c->command);
        put(&s, "Args", texts(arena, c->args));
        bk_items_add(&items, done(&s));
    }
    return list_of(&items);
}

static bk_value hooks(bk_arena *arena, const bk_plugin_process *p) {
    shape s = shape_new(arena);
    if (!p->hook_count) return bk_nil();
    for (size_t i = 0; s.map && i < p->hook_count; i++)
        if (!bk_map_set(s.map, p->hooks[i].event, commands(arena, &p->hooks[i].commands))) s.map = NULL;
    return done(&s);
}

static bk_value protocols(bk_arena *arena, const bk_plugin_process *p) {
    bk_items items;
    if (!p->protocol_count) return bk_nil();
    bk_items_init(&items, arena);
    for (size_t i = 0; i < p->protocol_count; i++) {
        shape s = shape_new(arena);
        put(&s, "Protocols", texts(arena, p->protocols[i].schemes));
        put(&s, "PlatformCommand", commands(arena, &p->protocols[i].commands));
        bk_items_add(&items, done(&s));
    }
    return list_of(&items);
}

static bk_value process_of(bk_arena *arena, const bk_plugin_process *p) {
    shape s = shape_new(arena);
    put(&s, "PlatformCommand", commands(arena, &p->commands));
    put(&s, "PlatformHooks", hooks(arena, p));
    put(&s, "ProtocolCommands", protocols(arena, p));
    return done(&s);
}

static bk_value wasm_of(bk_arena *arena, const bk_plugin_wasm *w) {
    shape s = shape_new(arena), memory = shape_new(arena), files = shape_new(arena), config = shape_new(arena);
    put(&memory, "MaxPages", bk_int64(w->max_pages));
    put(&memory, "MaxHTTPResponseBytes", bk_int64(w->max_http_bytes));
    put(&memory, "MaxVarBytes", bk_int64(w->max_var_bytes));
    put(&files, "CreateTempDir", bk_bool(w->temp_dir));
    for (size_t i = 0; config.map && i < w->config_count; i++)
        if (!bk_map_set(config.map, w->config[i].key, bk_string(w->config[i].value))) config.map = NULL;
    put(&s, "Memory", done(&memory));
    put(&s, "Config", w->config_count ? done(&config) : bk_nil());
    put(&s, "AllowedHosts", texts(arena, w->hosts));
    put(&s, "FileSystem", done(&files));
    put(&s, "Timeout", bk_int64((int64_t)w->timeout_ms));
    put(&s, "HostFunctions", texts(arena, w->functions));
    put_text(&s, "EntryFuncName", bk_str_eq(w->entry, BK_S("helm_plugin_main")) ? BK_S("") : w->entry);
    return done(&s);
}

static bk_value config_of(bk_arena *arena, const bk_plugin_about *a) {
    shape s = shape_new(arena);
    if (a->type == BK_PLUGIN_CLI) {
        put_text(&s, "Usage", a->usage);
        put_text(&s, "ShortHelp", a->short_help);
        put_text(&s, "LongHelp", a->long_help);
        put(&s, "IgnoreFlags", bk_bool(a->ignore_flags));
    }
    if (a->type == BK_PLUGIN_GETTER) put(&s, "Protocols", texts(arena, a->schemes));
    return done(&s);
}

static bk_value metadata_of(bk_arena *arena, const bk_plugin_about *a) {
    shape s = shape_new(arena);
    put_text(&s, "APIVersion", a->api_version);
    put_text(&s, "Name", a->name);
    put_text(&s, "Type", bk_str_c(bk_plugin_type_name(a->type)));
    put_text(&s, "Runtime", bk_str_c(bk_plugin_runtime_name(a->runtime)));
    put_text(&s, "Version", a->version);
    put_text(&s, "SourceURL", a->source_url);
    put(&s, "Config", config_of(arena, a));
    put(&s, "RuntimeConfig", a->runtime == BK_PLUGIN_EXTISM ? wasm_of(arena, &a->wasm) : process_of(arena, &a->process));
    return done(&s);
}

/* ---- the archive ---- */

static bk_status load(bk_arena *arena, bk_str given, bk_plugin *ret, bk_err *err) {
    bk_str path;
    bool dir;
    BK_TRY(bk_file_stat(arena, given, &dir, err));
    if (!dir) return bk_err_set(err, BK_ERR, "plugin package only supports directories, not tarballs");
    BK_TRY(bk_path_cleaned(arena, given, &path, err));
    if (bk_plugin_load(arena, path, true, ret, err) != BK_OK) return bk_err_wrap(err, "invalid plugin directory");
    return BK_OK;
}

/* The key comes first, as in Helm: nobody wants to wait for an archive to learn that the pass phrase is wrong. */
static bk_status unlock(bk_arena *arena, bk_signing *signing, bk_err *err) {
    if (bk_signing_load(arena, signing, err) != BK_OK) return bk_err_wrap(err, "error reading from keyring");
    return bk_signing_unlock(arena, signing, err);
}

static bk_status write_both(bk_arena *arena, bk_str dir, bk_str file, bk_str archive, bk_str provenance, bk_err *err) {
    bk_str beside;
    int fd;
    if (!bk_arena_printf(arena, &beside, "%.*s.prov", BK_FMT(file))) return bk_arena_fail(arena, err);
    BK_TRY(bk_dir_open(arena, dir, &fd, err));
    bk_status s = provenance.n ? bk_file_replace(fd, beside.p, beside, provenance, 0644, err) : BK_OK;
    if (s == BK_OK) s = bk_file_replace(fd, file.p, file, archive, 0666, err);
    close(fd);
    return s == BK_OK ? s : bk_err_wrap(err, "failed to create tarball");
}

bk_status bk_action_plugin_package(bk_arena *arena, const bk_plugin_package_options *o, bk_buf *out, bk_err *err) {
    bk_plugin plugin;
    bk_str file, path, archive, metadata, provenance = {NULL, 0}, dir = o->destination;
    if (!dir.n) dir = BK_S(".");
    BK_TRY(load(arena, o->folder, &plugin, err));
    const bk_plugin_about *a = &plugin.about;
    BK_TRY(bk_dirs_make(arena, dir, err));
    if (o->signing) BK_TRY(unlock(arena, o->signing, err));
    else bk_buf_c(out, "WARNING: Skipping plugin signing. This is not recommended for plugins intended for distribution.\n");
    if (!bk_arena_printf(arena, &file, "%.*s-%.*s.tgz", BK_FMT(a->name), BK_FMT(a->version))) return bk_arena_fail(arena, err);
    if (!bk_path_is_name(file)) return bk_err_set(err, BK_ERR, "cannot name an archive \"%.*s\"", BK_FMT(file));
    BK_TRY(bk_path_joined(arena, dir, file, &path, err));
    if (bk_plugin_pack(arena, o->folder, a->name, metadata_of(arena, a), o->stamp, &archive, &metadata, err) != BK_OK)
        return bk_err_wrap(err, "failed to create plugin tarball");
    if (o->signing && bk_provenance_make(arena, o->signing, file, archive, metadata, BK_S(""), &provenance, err) != BK_OK)
        return bk_err_wrap(err, "failed to sign plugin");
    BK_TRY(write_both(arena, dir, file, archive, provenance, err));
    if (o->signing) bk_buf_printf(out, "Successfully signed. Signature written to: %.*s.prov\n", BK_FMT(path));
    bk_buf_printf(out, "Successfully packaged plugin and saved it to: %.*s\n", BK_FMT(path));
    return bk_buf_check(out, err);
}
