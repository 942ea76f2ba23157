#!/usr/bin/env python3
"""Made-up charts beside a real helm: what a folder holds, and what commands make of it.

charts.py --helm PATH [--bin BINARY] [--count N] [--seed S] [--show N] [--keep DIR]

Each chart is a folder with what people and programs leave in one: odd names, versions and types in Chart.yaml, ignore rules, files without a last newline, with
carriage returns or a byte order mark, empty folders, links, executables, sub-charts as folders and archives, dependencies with conditions, tags, aliases and
imported values in Chart.yaml or requirements.yaml, locks that fit and that do not, CRDs, hooks, schemas. Compared are exit code, standard output, standard
error without log lines, and the files that came; archives entry by entry. What docs/differences.md lists is not made.
The same seed makes the same charts. Ends with 'charts: N runs, D differences'; without a helm it is skipped. The exit code is 1 when there were any."""
import argparse, gzip, io, json, os, random, re, shlex, shutil, subprocess, sys, tarfile, tempfile

ap = argparse.ArgumentParser()
ap.add_argument('--helm')
ap.add_argument('--bin', default='build/release/bin/bulkhead')
ap.add_argument('--count', type=int, default=100)
ap.add_argument('--seed', type=int, default=1)
ap.add_argument('--show', type=int, default=10)
ap.add_argument('--keep', help='a folder for the charts of differences')
o = ap.parse_args()
if not o.helm or not os.path.exists(o.helm):
    print('charts: skipped, no helm to compare with (give HELM=path)')
    sys.exit(0)
helm, binary, g = os.path.abspath(o.helm), os.path.abspath(o.bin), random.Random(o.seed)
rare = lambda p: g.random() < p
some = lambda l: g.choice(l)

# ---- files ----

NAMES = ['web', 'a', 'x-1', 'Web', 'a.b', 'a_b', 'sub', 'lib', 'n0']
VERSIONS = ['0.1.0'] * 40 + ['1.2.3-rc.1', '1.0.0+build.5', 'v1.2.3', '1.2', '1', '01.2.3', '"1.0"', '1.0', '', 'latest', '1.2.3.4', '99999999999999999999.0.0', '1.0.0-', '~', "' 1.0.0'"]
RANGES = ['0.1.0', '*', '>=0.0.0', '^0.1', '~0.1.0', '0.x', '>0.1.0', '<1', '1.0.0', '', '>=0.1.0 <0.2.0 || 1', '0.1', 'x', '=0.1.0', '!=0.1.0', '0.1.0 - 0.2.0', '>=0.1.0-0', 'abc', '>>1']
KUBES = ['>=1.20.0', '>=1.20.0-0', '<1.10', '^1.30', '>=1.20 <1.99', '*', 'x', '', '1.36.x', '~1.36.0-0', '>= 1.20.0 || < 1.0', '1.20 - 1.50']
LINES = ['description: A chart', 'description: ""', 'description: |\n  several\n  lines', 'keywords: [a, b]', 'keywords: [1, a]', 'home: https://example.com', 'home: nope', 'icon: https://example.com/i.png', 'icon: ":"',
         'icon: data:image/png;base64,AA==', 'sources: [https://example.com/s, x]', 'sources: [":x"]', 'maintainers: [{name: me, email: me@example.com, url: https://example.com}]', 'maintainers: [{email: x}]', 'maintainers: [{name: a, email: "a b"}]',
         'maintainers: [{name: a, url: ":"}]', 'maintainers: [null]', 'maintainers: x', 'annotations: {a: b, c: "1"}', 'annotations: {a: 1}', 'appVersion: "1.27"', 'appVersion: 1.27', 'appVersion: 0x10', 'appVersion: latest',
         'deprecated: true', 'deprecated: "yes"', 'deprecated: yes', 'tags: x', 'condition: a.b', 'type: application', 'type: library', 'type: odd', 'type: ""', 'unknown: 1', 'engine: gotpl', 'engine: x', 'name2: y', 'description: "tab\\tbell\\a"',
         'description: "\\u2028 é \\x1b[31m"', 'annotations: {"z": "a: b", "y": "# no", "x": " lead", "w": "- d", "v": "yes", "u": "1e3", "t": "0o7", "s": "~"}', 'dependencies: []', 'dependencies: null', 'dependencies: [null]', 'home: "a\\nb"', 'keywords: null',
         'maintainers: []', 'sources: ["", " "]', 'appVersion: 2024-01-02', 'description: 12:30:45', 'description: ' + 'word ' * 40]
IGNORE = ['*.bak', '/README.md', 'templates/', 'tests/', '!keep', '*.txt', '# c', ' ', '\\#x', '.git', 'a*', '?', 'files/*', '/files', 'files/', '*/', '[ab].txt', 'charts/', 'crds', '*.tgz', 'Chart.lock', '.helmignore', 'templates/?*', '/templates/*.txt',
          'values.yaml', '!*.md', 'x/y', '  lead.txt', 'trail.txt  ', 'values.schema.json', '.*', '!.keep', '/', '//', './a', 'LICENSE\r', 'NOTES.txt', '_*']
BAD_IGNORE = ['a**b', '**', '[', 'a[', '\\', '[a-]', '[]a]', '[^a].txt']
FILES = ['README.md', 'readme.md', 'README.txt', 'README', 'LICENSE', 'a.bak', 'b.txt', '.hidden', '.git/config', 'files/x.txt', 'files/y/z.bin', 'files/#x', 'files/a b.txt', 'é.txt', 'keep', '.keep', 'notes.md', 'Chart.yml', 'values.yml', 'chart.yaml', 'values-prod.yaml',
         'x~', '..a', 'templates.txt', 'charts.txt', 'files/charts/Chart.yaml', 'trail.txt', ' lead.txt', 'files/back\\slash', 'files/quote"x', 'files/' + 'n' * 120, 'files/' + 'd' * 90 + '/' + 'f' * 90, 'files/' + 'é' * 60, '-dash', 'files/new\tline', 'CHANGELOG.md', 'ci/values.yaml', 'values.schema.json.bak', 'provenance.prov']
TEXTS = ['x\n', '', 'no newline', 'crlf\r\nlines\r\n', '\ufeffbom\n', '\ufeff', '# t\n\n---\nbody\n', '\x00\x01binary', 'line\n' * 400, '{{ .Values }}\n', '\n', '   \n', 'a\rb\n', '\ufeff\ufefftwice\n']
METADATA = ['  name: n', '  name: {{ .Release.Name }}-x', '  name: "a_b"', '  name: ' + 'y' * 64, '  name: {{ .Chart.Name }}', '  {}', '  labels: {a: b}\n  name: n', '  annotations: {helm.sh/hook: pre-install}\n  name: h', '  annotations:\n    helm.sh/hook: test, post-upgrade\n    helm.sh/hook-weight: "-5"\n  name: t',
            '  annotations: {helm.sh/hook: pre-install, helm.sh/hook-weight: x}\n  name: h', '  annotations: {helm.sh/hook: nope}\n  name: h', '  annotations: {helm.sh/resource-policy: keep}\n  name: k', '  name: 1', '  name: n\n  namespace: other', '  annotations: {helm.sh/hook: crd-install}\n  name: c',
            '  annotations: {helm.sh/hook: "pre-install,", helm.sh/hook-delete-policy: "x, hook-succeeded"}\n  name: h', '  annotations: null\n  name: z', '  name: n\n  annotations: {a: 1}']
KINDS = ['v1/ConfigMap', 'v1/Service', 'apps/v1/Deployment', 'extensions/v1beta1/Ingress', 'batch/v1/Job', 'v1/Namespace', 'example.com/v1/Thing', 'policy/v1beta1/PodSecurityPolicy', 'v1/List', 'v1/Secret', 'rbac.authorization.k8s.io/v1/ClusterRole', '/X', 'v1/']
BODIES = ['data: {a: {{ .Values.a | quote }}}', 'data:\n{{ toYaml .Values | indent 2 }}', 'data: {f: {{ .Files.Get "files/x.txt" | quote }}}', 'data: {{ (.Files.Glob "**").AsConfig | nindent 2 }}', 'spec: {{ .Values.global | toJson }}', 'spec: {{ .Subcharts | keys | sortAlpha | toJson }}', 'data: {c: {{ .Chart | toJson | quote }}}',
          'data: {n: {{ .Template.Name }}, b: {{ .Template.BasePath }}}', 'data: {{ .Values.tags | toJson }}', 'spec: {k: {{ .Capabilities.KubeVersion.Version }}, h: {{ .Capabilities.APIVersions.Has "v1" }}}', 'data: {i: {{ include "h" . | quote }}}', 'spec: {selector: {a: b}}', 'data: {x: {{ .Values.missing.deep }}}', 'a: "{{ fail "stop" }}"',
          'data: [', 'x: {{ required "need a" .Values.a }}', 'data: {e: {{ .Values.sub | default dict | toJson | quote }}, x: {{ .Values.exports | toJson | quote }}}', '# only\n', 'data: {l: "{{ range $k, $v := .Files }}{{ $k }},{{ end }}"}', 'a: b\na: c', 'stringData: {t: {{ tpl (.Values.t | default "") . | quote }}}', 'v: {{ .Values.g }}', 'data: &x {a: *x}', '\tdata: x', 'u: {{ .Release.IsUpgrade }} {{ .Release.Revision }} {{ .Release.Service }}']
TEMPLATE_NAMES = ['a.yaml', 'b.yml', 'c.json', 'd.tpl', '_h.tpl', '_p.yaml', 'NOTES.txt', 'sub/NOTES.txt', 'tests/t.yaml', 'deep/er/x.yaml', 'z.txt', 'noext', 'e f.yaml', '.hid.yaml', 'crlf.yaml', 'A.yaml', 'é.yaml', 'x.YAML', 'tests/_x.yaml', '_dir/a.yaml', 'notes.txt']
VALUES = ['a: 1\n', 'a: x\nb: {c: [1, 2], d: null}\n', 'sub: {enabled: false, a: 2}\nglobal: {g: 1}\n', 'tags: {front: true, back: false}\n', '', '# nothing\n', 'null\n', '[1]\n', 'a: [\n', 'x', 'a: 1\na: 2\n', 'a: &q {z: 1}\nb: *q\n', '\ufeffa: 1\n', 'a: 1\r\nb: 2\r\n', 'exports: {data: {m: 1}, other: {n: {o: 2}}}\nlib: {k: v}\n',
          'sub: null\n', 'sub: 7\n', 'global: 3\n', '1: one\ntrue: t\n', 'a: 0777\nb: 1e3\nc: 0x1F\nd: yes\ne: 1_000\nf: .inf\n', 'a: 1\n---\nb: 2\n', 'web: {a: {b: {c: null, d: 1}}}\nx-1: {enabled: true}\n', 't: "{{ .Values.a }}"\na: z\n', 'lib:\n  exports: {data: {p: q}}\n', 'g: 9007199254740993\nh: 1.0\ni: 123456789012\n', '\tx: 1\n', '{"a": 1, "b": [true, null]}', 'al: {a: 5}\nal2: {enabled: true}\n']
SCHEMAS = ['{}', '{"type": "object"}', '{"required": ["a"]}', '{"properties": {"a": {"type": "string"}}}', '{"$schema": "http://json-schema.org/draft-%s/schema#", "properties": {"a": {"const": 1}, "b": {"additionalProperties": false}}}', '{"$schema": "https://json-schema.org/draft/2020-12/schema", "unevaluatedProperties": false, "properties": {"a": true}}',
           '{"additionalProperties": false, "properties": {"global": {}, "a": {"enum": ["x", 1]}}}', '[]', 'true', 'false', '{', '', '{"properties": {"a": {"$ref": "#/$defs/q"}}, "$defs": {"q": {"minimum": 3, "multipleOf": 2}}}', '{"properties": {"a": {"$ref": "#/nope"}}}', '{"type": "objekt"}',
           '{"anyOf": [{"required": ["zz"]}, {"properties": {"a": {"pattern": "^[0-9]+$"}}}], "not": {"required": ["b"]}}', '{"if": {"required": ["a"]}, "then": {"properties": {"a": {"format": "email"}}}, "else": {"minProperties": 2}}', '{"patternProperties": {"^a": {"type": ["null", "boolean"]}}, "propertyNames": {"maxLength": 3}}', '{"dependencies": {"a": ["zz"]}, "maxProperties": 1}',
           '{"dependentRequired": {"a": ["zz"]}, "dependentSchemas": {"b": {"required": ["y"]}}}', '{"properties": {"b": {"type": "object", "properties": {"c": {"items": {"type": "string"}, "minItems": 3, "uniqueItems": true, "contains": {"const": 9}}}}}}', '{"$schema": "http://json-schema.org/draft-04/schema#", "properties": {"a": {"minimum": 1, "exclusiveMinimum": true, "type": "integer"}}}', '{"oneOf": [{}, {}]}',
           '{"properties": {"global": {"type": "string"}, "sub": {"type": "array"}, "tags": {"type": "null"}}}', '{"allOf": [{"required": ["q"]}, false]}', '{"properties": {"a": {"type": "number", "maximum": 0, "minLength": 2}}}', '{"title": "t", "description": 5}', '{"properties": {"a": {"contentEncoding": "base64", "format": "date-time", "type": "string"}}}', '\ufeff{}', '{"required": "a"}', '{"properties": {"a": {"minLength": -1}}}']
CRDS = ['apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\nspec: {group: example.com}\n', 'kind: CustomResourceDefinition\nmetadata: {name: a}\n---\nkind: CustomResourceDefinition\nmetadata: {name: b}\n', '# c\n', '', 'kind: [\n', '---\nkind: X\n', 'kind: X', 'kind: X\r\n---\r\nkind: Y\r\n', '\ufeffkind: X\n', '{"kind": "CustomResourceDefinition"}']
CRD_NAMES = ['a.yaml', 'b.yml', 'c.json', 'd.txt', 'sub/e.yaml', 'README.md', '_f.yaml', 'z.tpl', 'G.yaml']


def put(path, text, mode=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    try:
        open(path, 'wb').write(text.encode() if isinstance(text, str) else text)
        if mode:
            os.chmod(path, mode)
    except (IsADirectoryError, NotADirectoryError, FileExistsError):
        pass


def template(name):
    if name.lower().endswith('notes.txt'):
        return some(['Notes {{ .Release.Name }}\n', '', '{{ fail "notes" }}', 'no newline', 'a: {{ .Values.a }}\r\n', '{{ .Values.missing.deep }}', '   \n'])
    if name.startswith('_'):
        return some(['{{- define "h" -}}hello{{- end -}}\n', '{{ define "h" }}{{ .Chart.Name }}{{ end }}stray\n', '', '{{ define "h" }}', '{{ template "nope" }}', '{{ define "q" }}{{ end }}'])
    version, _, kind = some(KINDS).rpartition('/')
    one = lambda: 'apiVersion: %s\nkind: %s\nmetadata:\n%s\n%s\n' % (version, kind, some(METADATA), some(BODIES[:8] * 3 + BODIES))
    text = some([one, one, one, lambda: one() + '---\n' + one(), lambda: '---\n' + one() + '\n---\n', lambda: '{{- if .Values.a }}\n' + one() + '{{- end }}\n', lambda: '{{ template "h" . }}', lambda: '', lambda: '# c\n---\n# d\n', lambda: some(TEXTS), lambda: one() + '...\n' + one(), lambda: '{{/* c */}}\n' + one(),
                lambda: '{{ block "h" . }}x: y{{ end }}\n', lambda: 'kind: X\nmetadata: {name: a}\n--- # c\nkind: Y\n', lambda: '[1, 2]\n', lambda: 'just text\n'])()
    return text.replace('\n', '\r\n') if rare(0.05) else text[:-1] if rare(0.1) else text


def dependency(names):
    name = some(names + ['sub', 'nope']) if rare(0.15) or not names else some(names)
    out = ['name: ' + name, 'version: "%s"' % (some(RANGES) if rare(0.35) else '0.1.0')]
    out += ['repository: ' + some(['""', 'file://../%s' % name, 'file://charts/%s' % name, '"@none"', 'file:///nope', 'x'])] if rare(0.5) else []
    out += ['condition: ' + some(['sub.enabled', 'sub.enabled,global.g', 'tags.front', 'a', 'x-1.enabled', ' sub.enabled ', 'nope.nope', 'sub..enabled', '%s.enabled' % name, 'global.on'])] if rare(0.4) else []
    out += ['tags: ' + some(['[front]', '[back]', '[front, back]', '[none]', '[""]', '["a b"]'])] if rare(0.35) else []
    out += ['alias: ' + some(['al', 'al2', 'web', 'a.b', 'A', '"a b"', '""', 'al/x', name])] if rare(0.25) else []
    out += ['import-values: ' + some(['[data]', '[data, other]', '[{child: exports.other, parent: got}]', '[{child: a, parent: a}]', '[nope]', '[{child: b, parent: .}]', '[{child: exports, parent: x.y}]', '[1]', '[{child: nope.deep, parent: z}]', '[null]', '[{child: "", parent: ""}]', '[data, {child: b, parent: b}]'])] if rare(0.35) else []
    out += ['enabled: ' + some(['true', 'false'])] if rare(0.1) else []
    return '- {%s}\n' % ', '.join(out)


def pack(folder, to, name):
    """An archive as a program other than helm makes it."""
    with gzip.GzipFile(to, 'wb', mtime=0) as z, tarfile.open(fileobj=z, mode='w', format=some([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])) as t:
        for d, ds, fs in os.walk(folder):
            ds.sort()
            for f in sorted(fs):
                p = os.path.join(d, f)
                if not os.path.islink(p):
                    t.add(p, name + '/' + os.path.relpath(p, folder), recursive=False)


def chart(path, name, depth):
    api = some(['v2'] * 30 + ['v1'] * 9 + ['v3', '', 'v4', '2', 'v2 '])
    head = ['apiVersion: ' + api if api or rare(0.5) else '# none', 'name: ' + (name if not rare(0.06) else some(['""', '1', 'a/b', '"a b"', '..', 'é', '~', 'x' * 64, 'UPPER']))]
    head += ['version: ' + some(VERSIONS)] if not rare(0.03) else []
    head += g.sample(LINES, some([0, 0, 1, 2, 3]))
    head += ['kubeVersion: "%s"' % some(KUBES)] if rare(0.15) else []
    if rare(0.3):
        g.shuffle(head)
    subs = []
    for sub in g.sample(['sub', 'lib', 'x-1', 'web'], some([0, 0, 1, 1, 2, 3]) if depth else 0):
        if sub != name:
            subs.append(sub)
            chart(path + '/charts/' + sub, sub, depth - 1)
            if rare(0.3):
                pack(path + '/charts/' + sub, path + '/charts/' + some([sub + '-0.1.0.tgz', sub + '.tgz', 'z.tgz', sub + '-1.0.0.tgz']), some([sub, sub, 'other']))
                shutil.rmtree(path + '/charts/' + sub)
    deps = ''.join(dependency(subs) for _ in range(some([0, 1, 1, 2, 3]))) if subs or rare(0.1) else ''
    old = api == 'v1' or rare(0.05)
    text = '\n'.join(head) + ('\ndependencies:\n' + deps if deps and not (old and rare(0.8)) else '') + ('' if rare(0.1) else '\n')
    text = text.replace('\n', '\r\n') if rare(0.04) else '\ufeff' + text if rare(0.04) else text
    put(path + '/Chart.yaml', text)
    if deps and old:
        put(path + '/requirements.yaml', 'dependencies:\n' + deps)
    if rare(0.06):
        put(path + '/' + some(['Chart.lock', 'requirements.lock']), some(['dependencies: []\ndigest: sha256:x\ngenerated: "2020-01-01T00:00:00Z"\n', '', 'x', 'digest: 1\n', 'dependencies:\n- {name: sub, version: 0.1.0, repository: ""}\ndigest: sha256:0\n', 'generated: nope\n']))
    if not rare(0.15):
        put(path + '/values.yaml', some(VALUES[:4] * 3 + VALUES))
    if rare(0.2):
        schema = some(SCHEMAS)
        put(path + '/values.schema.json', schema % some(['04', '06', '07', '05']) if '%s' in schema else schema)
    for n in g.sample(TEMPLATE_NAMES, some([0, 1, 2, 3, 5])):
        put(path + '/templates/' + n, template(n))
    for n in g.sample(CRD_NAMES, some([0, 0, 0, 1, 2, 3])):
        put(path + '/crds/' + n, some(CRDS))
    for n in g.sample(FILES, some([0, 0, 1, 2, 4])):
        put(path + '/' + n, some(TEXTS), 0o755 if rare(0.1) else 0o600 if rare(0.1) else None)
    if rare(0.3):
        rules = [some(IGNORE + BAD_IGNORE[:1] if rare(0.1) else IGNORE) for _ in range(some([1, 2, 4]))]
        put(path + '/.helmignore', some(['\n', '\n', '\n', '\r\n']).join(rules) + some(['\n', '']))
    for n in g.sample(['empty', 'templates/none', 'charts', 'crds', 'charts/_x', 'charts/.y', 'files/none'], some([0, 0, 0, 1])):
        os.makedirs(path + '/' + n, exist_ok=True)
    for n in g.sample(['charts/README.md', 'charts/.hid', 'charts/_u/x', 'charts/sub-0.1.0.tgz.prov', 'charts/bad.tgz', 'charts/nochart/x'], 1 if rare(0.12) else 0):
        put(path + '/' + n, 'x\n')
    if rare(0.05):
        links(path)


def links(path):
    """Within the folder."""
    for name, to in g.sample([('link.yaml', 'values.yaml'), ('templates/l.yaml', '../Chart.yaml'), ('lf', 'files'), ('gone', 'nope'), ('templates/t', 'tests'), ('charts/l', 'sub'), ('README.md', 'Chart.yaml')], 1):
        if not os.path.lexists(path + '/' + name) and os.path.isdir(os.path.dirname(path + '/' + name)) and not (name == 'charts/l'):
            os.symlink(to, path + '/' + name)


# ---- runs ----

OVERLAYS = ['a: null\n', 'sub: {a: null, enabled: true}\n', 'b: {c: null}\nglobal: {g: null, h: {i: null}}\n', 'tags: {back: true}\n', 'web: {a: {b: null}}\n', 'sub: null\n', 'lib: {exports: null}\n', 'a: {deep: {er: null}}\nb: 1\n', '[]\n', '', 'x: [null, {y: null}]\n', 'global: null\n', 'al: {a: null}\n']
SETS = ['a=1', 'a=null', 'sub.enabled=true', 'sub.enabled=false', 'tags.front=true', 'tags.back=true', 'global.g=x', 'sub.a.b=c', 'sub=null', 'b.c[0]=9', 'b.c[3]=9', 'b.d=,e=1', 'a={1,x,null}', r'a\.b=c', 'sub.global.q=1', 'global.on=true', 'x-1.enabled=false', 'b.c=null', 'a[0].b[1]=2', 'al.enabled=true', 'b=', 'a= x ', r'a=x\,y', 'a={}', 'a[1]=null', 'sub.b.c={1}', 'a=0123', 'a=1e5', 'a=TRUE', 'a.b.c', 'a[', 'a]=1', '.a=1', 'a..b=1', 'a[-1]=1', 'a=1,,b=2', ',a=1', 'a[0][1]=x', 'a{=1', 'a=}', 'é=ü']
JSONS = ['a={"x":[1,null]}', '{"sub":{"a":null}}', 'a=null', 'b.c=[1,2.50]', 'a="s"', 'a=1,b=2', '{"a":1e400}', ' {"a": 12345678901234567890}', 'a={', 'a', '{"a":1}x', 'b.c[1]={"k":true}', 'a=01', "a='x'"]
FLAGS = [['--include-crds'], ['--is-upgrade'], ['--no-hooks'], ['--skip-tests'], ['--skip-schema-validation'], ['--api-versions', 'example.com/v1'], ['-a', 'v1'], ['--kube-version', '1.22.0'], ['--kube-version', 'v1.30.1-gke.1'], ['--kube-version', '1'], ['--kube-version', '2.x'], ['--namespace', 'ns'], ['--release-name'], ['--output-dir', 'od'],
         ['--output-dir', 'od', '--release-name'], ['-s', 'templates/a.yaml'], ['-s', 'templates/*'], ['-s', '*/t.yaml'], ['-s', 'templates/tests/*.yaml'], ['-s', 'charts/*/templates/*'], ['-s', 'crds/*', '--include-crds'], ['-s', 'templates/[ab].*'], ['-s', '['], ['-s', 'a.yaml'], ['-s', './templates/a.yaml'], ['-s', 'templates/NOTES.txt'], ['--name-template', 'n-{{ "X" | lower }}'],
         ['--debug'], ['--dependency-update'], ['--post-renderer', 'nope'], ['--render-subchart-notes'], ['--enable-dns'], ['--set-file', 'a={chart}/Chart.yaml'], ['--set-string', 'a=1,sub.a=true'], ['--set-literal', 'a=x,y={z}'], ['--devel'], ['--description', 'd'], ['--labels', 'a=b'], ['--server-side', 'false']]


def values_flags():
    out = []
    for _ in range(some([0, 0, 0, 1, 1, 2, 3])):
        r = g.random()
        out += ['-f', some(['o1.yaml', 'o2.yaml', 'o3.yaml'])] if r < 0.4 else ['--set', some(SETS)] if r < 0.75 else ['--set-json', some(JSONS)] if r < 0.9 else ['--set-string', some(SETS)]
    return out


def lines(name):
    render = lambda: ['template', name] + (['rel'] if False else []) + values_flags() + sum((f for f in g.sample(FLAGS, some([0, 0, 1, 1, 2]))), [])
    out = [render() for _ in range(3)]
    out += [['lint', name] + values_flags() + some([[], ['--strict'], ['--with-subcharts'], ['--quiet'], ['--kube-version', '1.22.0'], ['--skip-schema-validation']])]
    out += [['show', some(['all', 'chart', 'values', 'crds', 'readme']), name]]
    out += [['package', name, '-d', 'out'] + some([[], [], [], ['--version', '2.0.0'], ['--app-version', '0x1'], ['-u'], ['--version', 'x']])]
    out += [['dependency', some(['list', 'list', 'update', 'build']), name]]
    if rare(0.1):
        out += [['show', 'values', name, '--jsonpath', some(['{.a}', '{.b.c[*]}', '{..a}', '{.sub.enabled}', '{range .b.c[*]}{@}{"\\n"}{end}', '{.b.c[-1:]}', '{@}', '{.nope}', '{.b["c"]}', "{.b.c[?(@>1)]}", '{'])]]
    return [[w.replace('{chart}', name) for w in l] for l in out]


def entries(path):
    data = open(path, 'rb').read()
    if data[:2] != b'\x1f\x8b':
        return data.decode('utf-8', 'replace')
    head, tar, mine, subs = data[:data.index(b'Helm\0') + 5].hex() if b'Helm\0' in data[:80] else 'bare', gzip.decompress(data), [], []
    for m in tarfile.open(fileobj=io.BytesIO(tar)):
        text = re.sub(rb'(?m)^generated: .*$', b'generated: *', tar[m.offset_data:m.offset_data + m.size])
        (subs if '/charts/' in m.name else mine).append((m.type, oct(m.mode), m.uid, m.gid, m.uname, m.gname, m.mtime if '--' not in m.name else 0, m.name, text))
    return [head, len(tar)] + mine + sorted(subs)


def run(program, world, words):
    box = tempfile.mkdtemp(prefix='bulkhead-charts.')
    try:
        shutil.copytree(world, box + '/box', symlinks=True)  # with times
        os.makedirs(box + '/home')
        env = {'PATH': '/usr/bin:/bin', 'HOME': box + '/home', 'TZ': 'UTC', 'KUBECONFIG': box + '/none', 'SOURCE_DATE_EPOCH': '1700000000'}
        if os.path.exists(world + '/v3'):
            env['HELM_EXPERIMENTAL_CHART_V3'] = '1'
        if not os.path.exists(world + '/stamped'):
            del env['SOURCE_DATE_EPOCH']
        p = subprocess.run([program] + words, cwd=box + '/box', env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        clean = lambda b: re.sub(r'/tmp/helm-lint\d+|[^ ]*/[^ /]+\.tgz(?=/[^ ]+: chart )', 'UNPACKED', b.decode('utf-8', 'backslashreplace').replace(box, '{BOX}'))
        err = [l for l in clean(p.stderr).split('\n') if not re.match(r'(level=|time=|[IWEF]\d{4} )', l)]
        out, files = clean(p.stdout), {}
        for d, _, names in os.walk(box + '/box'):
            for n in names:
                rel = os.path.relpath(os.path.join(d, n), box + '/box')
                if not os.path.lexists(os.path.join(world, rel)):
                    files[rel] = re.sub(r'(?m)^generated: .*$', 'generated: *', entries(os.path.join(d, n))) if not n.endswith('.tgz') else entries(os.path.join(d, n))
        gone = [os.path.relpath(os.path.join(d, n), world) for d, _, names in os.walk(world) for n in names if not os.path.lexists(os.path.join(box, 'box', os.path.relpath(os.path.join(d, n), world)))]
        return {'rc': p.returncode, 'out': out, 'err': '\n'.join(err).strip(), 'files': files, 'gone': gone}
    finally:
        shutil.rmtree(box, ignore_errors=True)


# Ours, said in docs/differences.md.
OURS = re.compile(r'taken to be a symlink|leads out of the chart|holds the chart .* twice|is a symbolic link|names no file')


def bare(s):
    """As control characters are shown."""
    return re.sub(r'\\x[0-9a-f]{2}|[\x00-\x09\x0b-\x1f\x7f]|\\u....|\\[abtnvfr]', '?', s)


def same(h, b):
    if h == b:
        return True
    if OURS.search(b['err']) or OURS.search(b['out']):
        return True
    return {**h, 'err': bare(h['err'])} == {**b, 'err': bare(b['err'])}


runs = differences = 0
for n in range(o.count):
    world = tempfile.mkdtemp(prefix='bulkhead-world.')
    name = some(NAMES)
    chart(world + '/' + name, name, 2)
    if rare(0.3):
        chart(world + '/sub', 'sub', 0)
    for i in '123':
        put(world + '/o%s.yaml' % i, some(OVERLAYS))
    for flag, p in (('v3', 0.5), ('stamped', 0.5)):
        if rare(p):
            put(world + '/' + flag, '')
    for words in lines(name):
        runs += 1
        h, b = run(helm, world, words), run(binary, world, words)
        # Helm walks over maps: what it says of several mistakes is any of them.
        if same(h, b) or any(same(run(helm, world, words), b) for _ in range(8)):
            continue
        differences += 1
        if o.keep and not os.path.exists('%s/%d-%d' % (o.keep, o.seed, n)):
            shutil.copytree(world, '%s/%d-%d' % (o.keep, o.seed, n), symlinks=True, dirs_exist_ok=True)
        if differences <= o.show:
            print('DIFF %d: %s' % (n, shlex.join(words)))
            for k in h:
                if h[k] == b[k]:
                    continue
                if k == 'files':
                    for f in sorted(set(h[k]) | set(b[k])):
                        x, y = h[k].get(f), b[k].get(f)
                        if x != y:
                            both = isinstance(x, list) and isinstance(y, list)
                            print('  file %s\n    helm %.400s\n    ours %.400s' % (f, [e for e in x if e not in y] if both else x, [e for e in y if e not in x] if both else y))
                    continue
                x, y = (h[k].split('\n'), b[k].split('\n')) if isinstance(h[k], str) else ([str(h[k])], [str(b[k])])
                print('  %s helm %.500s\n  %s ours %.500s' % (k, '\n    '.join(l for l in x if l not in y), ' ' * len(k), '\n    '.join(l for l in y if l not in x)))
    shutil.rmtree(world, ignore_errors=True)
print('charts: %d runs, %d differences, seed %d' % (runs, differences, o.seed))
sys.exit(1 if differences else 0)
