"""The rules of the tree. Each is a generator over a tree that yields (file, line, what is wrong)."""

import ast
import concurrent.futures
import itertools
import json
import os
import re
import subprocess

ROOMS = ["base", "statistics", "dns", "record", "policy", "resolve", "sandbox", "probe", "rescue", "check", "engine", "diagnose",
         "advise", "problem", "report", "tally", "history", "metric", "serve", "acme", "api"]
BETWEEN = "service"  # beyond all rooms, for programs that serve
PROGRAMS = ["cli", "daemon", "gate"]
PUBLIC = "include/caa/caa.h"
C_FOLDERS = ["lib", "include", "service", "cli", "daemon", "gate", "examples", "bench", "tests"]

RULES = {}


def rule(title):
    def register(function):
        RULES[function.__name__.replace("_", "-")] = (title, function)
        return function
    return register


# --- includes

def resolve(tree, name, quoted, path):
    """The file of this tree that an include means, or None for somebody else's."""
    beside = os.path.normpath(os.path.join(os.path.dirname(name), path)) if quoted else None
    for candidate in (beside, "lib/" + path, "include/" + path, path):
        if candidate and candidate in tree.files:
            return candidate
    return None


def room_of(name):
    """("base", its rank) for lib/base/…; ("cli", beyond all rooms) for a program; else None."""
    parts = name.split("/")
    if parts[0] == "lib" and len(parts) > 2:
        return parts[1], ROOMS.index(parts[1]) if parts[1] in ROOMS else None
    if parts[0] == BETWEEN:
        return parts[0], len(ROOMS)
    if parts[0] in PROGRAMS:
        return parts[0], len(ROOMS) + 1
    return None


@rule("rooms include only rooms above them: " + ", ".join(ROOMS) + "; then " + ", ".join([BETWEEN, *PROGRAMS]))
def rooms(tree):
    for name in tree.under(C_FOLDERS, (".c", ".h", ".def")):
        for line, quoted, path in tree.source(name).includes():
            target = resolve(tree, name, quoted, path)
            wrong = wrong_include(name, quoted, path, target)
            if wrong:
                yield name, line, wrong
        here = room_of(name)
        if here and here[1] is None:
            yield name, 1, f"lib/{here[0]} is no room in the order {', '.join(ROOMS)}"


def wrong_include(name, quoted, path, target):
    if target is None:
        missing = quoted and name.split("/")[0] != "tests" and not path.endswith("config.h")
        return f'"{path}" is no file here; others\' headers go in <>' if missing else None
    if target == PUBLIC:
        mine = name.startswith(("lib/api/", "examples/", "tests/"))
        return None if mine else f"<{path}> is for outsiders; only lib/api, examples and tests include it"
    if not quoted:
        return f'<{path}> is our own header: "{path}"'
    if name == PUBLIC or name.startswith("examples/"):
        return f"outsiders have {PUBLIC} only, not {target}"
    here, there = room_of(name), room_of(target)
    if here is None or there is None or here[0] == there[0]:
        return None
    if there[0] in PROGRAMS:
        return f"{here[0]} includes {target}, but nobody includes from a program"
    if there[1] is None or here[1] is None or there[1] >= here[1]:
        return f"{here[0]} includes {target}, but {there[0]} is not above {here[0]}"
    return None


@rule("no header includes itself through others")
def cycles(tree):
    graph = {}
    for name in tree.under(C_FOLDERS, (".h", ".def")):
        targets = [(line, resolve(tree, name, quoted, path)) for line, quoted, path in tree.source(name).includes()]
        graph[name] = [(line, target) for line, target in targets if target]
    done = set()

    def visit(name, path):
        if name in path:
            yield name, 1, "a cycle: " + " → ".join(path[path.index(name):] + [name])
        elif name not in done:
            for _, target in graph.get(name, []):
                yield from visit(target, path + [name])
            done.add(name)

    for name in graph:
        yield from visit(name, [])


@rule("a .c file includes its own header first")
def own_header_first(tree):
    for name in tree.under(C_FOLDERS, (".c",)):
        own = PUBLIC if name == "lib/api/caa.c" else name[:-2] + ".h"
        if own not in tree.files:
            continue
        includes = tree.source(name).includes()
        first = includes[0] if includes else (1, True, "")
        if resolve(tree, name, first[1], first[2]) != own:
            yield name, first[0], f"the first include is not {own}"


@rule("every header compiles alone, and twice in one file, with gcc and with clang")
def headers_alone(tree):
    """Of a header that its own .c file includes first the build shows the former, and one file with all
    headers of its folder twice the latter."""
    flags = ["-x", "c", "-std=c11", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
             "-Ilib", "-Iinclude", "-I.", *library_flags(tree)]
    headers = tree.under(C_FOLDERS, (".h",))
    paired = [name for name in headers if name[:-2] + ".c" in tree.files and not name.startswith("tests/")]
    alone = [[name] for name in headers if name not in paired]  # and all of tests, which are many programs
    folders = [list(names) for _, names in itertools.groupby(sorted(paired, key=os.path.dirname), os.path.dirname)]

    def compile_together(job):
        compiler, names = job
        text = "".join(f'#include "{name}"\n' for name in [*names, *names])
        ended = subprocess.run([compiler, *flags, "-"], input=text, cwd=tree.root, capture_output=True, text=True)
        return names, compiler, ended

    jobs = [(compiler, names) for names in folders + alone for compiler in ("gcc", "clang")]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for names, compiler, ended in pool.map(compile_together, jobs):
            if ended.returncode != 0:
                blamed = re.search(r"^(?:\./)?([^:\n]+\.h):\d+:\d+: (?:fatal )?error", ended.stderr, re.MULTILINE)
                yield blamed[1] if blamed else names[0], 1, f"{compiler} does not take it:\n{ended.stderr.strip()}"


def library_flags(tree):
    """What pkg-config says of the dependencies that meson.build names."""
    named = re.findall(r"dependency\('([^']+)'", "".join(
        tree.text(name) for name in tree.files if name.endswith("meson.build")))
    flags = []
    for library in sorted(set(named)):
        said = subprocess.run(["pkg-config", "--cflags", library], capture_output=True, text=True)
        flags += said.stdout.split()
    return flags


# --- sizes

LONG = re.compile(r"structure: long because \S+.{8,}")
SIZES = {"tests": (100, 800)}  # longest function, longest file; else:
SIZE = (60, 400)


@rule("no function over 60 lines, no file over 400 (tests: 100, 800), or `structure: long because …` beside it")
def sizes(tree):
    folders = C_FOLDERS + ["lab", "script", ".ci"]
    for name in tree.under(folders, (".c", ".h", ".py", ".lua", ".sh", ".js")) + scripts(tree, folders):
        longest_function, longest_file = SIZES.get(name.split("/")[0], SIZE)
        lines = tree.text(name).splitlines()
        if len(lines) > longest_file and not any(LONG.search(line) for line in opening(lines)):
            yield name, 1, f"{len(lines)} lines; {longest_file} is the limit"
        for first, last, title in functions(tree, name, lines):
            if last - first + 1 > longest_function and not excused(lines, first, last):
                yield name, first, f"{title} has {last - first + 1} lines; {longest_function} is the limit"


def scripts(tree, folders):
    """Files without an ending whose first line names an interpreter."""
    return [name for name in tree.files if name.startswith(tuple(folder + "/" for folder in folders))
            and "." not in os.path.basename(name) and tree.text(name).startswith("#!")]


def opening(lines):
    """The lines in front of the first code: comments, mostly."""
    for number, line in enumerate(lines):
        if re.match(r"\s*(#\s*include|import |from |struct |static |local |set -|def |class |enum )", line):
            return lines[:number]
    return lines


def excused(lines, first, last):
    """The reason stands in the comment right above the function, or inside it."""
    above = first - 1
    if above > 0 and lines[above - 1].rstrip().endswith("*/"):
        while above > 0 and "/*" not in lines[above - 1]:
            above -= 1
        above -= 1
    while above > 0 and re.match(r"\s*(//|#|--)", lines[above - 1]):
        above -= 1
    return any(LONG.search(line) for line in lines[max(above, 0):last])


def functions(tree, name, lines):
    """Every function as (first line, last line, its name)."""
    first_line = lines[0] if lines else ""
    if name.endswith((".c", ".h")):
        for first, last, head, body in tree.source(name).items:
            if body is not None:
                yield first, last, declared_name(head)
    elif name.endswith(".py") or "python" in first_line:
        for node in ast.walk(ast.parse("\n".join(lines))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node.lineno, node.end_lineno, node.name
    elif name.endswith(".sh") or re.match(r"#!.*sh\b", first_line):
        first = title = None
        for number, line in enumerate(lines, 1):
            found = re.match(r"(?:function\s+)?([\w-]+)\s*\(\)\s*[{(]\s*$", line)
            if found:
                first, title = number, found[1]
            elif first and re.match(r"[})]", line):
                yield first, number, title
                first = None


# --- words

DRAWERS = {"util", "utils", "common", "misc", "helper", "helpers", "manager", "managers"}


@rule("no file or folder is a drawer: " + ", ".join(sorted(DRAWERS)))
def drawers(tree):
    for name in tree.files:
        for part in name.split("/"):
            words = set(re.split(r"[-_.]", part.lower()))
            if words & DRAWERS:
                yield name, 1, f'"{part}" says nothing of what is in it'
                break


FORBIDDEN = (r"(?<![\w.>])(?:_?exit|_Exit|quick_exit|abort|v?printf|puts|putchar|perror|v?syslog|openlog)\s*\("
             r"|(?<![\w.>])(?:stdout|stderr)\b|#\s*include\s*<(?:err|error|syslog)\.h>")


@rule("the library neither ends the process nor writes to stdout, stderr or syslog")
def quiet_library(tree):
    for name in tree.under(["lib"], (".c", ".h", ".def")):
        for line, what in tree.source(name).matches(FORBIDDEN):
            yield name, line, f"{what.rstrip('( ')}: a library returns an error, or writes where it is told to"


@rule("no typedef of a struct or union")
def typedefs(tree):
    for name in tree.under(C_FOLDERS, (".c", ".h", ".def")):
        source = tree.source(name)
        for found in re.finditer(r"\btypedef\s+(?:const\s+)?(?:struct|union)\b", source.plain):
            head = re.match(r"[^{;]*", source.plain[found.end():])[0]
            if "(" not in head:  # else the type of a function
                yield name, source.line_of(found.start()), "say `struct` where it is used"


@rule("every prototype in a header of lib/ or include/ has a comment right before it, or before its group")
def prototypes(tree):
    for name in tree.under(["lib", "include"], (".h",)):
        source = tree.source(name)
        for first, _, head, body in source.items:
            if body is not None or not is_prototype(head):
                continue
            above = first - 2
            while above >= 0 and source.lines[above].strip() and source.plain.splitlines()[above].strip():
                above -= 1
            if above < 0 or not re.search(r"\*/\s*$|^\s*//", source.lines[above]):
                yield name, first, f"{declared_name(head)} has no comment"


ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)|\bCAA_[A-Z]+\b\s+")


def is_prototype(head):
    return bool(re.match(r"(?!typedef\b|static\b)[\w\s*]+\b\w+\s*\(", ATTRIBUTE.sub("", head)))


def declared_name(head):
    return re.search(r"(\w+)\s*\(", ATTRIBUTE.sub("", head))[1]


# --- what was built

@rule("libcaa.so exports what include/caa/caa.h declares, and nothing else")
def exports(tree):
    if PUBLIC not in tree.files:
        return
    shared = [path for path in tree.build.rglob("libcaa.so*") if path.is_file() and not path.is_symlink()]
    shared = [path for path in shared if not path.name.endswith(".symbols")]
    if not shared:
        yield PUBLIC, 1, f"there is no libcaa.so in {tree.build}: script/build makes it"
        return
    said = subprocess.run(["nm", "-D", "--defined-only", "--format=posix", shared[0]], check=True,
                          capture_output=True, text=True).stdout
    exported = {line.split()[0].split("@")[0] for line in said.splitlines()}
    declared = {declared_name(head): first for first, _, head, body in tree.source(PUBLIC).items
                if body is None and is_prototype(head)}
    for symbol in sorted(exported - set(declared)):
        yield str(shared[0]), 0, f"exports {symbol}, which {PUBLIC} does not declare"
    for symbol in sorted(set(declared) - exported):
        yield PUBLIC, declared[symbol], f"declares {symbol}, which {shared[0].name} does not export"
    for symbol in sorted(symbol for symbol in exported | set(declared) if not symbol.startswith("caa_")):
        yield PUBLIC, declared.get(symbol, 1), f"{symbol} does not start with caa_"


@rule("every C file is compiled by the build")
def compiled(tree):
    database = tree.build / "compile_commands.json"
    if not database.is_file():
        yield "meson.build", 1, f"there is no {database}: script/build makes it"
        return
    entries = json.loads(database.read_text())
    known = {os.path.relpath(os.path.realpath(os.path.join(entry["directory"], entry["file"])),
                             os.path.realpath(tree.root)) for entry in entries}
    for name in tree.under(C_FOLDERS, (".c",)):
        if name not in known:
            yield name, 1, "no meson.build mentions it"
