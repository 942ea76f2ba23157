"""helm and bulkhead take turns on one release; what lies on the server after each step equals what helm alone leaves there.

For each of twenty public charts the same steps are done by helm alone, then with the programs alternating, each of them beginning once. Compared are all objects of the
namespace (labels, annotations, spec, managed fields) and the records, not what the server or a controller makes up (uid, times, addresses)."""
import copy
import json
import os
import time

from cases_kill import record_of
from run import Skip

CHARTS = 20
STEPS = ("install", "upgrade", "rollback", "upgrade", "uninstall")
ORDERS = {"helm alone": "hhhhh", "bulkhead first": "bhbhb", "helm first": "hbhbh"}
DROP = ("uid", "resourceVersion", "creationTimestamp", "generation", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds")
SKIP = {"Event", "Endpoints", "EndpointSlice", "ControllerRevision", "ReplicaSet", "Pod", "Lease"}
FILL = ("clusterIP", "clusterIPs", "healthCheckNodePort", "volumeName")


def clean(o):
    o = copy.deepcopy(o)
    m = o["metadata"]
    for k in DROP:
        m.pop(k, None)
    for r in m.get("ownerReferences", []):
        r.pop("uid", None)
    m["managedFields"] = sorted(([f["manager"], f["operation"], f.get("subresource", ""), f.get("fieldsV1")] for f in m.get("managedFields", [])
                                 if f["manager"] not in ("kube-controller-manager", "fakenode")), key=json.dumps)
    m.get("annotations", {}).pop("deployment.kubernetes.io/revision", None)
    o.pop("status", None)
    spec = o.get("spec")
    if isinstance(spec, dict):
        for k in FILL:
            spec.pop(k, None)
        for p in spec.get("ports", []) if o["kind"] == "Service" else []:
            p.pop("nodePort", None)
    if o["kind"] == "Job":
        spec.pop("selector", None)
        spec.get("template", {}).get("metadata", {}).pop("labels", None)
    return o


class Interop:
    def __init__(self, world):
        self.world, self.api = world, world.api
        self.kinds = self.find_kinds()

    def find_kinds(self):
        kinds = [("api/v1", r) for r in self.api("GET", "/api/v1")["resources"]]
        for g in self.api("GET", "/apis")["groups"]:
            v = g["preferredVersion"]["groupVersion"]
            if g["name"] not in ("metrics.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "apiregistration.k8s.io"):
                kinds += [("apis/" + v, r) for r in self.api("GET", "/apis/" + v)["resources"]]
        return [(p, r) for p, r in kinds if "/" not in r["name"] and "list" in r["verbs"] and r["kind"] not in SKIP]

    def snapshot(self, namespace, release):
        found = {}
        for path, r in self.kinds:
            items = self.api("GET", "/%s/%s%s" % (path, "namespaces/%s/" % namespace if r["namespaced"] else "", r["name"]))["items"]
            for o in items:
                if o["metadata"]["name"] in ("kube-root-ca.crt", "default") and r["kind"] in ("ConfigMap", "ServiceAccount"):
                    continue
                if r["kind"] == "Secret" and o.get("type", "").startswith("helm.sh/"):
                    found["record v" + o["metadata"]["labels"]["version"]] = self.record(o)
                    continue
                if not r["namespaced"] and o["metadata"].get("annotations", {}).get("meta.helm.sh/release-name") != release:
                    continue
                o["kind"] = r["kind"]
                found["%s %s" % (r["kind"], o["metadata"]["name"])] = clean(o)
        return found

    def record(self, secret):
        """What both programs have to agree on; the order of maps and times apart."""
        r = record_of(secret)
        for k in ("first_deployed", "last_deployed", "deleted"):
            r["info"].pop(k, None)
        for h in r.get("hooks") or []:
            h["last_run"] = {"phase": h["last_run"].get("phase")}
        strip(r.get("chart"))
        labels = {k: v for k, v in secret["metadata"]["labels"].items() if k not in ("createdAt", "modifiedAt")}
        return {"labels": labels, "annotations": secret["metadata"].get("annotations"), "record": r, "type": secret["type"]}

    def run(self, who, namespace, *args):
        program = self.world.helm if who == 'h' else self.world.bulkhead
        return self.world.run(*args, '-n', namespace, '--timeout', '60s', program=program, env={'HOME': self.world.box + '/' + who, 'KUBECACHEDIR': ''})

    def life(self, chart, namespace, order):
        """Snapshots after each step; None and the reason when one of the steps fails."""
        shots = []
        self.api('POST', '/api/v1/namespaces', {'metadata': {'name': namespace}})
        for who, step in zip(order, STEPS):
            args = {'install': [chart], 'upgrade': [chart, '--set', 'podAnnotations.turn=a%d' % len(shots)], 'rollback': ['1'], 'uninstall': []}[step]
            done = self.run(who, namespace, step, 'rel', *args)
            if done.code:
                self.run('h', namespace, 'uninstall', 'rel', '--no-hooks')
                return None, '%s by %s: %s' % (step, {'h': 'helm', 'b': 'bulkhead'}[who], done.err[-1500:])
            shots.append(self.snapshot(namespace, 'rel'))
        return shots, ''

    def end(self, namespace):
        self.api('DELETE', '/api/v1/namespaces/' + namespace)
        for _ in range(600):
            if self.api('GET', '/api/v1/namespaces/' + namespace, missing=True) is None:
                return
            time.sleep(0.1)

    def turns(self, chart, namespace):
        """Differences, or None when helm alone cannot do it (a chart that needs what is not there)."""
        want, bad = None, []
        for title, order in ORDERS.items():
            shots, why = self.life(chart, namespace, order)
            self.end(namespace)
            if want is None and shots is None:
                return None
            if want is None:
                want = shots
            elif shots is None:
                bad.append('%s: %s' % (title, why))
            else:
                bad += ['%s, after %s: %s' % (title, step, d) for step, a, b in zip(STEPS, want, shots) for d in differences(a, b)]
        return bad


def strip(chart):
    """Files of a chart carry the time at which they were written."""
    if isinstance(chart, dict):
        for k in ("modtime", "schemamodtime"):
            chart.pop(k, None)
        for v in chart.values():
            strip(v)
    elif isinstance(chart, list):
        for v in chart:
            strip(v)


def differences(want, got, path=""):
    if type(want) is not type(got):
        return ["%s: %.150r / %.150r" % (path, want, got)]
    if isinstance(want, dict):
        out = []
        for k in sorted(set(want) | set(got)):
            if k not in want or k not in got:
                out.append("%s.%s: only %s" % (path, k, "helm" if k in want else "mixed"))
            else:
                out += differences(want[k], got[k], path + "." + k)
        return out
    if isinstance(want, list) and len(want) == len(got):
        return [d for i, (a, b) in enumerate(zip(want, got)) for d in differences(a, b, "%s[%d]" % (path, i))]
    return [] if want == got else ["%s: %.150r / %.150r" % (path, want, got)]


def charts_of(corpus):
    d = json.load(open(corpus + "/corpus.json"))
    d = d.get("charts", d) if isinstance(d, dict) else d
    d = d if isinstance(d, list) else list(d.values())
    return [os.path.join(corpus, "charts", c["tgz"]) for c in sorted(d, key=lambda c: c["output_bytes"])
            if c["deterministic_all_runs"] and c["helm_exit"] == 0 and c["type"] != "library" and c["output_bytes"] > 500]


def case_twenty_charts(world):
    if not world.helm or not world.corpus:
        raise Skip('needs --helm and --corpus')
    interop, done, failed = Interop(world), 0, []
    for i, chart in enumerate(charts_of(world.corpus)):
        if done == CHARTS:
            break
        bad = interop.turns(chart, '%s-%d' % (world.namespace, i))
        if bad is None:
            continue
        done += 1
        if bad:
            failed.append('%s: %s' % (os.path.basename(chart), '\n    '.join(bad[:6])))
    assert not failed, '%d of %d charts differ:\n  %s' % (len(failed), done, '\n  '.join(failed))
    assert done == CHARTS, 'only %d charts' % done
