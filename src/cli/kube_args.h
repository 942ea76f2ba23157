/* kube_args.h: the cluster that the flags and the environment name. */
#ifndef BK_CLI_KUBE_ARGS_H
#define BK_CLI_KUBE_ARGS_H

#include "cli/command.h"
#include "kube/client.h"

typedef struct bk_cli_cluster {
    bk_kube_config config;
    bk_kube *kube;
    bk_str cache; /* for bk_kube_discover: KUBECACHEDIR, else ~/.kube/cache */
} bk_cli_cluster;

/* kubeconfig, --kube-*, --namespace, --qps, --burst-limit and their variables. Nothing is sent yet. Warnings of the server go to standard error. */
bk_status bk_cli_cluster_open(bk_cli *cli, bk_cli_cluster *ret, bk_err *err);
void bk_cli_cluster_close(bk_cli_cluster *cluster);

#endif
