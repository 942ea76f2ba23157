/* handlers_dns.c: the effect dns: what a host name resolves to. Decided by --enable-dns and rules before it comes here. */
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include "guard/handlers.h"
#include "value/codec.h"

#define ADDRESSES 64u

/* What rules match: lower case, without the final dot. */
static bk_status target(void *self, const bk_ask *ask, bk_str *ret, bk_err *err) {
    (void)self;
    bk_str host;
    if (!bk_arg_text(ask, "host", &host)) return bk_arg_fail(ask, err);
    char *copy = bk_arena_alloc(ask->arena, host.n + 1);
    if (!copy) return bk_arena_fail(ask->arena, err);
    for (size_t i = 0; i < host.n; i++) copy[i] = host.p[i] >= 'A' && host.p[i] <= 'Z' ? (char)(host.p[i] + 32) : host.p[i];
    if (host.n > 1 && copy[host.n - 1] == '.') host.n--;
    copy[host.n] = 0;
    *ret = bk_str_of(copy, host.n);
    return BK_OK;
}

static bool is_address(const char *host) {
    unsigned char room[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, room) == 1 || inet_pton(AF_INET6, host, room) == 1;
}

/* What Go takes for a name: labels of letters, digits, "-" and "_", not all of digits (the C library would read "127.1" or "0x7f.1" as addresses). */
static bool is_name(bk_str host) {
    if (!host.n || host.n > 253) return false;
    bool letter = false;
    size_t label = 0, last = 0;
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        if (c == '.') {
            if (label == 0) return false;
            label = 0;
            last = i + 1;
            continue;
        }
        bool digit = c >= '0' && c <= '9';
        if (!digit && !(c >= 'a' && c <= 'z') && c != '_' && c != '-') return false;
        letter = letter || !digit;
        if (++label > 63) return false;
    }
    char first = host.p[last < host.n ? last : 0];
    return letter && label > 0 && (first < '0' || first > '9');
}

static bool known(const bk_items *items, bk_str text) {
    for (size_t i = 0; i < items->n; i++)
        if (bk_str_eq(bk_value_str(items->p[i]), text)) return true;
    return false;
}

static bk_status resolve(const bk_ask *ask, bk_items *items, bk_err *err) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo(ask->target.p, NULL, &hints, &found) != 0) return BK_OK; /* as Sprig: nothing */
    for (const struct addrinfo *a = found; a && items->n < ADDRESSES; a = a->ai_next) {
        char text[INET6_ADDRSTRLEN + 1 + 16];
        bk_str kept;
        if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) != 0 || known(items, bk_str_c(text)))
            continue;
        if (!bk_arena_dup(ask->arena, bk_str_c(text), &kept)) {
            freeaddrinfo(found);
            return bk_arena_fail(ask->arena, err);
        }
        bk_items_add(items, bk_string(kept));
    }
    freeaddrinfo(found);
    return BK_OK;
}

static bk_status perform(void *self, const bk_ask *ask, bk_buf *answer, bk_err *err) {
    (void)self;
    bk_items items;
    bk_value list;
    bk_items_init(&items, ask->arena);
    bool whole = memchr(ask->target.p, 0, ask->target.n) == NULL;
    if (whole && is_address(ask->target.p)) bk_items_add(&items, bk_string(ask->target));
    else if (whole && is_name(ask->target)) BK_TRY(resolve(ask, &items, err));
    BK_TRY(bk_items_list(&items, BK_T_LIST, &list, err));
    return bk_codec_encode(answer, list, err);
}

const bk_handler bk_handler_dns = {.target = target, .perform = perform};
