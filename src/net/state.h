/* state.h: the inside of a bk_net and its calls; for the files of this folder only. */
#ifndef BK_NET_STATE_H
#define BK_NET_STATE_H

#include <curl/curl.h>

#include "net/net.h"
#include "net/proxy.h"

struct bk_net {
    bk_arena arena; /* copies of the options */
    bk_net_options options;
    bk_net_proxies proxies;
    const char *ca_file, *ca_dir; /* what is used */
    CURLM *multi;                 /* NULL before the first request */
    bk_net_call *calls;           /* all that are not freed */
    size_t active;
    curl_socket_t sockets[BK_NET_CONNECTIONS]; /* those that are open */
    size_t socket_count;
};

struct bk_net_call {
    bk_net *net;
    bk_net_call *next;
    void *tag;
    bk_arena arena;
    bk_net_request request; /* texts copied */
    bk_net_url first, url;
    unsigned hops;

    CURL *easy;
    CURLcode set_code; /* the first option that curl refused */
    struct curl_slist *headers, *connect_to;
    char curl_text[CURL_ERROR_SIZE];
    bool added;     /* it is in the multi handle */
    bool connected; /* the request of this hop is on its way */
    bool sent;      /* of any hop */
    bool bodyless;  /* a redirect made it a GET */
    size_t offset;  /* of the body in memory */

    /* The answer of this hop, as it comes in. */
    bk_net_answer answer;
    bk_net_header *heads;
    size_t head_cap, head_bytes, head_count; /* room; totals over all hops */
    bool in_body, redirecting;
    size_t got; /* bytes of the body */
    bk_buf body;

    uint64_t begun, active_at; /* monotonic, ms */
    size_t active_got;         /* `got` at that time */
    bk_net_peer peer;          /* the last that was tried */
    const char *refused;       /* why the last one was not */
    bool done;
    bk_net_fault fault;
    bk_err err;
};

uint64_t bk_net_now(void);

/* net.c: starts the libraries and the multi handle. */
bk_status bk_net_open(bk_net *net, bk_err *err);

/* call.c: ends the call with what is in its err (set before by bk_net_fail), or well. */
void bk_net_finish(bk_net_call *call, bk_net_fault fault);
/* The first reason wins. */
BK_PRINTF(4, 5) void bk_net_fail(bk_net_call *call, bk_net_fault fault, bk_status status, const char *fmt, ...);
/* After curl's CURLMSG_DONE: a redirect goes on, everything else ends the call. */
void bk_net_completed(bk_net_call *call, CURLcode code);
/* Time-outs; returns milliseconds until the next is due. */
uint32_t bk_net_check_time(bk_net_call *call, uint64_t now);

/* setup.c: curl's options for the call's present hop. */
bk_status bk_net_setup(bk_net_call *call, bk_err *err);
/* sockets.c: what is open, as curl opens and closes it. */
void bk_net_socket_opened(bk_net *net, curl_socket_t fd);
int bk_net_socket_close(void *net, curl_socket_t fd);
/* Says now what the system would say up to 40 ms later: a server that sends head and body apart waits for it (Nagle), for every answer but a connection's first. */
void bk_net_acknowledge(const bk_net *net);
/* receive.c: what they call. */
size_t bk_net_on_header(char *p, size_t one, size_t n, void *call);
size_t bk_net_on_data(char *p, size_t one, size_t n, void *call);

/* What Go's client says in front of its reader's complaints. */
#define BK_NET_MALFORMED "net/http: HTTP/1.x transport connection broken: "

/* fault.c: puts curl's code into words and a fault. */
void bk_net_explain(bk_net_call *call, CURLcode code);
/* Puts `Get "URL": ` in front of the call's error. */
void bk_net_name_request(bk_net_call *call);
/* "Not Found"; empty for a code nobody knows. */
const char *bk_net_status_text(unsigned status);

#endif
