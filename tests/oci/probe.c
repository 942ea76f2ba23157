/* oci-probe: drives src/registry/oci.h from a command line.
 *
 *     oci-probe OP REF [KEY=VALUE…]
 *
 * choose, tags, versions, pull (file=PATH), referrers (digest=, type=). Prints lines of text, then "ok" or "error: …". */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "registry/oci.h"

extern char **environ;

static bk_str option(int argc, char **argv, const char *key) {
    size_t n = strlen(key);
    for (int i = 3; i < argc; i++)
        if (strncmp(argv[i], key, n) == 0 && argv[i][n] == '=') return bk_str_c(argv[i] + n + 1);
    return BK_S("");
}

static bk_status to_file(void *self, bk_str bytes, bk_err *err) {
    const int *fd = self;
    while (bytes.n) {
        ssize_t n = write(*fd, bytes.p, bytes.n);
        if (n < 0) return bk_err_set(err, BK_ERR_IO, "write: %s", strerror(errno));
        bytes = bk_str_from(bytes, (size_t)n);
    }
    return BK_OK;
}

typedef struct probe {
    bk_oci *oci;
    bk_arena *arena;
    int argc;
    char **argv;
} probe;

static bk_status pull(probe *p, const bk_oci_choice *choice, bk_err *err) {
    bk_str path = option(p->argc, p->argv, "file");
    int fd = open(path.n ? path.p : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const bk_oci_sink sink = {.self = &fd, .data = to_file};
    const bk_oci_pull want = {.reference = choice->reference,
                              .sink = &sink,
                              .prov = option(p->argc, p->argv, "prov").n > 0,
                              .prov_needed = bk_str_eq(option(p->argc, p->argv, "prov"), BK_S("needed"))};
    bk_oci_pulled pulled;
    bk_status s = bk_oci_pull_chart(p->oci, p->arena, &want, &pulled, err);
    close(fd);
    BK_TRY(s);
    printf("%.*schart %.*s %lld\n", BK_FMT(pulled.messages), BK_FMT(pulled.chart->digest), (long long)pulled.chart->size);
    if (pulled.has_prov) printf("prov %.*s\n", BK_FMT(pulled.prov));
    return BK_OK;
}

static bk_status list(probe *p, const bk_oci_reference *ref, bool versions, bk_err *err) {
    bk_str *tags;
    size_t n;
    BK_TRY(versions ? bk_oci_versions(p->oci, p->arena, ref, &tags, &n, err) : bk_oci_tags(p->oci, p->arena, ref, &tags, &n, err));
    for (size_t i = 0; i < n; i++) printf("%.*s\n", BK_FMT(tags[i]));
    return BK_OK;
}

static bk_status referrers(probe *p, const bk_oci_reference *ref, bk_err *err) {
    bk_oci_descriptor *found;
    size_t n;
    BK_TRY(bk_oci_referrers(p->oci, p->arena, ref, option(p->argc, p->argv, "digest"), option(p->argc, p->argv, "type"), &found, &n, err));
    for (size_t i = 0; i < n; i++) printf("%.*s %.*s\n", BK_FMT(found[i].digest), BK_FMT(found[i].artifact_type));
    return BK_OK;
}

static bk_status run(probe *p, bk_err *err) {
    bk_str op = bk_str_c(p->argv[1]), text = bk_str_c(p->argv[2]);
    bk_oci_reference ref;
    bk_oci_choice choice;
    if (bk_str_eq(op, BK_S("tags")) || bk_str_eq(op, BK_S("versions")) || bk_str_eq(op, BK_S("referrers"))) {
        BK_TRY(bk_oci_reference_parse(p->arena, text, &ref, err));
        return bk_str_eq(op, BK_S("referrers")) ? referrers(p, &ref, err) : list(p, &ref, bk_str_eq(op, BK_S("versions")), err);
    }
    BK_TRY(bk_oci_choose(p->oci, p->arena, text, option(p->argc, p->argv, "version"), &choice, err));
    if (bk_str_eq(op, BK_S("pull"))) return pull(p, &choice, err);
    printf("%.*s %.*s %.*s\n", BK_FMT(choice.text), BK_FMT(choice.file), BK_FMT(choice.version));
    return BK_OK;
}

int main(int argc, char **argv) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    if (argc < 3) return 2;
    const bk_oci_options options = {
        .registry_config = option(argc, argv, "config"),
        .username = option(argc, argv, "user"),
        .password = option(argc, argv, "password"),
        .ca_file = option(argc, argv, "ca"),
        .cert_file = option(argc, argv, "cert"),
        .key_file = option(argc, argv, "key"),
        .insecure = option(argc, argv, "insecure").n > 0,
        .plain_http = option(argc, argv, "plain").n > 0,
        .environment = environ,
    };
    probe p = {.arena = &arena, .argc = argc, .argv = argv};
    bk_arena_init(&arena, 0);
    bk_status s = bk_oci_new(&options, &p.oci, &err);
    if (s == BK_OK) s = run(&p, &err);
    bk_oci_free(p.oci);
    if (s == BK_OK) printf("ok\n");
    else printf("error: %.*s\n", BK_FMT(bk_err_message(&err)));
    bk_err_release(&err);
    bk_arena_release(&arena);
    return 0;
}
