#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/fetch.h"
#include "registry/files.h"
#include "action/inputs.h"
#include "action/plugin_manager.h"
#include "action/render.h"
#include "guard/escape.h"
#include "guard/grants.h"
#include "plugin/archive.h"

#define STAGING ".bulkhead-"
enum { FOLDER = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

static bk_status io(bk_err *err, const char *what, bk_str path, int error) {
    return bk_err_set(err, BK_ERR_IO, "%s %.*s: %s", what, BK_FMT(path), strerror(error));
}

static void say(bk_plugin_manager *m, const char *text) { bk_buf_c(m->out, text); }

/* ---- the staging folder ---- */

/* What killed runs left: nobody else is at work, for we hold the lock. */
static void clear_leftovers(int folder) {
    int fd = openat(folder, ".", FOLDER);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0) close(fd);
        return;
    }
    for (struct dirent *d; (d = readdir(dir));)
        if (strncmp(d->d_name, STAGING, sizeof STAGING - 1) == 0) bk_plugin_remove_tree(folder, d->d_name);
    closedir(dir);
}

bk_status bk_plugin_stage(bk_plugin_manager *m, bk_err *err) {
    m->folder = m->staging = -1;
    if (!bk_arena_printf(m->arena, &m->folder_path, "%.*s/plugins", BK_FMT(m->data_home))) return bk_arena_fail(m->arena, err);
    BK_TRY(bk_dirs_make(m->arena, m->folder_path, err));
    m->folder = open(m->folder_path.p, FOLDER);
    if (m->folder < 0) return io(err, "open", m->folder_path, errno);
    /* The folder itself is the lock: nothing to make, nothing to leave. */
    if (flock(m->folder, LOCK_EX) != 0) return io(err, "lock", m->folder_path, errno);
    clear_leftovers(m->folder);
    bk_str template;
    if (!bk_arena_printf(m->arena, &template, "%.*s/" STAGING "XXXXXX", BK_FMT(m->folder_path))) return bk_arena_fail(m->arena, err);
    if (!mkdtemp((char *)template.p)) return io(err, "mkdir", template, errno);
    m->staging_name = bk_str_from(template, m->folder_path.n + 1);
    m->staging = openat(m->folder, m->staging_name.p, FOLDER | O_NOFOLLOW);
    return m->staging >= 0 ? BK_OK : io(err, "open", template, errno);
}

void bk_plugin_unstage(bk_plugin_manager *m) {
    if (m->staging >= 0) close(m->staging);
    if (m->folder >= 0 && m->staging_name.n) bk_plugin_remove_tree(m->folder, m->staging_name.p);
    if (m->folder >= 0) close(m->folder);
    m->folder = m->staging = -1;
}

bk_status bk_plugin_staged(bk_plugin_manager *m, const char *name, bk_str *ret, bk_err *err) {
    bool ok = bk_arena_printf(m->arena, ret, "%.*s/%.*s/%s", BK_FMT(m->folder_path), BK_FMT(m->staging_name), name);
    return ok ? BK_OK : bk_arena_fail(m->arena, err);
}

bk_status bk_plugin_place(bk_plugin_manager *m, const char *name, bk_str target, bk_err *err) {
    if (renameat(m->staging, name, m->folder, target.p) != 0) return io(err, "cannot put the plugin in place at", target, errno);
    return fsync(m->folder) == 0 ? BK_OK : io(err, "sync", m->folder_path, errno);
}

/* ---- what it asks for ---- */

/* Those of its requests that nothing allows yet. */
static bk_status missing(bk_plugin_manager *m, bk_plugin *plugin, bk_texts asked, bk_texts *ret, bk_err *err) {
    bk_plugin_subject who;
    bk_str *items = BK_NEW_ARRAY(m->arena, bk_str, asked.count + 1);
    size_t n = 0;
    if (!items) return bk_arena_fail(m->arena, err);
    BK_TRY(bk_plugin_subject_of(m->arena, plugin, &who, err));
    for (size_t i = 0; i < asked.count; i++) {
        bk_str effect, target, rule;
        bk_right right;
        bool allowed = false;
        bk_str_cut(asked.items[i], BK_S("="), &effect, &target);
        if (bk_right_find(effect, &right)) BK_TRY(bk_guard_plugin_judge(m->world.guard, &who, right, target, &allowed, &rule, err));
        if (!allowed) items[n++] = asked.items[i];
    }
    *ret = (bk_texts){items, n};
    return BK_OK;
}

static bool has_text(bk_texts list, bk_str text) {
    for (size_t i = 0; i < list.count; i++)
        if (bk_str_eq(list.items[i], text)) return true;
    return false;
}

/* `before`: what the version asks for that it replaces; NULL: it replaces none. */
static void list_requests(bk_buf *out, const bk_plugin *plugin, bk_texts asked, const bk_texts *before) {
    bk_buf_c(out, "The plugin ");
    bk_escape_line(out, plugin->about.name);
    bk_buf_byte(out, ' ');
    bk_escape_line(out, plugin->about.version);
    bk_buf_c(out, " asks for\n");
    for (size_t i = 0; i < asked.count; i++) {
        bk_buf_c(out, "  ");
        bk_escape_line(out, asked.items[i]);
        if (bk_str_eq(asked.items[i], BK_S("exec"))) bk_buf_c(out, "     (it is a program of its own and may then do whatever you may)");
        if (before && !has_text(*before, asked.items[i])) bk_buf_c(out, "     (new: the installed version does not ask for it)");
        bk_buf_byte(out, '\n');
    }
}

/* The refusal where nobody can be asked. */
static bk_status ask_for_flag(bk_plugin_manager *m, const bk_plugin *plugin, bk_texts asked, bk_err *err) {
    bk_buf list;
    bk_buf_init(&list, m->arena, 0);
    for (size_t i = 0; i < asked.count; i++) bk_buf_printf(&list, "%s%.*s", i ? ", " : "", BK_FMT(asked.items[i]));
    bk_str text = bk_buf_view(&list);
    return bk_err_set(err, BK_ERR_DENIED, "plugin \"%.*s\" asks for %.*s; agree with --grant-requested", BK_FMT(plugin->about.name),
                      BK_FMT(text));
}

/* What it asks for and does not have yet. */
static bk_status new_requests(bk_plugin_manager *m, bk_plugin *plugin, bk_texts *ret, bk_err *err) {
    BK_TRY(bk_plugin_accept(&m->world, plugin, err));
    BK_TRY(bk_plugin_read_code(m->arena, plugin, err));
    memcpy(m->agreed, plugin->digest, sizeof m->agreed);
    BK_TRY(m->requests(m->arena, plugin, ret, err));
    return missing(m, plugin, *ret, ret, err);
}

bk_status bk_plugin_agree(bk_plugin_manager *m, bk_plugin *plugin, bk_texts *ret, bk_err *err) {
    bk_texts asked = {NULL, 0}, before = {NULL, 0};
    *ret = (bk_texts){NULL, 0};
    BK_TRY(new_requests(m, plugin, &asked, err));
    if (!asked.count) return BK_OK;
    if (m->old) BK_TRY(m->requests(m->arena, m->old, &before, err));
    list_requests(m->out, plugin, asked, m->old ? &before : NULL);
    if (!m->grant_requested && !m->agree) return ask_for_flag(m, plugin, asked, err);
    if (!m->grant_requested && !m->agree(m->self, BK_S("Install it, and grant this to exactly this content? [y/N] ")))
        return bk_err_set(err, BK_ERR_DENIED, "plugin \"%.*s\" was not installed", BK_FMT(plugin->about.name));
    *ret = asked;
    return BK_OK;
}

static bk_status grant(bk_plugin_manager *m, bk_plugin *plugin, bk_texts granted, bk_err *err) {
    bk_plugin_subject who;
    if (!granted.count) return BK_OK;
    BK_TRY(bk_plugin_subject_of(m->arena, plugin, &who, err));
    BK_TRY(bk_grants_add(m->grants.p, &who, granted.items, granted.count, NULL, err));
    bk_guard_plugin_grants_changed(m->world.guard);
    return BK_OK;
}

/* What came into place is what was agreed to: somebody may have been quicker while the question stood on the terminal. */
static bk_status check_content(bk_plugin_manager *m, bk_plugin *plugin, bk_err *err) {
    BK_TRY(bk_plugin_read_code(m->arena, plugin, err));
    if (plugin->linked || memcmp(plugin->digest, m->agreed, sizeof m->agreed) == 0) return BK_OK;
    bk_str base, folder;
    if (!bk_arena_dup(m->arena, bk_path_base(plugin->dir), &base) ||
        !bk_arena_dup(m->arena, bk_str_sub(plugin->dir, 0, plugin->dir.n - base.n), &folder))
        return bk_arena_fail(m->arena, err);
    int parent = open(folder.p, FOLDER);
    bool gone = parent >= 0 && bk_plugin_remove_tree(parent, base.p);
    if (parent >= 0) close(parent);
    return bk_err_set(err, BK_ERR_DENIED, "plugin \"%.*s\": its files were changed while it was installed; %s", BK_FMT(plugin->about.name),
                      gone ? "nothing of it is left" : "it is granted nothing");
}

bk_status bk_plugin_settle(bk_plugin_manager *m, bk_str path, bk_texts granted, const char *event, bk_err *err) {
    bk_plugin plugin, after;
    if (bk_plugin_load(m->arena, path, true, &plugin, err) != BK_OK) return bk_err_wrap(err, "plugin is installed but unusable");
    BK_TRY(check_content(m, &plugin, err));
    BK_TRY(grant(m, &plugin, granted, err));
    if (bk_plugin_has_hook(&plugin, event)) {
        m->flush(m->self);
        BK_TRY(bk_plugin_run_hook(&m->world, &plugin, event, BK_S(""), err));
        /* The hook was part of what was agreed to; what it made of the folder is what the grant is for. */
        if (bk_plugin_load(m->arena, path, true, &after, err) != BK_OK) return bk_err_wrap(err, "plugin is installed but unusable");
        if (granted.count) BK_TRY(bk_grants_remove(m->grants.p, plugin.about.name, NULL, 0, NULL, err));
        BK_TRY(grant(m, &after, granted, err));
    }
    return BK_OK;
}

/* ---- sources ---- */

static bk_str without_suffix(bk_str name) {
    if (bk_str_ends(name, BK_S(".tar.gz"))) return bk_str_sub(name, 0, name.n - 7);
    if (bk_str_ends(name, BK_S(".tgz"))) return bk_str_sub(name, 0, name.n - 4);
    return BK_S("");
}

static bool is_archive(bk_str name) { return without_suffix(name).n > 0; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* "s3" of "s3-1.2.3.tgz": everything before the last "-", digits, ".". */
static bk_str plugin_name(bk_str file) {
    bk_str name = without_suffix(file);
    for (size_t i = name.n; i-- > 0;) {
        size_t at = i + 1;
        if (name.p[i] != '-') continue;
        while (at < name.n && is_digit(name.p[at])) at++;
        if (at > i + 1 && at < name.n && name.p[at] == '.') return bk_str_sub(name, 0, i);
    }
    return name;
}

/* A name that becomes a folder's. */
static bk_status check_target(bk_plugin_manager *m, bk_str *name, bk_err *err) {
    struct stat st;
    bool plain =
        name->n && name->n < 256 && name->p[0] != '.' && bk_str_find_byte(*name, '/') == BK_NPOS && bk_str_find_byte(*name, 0) == BK_NPOS;
    if (!plain) return bk_err_set(err, BK_ERR, "cannot name a plugin's folder \"%.*s\"", BK_FMT(*name));
    if (!bk_arena_dup(m->arena, *name, name)) return bk_arena_fail(m->arena, err);
    if (fstatat(m->folder, name->p, &st, AT_SYMLINK_NOFOLLOW) != 0) return BK_OK;
    bk_str path;
    if (!bk_arena_printf(m->arena, &path, "%.*s/%.*s", BK_FMT(m->folder_path), BK_FMT(*name))) return bk_arena_fail(m->arena, err);
    const bk_plugin_attr attrs[] = {{"path", path}, {"error", BK_S("<nil>")}};
    bk_plugin_log_line(&m->world.log, "WARN", "plugin already exists", attrs, BK_COUNT(attrs));
    return bk_err_set(err, BK_ERR, "plugin already exists");
}

/* A folder: a link to it. */
static bk_status install_folder(bk_plugin_manager *m, bk_str source, bk_err *err) {
    bk_plugin plugin;
    bk_texts granted;
    bk_str name, path, absolute;
    struct stat st;
    say(m, "Installing plugin from local directory (development mode)\n");
    char *real = realpath(source.p, NULL);
    if (!real) return io(err, "stat", source, errno);
    bool ok = bk_arena_dup(m->arena, bk_str_c(real), &absolute);
    free(real);
    if (!ok || !bk_arena_printf(m->arena, &path, "%.*s/" BK_PLUGIN_FILE, BK_FMT(absolute))) return bk_arena_fail(m->arena, err);
    name = bk_path_base(absolute);
    BK_TRY(check_target(m, &name, err));
    if (stat(path.p, &st) != 0) return bk_err_set(err, BK_ERR, "plugin metadata (plugin.yaml) missing");
    BK_TRY(bk_plugin_load(m->arena, absolute, true, &plugin, err));
    if (symlinkat(absolute.p, m->staging, "link") != 0) return io(err, "cannot link to", absolute, errno);
    /* The grants of a link are for its path. */
    bk_str staged;
    BK_TRY(bk_plugin_staged(m, "link", &staged, err));
    BK_TRY(bk_plugin_load(m->arena, staged, true, &plugin, err));
    BK_TRY(bk_plugin_agree(m, &plugin, &granted, err));
    BK_TRY(bk_plugin_place(m, "link", name, err));
    if (!bk_arena_printf(m->arena, &path, "%.*s/%.*s", BK_FMT(m->folder_path), BK_FMT(name))) return bk_arena_fail(m->arena, err);
    BK_TRY(bk_plugin_settle(m, path, granted, "install", err));
    bk_buf_printf(m->out, "Installed plugin: %.*s\n", BK_FMT(plugin.about.name));
    return BK_OK;
}

typedef struct package {
    bk_str name; /* of the folder; empty: by the file's name */
    bk_str file_name, bytes, provenance;
    bool has_provenance, from_web;
} package;

static bk_status verify(bk_plugin_manager *m, const package *p, bk_err *err) {
    bk_provenance found = {0};
    if (!m->verify) return BK_OK;
    if (!p->has_provenance) return bk_err_set(err, BK_ERR, "plugin verification failed: no provenance file (.prov) found");
    if (bk_provenance_check(m->arena, p->file_name, p->bytes, p->provenance, m->keyring, &found, err) != BK_OK)
        return bk_err_wrap(err, "plugin verification failed");
    bk_provenance_print(&found, "Plugin", m->out);
    return BK_OK;
}

/* Where plugin.yaml lies in `tree`: "tree" or "tree/x". */
static bk_status find_root(bk_plugin_manager *m, const package *p, bk_str name, const bk_plugin_entry *entries, size_t count, bk_str *ret,
                           bk_err *err) {
    bk_str wanted;
    bool any = false;
    if (!bk_arena_printf(m->arena, &wanted, "%.*s/" BK_PLUGIN_FILE, BK_FMT(name))) return bk_arena_fail(m->arena, err);
    *ret = BK_S("");
    for (size_t i = 0; i < count; i++) {
        if (entries[i].dir || !bk_str_eq(bk_path_base(entries[i].name), BK_S(BK_PLUGIN_FILE))) continue;
        any = true;
        bk_str folder = bk_str_sub(entries[i].name, 0, entries[i].name.n - strlen(BK_PLUGIN_FILE));
        bool at_top = !folder.n, below_top = folder.n && bk_str_find_byte(folder, '/') == folder.n - 1;
        if (p->from_web ? at_top || (below_top && !ret->n) : bk_str_eq(entries[i].name, wanted)) {
            if (!bk_arena_printf(m->arena, ret, "tree/%.*s", BK_FMT(folder))) return bk_arena_fail(m->arena, err);
            if (at_top) break;
        }
    }
    if (!any) return bk_err_set(err, BK_ERR, "failed to extract plugin metadata from tarball: plugin.yaml not found in tarball");
    if (ret->n) {
        while (ret->p[ret->n - 1] == '/') ret->n--;
        ((char *)ret->p)[ret->n] = 0;
        return BK_OK;
    }
    if (p->from_web) return bk_err_set(err, BK_ERR, "plugin.yaml not found in the archive or its immediate subdirectories");
    return bk_err_set(err, BK_ERR, "plugin.yaml not found in expected directory %.*s: stat %.*s: no such file or directory", BK_FMT(name),
                      BK_FMT(wanted));
}

/* The archive and its provenance are kept beside the plugin, for `plugin list`. */
static bk_status keep(bk_plugin_manager *m, const package *p, const bk_plugin_about *about, bk_err *err) {
    const struct {
        const char *suffix;
        bk_str data;
        bool there;
    } files[] = {{".tgz", p->bytes, true}, {".tgz.prov", p->provenance, p->has_provenance}};
    for (size_t i = 0; i < BK_COUNT(files); i++) {
        bk_str name;
        if (!files[i].there) continue;
        if (!bk_arena_printf(m->arena, &name, "%.*s-%.*s%s", BK_FMT(about->name), BK_FMT(about->version), files[i].suffix))
            return bk_arena_fail(m->arena, err);
        const bk_plugin_entry entry = {.name = name, .data = files[i].data};
        BK_TRY(bk_plugin_write_entries(m->staging, &entry, 1, err));
        if (renameat(m->staging, name.p, m->folder, name.p) != 0) return io(err, "failed to save tarball", name, errno);
    }
    return BK_OK;
}

/* The archive's files into the folder `tree` of the staging folder; *ret_root is where the plugin lies in it. */
static bk_status unpack_tree(bk_plugin_manager *m, const package *p, bk_str name, bk_str *ret_root, bk_err *err) {
    bk_plugin_entry *entries = NULL;
    size_t count = 0;
    if (bk_plugin_unpack(m->arena, p->bytes, &entries, &count, err) != BK_OK)
        return bk_err_wrap(err, p->from_web ? "extracting files from archive" : "failed to extract archive");
    BK_TRY(find_root(m, p, name, entries, count, ret_root, err));
    if (mkdirat(m->staging, "tree", 0755) != 0) return io(err, "mkdir", BK_S("tree"), errno);
    int tree = openat(m->staging, "tree", FOLDER | O_NOFOLLOW);
    if (tree < 0) return io(err, "open", BK_S("tree"), errno);
    bk_status s = bk_plugin_write_entries(tree, entries, count, err);
    close(tree);
    return s;
}

static bk_status install_package(bk_plugin_manager *m, const package *p, bk_err *err) {
    bk_plugin plugin;
    bk_texts granted;
    bk_str root = BK_S(""), path, name = p->name.n ? p->name : plugin_name(p->file_name);
    BK_TRY(check_target(m, &name, err));
    BK_TRY(verify(m, p, err));
    BK_TRY(unpack_tree(m, p, name, &root, err));
    BK_TRY(bk_plugin_staged(m, root.p, &path, err));
    BK_TRY(bk_plugin_load(m->arena, path, true, &plugin, err));
    BK_TRY(bk_plugin_agree(m, &plugin, &granted, err));
    BK_TRY(keep(m, p, &plugin.about, err));
    BK_TRY(bk_plugin_place(m, root.p, name, err));
    if (!bk_arena_printf(m->arena, &path, "%.*s/%.*s", BK_FMT(m->folder_path), BK_FMT(name))) return bk_arena_fail(m->arena, err);
    BK_TRY(bk_plugin_settle(m, path, granted, "install", err));
    bk_buf_printf(m->out, "Installed plugin: %.*s\n", BK_FMT(plugin.about.name));
    return BK_OK;
}

static void announce_verification(bk_plugin_manager *m) {
    say(m, m->verify ? "Verifying plugin signature...\n" : "WARNING: Skipping plugin signature verification\n");
}

static bk_status install_file(bk_plugin_manager *m, bk_str source, bk_err *err) {
    package p = {.file_name = bk_path_base(source)};
    bk_str beside;
    bool dir;
    bk_err ignored = BK_ERR_INIT;
    announce_verification(m);
    BK_TRY(bk_file_load(m->arena, source, BK_PLUGIN_ARCHIVE_MAX, &p.bytes, err));
    if (!bk_arena_printf(m->arena, &beside, "%.*s.prov", BK_FMT(source))) return bk_arena_fail(m->arena, err);
    p.has_provenance = bk_file_stat(m->arena, beside, &dir, &ignored) == BK_OK;
    bk_err_release(&ignored);
    if (p.has_provenance && bk_file_load(m->arena, beside, BK_TRUST_TEXT_MAX, &p.provenance, err) != BK_OK)
        return bk_err_wrap(err, "failed to get verification data: failed to access provenance file %.*s", BK_FMT(beside));
    return install_package(m, &p, err);
}

static bk_status install_url(bk_plugin_manager *m, bk_str source, bk_err *err) {
    package p = {.from_web = true};
    bk_str beside, plain, query;
    bk_err missing_file = BK_ERR_INIT;
    bk_str_cut(source, BK_S("?"), &plain, &query);
    p.file_name = bk_path_base(plain);
    announce_verification(m);
    bk_status s = bk_fetch_url(m->arena, source, BK_PLUGIN_ARCHIVE_MAX, &p.bytes, err);
    if (s != BK_OK) return m->verify ? bk_err_wrap(err, "failed to get verification data: failed to download plugin") : s;
    if (!bk_arena_printf(m->arena, &beside, "%.*s.prov", BK_FMT(source))) return bk_arena_fail(m->arena, err);
    p.has_provenance = bk_fetch_url(m->arena, beside, BK_TRUST_TEXT_MAX, &p.provenance, &missing_file) == BK_OK;
    bk_err_release(&missing_file);
    return install_package(m, &p, err);
}

static bk_status install_oci(bk_plugin_manager *m, bk_str source, bk_err *err) {
    bk_plugin_download d;
    announce_verification(m);
    BK_TRY(bk_plugin_fetch_oci(m, source, &d, err));
    const package p = {.name = d.name,
                       .file_name = d.file_name,
                       .bytes = d.bytes,
                       .provenance = d.provenance,
                       .has_provenance = d.has_provenance,
                       .from_web = true};
    return install_package(m, &p, err);
}

static bk_status install_git(bk_plugin_manager *m, bk_str source, bk_err *err) {
    bk_plugin plugin;
    bk_texts granted;
    bk_str path, name = source;
    while (name.n > 1 && name.p[name.n - 1] == '/') name.n--;
    name = bk_path_base(name);
    struct stat st;
    if (m->verify) return bk_err_set(err, BK_ERR, "plugin source does not support verification. Use --verify=false to skip verification");
    announce_verification(m);
    BK_TRY(check_target(m, &name, err));
    BK_TRY(bk_plugin_clone(m, source, m->version, err));
    if (fstatat(m->staging, "tree/" BK_PLUGIN_FILE, &st, 0) != 0) return bk_err_set(err, BK_ERR, "plugin metadata (plugin.yaml) missing");
    BK_TRY(bk_plugin_staged(m, "tree", &path, err));
    BK_TRY(bk_plugin_load(m->arena, path, true, &plugin, err));
    BK_TRY(bk_plugin_agree(m, &plugin, &granted, err));
    BK_TRY(bk_plugin_place(m, "tree", name, err));
    if (!bk_arena_printf(m->arena, &path, "%.*s/%.*s", BK_FMT(m->folder_path), BK_FMT(name))) return bk_arena_fail(m->arena, err);
    BK_TRY(bk_plugin_settle(m, path, granted, "install", err));
    bk_buf_printf(m->out, "Installed plugin: %.*s\n", BK_FMT(plugin.about.name));
    return BK_OK;
}

/* Anything but a path is a URL with a host, a file's, or what git takes for user, host and path. Read where templates are: only the engine has Go's rules for URLs. */
static bk_status check_url(bk_plugin_manager *m, bk_str source, bk_err *err) {
    static const char text[] = "{{ $url := urlParse . }}{{ or $url.host (eq $url.scheme \"file\" | ternary \".\" \"\") }}";
    const bk_str before = BK_S("unable to parse url: ");
    bk_str host;
    if (bk_plugin_is_scp_source(source)) return BK_OK;
    if (bk_engine_template(m->arena, BK_S("source"), bk_str_c(text), bk_string(source), BK_S(""), true, &host, err) != BK_OK) {
        size_t at = bk_str_find(bk_err_message(err), before);
        return at == BK_NPOS ? err->code : bk_err_replace(err, bk_str_from(bk_err_message(err), at + before.n));
    }
    return host.n ? BK_OK : bk_err_set(err, BK_ERR, "Cannot detect VCS");
}

static bk_status no_source(bk_str source, bk_err *err) {
    return bk_err_wrap(err,
                       "cannot get information about plugin source \"%.*s\" (if it's a local directory, does it exist?), last error was",
                       BK_FMT(source));
}

static bk_status install_from(bk_plugin_manager *m, bk_str source, bk_err *err) {
    struct stat st;
    if (bk_is_oci(source)) return install_oci(m, source, err);
    if (stat(source.p, &st) == 0) {
        if (S_ISDIR(st.st_mode)) return install_folder(m, source, err);
        if (is_archive(source)) return install_file(m, source, err);
        return bk_err_set(err, BK_ERR, "expected plugin to be a directory (containing a file 'plugin.yaml')");
    }
    if (check_url(m, source, err) != BK_OK) return no_source(source, err);
    if (bk_is_web_url(source) && is_archive(source)) return install_url(m, source, err);
    if (bk_plugin_is_git_source(source)) return install_git(m, source, err);
    bk_err_set(err, BK_ERR, "Cannot detect VCS");
    return no_source(source, err);
}

bk_status bk_plugin_install(bk_plugin_manager *m, bk_str source, bk_err *err) {
    m->folder = m->staging = -1;
    if (bk_str_find_byte(source, 0) != BK_NPOS || !source.n) return bk_err_set(err, BK_ERR, "no plugin source is named");
    bk_status s = bk_plugin_stage(m, err);
    if (s == BK_OK) s = install_from(m, source, err);
    bk_plugin_unstage(m);
    return s;
}
