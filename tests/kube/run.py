#!/usr/bin/env python3
"""The Kubernetes client against an API server that is played here.

run.py KUBE-PROBE

kubeconfig files, credentials, impersonation, retries, the rate, discovery with its cache, streams, and a server that answers nonsense. Ends with 'kube: N
passed, N failed'.
"""
import base64, json, os, shutil, socket, stat, struct, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'net'))
import servers

probe = os.path.abspath(sys.argv[1])
slow = float(os.environ.get('BK_SLOW', '1'))
box = os.path.realpath(tempfile.mkdtemp(prefix='bulkhead-kube.'))
passed = failed = 0
env0 = {'PATH': '/usr/bin:/bin', 'HOME': box + '/home', 'TZ': 'UTC'}
os.makedirs(box + '/home/.kube')
servers.certificates(box)


def read(name):
    with open(os.path.join(box, name), 'rb') as f:
        return f.read()


def write(name, text, mode=0o600):
    path = os.path.join(box, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def run(args, env=None, seconds=20):
    t = time.monotonic()
    p = subprocess.run([probe, *args], env={**env0, **(env or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120 * slow)
    assert p.returncode == 0, p.stderr.decode()[-2000:]
    assert time.monotonic() - t < seconds * slow, 'took %.1f s' % (time.monotonic() - t)
    run.stderr = p.stderr.decode()
    return [json.loads(l) for l in p.stdout.decode('utf-8', 'replace').splitlines()]


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


def status(code, reason, message, **details):
    return json.dumps({'kind': 'Status', 'apiVersion': 'v1', 'status': 'Failure', 'message': message, 'reason': reason, 'code': code, 'details': details}).encode()


JSON = [('Content-Type', 'application/json')]
V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'


class Api(servers.Web):
    aggregated, accept_token, times = True, None, {}

    def say(self, c, line, body, more=()):
        servers.reply(c, line, body if isinstance(body, bytes) else json.dumps(body).encode(), list(JSON) + list(more))

    def once(self, key):
        self.times[key] = self.times.get(key, 0) + 1
        return self.times[key]

    def answer(self, c, r):
        path = r.target.partition('?')[0]
        if self.accept_token and r.headers.get('authorization') != 'Bearer ' + self.accept_token:
            return self.say(c, '401 Unauthorized', status(401, 'Unauthorized', 'Unauthorized'))
        name = path.strip('/').split('/')[0].replace('-', '_')
        if name in ('api', 'apis'):
            return self.discovery(c, r, path)
        return super().answer(c, r)

    def discovery(self, c, r, path):
        core = {'versions': [{'version': 'v1', 'resources': [
            {'resource': 'pods', 'responseKind': {'kind': 'Pod'}, 'scope': 'Namespaced', 'singularResource': 'pod', 'verbs': ['get', 'list'], 'shortNames': ['po'],
             'subresources': [{'subresource': 'log'}]},
            {'resource': 'nodes', 'responseKind': {'kind': 'Node'}, 'scope': 'Cluster', 'verbs': ['get']},
            {'resource': '../evil', 'responseKind': {'kind': 'Evil'}, 'scope': 'Cluster', 'verbs': ['get']}]}]}
        apps = {'metadata': {'name': 'apps'}, 'versions': [{'version': 'v1', 'resources': [
            {'resource': 'deployments', 'responseKind': {'kind': 'Deployment'}, 'scope': 'Namespaced', 'verbs': ['get']}]}]}
        stale = {'metadata': {'name': 'metrics.k8s.io'}, 'versions': [{'version': 'v1', 'freshness': 'Stale', 'resources': []}]}
        if path == '/api/v1/namespaces/ns/pods':
            return self.pods(c, r)
        if self.aggregated and path in ('/api', '/apis'):
            etag = '"E%s"' % path[1:]
            if r.headers.get('if-none-match') == etag:
                return servers.reply(c, '304 Not Modified', b'', [('ETag', etag)], length=False)
            items = [core] if path == '/api' else [apps, stale]
            return servers.reply(c, '200 OK', json.dumps({'kind': 'APIGroupDiscoveryList', 'items': items}).encode(), [('Content-Type', V2), ('ETag', etag)])
        plain = {'/api': {'kind': 'APIVersions', 'versions': ['v1']},
                 '/apis': {'kind': 'APIGroupList', 'groups': [{'name': 'apps', 'versions': [{'version': 'v1'}], 'preferredVersion': {'version': 'v1'}},
                                                              {'name': 'broken.io', 'versions': [{'version': 'v1'}], 'preferredVersion': {'version': 'v1'}}]},
                 '/api/v1': {'resources': [{'name': 'pods', 'kind': 'Pod', 'namespaced': True, 'verbs': ['get']}, {'name': 'pods/log', 'kind': 'Pod', 'namespaced': True}]},
                 '/apis/apps/v1': {'resources': [{'name': 'deployments', 'kind': 'Deployment', 'namespaced': True, 'verbs': ['get']}]}}
        if path in plain:
            return self.say(c, '200 OK', plain[path])
        return self.say(c, '503 Service Unavailable', b'{}')

    def do_version(self, c, r, q):
        self.say(c, '200 OK', {'gitVersion': 'v1.37.1'})

    def do_busy(self, c, r, q):
        n = self.once(r.target)
        if n <= 2:
            return self.say(c, '429 Too Many Requests', status(429, 'TooManyRequests', 'slow down'), [('Retry-After', '0')])
        self.say(c, '200 OK', {'n': n})

    def do_always_busy(self, c, r, q):
        self.say(c, '429 Too Many Requests', status(429, 'TooManyRequests', 'slow down'), [('Retry-After', '0')])

    def do_wobbly(self, c, r, q):
        n = self.once(r.target)
        if n <= 2:
            self.reset(c)
            return False
        self.say(c, '200 OK', {'n': n})

    def reset(self, c):
        c.unwrap if False else None
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))

    def do_missing(self, c, r, q):
        self.say(c, '404 Not Found', status(404, 'NotFound', 'secrets "x" not found', name='x', kind='secrets'))

    def do_html(self, c, r, q):
        servers.reply(c, '200 OK', b'<html>login</html>', [('Content-Type', 'text/html')])

    def do_html500(self, c, r, q):
        servers.reply(c, '502 Bad Gateway', b'<html>\n<b>bad</b></html>', [('Content-Type', 'text/html')])

    def do_unavailable(self, c, r, q):
        self.once('unavailable')
        servers.reply(c, '503 Service Unavailable', b'try later', [('Content-Type', 'text/plain')])

    def do_warned(self, c, r, q):
        self.say(c, '200 OK', {}, [('Warning', '299 - "extensions/v1beta1 is \\"old\\""')])

    expire = False

    def pods(self, c, r):
        q = dict(p.split('=') for p in r.target.partition('?')[2].split('&'))
        assert q['labelSelector'] == 'a%3Db', q
        at, limit = int(q.get('continue', 0)), int(q.get('limit', 10 ** 6))
        if limit == 666:  # never an end
            return self.say(c, '200 OK', {'items': [], 'metadata': {'continue': '1'}})
        if at and self.expire:
            return self.say(c, '410 Gone', status(410, 'Expired', 'too old'))
        total = 2000 if limit == 999 else 25
        end = min(at + limit, total)
        self.say(c, '200 OK', {'items': [{'metadata': {'name': str(i)}} for i in range(at, end)], 'metadata': {'continue': str(end)} if end < total else {}})

    def do_leaderless(self, c, r, q):
        if self.once(r.target) == 1:
            return self.say(c, '500 Internal Server Error', status(500, 'InternalError', 'etcdserver: leader changed'))
        self.say(c, '200 OK', {})

    def do_watched(self, c, r, q):
        """Tells its story over several streams, each of which breaks in its own way."""
        n = self.once(r.target.partition('?')[0])

        def event(kind, name, version, **more):
            return json.dumps({'type': kind, 'object': {'metadata': {'name': name, 'resourceVersion': str(version), **more}}}).encode() + b'\n'
        end = {'annotations': {'k8s.io/initial-events-end': 'true'}}
        initial, version = 'sendInitialEvents=true' in q, dict(p.split('=') for p in q.split('&')).get('resourceVersion')
        self.asked = getattr(self, 'asked', []) + [(initial, version)]
        story = {1: event('ADDED', 'a', 3) + event('BOOKMARK', '', 5, **end) + event('MODIFIED', 'a', 6)[:20],
                 2: event('MODIFIED', 'a', 6) + event('BOOKMARK', '', 9),
                 3: json.dumps({'type': 'ERROR', 'object': {'kind': 'Status', 'code': 410, 'message': 'too old'}}).encode() + b'\n',
                 4: event('ADDED', 'a', 11)[:-1],
                 5: event('ADDED', 'a', 11) + event('ADDED', 'b', 12) + event('BOOKMARK', '', 13, **end) + event('DELETED', 'b', 14) + b'\n'}
        if n not in story:
            return self.say(c, '403 Forbidden', status(403, 'Forbidden', 'no'))
        c.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n')
        for i in range(0, len(story[n]), 37):
            part = story[n][i:i + 37]
            c.sendall(b'%x\r\n' % len(part) + part + b'\r\n')
        if n != 1:
            c.sendall(b'0\r\n\r\n')
        return n != 1

    def do_nonsense(self, c, r, q):
        servers.reply(c, '200 OK', b'<html>\n', [('Content-Type', 'text/html')])

    def do_moved(self, c, r, q):
        servers.reply(c, '302 Found', b'', [('Location', 'https://127.0.0.1:1/')])


api = Api()
s = servers.Server(api, servers.context(box))
URL = 'https://127.0.0.1:%d' % s.port
picky = Api()
s_picky = servers.Server(picky, servers.context(box, client=True))


def b64(name):
    return base64.b64encode(read(name)).decode()


def kubeconfig(name='home/.kube/config', server=URL, user='token: t0ken', cluster='', namespace='', context='main', more=''):
    return write(name, 'apiVersion: v1\nkind: Config\ncurrent-context: %s\nclusters:\n- name: c\n  cluster:\n    server: %s\n    certificate-authority-data: %s\n%s'
                 'users:\n- name: u\n  user:\n    %s\ncontexts:\n- name: %s\n  context: {cluster: c, user: u%s}\n%s'
                 % (context, server, b64('ca.pem'), cluster, user.replace('\n', '\n    '), context, ', namespace: ' + namespace if namespace else '', more))


# ---- kubeconfig ----

@case('nothing at all')
def _():
    c = run(['config'])[0]
    assert c['server'] == 'http://localhost:8080' and c['namespace'] == 'default' and not c['pod'], c
    assert run(['config'], {'KUBERNETES_MASTER': 'http://m:1'})[0]['server'] == 'http://m:1'


@case('in a pod')
def _():
    for n, t in (('token', 'podtoken\n'), ('ca.crt', read('ca.pem').decode()), ('namespace', 'podns')):
        write('account/' + n, t)
    env = {'KUBERNETES_SERVICE_HOST': '127.0.0.1', 'KUBERNETES_SERVICE_PORT': str(s.port)}
    c = run(['account=' + box + '/account', 'config', 'GET /version'], env)
    assert c[0]['pod'] and c[0]['namespace'] == 'podns' and c[0]['token'] == 'podtoken' and c[1]['status'] == 200, c
    assert api.log[-1].headers['authorization'] == 'Bearer podtoken'
    assert run(['account=' + box + '/nothere', 'config'], env)[0]['pod'] is False
    assert run(['account=' + box + '/account', 'config'], {**env, 'KUBERNETES_SERVICE_HOST': '::1'})[0]['server'] == 'https://[::1]:%d' % s.port


kubeconfig(namespace='work')


@case('the usual file')
def _():
    a = run(['config', 'GET /version'])
    assert a[0]['server'] == URL and a[0]['namespace'] == 'work' and a[0]['token'] == 't0ken' and 'BEGIN CERT' in a[0]['ca_pem'], a[0]
    assert a[1]['status'] == 200 and api.log[-1].headers['authorization'] == 'Bearer t0ken', a[1]
    assert api.log[-1].headers['user-agent'].startswith('Helm/')


@case('flags on top')
def _():
    c = run(['namespace=n', 'token=other', 'server=' + URL + '/pre/', 'as=me', 'group=a', 'group=b', 'name=named.test', 'config', 'GET /version'])
    assert c[0]['namespace'] == 'n' and c[0]['token'] == 'other' and c[0]['server'] == URL + '/pre' and c[0]['name'] == 'named.test', c[0]
    r = api.log[-1]
    assert r.target == '/pre/version' and r.headers['impersonate-user'] == 'me' and r.headers['impersonate-group'] in ('a', 'b'), r.headers
    c = run(['insecure=1', 'config'])[0]
    assert c['insecure'] and not c['ca_pem'], c
    c = run(['ca=' + box + '/alien.pem', 'GET /version'])[0]
    assert 'certificate signed by unknown authority' in c['error'], c


@case('several files')
def _():
    a = write('a', 'contexts:\n- name: x\n  context: {cluster: c1, user: u1}\nclusters:\n- {name: c1, cluster: {server: "https://one"}}\n')
    b = write('b', 'current-context: x\ncontexts:\n- name: x\n  context: {cluster: c2}\nclusters:\n- {name: c1, cluster: {server: "https://two"}}\nusers:\n- {name: u1, user: {token: t}}\n')
    c = run(['config'], {'KUBECONFIG': ':'.join([a, box + '/none', b, a])})[0]
    assert c['server'] == 'https://one' and c['token'] == 't', c
    assert run(['config'], {'KUBECONFIG': box + '/none'})[0]['server'] == 'http://localhost:8080'


@case('paths of a file')
def _():
    p = write('sub/k', 'current-context: m\nclusters:\n- name: c\n  cluster: {server: %s, certificate-authority: ../ca.pem}\nusers:\n- name: u\n  user: {client-certificate: ../client.pem, client-key: ../client.key}\n'
              'contexts:\n- name: m\n  context: {cluster: c, user: u}\n' % ('https://127.0.0.1:%d' % s_picky.port))
    a = run(['kubeconfig=' + p, 'config', 'GET /version'])
    assert a[0]['ca_file'] == box + '/sub/../ca.pem' and a[1]['status'] == 200, a
    p = write('sub/k2', read('sub/k').decode().replace('../client.pem', 'none.pem'))
    assert 'invalid configuration: unable to read client-cert' in run(['kubeconfig=' + p, 'config'])[0]['error']


def bad(name, text, words, args=(), env=None):
    @case('bad ' + name)
    def _():
        p = write('bad', text) if text is not None else box + '/nothere'
        a = run(['kubeconfig=' + p, *args, 'config'], env)[0]
        for w in [words] if isinstance(words, str) else words:
            assert w in a['error'], a


head = 'current-context: m\ncontexts:\n- name: m\n  context: {cluster: c, user: u}\nclusters:\n- name: c\n  cluster: {server: "https://h"}\nusers:\n- name: u\n  user: '
bad('missing file', None, 'stat %s/nothere: no such file or directory' % box)
bad('no yaml', 'a: [', 'error loading config file "%s/bad": ' % box)
bad('list', '- a', 'error loading config file')
bad('kind', 'kind: Other\n', 'no kind "Other" is registered for version "v1"')
bad('clusters', 'clusters: 3', 'clusters is no list')
bad('names', 'users:\n- {name: a}\n- {name: a}\n', 'duplicate name "a" in list of users')
bad('context', '{}', 'context "x" does not exist', ['context=x'])
bad('current context', 'current-context: gone', 'context was not found for specified context: gone')
bad('token', head + '{token: 3}', 'token is no string')
bad('base64', head + '{client-certificate-data: "%%%", client-key: x}', 'client-certificate-data')
bad('two ways', head + '{token: a, username: b}', 'more than one authentication method')
bad('no key', head + '{client-certificate: /dev/null}', 'client-key-data or client-key must be specified for u')
bad('exec', head + '{exec: {apiVersion: client.authentication.k8s.io/v1}}', 'command must be specified for u')
bad('exec version', head + '{exec: {command: x}}', 'apiVersion must be specified for u')
bad('auth provider', head + '{auth-provider: {name: gcp}}', 'no longer supported')
bad('groups alone', head + '{as-groups: [a]}', 'without impersonating')
bad('insecure and ca', 'current-context: m\ncontexts:\n- name: m\n  context: {cluster: c}\nclusters:\n- name: c\n  cluster: {server: "https://h", insecure-skip-tls-verify: true, certificate-authority-data: YQ==}\n',
    'specifying a root certificates file with the insecure flag is not allowed')
bad('bomb', 'a: &a [x,x,x,x,x,x,x,x,x]\n' + ''.join('%s: &%s [%s]\n' % (chr(98 + i), chr(98 + i), ','.join(['*' + chr(97 + i)] * 9)) for i in range(12)), 'error loading config file')

# ---- credentials ----


@case('basic, token file, impersonation of a file')
def _():
    kubeconfig('k', user='username: me\npassword: "se:c"')
    run(['kubeconfig=' + box + '/k', 'GET /version'])
    assert api.log[-1].headers['authorization'] == 'Basic ' + base64.b64encode(b'me:se:c').decode()
    write('tok', 'filetoken\n')
    kubeconfig('k', user='tokenFile: tok\nas: other\nas-uid: "7"\nas-user-extra: {"a/b": [x]}')
    run(['kubeconfig=' + box + '/k', 'GET /version'])
    h = api.log[-1].headers
    assert h['authorization'] == 'Bearer filetoken' and h['impersonate-user'] == 'other' and h['impersonate-uid'] == '7' and h['impersonate-extra-a%2fb'] == 'x', h


@case('nothing secret over http')
def _():
    plain = Api()
    p = servers.Server(plain)
    kubeconfig('k', server='http://127.0.0.1:%d' % p.port)
    assert run(['kubeconfig=' + box + '/k', 'GET /version'])[0]['status'] == 200
    assert 'authorization' not in plain.log[-1].headers


def plugin(text):
    return write('plugin', '#!/bin/sh\necho run >>%s/runs\n' % box + text, 0o700)


def exec_user(more=''):
    return 'exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: [a, "b c"], env: [{name: X, value: yy}], interactiveMode: Never, provideClusterInfo: true, installHint: get it there%s}' % more


CRED = '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":%s}'


def runs():
    try:
        return read('runs').decode().count('run')
    except OSError:
        return 0


@case('exec plugin')
def _():
    plugin('[ "$X$2" = "yyb c" ] || exit 3\nprintf %%s "$KUBERNETES_EXEC_INFO" >%s/info\necho \'%s\'\n' % (box, CRED % '{"token":"fromexec"}'))
    kubeconfig('k', user=exec_user())
    a = run(['kubeconfig=' + box + '/k', 'GET /version', 'GET /version', 'GET /version'])
    assert all(x['status'] == 200 for x in a), a
    assert api.log[-1].headers['authorization'] == 'Bearer fromexec' and runs() == 1, runs()
    info = json.loads(read('info'))
    assert info['spec']['cluster']['server'] == URL and info['spec']['interactive'] is False, info
    os.remove(box + '/runs')
    plugin('echo \'%s\'\n' % (CRED % '{"token":"old","expirationTimestamp":"2020-01-01T00:00:00Z"}'))
    run(['kubeconfig=' + box + '/k', 'GET /version', 'GET /version'])
    assert runs() == 2, runs()
    run(['kubeconfig=' + box + '/k', 'token=mine', 'GET /version'])
    assert runs() == 2 and api.log[-1].headers['authorization'] == 'Bearer mine'


@case('exec plugin after 401')
def _():
    os.remove(box + '/runs')
    plugin('n=$(wc -l <%s/runs); echo \'%s\' | sed "s/N/$((n))/"\n' % (box, CRED % '{"token":"tN"}'))
    api.accept_token = 't2'
    try:
        a = run(['kubeconfig=' + box + '/k', 'GET /version'])[0]
    finally:
        api.accept_token = None
    assert a['status'] == 200 and runs() == 2, (a, runs())
    api.accept_token = 'never'
    try:
        a = run(['kubeconfig=' + box + '/k', 'GET /version'])[0]
    finally:
        api.accept_token = None
    assert a['status'] == 401 and a['error'] == 'Unauthorized' and a['reason'] == 'Unauthorized', a


@case('exec plugin with a certificate')
def _():
    cred = {'kind': 'ExecCredential', 'apiVersion': 'client.authentication.k8s.io/v1',
            'status': {'clientCertificateData': read('client.pem').decode(), 'clientKeyData': read('client.key').decode()}}
    plugin('cat <<\'E\'\n%s\nE\n' % json.dumps(cred))
    kubeconfig('k', server='https://127.0.0.1:%d' % s_picky.port, user=exec_user())
    a = run(['kubeconfig=' + box + '/k', 'GET /version', 'GET /version'])
    assert [x['status'] for x in a] == [200, 200], a


for name, text, words in (('fails', 'exit 7\n', 'failed with exit code 7'), ('says nothing', '\n', 'decoding stdout'), ('says nonsense', 'echo "<html>"\n', 'decoding stdout'),
                          ('lacks status', "echo '%s'\n" % (CRED % 'null'), "didn't return a status field"), ('lacks token', "echo '%s'\n" % (CRED % '{}'), "didn't return a token"),
                          ('half', "echo '%s'\n" % (CRED % '{"clientCertificateData":"x"}'), 'only certificate or key'), ('floods', 'yes\n', 'output'),
                          ('other version', "echo '%s'\n" % (CRED % '{"token":"a"}').replace('/v1"', '/v1beta1"'), 'plugin returned version')):
    @case('exec plugin ' + name)
    def _():
        plugin(text)
        kubeconfig('k', user=exec_user())
        a = run(['kubeconfig=' + box + '/k', 'GET /version'])[0]
        assert a['error'].startswith('Get "%s/version": getting credentials: ' % URL) and words in a['error'] and a['status'] == 0, a


@case('exec plugin by its whole path')
def _():
    plugin('echo \'%s\'\n' % (CRED % '{"token":"whole"}'))
    for more in ('', ', args: [a]'):
        kubeconfig('k', user='exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: %s/plugin%s}' % (box, more))
        assert run(['kubeconfig=' + box + '/k', 'GET /version'])[0]['status'] == 200 and api.log[-1].headers['authorization'] == 'Bearer whole'


@case('exec plugin that is not there')
def _():
    kubeconfig('k', user=exec_user().replace('./plugin', 'no-such-plugin'))
    a = run(['kubeconfig=' + box + '/k', 'GET /version'])[0]
    assert 'exec: executable no-such-plugin not found' in a['error'] and 'get it there' in a['error'], a


# ---- requests ----

@case('many at once')
def _():
    n = s.connections
    a = run(['qps=1000', 'together'] + ['GET /size?%d' % i for i in range(100)])
    assert [x['bytes'] for x in a] == list(range(100)), a[:3]
    assert s.connections - n <= 64


@case('the rate')
def _():
    t = time.monotonic()
    run(['qps=10', 'burst=2', 'together'] + ['GET /version'] * 8)
    took = time.monotonic() - t
    assert took >= 0.5, took


@case('tried again')
def _():
    a = run(['GET /busy', 'POST /busy/2 {"a":1}', 'GET /wobbly', 'POST /wobbly/2 {"a":1}', 'GET /always-busy', 'GET /unavailable'], seconds=30)
    assert (a[0]['status'], a[0]['tries']) == (200, 3), a[0]
    assert (a[1]['status'], a[1]['tries']) == (200, 3), a[1]
    assert a[2]['status'] == 200 and a[2]['tries'] in (2, 3), a[2]
    assert a[3]['status'] == 0 and a[3]['tries'] == 1 and a[3]['error'], a[3]
    assert api.times['/wobbly/2'] == 1, 'a POST was sent %d times' % api.times['/wobbly/2']
    assert a[4]['status'] == 429 and a[4]['error'] == 'slow down' and a[4]['tries'] == 11, a[4]
    assert a[5]['status'] == 503 and a[5]['tries'] == 1 and 'try later' in a[5]['error'], a[5]


@case('what the server says')
def _():
    a = run(['GET /missing', 'GET /none', 'GET /html500', 'GET /moved', 'GET /truncated', 'GET /nothing', 'GET /warned', 'GET /warned'], seconds=60)
    assert a[0]['error'] == 'secrets "x" not found' and a[0]['reason'] == 'NotFound', a[0]
    assert a[1]['error'] == 'the server could not find the requested resource' and a[1]['status'] == 404, a[1]
    assert '<' not in a[2]['error'] and a[2]['status'] == 502, a[2]
    assert 'redirect' in a[3]['error'], a[3]
    assert 'unexpected EOF' in a[4]['error'], a[4]
    assert 'EOF' in a[5]['error'], a[5]
    assert run.stderr.count('Warning: extensions/v1beta1 is "old"') == 1, run.stderr


@case('no server')
def _():
    a = run(['server=https://127.0.0.1:1', 'GET /version'])[0]
    assert a['error'] == 'Get "https://127.0.0.1:1/version": dial tcp 127.0.0.1:1: connect: connection refused', a


@case('streams')
def _():
    a = run(['WATCH /events?5', 'WATCH /missing', 'WATCH /truncated'])
    assert a[0]['lines'] == 5 and not a[0]['error'], a
    assert a[1]['error'], a
    assert 'EOF' in a[2]['error'], a


@case('watches')
def _():
    a = run(['EVENTS /watched 9', 'EVENTS /watched 10'], seconds=30)
    assert a[0]['events'] == ['added a', 'synced', 'modified a', 'restart', 'added a', 'added b', 'synced', 'deleted b'][:9] or \
        a[0]['events'] == ['added a', 'synced', 'modified a', 'restart', 'added a', 'restart', 'added a', 'added b', 'synced', 'deleted b'], a[0]
    assert api.asked[:5] == [(True, None), (False, '5'), (False, '9'), (True, None), (True, None)], api.asked
    assert a[1]['error'] == 'no', a[1]
    a = run(['EVENTS /nonsense 1', 'EVENTS /missing 1'])
    assert 'malformed' in a[0]['error'] and a[1]['error'] == 'secrets "x" not found', a


@case('version')
def _():
    assert run(['version'])[0]['version'] == 'v1.37.1'
    a = run(['server=https://127.0.0.1:1', 'version'])[0]
    assert a['error'].startswith('kubernetes cluster unreachable: Get "https://127.0.0.1:1/version": dial tcp'), a


@case('lists')
def _():
    a = run(['LIST 10', 'LIST 25', 'LIST 7', 'LIST 666', 'LIST 999'])
    assert [x.get('count') for x in a[:3]] == [25, 25, 25], a
    assert 'no end' in a[3]['error'] and 'objects of a collection' in a[4]['error'], a
    api.expire = True
    try:
        assert run(['LIST 10'])[0]['count'] == 25
    finally:
        api.expire = False


@case('no leader')
def _():
    a = run(['POST /leaderless {"a":1}'])[0]
    assert a['status'] == 200 and a['tries'] == 2, a


# ---- discovery ----

@case('discovery')
def _():
    api.log.clear()
    cache = 'cache=' + box + '/cache'
    a = run([cache, 'discover'])[0]
    assert a['kinds'] == ['/api/v1/namespaces/ns/pods/x', '/api/v1/nodes/x', '/apis/apps/v1/namespaces/ns/deployments/x'], a
    assert a['deployment'] == 'deployments' and a['failed'] == ['metrics.k8s.io'] and len(api.log) == 2, (a, len(api.log))
    b = run([cache, 'discover'])[0]
    assert a == b and all(r.headers.get('if-none-match') for r in api.log[2:]) and len(api.log) == 4
    # whatever is in the cache, the answer is right
    for root, _, files in os.walk(box + '/cache'):
        for f in files:
            p = os.path.join(root, f)
            assert stat.S_IMODE(os.stat(p).st_mode) == 0o600 and stat.S_IMODE(os.stat(root).st_mode) == 0o700
            text = open(p, 'rb').read()
            for damage in (b'', text[:50], text[:-1], text.replace(b'{', b'[', 1), b'\0' * 100):
                with open(p, 'wb') as out:
                    out.write(damage)
                assert run([cache, 'discover'])[0] == a
    os.chmod(box + '/cache/bulkhead', 0o500)
    assert run([cache, 'discover'])[0] == a
    os.chmod(box + '/cache/bulkhead', 0o700)


@case('discovery group by group')
def _():
    api.aggregated = False
    try:
        a = run(['discover'])[0]
    finally:
        api.aggregated = True
    assert a['kinds'] == ['/api/v1/namespaces/ns/pods/x', '/apis/apps/v1/namespaces/ns/deployments/x'] and a['failed'] == ['broken.io'], a


@case('discovery of nonsense')
def _():
    for body, kind in ((b'<html>', 'text/html'), (b'{', 'application/json'), (b'[]', V2), (b'{"items":{"a":1}}', V2), (b'{"items":[1,{"versions":[{"version":"v1","resources":[7]}]}]}', V2)):
        weird = servers.Server(lambda c: [servers.reply(c, '200 OK', body, [('Content-Type', kind), ('Connection', 'close')]) for _ in [servers.Request(c.makefile('rb'))]],
                               servers.context(box))
        a = run(['server=https://127.0.0.1:%d' % weird.port, 'discover'])[0]
        weird.close()
        assert a.get('kinds') == [] or a['error'], a


shutil.rmtree(box, ignore_errors=True)
print('kube: %d passed, %d failed' % (passed, failed))
sys.exit(1 if failed else 0)
