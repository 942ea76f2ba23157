"""`audit --rbac`: whoever has those roles and no others can install, upgrade and uninstall the chart; and nothing of them can be taken away."""
import copy, glob, os
from run import Skip

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLE = os.path.join(os.path.dirname(os.path.dirname(HERE)), 'examples', 'web')
RBAC = '/apis/rbac.authorization.k8s.io/v1'
# A lease is renewed when a command takes longer than ten seconds.
SELDOM = {('secrets', 'patch')}


def where(role):
    return RBAC + ('/namespaces/%s/roles' % role['metadata']['namespace'] if role['kind'] == 'Role' else '/clusterroles')


def user(w):
    return 'system:serviceaccount:%s:installer' % w.namespace


def roles_of(w, folder, *flags):
    """The roles as objects of the server, and bound to the installer."""
    out = w.run('audit', folder, '--rbac', '--release', 'web', '-n', w.namespace, *flags).ok().out
    roles = []
    for text in out.split('---\n')[1:]:
        kind = 'roles' if '\nkind: Role\n' in text else 'clusterroles'
        space = text.split('namespace: "')[1].split('"')[0] if kind == 'roles' else ''
        path = RBAC + ('/namespaces/%s' % space if space else '')
        w.api('DELETE', path + '/%s/web-installer' % kind, missing=True)
        roles.append(w.api('POST', path + '/' + kind, text, type_='application/yaml'))
        role, binding = roles[-1], kind[:-1] + 'bindings'
        w.api('DELETE', path + '/%s/web-installer' % binding, missing=True)
        w.api('POST', path + '/' + binding, {'metadata': {'name': 'web-installer'}, 'roleRef': {'apiGroup': 'rbac.authorization.k8s.io', 'kind': 'Role' if space else 'ClusterRole', 'name': 'web-installer'},
                                             'subjects': [{'kind': 'ServiceAccount', 'name': 'installer', 'namespace': w.namespace}]})
    return roles


def life(w, folder, *flags):
    """What fails first, or None."""
    for words in (['install', 'web', folder, *flags], ['upgrade', 'web', folder, '--description', 'again', *flags], ['rollback', 'web', '1'], ['uninstall', 'web']):
        d = w.run(*words, '--timeout', '20s', env={'HELM_KUBEASUSER': user(w)})
        if d.code:
            return words[0] + ': ' + d.err
        if 'level=' in d.err and 'forbidden' in d.err:
            return words[0] + ': ' + d.err
    return None


def sweep(w, folder):
    """Back to nothing, as somebody who may."""
    w.run('uninstall', 'web', '--no-hooks', '--ignore-not-found')
    for s in w.get('secrets')['items']:
        w.api('DELETE', '/api/v1/namespaces/%s/secrets/%s' % (w.namespace, s['metadata']['name']))


def least(w, folder, *flags):
    roles = roles_of(w, folder)
    failure = life(w, folder, *flags)
    assert failure is None, failure
    needless = []
    for role in roles:
        for i, rule in enumerate(role['rules']):
            for verb in rule['verbs']:
                if (rule['resources'][0], verb) in SELDOM or rule not in role['rules']:
                    continue
                less = copy.deepcopy(role)
                less['metadata'].pop('resourceVersion')
                less['rules'][i]['verbs'].remove(verb)
                if not less['rules'][i]['verbs']:
                    del less['rules'][i]
                w.api('PUT', where(role) + '/web-installer', less)
                if life(w, folder, *flags) is None:
                    needless.append((rule['resources'], verb))
                sweep(w, folder)
        whole = copy.deepcopy(role)
        whole['metadata'].pop('resourceVersion')
        w.api('PUT', where(role) + '/web-installer', whole)
    assert not needless, needless


def case_least_for_the_example(w):
    least(w, EXAMPLE)


def case_least_with_definitions_and_hooks(w):
    group = w.namespace + '.example.com'
    w.file('c/Chart.yaml', 'apiVersion: v2\nname: c\nversion: 0.1.0\n')
    w.file('c/crds/w.yaml', 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.%s}\nspec:\n  group: %s\n  scope: Namespaced\n  names: {kind: Widget, plural: widgets}\n'
           '  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]\n' % (group, group))
    w.file('c/templates/w.yaml', 'apiVersion: %s/v1\nkind: Widget\nmetadata: {name: w}\n' % group)
    w.file('c/templates/hook.yaml', 'apiVersion: batch/v1\nkind: Job\nmetadata: {name: h, annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: "before-hook-creation,hook-succeeded"}}\n'
           'spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}\n')
    w.file('c/templates/role.yaml', 'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]\n---\n'
           'apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: r}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}\nsubjects: []\n---\n'
           'apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: v}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects: []\n')
    folder = os.path.join(w.box, 'files', w.namespace, 'c')
    roles_of(w, folder)
    failure = life(w, folder)
    assert failure is None, failure


def case_sufficient_for_public_charts(w):
    if not w.corpus:
        raise Skip('no corpus')
    done, wrong = 0, []
    for path in sorted(glob.glob(os.path.join(w.corpus, 'charts', '*.tgz')))[::4]:
        if w.run('template', 'web', path).code or 'notRendered' in w.run('audit', path, '-o', 'json').out:
            continue
        if w.run('install', 'web', path, '--no-hooks').code:  # not on this server, whoever asks
            sweep(w, path)
            continue
        sweep(w, path)
        roles_of(w, path)
        d = w.run('install', 'web', path, '--no-hooks', env={'HELM_KUBEASUSER': user(w)})
        done += 1
        if d.code == 0:
            d = w.run('uninstall', 'web', '--no-hooks', env={'HELM_KUBEASUSER': user(w)})
        if 'forbidden' in d.err:  # other troubles are the server's own, say roles that its controllers make anew
            wrong.append((os.path.basename(path), d.err[-400:]))
        sweep(w, path)
        if done == 20:
            break
    assert done >= 10 and not wrong, (done, wrong)
