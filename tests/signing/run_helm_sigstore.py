#!/usr/bin/env python3
"""helm-sigstore as a plugin: run_helm_sigstore.py BINARY [--helm HELM] [--plugin FOLDER]

A plugin of its shape (a legacy plugin.yaml, a hook that puts a program into bin/, a word with flags of its own) with a stand-in for the program. With --plugin, a
folder with helm-sigstore itself and its program built, that one as well. Ends with 'helm-sigstore: N passed, N failed, N skipped'."""
import argparse, os, shutil, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from box import Suite, chart, write

ap = argparse.ArgumentParser()
ap.add_argument('binary')
ap.add_argument('--helm')
ap.add_argument('--plugin')
a = ap.parse_args()
s = Suite('helm-sigstore', a.binary, a.helm)
check, run = s.check, s.run
plugin = s.folder() + '/stand-in'
write(plugin + '/plugin.yaml', 'name: "sigstore"\nversion: "0.2.0"\nusage: "stands in for the real one"\ndescription: |-\n  Says what it was given.\n'
      'command: "$HELM_PLUGIN_DIR/bin/helm-sigstore"\nhooks:\n  install: "$HELM_PLUGIN_DIR/scripts/put.sh"\n  update: "$HELM_PLUGIN_DIR/scripts/put.sh"\n')
write(plugin + '/scripts/put.sh', '#!/bin/sh\nmkdir -p "$HELM_PLUGIN_DIR/bin" && cp "$HELM_PLUGIN_DIR/program" "$HELM_PLUGIN_DIR/bin/helm-sigstore" && chmod +x "$HELM_PLUGIN_DIR/bin/helm-sigstore" && echo placed\n')
write(plugin + '/program', '#!/bin/sh\necho "$HELM_PLUGIN_NAME: $*"\ncat "$2" | wc -c\n[ "$1" = upload ] || exit 3\n')
os.chmod(plugin + '/scripts/put.sh', 0o755)
archive = chart(s.box + '/web')
run('package', archive, '-d', s.box)
archive = s.box + '/web-1.0.0.tgz'
answers = []
for program in [s.binary] + ([s.helm] if s.helm else []):
    home, folder = s.folder(), s.folder() + '/helm-sigstore'
    shutil.copytree(plugin, folder)
    agree = ['--grant-requested'] if program == s.binary else []
    installed = run('plugin', 'install', folder, *agree, program=program, HOME=home)
    check('installs', installed[0] == 0 and 'placed\n' in installed[1] and 'Installed plugin: sigstore' in installed[1], *installed)
    answers.append([run('sigstore', 'upload', archive, '--rekor-server=https://a.example', program=program, HOME=home), run('sigstore', 'verify', archive, program=program, HOME=home)])
check('runs with its flags', answers[0][0][0] == 0 and answers[0][0][1].startswith('sigstore: upload %s --rekor-server=https://a.example\n' % archive), answers[0][0])
check('its exit code', answers[0][1][0] == 3, answers[0][1])
if s.helm:
    check('as helm', answers[0] == answers[1], answers[1], answers[0])
if a.plugin:
    # Its hook would download the program; with SKIP_BIN_INSTALL it leaves the one that is there.
    said = []
    for program in [s.binary] + ([s.helm] if s.helm else []):
        home, folder = s.folder(), s.folder() + '/helm-sigstore'
        shutil.copytree(a.plugin, folder)
        agree = ['--grant-requested'] if program == s.binary else []
        rc, out, err = run('plugin', 'install', folder, *agree, program=program, HOME=home, SKIP_BIN_INSTALL='1')
        check('the real one/installs', rc == 0 and 'Skipping binary install' in out, out, err)
        said.append([run('sigstore', *args, program=program, HOME=home) for args in (['--help'], ['upload', archive, '--rekor-server=http://127.0.0.1:1'], ['verify', archive], ['nothing'])])
    check('the real one/runs', said[0][0][0] == 0 and 'upload' in said[0][0][1], said[0][0])
    check('the real one/wants provenance', said[0][1][0] == 1 and 'could not load provenance file' in ''.join(map(str, said[0][1])), said[0][1])
    if s.helm:
        check('the real one/as helm', said[0] == said[1], said[1], said[0])
else:
    s.skip('the real one', 'name its folder with --plugin')
sys.exit(s.end())
