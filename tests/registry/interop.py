#!/usr/bin/env python3
"""Charts go back and forth between the program and a real helm: interop.py BINARY

Twenty charts, over a repository on HTTPS and Debian's docker-registry with TLS: what one makes, the other takes, and every byte and digest is the same. HELM names the real
helm, CORPUS a folder of .tgz charts (without one, charts of twenty shapes are made). Skipped, and said so, without helm; the half with the registry without docker-registry."""
import glob, json, os, re, shutil, socket, ssl, subprocess, sys, tempfile, time, urllib.request

from stand import *

sys.path.insert(0, os.path.join(HERE, '..', 'oci'))
CHARTS = 20
s = Stand(sys.argv, 'interop')
helm, corpus = os.environ.get('HELM'), os.environ.get('CORPUS')
if not helm or not s.has_tls:
    print('interop: no %s; skipped: charts between the program and a real helm' % ('HELM=path' if not helm else 'openssl'))
    sys.exit(0)
CA = s.certs + '/ca.pem'
BOTH = {'ours': s.binary, 'theirs': os.path.abspath(helm)}


# ---- charts ----

VERSIONS = ['1.0.0', '1.0.0+build.5', '2.1.3-rc.1', '0.0.1', 'v3.2.1', '10.20.30', '1.2.3-alpha.1+x.y', '1.0.0+a-b']
METAS = ['', 'description: "ein Käse: 100 % <b>&"\n', 'keywords: [a, b]\nmaintainers: [{name: M, email: m@x.org, url: "https://x"}]\n', 'icon: https://x/i.svg\nhome: https://x?a=b&c\n',
         'annotations: {"a/b": "c\\nd", z: "1"}\n', 'deprecated: true\nappVersion: "1.10"\n', 'type: library\n', 'sources: ["https://a", "https://b"]\nkubeVersion: ">=1.20.0-0"\n',
         'dependencies: [{name: d, version: "1.x", repository: "https://x", condition: "a.b", tags: [t]}]\n']


def made(i):
    name = ['web', 'a', 'x-y-z', 'chart%02d' % i, 'n0'][i % 5] + '-%d' % i
    version = VERSIONS[i % len(VERSIONS)]
    more = [(name + '/charts/d/Chart.yaml', b'apiVersion: v2\nname: d\nversion: 1.5.0\n')] if 'name: d,' in METAS[i % len(METAS)] else []
    if i % 4 == 3:
        more.append((name + '/files/blob', os.urandom(200000 * i)))
    return name, version, chart(name, version, more, METAS[i % len(METAS)])


def charts():
    """(name, version, bytes) of each."""
    found = sorted(glob.glob(corpus + '/*.tgz')) if corpus else []
    if not found:
        return [made(i) for i in range(CHARTS)]
    picked = []
    for path in found[::max(1, len(found) // CHARTS)][:CHARTS]:
        text = subprocess.run([helm, 'show', 'chart', path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout.decode()
        name, version = (re.search(r'^%s: "?([^"\n]*)' % k, text, re.M).group(1) for k in ('name', 'version'))
        picked.append((name, version, open(path, 'rb').read()))
    return picked


ALL = charts()


def run(who, env, *args, cwd=None):
    p = subprocess.run([BOTH[who], *args], cwd=cwd or s.root, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300 * s.slow)
    p.out, p.err = p.stdout.decode('utf-8', 'replace'), p.stderr.decode('utf-8', 'replace')
    return p


def content(folder):
    """Every file with its bytes."""
    return {f: open(os.path.join(folder, f), 'rb').read() for f in tree(folder)}


def differ(a, b):
    """Names of what is not the same in two such maps."""
    return ['%s %s' % ('differs:' if f in a and f in b else 'only in one:', f) for f in sorted(set(a) | set(b)) if a.get(f) != b.get(f)]


def compare(name, make):
    """make(who) → a value; both have to be the same."""
    ours, theirs = make('ours'), make('theirs')
    s.result(name, [] if ours == theirs else ['ours %.300r, theirs %.300r' % (ours, theirs)])


# ---- a repository ----

class Files(Web):
    """A folder."""
    def __init__(self, folder):
        super().__init__()
        for f in tree(folder):
            with open(os.path.join(folder, f), 'rb') as x:
                self.files['/' + f] = x.read()


def index_by(who):
    folder = s.empty()
    for name, version, data in ALL:
        with open('%s/%s-%s.tgz' % (folder, name, version), 'wb') as f:
            f.write(data)
    _, env = s.home()
    p = run(who, env, 'repo', 'index', folder)
    assert p.returncode == 0, p.err
    return folder


def undated(text):
    return re.sub(r'(created|generated): .*', r'\1', text)


def repositories():
    folders = {who: index_by(who) for who in BOTH}
    compare('https/index', lambda who: undated(open(folders[who] + '/index.yaml').read()))
    urls = {who: s.serve(Files(folders[who]), tls=True) for who in BOTH}
    for who, other in (('ours', 'theirs'), ('theirs', 'ours')):
        h, env = s.home()
        p = run(who, env, 'repo', 'add', 'r', urls[other], '--ca-file', CA)
        s.result('https/%s-adds' % who, [] if p.returncode == 0 else [p.err])
        for name, version, data in ALL:
            d = s.empty()
            p = run(who, env, 'pull', 'r/' + name, '--version', version, cwd=d)
            got = content(d)
            s.result('https/%s-pulls/%s' % (who, name), [] if p.returncode == 0 and list(got.values()) == [data] else ['exit code %d, %s' % (p.returncode, list(got))], p.err)
        # What one keeps, the other finds: pulled again without a server's archive.
        offline = dict(env)
        for name, version, data in ALL[:3]:
            d = s.empty()
            p = run(other, offline, 'pull', 'r/' + name, '--version', version, cwd=d)
            s.result('https/%s-cache/%s' % (other, name), [] if p.returncode == 0 and list(content(d).values()) == [data] else [p.err])
    homes = {who: s.home()[1] for who in BOTH}
    for name, version, _ in ALL:
        trees = {}
        for who in BOTH:
            d = s.empty()
            p = run(who, homes[who], 'pull', name, '--repo', urls['theirs'], '--version', version, '--ca-file', CA, '--untar', cwd=d)
            trees[who] = content(d), p.returncode
        s.result('https/untar/' + name, differ(trees['ours'][0], trees['theirs'][0]) + ([] if trees['ours'][1] == trees['theirs'][1] else ['exit codes']))
    # Helm's pull takes from the content cache and puts nothing there; its show does.
    for who in BOTH:
        shutil.rmtree(homes[who]['XDG_CACHE_HOME'] + '/helm/content', ignore_errors=True)
        for name, version, _ in ALL:
            assert run(who, homes[who], 'show', 'chart', name, '--repo', urls['theirs'], '--version', version, '--ca-file', CA).returncode == 0
    caches = {who: content(homes[who]['XDG_CACHE_HOME'] + '/helm/content') for who in BOTH}
    s.result('https/content-cache', differ(caches['ours'], caches['theirs']))
    return urls['theirs']


# ---- dependencies ----

def umbrella(name, repository, env, plus=True):
    """dependency update, then build, by both: charts/ and the lock."""
    results = {}
    entries = {n: v for n, v, _ in ALL if plus or '+' not in v} # one version of each name
    for who in BOTH:
        d = s.folder({'Chart.yaml': 'apiVersion: v2\nname: up\nversion: 0.1.0\ndependencies:\n' + ''.join(
            '- {name: %s, version: "%s", repository: "%s"}\n' % (n, v, repository) for n, v in entries.items())})
        p = run(who, env[who], 'dependency', 'update', d)
        lock = undated(open(d + '/Chart.lock').read()) if os.path.exists(d + '/Chart.lock') else ''
        results[who] = (p.returncode, p.out.split('Saving')[-1].replace(d, 'D') if p.returncode == 0 else '', lock), content(d + '/charts')
    s.result(name + '/lock', [] if results['ours'][0] == results['theirs'][0] else ['%.2000r and %.2000r' % (results['ours'][0], results['theirs'][0])])
    s.result(name + '/charts', differ(results['ours'][1], results['theirs'][1]))
    s.result(name + '/all', [] if len(results['ours'][1]) == len(entries) else ['%d charts' % len(results['ours'][1])])
    # The lock of one, built by the other.
    for who, other in (('ours', 'theirs'), ('theirs', 'ours')):
        d = s.folder({'Chart.yaml': 'apiVersion: v2\nname: up\nversion: 0.1.0\ndependencies:\n' + ''.join(
            '- {name: %s, version: "%s", repository: "%s"}\n' % (n, v, repository) for n, v in entries.items())})
        first = run(who, env[who], 'dependency', 'update', d)
        shutil.rmtree(d + '/charts', ignore_errors=True)
        p = run(other, env[other], 'dependency', 'build', d)
        s.result('%s/%s-builds' % (name, other), [] if p.returncode == first.returncode == 0 and content(d + '/charts') == results[other][1] else ['exit codes %d, %d' % (first.returncode, p.returncode)],
                 first.err + p.err)


# ---- a registry ----

def manifest(host, name, tag):
    tls = ssl.create_default_context(cafile=CA)
    r = urllib.request.Request('https://%s/v2/%s/manifests/%s' % (host, name, tag), headers={'Accept': 'application/vnd.oci.image.manifest.v1+json'})
    with urllib.request.urlopen(r, context=tls) as f:
        return f.read()


def registry():
    from real import Docker
    if not shutil.which('docker-registry'):
        print('interop: docker-registry is not installed; skipped: charts over a registry')
        return
    docker = Docker(s.certs)
    try:
        over(docker.name)
    finally:
        docker.stop()


def over(host):
    homes = {who: dict(s.home()[1], SSL_CERT_FILE=CA) for who in BOTH}
    folder = s.empty()
    for name, version, data in ALL:
        path = '%s/%s-%s.tgz' % (folder, name, version)
        with open(path, 'wb') as f:
            f.write(data)
        said = {who: run(who, homes[who], 'push', path, 'oci://%s/%s' % (host, who)) for who in BOTH}
        compare('oci/push/' + name, lambda who: (said[who].returncode, said[who].out.replace('/%s/' % who, '/'), said[who].err.replace('/%s/' % who, '/')))
        if said['ours'].returncode:
            continue
        compare('oci/manifest/' + name, lambda who: manifest(host, '%s/%s' % (who, name), version.replace('+', '_')))
        for who, other in (('ours', 'theirs'), ('theirs', 'ours')):
            d = s.empty()
            p = run(who, homes[who], 'pull', 'oci://%s/%s/%s' % (host, other, name), '--version', version, cwd=d)
            s.result('oci/%s-pulls/%s' % (who, name), [] if p.returncode == 0 and list(content(d).values()) == [data] else ['exit code %d' % p.returncode], p.err)
    # By both from the same place: what is said, the file's name, what is kept.
    for name, version, data in ALL:
        seen = {}
        for who in BOTH:
            d = s.empty()
            p = run(who, homes[who], 'pull', 'oci://%s/theirs/%s' % (host, name), '--version', version, cwd=d)
            seen[who] = p.returncode, p.out, p.err, content(d)
        compare('oci/pull/' + name, lambda who: seen[who])
    umbrella('oci/dependencies', 'oci://%s/ours' % host, homes)
    # An index on the web whose archives are in a registry.
    web = Web({'/index.yaml': index({n: [entry(n, json.dumps(v), ['oci://%s/theirs/%s:%s' % (host, n, v.replace('+', '_'))], sha256(b))] for n, v, b in ALL})})
    url = s.serve(web)
    compare('index-to-oci/add', lambda who: run(who, homes[who], 'repo', 'add', 'web', url).returncode)
    for name, version, data in ALL:
        seen = {}
        for who in BOTH:
            d = s.empty()
            p = run(who, homes[who], 'pull', 'web/' + name, '--version', version, cwd=d)
            seen[who] = p.returncode, p.out, p.err, content(d)
        compare('index-to-oci/pull/' + name, lambda who: seen[who])
    umbrella('index-to-oci/dependencies', url, homes, plus=False) # helm takes a tag's "_" for a part of the version


url = repositories()
added = {who: s.home()[1] for who in BOTH}
for who in BOTH:
    p = run(who, added[who], 'repo', 'add', 'r', url, '--ca-file', CA)
    assert p.returncode == 0, p.err
umbrella('https/dependencies', url, added)
registry()
sys.exit(s.finish())
