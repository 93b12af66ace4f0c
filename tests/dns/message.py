"""DNS messages as octets: made freely, also wrongly, and read enough to compare them."""

import socket
import struct

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "DNAME": 39,
         "OPT": 41, "DS": 43, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "NSEC3": 50, "NSEC3PARAM": 51, "TLSA": 52,
         "SVCB": 64, "HTTPS": 65, "TYPE65280": 65280, "IXFR": 251, "AXFR": 252, "ANY": 255, "CAA": 257}
RD, AD, CD, TC, QR = 0x0100, 0x0020, 0x0010, 0x0200, 0x8000
DO = 0x8000
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)
BADVERS = 16
EDE = 15


def name_octets(name):
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def question(name, kind="CAA", klass=1):
    return name_octets(name) + struct.pack("!HH", TYPES.get(kind, kind), klass)


def opt(size=1232, flags=0, version=0, options=b""):
    return b"\0" + struct.pack("!HHBBHH", TYPES["OPT"], size, 0, version, flags, len(options)) + options


def query(name, kind="CAA", flags=RD, edns=opt(), klass=1, number=0x1234):
    counts = (1, 0, 0, 0 if edns is None else 1)
    return struct.pack("!HHHHHH", number, flags, *counts) + question(name, kind, klass) + (edns or b"")


def read_name(octets, at):
    """(the name in lower case as text, where it ends)"""
    labels, end, jumps = [], None, 0
    while octets[at]:
        if octets[at] >= 0xC0:
            end = at + 2 if end is None else end
            at = (octets[at] & 0x3F) << 8 | octets[at + 1]
            jumps += 1
            assert jumps < 64, "a loop of pointers"
            continue
        labels.append(octets[at + 1:at + 1 + octets[at]].decode("latin-1").lower())
        at += 1 + octets[at]
    return ".".join(labels) + ".", at + 1 if end is None else end


def read_rdata(octets, kind, at, length):
    """RDATA as comparable text: names in it without compression (RFC 3597 section 4)."""
    before, names, fixed = {2: (0, 1, 0), 5: (0, 1, 0), 6: (0, 2, 20), 12: (0, 1, 0), 15: (2, 1, 0),
                            39: (0, 1, 0)}.get(kind, (length, 0, 0))
    text, end = octets[at:at + before].hex(), at + before
    for _ in range(names):
        name, end = read_name(octets, end)
        text += " " + name
    assert end + fixed == at + length, (kind, text)
    return text + " " + octets[end:end + fixed].hex()


class Message:
    """A response: header, and each section as a sorted list of (name, type, class, RDATA)."""

    def __init__(self, octets):
        self.octets = octets
        self.number, self.flags, *counts = struct.unpack("!HHHHHH", octets[:12])
        self.rcode, self.opcode = self.flags & 0xF, self.flags >> 11 & 0xF
        at, self.question, self.ttls, self.edns, self.options = 12, b"", [], None, []
        for _ in range(counts[0]):
            _, end = read_name(octets, at)
            self.question += octets[at:end + 4]
            at = end + 4
        self.sections = []
        for count in counts[1:]:
            at = self._read_section(at, count)
        assert at == len(octets), f"{len(octets) - at} octets behind the message"

    def _read_section(self, at, count):
        records = []
        for _ in range(count):
            name, at = read_name(self.octets, at)
            kind, klass, ttl, length = struct.unpack("!HHIH", self.octets[at:at + 10])
            at += 10
            if kind == TYPES["OPT"]:
                assert self.edns is None, "two OPTs"
                self.edns = {"size": klass, "version": ttl >> 16 & 0xFF, "flags": ttl & 0xFFFF}
                self.rcode |= ttl >> 24 << 4
                self._read_options(self.octets[at:at + length])
            else:
                records.append((name, kind, klass, read_rdata(self.octets, kind, at, length)))
                self.ttls.append(ttl)
            at += length
        self.sections.append(sorted(records))
        return at

    def _read_options(self, octets):
        while octets:
            code, length = struct.unpack("!HH", octets[:4])
            self.options.append((code, octets[4:4 + length]))
            octets = octets[4 + length:]

    def extended_error(self):
        """(INFO-CODE, EXTRA-TEXT) of the first option, or (None, "")."""
        if not self.options or self.options[0][0] != EDE:
            return None, ""
        return struct.unpack("!H", self.options[0][1][:2])[0], self.options[0][1][2:].decode()


def udp_socket(port, host="127.0.0.1", source=None, timeout=60):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.settimeout(timeout)
    if source:
        made.bind((source, 0))
    made.connect((host, port))
    return made


def ask_udp(port, octets, host="127.0.0.1", source=None, timeout=60):
    """The response, or None for silence."""
    with udp_socket(port, host, source, timeout) as connected:
        connected.send(octets)
        try:
            return connected.recv(65535)
        except socket.timeout:
            return None


def framed(*messages):
    return b"".join(struct.pack("!H", len(octets)) + octets for octets in messages)


class Connection:
    """TCP, each message with its length in front."""

    def __init__(self, port, host="127.0.0.1", timeout=60, source=None):
        self.socket = socket.create_connection((host, port), timeout=timeout,
                                               source_address=None if source is None else (source, 0))

    def send(self, *messages):
        self.socket.sendall(framed(*messages))

    def _read(self, count):
        octets = b""
        while len(octets) < count:
            more = self.socket.recv(count - len(octets))
            if not more:
                return None
            octets += more
        return octets

    def receive(self):
        """The next message, or None where the connection has been closed."""
        try:
            length = self._read(2)
            return None if length is None else self._read(struct.unpack("!H", length)[0])
        except ConnectionResetError:
            return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def ask_tcp(port, octets):
    with Connection(port) as connection:
        connection.send(octets)
        return connection.receive()
