"""One thing goes wrong, at each request in turn: objects applied by the probe, then whole releases."""
import json, os

import faults
from run import Skip

CM = '---\n# Source: web/templates/cm.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {a: "%s"}\n'


def probe(w, proxy, *words):
    d = w.run('kubeconfig=' + proxy.kubeconfig, 'namespace=' + w.namespace, *words, program=w.probe).ok()
    return json.loads(d.out)


def case_apply(w):
    """Server-side apply of what is there already: whatever happens, the run ends well or says what was wrong, and the next one ends well."""
    if not w.probe:
        raise Skip('no cluster-probe')
    proxy = faults.Proxy(w, stall=1.0)
    text = CM % ('a', '1') + CM % ('b', '1') + '---\napiVersion: v1\nkind: Secret\nmetadata: {name: c}\n'
    old, new = w.file('a.yaml', text), w.file('b.yaml', text.replace('"1"', '"2"').replace('name: c', 'name: d'))
    there = lambda: probe(w, proxy, 'ssa', 'migrate', 'release=web', 'update', old, new)
    back = lambda: probe(w, proxy, 'ssa', 'migrate', 'release=web', 'update', new, old)
    assert probe(w, proxy, 'ssa', 'release=web', 'create', old)['error'] == ''
    total = faults.count(proxy, there)
    assert there()['error'] == '' and back()['error'] == '' and total > 6, total
    for kind in faults.KINDS:
        for at in range(total):
            proxy.arm(kind, at)
            a = there()
            assert proxy.happened, (kind, at)
            assert a['error'] == '' or kind == '500', (kind, at, a['error'])
            if kind == '500' and a['error']:
                assert 'made up: 500' in a['error'], a['error']
            proxy.arm(None, -1)
            assert there()['error'] == ''
            assert w.get('configmaps', 'a')['data'] == {'a': '2'} and w.get('secrets', 'c') is None and w.get('secrets', 'd'), (kind, at)
            assert back()['error'] == ''
    proxy.close()
