/* The imports of extism:host/env, but for http_request. */
#include <stdlib.h>

#include "data/json.h"
#include "plugin/extism_state.h"

/* What a var counts beside its bytes, as in Helm. */
#define VAR_OVERHEAD 40u
/* One message to the log; the rest is cut. */
#define LOG_MAX 65536u
#define LOG_LEVEL_OFF 2147483647u

static const char beyond_read[] = "could not read value at offset: %llu";
static const char beyond_write[] = "could not write value '%llu' at offset: %llu";

bool bk_extism_text(bk_extism_call_ *call, bk_foreign_run *run, uint64_t at, const char *what, bk_str *ret) {
    bool inside;
    if (bk_kernel_view(&call->kernel, at, ret, &inside) || inside) return true;
    return bk_foreign_stop(run, "failed to read %s from memory: invalid memory block", what);
}

bool bk_extism_give(bk_extism_call_ *call, bk_foreign_run *run, bk_str bytes, const char *what, uint64_t *args) {
    bool failed;
    args[0] = bk_kernel_put(&call->kernel, bytes, &failed);
    return !failed || bk_foreign_stop(run, "failed to write %s to memory: no room for %zu bytes", what, bytes.n);
}

/* ---- blocks ---- */

#define IMPORT(name) static bool on_##name(bk_foreign_run *run BK_UNUSED, void *self, uint64_t *args)
#define KERNEL (&((bk_extism_call_ *)self)->kernel)

IMPORT(alloc) {
    args[0] = bk_kernel_alloc(KERNEL, args[0]);
    return true;
}

IMPORT(free) {
    bk_kernel_free(KERNEL, args[0]);
    return true;
}

IMPORT(length) {
    args[0] = bk_kernel_length(KERNEL, args[0]);
    return true;
}

IMPORT(load_u8) {
    args[0] = bk_kernel_load_u8(KERNEL, args[0]);
    return true;
}

IMPORT(store_u8) {
    bk_kernel_store_u8(KERNEL, args[0], (uint8_t)args[1]);
    return true;
}

IMPORT(load_u64) {
    uint64_t at = args[0];
    return bk_kernel_load_u64(KERNEL, at, &args[0]) || bk_foreign_stop(run, beyond_read, (unsigned long long)at);
}

IMPORT(store_u64) {
    return bk_kernel_store_u64(KERNEL, args[0], args[1]) ||
           bk_foreign_stop(run, beyond_write, (unsigned long long)args[1], (unsigned long long)args[0]);
}

/* ---- input, output, error ---- */

IMPORT(input_length) {
    args[0] = KERNEL->input_n;
    return true;
}

IMPORT(input_offset) {
    args[0] = KERNEL->input_at;
    return true;
}

IMPORT(input_load_u8) {
    const bk_kernel *k = KERNEL;
    args[0] = args[0] < k->input_n ? bk_kernel_load_u8(KERNEL, k->input_at + args[0]) : 0;
    return true;
}

IMPORT(input_load_u64) {
    uint64_t at = args[0];
    if (__builtin_add_overflow(at, KERNEL->input_at, &at) || !bk_kernel_load_u64(KERNEL, at, &args[0]))
        return bk_foreign_stop(run, beyond_read, (unsigned long long)at);
    return true;
}

IMPORT(input_set) {
    bk_kernel_input_set(KERNEL, args[0], args[1]);
    return true;
}

IMPORT(output_set) {
    bk_kernel_output_set(KERNEL, args[0], args[1]);
    return true;
}

IMPORT(output_length) {
    args[0] = KERNEL->output_n;
    return true;
}

IMPORT(output_offset) {
    args[0] = KERNEL->output_at;
    return true;
}

IMPORT(error_set) {
    KERNEL->error_at = args[0];
    return true;
}

IMPORT(error_get) {
    args[0] = KERNEL->error_at;
    return true;
}

IMPORT(reset) {
    (void)args;
    bk_kernel_reset(KERNEL);
    return true;
}

IMPORT(memory_bytes) {
    args[0] = bk_kernel_memory_bytes(KERNEL);
    return true;
}

/* ---- configuration and vars ---- */

IMPORT(config_get) {
    bk_extism_call_ *call = self;
    bk_str name;
    if (!bk_extism_text(call, run, args[0], "config name", &name)) return false;
    for (size_t i = 0; i < call->options->config_count; i++)
        if (bk_str_eq(name, call->options->config[i].key))
            return bk_extism_give(call, run, call->options->config[i].value, "config value", args);
    args[0] = 0;
    return true;
}

static bk_extism_var **find_var(bk_extism_call_ *call, bk_str key) {
    bk_extism_var **at = &call->vars;
    while (*at && !bk_str_eq(key, bk_str_of((*at)->key, (*at)->key_n))) at = &(*at)->next;
    return at;
}

static void delete_var(bk_extism_call_ *call, bk_extism_var **at) {
    bk_extism_var *var = *at;
    if (!var) return;
    *at = var->next;
    call->var_bytes -= VAR_OVERHEAD + var->key_n + var->value_n;
    free(var->key);
    free(var->value);
    free(var);
}

void bk_extism_vars_free(bk_extism_call_ *call) {
    while (call->vars) delete_var(call, &call->vars);
}

static char *copy_of(bk_str s) {
    char *p = malloc(s.n + 1);
    if (p && s.n) memcpy(p, s.p, s.n);
    return p;
}

static bool add_var(bk_extism_call_ *call, bk_str key, bk_str value) {
    bk_extism_var *var = calloc(1, sizeof *var);
    if (!var) return false;
    *var = (bk_extism_var){call->vars, copy_of(key), copy_of(value), key.n, value.n};
    if (!var->key || !var->value) {
        free(var->key);
        free(var->value);
        free(var);
        return false;
    }
    call->vars = var;
    call->var_bytes += VAR_OVERHEAD + key.n + value.n;
    return true;
}

IMPORT(var_get) {
    bk_extism_call_ *call = self;
    bk_str key;
    uint64_t at = args[0];
    if (!bk_extism_text(call, run, at, "var name", &key)) return false;
    const bk_extism_var *var = *find_var(call, key);
    bk_kernel_free(&call->kernel, at);
    args[0] = 0;
    return !var || bk_extism_give(call, run, bk_str_of(var->value, var->value_n), "var value", args);
}

IMPORT(var_set) {
    bk_extism_call_ *call = self;
    uint64_t key_at = args[0], value_at = args[1];
    bk_str key, value;
    if (!call->limits.var_bytes) return bk_foreign_stop(run, "Vars are disabled by this host");
    if (!bk_extism_text(call, run, key_at, "var name", &key)) return false;
    bk_extism_var **old = find_var(call, key);
    if (!value_at) {
        delete_var(call, old);
        bk_kernel_free(&call->kernel, key_at);
        return true;
    }
    if (!bk_extism_text(call, run, value_at, "var value", &value)) return false;
    /* The old value counts as well, as in Helm. */
    if (call->var_bytes + VAR_OVERHEAD + key.n + value.n >= call->limits.var_bytes) return bk_foreign_stop(run, "Variable store is full");
    if (!add_var(call, key, value)) return bk_foreign_stop(run, "out of memory");
    /* The new one stands in front; what `old` pointed to is the next of that kind. */
    for (bk_extism_var **at = &call->vars->next; *at; at = &(*at)->next)
        if (bk_str_eq(key, bk_str_of((*at)->key, (*at)->key_n))) {
            delete_var(call, at);
            break;
        }
    bk_kernel_free(&call->kernel, key_at);
    bk_kernel_free(&call->kernel, value_at);
    return true;
}

/* ---- the last response ---- */

IMPORT(http_status_code) {
    args[0] = ((bk_extism_call_ *)self)->http_status;
    return true;
}

IMPORT(http_headers) {
    bk_extism_call_ *call = self;
    bk_str headers = bk_buf_view(&call->http_headers);
    return bk_extism_give(call, run, headers.n ? headers : BK_S("{}"), "response headers", args);
}

/* ---- logs ---- */

IMPORT(get_log_level) {
    bk_extism_log level = ((bk_extism_call_ *)self)->options->log_level;
    args[0] = level >= BK_EXTISM_LOG_OFF ? LOG_LEVEL_OFF : (uint64_t)level;
    return true;
}

static bool log_at(bk_foreign_run *run, bk_extism_call_ *call, bk_extism_log level, uint64_t at) {
    const bk_extism_options *o = call->options;
    bk_str message;
    if (o->log && level >= o->log_level) {
        if (!bk_extism_text(call, run, at, "log message", &message)) return false;
        o->log(o->log_self, level, bk_str_sub(message, 0, LOG_MAX));
    }
    bk_kernel_free(&call->kernel, at);
    return true;
}

IMPORT(log_trace) { return log_at(run, self, BK_EXTISM_LOG_TRACE, args[0]); }
IMPORT(log_debug) { return log_at(run, self, BK_EXTISM_LOG_DEBUG, args[0]); }
IMPORT(log_info) { return log_at(run, self, BK_EXTISM_LOG_INFO, args[0]); }
IMPORT(log_warn) { return log_at(run, self, BK_EXTISM_LOG_WARN, args[0]); }
IMPORT(log_error) { return log_at(run, self, BK_EXTISM_LOG_ERROR, args[0]); }

/* ---- the table ---- */

static const struct {
    const char *name, *type;
    bk_foreign_fn fn;
} functions[] = {
    {"alloc", "i64_i64", on_alloc},
    {"free", "i64_v", on_free},
    {"length", "i64_i64", on_length},
    {"length_unsafe", "i64_i64", on_length},
    {"load_u8", "i64_i32", on_load_u8},
    {"load_u64", "i64_i64", on_load_u64},
    {"store_u8", "i64i32_v", on_store_u8},
    {"store_u64", "i64i64_v", on_store_u64},
    {"input_length", "v_i64", on_input_length},
    {"input_offset", "v_i64", on_input_offset},
    {"input_load_u8", "i64_i32", on_input_load_u8},
    {"input_load_u64", "i64_i64", on_input_load_u64},
    {"input_set", "i64i64_v", on_input_set},
    {"output_set", "i64i64_v", on_output_set},
    {"output_length", "v_i64", on_output_length},
    {"output_offset", "v_i64", on_output_offset},
    {"error_set", "i64_v", on_error_set},
    {"error_get", "v_i64", on_error_get},
    {"reset", "v_v", on_reset},
    {"memory_bytes", "v_i64", on_memory_bytes},
    {"config_get", "i64_i64", on_config_get},
    {"var_get", "i64_i64", on_var_get},
    {"var_set", "i64i64_v", on_var_set},
    {"http_request", "i64i64_i64", bk_extism_http_request_import},
    {"http_status_code", "v_i32", on_http_status_code},
    {"http_headers", "v_i64", on_http_headers},
    {"get_log_level", "v_i32", on_get_log_level},
    {"log_trace", "i64_v", on_log_trace},
    {"log_debug", "i64_v", on_log_debug},
    {"log_info", "i64_v", on_log_info},
    {"log_warn", "i64_v", on_log_warn},
    {"log_error", "i64_v", on_log_error},
};

bool bk_extism_env_import(bk_extism_call_ *call, bk_str name, bk_foreign_import_def *ret) {
    for (size_t i = 0; i < BK_COUNT(functions); i++) {
        if (!bk_str_eq(name, bk_str_c(functions[i].name))) continue;
        *ret = (bk_foreign_import_def){functions[i].fn, call, functions[i].type};
        return true;
    }
    return false;
}

/* ---- host functions ---- */

/* What went wrong is the plugin's to handle, in JSON; what must not go on ends it. */
static bool user_failure(bk_foreign_run *run, bk_err *err, bk_buf *answer) {
    if (err->code == BK_ERR_DENIED || err->code == BK_ERR_TIMEOUT || err->code == BK_ERR_NOMEM) return bk_foreign_stop_err(run, err);
    bk_buf_reset(answer);
    bk_buf_c(answer, "{\"error\":{\"message\":");
    bk_json_encode_string(answer, bk_str_sub(bk_err_message(err), 0, 4096), 0);
    bk_buf_c(answer, "}}");
    bk_err_release(err);
    return true;
}

bool bk_extism_user_import(bk_foreign_run *run, void *self, uint64_t *args) {
    const bk_extism_bound *bound = self;
    bk_extism_call_ *call = bound->call;
    bk_str request;
    if (!bk_extism_text(call, run, args[0], "host function's argument", &request)) return false;
    bk_err err = BK_ERR_INIT;
    bk_buf answer;
    bk_buf_init(&answer, NULL, 0);
    const bool waits = !bound->function->computes;
    if (waits) bk_foreign_wait_begin(run, false);
    else bk_foreign_work_begin(run);
    bk_status status = bound->function->fn(bound->function->self, request, bk_foreign_time_left(run, waits), &answer, &err);
    if (waits) bk_foreign_wait_end(run);
    bool good = true;
    if (status != BK_OK) good = user_failure(run, &err, &answer);
    if (good && !bk_buf_ok(&answer)) good = bk_foreign_stop(run, "the answer of a host function is too large");
    if (good) good = bk_extism_give(call, run, bk_buf_view(&answer), "a host function's answer", args);
    bk_buf_release(&answer);
    return good;
}
