"""caad as a resolver, with recursors in processes of their own and a history."""

import base64
import http.client
import os
import pathlib
import resource
import signal
import sqlite3
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "daemon"))
from daemon import Caad  # noqa: E402
from message import DO, NOERROR, RD, REFUSED, SERVFAIL, Connection, Message, ask_tcp, ask_udp, opt, query, udp_socket  # noqa: E402

BASE = pathlib.Path(os.environ["CAA_LAB"], "caa.conf").read_text()
TYPE = "application/dns-message"
IDLE_CONNECTIONS = int(os.environ.get("CAA_IDLE_CONNECTIONS", "2000"))


class Resolver:
    """caad on HTTPS and DNS with a history on disk; a client of both."""

    def __init__(self, more="", audit="required"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="caad-dns-"))
        self.folder.chmod(0o777)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", self.folder / "key.pem", "-out", self.folder / "cert.pem", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        (self.folder / "key.pem").chmod(0o644)
        self.caad = Caad(BASE + f'http: {{listen: ["127.0.0.1:0"], certificate: "{self.folder}/cert.pem", '
                         f'key: "{self.folder}/key.pem"}}\n'
                         f'history: {{database: "{self.folder}/history.db", audit: {audit}}}\n'
                         + (more or 'dns: {listen: ["127.0.0.1:0"], deadline-ms: 20000}\n'))
        self.http_port = int(self.caad.wait_for(r"HTTP on 127\.0\.0\.1:(\d+)")[1])

    def dns_port(self):
        return int(self.caad.wait_for(r"DNS on 127\.0\.0\.1:(\d+)")[1])

    def ask(self, name, kind="CAA", **how):
        return Message(ask_udp(self.dns_port(), query(name, kind, **how)))

    def request(self, method, path, body=None, **fields):
        trusted = ssl.create_default_context(cafile=self.folder / "cert.pem")
        connection = http.client.HTTPSConnection("127.0.0.1", self.http_port, context=trusted, timeout=60)
        connection.request(method, path, body, fields)
        response = connection.getresponse()
        return response, response.read()

    def post(self, octets):
        return self.request("POST", "/dns-query", octets, **{"Content-Type": TYPE})

    def get(self, octets):
        text = base64.urlsafe_b64encode(octets).decode().rstrip("=")
        return self.request("GET", "/dns-query?dns=" + text)

    def recorded(self, name):
        with sqlite3.connect(self.folder / "history.db") as database:
            return database.execute("SELECT outcome, rcode FROM record WHERE name = ?", (name,)).fetchall()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            status = self.caad.end()
            assert status == 0, f"exit status {status}:\n{self.caad.log()}"
        elif self.caad.process.poll() is not None:
            raise AssertionError("caad had ended:\n" + self.caad.log())
        self.caad.__exit__()


def test_signatures_come_through_the_sandbox():
    with Resolver() as caad:
        for _ in range(2):  # from a recursor, and from the cache
            told = caad.ask("signed.com", edns=opt(1232, DO))
            assert told.rcode == NOERROR and len(told.sections[0]) == 2, told.sections


def test_dns_over_https_says_what_dns_says():
    with Resolver() as caad:
        for name, kind in (("signed.com", "CAA"), ("nosuch.signed.com", "A"), ("big.com", "CAA"), ("net", "SOA")):
            octets = query(name, kind, number=0, edns=opt(1232, DO))
            over_udp = Message(ask_udp(caad.dns_port(), octets))
            for response, body in (caad.post(octets), caad.get(octets)):
                assert response.status == 200 and response.getheader("Content-Type") == TYPE, response.status
                told = Message(body)
                assert told.rcode == over_udp.rcode and told.question == over_udp.question, name
                if name == "big.com":
                    assert len(told.sections[0]) == 1001  # nothing is truncated here
                else:
                    assert told.sections == over_udp.sections, name
                age = response.getheader("Cache-Control")
                assert age.startswith("max-age=") and 0 < int(age[8:]) <= min(told.ttls), (name, age)


def test_failures_are_answers_over_https_too():
    with Resolver() as caad:
        response, body = caad.post(query("expired.com"))
        told = Message(body)
        assert response.status == 200 and told.rcode == SERVFAIL and told.extended_error()[0] is not None
        assert response.getheader("Cache-Control") == "no-store"
        response, body = caad.post(query("signed.com", "ANY"))
        assert response.status == 200 and Message(body).rcode == REFUSED


def test_http_that_is_no_query_is_refused():
    with Resolver() as caad:
        good = query("signed.com")
        for status, (response, _) in (
                (400, caad.request("GET", "/dns-query")), (400, caad.request("GET", "/dns-query?dns=A===")),
                (400, caad.request("GET", "/dns-query?name=signed.com")), (400, caad.get(good[:11])),
                (400, caad.post(b"")), (400, caad.post(good[:2] + b"\x81" + good[3:])),
                (415, caad.request("POST", "/dns-query", good, **{"Content-Type": "application/json"})),
                (413, caad.post(good + b"\0" * 2000)), (405, caad.request("PUT", "/dns-query", good))):
            assert response.status == status, (status, response.status)
        assert caad.post(good)[0].status == 200


def test_curl_resolves_by_it():
    with Resolver() as caad:
        ended = subprocess.run(["curl", "-s", "-4", "--doh-insecure", "--doh-url",
                                f"https://127.0.0.1:{caad.http_port}/dns-query", "-m", "30", "-o", "/dev/null", "-w",
                                "%{remote_ip}", "http://ns1.signed.com:53/"], capture_output=True, text=True)
        address = bytes.fromhex(caad.ask("ns1.signed.com", "A").sections[0][0][3])
        assert ended.stdout == ".".join(str(octet) for octet in address), ended


def test_who_may_not_ask_the_dns_may_not_over_https_either():
    with Resolver('dns: {listen: ["127.0.0.1:0"], allow: ["192.0.2.0/24"]}\n') as caad:
        assert caad.ask("signed.com").rcode == REFUSED
        assert caad.post(query("signed.com"))[0].status == 403
    with Resolver("dns: {enabled: no}\n") as caad:
        assert caad.post(query("signed.com"))[0].status == 404


def test_answers_are_on_record_before_they_are_sent():
    with Resolver() as caad:
        assert caad.ask("signed.com").rcode == NOERROR
        assert ("records", 0) in caad.recorded("signed.com"), caad.recorded("signed.com")
        assert caad.ask("expired.com", flags=RD).rcode == SERVFAIL
        assert any(rcode == 2 for _, rcode in caad.recorded("expired.com")), caad.recorded("expired.com")
        assert caad.post(query("allows.com"))[0].status == 200
        assert ("records", 0) in caad.recorded("allows.com")


def test_who_waits_when_there_is_no_time_left_is_told():
    with Resolver('dns: {listen: ["127.0.0.1:0"], deadline-ms: 60000}\n') as caad:
        with Connection(caad.dns_port()) as connection, udp_socket(caad.dns_port()) as connected:
            connected.send(query("dead-insecure.com", number=2))
            connection.send(query("dead.com", number=1), query("signed.com", number=3))
            assert Message(connection.receive()).number == 3  # so the others have been taken
            caad.caad.send(signal.SIGTERM)
            caad.caad.wait_for("what runs has 25 s")
            caad.caad.send(signal.SIGTERM)
            for octets in (connection.receive(), connected.recv(2000)):
                told = Message(octets)
                assert told.rcode == SERVFAIL and "the server is being stopped" in told.extended_error()[1], told
            assert connection.receive() is None
        assert caad.caad.wait() == 0 and "gave up on 2 requests" in caad.caad.log(), caad.caad.log()
        assert any(rcode == 2 for _, rcode in caad.recorded("dead.com"))


def counted(caad, name):
    text = caad.request("GET", "/metrics")[1].decode()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith(name + " ")))


def test_connections_that_say_nothing_keep_nobody_out():
    resource.setrlimit(resource.RLIMIT_NOFILE, (IDLE_CONNECTIONS + 500, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with Resolver('dns: {listen: ["127.0.0.1:0"], deadline-ms: 20000}\nworkers: 1\n') as caad:
        port = caad.dns_port()
        silent = [Connection(port) for _ in range(IDLE_CONNECTIONS)]
        assert Message(ask_tcp(port, query("signed.com"))).rcode == NOERROR
        assert caad.ask("net", "SOA").rcode == NOERROR
        last = silent[-1]
        last.send(query("allows.com"))
        assert Message(last.receive()).rcode == NOERROR
        assert counted(caad, "caa_dns_connections_total") > IDLE_CONNECTIONS
        for connection in silent:
            connection.socket.close()
        assert Message(ask_tcp(port, query("forbids.com"))).rcode == NOERROR


def test_one_client_leaves_three_quarters_of_the_connections_to_others():
    with Resolver('dns: {listen: ["127.0.0.1:0"], connections: 8, deadline-ms: 20000}\nworkers: 1\n') as caad:
        port = caad.dns_port()
        busy = [Connection(port) for _ in range(2)]
        for connection in busy:
            connection.send(query("dead.com"))
        assert caad.ask("signed.com").rcode == NOERROR  # and so both of these wait
        with Connection(port) as one_more:
            one_more.send(query("signed.com"))
            assert one_more.receive() is None
        with Connection(port, source="127.0.0.2") as other:
            other.send(query("signed.com"))
            assert Message(other.receive()).rcode == NOERROR
        assert counted(caad, "caa_dns_connections_refused_total") == 1


def test_connections_to_one_address_leave_room_at_the_other():
    with Resolver('dns: {listen: ["127.0.0.1:0", "127.0.0.2:0"], connections: 8, connections-per-client: 8}\nworkers: 1\n') as caad:
        first, second = (int(caad.caad.wait_for(rf"DNS on 127\.0\.0\.{n}:(\d+)")[1]) for n in (1, 2))
        silent = [Connection(first) for _ in range(8)]
        for connection in silent:
            connection.send(query("signed.com"))
            assert Message(connection.receive()).rcode == NOERROR
        with Connection(second, "127.0.0.2") as last:
            last.send(query("signed.com"))
            told = last.receive()
            assert told is not None and Message(told).rcode == NOERROR
        assert silent[0].receive() is None  # quiet for longest
        silent[7].send(query("net"))
        assert Message(silent[7].receive()).rcode == NOERROR
