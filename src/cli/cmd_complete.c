/* __complete, __completeNoDesc: candidates for the shell. */
#include <stdio.h>

#include "base/sort.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "cli/cmd_plugin_run.h"
#include "cli/cmd_plugin_words.h"
#include "cli/commands.h"
#include "cli/complete.h"
#include "cli/flags_tables.h"

bool bk_complete_shows(bk_str s) {
    for (size_t i = 0, width; i < s.n; i += width) {
        uint32_t rune = bk_utf8_decode(bk_str_from(s, i), &width);
        if (!bk_rune_is_print(rune) || (rune == BK_RUNE_ERROR && width == 1)) return false;
    }
    return true;
}

void bk_complete_add(bk_complete *c, bk_str candidate, bk_str description) {
    bk_str line, rest;
    candidate = bk_str_trim(candidate);
    if (!bk_complete_shows(candidate)) return;
    bk_str_cut(description, BK_S("\n"), &line, &rest);
    line = bk_str_trim(line);
    bk_buf_str(&c->cli->out, candidate);
    if (line.n && !c->bare && bk_complete_shows(line)) {
        bk_buf_byte(&c->cli->out, '\t');
        bk_buf_str(&c->cli->out, line);
    }
    bk_buf_byte(&c->cli->out, '\n');
    c->count++;
}

void bk_complete_match(bk_complete *c, bk_str candidate, bk_str description) {
    if (bk_str_starts(candidate, c->word)) bk_complete_add(c, candidate, description);
}

void bk_complete_end(bk_complete *c) {
    if (!c->no_help) bk_buf_c(&c->cli->out, "_activeHelp_ This command does not take any more arguments (but may accept flags).\n");
    c->directive = BK_COMPLETE_NO_FILES;
}

/* In the order of names; the root's with the plugins' among them. */
static void children(bk_complete *c, const bk_command *command) {
    static const bk_command *const none[] = {NULL};
    const bk_command *const *a = command->children ? command->children : none;
    const bk_command *const *b = command == &bk_root_command ? bk_cli_plugin_commands(c->cli) : none;
    while (*a || *b) {
        const bk_command *k = *b && (!*a || strcmp((*b)->name, (*a)->name) < 0) ? *b++ : *a++;
        if (!k->hidden) bk_complete_match(c, bk_str_c(k->name), bk_str_c(k->summary));
    }
}

/* ---- names of flags ---- */

static int by_name(const void *a, const void *b, void *arg) {
    (void)arg;
    return strcmp((*(const bk_flag_value *const *)a)->flag->name, (*(const bk_flag_value *const *)b)->flag->name);
}

static bool repeatable(const bk_flag *f) { return f->type == BK_FLAG_ARRAY || f->type == BK_FLAG_SLICE || f->type == BK_FLAG_MAP; }

/* The flags from..to of the command, in the order of their names. */
void bk_complete_flags(bk_complete *c, size_t from, size_t to) {
    const bk_flags *flags = &c->cli->flags;
    const bk_flag_value **sorted = BK_NEW_ARRAY(flags->arena, const bk_flag_value *, to - from + 1);
    if (!sorted) return;
    for (size_t i = from; i < to; i++) sorted[i - from] = &flags->values[i];
    if (!bk_sort(flags->arena, sorted, to - from, sizeof *sorted, by_name, NULL)) return;
    for (size_t i = 0; i < to - from; i++) {
        const bk_flag *f = sorted[i]->flag;
        bk_str name;
        if (f->hidden || f->deprecated || (sorted[i]->changed && !repeatable(f))) continue;
        if (bk_arena_printf(flags->arena, &name, "--%s", f->name)) bk_complete_match(c, name, bk_str_c(f->help));
        const char letter[] = {'-', f->letter};
        if (f->letter) bk_complete_match(c, bk_str_of(letter, 2), bk_str_c(f->help));
    }
}

/* ---- the last word ---- */

static bool is_flag_word(bk_str w) { return (w.n >= 3 && w.p[0] == '-' && w.p[1] == '-') || (w.n >= 2 && w.p[0] == '-' && w.p[1] != '-'); }

/* The name in "--name" and "-xyz" (its last letter). */
static bk_str flag_name(bk_str w) { return bk_str_starts(w, BK_S("--")) ? bk_str_from(w, 2) : bk_str_from(w, w.n ? w.n - 1 : 0); }

/* The flag whose value the last word is, if any: "--name=val", or "--name" before it, which then leaves the words. *ret_unknown names one that the
 * command does not have. */
static const bk_flag *value_flag(bk_complete *c, const bk_str *words, size_t *count, bk_str *ret_unknown) {
    const bk_flags *flags = &c->cli->flags;
    bk_str name = {NULL, 0}, head, tail;
    bool equals = c->word.n && c->word.p[0] == '-';
    *ret_unknown = name;
    if (equals) {
        if (!bk_str_cut(c->word, BK_S("="), &head, &tail)) return NULL;
        name = flag_name(head);
    } else if (*count && is_flag_word(words[*count - 1]) && bk_str_find_byte(words[*count - 1], '=') == BK_NPOS) {
        name = flag_name(words[*count - 1]);
    }
    if (!name.n) return NULL;
    const bk_flag_value *v = name.n == 1 ? bk_flags_find_letter(flags, name.p[0]) : bk_flags_find(flags, name);
    if (!v) {
        *ret_unknown = name;
        return NULL;
    }
    if (equals) {
        c->word = tail;
        return v->flag;
    }
    if (v->flag->bare || v->flag->type == BK_FLAG_BOOL) return NULL;
    (*count)--;
    return v->flag;
}

/* Reads the words before the last as the command would; *ret_open: flags may still follow (no "--" so far). */
static bk_status parse(bk_complete *c, bk_str *words, size_t count, bool *ret_open, bk_err *err) {
    bk_cli *cli = c->cli;
    bk_buf notices;
    bk_err ignored = BK_ERR_INIT;
    bk_buf_init(&notices, cli->arena, 0);
    words[count] = BK_S("--"); /* an argument if there was one before */
    size_t more = 0;
    bk_status first = bk_flags_parse(&cli->flags, words, count + 1, &cli->args, &more, &notices, &ignored);
    bk_err_release(&ignored);
    cli->argc = 0;
    BK_TRY(bk_flags_parse(&cli->flags, words, count, &cli->args, &cli->argc, &notices, err));
    *ret_open = first != BK_OK || more <= cli->argc;
    return BK_OK;
}

static bk_status nouns(bk_complete *c, bk_err *err) {
    bk_cli *cli = c->cli;
    bool local = false;
    for (size_t i = bk_flags_count(bk_flags_global); i < cli->flags.count; i++) local = local || cli->flags.values[i].changed;
    if (cli->argc == 0 && !local && cli->command->children) {
        children(c, cli->command);
        c->directive = BK_COMPLETE_NO_FILES;
    }
    if (cli->command == &bk_cmd_help) {
        const bk_command *at = &bk_root_command;
        for (size_t i = 0; at && i < cli->argc; i++) {
            at = i ? bk_command_child(at, cli->args[i]) : bk_cli_top(cli, cli->args[i]);
            if (at && !i) bk_plugin_words_attach(cli, at);
        }
        if (at) children(c, at);
        c->directive = BK_COMPLETE_NO_FILES;
        return BK_OK;
    }
    return bk_complete_argument(c, bk_cli_path(cli, cli->command), cli->args, cli->argc, err);
}

static bk_str joined(bk_cli *cli, const bk_str *words, size_t count) {
    bk_buf b;
    bk_buf_init(&b, cli->arena, 0);
    for (size_t i = 0; i < count; i++) {
        if (i) bk_buf_byte(&b, ' ');
        bk_buf_str(&b, words[i]);
    }
    return bk_buf_take(&b);
}

/* Candidates for c->word behind the words. An error is told on standard error, and nothing is offered then. */
static bk_status find(bk_complete *c, bk_str *words, size_t count, bk_err *err) {
    bk_cli *cli = c->cli;
    const size_t before = count;
    bk_str unknown, missing, all = joined(cli, words, count);
    BK_TRY(bk_cli_choose(cli, words, &count, &unknown, err));
    if (cli->command == &bk_root_command && unknown.n)
        return bk_err_set(err, BK_ERR, "unable to find a command for arguments: [%.*s]", BK_FMT(all));
    if (bk_cli_plugin_of(cli, cli->command)) return bk_cli_plugin_complete(c, words, count, count + 1 < before, err);
    bool open = true;
    bk_str last = c->word;
    const bk_flag *flag = value_flag(c, words, &count, &missing);
    all = joined(cli, words, count);
    if (parse(c, words, count, &open, err) != BK_OK) return bk_err_wrap(err, "Error while parsing flags from args [%.*s]", BK_FMT(all));
    if (missing.n && open)
        return bk_err_set(err, BK_ERR, "Subcommand '%s' does not support flag '%.*s'",
                          cli->command == &bk_root_command ? "helm" : cli->command->name, BK_FMT(missing));
    if (bk_flags_bool(&cli->flags, "help")) {
        c->directive = BK_COMPLETE_NO_FILES;
        return BK_OK;
    }
    if (flag && open) return bk_complete_value(c, bk_cli_path(cli, cli->command), bk_str_c(flag->name), err);
    if (!flag && open && last.n && last.p[0] == '-' && bk_str_find_byte(last, '=') == BK_NPOS) {
        size_t global = cli->command == &bk_root_command ? cli->flags.count : bk_flags_count(bk_flags_global);
        bk_complete_flags(c, 0, global);
        bk_complete_flags(c, global, cli->flags.count);
        c->directive = BK_COMPLETE_NO_FILES;
        return BK_OK;
    }
    return nouns(c, err);
}

static bool switched_off(const char *helm, const char *cobra) {
    bk_str v = bk_env(helm);
    if (!v.n) v = bk_env(cobra);
    static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};
    for (size_t i = 0; i < BK_COUNT(no); i++)
        if (bk_str_eq(v, bk_str_c(no[i]))) return true;
    return false;
}

static bk_status answer(bk_cli *cli, bool bare, bk_err *err) {
    if (cli->argc == 0) return bk_err_set(err, BK_ERR, "requires at least 1 arg(s), only received 0");
    bk_complete c = {.cli = cli, .word = cli->args[cli->argc - 1]};
    c.bare = bare || switched_off("HELM_COMPLETION_DESCRIPTIONS", "COBRA_COMPLETION_DESCRIPTIONS");
    c.no_help = bk_str_eq(bk_env("COBRA_ACTIVE_HELP"), BK_S("0")) || bk_str_eq(bk_env("HELM_ACTIVE_HELP"), BK_S("0"));
    bk_str *words = BK_NEW_ARRAY(cli->arena, bk_str, cli->argc + 1);
    if (!words) return bk_arena_fail(cli->arena, err);
    memcpy(words, cli->args, (cli->argc - 1) * sizeof *words);
    bk_err problem = BK_ERR_INIT;
    if (find(&c, words, cli->argc - 1, &problem) != BK_OK) {
        bk_str line;
        if (bk_arena_printf(cli->arena, &line, "[Debug] [Error] %.*s", BK_FMT(bk_err_message(&problem)))) bk_cli_warn(line);
        c.directive = BK_COMPLETE_DEFAULT;
    }
    bk_err_release(&problem);
    bk_buf_printf(&cli->out, ":%u\n", c.directive);
    BK_TRY(bk_cli_flush(cli, err));
    static const char *const names[] = {"Default", "NoSpace", "NoFileComp", "NoSpace, ShellCompDirectiveNoFileComp"};
    fprintf(stderr, "Completion ended with directive: ShellCompDirective%s\n",
            c.directive == BK_COMPLETE_ERROR ? "Error" : names[c.directive / 2]);
    return BK_OK;
}

static bk_status run_described(bk_cli *cli, bk_err *err) { return answer(cli, false, err); }
static bk_status run_bare(bk_cli *cli, bk_err *err) { return answer(cli, true, err); }

#define HELP "Prints what may stand in the place of the last word; the scripts of `completion` call it."

const bk_command bk_cmd_complete = {
    .name = "__complete",
    .usage = "[command-line]",
    .summary = "candidates for a shell",
    .help = HELP,
    .max_args = BK_ARGS_ANY,
    .run = run_described,
    .hidden = true,
    .raw_args = true,
};

const bk_command bk_cmd_complete_no_desc = {
    .name = "__completeNoDesc",
    .usage = "[command-line]",
    .summary = "candidates for a shell, without descriptions",
    .help = HELP,
    .max_args = BK_ARGS_ANY,
    .run = run_bare,
    .hidden = true,
    .raw_args = true,
};
