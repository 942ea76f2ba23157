"""The life of releases on a real API server, beside the real helm where it is given."""
import json
import os

PLAIN = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-%s\ndata:\n  a: {{ .Values.a | default "1" | quote }}\n'
JOB = '''apiVersion: batch/v1
kind: Job
metadata:
  name: hk
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-output-log-policy: hook-succeeded,hook-failed
spec:
  backoffLimit: 0
  template:
    metadata:
      annotations:
        fixture/outcome: {{ .Values.outcome }}
        fixture/log: "hello from the hook"
    spec:
      restartPolicy: Never
      containers: [{name: c, image: busybox}]
'''
TEST = '''apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-test
  annotations:
    helm.sh/hook: test
    fixture/outcome: {{ .Values.test }}
    fixture/log: "hello from the test"
spec:
  restartPolicy: Never
  containers: [{name: c, image: busybox}]
'''
DEPLOYMENT = '''apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-d
spec:
  selector: {matchLabels: {app: d}}
  template:
    metadata:
      labels: {app: d}
      annotations: {fixture/outcome: {{ .Values.outcome }}}
    spec:
      containers: [{name: c, image: nginx}]
'''
CRD = '''apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: %s
spec:
  group: %s
  names: {kind: Widget, plural: widgets, singular: widget}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
'''


def chart(world, name, values='', meta='', **files):
    for f, text in files.items():
        world.file('%s/templates/%s.yaml' % (name, f), text)
    world.file(name + '/values.yaml', values)
    return os.path.dirname(world.file(name + '/Chart.yaml', 'apiVersion: v2\nname: %s\nversion: 1.0.0\nappVersion: "7"\n%s' % (name, meta)))


def states(world, release='rel'):
    done = world.run('history', release, '-o', 'json')
    return [r['status'] for r in json.loads(done.out)] if done.code == 0 else []


def maps(world):
    return sorted(m['metadata']['name'] for m in world.get('configmaps')['items'] if m['metadata']['name'] != 'kube-root-ca.crt')


def case_life(world):
    one, two = chart(world, 'one', a=PLAIN % 'a', b=PLAIN % 'b'), chart(world, 'two', a=PLAIN % 'a', c=PLAIN % 'c')
    world.run('install', 'rel', one).ok()
    assert maps(world) == ['rel-a', 'rel-b']
    world.run('install', 'rel', one).fails('cannot reuse a name that is still in use')
    world.run('upgrade', 'rel', two, '--set', 'a=5').ok()
    assert maps(world) == ['rel-a', 'rel-c'] and world.get('configmaps', 'rel-a')['data'] == {'a': '5'}
    world.run('rollback', 'rel', '1').ok()
    assert maps(world) == ['rel-a', 'rel-b'] and states(world) == ['superseded', 'superseded', 'deployed']
    world.run('uninstall', 'rel').ok()
    assert maps(world) == [] and not world.get('secrets')['items']
    world.run('uninstall', 'rel').fails('uninstall: Release not loaded: rel: release: not found')
    world.run('uninstall', 'rel', '--ignore-not-found').ok()


def case_objects_of_others(world):
    one = chart(world, 'one', a=PLAIN % 'a')
    world.api('POST', '/api/v1/namespaces/%s/configmaps' % world.namespace, {'metadata': {'name': 'rel-a'}, 'data': {'mine': 'yes'}})
    world.run('install', 'rel', one).fails('ConfigMap "rel-a" in namespace "%s" exists and cannot be imported into the current release' % world.namespace)
    assert not world.get('secrets')['items'] and world.get('configmaps', 'rel-a')['data'] == {'mine': 'yes'}
    world.run('install', 'rel', one, '--take-ownership').ok()
    assert world.get('configmaps', 'rel-a')['metadata']['labels']['app.kubernetes.io/managed-by'] == 'Helm'
    world.api('PATCH', '/api/v1/namespaces/%s/configmaps/rel-a' % world.namespace, {'metadata': {'annotations': {'meta.helm.sh/release-name': 'other'}}},
              type_='application/merge-patch+json')
    done = world.run('uninstall', 'rel').ok()
    assert '1 resource(s) were not deleted because they are not owned by this release:\n[ConfigMap] rel-a' in done.out and maps(world) == ['rel-a']


def case_hooks_and_tests(world):
    hooked = chart(world, 'hooked', values='outcome: succeed\ntest: succeed\n', a=PLAIN % 'a', h=JOB, t=TEST)
    assert 'level=INFO msg="hello from the hook"' in world.run('install', 'rel', hooked).ok().err
    done = world.run('test', 'rel', '--logs').ok()
    assert 'Phase:          Succeeded' in done.out and 'POD LOGS: rel-test (c)\nhello from the test' in done.out
    done = world.run('upgrade', 'rel', hooked, '--set', 'outcome=fail').fails('UPGRADE FAILED: pre-upgrade hooks failed: resource Job/', 'status: Failed')
    assert 'hello from the hook' in done.err and states(world) == ['deployed', 'failed']
    world.run('upgrade', 'rel', hooked, '--set', 'test=fail,outcome=succeed').ok()
    assert 'Phase:          Failed' in world.run('test', 'rel', '--filter', 'name=rel-test').fails('pod rel-test failed').out


def case_undone_on_failure(world):
    slow = chart(world, 'slow', values='outcome: ready\n', d=DEPLOYMENT, a=PLAIN % 'a')
    world.run('install', 'rel', slow, '--wait').ok()
    done = world.run('upgrade', 'rel', slow, '--set', 'outcome=unready,a=2', '--timeout', '3s', '--rollback-on-failure')
    done.fails('has been rolled back due to rollback-on-failure being set', 'context deadline exceeded', 'is not ready')
    assert states(world) == ['superseded', 'failed', 'deployed'] and world.get('configmaps', 'rel-a')['data'] == {'a': '1'}
    world.run('install', 'other', slow, '--set', 'outcome=unready', '--timeout', '2s', '--rollback-on-failure').fails('has been uninstalled due to rollback-on-failure being set')
    assert maps(world) == ['rel-a'] and not states(world, 'other')


def case_definitions_first(world):
    group = world.namespace + '.example.com'
    widgets = chart(world, 'widgets', w='apiVersion: %s/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: 3}\n' % group)
    world.file('widgets/crds/w.yaml', CRD % ('widgets.' + group, group))
    world.run('install', 'rel', widgets, '--dry-run=server').fails('no matches for kind "Widget"')
    world.run('install', 'rel', widgets).ok()
    assert world.api('GET', '/apis/%s/v1/namespaces/%s/widgets/w' % (group, world.namespace))['spec'] == {'size': 3}
    world.run('uninstall', 'rel').ok()
    world.api('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.' + group)


def case_values_are_used_again(world):
    one = chart(world, 'one', values='c: 0\n', a=PLAIN % 'a')

    def values(*more):
        return json.loads(world.run('get', 'values', 'rel', '-o', 'json', *more).ok().out)
    world.run('install', 'rel', one, '--set', 'a=1,b=2').ok()
    for args, want in (([], {'a': 1, 'b': 2}), (['--set', 'c=3'], {'c': 3}), (['--reuse-values', '--set', 'd=4'], {'c': 3, 'd': 4}),
                       (['--reset-then-reuse-values', '--set', 'd=null'], {'c': 3}), (['--reset-values'], None)):
        world.run('upgrade', 'rel', one, *args).ok()
        assert values() == want, (args, values())


def case_mistakes(world):
    one = chart(world, 'one', a=PLAIN % 'a')
    bad = chart(world, 'bad', a='apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Bad_Name}\n')
    odd = chart(world, 'odd', a='apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: x}\n')
    world.run('install', 'rel', one, '--kube-context', 'nope').fails('context "nope" does not exist')
    world.run('install', 'rel', one, env={'KUBECONFIG': '/dev/null'}).fails('kubernetes cluster unreachable')
    world.run('install', 'rel', one, user='bad').fails('the server has asked for the client to provide credentials')
    world.run('install', 'rel', one, user='nobody').fails('forbidden')
    world.run('install', 'rel', odd).fails('no matches for kind "Foo" in version "example.com/v1"', 'odd/templates/a.yaml')
    world.run('install', 'Rel', one).fails('release name check failed: release name "Rel": invalid release name')
    world.run('install', 'a' * 54, one).fails('the length must not be longer than 53')
    world.run('upgrade', 'rel', one).fails('"rel" has no deployed releases')
    assert not world.get('secrets')['items'] and maps(world) == []
    world.run('install', 'rel', bad).fails('Bad_Name', 'bad/templates/a.yaml')
    assert states(world) == ['failed']


def case_again_offline(world):
    drawn = chart(world, 'drawn', a='apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: {{ randAlphaNum 20 }}\n  k: {{ .Capabilities.KubeVersion.Version }}\n'
                  '  s: {{ (lookup "v1" "Secret" .Release.Namespace "none") | toJson | quote }}\n')
    record = world.box + '/' + world.namespace + '.rec'
    world.run('install', 'rel', drawn, '--record', record).ok()
    was = world.run('get', 'manifest', 'rel').ok().out
    again = world.run('template', 'rel', drawn, '--replay', record, env={'KUBECONFIG': '/dev/null'}).ok().out
    assert again.strip() == was.strip(), (again, was)
