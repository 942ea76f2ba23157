#!/usr/bin/env python3
"""Objects as an API server might answer them, with a question each: generate.py COUNT [SEED] prints JSON lines {rules, object, others}."""
import json, random, sys

count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
d = random.Random(seed)
SMALL = [0, 0, 1, 1, 1, 2, 3, 5]
LONG_AGO = '2020-01-01T00:00:00Z'


def fill(m, p, **fields):
    for k, v in fields.items():
        if d.random() < p:
            m[k] = v() if callable(v) else v
    return m


def n():
    r = d.random()
    return d.choice(SMALL) if r < 0.97 else d.choice([-1, 2147483647, 1.5, '1', None])


def condition(types):
    return fill({'type': d.choice(types), 'status': d.choice(['True', 'True', 'False', 'Unknown'])}, 0.7,
                reason=lambda: d.choice(['ProgressDeadlineExceeded', 'NewReplicaSetAvailable', 'Unschedulable', 'Installing', 'X', '']), message=lambda: d.choice(['some words', '']))


def conditions(types, m):
    if d.random() < 0.75:
        m['conditions'] = [condition(types + (['Ready', 'Reconciling', 'Stalled'] if d.random() < 0.15 else [])) for _ in range(d.choice([0, 1, 1, 2, 2, 3]))]
    if d.random() < 0.02:
        m['conditions'] = d.choice([None, {}, 'x', [None], [{'type': 1}], [{'type': 'Ready', 'status': None}]])
    return m


def meta(kind):
    generation = d.choice([1, 2, 3])
    m = {'name': 'x', 'namespace': 'ns', 'uid': 'u-x', 'creationTimestamp': LONG_AGO}
    if d.random() < 0.7:
        m['generation'] = generation
    if d.random() < 0.05:
        m['deletionTimestamp'] = LONG_AGO
    return m, generation


def wrap(version, kind, spec, status):
    m, generation = meta(kind)
    if d.random() < 0.6:
        status['observedGeneration'] = generation if d.random() < 0.85 else generation + d.choice([-1, 1])
    o = {'apiVersion': version, 'kind': kind, 'metadata': m, 'spec': spec}
    if d.random() < 0.95:
        o['status'] = status
    if d.random() < 0.01:
        o[d.choice(['metadata', 'status'])] = d.choice([None, 'x', []])
    return o


TEMPLATES = [{'metadata': {'labels': {'a': 'b'}}, 'spec': {'containers': [{'name': 'c', 'image': i}]}} for i in 'pq']


def agree(status, wanted, keys):
    """Mostly what a healthy controller says."""
    if d.random() < 0.5:
        for k in keys:
            status[k] = wanted
        if d.random() < 0.5:
            status[d.choice(keys)] = n()
    else:
        fill(status, 0.7, **{k: n for k in keys})


def deployment():
    wanted = d.choice(SMALL)
    spec = fill({'selector': {'matchLabels': {'a': 'b'}}, 'template': d.choice(TEMPLATES)}, 0.8, replicas=wanted, progressDeadlineSeconds=lambda: d.choice([600, 2147483647]),
                strategy=lambda: fill({'type': d.choice(['RollingUpdate', 'RollingUpdate', 'Recreate'])}, 0.8, rollingUpdate=lambda: fill({}, 0.8, maxSurge=share, maxUnavailable=share)))
    if d.random() < 0.05:
        spec['paused'] = True
    status = conditions(['Progressing', 'Available', 'Available', 'ReplicaFailure'], {})
    if d.random() < 0.3:
        status['conditions'] = [{'type': 'Progressing', 'status': 'True', 'reason': 'NewReplicaSetAvailable'}, {'type': 'Available', 'status': 'True'}]
    agree(status, spec.get('replicas', 1), ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'])
    return wrap('apps/v1', 'Deployment', spec, status)


def share():
    return d.choice([0, 1, 2, '0%', '25%', '50%', '100%', '33%'])


def replica_set(name='x'):
    wanted = d.choice(SMALL)
    spec = fill({'selector': d.choice([{'matchLabels': {'a': 'b'}}, {'matchExpressions': [{'key': 'a', 'operator': 'In', 'values': ['b']}]}]), 'template': d.choice(TEMPLATES)}, 0.8, replicas=wanted)
    status = conditions(['ReplicaFailure'], {})
    agree(status, spec.get('replicas', 1), ['replicas', 'readyReplicas', 'availableReplicas', 'fullyLabeledReplicas'])
    o = wrap('apps/v1', 'ReplicaSet', spec, status)
    return o


def stateful_set():
    wanted = d.choice(SMALL)
    spec = fill({'selector': {'matchLabels': {'a': 'b'}}, 'template': d.choice(TEMPLATES)}, 0.8, replicas=wanted,
                updateStrategy=lambda: fill({'type': d.choice(['RollingUpdate', 'RollingUpdate', 'RollingUpdate', 'OnDelete'])}, 0.5, rollingUpdate=lambda: fill({}, 0.6, partition=lambda: d.choice([0, 1, 2]))))
    status = {}
    agree(status, spec.get('replicas', 1), ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas'])
    fill(status, 0.7, currentRevision=lambda: d.choice(['r1', 'r1', 'r2']), updateRevision=lambda: d.choice(['r1', 'r1', 'r2']))
    return wrap('apps/v1', 'StatefulSet', spec, status)


def daemon_set():
    spec = {'selector': {'matchLabels': {'a': 'b'}}, 'template': TEMPLATES[0], 'updateStrategy': {'type': d.choice(['RollingUpdate', 'RollingUpdate', 'OnDelete']), 'rollingUpdate': fill({}, 0.8, maxUnavailable=share)}}
    status = {}
    agree(status, d.choice(SMALL), ['desiredNumberScheduled', 'currentNumberScheduled', 'updatedNumberScheduled', 'numberAvailable', 'numberReady'])
    return wrap('apps/v1', 'DaemonSet', spec, status)


def pod():
    status = conditions(['Ready', 'Ready', 'PodScheduled', 'Initialized'], fill({}, 0.95, phase=lambda: d.choice(['Running', 'Running', 'Running', 'Pending', 'Pending', 'Succeeded', 'Failed', 'Unknown', ''])))
    if d.random() < 0.5:
        status['containerStatuses'] = [fill({'name': 'c%d' % i}, 0.9, state=lambda: d.choice([{'running': {}}, {'waiting': {'reason': 'CrashLoopBackOff'}}, {'waiting': {'reason': 'ImagePullBackOff'}}, {'terminated': {'exitCode': 1}}]))
                                       for i in range(d.choice([0, 1, 2]))]
    return wrap('v1', 'Pod', {}, status)


def job():
    spec = fill({'backoffLimit': d.choice([0, 1, 6])}, 0.5, completions=lambda: d.choice([1, 2]), parallelism=lambda: d.choice([1, 2]))
    status = conditions(['Complete', 'Failed', 'Suspended'], fill({}, 0.5, succeeded=lambda: d.choice(SMALL), active=lambda: d.choice(SMALL), failed=lambda: d.choice(SMALL), startTime=LONG_AGO))
    return wrap('batch/v1', 'Job', spec, status)


def service():
    spec = fill({'selector': {'a': 'b'}}, 0.7, type=lambda: d.choice(['ClusterIP', 'LoadBalancer', 'LoadBalancer', 'NodePort', 'ExternalName']), clusterIP=lambda: d.choice(['10.0.0.1', 'None', '']))
    fill(spec, 0.2, externalIPs=lambda: d.choice([[], ['1.2.3.4']]))
    return wrap('v1', 'Service', spec, fill({}, 0.5, loadBalancer=lambda: d.choice([{}, {'ingress': []}, {'ingress': [{'ip': '1.1.1.1'}]}])))


def claim():
    return wrap('v1', 'PersistentVolumeClaim', {}, fill({}, 0.8, phase=lambda: d.choice(['Bound', 'Pending', 'Lost'])))


def definition():
    o = wrap('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {}, conditions(['NamesAccepted', 'Established', 'Established'], {}))
    return o


def other():
    version, kind = d.choice([('v1', 'ConfigMap'), ('v1', 'Secret'), ('batch/v1', 'CronJob'), ('policy/v1', 'PodDisruptionBudget'), ('example.com/v1', 'Widget'), ('example.com/v1', 'Widget'), ('example.com/v1', 'Pod'),
                              ('v1', 'Namespace'), ('extensions/v1beta1', 'Deployment'), ('v1', 'ReplicationController'), ('a/b/c', 'Service')])
    return wrap(version, kind, {}, conditions(['Ready', 'Ready', 'Reconciling', 'Stalled', 'Synced'], {}))


def named(o, i, owner=True):
    o['metadata'] = dict(o['metadata'] if isinstance(o.get('metadata'), dict) else {}, name='o%d' % i, uid='u-o%d' % i, namespace='ns', labels={'a': 'b'}, creationTimestamp=d.choice([LONG_AGO, '2021-01-01T00:00:00Z']))
    if owner:
        o['metadata']['ownerReferences'] = [{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'name': 'x', 'uid': 'u-x' if d.random() < 0.8 else 'u-y', 'controller': True}]
    return o


KINDS = [deployment, deployment, replica_set, stateful_set, stateful_set, daemon_set, pod, pod, job, service, claim, definition, other, other]
for _ in range(count):
    make = d.choice(KINDS)
    rules = d.choice(['watcher', 'watcher', 'legacy', 'legacy-jobs'])
    o, others = make(), []
    if rules == 'watcher' and make in (replica_set, stateful_set):
        others = [named(pod(), i, False) for i in range(d.choice([0, 0, 1, 2]))]
    if rules != 'watcher' and make is deployment:
        others = [named(replica_set(), i) for i in range(d.choice([0, 1, 1, 2, 3]))]
        for r in others:
            r.setdefault('spec', {})
            if isinstance(r['spec'], dict) and d.random() < 0.5:
                r['spec']['template'] = json.loads(json.dumps(TEMPLATES[0]))
                r['spec']['template']['metadata']['labels']['pod-template-hash'] = 'h'
    if rules != 'watcher' and make is replica_set:
        others = [named(pod(), i, False) for i in range(d.choice([0, 1, 2]))]
    print(json.dumps({'rules': rules, 'object': o, 'others': others}))
