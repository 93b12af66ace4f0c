"""The checks through a caad instead of libunbound of the gate's own: `forward` names its DNS listener."""

import contextlib
import time

import outage
from acme import Client, csr
from world import BASE, GATE, WORLD, Gate, daemon, folder, lab

CAAD_PORT = 5257
FORWARD = f'forward: ["127.0.0.1@{CAAD_PORT}"]\n'


@contextlib.contextmanager
def a_caad(more=""):
    """One whose DNS listener is at CAAD_PORT; it has to end well."""
    history = folder() / "history.db"
    text = (BASE + f'http: {{listen: ["127.0.0.1:0"]}}\ndns: {{listen: ["127.0.0.1:{CAAD_PORT}"]{more}}}\n'
            f"history: {{database: {history}}}\n" + Gate.sandbox())
    with daemon.Caad(text) as caad:
        caad.wait_for("workers, ")
        yield caad
        assert caad.end() == 0


def test_what_is_allowed_passes_and_what_is_forbidden_does_not():
    with a_caad(), Gate(WORLD.conf(FORWARD)):
        acme, other = Client(GATE, WORLD.certificate), Client(GATE, WORLD.certificate)
        lab("publish", "island.com", text=f'@ IN CAA 0 issue "letsencrypt.org; accounturi={acme.kid}"\n')
        for who, name, method, owner in ((acme, "*.deno.net", "dns-01", None), (acme, "www.forbids.com", "dns-01", "forbids.com"),
                                         (acme, "www.island.com", "http-01", None), (other, "www.island.com", "http-01", "island.com"),
                                         (acme, "method.com", "dns-01", None), (acme, "method.com", "http-01", "method.com")):
            url, order = who.order(name, method=method)
            answer = who.finalize(order, csr([name]))
            if owner is None:
                assert answer.status == 200, (name, method, answer.body)
            else:
                assert answer.status == 403 and f"CAA record for {owner} prevents issuance" in answer.json()["detail"], answer.body
                assert who.status(url) == "ready"


def test_eight_seconds_are_ridden_out_by_every_client():
    with a_caad():
        outage.ride_out(8, 12, WORLD.conf(FORWARD))


def test_where_it_lasts_or_the_caad_is_gone_the_client_is_told_and_the_order_stays_ready():
    with Gate(WORLD.conf(FORWARD + "hold-s: 5\n")):
        (acme, url, order, der), = outage.ready(["plain.net"])

        def told():
            before = WORLD.finalizes()
            answer = acme.finalize(order, der)
            problem = answer.json()
            assert answer.status == 503 and problem["type"].endswith(":dns"), answer.body
            assert int(answer.fields["Retry-After"]) > 0 and "looking up CAA for net" in problem["detail"], answer.body
            assert WORLD.finalizes() == before and acme.status(url) == "ready"

        told()
        outage.down()  # before the caad is there: what the gate goes on asking would be answered at once, and remembered
        try:
            with a_caad():
                told()
                lab("clear", "net")
                until = time.monotonic() + 60
                while (answer := acme.finalize(order, der)).status == 503:
                    assert time.monotonic() < until, answer.body
                assert answer.status == 200, answer.body
        finally:
            lab("clear", "net")
