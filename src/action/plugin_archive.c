/* Archives of plugins that are only looked at. */
#include "action/inputs.h"
#include "action/plugin_manager.h"
#include "guard/escape.h"
#include "plugin/archive.h"

/* ---- verify ---- */

static bk_status load_provenance(bk_plugin_manager *m, bk_str path, bk_str *ret, bk_err *err) {
    bk_str beside;
    bool dir;
    if (!bk_arena_printf(m->arena, &beside, "%.*s.prov", BK_FMT(path))) return bk_arena_fail(m->arena, err);
    if (bk_file_stat(m->arena, beside, &dir, err) != BK_OK) return bk_err_wrap(err, "could not find provenance file %.*s", BK_FMT(beside));
    if (bk_file_load(m->arena, beside, BK_TRUST_TEXT_MAX, ret, err) != BK_OK) return bk_err_wrap(err, "failed to read provenance file");
    return BK_OK;
}

bk_status bk_plugin_verify(bk_plugin_manager *m, bk_str path, bk_err *err) {
    bk_provenance found = {0};
    bk_str bytes, provenance;
    bool dir;
    BK_TRY(bk_file_stat(m->arena, path, &dir, err));
    if (dir) return bk_err_set(err, BK_ERR, "directory verification not supported - only plugin tarballs can be verified");
    if (!bk_str_ends(path, BK_S(".tgz")) && !bk_str_ends(path, BK_S(".gz")))
        return bk_err_set(err, BK_ERR, "plugin file must be a gzipped tarball (.tar.gz or .tgz)");
    BK_TRY(load_provenance(m, path, &provenance, err));
    if (bk_file_load(m->arena, path, BK_PLUGIN_ARCHIVE_MAX, &bytes, err) != BK_OK) return bk_err_wrap(err, "failed to read plugin file");
    BK_TRY(bk_provenance_check(m->arena, bk_path_base(path), bytes, provenance, m->keyring, &found, err));
    bk_provenance_print(&found, "Plugin", m->out);
    return BK_OK;
}

/* ---- looking ---- */

static void print_signer(bk_plugin_manager *m, bk_str path, bk_str bytes) {
    bk_provenance found = {0};
    bk_str provenance;
    bk_err err = BK_ERR_INIT;
    bk_status s = load_provenance(m, path, &provenance, &err);
    if (s == BK_OK) s = bk_provenance_check(m->arena, bk_path_base(path), bytes, provenance, m->keyring, &found, &err);
    if (s == BK_OK) {
        bk_provenance_print(&found, "Plugin", m->out);
    } else {
        bk_buf_c(m->out, "Not signed: ");
        bk_escape_line(m->out, bk_err_message(&err));
        bk_buf_byte(m->out, '\n');
    }
    bk_err_release(&err);
}

static bk_status open_staged(bk_plugin_manager *m, bk_str path, bk_plugin *ret, bk_err *err) {
    bk_plugin_entry *entries;
    bk_str bytes, root;
    size_t count;
    BK_TRY(bk_file_load(m->arena, path, BK_PLUGIN_ARCHIVE_MAX, &bytes, err));
    if (bk_plugin_unpack(m->arena, bytes, &entries, &count, err) != BK_OK) return bk_err_wrap(err, "failed to extract archive");
    BK_TRY(bk_plugin_write_entries(m->staging, entries, count, err));
    BK_TRY(bk_plugin_staged(m, "", &root, err));
    for (size_t i = 0; i < count; i++) {
        bk_str name = entries[i].name, folder = bk_str_sub(name, 0, name.n - bk_path_base(name).n), dir;
        bool near = !folder.n || bk_str_find_byte(folder, '/') == folder.n - 1;
        if (entries[i].dir || !near || !bk_str_eq(bk_path_base(name), BK_S(BK_PLUGIN_FILE))) continue;
        if (!bk_arena_printf(m->arena, &dir, "%.*s%.*s", BK_FMT(root), BK_FMT(folder))) return bk_arena_fail(m->arena, err);
        BK_TRY(bk_plugin_load(m->arena, dir, true, ret, err));
        print_signer(m, path, bytes);
        return bk_plugin_read_code(m->arena, ret, err);
    }
    return bk_err_set(err, BK_ERR, "plugin.yaml not found in tarball");
}

bk_status bk_plugin_open_archive(bk_plugin_manager *m, bk_str path, bk_plugin *ret, bk_err *err) {
    m->folder = m->staging = -1;
    bk_status s = bk_plugin_stage(m, err);
    if (s == BK_OK) s = open_staged(m, path, ret, err);
    if (s != BK_OK) bk_plugin_unstage(m);
    return s;
}

void bk_plugin_close_archive(bk_plugin_manager *m) { bk_plugin_unstage(m); }
