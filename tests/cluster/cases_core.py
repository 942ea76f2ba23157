"""What a change is checked with: a part of each of the longer suites, in about three minutes (`run.py --core`, which adds the cases that it names)."""
import os

import cases_storm
from cases_kill import Kill

EXAMPLE = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), 'examples', 'web')
STRIDE = 4  # of the requests at which a command is killed, or a fault made, every fourth


def live(world, driver, kind):
    """The life of the example with a driver."""
    env = {'HELM_DRIVER': driver}
    run = lambda *words: world.run(*words, env=env)
    run('install', 'web', EXAMPLE, '--wait', '--timeout', '120s', '--labels', 'team=x').ok()
    assert 'STATUS: deployed' in run('status', 'web').ok().out
    run('upgrade', 'web', EXAMPLE, '--set', 'replicas=2', '--description', 'more of it').ok()
    assert 'more of it' in run('history', 'web').ok().out
    run('rollback', 'web', '1', '--wait', '--timeout', '120s').ok()
    assert run('list', '-q').ok().out == 'web\n' and 'REVISION: 3' in run('get', 'all', 'web').ok().out
    records = [o for o in world.get(kind)['items'] if o['metadata'].get('labels', {}).get('owner') == 'helm']
    assert [r['metadata']['labels']['status'] for r in records] == ['superseded', 'superseded', 'deployed'], records
    run('uninstall', 'web', '--wait', '--timeout', '120s').ok()
    assert not [o for o in world.get(kind)['items'] if o['metadata'].get('labels', {}).get('owner') == 'helm']
    assert not world.get('deployments', group='apps/v1')['items'] and not world.get('services')['items']


def case_life_with_secrets(world):
    live(world, 'secret', 'secrets')


def case_life_with_config_maps(world):
    live(world, 'configmap', 'configmaps')


def case_kill(world):
    """kill -9 at some of the requests of each command; the leases of all run out together."""
    k = Kill(world)
    k.run([p for i, what in enumerate(('install', 'upgrade', 'rollback')) for p in k.points(what)[i::STRIDE]])


def case_faults(world):
    cases_storm.storm(world, ('500', 'lost', 'half'), 1.0, STRIDE)
