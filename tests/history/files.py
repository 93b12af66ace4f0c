"""SQLite: the program killed, the power off, the disk full, the file of no use."""

import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

from disk import fill, mount  # noqa: E402
from load import BUILD, SECONDS, TOP, Load  # noqa: E402

KILLS = int(os.environ.get("CAA_HISTORY_KILLS", "4"))  # 20 by hand: the whole run has 15 minutes
POWER_CUTS = int(os.environ.get("CAA_HISTORY_POWER_CUTS", "15"))  # 60 by hand


class Folder:
    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="caa-history-")
        os.chmod(self.path, 0o755)
        return pathlib.Path(self.path)

    def __exit__(self, *exception):
        shutil.rmtree(self.path, ignore_errors=True)


def query(path, sql):
    """Opened as the next program would: what a crash left is recovered here."""
    database = sqlite3.connect(path, timeout=SECONDS)
    try:
        return database.execute(sql).fetchall()
    finally:
        database.close()


def assert_sound(path, acknowledged):
    integrity = query(path, "PRAGMA integrity_check")
    assert integrity == [("ok",)], integrity
    missing = acknowledged - {row[0] for row in query(path, "SELECT id FROM record")}
    assert not missing, f"{len(missing)} of {len(acknowledged)} acknowledged records are missing: {sorted(missing)[:3]}"


def test_killed_twenty_times_no_acknowledged_record_is_missing():
    with Folder() as folder:
        acknowledged = set()
        for _ in range(KILLS):
            load = Load(folder / "h.db")
            load.wait_for("^ok ")
            time.sleep(random.random() / 2)
            load.kill()
            acknowledged |= load.acknowledged()
            assert_sound(folder / "h.db", acknowledged)
        print(f"# note: {KILLS} kills, {len(acknowledged)} records acknowledged")


def test_power_lost():
    seed = random.randrange(1 << 30)
    with Folder() as folder:
        ended = subprocess.run([BUILD / "tests/history/history-power", folder, str(POWER_CUTS), str(seed)],
                               capture_output=True, text=True, timeout=10 * SECONDS)
        lines = ended.stdout.splitlines()
        good = ended.returncode == 0 and lines and all(line.startswith("ok ") for line in lines)
        assert good, f"seed {seed}: ended with {ended.returncode}\n{ended.stdout[-1500:]}{ended.stderr[-3000:]}"
        print("#", *lines, sep="\n# ")


def in_mounts(what):
    """Runs one of the functions below where file systems can be mounted that nobody else sees."""
    root = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    ended = subprocess.run([*root, sys.executable, "-B", __file__, what.__name__], capture_output=True, text=True,
                           timeout=3 * SECONDS)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def required_and_full():
    with Folder() as folder:
        mount(folder, "size=64m")
        load = Load(folder / "h.db", "--in-flight", "8")
        load.wait_for("^ok ")
        ballast = fill(folder)
        lines = load.wait_for("^failed .*full")
        ballast.unlink()
        load.wait_for("^ok ", count=100, after=lines)
        counters = load.end()
        assert counters["failed"] > 0 and counters["connected"] == 1, counters
        assert counters["dropped"] == 0, f"required mode lets nothing go: {counters}"
        assert_sound(folder / "h.db", load.acknowledged())


def best_effort_and_full():
    with Folder() as folder:
        mount(folder, "size=64m")
        began = time.time() * 1e6
        load = Load(folder / "h.db", "--best-effort", "--paced", "--in-flight", "8", "--queue", "50")
        load.wait_for("^ok ")
        ballast = fill(folder)
        lines = load.wait_for("^down .*full")
        lines = load.wait_for("^lost ", count=3, after=lines)
        load.wait_for("^ok ", count=100, after=lines)  # nobody waits for the disk
        ballast.unlink()
        load.wait_for("^gaps ", after=lines)
        counters = load.end()
        assert counters["failed"] == 0 and counters["acknowledged"] > 0, counters
        [(checks,)] = query(folder / "h.db", "SELECT count(*) FROM record WHERE kind = 'check'")
        gaps = query(folder / "h.db", "SELECT lost, started_at_us, elapsed_us, cause FROM record WHERE kind = 'gap'")
        assert sum(gap[0] for gap in gaps) == counters["dropped"], f"{gaps}, but {counters}"
        assert checks + counters["dropped"] == counters["acknowledged"], f"{checks} checks, but {counters}"
        assert all(began <= begins <= begins + lasts <= time.time() * 1e6 for _, begins, lasts, _ in gaps), gaps
        assert any("full" in cause for *_, cause in gaps), gaps


def read_only_file_system():
    with Folder() as folder:
        mount(folder, "size=64m")
        Load(folder / "h.db", "--records", "10").finish()
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        why = Load(folder / "h.db").refused()
        assert "Read-only file system" in why and "h.db" in why, why


def test_full_disk_required_says_so_and_goes_on_when_there_is_room():
    in_mounts(required_and_full)


def test_full_disk_best_effort_goes_on_and_records_the_gap():
    in_mounts(best_effort_and_full)


def test_read_only_file_system_is_refused():
    in_mounts(read_only_file_system)


def test_read_only_file_is_refused():
    with Folder() as folder:
        Load(folder / "h.db", "--records", "10").finish()
        os.chmod(folder / "h.db", 0o444)
        nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
        why = Load(folder / "h.db", front=nobody).refused()
        assert "Permission denied" in why and "h.db" in why, why


def test_directory_is_refused():
    with Folder() as folder:
        why = Load(folder).refused()
        assert "is a directory" in why and str(folder) in why, why


def test_schema_from_the_future_is_refused():
    with Folder() as folder:
        Load(folder / "h.db", "--records", "10").finish()
        with sqlite3.connect(folder / "h.db") as database:
            database.execute("INSERT INTO schema_version VALUES (1000, 0)")
        why = Load(folder / "h.db").refused()
        assert "schema version 1000" in why, why


if __name__ == "__main__":
    assert TOP
    globals()[sys.argv[1]]()
