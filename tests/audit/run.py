#!/usr/bin/env python3
"""`audit` on charts that are made here: run.py BINARY."""
import json, os, subprocess, sys, tempfile

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from suite import check, tally

binary = os.path.abspath(sys.argv[1])


def write(root, files):
    for path, text in files.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        open(full, 'w').write(text)


def run(*words):
    env = {'PATH': '/usr/bin:/bin', 'HOME': '/nonexistent', 'KUBECONFIG': '/nonexistent', 'TZ': 'UTC'}
    p = subprocess.run([binary, 'audit', *words], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    return p.returncode, p.stdout.decode(), p.stderr.decode()


OLD = {
    'Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- {name: db, version: 0.1.0, repository: "", condition: db.enabled}\n',
    'values.yaml': 'db: {enabled: false}\n',
    'templates/_helpers.tpl': '{{ define "pw" }}{{ (lookup "v1" "Secret" .Release.Namespace "pw").data }}{{ end }}\n',
    'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: {{ default (randAlphaNum 8) .Values.x }}\n  l: {{ lookup "v1" "Node" "" "" | len }}\n',
    'templates/pod.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  serviceAccountName: ghost\n  containers: [{name: c, image: "busybox:1", securityContext: {privileged: true}}]\n  volumes: [{name: v, hostPath: {path: /var/run}}]\n',
    'templates/hook.yaml': 'apiVersion: batch/v1\nkind: Job\nmetadata: {name: h, annotations: {helm.sh/hook: "pre-install,pre-upgrade"}}\nspec: {template: {spec: {containers: [{name: c, image: hooky}]}}}\n',
    'templates/role.yaml': 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\nrules: [{apiGroups: [""], resources: [nodes], verbs: [get]}]\n---\n'
                           'apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects: []\n',
    'templates/cr.yaml': 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n---\napiVersion: other.example.com/v1\nkind: Policy\nmetadata: {name: o}\n',
    'crds/w.yaml': '# two of them\n---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\n'
                   'spec: {group: example.com, scope: Cluster, names: {kind: Widget, plural: widgetry}, versions: []}\n---\n'
                   'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\n'
                   'spec: {group: example.com, scope: Namespaced, names: {kind: Thing, plural: things}, versions: []}\n',
    'charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 0.1.0\n',
    'charts/db/templates/s.yaml': '{{- if .Values.never }}\n{{ $ca := genCA "x" 3 }}\n{{ getHostByName "db.example.com" }}\n{{- end }}\n',
    'values.schema.json': '{"$schema": "http://json-schema.org/schema#"}',
    'charts/db/values.schema.json': '{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"$ref": "https://example.com/a.json"}}}',
}

with tempfile.TemporaryDirectory(prefix='bulkhead-audit.') as box:
    old, new, bad = box + '/old', box + '/new', box + '/bad'
    write(old, OLD)
    fresh = dict(OLD)
    fresh['Chart.yaml'] = OLD['Chart.yaml'].replace('1.0.0', '1.1.0')
    fresh['templates/a.yaml'] = '\n' + OLD['templates/a.yaml'] + '  now: {{ now | quote }}\n'
    fresh['templates/pod.yaml'] = OLD['templates/pod.yaml'].replace('busybox:1', 'busybox:2')
    write(new, fresh)
    write(bad, {'Chart.yaml': 'apiVersion: v2\nname: bad\nversion: 1.0.0\n', 'templates/a.yaml': '{{ lookup "v1" "Secret" "kube-system" "x" }}{{ fail "no" }}', 'templates/b.yaml': '{{ if }}'})

    rc, out, err = run(old, '-o', 'json')
    check('runs', rc == 0, err)
    report = json.loads(out) if rc == 0 else {}
    asks = {(a['effect'], a['text'], a['chart']) for a in report.get('asks', [])}
    for ask in [('lookup', 'lookup "v1" "Secret" .Release.Namespace "pw"', 'app'), ('lookup-list', 'lookup "v1" "Node" "" ""', 'app'), ('seed', 'randAlphaNum 8', 'app'),
                ('keygen', 'genCA "x" 3', 'app/charts/db'), ('dns', 'getHostByName "db.example.com"', 'app/charts/db'), ('schema-ref', 'https://example.com/a.json', 'app/charts/db')]:
        check('asks for %s' % (ask,), ask in asks, asks)
    check('places', any(a['where'] == 'app/templates/_helpers.tpl:1:21' for a in report['asks']), report['asks'])
    check('no more', len(report['asks']) == 6, report['asks'])
    check('images', {(i['image'], i['hook']) for i in report['images']} == {('docker.io/library/busybox:1', False), ('docker.io/library/hooky', True)}, report['images'])
    check('privileges', {p['privilege'] for p in report['privileges']} == {'privileged', 'hostPath/var/run'}, report['privileges'])
    check('references', {r['target'] for r in report['references']} == {'ServiceAccount/ghost', 'ClusterRole/view'}, report['references'])
    check('hooks', [(h['events'], h['kind'], h['name']) for h in report['hooks']] == [('pre-install,pre-upgrade', 'Job', 'h')], report['hooks'])
    check('no namespace', {(c['kind'], c['name']) for c in report['clusterScoped']} ==
          {('ClusterRole', 'r'), ('Widget', 'w'), ('CustomResourceDefinition', 'widgets.example.com'), ('CustomResourceDefinition', 'things.example.com')}, report['clusterScoped'])
    check('charts', [c['path'] for c in report['charts']] == ['app', 'app/charts/db'], report['charts'])

    rc, out, err = run(old)
    check('text', rc == 0 and 'lookup-list (1)' in out and 'docker.io/library/hooky, run by hooks' in out, out, err)
    rc, out, err = run(old, new, '-o', 'json')
    report = json.loads(out)
    check('beyond: asks', [a['text'] for a in report['asks']] == ['now'], report['asks'])
    check('beyond: images', [i['image'] for i in report['images']] == ['docker.io/library/busybox:2'], report['images'])
    check('beyond: nothing else', not any(report[k] for k in ('hooks', 'privileges', 'references', 'clusterScoped', 'unreadable')), report)
    check('beyond: versions', report['from'] == '1.0.0' and report['version'] == '1.1.0')
    rc, out, err = run(old, old)
    check('the same', rc == 0 and 'asks for nothing that the other does not ask for' in out, out)

    rc, out, err = run(old, '--rbac', '-n', 'prod', '--release', 'web')
    check('roles', rc == 0 and 'kind: ClusterRole\n' in out and 'name: "web-installer"' in out and 'namespace: "prod"' in out, out)
    check('plural of a CRD', 'resources: ["widgetry"]' in out, out)
    check('plural that is made up', 'resources: ["policies"]' in out and 'a guess' in out, out)
    check('bind', 'resourceNames: ["view"]\n    verbs: ["bind"]' in out, out)
    check('handed out', '{"apiGroups":[""],"resources":["nodes"],"verbs":["get"]}' in out, out)
    check('no wait', 'resources: ["configmaps"]\n    verbs: ["get", "create", "patch", "delete"]' in out, out)
    rc, out, err = run(old, '--rbac', '--wait')
    check('wait', 'resources: ["configmaps"]\n    verbs: ["get", "list", "watch", "create", "patch", "delete"]' in out, out)

    rc, out, err = run(bad, '-o', 'json')
    report = json.loads(out)
    check('does not render', rc == 0 and 'notRendered' in report and [u['file'] for u in report['unreadable']] == ['bad/templates/b.yaml'], out, err)
    check('asks all the same', [a['text'] for a in report['asks']] == ['lookup "v1" "Secret" "kube-system" "x"'], report['asks'])
    chain = box + '/chain'
    write(chain, {'Chart.yaml': 'apiVersion: v2\nname: chain\nversion: 1.0.0\n', 'templates/a.yaml': '{{ if .Values.a }}' + '{{ else if .Values.b }}x' * 4000 + '{{ lookup "v1" "Secret" "a" "b" }}{{ end }}'})
    rc, out, err = run(chain, '-o', 'json')
    check('a long chain of else-ifs', rc == 0 and [a['effect'] for a in json.loads(out)['asks']] == ['lookup'], rc, err)
    rc, out, err = run(box + '/none')
    check('no chart', rc == 1 and err.startswith('Error: '), err)
    rc, out, err = run(old, new, '--rbac')
    check('one chart', rc == 1 and '--rbac is for one chart' in err, err)

tally('audit')
