"""The way into the running lab: its state, and dnsdist's console."""

import json
import os
import pathlib
import subprocess

from . import LabError, UsageError


def state():
    """The folder of the lab that this process runs in."""
    path = os.environ.get("CAA_LAB")
    if not path:
        raise UsageError("CAA_LAB is not set: this command works inside 'lab run -- COMMAND'")
    if not pathlib.Path(path, "world.json").exists():
        raise UsageError(f"CAA_LAB={path}: no lab runs there")
    return pathlib.Path(path)


def extra_zones():
    """The folder of the --zones of the lab that this process runs in, if any."""
    return (os.environ.get("CAA_LAB") and (state() / "extra-zones").read_text()) or None


def world(folder):
    return json.loads((folder / "world.json").read_text())


def call(folder, text):
    """What the Lua expression prints, without the 'ok' that ends it."""
    done = tool(["dnsdist", "-C", f"{folder}/console.lua", "-e", text])
    lines = [line for line in done.splitlines() if line]
    if not lines or lines[-1] != "ok":
        raise LabError(f"dnsdist: {text}: {done.strip()[-300:] or 'no answer'}")
    return lines[:-1]


def tool(command, text=None):
    try:
        done = subprocess.run(command, input=text, text=True, capture_output=True, env=tool_path())
    except FileNotFoundError:
        raise LabError(f"{command[0]}: not found; lab/PACKAGES lists the Debian packages") from None
    if done.returncode:
        raise LabError(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()[:500]}")
    return done.stdout


def tool_path():
    """An unprivileged user's PATH lacks the folders that the servers are in."""
    return {**os.environ, "PATH": os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"}
