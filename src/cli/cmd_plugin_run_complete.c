/* Completion behind a plugin's word: its completion.yaml, and its program plugin.complete. */
#include <unistd.h>

#include "base/num.h"
#include "base/sort.h"
#include "cli/chart_args.h"
#include "cli/cmd_plugin_run.h"
#include "cli/flags_tables.h"
#include "plugin/engine.h"

enum { LEVELS = 20, FILE_MAX = 1 << 20 };

/* A list of a level of completion.yaml: {name, validArgs, flags, commands}. */
static bk_value list_of(bk_map *m, const char *key) {
    for (size_t i = 0; i < bk_map_len(m); i++) {
        const bk_map_entry *e = bk_map_at(m, i);
        if (bk_str_eq_fold(e->key, bk_str_c(key)) && e->value.kind == BK_LIST) return e->value;
    }
    return bk_nil();
}

static bk_str name_of(bk_value v) {
    bk_str head, rest;
    if (v.kind != BK_MAP) return BK_S("");
    bk_str_cut(bk_map_str(v.map, "name", BK_S("")), BK_S(" "), &head, &rest);
    return head;
}

/* An item as text: what YAML takes for a boolean or a number is one all the same. */
static bk_str word_of(bk_complete *c, bk_value v) {
    bk_str text = BK_S("");
    if (bk_is_string(v)) return bk_value_str(v);
    if (v.kind == BK_BOOL) return v.b ? BK_S("true") : BK_S("false");
    if (v.kind == BK_INT && !bk_arena_printf(c->cli->arena, &text, "%lld", (long long)v.i)) return BK_S("");
    return text;
}

/* The file's top level; NULL without one. It is foreign: it is parsed where nothing else is. */
static bk_map *read_file(bk_complete *c, const bk_plugin *plugin) {
    bk_err ignored = BK_ERR_INIT;
    bk_value v = bk_nil();
    bk_str text;
    bk_sandbox_cache answers;
    bool kept = bk_settings_answers(&c->cli->settings, c->cli->arena, &answers);
    if (bk_plugin_read_file(c->cli->arena, plugin->dir, "completion.yaml", FILE_MAX, &text, &ignored) == BK_OK)
        bk_plugin_engine(c->cli->arena, BK_CALL_YAML, NULL, text, kept ? &answers : NULL, &v, &ignored);
    bk_err_release(&ignored);
    return v.kind == BK_MAP ? v.map : NULL;
}

/* Goes down the sub-commands that stand among the words and takes them out; their names go to `path`. */
static bk_map *descend(bk_complete *c, bk_map *at, bk_str *words, size_t *count, bk_str *path, size_t *depth) {
    for (size_t i = 0; i < *count && *depth < LEVELS;) {
        if (words[i].n > 1 && words[i].p[0] == '-') {
            i += bk_flags_takes_next(&c->cli->flags, words[i]) ? 2 : 1;
            continue;
        }
        bk_value commands = list_of(at, "commands");
        uint32_t k = 0;
        while (commands.kind == BK_LIST && k < commands.len && !bk_str_eq(name_of(commands.items[k]), words[i])) k++;
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

typedef struct pairs {
    bk_str *longs, *shorts;
    size_t long_count, short_count;
} pairs;

static bool split_flags(bk_complete *c, bk_value flags, pairs *p) {
    uint32_t n = flags.kind == BK_LIST ? flags.len : 0;
    *p = (pairs){.longs = BK_NEW_ARRAY(c->cli->arena, bk_str, (size_t)n + 1), .shorts = BK_NEW_ARRAY(c->cli->arena, bk_str, (size_t)n + 1)};
    if (!p->longs || !p->shorts) return false;
    for (uint32_t i = 0; i < n; i++) {
        if (!bk_is_string(flags.items[i]) || !flags.items[i].len) continue;
        bk_str f = bk_value_str(flags.items[i]);
        if (f.n == 1) p->shorts[p->short_count++] = f;
        else p->longs[p->long_count++] = f;
    }
    return true;
}

/* One-letter flags belong to the long ones by their place; one that has none stands for itself. */
static void own_flags(bk_complete *c, bk_value flags) {
    pairs p;
    bk_arena *arena = c->cli->arena;
    if (!split_flags(c, flags, &p)) return;
    size_t n = p.long_count > p.short_count ? p.long_count : p.short_count;
    bk_str *names = BK_NEW_ARRAY(arena, bk_str, 2 * n + 2), *keys = BK_NEW_ARRAY(arena, bk_str, 2 * n + 2);
    size_t count = 0;
    if (!names || !keys) return;
    for (size_t i = 0; i < n; i++) {
        bk_str name = i < p.long_count ? p.longs[i] : p.shorts[i];
        if (!bk_arena_printf(arena, &names[count++], "%.*s\n--%.*s", BK_FMT(name), BK_FMT(name))) return;
        if (i < p.short_count && !bk_arena_printf(arena, &names[count++], "%.*s\n-%.*s", BK_FMT(name), BK_FMT(p.shorts[i]))) return;
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
        if (v) v->changed = true;
    }
}

static size_t global_count(void) {
    size_t n = 0;
    while (bk_flags_global[n].name) n++;
    return n;
}

/* ---- candidates ---- */

static void sub_commands(bk_complete *c, bk_value commands) {
    bk_str *names = commands.kind == BK_LIST ? BK_NEW_ARRAY(c->cli->arena, bk_str, (size_t)commands.len + 1) : NULL;
    size_t n = 0;
    for (uint32_t i = 0; names && i < commands.len; i++)
        if (name_of(commands.items[i]).n) names[n++] = name_of(commands.items[i]);
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

bk_status bk_cli_plugin_complete(bk_complete *c, bk_str *words, size_t count, bk_err *err) {
    bk_plugin *plugin = bk_cli_plugin_of(c->cli, c->cli->command);
    bk_str path[LEVELS];
    size_t depth = 0;
    bk_map *at = descend(c, read_file(c, plugin), words, &count, path, &depth);
    bk_value commands = list_of(at, "commands"), valid = list_of(at, "validArgs");
    if (c->word.n && c->word.p[0] == '-' && bk_str_find_byte(c->word, '=') == BK_NPOS) {
        hide_shadowed(c, list_of(at, "flags"));
        bk_complete_flags(c, 0, global_count());
        own_flags(c, list_of(at, "flags"));
        c->directive = BK_COMPLETE_NO_FILES;
    } else {
        c->directive = BK_COMPLETE_DEFAULT;
        if (count == 0) sub_commands(c, commands);
        for (uint32_t i = 0; count == 0 && valid.kind == BK_LIST && i < valid.len; i++) {
            bk_str word = word_of(c, valid.items[i]);
            if (word.n) bk_complete_match(c, word, BK_S(""));
        }
        if (valid.kind == BK_LIST && valid.len) {
            if (count == 0) c->directive = BK_COMPLETE_NO_FILES;
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
