// links: host
/* What the client reads: kubeconfig files (their YAML already read: as JSON here), discovery's answers, lists in binary form, watch streams, refusals, times; and what it makes of objects: their
 * state, patches. The first byte says which. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/json.h"
#include "fuzz.h"
#include "kube/client_state.h"
#include "kube/discovery.h"
#include "kube/merge.h"
#include "kube/migrate.h"
#include "kube/proto.h"
#include "kube/status.h"
#include "kube/watch.h"

static bk_status as_json(void *self, bk_arena *arena, bk_str text, bk_value *ret, bk_err *err) {
    (void)self;
    return bk_json_decode(arena, text, 0, BK_T_NIL, ret, err);
}

/* A file of this process's, rewritten for each input. */
static const char *file_of(bk_str text) {
    static char path[64];
    if (!path[0]) snprintf(path, sizeof path, "/tmp/bulkhead-fuzz-kube.%ld", (long)getpid());
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    FUZZ_CHECK(fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n);
    close(fd);
    return path;
}

static void config(bk_str text, bk_arena *arena, bk_err *err) {
    bk_kube_config c;
    const char *path = file_of(text);
    const bk_kube_options o = {.kubeconfig = bk_str_c(path), .yaml = as_json, .service_account = "/nowhere"};
    bk_status s = bk_kube_config_load(arena, &o, &c, err);
    unlink(path);
    if (s != BK_OK) return;
    bool secret = c.token.n || c.user.n || c.password.n || c.exec.command.n || c.cert_file.n || c.cert_pem.n;
    FUZZ_CHECK(c.tls || !secret);
    FUZZ_CHECK(bk_str_contains(c.server, BK_S("://")) && !(c.insecure && (c.ca_file.n || c.ca_pem.n)));
}

static void discovery(bk_str text, bk_arena *arena, bk_err *err) {
    bk_kube_discovery d = {0};
    if (bk_kube_discovery_read(arena, text, &d, err) != BK_OK) return;
    for (size_t i = 0; i < d.count; i++) {
        bk_buf path;
        bk_buf_init(&path, arena, 0);
        FUZZ_CHECK(bk_kube_resource_path(&path, &d.items[i], BK_S("ns"), BK_S("name"), err) == BK_OK);
        FUZZ_CHECK(!bk_str_contains(bk_buf_view(&path), BK_S("/../")) && !bk_str_contains(bk_buf_view(&path), BK_S("//")));
        FUZZ_CHECK(bk_kube_find_kind(&d, d.items[i].group, d.items[i].version, d.items[i].kind) != NULL);
    }
}

static void refusal(bk_str text, bk_arena *arena, bk_err *err) {
    const bk_kube_request request = {0};
    bk_kube_answer a = {.status = 404, .body = text, .type = BK_S("application/json"), .details = bk_nil()};
    FUZZ_CHECK(bk_kube_refused(arena, &request, &a, err) != BK_OK && bk_err_message(err).n > 0);
}

/* What comes out of the binary form can be said in JSON. */
static void binary(bk_str bytes, bk_arena *arena, bk_err *err) {
    bk_value v = bk_nil();
    if (bk_kube_proto_read(arena, bytes, &v, err) != BK_OK) return;
    FUZZ_CHECK(v.kind == BK_MAP && bk_map_get(v.map, BK_S("kind")));
    const bk_value *items = bk_map_get(v.map, BK_S("items"));
    for (uint32_t i = 0; items && i < items->len; i++) FUZZ_CHECK(items->items[i].kind == BK_MAP);
    bk_buf out;
    bk_buf_init(&out, arena, 0);
    bk_err own = BK_ERR_INIT;
    (void)bk_json_encode(&out, arena, v, 0, &own);
    bk_err_release(&own);
}

/* ---- streams ---- */

static bk_status on_event(void *self, bk_kube_event event, bk_value object, bk_err *err) {
    bk_kube_verdict verdict;
    bk_err own = BK_ERR_INIT;
    (void)err;
    ++*(size_t *)self;
    FUZZ_CHECK(event == BK_KUBE_SYNCED || object.kind == BK_MAP);
    if (object.kind != BK_MAP) return BK_OK;
    bk_arena arena;
    bk_arena_init(&arena, FUZZ_ARENA);
    (void)bk_kube_status(&arena, object, 1795285920, &verdict, &own);
    (void)bk_kube_status_pod(&arena, object, &verdict, &own);
    bk_err_release(&own);
    bk_arena_release(&arena);
    return BK_OK;
}

/* Pieces of one byte tell what pieces of many tell. */
static void stream(bk_str text) {
    size_t counts[2] = {0, 0};
    bk_status status[2];
    for (size_t i = 0; i < 2; i++) {
        bk_err err = BK_ERR_INIT;
        const bk_kube_watch_options o = {.path = BK_S("/api/v1/pods"), .self = &counts[i], .event = on_event};
        status[i] = bk_kube_watch_feed(&o, text, i ? 1 : 4096, &err);
        bk_err_release(&err);
    }
    FUZZ_CHECK(counts[0] == counts[1] && status[0] == status[1]);
}

/* ---- patches ---- */

static void patch(bk_str text, bk_arena *arena, bk_err *err) {
    bk_map *docs[3], *out = NULL;
    bk_str line, migration;
    for (size_t i = 0; i < 3; i++) {
        bk_value v = bk_nil();
        if (!bk_str_line(&text, &line) && i < 2) return;
        if (bk_json_decode(arena, line, BK_JSON_INT64, BK_T_MAP, &v, err) != BK_OK || v.kind != BK_MAP || !v.map) return;
        docs[i] = v.map;
    }
    bk_err own = BK_ERR_INIT;
    (void)bk_kube_merge_strategic(arena, BK_S(""), BK_S("v1"), BK_S("Pod"), docs[0], docs[1], docs[2], &out, &own);
    bk_err_release(&own);
    if (bk_kube_merge_json(arena, docs[0], docs[1], NULL, &out, &own) == BK_OK)
        FUZZ_CHECK(bk_map_len(out) > 0 || bk_deep_equal(bk_map_value(docs[0]), bk_map_value(docs[1])));
    bk_err_release(&own);
    (void)bk_kube_migration(arena, docs[2], BK_S("helm"), &migration, &own);
    bk_err_release(&own);
}

FUZZ(text) {
    if (text.n < 1) return;
    bk_str rest = bk_str_from(text, 1);
    switch (text.p[0]) {
    case 'c': config(rest, arena, err); return;
    case 'd': discovery(rest, arena, err); return;
    case 'p': patch(rest, arena, err); return;
    case 'w': stream(rest); return;
    case 'r': refusal(rest, arena, err); return;
    case 'b': binary(rest, arena, err); return;
    case 't': {
        int64_t t;
        (void)bk_kube_time(rest, &t);
        return;
    }
    default: return;
    }
}
