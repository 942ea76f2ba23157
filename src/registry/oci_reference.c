#include "registry/oci_reference.h"

#include "base/buf.h"
#include "base/num.h"

#define SCHEME "oci://"

bool bk_is_oci(bk_str text) { return bk_str_starts(text, BK_S(SCHEME)); }

static bk_status invalid(bk_err *err, const char *what, bk_str text) {
    return bk_err_set(err, BK_ERR, "invalid reference: invalid %s \"%.*s\"", what, BK_FMT(text));
}

static bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
static bool is_alnum(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

/* ---- the registry ---- */

static bool good_port(bk_str port) {
    uint64_t n;
    for (size_t i = 0; i < port.n; i++)
        if (port.p[i] < '0' || port.p[i] > '9') return false;
    return port.n && port.n <= 5 && bk_parse_uint(port, 10, &n) == BK_NUM_OK && n >= 1 && n <= 65535;
}

static bool good_v6(bk_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!(is_alnum(s.p[i]) || s.p[i] == ':' || s.p[i] == '.')) return false;
    return s.n >= 2;
}

static bool good_registry(bk_str s) {
    bk_str host, port;
    if (s.n && s.p[0] == '[') {
        size_t end = bk_str_find_byte(s, ']');
        if (end == BK_NPOS || !good_v6(bk_str_sub(s, 1, end))) return false;
        bk_str rest = bk_str_from(s, end + 1);
        return rest.n == 0 || (rest.p[0] == ':' && good_port(bk_str_from(rest, 1)));
    }
    if (bk_str_cut(s, BK_S(":"), &host, &port) && !good_port(port)) return false;
    for (size_t i = 0; i < host.n; i++)
        if (!(is_alnum(host.p[i]) || host.p[i] == '.' || host.p[i] == '-' || host.p[i] == '_')) return false;
    return host.n && host.n <= 253 && host.p[0] != '-' && host.p[0] != '.';
}

bk_status bk_oci_registry_check(bk_str registry, bk_err *err) {
    return good_registry(registry) ? BK_OK : invalid(err, "registry", registry);
}

/* ---- the repository ---- */

/* Lower-case words, with ".", "_", "__" or dashes between them. */
static bool good_component(bk_str s) {
    size_t i = 0;
    if (s.n == 0 || !is_lower(s.p[s.n - 1])) return false;
    while (i < s.n) {
        if (!is_lower(s.p[i])) return false;
        while (i < s.n && is_lower(s.p[i])) i++;
        if (i == s.n) return true;
        if (s.p[i] == '-') {
            while (i < s.n && s.p[i] == '-') i++;
        } else if (s.p[i] == '.' || s.p[i] == '_') {
            i += s.p[i] == '_' && i + 1 < s.n && s.p[i + 1] == '_' ? 2 : 1;
        }
    }
    return false;
}

static bool good_repository(bk_str s) {
    bk_str part, rest = s;
    bool more = true;
    if (s.n == 0 || s.n > 1024) return false;
    while (more) {
        more = bk_str_cut(rest, BK_S("/"), &part, &rest);
        if (!good_component(part)) return false;
    }
    return true;
}

/* ---- tag and digest ---- */

static bool good_tag(bk_str s) {
    for (size_t i = 0; i < s.n; i++) {
        bool word = is_alnum(s.p[i]) || s.p[i] == '_';
        if (!word && (i == 0 || (s.p[i] != '.' && s.p[i] != '-'))) return false;
    }
    return s.n && s.n <= 128;
}

/* NULL, or what is wrong with it, as the registries' library says. */
static const char *digest_fault(bk_str s) {
    bk_str algorithm, hex;
    if (!bk_str_cut(s, BK_S(":"), &algorithm, &hex) || algorithm.n == 0 || hex.n == 0) return "invalid checksum digest format";
    size_t want = bk_str_eq(algorithm, BK_S("sha256")) ? 64 : bk_str_eq(algorithm, BK_S("sha512")) ? 128 : 0;
    if (want == 0) return "unsupported digest algorithm";
    if (hex.n != want) return "invalid checksum digest length";
    for (size_t i = 0; i < hex.n; i++)
        if (!((hex.p[i] >= '0' && hex.p[i] <= '9') || (hex.p[i] >= 'a' && hex.p[i] <= 'f'))) return "invalid checksum digest format";
    return NULL;
}

bool bk_oci_digest_valid(bk_str digest) { return !digest_fault(digest); }

/* ---- all of it ---- */

static bk_status split(bk_str text, bk_oci_reference *r, bk_err *err) {
    size_t at = bk_str_rfind_byte(text, '@');
    bool has_digest = at != BK_NPOS;
    if (has_digest) {
        r->digest = bk_str_from(text, at + 1);
        text = bk_str_sub(text, 0, at);
    }
    if (!bk_str_cut(text, BK_S("/"), &r->registry, &r->repository))
        return bk_err_set(err, BK_ERR, "invalid reference: missing registry or repository");
    bk_str_cut(r->repository, BK_S(":"), &r->repository, &r->tag); /* "path:" is a path without a tag */
    if (!good_registry(r->registry)) return invalid(err, "registry", r->registry);
    if (!good_repository(r->repository)) return invalid(err, "repository", r->repository);
    const char *fault = has_digest ? digest_fault(r->digest) : NULL;
    if (fault) return bk_err_set(err, BK_ERR, "invalid reference: invalid digest \"%.*s\": %s", BK_FMT(r->digest), fault);
    return BK_OK;
}

/* A version's "+" becomes "_". */
static bk_status take_tag(bk_arena *arena, bk_oci_reference *r, bk_err *err) {
    if (r->tag.n == 0) return BK_OK;
    if (!bk_arena_dup(arena, r->tag, &r->tag)) return bk_arena_fail(arena, err);
    char *p = (char *)(uintptr_t)r->tag.p;
    for (size_t i = 0; i < r->tag.n; i++)
        if (p[i] == '+') p[i] = '_';
    return good_tag(r->tag) ? BK_OK : invalid(err, "tag", r->tag);
}

bk_status bk_oci_reference_parse(bk_arena *arena, bk_str text, bk_oci_reference *ret, bk_err *err) {
    bk_oci_reference r = {0};
    if (bk_is_oci(text)) text = bk_str_from(text, sizeof SCHEME - 1);
    BK_TRY(split(text, &r, err));
    BK_TRY(take_tag(arena, &r, err));
    bool ok = bk_arena_dup(arena, r.registry, &r.registry) && bk_arena_dup(arena, r.repository, &r.repository) &&
              bk_arena_dup(arena, r.digest, &r.digest);
    if (!ok) return bk_arena_fail(arena, err);
    *ret = r;
    return BK_OK;
}

bk_status bk_oci_reference_text(bk_arena *arena, const bk_oci_reference *r, bk_str *ret, bk_err *err) {
    const char *mark = r->tag.n ? ":" : r->digest.n ? "@" : "";
    bk_str what = r->tag.n ? r->tag : r->digest;
    if (!bk_arena_printf(arena, ret, "%.*s/%.*s%s%.*s", BK_FMT(r->registry), BK_FMT(r->repository), mark, BK_FMT(what)))
        return bk_arena_fail(arena, err);
    return BK_OK;
}
