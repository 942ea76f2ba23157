#!/usr/bin/env python3
"""What Helm says of plugin.yaml files.

yaml.py HELM     runs `helm plugin list` on every case below and writes yaml_cases.txt, which tests/unit/test_plugin_yaml.c reads

A case of yaml_cases.txt is the file's text between "@@@@ N" and "@@@@ <outcome>", where the outcome is the row of the list, or the error of the warning.
"""
import os, re, shutil, subprocess, sys, tempfile

V1 = 'apiVersion: v1\nname: a\nversion: 0.1.0\ntype: cli/v1\nruntime: subprocess\n'


def v1(**change):
    fields = {'apiVersion': 'v1', 'name': 'a', 'version': '0.1.0', 'type': 'cli/v1', 'runtime': 'subprocess'}
    fields.update(change)
    return ''.join('%s: %s\n' % (k, v) for k, v in fields.items() if v is not None)


E = v1(runtime='extism/v1')
G = v1(type='getter/v1')
cases = [
    '', '\n', '# only a comment\n', '---\n', '~\n', 'foo\n', '[a, b]\n', '{}\n', '12\n', 'a: b: c\n', 'name: a\n\tx: 1\n', '"unfinished\n', 'name: [a\n',
    'name: a\n', 'name: a\nname: b\n', 'name: a\nversion: 1.0.0\nname: b\nversion: 2.0.0\nname: c\n', 'name: a\nunknown: 1\n', 'name: ""\n', 'name: a b\n',
    'name: "a\\u00e9"\n', 'name: "a\\n"\n', 'name: 12\n', 'name: 1.50\n', 'name: true\n', 'name: null\n', 'name: [a]\n', 'name: {a: b}\n', 'name: a/b\n', 'name: "../x"\n',
    'name: a\nversion: v1.0.0\n', 'name: a\nversion: 1.0\n', 'name: a\nversion: 1\n', 'name: a\nversion: 01.0.0\n', 'name: a\nversion: 1.0.0-rc.1+x\n', 'name: a\nversion: "1.0.0 "\n',
    'name: a\nversion: ""\n', 'name: a\nversion: [1]\n', 'name: a\nusage: [1]\nversion: {x: 1}\n', 'name: a\nignoreFlags: yes\n', 'name: a\nignoreFlags: "yes"\n', 'name: a\nignoreFlags: maybe\n',
    'name: a\nignoreFlags: 1\n', 'name: a\nignoreFlags: null\n', 'name: a\nignoreFlags: [true]\n', 'name: a\nignoreFlags: averyverylongtext\n', 'name: a\nignoreFlags: 1234567890\n',
    'name: a\nignoreFlags: 12345678901\n', 'name: a\nignoreFlags: ""\n', 'name: a\ncommand: x\nplatformCommand: [{command: y}]\n', 'name: a\ncommand: x\nplatformCommand: []\n',
    'name: a\nplatformCommand: x\n', 'name: a\nplatformCommand: {a: b}\n', 'name: a\nplatformCommand: [x]\n', 'name: a\nplatformCommand: [[x]]\n', 'name: a\nplatformCommand:\n- command: x\n  args: y\n',
    'name: a\nplatformCommand:\n- command: x\n  args: [1, true, null, 2.5, [x], {y: z}]\n', 'name: a\nplatformCommand: [null, {command: x}]\n', 'name: a\nplatformCommand:\n- command: x\n  command: y\n',
    'name: a\nhooks: {install: x}\nplatformHooks: {install: [{command: y}]}\n', 'name: a\nhooks: {install: x}\nplatformHooks: {}\n', 'name: a\nhooks: [x]\n', 'name: a\nhooks: x\n',
    'name: a\nhooks: {install: [x]}\n', 'name: a\nhooks: {install: {a: b}}\n', 'name: a\nhooks: {install: 1, 2: y, null: z}\n', 'name: a\nhooks: {install: null}\n', 'name: a\nplatformHooks: {install: x}\n',
    'name: a\nplatformHooks: {install: {a: b}}\n', 'name: a\nplatformHooks: [x]\n', 'name: a\nplatformHooks: {install: [x, {command: [y]}]}\n',
    'name: a\ndownloaders: [{command: x, protocols: [y]}]\n', 'name: a\ndownloaders: [{protocols: [y]}]\n', 'name: a\ndownloaders: [{command: x}]\n', 'name: a\ndownloaders: [{command: x, protocols: [y, ""]}]\n',
    'name: a\ndownloaders: [{command: x, protocols: [y]}, {command: ""}]\n', 'name: a\ndownloaders: [{command: x, protocols: []}]\n', 'name: a\ndownloaders: x\n', 'name: a\ndownloaders: [x]\n',
    'name: a\ndownloaders: []\n', 'name: a\nuseTunnel: true\n', 'name: a\nusage: "tab\\tand\\e[31mescape"\ndescription: long\n',
    'apiVersion: v2\nname: a\n', 'apiVersion: ""\nname: a\n', 'apiVersion: null\nname: a\n', 'apiVersion: 1\nname: a\n', 'apiVersion: [v1]\nname: a\n', 'apiVersion: {}\nname: a\n', 'apiVersion: "v1\\n"\n',
    'apiVersion: v1\napiVersion: v1\n', 'apiVersion: v1\n', V1, V1 + '---\nname: b\n', V1 + '...\n', V1 + '---\n', V1 + 'extra: 1\n', V1 + 'extra: 1\nmore: 2\n', V1 + 'config: x\n', V1 + 'config: [x]\n',
    V1 + 'config: null\n', V1 + 'config: {}\n', V1 + 'runtimeConfig: x\n', V1 + 'runtimeConfig: null\n', V1 + 'name: b\n', 'foo: 1\n' + V1, V1 + '1: 2\n', V1 + '[a]: b\n', V1 + '? {a: b}\n: c\n',
    v1(name=None), v1(name='a b'), v1(name='""'), v1(version=None), v1(version='1.0'), v1(version='v1.0.0'), v1(version='[1]'), v1(type=None), v1(runtime=None), v1(type='foo/v1'), v1(type='cli/v2'),
    v1(runtime='wasm'), v1(runtime='extism'), v1(type='foo', runtime='bar'), v1(type='[x]', runtime='{y: z}'), v1(sourceURL='https://x'), v1(sourceURL='[x]'), v1(sourceURL='12'),
    V1 + 'config:\n  usage: x y\n  shortHelp: s\n  longHelp: |\n    l\n    m\n  ignoreFlags: true\n', V1 + 'config:\n  use: x\n', V1 + 'config:\n  usage: [x, y]\n  extra: 1\n',
    V1 + 'config:\n  zz: 1\n  aa: {b: [1, 2, {c: d}]}\n  longHelp: |\n    l\n    m\n  mm: "a b"\n', V1 + 'config:\n  ignoreFlags: "no"\n', V1 + 'config:\n  ignoreFlags: 3\n  usage: {a: b}\n',
    V1 + 'config:\n  usage: x\n  usage: y\n', V1 + 'config:\n  a: {b: 1, b: 2}\n', V1 + 'config:\n  1: x\n', V1 + 'config:\n  null: x\n', V1 + 'config:\n  usage: 2020-01-01\n  shortHelp: 0x10\n  longHelp: 1e3\n',
    V1 + 'config: &c\n  usage: x\n  shortHelp: *c\n', V1 + 'config: {usage: &u x, shortHelp: *u}\n', V1 + 'config:\n  <<: {usage: x, foo: y}\n  shortHelp: z\n', V1 + 'config:\n  <<: x\n',
    V1 + 'config:\n  usage: !!int foo\n', V1 + 'config:\n  usage: !!str 12\n', V1 + 'config:\n  usage: !foo 12\n', V1 + 'config:\n  ignoreFlags: !!float 1\n',
    V1 + 'runtimeConfig:\n  platformCommand: x\n', V1 + 'runtimeConfig:\n  platformCommand:\n  - command: x\n    args: y\n  platformHooks: [x]\n', V1 + 'runtimeConfig:\n  protocolCommands: {a: b}\n',
    V1 + 'runtimeConfig:\n  protocolCommands: [{protocols: x}]\n', V1 + 'runtimeConfig:\n  platformCommand:\n  - {os: linux, arch: amd64, command: x, args: [a, b]}\n  platformHooks: {install: [{command: x}]}\n',
    G, G + 'config: {protocols: []}\n', G + 'config: {protocols: [""]}\n', G + 'config: {protocols: [a, "", b]}\n', G + 'config: {protocols: a}\n', G + 'config: {protocols: [a], usage: b}\n',
    G + 'config: {protocols: [a]}\n', v1(type='postrenderer/v1'), v1(type='postrenderer/v1') + 'config: {a: b}\n', v1(type='test/v1'), v1(type='test/v1') + 'config: {a: b}\n',
    E, E + 'runtimeConfig: {memory: {maxPages: 10, maxHttpResponseBytes: 5, maxVarBytes: -1}}\n', E + 'runtimeConfig: {memory: {maxPages: -1}}\n', E + 'runtimeConfig: {memory: {maxPages: 4294967296}}\n',
    E + 'runtimeConfig: {memory: {maxPages: x}}\n', E + 'runtimeConfig: {memory: {maxPages: 1.5}}\n', E + 'runtimeConfig: {memory: {maxPages: "16"}}\n', E + 'runtimeConfig: {memory: 5}\n',
    E + 'runtimeConfig: {memory: [5]}\n', E + 'runtimeConfig: {memory: null}\n', E + 'runtimeConfig: {timeout: -1}\n', E + 'runtimeConfig: {timeout: 5s}\n', E + 'runtimeConfig: {timeout: 18446744073709551615}\n',
    E + 'runtimeConfig: {timeout: 1e3}\n', E + 'runtimeConfig: {config: {a: 1, b: true, c: x, d: 1.5, e: null}}\n', E + 'runtimeConfig: {config: {a: {b: c}}}\n', E + 'runtimeConfig: {config: [a]}\n',
    E + 'runtimeConfig: {config: {a: [1]}, allowedHosts: x, hostFunctions: {a: b}, entryFuncName: [x]}\n', E + 'runtimeConfig: {allowedHosts: [a, 1, [b]]}\n', E + 'runtimeConfig: {fileSystem: {createTempDir: maybe}}\n',
    E + 'runtimeConfig: {fileSystem: {createTempDir: "on"}}\n', E + 'runtimeConfig: {fileSystem: x}\n', E + 'runtimeConfig: {memory: {maxHttpResponseBytes: 9223372036854775808}}\n',
    E + 'runtimeConfig: {memory: {maxVarBytes: 99999999999999999999}}\n', E + 'runtimeConfig:\n  config:\n    long: |\n      a\n      b\n    z: [1]\n  timeout: x\n',
    'a: &a [x, x]\nb: &b [*a, *a]\nname: a\nusage: *b\n', 'name: a\nx: *y\n', 'name: "\\xff"\n', 'name: a\ndescription: "\x01"\n', '%YAML 1.2\n---\nname: a\n', '%YAML 3.0\n---\nname: a\n', '!!map {name: a}\n', '!foo x\n',
    'name: a\r\nversion: 1.0.0\r\n', '\ufeffname: a\n', 'name: a\n? b\n: c\n', '- name: a\n', 'name:\n  - a\n', 'name: >\n  a\n', "name: 'a'\n", 'NAME: a\n', 'name : a\n', 'name:a\n', 'name: a # c\n',
    'name: {{ a }}\n', 'name: @a\n', 'name: `a\n', 'name: a\n usage: b\n', '{name: a, usage: b\n', 'name: a\n---\nname: b\n---\n', 'name: a\n...\ngarbage: [\n', 'name: !!binary aGVsbG8=\n',
]


def main():
    helm = os.path.abspath(sys.argv[1])
    out = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'yaml_cases.txt'), 'w', newline='')
    box = tempfile.mkdtemp(prefix='bulkhead-yaml.')
    for i, text in enumerate(cases):
        d = box + '/p'
        shutil.rmtree(box, ignore_errors=True)
        os.makedirs(d + '/x')
        open(d + '/x/plugin.yaml', 'w', newline='').write(text)
        open(d + '/x/plugin.wasm', 'w').close()
        p = subprocess.run([helm, 'plugin', 'list'], env={'HOME': box, 'PATH': '/usr/bin:/bin', 'HELM_PLUGINS': d}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        warning = re.search(r' error="((?:[^"\\]|\\.)*)"', p.stderr.decode().split('\n')[0])
        if warning:
            what = 'error ' + warning[1].replace('failed to load plugin \\"%s/x\\": ' % d, '')
        else:
            what = 'row ' + ' '.join(p.stdout.decode().split('\n')[1].split('\t')).strip()
        out.write('@@@@ %d\n%s@@@@ %s\n' % (i, text, re.sub(' +', ' ', what) if what.startswith('row') else what))
    shutil.rmtree(box, ignore_errors=True)
    print('%d cases' % len(cases))


main()
