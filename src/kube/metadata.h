/* metadata.h: whether the metadata of an object has the types that Kubernetes says, before anything is made of it.
 *
 * Labels and annotations are texts: `port: 80` without quotes is a mistake of the chart, and would be lost when our own labels are added. The words are those of
 * Go's JSON decoder, as kubectl's libraries show them. */
#ifndef BK_KUBE_METADATA_H
#define BK_KUBE_METADATA_H

#include "value/value.h"

/* Adds the first mistake of the object's metadata to `out`; nothing when there is none. */
void bk_kube_metadata_check(bk_map *object, bk_buf *out);

#endif
