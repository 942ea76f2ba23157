"""Charts: metadata, dependencies with conditions, tags, aliases and import-values, values on every level, templates that show them."""
import json

from . import base, data, exprs, funcs, manifests, patterns, schemas, templates

SHOW = {'values': '{{ .Values | toJson }}', 'name': '{{ .Chart.Name }} {{ .Chart.Version }} {{ .Chart.AppVersion }} {{ .Chart.IsRoot }}', 'chart': '{{ .Chart | toJson }}', 'sub': '{{ .Subcharts | toJson }}', 'template': '{{ .Template.Name }} {{ .Template.BasePath }}', 'global': '{{ .Values.global | toJson }}', 'release': '{{ .Release | toJson }}', 'files': '{{ range $p, $_ := .Files }}{{ $p }};{{ end }}', 'caps': '{{ .Capabilities.KubeVersion }} {{ len .Capabilities.APIVersions }}', 'meta': '{{ .Chart.Maintainers | toJson }}{{ .Chart.Annotations | toJson }}{{ .Chart.Dependencies | toJson }}{{ .Chart.Keywords }}', 'helper': '{{ include "h" . }}', 'print': '{{ .Chart }}', 'sc': '{{ .Subcharts.s1.Values | toJson }}'}
KEYS = ['a', 'b', 'enabled', 'm', 'n', 's1', 's2', 'global', 'x', 'exports', 'tags', 'g']


def tree(g, depth=3):
    """Values whose keys meet again on other levels."""
    m = {}
    for _ in range(g.between(0, 4)):
        k = g.pick(KEYS)
        r = g.random()
        if depth > 0 and r < 0.5:
            m[k] = tree(g, depth - 1)
        elif r < 0.6:
            m[k] = None
        elif r < 0.75:
            m[k] = g.chance(0.5)
        elif r < 0.85:
            m[k] = g.some(0, 3, lambda: g.pick([base.Raw('1'), 'x', None, {'a': base.Raw('1')}]))
        else:
            m[k] = g.pick([base.Raw('1'), 'text', '', base.Raw('1.5'), base.Raw('0'), base.Raw('-3'), 'true'])
    return m


def dependency(g, name):
    d = {'name': name, 'version': g.pick(['0.1.0', '0.1.0', '>=0.1.0', '*', '^0.1', '1.0.0', '', 'x', '0.1.x', '~0.1.0', '0.1.0-0', '>0'])}
    if g.chance(0.3):
        d['repository'] = g.pick(['', 'https://example.com/charts', 'file://../x', '@repo', 'oci://r/x'])
    if g.chance(0.4):
        d['condition'] = g.pick(['s1.enabled', 'enabled', 's1.enabled,global.s1', 'global.enabled', 's1.a.b', '', ' s1.enabled', 's1.enabled, x.enabled', 'a', 'missing.x', 's1', 's2.enabled', 'tags.x', 'm.enabled'])
    if g.chance(0.3):
        d['tags'] = g.some(0, 3, lambda: g.pick(['a', 'b', 'x', 'front', '']))
    if g.chance(0.08):
        d['enabled'] = g.chance(0.5)
    if g.chance(0.2):
        d['alias'] = g.pick(['al', 's2', 's1', 'a-b', 'b', 'A_1', 'bad name', 'x.y'])
    if g.chance(0.35):
        d['import-values'] = g.some(0, 3, lambda: g.pick(['a', 'data', 'm', 'exports', {'child': 'a', 'parent': 'a'}, {'child': 'm', 'parent': 'b.c'}, {'child': 'exports.a', 'parent': 'x'}, {'child': 'm', 'parent': '.'}, {'child': 'missing', 'parent': 'q'}, {'child': '.', 'parent': 'q'}, {'child': 'n'}, base.Raw('1'), {'child': 'a.b', 'parent': 's1'}, {'child': 'global', 'parent': 'global'}, {'parent': 'a', 'child': 'm.a'}, None, ['a']]))
    if g.chance(0.02):
        d[g.pick(['Name', 'import_values', 'extra', 'conditions'])] = 'x'
    return d


def metadata(g, name, deps, root=False):
    m = {'apiVersion': g.pick(['v2'] * 8 + ['v1']), 'name': name, 'version': '0.1.0'}
    if g.chance(0.3):
        m['appVersion'] = g.pick(['1.2.3', base.Raw('1'), base.Raw('1.10'), 'v1', '', '1.0-x'])
    if g.chance(0.2):
        m['description'] = g.string()
    if g.chance(0.12):
        m['type'] = g.pick(['application', 'library', '', 'Library', 'nope'])
    if g.chance(0.1):
        m['kubeVersion'] = patterns.constraint(g) if g.chance(0.5) else g.pick(['>=1.20.0', '>=1.20.0-0', '<1.0', '>= 1.16.0 < 2', '*', ''])
    if g.chance(0.1):
        m['maintainers'] = g.some(0, 2, lambda: g.pick([{'name': 'm', 'email': 'm@x.io', 'url': 'https://x.io'}, {'name': 'm'}, {'email': 'x'}, {}, None, 'x', {'name': 'é\x00', 'email': 'a b', 'url': 'u'}]))
    if g.chance(0.1):
        m['annotations'] = g.pick([{'a': 'b'}, {'a': base.Raw('1')}, {}, None, {'category': 'x', 'b': ''}, {'a': True}])
    if g.chance(0.1):
        m['keywords'] = g.some(0, 3, g.word)
    if g.chance(0.06):
        m[g.pick(['home', 'icon'])] = patterns.url(g)
    if g.chance(0.05):
        m['sources'] = g.some(0, 2, lambda: patterns.url(g))
    if g.chance(0.05):
        m['deprecated'] = g.pick([True, False, 'true', base.Raw('1'), None])
    if deps:
        m['dependencies'] = deps
    if g.chance(0.08):
        k = g.pick(['version', 'name', 'apiVersion', 'type', 'dependencies', 'appVersion', 'condition', 'tags', 'engine', 'tillerVersion', 'Name', 'extra', 'kubeVersion', 'description', 'keywords', 'maintainers'])
        m[k] = g.pick([None, '', 'x', base.Raw('1'), base.Raw('1.0'), True, [], {}, '../x', 'a b', 'A', 'é', 'x\ty', '1.2.3', 'v1.0', '01.2.3', '1.0', '1.2.3+a_b', 'latest', '.', 'a/b', 'x\n y', '\x00', 'x\u200by'])
    if g.chance(0.03):
        m.pop(g.pick(list(m)))
    return m


def yaml_of(g, v):
    """JSON is YAML; sometimes keys stand on lines of their own."""
    if isinstance(v, dict) and g.chance(0.8):
        return ''.join('%s: %s\n' % (k if k.isidentifier() else json.dumps(k, ensure_ascii=False), base.to_json(x)) for k, x in v.items())
    return base.to_json(v) + '\n'


def chart(g, files, prefix, name, depth, root=False):
    subs = g.pick([['s1'], ['s1', 's2'], ['s1'], []] if depth > 0 else [[]])
    deps = []
    for s in subs:
        if g.chance(0.8):
            deps.append(dependency(g, s))
            if g.chance(0.12):
                deps.append(dependency(g, s))
    if g.chance(0.04):
        deps.append(dependency(g, 'absent'))
    if g.chance(0.02):
        deps.append(g.pick([None, {}, 'x', [], {'name': 'x'}]))
    m = metadata(g, name, deps, root)
    if m.get('apiVersion') == 'v1' and deps and g.chance(0.6):
        m.pop('dependencies', None)
        files[prefix + 'requirements.yaml'] = yaml_of(g, {'dependencies': deps})
    text = yaml_of(g, m)
    files[prefix + 'Chart.yaml'] = data.broken(g, text, data.YAML_TOKENS) if g.chance(0.02) else text
    if g.chance(0.9):
        v = tree(g, 3)
        if g.chance(0.3):
            v['exports'] = {'a': tree(g, 1), 'data': tree(g, 2)}
        if root and g.chance(0.3):
            v['tags'] = {g.pick(['a', 'b', 'x', 'front']): g.pick([True, False, None, 'x'])}
        files[prefix + 'values.yaml'] = yaml_of(g, v) if g.chance(0.96) else data.yaml_text(g)
    for s in subs:
        chart(g, files, prefix + 'charts/' + s + '/', s if g.chance(0.97) else 'other', depth - 1)
    shown = g.pick(list(SHOW)) if g.chance(0.5) else 'values'
    files[prefix + 'templates/x.yaml'] = SHOW[shown]
    if shown == 'helper':
        files[prefix + 'templates/_h.tpl'] = '{{ define "h" }}%s {{ .Chart.Name }}{{ end }}' % name
    if g.chance(0.08):
        files[prefix + 'values.schema.json'] = schemas.schema_text(g)
    if g.chance(0.04):
        files[prefix + g.pick(['templates/NOTES.txt', 'README.md', 'LICENSE', 'crds/c.yaml', 'Chart.lock', 'requirements.lock', 'charts/x.txt', 'charts/_s/Chart.yaml', 'templates/_p.tpl', 'values.yml', 'charts/.h/Chart.yaml', 'charts/README.md', 'charts/s9', 'charts/a.prov', 'charts/s1.tgz'])] = g.pick(['', 'x\n', 'a: 1\n', 'name: z\n', '{{ .Values.a }}\n', 'dependencies: []\ndigest: x\ngenerated: "2024-01-01T00:00:00Z"\n'])


def user_values(g, r):
    if g.chance(0.75):
        v = tree(g, 3)
        if g.chance(0.3):
            v['tags'] = {g.pick(['a', 'b', 'x', 'front']): g.pick([True, False, None, 'x'])}
        r['values'] = yaml_of(g, v)
    if g.chance(0.25):
        r['set'] = g.some(1, 3, lambda: g.pick(['s1.enabled=true', 's1.enabled=false', 's1=null', 'a=null', 's1.a=null', 'global.g=1', 'm.a=2', 'tags.a=false', 's1.m=null', 'global=null', 's1.s1.a=null', 'a=1', 's1.x=x', 'global.m.a=null', 's2.b={1,2}', 'al.x=1', 'x.y=z', 'exports.a=1', 's1.global.a=1', data.set_text(g)]))
    return r


def coalesce(g):
    files = {}
    chart(g, files, '', 't', g.pick([1, 1, 2, 2, 3]), True)
    op = g.weighted([(5, 'coalesce'), (5, 'renderall'), (2, 'chart'), (0.4, 'template'), (0.4, 'lint')])  # the last two take the oracle ten times as long
    r = {'op': op, 'files': files}
    if op != 'chart':
        user_values(g, r)
    if op in ('template', 'lint'):
        options(g, r)
    return r


def options(g, r):
    o = [x for x in ('includeCRDs', 'skipTests', 'subNotes', 'skipSchemaValidation', 'isUpgrade') if g.chance(0.12)]
    if o:
        r['options'] = o
    if g.chance(0.12):
        r['kubeVersion'] = g.pick(['1.20.0', 'v1.29', '1.16.3-gke.1', 'x', '1', 'v1.30.0+k3s1', '1.22.0', ''])
    return r


def full(g):
    """What template and lint are given: manifests, hooks, notes, CRDs, schema, sub-charts."""
    files = {'Chart.yaml': yaml_of(g, metadata(g, 't', [], True)), 'values.yaml': base.to_json(funcs.values(g)) if g.chance(0.5) else yaml_of(g, tree(g))}
    for name in ['templates/a.yaml', 'templates/b.yaml', 'templates/sub/c.yaml', 'templates/d.txt', 'templates/e.tpl', 'templates/f.yml'][: g.between(1, 6)]:
        r = g.random()
        files[name] = manifests.file(g) if r < 0.7 else templates.Template(g).whole() if r < 0.85 else 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata:\n  k: {{ %s }}\n' % (g.word(), exprs.pipeline(g, 1))
    if g.chance(0.3):
        files['templates/_h.tpl'] = funcs.HELPERS
    if g.chance(0.4):
        files['templates/NOTES.txt'] = g.pick(['notes {{ .Release.Name }}\n', 'Thanks\n\n', '', '{{ .Values.x }}', '{{ fail "no notes" }}', '---\nx\n', '{{ include "t.x" . }}'])
    if g.chance(0.2):
        files['crds/' + g.pick(['c.yaml', 'a/b.yaml', 'x.txt', 'c.json', '_u.yaml'])] = manifests.file(g)
    if g.chance(0.15):
        files['values.schema.json'] = schemas.schema_text(g)
    if g.chance(0.2):
        files['.helmignore'] = '\n'.join(g.some(0, 3, lambda: g.pick(patterns.RULES + ['templates/b.yaml', '*.tpl', 'templates/', 'sub/', 'values.yaml'])))
    if g.chance(0.2):
        sub = {}
        chart(g, sub, 'charts/s1/', 's1', 1)
        files.update(sub)
    r = {'op': g.pick(['template', 'template', 'lint']), 'files': files}
    if g.chance(0.5):
        user_values(g, r)
    return options(g, r)


def request(g):
    return full(g) if g.chance(0.15) else coalesce(g)
