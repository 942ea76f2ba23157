#!/usr/bin/env python3
"""Recorded calls of plugins, replayed: with the server gone, without grants, on another day, from another folder.

run_replay.py BINARY MODULES

Ends with 'plugin-replay: N passed, N failed'.
"""
import hashlib, http.server, json, os, shutil, subprocess, sys, tempfile, threading, time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from suite import check, tally

binary, modules = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
slow = float(os.environ.get('BK_SLOW', '1'))
box = tempfile.mkdtemp(prefix='bulkhead-plugin-replay.')
served = []


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        served.append(self.path)
        body = ('answer %d' % len(served)).encode()
        self.send_response(404 if 'missing' in self.path else 200)
        self.send_header('X-Count', str(len(served)))
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *a):
        pass


def environment(**more):
    return dict({'PATH': '/usr/bin:/bin', 'HOME': box + '/home', 'TZ': 'UTC', 'KUBECONFIG': box + '/none', 'HELM_PLUGINS': box + '/plugins', 'TALE': 'once'}, **more)


def call(words, stdin=b'', **more):
    p = subprocess.run([binary] + words, cwd=box, env=environment(**more), input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120 * slow)
    return p.returncode, p.stdout, p.stderr.decode('utf-8', 'replace')


def plugin(name, kind, entry, config, url):
    d = os.path.join(box, 'plugins', name)
    os.makedirs(d, exist_ok=True)
    with open(d + '/plugin.yaml', 'w') as f:
        f.write('''apiVersion: v1
name: %s
version: 0.1.0
type: %s
runtime: extism/v1
config: %s
runtimeConfig:
  entryFuncName: %s
  allowedHosts: [127.0.0.1]
  hostFunctions: [helm_render, helm_log]
  fileSystem: {createTempDir: true}
  config: {url: "%s"}
''' % (name, kind, config, entry, url))
    shutil.copy(modules + '/senses.wasm', d + '/plugin.wasm')


def program(name, kind, text, config='{}', protocols=''):
    d = os.path.join(box, 'plugins', name)
    os.makedirs(d, exist_ok=True)
    command = '[{command: "$HELM_PLUGIN_DIR/run.sh"}]'
    runtime = '{protocolCommands: [{protocols: [%s], platformCommand: [{command: run.sh}]}]}' % protocols if protocols else '{platformCommand: %s}' % command
    with open(d + '/plugin.yaml', 'w') as f:
        f.write('apiVersion: v1\nname: %s\nversion: 0.1.0\ntype: %s\nruntime: subprocess\nconfig: %s\nruntimeConfig: %s\n' % (name, kind, config, runtime))
    with open(d + '/run.sh', 'w') as f:
        f.write('#!/bin/sh\n' + text)
    os.chmod(d + '/run.sh', 0o755)


grants = ' '.join('plugin/%s:%s' % (n, g) for n in ('s-cli', 's-get', 's-pr', 's-missing')
                  for g in ('http=127.0.0.1', 'tempdir', 'host-function=helm_render', 'host-function=helm_log', 'env=TALE')) + ' plugin/p-pr:exec plugin/p-get:exec plugin/p-cli:exec'


def both(name, words, stdin=b'', random=True):
    """Runs twice (the outputs differ), once recorded, then replayed without anything that the recorded run had."""
    record = '%s/%s.rec' % (box, name)
    first = call(words, stdin, BULKHEAD_GRANTS=grants)
    made = call(['--record', record] + words if words[0].startswith('s-') else words + ['--record', record], stdin, BULKHEAD_GRANTS=grants)
    check(name + ' runs', first[0] == made[0], first, made)
    check(name + ' differs each time', not random or first[1] != made[1], first[1])
    check(name + ' has a private record', os.stat(record).st_mode & 0o777 == 0o600)
    return record, made


def replay(words, record, stdin=b'', **more):
    return call(['--replay', record] + words if words[0].startswith('s-') or words[0].startswith('p-') else words + ['--replay', record], stdin, **more)


def damaged(name, words, record):
    data = open(record, 'rb').read()
    bad = box + '/bad.rec'
    for n in (0, 10, len(data) // 3, len(data) - 1):
        open(bad, 'wb').write(data[:n])
        rc, out, err = replay(words, bad)
        check('%s cut at %d' % (name, n), rc == 1 and not out and err.startswith('Error: ') and err.count('\n') == 1, rc, out, err)
    for at in (5, 40, len(data) // 2, len(data) - 30, len(data) - 1):
        open(bad, 'wb').write(data[:at] + bytes([data[at] ^ 4]) + data[at + 1:])
        rc, out, err = replay(words, bad)
        check('%s changed at %d' % (name, at), rc == 1 and not out and 'is damaged' in err or 'not a record' in err, rc, out, err)


def main(port):
    url = 'http://127.0.0.1:%d/x?secret=hush' % port
    plugin('s-cli', 'cli/v1', 'cli', '{usage: s-cli}', url)
    plugin('s-get', 'getter/v1', 'getter', '{protocols: [tale]}', url)
    plugin('s-pr', 'postrenderer/v1', 'postrender', '{}', url)
    plugin('s-missing', 'postrenderer/v1', 'postrender', '{}', url.replace('/x', '/missing'))
    program('p-pr', 'postrenderer/v1', 'cat >/dev/null\necho told >&2\nprintf "kind: ConfigMap\\nmetadata: {name: p}\\ndata: {at: \'%s\'}\\n" "$(date +%N)"\n')
    program('p-get', 'getter/v1', 'printf "told: \'%s\'\\n" "$(date +%N)"\n', '{protocols: [prog]}', 'prog')
    program('p-cli', 'cli/v1', 'date +%N\n')
    os.makedirs(box + '/chart/templates')
    open(box + '/chart/Chart.yaml', 'w').write('apiVersion: v2\nname: chart\nversion: 0.1.0\n')
    open(box + '/chart/templates/a.yaml', 'w').write('kind: ConfigMap\nmetadata: {name: a}\ndata: {pw: {{ randAlphaNum 9 }}, told: {{ .Values.told | default "" | quote }}}\n')
    runs = {
        'cli': (['s-cli', 'a'], b'typed in\n'),
        'getter': (['template', 'x', 'chart', '-f', 'tale://store/values.yaml'], b''),
        'postrender': (['template', 'x', 'chart', '--post-renderer', 's-pr', '--post-renderer-args', 'q'], b''),
        'missing': (['template', 'x', 'chart', '--post-renderer', 's-missing'], b''),
        'program-pr': (['template', 'x', 'chart', '--post-renderer', 'p-pr'], b''),
        'program-get': (['template', 'x', 'chart', '-f', 'prog://x'], b''),
    }
    records = {}
    for name, (words, stdin) in runs.items():
        records[name] = both(name, words, stdin)
    program_cli = box + '/program-cli.rec'
    rc, out, err = call(['--record', program_cli, 'p-cli'], BULKHEAD_GRANTS=grants)
    check('program-cli records', rc == 0 and out, rc, out, err)
    denied = box + '/denied.rec'
    was_denied = call(['template', 'x', 'chart', '--post-renderer', 's-pr', '--record', denied])
    check('denied records', was_denied[0] == 1 and 'the guard denies' in was_denied[2], was_denied)
    return runs, records, program_cli, denied, was_denied


def after(runs, records, program_cli, denied, was_denied):
    """The server is gone, nothing is granted, and the plugins lie somewhere else."""
    requests = len(served)
    os.rename(box + '/plugins', box + '/moved')
    there = {'HELM_PLUGINS': box + '/moved', 'TALE': 'never', 'TZ': 'Asia/Kolkata'}
    for name, (words, stdin) in runs.items():
        record, made = records[name]
        for n in range(2):
            got = replay(words, record, **there)
            check('%s replays' % name, got[:2] == made[:2], got, made)
        check('%s says what it said' % name, name != 'cli' or ('hello' in got[2] and 'hello' in made[2]), got[2])
        ledger = '%s/%s.jsonl' % (box, name)
        call(['--ledger', ledger, '--replay', record] + words if name == 'cli' else words + ['--ledger', ledger, '--replay', record], **there)
        lines = [json.loads(l) for l in open(ledger)]
        check('%s: its ledger' % name, lines[-1]['type'] == 'end' and all(l['rule'] == 'the record of an earlier run' for l in lines if l['type'] == 'decision' and 'plugin' in l),
              [l for l in lines if l['type'] == 'decision'])
        check('%s: nothing secret in the ledger' % name, 'hush' not in open(ledger).read())
    check('nobody was asked', len(served) == requests, served[requests:])
    rc, out, err = replay(['p-cli'], program_cli, **there)
    check('a program that is a command', rc == 1 and not out and 'is in no record' in err and 'replay: ' in err, rc, out, err)
    rc, out, err = replay(['template', 'x', 'chart', '--post-renderer', 's-pr'], denied, **there)
    check('a denied run is denied again', rc == 1 and not out and 'the guard denies' in err and err == was_denied[2], err, was_denied[2])
    shutil.copytree(box + '/moved', box + '/plugins')
    for name in ('cli', 'postrender'):
        damaged(name, runs[name][0], records[name][0])
    differences(runs, records)


def differences(runs, records):
    def refused(name, words, record, *texts):
        rc, out, err = replay(words, record)
        check(name, rc == 1 and out in (b'', b'typed in\n') and all(t in err for t in texts) and err.count('Error: ') == 1, rc, out, err)

    words, record = runs['postrender'][0], records['postrender'][0]
    refused('another argument', words[:-1] + ['z'], record, 'replay: step ', 'calls the plugin s-pr 0.1.0 (postrenderer/v1, postrender; sha256:', ' with another input')
    refused('another plugin', words[:4] + ['s-missing'], record, 'the record has the plugin s-pr 0.1.0', 'this run calls the plugin s-missing 0.1.0')
    refused('no plugin', words[:3], record, 'replay: step 2 differs')
    with open(box + '/plugins/s-pr/plugin.yaml', 'a') as f:
        f.write('sourceURL: https://example.com\n')
    refused('the plugin with other content', words, record, 'the record has the plugin s-pr 0.1.0', 'this run calls the plugin s-pr 0.1.0')
    shutil.rmtree(box + '/plugins/s-pr')
    refused('the plugin is gone', words, record, 'not found')
    # A record of another run of the same plugin: it asks for something else. Only who forges one can make that happen.
    words, record = runs['cli'][0], records['cli'][0]
    data = open(record, 'rb').read()
    forged = data[:-40].replace(b'random numbers by', b'random letters by', 1)
    open(box + '/forged.rec', 'wb').write(forged + data[-40:-32] + hashlib.sha256(forged).digest())
    refused('another request', words, box + '/forged.rec', 'replay: step ', 'the record has random letters by the plugin s-cli, this run asks for random numbers by the plugin s-cli')
    forged = data[:-40].replace(b'hush', b'loud', 1)
    open(box + '/forged.rec', 'wb').write(forged + data[-40:-32] + hashlib.sha256(forged).digest())
    refused('other arguments', words, box + '/forged.rec', 'this run asks for http of GET http://127.0.0.1:', '/x by the plugin s-cli, with other arguments')
    refused('another command', ['s-cli', 'b'], record, 'with another input')
    check('the request is in the record, its secret too', b'secret=hush' in data)


os.makedirs(box + '/home')
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Server)
thread = threading.Thread(target=server.serve_forever, daemon=True)
thread.start()
try:
    try:
        state = main(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
    after(*state)
finally:
    shutil.rmtree(box, ignore_errors=True)
tally('plugin-replay')
