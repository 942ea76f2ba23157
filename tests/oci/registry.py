"""A registry on a thread of the test: honest unless a repository's name asks for something else; and a token service. Every request is kept in `log`."""
import base64, hashlib, json, os, sys, threading, time, urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'net'))
import servers
from servers import reply

CONFIG = 'application/vnd.cncf.helm.config.v1+json'
CHART = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'
PROV = 'application/vnd.cncf.helm.chart.provenance.v1.prov'
MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
INDEX = 'application/vnd.oci.image.index.v1+json'


def digest(b):
    return 'sha256:' + hashlib.sha256(b).hexdigest()


def descriptor(media_type, b, **more):
    return dict(mediaType=media_type, digest=digest(b), size=len(b), **more)


class Registry(servers.Web):
    """blobs by digest, manifests by (repository, tag or digest). `auth`: None, ('basic', user, password) or ('bearer', realm, tokens)."""
    def __init__(self, auth=None):
        super().__init__()
        self.blobs, self.manifests, self.auth, self.fault, self.uploads = {}, {}, auth, {}, {}
        self.count = {}

    def put(self, repository, tag, archive, name=None, version=None, prov=None, **change):
        config = json.dumps({'name': name or repository.split('/')[-1], 'version': version or tag.replace('_', '+'), 'apiVersion': 'v2'}).encode()
        layers = [descriptor(CHART, archive)] + ([descriptor(PROV, prov)] if prov else [])
        m = dict(schemaVersion=2, config=descriptor(CONFIG, config), layers=layers)
        m.update(change)
        for b in (config, archive, prov or b''):
            self.blobs[digest(b)] = b
        return self.put_manifest(repository, tag, json.dumps(m).encode())

    def put_manifest(self, repository, tag, body, media_type=MANIFEST):
        self.manifests[repository, tag] = self.manifests[repository, digest(body)] = (media_type, body)
        return digest(body)

    # ---- requests ----

    def error(self, c, status, code, message, headers=()):
        body = json.dumps({'errors': [{'code': code, 'message': message}]}).encode()
        reply(c, status, body, [('Content-Type', 'application/json'), *headers])

    def allowed(self, c, r):
        if not self.auth:
            return True
        given = r.headers.get('authorization', '')
        if self.auth[0] == 'basic':
            want = 'Basic ' + base64.b64encode(('%s:%s' % self.auth[1:3]).encode()).decode()
            challenge = 'Basic realm="test"'
        else:
            _, realm, tokens = self.auth
            want = given if given.startswith('Bearer ') and given[7:] in tokens else None
            scope = 'repository:%s:pull' % self.repository(r) if self.repository(r) else ''
            challenge = 'Bearer realm="%s",service="test.registry"' % realm + (',scope="%s"' % scope if scope else '')
        if given and given == want:
            return True
        self.error(c, '401 Unauthorized', 'UNAUTHORIZED', 'authentication required', [('WWW-Authenticate', challenge)])
        return False

    def repository(self, r):
        p = r.target.split('?')[0]
        for mark in ('/manifests/', '/blobs/', '/tags/', '/referrers/'):
            if mark in p:
                return p[len('/v2/'):p.index(mark)]
        return ''

    def answer(self, c, r):
        path, _, query = r.target.partition('?')
        repository = self.repository(r)
        hook = self.fault.get(repository) or self.fault.get('*')
        if hook:
            done = hook(self, c, r)
            if done is not None:
                return done
        if not self.allowed(c, r):
            return
        if path == '/v2/':
            return reply(c, '200 OK', b'{}')
        rest = path[len('/v2/' + repository):]
        kind, _, what = rest.strip('/').partition('/')
        return getattr(self, 'on_' + kind, self.on_nothing)(c, r, repository, what, urllib.parse.parse_qs(query))

    def on_nothing(self, c, r, *a):
        self.error(c, '404 Not Found', 'NAME_UNKNOWN', 'no such thing')

    def on_manifests(self, c, r, repository, what, q):
        if r.method == 'PUT':
            d = self.put_manifest(repository, what, r.body, r.headers['content-type'])
            return reply(c, '201 Created', headers=[('Docker-Content-Digest', d)])
        found = self.manifests.get((repository, what))
        if not found:
            return self.error(c, '404 Not Found', 'MANIFEST_UNKNOWN', 'manifest unknown')
        headers = [('Content-Type', found[0]), ('Docker-Content-Digest', digest(found[1]))]
        if r.method == 'HEAD':
            return c.sendall(('HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n' % (len(found[1]), ''.join('%s: %s\r\n' % h for h in headers))).encode())
        reply(c, '200 OK', found[1], headers)

    def on_blobs(self, c, r, repository, what, q):
        if what.startswith('uploads'):
            return self.on_uploads(c, r, repository, what[8:], q)
        b = self.blobs.get(what)
        if b is None:
            return reply(c, '404 Not Found') if r.method == 'HEAD' else self.error(c, '404 Not Found', 'BLOB_UNKNOWN', 'blob unknown')
        if r.method == 'HEAD':
            return c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % len(b))
        if r.headers.get('range', '').startswith('bytes='):
            at = int(r.headers['range'][6:].rstrip('-'))
            return reply(c, '206 Partial Content', b[at:], [('Content-Range', 'bytes %d-%d/%d' % (at, len(b) - 1, len(b)))])
        reply(c, '200 OK', b, [('Content-Type', 'application/octet-stream')])

    def on_uploads(self, c, r, repository, what, q):
        if r.method == 'POST':
            return reply(c, '202 Accepted', headers=[('Location', '/v2/%s/blobs/uploads/1?state=a%%3D' % repository)])
        if q.get('digest') != [digest(r.body)]:
            return self.error(c, '400 Bad Request', 'DIGEST_INVALID', 'provided digest did not match uploaded content')
        self.blobs[digest(r.body)] = r.body
        reply(c, '201 Created', headers=[('Location', '/v2/%s/blobs/%s' % (repository, digest(r.body)))])

    def on_tags(self, c, r, repository, what, q):
        tags = sorted(t for n, t in self.manifests if n == repository and ':' not in t)
        if not tags:
            return self.error(c, '404 Not Found', 'NAME_UNKNOWN', 'repository name not known to registry')
        at = tags.index(q['last'][0]) + 1 if 'last' in q else 0
        page, more = tags[at:at + 3], tags[at + 3:]
        headers = [('Link', '</v2/%s/tags/list?n=3&last=%s>; rel="next"' % (repository, page[-1]))] if more else []
        reply(c, '200 OK', json.dumps({'name': repository, 'tags': page}).encode(), headers)

    def on_referrers(self, c, r, repository, what, q):
        found = []
        for (n, t), (media_type, body) in sorted(self.manifests.items()):
            m = json.loads(body) if body[:1] == b'{' else {}
            if n == repository and t.startswith('sha256:') and m.get('subject', {}).get('digest') == what:
                found.append(descriptor(media_type, body, artifactType=m.get('artifactType', '')))
        reply(c, '200 OK', json.dumps({'schemaVersion': 2, 'mediaType': INDEX, 'manifests': found}).encode(), [('Content-Type', INDEX)])


class Tokens(servers.Web):
    """A token service: GET with basic authentication or none, POST with a form. `tokens` are those it gave."""
    def __init__(self, user=None, password=None, identity=None, anonymous=True):
        super().__init__()
        self.user, self.password, self.identity, self.anonymous = user, password, identity, anonymous
        self.tokens, self.scopes, self.forms = set(), [], []
        self.no_post = False

    def answer(self, c, r):
        path, _, query = r.target.partition('?')
        q = urllib.parse.parse_qs(query)
        if r.method == 'POST':
            q = urllib.parse.parse_qs(r.body.decode())
            self.forms.append(q)
            good = not self.no_post and (q.get('refresh_token') == [self.identity] if 'refresh_token' in q else
                                         (q.get('username'), q.get('password')) == ([self.user], [self.password]))
        else:
            given = r.headers.get('authorization')
            want = 'Basic ' + base64.b64encode(('%s:%s' % (self.user, self.password)).encode()).decode()
            good = given == want if given else self.anonymous
        if not good:
            body = json.dumps({'errors': [{'code': 'UNAUTHORIZED', 'message': 'incorrect username or password'}]}).encode()
            return reply(c, '401 Unauthorized', body)
        self.scopes.append(q.get('scope', []))
        token = 'token-%d' % len(self.scopes)
        self.tokens.add(token)
        reply(c, '200 OK', json.dumps({'access_token' if r.method == 'POST' else 'token': token, 'expires_in': 60}).encode())
