#!/usr/bin/env python3
"""Provenance files and keyrings, good and with something done to them, in the program and in a real helm: generated.py BINARY [CASE]

HELM names the real helm; COUNT how many cases (15), SEED the first of them. Exit codes and outputs have to be the same; messages up to the library's own words."""
import os, re, shutil, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'registry')]
from twins import SIDES, Twins
from stand import chart

t = Twins(sys.argv, 'signing-generated', 15)
gpg = shutil.which('gpg')
if not gpg:
    t.skip('all', 'gpg is not installed')
    sys.exit(t.finish())
ring = t.root + '/gnupg'
os.makedirs(ring, 0o700)


def run(*args, data=None):
    p = subprocess.run([gpg, '--homedir', ring, '--batch', '--quiet', '--no-tty', '--pinentry-mode', 'loopback', '--passphrase', '', *args], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if p.returncode:
        raise RuntimeError(p.stderr.decode())
    return p.stdout


KINDS = ['rsa2048', 'rsa3072', 'ed25519', 'dsa2048', 'nistp256']
NAMES = ['Ann Able <ann@x.org>', 'Bob (work) <bob@x.org>', 'Käthe <k@x.org>', 'Dan', 'Eve <eve@x.org>']
for kind, name in zip(KINDS, NAMES):
    run('--quick-generate-key', name, kind, 'sign', 'never')
PUBLIC = {k: run('--export', n) for k, n in zip(KINDS, NAMES)}
ARMOUR = {k: run('--armor', '--export', n) for k, n in zip(KINDS, NAMES)}
SECRET = {k: run('--export-secret-keys', n) for k, n in zip(KINDS, NAMES)}
subprocess.run(['gpgconf', '--homedir', ring, '--kill', 'all'])
WEB = chart('web', '1.0.0')


def keyring(r, signer):
    kinds = r.sample(KINDS, r.randint(0, 3)) + ([signer] if r.random() < .75 else [])
    r.shuffle(kinds)
    how = r.choice(['binary', 'binary', 'armour', 'secret'])
    data = {'binary': lambda: b''.join(PUBLIC[k] for k in kinds), 'armour': lambda: ARMOUR[kinds[0]] if kinds else b'', 'secret': lambda: b''.join(SECRET[k] for k in kinds)}[how]()
    if r.random() < .08:
        data = r.choice([b'', b'garbage\n', data[:len(data) // 2], data + b'trailing', b'\x00' * 10])
    return data


def spoil(r, text):
    """Something done to a provenance file; most of it makes it bad. A head that names another hash than the signature was made with is refused by us alone."""
    lines = text.split(b'\n')
    i = r.randrange(2, len(lines))  # beyond the head
    return r.choice([
        lambda: text, lambda: text, lambda: text, lambda: text.replace(b'\n', b'\r\n'), lambda: text + b'trailing\n', lambda: b'before\n' + text, lambda: text.rstrip(b'\n'), lambda: text * 2,
        lambda: b'\n'.join(lines[:i] + lines[i + 1:]), lambda: b'\n'.join(lines[:i] + [lines[i] + b' '] + lines[i + 1:]), lambda: b'\n'.join(lines[:i] + [b''] + lines[i:]),
        lambda: text[:r.randrange(len(text))], lambda: text.replace(b'web', b'wem', 1), lambda: text.replace(b'Hash: SHA512', b'Comment: x'),
        lambda: text.replace(b'...', b'....'), lambda: text.replace(b'files:', b'files :'), lambda: b'', lambda: b'not signed\n',
        lambda: text.replace(b'-----BEGIN PGP SIGNATURE-----\n', b'-----BEGIN PGP SIGNATURE-----\nVersion: X\nComment: y\n'), lambda: text.replace(b'sha256:', b'sha256:0', 1), lambda: text.replace(b'sha256:', b'sha512:', 1),
        lambda: bytes(c ^ (1 if k == r.randrange(len(text)) else 0) for k, c in enumerate(text)),
    ])()


def sign(r, kind, name='web-1.0.0.tgz', archive=WEB):
    import hashlib
    body = 'apiVersion: v2\nname: web\nversion: 1.0.0\n\n...\nfiles:\n  %s: sha256:%s\n' % (name, hashlib.sha256(archive).hexdigest())
    if r.random() < .1:
        body = r.choice(['- dashed\n' + body, body + '  other.tgz: sha256:00\n', body.replace('files:', 'files:\n  a: b'), body.replace('\n\n...', '\ndescription: "ü é"\n\n...'), 'x: [\n' + body, body.replace('...\n', '')])
    return run('--clear-sign', '--digest-algo', r.choice(['SHA512'] * 4 + ['SHA256', 'SHA384']), '--local-user', dict(zip(KINDS, NAMES))[kind], data=body.encode())


# The library behind Helm has its own words for what is wrong with a signature, and tells less.
t.errors = [(rb'(?s)^level=INFO[^\n]*\n(level=INFO[^\n]*\n)?', b''), (rb'openpgp: [^\n]*', b'openpgp')]

for case in t.cases('verify'):
    r = case.rng
    signer = r.choice(KINDS)
    archive = WEB if r.random() < .9 else r.choice([WEB + b'x', b'', chart('web', '1.0.1')])
    case.put('web-1.0.0.tgz', archive)
    text = sign(r, signer, r.choice(['web-1.0.0.tgz'] * 9 + ['other.tgz']))
    if r.random() < .95:
        case.put('web-1.0.0.tgz.prov', spoil(r, text))
    case.put('ring.gpg', keyring(r, signer))
    case.run('verify', 'web-1.0.0.tgz', '--keyring', r.choice(['ring.gpg'] * 15 + ['none.gpg', '.']), errors=False)
    case.run('template', 'web-1.0.0.tgz', '--verify', '--keyring', 'ring.gpg', errors=False)

for case in t.cases('sign'):
    r = case.rng
    kind = r.choice(KINDS)
    version = r.choice(['1.0.0', '1.0.0+a', '0.1.0-rc.1'])
    case.put('c/Chart.yaml', 'apiVersion: v2\nname: web\nversion: %s\n' % version + r.choice(['', 'description: "ü: é"\n', 'keywords: [a, "- b"]\n', 'description: |\n  - dash\n  From x\n   trailing \n', 'annotations: {a: "b\\nc"}\n', 'maintainers: [{name: x}]\n']))
    case.put('c/values.yaml', 'a: 1\n')
    rings = [kind] + [k for k in r.sample(KINDS, r.randint(0, 2)) if k != kind]
    r.shuffle(rings)
    case.put('sec.gpg', b''.join(SECRET[k] for k in rings))
    case.put('pub.gpg', PUBLIC[kind])
    name = dict(zip(KINDS, NAMES))[kind]
    flags = r.choice([['--key', name], ['--key', name.split()[0]], ['--key', r.choice(['nobody', 'x.org', ''])], ['--key', name, '--passphrase-file', 'none'], []])
    p = case.run('package', 'c', '--sign', '--keyring', 'sec.gpg' if 'none' in flags else r.choice(['sec.gpg'] * 8 + ['pub.gpg', 'none']), *flags, env={'SOURCE_DATE_EPOCH': '1700000000'})
    if p[0] == 0:
        # The text that was signed is the same but for the archive's sum, and each checks the other's.
        bodies = []
        file = 'web-%s.tgz' % version
        if not all(os.path.exists(case.at[side] + '/work/%s.prov' % file) for side in SIDES):
            continue
        for side in SIDES:
            text = open(case.at[side] + '/work/' + file + '.prov', 'rb').read()
            bodies.append(re.sub(rb'sha256:[0-9a-f]{64}', b'sha256', text.split(b'-----BEGIN PGP SIGNATURE')[0]))
        if bodies[0] != bodies[1]:
            case.wrong.append('signed: ours %r, theirs %r' % tuple(bodies))
        for suffix in ('', '.prov'):
            a, b = (case.at[side] + '/work/' + file + suffix for side in SIDES)
            x, y = open(a, 'rb').read(), open(b, 'rb').read()
            open(a, 'wb').write(y)
            open(b, 'wb').write(x)
        case.run('verify', file, '--keyring', 'pub.gpg', out=False)
sys.exit(t.finish())
