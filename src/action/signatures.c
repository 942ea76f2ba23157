#include "action/signatures.h"

#include <time.h>

#include "action/capabilities.h"
#include "action/inputs.h"
#include "data/json.h"
#include "sandbox/digest.h"
#include "guard/escape.h"
#include "value/gofmt.h"
#include "value/map.h"

enum { SIGNERS_MAX = 8 };

/* ---- provenance files ---- */

static bk_status check_provenance(bk_arena *arena, const bk_signature_policy *policy, const bk_signed_chart *chart, bk_guard *guard,
                                  bk_signatures *ret, bk_err *err) {
    bk_str keyring = policy->keyring, signers[SIGNERS_MAX];
    size_t n = 0;
    if (!chart->provenance.p) {
        bk_buf b;
        bk_buf_init(&b, arena, 0);
        bk_buf_c(&b, "failed to fetch provenance ");
        bk_fmt_quote(&b, chart->provenance_from.n ? chart->provenance_from : chart->file_name);
        return bk_err_set_str(err, BK_ERR, bk_buf_view(&b));
    }
    if (!keyring.n) BK_TRY(bk_keyring_default(arena, &keyring, err));
    BK_TRY(bk_provenance_check(arena, chart->file_name, chart->bytes, chart->provenance, keyring, &ret->provenance, err));
    ret->has_provenance = true;
    BK_TRY(bk_capabilities_find(arena, ret->provenance.text, &ret->statement, err));
    const bk_signer *who = &ret->provenance.signer;
    signers[n++] = who->fingerprint;
    for (size_t i = 0; i < who->identity_count && n < SIGNERS_MAX; i++) signers[n++] = who->identities[i];
    if (!guard) return BK_OK;
    const bk_guard_signed what = {.how = "openpgp",
                                  .file = chart->file_name,
                                  .digest = ret->provenance.hash,
                                  .signers = signers,
                                  .count = n,
                                  .statement = ret->statement};
    return bk_guard_set_signed(guard, &what, err);
}

/* ---- Sigstore ---- */

/* Go's expressions are matched in a compartment: it sees the expression and the name, and says yes or no. */
static bk_status match(void *self, bk_arena *arena, bk_str expression, bk_str text, bool *ret, bk_err *err) {
    bk_map *m = bk_map_new(arena, 2);
    bk_str answer;
    (void)self;
    if (!m || !bk_map_set(m, BK_S("expression"), bk_string(expression)) || !bk_map_set(m, BK_S("text"), bk_string(text)))
        return bk_arena_fail(arena, err);
    if (bk_engine_template(arena, BK_S("expression"), BK_S("{{ mustRegexMatch .expression .text }}"), bk_map_value(m), BK_S(""), true,
                           &answer, err) != BK_OK)
        return bk_err_wrap(err, "expression \"%.*s\"", BK_FMT(expression));
    *ret = bk_str_eq(answer, BK_S("true"));
    return BK_OK;
}

static bk_status tell_guard(bk_arena *arena, const bk_signed_chart *chart, const bk_signatures *found, bk_guard *guard, bk_err *err) {
    const bk_sigstore_found *f = &found->sigstore;
    bk_str signers[2] = {f->identity};
    bk_buf predicate;
    if (!guard) return BK_OK;
    /* With the issuer in front, for rules that want to be exact. */
    if (!bk_arena_printf(arena, &signers[1], "%.*s %.*s", BK_FMT(f->issuer), BK_FMT(f->identity))) return bk_arena_fail(arena, err);
    bk_buf_init(&predicate, arena, BK_SIGSTORE_BUNDLE_MAX);
    if (f->predicate_type.n) BK_TRY(bk_json_encode(&predicate, arena, f->predicate, 0, err));
    const bk_guard_signed what = {.how = "sigstore",
                                  .file = chart->file_name,
                                  .digest = found->digest,
                                  .signers = signers,
                                  .count = 2,
                                  .issuer = f->issuer,
                                  .log = f->log,
                                  .predicate_type = f->predicate_type,
                                  .predicate = bk_buf_view(&predicate),
                                  .time = f->time};
    return bk_guard_set_signed(guard, &what, err);
}

static bk_status check_sigstore(bk_arena *arena, const bk_signature_policy *policy, const bk_signed_chart *chart, bk_guard *guard,
                                bk_signatures *ret, bk_err *err) {
    const bk_sigstore_subject subjects[] = {{chart->file_name, chart->bytes}, {BK_S("the manifest in the registry"), chart->manifest}};
    const bk_sigstore_policy wanted = {policy->identity, policy->identity_regexp, policy->issuer, policy->issuer_regexp, NULL, match};
    const bk_str *bundles = chart->bundles;
    size_t count = chart->bundle_count;
    bk_str root, *named;
    bk_status s = BK_ERR;
    if (!policy->trusted_root.n)
        return bk_err_set(err, BK_ERR, "a Sigstore bundle needs a trusted root: name its file with --trusted-root");
    if (bk_file_load(arena, policy->trusted_root, BK_SIGSTORE_ROOT_MAX, &root, err) != BK_OK) return bk_err_wrap(err, "trusted root");
    if (policy->bundle.n) {
        BK_TRY(bk_signatures_beside(arena, policy, BK_S(""), &named, &count, err));
        bundles = named;
    }
    if (!count)
        return bk_err_set(err, BK_ERR, "no Sigstore bundle found for %.*s: neither %.*s.sigstore.json beside it nor one in the registry",
                          BK_FMT(chart->file_name), BK_FMT(chart->file_name));
    /* The first one's failure is the answer when none is good. */
    for (size_t i = 0; s != BK_OK && i < count; i++) {
        bk_err own = BK_ERR_INIT;
        s = bk_sigstore_verify(arena, bundles[i], root, subjects, chart->manifest.n ? 2 : 1, &wanted, &ret->sigstore, &own);
        if (s != BK_OK && err->code == BK_OK) bk_err_move(err, &own);
        bk_err_release(&own);
    }
    if (s != BK_OK) return err->code;
    bk_err_release(err);
    ret->has_sigstore = true;
    return tell_guard(arena, chart, ret, guard, err);
}

/* ---- both ---- */

static bk_status digest_of(bk_arena *arena, bk_str bytes, bk_str *ret, bk_err *err) {
    unsigned char sum[BK_DIGEST_SIZE];
    bk_digest d;
    bk_buf text;
    bk_digest_init(&d);
    bk_digest_add(&d, bytes);
    bk_digest_final(&d, sum);
    bk_buf_init(&text, arena, 0);
    bk_buf_c(&text, "sha256:");
    bk_digest_hex(&text, sum);
    BK_TRY(bk_buf_check(&text, err));
    *ret = bk_buf_take(&text);
    return BK_OK;
}

bk_status bk_signatures_check(bk_arena *arena, const bk_signature_policy *policy, const bk_signed_chart *chart, bk_guard *guard,
                              bk_signatures *ret, bk_err *err) {
    *ret = (bk_signatures){.file_name = chart->file_name, .size = chart->bytes.n, .statement = bk_nil()};
    BK_TRY(digest_of(arena, chart->bytes, &ret->digest, err));
    if (policy->provenance) BK_TRY(check_provenance(arena, policy, chart, guard, ret, err));
    return policy->sigstore ? check_sigstore(arena, policy, chart, guard, ret, err) : BK_OK;
}

bk_status bk_signatures_beside(bk_arena *arena, const bk_signature_policy *policy, bk_str path, bk_str **ret, size_t *ret_count,
                               bk_err *err) {
    bk_str beside = policy->bundle;
    bool dir;
    bk_err ignored = BK_ERR_INIT;
    *ret_count = 0;
    *ret = BK_NEW(arena, bk_str);
    if (!*ret) return bk_arena_fail(arena, err);
    if (!beside.n && !bk_arena_printf(arena, &beside, "%.*s.sigstore.json", BK_FMT(path))) return bk_arena_fail(arena, err);
    bool there = policy->bundle.n || bk_file_stat(arena, beside, &dir, &ignored) == BK_OK;
    bk_err_release(&ignored);
    if (!there) return BK_OK;
    *ret_count = 1;
    return bk_file_load(arena, beside, BK_SIGSTORE_BUNDLE_MAX, *ret, err) == BK_OK ? BK_OK : bk_err_wrap(err, "Sigstore bundle");
}

static bk_status load_provenance(bk_arena *arena, bk_str path, bk_str beside, bk_str *ret, bk_err *err) {
    bool dir;
    if (!beside.n && !bk_arena_printf(arena, &beside, "%.*s.prov", BK_FMT(path))) return bk_arena_fail(arena, err);
    if (bk_file_stat(arena, beside, &dir, err) != BK_OK) return bk_err_wrap(err, "could not load provenance file %.*s", BK_FMT(beside));
    if (bk_file_load(arena, beside, BK_TRUST_TEXT_MAX, ret, err) != BK_OK) return bk_err_wrap(err, "failed to read provenance file");
    return BK_OK;
}

bk_status bk_signatures_check_path(bk_arena *arena, const bk_signature_policy *policy, bk_str file_name, bk_str path,
                                   bk_str provenance_path, bk_guard *guard, bk_signatures *ret, bk_err *err) {
    bk_signed_chart chart = {.file_name = file_name};
    bk_str extension = file_name, *bundles;
    bool is_dir;
    BK_TRY(bk_file_stat(arena, path, &is_dir, err));
    if (is_dir) return bk_err_set(err, BK_ERR, "unpacked charts cannot be verified");
    if (extension.n >= 4) extension = bk_str_from(extension, extension.n - 4);
    if (!bk_str_eq_fold(extension, BK_S(".tgz"))) return bk_err_set(err, BK_ERR, "chart must be a tgz file");
    if (policy->provenance) BK_TRY(load_provenance(arena, path, provenance_path, &chart.provenance, err));
    if (policy->sigstore) {
        BK_TRY(bk_signatures_beside(arena, policy, path, &bundles, &chart.bundle_count, err));
        chart.bundles = bundles;
    }
    if (bk_file_load(arena, path, BK_INPUT_FILE_MAX, &chart.bytes, err) != BK_OK) return bk_err_wrap(err, "failed to read chart archive");
    return bk_signatures_check(arena, policy, &chart, guard, ret, err);
}

bk_status bk_signatures_check_file(bk_arena *arena, const bk_signature_policy *policy, bk_str path, bk_guard *guard, bk_signatures *ret,
                                   bk_err *err) {
    return bk_signatures_check_path(arena, policy, bk_path_base(path), path, BK_S(""), guard, ret, err);
}

/* ---- for people ---- */

static void put_line(bk_buf *out, const char *name, bk_str text) {
    if (!text.n) return;
    bk_buf_c(out, name);
    bk_escape_line(out, text);
    bk_buf_byte(out, '\n');
}

static void put_time(bk_buf *out, int64_t seconds) {
    struct tm tm;
    time_t t = (time_t)seconds;
    char text[32];
    if (gmtime_r(&t, &tm) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm)) bk_buf_c(out, text);
}

static void print_sigstore(const bk_signatures *found, bk_buf *out) {
    const bk_sigstore_found *f = &found->sigstore;
    put_line(out, "Signed by: ", f->identity);
    put_line(out, "Vouched for by: ", f->issuer);
    bk_buf_c(out, "Signed at: ");
    put_time(out, f->time);
    bk_buf_printf(out, "\nTransparency Log Entry: %llu", (unsigned long long)f->log_index);
    bk_buf_c(out, f->log.n ? " of " : "");
    bk_escape_line(out, f->log);
    bk_buf_byte(out, '\n');
    put_line(out, "Source Repository: ", f->repository);
    put_line(out, "Source Revision: ", f->revision);
    put_line(out, "Statement: ", f->predicate_type);
    if (f->subject) put_line(out, "Manifest Hash Verified: ", f->digest);
    put_line(out, "Chart Hash Verified: ", found->digest);
}

void bk_signatures_print(const bk_signatures *found, bk_buf *out) {
    if (found->has_provenance) bk_provenance_print(&found->provenance, "Chart", out);
    if (found->has_sigstore) print_sigstore(found, out);
}

static void put_attribute(bk_buf *out, const char *name, bk_str text) {
    if (!text.n) return;
    bk_buf_printf(out, " %s=", name);
    bk_escape_json(out, text);
}

static bk_status add(bk_arena *arena, bk_rendered *logs, bk_buf *text, bk_err *err) {
    BK_TRY(bk_buf_check(text, err));
    bk_log_line line = {BK_S("INFO"), bk_buf_view(text)};
    const bk_rendered one = {.logs = &line, .log_count = 1};
    return bk_logs_add(arena, logs, &one, BK_OK, err);
}

bk_status bk_signatures_log(bk_arena *arena, const bk_signatures *found, bk_rendered *logs, bk_err *err) {
    bk_buf b;
    if (!found->has_provenance && !found->has_sigstore) return BK_OK;
    bk_buf_init(&b, arena, 0);
    bk_buf_c(&b, "msg=\"signature verified\"");
    put_attribute(&b, "chart", found->file_name);
    const bk_signer *who = &found->provenance.signer;
    if (found->has_provenance) {
        put_attribute(&b, "signer", who->identity_count ? who->identities[0] : BK_S("?"));
        put_attribute(&b, "fingerprint", who->fingerprint);
    }
    if (found->has_sigstore) {
        put_attribute(&b, "identity", found->sigstore.identity);
        put_attribute(&b, "issuer", found->sigstore.issuer);
        put_attribute(&b, "statement", found->sigstore.predicate_type);
    }
    put_attribute(&b, "digest", found->digest);
    if (found->statement.kind == BK_MAP) bk_buf_c(&b, " capabilities=\"stated\"");
    BK_TRY(add(arena, logs, &b, err));
    bk_buf_init(&b, arena, 0);
    bk_buf_printf(
        &b,
        "msg=\"what the signature says\" \"vouched for\"=\"these %zu bytes: the chart, its default values and the charts packed "
        "with it\" \"not vouched for\"=\"what they do when they are rendered or installed, the images that they name, the values that "
        "you give, what is fetched later\"",
        found->size);
    return add(arena, logs, &b, err);
}
