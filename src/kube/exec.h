/* exec.h: credentials from a program (users[].user.exec of a kubeconfig), as Kubernetes' client library asks for them.
 *
 * The program is the operator's own: kubeconfig names it, so it runs with all that the operator may do. It gets KUBERNETES_EXEC_INFO, writes an ExecCredential
 * as JSON, and is killed when it takes longer than BK_KUBE_EXEC_MS or says more than BK_KUBE_EXEC_OUTPUT. What it gives is kept in memory until it
 * expires, never written down. A program that wants a terminal gets one when there is one. */
#ifndef BK_KUBE_EXEC_H
#define BK_KUBE_EXEC_H

#include "kube/config.h"

#define BK_KUBE_EXEC_MS 60000u
#define BK_KUBE_EXEC_OUTPUT ((size_t)1 << 20)

typedef struct bk_kube_credential {
    bk_str token, cert_pem, key_pem;
    int64_t expires; /* seconds since 1970; 0: when the server refuses it */
} bk_kube_credential;

/* Runs it. `environment` is the process's. Everything lies in the arena. Errors begin with "getting credentials: ". */
bk_status bk_kube_exec_run(bk_arena *arena, const bk_kube_config *config, char *const *environment, bk_kube_credential *ret, bk_err *err);

/* "2026-01-31T12:00:00Z", with fractions and offsets, to seconds since 1970. */
bool bk_kube_time(bk_str text, int64_t *ret);

#endif
