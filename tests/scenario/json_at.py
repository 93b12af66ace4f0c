"""json_at.py equal PATH VALUE | differ PATH VALUE | absent PATH: looks into the JSON lines on standard input.

Exit status 0 if it is so, else 1 with what was found instead."""

import json
import re
import sys

STEP = re.compile(r"\.(?P<key>[^.\[\]]+)|\[(?P<index>-?\d+)\]|\[(?P<field>[^=\]]+)=(?P<wanted>[^\]]*)\]")


class Absent(Exception):
    pass


def at(path, documents):
    """The value at the path. It starts in the one document; or, with [...], in the list of all."""
    if path.startswith("["):
        value = documents
    elif len(documents) == 1:
        value = documents[0]
    else:
        raise Absent(f"there are {len(documents)} lines of JSON: start with [0] or [field=value]")
    if path == ".":
        return value
    place = 0
    while place < len(path):
        step = STEP.match(path, place)
        if not step:
            sys.exit(f"{path!r} is no path from {path[place:]!r} on: .key, [0], [-1], [key=value], .length")
        value = follow(value, step, path[:place])
        place = step.end()
    return value


def follow(value, step, before):
    found = f"; {before or 'the output'} is {json.dumps(value)}"
    if step["key"] is not None:
        if step["key"] == "length" and isinstance(value, list):
            return len(value)
        if not isinstance(value, dict) or step["key"] not in value:
            raise Absent(f"there is no {step[0]}{found}")
        return value[step["key"]]
    if not isinstance(value, list):
        raise Absent(f"{step[0]} needs a list{found}")
    if step["index"] is not None:
        index = int(step["index"])
        if not -len(value) <= index < len(value):
            raise Absent(f"there is no {step[0]}{found}")
        return value[index]
    for element in value:
        if isinstance(element, dict) and plain(element.get(step["field"])) == step["wanted"]:
            return element
    raise Absent(f"there is no {step[0]}{found}")


def plain(value):
    return value if isinstance(value, str) else json.dumps(value)


def holds(value, wanted):
    """Equal, but that an object may have more keys than are wanted."""
    if isinstance(value, dict) and isinstance(wanted, dict):
        return all(key in value and holds(value[key], part) for key, part in wanted.items())
    if isinstance(value, list) and isinstance(wanted, list):
        return len(value) == len(wanted) and all(map(holds, value, wanted))
    return type(value) is type(wanted) and value == wanted


def matches(value, wanted):
    """The wanted text is the value's text, or JSON that it holds."""
    if isinstance(value, str) and value == wanted:
        return True
    try:
        return holds(value, json.loads(wanted))
    except ValueError:
        return False


def main(verb, path, wanted=None):
    try:
        documents = [json.loads(line) for line in sys.stdin if line.strip()]
    except ValueError as error:
        print(f"not JSON: {error}")
        return 1
    if not documents:
        print("there is no output")
        return 1
    try:
        value = at(path, documents)
    except Absent as absent:
        print(absent)
        return 0 if verb == "absent" else 1
    if verb != "absent" and matches(value, wanted) == (verb == "equal"):
        return 0
    print(f"it is {json.dumps(value)}")
    return 1


sys.exit(main(*sys.argv[1:]))
