#!/usr/bin/env python3
"""Plugins by type, against what the real helm does with the same ones.

run.py BINARY               compares with expected.json, which the real helm made; then what is Bulkhead's own
run.py --record HELM        makes expected.json anew

The plugins are made by plugins.py in a box of their own. Compared are exit code, standard output, and standard error without log lines.
Ends with 'plugin-types: N passed, N failed'.
"""
import http.server, json, os, re, shlex, shutil, subprocess, sys, tempfile, threading

here = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(here, '..'))
import plugins
from suite import check, tally

record = sys.argv[1] == '--record'
binary = os.path.abspath(sys.argv[2] if record else sys.argv[1])
only = sys.argv[2] if not record and len(sys.argv) > 2 else ''
slow = float(os.environ.get('BK_SLOW', '1'))
box = tempfile.mkdtemp(prefix='bulkhead-types.')


def environment(**more):
    env = {'PATH': box + '/bin:/usr/bin:/bin', 'HOME': box + '/home', 'TZ': 'UTC', 'KUBECONFIG': box + '/none', 'HELM_PLUGINS': box + '/plugins', 'SECRET': 'hush'}
    env.update(more)
    return {k: v for k, v in env.items() if v is not None}


def call(words, env, stdin=b'', cwd=None):
    p = subprocess.run([binary] + words, cwd=cwd or box, env=env, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300 * slow)
    return p.returncode, p.stdout.decode('utf-8', 'replace'), p.stderr.decode('utf-8', 'replace')


def result(line):
    words = shlex.split(line.replace('{BOX}', box))
    more = {}
    while '=' in words[0] and not words[0].startswith('-'):
        k, v = words.pop(0).split('=', 1)
        more[k] = v
    stdin = b''
    if '<' in words:
        stdin = words[words.index('<') + 1].encode()
        words = words[:words.index('<')]
    if not record:
        more['BULKHEAD_GRANTS'] = ' '.join('plugin/%s:exec' % n for n in plugins.names)
    rc, out, err = call(words, environment(**more), stdin)
    err = '\n'.join(l for l in err.split('\n') if not re.match(r'(level=|time=|[a-z0-9-]+: |Completion ended)', l) or l.startswith('level=ERROR'))
    err = re.sub(r'plugin (?:"&?[^\n]*"|&[^\n]*|"[a-z0-9-]+") failed to invoke', 'plugin failed to invoke', err)
    clean = lambda s: s.replace(box, '{BOX}')
    return {'rc': rc, 'out': clean(out), 'err': clean(err)}


def compare():
    want = json.load(open(here + '/expected.json'))
    for line in cases:
        if only not in line:
            continue
        got = result(line)
        check(line, got == want.get(line), *[(k, got[k], want.get(line, {}).get(k)) for k in got if got[k] != want.get(line, {}).get(k)])


# ---- Extism ----

def wasm():
    def run(name, *args, **more):
        return call([name] + list(args), environment(**more))

    def fails(name, code, *words, out='', args=(), lines=1, **more):
        rc, got, err = run(name, *args, **more)
        check(name + ' ' + ' '.join(args), rc == code and got == out and all(w in err for w in words) and '\x1b' not in err and err.count('\n') == lines and (name in err or args), rc, got, err)

    fails('w-exit', 7, 'plugin "w-exit": plugin error: module closed with exit_code(7)', lines=2)
    fails('w-code', 9, 'plugin "w-code": plugin error: exit code 9')
    fails('w-big_code', 255, 'plugin error: exit code 65536')
    fails('w-error', 3, 'plugin error: it says \\x1b[31mno')
    fails('w-nothing', 1, 'failed to json marshal plugin output message', 'unexpected end of JSON input')
    fails('w-list', 1, 'json: cannot unmarshal array')
    fails('w-data', 1, 'json: cannot unmarshal string')
    fails('w-garbage', 1, 'invalid character')
    fails('w-trap', 1, 'wasm error: unreachable')
    fails('w-param', 1, 'expected 1 params, but passed 0')
    fails('w-spin', 1, 'context deadline exceeded', '0.300 s')
    fails('w-pages', 1, 'over limit of 1 pages', 'maxPages: ')
    fails('w-temp', 1, 'the guard denies tempdir', '--grant plugin/w-temp:tempdir')
    fails('w-empty', 1, 'plugin "w-empty": failed to create existing plugin: ')
    fails('w-text', 1, 'invalid magic number')
    fails('w-short', 1, 'failed to create existing plugin: ')
    rc, out, err = run('w-none', HELM_PLUGINS=box + '/lacking')
    check('w-none', rc == 1 and 'wasm binary missing for extism/v1 plugin: \\"%s/lacking/w-none/plugin.wasm\\"' % box in err and 'unknown command' in err, rc, err)
    rc, out, err = run('w-flat', 'a')
    check('w-flat', rc == 0 and out == '{"extraArgs":["a"]}\n' and not err, rc, out, err)
    rc, out, err = run('w-temp', BULKHEAD_GRANTS='plugin/w-temp:tempdir')
    check('w-temp granted', rc == 0 and not err, rc, out, err)

    # The environment: Helm's names without secrets, more by grant.
    rc, out, err = run('w-env', HELM_KUBETOKEN='topsecret')
    check('w-env', rc == 0 and 'HELM_NAMESPACE=default' in out and all(x not in out for x in ('hush', 'topsecret', '\nPATH=', '\nHOME=')), out)
    rc, out, err = run('w-env', HELM_KUBETOKEN='topsecret', BULKHEAD_GRANTS='plugin/w-env:env=SECRET plugin/w-env:token=HELM_KUBETOKEN')
    check('w-env granted', rc == 0 and 'SECRET=hush' in out and 'HELM_KUBETOKEN=topsecret' in out and 'PATH=' not in out, out)
    rc, out, err = run('w-env', HELM_KUBETOKEN='topsecret', BULKHEAD_POLICY='helm')
    check('w-env, profile helm', rc == 0 and 'SECRET=hush' in out and 'PATH=' in out, out)

    # Post-renderers, which Helm cannot run.
    plain = call(['template', 'x', 'chart'], environment())
    twin = call(['template', 'x', 'chart', '--post-renderer', 'pr-cat', '--grant', 'plugin/pr-cat:exec'], environment())
    same = call(['template', 'x', 'chart', '--post-renderer', 'w-pr-same', '--post-renderer-args', 'x'], environment())
    check('post-renderer that changes nothing', same == twin and plain[0] == 0, same, twin)
    rc, out, err = call(['template', 'x', 'chart', '--post-renderer', 'w-pr-label'], environment())
    check('label', rc == 0 and out.count('by: wasm') == 2 and 'name: a # kept' in out, rc, out, err)
    for e, words in (('null', 'produced empty output'), ('blank', 'produced empty output'), ('object', 'string of JSON'), ('fails', 'privileged pods are not welcome')):
        rc, out, err = call(['template', 'x', 'chart', '--post-renderer', 'w-pr-' + e], environment())
        check('w-pr-' + e, rc == 1 and words in err and 'w-pr-' + e in err and not out and '\x1b' not in err, rc, out, err)

    for e, words in (('bad', 'illegal base64 data'), ('number', 'cannot unmarshal number')):
        rc, out, err = call(['template', 'x', 'chart', '-f', 'wget-%s://x' % e], environment())
        check('w-get-' + e, rc == 1 and words in err and 'plugin "w-get-%s" failed to invoke: ' % e in err and not out, rc, out, err)

    # Inspection.
    rc, out, err = call(['plugin', 'inspect', 'h-values'], environment())
    check('inspect', rc == 0 and not err and all(re.search(w, out, re.M) for w in (
        r'^Name +h-values$', r'^Runtime +extism/v1$', r'^Digest +sha256:[0-9a-f]{64}$', r'^Asks for +host-function=helm_get_values +not granted: ', r'maxPages .* +profile default$',
        r'extism:host/user helm_render +i64_i64$', r'^Entry +values$', r'^Exports +', r'timeout 30s')), rc, out, err)
    rc, out, err = call(['plugin', 'inspect', box + '/plugins/demo'], environment())
    check('inspect a folder', rc == 0 and re.search(r'^Asks for +exec +not granted: ', out, re.M) and 'your full power' in out, rc, out, err)
    rc, out, err = call(['plugin', 'inspect', 'w-show', '--policy', 'strict'], environment())
    check('inspect: nothing asked for', rc == 0 and 'nothing but computing' in out and 'profile strict' in out, rc, out, err)
    for name, words in (('w-text', 'invalid magic number'), ('w-pages', 'over limit of 1 pages'), ('h-unasked', 'helm_get_values'), ('nobody', 'plugin: nobody not found')):
        rc, out, err = call(['plugin', 'inspect', name], environment())
        check('inspect ' + name, rc == 1 and words in err and err.count('\n') == 1, rc, out, err)

    # Host functions: requested and granted, both.
    fails('h-values', 1, 'the guard denies host-function of helm_get_values', '--grant plugin/h-values:host-function=helm_get_values')
    fails('h-unasked', 1, 'helm_get_values', BULKHEAD_GRANTS='host-function')
    fails('h-unknown', 1, 'plugin requested host function "nope" not found', BULKHEAD_GRANTS='host-function')
    all_of_them = {'BULKHEAD_GRANTS': 'host-function=helm_*'}

    def answers(name, *words, **more):
        rc, out, err = run(name, **{**all_of_them, **more})
        check(name, rc == 0 and all(w in out for w in words) and '\x1b' not in out + err, rc, out, err)

    answers('h-values', '{"error":{"code":"bad-request"')
    answers('h-lookup', '{"error":{"code":"failed"', 'connection refused', KUBECONFIG='/none')
    answers('h-render', '"name: inner"'.replace('"', '')[:4], '{who: plugin}', '"kind":"ConfigMap"', '"path":"small/templates/a.yaml"')
    answers('h-render_lookup', '"code":"failed"', 'small/templates/a.yaml:1:')
    answers('h-render_bad', 'is no path within a chart', 'files or archive', 'bad-request')
    fails('h-render_denied', 1, 'the guard denies schema-ref of https://127.0.0.1:1/schema.json', 'small', 'h-render_denied', **all_of_them)
    answers('h-log_lines', '{}', 'is none of debug, info, warn, error')
    for e, words in (('values', '{"values":{"who":"me"}}'), ('other_values', 'no-cluster'), ('release', '"name":"x","namespace":"deep"')):
        rc, out, err = call(['template', 'x', 'chart', '-n', 'deep', '--set', 'who=me', '--post-renderer', 'hp-' + e], environment(**all_of_them))
        check('hp-' + e, rc == 0 and words in err and 'who: me' in out, rc, out, err)
    # The variable that Extism has for it shows what any plugin writes, as it is.
    words = ['template', 'x', 'chart', '--set', 'who=me', '--post-renderer', 'hp-values']
    rc, out, err = call(words, environment(**all_of_them))
    check('output of a post-renderer', rc == 0 and '{"values"' not in out and err.startswith('hp-values: {"values":{"who":"me"}}\n'), out, err)
    rc, out, err = call(words, environment(EXTISM_ENABLE_WASI_OUTPUT='', **all_of_them))
    check('EXTISM_ENABLE_WASI_OUTPUT', rc == 0 and out.startswith('{"values":{"who":"me"}}\n') and err.startswith('{"values":{"who":"me"}}\n'), out, err)
    rc, out, err = call(['template', 'x', 'chart', '-f', 'wget://x'], environment(EXTISM_ENABLE_WASI_OUTPUT='yes'))
    check('EXTISM_ENABLE_WASI_OUTPUT, a getter', rc == 0 and 'who: wasm' in out and '{"href":"wget://x"' in err and 'w-get: ' not in err, out, err)
    ledger = box + '/ledger2'
    rc, out, err = call(['--ledger', ledger, '--grant', 'plugin/h-render:host-function', 'h-render'], environment())
    text = open(ledger).read() if os.path.exists(ledger) else ''
    check('ledger of host functions', rc == 0 and 'helm_render' in text and 'h-render' in text, rc, err, text)


# ---- a store on loopback ----

class Store(http.server.BaseHTTPRequestHandler):
    """Gives its contents to who has the key; /bucket/away leads to another origin."""
    def do_GET(self):
        self.server.seen.append((self.path, self.headers.get('Authorization'), self.headers.get('X-Store-Key')))
        if self.path == '/bucket/away':
            self.send_response(302)
            self.send_header('Location', 'http://%s:%d/stolen' % (self.server.away_host, self.server.away.server_port))
            self.end_headers()
            return
        good = self.headers.get('Authorization') == 'Bearer k3y' or self.server.open_to_all
        data = b'who: store\n' if good else b'no'
        self.send_response(200 if good else 403)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


def serve():
    s = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Store)
    s.seen, s.open_to_all, s.away, s.away_host = [], False, None, 'localhost'
    threading.Thread(target=s.serve_forever, daemon=True).start()
    return s


def store():
    first, second = serve(), serve()
    first.away, second.open_to_all = second, True
    d = box + '/store'
    plugins.wasm(d, 'store', 'getter/v1', 'helm_plugin_main', modules, '{protocols: [store]}',
                 ', allowedHosts: [localhost], maxHttpResponseBytes: 65536, config: {endpoint: "http://localhost:%d"}' % first.server_port, 'store')

    def get(url, grants):
        first.seen.clear()
        second.seen.clear()
        return call(['template', 'x', 'chart', '-f', url], environment(HELM_PLUGINS=d, STORE_KEY='k3y', BULKHEAD_GRANTS=grants))

    rc, out, err = get('store://bucket/values', '')
    check('store: no grant', rc == 1 and 'the guard denies http of localhost' in err and not first.seen, rc, err, first.seen)
    rc, out, err = get('store://bucket/values', 'plugin/store:http=localhost')
    check('store: host, but no key', rc == 1 and 'the store answered 403' in err and [s[1] for s in first.seen] in (['Bearer'], ['Bearer ']), rc, err, first.seen)
    rc, out, err = get('store://bucket/values', 'plugin/store:http=localhost plugin/store:env=STORE_KEY')
    check('store: host and key', rc == 0 and 'who: store' in out and first.seen == [('/bucket/values', 'Bearer k3y', 'k3y')], rc, out, err, first.seen)
    rc, out, err = get('store://bucket/away', 'plugin/store:http=localhost plugin/store:env=STORE_KEY')
    check('store: another origin gets no key', first.seen and all(s[1:] == (None, None) for s in second.seen), rc, out, err, second.seen)
    first.away_host = '127.0.0.1'
    rc, out, err = get('store://bucket/away', 'plugin/store:http=localhost plugin/store:env=STORE_KEY')
    check('store: a host that was not asked for', rc == 1 and not second.seen and '127.0.0.1' in err, rc, out, err, second.seen)
    first.shutdown()
    second.shutdown()


# ---- what Helm does otherwise ----

def own():
    demo = ['--grant', 'plugin/demo:exec']
    rc, out, err = call(['demo', 'x'], environment())
    check('no grant', rc == 1 and not out and 'the guard denies exec' in err and 'plugin demo 0.1.0' in err and 'your full power' in err and '--grant plugin/demo:exec' in err and err.count('\n') == 1, rc, out, err)
    check('no grant: nothing ran', not os.path.exists(box + '/ran'))
    rc, out, err = call(demo + ['--ledger', box + '/ledger', 'demo', 'x'], environment())
    lines = [json.loads(l) for l in open(box + '/ledger')] if os.path.exists(box + '/ledger') else []
    check('ledger', rc == 0 and any('exec' in json.dumps(l) and 'demo' in json.dumps(l) for l in lines), rc, err, lines)
    rc, out, err = call(demo + ['demo'], environment(HELM_NO_PLUGINS='1'))
    check('HELM_NO_PLUGINS', rc == 1 and 'unknown command "demo"' in err, rc, err)
    rc, out, err = call(['template', 'x', 'chart', '--post-renderer', 'pr-cat'], environment(HELM_NO_PLUGINS='1'))
    check('HELM_NO_PLUGINS, post-renderer', rc == 1 and 'not found' in err, rc, err)

    # Grants for good: bound to the content, taken back again.
    def grants(*words):
        return call(['plugin', *words], environment())

    rc, out, err = grants('grant', 'demo', 'exec')
    check('plugin grant', rc == 0 and out.startswith('Granted exec to the plugin demo 0.1.0\n') and 'sha256:' in out, rc, out, err)
    rc, out, err = call(['demo', 'x'], environment())
    check('granted for good', rc == 0 and 'args [x]' in out, rc, out, err)
    check('granted before', grants('grant', 'demo', 'exec')[1].startswith('Granted before: exec'))
    with open(box + '/plugins/demo/run.sh', 'a') as f:
        f.write('# changed\n')
    rc, out, err = call(['demo', 'x'], environment())
    check('changed since', rc == 1 and not out and 'the guard denies exec' in err, rc, out, err)
    rc, out, err = grants('grant', 'demo', '--requested')
    check('--requested', rc == 0 and 'Granted exec' in out and call(['demo', 'x'], environment())[0] == 0, rc, out, err)
    rc, out, err = grants('revoke', 'demo', 'exec')
    check('plugin revoke', rc == 0 and 'Revoked 2 grants' in out and call(['demo', 'x'], environment())[0] == 1, rc, out, err)
    check('revoke nothing', grants('revoke', 'demo')[0] == 1)
    os.makedirs(box + '/dev')
    os.symlink(box + '/plugins/demo', box + '/dev/demo')
    env = environment(HELM_PLUGINS=box + '/dev')
    rc, out, err = call(['plugin', 'grant', 'demo', 'exec'], env)
    check('development link', rc == 0 and 'unpinned' in out and box + '/plugins/demo' in out, rc, out, err)
    with open(box + '/plugins/demo/run.sh', 'a') as f:
        f.write('# changed again\n')
    check('development link, changed', call(['demo', 'x'], env)[0] == 0 and call(['demo', 'x'], environment())[0] == 1)
    for words, text in ((['grant', 'demo', 'nonsense'], 'nonsense'), (['grant', 'nobody', 'exec'], 'plugin: nobody not found'), (['grant', 'demo'], '--requested'),
                        (['grant', 'demo', 'exec', '--requested'], 'no grants beside it')):
        rc, out, err = grants(*words)
        check('plugin ' + ' '.join(words), rc == 1 and text in err and not out, rc, out, err)
    call(['plugin', 'revoke', 'demo'], environment())

    rc, out, err = call(['help', 'complete'], environment())
    check('help of a plugin has its sub-commands', rc == 0 and not err and '\nAvailable Commands:\n  deep        \n  list        \n  status      \n' in out and 'complete [command]\n' in out, rc, out, err)
    rc, out, err = call(['help', 'complete', 'status'], environment())
    check('and their flags', rc == 0 and not err and 'bulkhead complete status [flags]\n' in out and '  -b, --color       \n' in out and '  -c, --long-flag\n' in out, rc, out, err)
    rc, out, err = call(['__complete', 'plugin', 'inspect', 'pr-'], environment())
    check('completion of names', rc == 0 and 'pr-cat\n' in out and 'demo' not in out and out.endswith(':4\n'), out, err)

    # One bad or doubled plugin takes nobody with it.
    d = box + '/mixed'
    plugins.plugin(d, 'a-bad', 'name: [x\n')
    plugins.plugin(d, 'b-one', plugins.v1('one'), {'run.sh': '#!/bin/sh\necho first\n'})
    plugins.plugin(d, 'c-two', plugins.v1('one'), {'run.sh': '#!/bin/sh\necho second\n'})
    plugins.plugin(d, 'd-three', plugins.v1('three'), {'run.sh': '#!/bin/sh\necho third\n'})
    plugins.plugin(d, 'e-taken', plugins.v1('taken', config='config: {usage: version}\n'), {'run.sh': '#!/bin/sh\necho taken\n'})
    env = environment(HELM_PLUGINS=d)
    rc, out, err = call(['--grant', 'plugin/three:exec', 'three'], env)
    check('others go on', rc == 0 and out == 'third\n', rc, out, err)
    check('bad one named', 'level=WARN msg="failed to load plugin (ignoring)" plugin_yaml=%s/a-bad/plugin.yaml error="failed to load plugin ' % d in err, err)
    check('double named', 'two plugins claim the name \\"one\\" at \\"%s/b-one\\" and \\"%s/c-two\\"' % (d, d) in err, err)
    check('conflict named', 'level=ERROR msg="failed to load plugins: name conflicts" name=version' in err, err)
    check('warned once', err.count('a-bad') == 2, err)
    rc, out, err = call(['--grant', 'plugin/one:exec', 'one'], env)
    check('first wins', rc == 0 and out == 'first\n', rc, out, err)
    rc, out, err = call(['version', '--short'], env)
    check('no search for a command of ours', rc == 0 and 'a-bad' not in err, rc, err)

    # What cannot be read.
    d = box + '/unreadable'
    os.makedirs(d + '/folder/plugin.yaml')
    os.makedirs(d + '/link')
    os.symlink('nowhere', d + '/link/plugin.yaml')
    os.makedirs(d + '/pipe')
    os.mkfifo(d + '/pipe/plugin.yaml')
    os.makedirs(d + '/empty')
    open(d + '/a-file', 'w').close()
    os.symlink('loop', d + '/loop')
    plugins.plugin(d, 'large', '#' * (2 << 20))
    rc, out, err = call(['plugin', 'list'], environment(HELM_PLUGINS=d))
    check('unreadable', rc == 0 and out.count('\n') == 1 and err.count('level=WARN') == 4 and
          'error="failed to read plugin at \\"%s/folder/plugin.yaml\\": read %s/folder/plugin.yaml: is a directory"' % (d, d) in err and
          'error="failed to read plugin at \\"%s/link/plugin.yaml\\": open %s/link/plugin.yaml: no such file or directory"' % (d, d) in err and
          'no regular file' in err and 'larger than 1048576 bytes' in err, out, err)
    rc, out, err = call(['--debug'] + demo + ['demo', 'x'], environment())
    check('--debug', rc == 0 and 'level=DEBUG msg="executing plugin command" pluginName=demo command="%s/plugins/demo/run.sh x"' % box in err, err)

    # Path lists everywhere.
    env = environment(HELM_PLUGINS=':%s/nothing:%s:%s/plugins' % (box, d, box))
    rc, out, err = call(['--grant', 'plugin/get-legacy:exec', 'template', 'x', 'chart', '-f', 'made://values'], env)
    check('getter in a list', rc == 0 and 'who: made' in out, rc, out, err)
    rc, out, err = call(['template', 'x', 'chart', '--set-file', 'text=made://values', '--grant', 'plugin/get-legacy:exec'], environment())
    check('--set-file', rc == 0 and 'text: "who: made' in out, rc, out, err)
    rc, out, err = call(['template', 'x', 'chart', '-f', 'made://values'], environment())
    check('getter without grant', rc == 1 and 'the guard denies exec' in err and 'plugin/get-legacy:exec' in err and not out, rc, out, err)
    rc, out, err = call(['template', 'x', 'chart', '--post-renderer', 'pr-cat'], environment())
    check('post-renderer without grant', rc == 1 and 'the guard denies exec' in err and not out, rc, out, err)
    rc, out, err = call(['template', 'x', 'chart', '--post-renderer', 'pr-fail', '--grant', 'plugin/pr-fail:exec'], environment())
    check('stderr of a post-renderer is shown, escaped', 'pr-fail: it says \\x1b[31mwhy' in err, err)
    rc, out, err = call(['template', 'x', 'chart', '--post-renderer', 'pr-env', '--grant', 'plugin/pr-env:exec', '-n', 'deep'], environment())
    check('HELM_* for post-renderers', rc == 0 and 'namespace: deep' in out, rc, out, err)

    # Credentials are for the repository's own host, whatever its index names.
    d = tempfile.mkdtemp(dir=box)
    plugins.plugin(d, 'shop', plugins.v1('shop', 'getter/v1', 'config: {protocols: [shop]}\n', 'runtimeConfig:\n  protocolCommands:\n  - protocols: [shop]\n    platformCommand:\n    - {command: get.sh}\n'),
                   {'get.sh': '#!/bin/sh\necho "$4 $HELM_PLUGIN_USERNAME" >>"$HELM_PLUGIN_DIR/log"\ncase "$4" in *index.yaml) cat "$HELM_PLUGIN_DIR/index";; *) exit 1;; esac\n',
                    'index': 'apiVersion: v1\nentries:\n' + ''.join('  %s: [{name: %s, version: 0.1.0, urls: ["%s/%s-0.1.0.tgz"]}]\n' % (n, n, u, n) for n, u in (
                        ('own', 'shop://charts.test/elsewhere'), ('near', 'shop://charts.test.evil.test'), ('far', 'shop://evil.test')))})
    for n in 'own', 'near', 'far':
        rc, out, err = call(['pull', n, '--repo', 'shop://charts.test', '--username', 'me', '--password', 'geheim', '--grant', 'plugin/shop:exec'], environment(HELM_PLUGINS=d))
        told = open(d + '/shop/log').read().splitlines()
        check('credentials: ' + n, rc == 1 and told[-2:] == ['shop://charts.test/index.yaml me', {'own': 'shop://charts.test/elsewhere/own-0.1.0.tgz me', 'near': 'shop://charts.test.evil.test/near-0.1.0.tgz ', 'far': 'shop://evil.test/far-0.1.0.tgz '}[n]], told, err)

    # Text of a plugin does not steer the terminal.
    plugins.plugin(d, 'f-rude', plugins.v1('rude', config='config: {usage: "rude \\e[2J", shortHelp: "a\\e[31mb", longHelp: "c\\ad"}\n'), {'run.sh': '#!/bin/sh\n'})
    rc, out, err = call(['help'], environment(HELM_PLUGINS=d))
    check('help', rc == 0 and 'rude' in out and '\x1b' not in out + err, out, err)
    rc, out, err = call(['help', 'rude'], environment(HELM_PLUGINS=d))
    check('help of one', rc == 0 and '\x1b' not in out and '\a' not in out and 'cd' in out, out, err)

    # Stricter descriptors.
    for name, text, words in plugins.stricter:
        d = tempfile.mkdtemp(dir=box)
        plugins.plugin(d, 'x', text, {'plugin.wasm': ''})
        rc, out, err = call(['x'], environment(HELM_PLUGINS=d))
        check('stricter: ' + name, rc == 1 and words in err.replace('\\', '') and 'x/plugin.yaml' in err and not out, rc, err)
    d = tempfile.mkdtemp(dir=box)
    plugins.plugin(d, 'x', plugins.v1('x') + '  strange: 1\n', {'run.sh': '#!/bin/sh\necho ran\n'})
    rc, out, err = call(['x'], environment(HELM_PLUGINS=d, BULKHEAD_POLICY='helm'))
    check('profile helm', rc == 0 and out == 'ran\n' and 'level=WARN' in err and 'strange' in err, rc, out, err)


modules = os.environ.get('BK_PLUGIN_DIR') or os.path.join(os.path.dirname(binary), '..', 'plugins')
have_wasm = os.path.exists(modules + '/types.wasm')
cases = plugins.cases + (plugins.wasm_cases if have_wasm else [])
plugins.make(box)
if have_wasm:
    plugins.make_wasm(box, modules)
else:
    print('plugin-types: SKIPPED the Extism plugins: no modules in ' + modules)
try:
    if record:
        json.dump({l: result(l) for l in cases}, open(here + '/expected.json', 'w'), indent=1, sort_keys=True, ensure_ascii=False)
        open(here + '/expected.json', 'a').write('\n')
    else:
        compare()
        if not only:
            own()
            if have_wasm:
                wasm()
                store()
        tally('plugin-types')
finally:
    shutil.rmtree(box, ignore_errors=True)
