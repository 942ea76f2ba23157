"""Whole templates: statements in each other, helpers, trim markers, comments, and damaged syntax."""
from . import data, exprs, funcs

TEXT = ['', ' ', '\n', '\n\n', 'text', 'a: b\n', '  indented\n', ' x ', '\t', '{', '}', '{ {', '} }', '"', 'é', '- ', '{{"{{"}}', '\r\n', '# c\n', '%', '<b>', '\\', '\n  ', 'end\n', '{{`raw`}}', '{{- "" -}}']
TOKENS = ['{{', '}}', '{{-', '-}}', '{{ end }}', '{{ else }}', '{{ if }}', '{{ end', '{{ break }}', '{{ continue }}', '{{ range }}', '{{ with }}', '{{ define "x" }}', '{{ template }}', '{{ block "b" . }}', '{{/*', '*/}}', '|', '(', ')', '"', '`', "'", '$', '$x', '$x :=', ':=', '=', ',', '.', '..', '.x', ' .', ' ', '\n', '\t', '{{ $x := 1 }}', 'nil', 'true', '1', '-1', '1.5', "'a'", 'else if', 'else with', 'else', 'end', 'if', 'range', '\\', '#', '@', '!', ';', '&', '*', '-', '+', '{{-}}', '{{ }}', '{{.}}', '{{/* a */ }}', '{{ /* a */ }}', '{{- /* a */ -}}', 'é', '\x00', '\u00a0', '%', '$.x', '.Values.', 'x.y', '"x".y', 'nil.x', '(1).x', '1.x', '{{break}}', '{{ 1 | 2 }}', '{{ nil }}', '{{ "a" "b" }}', '{{ .a .b }}', '{{ print | }}', '{{ | print }}', '{{ template "t.x" 1 2 }}', '{{ template x }}', '{{ define x }}{{ end }}', '{{ else 1 }}', '{{ end 1 }}', '{{ $x }}', '{{ range $i, $e, $f := . }}', '{{ range $i, . }}', '{{ if $x := 1 }}', '{{ with $x, $y := 1 }}']


class Template:
    def __init__(self, g):
        self.g = g
        self.vars = []
        self.loops = 0
        self.count = 0

    def open(self):
        return self.g.pick(['{{ ', '{{ ', '{{ ', '{{', '{{- ', '{{-\n', '{{\n  '])

    def close(self):
        return self.g.pick([' }}', ' }}', ' }}', '}}', ' -}}', '\n}}', ' -}}'])

    def act(self, text):
        return self.open() + text + self.close()

    def expr(self, depth=1):
        g = self.g
        if self.vars and g.chance(0.25):
            v = g.pick(self.vars)
            return v + g.pick(['', '', '', '.x', '.name', ' | toJson', ' | quote', '.a.b'])
        if g.chance(0.2):
            return g.pick(['.', '.', '.x', '.name', '. | toJson', '$', '$.Values.s', '. | typeOf', 'len .'])
        return exprs.pipeline(g, depth)

    def var(self, new=True):
        g = self.g
        if not new and self.vars:
            return g.pick(self.vars)
        v = '$' + g.pick(['v', 'x', 'k', 'i', 'é', 'v1', '_', 'aB'])
        return v

    def body(self, depth):
        kept = list(self.vars)
        s = ''.join(self.statement(depth - 1) for _ in range(self.g.pick([0, 1, 1, 2, 2, 3])))
        self.vars = kept
        return s

    def statement(self, depth):
        g = self.g
        r = g.random()
        if r < 0.25:
            return g.pick(TEXT)
        if depth <= 0 or r < 0.5:
            return self.act(self.expr())
        if r < 0.58:
            new = g.chance(0.7)
            v = self.var(new)
            s = self.act(v + g.pick([' := ', ' := ', ':='] if new else [' = ', ' = ', '=']) + self.expr())
            self.vars.append(v)
            return s
        if r < 0.7:
            return self.conditional('if', depth)
        if r < 0.78:
            return self.conditional('with', depth)
        if r < 0.9:
            return self.range(depth)
        if r < 0.93:
            return g.pick(['{{/* c */}}', '{{- /* c */ -}}', '{{/* multi\nline */}}', '{{/**/}}', '{{/* }} */}}', '{{- /* c */}}'])
        if r < 0.96:
            return self.act(g.pick(['template "t.x" .', 'template "t.map"', 'template "t.fail" .', 'template "t.nope" .', 'include "t.x" .', 'include "t.map" . | fromYaml | toJson', 'include "t.rec" .', 'include "t.tpl" .', 'include "d.%d" .' % g.upto(2), 'template "d.%d" .' % g.upto(2), 'include "t.fail" .', 'tpl "{{ .Values.x }}" .', 'tpl (toYaml .Values.m) .', 'tpl "{{ include \\"t.fail\\" . }}" .', 'tpl .Values.s .']))
        if r < 0.98:
            return self.act(g.pick(['block', 'define']) + ' "d.%d"%s' % (g.upto(2), g.pick([' .', ' .Values', '']))) + self.body(depth) + self.act('end')
        return self.act(g.pick(['break', 'continue']))

    def conditional(self, word, depth):
        g = self.g
        kept = list(self.vars)
        head = ''
        if g.chance(0.15):
            v = self.var()
            head = v + ' := '
            self.vars.append(v)
        s = self.act(word + ' ' + head + self.expr()) + self.body(depth)
        while g.chance(0.2):
            s += self.act('else %s %s' % (word if g.chance(0.95) else g.pick(['if', 'with', 'range']), self.expr())) + self.body(depth)
        if g.chance(0.4):
            s += self.act('else') + self.body(depth)
        self.vars = kept
        return s + self.act('end')

    def range(self, depth):
        g = self.g
        kept = list(self.vars)
        head = ''
        r = g.random()
        if r < 0.35:
            self.vars += ['$k', '$v']
            head = '$k, $v := '
        elif r < 0.55:
            self.vars.append('$v')
            head = '$v := '
        elif r < 0.6 and len(self.vars) > 1:
            head = '%s, %s = ' % (g.pick(self.vars), g.pick(self.vars))
        over = g.pick(['.Values.l', '.Values.m', '.Values.ls', '.Values.nested', '.Values.el', '.Values.n', '.Values.s', '.Values.mixed', '.Values.lm', '3', '0', '-1', 'until 3', 'list 1 2 3', 'dict "a" 1 "b" 2', '"héy"', 'true', '1.5', 'nil', '.', '.Values.seti', '2', '5', '.Values.i' if g.chance(0.1) else '.Values.x', '.Files', '.Chart', 'tuple 1 "a" nil', '(splitList "," "a,b")', '(' + exprs.call(g, 1, g.pick('LmSM')) + ')'])
        if over in ('.Values.i', '.Values.seti') and not g.chance(0.1):
            over = '.Values.l'
        if head == '' and g.chance(0.1):
            over = g.pick(['4', 'untilStep 0 6 2', 'list (list 1 2) (list 3)'])
        s = self.act('range ' + head + over)
        self.loops += 1
        s += self.body(depth)
        if g.chance(0.25):
            s += self.act('if ' + self.expr()) + self.act(g.pick(['break', 'continue'])) + self.act('end') + self.body(depth)
        self.loops -= 1
        if g.chance(0.25):
            s += self.act('else') + self.body(depth)
        self.vars = kept
        return s + self.act('end')

    def whole(self):
        g = self.g
        s = ''.join(self.statement(g.pick([1, 2, 3])) for _ in range(g.between(1, 5)))
        return s


def request(g):
    text = Template(g).whole()
    if g.chance(0.25):
        text = data.broken(g, text, TOKENS)
    r = funcs.environment(g, {'op': 'render', 'template': text})
    if g.chance(0.06):
        r['files'] = dict(r.get('files', {}), **{'templates/_d.tpl': '{{- define "d.%d" }}D{{ . | toJson }}{{ end }}' % g.upto(2)})
    if g.chance(0.04):
        r['name'] = g.pick(['templates/NOTES.txt', 'templates/a/b.yaml', 'templates/_x.tpl', 'templates/z.txt'])
    for k in ('i', 'seti'):
        if 'range' in text and ('range .Values.%s ' % k in text or ':= .Values.%s ' % k in text):
            r['template'] = text.replace('.Values.' + k, '3')
    return r
