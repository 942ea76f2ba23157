/* engine.h: what is asked of the engine: YAML of the operator's, indexes of strangers, each in a compartment of its own. */
#ifndef BK_REGISTRY_ENGINE_H
#define BK_REGISTRY_ENGINE_H

#include "sandbox/ask.h"

bk_status bk_registry_yaml(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err);

/* A call on an index (docs/architecture.md, INDEX): `inputs` are its bytes or flat forms. Lines of its log are in the answer. */
bk_status bk_registry_index_call(bk_arena *arena, const char *task, bk_map *options, const bk_str *inputs, size_t count,
                                 bk_sandbox_answer *ret, bk_err *err);

/* A reference as Go's net/url reads it: its normal text, and its path, decoded. */
typedef struct bk_registry_url {
    bk_str text, path;
} bk_registry_url;

/* "invalid chart URL format: T" for a text that is none. The compartment is not asked about what is plain. */
bk_status bk_registry_url_read(bk_arena *arena, bk_str text, bk_registry_url *ret, bk_err *err);

#endif
