"""What the suites of hostile input share: charts that mean ill, made byte by byte, and the demands on how the program refuses them.

    box = Box(sys.argv, 'hostile')
    box.check('archive/empty', box.archive(b''), ['evil.tgz'])
    sys.exit(box.finish())

An optional second argument of the suite picks the cases whose name contains it. BK_SLOW multiplies the time limits (sanitizers)."""
import gzip, io, os, shutil, subprocess, sys, tarfile, tempfile, time

CHART = b'apiVersion: v2\nname: evil\nversion: 0.1.0\n'
ADVICE = '\n\nUse --debug flag to render out invalid YAML'


def tar(entries):
    """entries: (name, bytes) or a TarInfo without content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT) as t:
        for e in entries:
            if isinstance(e, tarfile.TarInfo):
                t.addfile(e)
                continue
            name, data = e
            i = tarfile.TarInfo(name)
            i.size = len(data)
            t.addfile(i, io.BytesIO(data))
    return out.getvalue()


def special(name, kind, target='', major=1, minor=5):
    i = tarfile.TarInfo(name)
    i.type, i.linkname, i.devmajor, i.devminor = kind, target, major, minor
    return i


def tgz(entries):
    return gzip.compress(tar(entries), 1)


class Box:
    def __init__(self, argv, suite):
        self.binary, self.suite = os.path.abspath(argv[1]), suite
        self.only = argv[2] if len(argv) > 2 else ''
        self.root = tempfile.mkdtemp(prefix='bulkhead-%s.' % suite)
        self.env = {'PATH': '/usr/bin:/bin', 'HOME': self.root + '/home', 'TZ': 'UTC'}
        os.makedirs(self.root + '/home')
        self.slow = float(os.environ.get('BK_SLOW', '1'))
        self.passed, self.failed, self.skipped = 0, 0, 0

    def empty(self):
        return tempfile.mkdtemp(dir=self.root)

    def folder(self, files):
        d = self.empty()
        for name, data in files.items():
            p = os.path.join(d, name)
            os.makedirs(os.path.dirname(p), exist_ok=True)
            with open(p, 'wb') as f:
                f.write(data if isinstance(data, bytes) else data.encode())
        return d

    def template(self, text, **more):
        return self.folder({'Chart.yaml': CHART, 'templates/x.yaml': text, **more})

    def archive(self, data, name='evil.tgz'):
        p = os.path.join(self.empty(), name)
        with open(p, 'wb') as f:
            f.write(data)
        return p

    def wants(self, name):
        return self.only in name

    def result(self, name, wrong, text=''):
        """wrong: a list of what is not as it should be."""
        if wrong:
            self.failed += 1
            print('FAIL %s: %s\n     %s' % (name, '; '.join(wrong), text[:400].replace('\n', '\n     ')))
        else:
            self.passed += 1

    def skip(self, name, why):
        self.skipped += 1
        print('SKIP %s: %s' % (name, why))

    def run(self, args, cwd=None, before=(), **more):
        return subprocess.run([*before, self.binary, *args], cwd=cwd or self.root, env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, **more)

    def check(self, name, chart, words, args=(), seconds=2.0, lines=1, command=('template', 'rel')):
        """Exit code 1, a message of at most that many lines with these words (a list within: one of them), nothing on standard output, nothing
        written, an end in time."""
        if not self.wants(name):
            return
        out = self.empty()
        t = time.monotonic()
        p = subprocess.Popen([self.binary, *command, chart, *args], cwd=out, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        try:
            stdout, stderr = p.communicate(timeout=seconds * self.slow + 30)
        except subprocess.TimeoutExpired:
            p.kill()
            stdout, stderr = p.communicate()
        took = time.monotonic() - t
        text = stderr.decode('utf-8', 'replace')
        body = [l for l in text.replace(ADVICE, '').split('\n') if l and not l.startswith('level=')]
        wrong = []
        if p.returncode != 1:
            wrong.append('exit code %d' % p.returncode)
        if stdout:
            wrong.append('%d bytes on standard output' % len(stdout))
        if len(body) > lines:
            wrong.append('%d lines' % len(body))
        for w in words:
            if not any(x in text for x in ([w] if isinstance(w, str) else w)):
                wrong.append('the message lacks %s' % (w,))
        if took > seconds * self.slow:
            wrong.append('took %.1f s' % took)
        if os.listdir(out):
            wrong.append('left files behind')
        if any(ord(c) < 32 and c not in '\n\t' or c == '\x7f' for c in text):
            wrong.append('raw control characters')
        self.result(name, wrong, text)

    def finish(self):
        shutil.rmtree(self.root, ignore_errors=True)
        print('%s: %d passed, %d failed, %d skipped' % (self.suite, self.passed, self.failed, self.skipped))
        return 1 if self.failed else 0
