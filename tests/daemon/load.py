"""A caad under load: ended in the middle, and killed in the middle. Nothing that was answered is lost."""

import http.client
import json
import os
import pathlib
import signal
import sqlite3
import tempfile
import threading

from daemon import Caad
from life import BASE

CHECKS = int(os.environ.get("CAAD_CHECKS", "2000"))
KILLS = int(os.environ.get("CAAD_KILLS", "3"))
CLIENTS = 16


def conf_with(database):
    return BASE + (f'history: {{database: "{database}", audit: required}}\nhttp: {{listen: ["127.0.0.1:0"]}}\n'
                   "dns: {enabled: no}\n")


def open_folder():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="caad-test-"))
    folder.chmod(0o777)
    return folder


def http_port(caad):
    return int(caad.wait_for(r"HTTP on 127\.0\.0\.1:(\d+)")[1])


class Load:
    """Clients that have one name after the other checked, each on a connection that it keeps."""

    def __init__(self, port):
        self.port, self.left, self.lock = port, CHECKS, threading.Lock()
        self.answered, self.refused, self.wrong = [], 0, []
        self.half = threading.Event()
        self.threads = [threading.Thread(target=self._work, daemon=True) for _ in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def _next(self):
        with self.lock:
            self.left -= 1
            if self.left <= CHECKS // 2:
                self.half.set()
            return self.left

    def _work(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        while (number := self._next()) >= 0:
            body = json.dumps({"name": f"n{number % 100 + 1}.many.org", "issuers": ["letsencrypt.org"]})
            try:
                connection.request("POST", "/v1/check", body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                said = json.loads(response.read())
            except (OSError, http.client.HTTPException, ValueError):
                with self.lock:
                    self.refused += 1
                connection.close()
                continue
            with self.lock:
                if response.status == 200:
                    self.answered.append(said["id"])
                    allowed = number % 100 + 1 <= 75
                    if (said["verdict"] == "allowed") != allowed:
                        self.wrong.append(said)
                else:
                    self.refused += 1
        connection.close()

    def wait(self):
        for thread in self.threads:
            thread.join()
        assert not self.wrong, self.wrong[0]
        assert len(set(self.answered)) == len(self.answered), "an id was given twice"


def kept(database):
    with sqlite3.connect(database) as history:
        assert history.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {row[0] for row in history.execute("SELECT id FROM record WHERE kind = 'check'")}


def test_all_that_was_accepted_before_the_end_is_answered_and_on_record():
    database = open_folder() / "history.db"
    with Caad(conf_with(database)) as caad:
        load = Load(http_port(caad))
        assert load.half.wait(120)
        assert caad.end(signal.SIGTERM) == 0, caad.log()
        load.wait()
        assert "gave up" not in caad.log(), caad.log()
    assert len(load.answered) >= CHECKS // 2 - CLIENTS, (len(load.answered), load.refused, caad.log())
    # Whoever was cut off in the middle of sending was not accepted; nothing else is in there.
    assert kept(database) == set(load.answered)


def test_what_was_answered_survives_being_killed():
    database = open_folder() / "history.db"
    answered = set()
    for _ in range(KILLS):
        with Caad(conf_with(database)) as caad:
            load = Load(http_port(caad))
            assert load.half.wait(120)
            caad.end(signal.SIGKILL)
            load.wait()
        answered |= set(load.answered)
        lost = answered - kept(database)
        assert not lost, f"{len(lost)} of {len(answered)} are not on record"
    assert answered
