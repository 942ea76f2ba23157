/* handlers_keygen.c: the effect keygen: private keys and certificates of a fixed list of kinds. */
#include <time.h>

#include "guard/handlers.h"
#include "guard/pem.h"
#include "guard/x509.h"
#include "value/codec.h"

#define CN_MAX ((size_t)64 << 10)

typedef struct job {
    const bk_builtins *builtins;
    const bk_ask *ask;
    bk_err *err;
    bk_key key;       /* the subject's */
    bk_key signer;    /* the ca's */
    bk_issuer issuer; /* the ca's certificate */
} job;

static bk_status bad(job *j) { return bk_arg_fail(j->ask, j->err); }

static bk_status answer_text(bk_buf *answer, const bk_buf *text, bk_err *err) {
    BK_TRY(bk_buf_check(text, err));
    return bk_codec_encode(answer, bk_string(bk_buf_view(text)), err);
}

/* ---- the kinds ---- */

static const struct {
    const char *name;
    bk_key_type type;
    unsigned bits;
} kinds[] = {{"rsa", BK_KEY_RSA, 4096}, {"dsa", BK_KEY_DSA, 0}, {"ecdsa", BK_KEY_EC, 0}, {"ed25519", BK_KEY_ED25519, 0}};

static bk_status private_key(job *j, bk_buf *answer) {
    bk_str name;
    if (!bk_arg_text(j->ask, "type", &name)) return bad(j);
    for (size_t i = 0; i < BK_COUNT(kinds); i++) {
        if (!bk_str_eq(name, bk_str_c(kinds[i].name))) continue;
        bk_buf pem;
        bk_buf_init(&pem, j->ask->arena, 0);
        BK_TRY(bk_key_make(kinds[i].type, kinds[i].bits, &j->key, j->err));
        BK_TRY(bk_key_put(&pem, &j->key, j->err));
        return answer_text(answer, &pem, j->err);
    }
    return bad(j);
}

/* The subject's key: the one that is given, or a new one. */
static bk_status subject_key(job *j, bool make) {
    bk_str pem;
    if (bk_arg_text(j->ask, "key", &pem))
        return bk_key_parse(j->ask->arena, pem, &j->key, j->err) == BK_OK ? BK_OK : bk_err_wrap(j->err, "parsing private key");
    return make ? bk_key_make(BK_KEY_RSA, 2048, &j->key, j->err) : BK_OK;
}

static bk_status signer_of(job *j, const char *what, bk_str cert, bk_str key) {
    BK_TRY(bk_issuer_parse(j->ask->arena, cert, what, &j->issuer, j->err));
    return bk_key_parse(j->ask->arena, key, &j->signer, j->err) == BK_OK ? BK_OK : bk_err_wrap(j->err, "error parsing private key");
}

static bool map_text(bk_map *map, const char *key, bk_str *ret) {
    const bk_value *v = bk_map_get(map, bk_str_c(key));
    if (!v || v->kind != BK_STRING) return false;
    *ret = bk_value_str(*v);
    return true;
}

/* The argument `ca`, when it is there. */
static bk_status ca_of(job *j, bool needed) {
    bk_value ca = bk_arg(j->ask, "ca");
    bk_str cert, key;
    if (bk_is_nil(ca) && !needed) return BK_OK;
    if (ca.kind != BK_MAP || !map_text(ca.map, "cert", &cert) || !map_text(ca.map, "key", &key)) return bad(j);
    return signer_of(j, "decodedSignerCert.Bytes", cert, key);
}

static bool is_text_list(bk_value v) {
    if (bk_is_nil(v)) return true;
    if (v.kind != BK_LIST) return false;
    for (uint32_t i = 0; i < v.len; i++)
        if (v.items[i].kind != BK_STRING) return false;
    return true;
}

static void set_time(const job *j, bk_certificate *c) {
    struct timespec now = {.tv_sec = (time_t)j->builtins->clock_unix, .tv_nsec = j->builtins->clock_nsec};
    if (!j->builtins->clock_fixed) clock_gettime(CLOCK_REALTIME, &now);
    c->not_before = now.tv_sec;
    c->not_before_nsec = (uint32_t)now.tv_nsec;
}

/* {cert, key} */
static bk_status certificate(job *j, bool ca, bool by_ca, bk_buf *answer) {
    bk_certificate c = {.ca = ca, .ips = bk_arg(j->ask, "ips"), .dns = bk_arg(j->ask, "dns")};
    if (!bk_arg_text(j->ask, "cn", &c.cn) || !bk_arg_int(j->ask, "days", &c.days) || c.cn.n > CN_MAX || !is_text_list(c.ips) ||
        !is_text_list(c.dns))
        return bad(j);
    BK_TRY(subject_key(j, false));
    if (by_ca) BK_TRY(ca_of(j, true));
    if (!j->key.pkey) BK_TRY(subject_key(j, true));
    set_time(j, &c);
    c.key = &j->key;
    if (by_ca) {
        c.issuer = &j->issuer;
        c.signer = &j->signer;
    }
    bk_buf cert, key;
    bk_buf_init(&cert, j->ask->arena, 0);
    bk_buf_init(&key, j->ask->arena, 0);
    bk_status status = bk_certificate_put(&cert, j->ask->arena, &c, j->err);
    if (status != BK_OK) return status == BK_ERR ? bk_err_wrap(j->err, "error creating certificate") : status;
    BK_TRY(bk_key_put(&key, &j->key, j->err));
    bk_map *m = bk_map_new(j->ask->arena, 2);
    bool ok = m && bk_map_set(m, BK_S("cert"), bk_string(bk_buf_view(&cert))) && bk_map_set(m, BK_S("key"), bk_string(bk_buf_view(&key)));
    return ok ? bk_codec_encode(answer, bk_map_value(m), j->err) : bk_arena_fail(j->ask->arena, j->err);
}

static bk_status check(job *j, bk_buf *answer) {
    BK_TRY(subject_key(j, false));
    BK_TRY(ca_of(j, false));
    return bk_codec_encode(answer, bk_bool(true), j->err);
}

static bk_status custom(job *j, bk_buf *answer) {
    bk_str cert, key;
    if (!bk_arg_text(j->ask, "cert", &cert) || !bk_arg_text(j->ask, "key", &key)) return bad(j);
    BK_TRY(signer_of(j, "decodedCert.Bytes", cert, key));
    return bk_codec_encode(answer, bk_bool(true), j->err);
}

static bk_status run(job *j, bk_buf *answer) {
    bk_str op;
    if (!bk_arg_text(j->ask, "op", &op)) return bad(j);
    if (bk_str_eq(op, BK_S("private-key"))) return private_key(j, answer);
    if (bk_str_eq(op, BK_S("ca"))) return certificate(j, true, false, answer);
    if (bk_str_eq(op, BK_S("self-signed"))) return certificate(j, false, false, answer);
    if (bk_str_eq(op, BK_S("signed"))) return certificate(j, false, true, answer);
    if (bk_str_eq(op, BK_S("check"))) return check(j, answer);
    if (bk_str_eq(op, BK_S("custom"))) return custom(j, answer);
    return bad(j);
}

static bk_status perform(void *self, const bk_ask *ask, bk_buf *answer, bk_err *err) {
    job j = {.builtins = self, .ask = ask, .err = err};
    bk_status status = run(&j, answer);
    bk_key_release(&j.key);
    bk_key_release(&j.signer);
    bk_issuer_release(&j.issuer);
    return status;
}

/* "private-key rsa", "ca example.com": no secrets are in these. */
static bk_status target(void *self, const bk_ask *ask, bk_str *ret, bk_err *err) {
    (void)self;
    bk_str op, detail = BK_S("");
    if (!bk_arg_text(ask, "op", &op)) return bk_arg_fail(ask, err);
    if (!bk_arg_text(ask, "type", &detail)) bk_arg_text(ask, "cn", &detail);
    bk_str gap = detail.n ? BK_S(" ") : BK_S("");
    bk_str head;
    bool ok = bk_arena_cat(ask->arena, op, gap, &head) && bk_arena_cat(ask->arena, head, bk_str_sub(detail, 0, 1024), ret);
    return ok ? BK_OK : bk_arena_fail(ask->arena, err);
}

const bk_handler bk_handler_keygen = {.target = target, .perform = perform};
