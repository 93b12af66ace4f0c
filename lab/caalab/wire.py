"""Just enough of a DNS message to ask a server whether it is there."""

import selectors
import socket
import struct
import time

from . import LabError

SOA = 6


def query(number, zone):
    labels = [] if zone == "." else zone.split(".")
    name = b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"
    return struct.pack("!6H", number, 0, 1, 0, 0, 0) + name + struct.pack("!2H", SOA, 1)


def await_servers(servers, seconds, alive):
    """Ask every (address, zone) for its SOA over UDP until each has answered."""
    waiting = dict(enumerate(servers))
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        sockets = {f: socket.socket(f, socket.SOCK_DGRAM) for f in (socket.AF_INET, socket.AF_INET6)}
        for sock in sockets.values():
            sock.setblocking(False)
            selector.register(sock, selectors.EVENT_READ)
        while waiting:
            alive()
            if time.monotonic() > deadline:
                raise LabError("no answer from " + ", ".join(f"{a} ({z})" for a, z in list(waiting.values())[:5]))
            _ask(sockets, waiting)
            _collect(selector, waiting)
        for sock in sockets.values():
            sock.close()


def _ask(sockets, waiting):
    for number, (address, zone) in list(waiting.items())[:100]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            sockets[family].sendto(query(number, zone), (address, 53))
        except OSError:
            pass  # nobody listens yet: asked again in the next round


def _collect(selector, waiting):
    until = time.monotonic() + 0.03
    while waiting and (ready := selector.select(max(0, until - time.monotonic()))):
        for key, _ in ready:
            try:
                reply = key.fileobj.recv(4096)
            except OSError:
                continue
            if len(reply) >= 12:
                waiting.pop(struct.unpack("!H", reply[:2])[0], None)
