#!/usr/bin/env python3
"""Servers whose every kind of answer is wrong, wherever one is waited for: answers.py BINARY [CASE]

Each fault (headers without end, bombs, lies about sizes and ranges, redirects to everywhere) is tried at each place: an index, an archive, a manifest, a blob, a list of tags, an
upload. Demanded: exit code 1, one clear line, an end in time, bounded memory, nothing written, and nothing of the credentials at the other server. All of them are on 127.0.0.1."""
import base64, json, os, subprocess, sys, threading, time, zlib

from stand import *

sys.path.insert(0, os.path.join(HERE, '..', 'oci'))
from registry import Registry, digest

s = Stand(sys.argv, 'registry-answers')
GOOD = chart('web', '1.0.0')
USER, SECRET = 'operator', 'correct-horse'
BASIC = base64.b64encode(('%s:%s' % (USER, SECRET)).encode()).decode()
MOST_MIB, MOST_SECONDS = 150, 60  # an index of 128 MiB is read into memory; a gigabyte comes as fast as the other side sends it


class Thief(Web):
    """Another origin: keeps what it is sent, and answers with what was wanted."""
    def __init__(self):
        super().__init__()
        self.body, self.seen = GOOD, []

    def answer(self, c, r):
        self.seen.append((r.target, dict(r.headers)))
        return reply(c, '200 OK', self.body)


thief = Thief()
THIEF = s.serve(thief)


# ---- faults: each writes an answer; True: the connection may be used again ----

def raw(data):
    return lambda c, r: c.sendall(data) and False


def forever(head, block):
    def answer(c, r):
        c.sendall(head)
        for _ in range(1 << 22):
            c.sendall(block)
        return False
    return answer


def to(where, status='302 Found'):
    return lambda c, r: reply(c, status, b'', [('Location', where)])


def bomb(kind):
    pack = zlib.compressobj(9, zlib.DEFLATED, 31 if kind == 'gzip' else 15)
    data = b''.join(pack.compress(b'\0' * (1 << 20)) for _ in range(300)) + pack.flush()
    return lambda c, r: reply(c, '200 OK', data, [('Content-Encoding', kind)])


def body(data, *headers, status='200 OK', length=None):
    head = 'HTTP/1.1 %s\r\nContent-Length: %d\r\n' % (status, len(data) if length is None else length) + ''.join('%s: %s\r\n' % h for h in headers)
    return raw(head.encode() + b'\r\n' + data)


BLOCK = b'x' * 65536
FAULTS = {
    'headers/endless': forever(b'HTTP/1.1 200 OK\r\n', b'X-A: b\r\n' * 1000),
    'headers/one-endless': forever(b'HTTP/1.1 200 OK\r\nX-A: ', BLOCK),
    'headers/informational': forever(b'', b'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n' * 100),
    'headers/continue': forever(b'', b'HTTP/1.1 100 Continue\r\n\r\n' * 500),
    'headers/status-line': forever(b'HTTP/1.1 200 ', BLOCK),
    'headers/no-colon': raw(b'HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 3\r\n\r\nabc'),
    'headers/nul': raw(b'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 3\r\n\r\nabc'),
    'headers/two-lengths': raw(b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'),
    'headers/negative-length': raw(b'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabcd'),
    'headers/huge-length': raw(b'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nabcd'),
    'headers/trailers': forever(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n', b'X-T: y\r\n' * 1000),
    'chunks/endless': forever(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', b'10000\r\n' + BLOCK + b'\r\n'),
    'chunks/one-byte': forever(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', b'1;a=b\r\nx\r\n' * 8000),
    'chunks/extension': forever(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;', BLOCK),
    'chunks/size': raw(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc'),
    'chunks/negative': raw(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n0\r\n\r\n'),
    'chunks/truncated': raw(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\nabc'),
    'coding/gzip-bomb': bomb('gzip'),
    'coding/deflate-bomb': bomb('deflate'),
    'coding/transfer-gzip': raw(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    'coding/unknown': body(b'abc', ('Content-Encoding', 'x-unknown')),
    'body/endless': forever(b'HTTP/1.1 200 OK\r\n\r\n', BLOCK),
    'body/truncated': body(b'abc', length=1000),
    'body/empty': body(b''),
    'body/html': body(b'<!doctype html><title>Sign in</title>', ('Content-Type', 'text/html')),
    'body/wrong': body(chart('other', '1.0.0')),
    'body/terminal': body(b'\x1b[31mred\x07\x1b]0;title\x07'),
    'range/unasked': body(b'abc', ('Content-Range', 'bytes 5-7/8'), status='206 Partial Content'),
    'range/none': body(b'', ('Content-Range', 'bytes */5'), status='416 Range Not Satisfiable'),
    'status/204': body(b'', status='204 No Content'),
    'status/304': raw(b'HTTP/1.1 304 Not Modified\r\n\r\n'),
    'status/101': raw(b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nxxxx'),
    'status/500': body(b'\x1b[31mno' * 1000, status='500 \x1b[31mOops'),
    'status/999': body(b'', status='999 x'),
    'status/0': body(b'', status='000 x'),
    'status/old': raw(b'apiVersion: v1\nentries: {}\n'),
    'status/nothing': raw(b''),
    'status/reset': lambda c, r: c.close() or False,
    'redirect/file': to('file:///etc/hostname'),
    'redirect/gopher': to('gopher://127.0.0.1:1/x'),
    'redirect/data': to('data:text/plain,apiVersion'),
    'redirect/loop': lambda c, r: reply(c, '302 Found', b'', [('Location', r.target)]),
    'redirect/longer': lambda c, r: reply(c, '307 Temporary Redirect', b'', [('Location', r.target + 'a' * 2000)]),
    'redirect/nowhere': to(''),
    'redirect/broken': to('http://[::1'),
    'redirect/control': to('/x\x01y\x1b[31m'),
    'redirect/metadata': to('http://169.254.169.254/latest/meta-data'),
    'redirect/wrapped': to('http://[::ffff:169.254.169.254]/'),
    'redirect/closed': to('http://127.0.0.1:1/'),
}
# Those that lead to the other server, which answers well: what it must not see are the credentials.
LEADING = {'lead/%s' % st[:3]: to(THIEF + '/taken', st) for st in ('301 Moved', '302 Found', '303 See Other', '307 Temporary Redirect', '308 Permanent Redirect')}
LEADING['lead/user'] = to(THIEF.replace('//', '//%s:x@' % USER) + '/taken')
LEADING['lead/slashes'] = to(THIEF[5:] + '/taken')


# ---- places ----

class Faulty(Registry):
    """A repository and a registry in one; what `at` says of a request is answered by the fault."""
    def __init__(self, at, fault):
        super().__init__(('basic', USER, SECRET))
        self.at, self.wrong = at, fault
        self.put('c/web', '1.0.0', GOOD)
        self.files['/index.yaml'] = index({'web': [entry('web', '1.0.0', ['web-1.0.0.tgz'], sha256(GOOD))]})
        self.files['/web-1.0.0.tgz'] = GOOD

    def answer(self, c, r):
        if not self.allowed(c, r) and r.target.startswith('/v2'):
            return super().answer(c, r)
        if self.at(r):
            try:
                return bool(self.wrong(c, r))
            except OSError:
                return False
        if r.target in self.files:
            return reply(c, '200 OK', self.files[r.target])
        return super().answer(c, r)


def credentials(url):
    return ['--username', USER, '--password', SECRET]


BLOB = digest(GOOD)
PLACES = {
    'index': (lambda r: r.target == '/index.yaml', lambda u: ['repo', 'add', 'r', u, '--timeout', '5s'] + credentials(u)),
    'index-once': (lambda r: r.target == '/index.yaml', lambda u: ['pull', 'web', '--repo', u] + credentials(u)),
    'archive': (lambda r: r.target.startswith('/web-1.0.0.tgz'), lambda u: ['pull', u + '/web-1.0.0.tgz'] + credentials(u)),
    'provenance': (lambda r: r.target.endswith('.prov'), lambda u: ['pull', u + '/web-1.0.0.tgz', '--verify'] + credentials(u)),
    'manifest': (lambda r: '/manifests/' in r.target, lambda u: ['pull', 'oci' + u[4:] + '/c/web', '--version', '1.0.0', '--plain-http'] + credentials(u)),
    'blob': (lambda r: BLOB in r.target, lambda u: ['pull', 'oci' + u[4:] + '/c/web', '--version', '1.0.0', '--plain-http'] + credentials(u)),
    'tags': (lambda r: '/tags/list' in r.target, lambda u: ['pull', 'oci' + u[4:] + '/c/web', '--version', '>=0.1.0', '--plain-http'] + credentials(u)),
    'upload': (lambda r: r.method == 'POST', lambda u: ['push', s.root + '/web-1.0.0.tgz', 'oci' + u[4:] + '/n', '--plain-http'] + credentials(u)),
    'login': (lambda r: r.target.startswith('/v2'), lambda u: ['registry', 'login', u[7:], '--plain-http'] + credentials(u)),
}
# They end with the time-out, which the index alone lets us choose.
SLOW = ('chunks/one-byte', 'chunks/extension')
# A gigabyte comes before the limit is met.
LARGE = [('archive', 'chunks/endless'), ('archive', 'body/endless')]
# Answers that are none to complain about: an empty status is what a login waits for, a redirect to itself that grows is ten redirects.
FINE = {('login', f) for f in FAULTS if f.startswith(('body/', 'coding/', 'status/204', 'range/unasked', 'headers/no-colon', 'headers/endless'))} | {('archive', 'body/wrong')}
open(s.root + '/web-1.0.0.tgz', 'wb').write(GOOD)


def leaked():
    return ['%s went to the other server' % k for _, headers in thief.seen for k, v in headers.items() if SECRET in v or BASIC in v or USER in v.split()]


def attempt(place, name, fault, leads=False):
    if not s.wants('%s/%s' % (place, name)):
        return
    at, command = PLACES[place]
    web = Faulty(at, fault)
    url = s.serve(web)
    h, env = s.home()
    d = s.empty()
    thief.seen.clear()
    thief.body = {'index': web.files['/index.yaml'], 'index-once': web.files['/index.yaml'], 'manifest': web.manifests['c/web', '1.0.0'][1], 'tags': b'{"tags":["1.0.0"]}'}.get(place, GOOD)
    began = time.monotonic()
    p = subprocess.Popen([s.binary, *command(url)], cwd=d, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    killer = threading.Timer(150 * s.slow, p.kill)
    killer.start()
    out = []
    reader = threading.Thread(target=lambda: out.append(p.stdout.read()))
    reader.start()
    err = p.stderr.read()
    reader.join()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    killer.cancel()
    took = time.monotonic() - began
    p.out, p.err = out[0].decode('utf-8', 'replace'), err.decode('utf-8', 'replace')
    more = leaked()
    if took > MOST_SECONDS * s.slow:
        more.append('took %.1f s' % took)
    if s.slow <= 1 and usage.ru_maxrss > MOST_MIB * 1024:
        more.append('%d MiB' % (usage.ru_maxrss // 1024))
    more += ['left %s' % f for f in leftovers(h) + leftovers(d)]
    if p.returncode == 0 and (leads or (place, name) in FINE):
        s.result('%s/%s' % (place, name), more, p.err)
        return
    # What has the digest that it is called by may stay in the cache.
    whole = ('cache/helm/content/%s/%s.chart' % (BLOB[7:9], BLOB[7:]),) if place == 'provenance' else ()
    more += ['wrote %s' % f for f in tree(d)] + ['kept %s' % f for f in tree(h) if not f.endswith(('.lock', '.prov')) and f not in whole]
    s.bad('%s/%s' % (place, name), p, ['Error: '], [SECRET, BASIC], more=more)


for at, place in enumerate(PLACES):
    for n, (name, fault) in enumerate(FAULTS.items()):
        if s.slow > 1 and ((n + at) % 4 or (place, name) in LARGE):
            continue  # under sanitizers a fourth of them
        if place == 'index' or name not in SLOW:
            attempt(place, name, fault)
    for name, fault in LEADING.items():
        attempt(place, name, fault, leads=True)


# ---- what is special to one place ----

def pages(link):
    """A list of tags that goes on and on."""
    def answer(c, r):
        n = int(r.target.split('n=')[1]) if 'n=' in r.target else 0
        return reply(c, '200 OK', json.dumps({'name': 'c/web', 'tags': ['0.0.%d' % n]}).encode(), [('Link', link(n))])
    return answer


for name, link in (('same', lambda n: '</v2/c/web/tags/list>; rel="next"'), ('on', lambda n: '</v2/c/web/tags/list?n=%d>; rel="next"' % (n + 1)),
                   ('elsewhere', lambda n: '<%s/v2/c/web/tags/list>; rel="next"' % THIEF), ('file', lambda n: '<file:///etc/passwd>; rel="next"'),
                   ('broken', lambda n: '<http://[::1>; rel="next"')):
    attempt('tags', 'link-' + name, pages(link), leads=True)
for name, location in (('elsewhere', THIEF + '/up'), ('file', 'file:///etc/passwd'), ('slashes', THIEF[5:] + '/up'), ('userinfo', THIEF.replace('//', '//a:b@') + '/up'), ('none', '')):
    attempt('upload', 'location-' + name, lambda c, r, location=location: reply(c, '202 Accepted', b'', [('Location', location)]))
for name, realm in (('elsewhere', THIEF + '/token'), ('file', 'file:///etc/passwd'), ('metadata', 'http://169.254.169.254/token'), ('broken', 'http://[::1')):
    challenge = ('WWW-Authenticate', 'Bearer realm="%s",service="x"' % realm)
    for place in ('manifest', 'login'):
        if name == 'elsewhere':
            continue  # another port of the registry's own host: a token service (tests/oci)
        attempt(place, 'realm-' + name, lambda c, r: reply(c, '401 Unauthorized', b'{}', [challenge]))
sys.exit(s.finish())
