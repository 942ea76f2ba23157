"""Two programs do the same things in folders of the same shape, and every byte of what comes of it is compared: what the suites of generated inputs share.

    t = Twins(sys.argv, 'registry-generated')      # BINARY [CASE]; HELM names the real helm, without which the suite is skipped, and says so
    for case in t.cases('package'):                # COUNT of them, each with a random generator of its own (SEED)
        ...
        case.run('package', 'chart')               # in both; {U} in arguments becomes the URL that t.url is
    sys.exit(t.finish())

A difference is printed with the command and what is needed to see it again."""
import hashlib, os, random, re, shutil, subprocess, sys

from stand import Stand

SIDES = ('ours', 'theirs')
# What may differ: times of the run, log lines with their time, and folders with random names.
MASKS = [(re.compile(p), r) for p, r in (
    (rb'(?m)^(generated|(?: *- |  +)created|  created): .*$', rb'\1: T'),
    (rb'"(generated|created)": *"[^"]*"', rb'"\1":"T"'),
    (rb'(?m)^(time=\S+ |\d{4}/\d\d/\d\d \d\d:\d\d:\d\d )', b''),
    (rb'tmpcharts-\d+', b'tmpcharts-N'),
    (rb'(repositories\.yaml|index\.yaml|\.tgz|\.prov)[0-9]{6,}', rb'\1N'),
    (rb'Signed by:.*', lambda m: m.group(0)),
)]


def masked(data):
    for p, r in MASKS:
        data = p.sub(r, data)
    return data


class Case:
    def __init__(self, twins, name, rng):
        self.t, self.name, self.rng, self.wrong, self.links = twins, name, rng, [], 0
        self.at = {side: os.path.join(twins.root, 'case', side) for side in SIDES}
        shutil.rmtree(os.path.join(twins.root, 'case'), ignore_errors=True)
        for side in SIDES:
            os.makedirs(self.at[side] + '/work')

    def put(self, path, data, mode=0o644, when=1700000000):
        """A file in both folders."""
        for side in SIDES:
            p = os.path.join(self.at[side], 'work', path)
            try:
                os.makedirs(os.path.dirname(p), exist_ok=True)
            except OSError:
                return  # a file is in the way, or a link
            if os.path.isdir(p) or os.path.islink(p):
                return
            with open(p, 'wb') as f:
                f.write(data if isinstance(data, bytes) else data.encode())
            os.chmod(p, mode)
            os.utime(p, (when, when))

    def link(self, path, target):
        for side in SIDES:
            p = os.path.join(self.at[side], 'work', path)
            try:
                os.makedirs(os.path.dirname(p), exist_ok=True)
            except OSError:
                return
            if not os.path.lexists(p):
                os.symlink(target, p)
                self.links += 1

    def env(self, side, more):
        h = self.at[side] + '/home'
        return {'PATH': '/usr/bin:/bin', 'HOME': h, 'TZ': 'UTC', 'XDG_CACHE_HOME': h + '/cache', 'XDG_CONFIG_HOME': h + '/config', 'XDG_DATA_HOME': h + '/data',
                'SSL_CERT_FILE': self.t.certs + '/ca.pem', **more}

    def one(self, side, args, stdin, env):
        binary = self.t.binary if side == 'ours' else self.t.helm
        p = subprocess.run([binary, *args], cwd=self.at[side] + '/work', env=self.env(side, env), input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           timeout=120 * self.t.slow)
        clean = lambda b: masked(b.replace(self.at[side].encode(), b'ROOT'))
        return p.returncode, clean(p.stdout), self.t.judge_errors(clean(p.stderr))

    def run(self, *args, stdin=b'', env={}, errors=True, out=True):
        """The command in both; their outcomes have to be equal. Ours is returned."""
        ours, theirs = (self.one(side, args, stdin, env) for side in SIDES)
        self.t.runs += 1
        for what, a, b, compare in (('exit code', ours[0], theirs[0], True), ('output', ours[1], theirs[1], out), ('errors', ours[2], theirs[2], errors)):
            if compare and a != b:
                self.wrong.append('%s: %s: ours %.500r, theirs %.500r' % (' '.join(args), what, a, b))
        return ours

    def files(self, side):
        found = {}
        top = self.at[side]
        for at, dirs, names in os.walk(top):
            rel = os.path.relpath(at, top)
            if rel.split('/')[0] == 'home' and '/cache' in '/' + rel:
                dirs[:] = []
                continue
            for n in names + [d for d in dirs if os.path.islink(os.path.join(at, d))]:
                p = os.path.join(at, n)
                if os.path.islink(p):
                    found[os.path.join(rel, n)] = '-> ' + os.readlink(p)
                else:
                    data = open(p, 'rb').read()
                    text = masked(data) if n.endswith(('.yaml', '.yml', '.json', '.lock', '.prov')) else data
                    text = self.t.shown(n, text)
                    found[os.path.join(rel, n)] = '%o %s' % (os.stat(p).st_mode & 0o777, hashlib.sha256(text).hexdigest())
        return found

    def same_files(self):
        ours, theirs = self.files('ours'), self.files('theirs')
        for f in sorted(set(ours) | set(theirs)):
            if ours.get(f) != theirs.get(f):
                self.wrong.append('%s: ours %s, theirs %s' % (f, ours.get(f), theirs.get(f)))

    def done(self):
        self.t.result(self.name, self.wrong)
        if self.wrong and os.environ.get('KEEP'):
            shutil.copytree(os.path.join(self.t.root, 'case'), os.path.join(os.environ['KEEP'], self.name.replace('/', '-')), symlinks=True, dirs_exist_ok=True)


class Twins(Stand):
    def __init__(self, argv, suite, count):
        helm = os.environ.get('HELM')
        if not helm:
            print('%s: no HELM=path; skipped: generated inputs beside a real helm' % suite)
            sys.exit(0)
        super().__init__(argv, suite)
        self.helm, self.runs = os.path.abspath(helm), 0
        self.count, self.seed = int(os.environ.get('COUNT', count)), int(os.environ.get('SEED', '1'))
        self.shown = lambda name, data: data
        self.errors = []  # (pattern, replacement) for what messages may differ in

    def judge_errors(self, text):
        for p, r in self.errors:
            text = re.sub(p, r, text)
        return text

    def cases(self, kind):
        for n in range(self.seed, self.seed + self.count):
            name = '%s/%d' % (kind, n)
            if not self.wants(name):
                continue
            case = Case(self, name, random.Random('%s %d' % (kind, n)))
            yield case
            case.done()

    def finish(self):
        print('%s: %d commands in both' % (self.suite, self.runs))
        return super().finish()
