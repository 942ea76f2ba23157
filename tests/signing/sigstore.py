"""A Sigstore of one's own: authority, logs, timestamp authority, bundles. Keys and signatures by the program openssl; DER and JSON by hand, so that anything can be
made wrong."""
import base64, datetime, hashlib, json, os, struct, subprocess, tempfile


def openssl(*args, stdin=b''):
    return subprocess.run(['openssl', *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


# ---- DER ----
def tlv(tag, *parts):
    body = b''.join(parts)
    n = len(body)
    length = bytes([n]) if n < 128 else bytes([0x80 + (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, 'big')
    return bytes([tag]) + length + body


seq = lambda *p: tlv(0x30, *p)
octets = lambda b: tlv(0x04, b)
utf8 = lambda s: tlv(0x0c, s.encode())
integer = lambda n: tlv(0x02, n.to_bytes(n.bit_length() // 8 + 1, 'big'))
TRUE = b'\x01\x01\xff'


def oid(text):
    a = [int(x) for x in text.split('.')]
    out = bytes([a[0] * 40 + a[1]])
    for n in a[2:]:
        part = [n & 127]
        while n > 127:
            n >>= 7
            part.insert(0, n & 127 | 128)
        out += bytes(part)
    return tlv(0x06, out)


def when(seconds):
    return tlv(0x18, datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime('%Y%m%d%H%M%SZ').encode())


def name(common):
    return seq(tlv(0x31, seq(oid('2.5.4.3'), utf8(common)))) if common else seq()


def ext(number, value, critical=False):
    return seq(oid(number), *([TRUE] if critical else []), octets(value))


ECDSA_SHA256 = seq(oid('1.2.840.10045.4.3.2'))
b64 = lambda b: base64.b64encode(b).decode()
sha = lambda b: hashlib.sha256(b).digest()
pem = lambda der: '-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n' % base64.encodebytes(der).decode()


class Key:
    def __init__(self, folder, kind='P-256'):
        self.kind, self.path = kind, os.path.join(tempfile.mkdtemp(dir=folder), 'key.pem')
        args = ['-algorithm', 'ED25519'] if kind == 'ED25519' else ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:' + kind[4:]] if kind.startswith('RSA-') else [
            '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:' + kind]
        open(self.path, 'wb').write(openssl('genpkey', *args))
        self.spki = openssl('pkey', '-in', self.path, '-pubout', '-outform', 'DER')
        self.id = sha(self.spki)

    def sign(self, data, hash='sha256'):
        if self.kind == 'ED25519':
            path = self.path + '.data'
            open(path, 'wb').write(data)
            return openssl('pkeyutl', '-sign', '-rawin', '-in', path, '-inkey', self.path)
        return openssl('dgst', '-' + {'P-384': 'sha384'}.get(self.kind, hash), '-sign', self.path, stdin=data)


def certificate(subject, key, issuer, issuer_key, start, end, extensions, sct=None):
    """sct(tbs without receipts, hash of the issuer's key): the extension, which goes in last."""
    def tbs(extra):
        return seq(tlv(0xa0, integer(2)), integer(int.from_bytes(key.id[:8], 'big')), ECDSA_SHA256, name(issuer), seq(when(start), when(end)), name(subject), key.spki,
                   tlv(0xa3, seq(*extensions, *extra)))
    body = tbs([sct(tbs([]), sha(issuer_key.spki))] if sct else [])
    return seq(body, ECDSA_SHA256, tlv(0x03, b'\0' + issuer_key.sign(body)))


# ---- the parties ----
DAY = 86400
rfc = lambda t: datetime.datetime.fromtimestamp(t, datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


class World:
    def __init__(self, folder, now):
        self.folder, self.now = folder, now
        self.ca, self.between, self.log, self.ct, self.tsa = (Key(folder) for _ in range(5))
        ca_ext = lambda k, path: [ext('2.5.29.19', seq(TRUE), True), ext('2.5.29.15', b'\x03\x02\x01\x06', True), ext('2.5.29.14', octets(k.id[:20]))]
        self.root_cert = certificate('root', self.ca, 'root', self.ca, now - 1000 * DAY, now + 1000 * DAY, ca_ext(self.ca, 1))
        self.between_cert = certificate('between', self.between, 'root', self.ca, now - 900 * DAY, now + 900 * DAY, ca_ext(self.between, 0) + [self.aki(self.ca)])
        self.tsa_cert = certificate('tsa', self.tsa, 'root', self.ca, now - 900 * DAY, now + 900 * DAY,
                                    [ext('2.5.29.15', b'\x03\x02\x07\x80', True), ext('2.5.29.37', seq(oid('1.3.6.1.5.5.7.3.8')), True), self.aki(self.ca)])

    @staticmethod
    def aki(key):
        return ext('2.5.29.35', seq(tlv(0x80, key.id[:20])))

    def trusted_root(self, **change):
        valid = {'start': rfc(self.now - 1000 * DAY)}
        log = lambda key, url: {'baseUrl': url, 'hashAlgorithm': 'SHA2_256', 'logId': {'keyId': b64(key.id)},
                                'publicKey': {'rawBytes': b64(key.spki), 'keyDetails': 'PKIX_ECDSA_P256_SHA_256', 'validFor': dict(valid)}}
        chain = lambda *certs: {'certificates': [{'rawBytes': b64(c)} for c in certs]}
        root = {'mediaType': 'application/vnd.dev.sigstore.trustedroot+json;version=0.1', 'tlogs': [log(self.log, 'https://log.example')],
                'certificateAuthorities': [{'subject': {'commonName': 'ca'}, 'uri': 'https://ca.example', 'certChain': chain(self.between_cert, self.root_cert), 'validFor': dict(valid)}],
                'ctlogs': [log(self.ct, 'https://ct.example')],
                'timestampAuthorities': [{'subject': {'commonName': 'tsa'}, 'certChain': chain(self.tsa_cert, self.root_cert), 'validFor': dict(valid)}]}
        root.update(change)
        return root

    def receipts(self, key=None, broken=False):
        key = key or self.ct

        def make(tbs, issuer):
            stamp = struct.pack('>Q', self.now * 1000)
            data = b'\0\0' + stamp + b'\0\1' + issuer + len(tbs).to_bytes(3, 'big') + tbs + b'\0\0'
            sig = key.sign(data + (b'x' if broken else b''))
            one = b'\0' + key.id + stamp + b'\0\0\4\3' + struct.pack('>H', len(sig)) + sig
            return ext('1.3.6.1.4.1.11129.2.4.2', octets(struct.pack('>H', len(one) + 2) + struct.pack('>H', len(one)) + one))
        return make

    def leaf(self, key, identity='ann@a.example', issuer='https://login.example', start=None, end=None, eku='1.3.6.1.5.5.7.3.3', ca=False, receipts='good', old_issuer=False, by=None, uri=False):
        san = tlv(0x86 if uri else 0x81, identity.encode())
        e = [ext('2.5.29.15', b'\x03\x02\x07\x80', True), ext('2.5.29.37', seq(oid(eku))), self.aki(self.between), ext('2.5.29.17', seq(san), True)]
        if ca:
            e.append(ext('2.5.29.19', seq(TRUE), True))
        if issuer:
            e.append(ext('1.3.6.1.4.1.57264.1.1', issuer.encode()) if old_issuer else ext('1.3.6.1.4.1.57264.1.8', utf8(issuer)))
        sct = {'good': self.receipts(), 'none': None, 'broken': self.receipts(broken=True), 'stranger': self.receipts(Key(self.folder))}[receipts]
        return certificate('', key, 'between', by or self.between, start or self.now - 300, end or self.now + 300, e, sct)

    # ---- the log ----
    def entry(self, body, kind, version, time=None, index=5, size=8, promise=True, key=None):
        key = key or self.log
        leaf = sha(b'\0' + body)
        leaves = [sha(b'\0' + b'other %d' % i) if i != index else leaf for i in range(size)]

        def root(l):
            if len(l) == 1:
                return l[0]
            k = 1 << (len(l) - 1).bit_length() - 1
            return sha(b'\1' + root(l[:k]) + root(l[k:]))

        def path(m, l):
            if len(l) == 1:
                return []
            k = 1 << (len(l) - 1).bit_length() - 1
            return path(m, l[:k]) + [root(l[k:])] if m < k else path(m - k, l[k:]) + [root(l[:k])]
        top = root(leaves)
        note = 'log.example - 1\n%d\n%s\n' % (size, b64(top))
        e = {'logIndex': str(index + 1000), 'logId': {'keyId': b64(key.id)}, 'kindVersion': {'kind': kind, 'version': version}, 'integratedTime': str(time or self.now),
             'inclusionProof': {'logIndex': str(index), 'rootHash': b64(top), 'treeSize': str(size), 'hashes': [b64(h) for h in path(index, leaves)],
                                'checkpoint': {'envelope': note + '\n\u2014 log.example %s\n' % b64(key.id[:4] + key.sign(note.encode()))}},
             'canonicalizedBody': b64(body)}
        if promise:
            text = '{"body":"%s","integratedTime":%s,"logID":"%s","logIndex":%s}' % (b64(body), e['integratedTime'], key.id.hex(), e['logIndex'])
            e['inclusionPromise'] = {'signedEntryTimestamp': b64(key.sign(text.encode()))}
        return e

    def stamp(self, data, at=None):
        """An RFC 3161 answer, by openssl."""
        box = tempfile.mkdtemp(dir=self.folder)
        p = lambda n: os.path.join(box, n)
        open(p('tsa.pem'), 'w').write(pem(self.tsa_cert))
        open(p('data'), 'wb').write(data)
        open(p('serial'), 'w').write('01\n')
        open(p('conf'), 'w').write('[tsa]\ndefault_tsa = t\n[t]\nserial = %s\nsigner_cert = %s\nsigner_key = %s\nsigner_digest = sha256\ndefault_policy = 1.2.3.4\ndigests = sha256\naccuracy = secs:1\nordering = no\ness_cert_id_chain = no\n' %
                                   (p('serial'), p('tsa.pem'), self.tsa.path))
        openssl('ts', '-query', '-data', p('data'), '-sha256', '-no_nonce', '-out', p('query'))
        openssl('ts', '-reply', '-config', p('conf'), '-queryfile', p('query'), '-out', p('reply'))
        return open(p('reply'), 'rb').read()

    # ---- bundles ----
    def message(self, data, key=None, leaf=None, log=None, version='0.0.1', claims=None, stamps=0, **entry):
        key = key or Key(self.folder)
        leaf = leaf or self.leaf(key)
        sig = key.sign(data)
        if version == '0.0.1':
            body = {'apiVersion': '0.0.1', 'kind': 'hashedrekord', 'spec': {'data': {'hash': {'algorithm': 'sha256', 'value': hashlib.sha256(data).hexdigest()}},
                                                                            'signature': {'content': b64(sig), 'publicKey': {'content': b64(pem(leaf).encode())}}}}
        else:
            body = {'apiVersion': version, 'kind': 'hashedrekord', 'spec': {'hashedRekordV002': {'data': {'algorithm': 'SHA2_256', 'digest': b64(sha(data))},
                                                                                                 'signature': {'content': b64(sig), 'verifier': {'x509Certificate': {'rawBytes': b64(leaf)}}}}}}
        if claims:
            claims(body)
        b = self.bundle(leaf, [self.entry(json.dumps(body, sort_keys=True, separators=(',', ':')).encode(), 'hashedrekord', version, **entry)], sig, stamps)
        b['messageSignature'] = {'messageDigest': {'algorithm': 'SHA2_256', 'digest': b64(sha(data))}, 'signature': b64(sig)}
        return b

    def attestation(self, statement, key=None, leaf=None, payload_type='application/vnd.in-toto+json', kind='dsse', claims=None, stamps=0, **entry):
        key = key or Key(self.folder)
        leaf = leaf or self.leaf(key)
        payload = statement if isinstance(statement, bytes) else json.dumps(statement).encode()
        sig = key.sign(b'DSSEv1 %d %s %d %s' % (len(payload_type), payload_type.encode(), len(payload), payload))
        hashed = {'algorithm': 'sha256', 'value': hashlib.sha256(payload).hexdigest()}
        version = '0.0.1' if kind == 'dsse' else '0.0.2'
        if kind == 'dsse':
            spec = {'envelopeHash': hashed, 'payloadHash': hashed, 'signatures': [{'signature': b64(sig), 'verifier': b64(pem(leaf).encode())}]}
        else:
            spec = {'content': {'hash': hashed, 'payloadHash': hashed, 'envelope': {'payloadType': payload_type, 'signatures': [{'sig': b64(b64(sig).encode()), 'publicKey': b64(pem(leaf).encode())}]}}}
        body = {'apiVersion': version, 'kind': kind, 'spec': spec}
        if claims:
            claims(body)
        b = self.bundle(leaf, [self.entry(json.dumps(body, sort_keys=True, separators=(',', ':')).encode(), kind, version, **entry)], sig, stamps)
        b['dsseEnvelope'] = {'payload': b64(payload), 'payloadType': payload_type, 'signatures': [{'sig': b64(sig)}]}
        return b

    def bundle(self, leaf, entries, sig, stamps):
        m = {'certificate': {'rawBytes': b64(leaf)}, 'tlogEntries': entries}
        if stamps:
            m['timestampVerificationData'] = {'rfc3161Timestamps': [{'signedTimestamp': b64(self.stamp(sig))} for _ in range(stamps)]}
        return {'mediaType': 'application/vnd.dev.sigstore.bundle.v0.3+json', 'verificationMaterial': m}


def statement(data, name='web-1.0.0.tgz', predicate_type='https://slsa.dev/provenance/v1', predicate=None, digest=None):
    return {'_type': 'https://in-toto.io/Statement/v1', 'subject': [{'name': 'else', 'digest': {'sha256': '00' * 32}}, {'name': name, 'digest': {'sha256': digest or hashlib.sha256(data).hexdigest()}}],
            'predicateType': predicate_type, 'predicate': predicate or {'buildDefinition': {'buildType': 'https://build.example/v1'}, 'runDetails': {'builder': {'id': 'https://builder.example'}}}}
