"""Makes a differing request smaller while it differs in the same way."""
import copy

from gen.mutate import tokens_of


def places(r):
    """Every text of a request: (container, key)."""
    found = []

    def walk(container, key):
        v = container[key]
        if isinstance(v, str):
            found.append((container, key))
        elif isinstance(v, dict):
            for k in list(v):
                walk(v, k)
        elif isinstance(v, list):
            for i in range(len(v)):
                walk(v, i)
    for k in list(r):
        if k not in ('op', 'mode', 'order'):
            walk(r, k)
    return found


def smaller(r):
    """Requests with a whole field, file or list item less."""
    for k in list(r):
        if k == 'op':
            continue
        s = copy.deepcopy(r)
        del s[k]
        yield s
        if isinstance(r[k], dict):
            for name in list(r[k]):
                s = copy.deepcopy(r)
                del s[k][name]
                yield s
        if isinstance(r[k], list):
            for i in range(len(r[k])):
                s = copy.deepcopy(r)
                del s[k][i]
                yield s


class Minimiser:
    def __init__(self, pair, same, budget=3000):
        self.pair, self.same, self.budget = pair, same, budget
        self.deaths = pair.oracle.deaths

    def still(self, requests):
        """The first of the candidates that still differs."""
        requests = requests[:self.budget]
        if self.pair.oracle.deaths > self.deaths + 2:
            return None  # this way lies an input that the oracle cannot answer
        self.budget -= len(requests)
        if not requests:
            return None
        for r, a, b in self.pair.ask(requests):
            if self.same(r, a, b):
                return r, a, b
        return None

    def texts(self, r):
        """One round over every text; the request that came out, or None."""
        changed = None
        for index in range(len(places(r))):
            n = 0
            while True:
                spots = places(r)
                if index >= len(spots):
                    break
                container, key = spots[index]
                t = tokens_of(container[key])
                n = n or max(1, len(t) // 2)
                tries = []
                for at in range(0, len(t), n):
                    s = copy.deepcopy(r)
                    c, k = places(s)[index]
                    c[k] = ''.join(t[:at] + t[at + n:])
                    tries.append(s)
                got = self.still(tries) if t else None
                if got:
                    changed = got
                    r = got[0]
                elif n == 1 or self.budget <= 0 or not t:
                    break
                else:
                    n = max(1, n // 2)
        return changed

    def run(self, r, a, b):
        best = (r, a, b)
        while self.budget > 0:
            got = self.still(list(smaller(best[0])))
            if got is None:
                got = self.texts(best[0])
            if got is None:
                break
            best = got
        return best
