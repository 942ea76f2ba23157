"""Objects built, applied, changed and taken away, by the probe."""
import json

CM = '''---
# Source: web/templates/cm.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: %s
data:
  a: "%s"
'''


def cm(name, value='1'):
    return CM % (name, value)


def changes(answer, key='objects'):
    return [row[0] + '/' + row[2] + ' ' + row[3] for row in answer[key]]


def managers(o):
    return sorted((m['manager'], m['operation']) for m in o['metadata']['managedFields'])


def good(answer):
    assert answer['error'] == '' and answer['status'] == 0, answer
    return answer


def case_build_errors(w):
    text = cm('a') + '---\n# Source: web/templates/b.yaml\napiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x}\n'
    a = w.apply('build', w.file('m.yaml', text))
    assert a['error'] == ('resource mapping not found for name: "x" namespace: "" from "web/templates/b.yaml": no matches for kind "Thing" in version "example.com/v1"\n'
                          'ensure CRDs are installed first'), a['error']
    a = w.apply('build', w.file('m.yaml', 'kind: ConfigMap\nmetadata: {name: x}\n'))
    assert a['error'] == 'error validating "": error validating data: apiVersion not set', a['error']
    a = w.apply('novalidate', 'build', w.file('m.yaml', 'a: 1\n'))
    assert a['error'] == 'unable to decode "": Object \'Kind\' is missing in \'{"a":1}\'', a['error']
    a = w.apply('build', w.file('m.yaml', cm('a') + '---\na: [\n'))
    assert a['error'].startswith('error parsing : error converting YAML to JSON: yaml: line'), a['error']
    a = w.apply('build', w.file('m.yaml', cm('a') + '--- x\n' + cm('b')))
    assert a['error'] == 'error parsing : invalid Yaml document separator: x', a['error']


def case_build_lists(w):
    text = '''apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
- apiVersion: v1
  kind: List
  items:
  - {apiVersion: v1, kind: Namespace, metadata: {name: c, namespace: nonsense}}
- {apiVersion: v1, kind: Secret, metadata: {name: b, namespace: other}}
---
apiVersion: v1
kind: ConfigMapList
items:
- metadata: {name: d}
'''
    a = good(w.apply('build', w.file('m.yaml', text)))
    assert [r[:3] for r in a['objects']] == [['ConfigMap', w.namespace, 'a'], ['Secret', 'other', 'b'], ['Namespace', '', 'c'], ['ConfigMap', w.namespace, 'd']], a


def case_server_side(w):
    a = good(w.apply('ssa', 'release=web', 'create', w.file('m.yaml', cm('a') + cm('b'))))
    assert changes(a) == ['ConfigMap/a created', 'ConfigMap/b created'], a
    o = w.get('configmaps', 'a')
    assert managers(o) == [('helm', 'Apply')]
    assert o['metadata']['labels'] == {'app.kubernetes.io/managed-by': 'Helm'}
    assert o['metadata']['annotations'] == {'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': w.namespace}
    mark = w.mark()
    a = good(w.apply('ssa', 'release=web', 'update', w.file('m.yaml', cm('a') + cm('b')), w.file('n.yaml', cm('a', '2') + cm('c'))))
    assert changes(a, 'updated') == ['ConfigMap/a updated'] and changes(a, 'created') == ['ConfigMap/c created'] and changes(a, 'deleted') == ['ConfigMap/b deleted'], a
    verbs = [r[0] for r in w.requests(mark) if 'configmaps' in r[1]]
    assert sorted(verbs) == ['delete', 'get', 'get', 'patch', 'patch'], verbs
    assert w.get('configmaps', 'a')['data'] == {'a': '2'} and w.get('configmaps', 'b') is None


def case_conflict(w):
    f = w.file('m.yaml', cm('a'))
    good(w.apply('ssa', 'release=web', 'create', f))
    w.api('PATCH', '/api/v1/namespaces/%s/configmaps/a?fieldManager=someone' % w.namespace, {'data': {'a': '9'}}, type_='application/merge-patch+json')
    a = w.apply('ssa', 'release=web', 'update', f, f)
    assert a['error'].startswith('conflict occurred while applying object %s/a /v1, Kind=ConfigMap: ' % w.namespace), a['error']
    for text in ('conflict with "someone"', '.data.a', '(web/templates/cm.yaml)', '--force-conflicts'):
        assert text in a['error'], a['error']
    good(w.apply('ssa', 'force', 'release=web', 'update', f, f))
    assert w.get('configmaps', 'a')['data'] == {'a': '1'}


def case_invalid(w):
    a = w.apply('ssa', 'create', w.file('m.yaml', cm('a') + 'dat:\n  b: c\n'))
    assert '(web/templates/cm.yaml)' in a['error'] and 'dat' in a['error'], a['error']
    assert a['error'].startswith('server-side apply failed for object %s/a ' % w.namespace), a['error']


def case_lost(w):
    """An object of the last revision that somebody deleted is created again; when that fails, Helm's words say so."""
    f = w.file('m.yaml', cm('a') + cm('b'))
    good(w.apply('ssa', 'release=web', 'create', f))
    w.api('DELETE', '/api/v1/namespaces/%s/configmaps/a' % w.namespace)
    a = good(w.apply('ssa', 'release=web', 'update', f, f))
    assert changes(a, 'created') == ['ConfigMap/a created'] and changes(a, 'updated') == ['ConfigMap/b updated'], a
    w.api('DELETE', '/api/v1/namespaces/%s/configmaps/a' % w.namespace)
    a = w.apply('ssa', 'release=web', 'update', f, w.file('n.yaml', cm('a') + 'dat: 1\n' + cm('b')))
    assert a['error'].startswith('failed to create resource: server-side apply failed for object %s/a /v1, Kind=ConfigMap: ' % w.namespace), a['error']


def case_forbidden(w):
    a = w.apply('ssa', 'create', w.file('m.yaml', cm('a')), user='nobody')
    for text in ('patch', 'configmaps', w.namespace, 'forbidden', '(web/templates/cm.yaml)'):
        assert text in a['error'], a['error']
    a = w.apply('release=web', 'judge', w.file('m.yaml', cm('a')), user='nobody')
    assert a['error'].startswith('could not get information about the resource ConfigMap "a" in namespace "%s": ' % w.namespace), a['error']
    assert 'cannot get resource "configmaps"' in a['error'], a['error']


def case_ownership(w):
    good(w.apply('create', w.file('m.yaml', cm('a') + cm('b') + cm('c'))))
    a = w.apply('release=web', 'judge', w.file('m.yaml', cm('a')))
    assert a['error'] == ('ConfigMap "a" in namespace "%s" exists and cannot be imported into the current release: invalid ownership metadata; label validation error: missing key '
                          '"app.kubernetes.io/managed-by": must be set to "Helm"; annotation validation error: missing key "meta.helm.sh/release-name": must be set to "web"; '
                          'annotation validation error: missing key "meta.helm.sh/release-namespace": must be set to "%s"' % (w.namespace, w.namespace)), a['error']
    a = good(w.apply('release=web', 'take', 'judge', w.file('m.yaml', cm('a') + cm('x'))))
    assert [r[2] for r in a['adopted']] == ['a']
    # Three and more of one kind: one list.
    mark = w.mark()
    a = good(w.apply('release=web', 'take', 'judge', w.file('m.yaml', cm('a') + cm('b') + cm('x') + cm('z'))))
    assert [r[2] for r in a['adopted']] == ['a', 'b']
    assert [r[0] for r in w.requests(mark) if 'configmaps' in r[1]] == ['list']


def case_list_refused(w):
    """Who may get but not list is asked one by one."""
    rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/%s/' % w.namespace
    w.api('POST', rbac + 'roles', {'metadata': {'name': 'get'}, 'rules': [{'apiGroups': [''], 'resources': ['configmaps'], 'verbs': ['get']}]})
    w.api('POST', rbac + 'rolebindings', {'metadata': {'name': 'get'}, 'roleRef': {'apiGroup': 'rbac.authorization.k8s.io', 'kind': 'Role', 'name': 'get'},
                                          'subjects': [{'apiGroup': 'rbac.authorization.k8s.io', 'kind': 'User', 'name': 'nobody'}]})
    good(w.apply('create', w.file('m.yaml', cm('a'))))
    a = good(w.apply('release=web', 'take', 'judge', w.file('n.yaml', cm('a') + cm('b') + cm('c')), user='nobody'))
    assert [r[2] for r in a['adopted']] == ['a']


def case_client_side(w):
    f = w.file('m.yaml', cm('a'))
    good(w.apply('release=web', 'create', f))
    assert managers(w.get('configmaps', 'a')) == [('helm', 'Update')]
    a = w.apply('release=web', 'create', f)
    assert a['error'] == 'configmaps "a" already exists (web/templates/cm.yaml)' and a['exists'] is True, a
    w.api('PATCH', '/api/v1/namespaces/%s/configmaps/a?fieldManager=someone' % w.namespace, {'data': {'other': '9'}}, type_='application/merge-patch+json')
    g = w.file('n.yaml', cm('a', '2'))
    a = good(w.apply('release=web', 'update', f, g))
    assert changes(a, 'updated') == ['ConfigMap/a updated']
    assert w.get('configmaps', 'a')['data'] == {'a': '2', 'other': '9'}
    mark = w.mark()
    a = good(w.apply('release=web', 'update', g, g))
    assert changes(a, 'updated') == ['ConfigMap/a unchanged'], a
    assert 'patch' not in [r[0] for r in w.requests(mark)]


DEPLOYMENT = '''---
# Source: web/templates/d.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  replicas: 0
  selector: {matchLabels: {app: d}}
  template:
    metadata: {labels: {app: d}}
    spec:
      containers:
%s
'''


def deployment(*containers):
    return DEPLOYMENT % '\n'.join('      - {name: %s, image: %s, env: [%s]}' % (n, i, ', '.join('{name: %s, value: "%s"}' % e for e in env)) for n, i, env in containers)


def case_strategic(w):
    f = w.file('a.yaml', deployment(('a', 'x:1', [('A', '1'), ('B', '2')]), ('b', 'y:1', [])))
    g = w.file('b.yaml', deployment(('a', 'x:2', [('B', '3'), ('C', '4')]), ('c', 'z:1', [])))
    good(w.apply('release=web', 'create', f))
    w.api('PATCH', '/apis/apps/v1/namespaces/%s/deployments/d?fieldManager=someone' % w.namespace,
          {'spec': {'template': {'spec': {'containers': [{'name': 'mesh', 'image': 'm:1'}]}}}}, type_='application/strategic-merge-patch+json')
    good(w.apply('release=web', 'update', f, g))
    spec = w.get('deployments', 'd', 'apps/v1')['spec']['template']['spec']
    found = {c['name']: (c['image'], [(e['name'], e['value']) for e in c.get('env', [])]) for c in spec['containers']}
    assert found == {'a': ('x:2', [('B', '3'), ('C', '4')]), 'c': ('z:1', []), 'mesh': ('m:1', [])}, found


def case_migrate(w):
    f = w.file('a.yaml', deployment(('a', 'x:1', [('A', '1')])))
    g = w.file('b.yaml', deployment(('a', 'x:2', [('B', '1')])))
    good(w.apply('release=web', 'create', f))
    assert ('helm', 'Update') in managers(w.get('deployments', 'd', 'apps/v1'))
    good(w.apply('ssa', 'migrate', 'release=web', 'update', f, g))
    o = w.get('deployments', 'd', 'apps/v1')
    assert [m for m in managers(o) if m[0] == 'helm'] == [('helm', 'Apply')], managers(o)
    assert [(e['name'], e['value']) for e in o['spec']['template']['spec']['containers'][0]['env']] == [('B', '1')]
    mark = w.mark()
    good(w.apply('ssa', 'migrate', 'release=web', 'update', g, g))
    assert [r[0] for r in w.requests(mark) if 'deployments' in r[1]] == ['get', 'patch']


def case_replace(w):
    f = w.file('a.yaml', cm('a') + cm('b'))
    good(w.apply('release=web', 'create', f))
    w.api('PATCH', '/api/v1/namespaces/%s/configmaps/a?fieldManager=someone' % w.namespace, {'data': {'other': '9'}}, type_='application/merge-patch+json')
    a = good(w.apply('replace', 'release=web', 'update', f, w.file('b.yaml', cm('a', '2') + cm('b') + cm('new'))))
    assert changes(a, 'created') == ['ConfigMap/new created'] and len(a['updated']) == 2, a
    assert w.get('configmaps', 'a')['data'] == {'a': '2'}


CRD = '''---
# Source: web/crds/t.yaml
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.GROUP}
spec:
  group: GROUP
  names: {kind: Thing, plural: things}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}
'''
THING = '''---
# Source: web/templates/t.yaml
apiVersion: GROUP/v1
kind: Thing
metadata: {name: t}
spec: %s
'''


def wait_kind(w, path):
    import time
    for _ in range(300):
        try:
            if w.api('GET', path, missing=True):
                return
        except AssertionError as e:
            assert ' 429 ' in str(e), e
        time.sleep(0.1)
    raise AssertionError('no ' + path)


def case_custom(w):
    group = w.namespace + '.example.com'
    crd, thing = CRD.replace('GROUP', group), THING.replace('GROUP', group)
    good(w.apply('ssa', 'create', w.file('crd.yaml', crd)))
    wait_kind(w, '/apis/%s/v1/namespaces/%s/things' % (group, w.namespace))
    f, g = w.file('a.yaml', thing % '{a: 1, l: [1, 2]}'), w.file('b.yaml', thing % '{b: 2, l: [3]}')
    good(w.apply('release=web', 'create', f))
    w.api('PATCH', '/apis/%s/v1/namespaces/%s/things/t' % (group, w.namespace), {'spec': {'other': 1}}, type_='application/merge-patch+json')
    good(w.apply('release=web', 'custom', 'update', f, g))
    assert w.get('things', 't', group + '/v1')['spec'] == {'b': 2, 'l': [3], 'other': 1}
    good(w.apply('release=web', 'update', g, f))
    assert w.get('things', 't', group + '/v1')['spec'] == {'a': 1, 'l': [1, 2], 'other': 1}


def case_remove(w):
    keep = cm('k') .replace('  name: k\n', '  name: k\n  annotations: {helm.sh/resource-policy: keep}\n')
    f = w.file('a.yaml', cm('a') + keep)
    good(w.apply('ssa', 'release=web', 'create', f))
    a = good(w.apply('ssa', 'release=web', 'update', f, w.file('b.yaml', cm('new'))))
    assert changes(a, 'deleted') == ['ConfigMap/a deleted'] and w.get('configmaps', 'k'), a
    a = good(w.apply('uninstall', 'remove', w.file('c.yaml', cm('new') + keep + cm('gone'))))
    assert changes(a) == ['ConfigMap/new deleted', 'ConfigMap/gone absent'] and a['errors'] == [], a
    assert w.get('configmaps', 'k')
    a = w.apply('remove', w.file('d.yaml', keep), user='nobody')
    assert len(a['errors']) == 1 and 'cannot delete' in a['errors'][0], a


def case_order(w):
    """A namespace, an account, a role with its binding, and who uses them, in one go."""
    ns = w.namespace + 'x'
    text = '''
apiVersion: v1
kind: Namespace
metadata: {name: NS}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: NS}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r, namespace: NS}, rules: []}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: r, namespace: NS}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}}
---
{apiVersion: v1, kind: Service, metadata: {name: s, namespace: NS}, spec: {ports: [{port: 53, protocol: TCP, name: t}, {port: 53, protocol: UDP, name: u}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: NS}, spec: {serviceAccountName: a, containers: [{name: c, image: x}]}}
'''.replace('NS', ns)
    a = good(w.apply('ssa', 'create', w.file('a.yaml', text)))
    assert len(a['objects']) == 6 and all(r[3] == 'created' for r in a['objects']), a


def case_large(w):
    """Two hundred at once, and a body of a megabyte that the server refuses."""
    import time
    t = time.monotonic()
    good(w.apply('ssa', 'release=web', 'create', w.file('a.yaml', ''.join(cm('c%d' % i) for i in range(200)))))
    took = time.monotonic() - t
    assert took < 60, took
    a = w.apply('ssa', 'create', w.file('b.yaml', cm('big', 'x' * 1500000)))
    assert 'Too long: may not be more than 1048576 bytes' in a['error'], a['error'][:500]
    a = w.apply('ssa', 'create', w.file('b.yaml', cm('big', 'x' * 5000000)))
    assert 'too large' in a['error'], a['error'][:500]
