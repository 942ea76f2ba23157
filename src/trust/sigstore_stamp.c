/* RFC 3161 timestamps. */
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include "trust/sigstore_inside.h"

/* Seconds since 1970; false for a time that cannot be read. */
static bool seconds_of(const ASN1_GENERALIZEDTIME *t, int64_t *ret) {
    struct tm tm = {0};
    int days, seconds;
    ASN1_TIME *zero = ASN1_TIME_set(NULL, 0);
    bool ok = zero && ASN1_TIME_to_tm(t, &tm) == 1 && ASN1_TIME_diff(&days, &seconds, zero, t) == 1;
    if (ok) *ret = (int64_t)days * 86400 + seconds;
    ASN1_TIME_free(zero);
    return ok;
}

/* Takes what it is given for the context: the store. */
static X509_STORE *store_of(const bk_sigstore_authority *a, int64_t at) {
    X509_STORE *store = X509_STORE_new();
    X509_VERIFY_PARAM *param = store ? X509_STORE_get0_param(store) : NULL;
    if (!param || X509_STORE_add_cert(store, a->chain.certs[a->chain.count - 1]) != 1) {
        X509_STORE_free(store);
        return NULL;
    }
    X509_VERIFY_PARAM_set_time(param, (time_t)at);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    return store;
}

static bool stamped_by(TS_RESP *response, bk_str signature, const bk_sigstore_authority *a, int64_t at) {
    TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
    X509_STORE *store = store_of(a, at);
    STACK_OF(X509) *between = sk_X509_new_null();
    BIO *data = signature.n < 1 << 20 ? BIO_new_mem_buf(signature.p, (int)signature.n) : NULL;
    bool ok = ctx && store && between && data;
    for (size_t i = 0; ok && i + 1 < a->chain.count; i++) {
        ok = X509_up_ref(a->chain.certs[i]) == 1;
        if (ok && sk_X509_push(between, a->chain.certs[i]) <= 0) {
            X509_free(a->chain.certs[i]);
            ok = false;
        }
    }
    if (ok) {
        /* The context owns all of these now. */
        TS_VERIFY_CTX_set_flags(ctx, TS_VFY_SIGNATURE | TS_VFY_VERSION | TS_VFY_DATA);
        TS_VERIFY_CTX_set_store(ctx, store);
        TS_VERIFY_CTX_set_certs(ctx, between);
        TS_VERIFY_CTX_set_data(ctx, data);
        store = NULL;
        between = NULL;
        data = NULL;
        ok = TS_RESP_verify_response(ctx, response) == 1;
    }
    BIO_free(data);
    sk_X509_pop_free(between, X509_free);
    X509_STORE_free(store);
    TS_VERIFY_CTX_free(ctx);
    ERR_clear_error();
    return ok;
}

bk_status bk_sigstore_check_stamp(bk_str stamp, bk_str signature, const bk_sigstore_root *root, int64_t *ret, bk_err *err) {
    const unsigned char *p = (const unsigned char *)stamp.p;
    TS_RESP *response = stamp.n <= 1 << 20 ? d2i_TS_RESP(NULL, &p, (long)stamp.n) : NULL;
    TS_TST_INFO *info = response ? TS_RESP_get_tst_info(response) : NULL;
    bool read = info && seconds_of(TS_TST_INFO_get_time(info), ret), ok = false;
    for (size_t i = 0; read && !ok && i < root->stamper_count; i++) {
        const bk_sigstore_authority *a = &root->stampers[i];
        if (*ret >= a->from && *ret <= a->until) ok = stamped_by(response, signature, a, *ret);
    }
    TS_RESP_free(response);
    ERR_clear_error();
    if (!read) return bk_err_set(err, BK_ERR, "a timestamp is malformed");
    return ok ? BK_OK : bk_err_set(err, BK_ERR, "a timestamp is not for this signature, or not by an authority of the trusted root");
}
