#!/usr/bin/env python3
"""Command lines against what the real helm answers.

run.py BINARY               compares with expected.json, which the real helm made
run.py --record HELM        makes expected.json anew

A case is a line of cases.txt, split like a shell does; {name} lines before it set up nothing: every case runs in a copy of the folder tests/cli/box. Compared
are exit code, standard output, standard error without log lines, and the files that were written or taken away (archives entry by entry). Ends with 'cli: N passed, N failed'.
"""
import gzip, io, json, os, re, shlex, shutil, subprocess, sys, tarfile, tempfile

here = os.path.dirname(os.path.abspath(__file__))
record = sys.argv[1] == '--record'
binary = os.path.abspath(sys.argv[2] if record else sys.argv[1])


def content(path, stamped):
    """Text of a file. An archive as its header and entries: compressed bytes and, unless they were set, times are not told; a lock without its date."""
    data = open(path, 'rb').read()
    if not path.endswith('.tgz'):
        return re.sub(r'(?m)^generated: .*$', 'generated: *', data.decode('utf-8', 'replace'))
    head = ['gzip %s' % data[:data.index(b'Helm\0') + 5].hex()] if b'Helm\0' in data[:80] else ['gzip without comment']
    tar, lines, subs = gzip.decompress(data), [], []
    for m in tarfile.open(fileobj=io.BytesIO(tar)):
        text = tar[m.offset_data:m.offset_data + m.size].decode('utf-8', 'replace')
        (subs if '/charts/' in m.name else lines).append('%s %o %d/%d %s %s\n%s' % (m.type.decode(), m.mode, m.uid, m.gid, m.mtime if stamped else '*', m.name, re.sub(r'(?m)^generated: .*$', 'generated: *', text)))
    return head + lines + sorted(subs)  # Helm writes sub-charts in random order


def run(line):
    box = tempfile.mkdtemp(prefix='bulkhead-cli.')
    try:
        shutil.copytree(here + '/box', box + '/box', symlinks=True)
        os.makedirs(box + '/home')
        words = shlex.split(line)
        env = {'PATH': '/usr/bin:/bin', 'HOME': box + '/home', 'TZ': 'UTC', 'KUBECONFIG': box + '/none'}
        while '=' in words[0]:
            k, v = words.pop(0).split('=', 1)
            env[k] = v.replace('{BOX}', box)
        data = b''
        if '<' in words:
            at = words.index('<')
            data = open(os.path.join(box, 'box', words[at + 1]), 'rb').read()
            words = words[:at]
        p = subprocess.run([binary] + [w.replace('{BOX}', box) for w in words], cwd=box + '/box', env=env, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        err = [l for l in p.stderr.decode('utf-8', 'replace').split('\n') if not re.match(r'(level=|time=|[IWEF]\d{4} )', l)]
        files, stamped = {}, 'SOURCE_DATE_EPOCH' in env
        for d, _, names in os.walk(box + '/box'):
            for n in names:
                rel = os.path.relpath(os.path.join(d, n), box + '/box')
                if not os.path.lexists(os.path.join(here, 'box', rel)):
                    files[rel] = content(os.path.join(d, n), stamped)
        for d, _, names in os.walk(here + '/box'):
            for n in names:
                rel = os.path.relpath(os.path.join(d, n), here + '/box')
                if not os.path.lexists(os.path.join(box, 'box', rel)):
                    files[rel] = 'gone'
        clean = lambda s: s.replace(box, '{BOX}')
        return {'rc': p.returncode, 'out': clean(p.stdout.decode('utf-8', 'replace')), 'err': clean('\n'.join(err)), 'files': {k: [clean(x) for x in v] if isinstance(v, list) else clean(v) for k, v in sorted(files.items())}}
    finally:
        shutil.rmtree(box, ignore_errors=True)


lines = [l.strip() for l in open(here + '/cases.txt') if l.strip() and not l.startswith('#')]
if record:
    json.dump({l: run(l) for l in lines}, open(here + '/expected.json', 'w'), indent=1, sort_keys=True, ensure_ascii=False)
    open(here + '/expected.json', 'a').write('\n')
    sys.exit(0)
want = json.load(open(here + '/expected.json'))
passed = failed = 0


def children(path):
    """The commands below one."""
    p = subprocess.run([binary, '__complete', *path, ''], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={'PATH': '/usr/bin:/bin', 'HOME': '/nonexistent'})
    words = [l.split('\t')[0] for l in p.stdout.decode().split('\n') if '\t' in l]
    helps = lambda w: subprocess.run([binary, *path, w, '--help'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={'PATH': '/usr/bin:/bin', 'HOME': '/nonexistent'})
    return [w for w in words if b'\n  bulkhead %s' % ' '.join([*path, w]).encode() in helps(w).stdout or helps(w).returncode < 0]


def walk(path):
    """Every command has help, and an answer to more words than it takes."""
    for words in ([*path, '--help'], [*path, *'abcdefgh']) if path else ():
        p = subprocess.run([binary, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env={'PATH': '/usr/bin:/bin', 'HOME': '/nonexistent'}, timeout=120)
        if p.returncode not in (0, 1) or not p.stdout + p.stderr:
            yield '%s: exit code %d' % (' '.join(words), p.returncode)
    for word in children(path) if len(path) < 2 else ():
        yield from walk([*path, word])


for why in walk([]) if binary.endswith('bulkhead') else ():
    failed += 1
    print('FAIL ' + why)
for l in lines:
    got = run(l)
    if got == want.get(l):
        passed += 1
        continue
    failed += 1
    print('FAIL ' + l)
    for k in got:
        if got[k] != want.get(l, {}).get(k):
            print('  %s: got  %s\n  %s  want %s' % (k, json.dumps(got[k])[:600], ' ' * len(k), json.dumps(want.get(l, {}).get(k))[:600]))
print('cli: %d passed, %d failed' % (passed, failed))
sys.exit(1 if failed else 0)
