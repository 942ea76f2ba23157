"""Patches against Kubernetes' own library."""
import os, random, shutil, subprocess

from run import Skip


def case_library(w):
    """Some thousand made-up changes of built-in kinds: every patch equals the library's."""
    if not shutil.which('go'):
        raise Skip('Go is not installed')
    program = os.path.join(w.box, 'mergeoracle')
    p = subprocess.run(['go', 'build', '-o', program, './cmd/mergeoracle'], cwd=w.fixture, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode:
        raise Skip('the library is not here: ' + p.stdout.decode()[-200:])
    seed = str(random.randrange(1 << 30))
    with open(os.path.join(w.box, 'merge.jsonl'), 'w') as f:
        subprocess.run([program, '5000', seed], stdout=f, check=True)
    p = subprocess.run([os.path.join(os.path.dirname(w.probe), 'cluster-merge'), f.name], stdout=subprocess.PIPE)
    assert p.returncode == 0, 'seed %s: %s' % (seed, p.stdout.decode()[-3000:])
