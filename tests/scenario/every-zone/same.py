"""same.py DNS ANSWERS NAME: the JSON lines of two runs say the same of a name: verdict, rule,
where it was decided, what is needed, what was found, and the outcome of each level that counted.

Exit status 0 if it is so, else 1 with both."""

import json
import sys


def said_of(name, path):
    with open(path, encoding="utf-8") as lines:
        said = next(json.loads(line) for line in lines if json.loads(line)["name"] == name)
    return {
        **{key: said[key] for key in ("verdict", "rule", "decided_at", "cause", "needs", "retry_helps")},
        "findings": sorted((finding["code"], finding["name"]) for finding in said["findings"]),
        "levels": [outcome_of(level) for level in up_to_the_deciding(said)],
    }


def up_to_the_deciding(said):
    """What lies farther may have been cancelled or not, as it happened."""
    for level in said["levels"]:
        yield level
        if level["name"] == said["decided_at"]:
            return


def outcome_of(level):
    """Libunbound turns REFUSED into SERVFAIL, and gives no aliases with a failure."""
    outcome = "servfail" if level["outcome"] == "refused" else level["outcome"]
    return level["name"], outcome, None if outcome == "servfail" else level["aliases"]


def main(dns, answers, name):
    by_dns, by_answers = said_of(name, dns), said_of(name, answers)
    if by_dns == by_answers:
        return 0
    print("DNS:    ", json.dumps(by_dns))
    print("answers:", json.dumps(by_answers))
    return 1


sys.exit(main(*sys.argv[1:]))
