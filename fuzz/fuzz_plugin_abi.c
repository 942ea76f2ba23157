// links: host
/* The imports of plugins with random handles, lengths and addresses: every function of extism:host/env and of WASI, called in any order with arguments
 * that the input chooses. The compartment is a stand-in: 64 KiB of memory and no instructions, so what runs is our side alone. */
#include <stdarg.h>
#include <stdlib.h>

#include "fuzz.h"
#include "plugin/extism.h"
#include "sandbox/foreign.h"

#define MEMORY 65536u
#define CALLS 400u

struct bk_foreign_run {
    uint8_t memory[MEMORY];
    const bk_foreign_plan *plan;
    bool stopped;
};

static const char *const names[][2] = {
#define BK_WASI(name, type) {"wasi_snapshot_preview1", #name},
#include "plugin/wasi.def"
#undef BK_WASI
    {"extism:host/env", "alloc"},         {"extism:host/env", "free"},           {"extism:host/env", "length"},
    {"extism:host/env", "load_u8"},       {"extism:host/env", "load_u64"},       {"extism:host/env", "store_u8"},
    {"extism:host/env", "store_u64"},     {"extism:host/env", "input_length"},   {"extism:host/env", "input_offset"},
    {"extism:host/env", "input_load_u8"}, {"extism:host/env", "input_load_u64"}, {"extism:host/env", "input_set"},
    {"extism:host/env", "output_set"},    {"extism:host/env", "output_length"},  {"extism:host/env", "output_offset"},
    {"extism:host/env", "error_set"},     {"extism:host/env", "error_get"},      {"extism:host/env", "reset"},
    {"extism:host/env", "memory_bytes"},  {"extism:host/env", "config_get"},     {"extism:host/env", "var_get"},
    {"extism:host/env", "var_set"},       {"extism:host/env", "http_request"},   {"extism:host/env", "http_headers"},
    {"extism:host/env", "log_info"},      {"extism:host/user", "helm_log"},
};

static bk_str input_bytes;

/* ---- the stand-in: everything of sandbox/foreign.h that a call uses ---- */

static const bk_foreign_extern entry = {.name = {"f", 1}, .kind = {"func", 4}, .type = {"v_v", 3}};

uint32_t bk_foreign_pages(const bk_foreign *module) { return module ? 2 : 1; }
const bk_foreign_extern *bk_foreign_find_export(const bk_foreign *module, bk_str name) {
    return module || !bk_str_eq(name, entry.name) ? NULL : &entry;
}
bk_status bk_foreign_check_imports(const bk_foreign *module, const bk_foreign_plan *plan, bk_err *err) {
    return module ? BK_OK : plan->resolve ? BK_OK : bk_err_internal(err, "no plan");
}
bk_foreign_end bk_foreign_start(bk_foreign_run *run, uint32_t *ret_code, bk_err *err) {
    (void)run;
    (void)ret_code;
    (void)err;
    return BK_FOREIGN_RETURNED;
}

bool bk_foreign_stop(bk_foreign_run *run, const char *fmt, ...) {
    bk_err err = BK_ERR_INIT;
    va_list args;
    va_start(args, fmt);
    bk_err_setv(&err, BK_ERR_TRAP, fmt, args);
    va_end(args);
    bk_err_release(&err);
    run->stopped = true;
    return false;
}
bool bk_foreign_stop_err(bk_foreign_run *run, bk_err *err) {
    FUZZ_CHECK(err->code != BK_OK);
    bk_err_release(err);
    run->stopped = true;
    return false;
}
bool bk_foreign_stop_exit(bk_foreign_run *run, uint32_t code) { return bk_foreign_stop(run, "exit %u", code); }
uint8_t *bk_foreign_range(bk_foreign_run *run, uint64_t at, uint64_t n) { return at > MEMORY || n > MEMORY - at ? NULL : run->memory + at; }
uint32_t bk_foreign_time_left(const bk_foreign_run *run, bool waiting) {
    (void)run;
    return waiting;
}
uint64_t bk_foreign_elapsed(const bk_foreign_run *run) {
    (void)run;
    return 1;
}
void bk_foreign_wait_begin(bk_foreign_run *run, bool terminal) {
    (void)run;
    (void)terminal;
}
void bk_foreign_work_begin(const bk_foreign_run *run) { (void)run; }
void bk_foreign_wait_end(bk_foreign_run *run) { (void)run; }

/* ---- the input as a plugin ---- */

static uint8_t next_byte(void) {
    uint8_t b = input_bytes.n ? (uint8_t)*input_bytes.p : 0;
    input_bytes = bk_str_from(input_bytes, 1);
    return b;
}

/* Small numbers mostly: handles, addresses and lengths that hit; now and then one at an edge. */
static uint64_t argument(uint64_t last) {
    uint8_t how = next_byte();
    uint64_t v = next_byte();
    switch (how % 8) {
    case 0: return v;
    case 1: return last;
    case 2: return last + v;
    case 3: return v << 8 | next_byte();
    case 4: return MEMORY - (v & 31);
    case 5: return UINT64_MAX - (v & 15);
    case 6: return (uint64_t)1 << (v & 63);
    default: return 77 + v;
    }
}

bk_foreign_end bk_foreign_call(bk_foreign_run *run, bk_str name, uint32_t *ret_code, bk_err *err) {
    (void)name;
    uint64_t last = 0;
    for (unsigned i = 0; i < CALLS && input_bytes.n && !run->stopped; i++) {
        const char *const *which = names[next_byte() % BK_COUNT(names)];
        if (bk_str_eq(bk_str_c(which[1]), BK_S("poll_oneoff"))) continue; /* it may sleep */
        bk_foreign_extern import = {
            .module = bk_str_c(which[0]), .name = bk_str_c(which[1]), .kind = BK_S("func"), .type = BK_S("i64_i64")};
        bk_foreign_import_def def;
        FUZZ_CHECK(run->plan->resolve(run->plan->self, &import, &def, err));
        uint64_t args[BK_FOREIGN_PARAMS] = {0};
        bool wide = import.module.p[0] == 'e';
        for (unsigned a = 0; a < 9; a++) {
            args[a] = argument(last);
            if (!wide) args[a] = (uint32_t)args[a];
        }
        if (!def.fn(run, def.self, args)) break;
        last = args[0];
    }
    *ret_code = 0;
    if (!run->stopped) return BK_FOREIGN_RETURNED;
    bk_err_set(err, BK_ERR_TRAP, "stopped");
    return BK_FOREIGN_STOPPED;
}

bk_status bk_foreign_run_plan(bk_foreign *module, const bk_foreign_plan *plan, bk_err *err) {
    (void)module;
    bk_foreign_run *run = calloc(1, sizeof *run);
    if (!run) return bk_err_nomem(err);
    run->plan = plan;
    for (uint32_t i = 0; i < MEMORY; i++) run->memory[i] = i < input_bytes.n ? (uint8_t)input_bytes.p[i] : (uint8_t)(i * 7 >> 3);
    bk_status status = plan->body(plan->self, run, err);
    free(run);
    return status;
}

/* ---- the world around it ---- */

static bk_status on_http(void *self, const bk_extism_http_request *request, bk_extism_http_response *response, bk_err *err) {
    (void)self;
    if (request->header_count > 3) return bk_err_set(err, BK_ERR, "too many");
    response->status = 200;
    bk_buf_str(&response->body, request->url);
    return bk_extism_http_header_add(response, request->method, request->url) ? BK_OK : bk_err_nomem(err);
}

static bk_status on_log(void *self, bk_str request, uint32_t timeout_ms, bk_buf *answer, bk_err *err) {
    (void)self;
    (void)timeout_ms;
    if (request.n % 3 == 2) return bk_err_set(err, BK_ERR, "\"%.*s\"", BK_FMT(request));
    bk_buf_str(answer, request);
    return BK_OK;
}

FUZZ(text) {
    (void)arena;
    input_bytes = text;
    const bk_extism_function function = {BK_S("helm_log"), NULL, on_log, false};
    const bk_extism_pair config = {BK_S(""), BK_S("value")};
    const bk_str words[] = {BK_S("A=b"), BK_S("")};
    bk_extism_options o = {.entry = BK_S("f"),
                           .input = bk_str_sub(text, 0, 300),
                           .config = &config,
                           .config_count = 1,
                           .limits = {.abi_bytes = 1 << 20, .tree_bytes = 1 << 16, .output = 1 << 18},
                           .wasi = {.args = words, .arg_count = 2, .env = words, .env_count = 2, .tempdir = true},
                           .http = on_http,
                           .functions = &function,
                           .function_count = 1,
                           .log_level = BK_EXTISM_LOG_OFF};
    bk_extism_result r;
    bk_status status = bk_extism_call(NULL, &o, &r, err);
    FUZZ_CHECK((status == BK_OK) == (err->code == BK_OK) && r.output.n <= 1 << 18 && (status == BK_OK || r.exit_code));
    bk_extism_result_release(&r);
}
