"""What `list` keeps between runs: never stale, never more requests than Helm, nothing but the table's columns on disk, and no harm from a cache that is damaged or cannot be written."""
import glob, os, shutil, threading
from cases_records import record, release, same, text

SECRET = 'hunter2-never-on-disk'


def files(w):
    return glob.glob(os.path.join(w.box, 'cache', 'bulkhead', 'releases', '*'))


def newest(w):
    return max(files(w), key=os.path.getmtime)


def lists(w, mark):
    return [r for r in w.requests(mark) if '/secrets' in r[1]]


def fill(w, names, version=1, status='deployed', **more):
    for n in names:
        value = release(n, version, status, namespace=w.namespace, config={'password': SECRET}, manifest='---\npassword: %s\n' % SECRET, **more)
        value['info']['notes'] = SECRET
        record(w, n, version, status, data=text(value))


def case_new_records_are_asked_for_once(w):
    fill(w, ['a', 'b', 'c'])
    asked = []
    for step in (lambda: None, lambda: None, lambda: fill(w, ['d']), lambda: fill(w, ['b'], 2, 'failed'), lambda: None,
                 lambda: w.api('DELETE', '/api/v1/namespaces/%s/secrets/sh.helm.release.v1.c.v1' % w.namespace), lambda: fill(w, ['n%d' % i for i in range(60)]), lambda: None):
        step()
        mark = w.mark()
        ours = w.run('list', '-o', 'json').ok().out
        asked.append(len(lists(w, mark)))
        if w.helm:
            assert ours == w.run_helm('list', '-o', 'json').ok().out, ours[:2000]
    assert asked == [1, 1, 2, 2, 1, 1, 2, 1], asked
    kept = open(newest(w), 'rb').read()
    assert SECRET.encode() not in kept and b'n59' in kept and os.stat(newest(w)).st_mode & 0o7777 == 0o600
    if w.helm:
        for args in ('list', 'list --superseded', 'list -q -f ^n5', 'list --failed', 'list -d --max 3', 'list --time-format 2006-01-02', 'list -l version=2', '__complete status n5'):
            same(w, *args.split(' '))
            same(w, *args.split(' '))


def case_a_record_that_was_written_again(w):
    fill(w, ['a'])
    w.run('list').ok()
    path = '/api/v1/namespaces/%s/secrets/sh.helm.release.v1.a.v1' % w.namespace
    secret = w.api('GET', path)
    value = release('a', 1, 'deployed', namespace=w.namespace)
    value['chart']['metadata']['version'] = '9.9.9'
    from base64 import b64encode
    secret['data']['release'] = b64encode(text(value).encode()).decode()
    w.api('PUT', path, secret)
    assert 'c-9.9.9' in w.run('list').ok().out


def case_records_that_cannot_be_read(w):
    fill(w, ['a', 'b'])
    record(w, 'b', 2, data='bm90IGpzb24=')
    asked = []
    for _ in range(3):
        mark = w.mark()
        d = w.run('list', '-o', 'json').ok()
        asked.append(len(lists(w, mark)))
        assert '"revision":"1"' in d.out and d.out.count('"name"') == 2 and 'sh.helm.release.v1.b.v2 cannot be read' in d.err, (d.out, d.err)
    assert asked == [1, 2, 2], asked


def case_cache_that_does_not_serve(w):
    fill(w, ['a', 'b'])
    good = w.run('list').ok().out
    path = newest(w)
    whole = open(path, 'rb').read()
    for bad in (b'', whole[:40], whole[:-1], whole[:200] + bytes([whole[200] ^ 1]) + whole[201:], b'\0' * len(whole)):
        open(path, 'wb').write(bad)
        assert w.run('list').ok().out == good
        assert open(path, 'rb').read()[:8] == whole[:8]
    others = os.path.join(w.box, 'others')
    os.makedirs(others, exist_ok=True)
    for spoil in (lambda: os.chmod(path, 0o644), lambda: os.link(path, path + '.link'), lambda: (os.rename(path, others + '/row'), os.symlink(others + '/row', path))):
        spoil()
        assert w.run('list').ok().out == good and not os.path.islink(path) and os.stat(path).st_mode & 0o7777 == 0o600
        if os.path.exists(path + '.link'):
            os.remove(path + '.link')
    for env in ({'KUBECACHEDIR': '/proc/nowhere'}, {'KUBECACHEDIR': 'relative'}, {'HELM_DATA_HOME': '/proc/nowhere'}, {'KUBECACHEDIR': '/dev/null'}):
        for _ in range(2):
            mark = w.mark()
            assert w.run('list', env=env).ok().out == good and len(lists(w, mark)) == 1


def case_many_at_once(w):
    fill(w, ['r%d' % i for i in range(5)])
    shutil.rmtree(os.path.join(w.box, 'cache', 'bulkhead', 'releases'), ignore_errors=True)
    wrong, stop = [], threading.Event()

    def look():
        while not stop.is_set():
            d = w.run('list', '-q')
            if d.code or not {'r%d' % i for i in range(5)} <= set(d.out.split()):
                wrong.append((d.code, d.out, d.err))
    threads = [threading.Thread(target=look) for _ in range(3)]
    for t in threads:
        t.start()
    for i in range(8):
        fill(w, ['x%d' % i])
        names = w.run('list', '-q').ok().out.split()
        assert 'x%d' % i in names, names
    stop.set()
    for t in threads:
        t.join()
    assert not wrong, wrong[:2]
