"""A real ACME server (Pebble), the gate in front of it, and what both need. Pebble validates nothing and
refuses no nonce by chance, so that only CAA decides."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "daemon"))

import daemon  # noqa: E402

SECONDS = daemon.SECONDS
BASE = (pathlib.Path(os.environ["CAA_LAB"]) / "caa.conf").read_text()
PEBBLE, GATE = "127.0.0.1:14000", "127.0.0.1:14443"
PATHS = ("/dir", "/nonce-plz", "/sign-me-up", "/order-plz", "/revoke-cert", "/rollover-account-key", "/my-account/",
         "/my-order/", "/finalize-order/", "/authZ/", "/chalZ/", "/certZ/", "/list-orderz/")


def folder():
    made = pathlib.Path(tempfile.mkdtemp(prefix="caa-gate-test-"))
    made.chmod(0o777)
    return made


def lab(*words, text=""):
    subprocess.run([os.environ["LAB"], *words], check=True, capture_output=True, timeout=SECONDS, input=text, text=True)


def certificate(made_in):
    """cert.pem, trusted as it is, and key.pem in a folder that is made."""
    made_in.mkdir(mode=0o777, exist_ok=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", made_in / "key.pem", "-out", made_in / "cert.pem", "-days", "2", "-subj", "/CN=gate",
                    "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:ca.test"],
                   check=True, capture_output=True, timeout=SECONDS)
    (made_in / "key.pem").chmod(0o644)
    return made_in / "cert.pem", made_in / "key.pem"


class World:
    """One for all tests: certificates, Pebble, and folders that end with it."""

    def __init__(self):
        self.folder = folder()
        self.certificate, self.key = certificate(self.folder)
        self.pebble = None

    def start_pebble(self, **more):
        conf = self.folder / "pebble.json"
        conf.write_text(json.dumps({"pebble": {
            "listenAddress": PEBBLE, "managementListenAddress": "127.0.0.1:15000", "certificate": str(self.certificate),
            "privateKey": str(self.key), "httpPort": 5002, "tlsPort": 5001, "ocspResponderURL": ""}}))
        environment = dict(os.environ, PEBBLE_VA_ALWAYS_VALID="1", PEBBLE_VA_NOSLEEP="1", PEBBLE_WFE_NONCEREJECT="0",
                           PEBBLE_AUTHZREUSE="0", **more)
        self.log = open(self.folder / "pebble.log", "ab")
        self.pebble = subprocess.Popen(["pebble", "-config", conf], env=environment, stdout=self.log,
                                       stderr=self.log, stdin=subprocess.DEVNULL)

    def end_pebble(self):
        if self.pebble is not None:
            self.pebble.kill()
            self.pebble.wait()
            self.log.close()
        self.pebble = None

    def finalizes(self):
        """How many requests for a certificate have reached Pebble."""
        return len(re.findall(r"POST /finalize-order/", self.pebble_log()))

    def pebble_log(self):
        return (self.folder / "pebble.log").read_text(errors="replace")

    def conf(self, more="", upstream=f"https://{PEBBLE}", limits="", paths=PATHS):
        return (BASE + f'issuers: [letsencrypt.org]\nurl: "https://{GATE}/dir"\nlisten: ["{GATE}"]\n'
                f"certificate: {self.certificate}\nkey: {self.key}\n"
                f'status-listen: "127.0.0.1:8258"\n' + ("" if paths is None else f"paths: {json.dumps(list(paths))}\n") +
                f"upstream: {{url: \"{upstream}\", ca: {self.certificate}}}\n"
                + (f"limits: {limits}\n" if limits else "") + more)

    def end(self):
        self.end_pebble()
        shutil.rmtree(self.folder, ignore_errors=True)


WORLD = World()
WORLD.start_pebble()


class Gate(daemon.Caad):
    """with Gate() as gate: …; at the end it has to end well, without a leak."""

    @staticmethod
    def program():
        found = pathlib.Path(os.environ["CAA_BUILD"]) / "gate" / "caa-gate"
        assert os.access(found, os.X_OK), f"there is no {found}"
        return str(found)

    @classmethod
    def fail(cls, conf, *arguments):
        """A gate that ends by itself."""
        words = [cls.program(), "--config", daemon.file_with(conf + cls.sandbox()), *arguments]
        return subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, env=daemon.environment())

    @staticmethod
    def sandbox():
        recursor = pathlib.Path(os.environ["CAA_BUILD"]) / "daemon" / "recursor" / "caad-recursor"
        return f"sandbox: {{recursor: {recursor}}}\n"

    says = "enforcing CAA"

    def __init__(self, conf=None, **more):
        super().__init__((conf or WORLD.conf()) + self.sandbox(), **more)
        self.wait_for(self.says)

    def metrics(self):
        with urllib.request.urlopen("http://127.0.0.1:8258/metrics", timeout=SECONDS) as answer:
            return answer.read().decode()

    def metric(self, name):
        return float(re.search(rf"^{re.escape(name)} (\S+)$", self.metrics(), re.M)[1])

    def wait_until_held(self, count):
        until = time.monotonic() + SECONDS
        while self.metric("caa_gate_finalizes_held") < count:
            assert time.monotonic() < until, f"there were never {count} held"
            time.sleep(0.02)

    def __exit__(self, kind, *_):
        if kind is None and self.process.poll() is None:
            status = self.end()
            assert status == 0, f"exit status {status}:\n{self.log()}"
        super().__exit__()


def again(gate, conf, said="configuration read again"):
    pathlib.Path(gate.path).write_text(conf + gate.sandbox())
    gate.lines.clear()
    gate.send(signal.SIGHUP)
    gate.wait_for(said)
    return gate.log()


def wait_until(said, what):
    until = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < until, f"{said}: it never did"
        time.sleep(0.02)
