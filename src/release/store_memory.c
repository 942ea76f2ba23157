/* The driver memory: releases of the files in HELM_MEMORY_DRIVER_DATA, for tests. */
#include "base/sort.h"
#include "release/store_state.h"

static bk_str namespace_of(const bk_release *r) { return r->namespace_.n ? r->namespace_ : BK_S("default"); }

static bool is_here(const bk_store *store, const bk_release *r) {
    return !store->options.namespace_.n || bk_str_eq(namespace_of(r), store->options.namespace_);
}

static bk_release *find(bk_store *store, bk_str namespace_, bk_str name, int64_t version) {
    for (size_t i = 0; i < store->memory.n; i++) {
        bk_release *r = &store->memory.p[i];
        if (r->version == version && bk_str_eq(r->name, name) && bk_str_eq(namespace_of(r), namespace_)) return r;
    }
    return NULL;
}

static bk_status load_file(bk_store *store, bk_str path, bk_err *err) {
    const bk_record_options options = {.flags = BK_RECORD_COMPUTED};
    bk_str text;
    bk_releases list;
    if (bk_kube_read_file(store->arena, path, &text, err) != BK_OK) return bk_err_wrap(err, "Unable to read memory driver data");
    if (bk_records_read_yaml(store->arena, &options, text, &list, err) != BK_OK)
        return bk_err_wrap(err, "Unable to unmarshal memory driver data");
    for (size_t i = 0; i < list.n; i++) {
        if (find(store, namespace_of(&list.p[i]), list.p[i].name, list.p[i].version)) return bk_err_set(err, BK_ERR, BK_STORE_EXISTS);
        BK_TRY(bk_releases_add(store->arena, &store->memory, &list.p[i], err));
    }
    return BK_OK;
}

bk_status bk_store_memory_load(bk_store *store, bk_err *err) {
    bk_str rest = store->options.memory_data, path;
    for (bool more = true; more;) {
        more = bk_str_cut(rest, BK_S(":"), &path, &rest);
        BK_TRY(load_file(store, path, err));
    }
    return BK_OK;
}

bk_status bk_store_memory_history(bk_store *store, bk_str name, bk_history *ret, bk_err *err) {
    *ret = (bk_history){.store = store, .p = BK_NEW_ARRAY(store->arena, bk_entry, store->memory.n + 1), .cap = store->memory.n + 1};
    if (!ret->p) return bk_arena_fail(store->arena, err);
    for (size_t i = 0; i < store->memory.n; i++) {
        const bk_release *r = &store->memory.p[i];
        if (!is_here(store, r) || !bk_str_eq(r->name, name)) continue;
        bk_entry *e = &ret->p[ret->n++];
        *e = (bk_entry){.name = r->name, .namespace_ = namespace_of(r), .status = r->status, .version = r->version, .labels = r->labels};
        BK_TRY(bk_store_key(store->arena, r->name, r->version, &e->key, err));
        bk_release *copy = BK_NEW(store->arena, bk_release);
        if (!copy) return bk_arena_fail(store->arena, err);
        *copy = *r;
        e->release = copy;
    }
    if (!bk_sort(store->arena, ret->p, ret->n, sizeof *ret->p, bk_store_by_version, NULL)) return bk_arena_fail(store->arena, err);
    return ret->n ? BK_OK : bk_err_set(err, BK_ERR, BK_STORE_NOT_FOUND);
}

/* The way of the records, so that filters and times are those of the other drivers. */
bk_status bk_store_memory_list(bk_store *store, const bk_record_options *options, bk_releases *ret, bk_err *err) {
    bk_record *records = BK_NEW_ARRAY(store->arena, bk_record, store->memory.n + 1);
    bk_releases all = {0};
    if (!records) return bk_arena_fail(store->arena, err);
    for (size_t i = 0; i < store->memory.n; i++) {
        if (!is_here(store, &store->memory.p[i])) continue;
        BK_TRY(bk_record_write(store->arena, &store->memory.p[i], SIZE_MAX >> 1, &records[all.n].text, err));
        BK_TRY(bk_releases_add(store->arena, &all, &store->memory.p[i], err));
    }
    bk_release *out = BK_NEW_ARRAY(store->arena, bk_release, all.n + 1);
    if (!out) return bk_arena_fail(store->arena, err);
    for (size_t i = 0; i < all.n; i++) out[i] = (bk_release){.version = all.p[i].version, .namespace_ = all.p[i].namespace_};
    BK_TRY(bk_records_read(store->arena, options, records, out, all.n, err));
    *ret = (bk_releases){0};
    for (size_t i = 0; i < all.n; i++)
        if (!records[i].filtered && !records[i].unread) BK_TRY(bk_releases_add(store->arena, ret, &out[i], err));
    return BK_OK;
}

bk_status bk_store_memory_write(bk_store *store, bk_release *release, bool create, bk_err *err) {
    bk_release *there = find(store, namespace_of(release), release->name, release->version);
    if (create) return there ? bk_err_set(err, BK_ERR, BK_STORE_EXISTS) : bk_releases_add(store->arena, &store->memory, release, err);
    if (!there) return bk_err_set(err, BK_ERR, BK_STORE_NOT_FOUND);
    *there = *release;
    return BK_OK;
}

bk_status bk_store_memory_remove(bk_store *store, bk_str name, int64_t version, bk_err *err) {
    bk_str namespace_ = store->options.namespace_.n ? store->options.namespace_ : BK_S("default");
    bk_release *there = find(store, namespace_, name, version);
    if (!there) return bk_err_set(err, BK_ERR, BK_STORE_NOT_FOUND);
    *there = store->memory.p[--store->memory.n];
    return BK_OK;
}
