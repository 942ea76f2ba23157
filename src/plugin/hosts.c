/* hosts.c: patterns of allowedHosts.
 *
 * Matching keeps the set of positions of the host that the pattern so far can end at, so its cost is the product of both lengths whatever the pattern
 * looks like. */
#include "net/address.h"
#include "plugin/http.h"

#define NESTING 8u
#define HOST_MAX 255u

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

static bk_str without_dot(bk_str s) { return s.n > 1 && s.p[s.n - 1] == '.' ? bk_str_sub(s, 0, s.n - 1) : s; }

/* An address, an IPv6 one with or without brackets. */
static bool address_of(bk_str s, bk_net_ip *ret) {
    if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']') return bk_net_ip_parse(bk_str_sub(s, 1, s.n - 1), ret) && ret->n == 16;
    return bk_net_ip_parse(s, ret);
}

static bool has_signs(bk_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (strchr("*?[]{}\\", s.p[i])) return true;
    return false;
}

bool bk_plugin_host_is_name(bk_str pattern) {
    bk_net_ip ip;
    return pattern.n > 0 && (address_of(pattern, &ip) || !has_signs(pattern));
}

/* ---- checking ---- */

typedef struct check {
    bk_str p;
    size_t at;
    const char *wrong;
} check;

static bool is_host_byte(char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/* "[!a-z]", whose "[" is read. */
static bool check_class(check *c) {
    size_t from;
    if (c->at < c->p.n && c->p.p[c->at] == '!') c->at++;
    for (from = c->at; c->at < c->p.n && c->p.p[c->at] != ']'; c->at++) {
        char ch = c->p.p[c->at];
        if (!is_host_byte(ch)) return c->wrong = "a sign within brackets", false;
        if (ch != '-' || c->at == from || c->at + 1 >= c->p.n || c->p.p[c->at + 1] == ']') continue;
        if ((unsigned char)lower(c->p.p[c->at - 1]) > (unsigned char)lower(c->p.p[c->at + 1]))
            return c->wrong = "a range that runs backwards", false;
    }
    if (c->at >= c->p.n) return c->wrong = "[ without ]", false;
    if (c->at == from) return c->wrong = "empty brackets", false;
    c->at++;
    return true;
}

/* Up to the end, or the "}" that closes what the caller opened. */
static bool check_run(check *c, unsigned depth) {
    if (depth > NESTING) return c->wrong = "braces that are nested too deep", false;
    while (c->at < c->p.n) {
        char ch = c->p.p[c->at++];
        if (ch == '/' || ch == ':' || ch == '@' || ch == '%')
            return c->wrong = "more than a host name: no scheme, port, path or user belongs here", false;
        if (!is_host_byte(ch) && !strchr("*?[]{}\\", ch) && !(ch == ',' && depth))
            return c->wrong = "a byte that host names do not have", false;
        if (ch == '[' && !check_class(c)) return false;
        if (ch == ']') return c->wrong = "] without [", false;
        if (ch == '\\' && c->at++ >= c->p.n) return c->wrong = "a \\ at the end", false;
        if (ch == '{') {
            if (!check_run(c, depth + 1)) return false;
            if (c->at >= c->p.n) return c->wrong = "{ without }", false;
            c->at++;
        }
        if (ch == '}') {
            if (depth == 0) return c->wrong = "} without {", false;
            c->at--;
            return true;
        }
    }
    return true;
}

static const char *what_is_wrong(bk_str pattern) {
    bk_net_ip ip;
    if (pattern.n == 0) return "it is empty";
    if (pattern.n > BK_PLUGIN_HTTP_PATTERN) return "it is too long";
    if (address_of(pattern, &ip)) return NULL;
    check c = {.p = pattern};
    if (!check_run(&c, 0)) return c.wrong;
    return NULL;
}

bk_status bk_plugin_hosts_check(const bk_str *hosts, size_t count, bk_err *err) {
    if (count > BK_PLUGIN_HTTP_PATTERNS) return bk_err_limit(err, "patterns of allowedHosts", BK_PLUGIN_HTTP_PATTERNS);
    for (size_t i = 0; i < count; i++) {
        const char *wrong = what_is_wrong(hosts[i]);
        if (wrong) return bk_err_set(err, BK_ERR, "allowedHosts: bad pattern \"%.*s\": %s", BK_FMT(bk_str_sub(hosts[i], 0, 200)), wrong);
    }
    return BK_OK;
}

/* ---- matching ---- */

/* Positions 0 … host.n. */
typedef struct positions {
    bool at[HOST_MAX + 1];
} positions;

typedef struct matcher {
    bk_str p, host;
    size_t at;
} matcher;

static bool in_class(bk_str class, char c) {
    bool not = bk_str_starts(class, BK_S("!")), in = false;
    if (not) class = bk_str_from(class, 1);
    for (size_t i = 0; i < class.n && !in; i++) {
        if (i + 2 < class.n && class.p[i + 1] == '-') {
            in = c >= lower(class.p[i]) && c <= lower(class.p[i + 2]);
            i += 2;
        } else {
            in = c == lower(class.p[i]);
        }
    }
    return not ? !in && c != '.' : in;
}

/* One byte of the host: equal to `literal`, or within the class where `class.n` is not 0, or any but a dot. */
static void one(const matcher *m, positions *pos, char literal, bk_str class) {
    for (size_t i = m->host.n; i > 0; i--) {
        char c = lower(m->host.p[i - 1]);
        bool fits = class.n ? in_class(class, c) : literal ? c == lower(literal) : c != '.';
        pos->at[i] = pos->at[i - 1] && fits;
    }
    pos->at[0] = false;
}

static void any(const matcher *m, positions *pos, bool dots) {
    for (size_t i = 1; i <= m->host.n; i++) pos->at[i] = pos->at[i] || (pos->at[i - 1] && (dots || m->host.p[i - 1] != '.'));
}

static bool run(matcher *m, positions *pos, unsigned depth);

/* "{a,b}", whose "{" is read. */
static bool alternatives(matcher *m, positions *pos, unsigned depth) {
    positions all = {{false}};
    for (bool more = true; more;) {
        positions branch = *pos;
        if (!run(m, &branch, depth + 1) || m->at >= m->p.n) return false;
        for (size_t i = 0; i <= m->host.n; i++) all.at[i] = all.at[i] || branch.at[i];
        more = m->p.p[m->at++] == ',';
    }
    *pos = all;
    return true;
}

/* Stops at the end, and within braces at "," and "}". False: the pattern is none. */
static bool run(matcher *m, positions *pos, unsigned depth) {
    if (depth > NESTING) return false;
    while (m->at < m->p.n) {
        char c = m->p.p[m->at];
        if (depth && (c == ',' || c == '}')) return true;
        m->at++;
        if (c == '*') {
            bool two = m->at < m->p.n && m->p.p[m->at] == '*';
            while (m->at < m->p.n && m->p.p[m->at] == '*') m->at++;
            any(m, pos, two);
        } else if (c == '?') {
            one(m, pos, 0, BK_S(""));
        } else if (c == '[') {
            size_t end = m->at;
            while (end < m->p.n && m->p.p[end] != ']') end++;
            if (end >= m->p.n || end == m->at) return false;
            one(m, pos, 0, bk_str_sub(m->p, m->at, end));
            m->at = end + 1;
        } else if (c == '{') {
            if (!alternatives(m, pos, depth)) return false;
        } else {
            if (c == '\\' && m->at >= m->p.n) return false;
            one(m, pos, c == '\\' ? m->p.p[m->at++] : c, BK_S(""));
        }
    }
    return depth == 0;
}

bool bk_plugin_host_match(bk_str pattern, bk_str host) {
    bk_net_ip a, b;
    positions pos = {{true}};
    host = without_dot(host);
    if (address_of(pattern, &a)) return address_of(host, &b) && a.n == b.n && memcmp(a.bytes, b.bytes, a.n) == 0;
    if (bk_plugin_host_is_name(pattern) || what_is_wrong(pattern)) return bk_str_eq_fold(without_dot(pattern), host);
    if (host.n == 0 || host.n > HOST_MAX) return false;
    matcher m = {.p = without_dot(pattern), .host = host};
    return run(&m, &pos, 0) && pos.at[host.n];
}

bool bk_plugin_hosts_match(const bk_str *hosts, size_t count, bk_str host, bool *ret_named) {
    bool found = false;
    *ret_named = false;
    for (size_t i = 0; i < count; i++) {
        if (!bk_plugin_host_match(hosts[i], host)) continue;
        found = true;
        if (bk_plugin_host_is_name(hosts[i])) *ret_named = true;
    }
    return found;
}
