#include "action/release_list.h"

#include "base/sort.h"
#include "release/selector.h"

static unsigned state_of(bk_str status) {
    static const struct {
        const char *name;
        bk_list_state state;
    } states[] = {
        {"deployed", BK_LIST_DEPLOYED},       {"uninstalled", BK_LIST_UNINSTALLED},   {"superseded", BK_LIST_SUPERSEDED},
        {"failed", BK_LIST_FAILED},           {"uninstalling", BK_LIST_UNINSTALLING}, {"pending-install", BK_LIST_PENDING},
        {"pending-upgrade", BK_LIST_PENDING}, {"pending-rollback", BK_LIST_PENDING},
    };
    for (size_t i = 0; i < BK_COUNT(states); i++)
        if (bk_str_eq(bk_str_c(states[i].name), status)) return states[i].state;
    return 0;
}

static int by_name(const void *a, const void *b, void *arg) {
    const bk_release *x = a, *y = b;
    const bk_list_options *o = arg;
    int c = bk_str_cmp(x->name, y->name);
    if (o->by_date && x->last_deployed.sec != y->last_deployed.sec) c = x->last_deployed.sec < y->last_deployed.sec ? -1 : 1;
    if (!c) c = bk_str_cmp(x->namespace_, y->namespace_);
    if (!c) c = x->version < y->version ? -1 : x->version > y->version;
    return o->reverse ? -c : c;
}

bk_status bk_action_list(bk_arena *arena, bk_store *store, const bk_list_options *o, bk_releases *ret, bk_err *err) {
    const bk_record_options records = {.filter = o->filter, .time_format = o->time_format};
    unsigned states = o->states ? o->states : BK_LIST_ALL;
    bk_selector selector;
    size_t n = 0;
    BK_TRY(bk_store_list(store, states != BK_LIST_SUPERSEDED, &records, ret, err));
    if (!ret->n) return BK_OK; /* nor is the selector looked at */
    BK_TRY(bk_selector_parse(arena, o->selector, &selector, err));
    for (size_t i = 0; i < ret->n; i++)
        if ((state_of(ret->p[i].status) & states) && bk_selector_matches(&selector, ret->p[i].labels) && n++ < i) ret->p[n - 1] = ret->p[i];
    bk_list_options order = *o;
    if (!bk_sort(arena, ret->p, n, sizeof *ret->p, by_name, &order)) return bk_arena_fail(arena, err);
    size_t from = o->offset < 0 ? 0 : (uint64_t)o->offset > n ? n : (size_t)o->offset;
    if (from) ret->p += from;
    ret->n = n - from;
    if (o->max > 0 && ret->n > (uint64_t)o->max) ret->n = (size_t)o->max;
    return BK_OK;
}
