"""caa scan: every name exactly once, whatever ends it."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

from program import CONFIGURATION, SECONDS, USAGE, WORLD, caa, environment, expect, file_with, objects, program

NAMES = [f"n{i}.z{i % 50}.example" for i in range(1500)] + ["deny.example", "192.0.2.1", "a_b", "servfail.example", "n1.z1.example"]


def scan(*arguments, **more):
    return caa("scan", "--answers", WORLD, *arguments, **more)


def folder():
    return tempfile.TemporaryDirectory(prefix="caa-scan-")


def written(path):
    return [json.loads(line)["name"] for line in pathlib.Path(path).read_text().splitlines()]


def await_(what):
    until = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < until, "it does not go on"
        time.sleep(0.02)


def test_the_objects_of_check_in_the_order_of_the_names():
    names = ["allow.example", "deny.example", "192.0.2.1", "a_b", "servfail.example"]
    ended = expect(scan("-", stdin="\n\n".join(names).encode() + b"\r\n"), 0, None,
                   "complete: 5 names: 1 allowed, 1 forbidden, 1 undecided, 1 not applicable, 1 no names")
    checked = caa("check", "--json", "--answers", WORLD, *names)
    def steady(ended):
        return [{key: one[key] for key in ("name", "verdict", "rule") if key in one} for one in objects(ended, "check")]
    assert steady(ended) == steady(checked), ended.stdout
    assert [one["name"] for one in objects(ended)] == names


def test_every_name_once_over_interruptions():
    with folder() as at:
        out, state, names = f"{at}/out", f"{at}/state", file_with("\n".join(NAMES) + "\n")
        command = [program(), "scan", "--answers", WORLD, "--output", out, "--state", state, "--rate", "1000", names]
        counts = []
        for number in (signal.SIGKILL, signal.SIGINT, signal.SIGKILL):
            before, old = counts[-1] if counts else 0, os.path.exists(state) and os.stat(state).st_mtime_ns
            run = subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE)
            await_(lambda: os.path.exists(state) and os.stat(state).st_mtime_ns != old)  # what was too much is out
            await_(lambda: len(pathlib.Path(out).read_bytes().splitlines()) > before or run.poll() is not None)
            run.send_signal(number)
            said = run.communicate(timeout=SECONDS)[1].decode()
            assert run.returncode == (130 if number == signal.SIGINT else -number), (run.returncode, said)
            counts.append(json.loads(pathlib.Path(state).read_text())["names"])
        expect(caa(*command[1:]), 0, "", "complete: 1505 names: ")
        assert written(out) == NAMES, counts
        expect(caa(*command[1:]), 0, "", "this run: 0 names")
        assert written(out) == NAMES
        with open(names, "a") as more:
            more.write("allow.example\n")
        expect(caa(*command[1:]), 0, "", "this run: 1 names")
        assert written(out) == [*NAMES, "allow.example"]


def test_what_does_not_belong_together_is_refused():
    with folder() as at:
        out, state, names = f"{at}/out", f"{at}/state", file_with("a.example\nb.example\n")
        expect(scan(names, "--output", out, "--state", state), 0, "")
        for arguments, why in (((names, "--issuer", "x.example"), "a scan with other options"),
                               ((file_with("a.example\nc.example\n"),), "it is not the list that"),
                               ((file_with("a.example\n"),), "it is not the list that")):
            expect(scan(*arguments, "--output", out, "--state", state), CONFIGURATION, "", why)
        assert written(out) == ["a.example", "b.example"]
        os.truncate(out, 10)
        expect(scan(names, "--output", out, "--state", state), CONFIGURATION, "", "shorter than the state says")
        pathlib.Path(state).write_text("{}")
        expect(scan(names, "--output", out, "--state", state), CONFIGURATION, "", f"{state}: this is not the state")
        os.unlink(state)
        expect(scan(names, "--output", out, "--state", state), CONFIGURATION, "", "no state to go on from")
        expect(scan(names, "--output", "/dev/null", "--state", state), CONFIGURATION, "", "has to be a file")


def test_the_list_of_names_is_never_written_over():
    with folder() as at:
        names = file_with("a.example\nb.example\n")
        os.symlink(names, f"{at}/link")
        for arguments in (("--output", names), ("--output", f"{at}/link"), ("--output", names, "--state", f"{at}/state"),
                          ("--output", f"{at}/out", "--state", names)):
            expect(scan(names, *arguments), CONFIGURATION, "", "it is the list of names, and would be lost")
            assert pathlib.Path(names).read_text() == "a.example\nb.example\n", arguments
        expect(scan(names, "--output", f"{at}/both", "--state", f"{at}/both"), USAGE, "", "are the same file")
        pathlib.Path(f"{at}/junk").write_text("junk")
        expect(scan(names, "--output", f"{at}/new", "--state", f"{at}/junk"), CONFIGURATION, "", "not the state")
        expect(scan(names, "--output", f"{at}/out", "--state", f"{at}/state"), 0, "")
        os.unlink(f"{at}/out")
        expect(scan(names, "--output", f"{at}/out", "--state", f"{at}/state"), CONFIGURATION, "", "No such file")
        assert not any(os.path.exists(f"{at}/{name}") for name in ("both", "new", "out"))


def test_wrong_usage():
    for arguments in ((), ("a", "b"), ("-", "--state", "x"), ("-", "--rate", "0"), ("-", "--zone-rate", "1x"), ("-", "--at-once", "5000")):
        expect(scan(*arguments), USAGE, "", "^caa scan: ")
    expect(scan("/nonexistent"), CONFIGURATION, "", "/nonexistent: ")
    expect(scan("/dev/null"), 0, "", "complete: 0 names")
