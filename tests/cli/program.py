"""Runs caa, and says what was wanted where it did something else."""

import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import jsonschema

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
WORLD = str(pathlib.Path(__file__).resolve().parent / "world.answers")
USAGE, INTERNAL, CONFIGURATION = 64, 70, 78
SECONDS = 120  # after this it hangs: no test depends on how quick something is


@functools.cache
def program():
    build = os.environ.get("CAA_BUILD")
    places = [os.environ.get("CAA"), build and f"{build}/cli/caa", shutil.which("caa")]
    found = [place for place in places if place and os.access(place, os.X_OK)]
    assert found, "there is no caa in $CAA_BUILD/cli, $CAA or on PATH"
    return os.path.abspath(found[0])


def environment(**more):
    kept = {name: value for name, value in os.environ.items()
            if name not in ("CAA_CONFIG", "NO_COLOR", "LC_ALL", "LC_CTYPE", "TERM")}
    return dict(kept, LANG="C.UTF-8", **more)


def caa(*arguments, stdin=b"", env=None, **more):
    """What came of it: returncode, stdout and stderr (text)."""
    given = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    ended = subprocess.run([program(), *arguments], env=environment(**(env or {})), timeout=SECONDS,
                           **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **given, **more})
    ended.stdout = (ended.stdout or b"").decode(errors="surrogateescape")
    ended.stderr = (ended.stderr or b"").decode(errors="surrogateescape")
    # 99 is a sanitizer's, below 0 a signal's; neither may pass for an exit code of ours.
    assert ended.returncode in (0, 1, 2, 3, 4, 5, 64, 70, 78), f"ended with {ended.returncode}\n{ended.stderr}"
    return ended


def check(*arguments, **more):
    return caa("check", "--answers", WORLD, *arguments, **more)


def expect(ended, code, stdout=None, stderr=None):
    """stdout and stderr are regular expressions that must match somewhere, "" for nothing at all."""
    said = f"exit status {ended.returncode}\nstdout: {ended.stdout[:1500]}\nstderr: {ended.stderr[:1500]}"
    assert ended.returncode == code, f"wanted exit status {code}, got {said}"
    for what, pattern, text in (("stdout", stdout, ended.stdout), ("stderr", stderr, ended.stderr)):
        if pattern == "":
            assert text == "", f"wanted nothing on {what}, got {said}"
        elif pattern is not None:
            assert re.search(pattern, text, re.MULTILINE), f"wanted {pattern!r} on {what}, got {said}"
    return ended


def objects(ended, schema=None):
    """The objects of its output, one a line, each valid by docs/SCHEMA.schema.json."""
    read = [json.loads(line) for line in ended.stdout.splitlines()]
    if schema:
        validator = jsonschema.Draft202012Validator(load_schema(schema))
        for one in read:
            validator.validate(one)
    return read


def load_schema(name):
    """A schema with those in it that it refers to, under names that jsonschema of Debian 12 finds."""
    text = (TOP / "docs" / f"{name}.schema.json").read_text()
    others = set(re.findall(r'"\$ref": "urn:caa:(\w+)"', text))
    schema = json.loads(re.sub(r'"\$ref": "urn:caa:(\w+)"', r'"$ref": "#/$defs/urn:caa:\1"', text))
    for other in others:
        inner = json.loads(json.dumps(load_schema(other)).replace('"#/$defs/', f'"#/$defs/{other}.'))
        parts = {f"{other}.{part}": value for part, value in inner.pop("$defs").items()}
        inner = {key: value for key, value in inner.items() if not key.startswith("$") or key == "$ref"}
        schema.setdefault("$defs", {}).update(parts, **{f"urn:caa:{other}": inner})
    return schema


def codes(path, macro, field=0):
    """The quoted texts of a .def file: the first of each line, say."""
    lines = [line for line in (TOP / path).read_text().splitlines() if line.startswith(macro + "(")]
    assert lines, f"{path} has no {macro}"
    return [re.findall(r'"([^"]*)"', line)[field] for line in lines]


def file_with(text):
    """The path of a file that holds this, until the program ends."""
    octets = text if isinstance(text, bytes) else text.encode()
    made = tempfile.NamedTemporaryFile(prefix="caa-cli-")
    made.write(octets)
    made.flush()
    KEPT.append(made)
    return made.name


KEPT = []
