#!/usr/bin/env python3
"""Plugins by type, against what the real helm does with the same ones.

run.py BINARY               compares with expected.json, which the real helm made; then what is Bulkhead's own
run.py --record HELM        makes expected.json anew

The plugins are made by plugins.py in a box of their own. Compared are exit code, standard output, and standard error without log lines.
Ends with 'plugin-types: N passed, N failed'.
"""
import json, os, re, shlex, shutil, subprocess, sys, tempfile

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
import plugins

record = sys.argv[1] == '--record'
binary = os.path.abspath(sys.argv[2] if record else sys.argv[1])
only = sys.argv[2] if not record and len(sys.argv) > 2 else ''
slow = float(os.environ.get('BK_SLOW', '1'))
box = tempfile.mkdtemp(prefix='bulkhead-types.')
passed = failed = 0


def environment(**more):
    env = {'PATH': box + '/bin:/usr/bin:/bin', 'HOME': box + '/home', 'TZ': 'UTC', 'KUBECONFIG': box + '/none', 'HELM_PLUGINS': box + '/plugins', 'SECRET': 'hush'}
    env.update(more)
    return {k: v for k, v in env.items() if v is not None}


def call(words, env, stdin=b'', cwd=None):
    p = subprocess.run([binary] + words, cwd=cwd or box, env=env, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60 * slow)
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
    grants = [] if record or words[0].startswith('__') or words[0] == 'help' else [w for n in plugins.names for w in ('--grant', 'plugin/%s:exec' % n)]
    if not record:
        more['BULKHEAD_GRANTS'] = ' '.join('plugin/%s:exec' % n for n in plugins.names)
    rc, out, err = call(grants + words, environment(**more), stdin)
    err = '\n'.join(l for l in err.split('\n') if not re.match(r'(level=|time=|[a-z0-9-]+: |Completion ended)', l) or l.startswith('level=ERROR'))
    err = re.sub(r'plugin (?:"&?[^\n]*"|&[^\n]*|"[a-z0-9-]+") failed to invoke', 'plugin failed to invoke', err)
    clean = lambda s: s.replace(box, '{BOX}')
    return {'rc': rc, 'out': clean(out), 'err': clean(err)}


def check(name, good, *detail):
    global passed, failed
    if good:
        passed += 1
        return
    failed += 1
    print('FAIL %s: %s' % (name, ' | '.join(repr(d)[:700] for d in detail)))


def compare():
    want = json.load(open(here + '/expected.json'))
    for line in plugins.cases:
        if only not in line:
            continue
        got = result(line)
        check(line, got == want.get(line), *[(k, got[k], want.get(line, {}).get(k)) for k in got if got[k] != want.get(line, {}).get(k)])


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
        check('stricter: ' + name, rc == 1 and words in err and 'x/plugin.yaml' in err and 'Error: unknown command "x"' in err, rc, err)


plugins.make(box)
try:
    if record:
        json.dump({l: result(l) for l in plugins.cases}, open(here + '/expected.json', 'w'), indent=1, sort_keys=True, ensure_ascii=False)
        open(here + '/expected.json', 'a').write('\n')
    else:
        compare()
        if not only:
            own()
        print('plugin-types: %d passed, %d failed' % (passed, failed))
finally:
    shutil.rmtree(box, ignore_errors=True)
sys.exit(1 if failed else 0)
