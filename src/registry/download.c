#include "registry/download.h"

#include <stdio.h>

#include "base/num.h"
#include "registry/check.h"
#include "registry/files.h"

#define ACCEPT "application/gzip,application/octet-stream"

/* ---- names ---- */

bk_status bk_download_file(bk_arena *arena, bk_str url, bk_str *ret, bk_err *err) {
    bk_str path, rest;
    bk_buf out;
    bk_str_cut(url, BK_S("#"), &path, &rest);
    bk_str_cut(path, BK_S("?"), &path, &rest);
    if (bk_str_cut(path, BK_S("://"), &rest, &path)) {
        size_t host = bk_str_find_byte(path, '/');
        path = bk_str_from(path, host == BK_NPOS ? path.n : host);
    }
    bk_buf_init(&out, arena, 4096);
    for (size_t i = 0; i < path.n; i++) {
        int high = path.p[i] == '%' && i + 2 < path.n ? bk_hex_digit(path.p[i + 1]) : -1,
            low = high >= 0 ? bk_hex_digit(path.p[i + 2]) : -1;
        if (low >= 0) i += 2;
        bk_buf_byte(&out, low >= 0 ? (char)(high << 4 | low) : path.p[i]);
    }
    bk_buf_byte(&out, 0);
    BK_TRY(bk_buf_check(&out, err));
    path = bk_buf_take(&out);
    path.n--;
    while (path.n && path.p[path.n - 1] == '/') path.n--;
    size_t slash = bk_str_rfind_byte(path, '/');
    if (slash != BK_NPOS) path = bk_str_from(path, slash + 1);
    bool plain = bk_path_is_name(path) && path.n < 256;
    for (size_t i = 0; i < path.n; i++) plain = plain && (unsigned char)path.p[i] >= 0x20 && path.p[i] != 0x7f && path.p[i] != '\\';
    if (!plain || !bk_arena_dup(arena, path, ret)) return bk_err_set(err, BK_ERR, "the URL %.*s names no file", BK_FMT(url));
    return BK_OK;
}

/* ---- downloads ---- */

typedef struct job {
    bk_download *item;
    bk_content_writer writer;
    bk_fetch *chart, *prov, *bundle; /* NULL: not fetched */
} job;

/* The digest of an index in lower case, complaints as Go words them. */
static bk_status take_digest(bk_arena *arena, bk_str text, bk_str *ret, bk_err *err) {
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (bk_hex_digit(c) < 0) {
            char shown[32];
            snprintf(shown, sizeof shown, c >= 0x20 && c < 0x7f ? "U+%04X '%c'" : "U+%04X", c, c);
            return bk_err_set(err, BK_ERR, "encoding/hex: invalid byte: %s", shown);
        }
        bk_buf_byte(&b, c >= 'A' && c <= 'F' ? (char)(c | 0x20) : (char)c);
    }
    if (text.n % 2) return bk_err_set(err, BK_ERR, "encoding/hex: odd length hex string");
    if (text.n && text.n != BK_CONTENT_HEX) return bk_err_set(err, BK_ERR, "invalid digest length: %zu", text.n / 2);
    BK_TRY(bk_buf_check(&b, err));
    *ret = bk_buf_take(&b);
    return BK_OK;
}

static bk_status look(bk_arena *arena, const bk_registry_world *world, job *j) {
    bk_download *d = j->item;
    bk_registry_chart *c = &d->chart;
    BK_TRY(take_digest(arena, d->digest, &d->digest, &d->err));
    *c = (bk_registry_chart){.url = d->url, .digest = d->digest, .version = d->version};
    BK_TRY(bk_download_file(arena, d->url, &c->file, &d->err));
    if (d->digest.n) BK_TRY(bk_content_find(arena, world->content_cache, d->digest, BK_CONTENT_CHART, &c->path, &d->err));
    if (c->path.n && d->prov != BK_PROV_NONE)
        BK_TRY(bk_content_find(arena, world->content_cache, d->digest, BK_CONTENT_PROV, &c->prov_path, &d->err));
    return BK_OK;
}

/* The URL of what lies beside a file: Helm's goes behind all of it, a bundle's behind its path. */
static bk_status beside(bk_arena *arena, bk_str url, const char *suffix, bool behind_path, bk_str *ret, bk_err *err) {
    size_t end = url.n, query = bk_str_find_byte(url, '?'), fragment = bk_str_find_byte(url, '#');
    if (behind_path && query != BK_NPOS) end = query;
    if (behind_path && fragment < end) end = fragment;
    bool ok = bk_arena_printf(arena, ret, "%.*s%s%.*s", (int)end, url.p, suffix, BK_FMT(bk_str_from(url, end)));
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status order(bk_arena *arena, const bk_registry_world *world, job *j, bk_fetch *list, size_t *count) {
    bk_download *d = j->item;
    bk_fetch base = {
        .url = d->url, .owner = d->owner, .access = d->access, .accept = ACCEPT, .cap = BK_FETCH_CHART_MAX, .what = d->chart.file};
    if (!d->chart.path.n) {
        BK_TRY(bk_content_begin(&j->writer, arena, world->content_cache, &d->err));
        j->writer.copy = d->copy;
        base.to = &j->writer;
        j->chart = &list[(*count)++];
        *j->chart = base;
    }
    base.to = NULL;
    base.what = BK_S("");
    if (d->prov != BK_PROV_NONE && !d->chart.prov_path.n) {
        base.cap = BK_FETCH_PROV_MAX;
        BK_TRY(beside(arena, d->url, ".prov", false, &base.url, &d->err));
        j->prov = &list[(*count)++];
        *j->prov = base;
    }
    if (d->bundle) {
        base.cap = BK_FETCH_BUNDLE_MAX;
        base.accept = NULL;
        BK_TRY(beside(arena, d->url, ".sigstore.json", true, &base.url, &d->err));
        j->bundle = &list[(*count)++];
        *j->bundle = base;
    }
    return BK_OK;
}

/* Whoever wants one says that there is none. */
static bk_status take_bundle(bk_arena *arena, const bk_registry_world *world, const job *j) {
    bk_registry_chart *c = &j->item->chart;
    bk_err why = BK_ERR_INIT;
    if (bk_fetch_done(j->bundle, &why) != BK_OK) {
        bk_registry_log(world, "DEBUG", "msg=\"no Sigstore bundle\" error=%.*s", BK_FMT(bk_err_message(&why)));
        bk_err_release(&why);
        return BK_OK;
    }
    bk_str *one = BK_NEW_ARRAY(arena, bk_str, 1);
    if (!one) return bk_arena_fail(arena, &j->item->err);
    *one = j->bundle->body;
    c->bundles = one;
    c->bundle_count = 1;
    return BK_OK;
}

static bk_status take_prov(bk_arena *arena, const bk_registry_world *world, job *j) {
    bk_download *d = j->item;
    bk_err why = BK_ERR_INIT;
    if (bk_fetch_done(j->prov, &why) == BK_OK)
        return bk_content_put(arena, world->content_cache, j->prov->body, d->chart.digest, BK_CONTENT_PROV, &d->chart.prov_path, &d->err);
    bk_status s = BK_OK;
    bk_registry_log(world, "DEBUG", "msg=\"no provenance file\" error=%.*s", BK_FMT(bk_err_message(&why)));
    if (d->prov == BK_PROV_REQUIRED) s = bk_err_set(&d->err, BK_ERR, "failed to fetch provenance \"%.*s\"", BK_FMT(j->prov->url));
    else if (!bk_arena_printf(arena, &d->notice, "WARNING: Verification not found for %.*s: %.*s\n", BK_FMT(d->ref.n ? d->ref : d->url),
                              BK_FMT(bk_err_message(&why))))
        s = bk_arena_fail(arena, &d->err);
    bk_err_release(&why);
    return s;
}

static bk_status take_chart(job *j) {
    bk_download *d = j->item;
    if (!j->chart) return BK_OK;
    BK_TRY(bk_fetch_done(j->chart, &d->err));
    bk_status s = bk_content_end(&j->writer, d->digest, BK_CONTENT_CHART, &d->chart.path, &d->chart.digest, &d->err);
    return s == BK_OK ? s : bk_err_wrap(&d->err, "%.*s", BK_FMT(d->url));
}

/* All that came are looked at together. */
static bk_status check_all(bk_arena *arena, bk_download *items, size_t count, bk_err *err) {
    bk_archive_check *checks = BK_NEW_ARRAY(arena, bk_archive_check, count + 1);
    bk_download **checked = BK_NEW_ARRAY(arena, bk_download *, count + 1);
    size_t n = 0;
    if (!checks || !checked) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < count; i++) {
        const bk_download *d = &items[i];
        /* Of a URL alone nobody said what is there: that is for whoever uses it. */
        checks[n] = (bk_archive_check){.path = d->chart.path, .name = d->name, .version = d->version, .status = d->status};
        if (d->status == BK_OK && d->name.n) checked[n++] = &items[i];
    }
    bk_archive_check_all(arena, checks, n);
    for (size_t i = 0; i < n; i++) {
        bk_download *d = checked[i];
        if (checks[i].status == BK_OK) continue;
        bk_err_move(&d->err, &checks[i].err);
        d->status = bk_err_wrap(&d->err, "%.*s", BK_FMT(d->url));
    }
    return BK_OK;
}

bk_status bk_download_all(bk_arena *arena, const bk_registry_world *world, bk_download *items, size_t count, bk_err *err) {
    job *jobs = BK_NEW_ARRAY(arena, job, count + 1);
    bk_fetch *list = BK_NEW_ARRAY(arena, bk_fetch, 3 * count + 1);
    size_t n = 0;
    if (!jobs || !list) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < count; i++) {
        jobs[i] = (job){.item = &items[i], .writer = {.folder = -1, .file = -1}};
        items[i].err = BK_ERR_INIT;
        items[i].status = look(arena, world, &jobs[i]);
        if (items[i].status == BK_OK) items[i].status = order(arena, world, &jobs[i], list, &n);
    }
    if (n) bk_content_sweep(arena, world->content_cache);
    bk_status s = n ? bk_fetch_all(arena, world, list, n, err) : BK_OK;
    for (size_t i = 0; i < count; i++) {
        if (s == BK_OK && items[i].status == BK_OK) items[i].status = take_chart(&jobs[i]);
        bk_content_drop(&jobs[i].writer);
    }
    if (s == BK_OK) s = check_all(arena, items, count, err);
    for (size_t i = 0; i < count; i++)
        if (s == BK_OK && items[i].status == BK_OK && jobs[i].prov) items[i].status = take_prov(arena, world, &jobs[i]);
    for (size_t i = 0; i < count; i++)
        if (s == BK_OK && items[i].status == BK_OK && jobs[i].bundle) items[i].status = take_bundle(arena, world, &jobs[i]);
    for (size_t i = 0; i < n; i++) bk_err_release(&list[i].err);
    return s;
}

bk_status bk_download_done(bk_download *item, bk_err *err) {
    bk_status s = item->status;
    if (s != BK_OK) bk_err_move(err, &item->err);
    return s;
}
