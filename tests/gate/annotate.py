"""mode: annotate: what passes by itself is told so, and nothing else changes by an octet."""

import gzip
import json
import pathlib
import re

import jsonschema

import clients
import world
from acme import Client, Http, csr
from upstream import upstream
from world import GATE, PATHS, PEBBLE, WORLD, Gate

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
RECORDED = TOP / "tests" / "explain"
SCHEMA = json.loads((TOP / "docs" / "problem.schema.json").read_text())
PROBLEM, JSON = "application/problem+json", "application/json"
URN = "urn:ietf:params:acme:error:"


def conf(url=f"https://{PEBBLE}", more="", paths=PATHS, directory="/dir"):
    """No key of a check: where none is made, nobody has to say how."""
    return (f'mode: annotate\ntrust-anchor: /nowhere\nurl: "https://{GATE}{directory}"\nlisten: ["{GATE}"]\n'
            f"certificate: {WORLD.certificate}\nkey: {WORLD.key}\nstatus-listen: \"127.0.0.1:8258\"\n"
            f"paths: {json.dumps(list(paths))}\n" f'upstream: {{url: "{url}", ca: {WORLD.certificate}}}\n' + more)


class AnnotatingGate(Gate):
    says = "annotating its errors"


def gate_before(server):
    return AnnotatingGate(conf(server.url, paths=["/acme/"], directory="/acme/directory"))


def deno():
    """The published failures as the CA sent them: (name, problem document)."""
    for line in (RECORDED / "deno-failures.txt").read_text().splitlines():
        _, rest = line.split("+00: ", 1)
        kind, detail = re.fullmatch(r"(urn:[\w:]+): (.*)", rest).groups()
        text = json.dumps({"type": kind, "detail": detail, "status": 400}, indent=2)
        yield re.search(r"CAA for (\S+):", detail)[1], text.encode()


def published():
    """Whole documents that others published, and whether each of its errors was said, by hand, to pass."""
    for block in (RECORDED / "texts").read_text().split("\n@ ")[1:]:
        text = "\n".join(line[2:] for line in block.splitlines() if line.startswith("> "))
        expected = re.findall(r"^expect \S+ \S+ (\S+)", block, re.M)
        for at in (found.start() for found in re.finditer(r"\{", text)):
            try:
                document, length = json.JSONDecoder().raw_decode(text[at:])
            except ValueError:
                continue
            is_problem = isinstance(document.get("type"), str) and URN in document["type"]
            if is_problem or document.get("status") == "invalid":
                yield is_problem, text[at:at + length].encode(), set(expected) == {"yes"}
                break


def ask(authority, path, method="GET", body=None, **fields):
    return Http(authority, WORLD.certificate).ask(method, path, body, **fields)


def without_caa(value):
    if isinstance(value, list):
        return [without_caa(item) for item in value]
    if isinstance(value, dict):
        return {name: without_caa(item) for name, item in value.items() if name != "caa"}
    return value


def members(value):
    """All members `caa` in it."""
    if isinstance(value, list):
        return [found for item in value for found in members(item)]
    if not isinstance(value, dict):
        return []
    own = [value["caa"]] if "caa" in value else []
    return own + [found for item in value.values() for found in members(item)]


def assert_annotated(answer, body):
    """Returns its members, which are all that is new."""
    found = members(answer.json())
    assert found, answer.body
    text = answer.body
    for member in found:
        jsonschema.validate(member, {"$ref": "#/$defs/caa", "$defs": SCHEMA["$defs"]})
        assert member["retry"]["advised"] is True and member["evidence"] is None, member
        text = text.replace(b',"caa":' + json.dumps(member, separators=(",", ":")).encode(), b"")
    assert text == body, (answer.body, body)
    assert int(answer.fields["Retry-After"]) == max(member["retry"]["after_s"] for member in found)
    return found


def test_every_published_failure_gets_its_retry_after():
    documents = dict(deno())
    assert len(documents) == 16
    answers = {f"/acme/finalize/{n}": (400, [("Content-Type", PROBLEM), ("Replay-Nonce", f"n{n}")], body)
               for n, body in enumerate(documents.values())}
    with upstream(answers) as server, gate_before(server) as gate:
        waits = set()
        for (path, (_, _, body)), name in zip(answers.items(), documents, strict=True):
            answer = ask(GATE, path)
            member, = assert_annotated(answer, body)
            assert answer.status == 400 and answer.fields["Replay-Nonce"] == f"n{path.rsplit('/', 1)[1]}"
            assert member["name"] == name and member["problem"] == "servfail", member
            assert member["fault"] == ("registry" if member["owner"] == "net" else "subscriber"), member
            waits.add(answer.fields["Retry-After"])
        assert len(waits) > 4, f"they would all come back together: {waits}"
        assert gate.metric('caa_gate_annotated_total{fault="registry"}') == 15


def test_whole_documents_of_others_are_told_as_they_were_classed_by_hand():
    documents = list(published())
    answers = {f"/acme/{n}": (403 if is_problem else 200, [("Content-Type", PROBLEM if is_problem else JSON)], body)
               for n, (is_problem, body, _) in enumerate(documents)}
    passing = 0
    with upstream(answers) as server, gate_before(server):
        for n, (is_problem, body, passes) in enumerate(documents):
            answer = ask(GATE, f"/acme/{n}")
            if passes:
                assert_annotated(answer, body)
                passing += 1
            else:
                assert answer.body == body and answer.fields["Retry-After"] is None, (body, answer.body)
    print(f"# {len(documents)} documents, {passing} of them pass by themselves")
    assert 0 < passing < len(documents)


def unchanged():
    """Name: fields and body of an answer that nothing is added to."""
    passing = list(deno())[0][1]
    problem = [("Content-Type", PROBLEM)]
    detail = json.loads(passing)["detail"]
    forbidden = json.dumps({"type": URN + "caa", "detail": "CAA record for a.com prevents issuance"}).encode()
    return {
        "forbidden": (problem, forbidden),
        "stale": ([("Content-Type", PROBLEM + "; charset=utf-8"), ("Replay-Nonce", "abc")],
                  json.dumps({"type": URN + "badNonce", "detail": "JWS has an invalid anti-replay nonce"}).encode()),
        "limited": (problem + [("Retry-After", "3600"), ("Link", "<https://a>;rel=help")],
                    json.dumps({"type": URN + "rateLimited", "detail": "too many new orders"}).encode()),
        "one-of-two": (problem, json.dumps({"type": URN + "compound", "subproblems": [
            json.loads(passing), json.loads(forbidden)]}).encode()),
        "told-already": (problem, passing[:-2] + b',\n  "caa": {"retry": {"advised": false}}\n}'),
        "digest": (problem + [("Content-Digest", "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:")], passing),
        "coded": (problem + [("Content-Encoding", "gzip")], gzip.compress(passing)),
        "broken": (problem, passing[:-1]),
        "twice": (problem, passing[:-2] + b',\n  "detail": "x"\n}'),
        "empty": (problem, b""),
        "not-utf-8": (problem, passing.replace(b"net", b"n\xff\x00t")),
        "too-large": (problem, passing + b" " * (1 << 18)),
        "of-another-type": ([("Content-Type", "text/plain")], passing),
        "of-no-type": ([], passing),
        "not-over": ([("Content-Type", JSON), ("Retry-After", "5")], json.dumps(
            {"status": "processing", "type": "dns-01", "error": {"type": URN + "dns", "detail": detail}}).encode()),
        "order": ([("Content-Type", JSON), ("Location", "https://a/1"), ("Link", '<https://a>;rel="index"'),
                   ("Link", '<https://b>;rel="up"'), ("Replay-Nonce", "def"), ("Cache-Control", "public, max-age=0, no-cache"),
                   ("Strict-Transport-Security", "max-age=604800"), ("X-Frame-Options", "DENY")],
                  b'{ "status" :\t"ready", "n": 1.0e2, "\\u0061": "\\/",\r\n "identifiers":[]}\n\n'),
        "chain": ([("Content-Type", "application/pem-certificate-chain")], b"-----BEGIN CERTIFICATE-----\r\n" * 1000),
        "octets": ([("Content-Type", "application/octet-stream")], bytes(range(256)) * 12000),
    }


def test_everything_else_passes_to_the_octet():
    cases = unchanged()
    answers = {f"/acme/{name}": (status, fields, body) for name, (fields, body) in cases.items()
               for status in [200 if JSON in str(fields[:1]) else 403]}
    with upstream(answers) as server, gate_before(server) as gate:
        for path, (status, fields, body) in answers.items():
            direct, through = ask(server.url[8:], path), ask(GATE, path)
            assert (through.status, through.body) == (direct.status, direct.body) == (status, body), path
            assert direct.fields.items()[:len(fields)] == fields
            # A Date that nobody sent is libmicrohttpd's (RFC 9110 section 6.6.1).
            left = sorted(item for item in through.fields.items() if item[0] != "Date")
            assert left == sorted(direct.fields.items()), (path, left)
            assert ask(GATE, path, "HEAD").status == status
        assert not re.search(r"^caa_gate_annotated_total\S* [^0]", gate.metrics(), re.M), gate.metrics()


def test_the_servers_own_retry_after_stays():
    passing = list(deno())[0][1]
    date = "Wed, 21 Oct 2065 07:28:00 GMT"
    answers = {f"/acme/{n}": (503, [("Content-Type", PROBLEM), ("Retry-After", said)], passing)
               for n, said in enumerate(("7", date, ""))}  # an empty one says nothing
    with upstream(answers) as server, gate_before(server):
        for n, said in enumerate(("7", date, "")):
            answer = ask(GATE, f"/acme/{n}")
            wait = answer.json()["caa"]["retry"]["after_s"]
            assert answer.fields.get_all("Retry-After") == [said or str(wait)], answer.fields.items()
            assert wait == 7 if said == "7" else wait > 7, answer.body
            assert without_caa(answer.json()) == json.loads(passing)


def test_requests_pass_to_the_octet():
    """Even those that an enforcing gate refuses or holds: they are the server's business."""
    bodies = (b'{"protected":"e30", "payload":"e30" ,"signature":""}\n', b"no JSON\x00\xff", b"",
              b'{"payload":"' + b"x" * 200000 + b'"}')
    answers = {"/acme/any": (200, [("Content-Type", JSON)], b"{}")}
    unknown = {"t6QzGPOa3gU": "https://community.letsencrypt.org/t/adding-random-entries-to-the-directory/33417"}
    with upstream(answers, more=unknown) as server, gate_before(server):
        server.asked.clear()
        for body in bodies:
            assert ask(GATE, "/acme/any?a=%20b&c", "POST", body, Content_Type="application/jose+json",
                       User_Agent="client/1", Accept_Language="de").status == 200
        assert [(method, target, said) for method, target, _, said in server.asked] == \
            [("POST", "/acme/any?a=%20b&c", body) for body in bodies]
        for _, _, fields, _ in server.asked:
            assert fields["Host"] == GATE and fields["Content-Type"] == "application/jose+json", fields
            assert fields["User-Agent"] == "client/1" and fields["Accept-Language"] == "de", fields


def test_nothing_is_checked_and_clients_issue():
    with AnnotatingGate(conf()) as gate:
        for run in clients.together("www.forbids.com", [clients.certbot, clients.lego]):
            assert run.has_certificate(), (run.name, run.text)
        acme = Client(GATE, WORLD.certificate)
        _, order = acme.order("www.forbids.com")
        assert acme.finalize(order, csr(["www.forbids.com"])).status == 200
        text = gate.metrics()
        assert re.search(r'^caa_checks_total\{verdict="allowed"\} 0$', text, re.M), text
        assert re.search(r'^caa_gate_finalizes_total\{result="forwarded"\} 0$', text, re.M), text


def with_hosts(address):
    """A command that runs another where ca.test has that address."""
    hosts = world.folder() / "hosts"
    hosts.write_text(f"{address} ca.test\n")
    hosts.chmod(0o644)
    return ["unshare", "--mount", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "sh"]


def test_the_servers_own_name_leads_clients_to_the_gate_and_the_gate_to_the_server():
    """As in front of a remote CA that answers to its own name only."""
    port = PEBBLE.rsplit(":", 1)[1]
    url, gate_at = f"https://ca.test:{port}/dir", f"127.0.0.2:{port}"
    text = (conf(f"https://ca.test:{port}").replace(f"https://{GATE}/dir", url)
            .replace(f'listen: ["{GATE}"]', f'listen: ["{gate_at}"]'))

    class NamedGate(AnnotatingGate):
        @staticmethod
        def program():
            path = world.folder() / "gate"
            words = " ".join(f"'{word}'" for word in [*with_hosts("127.0.0.1"), AnnotatingGate.program()])
            path.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
            path.chmod(0o755)
            return str(path)

    with NamedGate(text) as gate:
        run = clients.lego("plain.net", world.folder(), url, with_hosts("127.0.0.2"))
        assert run.has_certificate(), run.text
        requests = sum(float(count) for count in re.findall(r'^caa_http_requests_total\{.*\} (\S+)$', gate.metrics(), re.M))
        assert requests > 5, f"lego has gone past the gate: {gate.metrics()}"


def test_what_real_pebble_refuses_is_its_own():
    """To the octet, but for nonces and Pebble's dates: asked beside it, both with the same mistake."""
    with AnnotatingGate(conf()):
        for path, body in (("/my-order/nobody", b"{}"), ("/order-plz", b"x"), ("/finalize-order/nobody", b"")):
            both = [ask(authority, path, "POST", body, Content_Type="application/jose+json")
                    for authority in (PEBBLE, GATE)]
            assert both[0].status == both[1].status >= 400 and both[0].body == both[1].body, (path, both[1].body)
            names = [sorted(name for name in answer.fields if name != "Date") for answer in both]
            assert names[0] == names[1], (path, names)


def test_what_makes_no_sense_is_refused_at_the_start():
    for text, why in ((conf().replace("annotate", "adorn"), "neither enforce nor annotate"),
                      (conf(more="history: {database: /tmp/never.db}\n"), "nothing is checked")):
        done = Gate.fail(text)
        assert done.returncode == 78 and why in done.stderr, (done.returncode, done.stderr)
