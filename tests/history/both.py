"""What is the same in both databases: the schema, and how quick they are."""

import json
import os
import pathlib
import re
import sqlite3
import subprocess

from files import Folder
from load import BUILD, PLAIN, SECONDS, TOP, Load
from postgresql import cluster

RECORDS = int(os.environ.get("CAA_HISTORY_RECORDS", "20000"))  # 100,000 by hand
THREAD = pathlib.Path(os.environ.get("CAA_BUILD_THREAD", TOP / "build-thread")).resolve()


def documented():
    """{table: [(column, type, may be null)]} of docs/history.md."""
    tables = {}
    table = None
    for line in (TOP / "docs" / "history.md").read_text().splitlines():
        heading = re.match(r"### `(\w+)`", line)
        if heading:
            table = tables.setdefault(heading[1], [])
        row = re.match(r"\| `(\w+)` \| (text|integer)(, may be null)? \|", line)
        if row and table is not None:
            table.append((row[1], row[2], bool(row[3])))
    return tables


def test_documentation_has_the_tables_of_sqlite():
    with Folder() as folder:
        Load(folder / "h.db", "--records", "10").finish()
        database = sqlite3.connect(folder / "h.db")
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        found = {name: [(column, {"BIGINT": "integer", "TEXT": "text"}[kind], not required)
                        for _, column, kind, required, _, _ in database.execute(f"PRAGMA table_info({name})")]
                 for name in names}
        database.close()
    assert found == documented(), f"in the file: {found}\nin docs/history.md: {documented()}"


def test_documentation_has_the_tables_of_postgresql():
    database = cluster().new_database()
    Load(cluster().url(database), "--records", "10").finish()
    found = {}
    for line in cluster().query(database, "SELECT table_name, column_name, data_type, is_nullable FROM"
                                " information_schema.columns WHERE table_schema = 'public' ORDER BY table_name,"
                                " ordinal_position"):
        table, column, kind, nullable = line.split("|")
        found.setdefault(table, []).append((column, {"bigint": "integer", "text": "text"}[kind], nullable == "YES"))
    assert found == documented(), f"on the server: {found}\nin docs/history.md: {documented()}"


def test_indexes_are_the_same():
    database = cluster().new_database()
    Load(cluster().url(database), "--records", "10").finish()
    server = cluster().query(database, "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
                             " AND indexname NOT LIKE '%_pkey'")
    with Folder() as folder:
        Load(folder / "h.db", "--records", "10").finish()
        opened = sqlite3.connect(folder / "h.db")
        file = [name for (name,) in opened.execute("SELECT name FROM sqlite_schema WHERE type = 'index' AND"
                                                   " name NOT LIKE 'sqlite_%'")]
        opened.close()
    assert sorted(server) == sorted(file), f"{server} and {file}"


def test_threads_do_not_race():
    """ThreadSanitizer ends a program with 99 at the first race it sees."""
    for place in (None, cluster().url(cluster().new_database())):
        more = {} if place is None else {"CAA_TEST_HISTORY": place}
        for program in ("test-history", "test-history_read"):
            ended = subprocess.run([THREAD / "tests/unit" / program], capture_output=True, text=True,
                                   timeout=10 * SECONDS, env=dict(os.environ, **more))
            assert ended.returncode == 0, f"{place or 'SQLite'}:\n{(ended.stdout + ended.stderr)[-5000:]}"
    program = THREAD / "tests/history/history-load"
    with Folder() as folder:
        for place in (folder / "h.db", cluster().url(cluster().new_database())):
            for mode in ((), ("--best-effort",)):
                Load(place, "--threads", "4", "--records", "1000", *mode, program=program).finish()


def test_a_report_counts_every_check_once():
    """More than two pages of them; the same from either database."""
    asked = "SELECT count(*), sum(verdict <> 'allowed'), count(DISTINCT tld) FROM record WHERE kind = 'check'"
    found = []
    with Folder() as folder:
        for place in (folder / "h.db", cluster().url(cluster().new_database())):
            Load(place, "--records", "2500", "--in-flight", "500", "--quiet").finish()
            ended = subprocess.run([BUILD / "cli" / "caa", "report", "--json", "--history", place], capture_output=True, text=True,
                                   timeout=SECONDS)
            assert ended.returncode == 0, f"{ended.returncode}: {ended.stderr[-3000:]}"
            one = json.loads(ended.stdout)
            checks = one["checks"]
            found.append((one["input"]["history_checks"], checks["failures"], len(checks["tlds"])))
            assert checks["servers"] and all(one["failures"] <= one["of"] for one in checks["servers"] if one["of"]), checks["servers"]
        opened = sqlite3.connect(folder / "h.db")
        wanted, = opened.execute(asked).fetchall()
        opened.close()
    assert wanted[0] == 2500 and found == [wanted, wanted], f"{wanted} and {found}"


def rate(place, what, *options):
    """Many records; how quickly is said, and not judged."""
    program = PLAIN / "tests" / "history" / "history-load"
    load = Load(place, "--records", str(RECORDS), "--in-flight", "500", "--quiet", *options, program=program)
    counters = load.finish(20 * SECONDS)
    assert counters["written"] == counters["acknowledged"] == RECORDS, counters
    assert counters["commits"] < RECORDS / 10, f"no group commit: {counters}"
    print(f"# note: {what}: {RECORDS} required records in {counters['seconds']:.1f} s, "
          f"{RECORDS / counters['seconds']:.0f}/s, {counters['commits']} commits")


def test_many_records_are_committed_in_groups_by_sqlite():
    with Folder() as folder:
        rate(pathlib.Path(folder) / "h.db", "SQLite")


def test_many_records_are_committed_in_groups_by_postgresql():
    rate(cluster().url(cluster().new_database()), "PostgreSQL")
