"""guard: challenge: no challenge is answered before its name's lookups have passed."""

import concurrent.futures
import re
import subprocess
import time

import outage
import through
from acme import Client, csr
from world import GATE, WORLD, Gate, daemon, lab

GUARD = "guard: challenge\n"


class Challenge:
    """An order's first authorization, and a challenge of it that nobody has answered yet."""

    def __init__(self, name, method="http-01", acme=None):
        self.acme = acme or Client(GATE, WORLD.certificate)
        answer = self.acme.post(self.acme.directory["newOrder"], {"identifiers": [{"type": "dns", "value": name}]})
        self.order_url, self.order = answer.fields["Location"], answer.json()
        self.authorization, = self.order["authorizations"]
        offered = self.acme.post(self.authorization).json()["challenges"]
        self.url = next(challenge["url"] for challenge in offered if challenge["type"] == method)

    def answer(self):
        return self.acme.post(self.url, {})

    def states(self):
        return self.acme.status(self.authorization), self.acme.status(self.order_url)

    def finish(self):
        """From here on as any client does it; the name is that of the order."""
        while self.acme.status(self.authorization) == "pending":
            pass
        name = self.order["identifiers"][0]["value"]
        return self.acme.finalize(self.order, csr([name]))


def challenges_at_pebble():
    """Requests to challenges that have reached it, looks included."""
    return len(re.findall(r"POST /chalZ/", WORLD.pebble_log()))


def count(gate, result):
    return gate.metric(f'caa_gate_challenges_total{{result="{result}"}}')


def test_an_allowed_name_passes_and_its_certificate_comes():
    with Gate(WORLD.conf(GUARD)) as gate:
        for name in ("plain.net", "*.deno.net"):
            challenge = Challenge(name, "dns-01")
            assert challenge.answer().status == 200
            assert challenge.finish().status == 200
        assert count(gate, "forwarded") == 2


def test_a_forbidden_name_is_refused_before_anybody_validates_it():
    with Gate(WORLD.conf(GUARD)) as gate:
        for name, owner in (("www.forbids.com", "forbids.com"), ("method.com", "method.com")):
            challenge, before = Challenge(name, "http-01"), challenges_at_pebble()
            answer = challenge.answer()
            problem = answer.json()
            assert answer.status == 403 and problem["type"].endswith(":caa"), answer.body
            assert f"CAA record for {owner} prevents issuance" in problem["detail"], problem
            assert answer.fields["Retry-After"] is None
            assert challenges_at_pebble() == before and challenge.states() == ("pending", "pending")
        # The record of method.com names dns-01: the challenge that is answered is the method.
        assert Challenge("method.com", "dns-01").answer().status == 200
        assert (count(gate, "forbidden"), count(gate, "forwarded")) == (2, 1)


def test_every_client_is_ridden_out_at_its_challenge():
    outage.ride_out(8, 18, WORLD.conf(GUARD), "challenges")


def test_where_it_lasts_the_client_is_told_and_the_authorization_stays_pending():
    with Gate(WORLD.conf(GUARD + "hold-s: 3\n")) as gate:
        challenge, before = Challenge("plain.net"), challenges_at_pebble()
        outage.down()
        try:
            answer = challenge.answer()
            problem = answer.json()
            assert answer.status == 503 and problem["type"].endswith(":dns"), answer.body
            assert int(answer.fields["Retry-After"]) > 0 and problem["caa"]["fault"] == "registry", answer.body
            assert challenges_at_pebble() == before and challenge.states() == ("pending", "pending")
            assert count(gate, "undecided") == 1
        finally:
            lab("clear", "net")
        until = time.monotonic() + 60
        while (answer := challenge.answer()).status == 503:
            assert time.monotonic() < until, answer.body
        assert answer.status == 200 and challenge.finish().status == 200


def test_the_same_answer_at_once_is_one_check():
    with Gate(WORLD.conf(GUARD)) as gate, concurrent.futures.ThreadPoolExecutor(3) as pool:
        challenge = Challenge("plain.net")
        outage.down()
        try:
            sent = [pool.submit(challenge.answer) for _ in range(3)]
            gate.wait_until_held(3)
        finally:
            lab("clear", "net")
        assert 200 in [one.result().status for one in sent]
        assert gate.metric('caa_checks_total{verdict="allowed"}') == 1


def test_what_is_not_known_or_only_looked_at_is_not_held():
    with Gate(WORLD.conf(GUARD)) as gate:
        known = Challenge("plain.net")
        gate.end()
    with Gate(WORLD.conf(GUARD)) as gate:  # which has seen nothing of it
        outage.down()
        try:
            acme = Client(GATE, WORLD.certificate)
            seen = Challenge("plain.net", acme=acme)
            assert acme.post(seen.url).json()["status"] == "pending", "a look at a challenge"
            before = challenges_at_pebble()
            assert known.answer().status == 200 and challenges_at_pebble() == before + 1
            for url in (seen.url + "0", f"https://{GATE}/chalZ/nobody"):
                assert acme.post(url, {}).status == 404, url
            # Without an account there is nobody to check for; the server refuses it.
            acme.kid = None
            assert acme.post(seen.url, {}).status in (400, 401, 403)
            assert count(gate, "forwarded") == count(gate, "undecided") == 0
        finally:
            lab("clear", "net")


def test_without_it_no_challenge_is_held():
    with Gate():
        challenge = Challenge("plain.net")
        outage.down()
        try:
            assert challenge.answer().status == 200
        finally:
            lab("clear", "net")


def dig(name):
    """What caad's DNS listener says."""
    done = subprocess.run(["dig", "+time=60", "+tries=1", "@127.0.0.1", "-p", str(through.CAAD_PORT), name, "CAA"],
                          capture_output=True, text=True, timeout=daemon.SECONDS)
    return re.search(r"status: (\w+)", done.stdout)[1]


def test_a_ca_behind_that_asks_caad_meets_an_ancestor_that_works():
    """The gate asks through the CA's caad, so that what it has waited for is remembered there."""
    with through.a_caad(", deadline-ms: 1500"):
        with Gate(WORLD.conf(GUARD + through.FORWARD)) as gate, concurrent.futures.ThreadPoolExecutor(1) as pool:
            challenge = Challenge("plain.net")
            outage.down()
            try:
                assert dig("net") == "SERVFAIL"
                sent = pool.submit(challenge.answer)
                gate.wait_until_held(1)
                lab("clear", "net")
                assert sent.result().status == 200, sent.result().body
                outage.down()
                assert dig("net") == "NOERROR"  # what the CA would ask now
            finally:
                lab("clear", "net")


def test_what_makes_no_sense_is_refused_at_the_start():
    for more, why in (("guard: challenges\n", "neither none nor challenge"),
                      (GUARD + "mode: annotate\n", "nothing is checked that could guard")):
        done = Gate.fail(WORLD.conf(more))
        assert done.returncode == 78 and why in done.stderr, (done.returncode, done.stderr)
