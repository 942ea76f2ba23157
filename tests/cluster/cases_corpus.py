"""Public charts against a real API server: installed with --dry-run=server, under the default policy."""
import json
import os

from run import Skip

LEAST = 60        # charts that have to install
DENIED = 0.05     # of those that look up, at most these may meet a denial: lists of the whole cluster, a schema from the network
LIBRARY = 'library'


def charts(corpus):
    d = json.load(open(corpus + '/corpus.json'))
    d = d.get('charts', d) if isinstance(d, dict) else d
    return [c for c in (d if isinstance(d, list) else d.values()) if c['type'] != LIBRARY]


def last(text):
    lines = [l for l in text.strip().splitlines() if l]
    return lines[-1][:300] if lines else ''


def case_public_charts_install(world):
    if not world.corpus:
        raise Skip('needs --corpus')
    good, looking, denied, worse = 0, 0, [], []
    for c in charts(world.corpus):
        args = ['install', 'rel', os.path.join(world.corpus, 'charts', c['tgz']), '--dry-run=server']
        done = world.run(*args)
        looking += 'lookup' in c['functions']
        if 'the guard denies lookup' in done.err:
            denied.append('%s: %s' % (c['key'], last(done.err)))
        elif done.code == 0:
            good += 1
        elif world.helm and world.run_helm(*args).code == 0:
            worse.append('%s: %s' % (c['key'], last(done.err)))
    print('  %d charts install; of %d that look something up %d were denied' % (good, looking, len(denied)))
    for line in denied:
        print('  denied: ' + line)
    assert not worse, 'helm installs these: ' + '; '.join(worse)
    assert good >= LEAST, good
    assert len(denied) <= DENIED * looking, denied
