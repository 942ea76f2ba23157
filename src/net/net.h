/* net.h: the one place that speaks HTTP.
 *
 * A bk_net is one *subject's* view of the network: its certificates, its proxy, its rule about addresses, and its connections, which no
 * other subject ever uses. Subjects are, say, a repository, a registry, a cluster, one call of a plugin. Making one costs nothing: the libraries
 * beneath start with the first request of the program.
 *
 *     BK_TRY(bk_net_new(&(bk_net_options){.proxy = BK_NET_PROXY_ENV}, &net, err));
 *     status = bk_net_do(net, arena, &(bk_net_request){.url = url, .cap = 1 << 20, .redirects = 10}, &answer, err);
 *     bk_net_free(net);
 *
 * or many at once, from one thread, over few connections (HTTP/2 where the server speaks it):
 *
 *     BK_TRY(bk_net_start(net, &request, &call, err));      as often as wanted
 *     while (!bk_net_call_done(call)) BK_TRY(bk_net_pump(net, 1000, err));
 *     status = bk_net_call_result(call, &answer, err);
 *     bk_net_call_free(call);
 *
 * The other side is not trusted. Whatever it sends is capped while it arrives (body, headers, their number, the URL of a redirect); a body
 * that is shorter than announced is an error; every wait has an end; a redirect is a new request that is judged anew. HTTP/0.9, compression, cookies,
 * server push, other protocols, and authentication by anything but headers of the caller's do not exist here.
 *
 * Threads: a bk_net and its calls belong to one thread at a time; different ones may run at the same time. bk_net_wake may be called
 * from anywhere. Callbacks run within bk_net_pump and bk_net_do, and may not call these on the same bk_net. */
#ifndef BK_NET_NET_H
#define BK_NET_NET_H

#include "base/buf.h"
#include "net/address.h"
#include "net/url.h"

/* What holds when a request says nothing. */
#define BK_NET_BODY ((size_t)32 << 20)
#define BK_NET_HEADER_BYTES ((size_t)256 << 10) /* of one request with all its redirects */
#define BK_NET_HEADER_COUNT 512u                /* likewise, informational answers included */
#define BK_NET_CONNECT_MS 30000u
#define BK_NET_IDLE_MS 60000u
#define BK_NET_TOTAL_MS 120000u
#define BK_NET_CALLS 1024u     /* in flight at once, in one bk_net */
#define BK_NET_CONNECTIONS 64u /* at once, in one bk_net */
#define BK_NET_FOREVER UINT32_MAX

typedef struct bk_net bk_net;
typedef struct bk_net_call bk_net_call;

/* ---- a subject ---- */

typedef enum bk_net_proxy {
    BK_NET_PROXY_OFF,
    BK_NET_PROXY_ENV, /* net/proxy.h */
    BK_NET_PROXY_URL, /* proxy_url for every request: http, https, socks5, socks5h */
} bk_net_proxy;

/* A socket that is about to be connected for a request to this host (net/url.h's form). With a proxy it is the proxy's address. */
typedef struct bk_net_peer {
    bk_str host;
    bk_net_ip ip;
    uint16_t port;
    bk_net_zone zone;
} bk_net_peer;

/* All texts are copied. Empty texts and NULLs mean: not set. */
typedef struct bk_net_options {
    bk_str user_agent; /* empty: "bulkhead" and its version */
    bk_net_proxy proxy;
    bk_str proxy_url;
    /* TLS, version 1.2 at least. Files are named or given as PEM; without a CA the system's are taken (SSL_CERT_FILE and SSL_CERT_DIR name others). */
    bk_str ca_file, ca_pem;
    bk_str cert_file, key_file, cert_pem, key_pem;
    bk_str server_name; /* what the certificate must be for, and is asked for, instead of the URL's host */
    bool insecure;      /* any certificate will do */
    bool http1;         /* no HTTP/2 */
    /* Judges every socket: false, and the next address of the name is tried. *ret_rule (a literal) says why, for the error. */
    bool (*peer)(void *self, const bk_net_peer *peer, const char **ret_rule);
    void *self;
    uint32_t connections_per_host; /* 0: no other limit than that for all */
} bk_net_options;

bk_status bk_net_new(const bk_net_options *options, bk_net **ret, bk_err *err);
/* Closes the connections and ends calls that are left (they are freed as well). NULL is fine. */
void bk_net_free(bk_net *net);

/* ---- requests ---- */

typedef struct bk_net_header {
    bk_str name, value;
    bool everywhere; /* goes to other origins too when a redirect leads there: Accept, say; never for anything secret */
} bk_net_header;

typedef struct bk_net_answer {
    unsigned status;
    bk_str reason;                /* "Not Found": what the server said, or the usual words */
    bk_str url;                   /* that answered, after redirects; in the form for messages */
    const bk_net_header *headers; /* of the last answer; names in lower case; trailers are not kept */
    size_t header_count;
    int64_t length; /* as announced; -1: not */
    bk_str body;    /* empty with a sink */
    unsigned hops;  /* redirects followed */
    bool http2;
} bk_net_answer;

/* Value of the first header of that (lower-case) name; empty without one. */
bk_str bk_net_answer_header(const bk_net_answer *answer, const char *name);

typedef struct bk_net_hop {
    const bk_net_url *from, *to; /* from is NULL for the request's own URL */
    unsigned number;             /* 0 for the request's own URL */
    unsigned status;             /* of the redirect; 0 for the first */
} bk_net_hop;

/* Where the body comes from: fills at most `room` bytes; *ret_n = 0 ends it. A redirect or a retry of the library's needs `rewind`. */
typedef struct bk_net_source {
    void *self;
    bk_status (*read)(void *self, char *to, size_t room, size_t *ret_n, bk_err *err);
    bk_status (*rewind)(void *self, bk_err *err);
    int64_t length; /* -1: unknown */
} bk_net_source;

/* Where the body of the last answer goes, redirects' bodies excluded. `head` may be NULL; it comes before the first byte, and may refuse. A sink that fails
 * ends the request with its error. */
typedef struct bk_net_sink {
    void *self;
    bk_status (*head)(void *self, const bk_net_answer *answer, bk_err *err);
    bk_status (*data)(void *self, bk_str bytes, bk_err *err);
} bk_net_sink;

/* Borrowed until the call ends: body, source, sink and hop's self. Everything else is copied. */
typedef struct bk_net_request {
    bk_str method; /* empty: GET, or POST with a body */
    bk_str url;
    const bk_net_header *headers; /* sent as they are: names are tokens, values hold no control characters */
    size_t header_count;
    bk_str user, password; /* basic authentication, for the URL's own origin */
    bk_str bearer;         /* or a token */
    bk_str body;
    bool has_body;               /* also when it is empty */
    const bk_net_source *source; /* instead of body */
    const bk_net_sink *sink;     /* NULL: collected in the answer */

    size_t cap;      /* bytes of the body, for a sink too; 0: BK_NET_BODY */
    size_t head_cap; /* bytes of all headers; 0: BK_NET_HEADER_BYTES */
    /* 0: as above; BK_NET_FOREVER: no end. Total: until the last byte. Idle: without a byte in either direction. */
    uint32_t connect_ms, idle_ms, total_ms;
    /* So many bytes of a body are needed to count as a sign of life; 0: one. A server that sends a byte a second says nothing, either. */
    uint32_t idle_bytes;
    bool small; /* one of many at once, with little to say: less room for buffers */
    /* The redirect of this number is an error, as Go counts: 10 follows nine. 0: a redirect is an answer like any other. */
    unsigned redirects;
    /* Judges each hop, the first included; may be NULL. Anything but BK_OK ends the request with that error. */
    bk_status (*hop)(void *self, const bk_net_hop *hop, bk_err *err);
    void *self;
} bk_net_request;

/* What went wrong, for callers who try again. */
typedef enum bk_net_fault {
    BK_NET_FINE,
    BK_NET_FAULT_REQUEST,  /* it makes no sense: URL, header, option */
    BK_NET_FAULT_DENIED,   /* a hop or an address was refused */
    BK_NET_FAULT_RESOLVE,  /* no such host */
    BK_NET_FAULT_CONNECT,  /* nobody there */
    BK_NET_FAULT_TLS,      /* handshake or certificate */
    BK_NET_FAULT_BROKEN,   /* the connection ended early, or a body was cut short */
    BK_NET_FAULT_PROTOCOL, /* no HTTP, malformed, or headers beyond their caps */
    BK_NET_FAULT_LIMIT,    /* a body beyond its cap */
    BK_NET_FAULT_TIMEOUT,
    BK_NET_FAULT_REDIRECT, /* too many, or one that cannot be followed */
    BK_NET_FAULT_CANCELLED,
    BK_NET_FAULT_CALLBACK, /* source or sink failed */
    BK_NET_FAULT_OTHER,
} bk_net_fault;

/* Does one request from start to end. Any status code is an answer. What the answer holds lies in the arena. Errors are worded as Go's programs word
 * them, with the request in front: `Get "https://h/x": dial tcp 127.0.0.1:1: connect: connection refused`; once the body has begun the
 * reason stands alone ("unexpected EOF"). Status: BK_ERR, BK_ERR_LIMIT, BK_ERR_TIMEOUT, BK_ERR_DENIED or what a callback said. */
bk_status bk_net_do(bk_net *net, bk_arena *arena, const bk_net_request *request, bk_net_answer *ret, bk_err *err);

/* ---- many at once ---- */

/* Begins a request; it makes progress in bk_net_pump. */
bk_status bk_net_start(bk_net *net, const bk_net_request *request, bk_net_call **ret, bk_err *err);
/* Moves all calls on: waits for at most wait_ms for something to happen, does what there is to do, and returns. An error is of the machinery, not of a
 * call. */
bk_status bk_net_pump(bk_net *net, uint32_t wait_ms, bk_err *err);
/* Calls that are not done. */
size_t bk_net_active(const bk_net *net);
/* No call is left, done or not. */
bool bk_net_empty(const bk_net *net);
/* Ends the wait of bk_net_pump in another thread. */
void bk_net_wake(bk_net *net);

bool bk_net_call_done(const bk_net_call *call);
/* Ends a call now; its result is an error. */
void bk_net_call_cancel(bk_net_call *call);
/* The outcome of a call that is done; the answer lives until bk_net_call_free. After an error *ret holds what had come. */
bk_status bk_net_call_result(bk_net_call *call, bk_net_answer *ret, bk_err *err);
/* Moves the body of a call that is over into an arena, without a copy. False without memory: it stays where it is. */
bool bk_net_call_take_body(bk_net_call *call, bk_arena *arena, bk_str *ret) BK_MUST;
bk_net_fault bk_net_call_fault(const bk_net_call *call);
/* A byte of the request may have reached the server: whoever tries again does so only when it may happen twice. */
bool bk_net_call_sent(const bk_net_call *call);
/* Whatever the caller wants to find again. */
void bk_net_call_tag(bk_net_call *call, void *tag);
void *bk_net_call_tag_of(const bk_net_call *call);
/* Ends it if need be. NULL is fine. */
void bk_net_call_free(bk_net_call *call);

#endif
