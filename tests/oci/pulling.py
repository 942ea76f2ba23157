"""`pull` and the commands that take a chart, from a registry: what a kill, a full disk, and two at once leave behind."""
import glob, hashlib, json, os, shutil, signal, subprocess

from registry import Registry, digest, reply


def run(case, g):
    box, program, execute, equal, start, chart, slow, ENV = (g[k] for k in 'box program execute equal start chart slow ENV'.split())
    path = chart(name='pulled', version='1.0.0', size=300000)
    archive = open(path, 'rb').read()
    web = Registry()
    s = start(web)
    web.put('c/pulled', '1.0.0', archive, prov=b'signed, or so it says')
    ref = 'oci://%s/c/pulled' % s.name

    def places(name):
        folder = os.path.join(box, name)
        os.makedirs(folder + '/out', exist_ok=True)
        return folder, {'HELM_CACHE_HOME': folder + '/cache', 'HELM_CONFIG_HOME': folder + '/config', 'HELM_DATA_HOME': folder + '/data'}

    def pull(folder, *more):
        return [program, 'pull', ref, '--version', '1.0.0', '--plain-http', '-d', folder + '/out', *more]

    def check(folder):
        """Whatever has the name of something whole is whole."""
        for f in glob.glob(folder + '/cache/content/*/*.chart'):
            equal(hashlib.sha256(open(f, 'rb').read()).hexdigest(), os.path.basename(f)[:64])
        for f in glob.glob(folder + '/out/*.tgz'):
            assert open(f, 'rb').read() == archive, 'half a chart'

    @case
    def pull_writes_what_was_pushed():
        folder, env = places('plain')
        code, out, err = execute(pull(folder), env)
        equal((code, out), (0, 'Pulled: %s/c/pulled:1.0.0\nDigest: %s\n' % (s.name, digest(web.manifests['c/pulled', '1.0.0'][1]))))
        equal(os.listdir(folder + '/out'), ['pulled-1.0.0.tgz'])
        check(folder)
        n = len([r for r in web.log if '/blobs/' + digest(archive) in r.target])
        equal(execute(pull(folder), env)[0], 0)  # the archive is in the cache now
        equal(len([r for r in web.log if '/blobs/' + digest(archive) in r.target]), n)

    @case
    def template_and_show_take_it():
        folder, env = places('render')
        code, out, err = execute([program, 'template', 'x', ref, '--plain-http'], env)
        assert code == 0 and 'kind: ConfigMap' in out and 'Pulled' not in out, (out, err)
        code, out, err = execute([program, 'show', 'chart', ref + '@' + digest(web.manifests['c/pulled', '1.0.0'][1]), '--plain-http'], env)
        assert code == 0 and 'name: pulled' in out, err

    @case
    def an_archive_of_another_chart_is_refused():
        other = chart(name='other', version='6.6.6')
        web.put('evil/pulled', '1.0.0', open(other, 'rb').read())
        folder, env = places('evil')
        code, out, err = execute([program, 'pull', 'oci://%s/evil/pulled' % s.name, '--version', '1.0.0', '--plain-http', '-d', folder + '/out'], env)
        assert code == 1 and err.count('\n') == 1, err
        equal(os.listdir(folder + '/out'), [])

    @case
    def a_wrong_blob_leaves_nothing():
        web.put('wrong/pulled', '1.0.0', archive)
        web.fault['wrong/pulled'] = lambda w, c, r: (reply(c, '200 OK', b'x' * len(archive)), True)[1] if digest(archive) in r.target else None
        folder, env = places('wrong')
        code, out, err = execute([program, 'pull', 'oci://%s/wrong/pulled' % s.name, '--version', '1.0.0', '--plain-http', '-d', folder + '/out'], env)
        assert code == 1 and 'digest mismatch' in err and err.count('\n') == 1, err
        equal(os.listdir(folder + '/out'), [])
        equal(glob.glob(folder + '/cache/content/*/*'), [])

    @case
    def a_killed_pull_leaves_no_half():
        for point in range(10):
            folder, env = places('killed-%d' % point)
            state = {'n': 0}
            child = subprocess.Popen(pull(folder), env={**ENV, **env}, cwd=box, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

            def kill(w, c, r):
                state['n'] += 1
                if state['n'] == point + 1:
                    if digest(archive) in r.target:
                        c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % len(archive) + archive[:100000])
                    child.kill()
                    return False
            web.fault['c/pulled'] = kill
            child.wait(60 * slow)
            web.fault.pop('c/pulled')
            check(folder)
            equal(execute(pull(folder), env)[0], 0)
            check(folder)
            if state['n'] <= point:
                return
        assert False, 'a pull that has no end'

    @case
    def a_full_disk_leaves_no_half():
        folder, env = places('full')

        def little():
            import resource
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))
        code, out, err = execute(pull(folder), env, preexec_fn=little)
        assert code == 1 and 'file too large' in err.lower() and err.count('\n') == 1, err
        check(folder)
        equal(os.listdir(folder + '/out'), [])
        equal(execute(pull(folder), env)[0], 0)
        check(folder)

    @case
    def two_at_once_in_one_cache():
        folder, env = places('two')
        children = [subprocess.Popen(pull(folder), env={**ENV, **env}, cwd=box, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(4)]
        for c in children:
            said = c.communicate(timeout=120 * slow)[1]
            equal((c.returncode, said), (0, b''))
        check(folder)
        equal(os.listdir(folder + '/out'), ['pulled-1.0.0.tgz'])

    @case
    def dependencies_from_a_registry():
        folder, env = places('umbrella')
        with open(folder + '/Chart.yaml', 'w') as f:
            json.dump({'apiVersion': 'v2', 'name': 'umbrella', 'version': '1.0.0', 'dependencies': [{'name': 'pulled', 'version': '^1.0.0', 'repository': 'oci://%s/c' % s.name, 'alias': 'again'}]}, f)
        code, out, err = execute([program, 'dependency', 'update', folder, '--plain-http'], env)
        assert code == 0, err
        equal(open(folder + '/charts/pulled-1.0.0.tgz', 'rb').read(), archive)
        shutil.rmtree(folder + '/charts')
        code, out, err = execute([program, 'dependency', 'build', folder, '--plain-http'], env)
        assert code == 0, err
        equal(open(folder + '/charts/pulled-1.0.0.tgz', 'rb').read(), archive)
