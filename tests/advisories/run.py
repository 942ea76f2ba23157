#!/usr/bin/env python3
"""One test for each public advisory about Helm and its neighbours that concerns charts: run.py BINARY [CASE]

A case has the advisory's name and shows what Bulkhead guarantees there. Those about repositories, registries, provenance and plugins stand in
the suites of these parts. What left the process is seen from outside, with strace, where it is installed."""
import collections, gzip, os, re, shutil, socket, subprocess, sys, tarfile, threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'hostile'))
from box import CHART, Box, special, tgz

box = Box(sys.argv, 'advisories')
LIMITS = ('--time-limit', '5s')


def named(name):
    return b'apiVersion: v2\nname: "%s"\nversion: 0.1.0\n' % name


def traffic(args):
    """Runs the program under strace; the calls with which it reached for the network, whatever became of them."""
    log = box.root + '/strace'
    box.env['ASAN_OPTIONS'] = 'detect_leaks=0'  # a tracer cannot be traced
    p = box.run(args, before=['strace', '-f', '-qq', '-e', 'trace=network', '-o', log])
    del box.env['ASAN_OPTIONS']
    return p, [l for l in open(log) if re.search(r'AF_INET6?\b|53\)', l)]


# CVE-2019-1000008: an archive's entries stay in the chart
for what, entry in (('dotdot', 'evil/../../x'), ('absolute', '/tmp/x'), ('drive', 'evil/C:/x'), ('backslash', 'evil\\..\\..\\x'), ('root-dotdot', '../x')):
    box.check('CVE-2019-1000008/' + what, box.archive(tgz([('evil/Chart.yaml', CHART), (entry, b'x')])), ['evil.tgz'])

# CVE-2019-18658 (and Argo CD CVE-2022-24348, Artifact Hub CVE-2023-45822): links in a chart's folder lead nowhere outside, devices end fast
secret = box.root + '/secret'
open(secret, 'w').write('top: secret\n')
for where in ('templates/x.yaml', 'values.yaml', 'values.schema.json', 'files/x', 'crds/x.yaml', 'charts/sub/values.yaml', 'templates/NOTES.txt'):
    d = box.folder({'Chart.yaml': CHART, 'charts/sub/Chart.yaml': CHART.replace(b'evil', b'sub'), 'templates/a.yaml': 'a: {{ .Files.Get "files/x" }}\n'})
    os.makedirs(os.path.dirname(os.path.join(d, where)), exist_ok=True)
    os.symlink(secret, os.path.join(d, where))
    for command in (('template', 'rel'), ('lint',), ('show', 'all')):
        name = 'CVE-2019-18658/link/%s/%s' % (command[0], where)
        if box.wants(name):
            p = box.run([*command, d])
            box.result(name, [w for w, bad in (('exit code 0', p.returncode == 0), ('the secret came out', b'top: secret' in p.stdout + p.stderr)) if bad],
                       (p.stdout + p.stderr).decode('utf-8', 'replace'))
for device in ('/dev/zero', '/dev/random', '/dev/full'):
    d = box.folder({'Chart.yaml': CHART})
    os.symlink(device, d + '/values.yaml')
    box.check('CVE-2019-18658/device' + device, d, ['values.yaml'])

# CVE-2020-11013: lookup reaches no cluster from template, whatever the configuration says; CVE-2023-25165: no name is looked up
listener = socket.create_server(('127.0.0.1', 0))
came = []


def accept():
    while True:
        try:
            c, _ = listener.accept()
        except OSError:
            return
        came.append(1)
        c.close()


threading.Thread(target=accept, daemon=True).start()
kubeconfig = box.root + '/kubeconfig'
open(kubeconfig, 'w').write('apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: c, cluster: {server: "http://127.0.0.1:%d"}}]\n'
                            'users: [{name: u, user: {token: t}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n' % listener.getsockname()[1])
box.env['KUBECONFIG'] = kubeconfig
d = box.template('a: {{ lookup "v1" "Secret" "default" "s" | toJson }}\nb: {{ lookup "v1" "Secret" "" "" | toJson }}\nc: "{{ getHostByName "a.example" }}"\n')
for name, extra in (('CVE-2020-11013/lookup', []), ('CVE-2023-25165/dns', ['--kubeconfig', kubeconfig])):
    if not box.wants(name):
        continue
    if shutil.which('strace'):
        p, calls = traffic(['template', 'rel', d, *extra])
        wrong = ['%d network calls: %s' % (len(calls), calls[:2])] if calls else []
    else:
        box.skip(name + '/strace', 'strace is not installed; only the listener watches')
        p, wrong = box.run(['template', 'rel', d, *extra]), []
    wrong += ['the cluster was reached'] * bool(came) + ['exit code %d' % p.returncode] * (p.returncode != 0)
    wrong += ['answers are not empty'] * (b'a: {}\nb: {}\nc: ""\n' not in p.stdout)
    box.result(name, wrong, (p.stdout + p.stderr).decode('utf-8', 'replace'))
del box.env['KUBECONFIG']
listener.close()

# CVE-2020-15184: an alias is a name
for alias in ('../../x', 'a/b', 'a b', '..', '\\x1b[31m', 'a\\nb'):
    text = CHART + b'dependencies:\n- name: sub\n  version: 0.1.0\n  repository: ""\n  alias: "%s"\n' % alias.encode()
    box.check('CVE-2020-15184/alias %r' % alias, box.folder({'Chart.yaml': text, 'charts/sub/Chart.yaml': CHART.replace(b'evil', b'sub')}), ['alias'])

# CVE-2021-21303: control characters of a chart never reach the terminal raw
for name, text in (('fail', '{{ fail "\\x1b]0;title\\x07\\x1b[2J" }}'), ('name', '{{ include "\\x1b[31m" . }}'), ('yaml', '"\\x1b[31m'), ('bidi', '{{ fail "\u202egnp.exe" }}')):
    box.check('CVE-2021-21303/' + name, box.template(text), [], lines=4)
box.check('CVE-2021-21303/file-name', box.folder({'Chart.yaml': CHART, 'templates/\x1b[31m.yaml': '{{ fail "x" }}'}), ['x'], lines=3)
box.check('CVE-2021-21303/version', box.folder({'Chart.yaml': CHART.replace(b'0.1.0', b'"\\x1b[31m"')}), ['version'])

# CVE-2021-4238: random text is random: all characters as often, no two alike
name = 'CVE-2021-4238/random'
if box.wants(name):
    d = box.template('{{ range until 2000 }}k{{ . }}: {{ randAlphaNum 32 }}\n{{ end }}')
    words = re.findall(r'(?m)^k\d+: (\w{32})$', box.run(['template', 'rel', d]).stdout.decode())
    words += re.findall(r'(?m)^k\d+: (\w{32})$', box.run(['template', 'rel', d]).stdout.decode())
    count = collections.Counter(''.join(words))
    mean = 32 * len(words) / 62
    chi2 = sum((count[c] - mean) ** 2 / mean for c in count)
    box.result(name, [w for w, bad in (('%d words' % len(words), len(words) != 4000), ('repeated', len(set(words)) != len(words)),
                                       ('%d different characters' % len(count), len(count) != 62), ('chi square %.0f' % chi2, chi2 > 150)) if bad])

# CVE-2022-36055, CVE-2022-23524: what --set asks for is bounded
for text in ('a[999999999]=1', 'a[99999999999999999999]=1', 'a' + '[0]' * 5000 + '=1', 'a' + '.b' * 5000 + '=1'):
    box.check('CVE-2022-36055/%.24s' % text, box.folder({'Chart.yaml': CHART}), ['--set'], ['--set', text])

# CVE-2022-23526, CVE-2025-32387, CVE-2025-55199: schemas that recurse, that point at devices, that are no schemas
schemas = {
    'not-an-object': '[]', 'null': 'null', 'text': '"x"', 'bad-type': '{"type": 5}', 'null-properties': '{"properties": null}', 'null-member': '{"properties": {"a": null}}',
    'self': '{"$ref": "#"}', 'mutual': '{"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}',
    'dynamic': '{"$id": "http://a.example/x", "$dynamicRef": "#m", "$dynamicAnchor": "m", "allOf": [{"$dynamicRef": "#m"}]}',
    'deep': '{"not":' * 100000 + '{}' + '}' * 100000,
    'wide': '{"allOf": [%s]}' % ','.join(['{"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}'] * 64) [:-1] + ']}',
    'device': '{"$ref": "file:///dev/zero"}', 'device-relative': '{"$ref": "../../../../../../../../dev/zero"}', 'url': '{"$ref": "http://127.0.0.1:9/x.json"}',
}
for name, text in schemas.items():
    name = 'CVE-2025-32387/' + name
    if box.wants(name):
        d = box.folder({'Chart.yaml': CHART, 'values.yaml': 'a: {a: {a: 1}}\n', 'values.schema.json': text})
        p = box.run(['template', 'rel', d, *LIMITS])
        lines = [l for l in p.stderr.decode('utf-8', 'replace').split('\n') if l and not l.startswith('level=')]
        box.result(name, [w for w, bad in (('exit code %d' % p.returncode, p.returncode not in (0, 1)), ('%d lines' % len(lines), len(lines) > 12),
                                           ('reached the time limit', b'time limit' in p.stderr and p.returncode == 1)) if bad], p.stderr.decode('utf-8', 'replace'))

# CVE-2024-25620, CVE-2026-35206: a chart's name is one file name
for bad in (b'..', b'.', b'../x', b'a/b', b'/x', b''):
    box.check('CVE-2026-35206/name %r' % bad, box.folder({'Chart.yaml': named(bad)}), ['name'])

# CVE-2024-26147, CVE-2025-55198: null and empty wherever something is expected
nulls = ['name', 'version', 'dependencies', 'maintainers', 'keywords', 'annotations', 'sources', 'type', 'kubeVersion', 'appVersion', 'deprecated', 'home', 'icon']
full = {'name': 'evil', 'version': '0.1.0', 'apiVersion': 'v2'}
for key in nulls:
    for value in ('null', '""', '[]', '{}', '[null]', '[{}]', '{"a": null}', '[[null]]', '5', '~'):
        name = 'CVE-2025-55198/%s: %s' % (key, value)
        if box.wants(name):
            text = '\n'.join('%s: %s' % (k, v) for k, v in {**full, key: value}.items())
            d = box.folder({'Chart.yaml': text, 'templates/x.yaml': 'a: {{ .Chart.Name }}\n'})
            for command in (['template', 'rel'], ['lint'], ['show', 'all']):
                p = box.run([*command, d])
                if p.returncode not in (0, 1) or len(p.stderr.split(b'\n')) > 12:
                    break
            box.result(name, ['%s: exit code %d' % (command[0], p.returncode)] if p.returncode not in (0, 1) else [], p.stderr.decode('utf-8', 'replace'))
for file in ('values.yaml', 'Chart.lock', 'requirements.yaml', 'requirements.lock', 'templates/x.yaml', 'templates/_x.tpl', 'templates/NOTES.txt', '.helmignore', 'crds/x.yaml', 'values.schema.json'):
    for value in (b'', b'null', b'---\n', b'---\n---\n', b'~', b'[]', b'[null]', b'{}', b'\xef\xbb\xbf', b'# only\n'):
        name = 'CVE-2024-26147/%s %r' % (file, value)
        if box.wants(name):
            p = box.run(['template', 'rel', box.folder({'Chart.yaml': CHART, file: value}), '--include-crds'])
            box.result(name, ['exit code %d' % p.returncode] if p.returncode not in (0, 1) else [], p.stderr.decode('utf-8', 'replace'))

# CVE-2025-32386: an archive's size is bounded by what it becomes, not by what it is
zeros = gzip.compress(b'\0' * (8 << 20), 9)
box.check('CVE-2025-32386/stream', box.archive(zeros * 400), ['evil.tgz'], seconds=6)
box.check('CVE-2025-32386/file', box.archive(tgz([('evil/Chart.yaml', CHART), ('evil/templates/x.yaml', b'\0' * (150 << 20))])), ['evil.tgz'], seconds=6)
big = gzip.compress(tgz([('evil/Chart.yaml', CHART)]))
box.check('CVE-2025-32386/doubled', box.archive(big), ['evil.tgz'])

# links in archives (oras-go, Fleet CVE-2026-41050)
for what, kind in (('symlink', tarfile.SYMTYPE), ('hardlink', tarfile.LNKTYPE)):
    for target in ('/etc/passwd', '../../x', 'Chart.yaml'):
        box.check('CVE-2026-41050/%s %s' % (what, target), box.archive(tgz([('evil/Chart.yaml', CHART), special('evil/x', kind, target)])), ['link'])

sys.exit(box.finish())
