"""A certificate through the gate: allowed, forbidden, and bound to an account or a method."""

import clients
from acme import Client, csr
from world import GATE, WORLD, Gate, lab


def client():
    return Client(GATE, WORLD.certificate)


def test_an_allowed_name_is_issued_for():
    with Gate():
        acme = client()
        url, order = acme.order("plain.net", "*.deno.net")
        answer = acme.finalize(order, csr(["plain.net", "*.deno.net"]))
        assert answer.status == 200, (answer.status, answer.body)
        while acme.status(url) == "processing":
            pass
        chain = acme.post(acme.post(url).json()["certificate"])
        assert chain.body.startswith(b"-----BEGIN CERTIFICATE"), chain.body[:100]


def test_a_forbidden_name_is_refused_and_never_reaches_the_server():
    with Gate():
        acme = client()
        url, order = acme.order("www.forbids.com", "plain.com", method="dns-01")
        before = WORLD.finalizes()
        answer = acme.finalize(order, csr(["www.forbids.com", "plain.com"]))
        problem = answer.json()
        assert answer.status == 403 and problem["status"] == 403, answer.body
        assert problem["type"] == "urn:ietf:params:acme:error:caa", problem
        assert "CAA record for forbids.com prevents issuance" in problem["detail"], problem
        assert answer.fields["Retry-After"] is None and answer.fields["Replay-Nonce"] is None
        assert answer.fields["Content-Type"] == "application/problem+json"
        assert WORLD.finalizes() == before and acme.status(url) == "ready"


def test_every_client_issues_through_it():
    with Gate():
        for run in clients.together("plain.net"):
            assert run.has_certificate(), (run.name, run.text)


def test_every_client_is_told_whose_record_forbids():
    with Gate():
        for run in clients.together("www.forbids.com"):
            assert not run.has_certificate() and run.status != 0, (run.name, run.text)
            assert "CAA record for forbids.com prevents issuance" in run.text, (run.name, run.text)


def test_a_method_that_the_record_does_not_allow_is_refused():
    with Gate():
        acme = client()
        url, order = acme.order("method.com", method="dns-01")
        assert acme.finalize(order, csr(["method.com"])).status == 200
        url, order = acme.order("method.com", method="http-01")
        answer = acme.finalize(order, csr(["method.com"]))
        assert answer.status == 403 and "method.com prevents issuance" in answer.json()["detail"], answer.body
        for run in clients.together("method.com", [clients.lego, clients.acme_tiny]):
            assert "method.com prevents issuance" in run.text and not run.has_certificate(), (run.name, run.text)


def test_an_account_that_the_record_does_not_name_is_refused():
    with Gate():
        acme, other = client(), client()
        lab("publish", "island.com", text=f'@ IN CAA 0 issue "letsencrypt.org; accounturi={acme.kid}"\n')
        url, order = acme.order("www.island.com")
        assert acme.finalize(order, csr(["www.island.com"])).status == 200
        url, order = other.order("www.island.com")
        answer = other.finalize(order, csr(["www.island.com"]))
        assert answer.status == 403 and "island.com prevents issuance" in answer.json()["detail"], answer.body
