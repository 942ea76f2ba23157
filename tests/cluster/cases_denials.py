"""How many public charts that look things up meet a denial under the default policy: at most one in twenty. Each is listed with its reason."""
import json, os, re, subprocess, tarfile

from run import Skip


def calls_lookup(path):
    with tarfile.open(path) as t:
        for m in t:
            if m.isfile() and '/templates/' in m.name and re.search(rb'\blookup "', t.extractfile(m).read()):
                return True
    return False


def denial(done):
    found = re.search(r'the guard denies (\S+) of (\S+), asked for by ([^:]*):', done.err)
    return '%s of %s by %s' % found.groups() if found else None


def case_charts_of_the_corpus(w):
    if not w.corpus:
        raise Skip('no corpus')
    charts = sorted(os.path.join(w.corpus, 'charts', f) for f in os.listdir(os.path.join(w.corpus, 'charts')) if f.endswith('.tgz'))
    charts = [c for c in charts if calls_lookup(c)]
    can_install = w.run('install', '--help').code == 0
    denied, upgraded = {}, 0
    for c in charts:
        name = os.path.basename(c)
        w.fresh_namespace()
        d = w.run('template', 'rel', c, '--dry-run=server', '--time-limit', '10m', seconds=900)
        reason = denial(d)
        if not reason and d.code == 0 and can_install and w.run('install', 'rel', c, '--no-hooks', seconds=900).code == 0:
            upgraded += 1
            reason = denial(w.run('upgrade', 'rel', c, '--no-hooks', seconds=900))
            w.run('uninstall', 'rel', '--no-hooks', '--wait', '--timeout', '60s', seconds=900)
        if reason:
            denied[name] = reason
    for name, reason in denied.items():
        print('  denied: %s: %s' % (name, reason))
    print('  %d charts call lookup, %d were installed and upgraded, %d met a denial (%.1f %%)' % (len(charts), upgraded, len(denied), 100 * len(denied) / max(len(charts), 1)))
    assert len(denied) * 20 <= len(charts), denied
