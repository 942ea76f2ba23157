#!/usr/bin/env python3
"""Hostile plugins through the whole program, looked at from outside: what servers and strace saw, how long it took, how much memory, what was printed.

run_hostile.py BINARY MODULES

Ends with 'plugin-hostile: N passed, N failed'.
"""
import base64, glob, gzip, io, json, os, re, shutil, socket, subprocess, sys, tarfile, tempfile, threading, time

here = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(here, '..'), os.path.join(here, '..', 'net')]
import build, servers
from suite import check, skip, tally

binary, modules = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
slow = float(os.environ.get('BK_SLOW', '1'))
box = tempfile.mkdtemp(prefix='bulkhead-plugin-hostile.')
strace = shutil.which('strace')
traced = {'ASAN_OPTIONS': 'detect_leaks=0'}  # a tracer cannot be traced
MIB = 1024


def environment(**more):
    return dict({'PATH': '/usr/bin:/bin:/usr/sbin:/sbin', 'HOME': box + '/home', 'TMPDIR': box + '/tmp', 'KUBECONFIG': box + '/none', 'HELM_PLUGINS': box + '/plugins',
                 'HELM_KUBETOKEN': 'the-token', 'SECRET': 'hush'}, **more)


class Seen:
    """One run: exit code, output, error, seconds, peak in KiB."""
    def __init__(self, words, wrapped=(), stdin=subprocess.DEVNULL, **more):
        out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        begin = time.time()
        p = subprocess.Popen(list(wrapped) + [binary] + words, cwd=box, env=environment(**more), stdin=stdin, stdout=out, stderr=err)
        timer = threading.Timer(150 * slow, p.kill)
        timer.start()
        _, status, usage = os.wait4(p.pid, 0)
        timer.cancel()
        self.took = time.time() - begin
        self.code = os.waitstatus_to_exitcode(status)
        self.peak = usage.ru_maxrss
        p.returncode = self.code
        for f in (out, err):
            f.seek(0)
        self.out, self.err = out.read(1 << 20), err.read(1 << 20).decode('utf-8', 'replace')

    def __str__(self):
        return 'exit %d, %.1f s, %d KiB: %r %r' % (self.code, self.took, self.peak, self.out[:300], self.err[:900])


def folder(name, kind, entry, config='', about='{}', runtime='extism/v1'):
    d = os.path.join(box, 'plugins', name)
    os.makedirs(d, exist_ok=True)
    with open(d + '/plugin.yaml', 'w') as f:
        f.write('apiVersion: v1\nname: %s\nversion: 0.1.0\ntype: %s\nruntime: %s\nconfig: %s\nruntimeConfig: {entryFuncName: "%s"%s}\n' % (name, kind, runtime, about, entry, config))
    return d


def plugin(name, entry, config='', kind='cli/v1', module='sly', about='{}'):
    d = folder(name, kind, entry, config + ', hostFunctions: [helm_log]', about)
    shutil.copy('%s/%s.wasm' % (modules, module), d + '/plugin.wasm')


def plain(seen, *texts):
    """One line of error that says why, nothing that steers a terminal, and the exit code 1."""
    lines = seen.err.strip('\n').split('\n')
    return seen.code == 1 and len(lines) == 1 and lines[0].startswith('Error: ') and not re.search('[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]', seen.err.strip('\n')) and all(t in seen.err for t in texts)


def stopped(name, entry, *texts, config='', grants='', seconds=25, peak=200 * MIB, kind='cli/v1', run=None):
    plugin(name, entry, config, kind, about='{protocols: [%s]}' % name if kind.startswith('getter') else '{}')
    seen = Seen(run or [name], BULKHEAD_GRANTS=grants)
    check(name, plain(seen, *texts) and seen.took < seconds * slow and (slow > 1 or seen.peak < peak) and not seen.out, seen)


# ---- without a network ----

def alone():
    brief = ', timeout: 300'
    over = 'context deadline exceeded'
    stopped('yields', 'yields', over, config=brief)
    stopped('asks-the-time', 'asks_the_time', over, config=brief)
    stopped('eats-random', 'eats_random', over, config=brief)
    stopped('waits', 'waits_in_pieces', over, config=brief)
    stopped('logs', 'logs_for_ever', over, config=brief)
    stopped('tells', 'tells_for_ever', 'quota of the effect host-function', config=', timeout: 60000', grants='plugin/tells:host-function=helm_log', seconds=60)
    stopped('many-vars', 'many_vars', 'Variable store is full', config=', memory: {maxVarBytes: 1000000}')
    stopped('forges', 'forges_lines', 'plugin "forges": plugin error: all is well\\nError: ')
    stopped('long-error', 'long_error', 'aaaa')
    stopped('deep-answer', 'deep_answer', 'plugin "deep-answer"')
    stopped('many-answers', 'many_answers', 'plugin "many-answers"', peak=700 * MIB)
    stopped('entry-name', 'no\\e[31mentry', 'unknown function: no\\x1b[31mentry')
    for name, hosts, words in (('too-many-hosts', ', '.join('h%d' % i for i in range(2000)), 'allowedHosts has more than 1000 items'), ('bad-host', '"a[b"', 'bad pattern')):
        plugin(name, 'reaches', ', allowedHosts: [%s]' % hosts)
        seen = Seen([name])
        check(name, seen.code == 1 and words in seen.err and name in seen.err and not seen.out, seen)
        shutil.rmtree(box + '/plugins/' + name)

    # The peak of the whole process, where nothing was said of memory, and where something was.
    for name, config, most in (('touches', '', 256), ('touches-little', ', memory: {maxPages: 64}', 4)):
        plugin(name, 'touches_all', config)
        seen = Seen([name])
        check(name, seen.code == 0 and seen.out == b'1 ' and (slow > 1 or seen.peak < (most + 60) * MIB), seen)
    plugin('touches-strict', 'touches_all')
    seen = Seen(['--policy', 'strict', 'touches-strict'])
    check('touches under profile strict', seen.code == 0 and seen.out == b'0 ', seen)
    plugin('blocks', 'touches_blocks')
    seen = Seen(['blocks'])
    check('blocks', seen.code == 0 and int(seen.out) <= 512 and (slow > 1 or seen.peak < 700 * MIB), seen)
    plugin('odd-files', 'odd_files', ', fileSystem: {createTempDir: true}')
    seen = Seen(['odd-files'], BULKHEAD_GRANTS='tempdir')
    check('odd-files', seen.code == 0 and set(seen.out.split()) == {b'1'}, seen)
    plugin('odd-vectors', 'odd_vectors')
    seen = Seen(['odd-vectors'])
    check('odd-vectors', seen.code == 0 and set(seen.out.split()) <= {b'1', b'0'} and seen.out.split()[1:] == [b'1'] * 4, seen)
    plugin('shuffles', 'shuffles_streams')
    seen = Seen(['shuffles'])
    check('shuffles', seen.code == 0 and b'closed' not in seen.out and 'closed' not in seen.err, seen)
    plugin('asks-deeply', 'asks_deeply')
    seen = Seen(['asks-deeply'], BULKHEAD_GRANTS='host-function=helm_log')
    check('asks-deeply', seen.code == 0 and seen.out == b'1', seen)


def post_renderers():
    os.makedirs(box + '/chart/templates', exist_ok=True)
    open(box + '/chart/Chart.yaml', 'w').write('apiVersion: v2\nname: chart\nversion: 0.1.0\n')
    open(box + '/chart/templates/a.yaml', 'w').write('kind: ConfigMap\nmetadata: {name: a}\n')
    out = box + '/tmp/bulkhead-out.yaml'
    for name, entry, most in (('pr-alias', 'alias_bomb', 700), ('pr-many', 'many_documents', 1500), ('pr-out', 'leads_out', 200)):
        plugin(name, entry, kind='postrenderer/v1')
        seen = Seen(['template', 'x', 'chart', '--post-renderer', name, '--output-dir', box + '/out'])
        check(name, seen.took < 90 * slow and seen.code in (0, 1) and '\x1b' not in seen.err and (slow > 1 or seen.peak < most * MIB), seen)
        check(name + ' writes nowhere else', not os.path.exists(out) and not os.path.exists('/tmp/bulkhead-out.yaml') and
              all(os.path.realpath(os.path.join(d, f)).startswith(box + '/out/') for d, _, fs in os.walk(box + '/out') for f in fs))
        shutil.rmtree(box + '/out', ignore_errors=True)


# ---- what was granted, turned against the host ----

def chart(**templates):
    files = {'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 0.1.0\n'}
    files.update(('templates/%s.yaml' % k, v) for k, v in templates.items())
    return json.dumps(json.dumps(files))  # as a text of the configuration


def crafty():
    def runs(name, entry, config='', code=1, texts=(), grants='', peak=250, seconds=40, module='crafty', out=b'', functions='helm_render, helm_get_values', run=None, kind='cli/v1', about='{}', **more):
        d = folder(name, kind, entry, ', hostFunctions: [%s]' % functions + config, about)
        shutil.copy('%s/%s.wasm' % (modules, module), d + '/plugin.wasm')
        seen = Seen(run or [name], BULKHEAD_GRANTS=grants, **more)
        good = plain(seen, *texts) if code else seen.code == 0
        check(name, good and seen.took < seconds * slow and (slow > 1 or seen.peak < peak * MIB) and out in seen.out, seen)
        return seen

    over = 'context deadline exceeded'
    render = 'host-function=helm_render'
    big = chart(a='{{ range $i, $_ := until 20000 }}k{{ $i }}: "{{ repeat 40 "x" }}"\n{{ end }}')
    runs('c-renders', 'renders_for_ever', ', timeout: 4000, config: {files: %s}' % big, texts=['plugin "c-renders"'], grants=render, seconds=90)
    loop = '{{ define "x" }}{{ range until 40000 }}{{ range until 40000 }}{{ end }}{{ end }}{{ end }}{{ template "x" . }}'
    runs('c-loop', 'renders', ', timeout: 1500, config: {files: %s}' % chart(a=loop), texts=['c-loop'], grants=render, peak=300, seconds=15)
    runs('c-include', 'renders', ', config: {files: %s}' % chart(a='{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}'), code=0, out=b'"error"', grants=render)
    runs('c-lookup', 'renders', ', config: {files: %s}' % chart(a='{{ lookup "v1" "Secret" "default" "x" }}'), code=0, grants=render)
    runs('c-files', 'renders', ', config: {files: %s}' % json.dumps(json.dumps({'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 0.1.0\n', '../../../../etc/passwd': 'x', '/etc/shadow': 'x',
         'templates/a.yaml': '{{ .Files.Get "/etc/passwd" }}{{ .Files.Get "../../../../../../etc/passwd" }}'})), code=0, grants=render)
    runs('c-asks', 'asks_for_ever', ', timeout: 3000', texts=['c-asks'], grants='host-function=helm_get_values', seconds=60)
    runs('c-asks-hugely', 'asks_hugely', code=0, out=b'short', grants='host-function=helm_get_values', peak=500)
    runs('c-long-url', 'asks_long_url', ', allowedHosts: ["127.0.0.1"]', texts=['c-long-url'], grants='http=127.0.0.1')
    runs('c-holes', 'makes_holes', code=0, out=b'done', peak=700)
    runs('c-vars', 'turns_vars', ', memory: {maxVarBytes: 1000000}', code=0, out=b'done', peak=150)
    runs('c-tmp', 'churns_tmp', ', fileSystem: {createTempDir: true}', code=0, out=b'done', grants='tempdir', peak=300)
    runs('c-early', 'renders', ', allowedHosts: ["127.0.0.1"]', texts=['the guard denies http of 127.0.0.1'], module='crafty_early')

    # Values and charts of a getter: what it hands out is foreign too.
    def gives(name, data, *words, code=1, texts=(), **more):
        about = '{protocols: [%s]}' % name
        return runs(name, 'gives', ', config: {data: "%s"}' % base64.b64encode(data).decode(), code, texts, kind='getter/v1', about=about, run=[w.replace('@', name + '://x') for w in words], **more)

    bomb = b'a: &a [x,x,x,x,x,x,x,x,x,x]\n' + b''.join(b'%c: &%c [%s]\n' % (98 + i, 98 + i, b','.join([b'*%c' % (97 + i)] * 10)) for i in range(9))
    gives('g-alias', bomb, 'template', 'x', 'chart', '-f', '@', peak=700)
    gives('g-deep', b'[' * 30000, 'template', 'x', 'chart', '-f', '@')
    gives('g-escape', b'a: "\x1b[31m', 'template', 'x', 'chart', '-f', '@')
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode='w:gz') as t:
        for n, data in (('c/Chart.yaml', b'apiVersion: v2\nname: c\nversion: 0.1.0\n'), ('c/../../evil', b'x'), ('/tmp/bulkhead-evil', b'x')):
            i = tarfile.TarInfo(n)
            i.size = len(data)
            t.addfile(i, io.BytesIO(data))
        i = tarfile.TarInfo('c/link')
        i.type, i.linkname = tarfile.SYMTYPE, '/etc/passwd'
        t.addfile(i)
    gives('g-archive', raw.getvalue(), 'pull', '@/c-0.1.0.tgz', '--untar', '--untardir', box + '/pulled')
    check('g-archive: nothing outside', not os.path.exists('/tmp/bulkhead-evil') and not os.path.exists(box + '/evil') and not glob.glob(box + '/pulled/**/link', recursive=True))
    gives('g-zip', gzip.compress(b'\0' * (40 << 20)), 'template', 'x', '@/c.tgz', peak=700, seconds=90)
    runs('g-much', 'gives_much', kind='getter/v1', about='{protocols: [g-much]}', run=['template', 'x', 'chart', '-f', 'g-much://x'], texts=[], peak=1500, seconds=120)

    # Sizes of answers add up to nothing.
    stop, sent = threading.Event(), [0, 0]

    def serve(c):
        body = b'y' * (8 << 20)
        while not stop.is_set():
            head = servers.read_head(c)
            if head is None:
                return
            n = re.search(rb'content-length: (\d+)', head.lower())
            left = (int(n[1]) if n else 0) - len(head.split(b'\r\n\r\n', 1)[1])
            while left > 0:
                left -= len(c.recv(min(left, 1 << 20)) or b'x' * left)
            sent[0] += 1
            c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % len(body) + body)

    server = servers.Server(serve)
    at = 'http://127.0.0.1:%d/' % server.port
    reach = ', timeout: 4000, memory: {maxHttpResponseBytes: 20000000}, allowedHosts: ["127.0.0.1"], config: {url: "%s"}' % at
    wall = box + '/wall.yaml'
    open(wall, 'w').write('version: 1\nprofile: default\nrules:\n  - limits: {wallTimeout: 6s}\n')
    for entry in ('fetches_for_ever', 'posts_for_ever'):
        name = 'c-' + entry.split('_')[0]
        before = sent[0]
        runs(name, entry, reach, texts=[name], grants='http=127.0.0.1', peak=300, run=['--policy', wall, name], seconds=60)
        check(name + ' did', sent[0] > before + 3, sent)
    runs('c-late', 'renders', reach, texts=[over], grants='http=127.0.0.1', peak=300, run=['--policy', wall, 'c-late'], module='crafty_late', seconds=60)
    stop.set()
    server.close()


def wicked():
    """What no limit counted once: room given back, keys that collide, ends that are far away, the last bytes of the stack."""
    functions = ', hostFunctions: [helm_log, helm_render], allowedHosts: [localhost], memory: {maxVarBytes: 1000000}'
    tmp = ', fileSystem: {createTempDir: true}'
    grants = 'tempdir host-function=helm_log host-function=helm_render http=localhost'

    def runs(name, entry, config='', out=None, texts=(), seconds=30, peak=200):
        d = folder(name, 'cli/v1', entry, functions + config)
        shutil.copy(modules + '/wicked.wasm', d + '/plugin.wasm')
        seen = Seen([name], BULKHEAD_GRANTS=grants)
        good = seen.code == 0 and seen.out == out if out is not None else plain(seen, *texts)
        check(name, good and seen.took < seconds * slow and (slow > 1 or seen.peak < peak * MIB), seen)
        return seen

    runs('k-shrinks', 'shrinks', tmp, out=b'30')
    runs('k-overreaches', 'overreaches', tmp, out=b'0')
    runs('k-stirs', 'stirs', tmp, out=b'stirred')
    runs('k-lies-far', 'lies_far', texts=['output in bytes: more than the limit'])
    runs('k-lies-near', 'lies_near', texts=['k-lies-near'], peak=400)
    runs('k-lies-about-input', 'lies_about_input', out=b'10')
    runs('k-handles', 'turns_handles', out=b'turned')
    runs('k-raises', 'raises', out=b'0')
    runs('k-answers', 'answers_colliding', texts=['chosen to collide'], seconds=60)
    runs('k-asks', 'asks_colliding', out=b'{"error":{"code":"bad-request","message":"an object has keys that were chosen to collide"}}', seconds=60)
    runs('k-requests', 'requests_colliding', texts=['chosen to collide'], seconds=60)
    d = folder('k-nonsense', 'cli/v1', 'says_nonsense', functions)
    shutil.copy(modules + '/wicked.wasm', d + '/plugin.wasm')
    seen = Seen(['k-nonsense'], BULKHEAD_GRANTS=grants)
    check('k-nonsense', seen.code == 3 and seen.err.count('\n') == 1 and seen.err.isascii() and '\x1b' not in seen.err, seen)

    # How deep it gets, and then each question from as deep as that.
    few, many = 1000, 4000000
    while many - few > 1:
        depth = (few + many) // 2
        d = folder('k-below', 'cli/v1', 'asks_from_below', functions + ', config: {depth: "%d", what: "3"}' % depth)
        shutil.copy(modules + '/wicked.wasm', d + '/plugin.wasm')
        seen = Seen(['k-below'], BULKHEAD_GRANTS=grants)
        if seen.code == 0:
            few = depth
        else:
            many = depth
            check('k-below %d' % depth, plain(seen, 'stack overflow'), seen)
    for what, good in (0, True), (1, False), (2, True), (3, True):
        for depth in few, few - 50:
            config = ', config: {depth: "%d", what: "%d"}' % (depth, what)
            runs('k-below', 'asks_from_below', config, **({'out': b'returned'} if good else {'texts': ['localhost:9']}))


def gone_wrong():
    """What the standard library of Go offers, tried from within."""
    path = build.go('gosly')
    if not path:
        return skip('hostile plugins in Go: they cannot be built')

    def tries(name, entry, config='', **more):
        d = folder(name, 'cli/v1', entry, config)
        shutil.copy(path, d + '/plugin.wasm')
        return Seen([name], **more)

    for name, config, grants in (('go-files', '', ''), ('go-files-tmp', ', fileSystem: {createTempDir: true}', 'tempdir')):
        seen = tries(name, 'files', config, BULKHEAD_GRANTS=grants)
        own = {'GOT entries of .: 0', 'GOT written: /tmp/bulkhead-go', 'GOT written: bulkhead-go'} if grants else set()  # its tree in memory
        bad = [l for l in seen.out.decode().splitlines() if l.startswith('GOT') and l not in own]
        there = [p for p in ('/tmp/bulkhead-go', '/bulkhead-go', box + '/bulkhead-go', '/tmp/link') if os.path.lexists(p)]
        check(name, seen.code == 0 and b'files done' in seen.out and not bad and not there, seen, bad, there)
    seen = tries('go-beyond', 'beyond', ', timeout: 5000')
    check('go-beyond', seen.code == 0 and b'beyond done' in seen.out and b'GOT' not in seen.out, seen)
    for name, entry, config, texts in (('go-hoards', 'hoards', ', memory: {maxPages: 1000}', ()), ('go-sleeps', 'sleeps', ', timeout: 300', ('deadline exceeded',)), ('go-swarms', 'swarms', ', timeout: 300', ('deadline exceeded',)),
                                       ('go-deadlocks', 'deadlocks', ', timeout: 2000', ()), ('go-recurses', 'recurses', ', memory: {maxPages: 3000}', ()), ('go-panics', 'panics', '', ())):
        seen = tries(name, entry, config)
        last = seen.err.strip().splitlines()[-1:] or ['']
        check(name, seen.code in (1, 2) and last[0].startswith('Error: plugin "%s": ' % name) and all(t in last[0] for t in texts) and seen.took < 40 * slow and (slow > 1 or seen.peak < 450 * MIB), seen)


def words():
    """What a plugin says of itself and of its words: help, lists and completion show it, and are steered by none of it."""
    steer = re.compile(r'[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]')
    d = folder('w-steers', 'cli/v1', 'helm_plugin_main', about=r'{usage: "w-steers \e[31m\u202e[flags]", shortHelp: "a\e]0;title\a\nb", longHelp: "long\e[2J\rover\nline\u202e"}')
    shutil.copy(modules + '/sly.wasm', d + '/plugin.wasm')
    levels = {
        'escapes': 'name: x\nvalidArgs: ["a\\e[31m", "b\\nc", fine]\nflags: ["f\\e[2J", "g\\u202e", good, n, h, help]\ncommands:\n- name: "e\\e]0;x\\a"\n- name: "l\\nError: x"\n- name: ok\n  flags: [z]\n',
        'bomb': ''.join('%s: &%s [%s]\n' % (chr(97 + i), chr(97 + i), ', '.join(['*' + chr(96 + i)] * 10) if i else 'x') for i in range(9)),
        'deep': 'commands: [{name: a, ' * 3000 + '}]' * 3000,
        'wide': 'commands:\n' + ''.join('- name: c%d\n' % i for i in range(30000)),
        'recursive': 'commands: &a\n- name: b\n  commands: *a\n',
        'types': 'commands: {a: b}\nflags: 7\n',
        'huge': 'name: ' + 'x' * (2 << 20),
    }
    for name, text in levels.items():
        with open(d + '/completion.yaml', 'w') as f:
            f.write(text)
        for line in (['help', 'w-steers'], ['help', 'w-steers', 'ok'], ['__complete', 'w-steers', ''], ['__complete', 'w-steers', '-'], ['__complete', 'help', 'w-steers', ''], ['help'], ['plugin', 'list']):
            seen = Seen(line)
            shown = seen.out.decode('utf-8', 'replace')
            check('words %s: %s' % (name, ' '.join(line)), seen.code == 0 and not steer.search(shown) and 'Error: x' not in shown and seen.took < 20 * slow and (slow > 1 or seen.peak < 400 * MIB), seen)
        if name == 'escapes':
            check('the clean ones stay', b'ok' in Seen(['__complete', 'w-steers', '']).out and b'--good' in Seen(['help', 'w-steers']).out)
    shutil.rmtree(d)


def races():
    """A module and a descriptor that change all the time: what was granted reaches the server, nothing else does, and nothing is half one and half the other."""
    server = socket.create_server(('127.0.0.1', 0))
    seen_paths, stop = [], threading.Event()

    def accept():
        while True:
            try:
                c, _ = server.accept()
            except OSError:
                return
            with c:
                seen_paths.append(c.recv(4096).split(b' ')[1:2])
                c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')

    threading.Thread(target=accept, daemon=True).start()
    at = 'http://127.0.0.1:%d' % server.getsockname()[1]
    config = ', allowedHosts: ["127.0.0.1"], config: {url: "%s/%s", method: "GET", headers: ""}'
    d = folder('r-race', 'cli/v1', 'reaches', config % (at, 'granted') + ', hostFunctions: [helm_log]')
    good = open(d + '/plugin.yaml').read(), open(modules + '/sly.wasm', 'rb').read()
    bad = good[0].replace('granted', 'exchang'), good[1] + section(0, text(b'other') + b'x' * 64)
    path = d + '/plugin.wasm'
    open(path, 'wb').write(good[1])
    check('r-race granted', Seen(['plugin', 'grant', 'r-race', 'http=127.0.0.1']).code == 0)

    def exchange():
        n = 0
        while not stop.is_set():
            n += 1
            with open(d + '/new', 'wb') as f:
                f.write((good if n & 1 else bad)[1])
            os.rename(d + '/new', path)
            with open(d + '/new', 'w') as f:
                f.write((good if n & 2 else bad)[0])
            os.rename(d + '/new', d + '/plugin.yaml')

    thread = threading.Thread(target=exchange, daemon=True)
    thread.start()
    ends = {0: 0, 1: 0}
    for _ in range(40 if slow == 1 else 10):
        seen = Seen(['r-race'])
        ends[seen.code] = ends.get(seen.code, 0) + 1
        check('r-race', seen.code == 0 or 'the guard denies' in seen.err or 'changed' in seen.err, seen)
    stop.set()
    thread.join()
    check('only what was granted came', set(map(tuple, seen_paths)) <= {(b'/granted',)} and len(seen_paths) == ends[0], ends, seen_paths[:5])
    server.close()


# ---- files that are no modules, and modules that no compiler writes ----

def leb(n):
    out = b''
    while True:
        out += bytes([n & 127 | (128 if n > 127 else 0)])
        n >>= 7
        if not n:
            return out


def section(kind, data):
    return bytes([kind]) + leb(len(data)) + data


def vector(items):
    return leb(len(items)) + b''.join(items)


def module(*sections):
    return b'\0asm\1\0\0\0' + b''.join(sections)


def text(s):
    return leb(len(s)) + s


VOID = section(1, vector([b'\x60\0\0']))
MAIN = section(7, vector([text(b'helm_plugin_main') + b'\0\0']))


def code(body, local=b'\0'):
    return section(10, vector([leb(len(local + body + b'\x0b')) + local + body + b'\x0b']))


def shapes():
    one = section(3, vector([b'\0']))
    mains = {
        'nested': module(VOID, one, MAIN, code(b'\x02\x40' * 200000 + b'\x0b' * 200000)),
        'locals': module(VOID, one, MAIN, code(b'', b'\1' + leb(4000000000) + b'\x7f')),
        'locals-50000': module(VOID, one, MAIN, code(b'\x20\0\x1a' * 20000, b'\1' + leb(49000) + b'\x7f')),
        'branches': module(VOID, one, MAIN, code(b'\x02\x40' * 30 + (b'\x41\0\x0e' + leb(50000) + b'\0' * 50001) * 20 + b'\x0b' * 30)),
        'functions': module(VOID, section(3, leb(1100000) + b'\0' * 1100000), MAIN, section(10, leb(1100000) + b'\2\0\x0b' * 1100000)),
        'exports': module(VOID, one, section(7, vector([text(b'helm_plugin_main') + b'\0\0'] + [text(b'e%d' % i) + b'\0\0' for i in range(150000)])), code(b'')),
        'types': module(section(1, vector([b'\x60\0\0'] * 1200000)), one, MAIN, code(b'')),
        'many-params': module(section(1, vector([b'\x60' + leb(5000) + b'\x7f' * 5000 + b'\0'])), one, MAIN, code(b'')),
        'table': module(VOID, one, section(4, vector([b'\x70\0' + leb(0xFFFFFFFF)])), MAIN, code(b'')),
        'table-grows': module(VOID, one, section(4, vector([b'\x70\0\1'])), MAIN, code(b'\x03\x40\xd0\x70\x41\x80\x80\x04\xfc\x0f\0\x41\x7f\x47\x0d\0\x0b')),
        'data': module(VOID, one, section(5, vector([b'\0\1'])), MAIN, code(b''), section(11, vector([b'\0\x41\0\x0b' + text(b'x' * 100000)]))),
        'start-data-loop': module(VOID, one, section(8, b'\0'), MAIN, code(b'\x03\x40\x0c\0\x0b')),
        'memory64': module(VOID, one, section(5, vector([b'\4\1'])), MAIN, code(b'')),
        'shared': module(VOID, one, section(5, vector([b'\3\1\2'])), MAIN, code(b'')),
        'names': module(VOID, one, section(7, vector([text(b'a\x1b[31m' * 100000) + b'\0\0'])), code(b'')),
        'import-name': module(VOID, section(2, vector([text(b'e\x1b[2Jv') + text(b'x\nError: y') + b'\0\0'])), one, section(7, vector([text(b'helm_plugin_main') + b'\0\1'])), code(b'')),
        'garbage-tail': module(VOID, one, MAIN, code(b'')) + os.urandom(4096),
        'section-size': b'\0asm\1\0\0\0\1' + leb(0xFFFFFFF0),
        'vector-size': module(section(1, leb(0xFFFFFFFF))),
        'returns-vector': module(section(1, vector([b'\x60\0\1\x7b'])), one, MAIN, code(b'\xfd\x0c' + b'\xff' * 16)),
        'returns-reference': module(section(1, vector([b'\x60\0\1\x70'])), one, MAIN, code(b'\xd0\x70')),
        'returns-number': module(section(1, vector([b'\x60\0\1\x6c'])), one, MAIN, code(b'\x41\1\xfb\x1c')),
        'returns-typed': module(section(1, vector([b'\x60\0\0', b'\x60\0\1\x63\0'])), section(3, vector([b'\1'])), MAIN, code(b'\xd0\0')),
        'returns-many': module(section(1, vector([b'\x60\0' + vector([b'\x7f'] * 900)])), one, MAIN, code(b'\x41\0' * 900)),
        'takes-vector': module(section(1, vector([b'\x60\1\x7b\0'])), one, MAIN, code(b'')),
        'starts-vector': module(section(1, vector([b'\x60\0\0', b'\x60\2\x7b\x7b\0'])), section(3, vector([b'\0', b'\1'])),
                                section(7, vector([text(b'helm_plugin_main') + b'\0\0', text(b'hs_init') + b'\0\1'])), section(10, vector([b'\2\0\x0b'] * 2))),
        'imports-vector': module(section(1, vector([b'\x60\0\0', b'\x60\1\x7b\1\x7b'])), section(2, vector([text(b'extism:host/env') + text(b'alloc') + b'\0\1'])),
                                 section(3, vector([b'\0'])), section(7, vector([text(b'helm_plugin_main') + b'\0\1'])), code(b'')),
        'imports-global': module(VOID, section(2, vector([text(b'extism:host/env') + text(b'alloc') + b'\3\x7b\0'])), one, MAIN, code(b'')),
        'imports-many': module(VOID, section(2, vector([text(b'extism:host/env') + text(b'reset') + b'\0\0'] * 110000)), one,
                               section(7, vector([text(b'helm_plugin_main') + b'\0' + leb(110000)])), code(b'')),
        'exports-vector': module(section(1, vector([b'\x60\0\0', b'\x60\0\1\x7b'])), section(3, vector([b'\0', b'\1'])), section(6, vector([b'\x7b\0\xfd\x0c' + b'\0' * 16 + b'\x0b'])),
                                 section(7, vector([text(b'helm_plugin_main') + b'\0\0', text(b'v') + b'\0\1', text(b'g') + b'\3\0'])),
                                 section(10, vector([b'\2\0\x0b', leb(20) + b'\0\xfd\x0c' + b'\0' * 16 + b'\x0b']))),
        'component': b'\0asm\x0d\0\1\0' + b'\0' * 20,
        'structures': module(section(1, vector([b'\x60\0\0', b'\x5f\1\x7f\1'])), one, MAIN, code(b'\xfb\1\1\x1a')),
        'exceptions': module(VOID, one, section(13, vector([b'\0\0'])), MAIN, code(b'\x08\0')),
        'tail-call': module(VOID, one, MAIN, code(b'\x12\0')),
        'call-by-reference': module(VOID, one, MAIN, section(9, vector([b'\3\0\1\0'])), code(b'\xd2\0\x14\0')),
        'fills': module(VOID, one, section(5, vector([b'\0\x10'])), MAIN, code(b'\x03\x40\x41\0\x41\1\x41\x80\x80\xc0\0\xfc\x0b\0\x0c\0\x0b')),
        'grows-by-nothing': module(VOID, one, section(5, vector([b'\0\1'])), MAIN, code(b'\x03\x40\x41\0\x40\0\x1a\x0c\0\x0b')),
        'customs': module(VOID, one, MAIN, code(b''), *[section(0, text(b'c'))] * 200000),
        'simd-loop': module(VOID, one, MAIN, code(b'\xfd\x0c' + b'\0' * 16 + b'\x1a\x03\x40\x0c\0\x0b')),
    }
    for name, data in mains.items():
        d = folder('m-' + name, 'cli/v1', 'helm_plugin_main', ', timeout: 400, memory: {maxPages: 16}')
        with open(d + '/plugin.wasm', 'wb') as f:
            f.write(data)
        seen = Seen(['m-' + name])
        check('m-' + name, plain(seen, 'm-' + name) and seen.took < 90 * slow and (slow > 1 or seen.peak < 3000 * MIB), seen)
    d = folder('f-fifo', 'cli/v1', 'x')
    os.mkfifo(d + '/plugin.wasm')
    for name, target in (('f-zero', '/dev/zero'), ('f-tty', '/dev/tty'), ('f-loop', 'plugin.wasm'), ('f-dir', '/'), ('f-proc', '/proc/self/mem')):
        os.symlink(target, folder(name, 'cli/v1', 'x') + '/plugin.wasm')
    for name in ('f-fifo', 'f-zero', 'f-tty', 'f-loop', 'f-dir', 'f-proc'):
        seen = Seen([name])
        check(name, seen.code == 1 and seen.took < 20 * slow and name in seen.err and not seen.out, seen)
        shutil.rmtree(box + '/plugins/' + name)


# ---- the network: a server that writes down who came ----

class Server(servers.Server):
    """Answers by path, as long as the answer says that the connection goes on."""
    def __init__(self, answer, host='127.0.0.1'):
        self.answer, self.seen = answer, []
        super().__init__(self.serve, address=host)

    def serve(self, c):
        while (data := servers.read_head(c)) is not None:
            self.seen.append(data)
            if self.answer(c, data.split(b' ')[1].decode('latin-1')) is not True:
                return


def network():
    sent = [0]

    def flood(c, head, piece):
        c.sendall(head)
        begin = time.time()
        while time.time() - begin < 40:
            c.sendall(piece)
            sent[0] += len(piece)

    def answer(c, path):
        to = '/' + path.split('?to=')[1] if '?to=' in path else ''
        ok = b'HTTP/1.1 200 OK\r\n'
        if path.startswith('/good'):
            c.sendall(ok + b'Content-Length: 4\r\n\r\ngood')
            return True
        if path.startswith('/circle'):
            c.sendall(b'HTTP/1.1 302 Found\r\nLocation: /circle\r\nContent-Length: 0\r\n\r\n')
            return True
        if path.startswith('/to'):
            c.sendall(b'HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n' % to[1:].encode())
            return True
        if path.startswith('/endless'):
            flood(c, ok + b'Transfer-Encoding: chunked\r\n\r\n', b'1000\r\n' + b'x' * 4096 + b'\r\n')
        if path.startswith('/claims'):
            c.sendall(ok + b'Content-Length: 99999999999\r\n\r\n')
            time.sleep(5)
        if path.startswith('/headers'):
            flood(c, ok, b'X-A: ' + b'a' * 1000 + b'\r\n')
        if path.startswith('/line'):
            flood(c, ok + b'X-A: ', b'a' * 65536)
        if path.startswith('/informs'):
            flood(c, b'', b'HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n')
        if path.startswith('/silent'):
            time.sleep(60)
        if path.startswith('/drips'):
            c.sendall(ok + b'Content-Length: 4000\r\n\r\n')
            for _ in range(200):
                c.sendall(b'x')
                time.sleep(0.2)
        if path.startswith('/bomb'):
            import gzip
            body = gzip.compress(b'\0' * (64 << 20))
            c.sendall(ok + b'Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n' % len(body) + body)
        if path.startswith('/breaks'):
            c.sendall(b'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\0\r\n\r\n')

    server, other = Server(answer), Server(answer)
    at, away = 'http://127.0.0.1:%d' % server.port, 'http://localhost:%d' % other.port

    def reach(name, url, *texts, good=None, config='', hosts='127.0.0.1', grants='http=127.0.0.1', seconds=30, entry='reaches', method='GET', headers=''):
        server.seen.clear()
        other.seen.clear()
        sent[0] = 0
        quoted = headers.replace('\\', '\\\\').replace('"', '\\"')
        plugin(name, entry, config + ', allowedHosts: ["%s"], config: {url: "%s", method: "%s", headers: "%s"}' % (hosts, url.replace('\\', '\\\\'), method, quoted))
        seen = Seen([name], BULKHEAD_GRANTS=' '.join('plugin/%s:%s' % (name, g) for g in grants.split()))
        if good is not None:
            check(name, seen.code == 0 and seen.out == good, seen)
        else:
            check(name, plain(seen, *texts) and not seen.out and seen.took < seconds * slow and (slow > 1 or seen.peak < 200 * MIB), seen)
        return seen

    reach('n-good', at + '/good', good=b'200 4 \n')
    check('n-good was seen', len(server.seen) == 1)
    reach('n-denied', at + '/good', 'the guard denies http of 127.0.0.1', '--grant plugin/n-denied:http=127.0.0.1', grants='http=example.com')
    check('n-denied: nobody came', not server.seen)
    reach('n-unlisted', at + '/good', '127.0.0.1', hosts='example.com')
    check('n-unlisted: nobody came', not server.seen)
    reach('n-pattern', at + '/good', 'granted letter by letter', grants='http=**')
    check('n-pattern: nobody came', not server.seen)

    # Redirects: each is looked at.
    reach('n-away', at + '/to?to=' + away + '/good', 'http of localhost')
    check('n-away: one came, the other did not', len(server.seen) == 1 and not other.seen, server.seen, other.seen)
    secret = '"Authorization": "Bearer k3y", "Cookie": "a=b", "X-Key": "k3y"'
    reach('n-origin', at + '/to?to=http://127.0.0.1:%d/good' % other.port, good=b'200 4 \n', headers=secret)
    check('n-origin: no headers to another origin', len(other.seen) == 1 and b'k3y' in server.seen[0] and b'k3y' not in other.seen[0] and b'a=b' not in other.seen[0], other.seen)
    for name, to in (('file', 'file:///etc/passwd'), ('gopher', 'gopher://127.0.0.1/x'), ('metadata', 'http://169.254.169.254/latest/'), ('mapped', 'http://[::ffff:169.254.169.254]/'),
                     ('userinfo', 'http://127.0.0.1@169.254.169.254/'), ('zero', 'http://0.0.0.0:%d/good' % other.port), ('break', 'http://127.0.0.1:1/\tx')):
        reach('n-to-' + name, at + '/to?to=' + to)
        check('n-to-%s: nobody else came' % name, not other.seen, other.seen)
    reach('n-circle', at + '/circle', 'redirect')
    check('n-circle', len(server.seen) <= 12, len(server.seen))

    # Names for the same thing, of which only the other one is allowed.
    for name, url, allowed in (('decimal', 'http://2130706433:%d/good', 'localhost'), ('octal', 'http://0177.0.0.1:%d/good', 'localhost'), ('short', 'http://127.1:%d/good', 'localhost'),
                               ('hex', 'http://0x7f.0.0.1:%d/good', 'localhost'), ('at', 'http://localhost@127.0.0.1:%d/good', 'localhost'), ('mapped', 'http://[::ffff:127.0.0.1]:%d/good', '127.0.0.1'),
                               ('backslash', 'http://127.0.0.1\\@localhost:%d/good', '127.0.0.1'), ('wide', 'http://\\uff11\\uff12\\uff17.0.0.1:%d/good', 'localhost'),
                               ('blank', 'http://127.0.0.1 localhost:%d/good', '127.0.0.1'), ('dot', 'http://localhost.:%d/good', '127.0.0.1'), ('case', 'http://LOCALHOST:%d/good', '127.0.0.1'),
                               ('percent', 'http://%%6cocalhost:%d/good', '127.0.0.1'), ('ftp', 'ftp://127.0.0.1:%d/good', '127.0.0.1'), ('none', 'file:///etc/passwd?%d', '127.0.0.1'),
                               ('relative', '//127.0.0.1:%d/good', '127.0.0.1')):
        reach('n-url-' + name, url % other.port, hosts=allowed, grants='http=' + allowed)
        check('n-url-%s: nobody came' % name, not other.seen and not server.seen, other.seen)

    # What goes out.
    reach('n-frame', at + '/good', good=b'200 4 \n', headers='"Host": "other.example", "Content-Length": "99", "Transfer-Encoding": "chunked", "Connection": "upgrade", "X-Fine": "1"')
    head = server.seen[0].lower() if server.seen else b''
    check('n-frame', b'x-fine: 1' in head and b'other.example' not in head and b'chunked' not in head and b'upgrade' not in head and b'content-length: 99' not in head, head)
    reach('n-crlf', at + '/good', 'line break', headers='"X": "a\\r\\nY: b"')
    reach('n-method', at + '/good', 'method', method='CONNECT')
    reach('n-method-break', at + '/good', method='GET /x HTTP/1.1\\\\r\\\\nA: b')
    check('n-method: nobody came', not server.seen, server.seen)
    reach('n-quota', at + '/good', 'HTTP requests of one call', entry='reaches_for_ever', seconds=60)

    # What comes back.
    reach('n-endless', at + '/endless', 'too large')
    check('n-endless: told to stop', sent[0] < 16 << 20, sent)
    reach('n-claims', at + '/claims', 'too large')
    reach('n-claims-much', at + '/endless', 'too large', config=', memory: {maxHttpResponseBytes: 100000}')
    check('n-claims-much: told to stop', sent[0] < 16 << 20, sent)
    reach('n-headers', at + '/headers', 'of headers')
    check('n-headers: told to stop', sent[0] < 16 << 20, sent)
    reach('n-line', at + '/line', 'a line of headers longer than 100 KiB')
    check('n-line: told to stop', sent[0] < 16 << 20, sent)
    reach('n-informs', at + '/informs', seconds=70, config=', timeout: 2000')
    reach('n-bomb', at + '/bomb', 'too large', config=', memory: {maxHttpResponseBytes: 50000}')
    plugin('n-breaks', 'reaches', ', allowedHosts: ["127.0.0.1"], config: {url: "%s/breaks", method: "GET", headers: ""}' % at)
    seen = Seen(['n-breaks'], BULKHEAD_GRANTS='http=127.0.0.1')
    check('n-breaks', seen.code == 1 or seen.out == b'200 0 \n', seen)
    tight = box + '/tight.yaml'
    with open(tight, 'w') as f:
        f.write('version: 1\nprofile: default\nrules:\n  - limits: {wallTimeout: 2s}\n')
    for name in ('silent', 'drips'):
        server.seen.clear()
        plugin('n-' + name, 'reaches', ', timeout: 1000, allowedHosts: ["127.0.0.1"], config: {url: "%s/%s", method: "GET", headers: ""}' % (at, name))
        seen = Seen(['--policy', tight, '--grant', 'http=127.0.0.1', 'n-' + name])
        check('n-' + name, plain(seen) and seen.took < 20 * slow, seen)
    server.close()
    other.close()


def names():
    """Private addresses behind allowed names: a table of hosts of our own, where a mount namespace is to be had."""
    hosts = box + '/hosts'
    with open(hosts, 'w') as f:
        f.write('127.0.0.1 localhost\n10.1.2.3 private.example\n169.254.169.254 meta.example\n127.0.0.1 loop.example\n::ffff:127.0.0.1 mapped.example\n'
                '64:ff9b::a00:1 nat.example\nfe80::1 link.example\n0.0.0.0 zero.example\n')
    wrapped = ['unshare', '-m', 'sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"', hosts]
    if not strace or subprocess.run(wrapped + ['true'], stderr=subprocess.DEVNULL).returncode:
        return skip('names with private addresses: no mount namespace of our own, or no strace')
    for name, host, grant, texts in (('private', 'private.example', 'http=*.example', ('private address 10.1.2.3', 'letter by letter')), ('meta', 'meta.example', 'http=meta.example', ('metadata address',)),
                                     ('loop', 'loop.example', 'http=loop.example', ('loopback address', 'its own name only')), ('mapped', 'mapped.example', 'http=mapped.example', ('loopback address',)),
                                     ('nat', 'nat.example', 'http=*.example', ('private address',)), ('link', 'link.example', 'http=link.example', ('link-local address',)),
                                     ('zero', 'zero.example', 'http=zero.example', ('unspecified address',))):
        log = '%s/trace-%s' % (box, name)
        plugin('a-' + name, 'reaches', ', allowedHosts: ["%s"], config: {url: "http://%s:9/x", method: "GET", headers: ""}' % (host, host))
        seen = Seen(['--grant', 'plugin/a-%s:%s' % (name, grant), 'a-' + name], wrapped=wrapped + ['strace', '-f', '-qq', '-o', log, '-e', 'trace=connect'], **traced)
        went = [l for l in open(log, errors='replace') if 'sin_port=htons(9)' in l or 'sin6_port=htons(9)' in l]
        check('a-' + name, plain(seen, *texts) and not went, seen, went)


def outside():
    """No file, no process, no socket: system calls of a run with everything granted that a plugin of the test can ask for."""
    if not strace:
        return skip('system calls: there is no strace')
    plugin('o-files', 'odd_files', ', fileSystem: {createTempDir: true}')
    plugin('o-streams', 'shuffles_streams')
    plugin('o-memory', 'touches_all', ', memory: {maxPages: 200}')
    few = box + '/few'  # a folder of more plugins than the cache has room for would be read anew each time
    for name in ('o-files', 'o-streams', 'o-memory'):
        shutil.copytree(box + '/plugins/' + name, few + '/' + name)
    for name in ('o-files', 'o-streams', 'o-memory'):
        Seen([name], BULKHEAD_GRANTS='tempdir', HELM_PLUGINS=few)
        log = box + '/trace'
        seen = Seen([name], wrapped=['strace', '-f', '-qq', '-o', log, '-e', 'trace=%file,%network,%process'], BULKHEAD_GRANTS='tempdir', HELM_PLUGINS=few, **traced)
        lines = open(log, errors='replace').read().splitlines()
        bad = [l for l in lines if re.search(r'O_(WRONLY|RDWR|CREAT)|\b(socket|connect|bind|unlink|rename|mkdir|symlink|link|chmod|truncate)\w*\(', l) and '= -1' not in l and '/dev/null' not in l]
        ran = [l for l in lines if 'execve(' in l][1:]
        check(name + ' from outside', seen.code == 0 and not bad and not ran, seen, bad, ran)
        check(name + ' reads nothing of others', not [l for l in lines if '/etc/passwd' in l or ('/environ"' in l and '/self/' not in l) or '/.ssh' in l or '/.kube' in l])
    check('nothing in the folder for temporary files', os.listdir(box + '/tmp') == [], os.listdir(box + '/tmp'))


def exchanged():
    """Another module under the same name, size and times: what was granted is what runs."""
    grants = ['plugin', 'grant', 'x-file', 'http=127.0.0.1', 'host-function=helm_log']
    plugin('x-file', 'reaches', ', allowedHosts: ["127.0.0.1"], config: {url: "http://127.0.0.1:9/", method: "GET", headers: ""}')
    path = box + '/plugins/x-file/plugin.wasm'
    padded = open(path, 'rb').read() + section(0, text(b'padding') + b'p' * 400000)  # large enough to be recognised
    with open(path, 'wb') as f:
        f.write(padded)
    check('granted', Seen(grants).code == 0)
    time.sleep(3.2)
    for _ in range(2):
        seen = Seen(['x-file'])
        check('it may', seen.code == 1 and 'the guard denies' not in seen.err, seen)
    st = os.stat(path)
    with open(path, 'r+b') as f:
        data = f.read()
        f.seek(len(data) - 1)
        f.write(bytes([data[-1] ^ 1]))
    os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))
    seen = Seen(['x-file'])
    check('exchanged in place, with its old time', plain(seen, 'the guard denies http of 127.0.0.1', 'it is not what it was when it was granted something'), seen)
    with open(path, 'r+b') as f:
        f.write(data)
    seen = Seen(['x-file'])
    check('and back', seen.code == 1 and 'the guard denies' not in seen.err, seen)
    shutil.copy(modules + '/hostile.wasm', box + '/other.wasm')
    os.rename(box + '/other.wasm', path)
    seen = Seen(['x-file'])
    check('another file', seen.code == 1 and 'unknown function: reaches' in seen.err or 'the guard denies' in seen.err, seen)
    # What lies in the cache is ours alone: another module's code under this one's name is not run.
    cache = box + '/home/.cache/helm/bulkhead/modules'
    with open(path, 'wb') as f:
        f.write(padded)
    time.sleep(3.2)
    Seen(['x-file'])
    Seen(['x-file'])
    entries = sorted((os.path.getsize(cache + '/' + e), e) for e in os.listdir(cache))
    for _, e in entries[:-1]:
        shutil.copyfile(cache + '/' + entries[-1][1], cache + '/' + e)
    seen = Seen(['x-file'])
    check('the cache mixed up', seen.code == 1 and 'the guard denies' not in seen.err and 'connect' in seen.err.lower() or 'refused' in seen.err, seen)


for d in ('home', 'tmp', 'plugins'):
    os.makedirs(os.path.join(box, d))
try:
    only = sys.argv[3:]
    for part in (alone, post_renderers, crafty, wicked, gone_wrong, words, races, shapes, network, names, outside, exchanged):
        if not only or part.__name__ in only:
            part()
finally:
    shutil.rmtree(box, ignore_errors=True)
tally('plugin-hostile')
