#!/usr/bin/env python3
"""The public advisories on where charts come from, by their names: advisories.py BINARY [CASE]

Servers on 127.0.0.1 that mean ill, and dependencies that do. What other suites show already is not repeated: certificates (tests/registry, tests/oci), the credentials of
oras-go's advisories (tests/oci), provenance of single charts (tests/signing), charts themselves (tests/advisories), plugins (tests/plugin-life)."""
import gzip, json, os, shutil, sys, tarfile, time

from stand import *
from box import special

sys.path.insert(0, os.path.join(HERE, '..', 'oci'))
from registry import Registry

s = Stand(sys.argv, 'registry-advisories')
ESC = '\x1b[31m'
GOOD = chart('web', '1.0.0')


def up(*dependencies, api='v2'):
    """A chart's folder; dependencies are lines of YAML in flow style."""
    head = 'apiVersion: %s\nname: up\nversion: 0.1.0\n' % api
    listed = 'dependencies:\n' + ''.join('- {%s}\n' % d for d in dependencies)
    files = {'up/Chart.yaml': head + listed} if api == 'v2' else {'up/Chart.yaml': head, 'up/requirements.yaml': listed}
    return s.folder(files) + '/up'


def added(web, *args):
    h, env = s.home()
    p = s.go(env, 'repo', 'add', 'r', s.serve(web), *args)
    assert p.returncode == 0, p.err
    return h, env


def outside(folder):
    """What lies in the folder above a chart's own, which nobody may write."""
    return ['wrote %s' % f for f in os.listdir(os.path.dirname(folder)) if f != os.path.basename(folder)]


# CVE-2019-1000008, CVE-2026-41050: what a downloaded archive unpacks to stays in its folder, and holds no links
for what, more in (('dotdot', [('web/../../x', b'x')]), ('absolute', [('/tmp/x', b'x')]), ('drive', [('web/C:/x', b'x')]), ('backslash', [('web/..\\..\\x', b'x')]),
                   ('symlink', [special('web/x', tarfile.SYMTYPE, '/etc/passwd')]), ('symlink-inside', [special('web/x', tarfile.SYMTYPE, 'Chart.yaml')]),
                   ('symlink-through', [special('web/x', tarfile.SYMTYPE, '..'), ('web/x/y', b'x')]), ('hardlink', [special('web/x', tarfile.LNKTYPE, '/etc/passwd')]),
                   ('device', [special('web/x', tarfile.CHRTYPE, '', 1, 5)]), ('pipe', [special('web/x', tarfile.FIFOTYPE, '')])):
    name = 'CVE-2019-1000008/%s' % what if what in ('dotdot', 'absolute', 'drive', 'backslash') else 'CVE-2026-41050/' + what
    if s.wants(name):
        data = chart('web', '1.0.0', more)
        oci = Registry()
        oci.put('c/web', '1.0.0', data)
        refs = {'http': (s.serve(Web({'/web-1.0.0.tgz': data})) + '/web-1.0.0.tgz',), 'oci': ('oci://%s/c/web' % s.serve(oci)[7:], '--plain-http')}
        for how, ref in refs.items():
            d = s.empty()
            p = s.go(s.home()[1], 'pull', *ref, '--untar', cwd=d)
            s.bad('%s/%s' % (name, how), p, more=['left %s' % f for f in tree(d)] + ['left a link'] * any(os.path.islink(os.path.join(d, f)) for f in os.listdir(d)))

# CVE-2019-18658: a dependency on this disk takes no file from elsewhere along
name = 'CVE-2019-18658/dependency'
if s.wants(name):
    folder = s.folder({'secret': 'top: secret\n', 'sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n', 'sub/templates/a.yaml': 'a: 1\n',
                       'up/Chart.yaml': 'apiVersion: v2\nname: up\nversion: 0.1.0\ndependencies:\n- {name: sub, version: 1.0.0, repository: "file://../sub"}\n'})
    os.symlink(folder + '/secret', folder + '/sub/templates/x.yaml')
    p = s.go(s.home()[1], 'dependency', 'update', folder + '/up')
    packed = folder + '/up/charts/sub-1.0.0.tgz'
    s.bad(name, p, ['x.yaml'], ['top: secret'], more=['it was packed'] * (os.path.exists(packed) and b'secret' in gzip.open(packed).read()))

# CVE-2020-15184, CVE-2024-25620, CVE-2026-35206: names and aliases of dependencies are names, whatever an index says
for bad in ('..', '.', '../../x', 'a/b', '/x', 'a\\b'):
    label = json.dumps(bad)
    if s.wants('CVE-2020-15184/alias ' + bad):
        h, env = added(Repository([('web', '1.0.0', GOOD)]))
        d = up('name: web, version: 1.0.0, repository: "@r", alias: %s' % label)
        for task in ('update', 'build'):
            p = s.go(env, 'dependency', task, d)
            s.bad('CVE-2020-15184/alias %s/%s' % (bad, task), p, ['alias'], more=outside(d) + ['left %s' % f for f in tree(d) if f != 'Chart.yaml'])
    if s.wants('CVE-2024-25620/dependency ' + bad) and bad != 'a\\b':  # one file name here, as in Helm
        web = Web()
        web.files = {'/index.yaml': index({label: ['  - {name: %s, version: 1.0.0, urls: [x-1.0.0.tgz]}\n' % label]}),
                     '/x-1.0.0.tgz': tgz([('x/Chart.yaml', ('apiVersion: v2\nname: %s\nversion: 1.0.0\n' % label).encode())])}
        h, env = added(web)
        d = up('name: %s, version: 1.0.0, repository: "@r"' % label)
        s.bad('CVE-2024-25620/dependency ' + bad, s.go(env, 'dependency', 'update', d), more=outside(d) + ['left %s' % f for f in tree(d) if f != 'Chart.yaml'])
    if s.wants('CVE-2026-35206/pull ' + bad):
        data = tgz([('x/Chart.yaml', ('apiVersion: v2\nname: %s\nversion: 1.0.0\n' % label).encode())])
        oci = Registry()
        oci.put('c/x', '1.0.0', data)
        d = s.empty()
        p = s.go(s.home()[1], 'pull', 'oci://%s/c/x' % s.serve(oci)[7:], '--plain-http', '--untar', cwd=d)
        s.bad('CVE-2026-35206/pull ' + bad, p, more=['left %s' % f for f in tree(d)])
for bad in ('1.0.0/../../x', '../x'):
    name = 'CVE-2024-25620/version ' + bad
    if s.wants(name):
        data = tgz([('web/Chart.yaml', ('apiVersion: v2\nname: web\nversion: "%s"\n' % bad).encode())])
        h, env = added(Web({'/index.yaml': index({'web': [entry('web', '"%s"' % bad, ['web.tgz'])]}), '/web.tgz': data}))
        d = up('name: web, version: "%s", repository: "@r"' % bad)
        s.bad(name, s.go(env, 'dependency', 'update', d), more=outside(d) + ['left %s' % f for f in tree(d) if f != 'Chart.yaml'])

# CVE-2021-21303: control characters of an index, of an answer, of a URL come out escaped, in messages too
if s.wants('CVE-2021-21303/'):
    red = '"\\e[31mred"'
    data = chart('web', '1.0.0', meta='description: %s\n' % red)
    web = Web()
    web.files = {'/index.yaml': index({'web': [entry('web', '1.0.0', ['"web\\e[31m.tgz"'], description=red)], 'far': [entry('far', '1.0.0', ['"\\e[31m://x"'])],
                                       'bad': [entry('bad', '1.0.0', ['bad.tgz'], '"\\e[31m"')], 'deprecated': [entry('deprecated', '1.0.0', ['d.tgz'], deprecated='true')]})}
    h, env = added(web)
    for chartname in ('web', 'far', 'bad'):
        for args in (('pull', 'r/' + chartname), ('template', 'x', 'r/' + chartname), ('dependency', 'update', up('name: %s, version: 1.0.0, repository: "@r"' % chartname))):
            p = s.go(env, *args, cwd=s.empty())
            s.result('CVE-2021-21303/%s/%s' % (args[0], chartname), ['exit code %d' % p.returncode] * (p.returncode != 1) + ['ESC came out'] * ('\x1b' in p.out + p.err), p.err)
    web.answer = lambda c, r: reply(c, '404 %s' % ESC, ESC.encode() * 100, [('Content-Type', 'text/html'), ('X', ESC)])
    for args in (('repo', 'update'), ('pull', 'web', '--repo', s.serve(web)), ('repo', 'add', 'q', s.serve(web))):
        p = s.go(env, *args)
        s.result('CVE-2021-21303/answer/' + ' '.join(args[:2]), ['exit code %d' % p.returncode] * (p.returncode != 1) + ['ESC came out'] * ('\x1b' in p.out + p.err), p.err)

# CVE-2021-32690: what belongs to a repository goes to no other origin, whichever command asks
if s.wants('CVE-2021-32690/'):
    other = Web({'/far-1.0.0.tgz': chart('far', '1.0.0')})
    elsewhere = s.serve(other)
    web = Repository(user='me:geheim')
    web.add('far', '1.0.0', other.files['/far-1.0.0.tgz'], url=elsewhere + '/far-1.0.0.tgz')
    web.files.pop('/far-1.0.0.tgz')
    h, env = added(web, '--username', 'me', '--password', 'geheim')
    url = s.serve(web)
    runs = {'pull': ('pull', 'r/far'), 'pull-prov': ('pull', 'r/far', '--prov'), 'show': ('show', 'chart', 'r/far'), 'dependency-update': ('dependency', 'update', up('name: far, version: 1.0.0, repository: "@r"')),
            'repo-flag': ('pull', 'far', '--repo', url, '--username', 'me', '--password', 'geheim')}
    for what, args in runs.items():
        shutil.rmtree(h + '/cache/helm/content', ignore_errors=True)
        other.log.clear()
        p = s.go(env, *args, cwd=s.empty())
        s.result('CVE-2021-32690/' + what, ['nobody came'] * (not other.log) + ['credentials went along' for r in other.log if 'authorization' in r.headers or 'cookie' in r.headers] +
                 ['exit code %d' % p.returncode] * (p.returncode != 0) + ['the password came out'] * ('geheim' in p.out + p.err), p.err)
    # Another port, another scheme and a user in the URL are other origins, and no way round.
    other.log.clear()
    web.hook = lambda c, r: reply(c, '302 Found', b'', [('Location', elsewhere.replace('//', '//you:geheim@') + '/index.yaml')]) or True if r.target == '/index.yaml' else None
    p = s.go(env, 'repo', 'update')
    s.result('CVE-2021-32690/redirected-index', ['credentials went along' for r in other.log if r.headers.get('authorization', '').endswith('bWU6Z2VoZWlt')] +
             ['exit code %d' % p.returncode] * (p.returncode != 1) + ['the password came out'] * ('geheim' in p.out + p.err), p.out + p.err)

# CVE-2022-23525, CVE-2024-26147: nothing, null and the wrong kind wherever an index has something
if s.wants('CVE-2022-23525/'):
    values = ('', 'null', '~', '[]', '{}', '[null]', '[[]]', '[{}]', '[{name: null}]', '[{name: web, version: null, urls: null}]', '[{name: web, version: 1.0.0, urls: [null]}]',
              '[{name: web, version: 1.0.0, urls: [""], maintainers: [null], dependencies: [null], annotations: null}]', '5', '"x"', '[5]', '[{name: web, version: 1.0.0, urls: {}}]')
    texts = {'entry %s' % v: 'apiVersion: v1\nentries:\n  web: %s\n' % v for v in values}
    texts.update({'entries %s' % v: 'apiVersion: v1\nentries: %s\n' % v for v in values})
    texts.update({'whole %r' % v: v for v in ('', '\n', '---\n', '---\n---\n', 'null', '~', '[]', '{}', '# only\n', '\ufeff', '"x"', 'apiVersion: null\nentries: null\n')})
    for what, text in texts.items():
        h, env = s.home()
        url = s.serve(Web({'/index.yaml': text.encode()}))
        seen = [s.go(env, 'repo', 'add', 'r', url), s.go(env, 'pull', 'web', '--repo', url, cwd=s.empty())]
        seen += [s.go(env, 'search', 'repo', 'web'), s.go(env, 'pull', 'r/web', cwd=s.empty())] if not seen[0].returncode else []
        s.result('CVE-2022-23525/' + what, ['exit code %d' % p.returncode for p in seen if p.returncode not in (0, 1)] + ['a chart came'] * (seen[1].returncode == 0) +
                 ['%d lines' % p.err.count('\n') for p in seen if p.err.count('\n') > 8], seen[0].err + seen[1].err)

# CVE-2025-32386: an archive of a repository is bounded by what it becomes
for what, data in (('file', lambda: chart('web', '1.0.0', [('web/templates/x', b'\0' * (150 << 20))])), ('stream', lambda: gzip.compress(b'\0' * (8 << 20), 9) * 400)):
    name = 'CVE-2025-32386/' + what
    if s.wants(name):
        url = s.serve(Web({'/web-1.0.0.tgz': data()})) + '/web-1.0.0.tgz'
        for args in (('pull', url, '--untar'), ('template', 'x', url)):
            d, t = s.empty(), time.monotonic()
            p = s.go(s.home()[1], *args, cwd=d)
            s.bad('%s/%s' % (name, args[0]), p, more=['left %s' % f for f in tree(d)] + ['took too long'] * (time.monotonic() - t > 10 * s.slow))

# CVE-2025-53547: a lock that is a link is not followed, wherever it leads and whatever it is called
for api, lock in (('v2', 'Chart.lock'), ('v1', 'requirements.lock')):
    for task in ('update', 'build'):
        for what in ('file', 'nothing', 'device', 'inside'):
            name = 'CVE-2025-53547/%s/%s/%s' % (lock, task, what)
            if not s.wants(name):
                continue
            h, env = added(Repository([('web', '1.0.0', GOOD)]))
            d = up('name: web, version: 1.0.0, repository: "@r"', api=api)
            target = {'file': s.root + '/target', 'nothing': s.root + '/nothing', 'device': '/dev/full', 'inside': 'values.yaml'}[what]
            for f in (s.root + '/target', d + '/values.yaml'):
                open(f, 'w').write('mine: 1\n')
            os.symlink(target, os.path.join(d, lock))
            p = s.go(env, 'dependency', task, d)
            s.bad(name, p, [lock], more=['the target was written'] * any(open(f).read() != 'mine: 1\n' for f in (s.root + '/target', d + '/values.yaml')) +
                  ['the target was made'] * os.path.exists(s.root + '/nothing') + ['the link is gone'] * (not os.path.islink(os.path.join(d, lock))) +
                  ['%s came' % f for f in tree(d) if f.endswith('.tgz')])

# CVE-2026-35205: without a provenance file nothing is verified, from a registry and as a dependency too
if s.wants('CVE-2026-35205/'):
    h, env = added(Repository([('web', '1.0.0', GOOD)]))
    ring = s.root + '/ring.gpg'
    open(ring, 'wb').close()
    oci = Registry()
    oci.put('c/web', '1.0.0', GOOD)
    ref = 'oci://%s/c' % s.serve(oci)[7:]
    verify = ('--verify', '--keyring', ring)
    for what, args in (('oci-pull', ('pull', ref + '/web', '--version', '1.0.0', '--plain-http', *verify)), ('oci-template', ('template', 'x', ref + '/web', '--version', '1.0.0', '--plain-http', *verify)),
                       ('dependency-update', ('dependency', 'update', up('name: web, version: 1.0.0, repository: "@r"'), *verify)),
                       ('dependency-oci', ('dependency', 'update', up('name: web, version: 1.0.0, repository: "%s"' % ref), '--plain-http', *verify))):
        d = s.empty()
        p = s.go(env, *args, cwd=d)
        more = ['left %s' % f for f in tree(d)]
        if args[0] == 'dependency':
            more += ['left %s' % f for f in tree(args[2]) if f != 'Chart.yaml']
        s.bad('CVE-2026-35205/' + what, p, ['prov'], more=more)

sys.exit(s.finish())
