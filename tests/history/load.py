"""The load program: started, listened to, killed."""

import atexit
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("CAA_BUILD", TOP / "build-sanitize")).resolve()
PLAIN = pathlib.Path(os.environ.get("CAA_BUILD_PLAIN", TOP / "build")).resolve()
PROGRAM = BUILD / "tests" / "history" / "history-load"
SECONDS = 120  # after this it hangs: no test depends on how quick something is


class Load:
    """One run; what it prints goes into a file, and outlives it."""

    def __init__(self, place, *options, program=PROGRAM, front=()):
        self.output = tempfile.NamedTemporaryFile(prefix="caa-load-", mode="r", errors="surrogateescape")
        out = os.open(self.output.name, os.O_WRONLY | os.O_APPEND)
        self.process = subprocess.Popen([*front, program, place, *options], stdin=subprocess.DEVNULL,
                                        stdout=out, stderr=out)
        os.close(out)
        self.lines = []
        self.rest = ""
        atexit.register(self.process.kill)  # a test that fails leaves none behind

    def said(self):
        """All whole lines so far."""
        new, end, self.rest = (self.rest + self.output.read()).rpartition("\n")
        self.lines += new.splitlines() if end else []
        return self.lines

    def wait_for(self, pattern, count=1, after=0):
        """Until so many lines beyond the first `after` match; returns how many lines there are."""
        until = time.monotonic() + SECONDS
        found = 0
        while True:
            ended = self.process.poll() is not None
            lines = self.said()
            found += sum(bool(re.search(pattern, line)) for line in lines[after:])
            after = len(lines)
            if found >= count:
                return len(lines)
            last = "\n".join(line for line in lines if not line.startswith("ok "))[-1500:]
            assert not ended, f"ended with {self.process.returncode} before {pattern!r}:\n{last}"
            assert time.monotonic() < until, f"{pattern!r} did not come:\n{last}"
            time.sleep(0.01)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        assert self.process.wait(SECONDS) == -signal.SIGKILL, f"it ended by itself:\n{self.tail()}"

    def end(self):
        """By SIGTERM, in good order; returns the counters it prints at the end."""
        self.process.send_signal(signal.SIGTERM)
        return self.finish()

    def finish(self, seconds=SECONDS):
        assert self.process.wait(seconds) == 0, f"ended with {self.process.returncode}:\n{self.tail()}"
        line = [line for line in self.said() if line.startswith("end ")][-1]
        numbers = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}
        return dict(numbers, acknowledged=int(line.split()[1]), seconds=float(line.split()[2]))

    def refused(self):
        """It does not even start: why."""
        status = self.process.wait(SECONDS)
        lines = self.said()
        assert status == 1 and lines and lines[-1].startswith("refused "), f"ended with {status}:\n{self.tail()}"
        return lines[-1][len("refused "):]

    def acknowledged(self):
        return {line[3:] for line in self.said() if line.startswith("ok ")}

    def tail(self):
        return "\n".join(line for line in self.said() if not line.startswith("ok "))[-3000:]
