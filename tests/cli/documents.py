"""Help, manual and code say the same."""

import re
import shlex
import subprocess

from program import TOP, caa, check, file_with, load_schema, objects

ALWAYS = {"help", "h"}
WORLD_OF_PROBLEMS = ["deny.example", "servfail.example", "a.nosuchtld", "refused.example", "timeout.example",
                     "truncated.example", "unreadable.example", "bogus.example", "192.0.2.1", "a.onion", "a_b"]


def long_options(path):
    text = (TOP / path).read_text()
    return set(re.findall(r'\{"([a-z-]+)", (?:no|required)_argument', text)) | {"h"}


def of_help(command):
    return set(re.findall(r"(?:^|, )\s*--?([a-z-]+)", "\n".join(
        line for line in caa(command, "--help").stdout.splitlines() if line.startswith("  -")), re.MULTILINE))


def of_manual(page):
    text = (TOP / "man" / page).read_text()
    listed = text[text.index("The options:"):]
    listed = listed[:listed.index("\n.Sh ")]
    return {flag.lstrip("-") for line in re.findall(r"^\.It (Fl .*)$", listed, re.MULTILINE)
            for flag in re.findall(r"Fl -?([a-z-]+)", line)}


def test_options_of_code_help_and_manual_are_the_same():
    for command, source in (("advise", "cli/advise.c"), ("check", "cli/check_options.c"), ("diagnose", "cli/diagnose.c"),
                            ("explain", "cli/explain.c"), ("lint", "cli/lint.c"), ("scan", "cli/scan.c"), ("trace", "cli/trace.c")):
        code = long_options(source)
        assert len(code) > 3 and of_help(command) == code, (command, of_help(command) ^ code)
        assert of_manual(f"caa-{command}.1") == code, (command, of_manual(f"caa-{command}.1") ^ code)


def test_each_option_of_the_manual_is_in_its_synopsis():
    for command in ("advise", "check", "diagnose", "explain", "lint", "scan", "trace"):
        text = (TOP / "man" / f"caa-{command}.1").read_text()
        synopsis = text[text.index(".Sh SYNOPSIS"):text.index(".Sh DESCRIPTION")]
        assert set(re.findall(r"Fl -([a-z-]+)", synopsis)) == of_manual(f"caa-{command}.1") - ALWAYS, command


def test_each_command_has_a_manual():
    listed = re.findall(r"^  (\w+) +\w", caa("--help").stdout, re.MULTILINE)
    assert listed == ["advise", "check", "diagnose", "explain", "lint", "report", "scan", "trace"], listed
    manual = (TOP / "man" / "caa.1").read_text()
    for command in listed:
        assert f".It Cm {command}\n" in manual and (TOP / "man" / f"caa-{command}.1").exists(), command


def test_keys_of_the_configuration_and_their_manual_are_the_same():
    keys = re.findall(r'CAA_CONF_\w+\("([a-z-]+)"', (TOP / "lib/engine/conf.h").read_text())
    manual = (TOP / "man" / "caa.conf.5").read_text()
    assert keys and re.findall(r"^\.It Cm ([a-z-]+) :", manual, re.MULTILINE) == keys


def test_resolver_options_and_their_manual_are_the_same():
    code = (TOP / "lib/resolve/option.c").read_text()
    code = code[code.index("allowed_options[]"):code.index("refused_options[]")]
    manual = (TOP / "man" / "caa.conf.5").read_text()
    assert re.findall(r"^\.It Cm ([a-z0-9-]+) Ta ", manual, re.MULTILINE) == re.findall(r'\{"([a-z0-9-]+)"', code)


def test_exit_statuses_of_code_and_manual_are_the_same():
    code = set(re.findall(r"CAA_EXIT_\w+ = (\d+)", (TOP / "cli/command.h").read_text()))
    manual = (TOP / "man" / "caa-check.1").read_text()
    manual = manual[manual.index(".Sh EXIT STATUS"):manual.index(".Sh EXAMPLES")]
    assert set(re.findall(r"^\.It (\d+)$", manual, re.MULTILINE)) == code - {"5"}  # of explain only


def test_what_is_made_from_the_list_of_problems_is_up_to_date():
    ended = subprocess.run([TOP / "script/problems", "--check"], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_each_detail_is_as_the_documents_say():
    listed = (TOP / "docs/problems.md").read_text()
    documents = objects(check("--json", *WORLD_OF_PROBLEMS))
    for one in documents:
        told, caa_member = one["problem"]["detail"], one["problem"]["caa"]
        for what, word in ((f"for {caa_member['name']}: ", "for NAME: "), (f"for {caa_member['owner']}", "for OWNER"),
                           (f'"{caa_member["name"]}"', '"NAME"'), ("DNSSEC: Bogus: signature expired", "SUMMARY: EXTRA-TEXT"),
                           ("REFUSED", "RCODE")):
            told = told.replace(what, word, 1)
        if caa_member["problem"] == "not-a-name":
            told = told[:told.index("label 1")] + "REASON"
        assert f"| {told} |" in listed, told
    assert len({one["problem"]["caa"]["problem"] for one in documents}) == len(documents)


def test_every_schema_member_is_described_and_closed():
    def walk(node, path):
        if isinstance(node, dict):
            if node.get("type") == "object":
                assert node["additionalProperties"] is False, path
                for name, member in node["properties"].items():
                    assert "description" in member or "$ref" in member or "items" in member or "pattern" in member, (path, name)
            for key, value in node.items():
                walk(value, path + [key])
    for name in ("check", "diagnose", "explain", "lint", "problem", "trace"):
        walk(load_schema(name), [name])


def shown(page):
    """The literal blocks of a page as it is rendered that start with a command: (command, output)."""
    literal = re.findall(r"^\.Bd -literal\n(.*?)^\.Ed$", (TOP / "man" / page).read_text(), re.MULTILINE | re.DOTALL)
    for block in literal:
        for escape, character in ((r"\(aq", "'"), (r"\(ha", "^"), (r"\(ga", "`"), (r"\&", ""), (r"\e", "\\")):
            block = block.replace(escape, character)
        command, _, output = block.partition("\n")
        if command.startswith("$ caa "):
            yield shlex.split(command[2:])[1:], output


def test_examples_of_the_manual_are_real_output():
    answers = file_with('example.org. 300 CAA 0 issue "ca.example"\nwww.example.org. CNAME example.org.\n')
    for page in ("caa-check.1", "caa-explain.1", "caa-lint.1"):
        examples = list(shown(page))
        assert examples, page
        for arguments, output in examples:
            ended = caa(*[answers if one == "answers.txt" else one for one in arguments], env={"LC_ALL": "C"})
            said = re.sub(r"\d+\.\d ms", "0.1 ms", ended.stdout)
            squeeze = lambda text: re.sub(r" +", " ", text).strip()  # noqa: E731  (columns move with the times)
            assert squeeze(said) == squeeze(output), said
