/* wasm-test MODULE [NAME…]: runs a test program that was compiled to wasm32-wasi; the names are its arguments.
 *
 * Unit tests run here as well as natively, because size_t and long have 32 bits on this side. They print, read files and exit, so
 * that is the WASI there is; any other call traps. A tool of the tests: the shipped sandbox has no such door. */
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wasm.h>
#include <wasmtime.h>

#include "sandbox/config.h"

enum { ERRNO_OK = 0, ERRNO_BADF = 8, ERRNO_FAULT = 21, ERRNO_IO = 29, ERRNO_NFILE = 41, ERRNO_NOENT = 44, ERRNO_SPIPE = 70 };
/* The root folder is the guest's descriptor 3; files follow. */
enum { ROOT = 3, FIRST_FILE = 4, FILES = 16 };

typedef struct run {
    int argc;
    char **argv;
    int files[FILES]; /* descriptors of ours; 0: free */
    bool exited;
    int code;
} run;

/* The guest's bytes [at, at + n), NULL when they reach beyond its memory. */
static uint8_t *guest_bytes(wasmtime_caller_t *caller, uint32_t at, size_t n) {
    wasmtime_extern_t memory;
    if (!wasmtime_caller_export_get(caller, "memory", 6, &memory) || memory.kind != WASMTIME_EXTERN_MEMORY) return NULL;
    wasmtime_context_t *context = wasmtime_caller_context(caller);
    size_t size = wasmtime_memory_data_size(context, &memory.of.memory);
    if (at > size || n > size - at) return NULL;
    return wasmtime_memory_data(context, &memory.of.memory) + at;
}

static uint32_t read_u32(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }

static bool write_u32(wasmtime_caller_t *caller, uint32_t at, uint32_t value) {
    uint8_t *p = guest_bytes(caller, at, 4);
    if (p) memcpy(p, &(uint8_t[4]){(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)}, 4);
    return p != NULL;
}

static wasm_trap_t *answer(wasmtime_val_t *result, int32_t errno_value) {
    result->kind = WASMTIME_I32;
    result->of.i32 = errno_value;
    return NULL;
}

#define CALL(name) \
    static wasm_trap_t *name(void *env, wasmtime_caller_t *caller, const wasmtime_val_t *in, size_t n_in, wasmtime_val_t *out, size_t n_out)
#define ARG(i) ((uint32_t)in[i].of.i32)
#define UNUSED() (void)env, (void)caller, (void)in, (void)n_in, (void)out, (void)n_out

CALL(fd_write) {
    UNUSED();
    uint32_t total = 0, count = ARG(2);
    if (ARG(0) != 1 && ARG(0) != 2) return answer(out, ERRNO_BADF);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *vec = guest_bytes(caller, ARG(1) + 8 * i, 8);
        if (!vec) return answer(out, ERRNO_FAULT);
        uint32_t n = read_u32(vec + 4);
        const uint8_t *bytes = guest_bytes(caller, read_u32(vec), n);
        if (!bytes) return answer(out, ERRNO_FAULT);
        fwrite(bytes, 1, n, ARG(0) == 1 ? stdout : stderr);
        total += n;
    }
    return answer(out, write_u32(caller, ARG(3), total) ? ERRNO_OK : ERRNO_FAULT);
}

static int *file_of(run *self, uint32_t fd) {
    return fd >= FIRST_FILE && fd < FIRST_FILE + FILES && self->files[fd - FIRST_FILE] ? &self->files[fd - FIRST_FILE] : NULL;
}

CALL(fd_close) {
    UNUSED();
    int *file = file_of(env, ARG(0));
    if (file) {
        close(*file);
        *file = 0;
    }
    return answer(out, ERRNO_OK);
}

CALL(fd_seek) {
    UNUSED();
    int *file = file_of(env, ARG(0));
    if (!file) return answer(out, ERRNO_SPIPE);
    off_t at = lseek(*file, in[1].of.i64, (int[]){SEEK_SET, SEEK_CUR, SEEK_END}[ARG(2) % 3]);
    if (at < 0) return answer(out, ERRNO_IO);
    bool ok = write_u32(caller, ARG(3), (uint32_t)at) && write_u32(caller, ARG(3) + 4, (uint32_t)((uint64_t)at >> 32));
    return answer(out, ok ? ERRNO_OK : ERRNO_FAULT);
}

CALL(fd_read) {
    UNUSED();
    uint32_t total = 0, count = ARG(2);
    int *file = file_of(env, ARG(0));
    if (!file) return answer(out, ERRNO_BADF);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *vec = guest_bytes(caller, ARG(1) + 8 * i, 8);
        if (!vec) return answer(out, ERRNO_FAULT);
        uint32_t n = read_u32(vec + 4);
        uint8_t *bytes = guest_bytes(caller, read_u32(vec), n);
        ssize_t got = bytes ? read(*file, bytes, n) : -1;
        if (got < 0) return answer(out, ERRNO_IO);
        total += (uint32_t)got;
        if (got < (ssize_t)n) break;
    }
    return answer(out, write_u32(caller, ARG(3), total) ? ERRNO_OK : ERRNO_FAULT);
}

CALL(fd_prestat_get) {
    UNUSED();
    if (ARG(0) != ROOT) return answer(out, ERRNO_BADF);
    return answer(out, write_u32(caller, ARG(1), 0) && write_u32(caller, ARG(1) + 4, 1) ? ERRNO_OK : ERRNO_FAULT);
}

CALL(fd_prestat_dir_name) {
    UNUSED();
    uint8_t *name = guest_bytes(caller, ARG(1), 1);
    if (name) *name = '/';
    return answer(out, name ? ERRNO_OK : ERRNO_FAULT);
}

/* Kind of the descriptor (3 folder, 4 file), flags, and all rights. */
CALL(fd_fdstat_get) {
    UNUSED();
    uint8_t *stat = guest_bytes(caller, ARG(1), 24);
    if (ARG(0) != ROOT && !file_of(env, ARG(0))) return answer(out, ERRNO_BADF);
    if (!stat) return answer(out, ERRNO_FAULT);
    memset(stat, 0, 8);
    memset(stat + 8, 0xFF, 16);
    stat[0] = ARG(0) == ROOT ? 3 : 4;
    return answer(out, ERRNO_OK);
}

/* For reading only, whatever was asked for. */
CALL(path_open) {
    UNUSED();
    run *self = env;
    char path[4096] = "/";
    uint32_t n = ARG(3), slot = 0;
    const uint8_t *name = guest_bytes(caller, ARG(2), n);
    if (!name || n > sizeof path - 2) return answer(out, ERRNO_FAULT);
    memcpy(path + 1, name, n);
    while (slot < FILES && self->files[slot]) slot++;
    if (slot == FILES) return answer(out, ERRNO_NFILE);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return answer(out, ERRNO_NOENT);
    self->files[slot] = fd;
    return answer(out, write_u32(caller, ARG(8), FIRST_FILE + slot) ? ERRNO_OK : ERRNO_FAULT);
}

CALL(args_sizes_get) {
    UNUSED();
    run *self = env;
    size_t bytes = 0;
    for (int i = 0; i < self->argc; i++) bytes += strlen(self->argv[i]) + 1;
    bool ok = write_u32(caller, ARG(0), (uint32_t)self->argc) && write_u32(caller, ARG(1), (uint32_t)bytes);
    return answer(out, ok ? ERRNO_OK : ERRNO_FAULT);
}

CALL(args_get) {
    UNUSED();
    run *self = env;
    uint32_t at = ARG(1);
    for (int i = 0; i < self->argc; i++) {
        size_t n = strlen(self->argv[i]) + 1;
        uint8_t *p = guest_bytes(caller, at, n);
        if (!p || !write_u32(caller, ARG(0) + 4 * (uint32_t)i, at)) return answer(out, ERRNO_FAULT);
        memcpy(p, self->argv[i], n);
        at += (uint32_t)n;
    }
    return answer(out, ERRNO_OK);
}

CALL(proc_exit) {
    UNUSED();
    run *self = env;
    self->exited = true;
    self->code = (int)ARG(0);
    return wasmtime_trap_new("exit", 4);
}

/* Parameters: i 32 bits, I 64 bits; all but proc_exit answer an errno. */
static const struct {
    const char *name, *params;
    wasmtime_func_callback_t call;
} calls[] = {
    {"fd_write", "iiii", fd_write},
    {"fd_read", "iiii", fd_read},
    {"fd_close", "i", fd_close},
    {"fd_seek", "iIii", fd_seek},
    {"fd_fdstat_get", "ii", fd_fdstat_get},
    {"fd_prestat_get", "ii", fd_prestat_get},
    {"fd_prestat_dir_name", "iii", fd_prestat_dir_name},
    {"path_open", "iiiiiIIii", path_open},
    {"args_sizes_get", "ii", args_sizes_get},
    {"args_get", "ii", args_get},
    {"proc_exit", "i", proc_exit},
};

static void fail(const char *what, wasmtime_error_t *error, wasm_trap_t *trap) {
    wasm_byte_vec_t message = {0};
    if (error) wasmtime_error_message(error, &message);
    else if (trap) wasm_trap_message(trap, &message);
    fflush(stdout);
    fprintf(stderr, "wasm-test: %s: %.*s\n", what, (int)message.size, message.data ? message.data : "");
    exit(2);
}

static void define_calls(wasmtime_linker_t *linker, run *self) {
    static const char module[] = "wasi_snapshot_preview1";
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        wasm_valtype_t *types[9];
        size_t n = strlen(calls[i].params);
        for (size_t p = 0; p < n; p++) types[p] = calls[i].params[p] == 'I' ? wasm_valtype_new_i64() : wasm_valtype_new_i32();
        wasm_valtype_vec_t params, results;
        wasm_valtype_vec_new(&params, n, types);
        if (calls[i].call == proc_exit) wasm_valtype_vec_new_empty(&results);
        else wasm_valtype_vec_new(&results, 1, &(wasm_valtype_t *){wasm_valtype_new_i32()});
        wasm_functype_t *type = wasm_functype_new(&params, &results);
        wasmtime_error_t *error = wasmtime_linker_define_func(linker, module, sizeof module - 1, calls[i].name, strlen(calls[i].name), type,
                                                              calls[i].call, self, NULL);
        if (error) fail(calls[i].name, error, NULL);
        wasm_functype_delete(type);
    }
}

static wasmtime_module_t *load(wasm_engine_t *engine, const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) fail(path, NULL, NULL);
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(size);
    if (!bytes || fread(bytes, 1, size, file) != size) fail(path, NULL, NULL);
    fclose(file);
    wasmtime_module_t *module = NULL;
    wasmtime_error_t *error = wasmtime_module_new(engine, bytes, size, &module);
    if (error) fail(path, error, NULL);
    free(bytes);
    return module;
}

static void *guest_main(void *argument) {
    run *self = argument;
    wasm_config_t *config = bk_sandbox_config_new(BK_SANDBOX_OWN);
    /* Compiled for one run: quickly rather than well. */
    wasmtime_config_cranelift_opt_level_set(config, WASMTIME_OPT_LEVEL_NONE);
    wasm_engine_t *engine = wasm_engine_new_with_config(config);
    wasmtime_module_t *module = load(engine, self->argv[0]);
    wasmtime_store_t *store = wasmtime_store_new(engine, NULL, NULL);
    wasmtime_context_t *context = wasmtime_store_context(store);
    wasmtime_context_set_epoch_deadline(context, 1);
    wasmtime_linker_t *linker = wasmtime_linker_new(engine);
    define_calls(linker, self);

    wasmtime_error_t *error = wasmtime_linker_define_unknown_imports_as_traps(linker, module);
    if (error) fail("imports", error, NULL);
    wasm_trap_t *trap = NULL;
    wasmtime_instance_t instance;
    error = wasmtime_linker_instantiate(linker, context, module, &instance, &trap);
    if (error || trap) fail("instantiation", error, trap);
    wasmtime_extern_t start;
    if (!wasmtime_instance_export_get(context, &instance, "_start", 6, &start)) fail("no _start", NULL, NULL);
    error = wasmtime_func_call(context, &start.of.func, NULL, 0, NULL, 0, &trap);
    if ((error || trap) && !self->exited) fail("run", error, trap);
    fflush(stdout);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc < 2) fail("usage: wasm-test MODULE [NAME…]", NULL, NULL);
    run self = {.argc = argc - 1, .argv = argv + 1};
    pthread_t thread;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, BK_SANDBOX_WASM_STACK + ((size_t)1 << 20));
    if (pthread_create(&thread, &attr, guest_main, &self) != 0) fail("no thread", NULL, NULL);
    pthread_join(thread, NULL);
    return self.exited ? self.code : 0;
}
