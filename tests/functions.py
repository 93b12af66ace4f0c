"""Runs test functions and prints `ok NAME` or `not ok NAME: why`, for the run of a folder of tests."""

import os
import pathlib
import shutil
import sys
import tempfile
import traceback

TOP = pathlib.Path(__file__).resolve().parent.parent


class Skipped(Exception):
    """Raised by a test that does not run here, with the reason: it has neither passed nor failed."""


def enter_lab(program, arguments):
    """Comes back only inside a lab: outside it starts one, which runs the program again."""
    if "CAA_LAB" in os.environ:
        return
    lab = os.environ["LAB"] = str(TOP / "lab" / "lab")
    os.environ.setdefault("CAA_BUILD", str(TOP / "build"))
    os.execv(lab, [lab, "run", "--", program, *arguments])


def run_all(suite, modules, patterns, *, at_end=lambda: None):
    """Runs the functions test_… of the modules whose names have all patterns in them, and exits with 0
    if there were some and all passed. What they put into temporary folders is gone in the end."""
    passed = count = 0
    folder = tempfile.tempdir = tempfile.mkdtemp(prefix="caa-tests-")
    os.chmod(folder, 0o755)  # daemons that have given up root go through it
    for module in modules:
        for function, test in list(vars(module).items()):
            name = f"{module.__name__}: {function[5:].replace('_', ' ')}"
            if function.startswith("test_") and all(pattern in name for pattern in patterns):
                count += 1
                passed += _passes(f"{suite} {name}", test)
    at_end()
    shutil.rmtree(folder, ignore_errors=True)
    if count == 0:
        print(f"not ok {suite}: no test is called like {patterns}")
    sys.exit(0 if count and passed == count else 1)


def _passes(name, test):
    try:
        test()
    except Skipped as reason:
        print(f"ok {name} # skip {reason}", flush=True)
        return True
    except AssertionError as wrong:
        first, *rest = (str(wrong) or traceback.format_exc()).strip().splitlines()
        print(f"not ok {name}: {first}", *("  " + line for line in rest), sep="\n", flush=True)
        return False
    except Exception:  # what cannot be tested has not passed
        print(f"not ok {name}: the test itself failed", traceback.format_exc(), sep="\n", flush=True)
        return False
    print(f"ok {name}", flush=True)
    return True
