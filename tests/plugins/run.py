#!/usr/bin/env python3
"""Extism plugins through the whole program, looked at from outside.

run.py BINARY MODULES [HELM]      MODULES: where the build put the C plugins; HELM: the real one, to compare with

Ends with 'plugins: N passed, N failed'.
"""
import glob, os, re, shutil, signal, subprocess, sys, tempfile, time

here = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(here, '..'))
import build
from suite import check, skip, tally

binary, modules = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
helm = sys.argv[3] if len(sys.argv) > 3 else os.environ.get('HELM_REAL')
slow = float(os.environ.get('BK_SLOW', '1'))
box = tempfile.mkdtemp(prefix='bulkhead-plugins.')


def environment():
    return {'PATH': '/usr/bin:/bin', 'HOME': box + '/home', 'TMPDIR': box + '/tmp', 'KUBECONFIG': box + '/none', 'HELM_PLUGINS': box + '/plugins',
            'HELM_KUBETOKEN': 'the-token', 'SECRET': 'hush'}


def call(words, program=None, wrapped=()):
    p = subprocess.run(list(wrapped) + [program or binary] + words, cwd=box, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       timeout=120 * slow)
    return p.returncode, p.stdout.decode('utf-8', 'replace'), p.stderr.decode('utf-8', 'replace')


def plugin(name, module, entry, config='', path=None):
    d = os.path.join(box, 'plugins', name)
    os.makedirs(d, exist_ok=True)
    with open(d + '/plugin.yaml', 'w') as f:
        f.write('apiVersion: v1\nname: %s\nversion: 0.1.0\ntype: cli/v1\nruntime: extism/v1\nconfig: {}\nruntimeConfig: {entryFuncName: %s%s}\n' % (name, entry, config))
    shutil.copy(path or os.path.join(modules, module + '.wasm'), d + '/plugin.wasm')


def fails(name, entry, code, text, config='', args=()):
    plugin(name, 'hostile', entry, config)
    begin = time.time()
    rc, out, err = call([name] + list(args))
    check(name, rc == code and text in err and len(err.strip().splitlines()) == 1 and time.time() - begin < 30 * slow, rc, out[:500], err)


def hostile():
    fails('h-loops', 'loops', 1, 'module closed with context deadline exceeded', ', timeout: 200')
    fails('h-sleeps', 'sleeps', 1, 'module closed with context deadline exceeded', ', timeout: 200')
    fails('h-host', 'loops_in_host', 1, 'module closed with context deadline exceeded', ', timeout: 200')
    fails('h-recurses', 'recurses', 1, 'plugin error')
    fails('h-pages', 'echo', 1, 'the plugin needs maxPages: 3 at least', ', memory: {maxPages: 2}')
    fails('h-output', 'outputs_256m', 1, 'output in bytes: more than the limit')
    fails('h-stdout', 'floods_stdout', 1, 'stdout: more than the limit')
    fails('h-vars', 'overfills_vars', 1, 'Variable store is full')
    fails('h-params', 'has_params', 1, 'expected 2 params, but passed 0')
    fails('h-exit', 'exits_3', 3, 'module closed with exit_code(3)')
    fails('h-exit-far', 'exits_300', 255, 'module closed with exit_code(300)')
    fails('h-result', 'returns_7', 7, '')
    fails('h-handle', 'load_beyond', 1, 'could not read value at offset')
    fails('h-http', 'asks_http', 1, 'http of host.example')
    plugin('h-escape', 'hostile', 'sets_error')
    rc, out, err = call(['h-escape'])
    check('h-escape', rc == 1 and 'it is ' in err and '\x1b' not in err, rc, err)
    plugin('u-function', 'user', 'helm_plugin_main')
    rc, out, err = call(['u-function'])
    check('u-function', rc == 1 and 'helm_log' in err, rc, err)


def bad_files():
    for name, data, text in [('b-empty', b'', 'invalid magic number'), ('b-script', b'#!/bin/sh\n', 'invalid magic number'), ('b-short', b'\0asm\1\0\0\0\1\5\1', ''),
                             ('b-component', b'\0asm\x0d\0\1\0', 'invalid version header')]:
        plugin(name, 'hostile', 'echo')
        with open(box + '/plugins/%s/plugin.wasm' % name, 'wb') as f:
            f.write(data)
        rc, out, err = call([name])
        check(name, rc == 1 and text in err and 'failed to create existing plugin' in err and name in err and len(err.strip().splitlines()) == 1, rc, err)
    with open(box + '/plugins/b-empty/plugin.wasm', 'wb') as f:
        f.truncate(3 << 30)
    rc, out, err = call(['b-empty'])
    check('b-huge', rc == 1 and 'larger than' in err, rc, err)


def environment_and_files():
    """What a plugin says about its surroundings; tests/plugins/host_extism.c has the same from within."""
    plugin('e-stdio', 'hostile', 'speaks')
    rc, out, err = call(['e-stdio'])
    check('e-stdio', out == 'out\n' and 'err\n' in err, rc, out, err)


def traced():
    """No file is written but the cache, nothing is connected to, and no program runs but our own compiler."""
    if not shutil.which('strace'):
        return skip('what system calls a call makes: there is no strace')
    plugin('t-files', 'hostile', 'looks_for_files', ', fileSystem: {createTempDir: true}')
    plugin('t-links', 'hostile', 'links', ', fileSystem: {createTempDir: true}')
    plugin('t-sockets', 'hostile', 'sockets')
    for name in ['t-files', 't-links', 't-sockets', 'h-http']:
        for when in ['cold', 'warm']:
            log = box + '/trace'
            call(['--grant', 'plugin/%s:tempdir' % name, name], wrapped=['strace', '-f', '-qq', '-o', log, '-e', 'trace=openat,open,creat,socket,connect,execve,symlink,link,rename,mkdir'])
            if not os.path.exists(log):
                return skip('what system calls a call makes: strace does not work here')
            lines = open(log, errors='replace').read().splitlines()
            wrote = [l for l in lines if re.search(r'O_(WRONLY|RDWR|CREAT)', l) and '/dev/null' not in l and '.new-' not in l]
            made = [l for l in lines if re.search(r'\b(symlink|link)\(', l) or (re.search(r'\b(mkdir|creat)\(', l) and box + '/home' not in l and '= -1' not in l)]
            net = [l for l in lines if re.search(r'\b(socket|connect)\(', l)]
            ran = [l for l in lines if 'execve(' in l and '/bulkhead-compile"' not in l][1:]
            check('%s %s' % (name, when), not wrote and not made and not net and not ran, wrote, made, net, ran)
            check('%s %s reads nothing of others' % (name, when), not any('/etc/passwd' in l or ('/environ' in l and slow == 1) for l in lines))


def children_of(pid):
    found = []
    for status in glob.glob('/proc/[0-9]*/stat'):
        try:
            if int(open(status).read().rsplit(')', 1)[1].split()[1]) == pid:
                found.append(int(status.split('/')[2]))
        except (OSError, ValueError, IndexError):
            pass
    return found


def killed():
    """kill -9 in the middle of a call, and in the middle of compiling: no process, no file is left."""
    if not os.path.isdir('/proc/self'):
        return skip('kill -9: there is no /proc')
    before = sorted(os.listdir(box + '/tmp'))
    plugin('k-loops', 'hostile', 'loops', ', fileSystem: {createTempDir: true}')
    call(['--grant', 'plugin/k-loops:tempdir', 'k-loops'], wrapped=['timeout', '-s', 'KILL', str(2 * slow)])
    check('k-loops', sorted(os.listdir(box + '/tmp')) == before, os.listdir(box + '/tmp'))
    big = build.go()
    if not big:
        return
    plugin('k-compile', None, 'helm_plugin_main', path=big)
    shutil.rmtree(box + '/home', ignore_errors=True)
    os.makedirs(box + '/home')
    p = subprocess.Popen([binary, 'k-compile'], cwd=box, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    child = []
    until = time.time() + 20 * slow
    while not child and p.poll() is None and time.time() < until:
        child = children_of(p.pid)
        time.sleep(0.01)
    p.send_signal(signal.SIGKILL)
    p.wait()
    until = time.time() + 10 * slow
    while child and os.path.exists('/proc/%d' % child[0]) and open('/proc/%d/stat' % child[0]).read().rsplit(')', 1)[1].split()[0] != 'Z' and time.time() < until:
        time.sleep(0.05)
    alive = [c for c in child if os.path.exists('/proc/%d' % c) and open('/proc/%d/stat' % c).read().rsplit(')', 1)[1].split()[0] != 'Z']
    check('k-compile', child and not alive, child, alive)
    check('k-compile leaves nothing', sorted(os.listdir(box + '/tmp')) == before and not glob.glob(box + '/home/**/.new-*', recursive=True))


def languages():
    for name, path in [('l-go', build.go()), ('l-as', build.assemblyscript()), ('l-rust', build.rust())]:
        if not path:
            continue
        plugin(name, None, 'helm_plugin_main', path=path)
        for when in ['cold', 'warm']:
            rc, out, err = call([name, 'a', 'b c'])
            check('%s %s' % (name, when), rc == 0 and not err and (name != 'l-go' or out == 'go plugin: a b c\n'), rc, out, err)
        if helm and os.path.exists(helm):
            theirs = call([name, 'a', 'b c'], program=helm)
            check('%s as in Helm' % name, theirs[:2] == (rc, out), theirs)
        if name != 'l-go':
            plugin(name + '-fails', None, 'fails', path=path)
            rc, out, err = call([name + '-fails'])
            check(name + '-fails', rc == 6, rc, out, err)
        else:
            rc, out, err = call([name, 'exit'])
            check('l-go exit', rc == 3, rc, out, err)
            rc, out, err = call([name, 'env'])
            check('l-go env', rc == 0 and 'the-token' not in out and 'hush' not in out and 'HELM_NAMESPACE=default' in out, out)


for d in ['home', 'tmp', 'plugins']:
    os.makedirs(os.path.join(box, d))
try:
    hostile()
    bad_files()
    environment_and_files()
    traced()
    languages()
    killed()
finally:
    shutil.rmtree(box, ignore_errors=True)
tally('plugins')
