"""A PostgreSQL server of the tests' own: started, stopped, halted, killed."""

import functools
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse

SECONDS = 120  # after this it hangs: no test depends on how quick something is


def signal_all(processes, number):
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            pass
    return processes


class Cluster:
    """A server of its own, on a socket in a temporary folder, run by an ordinary user."""

    def __init__(self):
        versions = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        assert versions, "there is no initdb in /usr/lib/postgresql: script/setup installs it"
        self.programs = versions[-1].parent
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="caa-pg-"))
        self.as_user = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("nobody")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        self.folder.chmod(0o755)
        self.command("initdb", "--no-sync", "-D", "data", "-U", "caa", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        with open(self.folder / "data" / "postgresql.conf", "a") as conf:
            conf.write(f"listen_addresses = ''\nunix_socket_directories = '{self.folder}'\n"
                       "shared_buffers = 32MB\nmax_connections = 30\n")
        self.count = 0
        self.start()

    def command(self, program, *arguments):
        ended = subprocess.run([*self.as_user, self.programs / program, *arguments], cwd=self.folder,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               timeout=SECONDS)
        assert ended.returncode == 0, f"{program} {arguments}: {ended.stdout}"
        return ended.stdout

    def start(self, *options):
        # A server that was killed leaves children, who notice after a while.
        until = time.monotonic() + SECONDS
        while True:
            try:
                # pg_ctl's server keeps what it is given: no pipe, or we would wait for it.
                with open(self.folder / "pg_ctl.log", "w") as log:
                    subprocess.run([*self.as_user, self.programs / "pg_ctl", "-D", "data", "-l", "log", "-w", "-o",
                                    " ".join(options), "start"], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log, check=True, timeout=SECONDS)
                return
            except subprocess.CalledProcessError:
                log = (self.folder / "log").read_text()[-1500:]
                assert time.monotonic() < until, f"the server does not start: {log}"
                time.sleep(0.1)

    def stop(self, mode="fast"):
        self.command("pg_ctl", "-D", "data", "-m", mode, "-w", "stop")

    def halt(self):
        """The postmaster, which makes no more children then, and all its children; returns them."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGSTOP)
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], stdout=subprocess.PIPE, text=True).stdout
        processes = [pid, *map(int, children.split())]
        return signal_all(processes, signal.SIGSTOP)

    def kill(self):
        signal_all(self.halt(), signal.SIGKILL)

    def remove(self):
        try:
            self.stop("immediate")
        except AssertionError:
            pass  # it was stopped already
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database, user="caa", password=None):
        who = user if password is None else f"{user}:{urllib.parse.quote(password)}"
        return f"postgresql://{who}@/{database}?host={urllib.parse.quote(str(self.folder))}"

    def query(self, database, sql):
        ended = subprocess.run([self.programs / "psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql,
                                self.url(database)], capture_output=True, text=True, timeout=SECONDS)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.splitlines()

    def new_database(self, *options):
        self.count += 1
        self.query("postgres", " ".join((f"CREATE DATABASE h{self.count} TEMPLATE template0", *options)))
        return f"h{self.count}"


@functools.cache
def cluster():
    return Cluster()


def stop_all():
    if cluster.cache_info().currsize:
        cluster().remove()
