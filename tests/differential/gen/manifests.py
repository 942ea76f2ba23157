"""Rendered files: documents, separators in odd places, hooks, kinds of every weight."""
from . import data

KINDS = ['Namespace', 'NetworkPolicy', 'ResourceQuota', 'LimitRange', 'PodSecurityPolicy', 'PodDisruptionBudget', 'ServiceAccount', 'Secret', 'SecretList', 'ConfigMap', 'StorageClass', 'PersistentVolume', 'PersistentVolumeClaim', 'CustomResourceDefinition', 'ClusterRole', 'ClusterRoleList', 'ClusterRoleBinding', 'Role', 'RoleBinding', 'Service', 'DaemonSet', 'Pod', 'ReplicationController', 'ReplicaSet', 'Deployment', 'HorizontalPodAutoscaler', 'StatefulSet', 'Job', 'CronJob', 'IngressClass', 'Ingress', 'APIService', 'MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration', 'PriorityClass', 'Custom', 'Zebra', '', 'configmap', 'List']
EVENTS = ['pre-install', 'post-install', 'pre-delete', 'post-delete', 'pre-upgrade', 'post-upgrade', 'pre-rollback', 'post-rollback', 'test', 'test-success', 'test-failure', 'nope', '', ' test ', 'Test', 'crd-install']
SEPARATORS = ['---\n', '---\n', '---\n', '---\n', '---\n', '--- \n', '---\t\n', '--- # c\n', '---\r\n', '\n---\n', '---', '----\n', ' ---\n', '--- a: b\n', '...\n', '---\n---\n', '\n\n---\n\n', '--- |\n']


def annotations(g):
    lines = []
    if g.chance(0.35):
        lines.append('helm.sh/hook: ' + g.pick(['%s', '%s', '"%s"', "'%s'"]) % g.pick([',', ', ', ' ,', ',,']).join(g.some(1, 3, lambda: g.pick(EVENTS))))
        if g.chance(0.5):
            lines.append('helm.sh/hook-weight: ' + g.pick(['"1"', '"-5"', '1', '"0"', '"x"', '"+3"', '" 2"', '"99999999999"', '1.5', '""', '"0x10"', 'null', '"007"', '"-0"']))
        if g.chance(0.4):
            lines.append('helm.sh/hook-delete-policy: ' + g.pick(['hook-succeeded', 'before-hook-creation', '"hook-failed,hook-succeeded"', 'nope', 'Hook-Succeeded', '" hook-failed , before-hook-creation"', '""']))
        if g.chance(0.2):
            lines.append('helm.sh/hook-output-log-policy: ' + g.pick(['hook-succeeded', '"hook-failed,hook-succeeded"', 'nope']))
    if g.chance(0.1):
        lines.append(g.pick(['helm.sh/resource-policy: keep', 'a: b', 'a: 1', '"helm.sh/hook": test', 'a: null', 'a: true', 'a: [x]', '? a\n    : b']))
    return lines


def document(g):
    r = g.random()
    if r < 0.06:
        return g.pick(['', '\n', '# only a comment\n', '   \n', '# c\n\n', '{}\n', 'null\n', '[]\n', 'text\n', '- a\n', '\t\n', '---', 'a: b: c\n', '"x"\n', '{', 'a: [\n', '# Source: x\n'])
    if r < 0.12:
        return data.yaml_text(g)
    s = ''
    if g.chance(0.1):
        s += g.pick(['# comment\n', '# Source: t/templates/z.yaml\n', '\n', '\n\n  \n'])
    fields = ['apiVersion: %s\n' % g.pick(['v1', 'apps/v1', '"v1"', 'v1 # c', 'batch/v1', 'extensions/v1beta1', 'policy/v1beta1', 'networking.k8s.io/v1', '', '1', 'null', 'apiextensions.k8s.io/v1beta1', 'x.io/v1', 'rbac.authorization.k8s.io/v1', 'autoscaling/v2beta1', 'batch/v1beta1']), 'kind: %s\n' % g.pick(KINDS)]
    meta = 'metadata:\n  name: %s\n' % g.pick(['a', 'b', 'n%d' % g.upto(9), 'A_b', '"quoted"', '-bad', 'x' * 254, '1', 'null', 'a.b', 'a:b', 'web'])
    notes = annotations(g)
    if notes:
        meta += '  annotations:\n' + ''.join('    %s\n' % l for l in notes)
    if g.chance(0.06):
        meta = g.pick(['metadata:\n', 'metadata: null\n', 'metadata: {}\n', 'metadata: x\n', 'metadata: {name: a, annotations: {helm.sh/hook: test}}\n', 'metadata:\n  annotations:\n', 'metadata: {annotations: {"helm.sh/hook": "pre-install"}}\n', 'Metadata:\n  name: q\n', 'metadata: [a]\n'])
    fields.append(meta)
    if g.chance(0.3):
        fields.append(g.pick(['spec:\n  a: 1\n', 'data:\n  k: |\n    text\n    ---\n    more\n', 'data: {a: "---"}\n', 'data:\n  k: |-\n    x\n---\n    y\n', 'spec: {}\n', 'kind: Twice\n', 'data:\n  k: >\n    a\n\n    b\n', 'items: []\n', 'spec:\n  volumeClaimTemplates:\n  - metadata:\n      annotations: {}\n', 'spec:\n  selector:\n    matchLabels: {a: b}\n']))
    if g.chance(0.08):
        fields.pop(g.upto(len(fields) - 1))
    if g.chance(0.1):
        g.rng.shuffle(fields)
    s += ''.join(fields)
    if g.chance(0.06):
        s = s.replace('\n', '\r\n')
    if g.chance(0.05):
        s = data.broken(g, s, data.YAML_TOKENS)
    return s


def file(g):
    s = g.pick(['', '', '', '\n', '---\n', '--- \n', '# c\n'])
    for i in range(g.pick([1, 1, 1, 2, 3, 4])):
        s += (g.pick(SEPARATORS[:5] if g.chance(0.7) else SEPARATORS) if i else '') + document(g)
    return s + g.pick(['', '', '---\n', '\n', '---', '   '])


def request(g):
    if g.chance(0.3):
        return {'op': 'splitmanifests', 'text': file(g)}
    names = ['t/templates/a.yaml', 't/templates/b.yaml', 't/templates/_h.tpl', 't/templates/NOTES.txt', 't/charts/s/templates/a.yaml', 't/templates/sub/c.yaml', 't/templates/a.txt', 't/templates/z.json', 't/templates/_x/y.yaml', 't/templates/A.yaml']
    return {'op': 'manifests', 'order': g.pick(['install', 'install', 'uninstall']), 'files': {g.pick(names): file(g) for _ in range(g.between(1, 3))}}
