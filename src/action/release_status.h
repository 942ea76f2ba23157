/* release_status.h: a release's objects as the cluster has them now, for `status`. */
#ifndef BK_ACTION_RELEASE_STATUS_H
#define BK_ACTION_RELEASE_STATUS_H

#include "kube/discovery.h"
#include "release/release.h"

typedef struct bk_status_options {
    bk_kube *kube;
    bk_str cache; /* of discovery */
    bk_str namespace_;
    bool table; /* as the server prints them; else whole objects */
} bk_status_options;

/* *ret: the tables as text, or the JSON of a release's info.resources. Objects that cannot be read are left out, as Helm does; with those that run pods come
 * their pods. Objects whose kinds the cluster does not know are an error, in Helm's words. */
bk_status bk_action_status(bk_arena *arena, const bk_status_options *options, bk_str manifest, bk_str *ret, bk_err *err);

#endif
