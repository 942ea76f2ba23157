"""Plugins of languages whose compilers may be missing: Go, AssemblyScript, Rust. Each is built once per content of its folder, into a cache outside the
tree, and is None, with a line that says why, where it cannot be built."""
import hashlib, os, re, shutil, subprocess, tempfile

here = os.path.dirname(os.path.abspath(__file__))
cache = os.path.join(os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'bulkhead', 'test-plugins')


def skipped(what, why):
    print('skipped: %s plugin: %s' % (what, why))


def run(words, folder, **env):
    p = subprocess.run(['nice'] + words, cwd=folder, env=dict(os.environ, **env), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900)
    if p.returncode:
        lines = p.stdout.decode('utf-8', 'replace').strip().splitlines()
        raise RuntimeError(lines[-1] if lines else 'exit code %d' % p.returncode)


def built(name, make):
    """The module of tests/plugins/<name>, made by make(folder of a copy, path of the module)."""
    h = hashlib.sha256()
    for top, folders, files in sorted(os.walk(os.path.join(here, name))):
        folders.sort()
        for f in sorted(files):
            h.update(f.encode() + b'\0' + open(os.path.join(top, f), 'rb').read() + b'\0')
    path = os.path.join(cache, '%s-%s.wasm' % (name, h.hexdigest()[:16]))
    if os.path.exists(path):
        return path
    os.makedirs(cache, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix='bulkhead-plugin.') as d:
        copy = os.path.join(d, name)
        shutil.copytree(os.path.join(here, name), copy)
        try:
            make(copy, os.path.join(d, 'out.wasm'))
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as e:
            return skipped(name, e)
        shutil.move(os.path.join(d, 'out.wasm'), path + '.new')
        os.rename(path + '.new', path)
    return path


def go(name='go'):
    tool = shutil.which('go') or '/usr/local/go/bin/go'
    if not os.path.exists(tool):
        return skipped('go', 'there is no Go')
    version = re.search(rb'go1\.(\d+)', subprocess.run([tool, 'version'], stdout=subprocess.PIPE).stdout)
    if not version or int(version[1]) < 24:
        return skipped('go', 'it takes Go 1.24')
    return built(name, lambda d, out: run([tool, 'build', '-trimpath', '-buildmode=c-shared', '-o', out, '.'], d, GOOS='wasip1', GOARCH='wasm', GOFLAGS='-mod=mod'))


def assemblyscript():
    if not shutil.which('npm'):
        return skipped('as', 'there is no npm')

    def make(d, out):
        run(['npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts'], d)
        run(['node_modules/.bin/asc', 'index.ts', '--outFile', out, '--use', 'abort=index/stop', '-O'], d)

    return built('as', make)


def rust():
    if not shutil.which('cargo') or not shutil.which('rustc'):
        return skipped('rust', 'there is no Rust')
    root = subprocess.run(['rustc', '--print', 'sysroot'], stdout=subprocess.PIPE).stdout.decode().strip()
    target = 'wasm32-unknown-unknown'
    if not os.path.isdir(os.path.join(root, 'lib', 'rustlib', target)):
        return skipped('rust', 'its target %s is not installed' % target)

    def make(d, out):
        run(['cargo', 'build', '--release', '--target', target, '--target-dir', d + '/target'], d)
        shutil.copy(os.path.join(d, 'target', target, 'release', 'bulkhead_test_plugin.wasm'), out)

    return built('rust', make)
