#!/usr/bin/env python3
"""Hostile charts against the real program.

run.py BINARY

Each case makes a chart that means ill, renders it, and demands: exit code 1, a message of one line (Helm's advice about --debug apart) that
names what it should, nothing on standard output, nothing written, an end in time, bounded memory. The archives are made here, byte by
byte where a library would refuse to. Ends with 'hostile: N passed, N failed'.
"""
import gzip, io, os, resource, shutil, struct, subprocess, sys, tarfile, tempfile, time

binary = os.path.abspath(sys.argv[1])
only = sys.argv[2] if len(sys.argv) > 2 else ''
box = tempfile.mkdtemp(prefix='bulkhead-hostile.')
env = {'PATH': '/usr/bin:/bin', 'HOME': box + '/home', 'TZ': 'UTC'}
os.makedirs(box + '/home')
slow = float(os.environ.get('BK_SLOW', '1'))  # sanitizers: several times the limits
passed = failed = 0
CHART = b'apiVersion: v2\nname: evil\nversion: 0.1.0\n'


def tar(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT) as t:
        for e in entries:
            if isinstance(e, tarfile.TarInfo):
                t.addfile(e)
                continue
            name, data = e
            i = tarfile.TarInfo(name)
            i.size = len(data)
            t.addfile(i, io.BytesIO(data))
    return out.getvalue()


def special(name, kind, target='', major=1, minor=5):
    i = tarfile.TarInfo(name)
    i.type, i.linkname, i.devmajor, i.devminor = kind, target, major, minor
    return i


def tgz(entries):
    return gzip.compress(tar(entries), 1)


def folder(files):
    d = tempfile.mkdtemp(dir=box)
    for name, data in files.items():
        p = os.path.join(d, name)
        os.makedirs(os.path.dirname(p), exist_ok=True)
        with open(p, 'wb') as f:
            f.write(data if isinstance(data, bytes) else data.encode())
    return d


def template(text, **more):
    return folder({'Chart.yaml': CHART, 'templates/x.yaml': text, **more})


def archive(data, name='evil.tgz'):
    p = os.path.join(tempfile.mkdtemp(dir=box), name)
    with open(p, 'wb') as f:
        f.write(data)
    return p


def check(name, chart, words, args=(), seconds=2.0, lines=1, memory=900 << 20):
    """words: all must stand in the message; a list within: one of them."""
    global passed, failed
    if only not in name:
        return
    out = tempfile.mkdtemp(dir=box)
    before = sorted(os.listdir(out))
    t = time.monotonic()
    p = subprocess.Popen([binary, 'template', 'rel', chart, *args], cwd=out, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        stdout, stderr = p.communicate(timeout=seconds * slow + 30)
    except subprocess.TimeoutExpired:
        p.kill()
        stdout, stderr = p.communicate()
    took = time.monotonic() - t
    text = stderr.decode('utf-8', 'replace')
    body = [l for l in text.replace('\n\nUse --debug flag to render out invalid YAML', '').split('\n') if l and not l.startswith('level=')]
    wrong = []
    if p.returncode != 1:
        wrong.append('exit code %d' % p.returncode)
    if stdout:
        wrong.append('%d bytes on standard output' % len(stdout))
    if len(body) > lines:
        wrong.append('%d lines' % len(body))
    for w in words:
        if not any(x in text for x in ([w] if isinstance(w, str) else w)):
            wrong.append('the message lacks %s' % (w,))
    if took > seconds * slow:
        wrong.append('took %.1f s' % took)
    if sorted(os.listdir(out)) != before:
        wrong.append('left files behind')
    if any(ord(c) < 32 and c not in '\n\t' or c == '\x7f' for c in text):
        wrong.append('raw control characters')
    if wrong:
        failed += 1
        print('FAIL %s: %s\n     %s' % (name, '; '.join(wrong), text[:400].replace('\n', '\n     ')))
    else:
        passed += 1


good = tgz([('evil/Chart.yaml', CHART), ('evil/templates/x.yaml', b'a: 1\n')])

# archives
check('archive/empty', archive(b''), ['evil.tgz'])
check('archive/text', archive(b'hello'), ['evil.tgz', 'gzip'])
for n in (10, 12, len(good) // 2, len(good) - 9):
    check('archive/truncated-%d' % n, archive(good[:n]), [['evil.tgz', 'unable to load chart archive', 'EOF', 'gzip']])
check('archive/corrupt', archive(good[:30] + bytes(255 - b for b in good[30:60]) + good[60:]), [['chart', 'archive']])
check('archive/no-chart', archive(tgz([('evil/x', b'')])), ['Chart.yaml'])
bomb = gzip.compress(b'\0' * (1 << 20), 9)
check('archive/bomb', archive(b''.join([bomb] * 2000)), [['archive', 'chart']], seconds=6)
check('archive/bomb-file', archive(tgz([('evil/Chart.yaml', CHART), ('evil/big', b'\0' * (200 << 20))])), [['archive', 'maximum', 'larger']], seconds=6)
check('archive/dotdot', archive(tgz([('evil/Chart.yaml', CHART), ('evil/../../x', b'x')])), [['archive', 'chart']])
check('archive/absolute', archive(tgz([('evil/Chart.yaml', CHART), ('/etc/x', b'x')])), [['archive', 'chart']])
check('archive/drive', archive(tgz([('evil/Chart.yaml', CHART), ('evil/C:/x', b'x')])), [['archive', 'chart']])
check('archive/symlink', archive(tgz([('evil/Chart.yaml', CHART), special('evil/templates/x.yaml', tarfile.SYMTYPE, '/etc/passwd')])), ['templates/x.yaml', 'link'])
check('archive/hardlink', archive(tgz([('evil/Chart.yaml', CHART), special('evil/templates/x.yaml', tarfile.LNKTYPE, 'evil/Chart.yaml')])), ['templates/x.yaml', 'link'])
check('archive/device', archive(tgz([('evil/Chart.yaml', CHART), special('evil/templates/x.yaml', tarfile.CHRTYPE)])), ['templates/x.yaml'])
check('archive/fifo', archive(tgz([('evil/Chart.yaml', CHART), special('evil/templates/x.yaml', tarfile.FIFOTYPE)])), ['templates/x.yaml'])
check('archive/duplicate', archive(tgz([('evil/Chart.yaml', CHART), ('evil/templates/x.yaml', b'a: 1'), ('evil/templates/x.yaml', b'a: 2')])), ['templates/x.yaml', 'twice'])
check('archive/many', archive(tgz([('evil/Chart.yaml', CHART)] + [('evil/f%d' % i, b'') for i in range(100001)])), [['limit', 'files', 'archive']], seconds=6)

# YAML
levels = b'a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n' + b''.join(b'a%d: &a%d [%s]\n' % (i, i, b','.join([b'*a%d' % (i - 1)] * 10)) for i in range(1, 12))
check('yaml/bomb', folder({'Chart.yaml': CHART, 'values.yaml': levels}), ['values.yaml', 'excessive aliasing'])
check('yaml/bomb-chart', folder({'Chart.yaml': CHART + levels}), ['Chart.yaml', 'excessive aliasing'])
check('yaml/bomb-manifest', template(levels), ['templates/x.yaml', 'excessive aliasing'])
check('yaml/nesting-flow', folder({'Chart.yaml': CHART, 'values.yaml': b'a: ' + b'[' * 1000000}), ['values.yaml'])
check('yaml/nesting-block', folder({'Chart.yaml': CHART, 'values.yaml': b'- ' * 1000000 + b'x'}), ['values.yaml'])
check('yaml/nesting-manifest', template(b'a: ' + b'{a: ' * 1000000), ['templates/x.yaml'])
check('yaml/nul', folder({'Chart.yaml': CHART, 'values.yaml': b'a: "\0"\n'}), ['values.yaml', 'control characters'])
check('yaml/utf8', folder({'Chart.yaml': CHART, 'values.yaml': b'a: "\xff\xfe"\n'}), ['values.yaml', 'UTF-8'])
check('yaml/chart-nul', folder({'Chart.yaml': CHART + b'description: "\0"\n'}), ['Chart.yaml'])
check('yaml/tabs', folder({'Chart.yaml': CHART, 'values.yaml': b'a:\n\tb: 1\n'}), ['values.yaml', 'line'])

# templates
limit = ('--time-limit', '1s')
check('loop/range', template('{{ range 1000000000000 }}{{ end }}'), ['compartment', 'time'], limit, seconds=2)
check('loop/nested', template('{{ range until 10000 }}{{ range until 10000 }}{{ range until 10000 }}{{ end }}{{ end }}{{ end }}'), [['time', 'memory']], limit, seconds=2)
check('loop/include', template('{{ define "f" }}{{ range until 1000 }}{{ include "g" . }}{{ end }}{{ end }}{{ define "g" }}{{ range until 1000 }}{{ include "h" . }}{{ end }}{{ end }}'
      '{{ define "h" }}{{ range until 1000 }}{{ end }}{{ end }}{{ range until 1000 }}{{ include "f" . }}{{ end }}'), [['time', 'memory']], limit, seconds=2)
check('include/endless', template('{{ define "f" }}{{ include "f" . }}{{ end }}{{ include "f" . }}'), ['nested reference'], lines=5000)
chain = {'templates/_%d.tpl' % k: ''.join('{{ define "f%d" }}{{ include "f%d" . }}{{ end }}' % (i, i + 1) for i in range(k * 10000, k * 10000 + 10000)) for k in range(10)}
check('include/100000-deep', template('{{ define "f100000" }}x{{ end }}{{ include "f0" . }}', **chain), [['limit', 'depth', 'deep']], lines=160, seconds=4)
check('template/endless', template('{{ define "f" }}{{ template "f" . }}{{ end }}{{ template "f" . }}'), ['exceeded maximum template depth'], lines=5)
check('tpl/endless', template('{{ tpl .Values.t . }}', **{'values.yaml': 't: "{{ tpl .Values.t . }}"\n'}), [['limit', 'depth', 'deep']], lines=5000)
check('string/1gib', template('{{ $s := "0123456789abcdef" }}{{ range until 26 }}{{ $s = print $s $s }}{{ end }}{{ $s }}'), [['limit', 'memory']])
check('string/repeat', template('{{ repeat 1073741824 "x" }}'), [['limit', 'memory']])
check('string/indent', template('{{ indent 1000000000 "x" }}'), [['limit', 'memory']])
check('list/until', template('{{ until 2000000000 }}'), [['limit', 'memory']])
check('output/flood', template('{{ $s := repeat 1000000 "0123456789" }}{{ range until 100 }}a: {{ $s }}\n{{ end }}'), [['limit', 'memory']])
check('dict/cycle-yaml', template('{{ $d := dict }}{{ $_ := set $d "x" $d }}{{ toYaml $d }}{{ fail "done" }}'), [['done', 'limit', 'depth', 'cycle']], lines=3)
check('dict/cycle-print', template('{{ $d := dict }}{{ $_ := set $d "x" $d }}{{ $d }}'), [['limit', 'depth', 'nest']], lines=3)
check('regex/nested', template('{{ regexMatch "(a*)*b" (repeat 100000 "a") }}{{ fail "linear" }}'), ['linear'])
check('regex/huge', template('{{ mustRegexMatch "((a{1000}){1000}){1000}" "a" }}'), ['regexp'], lines=3)
check('parse/parens', template('{{ ' + '(' * 1000000 + ' }}'), ['templates/x.yaml'], lines=3)
check('parse/ifs', template('{{ if 1 }}' * 1000000), ['templates/x.yaml'], lines=3)
check('message/escape', template('{{ fail "\\x1b[2J\\x07\\x08 red" }}'), ['red'])

# not a chart
check('missing', box + '/nothere', ['nothere', 'not found'])
check('not-a-chart', folder({'README': b''}), ['Chart.yaml'])
check('not-a-file', '/dev/null', [['null', 'gzip']])
d = folder({'Chart.yaml': CHART, 'templates/x.yaml': b'a: 1'})
os.symlink('/etc/hostname', d + '/templates/link.yaml')
check('folder/link-out', d, ['link.yaml', 'link'])
d = folder({'Chart.yaml': CHART})
os.symlink('/dev/zero', d + '/zero')
check('folder/link-device', d, ['zero'])
d = folder({'Chart.yaml': CHART})
os.mkfifo(d + '/pipe')
check('folder/fifo', d, ['pipe'])
d = folder({'Chart.yaml': CHART, 'a/b': b''})
os.symlink('..', d + '/a/loop')
check('folder/link-loop', d, [['loop', 'limit']])
if os.getuid() != 0:
    d = folder({'Chart.yaml': CHART})
    os.chmod(d + '/Chart.yaml', 0)
    check('folder/unreadable', d, ['Chart.yaml', 'permission denied'])
check('name/slash', folder({'Chart.yaml': b'apiVersion: v2\nname: a/b\nversion: 0.1.0\n'}), ['name'])
check('name/dots', folder({'Chart.yaml': b'apiVersion: v2\nname: ..\nversion: 0.1.0\n'}), ['name'])
check('set/index', folder({'Chart.yaml': CHART}), ['--set', ['index', '999999999']], ['--set', 'a[999999999]=1'])
check('set/nesting', folder({'Chart.yaml': CHART}), ['--set'], ['--set', 'a' + '.a' * 20000 + '=1'])

# the ledger: what cannot be written down does not happen
d = template('a: {{ randAlphaNum 5 }}\n')
check('ledger/full', d, [['ledger', '/dev/full']], ['--ledger', '/dev/full'])
os.symlink(box + '/elsewhere', box + '/ledger-link')
check('ledger/link', d, ['ledger-link'], ['--ledger', box + '/ledger-link'])
if os.path.exists(box + '/elsewhere'):
    failed += 1
    print('FAIL ledger/link: wrote through the link')

# and after all that a good chart renders
p = subprocess.run([binary, 'template', 'rel', archive(good)], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
if p.returncode == 0 and p.stdout == b'---\n# Source: evil/templates/x.yaml\na: 1\n':
    passed += 1
else:
    failed += 1
    print('FAIL good chart: %r %r' % (p.stdout[:200], p.stderr[:200]))
shutil.rmtree(box, ignore_errors=True)
print('hostile: %d passed, %d failed' % (passed, failed))
sys.exit(1 if failed else 0)
