#!/usr/bin/env python3
"""Recorded runs, replayed.

run.py BINARY

A chart that makes passwords, identifiers, keys, certificates and times is rendered twice (the outputs must differ), once with --record, and replayed: the same
bytes, whatever the clock says by then. A record that was changed, or that belongs to another request, is refused.
"""
import json, os, shutil, subprocess, sys, tempfile

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from suite import check, tally

binary = os.path.abspath(sys.argv[1])
box = tempfile.mkdtemp(prefix='bulkhead-replay.')
env = {'PATH': '/usr/bin:/bin', 'HOME': box, 'TZ': 'Asia/Kolkata'}


def render(*args):
    p = subprocess.run([binary, 'template', 'rel', box + '/chart', *args], cwd=box, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    return p.returncode, p.stdout, p.stderr.decode('utf-8', 'replace')


os.makedirs(box + '/chart/templates')
open(box + '/chart/Chart.yaml', 'w').write('apiVersion: v2\nname: chart\nversion: 0.1.0\n')
open(box + '/chart/templates/all.yaml', 'w').write('''{{- $ca := genCA "ca" 30 }}
{{- $cert := genSignedCert "web" (list "10.0.0.1") (list "web.local") 30 $ca }}
password: {{ randAlphaNum 30 }}
number: {{ randInt 0 1000000000 }}
id: {{ uuidv4 }}
shuffled: {{ shuffle "abcdefghijklmnop" }}
ca: {{ $ca.Cert | b64enc }}
cert: {{ $cert.Cert | b64enc }}
key: {{ $cert.Key | b64enc }}
edkey: {{ genPrivateKey "ed25519" | b64enc }}
login: {{ htpasswd "user" "secret" }}
aes: {{ encryptAES "key" "text" }}
now: {{ now | date "2006-01-02T15:04:05.000000000Z07:00" }}
there: {{ dateInZone "15:04 MST" now "America/New_York" }}
lookup: {{ lookup "v1" "Secret" "default" "x" | toJson }}
''')
first, second = render(), render()
check('renders', first[0] == 0, first[2])
check('random', first[1] != second[1])
recorded = render('--record', box + '/run.rec')
check('records', recorded[0] == 0, recorded[2])
check('record is private', os.stat(box + '/run.rec').st_mode & 0o777 == 0o600)
for n in range(2):
    again = render('--replay', box + '/run.rec')
    check('replays %d' % n, again[:2] == recorded[:2], again[2])
fixed = render('--clock', '2001-02-03T04:05:06Z')
check('--clock', b'now: 2001-02-03T09:35:06.000000000+05:30' in fixed[1] and b'there: 23:05 EST' in fixed[1], fixed[1][-300:])

other = render('--replay', box + '/run.rec', '--set', 'a=1')
check('another request is refused', other[0] == 1 and other[1] == b'' and other[2].startswith('Error: '), other[2])
record = open(box + '/run.rec', 'rb').read()
open(box + '/cut.rec', 'wb').write(record[:len(record) // 2])
cut = render('--replay', box + '/cut.rec')
check('a record cut short is refused', cut[0] == 1 and cut[1] == b'', cut[2])
for at in (9, len(record) // 3, len(record) - 20):
    open(box + '/changed.rec', 'wb').write(record[:at] + bytes([record[at] ^ 1]) + record[at + 1:])
    bad = render('--replay', box + '/changed.rec')
    check('a record changed at %d is refused' % at, bad[0] == 1 and bad[1] == b'', bad[2])
check('no record', render('--replay', box + '/nothere')[0] == 1)

ledger = box + '/ledger.jsonl'
render('--ledger', ledger)
entries = [json.loads(l) for l in open(ledger)]
check('ledger is private', os.stat(ledger).st_mode & 0o777 == 0o600)
check('ledger closes', entries[-1].get('type') == 'end')
check('ledger tells secrets from nobody', first[1].split(b'password: ')[1].split(b'\n')[0].decode() not in open(ledger).read())
effects = {e.get('effect') or e.get('type') for e in entries}
check('ledger has the effects', {'seed', 'clock', 'keygen', 'cipher', 'bcrypt', 'zoneinfo', 'lookup'} <= effects, effects)
shutil.rmtree(box, ignore_errors=True)
tally('replay')
