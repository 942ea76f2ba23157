#include "guard/grants.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "data/json.h"
#include "guard/ledger.h"
#include "guard/own_file.h"

#define WHAT "plugin grants"
#define NAME_MAX_BYTES 256u
#define TEXT_MAX_BYTES ((size_t)8 << 10)
/* How long a change waits for another one: tenths of a second. */
#define LOCK_TRIES 100

/* ---- reading ---- */

static bk_status broken(bk_err *err, const char *why) { return bk_err_set(err, BK_ERR, WHAT ": %s", why); }

static bool is_text(bk_value v, size_t max) { return v.kind == BK_STRING && v.len <= max; }

static bk_status read_texts(bk_arena *arena, bk_value v, bk_grant_entry *entry, bk_err *err) {
    if (v.kind != BK_LIST || v.len > BK_GRANTS_MAX) return broken(err, "\"grants\" is no list, or too long a one");
    entry->grants = BK_NEW_ARRAY(arena, bk_str, v.len + 1);
    if (!entry->grants) return bk_arena_fail(arena, err);
    for (uint32_t i = 0; i < v.len; i++) {
        bk_rule rule;
        if (!is_text(v.items[i], BK_RULE_TEXT)) return broken(err, "a grant that is no text");
        entry->grants[i] = bk_value_str(v.items[i]);
        if (bk_rule_parse(arena, entry->grants[i], &rule, err) != BK_OK)
            return bk_err_wrap(err, WHAT ": \"%.*s\" of the plugin %.*s", BK_FMT(entry->grants[i]), BK_FMT(entry->name));
        entry->count++;
    }
    return BK_OK;
}

static bk_status read_entry(bk_arena *arena, bk_value v, bk_grant_entry *entry, bk_err *err) {
    const struct {
        const char *key;
        bk_str *to;
    } texts[] = {{"name", &entry->name},
                 {"digest", &entry->digest},
                 {"path", &entry->path},
                 {"pluginVersion", &entry->version},
                 {"granted", &entry->granted}};
    const bk_value *grants = NULL;
    if (v.kind != BK_MAP || !v.map) return broken(err, "a plugin that is no object");
    for (size_t i = 0; i < bk_map_len(v.map); i++) {
        const bk_map_entry *e = bk_map_at(v.map, i);
        size_t k = 0;
        while (k < BK_COUNT(texts) && !bk_str_eq(e->key, bk_str_c(texts[k].key))) k++;
        if (bk_str_eq(e->key, BK_S("grants"))) grants = &e->value;
        else if (k == BK_COUNT(texts)) return broken(err, "an unknown key of a plugin");
        else if (!is_text(e->value, TEXT_MAX_BYTES)) return broken(err, "a value of a plugin that is no text");
        else *texts[k].to = bk_value_str(e->value);
    }
    if (!entry->name.n || entry->name.n > NAME_MAX_BYTES) return broken(err, "a plugin without a name");
    if (!grants) return broken(err, "a plugin without \"grants\"");
    if (entry->digest.n ? !bk_digest_text(entry->digest) || entry->path.n : !entry->path.n)
        return broken(err, "a plugin with neither a digest nor a path, or with both");
    return read_texts(arena, *grants, entry, err);
}

static bk_status read_store(bk_arena *arena, bk_str text, bk_grants *ret, bk_err *err) {
    bk_value v, *plugins, *version;
    bk_grants grants = {0};
    if (bk_json_decode(arena, text, BK_JSON_INT64, BK_T_NIL, &v, err) != BK_OK) return bk_err_wrap(err, WHAT);
    if (v.kind != BK_MAP || !v.map || bk_map_len(v.map) != 2) return broken(err, "not an object with \"version\" and \"plugins\"");
    version = bk_map_get(v.map, BK_S("version"));
    plugins = bk_map_get(v.map, BK_S("plugins"));
    if (!version || version->kind != BK_INT || version->i != 1) return broken(err, "of another version than 1");
    if (!plugins || plugins->kind != BK_LIST || plugins->len > BK_GRANTS_PLUGINS_MAX)
        return broken(err, "\"plugins\" is no list, or too long a one");
    grants.items = BK_NEW_ARRAY(arena, bk_grant_entry, plugins->len + 1);
    if (!grants.items) return bk_arena_fail(arena, err);
    for (uint32_t i = 0; i < plugins->len; i++) BK_TRY(read_entry(arena, plugins->items[i], &grants.items[grants.count++], err));
    *ret = grants;
    return BK_OK;
}

static bk_status load_in(bk_arena *arena, int dir, const char *base, bk_grants *ret, bk_err *err) {
    bk_str text;
    bool there;
    BK_TRY(bk_own_file_read(arena, dir, base, WHAT, BK_OWN_FOUND | BK_OWN_MAY_LACK, BK_GRANTS_FILE_MAX, &text, &there, err));
    *ret = (bk_grants){0};
    return there ? read_store(arena, text, ret, err) : BK_OK;
}

bk_status bk_grants_load(bk_arena *arena, const char *path, bk_grants *ret, bk_err *err) {
    int dir;
    const char *base;
    BK_TRY(bk_own_folder_open(path, WHAT, false, &dir, &base, err));
    *ret = (bk_grants){0};
    if (dir < 0) return BK_OK;
    bk_status status = load_in(arena, dir, base, ret, err);
    close(dir);
    return status;
}

/* A development link is its path, whatever it holds; all else is its content. */
static bool is_entry_of(const bk_grant_entry *entry, const bk_plugin_subject *subject) {
    if (!bk_str_eq(entry->name, subject->name)) return false;
    if (subject->path.n) return bk_str_eq(entry->path, subject->path);
    return subject->digest.n && bk_str_eq(entry->digest, subject->digest);
}

const bk_grant_entry *bk_grants_find(const bk_grants *grants, const bk_plugin_subject *subject) {
    for (size_t i = 0; i < grants->count; i++)
        if (is_entry_of(&grants->items[i], subject)) return &grants->items[i];
    return NULL;
}

bk_status bk_grants_rules(const bk_grant_entry *entry, bk_rules *rules, bk_err *err) {
    for (size_t i = 0; i < entry->count; i++) {
        bk_rule rule;
        BK_TRY(bk_rule_parse(rules->arena, entry->grants[i], &rule, err));
        rule.subject = (bk_subject){.kind = BK_SUBJECT_PLUGIN, .plugin = entry->name, .digest = entry->digest, .path = entry->path};
        if (!bk_arena_printf(rules->arena, &rule.source, "plugin grant %.*s %.*s", BK_FMT(entry->name), BK_FMT(entry->grants[i])))
            return bk_arena_fail(rules->arena, err);
        rule.words = rule.source;
        BK_TRY(bk_rules_add(rules, rule, err));
    }
    return BK_OK;
}

bool bk_grants_stale(const bk_grants *grants, const bk_plugin_subject *subject) {
    bool known = false;
    for (size_t i = 0; i < grants->count; i++) {
        if (is_entry_of(&grants->items[i], subject)) return false;
        known = known || bk_str_eq(grants->items[i].name, subject->name);
    }
    return known;
}

/* ---- writing ---- */

static bool put_text(bk_map *map, const char *key, bk_str text) { return !text.n || bk_map_set(map, bk_str_c(key), bk_string(text)); }

static bk_status entry_value(bk_arena *arena, const bk_grant_entry *entry, bk_value *ret, bk_err *err) {
    bk_map *map = bk_map_new(arena, 6);
    bk_items items;
    bk_value list;
    bk_items_init(&items, arena);
    for (size_t i = 0; i < entry->count; i++) bk_items_add(&items, bk_string(entry->grants[i]));
    BK_TRY(bk_items_list(&items, BK_T_LIST, &list, err));
    bool ok = map && put_text(map, "name", entry->name) && put_text(map, "digest", entry->digest) && put_text(map, "path", entry->path) &&
              put_text(map, "pluginVersion", entry->version) && put_text(map, "granted", entry->granted) &&
              bk_map_set(map, BK_S("grants"), list);
    if (!ok) return bk_arena_fail(arena, err);
    *ret = bk_map_value(map);
    return BK_OK;
}

static bk_status store_text(bk_arena *arena, const bk_grants *grants, bk_buf *out, bk_err *err) {
    bk_items items;
    bk_value list, entry = bk_nil();
    bk_map *map = bk_map_new(arena, 2);
    bk_items_init(&items, arena);
    for (size_t i = 0; i < grants->count; i++) {
        if (!grants->items[i].count) continue;
        BK_TRY(entry_value(arena, &grants->items[i], &entry, err));
        bk_items_add(&items, entry);
    }
    BK_TRY(bk_items_list(&items, BK_T_LIST, &list, err));
    if (!map || !bk_map_set(map, BK_S("version"), bk_int64(1)) || !bk_map_set(map, BK_S("plugins"), list)) return bk_arena_fail(arena, err);
    BK_TRY(bk_json_encode_indent(out, arena, bk_map_value(map), BK_S(""), BK_S("  "), 0, err));
    bk_buf_byte(out, '\n');
    if (out->n > BK_GRANTS_FILE_MAX) return bk_err_limit(err, "bytes of the plugins' grants", BK_GRANTS_FILE_MAX);
    return bk_buf_check(out, err);
}

static bk_status system_error(bk_err *err, const char *path) { return bk_err_set(err, BK_ERR_IO, WHAT " %s: %s", path, strerror(errno)); }

/* The new file is whole and on the disk before it takes the old one's name. */
static bk_status replace(int dir, const char *base, bk_str text, bk_err *err) {
    char temp[NAME_MAX_BYTES];
    int n = snprintf(temp, sizeof temp, "%s.%ld.tmp", base, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof temp) return bk_err_set(err, BK_ERR_IO, WHAT " %s: %s", base, strerror(ENAMETOOLONG));
    (void)unlinkat(dir, temp, 0); /* of an earlier process with this number */
    int fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return system_error(err, temp);
    bk_status status = bk_ledger_write(fd, text, WHAT, err);
    if (status == BK_OK && fsync(fd) != 0) status = system_error(err, temp);
    if (close(fd) != 0 && status == BK_OK) status = system_error(err, temp);
    if (status == BK_OK && renameat(dir, temp, dir, base) != 0) status = system_error(err, base);
    if (status != BK_OK) (void)unlinkat(dir, temp, 0);
    else (void)fsync(dir);
    return status;
}

static bk_status lock(int dir, const char *base, int *ret, bk_err *err) {
    char name[NAME_MAX_BYTES];
    const struct timespec tenth = {0, 100000000};
    int n = snprintf(name, sizeof name, "%s.lock", base);
    if (n < 0 || (size_t)n >= sizeof name) return bk_err_set(err, BK_ERR_IO, WHAT " %s: %s", base, strerror(ENAMETOOLONG));
    int fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    if (fd < 0) return system_error(err, name);
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            *ret = fd;
            return BK_OK;
        }
        if (errno != EWOULDBLOCK && errno != EINTR) break;
        nanosleep(&tenth, NULL);
    }
    close(fd);
    return bk_err_set(err, BK_ERR_IO, WHAT " %s: another process is changing them", base);
}

typedef bk_status (*change)(bk_arena *arena, bk_grants *grants, void *self, bool *ret_changed, bk_err *err);

static bk_status edit_in(bk_arena *arena, int dir, const char *base, change make, void *self, bk_err *err) {
    bk_grants grants;
    bk_buf text;
    bool changed = false;
    bk_buf_init(&text, arena, 0);
    BK_TRY(load_in(arena, dir, base, &grants, err));
    BK_TRY(make(arena, &grants, self, &changed, err));
    if (!changed) return BK_OK;
    BK_TRY(store_text(arena, &grants, &text, err));
    return replace(dir, base, bk_buf_view(&text), err);
}

static bk_status edit(const char *path, bool create, change make, void *self, bk_err *err) {
    int dir, fd = -1;
    const char *base;
    bk_arena arena;
    BK_TRY(bk_own_folder_open(path, WHAT, create, &dir, &base, err));
    if (dir < 0) return BK_OK;
    bk_status status = lock(dir, base, &fd, err);
    if (status == BK_OK) {
        bk_arena_init(&arena, 0);
        status = edit_in(&arena, dir, base, make, self, err);
        bk_arena_release(&arena);
        close(fd);
    }
    close(dir);
    return status;
}

/* ---- adding ---- */

typedef struct addition {
    const bk_plugin_subject *subject;
    const bk_str *grants;
    size_t count, added;
} addition;

static bk_status check_addition(bk_arena *arena, const addition *a, bk_err *err) {
    const bk_plugin_subject *s = a->subject;
    if (!s->name.n || s->name.n > NAME_MAX_BYTES) return bk_err_internal(err, "a plugin without a name");
    if (!s->path.n && !bk_digest_text(s->digest))
        return bk_err_set(err, BK_ERR, "the plugin %.*s has no digest that a grant could be bound to", BK_FMT(s->name));
    for (size_t i = 0; i < a->count; i++) {
        bk_rule rule;
        if (bk_rule_parse(arena, a->grants[i], &rule, err) != BK_OK)
            return bk_err_wrap(err, "invalid grant \"%.*s\"", BK_FMT(a->grants[i]));
        if (!bk_right_get(rule.right)->plugins)
            return bk_err_set(err, BK_ERR, "invalid grant \"%.*s\": plugins do not ask for %s", BK_FMT(a->grants[i]),
                              bk_right_get(rule.right)->name);
    }
    return BK_OK;
}

static bool has_grant(const bk_grant_entry *entry, bk_str grant) {
    for (size_t i = 0; i < entry->count; i++)
        if (bk_str_eq(entry->grants[i], grant)) return true;
    return false;
}

static bk_status now(bk_arena *arena, bk_str *ret, bk_err *err) {
    time_t t = time(NULL);
    struct tm utc;
    char text[32];
    size_t n = gmtime_r(&t, &utc) ? strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) : 0;
    return bk_arena_dup(arena, bk_str_of(text, n), ret) ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status add(bk_arena *arena, bk_grants *grants, void *self, bool *ret_changed, bk_err *err) {
    addition *a = self;
    const bk_plugin_subject *s = a->subject;
    BK_TRY(check_addition(arena, a, err));
    size_t at = 0;
    while (at < grants->count && !is_entry_of(&grants->items[at], s)) at++;
    if (at == BK_GRANTS_PLUGINS_MAX) return bk_err_limit(err, "plugins with grants", BK_GRANTS_PLUGINS_MAX);
    bk_grant_entry *items = BK_NEW_ARRAY(arena, bk_grant_entry, grants->count + 1);
    if (!items) return bk_arena_fail(arena, err);
    if (grants->count) memcpy(items, grants->items, grants->count * sizeof *items);
    bk_grant_entry *e = &items[at];
    bk_str *texts = BK_NEW_ARRAY(arena, bk_str, e->count + a->count + 1);
    if (!texts) return bk_arena_fail(arena, err);
    if (e->count) memcpy(texts, e->grants, e->count * sizeof *texts);
    e->grants = texts;
    e->name = s->name;
    e->path = s->path;
    e->digest = s->path.n ? BK_S("") : s->digest;
    e->version = s->version;
    for (size_t i = 0; i < a->count; i++) {
        if (has_grant(e, a->grants[i])) continue;
        if (e->count == BK_GRANTS_MAX) return bk_err_limit(err, "grants of one plugin", BK_GRANTS_MAX);
        texts[e->count++] = a->grants[i];
        a->added++;
    }
    if (a->added) BK_TRY(now(arena, &e->granted, err));
    *grants = (bk_grants){items, at == grants->count ? at + 1 : grants->count};
    *ret_changed = a->added > 0;
    return BK_OK;
}

bk_status bk_grants_add(const char *path, const bk_plugin_subject *subject, const bk_str *grants, size_t count, size_t *ret_added,
                        bk_err *err) {
    addition a = {.subject = subject, .grants = grants, .count = count};
    BK_TRY(edit(path, true, add, &a, err));
    if (ret_added) *ret_added = a.added;
    return BK_OK;
}

/* ---- removing ---- */

typedef struct removal {
    bk_str name;
    const bk_str *grants;
    size_t count, removed;
} removal;

/* "http" takes "http=a" as well. */
static bool is_named(const removal *r, bk_str grant) {
    for (size_t i = 0; i < r->count; i++) {
        bk_str head, tail;
        bk_str_cut(grant, BK_S("="), &head, &tail);
        if (bk_str_eq(r->grants[i], grant) || bk_str_eq(r->grants[i], head)) return true;
    }
    return r->count == 0;
}

static bk_status take(bk_arena *arena, bk_grants *grants, void *self, bool *ret_changed, bk_err *err) {
    removal *r = self;
    for (size_t i = 0; i < r->count; i++) {
        bk_rule rule;
        if (bk_rule_parse(arena, r->grants[i], &rule, err) != BK_OK)
            return bk_err_wrap(err, "invalid grant \"%.*s\"", BK_FMT(r->grants[i]));
    }
    for (size_t i = 0; i < grants->count; i++) {
        bk_grant_entry *e = &grants->items[i];
        size_t kept = 0;
        if (!bk_str_eq(e->name, r->name)) continue;
        for (size_t k = 0; k < e->count; k++) {
            if (is_named(r, e->grants[k])) r->removed++;
            else e->grants[kept++] = e->grants[k];
        }
        e->count = kept;
    }
    *ret_changed = r->removed > 0;
    return BK_OK;
}

bk_status bk_grants_remove(const char *path, bk_str name, const bk_str *grants, size_t count, size_t *ret_removed, bk_err *err) {
    removal r = {.name = name, .grants = grants, .count = count};
    BK_TRY(edit(path, false, take, &r, err));
    if (ret_removed) *ret_removed = r.removed;
    return BK_OK;
}
