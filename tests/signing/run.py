#!/usr/bin/env python3
"""Signed charts and plugins: run.py BINARY [--helm HELM]

Keys of every kind from gpg (skipped without it): `package --sign`, `plugin package`, `verify`, and what must be refused. With --helm each archive that we signed
is checked by the real helm as well, the other way round, and messages are compared. Ends with 'signing: N passed, N failed, N skipped'."""
import argparse, gzip, hashlib, io, json, os, pty, re, select, shutil, subprocess, sys, tarfile, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from box import Suite, Keys, chart, one_line, read, write

ap = argparse.ArgumentParser()
ap.add_argument('binary')
ap.add_argument('--helm')
a = ap.parse_args()
s = Suite('signing', a.binary, a.helm)
check, run = s.check, s.run
KINDS = [('Rita', 'rsa2048', ''), ('Rolf', 'rsa3072', 'secret words'), ('Dora', 'dsa2048', ''), ('Eve', 'nistp256', ''), ('Eva', 'nistp521', 'secret words'), ('Edda', 'ed25519', '')]


def both(name, *args, **more):
    """Exit code and messages of helm, when there is one, beside ours."""
    rc, out, err = run(*args, **more)
    if s.helm:
        want = run(*args, program=s.helm, **more)
        check(name + ' as helm', (rc, out, err) == want, want, (rc, out, err))
    return rc, out, err


web = chart(s.box + '/web')

# ---- what needs no key ----
rc, out, err = both('sign/no key named', 'package', web, '--sign')
check('sign/no key named', rc == 1 and err == 'Error: --key is required for signing a package\n', err)
rc, out, err = both('sign/no keyring', 'package', web, '--sign', '--key', 'x', '--keyring', 'nosuch')
check('sign/no keyring', rc == 1 and err == 'Error: open nosuch: no such file or directory\n' and (s.helm or not os.path.exists(s.box + '/web-1.0.0.tgz')), err)
for path in ('web-1.0.0.tgz', 'web-1.0.0.tgz.prov'):
    if os.path.exists(s.box + '/' + path):
        os.remove(s.box + '/' + path)
rc, out, err = run('package', web, '--sign', '--key', 'x', '--keyring', write(s.box + '/none', 'no keys here'))
check('sign/a keyring that is none', rc == 1 and one_line(err) and not os.path.exists(s.box + '/web-1.0.0.tgz'), err)

if not shutil.which('gpg'):
    s.skip('keys', 'gpg is not installed')
    sys.exit(s.end())
keys = Keys(s)

# ---- every kind of key ----
for name, kind, phrase in KINDS:
    public, secret = keys.make(name, kind, phrase)
    phrase_file = write(s.box + '/phrase', phrase + '\n')
    to = s.folder()
    args = ['--sign', '--key', name, '--keyring', secret, '--passphrase-file', phrase_file]
    rc, out, err = run('package', web, *args, '-d', to)
    archive = to + '/web-1.0.0.tgz'
    check('sign/' + kind, rc == 0 and out == 'Successfully packaged chart and saved it to: %s\n' % archive and sorted(os.listdir(to)) == ['web-1.0.0.tgz', 'web-1.0.0.tgz.prov'], rc, out, err)
    digest = hashlib.sha256(read(archive)).hexdigest()
    rc, out, err = run('verify', archive, '--keyring', public)
    want = 'Signed by: %s <%s@a.example>\n' % (name, name.lower())
    check('verify/' + kind, rc == 0 and out.startswith(want) and out.endswith('Chart Hash Verified: sha256:%s\n' % digest), rc, out, err)
    text = read(archive + '.prov').decode()
    check('prov/' + kind, text.startswith('-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\napiVersion: v2\n') and '\r' not in text and
          '\n...\nfiles:\n  web-1.0.0.tgz: sha256:%s\n' % digest in text and text.endswith('-----END PGP SIGNATURE-----'), text)
    if s.helm:
        theirs = run('verify', archive, '--keyring', public, program=s.helm)
        check('helm verifies ours/' + kind, theirs == (rc, out, err), theirs, out)
        to = s.folder()
        theirs = run('package', web, *args, '-d', to, program=s.helm)
        if theirs[0] == 0:
            rc, out, err = run('verify', to + '/web-1.0.0.tgz', '--keyring', public)
            check('we verify helm\'s/' + kind, rc == 0 and out.startswith(want), rc, out, err)
            their_text = read(to + '/web-1.0.0.tgz.prov').decode()
            check('the same text/' + kind, their_text.split('files:')[0] == text.split('files:')[0], their_text, text)
        else:
            s.skip('helm signs/' + kind, theirs[2].strip())

# ---- the terminal, wrong and missing phrases ----
_, secret = keys.export('Rolf', 'secret words')


def at_terminal(typed, *args):
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(s.box)
        os.execve(s.binary, [s.binary, *args], {'PATH': os.environ['PATH'], 'HOME': s.home})
    shown, sent, deadline = b'', False, time.time() + 120
    while time.time() < deadline:
        if not select.select([fd], [], [], 1)[0]:
            continue
        try:
            piece = os.read(fd, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        if not sent and b'> ' in shown:
            time.sleep(0.3)
            os.write(fd, typed)
            sent = True
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


to = s.folder()
rc, shown = at_terminal(b'secret words\n', 'package', web, '--sign', '--key', 'Rolf', '--keyring', secret, '-d', to)
check('terminal/asks, and shows nothing of it', rc == 0 and 'Password for key "Rolf <rolf@a.example>" >  ' in shown and 'secret' not in shown and len(os.listdir(to)) == 2, rc, shown)
to = s.folder()
rc, shown = at_terminal(b'wrong\n', 'package', web, '--sign', '--key', 'Rolf', '--keyring', secret, '-d', to)
check('terminal/wrong', rc == 1 and 'private key checksum failure' in shown and os.listdir(to) == [], rc, shown)
for name, args, stdin, words in (('file', ['--passphrase-file', write(s.box + '/wrong', 'wrong\n')], None, 'checksum failure'), ('no file', ['--passphrase-file', 'nosuch'], None, 'open nosuch'),
                                 ('empty', ['--passphrase-file', write(s.box + '/empty', '')], None, 'EOF'), ('pipe', ['--passphrase-file', '-'], b'wrong\n', 'checksum failure')):
    to = s.folder()
    rc, out, err = run('package', web, '--sign', '--key', 'Rolf', '--keyring', secret, '-d', to, *args, stdin=stdin)
    check('phrase/' + name, rc == 1 and words in err and os.listdir(to) == [], rc, err)
to = s.folder()
other = chart(s.box + '/other', 'other')
rc, out, err = run('package', web, other, '--sign', '--key', 'Rolf', '--keyring', secret, '-d', to, '--passphrase-file', '-', stdin=b'secret words\n')
check('phrase/read once for two charts', rc == 0 and len(os.listdir(to)) == 4, rc, err)

# ---- keys that are no longer good ----
public, secret = keys.make('Olga', 'rsa2048', expire='1d', at='20200101T000000')
rc, out, err = run('package', web, '--sign', '--key', 'Olga', '--keyring', secret, '-d', s.folder())
check('expired/does not sign', rc == 1 and err == 'Error: openpgp: key expired\n', err)
good = s.folder()
run('package', web, '-d', good)
archive = good + '/web-1.0.0.tgz'
digest = hashlib.sha256(read(archive)).hexdigest()
text = ('apiVersion: v2\nname: web\nversion: 1.0.0\n\n...\nfiles:\n  web-1.0.0.tgz: sha256:%s\n' % digest).encode()
write(archive + '.prov', keys.clearsign('Olga', text, at='20200101T120000'))
rc, out, err = both('expired', 'verify', archive, '--keyring', public)
check('expired/does not verify', rc == 1 and err == 'Error: openpgp: key expired\n', err)
keys.make('Rene', 'rsa2048')
write(archive + '.prov', keys.clearsign('Rene', text))
public, secret = keys.revoke('Rene')
rc, out, err = both('revoked', 'verify', archive, '--keyring', public)
check('revoked/does not verify', rc == 1 and err == 'Error: openpgp: signature made by revoked key\n', err)
rc, out, err = run('package', web, '--sign', '--key', 'Rene', '--keyring', secret, '-d', s.folder())
check('revoked/does not sign', rc == 1 and err == 'Error: openpgp: key revoked\n', err)

# ---- what does not fit ----
public, secret = keys.export('Rita')
stranger, _ = keys.export('Edda')
write(archive + '.prov', keys.clearsign('Rita', text))
rc, out, err = both('good', 'verify', archive, '--keyring', public)
check('good', rc == 0, err)
rc, out, err = run('verify', archive, '--keyring', public)
check('good/what it says and what not', len(s.log) == 2 and 'signer="Rita <rita@a.example>"' in s.log[0] and '"not vouched for"="what they do' in s.log[1], s.log)
rc, out, err = both('another key', 'verify', archive, '--keyring', stranger)
check('another key', rc == 1 and 'signature made by unknown entity' in err, err)
renamed = shutil.copy(archive, s.folder() + '/other-1.0.0.tgz')
shutil.copy(archive + '.prov', renamed + '.prov')
rc, out, err = both('another name', 'verify', renamed, '--keyring', public)
check('another name', rc == 1 and 'does not contain a SHA for a file named' in err, err)
changed = write(s.folder() + '/web-1.0.0.tgz', read(archive) + b'x')
rc, out, err = both('no provenance', 'verify', changed, '--keyring', public)
check('no provenance', rc == 1 and 'could not load provenance file' in err, err)
shutil.copy(archive + '.prov', changed + '.prov')
rc, out, err = both('other bytes', 'verify', changed, '--keyring', public)
check('other bytes', rc == 1 and 'sha256 sum does not match' in err, err)
write(changed + '.prov', read(archive + '.prov').replace(b'version: 1.0.0', b'version: 1.0.1'))
rc, out, err = run('verify', changed, '--keyring', public)
check('another text', rc == 1 and 'invalid signature' in err, err)
for name, bad in (('empty', b''), ('no signature', b'hello'), ('binary', bytes(range(256)) * 9), ('cut', read(archive + '.prov')[:400]), ('huge', b'-----BEGIN PGP SIGNED MESSAGE-----\n' + b'a' * (9 << 20))):
    write(archive + '.prov', bad)
    rc, out, err = run('verify', archive, '--keyring', public)
    check('damaged/' + name, rc == 1 and one_line(err), err)

# ---- plugins ----
plugin = s.box + '/plugin'
write(plugin + '/plugin.yaml', 'apiVersion: v1\nname: demo\nversion: 1.2.3\ntype: cli/v1\nruntime: subprocess\nsourceURL: https://a.example/demo\nconfig: {usage: demo, shortHelp: s}\nruntimeConfig:\n  platformCommand: [{command: $HELM_PLUGIN_DIR/bin/run.sh, args: [a]}]\n')
write(plugin + '/bin/run.sh', '#!/bin/sh\necho hi\n')
os.chmod(plugin + '/bin/run.sh', 0o755)
os.makedirs(plugin + '/empty')
to = s.folder()
rc, out, err = run('plugin', 'package', plugin, '--key', 'Rita', '--keyring', secret, '-d', to)
packed = to + '/demo-1.2.3.tgz'
check('plugin/package', rc == 0 and out == 'Successfully signed. Signature written to: %s.prov\nSuccessfully packaged plugin and saved it to: %s\n' % (packed, packed), rc, out, err)
entries = [(m.name, m.mode, m.isdir(), m.uid, m.mtime) for m in tarfile.open(packed).getmembers()]
check('plugin/entries', entries == [('demo', 0o755, True, 0, 315532800), ('demo/bin', 0o755, True, 0, 315532800), ('demo/bin/run.sh', 0o755, False, 0, 315532800),
                                    ('demo/empty', 0o755, True, 0, 315532800), ('demo/plugin.yaml', 0o644, False, 0, 315532800)], entries)
rc, out, err = both('plugin/verify', 'plugin', 'verify', packed, '--keyring', public)
check('plugin/verify', rc == 0 and out.startswith('Signed by: Rita'), out, err)
first = read(packed)
os.utime(plugin + '/plugin.yaml', (1, 1))
run('plugin', 'package', plugin, '--sign=false', '-d', to)
check('plugin/the same bytes again', read(packed) == first)
run('plugin', 'package', plugin, '--sign=false', '-d', to, SOURCE_DATE_EPOCH='1700000000')
check('plugin/SOURCE_DATE_EPOCH', {m.mtime for m in tarfile.open(packed).getmembers()} == {1700000000})
if s.helm:
    theirs = s.folder()
    run('plugin', 'package', plugin, '--key', 'Rita', '--keyring', secret, '-d', theirs, program=s.helm)
    check('plugin/the same provenance', read(theirs + '/demo-1.2.3.tgz.prov').split(b'files:')[0] == read(packed + '.prov').split(b'files:')[0], read(theirs + '/demo-1.2.3.tgz.prov'), read(packed + '.prov'))
    check('plugin/the same entries', [e[:3] for e in entries] == [(m.name, m.mode, m.isdir()) for m in tarfile.open(theirs + '/demo-1.2.3.tgz').getmembers()])
    to = s.folder()
    run('plugin', 'package', plugin, '--key', 'Rita', '--keyring', secret, '-d', to)
    home = s.folder()
    rc, out, err = run('plugin', 'install', to + '/demo-1.2.3.tgz', '--keyring', public, program=s.helm, HOME=home)
    check('plugin/helm installs ours', rc == 0 and 'Installed plugin: demo' in out, out, err)
home = s.folder()
to = s.folder()
run('plugin', 'package', plugin, '--key', 'Rita', '--keyring', secret, '-d', to)
rc, out, err = run('plugin', 'install', to + '/demo-1.2.3.tgz', '--keyring', public, '--grant-requested', HOME=home)
check('plugin/install', rc == 0 and 'Installed plugin: demo' in out, out, err)
for name, args in (('no keyring', ['package', plugin, '--key', 'x', '--keyring', 'nosuch']), ('no key', ['package', plugin, '--keyring', secret]), ('no such key', ['package', plugin, '--key', 'Zoe', '--keyring', secret]),
                   ('no folder', ['package', 'nosuch']), ('a file', ['package', packed]), ('no plugin', ['package', web])):
    rc, out, err = both('plugin/' + name, 'plugin', *args)
    check('plugin/' + name, rc == 1 and one_line(err) and not os.path.exists(s.box + '/demo-1.2.3.tgz'), err)
os.symlink('/etc/passwd', plugin + '/link')
to = s.folder()
rc, out, err = run('plugin', 'package', plugin, '--sign=false', '-d', to)
check('plugin/a link', rc == 1 and 'symbolic link' in err and os.listdir(to) == [], err)
os.remove(plugin + '/link')
os.mkfifo(plugin + '/pipe')
rc, out, err = run('plugin', 'package', plugin, '--sign=false', '-d', to)
check('plugin/a pipe', rc == 1 and 'neither a file nor a folder' in err and os.listdir(to) == [], err)


# ---- statements of capabilities ----
asking = chart(s.box + '/asking', 'asking')
write(asking + '/templates/p.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: {name: "{{ .Release.Name }}-p"}\nspec:\n  containers:\n  - {name: c, image: a/b, securityContext: {privileged: {{ eq (int .Values.a) 2 }}}}\n')
to = s.folder()
rc, out, err = run('package', asking, '--sign', '--key', 'Rita', '--keyring', secret, '--capabilities', '-d', to)
stated = to + '/asking-1.0.0.tgz'
text = read(stated + '.prov').decode() if rc == 0 else ''
check('capabilities/stated', rc == 0 and '"capabilities": {' in text and '"image": "docker.io/a/b:latest"' in text.replace('a/b"', 'a/b:latest"') and '\n...\nfiles:\n  asking-1.0.0.tgz: sha256:' in text, err, text)
rc, out, err = both('capabilities/verify', 'verify', stated, '--keyring', public)
check('capabilities/verify', rc == 0, err)
rc, out, err = run('verify', stated, '--keyring', public)
check('capabilities/told', 'capabilities="stated"' in s.log[0], s.log)
write(stated + '.prov', text.replace('"privileges": []', '"privileges": [{"privilege": "privileged", "kind": "Pod", "name": "release-name-p"}]'))
rc, out, err = run('verify', stated, '--keyring', public)
check('capabilities/covered by the signature', rc == 1 and 'invalid signature' in err, err)
write(stated + '.prov', text)
rc, out, err = run('package', asking, '--capabilities', '-d', s.folder())
check('capabilities/unsigned', rc == 1 and '--capabilities goes with --sign' in err, err)
broken = chart(s.box + '/broken', 'broken')
write(broken + '/templates/p.yaml', '{{ required "say what" .Values.nothing }}')
to = s.folder()
rc, out, err = run('package', broken, '--sign', '--key', 'Rita', '--keyring', secret, '--capabilities', '-d', to)
check('capabilities/a chart that does not render', rc == 1 and 'does not render with its default values' in err and one_line(err) and os.listdir(to) == [], err)

# ---- plugin inspect -o json ----
rc, out, err = run('plugin', 'inspect', packed, '--keyring', public, '-o', 'json')
seen = json.loads(out) if rc == 0 else {}
check('inspect/json', seen.get('name') == 'demo' and seen['runtime'] == 'subprocess' and seen['requests'][0]['grant'] == 'exec' and seen['requests'][0]['allowed'] is False and
      seen['runs'][0]['command'] == '$HELM_PLUGIN_DIR/bin/run.sh' and 'folder' not in seen and seen['signature'].startswith('Not signed'), out, err)
rc, out, err = run('plugin', 'inspect', packed, '-o', 'xml')
check('inspect/no such format', rc == 1 and one_line(err), err)

# CVE-2026-35205: a provenance file that is not there is no signature, whoever asks
bare = shutil.copy(archive, s.folder() + '/web-1.0.0.tgz')
bare_plugin = shutil.copy(packed, s.folder() + '/demo-1.2.3.tgz')
for name, args in (('verify', ['verify', bare, '--keyring', public]), ('plugin verify', ['plugin', 'verify', bare_plugin, '--keyring', public]),
                   ('plugin install', ['plugin', 'install', bare_plugin, '--keyring', public, '--grant-requested'])):
    home = s.folder()
    rc, out, err = run(*args, HOME=home)
    check('CVE-2026-35205/' + name, rc == 1 and 'prov' in err and not os.path.exists(home + '/.local/share/helm/plugins/demo'), err)

# CVE-2026-35204: the version of a signed plugin names no place
evil = s.folder()
write(evil + '/plugin.yaml', read(plugin + '/plugin.yaml').replace(b'version: 1.2.3', b'version: ../../x'))
to = s.folder()
rc, out, err = run('plugin', 'package', evil, '--sign=false', '-d', to)
check('CVE-2026-35204/plugin package', rc == 1 and 'version' in err and os.listdir(to) == [], err)

keys.close()
sys.exit(s.end())
