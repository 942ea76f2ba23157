"""The dice, and the atoms that everything is made of."""
import json


class G:
    """A generator: a random source and the common choices."""

    def __init__(self, rng):
        self.rng = rng
        self.random = rng.random
        self.depth = 0

    def chance(self, p):
        return self.random() < p

    def pick(self, seq):
        return seq[int(self.random() * len(seq))]

    def upto(self, n):
        """0 … n"""
        return int(self.random() * (n + 1))

    def between(self, a, b):
        return a + int(self.random() * (b - a + 1))

    def weighted(self, pairs):
        at = self.random() * sum(w for w, _ in pairs)
        for w, x in pairs:
            at -= w
            if at < 0:
                return x
        return pairs[-1][1]

    def some(self, lo, hi, make):
        return [make() for _ in range(self.between(lo, hi))]

    # ---- atoms ----

    def word(self):
        return self.pick(WORDS)

    def string(self):
        r = self.random()
        if r < 0.55:
            return self.pick(STRINGS)
        if r < 0.7:
            return self.word()
        if r < 0.85:
            return self.pick(SEPARATORS).join(self.some(1, 5, lambda: self.pick(STRINGS)))
        if r < 0.95:
            return ''.join(self.some(0, 12, lambda: self.pick(CHARS)))
        return self.pick(STRINGS) * self.between(2, 30)

    def int(self):
        return self.pick(INTS) if self.chance(0.8) else self.between(-1000, 1000)

    def small(self):
        return self.pick(SMALL)

    def float(self):
        return self.pick(FLOATS) if self.chance(0.7) else '%.*g' % (self.between(1, 17), self.rng.uniform(-1, 1) * 10 ** self.between(-12, 25))

    def key(self):
        return self.pick(KEYS)

    # ---- values, as Python has them (Raw: a number as it is written) ----

    def scalar(self):
        r = self.random()
        if r < 0.45:
            return self.string()
        if r < 0.62:
            return Raw(str(self.int()))
        if r < 0.75:
            return Raw(self.float())
        if r < 0.88:
            return self.chance(0.5)
        return None

    def value(self, depth=3):
        r = self.random()
        if depth <= 0 or r < 0.5:
            return self.scalar()
        if r < 0.75:
            return {self.key(): self.value(depth - 1) for _ in range(self.upto(4))}
        return self.some(0, 4, lambda: self.value(depth - 1))

    def map(self, depth=3):
        return {self.key(): self.value(depth - 1) for _ in range(self.between(0, 5))}


class Raw(str):
    """A number, written just so."""


def to_json(v):
    """JSON that keeps Raw numbers."""
    if isinstance(v, Raw):
        return str(v)
    if isinstance(v, dict):
        return '{' + ', '.join(json.dumps(k, ensure_ascii=False) + ': ' + to_json(x) for k, x in v.items()) + '}'
    if isinstance(v, list):
        return '[' + ', '.join(map(to_json, v)) + ']'
    return json.dumps(v, ensure_ascii=False)


WORDS = ['a', 'b', 'foo', 'bar', 'baz', 'hello', 'web', 'app', 'name', 'x-y', 'fooBar', 'FooBar', 'foo_bar', 'foo-bar', 'HTTPServer', 'aB1c', 'x86', 'kind', 'v1', 'nginx']

STRINGS = ['', ' ', '  ', '\t', '\n', '\n\n', '\r\n', '\r', 'a', 'A', 'ab', 'abc', 'hello world', 'Hello World', ' lead', 'trail ', ' both ', 'a\nb', 'a\nb\n', '\na', 'a\n\nb', 'a\tb', 'a\r\nb',
           'true', 'false', 'True', 'TRUE', 'null', 'Null', '~', 'yes', 'no', 'on', 'off', 'y', 'n', 'Y', 'N', 'nil', '<nil>', '<no value>',
           '0', '1', '-1', '+1', '-0', '007', '08', '0o17', '017', '0x1F', '0X1f', '0b11', '1e3', '1E3', '1e+3', '1.5', '.5', '-.5', '5.', '1_000', '1__0', '_1', '1_', '.inf', '-.inf', '.Inf', '.nan', '.NaN', 'NaN', 'Inf', '+Inf',
           '9223372036854775807', '9223372036854775808', '-9223372036854775808', '18446744073709551615', '18446744073709551616', '1e400', '1e-400', '0x1p4', '12345678901234567890123', '0.1', '1:30', '12:30:45', '190:20:30.15', '1,000',
           '2024-01-02', '2024-02-30', '2024-01-02T03:04:05Z', '2024-01-02 03:04:05', '2024-01-02T03:04:05.678+02:00', '2001-12-14t21:59:43.10-05:00', '03:04:05',
           'a: b', 'a:b', 'a:', ': a', '- a', '-', '--- a', '---', '...', '#c', 'a #c', 'a#c', '? a', '"q"', "'s'", '"', "'", "it's", '{a: b}', '[a, b]', '{', '}', '[', ']', ',', 'a, b', '%', '%d', '%%', '@', '`', '&a', '*a', '!t', '!!str', '|', '>', '|-', '>+', '<<', '=',
           'a,b,c', 'a.b.c', 'a..b', '.a', 'a.', 'foo-bar_baz', 'fooBar', 'FOO BAR', 'foo  bar', 'foo bar baz', 'HELLO_WORLD', 'XMLHttpRequest', 'a1B2', '_a', 'a_', '-a-', 'a--b',
           '\u2028', '\u2029', '\u00a0', '\ufeff', '\x00', '\x01', '\x1b', '\x7f', '\u0085', '\ufffd', '\ufffe', 'é', 'héllo wörld', 'ß', 'İ', 'ı', 'ſ', 'ǅ', 'ΑΣ', 'ς', 'ﬁ', '日本語', '日本 語', '🎉', '👩‍👩‍👧', 'e\u0301', '\U0001d400', 'K', '٣', 'ⅷ', '\u200b', '\u3000', 'Ünïcödé',
           'x' * 79, 'x' * 81, 'word ' * 20, 'word ' * 40, ('y' * 30 + ' ') * 5, 'a ' * 60 + '\n' + 'b ' * 50,
           '/a/b/../c.txt', '../x', './a', '/', '//', 'a/', '/a/b/', 'a/b.tar.gz', '.hidden', 'a.', 'http://u:p@h:80/p/q?q=1&r=2#f', 'https://example.com', 'mailto:x@y', '//h/p', 'http://[::1]:80/', 'http://h/%zz', 'http://a b/', '%41', 'a+b', 'a=b', 'a=b&c', '?x',
           '1.2.3', 'v1.2', '^1.2', '>=1.0.0', '1.2.3-rc.1+b', '<a href="x">&amp;</a>', '<script>', "O'Neil", 'a\\b', '\\', '\\n', '\\u0041', '$1', '${a}', '$', '^', '.*', '(a)', '[a-z]+', '(?i)A',
           'aGVsbG8=', 'aGVsbG8', 'YQ==', '/+8=', 'NBSWY3DP', '!!!!', '1h30m', '-1.5h', '1d', '10ms', '1us', '1µs', '3', '2006-01-02', '15:04', 'Mon, 02 Jan 2006', 'UTC', 'Europe/Berlin', 'Local',
           '{"a": 1}', '[1, 2]', '{"a": [1, {"b": null}]}', '"s"', '{"a":', '{}', '[]', 'k: v', 'k: [1, 2]\nm: {a: b}\n', '- 1\n- 2\n', 'a = 1', '[t]\nk = "v"', '{{ .Values.s }}', '{{ 1 }}', '{{', '}}', '{{ fail "x" }}', '{{ nope }}', '{{ include "t.x" . }}']
CHARS = list('abcXYZ019 _-.:,;#/\\"\'`{}[]()<>&*!|%@?=+~^$\n\t') + ['é', 'ß', '日', '🎉', '\u2028', '\u00a0', '\x00', '\x1f', '\x7f', 'İ', '\u0301']
SEPARATORS = ['', ' ', ',', '\n', '-', '_', '.', '/', ': ', ', ', '\n  ', '\t']
KEYS = ['a', 'b', 'c', 'k', 'key', 'name', 'x', 'foo', 'enabled', 'a b', 'a.b', 'a-b', 'A', '1', '', 'true', 'null', 'y', 'é', 'nested', 'list', 'global', 'long key with spaces', '0x1', '~', '1.5', '-', 'a: b', '#', '\n', '<<', '日', 'z' * 40]
INTS = [0, 1, -1, 2, 3, 4, 5, 7, 8, 10, 12, 42, 80, 99, 100, 127, 128, 255, 256, 1000, 1024, 65535, 65536, 999999, 1000000, 1000001, 12345678, -2, -7, -42, -100, -128, 2**31 - 1, 2**31, -2**31, -2**31 - 1, 2**32, 2**53, 2**53 + 1, -2**53 - 1, 2**62, 2**63 - 1, -2**63, 10**15, 10**16, 10**18]
SMALL = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 20, 40, 80, -1, -2, -3, -10]
FLOATS = ['0.0', '1.0', '1.5', '-0.0', '0.1', '0.5', '2.5', '-2.5', '3.14159', '1e21', '1e20', '1e6', '1e7', '100000.0', '1e-4', '1e-5', '1e-7', '123456789.0', '1234567.5', '9007199254740993.0', '1e100', '1e308', '-1e-300', '5e-324', '1e15', '1e16', '0.3', '2.675', '1.005', '99.995', '1e-9']
