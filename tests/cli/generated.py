#!/usr/bin/env python3
"""Made-up command lines of the commands that need no cluster, beside a real helm.

generated.py --helm PATH [--bin BINARY] [--count N] [--seed S] [--show N]

Flags and their types are read out of helm's own help, so that each line is one that helm has an opinion about: values of the right and the wrong kind,
flags that are unknown, cut short, grouped, in front of the command or behind it, charts that are good, bad or not there, variables of the environment,
and completion of all that. Compared as in run.py, in copies of the same folder: exit code, standard output, standard error without log lines, which files
came and went. Help texts, completion scripts, the starter chart and archives are ours and count as equal; so do flags that only we have.
The same seed makes the same lines. Ends with 'generated: N lines, D differences'; without a helm it is skipped. The exit code is 1 when there were any."""
import argparse, os, random, re, shlex, shutil, subprocess, sys, tempfile

here = os.path.dirname(os.path.abspath(__file__))
ap = argparse.ArgumentParser()
ap.add_argument('--helm')
ap.add_argument('--bin', default='build/release/bin/bulkhead')
ap.add_argument('--count', type=int, default=300)
ap.add_argument('--seed', type=int, default=1)
ap.add_argument('--show', type=int, default=20)
o = ap.parse_args()
if not o.helm or not os.path.exists(o.helm):
    print('generated: skipped, no helm to compare with (give HELM=path)')
    sys.exit(0)
helm, binary, g = os.path.abspath(o.helm), os.path.abspath(o.bin), random.Random(o.seed)

COMMANDS = ['template', 'lint', 'show all', 'show chart', 'show values', 'show readme', 'show crds', 'create', 'package', 'dependency list', 'dependency build',
            'version', 'env', 'completion bash', 'help', 'repo list', 'search repo', 'plugin list', 'verify', 'repo remove', 'show', '']
CHARTS = ['web', './web', 'web/', 'parent', 'child', 'locked', 'stale', 'broken', 'badschema', 'nofolder', 'lib', 'nope', '', '/nope', 'web/Chart.yaml', 'text.txt', '.', '-']
WORDS = ['rel', 'Rel', 'a b', 'x' * 54, '1', '', '-h', '--help', 'help', 'web']
NAMES = ['new', 'Bad Name', 'a_b', '', '..', 'x' * 260, 'text.txt', 'nope/deep', 'text.txt/x', 'new/', 'é']
VALUES = {'bool': ['true', '0', 'T', 'yes', '', 'maybe'], 'int': ['1', '-1', 'x', '1.5', '', '99999999999999999999', '010'], 'float32': ['1', 'x', '1e3'],
          'duration': ['1s', 'x', '', '-1s'], 'uint': ['5', 'x', '-1'], 'string': ['x', '', 'a b', '1.2.3'], 'stringArray': ['a=b', 'x', '', 'a=1,b=2', 'a[0]=1', '=', '['],
          'strings': ['a', 'a,b', '', '"']}
SPECIAL = {'values': ['v1.yaml', 'bad.yaml', 'list.yaml', 'nope.yaml', 'v1.yaml,v2.yaml', '-'], 'set': ['a=b', 'a', 'a={x,y}', 'a.b', 'a=b,', 'a[=', 'a=1,a.b=2', 'a=null'],
           'set-json': ['a=1', 'a={', '{"a":1}', '[1]', 'a'], 'kube-version': ['1.20', 'x', '', '1', '1.2.3.4'], 'show-only': ['templates/service.yaml', 'nope', '[', 'templates/*'],
           'name-template': ['{{', 'x', '{{ fail "a" }}', '{{ "A" | lower }}'], 'output': ['json', 'yaml', 'table', 'x', ''], 'dry-run': ['client', 'x', 'none', ''],
           'template': ['{{.Version}}', '{{.X}}', '{{', ''], 'jsonpath': ['{.a}', '{', 'x'], 'color': ['never', 'x'], 'colour': ['auto', 'x'], 'starter': ['web', 'nope'],
           'destination': ['out', 'nope/x'], 'output-dir': ['od', 'text.txt']}
STRANGE = [['--nope'], ['--nope=1'], ['-Z'], ['-'], ['--'], ['--=x'], ['---x'], ['-hx'], ['--set'], ['-f'], ['-é'], ['-nf'], ['--Debug'], ['-vx']]
PARTS = ['', '-', '--', '--s', 'w', '--output ', '--namespace=', 're', 'te', '--kube-']
ENVIRONMENT = [{}] * 8 + [{'HELM_DEBUG': 'x'}, {'HELM_NAMESPACE': 'q'}, {'HELM_BURST_LIMIT': 'x'}, {'HELM_MAX_HISTORY': '-4'}, {'HELM_COLOR': 'x'}, {'NO_COLOR': '1'},
                          {'HELM_DRIVER': 'x'}, {'HELM_PLUGINS': '/nope'}, {'HELM_KUBEASGROUPS': 'a,b'}, {'SOURCE_DATE_EPOCH': '1700000000'}]
# What asks the network, waits, or writes where only a log would tell.
LEFT_OUT = re.compile(r'wait|debug|help|log|^v$|vmodule|threshold|ca-file|cert-file|key-file|keyring|repo$|post-renderer|verify|username|password|kube-|prov|sign')


def flags_of(command):
    out = subprocess.run([helm] + command.split() + ['--help'], capture_output=True, text=True).stdout
    found = re.findall(r'(?m)^ +(?:-(\w), |    )--([\w-]+) ?(\S*)   ', out)
    return [(n, s, t if t in VALUES else 'bool' if t == '' else 'string') for s, n, t in found if not LEFT_OUT.search(n)]


KNOWN = {c: flags_of(c) for c in COMMANDS}


def flag(name, letter, kind):
    value, r = g.choice(SPECIAL.get(name) or VALUES[kind]), g.random()
    if r < 0.06:
        return ['--' + name + g.choice(['x', '-', '=', ' '])]
    if kind == 'bool':
        return [g.choice(['-' + letter] if letter and r < 0.4 else ['--' + name])] if r < 0.7 else ['--%s=%s' % (name, value)]
    if letter and r < 0.35:
        return g.choice([['-' + letter, value], ['-' + letter + value], ['-%s=%s' % (letter, value)], ['-' + letter]])
    return ['--%s=%s' % (name, value)] if r < 0.6 else ['--' + name, value] if r < 0.95 else ['--' + name]


def arguments(command):
    if command == 'template':
        return g.choice([[g.choice(CHARTS)], ['rel', g.choice(CHARTS)], [g.choice(WORDS), 'web'], [], ['a', 'web', 'c']])
    if command == 'create':
        return g.choice([[g.choice(NAMES)], [g.choice(NAMES)], [], ['new', 'x']])
    if command == 'help':
        return g.choice([[], ['template'], ['show', 'all'], ['repo', 'add']])
    if command.split(' ')[0] in ('lint', 'show', 'package', 'dependency', 'verify'):
        return g.choice([[g.choice(CHARTS)], [g.choice(CHARTS)], [], ['web', 'child']])
    return [g.choice(WORDS)] if g.random() < 0.3 else []


def line():
    command = g.choice(COMMANDS)
    words, args, given = command.split(), arguments(command), []
    for _ in range(g.choice([0, 0, 1, 1, 2, 3])):
        given += flag(*g.choice(KNOWN[command])) if KNOWN[command] and g.random() < 0.85 else g.choice(STRANGE)
    out = g.choice([words + args + given, words + given + args, given + words + args] if g.random() < 0.4 else [words + args + given])
    if g.random() < 0.05 and words:
        out[0] = g.choice([words[0][:-1], words[0] + 's', words[0].upper()])
    if g.random() < 0.2:
        out = ['__complete'] + [w for w in out if w][:g.choice([1, 2, 3, 9])] + ([g.choice(PARTS)] if g.random() < 0.6 else [])
    return out


def run(program, words, variables):
    box = tempfile.mkdtemp(prefix='bulkhead-lines.')
    try:
        shutil.copytree(here + '/box', box + '/box', symlinks=True)
        os.makedirs(box + '/home')
        env = dict({'PATH': '/usr/bin:/bin', 'HOME': box + '/home', 'TZ': 'UTC', 'KUBECONFIG': box + '/none'}, **variables)
        p = subprocess.run([program] + words, cwd=box + '/box', env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        clean = lambda b: re.sub(r'\b(bulkhead|helm)(-dev)?\b', 'PROGRAM', b.decode('utf-8', 'replace').replace(box, '{BOX}').replace(program, 'PROGRAM'))
        err = [l for l in clean(p.stderr).split('\n') if not re.match(r'(level=|time=|[IWEF]\d{4} )', l)]
        names = sorted(os.path.relpath(os.path.join(d, n), box) for d, ds, fs in os.walk(box + '/box') for n in fs)
        return p.returncode, clean(p.stdout), '\n'.join(err).strip(), names
    finally:
        shutil.rmtree(box, ignore_errors=True)


def ours_alone(words, h, b):
    """What is worded our own way."""
    if h[0] != b[0]:
        return h, b
    if 'Usage:' in h[1] or 'Usage:' in h[2] and 'Usage:  ' not in h[2]:
        return h[:1], b[:1]
    if words[:1] == ['__complete']:
        bare = lambda t: [l.split('\t')[0] for l in t.split('\n')]
        theirs, mine = bare(h[1]), bare(b[1])
        return (h[0], h[2]) + (theirs,), (b[0], b[2]) + ([l for l in mine if l in theirs],)
    if 'completion' in words or 'version' in words or 'env' in words:
        return (h[0], h[2]), (b[0], b[2])
    return h, b


differences = 0
for n in range(o.count):
    words, variables = line(), g.choice(ENVIRONMENT)
    if not words or any('\0' in w for w in words):
        continue
    h, b = ours_alone(words, run(helm, words, variables), run(binary, words, variables))
    if h == b:
        continue
    differences += 1
    if differences <= o.show:
        print('DIFF %s%s' % (''.join('%s=%s ' % v for v in variables.items()), shlex.join(words)))
        for x, y in zip(h, b):
            if x != y:
                print('  helm %r\n  ours %r' % (str(x)[-300:], str(y)[-300:]))
print('generated: %d lines, %d differences, seed %d' % (o.count, differences, o.seed))
sys.exit(1 if differences else 0)
