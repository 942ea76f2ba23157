"""What people read when something went wrong: whether it names what they look for next."""
import json
import os
import re
import signal
import subprocess
import time

from cases_kill import record_of

CHART = '''apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-a"}
data: {a: "{{ .Values.a }}"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}-web"}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: w}}
  template:
    metadata: {labels: {app: w}, annotations: {fixture/outcome: "{{ .Values.outcome }}", fixture/log: "cannot reach db:5432"}}
    spec: {terminationGracePeriodSeconds: 0, containers: [{name: c, image: busybox}]}
'''


def chart(w):
    w.file('m/values.yaml', 'outcome: ready\nreplicas: 1\na: "1"\n')
    w.file('m/templates/a.yaml', CHART)
    return os.path.dirname(w.file('m/Chart.yaml', 'apiVersion: v2\nname: m\nversion: 1.0.0\n'))


def statuses(w, name):
    return [r['status'] for r in json.loads(w.run('history', name, '-o', 'json').ok().out)]


def begun(w, *words):
    """The command at work, once it waits."""
    p = subprocess.Popen([w.bulkhead, *words], env=w.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(300):
        if any(o['metadata'].get('generation') for o in (w.get('deployments', group='apps/v1') or {'items': []})['items']):
            break
        time.sleep(0.1)
    time.sleep(1.5)
    return p


def case_time_out(w):
    path = chart(w)
    w.run('install', 'other', path, '--set', 'outcome=unready').ok()
    d = w.run('install', 'web', path, '--set', 'outcome=unready', '--wait', '--timeout', '4s')
    d.fails('Not ready after ', 'Deployment %s/web-web: InProgress, Available: 0/1' % w.namespace, 'condition Available=False', 'event ', 'Pod web-web-', 'cannot reach db:5432', 'context deadline exceeded')
    assert 'Pod other-web' not in d.err, 'its selector picks the pods of another release: ' + d.err


def case_interrupted(w):
    """Ctrl-C, also when it arrives twice."""
    path = chart(w)
    for name, times in (('one', 1), ('two', 2)):
        p = begun(w, 'install', name, path, '--set', 'outcome=unready', '--wait', '--timeout', '120s', '-o', 'json')
        for _ in range(times):
            p.send_signal(signal.SIGINT)
        out, err = p.communicate(timeout=60)
        assert p.returncode == 1 and not out, (p.returncode, out, err)
        assert b'Release %s has been cancelled.' % name.encode() in err and b'Error: INSTALLATION FAILED: context canceled' in err, err
        assert statuses(w, name) == ['failed']
        record = w.get('secrets', 'sh.helm.release.v1.%s.v1' % name)
        assert record_of(record)['info']['description'] == 'Release "%s" failed: context canceled' % name and not record['metadata'].get('annotations')
        w.run('upgrade', name, path, '--set', 'outcome=ready', '--wait', '--timeout', '60s').ok()
        w.run('uninstall', name, '--wait', '--timeout', '60s').ok()


def case_conflict(w):
    path = chart(w)
    w.run('install', 'web', path).ok()
    at = '/apis/apps/v1/namespaces/%s/deployments/web-web?fieldManager=scaler' % w.namespace
    w.api('PATCH', at, {'spec': {'replicas': 3}}, type_='application/merge-patch+json')
    w.run('upgrade', 'web', path, '--set', 'replicas=2').fails('conflict with "scaler" using apps/v1: .spec.replicas', 'm/templates/a.yaml', '--force-conflicts')
    w.run('upgrade', 'web', path, '--set', 'replicas=2', '--force-conflicts').ok()
    assert w.get('deployments', 'web-web', 'apps/v1')['spec']['replicas'] == 2


def case_forbidden(w):
    w.run('install', 'web', chart(w), user='limited').fails('cannot list resource "secrets"', 'in the namespace "%s"' % w.namespace)
    w.run('uninstall', 'web', user='nobody').fails('User "nobody" cannot list resource "secrets"')


def case_pending(w):
    """Of ours: who, since when, until when. Of another program: how old, and the flag."""
    path = chart(w)
    p = begun(w, 'install', 'web', path, '--set', 'outcome=unready', '--wait', '--timeout', '120s')
    p.kill()
    p.communicate()
    for words in (['upgrade', 'web', path], ['rollback', 'web', '1'], ['uninstall', 'web']):
        d = w.run(*words).fails('another operation (install/upgrade/rollback) is in progress')
        assert re.search(r'revision 1 is pending-install: \S+ is at work on it, and said so \d+s ago; if it was killed, it is taken over from 30s after that', d.err), d.err
    at = '/api/v1/namespaces/%s/secrets/sh.helm.release.v1.web.v1' % w.namespace
    w.api('PATCH', at, {'metadata': {'annotations': None}}, type_='application/merge-patch+json')
    d = w.run('upgrade', 'web', path).fails('in progress', '--recover')
    assert re.search(r'revision 1 has been pending-install for \d+s', d.err), d.err
    w.run('upgrade', 'web', path, '--recover').ok()
    assert statuses(w, 'web') == ['superseded', 'deployed']


def case_nowhere_to_write(w):
    """A full disk: what was done is said, what cannot be kept is refused before anything is done, and a cache is only a cache."""
    path = chart(w)

    def full(*words):
        with open('/dev/full', 'w') as out:
            p = subprocess.run([w.bulkhead, *words], env=w.environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, timeout=120)
        return p.returncode, p.stderr.decode()
    code, err = full('install', 'web', path)
    assert code == 1 and 'release web is deployed, revision 1, but: cannot write to standard output: No space left on device' in err, (code, err)
    assert statuses(w, 'web') == ['deployed']
    w.run('upgrade', 'web', path, '--ledger', '/dev/full').fails('ledger')
    w.run('upgrade', 'web', path, '--record', '/dev/full').fails('record')
    assert statuses(w, 'web') == ['deployed']
    w.run('upgrade', 'web', path, env={'KUBECACHEDIR': '/dev/full/cache'}).ok()
    code, err = full('uninstall', 'web')
    assert code == 1 and 'release web is uninstalled, but: cannot write' in err, (code, err)


def case_metadata_of_the_wrong_type(w):
    """Labels that are numbers, names that are none: before anything is written, as helm has it."""
    path = os.path.dirname(w.file('t/Chart.yaml', 'apiVersion: v2\nname: t\nversion: 1.0.0\n'))
    for text, words in (('{name: a, labels: {a: 1}}', 'unable to decode "t/templates/a.yaml": json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string'),
                        ('{name: a, annotations: {b: true}}', 'cannot unmarshal bool into Go struct field ObjectMeta.metadata.annotations of type string'),
                        ('{name: 7}', 'cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string'),
                        ('{name: a, finalizers: [1]}', 'cannot unmarshal number into Go struct field ObjectMeta.metadata.finalizers of type string'),
                        ('{}', 'could not get information about the resource ConfigMap "" in namespace "%s": resource name may not be empty' % w.namespace)):
        w.file('t/templates/a.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: %s\n' % text)
        w.run('install', 'web', path).fails(words)
    assert not w.get('secrets')['items']


def case_chart_of_version_three(w):
    """An upgrade says that nothing installs it when there is a cluster; without one, that comes first."""
    path = os.path.dirname(w.file('v3/Chart.yaml', 'apiVersion: v3\nname: three\nversion: 0.1.0\n'))
    for words in ([], ['--dry-run=client'], ['--dry-run=server']):
        w.run('upgrade', 'web', path, *words).fails('Error: UPGRADE FAILED: invalid chart apiVersion')
        w.run('upgrade', 'web', path, '--kube-apiserver', 'http://127.0.0.1:1', *words).fails('Error: UPGRADE FAILED: kubernetes cluster unreachable: ')
