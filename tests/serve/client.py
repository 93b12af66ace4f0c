"""Talks HTTP to a caad, and holds every answer to the OpenAPI document that it serves."""

import http.client
import io
import json
import re
import select
import socket
import ssl
import sys
import threading

import jsonschema

SECONDS = 120  # after this it hangs: no test depends on how quick something is


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {dict(self.headers)}\n{self.body[:2000]!r}"


class Contract:
    """What the OpenAPI document says of answers."""

    def __init__(self, document):
        self.document = document
        self.resolver = jsonschema.RefResolver("", document)

    def schema(self, name):
        return jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{name}"}, resolver=self.resolver)

    def operation(self, method, path):
        for pattern, item in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
                return item.get({"HEAD": "get"}.get(method, method.lower()))
        return None

    def hold(self, method, path, answer):
        operation = self.operation(method, path.partition("?")[0])
        if operation is None:
            problem = answer.body
            if problem and method != "HEAD":
                self.schema("Problem").validate(json.loads(problem))
            return
        told = operation["responses"].get(str(answer.status), operation["responses"]["default"])
        if "$ref" in told:
            told = self.document["components"]["responses"][told["$ref"].rpartition("/")[2]]
        kind = answer.headers["content-type"].partition(";")[0]
        assert kind in told["content"], f"{method} {path}: the document has no {kind} for {answer.status}: {answer}"
        if method == "HEAD":
            return
        value = json.loads(answer.body) if kind.endswith("json") and "ndjson" not in kind else answer.body.decode()
        jsonschema.Draft202012Validator(told["content"][kind]["schema"], resolver=self.resolver).validate(value)


class Client:
    def __init__(self, port, tls=None, **headers):
        self.port, self.tls, self.headers = port, tls, headers
        self.contract = None
        self.contract = Contract(self.ask("GET", "/openapi.json").json())

    def connect(self):
        if self.tls:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=SECONDS, context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)

    def ask(self, method, path, body=None, **headers):
        """One request on a connection of its own."""
        connection = self.connect()
        sent = {name.replace("_", "-"): value for name, value in {**self.headers, **headers}.items()}
        connection.request(method, path, body=body, headers=sent)
        got = connection.getresponse()
        answer = Answer(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())
        connection.close()
        if self.contract:
            self.contract.hold(method, path, answer)
        return answer

    def post(self, path, value, **headers):
        body = value if isinstance(value, (bytes, str)) else json.dumps(value)
        return self.ask("POST", path, body, Content_Type="application/json", **headers)

    def check(self, name, **members):
        answer = self.post("/v1/check", {"name": name, "issuers": ["letsencrypt.org"], **members})
        assert answer.status == 200, answer
        return answer.json()

    def raw(self):
        """A bare connection."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)
        return self.tls.wrap_socket(connection, server_hostname="127.0.0.1") if self.tls else connection

    def exchange(self, octets):
        """Sends octets, and returns all that comes until the server closes."""
        with self.raw() as connection:
            connection.sendall(octets)
            return read_all(connection)

    def stream(self, lines, chunk=65536):
        """Streams requests, reading while it writes; yields the lines of the answer."""
        with self.raw() as connection:
            connection = Shared(connection) if self.tls else connection
            yield from Duplex(connection, lines, chunk, self.headers).answers(self.contract)


def read_all(connection):
    parts = []
    while True:
        try:
            part = connection.recv(65536)
        except ConnectionResetError:
            part = b""
        if not part:
            return b"".join(parts)
        parts.append(part)


class Shared:
    """A TLS connection for two threads: OpenSSL's is for one at a time, and ssl does not see to that."""

    def __init__(self, connection):
        self.connection, self.lock = connection, threading.Lock()
        connection.setblocking(False)

    def _do(self, what):
        while True:
            try:
                with self.lock:
                    return what()
            except ssl.SSLWantReadError:
                ready = select.select([self.connection], [], [], SECONDS)
            except ssl.SSLWantWriteError:
                ready = select.select([], [self.connection], [], SECONDS)
            if not any(ready):
                raise TimeoutError("the connection stands still")

    def sendall(self, octets):
        left = memoryview(octets)
        while left:
            left = left[self._do(lambda: self.connection.send(left)):]

    def makefile(self, _):
        shared = self

        class Octets(io.RawIOBase):
            def readable(self):
                return True

            def readinto(self, buffer):
                return shared._do(lambda: shared.connection.recv_into(buffer))

        return io.BufferedReader(Octets())


class Duplex:
    """A client that writes a chunked body and reads a chunked answer at the same time."""

    def __init__(self, connection, lines, chunk, headers):
        self.connection = connection
        self.file = connection.makefile("rb")
        extra = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        connection.sendall(("POST /v1/checks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
                            f"{extra}Transfer-Encoding: chunked\r\n\r\n").encode())
        self.lines, self.chunk = lines, chunk
        self.writer = threading.Thread(target=self._write, daemon=True)
        self.writer.start()

    def _write(self):
        pending = b""
        try:
            for line in self.lines:
                pending += line if isinstance(line, bytes) else (json.dumps(line) + "\n").encode()
                if len(pending) >= self.chunk:
                    self.connection.sendall(b"%x\r\n%s\r\n" % (len(pending), pending))
                    pending = b""
            if pending:
                self.connection.sendall(b"%x\r\n%s\r\n" % (len(pending), pending))
            self.connection.sendall(b"0\r\n\r\n")
        except OSError as error:
            print(f"# the stream could not be written: {error}", file=sys.stderr)

    def answers(self, contract):
        status = self.file.readline().decode()
        headers = {}
        while (line := self.file.readline().strip()):
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        assert " 200 " in status, status + self.file.read().decode()
        assert headers["content-type"] == "application/x-ndjson", headers
        rest = b""
        for chunk in self._chunks():
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield json.loads(line)
        assert rest == b"", f"half a line: {rest!r}"
        self.writer.join(SECONDS)

    def _chunks(self):
        while True:
            head = self.file.readline()
            assert head.endswith(b"\r\n"), f"the answer ended in the middle: {head!r}"
            size = int(head, 16)
            yield self.file.read(size)
            assert self.file.read(2) == b"\r\n"
            if size == 0:
                assert self.file.read() == b"", "something came after the last chunk"
                return


def tls_context(authority=None, certificate=None, key=None):
    context = ssl.create_default_context(cafile=authority)
    context.check_hostname = False
    if certificate:
        context.load_cert_chain(certificate, key)
    return context
