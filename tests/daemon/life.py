"""A caad's life: how it starts, what it refuses, how it ends."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

from daemon import SECONDS, Caad, environment, file_with, program, run

LAB = pathlib.Path(os.environ["CAA_LAB"])
BASE = (LAB / "caa.conf").read_text()
QUIET = BASE + 'history: {audit: off}\nhttp: {listen: ["127.0.0.1:0"]}\ndns: {listen: ["127.0.0.1:0"], deadline-ms: 30000}\n'


def refused(conf, reason):
    path = file_with(conf)
    for arguments in (["--check-config"], []):
        ended = run("--config", path, *arguments)
        assert ended.returncode == 78, f"{arguments}: exit status {ended.returncode}\n{ended.stderr}"
        assert re.search(reason, ended.stderr), f"{arguments}: wanted {reason!r}, got {ended.stderr}"


def dig(port, *words):
    return subprocess.run(["dig", "@127.0.0.1", "-p", str(port), "+tries=1", "+timeout=30", *words],
                          capture_output=True, text=True, timeout=120, check=True).stdout


def dns_port(caad):
    return int(caad.wait_for(r"DNS on 127\.0\.0\.1:(\d+)")[1])


def test_help_and_version_are_answered():
    for word in ("--help", "--version"):
        ended = run(word)
        assert ended.returncode == 0 and ended.stdout and not ended.stderr, ended


def test_wrong_usage_is_refused():
    for words in (["--nonsense"], ["name"], ["--config"]):
        ended = run(*words)
        assert ended.returncode == 64 and "--help" in ended.stderr, ended


def test_a_good_configuration_is_said_to_be_good():
    ended = run("--check-config", "--config", file_with(QUIET))
    assert ended.returncode == 0 and ": ok" in ended.stdout, ended


def test_mistakes_in_the_configuration_are_named_with_their_line():
    refused(BASE + "workers: 2\nwrokers: 3\n", r"caad\.conf:4: .*wrokers")
    refused(BASE + "workers: 0\n", r"caad\.conf:3: workers: '0' is not a number from 1")
    refused(BASE + "http:\n  idle-s: soon\n", r"caad\.conf:4: http: idle-s: 'soon'")
    refused(BASE + "dns:\n  idle-s: 4\n", r"caad\.conf:4: .*idle-s")
    refused(BASE + "history:\n  audit: maybe\n", r"caad\.conf:4: history: audit: 'maybe'")
    refused(BASE + "http:\n  certificate: /x\n", "certificate and key go together")
    pair = "  certificate: /x\n  key: /x\n"
    refused(BASE + f"http:\n{pair}  client-ca: /x\n", "keeps nobody out without")
    refused(BASE + f"http:\n{pair}  client-required: yes\n", "client-required: needs client-ca")
    refused(BASE + 'access:\n  - name: a\n    rights: [check]\n', "has none of token-sha256")
    refused(BASE + 'access: []\n', r"caad\.conf:3: ")
    for section, key in (("http", "listen"), ("dns", "listen"), ("dns", "allow")):
        refused(BASE + f"{section}:\n  {key}: []\n", r"caad\.conf:4: an empty list")
    refused(BASE + 'issuers: [a.example, "Example CA"]\n', r"caad\.conf:3: issuers: 'Example CA' is not an issuer")
    refused(BASE + '---\naccess: []\n', r"caad\.conf:3: a second document")
    refused(BASE + 'access:\n  - name: a\n    token-sha256: "12"\n    rights: [check]\n', "not a SHA-256")
    refused(BASE + f'access:\n  - name: a\n    token-sha256: "{"0" * 64}"\n    rights: [own]\n', "none of check")
    digest = f'    token-sha256: "{"0" * 64}"\n'
    refused(BASE + f'access:\n  - name: a\n    rights: [own]\n{digest}  - name: b\n    rights: [check]\n{digest}',
            r"caad\.conf:5: access: rights: 'own'")
    refused(BASE + 'rescue: yes\nresolver-options: ["local-data: x"]\n', r"caad\.conf:4: .*local-data")
    refused(BASE + 'resolver-options:\n  - "module-config: iterator"\n', r"caad\.conf:3: .*module-config is refused")


def test_what_can_only_be_a_mistake_is_refused():
    refused(BASE + "http:\n  enabled: no\ndns:\n  enabled: no\n", r"caad\.conf:6: dns: enabled: .*nothing to do")
    for place, why in (("mysql://db/x", "no databases at mysql://"), ("sqlite+x://db/x", r"no databases at sqlite\+x://"),
                       ("file:///x", "no databases at file://"), ("PostgreSQL://db/x", "no databases at PostgreSQL://"),
                       ("postgresql://db:70000/x", "malformed"), ("postgres://a@b@c/", "malformed")):
        refused(BASE + f"history:\n  audit: off\n  database: '{place}'\n", rf"caad\.conf:5: history: database: .*{why}")
    for section in ("", "sandbox:\n  "):
        refused(BASE + f"{section}user: root\n", rf"caad\.conf:{3 + section.count(chr(10))}: .*user: .*root")
    refused(BASE + "sandbox: {enabled: no, user: 0}\n", r"caad\.conf:3: sandbox: user: .*root")
    for conf, line in (('http:\n  listen: ["127.0.0.1:88", "[::1]:88", "127.0.0.1:88"]\n', 4),
                       ('dns:\n  listen: ["127.0.0.1:88", "127.0.0.1:0088"]\n', 4),
                       ('dns:\n  allow: ["::/0"]\n  listen: ["[::1]:88", "[::]:88"]\n', 5),
                       ('dns: {listen: ["127.0.0.1:88"]}\nhttp: {listen: ["127.0.0.1:88"]}\n', 3),
                       ('# of DNS by default\nhttp: {listen: ["127.0.0.1:5257"]}\n', 4),
                       ('dns: {listen: ["[::1]:1", "127.0.0.1:8257"]}\n', 3)):
        refused(BASE + conf, rf"caad\.conf:{line}: (http|dns): listen: \S+ \((http|dns)\) and \S+ \((http|dns)\) cannot both")
    for conf in ('http: {enabled: no, listen: ["127.0.0.1:5257"]}\n', 'http: {listen: ["127.0.0.1:0", "127.0.0.1:0"]}\n',
                 'http: {listen: ["127.0.0.1:88", "[::1]:88", "127.0.0.2:88"]}\n', "history: {database: 'a:b//c'}\n",
                 "history: {database: 'postgresql://nowhere:5432,nowhere/x'}\n", "history: {database: 'postgres:///x'}\n"):
        ended = run("--check-config", "--config", file_with(BASE + conf))
        assert ended.returncode == 0, (conf, ended)


def test_a_pipe_is_read_if_somebody_writes_into_it():
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder).chmod(0o755)
        path = f"{folder}/caad.conf"
        os.mkfifo(path)
        for arguments in (["--check-config"], []):
            ended = run("--config", path, *arguments)
            assert ended.returncode == 78 and f"{path}: a pipe that nobody writes into" in ended.stderr, ended
        with subprocess.Popen(["sh", "-c", f"sleep 1; cat {file_with(QUIET)} >{path}"]):
            ended = run("--config", path, "--check-config")
        assert ended.returncode == 0 and ": ok" in ended.stdout, ended
        with Caad(QUIET) as caad:
            caad.wait_for("workers, libunbound")
            pathlib.Path(caad.path).unlink()
            os.mkfifo(caad.path)
            caad.send(signal.SIGHUP)
            caad.wait_for("configuration stays as it was: .*a pipe that nobody writes into")
            assert caad.end() == 0, caad.log()


def test_nobody_listens_to_strangers_by_accident():
    refused(BASE + 'http: {listen: ["0.0.0.0:8257"]}\n', r"caad\.conf:3: http: listen: 0\.0\.0\.0:8257 can be reached")
    refused(BASE + 'dns: {listen: ["[::]:53"]}\n', r"caad\.conf:3: dns: listen: \[::\]:53 can be reached")


def test_networks_are_read_with_care():
    for text in ("192.0.2.1/24", "192.0.2.0/33", "everybody"):
        refused(BASE + f'dns: {{allow: ["{text}"]}}\n', r"caad\.conf:3: dns: allow: ")


def test_addresses_are_read_with_care():
    for text in ("127.0.0.1", "::1", "::1:53", "localhost:53", "[::1]", "127.0.0.1:", "127.0.0.1:70000x", ":53",
                 "127.0.0.1:65536", "127.0.0.1:99999", "127.0.0.1:+1", "127.0.0.1: 80", "[::1]:123456"):
        refused(BASE + f'dns: {{listen: ["{text}"]}}\n', "neither like")


def test_a_missing_trust_anchor_ends_it():
    refused(f"root-hints: {LAB}/root.hints\ntrust-anchor: /nowhere\n", "/nowhere")
    refused(f"root-hints: {LAB}/root.hints\ntrust-anchor: {LAB}/root.hints\n", "root.hints")


def test_what_the_configuration_names_is_looked_at():
    refused(BASE + "http: {certificate: /nowhere/c, key: /nowhere/k}\n", "/nowhere/c: No such file")
    refused(BASE + "sandbox: {recursor: /nowhere/r}\n", "/nowhere/r: No such file")
    refused(BASE + "forward: [nonsense]\n", r"caad\.conf:3: forward: .*'nonsense'")
    if os.geteuid() == 0:
        refused(BASE + "user: nosuchuser\n", r"caad\.conf:3: user: there is no account 'nosuchuser'")
        refused(BASE + "sandbox:\n  user: nosuchuser\n", r"caad\.conf:4: sandbox: user: .*no such user")


def test_too_few_descriptors_are_refused_with_how_many_it_needs():
    path = file_with(QUIET + "workers: 2\n")
    for few in (16, 64, 256, 319):
        ended = subprocess.run(["prlimit", f"--nofile={few}", program(), "--config", path], capture_output=True,
                               text=True, timeout=SECONDS, env=environment())
        assert ended.returncode == 78 and f"needs 320 descriptors (open files) and may have {few}:" in ended.stderr, ended
    with Caad(QUIET + "workers: 2\n") as caad:  # this test has them: the soft limit is the daemon's to raise
        caad.wait_for("workers, libunbound")
        soft, hard = re.search(r"Max open files +(\d+) +(\d+)", pathlib.Path(f"/proc/{caad.process.pid}/limits").read_text()).groups()
        assert int(soft) == min(int(hard), 1 << 20), (soft, hard)
        assert caad.end() == 0, caad.log()
    enough = subprocess.Popen(["prlimit", "--nofile=16:320", program(), "--config", path], stderr=subprocess.PIPE,
                              text=True, env=environment())
    said = next((line for line in enough.stderr if "workers, libunbound" in line or "error" in line), "nothing")
    enough.terminate()
    more = enough.communicate(timeout=SECONDS)[1]
    assert "workers, libunbound" in said and enough.returncode == 0, (said, more)


def test_an_address_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run("--config", file_with(QUIET.replace('http: {listen: ["127.0.0.1:0"]}',
                                                        f'http: {{listen: ["127.0.0.1:{port}"]}}')))
    assert ended.returncode == 78 and f"127.0.0.1:{port}" in ended.stderr, ended


def test_a_second_caad_does_not_share_an_address():
    with Caad(QUIET) as caad:
        port = int(caad.wait_for(r"HTTP on 127\.0\.0\.1:(\d+)")[1])
        dns = dns_port(caad)
        for address, listens in ((f"127.0.0.1:{port}", 'http: {listen: ["127.0.0.1:0"]'),
                                 (f"127.0.0.1:{dns}", 'dns: {listen: ["127.0.0.1:0"]')):
            ended = run("--config", file_with(QUIET.replace(listens, listens.replace("127.0.0.1:0", address))))
            assert ended.returncode == 78 and f"listen on {address}" in ended.stderr, ended
        assert caad.end() == 0, caad.log()


def test_it_answers_and_ends_in_order():
    with Caad(QUIET) as caad:
        assert "NOERROR" in (said := dig(dns_port(caad), "sabo28.deno.net", "CAA")), said
        assert caad.end() == 0, caad.log()
        assert "gave up" not in caad.log()


def test_a_query_in_flight_is_answered_before_the_end():
    with Caad(QUIET) as caad:
        port = dns_port(caad)
        subprocess.run([os.environ["LAB"], "fault", "net", "--servers", "1-13", "--kind", "servfail", "--for", "3s"],
                       check=True)
        asked = subprocess.Popen(["dig", "@127.0.0.1", "-p", str(port), "+tries=1", "+timeout=30", "net", "CAA"],
                                 stdout=subprocess.PIPE, text=True)
        while not any(":" in line for line in udp_queries(port)):
            pass
        status = caad.end()
        said = asked.communicate(timeout=120)[0]
        subprocess.run([os.environ["LAB"], "clear"], check=True)
        assert "NOERROR" in said, said
        assert status == 0, caad.log()


def udp_queries(port):
    """Sockets that are connected to that port: dig's, once it has asked."""
    said = subprocess.run(["ss", "-Hun", "dport", "=", f":{port}"], capture_output=True, text=True, check=True)
    return said.stdout.splitlines()


def test_hup_takes_up_what_may_change_and_names_what_may_not():
    with Caad(QUIET) as caad:
        caad.wait_for("workers, libunbound")
        pathlib.Path(caad.path).write_text(QUIET + "workers: 1\n")
        caad.send(signal.SIGHUP)
        caad.wait_for("workers: changed, but needs a restart")
        caad.wait_for("configuration read again: access, rates, who may ask, issuers, deadline-s, drain-s$")
        pathlib.Path(caad.path).write_text("nonsense: 1\n")
        caad.send(signal.SIGHUP)
        caad.wait_for("stays as it was: .*nonsense")
        assert caad.end() == 0, caad.log()


def test_an_old_libunbound_is_warned_of_at_the_start():
    said = subprocess.run([program(), "--version"], capture_output=True, text=True, check=True).stdout
    is_old = tuple(map(int, re.search(r"libunbound (\d+)\.(\d+)\.(\d+)", said).groups())) < (1, 25, 2)
    with Caad(QUIET) as caad:
        caad.wait_for("workers, libunbound")
        assert caad.end() == 0, caad.log()
        assert ("older than 1.25.2" in caad.log()) == is_old, caad.log()
    ended = run("--config", file_with(QUIET + "require-patched-resolver: yes\n"), "--check-config")
    assert ended.returncode == (78 if is_old else 0), ended
    assert ("require-patched-resolver" in ended.stderr) == is_old, ended


def test_who_may_ask_changes_while_it_runs():
    with Caad(QUIET) as caad:
        port = dns_port(caad)
        assert "NOERROR" in (said := dig(port, "allows.com", "CAA")), said
        stranger = QUIET.replace('dns: {', 'dns: {allow: [192.0.2.0/24], ')
        pathlib.Path(caad.path).write_text(stranger)
        caad.send(signal.SIGHUP)
        caad.wait_for("configuration read again")
        assert "REFUSED" in (said := dig(port, "allows.com", "CAA")), said
        assert caad.end() == 0, caad.log()


def test_without_root_nothing_of_it_is_needed():
    if os.geteuid() != 0:
        return
    path = file_with(QUIET.replace(str(LAB), str(copied_lab())))
    ended = subprocess.Popen(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program(),
                              "--config", path], stderr=subprocess.PIPE, text=True, env=environment())
    for line in ended.stderr:
        if "workers, libunbound" in line:
            break
    else:
        raise AssertionError(f"it ended with {ended.wait()}")
    ended.terminate()
    said = ended.communicate(timeout=120)[1]
    assert ended.returncode == 0, said


def test_an_ordinary_user_needs_no_folder():
    for more, place in (({}, ".local/state"), ({"XDG_STATE_HOME": "state/of/mine"}, "state/of/mine")):
        home = pathlib.Path(tempfile.mkdtemp(prefix="caad-home-"))
        home.chmod(0o777)
        more = {name: f"{home}/{value}" for name, value in more.items()}
        path = file_with(QUIET.replace("history: {audit: off}\n", "").replace(str(LAB), str(copied_lab())))
        become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        known = {name: value for name, value in environment().items() if name != "XDG_STATE_HOME"}
        caad = subprocess.Popen([*become, program(), "--config", path], stderr=subprocess.PIPE, text=True,
                                env=dict(known, HOME=str(home), **more))
        said = next((line for line in caad.stderr if "workers, libunbound" in line or "error" in line), "nothing")
        caad.terminate()
        rest = caad.communicate(timeout=SECONDS)[1]
        assert "workers, libunbound" in said and caad.returncode == 0, (said, rest)
        for folder in (home / place, (home / place).parent):
            assert folder.stat().st_mode & 0o777 == 0o700, folder
        assert (home / place / "caad" / "history.db").exists()
    closed = subprocess.run([*become, program(), "--config", path], capture_output=True, text=True, timeout=SECONDS,
                            env=dict(known, HOME="/proc/nobody"))
    assert closed.returncode == 78 and "/proc/nobody: " in closed.stderr, closed


def test_children_have_a_user_of_their_own():
    if os.geteuid() != 0:
        return
    with Caad(QUIET) as caad:
        caad.wait_for("workers, libunbound.*, running as [a-z]+$")
        assert "NOERROR" in (said := dig(dns_port(caad), "sabo28.deno.net", "CAA")), said
        until = time.monotonic() + SECONDS
        daemon, children = users_of(caad.process.pid)
        while 0 in children and time.monotonic() < until:  # one is being made
            daemon, children = users_of(caad.process.pid)
        assert 0 not in daemon and len(children) == 1 and not children & (daemon | {0}), (daemon, children)
        assert caad.end() == 0, caad.log()


def test_recursors_that_end_badly_are_told_with_their_count():
    with Caad(QUIET) as caad:
        port = dns_port(caad)
        caad.wait_for("workers, libunbound")
        killed = [child for spawner in children_of(caad.process.pid) for child in children_of(spawner)]
        for child in killed:
            os.kill(child, signal.SIGSYS)
        told, until = 0, time.monotonic() + SECONDS
        while told < len(killed):
            assert time.monotonic() < until, f"{len(killed)} ended:\n{caad.log()}"
            time.sleep(0.05)
            told = sum(1 if found[1] == "a recursor's process" else int(found[1].split()[0])
                       for found in re.finditer(r"warning: (a recursor's process|\d+ recursors' processes) ended.*: SIGSYS; ", caad.log()))
        assert told == len(killed) > 1 and caad.log().count("SIGSYS") < len(killed), caad.log()
        assert "NOERROR" in (said := dig(port, "sabo28.deno.net", "CAA")), said
        assert caad.end() == 0, caad.log()
        assert "SIGKILL" not in caad.log(), "those that it ended itself"


def test_without_its_spawner_it_says_so_and_ends_in_order_to_be_started_again():
    with Caad(QUIET) as caad:
        caad.wait_for("workers, libunbound")
        for spawner in children_of(caad.process.pid):
            os.kill(spawner, signal.SIGKILL)
        caad.wait_for("ending: what runs has")
        assert caad.wait() == 70, caad.log()
        assert len(re.findall("error: ", caad.log())) == 1, caad.log()
        assert "error: the recursors' spawner is gone" in caad.log(), caad.log()


def test_recursors_go_on_when_whoever_stops_it_tells_all_of_its_processes():
    with Caad(QUIET) as caad:
        port = dns_port(caad)
        caad.wait_for("workers, libunbound")
        spawners = children_of(caad.process.pid)
        children = [child for spawner in spawners for child in children_of(spawner)]
        for process in spawners + children:
            os.kill(process, signal.SIGTERM)
        assert "NOERROR" in (said := dig(port, "sabo28.deno.net", "CAA")), said
        assert spawners == children_of(caad.process.pid)
        assert set(children) <= {child for spawner in spawners for child in children_of(spawner)}, caad.log()
        assert caad.end() == 0, caad.log()


def children_of(pid):
    """The spawner of a caad, or the recursors of a spawner."""
    return list(map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def users_of(pid):
    """The user IDs of a process, and those of its grandchildren: the spawner between them stays root."""
    def parent_and_users(folder):
        text = (folder / "status").read_text()
        return (int(re.search(r"PPid:\t(\d+)", text)[1]),
                set(map(int, re.search(r"Uid:\t(.*)", text)[1].split())))
    found = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            found[int(folder.name)] = parent_and_users(folder)
        except OSError:
            pass  # it has ended
    spawners = [one for one, (parent, _) in found.items() if parent == pid]
    return found[pid][1], set().union(*(users for parent, users in found.values() if parent in spawners))


def copied_lab():
    """The lab's own folder is closed to others."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="caad-test-"))
    folder.chmod(0o755)
    for name in ("root.hints", "trust-anchor"):
        (folder / name).write_text((LAB / name).read_text())
    return folder


def test_systemd_is_told():
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder).chmod(0o777)
        path = f"{folder}/notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(path)
            os.chmod(path, 0o777)
            systemd.settimeout(120)
            with Caad(QUIET, NOTIFY_SOCKET=path, WATCHDOG_USEC="200000") as caad:
                said = [systemd.recv(4096).decode() for _ in range(2)]
                assert said == ["READY=1", "WATCHDOG=1"], said
                caad.send(signal.SIGTERM)
                while (last := systemd.recv(4096).decode()) == "WATCHDOG=1":
                    pass
                assert last == "STOPPING=1", last
                assert caad.wait() == 0, caad.log()


def reloaded(caad, conf):
    """What it says when it reads this configuration."""
    before = len(caad.lines)
    pathlib.Path(caad.path).write_text(conf)
    caad.send(signal.SIGHUP)
    until = time.monotonic() + SECONDS
    while not any("configuration" in line for line in caad.lines[before:]):
        assert time.monotonic() < until, caad.log()
        time.sleep(0.01)
    return "\n".join(caad.lines[before:])


def test_what_needs_a_restart_is_told_as_long_as_it_does():
    with Caad(QUIET) as caad:
        caad.wait_for("workers, libunbound")
        for _ in range(2):
            said = reloaded(caad, QUIET + "workers: 1\ncache-mib: 20\nrescue: no\n")
            for key in ("workers", "cache-mib", "rescue"):
                assert f"{key}: changed, but needs a restart" in said, said
        assert "needs a restart" not in (said := reloaded(caad, QUIET)), said
        assert caad.end() == 0, caad.log()


def test_a_history_that_cannot_be_written_is_told_and_so_is_what_was_lost():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="caad-history-"))
    folder.chmod(0o777)
    kept = QUIET.replace("audit: off", f'database: "{folder}/h.db", audit: best-effort')
    with Caad(kept) as caad:
        port = dns_port(caad)
        caad.wait_for("workers, libunbound")
        for file in folder.iterdir():
            file.unlink()
        folder.chmod(0o555)
        assert "NOERROR" in (said := dig(port, "allows.com", "CAA")), said
        caad.wait_for("error: the history cannot be written: .*h.db: ")
        folder.chmod(0o777)
        caad.wait_for("the history is written again")
        for file in folder.iterdir():
            file.unlink()
        folder.chmod(0o555)
        assert "NOERROR" in (said := dig(port, "allows.com", "CAA")), said
        assert caad.end() == 0, caad.log()
        caad.wait_for("error: 1 records of the history are lost")
