#!/usr/bin/env python3
"""requests.py DIR: the requests of the vectors in DIR, one JSON object a line."""
import gzip, json, sys

for line in gzip.open(sys.argv[1] + '/dev.jsonl.gz', 'rt'):
    print(json.dumps(json.loads(line)['in']))
