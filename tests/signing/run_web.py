#!/usr/bin/env python3
"""Sigstore bundles beside archives on a web server: run_web.py BINARY

A chart by its URL, with a query, by a repository's name and by --repo; its bundle is CHART.tgz.sigstore.json beside it. Ends with 'sigstore-web: N passed, N failed, N skipped'."""
import argparse, functools, hashlib, http.server, json, os, shutil, sys, threading, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from box import Suite, chart, one_line, read, write
from sigstore import World, statement

ap = argparse.ArgumentParser()
ap.add_argument('binary')
a = ap.parse_args()
s = Suite('sigstore-web', a.binary)
check, run = s.check, s.run
if not shutil.which('openssl'):
    s.skip('all', 'openssl is not installed')
    sys.exit(s.end())

asked = []


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        asked.append(self.path)
        try:
            super().do_GET()
        except ConnectionError:
            pass # it has read enough


site = s.folder()
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Handler, directory=site))
threading.Thread(target=server.serve_forever, daemon=True).start()
base = 'http://127.0.0.1:%d' % server.server_address[1]
run('package', chart(s.box + '/web'), '-d', site)
data = read(site + '/web-1.0.0.tgz')
write(site + '/index.yaml', 'apiVersion: v1\nentries:\n  web:\n  - {name: web, version: 1.0.0, urls: [web-1.0.0.tgz], digest: %s}\n' % hashlib.sha256(data).hexdigest())
w = World(s.box, int(time.time()))
root = write(s.box + '/root.json', json.dumps(w.trusted_root()))
who = ['--trusted-root', root, '--certificate-identity', 'ann@a.example', '--certificate-oidc-issuer', 'https://login.example']
url, beside = base + '/web-1.0.0.tgz', site + '/web-1.0.0.tgz.sigstore.json'
rc, out, err = run('repo', 'add', 'r', base)
check('repo add', rc == 0, out, err)

rc, out, err = run('template', 'x', url, *who)
check('none', rc == 1 and 'no Sigstore bundle found for web-1.0.0.tgz' in err and out == '' and one_line(err), out, err)
for kind, bundle in (('a signature', w.message(data)), ('a statement', w.attestation(statement(data)))):
    write(beside, json.dumps(bundle))
    for name, args in (('url', [url]), ('query', [url + '?token=a%2Fb']), ('name', ['r/web']), ('repo', ['web', '--repo', base])):
        rc, out, err = run('template', 'x', *args, *who)
        check('good/%s/%s' % (name, kind), rc == 0 and 'kind: ConfigMap' in out and any('identity="ann@a.example"' in l for l in s.log), out, err, s.log)
check('the query goes along', '/web-1.0.0.tgz.sigstore.json?token=a%2Fb' in asked, asked)
rc, out, err = run('pull', url, '-d', s.folder(), *who)
check('good/pull', rc == 0, out, err)
rc, out, err = run('show', 'chart', 'r/web', *who)
check('good/show', rc == 0, out, err)
rc, out, err = run('template', 'x', url, '--trusted-root', root, '--certificate-identity', 'bob@a.example', '--certificate-oidc-issuer', 'https://login.example')
check('bad/another identity', rc == 1 and 'identity is "ann@a.example", wanted is "bob@a.example"' in err and out == '', out, err)
for name, text in (('of something else', json.dumps(w.message(b'something else'))), ('html', '<html>'), ('empty', ''), ('large', ' ' * (17 << 20))):
    write(beside, text)
    rc, out, err = run('template', 'x', url, *who)
    check('bad/' + name, rc == 1 and out == '' and one_line(err), out, err)
before = len(asked)
rc, out, err = run('template', 'x', url)
check('not asked for when nobody wants it', rc == 0 and not any('sigstore' in p for p in asked[before:]), asked[before:])
server.shutdown()
sys.exit(s.end())
