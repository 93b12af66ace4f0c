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


def serial(address, zone):
    """The serial number that a server has, or None: its SOA is the only record, its name compressed or not."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(1)
        try:
            sock.sendto(query(1, zone), (address, 53))
            reply = sock.recv(4096)
        except OSError:
            return None
    at = len(query(1, zone))  # the question as it was sent
    if struct.unpack("!H", reply[6:8])[0] != 1:
        return None
    at = _skip_name(reply, at) + 10
    return struct.unpack("!I", reply[(end := _skip_name(reply, _skip_name(reply, at))):end + 4])[0]


def _skip_name(packet, at):
    while packet[at] & 0xC0 != 0xC0 and packet[at] != 0:
        at += 1 + packet[at]
    return at + (2 if packet[at] else 1)
