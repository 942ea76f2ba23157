"""Made-up releases, and made-up questions about them, put to helm and bulkhead alike: flags that belong, flags that do not, values that no flag takes, releases that are not there, other
drivers, other time zones. What is printed, on both streams, and the exit code are the same, but for what docs/differences.md names.

QUESTIONS=a-b in the environment asks those of other numbers than the few that are always asked; each number has its own releases."""
import json
import os
import random
import re

from cases_records import record, release, text
from run import Skip

ALWAYS, EACH = '1-3', 60
STATUS = ('deployed', 'superseded', 'failed', 'pending-install', 'pending-upgrade', 'pending-rollback', 'uninstalled', 'uninstalling', 'unknown', 'weird')
OBJECT = '---\n# Source: c/templates/a.yaml\napiVersion: v1\nkind: %s\nmetadata: {name: %s}\n'


class Draw(random.Random):
    def chance(self, p):
        return self.random() < p

    def some(self, flags, p):
        return [f for f in flags if self.chance(p)]


# ---- releases

def made_up(r, name, version, namespace):
    rel = release(name, version, r.choice(STATUS), namespace=namespace)
    info, metadata = rel['info'], rel['chart']['metadata']
    when = '2026-0%d-%02dT%02d:04:05%s%s' % (r.randrange(1, 9), r.randrange(1, 28), r.randrange(0, 24), r.choice(('', '.123456789', '.5', '.000001')), r.choice(('Z', 'Z', '+02:00', '-07:30')))
    info['last_deployed'] = when
    changes = (
        (0.2, lambda: info.update(description=r.choice(('', 'über <b>', 'line1\nline2', 'x' * 200)))),
        (0.15, lambda: metadata.pop('appVersion')),
        (0.1, lambda: metadata.update(version=r.choice(('1.0.0+build.1', 'v2', '')))),
        (0.1, lambda: metadata.update(dependencies=[{'name': 'd', 'version': '^1', 'repository': 'https://x.test'}], annotations={'b': '2', 'a': '1'})),
        (0.05, lambda: rel.update(chart=None)),
        (0.15, lambda: info.update(notes=r.choice(('notes\n\nmore', '  notes\t\n', '{{ .x }}', '\n\n')))),
        (0.1, lambda: info.update(rollback_revision=1)),
        (0.1, lambda: info.pop('first_deployed')),
        (0.05, lambda: info.pop('last_deployed')),
        (0.2, lambda: rel.update(config=r.choice((None, {}, {'a': {'b': [1, 2.5, 1e21, None, 'x: y', True]}, 'Z': '<&>', 'n': {}}, {'a': None})))),
        (0.2, lambda: rel.update(manifest=OBJECT % ('ConfigMap', 'kube-root-ca.crt') + OBJECT % (r.choice(('ConfigMap', 'Secret')), 'nothing'))),
        (0.2, lambda: rel.update(apply_method=r.choice(('ssa', 'csa', 'odd')))),
        (0.15, lambda: rel.update(hooks=[{'name': 'h%d' % i, 'kind': 'Job', 'path': 'c/templates/h.yaml', 'manifest': 'a: b', 'weight': r.randrange(-3, 3), 'events': ['post-install', r.choice(('test', 'pre-delete'))],
                                          **({'last_run': {'started_at': when, 'completed_at': when, 'phase': r.choice(('Succeeded', 'Failed', 'Unknown', 'Running'))}} if r.chance(0.7) else {})}
                                         for i in range(r.randrange(1, 3))])),
    )
    for p, change in changes:
        if r.chance(p):
            change()
    return rel


def populate(w, r):
    """Names, in Secrets and some in ConfigMaps as well."""
    names = []
    for i in range(12):
        name = r.choice(('web', 'db', 'app.x', 'x', 'api')) + '-%d' % i
        names.append(name)
        for version in range(1, r.choice((2, 2, 3, 5))):
            rel = made_up(r, name, version, w.namespace)
            labels = {**({'team': r.choice(('red', 'blue', 'r_1'))} if r.chance(0.4) else {}), **({'env': 'prod'} if r.chance(0.2) else {})}
            record(w, name, version, rel['info']['status'], data=text(rel), kind='configmaps' if i % 4 == 0 else 'secrets', **labels)
    return names


# ---- questions

def ask_list(r, names):
    a = [r.choice(('list', 'list', 'ls'))]
    a += r.some(('--deployed', '--failed', '--superseded', '--pending', '--uninstalled', '--uninstalling', '-d', '-r', '-q', '--no-headers', '--short'), 0.12)
    for p, flag, values in ((0.3, '--filter', ('web', '^x', '[', 'db-.*1', '(?i)WEB', 'a{2', '', r'\d$', r'app\.x')), (0.3, '-m', ('0', '1', '3', '256', '-1', '5', 'x', '1.5', '')),
                            (0.3, '--offset', ('0', '1', '3', '50', '-1')), (0.3, '-o', ('json', 'yaml', 'table', 'xml', '')),
                            (0.3, '-l', ('team=red', 'team!=red', 'team', '!team', 'team in (red,blue)', 'env=prod,team', 'team=', 'team notin (red)', 'name=web-1', 'owner=helm', 'status=deployed', 'bad key=1')),
                            (0.25, '--time-format', ('2006-01-02', 'Mon Jan _2 15:04:05 2006', 'RFC3339', '15h04', '', 'Jan 2 2006 MST -0700 .000'))):
        if r.chance(p):
            a += [flag, r.choice(values)]
    return a


def ask_history(r, names):
    return ['history', *r.choice(([r.choice(names)], [r.choice(names)], [r.choice(names)], [], names[:2])),
            *r.choice(([], [], ['--max', '1'], ['--max', '0'], ['--max', '-1'], ['--max', 'many'])), *r.choice(([], ['-o', 'json'], ['-o', 'yaml'], ['-o', 'wide'], ['--show-rollback-revision']))]


def ask_get(r, names):
    what = r.choice(('all', 'values', 'manifest', 'hooks', 'notes', 'metadata', 'metadata'))
    return ['get', what, r.choice(names), *r.choice(([], [], ['--revision', r.choice(('0', '1', '2', '9', '-1', 'x'))])),
            *r.choice(([], [], ['-a'], ['-o', 'json'], ['-o', 'yaml'], ['-o', 'table'], ['--template', '{{.Release.Name}} {{.Release.Version}} {{.Release.Info.Status}}'],
                       ['--template', '{{ range .Release.Hooks }}{{ .Name }}{{ end }}{{ .Release.Chart.Metadata.Name | upper }}'], ['--template', '{{ nope }}']))]


def ask_status(r, names):
    return ['status', r.choice(names), *r.choice(([], [], ['--revision', '1'], ['--revision', '7'], ['--revision'])), *r.choice(([], ['-o', 'json'], ['-o', 'yaml'], ['-o', 'table'], ['-o', 'JSON']))]


def ask_change(r, names):
    """Of what is not there, or is refused, or is only tried."""
    return r.choice((
        ['uninstall', 'nope'], ['uninstall', 'nope', '--ignore-not-found'], ['uninstall', 'nope', 'neither', '--ignore-not-found'], ['uninstall', 'nope', '--dry-run'], ['uninstall'],
        ['uninstall', r.choice(names), '--dry-run'], ['uninstall', 'nope', '--cascade', 'all'], ['uninstall', 'Bad_Name'], ['rollback', 'nope'], ['rollback', 'nope', '1'], ['rollback', 'nope', 'x'],
        ['rollback'], ['rollback', r.choice(names), '99'], ['rollback', r.choice(names), '-1'], ['test', 'nope'], ['test'], ['test', r.choice(names), '--filter', 'name'],
        ['test', 'nope', '--filter', 'a=b'], ['uninstall', 'nope', '--wait=never'], ['rollback', 'nope', '--wait=sometimes'], ['rollback', 'nope', '--server-side=maybe'], ['rollback', 'nope', '--timeout', '1'],
        ['uninstall', 'nope', '--timeout', '5'], ['rollback', 'nope', '--force-replace', '--force-conflicts'], ['rollback', 'nope', '--dry-run=odd'], ['status', r.choice(names), 'more'], ['get', 'all'],
        ['history', 'nope', '--nope'], ['list', 'more'], ['list', '--all-namespaces=odd'], ['status', '--nope', 'x'], ['list', '-z'], ['get', 'values', '-o'], ['install'], ['install', 'a'], ['upgrade', 'a'], ['upgrade']))


def question(r, names):
    """[words, environment]"""
    names = [*names, *names, *names, 'nope', 'Bad_Name', 'a' * 60]
    words = r.choice((ask_list, ask_list, ask_list, ask_history, ask_get, ask_get, ask_status, ask_change))(r, names)
    env = {'TZ': r.choice(('UTC', 'UTC', 'Europe/Berlin', 'Asia/Kolkata'))}
    if r.chance(0.15):
        env['HELM_DRIVER'] = r.choice(('configmap', 'configmaps', 'secrets', 'secret'))
    if r.chance(0.05):
        words += r.choice((['--kube-context', 'nope'], ['--kube-as-user', 'nobody'], ['-n', 'no-such-namespace'], ['--kube-token', 'x'], ['--namespace', ''], ['--kubeconfig', '/nowhere'], ['--burst-limit', 'x']))
    return words, env


# ---- answers

def errors(err):
    """Without what bulkhead says beyond helm: records that it cannot read, values that it passes over in a record, and the template behind an object."""
    lines = [line for line in err.splitlines() if 'msg="release record ' not in line and 'msg="warning: ' not in line]
    return [re.sub(r'unable to decode "[^"]*"', 'unable to decode ""', re.sub(r'^[IWE]\d{4} .*?\] ', '', line)) for line in lines]


def steady(words, out):
    out = re.sub(r'("?resourceVersion"?: ?)"\d+"', r'\1"N"', out)
    out = re.sub(r'(?m)^(\S+ .* )(\d+[dhms])+$', r'\1AGE', out)
    if words[0] == 'status':
        out = '\n'.join(sorted(out.split('\n')))  # the order of the kinds is another one in every run of helm
    return out


def differs(w, words, env):
    helm, ours = w.run_helm(*words, env=env), w.run(*words, env=env)
    if 'net/http: ' in helm.err or 'goroutine 1' in helm.err:
        return None  # the server was too busy for helm; helm has crashed
    if helm.code != ours.code:
        return 'exit %d / %d: %r / %r' % (helm.code, ours.code, helm.err[-300:], ours.err[-300:])
    if steady(words, helm.out) != steady(words, ours.out):
        return 'stdout:\n    %r\n    %r' % (helm.out[-600:], ours.out[-600:])
    if errors(helm.err) != errors(ours.err):
        return 'stderr:\n    %r\n    %r' % (helm.err[-600:], ours.err[-600:])
    return None


def case_questions(w):
    if not w.helm:
        raise Skip('needs --helm')
    first, _, last = os.environ.get('QUESTIONS', ALWAYS).partition('-')
    bad = []
    for number in range(int(first), int(last or first) + 1):
        w.fresh_namespace()
        r = Draw(number)
        names = populate(w, r)
        for i in range(EACH):
            words, env = question(r, names)
            why = differs(w, words, env)
            if why:
                bad.append('%d.%d: %s %s: %s' % (number, i, json.dumps(env), ' '.join(words), why))
                print('  ' + bad[-1], flush=True)
        w.api('DELETE', '/api/v1/namespaces/' + w.namespace)
    assert not bad, '%d differences' % len(bad)
