"""Debian's docker-registry, with TLS and with basic and token authentication; and a real helm beside us when HELM names one."""
import base64, glob, hashlib, json, os, secrets, shutil, socket, subprocess, tempfile, time, urllib.parse, warnings

import registry
from registry import reply, servers

HTPASSWD_USER = 'user'


def b64(b):
    return base64.urlsafe_b64encode(b).rstrip(b'=').decode()


class Issuer(servers.Web):
    """A token service whose tokens docker-registry believes: signed by the key in `folder`."""
    def __init__(self, folder, password):
        super().__init__()
        self.folder, self.password = folder, password
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'issuer.key', '-out', 'issuer.pem', '-subj', '/CN=issuer', '-days', '30'],
                       check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        der = subprocess.run(['openssl', 'x509', '-in', 'issuer.pem', '-outform', 'DER'], check=True, cwd=folder, stdout=subprocess.PIPE).stdout
        self.chain = [base64.b64encode(der).decode()]

    def answer(self, c, r):
        q = urllib.parse.parse_qs(r.target.partition('?')[2])
        want = 'Basic ' + base64.b64encode(('%s:%s' % (HTPASSWD_USER, self.password)).encode()).decode()
        if r.method != 'GET' or r.headers.get('authorization') != want:
            return reply(c, '401 Unauthorized', b'{}')
        access = []
        for scope in q.get('scope', []):
            kind, name, actions = scope.rsplit(':', 2)[0].partition(':')[0], scope.split(':', 1)[1].rsplit(':', 1)[0], scope.rsplit(':', 1)[1]
            access.append({'type': kind, 'name': name, 'actions': actions.split(',')})
        now = int(time.time())
        head = {'typ': 'JWT', 'alg': 'RS256', 'x5c': self.chain}
        body = {'iss': 'test', 'sub': HTPASSWD_USER, 'aud': q['service'][0], 'exp': now + 300, 'nbf': now - 60, 'iat': now, 'jti': secrets.token_hex(8), 'access': access}
        text = b64(json.dumps(head).encode()) + '.' + b64(json.dumps(body).encode())
        sign = subprocess.run(['openssl', 'dgst', '-sha256', '-sign', 'issuer.key'], check=True, cwd=self.folder, input=text.encode(), stdout=subprocess.PIPE).stdout
        reply(c, '200 OK', json.dumps({'token': text + '.' + b64(sign)}).encode())


class Docker:
    def __init__(self, folder, auth=None):
        s = socket.create_server(('127.0.0.1', 0))
        self.port = s.getsockname()[1]
        s.close()
        self.name = '127.0.0.1:%d' % self.port
        root = tempfile.mkdtemp(prefix='registry.', dir=folder)
        config = {'version': 0.1, 'log': {'level': 'error'}, 'storage': {'filesystem': {'rootdirectory': root + '/data'}},
                  'http': {'addr': self.name, 'tls': {'certificate': folder + '/server.pem', 'key': folder + '/server.key'}}}
        if auth:
            config['auth'] = auth
        with open(root + '/config.yml', 'w') as f:
            json.dump(config, f)
        self.log = open(root + '/log', 'w')
        self.process = subprocess.Popen(['docker-registry', 'serve', root + '/config.yml'], stdout=self.log, stderr=self.log)
        for _ in range(200):
            try:
                socket.create_connection(('127.0.0.1', self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError('docker-registry does not start: ' + open(root + '/log').read()[-500:])

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


def htpasswd(folder, password):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        import crypt
        h = crypt.crypt(password, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16))
    with open(folder + '/htpasswd', 'w') as f:
        f.write('%s:%s\n' % (HTPASSWD_USER, h.replace('$2b$', '$2y$')))
    return folder + '/htpasswd'


def run(case, g):
    box, probe, program, execute, good, bad, equal, chart, secret = (g[k] for k in 'box probe program execute good bad equal chart SECRET'.split())
    if not shutil.which('docker-registry'):
        print('oci: docker-registry is not installed; skipped: its TLS, basic and token authentication, and helm beside us')
        return
    ca = box + '/ca.pem'
    opened = []

    def docker(auth=None):
        d = Docker(box, auth)
        opened.append(d)
        return d

    def life(d, **login):
        """push, tags, pull; by a version with + too."""
        for version in ('1.0.0', '1.1.0+b'):
            path = chart(version=version, size=300000)
            code, out, err = execute([program, 'push', path, 'oci://%s/c' % d.name, '--ca-file', ca, *login.get('flags', [])])
            assert code == 0, err
            got = os.path.join(box, 'real.tgz')
            said = good('pull', 'oci://%s/c/web' % d.name, version=version, ca=ca, file=got, **login.get('options', {}))
            assert open(got, 'rb').read() == open(path, 'rb').read()
            assert out.splitlines()[1] == said[1], (out, said)
        equal(good('versions', 'oci://%s/c/web' % d.name, ca=ca, **login.get('options', {})), ['1.1.0+b', '1.0.0'])

    @case
    def docker_registry_with_tls():
        d = docker()
        life(d)
        bad('x509: certificate signed by unknown authority', 'pull', 'oci://%s/c/web' % d.name)
        bad('not found', 'pull', 'oci://%s/c/web:9.9.9' % d.name, ca=ca)

    @case
    def docker_registry_with_basic_authentication():
        d = docker({'htpasswd': {'realm': 'test', 'path': htpasswd(box, secret)}})
        path = box + '/basic/config.json'
        code, out, err = execute([program, 'registry', 'login', d.name, '-u', HTPASSWD_USER, '--password-stdin', '--ca-file', ca, '--registry-config', path], input=secret.encode())
        assert (code, out) == (0, 'Login Succeeded\n'), err
        life(d, flags=['--registry-config', path], options={'config': path})
        bad('response status code 401: unauthorized: authentication required', 'pull', 'oci://%s/c/web:1.0.0' % d.name, ca=ca, user=HTPASSWD_USER, password='wrong')

    @case
    def docker_registry_with_tokens():
        issuer = Issuer(box, secret)
        t = servers.Server(issuer, servers.context(box))
        d = docker({'token': {'realm': 'https://127.0.0.1:%d/token' % t.port, 'service': 'test.registry', 'issuer': 'test', 'rootcertbundle': box + '/issuer.pem'}})
        path = box + '/token/config.json'
        code, out, err = execute([program, 'registry', 'login', d.name, '-u', HTPASSWD_USER, '--password-stdin', '--ca-file', ca, '--registry-config', path], input=secret.encode())
        assert (code, out) == (0, 'Login Succeeded\n'), err
        life(d, flags=['--registry-config', path], options={'config': path})
        bad('response status code 401', 'pull', 'oci://%s/c/web:1.0.0' % d.name, ca=ca, user=HTPASSWD_USER, password='wrong')

    helm = os.environ.get('HELM')
    if helm:
        beside_helm(case, g, docker, helm)
    else:
        print('oci: no HELM=path; skipped: a real helm on the same registry')
    for d in opened:
        d.stop()


def charts_of(g):
    corpus = os.environ.get('CORPUS')
    if corpus:
        found = sorted(glob.glob(corpus + '/*.tgz'))
        return found[::max(1, len(found) // 20)][:20]
    return [g['chart'](name='n%d' % i, version='1.%d.0' % i, description='<%d>' % i, keywords=['a', 'b'], maintainers=[{'name': 'M', 'url': 'u'}],
                       dependencies=[{'name': 'd', 'version': '1', 'repository': 'https://x', 'condition': 'a.b'}] if i == 2 else [], annotations={'z': '&'}) for i in range(3)]


def beside_helm(case, g, docker, helm):
    box, program, execute, good, equal = (g[k] for k in 'box program execute good equal'.split())
    ca = box + '/ca.pem'
    d = docker()

    @case
    def helm_and_we_push_the_same():
        for path in charts_of(g):
            ours = execute([program, 'push', path, 'oci://%s/both' % d.name, '--ca-file', ca])
            theirs = execute([helm, 'push', path, 'oci://%s/both' % d.name, '--ca-file', ca])
            equal((ours[0], ours[1]), (theirs[0], theirs[1]))
            equal(ours[0], 0)

    @case
    def helm_pulls_ours_and_we_theirs():
        for i, path in enumerate(charts_of(g)):
            for by, target in ((program, 'ours'), (helm, 'theirs')):
                code, out, err = execute([by, 'push', path, 'oci://%s/%s' % (d.name, target), '--ca-file', ca])
                assert code == 0, err
            shown = out.split('\n')[0].split()[1]
            name, tag = shown.rsplit('/', 1)[1].rsplit(':', 1)
            got = os.path.join(box, 'theirs.tgz')
            good('pull', 'oci://' + shown, ca=ca, file=got)
            folder = os.path.join(box, 'helm-%d' % i)
            os.makedirs(folder)
            code, out, err = execute([helm, 'pull', 'oci://%s/ours/%s' % (d.name, name), '--version', tag.replace('_', '+'), '--ca-file', ca, '-d', folder])
            assert code == 0, err
            want = open(path, 'rb').read()
            assert open(got, 'rb').read() == want and open(os.path.join(folder, os.listdir(folder)[0]), 'rb').read() == want

    @case
    def helm_reads_our_login():
        auth = docker({'htpasswd': {'realm': 'test', 'path': htpasswd(box, g['SECRET'])}})
        path = box + '/shared/config.json'
        args = ['registry', 'login', auth.name, '-u', HTPASSWD_USER, '--password-stdin', '--ca-file', ca, '--registry-config']
        files = []
        for by in (program, helm):
            shutil.rmtree(box + '/shared', ignore_errors=True)
            code, out, err = execute([by, *args, path], input=g['SECRET'].encode())
            assert code == 0, err
            files.append(open(path).read())
            code, out, err = execute([helm if by == program else program, 'push', g['chart'](), 'oci://%s/c' % auth.name, '--ca-file', ca, '--registry-config', path])
            assert code == 0, err
        equal(files[0], files[1])
