/* precompile TRIPLE IN.wasm OUT.cwasm: compiles a module ahead of time, with the configuration that the program will load it with.
 *
 * The triple is explicit: without one the compiler would use every feature of the CPU that happens to build. */
#include <stdio.h>
#include <stdlib.h>

#include <bulkhead_wasmtime.h>

#include "marks.h"

static void fail(const char *what, wasmtime_error_t *error) {
    wasm_byte_vec_t message = {0};
    if (error) wasmtime_error_message(error, &message);
    fprintf(stderr, "precompile: %s%s%.*s\n", what, error ? ": " : "", (int)message.size, message.data ? message.data : "");
    exit(1);
}

static wasm_byte_vec_t read_all(const char *path) {
    wasm_byte_vec_t bytes;
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) fail(path, NULL);
    long size = ftell(file);
    if (size < 0) fail(path, NULL);
    rewind(file);
    wasm_byte_vec_new_uninitialized(&bytes, (size_t)size);
    if (fread(bytes.data, 1, bytes.size, file) != bytes.size) fail(path, NULL);
    fclose(file);
    return bytes;
}

static void write_all(const char *path, const wasm_byte_vec_t *bytes) {
    bk_sandbox_marks marks;
    if (!bk_marks_find((const unsigned char *)bytes->data, bytes->size, &marks))
        fail("cannot find where the module's code can be stopped", NULL);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes->data, 1, bytes->size, file) != bytes->size || fwrite(&marks, sizeof marks, 1, file) != 1 ||
        fclose(file) != 0) {
        remove(path);
        fail(path, NULL);
    }
}

int main(int argc, char **argv) {
    if (argc != 4) fail("usage: precompile TRIPLE IN.wasm OUT.cwasm", NULL);
    wasm_config_t *config = bk_sandbox_config_new(BK_SANDBOX_OWN);
    wasmtime_error_t *error = wasmtime_config_target_set(config, argv[1]);
    if (error) fail(argv[1], error);
    wasm_engine_t *engine = wasm_engine_new_with_config(config);
    if (!engine) fail("no engine", NULL);

    wasm_byte_vec_t wasm = read_all(argv[2]), code;
    wasmtime_module_t *module = NULL;
    error = wasmtime_module_new(engine, (const uint8_t *)wasm.data, wasm.size, &module);
    if (error) fail(argv[2], error);
    error = wasmtime_module_serialize(module, &code);
    if (error) fail("cannot serialize", error);
    if (!bk_wasmtime_serialized_shorten((const uint8_t *)wasm.data, wasm.size, (uint8_t *)code.data, code.size))
        fail("the module's description is not as expected", NULL);
    write_all(argv[3], &code);

    wasm_byte_vec_delete(&code);
    wasmtime_module_delete(module);
    wasm_byte_vec_delete(&wasm);
    wasm_engine_delete(engine);
    return 0;
}
