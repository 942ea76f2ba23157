"""kill -9 before and after each request of install, upgrade and rollback, one run per point.

What a killed command leaves is explained by its records, and the next command goes on from it: then exactly one revision is deployed, no record is pending, no
lease is left, and the namespace holds the release's objects and nothing else."""
import base64
import gzip
import json
import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from cut import Cut

LEASE = 32  # seconds after which a lease has run out

OBJECT = """apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-%s
data:
  version: "%s"
"""
HOOK = """apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-hook
  annotations:
    helm.sh/hook: pre-install,pre-upgrade,pre-rollback
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
data:
  version: "%s"
"""


def chart(world, name, version, objects):
    world.file(name + '/templates/hook.yaml', HOOK % version)
    for o in objects:
        world.file('%s/templates/%s.yaml' % (name, o), OBJECT % (o, version))
    return os.path.dirname(world.file(name + '/Chart.yaml', 'apiVersion: v2\nname: kill\nversion: %s\n' % version))


def record_of(secret):
    return json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret['data']['release']))))


class Point:
    """One run that is killed, and what comes after it."""

    def __init__(self, world, what, when, at, then):
        self.what, self.when, self.at, self.then = what, when, at, then
        self.namespace = '%s-%s-%s-%d-%s' % (world.namespace, what, when, at, then)
        self.killed = False

    def __str__(self):
        return '%s killed %s request %d, then %s' % (self.what, self.when, self.at, self.then)


class Kill:
    def __init__(self, world):
        self.world = world
        self.charts = {'one': chart(world, 'one', '1.0.0', ['a', 'b', 'c']), 'two': chart(world, 'two', '2.0.0', ['a', 'b', 'd']),
                       'three': chart(world, 'three', '3.0.0', ['a', 'e'])}
        self.local = threading.local()
        self.cuts = []

    def cut(self):
        if not hasattr(self.local, 'cut'):
            pki = self.world.dir + '/pki/'
            self.local.cut = Cut(self.world.url, pki + 'server-ca.crt', pki + 'admin.crt', pki + 'admin.key')
            self.cuts.append(self.local.cut)
        return self.local.cut

    def command(self, what, namespace):
        args = {'install': ['install', 'web', self.charts['one']], 'upgrade': ['upgrade', 'web', self.charts['two']], 'rollback': ['rollback', 'web', '1']}[what]
        return [*args, '-n', namespace]

    def prepare(self, what, namespace):
        self.world.api('POST', '/api/v1/namespaces', {'metadata': {'name': namespace}})
        for before in {'install': [], 'upgrade': ['install'], 'rollback': ['install', 'upgrade']}[what]:
            self.world.run(*self.command(before, namespace)).ok()

    def strike(self, p):
        """Runs it through the proxy; p.killed says whether there was a request of that number."""
        self.prepare(p.what, p.namespace)
        cut = self.cut()
        cut.reset(p.at, p.when)
        process = subprocess.Popen([self.world.bulkhead, *self.command(p.what, p.namespace), '--kube-apiserver', cut.address],
                                   env=self.world.environment(KUBECONFIG=self.world.box + '/none'), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        cut.begin(process.pid)
        _, err = process.communicate(timeout=300)
        p.killed, p.requests = process.returncode == -9, len(cut.log)
        assert p.killed or process.returncode == 0, 'exit %d: %s' % (process.returncode, err.decode())
        return p

    def recover(self, p):
        if p.then == 'rollback':
            self.world.run('rollback', 'web', '1', '-n', p.namespace).ok()
            want = ['a', 'b', 'c']
        else:
            self.world.run('upgrade', '--install', 'web', self.charts['three'], '-n', p.namespace).ok()
            want = ['a', 'e']
        self.check(p, want)
        self.world.api('DELETE', '/api/v1/namespaces/' + p.namespace)

    def check(self, p, want):
        secrets = self.world.api('GET', '/api/v1/namespaces/%s/secrets?labelSelector=owner%%3Dhelm' % p.namespace)['items']
        secrets.sort(key=lambda s: int(s['metadata']['labels']['version']))
        states = [s['metadata']['labels']['status'] for s in secrets]
        assert states[-1] == 'deployed' and states.count('deployed') == 1, states
        for s, state in zip(secrets, states):
            assert not state.startswith('pending'), states
            assert not s['metadata'].get('annotations'), s['metadata']['annotations']
            assert record_of(s)['info']['status'] == state, state
        maps = self.world.get('configmaps', namespace=p.namespace)['items']
        names = sorted(m['metadata']['name'] for m in maps if m['metadata']['name'] != 'kube-root-ca.crt')
        assert names == ['web-' + w for w in want], names

    def points(self, what):
        """As many as the command makes requests, both ways, and both ways to go on."""
        n = self.strike(Point(self.world, what, 'never', 100000, 'upgrade')).requests
        ways = ['upgrade'] if what == 'install' else ['upgrade', 'rollback']
        return [Point(self.world, what, when, at, then) for then in ways for when in ('before', 'after') for at in range(1, n + 1)]

    def run(self, points):
        """Strikes at all of them; the leases of all run out together; then everything has to go on."""
        failures = []

        def guarded(f, p):
            try:
                f(p)
            except Exception as e:
                failures.append('%s: %s' % (p, e))
                p.killed = False

        try:
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda p: guarded(self.strike, p), points))
            time.sleep(LEASE)
            struck = [p for p in points if p.killed]
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda p: guarded(self.recover, p), struck))
        finally:
            for c in self.cuts:
                c.close()
        assert len(struck) > len(points) // 2, 'only %d of %d points were struck' % (len(struck), len(points))
        assert not failures, '%d of %d points: %s' % (len(failures), len(points), '\n  '.join(failures[:10]))


def at_every_request(world, what):
    k = Kill(world)
    k.run(k.points(what))


def case_install(world):
    at_every_request(world, 'install')


def case_upgrade(world):
    at_every_request(world, 'upgrade')


def case_rollback(world):
    at_every_request(world, 'rollback')


def case_while_the_lease_holds(world):
    """A pending record whose holder was just heard of is left alone; one of another program is taken over when that is asked for."""
    k = Kill(world)
    p = k.strike(Point(world, 'upgrade', 'after', 9, 'rollback'))
    assert p.killed
    for args in (k.command('upgrade', p.namespace), k.command('rollback', p.namespace)):
        world.run(*args).fails('another operation (install/upgrade/rollback) is in progress')
    name = '/api/v1/namespaces/%s/secrets/sh.helm.release.v1.web.v2' % p.namespace
    world.api('PATCH', name, {'metadata': {'annotations': None}}, type_='application/merge-patch+json')
    world.run(*k.command('upgrade', p.namespace)).fails('another operation (install/upgrade/rollback) is in progress', '--recover')
    done = world.run(*k.command('rollback', p.namespace), '--recover').ok()
    assert 'recovering revision 2' in done.err, done.err
    k.check(p, ['a', 'b', 'c'])
    for c in k.cuts:
        c.close()


def case_two_are_deployed(world):
    """The old record and the new one are written together; when only the new one was, the next upgrade tidies up."""
    k = Kill(world)
    for what in ('install', 'upgrade'):
        world.run(*k.command(what, world.namespace)).ok()
    path = '/api/v1/namespaces/%s/secrets/sh.helm.release.v1.web.v1' % world.namespace
    secret = world.api('GET', path)
    record = record_of(secret)
    record['info']['status'] = secret['metadata']['labels']['status'] = 'deployed'
    secret['data']['release'] = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(record).encode()))).decode()
    world.api('PUT', path, secret)
    world.run('upgrade', 'web', k.charts['three']).ok()
    rows = json.loads(world.run('history', 'web', '-o', 'json').ok().out)
    assert [r['status'] for r in rows] == ['superseded', 'superseded', 'deployed'], rows


def case_two_at_once(world):
    """Of several upgrades at the same time at most one wins at a time, and what is left is whole."""
    k = Kill(world)
    world.run(*k.command('install', world.namespace)).ok()
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda i: world.run(*k.command('upgrade', world.namespace)), range(4)))
    won = [d for d in done if d.code == 0]
    assert won, done[0].err
    for d in done:
        assert d.code == 0 or 'another operation' in d.err or 'already exists' in d.err or 'another client' in d.err, d.err
    secrets = world.api('GET', '/api/v1/namespaces/%s/secrets?labelSelector=owner%%3Dhelm' % world.namespace)['items']
    states = sorted((int(s['metadata']['labels']['version']), s['metadata']['labels']['status']) for s in secrets)
    assert len(states) == 1 + len(won) and states[-1][1] == 'deployed' and [s for _, s in states].count('deployed') == 1, states
