"""every.py all|some EXPRESSION FILE: the expression is true of all lines of JSON in the file, or of some."""

import json
import sys


def heard(evidence):
    """The transports over which net's servers answered well."""
    return {x["transport"] for x in evidence["exchanges"] if x["zone"] == "net" and x["failure"] is None}


results = [json.loads(line) for line in open(sys.argv[3])]
wrong = []
for r in results:
    levels = {level["name"]: level for level in r["levels"]}
    e = [level["evidence"] for level in r["levels"] if level.get("evidence")]
    scope = {"r": r, "e": e, "level": levels.get, "heard": heard}
    if not eval(sys.argv[2], scope):
        wrong.append(r["name"])
most = len(results) - 1 if sys.argv[1] == "some" else 0
if len(wrong) > most or not results:
    print(f"{len(results)} results; not so: {' '.join(wrong)}")
    sys.exit(1)
