/* http.h: http_request for plugins.
 *
 * A session is what one call of one plugin may reach: connections are shared within it and with nobody else. Make one when the plugin's
 * first request comes, free it with the call. Nothing touches the network before the first request, and a session is used by one thread.
 *
 * A request happens only when all of this holds, for the URL itself and again for every redirect:
 *
 * - the scheme is http or https; the host matches a pattern of allowedHosts (`hosts`);
 * - the guard agrees (`judge`: it asks for the grant, writes the ledger, and may refuse with its own words);
 * - the address of the very socket about to be connected suits the host: a public address always; a private one only for a host that is
 *   *named*, letter by letter, in allowedHosts and in the grant; a loopback address only when in addition the URL's host is "localhost"
 *   or a literal loopback address; link-local, metadata, multicast, unspecified and reserved addresses never. An IPv4 address within an
 *   IPv6 one (mapped, NAT64, 6to4 …) counts as itself.
 *
 * Redirects (at most BK_PLUGIN_HTTP_REDIRECTS) are followed as Go does it: 303, and 301 and 302 after POST, become GET without a body. To
 * another origin (scheme, host, port) no header of the plugin's goes along, credentials in the URL included. No proxy, the
 * system's certificates only, no cookies, no compression. Headers that frame the message (Host, Content-Length, Connection …) are
 * dropped, as Go drops them.
 *
 * Patterns of allowedHosts
 *
 *     *        any bytes but a dot, or none: "*.example.com" is one label deep
 *     **       any bytes, dots as well: "**.example.com" is any depth
 *     ?        one byte but a dot
 *     [a-z]    one of these; [!a-z] one but these and the dot
 *     {a,b}    one of these patterns; may nest
 *     \x       x itself
 *
 * compared without regard to ASCII case against the host alone: no scheme, no port; one final dot is ignored, and an IPv6 address stands with or
 * without brackets. A pattern without any of these signs *names* its host. */
#ifndef BK_PLUGIN_HTTP_H
#define BK_PLUGIN_HTTP_H

#include "value/map.h"

#define BK_PLUGIN_HTTP_REDIRECTS 10u
#define BK_PLUGIN_HTTP_BODY ((size_t)50 << 20)    /* the most that any cap may be */
#define BK_PLUGIN_HTTP_REQUEST ((size_t)64 << 20) /* a request's body */
#define BK_PLUGIN_HTTP_HEADERS 256u               /* headers of a request, and of an answer */
#define BK_PLUGIN_HTTP_PATTERN 512u               /* bytes of a pattern */
#define BK_PLUGIN_HTTP_PATTERNS 256u

/* Checks the patterns of allowedHosts: when a plugin is loaded, installed or inspected. The error names the pattern and what is wrong with it. */
bk_status bk_plugin_hosts_check(const bk_str *hosts, size_t count, bk_err *err);
/* The pattern names one host, letter by letter. */
bool bk_plugin_host_is_name(bk_str pattern);
/* The (checked) pattern matches the host. A pattern that does not pass the check matches nothing but itself. */
bool bk_plugin_host_match(bk_str pattern, bk_str host);
/* Some pattern matches; *ret_named: one of those that do names the host. */
bool bk_plugin_hosts_match(const bk_str *hosts, size_t count, bk_str host, bool *ret_named);

/* What the guard is asked: may the plugin go there? */
typedef struct bk_plugin_http_hop {
    bk_str url;  /* without credentials and fragment */
    bk_str host; /* lower case, without port, brackets and final dot: what grants name */
    uint16_t port;
    unsigned number; /* 0: the plugin's own URL; then the redirects */
    bool
        requested; /* allowedHosts has it; if not, the hop is refused whatever is answered, and is asked for the sake of the ledger alone */
} bk_plugin_http_hop;

/* BK_OK: granted; *ret_named says whether the grant names the host letter by letter. Anything else (BK_ERR_DENIED) ends the request with that error. */
typedef bk_status (*bk_plugin_http_judge)(void *self, const bk_plugin_http_hop *hop, bool *ret_named, bk_err *err);

typedef struct bk_plugin_http_options {
    const bk_str *hosts; /* allowedHosts as requested; borrowed */
    size_t host_count;
    bk_plugin_http_judge judge;
    void *self;
} bk_plugin_http_options;

typedef struct bk_plugin_http bk_plugin_http;

bk_status bk_plugin_http_new(const bk_plugin_http_options *options, bk_plugin_http **ret, bk_err *err);
/* Closes the connections. NULL is fine. */
void bk_plugin_http_free(bk_plugin_http *session);

typedef struct bk_plugin_http_request {
    bk_str url, method; /* method: empty for GET; made upper case */
    bk_value headers;   /* a map of names to texts, or nil */
    bk_str body;
    size_t cap;       /* bytes of the answer's body; 0: not one (an answer with a body fails) */
    uint32_t time_ms; /* the call's time left (bk_sandbox_time_left); 0: none is left */
} bk_plugin_http_request;

typedef struct bk_plugin_http_answer {
    unsigned status;
    bk_value headers; /* a map: lower-case names to texts; repeated headers joined by "," */
    bk_str body;      /* in the arena */
} bk_plugin_http_answer;

/* Any status code is an answer. Errors, in Helm's words where it has some:
 *
 *     BK_ERR_DENIED   "HTTP request to 'URL' is not allowed" and why; or what judge said
 *     BK_ERR_LIMIT    "http: request body too large" (the answer's body is beyond the cap), headers beyond theirs
 *     BK_ERR_TIMEOUT  the time was over
 *     BK_ERR          the rest: a malformed request, and what the network said */
bk_status bk_plugin_http_do(bk_plugin_http *session, bk_arena *arena, const bk_plugin_http_request *request, bk_plugin_http_answer *ret,
                            bk_err *err);

#endif
