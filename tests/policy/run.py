#!/usr/bin/env python3
"""Policies, grants and ledgers against the real program.

run.py BINARY [ONLY]

Charts that ask for something are rendered under policies of every kind: denials in their full words, warn mode, profiles, which file counts, files
with mistakes and files that are not the operator's own, and the way from a recorded run to the grants that it needs. Ends with
'policy: N passed, N failed'.
"""
import gzip, hashlib, io, json, os, re, shlex, shutil, subprocess, sys, tarfile, tempfile

binary = os.path.abspath(sys.argv[1])
only = sys.argv[2] if len(sys.argv) > 2 else ''
root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
box = tempfile.mkdtemp(prefix='bulkhead-policy.')
passed = failed = 0


class Run:
    def __init__(self, p):
        self.code, self.out, self.err = p.returncode, p.stdout, p.stderr


def run(*args, env=None, home='home', cwd=None):
    os.makedirs(os.path.join(box, home), exist_ok=True)
    e = {'PATH': '/usr/bin:/bin', 'HOME': os.path.join(box, home), 'TZ': 'UTC', **(env or {})}
    return Run(subprocess.run([binary, *args], env=e, cwd=cwd or box, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300))


def check(name, *conditions):
    """Each condition: a truth, or (got, wanted) which must be equal."""
    global passed, failed
    if only not in name:
        return
    wrong = ['%d: got %r\n     want %r' % (i, c[0], c[1]) if isinstance(c, tuple) else '%d: not so' % i for i, c in enumerate(conditions) if (c[0] != c[1] if isinstance(c, tuple) else not c)]
    if wrong:
        failed += 1
        print('FAIL %s\n     %s' % (name, '\n     '.join(wrong)))
    else:
        passed += 1


def write(path, text, mode=0o600):
    path = os.path.join(box, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        os.unlink(path)
    with open(path, 'w') as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def chart(name, files):
    for rel, text in {'Chart.yaml': 'apiVersion: v2\nname: %s\nversion: 0.1.0\n' % name, **files}.items():
        write('%s/%s' % (name, rel), text, 0o644)
    return os.path.join(box, name)


# A schema that refers to a file, a sub-chart that does as well, and plain effects.
doc = write('schemas/doc.json', '{"type": "object"}', 0o644)
ref = '{"$ref": "file://%s"}' % doc
app = chart('app', {'values.schema.json': ref, 'templates/x.yaml': 'a: {{ randAlphaNum 5 | quote }}\nb: {{ now | date "2006" | quote }}\n',
                    'charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 0.1.0\n', 'charts/db/values.schema.json': ref})
plain = chart('plain', {'templates/x.yaml': 'a: {{ .Values.b | default 1 }}\n'})
seed = chart('seeds', {'templates/x.yaml': 'a: {{ randAlphaNum 5 | quote }}\n'})
dns = chart('names', {'templates/x.yaml': 'a: {{ getHostByName "localhost" | quote }}\n'})
target = 'schema-ref=file://' + doc

# ---- denials ----

r = run('template', 'web', app)
check('denial/words', (r.code, 1), (r.out, ''), 'Error: ' in r.err and
      'the guard denies schema-ref of file://%s, asked for by chart app' % doc in r.err and
      'built-in: references of schemas are denied until granted; to allow it: --grant app:%s' % target in r.err)
r = run('template', 'web', app, '--grant', 'app:' + target)
check('denial/next-chart', (r.code, 1), '--grant app/charts/db:' + target in r.err)
both = ['--grant', 'app:' + target, '--grant', 'app/charts/db:' + target]
r = run('template', 'web', app, *both)
check('grant/both', (r.code, 0), 'a: "' in r.out, (r.err, ''))
r = run('template', 'web', app, '--grant', 'app**:' + target)
check('grant/pattern', (r.code, 0))
r = run('template', 'web', app, env={'BULKHEAD_GRANTS': ' app:%s\n\tapp/charts/db:%s ' % (target, target)})
check('grant/environment', (r.code, 0), (r.err, ''))
r = run('template', 'web', plain, env={'BULKHEAD_GRANTS': 'dsn=x'})
check('grant/environment-bad', (r.code, 1), (r.err, 'Error: invalid grant "dsn=x": "dsn" is no effect; a grant is [CHART:]EFFECT[=PATTERN]\n'))
r = run('lint', app)
check('denial/lint', (r.code, 1), 'the guard denies schema-ref' in r.err + r.out)

# ---- profiles ----

r = run('template', 'web', seed, '--policy', 'strict')
check('profile/strict', (r.code, 1), (r.out, ''), 'the guard denies seed, asked for by chart seeds (seeds/templates/x.yaml:1:6): profile strict: nothing is allowed but what is granted; '
      'to allow it: --grant seeds:seed' in r.err)
r = run('template', 'web', seed, '--policy', 'strict', '--grant', 'seeds:seed')
check('profile/strict-granted', (r.code, 0))
r = run('template', 'web', plain, '--policy', 'strict')
check('profile/strict-plain', (r.code, 0))
r = run('template', 'web', app, '--policy', 'helm')
check('profile/helm', (r.code, 0), (r.err, ''))
r = run('template', 'web', app, env={'BULKHEAD_POLICY': 'helm'})
check('profile/environment', (r.code, 0))
r = run('template', 'web', app, '--policy', 'default', env={'BULKHEAD_POLICY': 'helm'})
check('profile/flag-wins', (r.code, 1))
r = run('template', 'web', plain, '--policy', 'nothere')
check('profile/no-such-file', (r.code, 1), (r.err, 'Error: policy nothere: No such file or directory\n'))
r = run('template', 'web', dns, '--enable-dns', '--grant', 'dns=*.example.com')
check('profile/named-hosts', (r.code, 1), 'the guard denies dns of localhost' in r.err and 'where rules name hosts, only those are resolved' in r.err)
r = run('template', 'web', dns, '--policy', 'strict', '--grant', 'names:seed')
check('profile/dns-stays-off', (r.code, 0), 'a: ""' in r.out)

# ---- warn mode ----

r = run('template', 'web', app, '--policy-mode', 'warn')
lines = [l for l in r.err.split('\n') if l]
check('warn/template', (r.code, 0), 'a: "' in r.out, (len(lines), 2),
      lines and lines[0].startswith('WARNING: the guard would deny schema-ref of file://%s, asked for by chart app' % doc),
      lines and lines[0].endswith('to allow it: --grant app:' + target))
r = run('template', 'web', app, env={'BULKHEAD_POLICY_MODE': 'warn'})
check('warn/environment', (r.code, 0))
r = run('template', 'web', app, '--policy-mode', 'enforce', env={'BULKHEAD_POLICY_MODE': 'warn'})
check('warn/flag-wins', (r.code, 1))
r = run('template', 'web', app, '--policy-mode', 'perhaps')
check('warn/bad-flag', (r.code, 1), (r.err, 'Error: invalid argument "perhaps" for "--policy-mode" flag: must be enforce or warn\n'))
r = run('template', 'web', plain, env={'BULKHEAD_POLICY_MODE': 'perhaps'})
check('warn/bad-environment', (r.code, 1), (r.err, 'Error: invalid policy mode "perhaps": must be enforce or warn\n'))
many = chart('many', {'templates/x.yaml': 'a: {{ range $i := until 5 }}{{ genPrivateKey "ed25519" | len }}{{ end }}'})
r = run('template', 'web', many, '--policy', 'strict', '--policy-mode', 'warn', '--grant', 'seed')
check('warn/told-once', (r.code, 0), (r.err.count('would deny'), 1))

# ---- policy files ----

HEAD = 'version: 1\n'
p = write('p.yaml', HEAD + 'rules:\n  - chart: app\n    release: web\n    allow:\n      schema-ref:\n        - file://%s/**\n  - release: web\n    allow: {schema-ref: "file://%s"}\n'
          % (os.path.dirname(doc), doc))
r = run('template', 'web', app, '--policy', p)
check('file/allows', (r.code, 0), (r.err, ''))
r = run('template', 'other', app, '--policy', p)
check('file/other-release', (r.code, 1))
p = write('deny.yaml', HEAD + 'profile: helm\nrules:\n  - deny:\n      schema-ref: file:///**\n    reason: no files of this machine\n')
r = run('template', 'web', app, '--policy', p, *both)
check('file/deny-wins', (r.code, 1), r.err.rstrip().endswith(': rule %s:5 (no files of this machine)' % p))
r = run('template', 'web', app, '--policy', p, '--policy-mode', 'warn')
check('file/deny-warned', (r.code, 0), 'would deny' in r.err)
p = write('mode.yaml', HEAD + 'mode: warn\n')
r = run('template', 'web', app, '--policy', p)
check('file/mode', (r.code, 0), 'would deny' in r.err)
r = run('template', 'web', app, '--policy', p, '--policy-mode', 'enforce')
check('file/mode-flag-wins', (r.code, 1))
p = write('names.yaml', HEAD + 'rules:\n  - chart: app\n    deny: [seed]\n  - plugin: s3\n    allow: [tempdir]\n')
r = run('template', 'web', plain, '--policy', p)
check('file/bare-names', (r.code, 0), (r.err, 'WARNING: %s:3: chart app is only what a chart calls itself: add release, digest or signer\n'
                                              'WARNING: %s:5: plugin s3 is allowed this whatever it contains: add its digest\n' % (p, p)))

# Archives have a digest, folders have none.
archive = os.path.join(box, 'app-0.1.0.tgz')
buffer = io.BytesIO()
with tarfile.open(fileobj=buffer, mode='w') as t:
    t.add(app, 'app')
with open(archive, 'wb') as f:
    f.write(gzip.compress(buffer.getvalue()))
digest = 'sha256:' + hashlib.sha256(open(archive, 'rb').read()).hexdigest()
p = write('digest.yaml', HEAD + 'rules:\n  - chart: app**\n    digest: %s\n    allow: [schema-ref]\n' % digest)
check('digest/archive', (run('template', 'web', archive, '--policy', p).code, 0))
check('digest/folder', (run('template', 'web', app, '--policy', p).code, 1))
p = write('digest.yaml', HEAD + 'rules:\n  - chart: app**\n    digest: sha256:%s\n    allow: [schema-ref]\n' % ('0' * 64))
check('digest/other', (run('template', 'web', archive, '--policy', p).code, 1))

# ---- which file counts ----

own = '.config/helm/bulkhead/policy.yaml'
os.makedirs(os.path.join(box, 'own'), exist_ok=True)
write('own/' + own, HEAD + 'profile: helm\n')
check('own/found', (run('template', 'web', app, home='own').code, 0))
check('own/flag-wins', (run('template', 'web', app, '--policy', 'default', home='own').code, 1))
check('own/environment-wins', (run('template', 'web', app, home='own', env={'BULKHEAD_POLICY': 'default'}).code, 1))
write('elsewhere/bulkhead/policy.yaml', HEAD + 'profile: strict\n')
check('own/config-home', (run('template', 'web', seed, home='own', env={'HELM_CONFIG_HOME': box + '/elsewhere'}).code, 1))
full = os.path.join(box, 'own', own)
write('own/' + own, 'version: 2\n')
r = run('template', 'web', plain, home='own')
check('own/broken-is-not-passed-over', (r.code, 1), (r.err, 'Error: %s:1: version must be 1\n' % full))


def hostile(name, make, words, explicit_code, explicit_words=''):
    """Found by the program it is refused; named by the operator it may do."""
    if os.path.lexists(full):
        shutil.rmtree(full) if os.path.isdir(full) and not os.path.islink(full) else os.unlink(full)
    make()
    r = run('template', 'web', plain, home='own')
    check('hostile/%s/found' % name, (r.code, 1), (r.out, ''), words in r.err and r.err.count('\n') == 1)
    r = run('template', 'web', plain, '--policy', full, home='own')
    check('hostile/%s/named' % name, (r.code, explicit_code), explicit_words in r.err)


good = write('good.yaml', HEAD)
hostile('link', lambda: os.symlink(good, full), 'is a symbolic link', 0)
hostile('hard-link', lambda: os.link(good, full), 'has a second name (hard link)', 0)
hostile('folder', lambda: os.mkdir(full), 'is a directory', 1, 'is a directory')
hostile('pipe', lambda: os.mkfifo(full), 'is no regular file', 1, 'is no regular file')
hostile('huge', lambda: write('own/' + own, HEAD + '#' * (2 << 20)), 'larger than 1048576 bytes', 1, 'larger than')
hostile('writable', lambda: write('own/' + own, HEAD, 0o622), 'can be written by others', 0, 'WARNING: the policy %s can be written by others' % full)
hostile('empty', lambda: write('own/' + own, ''), 'the file is empty', 1, 'the file is empty')
hostile('nesting', lambda: write('own/' + own, '[' * 200000), 'yaml', 1)
hostile('bomb', lambda: write('own/' + own, 'a: &a [x,x,x,x,x,x,x,x,x]\n' + ''.join('%s: &%s [%s]\n' % (c, c, ','.join(['*' + p] * 9)) for p, c in zip('abcdefgh', 'bcdefghi'))), 'policy.yaml', 1)
hostile('two-documents', lambda: write('own/' + own, HEAD + '---\nversion: 1\n'), ':3: a second document', 1)
if os.geteuid() == 0:
    def foreign():
        write('own/' + own, HEAD)
        os.chown(full, 1, 1)
    hostile('foreign', foreign, 'belongs to another user', 0, 'belongs to another user')
os.unlink(full)
os.chmod(os.path.dirname(full), 0o777)
write('own/' + own, HEAD)
r = run('template', 'web', plain, home='own')
check('hostile/folder-of-all', (r.code, 1), 'its folder' in r.err and 'can be written by others' in r.err)
os.chmod(os.path.dirname(full), 0o700)

# ---- mistakes, with their lines ----


def mistakes(name, text, *lines):
    p = write('bad.yaml', text)
    r = run('policy', 'check', p)
    want = ['%s:%s' % (p, l) for l in lines]
    got = r.err.rstrip('\n').split('\n')
    one = len(lines) == 1
    check('mistakes/' + name, (r.code, 1), (r.out, ''), (got, want + ['Error: %s: %d error%s' % (p, len(lines), '' if one else 's')]))
    r = run('template', 'web', plain, '--policy', p)
    more = '' if one else ' (and %d more: bulkhead policy check shows them all)' % (len(lines) - 1)
    check('mistakes/%s/run' % name, (r.code, 1), (r.err, 'Error: %s%s\n' % (want[0], more)))


mistakes('version', 'profile: default\n', '1: "version: 1" is missing')
mistakes('version-2', 'version: 2\n', '1: version must be 1')
mistakes('version-text', 'version: "1"\n', '1: version must be 1')
mistakes('top', HEAD + 'profil: x\nprofile: lax\nmode: maybe\nrules: 5\n', '2: unknown key "profil"; known are version, profile, mode, rules',
         '3: profile must be default, strict or helm', '4: mode must be enforce or warn', '5: rules must be a list of at most 10000 rules')
mistakes('list', '- version: 1\n', '1: a policy must be a map')
mistakes('twice', HEAD + 'mode: warn\nmode: warn\n', '3: the key "mode" stands twice')
mistakes('merge', 'a: &a\n  version: 1\n<<: *a\n', '1: unknown key "a"; known are version, profile, mode, rules', '3: a key of a policy is no text', '1: "version: 1" is missing')
mistakes('rule', HEAD + 'rules:\n- 5\n- {}\n- chart: x\n  plugin: y\n  allow: [seed]\n', '3: a rule must be a map', '4: a rule without allow, deny or limits does nothing',
         '5: a rule is about charts or about plugins: chart and signer do not go with plugin and path')
mistakes('effects', HEAD + 'rules:\n- chart: x\n  allow: {http: a, dns: "", clock: false}\n- plugin: x\n  deny: [dns, hook-kind, 7]\n', '4: charts do not ask for http',
         '4: a pattern must be a text of one line, not empty, of at most 4032 bytes', '4: clock must be true, a pattern, or a list of patterns', '6: plugins do not ask for hook-kind',
         '6: unknown effect "7"; known are ' + ', '.join(re.findall(r'BK_RIGHT\(\w+, "([\w-]+)"', open(root + '/src/guard/rights.def').read())))
mistakes('digest', HEAD + 'rules:\n- digest: sha256:12\n  allow: [seed]\n', '3: digest must be "sha256:" and 64 hexadecimal digits in lower case', '3: a digest needs chart or plugin beside it')
mistakes('limits', HEAD + 'rules:\n- plugin: x\n  limits:\n    maxPages: 70000\n    timeout: 30\n    maxVarBytes: 1TB\n    maxTempFiles: -1\n    x: 1\n- chart: y\n  limits: {timeout: 1s}\n',
         '5: maxPages must be a number of pages from 1 to 65536, or none', '6: timeout must be a duration (500ms, 30s, 5m), or none', '7: maxVarBytes must be a size (4096, 64KiB, 10MiB), or none',
         '8: maxTempFiles must be a number above 0, or none', '9: unknown limit "x"', '11: limits are of plugins')
mistakes('syntax', HEAD + 'rules:\n  - a: [\n', '3: did not find expected node content')
r = run('policy', 'check', write('many.yaml', HEAD + 'rules:\n' + '- 1\n' * 200))
check('mistakes/many', (r.code, 1), (r.err.count('must be a map'), 50))
r = run('policy', 'check', write('fine.yaml', HEAD + 'rules:\n- release: web\n  allow: {dns: a.example.com, clock: true}\n- limits: {timeout: 1m, maxPages: none}\n'))
check('check/fine', (r.code, 0), (r.err, ''), (r.out, '%s/fine.yaml: profile default, 3 rules, 0 warnings\n' % box))
r = run('policy', 'check', box + '/nothere')
check('check/missing', (r.code, 1), (r.err, 'Error: policy %s/nothere: No such file or directory\n' % box))

# ---- show ----

p = write('show.yaml', HEAD + 'profile: strict\nmode: warn\nrules:\n- release: web\n  allow:\n    dns: [A.example.com]\n  reason: needed\n- plugin: s3\n  digest: %s\n  limits: {maxPages: 64}\n' % digest)
r = run('policy', 'show', '--policy', p, '--grant', 'app:seed', '-o', 'json', env={'BULKHEAD_GRANTS': 'plugin/s3:tempdir'})
v = json.loads(r.out) if r.code == 0 else {}
check('show/json', (r.code, 0), (v.get('source'), p), (v.get('profile'), 'strict'), (v.get('mode'), 'warn'),
      (v.get('rules'), [{'decision': 'allow', 'effect': 'dns', 'from': p + ':7', 'pattern': 'a.example.com', 'reason': 'needed', 'subject': {'release': 'web'}},
                        {'decision': 'allow', 'effect': 'seed', 'from': '--grant app:seed', 'subject': {'chart': 'app'}},
                        {'decision': 'allow', 'effect': 'tempdir', 'from': 'BULKHEAD_GRANTS plugin/s3:tempdir', 'subject': {'plugin': 's3'}}]),
      (v.get('limits', [{}])[0], {'limit': 'maxPages', 'value': '64 pages (4MiB)', 'from': p + ':11', 'subject': {'plugin': 's3', 'digest': digest}}),
      all(e['decision'] == 'deny' for e in v.get('effects', [{'decision': ''}])))
r = run('policy', 'show', '--policy', p)
check('show/table', (r.code, 0), r.out.startswith('policy:  %s\nprofile: strict\nmode:    warn\n\nDECISION ' % p), p + ':7' in r.out, "the module's minimum and 4 pages" in r.out)
r = run('policy', 'show', '-o', 'yaml')
check('show/yaml', (r.code, 0), 'profile: default\n' in r.out and 'source: built-in\n' in r.out)
r = run('policy', 'show', '-o', 'xml')
check('show/format', (r.code, 1))
r = run('policy')
check('help', (r.code, 0), 'suggest' in r.out)

# ---- ledgers and suggestions ----


def round_trip(name, path, *profile):
    ledger, again = box + '/%s.ledger' % name, box + '/%s.again' % name
    r = run('template', 'web', path, *profile, '--policy-mode', 'warn', '--ledger', ledger)
    check('suggest/%s/warned' % name, (r.code, 0), 'would deny' in r.err)
    r = run('policy', 'suggest', ledger)
    grants = r.out
    check('suggest/%s/grants' % name, (r.code, 0), (r.err, ''), all(l.startswith('--grant ') for l in grants.splitlines()) and grants)
    r = run('template', 'web', path, *profile, *shlex.split(grants), '--ledger', again)
    check('suggest/%s/allowed' % name, (r.code, 0), (r.err, ''))
    for l in grants.splitlines():
        r = run('template', 'web', path, *profile, *shlex.split(grants.replace(l + '\n', '')))
        check('suggest/%s/smallest %s' % (name, l), (r.code, 1))
    r = run('policy', 'suggest', again)
    check('suggest/%s/of-the-granted-run' % name, (r.code, 0), (r.out, grants))
    r = run('policy', 'suggest', ledger, '-o', 'yaml')
    p = write('%s.suggested.yaml' % name, r.out)
    check('suggest/%s/policy' % name, (r.code, 0), (run('policy', 'check', p).code, 0))
    r = run('template', 'web', path, '--policy', p)
    check('suggest/%s/policy-allows' % name, (r.code, 0), (r.err, ''))
    r = run('template', 'other', path, '--policy', p)
    check('suggest/%s/policy-is-of-the-release' % name, (r.code, 1))
    return grants


g = round_trip('default', app)
check('suggest/default/exact', (g, '--grant app:%s\n--grant app/charts/db:%s\n' % (target, target)))
g = round_trip('strict', app, '--policy', 'strict')
check('suggest/strict/exact', (g, '--grant app:seed\n--grant app:clock\n--grant app:%s\n--grant app/charts/db:%s\n' % (target, target)))
ledger = box + '/one.ledger'
r = run('template', 'web', app, '--ledger', ledger)
r = run('policy', 'suggest', ledger)
check('suggest/denied-run', (r.code, 0), (r.out, '--grant app:%s\n' % target))
run('template', 'web', plain, '--ledger', ledger)
r = run('policy', 'suggest', ledger)
check('suggest/nothing', (r.code, 0), (r.out, ''), (r.err, 'The run needs no grant.\n'))
run('template', 'web', app, '--ledger', ledger, '--policy', os.path.join(box, 'deny.yaml'))
r = run('policy', 'suggest', ledger)
check('suggest/denied-by-rule', (r.code, 0), (r.out, '# app: schema-ref of file://%s is denied, and a grant does not change that: rule %s/deny.yaml:5 (no files of this machine)\n' % (doc, box)))
text = open(ledger).read()
for name, changed in (('cut', text[:-10]), ('line', ''.join(text.splitlines(True)[:-1])), ('changed', text.replace('"app"', '"abb"', 1)), ('gone', ''.join(text.splitlines(True)[1:]))):
    r = run('policy', 'suggest', write('bad.ledger', changed))
    check('suggest/tampered/' + name, (r.code, 1), (r.out, ''), r.err.startswith('Error: ledger: ') and r.err.count('\n') == 1)
r = run('policy', 'suggest', doc)
check('suggest/no-ledger', (r.code, 1), r.err.startswith('Error: ledger: '))

head = [json.loads(l) for l in open(box + '/strict.ledger')]
check('ledger/open', (head[0]['policy'], 'built-in'), (head[0]['profile'], 'strict'), (head[0]['mode'], 'warn'))
check('ledger/warn', any(l['type'] == 'decision' and l['effect'] == 'seed' and l['decision'] == 'warn' for l in head))
run('template', 'web', archive, '--ledger', ledger, *both)
lines = [json.loads(l) for l in open(ledger)]
check('ledger/digest', ([l.get('digest') for l in lines if l['type'] == 'chart'], [digest, None]))
check('ledger/rules', ([l['rule'] for l in lines if l['type'] == 'rule'], ['--grant app:' + target, '--grant app/charts/db:' + target]))

# What charts call themselves does not reach a command line.
evil = chart('evil', {'values.schema.json': '{"$ref": "https://x/\\u202ey"}', 'templates/x.yaml': 'a: 1\n'})
r = run('template', 'web', evil)
check('names/escaped', (r.code, 1), '--grant evil:schema-ref=https://x/%E2%80%AEy' in r.err and '\u202e' not in r.err)
star = chart('star', {'values.schema.json': '{"$ref": "https://x/*"}', 'templates/x.yaml': 'a: 1\n'})
r = run('template', 'web', star)
check('names/patterns', (r.code, 1), 'no grant is suggested' in r.err)

# ---- what manifests use ----

HOOK = """apiVersion: batch/v1
kind: Job
metadata:
  name: pre
  annotations: {helm.sh/hook: pre-install}
spec:
  template:
    spec:
      serviceAccountName: foreign
      containers:
      - name: x
        image: busybox:1.36
        securityContext: {privileged: true, capabilities: {add: [NET_ADMIN]}}
        envFrom: [{secretRef: {name: own}}, {secretRef: {name: other}}]
      volumes: [{name: a, hostPath: {path: /var/run}}]
---
apiVersion: v1
kind: Secret
metadata: {name: own}
---
apiVersion: v1
kind: List
items:
- apiVersion: rbac.authorization.k8s.io/v1
  kind: ClusterRoleBinding
  metadata: {name: rb}
  roleRef: {kind: ClusterRole, name: cluster-admin}
- apiVersion: v1
  kind: Pod
  metadata: {name: p, annotations: {helm.sh/hook: test}}
  spec: {containers: [{image: ghcr.io/a/b}], hostNetwork: true}
"""
hooks = chart('hooks', {'templates/a.yaml': HOOK, 'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 0.1.0\n',
                        'charts/sub/templates/b.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\nspec: {containers: [{image: "localhost:5000/x"}]}\n'})
r = run('template', 'web', hooks, '--ledger', ledger)
found = {(l['effect'], l['target'], l['charts'][0]) for l in map(json.loads, open(ledger)) if l['type'] == 'decision'}
check('manifests/found', (r.code, 0), (found, {('reference', 'ClusterRole/cluster-admin', 'hooks'), ('reference', 'privilege/hostNetwork', 'hooks'), ('hook-kind', 'Job', 'hooks'),
      ('reference', 'Secret/other', 'hooks'), ('hook-image', 'docker.io/library/busybox:1.36', 'hooks'), ('reference', 'privilege/privileged', 'hooks'),
      ('reference', 'privilege/capability/NET_ADMIN', 'hooks'), ('reference', 'hostPath/var/run', 'hooks'), ('reference', 'ServiceAccount/foreign', 'hooks'),
      ('hook-kind', 'Pod', 'hooks/charts/sub'), ('hook-image', 'localhost:5000/x', 'hooks/charts/sub')}))
r = run('template', 'web', hooks, '--grant', 'hook-image=localhost:5000/**')
check('manifests/only-named-images', (r.code, 1), (r.out, ''), (r.err, 'Error: the guard denies hook-image of docker.io/library/busybox:1.36, used by Job/pre of hooks/templates/a.yaml: built-in: '
      'where rules name images of hooks, only those are allowed; to allow it: --grant hooks:hook-image=docker.io/library/busybox:1.36\n'))
check('manifests/named-images', (run('template', 'web', hooks, '--grant', 'hook-image=localhost:5000/**', '--grant', 'hook-image=docker.io/library/*').code, 0))
check('manifests/no-hooks', (run('template', 'web', hooks, '--grant', 'hook-image=none', '--no-hooks').code, 0))
p = write('refs.yaml', HEAD + 'rules:\n- deny: {reference: [ClusterRole/cluster-admin, privilege/**]}\n  reason: not here\n')
out = os.path.join(box, 'out')
r = run('template', 'web', hooks, '--policy', p, '--output-dir', out)
check('manifests/denied-by-rule', (r.code, 1), (r.out, ''), (os.path.exists(out), False),
      (r.err, 'Error: the guard denies reference of ClusterRole/cluster-admin, used by ClusterRoleBinding/rb of hooks/templates/a.yaml: rule %s:3 (not here)\n' % p))
r = run('template', 'web', hooks, '--policy', p, '-s', 'charts/sub/templates/b.yaml')
check('manifests/shown-only', (r.code, 0))
r = run('template', 'web', hooks, '--grant', 'hook-image=none', '-s', 'charts/sub/templates/b.yaml')
check('manifests/shown-hook', (r.code, 1), 'hook-image of localhost:5000/x, used by Pod/t' in r.err)
round_trip('hooks', hooks, '--policy', 'strict')

# ---- plugins ----

plugins = os.path.join(box, 'plugins')
write('plugins/hello/plugin.yaml', 'name: hello\nversion: 0.1.0\nusage: hello\ndescription: x\ncommand: "$HELM_PLUGIN_DIR/run.sh"\n', 0o644)
write('plugins/hello/run.sh', '#!/bin/sh\necho hello "$@"\n', 0o755)


def plug(*args, before=(), **env):
    return run(*before, 'hello', *args, env={'HELM_PLUGINS': plugins, **env}, home='plughome')


r = plug('a')
check('plugin/denied', (r.code, 1), (r.out, ''), 'the guard denies exec' in r.err and 'asked for by the plugin hello 0.1.0: built-in: a program on this machine is denied until granted, for it has your full '
      'power: your files, credentials, network and processes; to allow it: bulkhead plugin grant hello exec, or for one run --grant plugin/hello:exec' in r.err)
check('plugin/granted', (plug('a', BULKHEAD_GRANTS='plugin/hello:exec').out, 'hello a\n'), (plug('a', before=['--grant', 'plugin/hello:exec']).out, 'hello a\n'))
check('plugin/other', (plug('a', BULKHEAD_GRANTS='plugin/other:exec').code, 1), (plug('a', BULKHEAD_GRANTS='plugin/hello:tempdir').code, 1))
check('plugin/profiles', (plug('a', BULKHEAD_POLICY='helm').out, 'hello a\n'), (plug('a', before=['--policy', 'strict']).code, 1))
p = write('exec.yaml', HEAD + 'profile: helm\nrules:\n- plugin: hello\n  deny: [exec]\n  reason: not here\n')
r = plug('a', BULKHEAD_POLICY=p, BULKHEAD_GRANTS='plugin/hello:exec')
check('plugin/deny-wins', (r.code, 1), r.err.rstrip().endswith('rule %s:5 (not here)' % p))
led = os.path.join(box, 'plugin.ledger')
r = plug('a', before=['--policy-mode', 'warn', '--ledger', led])
check('plugin/warn', (r.out, 'hello a\n'), 'WARNING: the guard would deny exec' in r.err)
r = run('policy', 'suggest', led)
check('plugin/suggest', (r.code, 0), (r.out, '--grant plugin/hello:exec\n'))
call = [l for l in map(json.loads, open(led)) if l['type'] == 'plugin'][0]
check('plugin/ledger', (call['plugin'], 'hello'), (call['runtime'], 'subprocess'), [l['outcome'] for l in map(json.loads, open(led)) if l['type'] == 'plugin-end'] == ['ok'])
r = run('policy', 'suggest', led, '-o', 'yaml')
p = write('plugin.suggested.yaml', r.out)
check('plugin/suggest-policy', ('digest: ' + call['digest'] in r.out, bool(call['pinned'])), (plug('a', BULKHEAD_POLICY=p).out, 'hello a\n'))

config = 'plughome/.config/helm/bulkhead/plugin-grants.json'
stored = json.dumps({'version': 1, 'plugins': [{'name': 'hello', 'digest': call['digest'], 'grants': ['exec']}]})
write(config, stored)
os.chmod(os.path.dirname(os.path.join(box, config)), 0o700)
check('store/granted', (plug('a').out, 'hello a\n'))
r = run('policy', 'show', '-o', 'json', home='plughome')
check('store/shown', (json.loads(r.out)['rules'] if r.code == 0 else r.err, [{'decision': 'allow', 'effect': 'exec', 'from': 'plugin grant hello exec', 'subject': {'plugin': 'hello', 'digest': call['digest']}}]))
write('plugins/hello/run.sh', '#!/bin/sh\necho other "$@"\n', 0o755)
r = plug('a')
check('store/exchanged', (r.code, 1), (r.out, ''), 'it is not what it was when it was granted something' in r.err)
write('plugins/hello/run.sh', '#!/bin/sh\necho hello "$@"\n', 0o755)
check('store/back', (plug('a').out, 'hello a\n'))


def hostile_store(name, make, words):
    path = os.path.join(box, config)
    if os.path.lexists(path):
        os.rmdir(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
    make(path)
    r = plug('a')
    check('store/hostile/' + name, (r.code, 1), (r.out, ''), words in r.err and r.err.count('\n') == 1)


good = write('store.json', stored)
hostile_store('link', lambda p: os.symlink(good, p), 'is a symbolic link')
hostile_store('hard-link', lambda p: os.link(good, p), 'has a second name')
os.unlink(good)
hostile_store('folder', os.mkdir, 'is a directory')
hostile_store('pipe', os.mkfifo, 'is no regular file')
hostile_store('huge', lambda p: write(config, stored + ' ' * (2 << 20)), 'larger than 1048576 bytes')
hostile_store('writable', lambda p: write(config, stored, 0o666), 'can be written by others')
hostile_store('cut', lambda p: write(config, stored[:-5]), 'plugin grants: ')
hostile_store('nesting', lambda p: write(config, '[' * 100000), 'plugin grants: ')
hostile_store('keys', lambda p: write(config, stored.replace('"grants"', '"grant"')), 'an unknown key')
if os.geteuid() == 0:
    hostile_store('foreign', lambda p: os.chown(write(config, stored), 1, 1), 'belongs to another user')

# The command that a denial names, typed.
said = re.search(r'to allow it: bulkhead (plugin grant .*?), or for one run', run('hello', env={'HELM_PLUGINS': plugins}, home='typed').err)
r = run(*shlex.split(said.group(1)), env={'HELM_PLUGINS': plugins}, home='typed') if said else None
check('store/typed', said is not None and r.code == 0, (run('hello', 'b', env={'HELM_PLUGINS': plugins}, home='typed').out, 'hello b\n'))

module = os.path.join(os.path.dirname(os.path.dirname(binary)), 'plugins', 'hostile.wasm')
if os.path.exists(module):
    write('plugins/dice/plugin.yaml', 'apiVersion: v1\nname: dice\nversion: 0.1.0\ntype: cli/v1\nruntime: extism/v1\nconfig: {usage: dice}\nruntimeConfig: {entryFuncName: random}\n', 0o644)
    shutil.copy(module, plugins + '/dice/plugin.wasm')

    def dice(*before):
        return run(*before, 'dice', env={'HELM_PLUGINS': plugins}, home='dicehome')

    r = dice('--ledger', led)
    lines = [json.loads(l) for l in open(led)]
    check('senses/ledger', ([(l['effect'], l['plugin'], l['decision']) for l in lines if l['type'] == 'decision'], [('seed', 'dice', 'allow')]))
    r = dice('--policy', 'strict')
    check('senses/strict', (r.code, 1), 'the guard denies seed, asked for by the plugin dice 0.1.0: profile strict: nothing is allowed but what is granted; '
          'to allow it: bulkhead plugin grant dice seed, or for one run --grant plugin/dice:seed' in r.err)
    r = dice('--policy', 'strict', '--grant', 'plugin/dice:seed')
    check('senses/strict-granted', 'denies' not in r.err)
else:
    print('policy: no %s: how plugins sense time and chance is not tried' % module)

# ---- the schema of the file, and the examples of the manual ----

schema = json.load(open(root + '/docs/policy.schema.json'))
effects = re.findall(r'BK_RIGHT\(\w+, "([\w-]+)"', open(root + '/src/guard/rights.def').read())
limits = re.findall(r'BK_PLUGIN_LIMIT\(\w+, "(\w+)"', open(root + '/src/guard/limits.def').read())
check('schema/effects', (sorted(schema['$defs']['effect']['enum']), sorted(effects)))
check('schema/limits', (sorted(schema['$defs']['limits']['properties']), sorted(limits)))
manual = open(root + '/docs/policy.md').read()
for i, example in enumerate(re.findall(r'```yaml\n(version:.*?)```', manual, re.S)):
    r = run('policy', 'check', write('example.yaml', example))
    check('manual/example-%d' % i, (r.code, 0), (r.err, ''))
    # The program is its own judge of the schema as well: a chart's values are held against it.
    write('holder/Chart.yaml', 'apiVersion: v2\nname: holder\nversion: 0.1.0\n', 0o644)
    write('holder/values.schema.json', json.dumps(schema), 0o644)
    r = run('template', 'web', box + '/holder', '-f', box + '/example.yaml')
    check('manual/example-%d/schema' % i, (r.code, 0), (r.err, ''))
for name in effects + limits:
    check('manual/tells of ' + name, '`%s`' % name in manual)
for bad in ('version: 2', 'version: 1\nrules: [{allow: {nope: true}}]', 'version: 1\nrules: [{chart: x, alow: [seed]}]', 'version: 1\nprofile: lax'):
    r = run('template', 'web', box + '/holder', '-f', write('example.yaml', bad))
    check('schema/refuses ' + bad.replace('\n', ' '), (r.code, 1))

shutil.rmtree(box, ignore_errors=True)
print('policy: %d passed, %d failed' % (passed, failed))
sys.exit(1 if failed else 0)
