#include "sandbox/module.h"

#include <stdlib.h>
#include <unistd.h>

#include <bulkhead_wasmtime.h>

#include "base/boundary.h"
#include "sandbox/runtime.h"

/* Types of imports, all of i32. */
enum { ASKS, PASSES, TYPES };
static const struct {
    size_t params, results;
} types[TYPES] = {[ASKS] = {3, 1}, [PASSES] = {2, 0}};

static const struct {
    const char *name;
    size_t type;
    wasmtime_func_unchecked_callback_t fn;
} imports[] = {
    {"effect", ASKS, bk_sandbox_import_effect},
    {"take", PASSES, bk_sandbox_import_take},
    {"emit", PASSES, bk_sandbox_import_emit},
};

static wasm_functype_t *type_of(size_t params, size_t results) {
    wasm_valtype_t *in[3], *out[1];
    for (size_t i = 0; i < params; i++) in[i] = wasm_valtype_new_i32();
    for (size_t i = 0; i < results; i++) out[i] = wasm_valtype_new_i32();
    wasm_valtype_vec_t ins, outs;
    wasm_valtype_vec_new(&ins, params, in);
    wasm_valtype_vec_new(&outs, results, out);
    return wasm_functype_new(&ins, &outs);
}

static wasmtime_error_t *link_imports(bk_sandbox_module *module) {
    wasmtime_linker_t *linker = wasmtime_linker_new(module->engine);
    wasmtime_error_t *error = NULL;
    wasm_functype_t *made[TYPES]; /* the runtime looks each up once */
    for (size_t i = 0; i < TYPES; i++) made[i] = type_of(types[i].params, types[i].results);
    for (size_t i = 0; i < BK_COUNT(imports) && !error; i++)
        error = wasmtime_linker_define_func_unchecked(linker, BK_GUEST_MODULE, strlen(BK_GUEST_MODULE), imports[i].name,
                                                      strlen(imports[i].name), made[imports[i].type], imports[i].fn, NULL, NULL);
    for (size_t i = 0; i < TYPES; i++) wasm_functype_delete(made[i]);
    if (!error) error = wasmtime_linker_instantiate_pre(linker, module->code, &module->linked);
    wasmtime_linker_delete(linker);
    return error;
}

/* A copy of megabytes costs more than all else that happens at a start. */
static wasmtime_error_t *deserialize(const void *code, size_t n, wasmtime_module_t **ret) {
    bool in_place = (uintptr_t)code % (uintptr_t)sysconf(_SC_PAGESIZE) == 0;
    return in_place ? bk_wasmtime_module_deserialize_in_place(bk_sandbox_runtime(BK_SANDBOX_OWN), code, n, ret)
                    : wasmtime_module_deserialize(bk_sandbox_runtime(BK_SANDBOX_OWN), code, n, ret);
}

/* Takes the marks off the end of the bytes. They are places in the bytes, wherever the runtime has put those. */
static bool take_marks(const char *code, size_t *n, bk_sandbox_marks *ret) {
    if (*n < sizeof *ret) return false;
    *n -= sizeof *ret;
    memcpy(ret, code + *n, sizeof *ret);
    return memcmp(ret->magic, BK_SANDBOX_MARKS, sizeof ret->magic) == 0 && ret->bodies < ret->bodies_end && ret->bodies_end <= *n &&
           ret->trap >= ret->bodies && ret->trap < ret->bodies_end;
}

static void use_marks(bk_sandbox_module *module, const bk_sandbox_marks *marks) {
    void *image, *image_end;
    wasmtime_module_image_range(module->code, &image, &image_end);
    module->bodies = (uintptr_t)image + marks->bodies;
    module->bodies_end = (uintptr_t)image + marks->bodies_end;
    module->trap = (uintptr_t)image + marks->trap;
}

bk_status bk_sandbox_module_load(const void *code, size_t n, bk_sandbox_module **ret, bk_err *err) {
    if (!bk_sandbox_runtime(BK_SANDBOX_OWN)) return bk_err_internal(err, "the WebAssembly runtime does not start");
    bk_sandbox_marks marks;
    if (!take_marks(code, &n, &marks)) return bk_err_internal(err, "a module without its marks");
    bk_sandbox_module *module = calloc(1, sizeof *module);
    if (!module) return bk_err_nomem(err);
    module->engine = bk_sandbox_runtime(BK_SANDBOX_OWN);
    wasmtime_error_t *error = deserialize(code, n, &module->code);
    if (!error) error = link_imports(module);
    if (error) {
        bk_sandbox_module_free(module);
        return bk_sandbox_error(error, "cannot load a module", err);
    }
    use_marks(module, &marks);
    *ret = module;
    return BK_OK;
}

void bk_sandbox_module_free(bk_sandbox_module *module) {
    if (!module) return;
    if (module->linked) wasmtime_instance_pre_delete(module->linked);
    if (module->code) wasmtime_module_delete(module->code);
    free(module);
}
