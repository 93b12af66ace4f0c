"""What a walk finds in the lab, while the lab misbehaves: run by tests/probe/run."""

import json
import os
import pathlib
import subprocess
import sys
import traceback

import jsonschema

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["CAA_BUILD"])
LAB = TOP / "lab" / "lab"
SCHEMA = json.loads((TOP / "docs" / "trace.schema.json").read_text())
QUERIES_MOST = 96


def lab(*words):
    return subprocess.run([LAB, *words], check=True, capture_output=True, text=True).stdout


def fault(zone, kind, servers="all", *words):
    lab("fault", zone, "--kind", kind, "--servers", servers, *words)


def command(*words):
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert "Sanitizer" not in ended.stderr and "runtime error" not in ended.stderr, ended.stderr
    return ended


def read(ended):
    found = json.loads(ended.stdout)
    jsonschema.validate(found, SCHEMA)
    return found


def trace(*words, status=0):
    """caa trace --json: many queries, names resolved."""
    ended = command(BUILD / "cli" / "caa", "trace", "--json", "--deadline", "8", *words)
    assert ended.returncode == status, f"exit status {ended.returncode}: {ended.stderr}"
    return read(ended)


def walk(name):
    """A walk as a rescue makes it: few queries, nobody to resolve names. Counts what arrives, too."""
    lab("stats", "--reset")
    ended = command(BUILD / "tests" / "probe" / "walk", name)
    assert ended.returncode == 0, ended.stderr
    found = read(ended)
    found["events"] = ended.stderr.split("\n")[:-1]
    zones = json.loads(lab("stats", "--json"))["zones"].values()
    found["arrived"] = sum(zone["udp"] + zone["tcp"] for zone in zones)
    assert found["queries"] <= QUERIES_MOST, found["queries"]
    return found


def assert_told(found):
    """No query is sent that is not told of. The lab's dnsdist drops some in a burst, the more so on a busy
    machine: they are told of and did not arrive."""
    assert found["queries"] / 2 < found["arrived"] <= found["queries"], (found["arrived"], found["queries"])


def zone(found, name):
    return next(z for z in found["zones"] if z["name"] == name)


def states(found, name):
    return {server["state"] for server in zone(found, name)["servers"]}


def test_every_server_of_every_zone_over_both_families():
    found = trace("sabo28.deno.net")
    assert [z["name"] for z in found["zones"]] == [".", "net", "deno.net"]
    for z, count in zip(found["zones"], (6, 26, 8)):
        assert len(z["servers"]) == count and not z["failing"], z["name"]
        assert sum(":" in s["address"] for s in z["servers"]) == count / 2
        assert all(s["state"] == "ok" and s["udp"]["result"] == "response" for s in z["servers"])
    assert found["failing_zone"] is None and found["limits"] == []
    assert found["answer"]["outcome"] == "nodata" and found["answer"]["security"] == "insecure"


def test_every_server_is_asked_over_tcp_too():
    """Of both families: where UDP works a walk for a rescue spares itself that, and a person wants to see it."""
    found = trace("www.signed.com")
    for z in found["zones"]:
        for family in (4, 6):
            servers = [s for s in z["servers"] if (":" in s["address"]) == (family == 6)]
            assert servers, (z["name"], family)
            for s in servers:
                told = (z["name"], s["address"], s["udp"], s["tcp"])
                assert s["udp"]["result"] == "response" and s["udp"]["state"] == "ok", told
                assert s["tcp"] is not None and s["tcp"]["result"] == "response", told
                assert s["tcp"]["state"] == "ok", told


def test_delegations_are_signed_or_not():
    found = trace("www.signed.com")
    assert [z["delegation"] for z in found["zones"]] == ["unknown", "signed", "signed"]
    assert zone(trace("allows.com"), "allows.com")["delegation"] == "unsigned"
    assert found["answer"]["security"] == "secure"


def test_glue_that_is_missing_is_seen_and_looked_up():
    deno = zone(trace("deno.net"), "deno.net")
    names = {ns["name"]: ns for ns in deno["name_servers"]}
    assert names["ns-907.awsdns-49.net"]["glue_a"] and not names["ns-907.awsdns-49.net"]["glue_aaaa"]
    origins = {s["address"]: s["origins"] for s in deno["servers"] if s["name"] == "ns-907.awsdns-49.net"}
    assert any(":" in a and "glue" not in o for a, o in origins.items()), origins
    assert all(not ns["glue_a"] and ns["looked_up"] and not ns["lookup_failed"]
               for name, ns in names.items() if not name.endswith(".net"))


def test_referrals_are_confirmed_over_tcp_by_servers_of_the_parent():
    found = walk("sabo28.deno.net")
    assert zone(found, "net")["confirmed"] and zone(found, "deno.net")["confirmed"]
    assert all(s["confirmed"] for z in found["zones"] for s in z["servers"])
    assert_told(found)
    assert "confirmed net" in found["events"] and "usable net" in found["events"]


def test_parents_that_are_silent_over_tcp_confirm_nothing():
    fault(".", "drop", "1-2")
    found = walk("www.signed.com")
    assert not zone(found, "com")["confirmed"]
    assert not any(s["confirmed"] for s in zone(found, "com")["servers"])
    assert found["failing_zone"] is None


def test_a_dead_root_letter_blames_nobody():
    fault(".", "drop", "1")
    found = trace("deno.net")
    assert states(found, ".") == {"ok", "silent"} and found["failing_zone"] is None


def test_twelve_of_thirteen_fail():
    fault("net", "servfail", "1-12")
    found = trace("sabo28.deno.net", status=2)
    net = zone(found, "net")
    assert found["failing_zone"] == "net" and net["failure"] == "servfail"
    assert (net["servers_usable"], net["servers_failing"]) == (1, 12)
    assert all(s["tcp"] is not None for s in net["servers"] if s["state"] == "servfail")
    assert zone(found, "deno.net")["servers_usable"] == 4


def test_all_thirteen_fail_within_the_budget():
    fault("net", "servfail")
    found = walk("sabo28.deno.net")
    assert found["failing_zone"] == "net" and states(found, "net") == {"servfail"}
    assert_told(found)
    assert not any(event == "usable net" for event in found["events"])


def test_all_thirteen_are_silent():
    fault("net", "drop")
    found = walk("sabo28.deno.net")
    assert found["failing_zone"] == "net" and states(found, "net") == {"silent"}
    assert zone(found, "net")["failure"] == "silent"


def test_truncated_answers_come_over_tcp():
    fault("com", "truncate")
    com = zone(trace("signed.com"), "com")
    assert com["servers_usable"] == 13
    states = [(s["udp"]["state"], s["tcp"]["state"]) for s in com["servers"]]
    assert all(state == ("truncated", "ok") for state in states), states


def test_silence_over_udp_is_made_good_over_tcp_or_not():
    fault("signed.com", "truncate")
    assert zone(trace("signed.com"), "signed.com")["servers_usable"] == 2
    fault("signed.com", "drop", "all", "--qtype", "CAA")
    assert states(trace("signed.com", status=2), "signed.com") == {"silent"}


def test_each_way_to_fail_has_its_state():
    for name, state, failure, status in (
            ("refused.com", "refused", "refused", 2), ("servfail.com", "servfail", "servfail", 2),
            ("dead.com", "silent", "silent", 2), ("no-soa.com", "no-soa", "malformed", 3),
            ("www.self.hostile.com", "lame", "lame", 3), ("www.away.hostile.com", "refused", "refused", 2)):
        found = trace(name, status=status)
        last = found["zones"][-1]
        assert {s["state"] for s in last["servers"]} == {state}, (name, last["servers"])
        assert found["failing_zone"] == last["name"] and last["failure"] == failure, name
    fault("allows.com", "noerror-empty", "1")
    allows = zone(trace("allows.com"), "allows.com")
    assert {s["state"] for s in allows["servers"]} == {"ok", "no-soa"} and allows["servers_usable"] == 1


def test_bad_signatures_are_the_recursors_matter():
    fault("signed.com", "bad-signature")
    found = trace("signed.com")
    assert states(found, "signed.com") == {"ok"} and found["answer"]["security"] == "bogus"


def test_servers_that_disagree_are_seen():
    assert zone(trace("forbids.com"), "forbids.com")["variants"] == 1
    fault("forbids.com", "servfail", "1")
    assert zone(trace("forbids.com"), "forbids.com")["variants"] == 1
    assert zone(trace("big.com"), "big.com")["variants"] == 1


def test_names_without_glue_are_nowhere_to_be_found():
    found = trace("www.noglue.hostile.com", status=2)
    assert found["failing_zone"] == "noglue.hostile.com" and zone(found, "noglue.hostile.com")["servers"] == []


def test_a_thousand_name_servers_stay_bounded():
    found = walk("www.many.hostile.com")
    many = zone(found, "many.hostile.com")
    assert found["failing_zone"] == "many.hostile.com" and "servers" in found["limits"]
    assert many["names_cut"] and many["names_unresolved"] and len(many["name_servers"]) == 64
    assert not many["confirmed"]
    found = trace("www.many.hostile.com", status=2)
    assert found["lookups"] <= 80 and "lookups" in found["limits"]


def test_aliases_are_not_followed():
    found = walk("a.loop.com")
    assert states(found, "loop.com") == {"ok"} and found["zones"][-1]["name"] == "loop.com"


def test_types_and_names_of_all_kinds():
    assert trace("deno.net", "NS")["answer"]["outcome"] == "records"
    assert trace(".", "SOA")["zones"][-1]["name"] == "."
    assert trace("signed.com", "DS")["answer"]["records"]
    assert trace("_dmarc.signed.com", "TYPE16")["type"] == "TXT"
    for wrong in (["signed.com", "AXFR"], ["a..b"], ["x.onion"], ["a.com", "CAA", "b.com"], []):
        assert command(BUILD / "cli" / "caa", "trace", *wrong).returncode == 64, wrong


def test_text_names_the_failing_zone_and_keeps_a_line_for_each_server():
    fault("net", "refused")
    ended = command(BUILD / "cli" / "caa", "trace", "deno.net", "--deadline", "8")
    assert ended.returncode == 2 and "failing zone: net: its servers answer REFUSED" in ended.stdout
    assert sum("gtld-servers.net" in line for line in ended.stdout.splitlines()) == 26
    assert "\033" not in ended.stdout


def test_text_tells_which_servers_agree():
    fault("forbids.com", "other-caa", "1")
    ended = command(BUILD / "cli" / "caa", "trace", "forbids.com")
    says = {}
    for line in ended.stdout.splitlines():
        words = line.split()
        if "answers" in words:
            says.setdefault(words[1], set()).add(words[words.index("answers") + 1])
    assert says == {"ns1.forbids.com": {"#1"}, "ns2.forbids.com": {"#2"}}, ended.stdout
    assert "its servers do not say the same" in ended.stdout


def main():
    failed = count = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_") or not all(word in name for word in sys.argv[1:]):
            continue
        count += 1
        what = "probe: " + name[5:].replace("_", " ")
        try:
            test()
            print("ok", what, flush=True)
        except Exception as wrong:  # what cannot be tested has not passed
            failed += 1
            print("not ok", what, flush=True)
            print("\n".join("  " + line for line in "".join(
                traceback.format_exception(wrong)).splitlines()[-12:]), flush=True)
        lab("clear")
    return 1 if failed or not count else 0


sys.exit(main())
