"""The worlds of bench/rescue: what fails, who asks, and why that is fair to both sides.

A resolver of its own for each check ("own") is how a row says "no cached answer": a fresh
libunbound context (today) or a fresh engine (ours), so that neither side lives off what an
earlier check has learnt about the servers: the hardest case for both. Ours pays for it too: no
ledger of earlier rescues. Where the world recovers, or a failure may be remembered, one resolver
is shared by all checks and begins cold, because remembering is what the row is about. Names are
distinct, so that the name itself is never cached. Making a resolver is not counted in the time
to the verdict.

Both sides have the same libunbound with the same options, one thread each, and see the same
faults, one after the other (the row of the TTL: at the same time, in two labs). Checks begin
on a schedule, however slow earlier ones are; where each one brings its own resolver, so rarely
that ours, which does more, does not wait for a processor.
"""

import dataclasses


@dataclasses.dataclass
class Row:
    key: str
    world: str
    target: str  # the issue's, for ours
    name: str = "s%d.deno.net"
    own: bool = False
    over: float = 20  # seconds for 1,000 checks; the same rate for fewer, where `own`
    faults: tuple = ()  # set when the resolver is ready, just before the first check
    expect: str = "allowed"
    episodes: int = 1  # each with a new process and its faults
    cut_off: bool = False  # without a network
    ttl: int = 0  # silent for 60 s around the end of this TTL


GOOD = "0 undecided"

ROWS = [
    Row("servfail-12", "12 of net's 13 servers SERVFAIL, no cached answer", GOOD + ", p99 < 150 ms",
        own=True, over=150, faults=("net --servers 1-12 --kind servfail",)),
    Row("silent-12", "12 of 13 silent, no cached answer", GOOD + ", p99 < 1.5 s",
        own=True, over=180, faults=("net --servers 1-12 --kind drop",)),
    Row("servfail-3s", "all 13 SERVFAIL for 3 s, then good", GOOD, faults=("net --kind servfail --for 3s",)),
    Row("silent-8s", "all 13 silent for 8 s, then good", GOOD, faults=("net --kind drop --for 8s",)),
    # Only the checks that begin in the silence count.
    Row("refresh", "all 13 silent for 60 s around the end of a cached answer's TTL", GOOD + ", as fast as cached",
        ttl=900),
    Row("bogus-12", "12 of 13 give bad signatures, no cached answer", GOOD,
        own=True, over=250, faults=("net --servers 1-12 --kind bad-signature",)),
    Row("bogus-13", "all 13 give bad signatures", "undecided, registry, bogus", expect="undecided",
        faults=("net --kind bad-signature",)),
    # Four times 250 checks in 8 s: the zone fails in the first half second of each.
    Row("customer-once", "a 4-server customer zone SERVFAILs for 0.5 s", GOOD, name="s%d.plain4.com", over=32,
        episodes=4, faults=("plain4.com --kind servfail --for 500ms",)),
    # Silent for CAA only: a customer below a TLD that is silent for all could not be found cold.
    Row("own-caa", "customer has CAA, net silent for CAA", "not late", name="s%d.customer.net",
        own=True, over=80, faults=("net --kind drop --qtype CAA",)),
    Row("cut-off", "our own network down: no route", "undecided, resolver", expect="undecided", cut_off=True),
    Row("deaf", "our own network down: nobody answers", "undecided, resolver", expect="undecided",
        faults=tuple(f"{zone} --kind drop" for zone in (
            ".", "com", "net", "org", "uk", "co.uk", "test", "arpa", "deno.net"))),
    Row("thousand-ns", "a delegation to 1,000 names that do not exist", "bounded", expect="undecided",
        name="s%d.victim.thousand.com"),
    Row("cname-loop", "a CNAME loop", "bounded", expect="undecided", name="a.loop.com"),
    Row("referral-loop", "two zones, each served from inside the other", "bounded", expect="undecided",
        name="s%d.round-a.com"),
]
