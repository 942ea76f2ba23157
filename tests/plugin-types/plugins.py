"""The plugins of the suite, the chart, and the command lines that the real helm has answered."""
import os, shutil

names = []


def plugin(base, folder, text, files=None):
    d = os.path.join(base, folder)
    os.makedirs(d, exist_ok=True)
    with open(d + '/plugin.yaml', 'w') as f:
        f.write(text)
    for name, data in (files or {}).items():
        with open(os.path.join(d, name), 'w') as f:
            f.write(data)
        if data.startswith('#!'):
            os.chmod(os.path.join(d, name), 0o755)


def v1(name, kind='cli/v1', config='', runtime=None):
    if runtime is None:
        runtime = 'runtimeConfig:\n  platformCommand:\n  - command: ${HELM_PLUGIN_DIR}/run.sh\n'
    return 'apiVersion: v1\nname: %s\nversion: 0.1.0\ntype: %s\nruntime: subprocess\n%s%s' % (name, kind, config, runtime)


SHOW = '''#!/bin/sh
printf 'args'; for a in "$@"; do printf ' [%s]' "$a"; done; echo
echo "$HELM_PLUGIN_NAME $HELM_PLUGIN_DIR"
echo "ns=$HELM_NAMESPACE debug=$HELM_DEBUG context=$HELM_KUBECONTEXT token=$HELM_KUBETOKEN qps=$HELM_QPS burst=$HELM_BURST_LIMIT insecure=$HELM_KUBEINSECURE_SKIP_TLS_VERIFY server=$HELM_KUBEAPISERVER groups=$HELM_KUBEASGROUPS"
echo "set: ${HELM_KUBECAFILE+yes} ${HELM_KUBEASUSER+yes} ${HELM_MAX_HISTORY} ${HELM_PLUGINS} ${HELM_CONTENT_CACHE} ${HELM_REPOSITORY_CACHE} ${HELM_REGISTRY_CONFIG}"
echo "secret=$SECRET kubeconfig=$KUBECONFIG"
'''


def wasm(base, name, kind, entry, modules, config='{}', runtime='', module='types'):
    """An Extism plugin: `entry` of one of the modules that tests/plugins compiles."""
    plugin(base, name, 'apiVersion: v1\nname: %s\nversion: 0.1.0\ntype: %s\nruntime: extism/v1\nconfig: %s\nruntimeConfig: {entryFuncName: %s%s}\n' % (name, kind, config, entry, runtime))
    shutil.copy(os.path.join(modules, module + '.wasm'), os.path.join(base, name, 'plugin.wasm'))


FUNCTIONS = ', hostFunctions: [helm_get_values, helm_get_release, helm_lookup, helm_render, helm_log]'


def make_wasm(box, modules):
    p = box + '/plugins'
    for e in 'show reads env exit code big_code error nothing list data garbage trap param'.split():
        wasm(p, 'w-' + e, 'cli/v1', 'cli_' + e, modules)
    wasm(p, 'w-worded', 'cli/v1', 'cli_show', modules, '{usage: word-of-w x, ignoreFlags: true}')
    wasm(p, 'w-spin', 'cli/v1', 'cli_spin', modules, runtime=', timeout: 300')
    wasm(p, 'w-pages', 'cli/v1', 'cli_show', modules, runtime=', memory: {maxPages: 1}')
    wasm(p, 'w-flat', 'cli/v1', 'cli_show', modules, runtime=', maxPages: 64')
    wasm(p, 'w-temp', 'cli/v1', 'cli_show', modules, runtime=', fileSystem: {createTempDir: true}')
    for e in 'same label null blank object fails'.split():
        wasm(p, 'w-pr-' + e, 'postrenderer/v1', 'pr_' + e, modules)
    for e in ['get', 'get_null', 'get_bad', 'get_number']:
        wasm(p, 'w-' + e.replace('_', '-'), 'getter/v1', e, modules, '{protocols: [w%s]}' % e.replace('_', '-'))
    for e in 'values release lookup render render_lookup render_bad render_denied log_lines'.split():
        wasm(p, 'h-' + e, 'cli/v1', e, modules, runtime=FUNCTIONS, module='types_host')
    for e in 'values other_values release'.split():
        wasm(p, 'hp-' + e, 'postrenderer/v1', e, modules, runtime=FUNCTIONS, module='types_host')
    wasm(p, 'h-unasked', 'cli/v1', 'values', modules, module='types_host')
    wasm(p, 'h-unknown', 'cli/v1', 'values', modules, runtime=', hostFunctions: [nope]', module='types_host')
    wasm(box + '/lacking', 'w-none', 'cli/v1', 'cli_show', modules)
    os.remove(box + '/lacking/w-none/plugin.wasm')
    for name, data in (('w-empty', b''), ('w-text', b'#!/bin/sh\n'), ('w-short', open(os.path.join(modules, 'types.wasm'), 'rb').read()[:200])):
        wasm(p, name, 'cli/v1', 'cli_show', modules)
        open(os.path.join(p, name, 'plugin.wasm'), 'wb').write(data)


def make(box):
    p = box + '/plugins'

    def add(name, text, files=None):
        names.append(name)
        plugin(p, name, text, files)

    add('demo', v1('demo', config='config: {shortHelp: shows what it got}\n'), {'run.sh': SHOW})
    add('worded', v1('worded', config='config: {usage: "other-word [flags]", longHelp: "line one\\nline two"}\n'), {'run.sh': SHOW})
    add('noflags', v1('noflags', config='config: {ignoreFlags: true}\n'), {'run.sh': SHOW})
    add('legacy', 'name: legacy\nusage: a legacy one\ncommand: "$HELM_PLUGIN_DIR/run.sh one  two $HELM_PLUGIN_NAME ${HELM_NAMESPACE}x $NOPE."\n', {'run.sh': SHOW})
    add('legacy2', 'name: legacy2\nversion: 1.2.3\nusage: more\ndescription: long\nuseTunnel: true\nplatformCommand:\n- os: linux\n  command: "$HELM_PLUGIN_DIR/run.sh"\n  args: ["a b", "$HELM_PLUGIN_NAME", "$", "$$", "${", "${}", "a$1b", "${HELM_PLUGIN_NAME}", "$HELM_PLUGIN_NAME.x", "${un", "*$*"]\n', {'run.sh': SHOW})
    add('exit7', v1('exit7'), {'run.sh': '#!/bin/sh\necho out; echo err >&2; exit 7\n'})
    add('exit255', v1('exit255'), {'run.sh': '#!/bin/sh\nexit 255\n'})
    add('killed', v1('killed'), {'run.sh': '#!/bin/sh\nkill -9 $$\n'})
    add('reads', v1('reads'), {'run.sh': '#!/bin/sh\nexec tr a-z A-Z\n'})
    add('absent', v1('absent', runtime='runtimeConfig: {platformCommand: [{command: "${HELM_PLUGIN_DIR}/none.sh"}]}\n'))
    add('nopath', v1('nopath', runtime='runtimeConfig: {platformCommand: [{command: no-such-program x}]}\n'))
    add('noexec', v1('noexec'), {'run.sh': 'echo no\n'})
    add('nothing', v1('nothing', runtime=''))
    add('empty', v1('empty', runtime='runtimeConfig: {platformCommand: [{command: ""}]}\n'))
    add('blank', v1('blank', runtime='runtimeConfig: {platformCommand: [{command: " x"}]}\n'))
    add('unset', v1('unset', runtime='runtimeConfig: {platformCommand: [{command: $NOPE}]}\n'))
    add('by-path', v1('by-path', runtime='runtimeConfig: {platformCommand: [{command: on-path, args: [x]}]}\n'))
    choice = lambda n, items: add(n, v1(n, runtime='runtimeConfig:\n  platformCommand:\n' + ''.join('  - {%s, command: echo, args: ["%d"]}\n' % (c, i) for i, c in enumerate(items))))
    choice('choice1', ['arch: ""', 'os: linux', 'os: linux, arch: amd64'])
    choice('choice2', ['os: windows', 'arch: amd64', 'os: linux', 'os: linux'])
    choice('choice3', ['os: windows', 'arch: amd64', 'os: linux, arch: other'])
    choice('choice4', ['arch: ""', 'os: LINUX'])
    choice('choice5', ['os: Linux, arch: AMD64', 'os: linux, arch: amd64'])
    choice('choice6', ['os: ""', 'arch: ""'])
    add('get-legacy', 'name: get-legacy\nversion: 0.1.0\ndownloaders:\n- command: bin.sh x $HELM_PLUGIN_NAME\n  protocols: [made, other]\n- command: fail.sh\n  protocols: [failing]\n- command: absent.sh\n  protocols: [absent]\n',
        {'bin.sh': '#!/bin/sh\nif [ "$4" = "" ]; then :; fi\necho "who: made"; echo "args: \\"$*\\""; echo "user: \\"$HELM_PLUGIN_USERNAME|$HELM_PLUGIN_PASSWORD|$HELM_PLUGIN_PASS_CREDENTIALS_ALL\\""; echo "ns: $HELM_NAMESPACE"\n',
         'fail.sh': '#!/bin/sh\necho no >&2\nexit 3\n'})
    add('get-v1', v1('get-v1', 'getter/v1', 'config: {protocols: [v1made, stray]}\n', 'runtimeConfig:\n  protocolCommands:\n  - protocols: [v1made]\n    platformCommand:\n    - {command: get.sh, args: ["$HELM_PLUGIN_NAME", second]}\n'),
        {'get.sh': '#!/bin/sh\necho "who: v1"; echo "args: \\"$*\\""\n'})
    pr = lambda n, script, config='': add(n, v1(n, 'postrenderer/v1', config), {'run.sh': '#!/bin/sh\n' + script})
    pr('pr-cat', 'exec cat\n')
    pr('pr-empty', 'cat >/dev/null; printf " \\n"\n')
    pr('pr-fail', 'cat >/dev/null; printf "it says \\033[31mwhy\\n" >&2; exit 3\n')
    pr('pr-deaf', 'echo "kind: X"\n')
    pr('pr-label', 'sed "s/^metadata:/metadata:\\n  labels: {by: post}/"\n')
    pr('pr-add', 'cat; printf -- "---\\napiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: added\\ndata:\\n  args: \\"%s\\"\\n" "$*"\n')
    pr('pr-bad', 'cat >/dev/null; echo "a: b: c"\n')
    pr('pr-env', 'cat >/dev/null; printf "apiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: x\\n  namespace: $HELM_NAMESPACE\\n"\n')
    add('complete', v1('complete'), {
        'run.sh': SHOW,
        'completion.yaml': 'name: complete\ncommands:\n- name: status\n  flags: [b, color, c, long-flag]\n- name: list\n  validArgs: [one, other, two]\n  flags: [x, w, z, all]\n- name: deep\n  commands:\n  - name: deeper\n    flags: [q]\n',
        'plugin.complete': '#!/bin/sh\necho "got $*"\necho "with\tdescription"\necho ":4"\n'})
    add('complete2', v1('complete2', config='config: {ignoreFlags: true}\n'), {'run.sh': SHOW, 'plugin.complete': '#!/bin/sh\necho "args:$#" "$@"\necho to-stderr >&2\n'})
    add('complete3', v1('complete3'), {'run.sh': SHOW, 'plugin.complete': '#!/bin/sh\necho x\nexit 1\n'})
    add('complete5', v1('complete5'), {'run.sh': SHOW, 'completion.yaml': 'flags: {a: b}\ncommands: [1, 2]\n'})
    add('complete4', v1('complete4'), {'run.sh': SHOW, 'completion.yaml': 'commands: [\n'})
    os.makedirs(box + '/bin')
    with open(box + '/bin/on-path', 'w') as f:
        f.write('#!/bin/sh\necho on path "$@"\n')
    os.chmod(box + '/bin/on-path', 0o755)
    os.makedirs(box + '/chart/templates')
    files = {'Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 0.1.0\n', 'values.yaml': 'who: default\n',
             'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a # kept\ndata:\n  who: {{ .Values.who }}\n  args: {{ .Values.args | quote }}\n  user: {{ .Values.user | quote }}\n  text: {{ .Values.text | quote }}\n',
             'templates/hook.yaml': 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: hook\n  annotations:\n    helm.sh/hook: pre-install\nspec: {}\n',
             'templates/NOTES.txt': 'notes\n'}
    for name, data in files.items():
        with open(box + '/chart/' + name, 'w') as f:
            f.write(data)


cases = [l for l in r'''
demo
demo a 'b c' d
demo --help
demo -h
demo a -n x b
demo a --namespace x b
demo a --namespace=x b
demo a -nx b
-n x demo a
--namespace=x demo a
--color never demo a
--burst-limit 5 demo a --qps 3
demo --debug=x a
demo -- -n x
demo -n
demo a --namespace
demo --kube-insecure-skip-tls-verify y z
demo --kube-insecure-skip-tls-verify=true z
demo --kube-context c --kube-token t --kube-as-user u --kube-ca-file f --kube-apiserver s --kubeconfig k
demo --content-cache x --color always
demo demo
HELM_NAMESPACE=envns demo
HELM_KUBETOKEN=tt HELM_QPS=1.5 HELM_KUBEASGROUPS=a,b demo
demo --kube-apiserver http://x
worded
other-word a -n b
noflags a --b -n c
legacy a b
legacy2 x
exit7
exit255
killed
reads < 'some text'
absent
nopath
noexec
nothing
empty
blank
unset
by-path y
choice1
choice2
choice3
choice4
choice5
choice6
get-legacy
nonsense
template x chart
template x chart -f made://values
template x chart -f other://x?y=z
template x chart -f v1made://values
template x chart -f failing://x
template x chart -f absent://x
template x chart -f stray://x
template x chart -f unknown://x
template x chart -f MADE://values
template x chart --set-file text=v1made://values
template x chart --post-renderer pr-cat
template x chart --post-renderer pr-empty
template x chart --post-renderer pr-fail
template x chart --post-renderer pr-deaf
template x chart --post-renderer pr-label
template x chart --post-renderer pr-label --no-hooks
template x chart --post-renderer pr-label -s templates/a.yaml
template x chart --post-renderer pr-add --post-renderer-args one --post-renderer-args 'two three'
template x chart --post-renderer-args one --post-renderer pr-add
template x chart --post-renderer-args one --post-renderer pr-add --post-renderer-args ''
template x chart --post-renderer-args one
template x chart --post-renderer pr-bad
template x chart --post-renderer none
template x chart --post-renderer demo
template x chart --post-renderer ''
template x chart --post-renderer pr-cat --post-renderer pr-add
template x chart --post-renderer pr-cat --post-renderer ''
template x chart --post-renderer /bin/cat
plugin list
plugin ls --type getter/v1
plugin list --type nothing
HELM_PLUGINS=/nowhere plugin list
__complete complete ''
__complete complete s
__complete complete status ''
__completeNoDesc complete status -
__completeNoDesc complete status --
__completeNoDesc complete status a --co
__complete complete status a b -n x c
__complete complete list ''
__complete complete list o
__complete complete list one ''
__completeNoDesc complete list -
__complete complete deep ''
__complete complete deep deeper ''
__complete complete deep deeper x y
__complete complete deep x ''
__complete complete nope ''
__complete complete -n x status y ''
__complete complete2 a b c
__complete complete3 ''
__complete complete4 ''
__complete complete5 ''
__completeNoDesc complete5 -
__complete complete -n x ''
__complete complete --debug l
__complete help complete ''
__complete help complete deep ''
__complete help complete status ''
__complete help complete4 ''
__complete help complete5 ''
__complete demo ''
'''.strip().split('\n')]

# The same for Extism plugins, as far as Helm can run them.
wasm_cases = [l for l in r'''
w-show
w-show a 'b c' --x -n ns --debug=y
w-reads < 'some text'
w-worded
word-of-w a --b
template x chart -f wget://a/b?c
template x chart -f wget-null://x
template x chart --set-file text=wget://x
'''.strip().split('\n')]

E = 'apiVersion: v1\nname: x\nversion: 0.1.0\ntype: cli/v1\nruntime: extism/v1\n'
stricter = [
    ('unknown key', E + 'runtimeConfig: {allowedPaths: {/: /}}\n', 'runtimeConfig has an unknown field "allowedPaths"'),
    ('misspelt key', E + 'runtimeConfig: {memory: {maxpages: 4}}\n', 'runtimeConfig has an unknown field "memory.maxpages"'),
    ('unknown key of a subprocess', v1('x', runtime='runtimeConfig: {command: x}\n'), 'runtimeConfig has an unknown field "command"'),
    ('pages', E + 'runtimeConfig: {maxPages: 70000}\n', 'maxPages 70000 is out of range'),
    ('two documents', E + '---\nname: y\n', 'plugin.yaml has more than one document'),
    ('empty file', '', 'EOF'),
]
