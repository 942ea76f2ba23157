/* completion: scripts that let shells complete. They ask `__complete` (cmd_complete.c) and know nothing of the commands themselves. @NAME@ is the
 * program, @FN@ the same as part of a function's name, @REQUEST@ the command that is asked. */
#include "cli/commands.h"

static const char bash_script[] =
    "# bash completion for @NAME@                                -*- shell-script -*-\n"
    "#\n"
    "# Asks `@NAME@ @REQUEST@` and shows what it answers. Words of the command line are passed on as they stand: nothing is evaluated.\n"
    "\n"
    "__@FN@_complete() {\n"
    "    # bash has split the line at = and : too; put together again what no blank separates.\n"
    "    local rest=${COMP_LINE:0:COMP_POINT} word i gap\n"
    "    local -a words=()\n"
    "    for ((i = 0; i <= COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        gap=${rest%%[![:space:]]*}\n"
    "        rest=${rest#\"$gap\"}\n"
    "        [[ $rest == \"$word\"* ]] || word=$rest\n"
    "        rest=${rest#\"$word\"}\n"
    "        if ((i > 0)) && [[ -z $gap ]]; then\n"
    "            words[${#words[@]} - 1]+=$word\n"
    "        else\n"
    "            words+=(\"$word\")\n"
    "        fi\n"
    "    done\n"
    "    local last=${words[${#words[@]} - 1]}\n"
    "    local command=${words[0]} prefix=\n"
    "    [[ $command == \"~/\"* ]] && command=$HOME/${command:2}\n"
    "    for ((i = 0; i < ${#words[@]}; i++)); do\n"
    "        word=${words[i]}\n"
    "        case $word in\n"
    "        \\\"*) word=${word#\\\"} word=${word%\\\"} ;;\n"
    "        \\'*) word=${word#\\'} word=${word%\\'} ;;\n"
    "        esac\n"
    "        words[i]=$word\n"
    "    done\n"
    "\n"
    "    local out line directive\n"
    "    out=$(\"$command\" @REQUEST@ \"${words[@]:1}\" 2>/dev/null) || return\n"
    "    directive=${out##*:}\n"
    "    [[ $directive =~ ^[0-9]+$ ]] || return\n"
    "    out=${out%:*}\n"
    "    if ((directive & 1)); then return; fi\n"
    "    if ((directive & 2)); then compopt -o nospace; fi\n"
    "    if ((directive & 4)); then compopt +o default; fi\n"
    "\n"
    "    [[ $last == -*=* ]] && prefix=${last%%=*}= && last=${last#*=}\n"
    "    local -a names=() lines=()\n"
    "    local width=0\n"
    "    while IFS= read -r line; do\n"
    "        [[ -n $line && $line != \"_activeHelp_ \"* ]] || continue\n"
    "        word=${line%%$'\\t'*}\n"
    "        [[ $word == \"$last\"* ]] || continue\n"
    "        names+=(\"$word\")\n"
    "        lines+=(\"$line\")\n"
    "        ((${#word} > width)) && width=${#word}\n"
    "    done <<<\"$out\"\n"
    "\n"
    "    # What bash took as words of their own ends at the last = or :\n"
    "    [[ -n $prefix && $COMP_WORDBREAKS == *=* ]] && prefix=\n"
    "    local cut=\n"
    "    [[ $last == *:* && $COMP_WORDBREAKS == *:* ]] && cut=${last%\"${last##*:}\"}\n"
    "    COMPREPLY=()\n"
    "    for i in \"${!names[@]}\"; do\n"
    "        word=${names[i]}\n"
    "        line=${lines[i]}\n"
    "        # A second Tab lists (COMP_TYPE \"?\"): then descriptions are shown; else the word is taken into the line.\n"
    "        if ((${#names[@]} > 1)) && [[ $COMP_TYPE == 63 && $line == *$'\\t'* ]]; then\n"
    "            printf -v line '%-*s  (%s)' \"$width\" \"$word\" \"${line#*$'\\t'}\"\n"
    "            COMPREPLY+=(\"${line:0:${COLUMNS:-80}}\")\n"
    "        else\n"
    "            word=${word#\"$cut\"}\n"
    "            [[ $word =~ ^[A-Za-z0-9_./:=@%+,~-]*$ ]] || printf -v word %q \"$word\"\n"
    "            COMPREPLY+=(\"$prefix$word\")\n"
    "        fi\n"
    "    done\n"
    "}\n"
    "\n"
    "complete -o default -F __@FN@_complete @NAME@\n";

static const char zsh_script[] =
    "#compdef @NAME@\n"
    "# zsh completion for @NAME@: asks `@NAME@ @REQUEST@` and shows what it answers.\n"
    "\n"
    "_@FN@() {\n"
    "    local -a out items keep\n"
    "    local line name directive\n"
    "    out=(\"${(@f)$(\"${(Q)words[1]}\" @REQUEST@ \"${(@Q)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
    "    directive=${out[-1]#:}\n"
    "    [[ $directive == <-> ]] || return 1\n"
    "    (( directive & 1 )) && return 1\n"
    "    out[-1]=()\n"
    "    for line in \"${out[@]}\"; do\n"
    "        case $line in\n"
    "        '') ;;\n"
    "        '_activeHelp_ '*) compadd -x \"${line#_activeHelp_ }\" ;;\n"
    "        *)\n"
    "            name=${line%%$'\\t'*}\n"
    "            name=${name//:/\\\\:}\n"
    "            if [[ $line == *$'\\t'* ]]; then items+=(\"$name:${line#*$'\\t'}\"); else items+=(\"$name\"); fi\n"
    "            ;;\n"
    "        esac\n"
    "    done\n"
    "    [[ ${words[CURRENT]} == -*=* ]] && compset -P '*='\n"
    "    (( directive & 2 )) && keep=(-S '')\n"
    "    if (( ${#items} )) && _describe -V candidates items \"${keep[@]}\"; then return 0; fi\n"
    "    (( directive & 4 )) || _files\n"
    "}\n"
    "\n"
    "compdef _@FN@ @NAME@\n"
    "# Loaded from $fpath, the file itself is the function's body.\n"
    "[[ $funcstack[1] == _@FN@ ]] && _@FN@ \"$@\"\n";

static const char fish_script[] = "# fish completion for @NAME@: asks `@NAME@ @REQUEST@` and shows what it answers.\n"
                                  "\n"
                                  "function __@FN@_complete\n"
                                  "    set -l words (commandline -opc)\n"
                                  "    set -l last (commandline -ct)\n"
                                  "    set -l out ($words[1] @REQUEST@ $words[2..-1] \"$last\" 2>/dev/null)\n"
                                  "    set -l directive (string match -r -g '^:([0-9]+)$' -- $out[-1])\n"
                                  "    test -n \"$directive\"; or return\n"
                                  "    test (math \"$directive % 2\") -eq 0; or return\n"
                                  "    set -e out[-1]\n"
                                  "    set -l prefix (string match -r -- '^-[^=]*=' \"$last\")\n"
                                  "    set -l found 0\n"
                                  "    for line in $out\n"
                                  "        string match -q -- '_activeHelp_ *' $line; and continue\n"
                                  "        set found 1\n"
                                  "        printf '%s%s\\n' \"$prefix\" $line\n"
                                  "    end\n"
                                  "    # Bit 4: files are no answer here.\n"
                                  "    if test $found -eq 0; and test (math \"floor($directive / 4) % 2\") -eq 0\n"
                                  "        __fish_complete_path (string replace -r -- '^-[^=]*=' '' \"$last\")\n"
                                  "    end\n"
                                  "end\n"
                                  "\n"
                                  "complete -c @NAME@ -e\n"
                                  "complete -c @NAME@ -f -a '(__@FN@_complete)'\n";

static const char powershell_script[] =
    "# PowerShell completion for @NAME@: asks `@NAME@ @REQUEST@` and shows what it answers.\n"
    "\n"
    "Register-ArgumentCompleter -Native -CommandName '@NAME@' -ScriptBlock {\n"
    "    param($wordToComplete, $commandAst, $cursorPosition)\n"
    "\n"
    "    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object {\n"
    "        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }\n"
    "    })\n"
    "    if ($words.Count -eq 0) { return }\n"
    "    $program = $words[0]\n"
    "    $rest = @($words | Select-Object -Skip 1)\n"
    "    # Before 7.3 an empty argument is lost unless it is quoted twice.\n"
    "    $last = $wordToComplete\n"
    "    if ($last -eq '' -and $PSVersionTable.PSVersion -lt [version]'7.3') { $last = '\"\"' }\n"
    "    $out = @(& $program @REQUEST@ @rest $last 2>$null)\n"
    "    if ($out.Count -eq 0 -or $out[-1] -notmatch '^:(\\d+)$') { return }\n"
    "    $directive = [int]$Matches[1]\n"
    "    if ($directive -band 1) { return }\n"
    "\n"
    "    $prefix = ''\n"
    "    $typed = $wordToComplete\n"
    "    if ($typed -match '^(-[^=]*=)(.*)$') { $prefix = $Matches[1]; $typed = $Matches[2] }\n"
    "    $space = if ($directive -band 2) { '' } else { ' ' }\n"
    "    $found = 0\n"
    "    foreach ($line in ($out | Select-Object -SkipLast 1)) {\n"
    "        $name, $text = $line -split \"`t\", 2\n"
    "        if (-not $name -or $name.StartsWith('_activeHelp_ ') -or -not $name.StartsWith($typed)) { continue }\n"
    "        if (-not $text) { $text = $name }\n"
    "        $found++\n"
    "        [System.Management.Automation.CompletionResult]::new(\"$prefix$name$space\", $name, 'ParameterValue', $text)\n"
    "    }\n"
    "    # Without a result PowerShell offers files; an empty text keeps it from that.\n"
    "    if ($found -eq 0 -and ($directive -band 4)) { '' }\n"
    "}\n";

/* The name that the shell will see: the binary's, if it is plain. */
static bk_str plain_name(bk_cli *cli) {
    bk_str name = bk_path_base(cli->binary);
    for (size_t i = 0; i < name.n; i++) {
        char b = name.p[i];
        bool plain =
            (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '_' || (i && (b == '-' || b == '.'));
        if (!plain) return cli->program;
    }
    return name.n ? name : cli->program;
}

static void put_script(bk_buf *out, bk_str script, bk_str name, bk_str request) {
    bk_str head;
    while (bk_str_cut(script, BK_S("@"), &head, &script)) {
        bk_buf_str(out, head);
        if (bk_str_starts(script, BK_S("NAME@"))) {
            bk_buf_str(out, name);
            script = bk_str_from(script, 5);
        } else if (bk_str_starts(script, BK_S("REQUEST@"))) {
            bk_buf_str(out, request);
            script = bk_str_from(script, 8);
        } else if (bk_str_starts(script, BK_S("FN@"))) {
            for (size_t i = 0; i < name.n; i++) bk_buf_byte(out, name.p[i] == '-' || name.p[i] == '.' ? '_' : name.p[i]);
            script = bk_str_from(script, 3);
        } else {
            bk_buf_byte(out, '@');
        }
    }
    bk_buf_str(out, head);
}

static bk_status run(bk_cli *cli, bk_err *err) {
    static const struct {
        const char *shell, *script;
    } scripts[] = {{"bash", bash_script}, {"fish", fish_script}, {"powershell", powershell_script}, {"zsh", zsh_script}};
    bool bare = bk_flags_bool(&cli->flags, "no-descriptions");
    for (size_t i = 0; i < BK_COUNT(scripts); i++)
        if (bk_str_eq(bk_str_c(scripts[i].shell), bk_str_c(cli->command->name)))
            put_script(&cli->out, bk_str_c(scripts[i].script), plain_name(cli), bare ? BK_S("__completeNoDesc") : BK_S("__complete"));
    return bk_buf_check(&cli->out, err);
}

static const bk_flag flags[] = {
    {.name = "no-descriptions", .type = BK_FLAG_BOOL, .help = "complete without descriptions"},
    {0},
};
static const bk_flag *const tables[] = {flags, NULL};

static const bk_command bash = {
    .name = "bash",
    .usage = "",
    .summary = "generate autocompletion script for bash",
    .flags = tables,
    .run = run,
    .help = "Prints the completion script for bash.\n"
            "\n"
            "For this session:     source <(bulkhead completion bash)\n"
            "For every session:    bulkhead completion bash > ~/.local/share/bash-completion/completions/bulkhead",
};
static const bk_command zsh = {
    .name = "zsh",
    .usage = "",
    .summary = "generate autocompletion script for zsh",
    .flags = tables,
    .run = run,
    .help = "Prints the completion script for zsh.\n"
            "\n"
            "For this session:     source <(bulkhead completion zsh)\n"
            "For every session:    bulkhead completion zsh > \"${fpath[1]}/_bulkhead\"",
};
static const bk_command fish = {
    .name = "fish",
    .usage = "",
    .summary = "generate autocompletion script for fish",
    .flags = tables,
    .run = run,
    .help = "Prints the completion script for fish.\n"
            "\n"
            "For this session:     bulkhead completion fish | source\n"
            "For every session:    bulkhead completion fish > ~/.config/fish/completions/bulkhead.fish",
};
static const bk_command powershell = {
    .name = "powershell",
    .usage = "",
    .summary = "generate autocompletion script for powershell",
    .flags = tables,
    .run = run,
    .help = "Prints the completion script for PowerShell.\n"
            "\n"
            "For this session:     bulkhead completion powershell | Out-String | Invoke-Expression\n"
            "For every session, put that line into your profile.",
};
static const bk_command *const shells[] = {&bash, &fish, &powershell, &zsh, NULL};

const bk_command bk_cmd_completion = {
    .name = "completion",
    .usage = "",
    .summary = "scripts that let a shell complete commands",
    .help = "Prints a script for a shell; see each one's help for where to put it.",
    .children = shells,
    .max_args = BK_ARGS_ANY,
};
