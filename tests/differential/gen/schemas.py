"""JSON Schemas of every draft, with instances that come close to them."""
import json

from . import base, data, patterns

DRAFTS = ['http://json-schema.org/draft-04/schema#', 'http://json-schema.org/draft-06/schema#', 'http://json-schema.org/draft-07/schema#', 'http://json-schema.org/draft-07/schema', 'https://json-schema.org/draft/2019-09/schema', 'https://json-schema.org/draft/2020-12/schema', 'http://json-schema.org/schema#']
TYPES = ['string', 'integer', 'number', 'boolean', 'object', 'array', 'null']
FORMATS = ['date-time', 'date', 'time', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uri-reference', 'uuid', 'regex', 'json-pointer', 'duration', 'iri', 'nope', 'relative-json-pointer', 'uri-template', 'period', 'semver', 'idn-email']
PROPS = ['a', 'b', 'c', 'k', 'name', 'x1', 'é', 'a/b', 'a~b', 'a%b', '']
REFS = ['#', '#/definitions/d', '#/$defs/d', '#/definitions/missing', '#d', '#/properties/a', 'other.json', 'http://json-schema.org/draft-07/schema#', '#/$defs/a~1b', '#/%24defs/d', 'file:///x.json', 'https://json-schema.org/draft/2020-12/schema', '#/definitions/e', 'x#/y', '#/properties', '#/allOf/0', '', '#dyn']


def number(g):
    return g.pick([0, 1, 2, 3, 5, 10, -1, 1.5, 0.1, 0.01, 100, 1e20])


def size(g):
    return g.pick([0, 1, 2, 3, 5, 10] if g.chance(0.96) else [-1, 1.5, '1', 1.0, 1e20])


def keyword(g, depth):
    sub = lambda: schema(g, depth - 1)
    subs = lambda: g.some(1, 3, sub)
    k = g.weighted([(10, 'type'), (4, 'enum'), (3, 'const'), (3, 'minimum'), (3, 'maximum'), (2, 'exclusiveMinimum'), (2, 'exclusiveMaximum'), (2, 'multipleOf'), (3, 'minLength'), (3, 'maxLength'), (4, 'pattern'), (3, 'format'), (4, 'items'), (2, 'prefixItems'), (2, 'additionalItems'), (2, 'minItems'), (2, 'maxItems'), (3, 'uniqueItems'),
                    (2, 'contains'), (1, 'minContains'), (1, 'maxContains'), (8, 'properties'), (3, 'patternProperties'), (5, 'additionalProperties'), (4, 'required'), (2, 'propertyNames'), (2, 'minProperties'), (2, 'maxProperties'), (2, 'dependencies'), (2, 'dependentRequired'), (2, 'dependentSchemas'), (3, 'allOf'), (3, 'anyOf'), (3, 'oneOf'),
                    (2, 'not'), (2, 'if'), (2, 'then'), (2, 'else'), (4, '$ref'), (3, 'definitions'), (3, '$defs'), (1, '$id'), (1, '$anchor'), (1, 'unevaluatedProperties'), (1, 'unevaluatedItems'), (2, 'title'), (2, 'description'), (2, 'default'), (1, 'examples'), (1, '$comment'), (1, 'contentEncoding'), (1, 'contentMediaType'), (1, 'nope'), (1, 'deprecated'), (1, '$dynamicRef'), (1, '$dynamicAnchor'), (1, '$recursiveRef'), (1, '$recursiveAnchor'), (1, 'id')])
    if k == 'type':
        v = g.pick(TYPES) if g.chance(0.75) else g.some(0, 3, lambda: g.pick(TYPES))
        return k, v if g.chance(0.98) else g.pick(['any', 1, None, ['string', 'string']])
    if k in ('enum', 'examples'):
        return k, g.some(0 if g.chance(0.05) else 1, 3, lambda: plain(g, 1))
    if k in ('const', 'default'):
        return k, plain(g, 1)
    if k in ('minimum', 'maximum', 'multipleOf'):
        return k, number(g) if g.chance(0.97) else 'x'
    if k.startswith('exclusive'):
        return k, number(g) if g.chance(0.8) else g.chance(0.5)
    if k.startswith(('min', 'max')):
        return k, size(g)
    if k == 'pattern':
        return k, g.pick(['^a', 'a+$', '^[a-z]+$', '', '(', '^\\d{3}$', '\\p{L}', '^(a|b)$', '(?=a)', '[', 'é', '\\w+']) if g.chance(0.8) else patterns.regex(g)
    if k == 'format':
        return k, g.pick(FORMATS)
    if k == 'items':
        return k, sub() if g.chance(0.75) else g.some(0, 2, sub)
    if k in ('prefixItems', 'allOf', 'anyOf', 'oneOf'):
        return k, subs() if g.chance(0.98) else []
    if k == 'uniqueItems':
        return k, g.chance(0.8)
    if k in ('properties', 'patternProperties', 'dependentSchemas', 'definitions', '$defs'):
        names = PROPS if k in ('properties', 'dependentSchemas') else ['^a', '.*', 'b$', '^x\\d', '[', ''] if k == 'patternProperties' else ['d', 'e', 'a/b', 'x y']
        return k, {g.pick(names): sub() for _ in range(g.between(1, 3))}
    if k in ('additionalProperties', 'additionalItems', 'unevaluatedProperties', 'unevaluatedItems'):
        return k, False if g.chance(0.55) else sub()
    if k == 'required':
        return k, g.some(0, 3, lambda: g.pick(PROPS)) if g.chance(0.97) else True
    if k == 'dependencies':
        return k, {g.pick(PROPS): g.pick([['a'], ['b', 'c'], [], sub()]) for _ in range(g.between(1, 2))}
    if k == 'dependentRequired':
        return k, {g.pick(PROPS): g.some(0, 2, lambda: g.pick(PROPS))}
    if k in ('$ref', '$dynamicRef', '$recursiveRef'):
        return k, g.pick(REFS)
    if k in ('$id', 'id'):
        return k, g.pick(['http://x.io/s.json', 's.json', '#d', 'urn:x:y', '', 'http://x.io/a b', '/abs', 'http://json-schema.org/draft-07/schema'])
    if k in ('$anchor', '$dynamicAnchor'):
        return k, g.pick(['d', 'dyn', '1bad', ''])
    if k == '$recursiveAnchor':
        return k, g.chance(0.5)
    if k in ('not', 'if', 'then', 'else', 'contains', 'propertyNames'):
        return k, sub()
    return k, g.pick(['text', 'base64', 'application/json', '', 1])


def plain(g, depth):
    from .funcs import plain as p
    return p(g, depth)


def schema(g, depth):
    r = g.random()
    if r < 0.06:
        return g.chance(0.6)
    if r < 0.08:
        return g.pick([{}, {}, None, 'x', 1, []])
    if depth <= 0:
        return dict([g.pick([('type', g.pick(TYPES)), ('minimum', number(g)), ('enum', [1, 'a']), ('minLength', 2), ('pattern', '^a'), ('const', g.pick([1, 'a', None, 1.0])), ('maxLength', 1), ('multipleOf', 2), ('format', g.pick(FORMATS))])])
    return dict(keyword(g, depth) for _ in range(g.pick([1, 1, 2, 2, 3, 4])))


def schema_text(g):
    s = schema(g, 3)
    if isinstance(s, dict):
        r = g.random()
        if r < 0.55:
            s = dict([('$schema', g.pick(DRAFTS) if g.chance(0.96) else g.pick(['http://x/y', '', 'draft-07', 1, 'https://json-schema.org/draft/2020-12/schema#']))] + list(s.items()))
        if g.chance(0.5):
            s.setdefault('properties', {g.pick(PROPS): schema(g, 2) for _ in range(g.between(1, 3))})
        if '$ref' in json.dumps(s) and g.chance(0.7):
            s.setdefault(g.pick(['definitions', '$defs']), {'d': schema(g, 1), 'e': schema(g, 1), 'a/b': True})
    text = json.dumps(s, ensure_ascii=g.chance(0.5))
    return data.broken(g, text, data.JSON_TOKENS) if g.chance(0.03) else text


def instance(g, depth=2):
    m = {}
    for _ in range(g.upto(4)):
        m[g.pick(PROPS)] = g.pick([base.Raw(str(number(g))), base.Raw('1.0'), base.Raw('2'), 'a', 'abc', '', True, None, [], {}, [base.Raw('1'), base.Raw('1.0')], ['a', 'b'], '2024-01-02', '1.2.3.4', 'a@b.c', '12:00:00Z', 'http://x.y/z', g.string(), ['a', 'a'], {'a': base.Raw('1')}, instance(g, depth - 1) if depth > 0 else 'x', base.Raw('12345678901234567890'), '::1', '2024-01-02T03:04:05Z', 'P1D', '550e8400-e29b-41d4-a716-446655440000', base.Raw('1e2'), g.pick(data.PLAIN)])
    return m


def request(g):
    return {'op': 'schema', 'schema': schema_text(g), 'values': base.to_json(instance(g)) if g.chance(0.93) else data.yaml_text(g)}
