#include "registry/fetch.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include "net/net.h"
#include "net/proxy.h"
#include "registry/engine.h"

#define USER_AGENT "Helm/4.3.1"

enum { GROUPS = 16, AT_ONCE = 6, TRIES = 4, REDIRECTS = 10, PUMP_MS = 500 };

/* ---- one download ---- */

typedef struct group group;

typedef struct download {
    bk_fetch *item;
    group *group;
    bk_net_call *call;
    bk_net_header headers[3];
    size_t header_count;
    bk_net_sink sink;
    bk_str shown; /* the URL, for messages */
    unsigned tries;
    char range[48], tag[256];
    uint64_t told;
    int64_t total;
} download;

/* Downloads that share connections. */
struct group {
    const bk_registry_world *world;
    pthread_mutex_t *lock; /* around what is told */
    bk_arena arena;
    bk_net *net;
    bk_net_url owner;
    bool has_owner;
    const bk_registry_access *access;
    bool own; /* the URLs are of the owner's origin */
    download *list;
    size_t count;
    pthread_t thread;
    bool threaded;
    bk_status status; /* of the machinery */
    bk_err err;
};

/* ---- where it may lead ---- */

static bool owner_is_in(const group *g, bk_net_zone zone) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    bool found = false;
    if (!g->has_owner || getaddrinfo(g->owner.host.p, NULL, &hints, &list) != 0) return false;
    for (const struct addrinfo *a = list; a && !found; a = a->ai_next) {
        bk_net_ip ip = {.n = a->ai_family == AF_INET ? 4 : 16};
        const void *bytes = a->ai_family == AF_INET ? (const void *)&((const struct sockaddr_in *)(const void *)a->ai_addr)->sin_addr
                                                    : (const void *)&((const struct sockaddr_in6 *)(const void *)a->ai_addr)->sin6_addr;
        memcpy(ip.bytes, bytes, ip.n);
        found = bk_net_classify(&ip) == zone;
    }
    freeaddrinfo(list);
    return found;
}

/* Then the address is the proxy's, and the rest is for the proxy to judge. */
static bool through_proxy(bk_str host) {
    const bk_net_proxies proxies = bk_net_proxies_from_env();
    const bk_net_url http = {.scheme = BK_S("http"), .host = host, .port = 80},
                     https = {.scheme = BK_S("https"), .host = host, .port = 443};
    return bk_net_proxy_for(&proxies, &http).n || bk_net_proxy_for(&proxies, &https).n;
}

static bool judge_peer(void *self, const bk_net_peer *peer, const char **ret_rule) {
    group *g = self;
    if (!g->has_owner || bk_str_eq(peer->host, g->owner.host) || peer->zone == BK_ZONE_PUBLIC) return true;
    if (through_proxy(peer->host)) return true;
    bool same = (peer->zone == BK_ZONE_PRIVATE || peer->zone == BK_ZONE_LOOPBACK) && owner_is_in(g, peer->zone);
    *ret_rule = "a server names this address, and it lies in a network that the server itself is not in";
    return same;
}

/* ---- bytes ---- */

static void tell(download *d, bool done) {
    const bk_registry_teller *t = &d->group->world->teller;
    if (!t->progress || !d->item->what.n) return;
    pthread_mutex_lock(d->group->lock);
    t->progress(t->self, d->item->what, d->told, d->total, done);
    pthread_mutex_unlock(d->group->lock);
}

static void keep_tag(download *d, const bk_net_answer *a) {
    bk_str tag = bk_net_answer_header(a, "etag");
    if (!tag.n || bk_str_starts(tag, BK_S("W/"))) tag = bk_net_answer_header(a, "last-modified");
    if (tag.n >= sizeof d->tag) tag = BK_S(""); /* none that is kept: that of an earlier answer is another file's */
    snprintf(d->tag, sizeof d->tag, "%.*s", BK_FMT(tag));
}

/* Whether the rest comes as asked: "bytes 100-…". */
static bool continues(const download *d, const bk_net_answer *a) {
    char begin[48];
    snprintf(begin, sizeof begin, "bytes %llu-", (unsigned long long)d->item->to->bytes);
    return a->status == 206 && bk_str_starts(bk_net_answer_header(a, "content-range"), bk_str_c(begin));
}

static bk_status take_head(void *self, const bk_net_answer *a, bk_err *err) {
    download *d = self;
    uint64_t have = d->item->to->bytes;
    if (have && continues(d, a)) {
        d->total = a->length < 0 ? -1 : a->length + (int64_t)have;
        return BK_OK;
    }
    if (a->status != 200) return BK_OK; /* told when it is over */
    d->total = a->length;
    d->told = 0;
    keep_tag(d, a);
    if (have) BK_TRY(bk_content_rewind(d->item->to, err));
    return a->length > 0 ? bk_content_expect(d->item->to, (uint64_t)a->length, err) : BK_OK;
}

static bk_status take_data(void *self, bk_str bytes, bk_err *err) {
    download *d = self;
    if (d->item->to->bytes + bytes.n > d->item->cap) return bk_err_limit(err, "bytes of a download", d->item->cap);
    d->told += bytes.n;
    tell(d, false);
    return bk_content_add(d->item->to, bytes, err);
}

/* An error's page is not for the file. */
static bk_status take_if_good(void *self, bk_str bytes, bk_err *err) {
    download *d = self;
    return d->total == INT64_MIN ? BK_OK : take_data(d, bytes, err);
}

static bk_status head_of_any(void *self, const bk_net_answer *a, bk_err *err) {
    download *d = self;
    bool good = a->status == 200 || (d->item->to->bytes && continues(d, a));
    BK_TRY(take_head(d, a, err));
    if (!good) d->total = INT64_MIN;
    return BK_OK;
}

/* ---- requests ---- */

static void add_header(download *d, const char *name, const char *value, bool everywhere) {
    d->headers[d->header_count++] = (bk_net_header){.name = bk_str_c(name), .value = bk_str_c(value), .everywhere = everywhere};
}

static bool may_pass(const group *g) { return g->access && (g->own || g->access->pass_credentials); }

static bk_status start(download *d, bk_err *err) {
    group *g = d->group;
    const bk_registry_access *a = may_pass(g) ? g->access : NULL;
    uint32_t most = g->world->timeout_ms ? g->world->timeout_ms : BK_NET_TOTAL_MS;
    d->header_count = 0;
    if (d->item->accept) add_header(d, "Accept", d->item->accept, true);
    if (d->item->to && d->item->to->bytes) {
        snprintf(d->range, sizeof d->range, "bytes=%llu-", (unsigned long long)d->item->to->bytes);
        add_header(d, "Range", d->range, true);
        add_header(d, "If-Range", d->tag, true);
    }
    bk_net_request r = {.url = d->item->url,
                        .headers = d->headers,
                        .header_count = d->header_count,
                        .cap = d->item->cap,
                        .total_ms = most,
                        .redirects = REDIRECTS};
    if (a && a->username.n && a->password.n) {
        r.user = a->username;
        r.password = a->password;
    }
    d->sink = (bk_net_sink){d, head_of_any, take_if_good};
    if (d->item->to) r.sink = &d->sink;
    d->tries++;
    return bk_net_start(g->net, &r, &d->call, err);
}

/* It broke off, and the server said how to know the same file again. */
static bool may_resume(const download *d, bk_net_fault fault) {
    return (fault == BK_NET_FAULT_BROKEN || fault == BK_NET_FAULT_TIMEOUT) && d->item->to && d->item->to->bytes && d->tag[0] &&
           d->tries < TRIES && d->total != INT64_MIN;
}

static bk_status finish(download *d, bk_status s, const bk_net_answer *answer) {
    bk_fetch *item = d->item;
    bool partial = item->to && answer->status == 206 && d->total != INT64_MIN; /* the part that was asked for */
    if (s == BK_OK && answer->status != 200 && !partial)
        s = bk_err_set(&item->err, BK_ERR, "failed to fetch %.*s : %u %.*s", BK_FMT(d->shown), answer->status, BK_FMT(answer->reason));
    if (s == BK_OK && !item->to && !bk_arena_dup(&d->group->arena, answer->body, &item->body))
        s = bk_arena_fail(&d->group->arena, &item->err);
    item->status = s;
    tell(d, true);
    return BK_OK;
}

/* Looks at a call that is done; *ret_over: it will not be tried again. */
static bk_status settle(download *d, bool *ret_over, bk_err *err) {
    bk_net_answer answer = {0};
    bk_status s = bk_net_call_result(d->call, &answer, &d->item->err);
    bool again = s != BK_OK && may_resume(d, bk_net_call_fault(d->call));
    *ret_over = !again;
    if (!again) finish(d, s, &answer);
    bk_net_call_free(d->call);
    d->call = NULL;
    if (!again) return BK_OK;
    bk_err_release(&d->item->err);
    return start(d, err);
}

static bk_status run_all(group *g, bk_err *err) {
    size_t next = 0, over = 0;
    while (over < g->count) {
        while (next < g->count && next - over < AT_ONCE) {
            download *d = &g->list[next++];
            if (start(d, &d->item->err) == BK_OK) continue;
            d->item->status = d->item->err.code;
            d->call = NULL;
            over++;
        }
        if (over == g->count) break;
        BK_TRY(bk_net_pump(g->net, PUMP_MS, err));
        for (size_t i = 0; i < next; i++) {
            bool done;
            if (!g->list[i].call || !bk_net_call_done(g->list[i].call)) continue;
            BK_TRY(settle(&g->list[i], &done, err));
            over += done;
        }
    }
    return BK_OK;
}

/* ---- groups ---- */

static bk_status open_net(group *g, bk_err *err) {
    const bk_registry_access none = {0}, *a = g->access ? g->access : &none;
    bool pass = may_pass(g);
    const bk_net_options options = {.user_agent = BK_S(USER_AGENT),
                                    .proxy = BK_NET_PROXY_ENV,
                                    .ca_file = a->ca_file,
                                    .cert_file = pass && a->key_file.n ? a->cert_file : BK_S(""),
                                    .key_file = pass && a->cert_file.n ? a->key_file : BK_S(""),
                                    .insecure = a->insecure,
                                    .peer = judge_peer,
                                    .self = g};
    return bk_net_new(&options, &g->net, err);
}

static void *work(void *self) {
    group *g = self;
    g->status = open_net(g, &g->err);
    if (g->status == BK_OK) g->status = run_all(g, &g->err);
    bk_net_free(g->net);
    return NULL;
}

/* The items of one group get its outcome when the machinery failed, and their bodies move to the caller's arena. */
static bk_status gather(bk_arena *arena, group *g, bk_err *err) {
    bk_status s = BK_OK;
    for (size_t i = 0; i < g->count; i++) {
        bk_fetch *item = g->list[i].item;
        if (g->status != BK_OK && item->err.code == BK_OK && item->status != BK_OK) {
            bk_err_set_str(&item->err, g->status, bk_err_message(&g->err));
            item->status = g->status;
        }
        if (s == BK_OK && item->status == BK_OK && item->body.n && !bk_arena_dup(arena, item->body, &item->body))
            s = bk_arena_fail(arena, err);
    }
    bk_err_release(&g->err);
    bk_arena_release(&g->arena);
    return s;
}

static bool same_access(const bk_registry_access *a, const bk_registry_access *b) {
    static const bk_registry_access none;
    const bk_registry_access *x = a ? a : &none, *y = b ? b : &none;
    return bk_str_eq(x->username, y->username) && bk_str_eq(x->password, y->password) && bk_str_eq(x->cert_file, y->cert_file) &&
           bk_str_eq(x->key_file, y->key_file) && bk_str_eq(x->ca_file, y->ca_file) && x->insecure == y->insecure &&
           x->pass_credentials == y->pass_credentials;
}

typedef struct planned {
    bk_net_url url, owner;
    size_t group; /* count: none */
} planned;

static bk_status plan(bk_arena *arena, bk_fetch *item, planned *p, bk_err *err) {
    (void)err;
    item->status = bk_net_url_parse(arena, item->url, NULL, &p->url, &item->err);
    p->owner = p->url;
    if (item->status == BK_OK && item->owner.n) item->status = bk_net_url_parse(arena, item->owner, NULL, &p->owner, &item->err);
    return item->status;
}

static bool fits(const group *g, const planned *p, const bk_fetch *item) {
    return bk_net_same_origin(&g->owner, &p->owner) && g->own == bk_net_same_origin(&p->url, &p->owner) &&
           same_access(g->access, item->access);
}

static bk_status join_groups(group *groups, size_t *count, size_t most, bk_fetch *items, planned *plans, size_t n, pthread_mutex_t *lock,
                             const bk_registry_world *world) {
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        plans[i].group = most;
        if (items[i].status != BK_OK) continue;
        while (k < *count && !fits(&groups[k], &plans[i], &items[i])) k++;
        if (k == *count) {
            groups[k] = (group){.world = world,
                                .lock = lock,
                                .owner = plans[i].owner,
                                .has_owner = true,
                                .access = items[i].access,
                                .own = bk_net_same_origin(&plans[i].url, &plans[i].owner)};
            bk_arena_init(&groups[k].arena, (size_t)2 << 30);
            ++*count;
        }
        plans[i].group = k;
        groups[k].count++;
    }
    return BK_OK;
}

static bk_status deal(bk_arena *arena, group *groups, size_t count, bk_fetch *items, const planned *plans, size_t n, bk_err *err) {
    for (size_t k = 0; k < count; k++) {
        groups[k].list = BK_NEW_ARRAY(arena, download, groups[k].count + 1);
        if (!groups[k].list) return bk_arena_fail(arena, err);
        groups[k].count = 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (items[i].status != BK_OK) continue;
        group *g = &groups[plans[i].group];
        g->list[g->count++] = (download){.item = &items[i], .group = g, .shown = plans[i].url.shown, .total = -1};
        items[i].status = BK_ERR_INTERNAL; /* until it is done */
    }
    return BK_OK;
}

/* Some on threads of their own, the last one here. */
static void run_groups(group *groups, size_t count) {
    for (size_t from = 0; from < count; from += GROUPS) {
        size_t end = count - from < GROUPS ? count : from + GROUPS;
        for (size_t k = from; k + 1 < end; k++) groups[k].threaded = pthread_create(&groups[k].thread, NULL, work, &groups[k]) == 0;
        for (size_t k = from; k < end; k++)
            if (!groups[k].threaded) work(&groups[k]);
        for (size_t k = from; k < end; k++)
            if (groups[k].threaded) pthread_join(groups[k].thread, NULL);
    }
}

static bk_status fetch_web(bk_arena *arena, const bk_registry_world *world, bk_fetch *items, size_t n, bk_err *err) {
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    planned *plans = BK_NEW_ARRAY(arena, planned, n + 1);
    group *groups = BK_NEW_ARRAY(arena, group, n + 1);
    size_t count = 0;
    if (!plans || !groups) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < n; i++)
        if (items[i].status == BK_OK) plan(arena, &items[i], &plans[i], err);
    BK_TRY(join_groups(groups, &count, n, items, plans, n, &lock, world));
    bk_status s = deal(arena, groups, count, items, plans, n, err);
    if (s == BK_OK) run_groups(groups, count);
    for (size_t k = 0; k < count; k++) {
        bk_status one = gather(arena, &groups[k], s == BK_OK ? err : &groups[k].err);
        if (s == BK_OK) s = one;
    }
    return s;
}

/* ---- plugins ---- */

static bk_str scheme_of(bk_str url) {
    bk_str scheme, rest;
    return bk_str_cut(url, BK_S(":"), &scheme, &rest) ? scheme : BK_S("");
}

bool bk_fetch_is_web(bk_str url) {
    bk_str scheme = scheme_of(url);
    return bk_str_eq_fold(scheme, BK_S("http")) || bk_str_eq_fold(scheme, BK_S("https"));
}

bk_status bk_fetch_served(bk_arena *arena, const bk_registry_world *world, bk_str url, bk_err *err) {
    bk_str scheme, rest;
    bk_registry_url read;
    const bk_registry_getter *g = world->getter;
    BK_TRY(bk_registry_url_read(arena, url, &read, err));
    if (!bk_str_cut(url, BK_S("://"), &scheme, &rest)) scheme = BK_S("");
    if (scheme.n && (bk_fetch_is_web(url) || (g && g->serves(g->self, scheme)))) return BK_OK;
    return bk_err_set(err, BK_ERR, "could not find protocol handler for: %.*s", BK_FMT(scheme));
}

/* Scheme and host of a URL, or its scheme where it has no host. */
static bk_str place_of(bk_str url) {
    size_t n = bk_str_find(url, BK_S("://"));
    if (n == BK_NPOS) return scheme_of(url);
    for (n += strlen("://"); n < url.n && url.p[n] != '/' && url.p[n] != '?' && url.p[n] != '#';) n++;
    return bk_str_sub(url, 0, n);
}

static bk_status by_plugin(bk_arena *arena, const bk_registry_world *world, bk_fetch *item) {
    const bk_registry_access none = {0}, *a = item->access ? item->access : &none;
    bk_str scheme = scheme_of(item->url);
    bool own = !item->owner.n || a->pass_credentials || bk_str_eq(place_of(item->url), place_of(item->owner));
    const bk_getter_options o = {.cert_file = a->cert_file,
                                 .key_file = a->key_file,
                                 .ca_file = a->ca_file,
                                 .insecure = a->insecure,
                                 .plain_http = a->plain_http,
                                 .username = own ? a->username : BK_S(""),
                                 .password = own ? a->password : BK_S(""),
                                 .pass_credentials_all = a->pass_credentials,
                                 .accept_header = bk_str_c(item->accept),
                                 .user_agent = BK_S(USER_AGENT),
                                 .timeout_ns = (int64_t)BK_NET_TOTAL_MS * 1000000};
    bool served = false;
    bk_str bytes = BK_S("");
    if (world->getter) BK_TRY(world->getter->fetch(world->getter->self, arena, item->url, &o, &served, &bytes, &item->err));
    if (!served) return bk_err_set(&item->err, BK_ERR, "scheme \"%.*s\" not supported", BK_FMT(scheme));
    if (bytes.n > item->cap) return bk_err_limit(&item->err, "bytes of a download", item->cap);
    if (item->to) return bk_content_add(item->to, bytes, &item->err);
    item->body = bytes;
    return BK_OK;
}

bk_status bk_fetch_all(bk_arena *arena, const bk_registry_world *world, bk_fetch *items, size_t n, bk_err *err) {
    bk_fetch *web = BK_NEW_ARRAY(arena, bk_fetch, n + 1);
    size_t count = 0;
    if (!web) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < n; i++) {
        items[i].err = BK_ERR_INIT;
        items[i].status = BK_OK;
        items[i].body = (bk_str){NULL, 0};
        if (bk_fetch_is_web(items[i].url)) web[count++] = items[i];
    }
    bk_status s = count ? fetch_web(arena, world, web, count, err) : BK_OK;
    count = 0;
    for (size_t i = 0; i < n; i++) {
        if (bk_fetch_is_web(items[i].url)) items[i] = web[count++];
        else if (s == BK_OK) items[i].status = by_plugin(arena, world, &items[i]);
    }
    return s;
}

bk_status bk_fetch_done(bk_fetch *item, bk_err *err) {
    bk_status s = item->status;
    if (s != BK_OK) bk_err_move(err, &item->err);
    return s;
}

bk_status bk_fetch_one(bk_arena *arena, const bk_registry_world *world, bk_fetch *item, bk_err *err) {
    BK_TRY(bk_fetch_all(arena, world, item, 1, err));
    return bk_fetch_done(item, err);
}
