"""What may be asked for, on the command line and on standard input."""

import os
import subprocess

from program import SECONDS, USAGE, WORLD, check, environment, expect, objects, program


def refused(name, reason):
    expect(check("--", name), USAGE, "", reason)
    ended = expect(check("--json", "--", name), USAGE, None, reason)
    assert [one["verdict"] for one in objects(ended, "check")] == ["error"], ended.stdout


def test_a_name_of_253_octets_and_one_of_254():
    longest = ".".join(["a" * 63] * 3 + ["b" * 61])
    assert len(longest) == 253
    expect(check(longest), 0)
    expect(check(longest + "."), 0)
    refused("c" + longest, "the name is longer than 253 octets|longer than")
    refused(".".join(["a" * 62] * 4) + ".bcd", "longer than 253 octets")


def test_a_label_of_64_octets():
    expect(check("a" * 63 + ".example"), 0)
    refused("a" * 64 + ".example", "longer than 63 octets")


def test_empty_labels():
    for name in ("a..example", ".example", "a.example..", "..", "*..example"):
        refused(name, "is empty|root|follows")
    refused("", "the name is empty")
    refused(".", "the root is no name for a certificate")
    refused("*", "'\\*' may only stand alone|no name follows")
    refused("*.", "no name follows the '\\*'")


def test_underscores_and_other_characters():
    refused("_acme-challenge.example", "'_' is not a letter, a digit or a hyphen")
    for name in ("a b.example", "a/b.example", "a@b.example", "http://a.example", "a.example:443"):
        refused(name, "is not a letter, a digit or a hyphen")
    refused("-a.example", "starts with a hyphen")
    refused("a-.example", "ends with a hyphen")


def test_wildcards_in_the_wrong_place():
    for name in ("*.*.example", "a.*.example", "a*.example", "**.example", "*a.example"):
        refused(name, "'\\*' may only stand alone, in front of a name")


def test_invalid_utf8_and_controls():
    ended = expect(check(b"a\xff.example"), USAGE, "", "the name is not valid UTF-8")
    assert "\udcff" not in ended.stderr, ended.stderr
    ended = expect(check("--json", b"a\xff.example"), USAGE)
    assert objects(ended, "check")[0]["name"] == "a?.example"
    assert "\x1b" not in expect(check("a\x1b[31m.example"), USAGE, "").stderr
    expect(check("-", stdin=b"a\0b.example\n"), USAGE, "", "NUL")


def test_ip_addresses_are_not_applicable():
    for name in ("192.0.2.1", "2001:db8::1", "[2001:db8::1]"):
        expect(check(name), 4, "^not applicable: .*IP address", "")
        assert objects(expect(check("--json", name), 4), "check")[0]["verdict"] == "not-applicable"
    refused("192.0.2", "digits only")
    refused("192.0.2.256", "digits only")


def test_onion_names_are_not_looked_up():
    for name in ("abc.onion", "*.abc.ONION", "abc.onion."):
        expect(check(name), 4, "^not applicable: .*never looked up", "")


def test_internationalized_names():
    one, = objects(expect(check("--json", "Bücher.Example"), 0), "check")
    assert one["name"] == "xn--bcher-kva.example"
    refused("xn--a.example", "A-label|U-label|decode")


def test_a_name_that_looks_like_an_option():
    refused("--json", "starts with a hyphen")


def test_lines_of_standard_input():
    ended = check("--json", "-", stdin=b"allow.example\r\n\r\n  \t \n\n  deny.example \r\nmethod.example")
    expect(ended, 1, None, "")
    assert [one["name"] for one in objects(ended, "check")] == ["allow.example", "deny.example", "method.example"]


def test_arguments_and_standard_input_in_their_order():
    ended = check("--json", "a.example", "-", "b.example", "-", stdin=b"c.example\nd.example\n")
    assert [one["name"][0] for one in objects(ended)] == list("acdb")


def test_an_empty_list_is_no_permission():
    for nothing in (b"", b"\n\r\n \n"):
        expect(check("-", stdin=nothing), USAGE, "", "no name given on standard input")


def test_ten_thousand_names():
    names = [f"n{i}.{'deny' if i % 2 else 'allow'}.example" for i in range(10000)]
    ended = expect(check("--json", "-", stdin="\n".join(names).encode()), 1, None, "")
    read = objects(ended)
    assert [one["name"] for one in read] == names
    assert [one["verdict"] for one in read] == ["allowed", "forbidden"] * 5000


def test_a_line_of_a_megabyte():
    ended = check("--json", "-", stdin=b"allow.example\n" + b"a" * (1 << 20) + b"\ndeny.example\n")
    expect(ended, USAGE, None, "longer than 253 octets")
    assert [one["verdict"] for one in objects(ended, "check")] == ["allowed", "error", "forbidden"]
    expect(check("-", stdin=b"a" * (1 << 20)), USAGE, "", "longer than 253 octets")


def test_lines_around_the_size_of_the_buffer():
    for size in (4094, 4095, 4096, 4097, 8191, 8192, 8193):
        ended = check("--json", "-", stdin=b"a" * size + b"\nallow.example\n")
        assert [one["verdict"] for one in objects(ended)] == ["error", "allowed"], size
        padded = check("--json", "-", stdin=b"\n" * size + b"allow.example\n")
        assert [one["name"] for one in objects(padded)] == ["allow.example"], size


def test_a_slow_pipe_gets_each_answer_before_the_next_question():
    process = subprocess.Popen([program(), "check", "--json", "--answers", WORLD, "-"], env=environment(),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for piece, answered in ((b"allow.example\n", b"allowed"), (b"deny.exa", None), (b"mple\n", b"forbidden")):
        process.stdin.write(piece)
        process.stdin.flush()
        if answered:
            line = process.stdout.readline()
            assert b'"verdict":"' + answered in line, line
    process.stdin.close()
    assert process.stdout.read() == b"" and process.wait(SECONDS) == 1
    process.stdout.close()


def test_standard_input_that_is_a_directory():
    directory = os.open("/tmp", os.O_RDONLY)
    expect(check("-", stdin=directory), 78, "", "standard input: Is a directory")
    os.close(directory)
