"""caa lint: what is said of a record and of a set, and under which octet the caret stands."""

from program import CONFIGURATION, WORLD, caa, codes, expect, file_with, load_schema, objects


def lint(*values, code=0, stdout=None, **more):
    return expect(caa("lint", *values, **more), code, stdout, "")


def caret_under(text, wanted):
    """The character that the first caret of the output stands under is at the start of `wanted`."""
    lines = caa("lint", text).stdout.splitlines()
    number = next(i for i, line in enumerate(lines) if line.strip() == "^")
    source = lines[number - 1][lines[number].index("^"):]
    assert source.startswith(wanted), "\n".join(lines)


def test_whom_a_record_permits():
    for value in ("ca.example", '0 issue "ca.example"', "0 issue ca.example", "0 ISSUE ca.example", " ca.example ;"):
        lint(value, stdout="May issue TLS certificates: ca.example.\n")
    lint("ca.example; accounturi=https://a.example/1; validationmethods=dns-01,http-01",
         stdout="ca.example, only for account https://a.example/1, only by dns-01 or http-01")
    lint("0 issuemail ca.example", stdout="May issue S/MIME certificates: ca.example")
    lint("0 issuewild ca.example", stdout="(?s)wildcard certificates: ca.example.*hides every issue")


def test_what_permits_nobody():
    for value in (";", "", "0 issue ;".replace(";", '";"')):
        lint(value, stdout="nobody may issue TLS certificates")
    lint("ca.example; accounturi=", stdout="accounturi is empty")
    lint("ca.example; validationmethods=", stdout="lists no method")


def test_the_caret_stands_under_the_octet():
    for text, wanted in (("ca_1.example", "_1"), ("ca.example; a=b;", ';"'), ("ca..example", ".example"),
                         ('0 issue "a\\"b.example"', '\\"b'), ('0 issue "\\001"', "\\001"), ("0 is-sue x", "-sue"),
                         ('0 issue "ca', '"ca'), ("256 issue x", "256"), ("0 issue ca; x", "; x"), ("\\# 2 0000", "00"),
                         ("ca; validationmethods=a,,b", ",b"), ("ca; colour=blue", "colour"), ("129 tbs x", "tbs"),
                         ("ca; accounturi=a; accounturi=b", "accounturi=b"), ("9" + " issue x" + "\x01", "?")):
        caret_under(text, wanted)


def test_the_caret_in_a_long_line():
    caret_under("ca.example; " + "x" * 5000 + "=1; y_y=2; " + "z" * 5000 + "=3", "_y=2")
    lines = lint("x" * 5000 + "_", code=1).stdout.splitlines()
    assert max(map(len, lines[:2])) < 120, lines


def test_each_finding_has_a_severity_and_a_place():
    wrong = {"ca_": "malformed-value", "ca; accounturi=a; accounturi=b": "malformed-accounturi",
             "ca; validationmethods=_": "malformed-validationmethods", "\\# 1 00": "unreadable-rdata",
             "128 tbs x": "critical-unknown", "0 issue": "unreadable-text", '0 issue "': "unreadable-text"}
    odd = {"0 tbs x": "unknown-tag", "0 auth x": "reserved-tag", "1 tbs x": "critical-alias",
           "64 issue ca": "undefined-flags", "ca; a=b": "unknown-parameter", "0 iodef a@b": "iodef-url"}
    for values, code, severity in ((wrong, 1, "error"), (odd, 0, "warning")):
        for value, finding in values.items():
            one, = objects(lint("--json", value, code=code), "lint")
            found = {f["code"]: f for f in one["findings"]}
            assert found[finding]["severity"] == severity and found[finding]["part"], one


def test_every_finding_can_appear():
    values = ["ca_", "ca; accounturi=a; accounturi=b", "ca; validationmethods=_", "\\# 1 00", "128 tbs x", '0 issue "',
              "0 tbs x", "0 auth x", "1 tbs x", "64 issue ca", "ca; a=b", "0 iodef a@b"]
    seen = {f["code"] for one in objects(lint("--json", *values, code=1), "lint") for f in one["findings"]}
    enum = set(load_schema("lint")["$defs"]["finding"]["properties"]["code"]["enum"])
    of_looks = {"answer-changed", "looks-differ", "servers-differ"}
    assert enum == set(codes("lib/policy/finding.def", "CAA_FINDING")) - of_looks | {"unreadable-text", "iodef-url"}
    assert enum - seen == {"issue-hidden"}, enum - seen  # of a set, not of a record


def test_properties_that_restrict_nothing():
    for value, text in (("0 iodef mailto:a@b.example", "by mail to a@b.example"),
                        ("0 contactemail a@b.example", "mail address"), ("0 contactphone +1", "phone number"),
                        ("0 issuevmc ca.example", "verified mark")):
        lint(value, stdout=f"(?s){text}.*restricts neither TLS nor S/MIME")
    lint("128 issue ca.example", stdout="Critical: a CA that does not understand 'issue' must not issue")


def test_sets_as_a_whole():
    sets = {one["name"]: one for one in objects(lint("--json", "--answers", WORLD, code=1), "lint") if one["kind"] == "set"}
    whos = {name: tuple(sets[name + ".example"][use]["who"] for use in ("tls", "wildcard", "smime"))
            for name in ("allow", "nobody", "wild", "mail", "iodef", "critical", "unreadable")}
    assert whos == {"allow": ("listed", "listed", "anybody"), "nobody": ("nobody", "nobody", "anybody"),
                    "wild": ("listed", "nobody", "anybody"), "mail": ("anybody", "anybody", "nobody"),
                    "iodef": ("anybody",) * 3, "critical": ("nobody",) * 3, "unreadable": ("undecided",) * 3}, whos
    text = lint("--answers", WORLD, code=1).stdout
    for said in ("issuewild hides every issue", "It restricts nothing, and yet the search for CAA ends here: what "
                 "example says does not count", "what deny.example says does not count", "outweighs every permission",
                 "every check fails"):
        assert said in text, said


def test_records_of_one_owner_stand_together_with_their_lines():
    path = file_with('a.example CAA 0 issue "x"\nb.example CAA 0 issue "y"\nA.example. CAA 0 issuewild ";"\n')
    read = objects(lint("--json", "--answers", path), "lint")
    assert [(one["kind"], one["name"], one.get("line")) for one in read] == [
        ("record", "a.example", 1), ("record", "a.example", 3), ("set", "a.example", None),
        ("record", "b.example", 2), ("set", "b.example", None)]
    lint("--answers", path, stdout=f"^{path}:3: a.example\n")


def test_answers_without_caa():
    lint("--answers", file_with("a.example !SERVFAIL\n"), stdout="no CAA record")


def test_standard_input():
    lint("-", code=1, stdout="(?s)^standard input:1:.*^standard input:4:", stdin=b"ca.example\r\n\n \r\nx_y")
    lint("--answers", "-", stdout="^standard input:1: a.example", stdin=b'a.example CAA 0 issue "x"\n')
    lint("-", code=1, stdout="65535 octets at most", stdin=b"x" * (1 << 20))
    read = objects(lint("--json", "-", code=1, stdin=b"ca.example\n" * 10000 + b"\xff\0\x1b\n"), "lint")
    assert len(read) == 10001 and read[-1]["value"] == r"\255\000\027"


def test_hostile_text_is_printed_safely():
    text = lint(b"0 issue \"\x1b[31m\xff", code=1).stdout
    assert "\x1b" not in text and "\udcff" not in text, text


def test_files_that_cannot_be_read():
    expect(caa("lint", "--answers", "/nowhere/x"), CONFIGURATION, "", "No such file")
