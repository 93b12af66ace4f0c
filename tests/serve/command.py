"""caa check --server: the same text, JSON and exit status as without."""

import hashlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import threading

from access import Authority, tls_context
from asking import needed, steady
from daemon import file_with
from world import BASE, LAB, OPEN, Serving

NAMES = {"allows.com": 0, "forbids.com": 1, "method.com": 1, "past-end.unreadable.com": 3, "foo.nosuchtld": 3,
         "192.0.2.1": 4, "x.onion": 4, "a..b": 64, "*.sabo28.deno.net": 0}


def caa(*words, **environment):
    program = pathlib.Path(os.environ["CAA_BUILD"]) / "cli" / "caa"
    clean = {name: value for name, value in os.environ.items() if name != "CAA_TOKEN"}
    return subprocess.run([program, "check", *words], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.PIPE if "input" in environment else subprocess.DEVNULL,
                          env=dict(clean, CAA_CONFIG=str(LAB / "caa.conf"), LC_ALL="C.UTF-8", **environment))


def timeless(text):
    """Without times, and without the levels above the name: whether those came in time is a matter of chance."""
    above = re.sub(r"(?m)^( {3,}| +└).*\n", "", text)
    return re.sub(r"\s+\d+(\.\d+)? ms", "", above)


def test_text_and_exit_status_are_the_same():
    with Serving(OPEN) as (_, client):
        for name, status in NAMES.items():
            here, there = caa(name), caa("--server", f"http://127.0.0.1:{client.port}/", name)
            assert here.returncode == there.returncode == status, f"{name}:\n{here}\n{there}"
            assert timeless(here.stdout) == timeless(there.stdout), f"{name}:\n{here.stdout}\n{there.stdout}"
            assert here.stderr == there.stderr, f"{name}:\n{here.stderr}\n{there.stderr}"
        names = [name for name in NAMES if name != "a..b"]
        there = caa("--server", f"http://127.0.0.1:{client.port}", *names)
        assert there.returncode == 1, there
        found = [there.stdout.find(name) for name in names]
        assert found == sorted(found) and min(found) >= 0, there.stdout


def test_json_is_the_same_and_has_an_id():
    with Serving(OPEN) as (_, client):
        for name in NAMES:
            here, there = caa("--json", name), caa("--json", "--server", f"http://127.0.0.1:{client.port}", name)
            ours, theirs = json.loads(here.stdout), json.loads(there.stdout)
            if "levels" in ours:
                ours, theirs = needed(ours), needed(theirs)
            if name != "a..b":
                assert "id" in theirs, theirs
            assert steady(ours) == steady(theirs), f"{name}:\n{ours}\n{theirs}"


def test_what_is_wrong_is_said():
    with Serving(OPEN) as (_, client):
        url = f"http://127.0.0.1:{client.port}"
        for words, status, reason in (
                (["--server", "ftp://x", "a.com"], 78, "neither http:// nor https://"),
                (["--server", "http://127.0.0.1:1", "a.com"], 70, "127.0.0.1:1"),
                (["--server", url + "/nowhere", "a.com"], 78, "404"),
                (["--server", url, "--br-insecure-failure", "a.com"], 78, "br-insecure-failure is off"),
                (["--server", url, "--no-rescue", "a.com"], 64, "nothing is resolved here"),
                (["--server", url, "--problem", "answer", "a.com"], 64, "do not go together"),
                (["--cacert", "/x", "a.com"], 64, "are for --server"),
                (["--server", url, "--token-file", "/nowhere", "a.com"], 78, "/nowhere"),
                (["--server", "http://192.0.2.1", "--token-file", file_with("t"), "a.com"], 78, "https only"),
                (["--server", "http://127.a.example", "--token-file", file_with("t"), "a.com"], 78, "https only"),
                (["--server", "http://localhost:1@192.0.2.1", "--token-file", file_with("t"), "a.com"], 78, "https only"),
                (["--server", "http://[::1]:1", "--token-file", file_with("t"), "a.com"], 70, "::1")):
            ended = caa(*words)
            assert ended.returncode == status and reason in ended.stderr and not ended.stdout, f"{words}: {ended}"


class Liar(http.server.BaseHTTPRequestHandler):
    """Answers everything with the same."""

    told = b""

    def do_POST(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.told)))
        self.end_headers()
        self.wfile.write(self.told)

    def log_message(self, *_):
        pass


def test_what_is_no_verdict_on_the_name_is_none():
    with http.server.HTTPServer(("127.0.0.1", 0), Liar) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for told in ('{"verdict":"allowed"}', '{"verdict":"allowed","name":"b.com"}', '{"verdict":"allowed","name":"*.a.com"}',
                     '{"verdict":"forbidden","name":"a.com","verdict":"allowed"}', '{"name":"a.com","verdict":true}',
                     '[{"name":"a.com","verdict":"allowed"}]', '{"name":"a.com","verdict":"allowed"', "", "\0\0", "<html>"):
            Liar.told = told.encode()
            ended = caa("--server", f"http://127.0.0.1:{server.server_port}", "A.com.")
            assert ended.returncode == 70 and "not as caad does" in ended.stderr and not ended.stdout, f"{told}: {ended}"
        Liar.told = b'{"name":"a.com","verdict":"allowed","report":""}'  # as a proxy on the way to this machine
        ended = caa("--server", "http://127.0.0.1:1", "--token-file", file_with("t"), "a.com",
                    http_proxy=f"http://127.0.0.1:{server.server_port}")
        assert ended.returncode == 70 and not ended.stdout, ended
        Liar.told = b'{"name":"a.com","verdict":"permitted","report":"?\\n"}'  # newer than we are
        assert caa("--server", f"http://127.0.0.1:{server.server_port}", "A.com.").returncode == 1
        server.shutdown()


def test_tokens_and_certificates_are_shown():
    authority = Authority("ours")
    server_key, server = authority.issue("server", 'tls_www_server\nsigning_key\nip_address = "127.0.0.1"\n')
    key, certificate = authority.issue("node")
    conf = (BASE + f'http: {{listen: ["127.0.0.1:0"], certificate: {server}, key: {server_key}, '
            f'client-ca: {authority.certificate}}}\nhistory: {{audit: off}}\naccess:\n'
            f'  - {{name: a, token-sha256: {hashlib.sha256(b"secret").hexdigest()}, rights: [check]}}\n'
            f'  - {{name: b, certificate-subject: "CN=node,O=Example", rights: [check]}}\n')
    with Serving(conf, tls_context(authority.certificate)) as (_, client):
        server = ["--server", f"https://127.0.0.1:{client.port}"]
        trusted = [*server, "--cacert", str(authority.certificate)]
        assert caa(*server, "allows.com").returncode == 70
        refused = caa(*trusted, "allows.com")
        assert refused.returncode == 78 and "401" in refused.stderr, refused
        assert caa(*trusted, "--token-file", file_with("secret\n"), "allows.com").returncode == 0
        assert caa(*trusted, "allows.com", CAA_TOKEN="secret").returncode == 0
        assert caa(*trusted, "allows.com", CAA_TOKEN="wrong").returncode == 78
        assert caa(*trusted, "--cert", str(certificate), "--key", str(key), "allows.com").returncode == 0
