"""Inputs for the comparison: every module makes requests of some ops, `make` picks one.

A request is a pure function of (seed, number): the generator is fresh for each, so any of them can be made again alone."""
import random

from . import charts, data, funcs, mutate, schemas, templates, text
from .base import G

# (weight, maker): where differences have turned up, weights went up.
MAKERS = [
    (26, funcs.request),
    (16, templates.request),
    (13, data.request),
    (11, charts.request),
    (5, schemas.request),
    (13, text.request),
]
HARVEST_WEIGHT = 24


def make(seed, number, harvest=None, only=None):
    g = G(random.Random('%s:%s' % (seed, number)))
    if only:
        return only_maker(only)(g)
    makers = MAKERS + ([(HARVEST_WEIGHT, lambda g: mutate.request(g, harvest))] if harvest else [])
    return g.weighted(makers)(g)


def only_maker(name):
    module, _, maker = name.partition('.')
    return getattr({'charts': charts, 'data': data, 'funcs': funcs, 'schemas': schemas, 'templates': templates, 'text': text}[module], maker or 'request')
