#!/usr/bin/env python3
"""Chart repositories, from the list to the chart: run.py BINARY [CASE]

Ordinary servers first (HTTP, HTTPS, with user and password, with client certificates), then those that mean ill, the advisories on repositories, and what a
kill or a full disk leaves behind. All of them listen on 127.0.0.1. BK_SLOW multiplies the time limits."""
import json, os, shutil, signal, socket, subprocess, sys, threading, time

from stand import *

s = Stand(sys.argv, 'registry')
A1, A2, PRE, B1 = chart('web', '1.0.0'), chart('web', '1.2.0'), chart('web', '2.0.0-rc.1'), chart('tool', '0.3.0')


def repository(**more):
    return Repository([('web', '1.0.0', A1), ('web', '1.2.0', A2), ('web', '2.0.0-rc.1', PRE), ('tool', '0.3.0', B1)], **more)


def added(web, *args, tls=False, name='r'):
    """A home with that repository added, and its URL."""
    h, env = s.home()
    url = s.serve(web, tls)
    p = s.go(env, 'repo', 'add', name, url, *args)
    assert p.returncode == 0, p.err
    return h, env, url


def files_of(folder):
    return sorted(os.listdir(folder))


# ---- the list ----

if s.wants('list/'):
    web = repository()
    h, env, url = added(web)
    s.good('list/again', s.go(env, 'repo', 'add', 'r', url), '"r" already exists with the same configuration, skipping\n')
    s.bad('list/other', s.go(env, 'repo', 'add', 'r', url + '/x'), ['repository name (r) already exists, please specify a different name'])
    s.good('list/list', s.go(env, 'repo', 'list'), 'NAME\tURL%s\nr   \t%s\n' % (' ' * (len(url) - 3), url))
    s.good('list/json', s.go(env, 'repo', 'list', '-o', 'json'), json.dumps([{'name': 'r', 'url': url}], separators=(',', ':')) + '\n')
    mode = os.stat(h + '/config/helm/repositories.yaml').st_mode & 0o777
    s.result('list/mode', [] if mode == 0o600 else ['mode %o' % mode])
    s.good('list/update', s.go(env, 'repo', 'update'), 'Hang tight while we grab the latest from your chart repositories...\n'
           '...Successfully got an update from the "r" chart repository\nUpdate Complete. ⎈Happy Helming!⎈\n')
    text = open(h + '/cache/helm/repository/r-charts.txt').read()
    s.result('list/charts', [] if text == 'tool\nweb\n' else [repr(text)])
    s.good('list/remove', s.go(env, 'repo', 'remove', 'r'), '"r" has been removed from your repositories\n')
    s.result('list/forgotten', [f for f in tree(h + '/cache/helm/repository') if f.startswith('r-')])
    s.good('list/none', s.go(env, 'repo', 'list'), '')
    # Two programs that add at the same time lose neither.
    many = [subprocess.Popen([s.binary, 'repo', 'add', 'n%d' % i, url], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for i in range(6)]
    wrong = [p.stderr.read().decode() for p in many if p.wait()]
    names = [x['name'] for x in json.loads(s.go(env, 'repo', 'list', '-o', 'json').out)]
    s.result('list/at-once', wrong + ([] if sorted(names) == ['n%d' % i for i in range(6)] else [str(names)]))

# ---- URLs of an index ----

if s.wants('urls/'):
    # A repository below a path, whose URLs are relative to it, with a slash or without one, and with a query.
    web = Repository([('web', '1.0.0', A1)])
    web.files = {'/deep/er' + k: v for k, v in web.files.items()}
    web.files['/web-1.0.0.tgz'] = chart('web', '1.0.0', [('web/wrong', b'')])
    for name, path in (('plain', '/deep/er'), ('slash', '/deep/er/'), ('query', '/deep/er?token=a%2Fb')):
        h, env = s.home()
        url = s.serve(web) + path
        s.good('urls/add/' + name, s.go(env, 'repo', 'add', 'r', url))
        d = s.empty()
        s.good('urls/pull/' + name, s.go(env, 'pull', 'r/web', cwd=d))
        s.result('urls/bytes/' + name, [] if tree(d) == ['web-1.0.0.tgz'] and open(d + '/web-1.0.0.tgz', 'rb').read() == A1 else tree(d))
    s.result('urls/query-goes-along', [] if any(r.target == '/deep/er/web-1.0.0.tgz?token=a%2Fb' for r in web.log) else [r.target for r in web.log])
    # A number is no text in the metadata of an index, as in Helm.
    web = Web({'/index.yaml': index({'web': ['  - {name: web, version: 1.0, urls: [x]}\n']})})
    s.bad('urls/number', s.go(s.home()[1], 'repo', 'add', 'r', s.serve(web)), ['cannot unmarshal number into Go struct field ChartVersion.entries.Metadata.version of type string'])
    for name, digest, words in (('odd', 'abc', 'encoding/hex: odd length hex string'), ('letter', 'zz', "encoding/hex: invalid byte: U+007A 'z'"), ('short', 'abcd', 'invalid digest length: 2')):
        web = Web({'/index.yaml': index({'web': [entry('web', '1.0.0', ['x.tgz'], digest)]})})
        s.bad('urls/digest-' + name, s.go(s.home()[1], 'pull', 'web', '--repo', s.serve(web)), [words])
    web = Web({'/index.yaml': index({'web': [entry('web', '1.0.0', ['web.tgz'], sha256(A1).upper())]}), '/web.tgz': A1})
    s.good('urls/digest-upper', s.go(s.home()[1], 'pull', 'web', '--repo', s.serve(web), cwd=s.empty()))

# ---- what is chosen ----

if s.wants('choose/'):
    h, env, url = added(repository())
    for name, args, version in (('newest', (), '1.2.0'), ('range', ('--version', '~1.0'), '1.0.0'), ('exact', ('--version', '1.0.0'), '1.0.0'),
                                ('devel', ('--devel',), '2.0.0-rc.1'), ('pre', ('--version', '2.0.0-rc.1'), '2.0.0-rc.1')):
        d = s.empty()
        s.good('choose/pull/' + name, s.go(env, 'pull', 'r/web', *args, cwd=d), '')
        s.result('choose/file/' + name, [] if files_of(d) == ['web-%s.tgz' % version] else [str(files_of(d))])
        p = s.go(env, 'show', 'chart', 'r/web', *args)
        s.good('choose/show/' + name, p, words=['version: ' + version])
    s.good('choose/template', s.go(env, 'template', 'x', 'r/web'), words=['name: web-1.2.0'])
    s.good('choose/repo-url', s.go(env, 'template', 'x', 'web', '--repo', url), words=['name: web-1.2.0'])
    s.good('choose/url', s.go(env, 'template', 'x', url + '/web-1.0.0.tgz'), words=['name: web-1.0.0'])
    s.bad('choose/no-chart', s.go(env, 'pull', 'r/nothing'), ['chart "nothing" matching  not found in r index. (try \'helm repo update\'): no chart name found'])
    s.bad('choose/no-version', s.go(env, 'pull', 'r/web', '--version', '9'), ['no chart version found for web-9'])
    s.bad('choose/no-repo', s.go(env, 'pull', 'q/web'), ['repo q not found'])
    s.bad('choose/bad-range', s.go(env, 'pull', 'r/web', '--version', '>>1'), ['improper constraint'])
    s.bad('choose/path', s.go(env, 'template', 'x', './nothing'), ['path "./nothing" not found'])
    s.bad('choose/word', s.go(env, 'template', 'x', 'nothing'), ['non-absolute URLs should be in form of repo_name/path_to_chart, got: nothing'])
    d = s.empty()
    s.good('choose/untar', s.go(env, 'pull', 'r/web', '--untar', cwd=d), '')
    s.result('choose/untarred', [] if tree(d) == ['web/Chart.yaml', 'web/templates/x.yaml', 'web/values.yaml'] else tree(d))
    s.bad('choose/untar-again', s.go(env, 'pull', 'r/web', '--untar', cwd=d), ['failed to untar: a file or directory with the name web already exists'])
    # By the content cache, once it has the archive, without the server.
    for x in s.servers:
        x.socket.shutdown(socket.SHUT_RDWR)
        x.close()
    s.good('choose/cached', s.go(env, 'template', 'x', 'r/web'), words=['name: web-1.2.0'])
    # A damaged entry is found out.
    for f in tree(h + '/cache/helm/content'):
        open(os.path.join(h, 'cache/helm/content', f), 'ab').write(b'x')
    s.bad('choose/damaged', s.go(env, 'template', 'x', 'r/web'), ['connection refused'])

# ---- search ----

if s.wants('search/'):
    web = Repository()
    web.entries = {'web': [entry('web', '1.2.0', ['a'], appVersion='"9"', description='A server of pages'), entry('web', '1.10.0', ['b'], description='A server of pages')],
                   'tool': [entry('tool', '0.1.0', ['c'], description='Works with the web', keywords='[pages]')]}
    web.files['/index.yaml'] = index(web.entries)
    h, env, url = added(web)
    s.good('search/all', s.go(env, 'search', 'repo'), 'NAME  \tCHART VERSION\tAPP VERSION\tDESCRIPTION       \nr/tool\t0.1.0        \t           \tWorks with the web\nr/web \t1.10.0       \t           \tA server of pages \n')
    s.good('search/order', s.go(env, 'search', 'repo', 'web', '-o', 'json'), '[{"name":"r/web","version":"1.10.0","app_version":"","description":"A server of pages"},'
           '{"name":"r/tool","version":"0.1.0","app_version":"","description":"Works with the web"}]\n')
    s.good('search/versions', s.go(env, 'search', 'repo', 'r/web', '-l', '--version', '<1.5'), words=['1.2.0'])
    s.good('search/regexp', s.go(env, 'search', 'repo', '-r', '^t.*l', '-o', 'yaml'), '- app_version: ""\n  description: Works with the web\n  name: r/tool\n  version: 0.1.0\n')
    s.good('search/nothing', s.go(env, 'search', 'repo', 'zzz'), 'No results found\n')
    s.bad('search/fail', s.go(env, 'search', 'repo', 'zzz', '--fail-on-no-result'), ['no results found'])
    s.bad('search/regexp-bad', s.go(env, 'search', 'repo', '-r', '('), ['error parsing regexp'])
    s.bad('search/no-repos', s.go(s.home()[1], 'search', 'repo', 'x'), ['no repositories configured'])

if s.wants('hub/'):
    answer = {'data': [{'id': 'a/web', 'artifactHub': {'packageUrl': 'https://h/p'}, 'attributes': {'description': 'Pages', 'repo': {'name': 'a', 'url': 'https://r'}},
                        'relationships': {'latestChartVersion': {'data': {'version': '1.0.0', 'app_version': '2'}}}}, {'id': 'b/x\x1b[31m', 'attributes': {'description': 'y'}}]}
    hub = Web()
    hub.answer = lambda c, r: (hub.log.append(r), reply(c, '200 OK', json.dumps(answer).encode()))[1]
    url = s.serve(hub)
    p = s.go(s.home()[1], 'search', 'hub', '--endpoint', url, 'a b&c', '-o', 'json')
    s.good('hub/json', p, words=['{"url":"https://h/p","version":"1.0.0","app_version":"2","description":"Pages","repository":{"url":"https://r","name":"a"}}'])
    s.result('hub/query', [] if hub.log[-1].target == '/api/chartsvc/v1/charts/search?q=a+b%26c' else [hub.log[-1].target])
    p = s.go(s.home()[1], 'search', 'hub', '--endpoint', url)
    s.good('hub/table', p, words=['https://h/p', '/charts/b/x'])
    s.result('hub/escaped', ['ESC came out'] if '\x1b' in p.out else [])
    s.bad('hub/down', s.go(s.home()[1], 'search', 'hub', '--endpoint', 'http://127.0.0.1:1'), ['unable to perform search against "http://127.0.0.1:1"'])

# ---- credentials ----

if s.wants('credentials/'):
    web = repository(user='me:secret')
    url = s.serve(web)
    h, env = s.home()
    s.bad('credentials/none', s.go(env, 'repo', 'add', 'r', url), ['401 Unauthorized'])
    s.good('credentials/stdin', s.go(env, 'repo', 'add', 'r', url, '--username', 'me', '--password-stdin', stdin=b'secret\n'))
    s.good('credentials/chart', s.go(env, 'template', 'x', 'r/web'), words=['web-1.2.0'])
    s.good('credentials/flags', s.go(env, 'template', 'x', 'tool', '--repo', url, '--username', 'me', '--password', 'secret'), words=['tool-0.3.0'])
    s.bad('credentials/wrong', s.go(env, 'show', 'chart', 'web', '--repo', url, '--username', 'me', '--password', 'wrong'), ['401'], ['wrong'])
    # CVE-2021-32690: what belongs to the repository goes to no other origin, by the index or by a redirect, unless that is asked for.
    other = Repository([('web', '1.0.0', A1)])
    elsewhere = s.serve(other)
    web.add('far', '1.0.0', chart('far', '1.0.0'), url=elsewhere + '/far-1.0.0.tgz')
    other.files['/far-1.0.0.tgz'] = web.files['/far-1.0.0.tgz']
    s.go(env, 'repo', 'update')
    s.good('credentials/CVE-2021-32690/index', s.go(env, 'template', 'x', 'r/far'))
    s.result('credentials/CVE-2021-32690/index-seen', ['Authorization went along' for r in other.log if 'authorization' in r.headers])
    other.log.clear()
    web.hook = lambda c, r: reply(c, '302 Found', b'', [('Location', elsewhere + '/web-1.0.0.tgz')]) or True if r.target == '/web-1.0.0.tgz' else None
    s.good('credentials/CVE-2021-32690/redirect', s.go(env, 'template', 'x', 'r/web', '--version', '1.0.0'))
    s.result('credentials/CVE-2021-32690/redirect-seen', ['nobody came'] * (not other.log) + ['Authorization went along' for r in other.log if 'authorization' in r.headers])
    web.hook = None
    other.log.clear()
    shutil.rmtree(h + '/cache/helm/content')
    s.go(env, 'repo', 'add', 'r', url, '--username', 'me', '--password', 'secret', '--pass-credentials', '--force-update')
    s.good('credentials/passed', s.go(env, 'template', 'x', 'r/far'))
    s.result('credentials/passed-seen', [] if any('authorization' in r.headers for r in other.log) else ['no Authorization'])
    for name in ('repo', 'search'):
        p = s.go(env, *{'repo': ('repo', 'list', '-o', 'yaml'), 'search': ('search', 'repo')}[name])
        s.result('credentials/unseen/' + name, ['the password came out'] if 'secret' in p.out + p.err else [])

if s.wants('tls/') and s.has_tls:
    h, env = s.home()
    url = s.serve(repository(), tls=True)
    s.bad('tls/CVE-2019-1010275/no-ca', s.go(env, 'repo', 'add', 'r', url), ['certificate'])
    s.bad('tls/CVE-2019-1010275/wrong-ca', s.go(env, 'repo', 'add', 'r', url, '--ca-file', s.certs + '/alien.pem'), ['certificate'])
    s.bad('tls/CVE-2019-1010275/wrong-name', s.go(env, 'repo', 'add', 'r', url.replace('127.0.0.1', '127.0.0.2'), '--ca-file', s.certs + '/ca.pem'), ['looks like'])
    s.good('tls/ca', s.go(env, 'repo', 'add', 'r', url, '--ca-file', s.certs + '/ca.pem'))
    s.good('tls/chart', s.go(env, 'template', 'x', 'r/web'))
    s.good('tls/insecure', s.go(env, 'repo', 'add', 'i', url, '--insecure-skip-tls-verify'))
    mutual = s.serve(repository(), tls=True, client=True)
    s.bad('tls/no-client', s.go(env, 'repo', 'add', 'm', mutual, '--ca-file', s.certs + '/ca.pem'), ['looks like'])
    s.good('tls/client', s.go(env, 'repo', 'add', 'm', mutual, '--ca-file', s.certs + '/ca.pem', '--cert-file', s.certs + '/client.pem', '--key-file', s.certs + '/client.key'))
    s.good('tls/client-chart', s.go(env, 'template', 'x', 'm/tool'), words=['tool-0.3.0'])

# ---- dependencies ----


def parent(dependencies, lock=None):
    lines = ['apiVersion: v2', 'name: up', 'version: 0.1.0', 'dependencies:']
    for name, version, repo in dependencies:
        lines += ['- name: ' + name, '  version: "%s"' % version, '  repository: "%s"' % repo]
    d = s.folder({'up/Chart.yaml': '\n'.join(lines) + '\n', 'up/templates/x.yaml': 'a: 1\n'})
    if lock:
        open(d + '/up/Chart.lock', 'w').write(lock)
    return d + '/up'


if s.wants('dependency/'):
    web, unused = repository(), repository()
    h, env, url = added(web)
    unused_url = s.serve(unused)
    s.go(env, 'repo', 'add', 'u', unused_url)
    unused.log.clear()
    up = parent([('web', '^1.0', '@r'), ('tool', '0.3.x', url + '/')])
    s.good('dependency/update', s.go(env, 'dependency', 'update', up), 'Hang tight while we grab the latest from your chart repositories...\n...Successfully got an update from the "r" '
           'chart repository\nUpdate Complete. ⎈Happy Helming!⎈\nSaving 2 charts\nDownloading web from repo %s\nDownloading tool from repo %s/\nDeleting outdated charts\n' % (url, url))
    s.result('dependency/charts', [] if files_of(up + '/charts') == ['tool-0.3.0.tgz', 'web-1.2.0.tgz'] else files_of(up + '/charts'))
    s.result('dependency/unused', ['an unused repository was asked'] if unused.log else [])
    lock = open(up + '/Chart.lock').read()
    shutil.rmtree(up + '/charts')
    s.good('dependency/build', s.go(env, 'dependency', 'build', up), words=['Saving 2 charts'])
    s.result('dependency/same-lock', [] if open(up + '/Chart.lock').read() == lock else ['the lock changed'])
    s.good('dependency/list', s.go(env, 'dependency', 'list', up), words=['ok'])
    other = s.serve(repository())
    up = parent([('tool', '>=0', other)])
    s.good('dependency/unmanaged', s.go(env, 'dependency', 'update', up), words=['Getting updates for unmanaged Helm repositories...\n...Successfully got an update from the "%s"' % other])
    p = s.go(env, 'dependency', 'build', up)
    s.bad('dependency/build-unmanaged', p, ['no repository definition for %s. Please add the missing repos via \'helm repo add\'' % other])
    s.bad('dependency/no-version', s.go(env, 'dependency', 'update', parent([('web', '7', '@r')])), ['can\'t get a valid version for 1 subchart(s): "web" (repository "%s", version "7")' % url])
    s.bad('dependency/no-chart', s.go(env, 'dependency', 'update', parent([('nothing', '1', '@r')])), ['nothing chart not found in repo ' + url])
    s.bad('dependency/no-alias', s.go(env, 'dependency', 'update', parent([('web', '1', '@q')])), ['no repository definition for @q. Please add them via'])
    # CVE-2025-53547: a Chart.lock that is a link is neither followed nor replaced, and nothing else is written.
    target = s.empty() + '/target'
    open(target, 'w').write('mine\n')
    up = parent([('web', '1', '@r')])
    os.symlink(target, up + '/Chart.lock')
    p = s.go(env, 'dependency', 'update', up)
    s.bad('dependency/CVE-2025-53547', p, ['Chart.lock', 'link'], more=[] if open(target).read() == 'mine\n' and not os.path.exists(up + '/charts') else ['something was written'])
    # Digests in the lock, which Helm passes over: nothing else is taken then.
    up = parent([('web', '1.0.0', '@r'), ('tool', '*', url)])
    s.good('dependency/lock-digests', s.go(env, 'dependency', 'update', up, '--lock-digests'))
    lock = open(up + '/Chart.lock').read()
    s.result('dependency/lock-digests-text', [] if 'digest: sha256:' + sha256(A1) in lock and 'digest: sha256:' + sha256(B1) in lock else [lock])
    s.good('dependency/lock-digests-build', s.go(env, 'dependency', 'build', up))
    open(up + '/Chart.lock', 'w').write(lock.replace(sha256(A1), sha256(A2)))
    shutil.rmtree(h + '/cache/helm/content')
    s.bad('dependency/lock-digests-other', s.go(env, 'dependency', 'build', up), ['digest mismatch'])
    # Old archives stay when something fails.
    up = parent([('web', '1.0.0', '@r')])
    s.go(env, 'dependency', 'update', up)
    open(up + '/Chart.yaml', 'a').write('- name: gone\n  version: "1"\n  repository: "@r"\n')
    s.bad('dependency/kept', s.go(env, 'dependency', 'update', up), ['gone'], more=[] if files_of(up + '/charts') == ['web-1.0.0.tgz'] and not leftovers(up) else [str(tree(up))])

    # One archive cannot be put in place: those before it are taken back.
    for name, there in (('new', {}), ('replaced', {'web-1.0.0.tgz': chart('web', '1.0.0', [('web/other', b'x')])})):
        up = parent([('web', '1.0.0', '@r'), ('tool', '0.3.0', '@r')])
        os.makedirs(up + '/charts/tool-0.3.0.tgz/x')
        for f, data in there.items():
            open(up + '/charts/' + f, 'wb').write(data)
        p = s.go(env, 'dependency', 'update', up)
        now = {f: open(up + '/charts/' + f, 'rb').read() for f in files_of(up + '/charts') if f.startswith('web')}
        s.bad('dependency/taken-back/' + name, p, ['rename', 'tool-0.3.0.tgz'], more=[] if now == there and not leftovers(up) and not os.path.exists(up + '/Chart.lock') else [str(tree(up))])

# ---- repo index ----

if s.wants('index/'):
    d = s.folder({'a/web-1.0.0.tgz': A1, 'web-1.2.0.tgz': A2, 'not.tgz': b'no chart', 'x.txt': b'x'})
    h, env = s.home()
    s.good('index/make', s.go(env, 'repo', 'index', d, '--url', 'http://h/c'), '')
    text = open(d + '/index.yaml').read()
    s.result('index/text', [w for w in ('- http://h/c/a/web-1.0.0.tgz', '- http://h/c/web-1.2.0.tgz', 'digest: ' + sha256(A1)) if w not in text], text)
    s.good('index/json', s.go(env, 'repo', 'index', d, '--json', '--merge', d + '/index.yaml'), '')
    made = json.load(open(d + '/index.yaml'))
    s.result('index/merged', [] if [v['version'] for v in made['entries']['web']] == ['1.2.0', '1.0.0'] else [str(made)])
    p = s.serve(Web({'/index.yaml': open(d + '/index.yaml', 'rb').read()}))
    s.good('index/read', s.go(env, 'repo', 'add', 'j', p))

# ---- no network for what is here ----

if s.wants('local/'):
    if shutil.which('strace'):
        d = s.folder({'c/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n', 'c/templates/x.yaml': 'kind: A\n'}) + '/c'
        h, env = s.home()
        env['ASAN_OPTIONS'] = 'detect_leaks=0'  # a tracer cannot be traced
        for args in (('template', 'x', d), ('lint', d), ('show', 'all', d)):
            log = h + '/strace'
            s.good('local/' + args[0], s.go(env, *args, before=['strace', '-f', '-qq', '-e', 'trace=network', '-o', log]))
            s.result('local/%s-sockets' % args[0], [l for l in open(log) if 'AF_INET' in l])
        s.result('local/caches', [f for f in tree(h + '/cache') if 'helm/' in f and 'bulkhead' not in f] if os.path.isdir(h + '/cache') else [])
    else:
        s.skip('local', 'strace is not installed')

sys.exit(s.finish())
