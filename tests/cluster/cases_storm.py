"""Whole releases with one fault at each request in turn: install and upgrade of three objects through a proxy that does one thing wrong. Whatever happens, the run
ends with a clear word, the records say what is, and the next command makes the release whole."""
import json, os

import faults

CHART = {
    'Chart.yaml': 'apiVersion: v2\nname: storm\nversion: 1.0.0\n',
    'values.yaml': 'a: "0"\n',
    'templates/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}"}\ndata: {a: "{{ .Values.a }}"}\n',
    'templates/sa.yaml': 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: "{{ .Release.Name }}"}\n',
    'templates/svc.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: "{{ .Release.Name }}"}\nspec: {ports: [{port: 80}]}\n',
}
KINDS = [k for k in faults.KINDS if k not in ('429', 'stall')]


def chart(w):
    for name, text in CHART.items():
        path = os.path.join(w.box, 'files', w.namespace, 'storm', name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as f:
            f.write(text)
    return os.path.join(w.box, 'files', w.namespace, 'storm')


def whole(w, name, value):
    o = w.get('configmaps', name)
    assert o and o['data'] == {'a': value}, o
    assert w.get('serviceaccounts', name) and w.get('services', name)
    rows = json.loads(w.run('history', name, '-o', 'json').ok().out)
    assert rows[-1]['status'] == 'deployed', rows
    assert sum(r['status'] == 'deployed' for r in rows) == 1 and not any(r['status'].startswith('pending') for r in rows), rows


def storm(w, kinds, stall, stride=1):
    """One run for each kind of fault and each request, or each `stride`-th."""
    proxy = faults.Proxy(w, stall=stall)
    env = {'KUBECONFIG': proxy.kubeconfig}
    path = chart(w)
    name = 'base'
    total = {}
    for label, args in (('install', ['install', name, path]), ('upgrade', ['upgrade', name, path, '--set', 'a=1'])):
        proxy.arm(None, -1)
        w.run(*args, env=env).ok()
        total[label] = proxy.seen
    bad = []
    for n, kind in enumerate(kinds):
        for label, count in total.items():
            for at in range(n % stride, count, stride):
                name = '%s-%s-%d' % (label[:2], kind, at)
                if label == 'upgrade':
                    w.run('install', name, path).ok()
                proxy.arm(kind, at)
                d = w.run(*([label, name, path] + (['--set', 'a=1'] if label == 'upgrade' else [])), env=env)
                proxy.arm(None, -1)
                try:
                    if kind in faults.SAFE:
                        d.ok()
                    if d.code:
                        assert 'Error: ' in d.err, d.err[-500:]
                    w.run('upgrade', '--install', name, path, '--set', 'a=1').ok()
                    whole(w, name, '1')
                    w.run('uninstall', name).ok()
                    assert w.get('configmaps', name) is None
                except AssertionError as e:
                    bad.append('%s of request %d of %s: %s; the run said: %s' % (kind, at, label, str(e)[:300], d.err.strip()[-300:]))
    proxy.close()
    assert not bad, '%d of them: %s' % (len(bad), '\n  '.join(bad[:10]))


def case_faults(w):
    storm(w, KINDS, 1.0)


def case_patience(w):
    """429 and stalls: nobody notices."""
    storm(w, ['429', 'stall'], 2.0)
