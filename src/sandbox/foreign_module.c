/* Foreign modules: bytes to code, and what they import and export. */
#include <stdlib.h>

#include <bulkhead_wasmtime.h>

#include "sandbox/compile.h"
#include "sandbox/config.h"
#include "sandbox/digest.h"
#include "sandbox/foreign_state.h"
#include "sandbox/runtime.h"

#define COMPILE_MS 60000u
#define COMPILE_MEMORY ((size_t)4 << 30)
#define CODE_MAX ((size_t)1 << 30)
/* More than any compiler makes, and few enough to look through. */
#define EXTERNS_MAX 100000u

/* ---- what a module imports and exports ---- */

/* Types are told by comparison: who asks the runtime for the kind of one that its interface has no number for ends the process. */
static const struct {
    const char *name;
    wasm_valkind_t kind;
} val_names[] = {{"i32", WASM_I32}, {"i64", WASM_I64},         {"f32", WASM_F32},
                 {"f64", WASM_F64}, {"funcref", WASM_FUNCREF}, {"externref", WASM_EXTERNREF}};

typedef struct known {
    wasm_valtype_t *of[BK_COUNT(val_names)], *v128;
} known;

static known known_new(void) {
    known k = {.v128 = wasmtime_wasm_valtype_v128()};
    for (size_t i = 0; i < BK_COUNT(val_names); i++) k.of[i] = wasm_valtype_new(val_names[i].kind);
    return k;
}

static void known_free(known *k) {
    for (size_t i = 0; i < BK_COUNT(val_names); i++) wasm_valtype_delete(k->of[i]);
    wasm_valtype_delete(k->v128);
}

static const char *val_name(const known *k, const wasm_valtype_t *type) {
    for (size_t i = 0; i < BK_COUNT(val_names); i++)
        if (wasmtime_wasm_valtype_equal(type, k->of[i])) return val_names[i].name;
    return wasmtime_wasm_valtype_equal(type, k->v128) ? "v128" : "ref";
}

static void vals(const known *k, bk_buf *out, const wasm_valtype_vec_t *types) {
    if (!types->size) bk_buf_byte(out, 'v');
    for (size_t i = 0; i < types->size; i++) bk_buf_c(out, val_name(k, types->data[i]));
}

static bool func_type(bk_foreign *m, const known *k, const wasm_functype_t *type, bk_str *ret) {
    bk_buf b;
    bk_buf_init(&b, &m->arena, 0);
    vals(k, &b, wasm_functype_params(type));
    bk_buf_byte(&b, '_');
    vals(k, &b, wasm_functype_results(type));
    if (!bk_buf_ok(&b)) return false;
    *ret = bk_buf_take(&b);
    return true;
}

static bool describe(bk_foreign *m, const known *k, const wasm_externtype_t *type, bk_foreign_extern *ret) {
    switch (wasm_externtype_kind(type)) {
    case WASM_EXTERN_FUNC: ret->kind = BK_S("func"); return func_type(m, k, wasm_externtype_as_functype_const(type), &ret->type);
    case WASM_EXTERN_MEMORY:
        ret->kind = BK_S("memory");
        ret->min_pages = wasmtime_memorytype_minimum(wasm_externtype_as_memorytype_const(type));
        return true;
    case WASM_EXTERN_TABLE: ret->kind = BK_S("table"); return true;
    case WASM_EXTERN_GLOBAL: ret->kind = BK_S("global"); return true;
    default: ret->kind = BK_S("tag"); return true;
    }
}

static bk_str name_view(const wasm_name_t *name) { return bk_str_of(name->data, name->size); }

/* The views point into the vectors, which live with the module. */
static bk_status list_known(bk_foreign *m, const known *k, bk_err *err) {
    wasmtime_module_imports(m->code, &m->import_types);
    wasmtime_module_exports(m->code, &m->export_types);
    size_t imports = m->import_types.size, exports = m->export_types.size;
    if (imports > EXTERNS_MAX || exports > EXTERNS_MAX) return bk_err_limit(err, "imports or exports of a module", EXTERNS_MAX);
    m->imports = BK_NEW_ARRAY(&m->arena, bk_foreign_extern, imports + 1);
    m->exports = BK_NEW_ARRAY(&m->arena, bk_foreign_extern, exports + 1);
    if (!m->imports || !m->exports) return bk_arena_fail(&m->arena, err);
    for (size_t i = 0; i < imports; i++) {
        const wasm_importtype_t *type = m->import_types.data[i];
        m->imports[i].module = name_view(wasm_importtype_module(type));
        m->imports[i].name = name_view(wasm_importtype_name(type));
        if (!describe(m, k, wasm_importtype_type(type), &m->imports[i])) return bk_arena_fail(&m->arena, err);
    }
    for (size_t i = 0; i < exports; i++) {
        const wasm_exporttype_t *type = m->export_types.data[i];
        m->exports[i].name = name_view(wasm_exporttype_name(type));
        if (!describe(m, k, wasm_exporttype_type(type), &m->exports[i])) return bk_arena_fail(&m->arena, err);
    }
    return BK_OK;
}

static bk_status list_externs(bk_foreign *m, bk_err *err) {
    known k = known_new();
    bk_status status = list_known(m, &k, err);
    known_free(&k);
    return status;
}

size_t bk_foreign_import_count(const bk_foreign *module) { return module->import_types.size; }
const bk_foreign_extern *bk_foreign_import(const bk_foreign *module, size_t i) { return &module->imports[i]; }
size_t bk_foreign_export_count(const bk_foreign *module) { return module->export_types.size; }
const bk_foreign_extern *bk_foreign_export(const bk_foreign *module, size_t i) { return &module->exports[i]; }

const bk_foreign_extern *bk_foreign_find_export(const bk_foreign *module, bk_str name) {
    for (size_t i = 0; i < module->export_types.size; i++)
        if (bk_str_eq(module->exports[i].name, name)) return &module->exports[i];
    return NULL;
}

/* LEB128 of 32 bits at *at; false at the end or beyond 32 bits. */
static bool leb(bk_str s, size_t *at, uint32_t *ret) {
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        if (*at >= s.n) return false;
        unsigned char b = (unsigned char)s.p[(*at)++];
        v |= (uint64_t)(b & 0x7F) << shift;
        if (!(b & 0x80)) {
            *ret = (uint32_t)v;
            return v <= UINT32_MAX;
        }
    }
    return false;
}

uint32_t bk_foreign_declared_pages(bk_str wasm) {
    enum { MEMORY_SECTION = 5 };
    for (size_t at = 8; at < wasm.n;) {
        unsigned char id = (unsigned char)wasm.p[at++];
        uint32_t size, count, flags, pages;
        if (!leb(wasm, &at, &size) || size > wasm.n - at) return 0;
        if (id == MEMORY_SECTION) {
            if (!leb(wasm, &at, &count) || !count || !leb(wasm, &at, &flags) || !leb(wasm, &at, &pages)) return 0;
            return pages;
        }
        at += size;
    }
    return 0;
}

uint32_t bk_foreign_pages(const bk_foreign *module) { return module->pages; }

/* ---- loading ---- */

static bk_status refuse_early(bk_str wasm, bk_err *err) {
    if (wasm.n > BK_FOREIGN_MODULE) return bk_err_limit(err, "module size in bytes", BK_FOREIGN_MODULE);
    if (!wasm.n) return bk_err_set(err, BK_ERR, "invalid magic number: the file is empty");
    if (wasm.n < 4 || memcmp(wasm.p, "\0asm", 4) != 0) return bk_err_set(err, BK_ERR, "invalid magic number: this is no WebAssembly");
    if (wasm.n < 8 || memcmp(wasm.p + 4, "\1\0\0\0", 4) != 0)
        return bk_err_set(err, BK_ERR, "invalid version header: not a core module of version 1");
    return BK_OK;
}

/* Where the cache keeps it: the bytes, the runtime and what it was told to do with them. */
static void cache_name(bk_str wasm, bk_str identity, unsigned char ret[32]) {
    static const char about[] =
        "bulkhead foreign module; wasmtime " WASMTIME_VERSION "; settings " BK_SANDBOX_FOREIGN_SETTINGS "; " BK_ARCH;
    unsigned char own[32];
    bk_digest d;
    if (!identity.n) bk_digest_of(wasm, own);
    bk_digest_init(&d);
    bk_digest_add(&d, bk_str_of(about, sizeof about));
    bk_digest_add(&d, identity.n ? BK_S("given") : BK_S("bytes"));
    bk_digest_add(&d, identity.n ? identity : bk_str_of((const char *)own, sizeof own));
    bk_digest_final(&d, ret);
}

/* Moves the blob into the module. */
static bk_status adopt(bk_foreign *m, bk_sandbox_blob *blob, bk_err *err) {
    wasm_engine_t *engine = bk_sandbox_runtime(BK_SANDBOX_FOREIGN);
    if (!engine) return bk_err_internal(err, "the WebAssembly runtime does not start");
    m->engine = engine;
    m->blob = *blob;
    *blob = (bk_sandbox_blob){0};
    wasmtime_error_t *error = bk_wasmtime_module_deserialize_in_place(engine, m->blob.p, m->blob.n, &m->code);
    return error ? bk_sandbox_error(error, "cannot load a module", err) : BK_OK;
}

static bool from_cache(bk_foreign *m, const bk_sandbox_cache *cache, const unsigned char name[32]) {
    bk_sandbox_blob blob = {0};
    if (!cache || !bk_sandbox_cache_get(cache, name, &blob)) return false;
    bk_err err = BK_ERR_INIT;
    if (adopt(m, &blob, &err) == BK_OK) return true;
    /* Made by another processor, or another build of the runtime. */
    bk_err_release(&err);
    bk_sandbox_blob_release(&m->blob);
    bk_sandbox_cache_drop(cache, name);
    return false;
}

static bk_status compile(bk_foreign *m, bk_str wasm, const bk_foreign_load_options *options, const unsigned char name[32], bk_err *err) {
    bk_sandbox_compile_limits limits = {.ms = options->compile_ms ? options->compile_ms : COMPILE_MS,
                                        .memory = options->compile_memory ? options->compile_memory : COMPILE_MEMORY,
                                        .output = CODE_MAX};
    bk_buf code;
    bk_buf_init(&code, NULL, 0);
    bk_sandbox_blob blob = {0};
    bk_status status = bk_sandbox_compile(wasm, &limits, &code, err);
    if (status == BK_OK) {
        if (options->cache) bk_sandbox_cache_put(options->cache, name, bk_buf_view(&code));
        status = bk_sandbox_blob_new(code.n, &blob, err);
    }
    if (status == BK_OK) memcpy(blob.p, code.p, code.n);
    bk_buf_release(&code);
    if (status == BK_OK) status = adopt(m, &blob, err);
    return status;
}

static bk_foreign *module_new(uint32_t pages) {
    bk_foreign *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    bk_arena_init(&m->arena, 0);
    m->pages = pages;
    return m;
}

bool bk_foreign_load_cached(const bk_foreign_load_options *options, uint32_t pages, bk_foreign **ret) {
    unsigned char name[32];
    bk_err ignored = BK_ERR_INIT;
    bk_foreign *m = options->cache && options->identity.n ? module_new(pages) : NULL;
    if (!m) return false;
    cache_name(BK_S(""), options->identity, name);
    bool good = from_cache(m, options->cache, name) && list_externs(m, &ignored) == BK_OK;
    bk_err_release(&ignored);
    if (good) *ret = m;
    else bk_foreign_free(m);
    return good;
}

bk_status bk_foreign_load(bk_str wasm, const bk_foreign_load_options *options, bk_foreign **ret, bk_err *err) {
    static const bk_foreign_load_options defaults = {0};
    if (!options) options = &defaults;
    BK_TRY(refuse_early(wasm, err));
    unsigned char name[32];
    cache_name(wasm, options->identity, name);
    bk_foreign *m = module_new(bk_foreign_declared_pages(wasm));
    if (!m) return bk_err_nomem(err);
    bool cached = from_cache(m, options->cache, name);
    bk_status status = cached ? BK_OK : compile(m, wasm, options, name, err);
    if (status == BK_OK) status = list_externs(m, err);
    if (status != BK_OK) {
        bk_foreign_free(m);
        return status;
    }
    if (options->ret_cached) *options->ret_cached = cached;
    *ret = m;
    return BK_OK;
}

void bk_foreign_free(bk_foreign *module) {
    if (!module) return;
    if (module->import_types.data) wasm_importtype_vec_delete(&module->import_types);
    if (module->export_types.data) wasm_exporttype_vec_delete(&module->export_types);
    if (module->code) wasmtime_module_delete(module->code);
    bk_sandbox_blob_release(&module->blob);
    bk_arena_release(&module->arena);
    free(module);
}
