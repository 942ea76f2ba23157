#!/usr/bin/env python3
"""Plugins come, change and go: run.py BINARY [--helm HELM]

Whole programs in made-up homes: archives (good, hostile, signed), a web server on loopback, git repositories, runs that are killed. With --helm the
messages of the real helm are compared as well. Ends with 'plugin-life: N passed, N failed', and how many were skipped."""
import argparse, errno, gzip, http.server, io, json, os, pty, random, re, select, shutil, signal, subprocess, sys, tarfile, tempfile, threading, time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from suite import check, skip, tally

ap = argparse.ArgumentParser()
ap.add_argument('binary')
ap.add_argument('--helm')
a = ap.parse_args()
binary = os.path.abspath(a.binary)
box = tempfile.mkdtemp(prefix='bulkhead-plugin-life.')

YAML = '''apiVersion: v1
name: %s
version: %s
type: cli/v1
runtime: subprocess
config:
  usage: "%s"
  shortHelp: a test
runtimeConfig:
  platformCommand:
    - command: "$HELM_PLUGIN_DIR/run.sh"
'''
HOOK = '''  platformHooks:
    %s:
      - command: sh
        args: ["-c", "%s"]
'''
SCRIPT = '#!/bin/sh\necho ran "$@"\n'


class Home:
    def __init__(self, program=binary):
        self.path = tempfile.mkdtemp(dir=box)
        self.program = program
        self.env = {'PATH': os.environ['PATH'], 'HOME': self.path, 'LANG': 'C.UTF-8', 'GIT_CONFIG_NOSYSTEM': '1'}
        self.plugins = self.path + '/.local/share/helm/plugins'

    def run(self, *args, **more):
        p = subprocess.run([self.program, *args], cwd=box, env={**self.env, **more}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
        return p.returncode, p.stdout.decode('utf-8', 'replace'), p.stderr.decode('utf-8', 'replace')

    def left(self):
        """What lies in the folder of plugins, whatever it is called."""
        return sorted(os.listdir(self.plugins)) if os.path.isdir(self.plugins) else []


def tgz(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT) as t:
        for e in entries:
            if isinstance(e, tarfile.TarInfo):
                t.addfile(e)
                continue
            name, data = e[0], e[1].encode() if isinstance(e[1], str) else e[1]
            i = tarfile.TarInfo(name)
            i.size, i.mode = len(data), e[2] if len(e) > 2 else 0o644
            t.addfile(i, io.BytesIO(data))
    return gzip.compress(out.getvalue(), 1, mtime=0)


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.write(data.encode() if isinstance(data, str) else data)
    return path


def good(name='demo', version='1.2.3', extra='', folder=None):
    folder = name if folder is None else folder
    at = folder + '/' if folder else ''
    return [(at + 'plugin.yaml', YAML % (name, version, name) + extra), (at + 'run.sh', SCRIPT, 0o755)]


def archive(entries, file='demo-1.2.3.tgz'):
    return write(tempfile.mkdtemp(dir=box) + '/' + file, tgz(entries))


def special(name, kind, target=''):
    i = tarfile.TarInfo(name)
    i.type, i.linkname = kind, target
    return i


def one_line(err):
    lines = [l for l in err.split('\n') if l and not l.startswith('level=')]
    return len(lines) == 1 and lines[0].startswith('Error: ')


UNSIGNED = ['--verify=false', '--grant-requested']

# ---- the way of a plugin ----
h = Home()
path = archive(good(extra=HOOK % ('install', 'echo hooked; touch $HELM_PLUGIN_DIR/made')))
rc, out, err = h.run('plugin', 'install', path)
check('install/needs a signature', rc == 1 and 'no provenance file (.prov) found' in err and h.left() == [], rc, out, err, h.left())
rc, out, err = h.run('plugin', 'install', path, '--verify=false')
check('install/needs agreement', rc == 1 and 'asks for exec' in err and '--grant-requested' in err and h.left() == [], rc, out, err, h.left())
rc, out, err = h.run('plugin', 'install', path, *UNSIGNED)
check('install/archive', rc == 0 and 'hooked\n' in out and out.endswith('Installed plugin: demo\n') and h.left() == ['demo', 'demo-1.2.3.tgz'], rc, out, err, h.left())
rc, out, err = h.run('demo', 'a', 'b')
check('install/it runs, by the grant for what the hook left', rc == 0 and out == 'ran a b\n', rc, out, err)
rc, out, err = h.run('plugin', 'install', path, *UNSIGNED)
check('install/twice', rc == 1 and 'plugin already exists' in err, rc, out, err)
with open(h.plugins + '/demo/run.sh', 'a') as f:
    f.write('echo changed\n')
rc, out, err = h.run('demo')
check('exchanged after the grant', rc == 1 and 'ran' not in out and 'denied' in err or 'denies' in err, rc, out, err)
rc, out, err = h.run('plugin', 'uninstall', 'demo', 'nosuch')
check('uninstall', rc == 1 and 'Uninstalled plugin: demo' in out and 'plugin: nosuch not found' in err and h.left() == [], rc, out, err, h.left())
grants = json.load(open(h.path + '/.config/helm/bulkhead/plugin-grants.json'))
check('uninstall/takes the grants along', grants['plugins'] == [], grants)

folder = os.path.dirname(write(box + '/dev/demo/plugin.yaml', YAML % ('demo', '1.0.0', 'demo')))
write(folder + '/run.sh', SCRIPT)
os.chmod(folder + '/run.sh', 0o755)
rc, out, err = h.run('plugin', 'install', folder, '--grant-requested')
check('install/folder is a link', rc == 0 and os.path.islink(h.plugins + '/demo') and 'development mode' in out, rc, out, err)
rc, out, err = h.run('demo', 'x')
check('install/folder runs', rc == 0 and out == 'ran x\n', rc, out, err)
rc, out, err = h.run('plugin', 'uninstall', 'demo')
check('uninstall/the link only', rc == 0 and h.left() == [] and os.path.exists(folder + '/run.sh'), rc, out, err)

wasm = b'\0asm\1\0\0\0'
quiet = [('calm/plugin.yaml', 'apiVersion: v1\nname: calm\nversion: 0.1.0\ntype: cli/v1\nruntime: extism/v1\nconfig: {}\nruntimeConfig: {}\n'), ('calm/plugin.wasm', wasm)]
rc, out, err = h.run('plugin', 'install', archive(quiet, 'calm-0.1.0.tgz'), '--verify=false')
check('install/nothing but computing needs no agreement', rc == 0 and h.left() == ['calm', 'calm-0.1.0.tgz'], rc, out, err)
wishes = [('wish/plugin.yaml', 'apiVersion: v1\nname: wish\nversion: 0.1.0\ntype: cli/v1\nruntime: extism/v1\nconfig: {}\n'
           'runtimeConfig:\n  allowedHosts: [a.example]\n  fileSystem: {createTempDir: true}\n  hostFunctions: [helm_log]\n'), ('wish/plugin.wasm', wasm)]
rc, out, err = h.run('plugin', 'install', archive(wishes, 'wish-0.1.0.tgz'), '--verify=false')
check('install/tells all that is asked for', rc == 1 and all(w in out for w in ('http=a.example', 'tempdir', 'host-function=helm_log')), rc, out, err)
rc, out, err = h.run('plugin', 'inspect', archive(wishes, 'wish-0.1.0.tgz'))
check('inspect/archive', rc in (0, 1) and all(w in out for w in ('http=a.example', 'tempdir', 'host-function=helm_log', 'Not signed')) and 'wish' not in h.left(), rc, out, err)

# ---- archives that mean ill: nothing stays, one line says why ----
yaml = YAML % ('evil', '1.0.0', 'evil')
hostile = {
    'dotdot': [('evil/plugin.yaml', yaml), ('evil/../../x', 'x')], 'dotdot-first': [('../x', 'x'), ('evil/plugin.yaml', yaml)],
    'absolute': [('evil/plugin.yaml', yaml), ('/tmp/bulkhead-x', 'x')], 'drive': [('evil/plugin.yaml', yaml), ('evil/C:/x', 'x')],
    'backslash': [('evil/plugin.yaml', yaml), ('evil\\..\\..\\x', 'x')],
    'symlink': [('evil/plugin.yaml', yaml), special('evil/run.sh', tarfile.SYMTYPE, '/etc/passwd')],
    'symlink-folder': [special('evil', tarfile.SYMTYPE, '/tmp'), ('evil/plugin.yaml', yaml)],
    'hardlink': [('evil/plugin.yaml', yaml), special('evil/run.sh', tarfile.LNKTYPE, 'evil/plugin.yaml')],
    'device': [('evil/plugin.yaml', yaml), special('evil/x', tarfile.CHRTYPE)], 'fifo': [('evil/plugin.yaml', yaml), special('evil/x', tarfile.FIFOTYPE)],
    'twice': [('evil/plugin.yaml', yaml), ('evil/plugin.yaml', yaml.replace('evil', 'other'))],
    'file-for-folder': [('evil', 'x'), ('evil/plugin.yaml', yaml)],
    'bomb': [('evil/plugin.yaml', yaml), ('evil/big', b'\0' * (300 << 20))], 'many': [('evil/plugin.yaml', yaml)] + [('evil/f%d' % i, '') for i in range(30000)],
    'no-yaml': [('evil/x', 'x')], 'wrong-folder': [('other/plugin.yaml', yaml)], 'too-deep': [('a/b/evil/plugin.yaml', yaml)],
    'bad-name': [('evil/plugin.yaml', yaml.replace('name: evil', 'name: "../x"'))], 'bad-version': [('evil/plugin.yaml', yaml.replace('1.0.0', '../x'))],
    'no-wasm': [('evil/plugin.yaml', yaml.replace('subprocess', 'extism/v1').split('runtimeConfig')[0])],
}
before = set(os.listdir('/tmp'))
for name, entries in hostile.items():
    rc, out, err = h.run('plugin', 'install', archive(entries, 'evil-1.0.0.tgz'), *UNSIGNED)
    check('hostile/' + name, rc == 1 and one_line(err) and not [x for x in h.left() if x.startswith(('evil', '.', 'x'))], rc, out, err, h.left())
raw = tgz(good('evil', '1.0.0'))
for name, data in (('empty', b''), ('text', b'hello'), ('truncated', raw[:len(raw) // 2]), ('cut-end', raw[:-4]), ('corrupt', raw[:40] + b'\xff' * 20 + raw[60:])):
    rc, out, err = h.run('plugin', 'install', write(tempfile.mkdtemp(dir=box) + '/evil-1.0.0.tgz', data), *UNSIGNED)
    check('hostile/' + name, rc == 1 and one_line(err) and 'evil' not in h.left(), rc, out, err)
check('hostile/nothing in /tmp', not {x for x in set(os.listdir('/tmp')) - before if 'bulkhead-x' in x})

# ---- signatures ----
if shutil.which('gpg'):
    gnupg = box + '/gnupg'
    os.mkdir(gnupg, 0o700)
    env = {**os.environ, 'GNUPGHOME': gnupg}
    gpg = lambda *args, **more: subprocess.run(['gpg', '--batch', '-q', *args], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, **more).stdout
    for who in ('Ann <ann@a.example>', 'Bob <bob@a.example>'):
        gpg('--passphrase', '', '--quick-gen-key', who, 'rsa2048', 'sign', 'never')
    for who in ('Ann', 'Bob'):
        write('%s/%s.gpg' % (box, who), gpg('--export', who))
    subprocess.run(['gpgconf', '--kill', 'all'], env=env)

    def sign(path, who='Ann', name=None, data=None):
        import hashlib
        text = 'Name: demo\nVersion: 1.2.3\n\n...\nfiles:\n  %s: sha256:%s\n' % (name or os.path.basename(path), hashlib.sha256(data or open(path, 'rb').read()).hexdigest())
        write(path + '.prov', gpg('--clearsign', '--digest-algo', 'SHA512', '-u', who, '-o', '-', input=text.encode()))

    path = archive(good())
    sign(path)
    rc, out, err = h.run('plugin', 'verify', path, '--keyring', box + '/Ann.gpg')
    check('verify', rc == 0 and 'Signed by: Ann <ann@a.example>\n' in out and 'Plugin Hash Verified: sha256:' in out, rc, out, err)
    if a.helm:
        theirs = Home(a.helm).run('plugin', 'verify', path, '--keyring', box + '/Ann.gpg')
        check('verify/as helm', theirs[1].split('\n')[:3] == out.split('\n')[:3], theirs, out)
    rc, out, err = h.run('plugin', 'install', path, '--keyring', box + '/Ann.gpg', '--grant-requested')
    check('install/signed', rc == 0 and 'Signed by: Ann' in out and h.left().count('demo-1.2.3.tgz.prov') == 1, rc, out, err, h.left())
    os.makedirs(h.path + '/.gnupg', 0o700, exist_ok=True)
    listed = h.run('plugin', 'list')[1]
    check('list/an unknown signer', 'unknown signer' in listed, listed)
    shutil.copy(box + '/Ann.gpg', h.path + '/.gnupg/pubring.gpg')
    listed = h.run('plugin', 'list')[1]
    check('list/who signed', 'signed by Ann <ann@a.example>' in listed, listed)
    with open(h.plugins + '/demo-1.2.3.tgz', 'ab') as f:
        f.write(b'x')
    listed = h.run('plugin', 'list')[1]
    check('list/other bytes', 'mismatched provenance' in listed, listed)
    os.remove(h.path + '/.gnupg/pubring.gpg')
    h.run('plugin', 'uninstall', 'demo')
    for name, words, prepare in (('another key', 'signature made by unknown entity', lambda p: sign(p, 'Bob')), ('another name', 'does not contain a SHA for a file named', lambda p: sign(p, name='x.tgz')),
                                 ('other bytes', 'sha256 sum does not match', lambda p: sign(p, data=b'x')), ('no signature', 'signature block not found', lambda p: write(p + '.prov', 'hello'))):
        path = archive(good())
        prepare(path)
        rc, out, err = h.run('plugin', 'install', path, '--keyring', box + '/Ann.gpg', '--grant-requested')
        check('signature/' + name, rc == 1 and words in err and one_line(err) and 'demo' not in h.left(), rc, out, err)
        if a.helm:
            theirs = Home(a.helm).run('plugin', 'install', path, '--keyring', box + '/Ann.gpg')
            check('signature/%s as helm' % name, theirs[2].split(':')[:2] == err.split(':')[:2], theirs[2], err)
    path = archive(good())
    sign(path)
    rc, out, err = h.run('plugin', 'install', path, '--keyring', write(box + '/nokeys', 'nothing'), '--grant-requested')
    check('signature/keyring that is none', rc == 1 and one_line(err) and 'keyring' in err, rc, out, err)
else:
    skip('signatures: gpg is not installed')

# ---- from the web ----
files = {'/demo-1.2.3.tgz': tgz(good()), '/top-1.0.0.tar.gz': tgz(good('top', '1.0.0', folder='')), '/html.tgz': b'<html>no</html>'}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        data = files.get(self.path)
        self.send_response(200 if data is not None else 404)
        self.send_header('Content-Length', str(len(data or b'')))
        self.end_headers()
        self.wfile.write(data or b'')

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = 'http://127.0.0.1:%d' % server.server_address[1]
rc, out, err = h.run('plugin', 'install', url + '/demo-1.2.3.tgz')
check('web/needs a signature', rc == 1 and 'no provenance file (.prov) found' in err, rc, out, err)
rc, out, err = h.run('plugin', 'install', url + '/demo-1.2.3.tgz', *UNSIGNED)
check('web/install', rc == 0 and h.run('demo', 'w')[1] == 'ran w\n', rc, out, err)
rc, out, err = h.run('plugin', 'install', url + '/top-1.0.0.tar.gz', *UNSIGNED)
check('web/plugin.yaml at the top', rc == 0 and h.run('top', 'w')[1] == 'ran w\n', rc, out, err)
rc, out, err = h.run('plugin', 'install', url + '/nothere-1.0.0.tgz', *UNSIGNED)
check('web/404', rc == 1 and '404' in err and one_line(err), rc, out, err)
rc, out, err = h.run('plugin', 'install', url + '/html.tgz', *UNSIGNED)
check('web/HTML', rc == 1 and one_line(err), rc, out, err)
h.run('plugin', 'uninstall', 'demo', 'top')
server.shutdown()

# ---- from git ----
if shutil.which('git'):
    repo = box + '/repos/demo'

    def git(*args):
        subprocess.run(['git', '-C', repo, '-c', 'user.name=t', '-c', 'user.email=t@a.example', *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       env={**os.environ, 'GIT_CONFIG_NOSYSTEM': '1', 'HOME': box})

    def release(version):
        write(repo + '/plugin.yaml', YAML % ('demo', version, 'demo'))
        write(repo + '/run.sh', SCRIPT)
        os.chmod(repo + '/run.sh', 0o755)
        git('add', '-A')
        git('commit', '-qm', version)
        git('tag', 'v' + version)

    os.makedirs(repo)
    git('init', '-q', '-b', 'main')
    for version in ('1.0.0', '1.2.0', '1.10.0', '2.0.0-rc.1'):
        release(version)
    source = 'file://' + repo
    rc, out, err = h.run('plugin', 'install', source)
    check('git/cannot be verified', rc == 1 and 'does not support verification' in err, rc, out, err)
    for wanted, version in (('', '2.0.0-rc.1'), ('~1', '1.10.0'), ('v1.0.0', '1.0.0'), ('<1.10', '1.2.0'), ('main', '2.0.0-rc.1')):
        rc, out, err = h.run('plugin', 'install', source, *UNSIGNED, *(['--version', wanted] if wanted else []))
        listed = h.run('plugin', 'list')[1]
        check('git/version %r' % wanted, rc == 0 and re.search(r'(?m)^demo\s+%s\s' % re.escape(version), listed), rc, out, err, listed)
        h.run('plugin', 'uninstall', 'demo')
    rc, out, err = h.run('plugin', 'install', source, *UNSIGNED, '--version', '^7')
    check('git/no such version', rc == 1 and 'requested version "^7" does not exist for plugin' in err and one_line(err) and 'demo' not in h.left(), rc, out, err)
    h.run('plugin', 'install', source, *UNSIGNED)
    release('3.0.0')
    rc, out, err = h.run('plugin', 'update', 'demo')
    check('git/update needs agreement anew', rc == 1 and 'asks for exec' in err and '2.0.0-rc.1' in h.run('plugin', 'list')[1], rc, out, err)
    write(repo + '/plugin.yaml', (YAML % ('demo', '3.0.1', 'demo')))
    git('commit', '-qam', '3.0.1')
    rc, out, err = h.run('plugin', 'update', 'demo')
    check('git/update tells nothing new where there is nothing', rc == 1 and 'The plugin demo 3.0.1 asks for\n  exec' in out and '(new' not in out, rc, out, err)
    git('reset', '-q', '--hard', 'v3.0.0')
    rc, out, err = h.run('plugin', 'update', 'demo', '--grant-requested')
    check('git/update', rc == 0 and 'Updated plugin: demo' in out and '3.0.0' in h.run('plugin', 'list')[1] and h.run('demo', 'u')[1] == 'ran u\n', rc, out, err)
    with open(h.plugins + '/demo/run.sh', 'a') as f:
        f.write('#\n')
    rc, out, err = h.run('plugin', 'update', 'demo', '--grant-requested')
    check('git/update of a changed one', rc == 1 and 'plugin repo was modified' in err, rc, out, err)
    h.run('plugin', 'uninstall', 'demo')
    marker = box + '/pwned'
    for source in ('ext::sh -c touch% ' + marker, '--upload-pack=touch ' + marker, 'file://' + repo + ' --config=x'):
        rc, out, err = h.run('plugin', 'install', '--verify=false', '--grant-requested', '--', source)
        check('git/source %r' % source[:20], rc == 1 and not os.path.exists(marker), rc, out, err)
    rc, out, err = h.run('plugin', 'install', 'file://' + repo, *UNSIGNED, '--version', '--output=' + marker)
    check('git/version that is an option', rc == 1 and not os.path.exists(marker), rc, out, err)
else:
    skip('git: git is not installed')

# ---- words, as helm has them ----
for words, args in (('Cannot detect VCS', ['nosuch']), ('plugin metadata (plugin.yaml) missing', [box]), ("expected plugin to be a directory (containing a file 'plugin.yaml')", [write(box + '/plain', 'x')])):
    rc, out, err = h.run('plugin', 'install', *args)
    check('words/' + words[:20], rc == 1 and words in err, rc, out, err)
    if a.helm:
        check('words/%s as helm' % words[:20], Home(a.helm).run('plugin', 'install', *args)[2] == err, err)
for args in (['plugin', 'uninstall'], ['plugin', 'update'], ['plugin', 'uninstall', 'nosuch'], ['plugin', 'verify', box], ['plugin', 'verify', 'nosuch.tgz'], ['plugin', 'verify', box + '/plain']):
    rc, out, err = h.run(*args)
    check('words/' + ' '.join(args)[:40], rc == 1 and err.startswith('Error: '), rc, out, err)
    if a.helm:
        theirs = Home(a.helm).run(*args)
        check('words/%s as helm' % ' '.join(args)[:40], theirs[2] == err, theirs[2], err)

# ---- exchanged between check and use: while the question stands on the terminal ----
def at_the_question(home, args, then, answer=b'y\n'):
    """Runs on a terminal; `then` is called when it asks. Exit code, and all that came."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(box)
        os.execve(home.program, [home.program, *args], home.env)
    seen, asked, until = b'', False, time.time() + 120 * float(os.environ.get('BK_SLOW', '1'))
    while time.time() < until:
        if not select.select([fd], [], [], 1)[0]:
            continue
        try:
            data = os.read(fd, 65536)
        except OSError as e:
            if e.errno != errno.EIO:
                raise
            break
        if not data:
            break
        seen += data
        if b'[y/N]' in seen and not asked:
            asked = True
            then()
            os.write(fd, answer)
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode('utf-8', 'replace')


x = Home()
path = archive(good())
evil = tgz(good()[:1] + [('demo/run.sh', '#!/bin/sh\necho evil\n', 0o755)])
rc, out = at_the_question(x, ['plugin', 'install', path, '--verify=false'], lambda: write(path, evil))
check('exchanged/archive on disk: the checked bytes are used', rc == 0 and 'Installed plugin: demo' in out and x.run('demo', 'a')[1] == 'ran a\n', rc, out, x.run('demo', 'a'))
check('exchanged/and they are what is kept', open(x.plugins + '/demo-1.2.3.tgz', 'rb').read() == tgz(good()))
x.run('plugin', 'uninstall', 'demo')


def spoil(name, data):
    import glob
    for f in glob.glob(x.plugins + '/.bulkhead-*/tree/*/' + name):
        with open(f, 'a') as to:
            to.write(data)


for name, data in (('run.sh', 'echo evil\n'), ('plugin.yaml', '# other\n')):
    path = archive(good())
    rc, out = at_the_question(x, ['plugin', 'install', path, '--verify=false'], lambda: spoil(name, data))
    check('exchanged/unpacked ' + name, rc == 1 and 'were changed while it was installed' in out and 'demo' not in x.left() and not [n for n in x.left() if n.startswith('.')], rc, out, x.left())
    if os.path.exists(x.plugins + '/demo-1.2.3.tgz'):
        os.remove(x.plugins + '/demo-1.2.3.tgz')
rc, out = at_the_question(x, ['plugin', 'install', path, '--verify=false'], lambda: None, b'n\n')
check('exchanged/no', rc == 1 and 'was not installed' in out and x.left() == [], rc, out, x.left())

# ---- killed at any moment: whole or not there ----
path = archive(good() + [('demo/f%d' % i, os.urandom(2000)) for i in range(300)])
slow = float(os.environ.get('BK_SLOW', '1'))
for n in range(12):
    k = Home()
    p = subprocess.Popen([binary, 'plugin', 'install', path, *UNSIGNED], env=k.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(random.uniform(0, 0.12) * slow)
    p.kill()
    p.wait()
    there = os.path.isdir(k.plugins + '/demo')
    whole = there and len(os.listdir(k.plugins + '/demo')) == 302
    listed = k.run('plugin', 'list')[1].count('\n')
    rc, out, err = k.run('plugin', 'install', path, *UNSIGNED)
    check('killed/%d' % n, there == whole and listed == (2 if there else 1) and (rc == 1 if there else rc == 0) and not [x for x in k.left() if x.startswith('.')], there, rc, out, err, k.left())

# ---- no room, no permission ----
if os.getuid() == 0 and shutil.which('mount'):
    tight = box + '/tight'
    os.mkdir(tight)
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', tight], stderr=subprocess.DEVNULL).returncode == 0:
        t = Home()
        rc, out, err = t.run('plugin', 'install', path, *UNSIGNED, HELM_DATA_HOME=tight)
        check('full disk', rc == 1 and one_line(err) and 'No space left' in err and os.listdir(tight + '/plugins') == [], rc, out, err, os.listdir(tight))
        subprocess.run(['umount', tight])
    else:
        skip('full disk: no tmpfs can be mounted')
else:
    skip('full disk: needs root')
blocked = write(box + '/blocked', 'a file')
rc, out, err = h.run('plugin', 'install', path, *UNSIGNED, HELM_DATA_HOME=blocked)
check('data folder is a file', rc == 1 and one_line(err), rc, out, err)

shutil.rmtree(box, ignore_errors=True)
tally('plugin-life')
