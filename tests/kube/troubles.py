#!/usr/bin/env python3
"""Commands against servers that refuse, talk nonsense, or stall: troubles.py BULKHEAD [HELM]

Each ends with one line: Helm's words, as recorded from it (and compared with it, when it is given), then perhaps more. A server that stalls costs no more than the 32 seconds that client
libraries give to the question whether anybody is there. Ends with 'troubles: N passed, N failed'.
"""
import json, os, shutil, subprocess, sys, tempfile, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'net'))
import servers
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from suite import check, tally

bulkhead = os.path.abspath(sys.argv[1])
helm = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2] else None
slow = float(os.environ.get('BK_SLOW', '1'))
box = os.path.realpath(tempfile.mkdtemp(prefix='bulkhead-troubles.'))
servers.certificates(box)
OVER = threading.Event()


def status(code, reason, message):
    return json.dumps({'kind': 'Status', 'apiVersion': 'v1', 'metadata': {}, 'status': 'Failure', 'message': message, 'reason': reason, 'code': code, 'details': {'kind': 'secrets'}}).encode()


JSON, HTML, PLAIN = 'application/json', 'text/html', 'text/plain'
UNREACHABLE = 'Error: kubernetes cluster unreachable: '
# How it answers, and what Helm says to `list`.
ANSWERS = {
    'html': ('200 OK', b'<html><body>Sign in</body></html>', HTML, UNREACHABLE + "unable to parse the server version: invalid character '<' looking for beginning of value"),
    'cut json': ('200 OK', b'{"major": "1"', JSON, UNREACHABLE + 'unable to parse the server version: unexpected end of JSON input'),
    'nothing': ('200 OK', b'', JSON, UNREACHABLE + 'unable to parse the server version: unexpected end of JSON input'),
    '401': ('401 Unauthorized', status(401, 'Unauthorized', 'Unauthorized'), JSON, UNREACHABLE + 'the server has asked for the client to provide credentials'),
    '401 html': ('401 Unauthorized', b'<html>who?</html>', HTML, UNREACHABLE + 'the server has asked for the client to provide credentials'),
    '404': ('404 Not Found', b'404 page not found\n', PLAIN, UNREACHABLE + 'the server could not find the requested resource'),
    '500': ('500 Internal Server Error', b'oops', PLAIN, UNREACHABLE + 'an error on the server ("oops") has prevented the request from succeeding'),
    '502': ('502 Bad Gateway', b'bad gateway', PLAIN, UNREACHABLE + 'an error on the server ("bad gateway") has prevented the request from succeeding'),
    '503': ('503 Service Unavailable', b'busy', PLAIN, UNREACHABLE + 'the server is currently unable to handle the request'),
    '403': ('403 Forbidden', b'no', PLAIN, UNREACHABLE + 'no'),
    'short body': (None, b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"major": "1"', '', UNREACHABLE +
                   'unexpected error when reading response body. Please retry. Original error: unexpected EOF'),
}


def request(c):
    f = c.makefile('rb')
    line = f.readline()
    while line and f.readline().strip():
        pass
    return line


def answering(line, body, kind):
    def serve(c):
        while request(c):
            if line is None:
                c.sendall(body)
                return
            c.sendall(('HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n' % (line, kind, len(body))).encode() + body)
    return serve


def silent(c):
    request(c)
    OVER.wait()


def head(c):
    request(c)
    c.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{')
    OVER.wait()


def drip(c):
    request(c)
    c.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{')
    while not OVER.wait(1):
        c.sendall(b' ')


def drip_head(c):
    request(c)
    c.sendall(b'HTTP/1.1 200 OK\r\nX-A: ')
    while not OVER.wait(1):
        c.sendall(b'x')


def run(program, words, url, name):
    home = os.path.join(box, name.replace(' ', '-') + ('h' if program == helm else ''))
    os.makedirs(home, exist_ok=True)
    config = os.path.join(home, 'config')
    with open(config, 'w') as f:
        f.write('apiVersion: v1\nkind: Config\ncurrent-context: m\nclusters:\n- name: c\n  cluster: {server: "%s", certificate-authority: %s/ca.pem}\nusers:\n- {name: u, user: {token: t}}\ncontexts:\n- {name: m, context: {cluster: c, user: u}}\n' % (url, box))
    t = time.monotonic()
    p = subprocess.run([program, *words], env={'PATH': '/usr/bin:/bin', 'HOME': home, 'TZ': 'UTC', 'KUBECONFIG': config}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
    lines = [l for l in p.stderr.decode('utf-8', 'replace').splitlines() if not l.startswith(('level=', 'E1', 'I1', 'W1')) and '.go:' not in l]
    return p.returncode, p.stdout.decode(), lines, time.monotonic() - t


chart = os.path.join(box, 'chart')
os.makedirs(chart + '/templates')
open(chart + '/Chart.yaml', 'w').write('apiVersion: v2\nname: c\nversion: 0.1.0\n')
open(chart + '/templates/a.yaml', 'w').write('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n')

for name, (line, body, kind, words) in ANSWERS.items():
    s = servers.Server(answering(line, body, kind), servers.context(box))
    url = 'https://127.0.0.1:%d' % s.port
    rc, out, lines, took = run(bulkhead, ['list'], url, name)
    check('list: ' + name, rc == 1 and out == '' and len(lines) == 1 and lines[0].startswith(words), rc, out, lines)
    for command in (['status', 'x'], ['install', 'x', chart], ['upgrade', 'x', chart], ['uninstall', 'x'], ['rollback', 'x'], ['history', 'x'], ['get', 'values', 'x'], ['template', 'x', chart, '--dry-run=server']):
        rc, out, more, took = run(bulkhead, command, url, name)
        check('%s: %s' % (command[0], name), rc == 1 and out == '' and len(more) == 1 and words[len('Error: '):] in more[0], rc, out, more)
        if helm and name != 'short body':
            hrc, hout, theirs, _ = run(helm, command, url, name)
            check('%s: %s, as helm' % (command[0], name), hrc == rc and theirs and more[0].startswith(theirs[0]), more, theirs)
    s.close()

done = []


def stall(name, serve, tls, command):
    s = servers.Server(serve, servers.context(box) if tls else None)
    done.append((name, command, run(bulkhead, command, 'https://127.0.0.1:%d' % s.port, name + ' ' + command[0])))
    s.close()


threads = [threading.Thread(target=stall, args=(name, serve, tls, command))
           for name, serve, tls in (('no handshake', lambda c: OVER.wait(), False), ('no answer', silent, True), ('no body', head, True), ('a byte a second', drip, True), ('a head that has no end', drip_head, True))
           for command in (['list'], ['install', 'x', chart], ['upgrade', 'x', chart, '--install'], ['uninstall', 'x'], ['template', 'x', chart, '--dry-run=server'])]
for t in threads:
    t.start()
for t in threads:
    t.join()
OVER.set()
for name, command, (rc, out, lines, took) in done:
    check('%s: %s' % (command[0], name), rc == 1 and out == '' and len(lines) == 1 and 'kubernetes cluster unreachable: ' in lines[0], rc, out, lines)
    check('%s: %s: in time' % (command[0], name), took < 33 + 10 * slow, took)
check('all of them', len(done) == len(threads))

shutil.rmtree(box, ignore_errors=True)
tally('troubles')
