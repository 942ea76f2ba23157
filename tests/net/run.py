#!/usr/bin/env python3
"""The network layer against honest and hostile servers on loopback.

run.py NET-PROBE [BULKHEAD]

Every case demands an answer or one clear error, in time. Ends with 'net: N passed, N failed'.
"""
import json, os, shutil, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import servers

probe = os.path.abspath(sys.argv[1])
program = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else None
slow = float(os.environ.get('BK_SLOW', '1'))
box = tempfile.mkdtemp(prefix='bulkhead-net.')
passed = failed = 0
base_env = {'PATH': '/usr/bin:/bin', 'HOME': box, 'TZ': 'UTC'}
FAULTS = 'fine request denied resolve connect tls broken protocol limit timeout redirect cancelled callback other'.split()


def run(args, env=None, seconds=20):
    t = time.monotonic()
    p = subprocess.run([probe, *args], env={**base_env, **(env or {})}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120 * slow)
    took = time.monotonic() - t
    lines = [json.loads(l) for l in p.stdout.decode('utf-8', 'replace').splitlines()]
    if p.returncode != 0:
        raise AssertionError('exit code %d: %s' % (p.returncode, p.stderr.decode()[-2000:]))
    if took > seconds * slow:
        raise AssertionError('took %.1f s' % took)
    return lines


def case(name):
    def wrap(f):
        global passed, failed
        try:
            f()
            passed += 1
        except Exception as e:
            failed += 1
            print('FAIL %s: %s: %s' % (name, type(e).__name__, e))
    return wrap


def error(name, args, fault, words, env=None, seconds=20, code=None):
    @case(name)
    def _():
        a = run(args, env, seconds)[0]
        assert a['error'], 'no error: %s' % a
        assert fault is None or FAULTS[a['fault']] == fault, 'fault %s: %s' % (FAULTS[a['fault']], a['error'])
        for w in [words] if isinstance(words, str) else words:
            assert w in a['error'], a['error']
        assert '\n' not in a['error'], a['error']
        assert code is None or a['code'] == code, 'code %d' % a['code']


def fine(name, args, env=None, seconds=20, **want):
    @case(name)
    def _():
        a = run(args, env, seconds)[0]
        assert not a['error'], a['error']
        for k, v in want.items():
            assert a[k] == v, '%s: %r' % (k, a[k])


servers.certificates(box)
web, other, tls, picky = servers.Web(), servers.Web(), servers.Web(), servers.Web()
s_web, s_other = servers.Server(web), servers.Server(other)
s_tls = servers.Server(tls, servers.context(box))
s_picky = servers.Server(picky, servers.context(box, client=True))
s_expired = servers.Server(servers.Web(), servers.context(box, 'expired'))
s_alien = servers.Server(servers.Web(), servers.context(box, 'alien', 'alien'))
h2_log = []
s_h2 = servers.Server(servers.http2(b'two', h2_log), servers.context(box, h2=True))
H, O, T = 'http://127.0.0.1:%d' % s_web.port, 'http://127.0.0.1:%d' % s_other.port, 'https://127.0.0.1:%d' % s_tls.port
CA = 'ca=%s/ca.pem' % box

# ---- plain requests ----

fine('get', ['url=%s/size?5' % H], status=200, body='xxxxx', reason='OK', http2=False)
fine('reason', ['url=%s/count' % H], status=200, reason='Fine')
fine('404', ['url=%s/none' % H], status=404, reason='Not Found')
fine('no-reason', ['url=%s/status?503' % H], status=503, reason='Service Unavailable')
fine('hint', ['url=%s/one-hint' % H], status=200, body='after hints')
fine('trailer', ['url=%s/trailer' % H], status=200, body='abc')
fine('empty', ['url=%s/size?0' % H], status=200, body='')
fine('large', ['cap=60000000', 'url=%s/size?50000000' % H], status=200, bytes=50000000)
fine('exact-cap', ['cap=100', 'url=%s/size?100' % H], status=200, bytes=100)
fine('sink', ['sink=1', 'url=%s/size?3000000' % H], status=200, bytes=0, sunk=3000000, head=200)
fine('head', ['method=HEAD', 'url=%s/status?200+OK' % H], status=200, body='')
fine('upload', ['method=PUT', 'source=5000000', 'url=%s/count' % H], status=200)
fine('upload-length', ['method=PUT', 'source-length=5000000', 'url=%s/count' % H], status=200)
fine('source-redirect', ['redirects=5', 'method=PUT', 'source-length=100', 'url=%s/redirect?307,/count' % H], status=200, hops=1)
fine('localhost', ['url=http://localhost:%d/size?1' % s_web.port], status=200)


@case('what is sent')
def _():
    a = run(['header=X-One: 1', 'header=X-Empty:', 'bearer=t0ken', 'url=%s/echo' % H])[0]
    lines = a['body'].split('\n')
    assert lines[0] == 'GET /echo', lines
    names = sorted(l.split(':')[0] for l in lines[1:] if ':' in l)
    assert names == ['authorization', 'host', 'user-agent', 'x-empty', 'x-one'], names
    assert 'authorization: Bearer t0ken' in lines
    a = run(['user=me', 'password=se:cret', 'body=hi', 'url=%s/echo' % H])[0]['body'].split('\n')
    assert a[0] == 'POST /echo' and 'authorization: Basic bWU6c2U6Y3JldA==' in a and 'content-length: 2' in a and a[-1] == 'hi', a
    a = run(['method=DELETE', 'body=', 'url=http://u:p@127.0.0.1:%d/echo' % s_web.port])[0]
    assert a['body'].startswith('DELETE /echo') and 'authorization: Basic dTpw' in a['body'] and ':p@' not in a['url'], a


@case('connections are reused within a subject')
def _():
    before = s_web.connections
    run(['url=%s/size?1' % H, 'wait', 'url=%s/size?2' % H, 'wait', 'url=%s/size?3' % H])
    assert s_web.connections - before == 1, s_web.connections - before
    before = s_web.connections
    run(['url=%s/size?1' % H])
    run(['url=%s/size?1' % H])
    assert s_web.connections - before == 2


@case('many at once')
def _():
    t = time.monotonic()
    lines = run(['sink=1'] + ['url=%s/events?10' % H] * 40)
    assert len(lines) == 40 and all(not l['error'] and l['sunk'] == 120 for l in lines), lines[:2]
    assert time.monotonic() - t < 6 * slow


@case('http/2 on one connection')
def _():
    before = s_h2.connections
    lines = run([CA] + ['url=https://127.0.0.1:%d/%d' % (s_h2.port, i) for i in range(50)])
    assert len(lines) == 50 and all(l['body'] == 'two' and l['http2'] for l in lines), lines[:2]
    assert s_h2.connections - before == 1, s_h2.connections - before
    assert len(h2_log) == 50


# ---- what the other side may do ----

error('refused', ['url=http://127.0.0.1:1/x'], 'connect', 'Get "http://127.0.0.1:1/x": dial tcp 127.0.0.1:1: connect: connection refused')
error('no such host', ['url=http://nothere.invalid/x'], 'resolve', 'Get "http://nothere.invalid/x": dial tcp: lookup nothere.invalid: no such host', seconds=40)
error('endless', ['url=%s/endless' % H], 'limit', 'limit of 33554432 bytes', code=2)
error('endless-cap', ['cap=100000', 'url=%s/endless' % H], 'limit', 'limit of 100000 bytes')
error('endless-close', ['cap=100000', 'url=%s/endless-close' % H], 'limit', 'limit of 100000 bytes')
error('endless-sink', ['cap=100000', 'sink=1', 'url=%s/endless' % H], 'limit', 'limit of 100000 bytes')
error('huge', ['url=%s/huge' % H], 'limit', 'has 300000000000 bytes')
error('one-too-many', ['cap=99', 'url=%s/size?100' % H], 'limit', 'limit of 99')
error('slow', ['total=700', 'url=%s/slow' % H], 'timeout', 'context deadline exceeded (Client.Timeout or context cancellation while reading body)', seconds=3, code=7)
error('silent-total', ['total=700', 'url=%s/silent' % H], 'timeout', ['Get "', 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'], seconds=3)
error('silent-idle', ['idle=700', 'url=%s/silent' % H], 'timeout', 'nothing for 0.7 s', seconds=3)
error('stall', ['idle=700', 'url=%s/stall' % H], 'timeout', 'nothing for 0.7 s', seconds=3)
error('truncated', ['url=%s/truncated' % H], 'broken', 'unexpected EOF')
error('truncated-chunk', ['url=%s/truncated-chunk' % H], 'broken', '')
error('bad-chunk', ['url=%s/bad-chunk' % H], None, '')
error('two-lengths', ['url=%s/two-lengths' % H], None, '')
error('negative', ['url=%s/negative' % H], None, '')
error('nothing', ['url=%s/nothing' % H], 'broken', '": EOF')
error('reset', ['url=%s/reset' % H], 'broken', 'connection reset by peer')
error('http09', ['url=%s/http09' % H], 'protocol', 'malformed HTTP response')
error('garbage', ['url=%s/garbage' % H], 'protocol', 'malformed HTTP response')
error('flood', ['url=%s/flood' % H], 'protocol', 'headers', seconds=5)
error('small-flood', ['url=%s/small-flood' % H], 'protocol', 'headers', seconds=5)
error('long-header', ['url=%s/long-header' % H], None, '', seconds=5)
error('hints', ['url=%s/hints' % H], 'protocol', 'headers', seconds=5)
error('head-cap', ['head-cap=30', 'url=%s/size?1' % H], 'protocol', '30 bytes')
error('sink-stops', ['stop=1', 'url=%s/endless' % H], 'callback', 'enough after')
error('plain-to-tls', ['url=http://127.0.0.1:%d/' % s_tls.port], None, '')


# ---- redirects ----

fine('not-followed', ['url=%s/redirect?302,/size?4' % H], status=302, hops=0)
fine('followed', ['redirects=10', 'url=%s/redirect?302,/size?4' % H], status=200, hops=1, body='xxxx', url=H + '/size?4')
error('ring', ['redirects=10', 'url=%s/ring' % H], 'redirect', 'stopped after 10 redirects')
for where in ('file:///etc/passwd', 'ftp://127.0.0.1/x', 'gopher://127.0.0.1/x'):
    error('to-' + where[:4], ['redirects=10', 'url=%s/redirect?302,%s' % (H, where)], 'redirect', 'unsupported protocol scheme')
error('to-nowhere', ['redirects=10', 'url=%s/redirect?302,http://a..b/' % H], 'redirect', 'Location')
error('to-denied', ['redirects=10', 'deny-host=localhost', 'url=%s/redirect?302,http://localhost:%d/' % (H, s_web.port)], 'denied', 'hop 1 to localhost', code=4)


@case('nothing secret goes to another origin')
def _():
    for args in (['header=X-Secret: s', 'header=Cookie: c', 'bearer=t0ken'], ['user=u', 'password=p', 'header=X-Secret: s'], ['header=Authorization: Basic abc', 'header=X-Secret: s']):
        other.log.clear()
        a = run(['redirects=10', 'everywhere=Accept: a/b', *args, 'url=%s/redirect?302,%s/echo' % (H, O)])[0]
        assert a['status'] == 200, a
        got = other.log[0].headers
        assert got.get('accept') == 'a/b' and not {'x-secret', 'cookie', 'authorization'} & set(got), got
        a = run(['redirects=10', *args, 'url=%s/redirect?302,/echo' % H])[0]['body']
        assert 'x-secret: s' in a and 'authorization: ' in a, a
    other.log.clear()
    run(['redirects=10', 'url=http://u:p@127.0.0.1:%d/redirect?302,%s/echo' % (s_web.port, O)])
    assert 'authorization' not in other.log[0].headers
    # back home again they are there
    a = run(['redirects=10', 'bearer=t', 'url=%s/redirect?302,%s/redirect?302,%s/echo' % (H, O, H)])[0]
    assert 'authorization: Bearer t' in a['body'], a


@case('methods of redirects')
def _():
    for status, method in ((301, 'GET'), (302, 'GET'), (303, 'GET'), (307, 'POST'), (308, 'POST')):
        a = run(['redirects=10', 'body=data', 'header=Content-Type: a/b', 'url=%s/redirect?%d,/echo' % (H, status)])[0]['body']
        assert a.startswith(method + ' /echo'), a
        assert ('content-type' in a) == (method == 'POST') and a.endswith('data') == (method == 'POST'), a


# ---- addresses ----

error('loopback-denied', ['deny-zone=2', 'url=%s/size?1' % H], 'denied', 'dial tcp 127.0.0.1:%d: refused: the test says so' % s_web.port, code=4)
error('loopback-by-name', ['deny-zone=2', 'url=http://localhost:%d/size?1' % s_web.port], 'denied', 'refused: the test says so')
error('loopback-by-redirect', ['deny-zone=2', 'redirects=3', 'url=http://0x7f000001:%d/size?1' % s_web.port], 'denied', 'refused')
fine('loopback-allowed', ['deny-zone=1', 'url=%s/size?1' % H], status=200)

# ---- TLS ----

fine('tls', [CA, 'url=%s/size?3' % T], status=200, body='xxx')
fine('tls-localhost', [CA, 'url=https://localhost:%d/size?3' % s_tls.port], status=200)
with open(box + '/ca.pem') as f:
    fine('tls-ca-memory', ['ca-pem=' + f.read(), 'url=%s/size?3' % T], status=200)
fine('tls-insecure', ['insecure=1', 'url=%s/size?3' % T], status=200)
fine('tls-environment', ['url=%s/size?3' % T], {'SSL_CERT_FILE': box + '/ca.pem'}, status=200)
@case('tls by a folder of hashes')
def _():
    h = subprocess.run(['openssl', 'x509', '-hash', '-noout', '-in', box + '/ca.pem'], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
    os.makedirs(box + '/hashed')
    shutil.copy(box + '/ca.pem', box + '/hashed/%s.0' % h)
    a = run(['url=%s/size?3' % T], {'SSL_CERT_DIR': box + '/hashed'})[0]
    assert a['status'] == 200, a


error('tls-unknown', ['url=%s/size?3' % T], 'tls', 'tls: failed to verify certificate: x509: certificate signed by unknown authority')
error('tls-alien', [CA, 'url=https://127.0.0.1:%d/' % s_alien.port], 'tls', 'unknown authority')
error('tls-expired', [CA, 'url=https://127.0.0.1:%d/' % s_expired.port], 'tls', 'certificate has expired or is not yet valid')
error('tls-other-name', [CA, 'url=https://127.0.0.2:%d/' % s_tls.port], None, '')
fine('tls-server-name', [CA, 'name=named.test', 'url=%s/size?3' % T], status=200)
error('tls-server-name-wrong', [CA, 'name=other.test', 'url=%s/size?3' % T], 'tls', 'not valid for other.test')
s_plain = servers.Server(lambda c: (c.recv(1), c.sendall(b'HTTP/1.1 400 Bad Request\r\n\r\n'), time.sleep(1)))
error('tls-to-plain', [CA, 'url=https://127.0.0.1:%d/' % s_plain.port], 'tls', 'http: server gave HTTP response to HTTPS client')
error('tls-no-client', [CA, 'url=https://127.0.0.1:%d/size?1' % s_picky.port], None, '')
fine('tls-client', [CA, 'cert=%s/client.pem' % box, 'key=%s/client.key' % box, 'url=https://127.0.0.1:%d/size?1' % s_picky.port], status=200)
error('tls-client-mismatch', [CA, 'cert=%s/client.pem' % box, 'key=%s/server.key' % box, 'url=%s/size?1' % T], 'request', 'key pair')
error('tls-no-ca', ['ca=%s/none.pem' % box, 'url=%s/size?1' % T], 'request', 'CA file')


@case('host header with a server name')
def _():
    a = run([CA, 'name=named.test', 'url=%s/echo' % T])[0]['body']
    assert 'host: 127.0.0.1:%d' % s_tls.port in a, a


# ---- proxies ----

p_log = []
s_proxy = servers.Server(servers.proxy(p_log))
P = 'http://user:pw@127.0.0.1:%d' % s_proxy.port


@case('proxies')
def _():
    named = 'http://named.test:%d/size?2' % s_web.port  # resolves through the proxy alone
    a = run(['proxy=' + P, 'url=' + named])[0]
    assert a['body'] == 'xx', a
    assert p_log[-1].startswith('GET http://named.test') and 'Proxy-Authorization: Basic dXNlcjpwdw==' in p_log[-1], p_log
    a = run([CA, 'proxy=' + P, 'bearer=t0ken', 'url=https://named.test:%d/size?2' % s_tls.port])[0]
    assert a['body'] == 'xx', a
    assert p_log[-1].startswith('CONNECT named.test:%d' % s_tls.port) and 't0ken' not in p_log[-1], p_log[-1]
    n = len(p_log)
    a = run(['proxy=env', 'url=' + named], {'HTTP_PROXY': P})[0]
    assert a['body'] == 'xx' and len(p_log) == n + 1, a
    a = run(['proxy=env', 'url=%s/size?2' % H], {'HTTP_PROXY': P})[0]
    assert a['body'] == 'xx' and len(p_log) == n + 1
    a = run(['proxy=env', 'url=' + named], {'HTTP_PROXY': P, 'NO_PROXY': 'named.test'})[0]
    assert a['error'] and len(p_log) == n + 1
    a = run(['url=' + named], {'http_proxy': P, 'all_proxy': P})[0]
    assert a['error'] and len(p_log) == n + 1, 'a proxy although they are off'


# ---- plugins ----

L = ['allowed=127.0.0.1', 'granted=127.0.0.1', 'cap=4096']


def plugin(name, args, words=None, code=None, **want):
    @case('plugin ' + name)
    def _():
        a = run(args)[-1]
        if words is None:
            assert not a['error'], a['error']
        else:
            assert a['error'] and all(w in a['error'] for w in ([words] if isinstance(words, str) else words)), a
        assert code is None or a['code'] == code, a
        for k, v in want.items():
            assert a[k] == v, '%s: %r' % (k, a[k])


plugin('get', L + ['plugin-url=%s/size?3' % H], status=200, body='xxx')
plugin('status', L + ['plugin-url=%s/status?500+No' % H], status=500)
plugin('method', L + ['method=put', 'body=abc', 'plugin-url=%s/count' % H], status=200)
plugin('connect', L + ['method=connect', 'plugin-url=%s/count' % H], 'not allowed', code=4)
plugin('not listed', ['allowed=example.com', 'granted=127.0.0.1', 'plugin-url=%s/x' % H], "HTTP request to '%s/x' is not allowed" % H, code=4)
plugin('not granted', ['allowed=127.0.0.1', 'granted=example.com', 'plugin-url=%s/x' % H], 'not granted: hop 0 to 127.0.0.1, requested', code=4)
plugin('neither', ['plugin-url=%s/x' % H], 'not granted: hop 0 to 127.0.0.1, not requested', code=4)
plugin('pattern and loopback', ['allowed=**', 'granted=127.0.0.1', 'plugin-url=%s/x' % H], ["is not allowed", 'loopback address 127.0.0.1'], code=4)
plugin('loopback by pattern grant', ['allowed=127.0.0.1', 'granted=**', 'plugin-url=%s/x' % H], 'letter by letter', code=4)
plugin('localhost', ['allowed=localhost', 'granted=localhost', 'cap=9', 'plugin-url=http://localhost:%d/size?1' % s_web.port], status=200)
plugin('other writing', L + ['plugin-url=http://0x7f.1:%d/size?1' % s_web.port], status=200)
plugin('mapped', ['allowed=[::ffff:127.0.0.1]', 'granted=::ffff:127.0.0.1', 'cap=9', 'plugin-url=http://[::ffff:127.0.0.1]:%d/size?1' % s_web.port], 'is not allowed', code=4)
plugin('metadata', ['allowed=169.254.169.254', 'granted=169.254.169.254', 'plugin-url=http://169.254.169.254/latest'], ['is not allowed', 'metadata address'], code=4)
plugin('unspecified', ['allowed=0.0.0.0', 'granted=0.0.0.0', 'plugin-url=http://0:%d/' % s_web.port], 'unspecified', code=4)
plugin('private by pattern', ['allowed=10.*.*.*', 'granted=10.0.0.1', 'total=500', 'plugin-url=http://10.0.0.1:1/'], 'private address 10.0.0.1', code=4)
plugin('nat64', ['allowed=64:ff9b::a00:1', 'granted=64:ff9b::a9fe:a9fe', 'allowed=64:ff9b::a9fe:a9fe', 'plugin-url=http://[64:ff9b::a9fe:a9fe]/'], 'metadata', code=4)
plugin('other scheme', L + ['plugin-url=file:///etc/passwd'], 'unsupported protocol scheme')
plugin('too large', L + ['plugin-url=%s/size?4097' % H], 'http: request body too large', code=2)
plugin('endless', L + ['plugin-url=%s/endless' % H], 'http: request body too large', code=2)
plugin('no body allowed', ['allowed=127.0.0.1', 'granted=127.0.0.1', 'plugin-url=%s/size?1' % H], 'http: request body too large', code=2)
plugin('no body', ['allowed=127.0.0.1', 'granted=127.0.0.1', 'plugin-url=%s/size?0' % H], status=200)
plugin('flood', L + ['plugin-url=%s/flood' % H], 'headers')
plugin('time', L + ['cap=2000000', 'total=500', 'plugin-url=%s/slow' % H], 'deadline exceeded', code=7)
plugin('redirect', L + ['plugin-url=%s/redirect?302,/size?2' % H], status=200, body='xx')
plugin('redirect away', L + ['plugin-url=%s/redirect?302,http://localhost:%d/x' % (H, s_web.port)], 'hop 1 to localhost, not requested', code=4)
plugin('redirect to metadata', L + ['allowed=**', 'granted=**', 'plugin-url=%s/redirect?302,http://169.254.169.254/' % H], 'metadata', code=4)
plugin('ring', L + ['plugin-url=%s/ring' % H], 'stopped after 10 redirects')
plugin('bad pattern', ['allowed=a[', 'plugin-url=%s/x' % H], 'allowedHosts: bad pattern "a["')


@case('plugin: a name of this machine is not loopback by its name')
def _():
    import socket
    name = socket.gethostname().lower()
    try:
        if not all(a[4][0].startswith('127.') or a[4][0] == '::1' for a in socket.getaddrinfo(name, 80)):
            return
    except OSError:
        return
    a = run(['allowed=' + name, 'granted=' + name, 'cap=9', 'plugin-url=http://%s:%d/size?1' % (name, s_web.port)])[0]
    assert 'reached by its own name only' in a['error'], a


@case('plugin: headers')
def _():
    a = run(L + ['header=Host: evil.example', 'header=Content-Length: 99', 'header=Transfer-Encoding: chunked', 'header=X-One: 1', 'header=Authorization: s3cret',
                 'header=Proxy-Authorization: x', 'plugin-url=%s/echo' % H])[0]
    assert 'host: 127.0.0.1' in a['body'] and 'x-one: 1' in a['body'] and 'content-length' not in a['body'] and 'chunked' not in a['body'] and 'proxy' not in a['body'], a
    other.log.clear()
    a = run(L + ['header=X-One: 1', 'header=Authorization: s3cret', 'plugin-url=%s/redirect?307,%s/echo' % (H, O)])[0]
    assert a['status'] == 200 and not {'x-one', 'authorization'} & set(other.log[0].headers), other.log[0].headers
    a = run(L + ['plugin-url=%s/size?1' % H], env={'HTTP_PROXY': P, 'http_proxy': P, 'NO_PROXY': ''})[0]
    assert a['status'] == 200


# ---- the program ----

if program:
    chart = os.path.join(box, 'chart')
    os.makedirs(chart + '/templates')

    def write(name, text):
        with open(os.path.join(chart, name), 'w') as f:
            f.write(text)
    write('Chart.yaml', 'apiVersion: v2\nname: demo\nversion: 0.1.0\n')
    write('templates/x.yaml', 'a: {{ .Values.a | toJson }}\n')
    web.files.update({'/v.yaml': b'a: from the web\n', '/bad.yaml': b'a: [\n', '/text': b'some text', '/bomb.yaml': b'a: ' + b'[' * 100000,
                      '/schema.json': b'{"type": "string"}', '/number.json': b'{"type": "number"}'})
    n_requests = lambda: len(web.log)

    def template(name, args, words=None, out=None, env=None, seconds=10, command='template'):
        @case('program ' + name)
        def _():
            t = time.monotonic()
            p = subprocess.run([program, command] + (['rel'] if command == 'template' else []) + [chart, *args], env={**base_env, **(env or {})}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=box, timeout=120 * slow)
            text = p.stderr.decode()
            if words is None:
                assert p.returncode == 0, text
            else:
                assert p.returncode == 1 and not p.stdout, (p.returncode, p.stdout)
                assert all(w in text for w in ([words] if isinstance(words, str) else words)), text
            assert out is None or out in p.stdout.decode(), p.stdout
            assert time.monotonic() - t < seconds * slow

    template('values', ['-f', H + '/v.yaml'], out='a: "from the web"')
    template('values upper-case scheme', ['-f', 'HTTP' + H[4:] + '/v.yaml'], out='a: "from the web"')
    template('values redirected', ['-f', H + '/redirect?302%2C/v.yaml'], out='a: "from the web"')
    template('values over https', ['-f', T + '/v.yaml'], 'failed to fetch', env={'SSL_CERT_FILE': box + '/ca.pem'})
    template('values, unknown authority', ['-f', T + '/v.yaml'], 'Get "%s/v.yaml": tls: failed to verify certificate: x509: certificate signed by unknown authority' % T)
    template('values later file wins', ['-f', H + '/v.yaml', '--set', 'a=b'], out='a: "b"')
    template('set-file', ['--set-file', 'a=%s/text' % H], out='a: "some text"')
    template('set-file missing', ['--set-file', 'a=%s/none' % H], 'failed to fetch %s/none : 404 Not Found' % H)
    template('values missing', ['-f', H + '/none'], 'Error: failed to fetch %s/none : 404 Not Found' % H)
    template('values refused', ['-f', 'http://127.0.0.1:1/x'], 'Error: Get "http://127.0.0.1:1/x": dial tcp 127.0.0.1:1: connect: connection refused')
    template('values ring', ['-f', H + '/ring'], 'stopped after 10 redirects')
    template('values malformed', ['-f', H + '/bad.yaml'], 'failed to parse %s/bad.yaml' % H)
    template('values bomb', ['-f', H + '/bomb.yaml'], 'failed to parse %s/bomb.yaml' % H)
    template('values html', ['-f', H + '/echo'], 'failed to parse')
    template('values truncated', ['-f', H + '/truncated'], 'unexpected EOF')
    template('lint values', ['-f', H + '/v.yaml'], out='1 chart(s) linted', command='lint')
    write('templates/x.yaml', 'a: {{ fail "never" }}\n')
    write('templates/x.yaml', 'a: b\n')

    # what a schema refers to
    write('values.yaml', 'a: text\n')

    def schema(url):
        write('values.schema.json', json.dumps({'properties': {'a': {'$ref': url}}}))
    schema(H + '/schema.json')
    before = n_requests()
    template('schema denied', [], ['the guard denies schema-ref of %s/schema.json' % H, '--grant'])

    @case('a denied reference sends nothing')
    def _():
        assert n_requests() == before, n_requests()
    template('schema granted', ['--grant', 'schema-ref=%s/schema.json' % H], out='a: b')
    template('schema by pattern of paths', ['--grant', 'schema-ref=%s/**' % H], out='a: b')
    template('schema loopback by pattern', ['--grant', 'schema-ref'], ['refused', 'loopback address', 'letter by letter'])
    template('schema policy helm', ['--policy', 'helm'], out='a: b')
    schema(H + '/number.json')
    template('schema is applied', ['--grant', 'schema-ref=%s/number.json' % H], 'number')
    schema(H + '/redirect?302,/schema.json')
    template('schema redirect denied', ['--grant', 'schema-ref=%s/redirect?302,/schema.json' % H], ['denies schema-ref of %s/schema.json' % H])
    template('schema redirect granted', ['--grant', 'schema-ref=%s/**' % H], out='a: b')
    schema(H + '/endless')
    template('schema endless', ['--grant', 'schema-ref=%s/endless' % H], 'larger than the limit')
    schema(H + '/silent')
    template('schema silent', ['--grant', 'schema-ref=%s/silent' % H, '--time-limit', '2s'], [''], seconds=6)
    schema('http://169.254.169.254/latest')
    template('schema metadata', ['--grant', 'schema-ref=http://169.254.169.254/latest'], ['metadata address'])

shutil.rmtree(box, ignore_errors=True)
print('net: %d passed, %d failed' % (passed, failed))
sys.exit(1 if failed else 0)
