"""Releases: what the real helm recorded, as list, history, status and get show it; records that are damaged, foreign, newer, or too many."""
import base64, gzip, json, os, re, threading

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLE = os.path.join(os.path.dirname(os.path.dirname(HERE)), 'examples', 'web')


def release(name, version, status='deployed', **more):
    return {'name': name, 'info': {'first_deployed': '2026-01-02T03:04:05Z', 'last_deployed': '2026-01-02T03:04:%02dZ' % version, 'description': 'd%d' % version, 'status': status},
            'chart': {'metadata': {'name': 'c', 'version': '1.0.0', 'appVersion': '7'}, 'lock': None, 'templates': None, 'values': {'a': 1}, 'schema': None,
                      'schemamodtime': '0001-01-01T00:00:00Z', 'files': None},
            'config': {'b': version}, 'manifest': '', 'version': version, **more}


def text(value):
    return base64.b64encode(gzip.compress(json.dumps(value).encode())).decode()


def record(w, name, version, status='deployed', data=None, kind='secrets', type_='helm.sh/release.v1', **more):
    labels = {'name': name, 'owner': 'helm', 'status': status, 'version': str(version), **more}
    body = {'metadata': {'name': 'sh.helm.release.v1.%s.v%d' % (name, version), 'labels': labels}}
    data = text(release(name, version, status, namespace=w.namespace)) if data is None else data
    if kind == 'secrets':
        body.update(type=type_, data={'release': base64.b64encode(data.encode()).decode()})
    else:
        body.update(data={'release': data})
    w.api('POST', '/api/v1/namespaces/%s/%s' % (w.namespace, kind), body)


def same(w, *args, env=None, tries=5):
    ours, theirs = w.run(*args, env=env), w.run_helm(*args, env=env)
    # Lists of pods carry the server's revision, which goes on.
    steady = lambda text: re.sub(r'("?resourceVersion"?: ?)"\d+"', r'\1"N"', text)
    if steady(ours.out) != steady(theirs.out) and tries > 1:  # so do the pods
        return same(w, *args, env=env, tries=tries - 1)
    assert ours.code == theirs.code and steady(ours.out) == steady(theirs.out), '%s: %d %r, helm: %d %r' % (' '.join(args), ours.code, ours.out[-600:] or ours.err, theirs.code, theirs.out[-600:] or theirs.err)
    if theirs.code:
        assert ours.err == theirs.err, '%r, helm: %r' % (ours.err, theirs.err)
    return ours


def case_as_helm_recorded_it(w):
    w.run_helm('install', 'web', EXAMPLE, '--labels', 'team=x', '--set', 'a.b=1', '--description', 'a <first> try').ok()
    w.run_helm('upgrade', 'web', EXAMPLE, '--set', 'a.b=2').ok()
    w.run_helm('rollback', 'web', '1').ok()
    for args in ('list', 'list -o json', 'list -o yaml', 'list --color always', 'list -q', 'list --superseded', 'list -l team=x -q', 'list -l team!=x -q', 'list --time-format 2006-01-02T15:04',
                 'history web', 'history web -o json', 'history web -o yaml --max 2', 'history web --show-rollback-revision', 'status web -o json', 'status web -o yaml', 'status web --revision 1 -o json',
                 'get all web', 'get hooks web', 'get manifest web --revision 2', 'get metadata web', 'get metadata web -o json', 'get metadata web --revision 1 -o yaml', 'get notes web',
                 'get values web', 'get values web -a', 'get values web --revision 2 -o json', 'get all web --template {{.Release.Name}}/{{.Release.Chart.Metadata.Version}}',
                 'get values nope', 'history nope', 'status web --revision 9', 'get notes Nope', '__complete status ', '__complete get values web --revision ', '__complete list -n '):
        same(w, *args.split(' '))


def case_status_tables(w):
    w.run_helm('install', 'web', EXAMPLE, '--wait').ok()
    blocks = lambda d: {b.split('\n')[0]: re.sub(r'\d+m?\d*s', 'T', b) for b in d.ok().out.split('RESOURCES:\n')[1].split('\n\n\n')[0].split('\n\n')}
    ours, theirs = blocks(w.run('status', 'web')), blocks(w.run_helm('status', 'web'))
    assert {k: v.strip() for k, v in ours.items()} == {k: v.strip() for k, v in theirs.items()}, (ours, theirs)


def case_configmaps(w):
    env = {'HELM_DRIVER': 'configmap'}
    record(w, 'web', 1, 'superseded', kind='configmaps')
    record(w, 'web', 2, kind='configmaps')
    for args in ('list', 'history web', 'get values web', 'get values web --revision 1', 'get metadata web'):
        same(w, *args.split(' '), env=env)
    assert w.run('list', '-q').ok().out == ''


def case_damaged_records_are_told(w):
    record(w, 'web', 1, 'superseded')
    record(w, 'web', 2, data='no record')
    record(w, 'web', 3, data=base64.b64encode(b'\x1f\x8b\x08damage').decode())
    record(w, 'web', 4, data=text({'name': 'web', 'info': 7}))
    d = w.run('list').ok()
    assert '\n' in d.out and 'superseded' in d.out and d.err.count('cannot be read') == 3, d.err
    assert w.run('history', 'web').ok().out.count('\n') == 2
    assert 'b: 1' in w.run('get', 'values', 'web').ok().out
    w.run('get', 'values', 'web', '--revision', '3').fails('release record sh.helm.release.v1.web.v3 cannot be read')


def case_newer_records_are_refused(w):
    record(w, 'web', 1, type_='helm.sh/release.v2')
    w.run('get', 'values', 'web', '--revision', '1').fails('was written by a newer version (helm.sh/release.v2)')


def case_objects_without_a_name(w):
    """Nobody can be asked whose they are: they are named as left over, and the rest goes."""
    manifest = '---\n# Source: c/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {labels: {a: b}}\n'
    record(w, 'web', 1, data=text(release('web', 1, namespace=w.namespace, manifest=manifest)))
    d = w.run('uninstall', 'web').ok()
    assert d.out == '1 resource(s) were not deleted because their ownership could not be verified:\n[ConfigMap] : resource name may not be empty\n\nrelease "web" uninstalled\n', d.out
    assert 'msg="skipping delete of resource because ownership could not be verified" kind=ConfigMap name=""' in d.err, d.err


def case_hostile_records(w):
    deep = '{"name":"web","info":{"status":"deployed"},"config":' + '{"x":' * 5000 + '1' + '}' * 5001
    bomb = gzip.compress(b'{"name":"bomb","info":{"status":"deployed","notes":"' + b'x' * (300 << 20))
    record(w, 'deep', 1, data=base64.b64encode(gzip.compress(deep.encode())).decode())
    record(w, 'bomb', 1, data=base64.b64encode(bomb).decode())
    record(w, 'web', 1)
    d = w.run('list', '-q').ok()
    assert 'web' in d.out.split() and d.seconds < 120, d.out
    w.run('get', 'values', 'bomb').fails('cannot be read')
    w.run('get', 'values', 'deep').fails('cannot be read')


def case_a_thousand(w):
    def some(numbers):
        for i in numbers:
            record(w, 'rel-%04d' % i, 1)
    threads = [threading.Thread(target=some, args=(range(k, 1000, 8),)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    mark = w.mark()
    names = w.run('list', '-q', '--max', '0').ok().out.split()
    assert names == ['rel-%04d' % i for i in range(1000)], len(names)
    assert len(w.requests(mark)) <= 2, w.requests(mark)
    assert len(w.run('list', '-q').ok().out.split()) == 256
    assert w.run('list', '-q', '--max', '2', '--offset', '998', '-r').ok().out.split() == ['rel-0001', 'rel-0000']


def case_nobody_is_let_in(w):
    w.run('list', user='nobody').fails('secrets is forbidden', 'cannot list resource')
    w.run('list', user='bad').fails('kubernetes cluster unreachable: the server has asked for the client to provide credentials')
    w.run('list', '--kube-context', 'nope').fails('kubernetes cluster unreachable: context "nope" does not exist')
    w.run('list', env={'HELM_DRIVER': 'sql'}).fails('SQL')
