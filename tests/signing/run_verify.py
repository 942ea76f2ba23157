#!/usr/bin/env python3
"""--verify wherever a chart is named: run_verify.py BINARY [--helm HELM]

Charts on disk, in a repository on loopback, as dependencies; signed, unsigned, exchanged. With --helm its answers are compared. Ends with
'verify: N passed, N failed, N skipped'."""
import argparse, functools, hashlib, http.server, json, os, shutil, sys, threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from box import Suite, Keys, chart, one_line, read, write

ap = argparse.ArgumentParser()
ap.add_argument('binary')
ap.add_argument('--helm')
a = ap.parse_args()
s = Suite('verify', a.binary, a.helm)
check, run = s.check, s.run
if not shutil.which('gpg'):
    s.skip('keys', 'gpg is not installed')
    sys.exit(s.end())
if run('pull', '--help')[0]:
    s.skip('all', 'this program has no pull')
    sys.exit(s.end())
keys = Keys(s)
public, secret = keys.make('Rita', 'rsa2048')
stranger, _ = keys.make('Edda', 'ed25519')
served = s.folder()


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Handler, directory=served))
threading.Thread(target=server.serve_forever, daemon=True).start()
url = 'http://127.0.0.1:%d' % server.server_address[1]


def package(name, to, sign=True, version='1.0.0', **more):
    folder = chart(s.folder() + '/' + name, name, version, **more)
    rc, out, err = run('package', folder, '-d', to, *(['--sign', '--key', 'Rita', '--keyring', secret] if sign else []), SOURCE_DATE_EPOCH='1700000000')
    assert rc == 0, err
    return to + '/%s-%s.tgz' % (name, version)


web, bare = package('web', served), package('bare', served, sign=False)
changed = package('changed', served)
write(changed, read(bare))
other = package('other', served)
shutil.copy(web, other)
shutil.copy(web + '.prov', other + '.prov')
entries = {}
for name in ('web', 'bare', 'changed', 'other'):
    entries[name] = [{'apiVersion': 'v2', 'name': name, 'version': '1.0.0', 'urls': ['%s/%s-1.0.0.tgz' % (url, name)], 'digest': hashlib.sha256(read('%s/%s-1.0.0.tgz' % (served, name))).hexdigest()}]
write(served + '/index.yaml', json.dumps({'apiVersion': 'v1', 'entries': entries}))


def homes(*args, cwd=None):
    """The answers of both, each in a home of its own that knows the repository."""
    answers = []
    for program in [s.binary] + ([s.helm] if s.helm else []):
        home = s.folder()
        run('repo', 'add', 'test', url, program=program, HOME=home)
        answers.append(run(*args, program=program, HOME=home, cwd=cwd() if cwd else home))
        if program == s.binary:
            ours = answers[0], home, list(s.log)
    s.log = ours[2]
    return answers, ours[1]


def both(name, *args, cwd=None):
    answers, home = homes(*args, cwd=cwd)
    if s.helm:
        check(name + ' as helm', answers[0] == answers[1], answers[1], answers[0])
    return answers[0], home


# ---- charts on disk, and from a repository ----
for how, ref in (('disk', lambda n: '%s/%s-1.0.0.tgz' % (served, n)), ('repository', lambda n: 'test/' + n), ('url', lambda n: '%s/%s-1.0.0.tgz' % (url, n))):
    for command in (['template', 'x'], ['show', 'chart']):
        label = '%s/%s' % (command[0], how)
        (rc, out, err), _ = both(label, *command, ref('web'), '--verify', '--keyring', public)
        check(label, rc == 0 and err == '', out, err)
        check(label + '/what it says and what not', len(s.log) == 2 and 'signer="Rita <rita@a.example>"' in s.log[0] and '"not vouched for"' in s.log[1], s.log)
        (rc, out, err), _ = both(label + '/another key', *command, ref('web'), '--verify', '--keyring', stranger)
        check(label + '/another key', rc == 1 and 'signature made by unknown entity' in err and out == '', out, err)
        (rc, out, err), _ = both(label + '/no keyring', *command, ref('web'), '--verify', '--keyring', 'nosuch')
        check(label + '/no keyring', rc == 1 and 'failed to load keyring' in err, err)
        (rc, out, err), _ = both(label + '/CVE-2026-35205', *command, ref('bare'), '--verify', '--keyring', public)
        check(label + '/CVE-2026-35205', rc == 1 and 'provenance' in err and out == '', out, err)
        (rc, out, err), _ = homes(*command, ref('changed'), '--verify', '--keyring', public)[0][0], None
        check(label + '/other bytes', rc == 1 and out == '' and one_line(err), out, err)
        (rc, out, err), _ = homes(*command, ref('other'), '--verify', '--keyring', public)[0][0], None
        check(label + '/another name', rc == 1 and out == '' and one_line(err), out, err)
folder = chart(s.folder() + '/plain', 'plain')
(rc, out, err), _ = both('a folder', 'template', 'x', folder, '--verify', '--keyring', public)
check('a folder', rc == 1 and 'unpacked charts cannot be verified' in err, err)

# ---- pull ----
(rc, out, err), home = both('pull', 'pull', 'test/web', '--verify', '--keyring', public)
check('pull', rc == 0 and out.startswith('Signed by: Rita') and out.endswith('Chart Hash Verified: sha256:%s\n' % hashlib.sha256(read(web)).hexdigest()), out, err)
for name in ('bare', 'changed', 'other'):
    (rc, out, err), home = homes('pull', 'test/' + name, '--verify', '--keyring', public)[0][0], None
    check('pull/' + name, rc == 1 and 'Signed by' not in out and one_line(err), out, err)
home = s.folder()
run('repo', 'add', 'test', url, HOME=home)
work = s.folder()
rc, out, err = run('pull', 'test/bare', '--verify', '--keyring', public, HOME=home, cwd=work)
check('pull/CVE-2026-35205: nothing is left', rc == 1 and os.listdir(work) == [], os.listdir(work), err)
rc, out, err = run('pull', 'test/web', '--verify', '--keyring', public, '--untar', HOME=home, cwd=work)
check('pull/--untar', rc == 0 and os.path.exists(work + '/web/Chart.yaml'), out, err)


# ---- dependencies: all of them, wherever they come from ----
def parent(*names):
    to = s.folder()
    chart(to, 'parent', extra='dependencies:\n' + ''.join('- {name: %s, version: 1.0.0, repository: "%s"}\n' % (n, url) for n in names))
    return to


for task in ('update', 'build'):
    for names, good in ((['web'], True), (['web', 'bare'], False), (['web', 'changed'], False)):
        label = 'dependency %s/%s' % (task, '+'.join(names))
        made = []
        answers, home = homes('dependency', task, '.', '--verify', '--keyring', public, cwd=lambda: made.append(parent(*names)) or made[-1])
        rc, out, err = answers[0]
        there = sorted(os.listdir(made[0] + '/charts')) if os.path.isdir(made[0] + '/charts') else []
        check(label, (rc == 0) == good and (good or there == []), rc, out, err, there)
        if s.helm and not (task == 'build' and 'bare' in names):  # helm warns there, and goes on
            check(label + ' as helm', (answers[1][0] == 0) == good, answers[1])

# ---- exchanged between the check and its use ----
# (The guard takes the digest again when the archive is read; tests/unit holds it to that.)

# ---- a signer in a policy; the ledger ----
asks = chart(s.folder() + '/asks', 'asks')
write(asks + '/templates/r.yaml', 'a: {{ randAlpha 4 }}\n')
to = s.folder()
run('package', asks, '-d', to, '--sign', '--key', 'Rita', '--keyring', secret)
packed = to + '/asks-1.0.0.tgz'
fingerprint = [l for l in run('verify', packed, '--keyring', public)[1].split('\n') if 'Fingerprint' in l][0].split(': ')[1]
for who in (fingerprint, 'Rita <rita@a.example>'):
    policy = write(s.box + '/policy.yaml', json.dumps({'version': 1, 'profile': 'strict', 'rules': [{'signer': who, 'chart': '**', 'allow': ['seed']}]}))
    rc, out, err = run('template', 'x', packed, '--policy', policy)
    check('policy/an unknown signer is refused', rc == 1, out, err)
    rc, out, err = run('template', 'x', packed, '--policy', policy, '--verify', '--keyring', public)
    if 'policy.yaml' in err and 'version' in err:
        s.skip('policy/' + who, err.strip())
    else:
        check('policy/the signer may', rc == 0, out, err)
ledger = s.box + '/ledger'
rc, out, err = run('template', 'x', packed, '--verify', '--keyring', public, '--ledger', ledger)
lines = [json.loads(l) for l in read(ledger).decode().split('\n') if l]
signed = [l for l in lines if l['type'] == 'signature']
check('ledger', len(signed) == 1 and signed[0]['how'] == 'openpgp' and signed[0]['signers'] == [fingerprint, 'Rita <rita@a.example>'] and signed[0]['digest'] == 'sha256:' + hashlib.sha256(read(packed)).hexdigest(), signed)

# ---- statements of capabilities ----
asking = chart(s.folder() + '/asking', 'asking')
write(asking + '/templates/p.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: {name: "{{ .Release.Name }}-p"}\nspec:\n  containers:\n  - {name: c, image: "{{ .Values.image | default "a/b" }}", securityContext: {privileged: {{ eq (int .Values.a) 2 }}}}\n')
to = s.folder()
run('package', asking, '-d', to, '--sign', '--key', 'Rita', '--keyring', secret, '--capabilities')
stated = to + '/asking-1.0.0.tgz'
verified = ['template', 'mine', stated, '--verify', '--keyring', public]
rc, out, err = run(*verified)
check('capabilities/kept to', rc == 0 and 'mine-p' in out, out, err)
rc, out, err = run(*verified, '--set', 'image=c/d:2')
check('capabilities/another image by value', rc == 0 and 'c/d:2' in out, out, err)
rc, out, err = run(*verified, '--set', 'a=2')
check('capabilities/a privilege by value', rc == 1 and out == '' and 'asks for more than its signed statement: privileges privileged Pod release-name-p' in err and one_line(err), out, err)
if run('install', '--help')[0] == 0:
    memory = {'HELM_DRIVER': 'memory', 'KUBECONFIG': s.box + '/none'}
    rc, out, err = run('install', 'mine', stated, '--dry-run=client', '--verify', '--keyring', public, **memory)
    check('capabilities/install', rc == 0 and 'mine-p' in out, out, err)
    rc, out, err = run('install', 'mine', stated, '--dry-run=client', '--verify', '--keyring', public, '--set', 'a=2', **memory)
    check('capabilities/install refuses', rc == 1 and 'asks for more than its signed statement' in err and 'mine-p' not in out, out, err)
    rc, out, err = run('install', 'mine', served + '/bare-1.0.0.tgz', '--dry-run=client', '--verify', '--keyring', public, **memory)
    check('install/CVE-2026-35205', rc == 1 and 'provenance' in err, out, err)
rc, out, err = run('template', 'mine', stated, '--set', 'a=2')
check('capabilities/nobody looks without --verify', rc == 0, err)
# The packer's word, signed, says less than the chart asks for.
text = read(stated + '.prov').decode()
body = text.split('\n\n', 1)[1].split('-----BEGIN PGP SIGNATURE')[0].replace('docker.io/a/b', 'docker.io/x/y')
write(stated + '.prov', keys.clearsign('Rita', body.encode()))
rc, out, err = run(*verified)
check('capabilities/a statement that says less', rc == 1 and 'with its default values, asks for more' in err and 'images docker.io/a/b' in err, out, err)
write(stated + '.prov', keys.clearsign('Rita', body.replace('"format": 1', '"format": 9').encode()))
rc, out, err = run(*verified)
check('capabilities/a form of tomorrow', rc == 1 and 'of a form that this version does not know' in err, err)

server.shutdown()
keys.close()
sys.exit(s.end())
