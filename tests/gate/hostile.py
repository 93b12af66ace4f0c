"""What must not get through, and what must not be lost."""

import concurrent.futures
import functools
import json
import re
import signal
import socket
import ssl
import urllib.parse

from cryptography import x509

from acme import Client, Http, Kept, csr, encode
from outage import down, ready
from world import GATE, PATHS, PEBBLE, WORLD, Gate, again, certificate, daemon, folder, lab, wait_until


def raw(octets):
    """What comes back for octets sent as they are, until the connection is closed or silent."""
    context = ssl.create_default_context(cafile=WORLD.certificate)
    host, port = GATE.split(":")
    answer = b""
    with socket.create_connection((host, int(port)), timeout=120) as plain:
        with context.wrap_socket(plain, server_hostname=host) as connection:
            connection.sendall(octets)
            while part := connection.recv(65536):
                answer += part
    return answer


def status(acme, url, body, **fields):
    return acme.send(url, body, **fields).status


def test_no_body_that_two_readers_read_differently_passes():
    with Gate():
        (acme, url, order, der), = ready(["www.forbids.com"])
        target, text = order["finalize"], encode(der)
        before = WORLD.finalizes()
        for payload in (f'{{"CSR":"{text}"}}', f'{{"c\u017fr":"{text}"}}', f'{{"csr":"{text}","csr":"{text}"}}',
                        f'{{"csr":"{text}="}}', f'[{{"csr":"{text}"}}]', f'{{"csr":"{text}"}}x', '{"csr":7}'):
            answer = acme.send(target, acme.sign(target, payload))
            assert answer.status == 400 and answer.json()["type"].endswith(":malformed"), (payload[:20], answer.body)
        good = acme.sign(target, {"csr": text})
        for body in (good | {"header": {}}, good | {"signatures": []}, {"protected": good["protected"]}, [good], "x",
                     json.dumps(good)[:-1] + ',"payload":""}'):
            assert status(acme, target, body) == 400, body
        assert status(acme, target, good, Content_Type="application/json") == 415
        assert status(acme, target, good, Content_Encoding="gzip") == 415
        # The order's own URL, or any other: a CSR makes it a finalize.
        assert status(acme, url, acme.sign(url, {"csr": text})) == 403
        assert WORLD.finalizes() == before and acme.status(url) == "ready"


def test_names_that_are_not_the_orders_are_refused():
    with Gate():
        (acme, url, order, der), = ready(["plain.com"])
        for request in (csr(["plain.com", "forbids.com"]), csr(["signed.com"]), csr(["plain.com"], common="forbids.com"),
                        csr([f"n{i}.plain.com" for i in range(10000)]), csr([]), b"0"):
            answer = acme.finalize(order, request)
            assert answer.status == 403 or len(request) > 100000 and answer.status == 413, answer.body
        before = WORLD.finalizes()
        acme.finalize(order, csr([], common="plain.com"))
        assert WORLD.finalizes() == before + 1, "a common name alone is a name: the rest is the server's to say"


def test_no_name_is_hidden_from_a_gate_that_does_not_know_the_order():
    """Whatever the gate's own reader of CSRs stops at: the server reads on."""
    names = ["plain.com", "www.forbids.com"]
    hiding = x509.DirectoryName(x509.Name([]))
    with Gate():
        acme = Client(GATE, WORLD.certificate)
        url, order = acme.order(*names)
    with Gate():
        before = WORLD.finalizes()
        answer = acme.finalize(order, csr(["plain.com", hiding, "www.forbids.com"]))
        assert answer.status == 403 and WORLD.finalizes() == before, answer.body
        assert acme.status(url) == "ready"


def test_only_the_acme_servers_own_paths_pass():
    with Gate() as gate:
        acme = Client(GATE, WORLD.certificate)
        for target in ("/", "/roots/0", "/dirx", "/my-order/../dir", "/my-order//x", "/%64ir", "/dir/", "/my-order/%2e%2e/dir"):
            assert acme.http.ask("GET", target).status == 404, target
        for target in ("/dir?a\x01b", "/dir?a\x7f", "/dir?\xe4", "/dir?a#b"):
            answer = raw(f"GET {target} HTTP/1.1\r\nHost: {GATE}\r\nConnection: close\r\n\r\n".encode("latin-1"))
            assert answer.startswith(b"HTTP/1.1 404 "), (target, answer)
        assert gate.metric("caa_gate_upstream_failures_total") == 0
        assert acme.http.ask("GET", "/dir", Host="other.example").status == 400
        for target, host, status in ((f"https://{GATE}/dir", "other.example", 200), (f"http://{GATE}/dir", GATE, 200),
                                     ("https://other.example/dir", GATE, 400), (f"https://{GATE}/roots/0", GATE, 404)):
            answer = raw(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            assert answer.startswith(b"HTTP/1.1 %d " % status), (target, answer)
        assert acme.http.ask("PUT", "/dir").status == 405
        assert acme.http.ask("GET", "/dir").status == 200


LARGE = 1 << 20  # octets of a body, the most that is taken
LARGE_TOGETHER = 64  # of them, gate/front.c


def begin_large(connection):
    """A body that could be the largest, but for its last octet."""
    connection.sendall(f"POST /order-plz HTTP/1.1\r\nHost: {GATE}\r\nContent-Type: application/jose+json\r\n"
                       f"Content-Length: {LARGE}\r\n\r\n".encode() + b" " * (LARGE - 1))


def test_large_bodies_have_an_end_and_small_ones_pass_beside_them():
    with Gate() as gate:
        acme = Client(GATE, WORLD.certificate)
        crowd = [Kept(GATE, WORLD.certificate) for _ in range(LARGE_TOGETHER)]
        for client in crowd:
            begin_large(client.connection.sock)
        large = functools.partial(acme.http.ask, "POST", "/order-plz", b" " * LARGE, Content_Type="application/jose+json")
        wait_until("be full", lambda: large().status == 503)
        answer = large()
        assert answer.status == 503 and answer.fields["Retry-After"] == "5" and b"busy" in answer.body, answer.body
        assert acme.order("plain.com"), "a body of the usual size"
        for client in crowd:
            client.connection.close()
        wait_until("be empty", lambda: large().status == 400)
        assert gate.metric("caa_gate_upstream_failures_total") == 0


def is_served(connection):
    try:
        return connection.ask("GET", "/dir").status == 200
    except OSError:
        return False


def test_no_client_takes_all_connections():
    with Gate(WORLD.conf(limits="{connections-per-client: 3}")) as gate:
        crowd = [Kept(GATE, WORLD.certificate) for _ in range(3)]
        assert all(map(is_served, crowd))
        assert not is_served(Http(GATE, WORLD.certificate))
        assert gate.metric("caa_http_connections_refused_total") == 1
        assert all(map(is_served, crowd)), "those who were there"
        assert is_served(Kept(GATE, WORLD.certificate, "127.0.0.2"))
        crowd.pop().connection.close()
        wait_until("let another in", lambda: is_served(Http(GATE, WORLD.certificate)))


def test_no_second_request_is_hidden_in_one():
    head = f"Host: {GATE}\r\nContent-Type: application/jose+json\r\n"
    hidden = (f"POST /order-plz HTTP/1.1\r\n{head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
              f"POST /order-plz HTTP/1.1\r\n{head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}x",
              f"POST /order-plz HTTP/1.1\r\n{head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
              f"POST /order-plz HTTP/1.1\r\n{head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
              f"GET /dir HTTP/1.1\r\nHost: {GATE}\r\nHost: other\r\n\r\n")
    # Each may wait for the rest of its body until it is cut off: all at once.
    with Gate(), concurrent.futures.ThreadPoolExecutor(len(hidden)) as pool:
        for octets, answer in zip(hidden, pool.map(lambda text: raw(text.encode()), hidden)):
            # libmicrohttpd closes without a word where it cannot tell where the body ends.
            assert answer == b"" or (answer.startswith(b"HTTP/1.1 400") and answer.count(b"HTTP/1.1 ") == 1), (octets, answer)


def test_a_directory_that_leads_past_the_gate_keeps_it_from_starting():
    for conf, why in ((WORLD.conf().replace(f"https://{GATE}/dir", f"http://{GATE}/dir"), "past the gate"),
                      (WORLD.conf(paths=None), "say in `paths`"),
                      (WORLD.conf(paths=()), "an empty list"),
                      (WORLD.conf().replace("issuers:", "#"), "issuers"),
                      (WORLD.conf("wait-s: 0\n", upstream="https://127.0.0.1:9"), "127.0.0.1:9")):
        done = Gate.fail(conf)
        assert done.returncode == 78 and why in done.stderr, (done.returncode, done.stderr)


def test_what_the_configuration_names_is_looked_at_before_a_start():
    looked_at = Gate.fail(WORLD.conf(), "--check-config")
    assert looked_at.returncode == 0 and looked_at.stdout.endswith(": ok\n"), looked_at
    _, other_key = certificate(folder())
    for before, after, why in ((f"key: {WORLD.key}", f"key: {other_key}", f"{other_key}: the key cannot be used"),
                               (f"certificate: {WORLD.certificate}", "certificate: /x/cert.pem", "/x/cert.pem: No such file"),
                               (f"ca: {WORLD.certificate}", "ca: /x/ca.pem", "/x/ca.pem: No such file"),
                               ("trust-anchor: ", "trust-anchor: /x", "/x/"),
                               ("hold-s: 9", "user: nobody-of-us", "nobody-of-us")):
        conf = WORLD.conf("hold-s: 9\n")
        assert before in conf, before
        done = Gate.fail(conf.replace(before, after), "--check-config")
        assert done.returncode == 78 and why in done.stderr and done.stdout == "", (after, done)


def test_mistakes_in_the_configuration_are_named_with_their_line():
    conf = WORLD.conf("hold-s: 9\n")
    for before, after, why in ((f"https://{PEBBLE}", "https://127.0.0.1:65536", "url: the port of 'https://127.0.0.1:65536' is none"),
                               (f"https://{PEBBLE}", "https://[::1]:0", "url: the port of "),
                               (f"https://{GATE}/dir", "https://127.0.0.1:x/dir", "url: the port of "),
                               (f'"{GATE}"]', f'"{GATE}", "0.0.0.0:14443"]', "listen: 127.0.0.1:14443 and 0.0.0.0:14443 cannot"),
                               ("127.0.0.1:8258", GATE, "status-listen: 127.0.0.1:14443 and 127.0.0.1:14443 cannot"),
                               ("127.0.0.1:8258", "0.0.0.0:8258", "status-listen: 0.0.0.0:8258 can be reached from elsewhere"),
                               ("hold-s: 9", "user: root", "user: 'root' is root"),
                               ("hold-s: 9", "history: {database: 'mysql://x/y'}", "history: database: there are no databases at mysql://"),
                               ("hold-s: 9", "forward: [x]", "forward: forwarder 'x'"),
                               ("hold-s: 9", "resolver-options: ['module-config: iterator']", "resolver-options: module-config is refused")):
        assert before in conf, before
        line = conf[:conf.index(before)].count("\n") + 1
        done = Gate.fail(conf.replace(before, after), "--check-config")
        assert done.returncode == 78 and re.search(rf"caad\.conf:{line}: .*{re.escape(why)}", done.stderr), (after, done)


def test_what_is_held_when_it_is_killed_is_still_ready():
    """It was not forwarded; the client's own second try, at the gate that is started anew, goes through."""
    with Gate() as gate, concurrent.futures.ThreadPoolExecutor(10) as pool:
        waiting = ready(["plain.net"] * 10)
        before = WORLD.finalizes()
        down()
        try:
            sent = [pool.submit(acme.finalize, order, der) for acme, _, order, der in waiting]
            gate.wait_until_held(10)
            gate.end(signal.SIGKILL)
            assert all(one.exception() is not None for one in sent), "an answer without a gate"
        finally:
            lab("clear", "net")
        with Gate():
            assert {acme.status(url) for acme, url, _, _ in waiting} == {"ready"} and WORLD.finalizes() == before
            assert {acme.finalize(order, der).status for acme, _, order, der in waiting} == {200}


def test_what_is_held_at_the_end_is_answered_first():
    with Gate() as gate, concurrent.futures.ThreadPoolExecutor(1) as pool:
        (acme, url, order, der), = ready(["plain.net"])
        down()
        try:
            sent = pool.submit(acme.finalize, order, der)
            gate.wait_until_held(1)
            gate.send(signal.SIGTERM)
            gate.wait_for("ending")
        finally:
            lab("clear", "net")
        assert sent.result().status == 200 and gate.wait() == 0


def test_who_is_held_when_there_is_no_time_left_is_told():
    with Gate() as gate, concurrent.futures.ThreadPoolExecutor(1) as pool:
        (acme, url, order, der), = ready(["plain.net"])
        down()
        try:
            sent = pool.submit(acme.finalize, order, der)
            gate.wait_until_held(1)
            gate.send(signal.SIGTERM)
            gate.wait_for("ending: what is held has")
            gate.send(signal.SIGTERM)
            answer = sent.result()
        finally:
            lab("clear", "net")
        assert answer.status == 503 and answer.fields["Retry-After"] == "5", answer.body
        assert answer.json()["detail"] == "the gate is being stopped", answer.body
        assert gate.wait() == 0 and "gave up on 1 requests" in gate.log(), gate.log()


def test_a_server_that_is_gone_is_said_to_be():
    with Gate():
        (acme, url, order, der), = ready(["plain.com"])
        WORLD.end_pebble()
        try:
            body = acme.sign(order["finalize"], {"csr": encode(der)}, nonce="x")
            answer = acme.send(order["finalize"], body)
            # Nothing was sent, so that those who try again after 503 lose nothing.
            assert answer.status == 503 and answer.json()["type"].endswith(":serverInternal"), answer.body
            assert answer.fields["Retry-After"] == "5", answer.fields.items()
        finally:
            WORLD.start_pebble()


def test_each_client_and_account_may_have_so_many_held():
    with Gate(WORLD.conf(limits="{held-per-account: 2, held-per-client: 3}")) as gate, \
            concurrent.futures.ThreadPoolExecutor(8) as pool:
        acme, other = Client(GATE, WORLD.certificate), Client(GATE, WORLD.certificate)
        orders = [(acme, acme.order(name)[1], csr([name])) for name in ("a.plain.net", "b.plain.net", "c.plain.net")]
        orders += [(other, other.order(name)[1], csr([name])) for name in ("d.plain.net", "e.plain.net")]
        down()
        try:
            sent = [pool.submit(who.finalize, order, der) for who, order, der in orders[:2]]
            gate.wait_until_held(2)
            account = acme.finalize(*orders[2][1:])
            sent.append(pool.submit(other.finalize, *orders[3][1:]))
            gate.wait_until_held(3)
            client = other.finalize(*orders[4][1:])
        finally:
            lab("clear", "net")
        for answer, whose in ((account, "account"), (client, "client")):
            assert answer.status == 503 and whose in answer.json()["detail"] and answer.fields["Retry-After"], answer.body
        assert [one.result().status for one in sent] == [200] * 3


def test_who_claims_an_account_does_not_keep_its_owner_out():
    """The gate verifies no signature: anybody can say that he is anybody."""
    with Gate(WORLD.conf(limits="{held-per-account: 2}")) as gate:
        acme = Client(GATE, WORLD.certificate)
        orders = [(acme.order(name)[1]["finalize"], csr([name])) for name in ("a.plain.net", "b.plain.net", "c.plain.net")]
        bodies = [(urllib.parse.urlsplit(url).path, acme.sign(url, {"csr": encode(der)})) for url, der in orders]
        crowd = [Kept(GATE, WORLD.certificate, address) for address in ("127.0.0.2", "127.0.0.2", "127.0.0.1")]
        down()
        try:
            for held, (client, (target, body)) in enumerate(zip(crowd, bodies)):
                body = body | {"signature": encode(b"not his")} if held < 2 else body
                client.send("POST", target, json.dumps(body), Content_Type="application/jose+json")
                gate.wait_until_held(held + 1)
        finally:
            lab("clear", "net")
        told = [client.answer().status for client in crowd]
        assert told[2] == 200 and told[:2] != [200, 200], told


def test_names_are_what_a_client_may_have_so_many_of():
    """But one request, of as many names as any may have, always finds room."""
    with Gate(WORLD.conf(limits="{checks: 6, checks-per-client: 3}")) as gate, \
            concurrent.futures.ThreadPoolExecutor(4) as pool:
        acme = Client(GATE, WORLD.certificate)
        orders = [(acme.order(*names)[1], csr(names)) for names in
                  (["a.plain.net", "b.plain.net", "c.plain.net", "d.plain.net"], ["e.plain.net"], ["plain.com"])]
        down()
        try:
            first = pool.submit(acme.finalize, *orders[0])
            gate.wait_until_held(1)
            second = acme.finalize(*orders[1])
            assert second.status == 503 and "names of this client" in second.json()["detail"], second.body
            assert second.fields["Retry-After"] == "5"
            again(gate, WORLD.conf(limits="{checks: 4, checks-per-client: 100}"))
            second = acme.finalize(*orders[1])
            assert second.status == 503 and "of all clients together" in second.json()["detail"], second.body
            again(gate, WORLD.conf(limits="{checks: 5, checks-per-client: 5}"))
            assert acme.finalize(*orders[2]).status == 200
        finally:
            lab("clear", "net")
        assert first.result().status == 200
        assert acme.finalize(*orders[1]).status == 200
