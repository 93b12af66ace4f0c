"""caa report: logs of every kind, counted; what is called sure; the page."""

import html.parser
import json
import os
import re
import tempfile

from orders import all_at, lines
from program import CONFIGURATION, TOP, USAGE, caa, expect, file_with, objects

DATA = str(TOP / "tests" / "explain" / "deno-failures.txt")
NET = "While processing CAA for a.example.net: DNS problem: SERVFAIL looking up CAA for net - x"
FORBIDDEN = "While processing CAA for a.example.net: CAA record for example.net prevents issuance"


def report(*arguments, text=None, **more):
    """The object, whose schema is held to."""
    stdin = b"" if text is None else text if isinstance(text, bytes) else text.encode()
    one, = objects(expect(caa("report", "--json", *arguments, stdin=stdin), more.get("code", 0)), "report")
    return one


def group(part, table, key):
    return next(one for one in part[table] if one["key"] == key)


def significant(part):
    return [one for one in part["tests"] if one["significant"]]


def order(name, result="issued", **more):
    return json.dumps({"time": "2026-11-24T03:15:00Z", "name": name, "result": result, **more})


def test_the_published_failures_come_out_at_the_published_rates():
    one = report(DATA, "--orders", "17800", "--certificates", "19050")
    checks = one["checks"]
    assert checks["failures"] == 16 and round(checks["rate"]["value"] * 100, 2) == 0.09, checks["rate"]
    assert round(one["certificates"]["rate"]["value"] * 100, 3) == 0.084, one["certificates"]
    assert group(checks, "zones", "net")["failures"] == 15 and group(checks, "zones", "purpleee.deno.net")["failures"] == 1
    faults = {fault["fault"]: fault["failures"] for fault in checks["faults"]}
    assert faults["registry"] == 15 and faults["subscriber"] == 1 and faults["policy"] == 0, faults
    assert checks["retry"]["advised"] == 16 and checks["first"] == "2025-09-10T12:31:32.000Z", checks["retry"]
    rhythm = next(test for test in checks["tests"] if test["kind"] == "rhythm")
    assert rhythm["testable"] and not rhythm["significant"], rhythm
    expect(caa("report", DATA, "--orders", "17800"), 0,
           r"(?s)16 CAA checks failed of 17,800 orders: 0\.090 %.*net +15 +17,800 +0\.084 %.*purpleee\.deno\.net +1 "
           r".*if even: +Failures come more often since.*if there were as many checks a day all along.*not sure: By the hour")


def test_a_log_without_what_worked_has_no_rates():
    checks = report(DATA)["checks"]
    assert checks["of"] is None and checks["rate"] is None and not checks["complete"], checks["of"]
    assert group(checks, "zones", "net")["rate"] is None


def test_orders_by_tld_make_tlds_comparable():
    log = "\n".join([NET] * 40 + [NET.replace(".net", ".org").replace("for net", "for org")] * 3)
    checks = report("-", "--orders", "net=10000", "--orders", ".org=10000", text=log)["checks"]
    found, = [test for test in checks["tests"] if test["kind"] == "comparison"]
    assert found["significant"] and (found["a"], found["b"]) == ("net", "org"), found
    assert group(checks, "tlds", "net")["of"] == 10000 and checks["of"] == 20000, checks


def test_a_difference_and_a_change_are_found():
    low = all_at(0.0005)
    text = "\n".join(lines(7, 60000, low, dict(low, net=0.01), change_day=31, rhythm=True, recovers=0.8))
    checks = report("-", text=text)["checks"]
    found = {(test["kind"], test["a"], test["b"]): test for test in significant(checks)}
    assert ("comparison", "net", "org") in found and ("comparison", "net", "com") in found, found.keys()
    change = found["change", "net", None]["change"]
    assert change["early"] <= "2026-02-01T00:00:00.000Z" <= change["late"], change
    assert change["rate_before"] < 0.002 < 0.008 < change["rate_after"], change
    assert not [key for key in found if key[1] in ("com", "org") or key[0] == "rhythm"], found.keys()
    assert checks["retry"]["worked"] > 0.6 * checks["failures"], checks["retry"]


def test_without_a_difference_nothing_is_sure():
    """The seeds stay, so this is no matter of luck; tests/cli/orders.py --false-alarms has the many."""
    alarms = sum(bool(significant(report("-", text="\n".join(lines(seed, 8000, all_at(0.01), rhythm=seed % 2 == 1)))["checks"]))
                 for seed in range(12))
    assert alarms <= 1, alarms


def test_orders_of_many_spellings():
    log = [order("a.example.net"), order("b.example.net", "failed", problem={"type": "urn:ietf:params:acme:error:dns", "detail": NET}),
           json.dumps({"ts": 1795489200.5, "names": ["c.example.org", "a.example.net"], "status": "invalid", "error": NET, "ca": "https://acme.example/dir"}),
           json.dumps({"status": "valid", "identifiers": [{"type": "dns", "value": "*.d.example.com"}]}),
           order("e.example.com", "pending"), order("f.example.com", "failed", error="urn:ietf:params:acme:error:rateLimited :: too many")]
    one = report("-", text="\n".join(log))
    checks, read = one["checks"], one["input"]
    assert checks["of"] == 6 and checks["failures"] == 2 and checks["complete"], checks["of"]
    assert (read["orders"], read["order_names"], read["unfinished"], read["not_caa"]) == (5, 6, 1, 1), read
    assert group(checks, "tlds", "net")["failures"] == 2 and group(checks, "cas", "acme.example")["failures"] == 1, checks["tlds"]
    assert checks["without_time"] == 1, checks["without_time"]


def test_lines_of_our_own_programs():
    world = file_with("net !SERVFAIL\n")
    checked = caa("check", "--json", "--answers", world, "a.example", "b.net").stdout
    checks = report("-", text=checked)["checks"]
    assert checks["of"] == 2 and checks["failures"] == 1, (checked, checks["of"])
    explained = caa("explain", "--json", NET, FORBIDDEN, "DNS problem: NXDOMAIN looking up TXT for _acme-challenge.a.example - x").stdout
    one = report("-", text=explained)
    assert one["checks"]["failures"] == 2 and one["input"]["not_caa"] == 1, one["checks"]["failures"]
    assert group(one["checks"], "zones", "net")["failures"] == 1


def test_audit_lines_of_a_ca():
    def result(name, **more):
        event = {"Requester": 1, "Identifier": {"type": "dns", "value": name}, "Latency": 0.1, **more}
        return f"2026-11-24T03:15:00.000000+00:00Z boulder-va[1]: 6 boulder-va abc [AUDIT] CAA check result JSON={json.dumps(event)}"

    records = '2026-11-24T03:15:00Z [AUDIT] Checked CAA records JSON={"identifier":"%s","validForIssuance":%s}'
    log = [records % ("a.example.net", "true"), result("a.example.net"), result("b.example.net", Error="dns :: " + NET),
           result("c.example.net", Error="caa :: " + FORBIDDEN.replace("a.ex", "c.ex"))]
    one = report("-", text="\n".join(log))
    assert one["checks"]["of"] == 3 and one["checks"]["failures"] == 2 and one["input"]["repeated"] == 1, one["input"]
    old = "[AUDIT] Checked CAA records for d.example.org, [Present: true, Account ID: 1, Valid for issuance: false, Found at: \"example.org\"] Response=\"x\""
    one = report("-", text="\n".join([records % ("a.example.net", "true"), records % ("b.example.net", "false"), old]))
    assert one["checks"]["of"] == 3 and one["checks"]["failures"] == 2, one["checks"]
    assert {fault["fault"]: fault["failures"] for fault in one["checks"]["faults"]}["policy"] == 2


def test_a_resolver_s_log_is_of_lookups():
    log = """[1795489200] unbound[63943:0] error: SERVFAIL <net. CAA IN>: exceeded the maximum number of sends
Nov 24 03:15:00 ns unbound: [9:1] error: SERVFAIL <a.example.org. CAA IN>: all servers for this domain failed, at zone example.org. from 192.0.2.7 got SERVFAIL
[1795489300] unbound[1:0] info: validation failure <net. CAA IN>: no signatures from 192.5.6.30
[1795489300] unbound[1:0] error: SERVFAIL <a.example. A IN>: exceeded the maximum number of sends
[1795489300] unbound[1:0] error: SERVFAIL <cut"""
    one = report("-", text=log)
    lookups = one["lookups"]
    assert one["checks"]["failures"] == 0 and lookups["failures"] == 3 and lookups["of"] is None, lookups
    assert group(lookups, "zones", "net")["failures"] == 2 and group(lookups, "zones", "example.org")["failures"] == 1
    assert {one["key"] for one in lookups["servers"]} == {"192.0.2.7", "192.5.6.30"}, lookups["servers"]
    assert {one["key"] for one in lookups["kinds"]} == {"too-many-sends", "servfail", "bogus"}, lookups["kinds"]
    assert one["input"]["not_caa"] == 1 and one["input"]["unread"] == 1, one["input"]


def test_kinds_of_lines_may_be_mixed_and_files_be_several():
    one = report(DATA, "-", text="\n".join([order("a.example.net"), NET, "nothing", "[1] SERVFAIL <net. CAA IN>: exceeded the maximum number of sends"]))
    assert one["checks"]["failures"] == 17 and not one["checks"]["complete"] and one["lookups"]["failures"] == 1, one["checks"]


def test_since_and_until():
    one = report(DATA, "--since", "2025-11-01", "--until", "2025-11-24T02:00:00+01:00")
    assert one["checks"]["failures"] == 7 and one["input"]["outside"] == 9, one["input"]
    assert one["checks"]["first"] >= "2025-11-01" and one["checks"]["last"] < "2025-11-24T01:00"


def test_times_of_many_clients():
    day = {"2026-11-24T03:15:00+01:00": 2, "2026/11/24 03:15:00": 3, "[24/Nov/2026:03:15:00 -0500]": 8,
           "[Tue Nov 24 03:15:00 UTC 2026]": 3, "E1124 03:15:00.1": 3, "[1795489200]": 3, "Nov 24 03:15:00 host": 3}
    for time, hour in day.items():
        checks = report("-", text=f"{time} {NET}")["checks"]
        assert [one["hour"] for one in checks["hours"] if one["failures"]] == [hour], (time, checks["first"])


def test_trying_again():
    at = "2026-11-24T%02d:00:00Z"
    log = [json.dumps({"time": at % hour, "name": name, "result": result, **({"problem": NET.replace("a.example.net", name)} if result == "failed" else {})})
           for hour, name, result in ((1, "a.net", "failed"), (2, "a.net", "failed"), (3, "a.net", "issued"), (4, "b.net", "failed"))]
    retry = report("-", text="\n".join(log))["checks"]["retry"]
    assert (retry["worked"], retry["failed_again"], retry["worked_1h"], retry["advised"]) == (1, 1, 1, 3), retry


def test_hostile_lines_are_told_and_never_fatal():
    deep = b'{"a":' * 10000 + b"1" + b"}" * 10000
    log = b"\n".join([b"A" * 10_000_000, b"\xff\xfe\x00 " + NET.encode() + b"\xff\x1b[31m", b'{"name":"a.example","result":"failed"', deep,
                      b'{"name":"' + b"x" * 300 + b'.\\u0000<b>","result":"ok"}', b'{"time":1e300,"name":"a.example.org","result":"ok"}',
                      b'{broken}', b"0000-00-00 99:99:99 " + NET.encode(), b'[AUDIT] CAA check result JSON={"a":'])
    one = report("-", text=log)
    assert one["checks"]["failures"] == 2 and one["input"]["unread"] >= 4, one["input"]
    ended = caa("report", "-", stdin=log)
    assert "\x1b" not in ended.stdout and "lines were not readable" in ended.stdout, ended.stdout


def test_many_groups_stay_bounded_and_are_told():
    log = "\n".join(order(f"a.t{number}", "failed", problem=NET.replace("for net", f"for z{number}.t")) for number in range(20000))
    checks = report("-", text=log)["checks"]
    others, = [one for one in checks["tlds"] if one["key"] is None]
    assert sum(one["failures"] for one in checks["tlds"]) == 20000 and others["failures"] > 17000, others
    assert sum(one["failures"] for one in checks["zones"]) == 20000
    expect(caa("report", "-", stdin=log.encode()), 0, r"\(\d+ others\)")


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.outside = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.outside += [value for name, value in attributes if name in ("src", "href", "xlink:href", "onload", "onclick")]
        if tag not in ("meta", "path", "rect", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("path", "rect", "circle"):
            assert self.open.pop() == tag, (tag, self.getpos())


def test_the_page_needs_nothing_else():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "page.html")
        expect(caa("report", DATA, "--orders", "17800", "--html", path, "--title", "<script>x</script>"), 0, "16 CAA checks failed")
        text = open(path, encoding="utf-8").read()
    page = Page(text)
    assert not page.outside and not page.open and "script" not in page.tags, (page.outside, page.open)
    assert {"svg", "table", "h1"} <= page.tags and "&lt;script&gt;" in text and "default-src 'none'" in text
    assert "http" not in text.replace("http-equiv", "") and "url(" not in text and "prefers-color-scheme:dark" in text
    assert "0.090 %" in text and "purpleee.deno.net" in text and "@media print" in text
    hostile = order("a.<img src=x>&\"'", "failed", problem=NET.replace("for net", "for <b>"), ca="<i>ca</i>") + "\n" + order("b.example")
    text = expect(caa("report", "-", "--html", "-", stdin=hostile.encode()), 0).stdout
    assert Page(text).tags.isdisjoint({"img", "script"}) and "<i>ca" not in text and "&lt;i&gt;ca" in text


def test_use():
    expect(caa("report"), USAGE, "", "no file given")
    expect(caa("report", "-", "--orders", "-1"), USAGE, "", "'-1' is neither a number")
    expect(caa("report", "-", "--orders", "net=x"), USAGE, "", "neither")
    expect(caa("report", "-", "--certificates", "0"), USAGE, "", "not a number")
    expect(caa("report", DATA, "--orders", "5"), USAGE, "", "--orders: there are more failures \\(16\\) than that")
    expect(caa("report", DATA, "--certificates", "15"), USAGE, "", "--certificates: there are more failures")
    expect(caa("report", "-", "--since", "yesterday"), USAGE, "", "'yesterday' is not a time")
    expect(caa("report", "-", "--since", "2026-01-02", "--until", "2026-01-02"), USAGE, "", "not after")
    expect(caa("report", "-", "--confidence", "100"), USAGE, "", "50 to 99.99")
    expect(caa("report", "-", "--json", "--html", "-"), USAGE, "", "only one")
    expect(caa("report", "-", "--title", "x"), USAGE, "", "--html")
    expect(caa("report", "/nowhere/at-all"), CONFIGURATION, "", "/nowhere/at-all: No such file")
    expect(caa("report", DATA, "--html", "/nowhere/at-all"), CONFIGURATION, "", "/nowhere/at-all: No such file")
    expect(caa("report", "--history", "/nowhere/at-all.db"), CONFIGURATION, "", "at-all.db")
    expect(caa("report", "/"), CONFIGURATION, "", "Is a directory")
    expect(caa("report", "-"), 5, "0 CAA checks failed")


def test_the_man_page_has_the_options_of_the_help():
    shown = set(re.findall(r"--[a-z]+", expect(caa("report", "--help"), 0).stdout)) - {"--json'"}
    page = (TOP / "man" / "caa-report.1").read_text()
    told = {"--" + name for name in re.findall(r"Fl -([a-z]+)", page)}
    assert shown == told, shown ^ told
