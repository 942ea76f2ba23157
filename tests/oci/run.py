#!/usr/bin/env python3
"""OCI registries against honest and hostile servers on loopback, and Debian's docker-registry where it is installed.

run.py OCI-PROBE BULKHEAD       (HELM=path compares with a real helm, CORPUS=folder of .tgz charts gives it charts; ONLY=name runs one case)

Every case demands an answer or one clear line, in time, and that no secret leaves for anybody but its registry. Ends with 'oci: N passed, N failed'.
"""
import base64, hashlib, io, json, os, shutil, signal, subprocess, sys, tarfile, tempfile, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pulling, real, registry
from registry import Registry, Tokens, descriptor, digest, reply, servers

probe, program = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
slow = float(os.environ.get('BK_SLOW', '1'))
box = tempfile.mkdtemp(prefix='bulkhead-oci.')
passed = failed = 0
SECRET = 'pa55-w0rd-of-the-operator'
ENV = {'PATH': '/usr/bin:/bin', 'HOME': box, 'TZ': 'UTC', 'HELM_REGISTRY_CONFIG': box + '/registry/config.json'}


def execute(args, env=None, input=b'', seconds=30, **more):
    t = time.monotonic()
    p = subprocess.run(args, env={**ENV, **(env or {})}, cwd=box, input=input, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=150 * slow, **more)
    assert time.monotonic() - t < seconds * slow, 'took %.1f s' % (time.monotonic() - t)
    out, err = p.stdout.decode('utf-8', 'replace'), p.stderr.decode('utf-8', 'replace')
    assert SECRET not in out + err, 'a secret in the output: ' + out + err
    return p.returncode, out, err


def ask(op, ref, env=None, seconds=30, **options):
    code, out, err = execute([probe, op, ref] + ['%s=%s' % kv for kv in options.items()], env, seconds=seconds)
    assert code == 0, 'exit code %d: %s' % (code, err[-2000:])
    lines = out.splitlines()
    return lines[-1] == 'ok', lines[:-1] if lines[-1] == 'ok' else lines[-1][len('error: '):]


def good(op, ref, **options):
    ok, said = ask(op, ref, **options)
    assert ok, said
    return said


def bad(words, op, ref, **options):
    ok, said = ask(op, ref, **options)
    assert not ok, 'no error: %s' % said
    for w in [words] if isinstance(words, str) else words:
        assert w in said, said
    return said


def equal(a, b):
    assert a == b, '%r is not %r' % (a, b)


def case(f):
    global passed, failed
    if os.environ.get('ONLY') not in (None, f.__name__):
        return
    try:
        f()
        passed += 1
    except Exception as e:
        failed += 1
        print('FAIL %s: %s: %s' % (f.__name__, type(e).__name__, e))


def start(handler, context=None):
    s = servers.Server(handler, context)
    s.name = '127.0.0.1:%d' % s.port
    return s


def config_file(name, **content):
    path = os.path.join(box, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        json.dump(content, f)
    return path


def broken_config():
    path = os.path.join(box, 'broken.json')
    with open(path, 'w') as f:
        f.write('{"auths"')
    return path


def login_of(server, user='user', password=SECRET):
    return {server: {'auth': base64.b64encode(('%s:%s' % (user, password)).encode()).decode()}}


def chart(name='web', version='1.2.3', size=0, **more):
    """A packed chart; returns its path."""
    meta = dict(apiVersion='v2', name=name, version=version, **more)
    path = os.path.join(box, '%s-%s.tgz' % (name, version))
    with tarfile.open(path, 'w:gz', compresslevel=1) as t:
        for n, b in (('Chart.yaml', json.dumps(meta).encode()), ('templates/a.yaml', b'kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n'),
                     ('files/blob', os.urandom(size))):
            i = tarfile.TarInfo(name + '/' + n)
            i.size, i.mode = len(b), 0o644
            t.addfile(i, io.BytesIO(b))
    return path


servers.certificates(box)
ARCHIVE = b'\x1f\x8b' + os.urandom(300000)
web = Registry()
s = start(web)
for v in ('1.0.0', '1.2.3', '1.10.0', '2.0.0-rc.1', '0.9.0_build.5', '3.0.0'):
    web.put('c/web', v, ARCHIVE)
for t in ('latest', 'v9.9.9', '1.2', 'sha256-abc'):
    web.put('c/web', t, ARCHIVE, version='1.2.3')
web.put('c/signed', '1.0.0', ARCHIVE, prov=b'-----BEGIN PGP SIGNED MESSAGE-----')
R = 'oci://' + s.name + '/c/web'

# ---- honest ----

@case
def pulls():
    path = os.path.join(box, 'got.tgz')
    said = good('pull', R, version='1.2.3', plain=1, file=path)
    equal(said[0], 'Pulled: %s/c/web:1.2.3' % s.name)
    equal(said[1], 'Digest: ' + digest(web.manifests['c/web', '1.2.3'][1]))
    equal(said[2], 'chart %s %d' % (digest(ARCHIVE), len(ARCHIVE)))
    equal(open(path, 'rb').read(), ARCHIVE)

@case
def chooses():
    for version, want in (('', '3.0.0'), ('1.2.3', '1.2.3'), ('1.x', '1.10.0'), ('^1.0', '1.10.0'), ('~1.2', '1.2.3'), ('<1', '0.9.0+build.5'), ('>1-0 <3', '2.0.0-rc.1'),
                          ('0.9.0+build.5', '0.9.0+build.5'), ('7.7.7', '7.7.7'), ('v1.0.0', 'v1.0.0')):
        equal(good('choose', R, version=version, plain=1), ['%s/c/web:%s web-%s.tgz %s' % (s.name, want.replace('+', '_'), want, want)])
    bad('could not locate a version matching provided version string >7', 'choose', R, version='>7', plain=1)
    bad('improper constraint: "foo"', 'choose', R, version='foo', plain=1)
    bad('chart reference and version mismatch: 2.0.0 is not 1.0.0', 'choose', R + ':1.0.0', version='2.0.0', plain=1)

@case
def lists_versions():
    equal(execute([program, 'registry', 'tags', R, '--plain-http'])[1], '3.0.0\n2.0.0-rc.1\n1.10.0\n1.2.3\n1.0.0\n0.9.0+build.5\n')
    equal(len(execute([program, 'registry', 'tags', R, '--plain-http', '--all'])[1].splitlines()), 10)

@case
def underscore_is_told():
    said = good('pull', R, version='0.9.0+build.5', plain=1)
    equal(said[2], '%s/c/web:0.9.0_build.5 contains an underscore.' % s.name)

@case
def pulls_by_digest():
    d = digest(web.manifests['c/web', '1.2.3'][1])
    equal(good('pull', R + '@' + d, plain=1)[0], 'Pulled: %s/c/web@%s' % (s.name, d))
    equal(good('choose', R + ':1.2.3@' + d, plain=1), ['%s/c/web@%s web@sha256-%s.tgz ' % (s.name, d, d[7:])])
    bad('chart reference digest mismatch: ', 'choose', R + ':1.0.0@' + d, plain=1)
    equal(len(good('choose', R + ':8.0.0@' + d, plain=1)), 1)
    bad('failed to perform "FetchReference" on source: %s/c/web@sha256:%s: not found' % (s.name, 'a' * 64), 'pull', R + '@sha256:' + 'a' * 64, plain=1)

@case
def tags_come_in_pages():
    equal(len(good('tags', R, plain=1)), 10)
    equal(good('versions', R, plain=1), ['3.0.0', '2.0.0-rc.1', '1.10.0', '1.2.3', '1.0.0', '0.9.0+build.5'])
    bad(['GET "http://%s/v2/c/none/tags/list": response status code 404: name unknown: ' % s.name], 'tags', 'oci://%s/c/none' % s.name, plain=1)

@case
def provenance_layer():
    ref = 'oci://%s/c/signed:1.0.0' % s.name
    equal(good('pull', ref, plain=1, prov='needed')[3], 'prov -----BEGIN PGP SIGNED MESSAGE-----')
    bad('manifest does not contain a layer with mediatype application/vnd.cncf.helm.chart.provenance.v1.prov', 'pull', R + ':1.0.0', plain=1, prov='needed')
    equal(len(good('pull', R + ':1.0.0', plain=1, prov=1)), 3)

@case
def referrers():
    subject = digest(web.manifests['c/signed', '1.0.0'][1])
    m = json.dumps({'schemaVersion': 2, 'artifactType': 'x/bundle', 'subject': {'digest': subject}}).encode()
    web.put_manifest('c/signed', 'ref', m)
    ref = 'oci://%s/c/signed' % s.name
    equal(good('referrers', ref, plain=1, digest=subject), [digest(m) + ' x/bundle'])
    equal(good('referrers', ref, plain=1, digest=subject, type='other'), [])
    index = json.dumps({'schemaVersion': 2, 'manifests': [descriptor(registry.MANIFEST, m, artifactType='x/bundle')]}).encode()
    web.fault['c/signed'] = lambda w, c, r: (w.on_nothing(c, r), True)[1] if '/referrers/' in r.target else None
    equal(good('referrers', ref, plain=1, digest=subject), [])
    web.put_manifest('c/signed', subject.replace(':', '-'), index, registry.INDEX)
    equal(good('referrers', ref, plain=1, digest=subject), [digest(m) + ' x/bundle'])

@case
def a_busy_registry_is_asked_again():
    def busy(w, c, r):
        w.count[r.target] = w.count.get(r.target, 0) + 1
        if w.count[r.target] < 3:
            reply(c, '503 Service Unavailable', b'')
            return True
    web.put('busy/web', '1.0.0', ARCHIVE)
    web.fault['busy/web'] = busy
    good('pull', 'oci://%s/busy/web:1.0.0' % s.name, plain=1)

@case
def a_broken_blob_is_continued():
    def breaks(w, c, r):
        if '/blobs/' + digest(ARCHIVE) in r.target and 'range' not in r.headers:
            c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % len(ARCHIVE) + ARCHIVE[:100000])
            return False
        if 'range' in r.headers:
            w.count['range'] = r.headers['range']
    web.put('broken/web', '1.0.0', ARCHIVE)
    web.fault['broken/web'] = breaks
    path = os.path.join(box, 'continued.tgz')
    good('pull', 'oci://%s/broken/web:1.0.0' % s.name, plain=1, file=path)
    equal(open(path, 'rb').read(), ARCHIVE)
    equal(web.count['range'], 'bytes=100000-')

# ---- who is told what ----

@case
def basic_authentication():
    private = Registry(('basic', 'user', SECRET))
    p = start(private)
    private.put('c/web', '1.0.0', ARCHIVE)
    ref = 'oci://%s/c/web:1.0.0' % p.name
    bad('GET "http://%s/v2/c/web/manifests/1.0.0": basic credential not found' % p.name, 'pull', ref, plain=1)
    good('pull', ref, plain=1, user='user', password=SECRET)
    bad('response status code 401: unauthorized: authentication required', 'pull', ref, plain=1, user='user', password='wrong')
    good('pull', ref, plain=1, config=config_file('own.json', auths=login_of(p.name)))
    docker = os.path.dirname(config_file('docker/config.json', auths=login_of('http://%s/v1/' % p.name)))
    good('pull', ref, plain=1, env={'DOCKER_CONFIG': docker})
    bad('basic credential not found', 'pull', ref, plain=1, config=config_file('other.json', auths=login_of('127.0.0.1:1')))
    bad('failed to decode config file', 'pull', ref, plain=1, config=broken_config())

@case
def credential_helpers():
    private = Registry(('basic', 'user', SECRET))
    p = start(private)
    private.put('c/web', '1.0.0', ARCHIVE)
    ref = 'oci://%s/c/web:1.0.0' % p.name
    os.makedirs(box + '/helpers', exist_ok=True)
    with open(box + '/helpers/docker-credential-box', 'w') as f:
        f.write('#!/bin/sh\nread s\n[ "$1" = get ] || exit 9\n[ "$s" = %s ] || { echo "credentials not found in native keychain"; exit 1; }\n'
                'echo \'{"ServerURL":"x","Username":"user","Secret":"%s"}\'\n' % (p.name, SECRET))
    os.chmod(box + '/helpers/docker-credential-box', 0o755)
    env = {'PATH': box + '/helpers:/usr/bin:/bin'}
    good('pull', ref, plain=1, env=env, config=config_file('h1.json', credHelpers={p.name: 'box'}))
    good('pull', ref, plain=1, env=env, config=config_file('h2.json', credsStore='box'))
    bad('basic credential not found', 'pull', ref, plain=1, env=env, config=config_file('h3.json', credHelpers={'else': 'box'}))
    bad('executable file not found in $PATH', 'pull', ref, plain=1, config=config_file('h4.json', credsStore='gone'))
    bad('it has to be one word', 'pull', ref, plain=1, env=env, config=config_file('h5.json', credsStore='../../bin/sh'))

@case
def tokens():
    service = Tokens('user', SECRET, identity='identity-' + SECRET)
    t = start(service)
    private = Registry(('bearer', 'http://%s/token' % t.name, service.tokens))
    p = start(private)
    private.put('c/web', '1.0.0', ARCHIVE)
    ref = 'oci://%s/c/web:1.0.0' % p.name
    good('pull', ref, plain=1)
    equal(service.scopes, [['repository:c/web:pull']])
    good('pull', ref, plain=1, user='user', password=SECRET)
    service.anonymous = False
    bad('response status code 401: unauthorized: incorrect username or password', 'pull', ref, plain=1, user='user', password='wrong')
    bad('response status code 401', 'pull', ref, plain=1)
    good('pull', ref, plain=1, config=config_file('t1.json', auths={p.name: {'identitytoken': 'identity-' + SECRET}}))
    equal(service.forms[-1]['grant_type'], ['refresh_token'])
    service.tokens.add('given-' + SECRET)
    good('pull', ref, plain=1, config=config_file('t2.json', auths={p.name: {'registrytoken': 'given-' + SECRET}}))
    n = len(service.log)
    good('pull', ref, plain=1, config=config_file('t1.json', auths={p.name: {'identitytoken': 'identity-' + SECRET}}))
    equal(len(service.log), n + 1)

@case
def a_token_that_ends_is_renewed():
    service = Tokens()
    t = start(service)
    private = Registry(('bearer', 'http://%s/token' % t.name, service.tokens))
    p = start(private)
    private.put('c/web', '1.0.0', ARCHIVE)
    def forget(w, c, r):
        if '/blobs/' + digest(ARCHIVE) in r.target and not w.count:
            w.count['x'] = 1
            service.tokens.clear()
    private.fault['c/web'] = forget
    good('pull', 'oci://%s/c/web:1.0.0' % p.name, plain=1)
    equal(len(service.scopes), 2)

# ---- oras-go, 2026: credentials follow an upload location, a hostile token realm, redirects ----

@case
def advisory_oras_realm_on_another_host():
    service = Tokens('user', SECRET)
    t = start(service)
    private = Registry(('bearer', 'http://localhost:%d/token' % t.port, service.tokens))
    p = start(private)
    private.put('c/web', '1.0.0', ARCHIVE)
    ref = 'oci://%s/c/web:1.0.0' % p.name
    said = bad(['asks for its credentials to be sent to another site, localhost: nothing was sent', 'BULKHEAD_REGISTRY_REALMS=localhost'], 'pull', ref, plain=1,
               user='user', password=SECRET)
    assert '\n' not in said
    equal(service.log, [])
    good('pull', ref, plain=1, user='user', password=SECRET, env={'BULKHEAD_REGISTRY_REALMS': 'localhost'})
    good('pull', ref, plain=1)  # nothing to lose
    for realm, words in (('file:///etc/passwd', 'uses unsupported scheme "file"'), ('http://169.254.169.254/x', 'is a loopback, link-local, private'), ('', 'unsupported scheme')):
        private.auth = ('bearer', realm, set())
        bad(words, 'pull', ref, plain=1, user='user', password=SECRET)

@case
def advisory_oras_redirect_takes_no_credentials():
    other = Registry()
    o = start(other)
    other.blobs[digest(ARCHIVE)] = ARCHIVE
    private = Registry(('basic', 'user', SECRET))
    p = start(private)
    private.put('c/web', '1.0.0', ARCHIVE)
    def leads_away(w, c, r):
        if '/blobs/' + digest(ARCHIVE) in r.target and 'authorization' in r.headers:
            reply(c, '307 Temporary Redirect', headers=[('Location', 'http://%s%s' % (o.name, r.target))])
            return True
    private.fault['c/web'] = leads_away
    ref = 'oci://%s/c/web:1.0.0' % p.name
    good('pull', ref, plain=1, user='user', password=SECRET)
    equal(len(other.log), 1)
    assert 'authorization' not in other.log[0].headers, other.log[0].headers
    other.auth = ('basic', 'user', SECRET)  # and a challenge from there is not answered
    bad('response status code 401', 'pull', ref, plain=1, user='user', password=SECRET)
    assert not any('authorization' in r.headers for r in other.log)
    for where, words in (('file:///etc/passwd', 'unsupported protocol scheme "file"'), ('/v2/c/web/blobs/' + digest(ARCHIVE), 'stopped after 10 redirects')):
        private.fault['c/web'] = lambda w, c, r: (reply(c, '302 Found', headers=[('Location', where)]), True)[1] if '/blobs/' + digest(ARCHIVE) in r.target else None
        bad(words, 'pull', ref, plain=1, user='user', password=SECRET)

@case
def advisory_oras_upload_location_elsewhere():
    other = Registry()
    o = start(other)
    private = Registry(('basic', 'user', SECRET))
    p = start(private)
    path = chart()
    push = [program, 'push', path, 'oci://%s/c' % p.name, '--plain-http', '--username', 'user', '--password', SECRET]
    for where, words in (('http://%s/v2/x' % o.name, 'is on a different host than the registry'), ('http://localhost:%d/v2/x' % p.port, 'is on a different host than the registry'),
                         ('file:///tmp/x', 'blob upload Location'), ('', 'no Location header')):
        def elsewhere(w, c, r):
            if r.method == 'POST' and 'authorization' in r.headers:
                reply(c, '202 Accepted', headers=[('Location', where)] if where else [])
                return True
        private.fault['*'] = elsewhere
        code, out, err = execute(push)
        equal(code, 1)
        assert words in err and err.count('\n') == 1, err
        equal(other.log, [])
        equal(private.manifests, {})

@case
def what_is_sent_is_not_sent_on():
    other = Registry()
    o = start(other)
    r = Registry()
    p = start(r)
    for method in ('POST', 'PUT'):
        r.fault['*'] = lambda w, c, q: (reply(c, '307 Temporary Redirect', headers=[('Location', 'http://%s%s' % (o.name, q.target))]), True)[1] if q.method == method else None
        code, out, err = execute([program, 'push', chart(), 'oci://%s/c' % p.name, '--plain-http'])
        assert code == 1 and 'response status code 307' in err, err
    equal(other.log, [])

# ---- answers that mean ill ----

def faulty(where, words, hook=None, seconds=30, **put):
    web.put('ill/' + where, '1.0.0', ARCHIVE, **put)
    if hook:
        web.fault['ill/' + where] = hook
    return bad(words, 'pull', 'oci://%s/ill/%s:1.0.0' % (s.name, where), plain=1, seconds=seconds)

def is_archive(r):
    return '/blobs/' + digest(ARCHIVE) in r.target

@case
def blobs_that_are_not_what_they_should_be():
    faulty('wrong', 'digest mismatch: got sha256:', lambda w, c, r: (reply(c, '200 OK', b'x' * len(ARCHIVE)), True)[1] if is_archive(r) else None)
    faulty('long', 'more than the %d bytes that the manifest tells of' % len(ARCHIVE), lambda w, c, r: (reply(c, '200 OK', ARCHIVE + b'x' * 1000), True)[1] if is_archive(r) else None)
    faulty('short', 'the manifest tells of %d' % len(ARCHIVE), lambda w, c, r: (reply(c, '200 OK', ARCHIVE[:1000]), True)[1] if is_archive(r) else None)
    faulty('gone', 'failed to perform "Fetch" on source: %s: not found' % digest(ARCHIVE), lambda w, c, r: (reply(c, '404 Not Found'), True)[1] if is_archive(r) else None)
    faulty('huge', 'bytes of a blob', layers=[dict(mediaType=registry.CHART, digest=digest(ARCHIVE), size=1 << 50)])

@case
def an_endless_blob_ends():
    def endless(w, c, r):
        if is_archive(r):
            c.sendall(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n')
            while True:
                c.sendall(b'x' * 65536)
    faulty('endless', 'more than the', endless)

@case
def a_blob_that_always_breaks_is_given_up():
    def breaks(w, c, r):
        if is_archive(r):
            c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\nabc' % len(ARCHIVE))
            return False
    faulty('breaks', 'unexpected EOF', breaks)

@case
def manifests_that_are_not_what_they_should_be():
    def answer(body, kind=registry.MANIFEST, headers=()):
        return lambda w, c, r: (reply(c, '200 OK', body, [('Content-Type', kind), *headers]), True)[1] if '/manifests/' in r.target else None
    for name, body, words in (('html', b'<html>hello', 'malformed manifest'), ('empty', b'', 'malformed manifest'), ('list', b'[]', 'malformed manifest'), ('cut', b'{"schemaVersion":2', 'malformed manifest'),
                              ('deep', b'[' * 100000, 'malformed manifest'), ('big', b' ' * (5 << 20), 'too large'), ('old', b'{"schemaVersion":1,"name":"x"}', 'schemaVersion is not 2')):
        faulty(name, [] if name == 'big' else words, answer(body))
    faulty('page', 'is a web page', answer(b'{"schemaVersion":2}', 'text/html; charset=utf-8'))
    faulty('lied', 'digest mismatch', answer(b'{"schemaVersion":2}', headers=[('Docker-Content-Digest', 'sha256:' + 'b' * 64)]))
    d = digest(web.manifests['c/web', '1.0.0'][1])
    web.fault['pinned/web'] = answer(web.manifests['c/web', '1.2.3'][1])
    bad('digest mismatch', 'pull', 'oci://%s/pinned/web@%s' % (s.name, d), plain=1)
    faulty('image', 'could not load config with mediatype', config=descriptor('application/vnd.oci.image.config.v1+json', b'{}'))
    faulty('nochart', 'manifest does not contain a layer with mediatype application/vnd.cncf.helm.chart.content.v1.tar+gzip', layers=[])
    faulty('twins', 'more than one layer', layers=[descriptor(registry.CHART, ARCHIVE)] * 2)

@case
def another_chart_than_was_asked_for():
    faulty('renamed', 'the registry has a chart named "evil"', name='evil')
    faulty('versioned', 'the registry has version 6.6.6 of chart versioned under the tag 1.0.0', version='6.6.6')

@case
def lists_that_mean_ill():
    def tags(body, link=None):
        return lambda w, c, r: (reply(c, '200 OK', body, [('Link', link)] if link else []), True)[1]
    ref = 'oci://%s/list/web' % s.name
    for body, link, words in ((b'{"tags":["1.0.0"]}', '<http://localhost:%d/v2/x>; rel="next"' % s.port, 'not the same origin as'), (b'{"tags":["1.0.0"]}', 'nonsense', "missing '<'"),
                              (b'{"tags":["1.0.0"]}', '<x', "missing '>'"), (b'{"tags":{}}', None, 'tags is no list'), (b'<html>', None, 'failed to decode response'),
                              (json.dumps({'tags': ['1.0.%d' % i for i in range(120000)]}).encode(), None, 'tags of a repository'), (b'{"tags":[]}', '</v2/list/web/tags/list>', 'pages of tags')):
        web.fault['list/web'] = tags(body, link)
        bad(words, 'versions', ref, plain=1, seconds=60)
    web.fault['list/web'] = tags(b'{"tags":null}')
    bad('unable to locate any tags in provided repository: ' + ref, 'choose', ref, plain=1)

@case
def advisory_CVE_2019_1010275_certificates():
    tls = start(web, servers.context(box))
    ref = 'oci://%s/c/web:1.0.0' % tls.name
    bad('x509: certificate signed by unknown authority', 'pull', ref)
    good('pull', ref, ca=box + '/ca.pem')
    good('pull', ref, insecure=1)
    bearer = Registry(('bearer', 'http://127.0.0.1:1/token', set()))
    b = start(bearer, servers.context(box))
    bearer.put('c/web', '1.0.0', ARCHIVE)
    bad('uses http but registry was contacted over https', 'pull', 'oci://%s/c/web:1.0.0' % b.name, ca=box + '/ca.pem')

@case
def advisory_CVE_2021_21303_control_bytes_of_a_registry():
    def colourful(w, c, r):
        reply(c, '400 Bad Request', json.dumps({'errors': [{'code': 'X', 'message': '\x1b]0;owned\x07 and \u202e'}]}).encode())
        return True
    web.fault['esc/web'] = colourful
    code, out, err = execute([program, 'push', chart(), 'oci://%s/esc' % s.name, '--plain-http'])
    assert code == 1 and '\x1b' not in err and '\x07' not in err and '\u202e' not in err, repr(err)

# ---- the program: push, login, logout ----

@case
def pushes():
    r = Registry()
    p = start(r)
    path = chart(version='1.0.0+b', description='<a> & b', home='https://h', annotations={'k': 'v'}, maintainers=[{'name': 'A', 'email': 'a@x'}])
    os.utime(path, (1600000000, 1600000000))
    code, out, err = execute([program, 'push', path, 'oci://%s/c' % p.name, '--plain-http'])
    assert code == 0, err
    body = r.manifests['c/web', '1.0.0_b'][1]
    assert out.startswith('Pushed: %s/c/web:1.0.0_b\nDigest: %s\n%s/c/web:1.0.0_b contains an underscore.\n' % (p.name, digest(body), p.name)), out
    m = json.loads(body)
    equal(m['annotations']['org.opencontainers.image.created'], '2020-09-13T12:26:40Z')
    equal(r.blobs[m['layers'][0]['digest']], open(path, 'rb').read())
    assert b'"description":"\\u003ca\\u003e \\u0026 b"' in r.blobs[m['config']['digest']]
    n = len(r.log)
    code, out, err = execute([program, 'push', path, 'oci://%s/c' % p.name, '--plain-http'])
    equal([x.method for x in r.log[n:]], ['HEAD', 'PUT'])  # nothing is sent twice

@case
def pushes_a_provenance_file():
    r = Registry()
    p = start(r)
    path = chart(name='signed')
    open(path + '.prov', 'w').write('signed')
    equal(execute([program, 'push', path, 'oci://%s/c' % p.name, '--plain-http'])[0], 0)
    layers = json.loads(r.manifests['c/signed', '1.2.3'][1])['layers']
    equal(sorted(x['mediaType'] for x in layers), sorted([registry.CHART, registry.PROV]))
    equal([x['digest'] for x in layers], sorted(x['digest'] for x in layers))

@case
def what_is_no_chart_is_not_pushed():
    text, cut = os.path.join(box, 'x.tgz'), os.path.join(box, 'cut.tgz')
    open(text, 'w').write('hello')
    open(cut, 'wb').write(open(chart(size=100000), 'rb').read()[:50000])
    target = 'oci://%s/none' % s.name
    n = len(web.log)
    for args, words in (([text, target], 'does not appear to be a gzipped archive'), ([cut, target], 'unexpected EOF'), ([box, target], 'cannot push directory'), ([box + '/none.tgz', target], 'no such file'),
                        ([chart(), 'http://x/y'], 'scheme "http" not supported'), ([chart(), 'x/y'], 'scheme prefix missing from remote (e.g. "oci://")'), ([chart(), 'oci://h/UP'], 'invalid reference: invalid repository "UP/web"'),
                        (['/dev/zero', target], 'no regular file')):
        code, out, err = execute([program, 'push', *args, '--plain-http'])
        assert code == 1 and words in err and err.count('\n') == 1, err
    equal(len(web.log), n)

@case
def a_killed_push_leaves_no_half():
    path = chart(size=200000)
    for point in range(12):
        r = Registry()
        p = start(r)
        state = {'n': 0}
        child = subprocess.Popen([program, 'push', path, 'oci://%s/c' % p.name, '--plain-http'], env=ENV, cwd=box, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        def kill(w, c, request):
            state['n'] += 1
            if state['n'] == point + 1:
                child.kill()
                return False
        r.fault['*'] = kill
        child.wait(60 * slow)
        r.fault.clear()
        for media_type, body in list(r.manifests.values()):
            m = json.loads(body)
            assert all(x['digest'] in r.blobs for x in [m['config'], *m['layers']]), 'half a chart'
        code, out, err = execute([program, 'push', path, 'oci://%s/c' % p.name, '--plain-http'])
        assert code == 0, err
        assert ('c/web', '1.2.3') in r.manifests
        if state['n'] <= point:
            return
    assert False, 'a push that has no end'

@case
def logs_in_and_out():
    private = Registry(('basic', 'user', SECRET))
    p = start(private)
    file = ENV['HELM_REGISTRY_CONFIG']
    code, out, err = execute([program, 'registry', 'login', p.name, '-u', 'user', '--password-stdin', '--plain-http'], input=SECRET.encode() + b'\n')
    assert (code, out) == (0, 'Login Succeeded\n'), err
    equal(json.load(open(file)), {'auths': login_of(p.name)})
    equal(os.stat(file).st_mode & 0o777, 0o600)
    equal(os.stat(os.path.dirname(file)).st_mode & 0o777, 0o700)
    equal(execute([program, 'push', chart(), 'oci://%s/c' % p.name, '--plain-http'])[0], 0)
    code, out, err = execute([program, 'registry', 'login', p.name, '-u', 'user', '--password-stdin', '--plain-http'], input=b'wrong')
    assert code == 1 and 'authenticating to "%s": GET "http://%s/v2/": response status code 401: unauthorized' % (p.name, p.name) in err, err
    equal(json.load(open(file)), {'auths': login_of(p.name)})
    code, out, err = execute([program, 'registry', 'logout', p.name])
    equal((code, out), (0, 'Removing login credentials for %s\n' % p.name))
    equal(json.load(open(file)), {'auths': {}})
    equal(execute([program, 'registry', 'logout', 'nobody.example'])[0], 0)
    code, out, err = execute([program, 'registry', 'login', p.name, '--plain-http'])
    assert code == 1 and err == 'Error: EOF\n', err

@case
def other_parts_of_the_file_stay():
    private = Registry(('basic', 'user', SECRET))
    p = start(private)
    path = config_file('kept.json', auths={'other.io': {'auth': 'dTpw', 'email': 'x'}}, HttpHeaders={'a': 'b'}, psFormat='x', number=12345678901234567890)
    before = json.load(open(path))
    args = [program, 'registry', 'login', p.name, '-u', 'user', '--password-stdin', '--plain-http', '--registry-config', path]
    equal(execute(args, input=SECRET.encode())[0], 0)
    equal(execute([program, 'registry', 'logout', p.name, '--registry-config', path])[0], 0)
    equal(json.load(open(path)), before)

@case
def identity_tokens():
    service = Tokens('user', SECRET, identity=SECRET, anonymous=False)
    t = start(service)
    private = Registry(('bearer', 'http://%s/token' % t.name, service.tokens))
    p = start(private)
    path = os.path.join(box, 'identity.json')
    args = [program, 'registry', 'login', p.name, '--password-stdin', '--plain-http', '--registry-config', path]
    code, out, err = execute(args, input=SECRET.encode())
    assert code == 0, err
    equal(json.load(open(path)), {'auths': {p.name: {'identitytoken': SECRET}}})
    service.no_post = True  # no OAuth2: the way of docker's registries
    code, out, err = execute(args + ['-u', 'user'], input=SECRET.encode())
    assert code == 0, err
    equal(json.load(open(path)), {'auths': login_of(p.name)})
    equal(execute([program, 'push', chart(), 'oci://%s/c' % p.name, '--plain-http', '--registry-config', path])[0], 0)
    equal(service.scopes[-1], ['repository:c/web:pull,push'])

@case
def a_helper_keeps_the_login():
    private = Registry(('basic', 'user', SECRET))
    p = start(private)
    os.makedirs(box + '/keep', exist_ok=True)
    with open(box + '/keep/docker-credential-box', 'w') as f:
        f.write('#!/bin/sh\ncat > %s/keep/$1\n' % box)
    os.chmod(box + '/keep/docker-credential-box', 0o755)
    path = config_file('store.json', credsStore='box')
    env = {'PATH': box + '/keep:/usr/bin:/bin'}
    args = [program, 'registry', 'login', p.name, '-u', 'user', '--password-stdin', '--plain-http', '--registry-config', path]
    equal(execute(args, env, input=SECRET.encode())[0], 0)
    equal(json.load(open(box + '/keep/store')), {'ServerURL': p.name, 'Username': 'user', 'Secret': SECRET})
    equal(json.load(open(path)), {'credsStore': 'box'})
    equal(execute([program, 'registry', 'logout', p.name, '--registry-config', path], env)[0], 0)
    equal(open(box + '/keep/erase').read(), p.name)

@case
def a_full_disk_leaves_the_file_whole():
    private = Registry(('basic', 'user', SECRET))
    p = start(private)
    path = config_file('full.json', auths={'other.io': {'auth': 'dTpw'}})
    before = open(path).read()
    def little():
        import resource
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))
    args = [program, 'registry', 'login', p.name, '-u', 'user', '--password-stdin', '--plain-http', '--registry-config', path]
    code, out, err = execute(args, input=SECRET.encode(), preexec_fn=little)
    assert code == 1 and 'file too large' in err.lower(), err
    equal(open(path).read(), before)
    equal([x for x in os.listdir(box) if x.startswith('.bulkhead')], [])

# ---- plugins ----

def plugin(version='1.0.0', name='greet'):
    out = io.BytesIO()
    files = {'plugin.yaml': 'apiVersion: v1\ntype: cli/v1\nname: %s\nversion: %s\nruntime: subprocess\nconfig: {usage: greet, shortHelp: greets, longHelp: greets, ignoreFlags: false}\n'
                            'runtimeConfig: {platformCommand: [{command: /bin/echo, args: [hello]}]}\n' % (name, version)}
    with tarfile.open(fileobj=out, mode='w:gz') as t:
        for n, b in files.items():
            i = tarfile.TarInfo(name + '/' + n)
            i.size, i.mode = len(b), 0o644
            t.addfile(i, io.BytesIO(b.encode()))
    return out.getvalue()

def put_plugin(where, tag, body, title, kind='application/vnd.helm.plugin.v1+json', **more):
    web.blobs[digest(body)] = body
    web.blobs[digest(b'{}')] = b'{}'
    layers = [descriptor('application/vnd.oci.image.layer.v1.tar+gzip', body, annotations={'org.opencontainers.image.title': title})]
    m = dict(schemaVersion=2, artifactType=kind, config=descriptor('application/vnd.oci.empty.v1+json', b'{}'), layers=layers)
    m.update(more)
    web.put_manifest(where, tag, json.dumps(m).encode())

@case
def installs_plugins():
    put_plugin('p/greet', '1.0.0', plugin(), 'greet-1.0.0.tgz')
    put_plugin('p/greet', '1.1.0', plugin('1.1.0'), 'greet-1.1.0.tgz')
    env = {'HELM_DATA_HOME': box + '/data', 'HELM_PLUGINS': box + '/data/plugins'}
    ref = 'oci://%s/p/greet' % s.name
    install = [program, 'plugin', 'install', '--plain-http', '--verify=false', '--grant-requested']
    code, out, err = execute([*install, ref + ':1.0.0'], env)
    assert code == 0 and out.endswith('Installed plugin: greet\n'), (out, err)
    equal(execute([program, 'greet'], env)[:2], (0, 'hello\n'))
    equal(execute([program, 'plugin', 'uninstall', 'greet'], env)[0], 0)
    equal(execute([*install, ref], env)[0], 0)
    assert '1.1.0' in execute([program, 'plugin', 'list'], env)[1]
    code, out, err = execute([program, 'plugin', 'install', '--plain-http', ref + ':1.0.0'], {'HELM_DATA_HOME': box + '/data2', 'HELM_PLUGINS': box + '/data2/plugins'})
    assert code == 1 and 'plugin verification failed: no provenance file (.prov) found' in err, err
    equal([x for x in os.listdir(box + '/data2/plugins')], [])

@case
def artifacts_that_are_no_plugins():
    put_plugin('q/image', '1', plugin(), 'image-1.0.0.tgz', kind='application/x')
    put_plugin('q/other', '1', plugin(), 'other-thing.txt')
    put_plugin('q/outside', '1', plugin(), 'outside-/../../x.tgz')
    put_plugin('q/text', '1', b'hello', 'text-1.0.0.tgz')
    env = {'HELM_DATA_HOME': box + '/data3', 'HELM_PLUGINS': box + '/data3/plugins'}
    for name, words in (('image', 'expected artifact type application/vnd.helm.plugin.v1+json, got application/x'), ('other', 'required layer matching pattern other-VERSION.tgz not found'),
                        ('outside', 'required layer matching pattern'), ('text', 'extracting files from archive'), ('none', 'not found')):
        code, out, err = execute([program, 'plugin', 'install', '--plain-http', '--verify=false', '--grant-requested', 'oci://%s/q/%s:1' % (s.name, name)], env)
        assert code == 1 and words in err, (name, err)
        equal(os.listdir(box + '/data3/plugins'), [])

# ---- pull ----

if subprocess.run([program, 'pull', '--help'], env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
    pulling.run(case, globals())
else:
    print('oci: this program has no pull; skipped: what that leaves behind')

# ---- real ones ----

real.run(case, globals())

shutil.rmtree(box, ignore_errors=True)
print('oci: %d passed, %d failed' % (passed, failed))
sys.exit(1 if failed else 0)
