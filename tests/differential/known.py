"""Differences that are meant: a rule each, as narrow as it can be, with its reason. docs/differences.md tells them to users.

A rule is (name, reason, test); the test gets the request and both answers, and is asked only about answers that differ."""
import base64
import json
import re

RULES = []


def rule(name, reason):
    def add(test):
        RULES.append((name, reason, test))
        return test
    return add


def known(r, theirs, ours):
    theirs, ours = (json.loads(json.dumps(x, sort_keys=True)) for x in (theirs, ours))  # texts of them have their keys in one order
    for name, _, test in RULES:
        if test(r, theirs, ours):
            return name
    return None


def error(a):
    return a.get('error') or ''


@rule('oracle-gave-up', 'the oracle ran out of memory or time, or its process ended: there is nothing to compare with')
def _(r, theirs, ours):
    return error(theirs) == '(no answer)'


def masked(a, bare=False):
    a = json.loads(re.sub(r'\b[0-9]{11,15}\b', '#', json.dumps(a))) if bare == 'decimal' else a
    a = json.loads(re.sub(r'\b[0-9a-f]{10,12}\b', '#', json.dumps(a))) if bare == 'hex' else a
    a = json.loads(re.sub(r'\b[01]{38,48}\b', '#', json.dumps(a))) if bare == 'binary' else a
    a = json.loads(re.sub(r'\b[0-7]{14,16}\b', '#', json.dumps(a))) if bare == 'octal' else a
    return re.sub(r'[ +0-9a-fA-FxX]+' if bare is True else r'0x[0-9a-f]{6,12}', '0xADDRESS', json.dumps(a, sort_keys=True))


@rule('oracle-refused', 'the oracle cannot make such a folder')
def _(r, theirs, ours):
    return error(theirs).startswith('oracle: bad file name')


@rule('addresses', 'what Go prints of an address is another one in every run')
def _(r, theirs, ours):
    p = re.search('%[^a-zA-Z%]*p', r.get('format', '') if r['op'] == 'printf' else json.dumps(r)) is not None
    if '824633720832' in str(ours):  # our only address, as a decimal number
        p = 'decimal'
    elif not p and re.search(r'\bc000000000\b', str(ours)):  # and by %x
        p = 'hex'
    elif not p and bin(0xc000000000)[2:] in str(ours):
        p = 'binary'
    elif not p and oct(0xc000000000)[2:] in str(ours):
        p = 'octal'
    return masked(theirs, p) == masked(ours, p)


@rule('addresses-disguised', 'addresses within base64, and with digits that a date layout took for its own')
def _(r, theirs, ours):
    text = json.dumps(r)
    if re.search(r'\b[dD]ate|\bhtmlDate', text):
        a, b = (re.sub(r'0x[0-9a-f]{6,24}', '0xADDRESS', json.dumps(x)) for x in (theirs, ours))
        return a == b
    try:
        a, b = (masked(base64.b64decode(x['out'], validate=True).decode()) for x in (theirs, ours))
        return 'b64enc' in text and a == b
    except (KeyError, TypeError, ValueError):
        return False


@rule('slice-capacity', 'slice reaches beyond the end of a list there, into what Go had set aside for it to grow')
def _(r, theirs, ours):
    return 'slice' in json.dumps(r) and 'slice index out of bounds' in error(ours) and 'error' not in theirs


@rule('native-keys', 'the native server has no keys, ciphers and network; the compartment has')
def _(r, theirs, ours):
    return 'the vector server has no effect' in error(ours) and 'schema-ref' not in error(ours)


@rule('subchart-order', 'of several bad sub-charts Go takes any first')
def _(r, theirs, ours):
    return all(re.match('error unpacking subchart', m) for m in (error(theirs), error(ours))) or (r['op'] == 'lint' and 'error unpacking subchart' in str(theirs) and 'error unpacking subchart' in str(ours))


@rule('map-pick', 'one of the keys or values of a Go map')
def _(r, theirs, ours):
    return re.search(r'deepEqual.*[^.\w](keys|values)\b', json.dumps(r)) is not None or re.search(r'[^.\w](keys|values)\b.*\b(mustFirst|first|mustLast|last|initial|mustInitial|rest|mustRest|slice|mustSlice|chunk|trunc|abbrev|substr|index|sha1sum|sha256sum|adler32sum|b64enc|b32enc|regex\w*|mustRegex\w*|trim\w*|wrap|wrapWith|initials|sha512sum)\b', json.dumps(r)) is not None or (
        re.search(r'\b(mustFirst|first|mustLast|last|initial|mustInitial|rest|mustRest|slice|mustSlice|chunk|index)\b.*[^.\w](keys|values)\b', json.dumps(r)) is not None)


@rule('clock', 'a value that is no time is taken for the time of now')
def _(r, theirs, ours):
    moments = re.search(r'\b(eq|ne|deepEqual)\b', json.dumps(r)) is not None and {str(theirs.get('out')), str(ours.get('out'))} == {'true', 'false'}
    a, b = (re.sub('0x[0-9a-f]{6,12}|[.,]?[0-9]+', '', str(x)) for x in (theirs, ours))  # and addresses beside it; fractions may be nothing
    return re.search('(?i)date|ago|now', str(r)) is not None and (moments or a == b)


@rule('pretty-helmversion', 'toYamlPretty of all of . shows the fields of HelmVersion by their names in JSON here')
def _(r, theirs, ours):
    return 'Pretty' in str(r) and 'goversion' in str(theirs) and 'go_version' in str(ours)


@rule('time-local', 'on a machine in UTC Go still tells time.Local from time.UTC in %#v')
def _(r, theirs, ours):
    return re.search(r'%[^a-zA-Z%]*#[^a-zA-Z%]*v', str(r)) is not None and str(theirs).replace('time.Local', 'time.UTC') == str(ours)


@rule('map-order', 'keys and values come in the order of a Go map, and in byte order here')
def _(r, theirs, ours):
    text = json.dumps(r).replace('\\n', ' ')  # which would join a word
    return re.search(r'\b(keys|values)\b', text) is not None and sorted(masked(theirs)) == sorted(masked(ours))


@rule('complex', 'complex constants (1i) are an error here: no chart has one')
def _(r, theirs, ours):
    said = error(ours) or str(r['op'] == 'lint' and ours.get('out'))
    return 'complex numbers are not supported' in said and re.search(r'[0-9.]i\b', str(r)) is not None


@rule('yaml-mark', 'a byte-order mark among the last characters of a text: the scanner looks for it at the beginning of its buffer, and takes another character for it')
def _(r, theirs, ours):
    a, b = (re.sub('line [0-9]+', 'line', error(x)) for x in (theirs, ours))
    return a != '' and a == b and any('\ufeff' in str(v)[-6:] for v in r.values())


@rule('toml-commas', 'a struct with a field that is not exported has its commas at wrong places in an inline table')
def _(r, theirs, ours):
    return 'oml' in str(r) and 'Minor = ' in str(theirs) and re.sub('[, ]', '', str(theirs)) == re.sub('[, ]', '', str(ours))


@rule('cycle-type', 'of which type the map is called through which a cycle was found')
def _(r, theirs, ours):
    a, b = (re.sub('encountered a cycle via .*', 'cycle', error(x)) for x in (theirs, ours))
    return a == b and a.endswith('cycle')


@rule('key-order', 'which of several keys that JSON does not have is complained about')
def _(r, theirs, ours):
    return all(re.search('unsupported map key of type', error(x)) for x in (theirs, ours)) and str(r).count(':') > 2


@rule('schema-network', 'a reference to another document is denied here and tried by the oracle')
def _(r, theirs, ours):
    a, b = (re.search(r'failing loading "([^"]*)": (?:[^:]*: )*?(HTTP request failed|open |the vector server has no network|the vector server has no effect schema-ref|references to other documents)', error(x)) for x in (theirs, ours))
    return a is not None and b is not None and a.group(1) == b.group(1)


def bag(answer):
    """The characters of an answer in any order; the place of a bad property name is whatever memory held."""
    text = re.sub(r"at '[^']*': invalid propertyName", 'invalid propertyName', json.dumps(answer, sort_keys=True))
    return sorted(text)


@rule('schema-order', 'a schema is walked in the order of a Go map: findings come in any order')
def _(r, theirs, ours):
    return re.search('jsonschema validation failed|the specifications of the schema|additional properties', str(theirs)) is not None and bag(theirs) == bag(ours)


@rule('lint-schema-network', 'a denied reference ends the run here, and is a finding there')
def _(r, theirs, ours):
    m = re.match(r'failing loading "([^"]*)"', error(ours))
    return m is not None and r['op'] == 'lint' and 'failing loading \\"%s' % m.group(1) in json.dumps(theirs)


@rule('glob-beyond-ascii', 'the library of .Files.Glob counts bytes where it means characters when a pattern has ? or [ and a name is not ASCII')
def _(r, theirs, ours):
    return '.Glob' in str(r) and any(not n.isascii() for n in r.get('files') or {}) and re.search(r'[?\[]', r.get('template', '')) is not None


@rule('glob-panic', 'the library of .Files.Glob panics on this pattern; here it matches nothing')
def _(r, theirs, ours):
    return 'error calling Glob: runtime error' in error(theirs)


@rule('json2yaml-no-json', 'JSON alone is ever made YAML; of other texts the oracle keeps numbers as keys')
def _(r, theirs, ours):
    if r['op'] != 'json2yaml':
        return False
    try:
        json.loads(r.get('text', ''))
        return False
    except ValueError:
        return True


@rule('manifest-nan', 'a document whose kind, name or annotation is .NaN or .Inf: no object can have such')
def _(r, theirs, ours):
    return r['op'] in ('manifests', 'template', 'lint') and re.search(r'unsupported value: (NaN|[+-]Inf)', json.dumps(ours)) is not None and re.search(r'(?i)\.(nan|inf)', json.dumps(r)) is not None


@rule('zero-keys', 'a YAML map with the keys 0 and -0, which Go takes for one')
def _(r, theirs, ours):
    return re.search(r'(^|\s|[{,])-0(\.0*)?(e[0-9]+)?\s*:', r.get('text', '') + str(r.get('args', '')) + r.get('values', '')) is not None


@rule('schema-first', 'of several mistakes in a schema Go takes any first')
def _(r, theirs, ours):
    mistake = r'invalid regex|anchor in|json-pointer in|failing loading|invalid anchor|duplicate|is not valid against metaschema|invalid json-pointer|is not a valid|unsupported'
    return 'schema' in str(r).lower() and all(re.search(mistake, json.dumps(x)) is not None for x in (theirs, ours)) and r['op'] in ('schema', 'coalesce', 'template', 'lint', 'renderall')


@rule('semver-best-equal', 'versions that differ in their build alone are equal, and Go sorts them in any order')
def _(r, theirs, ours):
    return r['op'] == 'semver.best' and str(theirs.get('out')).split('+')[0].lstrip('v') == str(ours.get('out')).split('+')[0].lstrip('v')


@rule('location', '.Location of a time is its name here, a pointer to a struct there')
def _(r, theirs, ours):
    return '.Location' in json.dumps(r)


@rule('struct-verbs', 'printf of a time.Time with a verb that suits none of its fields, one of which is an address')
def _(r, theirs, ours):
    return re.search(r'(\{|%7B)time\.Time(\}|%7D)', json.dumps(ours)) is not None and 'time.Time}' not in json.dumps(theirs)


@rule('binary-in-error', 'the value in the error about a key that is no key: bytes of !!binary that are no UTF-8 are shown as such there')
def _(r, theirs, ours):
    return 'unsupported map key' in error(theirs) and 'unsupported map key' in error(ours) and '!!binary' in json.dumps(r)


@rule('random', 'what is random: only its length is compared')
def _(r, theirs, ours):
    return re.search(r'\b(rand\w+|uuidv4|shuffle|gen[A-Z]\w+|htpasswd|bcrypt|encryptAES)\b', json.dumps(r)) is not None and abs(len(str(theirs)) - len(str(ours))) < 4 and 'error' not in theirs and 'error' not in ours


@rule('deepcopy-version', 'a deep copy of a version is 0.0.0 there, and .Capabilities loses one, since the fields are not exported')
def _(r, theirs, ours):
    if 'eepCopy' in json.dumps(r) and '{v1.37.0  1 37}' in json.dumps(theirs):
        return True
    if 'eepCopy' not in json.dumps(r) or 'semver' not in json.dumps(r):
        return False
    return re.search(r'0\.0\.0|\b(0|48)\b|major:0x0', str(theirs)) is not None or (re.search(r'\blen\b', json.dumps(r)) is not None and theirs == {'out': '5'})


@rule('limits', 'a size that no machine has: an error of the limits here, a panic there')
def _(r, theirs, ours):
    return re.search('more than the limit of|memory limit of|longer than the limit', error(ours)) is not None and re.search('makeslice|out of memory|output length overflow|no answer', error(theirs)) is not None


@rule('address-length', 'the length of a text with an address in it')
def _(r, theirs, ours):
    a, b = (re.findall('[0-9]+', str(x.get('out'))) for x in (theirs, ours))
    return re.search(r'\blen\b', json.dumps(r)) is not None and re.sub('[0-9]+', '#', str(theirs)) == re.sub('[0-9]+', '#', str(ours)) and all(x == y or (int(x) > 300 and abs(int(x) - int(y)) < 12) for x, y in zip(a, b))


@rule('glob-empty-braces', 'of a pattern whose braces hold nothing the library of .Files.Glob makes one that matches nothing')
def _(r, theirs, ours):
    return '.Glob' in json.dumps(r) and re.search(r'Glob.*\{[{,\\]*(\}|`|\\")', json.dumps(r)) is not None


@rule('glob-stars', 'of three stars in a row, with brackets behind them, the library of .Files.Glob makes a pattern that matches nothing')
def _(r, theirs, ours):
    return re.search(r'Glob.*\*\*\*+\[', json.dumps(r)) is not None


@rule('now-printed', 'the time of now as it is printed there tells how long the process has run')
def _(r, theirs, ours):
    return re.search(r'\bnow\b', json.dumps(r)) is not None and ' m=' in str(theirs) and ' m=' not in str(ours)


@rule('regex-repeats', 'a repetition of a repetition, with nothing but flags between the two, where the inner one may match nothing and prefers to')
def _(r, theirs, ours):
    return 'error' not in theirs and 'error' not in ours and re.search(r'[?*+}]\?.*\)[*+?}]\??\(\?[a-zA-Z-]+\)[*+?{]', r.get('format') or r.get('template') or '') is not None


@rule('percent-in-name', 'a % in the name of a chart or a template is a verb for what words the errors of templates there')
def _(r, theirs, ours):
    return '%!' in error(theirs) and '%!' not in error(ours) and (any('%' in f for f in r.get('files') or {}) or re.search(r'name: *[^\n]*%', json.dumps(r)) is not None)


def without_nulls(a):
    if isinstance(a, dict):
        return {k: without_nulls(v) for k, v in a.items() if v is not None}
    return [without_nulls(v) for v in a] if isinstance(a, list) else a


@rule('imported-twice', 'a table that import-values brings to two places is one table there, so what deletes a key of the one marks it in the other; the marks go before templates see them')
def _(r, theirs, ours):
    return r['op'] == 'coalesce' and json.dumps(r).count('import-values') > 0 and without_nulls(theirs) == without_nulls(ours)
