/* embedded.c: the engine inside the binary. A file of its own, so that tests which bring another module link without it. */
#include <pthread.h>

#include "sandbox/module.h"

/* cmake/embed.cmake */
extern const unsigned char bk_cwasm_engine[], bk_cwasm_engine_end[], bk_cwasm_engine_digest[];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bk_sandbox_module *engine;

bk_status bk_sandbox_engine(bk_sandbox_module **ret, bk_err *err) {
    bk_status status = BK_OK;
    pthread_mutex_lock(&lock);
    if (!engine) status = bk_sandbox_module_load(bk_cwasm_engine, (size_t)(bk_cwasm_engine_end - bk_cwasm_engine), &engine, err);
    if (status == BK_OK) *ret = engine;
    pthread_mutex_unlock(&lock);
    return status;
}

bk_str bk_sandbox_engine_digest(void) { return bk_str_of((const char *)bk_cwasm_engine_digest, 64); }
