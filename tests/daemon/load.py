"""A caad under load: ended in the middle, and killed in the middle. Nothing that was answered is lost."""

import http.client
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time

from daemon import SECONDS, Caad
from disk import fill, mount
from life import BASE
from postgresql import cluster

CHECKS = int(os.environ.get("CAAD_CHECKS", "1000"))  # 10,000 by hand
KILLS = int(os.environ.get("CAAD_KILLS", "2"))       # of caad, for each database: 20 by hand
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


def readiness(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", "/readyz")
    response = connection.getresponse()
    said = json.loads(response.read())
    connection.close()
    assert said["ready"] == (response.status == 200), said
    return said


def wait_until(is_so, seen):
    until = time.monotonic() + SECONDS
    while not is_so(last := seen()):
        assert time.monotonic() < until, last
        time.sleep(0.1)


class Load:
    """Clients that have one name after the other checked, each on a connection that it keeps; `enough` is set
    as soon as they have asked so often."""

    def __init__(self, port, enough):
        self.port, self.left, self.lock = port, CHECKS, threading.Lock()
        self.answered, self.refused, self.wrong = [], [], []
        self.asked_enough, self.enough = CHECKS - enough, threading.Event()
        self.threads = [threading.Thread(target=self._work, daemon=True) for _ in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def _next(self):
        with self.lock:
            self.left -= 1
            if self.left <= self.asked_enough:
                self.enough.set()
            return self.left

    def _work(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        while (number := self._next()) >= 0:
            body = json.dumps({"name": f"n{number % 100 + 1}.many.org", "issuers": ["letsencrypt.org"]})
            try:
                connection.request("POST", "/v1/check", body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                said = json.loads(response.read())
            except (OSError, http.client.HTTPException, ValueError) as why:
                with self.lock:
                    self.refused.append(why)
                connection.close()
                continue
            with self.lock:
                if response.status == 200:
                    self.answered.append(said["id"])
                    allowed = number % 100 + 1 <= 75
                    if (said["verdict"] == "allowed") != allowed:
                        self.wrong.append(said)
                else:
                    self.refused.append(said)
        connection.close()

    def wait(self):
        for thread in self.threads:
            thread.join()
        assert not self.wrong, self.wrong[0]
        assert len(set(self.answered)) == len(self.answered), "an id was given twice"
        return self


class File:
    """A history in SQLite, of which one asks what it has."""

    def __init__(self):
        self.place = open_folder() / "history.db"

    def ids(self):
        with sqlite3.connect(self.place) as history:
            assert history.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            return {row[0] for row in history.execute("SELECT id FROM record WHERE kind = 'check'")}


class Server:
    """The same on a PostgreSQL server."""

    def __init__(self):
        self.name = cluster().new_database()
        self.place = cluster().url(self.name)

    def ids(self):
        return set(cluster().query(self.name, "SELECT id FROM record WHERE kind = 'check'"))


def end_in_the_middle(database):
    with Caad(conf_with(database.place)) as caad:
        load = Load(http_port(caad), CHECKS // 2)
        assert load.enough.wait(SECONDS)
        assert caad.end(signal.SIGTERM) == 0, caad.log()
        load.wait()
        assert "gave up" not in caad.log(), caad.log()
    assert len(load.answered) >= CHECKS // 2 - CLIENTS, (len(load.answered), load.refused[:1], caad.log())
    # Whoever was cut off in the middle of sending was not accepted; nothing else is in there.
    assert database.ids() == set(load.answered)


def test_all_that_was_accepted_before_the_end_is_answered_and_on_record():
    end_in_the_middle(File())


def test_all_that_was_accepted_before_the_end_is_on_a_server():
    end_in_the_middle(Server())


def kill_in_the_middle(database):
    answered, unknown = set(), 0
    for _ in range(KILLS):
        with Caad(conf_with(database.place)) as caad:
            load = Load(http_port(caad), random.randint(1, CHECKS))
            assert load.enough.wait(SECONDS)
            until = time.monotonic() + SECONDS
            # Before the first answer there may be no table to look into.
            while not (answered or load.answered) and time.monotonic() < until:
                time.sleep(0.01)
            caad.end(signal.SIGKILL)
            load.wait()
        answered |= set(load.answered)
        kept = database.ids()
        assert not answered - kept, f"{len(answered - kept)} of {len(answered)} are not on record"
        unknown = len(kept - answered)
    assert answered
    print(f"# note: {KILLS} kills, {len(answered)} verdicts given, none missing; {unknown} on record that nobody heard")


def test_what_was_answered_survives_being_killed():
    kill_in_the_middle(File())


def test_what_was_answered_survives_being_killed_on_a_server():
    kill_in_the_middle(Server())


def metrics(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    connection.request("GET", "/metrics")
    return connection.getresponse().read().decode()


def test_a_server_that_is_away_is_said_and_used_again():
    database = Server()
    with Caad(conf_with(database.place)) as caad:
        port = http_port(caad)
        before = Load(port, 1)
        assert before.enough.wait(SECONDS)
        cluster().stop()
        before.wait()
        try:
            away = Load(port, 1)
            away.wait()
            assert not away.answered, "a verdict was given and not recorded"
            errors = len(before.refused + away.refused)
            assert f'caa_checks_total{{verdict="error"}} {errors}\n' in metrics(port), (errors, metrics(port)[:500])
            told = [one for one in away.refused if isinstance(one, dict)]
            assert len(told) == CHECKS and all(one["status"] == 503 and "PostgreSQL" in one["detail"] for one in told), told[:2]
        finally:
            cluster().start()
        until = time.monotonic() + SECONDS
        while not (after := Load(port, 1)).wait().answered:
            assert time.monotonic() < until, after.refused[:1]
        assert caad.end() == 0, caad.log()
    answered = set(before.answered + after.answered)
    assert not answered - database.ids(), "an answered check is not on record"


def test_a_full_disk_is_said_and_used_again_when_there_is_room():
    database = File()
    folder = pathlib.Path(database.place).parent
    mount(folder, f"size={32 + CHECKS // 100}m", "mode=0777")
    try:
        with Caad(conf_with(database.place)) as caad:
            port, answered = http_port(caad), []
            answered += Load(port, 1).wait().answered
            ballast = fill(folder)
            until = time.monotonic() + SECONDS
            # What SQLite has room for in its own files is on record, and answered; and where a record finds room
            # after one that found none, caad is ready for it.
            looks = [{"ready": True}]
            while any(one["ready"] for one in looks):
                assert time.monotonic() < until, looks
                full = Load(port, 1).wait()
                answered += full.answered
                told = [one for one in full.refused if isinstance(one, dict)]
                assert all(one["status"] == 503 and "full" in one["detail"] for one in told), full.refused[:2]
                # Opening the file works all the time. To be ready, a record has to be written.
                if told:
                    looks = [readiness(port) for _ in range(20) if not time.sleep(0.1)]
            assert "full" in looks[-1]["history"]["why"], looks
            caad.wait_for("history cannot be written: .*full")
            ballast.unlink()
            wait_until(lambda said: said["ready"], lambda: readiness(port))
            caad.wait_for("history is written again")
            while not (after := Load(port, 1).wait()).answered:
                assert time.monotonic() < until, after.refused[:1]
            answered += after.answered
            assert caad.end() == 0, caad.log()
        ballast = fill(folder)
        with Caad(conf_with(database.place)) as caad:
            port = http_port(caad)
            assert not readiness(port)["ready"]
            ballast.unlink()
            wait_until(lambda said: said["ready"], lambda: readiness(port))
            assert caad.end() == 0, caad.log()
        assert answered and not set(answered) - database.ids(), "an answered check is not on record"
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
