"""What the suites of this folder share: checks, a made-up home, keys."""
import gzip, io, os, shutil, subprocess, tarfile, tempfile


class Suite:
    def __init__(self, name, binary, helm=None):
        self.name, self.binary, self.helm = name, os.path.abspath(binary), helm and os.path.abspath(helm)
        self.box = tempfile.mkdtemp(prefix='bulkhead-%s.' % name)
        self.home = self.folder()
        self.log = []  # lines of the last run's log
        self.passed = self.failed = self.skipped = 0

    def check(self, name, ok, *shown):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print('FAIL %s' % name, *('\n     ' + str(s)[:800].replace('\n', '\n     ') for s in shown))

    def skip(self, name, why):
        self.skipped += 1
        print('SKIP %s: %s' % (name, why))

    def folder(self):
        return tempfile.mkdtemp(dir=self.box)

    def run(self, *args, program=None, cwd=None, stdin=None, **env):
        env = {'PATH': os.environ['PATH'], 'HOME': self.home, 'LANG': 'C.UTF-8', 'TZ': 'UTC', **env}
        p = subprocess.run([program or self.binary, *args], cwd=cwd or self.box, env=env, input=stdin if stdin is not None else b'',
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
        err = p.stderr.decode('utf-8', 'replace')
        self.log = [l for l in err.split('\n') if l.startswith('level=')]
        return p.returncode, p.stdout.decode('utf-8', 'replace'), ''.join(l for l in err.splitlines(True) if not l.startswith('level='))

    def end(self):
        shutil.rmtree(self.box, ignore_errors=True)
        print('%s: %d passed, %d failed, %d skipped' % (self.name, self.passed, self.failed, self.skipped))
        return 1 if self.failed else 0


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.write(data.encode() if isinstance(data, str) else data)
    return path


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def one_line(err):
    lines = [l for l in err.split('\n') if l and not l.startswith('level=')]
    return len(lines) == 1 and lines[0].startswith('Error: ')


def chart(folder, name='web', version='1.0.0', extra=''):
    write(folder + '/Chart.yaml', 'apiVersion: v2\nname: %s\nversion: %s\ndescription: "a: test"\nkeywords: [a, b]\n%s' % (name, version, extra))
    write(folder + '/values.yaml', 'a: 1\n')
    write(folder + '/templates/c.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: "{{ .Values.a }}"}\n')
    return folder


class Keys:
    """Keys made by gpg, if it is there. Passphrase of the protected ones: "secret words"."""
    def __init__(self, suite):
        self.suite, self.path = suite, suite.folder()
        os.chmod(self.path, 0o700)
        self.env = {'PATH': os.environ['PATH'], 'HOME': self.path, 'GNUPGHOME': self.path, 'LANG': 'C.UTF-8'}
        self.made = {}

    def gpg(self, *args, **more):
        return subprocess.run(['gpg', '--batch', '-q', '--pinentry-mode', 'loopback', *args], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              check=True, **more).stdout

    def make(self, name, kind, phrase='', expire='never', at=None):
        """(public ring, secret ring) as files."""
        when = ['--faked-system-time', at] if at else []
        self.gpg(*when, '--passphrase', phrase, '--quick-gen-key', '%s <%s@a.example>' % (name, name.lower()), kind, 'sign', expire)
        return self.export(name, phrase)

    def export(self, name, phrase=''):
        public = write(self.suite.folder() + '/%s.pub' % name, self.gpg('--export', name))
        secret = write(self.suite.folder() + '/%s.sec' % name, self.gpg('--passphrase', phrase, '--export-secret-keys', name))
        return public, secret

    def revoke(self, name):
        listed = self.gpg('--with-colons', '--list-keys', name).decode()
        fpr = [l.split(':')[9] for l in listed.split('\n') if l.startswith('fpr')][0]
        text = read('%s/openpgp-revocs.d/%s.rev' % (self.path, fpr)).replace(b'\n:---', b'\n---')
        self.gpg('--import', write(self.suite.folder() + '/revoke', text))
        return self.export(name)

    def clearsign(self, name, text, at=None):
        when = ['--faked-system-time', at] if at else []
        return self.gpg(*when, '--clearsign', '--digest-algo', 'SHA512', '-u', name, '-o', '-', input=text)

    def close(self):
        subprocess.run(['gpgconf', '--kill', 'all'], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
