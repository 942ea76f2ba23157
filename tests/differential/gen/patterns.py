"""Texts with a grammar of their own: regular expressions, versions, layouts, durations, formats, globs, URLs."""

from . import base

# ---- regular expressions ----

ATOMS = ['a', 'b', 'c', 'x', '.', '\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '\\b', '\\B', '^', '$', '\\A', '\\z', '[abc]', '[^abc]', '[a-z]', '[A-Z0-9_-]', '[^a-z\\n]', '[[:alpha:]]', '[[:^digit:]]', '[\\d\\s]', '\\pL', '\\PL', '\\p{Greek}', '\\p{^Lu}', '\\pN', '\\x41', '\\x{65e5}', '\\n', '\\t', '\\.', '\\\\', '\\Q.*\\E', 'é', '日', '[é-ü]', '[日-本]', '\\C', '[a]', '-', '/', ',', ' ', '\\101', '\\07', '[]a]', '[^]a]', '[a-]', '[-a]', '(?i)', '(?s)', '(?m)', '(?U)', '(?-i)', '', '[[:word:]]', '[x[:space:]y]', '\\pZ', '\\a', '\\f', '\\v', '[\\]]', '[\\-]']
BAD = ['(', ')', '[', ']', '*', '+', '?', '{', '}', '(?', '(?P<', '(?P<n>', '(?<n>', '[z-a]', '\\', '\\8', '\\p{Nope}', '[[:nope:]]', '(?z)', 'a**', 'a{2,1}', 'a{1001}', '(?=a)', '(?!a)', '(?<=a)', '(?#c)', '\\Z', '\\G', '\\1', '\\x{110000}', '\\xg', '[a', '(?i', 'a{,2}', 'a{-1}', '(?P<n>a)(?P<n>b)', '(?P<>a)', '\\pX', '[\\z]', '[a-\\d]', '\\ye', 'x{2}{3}', '(?:', '(?i:a', '|*', '^*', '$+', '\\b+', '(|a)*', '(?:a*)*', '(a*)+', 'a{1000}{1000}']
TEXTS = ['', 'a', 'aaa', 'abc', 'aXbXc', 'abcabc', 'foo bar baz', 'line1\nline2\n', '123', 'a1b2c3', 'Hello World', 'HELLO', 'héllo', '日本語', 'x-y_z', 'a.b.c', '\\', '[a]', 'αβγ', '🎉a🎉', 'aab', 'ba', '  ', 'key=value', 'K', 'ſ', 'İi', '\x00', 'a,b;c', '2024-01-02', '10.0.0.1', 'user@example.com']
TEMPLATES = ['', 'X', '$0', '$1', '${1}', '$1x', '${1}x', '$$', '$', '$n', '${n}', '[$0]', '$2$1', '\\1', '\\$1', '${', '$ ', '${1', '$10', '$é', '<$0|$1>']


def regex(g, depth=3):
    r = g.random()
    if r < 0.09:
        return g.pick(BAD) if g.chance(0.5) else regex(g, 1) + g.pick(BAD) + regex(g, 1)
    if depth <= 0 or r < 0.4:
        s = g.pick(ATOMS)
    elif r < 0.58:
        s = '%s%s%s' % (g.pick(['(', '(', '(?:', '(?i:', '(?P<n>', '(?s-i:', '(?<n>', '(?U:', '(?m:']), regex(g, depth - 1), ')')
    elif r < 0.7:
        s = regex(g, depth - 1) + '|' + regex(g, depth - 1)
    else:
        s = ''.join(g.some(2, 4, lambda: regex(g, depth - 1)))
    if g.chance(0.3):
        s += g.pick(['*', '+', '?', '*?', '+?', '??', '{2}', '{1,3}', '{2,}', '{0}', '{,3}', '{1,2}?', '{0,1}'])
    return s


def regex_request(g):
    r = {'op': 'regex', 'mode': g.pick(['match', 'find', 'findIndex', 'findAll', 'findAllSubmatch', 'findAllSubmatchIndex', 'replace', 'replace', 'replaceLiteral', 'split', 'quote']), 'format': regex(g), 'text': g.pick(TEXTS) if g.chance(0.7) else g.string()}
    if r['mode'].startswith('replace'):
        r['args'] = [g.pick(TEMPLATES)]
    return r


# ---- versions ----

PARTS = ['0', '1', '2', '3', '9', '10', '01', '00', '1', 'x', 'X', '*', '', '18446744073709551615', '18446744073709551616', '4294967296', '-1', 'a', '1.', ' 1', '1a']
PRES = ['alpha', 'beta.2', 'rc.1', '0', '01', '1', 'x', 'a-b', '-', 'alpha.1.2', '', 'a..b', 'é', '0a', '00', '1.01', 'RC1']


def version(g):
    v = g.pick(['', '', '', 'v', 'V', ' ', '=']) if g.chance(0.2) else ''
    v += '.'.join(g.pick(PARTS[:6]) if g.chance(0.9) else g.pick(PARTS) for _ in range(g.pick([1, 2, 3, 3, 3, 3, 4])))
    if g.chance(0.25):
        v += '-' + g.pick(PRES)
    if g.chance(0.12):
        v += '+' + g.pick(PRES)
    return v + (' ' if g.chance(0.02) else '')


OPS = ['', '=', '!=', '>', '<', '>=', '=>', '<=', '=<', '~', '~>', '^', '==', '!', '>>', '~=', '> ', '>= ', '^ ', ' ']


def constraint(g):
    def one():
        if g.chance(0.08):
            return version(g) + g.pick([' - ', '-', ' -', ' -  ']) + version(g)
        if g.chance(0.1):
            return g.pick(['*', 'x', '', 'X', '1.x', '1.*.2', '>x', '^*', '~x', '1.2.x-0', '!=*', '>=1.x', '<1.x', '<=1.x', '>1', '^0', '^0.0', '^0.0.0', '~0', '!=1', '!=1.2'])
        return g.pick(OPS[:12] if g.chance(0.95) else OPS) + version(g)
    return g.pick([' || ', '||', ' ||', '|']).join(g.pick([', ', ' ', ',', ' , ', '  ']).join(one() for _ in range(g.pick([1, 1, 1, 2, 2, 3]))) for _ in range(g.pick([1, 1, 1, 1, 2])))


def semver_request(g):
    r = g.random()
    if r < 0.2:
        return {'op': 'semver.parse', 'text': version(g), 'strict': g.chance(0.4)}
    if r < 0.7:
        return {'op': 'semver.check', 'constraint': constraint(g), 'versions': g.some(1, 5, lambda: version(g))}
    if r < 0.8:
        return {'op': 'semver.sort', 'versions': g.some(1, 5, lambda: version(g))}
    if r < 0.9:
        return {'op': 'semver.best', 'constraint': constraint(g), 'versions': g.some(1, 6, lambda: version(g))}
    if r < 0.95:
        return {'op': 'kubeversion', 'text': version(g)}
    return {'op': 'releasename', 'text': g.string() if g.chance(0.5) else g.pick(['a', 'rel-1', 'a.b', 'A', '-a', 'a-', 'a_b', 'x' * 53, 'x' * 54, '1', 'a..b', 'a.-b'])}


# ---- dates ----

PIECES = ['2006', '06', '01', '1', 'Jan', 'January', '02', '2', '_2', '002', '__2', 'Mon', 'Monday', '15', '03', '3', '04', '4', '05', '5', 'PM', 'pm', 'MST', '-0700', '-07:00', '-07', '-070000', '-07:00:00', 'Z0700', 'Z07:00', 'Z07', '.000', '.999', ',000', '.000000000', '.9', '.0', '000', '_2006', 'T', 'Janet', 'Z']
LAYOUTS = ['2006-01-02', '2006-01-02T15:04:05Z07:00', 'Mon Jan _2 15:04:05 MST 2006', '15:04', '3:04PM', '02 Jan 06 15:04 MST', 'Mon, 02 Jan 2006 15:04:05 -0700', '2006-01-02 15:04:05', '2006-01-02 15:04:05.999999999 -0700 MST', '', 'x', '20060102150405', '2006-002']
ZONES = ['', 'UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Pacific/Apia', 'Local', 'Nope/Zone', '../etc', 'EST', 'CET', 'Africa/Casablanca', 'Asia/Kathmandu', 'Etc/GMT+5', 'Europe/Dublin', 'America/St_Johns']
UNIX = [0, 1, -1, 1704164645, 1709210096, 951782400, 2147483647, 2147483648, -2147483649, 253402300799, 253402300800, -62135596800, -62135596801, 1711846800, 1711850400, 1729990800, 4102444800, -1000000000000, 32503680000, 1e13]
DATES = ['2024-01-02', '2024-02-29', '2023-02-29', '1999-12-31', '0000-01-01', '9999-12-31', '10000-01-01', '2024-13-01', '2024-1-2', '24-01-02', '2024-01-02T03:04:05Z', '2024-01-02T03:04:05+02:00', '2024-01-02T03:04:05.123456789-05:30', '2024-01-02 03:04:05', '03:04PM', '3:04pm', '25:00', '12:60', 'Mon Jan  2 15:04:05 UTC 2006', 'Tue, 02 Jan 2024 03:04:05 +0100', '20240102030405', '02 Jan 24 10:00 CET', '2024-366', '2023-366', 'x', '', '2024-01-02x', '15:04:05.5', '15:04:05,25', '02 Jan 24 10:00 GMT-3', 'Jan', 'janUARY', '2024-01-02 03:04:05.999 +0000 UTC']


def layout(g):
    if g.chance(0.4):
        return g.pick(LAYOUTS)
    return ''.join(g.some(1, 6, lambda: g.pick(PIECES) + g.pick(['', '', ' ', '-', ':', '/', 'T', '.', 'x', '_'])))


def date_request(g):
    r = g.random()
    if r < 0.5:
        return {'op': 'date', 'format': layout(g), 'unix': int(g.pick(UNIX)) if g.chance(0.6) else int(g.rng.uniform(-1e11, 1e11)), 'nsec': g.pick([0, 0, 1, 999999999, 500000000, 123456789, 120000000]), 'zone': g.pick(ZONES)}
    if r < 0.85:
        return {'op': 'dateparse', 'format': layout(g), 'text': g.pick(DATES) if g.chance(0.6) else layout(g), 'zone': g.pick(ZONES)}
    return {'op': 'duration', 'text': duration(g)}


def duration(g):
    if g.chance(0.2):
        return g.string()
    return g.pick(['', '', '', '-', '+', '--']) + ''.join(g.some(1, 3, lambda: g.pick(['0', '1', '1.5', '.5', '5.', '10', '90', '3600', '9223372036', '99999999999', '1e3', '0.000000001', '1.123456789123', '24', '100']) + g.pick(['h', 'm', 's', 'ms', 'us', 'µs', 'μs', 'ns', 'd', 'w', '', 'H', 'y'])))


# ---- formats ----

VERBS = list('vTtbcdoOqxXUeEfFgGspw') + ['!', 'z', 'é', '%', '']


def format(g):
    def verb():
        s = '%'
        if g.chance(0.35):
            s += ''.join(g.some(1, 3, lambda: g.pick('+-# 0')))
        if g.chance(0.06):
            s += g.pick(['[1]', '[2]', '[0]', '[3]', '[x]', '[', '[1]*', '[2]*.[1]*'])
        if g.chance(0.3):
            s += g.pick(['1', '5', '10', '20', '*', '0', '010', '3'])
        if g.chance(0.25):
            s += '.' + g.pick(['', '0', '1', '2', '3', '10', '*', '-1'])
        if g.chance(0.05):
            s += g.pick(['[1]', '[2]'])
        return s + g.pick(VERBS[:20] if g.chance(0.95) else VERBS)
    return ''.join(g.some(1, 3, lambda: g.pick(['', '', '', 'x', ' ', '|', '%%', 'é']) + verb())) + g.pick(['', '', '', '%', ' tail', '%!'])


# ---- globs and ignore rules ----

GLOBS = ['*', '**', '*.txt', '**.yaml', 'conf/*', 'conf/**', '**/*.txt', '?.txt', '[ab].txt', '[!a].txt', '[^a].txt', '[a-z].txt', '{a,b}.txt', '{a,conf/*}', '*.{txt,json}', 'conf/{a,b/*}*', '\\*.txt', 'a.txt', './a.txt', '/a.txt', 'conf/', '', '[', '[a', '{', '{a', '}', 'a{', 'conf/?*', 'x[[]1].txt', '**/**', '***', '*/', '[]', '[a-]', '[z-a]', 'conf/***', '{,a}.txt', '{a,{b,c}}.txt', '*[.]txt', '\\', 'a\\', 'ü*', '[ü]*', '?*?', '[!a-b]*', '{*,conf}/*']
RULES = ['*.txt', '/a', 'a/', '!b', '!*.md', '# c', '', ' ', '**', 'a/**', '**/b', '*', '?', '[ab]', '[', 'a/b', '/a/b/', '\\#x', '  a  ', '.git/', '!/a', 'templates/', 'charts/*', '*.y?ml', '[a-c].txt', 'a\\', '!', '/', 'Chart.yaml', '[^a]*', 'a/*/c', 'x y', '\ta', 'é*', './a', '..']
PATHS = ['a', 'a/', 'b', 'a.txt', 'a/b', 'a/b/', 'a/b.txt', 'b.md', 'c/d/e.txt', 'templates/x.yaml', 'templates/', 'charts/s/', '.git/', '.git/x', 'Chart.yaml', '#x', 'é.txt', 'x y', 'a/b/c', 'templates/.x', '.helmignore', 'b/c', 'values.yml']


def glob(g):
    if g.chance(0.6):
        return g.pick(GLOBS)
    return ''.join(g.some(1, 5, lambda: g.pick(['*', '**', '?', '[a-c]', '[!x]', '{a,b}', '{', '}', ',', 'a', 'b', '.txt', '/', 'conf', '\\', '-', '[', ']', '.', '^', '!', 'é'])))


def ignore_request(g):
    return {'op': 'ignore', 'rules': g.pick(['\n', '\n', '\r\n']).join(g.some(0, 4, lambda: g.pick(RULES) if g.chance(0.8) else glob(g))), 'paths': g.some(1, 6, lambda: g.pick(PATHS))}


def glob_request(g):
    from .funcs import FILES
    return {'op': 'render', 'files': dict(FILES), 'template': g.pick(['{{ range $p, $b := .Files.Glob %s }}{{ $p }};{{ end }}', '{{ (.Files.Glob %s).AsConfig }}', '{{ (.Files.Glob %s).AsSecrets }}', '{{ len (.Files.Glob %s) }}', '{{ range .Files.Lines %s }}[{{ . }}]{{ end }}', '{{ .Files.Get %s }}']) % quoted(g, glob(g) if g.chance(0.85) else g.string())}


def quoted(g, s):
    from .exprs import quoted as q
    return q(g, s)


# ---- URLs ----

def url(g):
    if g.chance(0.25):
        return g.string()
    s = g.pick(['http', 'https', 'oci', 'mailto', 'file', 'HTTP', '1x', 'a+b', '', '']) + g.pick([':', '://', '://', '://', '', '//'])
    s += g.pick(['', '', 'u@', 'u:p@', ':p@', 'u%40:p%3a@', 'ü@', 'a:b:c@', '@']) + g.pick(['host', 'example.com', '[::1]', '[::1', '127.0.0.1', '', 'h%41', 'ho st', 'münchen', '[fe80::1%25en0]', 'a_b', '*', 'h%zz', '[x]']) + g.pick(['', '', ':80', ':', ':abc', ':99999', ':-1'])
    return s + g.pick(['', '/', '/p/q', '/p%2Fq', '/a b', '/../x', '/%zz', '/é', '*', '//x', '/;a=b', '/a%20b', '/a+b']) + g.pick(['', '', '?q=1', '?', '?a=b&c=d', '?x y', '?%zz', '?é']) + g.pick(['', '', '#f', '#', '#a b', '#%zz', '#é', '#a#b'])
