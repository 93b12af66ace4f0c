"""What is asked, and what comes back."""

import json
import os
import pathlib
import re
import subprocess
import time

from world import LAB, OPEN, Serving, kept, request

VOLATILE = {"id", "elapsed_ms", "started_at", "observed_at", "ttl_s", "sent_at", "round_trip_ms",
            "evidence", "rescued"}  # a machine that is busy rescues what would have been answered


def steady(value):
    """A document without what differs from check to check."""
    if isinstance(value, dict):
        return {key: steady(member) for key, member in value.items() if key not in VOLATILE}
    return [steady(member) for member in value] if isinstance(value, list) else value


def needed(told):
    """The document with the levels that its verdict rests on: of the others it is chance whether they came in time."""
    names = [level["name"] for level in told["levels"]]
    if told["decided_at"]:
        told["levels"] = told["levels"][:names.index(told["decided_at"]) + 1]
    return told


def caa_check(*words):
    program = pathlib.Path(os.environ["CAA_BUILD"]) / "cli" / "caa"
    ended = subprocess.run([program, "check", "--json", *words], capture_output=True, text=True, timeout=120,
                           env=dict(os.environ, CAA_CONFIG=str(LAB / "caa.conf")))
    return json.loads(ended.stdout)


def test_verdicts_are_what_caa_check_says():
    with Serving(OPEN) as (_, client):
        # Of names with one record: servers hand out several in any order.
        for name in ("*.sabo28.deno.net", "forbids.com", "method.com", "cross.alias.com", "foo.nosuchtld",
                     "a.b.c.d.e.f.g.x.deep.org", "www.alias.com", "past-end.unreadable.com"):
            ours, theirs = needed(client.check(name)), needed(caa_check(name))
            different = [key for key in steady(ours) if steady(ours)[key] != steady(theirs)[key]]
            assert not different, f"{name}: {different}:\n{ours}\n{theirs}"
        told = client.check("method.com", methods=["dns-01"])
        assert told["verdict"] == "allowed", told
        assert client.check("account.com", accounts=["https://a.example/1"])["needs"] == []


def test_what_needs_no_check_is_not_applicable():
    with Serving(OPEN) as (_, client):
        for name in ("192.0.2.1", "2001:db8::1", "example.onion"):
            told = client.check(name)
            assert told["verdict"] == "not-applicable" and told["problem"], told


REFUSED = [
    ("", 400, None, "not-json"),
    ("{", 400, None, "not-json"),
    ("[]", 400, None, "not-an-object"),
    ("null", 400, None, "not-an-object"),
    ('"a.com"', 400, None, "not-an-object"),
    ('{"name":"a.com","name":"b.com"}', 400, None, "not-json"),
    (b'{"name":"\xff.com"}', 400, None, "not-json"),
    ('{"name":"a\\u0000.com"}', 400, None, "not-json"),
    ('{"name":' + "[" * 100000, 400, None, "bad-request"),
    ("{}", 400, "/name", "member-missing"),
    ('{"name":7,"issuers":["a.com"]}', 400, "/name", "member-type"),
    ('{"name":"a..com","issuers":["a.com"]}', 400, "/name", "member-value"),
    ('{"name":"a_b.com","issuers":["a.com"]}', 400, "/name", "member-value"),
    ('{"name":"a.com"}', 400, "/issuers", "member-missing"),
    ('{"name":"a.com","issuers":"a.com"}', 400, "/issuers", "member-type"),
    ('{"name":"a.com","issuers":[]}', 400, "/issuers", "member-value"),
    ('{"name":"a.com","issuers":["a.com","*.b.com"]}', 400, "/issuers/1", "member-value"),
    (json.dumps({"name": "a.com", "issuers": ["a.com"] * 65}), 400, "/issuers", "member-value"),
    ('{"name":"a.com","issuers":["a.com"],"accounts":["7"]}', 400, "/accounts/0", "member-value"),
    ('{"name":"a.com","issuers":["a.com"],"methods":["dns 01"]}', 400, "/methods/0", "member-value"),
    ('{"name":"a.com","issuers":["a.com"],"purpose":"vmc"}', 400, "/purpose", "member-value"),
    ('{"name":"a.com","issuers":["a.com"],"deadline_ms":0}', 400, "/deadline_ms", "member-value"),
    ('{"name":"a.com","issuers":["a.com"],"deadline_ms":1.5}', 400, "/deadline_ms", "member-type"),
    ('{"name":"a.com","issuers":["a.com"],"deadline_ms":1000.0,"patience_ms":600000.5}', 400, "/patience_ms", "member-type"),
    ('{"name":"a.com","issuers":["a.com"],"deadline_ms":0.0}', 400, "/deadline_ms", "member-value"),
    ('{"name":"a.com","issuers":["a.com"],"deadline_ms":600000.5}', 400, "/deadline_ms", "member-type"),
    ('{"name":"a.com","issuers":["a.com"],"deadline_ms":1e300}', 400, "/deadline_ms", "member-value"),
    ('{"name":"a.com","issuers":["a.com"],"deadline_ms":-1e300}', 400, "/deadline_ms", "member-value"),
    ('{"name":"a.com","issuers":["a.com"],"deadline_ms":1e400}', 400, None, "not-json"),
    ('{"name":"a.com","issuers":["a.com"],"deadline_ms":"1000"}', 400, "/deadline_ms", "member-type"),
    ('{"name":"a.com","issuers":["a.com"],"deadline_ms":true}', 400, "/deadline_ms", "member-type"),
    ('{"name":"a.com","issuers":["a.com"],"deadline_ms":99999999999999999999}', 400, None, "not-json"),
    ('{"name":"a.com","issuers":["a.com"],"patience_ms":-1}', 400, "/patience_ms", "member-value"),
    ('{"name":"a.com","issuers":["a.com"],"br_insecure_failure":true}', 400, "/br_insecure_failure", "member-value"),
    ('{"name":"a.com","issuers":["a.com"],"report":{"x/y":true}}', 400, "/report/x~1y", "member-unknown"),
    ('{"name":"a.com","issuers":["a.com"],"report":{"colour":1}}', 400, "/report/colour", "member-type"),
    ('{"name":"a.com","issuers":["a.com."]}', 400, "/issuers/0", "member-value"),
    ('{"name":"a.com","issuers":["a.com"],"account":"x"}', 400, "/account", "member-unknown"),
    ('{"name":"a.com","issuers":["a.com"],"a/b~c":"x"}', 400, "/a~1b~0c", "member-unknown"),
]


def test_errors_of_use_name_the_member_at_fault():
    with Serving(OPEN) as (_, client):
        for body, status, pointer, code in REFUSED:
            answer = client.post("/v1/check", body)
            told = answer.json()
            assert (answer.status, told.get("pointer"), told["type"]) == (status, pointer, "urn:caa:problem:" + code), \
                f"{body[:100]!r}: {answer}"
            assert told["status"] == status and answer.headers["content-type"] == "application/problem+json", answer


def test_a_whole_number_may_be_written_as_json_schema_has_it():
    with Serving(OPEN) as (_, client):
        for number in ("1000", "1000.0", "1e3", "1.5E+3", "600000.0"):
            body = f'{{"name":"allows.com","issuers":["letsencrypt.org"],"deadline_ms":{number},"patience_ms":{number}}}'
            answer = client.post("/v1/check", body)
            assert answer.status == 200 and answer.json()["verdict"] == "allowed", (number, answer)


def test_default_issuers_come_from_the_configuration():
    with Serving(OPEN + "issuers: [letsencrypt.org]\n") as (_, client):
        told = client.post("/v1/check", {"name": "allows.com"}).json()
        assert told["verdict"] == "allowed" and told["issuers"] == ["letsencrypt.org"], told
        told = client.post("/v1/check", {"name": "allows.com", "issuers": ["other.example"]}).json()
        assert told["verdict"] == "forbidden" and told["issuers"] == ["other.example"], told


def test_methods_and_paths():
    with Serving(OPEN) as (_, client):
        assert client.ask("GET", "/nowhere").status == 404
        assert client.ask("GET", "/v1/check/").status == 404
        for method in ("GET", "PUT", "DELETE", "PATCH", "BREW"):
            answer = client.ask(method, "/v1/check")
            assert answer.status == 405 and answer.headers["allow"] == "POST, OPTIONS", answer
        answer = client.ask("OPTIONS", "/metrics")
        assert (answer.status, answer.body, answer.headers["allow"]) == (204, b"", "GET, HEAD, OPTIONS"), answer
        answer = client.ask("HEAD", "/openapi.json")
        assert answer.status == 200 and answer.body == b"" and int(answer.headers["content-length"]) > 1000, answer
        assert client.ask("GET", "/healthz").body == b"ok\n"
        assert client.ask("GET", "/healthz", body=b"x").status == 400


def test_a_target_may_be_in_absolute_form():
    def told(target, host="ignored", method="GET"):
        got = client.exchange(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        head, _, body = got.partition(b"\r\n\r\n")
        return int(head.split()[1]), body

    with Serving(OPEN) as (_, client):
        for target in ("http://127.0.0.1/healthz", "HTTP://[::1]:8257/healthz?a=b", "http://a.example:/healthz"):
            assert told(target) == (200, b"ok\n"), target
        for target in ("http://a.example", "http://a.example/", "http://a.example?x=/healthz",
                       "http://a.example/healthz/http://b.example/healthz"):
            assert told(target)[0] == 404, target
        assert told("http://a.example/v1/check", method="DELETE")[0] == 405
        for target in ("http://", "http:///healthz", "http://me@a.example/healthz", "http://:80/healthz",
                       "http://a.example#/healthz", "https://a.example/healthz"):
            status, body = told(target)
            assert status == 400 and b"bad-request" in body, (target, status, body)
        assert told("ftp://a.example/healthz")[0] == 404


def test_content_codings_and_other_types_are_refused():
    with Serving(OPEN) as (_, client):
        body = request("allows.com")
        assert client.ask("POST", "/v1/check", body).status == 415
        assert client.ask("POST", "/v1/check", body, Content_Type="text/plain").status == 415
        assert client.post("/v1/check", body, Content_Encoding="gzip").status == 415
        assert client.post("/v1/check", body, Content_Encoding="identity").status == 200
        answer = client.ask("POST", "/v1/check", body, Content_Type="application/JSON; charset=utf-8")
        assert answer.status == 200, answer


def test_what_was_decided_can_be_read_again():
    with Serving(kept("required")) as (_, client):
        told = client.check("forbids.com")
        record = client.ask("GET", f"/v1/checks/{told['id']}").json()
        assert (record["id"], record["name"], record["verdict"]) == (told["id"], "forbids.com", "forbidden"), record
        assert record["client"] == "127.0.0.1" and steady(record["document"]) == steady(told), record
        for unknown in ("0" * 32, "x", "a" * 500, "%27%20or%201=1"):
            assert client.ask("GET", f"/v1/checks/{unknown}").status == 404
        for root in (".", "%2E"):
            assert client.ask("GET", f"/v1/zones/{root}").json()["zone"] == "."
        zone = client.ask("GET", "/v1/zones/forbids.com").json()
        assert zone["lookups"] >= 1 and zone["recent"][0]["id"] == told["id"], zone
        assert client.ask("GET", "/v1/zones/a..b").status == 400


def test_without_a_history_there_is_no_id_and_nothing_to_read():
    with Serving(OPEN) as (_, client):
        assert client.check("forbids.com")["id"] is None
        assert client.ask("GET", "/v1/checks/" + "0" * 32).status == 404
        assert client.ask("GET", "/v1/zones/net").status == 404


def test_an_early_answer_leaves_the_check_running():
    with Serving(OPEN) as (_, client):
        told = client.check("dead.com", patience_ms=300, deadline_ms=4000)
        assert told["verdict"] == "undecided" and told["goes_on"] and told["deadline_passed"], told
        assert told["problem"]["caa"]["retry"]["advised"], told
        told = client.check("allows.com", patience_ms=60000)
        assert told["verdict"] == "allowed" and not told["goes_on"], told


def test_the_report_for_people_is_the_one_of_caa_check():
    with Serving(OPEN) as (_, client):
        plain = client.check("forbids.com", report={})["report"]
        assert "\nforbidden: " in plain and "\x1b" not in plain and plain.isascii(), plain
        assert "\x1b[" in client.check("forbids.com", report={"colour": True})["report"]
        assert "└" in client.check("www.forbids.com", report={"unicode": True})["report"]


def test_an_error_text_is_explained():
    text = ("urn:ietf:params:acme:error:dns: While processing CAA for *.sabo28.deno.net: DNS problem: SERVFAIL looking up "
            "CAA for net - the domain's nameservers may be malfunctioning")
    with Serving(OPEN) as (_, client):
        told = client.ask("POST", "/v1/explain", text, Content_Type="text/plain").json()["explanations"]
        assert len(told) == 1 and (told[0]["owner"], told[0]["fault"]) == ("net", "registry"), told
        told = client.ask("POST", "/v1/explain", b"\xff\0nothing", Content_Type="text/plain").json()["explanations"]
        assert told[0]["problem"] == "unknown", told


def test_readiness_and_metrics_tell_the_state():
    with Serving(kept()) as (_, client):
        ready = client.ask("GET", "/readyz").json()
        assert ready["ready"] and ready["resolver"]["trust_anchors"] == 1 and ready["history"]["connected"], ready
        assert ready["sandbox"]["processes"] >= 1 and ready["sandbox"]["can_be_replaced"], ready
        client.check("allows.com")
        client.check("forbids.com")
        client.post("/v1/check", "{")
        wanted = ('caa_checks_total{verdict="allowed"} 1', 'caa_checks_total{verdict="forbidden"} 1',
                  'caa_http_requests_total{code="400"} 1', "caa_check_duration_seconds_count 2")
        for _ in range(50):  # a request is counted when its answer has left, perhaps by another worker
            text = client.ask("GET", "/metrics").body.decode()
            missing = [line for line in wanted if f"\n{line}\n" not in text]
            if not missing:
                break
            time.sleep(0.1)
        assert not missing, f"{missing} are not in\n{text}"
        while b"\ncaa_checks_in_flight 0\n" not in client.ask("GET", "/metrics").body:
            pass  # each worker sets its part once a second


def test_what_no_rescue_could_save_is_counted():
    with Serving(OPEN) as (_, client):
        assert client.check("dead.com", deadline_ms=8000)["verdict"] == "undecided"
        until = time.monotonic() + 60
        while not re.search(rb'\ncaa_rescues_total\{result="failed"\} [1-9]', told := client.ask("GET", "/metrics").body):
            assert time.monotonic() < until, told.decode()


def test_names_of_every_zone_are_decided_in_the_stream_as_one_by_one():
    names = ["plain.com", "*.wild.malformed.com", "closed.signed.com", "foo.test", "big.com", "international.xn--p1ai",
             "192.0.2.7", "loop.com"]
    with Serving(OPEN) as (_, client):
        told = {line["index"]: line for line in client.stream(request(name) for name in names)}
        for index, name in enumerate(names):
            one = client.check(name)
            assert one["verdict"] == told[index]["verdict"] and one["name"] == told[index]["name"], (one, told[index])
