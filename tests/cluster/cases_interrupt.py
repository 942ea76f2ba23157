"""Ctrl-C and SIGTERM, sent to the program alone, while it waits for something that does not come: it ends at once, says so, and leaves no process behind."""
import os
import signal
import socket
import subprocess
import time

import faults

CHART = {'Chart.yaml': 'apiVersion: v2\nname: m\nversion: 1.0.0\n', 'values.yaml': 'a: "1"\nhook: ""\n',
         'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}"}\ndata: {a: "{{ .Values.a }}"}\n',
         'templates/h.yaml': '{{ if .Values.hook }}\napiVersion: v1\nkind: Pod\nmetadata: {name: "{{ .Release.Name }}-h", annotations: {helm.sh/hook: "{{ .Values.hook }}", fixture/outcome: unready}}\n'
                             'spec: {terminationGracePeriodSeconds: 0, restartPolicy: Never, containers: [{name: c, image: busybox}]}\n{{ end }}\n'}
SOON = 5  # seconds: an idle machine takes 0.2, or 2.2 where an answer to a change is awaited


def chart(w):
    for name, text in CHART.items():
        path = w.file('m/' + name, text)
    return os.path.dirname(os.path.dirname(path))


def config(w, cluster, user='token: none'):
    """A kubeconfig's path."""
    return w.file('kubeconfig', 'apiVersion: v1\nkind: Config\ncurrent-context: x\nclusters: [{name: x, cluster: {%s}}]\nusers: [{name: x, user: {%s}}]\n'
                  'contexts: [{name: x, context: {cluster: x, user: x, namespace: default}}]\n' % (cluster, user))


def ended(w, words, ready, kubeconfig=None, how=signal.SIGINT, env=None):
    """The command is interrupted when ready() says so. [exit code, standard error, seconds it took to end]."""
    e = w.environment(**(env or {}))
    if kubeconfig:
        e['KUBECONFIG'] = kubeconfig
    p = subprocess.Popen([w.bulkhead, *words], env=e, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(600):
        if ready() or p.poll() is not None:
            break
        time.sleep(0.05)
    assert p.poll() is None, (words, p.communicate())
    p.send_signal(how)
    t = time.monotonic()
    _, err = p.communicate(timeout=120)
    return p.returncode, err.decode(), time.monotonic() - t


def processes(mark):
    """Ids of those whose command line has the mark."""
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open('/proc/%s/cmdline' % pid) as f:
                found += [pid] if mark in f.read() else []
        except OSError:
            pass
    return found


def case_credentials(w):
    """A program that gives no credentials, and has started another."""
    mark = '4%06d' % (int(time.time()) % 1000000)
    exec_ = 'exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: /bin/sh, args: ["-c", "sleep %s & sleep %s; true"]}' % (mark, mark)
    kubeconfig = config(w, 'server: "%s", insecure-skip-tls-verify: true' % w.url, exec_)
    for how in (signal.SIGINT, signal.SIGTERM):
        for words in (['install', 'web', chart(w)], ['upgrade', 'web', chart(w)], ['uninstall', 'web'], ['list'], ['status', 'web'], ['template', 'web', chart(w), '--validate']):
            code, err, seconds = ended(w, words, lambda: len(processes('sleep\0' + mark)) > 1, kubeconfig, how)
            assert code == -how and seconds < SOON, (words, code, seconds, err)
            assert ('Release web has been cancelled.' in err) == (words[0] in ('install', 'upgrade', 'uninstall')), (words, err)
            assert not processes(mark), (words, processes(mark))


def silent():
    """Accepts what the system accepts, and says nothing."""
    s = socket.create_server(('127.0.0.1', 0), backlog=8)
    return s, s.getsockname()[1]


def case_connection(w):
    """Nobody answers: the server, a proxy before it, one that takes no connection, a name server."""
    server, port = silent()
    full = socket.create_server(('127.0.0.1', 0), backlog=0)
    crowd = []
    for _ in range(8):
        c = socket.socket()
        c.setblocking(False)
        c.connect_ex(full.getsockname())
        crowd.append(c)
    secure = 'insecure-skip-tls-verify: true'
    for name, cluster in (('server', 'server: "https://127.0.0.1:%d", %s' % (port, secure)), ('plain', 'server: "http://127.0.0.1:%d"' % port),
                          ('proxy', 'server: "https://10.1.2.3:6443", proxy-url: "http://127.0.0.1:%d", %s' % (port, secure)),
                          ('full', 'server: "https://127.0.0.1:%d", %s' % (full.getsockname()[1], secure))):
        kubeconfig = config(w, cluster)
        for words in (['install', 'web', chart(w)], ['list'], ['rollback', 'web']):
            begun = time.monotonic()
            code, err, seconds = ended(w, words, lambda: time.monotonic() > begun + 1, kubeconfig)
            assert code == -signal.SIGINT and seconds < SOON, (name, words, code, seconds, err)
    for s in (server, full, *crowd):
        s.close()


def case_each_request(w):
    """Silence at each request in turn: before the first change the program ends by the signal, behind it with a record that says so; a last record is written once more."""
    proxy, path = faults.Proxy(w, stall=30.0), chart(w)
    words = lambda name: ['install', name, path, '--timeout', '60s', '-n', w.namespace]
    total = faults.count(proxy, lambda: w.run(*words('all'), env={'KUBECONFIG': proxy.kubeconfig}).ok())
    assert total >= 4, proxy.log
    kinds = set()
    for at in range(total):
        name = 'r%d' % at
        proxy.arm('silence', at)
        code, err, seconds = ended(w, words(name), lambda: proxy.happened, proxy.kubeconfig)
        assert seconds < SOON and ('Release %s has been cancelled.' % name in err) == (code != 0), (at, proxy.log, code, seconds, err)
        record = w.get('secrets', 'sh.helm.release.v1.%s.v1' % name)
        status = record and record['metadata']['labels']['status']
        kinds.add((code, status))
        assert (code, status) in ((-signal.SIGINT, None), (1, None), (1, 'failed'), (0, 'deployed')), (at, code, status, err)
        w.run('upgrade', '--install', name, path).ok()
    assert (-signal.SIGINT, None) in kinds and (1, 'failed') in kinds, kinds
    proxy.close()


def case_waits(w):
    """Hooks that do not end, objects that do not get ready or do not go."""
    path = chart(w)
    there = lambda kind, name: lambda: w.get(kind, name) is not None
    code, err, seconds = ended(w, ['install', 'hook', path, '--set', 'hook=pre-install'], there('pods', 'hook-h'))
    assert code == 1 and seconds < SOON and 'INSTALLATION FAILED: ' in err and 'context canceled' in err, (code, err, seconds)
    w.run('install', 'web', path).ok()
    code, err, seconds = ended(w, ['upgrade', 'web', path, '--set', 'hook=post-upgrade', '--rollback-on-failure'], there('pods', 'web-h'))
    assert code == 1 and seconds < 2 * SOON and 'has been cancelled' in err, (code, err, seconds)
    assert w.get('secrets', 'sh.helm.release.v1.web.v2')['metadata']['labels']['status'] == 'failed' and w.get('secrets', 'sh.helm.release.v1.web.v3')
    w.api('PATCH', '/api/v1/namespaces/%s/configmaps/web' % w.namespace, {'metadata': {'finalizers': ['example.com/x']}}, type_='application/merge-patch+json')
    going = lambda: (w.get('configmaps', 'web') or {'metadata': {}})['metadata'].get('deletionTimestamp')
    code, err, seconds = ended(w, ['uninstall', 'web', '--wait'], going)
    assert code == 1 and seconds < SOON and 'Release web has been cancelled.' in err, (code, err, seconds)
    w.api('PATCH', '/api/v1/namespaces/%s/configmaps/web' % w.namespace, {'metadata': {'finalizers': None}}, type_='application/merge-patch+json')
