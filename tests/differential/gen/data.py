"""YAML, JSON, TOML and --set texts: values written in every style, then sometimes broken."""
import json

from . import base

# ---- YAML ----

PLAIN = ['a', 'abc', 'a b', 'true', 'yes', 'No', 'on', 'null', '~', '', '1', '0', '-1', '+1', '007', '0o17', '0x1F', '0b11', '1e3', '1.5', '.5', '1_000', '.inf', '-.Inf', '.NaN', '1:30', '190:20:30', '2024-01-02', '2001-12-14t21:59:43.10-05:00', '2024-01-02 03:04:05', '0.1', '-0', '-0.0', '12e03', '1e400', '9223372036854775808', '18446744073709551616', '0x', '0b2', '09', '1__0', 'a:b', 'a#b', 'a #c', ':a', '-a', '?a', '%a', '@a', '`a', '!t', '&x', '*x', '*a', '<<', '=', 'y', 'n', 'a, b', 'a]b', 'a}b', '"q', "it's", 'é', '日本', '🎉', '\u00a0', 'a\u2028b', '- a', 'a: b', '+.inf', '0.', '1.e3', '.e3', '+0x1f', '-0b1', '1e', '0o8', '1,000', 'NULL', 'TRUE', 'True', 'tRue', '~a', '1.2.3', '=a', '|', '>', '!!', '! a', '0.0000001', '123456789012345678901234567890', '1.7976931348623157e309', '4e-324', '1e-400', '0x1p4', 'Inf', 'NaN', '-', '...', '---']
TAGS = ['!!str', '!!int', '!!float', '!!bool', '!!null', '!!map', '!!seq', '!!binary', '!!timestamp', '!!merge', '!!set', '!!omap', '!x', '!', '!<tag:yaml.org,2002:str>', '!e!x', '!!python/x', '!<x>', '!!', '!<>', '!a%20b', '!!%73tr']
ANCHORS = ['a', 'b', 'x1', 'a-b', 'é', 'a.b', '1']
BREAKS = ['\n'] * 12 + ['\r\n', '\r', '\n\n', '\n  \n', '\n\t\n', '\n# c\n', '\u0085', '\u2028']


class Yaml:
    def __init__(self, g):
        self.g = g
        self.anchors = []

    def props(self):
        g, s = self.g, ''
        if g.chance(0.06):
            a = g.pick(ANCHORS)
            self.anchors.append(a)
            s += '&' + a + ' '
        if g.chance(0.05):
            s += g.pick(TAGS) + ' '
        return s if not g.chance(0.1) else ' '.join(reversed(s.split())) + (' ' if s else '')

    def scalar(self, indent, flow=False):
        g = self.g
        r = g.random()
        if self.anchors and r < 0.1:
            return '*' + (g.pick(self.anchors) if g.chance(0.92) else g.pick(ANCHORS))
        if r < 0.5:
            return g.pick(PLAIN)
        if r < 0.6:
            return self.double()
        if r < 0.68:
            return "'" + g.string().replace("'", "''").replace('\n', '\n\n' if g.chance(0.5) else '\n' + ' ' * indent) + "'"
        if r < 0.8 and not flow:
            return self.block(indent)
        if r < 0.85:
            return g.string()
        if r < 0.9:
            return g.pick(PLAIN) + '\n' + ' ' * (indent + g.pick([0, 1, 2])) + g.pick(PLAIN)
        return g.pick(base.WORDS)

    def double(self):
        g = self.g
        s = json.dumps(g.string(), ensure_ascii=g.chance(0.4))
        if g.chance(0.2):
            s = s[:-1] + g.pick(['\\x41', '\\u00e9', '\\U0001F600', '\\e', '\\a', '\\0', '\\ ', '\\_', '\\N', '\\L', '\\P', '\\/', '\\q', '\\x4', '\\\n  ', '\\\n', '\n  b', '\n\n  c', '\\ud83d\\ude00', '\\v', '\\\t', '\\uD800', '\\U00110000']) + '"'
        return s

    def block(self, indent):
        g = self.g
        head = g.pick('|>') + g.pick(['', '', '-', '+', '2', '1', '-2', '2+', '9', '0', ' # c', 'x', '-x'])
        pad = ' ' * (indent + g.pick([2, 2, 2, 1, 4, 0]))
        lines = g.some(0, 4, lambda: g.pick(['', '', ' ', '\t', '# c', 'text', '  more', 'a: b', '- x', '---', '...', 'long ' * 20, 'x\\', '"', 'é', '{{ x }}', 'tab\there']))
        body = ''.join('\n' + (pad + l if l or g.chance(0.3) else '') for l in lines)
        return head + body + '\n' * g.pick([0, 0, 1, 2])

    def key(self, flow=False):
        g = self.g
        r = g.random()
        if r < 0.7:
            return g.pick(base.WORDS) + (str(g.upto(9)) if g.chance(0.4) else '')
        if r < 0.8:
            return g.pick(PLAIN)
        if r < 0.86:
            return json.dumps(g.string(), ensure_ascii=False)
        if r < 0.9:
            return '<<'
        if r < 0.92:
            return '? ' + self.scalar(2, True) + ('\n' if not flow and g.chance(0.5) else ' ')
        if r < 0.94:
            return g.pick(['[a]', '{a: b}', '[a, b]', '*a', '&k k', '!!str 1', '1', '1.0', 'null', '~', '""', 'true', '0x1'])
        return g.key()

    def flow(self, depth):
        g = self.g
        r = g.random()
        if depth <= 0 or r < 0.3:
            return self.props() + self.scalar(2, True)
        sep = g.pick([', ', ',', ' , ', ',\n  ', ', # c\n  '] if g.chance(0.4) else [', '])
        tail = g.pick([',', ', ', ' ']) if g.chance(0.1) else ''
        if r < 0.65:
            return '[' + sep.join(g.some(0, 3, lambda: self.flow(depth - 1) if g.chance(0.85) else self.key(True) + ': ' + self.flow(depth - 1))) + tail + ']'
        return '{' + sep.join(g.some(0, 3, lambda: self.key(True) + (g.pick([': ', ': ', ': ', ':', ' : ']) + self.flow(depth - 1) if g.chance(0.92) else ''))) + tail + '}'

    def node(self, indent, depth):
        """What follows 'key:' or '-' : starts with a space or a line break."""
        g = self.g
        r = g.random()
        if depth <= 0 or r < 0.45:
            return ' ' + self.props() + self.scalar(indent)
        if r < 0.6:
            return ' ' + self.props() + self.flow(2)
        props = self.props()
        if r < 0.85:
            return (' ' + props if props else '') + (g.pick([' # c', '']) if g.chance(0.1) else '') + '\n' + self.mapping(indent + g.pick([2, 2, 2, 1, 4]), depth - 1)
        return (' ' + props if props else '') + '\n' + self.sequence(indent + g.pick([0, 0, 2, 2, 1]), depth - 1)

    def mapping(self, indent, depth):
        g, out = self.g, []
        for _ in range(g.between(1, 4)):
            key = self.key()
            out.append(' ' * indent + key + g.pick([':', ':', ':', ':', ':', ' :']) + self.node(indent, depth))
        if g.chance(0.06) and self.anchors:
            out.append(' ' * indent + '<<: ' + g.pick(['*' + g.pick(self.anchors), '[*%s, *%s]' % (g.pick(self.anchors), g.pick(self.anchors)), '{a: b}', 'x', '[{a: 1}, {b: 2}]']))
        return self.join(out)

    def sequence(self, indent, depth):
        g, out = self.g, []
        for _ in range(g.between(1, 3)):
            if g.chance(0.25) and depth > 0:
                out.append(' ' * indent + '- ' + self.mapping(indent + 2, depth - 1).lstrip(' '))
            elif g.chance(0.08) and depth > 0:
                out.append(' ' * indent + '- ' + self.sequence(indent + 2, depth - 1).lstrip(' '))
            else:
                out.append(' ' * indent + '-' + self.node(indent, depth))
        return self.join(out)

    def join(self, lines):
        g = self.g
        if g.chance(0.75):
            return '\n'.join(lines)
        return g.pick(BREAKS).join(lines)

    def document(self):
        g = self.g
        r = g.random()
        s = self.mapping(0, 3) if r < 0.75 else self.sequence(0, 3) if r < 0.85 else self.flow(3) if r < 0.93 else self.props() + self.scalar(0)
        if g.chance(0.06):
            s = g.pick(['---\n', '--- ', '%YAML 1.1\n---\n', '%YAML 1.2\n---\n', '%TAG !e! tag:e.com,2000:\n---\n', '%X y\n---\n', '# c\n', '\n\n', '\ufeff', '\t\n', '---\n---\n', '...\n', '%YAML 2.0\n---\n', '%YAML 1.1\n']) + s
        if g.chance(0.5):
            s += '\n'
        if g.chance(0.05):
            s += g.pick(['---\n', '...\n', '\n---\na: 1\n', '\n...\n', '# end', '\n...\nx', '\t', '\n--- b', '\x00', '\n ', '\n- x\n', '\nz: 1\n', '}', ']'])
        return s


def broken(g, s, tokens):
    """Up to three small damages."""
    for _ in range(g.between(1, 3)):
        at = g.upto(len(s))
        r = g.random()
        if r < 0.4:
            s = s[:at] + g.pick(tokens) + s[at:]
        elif r < 0.7:
            s = s[:at] + s[at + g.between(1, 4):]
        elif r < 0.85:
            end = at + g.upto(12)
            s = s[:end] + s[at:end] + s[end:]
        else:
            to = g.upto(len(s))
            s = s[:at] + s[to:to + 10] + s[at:]
    return s


YAML_TOKENS = [':', ': ', '- ', '\n', '\n  ', ' ', '\t', '#', ' #', '"', "'", '{', '}', '[', ']', ',', '|', '>', '&a', '*a', '!t', '!!str ', '?', '? ', '---', '\n---\n', '...', '%', '\\', '<<: ', '\u2028', '\x00', '\x01', '\ufeff', '\r', 'é', '@', '`', '~', '- - ', '\u0085', '\x7f', '\ud7ff', '\ufffe']


def yaml_text(g):
    s = Yaml(g).document()
    return broken(g, s, YAML_TOKENS) if g.chance(0.18) else s


def yaml_request(g):
    text = yaml_text(g)
    r = g.random()
    if r < 0.35:
        return {'op': 'yaml2json', 'text': text}
    if r < 0.5:
        return {'op': 'yaml2jsonStrict', 'text': text}
    if r < 0.7:
        return {'op': 'yamlfmt', 'text': text}
    if r < 0.85:
        return {'op': 'loadvalues', 'text': text}
    return {'op': 'render', 'values': 't: ' + json.dumps(text) + '\n', 'template': g.pick(['{{ fromYaml .Values.t | toJson }}', '{{ fromYamlArray .Values.t | toJson }}', '{{ fromYaml .Values.t | toYaml }}', '{{ fromYaml .Values.t | toYamlPretty }}', '{{ fromYaml .Values.t }}', '{{ fromYamlArray .Values.t }}', '{{ fromYaml .Values.t | toToml }}', '{{ .Values.t | nindent 4 }}', '{{ fromYaml .Values.t | printf "%#v" }}'])}


# ---- JSON ----

JSON_TOKENS = ['{', '}', '[', ']', ',', ':', '"', '\\', '\\u', '\\ud800', '\\ud83d\\ude00', '\\udc00', '1', '-', '.', 'e', '+', 'true', 'nul', 'null', ' ', '\n', '\t', '\x00', '/', '//', 'é', '0', '00', '1e', '-0', 'NaN', '"a"', '\x1f', '\u2028', '\ufeff']


def json_text(g):
    s = base.to_json(g.value(3) if g.chance(0.5) else g.map(3))
    if g.chance(0.15):
        s = json.dumps(json.loads(s), indent=g.pick([1, 2, 4]), ensure_ascii=g.chance(0.5)) if valid(s) else s
    return broken(g, s, JSON_TOKENS) if g.chance(0.25) else s


def valid(s):
    try:
        json.loads(s)
        return True
    except ValueError:
        return False


def json_request(g):
    text = json_text(g)
    if g.chance(0.45):
        return {'op': 'json2yaml', 'text': text}
    return {'op': 'render', 'values': 't: ' + json.dumps(text) + '\n', 'template': g.pick(['{{ fromJson .Values.t | toJson }}', '{{ fromJsonArray .Values.t | toJson }}', '{{ mustFromJson .Values.t | toYaml }}', '{{ fromJson .Values.t }}', '{{ mustFromJson .Values.t | toPrettyJson }}', '{{ mustFromJson .Values.t | toRawJson }}', '{{ mustFromJson .Values.t | toYamlPretty }}', '{{ mustFromJson .Values.t | toToml }}', '{{ mustFromJson .Values.t | printf "%#v" }}', '{{ mustFromJson .Values.t | typeOf }}', '{{ fromJson .Values.t | toYaml | nindent 2 }}'])}


def emit_request(g):
    """Values written out in every form."""
    v = base.to_json(g.value(3))
    template = g.pick(['{{ toYaml .Values.x }}', '{{ toYamlPretty .Values.x }}', '{{ toJson .Values.x }}', '{{ toPrettyJson .Values.x }}', '{{ toRawJson .Values.x }}', '{{ toToml .Values.x }}', '{{ .Values.x | quote }}', '{{ .Values.x }}', '{{ .Values.x | toString | b64enc }}', '{{ toYaml .Values }}', '{{ dict "x" .Values.x "l" (list .Values.x .Values.x) | toYaml }}', '{{ list .Values.x (dict "a" .Values.x) | toYamlPretty }}', '{{ printf "%#v" .Values.x }}', '{{ printf "%+v %T" .Values.x .Values.x }}', '{{ mustToToml .Values }}', '{{ mustToYaml .Values.x }}', '{{ mustToPrettyJson .Values.x }}', '{{ .Values | toJson }}', '{{ html .Values.x }}|{{ js .Values.x }}|{{ urlquery .Values.x }}', '{{ .Values.x | toYaml | fromYaml | toJson }}', '{{ .Values.x | toJson | fromJson | toYaml }}', '{{ .Values.x | toToml | fromToml | toJson }}'])
    r = {'op': 'render', 'values': '{"x": %s}' % v, 'template': template}
    if g.chance(0.2):
        r['set'] = [set_text(g)]
    return r


# ---- TOML ----

TOML_SCALARS = ['1', '+1', '-1', '0', '-0', '+0', '1_000', '1__0', '_1', '01', '0x1F', '0xdead_beef', '0o17', '0b101', '0X1', '1.5', '-1.5', '1.', '.5', '1e3', '1e+3', '1.5E-3', '1e', 'inf', '+inf', '-inf', 'nan', '+nan', 'true', 'false', 'True', '9223372036854775807', '9223372036854775808', '1979-05-27T07:32:00Z', '1979-05-27T00:32:00.999999-07:00', '1979-05-27 07:32:00Z', '1979-05-27T07:32:00', '1979-05-27', '07:32:00', '07:32:00.5', '1979-05-27T07:32:00.1234567891Z', '1979-02-30', '07:32', '24:00:00', '1979-05-27t07:32:00z', 'x', '1e400', '1_000.5', '0x', '0b2', '1._5']
TOML_STRINGS = ['"a"', '"a\\nb"', '"\\u00e9"', '"\\U0001F600"', '"\\x41"', '"\\e"', '"\\q"', "'a\\b'", '"""a\nb"""', '"""\na"""', '"""a\\\n   b"""', '"""a""b"""', '"""a"""""', "'''a\n'b'''", "'''\na'''", '"unterminated', "'un", '"a\tb"', '"a\x01b"', '"é"', '""', "''", '"\\ud800"', '"a\nb"', '"""\\"""', "''''a''''", '"\\u00"', '"\\"']
TOML_TOKENS = ['[', ']', '[[', ']]', '=', '.', ',', '{', '}', '"', "'", '"""', "'''", '#', '\n', '\r', '\r\n', ' ', '\t', '\\', 'a', '1', 'a.b = 1\n', '\x00', 'é', '\ufeff', '_', '-', '+', 'T', ':']


def toml_key(g):
    return '.'.join(g.pick(['a', 'b', 'c', 'key', 'a-b', 'a_b', '1', '"q k"', "'s'", '""', '"é"', 'A', 'true', '1.2', 'é', '"\\n"', '-', '"a.b"']) for _ in range(g.pick([1, 1, 1, 1, 2, 3])))


def toml_value(g, depth=2):
    r = g.random()
    if depth <= 0 or r < 0.45:
        return g.pick(TOML_SCALARS)
    if r < 0.7:
        return g.pick(TOML_STRINGS) if g.chance(0.7) else json.dumps(g.string(), ensure_ascii=False)
    if r < 0.87:
        sep = g.pick([', ', ',', ' , ', ',\n', ', # c\n'])
        return '[' + sep.join(g.some(0, 3, lambda: toml_value(g, depth - 1))) + g.pick(['', '', ',', '\n', ',\n']) + ']'
    return '{' + g.pick(['', ' ']) + g.pick([', ', ',', ',\n'] if g.chance(0.2) else [', ']).join(toml_key(g) + ' = ' + toml_value(g, depth - 1) for _ in range(g.upto(3))) + g.pick(['', ' ', '', ',']) + '}'


def toml_text(g):
    lines = []
    for _ in range(g.between(1, 6)):
        r = g.random()
        if r < 0.65:
            lines.append(g.pick(['', '', '', '  ', '\t']) + toml_key(g) + g.pick([' = ', '=', ' =', '= ']) + toml_value(g) + g.pick(['', '', '', ' # c', ' ', ' x'] if g.chance(0.3) else ['']))
        elif r < 0.85:
            lines.append(g.pick(['[%s]', '[%s]', '[ %s ]', '[%s] # c', '[%s']) % toml_key(g))
        elif r < 0.95:
            lines.append(g.pick(['[[%s]]', '[[%s]]', '[[ %s ]]', '[ [%s]]', '[[%s]']) % toml_key(g))
        else:
            lines.append(g.pick(['', '# c', '  ', '#\x01', '=', 'a', '[]', '[[]]', 'a =', '= 1']))
    s = g.pick(['\n'] * 8 + ['\r\n', '\r']).join(lines) + g.pick(['', '\n', '\n'])
    return broken(g, s, TOML_TOKENS) if g.chance(0.15) else s


def toml_request(g):
    r = g.random()
    if r < 0.6:
        return {'op': 'fromToml', 'text': toml_text(g)}
    if r < 0.85:
        return {'op': 'toToml', 'text': base.to_json(g.map(3) if g.chance(0.8) else g.value(3)) if g.chance(0.6) else yaml_text(g)}
    return {'op': 'render', 'values': 't: ' + json.dumps(toml_text(g)) + '\n', 'template': g.pick(['{{ fromToml .Values.t | toJson }}', '{{ fromToml .Values.t | toToml }}', '{{ fromToml .Values.t }}', '{{ fromToml .Values.t | toYaml }}', '{{ fromToml .Values.t | printf "%#v" }}'])}


# ---- --set ----

SET_KEYS = ['a', 'b', 'c', 'a.b', 'a.b.c', 'l[0]', 'l[1]', 'l[0].a', 'l[0][1]', 'a\\.b', 'a\\,b', 'a\\[0]', 'l[-1]', 'l[x]', 'l[', 'l]', 'l[]', 'l[5]', 'l[65537]', '', '.', 'a.', '.a', 'a..b', 'a b', ' a', 'a ', 'é', 'm', 'm.x', 'n', 'l', 'l[0]x', '[0]', 'a[0].b[1].c', 'global.x', 'a"b', "a'b", 'a{b', 'l[01]', 'l[ 1]', 'l[1 ]', 'l[+1]', 'l[1.5]', 'a=b']
SET_VALUES = ['1', '0', '-1', '007', '1.5', '1e3', 'true', 'false', 'null', 'True', 'NULL', '', 'x', 'x y', ' x', 'x ', '{a,b}', '{}', '{1,true,null}', '{a', 'a}', '{a,{b}}', '{ a , b }', '{a}b', 'a\\,b', 'a=b', '"q"', "'s'", 'a\\', '\\,', 'é', '9223372036854775807', '9223372036854775808', '-9223372036854775808', '0x1F', '1_000', '+1', '{"a": 1}', '[1,2]', '~', 'a\nb', '{,}', '{a,}', '{,a}', '{a\\,b}', '{\\}}', '.', 'a.b', 'a[0]', '00', '-0', '0123', '1,2', '\\{a\\}', 'nil', '-', '{{}', '{}}', '{{},{}}', 'TRUE', 'false ', ' null', '0.0', '08', '0b1', '0o7']


def set_text(g, json_mode=False):
    def one():
        key = g.pick(SET_KEYS) if g.chance(0.8) else g.pick(SET_KEYS) + g.pick(['.', '[0]', '']) + g.pick(SET_KEYS)
        if g.chance(0.04):
            return key
        value = json_text(g) if json_mode and g.chance(0.8) else g.pick(SET_VALUES) if g.chance(0.85) else g.string()
        return key + '=' + value
    if json_mode and g.chance(0.3):
        return json_text(g)
    s = g.pick([',', ',', ',', ', ', ',,']).join(one() for _ in range(g.pick([1, 1, 1, 2, 3])))
    return broken(g, s, [',', '=', '.', '[', ']', '{', '}', '\\', '0', ' ', 'é', '\n', '"']) if g.chance(0.1) else s


def strvals_request(g):
    mode = g.pick(['set', 'set', 'set', 'string', 'json', 'literal', 'file'])
    r = {'op': 'strvals', 'mode': mode, 'args': g.some(1, 3, lambda: set_text(g, mode == 'json'))}
    if mode == 'file':
        r['files'] = {'x': 'content\n', 'é': 'utf', '1': ''}
    if g.chance(0.4):
        r['values'] = g.pick(['a: 1\n', 'a: {b: 1}\n', 'l: [1, 2]\n', 'l: [{a: 1}]\n', 'a: null\n', 'm: {x: 1}\nn: null\n', 'l: x\n', 'a: {b: {c: d}}\nl: [[1]]\n', yaml_text(g)])
    return r


def values_request(g):
    return {'op': 'values', 'args': g.some(1, 4, lambda: base.to_json(g.map(3)) if g.chance(0.6) else yaml_text(g))}


def request(g):
    return g.weighted([(34, yaml_request), (14, json_request), (16, emit_request), (14, toml_request), (17, strvals_request), (4, values_request)])(g)
