"""Waiting until objects are ready, beside Helm: the same verdicts and errors, and what people are told."""
import json, os, re

import faults
from run import Skip

CHART = 'apiVersion: v2\nname: app\nversion: 0.1.0\n'


def chart(w, text, name='app', **files):
    w.file(name + '/Chart.yaml', CHART)
    for path, more in files.items():
        w.file(name + '/' + path.replace('__', '/').replace('_yaml', '.yaml'), more)
    w.file(name + '/templates/a.yaml', text)
    return os.path.join(w.box, 'files', w.namespace, name)


def needs_install(w):
    if w.run('install', '--help').code:
        raise Skip('no install')


def workload(kind, name, outcome='ready', after='0s', replicas=1, log='hello', more=''):
    return '''apiVersion: apps/v1
kind: %s
metadata: {name: %s}
spec:
  %s
  selector: {matchLabels: {app: %s}}
  template:
    metadata: {labels: {app: %s}, annotations: {fixture/outcome: %s, fixture/after: "%s", fixture/log: "%s"}}
    spec: {containers: [{name: c, image: busybox}]}
%s---
''' % (kind, name, 'replicas: %d' % replicas if kind != 'DaemonSet' else 'minReadySeconds: 0', name, name, outcome, after, log, more)


def job(name, outcome='succeed', after='0s', hook='', backoff=0):
    return '''apiVersion: batch/v1
kind: Job
metadata: {name: %s%s}
spec:
  backoffLimit: %d
  template:
    metadata: {annotations: {fixture/outcome: %s, fixture/after: "%s", fixture/log: "work done badly"}}
    spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}
---
''' % (name, ', annotations: {helm.sh/hook: "%s"}' % hook if hook else '', backoff, outcome, after)


def error(done):
    """The error's lines, without what comes before it."""
    at = done.err.find('Error: ')
    return done.err[at:].strip() if at >= 0 else ''


def both(w, text, *flags, **files):
    """Installs with Bulkhead and, when it is here, with Helm, each in a namespace of its own; their errors have to be the same but for the namespace."""
    needs_install(w)
    folder = chart(w, text, **files)
    first = w.namespace
    ours = w.run('install', 'web', folder, *flags)
    if w.helm:
        w.fresh_namespace()
        theirs = w.run_helm('install', 'web', folder, *flags)
        plain = lambda d: (d.code, re.sub(r'\b%s\b' % w.namespace, first, error(d)))
        assert plain(ours) == plain(theirs), (plain(ours), plain(theirs))
        w.namespace = first
    return ours


def case_ready(w):
    text = ''.join(workload(k, k.lower(), after='1s', replicas=2) for k in ('Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'))
    d = both(w, text + 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 1}]}\n', '--wait', '--timeout', '120s').ok()
    assert w.get('deployments', 'deployment', 'apps/v1')['status']['availableReplicas'] == 2


def case_events_come_while_pods_are_listed(w):
    """What the watch tells is newer than a list that was asked for before."""
    needs_install(w)
    proxy = faults.Proxy(w, stall=3.0)
    proxy.late = '/pods?labelSelector'
    folder = chart(w, workload('ReplicaSet', 'web', after='1s', replicas=2))
    d = w.run('install', 'web', folder, '--wait', '--timeout', '30s', env={'KUBECONFIG': proxy.kubeconfig})
    proxy.close()
    assert d.ok().seconds < 20, d.seconds


def case_not_ready(w):
    d = both(w, workload('Deployment', 'web', 'unready', log='I am not well') + workload('Deployment', 'good'), '--wait', '--timeout', '5s')
    assert error(d) == 'Error: INSTALLATION FAILED: resource Deployment/%s/web not ready. status: InProgress, message: Available: 0/1\ncontext deadline exceeded' % w.namespace, d.err
    for words in ('Deployment %s/web: InProgress, Available: 0/1' % w.namespace, 'condition Available=False, MinimumReplicasUnavailable', 'ScalingReplicaSet', 'container c runs and is not ready', 'I am not well'):
        assert words in d.err, (words, d.err)
    assert not d.out.strip(), d.out


def case_programs_are_not_disturbed(w):
    needs_install(w)
    folder = chart(w, workload('Deployment', 'web', after='2s'))
    d = w.run('install', 'web', folder, '--wait', '--timeout', '60s', '-o', 'json').ok()
    assert json.loads(d.out)['name'] == 'web' and 'Deployment' not in d.err, d.err


def case_jobs(w):
    both(w, job('quick', after='3s'), '--wait', '--wait-for-jobs', '--timeout', '60s').ok()


def case_failed_job(w):
    d = both(w, job('bad', 'fail'), '--wait', '--wait-for-jobs', '--timeout', '60s')
    assert error(d) == 'Error: INSTALLATION FAILED: resource Job/%s/bad not ready. status: Failed, message: Job Failed. failed: 1/1' % w.namespace, d.err
    assert 'work done badly' in d.err and 'BackoffLimitExceeded' in d.err, d.err


def case_failed_hook(w):
    d = both(w, job('prepare', 'fail', hook='pre-install') + 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n')
    assert 'failed pre-install: resource Job/%s/prepare not ready. status: Failed, message: Job Failed. failed: 1/1' % w.namespace in error(d), d.err
    assert w.get('configmaps', 'c') is None


def case_legacy(w):
    both(w, workload('Deployment', 'web', after='1s') + workload('StatefulSet', 'db') + job('slow', 'succeed', '1s'), '--wait=legacy', '--wait-for-jobs', '--timeout', '120s').ok()


def case_legacy_balancer(w):
    text = 'apiVersion: v1\nkind: Service\nmetadata: {name: lb}\nspec: {type: LoadBalancer, ports: [{port: 1}]}\n'
    both(w, text, '--wait', '--timeout', '30s').ok()
    w.fresh_namespace()
    d = both(w, text, '--wait=legacy', '--timeout', '5s')
    assert error(d) == 'Error: INSTALLATION FAILED: context deadline exceeded', d.err


def case_claim(w):
    d = both(w, 'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n', '--wait', '--timeout', '4s')
    assert 'resource PersistentVolumeClaim/%s/data not ready. status: InProgress, message: PVC is not Bound. phase: Pending' % w.namespace in error(d), d.err


def case_paused(w):
    text = workload('Deployment', 'web', 'unready').replace('spec:\n  replicas', 'spec:\n  paused: true\n  replicas')
    both(w, text, '--wait', '--timeout', '20s').ok()


def case_custom_conditions(w):
    needs_install(w)
    group = 'g%s.example.com' % w.namespace
    crd = '''apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.%s}
spec:
  group: %s
  scope: Namespaced
  names: {kind: Thing, plural: things, singular: thing, listKind: ThingList}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
''' % (group, group)
    folder = chart(w, 'apiVersion: %s/v1\nkind: Thing\nmetadata: {name: t}\nstatus: {conditions: [{type: Ready, status: "False", reason: Later, message: "not today"}]}\n' % group, crds__a_yaml=crd)
    d = w.run('install', 'web', folder, '--wait', '--timeout', '4s')
    assert 'resource Thing/%s/t not ready. status: InProgress, message: not today\ncontext deadline exceeded' % w.namespace in error(d), d.err


def case_crds_are_established(w):
    """Objects of a kind that comes with the chart, without --wait."""
    needs_install(w)
    group = 'e%s.example.com' % w.namespace
    crd = 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: apps.%s}\nspec:\n  group: %s\n  scope: Namespaced\n  names: {kind: SpinApp, plural: apps}\n' \
          '  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]\n' % (group, group)
    w.run('install', 'web', chart(w, 'apiVersion: %s/v1\nkind: SpinApp\nmetadata: {name: t}\nspec: {image: x}\n' % group, crds__a_yaml=crd)).ok()


def case_deleted(w):
    needs_install(w)
    folder = chart(w, workload('Deployment', 'web') + 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: held, finalizers: [example.com/held]}\n')
    w.run('install', 'web', folder).ok()
    d = w.run('uninstall', 'web', '--wait', '--timeout', '4s')
    assert d.code and 'resource ConfigMap/%s/held still exists. status: Terminating, message: Resource scheduled for deletion' % w.namespace in d.err, d.err
    w.api('PATCH', '/api/v1/namespaces/%s/configmaps/held' % w.namespace, {'metadata': {'finalizers': None}}, type_='application/merge-patch+json')


def case_limited_user(w):
    """Who may not watch is told so, in the server's words."""
    needs_install(w)
    folder = chart(w, workload('Deployment', 'web', after='1s'))
    w.run('install', 'web', folder, '--wait', '--timeout', '60s', '-n', 'limited', user='limited', env={'HELM_NAMESPACE': 'limited'}).ok()
    w.run('uninstall', 'web', '--wait', '--timeout', '60s', user='limited', env={'HELM_NAMESPACE': 'limited'}).ok()
