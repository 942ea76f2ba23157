/* world.h: what the program lends to whoever fetches charts: where the operator's files are, who else can fetch, who judges signatures, who is told.
 *
 * src/cli fills one in a run (cli/chart_source.h) and everything below borrows it. Nothing here is opened, and no library of the network is started, before
 * something has to be fetched. A callback that is not set means: nobody does that here. */
#ifndef BK_REGISTRY_WORLD_H
#define BK_REGISTRY_WORLD_H

#include "base/arena.h"
#include "base/buf.h"
#include "plugin/types.h"

typedef struct bk_registry_world bk_registry_world;

/* How one server is to be asked, and as whom: flags, or an entry of repositories.yaml. Empty: not given. User and password go to the origin they were given
 * for and nowhere else, redirects included, unless pass_credentials. */
typedef struct bk_registry_access {
    bk_str username, password;
    bk_str cert_file, key_file, ca_file;
    bool insecure, plain_http, pass_credentials;
} bk_registry_access;

/* What somebody who fetches is to do about FILE.prov. */
typedef enum bk_prov_wish {
    BK_PROV_NONE,
    BK_PROV_LATER,    /* fetch it when there is one; a warning when there is none */
    BK_PROV_REQUIRED, /* no provenance file: no chart */
} bk_prov_wish;

/* A chart that came over the network, in the content cache: whole, and with the digest that its name there says. */
typedef struct bk_registry_chart {
    bk_str path;      /* of the archive, absolute */
    bk_str file;      /* the name it goes by: "nginx-1.2.3.tgz"; a single part of a path */
    bk_str digest;    /* sha256 of the archive, 64 hexadecimal digits */
    bk_str prov_path; /* of the provenance file; empty: none was wanted, or there is none */
    bk_str url;       /* where it came from, for messages and the ledger; without credentials */
    bk_str version;   /* as resolved; empty when not known (a plain URL) */
    bk_str manifest;  /* of a registry: its bytes; empty: it came from elsewhere */
    /* Sigstore bundles, when the verifier wants them: those that refer to it in the registry, or the one beside the archive. */
    const bk_str *bundles;
    size_t bundle_count;
} bk_registry_chart;

/* ---- signatures (action/signatures) ---- */

typedef struct bk_registry_verifier {
    void *self;
    bool wanted;  /* signatures are demanded, and be it of another kind than --verify says */
    bool bundles; /* Sigstore bundles are wanted, from wherever the chart comes */
    /* Whether the chart is what its signatures vouch for. `local`: it was not fetched, and what was signed lies beside it. `used`: it is the chart that the command
     * is about, not a dependency of it. What is to be said of it is appended to `report`: lines of "Signed by: …". */
    bk_status (*verify)(void *self, bk_arena *arena, const bk_registry_chart *chart, bool local, bool used, bk_buf *report, bk_err *err);
} bk_registry_verifier;

/* ---- getter plugins ---- */

/* Schemes beyond http, https and oci. *ret_served false: no plugin is there for this one. */
typedef struct bk_registry_getter {
    void *self;
    bool (*serves)(void *self, bk_str scheme);
    bk_status (*fetch)(void *self, bk_arena *arena, bk_str url, const bk_getter_options *options, bool *ret_served, bk_str *ret,
                       bk_err *err);
} bk_registry_getter;

/* ---- who is told ---- */

typedef struct bk_registry_teller {
    void *self;
    /* A line of the log: level "WARN", "INFO", "DEBUG", and msg="…" with its attributes as Helm prints them; an empty level: a line for the operator as it is. Text of
     * servers is in it as it came. */
    void (*log)(void *self, const char *level, bk_str text);
    /* How far a download is; total -1: not known. Called as bytes come, from one thread; `done` true ends the line. */
    void (*progress)(void *self, bk_str what, uint64_t bytes, int64_t total, bool done);
} bk_registry_teller;

struct bk_registry_world {
    bk_str repository_config; /* repositories.yaml */
    bk_str repository_cache;  /* NAME-index.yaml, NAME-charts.txt */
    bk_str content_cache;     /* registry/content.h */
    bk_str index_cache;       /* our own: indexes in their parsed form, by digest; empty: none is kept */
    bk_str registry_config;   /* credentials for registries */
    uint32_t timeout_ms;      /* of one request; 0: two minutes */
    char *const *environment; /* the program's, for docker's file and credential helpers */
    const bk_registry_verifier *verifier;
    const bk_registry_getter *getter;
    bk_registry_teller teller;
};

/* Tell, when somebody listens. */
void bk_registry_log(const bk_registry_world *world, const char *level, const char *format, ...) BK_PRINTF(3, 4);
/* Lines of a compartment's log: a list of {level, text}. */
void bk_registry_tell(const bk_registry_world *world, bk_value logs);

#endif
