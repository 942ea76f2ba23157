/* Completion behind a plugin's word: its completion.yaml, and its program plugin.complete. */
#include <unistd.h>

#include "base/num.h"
#include "base/sort.h"
#include "cli/chart_args.h"
#include "cli/cmd_plugin_run.h"
#include "cli/cmd_plugin_words.h"
#include "cli/flags_tables.h"

/* Goes down the sub-commands that stand among the words and takes them out; their names go to `path`. */
static bk_map *descend(bk_complete *c, bk_map *at, bk_str *words, size_t *count, bk_str *path, size_t *depth) {
    for (size_t i = 0; i < *count && *depth < BK_PLUGIN_WORD_LEVELS;) {
        if (words[i].n > 1 && words[i].p[0] == '-') {
            i += bk_flags_takes_next(&c->cli->flags, words[i]) ? 2 : 1;
            continue;
        }
        bk_value commands = bk_plugin_words_list(at, "commands");
        uint32_t k = 0;
        while (commands.kind == BK_LIST && k < commands.len && !bk_str_eq(bk_plugin_words_name(commands.items[k]), words[i])) k++;
        if (commands.kind != BK_LIST || k == commands.len) break;
        path[(*depth)++] = words[i];
        at = commands.items[k].map;
        memmove(&words[i], &words[i + 1], (*count - i - 1) * sizeof *words);
        (*count)--;
    }
    return at;
}

/* ---- flags ---- */

static int by_text(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_str_cmp(*(const bk_str *)a, *(const bk_str *)b);
}

static void own_flags(bk_complete *c, bk_value flags) {
    bk_plugin_word_flag *found;
    bk_arena *arena = c->cli->arena;
    size_t n, count = 0;
    if (!bk_plugin_words_flags(c->cli, flags, &found, &n)) return;
    bk_str *names = BK_NEW_ARRAY(arena, bk_str, 2 * n + 1);
    if (!names) return;
    for (size_t i = 0; i < n; i++) {
        bk_str name = found[i].name, letter = found[i].letter;
        if (!bk_arena_printf(arena, &names[count++], "%.*s\n--%.*s", BK_FMT(name), BK_FMT(name))) return;
        if (letter.n && !bk_arena_printf(arena, &names[count++], "%.*s\n-%.*s", BK_FMT(name), BK_FMT(letter))) return;
    }
    if (!bk_sort(arena, names, count, sizeof *names, by_text, NULL)) return;
    for (size_t i = 0; i < count; i++) {
        bk_str key, flag;
        bk_str_cut(names[i], BK_S("\n"), &key, &flag);
        bk_complete_match(c, flag, BK_S(""));
    }
}

/* A flag of the plugin's own takes a global one's place. */
static void hide_shadowed(bk_complete *c, bk_value flags) {
    for (uint32_t i = 0; flags.kind == BK_LIST && i < flags.len; i++) {
        bk_flag_value *v = bk_is_string(flags.items[i]) ? bk_flags_find(&c->cli->flags, bk_value_str(flags.items[i])) : NULL;
        if (v) v->changed = 1;
    }
}

/* ---- candidates ---- */

static void sub_commands(bk_complete *c, bk_value commands) {
    bk_str *names = commands.kind == BK_LIST ? BK_NEW_ARRAY(c->cli->arena, bk_str, (size_t)commands.len + 1) : NULL;
    size_t n = 0;
    for (uint32_t i = 0; names && i < commands.len; i++)
        if (bk_plugin_words_name(commands.items[i]).n) names[n++] = bk_plugin_words_name(commands.items[i]);
    if (!n || !bk_sort(c->cli->arena, names, n, sizeof *names, by_text, NULL)) return;
    for (size_t i = 0; i < n; i++) bk_complete_match(c, names[i], BK_S(""));
    c->directive = BK_COMPLETE_NO_FILES;
}

static void take_lines(bk_complete *c, bk_str text) {
    bk_str rest = text, line, last = BK_S(""), candidate, description;
    int64_t directive;
    while (bk_str_line(&rest, &line))
        if (line.n) last = line;
    bool told = last.n > 1 && last.p[0] == ':' && bk_parse_int(bk_str_from(last, 1), 10, &directive) == BK_NUM_OK;
    for (rest = text; bk_str_line(&rest, &line);) {
        if (!line.n || (told && line.p == last.p)) continue;
        bk_str_cut(line, BK_S("\t"), &candidate, &description);
        bk_complete_add(c, candidate, description);
    }
    c->directive = told && directive >= 0 && directive < 64 ? (unsigned)directive : 0;
}

static bk_status ask_program(bk_complete *c, bk_plugin *plugin, const bk_str *words, size_t count, const bk_str *path, size_t depth,
                             bk_err *err) {
    bk_cli *cli = c->cli;
    bk_str *ours = BK_NEW_ARRAY(cli->arena, bk_str, count + 1), *args = BK_NEW_ARRAY(cli->arena, bk_str, count + depth + 2), text;
    size_t our_count, their_count, n = depth;
    bk_render_options none = {0};
    bk_plugin_world world;
    bk_guard *guard;
    bool ran = false;
    if (!ours || !args) return bk_arena_fail(cli->arena, err);
    if (depth) memcpy(args, path, depth * sizeof *args);
    bk_cli_plugin_walk(words, count, ours, &our_count, args + depth, &their_count);
    if (!plugin->about.ignore_flags) {
        n += their_count;
        args[n++] = c->word;
    }
    c->directive = BK_COMPLETE_DEFAULT;
    BK_TRY(bk_cli_namespace(cli, &none.namespace_, err));
    BK_TRY(bk_cli_guard(cli, &none, &guard, err));
    bk_status s = bk_cli_plugin_world(cli, guard, NULL, &world, err);
    if (s == BK_OK) s = bk_plugin_complete(&world, plugin, (bk_texts){args, n}, &text, &ran, err);
    s = bk_guard_close(guard, s, err);
    bk_guard_free(guard);
    if (s == BK_OK && ran) take_lines(c, text);
    return s;
}

static bool has_program(bk_cli *cli, const bk_plugin *plugin) {
    bk_str path;
    return plugin->about.runtime == BK_PLUGIN_SUBPROCESS &&
           bk_arena_printf(cli->arena, &path, "%.*s/plugin.complete", BK_FMT(plugin->dir)) && access(path.p, X_OK) == 0;
}

bk_status bk_cli_plugin_complete(bk_complete *c, bk_str *words, size_t count, bool flags, bk_err *err) {
    bk_plugin *plugin = bk_cli_plugin_of(c->cli, c->cli->command);
    bk_str path[BK_PLUGIN_WORD_LEVELS];
    size_t depth = 0;
    bk_map *at = descend(c, bk_plugin_words_read(c->cli, plugin), words, &count, path, &depth);
    bk_value commands = bk_plugin_words_list(at, "commands"), valid = bk_plugin_words_list(at, "validArgs");
    if (c->word.n && c->word.p[0] == '-' && bk_str_find_byte(c->word, '=') == BK_NPOS) {
        hide_shadowed(c, bk_plugin_words_list(at, "flags"));
        bk_complete_flags(c, 0, bk_flags_count(bk_flags_global));
        own_flags(c, bk_plugin_words_list(at, "flags"));
        c->directive = BK_COMPLETE_NO_FILES;
    } else {
        const bool first = count == 0 && !flags;
        c->directive = BK_COMPLETE_DEFAULT;
        if (first) sub_commands(c, commands);
        for (uint32_t i = 0; first && valid.kind == BK_LIST && i < valid.len; i++) {
            bk_str word = bk_plugin_words_text(c->cli, valid.items[i]);
            if (word.n) bk_complete_match(c, word, BK_S(""));
        }
        if (valid.kind == BK_LIST && valid.len) {
            if (first) c->directive = BK_COMPLETE_NO_FILES;
            return BK_OK;
        }
    }
    if (commands.kind == BK_LIST) return BK_OK;
    if (!has_program(c->cli, plugin)) {
        c->directive = BK_COMPLETE_DEFAULT;
        return BK_OK;
    }
    return ask_program(c, plugin, words, count, path, depth, err);
}
