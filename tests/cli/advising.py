"""caa advise: what to publish, and who would lose a CA."""

import json
import subprocess

from program import CONFIGURATION, USAGE, WORLD, caa, codes, expect, file_with, load_schema, objects


def advise(*arguments, **more):
    return caa("advise", "--answers", WORLD, *arguments, **more)


def advice(*arguments, code=0):
    one, = objects(expect(advise("--json", *arguments), code, None, ""), "advise")
    return one


def test_a_set_for_the_registered_domain():
    one = advice("*.b.new.example", "--issuer", "ca.example")
    assert one["domain"] == "new.example" and one["state"] == "publish", one
    assert one["records"] == [{"change": "added", "record": '0 issue "ca.example"'}], one
    assert one["publish"]["zone"] == 'new.example. 3600 IN CAA 0 issue "ca.example"\n', one
    one = advice("allow.example")
    assert one["state"] == "published" and [r["change"] for r in one["records"]] == ["kept"], one


def test_the_forms_say_the_same():
    for name in ("new.example", "deny.example", "odd.example"):
        set_ = [r["record"] for r in advice(name)["records"]]
        batch = json.loads(expect(advise(name, "--format", "route53"), 0, None, "").stdout)
        change, = batch["Changes"]
        assert [r["Value"] for r in change["ResourceRecordSet"]["ResourceRecords"]] == set_, change
        zone = expect(advise(name, "--format", "zone"), 0, None, "").stdout
        assert zone == "".join(f"{name}. 3600 IN CAA {record}\n" for record in set_), zone


def test_nsupdate_takes_the_script():
    for name in ("new.example", "deny.example", "odd.example", "wild.example"):
        script = expect(advise(name, "--issuer", "new-ca.example", "--format", "nsupdate"), 0, None, "").stdout
        assert script.endswith("send\n"), script
        ended = subprocess.run(["nsupdate"], input=script.replace("send\n", "show\n"), capture_output=True, text=True)
        assert ended.returncode == 0 and "incorrect" not in ended.stderr and ended.stderr == "", (script, ended)
        added = [line.split(" IN CAA ")[1] for line in script.splitlines() if line.startswith("update add ")]
        shown = [line.split("\tCAA\t")[1] for line in ended.stdout.splitlines() if "\tIN\tCAA\t" in line and not line.startswith(";")]
        assert added and shown[-len(added):] == added, (script, ended.stdout)


def test_certificates_in_use():
    path = file_with("a.new.example ca.example\n{\"name\": \"*.b.new.example\", \"issuer\": \"letsencrypt.org\"}\nx.org ca.example\n")
    one = advice("new.example", "--in-use", path, code=1)
    assert {i["name"]: i["effect"] for i in one["in_use"]} == {
        "a.new.example": "loses", "*.b.new.example": "keeps", "x.org": "outside"}, one
    expect(advise("new.example", "--in-use", path), 1, r"^in use: a\.new\.example, from ca\.example, loses its CA\.$", "")
    expect(advise("new.example", "--in-use", path, "--format", "zone"), 1, r"\Anew\.example\. 3600", "^in use: a.new.example")
    expect(advise("new.example", "--in-use", path, "--issuer", "ca.example", "--issuer", "letsencrypt.org"), 0, None, "")
    one = advice("deny.example", "--in-use", file_with("a.under.deny.example ca.example\n"))
    assert one["in_use"][0]["effect"] == "shielded" and one["in_use"][0]["shielded_by"] == "under.deny.example", one


def test_a_list_that_cannot_be_read():
    expect(advise("new.example", "--in-use", "/nonexistent"), CONFIGURATION, "", "/nonexistent: ")
    path = file_with("a.example ca.example\na_b ca.example\n")
    expect(advise("new.example", "--in-use", path), CONFIGURATION, "", f"{path}:2: ")


def test_what_is_in_the_way():
    for name, code, state in (("servfail.example", 2, "unknown"), ("bogus.example", 3, "unknown"), ("critical.example", 3, "critical-unknown"),
                              ("alias.example", 3, "alias"), ("unreadable.example", 3, "unreadable")):
        one = advice(name, code=code)
        assert one["state"] == state and one["publish"] is None and one["records"] == [], one
        expect(advise(name, "--format", "zone"), code, "", "caa advise: ")
    for name in ("com", "co.uk", "192.0.2.1", "a.onion"):
        expect(advise(name), 4, "", "^not applicable: ")


def test_wrong_usage():
    for arguments in ((), ("a.example", "b.example"), ("a_b",), ("a.example", "--format", "bind"),
                      ("a.example", "--format", "zone", "--json"), ("a.example", "--verify"),
                      ("a.example", "--account", "https://a.example/1", "--issuer", "a.example", "--issuer", "b.example")):
        expect(advise(*arguments), USAGE, "", "^caa advise: ")
    expect(advise("a.example", "--account", "https://a.example/1;2"), CONFIGURATION, "", "cannot stand in a CAA record")


def test_schema_enums_equal_the_lists_in_the_code():
    members = load_schema("advise")["properties"]
    assert members["risks"]["items"]["properties"]["code"]["enum"] == codes("lib/advise/risk.def", "CAA_RISK")
