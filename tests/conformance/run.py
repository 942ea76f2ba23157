#!/usr/bin/env python3
"""Renders public charts and compares with what helm renders.

run.py --corpus DIR [--helm PATH] [--bin PATH] [--only TEXT] [--show N] [--allow FILE]

DIR holds corpus.json and corpus.tar.gz, or that archive unpacked (charts/, values/, golden/). Every run of every chart is
`template rel CHART --namespace demo` with the run's own flags; compared are the exit code, standard output to the byte, and
standard error without log lines and paths. Runs without a golden output (charts that make random values) are compared with a real helm,
the lines that differ between two of helm's own runs masked, when --helm is given, and counted as skipped otherwise. Charts whose schema
needs the network are told apart, because helm's golden answer was made without one.

Ends with 'conformance: N passed, N failed, N skipped'. The exit code is 0 when nothing failed but what --allow lists (one run a line).
"""
import argparse, concurrent.futures, gzip, json, os, re, subprocess, sys, tarfile, tempfile, time

ap = argparse.ArgumentParser()
ap.add_argument('--corpus', required=True)
ap.add_argument('--helm')
ap.add_argument('--bin', default='build/release/bin/bulkhead')
ap.add_argument('--only', default='')
ap.add_argument('--show', type=int, default=5)
ap.add_argument('--allow')
ap.add_argument('--jobs', type=int, default=os.cpu_count() or 1)
a = ap.parse_args()
if not os.path.exists(a.corpus + '/corpus.json'):
    print('conformance: skipped: no corpus.json in "%s" (give CORPUS=dir)' % a.corpus)
    sys.exit(0 if not a.corpus else 1)
binary = os.path.abspath(a.bin)
helm = os.path.abspath(a.helm) if a.helm else None
charts = json.load(open(a.corpus + '/corpus.json'))['charts']
holder = None
root = os.path.abspath(a.corpus)
if not os.path.isdir(root + '/charts'):
    holder = tempfile.TemporaryDirectory(prefix='bulkhead-corpus.')
    with tarfile.open(root + '/corpus.tar.gz') as t:
        t.extractall(holder.name, filter='data') if hasattr(tarfile, 'data_filter') else t.extractall(holder.name)
    root = holder.name
home = tempfile.mkdtemp(prefix='bulkhead-home.')
env = {'PATH': os.environ.get('PATH', ''), 'HOME': home, 'TZ': 'UTC', 'LANG': 'C.UTF-8'}


def golden(key, ext):
    p = '%s/golden/%s.%s' % (root, key, ext)
    if os.path.exists(p):
        return open(p, 'rb').read()
    if os.path.exists(p + '.gz'):
        return gzip.open(p + '.gz').read()
    return None


def render(program, args):
    try:
        p = subprocess.run([program] + args, cwd=root, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=180)
        return p.returncode, p.stdout, p.stderr
    except subprocess.TimeoutExpired:
        return 124, b'', b'timed out'


def plain(err):
    """Standard error without log lines, paths, and the addresses of this network."""
    lines = [l for l in err.decode('utf-8', 'replace').splitlines() if not re.match(r'(level=|time=|[IWEF]\d{4} )', l)]
    return re.sub(r'(/[\w.@+-]+)+/(charts|values)/', r'\2/', '\n'.join(lines))


def masked(x, y, z):
    """Whether z is what helm makes, random leaves apart: where two of helm's own runs, x and y, differ in a line, z need only share what
    they share at its start and its end."""
    lx, ly, lz = (t.decode('utf-8', 'replace').split('\n') for t in (x, y, z))
    lx, ly, lz = (fold(l) for l in (lx, ly, lz))
    if not len(lx) == len(ly) == len(lz):
        return False
    for p, q, r in zip(lx, ly, lz):
        if p == q:
            if r != p:
                return False
            continue
        head = os.path.commonprefix([p, q])
        tail = os.path.commonprefix([p[::-1], q[::-1]])
        head, tail = re.match(r'.*[^A-Za-z0-9+/=]|', head).group(), re.match(r'.*[^A-Za-z0-9+/=]|', tail).group()[::-1]
        if not (r.startswith(head) and r.endswith(tail)):
            return False
    return True


def fold(lines):
    """Without the inner lines of PEM blocks, whose number and alignment vary with the key."""
    return [l for l in lines if not re.fullmatch(r'\s*[A-Za-z0-9+/=]{40,}\s*|\s*[A-Za-z0-9+/]+=+\s*', l)]


def one(job):
    name, chart, args, run = job
    full = ['template', 'rel', 'charts/' + chart['tgz'], '--namespace', 'demo'] + args
    want_rc, want_out, want_err = golden(name, 'rc'), golden(name, 'out'), golden(name, 'err')
    rc, out, err = render(binary, full)
    if want_rc is not None and int(want_rc) != rc:
        return name, 'fail', 'exit code %d, helm %d: %s' % (rc, int(want_rc), plain(err)[:300])
    network = chart.get('network_dependent') or run.get('network_dependent')
    if want_err is not None and plain(err) != plain(want_err) and not network:
        return name, 'fail', 'stderr [%s], helm [%s]' % (plain(err)[:500], plain(want_err)[:500])
    if want_out is not None:
        if out == want_out:
            return name, 'pass', 'network' if network else ''
        a_, b_ = out.decode('utf-8', 'replace').split('\n'), want_out.decode('utf-8', 'replace').split('\n')
        for i, (x, y) in enumerate(zip(a_ + ['<end>'], b_ + ['<end>'])):
            if x != y:
                return name, 'fail', 'stdout line %d: [%s], helm [%s]' % (i + 1, x[:200], y[:200])
        return name, 'fail', 'stdout: %d lines, helm %d' % (len(a_), len(b_))
    if rc != 0:
        return name, 'pass', ''
    if not helm:
        return name, 'skip', 'random; needs a real helm'
    h1 = render(helm, full)
    if chart.get('may_vary_with_date'):
        time.sleep(1.1)  # so that what shows the time differs between helm's own runs
    h2 = render(helm, full)
    if h1[0] != rc:
        return name, 'fail', 'exit code %d, helm %d' % (rc, h1[0])
    if masked(h1[1], h2[1], out):
        return name, 'pass', 'masked'
    return name, 'fail', 'stdout differs beyond random leaves'


jobs = []
for c in charts:
    jobs.append((c['key'], c, [], {}))
    for run, r in sorted(c['runs'].items()):
        jobs.append(('%s.%s' % (c['key'], run), c, r['args'], r))
jobs = [j for j in jobs if a.only in j[0]]
allowed = set(l.split()[0] for l in open(a.allow) if l.strip() and not l.startswith('#')) if a.allow else set()
count = {'pass': 0, 'fail': 0, 'skip': 0}
default_ok = default_all = shown = unexpected = 0
with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
    for job, (name, verdict, why) in zip(jobs, pool.map(one, jobs)):
        count[verdict] += 1
        if not job[2] and golden(name, 'out') is not None and int(golden(name, 'rc') or 1) == 0:
            default_all += 1
            default_ok += verdict == 'pass'
        if verdict == 'fail':
            if name not in allowed:
                unexpected += 1
            if shown < a.show:
                shown += 1
                print('DIFF %s: %s' % (name, why))
            elif shown == a.show:
                shown += 1
                print('... (--show N for more)')
print('%d of %d charts whose default run succeeds and is deterministic: byte-equal' % (default_ok, default_all))
print('conformance: %d passed, %d failed, %d skipped' % (count['pass'], count['fail'], count['skip']))
sys.exit(1 if unexpected else 0)
