#!/usr/bin/env python3
"""Sigstore bundles in a registry: run_registry.py BINARY [--helm HELM]

A chart is pushed to Debian's docker-registry on loopback (skipped without it), a bundle that refers to its manifest beside it. Ends with
'sigstore-registry: N passed, N failed, N skipped'."""
import argparse, hashlib, json, os, shutil, socket, subprocess, sys, time, urllib.error, urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from box import Suite, chart, one_line, read, write
from sigstore import World, statement

ap = argparse.ArgumentParser()
ap.add_argument('binary')
ap.add_argument('--helm')
a = ap.parse_args()
s = Suite('sigstore-registry', a.binary)
check, run = s.check, s.run
program = shutil.which('docker-registry') or shutil.which('/usr/bin/docker-registry')
if not program or not shutil.which('openssl'):
    s.skip('all', 'docker-registry or openssl is not installed')
    sys.exit(s.end())
with socket.socket() as probe:
    probe.bind(('127.0.0.1', 0))
    port = probe.getsockname()[1]
config = write(s.box + '/registry.yml', 'version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s/data}}\nhttp: {addr: "127.0.0.1:%d"}\n' % (s.box, port))
server = subprocess.Popen([program, 'serve', config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
base = 'http://127.0.0.1:%d' % port


def ask(method, path, data=None, **headers):
    request = urllib.request.Request(path if path.startswith('http') else base + path, data=data, method=method, headers={k.replace('_', '-'): v for k, v in headers.items()})
    return urllib.request.urlopen(request, timeout=30)


def put_blob(repo, data):
    where = ask('POST', '/v2/%s/blobs/uploads/' % repo).headers['Location']
    digest = 'sha256:' + hashlib.sha256(data).hexdigest()
    ask('PUT', where + ('&' if '?' in where else '?') + 'digest=' + digest, data, Content_Type='application/octet-stream')
    return digest


BUNDLE, MANIFEST, INDEX = 'application/vnd.dev.sigstore.bundle.v0.3+json', 'application/vnd.oci.image.manifest.v1+json', 'application/vnd.oci.image.index.v1+json'


def refer(repo, subject, size, bundles):
    """Bundles as artifacts that refer to a manifest, listed under the tag that stands in for the registry's own list."""
    listed = []
    for b in bundles:
        data = json.dumps(b).encode()
        manifest = json.dumps({'schemaVersion': 2, 'mediaType': MANIFEST, 'artifactType': BUNDLE, 'config': {'mediaType': 'application/vnd.oci.empty.v1+json', 'digest': put_blob(repo, b'{}'), 'size': 2},
                               'layers': [{'mediaType': BUNDLE, 'digest': put_blob(repo, data), 'size': len(data)}], 'subject': {'mediaType': MANIFEST, 'digest': subject, 'size': size}}).encode()
        digest = 'sha256:' + hashlib.sha256(manifest).hexdigest()
        ask('PUT', '/v2/%s/manifests/%s' % (repo, digest), manifest, Content_Type=MANIFEST)
        listed.append({'mediaType': MANIFEST, 'digest': digest, 'size': len(manifest), 'artifactType': BUNDLE})
    ask('PUT', '/v2/%s/manifests/%s' % (repo, subject.replace(':', '-')), json.dumps({'schemaVersion': 2, 'mediaType': INDEX, 'manifests': listed}).encode(), Content_Type=INDEX)


try:
    for _ in range(200):
        try:
            ask('GET', '/v2/')
            break
        except OSError:
            time.sleep(0.1)
    run('package', chart(s.box + '/web'), '-d', s.box)
    archive = s.box + '/web-1.0.0.tgz'
    data = read(archive)
    rc, out, err = run('push', archive, 'oci://127.0.0.1:%d/charts' % port, '--plain-http')
    check('push', rc == 0, out, err)
    answer = ask('GET', '/v2/charts/web/manifests/1.0.0', Accept=MANIFEST)
    manifest = answer.read()
    subject = 'sha256:' + hashlib.sha256(manifest).hexdigest()
    w = World(s.box, int(time.time()))
    root = write(s.box + '/root.json', json.dumps(w.trusted_root()))
    ref = ['oci://127.0.0.1:%d/charts/web' % port, '--version', '1.0.0', '--plain-http']
    who = ['--trusted-root', root, '--certificate-identity', 'ann@a.example', '--certificate-oidc-issuer', 'https://login.example']
    rc, out, err = run('template', 'x', *ref, *who)
    check('nothing refers to it', rc == 1 and 'no Sigstore bundle found for web-1.0.0.tgz' in err and out == '', out, err)
    stranger = w.attestation(statement(b'something else'))
    for name, bundle in (('a statement about the manifest', w.attestation(statement(manifest))), ('a statement about the archive', w.attestation(statement(data))), ('a signature of the archive', w.message(data)),
                         ('a signature of the manifest', w.message(manifest))):
        refer('charts/web', subject, len(manifest), [stranger, bundle])
        rc, out, err = run('template', 'x', *ref, *who)
        check('good/' + name, rc == 0 and 'kind: ConfigMap' in out and any('identity="ann@a.example"' in l for l in s.log), out, err, s.log)
    ledger = s.box + '/ledger'
    refer('charts/web', subject, len(manifest), [w.attestation(statement(manifest))])
    rc, out, err = run('template', 'x', *ref, *who, '--ledger', ledger)
    signed = [json.loads(l) for l in read(ledger).decode().split('\n') if '"type":"signature"' in l]
    check('ledger', len(signed) == 1 and signed[0]['how'] == 'sigstore' and signed[0]['predicateType'] == 'https://slsa.dev/provenance/v1' and 'builder.example' in signed[0]['predicate'], signed)
    for command in (['show', 'chart'], ['pull', '-d', s.folder()]):
        rc, out, err = run(*command, *ref, *who)
        check('good/' + command[0], rc == 0, out, err)
    rc, out, err = run('template', 'x', *ref, '--trusted-root', root, '--certificate-identity', 'bob@a.example', '--certificate-oidc-issuer', 'https://login.example')
    check('bad/another identity', rc == 1 and 'identity is "ann@a.example", wanted is "bob@a.example"' in err and out == '', out, err)
    refer('charts/web', subject, len(manifest), [stranger])
    rc, out, err = run('template', 'x', *ref, *who)
    check('bad/a statement about something else', rc == 1 and 'no subject has its digest' in err and out == '', out, err)
    refer('charts/web', subject, len(manifest), [{'mediaType': 'x'}])
    rc, out, err = run('template', 'x', *ref, *who)
    check('bad/a bundle that is none', rc == 1 and 'not that of a bundle' in err and out == '' and one_line(err), out, err)
finally:
    server.terminate()
    server.wait(30)
sys.exit(s.end())
