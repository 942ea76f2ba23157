/* The guest's senses on a tape: kept when a run is recorded, given again when it is replayed. */
#include "plugin/wasi_state.h"

bool bk_wasi_tape_ask(bk_wasi *wasi, bk_foreign_run *run, const char *what, bk_str request, bool *ret_given, bk_str *ret) {
    const bk_wasi_tape *t = wasi->world->tape;
    bk_err err = BK_ERR_INIT;
    *ret_given = false;
    if (!t || t->ask(t->self, what, request, ret_given, ret, &err) == BK_OK) return true;
    return bk_foreign_stop_err(run, &err);
}

bool bk_wasi_tape_keep(bk_wasi *wasi, bk_foreign_run *run, const char *what, bk_str request, bk_status status, bk_str bytes, bk_err *err) {
    const bk_wasi_tape *t = wasi->world->tape;
    if (t) status = t->keep(t->self, what, request, status, bytes, err);
    return status == BK_OK || bk_foreign_stop_err(run, err);
}

bk_status bk_wasi_tape_files(bk_wasi *wasi, uint64_t now, bk_err *err) {
    static const char what[] = "the time of its files";
    const bk_wasi_tape *t = wasi->world->tape;
    uint8_t bytes[8];
    bool given = false;
    bk_str kept;
    if (t) BK_TRY(t->ask(t->self, what, BK_S(""), &given, &kept, err));
    if (given && kept.n == sizeof bytes) now = bk_wasi_get64((const uint8_t *)kept.p);
    bk_wasi_put64(bytes, now);
    wasi->files_ns = now;
    return !t || given ? BK_OK : t->keep(t->self, what, BK_S(""), BK_OK, bk_str_of((const char *)bytes, sizeof bytes), err);
}
