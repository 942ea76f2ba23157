#!/usr/bin/env python3
"""Post-renderers that change, break and invent things, against what helm made of them.

run.py BIN                runs the cases of expected.json
run.py HELM --record      writes expected.json from a real helm

A case is a chart (see charts), a post-renderer (a shell script as a subprocess plugin) and flags of `template`. Compared are exit code, standard output,
standard error without log lines, and the files of --output-dir."""
import json, os, re, shutil, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
record = '--record' in sys.argv
program = os.path.abspath(sys.argv[1])
box = tempfile.mkdtemp(prefix='bulkhead-postrender.')

charts = {
    'good': {
        'crds/x.yaml': 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\n',
        'templates/NOTES.txt': 'notes\n',
        'templates/_h.tpl': '{{ define "x" }}y{{ end }}',
        'templates/a.yaml': '# top\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a # n\ndata:\n  # d\n  k: "v"\n---\n# only\n---\n'
                            'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  ports:\n    - port: 80 # p\n',
        'templates/hook.yaml': 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: h\n  annotations:\n    # the hook\n    "helm.sh/hook": test\n',
        'templates/empty.yaml': '{{ if false }}x{{ end }}\n',
    },
    'broken': {'templates/a.yaml': 'kind: A\n', 'templates/b.yaml': 'kind: [\n'},
    'scalar': {'templates/a.yaml': 'kind: A\n', 'templates/b.yaml': 'hello # there\n'},
    'fails': {'crds/x.yaml': 'kind: X\n', 'templates/a.yaml': '{{ fail "no" }}'},
}
plugins = {
    'same': 'cat',
    'broken': "cat; printf 'a: [\\n'",
    'fails': 'exit 3',
    'empty': 'true',
    'blank': "printf ' \\n\\n'",
    'more': "cat; printf -- '---\\nkind: X # c\\n'",
    'list': "printf 'apiVersion: v1\\nkind: List\\nitems:\\n- kind: A\\n  metadata: {name: a}\\n- kind: B\\n  metadata:\\n    annotations:\\n      helm.sh/hook: test\\n'",
    'badlist': "printf 'kind: List\\nitems:\\n- x: 1\\n'",
    'hooks': "sed 's/^metadata:/metadata: # m/; s/postrenderer.helm.sh.*/&\\n    helm.sh\\/hook: pre-install/'",
    'separator': "printf 'a: b\\n--- x\\nc: d\\n'",
    'scalar': "printf 'hello\\n'",
    'nulls': "printf -- '---\\n---\\nnull\\n---\\n# c\\n'",
    'kindless': "printf 'a: b\\n'",
    'badkind': "printf 'kind: [x]\\n'",
    'renames': "sed 's/postrender-filename: .*/postrender-filename: other.yaml/'",
    'args': 'cat; echo "# $#: $1, $2"',
}
flags = [[], ['--debug', '--include-crds'], ['--include-crds'], ['-s', 'templates/a.yaml', '-s', 'crds/x.yaml', '--include-crds'], ['-s', 'generated*'],
         ['--no-hooks'], ['--output-dir', 'OUT', '--include-crds'], ['--post-renderer-args', 'x', '--post-renderer-args', '']]


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        f.write(text)


def files(folder):
    found = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            found[os.path.relpath(path, folder)] = open(path).read()
    return found


def run(chart, plugin, more):
    out = box + '/out'
    shutil.rmtree(out, ignore_errors=True)
    args = ['template', 'rel', 'charts/' + chart, '--post-renderer', plugin] + [out if f == 'OUT' else f for f in more]
    env = {'PATH': os.environ.get('PATH', ''), 'HOME': box, 'TZ': 'UTC', 'LANG': 'C.UTF-8', 'HELM_PLUGINS': box + '/plugins'}
    p = subprocess.run([program] + args + ([] if record else ['--policy', 'helm']), cwd=box, env=env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, text=True)
    err = '\n'.join(l for l in p.stderr.splitlines() if not re.match(r'level=|time=|bulkhead: ', l))
    return {'exit': p.returncode, 'out': p.stdout.replace(box, 'BOX'), 'err': err.replace(box, 'BOX'), 'files': files(out)}


for name, content in charts.items():
    write('%s/charts/%s/Chart.yaml' % (box, name), 'apiVersion: v2\nname: %s\nversion: 0.1.0\n' % name)
    for path, text in content.items():
        write('%s/charts/%s/%s' % (box, name, path), text)
for name, script in plugins.items():
    write('%s/plugins/%s/run.sh' % (box, name), script + '\n')
    write('%s/plugins/%s/plugin.yaml' % (box, name),
          'apiVersion: v1\nname: %s\nversion: 0.1.0\ntype: postrenderer/v1\nruntime: subprocess\nruntimeConfig:\n  platformCommand:\n'
          '    - command: sh\n      args: ["${HELM_PLUGIN_DIR}/run.sh"]\n' % name)
try:
    cases = [('good', p, f) for p in list(plugins) + ['nosuch'] for f in flags]
    cases += [(c, p, f) for c in charts if c != 'good' for p in ('same', 'fails', 'more') for f in flags[:2]]
    if record:
        with open(HERE + '/expected.json', 'w') as f:
            json.dump({' '.join([c, p] + f): run(c, p, f) for c, p, f in cases}, f, indent=1, sort_keys=True)
            f.write('\n')
        sys.exit(0)
    expected, failed = json.load(open(HERE + '/expected.json')), 0
    for chart, plugin, more in cases:
        name = ' '.join([chart, plugin] + more)
        got = run(chart, plugin, more)
        for key, want in expected[name].items():
            if got[key] != want:
                failed += 1
                print('%s: %s\n  got  %r\n  want %r' % (name, key, got[key], want))
    print('postrender: %d cases, %d differences' % (len(cases), failed))
    sys.exit(1 if failed else 0)
finally:
    shutil.rmtree(box, ignore_errors=True)
