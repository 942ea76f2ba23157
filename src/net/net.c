#include "net/net.h"

#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "net/state.h"

uint64_t bk_net_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

/* ---- the libraries, once for the program and only when something is asked for ---- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode started;

static void start_libraries(void) { started = curl_global_init(CURL_GLOBAL_ALL); }

/* ---- the system's certificates ---- */

static const char *const ca_files[] = {
    "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Ubuntu, Arch, Gentoo, Alpine */
    "/etc/pki/tls/certs/ca-bundle.crt",                  /* Fedora, RHEL */
    "/etc/ssl/ca-bundle.pem",                            /* openSUSE */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* RHEL 7 */
    "/etc/ssl/cert.pem",                                 /* macOS, Alpine */
};

/* Folders where each certificate has a file named by the hash of its subject: of those only the needed ones are read, while a bundle of 150 costs some
 * 60 ms of parsing before the first byte. */
static const char *const ca_folders[] = {"/etc/ssl/certs", "/etc/pki/tls/certs"};

/* "2add47b6.0" */
static bool is_hash_name(const char *name) {
    size_t n = strspn(name, "0123456789abcdef");
    return n == 8 && strcmp(name + n, ".0") == 0;
}

static bool is_hashed(const char *folder) {
    bool found = false;
    DIR *dir = opendir(folder);
    for (struct dirent *d; dir && !found && (d = readdir(dir)) != NULL;) found = is_hash_name(d->d_name);
    if (dir) closedir(dir);
    return found;
}

static void find_ca(bk_net *net) {
    struct stat st;
    const char *file = getenv("SSL_CERT_FILE"), *dir = getenv("SSL_CERT_DIR");
    net->ca_file = file && *file ? file : NULL;
    net->ca_dir = dir && *dir ? dir : NULL;
    for (size_t i = 0; i < BK_COUNT(ca_folders) && !net->ca_file && !net->ca_dir; i++)
        if (is_hashed(ca_folders[i])) net->ca_dir = ca_folders[i];
    for (size_t i = 0; i < BK_COUNT(ca_files) && !net->ca_file && !net->ca_dir; i++)
        if (stat(ca_files[i], &st) == 0) net->ca_file = ca_files[i];
}

/* ---- a subject ---- */

static bool copy_options(bk_net *net, const bk_net_options *o) {
    bk_net_options *to = &net->options;
    bk_str *const texts[] = {&to->user_agent, &to->proxy_url, &to->ca_file, &to->ca_pem,     &to->cert_file,
                             &to->key_file,   &to->cert_pem,  &to->key_pem, &to->server_name};
    *to = *o;
    if (!to->user_agent.n) to->user_agent = BK_S("bulkhead/" BK_VERSION);
    for (size_t i = 0; i < BK_COUNT(texts); i++)
        if (texts[i]->n && !bk_arena_dup(&net->arena, *texts[i], texts[i])) return false;
    return true;
}

bk_status bk_net_new(const bk_net_options *options, bk_net **ret, bk_err *err) {
    bk_net *net = calloc(1, sizeof *net);
    if (!net) return bk_err_nomem(err);
    bk_arena_init(&net->arena, 0);
    if (!copy_options(net, options)) {
        bk_status status = bk_arena_fail(&net->arena, err);
        bk_net_free(net);
        return status;
    }
    if (net->options.proxy == BK_NET_PROXY_ENV) net->proxies = bk_net_proxies_from_env();
    if (net->options.proxy == BK_NET_PROXY_URL) net->proxies = (bk_net_proxies){net->options.proxy_url, net->options.proxy_url, BK_S("")};
    *ret = net;
    return BK_OK;
}

bk_status bk_net_open(bk_net *net, bk_err *err) {
    if (net->multi) return BK_OK;
    if (pthread_once(&once, start_libraries) != 0 || started != CURLE_OK) return bk_err_internal(err, "the HTTP library does not start");
    net->multi = curl_multi_init();
    if (!net->multi) return bk_err_nomem(err);
    const bk_net_options *o = &net->options;
    if (!o->ca_file.n && !o->ca_pem.n) find_ca(net);
    else if (o->ca_file.n) net->ca_file = o->ca_file.p;
    curl_multi_setopt(net->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(net->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)BK_NET_CONNECTIONS);
    curl_multi_setopt(net->multi, CURLMOPT_MAXCONNECTS, (long)BK_NET_CONNECTIONS);
    curl_multi_setopt(net->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)o->connections_per_host);
    return BK_OK;
}

void bk_net_free(bk_net *net) {
    if (!net) return;
    while (net->calls) bk_net_call_free(net->calls);
    if (net->multi) curl_multi_cleanup(net->multi);
    bk_arena_release(&net->arena);
    free(net);
}

size_t bk_net_active(const bk_net *net) { return net->active; }

bool bk_net_empty(const bk_net *net) { return net->calls == NULL; }

void bk_net_wake(bk_net *net) {
    if (net->multi) curl_multi_wakeup(net->multi);
}

/* ---- moving on ---- */

static bk_status machinery(CURLMcode code, bk_err *err) {
    if (code == CURLM_OK) return BK_OK;
    if (code == CURLM_OUT_OF_MEMORY) return bk_err_nomem(err);
    return bk_err_set(err, BK_ERR_INTERNAL, "the HTTP library: %s", curl_multi_strerror(code));
}

/* What curl has finished. A redirect starts anew within. */
static void collect(bk_net *net) {
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(net->multi, &left)) != NULL;) {
        bk_net_call *call = NULL;
        if (m->msg != CURLMSG_DONE) continue;
        CURLcode code = m->data.result;
        if (curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&call) == CURLE_OK && call) bk_net_completed(call, code);
    }
}

/* Ends what is late; *ret_wait is lowered to the next time-out. */
static void check_times(bk_net *net, uint32_t *ret_wait) {
    uint64_t now = bk_net_now();
    for (bk_net_call *call = net->calls; call; call = call->next) {
        if (call->done) continue;
        uint32_t left = bk_net_check_time(call, now);
        if (left < *ret_wait) *ret_wait = left;
    }
}

static bk_status step(bk_net *net, bk_err *err) {
    int running;
    BK_TRY(machinery(curl_multi_perform(net->multi, &running), err));
    collect(net);
    return BK_OK;
}

/* No longer at a time: of two HTTP/2 answers that came in one piece the library sometimes tells the second only when it is asked again. */
#define DOZE_MS 50

bk_status bk_net_pump(bk_net *net, uint32_t wait_ms, bk_err *err) {
    size_t before = net->active;
    if (before == 0) return BK_OK;
    BK_TRY(step(net, err));
    check_times(net, &wait_ms);
    if (net->active != before || wait_ms == 0) return BK_OK;
    BK_TRY(machinery(curl_multi_poll(net->multi, NULL, 0, wait_ms > DOZE_MS ? DOZE_MS : (int)wait_ms, NULL), err));
    BK_TRY(step(net, err));
    check_times(net, &wait_ms);
    return BK_OK;
}

bk_str bk_net_answer_header(const bk_net_answer *answer, const char *name) {
    for (size_t i = 0; i < answer->header_count; i++)
        if (bk_str_eq(answer->headers[i].name, bk_str_c(name))) return answer->headers[i].value;
    return BK_S("");
}

/* ---- one request ---- */

static bool keep(bk_arena *arena, bk_str *s) { return bk_arena_dup(arena, *s, s); }

/* The answer with its texts in the caller's arena. */
static bk_status move_answer(bk_arena *arena, const bk_net_answer *from, bk_net_answer *ret, bk_err *err) {
    bk_net_answer a = *from;
    bk_net_header *heads = BK_NEW_ARRAY(arena, bk_net_header, a.header_count + 1);
    bool ok = heads && keep(arena, &a.reason) && keep(arena, &a.url) && keep(arena, &a.body);
    for (size_t i = 0; ok && i < a.header_count; i++) {
        heads[i] = a.headers[i];
        ok = keep(arena, &heads[i].name) && keep(arena, &heads[i].value);
    }
    if (!ok) return bk_arena_fail(arena, err);
    a.headers = heads;
    *ret = a;
    return BK_OK;
}

bk_status bk_net_do(bk_net *net, bk_arena *arena, const bk_net_request *request, bk_net_answer *ret, bk_err *err) {
    bk_net_call *call;
    bk_net_answer answer;
    BK_TRY(bk_net_start(net, request, &call, err));
    bk_status status = BK_OK;
    while (status == BK_OK && !call->done) status = bk_net_pump(net, 60000, err);
    if (status == BK_OK) status = bk_net_call_result(call, &answer, err);
    if (status == BK_OK) status = move_answer(arena, &answer, ret, err);
    bk_net_call_free(call);
    return status;
}
