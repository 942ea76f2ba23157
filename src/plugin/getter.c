/* getter/v1: bytes for a URL. */
#include "base/base64.h"
#include "plugin/types_inside.h"
#include "value/gofmt.h"

/* RFC 3986's scheme, as net/url reads it: letters, digits, "+", "-", "." after a letter, up to ":". */
bk_status bk_plugin_scheme(bk_arena *arena, bk_str url, bk_str *ret, bk_err *err) {
    *ret = BK_S("");
    size_t n = 0;
    bool capitals = false;
    for (; n < url.n && url.p[n] != ':'; n++) {
        char c = url.p[n];
        bool letter = ((unsigned char)c | 0x20) - 'a' < 26u, other = (unsigned char)c - '0' < 10u || c == '+' || c == '-' || c == '.';
        if (!letter && (n == 0 || !other)) return BK_OK;
        if (c >= 'A' && c <= 'Z') capitals = true;
    }
    if (n == url.n || n == 0) return BK_OK;
    *ret = bk_str_sub(url, 0, n);
    if (!capitals) return BK_OK;
    char *lower = bk_arena_alloc(arena, n);
    if (!lower) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < n; i++) lower[i] = url.p[i] >= 'A' && url.p[i] <= 'Z' ? (char)(url.p[i] | 0x20) : url.p[i];
    *ret = bk_str_of(lower, n);
    return BK_OK;
}

/* ---- subprocess ---- */

static const bk_plugin_protocol *protocol_of(const bk_plugin *plugin, bk_str scheme) {
    const bk_plugin_process *p = &plugin->about.process;
    for (size_t i = 0; i < p->protocol_count; i++)
        for (size_t k = 0; k < p->protocols[i].schemes.count; k++)
            if (bk_str_eq(p->protocols[i].schemes.items[k], scheme)) return &p->protocols[i];
    return NULL;
}

static bk_status getter_env(const bk_plugin_world *world, const bk_plugin *plugin, const bk_getter_options *o, bk_process_env *env,
                            bk_err *err) {
    BK_TRY(bk_plugin_process_env(world, plugin, env, err));
    BK_TRY(bk_process_env_set(env, BK_S("HELM_PLUGIN_USERNAME"), o->username, err));
    BK_TRY(bk_process_env_set(env, BK_S("HELM_PLUGIN_PASSWORD"), o->password, err));
    return bk_process_env_set(env, BK_S("HELM_PLUGIN_PASS_CREDENTIALS_ALL"), o->pass_credentials_all ? BK_S("true") : BK_S("false"), err);
}

/* The program is looked for in the plugin's folder, whatever its name says. */
static bk_status join_folder(const bk_plugin_world *world, const bk_plugin *plugin, bk_texts words, bk_texts *ret, bk_err *err) {
    bk_str *copy = BK_NEW_ARRAY(world->arena, bk_str, words.count);
    bk_str joined;
    if (!copy || !bk_arena_printf(world->arena, &joined, "%.*s/%.*s", BK_FMT(plugin->dir), BK_FMT(words.items[0])))
        return bk_arena_fail(world->arena, err);
    memcpy(copy, words.items, words.count * sizeof *copy);
    BK_TRY(bk_plugin_clean_path(world->arena, joined, &copy[0], err));
    if (bk_str_find_byte(copy[0], '/') == BK_NPOS && !bk_arena_cat(world->arena, BK_S("./"), copy[0], &copy[0]))
        return bk_arena_fail(world->arena, err);
    *ret = (bk_texts){copy, words.count};
    return BK_OK;
}

static bk_status fetch_process(const bk_plugin_world *world, bk_plugin *plugin, bk_str scheme, bk_str url, const bk_getter_options *o,
                               bk_str *ret, bk_err *err) {
    const bk_plugin_protocol *protocol = protocol_of(plugin, scheme);
    const bk_str files[] = {o->cert_file, o->key_file, o->ca_file, url};
    bk_process process = {.input = BK_STDIN_NONE};
    bk_process_env env;
    bk_buf out;
    int code = 0;
    if (!protocol) return bk_fmt_fail(err, "no downloader found for protocol %q", scheme);
    BK_TRY(getter_env(world, plugin, o, &env, err));
    if (bk_process_prepare(world->arena, &protocol->commands, false, (bk_texts){files, BK_COUNT(files)}, &env, &process.words, err) !=
        BK_OK)
        return bk_err_wrap(err, "failed to prepare commands for protocol \"%.*s\"", BK_FMT(scheme));
    BK_TRY(join_folder(world, plugin, process.words, &process.words, err));
    bk_buf_init(&out, NULL, BK_PROCESS_OUTPUT + (1 << 20));
    process.env = &env;
    process.out = &out;
    bk_status s = bk_plugin_run_process(world, plugin, BK_S(""), BK_S("getter"), &process, &code, err);
    if (s == BK_OK && code != 0) s = bk_plugin_exited(plugin, err);
    if (s == BK_OK && !bk_arena_dup(world->arena, bk_buf_view(&out), ret)) s = bk_arena_fail(world->arena, err);
    bk_buf_release(&out);
    return s;
}

/* ---- extism ---- */

/* Credentials go along where the operator granted them to this very plugin. They are part of the input, so they are asked for in a call before the plugin's own. */
static bk_status may_have_credentials(const bk_plugin_world *world, bk_plugin *plugin, const bk_getter_options *o, bool *ret, bk_err *err) {
    bk_plugin_subject who;
    bk_plugin_call *call;
    const bk_plugin_ask ask = {.right = BK_RIGHT_TOKEN, .target = BK_S("credentials"), .requested = true};
    *ret = false;
    if (!o->username.n && !o->password.n) return BK_OK;
    bk_plugin_identify(world, plugin);
    BK_TRY(bk_plugin_subject_of(world->arena, plugin, &who, err));
    BK_TRY(bk_guard_plugin_begin(world->guard, &who, BK_S("credentials"), BK_S(""), &call, err));
    const bk_plugin_exchange x = {.about = BK_S("credentials"), .ask = NULL};
    bk_str kept;
    bk_status s =
        bk_guard_plugin_replays(call) ? bk_guard_plugin_replay(call, &x, &kept, err) : bk_guard_plugin_filter(call, &ask, ret, err);
    if (s == BK_OK && bk_guard_plugin_replays(call)) *ret = bk_str_eq(kept, BK_S("given"));
    else s = bk_guard_plugin_keep(call, &x, s, *ret ? BK_S("given") : BK_S("kept back"), err);
    return bk_guard_plugin_end(call, s, BK_S(""), err);
}

static bk_status options_of(const bk_plugin_world *world, bk_plugin *plugin, const bk_getter_options *o, bk_str url, bk_map **ret,
                            bk_err *err) {
    bool credentials;
    bk_map *m = bk_map_new(world->arena, 16);
    if (!m) return bk_arena_fail(world->arena, err);
    BK_TRY(may_have_credentials(world, plugin, o, &credentials, err));
    const bk_str none = BK_S("");
    const struct {
        const char *key;
        bk_value value;
    } fields[] = {{"URL", bk_string(url)},
                  {"CertFile", bk_string(o->cert_file)},
                  {"KeyFile", bk_string(o->key_file)},
                  {"CAFile", bk_string(o->ca_file)},
                  {"UNTar", bk_bool(o->untar)},
                  {"InsecureSkipVerifyTLS", bk_bool(o->insecure)},
                  {"PlainHTTP", bk_bool(o->plain_http)},
                  {"AcceptHeader", bk_string(o->accept_header)},
                  {"Username", bk_string(credentials ? o->username : none)},
                  {"Password", bk_string(credentials ? o->password : none)},
                  {"PassCredentialsAll", bk_bool(o->pass_credentials_all)},
                  {"UserAgent", bk_string(o->user_agent)},
                  {"Version", bk_string(o->version)},
                  {"Timeout", bk_int64(o->timeout_ns)}};
    for (size_t i = 0; i < BK_COUNT(fields); i++)
        if (!bk_map_set(m, bk_str_c(fields[i].key), fields[i].value)) return bk_arena_fail(world->arena, err);
    *ret = m;
    return BK_OK;
}

static bk_status fetch_module(const bk_plugin_world *world, bk_plugin *plugin, bk_str scheme, bk_str url, const bk_getter_options *o,
                              bk_str *ret, bk_err *err) {
    bk_map *input = bk_map_new(world->arena, 3), *options = NULL;
    bk_value answer;
    const bk_plugin_invocation in = {.input = input};
    BK_TRY(options_of(world, plugin, o, url, &options, err));
    if (!input || !bk_map_set(input, BK_S("href"), bk_string(url)) || !bk_map_set(input, BK_S("protocol"), bk_string(scheme)) ||
        !bk_map_set(input, BK_S("options"), bk_map_value(options)))
        return bk_arena_fail(world->arena, err);
    BK_TRY(bk_plugin_invoke(world, plugin, &in, &answer, err));
    bk_value *data = bk_plugin_member(answer, "data");
    *ret = BK_S("");
    if (!data) return BK_OK;
    if (data->kind != BK_STRING)
        return bk_err_set(err, BK_ERR,
                          "failed to json marshal plugin output message: reflect.Value: json: cannot unmarshal %s into Go struct field "
                          "OutputMessageGetterV1.data of type []uint8",
                          data->kind == BK_MAP    ? "object"
                          : data->kind == BK_LIST ? "array"
                          : data->kind == BK_BOOL ? "bool"
                                                  : "number");
    if (bk_base64_decode(world->arena, bk_value_str(*data), ret, err) == BK_OK) return BK_OK;
    return bk_err_wrap(err, "failed to json marshal plugin output message: reflect.Value");
}

bk_status bk_plugin_fetch(const bk_plugin_world *world, bk_plugin *plugin, bk_str url, const bk_getter_options *options, bk_str *ret,
                          bk_err *err) {
    static const bk_getter_options none;
    const bk_getter_options *o = options ? options : &none;
    bk_str scheme;
    BK_TRY(bk_plugin_scheme(world->arena, url, &scheme, err));
    BK_TRY(bk_plugin_accept(world, plugin, err));
    bk_status s = plugin->about.runtime == BK_PLUGIN_SUBPROCESS ? fetch_process(world, plugin, scheme, url, o, ret, err)
                                                                : fetch_module(world, plugin, scheme, url, o, ret, err);
    return s == BK_OK ? s : bk_err_wrap(err, "plugin \"%.*s\" failed to invoke", BK_FMT(plugin->about.name));
}
