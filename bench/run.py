#!/usr/bin/env python3
"""Speed and memory beside the real helm, whole processes, in one run.

run.py [--helm PATH] [--corpus DIR] [--bin PATH] [--native PATH] [--runs N] [--charts N] [--all] [--table FILE]

Each command runs alternately with its rival, after one uncounted run; a figure is the median of N. Columns: bulkhead's and helm's wall time, their
ratio, the peak resident sizes, and the same render by the native engine (no compartment), which shows what the compartment costs.
Without --helm only bulkhead's own figures are shown; without --corpus the example chart is rendered.
"""
import argparse, json, os, statistics, subprocess, tarfile, tempfile

ap = argparse.ArgumentParser()
ap.add_argument('--helm')
ap.add_argument('--corpus')
ap.add_argument('--bin', default='build/release/bin/bulkhead')
ap.add_argument('--native', default='build/release/bin/bulkhead-native')
ap.add_argument('--measure', default='build/release/tools/measure', help='the launcher that times a command (tools/measure.c)')
ap.add_argument('--runs', type=int, default=7)
ap.add_argument('--charts', type=int, default=20)
ap.add_argument('--all', action='store_true', help='every run of the corpus that helm renders')
ap.add_argument('--table', help='write the table as Markdown to this file')
a = ap.parse_args()
home = tempfile.mkdtemp(prefix='bulkhead-bench.')
env = {'PATH': os.environ.get('PATH', ''), 'HOME': home, 'TZ': 'UTC', 'LANG': 'C.UTF-8'}
launcher = os.path.abspath(a.measure)


def once(cmd, cwd):
    """Wall milliseconds, peak KiB, exit code."""
    line = subprocess.run([launcher] + cmd, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True, text=True).stdout
    wall, _, peak, code = (int(x) for x in line.split())
    return wall / 1e3, peak, code


def measure(cmds, cwd, runs):
    """Interleaved runs; per command (median ms, peak KiB, exit code)."""
    res = [[] for _ in cmds]
    for n in range(runs + 1):
        for i, c in enumerate(cmds):
            r = once(c, cwd)
            if n:
                res[i].append(r)
    return [(statistics.median(x[0] for x in r), max(x[1] for x in r), r[0][2]) for r in res]


def chart_list():
    if not a.corpus:
        return os.getcwd(), [('examples/web', ['template', 'rel', 'examples/web'], False)]
    root = os.path.abspath(a.corpus)
    charts = json.load(open(root + '/corpus.json'))['charts']
    if not os.path.isdir(root + '/charts'):
        out = tempfile.mkdtemp(prefix='bulkhead-corpus.')
        tarfile.open(root + '/corpus.tar.gz').extractall(out)
        root = out
    keygen = {'genCA', 'genSelfSignedCert', 'genSignedCert', 'genPrivateKey', 'genCAWithKey', 'genSelfSignedCertWithKey', 'genSignedCertWithKey', 'buildCustomCert', 'htpasswd', 'bcrypt', 'derivePassword'}
    jobs = []
    for c in charts:
        base = ['template', 'rel', 'charts/' + c['tgz'], '--namespace', 'demo']
        random = bool(keygen & set(c['nondeterministic_functions']))
        if c['helm_exit'] == 0:
            jobs.append((c['key'], base, random, c['median_ms']))
        if a.all:
            jobs += [('%s.%s' % (c['key'], k), base + r['args'], random, r['ms']) for k, r in sorted(c['runs'].items()) if r['rc'] == 0]
    if not a.all:
        jobs.sort(key=lambda j: j[3])
        step = max(1, len(jobs) // a.charts)
        jobs = jobs[::step][:a.charts]
    return root, [j[:3] for j in jobs]


binary, helm = os.path.abspath(a.bin), os.path.abspath(a.helm) if a.helm else None
native = os.path.abspath(a.native) if os.path.exists(a.native) else None
programs = [binary] + ([helm] if helm else []) + ([native] if native else [])
root, jobs = chart_list()
head = ['run', 'bulkhead ms', 'helm ms', 'ratio', 'bulkhead MiB', 'helm MiB', 'RSS ratio', 'native ms', 'compartment/native']
rows, ratios, rss, taxes, skipped = [], [], [], [], 0
fmt = lambda x, d=1: '-' if x is None else '%.*f' % (d, x)


def row(name, args, random):
    m = measure([[p] + args for p in programs], root, a.runs)
    own, h, n = m[0], m[1] if helm else None, m[-1] if native else None
    if own[2] != 0 or h and h[2] != 0:
        return False
    ratio = h[0] / own[0] if h else None
    rratio = own[1] / h[1] if h else None
    tax = own[0] / n[0] if n and n[2] == 0 else None
    rows.append([name + (' (keys)' if random else ''), fmt(own[0], 2), fmt(h and h[0]), fmt(ratio), fmt(own[1] / 1024), fmt(h and h[1] / 1024), fmt(rratio, 3), fmt(n and n[0], 2), fmt(tax, 2)])
    print('  '.join('%-44s' % x if i == 0 else '%12s' % x for i, x in enumerate(rows[-1])), flush=True)
    if name != 'version' and not random:
        ratios.append(ratio), rss.append(rratio), taxes.append(tax)
    return True


print('  '.join('%-44s' % x if i == 0 else '%12s' % x for i, x in enumerate(head)))
row('version', ['version'], False)
for name, args, random in jobs:
    if not row(name, args, random):
        skipped += 1
lines = []
if helm and ratios:
    lines.append('wall time, helm / bulkhead: median %.1f, worst %.1f (%d runs; runs that make keys apart)' % (statistics.median(ratios), min(ratios), len(ratios)))
    lines.append('peak memory, bulkhead / helm: median %.3f, worst %.3f' % (statistics.median(rss), max(rss)))
t = [x for x in taxes if x]
if t:
    lines.append('compartment / native engine, whole process: median %.2f, worst %.2f' % (statistics.median(t), max(t)))
lines.append('binary: %.1f MB' % (os.path.getsize(binary) / 1e6))
if skipped:
    lines.append('%d runs left out: one of the two programs failed' % skipped)
print('\n'.join(lines))
if a.table:
    with open(a.table, 'w') as f:
        f.write('| ' + ' | '.join(head) + ' |\n|' + '---|' * len(head) + '\n')
        f.writelines('| ' + ' | '.join(r) + ' |\n' for r in rows)
        f.write('\n' + '\n'.join('- ' + l for l in lines) + '\n')
