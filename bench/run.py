#!/usr/bin/env python3
"""Speed and memory beside the real helm, whole processes, in one run.

run.py [--helm PATH] [--corpus DIR] [--bin PATH] [--native PATH] [--runs N] [--charts N] [--table FILE]

Each command runs alternately with its rivals, after one uncounted run; a time is the median of N, a peak the highest. Measured are `version`, the default
run of every chart of the corpus and its runs with other values (those that make keys apart: there OpenSSL and Go's crypto are compared, and each run draws
other numbers; the ledger tells which they are), the same by the native engine (no compartment), which shows what the compartment costs, and generated charts with ten times the templates,
sub-charts and values. Lines at the end hold the figures against the targets.

Without --helm only bulkhead's own figures are shown; without --corpus the example chart is rendered. --charts takes so many charts, spread by helm's time, and
their default runs only. --table puts the results between the marks in FILE (docs/performance.md), or makes it.
"""
import argparse, atexit, json, os, shutil, statistics, subprocess, sys, tarfile, tempfile

ap = argparse.ArgumentParser()
ap.add_argument('--helm')
ap.add_argument('--corpus')
ap.add_argument('--bin', default='build/release/bin/bulkhead')
ap.add_argument('--native', default='build/release/bin/bulkhead-native')
ap.add_argument('--measure', default='build/release/tools/measure', help='the launcher that times a command (tools/measure.c)')
ap.add_argument('--runs', type=int, default=5)
ap.add_argument('--charts', type=int, default=0, help='0: all, with all their runs')
ap.add_argument('--table', help='put the results into this Markdown file')
a = ap.parse_args()
tmp = tempfile.mkdtemp(prefix='bulkhead-bench.')
env = {'PATH': os.environ.get('PATH', ''), 'HOME': tmp, 'TZ': 'UTC', 'LANG': 'C.UTF-8'}
launcher = os.path.abspath(a.measure)
programs = tempfile.mkdtemp(prefix='bench.', dir=os.path.dirname(os.path.abspath(a.bin)))  # a temporary folder may be in memory
for folder in tmp, programs:
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def installed(path):
    """A copy, as an installation makes it. How a file was written decides in how large pieces the kernel keeps it, and so how soon it starts: all rivals' alike."""
    return shutil.copy(path, programs)


binary, helm = installed(a.bin), installed(a.helm) if a.helm else None
native = installed(a.native) if os.path.exists(a.native) else None
KEYS = {'keygen', 'bcrypt'}  # effects
BEGIN, END = '<!-- results: written by bench/run.py -->', '<!-- end of results -->'


def once(cmd, cwd):
    """Wall milliseconds, peak MiB, exit code."""
    line = subprocess.run([launcher] + cmd, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True, text=True).stdout
    wall, _, peak, code = (int(x) for x in line.split())
    return wall / 1e3, peak / 1024, code


class Figure:
    """What several runs of one command came to."""

    def __init__(self, runs):
        self.ms = statistics.median(r[0] for r in runs)
        self.mib = max(r[1] for r in runs)
        self.ok = all(r[2] == 0 for r in runs)


def measure(cmds, cwd, runs=None):
    """Alternating runs of the commands; None for a command that is None."""
    res = [[] for _ in cmds]
    for n in range((runs or a.runs) + 1):
        for i, c in enumerate(cmds):
            if c:
                r = once(c, cwd)
                if n:
                    res[i].append(r)
    return [Figure(r) if r else None for r in res]


def beside(args, cwd):
    return measure([[binary] + args, [helm] + args if helm else None, [native] + args if native else None], cwd)


def makes_keys(args, cwd):
    """Whether a run asks the host for keys: the ledger tells."""
    ledger = tmp + '/ledger'
    subprocess.run([binary] + args + ['--ledger', ledger], cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(ledger) as f:
        found = any(json.loads(line).get('effect') in KEYS for line in f)
    os.remove(ledger)
    return found


# ---- what is measured ----


def corpus_jobs():
    """The corpus' folder and (name, arguments, is the default run)."""
    if not a.corpus:
        return os.getcwd(), [('examples/web', ['template', 'rel', 'examples/web'], True)]
    root = os.path.abspath(a.corpus)
    charts = json.load(open(root + '/corpus.json'))['charts']
    if not os.path.isdir(root + '/charts'):
        tarfile.open(root + '/corpus.tar.gz').extractall(tmp + '/corpus')
        root = tmp + '/corpus'
    charts.sort(key=lambda c: c['median_ms'])
    if a.charts:
        charts = [c for c in charts if c['helm_exit'] == 0]
        charts = charts[::max(1, len(charts) // a.charts)][:a.charts]
    jobs = []
    for c in charts:
        base = ['template', 'rel', 'charts/' + c['tgz'], '--namespace', 'demo']
        if c['helm_exit'] == 0:
            jobs.append((c['key'], base, True))
        if not a.charts:
            jobs += [('%s, %s' % (c['key'], k), base + r['args'], False) for k, r in sorted(c['runs'].items()) if r['rc'] == 0]
    return root, jobs


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        f.write(text)


TEMPLATE = '''{{- if .Values.item%(i)d.enabled }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "grown.name" . }}-%(i)d
  labels:
    {{- include "grown.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.item%(i)d.replicas | default 1 }}
  template:
    spec:
      containers:
        - name: main
          image: {{ printf "%%s:%%s" .Values.image.repository (.Values.image.tag | quote) }}
          env:
            {{- range $k, $v := .Values.item%(i)d.env }}
            - name: {{ $k | upper }}
              value: {{ tpl $v $ | quote }}
            {{- end }}
          resources: {{- toYaml .Values.item%(i)d.resources | nindent 12 }}
{{- end }}
'''
HELPERS = '''{{- define "grown.name" -}}{{ .Release.Name | trunc 63 | trimSuffix "-" }}{{- end }}
{{- define "grown.labels" -}}
app: {{ include "grown.name" . }}
chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
'''
ITEM = '''item%d:
  enabled: true
  replicas: 2
  env: {first: "{{ .Release.Name }}", second: two}
  resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 100m, memory: 64Mi}}
'''


def chart(path, name, templates, values):
    write(path + '/Chart.yaml', 'apiVersion: v2\nname: %s\nversion: 1.0.0\n' % name)
    text = 'image: {repository: example.org/app, tag: "1.0"}\n' + ''.join(ITEM % i for i in range(templates))
    text += ''.join('key%d:\n  # a comment, as values have them\n  one: %d\n  two: [a, b]\n' % (i, i) for i in range(values))
    write(path + '/values.yaml', text)
    write(path + '/templates/_helpers.tpl', HELPERS)
    for i in range(templates):
        write('%s/templates/t%d.yaml' % (path, i), TEMPLATE % {'i': i})


def grow(what, n):
    """A chart with n of something."""
    path = '%s/grown-%s-%d' % (tmp, what, n)
    chart(path, 'grown', n if what == 'templates' else 5, n if what == 'values' else 0)
    for i in range(n if what == 'sub-charts' else 0):
        chart('%s/charts/sub%d' % (path, i), 'sub%d' % i, 5, 20)
    return path


# ---- the run ----

HEAD = ['run', 'bulkhead ms', 'helm ms', 'helm / bulkhead', 'bulkhead MiB', 'helm MiB', 'bulkhead / helm', 'native ms', 'compartment / native']
rows, judged, skipped = [], [], []
fmt = lambda x, d=1: '-' if x is None else '%.*f' % (d, x)


class Group:
    def __init__(self):
        self.time, self.memory, self.tax = [], [], []


def row(name, args, cwd, group, shown):
    own, h, n = beside(args, cwd)
    if not own.ok or h and not h.ok:
        skipped.append(name)
        return None
    ratio, memory = (h.ms / own.ms, own.mib / h.mib) if h else (None, None)
    tax = own.ms / n.ms if n and n.ok else None
    cells = [name, fmt(own.ms, 2), fmt(h and h.ms), fmt(ratio), fmt(own.mib), fmt(h and h.mib), fmt(memory, 3), fmt(n and n.ms, 2), fmt(tax, 2)]
    if shown:
        rows.append(cells)
    print('  '.join('%-44s' % x[:44] if i == 0 else '%10s' % x for i, x in enumerate(cells)), flush=True)
    if group:
        for to, x in ((group.time, ratio), (group.memory, memory), (group.tax, tax)):
            if x is not None:
                to.append((x, name))
    return own


def judge(what, value, good, target):
    judged.append('%s  %s: %s (target: %s)' % ('PASS' if good else 'FAIL', what, value, target))


print('  '.join('%-44s' % x if i == 0 else '%10s' % x[-10:] for i, x in enumerate(HEAD)))
plain, keyed = Group(), Group()
version = row('version', ['version'], os.getcwd(), None, True)
root, jobs = corpus_jobs()
for name, args, default in jobs:
    keys = makes_keys(args, root)
    row(name + (' (keys)' if keys else ''), args, root, keyed if keys else plain, default)

judge('version', '%.2f ms, %.1f MiB' % (version.ms, version.mib), version.ms <= 3 and version.mib <= 8, '3 ms, 8 MiB')
if helm and plain.time:
    med, low = statistics.median(x for x, _ in plain.time), min(plain.time)
    judge('wall time, helm / bulkhead, median of %d runs' % len(plain.time), '%.1f' % med, med >= 20, 'at least 20')
    judge('wall time, helm / bulkhead, worst', '%.1f (%s)' % low, low[0] >= 8, 'at least 8')
    high = max(plain.memory + keyed.memory)
    judge('peak memory, bulkhead / helm, worst', '%.3f (%s)' % high, high[0] <= 0.25, 'at most 0.25')
    judged.append('      peak memory, bulkhead / helm, median: %.3f' % statistics.median(x for x, _ in plain.memory))
if helm and keyed.time:
    judged.append('      runs that make keys, apart: wall time, helm / bulkhead, median %.1f, worst %.1f of %d runs' % (
        statistics.median(x for x, _ in keyed.time), min(keyed.time)[0], len(keyed.time)))
if plain.tax:
    med, high = statistics.median(x for x, _ in plain.tax), max(plain.tax)
    judge('compartment / native engine, whole process, median', '%.2f' % med, med <= 2, 'at most 2, aim at 1.5')
    judged.append('      compartment / native engine, worst: %.2f (%s)' % high)
for what, n in (('templates', 60), ('sub-charts', 12), ('values', 3000)):
    small, large = measure([[binary, 'template', 'rel', grow(what, n)], [binary, 'template', 'rel', grow(what, 10 * n)]], tmp)
    if small.ok and large.ok:
        judge('%d instead of %d %s' % (10 * n, n, what), '%.1f times the time (%.1f to %.1f ms)' % (large.ms / small.ms, small.ms, large.ms),
              large.ms <= 11 * small.ms, 'at most 11')
    else:
        judge('%d instead of %d %s' % (10 * n, n, what), 'the render failed', False, 'at most 11')
size = os.path.getsize(binary) / 1e6
judge('binary', '%.1f MB' % size, size <= 20, 'at most 20 MB')
if skipped:
    judged.append('      left out, since one of the two programs failed: %d runs' % len(skipped))
print('\n'.join(judged))

if a.table:
    lines = [BEGIN, ''] + ['- ' + l.strip() for l in judged] + ['', '| ' + ' | '.join(HEAD) + ' |', '|' + '---|' * len(HEAD)]
    lines += ['| ' + ' | '.join(r) + ' |' for r in rows] + ['', END]
    old = open(a.table).read() if os.path.exists(a.table) else BEGIN + END
    before, _, rest = old.partition(BEGIN)
    with open(a.table, 'w') as f:
        f.write(before + '\n'.join(lines) + rest.partition(END)[2])
sys.exit(any(l.startswith('FAIL') for l in judged))
