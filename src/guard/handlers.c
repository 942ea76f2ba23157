#include "guard/handlers.h"

#include <errno.h>
#include <sys/random.h>

#include "value/codec.h"

/* ---- what handlers share ---- */

bk_value bk_arg(const bk_ask *ask, const char *key) {
    const bk_value *v = ask->args.kind == BK_MAP ? bk_map_get(ask->args.map, bk_str_c(key)) : NULL;
    return v ? *v : bk_nil();
}

bool bk_arg_text(const bk_ask *ask, const char *key, bk_str *ret) {
    bk_value v = bk_arg(ask, key);
    if (v.kind != BK_STRING) return false;
    *ret = bk_value_str(v);
    return true;
}

bool bk_arg_int(const bk_ask *ask, const char *key, int64_t *ret) {
    bk_value v = bk_arg(ask, key);
    if (v.kind != BK_INT) return false;
    *ret = v.i;
    return true;
}

bk_status bk_arg_fail(const bk_ask *ask, bk_err *err) {
    return bk_err_set(err, BK_ERR_TRAP, "malformed request: arguments that %s does not take", bk_effect_name(ask->op));
}

bk_status bk_entropy(void *to, size_t n, bk_err *err) {
    char *at = to;
    while (n) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return bk_err_set(err, BK_ERR_IO, "the system gives no random bytes: %s", strerror(errno));
        at += got;
        n -= (size_t)got;
    }
    return BK_OK;
}

/* ---- seed ---- */

static bk_status seed(void *self, const bk_ask *ask, bk_buf *answer, bk_err *err) {
    (void)self;
    (void)ask;
    char bytes[32];
    BK_TRY(bk_entropy(bytes, sizeof bytes, err));
    return bk_codec_encode(answer, bk_bytes(bk_str_of(bytes, sizeof bytes)), err);
}

const bk_handler bk_handler_seed = {.perform = seed};

/* ---- lookup ---- */

/* What rules match where no cluster's handler resolves it: apiVersion/kind/namespace/name, of a list without the name. */
static bk_status lookup_target(void *self, const bk_ask *ask, bk_str *ret, bk_err *err) {
    (void)self;
    bk_str version, kind, space, name;
    if (!bk_arg_text(ask, "apiVersion", &version) || !bk_arg_text(ask, "kind", &kind) || !bk_arg_text(ask, "namespace", &space) ||
        !bk_arg_text(ask, "name", &name))
        return BK_OK;
    bool ok = bk_arena_printf(ask->arena, ret, "%.*s/%.*s/%.*s%s%.*s", BK_FMT(version), BK_FMT(kind), BK_FMT(space), name.n ? "/" : "",
                              BK_FMT(name));
    return ok ? BK_OK : bk_arena_fail(ask->arena, err);
}

const bk_handler bk_handler_lookup = {.target = lookup_target};

/* ---- registration ---- */

static const struct {
    bk_effect op;
    const bk_handler *handler;
} all[] = {
    {BK_FX_SEED, &bk_handler_seed},     {BK_FX_CLOCK, &bk_handler_clock},           {BK_FX_ZONEINFO, &bk_handler_zoneinfo},
    {BK_FX_KEYGEN, &bk_handler_keygen}, {BK_FX_CIPHER, &bk_handler_cipher},         {BK_FX_BCRYPT, &bk_handler_bcrypt},
    {BK_FX_DNS, &bk_handler_dns},       {BK_FX_SCHEMA_REF, &bk_handler_schema_ref}, {BK_FX_LOOKUP, &bk_handler_lookup},
};

void bk_handlers_add(bk_guard *guard, bk_builtins *builtins) {
    if (!builtins->zone_dir) builtins->zone_dir = "/usr/share/zoneinfo";
    for (size_t i = 0; i < BK_COUNT(all); i++) {
        bk_handler h = *all[i].handler;
        h.self = builtins;
        bk_guard_register(guard, all[i].op, &h);
    }
}
