#!/usr/bin/env python3
"""Generated charts, indexes and commands, in the program and in a real helm: generated.py BINARY [CASE]

Archives, indexes, outputs, messages and exit codes are compared byte by byte; only times are not. HELM names the real helm; COUNT how many cases of each kind (12), SEED the
first of them. What differs on purpose stands in docs/differences.md and is not generated, or said below."""
import io, json, os, re, sys, tarfile

from stand import chart, sha256, Repository
from twins import Twins

t = Twins(sys.argv, 'registry-generated', 12)
EPOCH = {'SOURCE_DATE_EPOCH': '1700000000'}


def unpacked(name, data):
    """Of an archive the head, and what is in it: there is more than one way to compress that, and Helm packs the charts of charts/ in no order."""
    if not name.endswith('.tgz') or data[:2] != b'\x1f\x8b':
        return data
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        members = [(m.name, m.mode, m.mtime, m.uid, m.uname, m.type, tar.extractfile(m).read() if m.isfile() else m.linkname) for m in tar]
    own = [m for m in members if '/charts/' not in m[0]]
    return repr((data[:10], own, sorted(members))).encode()


t.shown = unpacked
# Helm looks at the charts of charts/ in no order. Links it tells of (docs/differences.md).
t.errors = [(rb'error unpacking subchart [^\n]*', b'error unpacking subchart'), (rb'level=INFO msg="found symbolic link[^\n]*\n', b'')]

WORDS = ['web', 'a', 'tool', 'x1', 'db-main', 'my.chart', 'naïve', '日本語', 'UPPER', 'with space', 'dot.', '-dash', 'q"uote', "apo's", 'tab\tbed', 'percent%', 'é', 'e\u0301', '🙂', 'b\\s', '#hash', 'a' * 60,
         'very-long-name-' + 'n' * 90, 'star*', 'brack[et]', '~tilde', '$dollar', '&amp', 'null', 'true', '0', 'ａｂ']
NAMES = ['web', 'a', 'tool', 'db-main', 'my.chart', 'x1', 'n0', 'UPPER', 'under_score', 'a' * 50]
VERSIONS = ['1.0.0', '0.1.0', '1.2.3', '1.0.0+build.5', '2.0.0-rc.1', '0.0.1-alpha', '10.20.30', 'v1.0.0', '1.0', '1', '1.0.0-a.b+c.d', '01.0.0', '1.0.0+', 'x', '', '1.0.0-01', '1.2.3.4', '1.0.0+a_b', '1.0.0-']
TEXTS = ['plain', '', 'ein Käse: 100 % <b>&', 'line\nline', 'tab\there', '"quoted"', "it's", ' lead', 'trail ', '日本語', '🙂', '\u202eevil', '\u2028', '#no', '- x', '{{ .Values }}', 'yes', '1.10', '0x1F', '~', 'a' * 300, '<script>', '\x7f', '\x1b[31m', 'é', 'a\u0000b',
         'null', '1e3', '0777', '2001-01-01', ':', 'a: b', '|', '>', '%', '@x', '`x', '!x', '*x', '&x', '[', '{', ',', '?', '-', '=', '\\', '\\n', '\ufeff', '\uffff']


def yaml(v):
    return json.dumps(v, ensure_ascii=False)


def chart_yaml(r, name=None, version=None):
    lines = ['apiVersion: %s' % r.choice(['v2'] * 8 + ['v1'] * 2 + ['v3', '']), 'name: %s' % yaml(name or r.choice(NAMES)), 'version: %s' % yaml(version if version is not None else r.choice(VERSIONS[:5] * 4 + VERSIONS))]
    for key in ('description', 'appVersion', 'home', 'icon', 'condition', 'tags', 'kubeVersion'):
        if r.random() < .3:
            lines.append('%s: %s' % (key, yaml(r.choice(TEXTS) if key != 'kubeVersion' else r.choice(['>=1.20.0-0', '', 'x', '^1']))))
    if r.random() < .3:
        lines.append('appVersion: %s' % r.choice(['1.10', '"1.10"', '2', 'v1', '0x10', '1e3', '~', 'true']) if not any(l.startswith('appVersion') for l in lines) else '# c')
    if r.random() < .3:
        lines.append('annotations: ' + yaml({r.choice(['a', 'b/c', 'org.x', 'zz', 'é', '1']): r.choice(TEXTS) for _ in range(r.randint(0, 4))}))
    if r.random() < .3:
        lines.append('maintainers: ' + yaml([{k: r.choice(TEXTS) for k in r.sample(['name', 'email', 'url'], r.randint(1, 3))} for _ in range(r.randint(0, 3))]))
    for key in ('keywords', 'sources'):
        if r.random() < .3:
            lines.append('%s: %s' % (key, yaml([r.choice(TEXTS) for _ in range(r.randint(0, 3))])))
    if r.random() < .2:
        lines.append('type: %s' % r.choice(['application', 'library', 'x', '""']))
    if r.random() < .15:
        lines.append('deprecated: %s' % r.choice(['true', 'false', 'yes', '"true"']))
    if r.random() < .1:
        lines.append(r.choice(['unknown: 1', 'Name: x', 'x: {a: [1, 2.50, 1e3]}']))
    r.shuffle(lines)
    if r.random() < .2:
        lines.insert(r.randint(0, len(lines)), '# comment ' + r.choice(['é', 'x']))
    text = '\n'.join(lines) + r.choice(['\n', '', '\n\n', '\n---\n', '\n...\n'])
    if r.random() < .1:
        text = text.replace('\n', '\r\n')
    if r.random() < .05:
        text = '\ufeff' + text
    return text


FOLDERS = ['', 'templates/', 'templates/sub/', 'files/', 'crds/', 'charts/', 'charts/sub/', 'ci/', '.github/', 'd e/', 'a/b/c/d/e/f/g/h/']
FILES = ['values.yaml', 'values.schema.json', 'README.md', 'LICENSE', 'NOTES.txt', '_helpers.tpl', 'x.yaml', '.hidden', 'Chart.lock', 'requirements.yaml', 'empty', 'x.txt~', '.helmignore.bak', 'a.tgz', 'x.PROV', 'x.prov', '.DS_Store']
PATTERNS = ['*.md', 'ci/', '/files', 'files/*', '!README.md', '*', '**', '*.txt~', 'templates/sub', '[a-c]*', '# comment', '', '  ', ' *.md ', '\\*', '[', '!', '/', '.*', '?', 'x.yaml', 'd e', 'a/b', 'Chart.yaml', 'charts', '*.y?ml', 'é', '!*', '../x', './files',
            'templates/*.yaml', 'empty']


def fill(case, at, budget=2):
    r = case.rng
    for _ in range(r.randint(0, 9)):
        folder = r.choice(FOLDERS)
        name = r.choice(FILES + WORDS[:20])
        data = r.choice([b'', b'a: 1\n', b'\xff\xfe\x00', b'\xef\xbb\xbfa: 1\n', b'x\r\ny\r\n', b'{}', b'[1]', b'a' * 70000, 'ü: é\n'.encode(), b'a: &x 1\nb: *x\n', b'{{ include "x" . }}'])
        if name == 'values.schema.json' and r.random() < .8:
            data = r.choice([b'{}', b'{"type":"object"}', b' {\n}'])
        if name == 'values.yaml' and r.random() < .8:
            data = r.choice([b'', b'a: 1\n', b'# only\n', b'{}', b'a:\n  b: [1, 2]\n'])
        if folder == 'charts/' and r.random() < .7 or folder == 'charts/sub/' and name != 'values.yaml':
            continue
        case.put(at + folder + name, data, r.choice([0o644, 0o600, 0o755, 0o444]))
    if r.random() < .4:
        case.put(at + '.helmignore', '\n'.join(r.choice(PATTERNS) for _ in range(r.randint(0, 5))) + r.choice(['', '\n', '\r\n']))
    for i, sub in enumerate(r.sample(NAMES[:5], r.randint(0, 2) if budget else 0)):  # two of one name are refused, on purpose
        if r.random() < .3:
            case.put('%scharts/%s-1.0.0.tgz' % (at, sub), chart(sub, '1.0.0'))
        else:
            case.put('%scharts/%s/Chart.yaml' % (at, sub), 'apiVersion: v2\nname: %s\nversion: 0.1.%d\n' % (sub, i))
            fill(case, '%scharts/%s/' % (at, sub), budget - 1 if r.random() < .3 else 0)




for case in t.cases('package'):
    r = case.rng
    name = r.choice(NAMES)
    case.put('c/Chart.yaml', chart_yaml(r, name if r.random() < .9 else None))
    fill(case, 'c/')
    if r.random() < .3:
        case.put('c/Chart.yaml', chart_yaml(r, name, '1.2.3') + 'dependencies: [{name: %s, version: "0.1.x", repository: %s}]\n' % (r.choice(NAMES[:5]), yaml(r.choice(['', 'file://../outside', 'https://x', '@r']))))
    flags = []
    if r.random() < .3:
        flags += ['--version', r.choice(VERSIONS)]
    if r.random() < .3:
        flags += ['--app-version', r.choice(TEXTS).replace('\0', '')]
    if r.random() < .3:
        flags += ['-d', r.choice(['out', 'a/b/c', '.', './x/', 'c'])]
    if r.random() < .2:
        flags += ['-u']
    case.run('package', r.choice(['c', './c', 'c/', 'c/../c']), *flags, env=EPOCH)
    case.same_files()
    case.run('show', 'chart', 'c')


for case in t.cases('links'):
    r = case.rng
    case.put('c/Chart.yaml', 'apiVersion: v2\nname: web\nversion: 1.0.0\n')
    for f in ('values.yaml', 'files/a', 'files/b/c', 'templates/x.yaml', 'charts/sub/values.yaml'):
        case.put('c/' + f, 'a: 1\n')
    case.put('c/charts/sub/Chart.yaml', 'apiVersion: v2\nname: sub\nversion: 1.0.0\n')
    # Those that lead out of the chart are refused, on purpose.
    case.link(r.choice(['c/l', 'c/files/l', 'c/templates/l.yaml', 'c/charts/sub/l', 'c/README.md', 'c/.hidden', 'c/ignored']),
              r.choice(['values.yaml', 'nowhere', 'l', 'files', 'files/b', 'files/no/where', './files/a', 'files/../values.yaml', 'l.yaml', 'files/b/../../nowhere', 'charts', 'values.yaml/x', 'b', '../values.yaml' if r.random() < .1 else 'a']))
    if r.random() < .3:
        case.put('c/.helmignore', 'ignored\nl\n')
    case.run('package', 'c', env=EPOCH)
    case.same_files()


# ---- indexes ----

def version(r):
    v = '%d.%d.%d' % (r.randint(0, 2), r.randint(0, 3), r.randint(0, 3))
    return r.choice(['', '', '', 'v']) + v + r.choice([''] * 5 + ['-rc.1', '-alpha', '-0', '-a.1', '-10', '-9']) + r.choice([''] * 4 + ['+a', '+b', '+c.1', '+001', '+z-z'])


def entries(r, most):
    """An index's text, versions in no order, equal ones among them."""
    out = ['apiVersion: v1', 'entries:']
    for name in r.sample(NAMES[:8], r.randint(1, 3)):
        out.append('  %s:' % yaml(name))
        for i in range(r.randint(1, most)):
            out += ['  - name: %s' % yaml(name), '    version: %s' % yaml(version(r)), '    urls: [%s]' % yaml('%s-%d.tgz' % (name, i))]
            if r.random() < .3:
                out.append('    description: %s' % yaml(r.choice(TEXTS).replace('\0', '').replace('\x1b', '').replace('\x7f', '')))
            if r.random() < .3:
                out.append('    appVersion: %s' % yaml(r.choice(['1', '2.0', 'x', 'é', ''])))
            if r.random() < .2:
                out.append('    keywords: %s' % yaml([r.choice(WORDS[:5]) for _ in range(2)]))
            if r.random() < .1:
                out.append('    deprecated: true')
    return '\n'.join(out) + '\n'


for case in t.cases('index'):
    r = case.rng
    made = set()
    for _ in range(r.choice([1, 3, 20, 40])):
        name, v = r.choice(NAMES[:4]), version(r)
        if (name, v) in made:
            continue
        made.add((name, v))
        case.put('d/' + r.choice(['', '', 'sub/', 'sub/deeper/', 'é/']) + '%s-%s.tgz' % (name, v.replace('+', r.choice(['+', '_']))), chart(name, v, meta='description: %s\n' % yaml(r.choice(TEXTS[:12]))))
    if r.random() < .3:
        case.put('d/broken.tgz' if r.random() < .3 else 'd/notes.txt', b'x')
    flags = []
    if r.random() < .5:
        flags += ['--url', r.choice(['https://h/c', 'https://h/c/', 'h', 'http://h:80/a?b=c', '', 'https://h/é', 'oci://h/x', '/abs', 'https://h/a b'])]
    if r.random() < .6:
        case.put('old.yaml', entries(r, r.choice([2, 15, 40])) if r.random() < .85 else r.choice(['', 'x', 'apiVersion: v1\n', '{}', '[', 'entries: {}\n']))
        flags += ['--merge', r.choice(['old.yaml', 'old.yaml', 'none.yaml', 'd'])]
    if r.random() < .3:
        flags += ['--json']
    case.run('repo', 'index', 'd', *flags)
    case.same_files()


# ---- searching and pulling ----

TERMS = ['web', 'A', 'tool', 'b', 'r/web', 'é', '', 'x1', 'zzz', 'kAs', '1.0', '.', '^r', 'w.b', '[', '(', 'a|t', '$', '\\', '\v', '(?i)WEB']
RANGES = ['>=1.0.0', '^1', '~1.2', '1.x', '*', '1.0.0', '>0.0.0-0', '<2', '1.2 - 2.0', '!=1.0.0', 'x', '>', '1 || 2', '=1.0.0+a', '^1-0', '', ' 1.0.0 ', '>=1.0.0, <2.0.0', '>=1.0.0 <2.0.0', '1.0.0-rc.1', 'v1.0.0']




for case in t.cases('search'):
    r = case.rng
    # Among versions that are equal but for their metadata Helm's own order changes from run to run, so here there are none.
    text = re.sub(r'\+[a-z0-9.-]+', '', entries(r, r.choice([1, 3, 15, 40])))
    seen, lines, skip, name = set(), [], False, ''
    for line in text.split('\n'):
        if line.startswith('  - name'):
            name, held = line, line
            continue
        if line.startswith('    version'):
            key = (name, line.replace('"v', '"'))
            skip = key in seen
            seen.add(key)
            lines += [] if skip else [name, line]
            continue
        if not (skip and line.startswith('    ')):
            skip = False
            lines.append(line)
    for side in ('ours', 'theirs'):
        h = case.at[side] + '/home'
        os.makedirs(h + '/config/helm')
        os.makedirs(h + '/cache/helm/repository')
        open(h + '/config/helm/repositories.yaml', 'w').write('apiVersion: ""\ngenerated: "0001-01-01T00:00:00Z"\nrepositories:\n- {name: r, url: "https://h.invalid/c"}\n')
        open(h + '/cache/helm/repository/r-index.yaml', 'w').write('\n'.join(lines))
    for _ in range(6):
        args = [] if r.random() < .3 else [r.choice(TERMS)] + ([r.choice(TERMS)] if r.random() < .1 else [])
        for flag, chance in (('-l', .5), ('--devel', .3), ('-r', .3), ('--fail-on-no-result', .2)):
            if r.random() < chance:
                args.append(flag)
        if r.random() < .4:
            args += ['--version', r.choice(RANGES)]
        if r.random() < .3:
            args += ['--max-col-width', r.choice(['0', '1', '5', '20', '50', '1000', '-1', 'x'])]
        if r.random() < .5:
            args += ['-o', r.choice(['json', 'yaml', 'table', 'x'])]
        case.run('search', 'repo', *args)
    for _ in range(3):
        case.run('pull', r.choice(['r/web', 'r/a', 'r/tool', 'r/zzz', 'r', 'q/web', 'r/']), *(['--version', r.choice(RANGES)] if r.random() < .7 else []), *(['--devel'] if r.random() < .2 else []),
                 *(['--untar'] if r.random() < .2 else []), errors=False)
sys.exit(t.finish())
