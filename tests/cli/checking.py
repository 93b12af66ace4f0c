"""caa check: verdicts, exit codes, the text for people and the JSON for programs."""

import itertools

from program import USAGE, caa, check, codes, expect, file_with, load_schema, objects

# What each name of world.answers comes to: exit status, rule.
VERDICTS = {
    "allow.example": (0, "authorized"), "free.example": (0, "no-records"), "iodef.example": (0, "unrestricted"),
    "mail.example": (0, "unrestricted"), "under.deny.example": (0, "unrestricted"),
    "deny.example": (1, "not-authorized"), "www.deny.example": (1, "not-authorized"),
    "nobody.example": (1, "not-authorized"), "account.example": (1, "not-authorized"),
    "*.wild.example": (1, "not-authorized"), "wild.example": (0, "authorized"), "*.odd.example": (0, "authorized"),
    "alias.example": (1, "not-authorized"), "critical.example": (1, "critical-unknown"),
    "odd.example": (0, "authorized"), "gone.example": (0, "no-records"), "empty.example": (0, "no-records"),
    "servfail.example": (2, "lookup-failed"), "refused.example": (2, "lookup-failed"),
    "timeout.example": (2, "lookup-failed"), "truncated.example": (2, "lookup-failed"),
    "bogus.example": (3, "lookup-failed"), "unreadable.example": (3, "unreadable"), "a.nosuchtld": (3, "no-such-tld"),
}


def every():
    return objects(check("--json", *VERDICTS), "check")


def test_each_name_its_verdict_and_exit_status():
    for name, (code, rule) in VERDICTS.items():
        one, = objects(expect(check("--json", name), code, None, ""), "check")
        assert (one["name"], one["rule"]) == (name, rule), one
        assert one["verdict"] == {0: "allowed", 1: "forbidden", 2: "undecided", 3: "undecided"}[code], one
        assert one["retry_helps"] == {2: True, 3: False}.get(code), one
        expect(check(name), code, f"^{one['verdict']}: ", "")


def test_the_worst_of_several_names_wins():
    by_badness = [(0, "allow.example"), (4, "192.0.2.1"), (2, "servfail.example"), (3, "bogus.example"),
                  (1, "deny.example"), (USAGE, "a_b")]
    for (_, better), (worse_code, worse) in itertools.combinations(by_badness, 2):
        for names in ((better, worse), (worse, better)):
            expect(check(*names), worse_code)


def test_every_rule_appears():
    # A failure is excused by evidence only, which no answers file has: tests/scenario/br-insecure-failure.
    rules = set(codes("lib/policy/rule.def", "CAA_RULE", 0)) - {"insecure-failure"}
    assert {one["rule"] for one in every()} == rules


def test_every_finding_appears():
    found = {finding["code"] for one in every() for finding in one["findings"]}
    # A file of answers is looked at once, so that no two looks can disagree.
    of_looks = {"answer-changed", "looks-differ", "servers-differ"}
    assert found == set(codes("lib/policy/finding.def", "CAA_FINDING")) - of_looks


def test_every_standing_appears():
    seen = set()
    for extra in ([], ["--account", "https://acme.example/2"], ["--method", "http-01"]):
        for one in objects(check("--json", *extra, "both.example", "method.example", *VERDICTS), "check"):
            seen |= {record["standing"] for level in one["levels"] for record in level.get("records", [])}
    assert seen == set(codes("lib/policy/standing.def", "CAA_STANDING")) | {"unreadable"}


def test_every_outcome_that_a_file_can_give_appears():
    seen = {level["outcome"] for one in every() for level in one["levels"]}
    # These three need a real resolver: tests/scenario.
    wanted = set(codes("lib/dns/outcome.def", "CAA_OUTCOME")) - {"rcode", "malformed", "network"}
    assert seen == wanted | {"not-needed"}


def test_needs_and_for_whom_it_would_be_allowed():
    for name, needs, text in (
            ("account.example", ["account"], r"would be allowed for account https://acme.example/1 \(--account\)"),
            ("method.example", ["method"], r"would be allowed by dns-01 \(--method\)"),
            ("both.example", ["account", "method"], r"for account https://acme.example/1 by dns-01 \(--account, --method\)")):
        one, = objects(expect(check("--json", name), 1), "check")
        assert one["needs"] == needs, one
        expect(check(name), 1, text)
    given = ["--account", "https://acme.example/9", "--account", "https://acme.example/1", "--method", "dns-01"]
    expect(check(*given, "both.example", "account.example", "method.example"), 0)
    expect(check("--method", "http-01", "method.example"), 1)


def test_purpose_smime():
    expect(check("--purpose", "smime", "mail.example"), 1, "issuemail record for letsencrypt.org")
    expect(check("--purpose", "smime", "deny.example"), 0)


def test_several_issuers():
    expect(check("--issuer", "x.example", "--issuer", "OTHER.example", "deny.example"), 0)


def test_the_climb_is_a_tree():
    expect(check("www.deny.example"), 1, "(?s)^www.deny.example for letsencrypt.org\n"
           r"  www.deny.example +no CAA +insecure +\d+\.\d ms\n"
           r"  └ deny.example +1 CAA record +insecure +\d+\.\d ms\n"
           '      0 issue "other.example"  authorizes another issuer\n'
           r"    └ example +not needed, cancelled after \d+\.\d ms\n"
           "forbidden: no CAA record of deny.example authorizes letsencrypt.org.\n")


def test_alias_in_the_climb_and_who_has_to_mend():
    expect(check("alias.example"), 1, r"(?s)alias of deny.example\n.*whoever runs deny.example has to publish an issue record")
    expect(check("*.wild.example"), 1, "has to publish an issuewild record for letsencrypt.org")


def test_findings_in_the_text():
    text = expect(check("odd.example"), 0).stdout
    for note in ("octet 6: the issuer domain name has an underscore", "accounturi is given twice",
                 "a parameter is unknown: ignored", "not critical to RFC 8659", "reserved by RFC 8659",
                 "bits that RFC 8659 does not define"):
        assert note in text, (note, text)


def test_failure_names_where_it_failed():
    one, = objects(check("--json", "a.b.servfail.example"))
    assert one["decided_at"] == one["cause"] == "servfail.example", one
    expect(check("a.b.servfail.example"), 2, "looking up CAA for servfail.example failed: SERVFAIL; a failure is not permission")
    expect(check("bogus.example"), 3, "signature expired")


def test_many_records_are_cut_but_the_deciding_one_is_shown():
    lines = [f'many.example CAA 0 issue "ca{i}.example"\n' for i in range(1000)]
    path = file_with("".join(lines) + 'many.example CAA 0 issue "letsencrypt.org"\n')
    expect(caa("check", "many.example", "--answers", path), 0, "and 990 more")
    one, = objects(caa("check", "--json", "many.example", "--answers", path), "check")
    assert len(one["levels"][0]["records"]) == 1001 and one["record"] == 1000


def test_hostile_values_are_printed_safely():
    path = file_with(r'a.example CAA 0 issue "\027[31m\255\010"' + "\n")
    text = expect(caa("check", "a.example", "--answers", path), 1).stdout
    assert "\x1b" not in text and "\\027" in text, text
    one, = objects(caa("check", "--json", "a.example", "--answers", path), "check")
    assert one["levels"][0]["records"][0]["value"] == r"\027[31m\255\010"


def test_a_value_of_64_kilobytes():
    path = file_with('a.example CAA 0 issue "letsencrypt.org; accounturi=https://' + "x" * 65000 + '"\n')
    expect(caa("check", "a.example", "--answers", path), 1)
    objects(caa("check", "--json", "a.example", "--answers", path), "check")


def test_each_name_that_is_not_allowed_has_a_problem():
    for one in every():
        assert (one["problem"] is None) == (one["verdict"] == "allowed"), one
        if one["problem"]:
            retry = one["problem"]["caa"]["retry"]
            assert retry["advised"] == (one["retry_helps"] is True), one
            assert one["problem"]["type"].endswith(":caa" if one["verdict"] == "forbidden" else ":dns"), one
    for one in objects(check("--json", "192.0.2.1", "a.onion", "a_b"), "check"):
        assert one["problem"]["caa"]["retry"]["advised"] is False, one


def test_problem_alone():
    for place, name, status in (("challenge", "servfail.example", 400), ("answer", "servfail.example", 503),
                                ("answer", "bogus.example", 400), ("answer", "deny.example", 403)):
        one, = objects(expect(check("--problem", place, name), VERDICTS[name][0], None, ""), "problem")
        assert one["status"] == status and one["caa"]["name"] == name, one
    expect(check("--problem", "answer", "allow.example", "free.example"), 0, "", "")
    one, = objects(expect(check("--problem", "answer", "a_b"), USAGE, None, ""), "problem")
    assert one["type"] == "urn:ietf:params:acme:error:malformed", one


def test_problem_of_several_names():
    names = ["servfail.example", "allow.example", "timeout.example"]
    one, = objects(expect(check("--problem", "answer", *names), 2, None, ""), "problem")
    assert one["status"] == 503 and one["type"] == "urn:ietf:params:acme:error:dns", one
    assert [part["identifier"]["value"] for part in one["subproblems"]] == ["servfail.example", "timeout.example"], one
    one, = objects(expect(check("--problem", "answer", "-", stdin="\n".join([*names, "deny.example"]).encode()), 1), "problem")
    assert one["status"] == 403 and one["type"] == "urn:ietf:params:acme:error:compound", one
    expect(check("--problem", "answer", "-", stdin=b"a.example\n" * 2000), USAGE, "", "for one certificate")
    expect(check("--problem", "elsewhere", "a.example"), USAGE, "", "neither challenge nor answer")
    expect(check("--problem", "answer", "--json", "a.example"), USAGE, "", "do not go together")


def test_schema_enums_equal_the_lists_in_the_code():
    parts = load_schema("check")["$defs"]
    for values, path, macro in (
            (parts["checked"]["properties"]["rule"], "lib/policy/rule.def", "CAA_RULE"),
            (parts["finding"]["properties"]["code"], "lib/policy/finding.def", "CAA_FINDING"),
            (parts["record"]["properties"]["standing"], "lib/policy/standing.def", "CAA_STANDING"),
            (parts["answered_level"]["properties"]["outcome"], "lib/dns/outcome.def", "CAA_OUTCOME")):
        assert values["enum"] == codes(path, macro), path
    for values, macro in ((parts["failure"]["properties"]["fault"], "CAA_FAULT"),
                          (parts["failure"]["properties"]["kind"], "CAA_FAILURE")):
        assert values["enum"] == [*codes("lib/dns/evidence.def", macro), None], macro
    problem = load_schema("problem")["$defs"]["caa"]["properties"]["problem"]
    assert problem["enum"] == codes("lib/problem/problem.def", "CAA_PROBLEM")
