#!/usr/bin/env python3
"""Pull and push of a large chart beside curl (and a real helm), on Debian's docker-registry over loopback.

registry.py BULKHEAD [OCI-PROBE] [HELM]

OCI-PROBE (build/release/tests/oci-probe) measures the client alone. Each line: median wall time of interleaved runs, the ratio to curl, and peak memory; then the
peak memory for charts of 1, 10, 50 and 200 MB."""
import json, os, shutil, socket, statistics, subprocess, sys, tempfile, time

program = os.path.abspath(sys.argv[1])
probe = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2] else None
helm = sys.argv[3] if len(sys.argv) > 3 else None
RUNS = int(os.environ.get('RUNS', '7'))
box = tempfile.mkdtemp(prefix='bulkhead-bench.')
env = {'PATH': os.environ['PATH'], 'HOME': box, 'TZ': 'UTC'}
if not shutil.which('docker-registry'):
    sys.exit('registry: docker-registry is not installed; skipped')


def serve():
    s = socket.create_server(('127.0.0.1', 0))
    port = s.getsockname()[1]
    s.close()
    with open(box + '/config.yml', 'w') as f:
        json.dump({'version': 0.1, 'log': {'level': 'error'}, 'storage': {'filesystem': {'rootdirectory': box + '/data'}}, 'http': {'addr': '127.0.0.1:%d' % port}}, f)
    p = subprocess.Popen(['docker-registry', 'serve', box + '/config.yml'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(200):
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return p, '127.0.0.1:%d' % port
        except OSError:
            time.sleep(0.1)
    sys.exit('registry: it does not start')


MAKE = '''
import io, os, sys, tarfile
with tarfile.open(sys.argv[1], 'w:gz', compresslevel=1) as t:
    for n, b in (('Chart.yaml', b'apiVersion: v2\\nname: %s\\nversion: 1.0.0\\n' % sys.argv[2].encode()), ('files/blob', os.urandom(int(sys.argv[3])))):
        i = tarfile.TarInfo(sys.argv[2] + '/' + n)
        i.size, i.mode = len(b), 0o644
        t.addfile(i, io.BytesIO(b))
'''


def chart(name, megabytes):
    """Made by another process: what we hold ourselves counts as the peak of those that we start."""
    path = '%s/%s-1.0.0.tgz' % (box, name)
    subprocess.run([sys.executable, '-c', MAKE, path, name, str(megabytes << 20)], check=True)
    return path


def run(args):
    """Wall time in s and peak memory in MiB."""
    t = time.monotonic()
    p = subprocess.Popen(args, env=env, cwd=box, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    out = p.stdout.read()
    _, status, usage = os.wait4(p.pid, 0)
    took = time.monotonic() - t
    if status:
        sys.exit('%s: %s' % (' '.join(args), out.decode()[-500:]))
    return took, usage.ru_maxrss / 1024


def compare(title, tools):
    """`tools`: name → makes the command of the n-th run; the first is the yardstick."""
    times, memory = {k: [] for k in tools}, {k: 0 for k in tools}
    for n in range(RUNS):
        for k, make in tools.items():
            took, rss = run(make(n))
            times[k].append(took)
            memory[k] = max(memory[k], rss)
    base = statistics.median(next(iter(times.values())))
    for k, v in times.items():
        print('%-24s %-16s %7.0f ms   %5.2f   %6.1f MiB' % (title, k, statistics.median(v) * 1e3, statistics.median(v) / base, memory[k]))


server, host = serve()
try:
    big = chart('big', 50)
    digest = 'sha256:' + subprocess.run(['sha256sum', big], check=True, stdout=subprocess.PIPE).stdout.decode().split()[0]
    run([program, 'push', big, 'oci://%s/c' % host, '--plain-http'])
    print('%-24s %-16s %10s   %5s   %10s' % ('what', 'who', 'time', 'ratio', 'peak'))
    pulls = {'curl': lambda n: ['curl', '-sSf', '-o', box + '/curl.tgz', 'http://%s/v2/c/big/blobs/%s' % (host, digest)]}
    has_pull = subprocess.run([program, 'pull', '--help'], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    if has_pull:
        os.makedirs(box + '/out')
        def pull(n):
            shutil.rmtree(box + '/.cache', ignore_errors=True)
            return [program, 'pull', 'oci://%s/c/big' % host, '--version', '1.0.0', '--plain-http', '-d', box + '/out']
        pulls['bulkhead pull'] = pull
    if probe:
        pulls['the client alone'] = lambda n: [probe, 'pull', 'oci://%s/c/big' % host, 'version=1.0.0', 'plain=1', 'file=' + box + '/probe.tgz']
    if helm:
        os.makedirs(box + '/helm')
        pulls['helm pull'] = lambda n: [helm, 'pull', 'oci://%s/c/big' % host, '--version', '1.0.0', '--plain-http', '-d', box + '/helm']
    compare('pull of 50 MB', pulls)

    script = ('l=$(curl -sSf -X POST -o /dev/null -w "%%header{location}" http://%s/v2/curl/n%d/blobs/uploads/) && '
              'curl -sSf -T %s -H "Content-Type: application/octet-stream" "$l&digest=%s"')
    pushes = {'curl': lambda n: ['sh', '-c', script % (host, n, big, digest)],
              'bulkhead push': lambda n: [program, 'push', big, 'oci://%s/ours/n%d' % (host, n), '--plain-http']}
    if helm:
        pushes['helm push'] = lambda n: [helm, 'push', big, 'oci://%s/theirs/n%d' % (host, n), '--plain-http']
    compare('push of 50 MB', pushes)

    print()
    for megabytes in (1, 10, 50, 200 if os.environ.get('LARGE') else 50):
        name = 'm%d' % megabytes
        path = chart(name, megabytes)
        line = '%4d MB: push %.1f MiB' % (megabytes, run([program, 'push', path, 'oci://%s/s' % host, '--plain-http'])[1])
        ref = 'oci://%s/s/%s' % (host, name)
        if has_pull:
            line += ', pull %.1f MiB' % run([program, 'pull', ref, '--version', '1.0.0', '--plain-http', '-d', box])[1]
        if probe:
            line += ', the client alone %.1f MiB' % run([probe, 'pull', ref, 'version=1.0.0', 'plain=1'])[1]
        print(line)
finally:
    server.terminate()
    server.wait()
    shutil.rmtree(box, ignore_errors=True)
