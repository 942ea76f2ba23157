#!/usr/bin/env python3
"""Renders public charts through a post-renderer that changes nothing, with a real helm and with ours, and compares.

twin.py --corpus DIR --helm PATH [--bin PATH] [--plugin PATH] [--only TEXT] [--show N] [--jobs N]

DIR holds corpus.json and corpus.tar.gz, or that archive unpacked. Every deterministic run of every chart (those with a golden output, and those
that fail) is `template rel CHART --namespace demo --post-renderer same` with the run's own flags. For helm, whose Wasm post-renderers get nothing, `same` is a subprocess plugin that runs cat; for ours it is
the Wasm plugin PATH, without a grant and under the default policy, or that subprocess plugin with --plugin "". Compared are the exit code, standard output to the byte, and
standard error without log lines and paths. Charts with random values are not compared.

Ends with 'postrender-twin: N of M equal (P %)' and is content with 98 %."""
import argparse, concurrent.futures, json, os, re, shutil, subprocess, sys, tarfile, tempfile

ap = argparse.ArgumentParser()
ap.add_argument('--corpus', required=True)
ap.add_argument('--helm', required=True)
ap.add_argument('--bin', default='build/release/bin/bulkhead')
ap.add_argument('--plugin', default='build/release/plugins/postrender.wasm')
ap.add_argument('--only', default='')
ap.add_argument('--show', type=int, default=20)
ap.add_argument('--jobs', type=int, default=os.cpu_count() or 1)
a = ap.parse_args()
if not os.path.exists(a.corpus + '/corpus.json') or not os.path.exists(a.helm):
    print('postrender-twin: skipped: needs a corpus.json in "%s" and a helm at "%s" (give CORPUS=dir HELM=path)' % (a.corpus, a.helm))
    sys.exit(0 if not (a.corpus and a.helm) else 1)
binary, helm = os.path.abspath(a.bin), os.path.abspath(a.helm)
charts = json.load(open(a.corpus + '/corpus.json'))['charts']
root, holder = os.path.abspath(a.corpus), None
if not os.path.isdir(root + '/charts'):
    holder = tempfile.TemporaryDirectory(prefix='bulkhead-corpus.')
    with tarfile.open(root + '/corpus.tar.gz') as t:
        t.extractall(holder.name, filter='data') if hasattr(tarfile, 'data_filter') else t.extractall(holder.name)
    root = holder.name
home = tempfile.TemporaryDirectory(prefix='bulkhead-home.')


def plugin(folder, runtime, config):
    os.makedirs('%s/%s/same' % (home.name, folder))
    with open('%s/%s/same/plugin.yaml' % (home.name, folder), 'w') as f:
        f.write('apiVersion: v1\nname: same\nversion: 0.1.0\ntype: postrenderer/v1\nruntime: %s\nruntimeConfig: %s\n' % (runtime, config))


plugin('helm', 'subprocess', '{platformCommand: [{command: cat}]}')
if a.plugin:
    plugin('ours', 'extism/v1', '{entryFuncName: same}')
    shutil.copy(a.plugin, home.name + '/ours/same/plugin.wasm')


def render(program, args, folder):
    env = {'PATH': os.environ.get('PATH', ''), 'HOME': home.name, 'TZ': 'UTC', 'LANG': 'C.UTF-8', 'HELM_PLUGINS': home.name + '/' + folder}
    try:
        p = subprocess.run([program] + args, cwd=root, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
        return p.returncode, p.stdout, p.stderr
    except subprocess.TimeoutExpired:
        return 124, b'', b'timed out'


def plain(err):
    """Standard error without log lines, our words about subprocess plugins, and paths."""
    lines = [l for l in err.decode('utf-8', 'replace').splitlines() if not re.match(r'(level=|time=|[IWEF]\d{4} |bulkhead: )', l)]
    return re.sub(r'(/[\w.@+-]+)+/(charts|values)/', r'\2/', '\n'.join(lines))


def one(job):
    name, args = job
    full = ['template', 'rel'] + args + ['--namespace', 'demo', '--post-renderer', 'same']
    want = render(helm, full, 'helm')
    got = render(binary, full, 'ours') if a.plugin else render(binary, full + ['--policy', 'helm'], 'helm')
    if want[0] != got[0]:
        return name, 'exit code %d, helm %d: %s' % (got[0], want[0], plain(got[2])[:300])
    if want[1] != got[1]:
        x, y = got[1].decode('utf-8', 'replace').split('\n'), want[1].decode('utf-8', 'replace').split('\n')
        for i, (p, q) in enumerate(zip(x + ['<end>'], y + ['<end>'])):
            if p != q:
                return name, 'line %d: [%s], helm [%s]' % (i + 1, p[:200], q[:200])
        return name, '%d lines, helm %d' % (len(x), len(y))
    if plain(want[2]) != plain(got[2]):
        return name, 'stderr [%s], helm [%s]' % (plain(got[2])[:400], plain(want[2])[:400])
    return name, None


def has_golden(key):
    return any(os.path.exists('%s/golden/%s.%s' % (root, key, e)) for e in ('out', 'out.gz')) or \
        open('%s/golden/%s.rc' % (root, key)).read().strip() != '0' if os.path.exists('%s/golden/%s.rc' % (root, key)) else False


jobs = []
for c in charts:
    for run, r in [('', {'args': []})] + sorted(c['runs'].items()):
        key = c['key'] + ('.' + run if run else '')
        if a.only in key and has_golden(key) and not c.get('network_dependent') and not r.get('network_dependent'):
            jobs.append((key, ['charts/' + c['tgz']] + r['args']))
equal = 0
different = []
with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
    for name, why in pool.map(one, jobs):
        equal += why is None
        if why is not None:
            different.append((name, why))
for name, why in different[:a.show]:
    print('DIFF %s: %s' % (name, why))
if len(different) > a.show:
    print('... (--show N for more)')
part = 100.0 * equal / len(jobs) if jobs else 0
print('postrender-twin: %d of %d equal (%.1f %%)' % (equal, len(jobs), part))
sys.exit(0 if part >= 98 else 1)
