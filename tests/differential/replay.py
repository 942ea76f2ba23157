#!/usr/bin/env python3
"""Inputs that once differed (cases/*.jsonl: {"in": request, "want": the oracle's answer}), asked again of the engine alone.

replay.py --engine COMMAND            compares; ends with 'replay: N passed, N failed'
replay.py --record --oracle PROGRAM FOUND…   adds the differences of run.py's --out files to cases/found.jsonl, with fresh answers"""
import argparse
import glob
import json
import os
import shlex
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
from known import known
from servers import Server, parse


def load(paths):
    return [json.loads(l) for p in paths for l in open(p) if l.strip()]


def replay(engine):
    cases = load(sorted(glob.glob(here + '/cases/*.jsonl')))
    server = Server(shlex.split(engine), memory=0, patience=120)
    answers = server.ask([json.dumps(c['in']) for c in cases])
    server.stop()
    failed = 0
    for c, line in zip(cases, answers):
        got = parse(line)
        if got == c['want'] or known(c['in'], c['want'], got):
            continue
        failed += 1
        for name, v in (('in  ', c['in']), ('want', c['want']), ('got ', got)):
            print('%s %s' % (name, json.dumps(v, ensure_ascii=False)[:1500]))
    print('replay: %d passed, %d failed' % (len(cases) - failed, failed))
    return 1 if failed or not cases else 0


def record(oracle, found):
    path = here + '/cases/found.jsonl'
    cases = load([path]) if os.path.exists(path) else []
    seen = {json.dumps(c['in'], sort_keys=True) for c in cases}
    fresh = []
    for c in load(found):
        key = json.dumps(c['in'], sort_keys=True)
        if key not in seen:
            seen.add(key)
            fresh.append(c['in'])
    server = Server([oracle])
    for r, line in zip(fresh, server.ask([json.dumps(r) for r in fresh])):
        cases.append({'in': r, 'want': parse(line)})
    server.stop()
    os.makedirs(here + '/cases', exist_ok=True)
    with open(path, 'w') as f:
        for c in cases:
            f.write(json.dumps(c, ensure_ascii=True, sort_keys=True) + '\n')
    print('%d cases' % len(cases))
    return 0


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--engine')
    p.add_argument('--record', action='store_true')
    p.add_argument('--oracle')
    p.add_argument('found', nargs='*')
    o = p.parse_args()
    sys.exit(record(o.oracle, o.found) if o.record else replay(o.engine))


if __name__ == '__main__':
    main()
