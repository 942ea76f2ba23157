"""Made-up lives of a release: a chart full of hooks, and steps of install, upgrade, rollback, uninstall, test and questions with flags drawn by chance; between them
somebody meddles. The same life is led by helm alone, by bulkhead alone, and by both in turns; what they print, how they end, their records and what then lies on the server
have to be the same.

A life is told by its number: the same number is the same life. See cases_lives.py; `python3 lives.py NUMBER` prints one."""
import base64
import json
import os
import random
import re
import sys

KINDS = (('v1', 'configmaps'), ('v1', 'secrets'), ('v1', 'serviceaccounts'), ('v1', 'services'), ('v1', 'pods'), ('apps/v1', 'deployments'), ('batch/v1', 'jobs'))

EVENTS = ('pre-install', 'post-install', 'pre-upgrade', 'post-upgrade', 'pre-rollback', 'post-rollback', 'pre-delete', 'post-delete')
POLICIES = (None, None, 'before-hook-creation', 'hook-succeeded', 'hook-failed', 'before-hook-creation,hook-succeeded', 'hook-succeeded,hook-failed')
OUTPUT = (None, None, 'hook-succeeded', 'hook-failed', 'hook-succeeded,hook-failed')

CHART = {
    'values.yaml': 'a: "1"\nb: {c: 1, d: [1, 2]}\nextra: false\nkeep: false\nready: true\nbad: ""\nhooks: {}\n',
    'templates/_h.tpl': """{{ define "h.meta" }}
  name: {{ .root.Release.Name }}-{{ .name }}
  annotations:
    helm.sh/hook: {{ .h.on | quote }}
    fixture/outcome: {{ .h.outcome | default "succeed" }}
    fixture/log: "{{ .name }} speaks"
    {{- with .h.weight }}
    helm.sh/hook-weight: {{ . | quote }}{{ end }}
    {{- with .h.delete }}
    helm.sh/hook-delete-policy: {{ . | quote }}{{ end }}
    {{- with .h.log }}
    helm.sh/hook-output-log-policy: {{ . | quote }}{{ end }}
{{ end }}""",
    'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}-a", labels: {rev: "{{ .Release.Revision }}"}}\n'
                        'data: {a: {{ .Values.a | quote }}, b: {{ .Values.b | toJson | quote }}, v: {{ .Chart.Version | quote }}, up: "{{ .Release.IsUpgrade }}"}\n',
    'templates/s.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: "{{ .Release.Name }}-s"}\nstringData: {password: "sesame {{ .Values.a }}"}\n',
    'templates/svc.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: "{{ .Release.Name }}"}\nspec: {selector: {app: x}, ports: [{name: http, port: 80}'
                          '{{ if .Values.extra }}, {name: more, port: 81}{{ end }}]}\n',
    'templates/d.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: "{{ .Release.Name }}-d"}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: x}}\n  template:\n'
                        '    metadata: {labels: {app: x}, annotations: {fixture/outcome: {{ ternary "ready" "unready" .Values.ready }}, a: {{ .Values.a | quote }}}}\n'
                        '    spec: {terminationGracePeriodSeconds: 0, containers: [{name: c, image: "busybox:{{ .Chart.Version }}", env: [{name: A, value: {{ .Values.a | quote }}}]}]}\n',
    'templates/more.yaml': '{{ if .Values.extra }}\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: "{{ .Release.Name }}-sa"}\n---\napiVersion: v1\nkind: ConfigMap\n'
                           'metadata: {name: "{{ .Release.Name }}-x"}\ndata: {x: "1"}\n{{ end }}\n',
    'templates/keep.yaml': '{{ if .Values.keep }}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}-k", annotations: {helm.sh/resource-policy: keep}}\n'
                           'data: {k: {{ .Values.a | quote }}}\n{{ end }}\n',
    # Of a kind that comes last: helm stops at the first object that fails, bulkhead sends those of a step together.
    'templates/bad.yaml': '{{ if eq .Values.bad "object" }}\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: Bad_Name}\nspec: {defaultBackend: {service: {name: x, port: {number: 1}}}}\n'
                          '{{ else if eq .Values.bad "kind" }}\napiVersion: example.org/v9\nkind: Nothing\nmetadata: {name: x}\n{{ else if eq .Values.bad "fail" }}{{ fail "as you wish" }}\n'
                          '{{ else if eq .Values.bad "field" }}\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: "{{ .Release.Name }}-odd"}\n'
                          'spec: {defaultBackend: {service: {name: x, port: {number: 1}}}}\nnonsense: 1\n{{ end }}\n',
    'templates/hooks.yaml': """{{ range $name, $h := .Values.hooks }}{{ $c := dict "root" $ "name" $name "h" $h }}
---
{{ if eq $h.kind "ConfigMap" }}apiVersion: v1
kind: ConfigMap
metadata: {{ include "h.meta" $c }}
data: {a: {{ $.Values.a | quote }}}
{{ else if eq $h.kind "Job" }}apiVersion: batch/v1
kind: Job
metadata: {{ include "h.meta" $c }}
spec:
  backoffLimit: 0
  template:
    metadata: {annotations: {fixture/outcome: {{ $h.outcome | default "succeed" }}, fixture/log: "{{ $name }} speaks"}}
    spec: {terminationGracePeriodSeconds: 0, restartPolicy: Never, containers: [{name: c, image: busybox}]}
{{ else }}apiVersion: v1
kind: Pod
metadata: {{ include "h.meta" $c }}
spec: {terminationGracePeriodSeconds: 0, restartPolicy: Never, containers: [{name: c, image: busybox}]}
{{ end }}{{ end }}""",
    'templates/NOTES.txt': 'a is {{ .Values.a }}, revision {{ .Release.Revision }}{{ if .Release.IsUpgrade }}, upgraded{{ end }}\n',
    'crds/thing.yaml': 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.NS.example.com}\nspec:\n  group: NS.example.com\n  scope: Namespaced\n'
                       '  names: {kind: Thing, plural: things, singular: thing, listKind: ThingList}\n'
                       '  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]\n',
    'templates/thing.yaml': '{{ if .Values.thing }}\napiVersion: NS.example.com/v1\nkind: Thing\nmetadata: {name: "{{ .Release.Name }}-t"}\nspec: {size: {{ .Values.thing }}}\n{{ end }}\n',
}


def write_chart(folder, namespace, version, with_crd):
    """The chart at a version, in a folder of its own; 1.0.0 has a file that 2.0.0 has not."""
    for name, text in [*CHART.items(), ('Chart.yaml', 'apiVersion: v2\nname: life\nversion: %s\nappVersion: "7"\n' % version)]:
        if (name == 'templates/s.yaml' and version == '2.0.0') or ('thing' in name and not with_crd):
            continue
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as f:
            f.write(text.replace('NS', namespace))


class Life:
    """`steps`: ('run', words…) with CHART1 and CHART2 for the folders, or ('meddle', what, …)."""

    def __init__(self, number):
        self.number = number
        self.r = random.Random(number)
        self.hooks = {}
        self.with_crd = self.chance(0.3)
        self.steps = []
        self.make()

    def chance(self, p):
        return self.r.random() < p

    def some(self, flags, p):
        """Of [words, …], each with probability p."""
        return [w for f in flags if self.chance(p) for w in f.split(' ')]

    # ---- values

    def draw_hooks(self):
        for i in range(self.r.choice((0, 0, 1, 2, 3, 4))):
            h = {'kind': self.r.choice(('ConfigMap', 'Job', 'Job', 'Pod')), 'on': ','.join(self.r.sample(EVENTS, self.r.choice((1, 1, 2, 3))))}
            for key, among in (('weight', (None, '0', '-5', '3', '10')), ('delete', POLICIES), ('log', OUTPUT)):
                v = self.r.choice(among)
                if v is not None:
                    h[key] = v
            if h['kind'] != 'ConfigMap' and self.chance(0.2):
                h['outcome'] = 'fail'
            self.hooks['h%d' % i] = h
        for i in range(self.r.choice((0, 0, 1, 2))):
            self.hooks['t%d' % i] = {'kind': 'Pod', 'on': 'test', 'outcome': 'fail' if self.chance(0.2) else 'succeed', 'delete': self.r.choice(('before-hook-creation', 'hook-succeeded'))}
            if self.chance(0.3):
                self.hooks['t%d' % i]['weight'] = str(self.r.randrange(-3, 4))

    def values(self, p=0.6):
        out = ['--set-json', 'hooks=' + json.dumps(self.hooks, sort_keys=True)] if self.hooks and self.chance(0.7) else []
        if self.chance(p):
            out += ['--set', 'a=%d' % self.r.randrange(5)]
        for name, q in (('extra=true', 0.3), ('extra=false', 0.1), ('keep=true', 0.3), ('b.c=2', 0.2), ('b=null', 0.1), ('b.d={3}', 0.1), ('ready=false', 0.08), ('bad=object', 0.06),
                        ('bad=kind', 0.03), ('bad=fail', 0.03), ('bad=field', 0.04)):
            if self.chance(q):
                out += ['--set', name]
        if self.with_crd and self.chance(0.4):
            out += ['--set', 'thing=%d' % self.r.randrange(1, 4)]
        return out

    # ---- commands

    def force(self):
        return self.r.choice([[]] * 9 + [['--force-replace']] * 2 + [['--force-conflicts']] * 3 + [['--force-replace', '--force-conflicts']])

    def wait(self):
        w = self.r.choice([[]] * 6 + [['--wait']] * 3 + [['--wait=legacy'], ['--wait=hookOnly'], ['--wait=watcher']])
        return w + (['--wait-for-jobs'] if self.chance(0.1) else []) + ['--timeout', '3s' if w == ['--wait=legacy'] else '5s']

    def common(self):
        return self.some(['--description made-by-%d' % self.number, '--no-hooks', '--disable-openapi-validation'], 0.1)

    def install(self, name='rel'):
        dry = self.r.choice([[]] * 10 + [['--dry-run=client'], ['--dry-run=server'], ['--dry-run'], ['--dry-run=client', '--hide-secret'], ['--hide-secret']])
        return ['install', name, self.r.choice(('CHART1', 'CHART1', 'CHART2')), *self.values(), *self.force(), *self.wait(), *self.common(), *dry,
                *self.some(['--take-ownership', '--labels team=red', '--labels team=blue,env=x', '--skip-crds', '--rollback-on-failure', '--replace', '--server-side=false', '-o json', '-o yaml',
                            '--hide-notes', '--create-namespace', '--skip-schema-validation', '--render-subchart-notes'], 0.1)]

    def upgrade(self, name='rel'):
        dry = self.r.choice([[]] * 12 + [['--dry-run=client'], ['--dry-run=server'], ['--dry-run=server', '--hide-secret'], ['--hide-secret']])
        again = self.r.choice([[]] * 4 + [['--reuse-values'], ['--reset-values'], ['--reset-then-reuse-values'], ['--reuse-values', '--reset-values']])
        return ['upgrade', name, self.r.choice(('CHART1', 'CHART2')), *self.values(0.5), *again, *self.force(), *self.wait(), *self.common(), *dry,
                *self.r.choice([[]] * 6 + [['--server-side=false'], ['--server-side=true'], ['--server-side=auto']]),
                *self.some(['--install', '--take-ownership', '--labels team=green', '--labels team=null', '--skip-crds', '--rollback-on-failure', '--cleanup-on-fail', '--history-max 2',
                            '--create-namespace', '-o json', '-o yaml', '--hide-notes'], 0.12)]

    def rollback(self):
        return ['rollback', 'rel', *self.r.choice(([], [], ['1'], ['1'], ['2'], ['0'], ['9'], ['x'])), *self.force(), *self.wait(),
                *self.r.choice([[]] * 6 + [['--server-side=false'], ['--server-side=true']]),
                *self.some(['--cleanup-on-fail', '--no-hooks', '--history-max 3', '--dry-run=client', '--dry-run=server', '--description back-again'], 0.1)]

    def uninstall(self):
        # Waited for, so that nothing of it is still on its way out at the next step.
        return ['uninstall', 'rel', *self.r.choice(([], ['--keep-history'], ['--keep-history'], ['--dry-run'], ['--ignore-not-found'])), '--wait', '--timeout', '20s',
                *self.some(['--cascade foreground', '--cascade orphan', '--description gone', '--no-hooks'], 0.1)]

    def test(self):
        return ['test', 'rel', '--timeout', '20s', *self.some(['--logs', '--logs', '--filter name=rel-t0', '--filter !name=rel-t0'], 0.3), *self.some(['--hide-notes'], 0.1)]

    def question(self):
        return self.r.choice((['list', '-a'], ['list', '-o', 'json'], ['history', 'rel'], ['history', 'rel', '-o', 'yaml'], ['status', 'rel'], ['status', 'rel', '-o', 'json'],
                              ['get', 'all', 'rel'], ['get', 'values', 'rel', '-a'], ['get', 'hooks', 'rel'], ['get', 'metadata', 'rel', '-o', 'json'], ['get', 'notes', 'rel'],
                              ['status', 'rel', '--revision', '1'], ['history', 'rel', '--max', '2']))

    def meddling(self):
        what = self.r.choice(('delete', 'delete', 'edit', 'edit', 'edit-data', 'own', 'foreign', 'nothing', 'disown', 'drop-record', 'nothing'))
        return ['meddle', what, self.r.choice(('rel-a', 'rel-s', 'rel-d', 'rel', 'rel-x'))]

    def make(self):
        self.draw_hooks()
        if self.chance(0.1):
            self.steps.append(['meddle', 'foreign', 'rel-a'])
        self.steps.append(['run', *self.install()])
        for _ in range(self.r.randrange(3, 8)):
            kind = self.r.random()
            if kind < 0.42:
                self.steps.append(['run', *self.upgrade()])
            elif kind < 0.58:
                self.steps.append(['run', *self.rollback()])
            elif kind < 0.66:
                self.steps.append(['run', *self.uninstall()])
            elif kind < 0.74:
                self.steps.append(['run', *self.install()])
            elif kind < 0.82 and any(h['on'] == 'test' for h in self.hooks.values()):
                self.steps.append(['run', *self.test()])
            elif kind < 0.9:
                self.steps.append(self.meddling())
            else:
                self.steps.append(['run', *self.question()])
        self.steps += [['run', *self.question()], ['run', *self.uninstall()]]


# ---- what is compared

VARIES = (
    (r'(LAST DEPLOYED|Last Started|Last Completed):( *).*', r'\1:\2T'),
    (r'\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b', 'UID'),
    (r'(rel-\w+(?:-[0-9a-f]{9,10})?|kube-api-access)-[a-z0-9]{5}\b', r'\1-RANDOM'),
    (r'("?resourceVersion"?: ?)"\d+"', r'\1"N"'),
    (r'\b10(\.\d+){3}\b *', 'IP '),
    (r'\b1[78]\d{8}\b', 'STAMP'),
    (r'\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[0-9.]*(Z|[+-]\d\d:\d\d| \+\d{4} \w+)?', 'T'),
    (r'\b\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}\b', 'T'),
    (r'T[ \t]+', 'T '),
    (r'(?m)^(\S+ .* )(\d+m)?\d+s$', r'\1AGE'),
    (r'[ \t]+(?=\n)|[ \t]+$', ''),
    # Of which template an object is: bulkhead says it (docs/differences.md).
    (r' from "life/templates/[\w.]*":', ' from "":'),
    (r'\s+\(life/templates/[\w.]*\)', ''),
)


def opened(match):
    """Files of a chart in a record."""
    try:
        return base64.b64decode(match[0]).decode()
    except ValueError:
        return match[0]


def plain(text, namespace):
    """Without what differs from run to run: the namespace, times, names that controllers make up."""
    text = re.sub(r'\b[A-Za-z0-9+/]{80,}={0,2}', opened, text) if not text.startswith('{') else text
    text = re.sub(r'\b%s\b' % re.escape(namespace), 'NS', text)
    for pattern, by in VARIES:
        text = re.sub(pattern, by, text)
    return text


# What bulkhead says beyond helm (docs/differences.md).
MORE = (re.compile(r'^(  |Not ready after |Still there after |Deployment |Job |Pod |ConfigMap |Service |Thing |ReplicaSet |CustomResourceDefinition |Secret |ServiceAccount )'),)


def errors(text):
    """What is said to people: warnings of the server count, other lines of client-go's log (a body cut short by a time limit) come or not by chance."""
    lines = [line for line in text.splitlines() if line.strip() and not re.match(r'[IWEF]\d{4} (?!.*\] "Warning: )', line)]
    return [re.sub(r'^[IWE]\d{4} .*?\] "Warning: (.*)"$', lambda m: 'WARNING: ' + m[1].replace('\\"', '"'), line) for line in lines]


def errors_differ(helm, ours):
    """Every line of helm's in its order; between them only what MORE knows. None when so."""
    i = 0
    for line in ours:
        if i < len(helm) and line == helm[i]:
            i += 1
        elif not any(p.search(line) for p in MORE):
            return line
    return helm[i] if i < len(helm) else None


if __name__ == '__main__':
    for step in Life(int(sys.argv[1])).steps:
        print(' '.join(step))
