"""Charts that try to read by `lookup` what is not theirs, by making it look as if it were."""
import json
from cases_lookup import chart, fixed
from cases_records import release, text
import base64

WANT = '{{ if .Release.IsUpgrade }}{{ (lookup "v1" "Secret" "%s" "victim").data | toJson | quote }}{{ else }}""{{ end }}'
LOOT = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: loot}\ndata: {x: %s }\n'
HOOK = 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: victim\n  namespace: %s\n  annotations: {helm.sh/hook: %s%s}\n'


def victim(w, space=None):
    space = space or w.namespace
    w.api('POST', '/api/v1/namespaces/%s/secrets' % space, {'metadata': {'name': 'victim'}, 'data': {'pw': base64.b64encode(b'hunter2').decode()}})


def denied(w, folder, *flags, space=None):
    w.run('upgrade', 'web', folder, *flags).fails('the guard denies lookup of v1/Secret/%s/victim' % (space or w.namespace))
    assert 'aHVudGVyMg' not in json.dumps(w.get('configmaps', 'loot')['data'])


def case_hooks_that_never_ran(w):
    """Rendering a hook with somebody's name is no proof: in the own namespace, in another one, before a deletion that never came."""
    victim(w)
    for i, (space, event) in enumerate(((w.namespace, 'post-rollback'), ('default', 'test'), (w.namespace, 'pre-delete'))):
        if space != w.namespace:
            w.api('DELETE', '/api/v1/namespaces/%s/secrets/victim' % space, missing=True)
            victim(w, space)
        folder = chart(w, 'c%d' % i, templates__h_yaml=HOOK % (space, event, ''), templates__a_yaml=LOOT % (WANT % space))
        w.run('install', 'web', folder).ok()
        denied(w, folder, space=space)
        w.run('uninstall', 'web', '--no-hooks').ok()


def case_hooks_that_are_gone(w):
    """The hook made a Secret of that name and took it away; then somebody else made one."""
    folder = chart(w, templates__h_yaml=HOOK % (w.namespace, 'pre-install', ', helm.sh/hook-delete-policy: hook-succeeded'), templates__a_yaml=LOOT % (WANT % w.namespace))
    w.run('install', 'web', folder).ok()
    victim(w)
    denied(w, folder)


def case_passwords_of_hooks_are_kept(w):
    """A Secret that a pre-install hook made stays readable, revision after revision."""
    own = '{{ $old := lookup "v1" "Secret" .Release.Namespace "pw" }}\napiVersion: v1\nkind: Secret\nmetadata: {name: pw, annotations: {helm.sh/hook: pre-install}}\n' \
          'data: {p: {{ if $old }}{{ $old.data.p }}{{ else }}{{ randAlphaNum 9 | b64enc }}{{ end }} }\n---\n' \
          'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: seen}\ndata: {p: {{ if $old }}{{ $old.data.p }}{{ else }}none{{ end }} }\n'
    folder = chart(w, templates__s_yaml=own)
    w.run('install', 'web', folder).ok()
    first = w.get('secrets', 'pw')['data']['p']
    for _ in range(3):
        w.run('upgrade', 'web', folder).ok()
        assert w.get('configmaps', 'seen')['data']['p'] == first


def forged(w, version):
    value = release('web', version, namespace=w.namespace, manifest='---\n# Source: app/templates/a.yaml\napiVersion: v1\nkind: Secret\nmetadata: {name: victim, namespace: %s}\n' % w.namespace)
    return 'apiVersion: v1\nkind: Secret\ntype: helm.sh/release.v1\nmetadata:\n  name: sh.helm.release.v1.web.v%d\n  labels: {name: web, owner: helm, status: deployed, version: "%d"}\n%%s' \
           'stringData: {release: %s}\n' % (version, version, text(value))


def case_forged_records(w):
    """A record that a chart brings along is none."""
    victim(w)
    folder = chart(w, templates__r_yaml=forged(w, 7) % '', templates__a_yaml=LOOT % (WANT % w.namespace))
    w.run('install', 'web', folder).ok()
    assert '"revision":"1"' in w.run('list', '-o', 'json').ok().out
    assert len(json.loads(w.run('history', 'web', '-o', 'json').ok().out)) == 1
    denied(w, folder)
    w.run('uninstall', 'web').ok()
    hook = chart(w, 'hook', templates__r_yaml=forged(w, 9) % '  annotations: {helm.sh/hook: pre-install}\n', templates__a_yaml=LOOT % '""')
    w.run('install', 'web', hook).fails('Secret "sh.helm.release.v1.web.v9" would be a record of a release, which charts do not make')
    assert w.get('secrets', 'sh.helm.release.v1.web.v9') is None


def case_tokens(w):
    """Tokens of service accounts, by name and by lists."""
    w.api('POST', '/api/v1/namespaces/%s/secrets' % w.namespace, {'metadata': {'name': 'token', 'annotations': {'kubernetes.io/service-account.name': 'default'}}, 'type': 'kubernetes.io/service-account-token'})
    folder = chart(w, templates__a_yaml=fixed('v1', 'Secret', '.Release.Namespace', 'token'), values_yaml='name: token\n')
    w.run('install', 'web', folder).fails('the guard denies lookup of v1/Secret/%s/token' % w.namespace)
    for space in ('.Release.Namespace', '""', '"kube-system"'):
        folder = chart(w, 'l' + str(len(space)), templates__a_yaml='{{ range (lookup "v1" "Secret" %s "").items }}\n# {{ .data }}\n{{ end }}' % space)
        w.run('install', 'web', folder).fails('the guard denies lookup-list of v1/Secret/')
