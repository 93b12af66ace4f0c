"""Any number of requests in one stream."""

import collections
import json
import os
import re
import signal
import socket
import threading

from client import Duplex, read_all
from world import OPEN, Serving, request

MANY = int(os.environ.get("CAA_STREAM_LINES", "5000"))


def names(count):
    """n1 to n50 have no CAA, n51 to n75 allow, n76 to n100 forbid."""
    for index in range(count):
        yield f"n{index % 100 + 1}.many.org"


def expected(index):
    return "forbidden" if index % 100 + 1 > 75 else "allowed"


def memory_kib(caad):
    with open(f"/proc/{caad.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_every_line_of_a_long_stream_is_answered_once():
    with Serving(OPEN) as (caad, client):
        for _ in client.stream(request(name) for name in names(2000)):
            pass
        before = memory_kib(caad)
        seen, line_schema = set(), client.contract.schema("Line")
        for told in client.stream(request(name) for name in names(MANY)):
            assert told["index"] not in seen, told
            seen.add(told["index"])
            assert told["verdict"] == expected(told["index"]), told
            if told["index"] % 997 == 0:
                line_schema.validate(told)
        assert seen == set(range(MANY)), f"{len(seen)} of {MANY}"
        print(f"# memory: {before} KiB before, {memory_kib(caad)} KiB after {MANY} lines")


def test_a_bad_line_is_told_and_the_rest_goes_on():
    lines = [request("allows.com"), b"{\n", b"\n", b"   \r\n", b'{"name":"a..b","issuers":["a.com"]}\n',
             b'{"name":"' + b"x" * 200000 + b'"}\n', request("forbids.com").rstrip(b"\n") + b"\r\n", b'{"name":"\xff"}\n',
             request("allows.com").rstrip(b"\n")]
    with Serving(OPEN) as (_, client):
        for chunk in (1, 7, 65536):
            told = {line["index"]: line for line in client.stream(iter(lines), chunk)}
            for line in told.values():
                client.contract.schema("Line").validate(line)
            what = [told[index].get("verdict") or told[index]["type"].rpartition(":")[2] for index in sorted(told)]
            assert what == ["allowed", "not-json", "member-value", "too-large", "forbidden", "not-json", "allowed"], what
            assert told[2]["pointer"] == "/name", told[2]


def test_an_empty_stream_has_an_empty_answer():
    with Serving(OPEN) as (_, client):
        assert list(client.stream(iter([]))) == []
        assert list(client.stream(iter([b"\n", b"\n"]))) == []
        got = client.exchange(b"POST /v1/checks HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
                              b"Content-Length: 0\r\n\r\n")
        assert got.startswith(b"HTTP/1.1 200 ") and got.endswith(b"\r\n\r\n0\r\n\r\n"), got


def test_a_stream_works_with_a_length_and_for_http_1_0():
    body = request("allows.com") + request("forbids.com")
    head = (b"Host: a\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n" % len(body)) + body
    with Serving(OPEN) as (_, client):
        got = client.exchange(b"POST /v1/checks HTTP/1.1\r\n" + head)
        assert b"Transfer-Encoding: chunked" in got and got.endswith(b"\r\n0\r\n\r\n"), got
        got = client.exchange(b"POST /v1/checks HTTP/1.0\r\n" + head)
        lines = got.partition(b"\r\n\r\n")[2].splitlines()
        assert b"chunked" not in got and {json.loads(line)["verdict"] for line in lines} == {"allowed", "forbidden"}, got


def test_who_does_not_read_is_not_read_from_and_others_are_served():
    with Serving(OPEN) as (caad, client):
        with client.raw() as connection:
            sent = collections.Counter()

            def lines():  # 40 MB, more than every buffer on the way holds
                for name in names(10000):
                    sent["lines"] += 1
                    yield b" " * 4000 + request(name)

            stream = Duplex(connection, lines(), 4096, {})
            # It stands still once every buffer on the way is full: as long as nobody reads.
            before = -1
            while sent["lines"] != before:
                before = sent["lines"]
                threading.Event().wait(2)
            assert 0 < before < 10000, f"{before} lines were taken although nobody reads the answers"
            assert client.check("allows.com")["verdict"] == "allowed"
            told = [line["index"] for line in stream.answers(client.contract)]
            assert sorted(told) == list(range(10000)), len(told)


def test_a_check_may_take_longer_than_a_client_may_stand_still():
    with Serving(OPEN) as (_, client):
        told = list(client.stream([request("dead.com", deadline_ms=62000)]))
        assert [line["verdict"] for line in told] == ["undecided"] and told[0]["elapsed_ms"] > 61000, told
        assert "\ncaa_http_connections_cut_total 0\n" in client.ask("GET", "/metrics").body.decode()


def test_streams_leave_room_for_single_checks():
    with Serving(OPEN.replace("workers: 2", "workers: 1")) as (_, client):
        streams = []
        for number in range(17):  # each fills its window of 256, and all of them would fill 4096
            lines = b"".join(request(f"x{number}-{i}.dead.com", deadline_ms=60000) for i in range(300))
            streams.append(client.raw())
            streams[-1].sendall(b"POST /v1/checks HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
                                b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(lines), lines))
        while in_flight(client) < 2048:
            pass
        assert client.check("allows.com")["verdict"] == "allowed"
        assert in_flight(client) < 4096
        for stream in streams:
            stream.close()


def in_flight(client):
    text = client.ask("GET", "/metrics").body.decode()
    return int(re.search(r"(?m)^caa_checks_in_flight (\d+)", text)[1])


def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind():
    with Serving(OPEN) as (_, client):
        # Long enough to run still when the client has left; the daemon waits for them at its end.
        for _ in range(5):
            with client.raw() as connection:
                stream = Duplex(connection, (request(f"x{i}.dead.com", deadline_ms=4000) for i in range(300)), 4096, {})
                stream.writer.join(120)
        for _ in range(20):
            with client.raw() as connection:
                connection.sendall(b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                                   b"Content-Length: 46\r\n\r\n" + request("dead.com").strip()[:46])
        assert client.check("allows.com")["verdict"] == "allowed"


def test_a_client_that_says_no_more_in_the_middle_is_not_waited_for():
    head = b"POST /v1/checks HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
    line, slow = request("allows.com"), request("dead.com", deadline_ms=60000)
    with Serving(OPEN) as (_, client):
        for framing in (b"Content-Length: 5000\r\n\r\n%s", b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n"):
            for body in (line, slow, line + slow[:10]):
                with client.raw() as connection:
                    connection.sendall(head + framing % ((body,) if b"%x" not in framing else (len(body), body)))
                    connection.shutdown(socket.SHUT_WR)
                    assert not read_all(connection).endswith(b"0\r\n\r\n"), body
        with client.raw() as connection:  # all of it was said: what comes of it is waited for
            connection.sendall(head + b"Content-Length: %d\r\n\r\n%s" % (len(line), line))
            connection.shutdown(socket.SHUT_WR)
            assert read_all(connection).endswith(b"}\n\r\n0\r\n\r\n")
        with client.raw() as connection:  # and nothing after it
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" * 2 + b"GET /healthz HTTP")
            connection.shutdown(socket.SHUT_WR)
            assert read_all(connection).count(b"\r\n\r\nok\n") == 2
        while in_flight(client) != 0:
            pass
        assert "\ncaa_http_connections_cut_total 0\n" in client.ask("GET", "/metrics").body.decode()


def wait_with(connection, client):
    """A check for which the server has no answer for a minute, and has begun."""
    body = request("dead.com", deadline_ms=60000)
    connection.sendall(b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                       b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    while in_flight(client) == 0:
        pass


def test_who_waits_when_the_time_is_over_is_told():
    with Serving(OPEN + "drain-s: 1\n") as (caad, client):
        with client.raw() as connection:
            wait_with(connection, client)
            caad.send(signal.SIGTERM)
            told = read_all(connection)
        assert told.startswith(b"HTTP/1.1 503 ") and b"\r\nRetry-After: 5\r\n" in told and b":draining" in told, told
        assert caad.wait() == 0 and "gave up on 1 requests" in caad.log(), caad.log()


def test_a_second_term_leaves_no_time_but_for_telling():
    with Serving(OPEN) as (caad, client):
        with client.raw() as connection:
            wait_with(connection, client)
            caad.send(signal.SIGTERM)
            caad.wait_for("what runs has 25 s")
            caad.send(signal.SIGINT)
            told = read_all(connection)
        assert told.startswith(b"HTTP/1.1 503 ") and b"\r\nRetry-After: 5\r\n" in told and b":draining" in told, told
        assert caad.wait() == 0, caad.log()
        assert "asked again: ending now" in caad.log() and "gave up on 1 requests" in caad.log(), caad.log()


CHECKS = b"POST /v1/checks HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(*lines):
    octets = b"".join(lines)
    return b"%x\r\n%s\r\n" % (len(octets), octets)


def dead(name):
    return request(f"{name}.dead.com", deadline_ms=60000)


def lines_of(got):
    """The lines of a stream's answer, which has to be whole."""
    head, _, rest = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ") and rest.endswith(b"\r\n0\r\n\r\n"), got
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        body, rest = body + rest[:int(size, 16)], rest[int(size, 16) + 2:]
    return {line["index"]: line for line in map(json.loads, body.splitlines())}


def streams_are_told(conf, *signals):
    """Of each kind one stream whose body is over, and one whose body is not, with half a line."""
    with Serving(conf) as (caad, client):
        silent, begun = ([client.raw() for _ in range(2)] for _ in range(2))
        for connection, end in zip(silent + begun, (b"0\r\n\r\n", chunk(b"{")) * 2):
            first = request("allows.com") if connection in begun else b""
            connection.sendall(CHECKS + chunk(first, dead("a"), dead("b")) + end)
        idle = client.raw()  # nothing that runs, and nothing that was said
        idle.sendall(CHECKS)
        came = []
        for connection in begun:
            came.append(b"")
            while b'"index":0' not in came[-1]:
                came[-1] += connection.recv(65536)
        while in_flight(client) != 8:
            pass
        for number in signals:
            caad.send(number)
            caad.wait_for("what runs has")
        for connection in silent + [idle]:
            told = read_all(connection)
            assert told.startswith(b"HTTP/1.1 503 ") and b"\r\nRetry-After: 5\r\n" in told, told
            assert json.loads(told.partition(b"\r\n\r\n")[2])["type"] == "urn:caa:problem:draining", told
        for connection, first in zip(begun, came):
            told = lines_of(first + read_all(connection))
            for line in told.values():
                client.contract.schema("Line").validate(line)
            what = {index: line.get("verdict") or line["type"] for index, line in told.items()}
            assert what == {0: "allowed", 1: "urn:caa:problem:draining", 2: "urn:caa:problem:draining"}, told
            assert told[1]["status"] == 503, told
        assert caad.wait() == 0 and "gave up on 5 requests" in caad.log(), caad.log()


def test_streams_that_wait_when_the_time_is_over_are_told():
    streams_are_told(OPEN + "drain-s: 1\n", signal.SIGTERM)


def test_streams_that_wait_at_a_second_term_are_told():
    streams_are_told(OPEN, signal.SIGTERM, signal.SIGINT)


def test_lines_that_were_not_read_have_no_answer_when_the_time_is_over():
    with Serving(OPEN + "drain-s: 1\n") as (caad, client):
        with client.raw() as connection:  # the window of a stream is 256
            connection.sendall(CHECKS + chunk(request("allows.com"), *[dead(f"x{i}") for i in range(600)]))
            came = b""
            while b'"index":0' not in came:
                came += connection.recv(65536)
            while in_flight(client) < 255:
                pass
            caad.send(signal.SIGTERM)
            told = lines_of(came + read_all(connection))
        # One more is read where the first is decided before the window is full.
        assert sorted(told) == list(range(len(told))) and len(told) in (256, 257), sorted(told)
        assert all(told[index]["status"] == 503 for index in range(1, len(told))), told
        assert caad.wait() == 0 and "gave up on 1 requests" in caad.log(), caad.log()


def test_a_request_whose_body_still_comes_when_the_time_is_over_is_told():
    with Serving(OPEN + "drain-s: 1\n") as (caad, client):
        with client.raw() as connection:
            connection.sendall(b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                               b"Content-Length: 50\r\n\r\n{")
            client.check("allows.com")
            caad.send(signal.SIGTERM)
            told = read_all(connection)
        assert told.startswith(b"HTTP/1.1 503 ") and b":draining" in told, told
        assert caad.wait() == 0, caad.log()


def test_what_was_accepted_before_term_is_answered():
    with Serving(OPEN) as (caad, client):
        with client.raw() as connection:
            lines = [request(name) for name in names(10000)]
            go_on = threading.Event()

            def some():
                yield from lines[:5000]
                go_on.wait(120)
                yield from lines[5000:]

            stream = Duplex(connection, some(), 4096, {})
            answers = stream.answers(client.contract)
            seen = {next(answers)["index"]}
            caad.send(signal.SIGTERM)
            caad.wait_for("ending")
            go_on.set()
            seen |= {told["index"] for told in answers}
            assert seen == set(range(10000)), len(seen)
