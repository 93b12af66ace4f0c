"""The running world: addresses, name servers, dnsdist, and the command inside it."""

import base64
import contextlib
import fcntl
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

from . import LabError, build, console, edit, model, silence, space, wire

LUA = pathlib.Path(__file__).resolve().parent.parent / "dnsdist.lua"
PREFIX = "caa-lab."
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE = 2.0  # seconds that COMMAND gets to end after a signal

NSD_SERVER = """server:
  server-count: 1
  ip-address: {address}@5300
  username: ""
  database: ""
  pidfile: ""
  zonesdir: ""
  zonelistfile: "{state}/{name}.list"
  xfrdfile: "{state}/{name}.xfrd"
  xfrdir: "{state}"
  logfile: "{state}/{name}.log"
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
  tcp-count: 200
remote-control:
  control-enable: no
"""


def run(command, extra_zones=None, verbose=False):
    """`lab run`: exit status of COMMAND."""
    started = time.monotonic()
    _on_signals(_quit)
    _remove_stale()
    zones = model.load(extra_zones)
    files, anchor = build.build(zones, build.cache_folder())
    with _state_folder() as state:
        _write_state(state, zones, files, anchor, extra_zones)
        return _in_namespace(lambda: _inside(state, zones, files, command, started, verbose))


def _on_signals(handler):
    for number in SIGNALS:
        signal.signal(number, handler)


def _quit(number, _):
    raise SystemExit(128 + number)


@contextlib.contextmanager
def _state_folder():
    # named only once it is locked: a folder of this name without a lock is stale
    unnamed = tempfile.mkdtemp(prefix="new-" + PREFIX)
    state = pathlib.Path(unnamed.replace("new-" + PREFIX, PREFIX))
    with open(f"{unnamed}/lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.rename(unnamed, state)
        try:
            yield state
        finally:
            shutil.rmtree(state, ignore_errors=True)


def _remove_stale():
    """State of labs that were killed: nobody holds their lock."""
    for path in pathlib.Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        with contextlib.suppress(OSError), open(path / "lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)


def _write_state(state, zones, files, anchor, extra_zones):
    hints = zones["."].servers
    (state / "root.hints").write_text("".join(
        [f". 3600000 IN NS {s.name}.\n" for s in hints] +
        [f"{s.name}. 3600000 IN {'AAAA' if ':' in a else 'A'} {a}\n" for s in hints for a in s.addresses]))
    (state / "trust-anchor").write_text(anchor)
    (state / "caa.conf").write_text(
        f"root-hints: {state}/root.hints\ntrust-anchor: {state}/trust-anchor\n")
    (state / "extra-zones").write_text(str(pathlib.Path(extra_zones).absolute()) if extra_zones else "")
    (state / "world.json").write_text(json.dumps({name: {
        "servers": [{"number": s.number, "name": s.name, "addresses": s.addresses} for s in z.servers],
        "answers": z.answers} for name, z in zones.items()}))
    (state / "zones").mkdir()
    for name, file in files.items():
        edit.zone_file(state, name).symlink_to(file)
    _write_nsd(state, zones)
    _write_dnsdist(state, zones)


def backends(zones):
    """{backend: (name of its NSD, address)}"""
    names = dict.fromkeys(z.backend for z in zones.values())
    return {name: (f"nsd{i}", f"127.0.53.{i}") for i, name in enumerate(names, 1)}


def _write_nsd(state, zones):
    for backend, (name, address) in backends(zones).items():
        text = NSD_SERVER.format(address=address, state=state, name=name)
        for zone in zones.values():
            if zone.backend == backend and zone.answers != "refused":
                # a zone whose file cannot be read is answered SERVFAIL
                file = f"{state}/missing" if zone.answers == "servfail" else edit.zone_file(state, zone.name)
                text += f'zone:\n  name: "{zone.name}"\n  zonefile: "{file}"\n'
        (state / f"{name}.conf").write_text(text)


def _write_dnsdist(state, zones):
    control = ('controlSocket("127.0.53.53:5199")\n'
               f'setKey("{base64.b64encode(secrets.token_bytes(32)).decode()}")\n')
    lines = [control, f'dofile("{LUA}")\n']
    for backend, (_, address) in backends(zones).items():
        lines.append(f'newServer({{address="{address}:5300", pool="{backend}", sockets=4}}):setUp()\n')
    lines += [f'server("{a}", "{z.name}", "{s.name}", {s.number}, "{z.backend}")\n'
              for z in zones.values() for s in z.servers for a in s.addresses]
    lines += [f'permanent("{z.name}", "no-soa")\n' for z in zones.values() if z.answers == "no-soa"]
    lines += [f'rawCAA("{name}", {{{", ".join(_lua_bytes(r) for r in rdata)}}})\n'
              for z in zones.values() for name, rdata in z.raw_caa.items()]
    lines.append("routes()\n")
    _private(state / "console.lua", control)
    _private(state / "dnsdist.lua", "".join(lines))


def _lua_bytes(data):
    return '"' + "".join(f"\\{octet:03}" for octet in data) + '"'


def _private(path, text):
    path.touch(mode=0o600)
    path.write_text(text)


def _in_namespace(inside):
    """Run INSIDE as process 1 of new namespaces; whatever ends it ends all."""
    sys.stdout.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    space.enter()
    child = os.fork()
    if child == 0:
        os._exit(_as_init(inside))
    _on_signals(lambda number, _: _pass_on(number, child))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    return _exit_status(os.waitpid(child, 0)[1])


def _as_init(inside):
    try:
        space.die_with_parent()
        _on_signals(_quit)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        space.mount_proc()
        return inside()
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return error.status
    except SystemExit as end:
        return end.code
    except Exception:  # the parent's clean-up is not for this process to run
        traceback.print_exc()
        return LabError.status
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _pass_on(number, child):
    # a Ctrl-C reaches COMMAND by itself: an interactive shell in the lab outlives it
    if not (number == signal.SIGINT and os.isatty(0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)


def _exit_status(status):
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def _inside(state, zones, files, command, started, verbose):
    daemons = _start(state, zones)
    _await(state, zones, daemons)
    if verbose:
        count = sum(len(s.addresses) for z in zones.values() for s in z.servers)
        print(f"lab: {len(zones)} zones at {count} addresses, up in "
              f"{time.monotonic() - started:.2f} s", file=sys.stderr)
    return _run_command(state, command, daemons)


def _end(process, number):
    """COMMAND gets the signal, and a moment to obey."""
    if number == signal.SIGINT and os.isatty(0):
        return
    process.send_signal(number)
    signal.signal(signal.SIGALRM, lambda *_: process.kill())
    signal.setitimer(signal.ITIMER_REAL, GRACE)


def _start(state, zones):
    addresses = "".join(f"addr add {a}/{128 if ':' in a else 32} dev lo{' nodad' if ':' in a else ''}\n"
                        for z in zones.values() for s in z.servers for a in s.addresses)
    console.tool(["ip", "-batch", "-"], "link set lo up\n" + addresses)
    console.tool(["nft", "-f", "-"], silence.table(zones.values()))
    daemons = {name: ["nsd", "-d", "-c", f"{state}/{name}.conf"] for name, _ in backends(zones).values()}
    daemons["dnsdist"] = ["dnsdist", "-C", f"{state}/dnsdist.lua", "--supervised", "--disable-syslog"]
    return {name: _daemon(state, name, command) for name, command in daemons.items()}


def _daemon(state, name, command):
    with open(state / f"{name}.out", "wb") as out:
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                       env=console.tool_path(), start_new_session=True)
        except FileNotFoundError:
            raise LabError(f"{command[0]}: not found; lab/PACKAGES lists the Debian packages") from None
    (state / f"{name}.pid").write_text(str(process.pid))
    return process


def _await(state, zones, daemons):
    asked = [(a, z.name) for z in zones.values() if z.answers != "silence"
             for s in z.servers for a in s.addresses]

    def alive():
        for name, process in daemons.items():
            if process.poll() is not None:
                raise LabError(f"{name} ended while starting: {_last_lines(state, name)}")

    wire.await_servers(asked, 15, alive)
    _check_zones_read(state, zones)
    console.call(state, "labStats(true)")


def _check_zones_read(state, zones):
    """NSD serves SERVFAIL for a zone that it could not read, and goes on."""
    for path in sorted(state.glob("nsd*.log")):
        for line in path.read_text(errors="replace").splitlines():
            if "error: " in line and f"{state}/missing" not in line:
                broken = [z for z in zones.values() if f'{edit.zone_file(state, z.name)}' in re.split(r"[:;\s]", line)]
                message = line.split("error: ", 1)[1]
                raise LabError(build.in_source(broken[0], message) if broken else message)


def _last_lines(state, name):
    text = "".join(path.read_text(errors="replace") for path in state.glob(f"{name}.[ol]*"))
    return " | ".join(text.strip().splitlines()[-4:]) or "it said nothing"


def _run_command(state, command, daemons):
    environment = {**os.environ, "CAA_LAB": str(state), "CAA_CONFIG": f"{state}/caa.conf"}
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        print(f"lab: {command[0]}: {error.strerror}", file=sys.stderr)
        return 127 if isinstance(error, FileNotFoundError) else 126
    _on_signals(lambda number, _: _end(process, number))
    names = {daemon.pid: name for name, daemon in daemons.items()}
    while True:
        pid, status = os.wait()
        if pid == process.pid:
            return _exit_status(status)
        if pid in names:
            print(f"lab: {names[pid]} ended: {_last_lines(state, names[pid])}", file=sys.stderr)
            process.kill()
            return 70
