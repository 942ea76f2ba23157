#!/usr/bin/env python3
"""Releases on a real API server, beside the real helm: round trips, requests, time, memory.

cluster.py --helm PATH [--bin PATH] [--runs N] [--releases N] [--table FILE]

Starts the server of tests/cluster. Each command runs alternately with helm's, each on a release and a cache of its own, after one uncounted run; times are medians, peaks the highest. Requests are those
of the server's audit log; serial round trips are the longest chain of requests of which each came a round trip after the one before had been answered, over a line that is slow enough
to tell. Lines at the end hold the figures against the targets.
"""
import argparse, base64, datetime, gzip, json, os, shutil, socket, statistics, subprocess, sys, tempfile, threading, time

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(root, 'tests/cluster'))
import run as cluster

ap = argparse.ArgumentParser()
ap.add_argument('--helm', required=True)
ap.add_argument('--bin', default=os.path.join(root, 'build/release/bin/bulkhead'))
ap.add_argument('--measure', default=os.path.join(root, 'build/release/tools/measure'), help='the launcher that times a command (tools/measure.c)')
ap.add_argument('--runs', type=int, default=3)
ap.add_argument('--releases', type=int, default=1000, help='for list')
ap.add_argument('--table', help='put the results into this Markdown file')
ap.add_argument('--server', help='the folder of a server that runs already')
a = ap.parse_args()
programs = {'bulkhead': os.path.abspath(a.bin), 'helm': os.path.abspath(a.helm)}
BEGIN, END = '<!-- cluster: written by bench/cluster.py -->', '<!-- end of cluster -->'

CM = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-%d\ndata:\n  a: {{ .Values.a | quote }}\n'
THREE = {'cm.yaml': CM % 0, 'service.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: "{{ .Release.Name }}"}\nspec: {ports: [{port: 80}], selector: {app: "{{ .Release.Name }}"}}\n',
         'deployment.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: "{{ .Release.Name }}"}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: "{{ .Release.Name }}"}}\n'
         '  template:\n    metadata: {labels: {app: "{{ .Release.Name }}"}, annotations: {a: "{{ .Values.a }}"}}\n    spec: {containers: [{name: a, image: x}]}\n'}


def chart(box, name, templates):
    os.makedirs(os.path.join(box, name, 'templates'))
    for file, text in {'Chart.yaml': 'apiVersion: v2\nname: %s\nversion: 1.0.0\n' % name, 'values.yaml': 'a: "0"\n'}.items():
        open(os.path.join(box, name, file), 'w').write(text)
    for file, text in templates.items():
        open(os.path.join(box, name, 'templates', file), 'w').write(text)
    return os.path.join(box, name)


def when(text):
    return datetime.datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp()


def chain(spans, gap=0.0):
    """The longest chain of spans that do not overlap, with that much between them."""
    n, last = 0, -gap
    for begin, end in sorted(spans, key=lambda s: s[1]):
        if begin >= last + gap:
            n, last = n + 1, end
    return n


class Bench:
    def __init__(self, server):
        self.server, self.audit = server, os.path.join(server, 'audit.log')
        self.box = tempfile.mkdtemp(prefix='bulkhead-bench.')
        self.rows = []

    def env(self, who, config=None, cold=False):
        home = os.path.join(self.box, who)
        os.makedirs(home, exist_ok=True)
        return {'PATH': '/usr/bin:/bin', 'HOME': home, 'TZ': 'UTC', 'KUBECONFIG': config or os.path.join(self.server, 'admin.kubeconfig'), 'KUBECACHEDIR': os.path.join(home, 'cold' if cold else 'cache')}

    def once(self, who, args, config=None, cold=False):
        """{ms, mib, requests, trips} of a command that has to go well."""
        time.sleep(0.3)
        mark = os.path.getsize(self.audit)
        p = subprocess.run([a.measure, programs[who], *args], env=self.env(who, config, cold), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wall, _, peak, code = (int(x) for x in p.stdout.splitlines()[-1].split())
        if code:
            sys.exit('cluster: %s %s: %s' % (who, ' '.join(args), subprocess.run([programs[who], *args], env=self.env(who, config), stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode()[-2000:]))
        time.sleep(0.3)
        spans, uris = [], []
        with open(self.audit) as f:
            f.seek(mark)
            for line in f:
                e = json.loads(line)
                if not e['userAgent'].startswith(('curl/', 'kubectl/')):
                    spans.append((when(e['requestReceivedTimestamp']), when(e['stageTimestamp'])))
                    uris.append(e['verb'] + ' ' + e['requestURI'][:120])
        return {'ms': wall / 1e3, 'mib': peak / 1024, 'requests': len(spans), 'trips': chain(spans, 0.08), 'uris': uris}

    def compare(self, name, steps, runs, line=None, cold=False):
        """`cold`: nothing is known of the server. steps: [(label, arguments of a run)]; all of them in turn, for both programs, `runs` times and once more. Round trips come from two more runs over the `line`, of which
        the first is not counted."""
        seen = {(label, who): [] for label, _ in steps for who in programs}
        for n in range(runs + 1):
            for who in programs:
                for label, make in steps:
                    if cold:
                        shutil.rmtree(os.path.join(self.box, who, 'cold'), ignore_errors=True)
                    r = self.once(who, make(who, n), cold=cold)
                    if n:
                        seen[label, who].append(r)
        trips = {}
        for n in (runs + 1, runs + 2) if line else ():
            for who in programs:
                for label, make in steps:
                    trips[label, who] = self.once(who, make(who, n), line.config)['trips']
        for label, _ in steps:
            row = {'name': name + ', ' + label if name else label}
            for who in programs:
                rs = seen[label, who]
                row[who] = {'ms': statistics.median(r['ms'] for r in rs), 'mib': max(r['mib'] for r in rs), 'requests': min(r['requests'] for r in rs),
                            'trips': trips.get((label, who), 0), 'uris': rs[-1]['uris']}
            self.rows.append(row)
            b, h = row['bulkhead'], row['helm']
            print('%-28s %7.0f ms %7.0f ms  %5.1f MiB %5.1f MiB  %4d %4d requests  %4d %4d trips' %
                  (row['name'], b['ms'], h['ms'], b['mib'], h['mib'], b['requests'], h['requests'], b['trips'], h['trips']), flush=True)

    def row(self, name):
        return next(r for r in self.rows if r['name'] == name)


def life(path):
    name = lambda who, n: '%s-%s%d' % (os.path.basename(path), who[0], n)
    return [('install', lambda w, n: ['install', name(w, n), path]),
            ('upgrade', lambda w, n: ['upgrade', name(w, n), path, '--set', 'a=1']),
            ('status', lambda w, n: ['status', name(w, n)]),
            ('get values', lambda w, n: ['get', 'values', name(w, n)]),
            ('history', lambda w, n: ['history', name(w, n)]),
            ('rollback', lambda w, n: ['rollback', name(w, n), '1']),
            ('uninstall', lambda w, n: ['uninstall', name(w, n)])]


def many_releases(b, world, count):
    """So many releases, each with a record of its own."""
    subprocess.run([programs['helm'], 'install', 'seed', b.three], env=b.env('helm'), stdout=subprocess.DEVNULL, check=True)
    world.api('POST', '/api/v1/namespaces', {'metadata': {'name': 'many'}})
    seed = world.api('GET', '/api/v1/namespaces/default/secrets/sh.helm.release.v1.seed.v1')
    record = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(seed['data']['release']))))
    for i in range(count):
        text = base64.b64encode(gzip.compress(json.dumps({**record, 'name': 'r%d' % i, 'namespace': 'many'}, separators=(',', ':')).encode()))
        s = {'apiVersion': 'v1', 'kind': 'Secret', 'type': seed['type'], 'data': {'release': base64.b64encode(text).decode()},
             'metadata': {'name': 'sh.helm.release.v1.r%d.v1' % i, 'labels': {**seed['metadata']['labels'], 'name': 'r%d' % i}}}
        world.api('POST', '/api/v1/namespaces/many/secrets', s)


class Line:
    """A line of 100 ms before the server: bytes arrive 50 ms later, either way."""

    def __init__(self, b):
        url = open(os.path.join(b.server, 'url')).read().strip()
        self.to = ('127.0.0.1', int(url.rsplit(':', 1)[1]))
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.config = os.path.join(b.box, 'slow.kubeconfig')
        text = open(os.path.join(b.server, 'admin.kubeconfig')).read()
        open(self.config, 'w').write(text.replace(url, 'https://127.0.0.1:%d' % self.socket.getsockname()[1]))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            c, _ = self.socket.accept()
            s = socket.create_connection(self.to)
            for x, y in ((c, s), (s, c)):
                x.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self.carry, args=(x, y), daemon=True).start()

    def carry(self, x, y):
        waiting, more = [], threading.Condition()

        def send():
            while True:
                with more:
                    while not waiting:
                        more.wait()
                    at, data = waiting.pop(0)
                time.sleep(max(0.0, at - time.monotonic()))
                try:
                    y.sendall(data) if data else y.shutdown(socket.SHUT_WR)
                except OSError:
                    return
                if not data:
                    return
        threading.Thread(target=send, daemon=True).start()
        data = b'x'
        while data:
            try:
                data = x.recv(65536)
            except OSError:
                data = b''
            with more:
                waiting.append((time.monotonic() + 0.05, data))
                more.notify()


def verdicts(b):
    lines = []

    def say(what, good, figure):
        lines.append('%-4s %s: %s' % ('ok' if good else 'MISS', what, figure))
    for label in ('install', 'upgrade'):
        r = b.row('3 objects, ' + label)
        x, h = r['bulkhead'], r['helm']
        say('%s, serial round trips ≤ 1/2' % label, x['trips'] * 2 <= h['trips'], '%d of %d' % (x['trips'], h['trips']))
        say('%s, requests ≤ 2/3' % label, x['requests'] * 3 <= h['requests'] * 2, '%d of %d' % (x['requests'], h['requests']))
        r = b.row('200 objects, ' + label)
        say('%s of 200 objects, requests ≤ 2/3' % label, r['bulkhead']['requests'] * 3 <= r['helm']['requests'] * 2, '%d of %d' % (r['bulkhead']['requests'], r['helm']['requests']))
        say('%s of 200 objects, time ≤ 1/3' % label, r['bulkhead']['ms'] * 3 <= r['helm']['ms'], '%.0f of %.0f ms' % (r['bulkhead']['ms'], r['helm']['ms']))
    for r in b.rows:
        if not r['name'].endswith(('install', 'upgrade')):
            say(r['name'] + ', requests not more', r['bulkhead']['requests'] <= r['helm']['requests'], '%d of %d' % (r['bulkhead']['requests'], r['helm']['requests']))
    r = b.row('3 objects, nothing known of the server, install')
    say('install, nothing known of the server, requests ≤ 2/3', r['bulkhead']['requests'] * 3 <= r['helm']['requests'] * 2, '%d of %d' % (r['bulkhead']['requests'], r['helm']['requests']))
    r = b.row('list')
    say('list of %d releases, time ≤ 1/10' % a.releases, r['bulkhead']['ms'] * 10 <= r['helm']['ms'], '%.0f of %.0f ms' % (r['bulkhead']['ms'], r['helm']['ms']))
    worst = max(b.rows, key=lambda r: r['bulkhead']['mib'] / r['helm']['mib'])
    say('peak memory ≤ 1/4 everywhere', worst['bulkhead']['mib'] * 4 <= worst['helm']['mib'], '%s: %.1f of %.1f MiB' % (worst['name'], worst['bulkhead']['mib'], worst['helm']['mib']))
    return lines


def table(b, lines, slow):
    out = ['| command | time | helm | ratio | memory | helm | requests | helm | round trips | helm |', '|---|---|---|---|---|---|---|---|---|---|']
    for r in b.rows:
        x, h = r['bulkhead'], r['helm']
        out.append('| %s | %.0f ms | %.0f ms | %.2f | %.1f MiB | %.1f MiB | %d | %d | %d | %d |' %
                   (r['name'], x['ms'], h['ms'], x['ms'] / h['ms'], x['mib'], h['mib'], x['requests'], h['requests'], x['trips'], h['trips']))
    return '\n'.join(out + ['', slow, '', '```'] + lines + ['```'])


def main():
    binary = None if a.server else cluster.find_binary()[0]
    if not a.server and not binary:
        sys.exit('cluster: neither Go nor a built API server is here')
    server = a.server or cluster.start(binary)
    try:
        b = Bench(server)
        world = cluster.World(argparse.Namespace(bulkhead=programs['bulkhead'], probe=None, helm=None, corpus=None, verbose=False), server)
        b.three = chart(b.box, 'three', THREE)
        print('%-28s %10s %10s  %9s %9s' % ('', 'bulkhead', 'helm', 'bulkhead', 'helm'))
        line = Line(b)
        b.compare('3 objects', life(b.three), a.runs, line)
        b.compare('200 objects', [s for s in life(chart(b.box, 'many', {'cm%d.yaml' % i: CM % i for i in range(200)})) if s[0] in ('install', 'upgrade', 'rollback', 'uninstall')], max(1, a.runs - 1))
        many_releases(b, world, a.releases)
        b.compare('', [('list', lambda w, n: ['list', '-n', 'many', '--max', '0'])], a.runs * 3)
        b.compare('', [('list, for the first time', lambda w, n: ['list', '-n', 'many', '--max', '0'])], a.runs, cold=True)
        b.compare('3 objects, nothing known of the server', [('install', lambda w, n: ['install', 'first-%s%d' % (w[0], n), b.three])], a.runs, cold=True)
        quick = {who: b.once(who, ['install', 'quick-' + who[0], b.three]) for who in programs}
        far = {who: b.once(who, ['install', 'slow-' + who[0], b.three], line.config, cold=True) for who in programs}
        again = {who: b.once(who, ['install', 'slow2-' + who[0], b.three], line.config, cold=True) for who in programs}
        trips = {who: (far[who]['ms'] - quick[who]['ms']) / 100 for who in programs}
        slow = ('Over a line of 100 ms, three objects, nothing known of the server: %.1f s, helm %.1f s (%.1f round trips, helm %.1f, TLS among them); once more: %.1f s, helm %.1f s.' %
                (far['bulkhead']['ms'] / 1e3, far['helm']['ms'] / 1e3, trips['bulkhead'], trips['helm'], again['bulkhead']['ms'] / 1e3, again['helm']['ms'] / 1e3))
        lines = verdicts(b)
        lines.append('%-4s install of 3 objects over a line of 100 ms, round trips ≤ 6: %d' % ('ok' if far['bulkhead']['trips'] <= 6 else 'MISS', far['bulkhead']['trips']))
        print(slow)
        print('\n'.join(lines))
        print('requests of an install:', *b.row('3 objects, install')['bulkhead']['uris'], sep='\n  ')
        if a.table:
            text = open(a.table).read() if os.path.exists(a.table) else ''
            block = BEGIN + '\n' + table(b, lines, slow) + '\n' + END
            new = text[:text.index(BEGIN)] + block + text[text.index(END) + len(END):] if BEGIN in text else text + '\n' + block + '\n'
            open(a.table, 'w').write(new)
        shutil.rmtree(b.box, ignore_errors=True)
        world.close()
    finally:
        if not a.server:
            cluster.stop(server)


if __name__ == '__main__':
    main()
