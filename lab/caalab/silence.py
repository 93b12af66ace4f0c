"""Servers that are silent, on UDP and TCP: nftables, because dnsdist can only close TCP."""

import json
import time

from .console import tool

TABLE = "inet lab"


def table(zones):
    """The table at start. Every lost packet is counted in an element of lost4 or lost6."""
    addresses = [a for z in zones for s in z.servers for a in s.addresses]
    silent = [a for z in zones if z.answers == "silence" for s in z.servers for a in s.addresses]
    lines = [f"add table {TABLE}",
             f"add chain {TABLE} lost",
             f"add chain {TABLE} input {{ type filter hook input priority 0; policy accept; }}"]
    for family, kind, name in (("ip", "ipv4_addr", "4"), ("ip6", "ipv6_addr", "6")):
        lines += [f"add set {TABLE} lost{name} {{ type {kind}; counter; }}",
                  f"add set {TABLE} silent{name} {{ type {kind}; }}",
                  f"add rule {TABLE} lost {family} daddr @lost{name} drop",
                  f"add rule {TABLE} input {family} daddr @silent{name} jump lost"]
        lines += _elements(f"lost{name}", addresses, name) + _elements(f"silent{name}", silent, name)
    return "\n".join(lines) + "\n"


def _elements(name, addresses, family, more=""):
    members = ", ".join(a + more for a in addresses if (":" in a) == (family == "6"))
    return [f"add element {TABLE} {name} {{ {members} }}"] if members else []


def add(zone, addresses, share, seconds):
    """Lose SHARE of the packets to ADDRESSES, for SECONDS (0: until cleared)."""
    chain, unique = _chain(zone), time.monotonic_ns()
    dice = "" if share >= 1 else f"numgen random mod 1000 < {round(share * 1000)} "
    # a connection that stands is not cut by a share: its SYN had its throw of the dice
    tcp = "tcp dport 53 " + (f"tcp flags & (syn | ack) == syn {dice}" if dice else "")
    timeout = f" timeout {round(seconds * 1000)}ms" if seconds else ""
    lines = [] if chain in _names("chain") else [f"add chain {TABLE} {chain}",
                                                 f"add rule {TABLE} input jump {chain}"]
    for family, kind, name in (("ip", "ipv4_addr", "4"), ("ip6", "ipv6_addr", "6")):
        group = f"{chain}.{unique}.{name}"
        lines += [f"add set {TABLE} {group} {{ type {kind}; flags timeout; }}",
                  *_elements(group, addresses, name, timeout),
                  f"add rule {TABLE} {chain} {family} daddr @{group} udp dport 53 {dice}jump lost",
                  f"add rule {TABLE} {chain} {family} daddr @{group} {tcp}jump lost"]
    tool(["nft", "-f", "-"], "\n".join(lines) + "\n")


def clear(zone=None):
    """End the faults of ZONE, or all."""
    wanted = "zone_" if zone is None else _chain(zone)
    chains = [c for c in _names("chain") if c.startswith("zone_") and (zone is None or c == wanted)]
    groups = [g for g in _names("set") if g.split(".")[0] in chains]
    lines = [f"flush chain {TABLE} {c}" for c in chains] + [f"delete set {TABLE} {g}" for g in groups]
    if groups:
        tool(["nft", "-f", "-"], "\n".join(lines) + "\n")


def lost():
    """{address: packets lost}"""
    counts = {}
    for name in ("lost4", "lost6"):
        for element in _json("list", "set", "inet", "lab", name, terse=False)[0]["set"].get("elem", []):
            counts[element["elem"]["val"]] = element["elem"]["counter"]["packets"]
    return counts


def reset(addresses):
    lines = [f"flush set {TABLE} lost4", f"flush set {TABLE} lost6",
             *_elements("lost4", addresses, "4"), *_elements("lost6", addresses, "6")]
    tool(["nft", "-f", "-"], "\n".join(lines) + "\n")


def _chain(zone):
    return "zone_" + ("root" if zone == "." else zone.replace("-", "_").replace(".", "/"))


def _names(kind):
    return [entry[kind]["name"] for entry in _json("list", kind + "s")]


def _json(*words, terse=True):
    """TERSE leaves out the elements of sets."""
    return [e for e in json.loads(tool(["nft", *(["-t"] * terse), "-j", *words]))["nftables"] if "metainfo" not in e]
