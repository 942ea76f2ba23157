#include "action/push.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/unicode.h"
#include "base/utf8.h"
#include "data/json.h"
#include "plugin/engine.h"
#include "registry/engine.h"
#include "registry/files.h"
#include "value/gofmt.h"

enum { WHOLE_MAX = 4 << 20, FRONT = 256 << 10 };

#define IMAGE "org.opencontainers.image."

/* ---- annotations ---- */

static bool blank(bk_str s) {
    while (s.n) {
        size_t n;
        if (!bk_rune_is_space(bk_utf8_decode(s, &n))) return false;
        s = bk_str_from(s, n);
    }
    return true;
}

static bool put(bk_map *m, const char *key, bk_str text) { return blank(text) || bk_map_set(m, bk_str_c(key), bk_string(text)); }

/* "Name (mail), Name" */
static bk_status authors(bk_arena *arena, bk_map *config, bk_str *ret, bk_err *err) {
    const bk_value *list = bk_map_get(config, BK_S("maintainers"));
    bk_buf out;
    bk_buf_init(&out, arena, 0);
    for (uint32_t i = 0; list && list->kind == BK_LIST && i < list->len; i++) {
        bk_map *m = list->items[i].kind == BK_MAP ? list->items[i].map : NULL;
        bk_str mail = bk_map_str(m, "email", BK_S(""));
        bk_buf_str(&out, bk_map_str(m, "name", BK_S("")));
        if (mail.n) bk_buf_printf(&out, " (%.*s)", BK_FMT(mail));
        if (i + 1 < list->len) bk_buf_c(&out, ", ");
    }
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

/* The chart's own come last, and win but for name and version. */
static bool add_own(bk_map *to, bk_map *config) {
    const bk_value *own = bk_map_get(config, BK_S("annotations"));
    bk_map *from = own && own->kind == BK_MAP ? own->map : NULL;
    for (size_t i = 0; i < bk_map_len(from); i++) {
        const bk_map_entry *e = bk_map_at(from, i);
        if (bk_str_eq(e->key, BK_S(IMAGE "version")) || bk_str_eq(e->key, BK_S(IMAGE "title")) || !bk_is_string(e->value)) continue;
        if (!bk_map_set(to, e->key, e->value)) return false;
    }
    return true;
}

bk_status bk_push_annotations(bk_arena *arena, bk_str config, bk_str created, bk_map **ret, bk_err *err) {
    bk_value v = bk_nil();
    bk_str who;
    BK_TRY(bk_json_decode(arena, config, 0, BK_T_MAP, &v, err));
    bk_map *m = bk_map_new(arena, 8);
    if (!m || !v.map) return bk_arena_fail(arena, err);
    const bk_value *sources = bk_map_get(v.map, BK_S("sources"));
    bk_str source = BK_S("");
    if (sources && sources->kind == BK_LIST && sources->len && bk_is_string(sources->items[0])) source = bk_value_str(sources->items[0]);
    BK_TRY(authors(arena, v.map, &who, err));
    bool ok = put(m, IMAGE "description", bk_map_str(v.map, "description", BK_S(""))) &&
              put(m, IMAGE "title", bk_map_str(v.map, "name", BK_S(""))) &&
              put(m, IMAGE "version", bk_map_str(v.map, "version", BK_S(""))) && put(m, IMAGE "url", bk_map_str(v.map, "home", BK_S(""))) &&
              put(m, IMAGE "created", created) && put(m, IMAGE "source", source) && put(m, IMAGE "authors", who) && add_own(m, v.map);
    if (!ok) return bk_arena_fail(arena, err);
    *ret = m;
    return BK_OK;
}

/* ---- the chart ---- */

typedef struct pushed_chart {
    int fd;
    bk_str name, version, config, created;
    bk_str prov;
    bool has_prov;
} pushed_chart;

/* What a compartment says becomes part of an address and of a manifest, which check it again. */
static bk_status take_answer(bk_value answer, pushed_chart *c, bool *ret_partial, bk_err *err) {
    bk_map *m = answer.kind == BK_MAP ? answer.map : NULL;
    *ret_partial = bk_map_bool(m, "partial", false);
    if (*ret_partial) return BK_OK;
    c->name = bk_map_str(m, "name", BK_S(""));
    c->version = bk_map_str(m, "version", BK_S(""));
    c->config = bk_map_str(m, "config", BK_S(""));
    if (c->name.n && c->version.n && c->config.n) return BK_OK;
    return bk_err_set(err, BK_ERR_TRAP, "chart compartment stopped: metadata without a name");
}

/* A large archive by its front. *ret_partial: that was not enough, or something is odd. */
static bk_status read_front(bk_arena *arena, pushed_chart *c, bool *ret_partial, bk_err *err) {
    bk_map *options = bk_map_new(arena, 1);
    char *front = bk_arena_alloc(arena, FRONT);
    bk_value answer;
    bk_err ignored = BK_ERR_INIT;
    if (!options || !front || !bk_map_set(options, BK_S("front"), bk_bool(true))) return bk_arena_fail(arena, err);
    ssize_t n = pread(c->fd, front, FRONT, 0);
    *ret_partial = true;
    if (n <= 0) return BK_OK;
    if (bk_plugin_engine(arena, BK_CALL_METADATA, options, bk_str_of(front, (size_t)n), NULL, &answer, &ignored) == BK_OK)
        return take_answer(answer, c, ret_partial, err);
    bk_err_release(&ignored);
    return BK_OK;
}

static bk_status read_whole(bk_arena *arena, const bk_push_options *o, pushed_chart *c, bk_rendered *logs, bk_err *err) {
    bk_rendered own;
    bk_value answer;
    bool partial;
    bk_status s = bk_chart_call(arena, BK_CALL_METADATA, o->chart, NULL, bk_nil(), o->guard, &o->limits, &own, &answer, err);
    BK_TRY(bk_logs_add(arena, logs, &own, s, err));
    return take_answer(answer, c, &partial, err);
}

static bk_status created_at(bk_arena *arena, time_t when, bk_str *ret, bk_err *err) {
    struct tm t;
    char text[40];
    size_t n = localtime_r(&when, &t) ? strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &t) : 0;
    long offset = t.tm_gmtoff / 60, away = offset < 0 ? -offset : offset;
    if (n == 0) return bk_err_internal(err, "a time without a date");
    if (offset == 0) snprintf(text + n, sizeof text - n, "Z");
    else snprintf(text + n, sizeof text - n, "%c%02ld:%02ld", offset < 0 ? '-' : '+', away / 60, away % 60);
    return bk_arena_dup(arena, bk_str_c(text), ret) ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status read_provenance(bk_arena *arena, bk_str chart, pushed_chart *c, bk_err *err) {
    bk_str path;
    struct stat st;
    if (!bk_arena_printf(arena, &path, "%.*s.prov", BK_FMT(chart))) return bk_arena_fail(arena, err);
    if (stat(path.p, &st) != 0) return BK_OK;
    c->has_prov = true;
    return bk_file_load(arena, path, BK_OCI_PROV_MAX, &c->prov, err);
}

static bk_status open_chart(bk_arena *arena, const bk_push_options *o, pushed_chart *c, bk_rendered *logs, bk_err *err) {
    bk_str path;
    struct stat st;
    bool partial = true;
    if (!bk_arena_dup(arena, o->chart, &path)) return bk_arena_fail(arena, err);
    c->fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (c->fd < 0 && errno == ENOENT) return bk_err_set(err, BK_ERR, "%.*s: no such file", BK_FMT(path));
    if (c->fd < 0 || fstat(c->fd, &st) != 0) return bk_path_error("open", path, errno, err);
    if (S_ISDIR(st.st_mode)) return bk_err_set(err, BK_ERR, "cannot push directory, must provide chart archive (.tgz)");
    if (!S_ISREG(st.st_mode)) return bk_err_set(err, BK_ERR, "%.*s is no regular file", BK_FMT(path));
    BK_TRY(created_at(arena, st.st_mtime, &c->created, err));
    if (st.st_size > WHOLE_MAX) BK_TRY(read_front(arena, c, &partial, err));
    if (partial) BK_TRY(read_whole(arena, o, c, logs, err));
    return read_provenance(arena, path, c, err);
}

/* ---- where to ---- */

static bk_status check_remote(bk_arena *arena, bk_str remote, bk_err *err) {
    bk_str scheme, rest;
    bk_registry_url read;
    BK_TRY(bk_registry_url_read(arena, remote, &read, err));
    bool has = bk_str_cut(remote, BK_S("://"), &scheme, &rest);
    if (!has) return bk_err_set(err, BK_ERR, "scheme prefix missing from remote (e.g. \"oci://\")");
    if (!bk_str_eq(scheme, BK_S("oci"))) return bk_fmt_fail(err, "scheme %q not supported", scheme);
    return BK_OK;
}

static bk_status target(bk_arena *arena, bk_str remote, const pushed_chart *c, bk_oci_reference *ret, bk_err *err) {
    bk_str path, text;
    BK_TRY(bk_path_joined(arena, bk_str_from(remote, sizeof "oci://" - 1), c->name, &path, err));
    if (!bk_arena_printf(arena, &text, "%.*s:%.*s", BK_FMT(path), BK_FMT(c->version))) return bk_arena_fail(arena, err);
    return bk_oci_reference_parse(arena, text, ret, err);
}

/* Who is told of the archive, by its file's name. */
typedef struct telling {
    const bk_push_options *options;
    bk_str file;
} telling;

static void tell(void *self, uint64_t bytes, int64_t total, bool done) {
    const telling *t = self;
    const bk_registry_teller *teller = &t->options->teller;
    if (teller->progress) teller->progress(teller->self, t->file, bytes, total, done);
}

static bk_status push(bk_arena *arena, const bk_push_options *o, const pushed_chart *c, bk_str *ret_messages, bk_err *err) {
    telling telling = {o, bk_path_base(o->chart)};
    bk_oci_push p = {.fd = c->fd, .prov = c->prov, .has_prov = c->has_prov, .config = c->config, .progress = tell, .self = &telling};
    bk_oci_pushed done;
    bk_oci *oci;
    BK_TRY(target(arena, o->remote, c, &p.reference, err));
    BK_TRY(bk_push_annotations(arena, c->config, c->created, &p.annotations, err));
    BK_TRY(bk_oci_new(&o->registry, &oci, err));
    bk_status s = bk_oci_push_chart(oci, arena, &p, &done, err);
    bk_oci_free(oci);
    if (s == BK_OK) *ret_messages = done.messages;
    return s;
}

bk_status bk_action_push(bk_arena *arena, const bk_push_options *o, bk_str *ret_messages, bk_rendered *logs, bk_err *err) {
    pushed_chart c = {.fd = -1};
    BK_TRY(check_remote(arena, o->remote, err));
    bk_status s = open_chart(arena, o, &c, logs, err);
    if (s == BK_OK) s = push(arena, o, &c, ret_messages, err);
    if (c.fd >= 0) close(c.fd);
    return s;
}
