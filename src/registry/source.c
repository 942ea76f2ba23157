#include "registry/source.h"

#include <sys/stat.h>

#include "base/unicode.h"
#include "registry/download.h"
#include "registry/engine.h"
#include "registry/files.h"
#include "registry/index.h"
#include "registry/source_oci.h"
#include "value/gofmt.h"

#define OCI BK_S("oci://")
/* How the reader of an index begins when an entry's URL is none. */
#define BAD_URL BK_S("failed to parse ")

typedef struct resolving {
    bk_arena *arena;
    const bk_registry_world *world;
    const bk_chart_source_options *options;
    bk_str version; /* what is wished for */
    bk_str chart;
    bk_registry_url url; /* the chart, as one */
    bk_chart_source *ret;
    bk_err *err;
} resolving;

/* The message with texts of the operator's quoted as Go does. */
static bk_status fail(resolving *r, const char *before, bk_str quoted, const char *after) {
    bk_buf b;
    bk_buf_init(&b, r->arena, 0);
    bk_buf_c(&b, before);
    bk_fmt_quote(&b, quoted);
    bk_buf_c(&b, after);
    return bk_err_set_str(r->err, BK_ERR, bk_buf_view(&b));
}

static bk_prov_wish wish_of(const bk_chart_source_options *o) {
    return o->verify ? BK_PROV_REQUIRED : o->later ? BK_PROV_LATER : BK_PROV_NONE;
}

/* ---- what is judged ---- */

static bk_status verify(resolving *r, const bk_registry_chart *chart, bool local) {
    const bk_registry_verifier *v = r->world ? r->world->verifier : NULL;
    bk_buf report;
    if (!r->options->verify && !(v && v->wanted)) return BK_OK;
    if (!v) return bk_err_internal(r->err, "nobody is there to check signatures");
    bk_buf_init(&report, r->arena, 0);
    BK_TRY(v->verify(v->self, r->arena, chart, local, true, &report, r->err));
    BK_TRY(bk_buf_check(&report, r->err));
    r->ret->report = bk_buf_take(&report);
    return BK_OK;
}

static bk_status download(resolving *r, bk_download *d) {
    d->prov = wish_of(r->options);
    d->ref = r->chart;
    d->copy = r->options->copy;
    d->bundle = r->world->verifier && r->world->verifier->bundles;
    if (bk_source_oci_is(d->url)) {
        BK_TRY(bk_source_oci_pull_named(r->arena, r->world, d, &r->ret->chart, NULL, r->err));
        r->ret->path = r->ret->chart.path;
        r->ret->name = d->name;
        return verify(r, &r->ret->chart, false);
    }
    BK_TRY(bk_download_all(r->arena, r->world, d, 1, r->err));
    BK_TRY(bk_download_done(d, r->err));
    r->ret->chart = d->chart;
    r->ret->path = d->chart.path;
    r->ret->name = d->name;
    r->ret->report = d->notice;
    return verify(r, &r->ret->chart, false);
}

static void tell_fallback(const resolving *r, const bk_index_wish *w) {
    if (!w->exact)
        bk_registry_log(
            r->world, "WARN",
            "msg=\"unable to find exact version requested; falling back to closest available version\" chart=%.*s requested=%.*s selected=%.*s",
            BK_FMT(w->chart), BK_FMT(w->version), BK_FMT(w->chosen));
}

/* ---- the index at a URL ---- */

/* `chart "x" version "y"` */
static bk_status describe(resolving *r, bk_str *ret) {
    bk_buf b;
    bk_buf_init(&b, r->arena, 0);
    bk_buf_c(&b, "chart ");
    bk_fmt_quote(&b, r->chart);
    if (r->version.n) bk_buf_c(&b, " version ");
    if (r->version.n) bk_fmt_quote(&b, r->version);
    BK_TRY(bk_buf_check(&b, r->err));
    *ret = bk_buf_take(&b);
    return BK_OK;
}

bk_status bk_chart_source_in_repository(bk_arena *arena, const bk_registry_world *world, const bk_repository *repository, bk_str chart,
                                        bk_str version, bk_index_wish *ret, bk_err *err) {
    bk_index_update update = {.repository = repository, .forget = true};
    bk_chart_source unused = {0};
    resolving r = {.arena = arena, .world = world, .version = version, .chart = chart, .ret = &unused, .err = err};
    bk_str what;
    BK_TRY(bk_fetch_served(arena, world, repository->url, err));
    BK_TRY(bk_index_update_all(arena, world, &update, 1, err));
    if (bk_index_update_done(&update, err) != BK_OK) return bk_index_update_blame(arena, repository->url, err);
    *ret = (bk_index_wish){.how = "any", .chart = chart, .version = version};
    BK_TRY(bk_index_pick_all(arena, &update.index, repository->url, ret, 1, err));
    BK_TRY(describe(&r, &what));
    if (!ret->found && bk_str_starts(ret->error, BAD_URL))
        return bk_err_set(err, BK_ERR, "failed to make chart URL absolute: %.*s", BK_FMT(ret->error));
    if (!ret->found) return bk_err_set(err, BK_ERR, "%.*s not found in %.*s repository", BK_FMT(what), BK_FMT(repository->url));
    tell_fallback(&r, ret);
    if (!ret->url.n) return bk_err_set(err, BK_ERR, "%.*s has no downloadable URLs", BK_FMT(what));
    return BK_OK;
}

static bk_status by_repo_url(resolving *r) {
    const bk_repository repository = {.url = r->options->repo_url, .access = r->options->access};
    bk_index_wish w;
    BK_TRY(bk_chart_source_in_repository(r->arena, r->world, &repository, r->chart, r->version, &w, r->err));
    bk_download d = {
        .url = w.url, .owner = repository.url, .access = &r->options->access, .digest = w.digest, .name = w.chart, .version = w.chosen};
    return download(r, &d);
}

/* ---- a URL ---- */

static bool has_settings(const bk_repository *p) {
    const bk_registry_access *a = &p->access;
    return a->username.n || a->password.n || a->cert_file.n || a->key_file.n || a->ca_file.n;
}

/* The flags, with what a repository says on top. */
static bk_registry_access on_top(const bk_registry_access *flags, const bk_registry_access *own) {
    bk_registry_access a = *flags;
    if (own->cert_file.n || own->key_file.n || own->ca_file.n) {
        a.cert_file = own->cert_file;
        a.key_file = own->key_file;
        a.ca_file = own->ca_file;
    }
    if (own->username.n && own->password.n) {
        a.username = own->username;
        a.password = own->password;
        a.pass_credentials = own->pass_credentials;
    }
    return a;
}

/* The repository whose index names that URL: one with credentials or certificates, for the others it makes no difference. */
static bk_status find_owner(resolving *r, const bk_repositories *list, const bk_repository **ret) {
    *ret = NULL;
    for (size_t i = 0; i < list->count && !*ret; i++) {
        bk_index index;
        bk_sandbox_answer answer;
        bk_map *options = bk_map_new(r->arena, 2);
        if (!has_settings(&list->items[i])) continue;
        if (bk_index_of(r->arena, r->world, list->items[i].name, &index, r->err) != BK_OK)
            return bk_err_wrap(r->err, "no cached repo found. (try 'helm repo update')");
        if (!options || !bk_map_set(options, BK_S("url"), bk_string(r->chart))) return bk_arena_fail(r->arena, r->err);
        BK_TRY(bk_registry_index_call(r->arena, "owner", options, &index.form, 1, &answer, r->err));
        if (answer.result.kind == BK_BOOL && answer.result.b) *ret = &list->items[i];
    }
    return BK_OK;
}

static bk_status by_url(resolving *r, const bk_repositories *list) {
    const bk_repository *owner;
    bk_registry_access access = r->options->access;
    BK_TRY(find_owner(r, list, &owner));
    if (owner) access = on_top(&access, &owner->access);
    bk_download d = {.url = r->chart, .owner = owner ? owner->url : BK_S(""), .access = &access};
    return download(r, &d);
}

/* ---- repository/chart ---- */

static bk_status misnamed(resolving *r) {
    return bk_err_set(r->err, BK_ERR, "non-absolute URLs should be in form of repo_name/path_to_chart, got: %.*s", BK_FMT(r->url.text));
}

static bk_status by_name(resolving *r, const bk_repositories *list) {
    bk_str name, chart;
    bk_index index;
    if (!bk_str_cut(r->url.path, BK_S("/"), &name, &chart)) return misnamed(r);
    const bk_repository *repository = bk_repositories_find(list, name);
    if (!repository) return bk_err_set(r->err, BK_ERR, "repo %.*s not found", BK_FMT(name));
    if (!repository->url.n) return bk_err_set(r->err, BK_ERR, "no URL found for repository %.*s", BK_FMT(name));
    if (bk_index_of(r->arena, r->world, name, &index, r->err) != BK_OK)
        return bk_err_wrap(r->err, "no cached repo found. (try 'helm repo update')");
    bk_index_wish w = {.how = "any", .chart = chart, .version = r->version};
    BK_TRY(bk_index_pick_all(r->arena, &index, repository->url, &w, 1, r->err));
    if (!w.found && bk_str_starts(w.error, BAD_URL)) return bk_err_set(r->err, BK_ERR, "invalid chart URL format: %.*s", BK_FMT(r->chart));
    if (!w.found) {
        bk_buf b;
        bk_buf_init(&b, r->arena, 0);
        bk_buf_c(&b, "chart ");
        bk_fmt_quote(&b, chart);
        bk_buf_printf(&b, " matching %.*s not found in %.*s index. (try 'helm repo update'): %.*s", BK_FMT(r->version), BK_FMT(name),
                      BK_FMT(w.error));
        return bk_err_set_str(r->err, BK_ERR, bk_buf_view(&b));
    }
    tell_fallback(r, &w);
    if (!w.url.n) return fail(r, "chart ", r->chart, " has no downloadable URLs");
    const bk_registry_access access = on_top(&r->options->access, &repository->access);
    bk_download d = {.url = w.url, .owner = repository->url, .access = &access, .digest = w.digest, .name = chart, .version = w.chosen};
    return download(r, &d);
}

/* ---- a registry ---- */

static bk_status by_registry(resolving *r) {
    const bk_chart_source_options *o = r->options;
    const bk_source_oci what = {.ref = r->chart, .version = r->version, .access = &o->access, .prov = wish_of(o), .copy = o->copy};
    BK_TRY(bk_source_oci_pull(r->arena, r->world, &what, &r->ret->chart, &r->ret->messages, r->err));
    r->ret->path = r->ret->chart.path;
    return verify(r, &r->ret->chart, false);
}

/* ---- all of them ---- */

static bk_status fetch(resolving *r) {
    bk_repositories list;
    bk_str scheme, rest;
    if (!r->version.n && r->options->devel) r->version = BK_S(">0.0.0-0");
    r->ret->fetched = true;
    if (r->options->repo_url.n && !bk_str_starts(r->chart, OCI)) return by_repo_url(r);
    BK_TRY(bk_registry_url_read(r->arena, r->chart, &r->url, r->err));
    if (bk_str_starts(r->chart, OCI)) return by_registry(r);
    BK_TRY(bk_repositories_load(r->arena, r->world->repository_config, &list, r->err));
    /* A host and something behind it. */
    if (bk_str_cut(r->chart, BK_S("://"), &scheme, &rest) && scheme.n && bk_str_find_byte(scheme, '/') == BK_NPOS) {
        size_t slash = bk_str_find_byte(rest, '/');
        if (slash != BK_NPOS && slash > 0) return by_url(r, &list);
        if (slash == BK_NPOS) return misnamed(r);
    }
    return by_name(r, &list);
}

bk_status bk_chart_source_fetch(bk_arena *arena, const bk_registry_world *world, bk_str chart, const bk_chart_source_options *options,
                                bk_chart_source *ret, bk_err *err) {
    resolving r = {.arena = arena, .world = world, .options = options, .version = options->version, .chart = chart, .ret = ret, .err = err};
    *ret = (bk_chart_source){0};
    return fetch(&r);
}

static bool exists(bk_arena *arena, bk_str path) {
    bk_str c;
    struct stat st;
    return path.n && bk_str_find_byte(path, 0) == BK_NPOS && bk_arena_dup(arena, path, &c) && stat(c.p, &st) == 0;
}

/* What is there already, and may be to be verified all the same. */
static bk_status local(resolving *r) {
    bk_registry_chart *c = &r->ret->chart;
    BK_TRY(bk_path_absolute(r->arena, r->chart, &r->ret->path, r->err));
    c->path = r->ret->path;
    c->file = bk_path_base(c->path);
    return verify(r, c, true);
}

bk_status bk_chart_source_resolve(bk_arena *arena, const bk_registry_world *world, bk_str chart, const bk_chart_source_options *options,
                                  bk_chart_source *ret, bk_err *err) {
    static const bk_chart_source_options none;
    resolving r = {
        .arena = arena, .world = world, .options = options ? options : &none, .chart = bk_str_trim_space(chart), .ret = ret, .err = err};
    r.version = bk_str_trim_space(r.options->version);
    *ret = (bk_chart_source){0};
    if (!r.options->repo_url.n) {
        if (exists(arena, r.chart)) return local(&r);
        if (bk_str_starts(r.chart, BK_S("/")) || bk_str_starts(r.chart, BK_S("."))) return fail(&r, "path ", r.chart, " not found");
    }
    if (!world) return fail(&r, "path ", r.chart, " not found");
    BK_TRY(fetch(&r));
    bk_str rest = ret->messages, line;
    while (world->teller.log && bk_str_line(&rest, &line)) world->teller.log(world->teller.self, "", line);
    return BK_OK;
}
