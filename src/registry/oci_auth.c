#include "registry/oci_auth.h"

#include "base/sort.h"
#include "net/address.h"
#include "value/gofmt.h"

/* ---- the challenge ---- */

static bool is_token_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bk_str take_token(bk_str *rest) {
    size_t n = 0;
    while (n < rest->n && is_token_char(rest->p[n])) n++;
    bk_str token = bk_str_sub(*rest, 0, n);
    *rest = bk_str_from(*rest, n);
    return token;
}

static void skip_blanks(bk_str *rest) {
    while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t')) *rest = bk_str_from(*rest, 1);
}

/* A quoted string, backslashes taken out. False: it does not end, or no memory. */
static bool take_quoted(bk_arena *arena, bk_str *rest, bk_str *ret, bool *ret_nomem) {
    size_t i = 1, n = 0;
    char *out = bk_arena_alloc(arena, rest->n + 1);
    *ret_nomem = !out;
    if (!out) return false;
    for (; i < rest->n && rest->p[i] != '"'; i++) {
        if (rest->p[i] == '\\') i++;
        if (i == rest->n) return false;
        out[n++] = rest->p[i];
    }
    if (i == rest->n) return false;
    *ret = bk_str_of(out, n);
    *rest = bk_str_from(*rest, i + 1);
    return true;
}

/* One key=value; false when there is none (any more). */
static bool take_parameter(bk_arena *arena, bk_str *rest, bk_str *key, bk_str *value, bool *ret_nomem) {
    skip_blanks(rest);
    *key = take_token(rest);
    skip_blanks(rest);
    if (!key->n || !rest->n || rest->p[0] != '=') return false;
    *rest = bk_str_from(*rest, 1);
    skip_blanks(rest);
    if (rest->n && rest->p[0] == '"') return take_quoted(arena, rest, value, ret_nomem);
    *value = take_token(rest);
    return value->n > 0;
}

bk_status bk_oci_challenge_parse(bk_arena *arena, bk_str header, bk_oci_challenge *ret, bk_err *err) {
    bk_str rest = header, scheme = take_token(&rest), key, value;
    bool nomem = false;
    *ret = (bk_oci_challenge){0};
    if (bk_str_eq_fold(scheme, BK_S("basic"))) ret->scheme = BK_OCI_BASIC;
    if (!bk_str_eq_fold(scheme, BK_S("bearer"))) return BK_OK;
    ret->scheme = BK_OCI_BEARER;
    while (take_parameter(arena, &rest, &key, &value, &nomem)) {
        if (bk_str_eq(key, BK_S("realm"))) ret->realm = value;
        if (bk_str_eq(key, BK_S("service"))) ret->service = value;
        if (bk_str_eq(key, BK_S("scope"))) ret->scope = value;
        skip_blanks(&rest);
        if (!rest.n || rest.p[0] != ',') break;
        rest = bk_str_from(rest, 1);
    }
    return nomem ? bk_arena_fail(arena, err) : BK_OK;
}

/* ---- the realm ---- */

bk_status bk_oci_realm_check(bk_arena *arena, bk_str realm, const bk_net_url *registry, bk_net_url *ret, bk_err *err) {
    bk_net_ip ip;
    bk_str scheme, rest;
    bool has_scheme = bk_str_cut(realm, BK_S(":"), &scheme, &rest);
    bool https = has_scheme && bk_str_eq_fold(scheme, BK_S("https")), http = has_scheme && bk_str_eq_fold(scheme, BK_S("http"));
    if (!https && !http) return bk_fmt_fail(err, "bearer realm %q uses unsupported scheme %q", realm, has_scheme ? scheme : BK_S(""));
    if (http && bk_str_eq(registry->scheme, BK_S("https")))
        return bk_fmt_fail(err, "bearer realm %q uses http but registry was contacted over https", realm);
    if (bk_net_url_parse(arena, realm, NULL, ret, err) != BK_OK) return bk_err_wrap(err, "failed to parse bearer realm");
    if (ret->has_user) return bk_fmt_fail(err, "bearer realm of host %q brings credentials of its own", ret->host);
    bool literal = bk_net_ip_parse(ret->host, &ip), own = bk_str_eq(ret->host, registry->host);
    if (literal && !own && bk_net_classify(&ip) != BK_ZONE_PUBLIC)
        return bk_fmt_fail(err, "bearer realm host %q is a loopback, link-local, private, or unspecified address", ret->host);
    return BK_OK;
}

/* The part of a name that somebody registered, as well as one can tell without a list: the last two labels, three below the usual second levels of countries. */
static bk_str domain_of(bk_str host) {
    static const char *const seconds[] = {"co", "com", "org", "net", "gov", "edu", "ac", "or", "ne", "go", "gob", "gouv", "mil", "nom"};
    size_t dot = bk_str_rfind_byte(host, '.');
    if (dot == BK_NPOS) return host;
    size_t second = bk_str_rfind_byte(bk_str_sub(host, 0, dot), '.');
    bk_str label = bk_str_sub(host, second == BK_NPOS ? 0 : second + 1, dot);
    bool country = host.n - dot - 1 == 2, usual = false;
    for (size_t i = 0; i < BK_COUNT(seconds); i++) usual = usual || bk_str_eq(label, bk_str_c(seconds[i]));
    if (second == BK_NPOS) return host;
    if (!country || !usual) return bk_str_from(host, second + 1);
    size_t third = bk_str_rfind_byte(bk_str_sub(host, 0, second), '.');
    return third == BK_NPOS ? host : bk_str_from(host, third + 1);
}

static bool listed(bk_str host, bk_str list) {
    while (list.n) {
        size_t n = 0;
        while (n < list.n && list.p[n] != ' ' && list.p[n] != ',') n++;
        if (n && bk_str_eq_fold(host, bk_str_sub(list, 0, n))) return true;
        list = bk_str_from(list, n + 1);
    }
    return false;
}

bool bk_oci_realm_trusted(bk_str realm, bk_str registry, bk_str allowed) {
    bk_net_ip ip;
    if (bk_str_eq(realm, registry) || listed(realm, allowed)) return true;
    if (bk_net_ip_parse(realm, &ip) || bk_net_ip_parse(registry, &ip)) return false;
    bk_str domain = domain_of(registry);
    return bk_str_find_byte(domain, '.') != BK_NPOS && bk_str_eq(domain, domain_of(realm));
}

/* ---- scopes ---- */

enum { SCOPES = 64 };

typedef struct scope {
    bk_str thing, action; /* "repository:x"; a scope of another form is all thing */
} scope;

static int by_thing(const void *a, const void *b, void *arg) {
    const scope *x = a, *y = b;
    (void)arg;
    int order = bk_str_cmp(x->thing, y->thing);
    return order ? order : bk_str_cmp(x->action, y->action);
}

static void add_scopes(bk_str list, scope *to, size_t *n) {
    bk_str one, action;
    for (bool more = list.n > 0; more;) {
        more = bk_str_cut(list, BK_S(" "), &one, &list);
        size_t colon = bk_str_rfind_byte(one, ':');
        bk_str actions = colon == BK_NPOS ? BK_S("") : bk_str_from(one, colon + 1);
        bk_str thing = colon == BK_NPOS ? one : bk_str_sub(one, 0, colon);
        if (!thing.n) continue;
        for (bool again = true; again && *n < SCOPES;) {
            again = bk_str_cut(actions, BK_S(","), &action, &actions);
            if (colon == BK_NPOS || action.n) to[(*n)++] = (scope){thing, action};
        }
    }
}

bk_status bk_oci_scopes_merge(bk_arena *arena, bk_str a, bk_str b, bk_str *ret, bk_err *err) {
    scope all[SCOPES];
    size_t n = 0;
    bk_buf out;
    add_scopes(a, all, &n);
    add_scopes(b, all, &n);
    if (!bk_sort(arena, all, n, sizeof *all, by_thing, NULL)) return bk_arena_fail(arena, err);
    bk_buf_init(&out, arena, 0);
    for (size_t i = 0; i < n; i++) {
        bool same = i && bk_str_eq(all[i].thing, all[i - 1].thing);
        if (same && bk_str_eq(all[i].action, all[i - 1].action)) continue;
        bk_buf_c(&out, same ? "," : i ? " " : "");
        if (!same) bk_buf_str(&out, all[i].thing);
        if (!same && all[i].action.n) bk_buf_byte(&out, ':');
        bk_buf_str(&out, all[i].action);
    }
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

void bk_oci_query_escape(bk_buf *out, bk_str text) {
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-_.~", c));
        if (plain) bk_buf_byte(out, (char)c);
        else if (c == ' ') bk_buf_byte(out, '+');
        else bk_buf_printf(out, "%%%c%c", digits[c >> 4], digits[c & 15]);
    }
}
