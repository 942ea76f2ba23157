"""Requests about texts with a grammar of their own."""
from . import manifests, patterns


def request(g):
    return g.weighted([(30, patterns.regex_request), (22, patterns.semver_request), (20, patterns.date_request), (8, patterns.ignore_request), (7, patterns.glob_request), (13, manifests.request)])(g)
