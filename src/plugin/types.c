/* Who a plugin is to the guard, and the runtime `subprocess` behind it. */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/boundary.h"
#include "plugin/types_inside.h"
#include "value/gofmt.h"

/* ---- the subject ---- */

bk_status bk_plugin_subject_of(bk_arena *arena, bk_plugin *plugin, bk_plugin_subject *ret, bk_err *err) {
    const bk_plugin_about *about = &plugin->about;
    BK_TRY(bk_plugin_read_code(arena, plugin, err));
    *ret = (bk_plugin_subject){.name = about->name,
                               .version = about->version,
                               .type = bk_str_c(bk_plugin_type_name(about->type)),
                               .runtime = bk_str_c(bk_plugin_runtime_name(about->runtime)),
                               .digest = bk_str_c(plugin->digest),
                               .pinned = !plugin->linked};
    if (!plugin->linked) return BK_OK;
    char *real = realpath(plugin->dir.p, NULL);
    if (!real) return bk_err_set(err, BK_ERR_IO, "plugin \"%.*s\": cannot resolve %.*s", BK_FMT(about->name), BK_FMT(plugin->dir));
    bool ok = bk_arena_dup(arena, bk_str_c(real), &ret->path);
    free(real);
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

bk_status bk_plugin_accept(const bk_plugin_world *world, const bk_plugin *plugin, bk_err *err) {
    bk_texts warnings = plugin->about.warnings;
    bool lenient = bk_guard_profile(world->guard) == BK_PROFILE_HELM;
    for (size_t i = 0; i < warnings.count; i++) {
        const bk_plugin_attr attrs[] = {{"plugin", plugin->about.name}, {"warning", warnings.items[i]}};
        if (!lenient)
            return bk_err_set(err, BK_ERR, "plugin \"%.*s\": %.*s (%.*s/" BK_PLUGIN_FILE ")", BK_FMT(plugin->about.name),
                              BK_FMT(warnings.items[i]), BK_FMT(plugin->dir));
        bk_plugin_log_line(&world->log, "WARN", "plugin.yaml is not as it should be", attrs, BK_COUNT(attrs));
    }
    return BK_OK;
}

static uint64_t bytes_asked(int64_t n, uint64_t by_sdk) { return n < 0 ? by_sdk : (uint64_t)n; }

bk_plugin_limits bk_plugin_limits_asked(const bk_plugin *plugin) {
    const bk_plugin_wasm *w = &plugin->about.wasm;
    bk_plugin_limits limits = {{0}};
    limits.of[BK_PLUGIN_LIMIT_PAGES] = w->max_pages;
    limits.of[BK_PLUGIN_LIMIT_HTTP_RESPONSE] = bytes_asked(w->max_http_bytes, 50u << 20);
    limits.of[BK_PLUGIN_LIMIT_VARS] = bytes_asked(w->max_var_bytes, 1u << 20);
    limits.of[BK_PLUGIN_LIMIT_TIME] = w->timeout_ms;
    return limits;
}

/* ---- subprocess ---- */

bk_status bk_plugin_process_env(const bk_plugin_world *world, const bk_plugin *plugin, bk_process_env *ret, bk_err *err) {
    BK_TRY(bk_process_env_init(ret, world->arena, world->environment, err));
    for (size_t i = 0; i < world->setting_count; i++)
        BK_TRY(bk_process_env_set(ret, world->settings[i].key, world->settings[i].value, err));
    BK_TRY(bk_process_env_set(ret, BK_S("HELM_PLUGIN_NAME"), plugin->about.name, err));
    return bk_process_env_set(ret, BK_S("HELM_PLUGIN_DIR"), plugin->dir, err);
}

bk_status bk_plugin_exited(const bk_plugin *plugin, bk_err *err) {
    return bk_err_set(err, BK_ERR, "plugin \"%.*s\" exited with error", BK_FMT(plugin->about.name));
}

static bk_status ask_exec(bk_plugin_call *call, const bk_process *process, bk_plugin_answer *answer, bk_err *err) {
    const bk_plugin_ask ask = {.right = BK_RIGHT_EXEC, .detail = process->words.items[0], .requested = true};
    return bk_guard_plugin_ask(call, &ask, answer, err);
}

/* Helm's line of --debug; the words as they are, with blanks between them. */
static void log_command(const bk_plugin_world *world, const bk_plugin *plugin, bk_texts words) {
    bk_buf command;
    if (!world->debug) return;
    bk_buf_init(&command, NULL, 16 << 10);
    for (size_t i = 0; i < words.count; i++) {
        if (i) bk_buf_byte(&command, ' ');
        bk_buf_str(&command, words.items[i]);
    }
    const bk_plugin_attr attrs[] = {{"pluginName", plugin->about.name}, {"command", bk_buf_view(&command)}};
    bk_plugin_log_line(&world->log, "DEBUG", "executing plugin command", attrs, BK_COUNT(attrs));
    bk_buf_release(&command);
}

/* ---- a program's run, recorded or replayed ---- */

static bk_status start(const bk_plugin_world *world, const bk_plugin *plugin, bk_plugin_call *call, const bk_process *process,
                       int *ret_code, bk_err *err) {
    bk_plugin_answer answer;
    bk_err ignored = BK_ERR_INIT;
    BK_TRY(ask_exec(call, process, &answer, err));
    log_command(world, plugin, process->words);
    bk_status s = bk_process_run(world->arena, process, ret_code, err);
    bk_str bytes = s != BK_OK ? bk_err_message(err) : process->out ? bk_buf_view(process->out) : BK_S("");
    bk_status told = bk_guard_plugin_answered(call, &answer, s, bytes, s == BK_OK ? err : &ignored);
    bk_err_release(&ignored);
    return s == BK_OK ? told : s;
}

/* Its exit code and what it wrote, where that came to us: u32, u32 length and bytes of standard output, standard error. */
static bk_status keep_run(const bk_plugin_world *world, bk_plugin_call *call, const bk_plugin_exchange *x, const bk_process *process,
                          bk_status s, int code, bk_err *err) {
    bk_buf bytes;
    if (!bk_guard_plugin_records(call)) return s;
    bk_buf_init(&bytes, world->arena, 0);
    bk_str out = process->out ? bk_buf_view(process->out) : BK_S("");
    bk_buf_u32(&bytes, (uint32_t)code);
    bk_buf_u32(&bytes, (uint32_t)out.n);
    bk_buf_str(&bytes, out);
    if (process->error && process->error != process->out) bk_buf_str(&bytes, bk_buf_view(process->error));
    if (s == BK_OK && !bk_buf_ok(&bytes)) s = bk_buf_check(&bytes, err);
    return bk_guard_plugin_keep(call, x, s, bk_buf_view(&bytes), err);
}

static bk_status replay_run(bk_plugin_call *call, const bk_plugin_exchange *x, const bk_plugin *plugin, const bk_process *process,
                            int *ret_code, bk_err *err) {
    bk_str bytes;
    BK_TRY(bk_guard_plugin_replay(call, x, &bytes, err));
    if (!process->out)
        return bk_err_set(err, BK_ERR, "the plugin %.*s is a program of its own, and what it writes to the terminal is in no record",
                          BK_FMT(plugin->about.name));
    if (bytes.n < 8 || bk_read_u32(bk_str_from(bytes, 4)) > bytes.n - 8)
        return bk_err_set(err, BK_ERR, "replay: an answer to a plugin is malformed");
    size_t n = bk_read_u32(bk_str_from(bytes, 4));
    *ret_code = (int)bk_read_u32(bytes);
    bk_buf_str(process->out, bk_str_sub(bytes, 8, 8 + n));
    if (process->error && process->error != process->out) bk_buf_str(process->error, bk_str_from(bytes, 8 + n));
    return bk_buf_check(process->out, err);
}

static bk_status run_or_replay(const bk_plugin_world *world, const bk_plugin *plugin, bk_plugin_call *call, const bk_process *process,
                               int *ret_code, bk_err *err) {
    const bk_plugin_ask ask = {.right = BK_RIGHT_EXEC, .detail = process->words.items[0], .requested = true};
    bk_plugin_exchange x = {.ask = &ask};
    bk_buf words;
    bk_buf_init(&words, world->arena, 0);
    /* Where the plugin lies does not matter: its content is part of what it is known by. */
    for (size_t i = 0; i < process->words.count; i++) {
        bool inside = bk_str_starts(process->words.items[i], plugin->dir);
        bk_buf_str(&words, bk_str_from(process->words.items[i], inside ? plugin->dir.n : 0));
        bk_buf_byte(&words, 0);
    }
    if (!bk_arena_printf(world->arena, &x.about, "exec of %.*s", BK_FMT(bk_path_base(process->words.items[0]))))
        return bk_arena_fail(world->arena, err);
    BK_TRY(bk_buf_check(&words, err));
    x.request = bk_buf_view(&words);
    if (bk_guard_plugin_replays(call)) return replay_run(call, &x, plugin, process, ret_code, err);
    return keep_run(world, call, &x, process, start(world, plugin, call, process, ret_code, err), *ret_code, err);
}

bk_status bk_plugin_run_process(const bk_plugin_world *world, bk_plugin *plugin, bk_str digest, bk_str entry, const bk_process *process,
                                int *ret_code, bk_err *err) {
    bk_plugin_subject subject;
    bk_plugin_call *call;
    BK_TRY(bk_plugin_subject_of(world->arena, plugin, &subject, err));
    if (digest.n) subject.digest = digest;
    BK_TRY(bk_guard_plugin_begin(world->guard, &subject, entry, process->bytes, &call, err));
    bk_status s = run_or_replay(world, plugin, call, process, ret_code, err);
    return bk_guard_plugin_end(call, s, process->out ? bk_buf_view(process->out) : BK_S(""), err);
}

void bk_plugin_tell(const bk_plugin_world *world, const bk_plugin *plugin, bk_str text) {
    bk_str rest = text, line, shown;
    while (world->log.line && bk_str_line(&rest, &line))
        if (bk_arena_printf(world->arena, &shown, "%.*s: %.*s", BK_FMT(plugin->about.name), BK_FMT(line)))
            world->log.line(world->log.self, shown);
}

/* ---- hooks ---- */

static const bk_plugin_hook *hook_of(const bk_plugin *plugin, const char *event) {
    const bk_plugin_process *p = &plugin->about.process;
    for (size_t i = 0; i < p->hook_count; i++)
        if (bk_str_eq(p->hooks[i].event, bk_str_c(event)) && p->hooks[i].commands.count) return &p->hooks[i];
    return NULL;
}

bool bk_plugin_has_hook(const bk_plugin *plugin, const char *event) { return hook_of(plugin, event) != NULL; }

bk_status bk_plugin_run_hook(const bk_plugin_world *world, bk_plugin *plugin, const char *event, bk_str digest, bk_err *err) {
    const bk_plugin_hook *hook = hook_of(plugin, event);
    bk_process process = {.input = BK_STDIN_NONE};
    bk_process_env env;
    bk_str entry;
    int code = 0;
    if (!hook) return BK_OK;
    BK_TRY(bk_plugin_accept(world, plugin, err));
    BK_TRY(bk_plugin_process_env(world, plugin, &env, err));
    BK_TRY(bk_process_prepare(world->arena, &hook->commands, plugin->about.process.expand_hooks, (bk_texts){0}, &env, &process.words, err));
    process.env = &env;
    if (!bk_arena_printf(world->arena, &entry, "%s hook", event)) return bk_arena_fail(world->arena, err);
    BK_TRY(bk_plugin_run_process(world, plugin, digest, entry, &process, &code, err));
    if (code == 0) return BK_OK;
    return bk_err_set(err, BK_ERR, "plugin %s hook for \"%.*s\" exited with error", event, BK_FMT(plugin->about.name));
}
