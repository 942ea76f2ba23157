/* pod_logs.h: what the containers of pods have said. */
#ifndef BK_ACTION_POD_LOGS_H
#define BK_ACTION_POD_LOGS_H

#include "action/deploy.h"

/* Of each container of a hook's pods (of its Job, or the Pod itself), to d->ears.say. Other kinds have none. */
bk_status bk_pod_logs_of_hook(bk_deploy *d, const bk_hook *hook, bk_err *err);
/* Appends "POD LOGS: pod (container)", the log and a newline for each container, initial ones included. What cannot be had does not keep the rest from
 * being shown; the errors come in the end. */
bk_status bk_pod_logs_of_test(bk_deploy *d, bk_str pod, bk_buf *out, bk_err *err);

#endif
