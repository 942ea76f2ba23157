#!/usr/bin/env python3
"""Repositories beside the real helm: bench/repositories.py BINARY HELM [RUNS]

Whole processes against one HTTP server on 127.0.0.1, in one run, alternating: `dependency update` of an umbrella with 40 dependencies; of one beside an unused repository
of 20 MB; `search repo` over 50,000 entries; `pull` of a 50 MB chart beside curl. Prints medians, ratios and peak memory; the targets stand behind."""
import http.server, os, shutil, statistics, subprocess, sys, tempfile, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'tests', 'registry'))
from stand import chart, entry, index, sha256

DEPENDENCIES, UNUSED_BYTES, ENTRIES, BLOB = 40, 20 << 20, 50000, 50 << 20
ours, helm = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
runs = int(sys.argv[3]) if len(sys.argv) > 3 else 5
launcher = os.environ.get('MEASURE') or os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'build', 'release', 'tools', 'measure')
root = tempfile.mkdtemp(prefix='bulkhead-bench.')


def serve(folder):
    class Handler(http.server.SimpleHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'

        def __init__(self, *a):
            super().__init__(*a, directory=folder)

        def log_message(self, *a):
            pass
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return 'http://127.0.0.1:%d' % server.server_address[1]


def many(charts, versions):
    """An index of charts × versions entries of some 600 bytes each."""
    more = 'home: https://example.com\n    keywords: [database, store, fast]\n    maintainers:\n    - {name: Team, email: team@example.com}\n    description'
    return index({'chart-%05d' % c: [entry('chart-%05d' % c, '1.%d.0' % v, ['https://charts.example.com/chart-%05d-1.%d.0.tgz' % (c, v)], sha256(b'%d %d' % (c, v)),
                                          **{more: '"Chart number %d keeps things that are put into it, word%d, word%d"' % (c, c % 97, c % 13)})
                                    for v in range(versions)] for c in range(charts)})


def home(name):
    h = os.path.join(root, name)
    os.makedirs(h, exist_ok=True)
    return dict(os.environ, HOME=h, XDG_CACHE_HOME=h + '/cache', XDG_CONFIG_HOME=h + '/config', XDG_DATA_HOME=h + '/data')


def measure(args, env, before=lambda: None):
    """Median wall time, peak memory in MiB; by a small launcher, since a child's peak is never below what its parent had."""
    took, peak = [], 0
    for _ in range(runs):
        before()
        wall, _, kib, code = subprocess.run([launcher, *args], env=env, cwd=root, stdout=subprocess.PIPE, check=True).stdout.split()
        took.append(int(wall) / 1e6)
        peak = max(peak, int(kib) / 1024)
        if int(code):
            sys.exit('%s: exit code %s' % (' '.join(args), code.decode()))
    return statistics.median(took), peak


def row(name, target, memory, us, them):
    ratio, part = us[0] / them[0], us[1] / them[1]
    verdict = 'met' if ratio <= target and (memory is None or part <= memory) else 'MISSED'
    print('%-38s %8.3f s %8.3f s   %5.3f of %-6.3f  %6.1f MiB %7.1f MiB   %5.3f%s   %s' %
          (name, us[0], them[0], ratio, target, us[1], them[1], part, ' of %.3f' % memory if memory else '', verdict))


def umbrella(url, count):
    up = os.path.join(root, 'up%d' % count)
    os.makedirs(up, exist_ok=True)
    with open(up + '/Chart.yaml', 'w') as f:
        f.write('apiVersion: v2\nname: up\nversion: 0.1.0\ndependencies:\n' + ''.join('- {name: dep-%d, version: ">=0.1.0", repository: "%s"}\n' % (i, url) for i in range(count)))
    return up


def clean(up, *envs):
    def run():
        shutil.rmtree(up + '/charts', ignore_errors=True)
        if os.path.exists(up + '/Chart.lock'):
            os.remove(up + '/Chart.lock')
        for env in envs:
            shutil.rmtree(env['XDG_CACHE_HOME'] + '/helm/content', ignore_errors=True)
    return run


def main():
    print('%-38s %10s %10s   %-15s %10s %11s   %s' % ('', 'ours', 'helm', 'ratio', 'ours', 'helm', 'memory'))
    site = os.path.join(root, 'site')
    os.makedirs(site + '/big')
    entries = {}
    for i in range(DEPENDENCIES):
        data = chart('dep-%d' % i, '0.1.0')
        open(site + '/dep-%d-0.1.0.tgz' % i, 'wb').write(data)
        entries['dep-%d' % i] = [entry('dep-%d' % i, '0.1.0', ['dep-%d-0.1.0.tgz' % i], sha256(data))]
    blob = chart('blob', '1.0.0', [('blob/data', os.urandom(BLOB))])
    open(site + '/blob-1.0.0.tgz', 'wb').write(blob)
    entries['blob'] = [entry('blob', '1.0.0', ['blob-1.0.0.tgz'], sha256(blob))]
    open(site + '/index.yaml', 'wb').write(index(entries))
    big = many(500, ENTRIES // 500)
    open(site + '/big/index.yaml', 'wb').write(big)
    url = serve(site)
    both = {ours: home('ours'), helm: home('helm')}
    for binary, env in both.items():
        subprocess.run([binary, 'repo', 'add', 'r', url], env=env, check=True, stdout=subprocess.DEVNULL)

    def compare(name, target, memory, args, up=None):
        results = [measure([binary, *args], env, clean(up, env) if up else lambda: None) for binary, env in both.items()]
        row(name, target, memory, *results)

    up = umbrella(url, DEPENDENCIES)
    compare('dependency update, 40 charts', 1 / 4, None, ['dependency', 'update', up], up)
    for binary, env in both.items():
        subprocess.run([binary, 'repo', 'add', 'big', url + '/big'], env=env, check=True, stdout=subprocess.DEVNULL)
    one = umbrella(url, 1)
    compare('dependency update, %d MB unused' % (len(big) >> 20), 1 / 10, 1 / 10, ['dependency', 'update', one], one)
    compare('search repo, 50,000 entries', 1 / 10, None, ['search', 'repo', 'word5'])
    # Pulling, beside curl.
    env = both[ours]
    us = measure([ours, 'pull', 'r/blob', '-d', root], env, clean(up, env))
    them = measure(['curl', '-sSf', '-o', root + '/blob.tgz', url + '/blob-1.0.0.tgz'], env)
    row('pull of 50 MB, beside curl', 1.3, None, us, them)
    compare('pull of 50 MB', 1, None, ['pull', 'r/blob', '-d', root], up)
    shutil.rmtree(root)


main()
