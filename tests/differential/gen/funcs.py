"""Single calls: one function, arguments of every kind, the result shown in several ways."""
from . import base, data, exprs

FILES = {'a.txt': 'line1\nline2\n', 'conf/a.yaml': 'k: v\n', 'conf/b/c.txt': 'x', 'conf/.hid': 'h', 'b.json': '{"a": 1}', 'empty': '', 'noeol.txt': 'one\ntwo', 'crlf.txt': 'a\r\nb\r\n', 'UP.TXT': 'up', 'x[1].txt': 'b'}
HELPERS = ('{{- define "t.x" -}}X{{ . }}{{- end -}}{{- define "t.map" -}}a: 1\nb: [1, two]\n{{- end -}}{{- define "t.fail" -}}{{ fail "helper fails" }}{{- end -}}'
           '{{- define "t.rec" -}}{{ include "t.x" (dict "a" .) }}{{- end -}}{{- define "t.tpl" -}}{{ tpl "{{ .Values.s }}" $ }}{{- end -}}')

SHOWS = ['{{ %s }}', '{{ %s }}', '{{ %s | toJson }}', '{{ %s | quote }}', '{{ %s | typeOf }}', '{{ %s | printf "%%T %%v" 1 }}', '{{ printf "%%T|%%v|%%#v|%%q" (%s) (%s) (%s) (%s) }}', '{{ printf "%%T" (%s) }}', '{{ printf "%%v" (%s) }}', '{{ printf "%%#v" (%s) }}', '{{ $x := %s }}{{ $x }}', '{{ with %s }}W{{ . }}{{ else }}E{{ end }}', '{{ if %s }}T{{ else }}F{{ end }}',
         '{{ range $k, $v := %s }}{{ $k }}={{ $v }};{{ else }}none{{ end }}', '{{ range %s }}[{{ . }}]{{ end }}', '{{ toYaml (%s) }}', '{{ toYamlPretty (%s) }}', '{{ kindOf (%s) }}', '{{ (%s).x }}', '{{ (%s).x.y }}', '{{ index (%s) 0 }}', '{{ index (%s) "a" }}', '{{ len (%s) }}', '{{ eq (%s) (%s) }}', '{{ lt (%s) 3 }}', '{{ deepEqual (%s) (%s) }}', '{{ (%s) | default "D" }}', '{{ toString (%s) | len }}', '{{ %s | toToml }}',
         '{{ %s | int64 }}', '{{ %s | join "," }}', '{{ %s | first }}', '{{ %s | empty }}', '{{ %s | deepCopy | toJson }}', '{{ template "t.x" (%s) }}', '{{ include "t.x" (%s) }}', '{{ not (%s) }}', '{{ and (%s) 1 }}', '{{ or (%s) 1 }}', '{{ html (%s) }}', '{{ js (%s) }}', '{{ urlquery (%s) }}', '{{ println (%s) }}']


def values(g):
    """The values that the fields of exprs.py lead to."""
    v = {'s': g.pick(['hello', 'a,b', '', 'héllo wörld', 'Hello World foo', 'multi\nline\n']), 'i': base.Raw(str(g.int())), 'f': base.Raw(g.float()), 't': True, 'bf': False, 'n': None, 'l': [base.Raw('1'), base.Raw('2'), base.Raw('3')], 'ls': ['b', 'a', 'c', 'a'],
         'li': [base.Raw(str(g.int())) for _ in range(3)], 'm': {'k': 'v', 'a': base.Raw('1')}, 'em': {}, 'el': [], 'nested': {'a': {'b': base.Raw('1'), 'n': None}, 'l': [{'x': base.Raw('1')}]}, 'mixed': [base.Raw('1'), 'two', base.Raw('3.5'), None, True, ['x'], {'k': 'v'}],
         'lm': [{'name': 'a', 'v': base.Raw('1')}, {'name': 'b'}], 'big': base.Raw('12345678901234567'), 'u': 'ü', 'global': {'g': 'G'}, 'yaml': data.yaml_text(g) if g.chance(0.3) else 'a: 1\nb: [x, y]\n', 'json': '{"a": 1, "b": [true, null]}', 'toml': 'a = 1\n[t]\nb = "x"\n'}
    for k in ('x', 'y', 'z', 'deep'):
        v[k] = g.value(2)
    return v


def environment(g, request, always=False):
    if always or '.Values' in request['template'] or g.chance(0.05):
        request['values'] = base.to_json(values(g))
    if '.Values.set' in request['template'] or g.chance(0.05):
        request['set'] = ['seti=%s' % g.int(), 'sets=text', 'setn=null', 'setl={1,x,true,1.5}', 'global.s=%d' % g.upto(9)][: g.between(1, 5)]
    if '.Files' in request['template']:
        request['files'] = dict(FILES)
    if '"t.' in request['template'] or '`t.' in request['template']:
        request.setdefault('files', {})['templates/_h.tpl'] = HELPERS
    if g.chance(0.1):
        request['strict'] = True
    if g.chance(0.06):
        request['lintMode'] = True
    return request


def show(g, expr, result=''):
    how = g.pick(SHOWS)
    while 'range' in how and result in ('i', 'l'):
        how = g.pick(SHOWS)
    return how % ((expr,) * how.replace('%%', '').count('%s'))


def request(g):
    if g.chance(0.12):
        return printf(g)
    if g.chance(0.04):
        return environment(g, {'op': 'render', 'template': show(g, exprs.method(g), 'i')})
    fn = g.pick(exprs.CALLABLE)
    text = show(g, exprs.call(g, 2, fn=fn), fn[1].split(':')[1])
    if g.chance(0.1):
        text += g.pick(['\n', ' ', 'x']) + show(g, exprs.call(g, 1), 'i')
    return environment(g, {'op': 'render', 'template': text})


def printf(g):
    from . import patterns
    typed = [typed_value(g) for _ in range(g.pick([0, 1, 1, 1, 2, 2, 3]))]
    r = {'op': 'printf', 'format': patterns.format(g), 'typed': typed}
    if g.chance(0.08):
        r['mode'] = g.pick(['print', 'println'])
    return r


class Literal(float):
    pass


def typed_value(g):
    t = g.pick(['nil', 'int', 'int', 'int64', 'uint8', 'uint64', 'float64', 'float64', 'float32', 'bool', 'string', 'string', 'bytes', 'rune', 'strings', 'ints', 'duration', 'any', 'any'])
    if t == 'nil':
        return {'t': t, 'v': None}
    if t in ('int', 'int64', 'duration'):
        v = g.int()
    elif t == 'uint8':
        v = g.pick([0, 1, 65, 127, 128, 255])
    elif t == 'uint64':
        v = g.pick([0, 1, 2**63, 2**64 - 1, 255, 42])
    elif t in ('float64', 'float32'):
        v = g.pick(['NaN', '+Inf', '-Inf']) if t == 'float64' and g.chance(0.1) else float(g.float())
        if t == 'float32' and abs(v) > 3e38:
            v = 1.5
    elif t == 'bool':
        v = g.chance(0.5)
    elif t in ('string', 'bytes'):
        v = g.string()
    elif t == 'rune':
        v = g.pick([0, 10, 65, 97, 127, 128, 233, 0x65e5, 0x1f389, 0x10ffff, 0xd800, -1, 0x110000])
    elif t == 'strings':
        v = g.some(0, 3, g.string)
    elif t == 'ints':
        v = g.some(0, 3, g.int)
    else:
        v = plain(g, 2)
    return {'t': t, 'v': v}


def plain(g, depth):
    """A value whose numbers are Python's, for requests that carry them as numbers."""
    v = g.value(depth)

    def walk(v):
        if isinstance(v, base.Raw):
            return float(v)
        if isinstance(v, dict):
            return {k: walk(x) for k, x in v.items()}
        if isinstance(v, list):
            return [walk(x) for x in v]
        return v
    return walk(v)
