"""Charts that look things up, within the policy: `template --dry-run=server`, and installs where there are any."""
import json, os, re

CHART = 'apiVersion: v2\nname: app\nversion: 0.1.0\n'
ASK = '''apiVersion: v1
kind: ConfigMap
metadata: {name: out}
data:
  r: {{ lookup .Values.q.v .Values.q.k .Values.q.ns .Values.q.n | toJson | quote }}
'''


def chart(w, name='app', **files):
    files = {'Chart.yaml': CHART, **{k.replace('__', '/').replace('_yaml', '.yaml').replace('_tpl', '.tpl'): v for k, v in files.items()}}
    for path, text in files.items():
        w.file(name + '/' + path, text)
    return os.path.join(w.box, 'files', w.namespace, name)


def template(w, folder, *more, run=None):
    return (run or w.run)('template', 'web', folder, '--dry-run=server', *more)


def ask(w, folder, v, k, ns, n, *more, run=None):
    return template(w, folder, '--set-json', 'q=' + json.dumps({'v': v, 'k': k, 'ns': ns, 'n': n}), *more, run=run)


def answer(done):
    line = [l for l in done.ok().out.splitlines() if l.startswith('  r: ')][0]
    return json.loads(json.loads(line[5:]))


def fixed(v, k, ns, n):
    """A chart that asks for this, whatever its values are."""
    return 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: out}\ndata:\n  r: {{ lookup "%s" "%s" %s "%s" | toJson | quote }}\n' % (v, k, ns if ns.startswith('.') else '"%s"' % ns, n)


def secret(w, name, **more):
    w.api('POST', '/api/v1/namespaces/%s/secrets' % w.namespace, {'metadata': {'name': name, **more}, 'data': {'p': 'eA=='}})


def case_absent_and_present(w):
    folder = chart(w, templates__a_yaml=fixed('v1', 'Secret', '.Release.Namespace', 'pw'))
    ledger = os.path.join(w.box, 'absent.jsonl')
    assert answer(template(w, folder, '--ledger', ledger)) == {}
    rows = [json.loads(l) for l in open(ledger)]
    row = [r for r in rows if r.get('effect') == 'lookup'][0]
    assert row['target'] == 'v1/Secret/%s/pw' % w.namespace and row['decision'] == 'allow' and row['rule'] == 'built-in: the object does not exist', row
    secret(w, 'pw')
    d = template(w, folder).fails('the guard denies lookup of v1/Secret/%s/pw' % w.namespace, 'to allow it: --grant app:lookup=v1/Secret/%s/pw' % w.namespace)
    grant = d.err.split('--grant ')[1].split()[0]
    assert answer(template(w, folder, '--grant', grant))['data'] == {'p': 'eA=='}
    assert answer(template(w, folder, '--policy', 'helm'))['data'] == {'p': 'eA=='}
    d = template(w, folder, '--policy-mode', 'warn')
    assert answer(d)['data'] == {'p': 'eA=='} and 'the guard would deny lookup' in d.err
    assert answer(template(w, folder, '--grant', 'other:lookup', '--policy-mode', 'warn')) != {}
    template(w, folder, '--grant', 'other:lookup').fails('the guard denies lookup')
    template(w, folder, '--policy', 'strict', '--grant', 'lookup=v1/Secret/*/other').fails('the guard denies lookup')


def case_forbidden_is_helms_error(w):
    folder = chart(w, templates__a_yaml=fixed('v1', 'Secret', 'default', 'pw'))
    w.run('template', 'web', folder, '--dry-run=server', '-n', 'default', user='limited').fails('error calling lookup: secrets "pw" is forbidden: User "limited" cannot get resource "secrets"')


def case_named_by_the_operator(w):
    secret(w, 'given')
    folder = chart(w, values_yaml='existing: given\n', templates__a_yaml=fixed('v1', 'Secret', '.Release.Namespace', 'given'))
    template(w, folder).fails('the guard denies lookup')  # the chart's own defaults name nothing
    assert answer(template(w, folder, '--set', 'existing=given'))['metadata']['name'] == 'given'
    assert answer(template(w, folder, '--set', 'a.b[0].c=given'))['metadata']['name'] == 'given'
    assert answer(template(w, folder, '--set-json', 'existing="{{ printf `%s` `given` }}"'))['metadata']['name'] == 'given'
    template(w, folder, '--set', 'existing=givens').fails('the guard denies lookup')
    template(w, folder, '--set', 'given=x').fails('the guard denies lookup')  # a key is no name


def case_named_for_a_subchart(w):
    secret(w, 'given')
    sub = {'charts__db__Chart_yaml': 'apiVersion: v2\nname: db\nversion: 0.1.0\n', 'charts__db__templates__a_yaml': fixed('v1', 'Secret', '.Release.Namespace', 'given')}
    folder = chart(w, **sub)
    template(w, folder, '--set', 'other=given').fails('the guard denies lookup', '--grant app/charts/db:lookup=')
    template(w, folder, '--set', 'cache.secret=given').fails('the guard denies lookup')
    assert answer(template(w, folder, '--set', 'db.secret=given')) != {}
    assert answer(template(w, folder, '--set', 'global.secret=given')) != {}
    template(w, folder, '--grant', 'app:lookup').fails('the guard denies lookup')
    assert answer(template(w, folder, '--grant', 'app/charts/db:lookup')) != {}


def case_other_namespaces_and_lists(w):
    folder = chart(w, templates__a_yaml=ASK)
    ask(w, folder, 'v1', 'ConfigMap', 'kube-system', 'extension-apiserver-authentication').fails('the guard denies lookup of v1/ConfigMap/kube-system/extension-apiserver-authentication')
    ask(w, folder, 'v1', 'Secret', w.namespace, '').fails('the guard denies lookup-list of v1/Secret/%s,' % w.namespace)
    ask(w, folder, 'v1', 'Secret', '', '').fails('the guard denies lookup-list of v1/Secret/,')
    ask(w, folder, 'v1', 'Node', '', '').fails('the guard denies lookup-list of v1/Node,')
    ask(w, folder, 'v1', 'Node', '', 'fake').fails('the guard denies lookup of v1/Node/fake,')
    ask(w, folder, 'v1', 'Node', 'x', 'fake').fails('the guard denies lookup of v1/Node/fake,')
    items = answer(ask(w, folder, 'v1', 'Service', 'default', '', '--grant', 'app:lookup-list=v1/Service/default'))['items']
    assert [i['metadata']['name'] for i in items] == ['kubernetes'] and items[0]['kind'] == 'Service', items


def case_kinds_of_the_cluster(w):
    folder = chart(w, templates__a_yaml=ASK)
    assert answer(ask(w, folder, 'v1', 'Namespace', '', w.namespace))['metadata']['name'] == w.namespace
    ask(w, folder, 'v1', 'Namespace', '', 'kube-system').fails('the guard denies lookup of v1/Namespace/kube-system')
    assert answer(ask(w, folder, 'scheduling.k8s.io/v1', 'PriorityClass', '', 'system-node-critical'))['value'] == 2000001000
    assert answer(ask(w, folder, 'apiextensions.k8s.io/v1', 'CustomResourceDefinition', '', 'none.example.com')) == {}
    ask(w, folder, 'rbac.authorization.k8s.io/v1', 'ClusterRole', '', 'admin').fails('the guard denies lookup of rbac.authorization.k8s.io/v1/ClusterRole/admin')


def case_as_helm_answers(w):
    folder = chart(w, templates__a_yaml=ASK)
    for q in [('v1', 'Secret', '', 'x'), ('apps/v1', 'Nope', 'default', 'x'), ('nope.example.com/v1', 'Nope', 'default', 'x'), ('v1', 'Service', 'kube-public', ''), ('v1', 'Namespace', 'odd', 'default')]:
        ours, theirs = ask(w, folder, *q, '--policy', 'helm'), ask(w, folder, *q, run=w.run_helm)
        plain = lambda text: re.sub(r'resourceVersion..:..\d+', 'resourceVersion', text)
        strip = lambda d: d.err.split('level=')[0].strip() if d.code == 0 else [l for l in d.err.splitlines() if l.startswith('Error:')]
        assert (ours.code, plain(ours.out), strip(ours)) == (theirs.code, plain(theirs.out), strip(theirs)), (q, ours.err, theirs.err, ours.out[:300], theirs.out[:300])


def case_record_and_replay(w):
    secret(w, 'pw')
    folder = chart(w, templates__a_yaml=fixed('v1', 'Secret', '.Release.Namespace', 'pw') + '  k: {{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.APIVersions | len }}\n')
    record = os.path.join(w.box, 'lookup.rec')
    first = template(w, folder, '--grant', 'lookup', '--record', record).ok()
    away = {'KUBECONFIG': '/nonexistent'}
    again = w.run('template', 'web', folder, '--replay', record, env=away).ok()
    assert again.out == first.out
    assert w.run('template', 'web', folder, '--dry-run=server', '--replay', record, env=away).ok().out == first.out
    w.run('template', 'web', folder, '--set', 'a=1', '--replay', record, env=away).fails('replay: step')
    w.api('DELETE', '/api/v1/namespaces/%s/secrets/pw' % w.namespace)
    assert w.run('template', 'web', folder, '--replay', record, env=away).ok().out == first.out


def case_objects_are_checked(w):
    w.api('POST', '/api/v1/namespaces/%s/configmaps' % w.namespace, {'metadata': {'name': 'mine'}})
    folder = chart(w, templates__a_yaml='apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine}\n')
    template(w, folder).fails('unable to continue with install: ConfigMap "mine" in namespace "%s" exists and cannot be imported' % w.namespace)
    template(w, folder, '--is-upgrade').ok()
    template(w, folder, '--take-ownership').ok()
    folder = chart(w, 'odd', templates__a_yaml='apiVersion: example.com/v1\nkind: Odd\nmetadata: {name: x}\n')
    template(w, folder).fails('unable to build kubernetes objects from release manifest: resource mapping not found', 'ensure CRDs are installed first')
    w.run('template', 'web', folder, '--validate').fails('unable to build kubernetes objects')
    w.run('template', 'web', folder, '--validate', '--dry-run=server').fails('none of the others can be')
    w.run('template', 'web', folder).ok()


def case_requests(w):
    """A look costs what Helm's costs, and nothing is asked for what is denied outright."""
    folder = chart(w, templates__a_yaml=ASK)
    ask(w, folder, 'v1', 'Secret', w.namespace, 'none').ok()
    mark = w.mark()
    ask(w, folder, 'v1', 'Secret', w.namespace, 'none').ok()
    asked = [r for r in w.requests(mark) if '/secrets' in r[1]]
    assert [r[1] for r in asked if r[1].endswith('/secrets/none')] == ['/api/v1/namespaces/%s/secrets/none' % w.namespace], asked
    mark = w.mark()
    ask(w, folder, 'v1', 'Secret', 'kube-system', 'none').fails('denies')
    assert not [r for r in w.requests(mark) if 'kube-system/' in r[1]]


def has_install(w):
    if w.run('install', '--help').code:
        from run import Skip
        raise Skip('no install')


def case_own_revision(w):
    """What the last revision rendered may be read by the chart that rendered it, and by nobody else."""
    has_install(w)
    own = '''{{- $old := lookup "v1" "Secret" .Release.Namespace "pw" }}
apiVersion: v1
kind: Secret
metadata: {name: pw}
data:
  p: {{ if $old }}{{ $old.data.p }}{{ else }}{{ randAlphaNum 12 | b64enc }}{{ end }}
'''
    folder = chart(w, charts__db__Chart_yaml='apiVersion: v2\nname: db\nversion: 0.1.0\n', charts__db__templates__s_yaml=own)
    w.run('install', 'web', folder).ok()
    first = w.get('secrets', 'pw')['data']['p']
    w.run('upgrade', 'web', folder, '--set', 'a=1').ok()
    assert w.get('secrets', 'pw')['data']['p'] == first
    assert w.run('template', 'web', folder, '--dry-run=server', '--is-upgrade').ok().out.count(first) == 1
    # a sibling that asks for it is a stranger; the parent is not
    stranger = dict(charts__db__Chart_yaml='apiVersion: v2\nname: db\nversion: 0.1.0\n', charts__db__templates__s_yaml=own, charts__spy__Chart_yaml='apiVersion: v2\nname: spy\nversion: 0.1.0\n')
    bad = chart(w, 'bad', charts__spy__templates__a_yaml=fixed('v1', 'Secret', '.Release.Namespace', 'pw'), **stranger)
    w.run('upgrade', 'web', bad).fails('the guard denies lookup of v1/Secret/%s/pw, asked for by chart app/charts/spy' % w.namespace)
    assert w.get('secrets', 'pw')['data']['p'] == first
    parent = chart(w, 'parent', templates__a_yaml=fixed('v1', 'Secret', '.Release.Namespace', 'pw'), **stranger)
    w.run('upgrade', 'web', parent).ok()


def case_install_is_replayed(w):
    has_install(w)
    folder = chart(w, templates__a_yaml=fixed('v1', 'Secret', '.Release.Namespace', 'none') + '  p: {{ randAlphaNum 12 }} {{ .Capabilities.KubeVersion.Version }}\n')
    record = os.path.join(w.box, 'install.rec')
    w.run('install', 'web', folder, '--record', record).ok()
    p = w.get('configmaps', 'out')['data']['p']
    assert p in w.run('template', 'web', folder, '--replay', record, env={'KUBECONFIG': '/nonexistent'}).ok().out


def case_what_is_not_there(w):
    """What does not exist may be asked for: of kinds without namespaces, and in namespaces that are yet to come."""
    folder = chart(w, templates__a_yaml=ASK)
    assert answer(ask(w, folder, 'rbac.authorization.k8s.io/v1', 'ClusterRole', '', 'not-there')) == {}
    assert answer(ask(w, folder, 'v1', 'Secret', w.namespace + '-to-come', 'x')) == {}
    ask(w, folder, 'v1', 'Secret', 'kube-system', 'not-there').fails('the guard denies lookup of v1/Secret/kube-system/not-there')
    ask(w, folder, 'v1', 'Secret', w.namespace + '-to-come', '').fails('the guard denies lookup-list')


def case_list_of_own_config_maps(w):
    folder = chart(w, templates__a_yaml=fixed('v1', 'ConfigMap', '.Release.Namespace', ''))
    for _ in range(100):
        if w.get('configmaps', 'kube-root-ca.crt'):
            break
        import time
        time.sleep(0.1)
    names = lambda d: [i['metadata']['name'] for i in answer(d)['items']]
    assert names(template(w, folder)) == ['kube-root-ca.crt']
    w.api('POST', '/api/v1/namespaces/%s/configmaps' % w.namespace, {'metadata': {'name': 'other'}})
    template(w, folder).fails('the guard denies lookup-list of v1/ConfigMap/%s,' % w.namespace)
    assert names(template(w, folder, '--set', 'a=other')) == ['kube-root-ca.crt', 'other']
    template(w, chart(w, 's', templates__a_yaml=fixed('v1', 'Secret', '.Release.Namespace', ''))).fails('the guard denies lookup-list of v1/Secret')


def case_handed_on(w):
    """A parent hands on what it rendered: a ConfigMap, and a secret whose name its own values give to the sub-chart."""
    has_install(w)
    sub = dict(charts__db__Chart_yaml='apiVersion: v2\nname: db\nversion: 0.1.0\n', charts__db__templates__a_yaml=fixed('v1', 'Secret', '.Release.Namespace', 'pw'),
               charts__db__templates__b_yaml=fixed('v1', 'ConfigMap', '.Release.Namespace', 'settings').replace('name: out', 'name: out2'),
               templates__s_yaml='apiVersion: v1\nkind: Secret\nmetadata: {name: pw}\ndata: {p: eA==}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n')
    folder = chart(w, values_yaml='db: {auth: {existingSecret: pw}}\n', **sub)
    w.run('install', 'web', folder).ok()
    w.run('upgrade', 'web', folder).ok()
    assert '"p":"eA=="' in w.get('configmaps', 'out')['data']['r'] and '"a":"b"' in w.get('configmaps', 'out2')['data']['r']
    w.run('uninstall', 'web').ok()
    silent = chart(w, 'silent', values_yaml='other: {existingSecret: pw}\n', **sub)
    w.run('install', 'web', silent).ok()
    w.run('upgrade', 'web', silent).fails('the guard denies lookup of v1/Secret/%s/pw, asked for by chart app/charts/db' % w.namespace)
