#!/usr/bin/env python3
"""Every system call that writes, with a full disk and with a kill: points.py BINARY [CASE]

A command runs once under strace, which tells the calls that touched its folders. Then it runs again for each of them: that call fails with ENOSPC, or the process is
killed there. Afterwards the lists, indexes, archives, the lock and charts/ are whole, old or new; and the same command without trouble does what it should. All servers are on
127.0.0.1. Where a command has more points than fit, they are taken evenly (BK_POINTS, for all of them: 0)."""
import collections, os, re, shutil, sys, time

from stand import *

sys.path.insert(0, os.path.join(HERE, '..', 'oci'))
from registry import Registry

FAILING = 'write pwrite64 writev openat rename renameat renameat2 link linkat fsync fdatasync ftruncate fallocate mkdir mkdirat copy_file_range'.split()
KILLING = FAILING + ['unlink', 'unlinkat']
CALL = re.compile(r'^(\d+) +(\w+)\((.*)')

s = Stand(sys.argv, 'registry-points')
if not shutil.which('strace'):
    s.skip('points', 'strace is not installed')
    sys.exit(s.finish())
s.env['ASAN_OPTIONS'] = 'detect_leaks=0'  # a tracer cannot be traced
MOST = int(os.environ.get('BK_POINTS', 28 if s.slow <= 1 else 4))

# Archives above a MiB are written by a thread of their own.
OLD, NEW, TOOL, BIG = (chart('web', '1.0.0'), chart('web', '1.2.0'), chart('tool', '0.3.0'), chart('big', '1.0.0', [('big/blob', os.urandom(1200 << 10))]))
KNOWN = {'web-1.0.0.tgz': OLD, 'web-1.2.0.tgz': NEW, 'tool-0.3.0.tgz': TOOL, 'big-1.0.0.tgz': BIG}
LISTS = ('config/helm/repositories.yaml', 'cache/helm/repository/r-index.yaml', 'cache/helm/repository/r-charts.txt', 'cache/helm/repository/n-index.yaml',
         'cache/helm/repository/n-charts.txt', 'up/Chart.lock', 'up/Chart.yaml')
UP = 'apiVersion: v2\nname: up\nversion: 0.1.0\ndependencies:\n- {name: web, version: "%s", repository: "@r"}\n- {name: tool, version: 0.3.0, repository: "@r"}\n'

web = Repository([('web', '1.0.0', OLD), ('tool', '0.3.0', TOOL)])
url = s.serve(web)
oci = Registry()
oci.put('c/web', '1.2.0', NEW)
host = s.serve(oci)[7:]

WORK = s.root + '/work'  # always the same place: the same calls each time
ENV = dict(s.env, HOME=WORK, XDG_CACHE_HOME=WORK + '/cache', XDG_CONFIG_HOME=WORK + '/config', XDG_DATA_HOME=WORK + '/data')
for d in ('out', 'up'):
    os.makedirs(WORK + '/' + d)
open(WORK + '/up/Chart.yaml', 'w').write(UP % '1.0.0')
open(WORK + '/tool-0.3.0.tgz', 'wb').write(TOOL)
for args in (('repo', 'add', 'r', url), ('dependency', 'update', WORK + '/up')):
    p = s.go(ENV, *args)
    assert p.returncode == 0, p.err
open(WORK + '/up/Chart.yaml', 'w').write(UP % '1.2.0')
shutil.rmtree(WORK + '/cache/helm/content')
shutil.copytree(WORK, s.root + '/before')
web.add('web', '1.2.0', NEW)
web.add('big', '1.0.0', BIG)


def again():
    shutil.rmtree(WORK)
    shutil.copytree(s.root + '/before', WORK)


def go(args, before=()):
    return s.go(ENV, *args, cwd=WORK + '/out', before=before)


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def lists():
    """The files that are replaced as a whole, without the time at which they were made."""
    return {f: re.sub(rb'(?m)^generated:.*', b'', read(WORK + '/' + f)) for f in LISTS if os.path.exists(WORK + '/' + f)}


def temporary(f):
    return '.bulkhead-' in f or 'tmpcharts-' in f


def state():
    """What the command was for: all files of the folders of the user but temporary ones."""
    return sorted(f for f in tree(WORK) if not temporary(f) and f.startswith(('out/', 'up/', 'config/')))


def torn(old, new):
    """What is neither old nor new."""
    wrong = ['%s is neither old nor new' % f for f, text in lists().items() if text not in (old.get(f), new.get(f))]
    wrong += ['%s is gone' % f for f in old if not os.path.exists(WORK + '/' + f)]
    for f in tree(WORK):
        base = os.path.basename(f)
        if temporary(f):
            continue
        if base in KNOWN and read(WORK + '/' + f) != KNOWN[base]:
            wrong.append('%s is not whole' % f)
        if base.endswith('.chart') and sha256(read(WORK + '/' + f)) != base[:64]:
            wrong.append('%s of the cache is not whole' % base)
    return wrong


def points(log):
    """(call, its number in its thread, what it touched) of each call that writes below WORK."""
    counts, found, seen = collections.Counter(), [], set()
    for line in open(log, errors='replace'):
        m = CALL.match(line)
        if not m:
            continue
        thread, call, rest = m.groups()
        counts[thread, call] += 1
        point = (call, counts[thread, call])
        if WORK not in rest or point in seen or call == 'openat' and 'O_CREAT' not in rest and 'O_TMPFILE' not in rest:
            continue
        seen.add(point)
        found.append((*point, rest.split(') = ')[0].replace(WORK, '')[:90]))
    return found


def spread(found):
    if not MOST or len(found) <= MOST:
        return found
    return [found[i * len(found) // MOST] for i in range(MOST)]


def judge(kind, p, old, new, first, done, args):
    """The program after trouble at one point, and after the run that follows."""
    wrong = torn(old, new)
    left = [f for f in tree(WORK) if temporary(f)]
    if kind == 'full':
        lines = [l for l in p.err.split('\n') if l and not l.startswith('level=')]
        if p.returncode == 1:
            wrong += ['there is %s' % state()] * (state() not in (first, done))
            wrong += ['%d lines' % len(lines)] * (len(lines) != 1) + ['the message lacks the reason'] * ('no space left' not in (p.out + p.err).lower())
        elif p.returncode != 0:
            wrong.append('exit code %d' % p.returncode)
        elif state() != done:
            wrong.append('exit code 0, but there is %s' % state())
        wrong += ['left %s' % f for f in left]
    elif len(left) > 3:
        wrong.append('left %s' % left)
    if '--untar' in args and os.path.isdir(WORK + '/out/web'):
        return wrong + ['the folder is not whole'] * (state() != done)  # a second time is refused, as it should be
    after = go(args)
    if after.returncode:
        wrong.append('the next run: exit code %d: %s' % (after.returncode, after.err[:200]))
    else:
        wrong += ['after the next run: ' + w for w in torn(new, new)] + ['after the next run there is %s' % state()] * (state() != done)
    wrong += ['the next run left %s' % f for f in tree(WORK) if temporary(f) and f not in left]
    return wrong


def command(name, *args, writes=True):
    if not s.wants(name):
        return
    again()
    old, first = lists(), state()
    log = s.root + '/log'
    trace = ['strace', '-f', '-qq', '-y', '-s', '0', '-o', log]  # with --seccomp-bpf, which is faster, no signal arrives
    p = go(args, [*trace, '-e', 'trace=' + ','.join('?' + c for c in KILLING)])
    found, new, done = points(log), lists(), state()
    missed = 0
    s.result(name + '/points', ['exit code %d' % p.returncode] * (p.returncode != 0) + ['%d points' % len(found)] * (writes != bool(found)), p.err)
    for kind, calls, what in (('full', FAILING, 'error=ENOSPC'), ('kill', KILLING, 'signal=KILL')):
        for call, n, touched in spread([f for f in found if f[0] in calls]):
            again()
            p = go(args, [*trace, '-e', 'trace=' + call, '-e', 'inject=%s:%s:when=%d' % (call, what, n)])
            met = any(WORK in l and ('INJECTED' in l or kind == 'kill') for l in open(log, errors='replace')) and (kind == 'full' or p.returncode < 0)
            if not met:
                missed += 1  # threads do not always make the same calls in the same order
                continue
            s.result('%s/%s/%s-%d' % (name, kind, call, n), judge(kind, p, old, new, first, done, args), touched + '\n' + p.err)
    s.result(name + '/met', ['%d of %d points were not met' % (missed, len(found))] if missed > 2 + len(found) // 4 else [])
    print('%s: %d points, %d not met' % (name, len(found), missed))


command('pull', 'pull', 'r/web', '--version', '1.0.0')
command('pull-url', 'pull', url + '/big-1.0.0.tgz')
command('pull-untar', 'pull', url + '/web-1.2.0.tgz', '--untar')
command('pull-oci', 'pull', 'oci://%s/c/web' % host, '--version', '1.2.0', '--plain-http')
command('repo-update', 'repo', 'update')
command('repo-add', 'repo', 'add', 'n', url, '--force-update')
command('dependency-update', 'dependency', 'update', WORK + '/up')
command('push', 'push', WORK + '/tool-0.3.0.tgz', 'oci://%s/c' % host, '--plain-http', writes=False)  # no file at all
# What a kill left in a cache goes with the next download, once it is a day old.
if s.wants('swept'):
    again()
    caches = [WORK + '/cache/' + f for f in ('helm/content', 'helm/repository', 'helm/bulkhead/indexes')]
    for d in caches:
        os.makedirs(d, exist_ok=True)
        for name, hours in (('.bulkhead-1', 25), ('.bulkhead-2', 1)):
            open(d + '/' + name, 'w').close()
            os.utime(d + '/' + name, (time.time() - hours * 3600,) * 2)
    s.good('swept/update', go(('repo', 'update')))
    s.good('swept/pull', go(('pull', 'r/web')))
    left = [sorted(f for f in os.listdir(d) if temporary(f)) for d in caches]
    s.result('swept', [] if left == [['.bulkhead-2']] * 3 else [str(left)])
sys.exit(s.finish())
