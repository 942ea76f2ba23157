"""Host functions that ask a cluster, by a plugin that is a command."""
import json, os, shutil

from run import Skip

YAML = '''apiVersion: v1
type: cli/v1
name: %s
version: 1.0.0
runtime: extism/v1
config: {usage: %s, shortHelp: x, longHelp: x}
runtimeConfig:
  entryFuncName: %s
  hostFunctions: [helm_get_values, helm_get_release, helm_get_manifest, helm_list_releases, helm_lookup]
'''


def plugin(w, entry):
    module = os.path.join(os.path.dirname(os.path.dirname(w.bulkhead)), 'plugins', 'types_cluster.wasm')
    if not os.path.exists(module):
        raise Skip('no types_cluster.wasm beside the program')
    folder = os.path.dirname(w.file('plugins/%s/plugin.yaml' % entry, YAML % (entry, entry, entry)))
    shutil.copy(module, os.path.join(folder, 'plugin.wasm'))
    return {'HELM_PLUGINS': os.path.dirname(folder)}


def case_releases(w):
    env = plugin(w, 'cluster')
    w.file('c/Chart.yaml', 'apiVersion: v2\nname: c\nversion: 0.3.0\nappVersion: "9"\n')
    w.file('c/values.yaml', 'own: 1\n')
    folder = os.path.dirname(w.file('c/values.yaml', 'own: 1\n'))
    w.file('c/templates/a.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: thing}\n')
    w.run('install', 'web', folder, '--set', 'who=me').ok()
    w.run('cluster', env=env).fails('the guard denies host-function of helm_list_releases')
    d = w.run('--grant', 'plugin/cluster:host-function', 'cluster', env=env).ok()
    rows = [json.loads(l) for l in d.out.splitlines()][:8]
    assert [r['name'] for r in rows[0]['releases']] == ['web'] and rows[1]['releases'] == [], rows
    assert (rows[2]['revision'], rows[2]['status'], rows[2]['chart'], rows[2]['chartVersion'], rows[2]['appVersion']) == (1, 'deployed', 'c', '0.3.0', '9'), rows[2]
    assert rows[3] == {'values': {'who': 'me'}}, rows[3]
    assert rows[4] == {'values': {'who': 'me', 'own': 1}}, rows[4]
    assert 'name: thing' in rows[5]['manifest'], rows[5]
    assert rows[6]['error']['code'] == 'failed' and 'not found' in rows[6]['error']['message'], rows[6]
    assert rows[7]['error']['code'] == 'bad-request', rows[7]


def case_objects(w):
    env = plugin(w, 'objects')
    w.api('POST', '/api/v1/namespaces/%s/configmaps' % w.namespace, {'metadata': {'name': 'thing'}, 'data': {'a': 'b'}})
    grants = ['--grant', 'plugin/objects:host-function=helm_lookup']
    w.run(*grants, 'objects', env=env).fails('the guard denies lookup of v1/ConfigMap/%s/thing' % w.namespace, '--grant plugin/objects:lookup=v1/ConfigMap/%s/thing' % w.namespace)
    ledger = os.path.join(w.box, 'objects.jsonl')
    d = w.run(*grants, '--grant', 'plugin/objects:lookup=v1/ConfigMap/*/*', '--ledger', ledger, 'objects', env=env).ok()
    rows = [json.loads(l) for l in d.out.splitlines()][:3]
    assert rows[0]['object']['data'] == {'a': 'b'} and rows[1]['object'] == {} and rows[2]['error']['code'] == 'bad-request', rows
    assert 'v1/ConfigMap/%s/nothing' % w.namespace in open(ledger).read()
