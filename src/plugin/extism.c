/* One call: imports, initialisation, the entry, and how it ended. */
#include "plugin/extism.h"

#include <stdlib.h>

#include "plugin/extism_state.h"

#define ENTRY "helm_plugin_main"
#define PAGE 65536u
#define PAGES_MAX 65536u
/* The plugin's own words in an error. */
#define TEXT_MAX 4096u
/* No limit of the caller's makes these larger: they are in the host's memory. */
#define VARS_MOST ((uint64_t)256 << 20)
#define HTTP_MOST ((uint64_t)256 << 20)

/* ---- limits ---- */

static uint64_t size_or(uint64_t v, uint64_t fallback, uint64_t most) {
    if (v == 0) v = fallback;
    if (v == BK_EXTISM_NONE) return 0;
    return v < most ? v : most;
}

static uint64_t time_or(uint64_t v, uint64_t fallback) { return v == 0 ? fallback : v == BK_EXTISM_NONE ? 0 : v; }

static bk_extism_limits fill(const bk_extism_limits *l) {
    const uint64_t mib = (uint64_t)1 << 20;
    return (bk_extism_limits){.max_pages = size_or(l->max_pages, PAGES_MAX, PAGES_MAX),
                              .http_bytes = size_or(l->http_bytes, 4096, HTTP_MOST),
                              .var_bytes = size_or(l->var_bytes, 4096, VARS_MOST),
                              .abi_bytes = size_or(l->abi_bytes, 512 * mib, UINT64_MAX / 4),
                              .output = size_or(l->output, 128 * mib, 256 * mib),
                              .stream = size_or(l->stream, 64 * mib, UINT64_MAX / 4),
                              .stdin_ = size_or(l->stdin_, 256 * mib, UINT64_MAX / 4),
                              .guest_ms = time_or(l->guest_ms, 30000),
                              .wall_ms = time_or(l->wall_ms, 300000),
                              .tree_bytes = size_or(l->tree_bytes, 64 * mib, UINT64_MAX / 4),
                              .tree_nodes = size_or(l->tree_nodes, 10000, 1000000),
                              .http_count = size_or(l->http_count, 1000, UINT64_MAX / 4)};
}

/* ---- what can be known before it runs ---- */

static bool resolve(void *self, const bk_foreign_extern *import, bk_foreign_import_def *ret, bk_err *err) {
    bk_extism_call_ *call = self;
    if (bk_str_eq(import->module, BK_S("extism:host/env"))) {
        if (bk_extism_env_import(call, import->name, ret)) return true;
    } else if (bk_str_eq(import->module, BK_S("wasi_snapshot_preview1"))) {
        if (bk_wasi_import(call->wasi, import->name, ret)) return true;
    } else if (bk_str_eq(import->module, BK_S("extism:host/user"))) {
        for (size_t i = 0; i < call->options->function_count; i++) {
            if (!bk_str_eq(import->name, call->options->functions[i].name)) continue;
            *ret = (bk_foreign_import_def){bk_extism_user_import, &call->bound[i],
                                           bk_str_ends(import->type, BK_S("_v")) ? "i64_v" : "i64_i64"};
            return true;
        }
        bk_err_set(err, BK_ERR, "the host function \"%.*s\" is not among those that this plugin requests in hostFunctions and was granted",
                   BK_FMT(import->name));
        return false;
    } else {
        bk_err_set(err, BK_ERR, "module[%.*s] not instantiated", BK_FMT(import->module));
        return false;
    }
    bk_err_set(err, BK_ERR, "\"%.*s\" is not exported in module \"%.*s\"", BK_FMT(import->name), BK_FMT(import->module));
    return false;
}

/* "43 pages (2 Mi)", as Helm's runtime writes it. */
static void pages_text(bk_buf *b, uint64_t pages) {
    uint64_t kib = pages * 64;
    if (kib < 1024) bk_buf_printf(b, "%llu pages (%llu Ki)", (unsigned long long)pages, (unsigned long long)kib);
    else if (kib < (uint64_t)1024 * 1024)
        bk_buf_printf(b, "%llu pages (%llu Mi)", (unsigned long long)pages, (unsigned long long)(kib / 1024));
    else bk_buf_printf(b, "%llu pages (%llu Gi)", (unsigned long long)pages, (unsigned long long)(kib / 1024 / 1024));
}

static bk_status check_memory(const bk_foreign *module, uint64_t max_pages, bk_err *err) {
    uint64_t pages = bk_foreign_pages(module);
    if (pages <= max_pages) return BK_OK;
    bk_buf b;
    bk_buf_init(&b, NULL, 0);
    bk_buf_c(&b, "section memory: min ");
    pages_text(&b, pages);
    bk_buf_c(&b, " over limit of ");
    pages_text(&b, max_pages);
    bk_buf_printf(&b, "; the plugin needs maxPages: %llu at least", (unsigned long long)pages);
    bk_err_set_str(err, BK_ERR_LIMIT, bk_buf_view(&b));
    bk_buf_release(&b);
    return BK_ERR_LIMIT;
}

/* How many values stand in one half of a signature. */
static size_t count_types(bk_str half) {
    size_t n = 0;
    if (bk_str_eq(half, BK_S("v"))) return 0;
    while (half.n) {
        static const char *const names[] = {"funcref", "externref", "ref", "v128", "i32", "i64", "f32", "f64"};
        size_t step = 1;
        for (size_t i = 0; i < BK_COUNT(names); i++)
            if (bk_str_starts(half, bk_str_c(names[i]))) step = strlen(names[i]);
        half = bk_str_from(half, step);
        n++;
    }
    return n;
}

static bool is_function(const bk_foreign_extern *e) { return e && bk_str_eq(e->kind, BK_S("func")); }

static bk_status check_entry(const bk_foreign *module, bk_str entry, bk_err *err) {
    const bk_foreign_extern *e = bk_foreign_find_export(module, entry);
    bk_str params, results;
    if (!is_function(e)) return bk_err_set(err, BK_ERR, "unknown function: %.*s", BK_FMT(entry));
    bk_str_cut(e->type, BK_S("_"), &params, &results);
    size_t in = count_types(params), out = count_types(results);
    if (out > 1) return bk_err_set(err, BK_ERR, "function %.*s has %zu results, expected 0 or 1", BK_FMT(entry), out);
    if (in) return bk_err_set(err, BK_ERR, "expected %zu params, but passed 0", in);
    return BK_OK;
}

static bk_str entry_of(const bk_extism_options *options) { return options->entry.n ? options->entry : BK_S(ENTRY); }

/* ---- a call's life ---- */

static void end(bk_extism_call_ *call) {
    bk_extism_vars_free(call);
    bk_kernel_release(&call->kernel);
    bk_buf_release(&call->http_headers);
    bk_wasi_free(call->wasi);
    free(call->bound);
}

static bk_status begin(bk_extism_call_ *call, bk_foreign *module, const bk_extism_options *options, bk_err *err) {
    *call = (bk_extism_call_){.options = options, .limits = fill(&options->limits), .module = module, .entry = entry_of(options)};
    bk_kernel_init(&call->kernel, call->limits.abi_bytes);
    bk_buf_init(&call->http_headers, NULL, 0);
    call->bound = calloc(options->function_count + 1, sizeof *call->bound);
    if (!call->bound) return bk_err_nomem(err);
    for (size_t i = 0; i < options->function_count; i++) call->bound[i] = (bk_extism_bound){call, &options->functions[i]};
    bk_wasi_limits limits = {call->limits.stream, call->limits.stdin_, call->limits.tree_bytes, call->limits.tree_nodes};
    return bk_wasi_new(&options->wasi, &limits, &call->wasi, err);
}

static bk_status check(bk_extism_call_ *call, bk_err *err) {
    static const char before[] = "failed to create existing plugin";
    if (check_memory(call->module, call->limits.max_pages, err) != BK_OK) return bk_err_wrap(err, before);
    bk_foreign_plan plan = {.self = call, .resolve = resolve};
    if (bk_foreign_check_imports(call->module, &plan, err) != BK_OK) return bk_err_wrap(err, "%s: instantiating module", before);
    if (check_entry(call->module, call->entry, err) != BK_OK) return bk_err_wrap(err, "plugin error");
    return BK_OK;
}

bk_status bk_extism_check(bk_foreign *module, const bk_extism_options *options, bk_err *err) {
    bk_extism_call_ call;
    bk_status status = begin(&call, module, options, err);
    if (status == BK_OK) status = check(&call, err);
    end(&call);
    return status;
}

/* ---- running ---- */

static bool has_function(const bk_foreign *module, bk_str name, bool without_params) {
    const bk_foreign_extern *e = bk_foreign_find_export(module, name);
    return is_function(e) && (!without_params || bk_str_starts(e->type, BK_S("v_")));
}

/* An end that is not the ordinary one, before the entry has run. */
static bk_status early_end(bk_foreign_end how, uint32_t code, const char *before, bk_err *err) {
    if (how == BK_FOREIGN_EXITED) bk_err_set(err, BK_ERR, "module closed with exit_code(%u)", code);
    return bk_err_wrap(err, "%s", before);
}

static bk_status initialise(bk_extism_call_ *call, bk_foreign_run *run, bk_err *err) {
    static const bk_str initialize = {"_initialize", 11}, hs_init = {"hs_init", 7}, ctors = {"__wasm_call_ctors", 17};
    if (bk_str_eq(call->entry, BK_S("_start")) || bk_str_eq(call->entry, initialize)) return BK_OK;
    bool reactor = has_function(call->module, initialize, true);
    bk_str first = BK_S("");
    uint32_t code = 0;
    if (has_function(call->module, hs_init, false)) {
        /* Here a failure of _initialize is passed over, as in Helm, but only one that leaves the instance usable. */
        bk_err passed = BK_ERR_INIT;
        bk_foreign_end how = reactor ? bk_foreign_call(run, initialize, &code, &passed) : BK_FOREIGN_RETURNED;
        if (how != BK_FOREIGN_RETURNED && how != BK_FOREIGN_TRAPPED) {
            bk_err_move(err, &passed);
            return early_end(how, code, "plugin error: failed to initialize runtime", err);
        }
        bk_err_release(&passed);
        first = hs_init;
    } else if (reactor) {
        first = initialize;
    } else if (has_function(call->module, ctors, true)) {
        first = ctors;
    }
    if (!first.n) return BK_OK;
    bk_foreign_end how = bk_foreign_call(run, first, &code, err);
    return how == BK_FOREIGN_RETURNED ? BK_OK : early_end(how, code, "plugin error: failed to initialize runtime", err);
}

static bk_status set_input(bk_extism_call_ *call, bk_err *err) {
    bk_str input = call->options->input;
    bool failed;
    bk_kernel_reset(&call->kernel);
    uint64_t at = bk_kernel_put(&call->kernel, input, &failed);
    if (failed) {
        bk_err_limit(err, "input in bytes", (size_t)call->limits.abi_bytes);
        return bk_err_wrap(err, "plugin error");
    }
    bk_kernel_input_set(&call->kernel, at, input.n);
    return BK_OK;
}

/* The text that the plugin set as its error; empty: none. */
static bk_str error_text(bk_extism_call_ *call) {
    bk_str text = BK_S("");
    bool inside;
    if (call->kernel.error_at) bk_kernel_view(&call->kernel, call->kernel.error_at, &text, &inside);
    return bk_str_sub(text, 0, TEXT_MAX);
}

static bk_status take_output(bk_extism_call_ *call, bk_err *err) {
    const bk_kernel *k = &call->kernel;
    if (k->output_n > call->limits.output) {
        bk_err_limit(err, "output in bytes", (size_t)call->limits.output);
        return bk_err_wrap(err, "plugin error");
    }
    bk_buf_init(&call->result->output, NULL, (size_t)call->limits.output);
    bk_kernel_read(&call->kernel, k->output_at, k->output_n, &call->result->output);
    return bk_buf_check(&call->result->output, err);
}

/* On one line: a plugin that writes lines of its own could write them in our name. */
static void set_words(bk_str text, bk_err *err) {
    bk_buf line;
    bk_buf_init(&line, NULL, 2 * TEXT_MAX);
    for (text = bk_str_trim_right(text); text.n; text = bk_str_from(text, 1)) {
        if (*text.p == '\n') bk_buf_c(&line, "\\n");
        else bk_buf_byte(&line, *text.p);
    }
    bk_err_set_str(err, BK_ERR, bk_buf_view(&line));
    bk_buf_release(&line);
}

static bk_status conclude(bk_extism_call_ *call, bk_foreign_end how, uint32_t code, bk_err *err) {
    if (how != BK_FOREIGN_RETURNED && how != BK_FOREIGN_EXITED) return bk_err_wrap(err, "plugin error");
    bk_extism_result *result = call->result;
    result->exited = code != 0;
    result->exit_code = code > 255 ? 255 : code;
    if (how == BK_FOREIGN_EXITED && code) return bk_err_set(err, BK_ERR, "plugin error: module closed with exit_code(%u)", code);
    bk_str text = error_text(call);
    if (text.n) {
        if (!code) result->exit_code = 1;
        set_words(text, err);
        return bk_err_wrap(err, "plugin error");
    }
    if (code) return bk_err_set(err, BK_ERR, "plugin error: exit code %u", code);
    return take_output(call, err);
}

static bk_status body(void *self, bk_foreign_run *run, bk_err *err) {
    bk_extism_call_ *call = self;
    uint32_t code = 0;
    bk_foreign_end how = bk_foreign_start(run, &code, err);
    if (how != BK_FOREIGN_RETURNED) return early_end(how, code, "failed to create existing plugin: instantiating module", err);
    BK_TRY(set_input(call, err));
    BK_TRY(initialise(call, run, err));
    how = bk_foreign_call(run, call->entry, &code, err);
    return conclude(call, how, code, err);
}

bk_status bk_extism_call(bk_foreign *module, const bk_extism_options *options, bk_extism_result *result, bk_err *err) {
    bk_extism_call_ call;
    *result = BK_EXTISM_RESULT_INIT;
    bk_status status = begin(&call, module, options, err);
    call.result = result;
    if (status == BK_OK) status = check(&call, err);
    if (status == BK_OK) {
        bk_foreign_plan plan = {.limits = {call.limits.max_pages * PAGE, call.limits.guest_ms, call.limits.wall_ms},
                                .self = &call,
                                .resolve = resolve,
                                .body = body};
        status = bk_foreign_run_plan(module, &plan, err);
    }
    end(&call);
    if (status != BK_OK && !result->exited) result->exit_code = 1;
    return status;
}

void bk_extism_result_release(bk_extism_result *result) {
    bk_buf_release(&result->output);
    *result = BK_EXTISM_RESULT_INIT;
}
