"""Options, files, streams and terminals."""

import os
import pty
import re
import select
import subprocess
import tempfile

from program import (CONFIGURATION, INTERNAL, SECONDS, USAGE, WORLD, caa, check, environment, expect, file_with,
                     program)


def test_version_names_libunbound():
    expect(caa("--version"), 0, r"^caa \d+\.\d+\.\d+, libunbound \d+\.\d+", "")


def test_help_of_each_command():
    for arguments in (["--help"], ["-h"], ["help"], ["check", "--help"], ["check", "-h"], ["lint", "--help"]):
        expect(caa(*arguments), 0, "^usage: caa", "")


def test_no_or_unknown_command():
    expect(caa(), USAGE, "", "no command given")
    expect(caa("chek"), USAGE, "", "unknown command 'chek'")


def test_what_cannot_be_traced():
    expect(caa("trace", "192.0.2.1"), USAGE, "", "^caa trace: 192.0.2.1 is an IP address, and not a domain name$")
    expect(caa("trace", "-"), USAGE, "", "^caa trace: one name is traced, and none is read from standard input$")


def test_unknown_flag():
    for command in ("check", "lint"):
        expect(caa(command, "--colour"), USAGE, "", f"^caa {command}: unknown option '--colour'\nTry 'caa {command} --help'")
        expect(caa(command, "-hx"), USAGE, "", "unknown option '-x'")
        expect(caa(command, "--json=1", "a"), USAGE, "", "'--json=1': the option takes no value")
        expect(caa(command, "--help=1"), USAGE, "", "'--help=1': the option takes no value")


def test_missing_value():
    for option in ("issuer", "account", "method", "purpose", "deadline", "answers", "root-hints", "trust-anchor",
                   "forward", "config"):
        expect(caa("check", "a.example", "--" + option), USAGE, "", f"--{option} needs a value")
    expect(caa("lint", "--answers"), USAGE, "", "--answers needs a value")


def test_nothing_to_do():
    expect(caa("check"), USAGE, "", "no name given")
    expect(caa("lint"), USAGE, "", "no value given")
    expect(caa("lint", "ca.example", "--answers", WORLD), USAGE, "", "do not go together")


def test_bad_deadline():
    for seconds in ("", "0", "-1", "x", "1x", "nan", "inf", "3601", "1e9"):
        expect(check("a.example", "--deadline", seconds), USAGE, "", "--deadline: .* not a number of seconds")
    expect(check("a.example", "--deadline", "0.5"), 0)


def test_bad_issuer_account_method_purpose():
    expect(check("a.example", "--issuer", "a_b"), USAGE, "", "--issuer: 'a_b' is not an issuer domain name")
    expect(check("a.example", "--account", "7"), USAGE, "", "--account: '7' is not a URI")
    expect(check("a.example", "--method", "dns 01"), USAGE, "", "--method: 'dns 01' is not")
    expect(check("a.example", "--purpose", "ssh"), USAGE, "", "--purpose: 'ssh' is neither tls nor smime")


def test_an_option_given_too_often():
    expect(check("a.example", *["--issuer=ca.example"] * 65), USAGE, "", "more than 64 times")


def test_forward_syntax():
    for text in ("dns.example", "192.0.2.1@x", "192.0.2.1@65536", "192.0.2.1@0", "192.0.2.1#a_b", "192.0.2.1:53", ""):
        expect(caa("check", "a.example", "--forward", text), USAGE, "", "^caa check: --forward: ")


def test_hostile_flag_is_printed_safely():
    ended = expect(caa("check", b"--\x1b[31m\xff"), USAGE, "")
    assert "\x1b" not in ended.stderr and "\udcff" not in ended.stderr, ended.stderr


def test_answers_file_that_cannot_be_read():
    for command in (["check", "a.example"], ["lint"]):
        expect(caa(*command, "--answers", "/nowhere/x"), CONFIGURATION, "", "/nowhere/x: No such file")
        expect(caa(*command, "--answers", "/tmp"), CONFIGURATION, "", "/tmp: Is a directory")
        bad = file_with("a.example CAA 0 issue \"ca.example\"\nb.example CAA 0 issue \"ca\n")
        expect(caa(*command, "--answers", bad), CONFIGURATION, "", re.escape(bad) + ":2: .*never closed")


def test_file_without_permission():
    if os.geteuid() == 0:  # who may read everything; a descriptor that cannot be read does as well
        with open("/dev/null", "wb") as stdin:
            expect(caa("check", "a.example", "--answers", "-", stdin=stdin), CONFIGURATION, "", "Bad file descriptor")
    else:
        path = file_with("")
        os.chmod(path, 0)
        expect(caa("check", "a.example", "--answers", path), CONFIGURATION, "", "Permission denied")


def test_answers_from_standard_input():
    expect(caa("check", "a.example", "--answers", "-", stdin=b"a.example CAA 0 issue \";\"\n"), 1, "^forbidden")
    expect(caa("check", "-", "--answers", "-"), USAGE, "", "cannot both come from standard input")


def test_trust_anchor_unreadable_empty_unusable():
    arguments = ["check", "a.example", "--trust-anchor"]
    expect(caa(*arguments, "/nowhere/key"), CONFIGURATION, "", "/nowhere/key: No such file")
    expect(caa(*arguments, "/tmp"), CONFIGURATION, "", "Is a directory")
    expect(caa(*arguments, file_with("")), CONFIGURATION, "", "no trust anchor in it")
    expect(caa(*arguments, file_with("; nothing\n")), CONFIGURATION, "", "no trust anchor in it")
    sha1 = file_with(". IN DS 19036 8 1 B256BD09DC8DD59F0E0F0D8541B8328DD986DF6E\n")
    expect(caa(*arguments, sha1), CONFIGURATION, "", "no trust anchor in it has a key that can be used")
    other = file_with("net. IN DS 1 8 2 " + "00" * 32 + "\n")
    expect(caa(*arguments, other), CONFIGURATION, "", re.escape(other) + ":1: .*not the root's")
    garbage = file_with("what is this\n")
    expect(caa(*arguments, garbage), CONFIGURATION, "", re.escape(garbage) + ":1: ")


def test_root_hints_unreadable_or_empty():
    arguments = ["check", "a.example", "--trust-anchor",
                 file_with(". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n")]
    expect(caa(*arguments, "--root-hints", "/nowhere/h"), CONFIGURATION, "", "/nowhere/h: No such file")
    expect(caa(*arguments, "--root-hints", file_with("")), CONFIGURATION, "", "no address of a root server")


def config(text, *arguments):
    path = file_with(text)
    return path, caa("check", "--config", path, *(arguments or ["--answers", WORLD, "allow.example"]))


def test_configuration_is_used_and_options_win():
    path, ended = config("issuers: [other.example]\ndeadline-s: 5\n")
    expect(ended, 1, "^forbidden: no CAA record of allow.example authorizes other.example")
    expect(check("allow.example", "--config", path, "--issuer", "letsencrypt.org"), 0)
    expect(check("allow.example", env={"CAA_CONFIG": path}), 1)
    expect(check("allow.example", env={"CAA_CONFIG": ""}), 0)
    expect(check("allow.example", "--config", file_with("deadline-s: 5\n"), env={"CAA_CONFIG": path}), 0)


def test_configuration_errors_name_file_and_line():
    for text, line, reason in (("deadline-s: 5\ncolour: blue\n", 2, "Unexpected key: colour"),
                               ("issuers: [a.example]\ncache-mib: many\n", 2, "cache-mib"),
                               ("deadline-s: [\n", 1, ""), ("issuers: a.example\n", 1, "")):
        path, ended = config(text)
        expect(ended, CONFIGURATION, "", f"^caa check: {re.escape(path)}:{line}: .*{reason}")


def test_configuration_values_that_are_refused():
    for text, reason in (("forward: [dns.example]\n", "forward: .*not an IP address"),
                         ("issuers: [a_b]\n", "issuers: 'a_b'"), ("deadline-s: 4000\n", "deadline-s: .*3600"),
                         ("resolver-options: [\"local-data: x\"]\n", "local-data is refused: .*forged"),
                         ("resolver-options: [\"domain-insecure: x\"]\n", "domain-insecure is refused"),
                         ("resolver-options: [\"outgoing-range: x\"]\n", "outgoing-range: 'x' is not a number"),
                         ("", "no configuration")):
        path, ended = config(text)
        expect(ended, CONFIGURATION, "", f"^caa check: {re.escape(path)}:.* {reason}|{re.escape(path)}: .*{reason}")


def test_configuration_that_cannot_be_read():
    expect(check("a.example", "--config", "/nowhere/c"), CONFIGURATION, "", "/nowhere/c: No such file")
    expect(check("a.example", "--config", "/tmp"), CONFIGURATION, "", "Is a directory")
    expect(check("a.example", env={"CAA_CONFIG": "/nowhere/c"}), CONFIGURATION, "", "/nowhere/c: No such file")


COMMANDS = [["check", "--answers", WORLD, "allow.example"], ["check", "--answers", WORLD, "--json", "allow.example"],
            ["lint", "ca.example"], ["lint", "--json", "ca.example"], ["check", "--help"], ["lint", "--help"],
            ["--help"], ["--version"]]


def test_standard_output_is_full():
    for arguments in COMMANDS:
        with open("/dev/full", "wb") as full:
            expect(caa(*arguments, stdout=full), INTERNAL, None, "cannot write to standard output: No space left")


def test_standard_output_is_closed():
    for arguments in COMMANDS:
        closed = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", program(), *arguments], env=environment(),
                                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=SECONDS)
        assert closed.returncode == INTERNAL, (arguments, closed)
        assert b"cannot write to standard output: Bad file descriptor" in closed.stderr, closed


def test_standard_input_is_closed():
    for arguments in (["check", "--answers", WORLD, "-"], ["lint", "-"], ["lint", "--answers", "-"]):
        closed = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", program(), *arguments], env=environment(),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS)
        assert closed.returncode == CONFIGURATION and b"Bad file descriptor" in closed.stderr, (arguments, closed)


def on_a_terminal(*arguments, **env):
    main, side = pty.openpty()
    process = subprocess.Popen([program(), *arguments], env=environment(**env), stdin=subprocess.DEVNULL, stdout=side,
                               stderr=subprocess.PIPE)
    os.close(side)
    said = b""
    while select.select([main], [], [], SECONDS)[0]:
        try:
            more = os.read(main, 65536)
        except OSError:  # the other side is gone
            more = b""
        if not more:
            break
        said += more
    os.close(main)
    process.communicate(timeout=SECONDS)
    return said.decode()


def test_colour_only_on_a_terminal_that_wants_it():
    for arguments in (COMMANDS[0], ["lint", "a_b"]):
        assert "\x1b[" in on_a_terminal(*arguments, TERM="xterm"), arguments
        assert "\x1b[" in on_a_terminal(*arguments, TERM="xterm", NO_COLOR=""), arguments
        for env in ({}, {"TERM": "dumb"}, {"TERM": "xterm", "NO_COLOR": "1"}):
            said = on_a_terminal(*arguments, **env)
            assert said and "\x1b" not in said, (env, said)
        assert "\x1b" not in caa(*arguments, env={"TERM": "xterm"}).stdout, arguments
    assert "\x1b" not in on_a_terminal("check", "--answers", WORLD, "--json", "allow.example", TERM="xterm")


def test_box_drawing_only_in_utf8():
    assert "\u2514" in check("allow.example").stdout
    assert check("allow.example", env={"LC_ALL": "C"}).stdout.isascii()


def test_reader_that_goes_away():
    with tempfile.TemporaryFile() as names:
        names.write(b"allow.example\n" * 5000)
        names.seek(0)
        process = subprocess.Popen([program(), "check", "--answers", WORLD, "-"], env=environment(), stdin=names,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        process.stdout.read(10)
        process.stdout.close()
        assert process.wait(SECONDS) in (-13, INTERNAL)  # SIGPIPE
