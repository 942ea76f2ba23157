"""Template expressions: arguments of every kind, calls of every function by its signature, pipelines."""
import json
import os
import re

from . import base, data, patterns

TABLE = os.path.join(os.path.dirname(__file__), '..', '..', '..', 'src', 'sprig', 'table.def')
FUNCS = re.findall(r'^BK_SPRIG\("(\w+)", "([^"]*)"', open(TABLE).read(), re.M)
BUILTIN = [('and', 'ra*:r'), ('call', 'ra*:r'), ('html', 'a*:s'), ('index', 'ra*:r'), ('slice', 'ri*:r'), ('js', 'a*:s'), ('len', 'r:i'), ('not', 'r:b'), ('or', 'ra*:r'), ('print', 'a*:s'),
           ('printf', 'sa*:s'), ('println', 'a*:s'), ('urlquery', 'a*:s'), ('eq', 'ra*:b'), ('ge', 'rr:b'), ('gt', 'rr:b'), ('le', 'rr:b'), ('lt', 'rr:b'), ('ne', 'rr:b'),
           ('include', 'sa:s'), ('tpl', 'sa:s')]
# What depends on chance, on keys or on the network is compared elsewhere, masked; derivePassword takes a tenth of a second.
CHANCE = {'now', 'ago', 'uuidv4', 'shuffle', 'randAlpha', 'randAlphaNum', 'randAscii', 'randBytes', 'randNumeric', 'randInt', 'genCA', 'genCAWithKey', 'genPrivateKey', 'genSelfSignedCert',
          'genSelfSignedCertWithKey', 'genSignedCert', 'genSignedCertWithKey', 'buildCustomCert', 'htpasswd', 'bcrypt', 'encryptAES', 'decryptAES', 'getHostByName', 'derivePassword'}
CALLABLE = [(n, s) for n, s in FUNCS if n not in CHANCE] + BUILTIN
BY_RESULT = {}
for _n, _s in CALLABLE:
    BY_RESULT.setdefault(_s.split(':')[1], []).append((_n, _s))
# Sizes come from these arguments: no number there may be huge.
SIZED = {'repeat', 'indent', 'nindent', 'until', 'untilStep', 'seq', 'wrap', 'wrapWith', 'chunk', 'trunc', 'abbrev', 'abbrevboth', 'substr', 'round', 'plural', 'splitn'}

FIELDS = ['s', 'i', 'f', 't', 'bf', 'n', 'l', 'ls', 'li', 'm', 'em', 'el', 'nested', 'nested.a', 'nested.a.b', 'nested.a.n', 'mixed', 'deep', 'missing', 'missing.x', 'm.k', 's.x', 'n.x', 'l.x', 'x', 'y', 'z', 'big', 'u', 'seti', 'sets', 'setn', 'setl', 'global', 'global.g', 'yaml', 'json', 'toml', 'sub', 'lm']
SCOPES = ['.Values', '.Chart', '.Release', '.Capabilities', '.Capabilities.KubeVersion', '.Capabilities.APIVersions', '.Capabilities.HelmVersion', '.Files', '.Template', '.Subcharts', '.', '$', '.Chart.Maintainers', '.Chart.Annotations', '.Chart.Dependencies']
MEMBERS = ['.Chart.Name', '.Chart.Version', '.Chart.AppVersion', '.Chart.Nope', '.Chart.Type', '.Chart.Keywords', '.Chart.Home', '.Chart.Deprecated', '.Chart.IsRoot', '.Chart.APIVersion', '.Chart.name', '.Release.Name', '.Release.Namespace', '.Release.Service', '.Release.IsInstall', '.Release.IsUpgrade', '.Release.Revision', '.Release.Nope',
           '.Template.Name', '.Template.BasePath', '.Capabilities.KubeVersion.Version', '.Capabilities.KubeVersion.Major', '.Capabilities.KubeVersion.Minor', '.Capabilities.KubeVersion.GitVersion', '.Capabilities.KubeVersion.String', '(.Capabilities.APIVersions.Has "v1")', '(.Capabilities.APIVersions.Has "nope/v1")', '.Capabilities.HelmVersion.Version', '.Capabilities.HelmVersion.GoVersion', '.Capabilities.Nope',
           '(.Files.Get "a.txt")', '(.Files.Get "nope")', '(.Files.GetBytes "a.txt")', '(.Files.Lines "a.txt")', '(.Files.Glob "*.txt")', '(.Files.Glob "conf/**").AsConfig', '(.Files.Glob "*").AsSecrets', '(index .Files "a.txt")', '.Files.AsConfig', '.Files.Nope', '.Values.AsMap', '(.Values.Table "nested.a")', '(.Values.PathValue "nested.a.b")', '.Values.YAML', '(.Values.Encode)']


TIME_METHODS = ['Format "2006-01-02"', 'Unix', 'UnixNano', 'UnixMilli', 'Year', 'Month', 'Day', 'Hour', 'Minute', 'Second', 'Nanosecond', 'YearDay', 'Weekday', 'Add 5', 'AddDate 0 1 -1', 'AddDate 1', 'IsZero', 'IsDST', 'String', 'UTC', 'Local', 'Round 1000', 'Truncate 60', 'Format', 'Format 1', 'Nope', 'wall', 'Year 1', 'Month.String', 'Weekday.String', 'Sub (toDate "2006-01-02" "2024-01-01")', 'After (toDate "2006-01-02" "2024-01-01")', 'Equal nil', 'Location', 'Compare (toDate "2006-01-02" "2030-01-01")']
VERSION_METHODS = ['Major', 'Minor', 'Patch', 'Prerelease', 'Metadata', 'Original', 'String', 'IncPatch', 'IncMinor', 'IncMajor', 'Compare (semver "1.2.4")', 'LessThan (semver "2")', 'GreaterThan (semver "0.1")', 'Equal (semver "1.2.3")', 'SetPrerelease "x"', 'SetMetadata "y"', 'Nope', 'major', 'Major 1', 'Compare', 'Compare nil', 'IncPatch.String', 'Value', 'MarshalText', 'LessThanEqual (semver "1.2.3")', 'Compare "1"']
DURATION_METHODS = ['Hours', 'Minutes', 'Seconds', 'Milliseconds', 'Microseconds', 'Nanoseconds', 'String', 'Abs', 'Round 60', 'Truncate 7', 'Nope', 'Hours 1', 'Round']


def method(g):
    """A method of a Go value: a time, a version, a duration."""
    of, names = g.pick([('t', TIME_METHODS), ('V', VERSION_METHODS), ('D', DURATION_METHODS)])
    m = g.pick(names)
    value = g.pick(SAMPLES[of])
    return '(%s.%s)' % (value, m) if g.chance(0.7) else '(%s).%s' % (call(g, 0, of), m)


def quoted(g, s):
    if '`' not in s and '\r' not in s and '\x00' not in s and '\ufeff' not in s and g.chance(0.2):
        return '`' + s + '`'
    t = json.dumps(s, ensure_ascii=False)
    if g.chance(0.03):
        t = t[:-1] + g.pick(['\\x41', '\\xff', '\\101', '\\u00e9', '\\U0001F600', '\\a\\v\\b', '\\n', '\\x80abc', '\\xe9']) + '"'
    return t


def number(g):
    r = g.random()
    if r < 0.6:
        return str(g.int())
    if r < 0.85:
        return g.float()
    return g.pick(['0x1F', '0b101', '0o17', '017', '1_000', '0x1p4', '1e3', '+5', '-0', "'a'", "'é'", "'\\n'", "'\\u65e5'", '1e1', '-1e2', '0x_1', '1.', '.5', '9223372036854775808', '-9223372036854775809', '1e400', '0xFFFFFFFFFFFFFFFF', '1i', '08'])


def field(g):
    r = g.random()
    if r < 0.72:
        return '.Values.' + g.pick(FIELDS)
    if r < 0.8:
        return g.pick(SCOPES)
    if r < 0.9:
        return g.pick(MEMBERS)
    if r < 0.95:
        return '$.Values.' + g.pick(FIELDS)
    return g.pick(['$v', '$k', '$nope', '.nope', '.', '$'])


SAMPLES = {
    'b': ['true', 'false', '(eq 1 1)', '.Values.t', '.Values.bf', '(not .Values.n)'],
    'm': ['.Values.m', '.Values.em', '.Values.nested', '(dict)', '(dict "a" 1)', '(dict "a" 1 "b" (list 1 2))', '(dict "k" nil)', '.Values', '.Values.deep', '.Values.x', '(index .Values.lm 0)', '(fromYaml .Values.yaml)', '(fromJson .Values.json)', '(fromToml .Values.toml)', '.Values.global', '.Values.n', '.Chart', '.Files', '.Release', '(dict "scheme" "http" "host" "h" "path" "/p" "query" "a=b")', '(urlParse "http://u@h/p?q#f")', '(split "," "a,b")', '(dict 1 2)', '(dict "a")', '(set (dict) "x" 1)', '(deepCopy .Values.nested)'],
    'M': ['(split "," "a,b,c")', '(splitn "," 2 "a,b,c")', '.Values.m', '(dict "a" "b")'],
    'L': ['.Values.l', '.Values.el', '.Values.mixed', '(list)', '(list 1 2 3)', '(list "a" "b" "a")', '(list nil 1)', '(list (list 1) (list 1))', '.Values.ls', '.Values.li', '.Values.lm', '(tuple 1 "a")', '(splitList "," "a,b")', '(until 3)', '(fromJsonArray "[1,2]")', '.Values.n', '(concat .Values.l .Values.ls)', '.Values.setl', '(list .Values.m)', '(values (dict "a" 1))', '(chunk 2 .Values.l)', '(list 3 1 2)', '(list 1 1.0 "1")', '(seq 3)'],
    'S': ['(splitList "," "a,b,,c")', '(splitList "" "abc")', '.Values.ls', '(list "b" "a")', '(toStrings .Values.l)', '(keys (dict "a" 1))', '(sortAlpha .Values.ls)', '(regexFindAll "a" "aXa" -1)'],
    'I': ['(until 3)', '(untilStep 0 10 3)'],
    'K': ['(chunk 2 (list 1 2 3))'],
    'B': ['(index .Files "a.txt")', '(.Files.GetBytes "a.txt")', '(index .Files "nope")'],
    't': ['(toDate "2006-01-02" "2024-02-29")', '(toDate "2006-01-02T15:04:05Z07:00" "2024-02-29T12:34:56+02:00")', '(mustToDate "2006-01-02" "1999-12-31")', '(toDate "x" "y")', '(dateModify "-1.5h" (toDate "2006-01-02" "2024-03-01"))'],
    'D': ['(mustToDuration "1h30m")', '(mustToDuration 5)', '(durationRoundTo "1h5m" "1h")', '(durationTruncateTo "-90s" "1m")'],
    'V': ['(semver "1.2.3-rc.1+b")', '(semver "v1")'],
    'C': ['(dict "Cert" "x" "Key" "y")', 'nil'],
    'U': ['1', '0', '4294967295', '-1'],
    'e': ['nil'],
}
SPECIAL_STRINGS = {'fromJson': data.json_text, 'mustFromJson': data.json_text, 'fromJsonArray': data.json_text, 'fromYaml': data.yaml_text, 'fromYamlArray': data.yaml_text, 'fromToml': data.toml_text,
                   'tpl': lambda g: g.pick(['{{ .Values.s }}', 'x{{ 1 }}', '{{', '{{ nope }}', '{{ .Values.l | toJson }}', '{{ include "t.x" . }}', '{{ tpl "{{ 1 }}" . }}', '{{ fail "z" }}', '{{- define "q" -}}Q{{- end }}{{ include "q" . }}', '{{ template "t.x" }}', '{{ .nope.x }}', ' {{/* c */}} ', '{{ $x := 1 }}{{ $x }}']),
                   'include': lambda g: g.pick(['t.x', 't.map', 't.fail', 't.nope', 't.rec', 'sub.x', '', 't.tpl']),
                   'urlParse': lambda g: patterns.url(g), 'semver': lambda g: patterns.version(g), 'printf': lambda g: patterns.format(g)}


def special(g, name, at):
    """An argument that fits this function's position better than any string."""
    low = name.lower()
    if name in SPECIAL_STRINGS and at == 0:
        return SPECIAL_STRINGS[name](g)
    if low.startswith(('regex', 'mustregex')) and at == 0:
        return patterns.regex(g)
    if name == 'semverCompare':
        return patterns.constraint(g) if at == 0 else patterns.version(g)
    if 'date' in low:
        return patterns.layout(g) if at == 0 and 'odify' not in name else g.pick(['2024-02-29', '1h', '-1.5h', 'UTC', 'Europe/Berlin', 'America/New_York', 'Nope', '2024-01-02T03:04:05Z', patterns.layout(g)])
    if low.startswith('duration') or name == 'mustToDuration':
        return patterns.duration(g)
    if name in ('dig', 'get', 'set', 'hasKey', 'unset', 'pick', 'omit', 'pluck'):
        return g.pick(['a', 'b', 'k', 'x', 'missing', '', 'nested'])
    if name in ('typeIs', 'typeIsLike', 'kindIs') and at == 0:
        return g.pick(['string', 'int', 'int64', 'float64', 'map', 'slice', '[]interface {}', 'map[string]interface {}', 'bool', 'invalid', '*semver.Version', 'time.Time', 'ptr', 'struct', 'nil', '<nil>'])
    return None


def arg(g, letter, name='', at=0, depth=2):
    """One argument, as an operand (parenthesised when it has to be)."""
    if g.chance(0.1):
        letter = g.pick('asildbmMLStDI')
    if letter == 's':
        s = special(g, name, at)
        if s is not None and g.chance(0.8):
            return quoted(g, s)
        if g.chance(0.7):
            return quoted(g, g.string())
        letter = 'a' if g.chance(0.4) else 's'
    if letter in 'iuld' and name in SIZED:
        return str(g.small()) if g.chance(0.93) else g.pick(['.Values.seti', '"3"', 'nil', '1.5', '.Values.n', '2.0', '"x"', '-100', 'true', '1000'])
    if letter in 'ildufU' and g.chance(0.75):
        return number(g)
    if letter in SAMPLES and g.chance(0.8):
        return g.pick(SAMPLES[letter])
    if depth > 0 and g.chance(0.25):
        return '(' + call(g, depth - 1, letter if g.chance(0.6) else None) + ')'
    r = g.random()
    if r < 0.4:
        return field(g)
    if r < 0.6:
        return quoted(g, g.string())
    if r < 0.75:
        return number(g)
    if r < 0.8:
        return g.pick(['nil', 'true', 'false'])
    return g.pick(SAMPLES[g.pick('bmMLSIKBtDV')])


def call(g, depth=2, result=None, fn=None):
    """NAME ARGS…, or with the last argument piped in."""
    name, sig = fn or g.pick(BY_RESULT.get(result) or CALLABLE)
    if fn is None and g.chance(0.1):
        name, sig = g.pick(BUILTIN)
    letters, repeat = sig.split(':')[0], False
    if letters.endswith('*'):
        letters, repeat = letters[:-1], True
    args = [arg(g, c, name, i, depth) for i, c in enumerate(letters)]
    if repeat:
        last = letters[-1] if letters else 'a'
        args = args[:-1] + [arg(g, last, name, len(args) - 1 + i, depth) for i in range(g.pick([0, 1, 1, 2, 2, 3]))]
    if name in ('dict', 'set') and g.chance(0.8):
        args = [quoted(g, g.pick(base.KEYS)) if (i % 2 == (0 if name == 'dict' else 1)) else a for i, a in enumerate(args)]
    if g.chance(0.03) and args:
        args.pop()
    if g.chance(0.03):
        args.append(arg(g, 'a', name, 0, 0))
    if args and g.chance(0.35):
        return '%s | %s' % (args[-1], ' '.join([name] + args[:-1]))
    return ' '.join([name] + args)


def pipeline(g, depth=2):
    r = g.random()
    if r < 0.04:
        s = method(g)
    elif r < 0.3:
        s = field(g)
    elif r < 0.4:
        s = arg(g, 'a', depth=depth)
    else:
        s = call(g, depth)
    while g.chance(0.3):
        name, sig = g.pick(PIPEABLE if g.chance(0.6) else PIPED)
        letters = sig.split(':')[0].rstrip('*')
        s += ' | ' + ' '.join([name] + [arg(g, c, name, i, 0) for i, c in enumerate(letters[:-1])])
    return s


# What comes through a pipe may be a huge number.
PIPEABLE = [f for f in CALLABLE if f[1][0] != ':' and f[0] not in ('until', 'untilStep', 'seq')]
PIPED = [('quote', 'a*:s'), ('toYaml', 'a:s'), ('toJson', 'a:s'), ('indent', 'is:s'), ('nindent', 'is:s'), ('trunc', 'is:s'), ('default', 'aa:a'), ('upper', 's:s'), ('trim', 's:s'), ('squote', 'a*:s'), ('b64enc', 's:s'), ('toString', 'a:s'), ('typeOf', 'a:s'), ('kindOf', 'a:s'), ('len', 'r:i'), ('int', 'a:i'), ('int64', 'a:l'), ('float64', 'a:d'), ('trimSuffix', 'ss:s'), ('replace', 'sss:s'), ('printf', 'sa:s'), ('first', 'a:a'), ('join', 'sa:s'), ('toYamlPretty', 'a:s'), ('empty', 'a:b'), ('not', 'r:b'), ('print', 'a*:s')]
