"""The DNS fails while a client waits at finalize: it is ridden out inside, or told so that nothing is lost."""

import concurrent.futures
import os
import time

import clients
import functions
from acme import Client, csr, encode
from world import GATE, WORLD, Gate, lab


def down(seconds=None):
    lab("fault", "net", "--kind", "drop", *(["--for", f"{seconds}s"] if seconds else []))


def client():
    return Client(GATE, WORLD.certificate)


def ready(names):
    """Clients with an order each that is ready, and their CSRs: what comes before the failure."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda name: (acme := client(), *acme.order(name), csr([name])), names))


def ride_out(seconds, patience, conf=None, held_at="finalizes"):
    """The servers are silent for `seconds` after the first client is held, and up to `patience` until all are: on a
    busy machine one may come to its finalize when they answer again."""
    with Gate(conf) as gate, concurrent.futures.ThreadPoolExecutor(1) as pool:
        down()
        try:
            running = pool.submit(clients.together, "plain.net")
            gate.wait_until_held(1)
            first, held = time.monotonic(), 0
            while time.monotonic() < first + seconds or (held < len(clients.ALL) and time.monotonic() < first + patience):
                held = max(held, gate.metric("caa_gate_finalizes_held"))
                time.sleep(0.1)
        finally:
            lab("clear", "net")
        print(f"# {held:.0f} of {len(clients.ALL)} clients were held at once")
        runs = running.result()
        for run in runs:
            assert run.has_certificate(), (run.name, run.text)
        assert gate.metric(f'caa_gate_{held_at}_total{{result="forwarded"}}') == len(runs)


def by_hand_only():
    if "CAA_GATE_LONG" not in os.environ:
        raise functions.Skipped("by hand, with CAA_GATE_LONG=1: half a minute, all clients held within a second or two")


def test_eight_seconds_are_ridden_out_by_every_client():
    """At the first try, with no second order: none of them tries again by itself."""
    ride_out(8, 12)


def test_twenty_two_seconds_are_ridden_out_by_every_client():
    by_hand_only()
    ride_out(22, 22)


def test_for_good_every_client_ends_with_the_reason():
    by_hand_only()
    with Gate():
        down()
        try:
            for run in clients.together("plain.net"):
                assert not run.has_certificate() and run.status != 0, (run.name, run.text)
                assert "looking up CAA for net" in run.text, (run.name, run.text)
        finally:
            lab("clear", "net")


def test_where_it_lasts_the_client_is_told_and_the_order_stays_ready():
    with Gate(WORLD.conf("hold-s: 3\n")):
        (acme, url, order, der), = ready(["plain.net"])
        down()
        try:
            before = WORLD.finalizes()
            answer = acme.finalize(order, der)
            problem = answer.json()
            assert answer.status == 503 and problem["type"] == "urn:ietf:params:acme:error:dns", answer.body
            assert answer.fields["Retry-After"].isdigit() and int(answer.fields["Retry-After"]) > 0
            assert "looking up CAA for net" in problem["detail"] and problem["caa"]["fault"] == "registry", problem
            assert answer.fields["Replay-Nonce"] is None
            assert WORLD.finalizes() == before and acme.status(url) == "ready"
        finally:
            lab("clear", "net")
        until = time.monotonic() + 60
        while (answer := acme.finalize(order, der)).status == 503:  # the same request again, in the end
            assert time.monotonic() < until, answer.body
        assert answer.status == 200, answer.body


def test_the_same_request_at_once_is_one_check_and_another_csr_is_another():
    with Gate(WORLD.conf("hold-s: 120\n")) as gate:
        (acme, url, order, der), = ready(["plain.net"])
        bodies = [acme.sign(order["finalize"], {"csr": text}) for text in (encode(der), encode(der), encode(csr(["plain.net"])))]
        down()
        try:
            checks = 'caa_checks_total{verdict="allowed"}'
            before = gate.metric(checks)
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                # The first one twice, to the letter: its nonce is good once.
                sent = [pool.submit(acme.send, order["finalize"], body) for body in (bodies[0], *bodies)]
                gate.wait_until_held(4)
                lab("clear", "net")
                answers = [one.result() for one in sent]
        finally:
            lab("clear", "net")
        assert gate.metric(checks) - before == 2, "two CSRs, two checks"
        assert [answer.status for answer in answers].count(200) == 1, [answer.body for answer in answers]
        refused = [answer.json()["type"] for answer in answers if answer.status != 200]
        assert all(kind.rsplit(":", 1)[1] in ("badNonce", "orderNotReady", "malformed") for kind in refused), refused


def test_a_nonce_gone_stale_is_said_by_the_server():
    with Gate():
        (acme, url, order, der), = ready(["plain.com"])
        answer = acme.send(order["finalize"], acme.sign(order["finalize"], {"csr": encode(der)}, nonce="stale"))
        assert answer.status == 400 and answer.json()["type"].endswith(":badNonce"), answer.body
        assert answer.fields["Replay-Nonce"] and acme.status(url) == "ready"
