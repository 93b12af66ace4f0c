"""The caad that the tests share, and its configuration."""

import json
import os
import pathlib

from client import Client
from daemon import Caad

LAB = pathlib.Path(os.environ["CAA_LAB"])
BASE = (LAB / "caa.conf").read_text() + 'dns: {enabled: no}\nworkers: 2\n'
HTTP = 'http: {listen: ["127.0.0.1:0"], connections: 20000}\n'
OPEN = BASE + HTTP + "history: {audit: off}\n"


def folder():
    import tempfile
    made = pathlib.Path(tempfile.mkdtemp(prefix="caad-serve-"))
    made.chmod(0o777)
    return made


def kept(audit="best-effort"):
    """A configuration with a history of its own."""
    return BASE + HTTP + f'history: {{database: "{folder()}/history.db", audit: {audit}}}\n'


def port_of(caad):
    return int(caad.wait_for(r"HTTP on [\d.]+:(\d+)")[1])


class Serving:
    """with Serving(conf) as (caad, client): …; at the end caad has to end well, without a leak."""

    def __init__(self, conf, tls=None, **headers):
        self.conf, self.tls, self.headers = conf, tls, headers

    def __enter__(self):
        self.caad = Caad(self.conf)
        try:
            return self.caad, Client(port_of(self.caad), self.tls, **self.headers)
        except BaseException:
            self.caad.__exit__()
            print("# " + self.caad.log().replace("\n", "\n# "))
            raise

    def __exit__(self, kind, *_):
        if kind is None:
            status = self.caad.end()
            assert status == 0, f"exit status {status}:\n{self.caad.log()}"
        self.caad.__exit__()


def request(name, **members):
    return json.dumps({"name": name, "issuers": ["letsencrypt.org"], **members}).encode() + b"\n"
