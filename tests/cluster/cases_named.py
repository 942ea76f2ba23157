"""Charts that people ask about by name, installed for real, definitions, hooks and webhooks included, on a server of their own: install, upgrade, rollback and
uninstall; and custom resources of the kind that brings WebAssembly to a cluster. Helm reads what was installed, where it is given."""
import copy
import glob
import os

from run import Skip, World

# Beginning of the archive's name, and what has to be said for it. In this order: spin-operator wants cert-manager's kinds.
NAMED = (
    ('cert-manager-', ['--set', 'crds.enabled=true']),
    ('ingress-nginx-', []),
    ('karpenter-', ['--set', 'settings.clusterName=test']),
    ('kube-prometheus-stack-', []),
    ('runtime-operator-', []),
    ('spin-operator-', []),
    ('gatekeeper-', []),
)
STAYS = ('cert-manager-',)  # its definitions are the next ones' kinds
KNOWS = {  # kinds that must be there once a chart is
    'cert-manager-': 'certificates.cert-manager.io',
    'kube-prometheus-stack-': 'servicemonitors.monitoring.coreos.com',
    'karpenter-': 'nodepools.karpenter.sh',
    'runtime-operator-': 'workloads.runtime.wasmcloud.dev',
    'gatekeeper-': 'constrainttemplates.templates.gatekeeper.sh',
}
APPS = {
    'spinapps.core.spinkube.dev': 'apiVersion: core.spinkube.dev/v1alpha1\nkind: SpinApp\nmetadata: {name: hello}\nspec: {image: "ghcr.io/example/hello:1", replicas: 2, executor: containerd-shim-spin}\n',
    'wasmapps.example.wasmcloud.dev': 'apiVersion: example.wasmcloud.dev/v1alpha1\nkind: WasmApp\nmetadata: {name: hello}\nspec: {components: [{name: http, image: "ghcr.io/example/http:1"}]}\n',
}
CRD = '''apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %s}
spec:
  group: %s
  scope: Namespaced
  names: {kind: %s, plural: %s}
  versions:
  - name: v1alpha1
    served: true
    storage: true
    subresources: {status: {}}
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, x-kubernetes-preserve-unknown-fields: true}, status: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}
'''


def own_server(world):
    """Webhooks without anybody behind them would get in the way of other cases."""
    options = copy.copy(world.options)
    binary = world.binary or __import__('run').find_binary()[0]
    return World(options, world.start(binary))


def no_webhooks(w):
    for kind in ('validatingwebhookconfigurations', 'mutatingwebhookconfigurations'):
        w.api('DELETE', '/apis/admissionregistration.k8s.io/v1/' + kind)


def live(w, path, flags):
    run = lambda *words: w.run(*words, '--timeout', '120s', seconds=600).ok()
    run('install', 'rel', path, *flags)
    assert 'STATUS: deployed' in w.run('status', 'rel', seconds=600).ok().out
    no_webhooks(w)
    if w.helm:
        assert w.run_helm('get', 'manifest', 'rel').ok().out == w.run('get', 'manifest', 'rel').ok().out
    run('upgrade', 'rel', path, *flags)
    no_webhooks(w)
    run('rollback', 'rel', '1')
    no_webhooks(w)
    run('uninstall', 'rel')
    no_webhooks(w)


def custom_resource(w, name):
    """A chart with a definition and an object of it: changed, waited for and taken away."""
    plural, group = name.split('.', 1)
    text = APPS[name]
    kind = text.split('kind: ')[1].split('\n')[0]
    w.file('app/crds/a.yaml', CRD % (name, group, kind, plural))
    w.file('app/templates/a.yaml', text + 'status: {}\n')
    w.file('app/templates/b.yaml', text.replace('name: hello', 'name: "{{ .Values.other }}"', 1))
    path = os.path.dirname(w.file('app/Chart.yaml', 'apiVersion: v2\nname: app\nversion: 1.0.0\n'))
    w.run('install', 'app', path, '--set', 'other=one', '--wait', '--timeout', '60s').ok()
    w.run('upgrade', 'app', path, '--set', 'other=two').ok()
    at = '/apis/%s/v1alpha1/namespaces/%s/%s' % (group, w.namespace, plural)
    names = sorted(o['metadata']['name'] for o in w.api('GET', at)['items'])
    assert names == ['hello', 'two'], names
    w.run('uninstall', 'app', '--wait', '--timeout', '60s').ok()
    assert not w.api('GET', at)['items']


def case_charts(world):
    if not world.corpus:
        raise Skip('needs --corpus')
    w = own_server(world)
    try:
        for name, flags in NAMED:
            found = sorted(glob.glob(os.path.join(w.corpus, 'charts', name + '*.tgz')))
            assert found, 'the corpus has no ' + name
            w.fresh_namespace()
            live(w, found[0], flags + (['--set', 'crds.keep=true'] if name in STAYS else []))
            if name in KNOWS:
                assert w.api('GET', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/' + KNOWS[name], missing=True), KNOWS[name]
            print('  %s: installed, upgraded, rolled back, uninstalled' % os.path.basename(found[0]), flush=True)
        for name in APPS:
            w.fresh_namespace()
            custom_resource(w, name)
    finally:
        world.stop(w.dir)
        w.close()
