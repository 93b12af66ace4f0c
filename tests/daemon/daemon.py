"""Runs caad, in whatever network the tests have, and ends it."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading

SECONDS = 120  # after this it hangs: no test depends on how quick something is


def program():
    found = pathlib.Path(os.environ["CAA_BUILD"]) / "daemon" / "caad"
    assert os.access(found, os.X_OK), f"there is no {found}"
    return str(found)


def file_with(text, name="caad.conf"):
    """The path of a file with this text, in a folder that anybody may enter."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="caad-test-"))
    folder.chmod(0o777)
    path = folder / name
    path.write_text(text)
    path.chmod(0o644)
    return str(path)


def environment(**more):
    kept = {name: value for name, value in os.environ.items()
            if name not in ("CAA_CONFIG", "STATE_DIRECTORY", "NOTIFY_SOCKET", "JOURNAL_STREAM")}
    return dict(kept, **more)


def run(*arguments, **more):
    """A caad that ends by itself."""
    return subprocess.run([program(), *arguments], capture_output=True, text=True, timeout=SECONDS,
                          env=environment(**more))


class Caad:
    """A caad that serves. Ports are the kernel's choice: 0 in the configuration."""

    program = staticmethod(program)

    def __init__(self, conf, **more):
        self.path = file_with(conf)
        self.lines = []
        self.said = threading.Condition()
        self.process = subprocess.Popen([self.program(), "--config", self.path], stderr=subprocess.PIPE, text=True,
                                        stdin=subprocess.DEVNULL, env=environment(**more))
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            with self.said:
                self.lines.append(line.rstrip("\n"))
                self.said.notify_all()
        with self.said:
            self.lines.append(None)
            self.said.notify_all()

    def wait_for(self, pattern):
        """The match of a line that it says, or has said."""
        seen = 0
        with self.said:
            while True:
                for line in self.lines[seen:]:
                    assert line is not None, f"it ended without saying {pattern!r}:\n" + self.log()
                    found = re.search(pattern, line)
                    if found:
                        return found
                seen = len(self.lines)
                assert self.said.wait(SECONDS), f"it never said {pattern!r}:\n" + self.log()

    def log(self):
        return "\n".join(line for line in self.lines if line is not None)

    def send(self, number):
        self.process.send_signal(number)

    def end(self, number=signal.SIGTERM):
        """Ends it, and returns its exit status."""
        self.send(number)
        return self.wait()

    def wait(self):
        try:
            status = self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("it did not end:\n" + self.log()) from None
        self.reader.join(SECONDS)
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
