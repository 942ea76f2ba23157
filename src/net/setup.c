/* setup.c: curl's options for one hop of a call. */
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "net/state.h"

/* Every option goes through here; the first failure is kept, and looked at in the end. */
#define SET(option, value) keep_code(call, curl_easy_setopt(call->easy, option, value))

static void keep_code(bk_net_call *call, CURLcode code) {
    if (call->set_code == CURLE_OK) call->set_code = code;
}

static bk_status check_code(const bk_net_call *call, bk_err *err) {
    if (call->set_code == CURLE_OK) return BK_OK;
    if (call->set_code == CURLE_OUT_OF_MEMORY) return bk_err_nomem(err);
    return bk_err_set(err, BK_ERR, "the HTTP library: %s", curl_easy_strerror(call->set_code));
}

/* ---- sockets ---- */

static bool take_address(const struct curl_sockaddr *from, bk_net_peer *peer) {
    if (from->family == AF_INET && from->addrlen >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in in;
        memcpy(&in, &from->addr, sizeof in);
        memcpy(peer->ip.bytes, &in.sin_addr, 4);
        peer->ip.n = 4;
        peer->port = ntohs(in.sin_port);
        return true;
    }
    /* struct curl_sockaddr ends in a short struct sockaddr, but the bytes of the whole address follow. */
    if (from->family == AF_INET6 && from->addrlen >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 in;
        memcpy(&in, (const void *)&from->addr, sizeof in);
        memcpy(peer->ip.bytes, &in.sin6_addr, 16);
        peer->ip.n = 16;
        peer->port = ntohs(in.sin6_port);
        return true;
    }
    return false;
}

static curl_socket_t on_socket(void *self, curlsocktype purpose, struct curl_sockaddr *address) {
    bk_net_call *call = self;
    const bk_net_options *o = &call->net->options;
    bk_net_peer peer = {.host = call->url.host};
    const char *rule = "no internet address";
    (void)purpose;
    bool ok = take_address(address, &peer);
    peer.zone = ok ? bk_net_classify(&peer.ip) : BK_ZONE_RESERVED;
    call->peer = peer;
    if (ok && o->peer) ok = o->peer(o->self, &peer, &rule);
    call->refused = ok ? NULL : rule;
    if (!ok) return CURL_SOCKET_BAD;
#ifdef SOCK_CLOEXEC
    curl_socket_t fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
#else
    curl_socket_t fd = socket(address->family, address->socktype, address->protocol);
#endif
    bk_net_socket_opened(call->net, fd);
    return fd;
}

/* ---- the body ---- */

static size_t on_read(char *to, size_t one, size_t n, void *self) {
    bk_net_call *call = self;
    const bk_net_source *source = call->request.source;
    size_t room = one * n, got = 0;
    call->active_at = bk_net_now();
    if (source->read(source->self, to, room, &got, &call->err) == BK_OK && got <= room) return got;
    call->fault = BK_NET_FAULT_CALLBACK;
    return CURL_READFUNC_ABORT;
}

/* The body in memory of a request that must not happen twice. */
static size_t on_read_memory(char *to, size_t one, size_t n, void *self) {
    bk_net_call *call = self;
    bk_str left = bk_str_from(call->request.body, call->offset);
    size_t room = one * n;
    if (left.n > room) left.n = room;
    call->active_at = bk_net_now();
    if (left.n) memcpy(to, left.p, left.n);
    call->offset += left.n;
    return left.n;
}

static int on_seek(void *self, curl_off_t offset, int origin) {
    bk_net_call *call = self;
    const bk_net_source *source = call->request.source;
    if (offset != 0 || origin != SEEK_SET || !source->rewind) return CURL_SEEKFUNC_CANTSEEK;
    if (source->rewind(source->self, &call->err) == BK_OK) return CURL_SEEKFUNC_OK;
    call->fault = BK_NET_FAULT_CALLBACK;
    return CURL_SEEKFUNC_FAIL;
}

static int on_prepared(void *self, char *a, char *b, int c, int d) {
    bk_net_call *call = self;
    (void)a, (void)b, (void)c, (void)d;
    call->connected = call->sent = true;
    call->active_at = bk_net_now();
    return CURL_PREREQFUNC_OK;
}

static bool may_repeat(bk_str method) {
    static const char *const safe[] = {"GET", "HEAD", "OPTIONS"};
    for (size_t i = 0; i < BK_COUNT(safe); i++)
        if (bk_str_eq(method, bk_str_c(safe[i]))) return true;
    return false;
}

static void set_body(bk_net_call *call, bk_str method) {
    const bk_net_request *r = &call->request;
    bool head = bk_str_eq(method, BK_S("HEAD"));
    call->offset = 0;
    if (call->bodyless || (!r->source && !r->has_body)) {
        SET(CURLOPT_HTTPGET, 1L);
        if (head) SET(CURLOPT_NOBODY, 1L);
        /* A request whose method says that there is a body has an empty one. */
        bool announces = bk_str_eq(method, BK_S("POST")) || bk_str_eq(method, BK_S("PUT")) || bk_str_eq(method, BK_S("PATCH"));
        if (announces) {
            SET(CURLOPT_POST, 1L);
            SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)0);
            SET(CURLOPT_POSTFIELDS, "");
        }
        /* curl sends again what a kept connection did not answer, which the server may yet have done: such a request gets a connection that is new. */
        if (!may_repeat(method)) SET(CURLOPT_FRESH_CONNECT, 1L);
    } else if (r->source) {
        SET(CURLOPT_UPLOAD, 1L);
        SET(CURLOPT_READFUNCTION, on_read);
        SET(CURLOPT_READDATA, call);
        SET(CURLOPT_SEEKFUNCTION, on_seek);
        SET(CURLOPT_SEEKDATA, call);
        SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->source->length);
    } else {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
        if (may_repeat(method) || r->body.n == 0) {
            SET(CURLOPT_POSTFIELDS, r->body.n ? r->body.p : "");
        } else {
            /* For the same reason: a body that was sent cannot be rewound. */
            SET(CURLOPT_READFUNCTION, on_read_memory);
            SET(CURLOPT_READDATA, call);
        }
    }
    if (!head) SET(CURLOPT_CUSTOMREQUEST, method.p);
}

/* ---- headers ---- */

static bk_status add_line(bk_net_call *call, const char *line, bk_err *err) {
    struct curl_slist *more = curl_slist_append(call->headers, line);
    if (!more) return bk_err_nomem(err);
    call->headers = more;
    return BK_OK;
}

static bk_status add_header(bk_net_call *call, bk_str name, bk_str value, bk_err *err) {
    bk_str line;
    /* curl's way to say that a value is empty. */
    bool ok = value.n ? bk_arena_printf(&call->arena, &line, "%.*s: %.*s", BK_FMT(name), BK_FMT(value))
                      : bk_arena_printf(&call->arena, &line, "%.*s;", BK_FMT(name));
    return ok ? add_line(call, line.p, err) : bk_arena_fail(&call->arena, err);
}

static bk_status add_basic(bk_net_call *call, bk_str user, bk_str password, bk_err *err) {
    bk_str both, text;
    if (!bk_arena_printf(&call->arena, &both, "%.*s:%.*s", BK_FMT(user), BK_FMT(password))) return bk_arena_fail(&call->arena, err);
    size_t room = (both.n + 2) / 3 * 4 + 1;
    char *coded = both.n < (64 << 10) ? bk_arena_alloc(&call->arena, room) : NULL;
    if (!coded) return bk_err_limit(err, "bytes of credentials", 64 << 10);
    int n = EVP_EncodeBlock((unsigned char *)coded, (const unsigned char *)both.p, (int)both.n);
    if (!bk_arena_printf(&call->arena, &text, "Basic %.*s", n, coded)) return bk_arena_fail(&call->arena, err);
    return add_header(call, BK_S("Authorization"), text, err);
}

static bool has_header(const bk_net_request *r, const char *name, bool home) {
    for (size_t i = 0; i < r->header_count; i++)
        if ((home || r->headers[i].everywhere) && bk_str_eq_fold(r->headers[i].name, bk_str_c(name))) return true;
    return false;
}

static bk_status add_credentials(bk_net_call *call, bool home, bk_err *err) {
    const bk_net_request *r = &call->request;
    bk_str text;
    if (home && has_header(r, "Authorization", true)) return BK_OK;
    if (home && r->bearer.n) {
        if (!bk_arena_printf(&call->arena, &text, "Bearer %.*s", BK_FMT(r->bearer))) return bk_arena_fail(&call->arena, err);
        return add_header(call, BK_S("Authorization"), text, err);
    }
    if (home && (r->user.n || r->password.n)) return add_basic(call, r->user, r->password, err);
    /* A URL's own: the first one's at home, a redirect's where it leads. */
    const bk_net_url *from = call->url.has_user ? &call->url : home && call->first.has_user ? &call->first : NULL;
    return from ? add_basic(call, from->user, from->password, err) : BK_OK;
}

static bool is_about_body(bk_str name) {
    return bk_str_eq_fold(name, BK_S("Content-Type")) || bk_str_eq_fold(name, BK_S("Content-Encoding"));
}

static bk_status add_own(bk_net_call *call, bool home, bk_err *err) {
    const bk_net_request *r = &call->request;
    for (size_t i = 0; i < r->header_count; i++) {
        const bk_net_header *h = &r->headers[i];
        if (!home && !h->everywhere) continue;
        if (call->bodyless && is_about_body(h->name)) continue;
        BK_TRY(add_header(call, h->name, h->value, err));
    }
    return BK_OK;
}

/* What curl would add by itself; a bare "Name:" takes it out. */
static bk_status take_out(bk_net_call *call, bool home, bk_err *err) {
    const bk_net_request *r = &call->request;
    if (!has_header(r, "Accept", home)) BK_TRY(add_line(call, "Accept:", err));
    if (!has_header(r, "Content-Type", home) || call->bodyless) BK_TRY(add_line(call, "Content-Type:", err));
    return add_line(call, "Expect:", err);
}

/* Where the URL names another server for the sake of TLS, the header says the real one. */
static bk_status add_host(bk_net_call *call, bk_err *err) {
    const bk_net_url *u = &call->url;
    bool usual = u->port == (bk_str_eq(u->scheme, BK_S("https")) ? 443 : 80), six = bk_str_find_byte(u->host, ':') != BK_NPOS;
    bk_str host;
    if (!call->net->options.server_name.n || has_header(&call->request, "Host", true)) return BK_OK;
    if (!bk_arena_printf(&call->arena, &host, usual ? "%s%.*s%s" : "%s%.*s%s:%u", six ? "[" : "", BK_FMT(u->host), six ? "]" : "", u->port))
        return bk_arena_fail(&call->arena, err);
    return add_header(call, BK_S("Host"), host, err);
}

static bk_status set_headers(bk_net_call *call, bk_err *err) {
    bool home = bk_net_same_origin(&call->first, &call->url);
    curl_slist_free_all(call->headers);
    call->headers = NULL;
    BK_TRY(add_own(call, home, err));
    BK_TRY(add_credentials(call, home, err));
    BK_TRY(take_out(call, home, err));
    BK_TRY(add_host(call, err));
    SET(CURLOPT_HTTPHEADER, call->headers);
    SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
    if (!has_header(&call->request, "User-Agent", true)) SET(CURLOPT_USERAGENT, call->net->options.user_agent.p);
    return BK_OK;
}

/* ---- TLS, proxies ---- */

static void set_blob(bk_net_call *call, CURLoption option, bk_str pem) {
    struct curl_blob blob = {.data = (void *)(uintptr_t)pem.p, .len = pem.n, .flags = CURL_BLOB_NOCOPY};
    if (pem.n) SET(option, &blob);
}

/* The URL names the server that is wanted, and the connection goes where the request's URL says. */
static bk_status set_server_name(bk_net_call *call, bk_err *err) {
    bk_str name = call->net->options.server_name, line, port;
    bool six = bk_str_find_byte(call->url.host, ':') != BK_NPOS;
    CURLU *u = curl_url();
    char *text = NULL;
    if (!u) return bk_err_nomem(err);
    bool ok = bk_arena_printf(&call->arena, &port, "%u", call->url.port) &&
              curl_url_set(u, CURLUPART_URL, call->url.text.p, CURLU_PATH_AS_IS) == CURLUE_OK &&
              curl_url_set(u, CURLUPART_HOST, name.p, 0) == CURLUE_OK && curl_url_set(u, CURLUPART_PORT, port.p, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_URL, &text, 0) == CURLUE_OK &&
              bk_arena_printf(&call->arena, &line, "::%s%.*s%s:%u", six ? "[" : "", BK_FMT(call->url.host), six ? "]" : "", call->url.port);
    curl_slist_free_all(call->connect_to);
    call->connect_to = ok ? curl_slist_append(NULL, line.p) : NULL;
    CURLcode code = call->connect_to ? curl_easy_setopt(call->easy, CURLOPT_URL, text) : CURLE_URL_MALFORMAT;
    curl_free(text);
    curl_url_cleanup(u);
    if (code != CURLE_OK) return bk_err_set(err, BK_ERR, "\"%.*s\" is no server name", BK_FMT(name));
    SET(CURLOPT_CONNECT_TO, call->connect_to);
    return BK_OK;
}

/* A connection keeps its buffers: giving 17 KiB back behind each record and asking for them anew before the next one costs more than they do. */
static CURLcode on_tls(CURL *easy, void *context, void *self) {
    (void)easy, (void)self;
    SSL_CTX_clear_mode(context, SSL_MODE_RELEASE_BUFFERS);
    return CURLE_OK;
}

static bk_status set_tls(bk_net_call *call, bk_err *err) {
    const bk_net *net = call->net;
    const bk_net_options *o = &net->options;
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, o->insecure ? 0L : 1L);
    SET(CURLOPT_SSL_VERIFYHOST, o->insecure ? 0L : 2L);
    SET(CURLOPT_SSL_CTX_FUNCTION, on_tls);
    SET(CURLOPT_CAINFO, net->ca_file);
    SET(CURLOPT_CAPATH, net->ca_dir);
    SET(CURLOPT_PROXY_CAINFO, net->ca_file);
    SET(CURLOPT_PROXY_CAPATH, net->ca_dir);
    set_blob(call, CURLOPT_CAINFO_BLOB, o->ca_pem);
    set_blob(call, CURLOPT_SSLCERT_BLOB, o->cert_pem);
    set_blob(call, CURLOPT_SSLKEY_BLOB, o->key_pem);
    if (o->cert_file.n) SET(CURLOPT_SSLCERT, o->cert_file.p);
    if (o->key_file.n) SET(CURLOPT_SSLKEY, o->key_file.p);
    if (o->server_name.n && bk_str_eq(call->url.scheme, BK_S("https"))) BK_TRY(set_server_name(call, err));
    return BK_OK;
}

static bk_status set_proxy(bk_net_call *call, bk_err *err) {
    bk_str proxy = bk_net_proxy_for(&call->net->proxies, &call->url), copy;
    if (call->net->options.proxy == BK_NET_PROXY_URL) proxy = call->net->options.proxy_url;
    if (!bk_arena_dup(&call->arena, proxy, &copy)) return bk_arena_fail(&call->arena, err);
    /* Set even when empty: otherwise curl would look into the environment by rules of its own. */
    SET(CURLOPT_PROXY, copy.p);
    SET(CURLOPT_NOPROXY, "");
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    return BK_OK;
}

/* ---- all of it ---- */

static void set_basics(bk_net_call *call) {
    SET(CURLOPT_PRIVATE, call);
    SET(CURLOPT_ERRORBUFFER, call->curl_text);
    SET(CURLOPT_NOSIGNAL, 1L);
    /* A name server that does not answer is left to its thread: nobody waits for it beyond the time-out. */
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_URL, call->url.text.p);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_HTTP09_ALLOWED, 0L);
    SET(CURLOPT_HTTP_VERSION, (long)(call->net->options.http1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    SET(CURLOPT_PIPEWAIT, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, call->request.connect_ms == BK_NET_FOREVER ? 0x7fffffffL : (long)call->request.connect_ms);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
    SET(CURLOPT_OPENSOCKETDATA, call);
    SET(CURLOPT_CLOSESOCKETFUNCTION, bk_net_socket_close);
    SET(CURLOPT_CLOSESOCKETDATA, call->net);
    SET(CURLOPT_PREREQFUNCTION, on_prepared);
    SET(CURLOPT_PREREQDATA, call);
    SET(CURLOPT_HEADERFUNCTION, bk_net_on_header);
    SET(CURLOPT_HEADERDATA, call);
    SET(CURLOPT_WRITEFUNCTION, bk_net_on_data);
    SET(CURLOPT_WRITEDATA, call);
    SET(CURLOPT_BUFFERSIZE, call->request.small ? 4L << 10 : 128L << 10);
    if (call->request.small) SET(CURLOPT_UPLOAD_BUFFERSIZE, 16L << 10);
}

bk_status bk_net_setup(bk_net_call *call, bk_err *err) {
    const bk_net_request *r = &call->request;
    bk_str method = r->method;
    if (call->bodyless && !bk_str_eq(method, BK_S("HEAD"))) method = BK_S("GET");
    curl_easy_reset(call->easy);
    call->curl_text[0] = 0;
    call->set_code = CURLE_OK;
    set_basics(call);
    BK_TRY(set_tls(call, err));
    BK_TRY(set_proxy(call, err));
    set_body(call, method);
    BK_TRY(set_headers(call, err));
    return check_code(call, err);
}
