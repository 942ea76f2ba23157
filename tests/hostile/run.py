#!/usr/bin/env python3
"""Hostile charts against the real program: run.py BINARY [CASE]

Each case makes a chart that means ill, renders it, and demands what Box.check says. The archives are made here, byte by byte where a
library would refuse to. Ends with 'hostile: N passed, N failed, N skipped'.
"""
import gzip, os, subprocess, sys, tarfile, time

from box import CHART, Box, special, tgz

box = Box(sys.argv, 'hostile')
good = tgz([('evil/Chart.yaml', CHART), ('evil/templates/x.yaml', b'a: 1\n')])

# archives
box.check('archive/empty', box.archive(b''), ['evil.tgz'])
box.check('archive/text', box.archive(b'hello'), ['evil.tgz', 'gzip'])
for n in (10, 12, len(good) // 2, len(good) - 9):
    box.check('archive/truncated-%d' % n, box.archive(good[:n]), [['evil.tgz', 'unable to load chart archive', 'EOF', 'gzip']])
box.check('archive/corrupt', box.archive(good[:30] + bytes(255 - b for b in good[30:60]) + good[60:]), [['chart', 'archive']])
box.check('archive/no-chart', box.archive(tgz([('evil/x', b'')])), ['Chart.yaml'])
bomb = gzip.compress(b'\0' * (1 << 20), 9)
box.check('archive/bomb', box.archive(b''.join([bomb] * 2000)), [['archive', 'chart']], seconds=6)
box.check('archive/bomb-file', box.archive(tgz([('evil/Chart.yaml', CHART), ('evil/big', b'\0' * (200 << 20))])), [['archive', 'maximum', 'larger']], seconds=6)
box.check('archive/dotdot', box.archive(tgz([('evil/Chart.yaml', CHART), ('evil/../../x', b'x')])), [['archive', 'chart']])
box.check('archive/absolute', box.archive(tgz([('evil/Chart.yaml', CHART), ('/etc/x', b'x')])), [['archive', 'chart']])
box.check('archive/drive', box.archive(tgz([('evil/Chart.yaml', CHART), ('evil/C:/x', b'x')])), [['archive', 'chart']])
box.check('archive/symlink', box.archive(tgz([('evil/Chart.yaml', CHART), special('evil/templates/x.yaml', tarfile.SYMTYPE, '/etc/passwd')])), ['templates/x.yaml', 'link'])
box.check('archive/hardlink', box.archive(tgz([('evil/Chart.yaml', CHART), special('evil/templates/x.yaml', tarfile.LNKTYPE, 'evil/Chart.yaml')])), ['templates/x.yaml', 'link'])
box.check('archive/device', box.archive(tgz([('evil/Chart.yaml', CHART), special('evil/templates/x.yaml', tarfile.CHRTYPE)])), ['templates/x.yaml'])
box.check('archive/fifo', box.archive(tgz([('evil/Chart.yaml', CHART), special('evil/templates/x.yaml', tarfile.FIFOTYPE)])), ['templates/x.yaml'])
box.check('archive/duplicate', box.archive(tgz([('evil/Chart.yaml', CHART), ('evil/templates/x.yaml', b'a: 1'), ('evil/templates/x.yaml', b'a: 2')])), ['templates/x.yaml', 'twice'])
box.check('archive/many', box.archive(tgz([('evil/Chart.yaml', CHART)] + [('evil/f%d' % i, b'') for i in range(100001)])), [['limit', 'files', 'archive']], seconds=6)

# YAML
levels = b'a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n' + b''.join(b'a%d: &a%d [%s]\n' % (i, i, b','.join([b'*a%d' % (i - 1)] * 10)) for i in range(1, 12))
box.check('yaml/bomb', box.folder({'Chart.yaml': CHART, 'values.yaml': levels}), ['values.yaml', 'excessive aliasing'])
box.check('yaml/bomb-chart', box.folder({'Chart.yaml': CHART + levels}), ['Chart.yaml', 'excessive aliasing'])
box.check('yaml/bomb-manifest', box.template(levels), ['templates/x.yaml', 'excessive aliasing'])
box.check('yaml/nesting-flow', box.folder({'Chart.yaml': CHART, 'values.yaml': b'a: ' + b'[' * 1000000}), ['values.yaml'])
box.check('yaml/nesting-block', box.folder({'Chart.yaml': CHART, 'values.yaml': b'- ' * 1000000 + b'x'}), ['values.yaml'])
box.check('yaml/nesting-manifest', box.template(b'a: ' + b'{a: ' * 1000000), ['templates/x.yaml'])
box.check('yaml/nul', box.folder({'Chart.yaml': CHART, 'values.yaml': b'a: "\0"\n'}), ['values.yaml', 'control characters'])
box.check('yaml/utf8', box.folder({'Chart.yaml': CHART, 'values.yaml': b'a: "\xff\xfe"\n'}), ['values.yaml', 'UTF-8'])
box.check('yaml/chart-nul', box.folder({'Chart.yaml': CHART + b'description: "\0"\n'}), ['Chart.yaml'])
box.check('yaml/tabs', box.folder({'Chart.yaml': CHART, 'values.yaml': b'a:\n\tb: 1\n'}), ['values.yaml', 'line'])

# templates
limit = ('--time-limit', '1s')
box.check('loop/range', box.template('{{ range 1000000000000 }}{{ end }}'), ['compartment', 'time'], limit, seconds=2)
box.check('loop/nested', box.template('{{ range until 10000 }}{{ range until 10000 }}{{ range until 10000 }}{{ end }}{{ end }}{{ end }}'), [['time', 'memory']], limit, seconds=2)
box.check('loop/include', box.template('{{ define "f" }}{{ range until 1000 }}{{ include "g" . }}{{ end }}{{ end }}{{ define "g" }}{{ range until 1000 }}{{ include "h" . }}{{ end }}{{ end }}'
      '{{ define "h" }}{{ range until 1000 }}{{ end }}{{ end }}{{ range until 1000 }}{{ include "f" . }}{{ end }}'), [['time', 'memory']], limit, seconds=2)
box.check('include/endless', box.template('{{ define "f" }}{{ include "f" . }}{{ end }}{{ include "f" . }}'), ['nested reference'], lines=5000)
chain = {'templates/_%d.tpl' % k: ''.join('{{ define "f%d" }}{{ include "f%d" . }}{{ end }}' % (i, i + 1) for i in range(k * 10000, k * 10000 + 10000)) for k in range(10)}
box.check('include/100000-deep', box.template('{{ define "f100000" }}x{{ end }}{{ include "f0" . }}', **chain), [['limit', 'depth', 'deep']], lines=160, seconds=4)
box.check('template/endless', box.template('{{ define "f" }}{{ template "f" . }}{{ end }}{{ template "f" . }}'), ['exceeded maximum template depth'], lines=5)
box.check('tpl/endless', box.template('{{ tpl .Values.t . }}', **{'values.yaml': 't: "{{ tpl .Values.t . }}"\n'}), [['limit', 'depth', 'deep']], lines=5000)
box.check('string/1gib', box.template('{{ $s := "0123456789abcdef" }}{{ range until 26 }}{{ $s = print $s $s }}{{ end }}{{ $s }}'), [['limit', 'memory']])
box.check('string/repeat', box.template('{{ repeat 1073741824 "x" }}'), [['limit', 'memory']])
box.check('string/indent', box.template('{{ indent 1000000000 "x" }}'), [['limit', 'memory']])
box.check('list/until', box.template('{{ until 2000000000 }}'), [['limit', 'memory']])
box.check('output/flood', box.template('{{ $s := repeat 1000000 "0123456789" }}{{ range until 100 }}a: {{ $s }}\n{{ end }}'), [['limit', 'memory']])
box.check('dict/cycle-yaml', box.template('{{ $d := dict }}{{ $_ := set $d "x" $d }}{{ toYaml $d }}{{ fail "done" }}'), [['done', 'limit', 'depth', 'cycle']], lines=3)
box.check('dict/cycle-print', box.template('{{ $d := dict }}{{ $_ := set $d "x" $d }}{{ $d }}'), [['limit', 'depth', 'nest']], lines=3)
box.check('regex/nested', box.template('{{ regexMatch "(a*)*b" (repeat 100000 "a") }}{{ fail "linear" }}'), ['linear'])
box.check('regex/huge', box.template('{{ mustRegexMatch "((a{1000}){1000}){1000}" "a" }}'), ['regexp'], lines=3)
box.check('parse/parens', box.template('{{ ' + '(' * 1000000 + ' }}'), ['templates/x.yaml'], lines=3)
box.check('parse/ifs', box.template('{{ if 1 }}' * 1000000), ['templates/x.yaml'], lines=3)
box.check('message/escape', box.template('{{ fail "\\x1b[2J\\x07\\x08 red" }}'), ['red'])

# not a chart
box.check('missing', box.root + '/nothere', ['nothere', 'not found'])
box.check('not-a-chart', box.folder({'README': b''}), ['Chart.yaml'])
box.check('not-a-file', '/dev/null', [['null', 'gzip']])
d = box.folder({'Chart.yaml': CHART, 'templates/x.yaml': b'a: 1'})
os.symlink('/etc/hostname', d + '/templates/link.yaml')
box.check('folder/link-out', d, ['link.yaml', 'link'])
d = box.folder({'Chart.yaml': CHART})
os.symlink('/dev/zero', d + '/zero')
box.check('folder/link-device', d, ['zero'])
d = box.folder({'Chart.yaml': CHART})
os.mkfifo(d + '/pipe')
box.check('folder/fifo', d, ['pipe'])
d = box.folder({'Chart.yaml': CHART, 'a/b': b''})
os.symlink('..', d + '/a/loop')
box.check('folder/link-loop', d, [['loop', 'limit']])
if os.getuid() != 0:
    d = box.folder({'Chart.yaml': CHART})
    os.chmod(d + '/Chart.yaml', 0)
    box.check('folder/unreadable', d, ['Chart.yaml', 'permission denied'])
box.check('name/slash', box.folder({'Chart.yaml': b'apiVersion: v2\nname: a/b\nversion: 0.1.0\n'}), ['name'])
box.check('name/dots', box.folder({'Chart.yaml': b'apiVersion: v2\nname: ..\nversion: 0.1.0\n'}), ['name'])
box.check('set/index', box.folder({'Chart.yaml': CHART}), ['--set', ['index', '999999999']], ['--set', 'a[999999999]=1'])
box.check('set/nesting', box.folder({'Chart.yaml': CHART}), ['--set'], ['--set', 'a' + '.a' * 20000 + '=1'])

# the ledger: what cannot be written down does not happen
d = box.template('a: {{ randAlphaNum 5 }}\n')
box.check('ledger/full', d, [['ledger', '/dev/full']], ['--ledger', '/dev/full'])
os.symlink(box.root + '/elsewhere', box.root + '/ledger-link')
box.check('ledger/link', d, ['ledger-link'], ['--ledger', box.root + '/ledger-link'])
box.result('ledger/link', ['wrote through the link'] if os.path.exists(box.root + '/elsewhere') else [])

# the process itself: while a chart runs nothing can be started, and another user cannot look into it
def status_of(args):
    child = subprocess.Popen([box.binary] + args, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    fields, until = {}, time.monotonic() + 20
    while fields.get('Seccomp') != '2' and child.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
        with open('/proc/%d/status' % child.pid) as f:
            fields = dict(line.rstrip('\n').split(':\t', 1) for line in f if ':\t' in line)
    child.kill()
    child.communicate()
    return fields


if sys.platform == 'linux' and os.environ.get('BK_SLOW', '1') == '1':
    fields = status_of(['template', 'rel', box.template('{{ range 1000000000000 }}{{ end }}')])
    box.result('process/confined', [] if fields.get('Seccomp') == '2' and fields.get('NoNewPrivs') == '1' else ['%r' % fields])

# and after all that a good chart renders
p = box.run(['template', 'rel', box.archive(good)])
box.result('good chart', [] if p.returncode == 0 and p.stdout == b'---\n# Source: evil/templates/x.yaml\na: 1\n' else ['%r' % p.stdout[:200]], p.stderr.decode())
sys.exit(box.finish())
