/* The Extism host against plugins that try things (hostile.c), and against modules that no compiler writes. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "assemble.h"
#include "plugin/extism.h"
#include "test.h"

static bk_buf file_of(const char *name) {
    char path[4096];
    bk_buf b;
    bk_buf_init(&b, NULL, 0);
    snprintf(path, sizeof path, BK_PLUGIN_DIR "/%s.wasm", name);
    FILE *f = fopen(path, "rb");
    CHECK(f != NULL);
    for (size_t n = 1; f && n;) {
        char *to = bk_buf_reserve(&b, 65536);
        n = to ? fread(to, 1, 65536, f) : 0;
        b.n += n;
    }
    if (f) fclose(f);
    return b;
}

static bk_foreign *load(const char *name) {
    bk_buf wasm = file_of(name);
    bk_err err = BK_ERR_INIT;
    bk_foreign *module = NULL;
    CHECK_OK(bk_foreign_load(bk_buf_view(&wasm), NULL, &module, &err), &err);
    if (!module) exit(1);
    bk_buf_release(&wasm);
    return module;
}

static bk_foreign *hostile(void) {
    static bk_foreign *module;
    if (!module) module = load("hostile");
    return module;
}

static uint64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Calls and compares: `want` is the output, or the error when `status` is none. */
static void expect_of(int line, bk_foreign *module, bk_extism_options *o, bk_status status, uint32_t exit_code, const char *want) {
    bk_err err = BK_ERR_INIT;
    bk_extism_result r;
    bk_status got = bk_extism_call(module, o, &r, &err);
    bk_str text = got == BK_OK ? bk_buf_view(&r.output) : bk_err_message(&err);
    if (got != status || r.exit_code != exit_code || !bk_str_eq(text, bk_str_c(want))) {
        test_failures++;
        printf("%d: %.*s: status %d exit %u [%.*s]\n   want status %d exit %u [%s]\n", line, BK_FMT(o->entry), got, r.exit_code,
               BK_FMT(text), status, exit_code, want);
    }
    bk_extism_result_release(&r);
    bk_err_release(&err);
}

static bk_extism_options entry(const char *name) {
    return (bk_extism_options){.entry = bk_str_c(name), .log_level = BK_EXTISM_LOG_OFF, .limits = {.guest_ms = 20000, .max_pages = 512}};
}

#define EXPECT(name, status, code, want) \
    do { \
        bk_extism_options o_ = entry(name); \
        o_.input = BK_S("twenty bytes of text"); \
        expect_of(__LINE__, hostile(), &o_, status, code, want); \
    } while (0)

TEST(ends) {
    EXPECT("echo", BK_OK, 0, "twenty bytes of text");
    EXPECT("returns_7", BK_ERR, 7, "plugin error: exit code 7");
    EXPECT("returns_70000", BK_ERR, 255, "plugin error: exit code 70000");
    EXPECT("returns_nothing", BK_OK, 0, "void");
    EXPECT("exits_0", BK_OK, 0, "left");
    EXPECT("exits_3", BK_ERR, 3, "plugin error: module closed with exit_code(3)");
    EXPECT("exits_300", BK_ERR, 255, "plugin error: module closed with exit_code(300)");
    EXPECT("sets_error", BK_ERR, 1, "plugin error: it is \x1b[31mred");
    EXPECT("sets_error_4", BK_ERR, 4, "plugin error: four");
    EXPECT("clears_error", BK_OK, 0, "fine");
    EXPECT("has_params", BK_ERR, 1, "plugin error: expected 2 params, but passed 0");
    EXPECT("not_there", BK_ERR, 1, "plugin error: unknown function: not_there");
    EXPECT("memory", BK_ERR, 1, "plugin error: unknown function: memory");
    EXPECT("traps", BK_ERR_TRAP, 1, "plugin error: wasm error: unreachable");
    EXPECT("divides", BK_ERR_TRAP, 1, "plugin error: wasm error: integer divide by zero");
    EXPECT("reads_beyond", BK_ERR_TRAP, 1, "plugin error: wasm error: out of bounds memory access");
    EXPECT("recurses", BK_ERR_TRAP, 1, "plugin error: wasm error: out of bounds memory access");
}

TEST(empty_input) {
    bk_extism_options o = entry("echo");
    expect_of(__LINE__, hostile(), &o, BK_OK, 0, "");
}

/* Within a second of the limit, whatever the guest does. */
TEST(time) {
    static const char *const names[] = {"loops", "loops_in_host", "sleeps"};
    for (size_t i = 0; i < BK_COUNT(names); i++) {
        bk_extism_options o = entry(names[i]);
        o.limits.guest_ms = 1000;
        uint64_t before = now_ms();
        expect_of(__LINE__, hostile(), &o, BK_ERR_TIMEOUT, 1,
                  "plugin error: module closed with context deadline exceeded (limit: 1.000 s of guest time)");
        CHECK(now_ms() - before < 10000); /* a second, on a machine with nothing else to do */
        o.limits.guest_ms = 0;
        o.limits.wall_ms = 1000;
        expect_of(__LINE__, hostile(), &o, BK_ERR_TIMEOUT, 1,
                  "plugin error: module closed with context deadline exceeded (limit: 1.000 s by the wall)");
    }
    EXPECT("naps", BK_OK, 0, "1 slept");
}

TEST(initialisation) {
    static const struct {
        const char *module;
        bk_status status;
        uint32_t code;
        const char *want;
    } cases[] = {
        {"init", BK_OK, 0, "1"},
        {"init_haskell", BK_OK, 0, "12"},
        {"init_exits", BK_ERR, 1, "plugin error: failed to initialize runtime: module closed with exit_code(5)"},
        {"init_loops", BK_ERR_TIMEOUT, 1,
         "plugin error: failed to initialize runtime: module closed with context deadline exceeded (limit: 1.000 s of guest time)"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_foreign *module = load(cases[i].module);
        bk_extism_options o = entry("helm_plugin_main");
        o.limits.guest_ms = cases[i].status == BK_ERR_TIMEOUT ? 1000 : 20000;
        expect_of(__LINE__, module, &o, cases[i].status, cases[i].code, cases[i].want);
        bk_foreign_free(module);
    }
}

TEST(memory) {
    bk_extism_options o = entry("grows");
    o.limits.max_pages = 64;
    expect_of(__LINE__, hostile(), &o, BK_OK, 0, "51"); /* steps of 16 from 3 */
    o.limits.max_pages = 2;
    expect_of(
        __LINE__, hostile(), &o, BK_ERR_LIMIT, 1,
        "failed to create existing plugin: section memory: min 3 pages (192 Ki) over limit of 2 pages (128 Ki); the plugin needs maxPages: 3 at "
        "least");
    o = entry("allocs_all");
    o.limits.abi_bytes = 1 << 20;
    expect_of(__LINE__, hostile(), &o, BK_OK, 0, "1048512");
    o.entry = BK_S("allocs_many");
    o.limits.abi_bytes = 100000;
    expect_of(__LINE__, hostile(), &o, BK_OK, 0, "99936");
    o.entry = BK_S("echo");
    o.input = BK_S("more than ten bytes");
    o.limits.abi_bytes = 10;
    expect_of(__LINE__, hostile(), &o, BK_ERR_LIMIT, 1, "plugin error: input in bytes: more than the limit of 10");
}

TEST(blocks) {
    EXPECT("corrupts", BK_OK, 0, "11 12 second block 0");
    EXPECT("bad_handles", BK_OK, 0, "238 0 kept");
    EXPECT("load_beyond", BK_ERR_TRAP, 1, "plugin error: could not read value at offset: 4000000000");
    EXPECT("store_beyond", BK_ERR_TRAP, 1, "plugin error: could not write value '5' at offset: 2000000000");
    EXPECT("config_of_bad_handle", BK_ERR_TRAP, 1, "plugin error: failed to read config name from memory: invalid memory block");
    EXPECT("error_of_bad_handle", BK_OK, 0, "passed");
    EXPECT("frees_its_output", BK_OK, 0, "still here");
    EXPECT("frees_its_input", BK_OK, 0, "20 0");
    EXPECT("resets", BK_OK, 0, "0");
}

TEST(vars_and_config) {
    const bk_extism_pair config[] = {{BK_S("name"), BK_S("value")}, {BK_S("empty"), BK_S("")}};
    bk_extism_options o = entry("asks_config");
    o.config = config;
    o.config_count = 2;
    expect_of(__LINE__, hostile(), &o, BK_OK, 0, "value 0");
    /* And again: nothing of the first call is left. */
    EXPECT("keeps_vars", BK_OK, 0, "0 22 0");
    EXPECT("keeps_vars", BK_OK, 0, "0 22 0");
    EXPECT("overfills_vars", BK_ERR_TRAP, 1, "plugin error: Variable store is full");
    o = entry("keeps_vars");
    o.limits.var_bytes = BK_EXTISM_NONE;
    expect_of(__LINE__, hostile(), &o, BK_ERR_TRAP, 1, "plugin error: Vars are disabled by this host");
    EXPECT("state", BK_OK, 0, "1");
    EXPECT("state", BK_OK, 0, "1");
}

/* ---- streams ---- */

typedef struct tape {
    bk_buf text;
    uint64_t bytes;
    const char *input;
    bool endless;
} tape;

static bk_status tape_write(void *self, bk_str bytes, uint32_t timeout_ms, bk_err *err) {
    tape *t = self;
    (void)err;
    CHECK(timeout_ms > 0);
    if (t->text.n < 100) bk_buf_str(&t->text, bytes);
    t->bytes += bytes.n;
    return BK_OK;
}

static bk_status tape_read(void *self, char *to, size_t n, uint32_t timeout_ms, size_t *ret_n, bk_err *err) {
    tape *t = self;
    (void)timeout_ms;
    (void)err;
    size_t have = strlen(t->input);
    if (have > n) have = n;
    memcpy(to, t->input, have);
    if (!t->endless) t->input += have;
    *ret_n = have;
    return BK_OK;
}

TEST(streams) {
    tape out = {0}, errs = {0}, in = {.input = "typed\n"};
    bk_buf_init(&out.text, NULL, 0);
    bk_buf_init(&errs.text, NULL, 0);
    bk_extism_options o = entry("speaks");
    o.wasi.out = (bk_wasi_stream){.self = &out, .write = tape_write};
    o.wasi.err_ = (bk_wasi_stream){.self = &errs, .write = tape_write};
    o.wasi.in = (bk_wasi_stream){.self = &in, .read = tape_read};
    expect_of(__LINE__, hostile(), &o, BK_OK, 0, "");
    CHECK_STR(bk_buf_view(&out.text), "out\ntyped\n");
    CHECK_STR(bk_buf_view(&errs.text), "err\n");
    o.entry = BK_S("floods_stdout");
    out.bytes = 0;
    expect_of(__LINE__, hostile(), &o, BK_ERR_LIMIT, 1, "plugin error: stdout: more than the limit of 67108864 bytes");
    CHECK(out.bytes == 64 << 20);
    o.entry = BK_S("reads_stdin_forever");
    o.limits.stdin_ = 1000;
    in = (tape){.input = "abc", .endless = true};
    expect_of(__LINE__, hostile(), &o, BK_ERR_LIMIT, 1, "plugin error: stdin: more than the limit of 1000 bytes");
    bk_buf_release(&out.text);
    bk_buf_release(&errs.text);
    /* Streams that nobody gave. */
    EXPECT("speaks", BK_OK, 0, "");
    EXPECT("outputs_256m", BK_ERR_LIMIT, 1, "plugin error: output in bytes: more than the limit of 134217728");
}

/* A pipe that nobody writes to: the wall ends it. On a "terminal" it would wait. */
TEST(silent_stdin) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    bk_extism_options o = entry("speaks");
    o.wasi.in = bk_wasi_stream_fd(ends[0]);
    o.limits.wall_ms = 1000;
    uint64_t before = now_ms();
    expect_of(__LINE__, hostile(), &o, BK_ERR_TIMEOUT, 1, "plugin error: stdin: nothing came through within the time limit");
    CHECK(now_ms() - before < 10000); /* a second, on a machine with nothing else to do */
    CHECK(write(ends[1], "late", 4) == 4);
    close(ends[1]);
    o.limits.wall_ms = 0;
    expect_of(__LINE__, hostile(), &o, BK_OK, 0, "");
    close(ends[0]);
}

static bk_status slow_read(void *self, char *to, size_t n, uint32_t timeout_ms, size_t *ret_n, bk_err *err) {
    (void)self;
    (void)err;
    (void)n;
    CHECK(timeout_ms == UINT32_MAX);
    usleep(300000);
    *to = 'x';
    *ret_n = 1;
    return BK_OK;
}

/* Thinking at a terminal is nobody's time. */
TEST(terminal_waits_are_free) {
    bk_extism_options o = entry("speaks");
    o.wasi.in = (bk_wasi_stream){.terminal = true, .read = slow_read};
    o.limits.guest_ms = o.limits.wall_ms = 250;
    expect_of(__LINE__, hostile(), &o, BK_OK, 0, "");
}

/* ---- the machine ---- */

TEST(random_numbers) {
    bk_err err = BK_ERR_INIT;
    bk_extism_result a, b;
    bk_extism_options o = entry("random");
    CHECK_OK(bk_extism_call(hostile(), &o, &a, &err), &err);
    CHECK_OK(bk_extism_call(hostile(), &o, &b, &err), &err);
    CHECK(!bk_str_eq(bk_buf_view(&a.output), bk_buf_view(&b.output)));
    CHECK(bk_str_starts(bk_buf_view(&a.output), BK_S("0 ")));
    bk_extism_result_release(&a);
    bk_extism_result_release(&b);
    EXPECT("random_too_much", BK_OK, 0, "28 21");
}

TEST(environment) {
    setenv("HELM_KUBETOKEN", "secret", 1);
    EXPECT("environment", BK_OK, 0, "0 0");
    const bk_str env[] = {BK_S("HELM_NAMESPACE=default"), BK_S("A=b")}, args[] = {BK_S("plugin"), BK_S("x")};
    bk_extism_options o = entry("environment");
    o.wasi.env = env;
    o.wasi.env_count = 2;
    o.wasi.args = args;
    o.wasi.arg_count = 2;
    expect_of(__LINE__, hostile(), &o, BK_OK, 0, "2 2 HELM_NAMESPACE=default A=b");
    EXPECT("sockets", BK_OK, 0, "58 58 58 58 58 58 58 58 58 58 58");
    EXPECT("bad_pointers", BK_OK, 0, "21 28 21 28");
}

/* ---- files ---- */

#define EXPECT_TMP(name, want) \
    do { \
        bk_extism_options o_ = entry(name); \
        o_.wasi.tempdir = true; \
        o_.limits.tree_bytes = 4 << 20; \
        expect_of(__LINE__, hostile(), &o_, BK_OK, 0, want); \
    } while (0)

TEST(files) {
    EXPECT("looks_for_files", BK_OK, 0, "0 0");
    EXPECT("links", BK_OK, 0, "8 58 58 58 8 8 8 8 8 8 ");
}

TEST(files_in_tmp) {
    EXPECT_TMP("looks_for_files", "1 1"); /* /tmp itself, by "." */
    EXPECT_TMP("links", "0 58 58 58 44 44 63 63 63 63 ");
    static const char day[] = "./ ../ 0 /tmp 0 0 11 0 0 world 0 0 0 0 ./ ../ g 0 0 hello 0 8 0 ./ ../ ";
    EXPECT_TMP("works_in_tmp", day);
    /* And again: the directory is empty at each call. */
    EXPECT_TMP("works_in_tmp", day);
    EXPECT_TMP("fills_tmp", "0 51 0 51 51 bounded");
    EXPECT_TMP("nests_tmp", "51 bounded");
    EXPECT_TMP("opens_many", "33 bounded");
}

/* ---- http, logs, host functions ---- */

static bk_status answer(void *self, const bk_extism_http_request *q, bk_extism_http_response *r, bk_err *err) {
    (void)err;
    CHECK_STR(q->method, "POST");
    CHECK_STR(q->url, "http://host.example/x");
    CHECK(q->header_count == 1 && bk_str_eq(q->headers[0].key, BK_S("X-A")) && bk_str_eq(q->headers[0].value, BK_S("b")));
    CHECK(q->has_body && bk_str_eq(q->body, BK_S("sent")));
    CHECK(q->max_bytes == 4096);
    r->status = 404;
    bk_buf_fill(&r->body, 'r', *(size_t *)self);
    CHECK(bk_extism_http_header_add(r, BK_S("Set-Cookie"), BK_S("a")) && bk_extism_http_header_add(r, BK_S("set-cookie"), BK_S("b")));
    CHECK(bk_extism_http_header_add(r, BK_S("Age"), BK_S("<1>")));
    return BK_OK;
}

TEST(http) {
    size_t size = 4;
    bk_extism_options o = entry("asks_http");
    expect_of(__LINE__, hostile(), &o, BK_ERR_DENIED, 1, "plugin error: HTTP request to 'http://host.example/x' is not allowed");
    o.http = answer;
    o.http_self = &size;
    expect_of(__LINE__, hostile(), &o, BK_OK, 0, "404 rrrr {\"age\":\"\\u003c1\\u003e\",\"set-cookie\":\"a,b\"}");
    size = 0;
    expect_of(__LINE__, hostile(), &o, BK_OK, 0, "404  {\"age\":\"\\u003c1\\u003e\",\"set-cookie\":\"a,b\"}");
    size = 5000;
    expect_of(__LINE__, hostile(), &o, BK_ERR_LIMIT, 1,
              "plugin error: http: request body too large (limit: 4096 bytes, see maxHttpResponseBytes)");
    o.entry = BK_S("asks_http_badly");
    expect_of(__LINE__, hostile(), &o, BK_ERR, 1, "plugin error: invalid http request: url is no string");
}

static void note(void *self, bk_extism_log level, bk_str message) { bk_buf_printf(self, "%d:%.*s;", (int)level, BK_FMT(message)); }

TEST(logs) {
    bk_buf seen = {0};
    bk_buf_init(&seen, NULL, 0);
    EXPECT("logs", BK_OK, 0, "2147483647");
    bk_extism_options o = entry("logs");
    o.log = note;
    o.log_self = &seen;
    o.log_level = BK_EXTISM_LOG_WARN;
    expect_of(__LINE__, hostile(), &o, BK_OK, 0, "3");
    CHECK_STR(bk_buf_view(&seen), "4:went wrong;");
    bk_buf_release(&seen);
}

static bk_status host_log(void *self, bk_str request, uint32_t timeout_ms, bk_buf *out, bk_err *err) {
    (void)timeout_ms;
    if (self) return bk_err_set(err, *(bk_status *)self, "no \"such\" thing");
    bk_buf_c(out, "heard ");
    bk_buf_str(out, request);
    return BK_OK;
}

TEST(host_functions) {
    bk_foreign *module = load("user");
    bk_status status = BK_ERR;
    bk_extism_function list[] = {{BK_S("helm_log"), NULL, host_log, false}, {BK_S("helm_render"), NULL, host_log, false}};
    bk_extism_options o = entry("helm_plugin_main");
    expect_of(
        __LINE__, module, &o, BK_ERR, 1,
        "failed to create existing plugin: instantiating module: the host function \"helm_log\" is not among those that this plugin requests in "
        "hostFunctions and was granted");
    o.functions = list;
    o.function_count = 2;
    expect_of(__LINE__, module, &o, BK_OK, 0, "heard {\"message\":\"hello\"}");
    list[0].self = &status;
    expect_of(__LINE__, module, &o, BK_OK, 0, "{\"error\":{\"message\":\"no \\\"such\\\" thing\"}}");
    status = BK_ERR_DENIED;
    expect_of(__LINE__, module, &o, BK_ERR_DENIED, 1, "plugin error: no \"such\" thing");
    o.entry = BK_S("renders");
    expect_of(__LINE__, module, &o, BK_OK, 0, "");
    bk_foreign_free(module);
}

/* ---- modules that no compiler writes ---- */

static void expect_module(int line, const parts *p, bk_status status, const char *want) {
    bk_buf wasm;
    bk_err err = BK_ERR_INIT;
    bk_foreign *module = NULL;
    assemble(&wasm, p);
    bk_status got = bk_foreign_load(bk_buf_view(&wasm), NULL, &module, &err);
    bk_buf_release(&wasm);
    if (got != BK_OK) {
        bk_str message = bk_err_message(&err);
        if (got != status || !bk_str_starts(message, bk_str_c(want))) {
            test_failures++;
            printf("%d: status %d [%.*s]\n   want %d [%s]\n", line, got, BK_FMT(message), status, want);
        }
    } else {
        bk_extism_options o = entry("helm_plugin_main");
        o.limits.guest_ms = status == BK_ERR_TIMEOUT ? 1000 : 20000;
        o.limits.max_pages = 16;
        expect_of(line, module, &o, status, status != BK_OK, want);
    }
    bk_err_release(&err);
    bk_foreign_free(module);
}

#define MAIN .entry = "helm_plugin_main"
#define BEFORE "failed to create existing plugin: instantiating module: "
static const bk_str loop = {"\x03\x40\x0C\x00\x0B", 5}, unreachable = {"\0", 1};

TEST(modules) {
    expect_module(__LINE__, &(parts){MAIN}, BK_OK, "");
    expect_module(__LINE__, &(parts){MAIN, .start = true}, BK_OK, "");
    expect_module(__LINE__, &(parts){MAIN, .start = true, .start_code = unreachable}, BK_ERR_TRAP, BEFORE "wasm error: unreachable");
    expect_module(__LINE__, &(parts){MAIN, .start = true, .start_code = loop}, BK_ERR_TIMEOUT,
                  BEFORE "module closed with context deadline exceeded (limit: 1.000 s of guest time)");
    expect_module(__LINE__, &(parts){MAIN, .entry_code = loop}, BK_ERR_TIMEOUT,
                  "plugin error: module closed with context deadline exceeded (limit: 1.000 s of guest time)");
    expect_module(__LINE__, &(parts){MAIN, .entry_code = BK_S("\x10\x00")}, BK_ERR_TRAP, "plugin error: stack overflow");
    expect_module(__LINE__, &(parts){.functions = 1}, BK_ERR, "plugin error: unknown function: helm_plugin_main");
    expect_module(__LINE__, &(parts){MAIN, .entry_type = 1, .type1 = bk_str_of("\2\x7F\x7E\0", 4)}, BK_ERR,
                  "plugin error: expected 2 params, but passed 0");
    expect_module(__LINE__, &(parts){MAIN, .entry_type = 1, .type1 = bk_str_of("\0\2\x7F\x7E", 4), .entry_code = unreachable}, BK_ERR,
                  "plugin error: function helm_plugin_main has 2 results, expected 0 or 1");
    expect_module(
        __LINE__, &(parts){MAIN, .memories = 1, .pages = 17}, BK_ERR_LIMIT,
        "failed to create existing plugin: section memory: min 17 pages (1 Mi) over limit of 16 pages (1 Mi); the plugin needs maxPages: 17 at "
        "least");
    expect_module(
        __LINE__, &(parts){MAIN, .memories = 1, .pages = 65536, .no_memory_export = true}, BK_ERR_LIMIT,
        "failed to create existing plugin: section memory: min 65536 pages (4 Gi) over limit of 16 pages (1 Mi); the plugin needs maxPages: "
        "65536 at least");
    expect_module(__LINE__, &(parts){MAIN, .memories = 2, .pages = 1}, BK_ERR, "failed to parse WebAssembly module: multiple memories");
    expect_module(__LINE__, &(parts){MAIN, .memories = 1000, .pages = 1}, BK_ERR, "");
    expect_module(__LINE__, &(parts){MAIN, .tables = 8, .elements = 100}, BK_OK, "");
    expect_module(__LINE__, &(parts){MAIN, .tables = 100, .elements = 1}, BK_ERR_LIMIT,
                  BEFORE "the runtime refuses it: resource limit exceeded: table count too high at 100");
}

TEST(imports) {
    expect_module(__LINE__, &(parts){MAIN, .import_module = "env", .import_name = "f"}, BK_ERR, BEFORE "module[env] not instantiated");
    expect_module(__LINE__, &(parts){MAIN, .import_module = "extism:host/env", .import_name = "f"}, BK_ERR,
                  BEFORE "\"f\" is not exported in module \"extism:host/env\"");
    expect_module(__LINE__, &(parts){MAIN, .import_module = "wasi_snapshot_preview1", .import_name = "sock_open"}, BK_ERR,
                  BEFORE "\"sock_open\" is not exported in module \"wasi_snapshot_preview1\"");
    expect_module(__LINE__, &(parts){MAIN, .import_module = "extism:host/env", .import_name = "alloc"}, BK_ERR,
                  BEFORE "import func[extism:host/env.alloc]: signature mismatch: v_v != i64_i64");
    expect_module(__LINE__, &(parts){MAIN, .import_module = "env", .import_name = "memory", .import_memory = true}, BK_ERR,
                  BEFORE "module[env] not instantiated");
    expect_module(__LINE__, &(parts){MAIN, .import_module = "extism:host/env", .import_name = "alloc", .import_memory = true}, BK_ERR,
                  BEFORE "import memory[extism:host/env.alloc]: a plugin may import functions only");
}

TEST(not_modules) {
    static const struct {
        bk_str bytes;
        const char *want;
    } cases[] = {
        {{"", 0}, "invalid magic number: the file is empty"},
        {{"#!/bin/sh", 9}, "invalid magic number: this is no WebAssembly"},
        {{"\0asm", 4}, "invalid version header: not a core module of version 1"},
        {{"\0asm\x0d\0\1\0", 8}, "invalid version header: not a core module of version 1"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_foreign *module = NULL;
        bk_err err = BK_ERR_INIT;
        CHECK(bk_foreign_load(cases[i].bytes, NULL, &module, &err) == BK_ERR && !module);
        CHECK_STR(bk_err_message(&err), cases[i].want);
        bk_err_release(&err);
    }
    /* Truncated anywhere: an error, never a module, never a crash of ours. */
    bk_buf whole = file_of("init");
    for (size_t n = 9; n < whole.n; n += 97) {
        bk_foreign *module = NULL;
        bk_err err = BK_ERR_INIT;
        bk_status status = bk_foreign_load(bk_str_of(whole.p, n), NULL, &module, &err);
        CHECK(status == BK_OK || status == BK_ERR);
        CHECK(!memchr(bk_err_message(&err).p, '\n', bk_err_message(&err).n));
        bk_err_release(&err);
        bk_foreign_free(module);
    }
    bk_buf_release(&whole);
}

/* Much code for few bytes each, and a limit that it cannot meet. */
TEST(compile_bomb) {
    bk_buf wasm, filler;
    bk_buf_init(&filler, NULL, 0);
    for (size_t i = 0; i < 3000; i++) bk_buf_bytes(&filler, "\x41\x01\x41\x02\x6A\x1A", 6);
    assemble(&wasm, &(parts){MAIN, .functions = 2000, .filler_code = bk_buf_view(&filler)});
    bk_foreign *module = NULL;
    bk_err err = BK_ERR_INIT;
    bk_foreign_load_options options = {.compile_ms = 200};
    uint64_t before = now_ms();
    CHECK(bk_foreign_load(bk_buf_view(&wasm), &options, &module, &err) == BK_ERR_TIMEOUT);
    CHECK_STR(bk_err_message(&err), "compiling the module took longer than its limit of 0.200 s");
    CHECK(now_ms() - before < 10000);
    bk_err_release(&err);
    bk_buf_release(&wasm);
    bk_buf_release(&filler);
}

int main(void) { return test_main(); }
