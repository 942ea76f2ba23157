"""What the suites of repositories share: charts and indexes made byte by byte, servers on 127.0.0.1, a home for the program, and how its outcomes are judged."""
import base64, hashlib, os, shutil, subprocess, sys, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'net'))
sys.path.insert(0, os.path.join(HERE, '..', 'hostile'))
from box import Box, tgz
from servers import Request, Server, Web, certificates, context, reply


def chart(name, version, more=(), meta=''):
    """A packed chart."""
    head = 'apiVersion: v2\nname: %s\nversion: %s\n%s' % (name, version, meta)
    return tgz([(name + '/Chart.yaml', head.encode()), (name + '/values.yaml', b'a: 1\n'),
                (name + '/templates/x.yaml', b'kind: ConfigMap\nmetadata: {name: %s-%s}\n' % (name.encode(), version.encode())), *more])


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def entry(name, version, urls, digest='', **more):
    lines = ['  - apiVersion: v2', '    name: %s' % name, '    version: %s' % version, '    created: "2024-01-02T03:04:05Z"', '    urls:']
    lines += ['    - %s' % u for u in urls] or []
    if not urls:
        lines[-1] = '    urls: []'
    if digest:
        lines.append('    digest: %s' % digest)
    lines += ['    %s: %s' % kv for kv in more.items()]
    return '\n'.join(lines) + '\n'


def index(entries, head='apiVersion: v1\n'):
    """entries: {chart: [entry text]}"""
    return (head + 'entries:\n' + ''.join('  %s:\n%s' % (k, ''.join(v)) for k, v in entries.items()) + 'generated: "2024-01-02T03:04:05Z"\n').encode()


class Repository(Web):
    """A repository of these archives; answers a request only with the right credentials when it has some. `hook` may answer first."""
    def __init__(self, archives=(), user=None, prefix=''):
        super().__init__()
        self.user, self.hook, self.entries = user, None, {}
        for name, version, data in archives:
            self.add(name, version, data, prefix)

    def add(self, name, version, data, prefix='', url=None):
        file = '%s-%s.tgz' % (name, version)
        self.files['/' + file] = data
        self.entries.setdefault(name, []).append(entry(name, version, [url or prefix + file], sha256(data)))
        self.files['/index.yaml'] = index(self.entries)

    def answer(self, c, r):
        if self.hook and self.hook(c, r) is not None:
            return False
        if self.user and r.headers.get('authorization') != 'Basic ' + base64.b64encode(self.user.encode()).decode():
            return reply(c, '401 Unauthorized', b'who are you')
        return super().answer(c, r)


class Stand(Box):
    def __init__(self, argv, suite):
        super().__init__(argv, suite)
        self.certs = self.empty()
        self.has_tls = shutil.which('openssl') is not None
        if self.has_tls:
            certificates(self.certs)
        self.servers = []

    def serve(self, web, tls=False, client=False):
        s = Server(web, context(self.certs, client=client) if tls else None)
        self.servers.append(s)
        return '%s://127.0.0.1:%d' % ('https' if tls else 'http', s.port)

    def home(self):
        """A fresh home: the environment of one user."""
        h = self.empty()
        env = dict(self.env, HOME=h, XDG_CACHE_HOME=h + '/cache', XDG_CONFIG_HOME=h + '/config', XDG_DATA_HOME=h + '/data')
        return h, env

    def go(self, env, *args, cwd=None, stdin=b'', timeout=120, before=()):
        p = subprocess.run([*before, self.binary, *args], cwd=cwd or self.root, env=env, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           timeout=timeout * self.slow)
        p.out, p.err = p.stdout.decode('utf-8', 'replace'), p.stderr.decode('utf-8', 'replace')
        return p

    def good(self, name, p, out=None, words=()):
        wrong = [] if p.returncode == 0 else ['exit code %d' % p.returncode]
        if out is not None and p.out != out:
            wrong.append('output %r' % p.out[:300])
        wrong += ['lacks %r' % w for w in words if w not in p.out]
        self.result(name, wrong, p.err)
        return not wrong

    def bad(self, name, p, words=(), secrets=(), lines=1, more=()):
        """A refusal: exit code 1, one line on standard error, these words in it, none of these secrets anywhere."""
        wrong = list(more)
        if p.returncode != 1:
            wrong.append('exit code %d' % p.returncode)
        body = [l for l in p.err.split('\n') if l and not l.startswith('level=')]
        if len(body) > lines:
            wrong.append('%d lines' % len(body))
        wrong += ['the message lacks %r' % w for w in words if w not in p.err]
        wrong += ['a secret came out' for s in secrets if s in p.err + p.out]
        if any(ord(c) < 32 and c not in '\n\t' or c == '\x7f' for c in p.err + p.out):
            wrong.append('raw control characters')
        self.result(name, wrong, p.err)
        return not wrong


def tree(folder):
    """Every file below a folder."""
    found = []
    for at, _, files in os.walk(folder):
        found += [os.path.relpath(os.path.join(at, f), folder) for f in files]
    return sorted(found)


def leftovers(folder):
    return [f for f in tree(folder) if '.bulkhead-' in f or 'tmpcharts' in f]
