#!/usr/bin/env python3
"""record.py ORACLE COUNT [SEED]: asks the oracle (go build ./verdicts in tests/differential/oracle) about generated objects, and writes questions and answers to standard output:
answers.jsonl is 800 of them. Questions that the libraries cannot be asked (objects their decoder refuses, kinds that need a server) are left out."""
import json, os, subprocess, sys

here = os.path.dirname(os.path.abspath(__file__))
questions = subprocess.run([sys.executable, here + '/generate.py', *sys.argv[2:]], stdout=subprocess.PIPE, check=True).stdout
answers = subprocess.run([sys.argv[1]], input=questions, stdout=subprocess.PIPE, check=True).stdout
for q, a in zip(questions.splitlines(), answers.splitlines()):
    a = json.loads(a)
    if a.get('error', '').startswith('panic') or (a.get('error') and 'state' not in a and 'ready' not in a):
        continue
    print(json.dumps({'question': json.loads(q), 'answer': a}, separators=(',', ':')))
