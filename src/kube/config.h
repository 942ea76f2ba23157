/* config.h: which cluster, and as whom: kubeconfig files, the --kube-* flags, and the pod that we may be running in.
 *
 *     BK_TRY(bk_kube_config_load(arena, &options, &config, err));
 *
 * The rules are those of Kubernetes' own client library, since the files are shared with kubectl. --kubeconfig names one file, which must be there; else KUBECONFIG
 * names several, else it is ~/.kube/config; those that are not there are skipped. What the first file says of a cluster, a user, a context or the current
 * context counts, the others' word on the same name is dropped. Relative paths in a file start at its folder. Flags come on top, one by one.
 * Where all that says nothing and a service account is mounted, we are in a cluster and use that. Credentials are looked at for https only.
 *
 * Files are the operator's, so they are trusted to mean well but not to be well-formed: YAML is read in a compartment (the `yaml` callback), everything has a cap,
 * and what is wrong is said with the file's name. Nothing is read from the network and no program is started here. */
#ifndef BK_KUBE_CONFIG_H
#define BK_KUBE_CONFIG_H

#include "value/map.h"

#define BK_KUBE_FILE_MAX ((size_t)16 << 20)
#define BK_KUBE_FILES_MAX 64u
#define BK_KUBE_LIST_MAX 1000u /* groups, arguments, variables … */

typedef struct bk_kube_options {
    /* Flags, with the HELM_KUBE* variables as their defaults; empty: not given. */
    bk_str kubeconfig, context, namespace_, token, as_user, apiserver, ca_file, tls_server_name;
    const bk_str *as_groups;
    size_t as_group_count;
    bool insecure;
    /* Reads the operator's YAML into a value, in a compartment. */
    bk_status (*yaml)(void *self, bk_arena *arena, bk_str text, bk_value *ret, bk_err *err);
    void *self;
    const char *service_account; /* the folder of the mounted account; NULL: where Kubernetes puts it. Tests choose another */
} bk_kube_options;

/* A program that gives credentials; see kube/exec.h. */
typedef struct bk_kube_exec {
    bk_str command; /* empty: none */
    bk_str api_version, install_hint, interactive;
    const bk_str *args;
    size_t arg_count;
    const bk_str *env_names, *env_values;
    size_t env_count;
    bool provide_cluster;
    bk_value cluster_config; /* the cluster's extension client.authentication.k8s.io/exec; nil: none */
} bk_kube_exec;

typedef struct bk_kube_config {
    bk_str server;     /* with a scheme, without a final slash: "https://127.0.0.1:6443/prefix" */
    bk_str namespace_; /* of the flag, the context or the pod; "default" */
    bool tls;
    /* How to know the server. */
    bk_str ca_file, ca_pem, server_name, proxy_url;
    bool insecure;
    /* How it knows us. */
    bk_str cert_file, cert_pem, key_file, key_pem;
    bk_str token, token_file; /* the file is read again from time to time: pods' tokens are renewed */
    bk_str user, password;
    bk_kube_exec exec;
    /* For whom we ask. */
    bk_str as_user, as_uid;
    const bk_str *as_groups;
    size_t as_group_count;
    bk_map *as_extra; /* names to lists of texts; NULL: none */
    bool in_cluster;
} bk_kube_config;

/* Everything lies in the arena. Errors are the client library's: `context "x" does not exist`, `invalid configuration: …`, `error loading config file "x": …`. */
bk_status bk_kube_config_load(bk_arena *arena, const bk_kube_options *options, bk_kube_config *ret, bk_err *err);

/* An operator's small file, whole: a certificate, a token. Errors in Go's words. */
bk_status bk_kube_read_file(bk_arena *arena, bk_str path, bk_str *ret, bk_err *err);

#endif
