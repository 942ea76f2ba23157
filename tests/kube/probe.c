/* kube-probe: the client from the command line, for run.py. key=value sets a flag; then `config`, `discover` or GET-like words "METHOD PATH [BODY]"; every such line
 * answers with a line of JSON. `together` in front sends all requests that follow at once. */
#include <stdio.h>
#include <stdlib.h>

#include "action/render.h"
#include "base/num.h"
#include "data/json.h"
#include "kube/discovery.h"
#include "kube/objects.h"
#include "kube/version.h"
#include "kube/watch.h"

extern char **environ;

static bk_arena arena;

static bk_status yaml(void *self, bk_arena *to, bk_str text, bk_value *ret, bk_err *err) {
    (void)self;
    return bk_engine_yaml(to, text, ret, err);
}

static void warn(void *self, bk_str text) {
    (void)self;
    fprintf(stderr, "Warning: %.*s\n", BK_FMT(text));
}

static void put(bk_map *m, const char *key, bk_value v) {
    if (!bk_map_set(m, bk_str_c(key), v)) abort();
}

static void show(bk_map *m) {
    bk_err err = BK_ERR_INIT;
    bk_buf out;
    bk_buf_init(&out, &arena, 0);
    if (bk_json_encode(&out, &arena, bk_map_value(m), 0, &err) != BK_OK) abort();
    printf("%.*s\n", BK_FMT(bk_buf_view(&out)));
    fflush(stdout);
}

static void fail(bk_err *err) {
    bk_map *m = bk_map_new(&arena, 2);
    put(m, "error", bk_string(bk_err_message(err)));
    put(m, "code", bk_int64(err->code));
    show(m);
    bk_err_release(err);
}

static void show_config(const bk_kube_config *c) {
    bk_map *m = bk_map_new(&arena, 16);
    const struct {
        const char *key;
        bk_str text;
    } texts[] = {{"server", c->server},     {"namespace", c->namespace_}, {"ca_file", c->ca_file},     {"ca_pem", c->ca_pem},
                 {"name", c->server_name},  {"proxy", c->proxy_url},      {"cert_file", c->cert_file}, {"cert_pem", c->cert_pem},
                 {"key_file", c->key_file}, {"key_pem", c->key_pem},      {"token", c->token},         {"user", c->user},
                 {"password", c->password}, {"as", c->as_user},           {"command", c->exec.command}};
    for (size_t i = 0; i < BK_COUNT(texts); i++) put(m, texts[i].key, bk_string(texts[i].text));
    put(m, "insecure", bk_bool(c->insecure));
    put(m, "pod", bk_bool(c->in_cluster));
    put(m, "groups", bk_int64((int64_t)c->as_group_count));
    show(m);
}

static void show_answer(const bk_kube_item *item) {
    bk_map *m = bk_map_new(&arena, 8);
    put(m, "status", bk_int64(item->answer.status));
    put(m, "body", bk_string(bk_str_sub(item->answer.body, 0, 4096)));
    put(m, "bytes", bk_int64((int64_t)item->answer.body.n));
    put(m, "reason", bk_string(item->answer.reason));
    put(m, "tries", bk_int64(item->answer.tries));
    put(m, "error", bk_string(bk_err_message(&item->err)));
    show(m);
}

static void discover(bk_kube *kube, bk_str cache) {
    bk_err err = BK_ERR_INIT;
    bk_kube_discovery d;
    bk_map *m = bk_map_new(&arena, 4);
    bk_items kinds, failed;
    bk_value v;
    if (bk_kube_discover(kube, &arena, cache, &d, &err) != BK_OK) {
        fail(&err);
        return;
    }
    bk_items_init(&kinds, &arena);
    bk_items_init(&failed, &arena);
    for (size_t i = 0; i < d.count; i++) {
        bk_buf path;
        bk_buf_init(&path, &arena, 0);
        if (bk_kube_resource_path(&path, &d.items[i], BK_S("ns"), BK_S("x"), &err) != BK_OK) abort();
        bk_items_add(&kinds, bk_string(bk_buf_view(&path)));
    }
    for (size_t i = 0; i < d.failed_count; i++) bk_items_add(&failed, bk_string(d.failed[i]));
    if (bk_items_list(&kinds, BK_T_LIST, &v, &err) != BK_OK) abort();
    put(m, "kinds", v);
    if (bk_items_list(&failed, BK_T_LIST, &v, &err) != BK_OK) abort();
    put(m, "failed", v);
    put(m, "versions", bk_int64((int64_t)d.version_count));
    const bk_kube_resource *r = bk_kube_find_object(&d, BK_S("apps/v1"), BK_S("Deployment"));
    put(m, "deployment", bk_string(r ? r->plural : BK_S("")));
    put(m, "error", bk_string(BK_S("")));
    show(m);
}

typedef struct stream {
    size_t lines;
} stream;

static bk_status on_data(void *self, bk_str bytes, bk_err *err) {
    (void)err;
    for (size_t i = 0; i < bytes.n; i++) ((stream *)self)->lines += bytes.p[i] == '\n';
    return BK_OK;
}

static void watch(bk_kube *kube, bk_str path) {
    stream s = {0};
    bk_err err = BK_ERR_INIT;
    bk_net_call *call = NULL;
    const bk_net_sink sink = {.self = &s, .data = on_data};
    bk_map *m = bk_map_new(&arena, 4);
    bk_status status = bk_kube_stream(kube, &(bk_kube_request){.path = path}, &sink, &call, &err);
    while (status == BK_OK && !bk_net_call_done(call)) status = bk_kube_pump(kube, 1000, &err);
    if (status == BK_OK) status = bk_kube_stream_result(kube, call, &err);
    put(m, "lines", bk_int64((int64_t)s.lines));
    put(m, "error", bk_string(bk_err_message(&err)));
    show(m);
    bk_net_call_free(call);
    bk_err_release(&err);
}

typedef struct seen {
    bk_items events;
    size_t want;
} seen;

static bk_status on_event(void *self, bk_kube_event event, bk_value object, bk_err *err) {
    static const char *const names[] = {"added", "modified", "deleted", "synced", "restart"};
    seen *s = self;
    bk_str text, name = BK_S("");
    bk_value *meta = object.kind == BK_MAP ? bk_map_get(object.map, BK_S("metadata")) : NULL;
    (void)err;
    if (meta && meta->kind == BK_MAP) name = bk_map_str(meta->map, "name", BK_S(""));
    if (!bk_arena_printf(&arena, &text, "%s %.*s", names[event], BK_FMT(name))) abort();
    bk_items_add(&s->events, bk_string(bk_str_trim(text)));
    return BK_OK;
}

static void events(bk_kube *kube, bk_str path, bk_str want) {
    seen s = {0};
    uint64_t n = 0;
    bk_err err = BK_ERR_INIT, ignored = BK_ERR_INIT;
    bk_kube_watch *w = NULL;
    bk_map *m = bk_map_new(&arena, 4);
    bk_value list;
    bk_items_init(&s.events, &arena);
    if (bk_parse_uint(want, 10, &n) != BK_NUM_OK) abort();
    const bk_kube_watch_options o = {.path = path, .query = BK_S("fieldSelector=a"), .self = &s, .event = on_event};
    bk_status status = bk_kube_watch_new(kube, &o, &w, &err);
    while (status == BK_OK && s.events.n < n) {
        status = bk_kube_pump(kube, 50, &err);
        if (status == BK_OK) status = bk_kube_watch_move(w, &err);
    }
    if (bk_items_list(&s.events, BK_T_LIST, &list, &ignored) != BK_OK) abort();
    put(m, "events", list);
    put(m, "error", bk_string(bk_err_message(&err)));
    show(m);
    bk_kube_watch_free(w);
    bk_err_release(&err);
}

static void list(bk_kube *kube, bk_str page) {
    static const bk_kube_resource pods = {.version = {"v1", 2}, .kind = {"Pod", 3}, .plural = {"pods", 4}, .namespaced = true};
    const bk_kube_ref ref = {&pods, BK_S("ns"), BK_S("")};
    bk_err err = BK_ERR_INIT;
    bk_value v;
    uint64_t n = 0;
    bk_map *m = bk_map_new(&arena, 2);
    if (bk_parse_uint(page, 10, &n) != BK_NUM_OK) abort();
    const bk_kube_selection selection = {.labels = BK_S("a=b"), .page = (unsigned)n, .most = 1000};
    if (bk_kube_list(kube, &arena, &ref, &selection, &v, &err) != BK_OK) {
        fail(&err);
        return;
    }
    put(m, "count", bk_int64(v.len));
    show(m);
}

static void version(bk_kube *kube) {
    bk_err err = BK_ERR_INIT;
    bk_kube_version v;
    bk_map *m = bk_map_new(&arena, 2);
    if (bk_kube_version_get(kube, &arena, &v, &err) != BK_OK) {
        fail(&err);
        return;
    }
    put(m, "version", bk_string(v.git_version));
    show(m);
}

static void send_all(bk_kube *kube, bk_kube_item *items, size_t count) {
    bk_err err = BK_ERR_INIT;
    if (count && bk_kube_all(kube, &arena, items, count, &err) != BK_OK) fail(&err);
    for (size_t i = 0; i < count; i++) {
        show_answer(&items[i]);
        bk_err_release(&items[i].err);
    }
}

static bool set(bk_kube_options *o, bk_kube_client_options *c, bk_str *cache, bk_str arg) {
    bk_str key, v;
    uint64_t n;
    if (bk_str_contains(arg, BK_S(" ")) || !bk_str_cut(arg, BK_S("="), &key, &v)) return false;
    const struct {
        const char *key;
        bk_str *to;
    } texts[] = {
        {"kubeconfig", &o->kubeconfig}, {"context", &o->context}, {"namespace", &o->namespace_}, {"token", &o->token}, {"as", &o->as_user},
        {"server", &o->apiserver},      {"ca", &o->ca_file},      {"name", &o->tls_server_name}, {"cache", cache}};
    for (size_t i = 0; i < BK_COUNT(texts); i++)
        if (bk_str_eq(key, bk_str_c(texts[i].key))) {
            *texts[i].to = v;
            return true;
        }
    if (bk_str_eq(key, BK_S("insecure"))) o->insecure = true;
    else if (bk_str_eq(key, BK_S("account"))) o->service_account = v.p;
    else if (bk_str_eq(key, BK_S("group"))) {
        bk_str *list = BK_NEW_ARRAY(&arena, bk_str, o->as_group_count + 1);
        for (size_t i = 0; i < o->as_group_count; i++) list[i] = o->as_groups[i];
        list[o->as_group_count++] = v;
        o->as_groups = list;
    } else if (bk_parse_uint(v, 10, &n) != BK_NUM_OK) return false;
    else if (bk_str_eq(key, BK_S("qps"))) c->qps = (double)n;
    else if (bk_str_eq(key, BK_S("burst"))) c->burst = (unsigned)n;
    else return false;
    return true;
}

int main(int argc, char **argv) {
    bk_kube_options o = {.yaml = yaml};
    bk_kube_client_options options = {.burst = 100, .environment = environ, .warn = warn};
    bk_kube_config config;
    bk_kube *kube = NULL;
    bk_str cache = BK_S("");
    bk_kube_item items[256];
    size_t count = 0;
    bool together = false;
    bk_err err = BK_ERR_INIT;
    int i = 1;
    bk_arena_init(&arena, 0);
    while (i < argc && set(&o, &options, &cache, bk_str_c(argv[i]))) i++;
    if (bk_kube_config_load(&arena, &o, &config, &err) != BK_OK || bk_kube_new(&config, &options, &kube, &err) != BK_OK) {
        fail(&err);
        bk_arena_release(&arena);
        return 0;
    }
    for (; i < argc; i++) {
        bk_str arg = bk_str_c(argv[i]), method, path, body;
        if (bk_str_eq(arg, BK_S("config"))) show_config(&config);
        else if (bk_str_eq(arg, BK_S("together"))) together = true;
        else if (bk_str_eq(arg, BK_S("discover"))) discover(kube, cache);
        else if (bk_str_eq(arg, BK_S("version"))) version(kube);
        else if (bk_str_cut(arg, BK_S(" "), &method, &path)) {
            bk_str_cut(path, BK_S(" "), &path, &body);
            if (bk_str_eq(method, BK_S("LIST"))) {
                list(kube, path);
                continue;
            }
            if (bk_str_eq(method, BK_S("EVENTS"))) {
                events(kube, path, body);
                continue;
            }
            if (bk_str_eq(method, BK_S("WATCH"))) {
                watch(kube, path);
                continue;
            }
            items[count++] = (bk_kube_item){.request = {.method = method, .path = path, .body = body}, .err = BK_ERR_INIT};
            if (!together) send_all(kube, items, count), count = 0;
        }
    }
    send_all(kube, items, count);
    bk_kube_free(kube);
    bk_arena_release(&arena);
    return 0;
}
