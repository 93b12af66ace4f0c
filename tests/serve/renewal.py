"""A certificate that changes while it is shown."""

import concurrent.futures
import contextlib
import hashlib
import os
import pathlib
import shutil
import signal
import socket
import ssl
import time

from access import Authority, fingerprint
from client import SECONDS, Client, tls_context
from daemon import file_with, run
from world import BASE, OPEN, Serving, folder, request

GET = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
IN_A_ROW = 20  # so many connections in a row meet every worker
CROWD, CONNECTIONS, TIMES = 4, 60, 12
BOTH = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


class Shop:
    """Two certificates of one authority, the files that caad has one of them in, a client's certificate, and a token."""

    def __init__(self):
        self.authority = Authority("ours")
        self.a, self.b = self.issue("a"), self.issue("b")
        self.client_key, self.client = self.authority.issue("node")
        self.folder = folder()
        self.put(self.a)
        self.rest = (f'\nhistory: {{audit: off}}\naccess:\n'
                     f'  - {{name: t, token-sha256: {hashlib.sha256(b"secret").hexdigest()}, rights: [check]}}\n'
                     f'  - {{name: c, certificate-sha256: {fingerprint(self.client)}, rights: [check]}}\n')
        self.conf = self.with_files(f"{self.folder}/cert.pem", f"{self.folder}/key.pem")

    def issue(self, name):
        return self.authority.issue(name, 'tls_www_server\nsigning_key\nip_address = "127.0.0.1"\n')

    def with_files(self, certificate, key, client_ca=None):
        return (BASE + f'http: {{listen: ["127.0.0.1:0"], certificate: {certificate}, key: {key}, '
                f'client-ca: {client_ca or self.authority.certificate}}}' + self.rest)

    def put(self, pair):
        for source, name in zip(pair, ("key.pem", "cert.pem")):
            shutil.copyfile(source, self.folder / "new")
            os.rename(self.folder / "new", self.folder / name)

    def context(self, version=None, client=False):
        context = tls_context(self.authority.certificate, *((self.client, self.client_key) if client else ()))
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def connect(self, port, session=None, context=None, **how):
        made = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        return (context or self.context(**how)).wrap_socket(made, server_hostname="127.0.0.1", session=session)

    def shown(self, connection):
        """Which one that is."""
        return {fingerprint(pair[1]): name for name, pair in (("a", self.a), ("b", self.b))}[
            hashlib.sha256(connection.getpeercert(binary_form=True)).hexdigest()]

    def wait_for(self, name, port):
        """Each worker takes it up by itself."""
        in_a_row, until = 0, time.monotonic() + SECONDS
        while in_a_row < IN_A_ROW:
            assert time.monotonic() < until, f"{name} is not what everybody is shown"
            with self.connect(port) as connection:
                in_a_row = in_a_row + 1 if self.shown(connection) == name else 0

    @contextlib.contextmanager
    def serving(self):
        with Serving(self.conf, self.context(), Authorization="Bearer secret") as (caad, client):
            caad.wait_for("workers, libunbound")
            yield caad, client


def again(caad, conf=None):
    """What it says when it reads its configuration, this one if there is one, again."""
    before = len(caad.lines)
    if conf is not None:
        pathlib.Path(caad.path).write_text(conf)
    caad.send(signal.SIGHUP)
    with caad.said:
        assert caad.said.wait_for(lambda: any("configuration" in (line or "configuration") for line in caad.lines[before:]),
                                  SECONDS), caad.log()
    return "\n".join(line for line in caad.lines[before:] if line)


def posted(connection, body, token=""):
    """The status of a check over this connection, which stays open."""
    connection.sendall(b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + token.encode()
                       + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    return answered(connection)


def answered(connection):
    got = b""
    while b"\r\n\r\n" not in got:
        part = connection.recv(65536)
        assert part, got
        got += part
    head, _, rest = got.partition(b"\r\n\r\n")
    left = int(dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])[b"content-length"]) - len(rest)
    while left > 0:
        left -= len(connection.recv(left))
    return int(head.split()[1])


def test_another_certificate_is_shown_and_open_connections_go_on():
    shop, body = Shop(), request("allows.com")
    token = "Authorization: Bearer secret\r\n"
    with shop.serving() as (caad, client), shop.connect(client.port) as plain, \
            shop.connect(client.port, client=True) as known:
        assert posted(plain, body) == 401 and posted(plain, body, token) == 200 and posted(known, body) == 200
        shop.put(shop.b)
        said = again(caad)
        assert f"another certificate: {shop.folder}/cert.pem" in said and "needs a restart" not in said, said
        assert "certificate and key" in said, said
        shop.wait_for("b", client.port)
        for connection in (plain, known):
            assert shop.shown(connection) == "a"
        assert posted(plain, body) == 401 and posted(plain, body, token) == 200 and posted(known, body) == 200
        with shop.connect(client.port, client=True) as after:
            assert shop.shown(after) == "b" and posted(after, body) == 200
        assert client.post("/v1/check", body).status == 200
        told = list(Client(client.port, shop.context(), Authorization="Bearer secret").stream([body] * 500))
        assert len(told) == 500, len(told)
        assert "certificate" not in again(caad).replace("certificate and key", ""), "it is the same"


def test_what_is_of_no_use_leaves_the_certificate_as_it_was():
    shop = Shop()
    certificate, key = shop.folder / "cert.pem", shop.folder / "key.pem"
    with shop.serving() as (caad, client):
        shop.put(shop.b)
        again(caad)
        shop.wait_for("b", client.port)

        def stays(why):
            said = again(caad)
            assert f"the certificate stays as it was: {why}" in said and "another certificate" not in said, said
            assert "configuration read again: " in said and "certificate and key" not in said, said
            shop.wait_for("b", client.port)
            shop.put(shop.b)
            assert (said := again(caad)).count("certificate") == 1 and "drain-s, certificate and key" in said, said

        shutil.copyfile(shop.a[1], certificate)
        stays(f"{key}: the key cannot be used: The certificate and the given key do not match")
        certificate.write_text("no certificate\n")
        stays(f"{certificate}: the certificate cannot be used: No certificate was found")
        key.write_text("")
        stays(f"{key}: the key cannot be used: ")
        certificate.unlink()
        stays(f"{certificate}: No such file")
        if "running as" in caad.log():
            key.chmod(0o600)  # root's
            stays(f"{key}: Permission denied")


def test_an_authority_that_changes_in_its_file_is_told():
    shop = Shop()
    trusted = shop.folder / "ca.pem"
    shutil.copyfile(shop.authority.certificate, trusted)
    shop.conf = shop.with_files(f"{shop.folder}/cert.pem", f"{shop.folder}/key.pem", trusted)
    with shop.serving() as (caad, client):
        assert "client-ca" not in again(caad)
        shutil.copyfile(Authority("other").certificate, trusted)
        said = again(caad)
        assert f"http: client-ca: {trusted}: changed, but needs a restart" in said, said
        trusted.unlink()
        assert f"http: client-ca: stays as it was: {trusted}: No such file" in again(caad)
        with shop.connect(client.port, client=True) as known:
            assert posted(known, request("allows.com")) == 200


def test_paths_may_change_and_what_else_tls_has_may_not():
    shop = Shop()
    with shop.serving() as (caad, client):
        said = again(caad, shop.with_files(shop.b[1], shop.b[0]))
        assert f"another certificate: {shop.b[1]}" in said and "needs a restart" not in said, said
        shop.wait_for("b", client.port)
        other = Authority("other")
        said = again(caad, shop.with_files(shop.a[1], shop.a[0], other.certificate))
        assert "http: client-ca: changed, but needs a restart" in said and f"another certificate: {shop.a[1]}" in said, said
        shop.wait_for("a", client.port)
        with shop.connect(client.port, client=True) as known:
            assert posted(known, request("allows.com")) == 200
        said = again(caad, BASE + 'http: {listen: ["127.0.0.1:0"]}' + shop.rest)
        assert "http: certificate: changed, but needs a restart" in said and "stays as it was" not in said, said
        shop.wait_for("a", client.port)
    with Serving(OPEN) as (caad, client):
        said = again(caad, OPEN.replace("http: {", f"http: {{certificate: {shop.a[1]}, key: {shop.a[0]}, "))
        assert "http: certificate: changed, but needs a restart" in said and "another certificate" not in said, said
        assert client.ask("GET", "/healthz").status == 200


def begin(shop, port, version):
    """A handshake that the server has answered, and the client has not; and its socket."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = shop.context(version).wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    connection = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
    try:
        session.do_handshake()
        raise AssertionError("so soon?")
    except ssl.SSLWantReadError:
        connection.sendall(outgoing.read())
    incoming.write(connection.recv(1))
    return connection, session, incoming, outgoing


def end(connection, session, incoming, outgoing):
    """Ends it, and asks something."""
    def step(what):
        while True:
            try:
                return what()
            except ssl.SSLWantReadError:
                connection.sendall(outgoing.read())
                got = connection.recv(65536)
                assert got, "closed"
                incoming.write(got)
    step(session.do_handshake)
    session.write(GET)
    connection.sendall(outgoing.read())
    return step(lambda: session.read(65536))


def test_a_handshake_under_way_ends_with_the_certificate_it_began_with():
    shop = Shop()
    with shop.serving() as (caad, client):
        early = [socket.create_connection(("127.0.0.1", client.port), timeout=SECONDS) for _ in range(8)]
        begun = [begin(shop, client.port, version) for version in BOTH for _ in range(8)]
        shop.put(shop.b)
        again(caad)
        shop.wait_for("b", client.port)
        for one in begun:
            assert end(*one).startswith(b"HTTP/1.1 200") and shop.shown(one[1]) == "a"
            one[0].close()
        for one in early:
            with shop.context().wrap_socket(one, server_hostname="127.0.0.1") as connection:
                assert shop.shown(connection) == "b"


def processor_s(caad):
    ran = pathlib.Path(f"/proc/{caad.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(ran[11]) + int(ran[12])) / os.sysconf("SC_CLK_TCK")


def test_a_handshake_that_stands_still_costs_next_to_nothing():
    shop = Shop()
    with shop.serving() as (caad, client), contextlib.ExitStack() as open_ones:
        for version in BOTH * 4:
            open_ones.enter_context(begin(shop, client.port, version)[0])
        part = open_ones.enter_context(socket.create_connection(("127.0.0.1", client.port), timeout=SECONDS))
        part.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        time.sleep(1)
        before, since = processor_s(caad), time.monotonic()
        time.sleep(3)
        share = (processor_s(caad) - before) / (time.monotonic() - since)
        assert share < 0.2, f"{share:.2f} of a core"
        assert client.ask("GET", "/healthz").status == 200


def test_no_session_is_resumed_with_the_certificate_before():
    shop = Shop()
    with shop.serving() as (caad, client):
        kept = []
        for version in BOTH:
            context = shop.context(version)
            with shop.connect(client.port, context=context) as connection:
                connection.sendall(GET)
                assert answered(connection) == 200
                kept.append((context, connection.session))
        shop.put(shop.b)
        again(caad)
        shop.wait_for("b", client.port)
        for context, session in kept:
            with shop.connect(client.port, session, context) as connection:
                connection.sendall(GET)
                assert answered(connection) == 200 and shop.shown(connection) == "b" and not connection.session_reused


def test_a_crowd_meets_one_or_the_other_while_it_changes():
    shop = Shop()
    with shop.serving() as (caad, client), concurrent.futures.ThreadPoolExecutor(CROWD) as pool:
        def visit(number):
            met = set()
            for i in range(CONNECTIONS):
                with shop.connect(client.port, version=BOTH[(number + i) % 2]) as connection:
                    met.add(shop.shown(connection))
                    connection.sendall(GET)
                    assert answered(connection) == 200
            return met

        crowd = [pool.submit(visit, number) for number in range(CROWD)]
        for i in range(TIMES):
            shop.put((shop.b, shop.a)[i % 2])
            again(caad)
        assert {name for one in crowd for name in one.result()} <= {"a", "b"}
        assert caad.log().count("another certificate") == TIMES, caad.log()


def test_a_pair_that_does_not_belong_together_does_not_start():
    shop = Shop()
    shutil.copyfile(shop.b[0], shop.folder / "key.pem")
    for more in ([], ["--check-config"]):
        ended = run("--config", file_with(shop.conf), *more)
        assert ended.returncode == 78 and "key.pem: the key cannot be used: The certificate and the given" in ended.stderr, ended
    shop.put(shop.a)
    assert run("--config", file_with(shop.conf), "--check-config").returncode == 0
