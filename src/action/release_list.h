/* release_list.h: which releases there are: filtered, sorted, a page of them. */
#ifndef BK_ACTION_RELEASE_LIST_H
#define BK_ACTION_RELEASE_LIST_H

#include "release/store.h"

typedef enum bk_list_state {
    BK_LIST_DEPLOYED = 1,
    BK_LIST_UNINSTALLED = 2,
    BK_LIST_UNINSTALLING = 4,
    BK_LIST_PENDING = 8,
    BK_LIST_SUPERSEDED = 16,
    BK_LIST_FAILED = 32,
    BK_LIST_ALL = 63,
} bk_list_state;

typedef struct bk_list_options {
    unsigned states; /* 0: all */
    bk_str filter;   /* a regular expression on names */
    bk_str selector;
    bk_str time_format;
    bool by_date, reverse;
    int64_t offset, max; /* max 0: no limit */
} bk_list_options;

/* Of each release the newest revision, unless superseded ones alone are asked for. */
bk_status bk_action_list(bk_arena *arena, bk_store *store, const bk_list_options *options, bk_releases *ret, bk_err *err);

#endif
