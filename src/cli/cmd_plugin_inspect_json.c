/* plugin inspect -o json. */
#include "cli/cmd_plugin_grant.h"
#include "cli/cmd_plugin_inspect.h"
#include "data/json.h"
#include "value/map.h"

/* An object under construction; without memory the map is NULL and stays it. */
typedef struct object {
    bk_arena *arena;
    bk_map *map;
} object;

static object object_new(bk_inspection *in) { return (object){in->cli->arena, bk_map_new(in->cli->arena, 16)}; }

static void put(object *o, const char *key, bk_value v) {
    if (o->map && !bk_map_set(o->map, bk_str_c(key), v)) o->map = NULL;
}

static void put_text(object *o, const char *key, bk_str text) {
    if (text.n) put(o, key, bk_string(text));
}

static bk_status add(bk_inspection *in, bk_items *list, const object *o) {
    if (!o->map) return bk_arena_fail(in->cli->arena, in->err);
    bk_items_add(list, bk_map_value(o->map));
    return BK_OK;
}

static bk_status put_list(bk_inspection *in, object *o, const char *key, bk_items *list) {
    bk_value v;
    BK_TRY(bk_items_list(list, BK_T_LIST, &v, in->err));
    put(o, key, v);
    return BK_OK;
}

static bk_status put_texts(bk_inspection *in, object *o, const char *key, bk_texts texts) {
    bk_items list;
    if (!texts.count) return BK_OK;
    bk_items_init(&list, in->cli->arena);
    for (size_t i = 0; i < texts.count; i++) bk_items_add(&list, bk_string(texts.items[i]));
    return put_list(in, o, key, &list);
}

static bk_status put_requests(bk_inspection *in, object *o) {
    bk_texts asked;
    bk_items list;
    BK_TRY(bk_cli_plugin_requests(in->cli->arena, in->plugin, &asked, in->err));
    bk_items_init(&list, in->cli->arena);
    for (size_t i = 0; i < asked.count; i++) {
        object one = object_new(in);
        bk_str rule;
        bool allowed;
        BK_TRY(bk_inspection_judge(in, asked.items[i], &allowed, &rule));
        put_text(&one, "grant", asked.items[i]);
        put(&one, "allowed", bk_bool(allowed));
        put_text(&one, "rule", rule);
        BK_TRY(add(in, &list, &one));
    }
    return put_list(in, o, "requests", &list);
}

static bk_status put_limits(bk_inspection *in, object *o) {
    const bk_plugin_limits asked = bk_plugin_limits_asked(in->plugin);
    const bk_subject subject = {.kind = BK_SUBJECT_PLUGIN, .plugin = in->who.name, .digest = in->who.digest, .path = in->who.path};
    bk_str sources[BK_PLUGIN_LIMIT_COUNT];
    bk_plugin_limits got;
    bk_items list;
    bk_policy_limits(in->policy, &subject, &asked, in->plugin->code_pages, &got, sources);
    bk_items_init(&list, in->cli->arena);
    for (unsigned i = 0; i < BK_PLUGIN_LIMIT_COUNT; i++) {
        object one = object_new(in);
        bk_buf text;
        bk_buf_init(&text, in->cli->arena, 0);
        bk_limit_put(&text, (bk_limit_kind)i, got.of[i]);
        BK_TRY(bk_buf_check(&text, in->err));
        put_text(&one, "name", bk_str_c(bk_limit_get((bk_limit_kind)i)->name));
        put_text(&one, "value", bk_buf_take(&text));
        put_text(&one, "from", sources[i]);
        BK_TRY(add(in, &list, &one));
    }
    return put_list(in, o, "limits", &list);
}

static bk_status put_externs(bk_inspection *in, object *o, const bk_foreign *module, bool imports) {
    size_t n = imports ? bk_foreign_import_count(module) : bk_foreign_export_count(module);
    bk_items list;
    bk_items_init(&list, in->cli->arena);
    for (size_t i = 0; i < n; i++) {
        const bk_foreign_extern *e = imports ? bk_foreign_import(module, i) : bk_foreign_export(module, i);
        object one = object_new(in);
        if (imports) put_text(&one, "module", e->module);
        put_text(&one, "name", e->name);
        put_text(&one, "kind", e->kind);
        put_text(&one, "type", e->type);
        BK_TRY(add(in, &list, &one));
    }
    return put_list(in, o, imports ? "imports" : "exports", &list);
}

static bk_status put_module(bk_inspection *in, object *o) {
    bk_foreign *module;
    object m = object_new(in);
    put(&m, "bytes", bk_int64((int64_t)in->plugin->code.n));
    put(&m, "pages", bk_int64(in->plugin->code_pages));
    put_text(&m, "entry", in->plugin->about.wasm.entry);
    BK_TRY(put_limits(in, o));
    BK_TRY(bk_plugin_compile(&in->world, in->plugin, &module, in->err));
    bk_status s = put_externs(in, &m, module, true);
    if (s == BK_OK) s = put_externs(in, &m, module, false);
    if (s == BK_OK && bk_plugin_check(&in->world, in->plugin, module, in->err) != BK_OK)
        s = bk_err_wrap(in->err, "plugin \"%.*s\"", BK_FMT(in->plugin->about.name));
    bk_foreign_free(module);
    put(o, "module", m.map ? bk_map_value(m.map) : bk_nil());
    return s;
}

static bk_status put_commands(bk_inspection *in, bk_items *list, const bk_plugin_commands *commands, bk_str event) {
    for (size_t i = 0; i < commands->count; i++) {
        const bk_plugin_command *c = &commands->items[i];
        object one = object_new(in);
        put_text(&one, "event", event);
        put_text(&one, "os", c->os);
        put_text(&one, "arch", c->arch);
        put_text(&one, "command", c->command);
        BK_TRY(put_texts(in, &one, "args", c->args));
        BK_TRY(add(in, list, &one));
    }
    return BK_OK;
}

static bk_status put_programs(bk_inspection *in, object *o) {
    const bk_plugin_process *p = &in->plugin->about.process;
    bk_items runs, hooks;
    bk_items_init(&runs, in->cli->arena);
    bk_items_init(&hooks, in->cli->arena);
    BK_TRY(put_commands(in, &runs, &p->commands, BK_S("")));
    for (size_t i = 0; i < p->protocol_count; i++) BK_TRY(put_commands(in, &runs, &p->protocols[i].commands, BK_S("")));
    for (size_t i = 0; i < p->hook_count; i++) BK_TRY(put_commands(in, &hooks, &p->hooks[i].commands, p->hooks[i].event));
    BK_TRY(put_list(in, o, "runs", &runs));
    return put_list(in, o, "hooks", &hooks);
}

static bk_status head(bk_inspection *in, object *o) {
    const bk_plugin_about *a = &in->plugin->about;
    put_text(o, "name", a->name);
    put_text(o, "version", a->version);
    put_text(o, "type", bk_str_c(bk_plugin_type_name(a->type)));
    put_text(o, "runtime", bk_str_c(bk_plugin_runtime_name(a->runtime)));
    if (a->type == BK_PLUGIN_CLI) put_text(o, "command", bk_plugin_word(in->plugin));
    if (a->type == BK_PLUGIN_GETTER) BK_TRY(put_texts(in, o, "schemes", a->schemes));
    if (in->archive.folder < 0) put_text(o, "folder", in->plugin->dir); /* an archive has none */
    put_text(o, "link", in->who.path);
    put_text(o, "digest", in->who.digest);
    put_text(o, "source", a->source_url);
    put_text(o, "signature", bk_str_trim(bk_buf_view(&in->signer)));
    return put_texts(in, o, "doubts", a->warnings);
}

bk_status bk_inspection_json(bk_inspection *in) {
    object o = object_new(in);
    BK_TRY(head(in, &o));
    BK_TRY(put_requests(in, &o));
    BK_TRY(in->plugin->about.runtime == BK_PLUGIN_EXTISM ? put_module(in, &o) : put_programs(in, &o));
    if (!o.map) return bk_arena_fail(in->cli->arena, in->err);
    BK_TRY(bk_json_encode_indent(&in->cli->out, in->cli->arena, bk_map_value(o.map), BK_S(""), BK_S("  "), 0, in->err));
    bk_buf_byte(&in->cli->out, '\n');
    return BK_OK;
}
