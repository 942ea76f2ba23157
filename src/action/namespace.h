/* namespace.h: the namespace that a command works in. */
#ifndef BK_ACTION_NAMESPACE_H
#define BK_ACTION_NAMESPACE_H

#include "base/arena.h"
#include "base/err.h"
#include "value/value.h"

/* `given` (flag or HELM_NAMESPACE), else the namespace of the kubeconfig's context, else "default". `kubeconfig` is the flag's or $KUBECONFIG's list of paths,
 * empty for ~/.kube/config. A kubeconfig that is missing or broken counts as none, as in Helm. */
bk_status bk_namespace(bk_arena *arena, bk_str given, bk_str context, bk_str kubeconfig, bk_str *ret, bk_err *err);
/* A YAML file of the operator's that holds a map; NULL when there is none or it does not parse. */
bk_map *bk_config_read(bk_arena *arena, bk_str path);

#endif
