"""Tokens and client certificates."""

import hashlib
import json
import pathlib
import re
import ssl
import subprocess

from world import BASE, OPEN, Serving, folder, kept, request
from client import Client, tls_context

TOKENS = {"issuance": ("secret", "[check]"), "monitoring": ("watch", "[read]"), "boss": ("all", "[admin]")}


def rules():
    return "access:\n" + "".join(
        f"  - {{name: {name}, token-sha256: {hashlib.sha256(token.encode()).hexdigest()}, rights: {rights}}}\n"
        for name, (token, rights) in TOKENS.items())


def test_tokens_have_their_rights_and_no_others():
    body = request("allows.com")
    with Serving(OPEN + rules()) as (_, client):
        def status(method, path, token=None, scheme="Bearer "):
            fields = {"Authorization": scheme + token} if token is not None else {}
            if method == "POST":
                return client.ask(method, path, body, Content_Type="application/json", **fields).status
            return client.ask(method, path, **fields).status

        for token, check, read in ((None, 401, 401), ("wrong", 401, 401), ("", 401, 401), ("secret", 200, 403),
                                   ("watch", 403, 200), ("all", 200, 200), ("Secret", 401, 401), ("secre", 401, 401)):
            assert status("POST", "/v1/check", token) == check, token
            assert status("GET", "/metrics", token) == read, token
            assert status("GET", "/healthz", token) == 200, token
        assert status("POST", "/v1/check", "secret", "bearer ") == 200
        assert status("POST", "/v1/check", "secret", "Basic ") == 401
        assert status("POST", "/v1/check", "secret", "") == 401
        answer = client.post("/v1/check", body)
        assert answer.headers["www-authenticate"] == "Bearer" and answer.json()["type"] == "urn:caa:problem:unauthorized"
        got = client.exchange(b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                              b"Authorization: Bearer wrong\r\nAuthorization: Bearer secret\r\n"
                              b"Content-Length: 2\r\n\r\n{}")
        assert got.startswith(b"HTTP/1.1 400 "), got
        assert client.ask("POST", "/v1/checks", b"", Content_Type="application/x-ndjson").status == 401
        # who streams is told before the end of the body, which may never come
        for token, status in ((b"wrong", b"401"), (b"watch", b"403")):
            got = client.exchange(b"POST /v1/checks HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
                                  b"Authorization: Bearer " + token + b"\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")
            assert got.startswith(b"HTTP/1.1 " + status), got
            assert (b"\r\nWWW-Authenticate: Bearer\r\n" in got) == (status == b"401"), got
        told = list(Client(client.port, Authorization="Bearer secret").stream(iter([body])))
        assert told[0]["verdict"] == "allowed", told


def test_rules_are_taken_up_on_hup():
    import signal
    with Serving(OPEN + rules()) as (caad, client):
        body = request("allows.com")
        assert client.post("/v1/check", body, Authorization="Bearer new").status == 401
        with open(caad.path, "a") as conf:
            conf.write("  - {name: n, token-sha256: %s, rights: [check]}\n" % hashlib.sha256(b"new").hexdigest())
        caad.send(signal.SIGHUP)
        caad.wait_for("configuration read again")
        while client.post("/v1/check", body, Authorization="Bearer new").status == 401:
            pass  # each worker takes it up by itself
        assert client.post("/v1/check", body, Authorization="Bearer secret").status == 200


def test_who_may_not_read_is_told_no_more_than_whether_it_is_ready():
    place = 'database: "postgresql://us@127.0.0.1:1/history"'
    for audit, status, reasons in (("best-effort", 200, []), ("required", 503, ["history-unavailable"])):
        conf = OPEN.replace("audit: off", f"{place}, audit: {audit}")
        with Serving(conf + rules()) as (_, client):
            for token, told in (("", False), ("wrong", False), ("secret", False), ("watch", True), ("all", True)):
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                answer = client.ask("GET", "/readyz", **headers)
                ready = answer.json()
                assert answer.status == status and ready["ready"] == (status == 200), (token, ready)
                assert ready["reasons"] == reasons and not ready["draining"], (token, ready)
                if told:
                    assert "127.0.0.1" in ready["history"]["why"] and "libunbound" in ready["resolver"]["source"], ready
                else:
                    assert ready.keys() == {"ready", "draining", "reasons"}, (token, ready)
                    assert not re.search(rb"libunbound|127\.0\.0\.1|\d\.\d", answer.body), answer.body
        with Serving(conf) as (_, client):
            assert client.ask("GET", "/readyz").json()["history"]["connected"] is False


def taken_up(caad, client, conf):
    """What is said of a configuration that is read again; all workers have it then."""
    import signal
    before = len(caad.lines)
    pathlib.Path(caad.path).write_text(conf + "issuers: [letsencrypt.org]\n")
    caad.send(signal.SIGHUP)
    in_a_row = 0
    while in_a_row < 50 and not any("stays as it was" in line for line in caad.lines[before:]):
        in_a_row = in_a_row + 1 if client.post("/v1/check", {"name": "allows.com"}).status != 400 else 0
    return "\n".join(caad.lines[before:])


def test_a_reload_opens_no_listener_to_strangers():
    with Serving(OPEN.replace("127.0.0.1:0", "0.0.0.0:0") + rules()) as (caad, client):
        said = taken_up(caad, client, OPEN)
        assert "stays as it was" in said and "0.0.0.0:0 can be reached from elsewhere" in said, said
        assert client.post("/v1/check", request("allows.com")).status == 401


def test_a_reload_does_not_end_a_required_audit():
    conf = kept("required")
    database = pathlib.Path(re.search(r'database: "([^"]+)"', conf)[1])
    with Serving(conf) as (caad, client):
        said = taken_up(caad, client, conf.replace("audit: required", "audit: best-effort"))
        assert "history: audit: changed, but needs a restart" in said, said
        assert client.ask("GET", "/readyz").json()["history"]["required"] is True
        for file in database.parent.iterdir():
            file.unlink()
        database.parent.chmod(0o555)
        answer = client.post("/v1/check", {"name": "allows.com"})
        assert answer.status == 503 and "no-record" in answer.json()["type"], answer


def test_a_reload_does_not_begin_what_the_engine_cannot_prove():
    with Serving(OPEN) as (caad, client):
        said = taken_up(caad, client, OPEN + "br-insecure-failure: yes\n")
        assert "br-insecure-failure: changed, but needs a restart" in said, said
        assert client.post("/v1/check", {"name": "allows.com", "br_insecure_failure": True}).status == 400


class Authority:
    """A certificate authority of the test's own (gnutls-bin)."""

    def __init__(self, name):
        self.folder = folder()
        self.key, self.certificate = self.make(name, "ca\ncert_signing_key\n")

    def make(self, name, usage, signed_by=None):
        key, certificate, template = (self.folder / f"{name}.{kind}" for kind in ("key", "pem", "template"))
        template.write_text(f'cn = "{name}"\norganization = "Example"\nexpiration_days = 2\n{usage}')
        self.run("--generate-privkey", "--key-type=ecdsa", "--outfile", key)
        how = ["--generate-self-signed"] if signed_by is None else [
            "--generate-certificate", "--load-ca-certificate", signed_by.certificate, "--load-ca-privkey", signed_by.key]
        self.run(*how, "--load-privkey", key, "--template", template, "--outfile", certificate)
        key.chmod(0o644)
        return key, certificate

    def issue(self, name, usage="tls_www_client\nsigning_key\n"):
        return self.make(name, usage, self)

    @staticmethod
    def run(*words):
        subprocess.run(["certtool", *map(str, words)], check=True, capture_output=True, timeout=120)


def fingerprint(certificate):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pathlib.Path(certificate).read_text())).hexdigest()


def test_client_certificates_have_their_rights():
    ours, theirs = Authority("ours"), Authority("theirs")
    server_key, server = ours.issue("server", 'tls_www_server\nsigning_key\nip_address = "127.0.0.1"\n')
    by_fingerprint, by_subject, unknown = ours.issue("node"), ours.issue("ca"), ours.issue("nobody")
    stranger = theirs.issue("node")
    impostor = theirs.issue("ca")
    conf = (BASE + f'http: {{listen: ["127.0.0.1:0"], certificate: {server}, key: {server_key}, '
            f'client-ca: {ours.certificate}}}\nhistory: {{audit: off}}\naccess:\n'
            f'  - {{name: a, certificate-sha256: {fingerprint(by_fingerprint[1])}, rights: [check]}}\n'
            f'  - {{name: b, certificate-subject: "CN=ca,O=Example", rights: [check, read]}}\n')
    body = request("allows.com")

    def context(pair=None):
        return tls_context(ours.certificate, *((pair[1], pair[0]) if pair else ()))

    with Serving(conf, context()) as (_, client):
        assert client.post("/v1/check", body).status == 401
        for pair, check, read in ((by_fingerprint, 200, 403), (by_subject, 200, 200), (unknown, 401, 401)):
            known = Client(client.port, context(pair))
            assert known.post("/v1/check", body).status == check, pair
            assert known.ask("GET", "/metrics").status == read, pair
        for pair in (stranger, impostor, (server_key, server)):  # nor is a server a client
            try:
                status = Client(client.port, context(pair)).post("/v1/check", body).status
            except (ssl.SSLError, OSError):
                continue  # refused before any request
            assert status == 401, pair
        for length in (21, 5000000):  # of a body that does not come
            told = client.exchange(b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % length)
            assert told.startswith(b"HTTP/1.1 401 ") and json.loads(told.partition(b"\r\n\r\n")[2])["status"] == 401, told
        told = list(Client(client.port, context(by_subject)).stream(request("allows.com") for _ in range(3000)))
        assert sorted(line["index"] for line in told) == list(range(3000)), len(told)
        for text in (b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x00\x05hello"):
            plain = Client.__new__(Client)
            plain.port, plain.tls = client.port, None
            got = plain.exchange(text)
            assert b"200" not in got, got


def test_without_the_required_certificate_nothing_is_answered():
    ours, theirs = Authority("ours"), Authority("theirs")
    server_key, server = ours.issue("server", 'tls_www_server\nsigning_key\nip_address = "127.0.0.1"\n')
    node, stranger = ours.issue("node"), theirs.issue("node")
    conf = (BASE + f'http: {{listen: ["127.0.0.1:0"], certificate: {server}, key: {server_key}, '
            f'client-ca: {ours.certificate}, client-required: yes}}\nhistory: {{audit: off}}\n')
    body = request("allows.com")

    def context(pair=None):
        return tls_context(ours.certificate, *((pair[1], pair[0]) if pair else ()))

    with Serving(conf, context(node)) as (_, client):
        assert client.post("/v1/check", body).json()["verdict"] == "allowed"
        bare = Client(client.port, context())
        bare.contract = client.contract  # which it is not given either
        for method, path in (("POST", "/v1/check"), ("GET", "/healthz"), ("GET", "/metrics"), ("GET", "/openapi.json")):
            answer = bare.ask(method, path, body if method == "POST" else b"", Content_Type="application/json")
            assert answer.status == 403 and "client certificate" in answer.json()["detail"], (path, answer)
        assert bare.post("/v1/check", body, Authorization="Bearer anything").status == 403
        try:
            bare.tls = context(stranger)
            assert bare.post("/v1/check", body).status == 403
        except (ssl.SSLError, OSError):
            pass  # refused before any request
        assert client.post("/v1/check", body).status == 200
