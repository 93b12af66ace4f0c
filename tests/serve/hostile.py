"""Clients that are slow, many, large, or try to be understood in two ways."""

import concurrent.futures
import http.client
import json
import os
import re
import resource
import socket
import subprocess
import threading
import time

from client import read_all
from daemon import Caad
from world import BASE, OPEN, Serving, request

IDLE_CONNECTIONS = int(os.environ.get("CAA_IDLE_CONNECTIONS", "2000"))


def post(body, *fields, path="/v1/check", version="HTTP/1.1", length=True):
    head = [f"POST {path} {version}", "Host: localhost", "Content-Type: application/json", *fields]
    if length:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


ONE = request("allows.com").strip()


def statuses(octets):
    """The statuses of the answers in what a server sent."""
    return re.findall(rb"HTTP/1\.[01] (\d{3}) ", octets)


def test_requests_in_a_row_are_answered_in_a_row():
    with Serving(OPEN) as (_, client):
        batch = b"".join(post(request(f"n{i}.many.org").strip()) for i in range(1, 21))
        got = client.exchange(batch + b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert statuses(got) == [b"200"] * 21, got
        parts = got.split(b"HTTP/1.1 200 OK")[1:21]
        names = [json.loads(part.partition(b"\r\n\r\n")[2])["name"] for part in parts]
        assert names == [f"n{i}.many.org" for i in range(1, 21)], names


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


def test_a_request_that_can_be_read_in_two_ways_is_refused_and_ends_the_connection():
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(ONE), ONE)
    two_ways = [
        post(chunked, "Transfer-Encoding: chunked"),                       # CL.TE
        post(b"0\r\n\r\n", "Transfer-Encoding: chunked"),
        post(ONE, f"Content-Length: {len(ONE)}"),                          # the same twice
        post(ONE, "Content-Length: 3"),
        post(chunked, "Transfer-Encoding: chunked", "Transfer-Encoding: identity", length=False),
        post(chunked, "Transfer-Encoding: xchunked", length=False),
        post(chunked, "Transfer-Encoding: gzip, chunked", length=False),
        post(chunked, "Transfer-Encoding : chunked", length=False),        # a space before the colon
        post(ONE, f"Content-Length : {len(ONE)}", length=False),
        post(ONE, f"Content-Length: +{len(ONE)}", length=False),
        post(ONE, f"Content-Length: -{len(ONE)}", length=False),
        post(ONE, f"Content-Length: {len(ONE)}, {len(ONE)}", length=False),
        post(ONE, "Content-Length: 0x20", length=False),
        post(ONE, "Content-Length: 99999999999999999999999", length=False),
        post(ONE, "Content-Length:", length=False),
        post(ONE, "Host: other"),
        post(ONE, "Via: a\rTransfer-Encoding: chunked"),                   # for some the end of a line
        post(chunked, "Transfer-Encoding: chunked", version="HTTP/1.0", length=False),
        post(b"zz\r\n" + ONE, "Transfer-Encoding: chunked", length=False),
        post(b"-1\r\n" + ONE, "Transfer-Encoding: chunked", length=False),
        post(b"ffffffffffffffffff\r\n" + ONE, "Transfer-Encoding: chunked", length=False),
        b"POST /v1/check HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",  # no Host
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        b"GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n",
        b"GET  /healthz x HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",           # TLS to a port without
    ]
    # Some are answered with silence until it has lasted too long: all at once, and that soon.
    with Serving(OPEN.replace("{listen", "{idle-s: 5, body-s: 5, listen", 1)) as (_, client):
        with concurrent.futures.ThreadPoolExecutor(len(two_ways)) as side_by_side:
            answers = list(side_by_side.map(client.exchange, [octets + SMUGGLED for octets in two_ways]))
        for octets, got in zip(two_ways, answers):
            told = statuses(got)
            # libmicrohttpd 0.9.75 writes its own refusal of a Content-Length twice into one answer.
            assert len(set(told)) <= 1, f"{octets!r} was taken for several requests:\n{got!r}"
            assert not told or told[0][:1] in b"45", f"{octets!r}:\n{got!r}"
            assert b"404" not in b"".join(told), f"{octets!r}: what was smuggled was served:\n{got!r}"
        assert client.check("allows.com")["verdict"] == "allowed"


def head_of(method, path, *fields):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: a", *fields, "", ""]).encode()


JSON = "Content-Type: application/json"
REFUSED = [  # at their heads, or in the middle of their bodies, which are never whole
    (head_of("POST", "/v1/check", JSON, "Content-Length: 5000000"), b"413"),
    (head_of("POST", "/v1/check", JSON, "Content-Length: 1048577") + b" " * 100, b"413"),
    (head_of("POST", "/dns-query", "Content-Type: application/dns-message", "Content-Length: 70000"), b"413"),
    (head_of("POST", "/v1/check", JSON, "Content-Length: 21", "Authorization: Bearer x"), b"401"),
    (head_of("POST", "/v1/check", JSON, "Transfer-Encoding: chunked", "Authorization: Bearer x")
     + b"2\r\n{}\r\n", b"401"),
    (head_of("POST", "/v1/check", "Content-Type: text/plain", "Content-Length: 2000000"), b"415"),
    (head_of("POST", "/nowhere", "Content-Length: 21") + b"{", b"404"),
    (head_of("POST", "/healthz", "Content-Length: 21"), b"405"),
    (head_of("POST", "/healthz", "Content-Length: 21000000"), b"405"),
    (head_of("OPTIONS", "/v1/check", "Content-Length: 21"), b"204"),
    (head_of("HEAD", "/healthz", "Content-Length: 21"), b"400"),
    (head_of("POST", "/v1/checks", "Content-Type: application/x-ndjson", "Content-Length: 21",
                             "Authorization: Bearer x"), b"401"),
    (post(ONE, "Transfer-Encoding: identity"), b"400"),
    (post(b"0\r\n\r\n", "Transfer-Encoding: gzip, chunked", length=False), b"400"),
    (post((b"10000\r\n" + b" " * 65536 + b"\r\n") * 17, "Transfer-Encoding: chunked", length=False), b"413"),
]


def whole(method, got):
    """Whether the answer is one, and whole, and says that the connection ends."""
    head, _, body = got.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    length = None if b" 204 " in head else int(fields[b"content-length"])
    has_body = length is not None and method != b"HEAD"
    return (fields[b"connection"] == b"close" and (b"allow" in fields) == (head[9:12] in (b"204", b"405"))
            and (b"content-length" in fields) == (length is not None)
            and len(body) == (length if has_body else 0) and (not has_body or json.loads(body)["status"] == int(head[9:12])))


def told_to(client, octets):
    try:
        return client.exchange(octets)
    except TimeoutError:
        return b"nothing"


def test_who_is_refused_is_told_though_the_body_does_not_come():
    # The time for a body is none that a client here waits for.
    with Serving(OPEN.replace("{listen", "{body-s: 600, listen", 1)) as (_, client):
        with concurrent.futures.ThreadPoolExecutor(len(REFUSED)) as side_by_side:
            answers = list(side_by_side.map(lambda one: told_to(client, one[0]), REFUSED))
        wrong = [(octets[:200], got) for (octets, status), got in zip(REFUSED, answers)
                 if statuses(got) != [status] or not whole(octets.split(b" ")[0], got)]
        assert not wrong, wrong
        assert client.check("allows.com")["verdict"] == "allowed"


def test_a_body_of_100_megabytes_is_told_to_be_too_large():
    piece = b" " * (1 << 20)
    with Serving(OPEN) as (_, client):
        for chunked in (False, True):
            with client.raw() as connection:
                field = "Transfer-Encoding: chunked" if chunked else "Content-Length: 104857600"
                connection.sendall(post(b"", field, length=False))
                got = []
                reader = threading.Thread(target=lambda: got.append(read_all(connection)), daemon=True)
                reader.start()
                try:
                    for _ in range(100):
                        connection.sendall(b"100000\r\n" + piece + b"\r\n" if chunked else piece)
                except OSError:
                    pass  # the server has closed, as it may
                reader.join(120)
                assert statuses(got[0])[:1] == [b"413"] and b"urn:caa:problem:too-large" in got[0], got[0][:500]
        with client.raw() as connection:  # who asks first is spared the upload
            connection.sendall(post(b"", "Content-Length: 104857600", "Expect: 100-continue", length=False))
            assert statuses(read_all(connection)) == [b"413"]
        assert client.check("allows.com")["verdict"] == "allowed"


def test_a_small_body_that_is_too_large_does_not_cost_the_connection():
    with Serving(OPEN) as (_, client):
        got = client.exchange(post(b"{}", path="/healthz") + post(b" " * 1000, path="/nowhere") + post(ONE) +
                              b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert statuses(got) == [b"405", b"404", b"200", b"200"], got


def test_heads_have_a_ceiling():
    with Serving(OPEN) as (_, client):
        for head in (b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
                     b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100000 + b"\r\n\r\n",
                     b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 20000 + b"\r\n"):
            with client.raw() as connection:
                try:
                    connection.sendall(head)
                except OSError:
                    pass
                told = statuses(read_all(connection))
                assert not told or told[0] in (b"414", b"431", b"400"), told
        assert client.check("allows.com")["verdict"] == "allowed"


def drip(client, first, octet, cut):
    """Sends an octet now and then until the server closes; adds what came until then."""
    got = b""
    with client.raw() as connection:
        connection.sendall(first)
        try:
            while True:
                connection.sendall(octet)
                connection.settimeout(0.5)
                try:
                    part = connection.recv(4096)
                    if not part:
                        break
                    got += part
                except socket.timeout:
                    pass
        except OSError:
            pass
        cut[first] = got


def test_clients_that_drip_are_cut_off():
    slow = [
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\n", b"X"),
        (b"", b"\r\n"),
        (post(b"", "Content-Length: 60000", length=False), b" "),
        (post(b"", "Transfer-Encoding: chunked", length=False), b"1\r\n \r\n"),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", b""),  # idle after an answer
    ]
    conf = OPEN.replace("connections: 20000", "connections: 20000, idle-s: 2, body-s: 4")
    with Serving(conf) as (_, client):
        cut = {}
        threads = [threading.Thread(target=drip, args=(client, *one, cut), daemon=True) for one in slow]
        for thread in threads:
            thread.start()
        assert client.check("allows.com")["verdict"] == "allowed"
        for thread in threads:
            thread.join(120)
        assert len(cut) == len(slow), f"still open: {[one for one in slow if one[0] not in cut]}"
        told = [statuses(cut[first])[:1] for first, _ in slow]
        assert told == [[], [], [b"408"], [b"408"], [b"200"]], cut
        assert all(b"urn:caa:problem:slow" in cut[first] for first, _ in slow[2:4]), cut
        text = client.ask("GET", "/metrics").body.decode()
        assert f"\ncaa_http_connections_cut_total {len(slow)}\n" in text, text


def test_idle_connections_keep_nobody_out():
    resource.setrlimit(resource.RLIMIT_NOFILE, (IDLE_CONNECTIONS + 500, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with Serving(OPEN.replace("{listen", "{idle-s: 600, listen", 1)) as (_, client):
        idle = [client.raw() for _ in range(IDLE_CONNECTIONS)]
        assert client.check("allows.com")["verdict"] == "allowed"
        # A worker takes them when it comes to it.
        for _ in range(100):
            text = client.ask("GET", "/metrics").body.decode()
            open_now = int(next(line.split()[1] for line in text.splitlines() if line.startswith("caa_http_connections ")))
            if open_now >= IDLE_CONNECTIONS:
                break
            time.sleep(0.2)
        assert open_now >= IDLE_CONNECTIONS, open_now
        for connection in idle:
            connection.close()
        assert client.check("forbids.com")["verdict"] == "forbidden"


def test_a_64_of_ipv6_takes_no_more_than_its_share_of_connections():
    first, second, other = addresses = ("2001:db8:7:1::1", "2001:db8:7:1:ffff::2", "2001:db8:7:2::1")
    for address in addresses:
        subprocess.run(["ip", "-6", "address", "add", f"{address}/128", "dev", "lo", "nodad"], check=True)

    def kept(source):
        """A connection that was answered once, or None."""
        connection = http.client.HTTPConnection("::1", port, timeout=120, source_address=(source, 0))
        try:
            connection.request("GET", "/healthz")
            return connection if connection.getresponse().read() == b"ok\n" else None
        except (OSError, http.client.HTTPException):
            return None

    with Caad(OPEN.replace('["127.0.0.1:0"]', '["[::1]:0"]').replace("connections:", "connections-per-client: 2, connections:")
              .replace("workers: 2", "workers: 1")) as caad:
        port = int(caad.wait_for(r"HTTP on \[::1\]:(\d+)")[1])
        crowd = [kept(first), kept(second)]
        assert all(crowd), caad.log()
        assert kept(first) is None and kept(second) is None
        assert kept(other)
        assert caad.end() == 0


def test_who_asks_too_often_is_told_when_to_come_again():
    with Serving(OPEN + "rate-per-s: 1\n") as (_, client):
        for _ in range(50):
            answer = client.post("/v1/check", ONE)
            if answer.status == 429:
                break
        assert answer.status == 429 and int(answer.headers["retry-after"]) >= 1, answer
        assert client.ask("GET", "/healthz").status == 200
        while client.post("/v1/check", ONE).status == 429:
            time.sleep(int(answer.headers["retry-after"]))
        time.sleep(2)  # a second is one request
        told = list(client.stream(iter([ONE + b"\n"] * 3)))
        assert [line["verdict"] for line in told] == ["allowed"] * 3, told
