"""What a client sees of the DNS listener in the lab."""

import concurrent.futures
import contextlib
import re
import signal
import socket
import struct
import subprocess
import time

from message import (AD, BADVERS, CD, DO, FORMERR, NOERROR, NOTIMP, NXDOMAIN, QR, RD, REFUSED, SERVFAIL, TC, TYPES,
                     Connection, Message, ask_tcp, ask_udp, framed, opt, query, question, udp_socket)
from server import Listener, Unbound, lab

FLAGS = QR | TC | RD | 0x0080 | AD | CD | 0x0400 | 0x0040 | 0x7800


def dig(port, *words):
    """dig's own words; a client as people have one."""
    ended = subprocess.run(["dig", "@127.0.0.1", "-p", str(port), *words], capture_output=True, text=True, timeout=60)
    return ended.stdout


def status_of(text):
    found = re.search(r"status: (\w+)", text)
    return found[1] if found else "no answer"


# --- beside Unbound

NAMES = """
. NS|. SOA|. DNSKEY|. CAA|net CAA|net SOA|net NS|net DS|net DNSKEY|com CAA|com A|org CAA|uk CAA|co.uk CAA|co.uk DS
arpa SOA|in-addr.arpa NS|10.in-addr.arpa CAA|home.arpa CAA|foo.home.arpa CAA|test CAA|foo.test CAA|bar.test CAA
deno.net CAA|deno.net A|deno.net NS|deno.net SOA|deno.net DS|sabo28.deno.net CAA|sabo28.deno.net A|nosuch.deno.net CAA
signed.com CAA|signed.com A|signed.com DS|signed.com DNSKEY|signed.com NS|signed.com SOA|signed.com NSEC
signed.com TXT|www.signed.com CAA|closed.signed.com CAA|nosuch.signed.com A|a.b.nosuch.signed.com TXT
signed-empty.com CAA|www.signed-empty.com CAA|closed.signed-empty.com CAA|star.com CAA|anything.star.com CAA
a.b.star.com CAA|anything.star.com A|signed-nsec3.org CAA|www.signed-nsec3.org CAA|closed.signed-nsec3.org CAA
signed-nsec3.org NSEC3PARAM|nosuch.signed-nsec3.org A|allows.com CAA|www.allows.com CAA|allows.com MX|forbids.com CAA
island.com CAA|island.com DNSKEY|alias.com CAA|www.alias.com CAA|www.alias.com CNAME|cross.alias.com CAA
long.alias.com CAA|long.alias.com A|nothing.alias.com CAA|gone.alias.com CAA|gone.alias.com AAAA|dname.org DNAME
www.moved.dname.org CAA|www.moved.dname.org A|www.twice.dname.org CAA|moved.dname.org CAA|moved.dname.org DNAME
dname-target.org NS|deep.org CAA|a.b.c.d.e.f.g.h.deep.org CAA|e.f.g.h.deep.org CAA|f.g.h.deep.org CAA|many.org CAA
n1.many.org CAA|n51.many.org CAA|n76.many.org CAA|n101.many.org CAA|iodef-only.org CAA|closed.iodef-only.org CAA
ipv6-only.com CAA|ipv6-only.com NS|issue-and-wild.com CAA|wild-only.com CAA|critical.com CAA|malformed.com CAA
unreadable.com CAA|short.unreadable.com CAA|big.com CAA|big.com SOA|account.com CAA|method.com CAA|plain.net CAA
other-ca.com TYPE65280|plain.com HTTPS|plain.com SVCB|plain.com SRV|plain.com TLSA|allows.co.uk CAA|allows.co.uk PTR
nosuchtld CAA|foo.nosuchtld CAA|a.root-servers.net A|a.root-servers.net AAAA|m.gtld-servers.net A|expired.com CAA
no-signature.com CAA|no-caa-signature.com CAA|www.no-caa-signature.com CAA|www.expired.com TXT
ns-907.awsdns-49.net AAAA|awsdns-34.com SOA|_acme-challenge.allows.com TXT|*.star.com CAA|xn--bcher-kva.com A
x.onion CAA|a.b.ONION AAAA|x.onion SOA|x.onion DS|x.onion TYPE65280|x.onion ANY
"""
QUESTIONS = [tuple(words.split()) for line in NAMES.split("\n") for words in line.split("|") if words]
WAYS = {
    "plain": {"edns": None},
    "AD": {"edns": None, "flags": RD | AD},
    "EDNS": {"edns": opt(1232)},
    "DO": {"edns": opt(1232, DO)},
    "DO, 512 octets": {"edns": opt(512, DO)},
}


def seen(octets):
    """All that has to be equal: flags, rcode, question, and the sections but for their order and TTLs. Which
    signatures there are beside the answer depends on which server was asked before."""
    told = Message(octets)
    truncated = told.flags & TC
    told.sections[2] = [record for record in told.sections[2] if record[1] != TYPES["RRSIG"]]
    return {"flags": f"{told.flags & FLAGS:04x}", "rcode": told.rcode, "question": told.question,
            "sections": None if truncated else told.sections,  # RFC 2181 section 9
            "DO": None if told.edns is None else told.edns["flags"],
            "version": None if told.edns is None else told.edns["version"]}


def differences(jobs):
    """The jobs whose answers differ, asked of servers that know nothing yet; and our counters."""
    with Listener("deadline-ms=40000") as ours, Unbound() as theirs:
        def compare(job):
            (name, kind), (way, how) = job
            octets = query(name, kind, **how)
            here, there = (seen(ask_udp(port, octets)) for port in (ours.port, theirs.port))
            return None if here == there else (job, f"{name} {kind} ({way}):\n  ours    {here}\n  Unbound {there}")

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            found = [different for different in pool.map(compare, jobs) if different]
        ours.end()
        return found, ours.counters


def test_answers_equal_those_of_unbound():
    """Which of several right answers a recursor has (which proof, which glue) depends on who answered it first:
    what differs is compared once more, asked afresh."""
    assert len(QUESTIONS) > 100, len(QUESTIONS)
    jobs = [(asked, way) for asked in QUESTIONS for way in WAYS.items()]
    different, counters = differences(jobs)
    assert counters["truncated"] > 0 and counters["udp"] == len(jobs), counters
    assert len(different) <= 5, f"{len(different)} differ:\n" + "\n".join(what for _, what in different[:8])
    for job, what in different:
        assert not differences([job])[0], what


def test_over_tcp_answers_equal_those_of_unbound():
    with Listener("deadline-ms=40000") as ours, Unbound() as theirs:
        for name, kind in QUESTIONS[::7] + [("big.com", "CAA")]:
            octets = query(name, kind, edns=opt(1232, DO))
            here, there = (seen(ask_tcp(port, octets)) for port in (ours.port, theirs.port))
            assert here == there, f"{name} {kind}:\n  ours    {here}\n  Unbound {there}"
            assert here["sections"] is not None, name


def test_dig_says_the_same_of_both():
    def parts(text):
        records = [line.split() for line in text.splitlines() if line and not line.startswith(";")]
        flags = re.search(r"flags: ([\w ]*);", text)[1]
        return status_of(text), flags, sorted(words[:1] + words[2:] for words in records)

    with Listener() as ours, Unbound() as theirs:
        for words in (["signed.com", "CAA"], ["signed.com", "CAA", "+dnssec"], ["big.com", "CAA"],
                      ["nosuch.signed.com", "A", "+dnssec"], ["cross.alias.com", "CAA", "+noedns"],
                      ["www.moved.dname.org", "CAA", "+noadflag"], ["net", "DNSKEY", "+multiline"],
                      ["signed.com", "DS", "+tcp"], ["signed.com", "CAA", "+cd"]):
            here, there = (parts(dig(port, *words)) for port in (ours.port, theirs.port))
            assert here == there, f"{words}:\n  ours    {here}\n  Unbound {there}"


def test_what_differs_from_unbound_on_purpose():
    with Listener() as ours, Unbound() as theirs:
        with_cd = query("expired.com", "CAA", flags=RD | CD, edns=opt(1232, DO))
        assert Message(ask_udp(theirs.port, with_cd)).rcode == NOERROR  # Unbound hands out what is bogus
        told = Message(ask_udp(ours.port, with_cd))
        assert told.rcode == SERVFAIL and told.flags & CD and not told.sections[0]
        no_soa = query("no-soa.com")
        assert Message(ask_udp(theirs.port, no_soa)).rcode == NOERROR
        assert Message(ask_udp(ours.port, no_soa)).rcode == SERVFAIL  # an empty answer is a permission
        assert ours.ask("no-soa.com", "A").rcode == NOERROR
        assert ours.ask("signed.com", "ANY").rcode == REFUSED
        # RFC 7686 section 2: "MUST generate NXDOMAIN for all such queries".
        rcodes = [Message(ask_udp(server.port, query("onion", "SOA"))).rcode for server in (theirs, ours)]
        assert rcodes == [NOERROR, NXDOMAIN], rcodes


# --- hiccups

def test_net_down_for_two_seconds_is_not_noticed_with_boulders_patience():
    with Listener() as ours:
        lab("fault", "net", "--kind", "drop", "--for", "2s")
        text = dig(ours.port, "net", "CAA", "+tries=3", "+timeout=1")
        assert status_of(text) == "NOERROR", text
        assert "a.gtld-servers.net" in text, text


def test_net_down_for_eight_seconds_is_waited_for_with_a_raised_deadline():
    with Listener("deadline-ms=14000") as ours:
        lab("fault", "net", "--kind", "drop", "--for", "8s")
        text = dig(ours.port, "sabo28.deno.net", "CAA", "+tries=1", "+timeout=15")
        assert status_of(text) == "NOERROR", text


def ask_until(listener, name, pattern, most=12, **how):
    """Asks until the extended error's text matches: the rescue goes on between two asks."""
    said = []
    for _ in range(most):
        told = listener.ask(name, **how)
        assert told.rcode == SERVFAIL and not told.sections[0] and not told.flags & AD, told.rcode
        said.append(told.extended_error())
        if re.fullmatch(pattern, said[-1][1]):
            return said[-1][0]
    raise AssertionError(said)


def test_net_down_for_good_is_servfail_and_says_so():
    with Listener() as ours:
        lab("fault", "net", "--kind", "drop")
        code = ask_until(ours, "net", r"net: its servers do not answer; fault: registry; retry in \d+ s")
        assert code == 22, code
        text = dig(ours.port, "deno.net", "CAA", "+tries=1", "+timeout=10")
        assert "EDE: 22 (No Reachable Authority): (net: its servers do not answer" in text, text
        lab("fault", "net", "--kind", "servfail")
        lab("clear", "net")
        lab("fault", "net", "--kind", "refused")
        assert ask_until(ours, "plain.net", r"net: its servers .*; fault: registry; retry in \d+ s") == 22


def test_the_rescue_goes_on_after_the_deadline_for_the_next_ask():
    with Listener("deadline-ms=1000") as ours:
        lab("fault", "net", "--kind", "drop", "--for", "5s")
        asked = [ours.ask("net").rcode]
        while asked[-1] == SERVFAIL and len(asked) < 30:
            asked.append(ours.ask("net").rcode)
        assert asked[0] == SERVFAIL and asked[-1] == NOERROR, asked
        ours.end()
        assert ours.counters["late"] == len(asked) - 1, (asked, ours.counters)


def test_a_rescued_answer_has_its_packet():
    with Listener("deadline-ms=20000") as ours:
        lab("fault", "net", "--kind", "servfail", "--servers", "1-12")
        told = ours.ask("net", edns=opt(1232, DO))
        assert told.rcode == NOERROR and told.flags & AD, told.rcode
        assert any(kind == TYPES["RRSIG"] for _, kind, _, _ in told.sections[1]), told.sections


def test_bogus_is_servfail_with_its_code():
    with Listener() as ours:
        for name, code in (("expired.com", 7), ("no-signature.com", 10)):
            pattern = f"{name}: its servers give answers that do not validate; fault: subscriber; no retry .*"
            assert ask_until(ours, name, pattern, flags=RD | CD) == code


def test_without_a_network_it_says_that_it_is_us():
    # In a network of its own there is loopback at most: the client has to be in it, too.
    with Listener(prefix=("unshare", "-n", "sh", "-c", 'ip link set lo up; exec "$0" "$@"')) as ours:
        ended = subprocess.run(["nsenter", "-n", "-t", str(ours.process.pid), "dig", "@127.0.0.1", "-p", str(ours.port),
                                "net", "CAA", "+tries=1", "+timeout=10"], capture_output=True, text=True, timeout=60)
        assert "SERVFAIL" in ended.stdout and "EDE: 23 (Network Error)" in ended.stdout, ended.stdout


# --- the client's side of the protocol

def test_id_and_question_are_echoed_with_their_case():
    with Listener() as ours:
        for name in ("SiGnEd.CoM", "signed.com", "SIGNED.COM", "NoSuch.signed.COM", "eXpired.com"):
            for number in (0, 0x1234, 0xFFFF):
                told = ours.ask(name, number=number)
                assert told.number == number and told.question == question(name), name


def test_ttls_count_down_in_the_cache():
    with Listener() as ours:
        first = ours.ask("signed.com", edns=opt(1232, DO)).ttls
        time.sleep(2.1)
        second = ours.ask("signed.com", edns=opt(1232, DO)).ttls
        assert first == [3600, 3600] and max(second) <= 3598 and second[0] == second[1], (first, second)


REFUSED_QUERIES = {
    "ANY": (query("signed.com", "ANY"), REFUSED),
    "ANY with DO and 4096 octets": (query("signed.com", "ANY", edns=opt(4096, DO)), REFUSED),
    "AXFR": (query("signed.com", "AXFR"), REFUSED),
    "IXFR": (query("signed.com", "IXFR"), REFUSED),
    "type 128": (query("signed.com", 128), REFUSED),
    "RD clear": (query("signed.com", flags=0), REFUSED),
    "class CH": (query("version.bind", "TXT", klass=3), REFUSED),
    "class ANY": (query("signed.com", klass=255), REFUSED),
    "type OPT": (query("signed.com", "OPT"), FORMERR),
    "type 0": (query("signed.com", 0), FORMERR),
    "EDNS 1": (query("signed.com", edns=opt(version=1)), BADVERS),
    "EDNS 255": (query("signed.com", edns=opt(4096, DO, 255)), BADVERS),
    "NOTIFY": (query("signed.com", "SOA", flags=4 << 11), NOTIMP),
    "UPDATE": (query("signed.com", "SOA", flags=5 << 11, edns=None), NOTIMP),
    "opcode 15": (query("signed.com", flags=15 << 11 | RD), NOTIMP),
    "no question": (struct.pack("!HHHHHH", 1, RD, 0, 0, 0, 0), FORMERR),
    "two questions": (struct.pack("!HHHHHH", 1, RD, 2, 0, 0, 0) + question("a.com") * 2, FORMERR),
    "a question announced": (struct.pack("!HHHHHH", 1, RD, 1, 0, 0, 0), FORMERR),
    "a name cut": (query("signed.com", edns=None)[:-6], FORMERR),
    "a pointer to itself": (struct.pack("!HHHHHH", 1, RD, 1, 0, 0, 0) + b"\xc0\x0c\1\1\0\1", FORMERR),
    "a long label": (struct.pack("!HHHHHH", 1, RD, 1, 0, 0, 0) + b"\x41" + b"a" * 65 + b"\0\1\1\0\1", FORMERR),
    "something behind it": (query("signed.com") + b"\0", FORMERR),
    "two OPTs": (struct.pack("!HHHHHH", 1, RD, 1, 0, 0, 2) + question("a.com") + opt() * 2, FORMERR),
    "an option too long": (query("signed.com", edns=opt(options=b"\0\3\0\x09x")), FORMERR),
    "an answer in it": (struct.pack("!HHHHHH", 1, RD, 1, 1, 0, 0) + question("a.com") + b"\0" * 11, FORMERR),
    "TC": (query("signed.com", flags=RD | TC), FORMERR),
    "1,501 octets": (query("signed.com", edns=opt(options=b"\0\x0c" + struct.pack("!H", 1458) + b"\0" * 1458)), FORMERR),
}


def test_what_is_refused_is_never_longer_than_the_query():
    with Listener() as ours:
        for what, (octets, rcode) in REFUSED_QUERIES.items():
            reply = ask_udp(ours.port, octets)
            assert reply is not None, what
            told = Message(reply)
            assert told.rcode == rcode, (what, told.rcode)
            assert len(reply) <= len(octets), (what, len(reply), len(octets))
            assert not any(told.sections) and not told.flags & TC and not told.options, what
            assert told.number == struct.unpack("!H", octets[:2])[0] and told.flags & QR, what
        assert ours.ask("signed.com").rcode == NOERROR
        ours.end()
        assert ours.counters["refused"] == len(REFUSED_QUERIES), ours.counters


def test_malformed_packets_leave_it_answering():
    good = query("signed.com", edns=opt(1232, DO))
    with Listener() as ours, udp_socket(ours.port) as connected:
        sent = 0
        for cut in range(len(good)):
            connected.send(good[:cut])
            sent += 1
        for at in range(len(good)):
            for value in (0x00, 0xFF, good[at] ^ 0x80):
                connected.send(good[:at] + bytes([value]) + good[at + 1:])
                sent += 1
                if sent % 64 == 0:
                    time.sleep(0.05)  # so that nothing is lost on the way
        for octets in (good[:2] + bytes([good[2] | 0x80]) + good[3:], b"", b"\0" * 11, b"\xff" * 1400):
            connected.send(octets)
        assert ours.ask("signed.com").rcode == NOERROR
        ours.end()
        assert ours.counters["dropped"] >= 13, ours.counters


def test_unknown_edns_options_and_padding_do_not_matter():
    options = b"\0\3\0\0" + b"\0\x0a\0\x08cookie!!" + b"\0\x08\0\x07\0\1\x18\0\xc0\0\2" + b"\xff\3\0\2hi" \
        + b"\0\x0c" + struct.pack("!H", 400) + b"\0" * 400
    with Listener() as ours:
        told = ours.ask("signed.com", edns=opt(4096, DO, options=options))
        assert told.rcode == NOERROR and not told.options and told.edns["version"] == 0
        assert len(ours.ask("signed.com", edns=opt(100, DO)).octets) > 100  # less than 512 counts as 512


def test_large_answers_are_truncated_over_udp_and_whole_over_tcp():
    with Listener() as ours:
        for size in (512, 1232, 4096, 65535):
            told = ours.ask("big.com", edns=opt(size))
            assert told.flags & TC and len(told.octets) <= min(size, 1232) and not told.sections[0]
        told = ours.ask_tcp("big.com")
        assert not told.flags & TC and len(told.sections[0]) == 1001


# --- TCP

def test_queries_on_one_connection_are_answered_out_of_order():
    with Listener() as ours, Connection(ours.port) as connection:
        connection.send(query("dead.com", number=1), query("signed.com", number=2), query("net", number=3),
                        query("signed.com", "ANY", number=4))
        numbers = [Message(connection.receive()).number for _ in range(4)]
        assert numbers[-1] == 1 and sorted(numbers) == [1, 2, 3, 4], numbers


def test_a_message_may_come_in_pieces():
    with Listener() as ours, Connection(ours.port) as connection:
        for octet in framed(query("signed.com")):
            connection.socket.sendall(bytes([octet]))
        assert Message(connection.receive()).rcode == NOERROR


def test_more_is_pipelined_than_may_wait_at_once():
    with Listener() as ours, Connection(ours.port) as connection:
        connection.send(*(query(f"n{i}.many.org", number=i) for i in range(300)))
        assert sorted(Message(connection.receive()).number for _ in range(300)) == list(range(300))


def test_a_client_that_says_no_more_still_gets_its_answers():
    with Listener() as ours, Connection(ours.port) as connection:
        connection.send(*(query(f"n{i}.many.org", number=i) for i in range(100)))
        connection.socket.shutdown(socket.SHUT_WR)
        assert sorted(Message(connection.receive()).number for _ in range(100)) == list(range(100))
        assert connection.receive() is None


def test_idle_and_slow_connections_are_ended():
    with Listener("idle-ms=2000") as ours:
        with Connection(ours.port) as idle, Connection(ours.port) as slow, Connection(ours.port) as waiting:
            waiting.send(query("dead.com"))  # waits for us, longer than it may be idle
            assert idle.receive() is None
            for octet in framed(query("signed.com")):
                try:
                    slow.socket.sendall(bytes([octet]))
                except OSError:
                    break
                time.sleep(0.1)
            assert slow.receive() is None
            assert Message(waiting.receive()).rcode == SERVFAIL


def test_a_client_that_does_not_read_is_ended_and_holds_little():
    # What was freed is to be given back, also where a sanitizer would keep it to look at.
    with Listener("idle-ms=1500", sanitizer=":quarantine_size_mb=1") as ours, Connection(ours.port) as greedy:
        assert len(ours.ask_tcp("big.com").sections[0]) == 1001
        before = ours.resident_kib()
        greedy.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        greedy.socket.settimeout(0.2)
        try:
            while True:
                greedy.send(*[query("big.com")] * 64)
        except OSError:
            pass
        assert ours.ask("signed.com").rcode == NOERROR
        assert ours.resident_kib() - before < 20000, (before, ours.resident_kib())
        greedy.socket.settimeout(20)
        while greedy.receive() is not None:
            pass
        ours.end()
        assert ours.counters["connections_ended"] >= 1, ours.counters


def test_connections_have_a_ceiling_and_the_idle_ones_make_room():
    with Listener("connections=40") as ours:
        opened = [Connection(ours.port) for _ in range(200)]
        assert ours.ask_tcp("signed.com").rcode == NOERROR
        opened[-1].send(query("net"))
        assert Message(opened[-1].receive()).rcode == NOERROR
        assert opened[0].receive() is None
        for connection in opened:
            connection.socket.close()
        ours.end()
        assert ours.counters["connections_ended"] >= 160, ours.counters


def test_a_client_takes_no_more_than_its_share_of_connections():
    with Listener("connections=8", "per-client=4") as ours:
        busy = [Connection(ours.port) for _ in range(4)]
        for connection in busy:
            connection.send(query("dead.com"))
        assert ours.ask("signed.com").rcode == NOERROR  # and so all of these wait
        with Connection(ours.port) as one_more:
            one_more.send(query("signed.com"))
            assert one_more.receive() is None
        with Connection(ours.port, source="127.0.0.2") as other:
            other.send(query("signed.com"))
            assert Message(other.receive()).rcode == NOERROR
        for connection in busy:
            assert Message(connection.receive()).rcode == SERVFAIL
        with Connection(ours.port) as later:  # one of its own makes room
            later.send(query("signed.com"))
            assert Message(later.receive()).rcode == NOERROR
        assert busy[0].receive() is None
        ours.end()
        assert ours.counters["connections_refused"] == 1, ours.counters


def test_nonsense_over_tcp_ends_the_connection_after_what_was_asked():
    for nonsense in (b"\0\0", b"\0\x0b" + b"x" * 11, b"\xff\xff" + b"x" * 100, framed(query("a.com", flags=QR))):
        with Listener() as ours, Connection(ours.port) as connection:
            connection.socket.sendall(framed(query("signed.com", number=7)) + nonsense + framed(query("net")))
            assert Message(connection.receive()).number == 7, nonsense
            assert connection.receive() is None, nonsense


# --- who may ask, and how often

def test_an_open_resolver_by_accident_does_not_start():
    for address in ("0.0.0.0", "::", "198.18.1.1"):
        try:
            with Listener(f"address={address}"):
                raise AssertionError(f"{address}: it listens")
        except AssertionError as wrong:
            assert "access list" in str(wrong), wrong


def test_who_is_not_in_the_list_is_refused():
    with Listener("address=0.0.0.0", "allow=127.0.0.2/31", "allow=127.7.0.0/16") as ours:
        for source, rcode in (("127.0.0.1", REFUSED), ("127.0.0.2", NOERROR), ("127.0.0.3", NOERROR),
                              ("127.0.0.4", REFUSED), ("127.7.255.255", NOERROR)):
            octets = query("signed.com", edns=opt(1232, DO))
            reply = ask_udp(ours.port, octets, source=source)
            assert Message(reply).rcode == rcode, source
            assert rcode == NOERROR or len(reply) <= len(octets)
        with Connection(ours.port) as connection:
            connection.send(query("signed.com"))
            assert connection.receive() is None
        ours.end()
        assert ours.counters["not_allowed"] == 3, ours.counters


def test_replies_come_from_the_address_that_was_asked():
    with Listener("address=0.0.0.0", "allow=127.0.0.0/8") as ours:
        for host in ("127.0.0.1", "127.0.0.9", "127.9.9.9"):  # a connected socket hears nobody else
            assert Message(ask_udp(ours.port, query("signed.com"), host=host)).rcode == NOERROR


def test_ipv6_is_served_likewise():
    with Listener("address=::1") as ours:
        ended = subprocess.run(["dig", "@::1", "-p", str(ours.port), "signed.com", "CAA"], capture_output=True, text=True)
        assert status_of(ended.stdout) == "NOERROR", ended.stdout


def test_a_client_that_asks_too_much_is_not_answered_and_others_are():
    with Listener("rate=5") as ours:
        with udp_socket(ours.port) as connected:
            for number in range(200):
                connected.send(query("signed.com", number=number))
            assert Message(ask_udp(ours.port, query("signed.com"), source="127.0.0.2")).rcode == NOERROR
            ours.end()  # when all is answered
            connected.setblocking(False)
            answered = 0
            with contextlib.suppress(BlockingIOError):
                while connected.recv(2000):
                    answered += 1
        assert 1 <= answered < 100, answered
        assert ours.counters["rate_limited"] == 200 - answered, (answered, ours.counters)


# --- records, and the end

def test_an_answer_that_cannot_be_recorded_is_servfail():
    with Listener("record=refuse") as ours:
        told = ours.ask("signed.com")
        assert told.rcode == SERVFAIL and not told.sections[0] and "recorded" in told.extended_error()[1]
        assert ours.ask("signed.com", "A").rcode == NOERROR  # which nobody has to record
    with Listener("record=later") as ours:
        assert ours.ask("signed.com").rcode == NOERROR
        assert ours.ask_tcp("signed.com").rcode == NOERROR


def test_who_waits_at_the_end_is_still_answered():
    with Listener() as ours, Connection(ours.port) as connection, udp_socket(ours.port) as connected:
        connected.send(query("dead-insecure.com", number=2))
        connection.send(query("dead.com", number=1), query("signed.com", number=3))
        assert Message(connection.receive()).number == 3  # so the others have been taken
        assert ours.ask("signed.com").rcode == NOERROR
        ours.process.send_signal(signal.SIGTERM)
        assert Message(connection.receive()).number == 1
        assert Message(connected.recv(2000)).number == 2
        ours.end()
