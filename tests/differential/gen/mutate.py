"""Known requests, damaged: pieces deleted, doubled, moved, put in from elsewhere."""
import copy
import gzip
import json
import os
import re

from . import data, templates

DIALECT = {'template': templates.TOKENS, 'schema': data.JSON_TOKENS}
TEXTS = ('template', 'values', 'text', 'format', 'schema', 'constraint', 'chartValues', 'rules', 'name')
LISTS = ('args', 'versions', 'paths', 'set')


def harvest(paths):
    """Requests of JSON lines files: bare ones, or under "in"."""
    found = []
    for path in paths:
        names = sorted(os.path.join(path, n) for n in os.listdir(path)) if os.path.isdir(path) else [path]
        for name in names:
            if not re.search(r'\.jsonl(\.gz)?$', name):
                continue
            with (gzip.open(name, 'rt') if name.endswith('.gz') else open(name)) as f:
                for line in f:
                    r = json.loads(line)
                    r = r.get('in', r)
                    r.pop('id', None)
                    found.append(r)
    return found


def tokens_of(s):
    return re.findall(r'\w+|\s+|.', s, re.S)


NUMBER = re.compile(r'\d{4,}')


def damage(g, s, field, other):
    tokens = DIALECT.get(field, data.YAML_TOKENS)
    for _ in range(g.pick([1, 1, 1, 2, 3])):
        t = tokens_of(s)
        at = g.upto(len(t))
        r = g.random()
        if r < 0.25:
            t[at:at] = [g.pick(tokens)]
        elif r < 0.45:
            del t[at:at + g.between(1, 3)]
        elif r < 0.6:
            n = g.between(1, 5)
            t[at:at] = t[at:at + n]
        elif r < 0.8 and other:
            o = tokens_of(other)
            b = g.upto(len(o))
            t[at:at + g.upto(2)] = o[b:b + g.between(1, 8)]
        elif r < 0.9:
            t[at:at] = [g.string()]
        elif t:
            at = min(at, len(t) - 1)
            t[at] = g.pick([str(g.small()), g.string(), 'nil', 'true', '1.5', t[g.upto(len(t) - 1)]])
        s = ''.join(t)
    # A size that was put together by accident would be the machine's problem and nobody's finding.
    return s


def request(g, pool):
    r = copy.deepcopy(g.pick(pool))
    other = g.pick(pool)
    places = [(k, None) for k in TEXTS if r.get(k)] + [(k, i) for k in LISTS if isinstance(r.get(k), list) for i in range(len(r[k]))] + [('files', n) for n in r.get('files') or {}]
    if not places:
        return r
    for _ in range(g.pick([1, 1, 2])):
        k, at = g.pick(places)
        donor = ''
        for c in (other.get(k), g.pick(pool).get(k)):
            if isinstance(c, str):
                donor = c
        if at is None:
            r[k] = damage(g, r[k], k, donor)
        else:
            r[k][at] = damage(g, r[k][at], 'template' if k == 'files' and 'templates/' in at else k, donor)
    if g.chance(0.02):
        r['strict'] = not r.get('strict', False)
    return r
