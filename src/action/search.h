/* search.h: the actions behind `search`. */
#ifndef BK_ACTION_SEARCH_H
#define BK_ACTION_SEARCH_H

#include "registry/world.h"
#include "value/map.h"

typedef struct bk_search_options {
    bk_str term; /* words with blanks between them */
    bool all;    /* no term was given */
    bool regexp, versions, devel;
    bk_str version;
} bk_search_options;

/* A list of {name, version, app_version, description}, the best first, from the cached indexes of all repositories. */
bk_status bk_action_search_repositories(bk_arena *arena, const bk_registry_world *world, const bk_search_options *options, bk_value *ret,
                                        bk_err *err);

/* A list of {url, version, app_version, description, repository: {url, name}} that the hub at `endpoint` answers. */
bk_status bk_action_search_hub(bk_arena *arena, const bk_registry_world *world, bk_str endpoint, bk_str term, bk_value *ret, bk_err *err);

#endif
