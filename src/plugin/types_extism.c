/* One call of an Extism plugin: what it may have, and what came of it. */
#include <unistd.h>

#include "data/json.h"
#include "guard/escape.h"
#include "plugin/types_running.h"

enum { TOLD_MAX = 256 << 10 }; /* bytes of standard error that are kept for the log */

/* ---- environment ---- */

static bk_status add_variable(bk_running *r, bk_str name, bk_str value, bk_err *err) {
    if (r->env_count == r->env_cap) {
        size_t cap = r->env_cap ? r->env_cap * 2 : 32;
        void *items = bk_arena_grow(&r->arena, r->env, r->env_cap * sizeof *r->env, cap * sizeof *r->env);
        if (!items) return bk_arena_fail(&r->arena, err);
        r->env = items;
        r->env_cap = cap;
    }
    if (!bk_arena_printf(&r->arena, &r->env[r->env_count], "%.*s=%.*s", BK_FMT(name), BK_FMT(value))) return bk_arena_fail(&r->arena, err);
    r->env_count++;
    return BK_OK;
}

/* A variable by grant: the guard is asked quietly first, so that the ledger is not filled with what nobody granted. */
static bk_status maybe_variable(bk_running *r, const bk_plugin_subject *who, bk_right right, bk_str name, bk_str value, bk_err *err) {
    const bk_plugin_ask ask = {.right = right, .target = name, .requested = true};
    bool allowed;
    bk_str rule;
    BK_TRY(bk_guard_plugin_judge(r->world->guard, who, right, name, &allowed, &rule, err));
    if (!allowed) return BK_OK;
    BK_TRY(bk_guard_plugin_filter(r->call, &ask, &allowed, err));
    return allowed ? add_variable(r, name, value, err) : BK_OK;
}

/* Helm's own without secrets: not worth lines in the ledger, but profile strict and rules may keep them back. */
static bk_status plain_variable(bk_running *r, const bk_plugin_subject *who, bk_str name, bk_str value, bk_err *err) {
    bool allowed;
    bk_str rule;
    BK_TRY(bk_guard_plugin_judge(r->world->guard, who, BK_RIGHT_ENV, name, &allowed, &rule, err));
    return allowed ? add_variable(r, name, value, err) : BK_OK;
}

static bool is_setting(const bk_running *r, bk_str name) {
    for (size_t i = 0; i < r->world->setting_count; i++)
        if (bk_str_eq(r->world->settings[i].key, name)) return true;
    return false;
}

static bk_status environment(bk_running *r, const bk_plugin_subject *who, bool inherited, bk_err *err) {
    for (size_t i = 0; i < r->world->setting_count; i++) {
        const bk_plugin_pair *s = &r->world->settings[i];
        if (bk_plugin_env_is_plain(s->key)) BK_TRY(plain_variable(r, who, s->key, s->value, err));
        else BK_TRY(maybe_variable(r, who, BK_RIGHT_TOKEN, s->key, s->value, err));
    }
    for (char *const *e = r->world->environment; inherited && e && *e; e++) {
        bk_str name, value;
        bk_str_cut(bk_str_c(*e), BK_S("="), &name, &value);
        if (name.n && !is_setting(r, name)) BK_TRY(maybe_variable(r, who, BK_RIGHT_ENV, name, value, err));
    }
    return BK_OK;
}

/* ---- streams ---- */

static bk_status keep_told(void *self, bk_str bytes, uint32_t timeout_ms, bk_err *err) {
    bk_running *r = self;
    (void)timeout_ms;
    (void)err;
    size_t room = TOLD_MAX - r->told.n;
    bk_buf_str(&r->told, bk_str_sub(bytes, 0, bytes.n < room ? bytes.n : room));
    return BK_OK;
}

/* The operator asks to see what any plugin writes, by the variable that Extism has for it. */
static bool shows_output(const bk_running *r) {
    for (char *const *e = r->world->environment; e && *e; e++)
        if (bk_str_starts(bk_str_c(*e), BK_S("EXTISM_ENABLE_WASI_OUTPUT="))) return true;
    return false;
}

static void streams(bk_running *r, bool own, bk_wasi_world *wasi) {
    if (!own && !shows_output(r)) {
        wasi->err_ = (bk_wasi_stream){.self = r, .write = keep_told};
        return;
    }
    if (own) wasi->in = bk_wasi_stream_fd(STDIN_FILENO);
    wasi->out = bk_wasi_stream_fd(STDOUT_FILENO);
    wasi->err_ = bk_wasi_stream_fd(STDERR_FILENO);
}

/* ---- the call ---- */

/* "No limit" of a policy, where the ABI takes that word for "nothing at all". */
static uint64_t bounded(const bk_plugin_limits *l, bk_limit_kind kind, uint64_t most) { return l->of[kind] < most ? l->of[kind] : most; }

static bk_extism_limits limits_of(const bk_plugin_limits *l) {
    return (bk_extism_limits){
        .max_pages = bounded(l, BK_PLUGIN_LIMIT_PAGES, 65536),
        .http_bytes = bounded(l, BK_PLUGIN_LIMIT_HTTP_RESPONSE, BK_PLUGIN_HTTP_BODY),
        .var_bytes = bounded(l, BK_PLUGIN_LIMIT_VARS, (uint64_t)1 << 30),
        .output = bounded(l, BK_PLUGIN_LIMIT_OUTPUT, (uint64_t)1 << 30),
        .stream = bounded(l, BK_PLUGIN_LIMIT_STREAM, (uint64_t)1 << 40),
        .guest_ms = l->of[BK_PLUGIN_LIMIT_TIME],
        .wall_ms = l->of[BK_PLUGIN_LIMIT_WALL],
        .tree_bytes = bounded(l, BK_PLUGIN_LIMIT_TEMP_BYTES, (uint64_t)1 << 32),
        .tree_nodes = bounded(l, BK_PLUGIN_LIMIT_TEMP_NODES, 1000000),
    };
}

static bk_status cache_of(const bk_plugin_world *w, bk_sandbox_cache *ret, bool *ret_there, bk_err *err) {
    *ret_there = w->cache_home.n && w->cache_home.p[0] == '/' && w->data_home.n && w->data_home.p[0] == '/';
    if (*ret_there && (!bk_arena_printf(w->arena, &ret->dir, "%.*s/bulkhead/modules", BK_FMT(w->cache_home)) ||
                       !bk_arena_printf(w->arena, &ret->key_file, "%.*s/bulkhead/modules.key", BK_FMT(w->data_home))))
        return bk_arena_fail(w->arena, err);
    return BK_OK;
}

/* Of a recognised plugin whose code is not in the cache any more: it is read after all, and has to be what it was taken for. */
static bk_status read_after_all(const bk_plugin_world *w, bk_plugin *plugin, bk_err *err) {
    char taken_for[BK_PLUGIN_DIGEST_TEXT];
    memcpy(taken_for, plugin->digest, sizeof taken_for);
    plugin->recognised = false;
    BK_TRY(bk_plugin_read_code(w->arena, plugin, err));
    if (memcmp(taken_for, plugin->digest, sizeof taken_for) == 0) return BK_OK;
    return bk_err_set(err, BK_ERR, "plugin \"%.*s\": its files changed while it was started", BK_FMT(plugin->about.name));
}

bk_status bk_plugin_compile(const bk_plugin_world *w, bk_plugin *plugin, bk_foreign **ret, bk_err *err) {
    bk_sandbox_cache cache;
    bk_foreign_load_options options = {0};
    bool there;
    BK_TRY(cache_of(w, &cache, &there, err));
    BK_TRY(bk_plugin_read_code(w->arena, plugin, err));
    options.identity = bk_str_c(plugin->digest);
    if (there) options.cache = &cache;
    if (plugin->recognised) {
        if (bk_foreign_load_cached(&options, plugin->code_pages, ret)) return BK_OK;
        BK_TRY(read_after_all(w, plugin, err));
    }
    if (bk_foreign_load(plugin->code, &options, ret, err) != BK_OK) return bk_err_wrap(err, "failed to create existing plugin");
    if (there) bk_plugin_remember(&cache, plugin);
    return BK_OK;
}

void bk_plugin_identify(const bk_plugin_world *w, bk_plugin *plugin) {
    bk_sandbox_cache cache;
    bk_err ignored = BK_ERR_INIT;
    bool there;
    if (cache_of(w, &cache, &there, &ignored) == BK_OK && there) bk_plugin_recognise(w->arena, &cache, plugin);
    bk_err_release(&ignored);
}

bk_status bk_plugin_check(const bk_plugin_world *world, bk_plugin *plugin, bk_foreign *module, bk_err *err) {
    bk_plugin_limits limits, wanted = bk_plugin_limits_asked(plugin);
    bk_plugin_subject who;
    bk_extism_options o = {.entry = plugin->about.wasm.entry};
    BK_TRY(bk_plugin_subject_of(world->arena, plugin, &who, err));
    bk_guard_plugin_limits(world->guard, &who, &wanted, bk_foreign_pages(module), &limits);
    o.limits = limits_of(&limits);
    BK_TRY(bk_hostfn_bind(world, NULL, plugin, world->arena, &o.functions, &o.function_count, err));
    return bk_extism_check(module, &o, err);
}

static bk_status temp_dir(bk_running *r, bool *ret, bk_err *err) {
    *ret = false;
    if (!r->plugin->about.wasm.temp_dir) return BK_OK;
    BK_TRY(bk_running_allow(r, BK_RIGHT_TEMPDIR, err));
    *ret = true;
    return BK_OK;
}

static bk_status sense(void *self, bool random, bk_err *err) {
    return bk_running_allow(self, random ? BK_RIGHT_SEED : BK_RIGHT_CLOCK, err);
}

/* Helm hands its environment to commands only; a grant hands a variable to any plugin. */
static bk_status surroundings(bk_running *r, const bk_plugin_subject *who, bool own_streams, bk_err *err) {
    const bk_plugin_limits wanted = bk_plugin_limits_asked(r->plugin);
    bool given, inherited = own_streams || bk_guard_profile(r->world->guard) != BK_PROFILE_HELM;
    BK_TRY(bk_running_recall(r, &given, err));
    if (given) return BK_OK;
    bk_guard_plugin_limits(r->world->guard, who, &wanted, r->plugin->code_pages, &r->limits);
    BK_TRY(environment(r, who, inherited, err));
    return bk_running_keep(r, err);
}

static bk_status prepare(bk_running *r, const bk_plugin_subject *who, bool own_streams, bk_extism_options *o, bk_err *err) {
    const bk_plugin_wasm *asked = &r->plugin->about.wasm;
    bk_extism_pair *config = BK_NEW_ARRAY(&r->arena, bk_extism_pair, asked->config_count + 1);
    if (!config) return bk_arena_fail(&r->arena, err);
    for (size_t i = 0; i < asked->config_count; i++) config[i] = (bk_extism_pair){asked->config[i].key, asked->config[i].value};
    BK_TRY(surroundings(r, who, own_streams, err));
    if (r->plugin->code_size > r->limits.of[BK_PLUGIN_LIMIT_MODULE])
        return bk_err_set(err, BK_ERR_LIMIT, BK_PLUGIN_CODE " is larger than the limit of %llu bytes",
                          (unsigned long long)r->limits.of[BK_PLUGIN_LIMIT_MODULE]);
    o->entry = asked->entry;
    o->config = config;
    o->config_count = asked->config_count;
    o->limits = limits_of(&r->limits);
    o->http = bk_running_http;
    o->http_self = r;
    o->log_level = BK_EXTISM_LOG_OFF;
    streams(r, own_streams, &o->wasi);
    o->wasi.sense = sense;
    o->wasi.sense_self = r;
    o->wasi.tape = bk_running_tape(r);
    BK_TRY(temp_dir(r, &o->wasi.tempdir, err));
    o->wasi.env = r->env;
    o->wasi.env_count = r->env_count;
    return bk_hostfn_bind(r->world, r->call, r->plugin, &r->arena, &o->functions, &o->function_count, err);
}

static bk_status call_module(bk_running *r, const bk_extism_options *o, bk_extism_result *result, bk_err *err) {
    bk_foreign *module = NULL;
    BK_TRY(bk_plugin_compile(r->world, r->plugin, &module, err));
    bk_plugin_drop_code(r->plugin);
    bk_status s = bk_extism_call(module, o, result, err);
    bk_foreign_free(module);
    return s;
}

static bk_status run(bk_running *r, const bk_plugin_subject *who, const bk_plugin_invocation *in, bk_str input, bk_extism_result *result,
                     bk_err *err) {
    bk_extism_options o = {.input = input};
    BK_TRY(bk_guard_plugin_begin(r->world->guard, who, r->plugin->about.wasm.entry, input, &r->call, err));
    bk_status s = prepare(r, who, in->own_streams, &o, err);
    if (s == BK_OK) s = call_module(r, &o, result, err);
    s = bk_guard_plugin_end(r->call, s, bk_buf_view(&result->output), err);
    bk_plugin_tell(r->world, r->plugin, bk_buf_view(&r->told));
    return s;
}

/* The answer's JSON: one value, an object or null. */
static bk_status read_answer(const bk_plugin_world *w, bk_str output, bk_value *ret, bk_err *err) {
    bk_str copy;
    *ret = bk_nil();
    if (!bk_arena_dup(w->arena, output, &copy)) return bk_arena_fail(w->arena, err);
    if (bk_json_decode(w->arena, copy, 0, BK_T_MAP, ret, err) == BK_OK) return BK_OK;
    return bk_err_wrap(err, "failed to json marshal plugin output message: reflect.Value"); /* Helm's words, mistakes included */
}

bk_status bk_plugin_invoke(const bk_plugin_world *world, bk_plugin *plugin, const bk_plugin_invocation *in, bk_value *ret, bk_err *err) {
    bk_running r = {.world = world, .plugin = plugin};
    bk_extism_result result = BK_EXTISM_RESULT_INIT;
    bk_plugin_subject who;
    bk_buf input;
    bk_plugin_identify(world, plugin);
    BK_TRY(bk_plugin_subject_of(world->arena, plugin, &who, err));
    bk_arena_init(&r.arena, (size_t)1 << 30);
    bk_buf_init(&r.told, NULL, TOLD_MAX);
    bk_buf_init(&input, NULL, (size_t)1 << 30);
    bk_status s = bk_json_encode(&input, &r.arena, bk_map_value(in->input), 0, err);
    if (s == BK_OK) s = bk_buf_check(&input, err);
    if (s == BK_OK) s = run(&r, &who, in, bk_buf_view(&input), &result, err);
    if (s == BK_OK) s = read_answer(world, bk_buf_view(&result.output), ret, err);
    else if (in->ret_code && result.exited) *in->ret_code = (int)result.exit_code;
    if (in->ret_exited) *in->ret_exited = result.exited;
    bk_running_http_end(&r);
    bk_extism_result_release(&result);
    bk_buf_release(&r.told);
    bk_buf_release(&input);
    bk_arena_release(&r.arena);
    return s;
}

/* ---- answers ---- */

bk_value *bk_plugin_member(bk_value answer, const char *name) {
    bk_map *m = answer.kind == BK_MAP ? answer.map : NULL;
    bk_value *v = m ? bk_map_get(m, bk_str_c(name)) : NULL;
    for (size_t i = 0; !v && i < bk_map_len(m); i++)
        if (bk_str_eq_fold(bk_map_at(m, i)->key, bk_str_c(name))) v = bk_map_get(m, bk_map_at(m, i)->key);
    return v && !bk_is_nil(*v) ? v : NULL;
}

bk_status bk_plugin_texts_value(bk_arena *arena, bk_texts texts, bk_value *ret, bk_err *err) {
    bk_items items;
    bk_items_init(&items, arena);
    for (size_t i = 0; i < texts.count; i++) bk_items_add(&items, bk_string(texts.items[i]));
    return bk_items_list(&items, BK_T_LIST, ret, err);
}
