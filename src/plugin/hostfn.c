/* Host functions: JSON in, the guard, JSON out. */
#include "plugin/hostfn.h"

#include "data/json.h"
#include "guard/plugin.h"
#include "plugin/extism.h"
#include "plugin/types_inside.h"
#include "value/gofmt.h"

enum { REQUEST_MAX = 64 << 20, LOG_MAX = 4 << 10 };

static const char *const names[] = {
#define BK_HOST_FUNCTION(id, name) name,
    BK_HOST_FUNCTIONS(BK_HOST_FUNCTION)
#undef BK_HOST_FUNCTION
};

const char *bk_host_function_name(unsigned function) { return function < BK_HF_COUNT ? names[function] : NULL; }

bool bk_host_function_find(bk_str name, bk_host_function *ret) {
    for (unsigned i = 0; i < BK_HF_COUNT; i++) {
        if (!bk_str_eq(name, bk_str_c(names[i]))) continue;
        *ret = (bk_host_function)i;
        return true;
    }
    return false;
}

/* One function as offered to one call. */
typedef struct offer {
    const bk_plugin_world *world;
    bk_plugin_call *call;
    const bk_plugin *plugin;
    bk_host_function function;
} offer;

/* ---- helm_log ---- */

/* {"level": "info", "message": "…"} to standard error, in the form of Helm's log. */
static bk_status log_line(const offer *o, bk_map *request, const char **ret_code, bk_err *err) {
    static const char *const levels[][2] = {{"debug", "DEBUG"}, {"info", "INFO"}, {"warn", "WARN"}, {"error", "ERROR"}};
    bk_str level = bk_map_str(request, "level", BK_S("info")), message = bk_map_str(request, "message", BK_S("")), text;
    for (size_t i = 0; i < BK_COUNT(levels); i++) {
        if (!bk_str_eq(level, bk_str_c(levels[i][0]))) continue;
        if (i == 0 && !o->world->debug) return BK_OK;
        if (!bk_arena_dup(o->world->arena, bk_str_sub(message, 0, LOG_MAX), &text)) return bk_arena_fail(o->world->arena, err);
        const bk_plugin_attr attrs[] = {{"plugin", o->plugin->about.name}};
        bk_plugin_log_line(&o->world->log, levels[i][1], text.p, attrs, BK_COUNT(attrs));
        return BK_OK;
    }
    *ret_code = "bad-request";
    return bk_fmt_fail(err, "level %q is none of debug, info, warn, error", level);
}

/* ---- the call ---- */

static bk_status read_request(bk_arena *arena, bk_str text, bk_map **ret, const char **ret_code, bk_err *err) {
    bk_value v = bk_nil();
    *ret_code = "bad-request";
    if (text.n > REQUEST_MAX) return bk_err_limit(err, "request of a host function", REQUEST_MAX);
    if (text.n == 0) v = bk_map_value(bk_map_new(arena, 0));
    else BK_TRY(bk_json_decode(arena, text, 0, BK_T_MAP, &v, err));
    *ret = v.kind == BK_MAP && v.map ? v.map : bk_map_new(arena, 0);
    *ret_code = "failed";
    return *ret ? BK_OK : bk_arena_fail(arena, err);
}

/* What is asked of, for the ledger: a name, a kind. */
static bk_str detail_of(bk_map *request) {
    static const char *const keys[] = {"release", "name", "kind"};
    for (size_t i = 0; i < BK_COUNT(keys); i++) {
        bk_str s = bk_map_str(request, keys[i], BK_S(""));
        if (s.n) return bk_str_sub(s, 0, 256);
    }
    return BK_S("");
}

static bk_status perform(const offer *o, bk_arena *arena, bk_map *request, uint32_t timeout_ms, bk_map *answer, const char **ret_code,
                         bk_err *err) {
    const bk_plugin_services *s = &o->world->services;
    if (o->function == BK_HF_LOG) return log_line(o, request, ret_code, err);
    if (s->serve) return s->serve(s->self, o->function, request, timeout_ms, arena, answer, ret_code, err);
    *ret_code = "unavailable";
    return bk_err_set(err, BK_ERR, "%s is not to be had in this command", names[o->function]);
}

/* The second question of helm_lookup. BK_ERR_DENIED: it may not be read. */
static bk_status ask_for_object(const offer *o, bk_arena *arena, bk_map *request, const char **ret_code, bk_plugin_answer *ret,
                                bk_err *err) {
    const bk_plugin_services *s = &o->world->services;
    bk_plugin_ask ask = {.requested = true};
    bool list = false;
    if (!s->target) {
        *ret_code = "unavailable";
        return bk_err_set(err, BK_ERR, "%s is not to be had in this command", names[o->function]);
    }
    BK_TRY(s->target(s->self, request, arena, &list, &ask.target, ret_code, err));
    ask.right = list ? BK_RIGHT_LOOKUP_LIST : BK_RIGHT_LOOKUP;
    return bk_guard_plugin_ask(o->call, &ask, ret, err);
}

static bk_status put_error(bk_arena *arena, bk_map *answer, const char *code, bk_str message, bk_err *err) {
    bk_map *m = bk_map_new(arena, 2);
    bk_str copy;
    if (!m || !bk_arena_dup(arena, message, &copy) || !bk_map_set(m, BK_S("code"), bk_string(bk_str_c(code))) ||
        !bk_map_set(m, BK_S("message"), bk_string(copy)) || !bk_map_set(answer, BK_S("error"), bk_map_value(m)))
        return bk_arena_fail(arena, err);
    return BK_OK;
}

static bk_status serve(const offer *o, bk_arena *arena, bk_str text, uint32_t timeout_ms, bk_buf *out, bk_err *err) {
    bk_map *request = NULL, *answer = bk_map_new(arena, 4);
    bk_plugin_answer decided, object = {0};
    bk_err why = BK_ERR_INIT;
    const char *code = "failed";
    if (!answer) return bk_arena_fail(arena, err);
    bk_status s = read_request(arena, text, &request, &code, &why);
    const bk_plugin_ask ask = {.right = BK_RIGHT_HOST_FUNCTION,
                               .target = bk_str_c(names[o->function]),
                               .detail = s == BK_OK ? detail_of(request) : BK_S(""),
                               .request = text,
                               .requested = true};
    bk_status asked = bk_guard_plugin_ask(o->call, &ask, &decided, err);
    if (asked != BK_OK) {
        bk_err_release(&why);
        return asked;
    }
    if (s == BK_OK && o->function == BK_HF_LOOKUP) s = ask_for_object(o, arena, request, &code, &object, &why);
    if (s == BK_OK) s = perform(o, arena, request, timeout_ms, answer, &code, &why);
    bool fatal = s == BK_ERR_DENIED || s == BK_ERR_TIMEOUT || s == BK_ERR_NOMEM;
    if (fatal) bk_err_move(err, &why);
    bk_status put = s == BK_OK || fatal ? BK_OK : put_error(arena, answer, code, bk_err_message(&why), err);
    if (put == BK_OK && !fatal) put = bk_json_encode(out, arena, bk_map_value(answer), 0, err);
    bk_err_release(&why);
    bk_err ignored = BK_ERR_INIT;
    bk_str bytes = fatal ? bk_err_message(err) : bk_buf_view(out);
    bk_status told = bk_guard_plugin_answered(o->call, &decided, s, bytes, fatal || put != BK_OK ? &ignored : err);
    if (object.line && told == BK_OK) told = bk_guard_plugin_answered(o->call, &object, s, bytes, fatal || put != BK_OK ? &ignored : err);
    bk_err_release(&ignored);
    return fatal ? s : put != BK_OK ? put : told;
}

/* A line of the log is something that the plugin says, so it says it again. */
static bk_status say_again(const offer *o, bk_arena *arena, bk_str request, bk_err *err) {
    bk_map *map = NULL;
    const char *code;
    bk_err ignored = BK_ERR_INIT;
    (void)err;
    if (read_request(arena, request, &map, &code, &ignored) == BK_OK) (void)!log_line(o, map, &code, &ignored);
    bk_err_release(&ignored);
    return BK_OK;
}

static bk_status replay(const offer *o, bk_arena *arena, const bk_plugin_exchange *x, bk_buf *answer, bk_err *err) {
    bk_str bytes;
    BK_TRY(bk_guard_plugin_replay(o->call, x, &bytes, err));
    bk_buf_str(answer, bytes);
    return o->function == BK_HF_LOG ? say_again(o, arena, x->request, err) : BK_OK;
}

/* What a rendered chart asks for on the way is part of this answer, not of the record. */
static bk_status exchange(const offer *o, bk_arena *arena, bk_str request, uint32_t timeout_ms, bk_buf *answer, bk_err *err) {
    const bk_plugin_ask ask = {
        .right = BK_RIGHT_HOST_FUNCTION, .target = bk_str_c(names[o->function]), .request = request, .requested = true};
    const bk_plugin_exchange x = {.about = ask.target, .request = request, .ask = &ask};
    if (bk_guard_plugin_replays(o->call)) return replay(o, arena, &x, answer, err);
    bk_guard_plugin_pause(o->call);
    bk_status s = serve(o, arena, request, timeout_ms, answer, err);
    bk_guard_plugin_resume(o->call);
    return bk_guard_plugin_keep(o->call, &x, s, bk_buf_view(answer), err);
}

static bk_status call_function(void *self, bk_str request, uint32_t timeout_ms, bk_buf *answer, bk_err *err) {
    bk_arena arena; /* the guest may call as often as it likes: what one call makes is freed with it */
    bk_str copy;
    bk_arena_init(&arena, (size_t)512 << 20);
    bk_status s = bk_arena_dup(&arena, request, &copy) ? exchange(self, &arena, copy, timeout_ms, answer, err) : bk_arena_fail(&arena, err);
    bk_arena_release(&arena);
    return s;
}

bk_status bk_hostfn_bind(const struct bk_plugin_world *world, struct bk_plugin_call *call, const struct bk_plugin *plugin, bk_arena *arena,
                         const struct bk_extism_function **ret, size_t *ret_count, bk_err *err) {
    bk_texts asked = plugin->about.wasm.functions;
    bk_extism_function *functions = BK_NEW_ARRAY(arena, bk_extism_function, asked.count + 1);
    offer *offers = BK_NEW_ARRAY(arena, offer, asked.count + 1);
    if (!functions || !offers) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < asked.count; i++) {
        bk_host_function f;
        if (!bk_host_function_find(asked.items[i], &f))
            return bk_fmt_fail(err, "plugin requested host function %q not found", asked.items[i]);
        offers[i] = (offer){world, call, plugin, f};
        functions[i] = (bk_extism_function){.name = asked.items[i], .self = &offers[i], .fn = call_function, .computes = f == BK_HF_RENDER};
    }
    *ret = functions;
    *ret_count = asked.count;
    return BK_OK;
}
