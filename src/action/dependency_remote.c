#include "action/dependency_remote.h"

#include "sandbox/digest.h"
#include "registry/download.h"
#include "registry/source_oci.h"
#include "value/gofmt.h"

#define NO_REPOSITORY SIZE_MAX
#define UNMANAGED "helm-manager-"

/* ---- the operator's list ---- */

static bk_status load_list(bk_remote *r) {
    if (r->loaded) return BK_OK;
    r->loaded = true;
    if (!r->options->world) {
        r->list = (bk_repositories){.arena = r->arena};
        return BK_OK;
    }
    return bk_repositories_load(r->arena, r->options->world->repository_config, &r->list, r->err);
}

static bk_str without_slash(bk_str s) {
    while (bk_str_ends(s, BK_S("/"))) s.n--;
    return s;
}

static bk_str alias_of(bk_str repository) {
    if (bk_str_starts(repository, BK_S("@"))) return bk_str_from(repository, 1);
    if (bk_str_starts(repository, BK_S("alias:"))) return bk_str_from(repository, strlen("alias:"));
    return (bk_str){NULL, 0};
}

bk_status bk_remote_alias(bk_remote *r, bk_str repository, const bk_repository **ret) {
    bk_str name = alias_of(repository);
    *ret = NULL;
    if (!name.n) return BK_OK;
    BK_TRY(load_list(r));
    *ret = bk_repositories_find(&r->list, name);
    return BK_OK;
}

bk_status bk_remote_added(bk_remote *r, bk_str url, const bk_repository **ret) {
    *ret = NULL;
    BK_TRY(load_list(r));
    for (size_t i = 0; i < r->list.count && !*ret; i++)
        if (bk_str_eq(without_slash(r->list.items[i].url), without_slash(url))) *ret = &r->list.items[i];
    return BK_OK;
}

/* Something that Go's url.ParseRequestURI takes: an absolute path or a URL with a scheme. */
static bool is_url(bk_str s) {
    if (bk_str_starts(s, BK_S("/"))) return true;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == ':') return i > 0;
        bool letter = (c | 0x20) - 'a' < 26u, other = c - '0' < 10u || c == '+' || c == '-' || c == '.';
        if (!letter && (!other || i == 0)) return false;
    }
    return false;
}

bk_status bk_remote_kind_of(bk_remote *r, bk_str repository, bk_remote_kind *ret) {
    const bk_repository *found;
    *ret = BK_REMOTE_REPOSITORY;
    if (!repository.n) *ret = BK_REMOTE_CHARTS;
    else if (bk_str_starts(repository, BK_S("file://"))) *ret = BK_REMOTE_FOLDER;
    else if (bk_str_starts(repository, BK_S("oci://"))) *ret = BK_REMOTE_REGISTRY;
    else if (!is_url(repository) || alias_of(repository).n) {
        BK_TRY(bk_remote_added(r, repository, &found));
        if (!found) *ret = BK_REMOTE_UNKNOWN;
    }
    return BK_OK;
}

/* ---- those that are needed ---- */

/* The name that Helm gives the index of a repository that was not added. */
static bk_status unmanaged_name(bk_remote *r, bk_str url, bk_str *ret) {
    unsigned char raw[BK_DIGEST_SIZE];
    bk_digest digest;
    bk_buf b;
    bk_digest_init(&digest);
    bk_digest_add(&digest, url);
    bk_digest_final(&digest, raw);
    bk_buf_init(&b, r->arena, 0);
    bk_buf_c(&b, UNMANAGED);
    bk_digest_hex(&b, raw);
    BK_TRY(bk_buf_check(&b, r->err));
    *ret = bk_buf_take(&b);
    return BK_OK;
}

bk_status bk_remote_use(bk_remote *r, bk_str url, size_t *ret) {
    const bk_repository *added;
    for (*ret = 0; *ret < r->used_count; ++*ret)
        if (bk_str_eq(without_slash(r->used[*ret].repository.url), without_slash(url))) return BK_OK;
    BK_TRY(bk_remote_added(r, url, &added));
    if (r->used_count == r->used_cap) {
        size_t cap = r->used_cap ? r->used_cap * 2 : 8;
        void *p = bk_arena_grow(r->arena, r->used, r->used_cap * sizeof *r->used, cap * sizeof *r->used);
        if (!p) return bk_arena_fail(r->arena, r->err);
        r->used = p;
        r->used_cap = cap;
    }
    bk_remote_repository u = {.added = added != NULL};
    if (added) u.repository = *added;
    else u.repository.url = url;
    if (!added) BK_TRY(unmanaged_name(r, url, &u.repository.name));
    r->used[r->used_count++] = u;
    return BK_OK;
}

static bool any(const bk_remote *r, bool added) {
    for (size_t i = 0; i < r->used_count; i++)
        if (r->used[i].added == added) return true;
    return false;
}

static void tell(bk_remote *r, bk_index_update *updates, bool added) {
    for (size_t i = 0; i < r->used_count; i++)
        if (r->used[i].added == added) r->used[i].has_index = bk_index_update_tell(&updates[i], !added, r->out);
}

bk_status bk_remote_refresh(bk_remote *r) {
    if (r->options->skip_refresh || !r->used_count) return BK_OK;
    for (size_t i = 0; i < r->used_count; i++)
        if (bk_fetch_served(r->arena, r->options->world, r->used[i].repository.url, r->err) != BK_OK) {
            bk_buf_c(r->out, "Getting updates for unmanaged Helm repositories...\n");
            return r->err->code;
        }
    bk_index_update *updates = BK_NEW_ARRAY(r->arena, bk_index_update, r->used_count);
    if (!updates) return bk_arena_fail(r->arena, r->err);
    for (size_t i = 0; i < r->used_count; i++) updates[i].repository = &r->used[i].repository;
    BK_TRY(bk_index_update_all(r->arena, r->options->world, updates, r->used_count, r->err));
    for (size_t i = 0; i < r->used_count; i++) r->used[i].index = updates[i].index;
    if (any(r, false)) bk_buf_c(r->out, "Getting updates for unmanaged Helm repositories...\n");
    tell(r, updates, false);
    if (!any(r, true)) return BK_OK;
    bk_buf_c(r->out, "Hang tight while we grab the latest from your chart repositories...\n");
    tell(r, updates, true);
    bk_buf_c(r->out, "Update Complete. \xe2\x8e\x88Happy Helming!\xe2\x8e\x88\n");
    return BK_OK;
}

/* ---- which ---- */

static bk_status need_index(bk_remote *r, bk_remote_repository *u) {
    if (u->has_index) return BK_OK;
    if (bk_index_of(r->arena, r->options->world, u->repository.name, &u->index, r->err) != BK_OK)
        return bk_err_wrap(r->err, "no cached repository for %.*s found. (try 'helm repo update')", BK_FMT(u->repository.name));
    u->has_index = true;
    return BK_OK;
}

/* All wishes of one repository in one look at its index. */
static bk_status pick_from(bk_remote *r, size_t number, bk_remote_wish *wishes, size_t count) {
    bk_index_wish *own = BK_NEW_ARRAY(r->arena, bk_index_wish, count + 1);
    bk_remote_repository *u = &r->used[number];
    size_t n = 0;
    if (!own) return bk_arena_fail(r->arena, r->err);
    for (size_t i = 0; i < count; i++)
        if (wishes[i].repository == number) own[n++] = wishes[i].wish;
    if (!n) return BK_OK;
    BK_TRY(need_index(r, u));
    BK_TRY(bk_index_pick_all(r->arena, &u->index, u->repository.url, own, n, r->err));
    n = 0;
    for (size_t i = 0; i < count; i++)
        if (wishes[i].repository == number) wishes[i].wish = own[n++];
    return BK_OK;
}

static bk_status pick_tag(bk_remote *r, bk_remote_wish *w) {
    bk_source_oci what = {.version = w->wish.version, .access = &r->options->access};
    bk_str host = without_slash(w->url);
    w->wish.chosen = w->wish.version;
    w->wish.found = true;
    if (strcmp(w->wish.how, "range") != 0) return BK_OK;
    if (!bk_arena_printf(r->arena, &what.ref, "%.*s/%.*s", BK_FMT(host), BK_FMT(w->wish.chart))) return bk_arena_fail(r->arena, r->err);
    if (bk_source_oci_version(r->arena, r->options->world, &what, &w->wish.chosen, r->err) != BK_OK)
        return bk_err_wrap(r->err, "could not retrieve list of tags for repository %.*s", BK_FMT(w->url));
    w->wish.found = w->wish.chosen.n != 0;
    return BK_OK;
}

bk_status bk_remote_pick(bk_remote *r, bk_remote_wish *wishes, size_t count) {
    for (size_t i = 0; i < r->used_count; i++) BK_TRY(pick_from(r, i, wishes, count));
    for (size_t i = 0; i < count; i++) {
        if (wishes[i].repository == NO_REPOSITORY) BK_TRY(pick_tag(r, &wishes[i]));
        else if (wishes[i].wish.unknown && strcmp(wishes[i].wish.how, "range") == 0)
            return bk_err_set(r->err, BK_ERR, "%.*s chart not found in repo %.*s", BK_FMT(wishes[i].wish.chart), BK_FMT(wishes[i].url));
    }
    return BK_OK;
}

/* ---- fetching ---- */

static bk_status verify(bk_remote *r, const bk_registry_chart *c) {
    const bk_registry_verifier *v = r->options->world->verifier;
    bk_buf report;
    if (!r->options->verify || !c->prov_path.n) return BK_OK;
    if (!v) return bk_err_internal(r->err, "nobody is there to check signatures");
    bk_buf_init(&report, r->arena, 0);
    return v->verify(v->self, r->arena, c, false, false, &report, r->err);
}

static bk_prov_wish prov_of(const bk_remote *r) { return r->options->verify ? BK_PROV_REQUIRED : BK_PROV_NONE; }

static bk_status order(bk_remote *r, const bk_remote_wish *w, bk_download *d) {
    const bk_remote_repository *u = &r->used[w->repository];
    if (!w->wish.found || !w->wish.url.n) {
        const char *why = w->wish.unknown ? "entry not found" : "no matching version";
        if (u->added) return bk_err_set(r->err, BK_ERR, "could not find : %s", why);
        return bk_err_set(r->err, BK_ERR, "could not find : chart %.*s not found in %.*s: %s", BK_FMT(w->wish.chart), BK_FMT(w->url), why);
    }
    *d = (bk_download){.url = w->wish.url,
                       .owner = u->repository.url,
                       .access = &u->repository.access,
                       .digest = w->content.n ? w->content : w->wish.digest,
                       .name = w->wish.chart,
                       .version = w->wish.chosen,
                       .prov = prov_of(r)};
    return BK_OK;
}

static bk_status pull_tag(bk_remote *r, const bk_remote_wish *w, bk_download *d) {
    bk_source_oci request = {.version = w->wish.chosen, .access = &r->options->access, .prov = prov_of(r)};
    bk_str host = without_slash(w->url);
    if (!bk_arena_printf(r->arena, &request.ref, "%.*s/%.*s", BK_FMT(host), BK_FMT(w->wish.chart)) ||
        !bk_arena_printf(r->arena, &d->url, "%.*s:%.*s", BK_FMT(request.ref), BK_FMT(w->wish.chosen)))
        return bk_arena_fail(r->arena, r->err);
    return bk_source_oci_pull(r->arena, r->options->world, &request, &d->chart, &d->notice, r->err);
}

/* In a registry: the dependency says so, or the index of its repository does. */
static bool is_in_registry(const bk_remote_wish *w) { return w->repository == NO_REPOSITORY || bk_source_oci_is(w->wish.url); }

static bk_status come(bk_remote *r, const bk_remote_wish *w, bk_download *d) {
    if (w->repository == NO_REPOSITORY) return pull_tag(r, w, d);
    if (!is_in_registry(w)) return bk_download_done(d, r->err);
    return bk_source_oci_pull_named(r->arena, r->options->world, d, &d->chart, &d->notice, r->err);
}

static bk_status take_in(bk_remote *r, const bk_remote_wish *w, bk_download *d, bk_dependency_store *store) {
    bk_buf_printf(r->out, "Downloading %.*s from repo %.*s\n", BK_FMT(w->wish.chart), BK_FMT(w->url));
    bk_status s = come(r, w, d);
    bk_buf_str(r->out, d->notice);
    if (s == BK_OK && w->content.n && !bk_str_eq(w->content, d->chart.digest))
        s = bk_err_set(r->err, BK_ERR, "digest mismatch: the lock file says sha256:%.*s, got sha256:%.*s", BK_FMT(w->content),
                       BK_FMT(d->chart.digest));
    if (s == BK_OK) s = verify(r, &d->chart);
    if (s == BK_OK) s = bk_dependency_store_put_file(store, d->chart.file, d->chart.path, r->err);
    return s == BK_OK ? s : bk_err_wrap(r->err, "could not download %.*s", BK_FMT(d->url));
}

/* The same URL before: it is there already. */
static bool is_again(const bk_download *list, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (list[k].url.n && bk_str_eq(list[k].url, list[i].url)) return true;
    return false;
}

bk_status bk_remote_fetch(bk_remote *r, bk_remote_wish *wishes, size_t count, bk_dependency_store *store, bool *ret_reported) {
    bk_download *all = BK_NEW_ARRAY(r->arena, bk_download, count + 1), *web = BK_NEW_ARRAY(r->arena, bk_download, count + 1);
    size_t n = 0;
    if (!all || !web) return bk_arena_fail(r->arena, r->err);
    *ret_reported = true;
    for (size_t i = 0; i < count; i++) {
        if (wishes[i].repository == NO_REPOSITORY) continue;
        BK_TRY(order(r, &wishes[i], &all[i]));
        if (!is_again(all, i) && !is_in_registry(&wishes[i])) web[n++] = all[i];
    }
    if (n) BK_TRY(bk_download_all(r->arena, r->options->world, web, n, r->err));
    n = 0;
    bk_status s = BK_OK;
    for (size_t i = 0; i < count; i++) {
        bool registry = is_in_registry(&wishes[i]), again = wishes[i].repository != NO_REPOSITORY && is_again(all, i);
        bk_download *d = registry || again ? &all[i] : &web[n++];
        if (s != BK_OK) {
            if (!registry && !again) bk_err_release(&d->err);
            continue;
        }
        if (again) bk_buf_printf(r->out, "Already downloaded %.*s from repo %.*s\n", BK_FMT(wishes[i].wish.chart), BK_FMT(wishes[i].url));
        else s = take_in(r, &wishes[i], d, store);
        if (s == BK_OK && !again) wishes[i].content = d->chart.digest;
    }
    return s;
}
