"""What the gate decides is in its history, and with `audit: required` nothing is forwarded before it is."""

import contextlib
import sqlite3
import time

from acme import Client, csr
from world import GATE, WORLD, Gate, folder


@contextlib.contextmanager
def locked(database):
    """Nobody else can write to it meanwhile."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.close()


def records(database):
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT name, verdict, client, id FROM record WHERE kind = 'check' ORDER BY started_at_us, name"
                                  ).fetchall()


def test_each_verdict_is_on_disk_before_anything_is_forwarded():
    database = folder() / "history.db"
    with Gate(WORLD.conf(f"history: {{database: {database}, audit: required}}\n")):
        acme = Client(GATE, WORLD.certificate)
        url, order = acme.order("plain.com", "*.deno.net")
        before = WORLD.finalizes()
        with locked(database):
            answer = acme.finalize(order, csr(["plain.com", "*.deno.net"]))
            assert answer.status == 503 and answer.json()["type"].endswith(":serverInternal"), answer.body
            assert "history" in answer.json()["detail"] and int(answer.fields["Retry-After"]) > 0, answer.body
            assert WORLD.finalizes() == before and acme.status(url) == "ready"
        until = time.monotonic() + 60
        while (answer := acme.finalize(order, csr(["plain.com", "*.deno.net"]))).status == 503:
            assert time.monotonic() < until, answer.body
        assert answer.status == 200, answer.body
        said = records(database)
        assert {row[:3] for row in said} == {("plain.com", "allowed", "127.0.0.1"), ("*.deno.net", "allowed", "127.0.0.1")}, said
        _, order = acme.order("www.forbids.com", method="dns-01")
        problem = acme.finalize(order, csr(["www.forbids.com"])).json()
        assert (*("www.forbids.com", "forbidden", "127.0.0.1"), problem["caa"]["evidence"]) == records(database)[-1], problem


def test_a_history_that_cannot_be_written_is_told_and_so_is_what_was_lost():
    where = folder()

    def lose():
        for file in where.iterdir():
            file.unlink()
        where.chmod(0o555)
        acme = Client(GATE, WORLD.certificate)
        _, order = acme.order("plain.com")
        assert acme.finalize(order, csr(["plain.com"])).status == 200

    with Gate(WORLD.conf(f"history: {{database: {where}/h.db}}\n")) as gate:
        lose()
        gate.wait_for("error: the history cannot be written: .*h.db: ")
        where.chmod(0o777)
        gate.wait_for("the history is written again")
        lose()
        assert gate.end() == 0, gate.log()
        assert "records of the history are lost" in gate.log(), gate.log()
