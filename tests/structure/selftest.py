"""Each rule must be able to fail: a small tree that keeps them all, and ways to break each."""

import json
import pathlib
import subprocess
import tempfile

import rules
import tree

CLEAN = {
    "meson.build": "project('clean', 'c')\n",
    "lib/base/box.h": """/* A box. */
#ifndef BOX_H
#define BOX_H
#include <stddef.h>
struct box {
    size_t (*size)(const struct box *box);
};
typedef void box_visit(void *context, const struct box *box);
/* The size of the box. */
size_t box_size(const struct box *box);

/* Two that belong together. */
void box_open(struct box *box);
void box_close(struct box *box) __attribute__((nonnull));
static inline int box_zero(void) {
    return 0;
}
#endif
""",
    "lib/base/box.c": """#include "base/box.h"
#include <stdio.h>
/* Words like exit(1), printf("x") or stderr in a comment are no calls. */
static const char *words = "abort(); typedef struct a b;";
size_t box_size(const struct box *box) {
    return box->size(box);
}
void box_open(struct box *box) {
    (void)box, (void)words;
}
void box_close(struct box *box) {
    box->size(box);
}
int box_write(FILE *out);
int box_write(FILE *out) {
    return fprintf(out, "a box");
}
""",
    "lib/dns/name.h": '#ifndef NAME_H\n#define NAME_H\n#include "base/box.h"\n#endif\n',
    "lib/api/caa.c": '#include "caa/caa.h"\n#include "dns/name.h"\nint caa_answer(void) {\n    return 42;\n}\n',
    "include/caa/caa.h": """#ifndef CAA_H
#define CAA_H
#ifdef __cplusplus
extern "C" {
#endif
/* The answer. */
__attribute__((visibility("default"))) int caa_answer(void);
#ifdef __cplusplus
}
#endif
#endif
""",
    "cli/main.c": '#include "dns/name.h"\nint main(void) {\n    return 0;\n}\n',
    "gate/main.c": '#include "dns/name.h"\nint main(void) {\n    return 0;\n}\n',
    "examples/ask.c": "#include <caa/caa.h>\nint main(void) {\n    return caa_answer();\n}\n",
    "tests/unit/box.c": '#include "base/box.h"\nint main(void) {\n    return 0;\n}\n',
    "script/go": "#!/usr/bin/env bash\ngo() {\n    :\n}\n",
    "lab/world.py": "def turn():\n    return 1\n",
}


def long_function(lines, note=""):
    return f"{note}int turn(void);\n{note}int turn(void) {{\n" + "    ;\n" * (lines - 3) + "    return 0;\n}\n"


# rule, what is broken, the files that break it (None: gone), the file that is blamed.
BREAKS = [
    ("rooms", "a room includes one below it", {"lib/base/box.h": '#include "dns/name.h"\n'}, "lib/base/box.h"),
    ("rooms", "a program includes another's header", {"cli/go.h": "\n", "gate/main.c": '#include "cli/go.h"\n'},
     "gate/main.c"),
    ("rooms", "a room includes a program's header", {"cli/go.h": "\n", "lib/dns/name.h": '#include "cli/go.h"\n'},
     "lib/dns/name.h"),
    ("rooms", "a room includes what is for programs", {"service/go.h": "\n", "lib/dns/name.h": '#include "service/go.h"\n'},
     "lib/dns/name.h"),
    ("rooms", "a room that nobody knows", {"lib/attic/old.c": "\n"}, "lib/attic/old.c"),
    ("rooms", "a quoted header that is not there", {"lib/dns/name.h": '#include "base/gone.h"\n'}, "lib/dns/name.h"),
    ("rooms", "an own header in angle brackets", {"lib/dns/name.h": "#include <base/box.h>\n"}, "lib/dns/name.h"),
    ("rooms", "a room includes the outsiders' header", {"lib/dns/name.h": '#include "caa/caa.h"\n'}, "lib/dns/name.h"),
    ("rooms", "an example reaches into a room", {"examples/ask.c": '#include "base/box.h"\n'}, "examples/ask.c"),
    ("rooms", "through a path with dots", {"lib/base/box.h": '#include "../dns/name.h"\n'}, "lib/base/box.h"),
    ("cycles", "two headers include each other",
     {"lib/base/a.h": '#include "base/b.h"\n', "lib/base/b.h": '#include "base/a.h"\n'}, "lib/base/a.h"),
    ("own-header-first", "something comes before it", {"lib/base/box.c": '#include <stdio.h>\n#include "base/box.h"\n'},
     "lib/base/box.c"),
    ("own-header-first", "it is not included", {"lib/base/box.c": "int x;\n"}, "lib/base/box.c"),
    ("headers-alone", "a type is missing", {"lib/dns/name.h": "extern size_t name_count;\n"}, "lib/dns/name.h"),
    ("headers-alone", "there is no include guard", {"lib/dns/name.h": "struct name {\n    int x;\n};\n"}, "lib/dns/name.h"),
    ("sizes", "a function of 61 lines", {"lib/base/box.c": long_function(61)}, "lib/base/box.c"),
    ("sizes", "a file of 401 lines", {"lib/base/box.c": "int x;\n" * 401}, "lib/base/box.c"),
    ("sizes", "a test function of 101 lines", {"tests/unit/box.c": long_function(101)}, "tests/unit/box.c"),
    ("sizes", "a Python function of 61 lines", {"lab/world.py": "def turn():\n" + "    x = 1\n" * 60}, "lab/world.py"),
    ("sizes", "a shell function of 61 lines", {"script/go": "#!/bin/sh\ngo() {\n" + "    :\n" * 59 + "}\n"}, "script/go"),
    ("sizes", "an excuse without a reason",
     {"lib/base/box.c": long_function(61, "/* structure: long because */\n")}, "lib/base/box.c"),
    ("drawers", "a file named after one", {"lib/dns/name_util.c": "\n"}, "lib/dns/name_util.c"),
    ("drawers", "a folder named after one", {"lib/common/box.h": "\n"}, "lib/common/box.h"),
    ("quiet-library", "exit", {"lib/base/box.c": "void f(void) { exit(1); }\n"}, "lib/base/box.c"),
    ("quiet-library", "abort", {"lib/base/box.c": "void f(void) { abort (); }\n"}, "lib/base/box.c"),
    ("quiet-library", "printf", {"lib/base/box.c": 'void f(void) { printf("x"); }\n'}, "lib/base/box.c"),
    ("quiet-library", "stderr", {"lib/base/box.c": 'void f(void) { fprintf(stderr, "x"); }\n'}, "lib/base/box.c"),
    ("quiet-library", "stdout", {"lib/base/box.h": 'static inline void f(void) { fputs("x", stdout); }\n'}, "lib/base/box.h"),
    ("quiet-library", "syslog", {"lib/base/box.c": 'void f(void) { syslog(1, "x"); }\n'}, "lib/base/box.c"),
    ("quiet-library", "err.h", {"lib/base/box.c": "#include <err.h>\n"}, "lib/base/box.c"),
    ("typedefs", "of a struct with its body", {"lib/base/box.h": "typedef struct {\n    int x;\n} box;\n"}, "lib/base/box.h"),
    ("typedefs", "of a declared struct", {"cli/main.c": "typedef struct box box_t;\n"}, "cli/main.c"),
    ("prototypes", "no comment", {"lib/base/box.h": "#include <stddef.h>\n\nint box_x(int);\n"}, "lib/base/box.h"),
    ("prototypes", "a comment for the group above", {"lib/base/box.h": "/* A. */\nint box_x(int);\n\nint box_y(int);\n"},
     "lib/base/box.h"),
    ("exports", "a symbol that the header does not declare",
     {"lib/api/caa.c": "int caa_answer(void) { return 1; }\nint caa_more(void) { return 1; }\n"},
     "build/lib/api/libcaa.so"),
    ("exports", "a declaration that is not exported", {"lib/api/caa.c": "int caa_other;\n"}, "include/caa/caa.h"),
    ("exports", "another prefix", {"include/caa/caa.h": "int ask(void);\n", "lib/api/caa.c": "int ask(void) { return 1; }\n"},
     "include/caa/caa.h"),
    ("exports", "no library at all", {"lib/api/caa.c": None}, "include/caa/caa.h"),
    ("compiled", "a file that no build mentions", {"tests/unit/forgotten.c": "int x; /* not compiled */\n"},
     "tests/unit/forgotten.c"),
]

# What looks like a breach and is none.
ALLOWED = [
    ("sizes", "60 lines", {"lib/base/box.c": long_function(60)}),
    ("sizes", "a long function with its reason above",
     {"lib/base/box.c": long_function(61, "/* structure: long because it is one table of cases. */\n")}),
    ("sizes", "a long file with its reason on top",
     {"lib/base/box.c": "/* structure: long because it is one generated table */\n" + "int x;\n" * 401}),
    ("typedefs", "the type of a function that returns a struct",
     {"lib/base/box.h": "struct box;\ntypedef struct box *box_make(void);\n"}),
    ("exports", "no public header yet", {"include/caa/caa.h": None, "lib/api/caa.c": None}),
]


def run():
    failed = False

    def report(good, what, found):
        nonlocal failed
        failed |= not good
        print(f"{'ok' if good else 'not ok'} structure self-test: {what}")
        if not good:
            print(f"  found: {found or 'nothing'}")

    clean = places(CLEAN, list(rules.RULES))
    report(not clean, "a tree that keeps every rule passes", clean)
    for name, what, files, blamed in BREAKS:
        found = places({**CLEAN, **files}, [name])
        report(blamed in [file for file, _, _ in found], f"{name} notices: {what}", found)
    for name, what, files in ALLOWED:
        found = places({**CLEAN, **files}, [name])
        report(not found, f"{name} allows: {what}", found)
    unbroken = set(rules.RULES) - {name for name, *_ in BREAKS}
    report(not unbroken, "every rule is broken here", unbroken)
    return 1 if failed else 0


def places(files, names):
    """What the rules find in a tree of these files."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            if text is not None:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
        here = tree.Tree.walked(root, root / "build")
        if "exports" in names:
            build_library(root)
        if "compiled" in names:
            write_database(here)
        found = [place for name in names for place in rules.RULES[name][1](here)]
        return [(str(file).removeprefix(folder + "/"), line, what) for file, line, what in found]


def build_library(root):
    source = root / "lib/api/caa.c"
    if source.exists():
        (root / "build/lib/api").mkdir(parents=True)
        subprocess.run(["gcc", "-shared", "-fPIC", "-fvisibility=default", "-Iinclude", "-Ilib", source,
                        "-o", root / "build/lib/api/libcaa.so"], cwd=root, check=True)


def write_database(here):
    here.build.mkdir(exist_ok=True)
    entries = [{"directory": str(here.root), "file": name} for name in here.files
               if name.endswith(".c") and "not compiled" not in here.text(name)]
    (here.build / "compile_commands.json").write_text(json.dumps(entries))
