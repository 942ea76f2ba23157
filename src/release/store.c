#include "release/store.h"

#include <stdarg.h>
#include <time.h>
#include <unistd.h>

#include "base/format.h"
#include "base/sort.h"
#include "release/store_state.h"

/* Records in one answer; when so many are more than an answer may have, few, of which each may be as large as a record gets. */
enum { PAGE = 1000, SMALL_PAGE = 32, RESTARTS = 3, SEND_TRIES = 4 };

/* ---- opening ---- */

static const struct {
    const char *name;
    bk_driver driver;
} drivers[] = {{"", BK_DRIVER_SECRET},
               {"secret", BK_DRIVER_SECRET},
               {"secrets", BK_DRIVER_SECRET},
               {"configmap", BK_DRIVER_CONFIGMAP},
               {"configmaps", BK_DRIVER_CONFIGMAP},
               {"memory", BK_DRIVER_MEMORY}};

static bk_status choose_driver(bk_store *store, bk_err *err) {
    bk_str name = store->options.driver;
    for (size_t i = 0; i < BK_COUNT(drivers); i++) {
        if (!bk_str_eq(bk_str_c(drivers[i].name), name)) continue;
        store->driver = drivers[i].driver;
        return BK_OK;
    }
    if (bk_str_eq(name, BK_S("sql")))
        return bk_err_set(err, BK_ERR, "HELM_DRIVER=sql: releases in an SQL database are not supported; use secret or configmap");
    return bk_err_set(err, BK_ERR, "unknown driver \"%.*s\"", BK_FMT(name));
}

bool bk_store_knows_driver(bk_str name) {
    for (size_t i = 0; i < BK_COUNT(drivers); i++)
        if (bk_str_eq(bk_str_c(drivers[i].name), name)) return true;
    return bk_str_eq(name, BK_S("sql"));
}

/* A name that no two processes share. */
static bk_status make_holder(bk_store *store, bk_err *err) {
    char host[256] = "";
    uint64_t chance = 0;
    if (gethostname(host, sizeof host - 1) != 0) host[0] = 0;
    if (getentropy(&chance, sizeof chance) != 0) return bk_err_set(err, BK_ERR_IO, "the system gives no random bytes");
    return bk_arena_printf(store->arena, &store->holder, "%s/%ld/%08llx", *host ? host : "localhost", (long)getpid(),
                           (unsigned long long)(chance >> 32))
               ? BK_OK
               : bk_arena_fail(store->arena, err);
}

bk_status bk_store_open(bk_arena *arena, const bk_store_options *options, bk_store **ret, bk_err *err) {
    bk_store *store = BK_NEW(arena, bk_store);
    if (!store) return bk_arena_fail(arena, err);
    *store = (bk_store){.arena = arena, .options = *options, .holder = options->holder};
    BK_TRY(choose_driver(store, err));
    if (!store->holder.n) BK_TRY(make_holder(store, err));
    if (store->driver == BK_DRIVER_MEMORY) BK_TRY(bk_store_memory_load(store, err));
    *ret = store;
    return BK_OK;
}

bk_str bk_store_driver(const bk_store *store) {
    return store->driver == BK_DRIVER_MEMORY ? BK_S("Memory") : bk_store_resource(store)->kind;
}

bool bk_store_is_memory(const bk_store *store) { return store->driver == BK_DRIVER_MEMORY; }

void bk_store_limit_history(bk_store *store, int64_t max_history) { store->options.max_history = max_history; }

void bk_store_log(const bk_store *store, const char *level, const char *fmt, ...) {
    char text[1024];
    va_list args;
    if (!store->options.log) return;
    va_start(args, fmt);
    size_t n = bk_format(text, sizeof text, fmt, args);
    va_end(args);
    store->options.log(store->options.log_self, bk_str_c(level), bk_str_of(text, n < sizeof text ? n : sizeof text - 1));
}

bk_status bk_releases_add(bk_arena *arena, bk_releases *list, const bk_release *release, bk_err *err) {
    if (list->n == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 16;
        bk_release *p = bk_arena_grow(arena, list->p, list->cap * sizeof *p, cap * sizeof *p);
        if (!p) return bk_arena_fail(arena, err);
        list->p = p;
        list->cap = cap;
    }
    list->p[list->n++] = *release;
    return BK_OK;
}

/* ---- a release's records ---- */

int bk_store_by_version(const void *a, const void *b, void *arg) {
    int64_t x = ((const bk_entry *)a)->version, y = ((const bk_entry *)b)->version;
    (void)arg;
    return x < y ? -1 : x > y;
}

static bk_status add_entries(bk_store *store, bk_value items, bk_history *to, bk_err *err) {
    size_t cap = to->n + items.len;
    to->p = bk_arena_grow(store->arena, to->p, to->cap * sizeof *to->p, (cap + 1) * sizeof *to->p);
    if (!to->p) return bk_arena_fail(store->arena, err);
    to->cap = cap + 1;
    for (uint32_t i = 0; i < items.len; i++)
        if (bk_store_entry(store, items.items[i], &to->p[to->n])) to->n++;
    return BK_OK;
}

bool bk_store_is_label(bk_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.')) return false;
    }
    return s.n > 0 && s.n <= 63;
}

static bk_status first_page(bk_store *store, bk_str name, bk_store_page *ret, bk_err *err) {
    *ret = (bk_store_page){.limit = PAGE};
    if (!bk_store_is_label(name)) return bk_err_set(err, BK_ERR, BK_STORE_NOT_FOUND);
    return bk_arena_printf(store->arena, &ret->selector, "name=%.*s,owner=helm", BK_FMT(name)) ? BK_OK : bk_arena_fail(store->arena, err);
}

static bk_status sort_history(bk_history *h, bk_err *err) {
    if (!bk_sort(h->store->arena, h->p, h->n, sizeof *h->p, bk_store_by_version, NULL)) return bk_arena_fail(h->store->arena, err);
    return h->n ? BK_OK : bk_err_set(err, BK_ERR, BK_STORE_NOT_FOUND);
}

/* The pages behind the one whose outcome is given; a page that is too large is asked for again in small ones, a walk that the server forgot from its
 * start. */
static bk_status walk(bk_store *store, bk_store_page *page, bk_status s, bk_value items, bk_history *ret, bk_err *err) {
    for (unsigned restarts = 0;;) {
        bool smaller = s == BK_ERR_LIMIT && page->limit == PAGE;
        if (s != BK_OK && !smaller && (!page->restart || restarts++ == RESTARTS)) return s;
        if (s == BK_OK) {
            BK_TRY(add_entries(store, items, ret, err));
            if (!page->next.n) return sort_history(ret, err);
        } else {
            bk_err_release(err);
            if (smaller) page->limit = SMALL_PAGE;
            if (page->restart) page->next = BK_S("");
            if (page->restart) ret->n = 0;
        }
        s = bk_store_next_page(store, store->arena, page, &items, err);
    }
}

bk_status bk_store_history(bk_store *store, bk_str name, bk_history *ret, bk_err *err) {
    bk_store_page page;
    bk_value items;
    *ret = (bk_history){.store = store};
    if (store->driver == BK_DRIVER_MEMORY) return bk_store_memory_history(store, name, ret, err);
    BK_TRY(first_page(store, name, &page, err));
    bk_status s = bk_store_next_page(store, store->arena, &page, &items, err);
    return walk(store, &page, s, items, ret, err);
}

bk_status bk_store_history_request(bk_store *store, bk_str name, bk_kube_request *ret, bk_err *err) {
    bk_store_page page;
    BK_TRY(first_page(store, name, &page, err));
    return bk_store_page_request(store, store->arena, &page, ret, err);
}

bk_status bk_store_history_read(bk_store *store, bk_str name, bk_status status, const bk_kube_answer *answer, bk_history *ret,
                                bk_err *err) {
    bk_store_page page;
    bk_value items;
    *ret = (bk_history){.store = store};
    BK_TRY(first_page(store, name, &page, err));
    bk_status s = bk_store_page_read(store, store->arena, &page, status, answer, &items, err);
    return walk(store, &page, s, items, ret, err);
}

const bk_entry *bk_history_last(const bk_history *history) { return history->n ? &history->p[history->n - 1] : NULL; }

const bk_entry *bk_history_deployed(const bk_history *history) {
    for (size_t i = history->n; i > 0; i--)
        if (bk_str_eq(history->p[i - 1].status, BK_STATUS_DEPLOYED)) return &history->p[i - 1];
    return NULL;
}

const bk_entry *bk_history_version(const bk_history *history, int64_t version) {
    for (size_t i = 0; i < history->n; i++)
        if (history->p[i].version == version) return &history->p[i];
    return NULL;
}

/* Records of a format to come. */
static bool is_newer(const bk_entry *e) {
    return bk_str_starts(e->type, BK_S("helm.sh/release.")) && !bk_str_eq(e->type, BK_S("helm.sh/release.v1"));
}

static bk_status load(bk_store *store, const bk_entry *e, const bk_record_options *options, bk_release *ret, bk_err *err) {
    bk_record record = e->record;
    if (e->release) {
        *ret = *e->release;
        return BK_OK;
    }
    if (is_newer(e))
        return bk_err_set(err, BK_ERR, "release record %.*s was written by a newer version (%.*s)", BK_FMT(e->key), BK_FMT(e->type));
    *ret = (bk_release){0};
    BK_TRY(bk_records_read(store->arena, options, &record, ret, 1, err));
    if (record.unread) return bk_err_set(err, BK_ERR, "release record %.*s cannot be read: %.*s", BK_FMT(e->key), BK_FMT(record.why));
    bk_store_entry_fill(e, ret);
    return BK_OK;
}

bk_status bk_history_load(const bk_history *history, const bk_entry *entry, bk_release *ret, bk_err *err) {
    return load(history->store, entry, NULL, ret, err);
}

/* ---- single releases ---- */

static bk_status get_one(bk_store *store, bk_str name, int64_t version, bk_entry *ret, bk_err *err) {
    bk_kube_ref ref = {.resource = bk_store_resource(store), .namespace_ = store->options.namespace_};
    bk_kube_request request;
    bk_kube_answer answer = {0};
    bk_value v;
    BK_TRY(bk_store_key(store->arena, name, version, &ref.name, err));
    BK_TRY(bk_kube_get_request(store->arena, &ref, &request, err));
    bk_status s = bk_kube_do(store->options.kube, store->arena, &request, &answer, err);
    bk_store_heard(store, &answer);
    if (s != BK_OK && bk_str_eq(answer.reason, BK_S("NotFound"))) return bk_err_replace(err, BK_S(BK_STORE_NOT_FOUND));
    if (s != BK_OK && bk_store_unreachable(store, &answer, err)) return err->code;
    if (s != BK_OK)
        return store->driver == BK_DRIVER_SECRET ? bk_err_wrap(err, "get: failed to get \"%.*s\"", BK_FMT(ref.name)) : err->code;
    BK_TRY(bk_kube_json(store->arena, &answer, &v, err));
    return bk_store_entry(store, v, ret) ? BK_OK : bk_err_set(err, BK_ERR, BK_STORE_NOT_FOUND);
}

static bk_status strip_labels(bk_store *store, bk_release *r, bk_err *err) {
    bk_map *m = bk_map_new(store->arena, bk_map_len(r->labels));
    if (!m) return bk_arena_fail(store->arena, err);
    for (size_t i = 0; i < bk_map_len(r->labels); i++) {
        const bk_map_entry *e = bk_map_at(r->labels, i);
        if (!bk_release_label_is_own(e->key) && !bk_map_set(m, e->key, e->value)) return bk_arena_fail(store->arena, err);
    }
    r->labels = m;
    return BK_OK;
}

static bk_status get_version(bk_store *store, bk_str name, int64_t version, const bk_record_options *options, bk_release *ret,
                             bk_err *err) {
    bk_history history;
    bk_entry entry;
    if (store->driver == BK_DRIVER_MEMORY) {
        BK_TRY(bk_store_memory_history(store, name, &history, err));
        const bk_entry *e = bk_history_version(&history, version);
        return e ? load(store, e, options, ret, err) : bk_err_set(err, BK_ERR, BK_STORE_NOT_FOUND);
    }
    BK_TRY(get_one(store, name, version, &entry, err));
    BK_TRY(load(store, &entry, options, ret, err));
    return strip_labels(store, ret, err);
}

bk_status bk_store_get(bk_store *store, bk_str name, int64_t version, const bk_record_options *options, bk_release *ret, bk_err *err) {
    bk_history history;
    bk_err first = BK_ERR_INIT;
    if (version > 0) return get_version(store, name, version, options, ret, err);
    BK_TRY(bk_store_history(store, name, &history, err));
    for (size_t i = history.n; i > 0; i--) {
        if (load(store, &history.p[i - 1], options, ret, err) == BK_OK) {
            bk_err_release(&first);
            return BK_OK;
        }
        bk_store_log(store, "WARN", "%.*s", BK_FMT(bk_err_message(err)));
        if (first.code == BK_OK) bk_err_move(&first, err);
        else bk_err_release(err);
    }
    bk_err_move(err, &first);
    return err->code;
}

bk_status bk_store_revisions(bk_store *store, bk_str name, bk_releases *ret, bk_err *err) {
    const bk_record_options options = {.flags = BK_RECORD_SUMMARY, .time_format = BK_S("Mon Jan _2 15:04:05 2006")};
    bk_history history;
    *ret = (bk_releases){0};
    BK_TRY(bk_store_history(store, name, &history, err));
    bk_record *records = BK_NEW_ARRAY(store->arena, bk_record, history.n);
    bk_release *releases = BK_NEW_ARRAY(store->arena, bk_release, history.n);
    if (!records || !releases) return bk_arena_fail(store->arena, err);
    for (size_t i = 0; i < history.n; i++) records[i] = history.p[i].record;
    if (store->driver != BK_DRIVER_MEMORY) BK_TRY(bk_records_read(store->arena, &options, records, releases, history.n, err));
    for (size_t i = 0; i < history.n; i++) {
        if (history.p[i].release) releases[i] = *history.p[i].release;
        else releases[i].last_deployed.ansic = releases[i].last_deployed.shown;
        if (records[i].unread) {
            bk_store_log(store, "WARN", "release record %.*s cannot be read: %.*s", BK_FMT(history.p[i].key), BK_FMT(records[i].why));
            continue;
        }
        bk_store_entry_fill(&history.p[i], &releases[i]);
        BK_TRY(bk_releases_add(store->arena, ret, &releases[i], err));
    }
    return BK_OK;
}

/* ---- writing ---- */

static bk_status remove_one(bk_store *store, const bk_entry *e, bk_kube_item *ret, bk_err *err) {
    const bk_kube_ref ref = {.resource = bk_store_resource(store), .namespace_ = e->namespace_, .name = e->key};
    const bk_kube_delete how = {.uid = e->uid};
    *ret = (bk_kube_item){.err = BK_ERR_INIT};
    return bk_kube_delete_request(store->arena, &ref, &how, &ret->request, err);
}

/* The first failure is the error; what is gone already is no failure. */
static bk_status judge_removals(bk_store *store, bk_kube_item *items, size_t count, bk_err *err) {
    size_t failed = 0;
    bk_err first = BK_ERR_INIT;
    for (size_t i = 0; i < count; i++) {
        bk_store_heard(store, &items[i].answer);
        if (items[i].err.code != BK_OK && !bk_str_eq(items[i].answer.reason, BK_S("NotFound")) && failed++ == 0)
            bk_err_move(&first, &items[i].err);
        bk_err_release(&items[i].err);
    }
    if (!failed) return BK_OK;
    bk_err_move(err, &first);
    return failed == 1 ? err->code : bk_err_wrap(err, "encountered %zu deletion errors. First is", failed);
}

bk_status bk_store_remove_all(bk_store *store, const bk_entry *entries, size_t count, bk_err *err) {
    bk_kube_item *items = BK_NEW_ARRAY(store->arena, bk_kube_item, count + 1);
    if (!items) return bk_arena_fail(store->arena, err);
    if (store->driver == BK_DRIVER_MEMORY) {
        for (size_t i = 0; i < count; i++) BK_TRY(bk_store_memory_remove(store, entries[i].name, entries[i].version, err));
        return BK_OK;
    }
    for (size_t i = 0; i < count; i++) BK_TRY(remove_one(store, &entries[i], &items[i], err));
    BK_TRY(bk_kube_all(store->options.kube, store->arena, items, count, err));
    return judge_removals(store, items, count, err);
}

bk_status bk_store_remove(bk_store *store, bk_str name, int64_t version, bk_err *err) {
    bk_entry e = {.name = name, .namespace_ = store->options.namespace_, .version = version};
    BK_TRY(bk_store_key(store->arena, name, version, &e.key, err));
    return bk_store_remove_all(store, &e, 1, err);
}

/* Makes room for one more record: the oldest go, but the newest deployed one stays. */
static bk_status prune(bk_store *store, const bk_history *history, bk_err *err) {
    size_t keep = (size_t)store->options.max_history - 1, n = 0;
    const bk_entry *deployed = bk_history_deployed(history);
    bk_entry *gone = BK_NEW_ARRAY(store->arena, bk_entry, history->n + 1);
    if (!gone) return bk_arena_fail(store->arena, err);
    for (size_t i = 0; i < history->n && history->n - n > keep; i++)
        if (&history->p[i] != deployed) gone[n++] = history->p[i];
    if (n) bk_store_log(store, "DEBUG", "removing %zu records over the history limit", n);
    return n ? bk_store_remove_all(store, gone, n, err) : BK_OK;
}

static bk_status make_room(bk_store *store, const bk_history *history, bk_str name, bk_err *err) {
    bk_history own;
    if (store->options.max_history <= 0) return BK_OK;
    if (history) return prune(store, history, err);
    bk_status s = bk_store_history(store, name, &own, err);
    if (s == BK_OK) return prune(store, &own, err);
    if (!bk_str_eq(bk_err_message(err), BK_S(BK_STORE_NOT_FOUND))) return s;
    bk_err_release(err);
    return BK_OK;
}

/* Whether a record that may have been written has been: an answer that was lost does not say. */
static bool is_written(bk_store *store, bk_release *release, bool create) {
    bk_entry e;
    bk_err ignored = BK_ERR_INIT;
    bk_status s = get_one(store, release->name, release->version, &e, &ignored);
    bk_err_release(&ignored);
    if (s != BK_OK) return false;
    bool changed = !bk_str_eq(e.resource_version, release->resource_version);
    if (!(create ? bk_str_eq(e.lease.holder, store->holder) : changed && bk_str_eq(e.status, release->status))) return false;
    release->uid = e.uid;
    release->resource_version = e.resource_version;
    release->created = e.created;
    release->lease = e.lease;
    return true;
}

/* Records are what everything else goes by: a server that stumbles is asked a few times. */
static bk_status send_record(bk_store *store, bk_release *release, bool create, const bk_kube_request *request, bk_err *err) {
    for (unsigned tries = 1;; tries++) {
        bk_kube_answer answer = {0};
        struct timespec pause = {.tv_nsec = 100000000L << tries};
        bk_status s = bk_kube_do(store->options.kube, store->arena, request, &answer, err);
        bool unclear = s != BK_OK && (answer.status == 0 || answer.status >= 500), late = s != BK_OK && tries > 1 && answer.status == 409;
        if (!unclear && !late) return bk_store_written(store, release, create, s, &answer, err);
        if (is_written(store, release, create)) {
            bk_err_release(err);
            return BK_OK;
        }
        if (late || tries == SEND_TRIES) return bk_store_written(store, release, create, s, &answer, err);
        bk_err_release(err);
        nanosleep(&pause, NULL);
    }
}

static bk_status write_record(bk_store *store, bk_release *release, bool create, bool keep_lease, const bk_history *history, bk_err *err) {
    bk_kube_request request;
    if (store->driver == BK_DRIVER_MEMORY) {
        if (create) BK_TRY(make_room(store, history, release->name, err));
        return bk_store_memory_write(store, release, create, err);
    }
    BK_TRY(bk_store_write_request(store, release, create, keep_lease, &request, err));
    if (create) BK_TRY(make_room(store, history, release->name, err));
    return send_record(store, release, create, &request, err);
}

bk_status bk_store_create(bk_store *store, const bk_history *history, bk_release *release, bk_err *err) {
    return write_record(store, release, true, false, history, err);
}

bk_status bk_store_update(bk_store *store, bk_release *release, bool keep_lease, bk_err *err) {
    return write_record(store, release, false, keep_lease, NULL, err);
}

bk_status bk_store_update_again(bk_store *store, bk_release *release, bool keep_lease, bk_err *err) {
    if (store->driver != BK_DRIVER_MEMORY && is_written(store, release, false)) return BK_OK;
    return bk_store_update(store, release, keep_lease, err);
}
