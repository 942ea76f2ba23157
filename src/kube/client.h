/* client.h: requests to the API server.
 *
 *     BK_TRY(bk_kube_new(&config, &(bk_kube_client_options){.burst = 100}, &kube, err));
 *     status = bk_kube_do(kube, arena, &(bk_kube_request){.path = BK_S("/version")}, &answer, err);
 *     bk_kube_free(kube);
 *
 * or a number of them at once over one connection (bk_kube_all); requests in flight are held back by --qps and --burst-limit alone.
 *
 * The server is asked with the credentials of the configuration: a token (of a file, read again every minute), a user and password, a client certificate, or
 * what an exec program gives, which runs when its credential is first needed, has expired, or was refused. Impersonation is added to every
 * request. Redirects are not followed: an API server makes none, and credentials would go along.
 *
 * Trying again: what the server did not begin to do (429, and 5xx with Retry-After), at most BK_KUBE_RETRIES times; a broken connection when nothing of the request
 * was sent, or it was a GET or said to be repeatable, a few times with growing pauses. Everything else is the caller's decision. Bodies have to be in memory for that.
 *
 * A status of 400 and above is an error: its message is the server's (metav1.Status) or says what came instead, and `answer` tells code and reason, so that
 * callers can tell "not found" from the rest. What the server says is data of a stranger: capped, and escaped by whoever shows it.
 *
 * Threads: one at a time uses a bk_kube. */
#ifndef BK_KUBE_CLIENT_H
#define BK_KUBE_CLIENT_H

#include "kube/config.h"
#include "net/net.h"

#define BK_KUBE_RETRIES 10u
#define BK_KUBE_BODY ((size_t)64 << 20)
#define BK_KUBE_AT_ONCE 64u /* requests in flight */
/* How long the requests that show whether a server is there may take. */
#define BK_KUBE_REACH_MS 32000u
/* How long an answer to a change is awaited once somebody has interrupted. */
#define BK_KUBE_GRACE_MS 2000u
/* Less than this in idle_ms is silence (streams: one byte). */
#define BK_KUBE_IDLE_BYTES 512u

typedef struct bk_kube bk_kube;

typedef struct bk_kube_client_options {
    double qps;               /* 0 and below: no limit */
    unsigned burst;           /* 0: 10 */
    char *const *environment; /* for exec programs; NULL: none */
    bk_str user_agent;        /* empty: Helm's */
    /* Warnings of the server (deprecated versions and the like), each text once. May be NULL. */
    void (*warn)(void *self, bk_str text);
    /* Called before a request that may change something. May be NULL. */
    void (*changes)(void *self);
    /* Whether somebody wants all this to end: asked while answers are awaited. What reads is given up then, what writes in BK_KUBE_GRACE_MS; requests that begin when it
     * was so already are for putting things right, and take their time. May be NULL. */
    bool (*interrupted)(void *self);
    void *self;
} bk_kube_client_options;

/* `config` is borrowed and outlives it. Nothing is sent yet. */
bk_status bk_kube_new(const bk_kube_config *config, const bk_kube_client_options *options, bk_kube **ret, bk_err *err);
void bk_kube_free(bk_kube *kube);

typedef struct bk_kube_request {
    bk_str method; /* empty: GET */
    bk_str path;   /* "/api/v1/namespaces/a/secrets": segments escaped by bk_kube_path */
    bk_str query;  /* "limit=500&watch=true", escaped; may be empty */
    bk_str body;
    bk_str content_type; /* of the body; empty: application/json */
    bk_str accept;       /* empty: application/json */
    bk_str etag;         /* If-None-Match; a 304 is an answer, no error */
    size_t cap;          /* of the answer's body; 0: BK_KUBE_BODY */
    uint32_t time_ms;    /* for one try; 0: two minutes */
    uint32_t idle_ms;    /* 0: a minute */
    bool repeatable;     /* may happen twice: asked again when the connection breaks before the answer, as a GET is */
} bk_kube_request;

typedef struct bk_kube_answer {
    unsigned status; /* 0: none came */
    bk_str body;     /* of an error too */
    bk_str type;     /* Content-Type */
    bk_str etag;
    bk_str date;      /* the server's clock, as its header has it */
    bk_str reason;    /* of an error: "NotFound", "AlreadyExists", "Conflict", "Forbidden" …; may be empty */
    bk_value details; /* of an error: Status.details, or nil */
    unsigned tries;   /* how often it was sent */
} bk_kube_answer;

/* One request. What the answer holds lies in the arena; it is filled for errors as well. */
bk_status bk_kube_do(bk_kube *kube, bk_arena *arena, const bk_kube_request *request, bk_kube_answer *ret, bk_err *err);

typedef struct bk_kube_item {
    bk_kube_request request;
    bk_kube_answer answer;
    bk_err err; /* BK_ERR_INIT before; release it */
} bk_kube_item;

/* All of them at once. BK_OK: every one has been asked, each has its own error; anything else is of the machinery. */
bk_status bk_kube_all(bk_kube *kube, bk_arena *arena, bk_kube_item *items, size_t count, bk_err *err);

/* The JSON of an answer, an object; says so when it is none ("the server answered text/html, not JSON"). */
bk_status bk_kube_json(bk_arena *arena, const bk_kube_answer *answer, bk_value *ret, bk_err *err);

/* ---- streams: watches and logs ---- */

/* Begins a request whose answer keeps coming: the sink gets the bytes while bk_kube_pump runs. Not tried again. Time-outs as in the request; 0 is no end here. */
bk_status bk_kube_stream(bk_kube *kube, const bk_kube_request *request, const bk_net_sink *sink, bk_net_call **ret, bk_err *err);
bk_status bk_kube_pump(bk_kube *kube, uint32_t wait_ms, bk_err *err);
/* The outcome of a stream that is done: an error status is an error as above. */
bk_status bk_kube_stream_result(bk_kube *kube, bk_net_call *call, bk_err *err);

/* ---- paths ---- */

/* Appends "/" and the segment, escaped; refuses an empty one, "." and "..", and what holds "/", "%" or control characters, as the server would. */
bk_status bk_kube_path(bk_buf *out, bk_str segment, bk_err *err);
/* Appends [&]name=value, escaped. */
void bk_kube_query(bk_buf *out, const char *name, bk_str value);

const bk_kube_config *bk_kube_config_of(const bk_kube *kube);

#endif
