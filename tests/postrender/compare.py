#!/usr/bin/env python3
"""Joins and splits manifests with Helm's own functions and with ours, and compares.

compare.py --oracle PATH --native PATH [--corpus DIR] [--generate N] [--seed N] [--bases] [--show N] [--save FILE] [--record FILE]

PATH are the program of oracle/ (go build) and postrender-native. With --corpus the golden outputs of its charts are taken apart and joined, split again as
they are, and split after a change; with --generate N texts are made up: objects with comments in all places, every style of scalar and collection, anchors,
tags, odd indentation, and damaged ones, pieces of the corpus among them. Ends with 'postrender: N equal (N of them errors), N different'."""
import argparse, gzip, json, os, random, re, subprocess, sys

ap = argparse.ArgumentParser()
ap.add_argument('--oracle', required=True)
ap.add_argument('--native', required=True)
ap.add_argument('--corpus')
ap.add_argument('--generate', type=int, default=0)
ap.add_argument('--seed', type=int, default=1)
ap.add_argument('--show', type=int, default=3)
ap.add_argument('--bases', action='store_true', help='take the corpus for pieces to change only')
ap.add_argument('--record', help='a file for what Helm answers, as cases of a unit test')
ap.add_argument('--save', help='a file for the differences, as JSON')
a = ap.parse_args()


class Server:
    def __init__(self, path):
        self.p = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ, TZ='UTC'))

    def ask(self, request):
        self.p.stdin.write((json.dumps(request) + '\n').encode())
        self.p.stdin.flush()
        line = self.p.stdout.readline()
        return json.loads(line) if line else {'error': 'the program ended'}


oracle, native = Server(a.oracle), Server(a.native)
equal, errors, different, recorded = 0, 0, [], []


def same(x, y):
    if x == y:
        return True
    # Go panics where nothing sensible can be said.
    return x.get('error', '').startswith('panic') and 'error' in y


def record(request, x):
    """One text in, one text out; several files as "## name" lines with their texts."""
    if request['op'] == 'join' and list(request['files']) != ['c/templates/x.yaml'] or x.get('error', '').startswith('panic'):
        return
    text = request['files']['c/templates/x.yaml'] if request['op'] == 'join' else request['text']
    case = {'op': request['op'], 'in': text}
    if 'error' in x:
        case['error'] = x['error']
    else:
        case['out'] = x['out'] if request['op'] == 'join' else ''.join('## %s\n%s' % f for f in sorted((x.get('files') or {}).items()))
    recorded.append(case)


def check(request, label):
    global equal, errors
    x, y = oracle.ask(request), native.ask(request)
    if a.record:
        record(request, x)
    errors += 'error' in x
    if same(x, y):
        equal += 1
    else:
        different.append((label, request, x, y))
        if len(different) <= a.show:
            print('=== %s' % label)
            print(request.get('text') or '\n'.join('## %s\n%s' % f for f in request['files'].items()))
            for name, v in (('helm', x), ('ours', y)):
                print('--- %s' % name)
                print(v.get('error') or v.get('out') or '\n'.join('## %s\n%s' % f for f in sorted((v.get('files') or {}).items())))
    return x


def both(files, label):
    x = check({'op': 'join', 'files': files}, label + ' join')
    if x.get('out'):
        check({'op': 'split', 'text': x['out']}, label + ' split')


def golden(path):
    data = gzip.open(path).read() if path.endswith('.gz') else open(path, 'rb').read()
    return data.decode('utf-8', 'replace')


bases = []


def corpus(root):
    for folder, _, names in sorted(os.walk(os.path.join(root, 'golden'))):
        for name in sorted(names):
            if not re.search(r'\.(out|stdout|yaml)(\.gz)?$', name):
                continue
            text, files = golden(os.path.join(folder, name)), {}
            for piece in re.split(r'(?m)^---\n# Source: ', text)[1:]:
                path, _, body = piece.partition('\n')
                files[path] = files[path] + '---\n' + body if path in files else body
            bases.append(text)
            if a.bases:
                continue
            label = os.path.join(os.path.basename(folder), name)
            both(files, label)
            check({'op': 'split', 'text': text}, label + ' as it is')


# ---- made-up texts ----

R = random.Random(a.seed)
WORDS = ['a', 'b1', 'name', 'x y', 'yes', 'null', '~', '12', '0x1F', '1.5e3', 'true', 'on', '2001-01-01', '', '-', '- a', ': b', 'a: b', 'a #b', '#c', "it's", 'say "hi"', '{}', '[x]', '&x', '*x', '!t', '%d',
         '@m', '`q`', 'é', '日本', '\u2028', '😀', 'back\\slash', ' lead', 'trail ', 'tab\there', 'a,b', '?', '? q', 'k?', '---', '...x', '<<', '=', '1_000', '0o17', '.5', '+.inf', 'a' * 70, 'w ' * 60, '|', '>',
         'two\nlines', 'end\n', '\nfirst', 'many\n\n\nbreaks\n\n', '  ind\nent', 'trail \nspace', 'é\nü', 'tab\tand\nline\n', ' \n', 'a\n b\n  c\n\nd\n']
COMMENTS = ['# c', '#', '#no space', '# two words  ', '# a: b', '## x', '# é 日本', '#! y', '# - z']


def comment_lines(indent, chance=0.2):
    out = ''
    while R.random() < chance:
        k = R.random()
        if k < 0.25:
            out += '\n' * R.randint(1, 2)
        elif k < 0.85:
            out += ' ' * indent + R.choice(COMMENTS) + '\n'
        else:
            out += ' ' * max(0, indent + R.choice([-4, -2, -1, 1, 2, 3])) + R.choice(COMMENTS) + '\n'
    return out


def beside():
    return (R.choice(['  ', ' ', '\t', '   ']) + R.choice(COMMENTS)) if R.random() < 0.15 else ''


def single(s):
    return "'" + s.replace("'", "''").replace('\n', '\n\n') + "'"


def double(s):
    return json.dumps(s, ensure_ascii=R.random() < 0.5)


def prefix():
    k = R.random()
    if k < 0.04:
        return '&' + R.choice('abc') + ' '
    if k < 0.08:
        return R.choice(['!!str', '!!int', '!t', '!', '!!null', '!<tag:x,1:y>', '!!map', '!!seq', '!a%20b']) + ' '
    if k < 0.09:
        return '&a !!str '
    return ''


def flow(depth):
    k = R.random()
    sep = R.choice([', ', ',', ' , ', ',\n      ', ',  # f\n     ', ', # f\n#g\n     '] if R.random() < 0.3 else [', ', ','])
    end = R.choice(['', '', '', ' ', '\n   ', ' # e\n    ', '\n  # e\n    ', sep if sep.strip() == ',' else ''])
    if depth <= 0 or k < 0.4:
        return R.choice(['a', 'b c', '1', '"q"', "'s'", 'null', '~', '*a', 'x', 'true', 'u:v'])
    if k < 0.7:
        return '[' + sep.join(flow(depth - 1) for _ in range(R.randint(0, 3))) + end + ']'
    return '{' + sep.join(R.choice(['k', 'k2', '"q"', 'l']) + R.choice([': ', ': ', ':  ', ':# c\n   ']) + flow(depth - 1) for _ in range(R.randint(0, 3))) + end + '}'


def block_scalar(indent, s):
    head = R.choice('|>') + R.choice(['', '', '', '-', '+']) + beside()
    deep = indent + R.choice([1, 2, 2, 2, 4])
    lines = R.choice(['a\nb\n', 'x\n\n  y\n z\n', 'one\n', '# no comment\nx\n', 'a\n\n\n', 'long ' * 30 + '\nx\n', 'k: v\n- i\n', 'trail  \nx\n', 'tab\tx\n']).split('\n')
    return head + '\n' + '\n'.join(' ' * deep + l if l else '' for l in lines[:-1]) + '\n'


def scalar(indent):
    """The rest of a line, its line feed included."""
    k = R.random()
    s = R.choice(WORDS)
    p = prefix()
    if k < 0.35:
        return p + R.choice(['a', 'b c', 'x-y', '12', 'true', 'null', '~', '', 'a:b', 'http://x/y#z', 'v # c', "it's", 'é', 'yes', '1.10', 'w ' * 50 + 'w']) + beside() + '\n'
    if k < 0.5:
        return p + double(s) + beside() + '\n'
    if k < 0.6 and '\n' not in s:
        return p + single(s) + beside() + '\n'
    if k < 0.75:
        return p + block_scalar(indent, s)
    if k < 0.9:
        return p + flow(3) + beside() + '\n'
    if k < 0.93:
        return '*' + R.choice('abc') + beside() + '\n'
    if k < 0.96:
        return p + 'plain\n' + ' ' * (indent + 2) + 'goes on' + beside() + '\n'
    return p + "'quoted\n\n" + ' ' * (indent + 1) + "goes  on'" + beside() + '\n'


def mapping(indent, depth, first=False):
    out = ''
    for i in range(R.randint(1, 4)):
        if not (first and i == 0):
            out += comment_lines(indent) + ' ' * indent
        key = R.choice(['a', 'b', 'key', 'x.y/z', '"q k"', "'s'", '1', 'null', 'on', 'k w', '*a ', '&c k', '? c\n' + ' ' * indent if R.random() < 0.2 else 'd', '<<'] if R.random() < 0.3 else ['a', 'b', 'c', 'name', 'spec', 'list'])
        out += key + ':' + value(indent, depth - 1)
    return out + comment_lines(indent, 0.1)


def sequence(indent, depth, first=False):
    out = ''
    for i in range(R.randint(1, 3)):
        if not (first and i == 0):
            out += comment_lines(indent) + ' ' * indent
        k = R.random()
        if depth <= 0 or k < 0.4:
            out += '- ' + scalar(indent)
        elif k < 0.7:
            out += '- ' + mapping(indent + 2, depth - 1, True)
        elif k < 0.8:
            out += '- ' + sequence(indent + 2, depth - 1, True)
        elif k < 0.9:
            gap = R.choice([2, 4])
            out += '-' + beside() + '\n' + mapping(indent + gap, depth - 1)
        else:
            out += '-' + R.choice(['', ' # c', ' # c\n' + ' ' * (indent + 2) + '# d']) + '\n' + R.choice([' ' * (indent + 2) + 'x\n', ''])
    return out + comment_lines(indent, 0.1)


def value(indent, depth):
    k = R.random()
    if depth <= 0 or k < 0.45:
        return ' ' + scalar(indent)
    p = prefix().rstrip()
    p = ' ' + p if p else ''
    if k < 0.7:
        return p + beside() + '\n' + mapping(indent + R.choice([2, 2, 2, 4, 1]), depth)
    return p + beside() + '\n' + sequence(indent + R.choice([0, 0, 2, 2, 4]), depth)


def metadata():
    k = R.random()
    if k < 0.2:
        return ''
    out = comment_lines(0) + 'metadata:' + beside()
    if k < 0.25:
        return out + R.choice([' {}', ' null', ' ~', '', ' {name: x}', ' { name: x, annotations: {a: b} }', ' text', ' [a]', ' {annotations: {}}', ' {annotations: {k: v},  # c\n  name: x}']) + '\n'
    out += '\n'
    if R.random() < 0.8:
        out += comment_lines(2) + '  name: x' + beside() + '\n'
    if R.random() < 0.6:
        out += comment_lines(2) + '  annotations:' + beside()
        if R.random() < 0.2:
            out += R.choice([' {}', ' null', '', ' {a: b}', ' [x]', ' text', ' # none']) + '\n'
        else:
            out += '\n'
            for _ in range(R.randint(1, 3)):
                out += comment_lines(4) + '    ' + R.choice(['a', 'helm.sh/hook', 'b.c/d', 'config.kubernetes.io/index', 'config.kubernetes.io/path', 'internal.config.kubernetes.io/seqindent', 'postrenderer.helm.sh/postrender-filename', '"q"'] if R.random() < 0.2 else ['a', 'b', 'helm.sh/hook', 'k/d']) + ': ' + R.choice(['x', '"1"', "'y'", 'wide', 'true', '|\n      text\n', '>-\n      folded\n      text\n', 'pre-install', '']) + beside() + '\n'
        out += comment_lines(4, 0.1)
    if R.random() < 0.5:
        out += comment_lines(2) + '  labels:' + value(2, 1)
    return out + comment_lines(2, 0.1)


def document():
    out = comment_lines(0, 0.3)
    if R.random() < 0.03:
        return out + R.choice(['text\n', '[a, b]\n', '- a\n- b\n', 'null\n', '{}\n', '"q"\n', '{a: b} # c\n', '# only\n', '*a\n', '&a x\n', '|\n  x\n'])
    if R.random() < 0.03:
        out += 'apiVersion: v1\nkind: List\nitems:' + R.choice(['\n- kind: A\n  # c\n  metadata: {name: x}\n- kind: B # d\n', ' []\n', '\n  # h\n  - kind: A\n  # f\n\n  - kind: B\n    a: [x] # l\n', ' null\n', '\n- null\n- x\n', '\n- a: b\n'])
        return out
    out += R.choice(['apiVersion: v1', 'apiVersion: "v1"', "apiVersion: 'v1' # c"]) + '\n' + comment_lines(0)
    out += 'kind: X' + beside() + '\n' + metadata()
    for _ in range(R.randint(0, 3)):
        out += comment_lines(0) + R.choice(['spec', 'data', 'rules', 'items', 'x']) + ':' + value(0, R.randint(1, 4))
    return out + comment_lines(0, 0.2)


def separator():
    return R.choice(['---\n', '---\n', '---\n', '--- # c\n', '---\n---\n', '\n---\n\n', '---   \n', '...\n---\n', '---x\n' if R.random() < 0.1 else '---\n'])


def text():
    out = R.choice(['', '', '---\n', '# Source: x\n', '\n'])
    out += separator().join(document() for _ in range(R.choice([1, 1, 1, 2, 3])))
    if R.random() < 0.1:
        out = out.rstrip('\n')
    if R.random() < 0.05:
        at = R.randint(0, len(out))
        out = out[:at] + R.choice(['\t', ' ', '\n', '#', ':', '- ', '"', "'", '{', ']', '&', '*', '\r\n', '\x01', '%', '\r', '\u0085', '\ufeff']) + out[at + R.randint(0, 2):]
    if R.random() < 0.02:
        out = out.replace('\n', '\r\n')
    return out


def changed(t):
    """The text with lines added, moved, indented and cut."""
    lines = t.split('\n')
    for _ in range(R.randint(1, 6)):
        i = R.randrange(len(lines))
        k = R.random()
        if k < 0.35:
            lines.insert(i, ' ' * R.choice([0, 0, 2, 2, 4, 6, 1, 3, 8]) + R.choice(COMMENTS))
        elif k < 0.5:
            lines.insert(i, R.choice(['', '', '  ', '\t']))
        elif k < 0.6:
            lines[i] = ' ' * R.choice([1, 2]) + lines[i]
        elif k < 0.7:
            lines[i] = lines[i][R.choice([1, 2]):]
        elif k < 0.8:
            lines[i] += R.choice([' # c', '  #', '# d', ' ', ':', ' |', ' >-', ' &a', ' {', ' ]', ','])
        elif k < 0.87:
            del lines[i]
            lines = lines or ['']
        elif k < 0.93:
            lines.insert(R.randrange(len(lines)), lines[i])
        else:
            at = R.randint(0, len(lines[i]))
            lines[i] = lines[i][:at] + R.choice(['#', ' #', ': ', '- ', '"', "'", ', ', '[', '{', '}', '? ', '!t ', '&x ', '*x', '\t', '\n', '\\']) + lines[i][at:]
    return '\n'.join(lines)


def tally():
    print('postrender: %d equal (%d of them errors), %d different' % (equal, errors, len(different)))


HAND = r"""
# Source: x\napiVersion: v1 # a\n\n# b\nkind: X # c\n
kind: X\nmetadata:\n  name: x\n  # foot\n\n# head\nspec:\n  a: 1\n  # in\n# out\n
a:\n  # one\n  - x\n  # two\n\n  # three\n  - y\n
a: # beside\n  - x\nb: # beside\n  c: d\n
a:\n- # head\n  b: c\n-\n  # head\n  b: c\n- # only\n- x\n
a: |  # beside\n  text\nb: >-\n  folded\n   more\n\n  text\n# foot\n
a: [x, # one\n  y, # two\n  z # three\n  # four\n]\nb: {c: d, # five\n  # six\n  e: f}\n
<<: *x\n
&a a: &b b\nc: *a\n
a: !t x\nb: !!str 1\nc: ! 2\nd: !<tag:x,1:y> 3\n
? a\n: b\n? [x]\n: - y\n
a: "x\\ny"\nb: 'it''s'\nc: \"\"\nd: ~\ne:\n
---\n# only\n---\nnull\n---\n{}\n
kind: List\nitems:\n- kind: A # a\n- kind: B\n
kind: List\nitems:\n- null\n- x\n
metadata: null\nkind: X\n
metadata: text\n
metadata:\n  annotations: [x]\n
metadata:\n  annotations: {}\n
metadata: {name: x, annotations: {a: b}} # c\n
metadata:\n  annotations:\n    a: b # last\n    # foot\n
metadata:\n  annotations:\n    postrenderer.helm.sh/postrender-filename: |\n      mine\n
metadata:\n  annotations:\n    internal.config.kubernetes.io/seqindent: wide\nspec:\n- a\n
metadata:\n  annotations:\n    config.kubernetes.io/index: 7\n    config.kubernetes.io/path: x\n
bareSeqNodeWrappingKey: [a]\n
a: x\n--- y\nb: c\n
a: b\n---\nc: [\n
text\n
a: \tb\n\t- c\n
a: b\r\nc: |\r\n  d\r\n
a:\n  - b\n   # odd\n  - c\n # odd\nd: e\n
a: \xe9\xff\n
""".strip().split('\n')

if a.record:
    for case in HAND:
        case = case.encode().decode('unicode_escape')
        both({'c/templates/x.yaml': case}, 'hand')
        check({'op': 'split', 'text': case}, 'hand split')
if a.corpus:
    corpus(a.corpus)
for i in range(a.generate):
    if R.random() < 0.4:
        both({'c/templates/%s.yaml' % n: text() for n in R.sample('abcde_', R.choice([1, 1, 2]))}, 'made up %d' % i)
    elif bases and R.random() < 0.6:
        base = R.choice(bases).split('\n')
        start = R.randrange(len(base))
        both({'c/templates/x.yaml': changed('\n'.join(base[start:start + R.randint(3, 60)]))}, 'changed %d' % i)
    elif R.random() < 0.7:
        both({'c/templates/x.yaml': changed(text())}, 'changed %d' % i)
    else:
        check({'op': 'split', 'text': changed(text())}, 'changed %d split' % i)
tally()
if a.record:
    with open(a.record, 'w') as f:
        f.writelines(json.dumps(case, ensure_ascii=False) + '\n' for case in recorded)
if a.save:
    json.dump([{'label': l, 'request': r, 'helm': x, 'ours': y} for l, r, x, y in different], open(a.save, 'w'), indent=1)
sys.exit(1 if different else 0)
