"""Servers under test: ours (listen.c), and a real Unbound with the same hints and anchor."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import message

BUILD = pathlib.Path(os.environ["CAA_BUILD"])
LAB_STATE = pathlib.Path(os.environ["CAA_LAB"])
LAB = pathlib.Path(__file__).resolve().parents[2] / "lab" / "lab"
PATIENCE_S = 60  # for a hang, not a measure

UNBOUND = """
server:
  interface: 127.0.0.1@{port}
  access-control: 127.0.0.0/8 allow
  use-syslog: no
  logfile: "{folder}/log"
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  num-threads: 1
  root-hints: "{lab}/root.hints"
  trust-anchor-file: "{lab}/trust-anchor"
  module-config: "validator iterator"
  unblock-lan-zones: yes
  insecure-lan-zones: no
  local-zone: "test." nodefault
  local-zone: "invalid." nodefault
  local-zone: "home.arpa." nodefault
  aggressive-nsec: no
  cache-max-ttl: 3600
  edns-buffer-size: 1232
  max-udp-size: 1232
{more}
remote-control:
  control-enable: no
"""


def lab(*words):
    subprocess.run([LAB, *words], check=True, capture_output=True, text=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Listener:
    """tests/dns/listen with the given settings, its counters read at its end."""

    def __init__(self, *settings, prefix=(), sanitizer=""):
        environment = dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + sanitizer)
        self.process = subprocess.Popen([*prefix, BUILD / "tests" / "dns" / "listen", *settings], env=environment,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"it does not start: {self.process.communicate()[1]}")
        self.port = int(line)
        self.counters = {}

    def ask(self, name, kind="CAA", **more):
        return message.Message(message.ask_udp(self.port, message.query(name, kind, **more)))

    def ask_tcp(self, name, kind="CAA", **more):
        return message.Message(message.ask_tcp(self.port, message.query(name, kind, **more)))

    def resident_kib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=PATIENCE_S)
        assert "Sanitizer" not in err and "runtime error" not in err, err
        assert self.process.returncode == 0, (self.process.returncode, err)
        self.counters = {code: int(count) for code, count in (line.split() for line in out.splitlines())}

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            if self.process.returncode is None:
                self.end()
        else:
            self.process.kill()
            self.process.communicate()


class Unbound:
    """Debian's unbound, on a port of its own."""

    def __init__(self, more=""):
        self.folder = tempfile.mkdtemp(prefix="caa-unbound-")
        self.port = free_port()
        conf = pathlib.Path(self.folder, "unbound.conf")
        conf.write_text(UNBOUND.format(port=self.port, folder=self.folder, lab=LAB_STATE, more=more))
        self.process = subprocess.Popen(["/usr/sbin/unbound", "-d", "-c", conf],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(PATIENCE_S * 10):
            if self.process.poll() is not None:
                raise AssertionError(f"unbound does not start: {self.process.communicate()[0]}")
            try:
                if message.ask_udp(self.port, message.query(".", "NS"), timeout=0.1):
                    return
            except ConnectionRefusedError:
                time.sleep(0.1)
        raise AssertionError("unbound does not answer")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=PATIENCE_S)
        shutil.rmtree(self.folder)
