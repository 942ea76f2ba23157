#!/usr/bin/env python3
"""Bundles of Sigstore's own conformance suite: conformance.py BINARY ASSETS TRUSTED_ROOT [-v]

ASSETS is its test/assets/bundle-verify, TRUSTED_ROOT the root of the public instance. A folder whose name ends in _fail has to be refused, the others have to be
accepted; those that are signed with a bare key are refused here on purpose."""
import os, subprocess, sys, tempfile

binary, assets, root = sys.argv[1:4]
verbose = '-v' in sys.argv
IDENTITY = 'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main'
ISSUER = 'https://token.actions.githubusercontent.com'
good = bad = 0
with tempfile.TemporaryDirectory() as box:
    for name in sorted(os.listdir(assets)):
        folder = os.path.join(assets, name)
        if not os.path.isdir(folder):
            continue
        has = lambda f: os.path.exists(os.path.join(folder, f))
        text = lambda f, d: open(os.path.join(folder, f)).read().strip() if has(f) else d
        artifact = os.path.join(folder, 'artifact') if has('artifact') else os.path.join(assets, 'a.txt')
        archive = os.path.join(box, 'a.tgz')
        with open(artifact, 'rb') as f, open(archive, 'wb') as t:
            t.write(f.read())
        p = subprocess.run([binary, 'verify', archive, '--bundle', os.path.join(folder, 'bundle.sigstore.json'), '--trusted-root',
                            os.path.join(folder, 'trusted_root.json') if has('trusted_root.json') else root, '--certificate-identity', text('identity', IDENTITY),
                            '--certificate-oidc-issuer', text('issuer', ISSUER)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        want = name.endswith('_fail') or has('key.pub')
        ok = (p.returncode == 1) == want
        good, bad = good + ok, bad + (not ok)
        said = (p.stderr if p.returncode else p.stdout).decode('utf-8', 'replace').strip().split('\n')[-1]
        if verbose or not ok:
            print('%-4s %s: %s' % ('ok' if ok else 'FAIL', name, said))
print('conformance: %d as expected, %d not' % (good, bad))
sys.exit(1 if bad else 0)
