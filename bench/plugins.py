#!/usr/bin/env python3
"""Calls of Extism plugins beside the real helm, whole processes.

plugins.py [--helm PATH] [--bin PATH] [--modules DIR] [--runs N] [--table FILE]

Warm: the compiled module is cached, by either program in its own way. First: the caches are empty, so the module is compiled; processor time of all processes
of the call counts. The Go plugin is built where Go 1.24 is to be had. Figures are medians. --table puts them between the marks in FILE (docs/performance.md), with what was promised.
"""
import argparse, os, shutil, statistics, subprocess, sys, tempfile

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, root + '/tests/plugins')
import build

ap = argparse.ArgumentParser()
ap.add_argument('--helm')
ap.add_argument('--bin', default='build/release/bin/bulkhead')
ap.add_argument('--modules', default='build/release/plugins')
ap.add_argument('--measure', default='build/release/tools/measure')
ap.add_argument('--runs', type=int, default=15)
ap.add_argument('--table')
a = ap.parse_args()
home = tempfile.mkdtemp(prefix='bulkhead-bench.')
programs = [os.path.abspath(a.bin)] + ([os.path.abspath(a.helm)] if a.helm else [])
launcher = os.path.abspath(a.measure)


def once(program, name):
    """Wall milliseconds, milliseconds of the processor, peak MiB. A folder of plugins for each, so that only one is found."""
    env = {'PATH': os.environ.get('PATH', ''), 'HOME': home, 'TZ': 'UTC', 'HELM_PLUGINS': '%s/plugins/%s' % (home, name)}
    line = subprocess.run([launcher, program, name, 'a', 'b'], cwd=home, env=env, stdout=subprocess.PIPE, check=True, text=True).stdout
    wall, cpu, peak, code = (int(x) for x in line.split())
    if code:
        sys.exit('plugins.py: %s %s: exit code %d' % (program, name, code))
    return wall / 1e3, cpu / 1e3, peak / 1024


def forget():
    for d in ['.cache', '.local']:
        shutil.rmtree(os.path.join(home, d), ignore_errors=True)


def median(runs):
    return [statistics.median(x) for x in zip(*runs)]


rows, verdicts = [], []


def promise(what, own, limit, unit):
    verdicts.append('%-4s %s: %.3g%s (at most %g%s)' % ('ok' if own <= limit else 'MISS', what, own, unit, limit, unit))


def row(what, figures, unit, which, digits=1):
    own, helm = figures[0][which], figures[1][which] if len(figures) > 1 else None
    if helm is not None:
        rows.append('| %s, %s | %.*f | %.*f | %.1f |' % (what, unit, digits, own, digits, helm, helm / own))
    cells = ['%.*f' % (digits, own), '-' if helm is None else '%.*f' % (digits, helm), '-' if helm is None else '%.1f' % (helm / own)]
    print('%-44s' % ('%s, %s' % (what, unit)) + ''.join('%12s' % c for c in cells), flush=True)


def plugin(name, entry, module):
    d = '%s/plugins/%s/%s' % (home, name, name)
    os.makedirs(d)
    with open(d + '/plugin.yaml', 'w') as f:
        f.write('apiVersion: v1\nname: %s\nversion: 0.1.0\ntype: cli/v1\nruntime: extism/v1\nconfig: {}\nruntimeConfig: {entryFuncName: %s}\n' % (name, entry))
    shutil.copy(module, d + '/plugin.wasm')


plugins = []
if os.path.exists(a.modules + '/types.wasm'):
    plugins.append(('small', 'C plugin', 'cli_show', a.modules + '/types.wasm'))
go = build.go()
if go:
    plugins.append(('large', 'Go plugin (%.1f MB)' % (os.path.getsize(go) / 1e6), 'helm_plugin_main', go))
print('%-44s%12s%12s%12s' % ('call of a plugin', 'bulkhead', 'helm', 'helm/own'))
try:
    for name, what, entry, module in plugins:
        plugin(name, entry, module)
        first = [[] for _ in programs]
        for _ in range(3):
            for i, p in enumerate(programs):
                forget()
                first[i].append(once(p, name))
        forget()
        warm = [[] for _ in programs]
        for n in range(a.runs + 1):
            for i, p in enumerate(programs):
                r = once(p, name)
                if n:
                    warm[i].append(r)
        first, warm = [median(f) for f in first], [median(w) for w in warm]
        row(what + ', first', first, 'ms of the processor', 1, 0)
        row(what + ', first', first, 'ms', 0, 0)
        row(what + ', warm', warm, 'ms of the processor', 1)
        row(what + ', warm', warm, 'ms', 0)
        row(what + ', warm', warm, 'peak MiB', 2)
        promise('%s, warm' % what, warm[0][0], 5 if name == 'small' else 15, ' ms')
        if len(programs) > 1:
            promise('%s, warm, time beside helm' % what, warm[0][0] / warm[1][0], 0.1, '')
            promise('%s, warm, peak beside helm' % what, warm[0][2] / warm[1][2], 0.333, '')
            if name == 'large':
                promise('%s, first call, processor beside helm' % what, first[0][1] / first[1][1], 0.5, '')
finally:
    shutil.rmtree(home, ignore_errors=True)
for v in verdicts:
    print(v)
if a.table and rows:
    BEGIN, END = '<!-- plugins: written by bench/plugins.py -->\n', '<!-- end of plugins -->\n'
    old = open(a.table).read()
    if BEGIN not in old:
        old = old.rstrip('\n') + '\n\n' + BEGIN + END
    head, rest = old.split(BEGIN)
    table = '| call of an Extism plugin | bulkhead | helm | ratio |\n|---|---|---|---|\n' + '\n'.join(rows) + '\n\n```\n' + '\n'.join(verdicts) + '\n```\n'
    with open(a.table, 'w') as f:
        f.write(head + BEGIN + table + END + rest.split(END)[1])
