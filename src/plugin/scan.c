#include "plugin/scan.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/unicode.h"
#include "base/utf8.h"
#include "plugin/names.h"
#include "value/gofmt.h"

enum { ENTRIES_MAX = 100000 };

/* ---- the log ---- */

/* slog quotes what is empty, what holds spaces, quotes or "=", and what does not print. */
static bool needs_quotes(bk_str s) {
    if (s.n == 0) return true;
    for (size_t i = 0, width; i < s.n; i += width) {
        uint32_t rune = bk_utf8_decode(bk_str_from(s, i), &width);
        if (rune == '"' || rune == '=' || rune == BK_RUNE_ERROR || bk_rune_is_space(rune) || !bk_rune_is_print(rune)) return true;
    }
    return false;
}

static void put(bk_buf *out, const char *key, bk_str value) {
    if (out->n) bk_buf_byte(out, ' ');
    bk_buf_c(out, key);
    bk_buf_byte(out, '=');
    if (needs_quotes(value)) bk_fmt_quote(out, value);
    else bk_buf_str(out, value);
}

void bk_plugin_log_line(const bk_plugin_log *log, const char *level, const char *message, const bk_plugin_attr *attrs, size_t count) {
    bk_buf text;
    if (!log || !log->line) return;
    bk_buf_init(&text, NULL, 64 << 10);
    put(&text, "level", bk_str_c(level));
    put(&text, "msg", bk_str_c(message));
    for (size_t i = 0; i < count; i++) put(&text, attrs[i].key, attrs[i].value);
    log->line(log->self, bk_buf_view(&text));
    bk_buf_release(&text);
}

/* ---- one plugin ---- */

typedef struct scanning {
    bk_arena *arena;
    const bk_plugin_scan *scan;
    const bk_plugin_log *log;
    bk_plugins *found;
    bk_err *err;
} scanning;

static bk_status ignore(scanning *s, bk_str dir, bk_str why) {
    bk_str path;
    if (!bk_arena_printf(s->arena, &path, "%.*s/" BK_PLUGIN_FILE, BK_FMT(dir))) return bk_arena_fail(s->arena, s->err);
    const bk_plugin_attr attrs[] = {{"plugin_yaml", path}, {"error", why}};
    if (!s->scan->silent) bk_plugin_log_line(s->log, "WARN", "failed to load plugin (ignoring)", attrs, BK_COUNT(attrs));
    return BK_OK;
}

static bool same_folder(bk_str a, bk_str b) { return bk_str_eq(bk_path_dir(a), bk_path_dir(b)); }

/* Helm refuses two of a name in one folder whatever their types; in different folders those of different types do not meet. */
static const bk_plugin *rival(const scanning *s, const bk_plugin *p) {
    for (size_t i = 0; i < s->found->count; i++) {
        const bk_plugin *o = &s->found->items[i];
        if (bk_str_eq(o->about.name, p->about.name) && (o->about.type == p->about.type || same_folder(o->dir, p->dir))) return o;
    }
    return NULL;
}

static bk_status keep(scanning *s, const bk_plugin *p) {
    bk_plugins *f = s->found;
    if (f->count == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 8;
        void *items = bk_arena_grow(s->arena, f->items, f->cap * sizeof *p, cap * sizeof *p);
        if (!items) return bk_arena_fail(s->arena, s->err);
        f->items = items;
        f->cap = cap;
    }
    f->items[f->count++] = *p;
    return BK_OK;
}

static bk_status two_claim(scanning *s, const bk_plugin *first, const bk_plugin *second) {
    bk_buf why;
    bk_buf_init(&why, s->arena, 0);
    bk_buf_c(&why, "two plugins claim the name ");
    bk_fmt_quote(&why, first->about.name);
    bk_buf_c(&why, " at ");
    bk_fmt_quote(&why, first->dir);
    bk_buf_c(&why, " and ");
    bk_fmt_quote(&why, second->dir);
    return ignore(s, second->dir, bk_buf_view(&why));
}

static bk_status add(scanning *s, bk_str dir) {
    bk_plugin p;
    bk_err why = BK_ERR_INIT;
    if (bk_plugin_load_known(s->arena, dir, true, s->scan->answers, &p, &why) != BK_OK) {
        bk_status status = ignore(s, dir, bk_err_message(&why));
        bk_err_release(&why);
        return status;
    }
    const bk_plugin *first = rival(s, &p);
    if (first) return two_claim(s, first, &p);
    return keep(s, &p);
}

/* ---- folders ---- */

static bk_status scan_names(scanning *s, bk_str folder, const bk_plugin_names *names) {
    for (size_t i = 0; i < names->count && s->found->count < BK_PLUGINS_MAX; i++) {
        bk_str dir, file;
        struct stat st;
        if (!bk_arena_printf(s->arena, &dir, "%.*s/%.*s", BK_FMT(folder), BK_FMT(names->items[i])) ||
            !bk_arena_printf(s->arena, &file, "%.*s/" BK_PLUGIN_FILE, BK_FMT(dir)))
            return bk_arena_fail(s->arena, s->err);
        if (lstat(file.p, &st) == 0) BK_TRY(add(s, dir));
    }
    return BK_OK;
}

bk_status bk_plugin_clean_path(bk_arena *arena, bk_str path, bk_str *ret, bk_err *err) {
    bool rooted = path.n && path.p[0] == '/';
    bk_buf out;
    bk_str rest = path, part;
    size_t fixed = 0; /* what ".." cannot take back */
    bk_buf_init(&out, arena, 0);
    if (rooted) bk_buf_byte(&out, '/'), fixed = 1;
    while (rest.n) {
        bk_str_cut(rest, BK_S("/"), &part, &rest);
        if (part.n == 0 || bk_str_eq(part, BK_S("."))) continue;
        bool up = bk_str_eq(part, BK_S(".."));
        if (up && out.n > fixed) {
            size_t slash = bk_str_rfind_byte(bk_buf_view(&out), '/');
            bk_buf_cut(&out, slash == BK_NPOS || slash < fixed ? fixed : slash);
            continue;
        }
        if (up && rooted) continue;
        if (out.n && out.p[out.n - 1] != '/') bk_buf_byte(&out, '/');
        bk_buf_str(&out, part);
        if (up) fixed = out.n;
    }
    if (!out.n) bk_buf_byte(&out, '.');
    BK_TRY(bk_buf_check(&out, err));
    return bk_arena_dup(arena, bk_buf_view(&out), ret) ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status scan_folder(scanning *s, bk_str given) {
    bk_str folder;
    bk_plugin_names names;
    if (bk_str_find_byte(given, 0) != BK_NPOS) return BK_OK;
    BK_TRY(bk_plugin_clean_path(s->arena, given, &folder, s->err));
    DIR *dir = opendir(folder.p);
    if (!dir) return BK_OK; /* as Glob: what cannot be read holds nothing */
    bk_status status = bk_plugin_names_of(s->arena, dir, ENTRIES_MAX, &names, s->err);
    closedir(dir);
    return status == BK_OK ? scan_names(s, folder, &names) : status;
}

bk_status bk_plugins_scan(bk_arena *arena, const bk_plugin_scan *scan, const bk_plugin_log *log, bk_plugins *ret, bk_err *err) {
    scanning s = {arena, scan, log, ret, err};
    bk_str rest = scan->folders, folder;
    *ret = (bk_plugins){0};
    while (rest.n) {
        bk_str_cut(rest, BK_S(":"), &folder, &rest);
        if (folder.n) BK_TRY(scan_folder(&s, folder));
    }
    return BK_OK;
}

/* ---- looking for one ---- */

bk_plugin *bk_plugins_find(const bk_plugins *plugins, bk_str name, int type) {
    for (size_t i = 0; i < plugins->count; i++) {
        bk_plugin *p = &plugins->items[i];
        if ((!name.n || bk_str_eq(p->about.name, name)) && (type < 0 || p->about.type == (bk_plugin_type)type)) return p;
    }
    return NULL;
}

bk_str bk_plugin_word(const bk_plugin *plugin) {
    bk_str word, rest;
    if (!plugin->about.usage.n) return plugin->about.name;
    bk_str_cut(plugin->about.usage, BK_S(" "), &word, &rest);
    return word.n && word.p[0] != '-' ? word : BK_S("");
}

bk_plugin *bk_plugins_getter(const bk_plugins *plugins, bk_str scheme) {
    for (size_t i = 0; i < plugins->count; i++) {
        const bk_plugin_about *about = &plugins->items[i].about;
        if (about->type != BK_PLUGIN_GETTER) continue;
        for (size_t k = 0; k < about->schemes.count; k++)
            if (bk_str_eq(about->schemes.items[k], scheme)) return &plugins->items[i];
    }
    return NULL;
}
