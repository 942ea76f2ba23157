/* proto.h: lists in the API server's binary form, which it writes in half the time and a third of the room that JSON takes.
 *
 * Only what the answers to lists of Secrets, ConfigMaps and of metadata hold, and refusals: four bytes that say what it is, an envelope, and in it the object, all of it in protocol
 * buffers, whose field numbers Kubernetes has promised to keep. What comes out is the value that the same answer in JSON would give, but that the members of
 * `data` are bytes (not base64), and that fields which nobody here asks for are left out.
 *
 * The bytes are a stranger's: lengths are checked against what is left, fields may come in any order, as often as they like (the last counts), and unknown ones are
 * skipped. Nothing nests deeper than the four levels that are read. */
#ifndef BK_KUBE_PROTO_H
#define BK_KUBE_PROTO_H

#include "kube/client.h"

/* What to accept for a list of metadata, for one of whole objects; JSON where the server does not know better. */
#define BK_KUBE_ACCEPT_METADATA \
    "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1," \
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
#define BK_KUBE_ACCEPT_WHOLE "application/vnd.kubernetes.protobuf,application/json"

bool bk_kube_is_proto(bk_str type);
/* An object of one of the kinds above. Strings are views into `body`. */
bk_status bk_kube_proto_read(bk_arena *arena, bk_str body, bk_value *ret, bk_err *err);
/* The object in an answer, whichever of the two forms it has. */
bk_status bk_kube_object_read(bk_arena *arena, const bk_kube_answer *answer, bk_value *ret, bk_err *err);

#endif
