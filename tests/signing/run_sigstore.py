#!/usr/bin/env python3
"""Sigstore bundles, good and with each part made wrong: run_sigstore.py BINARY [--helm HELM]

Authority, logs and keys are made here with openssl (skipped without it). Ends with 'sigstore: N passed, N failed, N skipped'."""
import argparse, copy, json, os, shutil, sys, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from box import Suite, chart, one_line, read, write
from sigstore import DAY, Key, World, b64, octets, pem, rfc, sha, statement
import base64

ap = argparse.ArgumentParser()
ap.add_argument('binary')
ap.add_argument('--helm')
a = ap.parse_args()
s = Suite('sigstore', a.binary)
if not shutil.which('openssl'):
    s.skip('all', 'openssl is not installed')
    sys.exit(s.end())
check, run = s.check, s.run
web = chart(s.box + '/web')
run('package', web, '-d', s.box)
archive = s.box + '/web-1.0.0.tgz'
data = read(archive)
now = int(time.time())
w = World(s.box, now)
root = write(s.box + '/root.json', json.dumps(w.trusted_root()))
WHO = ['--certificate-identity', 'ann@a.example', '--certificate-oidc-issuer', 'https://login.example']
BESIDE = archive + '.sigstore.json'


def verify(bundle, *who, root=root, text=None):
    write(BESIDE, text if text is not None else json.dumps(bundle))
    return run('verify', archive, '--trusted-root', root, *(who or WHO))


def good(name, bundle, *who, root=root, words=''):
    rc, out, err = verify(bundle, *who, root=root)
    check('good/' + name, rc == 0 and err == '' and words in out, rc, out, err)
    return out


def bad(name, bundle, reason, *who, root=root, text=None):
    rc, out, err = verify(bundle, *who, root=root, text=text)
    check('bad/' + name, rc == 1 and reason in err and one_line(err) and out == '', rc, out, err)


# ---- good ones ----
plain = w.message(data)
out = good('a signature', plain)
check('good/what is said', all(l in out for l in ('Signed by: ann@a.example\n', 'Vouched for by: https://login.example\n', 'Signed at: %s\n' % rfc(now), 'Transparency Log Entry: 1005 of https://log.example\n')), out)
for kind in ('P-384', 'RSA-2048', 'ED25519'):
    k = Key(s.box, kind)
    b = w.message(data, k)
    if kind == 'P-384':
        b['messageSignature']['messageDigest']['algorithm'] = 'SHA2_384'
        del b['messageSignature']['messageDigest']['digest']
    good('a key of kind ' + kind, b)
good('log entry of the second form', w.message(data, version='0.0.2'))
good('the time from a timestamp authority', w.message(data, version='0.0.2', promise=False, stamps=1))
good('both times', w.message(data, stamps=2))
good('an issuer in the old extension', w.message(data, k := Key(s.box), w.leaf(k, old_issuer=True)))
good('an identity that is a URI', w.message(data, k := Key(s.box), w.leaf(k, identity='https://forge.example/w.yml@refs/heads/main', uri=True)), '--certificate-identity-regexp', '^https://forge.example/.*@refs/heads/main$', '--certificate-oidc-issuer-regexp', 'login[.]example')
for index, size in ((0, 1), (0, 2), (1, 2), (6, 7), (3, 7), (12, 13)):
    good('place %d in a tree of %d' % (index, size), w.message(data, index=index, size=size))
slsa = w.attestation(statement(data))
good('an in-toto statement', slsa, words='Statement: https://slsa.dev/provenance/v1\n')
good('an in-toto statement, logged in the old form', w.attestation(statement(data), kind='intoto'))
old = copy.deepcopy(plain)
old['mediaType'] = 'application/vnd.dev.sigstore.bundle+json;version=0.1'
old['verificationMaterial'] = {**old['verificationMaterial'], 'x509CertificateChain': {'certificates': [old['verificationMaterial']['certificate'], {'rawBytes': b64(w.between_cert)}]}}
del old['verificationMaterial']['certificate']
good('a chain in place of a certificate', old)
good('no certificate log in the root', w.message(data, k := Key(s.box), w.leaf(k, receipts='none')), root=write(s.box + '/noct.json', json.dumps(w.trusted_root(ctlogs=[]))))
stranger = copy.deepcopy(plain)
stranger['verificationMaterial']['tlogEntries'].insert(0, w.entry(b'{}', 'hashedrekord', '0.0.1', key=Key(s.box)))
good('an entry of a log that is not known, beside one that is', stranger)
unknown = copy.deepcopy(plain)
unknown['tomorrow'] = {'a': [1, 2]}
good('fields that are not known', unknown)
rc, out, err = run('verify', archive, '--trusted-root', root, *WHO, '--bundle', write(s.box + '/elsewhere', json.dumps(plain)))
check('good/a bundle elsewhere', rc == 0, err)
rc, out, err = run('verify', archive, *WHO, BULKHEAD_TRUSTED_ROOT=root)
check('good/the root from the environment', rc == 0, err)
check('good/what it says and what not', len(s.log) == 2 and 'identity="ann@a.example"' in s.log[0] and '"not vouched for"=' in s.log[1], s.log)

# ---- who ----
for name, who, reason in (('another identity', ['bob@a.example', 'https://login.example'], 'identity is "ann@a.example", wanted is "bob@a.example"'),
                          ('another issuer', ['ann@a.example', 'https://evil.example'], 'issuer is "https://login.example", wanted is "https://evil.example"')):
    bad(name, plain, reason, '--certificate-identity', who[0], '--certificate-oidc-issuer', who[1])
bad('an expression that does not match', plain, 'wanted is what matches "^bob@', '--certificate-identity-regexp', '^bob@', '--certificate-oidc-issuer', 'https://login.example')
bad('an expression that is none', plain, 'expression "("', '--certificate-identity-regexp', '(', '--certificate-oidc-issuer', 'https://login.example')
bad('no identity', plain, 'who must have signed', '--certificate-oidc-issuer', 'https://login.example')
bad('no issuer', plain, 'by whose word', '--certificate-identity', 'ann@a.example')
bad('no issuer in the certificate', w.message(data, k := Key(s.box), w.leaf(k, issuer='')), 'does not say by whose word')
bad('a NUL in the identity', w.message(data, k := Key(s.box), w.leaf(k, identity='ann@a.example\0.evil')), 'holds a NUL')
bad('control characters in the identity', w.message(data, k := Key(s.box), w.leaf(k, identity='\x1b[31mann')), 'identity is "\\x1b[31mann"')

# ---- the certificate ----
bad('not for signing code', w.message(data, k := Key(s.box), w.leaf(k, eku='1.3.6.1.5.5.7.3.1')), 'not one for signing code')
bad('an authority', w.message(data, k := Key(s.box), w.leaf(k, ca=True)), 'not one for signing code')
bad('too early', w.message(data, k := Key(s.box), w.leaf(k, start=now + 100, end=now + 200)), 'not valid at the time')
bad('expired', w.message(data, k := Key(s.box), w.leaf(k, start=now - 200, end=now - 100)), 'not valid at the time')
bad('another authority', w.message(data, k := Key(s.box), w.leaf(k, by=Key(s.box))), 'no authority of the trusted root issued the certificate')
bad('no receipt', w.message(data, k := Key(s.box), w.leaf(k, receipts='none')), 'no receipt')
bad('a receipt of something else', w.message(data, k := Key(s.box), w.leaf(k, receipts='broken')), 'no certificate log of the trusted root has seen')
bad('a receipt of another log', w.message(data, k := Key(s.box), w.leaf(k, receipts='stranger')), 'no certificate log of the trusted root has seen')
other = copy.deepcopy(plain)
other['verificationMaterial']['certificate']['rawBytes'] = b64(w.leaf(Key(s.box)))
bad('another certificate', other, 'the signature is not that of web-1.0.0.tgz')
k = Key(s.box)
swap = w.message(data, k)
swap['verificationMaterial']['certificate']['rawBytes'] = b64(w.leaf(k, start=now - 299))
bad('another certificate for the same key', swap, 'the log entry is for another certificate')


# ---- each field of the bundle ----
def changed(bundle, change):
    b = copy.deepcopy(bundle)
    change(b)
    return b


def flip(text):
    raw = bytearray(base64.b64decode(text))
    raw[len(raw) // 2] ^= 1
    return b64(bytes(raw))


entry = lambda b: b['verificationMaterial']['tlogEntries'][0]
proof = lambda b: entry(b)['inclusionProof']
for name, bundle, change, reason in (
        ('the kind of file', plain, lambda b: b.update(mediaType='text/plain'), 'not that of a bundle'),
        ('no kind of file', plain, lambda b: b.pop('mediaType'), 'not that of a bundle'),
        ('no material', plain, lambda b: b.pop('verificationMaterial'), 'verificationMaterial is missing'),
        ('no content', plain, lambda b: b.pop('messageSignature'), 'needs one of'),
        ('two contents', plain, lambda b: b.update(dsseEnvelope=slsa['dsseEnvelope']), 'needs one of'),
        ('a bare key', plain, lambda b: (b['verificationMaterial'].pop('certificate'), b['verificationMaterial'].update(publicKey={'hint': 'x'})), 'no identity to check'),
        ('no certificate', plain, lambda b: b['verificationMaterial'].pop('certificate'), 'no certificate'),
        ('a certificate that is none', plain, lambda b: b['verificationMaterial']['certificate'].update(rawBytes='AAAA'), 'a certificate is not one'),
        ('its own root', plain, lambda b: b['verificationMaterial'].update(certificate={'rawBytes': b64(w.root_cert)}), 'brings its own root'),
        ('the signature', plain, lambda b: b['messageSignature'].update(signature=flip(b['messageSignature']['signature'])), 'the signature is not that of'),
        ('no signature', plain, lambda b: b['messageSignature'].pop('signature'), 'signature is missing'),
        ('base64 that is none', plain, lambda b: b['messageSignature'].update(signature='!'), 'illegal base64'),
        ('the digest', plain, lambda b: b['messageSignature']['messageDigest'].update(digest=b64(sha(b'x'))), 'the signature is not that of'),
        ('the algorithm', plain, lambda b: b['messageSignature']['messageDigest'].update(algorithm='SHA2_512'), 'the signature is not that of'),
        ('an algorithm that is none', plain, lambda b: b['messageSignature']['messageDigest'].update(algorithm='MD5'), 'the signature is not that of'),
        ('no log entry', plain, lambda b: b['verificationMaterial'].update(tlogEntries=[]), 'no transparency log'),
        ('the log', plain, lambda b: entry(b).update(logId={'keyId': b64(sha(b'x'))}), 'no transparency log'),
        ('the entry', plain, lambda b: entry(b).update(canonicalizedBody=flip(entry(b)['canonicalizedBody'])), 'does not lead to the log\'s root'),
        ('no proof', plain, lambda b: entry(b).pop('inclusionProof'), 'has no inclusion proof'),
        ('a hash of the proof', plain, lambda b: proof(b)['hashes'].__setitem__(1, b64(sha(b'x'))), 'does not lead to the log\'s root'),
        ('one hash less', plain, lambda b: proof(b)['hashes'].pop(), 'does not lead to the log\'s root'),
        ('one hash more', plain, lambda b: proof(b)['hashes'].append(b64(sha(b'x'))), 'does not lead to the log\'s root'),
        ('a hash that is none', plain, lambda b: proof(b)['hashes'].append('AAAA'), 'is none'),
        ('the place in the tree', plain, lambda b: proof(b).update(logIndex='4'), 'does not lead to the log\'s root'),
        ('a place beyond the tree', plain, lambda b: proof(b).update(logIndex='8'), 'does not lead to the log\'s root'),
        ('a negative place', plain, lambda b: proof(b).update(logIndex='-1'), 'is not a number'),
        ('the size of the tree', plain, lambda b: proof(b).update(treeSize='7'), 'for another tree'),
        ('the root of the tree', plain, lambda b: proof(b).update(rootHash=b64(sha(b'x'))), 'does not lead to the log\'s root'),
        ('no checkpoint', plain, lambda b: proof(b).pop('checkpoint'), 'no checkpoint'),
        ('the checkpoint', plain, lambda b: proof(b)['checkpoint'].update(envelope=proof(b)['checkpoint']['envelope'].replace('log.example - 1', 'log.example - 2')), 'not signed by the log'),
        ('the checkpoint of another tree', plain, lambda b: proof(b).update(checkpoint=proof(w.message(data, size=9, index=8))['checkpoint']), 'for another tree'),
        ('a checkpoint that is none', plain, lambda b: proof(b)['checkpoint'].update(envelope='x'), 'malformed'),
        ('the time', plain, lambda b: entry(b).update(integratedTime=str(now + 1)), 'promise is not signed by the log'),
        ('the index', plain, lambda b: entry(b).update(logIndex='1006'), 'promise is not signed by the log'),
        ('the promise', plain, lambda b: entry(b)['inclusionPromise'].update(signedEntryTimestamp=flip(entry(b)['inclusionPromise']['signedEntryTimestamp'])), 'promise is not signed by the log'),
        ('no time', plain, lambda b: entry(b).pop('inclusionPromise'), 'nobody of the trusted root has signed when'),
        ('the kind of entry', plain, lambda b: entry(b).update(kindVersion={'kind': 'dsse', 'version': '0.0.1'}), 'not of a kind that goes with'),
        ('the payload', slsa, lambda b: b['dsseEnvelope'].update(payload=flip(b['dsseEnvelope']['payload'])), 'envelope\'s signature does not fit'),
        ('the payload\'s type', slsa, lambda b: b['dsseEnvelope'].update(payloadType='text/plain'), 'envelope\'s signature does not fit'),
        ('the envelope\'s signature', slsa, lambda b: b['dsseEnvelope']['signatures'][0].update(sig=flip(b['dsseEnvelope']['signatures'][0]['sig'])), 'envelope\'s signature does not fit'),
        ('no signature in the envelope', slsa, lambda b: b['dsseEnvelope'].update(signatures=[]), 'exactly one signature'),
        ('two signatures in the envelope', slsa, lambda b: b['dsseEnvelope']['signatures'].append(b['dsseEnvelope']['signatures'][0]), 'exactly one signature'),
        ('a timestamp of something else', plain, lambda b: b['verificationMaterial'].update(timestampVerificationData={'rfc3161Timestamps': [{'signedTimestamp': b64(w.stamp(b'x'))}]}), 'a timestamp is not for this signature'),
        ('a timestamp that is none', plain, lambda b: b['verificationMaterial'].update(timestampVerificationData={'rfc3161Timestamps': [{'signedTimestamp': 'AAAA'}]}), 'a timestamp is malformed')):
    bad(name, changed(bundle, change), reason)

# ---- entries that were logged for something else ----
for name, claims, reason in (('content', lambda b: b['spec']['data']['hash'].update(value=sha(b'x').hex()), 'for another content'),
                             ('algorithm', lambda b: b['spec']['data']['hash'].update(algorithm='sha512'), 'not a SHA-256'),
                             ('signature', lambda b: b['spec']['signature'].update(content=b64(b'x')), 'for another signature'),
                             ('certificate', lambda b: b['spec']['signature']['publicKey'].update(content=b64(pem(w.leaf(Key(s.box))).encode())), 'for another certificate'),
                             ('kind', lambda b: b.update(kind='rpm'), 'not of a kind that goes with'), ('version', lambda b: b.update(apiVersion='9'), 'not of a kind that goes with')):
    bad('an entry for another ' + name, w.message(data, claims=claims), reason)
bad('an entry for another payload', w.attestation(statement(data), claims=lambda b: b['spec']['payloadHash'].update(value=sha(b'x').hex())), 'for another content')

# ---- statements ----
bad('a statement about something else', w.attestation(statement(b'x')), 'no subject has its digest')
bad('a statement about nothing', w.attestation({**statement(data), 'subject': []}), 'no subject has its digest')
bad('a statement that is none of in-toto\'s', w.attestation({**statement(data), '_type': 'x'}), 'not one of in-toto\'s')
bad('a statement without a type', w.attestation({**statement(data), 'predicateType': ''}), 'no predicateType')
bad('a statement that is no JSON', w.attestation(b'{'), 'statement: ')
bad('an envelope of another type', w.attestation(statement(data), payload_type='text/plain'), 'does not hold an in-toto statement')
bad('a statement with a million fields', w.attestation(json.dumps({**statement(data), 'predicate': {str(i): 1 for i in range(200000)}}).encode()), 'fields of a JSON object')

# ---- roots ----
for name, change, reason in (('that is none', {'mediaType': 'x'}, 'not that of a trusted root'), ('without authorities', {'certificateAuthorities': []}, 'names no certificate authority'), ('without logs', {'tlogs': []}, 'names no transparency log')):
    bad('a root ' + name, plain, reason, root=write(s.box + '/r.json', json.dumps(w.trusted_root(**change))))
late = w.trusted_root()
late['certificateAuthorities'][0]['validFor'] = {'start': rfc(now - 10 * DAY), 'end': rfc(now - DAY)}
bad('an authority that is out of force', plain, 'none was in force at that time', root=write(s.box + '/r.json', json.dumps(late)))
late = w.trusted_root()
late['tlogs'][0]['publicKey']['validFor'] = {'start': rfc(now + DAY)}
bad('a log that is not in force yet', plain, 'the log\'s key was not in force', root=write(s.box + '/r.json', json.dumps(late)))
late = w.trusted_root()
late['timestampAuthorities'] = []
bad('a timestamp authority that is not known', w.message(data, stamps=1), 'not by an authority of the trusted root', root=write(s.box + '/r.json', json.dumps(late)))
bad('no root', plain, 'open nosuch: no such file or directory', root='nosuch')
rc, out, err = run('verify', archive, *WHO)
check('bad/no root named', rc == 1 and '--trusted-root' in err, err)
bad('a root that is no JSON', plain, 'trusted root: ', root=write(s.box + '/r.json', 'x'))

# ---- files ----
for name, text, reason in (('empty', '', 'sigstore bundle: '), ('no JSON', 'hello', 'sigstore bundle: '), ('a list', '[]', 'sigstore bundle: '), ('cut', json.dumps(plain)[:900], 'sigstore bundle: '),
                           ('deep', '[' * 100000, 'sigstore bundle: '), ('huge', ' ' * (17 << 20), ''), ('a million fields', '{' + ','.join('"%d":1' % i for i in range(200000)) + '}', 'fields of a JSON object')):
    bad('a bundle that is ' + name, None, reason, text=text)
os.remove(BESIDE)
rc, out, err = run('verify', archive, '--trusted-root', root, *WHO)
check('bad/no bundle', rc == 1 and 'no Sigstore bundle found for web-1.0.0.tgz' in err, err)
write(BESIDE, json.dumps(plain))
changed_archive = write(s.folder() + '/web-1.0.0.tgz', data + b'x')
rc, out, err = run('verify', changed_archive, '--trusted-root', root, *WHO, '--bundle', BESIDE)
check('bad/other bytes', rc == 1 and 'the signature is not that of' in err, err)
rc, out, err = run('verify', web, '--trusted-root', root, *WHO)
check('bad/a folder', rc == 1 and 'unpacked charts cannot be verified' in err, err)
rc, out, err = run('verify', archive, '--trusted-root', root, *WHO, '--keyring', 'nosuch')
check('bad/both are demanded, one is not there', rc == 1 and 'could not load provenance file' in err, err)

sys.exit(s.end())
