/* fault.c: what went wrong, in the words that Go's programs have for it. */
#include <ctype.h>
#include <errno.h>
#include <openssl/x509_vfy.h>

#include <time.h>

#include "net/state.h"

void bk_net_name_request(bk_net_call *call) {
    char op[32] = "Get";
    bk_str m = call->request.method;
    for (size_t i = 0; i < m.n && i + 1 < sizeof op; i++) {
        op[i] = i ? (char)tolower((unsigned char)m.p[i]) : m.p[i];
        op[i + 1] = 0;
    }
    if (call->err.code != BK_OK && !call->in_body) bk_err_wrap(&call->err, "%s \"%.*s\"", op, BK_FMT(call->url.shown));
}

/* "127.0.0.1:80", "[::1]:80"; the host when no address was tried. */
static void peer_text(const bk_net_call *call, char *out, size_t room) {
    char ip[BK_NET_IP_TEXT];
    if (!call->peer.ip.n) {
        snprintf(out, room, "%.*s:%u", BK_FMT(call->url.host), call->url.port);
        return;
    }
    bk_net_ip_format(&call->peer.ip, ip);
    snprintf(out, room, call->peer.ip.n == 16 ? "[%s]:%u" : "%s:%u", ip, call->peer.port);
}

/* An errno in Go's words: the C library's, with a small first letter. */
static void os_text(CURL *easy, char *out, size_t room, const char *otherwise) {
    long number = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
    const char *text = number == ETIMEDOUT      ? "connection timed out"
                       : number == EHOSTUNREACH ? "no route to host"
                       : number                 ? strerror((int)number)
                                                : otherwise;
    snprintf(out, room, "%s", text);
    out[0] = (char)tolower((unsigned char)out[0]);
}

/* Go's words for a proxy that cannot be reached: who looks for a server should not wonder at another's address. */
static const char *via(const bk_net_call *call) {
    const bk_net *net = call->net;
    bool proxy = net->options.proxy == BK_NET_PROXY_URL ? net->options.proxy_url.n : bk_net_proxy_for(&net->proxies, &call->url).n;
    return proxy ? "proxyconnect tcp: " : "";
}

static void not_connected(bk_net_call *call, CURLcode code) {
    char peer[320], why[128];
    peer_text(call, peer, sizeof peer);
    if (call->refused) {
        bk_net_fail(call, BK_NET_FAULT_DENIED, BK_ERR_DENIED, "dial tcp %s: refused: %s", peer, call->refused);
        return;
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        bk_net_fail(call, BK_NET_FAULT_TIMEOUT, BK_ERR_TIMEOUT, "%sdial tcp %s: i/o timeout", via(call), peer);
        return;
    }
    os_text(call->easy, why, sizeof why, "cannot connect");
    bk_net_fail(call, BK_NET_FAULT_CONNECT, BK_ERR, "%sdial tcp %s: connect: %s", via(call), peer, why);
}

/* Whose clock is wrong can be seen from ours. */
static void outdated(bk_net_call *call, bool expired) {
    char now[32] = "?";
    time_t seconds = time(NULL);
    struct tm tm;
    if (gmtime_r(&seconds, &tm)) strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", &tm);
    bk_net_fail(call, BK_NET_FAULT_TLS, BK_ERR,
                "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time %s is %s", now,
                expired ? "after its end" : "before its beginning");
}

/* OpenSSL's verdict on the certificate. */
static void bad_certificate(bk_net_call *call) {
    long verdict = 0;
    curl_easy_getinfo(call->easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
    const char *why = NULL;
    switch (verdict) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED: why = "certificate signed by unknown authority"; break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED: outdated(call, verdict == X509_V_ERR_CERT_HAS_EXPIRED); return;
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED: break; /* the chain is not at fault, or was not looked at: the name */
    default: why = X509_verify_cert_error_string(verdict); break;
    }
    if (why) bk_net_fail(call, BK_NET_FAULT_TLS, BK_ERR, "tls: failed to verify certificate: x509: %s", why);
    else
        bk_net_fail(call, BK_NET_FAULT_TLS, BK_ERR, "tls: failed to verify certificate: x509: certificate is not valid for %.*s",
                    BK_FMT(call->net->options.server_name.n ? call->net->options.server_name : call->url.host));
}

static const char *curl_words(const bk_net_call *call, CURLcode code) {
    return call->curl_text[0] ? call->curl_text : curl_easy_strerror(code);
}

static void no_handshake(bk_net_call *call, CURLcode code) {
    const char *text = curl_words(call, code);
    if (strstr(text, "wrong version number") || strstr(text, "packet length too long") || strstr(text, "http request"))
        bk_net_fail(call, BK_NET_FAULT_TLS, BK_ERR, "http: server gave HTTP response to HTTPS client");
    else bk_net_fail(call, BK_NET_FAULT_TLS, BK_ERR, "tls: %s", text);
}

static void broken(bk_net_call *call, CURLcode code) {
    char peer[320], why[128];
    if (strstr(call->curl_text, "chunk")) {
        bk_net_fail(call, BK_NET_FAULT_PROTOCOL, BK_ERR, "invalid byte in chunk length");
        return;
    }
    peer_text(call, peer, sizeof peer);
    os_text(call->easy, why, sizeof why, "connection broken");
    bk_net_fail(call, BK_NET_FAULT_BROKEN, BK_ERR, "%s tcp %s: %s", code == CURLE_SEND_ERROR ? "write" : "read", peer, why);
}

/* What the library says of a line that its buffer, of 100 KiB, cannot hold; while an answer's head comes in it takes next to nothing else. */
static void no_memory(bk_net_call *call) {
    long sent = 0;
    curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &sent);
    if (sent > 0 && !call->in_body)
        bk_net_fail(call, BK_NET_FAULT_PROTOCOL, BK_ERR_LIMIT, "the server sends a line of headers longer than 100 KiB");
    else bk_net_fail(call, BK_NET_FAULT_OTHER, BK_ERR_NOMEM, "out of memory");
}

static void explain(bk_net_call *call, CURLcode code) {
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        bk_net_fail(call, BK_NET_FAULT_RESOLVE, BK_ERR, "dial tcp: lookup %.*s: no such host", BK_FMT(call->url.host));
        return;
    case CURLE_COULDNT_RESOLVE_PROXY:
        bk_net_fail(call, BK_NET_FAULT_RESOLVE, BK_ERR, "proxyconnect tcp: the proxy's host is not known");
        return;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_COULDNT_CONNECT: not_connected(call, code); return;
    case CURLE_PEER_FAILED_VERIFICATION: bad_certificate(call); return;
    case CURLE_SSL_CONNECT_ERROR: no_handshake(call, code); return;
    case CURLE_SSL_CACERT_BADFILE:
        bk_net_fail(call, BK_NET_FAULT_REQUEST, BK_ERR, "can't read CA file: %s", curl_words(call, code));
        return;
    case CURLE_SSL_CERTPROBLEM:
        bk_net_fail(call, BK_NET_FAULT_REQUEST, BK_ERR, "unable to load cert from key pair: %s", curl_words(call, code));
        return;
    case CURLE_GOT_NOTHING: bk_net_fail(call, BK_NET_FAULT_BROKEN, BK_ERR, call->in_body ? "unexpected EOF" : "EOF"); return;
    case CURLE_PARTIAL_FILE: bk_net_fail(call, BK_NET_FAULT_BROKEN, BK_ERR, "unexpected EOF"); return;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: broken(call, code); return;
    case CURLE_SEND_FAIL_REWIND:
        bk_net_fail(call, BK_NET_FAULT_BROKEN, BK_ERR,
                    "the connection was closed before the answer, and the request cannot be sent again safely");
        return;
    case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9 */
    case CURLE_WEIRD_SERVER_REPLY: bk_net_fail(call, BK_NET_FAULT_PROTOCOL, BK_ERR, BK_NET_MALFORMED "malformed HTTP response"); return;
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: bk_net_fail(call, BK_NET_FAULT_BROKEN, BK_ERR, "http2: %s", curl_words(call, code)); return;
    case CURLE_OUT_OF_MEMORY: no_memory(call); return;
    case CURLE_PROXY: bk_net_fail(call, BK_NET_FAULT_CONNECT, BK_ERR, "proxyconnect tcp: %s", curl_words(call, code)); return;
    default: bk_net_fail(call, BK_NET_FAULT_OTHER, BK_ERR, "%s", curl_words(call, code)); return;
    }
}

void bk_net_explain(bk_net_call *call, CURLcode code) {
    bool own = call->err.code != BK_OK; /* a callback has said why */
    if (!own) explain(call, code);
    if (!own || call->fault != BK_NET_FAULT_CALLBACK) bk_net_name_request(call);
}

static const struct {
    unsigned status;
    const char *text;
} status_texts[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Request Entity Too Large"},
    {414, "Request URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Requested Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Entity"},
    {423, "Locked"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
    {511, "Network Authentication Required"},
};

const char *bk_net_status_text(unsigned status) {
    for (size_t i = 0; i < BK_COUNT(status_texts); i++)
        if (status_texts[i].status == status) return status_texts[i].text;
    return "";
}
