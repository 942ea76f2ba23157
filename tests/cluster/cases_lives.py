"""helm and bulkhead lead the same made-up lives (lives.py): what they print, how they end, what they record and what lies on the server is the same after each step.

LIVES=a-b in the environment leads others than the few that are always led; LIVES_TURNS=0 leaves out those where the programs take turns."""
import base64
import json
import os
import random
import time

import lives
from cases_interop import clean, differences, Interop
from run import Skip

ALWAYS = '1-12'


def readable(record):
    """With the chart's files as text."""
    for part in ('templates', 'files'):
        for f in (record['record'].get('chart') or {}).get(part) or []:
            f['data'] = base64.b64decode(f['data']).decode()
    return record


class Led:
    """One life as it is led in a namespace of its own."""

    def __init__(self, world, interop, life, who):
        self.world, self.interop, self.life, self.who = world, interop, life, who
        self.turn = random.Random(life.number)
        self.namespace = '%s-%d%s' % (world.namespace, life.number, who)
        world.api('POST', '/api/v1/namespaces', {'metadata': {'name': self.namespace}})
        self.charts = {}
        for word, version in (('CHART1', '1.0.0'), ('CHART2', '2.0.0')):
            self.charts[word] = os.path.join(world.box, 'lives', self.namespace, word.lower())
            lives.write_chart(self.charts[word], self.namespace, version, life.with_crd)

    def program(self):
        who = self.turn.choice('hb') if self.who == 'm' else self.who
        return {'h': self.world.helm, 'b': self.world.bulkhead}[who]

    def run(self, words):
        return self.world.run(*[self.charts.get(w, w) for w in words], '-n', self.namespace, program=self.program(), env={'HELM_NAMESPACE': self.namespace, 'KUBECACHEDIR': self.world.box + '/cache-' + self.who})

    def path(self, plural, name='', group='v1'):
        return ('/api/' if group == 'v1' else '/apis/') + group + '/namespaces/' + self.namespace + '/' + plural + ('/' + name if name else '')

    def meddle(self, what, name):
        api = lambda *a, **k: self.world.api(*a, missing=True, **k)
        kind = {'rel-d': ('deployments', 'apps/v1'), 'rel': ('services', 'v1'), 'rel-s': ('secrets', 'v1')}.get(name, ('configmaps', 'v1'))
        at, merge = self.path(kind[0], name, kind[1]), 'application/merge-patch+json'
        if what == 'delete':
            api('DELETE', at, {'propagationPolicy': 'Foreground'})
        elif what == 'edit':
            api('PATCH', at, {'metadata': {'labels': {'touched': 'yes'}}}, type_=merge)
        elif what == 'edit-data' and kind[0] == 'configmaps':
            api('PATCH', at + '?fieldManager=someone', {'data': {'a': 'mine', 'mine': 'too'}}, type_=merge)
        elif what == 'edit-data' and kind[0] == 'deployments':
            api('PATCH', at + '?fieldManager=someone', {'spec': {'replicas': 2}}, type_=merge)
        elif what in ('own', 'disown'):
            api('PATCH', at, {'metadata': {'annotations': {'meta.helm.sh/release-name': 'other' if what == 'own' else None}}}, type_=merge)
        elif what == 'foreign' and api('GET', self.path('configmaps', name)) is None:
            api('POST', self.path('configmaps'), {'metadata': {'name': name}, 'data': {'a': 'theirs'}})
        elif what == 'drop-record':
            records = [s for s in self.world.api('GET', self.path('secrets'))['items'] if s['type'].startswith('helm.sh/')]
            if records:
                oldest = min(records, key=lambda s: int(s['metadata']['labels']['version']))
                api('DELETE', self.path('secrets', oldest['metadata']['name']))
        self.settle()

    def settle(self):
        """Waits until nothing is on its way out."""
        for _ in range(100):
            if not any(o['metadata'].get('deletionTimestamp') for _, o in self.objects()):
                return
            time.sleep(0.1)

    def objects(self):
        kinds = [*lives.KINDS, *([('%s.example.com/v1' % self.namespace, 'things')] if self.life.with_crd else [])]
        for group, plural in kinds:
            for o in (self.world.api('GET', self.path(plural, '', group), missing=True) or {'items': []})['items']:
                if o['metadata']['name'] not in ('kube-root-ca.crt', 'default'):
                    yield plural, o

    def snapshot(self):
        found = {}
        for plural, o in self.objects():
            m = o['metadata']
            if o.get('type', '').startswith('helm.sh/'):
                found['record v' + m['labels']['version']] = readable(self.interop.record(o))
            elif not m.get('ownerReferences') and not m.get('deletionTimestamp'):
                o['kind'] = {'services': 'Service', 'jobs': 'Job'}.get(plural, plural)
                found['%s %s' % (plural, m['name'])] = clean(o)
        return json.loads(lives.plain(json.dumps(found), self.namespace))

    def lead(self):
        """[what was printed and how it ended, what lies there] after each step."""
        trace = []
        for kind, *words in self.life.steps:
            done = None
            if kind == 'run':
                d = self.run(words)
                out = lives.plain(d.out, self.namespace)
                if words[0] == 'status' and '-o' not in words:
                    out = '\n'.join(sorted(out.split('\n')))  # the order of the kinds is another one in every run of helm
                done = (d.code, out, lives.plain(d.err, self.namespace))
                self.settle()
            else:
                self.meddle(*words)
            trace.append((done, self.snapshot()))
        return trace

    def end(self):
        self.world.api('DELETE', '/api/v1/namespaces/' + self.namespace)
        self.world.api('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.%s.example.com' % self.namespace, missing=True)


def without(v, key):
    if isinstance(v, dict):
        return {k: without(x, key) for k, x in v.items() if k != key}
    return [without(x, key) for x in v] if isinstance(v, list) else v


def value_of(text):
    try:
        v = json.loads(text)
    except ValueError:
        return None
    chart = v.get('chart') if isinstance(v, dict) else None
    for part in ('templates', 'files') if isinstance(chart, dict) else ():
        for f in chart.get(part) or []:
            f.pop('data')  # the records show it
    # Both are the controllers' and go on; the objects on the server are compared.
    return without(without(v, 'managedFields'), 'conditions')


def same_words(helm, ours):
    """What differs in the words of two runs: [exit code, output, errors]."""
    if helm[0] != ours[0]:
        return 'exit %d / %d: %s / %s' % (helm[0], ours[0], helm[2].strip()[-500:], ours[2].strip()[-500:])
    if helm[1] != ours[1] and value_of(helm[1]) and value_of(ours[1]):
        told = differences(value_of(helm[1]), value_of(ours[1]))
        if told:
            return 'stdout: ' + '\n  '.join(told[:3])
    elif helm[1] != ours[1]:
        a, b = helm[1].split('\n'), ours[1].split('\n')
        lines = [(x, y) for x, y in zip(a, b) if x != y]
        return 'stdout: %r' % ([w[:200] for w in lines[0]] if lines else (helm[1][-200:], ours[1][-200:]),)
    odd = lives.errors_differ(lives.errors(helm[2]), lives.errors(ours[2]))
    return odd and 'stderr at %r:\n    %s\n    %s' % (odd[:200], helm[2].strip()[-600:], ours[2].strip()[-600:])


def compare(life, helm, other, words):
    for i, (step, a, b) in enumerate(zip(life.steps, helm, other)):
        told = words and a[0] and same_words(a[0], b[0])
        lies = differences(a[1], b[1])
        if told or lies:
            return 'step %d, %s:\n  %s' % (i, ' '.join(step)[:300], '\n  '.join(([told] if told else []) + lies[:3]))
    return None


def lead(world, interop, number):
    life = lives.Life(number)
    led, bad = {}, []
    for who in 'hb' if os.environ.get('LIVES_TURNS') == '0' else 'hbm':
        one = Led(world, interop, life, who)
        led[who] = one.lead()
        one.end()
    if any(done and 'net/http: ' in done[2] for done, _ in led['h']):
        return []  # the server was too busy for helm
    for who, title in (('b', 'bulkhead alone'), ('m', 'in turns')):
        why = who in led and compare(life, led['h'], led[who], who == 'b')
        if why:
            bad.append('life %d, %s: %s' % (number, title, why))
    return bad


def case_lives(world):
    if not world.helm:
        raise Skip('needs --helm')
    first, _, last = os.environ.get('LIVES', ALWAYS).partition('-')
    bad, interop = [], Interop(world)
    for number in range(int(first), int(last or first) + 1):
        found = lead(world, interop, number)
        bad += found
        if world.options.verbose or found:
            print('  life %d: %s' % (number, '\n'.join(found) or 'the same'), flush=True)
    bad = [b.split('\n')[0] for b in bad]
    assert not bad, '%d differences:\n%s' % (len(bad), '\n'.join(bad))
