/* yaml_resource.h: Kubernetes objects as YAML trees, as the kyaml library reads, annotates and writes them.
 *
 * kyaml marks every object that it reads with annotations of its own and takes them off when it writes. That leaves traces, which this has as well:
 * empty annotations and an empty metadata disappear, "null" documents too, and an object of the kind List that is alone in its text falls into its items. */
#ifndef BK_DATA_YAML_RESOURCE_H
#define BK_DATA_YAML_RESOURCE_H

#include "data/yaml_node.h"

typedef struct bk_resources {
    bk_ydoc *items;
    size_t n, cap;
} bk_resources;

/* Appends the objects of a text to *list. Errors: "MalformedYAMLError: yaml: line 3: …", "invalid document separator: --- x", "wrong node kind: expected
 * MappingNode but got ScalarNode: node contents:\n…". */
bk_status bk_resources_read(bk_arena *arena, bk_str text, bk_resources *list, bk_err *err);
bk_status bk_resources_add(bk_arena *arena, bk_resources *list, bk_ydoc doc, bk_err *err);
/* Appends them to *out, "---" between them. Takes kyaml's own annotations off the trees. */
bk_status bk_resources_write(bk_arena *arena, const bk_resources *list, bk_buf *out, bk_err *err);

/* Sets an annotation in metadata; both are made where they are missing. */
bk_status bk_resource_annotate(bk_arena *arena, bk_ydoc *doc, bk_str key, bk_str value, bk_err *err);
/* Takes an annotation off: the first with that key. */
bk_status bk_resource_unannotate(bk_arena *arena, bk_ydoc *doc, bk_str key, bk_err *err);
/* The text of an annotation; empty when there is none. False: the object has neither apiVersion nor kind nor anything in its metadata. */
bool bk_resource_annotation(const bk_ydoc *doc, bk_str key, bk_str *ret);

#endif
