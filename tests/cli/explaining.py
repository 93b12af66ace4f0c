"""caa explain: real texts, each classified by hand, in the forms that people have them in."""

import itertools
import json
import pathlib

from program import TOP, USAGE, caa, codes, expect, file_with, objects

EXIT = {"yes": 2, "no": 3, "unknown": 5}
ANSWERS = "net !SERVFAIL\ndeno.net !SERVFAIL\nsabo28.deno.net !SERVFAIL\n" + 'forbids.example CAA 0 issue "x.example"\n'
NET = "While processing CAA for *.sabo28.deno.net: DNS problem: SERVFAIL looking up CAA for net"


def explain(*arguments, text=None):
    return caa("explain", "--json", *arguments, stdin=b"" if text is None else text.encode())


def texts():
    """Each published text: where it was found, what it must come to, and its lines."""
    found = []
    for line in (TOP / "tests/explain/texts").read_text().splitlines():
        word, _, rest = line.partition(" ")
        if word == "@":
            found.append({"source": rest, "expect": [], "lines": []})
        elif word == "expect":
            found[-1]["expect"].append(rest.split())
        elif word in ("client", "ca"):
            found[-1][word] = rest
        elif word == ">":
            found[-1]["lines"].append(rest)
        else:
            assert not line or line.startswith("#"), line
    return found


def summary(one):
    retry = {True: "yes", False: "no", None: "unknown"}[one["retry"]["advised"]]
    assert (one["retry"]["after_s"] is not None) == (retry == "yes"), one
    word = lambda text: "-" if text is None else text.replace(" ", "_")  # noqa: E731
    return [one["problem"], one["fault"], retry, word(one["owner"]), word(one["name"])]


def exit_status(summaries):
    worst = [2, 5, 3, 1]
    return max((1 if one[0] == "forbidden" else EXIT[one[2]] for one in summaries), key=worst.index)


def test_each_published_text_is_explained_as_by_hand():
    for text in texts():
        ended = explain("-", text="\n".join(text["lines"]) + "\n")
        said = [summary(one) for one in objects(ended, "explain")]
        assert said == text["expect"], (text["source"], said, text["expect"])
        expect(ended, exit_status(said), None, "")


def test_the_same_in_one_argument():
    for text in texts():
        said = [summary(one) for one in objects(explain("\n".join(text["lines"])), "explain")]
        assert said == text["expect"], (text["source"], said)


def test_there_are_enough_texts_clients_and_cas():
    found = texts()
    sources = {text["source"] for text in found}
    assert len(sources) == len(found) >= 60, len(found)
    assert len({text["client"] for text in found}) >= 6
    cas = {text["ca"] for text in found if not text["ca"].startswith(("none", "several"))}
    assert len(cas) >= 4, cas


def test_the_sixteen_failures_of_deno():
    path = TOP / "tests/explain/deno-failures.txt"
    ended = explain("-", text=path.read_text())
    found = objects(expect(ended, 2, None, ""), "explain")
    assert len(found) == 16 and [one["line"] for one in found] == list(range(1, 17))
    registry = [one for one in found if one["fault"] == "registry"]
    customer, = [one for one in found if one["fault"] == "subscriber"]
    assert len(registry) == 15 and {one["owner"] for one in registry} == {"net"}
    for one in registry:
        assert 30 <= one["retry"]["after_s"] <= 90 and "A CAA record at deno.net" in one["advice"], one
    assert customer["owner"] == "purpleee.deno.net" and customer["retry"]["advised"] is True, customer
    assert "look at the domain's name servers" in customer["advice"], customer


def test_what_is_not_known_is_said_and_no_retry_is_guessed():
    for text in ("", "hello", "the CAA of example.org", "CAA_ERROR_MEMORY", '{"type": "urn:ietf:params:acme:error:'):
        one, = objects(expect(explain(text), 5, None, ""), "explain")
        assert summary(one) in (["unknown", "unknown", "unknown", "-", "-"],), (text, one)
    one, = objects(expect(explain("urn:ietf:params:acme:error:rateLimited: too many certificates"), 5), "explain")
    assert one["problem"] == "other" and one["retry"]["advised"] is None and one["acme_type"] == "rateLimited", one


def test_our_own_problem_documents_are_understood():
    names = ["deny.example", "servfail.example", "a.nosuchtld", "refused.example", "timeout.example", "truncated.example",
             "unreadable.example", "bogus.example", "192.0.2.1", "a.onion", "a_b"]
    world = str(pathlib.Path(__file__).parent / "world.answers")
    for name in names:
        document = caa("check", "--answers", world, "--problem", "challenge", name).stdout
        one, = objects(explain(document), "explain")
        told = json.loads(document)["caa"]
        assert one["problem"] == told["problem"] and one["name"] == name, (document, one)
        assert one["owner"] == told["owner"], (document, one)
    document = caa("check", "--answers", world, "--problem", "answer", *names[:3]).stdout
    assert [one["name"] for one in objects(explain("-", text=document), "explain")] == names[:3]


def test_a_log_of_many_kinds():
    log = ["2026-11-24T01:02:03Z INFO start", "", f"E1124 01:02:03.4 1 sync.go:1] {NET} - the domain's nameservers may be malfunctioning",
           "x" * 1000, '{"level":"error","msg":"x","error":"CAA record for a.example prevents issuance"}', "done"]
    found = objects(expect(explain("-", text="\n".join(log)), 1), "explain")
    assert [(one["line"], one["problem"]) for one in found] == [(3, "servfail"), (5, "forbidden")], found


def test_what_one_line_says_twice_is_told_once():
    assert len(objects(explain(NET + " - …; " + NET))) == 1
    line = '{"problem":{"type":"urn:ietf:params:acme:error:dns","detail":"' + NET + '"},"error":"' + NET + '"}'
    assert len(objects(explain(line))) == 1


def test_a_cut_line_does_not_take_a_name_from_the_next_log_line():
    for following in ("2026-11-24 01:02:03 INFO next", "INFO next", "[Tue Nov 24] next", "E1124 x", "level=info next"):
        one, = objects(explain("-", text=f"{NET[:-4]}\n{following}\n"))
        assert one["owner"] is None and one["problem"] == "servfail", (following, one)


def test_hostile_input():
    huge = "A" * 10_000_000
    found = objects(explain("-", text=f"{huge}\n{NET}\n"), "explain")
    assert [one["problem"] for one in found] == ["too-large", "servfail"] and found[1]["line"] == 2, found
    deep = '{"a":' * 10_000 + f'"{NET}"' + "}" * 10_000
    one, = objects(explain("-", text=deep), "explain")
    assert one["problem"] == "servfail", one  # not read as JSON, but its words are
    one, = objects(explain("-", text='{"acme:error:":' * 10_000 + "1" + "}" * 10_000), "explain")
    assert one["problem"] == "too-large", one
    ended = caa("explain", "--json", "-", stdin=b"\xff\xfe\x00 " + NET.encode() + b"\xff\x1b[31m\n")
    one, = objects(expect(ended, 2), "explain")
    assert one["owner"] == "net" and "\x1b" not in ended.stdout, one
    ended = caa("explain", "-", stdin=b"DNS problem: looking up CAA for a.example: Other: \x1b[2J\xc2\x9b\n")
    assert "\x1b" not in ended.stdout and "\x9b" not in ended.stdout, ended.stdout


def test_pieces_of_input_make_no_difference():
    whole = "\n".join(line for text in texts() for line in [*text["lines"], ""])
    together = objects(explain("-", text=whole))
    assert len(together) > 50, len(together)
    assert together == objects(explain("-", text=whole.replace("\n", "\r\n")))


def test_text_for_people():
    expect(caa("explain", NET), 2, r"(?s)^try again: \*\.sabo28\.deno\.net: the CA could not look up CAA for net: SERVFAIL\.\n"
           r"At fault, most likely: the registry of net, .*\nTry again in \d+ seconds: .*\nA CAA record at deno\.net, ")
    expect(caa("explain", "CAA record for a.example prevents issuance"), 1, "^forbidden: a CAA record of a.example forbids this CA")
    expect(caa("explain", "hello"), 5, "^not known: a text that is not known")
    expect(caa("explain", "DNS problem: NXDOMAIN looking up TXT for _acme-challenge.a.example - x"), 3, "^mend first: ")


def test_live():
    path = file_with(ANSWERS)
    one, = objects(expect(explain("--live", "--answers", path, NET), 2), "explain")
    assert one["live"]["still"] is True and one["live"]["check"]["cause"] == "net", one
    one, = objects(explain("--live", "--answers", path, NET.replace("net", "org")), "explain")
    assert one["live"]["still"] is False and one["live"]["check"]["verdict"] == "allowed", one
    assert one["retry"] == {"advised": True, "after_s": 1, "why": "a check made just now allows it"}, one
    one, = objects(explain("--live", "--answers", path, "CAA record for forbids.example prevents issuance"), "explain")
    assert one["live"]["still"] is True, one
    one, = objects(explain("--live", "--answers", path, "hello"), "explain")
    assert one["live"] is None, one
    one, = objects(explain("--live", "--answers", path, "DNS problem: SERVFAIL looking up TXT for _acme-challenge.a.net - x"), "explain")
    assert one["live"]["still"] is None and one["live"]["check"]["name"] == "a.net", one
    expect(caa("explain", "--live", "--answers", path, NET), 2, r"It is still so; undecided: ")
    gone = expect(caa("explain", "--live", "--answers", path, NET.replace("net", "org")), 2, "^It is gone; allowed: ")
    assert "\nTry again in 1 second: a check made just now allows it.\n" in gone.stdout, gone.stdout


def test_name_of_a_file():
    path = file_with(NET)
    expect(caa("explain", path), 5, "not known", "is a file; for what it holds: caa explain - < ")


def test_no_text():
    expect(caa("explain"), USAGE, "", "no text given")
    expect(caa("explain", "-", stdin=b""), 5, "not known")


def test_schema_enums_equal_the_lists_in_the_code():
    from program import load_schema
    members = load_schema("explain")["properties"]
    listed = codes("lib/problem/problem.def", "CAA_PROBLEM") + codes("lib/problem/problem.def", "CAA_EXPLAINED")
    assert members["problem"]["enum"] == listed
    assert members["stage"]["enum"] == [*codes("lib/problem/stage.def", "CAA_STAGE"), None]
    assert sorted(itertools.chain(codes("lib/dns/evidence.def", "CAA_FAULT"), ["policy"])) == sorted(members["fault"]["enum"])
