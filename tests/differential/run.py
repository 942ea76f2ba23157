#!/usr/bin/env python3
"""Generated inputs, answered by Helm's own libraries and by the engine: what differs is told, smallest form first.

run.py --oracle PROGRAM --engine COMMAND [--count N] [--seed S] [--jobs N] [--harvest FILE-OR-FOLDER]… [--out FILE]
    makes N requests from the seed and compares. Differences are grouped by kind, made small and printed; --out gets them as JSON lines.
run.py --oracle … --engine … --again FILE
    asks the requests of a file of JSON lines.
Ends with 'differential: N inputs, D differences …'; the exit code is 1 if there was a difference that known.py does not list."""
import argparse
import collections
import json
import multiprocessing
import os
import re
import shlex
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gen
from gen import mutate
from known import known
from minimise import Minimiser
from servers import Pair

CHUNK = 400
RETRIES = 12


def shape(a):
    """What kind of answer it is: its error without names, numbers and quoted texts, or the type of what came out."""
    if 'error' in a:
        e = re.sub(r'"[^"]*"|\'[^\']*\'|`[^`]*`|<[^<>]*>', 'Q', a['error'])
        return 'error ' + ' '.join(re.sub(r'[0-9]+', 'N', e).split())[-90:]
    if a.get('skip'):
        return 'skip'
    return 'out ' + type(a.get('out')).__name__ + (' log' if a.get('log') else '')


def kind(r, a, b):
    return '%s: %s / %s' % (r['op'], shape(a), shape(b))


def chance(pair, r, b):
    """Whether the oracle itself answers now so, now so, and once as we did."""
    for _ in range(RETRIES):
        if not pair.ask([r]):
            return True
    return False


class Worker:
    def __init__(self, options, pool):
        self.o, self.pool = options, pool
        self.pair = Pair(options.oracle, shlex.split(options.engine))
        self.listed = collections.Counter()
        self.kinds = collections.Counter()
        self.found = []

    def compare(self, requests):
        for r, a, b in self.pair.ask(requests):
            name = known(r, a, b)
            if name is None and chance(self.pair, r, b):
                name = 'chance'
            if name:
                self.listed[name] += 1
                continue
            k = kind(r, a, b)
            self.kinds[k] += 1
            if self.kinds[k] <= self.o.each:
                self.found.append((k,) + self.small(r, a, b))

    def small(self, r, a, b):
        if self.o.raw:
            return r, a, b
        sort = (shape(a)[:5], shape(b)[:5])
        return Minimiser(self.pair, lambda r, a, b: (shape(a)[:5], shape(b)[:5]) == sort and known(r, a, b) is None, self.o.effort).run(r, a, b)


def work(options, first, numbers, queue):
    """One process: every jobs-th chunk."""
    pool = mutate.harvest(options.harvest)
    worker = Worker(options, pool)
    try:
        for start in numbers:
            end = min(start + CHUNK, options.count)
            worker.compare([gen.make(options.seed, n, pool, options.only) for n in range(start, end)])
            queue.put(('done', end - start, worker.found))
            worker.found = []
    finally:
        worker.pair.stop()
        queue.put(('end', worker.listed, worker.kinds, worker.found))


def again(options):
    requests = mutate.harvest([options.again])
    worker = Worker(options, [])
    worker.compare(requests)
    worker.pair.stop()
    return len(requests), worker.listed, worker.kinds, worker.found


def generate(options):
    queue = multiprocessing.Queue()
    starts = range(0, options.count, CHUNK)
    jobs = [multiprocessing.Process(target=work, args=(options, j, starts[j::options.jobs], queue)) for j in range(options.jobs)]
    for j in jobs:
        j.start()
    done, listed, kinds, found, began, told = 0, collections.Counter(), collections.Counter(), [], time.monotonic(), time.monotonic()
    out = open(options.out, 'w') if options.out else None
    left = len(jobs)
    while left:
        m = queue.get()
        if m[0] == 'done':
            done += m[1]
            found += m[2]
            for k, r, a, b in m[2]:
                if out:
                    out.write(json.dumps({'in': r, 'want': a, 'got': b}, ensure_ascii=False) + '\n')
                    out.flush()
            if time.monotonic() - told > 20:
                told = time.monotonic()
                print('[differential] %d of %d inputs, %d a second' % (done, options.count, done / (told - began)), file=sys.stderr, flush=True)
        else:
            left -= 1
            listed += m[1]
            kinds += m[2]
            found += m[3]
    for j in jobs:
        j.join()
    if done < options.count:
        kinds['a worker ended early: %d inputs were not compared' % (options.count - done)] += 1
    return done, listed, kinds, found


def report(options, done, listed, kinds, found, seconds):
    seen = collections.Counter()
    for k, r, a, b in sorted(found, key=lambda x: (-kinds[x[0]], x[0], len(json.dumps(x[1])))):
        seen[k] += 1
        if seen[k] > options.each:
            continue
        print('\n%d x %s' % (kinds[k], k))
        for name, v in (('in  ', r), ('want', a), ('got ', b)):
            print('  %s %s' % (name, json.dumps(v, ensure_ascii=False)[:options.width]))
    for k in sorted(set(kinds) - set(seen)):
        print('\n%d x %s' % (kinds[k], k))
    for name, n in sorted(listed.items()):
        print('listed: %s %d' % (name, n))
    print('differential: %d inputs, %d differences, %d listed, seed %s, %d s' % (done, sum(kinds.values()), sum(listed.values()), options.seed, seconds))
    return 1 if kinds else 0


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--oracle', required=True)
    p.add_argument('--engine', required=True)
    p.add_argument('--count', type=int, default=20000)
    p.add_argument('--seed', default='1')
    p.add_argument('--jobs', type=int, default=2)
    p.add_argument('--harvest', action='append', default=[])
    p.add_argument('--only', help='one generator, say data.yaml_request')
    p.add_argument('--again')
    p.add_argument('--out')
    p.add_argument('--each', type=int, default=2, help='examples of each kind')
    p.add_argument('--effort', type=int, default=3000, help='requests to make an example small')
    p.add_argument('--raw', action='store_true', help='examples as they came')
    p.add_argument('--width', type=int, default=600)
    options = p.parse_args()
    began = time.monotonic()
    result = again(options) if options.again else generate(options)
    sys.exit(report(options, *result, time.monotonic() - began))


if __name__ == '__main__':
    main()
