"""Very many clients finalize at once while a top-level domain is silent."""

import concurrent.futures
import json
import os
import pathlib
import resource
import subprocess
import time
import urllib.parse

from cryptography.hazmat.primitives.asymmetric import ec

from acme import Client, Kept, csr, encode
from outage import down
from world import GATE, SECONDS, WORLD, Gate, lab

CLIENTS = int(os.environ.get("CAA_GATE_CLIENTS", "150"))  # 2,000 by hand
ENOUGH = "{held: 4096, held-per-client: 4096, held-per-account: 4096}"


def status_of(gate):
    text = pathlib.Path(f"/proc/{gate.process.pid}/status").read_text()
    return {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines() if line.startswith(("VmRSS", "Threads"))}


def queries():
    """What has been sent to each zone's servers, whether or not it got there."""
    said = subprocess.run([os.environ["LAB"], "stats", "--json", "--reset"], check=True, capture_output=True, text=True,
                          timeout=SECONDS).stdout
    found = {}
    for server in json.loads(said)["servers"]:
        found[server["zone"]] = found.get(server["zone"], 0) + server["udp"] + server["tcp"] + server["lost"]
    return {zone: count for zone, count in found.items() if count}


def finalizes():
    """(target, signed body) of orders that are ready, of a name each."""
    acme, key = Client(GATE, WORLD.certificate, Kept), ec.generate_private_key(ec.SECP256R1())
    for number in range(CLIENTS):
        name = f"client{number}.plain.net"
        _, order = acme.order(name)
        body = acme.sign(order["finalize"], {"csr": encode(csr([name], key=key))})
        yield urllib.parse.urlsplit(order["finalize"]).path, json.dumps(body)


def come(_):
    """A client that has asked already: who only connects has 10 s for a request, and 2,000 handshakes may take longer."""
    client = Kept(GATE, WORLD.certificate)
    client.ask("GET", "/dir")
    return client


def test_they_are_held_and_not_dropped():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4 * CLIENTS + 1000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with Gate(WORLD.conf(limits=ENOUGH)) as gate:
        requests = list(finalizes())
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            crowd = list(pool.map(come, requests))
        before = status_of(gate)
        queries()
        down()
        began = time.monotonic()
        try:
            for client, (target, body) in zip(crowd, requests):
                client.send("POST", target, body, Content_Type="application/jose+json")
            gate.wait_until_held(CLIENTS)
            held_s = time.monotonic() - began
            time.sleep(5)
            during, sent = status_of(gate), queries()
        finally:
            lab("clear", "net")
        told = [client.answer() for client in crowd]
        took_s = time.monotonic() - began
        print(f"# {CLIENTS} clients held within {held_s:.1f} s, all answered after {took_s:.1f} s; memory in KiB: "
              f"{before['VmRSS']}, held {during['VmRSS']}, at the end {status_of(gate)['VmRSS']}; sent meanwhile: {sent}, "
              f"and then {queries()}")
        assert [one.status for one in told] == [200] * CLIENTS
        assert during["Threads"] == before["Threads"], (before, during)
        # A lookup asks each of net's 26 addresses once or twice, and what is silent is asked less and less.
        assert sum(sent.values()) < 2000 + 5 * CLIENTS, sent
