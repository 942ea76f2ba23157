#include "cli/cmd_plugin_words.h"

#include "base/sort.h"
#include "cli/cmd_plugin_run.h"
#include "cli/complete.h"
#include "cli/flags_tables.h"
#include "plugin/engine.h"
#include "plugin/files.h"

enum { FILE_MAX = 1 << 20, COMMANDS_MAX = 10000 };

/* ---- the file ---- */

static const bk_value *member(const bk_map *m, const char *key) {
    for (size_t i = 0; i < bk_map_len(m); i++)
        if (bk_str_eq_fold(bk_map_at(m, i)->key, bk_str_c(key))) return &bk_map_at(m, i)->value;
    return NULL;
}

bk_value bk_plugin_words_list(bk_map *level, const char *key) {
    const bk_value *v = member(level, key);
    return v && v->kind == BK_LIST ? *v : bk_nil();
}

bk_str bk_plugin_words_name(bk_value level) {
    bk_str head, rest;
    if (level.kind != BK_MAP) return BK_S("");
    bk_str_cut(bk_map_str(level.map, "name", BK_S("")), BK_S(" "), &head, &rest);
    return head;
}

bk_str bk_plugin_words_text(bk_cli *cli, bk_value item) {
    bk_str text = BK_S("");
    if (bk_is_string(item)) return bk_value_str(item);
    if (item.kind == BK_BOOL) return item.b ? BK_S("true") : BK_S("false");
    if (item.kind == BK_INT && !bk_arena_printf(cli->arena, &text, "%lld", (long long)item.i)) return BK_S("");
    return text;
}

static bool is_scalar(bk_value v) { return v.kind != BK_MAP && v.kind != BK_LIST; }

static bool is_list_of_scalars(const bk_value *v) {
    if (!v || bk_is_nil(*v)) return true;
    if (v->kind != BK_LIST) return false;
    for (uint32_t i = 0; i < v->len; i++)
        if (!is_scalar(v->items[i])) return false;
    return true;
}

/* What Helm's decoder takes: of another type somewhere, and the whole file counts for nothing. */
static bool well_formed(bk_value level, unsigned budget) {
    if (bk_is_nil(level)) return true;
    if (level.kind != BK_MAP || !budget) return false;
    const bk_value *name = member(level.map, "name"), *commands = member(level.map, "commands");
    if (name && !is_scalar(*name)) return false;
    if (!is_list_of_scalars(member(level.map, "validArgs")) || !is_list_of_scalars(member(level.map, "flags"))) return false;
    if (!commands || bk_is_nil(*commands)) return true;
    if (commands->kind != BK_LIST) return false;
    for (uint32_t i = 0; i < commands->len; i++)
        if (!well_formed(commands->items[i], budget - 1)) return false;
    return true;
}

bk_map *bk_plugin_words_read(bk_cli *cli, const bk_plugin *plugin) {
    bk_err ignored = BK_ERR_INIT;
    bk_value v = bk_nil();
    bk_str text;
    const bk_sandbox_cache *answers = bk_settings_answers(&cli->settings, cli->arena);
    if (bk_plugin_read_file(cli->arena, plugin->dir, "completion.yaml", FILE_MAX, &text, &ignored) == BK_OK)
        bk_plugin_engine(cli->arena, BK_CALL_YAML, NULL, text, answers, &v, &ignored);
    bk_err_release(&ignored);
    return v.kind == BK_MAP && well_formed(v, BK_PLUGIN_WORD_LEVELS) ? v.map : NULL;
}

bool bk_plugin_words_flags(bk_cli *cli, bk_value flags, bk_plugin_word_flag **ret, size_t *ret_count) {
    uint32_t n = flags.kind == BK_LIST ? flags.len : 0;
    size_t longs = 0, shorts = 0;
    bk_plugin_word_flag *f = BK_NEW_ARRAY(cli->arena, bk_plugin_word_flag, (size_t)n + 1);
    if (!f) return false;
    for (uint32_t i = 0; i < n; i++) {
        bk_str text = bk_plugin_words_text(cli, flags.items[i]);
        if (text.n == 1) f[shorts++].letter = text;
        else if (text.n) f[longs++].name = text;
    }
    for (size_t i = longs; i < shorts; i++) f[i].name = f[i].letter;
    *ret = f;
    *ret_count = longs > shorts ? longs : shorts;
    return true;
}

/* ---- as commands ---- */

/* Nothing that is not to be seen, and nothing that would look like several words. */
static bool is_clean(bk_str s) { return s.n > 0 && bk_complete_shows(s) && bk_str_find_byte(s, ' ') == BK_NPOS; }

static bool is_taken(const bk_flag *table, bk_str name, char letter) {
    for (; table->name; table++)
        if (bk_str_eq(bk_str_c(table->name), name) || (letter && table->letter == letter)) return true;
    return false;
}

/* Letters of the program's own flags stay theirs; their names are the plugin's to use again. */
static bool give_flags(bk_cli *cli, bk_value flags, bk_command *to) {
    bk_plugin_word_flag *found;
    size_t n, used = 0;
    if (!bk_plugin_words_flags(cli, flags, &found, &n)) return false;
    bk_flag *table = BK_NEW_ARRAY(cli->arena, bk_flag, n + 1);
    const bk_flag **tables = BK_NEW_ARRAY(cli->arena, const bk_flag *, 2);
    if (!table || !tables) return false;
    for (size_t i = 0; i < n; i++) {
        bk_str name;
        char letter = found[i].letter.n ? found[i].letter.p[0] : 0;
        if (!is_clean(found[i].name) || !bk_arena_dup(cli->arena, found[i].name, &name)) continue;
        if (is_taken(bk_flags_help, name, 0) || is_taken(table, name, 0)) continue;
        bool own = letter > ' ' && letter < 0x7F && !is_taken(bk_flags_global, BK_S(""), letter) &&
                   !is_taken(bk_flags_help, BK_S(""), letter) && !is_taken(table, BK_S(""), letter);
        table[used++] = (bk_flag){.name = name.p, .letter = own ? letter : 0, .type = BK_FLAG_BOOL, .help = ""};
    }
    tables[0] = table;
    if (used) to->flags = tables;
    return true;
}

static bk_status nothing(bk_cli *cli, bk_err *err) {
    (void)cli;
    (void)err;
    return BK_OK;
}

static int by_name(const void *a, const void *b, void *arg) {
    (void)arg;
    return strcmp((*(const bk_command *const *)a)->name, (*(const bk_command *const *)b)->name);
}

/* `left`: how many commands may still be made. */
static bool give_words(bk_cli *cli, bk_map *level, bk_command *to, size_t *left, unsigned budget) {
    bk_value commands = bk_plugin_words_list(level, "commands");
    size_t n = 0, most = commands.kind == BK_LIST ? commands.len : 0;
    const bk_command **list = BK_NEW_ARRAY(cli->arena, const bk_command *, most + 1);
    if (!list || !give_flags(cli, bk_plugin_words_list(level, "flags"), to)) return false;
    for (size_t i = 0; i < most && *left && budget; i++) {
        bk_str name = bk_plugin_words_name(commands.items[i]);
        bk_command *c = is_clean(name) ? BK_NEW(cli->arena, bk_command) : NULL;
        if (!c) continue;
        if (!bk_arena_dup(cli->arena, name, &name)) return false;
        *c = (bk_command){.name = name.p, .usage = "", .summary = "", .max_args = BK_ARGS_ANY, .run = nothing, .raw_args = true};
        (*left)--;
        if (!give_words(cli, commands.items[i].map, c, left, budget - 1)) return false;
        list[n++] = c;
    }
    if (!bk_sort(cli->arena, (void *)list, n, sizeof *list, by_name, NULL)) return false;
    if (n) to->children = list;
    return true;
}

void bk_plugin_words_attach(bk_cli *cli, const bk_command *command) {
    const bk_plugin *plugin = bk_cli_plugin_of(cli, command);
    bk_map *level = plugin ? bk_plugin_words_read(cli, plugin) : NULL;
    size_t left = COMMANDS_MAX;
    bk_command *to = (bk_command *)(uintptr_t)command; /* commands of plugins are made anew for each run (make_command) */
    if (level && !to->children && !to->flags) give_words(cli, level, to, &left, BK_PLUGIN_WORD_LEVELS);
}
