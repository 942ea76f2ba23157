#!/usr/bin/env python3
"""Bulkhead on a real API server.

run.py --bulkhead BIN [--probe CLUSTER-PROBE] [--helm HELM] [--corpus DIR] [--only TEXT | --core] [--keep] [-v]

Starts etcd, kube-apiserver, kube-controller-manager and a fake node (fixture/) on loopback and runs every function `case_…(world)` of cases_*.py, each in a namespace of
its own, in the order of the files; --core: a choice of three minutes. A case fails by an exception. Stops what it started by its process ids. Where there is no
server and none can be built it ends with 'cluster: skipped, <why>' and status 0, else with 'cluster: N passed, N failed'.
"""
import argparse, base64, glob, importlib.util, json, os, shutil, ssl, subprocess, sys, tarfile, tempfile, time, traceback, urllib.error, urllib.request

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))
sys.path.insert(0, here)


# What a change is checked with.
CORE = ('cases_core.', 'cases_release.', 'cases_wait.case_ready', 'cases_wait.case_events', 'cases_wait.case_failed_hook', 'cases_wait.case_not_ready', 'cases_wait.case_limited_user',
        'cases_apply.case_conflict', 'cases_apply.case_forbidden', 'cases_records.case_damaged', 'cases_records.case_nobody', 'cases_kill.case_two_at_once', 'cases_lookup.case_own_revision')


class Skip(Exception):
    """A case that cannot run here: said out loud, counted apart."""


class Done:
    """What a program left behind."""

    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds

    def ok(self):
        assert self.code == 0, 'status %d: %s' % (self.code, self.err[-2000:] or self.out[-2000:])
        return self

    def fails(self, *texts):
        assert self.code != 0, 'should fail: %s' % self.out[-500:]
        for t in texts:
            assert t in self.err, '%r is not in: %s' % (t, self.err[-2000:])
        return self


def unpacked(corpus, box):
    """The corpus with its charts/ in place: itself, or a copy of what corpus.tar.gz holds."""
    if os.path.isdir(os.path.join(corpus, 'charts')):
        return corpus
    to = os.path.join(box, 'corpus')
    with tarfile.open(os.path.join(corpus, 'corpus.tar.gz')) as t:
        t.extractall(to, filter='data') if hasattr(tarfile, 'data_filter') else t.extractall(to)
    shutil.copy(os.path.join(corpus, 'corpus.json'), to)
    return to


class World:
    def __init__(self, options, server):
        self.options, self.dir = options, server
        self.bulkhead, self.probe, self.helm = options.bulkhead, options.probe, options.helm
        self.fixture = os.path.join(here, 'fixture')
        self.box = tempfile.mkdtemp(prefix='bulkhead-cluster.')
        self.corpus = options.corpus and unpacked(options.corpus, self.box)
        self.url = open(os.path.join(server, 'url')).read().strip()
        context = ssl.create_default_context(cafile=os.path.join(server, 'pki/server-ca.crt'))
        context.load_cert_chain(os.path.join(server, 'pki/admin.crt'), os.path.join(server, 'pki/admin.key'))
        self.opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), urllib.request.ProxyHandler({}))
        self.count = 0
        self.namespace = 'default'

    # ---- the server, by hand

    def kubeconfig(self, user='admin'):
        return os.path.join(self.dir, user + '.kubeconfig')

    def api(self, method, path, body=None, missing=False, type_='application/json', patience=30):
        """An answer as a value; None where there is nothing and `missing` allows it. A server that is busy, say with a new kind's storage, is asked again."""
        data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body.encode() if body else None
        q = urllib.request.Request(self.url + path, data=data, method=method, headers={'Content-Type': type_, 'User-Agent': 'kubectl/test'})
        try:
            with self.opener.open(q, timeout=60) as r:
                return json.loads(r.read() or b'null')
        except urllib.error.HTTPError as e:
            text = e.read().decode()
            if e.code == 404 and missing:
                return None
            if e.code == 429 and patience:
                time.sleep(1)
                return self.api(method, path, body, missing, type_, patience - 1)
            raise AssertionError('%s %s: %d %s' % (method, path, e.code, text[:500]))

    def get(self, plural, name='', group='v1', namespace=None, missing=True):
        """`group`: "v1", "apps/v1". `namespace` '': of the cluster."""
        ns = self.namespace if namespace is None else namespace
        path = ('/api/' if '/' not in group else '/apis/') + group + ('/namespaces/' + ns if ns else '') + '/' + plural + ('/' + name if name else '')
        return self.api('GET', path, missing=missing)

    def fresh_namespace(self):
        self.count += 1
        self.namespace = 't%d' % self.count
        self.api('POST', '/api/v1/namespaces', {'metadata': {'name': self.namespace}})
        return self.namespace

    # ---- requests that were made

    def mark(self):
        time.sleep(0.2)
        return os.path.getsize(os.path.join(self.dir, 'audit.log'))

    def requests(self, mark):
        """What people asked since: [verb, uri, status], in the order of arrival."""
        time.sleep(0.3)
        rows = []
        with open(os.path.join(self.dir, 'audit.log')) as f:
            f.seek(mark)
            for line in f:
                e = json.loads(line)
                if not e['userAgent'].startswith(('curl/', 'kubectl/')):
                    rows.append((e['requestReceivedTimestamp'], [e['verb'], e['requestURI'], e.get('responseStatus', {}).get('code', 0)]))
        return [r for _, r in sorted(rows, key=lambda r: r[0])]

    # ---- programs

    def environment(self, user='admin', **more):
        home = os.path.join(self.box, 'home')
        os.makedirs(home, exist_ok=True)
        return {'PATH': '/usr/bin:/bin', 'HOME': home, 'TZ': 'UTC', 'KUBECONFIG': self.kubeconfig(user), 'HELM_NAMESPACE': self.namespace,
                'KUBECACHEDIR': os.path.join(self.box, 'cache'), **more}

    def run(self, *args, program=None, user='admin', env=None, stdin=None, seconds=300):
        t = time.monotonic()
        p = subprocess.run([program or self.bulkhead, *args], env=self.environment(user, **(env or {})), input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds)
        done = Done(p.returncode, p.stdout.decode('utf-8', 'replace'), p.stderr.decode('utf-8', 'replace'), time.monotonic() - t)
        if self.options.verbose:
            print('  $', ' '.join(args), '->', done.code, (done.err or '').strip()[:300])
        return done

    def run_helm(self, *args, **how):
        if not self.helm:
            raise Skip('no helm')
        return self.run(*args, program=self.helm, **how)

    def apply(self, *words, user='admin'):
        """The probe's answer, a value; the last words are its operation and files."""
        if not self.probe:
            raise Skip('no cluster-probe')
        d = self.run('kubeconfig=' + self.kubeconfig(user), 'namespace=' + self.namespace, *words, program=self.probe).ok()
        return json.loads(d.out)

    # ---- files

    def file(self, name, text):
        path = os.path.join(self.box, 'files', self.namespace, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as f:
            f.write(text)
        return path

    def close(self):
        shutil.rmtree(self.box, ignore_errors=True)


def start(binary, **env):
    """A server in a new folder; `stop` ends it. Slow machines get minutes."""
    server = tempfile.mkdtemp(prefix='bulkhead-kube.')
    e = {**os.environ, 'KUBEFIXTURE': os.path.join(binary, 'kubefixture'), 'KUBE_TIMEOUT': '300', **env}
    p = subprocess.run(['sh', os.path.join(here, 'fixture/kube-up.sh'), server], env=e, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode:
        subprocess.run(['sh', os.path.join(here, 'fixture/kube-down.sh'), '--rm', server])
        text = p.stdout.decode()
        sys.exit('cluster: the API server does not start: %s … %s' % (text[:300], text[-1500:]))
    return server


def stop(server):
    subprocess.run(['sh', os.path.join(here, 'fixture/kube-down.sh'), '--rm', server])


def find_binary():
    """The folder of the built server, and why there is none."""
    given = os.environ.get('KUBEFIXTURE_DIR')
    if given:
        return given, ''
    p = subprocess.run([os.path.join(root, 'scripts/kubefixture')], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    why = [line for line in p.stderr.decode('utf-8', 'replace').splitlines() if line.strip() and '[setup]' not in line]
    return (p.stdout.decode().strip(), '') if p.returncode == 0 else (None, why[-1] if why else 'scripts/kubefixture ended with status %d' % p.returncode)


def cases(only):
    for path in sorted(glob.glob(os.path.join(here, 'cases_*.py'))):
        name = os.path.basename(path)[:-3]
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for key, f in list(vars(module).items()):
            if key.startswith('case_') and (not only or any(o in name + '.' + key for o in only)):
                yield name[6:] + '.' + key[5:], f


def main():
    a = argparse.ArgumentParser()
    a.add_argument('--bulkhead', required=True)
    for word in ('--probe', '--helm', '--corpus'):
        a.add_argument(word, type=lambda p: os.path.abspath(p) if p else None)
    a.add_argument('--only', action='append')
    a.add_argument('--core', action='store_const', const=list(CORE), dest='only')
    a.add_argument('--keep', action='store_true', help='leave the server running and say where')
    a.add_argument('--server', help='the folder of one that runs already')
    a.add_argument('-v', '--verbose', action='store_true')
    options = a.parse_args()
    options.bulkhead = os.path.abspath(options.bulkhead)
    binary, why = (None, '') if options.server else find_binary()
    if why:
        print('cluster: skipped, there is no API server, and it cannot be built: ' + why)
        return 0
    server = options.server or start(binary)
    passed = failed = skipped = 0
    world = None
    try:
        world = World(options, server)
        world.start, world.stop, world.binary = start, stop, binary
        if options.server:
            world.count = int(time.time()) % 1000000
        for name, f in cases(options.only):
            world.fresh_namespace()
            t = time.monotonic()
            try:
                f(world)
                passed += 1
                print('ok   %s (%.1f s)' % (name, time.monotonic() - t), flush=True)
            except Skip as e:
                skipped += 1
                print('SKIP %s: %s' % (name, e), flush=True)
            except Exception as e:
                failed += 1
                print('FAIL %s: %s: %s' % (name, type(e).__name__, e), flush=True)
                if options.verbose:
                    traceback.print_exc()
    finally:
        if world:
            world.close()
        if options.keep:
            print('cluster: the server runs on: KUBECONFIG=%s/admin.kubeconfig; stop it with %s/fixture/kube-down.sh --rm %s' % (server, here, server))
        elif not options.server:
            stop(server)
    print('cluster: %d passed, %d failed%s' % (passed, failed, ', %d skipped' % skipped if skipped else ''))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.modules['run'] = sys.modules['__main__']
    sys.exit(main())
