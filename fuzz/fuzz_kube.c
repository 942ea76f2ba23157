// links: host
/* What the client reads: kubeconfig files (their YAML already read: as JSON here), discovery's answers, refusals, times. The first byte says which. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/json.h"
#include "fuzz.h"
#include "kube/client_state.h"
#include "kube/discovery.h"

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

FUZZ(text) {
    if (text.n < 1) return;
    bk_str rest = bk_str_from(text, 1);
    switch (text.p[0]) {
    case 'c': config(rest, arena, err); return;
    case 'd': discovery(rest, arena, err); return;
    case 'r': refusal(rest, arena, err); return;
    case 't': {
        int64_t t;
        (void)bk_kube_time(rest, &t);
        return;
    }
    default: return;
    }
}
