"""every.py EXPRESSION FILE: the expression is true of every line of JSON in the file."""

import json
import sys

results = [json.loads(line) for line in open(sys.argv[2])]
wrong = []
for r in results:
    levels = {level["name"]: level for level in r["levels"]}
    e = [level["evidence"] for level in r["levels"] if level.get("evidence")]
    scope = {"r": r, "e": e, "level": levels.get}
    if not eval(sys.argv[1], scope):
        wrong.append(r["name"])
if wrong or not results:
    print(f"{len(results)} results; not so: {' '.join(wrong)}")
    sys.exit(1)
