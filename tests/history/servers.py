"""PostgreSQL: the program killed, the server killed, stopped and started, and servers of no use."""

import os
import random
import re
import signal
import subprocess
import time

from load import BUILD, SECONDS, Load
from postgresql import cluster, signal_all

KILLS = int(os.environ.get("CAA_HISTORY_KILLS", "4"))  # 20 by hand: the whole run has 15 minutes
SERVER_KILLS = int(os.environ.get("CAA_HISTORY_SERVER_KILLS", "1"))


def assert_kept(database, acknowledged):
    missing = acknowledged - set(cluster().query(database, "SELECT id FROM record"))
    assert not missing, f"{len(missing)} of {len(acknowledged)} acknowledged records are missing: {sorted(missing)[:3]}"


def test_killed_twenty_times_no_acknowledged_record_is_missing():
    database = cluster().new_database()
    acknowledged = set()
    for _ in range(KILLS):
        load = Load(cluster().url(database))
        load.wait_for("^ok ")
        time.sleep(random.random() / 2)
        load.kill()
        acknowledged |= load.acknowledged()
        assert_kept(database, acknowledged)
    print(f"# note: {KILLS} kills, {len(acknowledged)} records acknowledged")


def test_server_killed_under_load_no_acknowledged_record_is_missing():
    database = cluster().new_database()
    load = Load(cluster().url(database), "--in-flight", "16")
    lines = 0
    for _ in range(SERVER_KILLS):
        lines = load.wait_for("^ok ", count=50, after=lines)
        cluster().kill()
        lines = load.wait_for("^failed ", after=lines)
        cluster().start()
    load.wait_for("^ok ", count=50, after=lines)
    counters = load.end()
    assert counters["reconnects"] >= SERVER_KILLS, counters
    assert_kept(database, load.acknowledged())


def test_server_stopped_required_says_so_and_goes_on_when_it_is_back():
    database = cluster().new_database()
    load = Load(cluster().url(database), "--in-flight", "8")
    load.wait_for("^ok ")
    cluster().stop()
    lines = load.wait_for("^failed PostgreSQL: .*(No such file|refused|shut|terminat|connection)")
    cluster().start()
    load.wait_for("^ok ", count=50, after=lines)
    counters = load.end()
    assert counters["dropped"] == 0 and counters["connected"] == 1, counters
    assert_kept(database, load.acknowledged())


def test_server_stopped_best_effort_goes_on_and_records_the_gap():
    database = cluster().new_database()
    load = Load(cluster().url(database), "--best-effort", "--paced", "--in-flight", "8", "--queue", "50")
    load.wait_for("^ok ")
    cluster().stop()
    lines = load.wait_for("^down PostgreSQL: ")
    lines = load.wait_for("^lost ", count=3, after=lines)
    load.wait_for("^ok ", count=100, after=lines)
    cluster().start()
    load.wait_for("^gaps ", after=lines)
    counters = load.end()
    [checks] = cluster().query(database, "SELECT count(*) FROM record WHERE kind = 'check'")
    [lost] = cluster().query(database, "SELECT sum(lost) FROM record WHERE kind = 'gap'")
    assert int(lost) == counters["dropped"], f"{lost} lost, but {counters}"
    assert int(checks) + int(lost) == counters["acknowledged"], f"{checks} checks, {lost} lost, but {counters}"


def test_server_that_is_not_there_at_the_start_is_waited_for():
    database = cluster().new_database()
    cluster().stop()
    load = Load(cluster().url(database), "--in-flight", "8")
    lines = load.wait_for("^failed PostgreSQL: ")
    cluster().start()
    load.wait_for("^ok ", count=10, after=lines)
    load.end()


def test_server_that_hangs_is_not_waited_for_without_end():
    database = cluster().new_database()
    load = Load(cluster().url(database), "--in-flight", "8")
    load.wait_for("^ok ")
    halted = cluster().halt()
    try:
        lines = load.wait_for("^failed PostgreSQL: the server does not answer in time")
    finally:
        signal_all(halted, signal.SIGCONT)
    load.wait_for("^ok ", count=10, after=lines)
    load.end()
    assert_kept(database, load.acknowledged())


def test_two_programs_can_share_one_history():
    database = cluster().new_database()
    loads = [Load(cluster().url(database), "--records", "500") for _ in range(3)]  # all of them migrate
    for load in loads:
        load.finish()
        assert_kept(database, load.acknowledged())
    assert cluster().query(database, "SELECT version FROM schema_version") == ["1"]


def test_server_without_fsync_is_refused_where_records_are_required():
    database = cluster().new_database()
    cluster().stop()
    cluster().start("-c", "fsync=off")
    try:
        why = Load(cluster().url(database)).refused()
        assert "fsync off" in why, why
        Load(cluster().url(database), "--best-effort", "--records", "10").finish()
    finally:
        cluster().stop()
        cluster().start()


def test_database_in_another_encoding_is_refused():
    database = cluster().new_database("ENCODING 'LATIN1' LOCALE 'C'")
    why = Load(cluster().url(database)).refused()
    assert "not encoded in UTF8" in why, why


def test_schema_from_the_future_is_refused():
    database = cluster().new_database()
    Load(cluster().url(database), "--records", "10").finish()
    cluster().query(database, "INSERT INTO schema_version VALUES (1000, 0)")
    why = Load(cluster().url(database)).refused()
    assert "schema version 1000" in why, why


def test_who_may_not_write_is_refused():
    database = cluster().new_database()
    cluster().query(database, "CREATE ROLE reader LOGIN")
    why = Load(cluster().url(database, user="reader")).refused()
    assert "permission denied" in why, why


def test_no_message_has_the_password():
    urls = [cluster().url("nothing", password="s3cret"), cluster().url("postgres", user="nobody", password="s3cret"),
            "postgresql://caa:s3cret@host:port/x", "postgresql://caa:s3cret@host:70000/x", "postgresql://caa:s3cret@host:1,host:0/x",
            "postgresql://caa:s3cret%00@/x", "postgresql://caa:s3cret@[/x", "postgresql://caa:p@s3cret@host/x"]
    for url in urls:
        load = Load(url)
        why = load.refused()
        assert "s3cret" not in "\n".join(load.said()), why
        assert re.search("does not exist|malformed", why), why


def test_what_is_true_of_a_file_is_true_of_a_server():
    """The unit tests of records, reads and retention, on PostgreSQL."""
    database = cluster().new_database()
    for program in ("test-history", "test-history_read"):
        ended = subprocess.run([BUILD / "tests/unit" / program], capture_output=True, text=True, timeout=SECONDS,
                               env=dict(os.environ, CAA_TEST_HISTORY=cluster().url(database)))
        assert ended.returncode == 0, (ended.stdout + ended.stderr)[-3000:]
        assert re.search(r"PASSED  \] [1-9]", ended.stdout + ended.stderr), ended.stdout


def test_what_retention_deletes_makes_room():
    """Autovacuum's work, done now: more records, and no larger tables."""
    database = cluster().new_database()
    size = "SELECT sum(pg_relation_size(c)) FROM unnest(ARRAY['record', 'lookup', 'exchange']::regclass[]) AS c"
    Load(cluster().url(database), "--records", "1500", "--quiet").finish()
    load = Load(cluster().url(database), "--paced", "--in-flight", "1", "--quiet", "--size-most", "1000000")
    until = time.monotonic() + SECONDS
    while int(cluster().query(database, "SELECT sum(octets) FROM record")[0]) > 1000000:
        assert time.monotonic() < until, "nothing is deleted"
        time.sleep(0.1)
    assert load.end()["deleted"] > 250
    cluster().query(database, "VACUUM")
    [full] = map(int, cluster().query(database, size))
    [few] = map(int, cluster().query(database, "SELECT count(*) FROM record"))
    Load(cluster().url(database), "--records", str((1500 - few) // 2), "--quiet").finish()
    [refilled] = map(int, cluster().query(database, size))
    assert refilled <= full, f"{full} octets before, {refilled} after"
