#!/usr/bin/env python3
"""Repositories that mean ill, and machines that fail: hostile.py BINARY [CASE]

One clear line, nothing half written, credentials nowhere. The servers listen on 127.0.0.1."""
import gzip, os, resource, shutil, signal, socket, subprocess, sys, threading, time

from stand import *

s = Stand(sys.argv, 'registry-hostile')
GOOD = chart('web', '1.0.0')
ESC = '\x1b[31m'


def refuse_index(name, data, words, seconds=20, lines=1):
    """`repo add` of a server whose index is this; the cache stays empty and the list unwritten."""
    if not s.wants(name):
        return
    h, env = s.home()
    web = Web({'/index.yaml': data}) if isinstance(data, bytes) else data
    url = s.serve(web)
    t = time.monotonic()
    p = s.go(env, 'repo', 'add', 'r', url, '--username', 'me', '--password', 'geheim', timeout=seconds + 60)
    more = [] if time.monotonic() - t < seconds * s.slow else ['took %.1f s' % (time.monotonic() - t)]
    left = [f for f in tree(h) if 'index' in f or 'charts.txt' in f or f.endswith('repositories.yaml')]
    s.bad(name, p, words, ['geheim'], more=more + ['left %s' % f for f in left], lines=lines)


# ---- indexes ----

refuse_index('index/empty', b'', ['empty index.yaml file'])
refuse_index('index/html', b'<!doctype html><html><body>Sign in</body></html>', ['looks like'])
refuse_index('index/json-html', b'{"error": "no"}', ['no API version specified'])
refuse_index('index/list', b'[1, 2]', ['cannot unmarshal array'])
refuse_index('index/no-version', b'entries: {}\n', ['no API version specified'])
refuse_index('index/unknown-field', b'apiVersion: v1\nentries: {}\nfoo: 1\n', ['unknown field'])
# CVE-2020-15187 and its siblings: keys that stand twice
refuse_index('index/CVE-2020-15185/twice', b'apiVersion: v1\nentries:\n  a: []\n  a: []\n', ['already set in map'], lines=2)
refuse_index('index/CVE-2020-15185/field-twice', b'apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, version: 2.0.0}\n', ['already set in map'], lines=2)
refuse_index('index/wrong-type', b'apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, urls: some}\n', ['cannot unmarshal string into Go struct field ChartVersion.entries.urls of type []string'])
refuse_index('index/entries-list', b'apiVersion: v1\nentries: []\n', ['cannot unmarshal array'])
refuse_index('index/bad-yaml', b'apiVersion: v1\nentries: {\n', ['yaml'])
refuse_index('index/nul', b'apiVersion: v1\nentries: {a: "\x00"}\n', ['yaml'])
refuse_index('index/alias-bomb', b'a: &a [x,x,x,x,x,x,x,x,x]\n' + b''.join(b'%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n' % ((n, n) + (n - 1,) * 9) for n in range(ord('b'), ord('k'))), ['excessive aliasing'])
refuse_index('index/deep', b'apiVersion: v1\nentries: ' + b'[' * 1000000, ['looks like'])
refuse_index('index/CVE-2022-23525/null', b'null\n', ['no API version specified'])


class Truncated(Web):
    def answer(self, c, r):
        c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\napiVersion: v1\nentries: {}\n')
        return False


class Endless(Web):
    def answer(self, c, r):
        c.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        block = b'10000\r\n' + b'#' * 65535 + b'\n\r\n'
        while True:
            c.sendall(block)


class Slow(Web):
    def answer(self, c, r):
        c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n')
        for _ in range(600):
            c.sendall(b'#')
            time.sleep(0.2)


class Announced(Web):
    def answer(self, c, r):
        c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\nx')
        return False


refuse_index('answer/truncated', Truncated(), ['EOF'])
refuse_index('answer/endless', Endless(), ['looks like'], seconds=40)
refuse_index('answer/announced', Announced(), ['looks like'])
refuse_index('answer/404', Web(), ['404 Not Found'])
if s.wants('answer/slow'):
    h, env = s.home()
    t = time.monotonic()
    p = s.go(env, 'repo', 'add', 'r', s.serve(Slow()), '--timeout', '2s')
    s.bad('answer/slow', p, ['looks like'], more=[] if time.monotonic() - t < 10 * s.slow else ['took too long'])

for what, where, words in (('file', 'file:///etc/passwd', ['unsupported protocol scheme "file"']), ('ftp', 'ftp://127.0.0.1/x', ['unsupported protocol scheme']),
                           ('metadata', 'http://169.254.169.254/latest', ['refused']), ('loop', '/index.yaml', ['redirect'])):
    web = Web()
    web.answer = lambda c, r, where=where: reply(c, '302 Found', b'', [('Location', where)])
    refuse_index('redirect/' + what, web, words[:1] if what != 'metadata' else ['169.254.169.254'])

# A million versions: an end in time, whatever it is.
if s.wants('index/many'):
    h, env = s.home()
    data = b'apiVersion: v1\nentries:\n  a:\n' + b''.join(b'  - {name: a, version: 1.0.%d, urls: [a]}\n' % i for i in range(1000000))
    t = time.monotonic()
    p = s.go(env, 'repo', 'add', 'r', s.serve(Web({'/index.yaml': data})), timeout=400)
    took = time.monotonic() - t
    if p.returncode == 0:
        s.bad('index/many', s.go(env, 'pull', 'r/a', '--version', '9'), ['no chart version found'])
    else:
        s.bad('index/many', p, ['looks like'])
    s.result('index/many-time', [] if took < 70 * s.slow else ['took %.1f s' % took])

# Entries that are none are left out, the rest is good; names and texts reach no terminal raw (CVE-2021-21303).
if s.wants('index/entries'):
    text = index({'web': [entry('web', '1.0.0', ['web-1.0.0.tgz'], sha256(GOOD)), entry('web', 'nonsense', ['x']), '  - null\n', entry('..', '1.0.0', ['x'])],
                  '"../../x"': [entry('web', '1.0.0', ['x'])], '"%s"' % '\\e[31mred': [entry('red', '1.0.0', ['x'], description='"\\e[31mred"')],
                  'nothing': ['  - {name: nothing, version: 1.0.0, urls: []}\n']})
    web = Web({'/index.yaml': text, '/web-1.0.0.tgz': GOOD})
    h, env = s.home()
    p = s.go(env, 'repo', 'add', 'r', s.serve(web))
    s.good('index/entries/add', p)
    for args in (('search', 'repo'), ('search', 'repo', '-o', 'yaml'), ('search', 'repo', '-o', 'json'), ('__complete', 'pull', 'r/'), ('repo', 'update')):
        p = s.go(env, *args)
        s.result('index/entries/CVE-2021-21303/' + ' '.join(args), ['exit code %d' % p.returncode] * bool(p.returncode) + ['ESC came out'] * ('\x1b' in p.out + p.err))
    s.good('index/entries/pull', s.go(env, 'template', 'x', 'r/web'), words=['web-1.0.0'])
    s.bad('index/entries/no-url', s.go(env, 'pull', 'r/nothing'), ['has no downloadable URLs'])
    s.result('index/entries/inside', [f for f in tree(h) if f.startswith('..')])

# ---- archives ----


def refuse_archive(name, data, words, digest=None, url='web-1.0.0.tgz', command=('pull',), seconds=20, lines=1):
    if not s.wants(name):
        return
    web = data if not isinstance(data, bytes) else Web({'/web-1.0.0.tgz': data})
    web.files['/index.yaml'] = index({'web': [entry('web', '1.0.0', [url], digest or '')]})
    h, env = s.home()
    p = s.go(env, 'repo', 'add', 'r', s.serve(web))
    assert p.returncode == 0, p.err
    d = s.empty()
    t = time.monotonic()
    p = s.go(env, *command, 'r/web', cwd=d, timeout=seconds + 60)
    more = [] if time.monotonic() - t < seconds * s.slow else ['took too long']
    more += ['left %s' % f for f in os.listdir(d)] + ['kept %s' % f for f in leftovers(h)]
    s.bad(name, p, words, more=more, lines=lines)


refuse_archive('archive/digest', GOOD, ['digest mismatch'], digest=sha256(b'other'))
refuse_archive('archive/bad-digest', GOOD, ['encoding/hex: odd length hex string'], digest='abc')
refuse_archive('archive/name', chart('evil', '1.0.0'), ['chart evil 1.0.0', 'web 1.0.0 was asked for'])
refuse_archive('archive/version', chart('web', '6.6.6'), ['6.6.6'])
refuse_archive('archive/html', b'<html>not here</html>', ['gzip'])
refuse_archive('archive/empty', b'', ['EOF'])
refuse_archive('archive/truncated', GOOD[:len(GOOD) // 2], [], command=('template', 'x'))
refuse_archive('archive/missing', Web(), ['404'])
refuse_archive('archive/file-url', GOOD, ['scheme "file" not supported'], url='file:///etc/passwd')
refuse_archive('archive/no-name', GOOD, ['names no file'], url='"/x/.."')
refuse_archive('archive/metadata', GOOD, ['169.254.169.254'], url='http://169.254.169.254/web-1.0.0.tgz')
for what, more in (('CVE-2019-1000008/dotdot', [('web/../../x', b'x')]), ('CVE-2019-1000008/absolute', [('/tmp/x', b'x')]), ('link', None)):
    if more is None:
        from box import special
        import tarfile
        more = [special('web/link', tarfile.SYMTYPE, '/etc/passwd')]
    refuse_archive('archive/' + what, chart('web', '1.0.0', more), [], command=('pull', '--untar'))
# CVE-2024-25620, CVE-2026-35206: a chart's name is a folder's name
for bad in ('..', '.', '../x', 'a/b'):
    data = tgz([('x/Chart.yaml', b'apiVersion: v2\nname: "%s"\nversion: 1.0.0\n' % bad.encode())])
    if s.wants('archive/CVE-2024-25620/' + bad):
        h, env = s.home()
        d = s.empty()
        p = s.go(env, 'pull', s.serve(Web({'/x-1.0.0.tgz': data})) + '/x-1.0.0.tgz', '--untar', cwd=d)
        s.bad('archive/CVE-2024-25620/' + bad, p, ['chart name'], more=['left %s' % f for f in os.listdir(d)])
# CVE-2026-35205: no provenance file, no chart
refuse_archive('archive/CVE-2026-35205', GOOD, ['failed to fetch provenance'], command=('pull', '--verify'))

# A download that breaks off goes on where it was.
if s.wants('resume/'):
    big = chart('web', '1.0.0', [('web/big', os.urandom(3 << 20))])
    seen = []

    class Breaking(Web):
        def answer(self, c, r):
            if r.target != '/web-1.0.0.tgz':
                return super().answer(c, r)
            seen.append(r.headers.get('range'))
            start = int(r.headers['range'][6:-1]) if 'range' in r.headers else 0
            head = '206 Partial Content\r\nContent-Range: bytes %d-%d/%d' % (start, len(big) - 1, len(big)) if start else '200 OK'
            c.sendall(('HTTP/1.1 %s\r\nETag: "a"\r\nContent-Length: %d\r\n\r\n' % (head, len(big) - start)).encode() + big[start:start + (1 << 20)])
            return False
    web = Breaking()
    web.files['/index.yaml'] = index({'web': [entry('web', '1.0.0', ['web-1.0.0.tgz'], sha256(big))]})
    h, env = s.home()
    s.go(env, 'repo', 'add', 'r', s.serve(web))
    d = s.empty()
    s.good('resume/pull', s.go(env, 'pull', 'r/web', cwd=d))
    s.result('resume/whole', [] if os.path.exists(d + '/web-1.0.0.tgz') and open(d + '/web-1.0.0.tgz', 'rb').read() == big else ['not the bytes'])
    s.result('resume/ranges', [] if len(seen) == 4 and seen[1:] == ['bytes=%d-' % (i << 20) for i in (1, 2, 3)] else [str(seen)])

# ---- machines that fail ----

if s.wants('machine/'):
    web = Repository([('web', '1.0.0', GOOD)])
    url = s.serve(web)
    if os.geteuid() != 0:
        h, env = s.home()
        s.go(env, 'repo', 'add', 'r', url)
        os.chmod(h + '/cache/helm', 0o500)
        s.bad('machine/unwritable', s.go(env, 'pull', 'r/web', cwd=s.empty()), ['permission denied'])
        os.chmod(h + '/cache/helm', 0o700)
    # A cache that is no folder.
    h, env = s.home()
    os.makedirs(h + '/cache')
    open(h + '/cache/helm', 'w').write('x')
    s.bad('machine/no-folder', s.go(env, 'repo', 'add', 'r', url), ['not a directory'])
    # A full disk, as a limit on the size of files.
    big = Repository([('web', '1.0.0', chart('web', '1.0.0', [('web/big', os.urandom(2 << 20))]))])
    h, env = s.home()
    s.go(env, 'repo', 'add', 'r', s.serve(big))
    before = tree(h)

    def small():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    d = s.empty()
    p = subprocess.run([s.binary, 'pull', 'r/web'], cwd=d, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=small)
    p.out, p.err = p.stdout.decode(), p.stderr.decode()
    s.bad('machine/full', p, ['ile too large'], more=['left %s' % f for f in os.listdir(d)] + ['kept %s' % f for f in tree(h) if f not in before])
    s.good('machine/full-then', s.go(env, 'pull', 'r/web', cwd=d))

# Two processes in one cache, and one killed at any moment: what is there is whole.
if s.wants('kill/'):
    web = Repository([('web', '1.0.0', chart('web', '1.0.0', [('web/big', os.urandom(1 << 20))]))])
    url = s.serve(web)
    h, env = s.home()
    s.go(env, 'repo', 'add', 'r', url)
    many = [subprocess.Popen([s.binary, 'pull', 'r/web'], cwd=s.empty(), env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(6)]
    s.result('kill/at-once', [p.stderr.read().decode() for p in many if p.wait()])
    up = s.folder({'up/Chart.yaml': 'apiVersion: v2\nname: up\nversion: 0.1.0\ndependencies:\n- {name: web, version: "1", repository: "@r"}\n'}) + '/up'
    s.go(env, 'dependency', 'update', up)
    lock = open(up + '/Chart.lock').read()
    wrong = []
    for i in range(24):
        shutil.rmtree(h + '/cache/helm/content', ignore_errors=True)
        os.remove(up + '/Chart.lock') if i % 2 and os.path.exists(up + '/Chart.lock') else None
        commands = (('pull', 'r/web'), ('repo', 'update'), ('dependency', 'update', up))
        p = subprocess.Popen([s.binary, *commands[i % 3]], cwd=s.empty(), env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.004 * (i + 1) * s.slow)
        p.kill()
        p.wait()
        for f in tree(h + '/cache/helm/content') if os.path.isdir(h + '/cache/helm/content') else []:
            base = os.path.basename(f)
            if base.endswith('.chart') and sha256(open(os.path.join(h, 'cache/helm/content', f), 'rb').read()) != base[:64]:
                wrong.append('a damaged entry in the cache')
        if os.path.exists(up + '/Chart.lock') and open(up + '/Chart.lock').read().split('generated')[0] != lock.split('generated')[0]:
            wrong.append('a damaged Chart.lock')
        if s.go(env, 'template', 'x', 'r/web').returncode:
            wrong.append('the repository is unusable')
    s.result('kill/whole', sorted(set(wrong)))
    s.good('kill/after', s.go(env, 'dependency', 'update', up))

sys.exit(s.finish())
