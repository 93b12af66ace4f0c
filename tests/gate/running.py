"""What changes while it runs, and a server behind that is slow, without TLS, or killed."""

import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import threading
import time

import clients
import outage
from acme import Client, Http, csr, encode
from annotate import JSON
from hostile import raw
from relay import relay
from upstream import upstream
from world import GATE, PATHS, WORLD, Gate, again, certificate, lab, wait_until

SERVERS_MOST = 256  # connections to the server behind, gate/upstream.c


def client():
    return Client(GATE, WORLD.certificate)


def test_what_can_change_does_and_what_cannot_is_said():
    with Gate() as gate:
        (acme, url, order, der), = outage.ready(["plain.net"])
        said = again(gate, WORLD.conf('hold-s: 2\nguard: challenge\nbr-insecure-failure: yes\n',
                                      limits="{held: 1}").replace("[letsencrypt.org]", "[other.example]"))
        for key in ("issuers", "br-insecure-failure"):
            assert f"{key}: changed, but needs a restart" in said, said
        assert said.count("needs a restart") == 2, said
        challenges = 'caa_gate_challenges_total{result="forwarded"}'
        outage.ready(["plain.com"])
        assert gate.metric(challenges) == 1
        outage.down()
        try:
            answer = acme.finalize(order, der)
            assert answer.status == 503 and "plain.net" in answer.json()["detail"], answer.body
        finally:
            lab("clear", "net")
        said = again(gate, "nonsense: 1\n", "stays as it was")
        assert "nonsense" in said, said
        assert acme.status(url) == "ready"
        again(gate, WORLD.conf())
        until = time.monotonic() + 60
        while (answer := acme.finalize(order, der)).status == 503:
            assert time.monotonic() < until, answer.body
        assert answer.status == 200, answer.body
        outage.ready(["plain.com"])
        assert gate.metric(challenges) == 1, "the guard is off again"


def test_without_its_spawner_it_says_so_and_ends_in_order_to_be_started_again():
    with Gate() as gate:
        for child in children_of(gate.process.pid):
            os.kill(child, signal.SIGKILL)
        assert gate.wait() == 70, gate.log()
        assert gate.log().count("error: ") == 1 and "error: the recursors' spawner is gone" in gate.log(), gate.log()


def test_a_recursor_that_ends_badly_is_told():
    with Gate() as gate:
        (spawner,) = children_of(gate.process.pid)
        os.kill(children_of(spawner)[0], signal.SIGSYS)
        gate.wait_for("warning: a recursor's process ended: SIGSYS; it is replaced")


def children_of(pid):
    return list(map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def certificate_of(connection):
    return connection.getpeercert(binary_form=True)


def connect(trusted):
    context = ssl.create_default_context(cafile=trusted)
    host, port = GATE.split(":")
    return context.wrap_socket(socket.create_connection((host, int(port)), timeout=120), server_hostname=host)


def test_another_certificate_is_taken_up_and_nobody_is_cut_off():
    first, second = WORLD.folder / "first", WORLD.folder / "second"
    for folder in (first, second):
        certificate(folder)
    used = WORLD.folder / "used"
    shutil.copytree(first, used)
    conf = WORLD.conf().replace(f"certificate: {WORLD.certificate}\nkey: {WORLD.key}\n",
                                f"certificate: {used}/cert.pem\nkey: {used}/key.pem\n")
    with Gate(conf) as gate, concurrent.futures.ThreadPoolExecutor(1) as pool:
        acme = Client(GATE, first / "cert.pem")
        _, order = acme.order("plain.net")
        body = acme.sign(order["finalize"], {"csr": encode(csr(["plain.net"]))})
        kept = connect(first / "cert.pem")
        before = certificate_of(kept)
        outage.down()
        try:
            sent = pool.submit(acme.send, order["finalize"], body)
            gate.wait_until_held(1)
            shutil.copytree(second, used, dirs_exist_ok=True)
            assert "another certificate" in again(gate, conf)
            after = certificate_of(connect(second / "cert.pem"))
            assert after != before
        finally:
            lab("clear", "net")
        assert sent.result().status == 200, sent.result().body
        for _ in range(2):
            kept.sendall(f"HEAD /dir HTTP/1.1\r\nHost: {GATE}\r\n\r\n".encode())
            assert (answer := kept.recv(65536)).startswith(b"HTTP/1.1 200 "), answer
        assert "another certificate" not in again(gate, conf), "it is the same"
        (used / "cert.pem").write_text("no certificate\n")
        said = again(gate, conf)
        assert "the certificate stays as it was" in said and "certificate and key" not in said, said
        shutil.copyfile(first / "cert.pem", used / "cert.pem")
        assert "key.pem: the key cannot be used: The certificate and the given key do not match" in again(gate, conf)
        (used / "cert.pem").unlink()
        assert "the certificate stays as it was" in (said := again(gate, conf)) and f"{used}/cert.pem" in said
        assert certificate_of(connect(second / "cert.pem")) == after
        # A client that stays connected all the time does not keep others from being served.
        shutil.copytree(first, used, dirs_exist_ok=True)
        with connect(second / "cert.pem"):
            assert "another certificate" in again(gate, conf)
            assert Client(GATE, first / "cert.pem").kid


def plain(server, more="", paths=PATHS, directory="/dir"):
    return (WORLD.conf(more, paths=paths, upstream=server.url)
            .replace(f"https://{GATE}/dir", f"https://{GATE}{directory}").replace(f", ca: {WORLD.certificate}", ""))


def behind_plain(server, more=""):
    return plain(server, more, ["/acme/"], "/acme/directory")


def test_a_server_without_tls_is_told_that_clients_have_it():
    with upstream({"/acme/any": (200, [("Content-Type", JSON)], b"{}")}, tls=False) as server:
        with Gate(behind_plain(server)):  # else its directory would lead past the gate
            http = Http(GATE, WORLD.certificate)
            server.asked.clear()
            assert http.ask("GET", "/acme/any").status == 200
            assert http.ask("GET", "/acme/any", X_Forwarded_Proto="http", X_Forwarded_For="1.2.3.4",
                            Forwarded="proto=http", Connection="X-Forwarded-Proto").status == 200
            for _, _, fields, _ in server.asked:
                assert fields["X-Forwarded-Proto"] == "https" and fields["Host"] == GATE, fields
                assert "X-Forwarded-For" not in fields and "Forwarded" not in fields, fields


def test_clients_issue_from_a_server_without_tls():
    with relay() as server, Gate(plain(server)):
        for run in clients.together("plain.net", [clients.certbot, clients.lego]):
            assert run.has_certificate(), (run.name, run.text)
        said = re.findall(rb"\nX-Forwarded-Proto: (\S+)\r\n", server.requests, re.I)
        assert set(said) == {b"https"} and len(said) == len(re.findall(rb" HTTP/1\.1\r\n", server.requests)), said


def test_no_field_is_hidden_in_the_value_of_another():
    """To a server that takes a lone CR for the end of a line it would be a field, or a request, of its own."""
    hidden = (b"a\rX-Forwarded-Proto: http", b"a\r\rPOST /order-plz HTTP/1.1\r", b"\rb")
    with relay() as server, Gate(plain(server)):
        server.requests = b""
        for name in (b"User-Agent", b"Accept", b"X-Other"):
            for value in hidden:
                answer = raw(b"GET /dir HTTP/1.1\r\nHost: " + GATE.encode() + b"\r\n" + name + b": x" + value + b"\r\n\r\n")
                assert answer.startswith(b"HTTP/1.1 400 ") and b"urn:caa:problem:bad-request" in answer, (name, value, answer)
        assert server.requests == b"", server.requests
        assert raw(b"GET /dir HTTP/1.1\r\nHost: " + GATE.encode() + b"\r\nUser-Agent: \xe4\tb\r\nConnection: close\r\n\r\n"
                   ).startswith(b"HTTP/1.1 200 ")
        assert b"\r\nUser-Agent: \xe4\tb\r\n" in server.requests, server.requests


def test_a_slow_server_is_waited_for_and_asked_once():
    with relay() as server, Gate(plain(server)), concurrent.futures.ThreadPoolExecutor(1) as pool:
        (acme, url, order, der), = outage.ready(["plain.com"])
        body, before = acme.sign(order["finalize"], {"csr": encode(der)}), WORLD.finalizes()
        server.answers.clear()
        sent = pool.submit(acme.send, order["finalize"], body)
        wait_until("arrive", lambda: WORLD.finalizes() > before)
        time.sleep(3)
        server.answers.set()
        assert sent.result().status == 200 and WORLD.finalizes() == before + 1


def test_a_server_that_does_not_answer_is_said_to_be_late_and_was_asked_once():
    with relay() as server, Gate(plain(server).replace("upstream: {", "upstream: {timeout-s: 6, ")) as gate:
        (acme, url, order, der), = outage.ready(["plain.com"])
        body, before = acme.sign(order["finalize"], {"csr": encode(der)}), WORLD.finalizes()
        server.answers.clear()
        answer = acme.send(order["finalize"], body)
        assert answer.status == 504 and answer.json()["type"].endswith(":serverInternal"), answer.body
        assert answer.fields["Retry-After"] == "5"
        assert gate.metric("caa_gate_upstream_failures_total") == 1
        server.answers.set()
        # What the server has made of it, it says itself.
        wait_until("be issued", lambda: acme.status(url) == "valid")
        assert WORLD.finalizes() == before + 1


def test_more_clients_than_a_slow_server_may_have_wait_their_turn():
    count, gone = 400, threading.Event()
    at_once = threading.Semaphore(SERVERS_MOST)
    crowd = threading.Condition()
    state = {"now": 0, "most": 0}

    def slow():
        assert at_once.acquire(blocking=False), "more than it may have"
        with crowd:
            state["now"] += 1
            state["most"] = max(state["most"], state["now"])
            crowd.notify_all()
        gone.wait(120)
        with crowd:
            state["now"] -= 1
        at_once.release()
        return 200, [("Content-Type", JSON)], b"{}"

    with upstream({"/acme/any": slow}, tls=False) as server, Gate(behind_plain(server)) as gate, \
            concurrent.futures.ThreadPoolExecutor(count) as pool:
        sent = [pool.submit(Http(GATE, WORLD.certificate).ask, "GET", "/acme/any") for _ in range(count)]
        with crowd:
            assert crowd.wait_for(lambda: state["now"] == SERVERS_MOST, 120), state
        wait_until("connect", lambda: gate.metric("caa_http_connections") >= count)
        threads = len(list(pathlib.Path(f"/proc/{gate.process.pid}/task").iterdir()))
        gone.set()
        assert {one.result().status for one in sent} == {200}
        assert state["most"] == SERVERS_MOST
        assert threads < 10, f"{threads} threads for {count} clients"


POST = '{"protected":"e30","payload":"e30","signature":""}'


def test_a_server_that_dies_during_a_request_is_not_asked_twice():
    """Also on a connection that was good a moment ago, where libcurl would like to send a request again."""
    answers = {"/acme/good": (200, [("Content-Type", JSON)], b"{}"), "/acme/dead": None}
    with upstream(answers, tls=False) as server, Gate(behind_plain(server)):
        http = Http(GATE, WORLD.certificate)
        for _ in range(3):
            assert http.ask("POST", "/acme/good", POST, Content_Type="application/jose+json").status == 200
            server.asked.clear()
            answer = http.ask("POST", "/acme/dead", POST, Content_Type="application/jose+json")
            assert answer.status == 502 and answer.json()["type"].endswith(":serverInternal"), answer.body
            assert answer.fields["Retry-After"] == "5"
            assert [target for _, target, _, _ in server.asked] == ["/acme/dead"]


def test_a_server_killed_while_a_request_is_held_is_said_to_be_gone_and_comes_back():
    with Gate() as gate, concurrent.futures.ThreadPoolExecutor(1) as pool:
        (acme, url, order, der), = outage.ready(["plain.net"])
        body = acme.sign(order["finalize"], {"csr": encode(der)})
        outage.down()
        try:
            sent = pool.submit(acme.send, order["finalize"], body)
            gate.wait_until_held(1)
            WORLD.end_pebble()
        finally:
            lab("clear", "net")
        try:
            answer = sent.result()
            # Whether libcurl has noticed that the connection it kept is none any more, is a race.
            assert answer.status in (502, 503) and answer.json()["type"].endswith(":serverInternal"), answer.body
        finally:
            WORLD.start_pebble()
        http = Http(GATE, WORLD.certificate)
        wait_until("come back", lambda: http.ask("GET", "/dir").status == 200)
        assert all(run.has_certificate() for run in clients.together("plain.net", [clients.lego]))
