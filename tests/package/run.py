#!/usr/bin/env python3
"""package and dependency where things go wrong: what is left on the disk then.

run.py BINARY. Ends with 'package: N passed, N failed'. Answers that the real helm gives as well are in tests/cli.
"""
import hashlib, io, os, resource, shutil, signal, subprocess, sys, tarfile, tempfile

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from suite import check, tally

binary = os.path.abspath(sys.argv[1])


def run(box, *args, env=None, file_limit=None):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails then, as on a full disk
        if file_limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

    e = {'PATH': '/usr/bin:/bin', 'HOME': box + '/home', 'TZ': 'UTC', 'KUBECONFIG': box + '/none'}
    e.update(env or {})
    p = subprocess.run([binary, *args], cwd=box, env=e, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, preexec_fn=limit)
    return p.returncode, p.stdout.decode('utf-8', 'replace'), p.stderr.decode('utf-8', 'replace')


def state(folder):
    """Everything below a folder: digests of files, targets of links."""
    found = {}
    for d, names, files in os.walk(folder):
        for n in names + files:
            p = os.path.join(d, n)
            rel = os.path.relpath(p, folder)
            if os.path.islink(p):
                found[rel] = '-> ' + os.readlink(p)
            elif os.path.isfile(p):
                found[rel] = hashlib.sha256(open(p, 'rb').read()).hexdigest()
            else:
                found[rel] = 'folder'
    return found


def write(box, path, text):
    p = os.path.join(box, path)
    os.makedirs(os.path.dirname(p), exist_ok=True)
    open(p, 'w').write(text)


def chart(box, path, name, version='1.0.0', more='', files=()):
    write(box, path + '/Chart.yaml', 'apiVersion: v2\nname: %s\nversion: %s\n%s' % (name, version, more))
    for f, text in files:
        write(box, path + '/' + f, text)


def dependency(name, repository, version='1.0.0'):
    return 'dependencies:\n- {name: %s, version: "%s", repository: "%s"}\n' % (name, version, repository)


def fresh(test):
    box = tempfile.mkdtemp(prefix='bulkhead-package.')
    try:
        test(box)
    except Exception as e:
        check(test.__name__, False, repr(e))
    finally:
        shutil.rmtree(box, ignore_errors=True)


def refused(what, box, answer, text, before, folder=''):
    rc, out, err = answer
    after = state(os.path.join(box, folder))
    check(what, rc == 1 and text in err and err.count('Error:') == 1 and after == before, rc, out, err, sorted(set(after.items()) ^ set(before.items())))


def full_disk(box):
    """An archive that does not fit leaves the old one whole, and nothing else."""
    chart(box, 'c', 'c')
    limit = 12 << 20  # the compartment's own memory counts as a file, too
    open(box + '/c/noise', 'wb').write(os.urandom(limit + 1000000))
    write(box, 'out/c-1.0.0.tgz', 'old')
    before = state(box)
    refused('package on a full disk', box, run(box, 'package', 'c', '-d', 'out', file_limit=limit), 'failed to save: write out/c-1.0.0.tgz: file too large', before)
    chart(box, 'p', 'p', more=dependency('c', 'file://../c'))
    write(box, 'p/charts/other/Chart.yaml', 'apiVersion: v2\nname: other\nversion: 0.0.1\n')
    before = state(box)
    refused('dependency update on a full disk', box, run(box, 'dependency', 'update', 'p', file_limit=limit), 'write p/charts/c-1.0.0.tgz: file too large', before)


def lock_link(box):
    """The advisory on Chart.lock: a link there must not be written through."""
    chart(box, 'c', 'c')
    chart(box, 'p', 'p', more=dependency('c', 'file://../c'))
    write(box, 'precious', 'mine')
    os.symlink('../precious', box + '/p/Chart.lock')
    before = state(box)
    refused('a lock that leads out', box, run(box, 'dependency', 'update', 'p'), 'link', before)
    os.unlink(box + '/p/Chart.lock')
    write(box, 'p/values.yaml', '{}')
    os.symlink('values.yaml', box + '/p/Chart.lock')
    before = state(box)
    refused('a lock that is a link', box, run(box, 'dependency', 'update', 'p'), 'the Chart.lock file is a symlink to "values.yaml"', before)
    os.unlink(box + '/p/Chart.lock')
    os.symlink('../nothing', box + '/p/Chart.lock')
    before = state(box)
    rc, out, err = run(box, 'dependency', 'update', 'p')
    check('a lock that is a dangling link', rc == 1 and state(box) == before, rc, err)


def charts_link(box):
    """charts/ as a link: neither written to nor cleared."""
    chart(box, 'c', 'c')
    chart(box, 'p', 'p', more=dependency('c', 'file://../c'))
    write(box, 'elsewhere/x-1.0.0.tgz', 'mine')
    os.symlink('../elsewhere', box + '/p/charts')
    before = state(box)
    refused('charts/ that is a link', box, run(box, 'dependency', 'update', 'p'), 'link', before)


def entry_link(box):
    """A link within charts/ that leads to an archive of its own: nothing behind it is touched, and it stays."""
    chart(box, 'c', 'c')
    chart(box, 'o', 'outdated')
    run(box, 'package', 'o', '-d', 'kept')
    chart(box, 'p', 'p', more=dependency('c', 'file://../c'))
    os.makedirs(box + '/p/charts')
    shutil.copy(box + '/kept/outdated-1.0.0.tgz', box + '/p/inside.tgz')
    os.symlink('../inside.tgz', box + '/p/charts/outdated-1.0.0.tgz')
    rc, out, err = run(box, 'dependency', 'update', 'p')
    after = state(box)
    check('a link among the archives', rc == 0 and 'symbolic link (Skipping)' in out and 'p/inside.tgz' in after and 'p/charts/c-1.0.0.tgz' in after, rc, out, err)


def planted_folder(box):
    """A chart that brings the temporary folder's name along does not get its files moved into charts/."""
    chart(box, 'c', 'c')
    chart(box, 'p', 'p', more=dependency('c', 'file://../c'))
    for pid in range(os.getpid(), os.getpid() + 200):
        write(box, 'p/tmpcharts-%d/evil-1.0.0.tgz' % pid, 'evil')
    before = state(box)
    rc, out, err = run(box, 'dependency', 'update', 'p')
    new = sorted(set(state(box)) - set(before))
    check('a planted temporary folder', rc == 0 and new == ['p/Chart.lock', 'p/charts', 'p/charts/c-1.0.0.tgz'], rc, err, new)


def names(box):
    """Names that are paths."""
    for i, name in enumerate(['../x', '..', '.', 'a/b', '/x', '""']):
        chart(box, 'c%d' % i, name)
        before = state(box)
        refused('package of a chart called ' + name, box, run(box, 'package', 'c%d' % i, '-d', 'out'), '', before)
    chart(box, 'p', 'p', more=dependency('../../x', 'file://../c0'))
    before = state(box)
    refused('a dependency called ../../x', box, run(box, 'dependency', 'update', 'p'), '', before)
    chart(box, 'q', 'q', more=dependency('s', 'file:///dev'))
    before = state(box)
    refused('a dependency in /dev', box, run(box, 'dependency', 'update', 'q'), '', before)


def twice(box):
    """Two charts of one name in charts/ make no archive."""
    chart(box, 'p', 'p')
    chart(box, 'p/charts/a', 's')
    chart(box, 'p/charts/b', 's', '2.0.0')
    before = state(box)
    refused('doubled sub-charts', box, run(box, 'package', 'p'), 'twice', before)


def same_bytes(box):
    """With SOURCE_DATE_EPOCH the same input gives the same bytes."""
    env = {'SOURCE_DATE_EPOCH': '1700000000'}
    chart(box, 'c', 'c', files=[('templates/a.yaml', 'a: 1\n' * 1000)])
    run(box, 'package', 'c', '-d', 'one', env=env)
    os.utime(box + '/c/templates/a.yaml', (1, 1))
    run(box, 'package', 'c', '-d', 'two', env=env)
    check('equal archives', open(box + '/one/c-1.0.0.tgz', 'rb').read() == open(box + '/two/c-1.0.0.tgz', 'rb').read())


def remote(box):
    """Repositories that nobody defined, or that cannot be reached, end it before charts/ is touched."""
    chart(box, 'p', 'p', more=dependency('c', 'alias:none'))
    before = state(box)
    refused('alias', box, run(box, 'dependency', 'update', 'p'), 'no repository definition for alias:none', before)


def logs(box):
    """Log lines of every chart that is linted, and of schemas."""
    schema = '{"properties": {"a": {"$ref": "urn:example:%s"}}}'
    for n in ('one', 'two'):
        chart(box, n, n, files=[('values.yaml', 'a: 1\n'), ('values.schema.json', schema % n), ('templates/x.yaml', 'a: {{ .Values.a }}\n')])
    want = 'level=WARN msg="unresolved URN reference ignored; using permissive schema" urn=urn:example:'
    rc, out, err = run(box, 'lint', 'one', 'two')
    check('lint tells of all charts', rc == 0 and want + 'one' in err and want + 'two' in err, rc, out, err)
    rc, out, err = run(box, 'template', 'one')
    check('template tells of urn: references', rc == 0 and want + 'one' in err, rc, err)


def starter_archive(box):
    """A packed starter makes the chart that its folder makes."""
    chart(box, 's', 's', files=[('values.yaml', 'a: <CHARTNAME>\n'), ('templates/a.yaml', 'n: <CHARTNAME>\n'), ('README.md', '<CHARTNAME>\n')])
    run(box, 'package', 's')
    for source, made in (('s', 'one/new'), ('s-1.0.0.tgz', 'two/new')):
        rc, out, err = run(box, 'create', made, '--starter', os.path.join(box, source))
        check('create from ' + source, rc == 0, rc, out, err)
    check('equal charts', len(state(box + '/one')) == 6 and state(box + '/one') == state(box + '/two'), state(box + '/one'), state(box + '/two'))


def fractions(box):
    """Times of a packed sub-chart's files are rounded, as Go's writer does it."""
    chart(box, 'p', 'p')
    os.makedirs(box + '/p/charts')
    with tarfile.open(box + '/p/charts/s-1.0.0.tgz', 'w:gz', format=tarfile.PAX_FORMAT) as t:
        for name, text, mtime in (('s/Chart.yaml', b'apiVersion: v2\nname: s\nversion: 1.0.0\n', 1700000000.6), ('s/a', b'', 1700000000.5), ('s/b', b'', 1700000000.25)):
            m = tarfile.TarInfo(name)
            m.size, m.mtime = len(text), mtime
            t.addfile(m, io.BytesIO(text))
    rc, out, err = run(box, 'package', 'p')
    times = {m.name: m.mtime for m in tarfile.open(box + '/p-1.0.0.tgz')}
    check('fractions of a second', [times.get('p/charts/s/' + n) for n in ('Chart.yaml', 'a', 'b')] == [1700000001, 1700000001, 1700000000], rc, err, times)


for test in (fractions, starter_archive, full_disk, lock_link, charts_link, entry_link, planted_folder, names, twice, same_bytes, remote, logs):
    fresh(test)
tally('package')
